"""Randomisation inference: how unusual is the comparison among placebo cells that nobody treated?

The placebo cells are the difference in differences of every oblast in every pair of years
(`difference_in_differences.placebo_did`). The p-value is the share of cells at least as far from zero as the
observed one, the observed one included (Fisher 1935; Phipson and Smyth 2010, Statistical Applications in
Genetics and Molecular Biology 9(1), on counting it). It is exact if the cells are exchangeable under the
null. Nobody drew the oblast or the year by lot, so exchangeability is an assumption: over oblasts it says
that volatility is alike, over years that shocks are alike and independent from year to year. Seven oblasts
cannot give a p-value below 1/7.

References: Rosenbaum (2002), Observational Studies; Conley and Taber (2011), Review of Economics and
Statistics 93(1); MacKinnon and Webb (2020), Journal of Econometrics 218(2).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from pipeline.errors import AnalysisError, ParameterError
from pipeline.methods.difference_in_differences import (
    OUTCOME_UNITS,
    TOLERANCE,
    Outcome,
    check_oblast,
    check_year_pair,
    check_yields,
    placebo_did,
    placebo_did_bounds,
)

Alternative = Literal["two-sided", "greater", "less"]
Over = Literal["oblasts", "years", "oblasts and years"]


def exact_p_value(
    observed: float | np.ndarray,
    cells: np.ndarray,
    alternative: Alternative = "two-sided",
    tolerance: float = TOLERANCE,
) -> np.ndarray:
    """Share of cells at least as extreme as the observed value; vectorised.

    Parameters
    ----------
    observed : (...,); cells : (..., number of cells), same unit, **the observed cell among them**.
    alternative : "two-sided" compares absolute values, "greater" and "less" the signed ones.
    tolerance : cells within it of the observed value are ties and count as extreme; yields are printed to
        0.1, so equal differences are common and come out unequal in the last binary digit.

    Returns
    -------
    (...,) p-values in [1 / number of cells, 1].

    Raises
    ------
    ParameterError : unknown alternative.
    AnalysisError : no cells, a value that is not finite, or the observed value not among its cells.
    """
    observed = np.asarray(observed, dtype=float)
    cells = np.asarray(cells, dtype=float)
    if cells.ndim == 0 or cells.shape[-1] == 0:
        raise AnalysisError("there are no placebo cells; a p-value needs at least the observed one.")
    if not (np.isfinite(observed).all() and np.isfinite(cells).all()):
        raise AnalysisError("observed value and placebo cells must be finite numbers.")
    target = observed[..., None]
    if not (np.abs(cells - target) <= tolerance).any(axis=-1).all():
        raise AnalysisError("the observed value must be one of the placebo cells; add it to them.")
    if alternative == "two-sided":
        extreme = np.abs(cells) >= np.abs(target) - tolerance
    elif alternative == "greater":
        extreme = cells >= target - tolerance
    elif alternative == "less":
        extreme = cells <= target + tolerance
    else:
        raise ParameterError(f"alternative must be two-sided, greater or less, not {alternative!r}.")
    return extreme.mean(axis=-1)


@dataclass(frozen=True)
class RandomisationTest:
    """Result of `randomisation_test`; `observed` in `unit`.

    `p_lowest` and `p_highest` bound the two-sided p-value when every cell is moved as far as rounding of
    the printed yields allows, each on its own (conservative: the cells share yields and cannot all move
    apart). `rank`: place of the cell by absolute value, 1 the largest, ties counted before it, so
    p_two_sided = rank / cells.
    """

    oblast: str
    year_before: int
    year_after: int
    over: str
    unit: str
    observed: float
    cells: int
    rank: int
    p_two_sided: float
    p_greater: float
    p_less: float
    p_lowest: float
    p_highest: float
    smallest_p: float


def placebo_cells(placebo: pd.DataFrame, oblast: str, year_after: int, over: Over) -> np.ndarray:
    """Cells of a placebo frame (years x oblasts) that one test compares: a row, a column or all of them."""
    if over == "oblasts":
        return placebo.loc[year_after].to_numpy()
    if over == "years":
        return placebo[oblast].to_numpy()
    if over == "oblasts and years":
        return placebo.to_numpy().ravel()
    raise ParameterError(f"over must be 'oblasts', 'years' or 'oblasts and years', not {over!r}.")


def randomisation_test(
    yields: pd.DataFrame,
    oblast: str,
    year_before: int,
    year_after: int,
    over: Over,
    outcome: Outcome = "level",
) -> RandomisationTest:
    """Exact p-values of the two-year difference in differences against all others.

    `over`: "oblasts", every oblast in the same two years (7 cells); "years", the same oblast in every pair
    of years the same distance apart (34 cells for yearly changes; pairs overlap when the distance is above
    one); "oblasts and years", all of them (7 x 34 = 238 cells, which sum to zero within each year and are
    not independent). The whole panel is used, years after the pair included. To see the test without an
    oblast, drop its column first.

    `yields`: years x oblasts, c/ha. Raises ParameterError (unknown oblast, pair outside the panel, `over`),
    AnalysisError (fewer than three oblasts: two are mirror images of each other, every p-value is 1),
    DataError.
    """
    check_yields(yields, minimum_oblasts=3)
    check_oblast(yields, oblast)
    gap = check_year_pair(yields, year_before, year_after)
    placebo = placebo_did(yields, gap, outcome)
    observed = float(placebo.loc[year_after, oblast])
    cells = placebo_cells(placebo, oblast, year_after, over)
    low, high = placebo_did_bounds(yields, gap, outcome)
    nearest = np.maximum(np.maximum(low, -high), 0.0)
    farthest = np.maximum(low.abs(), high.abs())
    near, far = (placebo_cells(frame, oblast, year_after, over) for frame in (nearest, farthest))
    own_near, own_far = nearest.loc[year_after, oblast], farthest.loc[year_after, oblast]
    n = len(cells)
    p_two_sided = float(exact_p_value(observed, cells))
    return RandomisationTest(
        oblast=oblast,
        year_before=year_before,
        year_after=year_after,
        over=over,
        unit=OUTCOME_UNITS[outcome],
        observed=observed,
        cells=n,
        rank=round(p_two_sided * n),
        p_two_sided=p_two_sided,
        p_greater=float(exact_p_value(observed, cells, "greater")),
        p_less=float(exact_p_value(observed, cells, "less")),
        p_lowest=float((1 + (near > own_far + TOLERANCE).sum()) / n),
        p_highest=float((far >= own_near - TOLERANCE).mean()),
        smallest_p=1 / n,
    )
