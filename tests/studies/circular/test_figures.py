"""The figures of `circular` show what was computed; the notebook for another oblast and year."""

import json

import pytest

from pipeline.methods import assumptions as uncertain
from pipeline.studies.circular import analysis, figures
from pipeline.text.declarations import declaration
from pipeline.text.fill import Value
from pipeline.text.language import Catalogue, languages
from tests.cells import run_cells
from tests.exhibits.shown import marking, published, study, texts, unreadable, untranslated

t = Catalogue("en")
YEAR = 2023


@pytest.fixture(scope="module")
def computed(real_exposures) -> dict:
    assumptions = analysis.all_assumptions(real_exposures, YEAR)
    values = uncertain.central_values(assumptions)
    waste = analysis.waste_and_sorting(real_exposures, YEAR, assumptions)
    points = analysis.waste_points(real_exposures)
    plans = analysis.waste_plans(waste["waste_t"], points, values)
    model = analysis.waste_model(waste["population"], points)
    estimates = analysis.waste_estimates(real_exposures)
    data = {
        "estimates": analysis.with_earlier_years(estimates, real_exposures),
        "by_area": waste.reset_index(),
        "burning": analysis.burning_capacity(real_exposures, waste["waste_t"]),
        "plans": analysis.plans_by_area(plans, points),
        "phases": analysis.waste_plan_table(waste["waste_t"], points, values, [0.0, 24.0], [0.01, 0.90]),
        "tornado": uncertain.tornado(model, assumptions, "national_over_municipal"),
    }
    return {
        "estimates": estimates,
        "by_area": waste,
        "plans": plans,
        "burning": data["burning"],
        "grid": data["phases"],
        "figures": {name: published("circular", name, frame) for name, frame in data.items()},
    }


def draw(name: str, c: dict, t: Catalogue):
    """A figure from the data that are published with it."""
    costs = {name: plan.total_cost for name, plan in vars(c["plans"]).items() if name != "sorted_t"}
    values = {
        "national_over_municipal": Value(costs["national"] / costs["municipal"], decimals=2),
        "network_above_cheapest": Value(100 * (costs["municipal"] / costs["cheapest"] - 1), decimals=1),
    }
    return getattr(figures, name)(c["figures"][name], study("circular"), values, t)


def drawn(c: dict, t: Catalogue) -> dict:
    return {name: draw(name, c, t) for name in c["figures"]}


def marked(axes, gid: str) -> list:
    return [artist for artist in (*axes.lines, *axes.collections) if artist.get_gid() == gid]


def test_maps_show_the_plants_of_each_plan_and_lines_to_the_national_one(computed):
    panels = draw("plans", computed, t).axes
    plants = sorted(len(marked(axes, "facility")) for axes in panels)
    assert plants == sorted([9, 1, len(computed["plans"].cheapest.facilities)])
    national = min(panels, key=lambda axes: len(marked(axes, "facility")))
    assert len(marked(national, "flow")) == 8  # every area but the one with the plant
    site = tuple(marked(national, "facility")[0].get_xydata()[0])
    assert all(tuple(line.get_xydata()[-1]) == site for line in marked(national, "flow"))


def test_bars_are_as_long_as_the_waste(computed):
    axes = draw("by_area", computed, t).axes[0]
    assert sorted(bar.get_width() for bar in axes.patches) == pytest.approx(
        sorted(computed["by_area"]["waste_t"] / 1000), abs=1e-3
    )
    axes = draw("burning", computed, t).axes[0]
    assert {438.0, 310.0} <= {round(float(bar.get_width()), 2) for bar in axes.patches}  # 1 200 t on 365 days; 310 kt


def test_the_grid_prints_plants_and_ratio_where_they_belong(computed):
    axes = draw("phases", computed, t).axes[0]
    printed = {
        (round(x.get_position()[0]), round(x.get_position()[1]), x.get_fontweight()): x.get_text() for x in axes.texts
    }
    for row in computed["grid"].itertuples():
        at = ([0.0, 24.0].index(row.tariff), [0.01, 0.90].index(row.share))
        assert printed[(*at, "bold")] == str(row.plants)
        assert printed[(*at, "normal")] == f"× {t.number(row.national_over_municipal, 2)}"


def test_every_figure_beside_the_official_series_stands_in_the_right_panel(computed):
    left, right = draw("estimates", computed, t).axes
    others = computed["estimates"][computed["estimates"]["what"] != analysis.PER_HEAD]
    factors = [text.get_text() for text in right.texts if text.get_text().startswith("×")]
    assert sorted(factors) == sorted(f"× {t.number(ratio, 1)}" for ratio in others["ratio"])
    years = left.get_lines()[0].get_xdata()  # the series begins before the residents of the country do
    assert [min(years), max(years), len(years)] == [2010, 2023, 14]


def test_every_text_can_be_translated(computed):
    for name, figure in drawn(computed, marking()).items():
        assert [x for x in untranslated(figure) if not x.replace(" ", "").isdigit()] == [], name


def test_every_kind_of_figure_and_plan_has_a_name(computed):
    words = set(declaration("circular").words)
    assert {*computed["estimates"]["what"], *computed["plans"].table()["plan"], *computed["burning"]["status"]} <= words


@pytest.mark.parametrize("language", languages())
def test_no_label_covers_another_or_is_cut(computed, language):
    for name, figure in drawn(computed, Catalogue(language, "circular")).items():
        assert unreadable(figure) == [], name
        assert texts(figure), name


@pytest.fixture
def run(tmp_path, monkeypatch, panel, exposures):
    def cells(**parameters):
        said = run_cells("circular", tmp_path, monkeypatch, panel, exposures, plan_draws=100, **parameters)
        results = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
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
