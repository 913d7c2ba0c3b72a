"""Did one oblast do better than its neighbours? The comparisons of the report `other_oblasts`, set side by side.

Every estimate is made by `pipeline.methods`; here they are asked the same question in turn: with which neighbours, from
which year, by which test. Input: `yields`, years x oblasts, c/ha. What may be impossible with few years comes with the
reason (`why`); its results are None then.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.data.vocabulary import regions
from pipeline.errors import AnalysisError, ParameterError
from pipeline.methods.difference_in_differences import did, two_way_fixed_effects
from pipeline.methods.own_response import (
    OwnResponse,
    adjusted_cells,
    changes_before_pair,
    own_response,
    slope_stability,
)
from pipeline.methods.panels import check_panel, check_unit, most_volatile
from pipeline.methods.parallel_trends import Sensitivity, pre_trends, sensitivity
from pipeline.methods.randomisation import randomisation_test
from pipeline.methods.synthetic_control import (
    SyntheticControl,
    leave_one_donor_out,
    placebo_in_space,
    placebo_in_time,
    synthetic_control,
)
from pipeline.studies.green_technology.exposures import DERIVED, crop_areas
from pipeline.text.fill import reason

NOISE_DECIMALS = 9
"""Yields are printed in tenths: beyond this decimal a mean of their changes holds binary noise, which must not decide a
sign, a tie or an order."""


PUBLISHED = dict.fromkeys(
    [
        "change_comparison",
        "estimate",
        "low",
        "high",
        "placebo_low",
        "placebo_high",
        "slope",
        "slope_low",
        "slope_high",
        "adjusted",
        "adjusted_low",
        "adjusted_high",
    ],
    2,
)
"""Decimals of `comparisons` as published: rounded once, so that result, table and figure agree where a half is left."""

YIELD = "year-end yield"
"""Kind of a row that holds a yield, beside those of the comparisons."""
PLACEBO_BAND = (0.025, 0.975)
"""Quantiles of a comparison in other years that the band beside it spans."""


def comparisons(
    yields: pd.DataFrame, oblast: str, year_before: int, year_after: int, areas: pd.Series | None = None
) -> pd.DataFrame:
    """The two-year comparison of one oblast with every choice of neighbours, one for one and by its own response.

    Parameters
    ----------
    areas
        Area under the crop by oblast, ha; None: no row is weighted by area.

    Returns
    -------
    DataFrame
        Rows by `kind`: "all others"; "by area" (all others, weighted); "without two" (the two that scatter most); each
        region of the vocabulary that holds another oblast of the panel; "leaving one out". Columns: kind, area (the
        ones left out; "" elsewhere), members, change_oblast, change_comparison, estimate (one for one), low, high (what
        printed rounding allows), log_estimate (log points); placebo_low, placebo_high: where 95 % of the same
        comparison lie in other years; slope, slope_low, slope_high, p_slope_is_one; adjusted, adjusted_low,
        adjusted_high: by `own_response`, missing where there are too few earlier years. Yields in c/ha.

    Raises
    ------
    AnalysisError
        If there are fewer than three oblasts.
    ParameterError
        If the oblast or a year is not in the panel.
    """
    check_panel(yields, minimum_units=3)
    check_unit(yields, oblast)
    others = [name for name in yields if name != oblast]
    groups = {name: [m for m in members if m in others] for name, members in regions().items()}
    choices = [("all others", [], others, None)]
    if areas is not None:
        choices.append(("by area", [], others, areas))
    if len(others) > 3:
        two = most_volatile(yields, oblast, year_before)
        choices.append(("without two", two, [m for m in others if m not in two], None))
    choices += [(name, [], members, None) for name, members in groups.items() if members]
    choices += [("leaving one out", [gone], [m for m in others if m != gone], None) for gone in others]
    rows = [
        {"kind": kind, "area": ", ".join(gone)} | _compared(yields, oblast, year_before, year_after, members, weights)
        for kind, gone, members, weights in choices
    ]
    return pd.DataFrame(rows).round(NOISE_DECIMALS)


ADJUSTED = ("slope", "slope_low", "slope_high", "p_slope_is_one", "adjusted", "adjusted_low", "adjusted_high")


def _compared(
    yields: pd.DataFrame, oblast: str, year_before: int, year_after: int, members: list[str], weights: pd.Series | None
) -> dict[str, object]:
    """One row of `comparisons`, without its kind."""
    found = did(yields, oblast, year_before, year_after, members)
    logs = did(yields, oblast, year_before, year_after, members, outcome="log")
    share = pd.Series(1.0, index=members) if weights is None else weights[members]
    share = share / share.sum()
    moved = yields.diff(year_after - year_before).dropna()
    cells = moved[oblast] - moved[members] @ share
    width = (found.high - found.low) / 2
    low, high = cells.drop(year_after).quantile(PLACEBO_BAND) if len(cells) > 1 else (None, None)
    row = {
        "members": ", ".join(members),
        "change_oblast": found.change_unit,
        "change_comparison": found.change_unit - cells[year_after],
        "estimate": cells[year_after],
        "low": cells[year_after] - width,
        "high": cells[year_after] + width,
        "log_estimate": logs.estimate if weights is None else None,
        "placebo_low": low,
        "placebo_high": high,
    }
    try:
        own = own_response(yields, oblast, year_before, year_after, members, weights)
    except AnalysisError:
        return row | dict.fromkeys(ADJUSTED, float("nan"))
    values = [own.slope, own.slope_low, own.slope_high, own.p_slope_is_one, own.difference, own.low, own.high]
    return row | dict(zip(ADJUSTED, values, strict=True))


def against_all_others(table: pd.DataFrame) -> pd.Series:
    """The row of `comparisons` against all others."""
    return table[table["kind"] == "all others"].iloc[0]


def leaving_one_out(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of `comparisons` without each neighbour, by the one that is left out."""
    return table[table["kind"] == "leaving one out"].set_index("area")


def turning_neighbours(table: pd.DataFrame) -> list[str]:
    """Neighbours without which the estimate has the other sign than against all others; from `comparisons`."""
    against_all = against_all_others(table)["estimate"]
    return [name for name, estimate in leaving_one_out(table)["estimate"].items() if estimate * against_all < 0]


def most_influential_neighbour(table: pd.DataFrame) -> str:
    """The neighbour whose leaving out moves the estimate most; from `comparisons`. Of equals the first.

    Where some neighbours turn the sign, it is one of them.
    """
    without = leaving_one_out(table)["estimate"]
    moved = (without - against_all_others(table)["estimate"]).abs().round(NOISE_DECIMALS)
    return str(moved.loc[turning_neighbours(table) or moved.index].idxmax())


def comparison_summary(table: pd.DataFrame) -> dict[str, object]:
    """The results on the comparison with all others and with a part of them; from `comparisons`.

    None: there is no such neighbour (Chui is itself compared, a region has no other oblast), or no area is known.
    """
    neighbour, turning = most_influential_neighbour(table), turning_neighbours(table)
    against_all, without = against_all_others(table), leaving_one_out(table)
    by_kind = table.set_index("kind")["estimate"]
    rest = without["estimate"].drop(turning or [neighbour])
    return {
        "most_influential_neighbour": neighbour,
        "neighbours_that_turn_the_sign": ", ".join(turning) or None,
        "number_that_turn_the_sign": len(turning),
        "did_all": against_all["estimate"],
        "did_all_low": against_all["low"],
        "did_all_high": against_all["high"],
        "did_log_all": against_all["log_estimate"],
        **{f"did_{region}": by_kind.get(region) for region in regions()},
        "did_without_chui": without["estimate"].get("Chui"),
        "did_log_without_chui": without["log_estimate"].get("Chui"),
        "did_without_two": by_kind.get("without two"),
        "did_area_weighted": by_kind.get("by area"),
        "did_without_most_influential": without.at[neighbour, "estimate"],
        "did_log_without_most_influential": without.at[neighbour, "log_estimate"],
        "did_leaving_out_others_low": rest.min() if len(rest) else None,
        "did_leaving_out_others_high": rest.max() if len(rest) else None,
    }


# --- by the oblast's own response -------------------------------------------------------------------------------


def response(yields: pd.DataFrame, oblast: str, year_before: int, year_after: int) -> tuple[OwnResponse | None, str]:
    """`own_response` against all others, or None and why there is none."""
    try:
        return own_response(yields, oblast, year_before, year_after), ""
    except AnalysisError as error:
        return None, str(error)


def own_summary(found: OwnResponse | None, table: pd.DataFrame) -> dict[str, object]:
    """The results on the difference by the oblast's own response; None without earlier years, or such a neighbour.

    Parameters
    ----------
    found, table
        As `response` and `comparisons` give them.
    """
    fields = {
        "slope_on_others": "slope",
        "slope_error": "slope_error",
        "slope_on_others_low": "slope_low",
        "slope_on_others_high": "slope_high",
        "slope_is_one_p": "p_slope_is_one",
        "slope_r_squared": "r_squared",
        "earlier_changes": "years",
        "predicted_part": "expected",
        "predicted_low": "expected_low",
        "predicted_high": "expected_high",
        "common_rise_alone": "expected_difference_in_differences",
        "adjusted_difference": "difference",
        "adjusted_difference_low": "low",
        "adjusted_difference_high": "high",
        "adjusted_difference_p": "p_value",
    }
    by_kind, without = table.set_index("kind")["adjusted"], leaving_one_out(table)["adjusted"]
    parts = {
        "adjusted_without_chui": without.get("Chui"),
        "adjusted_without_two": by_kind.get("without two"),
        **{f"adjusted_{region}": by_kind.get(region) for region in regions()},
        "adjusted_area_weighted": by_kind.get("by area"),
        "adjusted_lowest": table["adjusted"].min(),
        "adjusted_highest": table["adjusted"].max(),
    }
    return {name: None if found is None else getattr(found, field) for name, field in fields.items()} | {
        name: None if value is None or pd.isna(value) else value for name, value in parts.items()
    }


def changes(yields: pd.DataFrame, oblast: str, year_before: int, year_after: int) -> dict[str, float | int]:
    """The results on what changed: the oblast, the mean of all others (c/ha), and how many others there are."""
    moved = yields.loc[year_after] - yields.loc[year_before]
    others = moved.drop(oblast)
    return {"change": moved[oblast], "others_change": others.mean(), "number_of_others": len(others)}


def movements(yields: pd.DataFrame, found: OwnResponse | None) -> pd.DataFrame:
    """The changes of the oblast and of the mean of all others, with the line that the earlier years draw.

    Columns: year, oblast, others, fitted (c/ha), and in the last row, the year in question, low, high: where the
    oblast's change would lie by the prediction interval. No rows without a line.
    """
    if found is None:
        return pd.DataFrame(columns=["year", "oblast", "others", "fitted", "low", "high"])
    moved = changes_before_pair(yields, found.year_before, found.year_after)
    others = moved[list(found.comparison)].mean(axis=1)
    table = pd.DataFrame(
        {"oblast": moved[found.unit], "others": others, "fitted": found.intercept + found.slope * others}
    )
    last = table.index == found.year_after
    table["low"] = np.where(last, found.change - found.high, np.nan)
    table["high"] = np.where(last, found.change - found.low, np.nan)
    return table.rename_axis("year").reset_index()


def corrected_slope(found: OwnResponse | None) -> dict[str, float | None]:
    """The result on the slope less the noise in the others' mean; None without a slope, or with nothing but noise."""
    return {"slope_on_others_corrected": None if found is None else found.slope_corrected}


def checks(yields: pd.DataFrame, oblast: str, year_before: int, year_after: int) -> pd.DataFrame:
    """The adjusted difference where something that it supposes is otherwise; what cannot be made has no row.

    Rows by `check`: "level" as it leads; "log"; "two years" and "three years" (changes over two and three years up to
    `year_after`).
    Columns: check, unit, years (changes behind the line), slope, slope_low, slope_high, p_slope_is_one, adjusted,
    adjusted_low, adjusted_high, in the unit.
    """
    rows = []
    for check, before, outcome in (
        ("level", year_before, "level"),
        ("log", year_before, "log"),
        ("two years", year_after - 2, "level"),
        ("three years", year_after - 3, "level"),
    ):
        if check.endswith("years") and before == year_before:
            continue  # the studied pair is itself that far apart
        try:
            fit = own_response(yields, oblast, before, year_after, outcome=outcome)
        except (AnalysisError, ParameterError):
            continue
        values = [fit.slope, fit.slope_low, fit.slope_high, fit.p_slope_is_one, fit.difference, fit.low, fit.high]
        unit = "log points" if outcome == "log" else "c/ha"
        rows.append({"check": check, "unit": unit, "years": fit.years} | dict(zip(ADJUSTED, values, strict=True)))
    return pd.DataFrame(rows, columns=["check", "unit", "years", *ADJUSTED])


def check_summary(
    yields: pd.DataFrame, oblast: str, year_before: int, year_after: int, split_year: int, table: pd.DataFrame
) -> dict[str, object]:
    """The results on what the adjusted difference supposes; None where it cannot be made. `table`: from `checks`."""
    by_check = table.set_index("check")["adjusted"]
    found = {
        "adjusted_log": by_check.get("log"),
        "adjusted_two_years": by_check.get("two years"),
        "adjusted_three_years": by_check.get("three years"),
    }
    names = ["slope_before_split", "slope_from_split", "slope_split_p"]
    try:
        split = slope_stability(yields, oblast, year_before, year_after, split_year)
        return found | dict(zip(names, [split.slope_before, split.slope_from, split.p_value], strict=True))
    except AnalysisError:
        return found | dict.fromkeys(names)


def adjusted_placebos(yields: pd.DataFrame, oblast: str, year_before: int, year_after: int) -> dict[str, object]:
    """The results on the adjusted differences of every oblast and year (`adjusted_cells`), by their t ratio."""
    names = ["adjusted_cells", "adjusted_cells_at_least_as_large", "adjusted_placebo_p", "adjusted_placebo_p_years"]
    try:
        cells = adjusted_cells(yields, year_before, year_after)
    except AnalysisError:
        return dict.fromkeys(names)
    size = cells["ratio"].abs().round(NOISE_DECIMALS)
    mine = (cells["oblast"] == oblast).to_numpy()
    observed = size[mine].iloc[-1]
    larger = int((size >= observed).sum())
    return dict(
        zip(names, [len(cells), larger, larger / len(cells), float((size[mine] >= observed).mean())], strict=True)
    )


def every_oblast(yields: pd.DataFrame, year_before: int, year_after: int, areas: pd.Series | None) -> pd.DataFrame:
    """Each oblast against the mean of all others, by its own response; an oblast with too few years is left out.

    Columns: oblast, area_ha (missing where none is known), change, slope, slope_low, slope_high, estimate (one for
    one), adjusted, adjusted_low, adjusted_high, p_value; c/ha.
    """
    rows = []
    for oblast in yields.columns:
        found, _ = response(yields, oblast, year_before, year_after)
        if found is not None:
            rows.append(
                {
                    "oblast": oblast,
                    "area_ha": None if areas is None else areas[oblast],
                    "change": found.change,
                    "estimate": found.difference_in_differences,
                    "slope": found.slope,
                    "slope_low": found.slope_low,
                    "slope_high": found.slope_high,
                    "adjusted": found.difference,
                    "adjusted_low": found.low,
                    "adjusted_high": found.high,
                    "p_value": found.p_value,
                }
            )
    columns = [
        "oblast",
        "area_ha",
        "change",
        "estimate",
        "slope",
        "slope_low",
        "slope_high",
        "adjusted",
        "adjusted_low",
        "adjusted_high",
        "p_value",
    ]
    return pd.DataFrame(rows, columns=columns)


# --- weights by area --------------------------------------------------------------------------------------------


def areas_of_crop(
    panel: pd.DataFrame, exposures: pd.DataFrame, yields: pd.DataFrame, crop: str
) -> tuple[pd.Series | None, str]:
    """Area under the crop by oblast in 2021, ha, worked out as production over yield; or None and why there is none."""
    try:
        areas = crop_areas(panel, exposures, yields, crop)[DERIVED]
    except AnalysisError as error:
        return None, str(error)
    missing = list(areas.index[areas.isna()])
    if missing:
        return None, reason("no area under {crop} can be worked out for {units}", crop=crop, units=", ".join(missing))
    return areas, ""


def area_check(
    panel: pd.DataFrame, yields: pd.DataFrame, areas: pd.Series | None, crop: str, year_before: int, year_after: int
) -> dict[str, float | None]:
    """The results on the national yield: the mean by area of the oblasts, beside what a report printed for the country.

    None where no area is known, or no report printed a national yield of the full year.
    """
    printed = (
        panel[
            (panel["area"] == "Kyrgyzstan")
            & (panel["crop"] == crop)
            & (panel["measure"] == "yield")
            & (panel["period"] == "full-year")
            & panel["kind"].isin(["stated", "derived"])
        ]
        .drop_duplicates("year")
        .set_index("year")["value"]
    )
    means = None if areas is None else yields[areas.index] @ (areas / areas.sum())
    return {
        name: None if series is None or pd.isna(series.get(year)) else float(series[year])
        for name, series, year in (
            ("national_from_areas_before", means, year_before),
            ("national_from_areas_after", means, year_after),
            ("national_printed_before", printed, year_before),
            ("national_printed_after", printed, year_after),
        )
    }


# --- one neighbour and one year at a time -----------------------------------------------------------------------


def comparisons_and_yields(table: pd.DataFrame, yields: pd.DataFrame) -> pd.DataFrame:
    """The rows of `comparisons`, and below them the yields of some years (years x oblasts), of the kind `YIELD`.

    Columns: those of `comparisons`, and year and yield (c/ha).
    """
    long = yields.rename_axis(index="year").reset_index().melt("year", var_name="area", value_name="yield")
    both = pd.concat([table, long.assign(kind=YIELD)], ignore_index=True)
    return both.astype({"year": "Int64"})


def collapsed_and_rebounded(series: pd.Series, year_before: int, year_after: int) -> bool:
    """Whether a yield had lost at least a quarter within the year to `year_before` and then rose by half or more.

    `series`: yields of one oblast by year, c/ha. ParameterError if the year before `year_before` is not in it.
    """
    for year in (year_before - 1, year_before, year_after):
        if year not in series.index:
            raise ParameterError(f"the series has no {year}; it runs {series.index[0]}-{series.index[-1]}.")
    previous, before, after = (float(series[year]) for year in (year_before - 1, year_before, year_after))
    return before <= 0.75 * previous and after >= 1.5 * before


def rebound_summary(yields: pd.DataFrame, candidates: Sequence[str], year_before: int, year_after: int) -> dict:
    """The results on the first candidate that `collapsed_and_rebounded`; every value is None where none did.

    Where the series does not begin before `year_before`, nothing can be said to have collapsed.
    """
    names = ["collapsed_oblast", "collapsed_from", "collapsed_to", "rebounded_to", "rebound_ratio"]
    if year_before - 1 in yields.index:
        for area in candidates:
            series = yields[area]
            if collapsed_and_rebounded(series, year_before, year_after):
                before, after = series[year_before], series[year_after]
                return dict(zip(names, [area, series[year_before - 1], before, after, after / before], strict=True))
    return dict.fromkeys(names)


def previous_year_summary(yields: pd.DataFrame, oblast: str, year_before: int, year_after: int) -> dict:
    """The year before `year_before`, and the comparison with all others counted from it; None where there is none."""
    previous = year_before - 1
    if previous not in yields.index:
        return {"previous_year": None, "did_from_previous_year": None}
    return {"previous_year": previous, "did_from_previous_year": did(yields, oblast, previous, year_after).estimate}


def placebo_tests(yields: pd.DataFrame, oblast: str, year_before: int, year_after: int, without: str) -> pd.DataFrame:
    """`randomisation_test` over oblasts, years and both: in levels, in logs, and in levels without one neighbour.

    Columns: panel ("level", "log", "without neighbour"), over, observed, cells, rank, p_two_sided, p_greater, p_lowest,
    p_highest, smallest_p; observed in c/ha or log points. Raises as `randomisation_test`.
    """
    panels = {"level": (yields, "level"), "log": (yields, "log")}
    if yields.shape[1] > 3:
        panels["without neighbour"] = (yields.drop(columns=without), "level")
    rows = []
    for panel, (frame, outcome) in panels.items():
        for over, cells in {"oblasts": "units", "years": "years", "oblasts and years": "units and years"}.items():
            test = randomisation_test(frame, oblast, year_before, year_after, cells, outcome)
            rows.append({"panel": panel, **vars(test), "over": over})
    columns = [
        "panel",
        "over",
        "observed",
        "cells",
        "rank",
        "p_two_sided",
        "p_greater",
        "p_lowest",
        "p_highest",
        "smallest_p",
    ]
    return pd.DataFrame(rows)[columns]


def placebo_summary(tests: pd.DataFrame) -> dict[str, float | int]:
    """The results of the exact tests in levels; from `placebo_tests`."""
    levels = tests[tests["panel"] == "level"].set_index("over")
    both = levels.loc["oblasts and years"]
    return {
        "placebo_p_space": levels.at["oblasts", "p_two_sided"],
        "placebo_p_time": levels.at["years", "p_two_sided"],
        "placebo_p_both": both["p_two_sided"],
        "placebo_cells": both["cells"],
        "placebo_cells_at_least_as_large": both["rank"],
    }


def cells_by_oblast(cells: pd.DataFrame) -> pd.DataFrame:
    """Placebo cells (later years x oblasts) as rows of year_after, oblast and estimate, oblast by oblast."""
    rows = cells.rename_axis(index="year_after").reset_index()
    return rows.melt("year_after", var_name="oblast", value_name="estimate")


TREND_COLUMNS = ["slope", "p_slope", "rms_change", "p_rms_change", "largest_change", "p_largest_change"]


def trends_before(yields: pd.DataFrame, base_year: int) -> tuple[pd.DataFrame, str]:
    """`pre_trends` with a column oblast, and why it has no rows where too few years come before."""
    try:
        return pre_trends(yields, base_year).rename_axis("oblast").reset_index(), ""
    except AnalysisError as error:
        return pd.DataFrame(columns=["oblast", *TREND_COLUMNS]), str(error)


def trend_summary(trends: pd.DataFrame, oblast: str) -> dict[str, object]:
    """The results on the drift of one oblast before the base year; from `trends_before`."""
    if trends.empty:
        return dict.fromkeys(["pre_trend_slope", "pre_trend_p", "pre_trend_rank"])
    own = trends.set_index("oblast").loc[oblast]
    return {
        "pre_trend_slope": own["slope"],
        "pre_trend_p": own["p_slope"],
        "pre_trend_rank": round(own["p_slope"] * len(trends)),
    }


def bounds(yields: pd.DataFrame, oblast: str, year_before: int, year_after: int) -> tuple[Sensitivity | None, str]:
    """`sensitivity` to departures from parallel trends, or None and why it cannot be worked out."""
    try:
        return sensitivity(yields, oblast, year_before, year_after), ""
    except AnalysisError as error:
        return None, str(error)


def bounds_table(found: Sensitivity | None) -> pd.DataFrame:
    """Bounds by the departure that is allowed: mbar, low, high, ci_low, ci_high (c/ha); no rows without bounds."""
    if found is None:
        return pd.DataFrame(columns=["mbar", "low", "high", "ci_low", "ci_high"])
    return found.result.to_frame().reset_index()


def bounds_summary(found: Sensitivity | None) -> dict[str, object]:
    """The results on the bounds; every value is None without them."""
    names = [
        "breakdown_mbar",
        "year_of_largest_departure",
        "largest_departure_before",
        "did_all_interval_low",
        "did_all_interval_high",
    ]
    if found is None:
        return dict.fromkeys(names)
    parallel = found.result.bounds[0]
    largest = found.result.largest_change_before
    values = [found.result.breakdown_mbar, found.year_of_largest_change, largest, parallel.ci_low, parallel.ci_high]
    return dict(zip(names, values, strict=True))


def level_gap(yields: pd.DataFrame, oblast: str, year_after: int) -> dict[str, float | int]:
    """The result of two-way fixed effects: the oblast in `year_after` against the mean of all its earlier years.

    Its errors are not shown: clustered by oblast they hold no variation of the one oblast in question
    (`two_way_fixed_effects`), and the wild bootstrap does not save them.
    """
    return {"twfe_estimate": two_way_fixed_effects(yields, oblast, (year_after,)).estimate}


def paths(yields: pd.DataFrame, fits: dict[str, SyntheticControl]) -> pd.DataFrame:
    """Observed and synthetic yield of every fitted oblast by year: oblast, year, observed, synthetic, gap (c/ha)."""
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "oblast": name,
                    "year": fit.gaps.index,
                    "observed": yields[name].to_numpy(),
                    "synthetic": fit.synthetic.to_numpy(),
                    "gap": fit.gaps.to_numpy(),
                }
            )
            for name, fit in fits.items()
        ],
        ignore_index=True,
    )


GAP_COLUMNS = ["gap", "gap_next_year"]
GAP_YEARS = 10
"""Years up to the base year whose mean gap stands beside that of the year after it."""


@dataclass(frozen=True, eq=False)
class Controls:
    """Synthetic controls of all oblasts up to a year, and what is held against that of the studied one.

    Attributes
    ----------
    own
        That of the studied oblast; None where none can be made.
    year_after
        The year whose gap is asked for.
    paths
        As `paths` gives them.
    donors
        donor, weight_lost, pre_rmspe, gap, gap_next_year: the control again without each donor.
    oblasts
        oblast, gap, gap_next_year, pre_rmspe, rmspe_ratio, p_value: every oblast with its own control.
    why
        Why there is none.

    Gaps and pre_rmspe are in c/ha; a gap of the next year is missing where the series ends with `year_after`.
    """

    own: SyntheticControl | None
    year_after: int
    paths: pd.DataFrame
    donors: pd.DataFrame
    oblasts: pd.DataFrame
    why: str = ""

    def summary(self) -> dict[str, object]:
        """The results on the synthetic control of the studied oblast; every value is None where there is none."""
        if self.own is None:
            names = ["gap", "pre_rmspe", "r_squared", "mean_gap_before", "p_space", "donors", "largest_weight"]
            return {f"synthetic_control_{name}": None for name in names}
        weights = self.own.printed_weights
        used = weights[weights > 0].sort_values(ascending=False, kind="stable")
        before = self.own.gaps.loc[: self.own.pre_years[1]]
        return {
            "synthetic_control_gap": self.own.gaps[self.year_after],
            "synthetic_control_mean_gap_before": before.tail(GAP_YEARS).mean(),
            "synthetic_control_pre_rmspe": self.own.pre_rmspe,
            "synthetic_control_r_squared": self.own.pre_r_squared,
            "synthetic_control_p_space": self.oblasts.set_index("oblast").at[self.own.unit, "p_value"],
            "synthetic_control_donors": ", ".join(used.index),
            "synthetic_control_largest_weight": used.iloc[0],
        }

    def next_year(self) -> dict[str, object]:
        """The gap one year later; None where there is no control, or the series has no later year."""
        gap = None if self.own is None else self.own.gaps.get(self.year_after + 1)
        return {"synthetic_control_gap_next_year": gap}


def synthetic_controls(yields: pd.DataFrame, oblast: str, year_before: int, year_after: int) -> Controls:
    """Synthetic controls of all oblasts with weights from the years up to `year_before`, as far as there can be any.

    Raises
    ------
    ParameterError
        If the oblast or a year is not in the panel.
    """
    after = [year for year in (year_after, year_after + 1) if year in yields.index]
    named = {f"gap_{year}": name for year, name in zip(after, GAP_COLUMNS, strict=False)}
    try:
        fits = {area: synthetic_control(yields, area, year_before) for area in yields}
        donors = leave_one_donor_out(yields, oblast, year_before).rename_axis("donor").reset_index()
        others = placebo_in_space(yields, year_before, after).rename_axis("oblast").reset_index()
    except AnalysisError as error:
        return Controls(
            None,
            year_after,
            pd.DataFrame(columns=["oblast", "year", "observed", "synthetic", "gap"]),
            pd.DataFrame(columns=["donor", "weight_lost", "pre_rmspe", *GAP_COLUMNS]),
            pd.DataFrame(columns=["oblast", *GAP_COLUMNS, "pre_rmspe", "rmspe_ratio", "p_value"]),
            str(error),
        )
    missing = {name: float("nan") for name in GAP_COLUMNS[len(after) :]}
    donors, others = (table.rename(columns=named).assign(**missing) for table in (donors, others))
    return Controls(fits[oblast], year_after, paths(yields, fits), donors, others)


def placebo_years(
    yields: pd.DataFrame, oblast: str, year_before: int, minimum_pre_years: int
) -> tuple[pd.DataFrame, str]:
    """`placebo_in_time` with a column year, and why it has no rows where earlier years cannot serve."""
    try:
        return placebo_in_time(yields, oblast, year_before, minimum_pre_years).reset_index(), ""
    except (AnalysisError, ParameterError) as error:
        return pd.DataFrame(columns=["year", "gap", "pre_rmspe", "ratio", "placebo", "p_value"]), str(error)


def placebo_years_summary(years: pd.DataFrame) -> dict[str, object]:
    """The results on the gaps of earlier years; from `placebo_years`, whose last row is the year after the base."""
    if years.empty:
        return dict.fromkeys(["synthetic_control_p_time", "earlier_years", "earlier_years_with_larger_gap"])
    last, earlier = years.iloc[-1], years[years["placebo"]]
    return {
        "synthetic_control_p_time": last["p_value"],
        "earlier_years": len(earlier),
        "earlier_years_with_larger_gap": int((earlier["gap"].abs() >= abs(last["gap"])).sum()),
    }
