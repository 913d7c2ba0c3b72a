"""Every raw table, damaged in every way that a table comes to harm in, with its checksum left alone and recorded anew.

Left alone, the checksum notices everything. Who edits a table records it first (`python -m pipeline record`), so what
lies behind the checksum is tried too: a damage is refused with file and line, is harmless, or stands in `UNNOTICED`.
"""

import csv
import io
import random
import re
import shutil
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from pipeline.data.boundaries import oblast_boundaries
from pipeline.data.cards import Table, read_card, read_cards, read_table, record
from pipeline.data.checks import run_checks
from pipeline.data.corrections import read_corrections
from pipeline.data.harmonise import harmonise
from pipeline.data.ingest import ingest
from pipeline.data.vocabulary import AREA_LEVELS
from pipeline.errors import DataError
from pipeline.paths import CORRECTIONS, RAW

CARDS = {card.id: card for card in read_cards()}
TEXTS = ("paper_claims", "paper_tables")
"""Sources of words: what they say of a place is a place in the paper."""
TABLES = [(card.id, name) for card in CARDS.values() for name in card.tables]
AREAS = {"area": "area_level", "oblast": "", "place": "place_level"}
"""Columns of names of areas, and where the level stands of which a name is."""
Rows = list[list[str]]


class Copy:
    """A source in a folder of its own, with one table to damage."""

    def __init__(self, source: str, table: str, folder: Path):
        self.card, self.source, self.table, self.folder = CARDS[source], source, table, folder
        self.raw, self.interim = folder / "raw", folder / "interim"
        shutil.copytree(RAW / source, self.raw / source)
        self.corrections = folder / "corrections.yml"
        own = [c.model_dump() for c in read_corrections(CORRECTIONS) if c.source == source]
        self.corrections.write_text(yaml.safe_dump(own, allow_unicode=True), encoding="utf-8")

    @property
    def file(self) -> Path:
        return self.raw / self.source / self.table

    @property
    def described(self) -> Table:
        return self.card.tables[self.table]

    @property
    def rows(self) -> Rows:
        """The rows as they are published, the header first."""
        return list(csv.reader(io.StringIO((RAW / self.source / self.table).read_text(encoding="utf-8"))))

    def columns(self, *types: str) -> list[str]:
        return [name for name, column in self.described.columns.items() if column.type in types]

    def write(self, rows: Rows) -> None:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        self.file.write_text(text.getvalue(), encoding="utf-8", newline="\n")

    def ingest(self) -> str:
        return ingest(self.card.group, self.raw, self.interim, self.corrections)


def middle(rows: Rows, column: int, wanted: Callable[[list[str]], bool]) -> int:
    """The row in the middle of those that are as wanted and have a cell in a column."""
    found = [i for i, row in enumerate(rows) if i and row[column] and wanted(row)]
    return found[len(found) // 2] if found else 0


# Damage to the file as a whole -----------------------------------------------------------------------------------


def missing(copy: Copy) -> None:
    copy.file.unlink()


def empty(copy: Copy) -> None:
    copy.file.write_bytes(b"")


def header_alone(copy: Copy) -> None:
    copy.write(copy.rows[:1])


def cut_within_a_row(copy: Copy) -> None:
    content = copy.file.read_bytes()
    start = content.rindex(b"\n", 0, len(content) * 2 // 3) + 1
    copy.file.write_bytes(content[: content.index(b",", start)])


def utf_16(copy: Copy) -> None:
    copy.file.write_bytes(copy.file.read_text(encoding="utf-8").encode("utf-16"))


def cp1251(copy: Copy) -> None:
    rows = copy.rows
    rows[-1][0] = "Жалал"
    copy.write(rows)
    copy.file.write_bytes(copy.file.read_bytes().decode().encode("cp1251", errors="replace"))


def byte_zero(copy: Copy) -> None:
    copy.file.write_bytes(copy.file.read_bytes().replace(b",", b"\0,", 1))


def semicolons(copy: Copy) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\n").writerows(copy.rows)
    copy.file.write_text(text.getvalue().replace(".", ","), encoding="utf-8")


def open_quotation(copy: Copy) -> None:
    copy.file.write_bytes(copy.file.read_bytes() + b'"an open quotation\n')


def blank_line(copy: Copy) -> None:
    copy.file.write_bytes(copy.file.read_bytes().replace(b"\n", b"\n\n", 2))


def column_more(copy: Copy) -> None:
    copy.write([[*row, "remark" if i == 0 else ""] for i, row in enumerate(copy.rows)])


def column_less(copy: Copy) -> None:
    copy.write([row[:-1] for row in copy.rows])


def column_twice(copy: Copy) -> None:
    copy.write([[*row, row[-1]] for row in copy.rows])


def cell_more(copy: Copy) -> None:
    rows = copy.rows
    rows[len(rows) // 2].append("")
    copy.write(rows)


def letter_of_a_heading(copy: Copy) -> None:
    rows = copy.rows
    name = next(i for i, n in enumerate(rows[0]) if set("aeco") & set(n))
    rows[0][name] = rows[0][name].translate(str.maketrans("aeco", "аесо"))
    copy.write(rows)


# Damage to cells --------------------------------------------------------------------------------------------------


def _cells(copy: Copy, names: list[str], new: Callable[[str], str | None]) -> list[Callable[[], None]]:
    """One damage a column: the cell in the middle is another."""

    def damage(rows: Rows, at: int, column: int, text: str) -> None:
        rows[at][column] = text
        copy.write(rows)

    made, rows = [], copy.rows
    levels = [rows[0].index(level) for level in AREAS.values() if level in rows[0]]
    for name in names:
        column = rows[0].index(name)
        at = middle(rows, column, lambda row: all(row[i] in AREA_LEVELS for i in levels) and "difference" not in row)
        if at and (text := new(rows[at][column])) is not None and text != rows[at][column]:
            made.append(lambda at=at, column=column, text=text: damage(copy.rows, at, column, text))
    return made


def _numbers(new: Callable[[str], str | None]) -> Callable[[Copy], list]:
    return lambda copy: _cells(copy, copy.columns("number", "integer", "figure"), new)


def _areas(new: Callable[[str], str | None]) -> Callable[[Copy], list]:
    return lambda copy: _cells(
        copy, [n for n in AREAS if n in copy.described.columns and copy.source not in TEXTS], new
    )


def _measured(copy: Copy) -> list[str]:
    """Columns with figures, that are neither keys nor years."""
    names = copy.columns("number", "integer", "figure")
    return [name for name in names if name not in (*copy.described.key, "year")]


def thousandfold(copy: Copy) -> list:
    """The figure that is the median of its column."""
    made = []
    for name in _measured(copy):
        rows = copy.rows
        column = rows[0].index(name)
        plain = [i for i, row in enumerate(rows) if i and row[column].replace(".", "").isdigit() and float(row[column])]
        at = sorted(plain, key=lambda i: float(rows[i][column]))[len(plain) // 2]

        def damage(at=at, column=column) -> None:
            rows = copy.rows
            rows[at][column] = format(Decimal(rows[at][column]) * 1000, "f")
            copy.write(rows)

        made.append(damage)
    return made


def unrounded(copy: Copy) -> list:
    decimals = {name: column.decimals for name, column in copy.described.columns.items()}
    names = [name for name in copy.columns("number") if decimals[name] == 1]
    return _cells(copy, names, lambda cell: cell.partition(".")[0] + ".684210526315788")


def unit_changed(copy: Copy) -> list:
    others = {"mm": "degrees_c", "ha": "t", "kg_per_ha": "t", "t": "ha", "percent": "million_m3"}
    return _cells(copy, [n for n in copy.described.columns if n == "unit"], lambda u: others.get(u, "percent"))


def unknown_unit(copy: Copy) -> list:
    return _cells(copy, [n for n in copy.described.columns if n == "unit"], lambda unit: "pood")


def year_of_two_digits(copy: Copy) -> list:
    return _cells(copy, [n for n in copy.columns("integer") if n == "year"], lambda year: year[2:])


def required_cell_empty(copy: Copy) -> list:
    required = [name for name, column in copy.described.columns.items() if not column.optional]
    return _cells(copy, required, lambda cell: "")


def row_twice(copy: Copy) -> None:
    rows = copy.rows
    copy.write([*rows, rows[len(rows) // 2]])


def rows_lost(copy: Copy) -> None:
    copy.write(copy.rows[: len(copy.rows) * 2 // 3])


def one_value_changed(copy: Copy) -> list:
    def last_digit(cell: str) -> str:
        return cell[:-1] + str((int(cell[-1]) + 1) % 10)

    return _cells(copy, _measured(copy), lambda cell: last_digit(cell) if cell[-1].isdigit() else None)


WIDE = "".join(chr(0xFF10 + digit) for digit in range(10))


def negative(copy: Copy) -> list:
    """All but temperature and changes, which may be."""
    return _cells(copy, _measured(copy), lambda cell: None if cell.startswith((">", "-")) else f"-{cell}")


DAMAGES: dict[str, Callable[[Copy], object]] = {
    "missing": missing,
    "empty": empty,
    "header alone": header_alone,
    "cut within a row": cut_within_a_row,
    "UTF-16": utf_16,
    "CP1251": cp1251,
    "a byte 0": byte_zero,
    "semicolons": semicolons,
    "open quotation": open_quotation,
    "blank line": blank_line,
    "a column more": column_more,
    "a column less": column_less,
    "a column twice": column_twice,
    "a cell more": cell_more,
    "letter of a heading": letter_of_a_heading,
    "text in a number": _numbers(lambda cell: f"{cell} t"),
    "NaN": _numbers(lambda cell: "NaN"),
    "infinity": _numbers(lambda cell: "inf"),
    "exponent": _numbers(lambda cell: "1e3"),
    "decimal comma": _numbers(lambda cell: cell.replace(".", ",") if "." in cell else f"{cell},5"),
    "wide digits": _numbers(lambda cell: cell.translate(str.maketrans("0123456789", WIDE))),
    "negative": negative,
    "a thousand times": thousandfold,
    "unrounded": unrounded,
    "unit changed": unit_changed,
    "unknown unit": unknown_unit,
    "year of two digits": year_of_two_digits,
    "required cell empty": required_cell_empty,
    "unknown area": _areas(lambda name: "Atlantis"),
    "look-alike letter": _areas(lambda name: name.replace("a", "\u0430").replace("O", "\u041e")),
    "row twice": row_twice,
    "rows lost": rows_lost,
    "one value changed": one_value_changed,
}

# What is not refused when a table is read ------------------------------------------------------------------------

LATER = {
    "negative": {"ten_day_weather", "reported_figures"},
    "a thousand times": {"crop_groups"},
    "unit changed": {"crop_groups", "indicators", "water_by_oblast"},
    "unknown unit": {"reported_adoption", "reported_infrastructure"},
    "unknown area": {
        *("crop_groups", "oblast_cross_section", "reported_adoption", "reported_figures", "reported_infrastructure"),
        *("population_by_area", "water_by_oblast", "wheat_yield_by_oblast", "raions", "positions"),
    },
    "rows lost": {
        *("annual_temperature_anomaly", "oblast_cross_section", "reported_adoption", "reported_figures", "reports"),
        *("reported_infrastructure", "population_by_area", "water_by_oblast", "wheat_yield_by_oblast", "claims"),
        *("evidence", "raions"),
    },
    "one value changed": {
        *("crop_groups", "oblast_cross_section", "reported_adoption", "reported_figures", "reported_infrastructure"),
    },
}
"""Damages that a fact of the card, a correction, the vocabulary or a check refuses, by the names of the tables."""
LATER["look-alike letter"] = LATER["unknown area"] - {"reported_adoption"}

ALL_OF_THE_PAPER = {name.removesuffix(".csv") for source in TEXTS for name in CARDS[source].tables}
UNNOTICED = {
    "one value changed": (
        "A figure that is as likely as the one before it, and that no other figure is held against.",
        {
            *("ten_day_weather", "annual_temperature_anomaly", "population_by_area", "indicators"),
            *("water_by_oblast", "wheat_yield_by_oblast", "rings", "claims", "raions", "positions"),
        },
    ),
    "a thousand times": (
        "A figure read from one page has no series to stand out from, and hectares and thousands of tonnes share a "
        "column; what the paper states is held against evidence by the ledger.",
        {"reported_adoption", "reported_figures", "reported_infrastructure", "claims"},
    ),
    "unit changed": (
        "Figures of single pages come in any known unit.",
        {"reported_adoption", "reported_figures", "reported_infrastructure", "claims", "evidence"},
    ),
    "unknown unit": ("Units of the paper and of the evidence on it are words that are shown.", {"claims", "evidence"}),
    "negative": ("An anomaly of temperature may be negative.", {"annual_temperature_anomaly"}),
    "rows lost": (
        "A release may be shorter; `record` says how many rows there were and are.",
        {"ten_day_weather", "crop_groups", "indicators", "rings", "positions"} | ALL_OF_THE_PAPER - LATER["rows lost"],
    ),
}
"""Damages that only the checksum notices, with the reason, by the names of the tables."""


def damaged(source: str, table: str, damage: str, folder: Path) -> Iterator[Copy]:
    """The source with the damage done, once for each column that it can be done to."""
    copy = Copy(source, table, folder)
    done = DAMAGES[damage](copy)
    if done is None:
        yield copy
        return
    for do in done:
        shutil.copytree(RAW / source, copy.raw / source, dirs_exist_ok=True)
        do()
        yield copy


def refused_when_read(copy: Copy) -> str:
    """What `record` or reading the table says; "" where neither refuses."""
    card = (copy.raw / copy.source / "source.yml").read_bytes()
    try:
        record(copy.source, copy.raw)
    except DataError as refusal:
        assert (copy.raw / copy.source / "source.yml").read_bytes() == card, "the card was half-recorded"
        return str(refusal)
    try:
        read_table(read_card(copy.source, copy.raw), copy.table, copy.raw)
    except DataError as refusal:
        return str(refusal)
    return ""


@pytest.mark.slow
@pytest.mark.parametrize(("source", "table"), TABLES, ids=[f"{s}/{t}" for s, t in TABLES])
def test_a_damaged_table_is_refused_with_its_file_unless_a_reason_is_given(tmp_path, source, table):
    """The checksum notices each; behind it, reading does, or a later stage, or the reason stands in `UNNOTICED`."""
    name = table.removesuffix(".csv")
    for damage in DAMAGES:
        passed = LATER.get(damage, set()) | UNNOTICED.get(damage, ("", set()))[1]
        for copy in damaged(source, table, damage, tmp_path / damage.replace(" ", "_")):
            with pytest.raises(DataError, match=rf"{source}/{table} (is not the file its card|does not exist)"):
                read_table(copy.card, table, copy.raw)
            said = refused_when_read(copy)
            if damage in FILES:
                assert f"{source}/{table}" in said, damage
            elif name not in passed:
                assert f"{source}/{table}" in said and re.search(r"line \d+", said), f"{damage}: {said}"
                assert said.rstrip().endswith((".", f"git checkout -- {copy.file}")), said


FILES = tuple(DAMAGES)[: tuple(DAMAGES).index("text in a number")]
"""Damages to a file as a whole."""


@pytest.mark.slow
@pytest.mark.parametrize("damage", dict.fromkeys([*LATER, *UNNOTICED]))
def test_what_reading_does_not_refuse_is_refused_later_or_noticed_by_the_checksum_alone(built, tmp_path, damage):
    """Whole stages, as they run; where one refuses, it has written nothing."""
    later, unnoticed = LATER.get(damage, set()), UNNOTICED.get(damage, ("", set()))[1]
    for source, table in TABLES:
        name = table.removesuffix(".csv")
        if name not in later | unnoticed:
            continue
        said = stages(next(damaged(source, table, damage, tmp_path / name)), built.interim)
        assert name in (later if said else unnoticed), f"{table}: {said}"


def stages(copy: Copy, others: Path) -> str:
    """What the stages say to a source that was recorded anew, among the other sources; "" where they pass."""
    shutil.rmtree(copy.interim, ignore_errors=True)
    processed = copy.folder / "processed"
    shutil.rmtree(processed, ignore_errors=True)
    record(copy.source, copy.raw)
    try:
        copy.ingest()
    except DataError as refusal:
        assert not copy.interim.exists()
        return str(refusal)
    whole = copy.folder / "whole"
    shutil.copytree(others, whole, dirs_exist_ok=True)
    shutil.copytree(copy.interim, whole, dirs_exist_ok=True)
    tables = [processed / f"{name}.csv" for name in ("panel", "exposures", "sources", "claims", "evidence")]
    try:
        harmonise(whole, *tables)
    except DataError as refusal:
        assert not processed.exists()
        return str(refusal)
    try:
        run_checks(*tables[:2], interim=whole, written=processed / "checks.json")
    except DataError as refusal:
        assert not (processed / "checks.json").exists()
        return str(refusal)
    return ""


# What must not matter ---------------------------------------------------------------------------------------------


def with_mark(copy: Copy) -> None:
    copy.file.write_bytes(b"\xef\xbb\xbf" + copy.file.read_bytes())


def with_crlf(copy: Copy) -> None:
    copy.file.write_bytes(copy.file.read_bytes().replace(b"\n", b"\r\n"))


def quoted(copy: Copy) -> None:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(copy.rows)
    copy.file.write_text(text.getvalue(), encoding="utf-8", newline="\n")


def shuffled(copy: Copy) -> None:
    header, *rows = copy.rows
    random.Random(7).shuffle(rows)
    copy.write([header, *rows])


@pytest.mark.slow
@pytest.mark.parametrize(("source", "table"), TABLES, ids=[f"{s}/{t}" for s, t in TABLES])
def test_marks_of_spreadsheet_programs_and_the_order_of_rows_change_nothing(built, tmp_path, source, table):
    """Only where the order of rows says something, as in a list of the paper, does it stay as it is in the file."""
    expected = (built.interim / CARDS[source].group / source / table).read_bytes()
    for change in (with_mark, with_crlf, quoted, shuffled):
        copy = Copy(source, table, tmp_path / change.__name__)
        change(copy)
        record(source, copy.raw)
        copy.ingest()
        same = (copy.interim / copy.card.group / source / table).read_bytes() == expected
        assert same is not (change is shuffled and copy.described.ordered), change.__name__


def test_shuffled_boundaries_are_the_same_map(tmp_path):
    copy = Copy("oblast_boundaries", "rings.csv", tmp_path)
    shuffled(copy)
    record(copy.source, copy.raw)
    assert oblast_boundaries(copy.raw) == oblast_boundaries()
