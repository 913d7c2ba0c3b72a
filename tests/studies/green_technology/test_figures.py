"""The figures of `green_technology` show the numbers they were given; the notebook says what it cannot do."""

import json

import numpy as np
import pandas as pd
import pytest

from pipeline.data.panel import yields_by_oblast
from pipeline.methods.association import exposure_association, leave_one_out_association
from pipeline.methods.panel_exposure import scan_first_years
from pipeline.studies.green_technology import analysis, figures
from pipeline.studies.green_technology import ceiling as attribution
from pipeline.studies.green_technology import exposures as chosen
from pipeline.text.declarations import declaration
from pipeline.text.fill import Value
from pipeline.text.language import Catalogue, languages
from tests.cells import run_cells
from tests.exhibits.shown import cut, marking, overlapping, published, study, texts, untranslated

t = Catalogue("en")
STUDIES = [("Jalal-Abad", 2023, 2024), ("Chui", 2023, 2024), ("Naryn", 2010, 2011), ("Talas", 2022, 2025)]


@pytest.fixture(scope="module")
def yields(real_panel):
    return yields_by_oblast(real_panel, "wheat")


@pytest.fixture(scope="module")
def loss(real_exposures, yields):
    return chosen.by_year(real_exposures, chosen.CONVEYANCE_LOSS, list(yields))


@pytest.fixture(scope="module")
def scan(yields, loss):
    return scan_first_years(yields, loss)


def chosen_study(oblast="Jalal-Abad", before=2023, after=2024):
    return study("green_technology", oblast=oblast, year_before=before, year_after=after)


def association(exposures, yields, years):
    indicators = chosen.by_oblast(exposures, chosen.INDICATORS, list(yields))
    change = analysis.yield_change(yields, *years)
    return indicators, change, exposure_association(indicators, change).table


def exposure(exposures, yields, chosen_years, t, oblast="Jalal-Abad"):
    indicators, change, table = association(exposures, yields, chosen_years)
    data = indicators.assign(change_c_per_ha=change).reset_index()
    values = {f"r_{name}": Value(round(r, 2), decimals=2) for name, r in table["pearson"].items()}
    values |= {f"p_{name}": Value(round(p, 3), decimals=3) for name, p in table["p_pearson"].items()}
    drawn_from = published("green_technology", "exposure", data)
    return figures.exposure(drawn_from, chosen_study(oblast, *chosen_years), values, t), drawn_from


def choices(exposures, yields, years):
    indicators, change, table = association(exposures, yields, years)
    left_out = leave_one_out_association(indicators, change)["pearson"].unstack()
    by_year = analysis.placebo_years(indicators, yields, *years)
    return published("green_technology", "choices", analysis.correlations(table, table, -table, left_out, by_year))


def ceiling(panel, exposures, yields, oblast, years, gain=50):
    areas = chosen.crop_areas(panel, exposures, yields, "wheat").loc[oblast]
    change, baseline = analysis.yield_change(yields, *years)[oblast], float(yields.loc[years[0], oblast])
    documented = chosen.documented_areas(exposures, oblast)
    found = attribution.attribution(documented, areas, 240_500, change, baseline, gain)
    return published("green_technology", "ceiling", found.picture())


def first_years(scan, t):
    data = published("green_technology", "first_years", scan.table.reset_index())
    return figures.first_years(data, chosen_study(), {"loss_p_any": Value(round(scan.p_any, 3), decimals=3)}, t)


def conveyance_loss(loss, t, oblast="Jalal-Abad"):
    data = published("green_technology", "conveyance_loss", loss.reset_index())
    return figures.conveyance_loss(data, chosen_study(oblast), {}, t)


def drawn(panel, exposures, yields, loss, scan, t, oblast="Jalal-Abad", before=2023, after=2024):
    years, chosen_one = (before, after), chosen_study(oblast, before, after)
    return {
        "exposure": exposure(exposures, yields, years, t, oblast)[0],
        "choices": figures.choices(choices(exposures, yields, years), chosen_one, {}, t),
        "conveyance_loss": conveyance_loss(loss, t, oblast),
        "first_years": first_years(scan, t),
        "ceiling": figures.ceiling(ceiling(panel, exposures, yields, oblast, years), chosen_one, {}, t),
        "no rise": figures.ceiling(ceiling(panel, exposures, yields, "Batken", (2024, 2025)), chosen_one, {}, t),
    }


def marks(axes, marker):
    return [line for line in axes.get_lines() if line.get_marker() == marker]


def test_every_oblast_is_a_mark_in_every_panel(exposures, yields):
    figure, data = exposure(exposures, yields, (2023, 2024), t)
    for axes, indicator in zip(figure.axes, chosen.INDICATORS, strict=True):
        shown = sorted(xy for line in marks(axes, "o") for xy in zip(line.get_xdata(), line.get_ydata(), strict=True))
        assert shown == sorted(zip(data[indicator], data["change_c_per_ha"], strict=True))
    seen = [text.replace("\u00a0", " ").replace("\n", " ") for text in texts(figure)]
    assert "r = +0.92, p = 0.064" in seen and "falsification: r = +0.36, p = 0.508" in seen


def test_choices_and_years_stand_where_their_correlations_are(exposures, yields):
    data = choices(exposures, yields, (2023, 2024))
    left, right = figures.choices(data, chosen_study(), {}, t).axes
    by_choice = data.groupby("choice")["correlation"]
    assert list(marks(left, "^")[0].get_xdata()) == by_choice.get_group("per_area").tolist()
    ticks = np.concatenate([line.get_xdata() for line in marks(left, "|")])
    assert sorted(ticks) == sorted(by_choice.get_group("without")) and len(ticks) == 6 * 7
    years = np.concatenate([np.atleast_1d(line.get_xdata()) for line in marks(right, "o")])
    assert sorted(years) == sorted(by_choice.get_group("year"))
    assert "without Chui" in texts(left.figure)


def test_years_further_apart_are_not_compared_with_the_changes_of_all_years(exposures, yields):
    figure = figures.choices(choices(exposures, yields, (2022, 2025)), chosen_study("Talas", 2022, 2025), {}, t)
    assert len(figure.axes) == 1


def test_the_lines_of_loss_are_the_series_and_its_extremes_are_named(loss):
    axes = conveyance_loss(loss, t).axes[0]
    printed = loss.round(1)
    assert sorted(tuple(line.get_ydata()) for line in axes.get_lines()) == sorted(tuple(printed[n]) for n in printed)
    assert {"Jalal-Abad, 2012: 63.0 %", "Batken, 2014: 0.7 %"} <= set(texts(axes.figure))


def test_first_years_show_every_window_and_what_the_search_costs(scan):
    axes = first_years(scan, t).axes[0]
    shown = [float(line.get_ydata()[0]) for line in marks(axes, "o")]
    assert shown == pytest.approx(scan.table["coefficient"].tolist(), abs=5e-5)
    seen = texts(axes.figure)
    assert "0.012" in seen and any("into account: p = 0.073" in text for text in seen)


def test_the_ceiling_curve_and_the_documented_areas(panel, exposures, yields):
    data = ceiling(panel, exposures, yields, "Jalal-Abad", (2023, 2024))
    axes = figures.ceiling(data, chosen_study(), {}, t).axes[0]
    curve = data[(data["part"] == "curve") & (data["share"] <= 100)]
    assert list(axes.get_lines()[0].get_ydata()) == curve["share"].tolist()
    assert [float(mark.get_ydata()[0]) for mark in marks(axes, "o")] == pytest.approx([84.4, 33.8, 16.9], abs=0.05)
    middles = sorted(float(line.get_ydata()[0]) for line in axes.get_lines() if list(line.get_xdata()) == [0, 100])
    documented = data[data["part"] == "documented"]
    assert middles == pytest.approx(sorted(np.sqrt(documented["share_low"] * documented["share_high"])))
    seen = texts(axes.figure)
    assert "Nooken raion: drip irrigation\n105 ha, 0.60\u20130.65 %" in seen
    assert any("17,700 ha, more than all wheat" in text for text in seen)


def test_every_text_can_be_translated(panel, exposures, yields, loss, scan):
    for name, figure in drawn(panel, exposures, yields, loss, scan, marking()).items():
        assert untranslated(figure) == [], name


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("pair", STUDIES)
def test_every_figure_is_whole_in_every_language(panel, exposures, yields, loss, scan, pair, language):
    t = Catalogue(language, "green_technology")
    for name, figure in drawn(panel, exposures, yields, loss, scan, t, *pair).items():
        assert overlapping(figure) == [] and cut(figure) == [], name
    assert t.missing == set()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("pair", STUDIES)
def test_names_of_oblasts_stand_in_their_panels_and_cover_no_mark(exposures, yields, pair, language):
    """A name that is long in some language neither squeezes its panel to nothing nor leaves it."""
    oblast, before, after = pair
    t = Catalogue(language, "green_technology")
    figure, _ = exposure(exposures, yields, (before, after), t, oblast)
    figure.draw_without_rendering()
    for axes in figure.axes:
        sides = axes.get_window_extent()
        assert sides.width > 0.2 * figure.bbox.width
        own = next(a for a in axes.texts if a.get_text() == t.area(oblast))
        box = own.get_window_extent()
        assert box.x0 > sides.x0 - 1 and box.x1 < sides.x1 + 1
        assert not box.contains(*axes.transData.transform(own.xy))


def test_every_indicator_and_every_documented_area_of_every_oblast_has_a_word(panel, exposures, yields):
    declared = declaration("green_technology")
    assert set(declared.words) == set(chosen.INDICATORS)
    for oblast in yields:
        rows = ceiling(panel, exposures, yields, oblast, (2020, 2022)).query("part == 'documented'")
        assert set(rows["documented"]) <= set(declared.tables["ceiling"].columns["documented"].words)


def results(folder):
    return {name: entry["value"] for name, entry in json.loads((folder / "results.json").read_text("utf-8")).items()}


def test_the_paper_s_pair(tmp_path, monkeypatch, panel, exposures):
    said = run_cells("green_technology", tmp_path, monkeypatch, panel, exposures)
    found = results(tmp_path)
    assert [found[k] for k in ("closest_r", "closest_p", "smallest_corrected_p", "closest_r_without")] == [
        0.92, 0.064, 0.085, 0.06,
    ]  # fmt: skip
    assert [found[k] for k in ("loss_slope", "loss_p_cluster", "loss_p_wild", "loss_p_permutation")] == [
        -0.012, 0.701, 0.75, 0.857,
    ]  # fmt: skip
    assert [found[k] for k in ("required_share", "explained_raions", "signs_turned_per_area")] == [33.8, 0.077, 5]
    assert [found[k] for k in ("livestock_meat_live_weight", "livestock_milk")] == [2.1, 2.5]
    assert "The sign depends on a choice" in said and "The series ends in 2023: of 2024 it says nothing." in said


def test_a_fall_leaves_no_rise_to_account_for_and_empty_files(tmp_path, monkeypatch, panel, exposures):
    said = run_cells(
        "green_technology", tmp_path, monkeypatch, panel, exposures, oblast="Batken", year_before=2024, year_after=2025
    )
    assert "The yield of Batken changed by \u22122.1 c/ha: there is no rise to account for." in said
    assert results(tmp_path)["required_share"] is None
    assert pd.read_csv(tmp_path / "tables" / "ceiling.csv").empty
    assert (tmp_path / "figures" / "ceiling.svg").is_file()


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
