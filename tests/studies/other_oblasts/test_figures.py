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
from pipeline.text.language import Catalogue
from tests.cells import run_cells
from tests.exhibits.shown import in_languages, marking, published, study, texts, unreadable, untranslated

t = Catalogue("en")
CASES = [("Jalal-Abad", 2023, 2024), ("Issyk-Kul", 2023, 2024), ("Naryn", 2010, 2011), ("Jalal-Abad", 2022, 2025)]


def frames(wheat, oblast, before, after):
    """The data of every figure of the report for one study."""
    table = analysis.comparisons(wheat, oblast, before, after, wheat.loc[2021]).round(analysis.PUBLISHED)
    return {
        "own_response": analysis.movements(wheat, analysis.response(wheat, oblast, before, after)[0]),
        "comparisons": analysis.comparisons_and_yields(table, wheat.loc[before - 3 : after + 1]),
        "placebo": analysis.cells_by_oblast(placebo_did(wheat, after - before)),
        "event_study": event_study(wheat, oblast, before).reset_index(),
        "bounds": analysis.bounds_table(analysis.bounds(wheat, oblast, before, after)[0]),
        "synthetic_control": analysis.synthetic_controls(wheat, oblast, before, after).paths,
        "placebo_years": analysis.placebo_years(wheat, oblast, before, 15)[0],
    }


def values(wheat, oblast, before, after, **others):
    """What the figures name of the results."""
    table = analysis.comparisons(wheat, oblast, before, after)
    summary = analysis.comparison_summary(table)
    summary |= analysis.own_summary(analysis.response(wheat, oblast, before, after)[0], table)
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


def marks(axes):
    """Single marks of an axes as (x, y, filled)."""
    return [
        (float(line.get_xdata()[0]), float(line.get_ydata()[0]), to_hex(line.get_markerfacecolor()) != "#ffffff")
        for line in axes.get_lines()
        if line.get_marker() == "o" and len(line.get_xdata()) == 1
    ]


def test_every_comparison_is_two_marks_with_interval_and_band(default):
    figure, data = default[0]["comparisons"], default[1]["comparisons"].round(2)
    table, axes = data[data["kind"] != analysis.YIELD], figure.axes[0]
    shown = marks(axes)
    assert sorted(x for x, _, filled in shown if filled) == sorted(table["adjusted"])
    assert sorted(x for x, _, filled in shown if not filled) == sorted(table["estimate"])
    intervals = [segment[:, 0] for c in axes.collections if hasattr(c, "get_segments") for segment in c.get_segments()]
    assert sorted(map(tuple, intervals)) == sorted(map(tuple, table[["adjusted_low", "adjusted_high"]].to_numpy()))
    bands = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in axes.patches]
    expected = sorted(map(tuple, table[["placebo_low", "placebo_high"]].to_numpy()))
    assert sorted(bands) == [pytest.approx(band) for band in expected]
    assert {"+1.07", "−1.27", "+1.66", "+0.74", "16.6", "31.9"} <= set(texts(figure))


def test_the_own_response_is_drawn_with_both_lines(default):
    figure, frame = default[0]["own_response"], default[1]["own_response"].round(3)
    left, right = figure.axes
    lines = [list(line.get_ydata()) for line in left.get_lines() if len(line.get_xdata()) == len(frame)]
    assert lines == [frame["others"].tolist(), frame["oblast"].tolist()]
    one = next(line for line in right.get_lines() if line.get_linestyle() == ":")
    fitted = next(line for line in right.get_lines() if line.get_color() == SECOND)
    assert list(one.get_xdata()) == list(one.get_ydata())
    slope = np.diff(fitted.get_ydata()) / np.diff(fitted.get_xdata())
    assert slope == pytest.approx(0.531, abs=0.001)


def test_no_bar_for_what_has_no_line(wheat):
    table = analysis.comparisons(wheat, "Osh", 1992, 1993).round(analysis.PUBLISHED)
    data = analysis.comparisons_and_yields(table, wheat.loc[1991:1994])
    chosen = study("other_oblasts", oblast="Osh", year_before=1992, year_after=1993)
    drawn = figures.comparisons(
        published("other_oblasts", "comparisons", data), chosen, values(wheat, "Osh", 1992, 1993), t
    )
    assert not any(filled for *_, filled in marks(drawn.axes[0]))


def test_the_yields_beside_are_those_of_the_panel(default, wheat):
    lines = [line for line in default[0]["comparisons"].axes[1].get_lines() if len(line.get_xdata()) > 2]
    assert sorted(tuple(line.get_ydata()) for line in lines) == sorted(map(tuple, wheat.loc[2020:2025].to_numpy().T))
    accented = [line for line in lines if line.get_color() == ACCENT]
    assert [tuple(line.get_ydata()) for line in accented] == [tuple(wheat.loc[2020:2025, "Jalal-Abad"])]


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


@pytest.mark.parametrize("oblast, before, after, language", in_languages(CASES))
def test_no_label_covers_another_or_is_cut(wheat, oblast, before, after, language):
    for name, figure in drawn(wheat, oblast, before, after, Catalogue(language, "other_oblasts")).items():
        assert unreadable(figure) == [], name


def test_what_cannot_be_drawn_says_why(wheat):
    controls = analysis.synthetic_controls(wheat, "Osh", 1992, 1993)
    chosen = study("other_oblasts", oblast="Osh", year_before=1992, year_after=1993)
    named = {
        name: Value(None, why=controls.why)
        for name in ("synthetic_control_gap", "earlier_years", "breakdown_mbar", "adjusted_difference")
    }
    for figure in (
        figures.synthetic_control(published("other_oblasts", "synthetic_control", controls.paths), chosen, named, t),
        figures.placebo_years(pd.DataFrame(columns=["year"]), chosen, named, t),
        figures.bounds(analysis.bounds_table(None), chosen, named, t),
        figures.own_response(analysis.movements(wheat, None), chosen, named, t),
    ):
        assert any(controls.why in text.replace("\n", " ") for text in texts(figure))


def test_labels_name_every_comparison(wheat):
    table = analysis.comparisons(wheat, "Osh", 2023, 2024, wheat.loc[2021])
    names = figures.labels(table, t)
    assert names[:5] == ["all others", "all others, by area", "without Chui, Issyk-Kul", "the south", "the north"]
    assert "without Chui" in names


LEADS = {
    ("Jalal-Abad", 2023, 2024): ["neither clearly better nor clearly worse", "which the earlier years reject"],
    ("Talas", 2023, 2024): ["neither clearly better nor clearly worse", "which the earlier years do not reject"],
    ("Jalal-Abad", 1992, 1993): ["cannot be told by its own response:** 1 earlier change(s) before 1992-1993"],
}


@pytest.mark.parametrize("oblast, before, after", LEADS)
def test_the_answer_leads_with_the_own_response(tmp_path, monkeypatch, panel, exposures, oblast, before, after):
    chosen = {"oblast": oblast, "year_before": before, "year_after": after}
    said = run_cells("other_oblasts", tmp_path, monkeypatch, panel, exposures, until="answer", **chosen)
    assert [lead for lead in LEADS[oblast, before, after] if lead not in said] == []
    assert said.count("led to expect:") == (0 if before == 1992 else 1)


FIRST_SENTENCES = {
    ("Jalal-Abad", 2023, 2024): "depends on whether Chui is one of them",
    ("Batken", 2021, 2022): "the sign hangs on single ones",
    ("Chui", 2017, 2018): "changed as its neighbours did, within printed rounding",
    ("Osh", 2024, 2025): "**Osh did better than its neighbours, whichever one is left out:**",
    ("Naryn", 2023, 2024): "**Naryn did worse than its neighbours, whichever one is left out:**",
}


@pytest.mark.parametrize("oblast, before, after", FIRST_SENTENCES)
def test_the_usual_comparison_says_what_turns_its_sign(tmp_path, monkeypatch, panel, exposures, oblast, before, after):
    chosen = {"oblast": oblast, "year_before": before, "year_after": after}
    said = run_cells("other_oblasts", tmp_path, monkeypatch, panel, exposures, **chosen)
    assert FIRST_SENTENCES[oblast, before, after] in said


def test_what_too_few_years_forbid_is_refused_in_its_place(tmp_path, monkeypatch, panel, exposures):
    said = run_cells("other_oblasts", tmp_path, monkeypatch, panel, exposures, year_before=1992, year_after=1993)
    assert "A trend before 1992 cannot be estimated: only 2 year(s)" in said
    assert "There is no synthetic control: " in said and "Earlier years cannot serve as placebos: " in said
    text = (tmp_path / "results.json").read_text(encoding="utf-8")
    assert json.loads(text)["synthetic_control_pre_rmspe"]["value"] is None
