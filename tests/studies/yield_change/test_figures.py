"""The figures of `yield_change` show the numbers they were given, in words that can be translated."""

import numpy as np
import pandas as pd
import pytest

from pipeline.data.panel import yields_by_oblast
from pipeline.exhibits.drawing import spread
from pipeline.studies import published_figures
from pipeline.studies.yield_change import analysis, figures
from pipeline.text.language import Catalogue, languages
from tests.exhibits.shown import marking, published, study, texts, unreadable, untranslated

t = Catalogue("en")
PAIRS = [("Jalal-Abad", 2023, 2024), ("Chui", 2024, 2025), ("Naryn", 2010, 2011), ("Osh", 1995, 2020)]


def changes(panel, before, after):
    return analysis.changes_by_oblast(yields_by_oblast(panel, "wheat"), before, after, 0.05).reset_index()


def effects(panel, *years):
    return analysis.decompose_groups(published_figures.crop_groups(panel, "Kyrgyzstan", list(years)))


def drawn(panel, t):
    table = changes(panel, 2023, 2024)
    counts = published_figures.stated_changes(panel, "yield", "as-of-date", 2023, 2024).query("crop == 'wheat'")
    return {
        "slope": figures.slope(table, study("yield_change"), {}, t),
        "percent": figures.percent(table, study("yield_change"), {}, t),
        "crop_groups": figures.crop_groups(effects(panel, 2022, 2023, 2024), study("yield_change"), {}, t),
        "campaign": figures.campaign(counts, study("yield_change"), {}, t),
        "no groups": figures.crop_groups(effects(panel, 2025), study("yield_change"), {}, t),
        "no campaign": figures.campaign(counts.iloc[:0], study("yield_change"), {}, t),
    }


def test_the_slope_chart_draws_every_oblast_from_before_to_after(panel):
    table = changes(panel, 2023, 2024)
    axes = figures.slope(table, study("yield_change"), {}, t).axes[0]
    lines = [tuple(line.get_ydata()) for line in axes.get_lines()]
    assert sorted(lines) == sorted(table[["before", "after"]].itertuples(index=False, name=None))
    widths = {tuple(line.get_ydata()): line.get_linewidth() for line in axes.get_lines()}
    assert max(widths, key=widths.get) == (23.7, 27.7)  # the chosen oblast is the bold one
    assert "Jalal-Abad  27.7  (+16.9 %)" in texts(axes.figure)


def test_the_percent_chart_ends_every_line_at_its_change(panel):
    table = changes(panel, 2010, 2011)
    axes = figures.percent(table, study("yield_change", oblast="Naryn", year_before=2010, year_after=2011), {}, t).axes[
        0
    ]
    ends = [line.get_xdata()[1] for line in axes.get_lines() if len(line.get_xdata()) == 2 and line.get_lw() > 2]
    assert sorted(ends) == pytest.approx(sorted(table["percent"]))
    assert any("(8.0 to 9.2)" in text for text in texts(axes.figure))


def test_the_bars_are_the_effects(panel):
    table = effects(panel, 2022, 2023, 2024)
    figure = figures.crop_groups(table, study("yield_change"), {}, t)
    for axes, (_, rows) in zip(figure.axes, table.groupby("year_before"), strict=True):
        widths = sorted(bar.get_width() for bar in axes.patches)
        assert widths == pytest.approx(sorted([*rows["yield_percent"], *rows["area_percent"]]))
        diamonds = next(line for line in axes.get_lines() if line.get_marker() == "D")
        assert sorted(diamonds.get_xdata()) == pytest.approx(sorted(rows["change_percent"]))


def test_the_campaign_chart_has_a_row_for_each_report(panel):
    counts = published_figures.stated_changes(panel, "yield", "as-of-date", 2023, 2024).query("crop == 'wheat'")
    axes = figures.campaign(counts, study("yield_change"), {}, t).axes[0]
    open_marks, full_marks = (line for line in axes.get_lines() if line.get_marker() == "o")
    assert list(open_marks.get_xdata()) == pytest.approx(counts["before"].tolist())
    assert list(full_marks.get_xdata()) == counts["after"].tolist()


def test_every_text_can_be_translated(panel):
    for name, figure in drawn(panel, marking()).items():
        assert untranslated(figure) == [], name


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("oblast, before, after", PAIRS)
def test_no_label_covers_another(panel, language, oblast, before, after):
    table, t = changes(panel, before, after), Catalogue(language, "yield_change")
    chosen = study("yield_change", oblast=oblast, year_before=before, year_after=after)
    for draw in (figures.slope, figures.percent):
        figure = draw(published("yield_change", draw.__name__, table), chosen, {}, t)
        assert unreadable(figure) == []


@pytest.mark.parametrize("language", languages())
def test_every_figure_is_whole_in_every_language(panel, language):
    t = Catalogue(language, "yield_change")
    for name, figure in drawn(panel, t).items():
        assert unreadable(figure) == [], name
    assert t.missing == set()


@pytest.mark.parametrize("language", languages())
def test_the_labels_of_the_percent_chart_stand_within_its_axes(panel, language):
    """Where every oblast fell the labels stand right of zero; a long name must leave them room."""
    for before, after in ((2023, 2024), (2020, 2021)):
        chosen = study("yield_change", oblast="Osh", year_before=before, year_after=after)
        figure = figures.percent(changes(panel, before, after), chosen, {}, Catalogue(language, "yield_change"))
        (axes,) = figure.axes
        figure.draw_without_rendering()
        right = axes.get_window_extent().x1
        assert [a.get_text() for a in axes.texts if a.get_window_extent().x1 > right + 1] == []


def test_a_figure_that_cannot_be_drawn_says_why(panel):
    assert "FAOSTAT has figures for fewer than two of these years." in texts(drawn(panel, t)["no groups"])


def test_labels_are_spread_in_order_and_no_further_than_needed():
    assert spread([1.0, 1.0, 5.0], 1.0).tolist() == [0.5, 1.5, 5.0]
    wanted = np.array([3.0, 1.0, 2.9, 1.1])
    placed = spread(wanted, 0.5)
    assert (np.diff(np.sort(placed)) >= 0.5 - 1e-9).all()
    assert (np.argsort(placed) == np.argsort(wanted)).all()
    assert spread([1.0, 2.0, 3.0], 0.5).tolist() == [1.0, 2.0, 3.0]


def test_a_made_fall_is_labelled_on_the_outside():
    made = pd.DataFrame(
        {"before": [30.0], "after": [20.0], "change": [-10.0], "as_of": ["2025-08-01"], "weight_basis": ["unknown"]}
    )
    axes = figures.campaign(made, study("yield_change", year_before=2024, year_after=2025), {}, t).axes[0]
    labels = {a.get_text(): a.get_ha() for a in axes.texts}
    assert labels["30.0"] == "left" and labels["20.0  (\u221210.0)"] == "right"
