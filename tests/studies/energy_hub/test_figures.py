"""The figures of `energy_hub` show the numbers they were given; the notebook says what its data and years allow."""

import json

import numpy as np
import pandas as pd
import pytest

from pipeline.data.panel import load_claims, load_evidence
from pipeline.errors import ParameterError
from pipeline.methods import assumptions as uncertain
from pipeline.studies.energy_hub import analysis, figures
from pipeline.text.declarations import declaration
from pipeline.text.fill import Value
from pipeline.text.language import Catalogue, languages
from tests.cells import run_cells
from tests.exhibits.shown import marking, published, study, texts, unreadable, untranslated

t = Catalogue("en")
YEARS = [2023, 2024, 2025]
STUDY = study("energy_hub")


@pytest.fixture(scope="module")
def tables(built, real_exposures):
    evidence = load_evidence(built.evidence)
    balance = analysis.energy_balance(real_exposures, evidence)
    deficits = analysis.deficits(balance)
    deficit = analysis.deficit_assumption(deficits, YEARS)
    potentials = analysis.potentials(load_claims(built.claims), balance)
    plants = analysis.plants(real_exposures, evidence)
    hydropower = analysis.hydropower_by_year(real_exposures)
    assumptions = analysis.hub_assumptions(deficit, potentials, plants, hydropower)
    draws = uncertain.monte_carlo(analysis.hub_and_spoke, assumptions, 300, 1)
    conflicts = analysis.balance_conflicts(balance)
    figure_data = {
        "potentials": potentials,
        "balance": analysis.balance_and_conflicts(balance, conflicts),
        "deficits": deficits,
        "stated_against_plants": analysis.stated_against_plants(potentials, plants),
        "coverage": analysis.coverage(analysis.resources(potentials, plants), deficit),
        "tornado": analysis.tornados(assumptions),
        "monte_carlo": analysis.quantile_curves(draws),
    }
    return {
        "balance": balance,
        "conflicts": conflicts,
        "deficits": deficits,
        "potentials": potentials,
        "beside": figure_data["stated_against_plants"],
        "coverage": figure_data["coverage"],
        "factors": analysis.printed_capacity_factors(plants, balance, real_exposures),
        "assumptions": assumptions,
        "draws": draws,
        "results": analysis.hub_results(assumptions, draws),
        "figures": {name: published("energy_hub", name, data) for name, data in figure_data.items()},
    }


def draw(name, tables, t):
    """A figure from the data that are published with it."""
    values = {name: Value(value) for name, value in tables["results"].items()} | {"deficit_stated": Value(3.0)}
    return getattr(figures, name)(tables["figures"][name], STUDY, values, t)


def drawn(tables, t):
    return {name: draw(name, tables, t) for name in tables["figures"]}


def points(axes, *markers) -> list[tuple[float, float]]:
    lines = [line for line in axes.get_lines() if line.get_marker() in markers]
    return [(float(x), float(y)) for line in lines for x, y in zip(*line.get_data(), strict=True)]


def test_potentials_stand_on_both_scales_and_bars_on_the_linear_one_only(tables):
    linear, log = draw("potentials", tables, t).axes
    assert (linear.get_xscale(), log.get_xscale()) == ("linear", "log")
    assert not log.patches  # a bar on a logarithmic scale begins nowhere
    assert sorted(bar.get_width() for bar in linear.patches) == pytest.approx(
        sorted([143, 14.17, 8, 0.4, 0.49, 0.00017, 0.0446])
    )
    assert sorted(x for x, _ in points(log, "D")) == [44.6, 44.6, 490, 490, 5000, 8000, 142_000, 143_000]
    assert sorted(x for x, _ in points(log, "o")) == [0.17, 0.17, 196.7, 400, 11_760, 14_170]


def test_every_figure_of_the_balance_is_drawn_and_every_conflict_marked(tables):
    panels = draw("balance", tables, t).axes
    shown = [point for axes in panels for point in points(axes, "o", "s", "D")]
    items = ["consumption", "generation", "hydropower", "thermal", "coal", "imports", "small hydropower"]
    assert len(shown) == tables["balance"]["item"].isin(items).sum()
    marked = [text for axes in panels for text in texts(axes.figure) if text.endswith(" %")][: len(tables["conflicts"])]
    assert sorted(marked) == sorted(["+1.0 %", "+1.1 %", "+2.3 %", "+11 %", "+16 %", "+35 %", "+79 %"])


def test_deficits_not_used_are_drawn_empty(tables):
    axes = draw("deficits", tables, t).axes[0]
    lines = [line for line in axes.get_lines() if line.get_marker() in ("o", "X")]
    full = [float(line.get_xdata()[0]) for line in lines if line.get_markerfacecolor() != "white"]
    assert len(lines) == len(tables["deficits"])
    assert (min(full), max(full), len(full)) == pytest.approx((2.828, 3.929, 9))
    assert [float(line.get_xdata()[0]) for line in lines if line.get_marker() == "X"] == pytest.approx([1.44])


def test_bars_of_coverage_are_split_where_the_hub_begins(tables):
    axes = draw("coverage", tables, t).axes[0]
    widths = {round(bar.get_y(), 3): 0.0 for bar in axes.patches}
    for bar in axes.patches:
        widths[round(bar.get_y(), 3)] += bar.get_width()
    assert sorted(widths.values()) == pytest.approx(sorted(tables["coverage"]["deficit_percent_central"]), abs=0.006)
    hatched = [bar.get_width() for bar in axes.patches if bar.get_hatch()]
    rows = tables["coverage"]
    expected = rows["deficit_percent_central"] * rows["firm_percent_central"] / 100
    assert sorted(hatched) == pytest.approx(sorted(expected), abs=0.006)


def test_tornado_bars_end_at_the_outputs(tables):
    figure = draw("tornado", tables, t)
    parts = analysis.tornados(tables["assumptions"]).groupby("output", sort=False)
    for axes, (_, table) in zip(figure.axes, parts, strict=True):
        ends = {round(bar.get_x() + bar.get_width(), 3) for bar in axes.patches}
        top = table.head(6)
        assert ends == set(top["output_low"].round(3)) | set(top["output_high"].round(3))
        assert axes.get_yticklabels()[-1].get_text() == top["label"].iloc[0]


def test_exceedance_falls_and_dots_stand_on_its_lines(tables):
    """A curve of quantiles is within one draw in a hundred of the share of draws itself."""
    axes = draw("monte_carlo", tables, t).axes[0]
    curves = [line for line in axes.get_lines() if len(line.get_xdata()) == 101]
    for curve, (x, y), name in zip(curves, points(axes, "o"), ("spokes", "hub", "total"), strict=True):
        assert (np.diff(curve.get_ydata()) < 0).all() and (np.diff(curve.get_xdata()) >= 0).all()
        assert x == tables["results"][f"{name}_central"]
        assert y == pytest.approx(100 * (tables["draws"][analysis.OUTPUTS[name]] >= x).mean(), abs=1)


def test_every_text_can_be_translated(tables):
    for name, figure in drawn(tables, marking()).items():
        own = [text for text in untranslated(figure) if not text.replace(" ", "").isdigit()]
        assert own == [], name


@pytest.mark.parametrize("language", languages())
def test_no_label_covers_another_or_is_cut(tables, language):
    for name, figure in drawn(tables, Catalogue(language, "energy_hub")).items():
        assert unreadable(figure) == [], name


def test_everything_that_tables_show_has_a_name(tables):
    """A plant, item, way or reading that the data bring and that has no name here would stay English."""
    named = set(declaration("energy_hub").words)
    assert {*tables["coverage"]["resource"], *tables["beside"]["name"], *tables["factors"]["name"]} <= named
    assert {*tables["balance"]["item"], *tables["conflicts"]["item"], *tables["deficits"]["method"]} <= named
    assert {*tables["coverage"]["technology"], *tables["potentials"]["resource"]} <= named
    bases = declaration("energy_hub").tables["capacity_factors"].columns["basis"].words
    assert set(tables["factors"]["basis"]) == set(bases)


@pytest.fixture
def run(tmp_path, monkeypatch, panel, exposures, built):
    """Runs the notebook with other parameters; gives what it says, and its results."""

    def cells(**parameters):
        monkeypatch.setattr("pipeline.data.panel.load_claims", lambda: load_claims(built.claims))
        monkeypatch.setattr("pipeline.data.panel.load_evidence", lambda: load_evidence(built.evidence))
        said = run_cells("energy_hub", tmp_path, monkeypatch, panel, exposures, **parameters)
        results = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
        return said, {name: entry["value"] for name, entry in results.items()}

    return cells


def test_results_by_hand(run, tmp_path):
    """Worked out from the printed figures, see the comments."""
    said, found = run(draws=1000)
    assert [found[f"deficit_{end}"] for end in ("low", "central", "high")] == [2.83, 3.63, 3.93]
    assert found["kambarata_covers_central"] == 154.3  # 5 600 / 3 630
    assert found["stated_solar_and_wind_covers_central"] == 14.7  # (490 - 0.17 + 44.6) / 3 630
    assert found["solar_stated_mw_central"] == 329  # 490 / (8.76 x 0.17)
    assert [found["wind_farm_times_low"], found["wind_farm_times_high"]] == [2.9, 7.9]  # 131.4 and 350.4 / 44.6
    assert found["agreed_times"] == 10.7  # 5 450 x 0.12 x 8.76 / 534.6
    # 218.95 MW x 0.17, 100 MW x 0.25, a tenth of the mean of 4 600 and 7 803.3 GWh: 326.1 + 219.0 + 620.2 of 3 630.
    assert found["spokes_central"] == 32.1
    assert found["years_of_growth"] == 7.2  # 5 600 / 780
    assert "median of 3.63" in said and "of 1,000 draws" in said
    assert found["spokes_most"] == "small hydropower built, part of the unused"
    assumptions = pd.read_csv(tmp_path / "tables" / "assumptions.csv")
    assert len(assumptions) == 18 and assumptions["reason"].notna().all()


def test_the_years_of_the_deficit_matter(run):
    _, found = run(draws=1000, deficit_years=[2022])
    assert [found[f"deficit_{end}"] for end in ("low", "central", "high")] == [2.18, 2.2, 2.5]
    assert found["kambarata_covers_central"] == pytest.approx(100 * 5600 / 2200, abs=0.05)


def test_a_year_without_a_deficit_is_refused_with_the_years_that_have_one(run):
    with pytest.raises(ParameterError, match="No deficit is known for 2021. Allowed: 2020, 2022, 2023"):
        run(deficit_years=[2021, 2023])
