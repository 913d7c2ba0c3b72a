"""Markup and script in texts that come from data: shown as text, and no script runs that the page did not bring."""

import json
import shutil

import pytest

from pipeline.paths import REPORTS
from pipeline.site.compare import Study, write_comparison
from pipeline.site.explorer import embedded
from pipeline.site.frame import Frame, Page
from pipeline.site.markdown import to_html
from pipeline.text.documents import address, escaped, link
from pipeline.text.language import languages
from tests.site.pages import read

SCRIPTS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror="alert(1)">',
    "' onmouseover='alert(1)",
    "</script><svg onload=alert(1)>",
    "{{7*7}}{% raw %}",
    "[here](javascript:alert(1))",
)
HOSTILE = " ".join(SCRIPTS)


def alive(html: str) -> list[str]:
    """What of a page could run: scripts with text of their own, attributes that listen, addresses that are scripts."""
    found = []
    for element in read(html).iter():
        if not isinstance(element.tag, str):
            continue
        if element.tag == "script" and element.get("type") != "application/json" and (element.text or "").strip():
            found.append(f"<script>{element.text}")
        found += [f"{element.tag} {name}" for name in element.attrib if name.startswith("on")]
        found += [v for v in element.attrib.values() if v.strip().lower().startswith(("javascript:", "data:text"))]
    return found


def test_the_search_for_what_could_run_finds_it():
    assert len(alive('<p onclick="x">a</p><a href=" JavaScript:x">b</a><script>x</script>')) == 3


@pytest.mark.parametrize("language", languages())
def test_texts_of_a_page_are_escaped(language):
    """Title, description and what a template shows, as a card, a note or a label of a workbook would bring them."""
    page = Page("index", language, HOSTILE, HOSTILE, "compare.html.j2")
    row = {"result": HOSTILE, "scope": HOSTILE, "unit": HOSTILE, "values": [HOSTILE, HOSTILE], "difference": HOSTILE}
    section = {"name": HOSTILE, "title": HOSTILE, "equal": 0, "rows": [row]}
    page.values.update(first=HOSTILE, second=HOSTILE, csv="values.csv", reports=[section])
    page.values.update(parameters=[(HOSTILE, HOSTILE, HOSTILE, False)])
    html = Frame(language, {}, alone=True).render(page)
    assert alive(html) == [] and html.count("&lt;script&gt;") > 10
    assert "49" not in html and len(read(html).xpath("//img")) == 0


@pytest.mark.parametrize("text", SCRIPTS)
def test_markdown_makes_no_markup_of_a_text(text):
    for markdown in (text, escaped(text), link(text, text), address(text)):
        assert alive(f"<div>{to_html(str(markdown))}</div>") == []


def test_data_that_a_page_carries_cannot_end_its_script():
    held = str(embedded({"name": HOSTILE}))
    assert "</script" not in held.lower() and json.loads(held) == {"name": HOSTILE}


def test_a_study_of_somebody_else_is_shown_as_text_and_its_table_has_no_formula(tmp_path):
    for name in ("first", "second"):
        shutil.copytree(REPORTS / "yield_change", tmp_path / name / "yield_change")
    path = tmp_path / "second" / "yield_change" / "results.json"
    results = json.loads(path.read_text("utf-8"))
    results["change"] |= {"scope": HOSTILE, "value": '=HYPERLINK("http://127.0.0.1/";"a")', "unit": HOSTILE}
    path.write_text(json.dumps(results), "utf-8")
    first, second = (Study.read(name, tmp_path / name) for name in ("first", "second"))
    write_comparison(first, second, tmp_path / "page")
    pages = [file.read_text("utf-8") for file in (tmp_path / "page").rglob("*.html")]
    assert len(pages) == len(languages()) and not [found for page in pages for found in alive(page)]
    assert "'=HYPERLINK" in (tmp_path / "page" / "values.csv").read_text("utf-8")
