"""Synthetic control: the weighted mean of other units that best follows one unit up to a year, and the gap after.

Weights minimise ``sum_t (y_1t - sum_j w_j y_jt)^2`` over all pre-years of the outcome subject to w >= 0, sum w = 1
(Abadie and Gardeazabal 2003, American Economic Review 93(1); Abadie, Diamond and Hainmueller 2010, Journal of the
American Statistical Association 105(490)). All pre-years count alike and there are no other predictors, so no predictor
weights V are searched for. Input: a panel, years x units (see `panels`).

A gap is a comparison with a weighted mean of other units. Where the fit before is poor, or placebo units and years show
gaps as large, it says nothing of the unit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import linalg, optimize

from pipeline.errors import AnalysisError, ParameterError
from pipeline.methods.panels import (
    PRINTED_STEP,
    TOLERANCE,
    Outcome,
    check_panel,
    check_unit,
    check_year,
    outcome_values,
    unit_index,
)
from pipeline.methods.randomisation import exact_p_value

WEIGHT_DECIMALS = 3


def simplex_weights(donors: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Weights w >= 0, sum w = 1, that minimise ``|target - donors w|``; exact and deterministic.

    With A = donors - target 1' the problem is to minimise |A w|. Non-negative least squares on
    ``|A v|^2 + (1'v - 1)^2`` solves it exactly: for v = s w the minimum over w is the same for every s > 0, so
    v / sum v is the answer. SciPy's NNLS is an active-set method (Lawson and Hanson 1974) that ends in finitely many
    steps without a starting value.

    There may be more donors than years: the weights are unique as long as the target lies outside the convex hull of
    the donors and the nearest point of the hull is a mean of donors in one way only (Abadie and L'Hour 2021, Journal of
    the American Statistical Association 116(536)), which is checked at the optimum.

    Parameters
    ----------
    donors, target
        (years x donors) and (years,), in one unit.

    Raises
    ------
    AnalysisError
        If other weights fit exactly as well.
    """
    differences = donors - target[:, None]
    count = donors.shape[1]
    scale = max(np.abs(differences).max(), TOLERANCE)
    scaled = differences / scale
    stacked = np.vstack([scaled, np.ones(count)])
    solution, _ = optimize.nnls(stacked, np.append(np.zeros(len(target)), 1.0))
    weights = solution / solution.sum()
    rivals = _rivals(scaled, weights)
    if rivals:
        raise AnalysisError(
            "{years} pre-years cannot tell {donors} donors apart: other weights on {rivals} of them fit exactly as "
            "well; take more pre-years or fewer donors.",
            years=len(target),
            donors=count,
            rivals=rivals,
        )
    return weights


def _rivals(differences: np.ndarray, weights: np.ndarray) -> int:
    """How many donors can share the optimum with other weights; 0 where the weights are unique.

    Every optimum has the same residual r = A w. One that differs by d, sum d = 0, has A d = 0, and takes only donors j
    on the face of the hull nearest to the target, r'A_j = r'r (Karush, Kuhn and Tucker); where w_j = 0 it needs
    d_j >= 0. So the weights are unique if no such d other than 0 exists, which a linear program decides.
    """
    residual = differences @ weights
    face = np.flatnonzero((residual @ differences <= residual @ residual + TOLERANCE) | (weights > 0))
    equations = np.vstack([differences[:, face], np.ones(len(face))])
    moves = linalg.null_space(equations, rcond=TOLERANCE)
    if not moves.shape[1]:
        return 0
    unused = weights[face] <= TOLERANCE
    if np.linalg.matrix_rank(equations[:, ~unused], tol=TOLERANCE) < (~unused).sum():
        return len(face)
    into = moves[unused]
    found = optimize.linprog(
        -into.sum(axis=0), A_ub=np.vstack([-into, into]), b_ub=np.repeat([0.0, 1.0], len(into)), bounds=(-1e3, 1e3)
    )
    return len(face) if -found.fun > 1e-6 else 0


@dataclass(frozen=True, eq=False)
class SyntheticControl:
    """Result of `synthetic_control`.

    weights : donor -> weight (sum 1), not rounded; `printed_weights` has three decimals.
    synthetic, gaps : by year, whole panel, in the unit of the panel or log points; gap = observed - synthetic.
    pre_rmspe : root mean squared gap over the pre-years, in the unit of the panel or log points.
    gap_half_width : what rounding of the printed values allows for a gap in levels, the weights held fixed; None
        for logs, where it depends on the year.
    """

    unit: str
    pre_years: tuple[int, int]
    outcome: Outcome
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
            raise AnalysisError(
                "{unit} is fitted without error before; the RMSPE ratio has no meaning.", unit=self.unit
            )
        return float(np.sqrt((gaps**2).mean()) / self.pre_rmspe)


def synthetic_control(
    panel: pd.DataFrame,
    unit: str,
    last_pre_year: int,
    outcome: Outcome = "level",
    printed_step: float = PRINTED_STEP,
) -> SyntheticControl:
    """Synthetic control of one unit from all others, weights from all years up to `last_pre_year`.

    Raises
    ------
    ParameterError : unknown unit; last_pre_year outside the panel or its last year.
    AnalysisError : fewer than two donors; a series constant before (not a measured one); weights not
        unique.
    DataError : see `check_panel`.
    """
    check_panel(panel, minimum_units=3)
    column = check_unit(panel, unit)
    n_pre = check_year(panel, last_pre_year, "last_pre_year") + 1
    if n_pre == len(panel):
        raise ParameterError(f"last_pre_year {last_pre_year} is the last of the panel; no later year has a gap.")
    values = outcome_values(panel, outcome)
    constant = np.ptp(values[:n_pre], axis=0) <= TOLERANCE
    if constant.any():
        raise AnalysisError(
            "the values of {units} do not vary up to {last_pre_year}; leave the unit out or take more pre-years.",
            units=", ".join(panel.columns[constant]),
            last_pre_year=last_pre_year,
        )
    target, donors = values[:, column], np.delete(values, column, axis=1)
    weights = simplex_weights(donors[:n_pre], target[:n_pre])
    synthetic = donors @ weights
    gaps = target - synthetic
    pre = target[:n_pre]
    return SyntheticControl(
        unit=unit,
        pre_years=(int(panel.index[0]), last_pre_year),
        outcome=outcome,
        weights=pd.Series(weights, index=panel.columns.drop(unit), name="weight"),
        synthetic=pd.Series(synthetic, index=panel.index, name="synthetic"),
        gaps=pd.Series(gaps, index=panel.index, name="gap"),
        pre_rmspe=float(np.sqrt((gaps[:n_pre] ** 2).mean())),
        pre_r_squared=float(1 - (gaps[:n_pre] ** 2).sum() / ((pre - pre.mean()) ** 2).sum()),
        gap_half_width=printed_step if outcome == "level" else None,
    )


def placebo_in_space(
    panel: pd.DataFrame, last_pre_year: int, years: Sequence[int] | None = None, outcome: Outcome = "level"
) -> pd.DataFrame:
    """Every unit in turn as the treated one, the really treated one among the donors of the others.

    Index: unit. Columns: gap_<year> for each of `years` (None: all after last_pre_year), pre_rmspe (unit of the
    panel or log points), rmspe_ratio, p_value: share of units whose ratio is at least as large, itself included
    (never below 1 / units). Abadie, Diamond and Hainmueller (2010). Raises as `synthetic_control` and
    `rmspe_ratio`.
    """
    check_panel(panel, minimum_units=3)
    fits = [synthetic_control(panel, unit, last_pre_year, outcome) for unit in panel.columns]
    chosen = list(fits[0].post_gaps.index) if years is None else list(years)
    ratios = np.array([fit.rmspe_ratio(chosen) for fit in fits])
    table = pd.DataFrame(
        {f"gap_{year}": [fit.gaps.loc[year] for fit in fits] for year in chosen},
        index=unit_index(panel),
    )
    table["pre_rmspe"] = [fit.pre_rmspe for fit in fits]
    table["rmspe_ratio"] = ratios
    table["p_value"] = exact_p_value(ratios, np.tile(ratios, (len(ratios), 1)), "greater")
    return table


def placebo_in_time(
    panel: pd.DataFrame,
    unit: str,
    last_pre_year: int,
    minimum_pre_years: int = 15,
    outcome: Outcome = "level",
) -> pd.DataFrame:
    """Each earlier year taken as the treated one: weights from all years before it, gap in that year.

    Index: the (pseudo-)treated year, from the first with `minimum_pre_years` before it to last_pre_year +
    1, which is the real one (`placebo` False). Columns: gap, pre_rmspe (unit of the panel or log points), ratio = |gap|
    / pre_rmspe, p_value = share of these years with a ratio at least as large, itself included. Every fit
    uses only earlier years, so the gaps are comparable out-of-sample errors; years are not independent, the
    p-value is descriptive.

    Raises ParameterError (minimum_pre_years below 2 or not below the number of pre-years); as
    `synthetic_control`.
    """
    check_panel(panel, minimum_units=3)
    n_pre = check_year(panel, last_pre_year, "last_pre_year") + 1
    if not 2 <= minimum_pre_years < n_pre:
        raise ParameterError(
            "minimum_pre_years must lie between 2 and {most} (years up to {last_pre_year} less one), not {given}.",
            most=n_pre - 1,
            last_pre_year=last_pre_year,
            given=minimum_pre_years,
        )
    rows = []
    for year in panel.index[minimum_pre_years : n_pre + 1]:
        fit = synthetic_control(panel.loc[:year], unit, int(year) - 1, outcome)
        ratio = fit.rmspe_ratio([year])
        rows.append(
            {
                "year": year,
                "gap": fit.gaps.loc[year],
                "pre_rmspe": fit.pre_rmspe,
                "ratio": ratio,
                "placebo": year <= last_pre_year,
            }
        )
    table = pd.DataFrame(rows).set_index("year")
    ratios = table["ratio"].to_numpy()
    table["p_value"] = exact_p_value(ratios, np.tile(ratios, (len(ratios), 1)), "greater")
    return table


def leave_one_donor_out(panel: pd.DataFrame, unit: str, last_pre_year: int, outcome: Outcome = "level") -> pd.DataFrame:
    """The synthetic control again without each donor. Index: the donor left out. Columns: weight_lost (its
    weight in the full fit), pre_rmspe, gap_<year> for every year after last_pre_year (unit of the panel or log points).

    Raises AnalysisError with fewer than three donors (one left is no synthetic control); as
    `synthetic_control`.
    """
    check_panel(panel, minimum_units=4)
    full = synthetic_control(panel, unit, last_pre_year, outcome)
    rows = []
    for donor in full.weights.index:
        fit = synthetic_control(panel.drop(columns=donor), unit, last_pre_year, outcome)
        gaps = {f"gap_{year}": gap for year, gap in fit.post_gaps.items()}
        rows.append({"donor": donor, "weight_lost": full.weights[donor], "pre_rmspe": fit.pre_rmspe, **gaps})
    return pd.DataFrame(rows).set_index("donor")
