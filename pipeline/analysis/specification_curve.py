"""Does the answer survive the analyst's choices? Every sensible comparison of one oblast with others, at once.

A specification is a choice of outcome, comparison group, weighting of the comparison oblasts, base period, end period
and trend adjustment. Given the weighting, its estimate is a linear functional of the (log) yield matrix Y (years x
oblasts):

    estimate = sum_t k_t (Y_ti - sum_j w_j Y_tj),

k the time contrast (end mean - base mean - trend x distance), w the comparison weights (sum 1). The module builds k
for every (base, end, trend) and every placebo year, w for every (group, weighting) and every oblast, and two einsum
calls give all specifications for all oblasts and all placebo years. Permutation inference is then a comparison within
that array.

Logs are taken first: a base of several years is the mean of logs (the log of the geometric mean), not the log of the
mean. With one year the two agree.

Source: Simonsohn, Simmons and Nelson 2020, Nature Human Behaviour 4 (specification curve and its joint inference).
Units: yields in c/ha; estimates in c/ha (outcome "level") or log points (outcome "log").
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.errors import AnalysisError, ParameterError

MINIMUM_OBLASTS = 4
REGIONS: dict[str, tuple[str, ...]] = {
    "south": ("Batken", "Jalal-Abad", "Osh"),
    "north": ("Chui", "Issyk-Kul", "Naryn", "Talas"),
}
OUTCOMES = ("level", "log")
WEIGHTINGS = ("equal", "inverse variance", "similar path")
TRENDS: dict[str, int] = {"none": 0, "linear, 10 years": 10, "linear, 15 years": 15}
WEIGHT_WINDOW = 10  # years up to the year before, from which comparison weights are computed

# Base periods as offsets from the year before, end periods as offsets from the year after. With the paper's pair
# (2023, 2024) the bases are 2023, 2022, 2016-2020 and 2020-2022, the ends 2024 and 2024-2025.
BASES: dict[str, tuple[int, ...]] = {
    "year before": (0,),
    "year before that": (-1,),
    "five years, 7 to 3 earlier": (-7, -6, -5, -4, -3),
    "three years, 3 to 1 earlier": (-3, -2, -1),
}
ENDS: dict[str, tuple[int, ...]] = {"year after": (0,), "two years": (0, 1)}

EXCLUSION_RULES = (
    "A comparison group never contains the oblast under study; a group named after it, or empty without it, is left "
    "out.",
    "Two groups with the same oblasts are one group: the first in the order all, without one, region, single is kept.",
    "Weighting is a choice only with two or more comparison oblasts: a single oblast is compared with equal weight.",
    "A base or end period that reaches outside the panel is left out; the year before and the year after must be in it.",
    "Trend lines and comparison weights use only years up to the year before, so no end year enters them.",
)


# --- checks shared by the analyses of this package ---------------------------------------------------------------------


def check_yields(yields: pd.DataFrame, *, pair: tuple[int, int] | None = None, log: bool = False) -> None:
    """Refuse a yield table that is not years x oblasts, complete, in order; and a pair of years outside it.

    Raises AnalysisError for an empty table, gaps, non-finite values, repeated names or years, years that are not
    consecutive, and (with `log`) a yield that is not positive; ParameterError for a pair outside the panel or not in
    order.
    """
    if yields.shape[0] < 2 or yields.shape[1] < 1:
        raise AnalysisError(f"A yield table needs at least two years and one oblast; its shape is {yields.shape}.")
    if not yields.columns.is_unique:
        raise AnalysisError(f"Oblasts are repeated: {yields.columns[yields.columns.duplicated()].tolist()}.")
    years = yields.index.to_numpy()
    if not np.issubdtype(years.dtype, np.integer) or (np.diff(years) != 1).any():
        raise AnalysisError("The index of the yield table must be consecutive years in order: fill in or cut gaps.")
    values = yields.to_numpy(dtype=float)
    if not np.isfinite(values).all():
        row, column = np.argwhere(~np.isfinite(values))[0]
        raise AnalysisError(f"No yield for {yields.columns[column]} in {years[row]}: the panel must be complete.")
    if log and (values <= 0).any():
        row, column = np.argwhere(values <= 0)[0]
        raise AnalysisError(f"The yield of {yields.columns[column]} in {years[row]} is not positive: it has no log.")
    if pair is not None:
        before, after = pair
        if before not in yields.index or after not in yields.index or not before < after:
            raise ParameterError(
                f"The pair of years ({before}, {after}) does not fit: both must lie in {years[0]}-{years[-1]}, "
                "the earlier first."
            )


def at_least(values: np.ndarray, threshold: np.ndarray | float) -> np.ndarray:
    """values >= threshold up to floating-point noise, so that ties of an exact permutation test count as ties."""
    return np.asarray(values) >= np.asarray(threshold) - 1e-9 * np.maximum(np.abs(threshold), 1e-3)


# --- declaration -----------------------------------------------------------------------------------------------------


def _comparison_groups(
    oblasts: tuple[str, ...], oblast: str, regions: dict[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """Comparison groups of one oblast after the exclusion rules, in their declared order."""
    others = [name for name in oblasts if name != oblast]
    candidates = {"all others": tuple(others)}
    candidates |= {f"without {left}": tuple(n for n in others if n != left) for left in others}
    candidates |= {region: tuple(n for n in others if n in members) for region, members in regions.items()}
    candidates |= {f"only {name}": (name,) for name in others}
    groups: dict[str, tuple[str, ...]] = {}
    for name, members in candidates.items():
        if members and members not in groups.values():
            groups[name] = members
    return groups


def _period_label(reference: int, offsets: tuple[int, ...]) -> str:
    years = [reference + offset for offset in offsets]
    return str(years[0]) if len(years) == 1 else f"mean {years[0]}-{years[-1]}"


def declare_specifications(
    years: pd.Index,
    oblasts: tuple[str, ...],
    oblast: str,
    year_before: int,
    year_after: int,
    *,
    regions: dict[str, tuple[str, ...]] = REGIONS,
) -> pd.DataFrame:
    """The one table of all specifications for an oblast and a pair of years.

    Parameters: the panel's years and oblasts; the oblast and the pair under study; `regions`, named groups of
    oblasts (members absent from the panel are ignored).

    Returns a frame, one row per specification, with the columns `outcome, comparison, members, weighting, base, end,
    trend` (`members` is the tuple of comparison oblasts, `base` and `end` carry the years) and the keys `base_key`,
    `end_key` of BASES and ENDS. `EXCLUSION_RULES` says which combinations are not in it.
    Raises AnalysisError for fewer than four oblasts, ParameterError for an unknown oblast or a pair outside the years.
    """
    if len(oblasts) < MINIMUM_OBLASTS:
        raise AnalysisError(
            f"{len(oblasts)} oblasts leave {len(oblasts) - 1} to compare with: a specification curve needs at least "
            f"{MINIMUM_OBLASTS} oblasts."
        )
    if oblast not in oblasts:
        raise ParameterError(f"Unknown oblast {oblast!r}: the panel has {', '.join(oblasts)}.")
    if year_before not in years or year_after not in years or not year_before < year_after:
        raise ParameterError(
            f"The pair of years ({year_before}, {year_after}) does not fit: both must lie in {min(years)}-{max(years)}, "
            "the earlier first."
        )
    bases = {key: value for key, value in BASES.items() if year_before + min(value) in years}
    ends = {key: value for key, value in ENDS.items() if year_after + max(value) in years}
    rows = [
        {
            "outcome": outcome,
            "comparison": comparison,
            "members": members,
            "weighting": weighting,
            "base": _period_label(year_before, bases[base]),
            "end": _period_label(year_after, ends[end]),
            "trend": trend,
            "base_key": base,
            "end_key": end,
        }
        for outcome in OUTCOMES
        for comparison, members in _comparison_groups(oblasts, oblast, regions).items()
        for weighting in (WEIGHTINGS if len(members) > 1 else WEIGHTINGS[:1])
        for base in bases
        for end in ends
        for trend in TRENDS
    ]
    return pd.DataFrame(rows).rename_axis("specification")


# --- weights ---------------------------------------------------------------------------------------------------------


def time_contrast(
    years: np.ndarray, base_years: np.ndarray, end_years: np.ndarray, trend_years: np.ndarray
) -> np.ndarray:
    """The vector k over `years` with k'y = mean(end) - mean(base) - slope x (mean end year - mean base year).

    The slope is least squares of y on the year over `trend_years` (empty: no trend adjustment), itself linear in y:
    slope = sum (t - t_mean) y_t / sum (t - t_mean)^2.
    """
    contrast = np.isin(years, end_years) / len(end_years) - np.isin(years, base_years) / len(base_years)
    if len(trend_years):
        centred = np.where(np.isin(years, trend_years), years - np.mean(trend_years), 0.0)
        contrast = contrast - centred / (centred**2).sum() * (np.mean(end_years) - np.mean(base_years))
    return contrast


def comparison_scores(window: np.ndarray, oblasts: pd.Index, weighting: str) -> np.ndarray:
    """Unnormalised comparison weights a_ij of oblast j for oblast i, from the window before the change.

    Parameters: `window` (years x oblasts), outcome values up to the year before; `weighting`:
    "equal" - 1; "inverse variance" - 1 / variance of j's yearly changes; "similar path" - 1 / mean squared distance
    of the paths of i and j, each about its own mean (levels may differ, movements should not).

    Returns (oblasts x oblasts). Raises AnalysisError when a variance or a distance is zero.
    """
    count = window.shape[1]
    if weighting == "equal":
        return np.ones((count, count))
    if weighting == "inverse variance":
        variance = np.diff(window, axis=0).var(axis=0, ddof=1)
        if (variance <= 1e-18).any():
            raise AnalysisError(
                f"{oblasts[np.argmin(variance)]} changes by the same amount every year of the weighting window: "
                "its inverse-variance weight is not defined. Leave it out of the panel."
            )
        return np.broadcast_to(1 / variance, (count, count))
    path = window - window.mean(axis=0)
    distance = ((path[:, :, None] - path[:, None, :]) ** 2).mean(axis=0)
    twins = (distance <= 1e-18) & ~np.eye(count, dtype=bool)
    if twins.any():
        i, j = np.argwhere(twins)[0]
        raise AnalysisError(
            f"{oblasts[i]} and {oblasts[j]} have the same path over the weighting window: the similarity weight is "
            "not defined. Leave one of them out of the panel."
        )
    return 1 / (distance + np.eye(count))  # the diagonal is never used: no group contains its own oblast


# --- all estimates ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SpecificationCube:
    """Estimates of every specification, for every oblast and every placebo pair of years.

    estimates
        (specifications x oblasts x shifts), c/ha or log points. The specifications along the first axis are those of
        each oblast's own table, which all have the same length and differ only in who is compared.
    tables
        By oblast, its table from `declare_specifications` for the pair under study.
    shifts
        Years by which the pair is moved; 0 is the pair under study.
    oblasts, year_before, year_after, yields
        The panel and the pair.
    """

    estimates: np.ndarray
    tables: dict[str, pd.DataFrame]
    shifts: np.ndarray
    oblasts: tuple[str, ...]
    year_before: int
    year_after: int
    yields: pd.DataFrame
