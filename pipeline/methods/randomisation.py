"""Randomisation inference: how unusual is the comparison among placebo cells that nobody treated?

The placebo cells are the difference in differences of every unit in every pair of years
(`difference_in_differences.placebo_did`). The p-value is the share of cells at least as far from zero as the observed
one, the observed one included (Fisher 1935; Phipson and Smyth 2010, Statistical Applications in Genetics and Molecular
Biology 9(1), on counting it). It is exact if the cells are exchangeable under the null. Where nobody drew the unit or
the year by lot, exchangeability is an assumption: over units it says that volatility is alike, over years that shocks
are alike and independent from year to year. N units cannot give a p-value below 1/N.

References: Rosenbaum (2002), Observational Studies; Conley and Taber (2011), Review of Economics and Statistics 93(1);
MacKinnon and Webb (2020), Journal of Econometrics 218(2).
"""

from dataclasses import dataclass
from itertools import permutations
from math import factorial
from typing import Literal

import numpy as np
import pandas as pd

from pipeline.errors import AnalysisError, ParameterError
from pipeline.methods.difference_in_differences import placebo_did, placebo_did_bounds
from pipeline.methods.panels import PRINTED_STEP, TOLERANCE, Outcome, check_panel, check_unit, check_year_pair

MAXIMUM_ORDERINGS = factorial(9)
"""Orderings are enumerated up to this many (9 units), sampled above."""
SAMPLED_ORDERINGS = 99_999

Alternative = Literal["two-sided", "greater", "less"]
Over = Literal["units", "years", "units and years"]


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
    tolerance : cells within it of the observed value are ties and count as extreme; printed values are
        few-digit decimals, so equal differences are common and come out unequal in the last binary digit.

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
class Orderings:
    """Orderings of n positions, (orderings x n), the identity first; `enumerated`: all n! of them, each once."""

    positions: np.ndarray
    enumerated: bool


def orderings(n: int, draws: int = SAMPLED_ORDERINGS, seed: int = 0) -> Orderings:
    """All orderings of n positions where they number at most `MAXIMUM_ORDERINGS`, else the identity and random ones.

    A share among sampled orderings, the observed one counted in, is a valid p-value (Phipson and Smyth 2010).

    Parameters
    ----------
    draws, seed
        How many are sampled above the bound, and the seed of the sampling.

    Raises
    ------
    ParameterError
        For draws < 1.
    """
    if draws < 1:
        raise ParameterError(f"draws must be at least 1, not {draws}.")
    if factorial(n) <= MAXIMUM_ORDERINGS:
        return Orderings(np.array(list(permutations(range(n))), dtype=np.intp), True)
    sampled = np.random.default_rng(seed).permuted(np.tile(np.arange(n), (draws, 1)), axis=1)
    return Orderings(np.vstack([np.arange(n), sampled]), False)


@dataclass(frozen=True)
class RandomisationTest:
    """Result of `randomisation_test`; `observed` in the unit of the panel or log points.

    `p_lowest` and `p_highest` bound the two-sided p-value when every cell is moved as far as rounding of
    the printed values allows, each on its own (conservative: the cells share values and cannot all move
    apart). `rank`: place of the cell by absolute value, 1 the largest, ties counted before it, so
    p_two_sided = rank / cells.
    """

    unit: str
    year_before: int
    year_after: int
    over: str
    outcome: Outcome
    observed: float
    cells: int
    rank: int
    p_two_sided: float
    p_greater: float
    p_less: float
    p_lowest: float
    p_highest: float
    smallest_p: float


def placebo_cells(placebo: pd.DataFrame, unit: str, year_after: int, over: Over) -> np.ndarray:
    """Cells of a placebo frame (years x units) that one test compares: a row, a column or all of them."""
    if over == "units":
        return placebo.loc[year_after].to_numpy()
    if over == "years":
        return placebo[unit].to_numpy()
    if over == "units and years":
        return placebo.to_numpy().ravel()
    raise ParameterError(f"over must be 'units', 'years' or 'units and years', not {over!r}.")


def randomisation_test(
    panel: pd.DataFrame,
    unit: str,
    year_before: int,
    year_after: int,
    over: Over,
    outcome: Outcome = "level",
    printed_step: float = PRINTED_STEP,
) -> RandomisationTest:
    """Exact p-values of the two-year difference in differences against all others.

    `over`: "units", every unit in the same two years; "years", the same unit in every pair of years the same distance
    apart (pairs overlap when the distance is above one); "units and years", all of them (they sum to zero within each
    year and are not independent). The whole panel is used, years after the pair included. To see the test without a
    unit, drop its column first. `printed_step`: what the values are rounded to.

    `panel`: years x units. Raises ParameterError (unknown unit, pair outside the panel, `over`), AnalysisError (fewer
    than three units: two are mirror images of each other, every p-value is 1), DataError.
    """
    check_panel(panel, minimum_units=3)
    check_unit(panel, unit)
    gap = check_year_pair(panel, year_before, year_after)
    placebo = placebo_did(panel, gap, outcome)
    observed = float(placebo.loc[year_after, unit])
    cells = placebo_cells(placebo, unit, year_after, over)
    low, high = placebo_did_bounds(panel, gap, outcome, printed_step)
    nearest = np.maximum(np.maximum(low, -high), 0.0)
    farthest = np.maximum(low.abs(), high.abs())
    near, far = (placebo_cells(frame, unit, year_after, over) for frame in (nearest, farthest))
    own_near, own_far = nearest.loc[year_after, unit], farthest.loc[year_after, unit]
    n = len(cells)
    p_two_sided = float(exact_p_value(observed, cells))
    return RandomisationTest(
        unit=unit,
        year_before=year_before,
        year_after=year_after,
        over=over,
        outcome=outcome,
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
