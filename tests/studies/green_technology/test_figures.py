"""The figures of `green_technology` show the numbers they were given; the notebook says what it cannot do."""

import json

import numpy as np
import pandas as pd
import pytest

from pipeline.data.panel import yields_by_oblast
from pipeline.errors import AnalysisError
from pipeline.studies.green_technology import analysis, figures
from pipeline.studies.green_technology import exposures as chosen
from pipeline.text.language import Catalogue, languages
from tests.cells import run_cells
from tests.exhibits.shown import cut, marking, overlapping, texts, untranslated

t = Catalogue("en")
STUDIES = [("Jalal-Abad", 2023, 2024), ("Chui", 2023, 2024), ("Naryn", 2010, 2011), ("Talas", 2022, 2025)]
INDICATORS = (*chosen.FALSIFICATION, *chosen.CANDIDATES)


@pytest.fixture(scope="module")
def yields(real_panel):
    return yields_by_oblast(real_panel, "wheat")


@pytest.fixture(scope="module")
def loss(real_exposures, yields):
    return chosen.by_year(real_exposures, chosen.CONVEYANCE_LOSS, list(yields))


@pytest.fixture(scope="module")
def scan(yields, loss):
    return analysis.scan_first_years(yields, loss)


def association(exposures, yields, years):
    exposure = chosen.by_oblast(exposures, INDICATORS, list(yields))
    change = analysis.yield_change(yields, *years)
    return exposure, change, analysis.exposure_association(exposure, change).table


def choices(exposures, yields, years):
    exposure, change, table = association(exposures, yields, years)
    correlations = pd.DataFrame(
        {"printed": table["pearson"], "log": table["pearson"] - 0.02, "rank": table["spearman"],
         "per_area": -table["pearson"]}
    )  # fmt: skip
    left_out = analysis.leave_one_out_association(exposure, change)["pearson"].unstack()[list(INDICATORS)]
    by_year = analysis.association_by_year(exposure, yields) if years[1] - years[0] == 1 else None
    return correlations, left_out, by_year


def ceiling(panel, exposures, yields, oblast, years, gain=50):
    change = float(analysis.yield_change(yields, *years)[oblast])
    baseline = float(yields.loc[years[0], oblast])
    areas = chosen.crop_areas(panel, exposures, yields, "wheat").loc[oblast]
    try:
        documented = chosen.documented_ceiling(
            chosen.documented_areas(exposures, oblast), areas, 240_500, change, baseline, gain
        )
        grid = np.linspace(0, max(100, 300 * change / baseline), 201)[1:]
        curve, marked = (analysis.required_share(change, baseline, g, areas.dropna().iloc[0]) for g in (grid, [20, 50]))
    except AnalysisError:
        curve = marked = documented = pd.DataFrame()
    return curve, marked, documented


def drawn(panel, exposures, yields, loss, scan, t, oblast="Jalal-Abad", before=2023, after=2024):
    years = (before, after)
    exposure, change, table = association(exposures, yields, years)
    return {
        "exposure": figures.exposure_against_change(exposure, change, table, oblast, years, t),
        "choices": figures.association_choices(*choices(exposures, yields, years), after, t),
        "conveyance_loss": figures.conveyance_loss(loss, oblast, t),
        "first_years": figures.first_years(scan.table, scan.p_any, t),
        "ceiling": figures.ceiling(*ceiling(panel, exposures, yields, oblast, years), oblast, "wheat", years, t),
        "no rise": figures.ceiling(*[pd.DataFrame()] * 3, oblast, "wheat", years, t),
    }


def marks(axes, marker):
    return [line for line in axes.get_lines() if line.get_marker() == marker]


def test_every_oblast_is_a_mark_in_every_panel(exposures, yields):
    exposure, change, table = association(exposures, yields, (2023, 2024))
    figure = figures.exposure_against_change(exposure, change, table, "Jalal-Abad", (2023, 2024), t)
    for axes, indicator in zip(figure.axes, INDICATORS, strict=True):
        shown = sorted(xy for line in marks(axes, "o") for xy in zip(line.get_xdata(), line.get_ydata(), strict=True))
        assert shown == sorted(zip(exposure[indicator], change, strict=True))
    seen = [text.replace("\u00a0", " ").replace("\n", " ") for text in texts(figure)]
    assert "r = +0.92, p = 0.064" in seen and "falsification: r = +0.36, p = 0.508" in seen


def test_choices_and_years_stand_where_their_correlations_are(exposures, yields):
    correlations, left_out, by_year = choices(exposures, yields, (2023, 2024))
    left, right = figures.association_choices(correlations, left_out, by_year, 2024, t).axes
    assert list(marks(left, "^")[0].get_xdata()) == correlations["per_area"].tolist()
    ticks = np.concatenate([line.get_xdata() for line in marks(left, "|")])
    assert sorted(ticks) == pytest.approx(sorted(left_out.to_numpy().ravel()))
    years = np.concatenate([np.atleast_1d(line.get_xdata()) for line in marks(right, "o")])
    assert sorted(years) == pytest.approx(sorted(by_year.to_numpy().ravel()))
    assert "without Chui" in texts(left.figure)


def test_the_lines_of_loss_are_the_series_and_its_extremes_are_named(loss):
    axes = figures.conveyance_loss(loss, "Jalal-Abad", t).axes[0]
    assert sorted(tuple(line.get_ydata()) for line in axes.get_lines()) == sorted(tuple(loss[name]) for name in loss)
    assert {"Jalal-Abad, 2012: 63.0 %", "Batken, 2014: 0.7 %"} <= set(texts(axes.figure))


def test_first_years_show_every_window_and_what_the_search_costs(scan):
    axes = figures.first_years(scan.table, scan.p_any, t).axes[0]
    assert [float(line.get_ydata()[0]) for line in marks(axes, "o")] == scan.table["coefficient"].tolist()
    seen = texts(axes.figure)
    assert "0.012" in seen and any("into account: p = 0.073" in text for text in seen)


def test_the_ceiling_curve_and_the_documented_areas(panel, exposures, yields):
    curve, marked, documented = ceiling(panel, exposures, yields, "Jalal-Abad", (2023, 2024))
    axes = figures.ceiling(curve, marked, documented, "Jalal-Abad", "wheat", (2023, 2024), t).axes[0]
    line = axes.get_lines()[0]
    within = curve["required_share"] <= 1
    assert list(line.get_ydata()) == pytest.approx((100 * curve["required_share"][within]).tolist())
    assert [float(mark.get_ydata()[0]) for mark in marks(axes, "o")] == pytest.approx([84.4, 33.8], abs=0.05)
    middles = sorted(float(line.get_ydata()[0]) for line in axes.get_lines() if list(line.get_xdata()) == [0, 100])
    expected = 100 * np.sqrt(documented["share_low"] * documented["share_high"])
    assert middles == pytest.approx(sorted(expected))
    seen = texts(axes.figure)
    assert "Nooken raion: drip irrigation\n105 ha, 0.60\u20130.65 %" in seen
    assert any("17,700 ha, more than all wheat" in text for text in seen)


def test_every_text_can_be_translated(panel, exposures, yields, loss, scan):
    for name, figure in drawn(panel, exposures, yields, loss, scan, marking()).items():
        assert untranslated(figure) == [], name


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("study", STUDIES)
def test_every_figure_is_whole_in_every_language(panel, exposures, yields, loss, scan, study, language):
    t = Catalogue(language, "green_technology")
    for name, figure in drawn(panel, exposures, yields, loss, scan, t, *study).items():
        assert overlapping(figure) == [] and cut(figure) == [], name
    assert t.missing == set()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("study", STUDIES)
def test_names_of_oblasts_stand_in_their_panels_and_cover_no_mark(exposures, yields, study, language):
    """A name that is long in some language neither squeezes its panel to nothing nor leaves it."""
    oblast, before, after = study
    exposure, change, table = association(exposures, yields, (before, after))
    t = Catalogue(language, "green_technology")
    figure = figures.exposure_against_change(exposure, change, table, oblast, (before, after), t)
    figure.draw_without_rendering()
    for axes in figure.axes:
        sides = axes.get_window_extent()
        assert sides.width > 0.2 * figure.bbox.width
        own = next(a for a in axes.texts if a.get_text() == t.area(oblast))
        box = own.get_window_extent()
        assert box.x0 > sides.x0 - 1 and box.x1 < sides.x1 + 1
        assert not box.contains(*axes.transData.transform(own.xy))


def test_every_documented_area_of_every_oblast_has_a_name(exposures, yields):
    for oblast in yields:
        for row in chosen.documented_areas(exposures, oblast).itertuples():
            assert figures.technology_name(row.technology, row.area, row.counted, t) != row.technology


def results(folder):
    text = (folder / "results" / "green_technology.json").read_text(encoding="utf-8")
    return {name: entry["value"] for name, entry in json.loads(text).items()}


def test_the_paper_s_pair(tmp_path, monkeypatch, panel, exposures):
    said = run_cells("green_technology", tmp_path, monkeypatch, panel, exposures)
    found = results(tmp_path)
    assert [found[k] for k in ("closest_r", "closest_p", "smallest_corrected_p", "closest_r_without")] == [
        0.92, 0.064, 0.085, 0.06,
    ]  # fmt: skip
    assert [found[k] for k in ("loss_slope", "loss_p_cluster", "loss_p_wild", "loss_p_permutation")] == [
        -0.012, 0.701, 0.75, 0.857,
    ]  # fmt: skip
    assert [found[k] for k in ("required_share", "explained_nooken", "signs_turned_per_area")] == [33.8, 0.077, 5]
    assert [found[k] for k in ("livestock_meat_live_weight", "livestock_milk")] == [2.1, 2.5]
    assert "The sign depends on a choice" in said and "The series ends in 2023: of 2024 it says nothing." in said


def test_a_fall_leaves_no_rise_to_account_for_and_empty_files(tmp_path, monkeypatch, panel, exposures):
    said = run_cells(
        "green_technology", tmp_path, monkeypatch, panel, exposures, oblast="Batken", year_before=2024, year_after=2025
    )
    assert "The yield of Batken changed by \u22122.1 c/ha: there is no rise to account for." in said
    assert results(tmp_path)["required_share"] is None
    assert pd.read_csv(tmp_path / "tables" / "green_technology-ceiling.csv").empty
    assert (tmp_path / "figures" / "green_technology-ceiling.svg").is_file()


def test_old_years_are_called_a_placebo_and_a_missing_area_is_said(tmp_path, monkeypatch, panel, exposures):
    said = run_cells(
        "green_technology", tmp_path, monkeypatch, panel, exposures, oblast="Naryn", year_before=2010, year_after=2011
    )
    assert "**The indicators were counted from 2023 on, after 2011.**" in said
    assert "**The areas are documented from 2023 on, after 2011.**" in said
    assert "For Naryn no area sown is printed" in said
    assert "No report was found that prints livestock products" in said


def test_a_gain_too_small_on_every_hectare_is_said(tmp_path, monkeypatch, panel, exposures):
    said = run_cells("green_technology", tmp_path, monkeypatch, panel, exposures, oblast="Chui")
    assert "not even a gain of 50 % on every hectare of wheat would add up to the rise of +15.3 c/ha" in said
