"""What every method does alike: no gap passes for a year, and no result can be written into."""

import dataclasses
import importlib
import inspect
from pathlib import Path

import pandas as pd
import pytest

import pipeline.methods
from pipeline.errors import DataError
from pipeline.methods import forecasting, own_response, parallel_trends, power, steadiness, synthetic_control
from pipeline.methods.association import association_by_year
from pipeline.methods.difference_in_differences import (
    comparison_table,
    did,
    event_study,
    placebo_did,
    placebo_did_bounds,
    two_way_fixed_effects,
)
from pipeline.methods.panel_exposure import panel_exposure
from pipeline.methods.panels import most_volatile, yearly_changes
from pipeline.methods.randomisation import randomisation_test

WHEAT = Path(__file__).parents[2] / "data/raw/nsc_wheat_yield/wheat_yield_by_oblast.csv"
MODULES = sorted(p.stem for p in Path(pipeline.methods.__path__[0]).glob("[a-z]*.py"))


@pytest.fixture(scope="module")
def wheat() -> pd.DataFrame:
    return pd.read_csv(WHEAT).pivot(index="year", columns="oblast", values="yield_c_per_ha")


@pytest.mark.parametrize(
    "method",
    [
        lambda y: association_by_year(y.loc[[2024]].T, y),
        lambda y: comparison_table(y, "Osh", 2023, 2024),
        lambda y: did(y, "Osh", 2023, 2024),
        lambda y: event_study(y, "Osh", 2023),
        lambda y: placebo_did(y),
        lambda y: placebo_did_bounds(y),
        lambda y: two_way_fixed_effects(y, "Osh", [2024]),
        lambda y: forecasting.one_step_forecast(y["Osh"], 2024, "naive"),
        lambda y: forecasting.persistence_errors(y, 2020),
        lambda y: forecasting.rolling_origin_backtest(y, 2020, methods=["naive"]),
        lambda y: own_response.adjusted_cells(y, 2023, 2024),
        lambda y: own_response.changes_before_pair(y, 2023, 2024),
        lambda y: own_response.own_response(y, "Osh", 2023, 2024),
        lambda y: own_response.slope_stability(y, "Osh", 2023, 2024, 2008),
        lambda y: most_volatile(y, "Osh", 2024),
        lambda y: yearly_changes(y),
        lambda y: panel_exposure(y, y.loc[2020:] ** 2),
        lambda y: parallel_trends.pre_trends(y, 2023),
        lambda y: parallel_trends.sensitivity(y, "Osh", 2023, 2024),
        lambda y: power.own_response_statistics(y, "Osh"),
        lambda y: power.placebo_statistics(y),
        lambda y: power.variance_components(y),
        lambda y: randomisation_test(y, "Osh", 2023, 2024, "years"),
        lambda y: steadiness.movements(y, "Osh"),
        lambda y: steadiness.slope_break(y, "Osh", 2008),
        lambda y: steadiness.steadiness(y, "Osh"),
        lambda y: synthetic_control.leave_one_donor_out(y, "Osh", 2023),
        lambda y: synthetic_control.placebo_in_space(y, 2023),
        lambda y: synthetic_control.placebo_in_time(y, "Osh", 2023),
        lambda y: synthetic_control.synthetic_control(y, "Osh", 2023),
    ],
)
def test_every_method_refuses_a_panel_with_a_gap(wheat, method):
    """A change over the gap is one of two years, and would pass for one of one."""
    method(wheat)
    with pytest.raises(DataError, match=r"missing: \[2010\]"):
        method(wheat.drop(index=2010))


@pytest.mark.parametrize("name", MODULES)
def test_no_result_can_be_written_into(name):
    """A report that changed a result by mistake would show what no method found."""
    module = importlib.import_module(f"pipeline.methods.{name}")
    results = [c for _, c in inspect.getmembers(module, dataclasses.is_dataclass) if c.__module__ == module.__name__]
    assert [c.__name__ for c in results if not c.__dataclass_params__.frozen] == []
