"""The figures of `power` show the numbers they were given; the notebook fits its words to the pair of years."""

import json

import numpy as np
import pandas as pd
import pytest

from pipeline.data.panel import yields_by_oblast
from pipeline.methods.difference_in_differences import did
from pipeline.studies.power import analysis, figures
from pipeline.text.language import Catalogue, languages
from tests.cells import run_cells
from tests.exhibits.shown import cut, marking, overlapping, texts, untranslated

t = Catalogue("en")
STUDIES = [("Jalal-Abad", 2023, 2024), ("Issyk-Kul", 2023, 2024), ("Naryn", 2010, 2011), ("Batken", 2024, 2025)]


@pytest.fixture(scope="module")
def yields(real_panel):
    return yields_by_oblast(real_panel, "wheat")


@pytest.fixture(scope="module")
def tables(yields):
    lengths = analysis.mde_by_years(yields, (1, 2, 4, 8), (1, 2, 3))
    components = analysis.variance_components(yields)
    options = {"autocorrelations": (components.autocorrelation,)}
    return {
        "mde": analysis.mde_table(yields),
        "lengths": lengths[lengths["reference"] == "years"],
        "comparisons": analysis.mde_by_comparisons(yields),
        "projected": analysis.projected_mde_oblasts(
            components.oblast_year_variance, oblasts=tuple(range(3, 22)), **options
        ),
        "raions": analysis.projected_mde_raions(
            components.oblast_year_variance, raions=(8, 20, 40), intraclass_correlations=(0.1, 0.3, 0.5, 0.8),
            raions_per_oblast=40 / 7, **options,
        ),
    }  # fmt: skip


def power_of(yields, tables, oblast):
    placebo = analysis.placebo_statistics(yields)
    own = (placebo.cells["oblast"] == oblast).to_numpy()
    thresholds = {
        "years": analysis.detection_thresholds(placebo.statistics[own], spill=placebo.spill[np.ix_(own, own)]),
        "oblasts and years": analysis.detection_thresholds(placebo.statistics, spill=placebo.spill)[own],
    }
    rows = tables["mde"][tables["mde"]["oblast"] == oblast]
    effects = rows.loc[rows["reference"] != "oblasts", ["reference", "mde"]]
    sizes = np.linspace(0, 1.9 * effects["mde"].max(), 101)
    curves = [analysis.power_curve(v, sizes).assign(reference=name) for name, v in thresholds.items()]
    return pd.concat(curves), effects


def drawn(yields, tables, t, oblast="Jalal-Abad", before=2023, after=2024):
    years = (before, after)
    change = did(yields, oblast, *years).change_oblast
    observed = pd.Series({name: did(yields, name, *years).estimate for name in yields})
    own = {name: tables[name][tables[name]["oblast"] == oblast] for name in ("comparisons", "lengths")}
    return {
        "power_curve": figures.power_curves(*power_of(yields, tables, oblast), change, oblast, 0.8, t),
        "by_oblast": figures.by_oblast(
            tables["mde"].query("oblast != 'all oblasts'"), observed, oblast, years, 0.8, t
        ),
        "more_data": figures.more_data(
            own["comparisons"], tables["projected"], own["lengths"], tables["raions"], change, oblast, t
        ),
    }  # fmt: skip


def marks(axes, marker):
    return [line for line in axes.get_lines() if line.get_marker() == marker]


def test_the_power_curves_reach_the_power_at_the_detectable_size(yields, tables):
    curves, effects = power_of(yields, tables, "Jalal-Abad")
    axes = figures.power_curves(curves, effects, 4.0, "Jalal-Abad", 0.8, t).axes[0]
    assert [float(mark.get_xdata()[0]) for mark in marks(axes, "o")] == pytest.approx([7.15, 8.4667], abs=1e-3)
    lines = [line for line in axes.get_lines() if len(line.get_xdata()) == 101]
    for line, (_, rows) in zip(lines, curves.groupby("reference", sort=False), strict=True):
        assert list(line.get_ydata()) == (100 * rows["power"]).tolist()
    assert any("7.15 c/ha is seen in 80 of 100 cases" in text for text in texts(axes.figure))


def test_every_oblast_has_its_two_sizes_and_its_observed_difference(yields, tables):
    observed = pd.Series({name: did(yields, name, 2023, 2024).estimate for name in yields})
    axes = drawn(yields, tables, t)["by_oblast"].axes[0]
    for marker, reference in (("o", "years"), ("D", "oblasts and years")):
        rows = tables["mde"][tables["mde"]["reference"] == reference]
        expected = rows.loc[rows["oblast"] != "all oblasts", "mde"]
        assert sorted(float(m.get_xdata()[0]) for m in marks(axes, marker)) == pytest.approx(sorted(expected))
    assert sorted(float(m.get_xdata()[0]) for m in marks(axes, "x")) == pytest.approx(sorted(observed.abs()))


def test_more_data_draws_the_tables(yields, tables):
    first, second, third = drawn(yields, tables, t)["more_data"].axes
    own = tables["comparisons"].query("oblast == 'Jalal-Abad'")
    assert list(marks(first, "o")[0].get_ydata()) == own["mde_median"].tolist()
    bars = [tuple(segment[:, 1]) for segment in first.collections[0].get_segments()]
    assert bars == list(own[["mde_lowest", "mde_highest"]].itertuples(index=False, name=None))
    lengths = tables["lengths"].query("oblast == 'Jalal-Abad'")
    for line, (_, rows) in zip(marks(second, "o"), lengths.groupby("end_years"), strict=True):
        assert list(line.get_ydata()) == rows["mde"].tolist()
    for line, (_, rows) in zip(marks(third, "o"), tables["raions"].groupby("intraclass_correlation"), strict=True):
        assert list(line.get_ydata()) == rows["mde_t"].tolist()


def test_every_text_can_be_translated(yields, tables):
    for name, figure in drawn(yields, tables, marking()).items():
        assert untranslated(figure) == [], name


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("study", STUDIES)
def test_no_label_covers_another_or_is_cut(yields, tables, study, language):
    for name, figure in drawn(yields, tables, Catalogue(language, "power"), *study).items():
        assert overlapping(figure) == [], name
        assert cut(figure) == [], name


def results(folder):
    text = (folder / "results" / "power.json").read_text(encoding="utf-8")
    return {name: entry["value"] for name, entry in json.loads(text).items()}


def test_the_paper_s_pair(tmp_path, monkeypatch, panel, exposures):
    said = run_cells("power", tmp_path, monkeypatch, panel, exposures)
    found = results(tmp_path)
    assert [found[k] for k in ("mde", "mde_all_cells", "difference", "mde_longer")] == [7.15, 8.47, -1.27, 4.63]
    assert "Even the whole change of +4.0 c/ha" in said
    designs = pd.read_csv(tmp_path / "tables" / "power-designs.csv")
    assert len(designs) == 6 and (designs["low"] <= designs["high"]).all()
    assert designs["high"].iloc[0] > designs["high"].iloc[1] and designs["high"].iloc[4] > designs["high"].iloc[5]


def test_words_fit_a_fall_and_years_that_are_not_neighbours(tmp_path, monkeypatch, panel, exposures):
    fall = {"oblast": "Batken", "year_before": 2024, "year_after": 2025}
    assert "there was no rise to be seen" in run_cells("power", tmp_path, monkeypatch, panel, exposures, **fall)
    apart = {"year_before": 2022, "year_after": 2025}
    said = run_cells("power", tmp_path, monkeypatch, panel, exposures, **apart)
    assert "2022 and 2025 are no neighbouring years" in said and "Even the whole change" not in said


def test_another_level_and_power(tmp_path, monkeypatch, panel, exposures):
    run_cells("power", tmp_path, monkeypatch, panel, exposures, significance_percent=10, power_percent=50)
    assert results(tmp_path)["mde"] < 7.15
