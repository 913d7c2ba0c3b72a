"""Could it be the technology? Exposure of the oblasts against the change of their yields.

Three questions, none of which can show an effect of technology with the data at hand:

* *Association.* Do oblasts with more of an indicator show a larger change of yield? Seven oblasts and one
  date per indicator: an association is a description, and its p-value comes from all orderings of the
  oblasts.
* *Panel.* Does yield move with the conveyance loss of irrigation water, oblast and year effects removed?
  Seven clusters: cluster-robust, jackknife, bootstrap and permutation inference stand side by side.
* *Ceiling.* What share of the wheat area must a technology cover, with what gain per hectare, to account for
  a change of the mean yield? Arithmetic, without any inference.

Input convention: `yields` is wide, index = year, columns = oblast, values in c/ha.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement, permutations, product
from math import factorial, sqrt
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from pipeline.errors import AnalysisError, ParameterError
from pipeline.methods.difference_in_differences import (
    BOOTSTRAP_WEIGHTS,
    MAXIMUM_ENUMERATION,
    PRINTED_STEP,
    TOLERANCE,
    Outcome,
    check_year_pair,
    check_yields,
    double_demean,
    outcome_values,
)
from pipeline.methods.randomisation import exact_p_value

GainUnit = Literal["percent", "c/ha"]

MINIMUM_OBLASTS = 4  # 3! = 6 orderings: the smallest p-value, 1/6, could never be called small
MAXIMUM_OBLASTS = 9  # 9! = 362 880 orderings are still enumerated; no oblast table here is longer


# --- exposure and change -------------------------------------------------------------------------------


def yield_change(yields: pd.DataFrame, year_before: int, year_after: int, *, outcome: Outcome = "level") -> pd.Series:
    """Change of yield of every oblast between two years.

    Parameters: `yields` wide (years x oblasts, c/ha); two years of its index in order; `outcome` "level" or
    "log".

    Returns a Series by oblast, in c/ha or in log points.
    Raises DataError (bad table), ParameterError (pair outside the panel), AnalysisError (no logarithm).
    """
    check_yields(yields)
    check_year_pair(yields, year_before, year_after)
    values = pd.DataFrame(outcome_values(yields, outcome), yields.index, yields.columns)
    return (values.loc[year_after] - values.loc[year_before]).rename("change")


def per_unit(exposure: pd.DataFrame, size: pd.Series) -> pd.DataFrame:
    """Exposure divided by the size of the oblast, for example units per 1 000 ha when `size` is in 1 000 ha.

    Parameters: `exposure` (oblasts x indicators); `size` by oblast, positive, for every oblast of `exposure`.

    Returns a frame of the same shape, in the indicator's unit per unit of `size`.
    Raises AnalysisError when `size` lacks an oblast or is not positive there.
    """
    missing = [name for name in exposure.index if name not in size.index or not np.isfinite(size[name])]
    if missing:
        raise AnalysisError(
            f"No size given for {', '.join(missing)}: scaling needs it for every oblast of the exposure "
            "table. Complete `size` or drop these oblasts from the table."
        )
    chosen = size.loc[exposure.index].astype(float)
    bad = chosen.index[chosen <= 0].tolist()
    if bad:
        raise AnalysisError(f"The size of {', '.join(bad)} is not positive: give area, population or the like.")
    return exposure.div(chosen, axis=0)


# --- association with exact permutation inference ------------------------------------------------------


@dataclass(frozen=True)
class ExposureAssociation:
    """Association of several indicators with one change of yield, over the same oblasts.

    table
        One row per indicator: `slope` (change per unit of the indicator), `pearson`, `spearman`, and for each
        of the two correlations the exact two-sided permutation p-value (`p_*`), Holm's adjustment over the
        indicators (`p_holm_*`) and the step-down max-T adjustment (`p_max_t_*`).
    oblasts
        The oblasts used, in order.
    orderings
        Number of orderings enumerated, n!.
    smallest_p
        1 / n!: no p-value can be smaller (ties in the data make the attainable minimum larger).
    """

    table: pd.DataFrame
    oblasts: tuple[str, ...]
    orderings: int
    smallest_p: float


def _orderings(n: int) -> np.ndarray:
    """All orderings of n positions, (n!, n); the identity is the first row."""
    return np.array(list(permutations(range(n))), dtype=np.intp)


def _check_exposure(exposure: pd.DataFrame, oblasts: pd.Index) -> None:
    if exposure.shape[1] == 0:
        raise AnalysisError("The exposure table has no indicator: give at least one column.")
    if not exposure.index.is_unique or not exposure.columns.is_unique:
        raise AnalysisError("The exposure table repeats an oblast or an indicator: give each once.")
    if set(exposure.index) != set(oblasts):
        missing, extra = (
            sorted(set(oblasts) - set(exposure.index)),
            sorted(set(exposure.index) - set(oblasts)),
        )
        raise AnalysisError(
            "Exposure and change of yield must cover the same oblasts; missing from exposure: "
            f"{missing or 'none'}, "
            f"without a change of yield: {extra or 'none'}. Select the common oblasts first."
        )
    if len(oblasts) < MINIMUM_OBLASTS:
        raise AnalysisError(
            f"{len(oblasts)} oblasts give {factorial(len(oblasts))} orderings, so no exact p-value can be "
            f"below {1 / factorial(len(oblasts)):.3f}: at least {MINIMUM_OBLASTS} oblasts are needed."
        )
    if len(oblasts) > MAXIMUM_OBLASTS:
        raise AnalysisError(
            f"{len(oblasts)} oblasts have {factorial(len(oblasts))} orderings, too many to enumerate "
            f"(at most {MAXIMUM_OBLASTS} oblasts)."
        )
    for indicator in exposure.columns:
        column = exposure[indicator].to_numpy(dtype=float)
        if not np.isfinite(column).all():
            gaps = exposure.index[~np.isfinite(column)].tolist()
            raise AnalysisError(
                f"Indicator {indicator!r} has no value for {', '.join(gaps)}: drop the indicator, or these "
                "oblasts for all indicators (the permutations must be the same)."
            )
        if np.ptp(column) == 0:
            raise AnalysisError(f"Indicator {indicator!r} is the same in every oblast: it has no association.")


def _standardise(values: np.ndarray) -> np.ndarray:
    """Columns centred and divided by their Euclidean norm, so that products of columns are correlations."""
    centred = values - values.mean(axis=0)
    return centred / np.linalg.norm(centred, axis=0)


def holm(p_values: np.ndarray) -> np.ndarray:
    """Holm's step-down adjustment of m p-values (Holm 1979, Scandinavian Journal of Statistics 6).

    p~_(i) = max over j <= i of min(1, (m - j + 1) p_(j)), returned in the order given.
    """
    p_values = np.asarray(p_values, dtype=float)
    order = np.argsort(p_values, kind="stable")
    stepped = np.maximum.accumulate((len(p_values) - np.arange(len(p_values))) * p_values[order])
    adjusted = np.empty_like(stepped)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def step_down_max_t(permuted: np.ndarray) -> np.ndarray:
    """Westfall-Young step-down max-T adjusted p-values from enumerated statistics.

    Parameters: `permuted` (orderings x indicators), statistics on a common scale under every ordering; row 0
    is the ordering observed, which must be part of the enumeration.

    With |T_(1)| >= ... >= |T_(m)| observed, p~_(i) = max over j <= i of share of orderings with max over l >=
    j of |T*_(l)| >= |T_(j)| (Westfall and Young 1993, Resampling-Based Multiple Testing, algorithm 4.1; Ge,
    Dudoit and Speed 2003, Test 12). Strong control of the family-wise error rests on subset pivotality, which
    holds here because permuting oblasts leaves the joint distribution of any subset of indicators unchanged.
    """
    size = np.abs(permuted)
    order = np.argsort(-size[0], kind="stable")
    ordered = size[:, order]
    successive = np.maximum.accumulate(ordered[:, ::-1], axis=1)[:, ::-1]
    raw = (successive >= ordered[0] - TOLERANCE).mean(axis=0)
    adjusted = np.empty_like(raw)
    adjusted[order] = np.maximum.accumulate(raw)
    return adjusted


def exposure_association(exposure: pd.DataFrame, change: pd.Series) -> ExposureAssociation:
    """Linear and rank association of indicators with the change of yield, with exact permutation p-values.

    Parameters: `exposure` (oblasts x indicators, any units); `change` by oblast (c/ha or log points), the
    same oblasts. The p-value of an indicator is the share of all n! orderings of the changes over the oblasts
    in which the absolute correlation is at least the one observed (the observed ordering included). Pearson's
    correlation orders the orderings exactly as the least-squares slope does; Spearman's uses mid-ranks for
    ties.

    Raises AnalysisError for fewer than 4 or more than 9 oblasts, an oblast missing on either side, an
    indicator with a gap, a constant indicator, and a change that is the same everywhere.

    Sources: Pitman 1937, Supplement to the JRSS 4 (permutation test of a correlation); Holm 1979; Westfall
    and Young 1993. One date per indicator: this is adoption against change, not change of adoption against
    change.
    """
    values = change.to_numpy(dtype=float)
    if not np.isfinite(values).all():
        raise AnalysisError(f"No change of yield for {', '.join(change.index[~np.isfinite(values)])}.")
    _check_exposure(exposure, change.index)
    if np.ptp(values) == 0:
        raise AnalysisError("The change of yield is the same in every oblast: nothing can be associated with it.")

    aligned = exposure.loc[change.index].astype(float)
    orderings = _orderings(len(values))
    table = pd.DataFrame(index=aligned.columns.rename("indicator"))
    centred = aligned.to_numpy() - aligned.to_numpy().mean(axis=0)
    table["slope"] = centred.T @ values / (centred**2).sum(axis=0)
    for name, x, y in (
        ("pearson", aligned.to_numpy(), values),
        ("spearman", stats.rankdata(aligned.to_numpy(), axis=0), stats.rankdata(values)),
    ):
        correlations = _standardise(y[:, None])[orderings, 0] @ _standardise(x)
        p_values = exact_p_value(correlations[0], correlations.T)
        table[name] = correlations[0]
        table[f"p_{name}"] = p_values
        table[f"p_holm_{name}"] = holm(p_values)
        table[f"p_max_t_{name}"] = step_down_max_t(correlations)
    return ExposureAssociation(table, tuple(change.index), len(orderings), 1 / len(orderings))


def leave_one_out_association(exposure: pd.DataFrame, change: pd.Series) -> pd.DataFrame:
    """`exposure_association` with each oblast left out in turn: is one oblast the whole association?

    Returns a frame indexed by (`omitted`, `indicator`) with the columns of `ExposureAssociation.table`. At
    least five oblasts are needed (four remain). Raises what `exposure_association` raises.
    """
    if len(change) <= MINIMUM_OBLASTS:
        raise AnalysisError(f"Leaving one out needs at least {MINIMUM_OBLASTS + 1} oblasts; {len(change)} were given.")
    tables = {
        omitted: exposure_association(exposure.drop(index=omitted, errors="ignore"), change.drop(omitted)).table
        for omitted in change.index
    }
    return pd.concat(tables, names=["omitted"])


def association_by_year(exposure: pd.DataFrame, yields: pd.DataFrame) -> pd.DataFrame:
    """Correlation of today's exposure with the yield change of *every* year: a placebo in time.

    An indicator of 2023-2024 cannot have moved the yields of earlier decades. When its correlation with the
    change of the year under study is no rarer than with the changes of those years, the association is
    ordinary.

    Returns a frame (year of the change x indicator) of Pearson correlations; years in which no oblast's
    change differs from another's are refused with an AnalysisError, as are the inputs `exposure_association`
    refuses.
    """
    check_yields(yields)
    _check_exposure(exposure, yields.columns)
    changes = yields.astype(float).diff().iloc[1:]
    flat = changes.index[np.ptp(changes.to_numpy(), axis=1) == 0].tolist()
    if flat:
        raise AnalysisError(f"The change of yield is the same in every oblast in {flat}: no correlation exists.")
    x = _standardise(exposure.loc[yields.columns].to_numpy(dtype=float))
    y = _standardise(changes.to_numpy().T)
    return pd.DataFrame(y.T @ x, index=changes.index, columns=exposure.columns)


# --- panel exposure: two-way fixed effects -------------------------------------------------------------


@dataclass(frozen=True)
class PanelExposure:
    """Two-way fixed-effects regression of yield on a panel exposure, with inference for few clusters.

    coefficient
        c/ha per unit of the exposure (per percentage point of conveyance loss).
    se_cluster, t_cluster, p_cluster, ci_cluster
        CR1 standard error by oblast, t with G - 1 degrees of freedom, its two-sided p and 95 % interval.
    small_sample_factor
        G/(G-1) x (N-1)/(N-K); `parameters_counted` is K.
    se_jackknife, p_jackknife
        CV3 cluster jackknife, t with G - 1 degrees of freedom.
    leave_one_out
        By oblast: `leverage` (its share of the within sum of squares of the exposure) and `coefficient`
        without it.
    observations, clusters, parameters_counted
        N, G, K.
    """

    coefficient: float
    se_cluster: float
    t_cluster: float
    p_cluster: float
    ci_cluster: tuple[float, float]
    small_sample_factor: float
    se_jackknife: float
    p_jackknife: float
    leave_one_out: pd.DataFrame
    observations: int
    clusters: int
    parameters_counted: int


def align_panel(yields: pd.DataFrame, exposure: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Yields and exposure over the years of the exposure and the oblasts of the yields, checked.

    Parameters: both wide (years x oblasts). Every year and oblast of `exposure` must be in `yields` and every
    oblast of `yields` in `exposure`; the years need not be consecutive but the table must have no gap.

    Raises AnalysisError for a gap, an oblast or year on one side only, fewer than 4 oblasts, fewer than 3
    years, and an exposure without variation once oblast and year means are removed.
    """
    check_yields(yields)
    if set(exposure.columns) != set(yields.columns):
        missing = sorted(set(yields.columns) - set(exposure.columns))
        extra = sorted(set(exposure.columns) - set(yields.columns))
        raise AnalysisError(
            f"Yield and exposure must cover the same oblasts; missing from exposure: {missing or 'none'}, "
            f"not in the yields: {extra or 'none'}. Select the oblasts first (cities have no wheat yield)."
        )
    if not exposure.index.is_unique or not exposure.columns.is_unique:
        raise AnalysisError("The exposure panel repeats a year or an oblast: give each once.")
    outside = sorted(set(exposure.index) - set(yields.index))
    if outside:
        raise AnalysisError(f"The exposure has years without yields: {outside}. Cut it to the years of the panel.")
    if len(exposure.columns) < MINIMUM_OBLASTS or len(exposure) < 3:
        raise AnalysisError(
            f"A two-way panel needs at least {MINIMUM_OBLASTS} oblasts and 3 years; "
            f"{len(exposure.columns)} oblasts and {len(exposure)} years were given."
        )
    x = exposure.loc[:, yields.columns].astype(float).sort_index()
    if not np.isfinite(x.to_numpy()).all():
        year, oblast = np.argwhere(~np.isfinite(x.to_numpy()))[0]
        raise AnalysisError(
            f"The exposure has no value for {x.columns[oblast]} in {x.index[year]}: the panel must be complete."
        )
    within = double_demean(x.to_numpy())
    if (within**2).sum() <= 1e-16 * max((x.to_numpy() ** 2).sum(), 1.0):
        raise AnalysisError(
            "The exposure has no variation left once oblast and year means are removed: its coefficient does not exist."
        )
    return yields.loc[x.index].astype(float), x


def _check_residual(y: np.ndarray, x: np.ndarray) -> None:
    coefficient = (x * y).sum() / (x**2).sum()
    if ((y - coefficient * x) ** 2).sum() <= 1e-18 * max((y**2).sum(), 1.0):
        raise AnalysisError(
            "The regression fits without any residual (constant yields, or yields that follow the "
            "exposure exactly): no standard error exists."
        )


def panel_exposure(
    yields: pd.DataFrame, exposure: pd.DataFrame, *, count_oblast_effects: bool = False
) -> PanelExposure:
    """Two-way fixed effects of yield on a panel exposure, clustered by oblast.

    y_it = a_i + d_t + b x_it + e_it over the years of the exposure.

    b = sum x~ y~ / sum x~^2 with x~, y~ the two-way within transforms (exact for a balanced panel). Let s_i =
    sum_t x~_it e_it; the cluster-robust variance is CR1 = G/(G-1) (N-1)/(N-K) sum_i s_i^2 / (sum x~^2)^2
    (Liang and Zeger 1986, Biometrika 73), and the jackknife is CV3 = (G-1)/G sum_i (b_(-i) - b)^2 (MacKinnon,
    Nielsen and Webb 2023, Journal of Econometrics 232), which is the one to prefer with few clusters. K
    counts the slope and the year effects and the constant; the oblast effects, nested in the clusters, are
    counted only with `count_oblast_effects=True` (the dummy-variable regression of statsmodels; without it
    the result is that of fixest and pyfixest).

    Parameters: `yields` and `exposure` wide (years x oblasts), see `align_panel`, whose errors it raises.
    Returns `PanelExposure`. An association: water loss is not assigned, and both sides may follow the
    weather.
    """
    y_frame, x_frame = align_panel(yields, exposure)
    y, x = double_demean(y_frame.to_numpy()), double_demean(x_frame.to_numpy())
    _check_residual(y, x)
    years, clusters = x.shape
    squares = (x**2).sum(axis=0)
    total = float(squares.sum())
    coefficient = float((x * y).sum() / total)
    scores = (x * (y - coefficient * x)).sum(axis=0)
    counted = years + 1 + (clusters - 1 if count_oblast_effects else 0)
    factor = clusters / (clusters - 1) * (x.size - 1) / (x.size - counted)
    se_cluster = sqrt(factor * float((scores**2).sum())) / total

    remaining = np.empty(clusters)
    for omitted in range(clusters):
        xo = double_demean(np.delete(x_frame.to_numpy(), omitted, axis=1))
        yo = double_demean(np.delete(y_frame.to_numpy(), omitted, axis=1))
        if (xo**2).sum() <= 1e-12 * total:
            raise AnalysisError(
                f"Without {x_frame.columns[omitted]} the exposure has no variation left: the jackknife "
                "does not exist, and the coefficient rests on that oblast alone."
            )
        remaining[omitted] = (xo * yo).sum() / (xo**2).sum()
    se_jackknife = sqrt((clusters - 1) / clusters * float(((remaining - coefficient) ** 2).sum()))

    student = stats.t(df=clusters - 1)
    half_width = float(student.ppf(0.975)) * se_cluster
    return PanelExposure(
        coefficient=coefficient,
        se_cluster=se_cluster,
        t_cluster=coefficient / se_cluster,
        p_cluster=float(2 * student.sf(abs(coefficient) / se_cluster)),
        ci_cluster=(coefficient - half_width, coefficient + half_width),
        small_sample_factor=factor,
        se_jackknife=se_jackknife,
        p_jackknife=float(2 * student.sf(abs(coefficient) / se_jackknife)),
        leave_one_out=pd.DataFrame(
            {"leverage": squares / total, "coefficient": remaining}, index=x_frame.columns.rename("oblast")
        ),
        observations=x.size,
        clusters=clusters,
        parameters_counted=counted,
    )


@dataclass(frozen=True)
class ResampledCoefficient:
    """Result of an enumerated resampling of oblasts; `smallest_p` is the best that so few oblasts allow."""

    method: str
    coefficient: float
    p_value: float
    draws: int
    smallest_p: float


def wild_cluster_bootstrap(
    yields: pd.DataFrame, exposure: pd.DataFrame, *, weights: str = "rademacher"
) -> ResampledCoefficient:
    """Wild cluster bootstrap-t of H0: b = 0, null imposed (WCR), by oblast, with every draw enumerated.

    Residuals of the regression without the exposure are multiplied by one weight per oblast, yields are
    rebuilt, and the cluster-robust t of the two-way regression is computed again; p = share of draws with
    |t*| >= |t|, the observed one included. `weights`: "rademacher" (2^G draws; a draw and its mirror image
    have the same |t|, so p is at least 2/2^G) or "webb" (six points, 6^G draws). The small-sample factor
    cancels.

    Parameters: as `panel_exposure`. Raises its errors, ParameterError for unknown weights, and AnalysisError
    when there are too many draws to enumerate.

    Sources: Cameron, Gelbach and Miller 2008, Review of Economics and Statistics 90; Webb 2023, Canadian
    Journal of Economics 56; few clusters with unequal leverage: MacKinnon and Webb 2017, Journal of Applied
    Econometrics 32.
    """
    if weights not in BOOTSTRAP_WEIGHTS:
        raise ParameterError(f"Unknown weights {weights!r}: expected one of {', '.join(BOOTSTRAP_WEIGHTS)}.")
    y_frame, x_frame = align_panel(yields, exposure)
    y, x = double_demean(y_frame.to_numpy()), double_demean(x_frame.to_numpy())
    _check_residual(y, x)
    clusters = x.shape[1]
    points = BOOTSTRAP_WEIGHTS[weights]
    if len(points) ** clusters > MAXIMUM_ENUMERATION:
        raise AnalysisError(
            f"{len(points)}^{clusters} draws of {weights} weights are more than {MAXIMUM_ENUMERATION}: "
            "use Rademacher weights or fewer oblasts."
        )
    draws = np.array(list(product(points, repeat=clusters)))
    squares = (x**2).sum(axis=0)
    own = (x * y).sum(axis=0)
    # y* = v_i y~_it has zero oblast means but non-zero year means; removing them gives scores linear in v:
    # x~_i' M y* = v_i x~_i'y~_i - (1/G) sum_h v_h x~_i'y~_h.
    linear = np.diag(own) - x.T @ y / clusters
    coefficients = draws @ own / squares.sum()
    scores = draws @ linear.T - coefficients[:, None] * squares
    observed = float(own.sum() / squares.sum())
    observed_scores = own - observed * squares
    norm, observed_norm = np.linalg.norm(scores, axis=1), np.linalg.norm(observed_scores)
    p_value = (np.abs(coefficients) / norm >= abs(observed) / observed_norm - TOLERANCE).mean()
    method = f"wild cluster bootstrap-t, null imposed, {weights.capitalize()} weights"
    return ResampledCoefficient(method, observed, float(p_value), len(draws), 2 / len(draws))


def permute_oblast_paths(yields: pd.DataFrame, exposure: pd.DataFrame) -> ResampledCoefficient:
    """Permutation test of the two-way coefficient: whole exposure paths are dealt out anew over the oblasts.

    Every one of the G! assignments keeps each path, its serial correlation and the years intact; only which
    oblast had it is changed. p = share of assignments with |b| at least the one observed (the observed one
    included); exact when the paths are exchangeable over oblasts. Because two-way within transforms commute
    with the relabelling, b(pi) = sum_i C[pi(i), i] / sum x~^2 with C = x~'y~.

    Parameters and errors as `panel_exposure`; more than 9 oblasts are refused. Source: Pitman 1937; Bertrand,
    Duflo and Mullainathan 2004, Quarterly Journal of Economics 119 (placebo laws).
    """
    y_frame, x_frame = align_panel(yields, exposure)
    y, x = double_demean(y_frame.to_numpy()), double_demean(x_frame.to_numpy())
    clusters = x.shape[1]
    if clusters > MAXIMUM_OBLASTS:
        raise AnalysisError(f"{factorial(clusters)} assignments are too many: at most {MAXIMUM_OBLASTS} oblasts.")
    cross = x.T @ y / (x**2).sum()
    coefficients = cross[_orderings(clusters), np.arange(clusters)].sum(axis=1)
    p_value = exact_p_value(coefficients[0], coefficients)
    return ResampledCoefficient(
        "permutation of oblast paths",
        float(coefficients[0]),
        float(p_value),
        len(coefficients),
        1 / len(coefficients),
    )


@dataclass(frozen=True)
class ClusterBootstrap:
    """Exact pairs cluster bootstrap distribution of the two-way coefficient.

    distribution
        Frame of every distinct resample: `coefficient`, `probability` (summing to 1), ordered by coefficient.
    se, interval
        Standard deviation and the 2.5 and 97.5 % points.
    probability_left_out
        Probability of the resamples without a coefficient (one oblast drawn every time), removed before
        scaling.
    """

    distribution: pd.DataFrame
    se: float
    interval: tuple[float, float]
    probability_left_out: float


def cluster_bootstrap(yields: pd.DataFrame, exposure: pd.DataFrame) -> ClusterBootstrap:
    """Exact pairs cluster bootstrap of the two-way coefficient: every resample of whole oblasts, none random.

    G oblasts drawn G times with replacement have C(2G-1, G) distinct outcomes (1 716 for seven), each with
    its multinomial probability; the regression with multiplicities w_i is b(w) = [sum w_i x_i'y_i - (1/W)
    sum_ij w_i w_j x_i'y_j] / [the same in x and x], x_i, y_i without oblast means. Copies of an oblast are
    separate units with the same path. With seven clusters of unequal leverage the percentile interval is a
    picture of sensitivity to single oblasts, not a trustworthy 95 % interval.

    Parameters and errors as `panel_exposure`; more than 9 oblasts are refused.
    Source: Cameron, Gelbach and Miller 2008, section III; Efron 1979, Annals of Statistics 7.
    """
    y_frame, x_frame = align_panel(yields, exposure)
    clusters = x_frame.shape[1]
    if clusters > MAXIMUM_OBLASTS:
        raise AnalysisError(f"The exact cluster bootstrap takes at most {MAXIMUM_OBLASTS} oblasts; {clusters} given.")
    x = x_frame.to_numpy() - x_frame.to_numpy().mean(axis=0)
    y = y_frame.to_numpy() - y_frame.to_numpy().mean(axis=0)
    drawn = np.array(list(combinations_with_replacement(range(clusters), clusters)))
    multiplicity = np.stack([(drawn == i).sum(axis=1) for i in range(clusters)], axis=1)
    factorials = np.array([factorial(k) for k in range(clusters + 1)])
    probability = factorial(clusters) / factorials[multiplicity].prod(axis=1) / clusters**clusters

    def within_product(gram: np.ndarray) -> np.ndarray:
        cross = np.einsum("ri,ij,rj->r", multiplicity, gram, multiplicity)
        return multiplicity @ np.diag(gram) - cross / clusters

    denominator = within_product(x.T @ x)
    usable = denominator > 1e-12 * (x**2).sum()
    left_out = float(probability[~usable].sum())
    coefficients = within_product(x.T @ y)[usable] / denominator[usable]
    probability = probability[usable] / probability[usable].sum()
    order = np.argsort(coefficients, kind="stable")
    coefficients, probability = coefficients[order], probability[order]
    cumulative = np.cumsum(probability)
    lower, upper = (float(coefficients[np.searchsorted(cumulative, q - 1e-12)]) for q in (0.025, 0.975))
    mean = float(coefficients @ probability)
    se = sqrt(float(((coefficients - mean) ** 2) @ probability))
    distribution = pd.DataFrame({"coefficient": coefficients, "probability": probability})
    return ClusterBootstrap(distribution, se, (lower, upper), left_out)


@dataclass(frozen=True)
class FirstYearScan:
    """`scan_first_years`: the two-way coefficient for every first year, and what looking at all of them costs.

    table
        By first year: `years` (how many), `coefficient`, `ci_low`, `ci_high` (CR1, 95 %), `p_cluster`, `p_jackknife`,
        `p_wild` (Rademacher) and `p_permutation` (whole paths over oblasts), each for that window alone.
    p_any
        Permutation p-value of the most extreme window: share of assignments in which some window is as extreme as
        the most extreme one observed.
    """

    table: pd.DataFrame
    p_any: float


def scan_first_years(yields: pd.DataFrame, exposure: pd.DataFrame, *, minimum_years: int = 5) -> FirstYearScan:
    """Does the coefficient depend on where the panel begins? `panel_exposure` from every first year to the last.

    A window chosen because its coefficient is striking is no test. `p_any` takes the choice into account: paths are
    dealt out over the oblasts the same way in all windows, each window's coefficients are divided by their root
    mean square over the G! assignments, and the largest absolute value over windows is compared (single-step max-T;
    Westfall and Young 1993, Resampling-Based Multiple Testing).

    Parameters: as `panel_exposure`; `minimum_years`, the shortest window. Raises the errors of `panel_exposure`, and
    AnalysisError when the exposure has fewer than `minimum_years` years or more than 9 oblasts.
    """
    y_frame, x_frame = align_panel(yields, exposure)
    clusters = x_frame.shape[1]
    if len(x_frame) < minimum_years:
        raise AnalysisError(f"The exposure has {len(x_frame)} years; a window needs at least {minimum_years}.")
    if clusters > MAXIMUM_OBLASTS:
        raise AnalysisError(f"{factorial(clusters)} assignments are too many: at most {MAXIMUM_OBLASTS} oblasts.")
    orderings = _orderings(clusters)
    rows, sizes = {}, []
    for year in x_frame.index[: len(x_frame) - minimum_years + 1]:
        window = x_frame.loc[year:]
        fit = panel_exposure(yields, window)
        y, x = double_demean(y_frame.loc[year:].to_numpy()), double_demean(window.to_numpy())
        permuted = (x.T @ y / (x**2).sum())[orderings, np.arange(clusters)].sum(axis=1)
        sizes.append(np.abs(permuted) / sqrt(float((permuted**2).mean())))
        rows[year] = {
            "years": len(window),
            "coefficient": fit.coefficient,
            "ci_low": fit.ci_cluster[0],
            "ci_high": fit.ci_cluster[1],
            "p_cluster": fit.p_cluster,
            "p_jackknife": fit.p_jackknife,
            "p_wild": wild_cluster_bootstrap(yields, window).p_value,
            "p_permutation": float(exact_p_value(permuted[0], permuted)),
        }
    largest = np.max(sizes, axis=0)
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("first_year").astype({"years": int})
    return FirstYearScan(table, float(exact_p_value(largest[0], largest, "greater")))


# --- attribution ceiling -------------------------------------------------------------------------------


def wheat_area_ha(production_t: float, yield_c_per_ha: float) -> float:
    """Harvested area implied by production and yield, ha = 10 t / (c/ha); derived, no better than the two.

    Raises ParameterError unless both are positive.
    """
    if not (production_t > 0 and yield_c_per_ha > 0):
        raise ParameterError(
            f"Production {production_t} t and yield {yield_c_per_ha} c/ha must both be positive to give an area."
        )
    return 10 * production_t / yield_c_per_ha


def _gain_table(gains: np.ndarray, unit: GainUnit, baseline: float) -> pd.DataFrame:
    """Gains in both units, columns `gain_percent` and `gain_c_per_ha`, checked."""
    if unit not in ("percent", "c/ha"):
        raise ParameterError(f"A gain is given in 'percent' of the baseline or in 'c/ha', not in {unit!r}.")
    if not (np.isfinite(baseline) and baseline > 0):
        raise ParameterError(f"The baseline yield must be positive (c/ha); given: {baseline}.")
    values = np.atleast_1d(np.asarray(gains, dtype=float))
    if values.size == 0 or not np.isfinite(values).all() or (values <= 0).any():
        raise ParameterError(f"Gains per hectare must be positive numbers; given: {values.tolist()}.")
    percent = values if unit == "percent" else 100 * values / baseline
    return pd.DataFrame({"gain_percent": percent, "gain_c_per_ha": percent / 100 * baseline})


def _check_rise(change: float) -> None:
    if not (np.isfinite(change) and change > 0):
        raise AnalysisError(
            f"A change of {change} c/ha is not a rise: no gain per hectare can account for it. "
            "Choose a pair of years in which the yield rose."
        )


def required_share(
    change: float,
    baseline: float,
    gains: np.ndarray,
    wheat_area: float,
    *,
    unit: GainUnit = "percent",
    rounding: float = PRINTED_STEP,
) -> pd.DataFrame:
    """Share of the wheat area that must newly adopt to account for a change of the mean yield.

    The oblast's yield is an area-weighted mean: if the share s of the area gains g c/ha over what it would
    have had and nothing else changes, the mean rises by s g. So s = d / g.

    Parameters: `change` d in c/ha (positive); `baseline` yield of the adopting fields before, c/ha (the
    oblast's mean unless better is known); `gains` positive, in percent of `baseline` or in c/ha (`unit`); `wheat_area`
    in ha; `rounding`, the uncertainty of d carried from printed yields (two figures to 0.1 c/ha: 0.1).

    Returns a frame with one row per gain: `gain_percent`, `gain_c_per_ha`, `required_share` (above 1: even
    full cover does not account for d), `required_share_low`, `required_share_high` (d -/+ rounding),
    `required_area_ha`, `attainable`. Raises AnalysisError when d <= 0 (a fall is not explained by a gain) and
    ParameterError for impossible arguments.
    """
    table = _gain_table(gains, unit, baseline)
    if not (np.isfinite(wheat_area) and wheat_area > 0):
        raise ParameterError(f"The wheat area must be positive (ha); given: {wheat_area}.")
    if not 0 <= rounding < np.inf:
        raise ParameterError(f"The rounding must not be negative (c/ha); given: {rounding}.")
    _check_rise(change)
    gain = table["gain_c_per_ha"]
    share = change / gain
    return table.assign(
        required_share=share,
        required_share_low=np.maximum(change - rounding, 0) / gain,
        required_share_high=(change + rounding) / gain,
        required_area_ha=share * wheat_area,
        attainable=share <= 1,
    )


def explained_change(
    areas_ha: pd.Series,
    wheat_areas_ha: pd.Series,
    change: float,
    baseline: float,
    gains: np.ndarray,
    *,
    unit: GainUnit = "percent",
) -> pd.DataFrame:
    """The most a documented area can account for: A / W x g, for every area, estimate of wheat area and gain.

    An upper bound: it takes all of A as sown to wheat, as new between the two years, and as gaining g in
    full. An area larger than W is cut to W (`covers_all` is then true).

    Parameters: `areas_ha` by technology (ha, >= 0); `wheat_areas_ha` by source of the estimate (ha, > 0);
    `change` d in c/ha, positive; `baseline`, `gains` and `unit` as in `required_share`.

    Returns a tidy frame: `technology, wheat_area_source, area_ha, wheat_area_ha, share_of_wheat_area,
    covers_all, gain_percent, gain_c_per_ha, explained_c_per_ha, share_of_change` (explained / d). Raises
    ParameterError for a negative or missing area, AnalysisError for d <= 0.
    """
    gain_table = _gain_table(gains, unit, baseline)
    for name, areas, lowest in (("documented", areas_ha, 0.0), ("wheat", wheat_areas_ha, np.nextafter(0, 1))):
        values = areas.to_numpy(dtype=float)
        if len(values) == 0 or not np.isfinite(values).all() or (values < lowest).any():
            raise ParameterError(
                f"Every {name} area must be given and {'positive' if lowest else 'not negative'} (ha): "
                f"{areas.to_dict()}."
            )
    _check_rise(change)
    table = (
        areas_ha.rename_axis("technology")
        .rename("area_ha")
        .astype(float)
        .reset_index()
        .merge(
            wheat_areas_ha.rename_axis("wheat_area_source").rename("wheat_area_ha").astype(float).reset_index(),
            how="cross",
        )
    )
    ratio = table["area_ha"] / table["wheat_area_ha"]
    table["share_of_wheat_area"] = ratio.clip(upper=1.0)
    table["covers_all"] = ratio >= 1
    table = table.merge(gain_table, how="cross")
    table["explained_c_per_ha"] = table["share_of_wheat_area"] * table["gain_c_per_ha"]
    table["share_of_change"] = table["explained_c_per_ha"] / change
    return table[
        [
            "technology",
            "wheat_area_source",
            "area_ha",
            "wheat_area_ha",
            "share_of_wheat_area",
            "covers_all",
            "gain_percent",
            "gain_c_per_ha",
            "explained_c_per_ha",
            "share_of_change",
        ]
    ]
