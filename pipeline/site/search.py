"""Search across the pages of a language: sections of finished pages, and the index that the browser loads.

The index is a script that sets a variable, since a page opened from disk may not read other files. Matching is done
in `templates/assets/site.js`.
"""

import html.parser
import json
import re
from dataclasses import dataclass

VARIABLE = "searchIndex"

# What is no text of a page: code, controls, lists of files, provenance.
_SKIPPED_TAGS = {"script", "style", "pre", "nav", "button", "form", "svg", "template", "dialog"}
_SKIPPED_CLASSES = {"anchor", "files", "provenance", "code", "english-label", "no-search"}
_SKIPPED_WHOLE = re.compile(r"<(pre|script|style|svg)\b.*?</\1>", re.S)  # not worth parsing tag by tag
_VOID = {"img", "br", "hr", "input", "meta", "link", "col", "wbr"}
_BLOCKS = {"p", "li", "td", "th", "dt", "dd", "div", "section", "figcaption", "caption", "tr", "article", "summary"}


@dataclass
class Section:
    """A heading with its address and level, and the text up to the next heading."""

    level: int
    address: str
    heading: str
    text: str = ""


class _Reader(html.parser.HTMLParser):
    """Sections of the `main` of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.sections: list[Section] = []
        self._open: list[tuple[str, bool]] = []  # tag, whether it begins something skipped; within main only
        self._heading: Section | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID or (not self._open and tag != "main"):
            return
        given = dict(attrs)
        skipped = tag in _SKIPPED_TAGS or bool(_SKIPPED_CLASSES & set((given.get("class") or "").split()))
        self._open.append((tag, skipped))
        if tag in ("h1", "h2", "h3", "h4", "h5") and not self._skipping():
            self._heading = Section(int(tag[1]), given.get("id") or "", "")
            self.sections.append(self._heading)
        elif tag in _BLOCKS:
            self.handle_data(" ")

    def handle_endtag(self, tag: str) -> None:
        if not any(name == tag for name, _ in self._open):
            return
        while self._open:
            name, _ = self._open.pop()
            if name == tag:
                break
        if self._heading is not None and tag == f"h{self._heading.level}":
            self._heading = None

    def handle_data(self, data: str) -> None:
        if not self._open or self._skipping() or not self.sections:
            return
        if self._heading is not None:
            self._heading.heading += data
        else:
            self.sections[-1].text += data

    def _skipping(self) -> bool:
        return any(skipped for _, skipped in self._open)


def sections_of(page: str) -> list[Section]:
    """The sections of a finished page in order, spaces folded; text before the first heading is left out."""
    reader = _Reader()
    reader.feed(_SKIPPED_WHOLE.sub("", page))
    return [Section(s.level, s.address, " ".join(s.heading.split()), " ".join(s.text.split())) for s in reader.sections]


def index(pages: dict[str, list[Section]]) -> str:
    """The index of pages (file below `reports/` -> sections) as a script.

    It sets an object with `pages`, each [file, title], and `sections`, each [number of the page, address, heading,
    text]; the heading of a page's first section is empty, its title stands for it.
    """
    files, rows = [], []
    for number, (file, found) in enumerate(pages.items()):
        files.append([file, found[0].heading if found else file])
        for place, section in enumerate(found):
            if section.text or section.address:
                rows.append([number, section.address if place else "", section.heading if place else "", section.text])
    # One entry a line, so that a change of one page is a change of a few lines.
    return f"window.{VARIABLE} = {{pages: {_lines(files)}, sections: {_lines(rows)}}};\n"


def _lines(entries: list) -> str:
    """A list as JavaScript, one entry a line; nothing in it can end the script."""
    lines = (json.dumps(entry, ensure_ascii=False, separators=(",", ":")) for entry in entries)
    return "[\n{}\n]".format(",\n".join(lines)).replace("<", "\\u003c")
