"""Sources: the card beside every raw table, and reading a table only as its card describes it.

A card (`data/raw/<source>/source.yml`) says who produced a table, under which licence, what is known to be
wrong with it, what its columns mean, and the checksum of each file. `read_table` refuses a file that is not
the one the card describes.
"""

import csv
import hashlib
import io
import os
import re
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Annotated, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline.data.lettering import mended
from pipeline.data.yaml_files import read_yaml
from pipeline.errors import DataError
from pipeline.paths import RAW, shown

GROUPS = ("statistics_committee", "jalal_abad", "context")

_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_INTEGER = re.compile(r"-?\d+", re.ASCII)
_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", re.ASCII)
_FIGURE = re.compile(r">\d+(\.\d+)?|-?\d+(\.\d+)?|\d+(\.\d+)?-\d+(\.\d+)?", re.ASCII)
_FORMS = {"number": _NUMBER, "integer": _INTEGER, "date": _DATE, "figure": _FIGURE}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Licence(_Strict):
    """What the producer allows, and our doubts about it."""

    name: str
    note: str | None = None


class Column(_Strict):
    """One column of a raw table; `figure` is a number, a range `45-112`, or `>80`.

    Attributes
    ----------
    at_least, at_most
        What its numbers cannot fall below or exceed, whatever is measured; a slip of a thousand lies outside.
    decimals
        The most that the source prints.
    one_of
        The words that it may hold.
    """

    type: Literal["text", "integer", "number", "date", "figure"]
    description: str
    unit: str | None = None
    optional: bool = False
    at_least: Annotated[Decimal, Field(allow_inf_nan=False)] | None = None
    at_most: Annotated[Decimal, Field(allow_inf_nan=False)] | None = None
    decimals: int | None = Field(default=None, ge=0, le=12)
    one_of: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _limits_what_it_holds(self) -> "Column":
        if self.type in ("text", "date") and (self.at_least, self.at_most, self.decimals) != (None, None, None):
            raise ValueError("at_least, at_most and decimals belong to a number, an integer or a figure")
        if self.type != "text" and self.one_of:
            raise ValueError("one_of belongs to a text")
        return self


class Table(_Strict):
    """One raw table.

    Attributes
    ----------
    key
        The columns that name a row once.
    sorted_by
        The columns by which its rows are put in order when it is ingested; its key where it names none.
    ordered
        Whether the order of its rows says something, as that of a list in the paper; they stay as they are then.
    """

    describes: str | None = None
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    rows: int = Field(ge=0)
    key: list[str] = []
    sorted_by: list[str] = []
    ordered: bool = False
    columns: dict[str, Column] = Field(min_length=1)

    def in_order(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows in an order that does not hang on where they stand in the file; the index says where that was."""
        by = [] if self.ordered else self.sorted_by or self.key
        if not by:
            return frame
        whole = [name for name in by if self.columns[name].type == "integer"]
        return frame.loc[frame[by].astype(dict.fromkeys(whole, int)).sort_values(by, kind="stable").index]


class Fact(_Strict):
    """A figure known from elsewhere that the table must show, at its printed precision."""

    statement: str
    table: str
    where: dict[str, str]
    column: str
    aggregate: Literal["value", "sum"]
    equals: Decimal


class Card(_Strict):
    """A source as its `source.yml` describes it."""

    id: str
    title: str
    group: Literal["statistics_committee", "jalal_abad", "context"]
    producer: str
    paper: str | None = None
    original_table: str | None = None
    url_main: str | None = None
    url_download: str | None = None
    sha256_of_original_xls: str | None = None
    date_published: object = None
    date_accessed: object = None
    how_obtained: str
    licence: Licence
    coverage: str | None = None
    tables: dict[str, Table]
    known_problems: list[str]
    facts_to_check_against: list[Fact] = []

    @model_validator(mode="after")
    def _names_only_its_columns(self) -> "Card":
        """Keys and facts name columns of the card; a fact is read from one that always holds a number."""
        for name, table in self.tables.items():
            for part in ("key", "sorted_by"):
                for column in getattr(table, part):
                    if column not in table.columns:
                        raise ValueError(f"the {part} of {name} names {column!r}, which is not among its columns")
                    if part == "sorted_by" and table.columns[column].optional:
                        raise ValueError(f"sorted_by of {name} names {column!r}, which may be empty")
        for fact in self.facts_to_check_against:
            if fact.table not in self.tables:
                raise ValueError(f"the fact «{fact.statement}» names {fact.table!r}, no table of the card")
            columns = self.tables[fact.table].columns
            for column in (*fact.where, fact.column):
                if column not in columns:
                    raise ValueError(f"the fact «{fact.statement}» names {column!r}, no column of its table")
            of = columns[fact.column]
            if of.optional or of.type not in ("number", "integer"):
                raise ValueError(f"the fact «{fact.statement}» needs a number that is always there")
        return self


def read_card(source: str, raw: Path = RAW) -> Card:
    """The card of one source.

    Raises
    ------
    DataError
        If the card is missing or does not have the form of `Card`; the message names each field.
    """
    path = raw / source / "source.yml"
    if not os.path.isfile(path):  # noqa: PTH113  no name is too long for it
        known = ", ".join(sorted(p.parent.name for p in raw.glob("*/source.yml")))
        raise DataError(f"{shown(path)} does not exist. Every source needs a card; sources with one: {known}.")
    try:
        card = Card.model_validate(read_yaml(path))
    except ValidationError as error:
        fields = "\n".join(f"  {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise DataError(f"{shown(path)} is not a card as pipeline/cards.py describes it:\n{fields}") from error
    if card.id != source:
        raise DataError(f"{shown(path)} says id: {card.id}, but its folder is {source}. Make the two the same.")
    return card


def read_cards(group: str | None = None, raw: Path = RAW) -> list[Card]:
    """All cards, or those of one group, in the order of their names."""
    cards = [read_card(path.parent.name, raw) for path in sorted(raw.glob("*/source.yml"))]
    return [card for card in cards if group in (None, card.group)]


def checksum(path: Path) -> str:
    """sha256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_table(card: Card, name: str, raw: Path = RAW) -> pd.DataFrame:
    """A raw table as text, exactly as published, after it was found to be what the card describes.

    All cells stay strings, so that the printed digits of a figure are not lost; an empty cell is "".

    Raises
    ------
    DataError
        If the file is missing, its checksum is another than the card's, a column is missing or unknown, a cell
        is not of its column's type, a required cell is empty, the key repeats, or the number of rows differs.
    """
    table, path = card.tables[name], raw / card.id / name
    if not path.is_file():
        raise DataError(
            f"{shown(path)} does not exist, but its card names it. Restore it: git checkout -- {shown(path)}"
        )
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != table.sha256:
        raise DataError(
            f"{shown(path)} is not the file its card describes.\n"
            f"  sha256 in source.yml: {table.sha256}\n"
            f"  sha256 of the file:   {found}\n"
            f"To undo the edit: git checkout -- {shown(path)}\n"
            f"To correct a figure, leave the file alone and write the correction in data/corrections.yml.\n"
            f"For a new release of the source: python -m pipeline record {card.id}, and check the card by hand."
        )
    return as_described(_as_text(content, path), table, shown(path))


def _as_text(content: bytes, path: Path) -> pd.DataFrame:
    """The cells of a CSV file as strings; every row has as many as the header."""
    _require_commas(content, path)
    mend = f"Mend it, or restore it: git checkout -- {shown(path)}"
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{shown(path)} is not readable as a table in UTF-8: line {line} is in another encoding ({error}). "
            f"Save it in UTF-8. {mend}"
        ) from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise DataError(f"{shown(path)}, line {line}: a byte 0, as in UTF-16 or in no text at all. Save it in UTF-8.")
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(rows, [])
        if not any(name.strip() for name in header):
            raise DataError(f"{shown(path)} is not readable as a table in UTF-8: No columns in its first line. {mend}")
        _require_one_of_each(header, path)
        for cells in rows:
            if not cells:
                raise DataError(f"{shown(path)}, line {rows.line_num} is blank. Take it out.")
            if len(cells) != len(header):
                how = "more" if len(cells) > len(header) else "fewer"
                raise DataError(
                    f"{shown(path)}, line {rows.line_num}: the row has {how} cells than the header, {len(cells)} under "
                    f"{len(header)} names; a cell with a comma stands in quotation marks. {mend}"
                )
    except csv.Error as error:
        raise DataError(
            f"{shown(path)} is not readable as a table in UTF-8: line {rows.line_num}, {error}. {mend}"
        ) from error
    return pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)


def _require_one_of_each(header: list[str], path: Path) -> None:
    doubled = next((name for name in header if header.count(name) > 1), None)
    if doubled is not None:
        raise DataError(f"{shown(path)}, line 1: the column {doubled!r} stands there twice. Take one out.")


def _require_commas(content: bytes, path: Path) -> None:
    """Say so where a table is a CSV file as a spreadsheet program with Russian or Kyrgyz settings writes it."""
    first = content.decode("utf-8", errors="replace").partition("\n")[0]
    if first.count(";") > first.count(","):
        raise DataError(
            f"{shown(path)} parts its cells with semicolons, and its decimals perhaps with commas, as spreadsheet "
            "programs with Russian or Kyrgyz settings do. A raw table has commas between cells and points in numbers. "
            "Save it so (LibreOffice: «Edit filter settings», field delimiter «,»), or restore it."
        )


def as_described(frame: pd.DataFrame, table: Table, where: str) -> pd.DataFrame:
    """The table itself, after it was found to have the rows, columns, types and key that its card describes.

    Raises
    ------
    DataError
        Saying what differs, and in which lines of `where`.
    """
    if list(frame.columns) != list(table.columns):
        missing = [name for name in table.columns if name not in frame]
        extra = [repr(name) for name in frame if name not in table.columns]
        what = f" Missing: {', '.join(missing)}." * bool(missing) + f" Not described: {', '.join(extra)}." * bool(extra)
        raise DataError(
            f"{where} has the columns {', '.join(frame.columns)}; its card describes {', '.join(table.columns)}."
            f"{what or ' They are the same in another order.'} Make the card and the table agree."
        )
    if len(frame) != table.rows:
        raise DataError(f"{where} has {len(frame)} rows; its card says {table.rows}. Check what was added or lost.")
    for name, column in table.columns.items():
        cells = frame[name]
        if not column.optional and (cells == "").any():
            raise DataError(
                f"{where}, {_lines(cells[cells == ''])}: {name} is empty, and its card does not allow that."
            )
        if column.type in _FORMS:
            form = _FORMS[column.type]
            fits = pd.Series([bool(form.fullmatch(cell)) for cell in cells], cells.index, dtype=bool)
            wrong = cells[(cells != "") & ~fits]
            if len(wrong):
                comma = " A decimal has a point, not a comma." if "," in wrong.iloc[0] else ""
                raise DataError(
                    f"{where}, {_lines(wrong)}: {name} is {wrong.iloc[0]!r}, which is no {column.type}.{comma}"
                )
        _require_allowed(cells[cells != ""], column, where)
    if table.key:
        twice = frame[frame.duplicated(table.key, keep=False)]
        if len(twice):
            key = ", ".join(f"{k}={twice.iloc[0][k]}" for k in table.key)
            raise DataError(f"{where}, {_lines(twice)}: the key ({key}) stands there more than once.")
    return frame


def _require_allowed(cells: pd.Series, column: Column, where: str) -> None:
    """Refuse cells outside what their column's description allows."""
    remedy = "Mend it; where the figure is right, change the card."
    if column.one_of:
        wrong = cells[~cells.isin(column.one_of)]
        if len(wrong):
            said = mended(wrong.iloc[0], "")[1]
            letter = f" ({said[0].removeprefix(': ')})" if said else ""
            raise DataError(
                f"{where}, {_lines(wrong)}: {cells.name} is {wrong.iloc[0]!r}{letter}; its card allows "
                f"{', '.join(column.one_of)}. {remedy}"
            )
    if (column.at_least, column.at_most) != (None, None):
        low, high = column.at_least, column.at_most
        ends = cells.map(parse_figure)
        outside = [
            (low is not None and end < low) or (high is not None and end > high)
            for pair in ends
            for end in [pair[0], pair[1] or pair[0]]
        ]
        wrong = cells[[a or b for a, b in zip(outside[::2], outside[1::2], strict=True)]]
        if len(wrong):
            bounds = " and ".join(
                filter(None, (low is not None and f"at least {low}", high is not None and f"at most {high}"))
            )
            raise DataError(
                f"{where}, {_lines(wrong)}: {cells.name} is {wrong.iloc[0]}; by its card it is {bounds}. {remedy}"
            )
    if column.decimals is not None:
        wrong = cells[cells.map(decimals_of) > column.decimals]
        if len(wrong):
            raise DataError(
                f"{where}, {_lines(wrong)}: {cells.name} is {wrong.iloc[0]}, with {decimals_of(wrong.iloc[0])} "
                f"decimals; the source prints {column.decimals}. Round it to what is printed."
            )


def _lines(rows: pd.Series | pd.DataFrame) -> str:
    """Line numbers of the file (the header is line 1), at most five of them."""
    lines = [str(i + 2) for i in rows.index[:5]]
    return f"line {', '.join(lines)}{f' and {len(rows) - 5} more' if len(rows) > 5 else ''}"


def check_facts(card: Card, tables: dict[str, pd.DataFrame]) -> int:
    """Hold a card's facts against its tables; the number of facts that were found true.

    Raises
    ------
    DataError
        If a fact names no row, or the table shows another figure at the precision the fact is printed with.
    """
    for fact in card.facts_to_check_against:
        frame = tables[fact.table]
        for column, value in fact.where.items():
            frame = frame[frame[column] == value]
        place = f"{card.id}/{fact.table}, column {fact.column}"
        if frame.empty:
            raise DataError(f"{place}: no row for {fact.where}, which the fact «{fact.statement}» needs.")
        if fact.aggregate == "value" and len(frame) > 1:
            raise DataError(f"{place}: {len(frame)} rows for {fact.where}, but «{fact.statement}» means one.")
        total = sum(map(Decimal, frame[fact.column]), Decimal(0))
        if total.quantize(fact.equals, rounding=ROUND_HALF_UP) != fact.equals:
            raise DataError(f"{place}: expected {fact.equals} («{fact.statement}»), the table gives {total}.")
    return len(card.facts_to_check_against)


def record(source: str, raw: Path = RAW) -> list[str]:
    """Write the present checksum and row count of a source's tables into its card; the tables that changed.

    For a new release of a source. Only the figures are replaced, so that the card's text stays as it is.
    """
    card, path = read_card(source, raw), raw / source / "source.yml"
    text, changed = path.read_text(encoding="utf-8"), []
    for name, table in card.tables.items():
        file = raw / source / name
        if not file.is_file():
            raise DataError(f"{shown(file)} does not exist, but its card names it.")
        rows = len(_as_text(file.read_bytes(), file))
        if not rows:
            raise DataError(f"{shown(file)} has no rows. Nothing was recorded.")
        now = checksum(file)
        if (now, rows) == (table.sha256, table.rows):
            continue
        # Within the table's own block: two new tables may both carry a placeholder.
        found = (
            rf"(?m)^( *{re.escape(name)}:\s(?:(?!^ *\S+\.csv:).*\n)*? *sha256: ){table.sha256}(\s+rows: ){table.rows}\b"
        )
        text, count = re.subn(found, rf"\g<1>{now}\g<2>{rows}", text)
        if count != 1:
            raise DataError(
                f"{shown(path)}: could not find the lines `sha256` and `rows` of {name} one after the other."
            )
        changed.append(name)
    if changed:
        path.write_text(text, encoding="utf-8", newline="\n")
    return changed


def parse_figure(text: str) -> tuple[Decimal, Decimal | None]:
    """Lower and upper end of a printed figure; the upper end is None for "more than".

    Examples
    --------
    >>> parse_figure("45-112")
    (Decimal('45'), Decimal('112'))
    >>> parse_figure(">80")
    (Decimal('80'), None)
    >>> parse_figure("23.7")
    (Decimal('23.7'), Decimal('23.7'))
    """
    if not _FIGURE.fullmatch(text):
        raise DataError(f"{text!r} is not a figure: expected a number, a range like 45-112, or >80.")
    if text.startswith(">"):
        return Decimal(text[1:]), None
    if _NUMBER.fullmatch(text):
        return Decimal(text), Decimal(text)
    low, _, high = text.partition("-")
    return Decimal(low), Decimal(high)


def decimals_of(text: str) -> int:
    """How many decimals a figure is printed with; for a range, the most of its two ends.

    Examples
    --------
    >>> decimals_of("23.70"), decimals_of("24"), decimals_of("45.5-112")
    (2, 0, 1)
    """
    return max(len(number.partition(".")[2]) for number in text.split("-"))
