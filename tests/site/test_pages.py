"""The pages in reports/: they open from disk, lead to files and places that exist, are in their language, and show data
as text."""

import html
import json
import re
import shutil
from itertools import pairwise

import nbformat
import pandas as pd
import pytest
import yaml
from lxml import html as lxml_html

from pipeline.errors import DataError, PipelineError
from pipeline.exhibits.tables import table_html
from pipeline.paths import DATA_CARD, REPORTS
from pipeline.run.stages import files_of, stages
from pipeline.site import front, search, texts
from pipeline.site.article import MadeReport, article, numbers
from pipeline.site.drawings import FORCE
from pipeline.site.frame import BRIEF, GUIDES, PAGES, Frame, groups, page_file, tree
from pipeline.site.frame import Page as SitePage
from pipeline.site.glossary import GLOSSARY, alphabetical, glossary_page, read_glossary
from pipeline.site.markdown import Addresses, prose, to_html
from pipeline.site.publish import publish, search_file
from pipeline.site.reports import report_page
from pipeline.site.texts import TEXTS, page_values, read_text, source
from pipeline.text.declarations import Table, declarations
from pipeline.text.fill import Value, say
from pipeline.text.language import SOURCE_LANGUAGE, Catalogue, languages
from pipeline.text.parameters import read_study
from tests.site.pages import Page, all_pages, faults, read, texts_in

EVIL = "<script>alert(1)</script>"
NAMES = list(declarations())


@pytest.fixture(scope="module")
def pages() -> dict[str, Page]:
    return all_pages()


@pytest.fixture(scope="module")
def made() -> dict[str, MadeReport]:
    return {name: MadeReport.read(name, REPORTS) for name in NAMES}


# The site as a whole --------------------------------------------------------------------------------------------------


def test_every_page_is_there_in_every_language_and_declared(pages):
    names = [*NAMES, *PAGES, *GUIDES]
    assert set(pages) == {page_file(name, language) for name in names for language in languages()}
    kept = [out for stage in stages().values() for out in stage.kept if out.startswith("reports/")]
    there = {p.relative_to(REPORTS).as_posix() for p in REPORTS.rglob("*") if p.is_file()}
    assert there == {file.removeprefix("reports/") for file in files_of(tuple(kept))}
    assert {tree(language) + BRIEF for language in languages()} | set(map(search_file, languages())) <= there


def test_every_drawing_is_there_in_every_language(made):
    for name, report in made.items():
        for language in languages():
            folder = REPORTS / tree(language) / name / "figures"
            there = {path.stem for path in folder.glob("*.svg")}
            assert there == set(report.declared.figures), folder


def test_the_front_page_leads_to_every_page_and_extend_to_the_guides(pages):
    for language in languages():
        front, extend = (pages[page_file(name, language)] for name in ("index", "extend"))
        linked = {(front.path.parent / href).resolve() for href in front.root.xpath("//a/@href") if ":" not in href}
        linked |= {(extend.path.parent / href).resolve() for href in extend.root.xpath("//a/@href") if "guide" in href}
        wanted = {page.path.resolve() for page in pages.values() if page.language == language} - {front.path.resolve()}
        assert wanted <= linked, language


def test_every_report_is_in_one_group_of_the_navigation():
    assert [name for _, _, names in groups() for name in names] == NAMES


def test_links_lead_to_files_and_places_that_exist(pages):
    by_path = {page.path.resolve(): page for page in pages.values()}
    places = {path: set(page.ids) for path, page in by_path.items()}
    found = {}
    for page in pages.values():
        targets = page.root.xpath("//a/@href | //link/@href | //img/@src | //script/@src")
        targets += page.root.xpath("//meta[@property='og:image']/@content")
        found[page.file] = []
        for target in filter(None, targets):
            if target.startswith(("http:", "https:")):
                continue
            file, _, place = target.partition("#")
            other = (page.path.parent / file).resolve() if file else page.path.resolve()
            known = place.startswith("verdict-") or place in places.get(other, {place})
            if not other.is_file() or (place and not known):
                found[page.file].append(target)
    assert not faults(found)


def test_nothing_is_loaded_from_elsewhere_and_nothing_runs_in_the_page(pages):
    found = {}
    for page in pages.values():
        listed = found[page.file] = []
        for element in page.elements:
            said = f"{element.tag} {dict(element.attrib)}"[:200]
            if element.tag in ("iframe", "object", "embed", "style"):
                listed.append(said)
            if element.tag in ("script", "img") and re.match(r"[a-z]+:|//", element.get("src") or ""):
                listed.append(said)
            if element.tag == "script" and not element.get("src") and element.get("type") != "application/json":
                listed.append(said)
            if any(name == "style" or name.startswith("on") for name in element.attrib):
                listed.append(said)
        (policy,) = page.root.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
        if not policy.startswith("default-src 'none'") or "http" in policy:
            listed.append(policy)
        if "unsafe-eval" in policy and not page.file.endswith("explorer.html"):
            listed.append(policy)
    assert not faults(found)


def test_pages_have_a_language_a_title_described_pictures_and_unique_ids(pages):
    found = {}
    for page in pages.values():
        root, levels = page.root, [int(e.tag[1]) for e in page.elements if re.fullmatch("h[1-6]", e.tag)]
        (description,) = root.xpath("//meta[@name='description']/@content")
        held = {
            "lang is that of its tree": root.get("lang") == page.language,
            "one h1": levels.count(1) == 1,
            "no level of headings is left out": all(after <= before + 1 for before, after in pairwise(levels)),
            "pictures are described": all(len(img.get("alt") or "") > 30 for img in root.iter("img")),
            "addresses are given once": len(set(page.ids)) == len(page.ids),
            "a description": len(description) > 20,
            "a preview's picture": page.language == root.xpath("//meta[@property='og:locale']/@content")[0],
        }
        found[page.file] = [rule for rule, holds in held.items() if not holds]
    assert not faults(found)


def test_no_number_is_missing_and_no_message_unfilled(pages):
    """A sentence that was not filled in, a silent NaN, an object's address; a frame stands as pandas shows it."""
    unfilled = re.compile(r"\bnan\b|\bNaN\b|^None$|object at 0x|\{[a-z_.]+(:[+.0-9a-z]+)?\}|⟦|<Text|\[(if|else)\b")
    found = {}
    for page in pages.values():
        found[page.file] = [
            f"{s.place}: {s.text}" for s in page.texts if unfilled.search(s.text) and "div frame" not in s.place
        ]
    assert not faults(found)


def test_text_is_in_the_language_of_the_page(pages):
    """A sentence in Latin letters on a Kyrgyz or Russian page must be marked as English."""
    addresses = re.compile(r"https?://|\.(csv|json|yml|py|kg)\b")
    found = {
        page.file: [f"{s.place}: {s.text}" for s in page.texts if _is_foreign(s, page) and not addresses.search(s.text)]
        for page in pages.values()
        if page.language != SOURCE_LANGUAGE
    }
    assert not faults(found)


def _is_foreign(shown, page: Page) -> bool:
    words = re.findall(r"\b[a-z]{3,}\b", shown.text)
    return shown.language == page.language and len(words) >= 4 and not re.search("[а-яөүң]", shown.text)


# Where a page of another language quotes: frames and words of formulas as the code has them, parameters, corrections of
# a source word for word, references and how to cite, and words of the glossary in the other languages.
QUOTED = re.compile(
    r"div frame|math block|aside provenance|ul problems|ul references|details cite|footer site|nav languages|p others"
    r"|div scroll > t[hd]$|div prose > p$"
)


def test_what_is_marked_as_english_is_a_name_or_a_quotation(pages):
    """A sentence of ours that lost its translation is marked and passes the test above: it is found by its words."""
    found = {
        page.file: [
            f"{s.place}: {s.text}"
            for s in page.texts
            if s.language == SOURCE_LANGUAGE and not QUOTED.search(s.place) and not is_a_name(s.text)
        ]
        for page in pages.values()
        if page.language != SOURCE_LANGUAGE
    }
    assert not faults(found)


def is_a_name(text: str) -> bool:
    """Whether a text may be a name: of an outlet, a cluster or a program, in which no two common words follow.

    Examples
    --------
    >>> is_a_name("The Times of Central Asia, 2023"), is_a_name("exact date not shown")
    (True, False)
    """
    return not re.search(r"\b[a-z]{3,} [a-z]{3,}\b|\b(Ministry|Committee|NSC|Bank)\b", text)


def test_a_text_behind_a_picture_is_seen_with_its_language():
    """A parser of our own once lost the language of all that followed a page's first picture."""
    page = read('<html lang="ky"><body><p><img src="x" alt="a"/>one</p>two<br><b lang="en">three</b>four</body></html>')
    seen = [(s.language, s.text) for s in texts_in(page)]
    assert seen == [("ky", "a"), ("ky", "one"), ("ky", "two"), ("en", "three"), ("ky", "four")]


def test_the_same_places_have_the_same_address_in_every_language(pages):
    """A link to a heading or an exhibit holds after the language is switched."""
    found = {}
    for name in [*NAMES, *PAGES]:
        english = pages[page_file(name, SOURCE_LANGUAGE)].ids
        for language in languages():
            page = pages[page_file(name, language)]  # the glossary has the order of each language's alphabet
            same = sorted(page.ids) == sorted(english) if name == "glossary" else page.ids == english
            found[page.file] = [] if same else [f"not those of the English page: {set(page.ids) ^ set(english)}"]
    assert not faults(found)


def test_a_site_is_never_half_new(tmp_path, monkeypatch):
    """The last page of the last language fails; nothing has been written by then."""
    reports = tmp_path / "reports"
    for name in [*NAMES, "replication"]:
        shutil.copytree(REPORTS / name, reports / name)
    shutil.copy(DATA_CARD, tmp_path / "card.md")
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*")}
    monkeypatch.setenv(FORCE, "1")  # no page is taken from those that were kept

    def failing(language):
        if language == languages()[-1]:
            raise PipelineError("no glossary")
        return glossary_page(language)

    monkeypatch.setattr("pipeline.site.publish.glossary_page", failing)
    monkeypatch.setattr("pipeline.site.publish.all_drawings", lambda *_: {})  # minutes; the pages do not read them
    with pytest.raises(PipelineError, match="no glossary"):
        publish(reports, tmp_path / "card.md")
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*")} == before


# Reports --------------------------------------------------------------------------------------------------------------


def test_a_report_says_what_made_it(pages, made):
    found = {}
    for name, report in made.items():
        assert set(report.made_by) == {"name", "parameters", "data", "code", "packages"}
        (aside,) = pages[page_file(name, "en")].root.find_class("provenance")
        text = aside.text_content()
        wanted = [report.made_by[part] for part in ("data", "code", "packages")]
        wanted += [f"{key} = {value}" for key, value in report.made_by["parameters"].items()]
        found[name] = [part for part in wanted if part not in text]
    assert not faults(found)


def test_every_exhibit_of_a_report_is_on_its_page_in_every_language(pages, made):
    found = {}
    for name, report in made.items():
        written = {("figure", p.stem) for p in report.folder.glob("figures/*.csv")}
        written |= {("table", p.stem) for p in report.folder.glob("tables/*.csv")}
        assert set(numbers(report)) <= written  # a table may be shown only where there are data for it
        exhibits = [f"{kind}-{name}-{exhibit}" for kind, exhibit in numbers(report)]
        for language in languages():
            page = pages[page_file(name, language)]
            found[page.file] = [exhibit for exhibit in exhibits if exhibit not in page.ids]
    assert not faults(found)


def test_an_article_in_another_language_shows_the_drawings_of_that_language(pages):
    for language in languages():
        page = pages[page_file("yield_change", language)]
        shown = {(page.path.parent / src).resolve() for src in page.root.xpath("//figure//img/@src")}
        folder = (REPORTS / tree(language) / "yield_change" / "figures").resolve()
        assert shown and {path.parent for path in shown} == {folder}
        data = {(page.path.parent / href).resolve() for href in page.root.xpath("//figure//a/@href") if "csv" in href}
        assert data and {path.parent for path in data} == {(REPORTS / "yield_change" / "figures").resolve()}


def made_up(source: str = "", outputs: tuple = (), tags: tuple = ()) -> MadeReport:
    """A report of one code cell, with the results of a real one."""
    cells = [
        nbformat.v4.new_markdown_cell("# Made\n", metadata={"tags": ["title"]}),
        nbformat.v4.new_markdown_cell("Is it?", metadata={"tags": ["question"]}),
        nbformat.v4.new_code_cell(source, outputs=list(outputs), metadata={"tags": list(tags)}),
    ]
    real = MadeReport.read("yield_change", REPORTS)
    return MadeReport(
        real.declared, real.folder, nbformat.v4.new_notebook(cells=cells, metadata=real.notebook.metadata)
    )


def scripts(text: str) -> list:
    return read(f"<html><body>{text}</body></html>").xpath("//script")


def test_outputs_and_sources_that_are_text_are_shown_as_text():
    outputs = [
        nbformat.v4.new_output("stream", name="stdout", text=EVIL),
        nbformat.v4.new_output("execute_result", data={"text/plain": EVIL}),
    ]
    text = article(made_up("x = 1  # <b>", outputs), "en", "").text
    assert not scripts(text) and "# &lt;b&gt;" in text and text.count("&lt;script") == 2


def test_a_figure_is_a_file_and_none_of_its_markup_enters_the_page():
    svg = f"<svg xmlns='http://www.w3.org/2000/svg'>{EVIL}</svg>"
    shown = {"image/svg+xml": {"figure": "slope"}}
    output = nbformat.v4.new_output("display_data", data={"image/svg+xml": svg}, metadata=shown)
    text = article(made_up("x", [output]), "ky", "../../yield_change/").text
    assert "alert" not in text and '<img src="figures/slope.svg"' in text
    assert 'href="../../yield_change/figures/slope.csv"' in text


def test_names_and_sentences_from_data_are_text_in_tables_and_answers():
    table = Table.model_validate({"title": EVIL, "columns": {"a": [EVIL, "text"]}, "note": EVIL})
    text = table_html("x", pd.DataFrame({"a": [EVIL]}), table, {}, Catalogue("ky", "yield_change"))
    assert not scripts(text) and text.count("alert(1)") == 4
    said = to_html(f"{EVIL} and **{EVIL}**")
    assert not scripts(said) and said.count("alert(1)") == 2


def test_a_cell_that_stands_as_the_data_have_it_is_marked_as_english():
    table = Table.model_validate({"title": "T", "columns": {"a": ["A", "text"], "n": ["N", 1]}})
    frame = pd.DataFrame({"a": ["exact date not shown", "Ысык-Көл", "12"], "n": ["1.0", "2.0", "3.0"]})
    text = {code: table_html("x", frame, table, {}, Catalogue(code, "site")) for code in ("en", "ky")}
    assert 'lang="en"' not in text["en"] and text["ky"].count('lang="en"') == 1
    assert 'lang="en">exact date not shown<' in text["ky"]


def test_a_formula_with_words_in_it_is_marked_as_english():
    assert '<math lang="en"' in to_html(r"$$\frac{\text{funded}}{2}$$")
    assert 'lang="en"' not in to_html(r"$$\frac{a}{2}$$")


def test_a_title_of_a_page_is_text():
    frame = Frame("en", dict.fromkeys(NAMES, EVIL))
    page = SitePage("index", "en", EVIL, EVIL, "text.html.j2", {"text": texts.Text("", "", "")}, depth=0)
    text = frame.render(page)
    assert "<script>alert" not in text and "&lt;script&gt;" in text


def test_a_paragraph_without_translation_is_marked_as_english():
    t, of_site = Catalogue("ky", "yield_change"), Catalogue("ky", "site")
    shown = prose("## Limits\n\nNobody translated this paragraph.", t, of_site, Addresses())
    assert 'lang="en"' in shown and "Nobody translated" in shown
    assert ("Limits" in shown) == (not t.has("Limits")) and 'id="limits"' in shown


@pytest.mark.parametrize("tags", [(), ("question", "question")])
def test_a_question_is_needed_once(tags):
    cells = [nbformat.v4.new_markdown_cell("# x", metadata={"tags": [tag]}) for tag in tags]
    real = MadeReport.read("yield_change", REPORTS)
    report = MadeReport(real.declared, real.folder, nbformat.v4.new_notebook(cells=cells))
    with pytest.raises(PipelineError, match=rf"exactly one cell tagged 'question'; it has {len(tags)}"):
        report.question(Catalogue("en"), Catalogue("en", "site"))


def test_a_report_page_takes_its_question_and_answer_from_the_notebook(made):
    page = report_page(made["yield_change"], "ru")
    assert page.file == "ru/yield_change/index.html" and "?" in page.description


# Front page, texts, glossary, search ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def values(made) -> dict[str, Value]:
    return page_values(made, read_study(), REPORTS, {})


def front_says(values: dict[str, Value]) -> list[str]:
    return [paragraph for paragraph, _ in say(front.ANSWER, values, Catalogue("en", "site"))]


@pytest.mark.parametrize(
    "change, word", [(4.0, "yielded more"), (-4.0, "yielded less"), (0, "printed with one figure")]
)
def test_what_the_front_page_says_follows_from_the_result(values, change, word):
    changed = values | {"yield_change.change": Value(change, "number", 1)}
    assert word in front_says(changed)[0]


@pytest.mark.parametrize(
    "low, high, words",
    [(-2.0, 4.0, "nothing unusual"), (0.5, 4.0, "more than single years"), (-4.0, -0.5, "fell behind")],
)
def test_the_front_page_says_what_the_interval_says(values, low, high, words):
    changed = values | {"synthesis.lead": Value((low + high) / 2, decimals=2)}
    changed |= {"synthesis.lead_low": Value(low), "synthesis.lead_high": Value(high)}
    assert sum(words in paragraph for paragraph in front_says(changed)) == 1


def test_the_front_page_is_silent_where_no_estimate_exists(values):
    changed = values | {name: Value(None) for name in ("synthesis.lead", "synthesis.lead_low", "synthesis.lead_high")}
    assert not [paragraph for paragraph in front_says(changed) if "left over" in paragraph]


def test_the_first_screen_says_claim_verdict_and_what_stands_in(pages):
    """What an answer without its limits would hide: the paper's case, that it prints no yield, and the unit."""
    text = " ".join(pages["index.html"].root.xpath("string(//main)").split())
    wanted = ("January–August", "prints no yield", "Verdict on this statement", "stands in", "one centner is 100 kg")
    assert [words for words in wanted if words not in text] == []


@pytest.mark.parametrize("name", TEXTS)
def test_texts_have_the_same_headings_links_and_values_in_every_language(name):
    """The order of the words is the language's own; what is named and where it stands is not."""

    def shape(language):
        text = source(name, language)
        return (
            [line.split(" ")[0] for line in text.splitlines() if line.startswith("#")],
            sorted(re.findall(r"\{[a-z_.:+0-9]+\}", text)),
            sorted(re.findall(r"\]\(((?:page|report|reports):[^)]+)\)", text)),
            re.findall(r"^```.*?\n.*?^```$", text, re.S | re.M)[:2],
        )

    assert all(shape(language) == shape("en") for language in languages())


def test_commands_on_the_pages_exist():
    from pipeline.run.cli import app

    commands = {(c.name or c.callback.__name__).replace("_", "-") for c in app.registered_commands}
    commands |= {group.name for group in app.registered_groups}
    for language in languages():
        text = source("extend", language)
        named = set(re.findall(r"-m pipeline ([a-z-]+)", text)) | set(re.findall(r"`make (\w+)`", text))
        assert named and named - {"help"} <= commands


def test_a_value_that_does_not_exist_is_named(values, monkeypatch):
    monkeypatch.setattr("pipeline.site.texts.source", lambda page, language: "# T\n\nIt is {power.nope}.\n")
    with pytest.raises(PipelineError, match=r"power\.nope"):
        read_text("methods", Catalogue("en", "site"), values)


def test_the_glossary_is_complete_in_every_language_and_sorted_by_its_alphabet():
    glossary = read_glossary()
    assert len(glossary.terms) >= 60
    for term in glossary.terms:
        assert all(term.of(language) and term.means.of(language) for language in languages())
    letters = ["өндүрүш", "орун", "оңдоо", "параметр", "үлүш", "уруксат"]
    ordered = ["оңдоо", "орун", "өндүрүш", "параметр", "уруксат", "үлүш"]
    assert sorted(letters, key=lambda text: alphabetical(text, "ky")) == ordered


def test_a_term_without_a_language_is_refused_and_named(tmp_path):
    raw = yaml.safe_load(GLOSSARY.read_text(encoding="utf-8"))
    del raw["terms"][0]["ky"]
    path = tmp_path / "glossary.yml"
    path.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    with pytest.raises(DataError, match=r"(?s)glossary\.yml.*terms\.0.*no text in 'ky'"):
        read_glossary(path)


@pytest.mark.parametrize("language", languages())
def test_the_search_index_leads_to_places_that_exist(language, pages):
    text = (REPORTS / search_file(language)).read_text(encoding="utf-8")
    listed, sections = (json.loads(part) for part in re.findall(r"(?:pages|sections): (\[\n.*?\n\])", text, re.S))
    assert {file for file, _ in listed} == {page.file for page in pages.values() if page.language == language}
    places = [set(pages[file].ids) for file, _ in listed]
    assert [section for section in sections if section[1] and section[1] not in places[section[0]]] == []


def test_search_holds_text_not_markup():
    found = search.sections_of(f"<html><body><main><h1>A</h1><p>{html.escape(EVIL)}</p></main></body></html>")
    assert any(EVIL in section.text for section in found)


@pytest.mark.parametrize("language", languages())
def test_evidence_from_a_report_links_to_it_in_the_language_of_the_page(language, pages):
    page = pages[page_file("replication", language)]
    (own,) = page.root.xpath("//article[@aria-labelledby='claim-G12']")
    linked = [(page.path.parent / href).resolve() for href in own.xpath(".//a/@href")]
    assert linked.count((REPORTS / page_file("circular", language)).resolve()) == 2


def test_what_only_a_referee_needs_is_folded(made):
    report = made["other_oblasts"]
    folded = {name for name, table in report.declared.tables.items() if table.referee}
    page = lxml_html.fromstring("<div>" + article(report, SOURCE_LANGUAGE, "").text + "</div>")
    inside = {e.get("id") for e in page.xpath("//details[@class='referee']//div[@class='exhibit']")}
    assert inside == {f"table-other_oblasts-{name}" for name in folded} and folded


# Numbers, links and origins of exhibits -----------------------------------------------------------------------------


def test_exhibits_are_numbered_in_their_order_and_lead_to_themselves(pages, made):
    """Figures and tables apart, from one, with the same numbers in every language."""
    for name, report in made.items():
        kinds = [kind for kind, _ in numbers(report)]
        assert [n for _, n in numbers(report).items()] == [kinds[: i + 1].count(kind) for i, kind in enumerate(kinds)]
        expected = {f"#{kind}-{name}-{exhibit}": number for (kind, exhibit), number in numbers(report).items()}
        for language in languages():
            labels = pages[page_file(name, language)].root.xpath("//a[@class='label']")
            shown = {a.get("href"): int(re.search(r"\d+", a.text)[0]) for a in labels}
            assert shown == expected and len(labels) == len(expected), (name, language)


def test_every_exhibit_offers_its_data_and_says_how_to_cite_it(pages, made):
    for name, report in made.items():
        page = pages[page_file(name, "ru")]
        for kind, exhibit in numbers(report):
            place = f"reports/{name}/index.html#{kind}-{name}-{exhibit}"
            (files,) = page.root.xpath(f"//div[@class='files'][.//code[. = '{place}']]")
            assert f"{exhibit}.csv" in " ".join(files.xpath("./a/@href"))
            assert report.title(Catalogue("ru", name)) in files.text_content()


def linking(text: str) -> MadeReport:
    """A report that shows a figure and says the text."""
    output = nbformat.v4.new_output("display_data", data={"image/svg+xml": ""}, metadata=SHOWN_FIGURE)
    report = made_up("x", [output])
    report.notebook.cells.append(nbformat.v4.new_markdown_cell(text))
    return report


SHOWN_FIGURE = {"image/svg+xml": {"figure": "slope"}}


def test_a_link_to_an_exhibit_says_its_number_and_one_that_leads_nowhere_is_refused():
    text = article(linking("See [the picture](#figure-slope)."), "en", "").text
    assert '<a href="#figure-yield_change-slope">the picture (Figure 1)</a>' in text
    with pytest.raises(PipelineError, match=r"links to #table-none, which it does not show. It shows #figure-slope"):
        article(linking("See [it](#table-none)."), "en", "")


def test_statements_and_works_in_a_text_lead_to_what_was_found_and_to_their_doi():
    said = article(linking("P12 and T2-10, not `P12` or XP12 (Ang 2005)."), "en", "", lambda name: f"../{name}.html")
    links = lxml_html.fromstring(f"<div>{said.text}</div>").xpath("//section[last()]//a")
    assert [(a.text, a.get("href")) for a in links] == [
        ("P12", "../replication.html#claim-P12"),
        ("T2-10", "../replication.html#claim-T2-10"),
        ("Ang 2005", "#ref-ang-2005"),
    ]
    assert 'id="ref-ang-2005"' in said.references and "https://doi.org/10.1016/j.enpol.2003.10.010" in said.references
    assert "claim" not in article(linking("P12"), "en", "").text  # a run alone has no such page


def test_signs_of_a_table_are_not_read_out_and_stand_before_words(pages):
    found = {}
    for page in pages.values():
        marks = page.root.xpath("//table//span[@class='mark']")
        silent = [m for m in marks if m.get("aria-hidden") != "true" or not (m.tail or "").strip()]
        found[page.file] = [m.getparent().text_content() for m in silent]
    assert not faults(found)
    assert len(pages["recommendations/index.html"].root.xpath("//span[@class='mark']")) > 40


def test_a_report_offers_notebook_data_and_the_command_to_run_it(pages, made):
    for name, report in made.items():
        for language in languages():
            page = pages[page_file(name, language)]
            (offers,) = page.root.xpath("//div[@class='offers']")
            files = {href.rsplit("/", 1)[-1] for href in offers.xpath(".//a/@href")}
            tables = {f"{table}.csv" for kind, table in numbers(report) if kind == "table"}
            assert {"notebook.ipynb", "results.json", *tables} <= files, page.file
            assert f"pipeline run {name}" in offers.text_content()
