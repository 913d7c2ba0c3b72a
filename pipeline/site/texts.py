"""Long page texts: `pipeline/site/pages/<page>.<language>.md`, one whole text for each language.

A text begins with its title and a paragraph that says what the page is for. `{report.name}` stands for a result value
(`{power.mde}`, with its sign `{yield_change.change:+}`, with two decimals `{weather.predicted_high:.2}`),
`{study.oblast}` for a parameter of the study; numbers are never typed. Links to pages are written `page:data` or
`page:data#anchor`, to reports `report:power`, to files below `reports/` `reports:power/results.json`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markupsafe import Markup

from pipeline.errors import PipelineError
from pipeline.paths import shown
from pipeline.site.article import MadeReport
from pipeline.site.frame import GUIDES, PAGES, Page, page_file
from pipeline.site.markdown import Addresses, plain, to_html
from pipeline.site.rates import rate_values
from pipeline.text.declarations import declarations
from pipeline.text.fill import Value, substituted
from pipeline.text.language import SOURCE_LANGUAGE, Catalogue
from pipeline.text.messages import SITE
from pipeline.text.results import read_results

FOLDER = Path(__file__).parent / "pages"
TEXTS = ("methods", "extend", "cite", *GUIDES)

# Links as people write them, and as they pass Markdown, which refuses schemes that it does not know.
_WRITTEN_LINK = re.compile(r"\]\((page|report|reports):")
_LINK = re.compile(r'<a href="/(page|report|reports)/([^"#]+)(#[^"]*)?">(.*?)</a>', re.S)


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


def page_values(
    made: Mapping[str, MadeReport], study: Mapping[str, object], reports: Path, given: Mapping[str, str]
) -> dict[str, Value]:
    """What pages may name: results and parameters of reports, of the ledger (`replication`), of the study, texts, and
    the `rates` of tests.

    Parameters
    ----------
    study
        The study's parameters.
    given
        Other texts by their full name, `citation.project` for example.
    """
    found = {f"{name}.{key}": value for name, report in made.items() for key, value in report.values.items()}
    ledger = read_results("replication", reports)
    found |= {
        f"replication.{key}": Value(entry["value"], "word" if isinstance(entry["value"], str) else "number")
        for key, entry in ledger.items()
    }
    kinds = {"oblast": "area", "crop": "crop", "year_before": "year", "year_after": "year"}
    found |= {f"study.{key}": Value(value, kinds.get(key, "number")) for key, value in study.items()}
    found |= rate_values()
    return found | {name: Value(text, "text") for name, text in given.items()}


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


def read_text(page: str, t: Catalogue, values: Mapping[str, Value]) -> Text:
    """A page text in the language of the catalogue, filled in, with its links resolved.

    Raises
    ------
    PipelineError
        If the text does not begin with a title and a paragraph, has other headings than the English one, or names a
        value, page or file that does not exist.
    """
    written, english = (
        substituted(_WRITTEN_LINK.sub(r"](/\1/", source(page, language)), values, t, qualified=True)
        for language in (t.language, SOURCE_LANGUAGE)
    )
    html = str(to_html(written, Addresses(), english))
    html = html.replace("<blockquote>", f'<blockquote lang="{SOURCE_LANGUAGE}">')  # a reference stands as it is
    begun = re.match(r"\s*<h1[^>]*>(.*?)</h1>\s*(<p>.*?</p>)", html, re.S)
    if not begun:
        raise PipelineError(f"pipeline/site/pages/{page}.{t.language}.md must begin with a title and a paragraph.")
    here = Page(page, t.language, "", "", "")
    lead, body = (_linked(part, here) for part in (begun[2], html[begun.end() :]))
    return Text(plain(begun[1]), Markup(lead), Markup(body))


def _linked(html: str, page: Page) -> str:
    known = {"report": declarations(), "page": (*PAGES, *GUIDES)}

    def link(match: re.Match) -> str:
        kind, name, anchor, text = match.groups(default="")
        if kind in known and name not in known[kind]:
            raise PipelineError(f"A page text links to the {kind} {name!r}. There are: {', '.join(known[kind])}.")
        file = name if kind == "reports" else page_file(name, page.language)
        return f'<a href="{page.way_to(file)}{anchor}">{text}</a>'

    return _LINK.sub(link, html)


def text_page(name: str, values: Mapping[str, Value], language: str) -> Page:
    """A page that is one text of `pipeline/site/pages`."""
    text = read_text(name, Catalogue(language, SITE), values)
    return Page(name, language, text.title, text.summary, "text.html.j2", {"text": text}, depth=3)


def written_page(name: str, values: Mapping[str, Value]) -> str:
    """A Markdown file for readers of the repository, README.md for example, with its numbers filled in."""
    return substituted(source(name, SOURCE_LANGUAGE), values, Catalogue(SOURCE_LANGUAGE, SITE), qualified=True)
