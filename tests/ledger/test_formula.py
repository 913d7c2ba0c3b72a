"""Intervals and formulas: arithmetic loses no value that rounding allows, and reads nothing but arithmetic."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import DataError
from pipeline.ledger.formula import Interval, evaluate, names

ENDS = st.floats(-1e3, 1e3)
SHARES = st.floats(0, 1)


@st.composite
def intervals(draw) -> Interval:
    return Interval(*sorted((draw(ENDS), draw(ENDS))))


@given(intervals(), intervals(), SHARES, SHARES, st.sampled_from("+-*/"))
def test_arithmetic_of_intervals_holds_every_result_of_their_points(x, y, share, other_share, sign):
    if sign == "/" and y.low <= 0 <= y.high:
        with pytest.raises(DataError, match="may be zero"):
            evaluate("x / y", {"x": x, "y": y})
        return
    a, b = (i.low + (i.high - i.low) * s for i, s in ((x, share), (y, other_share)))
    expected = {"+": a + b, "-": a - b, "*": a * b, "/": a / b if b else math.nan}[sign]
    got = evaluate(f"x {sign} y", {"x": x, "y": y})
    slack = 1e-9 * max(1.0, abs(expected))
    assert got.low - slack <= expected <= got.high + slack


@given(intervals(), st.floats(0, 10))
def test_rounding_only_widens(x, by):
    wide = x.widened(by)
    assert wide.low <= x.low <= x.high <= wide.high


def test_brackets_and_constants():
    assert evaluate("100 * (a - 1) / 4", {"a": Interval(2, 3)}) == Interval(25, 50)
    assert names("100 * (a - 1) / b") == {"a", "b"}


@pytest.mark.parametrize(
    "formula",
    ["max(x)", "x ** 2", "x.real", "x if x else 1", "__import__('os')", "'a' * 3", "True * x", "-x", "x; y", ""],
)
def test_nothing_but_arithmetic_is_read(formula):
    with pytest.raises(ValueError, match="may only use numbers, names|cannot be read"):
        names(formula)


@pytest.mark.parametrize("ends", [(2, 1), (math.nan, 1), (0, math.nan)])
def test_an_interval_runs_upwards(ends):
    with pytest.raises(DataError, match="runs upwards"):
        Interval(*ends)
