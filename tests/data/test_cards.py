"""A raw table is used only as its card describes it; each way to differ is refused with file, line and what to do."""

import hashlib
import re
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipeline.data.cards import (
    check_facts,
    checksum,
    decimals_of,
    parse_figure,
    read_card,
    read_cards,
    read_table,
    record,
)
from pipeline.errors import DataError

TABLE = """\
oblast,year,harvest,range,seen,note
Osh,2023,10.5,10-12,2023-09-01,first
Osh,2024,11,>11,,
Talas,2024,-0.5,11.5,2024-09-01,last
"""
COLUMNS = {
    "oblast": {"type": "text", "description": "oblast"},
    "year": {"type": "integer", "description": "year"},
    "harvest": {"type": "number", "description": "harvest", "unit": "t"},
    "range": {"type": "figure", "description": "harvest as printed"},
    "seen": {"type": "date", "description": "date", "optional": True},
    "note": {"type": "text", "description": "note", "optional": True},
}


class Source:
    """A made source of one table whose card always has the checksum of the table, so that other checks speak."""

    def __init__(self, raw: Path):
        self.raw, self.folder = raw, raw / "made"
        self.folder.mkdir()
        self.card = {
            "id": "made",
            "title": "A made source",
            "group": "context",
            "producer": "the test",
            "how_obtained": "made",
            "licence": {"name": "none"},
            "known_problems": ["none"],
            "tables": {"table.csv": {"sha256": "", "rows": 3, "key": ["oblast", "year"], "columns": COLUMNS}},
        }
        self.write(TABLE)

    @property
    def of_table(self) -> dict:
        return self.card["tables"]["table.csv"]

    def write(self, content: str | bytes) -> None:
        content = content.encode() if isinstance(content, str) else content
        (self.folder / "table.csv").write_bytes(content)
        self.of_table["sha256"] = hashlib.sha256(content).hexdigest()
        self.save()

    def save(self) -> None:
        (self.folder / "source.yml").write_text(yaml.safe_dump(self.card, sort_keys=False), encoding="utf-8")

    def read(self):
        return read_table(read_card("made", self.raw), "table.csv", self.raw)


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return Source(tmp_path)


def test_a_table_is_read_as_text_with_every_printed_digit(source):
    frame = source.read()
    assert frame["harvest"].tolist() == ["10.5", "11", "-0.5"]
    assert frame["seen"].tolist() == ["2023-09-01", "", "2024-09-01"]


def test_an_edited_file_is_refused_with_both_checksums_and_what_to_do(source):
    (source.folder / "table.csv").write_text(TABLE.replace("10.5", "10.6"), encoding="utf-8", newline="\n")
    with pytest.raises(DataError) as refusal:
        source.read()
    said, now = str(refusal.value), checksum(source.folder / "table.csv")
    assert source.of_table["sha256"] != now
    for needed in (
        "made/table.csv",
        source.of_table["sha256"],
        now,
        "git checkout -- ",
        "data/corrections.yml",
        "python -m pipeline record made",
    ):
        assert needed in said


def test_a_missing_file_is_refused(source):
    (source.folder / "table.csv").unlink()
    with pytest.raises(
        DataError, match=r"made/table.csv does not exist, but its card names it. Restore it: git checkout"
    ):
        source.read()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param(
            "harvest",
            "yield",
            "has the columns oblast, year, yield, .*; its card describes oblast, year, harvest",
            id="another column",
        ),
        pytest.param("Osh,2024,11,>11,,\n", "", "has 2 rows; its card says 3", id="fewer rows"),
        pytest.param("Osh,2024,11,>11,,\n", "Osh,2024,11,>11,,\n\n", "line 4 is blank. Take it out.", id="blank line"),
        pytest.param(
            "Osh,2024,11", "Osh,2024,", "line 3: harvest is empty, and its card does not allow", id="empty cell"
        ),
        pytest.param("10.5", "10,5", "line 2: the row has more cells than the header, 7 under 6", id="a decimal comma"),
        pytest.param(
            "Osh,2024,11", "Osh,2024,1,1", "line 3: the row has more cells than the header", id="a cell too many"
        ),
        pytest.param("10.5", "10.5 t", "line 2: harvest is '10.5 t', which is no number", id="letters in a number"),
        pytest.param("10.5", "1e1", "line 2: harvest is '1e1', which is no number", id="exponent in a number"),
        pytest.param(
            "Talas,2024", "Talas,2024.0", "line 4: year is '2024.0', which is no integer", id="decimals in a year"
        ),
        pytest.param(
            "2024-09-01", "1.9.2024", "line 4: seen is '1.9.2024', which is no date", id="another form of date"
        ),
        pytest.param(">11", "<11", "line 3: range is '<11', which is no figure", id="another sign in a figure"),
        pytest.param(
            "Talas,2024",
            "Osh,2024",
            r"line 3, 4: the key \(oblast=Osh, year=2024\) stands there more than once",
            id="duplicate key",
        ),
    ],
)
def test_a_table_that_is_not_what_its_card_says_is_refused_with_file_and_line(source, old, new, message):
    assert TABLE.count(old) == 1
    source.write(TABLE.replace(old, new))
    with pytest.raises(DataError, match=message) as refusal:
        source.read()
    assert "made/table.csv" in str(refusal.value)


@pytest.mark.parametrize(
    ("column", "limit", "message"),
    [
        (
            "harvest",
            {"at_least": 0},
            "line 4: harvest is -0.5; by its card it is at least 0. Mend it; where",
        ),
        ("harvest", {"at_most": 10.5}, "line 3: harvest is 11; by its card it is at most 10.5."),
        ("range", {"at_least": 11}, "line 2: range is 10-12; by its card it is at least 11."),
        ("range", {"at_least": 1, "at_most": 11.5}, "line 2: range is 10-12; by its card it is at least 1 and at most"),
        ("harvest", {"decimals": 0}, "line 2, 4: harvest is 10.5, with 1 decimals; the source prints 0. Round it"),
        ("note", {"one_of": ["first", "second"]}, "line 4: note is 'last'; its card allows first, second."),
        ("oblast", {"one_of": ["Osh", "T\u0430las"]}, "line 4: oblast is 'Talas'; its card allows Osh, T\u0430las."),
    ],
)
def test_a_cell_beyond_what_its_card_allows_is_refused_with_its_line(source, column, limit, message):
    source.of_table["columns"] = {name: dict(of) for name, of in COLUMNS.items()}
    source.of_table["columns"][column] |= limit
    source.save()
    with pytest.raises(DataError, match=re.escape(message)):
        source.read()


def test_the_least_and_the_most_that_a_card_allows_are_allowed(source):
    source.of_table["columns"] = {name: dict(of) for name, of in COLUMNS.items()}
    source.of_table["columns"]["harvest"] |= {"at_least": -0.5, "at_most": 11, "decimals": 1}
    source.of_table["columns"]["note"] |= {"one_of": ["first", "last"]}
    source.save()
    assert len(source.read()) == 3


def test_rows_come_in_the_order_of_the_key_whole_numbers_as_numbers(source):
    """By oblast and year; 900 comes before 2024, which it would not as text."""
    source.write(TABLE.replace("Osh,2023,", "Osh,900,"))
    frame = source.read()
    for rows in ([2, 1, 0], [1, 0, 2]):
        found = read_card("made", source.raw).tables["table.csv"].in_order(frame.iloc[rows])
        assert list(found["oblast"] + found["year"]) == ["Osh900", "Osh2024", "Talas2024"]
    source.of_table["ordered"] = True
    source.save()
    kept = read_card("made", source.raw).tables["table.csv"].in_order(frame.iloc[[2, 0, 1]])
    assert list(kept["oblast"]) == ["Talas", "Osh", "Osh"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param("", "made/table.csv is not readable as a table in UTF-8: No columns", id="empty file"),
        pytest.param(
            TABLE.replace(",", ";").replace("10.5", "10,5"),
            "parts its cells with semicolons, and its decimals perhaps with commas",
            id="a spreadsheet program in Russian",
        ),
        pytest.param(TABLE.encode("utf-16"), "not readable as a table in UTF-8", id="another encoding"),
        pytest.param(
            "".join(f"{line},\n" for line in TABLE.splitlines()).replace("note,", "note", 1),
            "line 2: the row has more cells than the header",
            id="a cell too many in every row",
        ),
        pytest.param(TABLE.splitlines()[0] + "\n", "has 0 rows; its card says 3", id="only a header"),
    ],
)
def test_a_file_that_is_no_table_is_refused(source, content, message):
    source.write(content)
    with pytest.raises(DataError, match=message):
        source.read()


def test_only_the_first_five_lines_are_named(source):
    rows = "".join(f"Osh,{year},x,1,,\n" for year in range(2000, 2008))
    source.of_table["rows"] = 8
    source.write(TABLE.splitlines()[0] + "\n" + rows)
    with pytest.raises(DataError, match="line 2, 3, 4, 5, 6 and 3 more: harvest is 'x'"):
        source.read()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        pytest.param(
            lambda c: c.pop("licence"), r"made/source.yml is not a card.*\n  licence: Field required", id="no licence"
        ),
        pytest.param(lambda c: c.update(colour="green"), "colour: Extra inputs are not permitted", id="unknown field"),
        pytest.param(
            lambda c: c.update(group="oblasts"),
            "group: Input should be 'statistics_committee', 'jalal_abad' or",
            id="unknown group",
        ),
        pytest.param(lambda c: c.update(id="mode"), "says id: mode, but its folder is made", id="another id"),
        pytest.param(
            lambda c: c["tables"]["table.csv"].update(sha256="0"), "tables.table.csv.sha256", id="no checksum"
        ),
        pytest.param(
            lambda c: c["tables"]["table.csv"].update(key=["raion"]),
            "key of table.csv names 'raion'",
            id="key of no column",
        ),
    ],
)
def test_a_card_of_another_form_is_refused_by_field(source, damage, message):
    source.card = yaml.safe_load(yaml.safe_dump(source.card))
    damage(source.card)
    source.save()
    with pytest.raises(DataError, match=message):
        read_card("made", source.raw)


def test_a_card_that_is_no_yaml_or_not_there_is_refused(source):
    (source.folder / "source.yml").write_text("id: [", encoding="utf-8")
    with pytest.raises(DataError, match=r"made/source.yml is not readable as YAML"):
        read_card("made", source.raw)
    with pytest.raises(
        DataError, match=r"other/source.yml does not exist. Every source needs a card; sources with one: made"
    ):
        read_card("other", source.raw)


def test_cards_come_in_the_order_of_their_names_and_by_group(tmp_path):
    for name, group in (("b", "context"), ("a", "jalal_abad"), ("c", "context")):
        made = Source(tmp_path)
        made.card |= {"id": name, "group": group}
        made.save()
        made.folder.rename(tmp_path / name)
    assert [card.id for card in read_cards(raw=tmp_path)] == ["a", "b", "c"]
    assert [card.id for card in read_cards("context", tmp_path)] == ["b", "c"]


def fact(**changed) -> dict:
    return {
        "statement": "The harvest",
        "table": "table.csv",
        "where": {"oblast": "Osh", "year": "2023"},
        "column": "harvest",
        "aggregate": "value",
        "equals": "10.5",
    } | changed


@pytest.mark.parametrize(
    "true",
    [
        pytest.param(fact(), id="a value"),
        pytest.param(fact(where={}, aggregate="sum", equals="21.0"), id="a sum"),
        pytest.param(fact(equals="11"), id="half is rounded up at the precision of the fact"),
    ],
)
def test_a_fact_that_holds(source, true):
    source.card["facts_to_check_against"] = [true]
    source.save()
    assert check_facts(read_card("made", source.raw), {"table.csv": source.read()}) == 1


@pytest.mark.parametrize(
    ("false", "message"),
    [
        (fact(equals="10.6"), r"made/table.csv, column harvest: expected 10.6 \(«The harvest»\), the table gives 10.5"),
        (fact(equals="10.50", where={"year": "2024", "oblast": "Osh"}), "expected 10.50 .* the table gives 11"),
        (fact(where={}, aggregate="sum", equals="22"), "expected 22 .* the table gives 21.0"),
        (fact(where={"oblast": "Chui"}), r"no row for \{'oblast': 'Chui'\}, which the fact «The harvest» needs"),
        (fact(where={"oblast": "Osh"}), r"2 rows for \{'oblast': 'Osh'\}, but «The harvest» means one"),
    ],
)
def test_a_fact_that_does_not_hold_is_refused_with_its_place(source, false, message):
    source.card["facts_to_check_against"] = [false]
    source.save()
    with pytest.raises(DataError, match=message):
        check_facts(read_card("made", source.raw), {"table.csv": source.read()})


@pytest.mark.parametrize(
    ("impossible", "message"),
    [
        (fact(table="other.csv"), "«The harvest» names 'other.csv', no table of the card"),
        (fact(column="yield"), "«The harvest» names 'yield', no column of its table"),
        (fact(where={"raion": "Aksy"}), "«The harvest» names 'raion', no column of its table"),
        (fact(column="note"), "«The harvest» needs a number that is always there"),
    ],
)
def test_a_fact_of_nothing_is_refused_with_the_card(source, impossible, message):
    source.card["facts_to_check_against"] = [impossible]
    source.save()
    with pytest.raises(DataError, match=message):
        read_card("made", source.raw)


def test_record_writes_only_the_figures_that_changed(project):
    card = project.raw / "harvest_reports" / "source.yml"
    before = card.read_text(encoding="utf-8")
    table = project.raw / "harvest_reports" / "reports.csv"
    old = checksum(table)
    with table.open("a", encoding="utf-8", newline="\n") as file:
        file.write("new,publisher,source,,2026-01-01,ky\n")
    assert record("harvest_reports", project.raw) == ["reports.csv"]
    expected = before.replace(f"sha256: {old}\n    rows: 67\n", f"sha256: {checksum(table)}\n    rows: 68\n")
    assert expected != before
    assert card.read_bytes() == expected.encode()
    assert len(read_table(read_card("harvest_reports", project.raw), "reports.csv", project.raw)) == 68


def test_record_finds_each_table_of_a_new_card_by_its_name(source):
    """Two tables of a card that was just written: both with the checksum and the row count of the guide."""
    (source.folder / "other.csv").write_bytes((source.folder / "table.csv").read_bytes() + b"")
    source.card["tables"]["other.csv"] = dict(source.card["tables"]["table.csv"])
    for table in source.card["tables"].values():
        table.update(sha256="f" * 64, rows=1)
    source.card["facts_to_check_against"] = []
    source.save()
    assert record("made", source.raw) == ["table.csv", "other.csv"]
    card = read_card("made", source.raw)
    assert {table.sha256 for table in card.tables.values()} == {checksum(source.folder / "table.csv")}
    assert {table.rows for table in card.tables.values()} == {len(read_table(card, "table.csv", source.raw))}


def test_record_leaves_a_card_alone_when_nothing_changed(project):
    card = project.raw / "nsc_wheat_yield" / "source.yml"
    before = card.stat().st_mtime_ns, card.read_bytes()
    assert record("nsc_wheat_yield", project.raw) == []
    assert (card.stat().st_mtime_ns, card.read_bytes()) == before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "does not exist, but its card names it"),
        ("", "not readable as a table"),
        ("a,b\n", "has no rows. Nothing was"),
    ],
)
def test_record_refuses_a_table_that_cannot_be_one_and_keeps_the_card(source, content, message):
    before = (source.folder / "source.yml").read_bytes()
    table = source.folder / "table.csv"
    table.unlink() if content is None else table.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        record("made", source.raw)
    assert (source.folder / "source.yml").read_bytes() == before


# Parsing of printed figures ---------------------------------------------------------------------------------------

printed = st.from_regex(re.compile(r"(0|[1-9]\d{0,6})(\.\d{1,5})?", re.ASCII), fullmatch=True)


@given(printed, st.sampled_from(["", "-"]))
def test_a_printed_number_is_read_and_printed_again_as_it_was(number, sign):
    low, high = parse_figure(sign + number)
    assert low == high
    assert format(low, "f") == sign + number
    assert f"{low:.{decimals_of(sign + number)}f}" == sign + number


@given(printed, printed)
def test_a_printed_range_has_the_two_ends_it_was_printed_with(low, high):
    assert parse_figure(f"{low}-{high}") == (Decimal(low), Decimal(high))
    assert decimals_of(f"{low}-{high}") == max(decimals_of(low), decimals_of(high))


@given(printed)
def test_more_than_has_no_upper_end(number):
    assert parse_figure(f">{number}") == (Decimal(number), None)
    assert decimals_of(f">{number}") == decimals_of(number)


@pytest.mark.parametrize(
    "text", ["", "nan", "NaN", "inf", "1e3", "1_000", "12,5", " 5", "5 ", "<80", ">45-112", "1-2-3", "-", "a"]
)
def test_what_is_no_printed_figure_is_refused(text):
    with pytest.raises(DataError, match="is not a figure: expected a number, a range like 45-112, or >80") as refusal:
        parse_figure(text)
    assert repr(text) in str(refusal.value)
