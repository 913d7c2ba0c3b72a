"""The data card: who made each source, what is in it, what is wrong with it.

Everything on it comes from what people wrote elsewhere (the cards, the corrections, the expectations) and from the
tables themselves, so it is generated and never edited. One view of it, in a language, is set twice: as the file
`data/README.md` in English, and as the page on data and sources (`sources`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pandas as pd

from pipeline.data.cards import Card, Table, read_cards, read_table
from pipeline.data.checks import Conflict, Discrepancy, Expectations, read_expectations
from pipeline.data.corrections import Correction, read_corrections
from pipeline.data.vocabulary import units
from pipeline.paths import CORRECTIONS, EXPECTATIONS, RAW
from pipeline.text.documents import Markdown, code, escaped, markdown, or_english
from pipeline.text.language import SOURCE_LANGUAGE, Catalogue

TEMPLATE = Path(__file__).parent / "templates" / "data_card.md.j2"
COMMAND = "python -m pipeline report"
DOMAIN = "sources"  # the catalogue of what the cards and the corrections say

LISTED_AREAS = 10

Tables = dict[str, dict[str, pd.DataFrame]]


@dataclass(frozen=True)
class Years:
    """The years of a table: first, last, those between that are missing, and the number of rows without a year."""

    first: int
    last: int
    missing: tuple[int, ...]
    rows_without: int


@dataclass(frozen=True)
class Areas:
    """A column that names areas: how many different ones, their names if they are few, their number by level."""

    column: str
    number: int
    names: tuple[str, ...]
    by_level: dict[str, int]


@dataclass(frozen=True)
class ShownColumn:
    """A column of a table: its name, meaning, unit (a symbol or empty) and type, and whether a cell may be empty."""

    name: str
    description: str
    unit: str
    type: str
    optional: bool


@dataclass(frozen=True)
class ShownTable:
    """A raw table: what its card says of it, and what was found in it.

    `years` are None and `dates` (column, first, last) and `areas` empty where it has none.
    """

    name: str
    describes: str
    key: tuple[str, ...]
    sha256: str
    rows: int
    columns: tuple[ShownColumn, ...]
    years: Years | None
    dates: tuple[tuple[str, str, str], ...]
    areas: tuple[Areas, ...]


@dataclass(frozen=True)
class ShownSource:
    """A source: its card in the reader's language, its tables, the corrections, and what all tables together hold.

    `addresses` is the table whose column `url` holds the address of each page, if there is one.
    """

    card: Card
    licence_unclear: bool
    tables: tuple[ShownTable, ...]
    corrections: tuple[Correction, ...]
    years: Years | None
    areas: int
    rows: int
    addresses: str | None


@dataclass(frozen=True)
class ShownDiscrepancy:
    """A figure that a check would refuse: `figure` is its area, crop, measure and year, empty where no table holds it;
    `file` is the table it stands in, or its source."""

    figure_id: str
    figure: tuple[str, ...]
    file: str
    check: str
    why: str


@dataclass(frozen=True)
class ShownConflict:
    """Figures that cannot all be right, and what is done with them."""

    subject: str
    figures: dict[str, Decimal]
    what: str
    treatment: str


@dataclass(frozen=True)
class DataView:
    """Everything that a reader sees of the data, in one language, in the order of the sources' names."""

    sources: tuple[ShownSource, ...]
    discrepancies: tuple[ShownDiscrepancy, ...]
    conflicts: tuple[ShownConflict, ...]

    @property
    def rows(self) -> int:
        """Rows of all published tables."""
        return sum(source.rows for source in self.sources)


@dataclass(frozen=True)
class SourceData:
    """What the card is made from: the cards of all sources, their tables, and what is known to be wrong with them."""

    cards: list[Card]
    tables: Tables
    corrections: list[Correction]
    expectations: Expectations


def read_data(raw: Path = RAW, corrections: Path = CORRECTIONS, expectations: Path = EXPECTATIONS) -> SourceData:
    """Read what people wrote, and the published tables.

    Raises
    ------
    DataError
        If a card, a table, the corrections or the expectations cannot be read, or a table is not what its
        card describes.
    """
    cards = read_cards(raw=raw)
    tables = {card.id: {name: read_table(card, name, raw) for name in card.tables} for card in cards}
    return SourceData(cards, tables, read_corrections(corrections), read_expectations(expectations))


def data_view(t: Catalogue, data: SourceData) -> DataView:
    """What a reader of a language sees of the data.

    Parameters
    ----------
    t
        The catalogue of what the cards say (`DOMAIN`) in that language.
    """
    return DataView(
        sources=tuple(
            _source(card, data.tables[card.id], [c for c in data.corrections if c.source == card.id], t)
            for card in data.cards
        ),
        discrepancies=tuple(_discrepancy(d, data.tables, t) for d in data.expectations.known_discrepancies),
        conflicts=tuple(_conflict(c, t) for c in data.expectations.conflicts),
    )


def data_card(data: SourceData) -> str:
    """The card as Markdown, in English."""
    view = data_view(Catalogue(SOURCE_LANGUAGE, DOMAIN), data)
    return markdown(TEMPLATE, view=view, command=COMMAND, sentence=_sentence, found=_found)


def messages(raw: Path = RAW, expectations: Path = EXPECTATIONS) -> Iterator[str]:
    """What several pages show of the cards and the expectations in every language, for the translators."""
    for card in read_cards(raw=raw):
        yield from filter(None, (card.title, card.producer, card.licence.name, card.licence.note))
    stated = read_expectations(expectations)
    yield from (known.why for known in stated.known_discrepancies)
    for conflict in stated.conflicts:
        yield from (conflict.subject, conflict.what, conflict.treatment)


# The view -----------------------------------------------------------------------------------------------------------


def _source(card: Card, tables: dict[str, pd.DataFrame], corrections: list[Correction], t: Catalogue) -> ShownSource:
    areas = {area for frame in tables.values() for column in _area_columns(frame) for area in frame[column]}
    years = pd.concat([_years(frame, card.tables[name]) for name, frame in tables.items()])
    rows = sum(map(len, tables.values()))
    return ShownSource(
        card=_in_language(card, t),
        licence_unclear="unclear" in card.licence.name,
        tables=tuple(_table(name, table, tables[name], t) for name, table in card.tables.items()),
        corrections=tuple(
            c.model_copy(update={"why": or_english(c.why, t), "who_says_so": or_english(c.who_says_so, t)})
            for c in corrections
        ),
        years=_span(years, rows),
        areas=len(areas),
        rows=rows,
        addresses=next((name for name, table in card.tables.items() if "url" in table.columns), None),
    )


def _in_language(card: Card, t: Catalogue) -> Card:
    """A card with its texts in the reader's language."""
    single = ("title", "producer", "paper", "original_table", "how_obtained", "coverage")
    licence = {name: or_english(getattr(card.licence, name) or "", t) for name in ("name", "note")}
    facts = card.facts_to_check_against
    return card.model_copy(
        update={
            **{name: or_english(getattr(card, name) or "", t) for name in single},
            "licence": card.licence.model_copy(update=licence),
            "known_problems": [or_english(problem, t) for problem in card.known_problems],
            "facts_to_check_against": [
                fact.model_copy(update={"statement": or_english(fact.statement, t)}) for fact in facts
            ],
        }
    )


def _table(name: str, table: Table, frame: pd.DataFrame, t: Catalogue) -> ShownTable:
    columns = (
        ShownColumn(
            name=column,
            description=or_english(about.description, t),
            unit=t.unit(units().resolve(about.unit)) if about.unit else "",
            type=about.type,
            optional=about.optional,
        )
        for column, about in table.columns.items()
    )
    dates = {c: frame.loc[frame[c] != "", c] for c, about in table.columns.items() if about.type == "date"}
    return ShownTable(
        name=name,
        describes=or_english(table.describes or "", t),
        key=tuple(table.key),
        sha256=table.sha256,
        rows=len(frame),
        columns=tuple(columns),
        years=_span(_years(frame, table), len(frame)),
        dates=tuple((c, found.min(), found.max()) for c, found in dates.items() if len(found)),
        areas=tuple(_areas(frame, column) for column in _area_columns(frame)),
    )


def _years(frame: pd.DataFrame, table: Table) -> pd.Series:
    """The years of a table as numbers; none where it has no column of whole years."""
    whole = "year" in table.columns and table.columns["year"].type == "integer"
    years = frame["year"] if whole else pd.Series([], dtype=str)
    return years[years != ""].astype(int)


def _span(years: pd.Series, rows: int) -> Years | None:
    if not len(years):
        return None
    first, last = int(years.min()), int(years.max())
    missing = sorted(set(range(first, last + 1)) - set(years))
    return Years(first, last, tuple(missing), rows - len(years))


def _area_columns(frame: pd.DataFrame) -> list[str]:
    """Columns that name areas, by their own name or because a column beside them says of which level."""
    return [c for c in frame if c in ("raion", "oblast", "area") or f"{c}_level" in frame]


def _areas(frame: pd.DataFrame, column: str) -> Areas:
    names, level = sorted(frame[column].unique()), f"{column}_level"
    by_level = {}
    if level in frame:
        by_level = frame.drop_duplicates([column, level]).groupby(level).size().to_dict()
    return Areas(column, len(names), tuple(names) if len(names) <= LISTED_AREAS else (), by_level)


def _discrepancy(d: Discrepancy, tables: Tables, t: Catalogue) -> ShownDiscrepancy:
    """A known discrepancy; a figure that no table holds has an id that begins with the name of its source."""
    figure, file = (), d.figure_id.partition("/")[0]
    for source, frames in tables.items():
        for name, frame in frames.items():
            if "figure_id" in frame and (frame["figure_id"] == d.figure_id).any():
                row = frame[frame["figure_id"] == d.figure_id].iloc[0]
                figure, file = tuple(row[["area", "crop", "measure", "year"]]), f"{source}/{name}"
    return ShownDiscrepancy(d.figure_id, figure, file, d.check, or_english(d.why, t))


def _conflict(c: Conflict, t: Catalogue) -> ShownConflict:
    return ShownConflict(or_english(c.subject, t), c.figures, or_english(c.what, t), or_english(c.treatment, t))


# In English Markdown ------------------------------------------------------------------------------------------------


def _sentence(text: str) -> Markdown:
    """A text as a sentence of its own: with a capital letter and a full stop."""
    line = escaped(text)
    return Markdown(line[:1].upper() + line[1:] + ("" if line.endswith((".", "?", "!")) else "."))


def _found(table: ShownTable) -> Markdown:
    """What was found in a table: its years, dates and areas."""
    found = []
    if table.years:
        found.append(
            f"years {table.years.first} to {table.years.last}"
            + (f", none of {', '.join(map(str, table.years.missing))}" if table.years.missing else "")
            + (f", {table.years.rows_without} rows without a year" if table.years.rows_without else "")
        )
    found += [f"{code(column)} from {first} to {last}" for column, first, last in table.dates]
    for areas in table.areas:
        if areas.by_level:
            by_level = ", ".join(f"{escaped(level)} {count}" for level, count in areas.by_level.items())
            found.append(f"{areas.number} different values of {code(areas.column)} ({by_level})")
        elif areas.names:
            found.append(f"{code(areas.column)} is {escaped(', '.join(areas.names))}")
        else:
            found.append(f"{areas.number} different values of {code(areas.column)}")
    return Markdown("; ".join(found))
