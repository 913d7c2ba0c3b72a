"""Panels: what every method checks at its door, and the few transformations that all of them share.

A panel is a wide frame, years x units: index consecutive years, columns units (regions, districts, countries), values
of one outcome. Outcomes: ``"level"`` (as given) or ``"log"`` (natural logarithm; a difference is in log points).
"""

from typing import Literal

import numpy as np
import pandas as pd

from pipeline.errors import AnalysisError, DataError, ParameterError

Outcome = Literal["level", "log"]

OUTCOMES = ("level", "log")
PRINTED_STEP = 0.1
"""Values are taken as published to one decimal unless a caller says otherwise: each may be off by half of this."""
TOLERANCE = 1e-9
"""Values nearer than this are equal: differences of printed decimals come out unequal in their last binary digits."""


def check_panel(panel: pd.DataFrame, minimum_units: int = 2) -> None:
    """Refuse a frame that is not years x units of finite numbers with consecutive years.

    Raises
    ------
    DataError
        If it is no frame, years are not whole, missing, repeated or out of order, a unit is repeated or a value is
        missing.
    AnalysisError
        If there are fewer than `minimum_units` units or fewer than two years.
    """
    if not isinstance(panel, pd.DataFrame):
        raise DataError(f"the panel must be a frame of years x units, not {type(panel).__name__}.")
    if panel.columns.has_duplicates:
        repeated = sorted(set(panel.columns[panel.columns.duplicated()]))
        raise DataError(f"the panel has repeated units {repeated}; give one column for each unit.")
    if not pd.api.types.is_integer_dtype(panel.index):
        raise DataError("the index of the panel must be whole years; set it to the year as int.")
    years = panel.index.to_numpy()
    if len(years) < 2:
        raise AnalysisError("the panel has {number} year(s); a change needs at least two.", number=len(years))
    if (np.diff(years) != 1).any():
        missing = sorted(set(range(years.min(), years.max() + 1)) - set(years.tolist()))
        raise DataError(
            "years must be consecutive, each once, in rising order"
            + (f"; missing: {missing}." if missing else "; sort them and drop the repeated ones.")
        )
    values = panel.to_numpy()
    if not np.issubdtype(values.dtype, np.number):
        raise DataError("the panel holds values that are not numbers; convert them to float.")
    if not np.isfinite(values).all():
        rows, columns = np.nonzero(~np.isfinite(values))
        raise DataError(
            f"the panel has {len(rows)} missing value(s), the first for {panel.columns[columns[0]]} "
            f"in {years[rows[0]]}; leave out the unit or the years, nothing is filled in."
        )
    if panel.shape[1] < minimum_units:
        raise AnalysisError(
            "the panel has {number} unit(s) ({units}); this analysis needs at least {least}.",
            number=panel.shape[1],
            units=", ".join(map(str, panel.columns)),
            least=minimum_units,
        )


def check_unit(panel: pd.DataFrame, unit: str) -> int:
    """Position of a unit among the columns; ParameterError with the known names if it has no column."""
    if unit not in panel.columns:
        raise ParameterError(f"the panel has no {unit!r}; it has {', '.join(map(str, panel.columns))}.")
    return int(panel.columns.get_loc(unit))


def check_year(panel: pd.DataFrame, year: int, name: str) -> int:
    """Position of a year in the index; ParameterError with the panel's span if it is outside."""
    if year not in panel.index:
        raise ParameterError(
            "{name} {year} is outside the panel, {first}-{last}.",
            name=name,
            year=year,
            first=panel.index[0],
            last=panel.index[-1],
        )
    return int(panel.index.get_loc(year))


def check_year_pair(panel: pd.DataFrame, year_before: int, year_after: int) -> int:
    """The distance in years of a pair in the panel; ParameterError if it is outside or not in order."""
    before = check_year(panel, year_before, "year_before")
    after = check_year(panel, year_after, "year_after")
    if after <= before:
        raise ParameterError(f"year_after {year_after} must come after year_before {year_before}.")
    return after - before


def check_level(level: float) -> None:
    """ParameterError unless 0 < level < 1."""
    if not 0 < level < 1:
        raise ParameterError(f"level must lie between 0 and 1, not {level}.")


def unit_index(panel: pd.DataFrame) -> pd.Index:
    """The units as the index of a result: named as the panel names its columns, "unit" where it does not."""
    return panel.columns.rename(panel.columns.name or "unit")


def outcome_values(panel: pd.DataFrame, outcome: Outcome) -> np.ndarray:
    """The panel as an array (years x units): as given, or its natural logarithm.

    Raises ParameterError for an unknown outcome, AnalysisError where the logarithm of a value <= 0 is asked for.
    """
    if outcome not in OUTCOMES:
        raise ParameterError(f"outcome must be one of {', '.join(OUTCOMES)}, not {outcome!r}.")
    values = panel.to_numpy(dtype=float)
    if outcome == "level":
        return values
    if (values <= 0).any():
        raise AnalysisError("a value of zero or less has no logarithm; use outcome='level'.")
    return np.log(values)


def yearly_changes(panel: pd.DataFrame, outcome: Outcome = "level", lag: int = 1) -> pd.DataFrame:
    """Change over `lag` years of every unit: (years - lag) x units, indexed by the later year.

    In the unit of the panel or log points.

    Raises
    ------
    ParameterError : lag not a whole number from 1 to years - 1, unknown outcome.
    AnalysisError : logarithm of a value of zero or less. DataError : see `check_panel`.
    """
    check_panel(panel, minimum_units=1)
    if isinstance(lag, bool) or not isinstance(lag, int | np.integer) or not 1 <= lag < len(panel):
        raise ParameterError(f"lag must be a whole number from 1 to {len(panel) - 1}, not {lag!r}.")
    values = outcome_values(panel, outcome)
    return pd.DataFrame(values[lag:] - values[:-lag], index=panel.index[lag:], columns=panel.columns)


def most_volatile(panel: pd.DataFrame, unit: str, last_year: int, number: int = 2) -> list[str]:
    """The units besides `unit` whose yearly changes up to `last_year` scatter most (standard deviation), in the order
    of the panel.

    Raises as `check_panel` and `check_unit`.
    """
    check_panel(panel)
    check_unit(panel, unit)
    spread = panel.drop(columns=unit).loc[:last_year].diff().std().fillna(0)
    return [name for name in panel if name in set(spread.nlargest(number).index)]


def change_bounds(
    before: np.ndarray, after: np.ndarray, outcome: Outcome, printed_step: float = PRINTED_STEP
) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest change that printed values (rounded to `printed_step`) allow; same shape as given.

    A printed y stands for [y - step/2, y + step/2]. The bounds are exact, in the unit of the values or log points.
    """
    half = printed_step / 2
    if outcome == "level":
        return after - before - printed_step, after - before + printed_step
    if (np.minimum(before, after) <= half).any():
        raise AnalysisError(f"a printed value of {half} or less may stand for zero, which has no logarithm.")
    return np.log((after - half) / (before + half)), np.log((after + half) / (before - half))


def double_demean(values: np.ndarray) -> np.ndarray:
    """Values (years x units) less unit means and year means, plus the overall mean.

    That is the within transformation of a balanced two-way panel (Frisch-Waugh-Lovell).
    """
    return values - values.mean(axis=0) - values.mean(axis=1, keepdims=True) + values.mean()


# --- a regressor beside the panel -----------------------------------------------------------------------------


def align_regressor(
    panel: pd.DataFrame, regressor: pd.DataFrame, minimum_units: int = 3, minimum_years: int = 2
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The panel and a regressor (both years x units) over the years of the regressor, in the panel's order of units.

    Every year and unit of `regressor` must be in `panel`, and every unit of `panel` in `regressor`; its years need not
    be consecutive, but it may have no gap.

    Raises
    ------
    AnalysisError
        For a gap, a unit or year on one side only, fewer than `minimum_units` units or `minimum_years` years, and a
        regressor without variation once unit and year means are removed.
    DataError
        See `check_panel`.
    """
    check_panel(panel)
    if set(regressor.columns) != set(panel.columns):
        missing = sorted(set(panel.columns) - set(regressor.columns))
        extra = sorted(set(regressor.columns) - set(panel.columns))
        raise AnalysisError(
            f"panel and regressor must cover the same units; missing from the regressor: {missing or 'none'}, "
            f"not in the panel: {extra or 'none'}. Select the common units first."
        )
    if not regressor.index.is_unique or not regressor.columns.is_unique:
        raise AnalysisError("the regressor repeats a year or a unit: give each once.")
    outside = sorted(set(regressor.index) - set(panel.index))
    if outside:
        raise AnalysisError(f"the regressor has years that the panel has not: {outside}. Cut it to the panel's years.")
    if len(regressor.columns) < minimum_units or len(regressor) < minimum_years:
        raise AnalysisError(
            f"this analysis needs at least {minimum_units} units and {minimum_years} years; the regressor has "
            f"{len(regressor.columns)} units and {len(regressor)} years."
        )
    x = regressor.loc[:, panel.columns].astype(float).sort_index(kind="stable")
    if not np.isfinite(x.to_numpy()).all():
        year, unit = np.argwhere(~np.isfinite(x.to_numpy()))[0]
        raise AnalysisError(
            f"the regressor has no value for {x.columns[unit]} in {x.index[year]}: the panel must be complete."
        )
    within = double_demean(x.to_numpy())
    if (within**2).sum() <= 1e-16 * max((x.to_numpy() ** 2).sum(), 1.0):
        raise AnalysisError(
            "the regressor has no variation left once unit and year means are removed: its coefficient does not exist."
        )
    return panel.loc[x.index].astype(float), x


def check_residual(y: np.ndarray, x: np.ndarray) -> None:
    """Refuse a regression of one double-demeaned array on another that leaves nothing: it has no standard error.

    Raises
    ------
    AnalysisError
        If the residual is zero but for rounding.
    """
    coefficient = (x * y).sum() / (x**2).sum()
    if ((y - coefficient * x) ** 2).sum() <= 1e-18 * max((y**2).sum(), 1.0):
        raise AnalysisError(
            "the regression fits without any residual (a constant panel, or one that follows the regressor exactly): "
            "no standard error exists."
        )


def cluster_factor(clusters: int, observations: int, parameters: int) -> float:
    """Small-sample factor of the clustered (CR1) variance, G/(G-1) (N-1)/(N-K); AnalysisError where N <= K."""
    if observations <= parameters:
        raise AnalysisError(f"{observations} observations cannot carry {parameters} parameters; add years.")
    return clusters / (clusters - 1) * (observations - 1) / (observations - parameters)
