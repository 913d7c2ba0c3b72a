"""Could any comparison have seen it? What documented technology could add, beside the smallest rise designs can see.

The smallest rises are those of the report `power`, by the same functions, at the usual levels.
"""

from math import ceil

import pandas as pd
from scipy.stats import norm

from pipeline.data.assumptions import Assumption
from pipeline.studies.green_technology.ceiling import Attribution
from pipeline.studies.power import analysis as power

ALPHA, POWER = 0.05, 0.8
SHOWN = ("one_year", "longer", "own_raions", "all_raions", "all_raions_longer")
"""Designs of the report `power` that are set beside the ceilings."""
INSTALLED = ("drip irrigation installed 2024-2025", "sprinkler irrigation installed 2024-2025")


def designs_beside_ceilings(
    yields: pd.DataFrame, oblast: str, year_before: int, year_after: int, found: Attribution, gain: Assumption
) -> pd.DataFrame:
    """What could have been added to the oblast's mean yield, and what comparisons can see, all in c/ha.

    Parameters
    ----------
    yields
        Years x oblasts, c/ha.
    found
        Areas documented for the oblast.
    gain
        Per hectare, percent of the yield before.

    Returns
    -------
    DataFrame
        `part` ("documented", "design", "field"), `what`, `low`, `high`. `documented`: `here` (areas printed for the
        oblast) and `installed` (all that was installed in the country in 2024-2025, as if here), from the lowest gain
        on the larger area under the crop to the highest on the smaller; none without a rise. `field`: the gain itself,
        which a field with the technology shows beside one without.
    """
    rises = power.detectable_rises(yields, ALPHA, POWER)
    by_years = power.rises_by_years(yields, oblast, ALPHA, POWER)
    sees = power.designs(yields, oblast, rises, by_years, ALPHA, POWER).set_index("design").loc[list(SHOWN)]
    # Of one year, the comparison that sees most among those that earlier years do not reject, as `power` leads with.
    compared = power.by_comparison(yields, oblast, year_before, year_after, ALPHA, POWER)
    sees.loc["one_year", ["low", "high"]] = compared.loc[compared["held"], "mde"].min()
    rows = [("design", name, row["low"], row["high"]) for name, row in sees.iterrows()]
    to_yield = found.baseline / 100  # c/ha per percent
    rows.append(("field", "field", gain.low * to_yield, gain.high * to_yield))
    groups = {
        "here": found.ceilings["counted"] == "reported here",
        "installed": found.ceilings["technology"].isin(INSTALLED) & (found.ceilings["counted"] == "all here"),
    }
    for name, chosen in groups.items():
        shares = found.ceilings.loc[chosen, ["share_low", "share_high"]].sum()
        if shares["share_high"] > 0:
            low, high = shares["share_low"] * gain.low * to_yield, shares["share_high"] * gain.high * to_yield
            rows.append(("documented", name, low, high))
    return pd.DataFrame(rows, columns=["part", "what", "low", "high"])


def summary(table: pd.DataFrame, gain: Assumption, variation: Assumption) -> dict[str, object]:
    """Results: the gains assumed, the smallest rise that designs see (c/ha), and the fields that a survey would need.

    Parameters
    ----------
    table
        What `designs_beside_ceilings` gives.
    gain, variation
        Gain per hectare, and standard deviation between fields, in percent of the yield.
    """
    sees = table[table["part"] == "design"].set_index("what")["low"]
    return {
        "gain_low": gain.low,
        "gain_high": gain.high,
        "design_sees": sees["one_year"],
        "best_design": sees.idxmin(),
        "best_design_sees": sees.min(),
        "field_pairs": field_pairs(gain.central, variation.central),
        "field_pairs_most": field_pairs(gain.low, variation.high),
    }


def field_pairs(gain: float, variation: float, alpha: float = ALPHA, power_wanted: float = POWER) -> int:
    """Fields with the technology, and as many without, that show a gain in `power_wanted` of all cases.

    ``n = 2 (q_{1-alpha/2} + q_power)^2 (s / g)^2`` for the difference of two means with equal spread (Bloom 1995,
    *Evaluation Review* 19), rounded up.

    Parameters
    ----------
    gain, variation
        Gain per hectare and standard deviation between fields, both in percent of the yield; positive.

    Examples
    --------
    >>> field_pairs(50, 25)
    4
    """
    return ceil(2 * (norm.ppf(1 - alpha / 2) + norm.ppf(power_wanted)) ** 2 * (variation / gain) ** 2)
