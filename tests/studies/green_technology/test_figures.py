"""The figures of `green_technology` show the numbers they were given; the notebook says what it cannot do."""

import json

import numpy as np
import pandas as pd
import pytest

from pipeline.data.assumptions import assumptions
from pipeline.data.panel import yields_by_oblast
from pipeline.methods.panel_exposure import scan_first_years
from pipeline.studies.green_technology import analysis, causes, figures, visible
from pipeline.studies.green_technology import ceiling as attribution
from pipeline.studies.green_technology import exposures as chosen
from pipeline.text.declarations import declaration
from pipeline.text.fill import Value
from pipeline.text.language import Catalogue
from tests.cells import run_cells
from tests.exhibits.shown import in_languages, marking, published, study, texts, unreadable, untranslated

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
        "fertiliser": fertiliser(exposures, t, *years),
        "visible": seen(panel, exposures, yields, oblast, years, t)[0],
        "nothing documented": seen(panel, exposures, yields, "Batken", (2024, 2025), t)[0],
        "conveyance_loss": conveyance_loss(loss, t, oblast),
        "first_years": first_years(scan, t),
        "ceiling": figures.ceiling(ceiling(panel, exposures, yields, oblast, years), chosen_one, {}, t),
        "no rise": figures.ceiling(ceiling(panel, exposures, yields, "Batken", (2024, 2025)), chosen_one, {}, t),
    }


def marks(axes, marker):
    return [line for line in axes.get_lines() if line.get_marker() == marker]


def fertiliser(exposures, t, before=2023, after=2024):
    data = published("green_technology", "fertiliser", causes.fertiliser(exposures))
    return figures.fertiliser(data, chosen_study("Jalal-Abad", before, after), {}, t)


def seen(panel, exposures, yields, oblast, years, t):
    areas = chosen.crop_areas(panel, exposures, yields, "wheat").loc[oblast]
    change, baseline = analysis.yield_change(yields, *years)[oblast], float(yields.loc[years[0], oblast])
    documented = chosen.documented_areas(exposures, oblast)
    found = attribution.attribution(documented, areas, 240_500, change, baseline, 50)
    table = visible.designs_beside_ceilings(
        yields, oblast, *years, found, assumptions("green_technology")["gain_per_hectare"]
    )
    data = published("green_technology", "visible", table)
    return figures.visible(data, chosen_study(oblast, *years), {}, t), data


def test_fertiliser_is_the_printed_series_with_the_pair_marked(exposures):
    axes = fertiliser(exposures, t).axes[0]
    assert [36.4, 35.4, 35.9, 35.6, 36.8, 35.5, 40.2] in [list(line.get_ydata()) for line in axes.get_lines()]
    assert {"35.5", "40.2", "2.5", "2.7"} <= set(texts(axes.figure))


def test_what_could_be_seen_lies_where_its_numbers_are(panel, exposures, yields):
    figure, data = seen(panel, exposures, yields, "Jalal-Abad", (2023, 2024), t)
    bars = {tuple(line.get_xdata()) for line in figure.axes[0].get_lines() if line.get_marker() == "None"}
    assert {(row.low, row.high) for row in data.itertuples()} <= bars
    assert "0.05\u20130.13" in texts(figure)


def test_the_lines_of_loss_are_the_series_and_its_extremes_are_named(loss):
    axes = conveyance_loss(loss, t).axes[0]
    printed = loss.round(1)
    series = [line for line in axes.get_lines() if line.get_gid() != "leader"]
    assert sorted(tuple(line.get_ydata()) for line in series) == sorted(tuple(printed[n]) for n in printed)
    leaders = [line for line in axes.get_lines() if line not in series]  # from the end of each line to its name
    assert sorted(line.get_ydata()[0] for line in leaders) == sorted(printed.iloc[-1])
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


@pytest.mark.parametrize("oblast, before, after, language", in_languages(STUDIES))
def test_every_figure_is_whole(panel, exposures, yields, loss, scan, oblast, before, after, language):
    t = Catalogue(language, "green_technology")
    for name, figure in drawn(panel, exposures, yields, loss, scan, t, oblast, before, after).items():
        assert unreadable(figure) == [], name
    assert t.missing == set()


def test_every_indicator_and_every_documented_area_of_every_oblast_has_a_word(panel, exposures, yields):
    declared = declaration("green_technology")
    words = set(declared.tables["falsification"].columns["indicator"].words)
    assert words == set(chosen.NOT_IN_FIELDS) and set(declared.words) == words | set(visible.SHOWN)
    listed = {name for name, _ in chosen.TECHNOLOGIES} | set(chosen.NAMED_ONLY)
    assert set(declared.tables["technologies"].columns["technology"].words) == listed
    assert set(declared.tables["competing"].columns["cause"].words) == {*causes.NATIONAL, *causes.OF_THE_OBLAST}
    for oblast in yields:
        rows = ceiling(panel, exposures, yields, oblast, (2020, 2022)).query("part == 'documented'")
        assert set(rows["documented"]) <= set(declared.tables["ceiling"].columns["documented"].words)


def results(folder):
    return {name: entry["value"] for name, entry in json.loads((folder / "results.json").read_text("utf-8")).items()}


def test_the_paper_s_pair(tmp_path, monkeypatch, panel, exposures):
    said = run_cells("green_technology", tmp_path, monkeypatch, panel, exposures)
    found = results(tmp_path)
    assert [found[k] for k in ("closest_r", "closest_p", "smallest_corrected_p")] == [0.92, 0.064, 0.085]
    assert [found[k] for k in ("loss_slope", "loss_p_cluster", "loss_p_wild", "loss_p_permutation")] == [
        -0.012,
        0.701,
        0.75,
        0.857,
    ]
    assert [found[k] for k in ("required_share", "explained_here", "explained_raions")] == [33.8, 0.13, 0.077]
    assert [found[k] for k in ("documented_here", "documented_share", "explained_least")] == [175, 1.1, 0.05]
    assert found["best_design_sees"] > found["explained_here"]
    assert "The series ends in 2023: of 2024 it says nothing." in said
    assert said.index("**The 175 ha under drip irrigation or glass") < said.index("moved by +4.7 points, the largest")


def test_a_fall_leaves_no_rise_to_account_for_and_empty_files(tmp_path, monkeypatch, panel, exposures):
    said = run_cells(
        "green_technology", tmp_path, monkeypatch, panel, exposures, oblast="Batken", year_before=2024, year_after=2025
    )
    assert "The yield of Batken changed by \u22122.1 c/ha: there is no rise to account for." in said
    assert results(tmp_path)["required_share"] is None
    assert pd.read_csv(tmp_path / "tables" / "ceiling.csv").empty
    assert (tmp_path / "figures" / "ceiling.svg").is_file()
    assert "has no pair of neighbouring years 2024 and 2025" in said


def test_old_years_and_a_missing_area_are_said(tmp_path, monkeypatch, panel, exposures):
    said = run_cells(
        "green_technology", tmp_path, monkeypatch, panel, exposures, oblast="Naryn", year_before=2010, year_after=2011
    )
    assert "**The areas are documented from 2023 on, after 2011.**" in said
    assert "For Naryn no area sown is printed" in said


def test_a_gain_too_small_on_every_hectare_is_said(tmp_path, monkeypatch, panel, exposures):
    said = run_cells("green_technology", tmp_path, monkeypatch, panel, exposures, oblast="Chui")
    assert "Not even a gain of 50 % on every hectare of wheat would add up to the whole rise." in said
