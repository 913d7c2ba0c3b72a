"""Synthetic control: the weighted mean of other oblasts that best follows one oblast up to a year, and the
gap after.

Weights minimise ``sum_t (y_1t - sum_j w_j y_jt)^2`` over all pre-years of the outcome subject to w >= 0,
sum w = 1 (Abadie and Gardeazabal 2003, American Economic Review 93(1); Abadie, Diamond and Hainmueller
2010, Journal of the American Statistical Association 105(490)). All pre-years count alike and there are no
other predictors, so no predictor weights V are searched for. Input: `yields`, years x oblasts, c/ha.

A gap is a comparison with a weighted mean of neighbours. Where the fit before is poor, or placebo oblasts
and years show gaps as large, it says nothing of the oblast.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize

from pipeline.errors import AnalysisError, ParameterError
from pipeline.methods.difference_in_differences import (
    OUTCOME_UNITS,
    PRINTED_STEP,
    TOLERANCE,
    Outcome,
    check_oblast,
    check_year,
    check_yields,
    outcome_values,
)
from pipeline.methods.randomisation import exact_p_value

WEIGHT_DECIMALS = 3


def simplex_weights(donors: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Weights w >= 0, sum w = 1, that minimise ``|target - donors w|``; exact and deterministic.

    `donors` (years x donors), `target` (years,), same unit. With A = donors - target 1' the problem is to
    minimise |A w|. Non-negative least squares on ``|A v|^2 + (1'v - 1)^2`` solves it exactly: for v = s w
    the minimum over w is the same for every s > 0, so v / sum v is the answer. SciPy's NNLS is an
    active-set method (Lawson and Hanson 1974) that ends in finitely many steps without a starting value.

    Raises AnalysisError when the weights are not unique (more donors than the years can tell apart).
    """
    differences = donors - target[:, None]
    count = donors.shape[1]
    if np.linalg.matrix_rank(np.vstack([donors, np.ones(count)])) < count:
        raise AnalysisError(
            f"{len(target)} pre-years cannot tell {count} donors apart, the weights would not be unique; "
            "take more pre-years or fewer donors."
        )
    scale = np.abs(differences).max()
    if scale <= TOLERANCE:  # one donor repeats the target; the rank check leaves no second one
        return np.full(count, 1 / count)
    stacked = np.vstack([differences / scale, np.ones(count)])
    solution, _ = optimize.nnls(stacked, np.append(np.zeros(len(target)), 1.0))
    return solution / solution.sum()


@dataclass(frozen=True, eq=False)
class SyntheticControl:
    """Result of `synthetic_control`.

    weights : donor -> weight (sum 1), not rounded; `printed_weights` has three decimals.
    synthetic, gaps : by year, whole panel, in `unit`; gap = observed - synthetic.
    pre_rmspe : root mean squared gap over the pre-years, in `unit`.
    gap_half_width : what rounding of the yields to 0.1 allows for a gap in levels, the weights held fixed
        (c/ha); None for logs, where it depends on the year.
    """

    oblast: str
    pre_years: tuple[int, int]
    unit: str
    weights: pd.Series
    synthetic: pd.Series
    gaps: pd.Series
    pre_rmspe: float
    pre_r_squared: float
    gap_half_width: float | None

    @property
    def printed_weights(self) -> pd.Series:
        return self.weights.round(WEIGHT_DECIMALS)

    @property
    def post_gaps(self) -> pd.Series:
        return self.gaps.loc[self.pre_years[1] + 1 :]

    def rmspe_ratio(self, years: Sequence[int] | None = None) -> float:
        """RMSPE of the given later years (None: all of them) over RMSPE of the pre-years; without unit.

        AnalysisError for a perfect fit before, where the ratio has no meaning; ParameterError for years not
        after it.
        """
        gaps = self.post_gaps
        if years is not None:
            if not len(years) or not set(years) <= set(gaps.index):
                raise ParameterError(f"years {list(years)} are not all after {self.pre_years[1]} in the panel.")
            gaps = gaps.loc[list(years)]
        if self.pre_rmspe <= TOLERANCE:
            raise AnalysisError(f"{self.oblast} is fitted without error before; the RMSPE ratio has no meaning.")
        return float(np.sqrt((gaps**2).mean()) / self.pre_rmspe)


def synthetic_control(
    yields: pd.DataFrame, oblast: str, last_pre_year: int, outcome: Outcome = "level"
) -> SyntheticControl:
    """Synthetic control of one oblast from all others, weights from all years up to `last_pre_year`.

    Raises
    ------
    ParameterError : unknown oblast; last_pre_year outside the panel or its last year.
    AnalysisError : fewer than two donors; a series constant before (not a measured yield); weights not
        unique.
    DataError : see `check_yields`.
    """
    check_yields(yields, minimum_oblasts=3)
    column = check_oblast(yields, oblast)
    n_pre = check_year(yields, last_pre_year, "last_pre_year") + 1
    if n_pre == len(yields):
        raise ParameterError(f"last_pre_year {last_pre_year} is the last of the panel; no later year has a gap.")
    values = outcome_values(yields, outcome)
    constant = np.ptp(values[:n_pre], axis=0) <= TOLERANCE
    if constant.any():
        raise AnalysisError(
            f"the yields of {', '.join(yields.columns[constant])} do not vary up to {last_pre_year}; "
            "leave the oblast out or take more pre-years."
        )
    target, donors = values[:, column], np.delete(values, column, axis=1)
    weights = simplex_weights(donors[:n_pre], target[:n_pre])
    synthetic = donors @ weights
    gaps = target - synthetic
    pre = target[:n_pre]
    return SyntheticControl(
        oblast=oblast,
        pre_years=(int(yields.index[0]), last_pre_year),
        unit=OUTCOME_UNITS[outcome],
        weights=pd.Series(weights, index=yields.columns.drop(oblast), name="weight"),
        synthetic=pd.Series(synthetic, index=yields.index, name="synthetic"),
        gaps=pd.Series(gaps, index=yields.index, name="gap"),
        pre_rmspe=float(np.sqrt((gaps[:n_pre] ** 2).mean())),
        pre_r_squared=float(1 - (gaps[:n_pre] ** 2).sum() / ((pre - pre.mean()) ** 2).sum()),
        gap_half_width=PRINTED_STEP if outcome == "level" else None,
    )


def placebo_in_space(
    yields: pd.DataFrame, last_pre_year: int, years: Sequence[int] | None = None, outcome: Outcome = "level"
) -> pd.DataFrame:
    """Every oblast in turn as the treated one, the really treated one among the donors of the others.

    Index: oblast. Columns: gap_<year> for each of `years` (None: all after last_pre_year), pre_rmspe (c/ha
    or log points), rmspe_ratio, p_value: share of oblasts whose ratio is at least as large, itself included
    (never below 1 / oblasts). Abadie, Diamond and Hainmueller (2010). Raises as `synthetic_control` and
    `rmspe_ratio`.
    """
    check_yields(yields, minimum_oblasts=3)
    fits = [synthetic_control(yields, oblast, last_pre_year, outcome) for oblast in yields.columns]
    chosen = list(fits[0].post_gaps.index) if years is None else list(years)
    ratios = np.array([fit.rmspe_ratio(chosen) for fit in fits])
    table = pd.DataFrame(
        {f"gap_{year}": [fit.gaps.loc[year] for fit in fits] for year in chosen},
        index=pd.Index(yields.columns, name="oblast"),
    )
    table["pre_rmspe"] = [fit.pre_rmspe for fit in fits]
    table["rmspe_ratio"] = ratios
    table["p_value"] = exact_p_value(ratios, np.tile(ratios, (len(ratios), 1)), "greater")
    return table


def placebo_in_time(
    yields: pd.DataFrame,
    oblast: str,
    last_pre_year: int,
    minimum_pre_years: int = 15,
    outcome: Outcome = "level",
) -> pd.DataFrame:
    """Each earlier year taken as the treated one: weights from all years before it, gap in that year.

    Index: the (pseudo-)treated year, from the first with `minimum_pre_years` before it to last_pre_year +
    1, which is the real one (`placebo` False). Columns: gap, pre_rmspe (c/ha or log points), ratio = |gap|
    / pre_rmspe, p_value = share of these years with a ratio at least as large, itself included. Every fit
    uses only earlier years, so the gaps are comparable out-of-sample errors; years are not independent, the
    p-value is descriptive.

    Raises ParameterError (minimum_pre_years below 2 or not below the number of pre-years); as
    `synthetic_control`.
    """
    check_yields(yields, minimum_oblasts=3)
    n_pre = check_year(yields, last_pre_year, "last_pre_year") + 1
    if not 2 <= minimum_pre_years < n_pre:
        raise ParameterError(
            f"minimum_pre_years must lie between 2 and {n_pre - 1} (years up to {last_pre_year} less one), "
            f"not {minimum_pre_years}."
        )
    rows = []
    for year in yields.index[minimum_pre_years : n_pre + 1]:
        fit = synthetic_control(yields.loc[:year], oblast, int(year) - 1, outcome)
        ratio = fit.rmspe_ratio([year])
        rows.append(
            {"year": year, "gap": fit.gaps.loc[year], "pre_rmspe": fit.pre_rmspe, "ratio": ratio,
             "placebo": year <= last_pre_year}
        )  # fmt: skip
    table = pd.DataFrame(rows).set_index("year")
    ratios = table["ratio"].to_numpy()
    table["p_value"] = exact_p_value(ratios, np.tile(ratios, (len(ratios), 1)), "greater")
    return table


def leave_one_donor_out(
    yields: pd.DataFrame, oblast: str, last_pre_year: int, outcome: Outcome = "level"
) -> pd.DataFrame:
    """The synthetic control again without each donor. Index: the donor left out. Columns: weight_lost (its
    weight in the full fit), pre_rmspe, gap_<year> for every year after last_pre_year (c/ha or log points).

    Raises AnalysisError with fewer than three donors (one left is no synthetic control); as
    `synthetic_control`.
    """
    check_yields(yields, minimum_oblasts=4)
    full = synthetic_control(yields, oblast, last_pre_year, outcome)
    rows = []
    for donor in full.weights.index:
        fit = synthetic_control(yields.drop(columns=donor), oblast, last_pre_year, outcome)
        gaps = {f"gap_{year}": gap for year, gap in fit.post_gaps.items()}
        rows.append({"donor": donor, "weight_lost": full.weights[donor], "pre_rmspe": fit.pre_rmspe, **gaps})
    return pd.DataFrame(rows).set_index("donor")
