"""The figures of `other_oblasts` show the numbers they were given; the notebook fits its words to what was found."""

import json

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from pipeline.data.panel import yields_by_oblast
from pipeline.exhibits.drawing import ACCENT, SECOND
from pipeline.methods.difference_in_differences import event_study, placebo_did
from pipeline.methods.parallel_trends import sensitivity
from pipeline.methods.synthetic_control import placebo_in_time, synthetic_control
from pipeline.studies.other_oblasts import analysis, figures
from pipeline.text.language import Catalogue, languages
from tests.cells import run_cells
from tests.exhibits.shown import cut, marking, overlapping, texts, untranslated

t = Catalogue("en")
CASES = [("Jalal-Abad", 2023, 2024), ("Issyk-Kul", 2023, 2024), ("Naryn", 2010, 2011), ("Jalal-Abad", 2022, 2025)]


@pytest.fixture
def wheat(panel):
    return yields_by_oblast(panel, "wheat")


def comparisons(wheat, oblast, before, after, t=t):
    table = analysis.comparisons(wheat, oblast, before, after)
    neighbour = analysis.most_influential_neighbour(table)
    turning = analysis.turning_neighbours(table)
    around = wheat.loc[before - 3 : after + 1]
    return table, figures.comparisons(table, around, oblast, neighbour, turning, (before, after), t)


def drawn(wheat, oblast, before, after, t=t):
    """Every figure of the notebook for one study."""
    years = (before, after)
    table, first = comparisons(wheat, oblast, before, after, t)
    neighbour = analysis.most_influential_neighbour(table)
    bases = analysis.estimates_by_base_year(wheat, oblast, after, range(before - 6, before + 1), neighbour)
    found = sensitivity(wheat, oblast, before, after).result
    limits = found.to_frame().reset_index()
    paths = analysis.paths(wheat, {name: synthetic_control(wheat, name, before) for name in wheat})
    earlier = placebo_in_time(wheat, oblast, before).reset_index()
    return {
        "comparisons": first,
        "base_years": figures.base_years(bases, oblast, neighbour, years, t),
        "placebo": figures.placebo(placebo_did(wheat, after - before), oblast, years, t),
        "event_study": figures.event_study(event_study(wheat, oblast, before), 0.2, oblast, years, t),
        "bounds": figures.bounds(limits, found.breakdown_mbar, oblast, years, "", t),
        "synthetic_control": figures.synthetic_control(paths, oblast, years, "", t),
        "placebo_years": figures.placebo_years(earlier, oblast, years, "", t),
    }


def marks(axes):
    """Single marks of an axes as (x, y, filled)."""
    return [
        (float(line.get_xdata()[0]), float(line.get_ydata()[0]), to_hex(line.get_markerfacecolor()) != "#ffffff")
        for line in axes.get_lines()
        if line.get_marker() == "o" and len(line.get_xdata()) == 1
    ]


def test_every_comparison_is_a_mark_and_hollow_where_the_neighbour_is_left_out(wheat):
    table, figure = comparisons(wheat, "Jalal-Abad", 2023, 2024)
    shown = marks(figure.axes[0])
    assert sorted(x for x, _, _ in shown) == pytest.approx(sorted(table["estimate"]))
    with_chui = table["members"].str.contains("Chui")
    assert sorted(x for x, _, filled in shown if filled) == pytest.approx(sorted(table.loc[with_chui, "estimate"]))
    assert {"\u22121.27", "+0.74", "+1.65", "\u221211.30"} <= set(texts(figure))


def test_the_first_figure_says_at_once_that_the_sign_depends_on_chui(wheat):
    _, figure = comparisons(wheat, "Jalal-Abad", 2023, 2024)
    seen = texts(figure)
    assert "Better or worse than its neighbours? It depends on Chui" in seen
    assert any("Against all others \u22121.27; without Chui +0.74." in text for text in seen)
    assert {"16.6", "31.9"} <= set(seen)  # the collapse and the rebound
    _, other = comparisons(wheat, "Chui", 2023, 2024)
    assert "Chui against its neighbours, 2023 to 2024" in texts(other)


def test_bars_are_the_rounding_bounds(wheat):
    table, figure = comparisons(wheat, "Jalal-Abad", 2023, 2024)
    ends = [segment[:, 0] for c in figure.axes[0].collections for segment in c.get_segments()]
    assert sorted(map(tuple, np.round(ends, 6))) == sorted(map(tuple, table[["low", "high"]].round(6).to_numpy()))


def test_the_yields_beside_are_those_of_the_panel(wheat):
    _, figure = comparisons(wheat, "Jalal-Abad", 2023, 2024)
    lines = [line for line in figure.axes[1].get_lines() if len(line.get_xdata()) > 2]
    assert sorted(tuple(line.get_ydata()) for line in lines) == sorted(map(tuple, wheat.loc[2020:2025].to_numpy().T))
    accented = [line for line in lines if line.get_color() == ACCENT]
    assert [tuple(line.get_ydata()) for line in accented] == [tuple(wheat.loc[2020:2025, "Jalal-Abad"])]


def test_base_years_are_drawn_in_pairs(wheat):
    frame = analysis.estimates_by_base_year(wheat, "Jalal-Abad", 2024, [2021, 2022, 2023], "Chui")
    axes = figures.base_years(frame, "Jalal-Abad", "Chui", (2023, 2024), t).axes[0]
    shown = {line.get_color(): list(line.get_ydata()) for line in axes.get_lines() if line.get_marker() == "o"}
    by_edge = {
        line.get_markeredgecolor(): list(line.get_ydata()) for line in axes.get_lines() if len(line.get_xdata()) == 3
    }
    assert shown and by_edge == {ACCENT: frame["all_others"].tolist(), SECOND: frame["without_neighbour"].tolist()}


def test_every_placebo_cell_is_a_tick_and_the_counts_are_the_ranks(wheat):
    cells = placebo_did(wheat, 1)
    figure = figures.placebo(cells, "Jalal-Abad", (2023, 2024), t)
    ticks = [line for line in figure.axes[0].get_lines() if line.get_marker() == "|"]
    assert sorted(x for line in ticks for x in line.get_xdata()) == pytest.approx(sorted(cells.to_numpy().ravel()))
    own = [line for line in figure.axes[0].get_lines() if line.get_marker() == "o"]
    assert [line.get_xdata()[0] for line in own] == [cells.loc[2024, "Jalal-Abad"]]
    tests = analysis.placebo_tests(wheat, "Jalal-Abad", 2023, 2024, "Chui").set_index(["panel", "over"])["rank"]
    seen = texts(figure)
    assert f"{tests['level', 'years']} of 34" in seen
    assert any(f"{tests['level', 'oblasts and years']} of all 238 are at least as large" in text for text in seen)


def test_the_event_study_is_zero_in_the_base_year_and_hollow_after_it(wheat):
    frame = event_study(wheat, "Jalal-Abad", 2023)
    axes = figures.event_study(frame, 0.214, "Jalal-Abad", (2023, 2024), t).axes[0]
    lines = [line for line in axes.get_lines() if line.get_marker() == "o"]
    filled, hollow = sorted(lines, key=lambda line: -len(line.get_xdata()))
    assert list(filled.get_xdata()) == list(range(1991, 2024)) and filled.get_ydata()[-1] == 0
    assert list(hollow.get_ydata()) == frame["coefficient"].loc[[2024, 2025]].tolist()
    trend = next(line for line in axes.get_lines() if line.get_linestyle() == "--")
    assert np.diff(trend.get_ydata()) == pytest.approx(np.full(32, 0.214))
    without = figures.event_study(frame, None, "Jalal-Abad", (2023, 2024), t).axes[0]
    assert not any(line.get_linestyle() == "--" for line in without.get_lines())


def test_bounds_open_from_the_estimate(wheat):
    found = sensitivity(wheat, "Jalal-Abad", 2023, 2024).result
    frame = found.to_frame().reset_index()
    figure = figures.bounds(frame, found.breakdown_mbar, "Jalal-Abad", (2023, 2024), "", t)
    lines = [list(line.get_ydata()) for line in figure.axes[0].get_lines() if line.get_color() == SECOND]
    assert lines == [frame["low"].tolist(), frame["high"].tolist()]
    assert "from 0.231 on zero is inside" in texts(figure)
    beyond = figures.bounds(frame, 2.5, "Jalal-Abad", (2023, 2024), "", t)
    assert not any("zero is inside" in text for text in texts(beyond))


def test_the_synthetic_control_is_drawn_with_its_placebos_in_grey(wheat):
    paths = analysis.paths(wheat, {name: synthetic_control(wheat, name, 2023) for name in wheat})
    left, right = figures.synthetic_control(paths, "Jalal-Abad", (2023, 2024), "", t).axes
    own = paths[paths["oblast"] == "Jalal-Abad"]
    whole = [list(line.get_ydata()) for line in left.get_lines() if len(line.get_xdata()) == len(wheat)]
    assert whole == [own["observed"].tolist(), own["synthetic"].tolist()]
    gaps = {
        tuple(line.get_ydata()): line.get_color() for line in right.get_lines() if len(line.get_xdata()) == len(wheat)
    }
    assert len(gaps) == 7 and [k for k, color in gaps.items() if color == ACCENT] == [tuple(own["gap"])]


def test_the_years_before_stand_beside_the_studied_one(wheat):
    frame = placebo_in_time(wheat, "Jalal-Abad", 2023).reset_index()
    shown = marks(figures.placebo_years(frame, "Jalal-Abad", (2023, 2024), "", t).axes[0])
    assert [(x, y) for x, y, _ in shown] == list(zip(frame["year"], frame["gap"], strict=True))
    assert [x for x, _, filled in shown if filled] == [2024]


def test_every_text_can_be_translated(wheat):
    for name, figure in drawn(wheat, "Jalal-Abad", 2023, 2024, marking()).items():
        assert untranslated(figure) == [], name


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("oblast, before, after", CASES)
def test_no_label_covers_another_or_is_cut(wheat, oblast, before, after, language):
    for name, figure in drawn(wheat, oblast, before, after, Catalogue(language, "other_oblasts")).items():
        assert overlapping(figure) == [], name
        assert cut(figure) == [], name


def test_the_estimates_lie_within_the_axes_however_long_the_names(wheat):
    for language in languages():
        axes = comparisons(wheat, "Jalal-Abad", 2023, 2024, Catalogue(language, "other_oblasts"))[1].axes[0]
        axes.figure.draw_without_rendering()
        inside = axes.get_window_extent()
        boxes = [a.get_window_extent() for a in axes.texts if a.get_text()[0] in "+\u2212"]
        assert len(boxes) == 15 and all(b.x0 >= inside.x0 and b.x1 <= inside.x1 for b in boxes), language


def test_what_cannot_be_drawn_says_why():
    why = (
        "2 pre-years cannot tell 6 donors apart, the weights would not be unique; take more pre-years or fewer donors."
    )
    years = (1992, 1993)
    for figure in (
        figures.synthetic_control(pd.DataFrame(columns=["oblast"]), "Osh", years, why, t),
        figures.placebo_years(pd.DataFrame(columns=["year"]), "Osh", years, why, t),
        figures.bounds(pd.DataFrame(columns=["mbar"]), None, "Osh", years, why, t),
    ):
        assert any(why in text.replace("\n", " ") for text in texts(figure))


def test_labels_name_every_comparison(wheat):
    table = analysis.comparisons(wheat, "Osh", 2023, 2024)
    names = figures.labels(table, t)
    assert names[:3] == ["all others", "the south", "the north"]
    assert "without Chui" in names and names.count("Chui") == 1


FIRST_SENTENCES = {
    ("Jalal-Abad", 2023, 2024): "depends on whether Chui is one of them",
    ("Batken", 2021, 2022): "the sign hangs on single ones",
    ("Chui", 2017, 2018): "changed as its neighbours did, within printed rounding",
    ("Osh", 2024, 2025): "**Osh did better than its neighbours, whichever one is left out:**",
    ("Naryn", 2023, 2024): "**Naryn did worse than its neighbours, whichever one is left out:**",
}


@pytest.mark.parametrize("oblast, before, after", FIRST_SENTENCES)
def test_the_answer_fits_what_was_found(tmp_path, monkeypatch, panel, exposures, oblast, before, after):
    study = {"oblast": oblast, "year_before": before, "year_after": after}
    said = run_cells("other_oblasts", tmp_path, monkeypatch, panel, exposures, until="answer", **study)
    assert FIRST_SENTENCES[oblast, before, after] in said


def test_what_too_few_years_forbid_is_refused_in_its_place(tmp_path, monkeypatch, panel, exposures):
    said = run_cells("other_oblasts", tmp_path, monkeypatch, panel, exposures, year_before=1992, year_after=1993)
    assert "There is no synthetic control: " in said and "Earlier years cannot serve as placebos: " in said
    text = (tmp_path / "results" / "other_oblasts.json").read_text(encoding="utf-8")
    assert json.loads(text)["synthetic_control_pre_rmspe"]["value"] is None
