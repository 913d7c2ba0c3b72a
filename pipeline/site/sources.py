"""The page on data and sources, from the cards in `data/raw`, the corrections, the expectations and the checks.

What people wrote in a card is a message like any other (`messages`); without a translation it is quoted as it stands
there, in English, and marked as English.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd

from pipeline.data.cards import Card, Fact, Table, read_cards, read_table
from pipeline.data.checks import Conflict, read_expectations
from pipeline.data.corrections import Correction, read_corrections
from pipeline.data.vocabulary import units
from pipeline.errors import DataError
from pipeline.paths import CHECKS, CORRECTIONS, EXPECTATIONS, RAW, shown
from pipeline.site.data_card import area_columns, years_of
from pipeline.site.frame import Page, or_english
from pipeline.studies.data_audit.figures import check_questions
from pipeline.text.language import Catalogue
from pipeline.text.messages import SITE

DOMAIN = "sources"  # the catalogue of what the cards and the corrections say


@dataclass(frozen=True)
class Source:
    """A card with its tables as published, and the corrections made to them."""

    card: Card
    tables: dict[str, pd.DataFrame]
    corrections: list[Correction]


def read_sources(raw: Path = RAW, corrections: Path = CORRECTIONS) -> list[Source]:
    """All sources, in the order of their names.

    Raises
    ------
    DataError
        If a card, a table or the corrections cannot be read.
    """
    made = read_corrections(corrections)
    return [
        Source(
            card,
            {name: read_table(card, name, raw) for name in card.tables},
            [c for c in made if c.source == card.id],
        )
        for card in read_cards(raw=raw)
    ]


def messages() -> Iterator[str]:
    """What this page quotes of the cards and the corrections, for the translators."""
    for card in read_cards():
        said = [card.paper, card.original_table, card.how_obtained, card.coverage, *card.known_problems]
        for table in card.tables.values():
            said += [table.describes, *(column.description for column in table.columns.values())]
        yield from filter(None, [*said, *(fact.statement for fact in card.facts_to_check_against)])
    for correction in read_corrections():
        yield from (correction.why, correction.who_says_so)


def read_checks(path: Path = CHECKS) -> list[dict]:
    """What the checks of the harmonised tables did.

    Raises
    ------
    DataError
        If they were not run yet.
    """
    if not path.is_file():
        raise DataError(f"{shown(path)} does not exist. Run the checks first: python -m pipeline report")
    return json.loads(path.read_text(encoding="utf-8"))["checks"]


def sources_page(
    language: str, raw: Path = RAW, corrections: Path = CORRECTIONS, expectations: Path = EXPECTATIONS,
    checks: Path = CHECKS,
) -> Page:  # fmt: skip
    """The page on data and sources in a language."""
    t, sources, stated = Catalogue(language, SITE), read_sources(raw, corrections), read_expectations(expectations)
    questions = check_questions(Catalogue(language, "data_audit"))
    rows = sum(len(frame) for source in sources for frame in source.tables.values())
    return Page(
        name="data",
        language=language,
        title=t("Data and sources"),
        description=t(
            "Who published each figure, under which licence, what it covers, and what is known to be wrong with it. "
            "Sources: {sources}; rows of published tables: {rows}.",
            sources=len(sources), rows=t.number(rows, 0),
        ),
        template="data.html.j2",
        values={
            "quoted": partial(or_english, t=Catalogue(language, DOMAIN)),
            "sources": [_shown(source, t) for source in sources],
            "checks": [{**check, "question": questions[check["check"]]} for check in read_checks(checks)],
            "discrepancies": stated.known_discrepancies,
            "conflicts": [_conflict(c, t) for c in stated.conflicts],
        },
        depth=2,
    )  # fmt: skip


def _shown(source: Source, t: Catalogue) -> dict[str, object]:
    card = source.card
    return {
        "card": card,
        "title": or_english(card.title, t),
        "years": _span(source),
        "areas": len(_areas(source)),
        "rows": sum(map(len, source.tables.values())),
        "addresses": next((name for name, table in card.tables.items() if "url" in table.columns), None),
        "tables": [_table(name, table, source.tables[name], t) for name, table in card.tables.items()],
        "facts": [_fact(fact) for fact in card.facts_to_check_against],
        "corrections": source.corrections,
    }


def _span(source: Source) -> str:
    """First and last year found in the tables; empty where there are no years."""
    years = pd.concat([years_of(frame, source.card.tables[name]) for name, frame in source.tables.items()])
    return f"{years.min()}\u2013{years.max()}" if len(years) else ""


def _areas(source: Source) -> set[str]:
    return {area for frame in source.tables.values() for column in area_columns(frame) for area in frame[column]}


def _table(name: str, table: Table, frame: pd.DataFrame, t: Catalogue) -> dict[str, object]:
    return {
        "name": name,
        "describes": table.describes,
        "rows": t.number(len(frame), 0),
        "key": table.key,
        "sha256": table.sha256,
        "columns": [
            {
                "name": column,
                "description": about.description,
                "unit": t.unit(units().resolve(about.unit)) if about.unit else "",
                "type": about.type,
                "optional": about.optional,
            }
            for column, about in table.columns.items()
        ],
    }


def _fact(fact: Fact) -> dict[str, str]:
    return {"statement": fact.statement, "table": fact.table, "column": fact.column, "equals": str(fact.equals)}


def _conflict(conflict: Conflict, t: Catalogue) -> dict[str, str]:
    figures = "; ".join(f"{figure_id} = {value}" for figure_id, value in conflict.figures.items())
    told = {"subject": conflict.subject, "what": conflict.what, "treatment": conflict.treatment}
    return {**{name: or_english(text, t) for name, text in told.items()}, "figures": figures}
