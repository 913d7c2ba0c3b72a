"""The real files: what the study rests on, one by one."""

import re
from decimal import Decimal

import pandas as pd
import pytest

from pipeline.data.cards import GROUPS, Card, check_facts, checksum, read_cards, read_table
from pipeline.data.corrections import read_corrections
from pipeline.data.vocabulary import oblasts, units
from pipeline.paths import RAW

CARDS = {card.id: card for card in read_cards()}
TABLES = [(card.id, name) for card in CARDS.values() for name in card.tables]
FACTS = [(card, fact) for card in CARDS.values() for fact in card.facts_to_check_against]
RAW_FILES = sorted(path for path in RAW.rglob("*") if path.is_file())

of_tables = pytest.mark.parametrize(("source", "name"), TABLES, ids=[f"{s}/{n}" for s, n in TABLES])
of_raw_files = pytest.mark.parametrize("path", RAW_FILES, ids=lambda path: path.relative_to(RAW).as_posix())


def table(source: str, name: str) -> pd.DataFrame:
    return read_table(CARDS[source], name)


# Files and cards ----------------------------------------------------------------------------------------------------


def test_every_raw_file_is_named_by_a_card_and_every_named_file_is_there():
    on_disk = {path.relative_to(RAW).as_posix() for path in RAW_FILES}
    named = {f"{source}/{name}" for source, name in TABLES} | {f"{source}/source.yml" for source in CARDS}
    assert on_disk == named
    assert len(CARDS) >= 15


@of_raw_files
def test_raw_files_are_utf8_text_with_unix_line_ends_and_one_at_the_end(path):
    content = path.read_bytes()
    text = content.decode("utf-8")
    assert not content.startswith(b"\xef\xbb\xbf"), "byte order mark"
    assert b"\r" not in content
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert "\ufffd" not in text, "a character was lost in a conversion"


@of_tables
def test_every_table_is_what_its_card_describes(source, name):
    frame = table(source, name)
    assert checksum(RAW / source / name) == CARDS[source].tables[name].sha256
    assert len(frame) == CARDS[source].tables[name].rows


@of_tables
def test_every_row_of_a_table_is_a_line_of_its_file(source, name):
    """So that the line an error message names is the line a reader finds."""
    lines = (RAW / source / name).read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(table(source, name)) + 1


@of_tables
def test_cells_have_no_stray_spaces(source, name):
    frame = table(source, name)
    stray = {column: frame.index[frame[column] != frame[column].str.strip()].tolist() for column in frame}
    assert not {column: [i + 2 for i in rows] for column, rows in stray.items() if rows}


@pytest.mark.parametrize("card", CARDS.values(), ids=lambda card: card.id)
def test_every_card_says_who_made_the_source_and_what_is_wrong_with_it(card: Card):
    assert card.group in GROUPS
    for text in (card.title, card.producer, card.how_obtained, card.licence.name):
        assert text.strip()
    assert card.known_problems
    for address in filter(None, (card.url_main, card.url_download)):
        assert re.fullmatch(r"https://\S+", address)
    for described in card.tables.values():
        for column in described.columns.values():
            assert column.description.strip()
            assert column.unit is None or column.unit in units()


@pytest.mark.parametrize(("card", "fact"), FACTS, ids=[f"{card.id}: {fact.statement}" for card, fact in FACTS])
def test_fact(card, fact):
    alone = card.model_copy(update={"facts_to_check_against": [fact]})
    assert check_facts(alone, {fact.table: table(card.id, fact.table)}) == 1


def test_the_central_figures_are_held_by_facts():
    assert len(FACTS) >= 23
    assert {"nsc_wheat_yield", "harvest_reports", "green_technology", "faostat_central_asia", "raions_2021"} <= {
        card.id for card, _ in FACTS
    }


# Wheat --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wheat() -> pd.DataFrame:
    return table("nsc_wheat_yield", "wheat_yield_by_oblast.csv")


def test_wheat_has_245_values_seven_oblasts_in_35_years(wheat):
    assert len(wheat) == 245
    wide = wheat.pivot(index="year", columns="oblast", values="yield_c_per_ha")
    assert wide.shape == (35, 7)
    assert list(wide) == oblasts()
    assert wide.index.tolist() == [str(year) for year in range(1991, 2026)]
    assert not wide.isna().any(axis=None)
    assert set(wheat["crop"]) == {"wheat"}


def test_wheat_yields_are_printed_to_one_decimal(wheat):
    assert wheat["yield_c_per_ha"].str.fullmatch(r"\d+\.\d").all()
    assert wheat["yield_c_per_ha"].map(Decimal).between(5, 50).all()


def test_the_papers_two_figures(wheat):
    of_oblast = wheat[wheat["oblast"] == "Jalal-Abad"].set_index("year")["yield_c_per_ha"]
    assert (of_oblast["2023"], of_oblast["2024"]) == ("23.7", "27.7")


# Other sources ------------------------------------------------------------------------------------------------------


def test_years_and_areas_of_the_committees_other_tables():
    water = table("nsc_sdg_water", "water_by_oblast.csv")
    whole = water[water["area"].isin([*oblasts(), "Kyrgyzstan"])].groupby(["area", "indicator"])["year"].agg(set)
    assert len(whole) == 8 * 3
    assert all(years == {str(year) for year in range(2010, 2024)} for years in whole)
    population = table("nsc_population", "population_by_area.csv")
    assert (
        population.groupby("area")["year"]
        .agg(list)
        .map(lambda years: sorted(years) == [str(year) for year in range(2012, 2025)])
        .all()
    )
    assert set(population["area"]) == {*oblasts(), "Kyrgyzstan", "Bishkek city", "Osh city"}


def test_population_parts_fall_short_of_the_total_only_where_the_card_says_so():
    population = table("nsc_population", "population_by_area.csv")
    value = population["population_thousands"].map(Decimal)
    country = population["area"] == "Kyrgyzstan"
    gap = value[country].groupby(population["year"]).sum() - value[~country].groupby(population["year"]).sum()
    assert {year: float(g) for year, g in gap.items() if abs(g) > Decimal("0.3")} == {"2016": 5.4}


def test_crop_groups_have_all_three_elements_in_one_unit_each():
    groups = table("faostat_central_asia", "crop_groups.csv")
    assert groups.groupby("element")["unit"].agg(set).to_dict() == {
        "area_harvested": {"ha"},
        "production": {"t"},
        "yield": {"kg_per_ha"},
    }
    recent = groups[(groups["area"] == "Kyrgyzstan") & groups["year"].isin(["2022", "2023", "2024"])]
    complete = recent.groupby("item").size()
    assert (complete == 9).sum() >= 6
    assert complete["Cereals, primary"] == 9


def test_every_reported_figure_has_its_report_and_every_report_a_figure():
    figures = table("harvest_reports", "reported_figures.csv")
    reports = table("harvest_reports", "reports.csv")
    assert set(figures["report_id"]) <= set(reports["report_id"])
    assert set(reports["language"]) <= {"ky", "ru", "en"}


def test_no_report_gives_jalal_abad_by_crop_for_january_to_august():
    """What the card says, and the audit repeats."""
    figures = table("harvest_reports", "reported_figures.csv")
    found = figures[(figures["area"] == "Jalal-Abad") & (figures["period"] == "jan-aug")]
    assert found.empty


def test_eight_raions_of_jalal_abad():
    raions = table("raions_2021", "raions.csv")
    assert len(raions) == 40
    assert set(raions["oblast"]) == set(oblasts())
    assert (raions["oblast"] == "Jalal-Abad").sum() == 8


def test_evidence_is_about_claims_of_the_paper():
    claims, evidence = table("paper_claims", "claims.csv"), table("paper_claims", "evidence.csv")
    assert set(evidence["claim_id"]) <= set(claims["claim_id"])
    assert set(evidence["agrees"]) == {"yes", "partly", "no", "unclear"}
    assert set(claims["kind"]) == {"number", "category", "causal", "normative"}


def test_corrections_say_why_and_who_says_so():
    corrections = read_corrections()
    for c in corrections:
        assert c.source in CARDS
        assert c.table in CARDS[c.source].tables
        assert c.why.strip()
        assert c.who_says_so.strip()
        assert c.expect != c.becomes
