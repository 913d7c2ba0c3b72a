"""Is a unit steadier than the others? Its response to their common movement, apart for falls and for rises.

With d the yearly change of a unit and m the mean change of the others, a line with a kink at zero

    d_t = a + b_fell min(m_t, 0) + b_rose max(m_t, 0) + e_t

has one slope for years in which the others fell and one for years in which they rose. A slope below one means that the
unit moves less than they do. `slope_break` lets level and slope differ before and from a year on. Least squares with
exact t intervals, errors taken as independent and alike. The mean of few units holds their own noise, which draws every
slope towards zero (Fuller 1987, Measurement Error Models), so slopes are compared with those of other units rather than
with one.

Input: a panel of consecutive years x units, see `panels`.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from pipeline.errors import AnalysisError
from pipeline.methods.panels import check_level, check_panel, check_unit, yearly_changes
from pipeline.methods.regression import least_squares

MINIMUM_YEARS = 4
"""Falls and rises, or years before and from a break, that a slope of their own needs."""


@dataclass(frozen=True)
class Steadiness:
    """Slopes of one unit's yearly changes on the mean change of the others.

    Attributes
    ----------
    unit, level
        Whose slopes, and the level of the intervals.
    fell, rose
        Years in which the others' mean fell (or stood still), and rose.
    slope, slope_low, slope_high
        One line through all years.
    slope_fell, fell_low, fell_high, slope_rose, rose_low, rose_high
        The line with a kink.
    p_same
        Two-sided t test that the two slopes are one.
    """

    unit: str
    level: float
    fell: int
    rose: int
    slope: float
    slope_low: float
    slope_high: float
    slope_fell: float
    fell_low: float
    fell_high: float
    slope_rose: float
    rose_low: float
    rose_high: float
    p_same: float


@dataclass(frozen=True)
class SlopeBreak:
    """The slope before a year and from it on.

    Attributes
    ----------
    slope_before, before_low, before_high, slope_from, from_low, from_high
        With intervals of the level asked for.
    difference, p_value
        Slope from the year on less that before, and the two-sided t test of zero.
    detectable
        Smallest change of the slope that a two-sided test at 5 % sees in 80 of 100 cases:
        ``(t_0.975 + t_0.80)`` standard errors of the difference (Bloom 1995, Evaluation Review 19).
    """

    year: int
    slope_before: float
    before_low: float
    before_high: float
    slope_from: float
    from_low: float
    from_high: float
    difference: float
    p_value: float
    detectable: float


def movements(panel: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Yearly changes of a unit and the mean of all others': years x `own`, `others`, in the unit of the panel.

    Raises
    ------
    ParameterError, DataError
        See `check_panel` and `check_unit`.
    """
    check_panel(panel)
    check_unit(panel, unit)
    changes = yearly_changes(panel)
    return pd.DataFrame({"own": changes[unit], "others": changes.drop(columns=unit).mean(axis=1)})


def steadiness(panel: pd.DataFrame, unit: str, level: float = 0.95) -> Steadiness:
    """How a unit's yearly changes go with the mean change of all others, in years of their falls and of their rises.

    Parameters
    ----------
    panel
        Years x units.
    unit
        One of them.
    level
        Of the intervals.

    Raises
    ------
    AnalysisError
        If the others fell or rose in fewer than `MINIMUM_YEARS` years, or do not move.
    ParameterError, DataError
        See `movements`.
    """
    check_level(level)
    moves = movements(panel, unit)
    own, others = moves["own"].to_numpy(), moves["others"].to_numpy()
    fell = int((others <= 0).sum())
    if min(fell, len(others) - fell) < MINIMUM_YEARS:
        raise AnalysisError(
            f"The others of {unit} fell in {fell} and rose in {len(others) - fell} of {len(others)} years; a slope for "
            f"each needs at least {MINIMUM_YEARS} of both. Take a longer panel."
        )
    one = np.ones(len(others))
    plain = least_squares(np.column_stack([one, others]), own)
    kinked = least_squares(np.column_stack([one, np.minimum(others, 0), np.maximum(others, 0)]), own)
    ends, kinked_ends = plain.conf_int(1 - level), kinked.conf_int(1 - level)
    return Steadiness(
        unit=unit,
        level=level,
        fell=fell,
        rose=len(others) - fell,
        slope=float(plain.params[1]),
        slope_low=float(ends[1][0]),
        slope_high=float(ends[1][1]),
        slope_fell=float(kinked.params[1]),
        fell_low=float(kinked_ends[1][0]),
        fell_high=float(kinked_ends[1][1]),
        slope_rose=float(kinked.params[2]),
        rose_low=float(kinked_ends[2][0]),
        rose_high=float(kinked_ends[2][1]),
        p_same=float(kinked.t_test([0, 1, -1]).pvalue),
    )


def slope_break(panel: pd.DataFrame, unit: str, year: int, level: float = 0.95) -> SlopeBreak:
    """The slope on the others before a year and from it on, each with its own level, one error variance.

    Parameters
    ----------
    panel
        Years x units.
    unit
        One of them.
    year
        The first of the later part; changes are counted by their later year.
    level
        Of the intervals.

    Raises
    ------
    AnalysisError
        If either part has fewer than `MINIMUM_YEARS` changes.
    ParameterError, DataError
        See `movements`.
    """
    check_level(level)
    moves = movements(panel, unit)
    late = (moves.index >= year).astype(float)
    if min(late.sum(), len(late) - late.sum()) < MINIMUM_YEARS:
        raise AnalysisError(
            f"{int(len(late) - late.sum())} changes before {year} and {int(late.sum())} from it on; each part needs at "
            f"least {MINIMUM_YEARS}. Choose a year further from the ends of the panel."
        )
    others = moves["others"].to_numpy()
    fit = least_squares(np.column_stack([np.ones(len(late)), others, late, late * others]), moves["own"].to_numpy())
    later = fit.t_test([0, 1, 0, 1])
    (low, high), (later_low, later_high) = fit.conf_int(1 - level)[1], later.conf_int(1 - level)[0]
    multiple = stats.t.ppf(0.975, fit.df_resid) + stats.t.ppf(0.8, fit.df_resid)
    return SlopeBreak(
        year=year,
        slope_before=float(fit.params[1]),
        before_low=float(low),
        before_high=float(high),
        slope_from=float(later.effect[0]),
        from_low=float(later_low),
        from_high=float(later_high),
        difference=float(fit.params[3]),
        p_value=float(fit.pvalues[3]),
        detectable=float(multiple * fit.bse[3]),
    )
