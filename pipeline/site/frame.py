"""The frame of every page: address, navigation, languages, previews, footer.

A page is a template that extends `templates/base.html.j2`. It opens from disk: links are relative, styles, scripts and
the search index are files in `assets/`, and a policy in the page forbids every request to a network. English pages lie
in `reports/`, those of another language in a tree of their own, `reports/ky/`, with the same names.
"""

import posixpath
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import jinja2
from babel import Locale

from pipeline.paths import write_whole
from pipeline.site.citation import Citation
from pipeline.site.markdown import numbers_kept
from pipeline.site.search import Section, sections_of
from pipeline.text.declarations import GROUPS, declarations
from pipeline.text.language import SOURCE_LANGUAGE, Catalogue, languages
from pipeline.text.messages import SITE

TEMPLATES = Path(__file__).parent / "templates"

# The other pages in the order of the navigation.
PAGES: dict[str, str] = {
    "index": "Overview",
    "replication": "The paper checked",
    "explorer": "Explorer",
    "data": "Data",
    "methods": "Methods",
    "glossary": "Glossary",
    "extend": "Extend",
    "cite": "Cite",
}

# Pages that the page `extend` leads to: worked examples from start to end.
GUIDES = ("guide_report", "guide_weather", "guide_crop", "guide_method")

ASSETS = ("style.css", "site.js", "icon.svg")  # copied as they are from templates/assets
BRIEF = "brief.pdf"


def groups() -> list[tuple[str, str, list[str]]]:
    """The groups of reports in reading order: key, heading (a message), names."""
    members = {key: [d.name for d in declarations().values() if d.group == key] for key in GROUPS}
    return [(key, GROUPS[key], names) for key, names in members.items() if names]


def tree(language: str) -> str:
    """The folder of a language below `reports/`, with a slash at its end; English has none of its own."""
    return "" if language == SOURCE_LANGUAGE else f"{language}/"


def page_file(name: str, language: str) -> str:
    """The file of a page below `reports/`; a report's page stands in the report's folder.

    Examples
    --------
    >>> page_file("index", "en"), page_file("power", "ky"), page_file("replication", "en")
    ('index.html', 'ky/power/index.html', 'replication/index.html')
    """
    folder = name in declarations() or name == "replication"
    return f"{tree(language)}{name}/index.html" if folder else f"{tree(language)}{name}.html"


def language_name(language: str) -> str:
    """A language as its readers call it."""
    name = Locale.parse(language).get_display_name(language)
    return name[:1].upper() + name[1:]


@dataclass(frozen=True)
class Page:
    """One page in one language.

    Attributes
    ----------
    name
        A page of `PAGES`, or a report.
    title, description
        Of the page; the description is what a link preview shows.
    template
        The template that makes it, below `templates/`.
    values
        What that template shows besides.
    depth
        Headings up to this level stand in the table of contents; 0 for none.
    """

    name: str
    language: str
    title: str
    description: str
    template: str
    values: dict[str, object] = field(default_factory=dict)
    depth: int = 2

    @property
    def file(self) -> str:
        """Its file below `reports/`."""
        return page_file(self.name, self.language)

    def way_to(self, file: str) -> str:
        """The way from it to a file below `reports/`."""
        return posixpath.relpath(file, posixpath.dirname(self.file) or ".")


@dataclass(frozen=True)
class FinishedPage:
    """A page as HTML, and its sections, which search lists."""

    html: str
    sections: list[Section]


@cache
def _templates() -> jinja2.Environment:
    """The templates, each compiled once in a process."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class Frame:
    """What the pages of one language share, and the making of a page.

    Parameters
    ----------
    titles
        The titles of the reports that have a page, in this language.
    alone
        For a page outside the site (a run with other parameters): without links to other pages and without search.
    """

    def __init__(self, language: str, titles: dict[str, str], *, alone: bool = False):
        self.language = language
        self.t = Catalogue(language, SITE)
        self.alone = alone
        self._titles = titles
        self._citation = Citation.read()

    def render(self, page: Page) -> str:
        """The page as HTML."""
        return self.finish(page).html

    def finish(self, page: Page) -> FinishedPage:
        """The page, its table of contents made from its headings."""
        frame, template = self._shared(page), _templates().get_template(page.template)
        bare = template.render(**frame, contents=[], **page.values)
        sections = sections_of(numbers_kept(bare))  # the contents themselves are no text of a page
        shown = [s for s in sections if s.address and 1 < s.level <= page.depth]
        contents = [{"level": s.level, "address": s.address, "heading": s.heading} for s in shown]
        made = template.render(**frame, contents=contents, **page.values) if len(contents) > 2 else bare
        return FinishedPage(numbers_kept("\n".join(line.rstrip() for line in made.splitlines()) + "\n"), sections)

    def _shared(self, page: Page) -> dict[str, object]:
        language = page.language
        return {
            "t": self.t,
            "page": page,
            "root": "../" * page.file.count("/"),
            "alone": self.alone,
            "languages": [
                {"code": other, "name": language_name(other), "file": page.way_to(page_file(page.name, other))}
                for other in languages()
            ],
            "navigation": [
                {"name": name, "label": self.t(message), "file": page.way_to(page_file(name, language))}
                for name, message in PAGES.items()
            ],
            "menu": [
                {"key": key, "title": self.t(message), "reports": [self.link(name, page) for name in names]}
                for key, message, names in (() if self.alone else groups())
            ],
            "neighbours": self._neighbours(page),
            "href": lambda name: page.way_to(page_file(name, language)),
            "brief": page.way_to(tree(language) + BRIEF),
            "citation": self._citation,
            "report_names": list(declarations()),
        }

    def link(self, report: str, page: Page) -> dict[str, str]:
        """A report as a link from a page."""
        file = page.way_to(page_file(report, self.language))
        return {"name": report, "title": self._titles[report], "file": file}

    def _neighbours(self, page: Page) -> dict[str, dict[str, str] | None]:
        order = list(declarations())
        if self.alone or page.name not in order:
            return {"before": None, "after": None}
        place = order.index(page.name)
        before, after = order[place - 1] if place else None, order[place + 1] if place + 1 < len(order) else None
        return {"before": before and self.link(before, page), "after": after and self.link(after, page)}


def write_assets(folder: Path, names: tuple[str, ...] = ASSETS) -> list[str]:
    """Copy files of `templates/assets` into `assets/` below a folder; their paths from there."""
    for name in names:
        write_file(f"assets/{name}", (TEMPLATES / "assets" / name).read_text(encoding="utf-8"), folder)
    return [f"assets/{name}" for name in names]


def write_file(file: str, content: str | bytes, folder: Path) -> None:
    """Write a page, or what a page needs, below a folder."""
    write_whole(folder / file, content)
