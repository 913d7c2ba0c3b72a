"""Least squares: by hand, and what it refuses."""

import numpy as np
import pytest

from pipeline.errors import AnalysisError
from pipeline.methods.regression import least_squares, predict


def test_a_line_by_hand():
    """y = 1, 3, 2, 5, 4 at t = 1 to 5: slope 8/10, mean 3, s^2 = 3.6/3; at t = 6 it varies by s^2 (1/5 + 9/10)."""
    fit = least_squares(np.column_stack([np.ones(5), np.arange(1.0, 6)]), np.array([1.0, 3, 2, 5, 4]))
    assert fit.params.tolist() == pytest.approx([0.6, 0.8]) and fit.df_resid == 3
    assert predict(fit, np.array([1.0, 6.0])) == pytest.approx((5.4, np.sqrt(1.2 * 1.1), np.sqrt(1.2 * 2.1)))


@pytest.mark.parametrize("unit", [1e-11, 1e11])
def test_the_unit_of_a_regressor_is_no_matter(unit):
    """The line above, with t in a unit 1e11 times as large or as small: beside the constant it is no zero."""
    fit = least_squares(np.column_stack([np.ones(5), unit * np.arange(1.0, 6)]), np.array([1.0, 3, 2, 5, 4]))
    assert fit.params * [1, unit] == pytest.approx([0.6, 0.8])


def test_least_squares_refusals():
    line = np.column_stack([np.ones(4), np.arange(4.0)])
    with pytest.raises(AnalysisError, match="2 observations cannot carry 2"):
        least_squares(line[:2], np.array([1.0, 2]))
    with pytest.raises(AnalysisError, match="combinations of each other"):
        least_squares(np.column_stack([line, 2 * line[:, 1] + 1e-13]), np.array([1.0, 5, 2, 3]))
    with pytest.raises(AnalysisError, match="combinations of each other"):
        least_squares(np.column_stack([line[:, 0], np.zeros(4)]), np.array([1.0, 5, 2, 3]))
    for size in (1.0, 1e9):
        with pytest.raises(AnalysisError, match="leaves no residual"):
            least_squares(line, size * np.array([1.0, 3, 5, 7]))


def test_one_observation_on_the_line_is_no_perfect_fit():
    """y = 1, -1, 0, -1, 1 about t = 0: a line of zero, on which the middle one lies."""
    fit = least_squares(np.column_stack([np.ones(5), np.arange(-2.0, 3)]), np.array([1.0, -1, 0, -1, 1]))
    assert fit.params.tolist() == pytest.approx([0, 0]) and fit.ssr == pytest.approx(4)
