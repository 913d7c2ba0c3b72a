"""Does the answer survive the analyst's choices? All sensible comparisons of one unit with others, at once.

A specification is a choice of outcome, comparison group, weighting of the comparison units, response to the comparison,
base period, end period and trend adjustment. Given weights and response, its estimate is a linear functional of the
matrix Y (years x units) of the outcome or its logarithm:

    estimate = sum_t k_t (Y_ti - b sum_j w_j Y_tj) - a x distance,

k the time contrast (end mean - base mean - trend x distance), w the comparison weights (sum 1). One for one, b = 1 and
a = 0; by the own response (`own_response`) a and b are the line of the unit's yearly changes on the comparison's, over
all years up to the year before, and a gives way where a trend is taken out. The module builds k for
every (base, end, trend) and every placebo year, w for every (group, weighting) and every unit, and two einsum calls
give all specifications for all units and all placebo years. Permutation inference is then a comparison within that
array.

Logs are taken first: a base of several years is the mean of logs (the log of the geometric mean), not the log of the
mean. With one year the two agree.

Source: Simonsohn, Simmons and Nelson 2020, Nature Human Behaviour 4 (specification curve and its joint inference).
Input: a panel, years x units (see `panels`); estimates are in its unit or in log points.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from pipeline.errors import AnalysisError, ParameterError
from pipeline.methods.panels import (
    OUTCOMES,
    TOLERANCE,
    check_panel,
    check_unit,
    check_year_pair,
    outcome_values,
    unit_index,
)
from pipeline.methods.randomisation import exact_p_value

MINIMUM_UNITS = 4
WEIGHTINGS = ("equal", "inverse variance", "similar path")
RESPONSES = ("one for one", "own response")


@dataclass(frozen=True)
class Choices:
    """What a specification curve varies beside outcome (`OUTCOMES`) and weighting (`WEIGHTINGS`).

    Comparison groups are all others, all others without each one, the named `groups`, and each other unit alone. A
    group never contains the unit under study; a group that is empty without it is left out. Two groups with the same
    units are one: the first in that order is kept. Weighting is a choice only with two or more comparison units. An end
    period that reaches beyond the panel's last year is left out.

    Attributes
    ----------
    bases, ends
        Periods by name: years as offsets from the year before and from the year after.
    window
        Years, ending with the year before, that trend lines and comparison weights use, so no end year enters them.
    groups
        Named groups of units; members absent from the panel are ignored.
    responses
        Some of `RESPONSES`.
    """

    bases: Mapping[str, tuple[int, ...]]
    ends: Mapping[str, tuple[int, ...]]
    window: int
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    responses: tuple[str, ...] = RESPONSES[:1]

    @property
    def trends(self) -> dict[str, int]:
        """Years of the trend line by the name of the adjustment; 0: none."""
        return {"none": 0, f"linear, {self.window} years": self.window}


# --- declaration ---------------------------------------------------------------------------------------


def _comparison_groups(
    units: tuple[str, ...], unit: str, named: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """Comparison groups of one unit after the exclusion rules, in their declared order."""
    others = [name for name in units if name != unit]
    candidates = {"all others": tuple(others)}
    candidates |= {f"without {left}": tuple(n for n in others if n != left) for left in others}
    candidates |= {name: tuple(n for n in others if n in members) for name, members in named.items()}
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
    panel: pd.DataFrame,
    unit: str,
    year_before: int,
    year_after: int,
    choices: Choices,
) -> pd.DataFrame:
    """The one table of all specifications for a unit and a pair of years.

    Parameters: `panel` wide (only its years and units are used); the unit and the pair under study;
    the `choices`.

    Returns a frame, one row per specification, with the columns `outcome, comparison, members, weighting,
    response, base, end, trend` (`members` is the tuple of comparison units, `base` and `end` carry the years) and the
    keys `base_key`, `end_key` of the choices. `Choices` says which combinations are not in it.
    Raises DataError for a bad table, AnalysisError for fewer than four units or fewer than years up to
    the year before than the window has, ParameterError for an unknown unit or a pair outside the panel.
    """
    check_panel(panel, minimum_units=MINIMUM_UNITS)
    check_unit(panel, unit)
    check_year_pair(panel, year_before, year_after)
    years, units = panel.index.to_numpy(), tuple(panel.columns)
    if year_before - choices.window + 1 < years[0]:
        raise AnalysisError(
            "Trend lines and weights need {number} years up to {year_before}; the panel starts in {first_year}. The "
            "earliest year before is {earliest}.",
            number=choices.window,
            year_before=year_before,
            first_year=years[0],
            earliest=years[0] + choices.window - 1,
        )
    ends = {key: value for key, value in choices.ends.items() if year_after + max(value) <= years[-1]}
    rows = [
        {
            "outcome": outcome,
            "comparison": comparison,
            "members": members,
            "weighting": weighting,
            "response": response,
            "base": _period_label(year_before, choices.bases[base]),
            "end": _period_label(year_after, ends[end]),
            "trend": trend,
            "base_key": base,
            "end_key": end,
        }
        for outcome in OUTCOMES
        for comparison, members in _comparison_groups(units, unit, choices.groups).items()
        for weighting in (WEIGHTINGS if len(members) > 1 else WEIGHTINGS[:1])
        for response in choices.responses
        for base in choices.bases
        for end in ends
        for trend in choices.trends
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


def comparison_scores(window: np.ndarray, units: pd.Index, weighting: str) -> np.ndarray:
    """Unnormalised comparison weights a_ij of unit j for unit i, from the window before the change.

    Parameters: `window` (years x units), outcome values up to the year before; `weighting`: "equal" - 1;
    "inverse variance" - 1 / variance of j's yearly changes; "similar path" - 1 / mean squared distance of the
    paths of i and j, each about its own mean (levels may differ, movements should not).

    Returns (units x units). Raises AnalysisError when a variance or a distance is zero.
    """
    count = window.shape[1]
    if weighting == "equal":
        return np.ones((count, count))
    if weighting == "inverse variance":
        variance = np.diff(window, axis=0).var(axis=0, ddof=1)
        if (variance <= 1e-18).any():
            raise AnalysisError(
                "{unit} changes by the same amount every year of the weighting window: its inverse-variance weight is "
                "not defined. Leave it out of the panel.",
                unit=units[np.argmin(variance)],
            )
        return np.broadcast_to(1 / variance, (count, count))
    path = window - window.mean(axis=0)
    distance = ((path[:, :, None] - path[:, None, :]) ** 2).mean(axis=0)
    twins = (distance <= 1e-18) & ~np.eye(count, dtype=bool)
    if twins.any():
        i, j = np.argwhere(twins)[0]
        raise AnalysisError(
            "{one} and {other} have the same path over the weighting window: the similarity weight is not defined. "
            "Leave one of them out of the panel.",
            one=units[i],
            other=units[j],
        )
    return 1 / (distance + np.eye(count))  # the diagonal is never used: no group contains its own unit


# --- all estimates -------------------------------------------------------------------------------------

KEYS = ["outcome", "comparison", "weighting", "response", "base_key", "end_key", "trend"]


@dataclass(frozen=True)
class SpecificationCube:
    """Estimates of every specification, for every unit and every placebo pair of years.

    estimates
        (specifications x units x shifts), in the unit of the panel ("level") or log points ("log"). NaN exactly where
        `valid` is false.
    valid
        (specifications x units): a group that contains or only consists of a unit is no comparison for
        it.
    specifications
        The union of all units' declared tables, columns KEYS; the first axis of `estimates`.
    shifts
        Years by which the pair is moved; 0 is the pair under study. Every specification has the same shifts.
    panel, year_before, year_after, choices
        As given.
    """

    estimates: np.ndarray
    valid: np.ndarray
    specifications: pd.DataFrame
    shifts: np.ndarray
    panel: pd.DataFrame
    year_before: int
    year_after: int
    choices: Choices


def estimate_specifications(
    panel: pd.DataFrame,
    year_before: int,
    year_after: int,
    choices: Choices,
    placebos: bool = True,
) -> SpecificationCube:
    """All specifications, for all units as the one under study and for all placebo pairs of years.

    Parameters: `panel` wide (years x units); the pair under study; the `choices`. A placebo pair is the pair moved by
    whole years, as far as windows before and end periods after stay in the panel; `placebos` False: the pair alone.

    Returns `SpecificationCube`. Some seconds for 40 units x 12 years. Raises DataError (bad table), AnalysisError
    (fewer than four units, fewer years up to the year before than the window has, a value without logarithm, undefined
    weights) and ParameterError (pair outside the panel).
    """
    check_panel(panel, minimum_units=MINIMUM_UNITS)
    keys, membership = _declared_for_all(panel, year_before, year_after, choices)
    return _cube(panel, year_before, year_after, choices, keys, membership, placebos)


def _declared_for_all(
    panel: pd.DataFrame, year_before: int, year_after: int, choices: Choices
) -> tuple[dict[tuple[str, ...], np.ndarray], dict[str, np.ndarray]]:
    """For which units each specification is declared, and who is in each comparison; values do not matter."""
    units = tuple(panel.columns)
    keys: dict[tuple[str, ...], np.ndarray] = {}
    membership: dict[str, np.ndarray] = {}
    for i, unit in enumerate(units):
        table = declare_specifications(panel, unit, year_before, year_after, choices)
        for key in table[KEYS].itertuples(index=False, name=None):
            keys.setdefault(key, np.zeros(len(units), dtype=bool))[i] = True
        for comparison, members in table[["comparison", "members"]].drop_duplicates().itertuples(index=False):
            membership.setdefault(comparison, np.zeros((len(units), len(units))))[i] = np.isin(units, members)
    return keys, membership


def _cube(
    panel: pd.DataFrame,
    year_before: int,
    year_after: int,
    choices: Choices,
    keys: Mapping[tuple[str, ...], np.ndarray],
    membership: Mapping[str, np.ndarray],
    placebos: bool,
) -> SpecificationCube:
    outcomes = np.stack([outcome_values(panel, outcome) for outcome in OUTCOMES])
    units, years = tuple(panel.columns), panel.index.to_numpy()
    used = [key for key in choices.ends if any(key == spec[5] for spec in keys)]
    reach = max(max(choices.ends[key]) for key in used)
    shifts = np.arange(years[0] + choices.window - 1 - year_before, years[-1] - reach - year_after + 1)
    if not placebos:
        shifts = shifts[shifts == 0]
    trends = choices.trends
    periods = [(base, end, trend) for base in choices.bases for end in used for trend in trends]
    before, after = year_before + shifts, year_after + shifts
    contrasts = np.array(
        [
            [
                time_contrast(
                    years,
                    b + np.array(choices.bases[base]),
                    a + np.array(choices.ends[end]),
                    b - np.arange(trends[trend]),
                )
                for base, end, trend in periods
            ]
            for b, a in zip(before, after, strict=True)
        ]
    )

    comparisons = list(dict.fromkeys((key[1], key[2]) for key in keys))
    weights = np.zeros((len(OUTCOMES), len(shifts), len(comparisons), len(units), len(units)))
    for q in range(len(OUTCOMES)):
        for k, b in enumerate(before):
            window = outcomes[q, (years > b - choices.window) & (years <= b)]
            scores = {name: comparison_scores(window, panel.columns, name) for name in WEIGHTINGS}
            for c, (group, weighting) in enumerate(comparisons):
                weights[q, k, c] = membership[group] * scores[weighting]
    total = weights.sum(axis=-1, keepdims=True)
    weights = np.divide(weights, total, out=np.zeros_like(weights), where=total > 0)

    changes = np.einsum("kmt,qti->qkmi", contrasts, outcomes)
    compared = np.einsum("qkcij,qkmj->qkmci", weights, changes)
    estimates = {"one for one": changes[:, :, :, None, :] - compared}
    if "own response" in choices.responses:
        intercept, slope = _own_lines(outcomes, years, before, weights, units)
        distance = np.array(
            [
                0.0
                if trends[trend]
                else np.mean(after[0] + np.array(choices.ends[end]))
                - np.mean(before[0] + np.array(choices.bases[base]))
                for base, end, trend in periods
            ]
        )
        expected = slope[:, :, None] * compared + intercept[:, :, None] * distance[:, None, None]
        estimates["own response"] = changes[:, :, :, None, :] - expected

    specifications = pd.DataFrame(list(keys), columns=KEYS).rename_axis("specification")
    valid = np.array(list(keys.values()))
    q = specifications["outcome"].map(OUTCOMES.index).to_numpy()
    m = np.array([periods.index(key[4:]) for key in keys])
    c = np.array([comparisons.index(key[1:3]) for key in keys])
    r = specifications["response"].map(choices.responses.index).to_numpy()
    cube = np.moveaxis(np.stack([estimates[name] for name in choices.responses])[r, q, :, m, c, :], 1, 2)
    cube = np.where(valid[:, :, None], cube, np.nan)
    return SpecificationCube(cube, valid, specifications, shifts, panel, year_before, year_after, choices)


def _own_lines(
    outcomes: np.ndarray, years: np.ndarray, before: np.ndarray, weights: np.ndarray, units: tuple[str, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Intercept and slope of every unit's yearly changes on those of its comparison, up to each year before.

    Both (outcomes, shifts, comparisons, units). Where a group is no comparison for a unit both are 0, and never used.
    """
    changes = np.diff(outcomes, axis=1)  # (outcomes, years - 1, units)
    intercept, slope = np.zeros(weights.shape[:-1]), np.zeros(weights.shape[:-1])
    for k, last in enumerate(before):
        own = changes[:, years[1:] <= last]
        mean = np.einsum("qcij,qtj->qtci", weights[:, k], own)
        centred = mean - mean.mean(axis=1, keepdims=True)
        spread = (centred**2).sum(axis=1)
        flat = (spread <= 1e-18) & (weights[:, k].sum(axis=-1) > 0)
        if flat.any():
            raise AnalysisError(
                "the comparison of {unit} changes by the same amount every year up to {last}: a response to it is not "
                "defined.",
                unit=units[np.argwhere(flat)[0][-1]],
                last=last,
            )
        slope[:, k] = np.divide(
            np.einsum("qtci,qti->qci", centred, own), spread, out=np.zeros_like(spread), where=spread > 0
        )
        intercept[:, k] = own.mean(axis=1)[:, None, :] - slope[:, k] * mean.mean(axis=1)
    return intercept, slope


# --- inference -----------------------------------------------------------------------------------------


def _placebo_cells(cube: SpecificationCube, unit: str) -> dict[str, tuple[np.ndarray, int]]:
    """Standardised estimates (specifications x cells) of each reference set, and where the actual cell is.

    The specifications are those valid for `unit`. Standardised: divided by the specification's root mean
    square over all its valid cells, actual one included; the divisor is the same whichever cell is called
    actual, so the permutation p-values stay exact.
    """
    i = check_unit(cube.panel, unit)
    k = int(np.flatnonzero(cube.shifts == 0)[0])
    chosen = cube.estimates[cube.valid[:, i]]
    scale = np.sqrt(np.nanmean(chosen**2, axis=(1, 2)))
    if (scale <= TOLERANCE).any():
        raise AnalysisError("A specification is zero for every unit and year: the units move identically.")
    scaled = chosen / scale[:, None, None]
    return {
        "units": (scaled[:, :, k], i),
        "years": (scaled[:, i, :], k),
        "units and years": (scaled.reshape(len(scaled), -1), i * len(cube.shifts) + k),
    }


def _cell_p_values(cells: np.ndarray) -> np.ndarray:
    """Two-sided placebo p-value of every cell within its row; NaN cells stay NaN and do not count."""
    size = np.abs(cells)
    p_values = np.empty_like(size)
    for row, values in enumerate(size):
        known = np.isfinite(values)
        ordered = np.sort(values[known])  # counting by place in the order: every pair would be quadratic in the cells
        larger = len(ordered) - np.searchsorted(ordered, values - TOLERANCE)
        p_values[row] = np.where(known, larger / len(ordered), np.nan)
    return p_values


def specification_curve(cube: SpecificationCube, unit: str) -> pd.DataFrame:
    """The curve of one unit: its declared table with estimates and placebo p-values, ordered by estimate.

    Adds to `declare_specifications`: `estimate` (unit of the panel or log points), `standardised` (estimate / root mean
    square of the specification's placebo cells; comparable across outcomes and the order of the curve),
    `equivalent` (the estimate for "level"; for "log" (exp(estimate) - 1) x the unit's geometric
    mean base value, for display only) and `p_units`, `p_years`, `p_units_and_years`: share of the cells
    (all units in the actual years; all placebo years of the unit; both) with an absolute estimate at
    least the actual one, which is among them. Raises ParameterError for an unknown unit.
    """
    sets = _placebo_cells(cube, unit)
    i = check_unit(cube.panel, unit)
    table = (
        cube.specifications[cube.valid[:, i]]
        .reset_index(drop=True)
        .merge(
            declare_specifications(cube.panel, unit, cube.year_before, cube.year_after, cube.choices),
            on=KEYS,
            how="left",
            validate="one_to_one",
        )
    )
    table["estimate"] = cube.estimates[cube.valid[:, i], i, np.flatnonzero(cube.shifts == 0)[0]]
    cells, actual = sets["units"]
    table["standardised"] = cells[:, actual]
    base = {
        key: float(np.exp(np.log(cube.panel[unit].loc[[cube.year_before + o for o in offsets]]).mean()))
        for key, offsets in cube.choices.bases.items()
    }
    table["equivalent"] = np.where(
        table["outcome"] == "log",
        np.expm1(table["estimate"]) * table["base_key"].map(base),
        table["estimate"],
    )
    for name, (cells, actual) in sets.items():
        table["p_" + name.replace(" ", "_")] = _cell_p_values(cells)[:, actual]
    order = ["outcome", "comparison", "members", "weighting", "response", "base", "end", "trend", "base_key", "end_key"]
    columns = order + [name for name in table.columns if name not in order]
    return table[columns].sort_values("standardised", kind="stable").reset_index(drop=True).rename_axis("position")


def summarise_choices(curve: pd.DataFrame, *, alpha: float = 0.05) -> pd.DataFrame:
    """What each choice does to the curve: one row per choice and option, medians over all other choices.

    Parameters: `curve` from `specification_curve`; `alpha`, the level for `share_significant`
    (p_units_and_years). Returns a frame indexed by (`choice`, `option`): `specifications, share_positive,
    share_significant, median_standardised, median_equivalent`.
    """
    flags = curve.assign(
        share_positive=curve["estimate"] > 0,
        share_significant=curve["p_units_and_years"] <= alpha,
        specifications=1,
    )
    return pd.concat(
        {
            choice: flags.groupby(choice, sort=False).agg(
                specifications=("specifications", "sum"),
                share_positive=("share_positive", "mean"),
                share_significant=("share_significant", "mean"),
                median_standardised=("standardised", "median"),
                median_equivalent=("equivalent", "median"),
            )
            for choice in ("outcome", "comparison", "weighting", "response", "base", "end", "trend")
        },
        names=["choice", "option"],
    )


def curve_medians(cube: SpecificationCube, unit: str) -> pd.DataFrame:
    """Median of the whole curve of every placebo cell: the distribution behind `joint_inference`.

    The specifications are those valid for `unit`, standardised as there (each divided by its root mean square
    over all its cells). Returns `unit, year_before, year_after, median_standardised, actual` (true for the unit
    and pair under study), one row per unit and placebo pair of years. Raises ParameterError for an unknown unit.
    """
    cells, actual = _placebo_cells(cube, unit)["units and years"]
    place = pd.MultiIndex.from_product([cube.panel.columns, cube.shifts], names=[unit_index(cube.panel).name, "shift"])
    table = place.to_frame(index=False)
    table["year_before"] = cube.year_before + table["shift"]
    table["year_after"] = cube.year_after + table.pop("shift")
    return table.assign(median_standardised=np.nanmedian(cells, axis=0), actual=np.arange(len(table)) == actual)


def joint_inference(cube: SpecificationCube, unit: str, *, alpha: float = 0.05) -> pd.DataFrame:
    """Is the curve as a whole unusual? Its summaries against the curves of placebo units and years.

    Each placebo cell (unit, year) has a whole curve of its own. A statistic of the actual curve is compared
    with the same statistic of every cell in three reference sets: "units" (all units, actual years),
    "years" (the unit, all years), "units and years". p = share of cells at least as extreme, the actual
    one included, so p >= 1 / cells.

    Statistics: `median_level` (unit of the panel) and `median_log` (log points), `median_standardised` and
    `mean_standardised` (all specifications), each two-sided by absolute value; `share_positive`, two-sided by
    its distance from one half; `share_significant` (specifications with a placebo p <= alpha within the same
    reference set, either sign) and `share_significant_positive`, upper tail. Where 1 / cells > alpha no
    specification can be significant; the two shares are then 0 with p = 1, and `significance_attainable` is
    false.

    Returns a tidy frame: `reference, statistic, observed, p_value, cells, smallest_p,
    significance_attainable`. Raises ParameterError for an unknown unit or an alpha outside (0, 1).

    Assumes that units and years are exchangeable when nothing happened. Neighbouring years share windows,
    and unstable units are not like stable ones, so the p-values describe rarity within the panel.
    Source: Simonsohn, Simmons and Nelson 2020 (median, share significant, aggregate of standardised
    estimates); randomisation of place and time: Abadie, Diamond and Hainmueller 2010, JASA 105.
    """
    if not 0 < alpha < 1:
        raise ParameterError(f"alpha must lie between 0 and 1; given: {alpha}.")
    i = check_unit(cube.panel, unit)
    k = int(np.flatnonzero(cube.shifts == 0)[0])
    native = cube.estimates[cube.valid[:, i]]
    level = (cube.specifications.loc[cube.valid[:, i], "outcome"] == "level").to_numpy()
    rows = []
    for reference, (cells, actual) in _placebo_cells(cube, unit).items():
        raw = {
            "units": native[:, :, k],
            "years": native[:, i, :],
            "units and years": native.reshape(len(native), -1),
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


def null_sign_shares(
    panel: pd.DataFrame,
    unit: str,
    year_before: int,
    year_after: int,
    choices: Choices,
    *,
    panels: int = 200,
    block: int = 3,
    seed: int = 0,
) -> np.ndarray:
    """How often specifications share a sign where nothing happened: the larger share of one sign, panel by panel.

    A null panel keeps every unit's straight line over the years and draws the departures from it anew: blocks of
    `block` consecutive years, all units of a year together, with replacement (Kuensch 1989, Annals of Statistics
    17(3)). So units keep their swings, what they share and how unequally they respond; no unit and no year is special.
    Draws with a value of zero or less, which has no logarithm, are drawn again.

    Returns (panels,) shares from 0.5 to 1. Seconds for 200 panels of 7 units x 35 years. Raises as
    `estimate_specifications`.
    """
    check_panel(panel, minimum_units=MINIMUM_UNITS)
    i, length = check_unit(panel, unit), len(panel)
    design = np.column_stack([np.ones(length), np.arange(length)])
    lines = design @ np.linalg.lstsq(design, panel.to_numpy(dtype=float), rcond=None)[0]
    departures = panel.to_numpy(dtype=float) - lines
    keys, membership = _declared_for_all(panel, year_before, year_after, choices)
    generator, shares = np.random.default_rng(seed), []
    while len(shares) < panels:
        starts = generator.integers(0, length - block + 1, size=-(-length // block))
        rows = (starts[:, None] + np.arange(block)).ravel()[:length]
        made = pd.DataFrame(lines + departures[rows], index=panel.index, columns=panel.columns)
        if (made <= 0).any(axis=None):
            continue
        cube = _cube(made, year_before, year_after, choices, keys, membership, placebos=False)
        positive = (cube.estimates[cube.valid[:, i], i, 0] > TOLERANCE).mean()
        shares.append(max(positive, 1 - positive))
    return np.array(shares)
