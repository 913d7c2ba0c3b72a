"""The pages in reports/: they open from disk, lead to files that exist, and show data as text."""

import html.parser
import re
from pathlib import Path

import nbformat
import pytest

from pipeline import publish, rendering
from pipeline.errors import PipelineError
from pipeline.parameters import NOTEBOOKS, read_parameters
from pipeline.paths import REPORTS

PAGES = sorted(REPORTS.rglob("*.html"))
EVIL = "<script>alert(1)</script>"


class Elements(html.parser.HTMLParser):
    """Start tags with their attributes, in order."""

    def __init__(self, text: str):
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def elements(path: Path) -> list[tuple[str, dict[str, str | None]]]:
    return Elements(path.read_text(encoding="utf-8")).found


def test_there_is_a_page_for_every_notebook_and_one_that_leads_to_them():
    names = {p.relative_to(REPORTS).as_posix() for p in PAGES}
    assert names == {"index.html", *(f"notebooks/{name}.html" for name in NOTEBOOKS)}
    linked = {a.get("href") for tag, a in elements(REPORTS / "index.html") if tag == "a"}
    assert {f"notebooks/{name}.html" for name in NOTEBOOKS} <= linked


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_nothing_is_loaded_from_elsewhere(path):
    for tag, attributes in elements(path):
        assert tag not in ("script", "link", "iframe", "object", "embed"), tag
        source = attributes.get("src", "")
        assert not source or source.startswith("data:image/svg+xml;base64,"), source[:60]
        assert not any(name.startswith("on") for name in attributes), attributes
    assert "@import" not in path.read_text(encoding="utf-8") and "url(" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_links_lead_to_files_and_anchors_that_exist(path):
    ids = {a["id"] for _, a in elements(path) if a.get("id")}
    for tag, attributes in elements(path):
        target = attributes.get("href", "")
        if tag != "a" or target.startswith(("http:", "https:")):
            continue
        file, _, anchor = target.partition("#")
        if file:
            assert (path.parent / file).is_file(), target
        elif anchor:
            assert anchor in ids, target


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_pages_have_a_language_a_title_and_described_pictures(path):
    found = elements(path)
    assert next(a for tag, a in found if tag == "html")["lang"] == "en"
    assert sum(tag == "h1" for tag, _ in found) == 1
    pictures = [a for tag, a in found if tag == "img"]
    assert all(a["alt"] and len(a["alt"]) > 30 for a in pictures)
    assert len({a["id"] for _, a in found if a.get("id")}) == len([a for _, a in found if a.get("id")])


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_header_says_what_made_the_page(name):
    text = (REPORTS / "notebooks" / f"{name}.html").read_text(encoding="utf-8")
    made_by = rendering.provenance(name, read_parameters(name))
    assert "oblast = Jalal-Abad" in text and "year_after = 2024" in text
    for part in ("data", "code", "packages"):
        assert f"<code>{made_by[part]}</code>" in text, f"{part} changed since the report was made: make report"


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_no_number_is_missing_from_the_text(path):
    """A sentence that was not filled in, a silent NaN, an object's address."""
    text = re.sub(r"data:image[^\"]*|<details.*?</details>", "", path.read_text(encoding="utf-8"), flags=re.S)
    assert not re.search(
        r"\bnan\b|\bNaN\b|>\s*None\s*<|object at 0x|\{[a-z_]+\}(?![^<]*</style>)",
        re.sub(r"<style.*?</style>", "", text, flags=re.S),
    )


def executed(source: str = "", outputs: tuple = (), tags: tuple = ()) -> nbformat.NotebookNode:
    cells = [
        nbformat.v4.new_markdown_cell("# Made\n"),
        nbformat.v4.new_code_cell(source, outputs=list(outputs), metadata={"tags": list(tags)}),
    ]
    return nbformat.v4.new_notebook(cells=cells)


def page(notebook, monkeypatch):
    monkeypatch.setattr(
        rendering,
        "provenance",
        lambda name, parameters: {"parameters": EVIL, "data": "d", "code": "c", "packages": "p"},
    )
    return rendering.page("yield_change", notebook, {"language": "en"})


def test_outputs_that_are_text_are_shown_as_text(monkeypatch):
    outputs = [
        nbformat.v4.new_output("stream", name="stdout", text=EVIL),
        nbformat.v4.new_output("execute_result", data={"text/plain": EVIL}),
        nbformat.v4.new_output(
            "display_data",
            data={"image/svg+xml": f"<svg xmlns='http://www.w3.org/2000/svg'>{EVIL}</svg>"},
            metadata={"image/svg+xml": {"name": EVIL, "alt": EVIL, "caption": EVIL}},
        ),
    ]
    text = page(executed(EVIL, outputs), monkeypatch)
    assert [tag for tag, _ in Elements(text).found if tag == "script"] == []
    assert "alert(1)" in text


def test_question_answer_and_figure_are_found_by_their_tags():
    markdown = nbformat.v4.new_output("display_data", data={"text/markdown": "**so** it is"})
    notebook = executed("x", [markdown], ["answer"])
    assert "<strong>so</strong> it is" in publish.answer_of(notebook)
    with pytest.raises(PipelineError, match="exactly one cell tagged 'question'; 'Made' has 0"):
        publish.question_of(notebook)
    with pytest.raises(PipelineError, match="No figure 'nope' in 'Made'"):
        publish.figure_of(notebook, "nope")
