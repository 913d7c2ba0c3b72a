"""The report `synthesis`: rows by hand, and what it says when a report could not give an estimate."""

import pandas as pd
import pytest

from pipeline.studies.synthesis.analysis import estimates, summary

COMPARISONS = pd.DataFrame(
    {
        "kind": ["all others", "leaving one out", "leaving one out", "north"],
        "area": [None, "Chui", "Osh", None],
        "p_slope_is_one": [0.001, 0.2, 0.001, 0.001],
        "adjusted": [1.0, 1.5, 9.0, 9.0],
        "adjusted_low": [-2.0, 0.5, 8.0, 8.0],
        "adjusted_high": [4.0, 2.5, 10.0, 10.0],
        "estimate": [-1.0, 0.5, 9.0, 9.0],
        "placebo_low": [-3.0, -2.0, 0.0, 0.0],
        "placebo_high": [5.0, 4.0, 0.0, 0.0],
    }
)
VALUES = {
    "yield_change": {"change": 4.0},
    "history": {"yield_after": 27.7, "forecast": 24.7, "forecast_low": 20.0, "forecast_high": 29.0},
    "other_oblasts": {
        "most_influential_neighbour": "Chui",
        "slope_split_p": 0.4,
        "synthetic_control_gap": 2.0,
        "synthetic_control_pre_rmspe": 1.5,
        "synthetic_control_r_squared": 0.33,
    },
    "green_technology": {"explained_here": 0.13},
}


def row(table, method, neighbours=""):
    found = table[(table["method"] == method) & (table["neighbours"] == neighbours)]
    assert len(found) == 1
    return found.iloc[0]


def test_each_estimate_has_its_interval_and_its_check():
    table = estimates(VALUES, COMPARISONS)
    past = row(table, "own_past")
    assert (past["estimate"], past["low"], past["high"]) == pytest.approx((3.0, -1.3, 7.7))
    lead = row(table, "own_response", "all others")
    assert (lead["estimate"], lead["low"], lead["high"], lead["check"]) == (1.0, -2.0, 4.0, "holds")
    plain = row(table, "one_for_one", "all others")  # effects with which -1 lies within -3 to 5: -6 to 2
    assert (plain["low"], plain["high"], plain["check"]) == (-6.0, 2.0, "rejected")
    assert row(table, "one_for_one", "leaving one out")["check"] == "holds"
    gap = row(table, "synthetic_control")
    assert (gap["low"], gap["high"], gap["check"]) == (-1.0, 5.0, "rejected")  # it follows a third of the variance


def test_of_the_neighbours_left_out_only_the_one_that_matters_most_stands_here():
    table = estimates(VALUES, COMPARISONS)
    assert set(table.loc[table["neighbours"] == "leaving one out", "area"]) == {"Chui"}
    assert "north" not in set(table["neighbours"])


def test_a_point_estimate_lies_within_its_own_interval():
    table = estimates(VALUES, COMPARISONS)
    assert ((table["low"] <= table["estimate"]) & (table["estimate"] <= table["high"])).all()


def test_intervals_that_hold_zero_are_counted_without_the_change_itself():
    found = summary(estimates(VALUES, COMPARISONS), VALUES)
    assert (found["estimates"], found["estimates_with_zero"]) == (6, 5)  # 0.5 to 2.5 does not hold it
    assert (found["not_rejected"], found["rejected"]) == (4, 2)
    assert (found["lead"], found["lead_low"], found["lead_high"]) == (1.0, -2.0, 4.0)
    assert found["documented"] == 0.13


def test_what_a_report_could_not_give_is_left_out():
    values = {**VALUES, "history": {"forecast": None}, "other_oblasts": {}}
    table = estimates(values, COMPARISONS.assign(adjusted=None))
    assert set(table["method"]) == {"change", "one_for_one"}
    assert summary(table, values)["lead"] is None
