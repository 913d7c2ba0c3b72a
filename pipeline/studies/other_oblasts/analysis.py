"""Did one oblast do better than its neighbours? The comparisons of the notebook `other_oblasts`, set side by side.

Every estimate is made by `difference_in_differences`, `randomisation` and `synthetic_control`; here they are asked
the same question in turn: with which neighbours, from which year, by which test. Input: `yields`, years x oblasts,
c/ha.
"""

from collections.abc import Sequence

import pandas as pd
from pipeline.data.vocabulary import regions
from pipeline.errors import ParameterError
from pipeline.methods.difference_in_differences import comparison_table, did, treatment, two_way_fixed_effects
from pipeline.methods.panels import check_panel, check_unit, check_year
from pipeline.methods.randomisation import randomisation_test
from pipeline.methods.synthetic_control import SyntheticControl
from pipeline.methods.wild_bootstrap import wild_cluster_bootstrap

NOISE_DECIMALS = 9
"""Yields are printed in tenths: beyond this decimal a mean of their changes holds binary noise, which must not decide a
sign, a tie or an order."""


def comparisons(yields: pd.DataFrame, oblast: str, year_before: int, year_after: int) -> pd.DataFrame:
    """`comparison_table` against all others, each region of the vocabulary, all others but one, and each other oblast.

    Added columns: neighbour (the one left out or the only one; "" elsewhere), log_estimate (log points). A region
    without another oblast of the panel has no row. Raises as `comparison_table`.
    """
    check_panel(yields, minimum_units=3)
    check_unit(yields, oblast)
    groups = {name: [m for m in members if m in yields and m != oblast] for name, members in regions().items()}
    groups = {name: members for name, members in groups.items() if members}
    table = comparison_table(yields, oblast, year_before, year_after, groups)
    table = table.rename(columns={"change_unit": "change_oblast"}).replace({"kind": {"one unit": "one oblast"}})
    logs = comparison_table(yields, oblast, year_before, year_after, groups, outcome="log")
    named = table["kind"].isin(["leaving one out", "one oblast"])
    table["neighbour"] = table["comparison"].str.removeprefix("without ").where(named, "")
    return table.assign(log_estimate=logs["estimate"]).round(NOISE_DECIMALS)


def leaving_one_out(table: pd.DataFrame) -> pd.Series:
    """Estimates of `comparisons` without each neighbour (index: the one left out), c/ha."""
    return table[table["kind"] == "leaving one out"].set_index("neighbour")["estimate"]


def turning_neighbours(table: pd.DataFrame) -> list[str]:
    """Neighbours without which the estimate has the other sign than against all others; from `comparisons`."""
    against_all = table.loc[table["kind"] == "all others", "estimate"].item()
    return [name for name, estimate in leaving_one_out(table).items() if estimate * against_all < 0]


def most_influential_neighbour(table: pd.DataFrame) -> str:
    """The neighbour whose leaving out moves the estimate most; from `comparisons`. Of equals the first.

    Where some neighbours turn the sign, it is one of them.
    """
    against_all = table.loc[table["kind"] == "all others", "estimate"].item()
    without = leaving_one_out(table)
    moved = (without - against_all).abs().round(NOISE_DECIMALS)
    return str(moved.loc[turning_neighbours(table) or moved.index].idxmax())


def collapsed_and_rebounded(series: pd.Series, year_before: int, year_after: int) -> bool:
    """Whether a yield had lost at least a quarter within the year to `year_before` and then rose by half or more.

    `series`: yields of one oblast by year, c/ha. ParameterError if the year before `year_before` is not in it.
    """
    for year in (year_before - 1, year_before, year_after):
        if year not in series.index:
            raise ParameterError(f"the series has no {year}; it runs {series.index[0]}-{series.index[-1]}.")
    previous, before, after = (float(series[year]) for year in (year_before - 1, year_before, year_after))
    return before <= 0.75 * previous and after >= 1.5 * before


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
