"""How often is each test wrong, how often does each interval hold the truth, what does each see? On made panels.

Run from the project's root:  python -m benchmarks.size_and_power
It writes benchmarks/size_and_power.csv, which the page on methods shows; a few minutes on two cores.

A made panel has the oblasts and years of the wheat panel. The yearly change of oblast i is b_i c_t + u_it, c the common
movement, u its own; both are sums of a lasting step and a passing departure (a local level), which gives the negative
autocorrelation of the real changes. Yields are printed to 0.1 c/ha. Variances are taken from the real panel by moments
(`calibrate`), read in three ways:

* one for one: b_i = 1; whatever an oblast does beside the mean of the others is its own noise,
* alike: the same, with one variance for all,
* own responses: one factor with unequal b_i, fitted to the covariances of the changes.

The designs say what happens in them; everything else is without any effect. The oblast, the years and the choices of
the specification curve are those of the study.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from pipeline.data.panel import load_panel, yields_by_oblast
from pipeline.methods.difference_in_differences import did, treatment
from pipeline.methods.forecasting import local_level_forecast
from pipeline.methods.own_response import own_response
from pipeline.methods.parallel_trends import sensitivity
from pipeline.methods.randomisation import randomisation_test
from pipeline.methods.synthetic_control import placebo_in_space, placebo_in_time
from pipeline.methods.wild_bootstrap import wild_cluster_bootstrap
from pipeline.studies.specification_curve.analysis import estimate_specifications, joint_inference

TABLE = Path(__file__).with_suffix(".csv")
SEED = 20240731
PANELS = 500
CURVE_PANELS = 200
"""The specification curve takes ten times as long as everything else together."""

OBLAST, BEFORE, AFTER = "Jalal-Abad", 2023, 2024
EFFECT = 5.0
"""c/ha from the end year on: about the rise of the others between the two years."""
COMMON_RISE = 5.27
"""c/ha, mean of the others: their change between the two years."""
COLLAPSE = ("Chui", -16.3)
"""c/ha in the end year: what that oblast lost between 2024 and 2025."""
DRIFT = 0.2
"""c/ha a year, of the oblast alone."""
LEVEL = 0.05
LOWEST = 5.0
"""c/ha: a path that would fall below it is raised as a whole, which leaves its changes as they are."""


@dataclass(frozen=True)
class Moments:
    """Of yearly changes: responses b (oblasts,), variance of the common movement and of each oblast's own part, and the
    first autocorrelation of either, between -1/2 (all passing) and 0 (all lasting)."""

    response: np.ndarray
    common: float
    own: np.ndarray
    common_correlation: float
    own_correlation: float


@dataclass(frozen=True)
class Design:
    """What happens in a made panel beside the movements of its `moments`."""

    moments: str  # "alike", "one for one" or "own responses"
    effect: float = 0.0
    common_rise: float | None = None
    drift: float = 0.0
    collapse: bool = False


DESIGNS = {
    "oblasts alike": Design("alike"),
    "no effect": Design("one for one"),
    "drifting trend": Design("one for one", drift=DRIFT),
    "neighbour collapses": Design("one for one", collapse=True),
    "effect": Design("one for one", effect=EFFECT),
    "own responses": Design("own responses"),
    "own responses, common rise": Design("own responses", common_rise=COMMON_RISE),
    "own responses, effect": Design("own responses", effect=EFFECT),
}


def calibrate(yields: pd.DataFrame) -> dict[str, Moments]:
    """Moments of the real panel's yearly changes, in three readings (see the module)."""
    changes = yields.diff().dropna()
    changes = (changes - changes.mean()).to_numpy()
    n = changes.shape[1]
    gaps = changes - (changes.sum(axis=1, keepdims=True) - changes) / (n - 1)
    # The gap of i holds its own part and a (n-1)th of the others': var(gap_i) = v_i + sum_{j != i} v_j / (n-1)^2.
    mixing = np.full((n, n), 1 / (n - 1) ** 2)
    np.fill_diagonal(mixing, 1)
    own = np.linalg.solve(mixing, gaps.var(axis=0, ddof=1))
    mean = changes.mean(axis=1)
    common = mean.var(ddof=1) - own.sum() / n**2
    own_correlation = _autocorrelation(gaps)
    common_correlation = _autocorrelation(mean[:, None])
    covariance = np.cov(changes, rowvar=False)
    response = _one_factor(covariance)
    unequal = np.maximum(np.diag(covariance) - response**2, 0.1 * np.diag(covariance))
    ones = np.ones(n)
    return {
        "alike": Moments(ones, common, np.full(n, own.mean()), common_correlation, own_correlation),
        "one for one": Moments(ones, common, own, common_correlation, own_correlation),
        "own responses": Moments(response, 1.0, unequal, common_correlation, own_correlation),
    }


def _autocorrelation(changes: np.ndarray) -> float:
    """Mean over the series (columns), each counting alike, so that the wildest oblast does not speak for all."""
    first = (changes[1:] * changes[:-1]).sum(axis=0) / (changes**2).sum(axis=0)
    return float(np.clip(first.mean(), -0.5, 0.0))


def _one_factor(covariance: np.ndarray) -> np.ndarray:
    """b that fits the covariances off the diagonal by b_i b_j in least squares."""
    n = len(covariance)
    b = np.full(n, np.sqrt(covariance[~np.eye(n, dtype=bool)].mean()))
    for _ in range(2000):
        new = np.array([(covariance[i] @ b - covariance[i, i] * b[i]) / (b @ b - b[i] ** 2) for i in range(n)])
        b = (b + new) / 2
    return b


def _movement(rng: np.random.Generator, years: int, variance: np.ndarray, correlation: float) -> np.ndarray:
    """Paths (years x series) whose changes have a variance and a first autocorrelation: a local level."""
    variance = np.atleast_1d(variance)
    passing = -correlation * variance
    lasting = variance - 2 * passing
    steps = rng.standard_normal((years, len(variance))) * np.sqrt(np.maximum(lasting, 0))
    steps[0] = 0
    return steps.cumsum(axis=0) + rng.standard_normal((years, len(variance))) * np.sqrt(passing)


def made_panel(rng: np.random.Generator, like: pd.DataFrame, design: Design, moments: Moments) -> pd.DataFrame:
    """One panel of a design, years x oblasts, c/ha, printed to one decimal."""
    years, column = len(like), like.columns.get_loc(OBLAST)
    end = like.index.get_loc(AFTER)
    common = _movement(rng, years, moments.common, moments.common_correlation)[:, 0]
    if design.common_rise is not None:
        others = np.delete(moments.response, column).mean()
        common[end:] += design.common_rise / others - (common[end] - common[end - 1])
    values = like.mean().to_numpy() + common[:, None] * moments.response
    values = values + _movement(rng, years, moments.own, moments.own_correlation)
    values[:, column] += design.drift * np.arange(years)
    values[end:, column] += design.effect
    if design.collapse:
        values[end, like.columns.get_loc(COLLAPSE[0])] += COLLAPSE[1]
    values = values + np.maximum(LOWEST - values.min(axis=0), 0)
    return pd.DataFrame(values.round(1), index=like.index, columns=like.columns)


# Each function gives what one panel says: 1 or 0 for a test that rejects or an interval that covers, else a value.


def quick(panel: pd.DataFrame, effect: float) -> dict[tuple[str, str], float]:
    """Everything but the specification curve."""
    found: dict[tuple[str, str], float] = {}
    for over in ("years", "units and years"):
        p_value = randomisation_test(panel, OBLAST, BEFORE, AFTER, over).p_two_sided
        found[f"placebo over {over}", "rejects"] = p_value <= LEVEL
    regressor = treatment(panel, OBLAST, [AFTER])
    restricted = wild_cluster_bootstrap(panel, regressor)
    unrestricted = wild_cluster_bootstrap(panel, regressor, null_imposed=False)
    clusters = panel.shape[1]
    found["clustered t", "rejects"] = 2 * stats.t.sf(abs(restricted.t_statistic), clusters - 1) <= LEVEL
    found["wild bootstrap, unrestricted", "rejects"] = unrestricted.p_value <= LEVEL
    found["wild bootstrap, restricted", "rejects"] = restricted.p_value <= LEVEL
    space = placebo_in_space(panel, BEFORE, [AFTER])["p_value"][OBLAST]
    found["synthetic control in space", "rejects"] = space <= 1 / clusters + 1e-9
    time = placebo_in_time(panel, OBLAST, BEFORE)["p_value"]
    found["synthetic control in time", "rejects"] = time[AFTER] <= 1 / len(time) + 1e-9
    own = own_response(panel, OBLAST, BEFORE, AFTER)
    found["own response", "rejects"] = own.p_value <= LEVEL
    found["own response", "covers"] = own.low <= effect <= own.high
    found["own response", "bias"] = own.difference - effect
    found["slope is one", "rejects"] = own.p_slope_is_one <= LEVEL
    found["slope", "mean"] = own.slope
    found["slope, corrected", "mean"] = np.nan if own.slope_corrected is None else own.slope_corrected
    plain = sensitivity(panel, OBLAST, BEFORE, AFTER, mbar=(0.0, 1.0))
    for name, bound in zip(("parallel trends", "trends as far apart as ever"), plain.result.bounds, strict=True):
        found[name, "covers"] = bound.ci_low <= effect <= bound.ci_high
        found[name, "rejects"] = not bound.ci_low <= 0 <= bound.ci_high
    found["difference in differences", "bias"] = did(panel, OBLAST, BEFORE, AFTER).estimate - effect
    series = panel[OBLAST]
    forecast = local_level_forecast(series.loc[:BEFORE])
    found["local level forecast", "covers"] = forecast.lower <= series[AFTER] - effect <= forecast.upper
    found["local level forecast", "rejects"] = not forecast.lower <= series[AFTER] <= forecast.upper
    return found


def curve(panel: pd.DataFrame) -> dict[tuple[str, str], float]:
    """The specification curve: its joint test by the median, and how one-sided its estimates are."""
    cube = estimate_specifications(panel, BEFORE, AFTER)
    joint = joint_inference(cube, OBLAST).set_index(["reference", "statistic"])
    found = {
        (f"specification curve over {reference}", "rejects"): joint.loc[(reference, "median_standardised"), "p_value"]
        <= LEVEL
        for reference in ("years", "oblasts and years")
    }
    share = joint.loc[("years", "share_positive"), "observed"]
    for bound in (0.8, 0.9):
        found[f"{bound:.0%} of the specifications on one side", "happens"] = max(share, 1 - share) >= bound
    return found


def attainable(panel: pd.DataFrame) -> dict[str, float]:
    """The level that a test really has: what its steps leave of 5 %, or the first step where that is larger."""
    cells, units = len(panel) - (AFTER - BEFORE), panel.shape[1]
    space, time = 1 / units, 1 / len(placebo_in_time(panel, OBLAST, BEFORE))
    shifts = len(estimate_specifications(panel, BEFORE, AFTER).shifts)

    def step(number: int) -> float:
        return max(np.floor(LEVEL * number), 1) / number

    return {
        "placebo over years": step(cells),
        "placebo over units and years": step(cells * units),
        "synthetic control in space": space,
        "synthetic control in time": time,
        "specification curve over years": step(shifts),
        "specification curve over oblasts and years": step(shifts * units),
    }


@cache
def _given() -> tuple[pd.DataFrame, dict[str, Moments]]:
    """The real panel and its moments, once for each process."""
    yields = yields_by_oblast(load_panel(), "wheat")
    return yields, calibrate(yields)


def one_panel(task: tuple[str, int]) -> tuple[str, dict[tuple[str, str], float]]:
    """One panel of a design: its own stream of random numbers, so that any order of work gives the same table."""
    name, number = task
    yields, moments = _given()
    design = DESIGNS[name]
    rng = np.random.default_rng([SEED, list(DESIGNS).index(name), number])
    panel = made_panel(rng, yields, design, moments[design.moments])
    found = quick(panel, design.effect)
    return name, found | (curve(panel) if number < CURVE_PANELS else {})


def study() -> pd.DataFrame:
    """The table: a row for each design, method and measure."""
    tasks = [(name, number) for name in DESIGNS for number in range(PANELS)]
    found: dict[str, list[dict]] = {name: [] for name in DESIGNS}
    with ProcessPoolExecutor() as pool:
        for done, (name, values) in enumerate(pool.map(one_panel, tasks, chunksize=20), 1):
            found[name].append(values)
            if done % 200 == 0:
                print(f"\r{done:,} of {len(tasks):,} panels", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    levels = attainable(_given()[0])
    tables = [_summary(name, pd.DataFrame(rows), levels) for name, rows in found.items()]
    return pd.concat(tables, ignore_index=True)


def _summary(design: str, rows: pd.DataFrame, levels: dict[str, float]) -> pd.DataFrame:
    table = []
    for method, measure in rows.columns:
        values = rows[method, measure].dropna().astype(float)
        rate = measure in ("rejects", "covers", "happens")
        spread = np.sqrt(values.mean() * (1 - values.mean())) if rate else values.std()
        entry = {"design": design, "method": method, "measure": measure, "panels": len(values)}
        level = {"rejects": levels.get(method, LEVEL), "covers": 1 - LEVEL}.get(measure)
        entry |= {"nominal": level, "value": values.mean(), "standard_error": spread / np.sqrt(len(values))}
        table.append(entry)
        if measure == "mean":
            table.append(entry | {"measure": "5 % point", "value": values.quantile(0.05), "standard_error": None})
    return pd.DataFrame(table).round({"nominal": 4, "value": 4, "standard_error": 4})


def main() -> None:
    """Run the study and write its table."""
    table = study()
    table.to_csv(TABLE, index=False, lineterminator="\n")
    shown = table[table["measure"] != "covers"].pivot_table(
        index=["method", "measure"], columns="design", values="value", sort=False
    )
    print(shown.round(3).to_string())


if __name__ == "__main__":
    main()
