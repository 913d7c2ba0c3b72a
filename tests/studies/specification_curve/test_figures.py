"""The figures of `specification_curve` show the numbers they were given; the notebook says what it cannot do."""

import json

import numpy as np
import pandas as pd
import pytest

from pipeline.data.panel import yields_by_oblast
from pipeline.studies.specification_curve import figures
from pipeline.studies.specification_curve.curve import estimate_curve, in_parts
from pipeline.text.declarations import declaration
from pipeline.text.fill import values_of
from pipeline.text.language import Catalogue
from tests.cells import run_cells
from tests.exhibits.shown import in_languages, marking, published, study, texts, unreadable, untranslated

t = Catalogue("en")
STUDIES = [("Jalal-Abad", 2023, 2024), ("Issyk-Kul", 2023, 2024), ("Naryn", 2010, 2011), ("Talas", 2022, 2025)]


@pytest.fixture(scope="module")
def curves(real_panel):
    yields = yields_by_oblast(real_panel, "wheat")
    pairs = [*STUDIES, ("Jalal-Abad", 1992, 1993)]
    return {pair: estimate_curve(yields, *pair, alpha=0.05) for pair in pairs}


def data(curve):
    return {
        "curve": published("specification_curve", "curve", curve.specifications),
        "placebo_medians": published("specification_curve", "placebo_medians", curve.medians),
    }


def drawn(curves, t, *pair):
    pair = pair or STUDIES[0]
    oblast, before, after = pair
    chosen = study("specification_curve", oblast=oblast, year_before=before, year_after=after)
    declared = declaration("specification_curve")
    results = {
        name: {"value": value, "unit": declared.results[name].unit, "scope": ""}
        for name, value in curves[pair].results().items()
    }
    values = values_of(declared, {}, results)
    return {name: getattr(figures, name)(rows, chosen, values, t) for name, rows in data(curves[pair]).items()}


def test_the_curve_is_every_estimate_in_order_with_its_choices_below(curves):
    curve = data(curves[STUDIES[0]])["curve"]
    top, below = drawn(curves, t)["curve"].axes
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
        assert strokes[rows[label]] == np.flatnonzero(curve[choice].astype(str) == option).tolist(), label
    assert sum(map(len, strokes.values())) == 7 * len(curve)


def test_the_plain_comparison_and_the_median_are_named(curves):
    seen = texts(drawn(curves, t)["curve"])
    assert {"plain comparison with all others, 2023 to 2024: \u22121.27", "median +1.60", "5 with p ≤ 0.05"} <= set(
        seen
    )


def test_every_cell_is_a_mark_and_the_actual_one_is_apart(curves):
    medians = data(curves[STUDIES[0]])["placebo_medians"]
    axes = drawn(curves, t)["placebo_medians"].axes[0]
    marks = [line for line in axes.get_lines() if line.get_marker() == "o"]
    values = np.concatenate([np.atleast_1d(line.get_xdata()) for line in marks])
    assert sorted(values) == pytest.approx(sorted(medians["median_standardised"]))
    assert [float(line.get_xdata()[0]) for line in marks if len(line.get_xdata()) == 1] == pytest.approx(
        medians.loc[medians["actual"], "median_standardised"].tolist()
    )


def test_options_stand_in_the_order_of_their_declaration(curves):
    order = curves[STUDIES[0]].choices.groupby("choice", sort=False)["label"].agg(list)
    assert order["base"] == ["2022", "2023", "mean 2016-2020", "mean 2020-2022"]
    comparisons = order["comparison"]
    assert comparisons[0] == "all others" and comparisons[7:9] == ["south", "north"] and comparisons[-1] == "only Talas"


def test_every_choice_and_every_option_has_a_word(curves):
    columns = declaration("specification_curve").tables["choices"].columns
    for pair in STUDIES:
        choices = curves[pair].choices
        assert set(choices["choice"]) == set(columns["choice"].words)
        assert set(choices["option"]) <= set(columns["option"].words)
    assert in_parts("without Issyk-Kul") == ("without", "Issyk-Kul", "")


def test_every_text_can_be_translated(curves):
    for name, figure in drawn(curves, marking()).items():
        assert untranslated(figure) == [], name


@pytest.mark.parametrize("oblast, before, after, language", in_languages([*STUDIES, ("Jalal-Abad", 1992, 1993)]))
def test_no_label_covers_another_or_is_cut(curves, oblast, before, after, language):
    t = Catalogue(language, "specification_curve")
    for name, figure in drawn(curves, t, oblast, before, after).items():
        assert unreadable(figure) == [], name
    assert t.missing == set()


def results(folder):
    return {name: entry["value"] for name, entry in json.loads((folder / "results.json").read_text("utf-8")).items()}


def test_the_paper_s_pair(tmp_path, monkeypatch, panel, exposures):
    said = run_cells("specification_curve", tmp_path, monkeypatch, panel, exposures)
    found = results(tmp_path)
    assert [found[k] for k in ("specifications", "share_positive", "significant", "joint_p", "median_level")] == [
        2112,
        86.0,
        5,
        0.369,
        1.67,
    ]
    assert [found[k] for k in ("plain", "plain_own_response", "null_panels")] == [-1.27, 1.07, 200]
    assert "That so many share a sign says little" in said and "not unusual at that level" in said
    assert len(pd.read_csv(tmp_path / "tables" / "choices.csv")) == 30
    assert len(pd.read_csv(tmp_path / "figures" / "curve.csv")) == 2112


def test_too_few_years_before_the_pair_are_a_refusal_in_its_place(tmp_path, monkeypatch, panel, exposures):
    said = run_cells("specification_curve", tmp_path, monkeypatch, panel, exposures, year_before=1992, year_after=1993)
    found = results(tmp_path)
    assert (
        found.pop("specifications") == 0
        and found.pop("alpha") == 0.05
        and "share_positive" in found
        and set(found.values()) == {None}
    )
    assert "**For 1992 and 1993 the curve cannot be computed.** Trend lines and weights need 10 years" in said
    table = pd.read_csv(tmp_path / "tables" / "choices.csv")
    assert table.empty and len(table.columns) > 5
