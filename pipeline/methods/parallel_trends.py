"""How far from parallel were the trends before, and how far would they have to be for the comparison to say
nothing?

Sensitivity of a difference in differences to departures from parallel trends: Rambachan and Roth (2023), "A
more credible approach to parallel trends", Review of Economic Studies 90(5), restriction of relative
magnitudes. Input: a panel, years x units (see `panels`).

What is implemented. Let d_t be the differential trend of the unit against the mean of the others, d = 0
in the base year, and the estimate = effect + d at the end year, k years after the base. The restriction
``|d_{t+1} - d_t| <= Mbar max_{s < base} |d_{s+1} - d_s|`` for every t from the base year on gives the
identified set ``estimate -+ k Mbar max_{s < base} |d_{s+1} - d_s|``, with the observed yearly changes of
the gap before the base year in place of d: the plug-in set, with no sampling error. Given standard errors,
`relative_magnitudes` adds a conservative interval by projection: all yearly changes and the estimate are
widened at once by a Bonferroni critical value, which covers at least at its level whatever the
correlations. Under parallel trends, Mbar = 0, no earlier change enters, and the interval is the plain t
interval of the estimate.

What is left out. The conditional and least-favourable hybrid confidence sets of the paper (shorter than the
projection interval, but they need a covariance matrix that few clusters with one treated cannot give);
smoothness restrictions (Delta^SD), shape and sign restrictions, and weighted means of several end years.
With one treated unit a yearly change of the gap is trend and shock at once: Mbar bounds both together.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from pipeline.errors import AnalysisError, ParameterError
from pipeline.methods.difference_in_differences import did_against_others
from pipeline.methods.panels import (
    TOLERANCE,
    Outcome,
    check_panel,
    check_unit,
    check_year,
    check_year_pair,
    outcome_values,
    unit_index,
)
from pipeline.methods.randomisation import exact_p_value

MBAR_GRID: tuple[float, ...] = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0)


@dataclass(frozen=True)
class Bounds:
    """Bounds for one Mbar, in the unit of the estimate. `ci_low`, `ci_high`: None where no standard errors
    exist."""

    mbar: float
    low: float
    high: float
    ci_low: float | None
    ci_high: float | None


@dataclass(frozen=True)
class RelativeMagnitudes:
    """Result of `relative_magnitudes`, in the unit of the panel or log points.

    breakdown_mbar : smallest Mbar at which the identified set holds zero: |estimate| / (years_after * largest
        change before). Below one, a departure smaller than one already seen before is enough to turn the
        sign.
    breakdown_mbar_ci : the same for the conservative interval; 0.0 when it holds zero already under
        parallel trends.
    """

    estimate: float
    years_after: int
    largest_change_before: float
    bounds: tuple[Bounds, ...]
    breakdown_mbar: float
    breakdown_mbar_ci: float | None
    critical_value: float | None
    level: float

    def to_frame(self) -> pd.DataFrame:
        """Bounds by Mbar: index mbar, columns low, high and, where they exist, ci_low and ci_high."""
        frame = pd.DataFrame([vars(bound) for bound in self.bounds]).set_index("mbar")
        return frame if self.critical_value is not None else frame[["low", "high"]]


def relative_magnitudes(
    estimate: float,
    changes_before: np.ndarray,
    years_after: int = 1,
    mbar: Sequence[float] = MBAR_GRID,
    standard_error: float | None = None,
    standard_errors_before: np.ndarray | None = None,
    degrees_of_freedom: float = np.inf,
    level: float = 0.95,
) -> RelativeMagnitudes:
    """Bounds of a difference in differences under relative magnitudes (see the module for version and
    limits).

    Parameters
    ----------
    estimate : difference in differences from the base year to `years_after` years later.
    changes_before : (periods,) yearly changes of the gap up to the base year, same unit.
    standard_error, standard_errors_before : of the estimate and of each yearly change; both or neither.
        Interval: ``estimate -+ [c se + years_after Mbar max_s (|change_s| + c se_s)]``, c the Bonferroni
        quantile of t for periods + 1 two-sided statements; for Mbar = 0 the estimate is the only statement and c
        its own quantile.
    mbar : grid of values >= 0, without unit.

    Raises
    ------
    ParameterError : Mbar, level, years_after or standard errors impossible.
    AnalysisError : no change before the base year, values not finite, or a gap that never changed before.
    """
    changes = np.asarray(changes_before, dtype=float)
    if changes.ndim != 1 or len(changes) == 0:
        raise AnalysisError("no yearly change before the base year; relative magnitudes need at least one.")
    if not np.isfinite(changes).all() or not np.isfinite(estimate):
        raise AnalysisError("the estimate and the changes before must be finite numbers.")
    if years_after < 1:
        raise ParameterError(f"years_after must be at least 1, not {years_after}.")
    if not len(mbar) or not np.isfinite(mbar).all() or min(mbar) < 0:
        raise ParameterError(f"mbar must be numbers >= 0, at least one; got {list(mbar)}.")
    if not 0 < level < 1:
        raise ParameterError(f"level must lie between 0 and 1, not {level}.")
    largest = float(np.abs(changes).max())
    if largest <= TOLERANCE:
        raise AnalysisError(
            "the gap to the others never changed before the base year (a constant series?); "
            "no departure can be expressed as a multiple of it."
        )
    critical = single = margin = largest_ci = None
    if standard_error is not None or standard_errors_before is not None:
        if standard_error is None or standard_errors_before is None:
            raise ParameterError("give standard errors of the estimate and of the changes before, or neither.")
        errors = np.asarray(standard_errors_before, dtype=float)
        if errors.shape != changes.shape or not (errors >= 0).all() or not standard_error >= 0:
            raise ParameterError(f"standard errors must be >= 0, one for each of the {len(changes)} changes before.")
        critical = float(stats.t.ppf(1 - (1 - level) / (2 * (len(changes) + 1)), degrees_of_freedom))
        single = float(stats.t.ppf((1 + level) / 2, degrees_of_freedom))
        margin = critical * standard_error
        largest_ci = float((np.abs(changes) + critical * errors).max())

    def bounds(m: float) -> Bounds:
        half = years_after * m * largest
        if critical is None:
            return Bounds(m, estimate - half, estimate + half, None, None)
        half_ci = margin + years_after * m * largest_ci if m > 0 else single * standard_error
        return Bounds(m, estimate - half, estimate + half, estimate - half_ci, estimate + half_ci)

    return RelativeMagnitudes(
        estimate=float(estimate),
        years_after=years_after,
        largest_change_before=largest,
        bounds=tuple(bounds(float(m)) for m in mbar),
        breakdown_mbar=abs(estimate) / (years_after * largest),
        breakdown_mbar_ci=(None if critical is None else max(abs(estimate) - margin, 0.0) / (years_after * largest_ci)),
        critical_value=critical,
        level=level,
    )


@dataclass(frozen=True)
class Sensitivity:
    """Result of `sensitivity`: the unit, its years and the `relative_magnitudes` behind; `unit` of all
    values.

    `year_of_largest_change`: later year of the pair with the largest departure before the base year.
    """

    unit: str
    year_before: int
    year_after: int
    outcome: Outcome
    year_of_largest_change: int
    standard_error: float
    degrees_of_freedom: int
    result: RelativeMagnitudes


def spread_standard_error(changes: np.ndarray) -> tuple[float, int]:
    """Standard error of one unit's change against the mean of the others, from the spread of the others.

    `changes`: (periods x other units). ``se = s sqrt(1 + 1/n)`` with s^2 the variance of the others'
    changes within a period, pooled over periods, and degrees of freedom periods (n - 1). It holds if the
    unit's own change varies as much as the others' do and all years alike (the idea of Conley and Taber
    2011, Review of Economics and Statistics 93(1), in its normal form).
    """
    periods, n = changes.shape
    df = periods * (n - 1)
    variance = ((changes - changes.mean(axis=1, keepdims=True)) ** 2).sum() / df
    return float(np.sqrt(variance * (1 + 1 / n))), df


def sensitivity(
    panel: pd.DataFrame,
    unit: str,
    year_before: int,
    year_after: int,
    mbar: Sequence[float] = MBAR_GRID,
    outcome: Outcome = "level",
    level: float = 0.95,
) -> Sensitivity:
    """Relative magnitudes for one unit against the mean of all others, two years, all earlier years as
    pre-periods.

    The standard errors are `spread_standard_error`, yearly changes up to year_before for the changes
    before, and changes over the same distance as the pair (not overlapping, counted back from year_before)
    for the estimate. Clustered errors cannot be used: the treated unit has no part in them
    (`two_way_fixed_effects`).

    Raises ParameterError (unit, years), AnalysisError (fewer than three units; fewer years before
    year_before than the pair is apart; gap that never changed), DataError.
    """
    check_panel(panel, minimum_units=3)
    column = check_unit(panel, unit)
    gap = check_year_pair(panel, year_before, year_after)
    base = check_year(panel, year_before, "year_before")
    if base < gap:
        raise AnalysisError(
            "{number} year(s) before {year_before} are too few for a pair {distance} year(s) apart; relative "
            "magnitudes need changes before the base year.",
            number=base,
            year_before=year_before,
            distance=gap,
        )
    values = outcome_values(panel, outcome)
    yearly = np.diff(values[: base + 1], axis=0)
    before = did_against_others(yearly)[:, column]
    estimate = float(did_against_others(values[base + gap] - values[base])[column])
    others_yearly = np.delete(yearly, column, axis=1)
    over_gap = np.delete(np.diff(values[base % gap : base + 1 : gap], axis=0), column, axis=1)
    error_before, df_yearly = spread_standard_error(others_yearly)
    error, df = spread_standard_error(over_gap)
    result = relative_magnitudes(
        estimate,
        before,
        years_after=gap,
        mbar=mbar,
        standard_error=error,
        standard_errors_before=np.full(len(before), error_before),
        degrees_of_freedom=min(df, df_yearly),
        level=level,
    )
    return Sensitivity(
        unit=unit,
        year_before=year_before,
        year_after=year_after,
        outcome=outcome,
        year_of_largest_change=int(panel.index[1 + np.abs(before).argmax()]),
        standard_error=error,
        degrees_of_freedom=min(df, df_yearly),
        result=result,
    )


def pre_trends(panel: pd.DataFrame, base_year: int, outcome: Outcome = "level") -> pd.DataFrame:
    """A joint look at the years up to `base_year`: how each unit moved against the mean of the others.

    Index: unit. Columns, from the gap g_t = value - mean of the others:
    slope (least squares of g on the year, per year), rms_change and largest_change (root mean square and
    largest absolute yearly change of g), rms_coefficient (root mean square of the event-study coefficients
    g_t - g_base); p_slope, p_rms_change, p_largest_change, p_rms_coefficient: share of units at least as
    far from zero, itself included (never below 1 / units). Units: that of the panel or log points, slope per year.

    A large p is no proof of parallel trends: few units see little (Roth 2022, AER: Insights 4(3)).

    Raises ParameterError (base_year outside the panel), AnalysisError (fewer than three units, fewer than
    three years up to base_year), DataError.
    """
    check_panel(panel, minimum_units=3)
    base = check_year(panel, base_year, "base_year")
    if base < 2:
        raise AnalysisError(
            "only {number} year(s) up to {base_year}; a trend needs at least three.",
            number=base + 1,
            base_year=base_year,
        )
    gaps = did_against_others(outcome_values(panel, outcome)[: base + 1])
    years = panel.index[: base + 1].to_numpy(dtype=float)
    centred = years - years.mean()
    changes = np.diff(gaps, axis=0)
    table = pd.DataFrame(
        {
            "slope": centred @ gaps / (centred**2).sum(),
            "rms_change": np.sqrt((changes**2).mean(axis=0)),
            "largest_change": np.abs(changes).max(axis=0),
            "rms_coefficient": np.sqrt(((gaps[:-1] - gaps[-1]) ** 2).mean(axis=0)),
        },
        index=unit_index(panel),
    )
    for name in list(table.columns):
        statistic = table[name].to_numpy()
        table[f"p_{name}"] = exact_p_value(statistic, np.tile(statistic, (len(statistic), 1)))
    return table
