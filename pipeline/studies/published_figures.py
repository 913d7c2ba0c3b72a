"""What figures there are: coverage, January-August pairs, campaign counts, conflicts between reports."""

import pandas as pd

from pipeline.data.panel import half_width, require_comparable
from pipeline.data.vocabulary import crops
from pipeline.studies.yield_change.analysis import Change, change_from_stated_difference

LEVEL_KINDS = ("stated", "derived")


def livestock_products() -> list[str]:
    """The names in the panel's `crop` column that are milk, meat or eggs rather than crops."""
    return [name for name, entry in crops().entries.items() if entry.properties["kind"] == "livestock product"]


def levels(panel: pd.DataFrame) -> pd.DataFrame:
    """Figures that state a level, not a change; with a year."""
    return panel[panel["kind"].isin(LEVEL_KINDS) & panel["year"].notna()]


def coverage(panel: pd.DataFrame, oblast: str, first_year: int, last_year: int) -> pd.DataFrame:
    """How many figures on yield or production there are, by place, crop, year, period and source.

    Returns
    -------
    DataFrame with `place` ("oblast", "other oblasts", "country"), `crop`, `year`, `period`, `source`, `figures`.
    """
    rows = levels(panel)
    rows = rows[rows["measure"].isin(["yield", "production"]) & rows["year"].between(first_year, last_year)]
    place = pd.Series("", index=rows.index)
    place[rows["area_level"] == "oblast"] = "other oblasts"
    place[(rows["area_level"] == "oblast") & (rows["area"] == oblast)] = "oblast"
    place[(rows["area_level"] == "country") & (rows["area"] == "Kyrgyzstan")] = "country"
    rows = rows.assign(place=place)[place != ""]
    return rows.groupby(["place", "crop", "year", "period", "source"]).size().rename("figures").reset_index()


def january_august_pairs(panel: pd.DataFrame, area: str, year_before: int, year_after: int) -> list[str]:
    """Crops for which the area has a January-August yield or production of one kind in both years."""
    rows = levels(panel)
    rows = rows[(rows["area"] == area) & (rows["period"] == "jan-aug") & rows["measure"].isin(["yield", "production"])]
    rows = rows[~rows["crop"].isin(livestock_products())]
    before, after = (
        set(rows.loc[rows["year"] == year, ["crop", "measure", "weight_basis"]].itertuples(index=False, name=None))
        for year in (year_before, year_after)
    )
    return sorted({crop for crop, _, _ in before & after})


def figures_of(panel: pd.DataFrame, area: str, years: tuple[int, int]) -> pd.DataFrame:
    """Every yield or production of an area in the two years, with what it is.

    Rows with `area_level` "joint" are printed for the area and others together, so they are not figures of the area.
    """
    rows = levels(panel)
    rows = rows[(rows["area"] == area) & rows["year"].isin(years) & rows["measure"].isin(["yield", "production"])]
    return rows.sort_values(["crop", "year", "period", "as_of", "figure_id"])


def stated_changes(panel: pd.DataFrame, measure: str, period: str, year_before: int, year_after: int) -> pd.DataFrame:
    """National figures that one report prints together with their difference to the same date a year earlier.

    The figure of `year_before` is derived from the two (see `yield_change.change_from_stated_difference`). Reports
    compare with the year before only, so for years that do not follow each other the table is empty.

    Parameters
    ----------
    measure
        `yield` (c/ha) or `production` (t).
    period
        `as-of-date` for campaign counts, `jan-aug` for livestock products.

    Returns
    -------
    DataFrame with `crop`, `report_id`, `as_of`, `period`, `weight_basis`, `figure_id` and the fields of `Change`, by
    crop and date; reports that print no date come last within their crop.
    """
    rows = panel[
        (panel["area"] == "Kyrgyzstan")
        & (panel["measure"] == measure)
        & (panel["period"] == period)
        & (panel["year"] == year_after)
        & panel["kind"].isin(["stated", "difference"])
    ]
    described = ["crop", "report_id", "as_of", "period", "weight_basis"]
    out = []
    for _, group in rows.groupby(described) if year_after - year_before == 1 else ():
        by_kind = {kind: of_kind for kind, of_kind in group.groupby("kind") if len(of_kind) == 1}
        if len(by_kind) < 2:
            continue
        level, step = by_kind["stated"].iloc[0], by_kind["difference"].iloc[0]
        require_comparable(group, "level and difference of one report")
        change = change_from_stated_difference(
            level["value"], step["value"], half_width(level["decimals"]), half_width(step["decimals"])
        )
        out.append({**level[[*described, "figure_id"]].to_dict(), **vars(change)})
    table = pd.DataFrame(out, columns=[*described, "figure_id", *Change.__dataclass_fields__])
    table = table.assign(undated=table["as_of"] == "").sort_values(["crop", "undated", "as_of", "report_id"])
    return table.drop(columns="undated").reset_index(drop=True)


def crop_groups(panel: pd.DataFrame, country: str, years: list[int]) -> pd.DataFrame:
    """Area, production and yield of the national crop groups in those of the years that FAOSTAT has.

    Groups that lack one of these years are left out, so that every group is compared over the same years.

    Returns
    -------
    DataFrame with `crop`, `year`, `area_harvested` (ha), `production` (t), `yield` (c/ha).
    """
    rows = panel[(panel["source"] == "faostat_central_asia") & (panel["area"] == country) & panel["year"].isin(years)]
    wide = rows.pivot(index=["crop", "year"], columns="measure", values="value")
    wide = wide.reindex(columns=["area_harvested", "production", "yield"]).dropna()
    number = wide.groupby("crop").size()
    complete = number.index[number == rows["year"].nunique()]
    return wide.loc[complete].reset_index().rename_axis(columns=None)


def harvest_yields(panel: pd.DataFrame, oblast: str, years: tuple[int, int]) -> pd.DataFrame:
    """Yields that reports print during the harvest for an oblast, alone or with others (`area_level` joint)."""
    rows = figures_of(panel, oblast, years)
    rows = rows[(rows["period"] == "as-of-date") & (rows["measure"] == "yield")]
    return rows.astype({"year": int})


def livestock_changes(panel: pd.DataFrame, year_before: int, year_after: int) -> pd.DataFrame:
    """Livestock products of January-August that one report prints with their change, in thousand tonnes."""
    rows = stated_changes(panel, "production", "jan-aug", year_before, year_after)
    rows = rows[rows["crop"].isin(livestock_products())]
    return rows.assign(**{name: rows[name] / 1000 for name in ("before", "after", "change")})
