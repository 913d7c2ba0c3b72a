"""The pages in reports/, each read once, for the tests of the site."""

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import lxml.html

from pipeline.paths import REPORTS
from pipeline.site.frame import tree
from pipeline.text.language import SOURCE_LANGUAGE, languages

AS_IT_IS = {"script", "style", "pre", "code", "kbd", "title"}
"""Elements whose text is no text in a language."""

SPOKEN = ("alt", "aria-label", "title", "placeholder", "content")
"""Attributes that are read out or shown."""


@dataclass(frozen=True)
class Shown:
    """A text of a page with the language that it is marked to be in, and the element it stands in."""

    language: str
    place: str
    text: str


@dataclass(frozen=True)
class Page:
    """A page as a browser reads it.

    Attributes
    ----------
    path
        Where it lies.
    root
        Its elements.
    """

    path: Path
    root: lxml.html.HtmlElement = field(repr=False)

    @property
    def file(self) -> str:
        """Its file below reports/."""
        return self.path.relative_to(REPORTS).as_posix()

    @property
    def language(self) -> str:
        """The language whose tree it lies in."""
        return next((code for code in languages() if tree(code) and self.file.startswith(tree(code))), SOURCE_LANGUAGE)

    @property
    def elements(self) -> list[lxml.html.HtmlElement]:
        """All its elements in order."""
        return [element for element in self.root.iter() if isinstance(element.tag, str)]

    @property
    def ids(self) -> list[str]:
        return self.root.xpath("//@id")

    @property
    def texts(self) -> list[Shown]:
        """What a reader sees or hears of it."""
        return texts_in(self.root)


def texts_in(element: lxml.html.HtmlElement, language: str = "", above: str = "") -> list[Shown]:
    """The texts of an element and of what stands in it, each with the language of the nearest mark."""
    if not isinstance(element.tag, str) or element.tag in AS_IT_IS:
        return []
    own = element.get("lang") or language
    named = element.get("id") or element.get("class")
    inside = f"{above}{element.tag} {named} > " if named else above
    place = inside if named else f"{above}{element.tag}"
    found = [Shown(own, f"{place} @{name}", element.get(name)) for name in SPOKEN if _is_spoken(element, name)]
    found += [Shown(own, place, element.text)] if (element.text or "").strip() else []
    for child in element:
        found += texts_in(child, own, inside)
        found += [Shown(own, place, child.tail)] if (child.tail or "").strip() else []
    return [Shown(s.language, s.place, " ".join(s.text.split())) for s in found]


def _is_spoken(element: lxml.html.HtmlElement, name: str) -> bool:
    if name == "content":
        return (
            re.search("description|title|site_name", element.get("name") or element.get("property") or "") is not None
        )
    return bool(element.get(name))


def read(html: str) -> lxml.html.HtmlElement:
    """A page from its text."""
    return lxml.html.document_fromstring(html)


@cache
def all_pages() -> dict[str, Page]:
    """The pages in reports/ by their file below it."""
    read_pages = [Page(path, read(path.read_text(encoding="utf-8"))) for path in sorted(REPORTS.rglob("*.html"))]
    return {page.file: page for page in read_pages}


def faults(found: dict[str, list[str]]) -> str:
    """Faults by page as lines, for the message of a failed test; empty where there is none."""
    return "\n".join(f"{file}: {fault}" for file, listed in found.items() for fault in listed)
