"""What could a design have seen? Minimum detectable effects of a comparison of one unit with others.

Two answers stand side by side. *Exact*: effects of growing size are added to past unit-years in which, as far as anyone
knows, nothing happened, and the placebo test is run on each; the minimum detectable effect (MDE) is the smallest
addition the test rejects in 80 % of them. *Analytic*: 2.8 standard errors, with the standard error from variance
components, which can be carried to designs that were not observed (more units, years, or subunits, such as districts
of a region).

An MDE describes a design, not the data's verdict: an effect below it may exist and be missed. Input: a panel, years x
units (see `panels`).
"""

from dataclasses import dataclass
from itertools import combinations, product
from math import ceil, comb, floor, sqrt

import numpy as np
import pandas as pd
from scipy import stats

from pipeline.errors import AnalysisError, ParameterError
from pipeline.methods.panels import (
    TOLERANCE,
    Outcome,
    check_panel,
    check_unit,
    double_demean,
    outcome_values,
    unit_index,
    yearly_changes,
)
from pipeline.methods.regression import least_squares

MAXIMUM_SUBSETS = 1000
"""Choices of comparison units are enumerated up to this many of one size, sampled above."""


# --- placebo statistics --------------------------------------------------------------------------------


@dataclass(frozen=True)
class PlaceboStatistics:
    """Comparisons of every unit with the others in every year: the reference set of the placebo test.

    statistics
        (cells,) mean of the end years - mean of the base years, unit minus equal-weight mean of its
        comparison units, in the unit of the panel or log points.
    spill
        (cells x cells): `spill[c, d]` is how much cell d's statistic moves when that of cell c gains 1: 1 on
        the diagonal; -1/m for another unit in the same year that has c's unit among its m comparisons;
        0 for other years, that is, the placebo years are taken to be untouched by the effect.
    cells
        Frame with the unit (named as the panel names its columns) and `year` (first end year) of each cell.
    """

    statistics: np.ndarray
    spill: np.ndarray
    cells: pd.DataFrame


def placebo_statistics(
    panel: pd.DataFrame,
    *,
    base_years: int = 1,
    end_years: int = 1,
    comparison: dict[str, tuple[str, ...]] | None = None,
    outcome: Outcome = "level",
) -> PlaceboStatistics:
    """Difference in differences of every unit in every possible year, and how an added effect spreads.

    For unit i and first end year t, with B = `base_years` and L = `end_years`:
    D_it = [mean Y_i(t..t+L-1) - mean Y_i(t-B..t-1)] - mean over comparison units j of the same.

    Parameters: `comparison` gives the comparison units of each unit (default: all others); a unit
    absent from it gets no cell. `outcome`: "level" or "log".

    Raises DataError (bad table), AnalysisError (a single unit, too few years, no logarithm) and
    ParameterError (lengths below 1, unknown units or outcome, a unit compared with itself).
    """
    check_panel(panel)
    values = outcome_values(panel, outcome)
    if base_years < 1 or end_years < 1:
        raise ParameterError(f"Base and end need at least one year each; given: {base_years} and {end_years}.")
    units, years = list(panel.columns), panel.index.to_numpy()
    if len(years) < base_years + end_years:
        raise AnalysisError(f"{len(years)} years cannot hold {base_years} base and {end_years} end years.")
    chosen = comparison or {name: tuple(other for other in units if other != name) for name in units}
    for name, others in chosen.items():
        unknown = ({name} | set(others)) - set(units)
        if unknown or not others or name in others or len(set(others)) != len(others):
            raise ParameterError(
                f"Comparison of {name!r} with {others}: expected one or more other units, each once, out "
                f"of {', '.join(units)}."
            )
    starts = np.arange(base_years, len(years) - end_years + 1)
    position = np.arange(len(years))[None, :]
    in_end = (position >= starts[:, None]) & (position < starts[:, None] + end_years)
    in_base = (position < starts[:, None]) & (position >= starts[:, None] - base_years)
    in_time = in_end / end_years - in_base / base_years  # (starts, years)
    across = np.zeros((len(chosen), len(units)))  # (studied units, units)
    columns = [units.index(name) for name in chosen]
    for row, (name, others) in enumerate(chosen.items()):
        across[row] = np.isin(units, name) * 1.0 - np.isin(units, others) / len(others)

    statistics = np.einsum("oi,kt,ti->ok", across, in_time, values)
    spill = np.kron(across[:, columns].T, np.eye(len(starts)))
    cells = pd.DataFrame(list(product(chosen, years[starts])), columns=[unit_index(panel).name, "year"])
    return PlaceboStatistics(statistics.ravel(), spill, cells)


def own_response_statistics(
    panel: pd.DataFrame, unit: str, comparison: tuple[str, ...] | None = None, outcome: Outcome = "level"
) -> PlaceboStatistics:
    """Differences of one unit by its own response, year by year, and how an added effect spreads.

    The statistic of year t is the unit's yearly change less the line of all its other years at the comparison's mean
    change (`own_response.adjusted_cells`). An effect added to the change of year c moves that line for every other
    year k, by ``- h_kc / (1 - h_kk)`` with h the hat matrix of the line: `spill[c, k]`.

    Parameters: `comparison` None for all others. Raises as `own_response.own_response`.
    """
    check_panel(panel)
    check_unit(panel, unit)
    names = list(panel.columns.drop(unit)) if comparison is None else list(comparison)
    changes = yearly_changes(panel, outcome)
    fit = least_squares(
        np.column_stack([np.ones(len(changes)), changes[names].mean(axis=1).to_numpy()]), changes[unit].to_numpy()
    )
    hat = fit.model.exog @ np.linalg.pinv(fit.model.exog)
    left = np.eye(len(hat)) - hat  # residuals = left @ changes
    scaled = left / np.diag(left)[:, None]
    cells = pd.DataFrame({unit_index(panel).name: unit, "year": changes.index})
    return PlaceboStatistics(scaled @ changes[unit].to_numpy(), scaled.T, cells)


def attained_level(cells: int, alpha: float = 0.05) -> float:
    """The level that a placebo test over so many cells really has: the largest multiple of 1 / cells up to `alpha`.

    Examples
    --------
    >>> round(attained_level(34), 3)
    0.029
    """
    _check_levels(alpha, 0.5)
    return floor(alpha * cells + TOLERANCE) / cells


# --- exact minimum detectable effect -------------------------------------------------------------------


def _check_levels(alpha: float, power: float) -> None:
    if not (0 < alpha < 1 and 0 < power < 1):
        raise ParameterError(f"alpha and power must lie between 0 and 1; given: {alpha} and {power}.")


def detection_thresholds(
    statistics: np.ndarray, *, spill: np.ndarray | None = None, alpha: float = 0.05, increase: bool = True
) -> np.ndarray:
    """For each placebo cell, the added effect beyond which the placebo test rejects, in the right direction.

    The two-sided placebo test of cell c with added effect tau: p = share of the n cells (c included) with
    |d_j + a_cj tau| >= |d_c + tau|; it rejects when p <= alpha, that is when at most r = floor(alpha n) - 1
    other cells are at least as extreme. While d_c + tau > 0, cell j stops being so beyond tau_cj = max[(d_j -
    d_c) / (1 - a_cj), (-d_j - d_c) / (1 + a_cj)], so the threshold is the (r + 1)-th largest tau_cj: an order
    statistic, no simulation. A rejection with the wrong sign does not count as a detection.

    Parameters: `statistics` (n,) d; `spill` (n x n) a, row c for an effect in cell c, entries of absolute
    value at most 1 (default 0: the other cells are untouched; the diagonal is not used); `alpha`; `increase`
    False for effects that lower the outcome (the thresholds are then sizes of the fall).

    Returns (n,) thresholds in the units of `statistics`; a negative one means the cell is rejected with
    nothing added. Raises AnalysisError when n < 1 / alpha: the smallest p-value, 1 / n, is then above alpha
    whatever the effect.
    """
    _check_levels(alpha, 0.5)
    d = np.asarray(statistics, dtype=float)
    if d.ndim != 1 or not np.isfinite(d).all():
        raise ParameterError("The placebo statistics must be a vector of finite numbers.")
    count = len(d)
    allowed = floor(alpha * count + TOLERANCE) - 1
    if allowed < 0:
        raise AnalysisError(
            f"{count} placebo cells give no p-value below 1/{count} = {1 / max(count, 1):.3f}: at the "
            f"level {alpha} no "
            f"effect, however large, can be detected. At least {ceil(1 / alpha - TOLERANCE)} cells are "
            "needed."
        )
    a = np.zeros((count, count)) if spill is None else np.array(spill, dtype=float)
    if a.shape != (count, count):
        raise ParameterError(f"`spill` must be {count} x {count}; its shape is {a.shape}.")
    np.fill_diagonal(a, 0.0)
    if (np.abs(a) > 1 + TOLERANCE).any():
        raise ParameterError("An effect may not move another cell more than its own: |spill| must not exceed 1.")
    if not increase:
        d = -d
    # With |a| = 1 one bound has no crossing: the cell is in the way at every size of effect, or at none.
    with np.errstate(divide="ignore", invalid="ignore"):
        bound = np.maximum(
            *(
                np.where(
                    np.abs(1 - sign * a) > TOLERANCE,
                    (sign * d[None, :] - d[:, None]) / (1 - sign * a),
                    np.where(sign * d[None, :] >= d[:, None] - TOLERANCE, np.inf, -np.inf),
                )
                for sign in (1, -1)
            )
        )
    np.fill_diagonal(bound, -np.inf)
    ordered = -np.sort(-bound, axis=1)
    return ordered[:, allowed]


def minimum_detectable_effect(thresholds: np.ndarray, *, power: float = 0.8) -> float:
    """Smallest added effect that is detected in at least `power` of the placebo cells.

    With n thresholds it is the ceil(power n)-th smallest (an infimum: the effect must exceed it), and 0 when
    even nothing added is rejected that often. inf: some cells can never be detected, too many of them. Raises
    ParameterError for no thresholds or a power outside (0, 1).
    """
    _check_levels(0.5, power)
    values = np.sort(np.asarray(thresholds, dtype=float))
    if values.size == 0:
        raise ParameterError("No placebo cell was given, so no effect can be detected or missed.")
    return max(float(values[ceil(power * len(values) - TOLERANCE) - 1]), 0.0)


def power_curve(thresholds: np.ndarray, effects: np.ndarray) -> pd.DataFrame:
    """Share of placebo cells in which an added effect is detected: a frame with `effect` and `power`."""
    sizes = np.atleast_1d(np.asarray(effects, dtype=float))
    return pd.DataFrame({"effect": sizes, "power": (sizes[:, None] > np.asarray(thresholds)[None, :]).mean(axis=1)})


# --- minimum detectable effects of the panel -----------------------------------------------------------


def root_mean_square(statistics: np.ndarray) -> float:
    """Standard error of a comparison judged by its placebo cells, whose mean is zero when nothing happens."""
    return sqrt(float((np.asarray(statistics, dtype=float) ** 2).mean()))


def mde_table(
    panel: pd.DataFrame,
    *,
    base_years: int = 1,
    end_years: int = 1,
    comparison: dict[str, tuple[str, ...]] | None = None,
    outcome: Outcome = "level",
    alpha: float = 0.05,
    power: float = 0.8,
    increase: bool = True,
) -> pd.DataFrame:
    """Minimum detectable effect of every unit under the three reference sets of the placebo test.

    Rows: for every unit, reference "units" (the others in the same year), "years" (its own other years)
    and "units and years" (all cells); and "all units" with the last reference, any cell as likely as
    another. The added effect also moves the other units' statistics of the same year,
    whose comparison it enters.

    Columns: unit (named as the panel names its columns), `reference, cells` (size of the reference set), `smallest_p`
    (1 / cells), `base_years, end_years, standard_error` (root mean square of the placebo cells of the row's unit),
    `mde` (exact; inf when smallest_p > alpha, since then nothing can be detected), `mde_analytic` (2.8 standard errors
    for the usual levels). In the unit of the panel or log points.

    Parameters as `placebo_statistics`, `detection_thresholds` and `minimum_detectable_effect`, whose errors
    it raises.
    """
    _check_levels(alpha, power)
    placebo = placebo_statistics(
        panel,
        base_years=base_years,
        end_years=end_years,
        comparison=comparison,
        outcome=outcome,
    )
    name = unit_index(panel).name
    names = placebo.cells[name].to_numpy()
    units = list(dict.fromkeys(names))

    def thresholds(members: np.ndarray) -> np.ndarray:
        if 1 / members.sum() > alpha + TOLERANCE:
            return np.full(members.sum(), np.inf)
        return detection_thresholds(
            placebo.statistics[members],
            spill=placebo.spill[np.ix_(members, members)],
            alpha=alpha,
            increase=increase,
        )

    pooled = thresholds(np.ones(len(names), dtype=bool))
    # Reference "units": one set per year. Thresholds cell by cell, in the order of the cells.
    same_year = np.empty(len(names))
    for year in placebo.cells["year"].unique():
        members = (placebo.cells["year"] == year).to_numpy()
        same_year[members] = thresholds(members)
    rows = []
    for unit in [*units, "all units"]:
        own = np.ones(len(names), dtype=bool) if unit == "all units" else names == unit
        standard_error = root_mean_square(placebo.statistics[own])
        references = {"units and years": (len(names), pooled[own])}
        if unit != "all units":
            references = {
                "units": (len(units), same_year[own]),
                "years": (int(own.sum()), thresholds(own)),
            } | references
        for reference, (cells, values) in references.items():
            rows.append(
                {
                    name: unit,
                    "reference": reference,
                    "cells": cells,
                    "smallest_p": 1 / cells,
                    "base_years": base_years,
                    "end_years": end_years,
                    "standard_error": standard_error,
                    "mde": minimum_detectable_effect(values, power=power),
                    "mde_analytic": analytic_mde(standard_error, alpha=alpha, power=power),
                }
            )
    return pd.DataFrame(rows)


def mde_by_years(
    panel: pd.DataFrame, base_lengths: tuple[int, ...], end_lengths: tuple[int, ...], **options
) -> pd.DataFrame:
    """`mde_table` for every combination of base and end lengths: what averaging more years buys, from the
    data.

    `options` are passed to `mde_table`. Returns its rows stacked. Raises ParameterError when no length is
    given and what `mde_table` raises.
    """
    if not base_lengths or not end_lengths:
        raise ParameterError("Give at least one base length and one end length (years).")
    return pd.concat(
        [mde_table(panel, base_years=b, end_years=e, **options) for b, e in product(base_lengths, end_lengths)],
        ignore_index=True,
    )


def mde_by_comparisons(
    panel: pd.DataFrame,
    *,
    base_years: int = 1,
    end_years: int = 1,
    outcome: Outcome = "level",
    alpha: float = 0.05,
    power: float = 0.8,
    draws: int = 100,
    seed: int = 0,
) -> pd.DataFrame:
    """What more comparison units buy, from the data: subsets of the others, for every unit.

    For a unit and a number m, the MDE against its own years (reference "years") is computed for all
    subsets of m comparison units while there are at most `MAXIMUM_SUBSETS`, for `draws` random ones with `seed` above.
    Columns: unit (named as the panel names its columns), `comparisons` (m), `subsets, enumerated, mde_lowest,
    mde_median, mde_highest, standard_error` (median over the subsets), unit of the panel or log points. Minutes for 40
    units x 12 years, as every pair of others is tried for every unit.

    Raises AnalysisError when the panel has too few years for the level (see `detection_thresholds`), and what
    `placebo_statistics` raises.
    """
    _check_levels(alpha, power)
    rng, rows = np.random.default_rng(seed), []
    for unit in panel.columns:
        others = [name for name in panel.columns if name != unit]
        for count in range(1, len(others) + 1):
            found = []
            enumerated = comb(len(others), count) <= MAXIMUM_SUBSETS
            if enumerated:
                subsets = list(combinations(others, count))
            else:
                subsets = [tuple(rng.choice(others, count, replace=False)) for _ in range(draws)]
            for members in subsets:
                placebo = placebo_statistics(
                    panel,
                    base_years=base_years,
                    end_years=end_years,
                    comparison={unit: members},
                    outcome=outcome,
                )
                thresholds = detection_thresholds(placebo.statistics, spill=placebo.spill, alpha=alpha)
                found.append((minimum_detectable_effect(thresholds, power=power), root_mean_square(placebo.statistics)))
            effects, errors = np.array(found).T
            rows.append(
                {
                    unit_index(panel).name: unit,
                    "comparisons": count,
                    "subsets": len(found),
                    "enumerated": enumerated,
                    "mde_lowest": effects.min(),
                    "mde_median": float(np.median(effects)),
                    "mde_highest": effects.max(),
                    "standard_error": float(np.median(errors)),
                }
            )
    return pd.DataFrame(rows)


# --- analytic: variance components and designs not observed --------------------------------------------


def analytic_mde(
    standard_error: float, *, alpha: float = 0.05, power: float = 0.8, degrees_of_freedom: float | None = None
) -> float:
    """(q_{1 - alpha/2} + q_power) x standard error; 2.80 standard errors at 5 % two-sided and 80 %.

    q are quantiles of the normal distribution, or of t with `degrees_of_freedom` (few units: 3.49 at 5).
    Source: Bloom 1995, Evaluation Review 19; Duflo, Glennerster and Kremer 2007, Handbook of Development
    Economics 4. Raises ParameterError for levels outside (0, 1), a negative standard error or no degrees of
    freedom.
    """
    _check_levels(alpha, power)
    if not (np.isfinite(standard_error) and standard_error >= 0):
        raise ParameterError(f"The standard error must be a number, not negative; given: {standard_error}.")
    if degrees_of_freedom is not None and not degrees_of_freedom > 0:
        raise ParameterError(f"t needs positive degrees of freedom; given: {degrees_of_freedom}.")
    law = stats.norm if degrees_of_freedom is None else stats.t(df=degrees_of_freedom)
    return float(law.ppf(1 - alpha / 2) + law.ppf(power)) * standard_error


@dataclass(frozen=True)
class VarianceComponents:
    """Variance of unit-year shocks around unit and year means, and how they persist.

    unit_year_variance
        sigma^2 = sum of squared two-way residuals / [(N - 1)(T - 1)], unit of the panel or log points, squared.
    change_variance
        Variance of the year-to-year change of a shock, year means removed, with (N - 1)(T - 1) degrees of
        freedom.
    autocorrelation
        phi = 1 - change_variance / (2 sigma^2): the first-order value with which the formula for one base and
        one end year gives back the root mean square of the observed placebo comparisons exactly.
    units, years
        N, T.
    """

    unit_year_variance: float
    change_variance: float
    autocorrelation: float
    units: int
    years: int


def variance_components(panel: pd.DataFrame, *, outcome: Outcome = "level") -> VarianceComponents:
    """Unit-year variance and autocorrelation of the shocks left by unit and year means.

    y_it = a_i + d_t + e_it, Var(e) = sigma^2, corr(e_it, e_i,t-1) = phi.

    One variance for all units is a simplification: some move several times as much as others (see `mde_table`
    for each). Slow drifts of a unit against the others count as persistent shocks and raise both sigma^2
    and phi.

    Raises DataError for a bad table and AnalysisError for fewer than 3 units or years or a panel without
    residual.
    """
    check_panel(panel, minimum_units=3)
    values = outcome_values(panel, outcome)
    years, units = values.shape
    if years < 3:
        raise AnalysisError(f"{years} years are too few for variance components; at least 3 are needed.")
    degrees = (units - 1) * (years - 1)
    variance = float((double_demean(values) ** 2).sum()) / degrees
    if variance <= TOLERANCE**2:
        raise AnalysisError("All units move alike, year by year: there is no unit-year variance to plan with.")
    changes = np.diff(values, axis=0)
    change_variance = float(((changes - changes.mean(axis=1, keepdims=True)) ** 2).sum()) / degrees
    return VarianceComponents(variance, change_variance, 1 - change_variance / (2 * variance), units, years)


def contrast_variance(base_years: int, end_years: int, autocorrelation: float) -> float:
    """Variance of (mean of L end years - mean of the B years just before) of a shock of variance 1.

    k'R k with k = (-1/B, ..., 1/L, ...) and R_st = phi^|s - t|; without autocorrelation 1/B + 1/L. Positive
    phi makes averaging worth less, but brings adjacent base and end years closer. Source: McKenzie 2012,
    Journal of Development Economics 99 (more rounds); Burlig, Preonas and Woerman 2020, Journal of
    Development Economics 144 (serial correlation). Raises ParameterError for lengths below 1 or phi outside
    (-1, 1).
    """
    if base_years < 1 or end_years < 1:
        raise ParameterError(f"Base and end need at least one year each; given: {base_years} and {end_years}.")
    if not -1 < autocorrelation < 1:
        raise ParameterError(f"The autocorrelation must lie between -1 and 1; given: {autocorrelation}.")
    contrast = np.concatenate([np.full(base_years, -1 / base_years), np.full(end_years, 1 / end_years)])
    position = np.arange(base_years + end_years)
    return float(contrast @ autocorrelation ** np.abs(position[:, None] - position[None, :]) @ contrast)


def _projection(
    rows: list[dict], variance: list[float], degrees: list[int], alpha: float, power: float
) -> pd.DataFrame:
    """Rows of a grid with their standard error and the two analytic MDEs."""
    errors = np.sqrt(variance)
    return pd.DataFrame(rows).assign(
        standard_error=errors,
        mde_normal=[analytic_mde(error, alpha=alpha, power=power) for error in errors],
        mde_t=[
            analytic_mde(error, alpha=alpha, power=power, degrees_of_freedom=df)
            for error, df in zip(errors, degrees, strict=True)
        ],
    )


def projected_mde_units(
    unit_year_variance: float,
    *,
    units: tuple[int, ...],
    treated_units: tuple[int, ...] = (1,),
    base_years: tuple[int, ...] = (1,),
    end_years: tuple[int, ...] = (1,),
    autocorrelations: tuple[float, ...] = (0.0,),
    alpha: float = 0.05,
    power: float = 0.8,
) -> pd.DataFrame:
    """MDE when whole units are treated, for every combination of the arguments.

    SE^2 = sigma^2 k'R k [1/N_T + 1/(N - N_T)], k'R k from `contrast_variance`. With one treated unit the
    first term stays: however many comparison units, SE^2 remains above sigma^2 k'R k. Values of subunits do not
    help here: a unit's mean is already taken over all its subunits, and they share the unit-year shock.

    Parameters: sigma^2 from `variance_components` (a range of values can be tried by calling again);
    `units` N in all and `treated_units` N_T, treated ones included in N; phi in `autocorrelations`.
    Assumptions, all named: equal variance in all units, shocks independent between units once year means
    are removed, AR(1) in time.

    Returns a tidy frame `units, treated_units, base_years, end_years, autocorrelation, standard_error,
    mde_normal, mde_t` (t with N - 2 degrees of freedom: with few units the honest one of the two). Raises
    ParameterError for impossible values, such as fewer than three units or none left untreated.
    """
    _check_variance(unit_year_variance, "unit_year_variance")
    rows, variance, degrees = [], [], []
    for n, treated, base, end, phi in product(units, treated_units, base_years, end_years, autocorrelations):
        if n < 3 or not 1 <= treated < n:
            raise ParameterError(f"{treated} treated out of {n} units: at least 3 in all and 1 untreated are needed.")
        rows.append(
            {
                "units": n,
                "treated_units": treated,
                "base_years": base,
                "end_years": end,
                "autocorrelation": phi,
            }
        )
        variance.append(unit_year_variance * contrast_variance(base, end, phi) * (1 / treated + 1 / (n - treated)))
        degrees.append(n - 2)
    if not rows:
        raise ParameterError("The grid of designs is empty: give at least one value for every argument.")
    return _projection(rows, variance, degrees, alpha, power)


def subunit_year_variance(unit_year_variance: float, intraclass_correlation: float, subunits_per_unit: float) -> float:
    """Variance sigma_u^2 of subunit-year shocks implied by that of the unit means, given their correlation.

    y_irt = a_ir + d_t + e_it + u_irt with rho = sigma_e^2 / (sigma_e^2 + sigma_u^2). The mean of R0 subunits
    has variance v = sigma_e^2 + sigma_u^2 / R0, hence sigma_u^2 = v (1 - rho) / [rho + (1 - rho) / R0].
    Subunits count equally (no area weights). Without values of subunits rho is an assumption: give a range.

    Raises ParameterError for a variance that is not positive, rho outside [0, 1] or fewer than one subunit.
    """
    _check_variance(unit_year_variance, "unit_year_variance")
    if not 0 <= intraclass_correlation <= 1 or not subunits_per_unit >= 1:
        raise ParameterError(
            f"The intraclass correlation must lie in [0, 1] and a unit has at least one subunit; given: "
            f"{intraclass_correlation} and {subunits_per_unit}."
        )
    own = 1 - intraclass_correlation
    return unit_year_variance * own / (intraclass_correlation + own / subunits_per_unit)


def _check_variance(value: float, name: str) -> None:
    if not (np.isfinite(value) and value > 0):
        raise ParameterError(f"{name} must be a positive number; given: {value}.")


def projected_mde_subunits(
    unit_year_variance: float,
    *,
    subunits: tuple[int, ...],
    intraclass_correlations: tuple[float, ...],
    subunits_per_unit: float,
    treated_share: float = 0.5,
    base_years: tuple[int, ...] = (1,),
    end_years: tuple[int, ...] = (1,),
    autocorrelations: tuple[float, ...] = (0.0,),
    alpha: float = 0.05,
    power: float = 0.8,
) -> pd.DataFrame:
    """MDE when some subunits are treated and compared with untreated subunits *of the same unit*.

    The unit-year shock then falls out: SE^2 = sigma_u^2 k'R k (1/R_T + 1/R_C), sigma_u^2 from
    `subunit_year_variance`, R_T = round(`treated_share` x R) treated and R_C = R - R_T comparison subunits, in
    the same proportion in every unit that takes part. `subunits` R counts them over all those units.

    Parameters: sigma^2 of unit means; `intraclass_correlations` rho, unknown - give a range;
    `subunits_per_unit` R0 behind the unit means; the rest as `projected_mde_units`. Assumptions: subunit
    shocks independent given the unit's, equal variances, the same AR(1), no spill-over from treated to
    neighbouring subunits.

    Returns a tidy frame `subunits, treated_subunits, intraclass_correlation, base_years, end_years,
    autocorrelation, standard_error, mde_normal, mde_t` (t with R - 2 degrees of freedom). Raises
    ParameterError for impossible values.
    """
    if not 0 < treated_share < 1:
        raise ParameterError(f"The treated share must lie between 0 and 1; given: {treated_share}.")
    rows, variance, degrees = [], [], []
    for n, rho, base, end, phi in product(subunits, intraclass_correlations, base_years, end_years, autocorrelations):
        treated = round(treated_share * n)
        if n < 3 or not 1 <= treated < n:
            raise ParameterError(f"{treated} treated out of {n} subunits: 3 in all and 1 untreated are needed.")
        within = subunit_year_variance(unit_year_variance, rho, subunits_per_unit)
        rows.append(
            {
                "subunits": n,
                "treated_subunits": treated,
                "intraclass_correlation": rho,
                "base_years": base,
                "end_years": end,
                "autocorrelation": phi,
            }
        )
        variance.append(within * contrast_variance(base, end, phi) * (1 / treated + 1 / (n - treated)))
        degrees.append(n - 2)
    if not rows:
        raise ParameterError("The grid of designs is empty: give at least one value for every argument.")
    return _projection(rows, variance, degrees, alpha, power)
