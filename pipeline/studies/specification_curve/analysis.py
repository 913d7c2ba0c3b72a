"""Does the answer survive the analyst's choices? All sensible comparisons of an oblast with others, at once.

A specification is a choice of outcome, comparison group, weighting of the comparison oblasts, base period,
end period and trend adjustment. Given the weighting, its estimate is a linear functional of the (log) yield
matrix Y (years x oblasts):

    estimate = sum_t k_t (Y_ti - sum_j w_j Y_tj),

k the time contrast (end mean - base mean - trend x distance), w the comparison weights (sum 1). The module
builds k for every (base, end, trend) and every placebo year, w for every (group, weighting) and every oblast,
and two einsum calls give all specifications for all oblasts and all placebo years. Permutation inference is
then a comparison within that array.

Logs are taken first: a base of several years is the mean of logs (the log of the geometric mean), not the log
of the mean. With one year the two agree.

Source: Simonsohn, Simmons and Nelson 2020, Nature Human Behaviour 4 (specification curve and its joint
inference). Units: yields in c/ha; estimates in c/ha (outcome "level") or log points (outcome "log").
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.data import vocabulary
from pipeline.errors import AnalysisError, ParameterError
from pipeline.methods.panels import TOLERANCE, check_panel, check_unit, check_year_pair, outcome_values
from pipeline.methods.randomisation import exact_p_value

MINIMUM_OBLASTS = 4
OUTCOMES = ("level", "log")
WEIGHTINGS = ("equal", "inverse variance", "similar path")
# Ten years, ending with the year before, for trend lines and comparison weights alike: a longer window would
# leave fewer placebo years than a p-value of 5 % needs.
WINDOW = 10
TRENDS: dict[str, int] = {"none": 0, f"linear, {WINDOW} years": WINDOW}

# Base periods as offsets from the year before, end periods as offsets from the year after. With the paper's
# pair (2023, 2024) the bases are 2023, 2022, 2016-2020 and 2020-2022, the ends 2024 and 2024-2025.
BASES: dict[str, tuple[int, ...]] = {
    "year before": (0,),
    "year before that": (-1,),
    "five years, 7 to 3 earlier": (-7, -6, -5, -4, -3),
    "three years, 3 to 1 earlier": (-3, -2, -1),
}
ENDS: dict[str, tuple[int, ...]] = {"year after": (0,), "two years": (0, 1)}

EXCLUSION_RULES = (
    "A comparison group never contains the oblast under study; a group named after it, or empty without "
    "it, is left out.",
    "Two groups with the same oblasts are one group: the first in the order all, without one, region, single is kept.",
    "Weighting is a choice only with two or more comparison oblasts: a single oblast is compared with equal weight.",
    "An end period that reaches beyond the panel's last year is left out.",
    "Trend lines and comparison weights use only the ten years up to the year before, so no end year enters them.",
)


# --- declaration ---------------------------------------------------------------------------------------


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
    yields: pd.DataFrame,
    oblast: str,
    year_before: int,
    year_after: int,
    *,
    regions: dict[str, tuple[str, ...]] | None = None,
) -> pd.DataFrame:
    """The one table of all specifications for an oblast and a pair of years.

    Parameters: `yields` wide (only its years and oblasts are used); the oblast and the pair under study;
    `regions`, named groups of oblasts (members absent from the panel are ignored; None: those of the vocabulary).

    Returns a frame, one row per specification, with the columns `outcome, comparison, members, weighting,
    base, end, trend` (`members` is the tuple of comparison oblasts, `base` and `end` carry the years) and the
    keys `base_key`, `end_key` of BASES and ENDS. `EXCLUSION_RULES` says which combinations are not in it.
    Raises DataError for a bad table, AnalysisError for fewer than four oblasts or fewer than ten years up to
    the year before, ParameterError for an unknown oblast or a pair outside the panel.
    """
    check_panel(yields, minimum_units=MINIMUM_OBLASTS)
    check_unit(yields, oblast)
    check_year_pair(yields, year_before, year_after)
    groups = vocabulary.regions() if regions is None else regions
    years, oblasts = yields.index.to_numpy(), tuple(yields.columns)
    if year_before - WINDOW + 1 < years[0]:
        raise AnalysisError(
            f"Trend lines and weights need {WINDOW} years up to {year_before}; the panel starts in "
            f"{years[0]}. The earliest year before is {years[0] + WINDOW - 1}."
        )
    ends = {key: value for key, value in ENDS.items() if year_after + max(value) <= years[-1]}
    rows = [
        {
            "outcome": outcome,
            "comparison": comparison,
            "members": members,
            "weighting": weighting,
            "base": _period_label(year_before, BASES[base]),
            "end": _period_label(year_after, ends[end]),
            "trend": trend,
            "base_key": base,
            "end_key": end,
        }
        for outcome in OUTCOMES
        for comparison, members in _comparison_groups(oblasts, oblast, groups).items()
        for weighting in (WEIGHTINGS if len(members) > 1 else WEIGHTINGS[:1])
        for base in BASES
        for end in ends
        for trend in TRENDS
    ]
    return pd.DataFrame(rows).rename_axis("specification")


# --- weights -------------------------------------------------------------------------------------------


def time_contrast(
    years: np.ndarray, base_years: np.ndarray, end_years: np.ndarray, trend_years: np.ndarray
) -> np.ndarray:
    """The vector k over `years` with k'y = mean(end) - mean(base) - slope x (mean end year - mean base year).

    The slope is least squares of y on the year over `trend_years` (empty: no trend adjustment), itself linear
    in y: slope = sum (t - t_mean) y_t / sum (t - t_mean)^2.
    """
    contrast = np.isin(years, end_years) / len(end_years) - np.isin(years, base_years) / len(base_years)
    if len(trend_years):
        centred = np.where(np.isin(years, trend_years), years - np.mean(trend_years), 0.0)
        contrast = contrast - centred / (centred**2).sum() * (np.mean(end_years) - np.mean(base_years))
    return contrast


def comparison_scores(window: np.ndarray, oblasts: pd.Index, weighting: str) -> np.ndarray:
    """Unnormalised comparison weights a_ij of oblast j for oblast i, from the window before the change.

    Parameters: `window` (years x oblasts), outcome values up to the year before; `weighting`: "equal" - 1;
    "inverse variance" - 1 / variance of j's yearly changes; "similar path" - 1 / mean squared distance of the
    paths of i and j, each about its own mean (levels may differ, movements should not).

    Returns (oblasts x oblasts). Raises AnalysisError when a variance or a distance is zero.
    """
    count = window.shape[1]
    if weighting == "equal":
        return np.ones((count, count))
    if weighting == "inverse variance":
        variance = np.diff(window, axis=0).var(axis=0, ddof=1)
        if (variance <= 1e-18).any():
            raise AnalysisError(
                f"{oblasts[np.argmin(variance)]} changes by the same amount every year of the weighting "
                "window: its inverse-variance weight is not defined. Leave it out of the panel."
            )
        return np.broadcast_to(1 / variance, (count, count))
    path = window - window.mean(axis=0)
    distance = ((path[:, :, None] - path[:, None, :]) ** 2).mean(axis=0)
    twins = (distance <= 1e-18) & ~np.eye(count, dtype=bool)
    if twins.any():
        i, j = np.argwhere(twins)[0]
        raise AnalysisError(
            f"{oblasts[i]} and {oblasts[j]} have the same path over the weighting window: the similarity "
            "weight is not defined. Leave one of them out of the panel."
        )
    return 1 / (distance + np.eye(count))  # the diagonal is never used: no group contains its own oblast


# --- all estimates -------------------------------------------------------------------------------------

KEYS = ["outcome", "comparison", "weighting", "base_key", "end_key", "trend"]


@dataclass(frozen=True)
class SpecificationCube:
    """Estimates of every specification, for every oblast and every placebo pair of years.

    estimates
        (specifications x oblasts x shifts), c/ha ("level") or log points ("log"). NaN exactly where `valid`
        is false.
    valid
        (specifications x oblasts): a group that contains or only consists of an oblast is no comparison for
        it.
    specifications
        The union of all oblasts' declared tables, columns KEYS; the first axis of `estimates`.
    shifts
        Years by which the pair is moved; 0 is the pair under study. Every specification has the same shifts.
    yields, year_before, year_after, regions
        The panel, the pair and the regions, as given.
    """

    estimates: np.ndarray
    valid: np.ndarray
    specifications: pd.DataFrame
    shifts: np.ndarray
    yields: pd.DataFrame
    year_before: int
    year_after: int
    regions: dict[str, tuple[str, ...]]


def estimate_specifications(
    yields: pd.DataFrame,
    year_before: int,
    year_after: int,
    *,
    regions: dict[str, tuple[str, ...]] | None = None,
) -> SpecificationCube:
    """All specifications, for all oblasts as the one under study and for all placebo pairs of years.

    Parameters: `yields` wide (years x oblasts, c/ha); the pair under study; `regions` as in
    `declare_specifications`. A placebo pair is the pair moved by whole years, as far as windows before and
    end periods after stay in the panel.

    Returns `SpecificationCube`. Raises DataError (bad table), AnalysisError (fewer than four oblasts, fewer
    than ten years up to the year before, a yield without logarithm, undefined weights) and ParameterError
    (pair outside the panel).
    """
    check_panel(yields, minimum_units=MINIMUM_OBLASTS)
    groups = vocabulary.regions() if regions is None else regions
    outcomes = np.stack([outcome_values(yields, outcome) for outcome in OUTCOMES])
    oblasts, years = tuple(yields.columns), yields.index.to_numpy()
    keys: dict[tuple[str, ...], np.ndarray] = {}
    membership: dict[str, np.ndarray] = {}
    for i, oblast in enumerate(oblasts):
        table = declare_specifications(yields, oblast, year_before, year_after, regions=groups)
        for key in table[KEYS].itertuples(index=False, name=None):
            keys.setdefault(key, np.zeros(len(oblasts), dtype=bool))[i] = True
        for comparison, members in table[["comparison", "members"]].drop_duplicates().itertuples(index=False):
            membership.setdefault(comparison, np.zeros((len(oblasts), len(oblasts))))[i] = np.isin(oblasts, members)

    used = [key for key in ENDS if any(key == spec[4] for spec in keys)]
    reach = max(max(ENDS[key]) for key in used)
    shifts = np.arange(years[0] + WINDOW - 1 - year_before, years[-1] - reach - year_after + 1)

    periods = [(base, end, trend) for base in BASES for end in used for trend in TRENDS]
    before, after = year_before + shifts, year_after + shifts
    contrasts = np.array(
        [
            [
                time_contrast(years, b + np.array(BASES[base]), a + np.array(ENDS[end]), b - np.arange(TRENDS[trend]))
                for base, end, trend in periods
            ]
            for b, a in zip(before, after, strict=True)
        ]
    )

    comparisons = list(dict.fromkeys((key[1], key[2]) for key in keys))
    weights = np.zeros((len(OUTCOMES), len(shifts), len(comparisons), len(oblasts), len(oblasts)))
    for q in range(len(OUTCOMES)):
        for k, b in enumerate(before):
            window = outcomes[q, (years > b - WINDOW) & (years <= b)]
            scores = {name: comparison_scores(window, yields.columns, name) for name in WEIGHTINGS}
            for c, (group, weighting) in enumerate(comparisons):
                weights[q, k, c] = membership[group] * scores[weighting]
    total = weights.sum(axis=-1, keepdims=True)
    weights = np.divide(weights, total, out=np.zeros_like(weights), where=total > 0)

    changes = np.einsum("kmt,qti->qkmi", contrasts, outcomes)
    estimates = changes[:, :, :, None, :] - np.einsum("qkcij,qkmj->qkmci", weights, changes)

    specifications = pd.DataFrame(list(keys), columns=KEYS).rename_axis("specification")
    valid = np.array(list(keys.values()))
    q = specifications["outcome"].map(OUTCOMES.index).to_numpy()
    m = np.array([periods.index(key[3:]) for key in keys])
    c = np.array([comparisons.index(key[1:3]) for key in keys])
    cube = np.moveaxis(estimates[q, :, m, c, :], 1, 2)
    cube = np.where(valid[:, :, None], cube, np.nan)
    return SpecificationCube(cube, valid, specifications, shifts, yields, year_before, year_after, dict(groups))


# --- inference -----------------------------------------------------------------------------------------


def _placebo_cells(cube: SpecificationCube, oblast: str) -> dict[str, tuple[np.ndarray, int]]:
    """Standardised estimates (specifications x cells) of each reference set, and where the actual cell is.

    The specifications are those valid for `oblast`. Standardised: divided by the specification's root mean
    square over all its valid cells, actual one included; the divisor is the same whichever cell is called
    actual, so the permutation p-values stay exact.
    """
    i = check_unit(cube.yields, oblast)
    k = int(np.flatnonzero(cube.shifts == 0)[0])
    chosen = cube.estimates[cube.valid[:, i]]
    scale = np.sqrt(np.nanmean(chosen**2, axis=(1, 2)))
    if (scale <= TOLERANCE).any():
        raise AnalysisError("A specification is zero for every oblast and year: the oblasts move identically.")
    scaled = chosen / scale[:, None, None]
    return {
        "oblasts": (scaled[:, :, k], i),
        "years": (scaled[:, i, :], k),
        "oblasts and years": (scaled.reshape(len(scaled), -1), i * len(cube.shifts) + k),
    }


def _cell_p_values(cells: np.ndarray) -> np.ndarray:
    """Two-sided placebo p-value of every cell within its row; NaN cells stay NaN and do not count."""
    size = np.abs(cells)
    p_values = np.empty_like(size)
    for row, values in enumerate(size):
        known = np.isfinite(values)
        p_values[row] = np.where(known, (values[known] >= values[:, None] - TOLERANCE).mean(axis=1), np.nan)
    return p_values


def specification_curve(cube: SpecificationCube, oblast: str) -> pd.DataFrame:
    """The curve of one oblast: its declared table with estimates and placebo p-values, ordered by estimate.

    Adds to `declare_specifications`: `estimate` (c/ha or log points), `standardised` (estimate / root mean
    square of the specification's placebo cells; comparable across outcomes and the order of the curve),
    `equivalent_c_per_ha` (the estimate for "level"; for "log" (exp(estimate) - 1) x the oblast's geometric
    mean base yield, for display only) and `p_oblasts`, `p_years`, `p_oblasts_and_years`: share of the cells
    (all oblasts in the actual years; all placebo years of the oblast; both) with an absolute estimate at
    least the actual one, which is among them. Raises ParameterError for an unknown oblast.
    """
    sets = _placebo_cells(cube, oblast)
    i = check_unit(cube.yields, oblast)
    table = (
        cube.specifications[cube.valid[:, i]]
        .reset_index(drop=True)
        .merge(
            declare_specifications(cube.yields, oblast, cube.year_before, cube.year_after, regions=cube.regions),
            on=KEYS,
            how="left",
            validate="one_to_one",
        )
    )
    table["estimate"] = cube.estimates[cube.valid[:, i], i, np.flatnonzero(cube.shifts == 0)[0]]
    cells, actual = sets["oblasts"]
    table["standardised"] = cells[:, actual]
    base = {
        key: float(np.exp(np.log(cube.yields[oblast].loc[[cube.year_before + o for o in offsets]]).mean()))
        for key, offsets in BASES.items()
    }
    table["equivalent_c_per_ha"] = np.where(
        table["outcome"] == "log",
        np.expm1(table["estimate"]) * table["base_key"].map(base),
        table["estimate"],
    )
    for name, (cells, actual) in sets.items():
        table["p_" + name.replace(" ", "_")] = _cell_p_values(cells)[:, actual]
    order = ["outcome", "comparison", "members", "weighting", "base", "end", "trend", "base_key", "end_key"]
    columns = order + [name for name in table.columns if name not in order]
    return table[columns].sort_values("standardised", kind="stable").reset_index(drop=True).rename_axis("position")


def summarise_choices(curve: pd.DataFrame, *, alpha: float = 0.05) -> pd.DataFrame:
    """What each choice does to the curve: one row per choice and option, medians over all other choices.

    Parameters: `curve` from `specification_curve`; `alpha`, the level for `share_significant`
    (p_oblasts_and_years). Returns a frame indexed by (`choice`, `option`): `specifications, share_positive,
    share_significant, median_standardised, median_equivalent_c_per_ha`.
    """
    flags = curve.assign(
        share_positive=curve["estimate"] > 0,
        share_significant=curve["p_oblasts_and_years"] <= alpha,
        specifications=1,
    )
    return pd.concat(
        {
            choice: flags.groupby(choice, sort=False).agg(
                specifications=("specifications", "sum"),
                share_positive=("share_positive", "mean"),
                share_significant=("share_significant", "mean"),
                median_standardised=("standardised", "median"),
                median_equivalent_c_per_ha=("equivalent_c_per_ha", "median"),
            )
            for choice in ("outcome", "comparison", "weighting", "base", "end", "trend")
        },
        names=["choice", "option"],
    )


def curve_medians(cube: SpecificationCube, oblast: str) -> pd.DataFrame:
    """Median of the whole curve of every placebo cell: the distribution behind `joint_inference`.

    The specifications are those valid for `oblast`, standardised as there (each divided by its root mean square
    over all its cells). Returns `oblast, year_before, year_after, median_standardised, actual` (true for the oblast
    and pair under study), one row per oblast and placebo pair of years. Raises ParameterError for an unknown oblast.
    """
    cells, actual = _placebo_cells(cube, oblast)["oblasts and years"]
    place = pd.MultiIndex.from_product([cube.yields.columns, cube.shifts], names=["oblast", "shift"])
    table = place.to_frame(index=False)
    table["year_before"] = cube.year_before + table["shift"]
    table["year_after"] = cube.year_after + table.pop("shift")
    return table.assign(median_standardised=np.nanmedian(cells, axis=0), actual=np.arange(len(table)) == actual)


def joint_inference(cube: SpecificationCube, oblast: str, *, alpha: float = 0.05) -> pd.DataFrame:
    """Is the curve as a whole unusual? Its summaries against the curves of placebo oblasts and years.

    Each placebo cell (oblast, year) has a whole curve of its own. A statistic of the actual curve is compared
    with the same statistic of every cell in three reference sets: "oblasts" (all oblasts, actual years),
    "years" (the oblast, all years), "oblasts and years". p = share of cells at least as extreme, the actual
    one included, so p >= 1 / cells.

    Statistics: `median_level` (c/ha) and `median_log` (log points), `median_standardised` and
    `mean_standardised` (all specifications), each two-sided by absolute value; `share_positive`, two-sided by
    its distance from one half; `share_significant` (specifications with a placebo p <= alpha within the same
    reference set, either sign) and `share_significant_positive`, upper tail. Where 1 / cells > alpha no
    specification can be significant; the two shares are then 0 with p = 1, and `significance_attainable` is
    false.

    Returns a tidy frame: `reference, statistic, observed, p_value, cells, smallest_p,
    significance_attainable`. Raises ParameterError for an unknown oblast or an alpha outside (0, 1).

    Assumes that oblasts and years are exchangeable when nothing happened. Neighbouring years share windows,
    and unstable oblasts (Chui) are not like stable ones, so the p-values describe rarity within the panel.
    Source: Simonsohn, Simmons and Nelson 2020 (median, share significant, aggregate of standardised
    estimates); randomisation of place and time: Abadie, Diamond and Hainmueller 2010, JASA 105.
    """
    if not 0 < alpha < 1:
        raise ParameterError(f"alpha must lie between 0 and 1; given: {alpha}.")
    i = check_unit(cube.yields, oblast)
    k = int(np.flatnonzero(cube.shifts == 0)[0])
    native = cube.estimates[cube.valid[:, i]]
    level = (cube.specifications.loc[cube.valid[:, i], "outcome"] == "level").to_numpy()
    rows = []
    for reference, (cells, actual) in _placebo_cells(cube, oblast).items():
        raw = {
            "oblasts": native[:, :, k],
            "years": native[:, i, :],
            "oblasts and years": native.reshape(len(native), -1),
        }[reference]
        known = np.isfinite(cells)
        count = known.sum(axis=0)
        significant = _cell_p_values(cells) <= alpha  # NaN compares false
        # floating-point noise must not turn an exact zero into a positive estimate
        positive = cells > TOLERANCE
        share_positive = positive.sum(axis=0) / count
        median = np.nanmedian(cells, axis=0)
        mean = np.nanmean(cells, axis=0)
        median_level, median_log = np.nanmedian(raw[level], axis=0), np.nanmedian(raw[~level], axis=0)
        share_significant = significant.sum(axis=0) / count
        share_significant_positive = (significant & positive).sum(axis=0) / count
        for statistic, values, extremity in (
            ("median_level", median_level, np.abs(median_level)),
            ("median_log", median_log, np.abs(median_log)),
            ("median_standardised", median, np.abs(median)),
            ("mean_standardised", mean, np.abs(mean)),
            ("share_positive", share_positive, np.abs(share_positive - 0.5)),
            ("share_significant", share_significant, share_significant),
            ("share_significant_positive", share_significant_positive, share_significant_positive),
        ):
            rows.append(
                {
                    "reference": reference,
                    "statistic": statistic,
                    "observed": float(values[actual]),
                    "p_value": float(exact_p_value(extremity[actual], extremity, "greater")),
                    "cells": len(values),
                    "smallest_p": 1 / len(values),
                    "significance_attainable": 1 / int(known.sum(axis=1).min()) <= alpha,
                }
            )
    return pd.DataFrame(rows)
