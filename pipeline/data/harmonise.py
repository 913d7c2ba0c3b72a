"""Harmonise: one name, one unit, one period label for every figure; one panel and one table of exposures.

The panel holds what was harvested (crops and livestock products); the exposures hold what may have moved it
(technology, water, weather, people) and the context. Every figure keeps its source and an id, the number of
decimals it was printed with, and what it *is*: its period and its weight basis.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pandas as pd

from pipeline.data.adoption import TABLES
from pipeline.data.cards import GROUPS, decimals_of, parse_figure, read_cards
from pipeline.data.ingest import read_interim
from pipeline.data.lettering import mended
from pipeline.data.panel import EXPOSURE_COLUMNS, MEASURES, PANEL_COLUMNS, UNLISTED_LEVELS
from pipeline.data.vocabulary import areas, crops, panel_unit, units
from pipeline.data.weather_source import GROUP, INDICATOR, STATION, STATION_INDICATOR, STATION_RAION, TABLE, sources_in
from pipeline.errors import DataError, UnknownNameError
from pipeline.paths import CLAIMS, EVIDENCE, EXPOSURES, INTERIM, PANEL, RAW, SOURCES, shown

# Indicators of `reported_adoption` that cover all seven oblasts get a name that analyses use; the rest keep the
# words of the report. Named as the columns of `oblast_cross_section`, which must show the same figures.
CROSS_SECTION_INDICATORS = {
    "greenhouses, number": "greenhouses_number",
    "greenhouses, area": "greenhouses_area_ha",
    "machine-tractor stations (MTS), number": "machine_tractor_stations",
    "NEW agricultural cooperatives created in the year": "new_cooperatives_2024",
    "apple orchards, share of national area": "apple_orchard_share_2023_percent",
    "apple yield (OUTCOME)": "apple_yield_2023_c_per_ha",
    "food, drink and tobacco processing: large and medium enterprises registered": "food_processing_enterprises_2024",
    "food, drink and tobacco processing: individual entrepreneurs registered": "food_processing_entrepreneurs_2024",
}

UNITS = {"yield": "c_per_ha", "production": "t", "area_harvested": "ha", "area_sown": "ha"}
"""The unit that the panel keeps for a measure of a regular table."""

TIDY = "exposures.csv"
"""A raw table of this name, in a source of any group, has the columns of an exposure; it needs no function here."""


def build_panel(interim: Path = INTERIM) -> pd.DataFrame:
    """All figures on crops and livestock products, `PANEL_COLUMNS`, values as text with their printed digits.

    Raises
    ------
    UnknownNameError
        If an area, crop, measure or unit is not in the vocabulary; the message names source and row.
    """
    parts = [
        _wheat(interim),
        _harvest_reports(interim),
        _faostat(interim),
        _raion_production(interim),
        *_crop_tables(interim),
    ]
    return pd.concat(parts, ignore_index=True)[PANEL_COLUMNS]


def build_exposures(interim: Path = INTERIM) -> pd.DataFrame:
    """All figures on exposures and context, `EXPOSURE_COLUMNS`, units as published under their one name."""
    parts = [
        _water(interim),
        _population(interim),
        _national(interim),
        _temperature(interim),
        _adoption(interim),
        _infrastructure(interim),
        _raion_context(interim),
        _towns(interim),
        *_local_weather(interim),
        _station(interim),
        *_tidy(interim),
    ]
    return pd.concat(parts, ignore_index=True)[EXPOSURE_COLUMNS]


def list_sources(raw: Path = RAW) -> pd.DataFrame:
    """The sources as the reports list them: one row per card."""
    return pd.DataFrame(
        {
            "source": card.id,
            "title": card.title,
            "producer": card.producer,
            "licence": card.licence.name,
            "licence_note": card.licence.note or "",
            "rows": sum(table.rows for table in card.tables.values()),
        }
        for card in read_cards(raw=raw)
    )


def harmonise(
    interim: Path = INTERIM,
    panel: Path = PANEL,
    exposures: Path = EXPOSURES,
    sources: Path = SOURCES,
    claims: Path = CLAIMS,
    evidence: Path = EVIDENCE,
    raw: Path = RAW,
) -> str:
    """Build and write the panel, the exposures, the list of sources, and the paper's statements with the evidence on
    them as they were ingested; a sentence saying what was done."""
    tables = {
        panel: build_panel(interim),
        exposures: build_exposures(interim),
        sources: list_sources(raw),
        claims: read_interim("context", "paper_claims", "claims.csv", interim),
        evidence: read_interim("context", "paper_claims", "evidence.csv", interim),
    }
    for path, frame in tables.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        staging = path.with_suffix(".new")
        frame.to_csv(staging, index=False, lineterminator="\n", encoding="utf-8")
        staging.replace(path)
    return f"{len(tables[panel])} figures in {shown(panel)}, {len(tables[exposures])} in {shown(exposures)}."


def resolve_column(frame: pd.DataFrame, column: str, resolve: Callable[[str], str], place: str) -> pd.Series:
    """Resolve every name of a column; an unknown one is reported with its source and rows."""
    names = {}
    for name in frame[column].unique():
        try:
            names[name] = resolve(name)
        except UnknownNameError as error:
            lines = ", ".join(str(i + 2) for i in frame.index[frame[column] == name][:5])
            raise UnknownNameError(f"{place}, line {lines}, column {column}: {error}") from error
    return frame[column].map(names)


def resolve_areas(frame: pd.DataFrame, column: str, level: str, place: str) -> pd.Series:
    """Resolve a column of area names, each within the level that the column `level` gives.

    A figure printed for several oblasts together has the level "joint". It stands under the name of the group, or once
    under each oblast of it.
    """
    out = frame[column].copy()
    for value, rows in frame.groupby(level).groups.items():
        if value not in UNLISTED_LEVELS:
            names = resolve_column(frame.loc[rows], column, lambda name, of=value: _area(name, of), place)
            out.loc[rows] = names
    return out


def _area(name: str, level: str) -> str:
    member = level == "joint" and name in areas("oblast")
    return areas("oblast" if member else level).resolve(name)


def convert(values: pd.Series, unit_names: pd.Series, place: str) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Values in the panel's units, those units, and the decimals of each value after the conversion.

    Conversions are powers of ten on decimal numbers, so every printed digit is kept: "712.2" kt is "712200" t
    with -2 decimals, that is, known to 100 t.
    """
    frame = pd.DataFrame({"value": values, "unit": unit_names})
    unit_of = resolve_column(frame, "unit", units().resolve, place)
    kept = {u: panel_unit(u) for u in unit_of.unique()}
    power = unit_of.map(lambda u: kept[u][1])
    scaled = pd.Series(
        ["" if v == "" else format(Decimal(v).scaleb(p), "f") for v, p in zip(values, power, strict=True)],
        index=values.index,
    )
    return scaled, unit_of.map(lambda u: kept[u][0]), values.map(decimals_of) - power


def _wheat(interim: Path) -> pd.DataFrame:
    frame = read_interim("statistics_committee", "nsc_wheat_yield", "wheat_yield_by_oblast.csv", interim)
    place = "nsc_wheat_yield/wheat_yield_by_oblast.csv"
    area = resolve_column(frame, "oblast", areas("oblast").resolve, place)
    crop = resolve_column(frame, "crop", crops().resolve, place)
    return _full_year(
        frame,
        area=area,
        area_level="oblast",
        crop=crop,
        measure="yield",
        value=frame["yield_c_per_ha"],
        unit="c_per_ha",
        weight_basis="after-processing",
        source="nsc_wheat_yield",
        place=place,
    )


def _crop_tables(interim: Path) -> list[pd.DataFrame]:
    """The tables of crops that were adopted (`adoption`), one frame a table; none so far.

    A row with a mark in place of its figure (- for nil, … for not available) gives no figure.
    """
    frames = []
    for path in sorted((interim / "statistics_committee").glob(f"*/{TABLES}")):
        source, place = path.parent.name, f"{path.parent.name}/{path.name}"
        frame = read_interim("statistics_committee", source, path.name, interim)
        frame = frame[frame["value"] != ""]
        made = _full_year(
            frame,
            area=resolve_areas(frame, "area", "area_level", place),
            area_level=frame["area_level"],
            crop=resolve_column(frame, "crop", crops().resolve, place),
            measure=frame["measure"],
            value=frame["value"],
            unit=frame["unit"],
            weight_basis=frame["weight_basis"],
            source=source,
            place=place,
        )
        frames.append(made.assign(note=frame["note"]))
    return frames


def _full_year(frame, *, area, area_level, crop, measure, value, unit, weight_basis, source, place) -> pd.DataFrame:
    """Rows of a regular statistical table: one stated figure a year."""
    unit = unit if isinstance(unit, pd.Series) else pd.Series(unit, index=frame.index)
    converted, panel_units, decimals = convert(value, unit, place)
    measures = measure if isinstance(measure, pd.Series) else pd.Series(measure, index=frame.index)
    wrong = panel_units[panel_units != measures.map(UNITS).fillna(panel_units)]
    if len(wrong):
        at = wrong.index[0]
        raise DataError(
            f"{place}, line {at + 2}, column unit: {measures[at]} in {unit[at]!r}; it is kept in "
            f"{UNITS[measures[at]]}. Mend the unit, or the measure."
        )
    out = pd.DataFrame(
        {
            "area": area,
            "area_level": area_level,
            "crop": crop,
            "measure": measure,
            "year": frame["year"],
            "period": "full-year",
            "as_of": "",
            "weight_basis": weight_basis,
            "value": converted,
            "value_high": converted,
            "unit": panel_units,
            "kind": "stated",
            "source": source,
            "report_id": "",
            "decimals": decimals,
            "note": "",
        }
    )
    out["figure_id"] = [
        f"{source}/{a}/{c}/{m}/{y}".replace(" ", "_")
        for a, c, m, y in zip(out["area"], out["crop"], out["measure"], out["year"], strict=True)
    ]
    return out


def _harvest_reports(interim: Path) -> pd.DataFrame:
    frame = read_interim("jalal_abad", "harvest_reports", "reported_figures.csv", interim)
    place = "harvest_reports/reported_figures.csv"
    reports = read_interim("jalal_abad", "harvest_reports", "reports.csv", interim)
    orphans = frame[~frame["report_id"].isin(reports["report_id"])]
    if len(orphans):
        raise DataError(
            f"{place}: {orphans.iloc[0]['figure_id']} names report {orphans.iloc[0]['report_id']!r}, "
            "which is not in reports.csv."
        )
    value, unit, decimals = convert(frame["value_low"], frame["unit"], place)
    value_high, _, _ = convert(frame["value_high"], frame["unit"], place)
    described = []
    for r in frame.itertuples():
        try:
            described.append(measure_and_kind(r.measure, r.unit, r.kind, r.note))
        except DataError as error:
            raise DataError(f"{place}, line {r.Index + 2}, column measure: {error}") from error
    return pd.DataFrame(
        {
            "area": resolve_areas(frame, "area", "area_level", place),
            "area_level": frame["area_level"],
            "crop": resolve_column(frame, "crop", crops().resolve, place),
            "measure": [m for m, _ in described],
            "year": frame["year"],
            "period": frame["period"],
            "as_of": frame["as_of"],
            "weight_basis": frame["weight_basis"],
            "value": value,
            "value_high": value_high,
            "unit": unit,
            "kind": [k for _, k in described],
            "source": "harvest_reports",
            "figure_id": frame["figure_id"],
            "report_id": frame["report_id"],
            "decimals": decimals,
            "note": frame["note"],
        }
    )


def measure_and_kind(measure: str, unit: str, kind: str, note: str) -> tuple[str, str]:
    """What a reported figure measures, and whether it is a level or a change, in the panel's words.

    The reports' `change_abs` and `change_pct` do not say of what; the unit or the note does: centners per
    hectare are a yield, tonnes a production, hectares an area (sown if the note says so); percent is production
    unless the note says YIELD or AREA. Percent of a level is a share of the national figure.

    Raises
    ------
    DataError
        If the measure is unknown.

    Examples
    --------
    >>> measure_and_kind("change_abs", "c_per_ha", "difference", "yield vs 2023")
    ('yield', 'difference')
    >>> measure_and_kind("change_pct", "percent", "difference", "AREA vs 2023")
    ('area', 'difference-percent')
    >>> measure_and_kind("area_sown", "percent", "stated", "share of the national sown area")
    ('area_sown_share', 'stated')
    """
    if measure == "gross_harvest":
        measure = "production"
    if measure in ("change_abs", "change_pct"):
        kept, _ = panel_unit(unit)
        if kept == "c_per_ha" or re.search(r"\bYIELD\b", note):
            of = "yield"
        elif re.search(r"\bSOWN\b", note):
            of = "area_sown"
        elif re.search(r"\bAREA\b", note):
            of = "area"
        elif kept == "ha":
            of = "area_harvested"
        else:
            of = "production"
        return of, "difference" if measure == "change_abs" else "difference-percent"
    if unit == "percent" and measure != "share_harvested":
        measure = f"{measure}_share"
    if measure not in MEASURES:
        raise DataError(f"Unknown measure {measure!r}. Known: {', '.join(MEASURES)}, change_abs, change_pct.")
    return measure, kind


def _faostat(interim: Path) -> pd.DataFrame:
    frame = read_interim("context", "faostat_central_asia", "crop_groups.csv", interim)
    place = "faostat_central_asia/crop_groups.csv"
    return _full_year(
        frame,
        area=resolve_column(frame, "area", areas("country").resolve, place),
        area_level="country",
        crop=resolve_column(frame, "item", crops().resolve, place),
        measure=frame["element"],
        value=frame["value"],
        unit=frame["unit"],
        weight_basis="unknown",
        source="faostat_central_asia",
        place=place,
    )


def _raion_names(frame: pd.DataFrame) -> pd.Series:
    place = "raions_2021/raions.csv"
    raion = resolve_column(frame, "raion", areas("raion").resolve, place)
    oblast = resolve_column(frame, "oblast", areas("oblast").resolve, place)
    for name, of, line in zip(raion, oblast, frame.index + 2, strict=True):
        listed = areas("raion").entries[name].properties["oblast"]
        if listed != of:
            raise DataError(f"{place}, line {line}: {name} is given to {of}, the vocabulary gives it to {listed}.")
    return raion


def _raion_production(interim: Path) -> pd.DataFrame:
    frame = read_interim("jalal_abad", "raions_2021", "raions.csv", interim).assign(year="2021")
    raion = _raion_names(frame)
    columns = {"wheat_t": "wheat", "potato_t": "potatoes", "vegetables_t": "vegetables", "fruit_t": "fruit"}
    return pd.concat(
        [
            _full_year(
                frame,
                area=raion,
                area_level="raion",
                crop=crop,
                measure="production",
                value=frame[column],
                unit="t",
                weight_basis="unknown",
                source="raions_2021",
                place="raions_2021/raions.csv",
            )
            for column, crop in columns.items()
        ]
    )


def _exposure(frame, *, area, area_level, indicator, unit, source, value=None, year=None, **rest) -> pd.DataFrame:
    """Rows of the exposure table from a frame whose columns are `value` and perhaps `year`, `as_of`, `note`."""
    values = (frame["value"] if value is None else value).map(parse_figure)
    unit = unit if isinstance(unit, pd.Series) else pd.Series(unit, index=frame.index)
    unit = resolve_column(pd.DataFrame({"unit": unit}), "unit", units().resolve, source)
    if "publisher" not in frame and isinstance(indicator, pd.Series):
        _require_one_unit(indicator, unit, source)
    out = pd.DataFrame(
        {
            "area": area,
            "area_level": area_level,
            "indicator": indicator,
            "year": frame["year"] if year is None else year,
            "as_of": frame.get("as_of", ""),
            "value": values.map(lambda v: format(v[0], "f")),
            "value_high": values.map(lambda v: "" if v[1] is None else format(v[1], "f")),
            "unit": unit,
            "source": source,
            "publisher": frame.get("publisher", ""),
            "note": frame.get("note", ""),
            **rest,
        }
    )
    if "figure_id" not in out:
        out["figure_id"] = [
            f"{source}/{a}/{i}/{y}".replace(" ", "_")
            for a, i, y in zip(out["area"], out["indicator"], out["year"], strict=True)
        ]
    return out


def _require_one_unit(indicator: pd.Series, unit: pd.Series, source: str) -> None:
    """Refuse a series of a regular table that changes its unit."""
    for name, units_of in unit.groupby(indicator, sort=False):
        usual = units_of.mode()[0]
        others = units_of[units_of != usual]
        if len(others):
            raise DataError(
                f"{source}, line {others.index[0] + 2}, column unit: {name} is in {others.iloc[0]!r} there, "
                f"elsewhere in {usual!r}. Mend the unit, or give the figures another indicator."
            )


def area_level_of(name: str) -> str:
    """The level of an area in tables of the Statistics Committee that mix country, oblasts and cities."""
    for level in ("country", "oblast", "city"):
        if name in areas(level):
            return level
    known = ", ".join([*areas("country").entries, *areas("oblast").entries, *areas("city").entries])
    _, said = mended(name, "")
    letter = f" ({said[0].removeprefix(': ')})" if said else ""
    raise UnknownNameError(f"Unknown area {name!r}{letter}. Known here: {known}.")


def _water(interim: Path) -> pd.DataFrame:
    frame = read_interim("statistics_committee", "nsc_sdg_water", "water_by_oblast.csv", interim)
    level = resolve_column(frame, "area", area_level_of, "nsc_sdg_water/water_by_oblast.csv")
    return _exposure(
        frame,
        area=frame["area"],
        area_level=level,
        indicator=frame["indicator"],
        unit=frame["unit"],
        source="nsc_sdg_water",
    )


def _population(interim: Path) -> pd.DataFrame:
    frame = read_interim("statistics_committee", "nsc_population", "population_by_area.csv", interim)
    level = resolve_column(frame, "area", area_level_of, "nsc_population/population_by_area.csv")
    return _exposure(
        frame,
        area=frame["area"],
        area_level=level,
        indicator="population",
        value=frame["population_thousands"],
        unit="thousand_persons",
        source="nsc_population",
    )


def _national(interim: Path) -> pd.DataFrame:
    frame = read_interim("statistics_committee", "nsc_sdg_national", "indicators.csv", interim)
    return _exposure(
        frame,
        area="Kyrgyzstan",
        area_level="country",
        indicator=frame["indicator"],
        unit=frame["unit"],
        source="nsc_sdg_national",
    )


def _temperature(interim: Path) -> pd.DataFrame:
    frame = read_interim("context", "era5_temperature", "annual_temperature_anomaly.csv", interim)
    return _exposure(
        frame,
        area="Kyrgyzstan",
        area_level="country",
        indicator="temperature_anomaly",
        unit="degrees_c",
        value=frame["temperature_anomaly_c"],
        source="era5_temperature",
    )


def _local_weather(interim: Path) -> list[pd.DataFrame]:
    """Monthly weather by oblast, one frame for each source that gives any; none so far."""
    frames = []
    for source in sources_in(interim):
        frame = read_interim(GROUP, source, TABLE, interim)
        area = resolve_column(frame, "oblast", areas("oblast").resolve, f"{source}/{TABLE}")
        month = frame["year"] + "-" + frame["month"].str.zfill(2)
        indicator = INDICATOR + frame["variable"]
        frames.append(
            _exposure(
                frame.assign(as_of=month),
                area=area,
                area_level="oblast",
                indicator=indicator,
                unit=frame["unit"],
                source=source,
                figure_id=source + "/" + area + "/" + indicator + "/" + month,
            )
        )
    return frames


def _station(interim: Path) -> pd.DataFrame:
    """Ten-day weather of one station, under the raion in which it stands; a period without a record is left out."""
    frame = read_interim(GROUP, STATION, "ten_day_weather.csv", interim)
    frame = frame[frame["value"] != ""]
    indicator = STATION_INDICATOR + frame["variable"]
    return _exposure(
        frame.assign(as_of=frame["date"]),
        area=areas("raion").resolve(STATION_RAION),
        area_level="raion",
        indicator=indicator,
        unit=frame["unit"],
        source=STATION,
        year=frame["date"].str[:4],
        figure_id=STATION + "/" + indicator + "/" + frame["date"],
    )


def tidy_exposures(frame: pd.DataFrame, source: str) -> pd.DataFrame:
    """The rows of a table `TIDY` as exposures; `python -m pipeline new source` begins one.

    Parameters
    ----------
    frame
        `area`, `area_level`, `indicator`, `year`, `value`, `unit`, perhaps `as_of` and `note`; all text.

    Raises
    ------
    UnknownNameError
        If an area or a unit is not in the vocabulary; the message names source and line.
    """
    place = f"{source}/{TIDY}"
    time = frame["as_of"].where(frame["as_of"] != "", frame["year"]) if "as_of" in frame else frame["year"]
    area = resolve_areas(frame, "area", "area_level", place)
    return _exposure(
        frame,
        area=area,
        area_level=frame["area_level"],
        indicator=frame["indicator"],
        unit=frame["unit"],
        source=source,
        figure_id=(source + "/" + area + "/" + frame["indicator"] + "/" + time).str.replace(" ", "_"),
    )


def _tidy(interim: Path) -> list[pd.DataFrame]:
    """One frame for each source that has a table `TIDY` with rows."""
    found = [(group, path.parent.name) for group in GROUPS for path in sorted((interim / group).glob(f"*/{TIDY}"))]
    frames = {source: read_interim(group, source, TIDY, interim) for group, source in found}
    return [tidy_exposures(frame, source) for source, frame in frames.items() if len(frame)]


def _first_year(as_of: pd.Series) -> pd.Series:
    """The year a date starts with ("2024-12-17", "2024 Jan-Jun"); empty where the date does not start with one."""
    return as_of.str.extract(r"^(\d{4})\b")[0].fillna("")


def _reported(group: str, source: str, table: str, area: str, level: str, prefix: str, interim: Path) -> pd.DataFrame:
    """Figures read one by one from pages; they are known by their number in the list."""
    frame = read_interim(group, source, table, interim)
    return _exposure(
        frame,
        area=resolve_areas(frame, area, level, f"{source}/{table}"),
        area_level=frame[level],
        indicator=frame["indicator"].replace(CROSS_SECTION_INDICATORS),
        unit=frame["unit"],
        source=source,
        year=_first_year(frame["as_of"]),
        figure_id=prefix + frame["line"],
    )


def _adoption(interim: Path) -> pd.DataFrame:
    return _reported(
        "jalal_abad", "green_technology", "reported_adoption.csv", "area", "area_level", "adoption/line", interim
    )


def _infrastructure(interim: Path) -> pd.DataFrame:
    return _reported(
        "context",
        "infrastructure",
        "reported_infrastructure.csv",
        "place",
        "place_level",
        "infrastructure/line",
        interim,
    )


def _raion_context(interim: Path) -> pd.DataFrame:
    frame = read_interim("jalal_abad", "raions_2021", "raions.csv", interim)
    raion = _raion_names(frame)
    columns = {
        "population": ("population", "persons", "2021"),
        "livestock_head": ("livestock", "head", "2021"),
        "poverty_2020": ("poverty_rate", "percent", "2020"),
        "centroid_lat": ("centroid_latitude", "degrees", ""),
        "centroid_lon": ("centroid_longitude", "degrees", ""),
    }
    return pd.concat(
        [
            _exposure(
                frame,
                area=raion,
                area_level="raion",
                indicator=indicator,
                value=frame[column],
                unit=unit,
                year=year,
                source="raions_2021",
            )
            for column, (indicator, unit, year) in columns.items()
        ]
    )


def _towns(interim: Path) -> pd.DataFrame:
    table = "town_positions/positions.csv"
    frame = read_interim("context", *table.split("/"), interim).assign(year="")
    area = resolve_areas(frame, "place", "place_level", table)
    return pd.concat(
        [
            _exposure(
                frame,
                area=area,
                area_level=frame["place_level"],
                indicator=f"town_{column}",
                value=frame[column],
                unit="degrees",
                source="town_positions",
            )
            for column in ("latitude", "longitude")
        ]
    )
