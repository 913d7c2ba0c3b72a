"""The page on data and sources: the data card in the reader's language, and what the checks of the tables did.

What people wrote in a card is a message like any other (`messages`); without a translation it is quoted as it stands
there, in English, and marked as English.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from pipeline.data.cards import read_cards
from pipeline.data.corrections import read_corrections
from pipeline.errors import DataError
from pipeline.paths import CHECKS, shown
from pipeline.site.data_card import DOMAIN, SourceData, data_view
from pipeline.site.frame import Page
from pipeline.studies.data_audit.analysis import check_questions
from pipeline.text.language import Catalogue
from pipeline.text.messages import SITE
from pipeline.text.publishers import INSTITUTIONS


def messages() -> Iterator[str]:
    """What this page quotes of the cards and the corrections, and what publishers are called, for the translators."""
    for card in read_cards():
        said = [card.paper, card.original_table, card.how_obtained, card.coverage, *card.known_problems]
        for table in card.tables.values():
            said += [table.describes, *(column.description for column in table.columns.values())]
        yield from filter(None, [*said, *(fact.statement for fact in card.facts_to_check_against)])
    for correction in read_corrections():
        yield from (correction.why, correction.who_says_so)
    yield from INSTITUTIONS


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


def sources_page(language: str, data: SourceData, checks: Path = CHECKS) -> Page:
    """The page on data and sources in a language."""
    t, view = Catalogue(language, SITE), data_view(Catalogue(language, DOMAIN), data)
    questions = check_questions(Catalogue(language, "data_audit"))
    return Page(
        name="data",
        language=language,
        title=t("Data and sources"),
        description=t(
            "Who published each figure, under which licence, what it covers, and what is known to be wrong with it. "
            "Sources: {sources}; rows of published tables: {rows}.",
            sources=len(view.sources),
            rows=t.number(view.rows, 0),
        ),
        template="data.html.j2",
        values={
            "view": view,
            "checks": [{**check, "question": questions[check["check"]]} for check in read_checks(checks)],
        },
        depth=2,
    )
