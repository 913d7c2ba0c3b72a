"""Did one oblast do better than its neighbours? The comparisons of the report `other_oblasts`, set side by side.

Every estimate is made by `pipeline.methods`; here they are asked the same question in turn: with which neighbours, from
which year, by which test. Input: `yields`, years x oblasts, c/ha. What may be impossible with few years comes with the
reason (`why`); its results are None then.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from pipeline.data.vocabulary import regions
from pipeline.errors import AnalysisError, ParameterError
from pipeline.methods.difference_in_differences import comparison_table, did, treatment, two_way_fixed_effects
from pipeline.methods.panels import check_panel, check_unit, check_year
from pipeline.methods.parallel_trends import Sensitivity, pre_trends, sensitivity
from pipeline.methods.randomisation import randomisation_test
from pipeline.methods.synthetic_control import (
    SyntheticControl,
    leave_one_donor_out,
    placebo_in_space,
    placebo_in_time,
    synthetic_control,
)
from pipeline.methods.wild_bootstrap import wild_cluster_bootstrap

NOISE_DECIMALS = 9
"""Yields are printed in tenths: beyond this decimal a mean of their changes holds binary noise, which must not decide a
sign, a tie or an order."""


PUBLISHED = dict.fromkeys(["change_comparison", "estimate", "low", "high"], 2)
"""Decimals of `comparisons` as published: rounded once, so that result, table and figure agree where a half is left."""

YIELD = "year-end yield"
"""Kind of a row that holds a yield, beside those of the comparisons."""


def comparisons(yields: pd.DataFrame, oblast: str, year_before: int, year_after: int) -> pd.DataFrame:
    """The two-year comparison of one oblast with every choice of neighbours.

    Returns
    -------
    DataFrame
        Rows by `kind`: "all others"; each region of the vocabulary that holds another oblast of the panel; "leaving one
        out"; "one oblast". Columns: kind, comparison (label), area (the one left out or the only one; "" elsewhere),
        members, change_oblast, change_comparison, estimate, low, high (c/ha; low and high are what printed rounding
        allows), log_estimate (log points).

    Raises
    ------
    AnalysisError
        If there are fewer than three oblasts.
    ParameterError
        If the oblast or a year is not in the panel.
    """
    check_panel(yields, minimum_units=3)
    check_unit(yields, oblast)
    groups = {name: [m for m in members if m in yields and m != oblast] for name, members in regions().items()}
    groups = {name: members for name, members in groups.items() if members}
    table = comparison_table(yields, oblast, year_before, year_after, groups)
    logs = comparison_table(yields, oblast, year_before, year_after, groups, outcome="log")
    named = table["kind"].isin(["leaving one out", "one unit"])
    area = table["comparison"].str.removeprefix("without ").where(named, "")
    kind = table["kind"].replace({"one unit": "one oblast"}).mask(table["kind"] == "group", table["comparison"])
    table = table.rename(columns={"change_unit": "change_oblast"}).assign(kind=kind, log_estimate=logs["estimate"])
    table.insert(2, "area", area)
    return table.drop(columns=["half_width", "sign_certain", "outcome"]).round(NOISE_DECIMALS)


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

    None: there is no such neighbour (Chui is itself compared, a region has no other oblast).
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
        "did_without_most_influential": without.at[neighbour, "estimate"],
        "did_log_without_most_influential": without.at[neighbour, "log_estimate"],
        "did_leaving_out_others_low": rest.min() if len(rest) else None,
        "did_leaving_out_others_high": rest.max() if len(rest) else None,
    }


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


def estimates_by_base_year(
    yields: pd.DataFrame, oblast: str, year_after: int, base_years: Sequence[int], without: str
) -> pd.DataFrame:
    """The difference in differences to `year_after` counted from each base year, with and without one neighbour.

    Columns: base_year, all_others, without_neighbour (c/ha). Raises as `did`; ParameterError if `without` is the
    oblast itself.
    """
    if without == oblast:
        raise ParameterError(f"{oblast} is compared and cannot be left out of its own comparison.")
    check_unit(yields, without)
    rest = [name for name in yields if name not in (oblast, without)]
    return pd.DataFrame(
        {
            "base_year": list(base_years),
            "all_others": [did(yields, oblast, base, year_after).estimate for base in base_years],
            "without_neighbour": [did(yields, oblast, base, year_after, rest).estimate for base in base_years],
        }
    ).round(NOISE_DECIMALS)


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
    columns = ["panel", "over", "observed", "cells", "rank", "p_two_sided", "p_greater", "p_lowest", "p_highest",
               "smallest_p"]  # fmt: skip
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


def regressions(yields: pd.DataFrame, oblast: str, year_after: int, without: str, seed: int) -> pd.DataFrame:
    """Two-way fixed effects from the first year of the panel, with what a few clusters make of its p-value.

    Rows: levels to `year_after`; without one neighbour; to the mean of `year_after` and the year after it, where the
    panel has that year; logs. Columns: panel ("level", "without neighbour", "two years", "log"), first_year, end_years
    (text), estimate, standard_error, low, high, p_clustered, and the wild cluster bootstrap p-values
    p_restricted_rademacher, p_restricted_webb, p_unrestricted_rademacher, p_unrestricted_webb; estimates in c/ha or
    log points. `seed` serves panels with too many oblasts for enumeration. Raises as `two_way_fixed_effects`.
    """
    check_panel(yields, minimum_units=3)
    check_year(yields, year_after, "year_after")
    panels = {"level": (yields, (year_after,), "level")}
    if yields.shape[1] > 3:
        panels["without neighbour"] = (yields.drop(columns=without), (year_after,), "level")
    if year_after + 1 in yields.index:
        panels["two years"] = (yields, (year_after, year_after + 1), "level")
    panels["log"] = (yields, (year_after,), "log")
    rows = []
    for panel, (frame, ends, outcome) in panels.items():
        regressor = treatment(frame, oblast, ends)
        fit = two_way_fixed_effects(frame, oblast, ends, outcome=outcome)
        row = {"panel": panel, "first_year": fit.base_years[0], "end_years": "–".join(map(str, ends)),
               "estimate": fit.estimate, "standard_error": fit.standard_error, "low": fit.low, "high": fit.high,
               "p_clustered": fit.p_value}  # fmt: skip
        for kind, null_imposed in (("restricted", True), ("unrestricted", False)):
            for weights in ("rademacher", "webb"):
                test = wild_cluster_bootstrap(frame, regressor, outcome, weights, null_imposed, seed=seed)
                row[f"p_{kind}_{weights}"] = test.p_value
        rows.append(row)
    return pd.DataFrame(rows)


def regression_summary(fits: pd.DataFrame) -> dict[str, object]:
    """The results of the regression in levels; from `regressions`."""
    own = fits.iloc[0]
    return {
        "twfe_estimate": own["estimate"],
        "twfe_standard_error": own["standard_error"],
        "twfe_p_clustered": own["p_clustered"],
        "twfe_p_restricted": own["p_restricted_rademacher"],
        "twfe_p_unrestricted": own["p_unrestricted_rademacher"],
    }


def paths(yields: pd.DataFrame, fits: dict[str, SyntheticControl]) -> pd.DataFrame:
    """Observed and synthetic yield of every fitted oblast by year: oblast, year, observed, synthetic, gap (c/ha)."""
    return pd.concat(
        [
            pd.DataFrame(
                {"oblast": name, "year": fit.gaps.index, "observed": yields[name].to_numpy(),
                 "synthetic": fit.synthetic.to_numpy(), "gap": fit.gaps.to_numpy()}
            )
            for name, fit in fits.items()
        ],
        ignore_index=True,
    )  # fmt: skip


GAP_COLUMNS = ["gap", "gap_next_year"]


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
            names = ["gap", "pre_rmspe", "p_space", "donors", "largest_weight"]
            return {f"synthetic_control_{name}": None for name in names}
        weights = self.own.printed_weights
        used = weights[weights > 0].sort_values(ascending=False)
        return {
            "synthetic_control_gap": self.own.gaps[self.year_after],
            "synthetic_control_pre_rmspe": self.own.pre_rmspe,
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
