"""What the report `synthesis` brings together: each estimate with its interval, what it supposes, and whether the data
reject that.

Nothing is estimated here. Values come from the result files of the reports that made them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pipeline.paths import REPORTS
from pipeline.text.results import read_results

READ = ("yield_change", "history", "other_oblasts", "green_technology")
LEVEL = 0.05  # at which a supposition counts as rejected

Results = Mapping[str, Mapping[str, object]]


@dataclass(frozen=True)
class Estimate:
    """One answer to the question, a row of the forest plot.

    Attributes
    ----------
    method, neighbours
        Codes, whose words stand in the declaration.
    area
        The oblast that is left out of the neighbours, if one is.
    estimate, low, high
        c/ha; None where the report could not give it.
    check
        Of what it supposes: `none` (nothing is supposed), `holds` (tested and not rejected), `rejected`, `untested`.
    report
        The report that made it.
    """

    method: str
    neighbours: str
    area: str
    estimate: float | None
    low: float | None
    high: float | None
    check: str
    report: str


def read_values(reports: Path = REPORTS) -> dict[str, dict[str, object]]:
    """The result values of the reports that are brought together, by report and name."""
    return {name: {key: r["value"] for key, r in read_results(name, reports).items()} for name in READ}


def read_comparisons(reports: Path = REPORTS) -> pd.DataFrame:
    """The table `comparisons` of the report `other_oblasts`: a row for each choice of neighbours."""
    return pd.read_csv(reports / "other_oblasts" / "tables" / "comparisons.csv", keep_default_na=False, na_values=[""])


def estimates(values: Results, comparisons: pd.DataFrame) -> pd.DataFrame:
    """Every estimate of the question, in the order in which they are shown.

    The interval of a difference by the own response is its 95 % prediction interval. That of a difference one for one
    turns the placebo test round: the effects with which the difference would lie within the band that 95 % of the same
    comparison in other years fill. That of the synthetic control is twice its root mean squared error before.

    Parameters
    ----------
    values, comparisons
        As `read_values` and `read_comparisons` give them.

    Returns
    -------
    DataFrame with the fields of `Estimate`; those that a report could not give are left out.
    """
    own, history, others = values["yield_change"], values["history"], values["other_oblasts"]
    rows = [Estimate("change", "", "", own["change"], own["change"] - 0.1, own["change"] + 0.1, "none", "yield_change")]
    if history.get("forecast") is not None:
        after, *ends = (history[name] for name in ("yield_after", "forecast", "forecast_high", "forecast_low"))
        rows.append(Estimate("own_past", "", "", *(round(after - end, 9) for end in ends), "holds", "history"))
    chosen = [c for c in comparisons.to_dict("records") if _is_shown(c, others.get("most_influential_neighbour"))]
    for c in chosen:
        if not pd.isna(c["adjusted"]):
            interval = (c["adjusted"], c["adjusted_low"], c["adjusted_high"])
            check = _check(others.get("slope_split_p"))
            rows.append(Estimate("own_response", c["kind"], _area(c), *interval, check, "other_oblasts"))
    for c in chosen:
        low, high = (round(c["estimate"] - c[end], 9) for end in ("placebo_high", "placebo_low"))
        check = _check(c["p_slope_is_one"])
        rows.append(Estimate("one_for_one", c["kind"], _area(c), c["estimate"], low, high, check, "other_oblasts"))
    gap, spread = others.get("synthetic_control_gap"), others.get("synthetic_control_pre_rmspe")
    if gap is not None and spread is not None:
        before = others.get("synthetic_control_r_squared")
        check = "untested" if before is None else "holds" if before >= CLOSE_FIT else "rejected"
        interval = (gap, round(gap - 2 * spread, 9), round(gap + 2 * spread, 9))
        rows.append(Estimate("synthetic_control", "", "", *interval, check, "other_oblasts"))
    return pd.DataFrame([vars(row) for row in rows]).dropna(subset=["estimate"]).reset_index(drop=True)


def summary(table: pd.DataFrame, values: Results) -> dict[str, float | int | None]:
    """The results: how many estimates there are, how many intervals hold zero, the lead, and the ceiling."""
    compared = table[table["method"] != "change"]
    holds_zero = (compared["low"] <= 0) & (compared["high"] >= 0)
    lead = table[(table["method"] == "own_response") & (table["neighbours"] == "all others")]
    first = lead.iloc[0] if len(lead) else {}
    return {
        "estimates": len(compared),
        "estimates_with_zero": int(holds_zero.sum()),
        "not_rejected": int((compared["check"] == "holds").sum()),
        "rejected": int((compared["check"] == "rejected").sum()),
        "lead": first.get("estimate"),
        "lead_low": first.get("low"),
        "lead_high": first.get("high"),
        "change": values["yield_change"]["change"],
        "documented": values["green_technology"].get("explained_here"),
    }


CLOSE_FIT = 0.8
"""Share of the variance before that a synthetic control has to follow for its gap to be one of a single year."""

_SHOWN = ("all others", "by area", "without two", "south")


def _is_shown(comparison: Mapping[str, object], influential: str | None) -> bool:
    """Whether a choice of neighbours stands here: of those that leave one out only the one that matters most."""
    kind = comparison["kind"]
    return kind in _SHOWN or (kind == "leaving one out" and comparison["area"] == influential)


def _area(comparison: Mapping[str, object]) -> str:
    return "" if pd.isna(comparison["area"]) else str(comparison["area"])


def _check(p_value: float | None) -> str:
    if p_value is None or pd.isna(p_value):
        return "untested"
    return "rejected" if p_value < LEVEL else "holds"
