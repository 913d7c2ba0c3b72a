"""The pages in reports/: they open from disk, lead to files and places that exist, are in their language, and show data
as text."""

import html.parser
import json
import re
import shutil
from functools import cache
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
import yaml

from pipeline.errors import DataError, PipelineError
from pipeline.exhibits.report import Column, Exhibits
from pipeline.paths import REPORTS
from pipeline.run.stages import read_stages
from pipeline.site import rendering, search, texts
from pipeline.site.frame import Frame, Page, groups
from pipeline.site.front import answer
from pipeline.site.glossary import GLOSSARY, alphabetical, glossary_page, read_glossary
from pipeline.site.publish import files, publish
from pipeline.site.rendering import blocks, in_language, markdown_in, page_name
from pipeline.site.reports import report_page
from pipeline.site.texts import TEXTS, Values, source
from pipeline.text.language import Catalogue, languages
from pipeline.text.notebooks import read_notebook
from pipeline.text.parameters import NOTEBOOKS, check_parameters, read_parameters

PAGES = sorted(REPORTS.rglob("*.html"))
EVIL = "<script>alert(1)</script>"
SINGLE = ("area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr")


class Elements(html.parser.HTMLParser):
    """Start tags with their attributes in order, and text outside scripts and styles with its language."""

    def __init__(self, text: str):
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []  # language, text
        self._open: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.found.append((tag, attributes))
        if tag not in SINGLE:
            inherited = self._open[-1][1] if self._open else ""
            self._open.append((tag, attributes.get("lang") or inherited))

    def handle_endtag(self, tag):
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        inside = {tag for tag, _ in self._open}
        if data.strip() and not inside & {"script", "style", "pre", "code", "kbd", "title"}:
            self.texts.append((self._open[-1][1] if self._open else "", " ".join(data.split())))


@cache
def parsed(path: Path) -> Elements:
    return Elements(path.read_text(encoding="utf-8"))


def language_of(path: Path) -> str:
    suffix = path.name.removesuffix(".html").rpartition(".")[2]
    return suffix if suffix in languages() else "en"


def name_of(path: Path) -> str:
    return path.relative_to(REPORTS).as_posix()


def ids(path: Path) -> list[str]:
    return [a["id"] for _, a in parsed(path).found if a.get("id")]


on_every_page = pytest.mark.parametrize("path", PAGES, ids=name_of)


# The site as a whole --------------------------------------------------------------------------------------------------


def test_every_page_is_there_in_every_language_and_declared():
    there = {name_of(p) for p in PAGES}
    assert there == {file for file in files() if file.endswith(".html")}
    outs = {out.removeprefix("reports/") for out in read_stages()["publish"].outs}
    assert set(files()) == outs
    plain = {name_of(p) for p in PAGES if language_of(p) == "en"}
    names = [name.removesuffix(".html") for name in plain]
    assert there == {page_name(name, language) for name in names for language in languages()}


def test_the_front_page_leads_to_every_page():
    for language in languages():
        linked = {a.get("href") for tag, a in parsed(REPORTS / page_name("index", language)).found if tag == "a"}
        wanted = {name_of(p) for p in PAGES if language_of(p) == language} - {page_name("index", language)}
        assert wanted <= linked


def test_every_notebook_is_in_one_group_of_the_navigation():
    named = [name for _, _, names in groups() for name in names]
    assert sorted(named) == sorted(NOTEBOOKS)


@on_every_page
def test_links_lead_to_files_and_places_that_exist(path):
    for tag, attributes in parsed(path).found:
        target = attributes.get("href") or attributes.get("src") or ""
        if tag not in ("a", "link", "img", "script") or not target or target.startswith(("http:", "https:")):
            continue
        file, _, place = target.partition("#")
        other = (path.parent / file).resolve() if file else path
        assert other.is_file(), target
        if place and other.suffix == ".html" and not place.startswith("verdict-"):
            assert place in ids(other), target
    listed = [a for tag, a in parsed(path).found if tag == "meta" and a.get("property") == "og:image"]
    assert (path.parent / listed[0]["content"]).is_file()


@on_every_page
def test_nothing_is_loaded_from_elsewhere_and_nothing_runs_in_the_page(path):
    for tag, attributes in parsed(path).found:
        assert tag not in ("iframe", "object", "embed", "style"), tag
        if tag in ("script", "img") and attributes.get("src"):
            assert not re.match(r"[a-z]+:|//", attributes["src"]), attributes
        if tag == "script" and not attributes.get("src"):
            assert attributes.get("type") == "application/json"
        assert not any(name.startswith("on") for name in attributes), attributes
    policy = next(a["content"] for t, a in parsed(path).found if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'") and "http" not in policy
    assert "unsafe-eval" not in policy or path.name.startswith("explorer")


@on_every_page
def test_pages_have_a_language_a_title_described_pictures_and_unique_ids(path):
    found = parsed(path).found
    assert next(a for tag, a in found if tag == "html")["lang"] == language_of(path)
    assert sum(tag == "h1" for tag, _ in found) == 1
    assert all(a["alt"] and len(a["alt"]) > 30 for tag, a in found if tag == "img")
    assert len(set(ids(path))) == len(ids(path))
    description = next(a["content"] for tag, a in found if a.get("name") == "description")
    assert len(description) > 20
    levels = [int(tag[1]) for tag, _ in found if re.fullmatch("h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in pairwise(levels))


@on_every_page
def test_no_number_is_missing_and_no_message_unfilled(path):
    """A sentence that was not filled in, a silent NaN, an object's address."""
    for _, text in parsed(path).texts:
        assert not re.search(r"\bnan\b|\bNaN\b|^None$|object at 0x|\{[a-z_]+(:\+)?\}|⟦|<Text", text), text


@on_every_page
def test_text_is_in_the_language_of_the_page(path):
    """A sentence in Latin letters on a Kyrgyz or Russian page must be marked as English."""
    language = language_of(path)
    if language == "en":
        return  # the source language
    foreign = [
        text
        for marked, text in parsed(path).texts
        if marked == language and len(re.findall(r"\b[a-z]{3,}\b", text)) >= 4 and not re.search("[а-яөүң]", text)
    ]
    addresses = re.compile(r"https?://|\.(csv|json|yml|py|kg)\b|reference replication")
    assert [text for text in foreign if not addresses.search(text)] == []


def test_the_same_places_have_the_same_address_in_every_language():
    """A link to a heading or an exhibit holds after the language is switched."""
    for name in NOTEBOOKS:
        found = [ids(REPORTS / page_name(f"notebooks/{name}", language)) for language in languages()]
        assert all(one == found[0] for one in found), name


def test_a_site_is_never_half_new(tmp_path, monkeypatch):
    """The last page of the last language fails; nothing has been written by then."""
    shutil.copytree(REPORTS, tmp_path / "reports")
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "reports").rglob("*")}

    def failing(language):
        if language == languages()[-1]:
            raise PipelineError("no glossary")
        return glossary_page(language)

    monkeypatch.setattr("pipeline.site.publish.glossary_page", failing)
    with pytest.raises(PipelineError, match="no glossary"):
        publish(tmp_path / "reports")
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "reports").rglob("*")} == before


# Reports --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_report_says_what_made_it(name):
    text = (REPORTS / "notebooks" / f"{name}.html").read_text(encoding="utf-8")
    assert "oblast = Jalal-Abad" in text and "year_after = 2024" in text
    made_by = read_notebook(REPORTS / "notebooks" / f"{name}.ipynb").metadata["provenance"]
    assert set(made_by) == {"parameters", "data", "code", "packages"}
    for part in ("data", "code", "packages"):
        assert made_by[part] in text, part


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_exhibit_of_a_notebook_is_on_its_page_in_every_language(name):
    executed = read_notebook(REPORTS / "notebooks" / f"{name}.ipynb")
    details = [
        data
        for cell in executed.cells
        for output in cell.get("outputs", [])
        for data in output.get("metadata", {}).values()
        if "name" in data
    ]
    assert details
    for language in languages():
        there = set(ids(REPORTS / page_name(f"notebooks/{name}", language)))
        for data in details:
            assert {f"figure-{data['name']}", f"table-{data['name']}"} & there, data["name"]
            assert set(data["in"]) == set(languages())


def made(source: str = "", outputs: tuple = (), tags: tuple = ()) -> nbformat.NotebookNode:
    cells = [
        nbformat.v4.new_markdown_cell("# Made\n", metadata={"tags": ["title"]}),
        nbformat.v4.new_markdown_cell("Is it?", metadata={"tags": ["question"]}),
        nbformat.v4.new_code_cell(source, outputs=list(outputs), metadata={"tags": list(tags)}),
    ]
    return nbformat.v4.new_notebook(cells=cells)


def test_outputs_that_are_text_are_shown_as_text():
    evil = {"alt": EVIL, "caption": EVIL}
    outputs = [
        nbformat.v4.new_output("stream", name="stdout", text=EVIL),
        nbformat.v4.new_output("execute_result", data={"text/plain": EVIL}),
        nbformat.v4.new_output(
            "display_data",
            data={"image/svg+xml": f"<svg xmlns='http://www.w3.org/2000/svg'>{EVIL}</svg>"},
            metadata={"image/svg+xml": {"name": EVIL, "in": dict.fromkeys(languages(), evil)}},
        ),
    ]
    text = rendering.article("yield_change", made(EVIL, outputs), "en")
    assert [tag for tag, _ in Elements(text).found if tag == "script"] == []
    assert text.count("alert(1)") >= 3


def test_names_and_sentences_from_data_are_text_in_tables_and_answers(panel, tmp_path, monkeypatch):
    monkeypatch.setenv("PIPELINE_EXHIBITS", str(tmp_path))
    monkeypatch.setattr("pipeline.text.parameters.load_panel", lambda: panel)
    import pandas as pd

    exhibits = Exhibits("yield_change", **read_parameters("yield_change"))
    table = exhibits.table("x", pd.DataFrame({"a": [EVIL]}), [Column("a", EVIL)], title=EVIL, note=EVIL)
    said = exhibits.prose("{name}", name=EVIL)
    outputs = [
        nbformat.v4.new_output("display_data", data=dict([(e.mimetype, e.content)]), metadata={e.mimetype: e.details})
        for e in (table, said)
    ]
    for language in languages():
        text = rendering.article("yield_change", made("x", outputs, ["answer"]), language)
        assert not [tag for tag, _ in Elements(text).found if tag == "script"]
        assert text.count("alert(1)") == 5


def test_a_title_of_a_page_is_text(panel):
    frame = Frame("en", dict.fromkeys(NOTEBOOKS, EVIL))
    page = Page("index", "en", EVIL, EVIL, "text.html.j2", {"text": texts.Text("", "", "")}, depth=0)
    html_text = frame.render(page)
    assert "<script>alert" not in html_text and "&lt;script&gt;" in html_text


def test_a_paragraph_without_translation_is_marked_as_english():
    t = Catalogue("ky", "yield_change", translate=None)
    site = Catalogue("ky", "site")
    shown = markdown_in("## Limits\n\nNobody translated this paragraph.", t, site)
    assert 'lang="en"' in shown and "Nobody translated" in shown
    assert blocks("## Limits") == [("## ", "Limits")]


def test_a_question_is_needed_once():
    with pytest.raises(PipelineError, match="exactly one cell tagged 'question'"):
        rendering.tagged(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# x")]), "question")


def test_an_exhibit_of_one_language_serves_all():
    assert in_language({"in": {"ky": "x"}}, "ru") == "x"
    assert in_language({"in": {"ky": "x", "ru": "y"}}, "ru") == "y"


def test_a_report_page_takes_its_question_and_answer_from_the_notebook():
    executed = read_notebook(REPORTS / "notebooks" / "yield_change.ipynb")
    page = report_page("yield_change", executed, "ru")
    assert page.file == "notebooks/yield_change.ru.html" and "?" in page.description


# Front page, texts, glossary, search --------------------------------------------------------------------------------


def values(panel, **changed):
    study = check_parameters("yield_change", read_parameters("yield_change"), panel)
    found = Values(study)
    for name, value in changed.items():
        found._results["yield_change"][name]["value"] = value
    return found, study


@pytest.mark.parametrize("change, word", [(4.0, "rose from"), (-4.0, "fell from"), (0, "printed with one figure")])
def test_what_the_front_page_says_follows_from_the_result(panel, change, word):
    found, study = values(panel, change=change)
    assert word in answer(found, study, Catalogue("en", "site"))[0]


@pytest.mark.parametrize("name", TEXTS)
def test_texts_have_the_same_headings_links_and_values_in_every_language(name):
    """The order of the words is the language's own; what is named and where it stands is not."""

    def shape(language):
        text = source(name, language)
        return (
            [line.split(" ")[0] for line in text.splitlines() if line.startswith("#")],
            sorted(re.findall(r"\{[a-z_.:+0-9]+\}", text)),
            sorted(re.findall(r"\]\(((?:page|notebook|reports):[^)]+)\)", text)),
            re.findall(r"```\n(.*?)```", text, re.S)[:2],
        )

    assert all(shape(language) == shape("en") for language in languages())


def test_commands_on_the_pages_exist():
    from pipeline.run.cli import app

    commands = {(c.name or c.callback.__name__).replace("_", "-") for c in app.registered_commands}
    for language in languages():
        text = source("extend", language)
        named = set(re.findall(r"-m pipeline ([a-z-]+)", text)) | set(re.findall(r"`make (\w+)`", text))
        assert named and named - {"help"} <= commands


def test_a_value_that_does_not_exist_is_named(panel):
    found, _ = values(panel)
    with pytest.raises(PipelineError, match=r"power\.nope is named on a page"):
        found.result("power", "nope")


def test_the_glossary_is_complete_in_every_language_and_sorted_by_its_alphabet():
    glossary = read_glossary()
    assert len(glossary.terms) >= 60
    for term in glossary.terms:
        assert all(term.of(language) and term.means.of(language) for language in languages())
    letters = ["өндүрүш", "орун", "оңдоо", "параметр", "үлүш", "уруксат"]
    assert sorted(letters, key=lambda text: alphabetical(text, "ky")) == [
        "оңдоо", "орун", "өндүрүш", "параметр", "уруксат", "үлүш",
    ]  # fmt: skip


def test_a_term_without_a_language_is_refused_and_named(tmp_path):
    raw = yaml.safe_load(GLOSSARY.read_text(encoding="utf-8"))
    del raw["terms"][0]["ky"]
    path = tmp_path / "glossary.yml"
    path.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    with pytest.raises(DataError, match=r"(?s)glossary\.yml.*terms\.0.*no text in 'ky'"):
        read_glossary(path)


@pytest.mark.parametrize("language", languages())
def test_the_search_index_leads_to_places_that_exist(language):
    text = (REPORTS / "assets" / f"search-{language}.js").read_text(encoding="utf-8")
    pages, sections = (json.loads(part) for part in re.findall(r"(?:pages|sections): (\[\n.*?\n\])", text, re.S))
    assert {page[0] for page in pages} == {name_of(p) for p in PAGES if language_of(p) == language}
    for number, place, *_ in sections:
        if place:
            assert place in ids(REPORTS / pages[number][0])


def test_search_holds_text_not_markup():
    found = search.sections_of(f"<html><body><main><h1>A</h1><p>{html.escape(EVIL)}</p></main></body></html>")
    assert any(EVIL in section.text for section in found)


@pytest.mark.parametrize("language", languages())
def test_evidence_from_a_report_links_to_it_in_the_language_of_the_page(language):
    page = (REPORTS / page_name("replication", language)).read_text(encoding="utf-8")
    own = page[page.index('id="claim-G12"') : page.index('id="claim-G13"')]
    assert own.count(f'href="{page_name("notebooks/circular", language)}"') == 2
