"""From a number to its source: where an id leads that stands in a table or a text.

A report or figure of the sources leads to the page that printed it, a row of the evidence too; a figure of a series to
the card of its source on the page on data; a statement of the paper to what was found on it; a result to its report.
"""

import re
from collections.abc import Callable
from functools import cache
from html import escape

import pandas as pd

from pipeline.data.cards import read_card, read_cards, read_table
from pipeline.exhibits.tables import Origin
from pipeline.text.declarations import declarations
from pipeline.text.language import Catalogue
from pipeline.text.publishers import publisher_text

# Tables whose rows are figures that harmonise names by their number in the list.
BY_LINE = {
    "infrastructure": ("infrastructure", "reported_infrastructure.csv"),
    "adoption": ("green_technology", "reported_adoption.csv"),
}
VERDICT = "verdict_"  # how the ledger's results on a statement begin
UNKNOWN = "unknown"  # how a publisher is given that nobody knows

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_APART = re.compile(r"(<(a|code|pre|math|h[1-6]|summary|button)\b.*?</\2>|<[^>]*>)", re.S)


@cache
def printed() -> dict[str, tuple[str, str, str]]:
    """The address, publisher and date of the page behind each report, reported figure and row of the evidence."""
    reports = _raw("harvest_reports", "reports.csv").set_index("report_id")
    found = {row.Index: (row.url, row.publisher, row.published) for row in reports.itertuples()}
    figures = _raw("harvest_reports", "reported_figures.csv")
    found |= {row.figure_id: found[row.report_id] for row in figures.itertuples()}
    for name, (source, table) in BY_LINE.items():
        for row in _raw(source, table).itertuples():
            found[f"{name}/line{row.line}"] = (row.url, row.publisher, "")
    evidence = _raw("paper_claims", "evidence.csv")
    return found | {row.evidence_id: (row.url, row.publisher, row.published) for row in evidence.itertuples()}


@cache
def statements() -> frozenset[str]:
    """The ids of the paper's statements."""
    return frozenset(_raw("paper_claims", "claims.csv")["claim_id"])


@cache
def sources() -> dict[str, str]:
    """The titles of the cards by their id."""
    return {card.id: card.title for card in read_cards()}


def _raw(source: str, table: str) -> pd.DataFrame:
    return read_table(read_card(source), table).fillna("")


class Origins:
    """Finds origins for one page, in its language.

    Parameters
    ----------
    way
        The way from the page to another page of its language by its name; None where there are no other pages.
    """

    def __init__(self, t: Catalogue, way: Callable[[str], str] | None):
        self.t, self._way = t, way

    def __call__(self, key: str) -> Origin | None:
        """The origin of what an id, or an address, stands for."""
        if key.startswith(("https://", "http://")):
            return Origin(key)
        if key in printed():
            return self._printed(*printed()[key])
        if key in statements():
            return Origin(self._statement(key), key)
        source = key.split("/")[0]
        if source in sources():
            return Origin(self._page("data", f"source-{source}"), self.t.look_up(sources()[source]))
        report, _, result = key.partition("#")
        if result.startswith(VERDICT):
            return Origin(self._statement(result.removeprefix(VERDICT).replace("_", "-")))
        return Origin(self._page(report)) if report in declarations() else None

    def in_text(self, html: str) -> str:
        """HTML in which every statement that is named by its id leads to what was found on it."""
        if self._way is None:
            return html
        named = re.compile(rf"(?<![\w/#-])({'|'.join(sorted(statements(), key=len, reverse=True))})(?![\w-])")

        def lead(match: re.Match) -> str:
            return f'<a href="{escape(self._statement(match[1]))}">{match[1]}</a>'

        return replaced_in_text(html, named, lead)

    def _printed(self, address: str, publisher: str, date: str) -> Origin:
        if publisher.startswith(UNKNOWN):
            return Origin("", self.t("a stored page whose address is not known"))
        when = self.t.date(date) if _DAY.fullmatch(date) else date
        said = publisher_text(publisher, self.t)
        name = f"{said}, {when}" if date else said
        return Origin(address, name if address else self.t("{page} (address not known)", page=name))

    def _statement(self, claim: str) -> str:
        return self._page("replication", f"claim-{claim}")

    def _page(self, name: str, place: str = "") -> str:
        if self._way is None:
            return ""
        return self._way(name) + (f"#{place}" if place else "")


def replaced_in_text(html: str, pattern: re.Pattern, replace: Callable[[re.Match], str]) -> str:
    """HTML with a pattern replaced in its text; links, code, formulas and headings stay as they are.

    Examples
    --------
    >>> replaced_in_text('<p title="P1">P1 <code>P1</code></p>', re.compile("P1"), lambda m: "x")
    '<p title="P1">x <code>P1</code></p>'
    """
    made, at = [], 0
    for apart in _APART.finditer(html):
        made += [pattern.sub(replace, html[at : apart.start()]), apart[0]]
        at = apart.end()
    return "".join([*made, pattern.sub(replace, html[at:])])
