"""Difference in differences: did one unit change differently from the others, and what can be inferred?

Input everywhere: a panel, years x units (see `panels`). Estimates are in the unit of the panel, or in log points with
the outcome ``"log"``.

A difference in differences is a comparison of changes. It would be the effect of something that happened only in the
one unit if all units had otherwise changed alike; nothing in this module can show that they would have.

The array forms (`comparison_mean`, `did_against_others`) take every unit as "treated" at once and any leading
dimensions, so that placebo cells and specification curves are computed without a loop. Regressions are fitted by
pyfixest.

References
----------
Bertrand, Duflo and Mullainathan (2004), Quarterly Journal of Economics 119(1).
Cameron, Gelbach and Miller (2008), Review of Economics and Statistics 90(3).
MacKinnon and Webb (2017), Journal of Applied Econometrics 32(2); (2018), Econometrics Journal 21(2).
"""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipeline.errors import AnalysisError, ParameterError
from pipeline.methods.panels import (
    PRINTED_STEP,
    TOLERANCE,
    Outcome,
    change_bounds,
    check_level,
    check_panel,
    check_unit,
    check_year,
    check_year_pair,
    double_demean,
    outcome_values,
)

if TYPE_CHECKING:
    from pyfixest.estimation import Feols

# --- two periods, every unit at once ----------------------------------------------------------------------


def comparison_mean(changes: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Mean change of the other units, for each unit taken as the treated one.

    Parameters
    ----------
    changes : (..., n units), any unit.
    weights : (n units,), not negative; the weight of a unit as a comparison. None: all 1 (simple mean).
        A zero leaves a unit out as a comparison; it is still compared itself.

    Returns
    -------
    (..., n units): for unit j, sum_{i != j} w_i change_i / sum_{i != j} w_i.

    Raises
    ------
    ParameterError : weights of another length or negative.
    AnalysisError : a unit has no comparison left; changes that are not finite.
    """
    changes = np.asarray(changes, dtype=float)
    if changes.ndim == 0 or not np.isfinite(changes).all():
        raise AnalysisError("changes must be finite numbers, the last axis running over units.")
    n = changes.shape[-1]
    weights = np.ones(n) if weights is None else np.asarray(weights, dtype=float)
    if weights.shape != (n,) or not np.isfinite(weights).all() or (weights < 0).any():
        raise ParameterError(f"weights must be {n} numbers >= 0, one for each unit; got {weights.tolist()}.")
    others = np.where(np.eye(n, dtype=bool), 0.0, weights)
    totals = others.sum(axis=1)
    if (totals <= 0).any():
        raise AnalysisError(
            f"unit(s) at position {np.flatnonzero(totals <= 0).tolist()} have nothing to be compared with; "
            "give at least two units a weight above zero."
        )
    return changes @ (others / totals[:, None]).T


def did_against_others(changes: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Difference in differences of every unit against the (weighted) mean of the others, at once.

    ``did_j = change_j - sum_{i != j} w_i change_i / sum_{i != j} w_i``. `changes` has shape (..., n
    units) and may be the difference of any two periods (years, or means of years). Shapes, weights and
    errors as `comparison_mean`.
    """
    changes = np.asarray(changes, dtype=float)
    return changes - comparison_mean(changes, weights)


@dataclass(frozen=True)
class DifferenceInDifferences:
    """One two-period comparison. Changes, estimate and bounds are in the unit of the panel or log points.

    `low` and `high` bound the estimate by rounding of the printed values alone; they are no confidence
    interval.
    """

    unit: str
    comparison: tuple[str, ...]
    year_before: int
    year_after: int
    outcome: Outcome
    change_unit: float
    change_comparison: float
    estimate: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half of the width that rounding allows, in the unit of the panel or log points."""
        return (self.high - self.low) / 2

    @property
    def sign_certain(self) -> bool:
        """Whether rounding alone could not turn the sign."""
        return self.low > 0 or self.high < 0


def did(
    panel: pd.DataFrame,
    unit: str,
    year_before: int,
    year_after: int,
    comparison: Sequence[str] | None = None,
    outcome: Outcome = "level",
    printed_step: float = PRINTED_STEP,
) -> DifferenceInDifferences:
    """Change of one unit between two years less the simple mean change of the comparison units.

    Parameters
    ----------
    panel : years x units.
    comparison : names; None for all others. One unit is allowed and gives the pairwise comparison.

    Raises
    ------
    ParameterError : unknown unit, pair outside the panel or out of order, the unit among its own
        comparison.
    AnalysisError : no comparison unit.
    DataError : see `check_panel`.
    """
    check_panel(panel)
    column = check_unit(panel, unit)
    check_year_pair(panel, year_before, year_after)
    names = tuple(panel.columns.drop(unit)) if comparison is None else tuple(comparison)
    if not names:
        raise AnalysisError(f"no unit to compare {unit} with; name at least one other unit.")
    if unit in names or len(set(names)) < len(names):
        raise ParameterError(f"the comparison {names} must name other units than {unit}, each once.")
    others = [check_unit(panel, name) for name in names]
    values = outcome_values(panel.loc[[year_before, year_after]], outcome)
    change = values[1] - values[0]
    printed = panel.loc[[year_before, year_after]].to_numpy(dtype=float)
    low, high = change_bounds(printed[0], printed[1], outcome, printed_step)
    return DifferenceInDifferences(
        unit=unit,
        comparison=names,
        year_before=year_before,
        year_after=year_after,
        outcome=outcome,
        change_unit=float(change[column]),
        change_comparison=float(change[others].mean()),
        estimate=float(change[column] - change[others].mean()),
        low=float(low[column] - high[others].mean()),
        high=float(high[column] - low[others].mean()),
    )


def comparison_table(
    panel: pd.DataFrame,
    unit: str,
    year_before: int,
    year_after: int,
    groups: Mapping[str, Sequence[str]] | None = None,
    outcome: Outcome = "level",
    printed_step: float = PRINTED_STEP,
) -> pd.DataFrame:
    """The same two-year comparison against every choice of neighbours.

    Rows (column `kind`): "all others"; "group" for each named group, less the unit itself; "leaving one
    out"; "one unit". Columns: kind, comparison (label), members, change_unit, change_comparison,
    estimate, low, high, half_width, sign_certain, outcome. Units as `did`.

    Raises as `did`; AnalysisError with fewer than two other units (leaving one out leaves none) or when a
    group holds no unit but the one compared.
    """
    check_panel(panel, minimum_units=3)
    check_unit(panel, unit)
    others = tuple(panel.columns.drop(unit))
    choices = [("all others", "all others", others)]
    for label, members in (groups or {}).items():
        rest = tuple(name for name in members if name != unit)
        if not rest:
            raise AnalysisError(f"group {label!r} holds no unit besides {unit}; leave it out of the groups.")
        choices.append(("group", label, rest))
    choices += [("leaving one out", f"without {gone}", tuple(n for n in others if n != gone)) for gone in others]
    choices += [("one unit", name, (name,)) for name in others]
    rows = []
    for kind, label, members in choices:
        result = did(panel, unit, year_before, year_after, members, outcome, printed_step)
        rows.append(
            {
                "kind": kind,
                "comparison": label,
                "members": ", ".join(members),
                "change_unit": result.change_unit,
                "change_comparison": result.change_comparison,
                "estimate": result.estimate,
                "low": result.low,
                "high": result.high,
                "half_width": result.half_width,
                "sign_certain": result.sign_certain,
                "outcome": result.outcome,
            }
        )
    return pd.DataFrame(rows)


def placebo_did(
    panel: pd.DataFrame, gap: int = 1, outcome: Outcome = "level", weights: np.ndarray | None = None
) -> pd.DataFrame:
    """Difference in differences of every unit against the others, for every pair of years `gap` apart.

    Returns a frame (index: the later year; columns: units) in the unit of the panel or log points; with T years
    and N units it has (T - gap) N cells. In each row of simple means the cells sum to zero: they are not
    independent. To leave a unit out everywhere, drop its column first; `weights` only leaves it out as a
    comparison. Pairs overlap when gap > 1.

    Raises ParameterError for a gap that does not fit in the panel; otherwise as `comparison_mean`,
    `check_panel`.
    """
    check_panel(panel)
    _check_gap(panel, gap)
    values = outcome_values(panel, outcome)
    cells = did_against_others(values[gap:] - values[:-gap], weights)
    return pd.DataFrame(cells, index=panel.index[gap:], columns=panel.columns)


def placebo_did_bounds(
    panel: pd.DataFrame, gap: int = 1, outcome: Outcome = "level", printed_step: float = PRINTED_STEP
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Lowest and highest value of every cell of `placebo_did` (simple means) that rounding of the panel
    allows."""
    check_panel(panel)
    _check_gap(panel, gap)
    outcome_values(panel, outcome)
    values = panel.to_numpy(dtype=float)
    low, high = change_bounds(values[:-gap], values[gap:], outcome, printed_step)
    index, columns = panel.index[gap:], panel.columns
    return (
        pd.DataFrame(low - comparison_mean(high), index=index, columns=columns),
        pd.DataFrame(high - comparison_mean(low), index=index, columns=columns),
    )


def _check_gap(panel: pd.DataFrame, gap: int) -> None:
    if not isinstance(gap, int | np.integer) or not 1 <= gap < len(panel):
        raise ParameterError(f"gap must be a whole number of years from 1 to {len(panel) - 1}, not {gap!r}.")


# --- two-way fixed effects on the long panel ----------------------------------------------------------------


@dataclass(frozen=True)
class TwoWayFixedEffects:
    """Result of `two_way_fixed_effects`; estimate, error and interval in the unit of the panel or log points."""

    unit: str
    end_years: tuple[int, ...]
    base_years: tuple[int, int]
    outcome: Outcome
    estimate: float
    standard_error: float
    t_statistic: float
    degrees_of_freedom: int
    p_value: float
    low: float
    high: float
    level: float
    observations: int
    clusters: int
    score_of_treated_cluster: float


def treatment(panel: pd.DataFrame, unit: str, end_years: Sequence[int], start_year: int | None = None) -> pd.DataFrame:
    """The regressor of a difference in differences: 1 for one unit in the end year(s), else 0 (years x units).

    It runs from `start_year` (None: the first) to the last end year.

    Raises
    ------
    ParameterError
        If the unit or a year is not in the panel, end years are not consecutive, or none lies before them.
    AnalysisError
        If there are fewer than three units.
    DataError
        See `check_panel`.
    """
    check_panel(panel, minimum_units=3)
    check_unit(panel, unit)
    ends = list(end_years)
    if not ends or any(later - earlier != 1 for earlier, later in pairwise(ends)):
        raise ParameterError(f"end_years must be one year or consecutive years in rising order, not {ends}.")
    for year in ends:
        check_year(panel, year, "end year")
    start = int(panel.index[0]) if start_year is None else start_year
    check_year(panel, start, "start_year")
    if start >= ends[0]:
        raise ParameterError(f"start_year {start} must come before the first end year {ends[0]}.")
    used = panel.loc[start : ends[-1]]
    regressor = pd.DataFrame(0.0, index=used.index, columns=used.columns)
    regressor.loc[ends, unit] = 1.0
    return regressor


def _feols(formula: str, panel: pd.DataFrame, outcome: Outcome, **regressors: np.ndarray) -> "Feols":
    """A regression with unit and year effects, clustered by unit (CR1): columns y, year, unit and the regressors,
    arrays of years x units."""
    import pyfixest  # takes a while to load, so only who fits a regression waits for it

    years, units = (grid.ravel() for grid in np.meshgrid(panel.index, range(panel.shape[1]), indexing="ij"))
    data = pd.DataFrame({"y": outcome_values(panel, outcome).ravel(), "year": years, "unit": units})
    data = data.assign(**{name: values.ravel() for name, values in regressors.items()})
    with warnings.catch_warnings():  # of how pyfixest uses pandas, which is for its authors
        warnings.filterwarnings("ignore", module="pyfixest")
        return pyfixest.feols(formula, data, vcov={"CRV1": "unit"})


def _without_noise(values: pd.DataFrame, panel: pd.DataFrame, outcome: Outcome) -> pd.DataFrame:
    """Values without the noise that iterated demeaning leaves, some 1e-13 of the panel's size: it would decide how a
    tie of printed decimals is rounded."""
    size = max(float(np.abs(outcome_values(panel, outcome)).max()), TOLERANCE)
    return values.round(10 - int(np.ceil(np.log10(size))))


def two_way_fixed_effects(
    panel: pd.DataFrame,
    unit: str,
    end_years: Sequence[int],
    start_year: int | None = None,
    outcome: Outcome = "level",
    level: float = 0.95,
) -> TwoWayFixedEffects:
    """Two-way fixed effects, ``y_it = a_i + g_t + b D_it + e_it``, D = 1 for one unit in the end year(s).

    The panel runs from `start_year` (default: the first) to the last end year; later years are left out.
    With one treated unit b equals (its mean over the end years less its mean over the base years) less
    the same for the simple mean of the others; with two years it is the two-period difference in
    differences.

    The standard error is clustered by unit (CR1): ``V = c sum_g s_g^2 / (sum D~^2)^2``, ``s_g = sum_t
    D~_gt e_gt``, ``c = G/(G-1) (N-1)/(N-K)``, K = years + 1 (unit effects are nested in the clusters), t
    with G - 1 degrees of freedom. **It is not to be trusted here**: with one treated unit the coefficient
    makes the residuals of the treated cells sum to zero, hence `score_of_treated_cluster` = 0 by algebra,
    and the variance holds no trace of the unit whose change is estimated (MacKinnon and Webb 2017). It is
    reported so that the reader sees what the usual practice would print.

    Raises
    ------
    ParameterError : unknown unit, years outside the panel, end years not consecutive.
    AnalysisError : fewer than three units; no variation left for a standard error.
    """
    check_level(level)
    regressor = treatment(panel, unit, end_years, start_year)
    used = panel.loc[regressor.index]
    column, ends = check_unit(panel, unit), tuple(end_years)
    values = pd.DataFrame(outcome_values(used, outcome), used.index)
    changes = values.loc[list(ends)].mean() - values.loc[: ends[0] - 1].mean()
    if np.ptp(changes.drop(column)) <= TOLERANCE:
        raise AnalysisError("the other units' changes do not differ at all; no standard error can be formed.")
    fit = _feols("y ~ d | unit + year", used, outcome, d=regressor.to_numpy())
    interval = fit.confint(alpha=1 - level)
    clean = _without_noise(pd.concat([fit.coef(), fit.se(), interval], axis=1).loc[["d"]], used, outcome)
    estimate, standard_error, low, high = clean.to_numpy()[0].tolist()
    residuals = np.asarray(fit.resid()).reshape(used.shape)
    scores = (double_demean(regressor.to_numpy()) * residuals).sum(axis=0)
    return TwoWayFixedEffects(
        unit=unit,
        end_years=ends,
        base_years=(int(used.index[0]), ends[0] - 1),
        outcome=outcome,
        estimate=estimate,
        standard_error=standard_error,
        t_statistic=float(fit.tstat()["d"]),
        degrees_of_freedom=used.shape[1] - 1,
        p_value=float(fit.pvalue()["d"]),
        low=low,
        high=high,
        level=level,
        observations=used.size,
        clusters=used.shape[1],
        score_of_treated_cluster=float(scores[column]),
    )


def event_study(
    panel: pd.DataFrame, unit: str, base_year: int, outcome: Outcome = "level", level: float = 0.95
) -> pd.DataFrame:
    """Gap between one unit and the mean of the others in every year, relative to a base year.

    ``y_it = a_i + g_t + sum_{s != base} b_s 1[i = unit] 1[t = s] + e_it``; with one treated unit
    ``b_s = did(base -> s)`` exactly. Index: year. Columns: coefficient, standard_error, low, high
    (clustered by unit, CR1, t with G - 1 degrees of freedom), others_lowest, others_highest (range of the
    coefficients of the other units, each taken as treated). Units: that of the panel or log points. In the base year
    coefficient and error are 0.

    The model fits the treated unit perfectly, so the standard errors hold only the spread of the others
    (see `two_way_fixed_effects`); the range of the others is the honest yardstick. No joint F test of the
    coefficients before the base year is given: the clustered covariance has rank at most G - 2, below their
    number. `parallel_trends.pre_trends` looks at them together.

    Raises ParameterError (unknown unit or base year, level), AnalysisError (fewer than three units),
    DataError.
    """
    check_level(level)
    check_panel(panel, minimum_units=3)
    column = check_unit(panel, unit)
    base = check_year(panel, base_year, "base_year")
    values = outcome_values(panel, outcome)
    placebo = np.delete(did_against_others(values - values[base]), column, axis=1)
    treated = np.zeros(panel.shape)
    treated[:, column] = 1
    fit = _feols(f"y ~ i(year, treated, ref={base_year}) | unit + year", panel, outcome, treated=treated)
    rows = pd.concat([fit.coef(), fit.se(), fit.confint(alpha=1 - level)], axis=1)
    table = pd.DataFrame(0.0, index=panel.index, columns=["coefficient", "standard_error", "low", "high"])
    table.loc[panel.index.drop(base_year)] = rows.to_numpy()  # one row a year in their order, the base year left out
    table = _without_noise(table, panel, outcome)
    return table.assign(others_lowest=placebo.min(axis=1), others_highest=placebo.max(axis=1))
