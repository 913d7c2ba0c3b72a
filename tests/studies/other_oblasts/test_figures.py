"""The figures of `other_oblasts` show the numbers they were given; the notebook fits its words to what was found."""

import json

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from pipeline.data.panel import yields_by_oblast
from pipeline.exhibits.drawing import ACCENT, SECOND
from pipeline.methods.difference_in_differences import event_study, placebo_did
from pipeline.studies.other_oblasts import analysis, figures
from pipeline.text.fill import Value
from pipeline.text.language import Catalogue, languages
from tests.cells import run_cells
from tests.exhibits.shown import cut, marking, overlapping, published, study, texts, untranslated

t = Catalogue("en")
CASES = [("Jalal-Abad", 2023, 2024), ("Issyk-Kul", 2023, 2024), ("Naryn", 2010, 2011), ("Jalal-Abad", 2022, 2025)]


def frames(wheat, oblast, before, after):
    """The data of every figure of the report for one study."""
    table = analysis.comparisons(wheat, oblast, before, after).round(analysis.PUBLISHED)
    neighbour = analysis.most_influential_neighbour(table)
    bases = range(before - 6, before + 1)
    return {
        "comparisons": analysis.comparisons_and_yields(table, wheat.loc[before - 3 : after + 1]),
        "base_years": analysis.estimates_by_base_year(wheat, oblast, after, bases, neighbour),
        "placebo": analysis.cells_by_oblast(placebo_did(wheat, after - before)),
        "event_study": event_study(wheat, oblast, before).reset_index(),
        "bounds": analysis.bounds_table(analysis.bounds(wheat, oblast, before, after)[0]),
        "synthetic_control": analysis.synthetic_controls(wheat, oblast, before, after).paths,
        "placebo_years": analysis.placebo_years(wheat, oblast, before, 15)[0],
    }


def values(wheat, oblast, before, after, **others):
    """What the figures name of the results."""
    summary = analysis.comparison_summary(analysis.comparisons(wheat, oblast, before, after))
    trend = analysis.trend_summary(analysis.trends_before(wheat, before)[0], oblast)
    found = analysis.bounds_summary(analysis.bounds(wheat, oblast, before, after)[0])
    return {name: Value(value, decimals=3) for name, value in (summary | trend | found | others).items()}


def drawn(wheat, oblast="Jalal-Abad", before=2023, after=2024, t=t, **others):
    """Every figure of the report, drawn from its data as they are published."""
    chosen = study("other_oblasts", oblast=oblast, year_before=before, year_after=after)
    named = values(wheat, oblast, before, after, **others)
    return {
        name: getattr(figures, name)(published("other_oblasts", name, data), chosen, named, t)
        for name, data in frames(wheat, oblast, before, after).items()
    }


@pytest.fixture(scope="module")
def default(real_panel):
    """The figures of the study as it is, with the data behind them."""
    wheat = yields_by_oblast(real_panel, "wheat")
    return drawn(wheat), frames(wheat, "Jalal-Abad", 2023, 2024)


def comparisons(wheat, oblast, before=2023, after=2024, t=t):
    table = analysis.comparisons(wheat, oblast, before, after).round(analysis.PUBLISHED)
    data = analysis.comparisons_and_yields(table, wheat.loc[before - 3 : after + 1])
    chosen = study("other_oblasts", oblast=oblast, year_before=before, year_after=after)
    return figures.comparisons(data, chosen, values(wheat, oblast, before, after), t)


def marks(axes):
    """Single marks of an axes as (x, y, filled)."""
    return [
        (float(line.get_xdata()[0]), float(line.get_ydata()[0]), to_hex(line.get_markerfacecolor()) != "#ffffff")
        for line in axes.get_lines()
        if line.get_marker() == "o" and len(line.get_xdata()) == 1
    ]


def test_every_comparison_is_a_mark_and_hollow_where_the_neighbour_is_left_out(default):
    figure, data = default[0]["comparisons"], default[1]["comparisons"]
    table = data[data["kind"] != analysis.YIELD]
    shown = marks(figure.axes[0])
    assert sorted(x for x, _, _ in shown) == sorted(table["estimate"])
    with_chui = table[table["members"].str.contains("Chui")]["estimate"]
    assert sorted(x for x, _, filled in shown if filled) == sorted(with_chui)
    assert {"\u22121.27", "+0.74", "+1.65", "\u221211.30"} <= set(texts(figure))


def test_the_first_figure_says_at_once_that_the_sign_depends_on_chui(default, wheat):
    seen = texts(default[0]["comparisons"])
    assert "Better or worse than its neighbours? It depends on Chui" in seen
    assert any("Against all others \u22121.27; without Chui +0.74." in text for text in seen)
    assert {"16.6", "31.9"} <= set(seen)  # the collapse and the rebound
    assert "Chui against its neighbours, 2023 to 2024" in texts(comparisons(wheat, "Chui"))


def test_bars_are_the_rounding_bounds(wheat):
    table = analysis.comparisons(wheat, "Jalal-Abad", 2023, 2024).round(analysis.PUBLISHED)
    axes = comparisons(wheat, "Jalal-Abad").axes[0]
    ends = [segment[:, 0] for c in axes.collections for segment in c.get_segments()]
    assert sorted(map(tuple, np.round(ends, 6))) == sorted(map(tuple, table[["low", "high"]].round(6).to_numpy()))


def test_the_yields_beside_are_those_of_the_panel(default, wheat):
    lines = [line for line in default[0]["comparisons"].axes[1].get_lines() if len(line.get_xdata()) > 2]
    assert sorted(tuple(line.get_ydata()) for line in lines) == sorted(map(tuple, wheat.loc[2020:2025].to_numpy().T))
    accented = [line for line in lines if line.get_color() == ACCENT]
    assert [tuple(line.get_ydata()) for line in accented] == [tuple(wheat.loc[2020:2025, "Jalal-Abad"])]


def test_base_years_are_drawn_in_pairs(default):
    axes, frame = default[0]["base_years"].axes[0], default[1]["base_years"].round(2)
    by_edge = {
        line.get_markeredgecolor(): list(line.get_ydata()) for line in axes.get_lines() if len(line.get_xdata()) == 7
    }
    assert by_edge == {ACCENT: frame["all_others"].tolist(), SECOND: frame["without_neighbour"].tolist()}


def test_every_placebo_cell_is_a_tick_and_the_counts_are_the_ranks(default, wheat):
    figure, cells = default[0]["placebo"], default[1]["placebo"]
    ticks = [line for line in figure.axes[0].get_lines() if line.get_marker() == "|"]
    assert sorted(x for line in ticks for x in line.get_xdata()) == sorted(cells["estimate"].round(2))
    own = [line for line in figure.axes[0].get_lines() if line.get_marker() == "o"]
    assert [line.get_xdata()[0] for line in own] == [-1.27]
    tests = analysis.placebo_tests(wheat, "Jalal-Abad", 2023, 2024, "Chui").set_index(["panel", "over"])["rank"]
    seen = texts(figure)
    assert f"{tests['level', 'years']} of 34" in seen
    assert any(f"{tests['level', 'oblasts and years']} of all 238 are at least as large" in text for text in seen)


def test_the_event_study_is_zero_in_the_base_year_and_hollow_after_it(default, wheat):
    axes, frame = default[0]["event_study"].axes[0], default[1]["event_study"].set_index("year")
    lines = [line for line in axes.get_lines() if line.get_marker() == "o"]
    filled, hollow = sorted(lines, key=lambda line: -len(line.get_xdata()))
    assert list(filled.get_xdata()) == list(range(1991, 2024)) and filled.get_ydata()[-1] == 0
    assert list(hollow.get_ydata()) == frame["coefficient"].loc[[2024, 2025]].round(2).tolist()
    trend = next(line for line in axes.get_lines() if line.get_linestyle() == "--")
    assert np.diff(trend.get_ydata()) == pytest.approx(np.full(32, 0.214), abs=0.0005)
    named = {"pre_trend_slope": Value(None)}
    without = figures.event_study(frame.reset_index(), study("other_oblasts"), named, t).axes[0]
    assert not any(line.get_linestyle() == "--" for line in without.get_lines())


def test_bounds_open_from_the_estimate(default):
    figure, frame = default[0]["bounds"], default[1]["bounds"].round(2)
    lines = [list(line.get_ydata()) for line in figure.axes[0].get_lines() if line.get_color() == SECOND]
    assert lines == [frame["low"].tolist(), frame["high"].tolist()]
    assert "from 0.231 on zero is inside" in texts(figure)
    beyond = figures.bounds(frame, study("other_oblasts"), {"breakdown_mbar": Value(2.5, decimals=3)}, t)
    assert not any("zero is inside" in text for text in texts(beyond))


def test_the_synthetic_control_is_drawn_with_its_placebos_in_grey(default):
    (left, right), paths = default[0]["synthetic_control"].axes, default[1]["synthetic_control"].round(2)
    own = paths[paths["oblast"] == "Jalal-Abad"]
    whole = [list(line.get_ydata()) for line in left.get_lines() if len(line.get_xdata()) == len(own)]
    assert whole == [own["observed"].tolist(), own["synthetic"].tolist()]
    gaps = {
        tuple(line.get_ydata()): line.get_color() for line in right.get_lines() if len(line.get_xdata()) == len(own)
    }
    assert len(gaps) == 7 and [k for k, color in gaps.items() if color == ACCENT] == [tuple(own["gap"])]


def test_the_years_before_stand_beside_the_studied_one(default):
    frame = default[1]["placebo_years"].round(3)
    shown = marks(default[0]["placebo_years"].axes[0])
    assert [(x, y) for x, y, _ in shown] == list(zip(frame["year"], frame["gap"], strict=True))
    assert [x for x, _, filled in shown if filled] == [2024]


def test_every_text_can_be_translated(wheat):
    for name, figure in drawn(wheat, t=marking()).items():
        assert untranslated(figure) == [], name


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("oblast, before, after", CASES)
def test_no_label_covers_another_or_is_cut(wheat, oblast, before, after, language):
    for name, figure in drawn(wheat, oblast, before, after, Catalogue(language, "other_oblasts")).items():
        assert overlapping(figure) == [], name
        assert cut(figure) == [], name


def test_the_estimates_lie_within_the_axes_however_long_the_names(wheat):
    for language in languages():
        axes = comparisons(wheat, "Jalal-Abad", t=Catalogue(language, "other_oblasts")).axes[0]
        axes.figure.draw_without_rendering()
        inside = axes.get_window_extent()
        boxes = [a.get_window_extent() for a in axes.texts if a.get_text()[0] in "+\u2212"]
        assert len(boxes) == 15 and all(b.x0 >= inside.x0 and b.x1 <= inside.x1 for b in boxes), language


def test_what_cannot_be_drawn_says_why(wheat):
    controls = analysis.synthetic_controls(wheat, "Osh", 1992, 1993)
    chosen = study("other_oblasts", oblast="Osh", year_before=1992, year_after=1993)
    named = {
        name: Value(None, why=controls.why) for name in ("synthetic_control_gap", "earlier_years", "breakdown_mbar")
    }
    for figure in (
        figures.synthetic_control(published("other_oblasts", "synthetic_control", controls.paths), chosen, named, t),
        figures.placebo_years(pd.DataFrame(columns=["year"]), chosen, named, t),
        figures.bounds(analysis.bounds_table(None), chosen, named, t),
    ):
        assert any(controls.why in text.replace("\n", " ") for text in texts(figure))


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
    chosen = {"oblast": oblast, "year_before": before, "year_after": after}
    said = run_cells("other_oblasts", tmp_path, monkeypatch, panel, exposures, until="answer", **chosen)
    assert FIRST_SENTENCES[oblast, before, after] in said


def test_what_too_few_years_forbid_is_refused_in_its_place(tmp_path, monkeypatch, panel, exposures):
    said = run_cells("other_oblasts", tmp_path, monkeypatch, panel, exposures, year_before=1992, year_after=1993)
    assert "A trend before 1992 cannot be estimated: only 2 year(s)" in said
    assert "There is no synthetic control: " in said and "Earlier years cannot serve as placebos: " in said
    text = (tmp_path / "results.json").read_text(encoding="utf-8")
    assert json.loads(text)["synthetic_control_pre_rmspe"]["value"] is None
