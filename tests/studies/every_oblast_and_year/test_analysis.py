"""The report `every_oblast_and_year`: its cells by hand and against the report on the neighbours, and what it says."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from pipeline.data.panel import yields_by_oblast
from pipeline.methods.own_response import own_response
from pipeline.run.results_only import made_of, results_of
from pipeline.studies.every_oblast_and_year import analysis, figures
from pipeline.text.fill import Value
from pipeline.text.language import Catalogue, languages
from pipeline.text.parameters import read_parameters
from tests.cells import run_cells
from tests.exhibits.shown import marking, published, study, texts, unreadable, untranslated


@pytest.fixture(scope="module")
def cells(real_panel) -> pd.DataFrame:
    return analysis.cells(yields_by_oblast(real_panel, "wheat"))


def test_the_first_cell_by_hand():
    """Changes of A 1 -1 2 -2 0 then 3, of B and C alike 1 1 1 0 2 then 1: root mean square of A 2 ** 0.5, t(5)."""
    changes = {"A": [1, -1, 2, -2, 0, 3], "B": [1, 1, 1, 0, 2, 1], "C": [1, 1, 1, 0, 2, 1]}
    panel = pd.DataFrame({name: np.cumsum([20.0, *steps]) for name, steps in changes.items()}, index=range(2000, 2007))
    table = analysis.cells(panel)
    assert table[["oblast", "year", "earlier"]].values.tolist() == [[name, 2006, 5] for name in "ABC"]
    own = table.iloc[0]
    half = stats.t.ppf(0.975, 5) * 2**0.5
    assert own[["change", "change_low", "change_high"]].tolist() == pytest.approx([3, 3 - half, 3 + half])
    assert own["change_ratio"] == pytest.approx(3 / 2**0.5)
    # less the others: 0 -2 1 -2 -2 then 2; mean square 13 / 5
    assert (own["did"], own["did_ratio"]) == pytest.approx((2, 2 / (13 / 5) ** 0.5))
    slope, intercept = np.polyfit([1, 1, 1, 0, 2], [1, -1, 2, -2, 0], 1)
    assert (own["slope"], own["adjusted"]) == pytest.approx((slope, 3 - intercept - slope))
    assert analysis.cells(panel.loc[:2005]).empty


def test_a_ratio_is_the_value_over_the_error_behind_its_interval(cells, wheat):
    row = analysis.the_cell(cells, "Jalal-Abad", 2024)
    fit = own_response(wheat, "Jalal-Abad", 2023, 2024)
    assert 2 * stats.t.sf(abs(row["adjusted_ratio"]), fit.years - 2) == pytest.approx(fit.p_value)


def test_later_years_change_no_earlier_cell(cells, wheat):
    shorter = analysis.cells(wheat.loc[:2010])
    same = cells[cells["year"] <= 2010].sort_values(["oblast", "year"], ignore_index=True)
    pd.testing.assert_frame_equal(shorter.sort_values(["oblast", "year"], ignore_index=True), same)


@pytest.mark.parametrize(("oblast", "year"), [("Jalal-Abad", 2024), ("Chui", 2014), ("Naryn", 1997)])
def test_cells_are_those_of_the_report_on_the_neighbours(cells, oblast, year):
    parameters = read_parameters("other_oblasts") | {"oblast": oblast, "year_before": year - 1, "year_after": year}
    swept = results_of("other_oblasts", parameters, made_of("other_oblasts"), seed=1)
    cell = analysis.the_cell(cells, oblast, year)
    pairs = {
        "change": "change",
        "did": "did_all",
        "adjusted": "adjusted_difference",
        "adjusted_low": "adjusted_difference_low",
        "adjusted_high": "adjusted_difference_high",
        "slope": "slope_on_others",
    }
    for name, result in pairs.items():
        assert cell[name] == pytest.approx(swept[result]["value"], abs=0.0051), name


def test_what_is_counted(cells):
    """By hand from the printed series: 7 oblasts, later years 1997 (five earlier changes) to 2025."""
    found = analysis.counts(cells) | analysis.standing(cells, "Jalal-Abad", 2024)
    assert (found["cells"], found["first_year"], found["last_year"], found["fewest_earlier"]) == (203, 1997, 2025, 5)
    assert (found["change_outside"], found["did_outside"], found["adjusted_outside"]) == (17, 23, 10)
    assert len(analysis.cells_outside(cells)) == 10 == analysis.by_oblast(cells)["adjusted_outside"].sum()
    assert found["adjusted_as_far"] == 96 and found["own_years"] == 29 and found["same_year"] == 7
    everything = analysis.at_least_as_far(cells, "adjusted", analysis.the_cell(cells, "Jalal-Abad", 2024))
    assert everything.loc[(cells["oblast"] == "Jalal-Abad") & (cells["year"] == 2024)].all()


def test_a_pair_with_too_few_earlier_years_has_no_place_and_no_number(cells):
    found = analysis.standing(cells, "Jalal-Abad", 1993)
    assert set(found.values()) == {None}
    assert list(found) == list(analysis.standing(cells, "Jalal-Abad", 2024))


@pytest.mark.slow
def test_what_is_said_of_jalal_abad_and_of_a_pair_that_stands_out(tmp_path, monkeypatch, real_panel, real_exposures):
    said = run_cells("every_oblast_and_year", tmp_path, monkeypatch, real_panel, real_exposures)
    assert "**Jalal-Abad from 2023 to 2024 is an ordinary pair of years:**" in said
    assert "by the own response **10 (4.9 %)**" in said and "The own response errs about as often as it says" in said
    written = json.loads((tmp_path / "results.json").read_text("utf-8"))
    assert written["adjusted"]["value"] == pytest.approx(1.07)
    parameters = {"oblast": "Talas", "year_before": 2024, "year_after": 2025}
    said = run_cells("every_oblast_and_year", tmp_path, monkeypatch, real_panel, real_exposures, **parameters)
    assert "**Talas from 2024 to 2025 is an unusual pair of years:**" in said
    parameters = {"year_before": 1992, "year_after": 1993}
    said = run_cells("every_oblast_and_year", tmp_path, monkeypatch, real_panel, real_exposures, **parameters)
    assert "has no place among the others:** there are too few earlier years." in said


def test_where_no_pair_has_earlier_years_nothing_is_counted_and_the_report_says_so(
    tmp_path, monkeypatch, real_panel, real_exposures
):
    far = {"year_before": 2000, "year_after": 2024}
    said = run_cells("every_oblast_and_year", tmp_path, monkeypatch, real_panel, real_exposures, **far)
    written = json.loads((tmp_path / "results.json").read_text("utf-8"))
    assert written["cells"]["value"] == 0 and written["adjusted_outside"]["value"] is None
    assert "has no place among the others" in said and "should leave zero out" not in said


@pytest.mark.slow
@pytest.mark.parametrize("oblast", ["Jalal-Abad", "Issyk-Kul"])
def test_the_figures_are_whole_and_translated(cells, oblast):
    frames = {"cells": cells, "standing": analysis.rows_by_measure(cells)}
    chosen = study("every_oblast_and_year", oblast=oblast)
    values = {name: Value(value) for name, value in analysis.standing(cells, oblast, 2024).items()}
    for name, frame in frames.items():
        data, draw = published("every_oblast_and_year", name, frame), getattr(figures, name)
        for language in languages():
            t = Catalogue(language, "every_oblast_and_year")
            for shown in (data, data.head(0)):
                figure = draw(shown, chosen, values, t)
                assert not unreadable(figure) and t.missing == set(), (name, language)
        assert not untranslated(draw(data, chosen, values, marking())), name
    assert any("96 of 203" in text for text in texts(draw(data, chosen, values, Catalogue("en")))) is (
        oblast == "Jalal-Abad"
    )
