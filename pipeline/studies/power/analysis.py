"""What could this design have seen? Minimum detectable effects of a comparison of one oblast with others.

The effects are those of `pipeline.methods.power`, on wheat's oblasts: a unit is an oblast, a subunit a raion, and the
tables of this study say so. Input: `yields`, years x oblasts, c/ha.
"""

import numpy as np
import pandas as pd

from pipeline.data.vocabulary import areas, regions
from pipeline.errors import AnalysisError
from pipeline.methods import power as methods
from pipeline.methods.difference_in_differences import did
from pipeline.methods.own_response import own_response
from pipeline.methods.panels import most_volatile
from pipeline.methods.power import (
    PlaceboStatistics,
    analytic_mde,
    attained_level,
    detection_thresholds,
    mde_by_comparisons,
    minimum_detectable_effect,
    own_response_statistics,
    placebo_statistics,
    power_curve,
    root_mean_square,
    variance_components,
)
from pipeline.methods.randomisation import randomisation_test

OBLAST_WORDS = {
    "units": "oblasts",
    "treated_units": "treated_oblasts",
    "subunits": "raions",
    "treated_subunits": "treated_raions",
    "units and years": "oblasts and years",
    "all units": "all oblasts",
}
"""Columns and codes of `pipeline.methods.power` as this study calls them."""


def _in_words(table: pd.DataFrame) -> pd.DataFrame:
    codes = [name for name in ("oblast", "reference") if name in table]
    return table.rename(columns=OBLAST_WORDS).replace({name: OBLAST_WORDS for name in codes})


def mde_table(yields: pd.DataFrame, **options) -> pd.DataFrame:
    """`methods.mde_table` in the words of this study."""
    return _in_words(methods.mde_table(yields, **options))


def mde_by_years(
    yields: pd.DataFrame, base_lengths: tuple[int, ...], end_lengths: tuple[int, ...], **options
) -> pd.DataFrame:
    """`methods.mde_by_years` in the words of this study."""
    return _in_words(methods.mde_by_years(yields, base_lengths, end_lengths, **options))


def projected_mde_oblasts(
    unit_year_variance: float, *, oblasts: tuple[int, ...], treated_oblasts: tuple[int, ...] = (1,), **options
) -> pd.DataFrame:
    """`methods.projected_mde_units` for whole oblasts."""
    return _in_words(
        methods.projected_mde_units(unit_year_variance, units=oblasts, treated_units=treated_oblasts, **options)
    )


def projected_mde_raions(
    unit_year_variance: float, *, raions: tuple[int, ...], raions_per_oblast: float, **options
) -> pd.DataFrame:
    """`methods.projected_mde_subunits` for raions of the same oblast."""
    return _in_words(
        methods.projected_mde_subunits(
            unit_year_variance, subunits=raions, subunits_per_unit=raions_per_oblast, **options
        )
    )


# --- what the report shows -----------------------------------------------------------------------------

RAION_CORRELATIONS = (0.1, 0.3, 0.5, 0.8)
"""How alike raions of an oblast may move, over a range: no source tells. The extremes are for the picture."""
LIKELY_CORRELATIONS = (0.8, 0.3)
"""Much and little, for the designs that are compared."""
BASE_LENGTHS, END_LENGTHS = (1, 2, 3, 4, 5, 6, 8), (1, 2, 3)
LONGER = {"base_years": 5, "end_years": 2}
"""The design with several years before and after."""
POINTS = 401
"""Sizes of a rise at which a power curve is drawn."""


def detectable_rises(yields: pd.DataFrame, alpha: float, power: float) -> pd.DataFrame:
    """Minimum detectable effects as `mde_table` gives them, and `percent`: the same with the outcome in logarithms.

    Differences of yields printed to 0.1 are often exact ties; without the last bits they round alike everywhere.
    """
    table = mde_table(yields, alpha=alpha, power=power).round(9)
    in_logs = mde_table(yields, outcome="log", alpha=alpha, power=power).round(9)
    return table.assign(percent=100 * np.expm1(in_logs["mde"]))


def own_rises(rises: pd.DataFrame, oblast: str) -> pd.DataFrame:
    """The rows of one oblast; a rise that nothing can show is missing, not infinite."""
    return rises[rises["oblast"] == oblast].replace({np.inf: np.nan})


def summary(rises: pd.DataFrame, yields: pd.DataFrame, oblast: str, year_before: int) -> dict[str, float | int]:
    """The results on the smallest rise that the design sees, under each reference set of the placebo test."""
    own = rises[rises["oblast"] == oblast].set_index("reference")
    return {
        "own_years": int(own.loc["years", "cells"]),
        "all_cells": int(own.loc["oblasts and years", "cells"]),
        "oblasts": len(yields.columns),
        "smallest_p_oblasts": 100 * own.loc["oblasts", "smallest_p"],
        "mde": own.loc["years", "mde"],
        "mde_all_cells": own.loc["oblasts and years", "mde"],
        "mde_analytic": own.loc["years", "mde_analytic"],
        "mde_percent": own.loc["years", "percent"],
        "mde_of_yield": 100 * own.loc["years", "mde"] / yields.loc[year_before, oblast],
    }


def comparison(yields: pd.DataFrame, oblast: str, year_before: int, year_after: int) -> dict[str, float]:
    """The results on what was observed: the change, less the mean of the others, and its placebo p-value over years."""
    found = did(yields, oblast, year_before, year_after)
    test = randomisation_test(yields, oblast, year_before, year_after, over="years")
    return {
        "change": round(found.change_unit, 1),
        "difference": round(found.estimate, 9),
        "difference_p": test.p_two_sided,
    }


def by_comparison(
    yields: pd.DataFrame, oblast: str, year_before: int, year_after: int, alpha: float, power: float
) -> pd.DataFrame:
    """The smallest rise of an oblast that each comparison in use shows, against the oblast's own other years.

    Rows by `comparison`: "all others"; "without one", "without two" (those whose yearly changes scatter most);
    "region" (the others of the same part of the country), each one for one; "own response" (all others, by the slope
    of the other years). Columns: comparison, areas (left out, or for "region" compared with), members, cells, level
    (that the test has), standard_error, mde, mde_analytic (c/ha), power_at_change (at the oblast's change between the
    two years), p_slope_is_one (of `own_response`; missing where it cannot be had), held (whether the earlier years do
    not reject, at 5 %, what the comparison supposes).
    """
    others = [name for name in yields if name != oblast]
    region = [m for group in regions().values() if oblast in group for m in group if m in others]
    choices = [("all others", [], others)]
    for kind, number in (("without one", 1), ("without two", 2)):
        if len(others) > number + 1:
            gone = most_volatile(yields, oblast, year_before, number)
            choices.append((kind, gone, [m for m in others if m not in gone]))
    if region:
        choices.append(("region", region, region))
    choices.append(("own response", [], others))
    change = yields.loc[year_after, oblast] - yields.loc[year_before, oblast]
    rows = []
    for kind, areas_named, members in choices:
        placebo = _placebo(yields, oblast, kind, members)
        slope_p = None if kind == "own response" else _slope_p(yields, oblast, year_before, year_after, members)
        statistics = placebo.statistics.round(9)
        thresholds = detection_thresholds(statistics, spill=placebo.spill, alpha=alpha)
        error = root_mean_square(statistics)
        rows.append(
            {
                "comparison": kind,
                "areas": ", ".join(areas_named),
                "members": ", ".join(members),
                "cells": len(statistics),
                "level": attained_level(len(statistics), alpha),
                "standard_error": error,
                "mde": minimum_detectable_effect(thresholds, power=power),
                "mde_analytic": analytic_mde(error, alpha=alpha, power=power),
                "power_at_change": power_curve(thresholds, max(change, 0.0))["power"].item(),
                "p_slope_is_one": slope_p,
                "held": kind == "own response" or (slope_p is not None and slope_p >= 0.05),
            }
        )
    return pd.DataFrame(rows).astype({"p_slope_is_one": float})


def _placebo(yields: pd.DataFrame, oblast: str, kind: str, members: list[str]) -> PlaceboStatistics:
    if kind == "own response":
        return own_response_statistics(yields, oblast)
    return placebo_statistics(yields, comparison={oblast: tuple(members)})


def _slope_p(yields: pd.DataFrame, oblast: str, year_before: int, year_after: int, members: list[str]) -> float | None:
    try:
        return own_response(yields, oblast, year_before, year_after, members).p_slope_is_one
    except AnalysisError:
        return None


def comparison_summary(table: pd.DataFrame, before: float) -> dict[str, object]:
    """The results on the comparisons; from `by_comparison` and the yield of the year before. None: no such comparison.

    The sharpest is the one with the smallest detectable rise among those whose assumption is `held`.
    """
    rows = table.set_index("comparison")
    sharpest = table[table["held"]].sort_values("mde", kind="stable").iloc[0]
    return {
        "left_out_one": rows["areas"].get("without one"),
        "left_out_two": rows["areas"].get("without two"),
        **{f"mde_{kind.replace(' ', '_')}": rows["mde"].get(kind) for kind in ("without one", "without two", "region")},
        "mde_adjusted": rows.at["own response", "mde"],
        "mde_sharpest": sharpest["mde"],
        "mde_sharpest_of_yield": 100 * sharpest["mde"] / before,
        "sharpest_compared_with": sharpest["members"],
        "level_attained": 100 * sharpest["level"],
        "power_at_change": 100 * sharpest["power_at_change"],
    }


def excluded(
    yields: pd.DataFrame, oblast: str, year_before: int, year_after: int
) -> tuple[dict[str, float | None], str]:
    """The results on effects in the oblast alone outside the 95 % interval by its own response; or why none."""
    names = ["excluded_above", "excluded_below"]
    try:
        found = own_response(yields, oblast, year_before, year_after)
    except AnalysisError as error:
        return dict.fromkeys(names), str(error)
    return dict(zip(names, [found.high, found.low], strict=True)), ""


def rises_and_observed(rises: pd.DataFrame, yields: pd.DataFrame, year_before: int, year_after: int) -> pd.DataFrame:
    """Rises that can be seen, beside `observed_difference`: the oblast's change less the mean change of the others."""
    observed = {name: round(did(yields, name, year_before, year_after).estimate, 9) for name in yields}
    return rises[np.isfinite(rises["mde"])].assign(observed_difference=lambda rows: rows["oblast"].map(observed))


def power_curves(yields: pd.DataFrame, oblast: str, compared: pd.DataFrame, alpha: float) -> pd.DataFrame:
    """How often a rise of each size is seen against the oblast's own other years, by three comparisons at most.

    Those of all others, one for one and by the own response, and the sharpest that is `held`. Columns: comparison,
    areas, mde, effect (c/ha), power (share of cells).

    Parameters
    ----------
    compared
        As `by_comparison` gives it; the curves reach a little beyond the largest of the three.
    """
    sharpest = compared[compared["held"]].sort_values("mde", kind="stable")["comparison"].iloc[0]
    shown = compared[compared["comparison"].isin(["all others", "own response", sharpest])]
    sizes = np.linspace(0, 1.9 * shown["mde"].max(), POINTS)
    curves = []
    for row in shown.itertuples():
        placebo = _placebo(yields, oblast, row.comparison, row.members.split(", "))
        thresholds = detection_thresholds(placebo.statistics.round(9), spill=placebo.spill, alpha=alpha)
        curve = power_curve(thresholds, sizes)
        curves.append(curve.assign(comparison=row.comparison, areas=row.areas, mde=row.mde))
    return pd.concat(curves, ignore_index=True)[["comparison", "areas", "mde", "effect", "power"]]


def raions_by_oblast() -> pd.Series:
    """The number of raions of every oblast."""
    return pd.Series([raion.properties["oblast"] for raion in areas("raion").entries.values()]).value_counts()


def shocks(yields: pd.DataFrame, oblast: str) -> dict[str, float | int]:
    """The results that projections rest on: how far oblasts stray, how long that lasts, and how many raions there
    are."""
    components, raions = variance_components(yields), raions_by_oblast()
    high, low = LIKELY_CORRELATIONS
    return {
        "autocorrelation": components.autocorrelation,
        "oblast_year_sd": components.unit_year_variance**0.5,
        "raions": int(raions[oblast]),
        "all_raions": int(raions.sum()),
        "raion_correlation_high": high,
        "raion_correlation_low": low,
    }


def rises_by_years(yields: pd.DataFrame, oblast: str, alpha: float, power: float) -> pd.DataFrame:
    """The smallest rise of an oblast that its own years show, by the number of years before and after that are
    averaged."""
    table = mde_by_years(yields, BASE_LENGTHS, END_LENGTHS, alpha=alpha, power=power).round(9)
    return table[(table["oblast"] == oblast) & (table["reference"] == "years") & np.isfinite(table["mde"])]


def more_data(yields: pd.DataFrame, oblast: str, by_years: pd.DataFrame, alpha: float, power: float) -> pd.DataFrame:
    """What more oblasts, more years, or raions would buy.

    Parameters
    ----------
    by_years
        As `rises_by_years` gives them.

    Returns
    -------
    DataFrame with `panel` ("oblasts", from the panel, with the range over every choice of comparison; "oblasts,
    projected", one with the technology; "years"; "raions, projected", half with the technology, for several
    correlations), what is varied, `mde`, `mde_lowest`, `mde_highest`, `standard_error` (c/ha).
    """
    levels, components, raions = {"alpha": alpha, "power": power}, variance_components(yields), raions_by_oblast()
    shock = {"unit_year_variance": components.unit_year_variance, "autocorrelations": (components.autocorrelation,)}
    subsets = mde_by_comparisons(yields, **levels).round(9)
    oblasts = projected_mde_oblasts(**shock, oblasts=tuple(range(3, 22)), **levels)
    steps = tuple(sorted({max(int(raions[oblast]), 6), *range(20, int(raions.sum()), 10), int(raions.sum())}))
    within = projected_mde_raions(
        **shock,
        raions=steps,
        intraclass_correlations=RAION_CORRELATIONS,
        raions_per_oblast=raions.mean(),
        **levels,
    )
    parts = [
        subsets[subsets["oblast"] == oblast].assign(panel="oblasts", mde=lambda rows: rows["mde_median"]),
        oblasts.assign(panel="oblasts, projected", mde=oblasts["mde_normal"]),
        by_years.assign(panel="years"),
        within.assign(panel="raions, projected", mde=within["mde_t"]),
    ]
    varied = ["comparisons", "oblasts", "base_years", "end_years", "raions"]
    sizes = ["intraclass_correlation", "mde", "mde_lowest", "mde_highest", "standard_error"]
    return pd.concat(parts, ignore_index=True)[["panel", *varied, *sizes]].astype(dict.fromkeys(varied, "Int64"))


def designs(
    yields: pd.DataFrame, oblast: str, rises: pd.DataFrame, by_years: pd.DataFrame, alpha: float, power: float
) -> pd.DataFrame:
    """What each design could see: `design`, `low`, `high` (c/ha), `basis` ("panel" or "projected").

    For raions the smallest rise lies between that of raions that move much alike and little (`LIKELY_CORRELATIONS`).

    Parameters
    ----------
    rises, by_years
        As `detectable_rises` and `rises_by_years` give them.
    """
    levels, components, raions = {"alpha": alpha, "power": power}, variance_components(yields), raions_by_oblast()
    shock = {"unit_year_variance": components.unit_year_variance, "autocorrelations": (components.autocorrelation,)}

    def with_raions(number: int, **years: tuple[int, ...]) -> pd.Series:
        found = projected_mde_raions(
            **shock,
            raions=(number,),
            intraclass_correlations=LIKELY_CORRELATIONS,
            raions_per_oblast=raions.mean(),
            **years,
            **levels,
        )
        return found["mde_t"]

    averaged = {name: (length,) for name, length in LONGER.items()}
    rows = [
        ("one_year", rises.query("oblast == @oblast and reference == 'years'")["mde"], "panel"),
        ("longer", by_years.loc[(by_years[list(LONGER)] == LONGER).all(axis=1), "mde"], "panel"),
        (
            "three_oblasts",
            projected_mde_oblasts(**shock, oblasts=(len(yields.columns),), treated_oblasts=(3,), **levels)["mde_t"],
            "projected",
        ),
        ("own_raions", with_raions(int(raions[oblast])), "projected"),
        ("all_raions", with_raions(int(raions.sum())), "projected"),
        ("all_raions_longer", with_raions(int(raions.sum()), **averaged), "projected"),
    ]
    return pd.DataFrame(
        [{"design": name, "low": sizes.min(), "high": sizes.max(), "basis": basis} for name, sizes, basis in rows]
    )


def design_summary(compared: pd.DataFrame) -> dict[str, float]:
    """The results on designs, as `designs` gives them."""
    rows = compared.set_index("design")
    return {
        "mde_longer": rows.loc["longer", "low"],
        "mde_all_raions_low": rows.loc["all_raions", "low"],
        "mde_all_raions_high": rows.loc["all_raions", "high"],
        "mde_all_raions_longer_high": rows.loc["all_raions_longer", "high"],
    }
