"""The figures of `circular` show what was computed; the notebook for another oblast and year."""

import json

import pytest

from pipeline.methods import assumptions as uncertain
from pipeline.studies import distances as roads
from pipeline.studies.circular import analysis, figures
from pipeline.text.language import Catalogue, languages
from tests.cells import run_cells
from tests.exhibits.shown import cut, marking, overlapping, texts, untranslated

t = Catalogue("en")
YEAR = 2023


@pytest.fixture(scope="module")
def computed(real_exposures) -> dict:
    estimates = analysis.waste_estimates(real_exposures)
    per_head = analysis.per_head_assumption(estimates, YEAR)
    circuity = roads.fit_circuity(roads.road_distances(real_exposures)["ratio"])
    assumptions = [*analysis.ASSUMPTIONS, per_head, circuity.assumption()]
    values = uncertain.central_values(assumptions)
    waste, points = analysis.waste_by_area(real_exposures, YEAR), analysis.waste_points(real_exposures)
    by_area = waste.assign(
        waste_low_t=waste["population"] * per_head.low / 1000, waste_high_t=waste["population"] * per_head.high / 1000
    )
    for column, tonnes in (("sorting", "waste_t"), ("sorting_low", "waste_low_t"), ("sorting_high", "waste_high_t")):
        by_area[column] = analysis.sorting_capacity(by_area[tonnes], values["sorted_share"], values["operating_days"])
    model = analysis.waste_model(waste["population"], points)
    return {
        "estimates": estimates, "official": analysis.waste_per_head(real_exposures), "by_area": by_area,
        "points": points, "plans": analysis.waste_plans(waste["waste_t"], points, values),
        "burning": analysis.burning_capacity(real_exposures, waste["waste_t"]),
        "grid": analysis.waste_plan_table(waste["waste_t"], points, values, [0.0, 24.0], [0.01, 0.90]),
        "swings": uncertain.tornado(model, assumptions, "national_over_municipal"),
        "labels": {a.name: a.label for a in assumptions},
    }  # fmt: skip


def drawn(c: dict, t: Catalogue) -> dict:
    return {
        "estimates": figures.estimates(c["estimates"], c["official"], t),
        "by_area": figures.by_area(c["by_area"], YEAR, t),
        "burning": figures.burning(c["burning"], t),
        "plans": figures.plans(c["plans"], c["points"], t),
        "phases": figures.phases(c["grid"], t),
        "tornado": figures.tornado(c["swings"], c["labels"], t),
    }


def marked(axes, gid: str) -> list:
    return [artist for artist in (*axes.lines, *axes.collections) if artist.get_gid() == gid]


def test_maps_show_the_plants_of_each_plan_and_lines_to_the_national_one(computed):
    panels = figures.plans(computed["plans"], computed["points"], t).axes
    plants = sorted(len(marked(axes, "facility")) for axes in panels)
    assert plants == sorted([9, 1, len(computed["plans"].cheapest.facilities)])
    national = min(panels, key=lambda axes: len(marked(axes, "facility")))
    assert len(marked(national, "flow")) == 8  # every area but the one with the plant
    site = tuple(marked(national, "facility")[0].get_xydata()[0])
    assert all(tuple(line.get_xydata()[-1]) == site for line in marked(national, "flow"))


def test_bars_are_as_long_as_the_waste(computed):
    axes = figures.by_area(computed["by_area"], YEAR, t).axes[0]
    assert sorted(bar.get_width() for bar in axes.patches) == pytest.approx(
        sorted(computed["by_area"]["waste_t"] / 1000)
    )
    axes = figures.burning(computed["burning"], t).axes[0]
    assert {438.0, 310.0} <= {round(float(bar.get_width()), 2) for bar in axes.patches}  # 1 200 t on 365 days; 310 kt


def test_the_grid_prints_plants_and_ratio_where_they_belong(computed):
    axes = figures.phases(computed["grid"], t).axes[0]
    printed = {(round(x.get_position()[0]), round(x.get_position()[1]), x.get_fontweight()): x.get_text()
               for x in axes.texts}  # fmt: skip
    for row in computed["grid"].itertuples():
        at = ([0.0, 24.0].index(row.tariff), [0.01, 0.90].index(row.share))
        assert printed[(*at, "bold")] == str(row.plants)
        assert printed[(*at, "normal")] == f"× {t.number(row.national_over_municipal, 2)}"


def test_every_figure_beside_the_official_series_stands_in_the_right_panel(computed):
    _, right = figures.estimates(computed["estimates"], computed["official"], t).axes
    others = computed["estimates"][computed["estimates"]["what"] != analysis.PER_HEAD]
    factors = [text.get_text() for text in right.texts if text.get_text().startswith("×")]
    assert sorted(factors) == sorted(f"× {t.number(ratio, 1)}" for ratio in others["ratio"])


def test_every_text_can_be_translated(computed):
    for name, figure in drawn(computed, marking()).items():
        assert [x for x in untranslated(figure) if not x.replace(" ", "").isdigit()] == [], name


def test_every_kind_of_figure_and_plan_has_a_name(computed):
    assert set(computed["estimates"]["what"]) <= set(figures.estimate_names(t))
    assert set(computed["plans"].table()["plan"]) <= set(figures.plan_names(t))


@pytest.mark.parametrize("language", languages())
def test_no_label_covers_another_or_is_cut(computed, language):
    for name, figure in drawn(computed, Catalogue(language, "circular")).items():
        assert overlapping(figure) == [], name
        assert cut(figure) == [], name
        assert texts(figure), name


@pytest.fixture
def run(tmp_path, monkeypatch, panel, exposures):
    def cells(**parameters):
        said = run_cells("circular", tmp_path, monkeypatch, panel, exposures, plan_draws=100, **parameters)
        results = json.loads((tmp_path / "results" / "circular.json").read_text(encoding="utf-8"))
        return said, {name: entry["value"] for name, entry in results.items()}

    return cells


def test_another_year_takes_its_own_amount_and_its_own_residents(run, exposures):
    said, found = run(oblast="Osh", waste_year=2019, until="answer")
    _, usual = run(until="answer")
    assert (found["kg_per_head"], usual["kg_per_head"]) == (185, 279)
    assert "185 kg per head in 2019" in said
    residents = analysis.population(exposures, 2019)
    assert found["waste_of_oblast_kt"] == pytest.approx(residents["Osh"] * 0.185 / 1000, abs=0.06)
    assert found["national_over_municipal"] > 1
