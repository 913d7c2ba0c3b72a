"""Is one year unusual in an oblast's own history? Ranks of changes, forecasts, recovery, volatility.

Input: `yields`, a wide frame (index: consecutive years, columns: oblasts, values: yield in c/ha), or
`series`, one column of it. Nothing here looks at other oblasts as a comparison, and nothing here says why a
year was unusual.

References
----------
Cuddy and Della Valle (1978), Oxford Bulletin of Economics and Statistics 40(1) (instability around a trend).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from pipeline.errors import AnalysisError, ParameterError
from pipeline.methods.forecasting import (
    METHODS,
    MINIMUM_YEARS,
    Method,
    backtest_summary,
    checked_series,
    fit_local_level,
    forecast_table,
    persistence_errors,
    rolling_origin_backtest,
    trend_slope,
)
from pipeline.methods.panels import (
    PRINTED_STEP,
    TOLERANCE,
    Outcome,
    change_bounds,
    check_panel,
    check_unit,
    check_year,
    check_year_pair,
    outcome_values,
    yearly_changes,
)
from pipeline.methods.randomisation import exact_p_value
from pipeline.methods.regression import least_squares
from pipeline.text.fill import reason

OUTCOME_UNITS: dict[str, str] = {"level": "c/ha", "log": "log points"}

Among = Literal["oblast", "panel"]

DROUGHT_YEARS = (2021, 2023, 2025)
"""The years treated as drought years unless the caller names others."""
BASE_YEARS = (2016, 2017, 2018, 2019, 2020)
"""The last five years before the first of the drought years."""
RECENT_YEARS = 10
"""How far before the change other bases may begin."""


# --- changes and their rank ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class ChangeRank:
    """Place of one change among the changes over the same number of years; `change` is in `unit`.

    rank : 1 + number of strictly larger changes (1 = largest). Tied changes share the best of their places.
    ties : other changes equal to it.
    rank_best, rank_worst : the places between which rounding of the printed yields leaves the rank.
    share_at_least : share of changes at least as large, itself and its ties included.
    share_at_least_absolute : the same for absolute changes.
    rank_absolute : rank of the absolute change, ties as for `rank`.
    """

    oblast: str
    year_before: int
    year_after: int
    among: Among
    unit: str
    change: float
    rank: int
    ties: int
    rank_best: int
    rank_worst: int
    rank_absolute: int
    number_of_changes: int
    share_at_least: float
    share_at_least_absolute: float


def change_rank(
    yields: pd.DataFrame,
    oblast: str,
    year_before: int,
    year_after: int,
    outcome: Outcome = "level",
    among: Among = "oblast",
    printed_step: float = PRINTED_STEP,
) -> ChangeRank:
    """Rank of the change year_before -> year_after among all changes over as many years.

    The tail shares are exact permutation-type p-values if every change were equally likely to be the one
    looked at (exchangeable). Neighbouring yearly changes share a year and tend to have opposite signs, so
    read them as a description. For a pair more than one year apart the changes also overlap.

    Rounding: a printed y stands for [y - step/2, y + step/2]. `rank_best` counts only the changes that are
    larger whatever the rounding, `rank_worst` those that can be as large; each pair of changes is bounded
    exactly, all pairs together may be a little less free, so the true rank lies within, not necessarily at,
    these bounds.

    Parameters
    ----------
    yields : years x oblasts, c/ha.
    among : "oblast" for the changes of the same oblast, "panel" for those of all oblasts together.
    printed_step : c/ha, the last printed place.

    Raises
    ------
    ParameterError : unknown oblast, outcome or `among`; pair outside the panel or out of order; step not
        positive.
    AnalysisError : fewer than three changes, or all of them equal. DataError : see `check_panel`.
    """
    check_panel(yields, minimum_units=1)
    column = check_unit(yields, oblast)
    lag = check_year_pair(yields, year_before, year_after)
    if among not in ("oblast", "panel"):
        raise ParameterError(f"among must be 'oblast' or 'panel', not {among!r}.")
    if not printed_step > 0:
        raise ParameterError(f"printed_step must be above 0 c/ha, not {printed_step}.")
    used = yields[[oblast]] if among == "oblast" else yields
    changes = yearly_changes(used, outcome, lag)
    cells = changes.to_numpy().ravel()
    if len(cells) < 3:
        raise AnalysisError(
            "{number} change(s) over {distance} year(s); a rank needs at least 3: add years.",
            number=len(cells),
            distance=lag,
        )
    if np.ptp(cells) <= TOLERANCE:
        raise AnalysisError(
            "all {number} changes are equal ({change}); a rank among them says nothing.",
            number=len(cells),
            change=f"{cells[0]:g}",
        )
    row = changes.index.get_loc(year_after)
    own = row * used.shape[1] + (0 if among == "oblast" else column)
    change = cells[own]
    printed = used.to_numpy(dtype=float)
    low, high = (bound.ravel() for bound in change_bounds(printed[:-lag], printed[lag:], outcome, printed_step))
    others = np.arange(len(cells)) != own
    return ChangeRank(
        oblast=oblast,
        year_before=year_before,
        year_after=year_after,
        among=among,
        unit=OUTCOME_UNITS[outcome],
        change=float(change),
        rank=1 + int((cells > change + TOLERANCE).sum()),
        ties=int((np.abs(cells - change) <= TOLERANCE).sum()) - 1,
        rank_best=1 + int((low > high[own] + TOLERANCE)[others].sum()),
        rank_worst=1 + int((high >= low[own] - TOLERANCE)[others].sum()),
        rank_absolute=1 + int((np.abs(cells) > abs(change) + TOLERANCE).sum()),
        number_of_changes=len(cells),
        share_at_least=float(exact_p_value(change, cells, "greater")),
        share_at_least_absolute=float(exact_p_value(change, cells, "two-sided")),
    )


# --- recovery and volatility --------------------------------------------------------------------------------


def recovery_table(
    yields: pd.DataFrame, year_before: int, year_after: int, base_years: Sequence[int] = BASE_YEARS
) -> pd.DataFrame:
    """Each oblast's change, seen from year_before and from the mean of the base years. Index: oblast; c/ha.

    Columns: yield_before, yield_after, change; base_mean, base_min, base_max; shortfall_before (base_mean -
    yield_before; negative: above the base), difference_from_base (yield_after - base_mean), ratio_to_base;
    recovered_part = min(max(change, 0), max(shortfall_before, 0)), what of a rise only leads back to the
    base, and rest_of_change = change - recovered_part. A rise that starts at or above the base has recovered
    nothing, and so has a fall. The base mean is known to half a printed step, as a printed yield is: each
    difference to 0.1 c/ha.

    Raises
    ------
    ParameterError : pair outside the panel or out of order; base years empty, repeated, outside the panel or
        including `year_after`.
    DataError : see `check_panel`. AnalysisError : a base mean of zero.
    """
    check_panel(yields, minimum_units=1)
    check_year_pair(yields, year_before, year_after)
    base_years = list(base_years)
    if not base_years or len(set(base_years)) < len(base_years) or year_after in base_years:
        raise ParameterError(f"base_years {base_years} must name years, each once, and not {year_after} itself.")
    for year in base_years:
        check_year(yields, year, "base year")
    base = yields.loc[base_years]
    mean = base.mean()
    if (mean == 0).any():
        raise AnalysisError(f"the mean of {base_years} is zero for {mean.index[mean == 0][0]}; take other base years.")
    before, after = yields.loc[year_before], yields.loc[year_after]
    change = after - before
    recovered = np.minimum(change.clip(lower=0), (mean - before).clip(lower=0))
    return pd.DataFrame(
        {
            "yield_before": before,
            "yield_after": after,
            "change": change,
            "base_mean": mean,
            "base_min": base.min(),
            "base_max": base.max(),
            "shortfall_before": mean - before,
            "difference_from_base": after - mean,
            "ratio_to_base": after / mean,
            "recovered_part": recovered,
            "rest_of_change": change - recovered,
        }
    ).rename_axis("oblast")


def recovered_by_window(series: pd.Series, year_before: int, year_after: int, length: int) -> pd.DataFrame:
    """How much of a rise only leads back, for every base of `length` consecutive years that ends before `year_before`.

    Parameters
    ----------
    series
        Yields of one oblast by year, c/ha.

    Returns
    -------
    DataFrame by `first_year` of the base, with `base_mean` and `recovered_part` (c/ha) as in `recovery_table`; empty
    where there are fewer than `length` years before.

    Raises
    ------
    ParameterError : pair outside the panel or out of order. DataError : see `check_panel`.
    """
    earlier = series.index[series.index < year_before]
    starts = earlier[: max(len(earlier) - length + 1, 0)]
    found = [
        recovery_table(series.to_frame(), year_before, year_after, range(first, first + length)).iloc[0]
        for first in starts
    ]
    return pd.DataFrame(found, index=pd.Index(starts, name="first_year"), columns=["base_mean", "recovered_part"])


def volatility(yields: pd.DataFrame) -> pd.DataFrame:
    """How much each oblast's yield moves. Index: oblast.

    Columns: mean (c/ha); sd_change (c/ha) and sd_log_change (log points), standard deviations of yearly
    changes (n - 1); cv_around_trend (%), residual standard deviation around the least squares line (n - 2)
    over the mean, the Cuddy-Della Valle (1978) index; min_year, min_yield, max_year, max_yield (the first
    year if there are ties).

    Raises AnalysisError (fewer than 5 years, a constant oblast, a yield of zero or less), DataError.
    """
    check_panel(yields, minimum_units=1)
    rows = {}
    for oblast in yields.columns:
        series = yields[oblast]
        try:
            years, values = checked_series(series, MINIMUM_YEARS["linear_trend"])
            fit = least_squares(np.column_stack([np.ones(len(years)), years - years.mean()]), values)
        except AnalysisError as error:
            raise AnalysisError(f"{oblast}: {error}") from error
        rows[oblast] = {
            "mean": values.mean(),
            "sd_change": np.diff(values).std(ddof=1),
            "sd_log_change": np.diff(outcome_values(series.to_frame(), "log")[:, 0]).std(ddof=1),
            "cv_around_trend": 100 * np.sqrt(fit.scale) / values.mean(),
            "min_year": int(years[values.argmin()]),
            "min_yield": values.min(),
            "max_year": int(years[values.argmax()]),
            "max_yield": values.max(),
        }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("oblast")
    return table.astype({"min_year": int, "max_year": int})


# --- what the report shows ----------------------------------------------------------------------------------


def pair_summary(yields: pd.DataFrame, oblast: str, year_before: int, year_after: int) -> dict[str, float | int | str]:
    """Results on the two years and the series: yields, change, the usual size of a yearly change, its extent.

    `span` is `yearly` or `longer`: what the changes are that the one between the two years is ranked among.
    """
    own = yields[oblast]
    return {
        "first_year": int(yields.index[0]),
        "last_year": int(yields.index[-1]),
        "number_of_years": len(own),
        "span": "yearly" if year_after == year_before + 1 else "longer",
        "yield_before": own[year_before],
        "yield_after": own[year_after],
        "change": own[year_after] - own[year_before],
        "sd_change": yearly_changes(yields)[oblast].std(),
        "place_before": int((own > own[year_before]).sum()) + 1,
    }


def change_ranks(yields: pd.DataFrame, oblast: str, year_before: int, year_after: int) -> tuple[pd.DataFrame, str]:
    """The place of a change among the oblast's own and among all, in c/ha and in log points; and why there is none.

    Returns
    -------
    One row per pair of `among` (oblast, panel) and `measure` (level, log) with `change`, `rank`, `best`, `worst`,
    `rank_absolute`, `of` (number of changes), `share`, `share_absolute` as in `ChangeRank`; without rows, and with a
    reason, where a change cannot be ranked.
    """
    columns = ["among", "measure", "change", "rank", "best", "worst", "rank_absolute", "of", "share", "share_absolute"]
    cases = [("oblast", "level"), ("oblast", "log"), ("panel", "level"), ("panel", "log")]
    try:
        ranks = [change_rank(yields, oblast, year_before, year_after, measure, among) for among, measure in cases]
    except AnalysisError as error:
        return pd.DataFrame(columns=columns), str(error)
    rows = [
        (
            *case,
            r.change,
            r.rank,
            r.rank_best,
            r.rank_worst,
            r.rank_absolute,
            r.number_of_changes,
            r.share_at_least,
            r.share_at_least_absolute,
        )
        for case, r in zip(cases, ranks, strict=True)
    ]
    return pd.DataFrame(rows, columns=columns), ""


def rank_summary(ranks: pd.DataFrame) -> dict[str, float | int | None]:
    """The results on the place of the change; all None where it has none."""
    cells = ranks.set_index(["among", "measure"])
    found = {
        "change_rank": ("oblast", "level", "rank"),
        "change_rank_best": ("oblast", "level", "best"),
        "change_rank_worst": ("oblast", "level", "worst"),
        "change_rank_absolute": ("oblast", "level", "rank_absolute"),
        "change_rank_log": ("oblast", "log", "rank"),
        "change_rank_panel": ("panel", "level", "rank"),
        "change_rank_panel_log": ("panel", "log", "rank"),
        "number_of_changes": ("oblast", "level", "of"),
        "number_of_changes_panel": ("panel", "level", "of"),
        "share_at_least": ("oblast", "level", "share"),
    }
    return {
        name: cells.at[(among, measure), column] if len(ranks) else None
        for name, (among, measure, column) in found.items()
    }


def ranked_changes(yields: pd.DataFrame, year_before: int, year_after: int) -> pd.DataFrame:
    """Every oblast's changes over as many years as lie between the two, each with its rank among the oblast's own.

    Returns
    -------
    `oblast`, `year` (the later one), `change` (c/ha), `rank` (1 is the largest rise; missing with fewer than three
    changes), `chosen` (1 for the change between the two years).
    """
    lag = year_after - year_before
    wide = yearly_changes(yields, lag=lag).rename_axis(index="year", columns="oblast")
    changes = wide.stack().rename("change").reset_index()
    by_oblast = changes["change"].round(9).groupby(changes["oblast"])  # printed ties are ties
    ranks = by_oblast.rank(ascending=False, method="min").where(by_oblast.transform("size") >= 3)
    changes["rank"] = ranks.astype("Int64")
    changes["chosen"] = (changes["year"] == year_after).astype(int)
    return changes


def volatility_summary(volatile: pd.DataFrame, oblast: str) -> dict[str, int]:
    """The results on one oblast among all, most volatile first, as `volatility` gives them sorted by `sd_change`."""
    return {"volatility_rank": 1 + list(volatile.index).index(oblast), "number_of_oblasts": len(volatile)}


def recovery(
    yields: pd.DataFrame, year_before: int, year_after: int, base_years: Sequence[int]
) -> tuple[pd.DataFrame, str]:
    """`recovery_table` where all base years lie before the change; otherwise no rows, and why."""
    if max(base_years) <= year_before:
        return recovery_table(yields, year_before, year_after, base_years).reset_index(), ""
    columns = [
        "oblast",
        "yield_before",
        "yield_after",
        "change",
        "base_mean",
        "base_min",
        "base_max",
        "shortfall_before",
        "recovered_part",
        "rest_of_change",
        "difference_from_base",
    ]
    return pd.DataFrame(columns=columns), reason("the base years do not all lie before the change")


def recovery_summary(table: pd.DataFrame, oblast: str) -> dict[str, float | None]:
    """The results on how much of the oblast's change only leads back to the base; all None without rows."""
    own = table.set_index("oblast")
    names = ("base_mean", "shortfall_before", "recovered_part", "rest_of_change", "difference_from_base")
    return {name: own.at[oblast, name] if len(own) else None for name in names}


def other_bases(
    series: pd.Series, year_before: int, year_after: int, length: int
) -> tuple[dict[str, float | int | None], str]:
    """The smallest and the largest recovered part over every base of `length` recent years; or why none.

    Recent: from `RECENT_YEARS` years before `year_before` on and before it. Bases that lie further back say how low
    yields once were, not what was usual when the change began.
    """
    recent = series.loc[year_before - RECENT_YEARS :]
    part = recovered_by_window(recent, year_before, year_after, length)["recovered_part"]
    found = {
        "number_of_base_years": length,
        "first_base_year": int(recent.index[0]),
        "recovered_least": None,
        "recovered_most": None,
    }
    if part.empty:
        return found, reason("fewer than {number} years before {year_before}", number=length, year_before=year_before)
    return found | {"recovered_least": part.min(), "recovered_most": part.max()}, ""


def following_year(
    series: pd.Series, year_before: int, year_after: int, recovered: pd.DataFrame, oblast: str
) -> tuple[dict[str, float | int | None], str]:
    """The year that follows, against both years and against the base; None, and why, where the series ends.

    Parameters
    ----------
    recovered
        As `recovery` gives it; without rows the difference from the base is None.
    """
    names = ("yield_next", "change_next", "next_less_before", "next_from_base")
    found = {"year_next": year_after + 1} | dict.fromkeys(names)
    if year_after + 1 not in series.index:
        return found, reason("the series ends with {last_year}", last_year=year_after)
    value, base = series[year_after + 1], recovery_summary(recovered, oblast)["base_mean"]
    from_base = None if base is None else value - base
    differences = (value, value - series[year_after], value - series[year_before], from_base)
    return found | dict(zip(names, differences, strict=True)), ""


def forecasts(series: pd.Series, year_after: int) -> tuple[pd.DataFrame, str]:
    """`forecast_table` of the second year and the one after it, if the series has it; otherwise no rows, and why."""
    columns = ["year", "method", "number_of_years", "observed", "mean", "lower", "upper", "error", "inside", "p_value"]
    years = [year for year in (year_after, year_after + 1) if year in series.index]
    try:
        return forecast_table(series, years).astype({"inside": int}), ""
    except AnalysisError as error:
        return pd.DataFrame(columns=columns), str(error)


def forecast_summary(table: pd.DataFrame, year: int, method: Method) -> dict[str, float | int | None]:
    """The results on what earlier years led to expect of a year; all None without rows."""
    own = table[table["year"] == year].set_index("method")
    cells = {"forecast": "mean", "forecast_low": "lower", "forecast_high": "upper", "forecast_p": "p_value"}
    found = {name: own.at[method, column] if len(own) else None for name, column in cells.items()}
    return found | {"methods_inside": int(own["inside"].sum()) if len(own) else None, "number_of_methods": len(METHODS)}


def track(series: pd.Series, first_year: int, method: Method) -> pd.DataFrame:
    """`forecast_table` of every year from `first_year` on, by one method."""
    table = forecast_table(series, range(first_year, int(series.index[-1]) + 1), [method])
    return table.astype({"inside": int})


def trend_summary(series: pd.Series) -> dict[str, float]:
    """The results on the trend of the whole series: slopes with their intervals, and the share of the level."""
    found = {"level_share": fit_local_level(series).level_share}
    for name in ("linear_trend", "theil_sen"):
        slope = trend_slope(series, name)
        found |= {f"slope_{name}": slope.slope, f"slope_{name}_low": slope.lower, f"slope_{name}_high": slope.upper}
    return found


RECENT = (2019, 2025)
"""Years of the drought years and those around them, for which errors are reported apart."""


def backtest_results(yields: pd.DataFrame, tested: pd.DataFrame, method: Method) -> dict[str, float | int]:
    """The results on how good the forecasts are: errors and coverage of one method, all years and the recent ones.

    Parameters
    ----------
    tested
        As `backtest_summary` gives it, by method.
    """
    own, recent = tested.loc[method], persistence_errors(yields, *RECENT)
    lately = backtest_summary(rolling_origin_backtest(yields, *RECENT)).loc[method]
    return {
        "coverage_95": own["coverage_95"],
        "backtest_forecasts": int(own["number"]),
        "backtest_mae": own["mae"],
        "backtest_mae_naive": tested.loc["naive", "mae"],
        "mae_relative_to_naive": own["mae_relative_to_naive"],
        "persistence_mae_2019_2025": recent.mae,
        "persistence_rmse_2019_2025": recent.rmse,
        "coverage_95_2019_2025": lately["coverage_95"],
    }


def errors_by_oblast(backtest: pd.DataFrame, method: Method) -> pd.DataFrame:
    """Errors of all methods pooled (`oblast` is `all`), then of one method by oblast."""
    pooled = backtest_summary(backtest).reset_index().assign(oblast="all")
    by_oblast = backtest_summary(backtest, by_unit=True).reset_index()
    return pd.concat([pooled, by_oblast[by_oblast["method"] == method]], ignore_index=True)
