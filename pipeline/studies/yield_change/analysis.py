"""Change of a yield between two years, and what printed rounding leaves open.

A yield printed to 0.1 c/ha is known to within 0.05, so a difference of two is known to within 0.1 and a percent
change lies in an interval; the interval is exact arithmetic, not statistics. It says nothing about how precisely
the yield itself was measured.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from pipeline.data.panel import regular_yields
from pipeline.errors import AnalysisError

T_PER_C = 0.1  # one centner is 100 kg


@dataclass(frozen=True)
class Change:
    """A change between two printed figures.

    `change` is in the unit of the figures, `half_width` what rounding leaves open on either side of it;
    `percent` is 100 x change / before, between `percent_low` and `percent_high`; `log_change` is ln(after / before).
    """

    before: float
    after: float
    change: float
    half_width: float
    percent: float
    percent_low: float
    percent_high: float
    log_change: float


def change(before: float, after: float, half_before: float, half_after: float) -> Change:
    """The change from `before` to `after`, each known to within its half width.

    The percent change increases in `after` and decreases in `before`, so its interval is reached at the corners:
    from (after - h) / (before + h) - 1 to (after + h) / (before - h) - 1.

    Raises
    ------
    AnalysisError
        If a figure is not positive beyond its rounding, or not finite.

    Examples
    --------
    >>> c = change(20.0, 25.0, 0.05, 0.05)
    >>> c.change, c.percent, round(c.percent_low, 3), round(c.percent_high, 3)
    (5.0, 25.0, 24.439, 25.564)
    """
    for name, value, half in (("before", before, half_before), ("after", after, half_after)):
        if not (math.isfinite(value) and half >= 0 and value > half):
            raise AnalysisError(f"A change needs positive figures: {name} is {value}, known to within {half}.")
    return Change(
        before=before,
        after=after,
        change=after - before,
        half_width=half_before + half_after,
        percent=100 * (after / before - 1),
        percent_low=100 * ((after - half_after) / (before + half_before) - 1),
        percent_high=100 * ((after + half_after) / (before - half_before) - 1),
        log_change=math.log(after / before),
    )


def change_from_stated_difference(after: float, difference: float, half_after: float, half_difference: float) -> Change:
    """The change where a source prints the later figure and the difference, but not the earlier figure.

    The earlier figure is derived, `before = after - difference`. The difference is as printed, so it is known to
    its own rounding only, and the percent change `difference / (after - difference)` lies between its values at
    (difference - h, after + h) and (difference + h, after - h) for a positive derived figure.

    Raises
    ------
    AnalysisError
        If the derived earlier figure is not positive beyond its rounding.

    Examples
    --------
    >>> c = change_from_stated_difference(29.4, 6.4, 0.05, 0.05)
    >>> round(c.before, 1), c.change, round(c.percent, 2), round(c.percent_low, 2), round(c.percent_high, 2)
    (23.0, 6.4, 27.83, 27.49, 28.17)
    """
    before = after - difference
    if not (math.isfinite(before) and before > half_after + half_difference):
        raise AnalysisError(
            f"{after} less the stated difference {difference} leaves {before}: no positive earlier figure."
        )

    def percent(a: float, d: float) -> float:
        return 100 * d / (a - d)

    # d / (a - d) increases in d; in a it falls for a rise and grows for a fall, so all four corners are compared.
    corners = [percent(after + s * half_after, difference + u * half_difference) for s in (-1, 1) for u in (-1, 1)]
    return Change(
        before=before,
        after=after,
        change=difference,
        half_width=half_difference,
        percent=percent(after, difference),
        percent_low=min(corners),
        percent_high=max(corners),
        log_change=math.log(after / before),
    )


def changes_by_oblast(yields: pd.DataFrame, year_before: int, year_after: int, half_width: float) -> pd.DataFrame:
    """The change of every oblast between two years, ranked by percent change.

    Parameters
    ----------
    yields
        Years x oblasts, c/ha; oblasts that lack one of the two years are left out.
    half_width
        Half the unit of the last printed digit, c/ha.

    Returns
    -------
    DataFrame indexed by oblast, largest percent change first: `before`, `after`, `change` (c/ha), `change_t_per_ha`,
    `half_width`, `percent`, `percent_low`, `percent_high`, `log_change`, `rank` (1 is the largest percent change; equal
    changes share the better rank), and `best_rank`, `worst_rank`: the ranks that rounding leaves possible.

    Raises
    ------
    AnalysisError
        If a year is outside the panel, or no oblast has both years.
    """
    for year in (year_before, year_after):
        if year not in yields.index:
            raise AnalysisError(f"Year {year} is outside the panel ({yields.index.min()} to {yields.index.max()}).")
    both = yields.loc[[year_before, year_after]].dropna(axis="columns")
    if both.empty:
        raise AnalysisError(f"No oblast has a yield in both {year_before} and {year_after}.")
    rows = {
        oblast: change(float(both.at[year_before, oblast]), float(both.at[year_after, oblast]), half_width, half_width)
        for oblast in both
    }
    table = pd.DataFrame({oblast: vars(c) for oblast, c in rows.items()}).T.rename_axis("oblast")
    table["change_t_per_ha"] = table["change"] * T_PER_C
    # Compared after rounding away binary noise, so that printed ties are ties.
    exact = (table["percent"]).round(9)
    table["rank"] = exact.rank(ascending=False, method="min").astype(int)
    low, high = table["percent_low"].to_numpy(), table["percent_high"].to_numpy()
    table["best_rank"] = 1 + (low[None, :] > high[:, None]).sum(axis=1)
    table["worst_rank"] = len(table) - (high[None, :] < low[:, None]).sum(axis=1)
    return table.sort_values(["rank"], kind="stable")


def with_sources(changes: pd.DataFrame, panel: pd.DataFrame, crop: str, before: int, after: int) -> pd.DataFrame:
    """The changes by oblast with `before_source` and `after_source`: whose series prints the yields of the two years.

    Parameters
    ----------
    changes
        As `changes_by_oblast` gives them.
    panel
        The harmonised panel, from which the yields were taken.

    Raises
    ------
    DataError
        As `regular_yields`.
    """
    sources = regular_yields(panel, crop).pivot(index="area", columns="year", values="source")
    return changes.assign(before_source=sources[before], after_source=sources[after])


def summary(changes: pd.DataFrame, oblast: str) -> dict[str, float | int]:
    """The results on one oblast among all: its change, what rounding leaves open, and its ranks.

    Parameters
    ----------
    changes
        As `changes_by_oblast` gives them.
    """
    own = changes.loc[oblast]
    by_change = changes["change"].round(9).rank(ascending=False, method="min")  # printed ties are ties
    return {
        "yield_before": own["before"],
        "yield_after": own["after"],
        "change": own["change"],
        "change_t_per_ha": own["change_t_per_ha"],
        "percent_change": own["percent"],
        "percent_change_low": own["percent_low"],
        "percent_change_high": own["percent_high"],
        "log_change": own["log_change"],
        "rank_among_oblasts": int(own["rank"]),
        "rank_best": int(own["best_rank"]),
        "rank_worst": int(own["worst_rank"]),
        "rank_by_change": int(by_change[oblast]),
        "number_of_oblasts": len(changes),
        "oblasts_that_rose": int((changes["change"] > 0).sum()),
    }


def share_of_sown_land(panel: pd.DataFrame, areas: pd.Series, oblast: str) -> dict[str, float | None]:
    """How much of an oblast's sown land the crop takes; None where no report prints the oblast's share of the country.

    Parameters
    ----------
    panel
        All figures; the country's sown area and the oblast's percent of it are read from it.
    areas
        The oblast's area under the crop by name of the estimate, ha; NaN where there is none.
    oblast
        Of the panel.

    Returns
    -------
    dict
        `cropland` (ha, derived: percent times area), `wheat_share`, the mean over the estimates, `wheat_share_low`,
        `wheat_share_high`, in percent of it.
    """
    sown = panel[(panel["crop"] == "all crops") & (panel["kind"] == "stated")]
    share = sown[(sown["measure"] == "area_sown_share") & (sown["area"] == oblast)]
    country = sown[(sown["measure"] == "area_sown") & (sown["area_level"] == "country")]
    names = ("cropland", "wheat_share", "wheat_share_low", "wheat_share_high")
    both = share.merge(country, on="year", suffixes=("", "_country"))
    if both.empty or areas.isna().all():
        return dict.fromkeys(names)
    latest = both.sort_values("year", kind="stable").iloc[-1]
    cropland = latest["value"] / 100 * latest["value_country"]
    percent = 100 * areas.dropna() / cropland
    return dict(zip(names, (cropland, percent.mean(), percent.min(), percent.max()), strict=True))


LAND_CROPS = ("wheat", "winter wheat", "spring wheat")


def land_under_wheat(panel: pd.DataFrame, oblast: str) -> pd.DataFrame:
    """Areas of wheat, winter wheat and spring wheat that reports print for the oblast and the country.

    Of the areas of one crop, measure and year the last one counted is taken; a campaign's count grows until its end.

    Returns
    -------
    DataFrame
        `area`, `crop`, `measure` ("area_sown", "area_harvested"), `year` (of the harvest), `as_of`, `value` (ha),
        `figure_id`.
    """
    rows = panel[
        panel["crop"].isin(LAND_CROPS)
        & panel["measure"].isin(("area_sown", "area_harvested"))
        & ((panel["area"] == oblast) | (panel["area_level"] == "country"))
        & (panel["kind"] == "stated")
        & (panel["unit"] == "ha")
    ]
    rows = rows.assign(own=rows["area"] == oblast).sort_values(["as_of", "value"])
    last = rows.drop_duplicates(["area", "crop", "measure", "year"], keep="last")
    last = last.sort_values(["own", "year", "crop", "measure"], ascending=[False, True, True, True], ignore_index=True)
    return last[["area", "crop", "measure", "year", "as_of", "value", "figure_id"]]


def national_change(stated: pd.DataFrame, crop: str) -> dict[str, float | None]:
    """The country's change where exactly one report prints it; otherwise every value is None.

    Parameters
    ----------
    stated
        As `published_figures.stated_changes` gives them, for the full year.
    """
    rows = stated[stated["crop"] == crop]
    fields = {"before": "before", "after": "after", "change": "change", "percent": "percent"}
    return {f"national_{name}": rows[column].iloc[0] if len(rows) == 1 else None for name, column in fields.items()}


def logarithmic_mean(a: np.ndarray | float, b: np.ndarray | float) -> np.ndarray | float:
    """Logarithmic mean of positive numbers, L(a, b) = (a - b) / ln(a / b), and a where a = b.

    Raises
    ------
    AnalysisError
        If a number is not positive.

    References
    ----------
    Carlson, B. C. (1972). The logarithmic mean. American Mathematical Monthly 79(6), 615-618.

    Examples
    --------
    >>> round(logarithmic_mean(1.0, np.e), 6)
    1.718282
    >>> logarithmic_mean(3.0, 3.0)
    3.0
    """
    a, b = np.asarray(a, float), np.asarray(b, float)
    if not ((a > 0).all() and (b > 0).all()):
        raise AnalysisError("The logarithmic mean is defined for positive numbers only.")
    ratio = np.log(a / b)
    # Near a = b the quotient is 0/0; the series L = b (1 + r/2 + r^2/6 + ...) is exact to double precision there.
    near = np.abs(ratio) < 1e-4
    mean = np.where(near, b * (1 + ratio / 2 + ratio**2 / 6 + ratio**3 / 24), (a - b) / np.where(near, 1.0, ratio))
    return mean[()] if mean.ndim else float(mean)


def decompose_production(area_before, area_after, production_before, production_after) -> pd.DataFrame:
    """Split a change of production exactly into area and yield: logarithmic mean Divisia index, additive LMDI-I.

    Production is area x yield, Q = A Y with Y = Q / A. Then Q1 - Q0 = L(Q1, Q0) ln(A1 / A0) + L(Q1, Q0) ln(Y1 / Y0)
    without residual, L being the logarithmic mean. The yield is worked out from production and area, not taken as
    printed, so that rounding does not reappear as a residual.

    Parameters
    ----------
    area_before, area_after, production_before, production_after
        Positive numbers or arrays of one length, in any one unit of area and one of production.

    Returns
    -------
    DataFrame with `change`, `area_effect`, `yield_effect` (unit of production); the effects add up to the change.

    Raises
    ------
    AnalysisError
        If a number is not positive.

    References
    ----------
    Ang, B. W. (2005). The LMDI approach to decomposition analysis: a practical guide. Energy Policy 33(7), 867-871.
    """
    a0, a1, q0, q1 = (
        np.atleast_1d(np.asarray(x, float)) for x in (area_before, area_after, production_before, production_after)
    )
    if not all((x > 0).all() for x in (a0, a1, q0, q1)):
        raise AnalysisError("A decomposition into area and yield needs positive areas and productions.")
    weight = logarithmic_mean(q1, q0)
    area_effect = weight * np.log(a1 / a0)
    yield_effect = weight * np.log((q1 / a1) / (q0 / a0))
    return pd.DataFrame({"change": q1 - q0, "area_effect": area_effect, "yield_effect": yield_effect})


def decompose_groups(groups: pd.DataFrame) -> pd.DataFrame:
    """Split the change of production of several crops into area and yield, for each pair of neighbouring years.

    Parameters
    ----------
    groups
        `crop`, `year`, `area_harvested` (ha), `production` (t); every crop in the same years.

    Returns
    -------
    DataFrame with `crop`, `year_before`, `year_after`, `yield_before`, `yield_after` (c/ha, production by area),
    `change`, `area_effect`, `yield_effect` (t) and the same three in percent of the production of `year_before`.
    It has no rows when there are fewer than two years.

    Raises
    ------
    AnalysisError
        If a crop lacks a year that another has.
    """
    area = groups.pivot(index="crop", columns="year", values="area_harvested")
    production = groups.pivot(index="crop", columns="year", values="production")
    years = sorted(area.columns)
    if area.isna().any(axis=None) or production.isna().any(axis=None):
        raise AnalysisError("A decomposition over time needs every crop in every year.")
    parts = []
    for before, after in pairwise(years):
        a0, a1, q0, q1 = area[before], area[after], production[before], production[after]
        effects = decompose_production(a0, a1, q0, q1)
        percent = 100 * effects.div(q0.to_numpy(), axis="index")
        parts.append(
            effects.assign(
                crop=area.index,
                year_before=before,
                year_after=after,
                yield_before=(q0 / a0 / T_PER_C).to_numpy(),
                yield_after=(q1 / a1 / T_PER_C).to_numpy(),
                change_percent=percent["change"],
                area_percent=percent["area_effect"],
                yield_percent=percent["yield_effect"],
            )
        )
    columns = [
        "crop",
        "year_before",
        "year_after",
        "yield_before",
        "yield_after",
        "change",
        "area_effect",
        "yield_effect",
        "change_percent",
        "area_percent",
        "yield_percent",
    ]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns, dtype=float)


def groups_moved_by_yield(effects: pd.DataFrame) -> dict[str, int]:
    """How many crop groups there are in the last pair of years of `decompose_groups`, and in how many of them the yield
    moved production more than the area did."""
    last = effects[effects["year_after"] == effects["year_after"].max()]
    by_yield = last["yield_effect"].abs() > last["area_effect"].abs()
    return {"crop_groups": len(last), "crop_groups_by_yield": int(by_yield.sum())}


def campaign_changes(counts: pd.DataFrame) -> dict[str, float | None]:
    """How many reports print a yield of one crop during the harvest with its change, and the smallest and largest of
    these changes (c/ha); None where there is no report. `counts` is `published_figures.stated_changes` of the crop."""
    smallest, largest = (counts["change"].min(), counts["change"].max()) if len(counts) else (None, None)
    return {"campaign_reports": len(counts), "campaign_smallest": smallest, "campaign_largest": largest}


def in_thousand_tonnes(effects: pd.DataFrame) -> pd.DataFrame:
    """Effects as `decompose_groups` gives them, with the pair of years as text and changes in thousand tonnes."""
    years = effects["year_before"].astype("Int64").astype(str) + "–" + effects["year_after"].astype("Int64").astype(str)
    parts = {"change_kt": "change", "area_kt": "area_effect", "yield_kt": "yield_effect"}
    return effects.assign(years=years, **{name: effects[column] / 1000 for name, column in parts.items()})
