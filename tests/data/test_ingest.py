"""Ingest takes a source group whole or not at all, and a change of any raw figure stops it."""

import re

import pandas as pd
import pytest

from pipeline.data.cards import GROUPS, checksum, read_cards, record
from pipeline.data.corrections import read_corrections
from pipeline.data.ingest import ingest, read_interim
from pipeline.errors import DataError
from pipeline.paths import RAW

TABLES = [(card.group, card.id, name) for card in read_cards() for name in card.tables]


def content(folder) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_ingested_tables_hold_the_published_cells_with_the_corrections_made(built):
    figures = read_interim("jalal_abad", "harvest_reports", "reported_figures.csv", built.interim).set_index(
        "figure_id"
    )
    published = pd.read_csv(
        RAW / "harvest_reports" / "reported_figures.csv", dtype=str, keep_default_na=False
    ).set_index("figure_id")
    changed = {(row, column) for row, column in figures.compare(published).stack(level=0, future_stack=True).index}
    of_one_village = published.index[published["report_id"] == "24kg-346344"]
    of_several_oblasts = published.index[published["note"].str.contains("given jointly")]
    assert {row for row, _ in changed} == {
        *of_one_village,
        *of_several_oblasts,
        "hr478",
        "hr479",
        "hr495",
        "hr333",
        "hr327",
        "hr376",
        "hr462",
    }
    assert set(figures.loc[of_one_village, "area_level"]) == {"locality"}
    assert set(figures.loc[of_several_oblasts, "area_level"]) == {"joint"} and len(of_several_oblasts) == 16
    assert figures.loc["hr333", "crop"] == "grain maize"


@pytest.mark.parametrize(("group", "source", "name"), TABLES, ids=[f"{s}/{n}" for _, s, n in TABLES])
def test_tables_without_corrections_are_passed_through_untouched(built, group, source, name):
    if (source, name) not in {(c.source, c.table) for c in read_corrections()}:
        found = read_interim(group, source, name, built.interim)
        published = pd.read_csv(RAW / source / name, dtype=str, keep_default_na=False)
        by = list(published.columns)  # rows come in the order of their key
        pd.testing.assert_frame_equal(
            found.sort_values(by, ignore_index=True), published.sort_values(by, ignore_index=True)
        )


def test_ingesting_says_what_was_read_and_writes_the_same_bytes_again(project):
    said = project.ingest(*GROUPS)
    assert said[0] == (
        "statistics_committee: 4 sources, 4 tables, 856 rows as their cards describe them; 5 facts hold; "
        "0 corrections made."
    )
    assert "17 corrections made" in said[1]
    first = content(project.interim)
    assert len(first) == len(TABLES)
    assert project.ingest(*GROUPS) == said
    assert content(project.interim) == first
    assert not [path for path in first.values() if b"\r" in path]


@pytest.mark.slow
@pytest.mark.parametrize(("group", "source", "name"), TABLES, ids=[f"{s}/{n}" for _, s, n in TABLES])
def test_a_change_of_one_raw_figure_stops_the_run(project, group, source, name):
    path = project.raw / source / name
    before = checksum(path)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    middle = len(lines) // 2
    # The last digit, or in a table of words the last letter.
    lines[middle] = re.sub(r"[\da-z](?=[^\da-z]*$)", lambda last: "1" if last[0] == "0" else "0", lines[middle])
    path.write_text("".join(lines), encoding="utf-8", newline="\n")
    with pytest.raises(DataError, match=f"{source}/{name} is not the file its card describes") as refusal:
        project.ingest(group)
    assert before in str(refusal.value)
    assert checksum(path) in str(refusal.value)
    assert not project.interim.exists()


def test_a_changed_figure_that_was_recorded_is_refused_by_the_fact_on_the_card(project):
    project.edit(
        project.raw / "nsc_wheat_yield" / "wheat_yield_by_oblast.csv",
        "Jalal-Abad,2024,wheat,27.7",
        "Jalal-Abad,2024,wheat,27.8",
    )
    assert record("nsc_wheat_yield", project.raw) == ["wheat_yield_by_oblast.csv"]
    with pytest.raises(
        DataError, match=r"expected 27.7 \(«Jalal-Abad's wheat yield in 2024 is 27.7 c/ha»\).* gives 27.8"
    ):
        project.ingest("statistics_committee")


def test_a_failure_leaves_the_last_good_tables(project):
    project.ingest("statistics_committee")
    good = content(project.interim)
    project.edit(
        project.raw / "nsc_wheat_yield" / "wheat_yield_by_oblast.csv",
        "Osh,2025,wheat,",
        "Osh,2025,wheat,9",
    )
    with pytest.raises(DataError):
        project.ingest("statistics_committee")
    assert content(project.interim) == good


def test_a_table_that_left_its_source_leaves_the_interim_data(project):
    stale = project.interim / "statistics_committee" / "old_source" / "old.csv"
    stale.parent.mkdir(parents=True)
    stale.write_text("a\n1\n", encoding="utf-8")
    project.ingest("statistics_committee")
    assert not stale.exists()


def test_a_source_without_its_card_stops_the_run(project):
    (project.raw / "nsc_population" / "population_by_area.csv").unlink()
    with pytest.raises(DataError, match=r"population_by_area.csv does not exist, but its card names it"):
        project.ingest("statistics_committee")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param(
            "expect: Сузакский",
            "expect: Суусамыр",
            "correction suzak-in-kyrgyz: .* but is 'Сузакский'",
            id="expects another value",
        ),
        pytest.param(
            "rows: 4", "rows: 5", "correction bazar-korgon-village: .* matches 4 rows", id="expects more rows"
        ),
        pytest.param(
            "{raion_code: '41703220'}", "{raion_code: '1'}", "suzak-in-kyrgyz: .* matches 0 rows", id="row gone"
        ),
        pytest.param(
            "where: {figure_id: hr333}\n  column: crop",
            "where: {figure_id: hr333}\n  column: crops",
            "has no column 'crops'",
            id="unknown column",
        ),
        pytest.param(
            "where: {figure_id: hr333}\n  column: crop",
            "where: {figure_id: hr333}\n  column: value_low",
            "maize-printed-as-grain: .*value_low was expected",
            id="another column",
        ),
    ],
)
def test_a_correction_that_no_longer_fits_stops_the_run(project, old, new, message):
    project.edit(project.corrections, old, new)
    with pytest.raises(DataError, match=message):
        project.ingest("jalal_abad")
    assert not project.interim.exists()


def add_correction(project, source: str, table: str, column: str, expect: str, becomes: str) -> None:
    with project.corrections.open("a", encoding="utf-8", newline="\n") as file:
        file.write(
            f"- {{id: added, source: {source}, table: {table}, where: {{}}, rows: 40, column: {column},\n"
            f"   expect: '{expect}', becomes: '{becomes}', why: a test, who_says_so: the test}}\n"
        )


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize(
    ("source", "table", "message"),
    [
        (
            "raion_2021",
            "raions.csv",
            "correction added: there is no source 'raion_2021'. Sources: chatkal_station, era5_temperature, ",
        ),
        ("raions_2021", "raion.csv", r"correction added: raions_2021 has no table 'raion.csv'. It has raions.csv\."),
    ],
)
def test_a_correction_of_a_source_or_table_that_does_not_exist_stops_every_group(
    project, group, source, table, message
):
    add_correction(project, source, table, "oblast", "Osh", "Talas")
    with pytest.raises(DataError, match=message):
        project.ingest(group)


def test_a_correction_that_breaks_the_table_stops_the_run(project):
    project.edit(project.corrections, "expect: Сузакский\n  becomes: Сузак", "expect: Сузакский\n  becomes: ''")
    with pytest.raises(DataError, match=r"raions.csv after its corrections, line \d+: raion_ky is empty"):
        project.ingest("jalal_abad")


def test_a_group_that_is_unknown_or_empty_is_refused(tmp_path):
    with pytest.raises(
        DataError, match=r"Unknown source group 'oblasts'. Known: statistics_committee, jalal_abad, context"
    ):
        ingest("oblasts", interim=tmp_path)
    with pytest.raises(DataError, match=r"No source in .* belongs to the group context"):
        corrections = tmp_path / "corrections.yml"
        corrections.write_text("[]", encoding="utf-8")
        ingest("context", tmp_path, tmp_path / "interim", corrections)


def test_an_ingested_table_that_is_not_there_is_named(tmp_path):
    with pytest.raises(
        DataError, match=r"context/era5_temperature/t.csv does not exist yet. Run: python -m pipeline report"
    ):
        read_interim("context", "era5_temperature", "t.csv", tmp_path)
