"""A comparison adjusted for a unit's own response to what all units share.

A difference in differences supposes that the unit would have moved one for one with its comparison. Where its yearly
changes follow those of the comparison with another slope, a common rise alone makes a difference. Here the slope is
taken from the earlier years and the change of the year in question is set against the change that it leads to expect:

    d_t = a + b m_t + e_t for the earlier years t,    adjusted difference = d_T - (a + b m_T)

with d the unit's change and m the (weighted) mean change of the comparison. The difference in differences is the case
a = 0, b = 1, and `OwnResponse.p_slope_is_one` tests it. Input: a panel, years x units (see `panels`).

What it supposes: the slope of the earlier years holds in the year in question (`slope_stability`), the comparison is
untouched by what is asked about, and errors are independent and alike over the years; then the intervals are the exact
t intervals of a regression. `adjusted_cells` gives the same statistic for units and years of which nothing is claimed.

A slope of yearly changes says how the unit answers within the year; over longer distances it may be another one.

The mean of few units holds their own noise, which draws the slope towards zero: `OwnResponse.slope_corrected` divides
by the share of the variance of m that is no such noise (errors in variables; Fuller 1987, Measurement Error Models).
The prediction needs no such correction: given m, the uncorrected line is the best linear one.

References
----------
Pesaran (2006), Econometrica 74(4): cross-section averages stand for common factors with unequal loadings.
Gobillon and Magnac (2016), Review of Economics and Statistics 98(3): differences in differences with factors.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from pipeline.errors import AnalysisError, ParameterError
from pipeline.methods.panels import (
    Outcome,
    check_level,
    check_panel,
    check_unit,
    check_year_pair,
    unit_index,
    yearly_changes,
)
from pipeline.methods.regression import least_squares, predict

if TYPE_CHECKING:
    from statsmodels.regression.linear_model import RegressionResults

MINIMUM_EARLIER_CHANGES = 5
"""Two coefficients and three degrees of freedom: below it a t interval is wider than anything a panel does."""


@dataclass(frozen=True, eq=False)
class OwnResponse:
    """One unit's change against what its own response to the comparison leads to expect.

    Attributes
    ----------
    unit, comparison, year_before, year_after, outcome, level
        What was compared; `level` is that of every interval.
    years
        Earlier changes that the line is drawn through.
    intercept, slope, slope_error, slope_low, slope_high
        The line; the intercept is in the unit of the outcome.
    p_slope_is_one
        Two-sided t test of the slope that a difference in differences supposes.
    reliability, slope_corrected
        Share of the variance of the comparison's mean change that is no noise of its members, and the slope divided by
        it; None where nothing but noise is left or the comparison is one unit.
    r_squared
        In the earlier years.
    change, change_comparison
        Of the unit and of the comparison between the two years.
    expected, expected_low, expected_high
        The line at the comparison's change, and how well that is known.
    difference, low, high, p_value
        change - expected, its prediction interval (one pair of years), and the two-sided t test of zero.
    """

    unit: str
    comparison: tuple[str, ...]
    year_before: int
    year_after: int
    outcome: Outcome
    level: float
    years: int
    intercept: float
    slope: float
    slope_error: float
    slope_low: float
    slope_high: float
    p_slope_is_one: float
    reliability: float | None
    slope_corrected: float | None
    r_squared: float
    change: float
    change_comparison: float
    expected: float
    expected_low: float
    expected_high: float
    difference: float
    low: float
    high: float
    p_value: float

    @property
    def difference_in_differences(self) -> float:
        """Change less that of the comparison, one for one."""
        return self.change - self.change_comparison

    @property
    def expected_difference_in_differences(self) -> float:
        """What the difference in differences would be if nothing but the common movement had happened."""
        return self.expected - self.change_comparison


def own_response(
    panel: pd.DataFrame,
    unit: str,
    year_before: int,
    year_after: int,
    comparison: Sequence[str] | None = None,
    weights: pd.Series | None = None,
    outcome: Outcome = "level",
    level: float = 0.95,
) -> OwnResponse:
    """The difference adjusted for the unit's own response to the comparison's mean change.

    Parameters
    ----------
    panel
        Years x units. Nothing after `year_after` is used.
    comparison
        Names; None for all others.
    weights
        Of the comparison units, by name, positive; None for equal ones. They are made to sum to one.

    For a pair L years apart the changes are over L years and end by `year_before`. They overlap: errors are then those
    of Newey and West (1987, Econometrica 55(3)) with 2 (L - 1) lags and a count of degrees of freedom as if every L-th
    change were its own, and intervals are approximate.

    Raises
    ------
    ParameterError
        If a unit, year, weight or level is impossible, or the unit is among its own comparison.
    AnalysisError
        If there are fewer than `MINIMUM_EARLIER_CHANGES` earlier changes, or the comparison does not move.
    DataError
        See `check_panel`.
    """
    check_level(level)
    names = _comparison(panel, unit, comparison)
    share = _shares(names, weights)
    changes = changes_before_pair(panel, year_before, year_after, outcome)
    own, mean = changes[unit].to_numpy(), changes[list(names)].to_numpy() @ share
    fit, df = _line(unit, own[:-1], mean[:-1], year_before, year_after)
    expected, error_mean, error_year = predict(fit, np.array([1.0, mean[-1]]))
    t = float(stats.t.ppf((1 + level) / 2, df))
    (intercept, slope), error = fit.params, float(fit.bse[1])
    difference = float(own[-1] - expected)
    reliability = _reliability(changes[list(names)].to_numpy()[:-1], share)
    return OwnResponse(
        unit=unit,
        comparison=names,
        year_before=year_before,
        year_after=year_after,
        outcome=outcome,
        level=level,
        years=len(own) - 1,
        intercept=float(intercept),
        slope=float(slope),
        slope_error=error,
        slope_low=float(slope) - t * error,
        slope_high=float(slope) + t * error,
        p_slope_is_one=float(2 * stats.t.sf(abs(slope - 1) / error, df)),
        reliability=reliability,
        slope_corrected=None if reliability is None else float(slope) / reliability,
        r_squared=float(fit.rsquared),
        change=float(own[-1]),
        change_comparison=float(mean[-1]),
        expected=expected,
        expected_low=expected - t * error_mean,
        expected_high=expected + t * error_mean,
        difference=difference,
        low=difference - t * error_year,
        high=difference + t * error_year,
        p_value=float(2 * stats.t.sf(abs(difference) / error_year, df)),
    )


def changes_before_pair(
    panel: pd.DataFrame, year_before: int, year_after: int, outcome: Outcome = "level"
) -> pd.DataFrame:
    """Changes over as many years as the pair is apart, indexed by the later year: those up to `year_before`, the pair.

    In the unit of the panel or log points. Raises as `yearly_changes` and `check_year_pair`.
    """
    check_panel(panel)
    lag = check_year_pair(panel, year_before, year_after)
    changes = yearly_changes(panel, outcome, lag)
    return changes.loc[(changes.index <= year_before) | (changes.index == year_after)]


def _comparison(panel: pd.DataFrame, unit: str, comparison: Sequence[str] | None) -> tuple[str, ...]:
    check_panel(panel)
    check_unit(panel, unit)
    names = tuple(panel.columns.drop(unit)) if comparison is None else tuple(comparison)
    if not names or unit in names or len(set(names)) < len(names):
        raise ParameterError(f"the comparison {names} must name one or more other units than {unit}, each once.")
    for name in names:
        check_unit(panel, name)
    return names


def _shares(names: Sequence[str], weights: pd.Series | None) -> np.ndarray:
    if weights is None:
        return np.full(len(names), 1 / len(names))
    chosen = weights.reindex(list(names)).to_numpy(dtype=float)
    if not (np.isfinite(chosen).all() and (chosen > 0).all()):
        raise ParameterError(f"weights must be positive for each of {', '.join(names)}; got {chosen.tolist()}.")
    return chosen / chosen.sum()


def _line(
    unit: str, own: np.ndarray, mean: np.ndarray, year_before: int, year_after: int
) -> tuple["RegressionResults", int]:
    """The line with its errors, and the degrees of freedom of its t statistics."""
    lag = year_after - year_before
    if len(own) // lag < MINIMUM_EARLIER_CHANGES:
        raise AnalysisError(
            "{number} earlier change(s) before {year_before}-{year_after}; the own response of {unit} needs at least "
            "{least}: choose later years or a shorter distance.",
            number=len(own),
            year_before=year_before,
            year_after=year_after,
            unit=unit,
            least=MINIMUM_EARLIER_CHANGES * lag,
        )
    try:
        return _fit(np.column_stack([np.ones(len(mean)), mean]), own, lag)
    except AnalysisError as error:
        raise AnalysisError(
            "{unit} on its comparison before {year_after}: {reason}", unit=unit, year_after=year_after, reason=error
        ) from error


def _fit(design: np.ndarray, outcome: np.ndarray, lag: int) -> tuple["RegressionResults", int]:
    fit = least_squares(design, outcome)
    if lag == 1:
        return fit, int(fit.df_resid)
    robust = fit.get_robustcov_results("HAC", maxlags=2 * (lag - 1), use_correction=True)
    return robust, max(len(outcome) // lag - design.shape[1], 1)


def _reliability(changes: np.ndarray, share: np.ndarray) -> float | None:
    """1 - noise variance of the weighted mean / its variance; noise from the spread of the units within a year."""
    if len(share) == 1:
        return None
    noise = changes.var(axis=1, ddof=1).mean() * (share**2).sum()
    kept = 1 - noise / (changes @ share).var(ddof=1)
    return float(kept) if kept > 0 else None


# --- does what it supposes hold? --------------------------------------------------------------------------------


@dataclass(frozen=True)
class SlopeStability:
    """The slope before and from a year on, and the two-sided t test that the two are one."""

    split_year: int
    slope_before: float
    slope_from: float
    p_value: float


def slope_stability(
    panel: pd.DataFrame,
    unit: str,
    year_before: int,
    year_after: int,
    split_year: int,
    comparison: Sequence[str] | None = None,
    outcome: Outcome = "level",
) -> SlopeStability:
    """Whether the own response was another before `split_year`: intercept and slope of their own from it on.

    Only changes before the pair of years enter. The two parts share one error variance.

    Raises
    ------
    AnalysisError
        If either part has fewer than three changes. Otherwise as `own_response`.
    """
    names = _comparison(panel, unit, comparison)
    changes = changes_before_pair(panel, year_before, year_after, outcome).iloc[:-1]
    late = (changes.index >= split_year).astype(float)
    if min(late.sum(), len(late) - late.sum()) < 3:
        raise AnalysisError(
            f"the earlier changes leave fewer than three before or from {split_year} on; split them elsewhere."
        )
    mean = changes[list(names)].mean(axis=1).to_numpy()
    fit = least_squares(np.column_stack([np.ones(len(mean)), mean, late, late * mean]), changes[unit].to_numpy())
    return SlopeStability(split_year, float(fit.params[1]), float(fit.params[1] + fit.params[3]), float(fit.pvalues[3]))


def adjusted_cells(panel: pd.DataFrame, year_before: int, year_after: int, outcome: Outcome = "level") -> pd.DataFrame:
    """Every unit and year in turn as the one in question: adjusted difference against all others, and its t ratio.

    The line of a cell is drawn through all changes up to `year_after` that share no year with its own, so the cells of
    the pair are those of `own_response`. Columns: unit (named as the panel names its columns), year_after, difference
    (unit of the outcome), ratio (difference over the standard error of predicting one year). As placebos the cells
    suppose that nothing happened in the others; within a year they are dependent. Seconds for 40 units x 12 years.

    Raises as `own_response`.
    """
    check_panel(panel)
    lag = check_year_pair(panel, year_before, year_after)
    changes = yearly_changes(panel.loc[:year_after], outcome, lag)
    years = changes.index.to_numpy()
    rows = []
    for unit in panel.columns:
        own, mean = changes[unit].to_numpy(), changes.drop(columns=unit).mean(axis=1).to_numpy()
        for place, year in enumerate(years):
            rest = np.abs(years - year) >= lag
            fit, _ = _line(unit, own[rest], mean[rest], year_after - lag, year_after)
            expected, _, error = predict(fit, np.array([1.0, mean[place]]))
            rows.append((unit, int(year), own[place] - expected, (own[place] - expected) / error))
    return pd.DataFrame(rows, columns=[unit_index(panel).name, "year_after", "difference", "ratio"])
