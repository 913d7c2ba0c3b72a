"""Uncertain inputs: tornado by hand, draws against the moments of the triangle."""

from math import sqrt

import numpy as np
import pandas as pd
import pytest

from pipeline.data.assumptions import Assumption
from pipeline.errors import AnalysisError, ParameterError
from pipeline.methods.assumptions import assumption_table, central_values, monte_carlo, strongest, tornado

THREE = (
    Assumption("a", 1, 2, 4, "-", "test"),
    Assumption("b", 10, 10, 11, "-", "test"),
    Assumption("c", 5, 5, 5, "-", "test"),
)


def product(values) -> dict[str, float]:
    return {"y": values["a"] * values["b"] + values["c"]}


def test_tornado_by_hand():
    table = tornado(product, THREE, "y")
    assert table["name"].tolist() == ["a", "b", "c"]
    assert table["output_low"].tolist() == [15, 25, 25]
    assert table["output_high"].tolist() == [45, 27, 25]
    assert table["swing"].tolist() == [30, 2, 0]
    assert set(table["output_central"]) == {25}
    assert table.loc[0, ["name", "label", "unit", "low", "high"]].tolist() == ["a", THREE[0].label, "-", 1, 4]


def test_the_strongest_is_the_first_with_its_ends_in_order():
    falling = tornado(lambda values: {"y": -values["a"]}, THREE, "y")  # high where the assumption is low
    assert strongest(falling) == {"strongest": THREE[0].label, "strongest_low": -4, "strongest_high": -1}


def test_monte_carlo_draws_the_stated_triangle_and_repeats_itself():
    draws = monte_carlo(product, THREE, 4000, seed=7)
    pd.testing.assert_frame_equal(draws, monte_carlo(product, THREE, 4000, seed=7))
    assert not draws["a"].equals(monte_carlo(product, THREE, 4000, seed=8)["a"])
    # Mean of a triangle: (low + mode + high) / 3; its variance is (a2 + b2 + c2 - ab - ac - bc) / 18.
    assert draws["a"].mean() == pytest.approx(7 / 3, abs=4 * sqrt(7 / 18 / 4000))
    assert draws["a"].between(1, 4).all()
    assert (draws["c"] == 5).all()
    np.testing.assert_allclose(draws["y"], draws["a"] * draws["b"] + draws["c"])


def test_the_table_shows_every_assumption_as_it_was_given():
    table = assumption_table(THREE)
    assert table["name"].tolist() == ["a", "b", "c"]
    assert table.loc[0, ["low", "central", "high", "unit", "reason"]].tolist() == [1, 2, 4, "-", "test"]
    with pytest.raises(ParameterError, match="given: a, a"):
        assumption_table([THREE[0], THREE[0]])


def test_inputs_and_models_that_make_no_sense_are_refused():
    with pytest.raises(ParameterError, match="different names"):
        central_values([THREE[0], THREE[0]])
    with pytest.raises(ParameterError, match="gives no 'z'; it gives y"):
        tornado(product, THREE, "z")
    with pytest.raises(AnalysisError, match="y is nan"):
        tornado(lambda values: {"y": float("nan")}, THREE, "y")
    with pytest.raises(ParameterError, match="0 draws"):
        monte_carlo(product, THREE, 0, seed=1)
    with pytest.raises(ParameterError, match="must differ; both: a"):
        monte_carlo(lambda values: {"a": 1.0}, THREE, 1, seed=1)
