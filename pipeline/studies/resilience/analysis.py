"""Is an oblast steadier in bad years? Its response to the falls and rises of the others, beside that of every oblast.

Input: `yields`, wide (years x oblasts, c/ha).
"""

from dataclasses import asdict

import pandas as pd

from pipeline.methods.steadiness import Steadiness, movements, slope_break, steadiness


def slopes(yields: pd.DataFrame) -> pd.DataFrame:
    """What `steadiness` gives, one row for each oblast, the steadiest in years of falls first: `oblast`, its fields."""
    rows = [asdict(steadiness(yields, oblast)) for oblast in yields]
    return (
        pd.DataFrame(rows)
        .rename(columns={"unit": "oblast"})
        .sort_values("slope_fell", ignore_index=True, kind="stable")
    )


def slope_breaks(yields: pd.DataFrame, year: int) -> pd.DataFrame:
    """What `slope_break` gives for each oblast, by the change of the slope: `oblast` and its fields."""
    rows = [{"oblast": oblast} | asdict(slope_break(yields, oblast, year)) for oblast in yields]
    return pd.DataFrame(rows).sort_values("difference", ignore_index=True, kind="stable")


def most_volatile(yields: pd.DataFrame, oblast: str) -> str:
    """The other oblast whose yearly changes scatter most."""
    return yields.drop(columns=oblast).diff().std().idxmax()


def changes_in_falls(yields: pd.DataFrame, oblast: str) -> pd.DataFrame:
    """Years in which the others fell, the deepest fall first.

    Returns
    -------
    DataFrame
        `year`, `others` (their mean change, c/ha), `own`, `rank` of the oblast's change among all oblasts (1: fell
        least or rose most), `deepest` (the oblast that fell most) and `deepest_change`.
    """
    changes = yields.diff().iloc[1:]
    moves = movements(yields, oblast)
    fell = moves[moves["others"] <= 0].sort_values("others", kind="stable")
    of_year = changes.loc[fell.index]
    rank = of_year.round(9).rank(axis=1, ascending=False, method="min")[oblast]  # printed ties are ties
    return fell.assign(
        rank=rank.astype(int), deepest=of_year.idxmin(axis=1), deepest_change=of_year.min(axis=1)
    ).reset_index(names="year")


def picture(yields: pd.DataFrame, oblast: str) -> pd.DataFrame:
    """The oblast's changes against the others' with the kinked line: `year`, `others`, `own`, `fitted`; c/ha."""
    moves = movements(yields, oblast)
    found = steadiness(yields, oblast)
    below, above = moves["others"].clip(upper=0), moves["others"].clip(lower=0)
    bent = found.slope_fell * below + found.slope_rose * above
    fitted = bent + (moves["own"] - bent).mean()  # a line of least squares leaves residuals of mean zero
    return moves.assign(fitted=fitted).reset_index(names="year")


def bad_years(falls: pd.DataFrame, first: int, second: int) -> dict[str, float | int | None]:
    """Results on two years: changes of the oblast and the others, rank; None where the others did not fall."""
    found: dict[str, float | int | None] = {}
    rows = falls.set_index("year")
    for name, year in (("bad", first), ("second", second)):
        own = rows.loc[year].to_dict() if year in rows.index else {}
        found |= {f"{name}_own": own.get("own"), f"{name}_others": own.get("others"), f"{name}_rank": own.get("rank")}
    return found


def summary(table: pd.DataFrame, breaks: pd.DataFrame, oblast: str, without: Steadiness) -> dict[str, object]:
    """Results of the report on one oblast among all.

    Parameters
    ----------
    table, breaks
        What `slopes` and `slope_breaks` give.
    without
        `steadiness` of the oblast in the panel without the most volatile of the others.
    """
    own, split = (frame.set_index("oblast").loc[oblast] for frame in (table, breaks))
    names = (
        "slope",
        "slope_low",
        "slope_high",
        "slope_fell",
        "fell_low",
        "fell_high",
        "slope_rose",
        "rose_low",
        "rose_high",
        "p_same",
    )
    breaking = ("slope_before", "before_low", "before_high", "slope_from", "from_low", "from_high")
    return {
        **{name: own[name] for name in names},
        "fell": int(own["fell"]),
        "rose": int(own["rose"]),
        **{name: split[name] for name in breaking},
        "break_difference": split["difference"],
        "break_p": split["p_value"],
        "break_detectable": split["detectable"],
        "rank_fell": int((table["slope_fell"] < own["slope_fell"]).sum()) + 1,
        "rank_break": int((breaks["difference"] < split["difference"]).sum()) + 1,
        "oblasts": len(table),
        "fell_without": without.slope_fell,
        "fell_without_low": without.fell_low,
        "fell_without_high": without.fell_high,
    }
