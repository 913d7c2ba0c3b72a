"""One name, one unit, one label per figure, and no printed digit lost on the way."""

import re
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.data.cards import decimals_of
from pipeline.data.harmonise import (
    area_level_of,
    build_exposures,
    build_panel,
    convert,
    harmonise,
    list_sources,
    measure_and_kind,
    resolve_areas,
    resolve_column,
    tidy_exposures,
)
from pipeline.data.ingest import read_interim
from pipeline.data.panel import (
    EXPOSURE_COLUMNS,
    KINDS,
    MEASURES,
    PANEL_COLUMNS,
    PERIODS,
    WEIGHT_BASES,
    load_claims,
    load_evidence,
    load_sources,
)
from pipeline.data.vocabulary import areas, crops, panel_unit, units
from pipeline.errors import DataError, UnknownNameError

printed = st.from_regex(re.compile(r"-?(0|[1-9]\d{0,6})(\.\d{1,4})?", re.ASCII), fullmatch=True)
unit_names = st.sampled_from(list(units().entries))


def series(*cells: str) -> pd.Series:
    return pd.Series(list(cells), dtype=str)


# Units --------------------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(printed, unit_names), min_size=1, max_size=5))
def test_a_converted_figure_divided_by_its_power_is_the_printed_figure(figures):
    texts, given_units = map(list, zip(*figures, strict=True))
    values, kept, decimals = convert(series(*texts), series(*given_units), "made")
    for text, unit, value, kept_unit, places in zip(texts, given_units, values, kept, decimals, strict=True):
        expected_unit, power = panel_unit(unit)
        assert kept_unit == expected_unit
        assert Decimal(value) / Decimal(10) ** power == Decimal(text)
        assert places == decimals_of(text) - power
        assert decimals_of(value) == max(places, 0)


@given(printed, unit_names)
def test_the_last_printed_digit_stays_the_last_known_digit(text, unit):
    (value,), _, (places,) = convert(series(text), series(unit), "made")
    step = Decimal(1).scaleb(-int(places))
    assert Decimal(value) % step == 0


@pytest.mark.parametrize(
    ("printed_as", "unit", "value", "kept", "decimals"),
    [
        ("712.2", "kt", "712200", "t", -2),
        ("3249.7", "kg_per_ha", "32.497", "c_per_ha", 3),
        ("1.10", "million_t", "1100000", "t", -4),
        ("2.77", "t_per_ha", "27.7", "c_per_ha", 1),
        ("616.1", "kha", "616100", "ha", -2),
        ("27.70", "c_per_ha", "27.70", "c_per_ha", 2),
        ("-4.0", "kha", "-4000", "ha", -2),
        ("0", "kt", "0", "t", -3),
        ("203.1", "ha", "203.1", "ha", 1),
        ("5", "thousand t", "5000", "t", -3),
    ],
)
def test_conversions_worked_by_hand(printed_as, unit, value, kept, decimals):
    (got,), (got_unit,), (got_decimals,) = convert(series(printed_as), series(unit), "made")
    assert (got, got_unit, got_decimals) == (value, kept, decimals)


def test_converted_figures_stay_in_their_rows():
    """Rows that were picked from a table keep their numbers; a figure under another row's number is another's."""
    rows = [7, 3]
    given = pd.Series(["2", "5"], index=rows, dtype=str), pd.Series(["kt", "t"], index=rows, dtype=str)
    values, kept, decimals = convert(*given, "made")
    assert values.to_dict() == {7: "2000", 3: "5"} and kept.to_dict() == {7: "t", 3: "t"}
    assert decimals.to_dict() == {7: -3, 3: 0}


def test_an_empty_upper_end_stays_empty():
    values, kept, _ = convert(series("", "2"), series("kt", "kt"), "made")
    assert values.tolist() == ["", "2000"]
    assert kept.tolist() == ["t", "t"]


def test_an_unknown_unit_is_named_with_source_and_line():
    with pytest.raises(
        UnknownNameError, match=r"^made.csv, line 3, column unit: Unknown unit 'c/hectare'\. Nearest known:"
    ):
        convert(series("1", "2"), series("t", "c/hectare"), "made.csv")


# Names --------------------------------------------------------------------------------------------------------------


def test_a_column_of_names_is_resolved_and_an_unknown_one_named_with_its_lines():
    frame = pd.DataFrame({"oblast": ["Osh", "Чуй", "Жалал-Абад"]})
    assert resolve_column(frame, "oblast", areas("oblast").resolve, "made.csv").tolist() == [
        "Osh",
        "Chui",
        "Jalal-Abad",
    ]
    frame = pd.DataFrame({"oblast": ["Osh", *["Oshh"] * 7]})
    with pytest.raises(
        UnknownNameError,
        match=r"made.csv, line 3, 4, 5, 6, 7, column oblast: Unknown oblast 'Oshh'. Nearest known: Osh",
    ):
        resolve_column(frame, "oblast", areas("oblast").resolve, "made.csv")


def test_areas_are_resolved_within_the_level_beside_them():
    frame = pd.DataFrame({"area": ["Naryn", "Naryn", "Kara-Keche mine"], "level": ["oblast", "raion", "plant"]})
    assert resolve_areas(frame, "area", "level", "made.csv").tolist() == ["Naryn", "Naryn raion", "Kara-Keche mine"]


def test_a_figure_printed_for_several_oblasts_stands_under_the_group_or_under_each_of_them():
    frame = pd.DataFrame({"area": ["Jalal-Abad + Talas", "Chui"], "level": ["joint", "joint"]})
    assert resolve_areas(frame, "area", "level", "made.csv").tolist() == ["Jalal-Abad and Talas", "Chui"]


def test_an_unknown_level_is_named_with_source_and_line():
    frame = pd.DataFrame({"area": ["Osh", "Osh"], "level": ["oblast", "province"]})
    with pytest.raises(
        UnknownNameError, match=r"made.csv, line 3, .*Unknown area level 'province'. Known: country, oblast"
    ):
        resolve_areas(frame, "area", "level", "made.csv")


@pytest.mark.parametrize(
    ("name", "level"), [("Kyrgyzstan", "country"), ("Osh", "oblast"), ("Osh city", "city"), ("Bishkek city", "city")]
)
def test_levels_of_a_table_that_mixes_them(name, level):
    assert area_level_of(name) == level


def test_a_name_without_a_level_is_not_guessed():
    with pytest.raises(UnknownNameError, match=r"Unknown area 'Osh oblast'. Known here: .*Osh, .*Osh city"):
        area_level_of("Osh oblast")


# What a reported figure measures ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("measure", "unit", "kind", "note", "expected"),
    [
        ("yield", "c_per_ha", "stated", "", ("yield", "stated")),
        ("yield", "c_per_ha", "derived", "29.4 - 6.4", ("yield", "derived")),
        ("gross_harvest", "kt", "stated", "", ("production", "stated")),
        ("gross_harvest", "t", "derived", "", ("production", "derived")),
        ("gross_harvest", "percent", "stated", "share of the national harvest", ("production_share", "stated")),
        ("area_harvested", "kha", "stated", "", ("area_harvested", "stated")),
        ("area_harvested", "percent", "stated", "", ("area_harvested_share", "stated")),
        ("area_sown", "ha", "stated", "", ("area_sown", "stated")),
        ("area_sown", "percent", "stated", "", ("area_sown_share", "stated")),
        ("share_harvested", "percent", "stated", "", ("share_harvested", "stated")),
        ("change_abs", "c_per_ha", "difference", "yield vs 2023", ("yield", "difference")),
        ("change_abs", "t_per_ha", "difference", "", ("yield", "difference")),
        ("change_abs", "kha", "difference", "area harvested vs same date 2023", ("area_harvested", "difference")),
        ("change_abs", "ha", "difference", "AREA vs 2024 (+8.5%)", ("area", "difference")),
        ("change_abs", "kha", "difference", "AREA SOWN vs 2022 (5.3%)", ("area_sown", "difference")),
        ("change_abs", "kt", "difference", "gross harvest vs 2023", ("production", "difference")),
        ("change_abs", "t", "difference", "vs Jan-Aug 2023", ("production", "difference")),
        ("change_pct", "percent", "difference", "gross harvest vs 2023", ("production", "difference-percent")),
        ("change_pct", "percent", "difference", "YIELD vs same date 2022", ("yield", "difference-percent")),
        ("change_pct", "percent", "difference", "AREA vs 2023", ("area", "difference-percent")),
    ],
)
def test_what_a_reported_figure_measures(measure, unit, kind, note, expected):
    assert measure_and_kind(measure, unit, kind, note) == expected


def test_every_form_of_the_real_reports_is_told_apart_as_its_note_says(built):
    frame = read_interim("jalal_abad", "harvest_reports", "reported_figures.csv", built.interim)
    of_unit = {"c_per_ha": "yield", "kha": "area", "ha": "area", "kt": "production", "t": "production"}
    for row in frame.itertuples():
        measure, kind = measure_and_kind(row.measure, row.unit, row.kind, row.note)
        assert measure in MEASURES
        assert kind in KINDS
        assert (kind in ("stated", "derived")) == (row.kind != "difference"), row.figure_id
        assert (kind == "difference-percent") == (row.measure == "change_pct"), row.figure_id
        if row.unit != "percent":
            assert measure.startswith(of_unit[row.unit]), row.figure_id
        elif kind == "difference-percent":
            said = re.match(r"(YIELD|AREA|gross harvest)\b", row.note)
            expected = {"YIELD": "yield", "AREA": "area"}.get(said[0], "production") if said else "production"
            assert measure == expected, row.figure_id
        else:
            assert measure.startswith("share") or measure.endswith("_share"), row.figure_id


def test_an_unknown_measure_is_refused():
    with pytest.raises(
        DataError, match=r"Unknown measure 'profit'. Known: yield, production, .*change_abs, change_pct"
    ):
        measure_and_kind("profit", "c_per_ha", "stated", "")


# The two tables -----------------------------------------------------------------------------------------------------


def test_tables_have_their_columns_and_only_known_words(panel, exposures):
    assert list(panel) == PANEL_COLUMNS
    assert list(exposures) == EXPOSURE_COLUMNS
    for column, known in (("period", PERIODS), ("weight_basis", WEIGHT_BASES), ("kind", KINDS), ("measure", MEASURES)):
        assert set(panel[column]) <= set(known)
    assert set(panel["crop"]) <= set(crops().entries)


@pytest.mark.parametrize(
    ("figure_id", "expected"),
    [
        (
            "nsc_wheat_yield/Jalal-Abad/wheat/yield/2024",
            {
                "value": 27.7,
                "unit": "c_per_ha",
                "decimals": 1,
                "period": "full-year",
                "weight_basis": "after-processing",
            },
        ),
        (
            "faostat_central_asia/Kyrgyzstan/cereals,_primary_(FAO)/yield/2024",
            {"value": 34.894, "unit": "c_per_ha", "decimals": 3, "weight_basis": "unknown"},
        ),
        ("raions_2021/Suzak_raion/potatoes/production/2021", {"area_level": "raion", "unit": "t", "year": 2021}),
        (
            "hr001",
            {
                "value": 616100,
                "unit": "ha",
                "decimals": -2,
                "crop": "cereals",
                "as_of": "2024-10-21",
                "period": "as-of-date",
                "report_id": "eltr-99718",
            },
        ),
        ("hr484", {"area": "Jalal-Abad and Talas", "area_level": "joint"}),
        ("hr333", {"crop": "grain maize", "measure": "area_sown", "kind": "difference", "value": 5700}),
    ],
)
def test_figures_known_by_hand(panel, figure_id, expected):
    row = panel.set_index("figure_id").loc[figure_id]
    assert {name: row[name] for name in expected} == expected


def test_exposures_known_by_hand(exposures):
    known = exposures.groupby(["source", "area", "indicator", "year"])["value"].agg(list)
    assert known["nsc_population", "Batken", "population", 2012] == [448.9]
    assert known["nsc_sdg_water", "Batken", "freshwater_withdrawal", 2010] == [577.7]
    assert known["green_technology", "Chui", "greenhouses_number", 2023] == [265]
    assert known["era5_temperature", "Kyrgyzstan", "temperature_anomaly", 1991] == [-0.479975]
    assert known["raions_2021", "Batken raion", "population", 2021] == [92000]


def test_every_raion_centre_lies_near_its_raion_and_is_named_as_the_distances_name_it(exposures):
    """A sign or a swapped column would put a town into another country; 0.5 degrees are 56 km at most."""
    positions = exposures[exposures["unit"] == "degrees"].pivot(index="area", columns="indicator", values="value")
    towns = positions[positions["town_latitude"].notna()]
    centres = {name: name[name.index("(") + 1 : -1] for name in towns.index if "(" in name}
    assert len(towns) == 9 and len(centres) == 6
    for town, raion in centres.items():
        for axis in ("latitude", "longitude"):
            assert abs(towns.loc[town, f"town_{axis}"] - positions.loc[raion, f"centroid_{axis}"]) < 0.5, town
    roads = exposures[exposures["indicator"].str.startswith("road distance to ")]
    assert len(set(roads["area"]) & set(towns.index)) == 4


def test_figures_read_from_pages_keep_their_publisher(built, exposures):
    table = read_interim("context", "infrastructure", "reported_infrastructure.csv", built.interim)
    kept = exposures[exposures["source"] == "infrastructure"]
    assert kept["publisher"].tolist() == table["publisher"].tolist() and (kept["publisher"] != "").all()


def test_ranges_keep_both_ends_and_more_than_has_no_upper_one(panel, exposures):
    figures = panel.set_index("figure_id")
    ranges = figures[figures["value_high"].notna() & (figures["value"] != figures["value_high"])]
    assert len(ranges) >= 10
    assert (ranges["value"] < ranges["value_high"]).all()
    assert figures.index[figures["value_high"].isna()].tolist() == ["hr327", "hr376", "hr386", "hr462"]
    open_ended = exposures[exposures["value_high"].isna()]
    assert len(open_ended) > 0
    assert set(open_ended["source"]) == {"infrastructure"}


def test_no_figure_of_the_interim_tables_is_lost(built, panel):
    for group, source, table, figures in (
        ("statistics_committee", "nsc_wheat_yield", "wheat_yield_by_oblast.csv", 1),
        ("jalal_abad", "harvest_reports", "reported_figures.csv", 1),
        ("context", "faostat_central_asia", "crop_groups.csv", 1),
        ("jalal_abad", "raions_2021", "raions.csv", 4),
    ):
        rows = len(read_interim(group, source, table, built.interim))
        assert (panel["source"] == source).sum() == rows * figures


WHEAT = "statistics_committee/nsc_wheat_yield/wheat_yield_by_oblast.csv"
WATER = "statistics_committee/nsc_sdg_water/water_by_oblast.csv"
POPULATION = "statistics_committee/nsc_population/population_by_area.csv"
REPORTS = "jalal_abad/harvest_reports/reported_figures.csv"
RAIONS = "jalal_abad/raions_2021/raions.csv"
ADOPTION = "jalal_abad/green_technology/reported_adoption.csv"
CROP_GROUPS = "context/faostat_central_asia/crop_groups.csv"
TOWNS = "context/town_positions/positions.csv"
INFRASTRUCTURE = "context/infrastructure/reported_infrastructure.csv"


@pytest.mark.parametrize(
    ("build", "table", "line", "column", "new", "said"),
    [
        (build_panel, WHEAT, 3, "oblast", "Jalal-Abed", "Unknown oblast 'Jalal-Abed'. Nearest known: Jalal-Abad."),
        (build_panel, WHEAT, 4, "crop", "wheet", "Unknown crop 'wheet'. Nearest known: wheat"),
        (build_panel, REPORTS, 5, "unit", "stone", "Unknown unit 'stone'."),
        (build_panel, REPORTS, 6, "crop", "quinoa", "Unknown crop 'quinoa'."),
        (build_panel, REPORTS, 7, "area", "Kirgizia", "Unknown country 'Kirgizia'."),
        (build_panel, REPORTS, 8, "measure", "profit", "Unknown measure 'profit'."),
        (build_panel, RAIONS, 3, "raion", "Kadamzhaj", "Unknown raion 'Kadamzhaj'. Nearest known: Kadamjay raion"),
        (build_panel, CROP_GROUPS, 2, "item", "Cereals, all", "Unknown crop 'Cereals, all'. Nearest known: cereals"),
        (build_exposures, WATER, 2, "area", "Baten", "Unknown area 'Baten'. Known here: Kyrgyzstan, "),
        (build_exposures, POPULATION, 9, "area", "Osh town", "Unknown area 'Osh town'."),
        (build_exposures, ADOPTION, 4, "area", "Isyk", "Unknown oblast 'Isyk'. Nearest known: Issyk-Kul"),
        (build_exposures, TOWNS, 4, "place", "Bishkek town", "Unknown city 'Bishkek town'. Nearest known: Bishkek"),
        (build_exposures, INFRASTRUCTURE, 2, "place", "Aksi raion", "Unknown raion 'Aksi raion'. Nearest known: Aksy"),
    ],
)
def test_an_unknown_name_stops_the_run_with_its_table_and_line(ingested, build, table, line, column, new, said):
    ingested.cell(table, line, column, new)
    _, _, place = table.partition("/")
    with pytest.raises(DataError) as refusal:
        build(ingested.interim)
    assert str(refusal.value).startswith(f"{place}, line {line}, column {column}: {said}")


@pytest.mark.parametrize(
    ("build", "table", "line", "column", "new", "said"),
    [
        (build_panel, REPORTS, 7, "area_level", "state", "reported_figures.csv, line 7, .*Unknown area level 'state'"),
        (build_panel, REPORTS, 9, "report_id", "none-1", "hr008 names report 'none-1', .*not in reports.csv"),
        (build_panel, RAIONS, 2, "oblast", "Osh", "line 2: Batken raion is given to Osh, .* gives it to Batken"),
        (build_exposures, WATER, 5, "unit", "barrels", "nsc_sdg_water, line 5, column unit: Unknown unit 'barrels'"),
        (build_exposures, INFRASTRUCTURE, 2, "value", "many", "'many' is not a figure"),
    ],
)
def test_a_row_that_contradicts_itself_stops_the_run(ingested, build, table, line, column, new, said):
    ingested.cell(table, line, column, new)
    with pytest.raises(DataError, match=said):
        build(ingested.interim)


def test_a_failure_leaves_the_last_good_panel(ingested):
    assert "4369 figures in " in ingested.harmonise()
    good = ingested.panel.read_bytes(), ingested.exposures.read_bytes()
    ingested.cell("jalal_abad/green_technology/reported_adoption.csv", 4, "area", "Isyk")
    with pytest.raises(UnknownNameError):
        ingested.harmonise()
    assert (ingested.panel.read_bytes(), ingested.exposures.read_bytes()) == good


def test_a_tidy_table_gives_a_figure_for_each_row_named_by_what_it_is():
    """A row with a date is named by the date, one without by its year; an open end stays open."""
    rows = {
        "area": ["Жалал-Абад", "Osh"],
        "area_level": ["oblast", "oblast"],
        "indicator": ["rain", "days of frost"],
        "year": ["2024", "2023"],
        "as_of": ["2024-04", ""],
        "value": ["61.5", ">80"],
        "unit": ["mm", "mm"],
    }
    found = tidy_exposures(pd.DataFrame(rows), "mine")
    assert found["figure_id"].tolist() == ["mine/Jalal-Abad/rain/2024-04", "mine/Osh/days_of_frost/2023"]
    assert found["area"].tolist() == ["Jalal-Abad", "Osh"] and found["source"].eq("mine").all()
    assert found[["value", "value_high"]].to_numpy().tolist() == [["61.5", "61.5"], ["80", ""]]
    without_dates = tidy_exposures(pd.DataFrame(rows).drop(columns="as_of"), "mine")
    assert without_dates["figure_id"].tolist() == ["mine/Jalal-Abad/rain/2024", "mine/Osh/days_of_frost/2023"]
    with pytest.raises(UnknownNameError, match="mine/.*line 3, column area"):
        tidy_exposures(pd.DataFrame(rows).replace("Osh", "Oş"), "mine")


def test_harmonising_again_gives_the_same_bytes(built, tmp_path):
    before = [built.panel, built.exposures, built.sources, built.claims, built.evidence]
    written = [tmp_path / path.name for path in before]
    harmonise(built.interim, *written)
    for again, first in zip(written, before, strict=True):
        assert again.read_bytes() == first.read_bytes()
        assert b"\r" not in again.read_bytes()
    assert sorted(tmp_path.iterdir()) == sorted(written)


def test_claims_and_evidence_are_as_corrected(built):
    claims = load_claims(built.claims).set_index("claim_id")
    assert claims.loc["E02", ["value_low", "value_high"]].tolist() == [142, 143]
    assert pd.isna(claims.loc["E08", "value_high"])  # "more than 3"
    assert "animal feed" in claims.loc["M03", "statement"]  # a correction of data/corrections.yml
    evidence = load_evidence(built.evidence).set_index("evidence_id")
    assert evidence.loc["ev041", "value"] == "3.929 import; 0.428 export"


def test_the_list_of_sources_says_of_each_what_its_card_says(built):
    listed = load_sources(built.sources).set_index("source")
    assert len(listed) == 15
    wheat = listed.loc["nsc_wheat_yield"]
    assert wheat["rows"] == 245
    assert wheat["licence"].startswith("Creative Commons Attribution")
    assert "CC BY-NC-SA 4.0" in wheat["licence_note"]
    assert listed.loc["harvest_reports", "rows"] == 496 + 67
    assert listed.loc["nsc_population", "licence_note"] == ""
    pd.testing.assert_frame_equal(listed.reset_index(), list_sources())
