"""Panels: what every method refuses at its door, bounds by rounding, a regressor beside the panel."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.errors import AnalysisError, DataError, ParameterError
from pipeline.methods.panels import (
    align_regressor,
    change_bounds,
    check_level,
    check_panel,
    check_year_pair,
    cluster_factor,
    double_demean,
    most_volatile,
    outcome_values,
    unit_index,
    yearly_changes,
)

WHEAT = Path(__file__).parents[2] / "data/raw/nsc_wheat_yield/wheat_yield_by_oblast.csv"


@pytest.fixture(scope="module")
def wheat() -> pd.DataFrame:
    return pd.read_csv(WHEAT).pivot(index="year", columns="oblast", values="yield_c_per_ha")


@pytest.mark.parametrize(
    ("spoil", "error", "message"),
    [
        (lambda y: y.drop(index=2010), DataError, r"missing: \[2010\]"),
        (lambda y: y[::-1], DataError, "rising order"),
        (lambda y: pd.concat([y, y.loc[[2025]]]), DataError, "each once"),
        (lambda y: y.mask(y == 10.5), DataError, "first for Chui in 2021"),
        (lambda y: y[["Osh", "Osh"]], DataError, r"repeated units \['Osh'\]"),
        (lambda y: y.astype(str), DataError, "not numbers"),
        (lambda y: y.set_index(y.index.astype(str)), DataError, "whole years"),
        (lambda y: y.loc[[2024]], AnalysisError, "at least two"),
        (lambda y: y["Osh"], DataError, "not Series"),
    ],
)
def test_a_spoilt_panel_is_refused(wheat, spoil, error, message):
    with pytest.raises(error, match=message):
        check_panel(spoil(wheat))


def test_a_value_that_may_be_zero_has_no_log_bounds():
    with pytest.raises(AnalysisError, match="stand for zero"):
        change_bounds(np.array([0.05]), np.array([1.0]), "log")
    with pytest.raises(AnalysisError, match="no logarithm"):
        outcome_values(pd.DataFrame({"A": [0.0, 1.0]}), "log")
    with pytest.raises(ParameterError, match="level, log"):
        outcome_values(pd.DataFrame({"A": [0.0, 1.0]}), "ratio")


def test_bounds_of_a_change_by_hand():
    """10.0 and 12.0 stand for 9.95 to 10.05 and 11.95 to 12.05."""
    low, high = change_bounds(np.array([10.0]), np.array([12.0]), "level")
    assert (low[0], high[0]) == pytest.approx((1.9, 2.1))
    low, high = change_bounds(np.array([10.0]), np.array([12.0]), "log")
    assert (low[0], high[0]) == pytest.approx((np.log(11.95 / 10.05), np.log(12.05 / 9.95)))


def test_double_demeaned_rows_and_columns_sum_to_zero(wheat):
    within = double_demean(wheat.to_numpy())
    np.testing.assert_allclose(within.sum(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(within.sum(axis=1), 0, atol=1e-9)


def test_results_are_named_as_the_panel_names_its_units(wheat):
    assert unit_index(wheat).name == "oblast"
    assert unit_index(wheat.rename_axis(columns=None)).name == "unit"
    assert check_year_pair(wheat, 2020, 2024) == 4


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda x: x.assign(Ferghana=1.0), r"not in the panel: \['Ferghana'\]"),
        (lambda x: x.drop(columns="Osh"), r"missing from the regressor: \['Osh'\]"),
        (lambda x: pd.concat([x, x.loc[[2024]]]), "repeats a year or a unit"),
        (lambda x: x.rename(index={2024: 2030}), r"years that the panel has not: \[2030\]"),
        (lambda x: x.mask(x == x.loc[2020, "Talas"]), "no value for Talas in 2020"),
        (lambda x: x * 0 + 3, "no variation left once unit and year means are removed"),
        (lambda x: x.loc[[2024]], "at least 3 units and 2 years; the regressor has 7 units and 1 years"),
    ],
)
def test_a_regressor_that_does_not_fit_is_refused(wheat, spoil, message):
    rng = np.random.default_rng(0)
    regressor = pd.DataFrame(rng.normal(size=wheat.shape), wheat.index, wheat.columns).loc[2010:]
    with pytest.raises(AnalysisError, match=message):
        align_regressor(wheat, spoil(regressor))


def test_a_regressor_is_put_into_the_order_of_the_panel(wheat):
    rng = np.random.default_rng(0)
    regressor = pd.DataFrame(rng.normal(size=wheat.shape), wheat.index, wheat.columns).loc[2010:]
    y, x = align_regressor(wheat, regressor.iloc[::-1, ::-1])
    pd.testing.assert_frame_equal(x, regressor)
    pd.testing.assert_frame_equal(y, wheat.loc[2010:])


def test_the_units_that_scatter_most_are_found_without_the_one_in_question_and_later_years():
    """Yearly changes up to 2003: a 0, 0; b 1, 3; c 5, -5; d 2, 2. Only later does d jump."""
    panel = pd.DataFrame(
        {"a": [9, 9, 9, 9], "b": [9, 10, 13, 13], "c": [9, 14, 9, 9], "d": [9, 11, 13, 99]}, index=range(2001, 2005)
    ).astype(float)
    assert most_volatile(panel, "a", 2003) == ["b", "c"]
    assert most_volatile(panel, "c", 2003, 1) == ["b"]
    assert most_volatile(panel, "a", 2004, 1) == ["d"]


def test_whole_numbers_of_a_panel_are_taken_as_numbers_with_a_fraction():
    panel = pd.DataFrame({"a": [1, 2], "b": [4, 8]}, index=[2000, 2001])
    assert outcome_values(panel, "level").dtype == float and outcome_values(panel, "log").dtype == float


def test_changes_over_several_years_are_named_by_the_later_one():
    panel = pd.DataFrame({"a": [1.0, 2, 4, 8], "b": [8.0, 4, 2, 1]}, index=[2000, 2001, 2002, 2003])
    changes = yearly_changes(panel, lag=2)
    assert (changes.index.tolist(), changes["a"].tolist(), changes["b"].tolist()) == ([2002, 2003], [3, 6], [-6, -3])
    assert yearly_changes(panel, "log", lag=3).iloc[0].tolist() == pytest.approx([np.log(8), -np.log(8)])
    for lag in (0, 4, 1.0, True):
        with pytest.raises(ParameterError, match=f"from 1 to 3, not {lag}"):
            yearly_changes(panel, lag=lag)


def test_one_unit_alone_has_changes():
    panel = pd.DataFrame({"a": [1.0, 4.0, 2.0]}, index=[2000, 2001, 2002])
    assert yearly_changes(panel)["a"].tolist() == [3, -2]


@pytest.mark.parametrize("level", [-0.1, 0, 1, 1.5, 95, float("nan")])
def test_a_level_lies_between_zero_and_one(level):
    check_level(0.95)
    with pytest.raises(ParameterError, match="level must lie between 0 and 1"):
        check_level(level)


def test_small_sample_factor_by_hand():
    assert cluster_factor(5, 20, 10) == pytest.approx(5 / 4 * 19 / 10)
    assert cluster_factor(2, 4, 3) == pytest.approx(2 * 3)
    with pytest.raises(AnalysisError, match="4 observations cannot carry 4 parameters"):
        cluster_factor(2, 4, 4)
