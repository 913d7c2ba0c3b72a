"""Least squares with its refusals, fitted by statsmodels."""

from typing import TYPE_CHECKING

import numpy as np

from pipeline.errors import AnalysisError
from pipeline.methods.panels import TOLERANCE

if TYPE_CHECKING:
    from statsmodels.regression.linear_model import RegressionResults


def least_squares(design: np.ndarray, outcome: np.ndarray) -> "RegressionResults":
    """Ordinary least squares, ``b = (X'X)^-1 X'y``, ``V = s^2 (X'X)^-1``, ``s^2 = e'e / (n - k)``.

    Parameters
    ----------
    design
        (n, k) with its constant, if any.
    outcome
        (n,).

    Raises
    ------
    AnalysisError
        If n <= k, regressors are constant or combinations of each other, or residuals are all zero.
    """
    from statsmodels.regression.linear_model import OLS  # takes a while to load

    n, k = design.shape
    if n <= k:
        raise AnalysisError(
            "{observations} observations cannot carry {parameters} parameters and an error variance; add years.",
            observations=n,
            parameters=k,
        )
    scale = np.sqrt((design**2).sum(axis=0))
    if (scale == 0).any() or np.linalg.matrix_rank(design / scale, tol=1e-9) < k:
        raise AnalysisError("the regressors are constant or combinations of each other; leave one out.")
    fit = OLS(outcome, design).fit()
    if np.abs(fit.resid).max() <= TOLERANCE * max(1.0, np.abs(outcome).max()):
        raise AnalysisError("the fit leaves no residual at all; no interval can be formed from it.")
    return fit


def predict(fit: "RegressionResults", x: np.ndarray) -> tuple[float, float, float]:
    """At regressors x (k,): the mean, its standard error, and that of predicting one new value."""
    found = fit.get_prediction(x[None, :])
    return float(found.predicted_mean[0]), float(found.se_mean[0]), float(found.se_obs[0])
