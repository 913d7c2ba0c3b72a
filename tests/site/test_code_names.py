"""No reader meets a name that only the code knows: on no page, in no language."""

import re
from html.parser import HTMLParser

import pytest

from pipeline.paths import REPORTS
from pipeline.site.frame import tree
from pipeline.text.declarations import declarations
from pipeline.text.language import languages

CODE = {"code", "pre", "script", "style", "svg", "math", "kbd"}
OF_CODE = {"frame", "provenance", "code", "offers"}  # what a cell of code prints, and what made the page
VOID = {"img", "br", "hr", "input", "meta", "link", "col", "wbr", "path", "rect", "circle"}


class _Text(HTMLParser):
    """What a page says in `main`, without code and its output."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self._open: list[tuple[str, bool]] = []  # tag, whether it is left out

    def handle_starttag(self, tag: str, attrs: list) -> None:
        classes = set((dict(attrs).get("class") or "").split())
        if tag not in VOID and (self._open or tag == "main"):
            self._open.append((tag, tag in CODE or bool(classes & OF_CODE)))

    def handle_endtag(self, tag: str) -> None:
        while tag in [name for name, _ in self._open]:
            if self._open.pop()[0] == tag:
                break

    def handle_data(self, data: str) -> None:
        if self._open and not any(left_out for _, left_out in self._open):
            self.text.append(data)


def said(html: str) -> str:
    made = _Text()
    made.feed(html)
    return " ".join(made.text)


@pytest.mark.parametrize("language", languages())
def test_no_page_of_findings_shows_a_name_of_code(language: str):
    """Addresses of values, ids of evidence and of reports, names of results, kinds of rules."""
    results = {name for declared in declarations().values() for name in declared.results if "_" in name}
    wanted = re.compile(r"\.json#|\.csv#|\bev\d{3}\b|\brule: \w+|\b[a-z]+-\d{5}\b|\b[a-z]+(?:_[a-z]+)+\b")
    names = ["index.html", "replication/index.html", *(f"{name}/index.html" for name in declarations())]
    found = []
    for name in names:
        for hit in wanted.findall(said((REPORTS / tree(language) / name).read_text(encoding="utf-8"))):
            if not hit.count("_") or hit in results:
                found.append(f"{tree(language)}{name}: {hit}")
    assert sorted(set(found)) == []
