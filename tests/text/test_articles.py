"""The articles and declarations as they are committed: each beside the other, and readable from top to bottom."""

import ast
from pathlib import Path

import nbformat
import pytest

from pipeline.paths import NOTEBOOKS, ROOT
from pipeline.text.declarations import KINDS, Declaration, declaration, declarations, named_in
from pipeline.text.fill import KIND_OF_UNIT
from pipeline.text.markdown import is_say, paragraphs
from pipeline.text.notebooks import cleaned, read_notebook
from pipeline.text.parameters import read_parameters

REPORTS = list(declarations())
MOST_LINES_OF_A_CELL, MOST_BEFORE_THE_ANSWER, MOST_TOGETHER = 12, 25, 1400


def article(name: str) -> list:
    return read_notebook(NOTEBOOKS / f"{name}.ipynb").cells


def code(name: str) -> list[str]:
    """The code cells of an article; one that holds sentences is none."""
    return [cell.source for cell in article(name) if cell.cell_type == "code" and not is_say(cell.source)]


def sentences(name: str) -> list[str]:
    return [cell.source for cell in article(name) if cell.cell_type == "code" and is_say(cell.source)]


def lines(source: str) -> int:
    """Lines of code: neither empty nor a comment."""
    return sum(bool(line.strip()) and not line.strip().startswith("#") for line in source.splitlines())


def test_every_article_has_its_declaration_and_the_other_way_round():
    """`index` is where JupyterLab opens; it has no report."""
    assert {p.stem for p in NOTEBOOKS.glob("*.ipynb")} == {*REPORTS, "index"}


def test_two_reports_do_not_share_a_place_in_the_reading_order():
    places = [(d.group, d.order) for d in declarations().values()]
    assert len(set(places)) == len(places)


@pytest.mark.parametrize("name", [*REPORTS, "index"])
def test_notebooks_are_committed_clean(name):
    path = NOTEBOOKS / f"{name}.ipynb"
    text = nbformat.writes(cleaned(read_notebook(path)), indent=1).rstrip("\n") + "\n"
    assert path.read_text(encoding="utf-8") == text, "run: python -m pipeline strip"


@pytest.mark.parametrize("name", REPORTS)
def test_an_article_goes_from_its_title_to_its_limits(name):
    cells = article(name)
    tags = [tag for cell in cells for tag in cell.metadata.get("tags", [])]
    parts = ("title", "question", "parameters", "answer", "limits")
    assert [tag for tag in tags if tag in parts] == list(parts)  # each once, in this order
    assert cells[0].source.startswith("# ") and cells[0].metadata["tags"] == ["title"]
    assert cells[2].source.startswith("## The data\n")  # the first screen: question, data, where they come from
    limits = next(cell for cell in cells if "limits" in cell.metadata.get("tags", []))
    assert "## Limits" in limits.source


@pytest.mark.parametrize("name", REPORTS)
def test_the_answer_is_a_sentence_made_of_results(name):
    answer = next(cell for cell in article(name) if "answer" in cell.metadata.get("tags", []))
    assert is_say(answer.source)
    assert set(named_in(answer.source)) & set(declaration(name).results)


@pytest.mark.parametrize("name", REPORTS)
def test_the_parameters_cell_says_what_the_declaration_and_the_study_say(name):
    """A student who opens the notebook sees the study that the report shows."""
    (cell,) = [cell for cell in article(name) if "parameters" in cell.metadata.get("tags", [])]
    assigned = {node.targets[0].id: ast.literal_eval(node.value) for node in ast.parse(cell.source).body}
    assert assigned == read_parameters(name)


@pytest.mark.parametrize("name", REPORTS)
def test_a_code_cell_is_economics(name):
    """What defines, declares or assembles is in the study; what words it, in a sentence or in the declaration."""
    for source in code(name):
        assert lines(source) <= MOST_LINES_OF_A_CELL, source
        for node in ast.walk(ast.parse(source)):
            assert not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Try), source
            if isinstance(node, ast.For | ast.While):
                handed = [
                    n for n in ast.walk(node) if isinstance(n, ast.Attribute) and ast.unparse(n.value) == "report"
                ]
                assert not handed, f"results, tables or figures in a loop:\n{source}"
            if isinstance(node, ast.Call):
                assert ast.unparse(node.func) != "print", source
                wording = {k.arg for k in node.keywords} & {"title", "note", "caption", "alt", "unit", "scope"}
                assert not wording, f"{wording} of an exhibit stands in {name}.yml:\n{source}"


@pytest.mark.parametrize("name", REPORTS)
def test_an_answer_does_not_hide_behind_code(name):
    cells, before = article(name), 0
    for cell in cells:
        if "answer" in cell.metadata.get("tags", []):
            break
        before += lines(cell.source) if cell.cell_type == "code" and not is_say(cell.source) else 0
    assert before <= MOST_BEFORE_THE_ANSWER


def test_the_articles_are_texts_with_some_code():
    assert sum(lines(source) for name in REPORTS for source in code(name)) <= MOST_TOGETHER


def shown_in(name: str, method: str) -> set[str]:
    """The exhibits that an article hands over, by `report.figure(figures.name, …)` and `report.table("name", …)`."""
    calls = [
        node
        for source in code(name)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == f"report.{method}"
    ]
    return {c.args[0].value if method == "table" else ast.unparse(c.args[0]).split(".")[-1] for c in calls}


@pytest.mark.parametrize("name", REPORTS)
def test_an_article_shows_what_its_declaration_describes(name):
    assert shown_in(name, "figure") == set(declaration(name).figures)
    assert shown_in(name, "table") == set(declaration(name).tables)


def unknown_names(declared: Declaration, messages: list[str]) -> list[str]:
    known = {*declared.results, *declared.parameters, *declared.study, "language"}
    return [named for message in messages for named in named_in(message) if named not in known]


@pytest.mark.parametrize("name", REPORTS)
def test_sentences_and_descriptions_name_results_and_parameters_only(name):
    """Also those of a paragraph that is not said with today's numbers."""
    declared = declaration(name)
    told = [message for cell in sentences(name) for p in paragraphs(cell) for _, message in p.blocks]
    described = [text for figure in declared.figures.values() for text in (figure.alt, figure.caption)]
    described += [text for table in declared.tables.values() for text in (table.title, table.note)]
    described += [column.heading for table in declared.tables.values() for column in table.columns.values()]
    assert unknown_names(declared, told + described) == []


@pytest.mark.parametrize("name", REPORTS)
def test_scopes_name_parameters_results_and_fragments(name):
    declared = declaration(name)
    texts = [*declared.scopes.values(), *(result.scope for result in declared.results.values())]
    assert [n for n in unknown_names(declared, texts) if n not in declared.scopes] == []


@pytest.mark.parametrize("name", REPORTS)
def test_numbers_stand_in_no_sentence(name):
    """A result is written by its name; what a sentence holds besides are years, places in lists and terms."""
    for cell in sentences(name):
        for paragraph in paragraphs(cell):
            for _, message in paragraph.blocks:
                assert not [
                    w for w in message.split() if w.strip("*,.;:()").endswith(("%", "c/ha")) and w[:1].isdigit()
                ]


@pytest.mark.parametrize("name", REPORTS)
def test_what_is_read_is_declared_and_there(name):
    """What a stage does not know it depends on would leave the report stale."""
    for path in declaration(name).inputs:
        known = path.startswith(("data/processed/", "data/interim/")) or path.endswith("/results.json")
        assert known or (ROOT / path).exists(), path
        assert not Path(path).is_absolute() and ".." not in Path(path).parts and "\\" not in path


def test_kinds_and_units_that_are_written_are_those_that_are_set():
    """Of the kinds that a declaration may write, none is one that only tables or only sentences know."""
    assert {"area", "crop", "unit", "year", "text", "word"} <= set(KINDS)
    assert set(KIND_OF_UNIT.values()) == {"year", "years", "area", "crop", "word", "words", "text"}
