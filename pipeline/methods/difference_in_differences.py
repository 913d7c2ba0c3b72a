"""Difference in differences: did one oblast change differently from the others, and what can be inferred?

Input everywhere: `yields`, a wide frame (index: consecutive years, columns: oblasts, values: yield in c/ha).
Outcomes: ``"level"`` (c/ha) or ``"log"`` (natural logarithm; a difference is in log points).

A difference in differences is a comparison of changes. It would be the effect of something that happened only
in the one oblast if all oblasts had otherwise changed alike; nothing in this module can show that they
would have.

The array forms (`comparison_mean`, `did_against_others`) take every oblast as "treated" at once and any
leading dimensions, so that placebo cells and specification curves are computed without a loop.

References
----------
Bertrand, Duflo and Mullainathan (2004), Quarterly Journal of Economics 119(1).
Cameron, Gelbach and Miller (2008), Review of Economics and Statistics 90(3).
MacKinnon and Webb (2017), Journal of Applied Econometrics 32(2); (2018), Econometrics Journal 21(2).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from pipeline.errors import AnalysisError, DataError, ParameterError

Outcome = Literal["level", "log"]

OUTCOME_UNITS: dict[str, str] = {"level": "c/ha", "log": "log points"}
PRINTED_STEP = 0.1
"""Yields are published to 0.1 c/ha, so a printed value may be off by half of that."""
REGIONS: dict[str, tuple[str, ...]] = {
    "south": ("Batken", "Jalal-Abad", "Osh"),
    "north": ("Chui", "Issyk-Kul", "Naryn", "Talas"),
}
"""The usual division of the country by the mountains between them."""

BOOTSTRAP_WEIGHTS: dict[str, np.ndarray] = {
    "rademacher": np.array([-1.0, 1.0]),
    "webb": np.array([-np.sqrt(1.5), -1.0, -np.sqrt(0.5), np.sqrt(0.5), 1.0, np.sqrt(1.5)]),
}
MAXIMUM_ENUMERATION = 2**19
"""Bootstrap draws are enumerated, not sampled, up to this many (7 clusters: 2^7 or 6^7 = 279 936)."""
TOLERANCE = 1e-9


# --- what every function of the module checks at its door ---------------------------------------------------


def check_yields(yields: pd.DataFrame, minimum_oblasts: int = 2) -> None:
    """Refuse a frame that is not years x oblasts of finite numbers with consecutive years.

    Raises
    ------
    DataError
        not a frame, years not whole, missing, repeated or out of order, a repeated oblast, a value missing.
    AnalysisError
        fewer than `minimum_oblasts` oblasts or fewer than two years.
    """
    if not isinstance(yields, pd.DataFrame):
        raise DataError(f"yields must be a frame of years x oblasts, not {type(yields).__name__}.")
    if yields.columns.has_duplicates:
        repeated = sorted(set(yields.columns[yields.columns.duplicated()]))
        raise DataError(f"yields has repeated oblasts {repeated}; give one column for each oblast.")
    if not pd.api.types.is_integer_dtype(yields.index):
        raise DataError("the index of yields must be whole years; set it to the harvest year as int.")
    years = yields.index.to_numpy()
    if len(years) < 2:
        raise AnalysisError(f"yields has {len(years)} year(s); a change needs at least two.")
    if (np.diff(years) != 1).any():
        missing = sorted(set(range(years.min(), years.max() + 1)) - set(years.tolist()))
        raise DataError(
            "years must be consecutive, each once, in rising order"
            + (f"; missing: {missing}." if missing else "; sort them and drop the repeated ones.")
        )
    values = yields.to_numpy()
    if not np.issubdtype(values.dtype, np.number):
        raise DataError("yields holds values that are not numbers; convert them to float in c/ha.")
    if not np.isfinite(values).all():
        rows, columns = np.nonzero(~np.isfinite(values))
        raise DataError(
            f"yields has {len(rows)} missing value(s), the first for {yields.columns[columns[0]]} "
            f"in {years[rows[0]]}; leave out the oblast or the years, nothing is filled in."
        )
    if yields.shape[1] < minimum_oblasts:
        raise AnalysisError(
            f"yields has {yields.shape[1]} oblast(s) ({', '.join(map(str, yields.columns))}); "
            f"this analysis needs at least {minimum_oblasts}."
        )


def check_oblast(yields: pd.DataFrame, oblast: str) -> int:
    """Position of `oblast` among the columns; ParameterError with the known names if it has no column."""
    if oblast not in yields.columns:
        raise ParameterError(f"no yields for oblast {oblast!r}; the panel has {', '.join(map(str, yields.columns))}.")
    return int(yields.columns.get_loc(oblast))


def check_year(yields: pd.DataFrame, year: int, name: str) -> int:
    """Position of `year` in the index; ParameterError with the panel's span if it is outside."""
    if year not in yields.index:
        raise ParameterError(f"{name} {year} is outside the panel, {yields.index[0]}-{yields.index[-1]}.")
    return int(yields.index.get_loc(year))


def check_year_pair(yields: pd.DataFrame, year_before: int, year_after: int) -> int:
    """The distance in years of a pair in the panel; ParameterError if it is outside or not in order."""
    before = check_year(yields, year_before, "year_before")
    after = check_year(yields, year_after, "year_after")
    if after <= before:
        raise ParameterError(f"year_after {year_after} must come after year_before {year_before}.")
    return after - before


def outcome_values(yields: pd.DataFrame, outcome: Outcome) -> np.ndarray:
    """Yields as an array (years x oblasts) in the outcome's unit: c/ha or natural logarithm of c/ha.

    Raises ParameterError for an unknown outcome, AnalysisError where the logarithm of a yield <= 0 is asked
    for.
    """
    if outcome not in OUTCOME_UNITS:
        raise ParameterError(f"outcome must be one of {', '.join(OUTCOME_UNITS)}, not {outcome!r}.")
    values = yields.to_numpy(dtype=float)
    if outcome == "level":
        return values
    if (values <= 0).any():
        raise AnalysisError("a yield of zero or less has no logarithm; use outcome='level'.")
    return np.log(values)


# --- two periods, every oblast at once ----------------------------------------------------------------------


def comparison_mean(changes: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Mean change of the other oblasts, for each oblast taken as the treated one.

    Parameters
    ----------
    changes : (..., n oblasts), any unit.
    weights : (n oblasts,), not negative; the weight of an oblast as a comparison. None: all 1 (simple mean).
        A zero leaves an oblast out as a comparison; it is still compared itself.

    Returns
    -------
    (..., n oblasts): for oblast j, sum_{i != j} w_i change_i / sum_{i != j} w_i.

    Raises
    ------
    ParameterError : weights of another length or negative.
    AnalysisError : an oblast has no comparison left; changes that are not finite.
    """
    changes = np.asarray(changes, dtype=float)
    if changes.ndim == 0 or not np.isfinite(changes).all():
        raise AnalysisError("changes must be finite numbers, the last axis running over oblasts.")
    n = changes.shape[-1]
    weights = np.ones(n) if weights is None else np.asarray(weights, dtype=float)
    if weights.shape != (n,) or not np.isfinite(weights).all() or (weights < 0).any():
        raise ParameterError(f"weights must be {n} numbers >= 0, one for each oblast; got {weights.tolist()}.")
    others = np.where(np.eye(n, dtype=bool), 0.0, weights)
    totals = others.sum(axis=1)
    if (totals <= 0).any():
        raise AnalysisError(
            f"oblast(s) at position {np.flatnonzero(totals <= 0).tolist()} have nothing to be compared with; "
            "give at least two oblasts a weight above zero."
        )
    return changes @ (others / totals[:, None]).T


def did_against_others(changes: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Difference in differences of every oblast against the (weighted) mean of the others, at once.

    ``did_j = change_j - sum_{i != j} w_i change_i / sum_{i != j} w_i``. `changes` has shape (..., n
    oblasts) and may be the difference of any two periods (years, or means of years). Shapes, weights and
    errors as `comparison_mean`.
    """
    changes = np.asarray(changes, dtype=float)
    return changes - comparison_mean(changes, weights)


def change_bounds(
    before: np.ndarray, after: np.ndarray, outcome: Outcome, printed_step: float = PRINTED_STEP
) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest change that the printed yields (c/ha, rounded to `printed_step`) allow; same shape
    as given.

    A printed y stands for [y - step/2, y + step/2]. The bounds are exact, in c/ha or log points.
    """
    half = printed_step / 2
    if outcome == "level":
        return after - before - printed_step, after - before + printed_step
    if (np.minimum(before, after) <= half).any():
        raise AnalysisError(f"a yield of {half} c/ha or less may stand for zero, which has no logarithm.")
    return np.log((after - half) / (before + half)), np.log((after + half) / (before - half))


@dataclass(frozen=True)
class DifferenceInDifferences:
    """One two-period comparison. Changes, estimate and bounds are in `unit`.

    `low` and `high` bound the estimate by rounding of the printed yields alone; they are no confidence
    interval.
    """

    oblast: str
    comparison: tuple[str, ...]
    year_before: int
    year_after: int
    unit: str
    change_oblast: float
    change_comparison: float
    estimate: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half of the width that rounding allows, in `unit`."""
        return (self.high - self.low) / 2

    @property
    def sign_certain(self) -> bool:
        """Whether rounding alone could not turn the sign."""
        return self.low > 0 or self.high < 0


def did(
    yields: pd.DataFrame,
    oblast: str,
    year_before: int,
    year_after: int,
    comparison: Sequence[str] | None = None,
    outcome: Outcome = "level",
    printed_step: float = PRINTED_STEP,
) -> DifferenceInDifferences:
    """Change of one oblast between two years less the simple mean change of the comparison oblasts.

    Parameters
    ----------
    yields : years x oblasts, c/ha.
    comparison : names; None for all others. One oblast is allowed and gives the pairwise comparison.

    Raises
    ------
    ParameterError : unknown oblast, pair outside the panel or out of order, the oblast among its own
        comparison.
    AnalysisError : no comparison oblast.
    DataError : see `check_yields`.
    """
    check_yields(yields)
    column = check_oblast(yields, oblast)
    check_year_pair(yields, year_before, year_after)
    names = tuple(yields.columns.drop(oblast)) if comparison is None else tuple(comparison)
    if not names:
        raise AnalysisError(f"no oblast to compare {oblast} with; name at least one other oblast.")
    if oblast in names or len(set(names)) < len(names):
        raise ParameterError(f"the comparison {names} must name other oblasts than {oblast}, each once.")
    others = [check_oblast(yields, name) for name in names]
    values = outcome_values(yields.loc[[year_before, year_after]], outcome)
    change = values[1] - values[0]
    printed = yields.loc[[year_before, year_after]].to_numpy(dtype=float)
    low, high = change_bounds(printed[0], printed[1], outcome, printed_step)
    return DifferenceInDifferences(
        oblast=oblast,
        comparison=names,
        year_before=year_before,
        year_after=year_after,
        unit=OUTCOME_UNITS[outcome],
        change_oblast=float(change[column]),
        change_comparison=float(change[others].mean()),
        estimate=float(change[column] - change[others].mean()),
        low=float(low[column] - high[others].mean()),
        high=float(high[column] - low[others].mean()),
    )


def comparison_table(
    yields: pd.DataFrame,
    oblast: str,
    year_before: int,
    year_after: int,
    groups: Mapping[str, Sequence[str]] | None = None,
    outcome: Outcome = "level",
) -> pd.DataFrame:
    """The same two-year comparison against every choice of neighbours.

    Rows (column `kind`): "all others"; "group" for each named group, less the oblast itself; "leaving one
    out"; "one oblast". Columns: kind, comparison (label), members, change_oblast, change_comparison,
    estimate, low, high, half_width, sign_certain, unit. Units as `did`.

    Raises as `did`; AnalysisError with fewer than two other oblasts (leaving one out leaves none) or when a
    group holds no oblast but the one compared.
    """
    check_yields(yields, minimum_oblasts=3)
    check_oblast(yields, oblast)
    others = tuple(yields.columns.drop(oblast))
    choices = [("all others", "all others", others)]
    for label, members in (groups or {}).items():
        rest = tuple(name for name in members if name != oblast)
        if not rest:
            raise AnalysisError(f"group {label!r} holds no oblast besides {oblast}; leave it out of the groups.")
        choices.append(("group", label, rest))
    choices += [("leaving one out", f"without {gone}", tuple(n for n in others if n != gone)) for gone in others]
    choices += [("one oblast", name, (name,)) for name in others]
    rows = []
    for kind, label, members in choices:
        result = did(yields, oblast, year_before, year_after, members, outcome)
        rows.append(
            {
                "kind": kind,
                "comparison": label,
                "members": ", ".join(members),
                "change_oblast": result.change_oblast,
                "change_comparison": result.change_comparison,
                "estimate": result.estimate,
                "low": result.low,
                "high": result.high,
                "half_width": result.half_width,
                "sign_certain": result.sign_certain,
                "unit": result.unit,
            }
        )
    return pd.DataFrame(rows)


def placebo_did(
    yields: pd.DataFrame, gap: int = 1, outcome: Outcome = "level", weights: np.ndarray | None = None
) -> pd.DataFrame:
    """Difference in differences of every oblast against the others, for every pair of years `gap` apart.

    Returns a frame (index: the later year; columns: oblasts) in c/ha or log points; with 35 years, 7
    oblasts and gap 1 it has 34 x 7 cells. In each row of simple means the cells sum to zero: they are not
    independent. To leave an oblast out everywhere, drop its column first; `weights` only leaves it out as a
    comparison. Pairs overlap when gap > 1.

    Raises ParameterError for a gap that does not fit in the panel; otherwise as `comparison_mean`,
    `check_yields`.
    """
    check_yields(yields)
    _check_gap(yields, gap)
    values = outcome_values(yields, outcome)
    cells = did_against_others(values[gap:] - values[:-gap], weights)
    return pd.DataFrame(cells, index=yields.index[gap:], columns=yields.columns)


def placebo_did_bounds(
    yields: pd.DataFrame, gap: int = 1, outcome: Outcome = "level", printed_step: float = PRINTED_STEP
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Lowest and highest value of every cell of `placebo_did` (simple means) that rounding of the yields
    allows."""
    check_yields(yields)
    _check_gap(yields, gap)
    outcome_values(yields, outcome)
    values = yields.to_numpy(dtype=float)
    low, high = change_bounds(values[:-gap], values[gap:], outcome, printed_step)
    index, columns = yields.index[gap:], yields.columns
    return (
        pd.DataFrame(low - comparison_mean(high), index=index, columns=columns),
        pd.DataFrame(high - comparison_mean(low), index=index, columns=columns),
    )


def _check_gap(yields: pd.DataFrame, gap: int) -> None:
    if not isinstance(gap, int | np.integer) or not 1 <= gap < len(yields):
        raise ParameterError(f"gap must be a whole number of years from 1 to {len(yields) - 1}, not {gap!r}.")


# --- two-way fixed effects on the long panel ----------------------------------------------------------------


def double_demean(values: np.ndarray) -> np.ndarray:
    """Values (years x oblasts) less oblast means and year means, plus the overall mean: the within
    transformation of a balanced two-way panel (Frisch-Waugh-Lovell)."""
    return values - values.mean(axis=0) - values.mean(axis=1, keepdims=True) + values.mean()


@dataclass(frozen=True)
class TwoWayFixedEffects:
    """Result of `two_way_fixed_effects`; estimate, standard error and interval in `unit`."""

    oblast: str
    end_years: tuple[int, ...]
    base_years: tuple[int, int]
    unit: str
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


@dataclass(frozen=True)
class _Panel:
    """Demeaned panel of one regression: shapes (years x oblasts)."""

    outcome: np.ndarray
    treatment: np.ndarray
    base_years: tuple[int, int]
    end_years: tuple[int, ...]
    cluster_factor: float
    observations: int

    @property
    def sum_of_squares(self) -> float:
        return float((self.treatment**2).sum())

    @property
    def estimate(self) -> float:
        return float((self.treatment * self.outcome).sum() / self.sum_of_squares)


def _panel(
    yields: pd.DataFrame, oblast: str, end_years: Sequence[int], start_year: int | None, outcome: Outcome
) -> _Panel:
    check_yields(yields, minimum_oblasts=3)
    column = check_oblast(yields, oblast)
    ends = tuple(end_years)
    if not ends or any(later - earlier != 1 for earlier, later in pairwise(ends)):
        raise ParameterError(f"end_years must be one year or consecutive years in rising order, not {list(ends)}.")
    for year in ends:
        check_year(yields, year, "end year")
    start = int(yields.index[0]) if start_year is None else start_year
    check_year(yields, start, "start_year")
    if start >= ends[0]:
        raise ParameterError(f"start_year {start} must come before the first end year {ends[0]}.")
    used = yields.loc[start : ends[-1]]
    n_years, n_oblasts = used.shape
    treatment = np.zeros((n_years, n_oblasts))
    treatment[n_years - len(ends) :, column] = 1.0
    observations = n_years * n_oblasts
    # Oblast effects are nested in the clusters and do not count; the year effects and the coefficient do.
    parameters = n_years + 1
    return _Panel(
        outcome=double_demean(outcome_values(used, outcome)),
        treatment=double_demean(treatment),
        base_years=(start, ends[0] - 1),
        end_years=ends,
        cluster_factor=_cluster_factor(n_oblasts, observations, parameters),
        observations=observations,
    )


def _cluster_factor(clusters: int, observations: int, parameters: int) -> float:
    if observations <= parameters:
        raise AnalysisError(f"{observations} observations cannot carry {parameters} parameters; add years.")
    return clusters / (clusters - 1) * (observations - 1) / (observations - parameters)


def two_way_fixed_effects(
    yields: pd.DataFrame,
    oblast: str,
    end_years: Sequence[int],
    start_year: int | None = None,
    outcome: Outcome = "level",
    level: float = 0.95,
) -> TwoWayFixedEffects:
    """Two-way fixed effects, ``y_it = a_i + g_t + b D_it + e_it``, D = 1 for one oblast in the end year(s).

    The panel runs from `start_year` (default: the first) to the last end year; later years are left out.
    With one treated oblast b equals (its mean over the end years less its mean over the base years) less
    the same for the simple mean of the others; with two years it is the two-period difference in
    differences.

    The standard error is clustered by oblast (CR1): ``V = c sum_g s_g^2 / (sum D~^2)^2``, ``s_g = sum_t
    D~_gt e_gt``, ``c = G/(G-1) (N-1)/(N-K)``, K = years + 1 (oblast effects are nested in the clusters), t
    with G - 1 degrees of freedom. **It is not to be trusted here**: with one treated oblast the coefficient
    makes the residuals of the treated cells sum to zero, hence `score_of_treated_cluster` = 0 by algebra,
    and the variance holds no trace of the oblast whose change is estimated (MacKinnon and Webb 2017). It is
    reported so that the reader sees what the usual practice would print.

    Raises
    ------
    ParameterError : unknown oblast, years outside the panel, end years not consecutive.
    AnalysisError : fewer than three oblasts; no variation left for a standard error.
    """
    if not 0 < level < 1:
        raise ParameterError(f"level must lie between 0 and 1, not {level}.")
    panel = _panel(yields, oblast, end_years, start_year, outcome)
    clusters = yields.shape[1]
    residual = panel.outcome - panel.estimate * panel.treatment
    scores = (panel.treatment * residual).sum(axis=0)
    standard_error = float(np.sqrt(panel.cluster_factor * (scores**2).sum()) / panel.sum_of_squares)
    if standard_error <= TOLERANCE:
        raise AnalysisError("the other oblasts' changes do not differ at all; no standard error can be formed.")
    df = clusters - 1
    t = panel.estimate / standard_error
    margin = float(stats.t.ppf((1 + level) / 2, df)) * standard_error
    return TwoWayFixedEffects(
        oblast=oblast,
        end_years=panel.end_years,
        base_years=panel.base_years,
        unit=OUTCOME_UNITS[outcome],
        estimate=panel.estimate,
        standard_error=standard_error,
        t_statistic=t,
        degrees_of_freedom=df,
        p_value=float(2 * stats.t.sf(abs(t), df)),
        low=panel.estimate - margin,
        high=panel.estimate + margin,
        level=level,
        observations=panel.observations,
        clusters=clusters,
        score_of_treated_cluster=float(scores[check_oblast(yields, oblast)]),
    )


@dataclass(frozen=True)
class WildClusterBootstrap:
    """Result of `wild_cluster_bootstrap`. `enumerated`: every vector of weights was used, the p-value has no
    simulation error. `smallest_p`: what the p-value could be at best with these weights (0: nothing bounds
    it, as no unrestricted draw has to return the observed statistic)."""

    oblast: str
    weights: str
    null_imposed: bool
    t_statistic: float
    p_value: float
    draws: int
    enumerated: bool
    smallest_p: float


def wild_cluster_bootstrap(
    yields: pd.DataFrame,
    oblast: str,
    end_years: Sequence[int],
    start_year: int | None = None,
    outcome: Outcome = "level",
    weights: Literal["rademacher", "webb"] = "rademacher",
    null_imposed: bool = True,
    draws: int = 99_999,
    seed: int = 0,
) -> WildClusterBootstrap:
    """Wild cluster bootstrap-t of b = 0 in the regression of `two_way_fixed_effects` (Cameron et al. 2008).

    Residuals of each oblast are multiplied by one weight v_g. With `null_imposed` (WCR) residuals and fit
    are those under b = 0, t* = b*/se*; without (WCU) they are the unrestricted ones, t* = (b* - b)/se*. The
    p-value is the share of |t*| >= |t|. Rademacher weights (+-1) or the six points of Webb (2014); all 2^G
    or 6^G vectors are enumerated while they number at most `MAXIMUM_ENUMERATION` (seven oblasts: always),
    else `draws` are sampled with `seed` and the observed statistic is counted in.

    What one treated cluster does to it (MacKinnon and Webb 2017, 2018): unrestricted, the treated oblast has
    no residual left to be multiplied, b* and se* come from the others alone, |t*| is too small and the test
    rejects far too often. Restricted, the treated oblast's own residual drives both b and b*, so |t*| tends
    to be large when |t| is, and the test hardly ever rejects but for a change many times the noise. In 2 000
    simulated panels of this shape (34 years, 7 oblasts, the last year of one, independent normal noise, no
    effect) a test at 5 % rejected in 36 % by clustered t, 34 % unrestricted and 0.4 % restricted; a change of
    two standard deviations was found by the restricted test in 3 %. A small unrestricted or a large
    restricted p-value is therefore no evidence, and a gap between the two is the mark of the failure. With
    Rademacher weights v and -v give the same |t*| in the restricted case, so p is never below 2 / 2^G (7
    clusters: 0.016).

    Everything is linear in v, so a draw costs G x G products: b* = a'v and the cluster scores are B v.

    Raises ParameterError for unknown weights or draws < 1; otherwise as `two_way_fixed_effects`.
    """
    if weights not in BOOTSTRAP_WEIGHTS:
        raise ParameterError(f"weights must be one of {', '.join(BOOTSTRAP_WEIGHTS)}, not {weights!r}.")
    if draws < 1:
        raise ParameterError(f"draws must be at least 1, not {draws}.")
    panel = _panel(yields, oblast, end_years, start_year, outcome)
    observed = two_way_fixed_effects(yields, oblast, end_years, start_year, outcome)
    clusters = yields.shape[1]
    treatment = panel.treatment
    residual = panel.outcome if null_imposed else panel.outcome - panel.estimate * treatment

    coefficient = (treatment * residual).sum(axis=0) / panel.sum_of_squares
    cross = treatment.T @ residual  # cross[h, g] = sum_t D~_ht e_gt
    scores = np.diag(np.diag(cross)) - cross / clusters - np.outer((treatment**2).sum(axis=0), coefficient)

    points = BOOTSTRAP_WEIGHTS[weights]
    enumerated = len(points) ** clusters <= MAXIMUM_ENUMERATION
    if enumerated:
        vectors = np.stack(np.meshgrid(*[points] * clusters), axis=-1).reshape(-1, clusters)
    else:
        vectors = np.random.default_rng(seed).choice(points, size=(draws, clusters))
    numerator = vectors @ coefficient
    error = np.sqrt(panel.cluster_factor * ((vectors @ scores.T) ** 2).sum(axis=1)) / panel.sum_of_squares
    # A draw without any variance is as extreme as can be, unless its coefficient is zero as well.
    t_star = np.full(len(vectors), np.inf)
    np.divide(np.abs(numerator), error, out=t_star, where=error > TOLERANCE)
    t_star[(error <= TOLERANCE) & (np.abs(numerator) <= TOLERANCE)] = 0.0
    threshold = abs(observed.t_statistic)
    extreme = int((t_star >= threshold - TOLERANCE * max(1.0, threshold)).sum())
    if not enumerated:
        extreme, total = extreme + 1, len(vectors) + 1
    else:
        total = len(vectors)
    # The restricted enumeration holds v = 1 and v = -1, which both return the observed |t|.
    at_least = (2 if null_imposed else 0) if enumerated else 1
    return WildClusterBootstrap(
        oblast=oblast,
        weights=weights,
        null_imposed=null_imposed,
        t_statistic=observed.t_statistic,
        p_value=extreme / total,
        draws=len(vectors),
        enumerated=enumerated,
        smallest_p=at_least / total,
    )


def event_study(
    yields: pd.DataFrame, oblast: str, base_year: int, outcome: Outcome = "level", level: float = 0.95
) -> pd.DataFrame:
    """Gap between one oblast and the mean of the others in every year, relative to a base year.

    ``y_it = a_i + g_t + sum_{s != base} b_s 1[i = oblast] 1[t = s] + e_it``; with one treated oblast
    ``b_s = did(base -> s)`` exactly. Index: year. Columns: coefficient, standard_error, low, high
    (clustered by oblast, CR1, t with G - 1 degrees of freedom), others_lowest, others_highest (range of the
    coefficients of the other oblasts, each taken as treated). Units: c/ha or log points. In the base year
    coefficient and error are 0.

    The model fits the treated oblast perfectly, so the standard errors hold only the spread of the others
    (see `two_way_fixed_effects`); the range of the others is the honest yardstick. No joint F test of the
    coefficients before the base year is given: the clustered covariance has rank at most G - 2, below their
    number. `parallel_trends.pre_trends` looks at them together.

    Raises ParameterError (unknown oblast or base year, level), AnalysisError (fewer than three oblasts),
    DataError.
    """
    check_yields(yields, minimum_oblasts=3)
    column = check_oblast(yields, oblast)
    base = check_year(yields, base_year, "base_year")
    if not 0 < level < 1:
        raise ParameterError(f"level must lie between 0 and 1, not {level}.")
    n_years, n_oblasts = yields.shape
    values = outcome_values(yields, outcome)
    changes = values - values[base]
    coefficients = did_against_others(changes)
    others = np.delete(changes, column, axis=1)
    squares = ((others - others.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    factor = _cluster_factor(n_oblasts, n_years * n_oblasts, 2 * n_years - 1)
    errors = np.sqrt(factor * squares) / (n_oblasts - 1)
    margin = stats.t.ppf((1 + level) / 2, n_oblasts - 1) * errors
    placebo = np.delete(coefficients, column, axis=1)
    return pd.DataFrame(
        {
            "coefficient": coefficients[:, column],
            "standard_error": errors,
            "low": coefficients[:, column] - margin,
            "high": coefficients[:, column] + margin,
            "others_lowest": placebo.min(axis=1),
            "others_highest": placebo.max(axis=1),
        },
        index=yields.index,
    )
