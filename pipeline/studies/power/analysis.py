"""What could this design have seen? Minimum detectable effects of a comparison of one oblast with others.

The effects are those of `pipeline.methods.power`, on wheat's oblasts: a unit is an oblast, a subunit a raion, and the
tables of this study say so. Input: `yields`, years x oblasts, c/ha.
"""

import numpy as np
import pandas as pd

from pipeline.data.vocabulary import areas
from pipeline.methods import power as methods
from pipeline.methods.difference_in_differences import did
from pipeline.methods.power import (
    detection_thresholds,
    mde_by_comparisons,
    placebo_statistics,
    power_curve,
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


def rises_and_observed(rises: pd.DataFrame, yields: pd.DataFrame, year_before: int, year_after: int) -> pd.DataFrame:
    """Rises that can be seen, beside `observed_difference`: the oblast's change less the mean change of the others."""
    observed = {name: round(did(yields, name, year_before, year_after).estimate, 9) for name in yields}
    return rises[np.isfinite(rises["mde"])].assign(observed_difference=lambda rows: rows["oblast"].map(observed))


def power_curves(yields: pd.DataFrame, rises: pd.DataFrame, oblast: str, alpha: float) -> pd.DataFrame:
    """How often a rise of each size is seen: `effect` (c/ha), `power` (share of cells), `reference`.

    Parameters
    ----------
    rises
        As `detectable_rises` gives them; the curves reach a little beyond the largest of the oblast.
    """
    placebo = placebo_statistics(yields)
    mine = (placebo.cells["oblast"] == oblast).to_numpy()
    thresholds = {
        "years": detection_thresholds(placebo.statistics[mine], spill=placebo.spill[np.ix_(mine, mine)], alpha=alpha),
        "oblasts and years": detection_thresholds(placebo.statistics, spill=placebo.spill, alpha=alpha)[mine],
    }
    own = rises[rises["oblast"] == oblast].set_index("reference")["mde"]
    sizes = np.linspace(0, 1.9 * own[list(thresholds)].max(), POINTS)
    curves = [power_curve(values, sizes).assign(reference=name) for name, values in thresholds.items()]
    return pd.concat(curves, ignore_index=True)


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
