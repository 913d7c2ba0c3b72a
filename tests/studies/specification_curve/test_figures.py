"""The figures of `specification_curve` show the numbers they were given; the notebook says what it cannot do."""

import json

import numpy as np
import pandas as pd
import pytest

from pipeline.data.panel import yields_by_oblast
from pipeline.studies.specification_curve import analysis, figures
from pipeline.text.language import Catalogue, languages
from tests.cells import run_cells
from tests.exhibits.shown import cut, marking, overlapping, texts, untranslated

t = Catalogue("en")
STUDIES = [("Jalal-Abad", 2023, 2024), ("Issyk-Kul", 2023, 2024), ("Naryn", 2010, 2011), ("Talas", 2022, 2025)]


@pytest.fixture(scope="module")
def cubes(real_panel):
    yields = yields_by_oblast(real_panel, "wheat")
    return {years: analysis.estimate_specifications(yields, *years) for years in {study[1:] for study in STUDIES}}


def ordered(cube, oblast):
    curve = analysis.specification_curve(cube, oblast).sort_values("equivalent_c_per_ha", ignore_index=True)
    plain = {"outcome": "level", "comparison": "all others", "weighting": "equal", "base_key": "year before",
             "end_key": "year after", "trend": "none"}  # fmt: skip
    return curve.assign(plain=(curve[list(plain)] == pd.Series(plain)).all(axis=1))


def drawn(cubes, t, oblast="Jalal-Abad", before=2023, after=2024):
    years = (before, after)
    curve = ordered(cubes[years], oblast)
    summary = figures.in_declared_order(analysis.summarise_choices(curve))
    empty = pd.DataFrame()
    return {
        "curve": figures.curve_with_choices(curve, summary, oblast, "wheat", years, t),
        "placebo_medians": figures.placebo_medians(analysis.curve_medians(cubes[years], oblast), 0.4, oblast, years, t),
        "no curve": figures.curve_with_choices(empty, empty, oblast, "wheat", years, t),
        "no medians": figures.placebo_medians(empty, 1.0, oblast, years, t),
    }


def test_the_curve_is_every_estimate_in_order_with_its_choices_below(cubes):
    curve = ordered(cubes[2023, 2024], "Jalal-Abad")
    top, below = drawn(cubes, t)["curve"].axes
    line = top.get_lines()[0]
    assert list(line.get_ydata()) == curve["equivalent_c_per_ha"].tolist() == sorted(line.get_ydata())
    rare = next(line for line in top.get_lines() if line.get_marker() == "o")
    assert list(rare.get_xdata()) == np.flatnonzero(curve["p_oblasts_and_years"] <= 0.05).tolist()
    rows = {
        label.get_text(): round(place) for place, label in zip(below.get_yticks(), below.get_yticklabels(), strict=True)
    }
    strokes = {}
    for line in below.get_lines():
        x, y = np.array(line.get_xdata(), dtype=float), np.array(line.get_ydata(), dtype=float)
        if np.isnan(y).any():
            strokes[round(float(np.nanmean(y)))] = x[~np.isnan(y)][::2].tolist()
    for label, choice, option in (
        ("only Chui", "comparison", "only Chui"),
        ("logarithm of yield", "outcome", "log"),
        ("mean 2024\u20132025", "end", "mean 2024-2025"),
    ):
        assert strokes[rows[label]] == np.flatnonzero(curve[choice] == option).tolist(), label
    assert sum(map(len, strokes.values())) == 6 * len(curve)


def test_the_plain_comparison_and_the_median_are_named(cubes):
    seen = texts(drawn(cubes, t)["curve"])
    assert {"plain comparison with all others, 2023 to 2024: \u22121.27", "median +1.38", "4 with p ≤ 0.05"} <= set(
        seen
    )


def test_every_cell_is_a_mark_and_the_actual_one_is_apart(cubes):
    medians = analysis.curve_medians(cubes[2023, 2024], "Jalal-Abad")
    axes = drawn(cubes, t)["placebo_medians"].axes[0]
    marks = [line for line in axes.get_lines() if line.get_marker() == "o"]
    values = np.concatenate([np.atleast_1d(line.get_xdata()) for line in marks])
    assert sorted(values) == pytest.approx(sorted(medians["median_standardised"]))
    assert [float(line.get_xdata()[0]) for line in marks if len(line.get_xdata()) == 1] == pytest.approx(
        medians.loc[medians["actual"], "median_standardised"].tolist()
    )


def test_options_stand_in_the_order_of_their_declaration(cubes):
    curve = ordered(cubes[2023, 2024], "Jalal-Abad")
    order = figures.in_declared_order(analysis.summarise_choices(curve)).index
    assert [option for choice, option in order if choice == "base"] == [
        "2022", "2023", "mean 2016-2020", "mean 2020-2022",
    ]  # fmt: skip
    comparisons = [option for choice, option in order if choice == "comparison"]
    assert comparisons[0] == "all others" and comparisons[7:9] == ["south", "north"] and comparisons[-1] == "only Talas"


def test_every_text_can_be_translated(cubes):
    for name, figure in drawn(cubes, marking()).items():
        assert untranslated(figure) == [], name


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("study", STUDIES)
def test_no_label_covers_another_or_is_cut(cubes, study, language):
    for name, figure in drawn(cubes, Catalogue(language, "specification_curve"), *study).items():
        assert overlapping(figure) == [], name
        assert cut(figure) == [], name


def results(folder):
    text = (folder / "results" / "specification_curve.json").read_text(encoding="utf-8")
    return {name: entry["value"] for name, entry in json.loads(text).items()}


def test_the_paper_s_pair(tmp_path, monkeypatch, panel, exposures):
    said = run_cells("specification_curve", tmp_path, monkeypatch, panel, exposures)
    found = results(tmp_path)
    assert [found[k] for k in ("specifications", "share_positive", "significant", "joint_p", "median_level")] == [
        1056, 82.8, 4, 0.423, 1.5,
    ]  # fmt: skip
    assert "The sign depends on whom Jalal-Abad is compared with" in said and "not unusual at that level" in said
    assert len(pd.read_csv(tmp_path / "tables" / "specification_curve-specifications.csv")) == 1056
    assert len(pd.read_csv(tmp_path / "figures" / "specification_curve-curve.csv")) == 1056


def test_too_few_years_before_the_pair_are_a_refusal_in_its_place(tmp_path, monkeypatch, panel, exposures):
    said = run_cells("specification_curve", tmp_path, monkeypatch, panel, exposures, year_before=1992, year_after=1993)
    found = results(tmp_path)
    assert found.pop("specifications") == 0 and "share_positive" in found and set(found.values()) == {None}
    assert "**For 1992 and 1993 the curve cannot be computed.** Trend lines and weights need 10 years" in said
    for name in ("specifications", "joint"):
        table = pd.read_csv(tmp_path / "tables" / f"specification_curve-{name}.csv")
        assert table.empty and len(table.columns) > 5
