"""The curve of one oblast and one pair of years as the report shows it, or why there is none."""

from dataclasses import dataclass

import pandas as pd

from pipeline.errors import AnalysisError
from pipeline.studies.specification_curve import analysis

PLAIN = {
    "outcome": "level",
    "comparison": "all others",
    "weighting": "equal",
    "response": "one for one",
    "base_key": "year before",
    "end_key": "year after",
    "trend": "none",
}
"""The choices of the plain comparison: one year to one year, with the mean of all others."""

NULL_PANELS = 200
"""Panels without any effect beside which the share of one sign stands."""
CHOICES = ("outcome", "comparison", "weighting", "response", "base", "end", "trend")
SHARES = ("share_significant", "share_significant_positive")
"""Statistics of `analysis.joint_inference` that need enough curves for any estimate to be significant."""


@dataclass(frozen=True)
class Curve:
    """What `estimate_curve` gives; all tables lack rows where `refusal` says why.

    Attributes
    ----------
    alpha
        Level up to which a placebo p counts as significant.
    specifications
        `analysis.specification_curve`, from the smallest estimate in c/ha to the largest, with `plain` (whether it is
        the plain comparison) and `members` as names separated by ", ".
    choices
        `summary` of the specifications.
    medians
        `analysis.curve_medians`.
    joint
        `analysis.joint_inference`, without the statistics that nothing could attain.
    refusal
        Why there is no curve; empty where there is one.
    """

    alpha: float
    specifications: pd.DataFrame
    choices: pd.DataFrame
    medians: pd.DataFrame
    joint: pd.DataFrame
    refusal: str = ""

    def results(self) -> dict[str, object]:
        """Results of the report; None where there is no curve."""
        names = (
            "share_positive",
            "share_significant",
            "significant",
            "significant_positive",
            "median",
            "lowest",
            "highest",
            "plain",
            "plain_own_response",
            "median_level",
            "median_log",
            "placebo_cells",
            "joint_p",
            "joint_p_years",
            "joint_p_oblasts",
            "lowest_group",
            "lowest_group_positive",
            "highest_group",
            "highest_group_positive",
        )
        found: dict[str, object] = {"specifications": len(self.specifications), "alpha": self.alpha}
        if self.refusal:
            return found | dict.fromkeys(names)
        rows = self.specifications
        rare, positive = rows["p_oblasts_and_years"] <= self.alpha, rows["estimate"] > 0
        own = (rows[list(PLAIN)] == pd.Series(PLAIN | {"response": "own response"})).all(axis=1)
        estimates = {outcome: group["estimate"] for outcome, group in rows.groupby("outcome")}
        groups = self.choices[self.choices["choice"] == "comparison"].set_index("label")["share_positive"]
        members = rows.drop_duplicates("comparison").set_index("comparison")["members"]
        p_values = self.joint[self.joint["statistic"] == "median_standardised"].set_index("reference")["p_value"]
        return found | {
            "share_positive": 100 * positive.mean(),
            "share_significant": 100 * rare.mean(),
            "significant": int(rare.sum()),
            "significant_positive": int((rare & positive).sum()),
            "median": rows["equivalent_c_per_ha"].median(),
            "lowest": estimates["level"].min(),
            "highest": estimates["level"].max(),
            "plain": rows.loc[rows["plain"], "estimate"].iloc[0],
            "plain_own_response": rows.loc[own, "estimate"].iloc[0],
            "median_level": estimates["level"].median(),
            "median_log": estimates["log"].median(),
            "placebo_cells": len(self.medians),
            "joint_p": p_values["oblasts and years"],
            "joint_p_years": p_values["years"],
            "joint_p_oblasts": p_values["oblasts"],
            "lowest_group": members[groups.idxmin()],
            "lowest_group_positive": groups.min(),
            "highest_group": members[groups.idxmax()],
            "highest_group_positive": groups.max(),
        }


def estimate_curve(yields: pd.DataFrame, oblast: str, year_before: int, year_after: int, alpha: float) -> Curve:
    """All specifications of an oblast and a pair of years, and the curves of all placebo oblasts and years.

    Parameters
    ----------
    yields
        Years x oblasts, c/ha.
    alpha
        Level up to which a placebo p counts as significant.

    Raises
    ------
    DataError, ParameterError
        As `analysis.estimate_specifications`. What it refuses with AnalysisError is the curve's `refusal`.
    """
    try:
        cube = analysis.estimate_specifications(yields, year_before, year_after)
        rows = analysis.specification_curve(cube, oblast).round(9)  # without the last bits ties stay ties
        medians = analysis.curve_medians(cube, oblast).round(9)
        joint = analysis.joint_inference(cube, oblast, alpha=alpha)
    except AnalysisError as error:
        return Curve(alpha, *_without_rows(), refusal=str(error))
    rows["plain"] = (rows[list(PLAIN)] == pd.Series(PLAIN)).all(axis=1)
    order = ["equivalent_c_per_ha", "outcome", "comparison", "weighting", "response", "base", "end", "trend"]
    rows = rows.sort_values(order, ignore_index=True, kind="stable")
    rows["members"] = [", ".join(members) for members in rows["members"]]
    possible = joint["significance_attainable"] | ~joint["statistic"].isin(SHARES)
    joint[["observed", "p_value"]] = joint[["observed", "p_value"]].where(possible)
    return Curve(alpha, rows, summary(rows, alpha), medians, joint)


def null_panels(
    yields: pd.DataFrame, oblast: str, year_before: int, year_after: int, curve: Curve, seed: int
) -> dict[str, float | int | None]:
    """The results on how many panels without any effect have a curve that leans to one side as far as this one."""
    names = ["null_panels", "null_panels_as_one_sided"]
    if curve.refusal:
        return dict.fromkeys(names)
    shares = analysis.null_sign_shares(yields, oblast, year_before, year_after, panels=NULL_PANELS, seed=seed)
    positive = (curve.specifications["estimate"] > 0).mean()
    return dict(zip(names, [NULL_PANELS, 100 * (shares >= max(positive, 1 - positive) - 1e-9).mean()], strict=True))


def summary(rows: pd.DataFrame, alpha: float) -> pd.DataFrame:
    """What each option of each choice does to the curve, in the order in which the options are declared.

    Returns `choice`, `label` (the option as the specifications have it), `option`, `area`, `years` (see `in_parts`),
    `specifications` (how many), `share_positive`, `share_significant` (percent), `median_equivalent_c_per_ha`.
    """
    table = analysis.summarise_choices(rows, alpha=alpha)
    table = table.loc[sorted(table.index, key=_place)].reset_index().rename(columns={"option": "label"})
    parts = pd.DataFrame([in_parts(label) for label in table["label"]], columns=["option", "area", "years"])
    shares = 100 * table[["share_positive", "share_significant"]]
    return pd.concat([table.drop(columns=list(shares)), shares, parts], axis=1)


def in_parts(label: str) -> tuple[str, str, str]:
    """An option in the parts that a reader's words are made of: its kind, the oblast and the years that it names.

    Examples
    --------
    >>> in_parts("only Chui"), in_parts("mean 2020-2022"), in_parts("2023"), in_parts("linear, 10 years")
    (('only', 'Chui', ''), ('mean', '', '2020–2022'), ('year', '', '2023'), ('linear', '', ''))
    """
    kind, _, rest = label.partition(" ")
    if label.isdigit():
        return "year", "", label
    return (
        kind.rstrip(","),
        rest if kind in ("without", "only") else "",
        rest.replace("-", "\u2013") if kind == "mean" else "",
    )


def _place(index: tuple[str, str]) -> tuple:
    choice, label = index
    kind, _, rest = label.partition(" ")
    kinds = ("level", "all", "equal", "one", "none", "without", "south", "north", "only", "inverse", "similar", "log")
    position = kinds.index(kind) if kind in kinds else len(kinds)
    return CHOICES.index(choice), position, kind == "mean", rest, label


def _without_rows() -> tuple[pd.DataFrame, ...]:
    """The tables of a curve that cannot be computed: `specifications`, `choices`, `medians`, `joint`."""
    columns = (
        (
            *CHOICES,
            "members",
            "plain",
            "estimate",
            "standardised",
            "equivalent_c_per_ha",
            "p_oblasts",
            "p_years",
            "p_oblasts_and_years",
        ),
        (
            "choice",
            "label",
            "option",
            "area",
            "years",
            "specifications",
            "share_positive",
            "share_significant",
            "median_equivalent_c_per_ha",
        ),
        ("oblast", "year_before", "year_after", "median_standardised", "actual"),
        ("reference", "statistic", "observed", "p_value", "cells", "smallest_p", "significance_attainable"),
    )
    return tuple(pd.DataFrame(columns=list(names)) for names in columns)
