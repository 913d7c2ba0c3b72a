"""Exposures as analyses take them: one value per oblast, a panel by year, and areas for the attribution ceiling.

What is chosen here is chosen by name: which indicators are a falsification test, which
reported areas count as documented, and which of two incomplete figures stands for the area under the crop.
"""

import numpy as np
import pandas as pd

from pipeline.data.vocabulary import areas
from pipeline.errors import AnalysisError, DataError
from pipeline.studies.green_technology.analysis import explained_change, wheat_area_ha

# What is in no field cannot move the yield of a field crop: an association with it shows what chance does. No source
# prints a technology of fields for every oblast.
NOT_IN_FIELDS = (
    "greenhouses_number",
    "greenhouses_area_ha",
    "food_processing_enterprises_2024",
    "food_processing_entrepreneurs_2024",
)
CONVEYANCE_LOSS = "water_loss_in_conveyance_share"
WINTER_WHEAT_SOWN = "winter wheat sown"

# Areas that are reported as existing. Plans and works of 2026 are left out.
OBLAST_AREAS = ("greenhouses_area_ha",)
RAION_AREAS = (
    "drip irrigation project (Kyzyl-Tuu, Burgondu-Dostuk)",
    "drip irrigation with walnut planting (Semetei)",
    "intensive apple orchard with drip (one cooperative)",
)
# Of the country no split by oblast is printed. `all here` counts the whole area as if it lay on the crop's fields in
# the oblast, the most there could be; `spread evenly` as if every oblast's crop had the same share of it.
COUNTRY_AREAS = (
    ("drip irrigation installed 2024-2025", "all here"),
    ("sprinkler irrigation installed 2024-2025", "all here"),
    ("drip irrigation, area", "spread evenly"),
    ("drip irrigation, area", "all here"),
)

# Technologies in the reports: what is counted, and whether for the oblast, its raions or the country. Plans are
# included, since the table says when.
TECHNOLOGIES = (
    *((name, "raion") for name in RAION_AREAS),
    ("intensive orchard + drip (planned)", "raion"),
    ("drip irrigation under installation (Zhany-Zher)", "raion"),
    ("share of farmland using water-saving systems", "oblast"),
    ("greenhouses_area_ha", "oblast"),
    ("enterprises with international organic certificate", "oblast"),
    ("drip irrigation installed 2024-2025", "country"),
    ("sprinkler irrigation installed 2024-2025", "country"),
    ("drip irrigation, area", "country"),
    ("organic land, certified", "country"),
)
# Named without any number, for Jalal-Abad, in a summary of the paper's reference 8 (evidence ev086 of the paper's M02).
NAMED_ONLY = ("biological processing of waste into fertiliser", "remote sensing for the choice of fields")
NAMED_IN, NAMED_PLACE = "ev086", "Jalal-Abad"

SOWN, DERIVED = "winter_wheat_sown_2024", "production_over_yield_2021"
PRODUCTION_YEAR = 2021


def by_oblast(exposures: pd.DataFrame, indicators: tuple[str, ...], oblasts: list[str]) -> pd.DataFrame:
    """Indicators of one date each as a table, oblasts x indicators, in the indicators' own units.

    Figures without a year (historic points) are not used. Raises DataError when an oblast has two figures of one
    indicator, AnalysisError when it has none.
    """
    rows = exposures[
        exposures["indicator"].isin(indicators)
        & (exposures["area_level"] == "oblast")
        & exposures["area"].isin(oblasts)
        & exposures["year"].notna()
    ]
    twice = rows[rows.duplicated(["area", "indicator"], keep=False)]
    if len(twice):
        raise DataError(
            f"{twice['area'].iloc[0]} has several figures of {twice['indicator'].iloc[0]}: "
            f"{', '.join(twice['figure_id'])}. Keep one in data/raw, or correct it in data/corrections.yml."
        )
    table = rows.pivot(index="area", columns="indicator", values="value").reindex(oblasts, columns=list(indicators))
    if table.isna().any(axis=None):
        oblast, indicator = table.isna().stack().loc[lambda gap: gap].index[0]
        raise AnalysisError(f"{oblast} has no figure of {indicator}: drop the indicator or the oblast.")
    return table.rename_axis(index="oblast", columns="indicator")


def first_year(exposures: pd.DataFrame, indicators: tuple[str, ...]) -> int:
    """The earliest year for which one of the indicators was counted."""
    return int(exposures.loc[exposures["indicator"].isin(indicators), "year"].min())


def by_year(exposures: pd.DataFrame, indicator: str, oblasts: list[str]) -> pd.DataFrame:
    """A yearly indicator as a table, years x oblasts. Raises AnalysisError when it has no figure by oblast."""
    rows = exposures[
        (exposures["indicator"] == indicator) & (exposures["area_level"] == "oblast") & exposures["area"].isin(oblasts)
    ]
    if rows.empty:
        raise AnalysisError(f"There is no yearly figure of {indicator!r} by oblast in the exposures.")
    table = rows.pivot(index="year", columns="area", values="value").reindex(columns=oblasts).sort_index(kind="stable")
    table.index = table.index.astype(int)
    return table.rename_axis(columns="oblast")


def crop_areas(panel: pd.DataFrame, exposures: pd.DataFrame, yields: pd.DataFrame, crop: str) -> pd.DataFrame:
    """Two stand-ins for the area under a crop by oblast, in ha, since no source prints it for the years of study.

    `winter_wheat_sown_2024`: sown by 2024-12-16 for the harvest of 2025, without spring wheat; not printed for every
    oblast (NaN there; NaN everywhere for another crop). `production_over_yield_2021`: production of the oblast's
    raions, towns not included, over the oblast's yield of 2021, a drought year; derived. For a crop whose production
    is not printed by raion, the oblast's production of the yearly tables is taken, or else the area that they print.

    Raises AnalysisError when none exists for any oblast.
    """
    oblast_of = {name: entry.properties["oblast"] for name, entry in areas("raion").entries.items()}
    rows = panel[
        (panel["crop"] == crop)
        & (panel["area_level"] == "raion")
        & (panel["measure"] == "production")
        & (panel["period"] == "full-year")
        & (panel["year"] == PRODUCTION_YEAR)
        & (panel["kind"] == "stated")
    ]
    production = rows.groupby(rows["area"].map(oblast_of))["value"].sum()
    table = pd.DataFrame(index=pd.Index(yields.columns, name="oblast"), columns=[SOWN, DERIVED], dtype=float)
    if crop == "wheat":
        sown = exposures[(exposures["indicator"] == WINTER_WHEAT_SOWN) & (exposures["unit"] == "kha")]
        table[SOWN] = 1000 * sown.set_index("area")["value"].reindex(table.index)
    for oblast in table.index.intersection(production.index) if PRODUCTION_YEAR in yields.index else []:
        table.loc[oblast, DERIVED] = wheat_area_ha(production[oblast], yields.loc[PRODUCTION_YEAR, oblast])
    if production.empty and PRODUCTION_YEAR in yields.index:
        yearly = yearly_by_oblast(panel, crop, PRODUCTION_YEAR)
        worked_out = yearly["production"].reindex(table.index) * 10 / yields.loc[PRODUCTION_YEAR]
        table[DERIVED] = worked_out.fillna(yearly["area"].reindex(table.index))
    if table.isna().all(axis=None):
        raise AnalysisError(
            "No figure stands for the area under {crop}: neither area sown nor production by raion.", crop=crop
        )
    return table


def yearly_by_oblast(panel: pd.DataFrame, crop: str, year: int) -> pd.DataFrame:
    """Production (t) and area (ha; harvested, or else sown) of the yearly tables in a year, one row an oblast."""
    rows = panel[(panel["crop"] == crop) & (panel["area_level"] == "oblast") & (panel["year"] == year)]
    rows = rows[(rows["report_id"] == "") & (rows["period"] == "full-year") & (rows["kind"] == "stated")]
    wide = rows.pivot_table(index="area", columns="measure", values="value", aggfunc="first")
    wide = wide.reindex(columns=["production", "area_harvested", "area_sown"]).astype(float)
    wide["area"] = wide["area_harvested"].fillna(wide["area_sown"])
    return wide[["production", "area"]]


def harvested_area(panel: pd.DataFrame, crop: str) -> float:
    """The country's area under a crop, ha: the largest area that a campaign count of the ministry reports harvested.

    For a crop without such a count it is what the oblasts of the last yearly table add up to. Raises AnalysisError when
    there is none either.
    """
    rows = panel[
        (panel["crop"] == crop)
        & (panel["area"] == "Kyrgyzstan")
        & (panel["measure"] == "area_harvested")
        & (panel["kind"] == "stated")
        & (panel["unit"] == "ha")
    ]
    if rows.empty:
        years = panel.loc[(panel["crop"] == crop) & panel["measure"].isin(["area_harvested", "area_sown"]), "year"]
        last = yearly_by_oblast(panel, crop, int(years.max()))["area"].dropna() if years.notna().any() else years
        if last.empty:
            raise AnalysisError(f"No report prints an area of {crop} harvested in the country.")
        return float(last.sum())
    return float(rows["value"].max())


def documented_areas(exposures: pd.DataFrame, oblast: str) -> pd.DataFrame:
    """Areas under a technology that a source prints for the oblast, one of its raions, or the country.

    Returns `technology` (the indicator), `area`, `counted` ("reported here", "all here", "spread evenly"; see
    COUNTRY_AREAS), `area_ha`, `year` (Int64), `as_of`, `figure_id`. Of an indicator printed for several years the
    latest is taken. Raises AnalysisError when nothing is printed.
    """
    oblast_of = {name: entry.properties["oblast"] for name, entry in areas("raion").entries.items()}
    place = exposures["area"].where(exposures["area_level"] != "raion", exposures["area"].map(oblast_of))
    level = exposures["area_level"]
    chosen = [(name, "reported here", (level == "oblast") & (place == oblast)) for name in OBLAST_AREAS]
    chosen += [(name, "reported here", (level == "raion") & (place == oblast)) for name in RAION_AREAS]
    chosen += [(name, counted, level == "country") for name, counted in COUNTRY_AREAS]
    found = []
    for name, counted, there in chosen:
        rows = exposures[there & (exposures["indicator"] == name) & (exposures["unit"] == "ha")]
        found.append(rows.sort_values("year", na_position="first", kind="stable").tail(1).assign(counted=counted))
    table = pd.concat(found, ignore_index=True)
    if table.empty:
        raise AnalysisError(f"No source prints an area under a technology for {oblast} or the country.")
    table = table.rename(columns={"indicator": "technology", "value": "area_ha"})
    return table[["technology", "area", "counted", "area_ha", "year", "as_of", "figure_id"]]


def technologies(exposures: pd.DataFrame, evidence: pd.DataFrame, oblast: str) -> pd.DataFrame:
    """Technologies that the paper's source names or a report counts: what, where, since when, how much, who says so.

    Parameters
    ----------
    exposures, evidence
        The processed tables.
    oblast
        Whose raions are listed.

    Returns
    -------
    DataFrame
        `technology`, `named` ("yes": by the paper's source, without a number; "no"), `area`, `as_of`, `value`, `unit`,
        `publisher`, `figure_id`. Of an indicator printed for several dates the latest.

    Raises
    ------
    DataError
        If the evidence that names technologies is not there.
    """
    summary = evidence[evidence["evidence_id"] == NAMED_IN]
    if summary.empty:
        raise DataError(f"The evidence holds no {NAMED_IN}, which summarises the paper's reference 8.")
    named = pd.DataFrame({"technology": NAMED_ONLY}).assign(
        named="yes",
        area=NAMED_PLACE,
        as_of=summary["published"].iloc[0],
        publisher=summary["publisher"].iloc[0],
        figure_id=NAMED_IN,
    )
    oblast_of = {name: entry.properties["oblast"] for name, entry in areas("raion").entries.items()}
    place = exposures["area"].where(exposures["area_level"] != "raion", exposures["area"].map(oblast_of))
    found = [named]
    for name, level in TECHNOLOGIES:
        there = (exposures["area_level"] == level) & ((place == oblast) | (level == "country"))
        rows = exposures[there & (exposures["indicator"] == name)]
        found.append(rows.sort_values("as_of", kind="stable").tail(1).assign(technology=name, named="no"))
    columns = ["technology", "named", "area", "as_of", "value", "unit", "publisher", "figure_id"]
    return pd.concat(found, ignore_index=True).reindex(columns=columns)


def documented_ceiling(
    documented: pd.DataFrame, own_areas: pd.Series, country_area: float, change: float, baseline: float, gain: float
) -> pd.DataFrame:
    """The most each documented area can account for, over all estimates of the area under the crop.

    Parameters: `documented` from `documented_areas`; `own_areas`, the oblast's area under the crop by name of the
    estimate (ha, NaN where there is none); `country_area` (ha), for areas spread evenly; `change` (c/ha, a rise);
    `baseline` (c/ha); `gain` in percent of the baseline.

    Returns `documented` with `share_low/high` (of the area under the crop, at most 1), `explained_low/high` (c/ha),
    `share_of_change_low/high`, `required_gain_low/high` (percent of the baseline that would account for all of the
    change) and `covers_all` (the area is as large as some estimate: it bounds nothing). Raises what
    `green_technology.explained_change` raises.
    """
    estimates = own_areas.dropna()
    if estimates.empty:
        raise AnalysisError("No estimate of the area under the crop: a share of it cannot be worked out.")
    rows = []
    for row in documented.itertuples():
        wheat = pd.Series({"country": country_area}) if row.counted == "spread evenly" else estimates
        table = explained_change(
            pd.Series({row.technology: row.area_ha}), wheat, change, baseline, np.array([gain]), unit="percent"
        )
        share = table["share_of_wheat_area"]
        rows.append(
            {
                "share_low": share.min(),
                "share_high": share.max(),
                "explained_low": table["explained_c_per_ha"].min(),
                "explained_high": table["explained_c_per_ha"].max(),
                "share_of_change_low": table["share_of_change"].min(),
                "share_of_change_high": table["share_of_change"].max(),
                "required_gain_low": 100 * change / (baseline * share.max()),
                "required_gain_high": 100 * change / (baseline * share.min()),
                "covers_all": bool(table["covers_all"].any()),
            }
        )
    return pd.concat([documented.reset_index(drop=True), pd.DataFrame(rows)], axis=1)
