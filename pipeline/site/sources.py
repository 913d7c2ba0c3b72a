"""The page on data and sources: the data card in the reader's language, and what the checks of the tables did.

What people wrote in a card is a message like any other (`messages`); without a translation it is quoted as it stands
there, in English, and marked as English.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pandas as pd

from pipeline.data.cards import decimals_of, read_cards
from pipeline.data.checks import read_expectations
from pipeline.data.corrections import read_corrections
from pipeline.data.panel import load_exposures, load_panel
from pipeline.errors import DataError
from pipeline.exhibits.tables import Origin
from pipeline.paths import CHECKS, shown
from pipeline.site.data_card import DOMAIN, SourceData, data_view
from pipeline.site.frame import Page
from pipeline.site.origins import Origins
from pipeline.studies.data_audit.analysis import check_questions
from pipeline.text.documents import or_english
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
        yield from filter(_has_words, (correction.expect, correction.becomes))
    exposures = load_exposures().set_index("figure_id")
    for conflict in read_expectations().conflicts:
        named = [exposures.at[key, "indicator"] for key in conflict.figures if key in exposures.index]
        yield from named if len(set(named)) > 1 else ()
    yield from INSTITUTIONS


def _has_words(cell: str) -> bool:
    """Whether a corrected cell says something in words, rather than hold a number, a name or a code."""
    return " " in cell


@dataclass(frozen=True)
class ShownFigure:
    """A figure of a source as a reader sees it: value, unit and what it is of, and the page that printed it."""

    said: str
    origin: Origin | None


def shown_figures(
    figures: dict[str, Decimal], panel: pd.DataFrame, exposures: pd.DataFrame, t: Catalogue
) -> list[ShownFigure]:
    """Figures that stand side by side: each says what of it the others do not share.

    Parameters
    ----------
    figures
        What is printed, by the id of the figure.
    panel, exposures
        Where these stand (see `load_panel`, `load_exposures`), by their id.
    """
    origins = Origins(t, None)
    rows = {key: (exposures if key in exposures.index else panel).loc[key] for key in figures}
    areas, indicators = ({row.get(of) for row in rows.values()} for of in ("area", "indicator"))
    shown = []
    for key, row in rows.items():
        number = t.number(float(figures[key]), decimals_of(str(figures[key])))
        if pd.isna(row["value_high"]):
            number = t("more than {figure}", figure=number)
        about = [t.look_up(row["indicator"])] if len(indicators) > 1 else []
        about += [t.area(row["area"])] if len(areas) > 1 else []
        shown.append(ShownFigure(", ".join([f"{number} {t.unit(row['unit'])}", *about]), origins(key)))
    return shown


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
    panel, exposures = load_panel().set_index("figure_id"), load_exposures().set_index("figure_id")
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
            "conflicts": [(c, shown_figures(c.figures, panel, exposures, t)) for c in view.conflicts],
            "origins": Origins(t, None),
            "corrected": lambda cell: or_english(cell, t) if _has_words(cell) else cell,
            "checks": [{**check, "question": questions[check["check"]]} for check in read_checks(checks)],
        },
        depth=2,
    )
