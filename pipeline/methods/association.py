"""Association: do units with more of something show a larger change? Permutation p-values, several indicators at once.

One value per unit and indicator, one change per unit. An association is a description: nobody dealt the indicators out
over the units.
"""

from dataclasses import dataclass
from math import factorial

import numpy as np
import pandas as pd
from scipy import stats

from pipeline.errors import AnalysisError
from pipeline.methods.panels import TOLERANCE, check_panel
from pipeline.methods.randomisation import SAMPLED_ORDERINGS, exact_p_value, orderings

MINIMUM_UNITS = 4  # 3! = 6 orderings: the smallest p-value, 1/6, could never be called small


@dataclass(frozen=True)
class ExposureAssociation:
    """Association of several indicators with the change of one outcome, over the same units.

    table
        One row per indicator: `slope` (change per unit of the indicator), `pearson`, `spearman`, and for each
        of the two correlations the exact two-sided permutation p-value (`p_*`), Holm's adjustment over the
        indicators (`p_holm_*`) and the step-down max-T adjustment (`p_max_t_*`).
    units
        The units used, in order.
    orderings, enumerated
        Number of orderings, the observed one among them; whether these are all n! of them.
    smallest_p
        1 / orderings: no p-value can be smaller (ties in the data make the attainable minimum larger).
    """

    table: pd.DataFrame
    units: tuple[str, ...]
    orderings: int
    enumerated: bool
    smallest_p: float


def _check_exposure(exposure: pd.DataFrame, units: pd.Index) -> None:
    if exposure.shape[1] == 0:
        raise AnalysisError("The exposure table has no indicator: give at least one column.")
    if not exposure.index.is_unique or not exposure.columns.is_unique:
        raise AnalysisError("The exposure table repeats a unit or an indicator: give each once.")
    if set(exposure.index) != set(units):
        missing, extra = sorted(set(units) - set(exposure.index)), sorted(set(exposure.index) - set(units))
        raise AnalysisError(
            f"Exposure and change must cover the same units; missing from exposure: {missing or 'none'}, "
            f"without a change: {extra or 'none'}. Select the common units first."
        )
    if len(units) < MINIMUM_UNITS:
        raise AnalysisError(
            f"{len(units)} units give {factorial(len(units))} orderings, so no exact p-value can be "
            f"below {1 / factorial(len(units)):.3f}: at least {MINIMUM_UNITS} units are needed."
        )
    for indicator in exposure.columns:
        column = exposure[indicator].to_numpy(dtype=float)
        if not np.isfinite(column).all():
            gaps = exposure.index[~np.isfinite(column)].tolist()
            raise AnalysisError(
                f"Indicator {indicator!r} has no value for {', '.join(gaps)}: drop the indicator, or these "
                "units for all indicators (the permutations must be the same)."
            )
        if np.ptp(column) == 0:
            raise AnalysisError(f"Indicator {indicator!r} is the same in every unit: it has no association.")


def _standardise(values: np.ndarray) -> np.ndarray:
    """Columns centred and divided by their Euclidean norm, so that products of columns are correlations."""
    centred = values - values.mean(axis=0)
    return centred / np.linalg.norm(centred, axis=0)


def holm(p_values: np.ndarray) -> np.ndarray:
    """Holm's step-down adjustment of p-values, in the order given (Holm 1979, Scandinavian Journal of Statistics 6)."""
    from statsmodels.stats.multitest import multipletests  # takes a while to load

    return multipletests(p_values, method="holm")[1]


def step_down_max_t(permuted: np.ndarray) -> np.ndarray:
    """Westfall-Young step-down max-T adjusted p-values from permuted statistics.

    Parameters: `permuted` (orderings x indicators), statistics on a common scale under every ordering; row 0
    is the ordering observed.

    With |T_(1)| >= ... >= |T_(m)| observed, p~_(i) = max over j <= i of share of orderings with max over l >=
    j of |T*_(l)| >= |T_(j)| (Westfall and Young 1993, Resampling-Based Multiple Testing, algorithm 4.1; Ge,
    Dudoit and Speed 2003, Test 12). Strong control of the family-wise error rests on subset pivotality, which
    holds here because permuting units leaves the joint distribution of any subset of indicators unchanged.
    """
    size = np.abs(permuted)
    order = np.argsort(-size[0], kind="stable")
    ordered = size[:, order]
    successive = np.maximum.accumulate(ordered[:, ::-1], axis=1)[:, ::-1]
    raw = (successive >= ordered[0] - TOLERANCE).mean(axis=0)
    adjusted = np.empty_like(raw)
    adjusted[order] = np.maximum.accumulate(raw)
    return adjusted


def exposure_association(
    exposure: pd.DataFrame, change: pd.Series, draws: int = SAMPLED_ORDERINGS, seed: int = 0
) -> ExposureAssociation:
    """Linear and rank association of indicators with a change, with permutation p-values.

    Parameters: `exposure` (units x indicators, any units of measurement); `change` by unit, the same units. The p-value
    of an indicator is the share of orderings of the changes over the units (all n! of them up to 9 units, above that
    `draws` random ones with `seed`, see `randomisation.orderings`) in which the absolute correlation is at least the
    one observed (the observed ordering included). Pearson's correlation orders the orderings exactly as the
    least-squares slope does; Spearman's uses mid-ranks for ties.

    Raises AnalysisError for fewer than 4 units, a unit missing on either side, an
    indicator with a gap, a constant indicator, and a change that is the same everywhere. About a second for 40 units.

    Sources: Pitman 1937, Supplement to the JRSS 4 (permutation test of a correlation); Holm 1979; Westfall
    and Young 1993. One date per indicator: this is adoption against change, not change of adoption against
    change.
    """
    values = change.to_numpy(dtype=float)
    if not np.isfinite(values).all():
        raise AnalysisError(f"No change is given for {', '.join(change.index[~np.isfinite(values)])}.")
    _check_exposure(exposure, change.index)
    if np.ptp(values) == 0:
        raise AnalysisError("The change is the same in every unit: nothing can be associated with it.")

    aligned = exposure.loc[change.index].astype(float)
    dealt = orderings(len(values), draws, seed)
    table = pd.DataFrame(index=aligned.columns.rename("indicator"))
    centred = aligned.to_numpy() - aligned.to_numpy().mean(axis=0)
    table["slope"] = centred.T @ values / (centred**2).sum(axis=0)
    for name, x, y in (
        ("pearson", aligned.to_numpy(), values),
        ("spearman", stats.rankdata(aligned.to_numpy(), axis=0), stats.rankdata(values)),
    ):
        correlations = _standardise(y[:, None])[dealt.positions, 0] @ _standardise(x)
        p_values = exact_p_value(correlations[0], correlations.T)
        table[name] = correlations[0]
        table[f"p_{name}"] = p_values
        table[f"p_holm_{name}"] = holm(p_values)
        table[f"p_max_t_{name}"] = step_down_max_t(correlations)
    count = len(dealt.positions)
    return ExposureAssociation(table, tuple(change.index), count, dealt.enumerated, 1 / count)


def leave_one_out_association(exposure: pd.DataFrame, change: pd.Series) -> pd.DataFrame:
    """`exposure_association` with each unit left out in turn: is one unit the whole association?

    Returns a frame indexed by (`omitted`, `indicator`) with the columns of `ExposureAssociation.table`. At
    least five units are needed (four remain). Raises what `exposure_association` raises. About a minute for 40 units.
    """
    if len(change) <= MINIMUM_UNITS:
        raise AnalysisError(f"Leaving one out needs at least {MINIMUM_UNITS + 1} units; {len(change)} were given.")
    tables = {
        omitted: exposure_association(exposure.drop(index=omitted, errors="ignore"), change.drop(omitted)).table
        for omitted in change.index
    }
    return pd.concat(tables, names=["omitted"])


def association_by_year(exposure: pd.DataFrame, panel: pd.DataFrame) -> pd.DataFrame:
    """Correlation of today's exposure with the change of *every* year: a placebo in time.

    An indicator of the last years cannot have moved the outcome of earlier decades. When its correlation with the
    change of the year under study is no rarer than with the changes of those years, the association is
    ordinary.

    Returns a frame (year of the change x indicator) of Pearson correlations; years in which no unit's
    change differs from another's are refused with an AnalysisError, as are the inputs `exposure_association`
    refuses.
    """
    check_panel(panel)
    _check_exposure(exposure, panel.columns)
    changes = panel.astype(float).diff().iloc[1:]
    flat = changes.index[np.ptp(changes.to_numpy(), axis=1) == 0].tolist()
    if flat:
        raise AnalysisError(f"The change is the same in every unit in {flat}: no correlation exists.")
    x = _standardise(exposure.loc[panel.columns].to_numpy(dtype=float))
    y = _standardise(changes.to_numpy().T)
    return pd.DataFrame(y.T @ x, index=changes.index, columns=exposure.columns)
