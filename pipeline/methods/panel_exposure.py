"""Two-way panel regression on an exposure that every unit has in every year, with inference for few units.

Cluster-robust, jackknife, wild bootstrap, permutation and pairs bootstrap stand side by side, because with few clusters
of unequal weight no single one is to be trusted.
"""

from dataclasses import dataclass
from itertools import combinations_with_replacement
from math import comb, factorial, sqrt

import numpy as np
import pandas as pd
from scipy import stats

from pipeline.errors import AnalysisError
from pipeline.methods.panels import align_regressor, check_residual, cluster_factor, double_demean, unit_index
from pipeline.methods.randomisation import SAMPLED_ORDERINGS, exact_p_value, orderings
from pipeline.methods.wild_bootstrap import wild_cluster_bootstrap

MAXIMUM_RESAMPLES = comb(17, 9)
"""Resamples of units are enumerated up to this many (9 units), sampled above."""


@dataclass(frozen=True)
class PanelExposure:
    """Two-way fixed-effects regression of an outcome on a panel exposure, with inference for few clusters.

    coefficient
        Unit of the panel per unit of the exposure.
    se_cluster, t_cluster, p_cluster, ci_cluster
        CR1 standard error by unit, t with G - 1 degrees of freedom, its two-sided p and 95 % interval.
    small_sample_factor
        G/(G-1) x (N-1)/(N-K); `parameters_counted` is K.
    se_jackknife, p_jackknife
        CV3 cluster jackknife, t with G - 1 degrees of freedom.
    leave_one_out
        By unit: `leverage` (its share of the within sum of squares of the exposure) and `coefficient`
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


def _aligned(panel: pd.DataFrame, exposure: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    return align_regressor(panel, exposure, minimum_units=4, minimum_years=3)


def panel_exposure(panel: pd.DataFrame, exposure: pd.DataFrame, *, count_unit_effects: bool = False) -> PanelExposure:
    """Two-way fixed effects of an outcome on a panel exposure, clustered by unit.

    y_it = a_i + d_t + b x_it + e_it over the years of the exposure.

    b = sum x~ y~ / sum x~^2 with x~, y~ the two-way within transforms (exact for a balanced panel). Let s_i =
    sum_t x~_it e_it; the cluster-robust variance is CR1 = G/(G-1) (N-1)/(N-K) sum_i s_i^2 / (sum x~^2)^2
    (Liang and Zeger 1986, Biometrika 73), and the jackknife is CV3 = (G-1)/G sum_i (b_(-i) - b)^2 (MacKinnon,
    Nielsen and Webb 2023, Journal of Econometrics 232), which is the one to prefer with few clusters. K
    counts the slope and the year effects and the constant; the unit effects, nested in the clusters, are
    counted only with `count_unit_effects=True` (the dummy-variable regression of statsmodels; without it
    the result is that of fixest and pyfixest).

    Parameters: `panel` and `exposure` wide (years x units), at least 4 units and 3 years; raises as
    `panels.align_regressor`, and AnalysisError for a regression without residual, or one that rests on a single unit.
    Returns `PanelExposure`. An association: the exposure is not assigned, and both sides may follow something third.
    """
    y_frame, x_frame = _aligned(panel, exposure)
    y, x = double_demean(y_frame.to_numpy()), double_demean(x_frame.to_numpy())
    check_residual(y, x)
    years, clusters = x.shape
    squares = (x**2).sum(axis=0)
    total = float(squares.sum())
    coefficient = float((x * y).sum() / total)
    scores = (x * (y - coefficient * x)).sum(axis=0)
    counted = years + 1 + (clusters - 1 if count_unit_effects else 0)
    factor = cluster_factor(clusters, x.size, counted)
    se_cluster = sqrt(factor * float((scores**2).sum())) / total

    remaining = np.empty(clusters)
    for omitted in range(clusters):
        xo = double_demean(np.delete(x_frame.to_numpy(), omitted, axis=1))
        yo = double_demean(np.delete(y_frame.to_numpy(), omitted, axis=1))
        if (xo**2).sum() <= 1e-12 * total:
            raise AnalysisError(
                f"Without {x_frame.columns[omitted]} the exposure has no variation left: the jackknife "
                "does not exist, and the coefficient rests on that unit alone."
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
        leave_one_out=pd.DataFrame({"leverage": squares / total, "coefficient": remaining}, index=unit_index(panel)),
        observations=x.size,
        clusters=clusters,
        parameters_counted=counted,
    )


@dataclass(frozen=True)
class PermutedPaths:
    """Result of `permute_paths`: `draws` assignments, all there are where `enumerated`; `smallest_p` is the best that
    so many allow."""

    coefficient: float
    p_value: float
    draws: int
    enumerated: bool
    smallest_p: float


def permute_paths(
    panel: pd.DataFrame, exposure: pd.DataFrame, draws: int = SAMPLED_ORDERINGS, seed: int = 0
) -> PermutedPaths:
    """Permutation test of the two-way coefficient: whole exposure paths are dealt out anew over the units.

    An assignment keeps each path, its serial correlation and the years intact; only which unit had it is changed. p =
    share of assignments with |b| at least the one observed (the observed one included); exact when the paths are
    exchangeable over units. All G! assignments are taken up to 9 units, above that `draws` random ones with `seed`
    (`randomisation.orderings`). Because two-way within transforms commute with the relabelling, b(pi) = sum_i
    C[pi(i), i] / sum x~^2 with C = x~'y~.

    Parameters and errors as `panel_exposure`. Source: Pitman 1937; Bertrand, Duflo and Mullainathan 2004, Quarterly
    Journal of Economics 119 (placebo laws).
    """
    y_frame, x_frame = _aligned(panel, exposure)
    dealt = orderings(x_frame.shape[1], draws, seed)
    coefficients = _dealt_coefficients(y_frame, x_frame, dealt.positions)
    return PermutedPaths(
        coefficient=float(coefficients[0]),
        p_value=float(exact_p_value(coefficients[0], coefficients)),
        draws=len(coefficients),
        enumerated=dealt.enumerated,
        smallest_p=1 / len(coefficients),
    )


def _dealt_coefficients(y_frame: pd.DataFrame, x_frame: pd.DataFrame, positions: np.ndarray) -> np.ndarray:
    """The two-way coefficient under every assignment of paths."""
    y, x = double_demean(y_frame.to_numpy()), double_demean(x_frame.to_numpy())
    return (x.T @ y / (x**2).sum())[positions, np.arange(x.shape[1])].sum(axis=1)


@dataclass(frozen=True)
class ClusterBootstrap:
    """Pairs cluster bootstrap distribution of the two-way coefficient.

    distribution
        Frame of every distinct resample (every one drawn, where not `enumerated`): `coefficient`, `probability`
        (summing to 1), ordered by coefficient.
    se, interval
        Standard deviation and the 2.5 and 97.5 % points.
    probability_left_out
        Probability of the resamples without a coefficient (one unit drawn every time), removed before
        scaling.
    """

    distribution: pd.DataFrame
    se: float
    interval: tuple[float, float]
    probability_left_out: float
    enumerated: bool


def cluster_bootstrap(
    panel: pd.DataFrame, exposure: pd.DataFrame, draws: int = SAMPLED_ORDERINGS, seed: int = 0
) -> ClusterBootstrap:
    """Pairs cluster bootstrap of the two-way coefficient: every resample of whole units while there are at most
    `MAXIMUM_RESAMPLES`, `draws` random ones with `seed` above.

    G units drawn G times with replacement have C(2G-1, G) distinct outcomes (1 716 for seven units), each with
    its multinomial probability; the regression with multiplicities w_i is b(w) = [sum w_i x_i'y_i - (1/W)
    sum_ij w_i w_j x_i'y_j] / [the same in x and x], x_i, y_i without unit means. Copies of a unit are
    separate units with the same path. With a few clusters of unequal leverage the percentile interval is a
    picture of sensitivity to single units, not a trustworthy 95 % interval. Two seconds for 40 units x 12 years.

    Parameters and errors as `panel_exposure`.
    Source: Cameron, Gelbach and Miller 2008, section III; Efron 1979, Annals of Statistics 7.
    """
    y_frame, x_frame = _aligned(panel, exposure)
    clusters = x_frame.shape[1]
    x = x_frame.to_numpy() - x_frame.to_numpy().mean(axis=0)
    y = y_frame.to_numpy() - y_frame.to_numpy().mean(axis=0)
    enumerated = comb(2 * clusters - 1, clusters) <= MAXIMUM_RESAMPLES
    if enumerated:
        drawn = np.array(list(combinations_with_replacement(range(clusters), clusters)))
    else:
        drawn = np.random.default_rng(seed).integers(clusters, size=(draws, clusters))
    multiplicity = np.stack([(drawn == i).sum(axis=1) for i in range(clusters)], axis=1)
    if enumerated:
        factorials = np.array([factorial(k) for k in range(clusters + 1)])
        probability = factorial(clusters) / factorials[multiplicity].prod(axis=1) / clusters**clusters
    else:
        probability = np.full(draws, 1 / draws)

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
    return ClusterBootstrap(distribution, se, (lower, upper), left_out, enumerated)


@dataclass(frozen=True)
class FirstYearScan:
    """`scan_first_years`: the two-way coefficient for every first year, and what looking at all of them costs.

    table
        By first year: `years` (how many), `coefficient`, `ci_low`, `ci_high` (CR1, 95 %), `p_cluster`, `p_jackknife`,
        `p_wild` (Rademacher) and `p_permutation` (whole paths over units), each for that window alone.
    p_any
        Permutation p-value of the most extreme window: share of assignments in which some window is as extreme as
        the most extreme one observed.
    """

    table: pd.DataFrame
    p_any: float


def scan_first_years(
    panel: pd.DataFrame,
    exposure: pd.DataFrame,
    *,
    minimum_years: int = 5,
    draws: int = SAMPLED_ORDERINGS,
    seed: int = 0,
) -> FirstYearScan:
    """Does the coefficient depend on where the panel begins? `panel_exposure` from every first year to the last.

    A window chosen because its coefficient is striking is no test. `p_any` takes the choice into account: paths are
    dealt out over the units the same way in all windows, each window's coefficients are divided by their root
    mean square over the G! assignments, and the largest absolute value over windows is compared (single-step max-T;
    Westfall and Young 1993, Resampling-Based Multiple Testing).

    Parameters: as `panel_exposure`; `minimum_years`, the shortest window. Raises the errors of `panel_exposure`, and
    AnalysisError when the exposure has fewer than `minimum_years` years. Some seconds for 40 units x 12 years.
    """
    y_frame, x_frame = _aligned(panel, exposure)
    if len(x_frame) < minimum_years:
        raise AnalysisError(f"The exposure has {len(x_frame)} years; a window needs at least {minimum_years}.")
    dealt = orderings(x_frame.shape[1], draws, seed)
    rows, sizes = {}, []
    for year in x_frame.index[: len(x_frame) - minimum_years + 1]:
        window = x_frame.loc[year:]
        fit = panel_exposure(panel, window)
        permuted = _dealt_coefficients(y_frame.loc[year:], window, dealt.positions)
        sizes.append(np.abs(permuted) / sqrt(float((permuted**2).mean())))
        rows[year] = {
            "years": len(window),
            "coefficient": fit.coefficient,
            "ci_low": fit.ci_cluster[0],
            "ci_high": fit.ci_cluster[1],
            "p_cluster": fit.p_cluster,
            "p_jackknife": fit.p_jackknife,
            "p_wild": wild_cluster_bootstrap(panel, window, seed=seed).p_value,
            "p_permutation": float(exact_p_value(permuted[0], permuted)),
        }
    largest = np.max(sizes, axis=0)
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("first_year").astype({"years": int})
    return FirstYearScan(table, float(exact_p_value(largest[0], largest, "greater")))
