"""The figures of `history` show the numbers they were given; the notebook runs where parts of it are impossible."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from pipeline.data.panel import yields_by_oblast
from pipeline.studies.history import analysis, figures
from pipeline.text.language import Catalogue, years_text
from tests.cells import run_cells
from tests.exhibits.shown import in_languages, marking, published, study, texts, unreadable, untranslated

t = Catalogue("en")
BASE = [2016, 2017, 2018, 2019, 2020]
DROUGHT = [2021, 2023, 2025]
PAIRS = [("Jalal-Abad", 2023, 2024), ("Chui", 2023, 2024), ("Naryn", 2010, 2011), ("Talas", 2022, 2025)]


@pytest.fixture(scope="module")
def yields(real_panel):
    return yields_by_oblast(real_panel, "wheat")


def series(own):
    """The data of the series as the notebook makes them."""
    data = own.rename("yield_c_per_ha").reset_index()
    return data.assign(
        drought_year=data["year"].isin(DROUGHT).astype(int), base_year=data["year"].isin(BASE).astype(int)
    )


@pytest.fixture(scope="module", params=PAIRS, ids=str)
def draw(request, yields):
    """All figures of a pair of years in the language of a catalogue; what they show is worked out once."""
    oblast, before, after = request.param
    chosen = study("history", oblast=oblast, year_before=before, year_after=after)
    own = yields[oblast]
    moved = analysis.ranked_changes(yields, before, after)
    backtest = analysis.backtest_summary(analysis.rolling_origin_backtest(yields[list({"Chui", oblast})], 2015))
    data = {
        "series": series(own),
        "changes": moved,
        "expected": analysis.forecasts(own, after)[0],
        "track": analysis.track(own, 2005, "naive"),
        "backtest": backtest.reset_index(),
        "recovery": analysis.recovery_table(yields, before, after, [2000, 2001]).reset_index(),
    }
    nothing = {
        "changes": moved.assign(rank=pd.array([pd.NA] * len(moved), dtype="Int64")),
        "recovery": analysis.recovery(yields, 1992, 1993, BASE)[0],
        "expected": analysis.forecasts(own, 1993)[0],
    }
    data = {name: published("history", name, frame) for name, frame in data.items()}
    nothing = {name: published("history", name, frame) for name, frame in nothing.items()}

    def drawn(t):
        shown = {name: getattr(figures, name)(frame, chosen, {}, t) for name, frame in data.items()}
        return shown | {f"no {name}": getattr(figures, name)(frame, chosen, {}, t) for name, frame in nothing.items()}

    return drawn


def marks(axes, marker):
    return [line for line in axes.get_lines() if line.get_marker() == marker]


def test_the_series_is_drawn_whole_with_its_pair_its_droughts_and_its_base(yields):
    own = yields["Jalal-Abad"]
    axes = figures.series(published("history", "series", series(own)), study("history"), {}, t).axes[0]
    base, line, pair = axes.get_lines()
    assert list(line.get_ydata()) == own.tolist() and list(line.get_xdata()) == own.index.tolist()
    assert list(pair.get_ydata()) == [23.7, 27.7]
    assert list(base.get_ydata()) == pytest.approx([26.46] * 5)
    assert [patch.get_x() + 0.5 for patch in axes.patches] == DROUGHT
    assert "mean of 2016–2020: 26.46 c/ha" in texts(axes.figure)


def test_every_change_is_a_tick_and_the_pair_a_diamond(yields):
    changes = published("history", "changes", analysis.ranked_changes(yields, 2023, 2024))
    axes = figures.changes(changes, study("history"), {}, t).axes[0]
    diamonds = {line.get_ydata()[0]: line.get_xdata()[0] for line in marks(axes, "D")}
    names = [label.get_text() for label in axes.get_yticklabels()]
    expected = yields.loc[2024] - yields.loc[2023]
    for y, name in enumerate(names):
        assert diamonds[y] == pytest.approx(expected[name])
    ticks = [c for c in axes.collections if len(c.get_segments()) == 34]
    drawn_ticks = sorted(segment[0][0] for c in ticks for segment in c.get_segments())
    assert drawn_ticks == pytest.approx(sorted(changes["change"]))
    assert names[0] == "Osh" and names[-1] == "Chui"  # the most volatile on top
    assert {"rank 1 of 34", "SD 2.45"} <= set(texts(axes.figure))


def test_forecast_marks_are_the_table(yields):
    table = published("history", "track", analysis.track(yields["Chui"], 2001, "naive"))
    axes = figures.track(table, study("history", oblast="Chui"), {}, t).axes[0]
    forecast, inside, outside, pair = axes.get_lines()
    assert list(forecast.get_ydata()) == table["mean"].tolist()
    assert list(inside.get_ydata()) == table.loc[table["inside"] == 1, "observed"].tolist()
    assert list(outside.get_ydata()) == table.loc[table["inside"] == 0, "observed"].tolist() != []
    assert list(pair.get_ydata()) == [16.6, 31.9]
    vertices = axes.collections[0].get_paths()[0].vertices[:, 1]
    assert vertices.min() == pytest.approx(table["lower"].min())
    assert vertices.max() == pytest.approx(table["upper"].max())


def test_the_four_methods_stand_against_what_came(yields):
    table = published("history", "expected", analysis.forecasts(yields["Jalal-Abad"], 2024)[0])
    figure = figures.expected(table, study("history"), {}, t)
    for axes, (_, own) in zip(figure.axes, table.groupby("year"), strict=True):
        assert sorted(marks(axes, "o")[0].get_xdata()) == pytest.approx(sorted(own["mean"]))
        ends = sorted(segment[0][0] for segment in axes.collections[0].get_segments())
        assert ends == pytest.approx(sorted(own["lower"]))
    assert {"2024: 27.7", "2025: 26.3"} <= set(texts(figure))


def test_errors_and_coverage_are_the_summary(yields):
    summary = analysis.backtest_summary(analysis.rolling_origin_backtest(yields[["Osh", "Chui"]], 2015)).reset_index()
    left, right = figures.backtest(summary, study("history"), {}, t).axes
    assert sorted(marks(left, "o")[0].get_xdata()) == pytest.approx(sorted(summary["mae"]))
    for level, marker in ((50, "^"), (80, "s"), (95, "o")):
        shown = sorted(marks(right, marker)[0].get_xdata())
        assert shown == pytest.approx(sorted(100 * summary[f"coverage_{level}"]))


def test_recovery_goes_from_before_to_after_past_the_mean(yields):
    table = published("history", "recovery", analysis.recovery(yields, 2023, 2024, BASE)[0])
    axes = figures.recovery(table, study("history"), {}, t).axes[0]
    lines = sorted(tuple(line.get_xdata()) for line in axes.get_lines() if len(line.get_xdata()) == 2)
    assert lines == sorted(table[["yield_before", "yield_after"]].itertuples(index=False, name=None))
    means = sorted(segment[0][0] for segment in axes.collections[1].get_segments())
    assert means == pytest.approx(sorted(table["base_mean"]))
    assert "+1.2 c/ha against the mean" in texts(axes.figure)


def test_every_text_can_be_translated(draw):
    for name, figure in draw(marking()).items():
        assert untranslated(figure) == [], name


@pytest.mark.parametrize("draw, language", in_languages([(pair,) for pair in PAIRS]), indirect=["draw"])
def test_no_label_covers_another_or_is_cut(draw, language):
    t = Catalogue(language, "history")
    for name, figure in draw(t).items():
        assert unreadable(figure) == [], name
    assert t.missing == set()


def test_years_are_written_as_a_span_only_without_gaps():
    assert years_text([2018, 2016, 2017]) == "2016–2018"
    assert years_text([2016, 2017]) == "2016, 2017"
    assert years_text([2016, 2018, 2020]) == "2016, 2018, 2020"


def written(folder, what):
    return {k: r[what] for k, r in json.loads((folder / "results.json").read_text("utf-8")).items()}


def results(folder):
    return written(folder, "value")


def scopes(folder):
    return written(folder, "scope")


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_the_answer_is_said_in_every_language_with_the_same_numbers(tmp_path, monkeypatch, panel, language):
    said = run(tmp_path, monkeypatch, panel, language=language)
    assert not re.search(r"[A-Za-z]{3}", said)  # no word left in English, no raw name
    for number in ("+4,0", "2,76", "1,24", "26,3", "18,86", "28,54", "0,943"):
        assert number in said


def run(tmp_path, monkeypatch, panel, **parameters):
    return run_cells("history", tmp_path, monkeypatch, panel, pd.DataFrame(), **parameters)


def test_the_notebook_finds_the_known_numbers(tmp_path, monkeypatch, panel):
    said = run(tmp_path, monkeypatch, panel)
    found = results(tmp_path)
    assert [found[k] for k in ("change_rank", "change_rank_log", "change_rank_panel")] == [1, 3, 22]
    assert [found[k] for k in ("number_of_changes", "number_of_changes_panel")] == [34, 238]
    assert found["persistence_mae_2019_2025"] == 4.163
    assert found["coverage_95"] == 0.943
    assert [found[k] for k in ("base_mean", "recovered_part", "rest_of_change")] == [26.46, 2.76, 1.24]
    assert "is the largest in the series of Jalal-Abad** (yearly changes: 34)" in said and "lies **inside**" in said
    assert "is known only to lie between 1 and 2." in said


def test_a_pair_with_too_little_before_it_says_so_in_its_place(tmp_path, monkeypatch, panel):
    said = run(tmp_path, monkeypatch, panel, year_before=1992, year_after=1993)
    found = results(tmp_path)
    assert found["change_rank"] is not None
    assert all(found[name] is None for name in ("forecast", "forecast_p", "methods_inside", "base_mean"))
    assert scopes(tmp_path)["forecast"].endswith(
        "; not defined: 2 year(s), 1991-1992; this method needs at least 3: add years."
    )
    assert "cannot be said: 2 year(s), 1991-1992; this method needs at least 3" in said
    assert "The base years (2016–2020) do not all lie before the change" in said
    assert pd.read_csv(tmp_path / "tables" / "forecasts.csv").empty


def test_a_pair_without_another_like_it_has_no_rank(tmp_path, monkeypatch, panel):
    said = run(tmp_path, monkeypatch, panel, oblast="Osh", year_before=1991, year_after=2025)
    assert "cannot be ranked: 1 change(s) over 34 year(s)" in said
    found = results(tmp_path)
    assert all(found[name] is None for name in ("change_rank", "number_of_changes_panel", "share_at_least"))
    assert "not defined: 1 change(s) over 34 year(s)" in scopes(tmp_path)["change_rank_log"]
    assert pd.read_csv(tmp_path / "tables" / "ranks.csv").empty


def test_a_fall_over_several_years_is_told_as_one(tmp_path, monkeypatch, panel):
    said = run(tmp_path, monkeypatch, panel, oblast="Talas", year_before=2022, year_after=2025)
    assert "in the series of Talas** (changes over as many years; 1 is the largest rise)" in said
    assert "is the largest in the series" not in said and "The series ends with 2025" in said
    assert results(tmp_path)["yield_next"] is None
    assert scopes(tmp_path)["yield_next"] == "Talas, wheat, 2026, as printed; not defined: the series ends with 2025"
    assert results(tmp_path)["change"] == pytest.approx(
        np.round(panel.query("area == 'Talas' and crop == 'wheat' and year in (2022, 2025)")["value"].diff().iloc[1], 1)
    )
