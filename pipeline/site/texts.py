"""Long page texts: `pipeline/pages/<page>.<language>.md`, one whole text for each language.

A text begins with its title and a paragraph that says what the page is for. `{notebook.name}` stands for a result
value (`{power.mde}`, with its sign `{yield_change.change:+}`, with two decimals `{weather.predicted_high:.2}`),
`{study.oblast}` for a parameter of the study; numbers are never typed. Links to pages are written `page:data` or
`page:data#anchor`, to reports `notebook:power`, to files below `reports/` `reports:results/power.json`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

from markupsafe import Markup

from pipeline.data.cards import decimals_of
from pipeline.errors import PipelineError
from pipeline.paths import REPORTS, RESULTS, shown
from pipeline.site.frame import PAGES
from pipeline.site.rendering import Addresses, addressed, page_name, plain, to_html
from pipeline.text.language import SOURCE_LANGUAGE, Catalogue
from pipeline.text.parameters import NOTEBOOKS, Study
from pipeline.text.results import read_results

FOLDER = Path(__file__).parent / "pages"
TEXTS = ("methods", "extend", "cite")

PLACEHOLDER = re.compile(r"\{([a-z_]+)\.([a-z0-9_]+)(?::(\+?)(?:\.(\d))?)?\}")
# Links as people write them, and as they pass Markdown, which refuses schemes that it does not know.
WRITTEN_LINK = re.compile(r"\]\((page|notebook|reports):")
LINK = re.compile(r'<a href="/(page|notebook|reports)/([^"#]+)(#[^"]*)?">(.*?)</a>', re.S)

MISSING = "\u2013"  # where a result does not exist for the parameters of the study


@dataclass(frozen=True)
class Text:
    """A page text as HTML: title, first paragraph, and the rest."""

    title: str
    lead: Markup
    body: Markup

    @property
    def summary(self) -> str:
        """The first paragraph as plain text."""
        return plain(self.lead)


class Values:
    """What a text may name: results of notebooks, parameters of the study, and texts given besides.

    Parameters
    ----------
    reports
        The folder that holds `results/`.
    given
        Other texts by their full name, `citation.reference` for example.
    """

    def __init__(self, study: Study, reports: Path = REPORTS, given: Mapping[str, str] | None = None):
        self._study, self._given = study, given or {}
        self._results = {name: read_results(name, reports / RESULTS.name) for name in NOTEBOOKS}

    def result(self, notebook: str, name: str) -> object:
        """The value of a result; None where it does not exist for these parameters.

        Raises
        ------
        PipelineError
            If the notebook has no result of that name.
        """
        if name not in self._results.get(notebook, {}):
            raise PipelineError(f"{notebook}.{name} is named on a page, but reports/results/{notebook}.json lacks it.")
        return self._results[notebook][name]["value"]

    def shown(
        self, notebook: str, name: str, t: Catalogue, *, signed: bool = False, decimals: int | None = None
    ) -> str:
        """A value as readers of the language see it; a number with the decimals it was written with, or as many as
        are asked for."""
        if f"{notebook}.{name}" in self._given:
            return self._given[f"{notebook}.{name}"]
        if notebook == "study":
            return self._of_study(name, t)
        return said(self.result(notebook, name), t, signed=signed, decimals=decimals)

    def _of_study(self, name: str, t: Catalogue) -> str:
        if name not in Study.model_fields:
            raise PipelineError(f"study.{name} is named on a page. The study has: {', '.join(Study.model_fields)}.")
        value = getattr(self._study, name)
        return {"oblast": t.area, "crop": t.crop}.get(name, str)(value)


def said(value: object, t: Catalogue, *, signed: bool = False, decimals: int | None = None) -> str:
    """A result value in a language; years and texts stay as they are.

    Examples
    --------
    >>> t = Catalogue("ru")
    >>> said(1.5, t, signed=True), said(1056, t), said(2024, t), said("Osh", t), said(None, t)
    ('+1,5', '1\\xa0056', '2024', 'Ошская область', '–')
    """
    if value is None:
        return MISSING
    if isinstance(value, str):
        return t.area(value)
    if isinstance(value, int) and 1900 <= value <= 2100:
        return str(value)
    if decimals is None:
        decimals = decimals_of(repr(value)) if isinstance(value, float) else 0
    return t.signed(value, decimals) if signed else t.number(value, decimals)


@cache
def source(page: str, language: str) -> str:
    """The Markdown of a page text.

    Raises
    ------
    PipelineError
        If there is no such text.
    """
    path = FOLDER / f"{page}.{language}.md"
    if not path.is_file():
        raise PipelineError(f"{shown(path)} does not exist. A page text is needed in every language; translate it.")
    return path.read_text(encoding="utf-8")


def read_text(page: str, t: Catalogue, values: Values) -> Text:
    """A page text in the language of the catalogue, filled in, with its links resolved.

    Raises
    ------
    PipelineError
        If the text does not begin with a title and a paragraph, has other headings than the English one, or names a
        value, page or file that does not exist.
    """
    html, original = (
        to_html(WRITTEN_LINK.sub(r"](/\1/", source(page, language))) for language in (t.language, SOURCE_LANGUAGE)
    )
    addressed_html = addressed(html, original, Addresses())
    begun = re.match(r"\s*<h1[^>]*>(.*?)</h1>\s*(<p>.*?</p>)", addressed_html, re.S)
    if not begun:
        raise PipelineError(f"pipeline/pages/{page}.{t.language}.md must begin with a title and a paragraph.")
    lead, body = (_linked(_filled(part, t, values), t) for part in (begun[2], addressed_html[begun.end() :]))
    return Text(plain(_filled(begun[1], t, values)), Markup(lead), Markup(body))


def _filled(html: str, t: Catalogue, values: Values) -> str:
    def value(match: re.Match) -> str:
        notebook, name, sign, decimals = match.groups()
        return escape(values.shown(notebook, name, t, signed=bool(sign), decimals=int(decimals) if decimals else None))

    return PLACEHOLDER.sub(value, html)


def _linked(html: str, t: Catalogue) -> str:
    def link(match: re.Match) -> str:
        kind, name, anchor, text = match.groups(default="")
        known = {"notebook": NOTEBOOKS, "page": PAGES}.get(kind)
        if known is not None and name not in known:
            raise PipelineError(f"A page text links to the {kind} {name!r}. There are: {', '.join(known)}.")
        if kind == "notebook":
            name = f"notebooks/{name}"
        file = name if kind == "reports" else page_name(name, t.language)
        return f'<a href="{file}{anchor}">{text}</a>'

    return LINK.sub(link, html)
