"""Texts of figures, tables and answers are literals of the catalogue, so that they can be found and translated."""

import ast
import string

import pytest
from babel.messages.pofile import read_po

from pipeline.errors import PipelineError
from pipeline.paths import NOTEBOOKS as FOLDER
from pipeline.paths import ROOT
from pipeline.text import messages as module
from pipeline.text.language import LOCALE, SOURCE_LANGUAGE, languages, translations
from pipeline.text.messages import blocks, called, in_code, in_notebook, messages, untranslated
from pipeline.text.notebooks import read_notebook
from pipeline.text.parameters import NOTEBOOKS

TRANSLATED_INTO = [language for language in languages() if language != SOURCE_LANGUAGE]
CATALOGUES = sorted(LOCALE.glob("*/*.po"))
# exhibits.py hands on the message it was called with.
MODULES = sorted(p for p in (ROOT / "pipeline").rglob("*.py") if p.name != "exhibits.py")


def placeholders(message: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(message) if field is not None}


def problems(tree: ast.AST) -> list[str]:
    """Calls of the catalogue whose message and values do not fit each other."""
    found = []
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and node.args and called(node) in module.CALLS):
            continue
        message = node.args[0]
        if not (isinstance(message, ast.Constant) and isinstance(message.value, str)):
            continue  # `in_code` refuses what cannot be found
        named, given = placeholders(message.value), {k.arg for k in node.keywords if k.arg}
        unpacked = any(k.arg is None for k in node.keywords)  # `**texts` is not looked into
        if called(node) == "t" and given and (given - named or (named != given and not unpacked)):
            found.append(f"line {node.lineno}: {message.value!r} names {sorted(named)}, given {sorted(given)}")
        if called(node) != "t" and given - named:
            found.append(f"line {node.lineno}: {message.value!r} does not use {sorted(given - named)}")
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_messages_of_modules(path):
    source = path.read_text(encoding="utf-8")
    list(in_code(source, path.name))
    assert problems(ast.parse(source)) == []


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_messages_of_notebooks(name):
    assert list(in_notebook(FOLDER / f"{name}.ipynb"))
    cells = read_notebook(FOLDER / f"{name}.ipynb").cells
    assert [p for c in cells if c.cell_type == "code" for p in problems(ast.parse(c.source))] == []


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_shown_strings_of_notebooks_pass_the_catalogue(name):
    """Titles, notes, captions, alternative texts and column headings are not bare literals."""
    bare = []
    for cell in read_notebook(FOLDER / f"{name}.ipynb").cells:
        if cell.cell_type != "code":
            continue
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Call):
                shown = [k.value for k in node.keywords if k.arg in ("title", "note", "caption", "alt")]
                if isinstance(node.func, ast.Name) and node.func.id == "Column":
                    shown.append(node.args[1])
                bare += [ast.unparse(v) for v in shown if isinstance(v, ast.Constant) and v.value]
    assert bare == []


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_title_question_answer_and_limits_are_tagged(name):
    tags = [tag for cell in read_notebook(FOLDER / f"{name}.ipynb").cells for tag in cell.metadata.get("tags", [])]
    assert {"title", "question", "answer", "limits"} <= set(tags)


@pytest.mark.parametrize("language", TRANSLATED_INTO)
def test_every_text_is_translated(language):
    assert {d: ms for d, ms in untranslated(language).items() if ms} == {}


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_translations_keep_placeholders_and_markup(path):
    with path.open("rb") as file:
        for m in read_po(file):
            if m.id and m.string:
                assert placeholders(m.id) == placeholders(m.string), m.id
                assert m.id.count("**") == m.string.count("**") and m.id.count("](") == m.string.count("]("), m.id
                assert not m.fuzzy, m.id


@pytest.mark.parametrize("language", TRANSLATED_INTO)
def test_one_message_has_one_translation_everywhere(language):
    seen: dict[str, tuple[str, str]] = {}
    for path in sorted((LOCALE / language).glob("*.po")):
        for message, said in translations(language, path.stem).items():
            domain, before = seen.setdefault(message, (path.stem, said))
            assert before == said, f"{message!r}: {before!r} in {domain}, {said!r} in {path.stem}"


def test_catalogues_are_up_to_date_with_the_texts():
    """`python -m pipeline messages` would add or remove nothing."""
    wanted = messages()
    for language in TRANSLATED_INTO:
        there = {}
        for path in (LOCALE / language).glob("*.po"):
            with path.open("rb") as file:
                there[path.stem] = [m.id for m in read_po(file) if m.id]
        assert there == wanted, language


def test_a_message_that_cannot_be_found_is_refused_and_named():
    with pytest.raises(PipelineError, match=r"notebook.ipynb, line 2: the message f'\{a\}' is not a literal"):
        list(in_code("a = 1\nt(f'{a}')", "notebook.ipynb"))
    assert list(in_code("NSC = 'Source'\nt(NSC)\nexhibits.prose('a {b}', b=t('c'))", "x")) == ["Source", "a {b}", "c"]


def test_values_that_do_not_fit_a_message_are_found():
    assert problems(ast.parse("t('{a}', b=1)")) == ["line 1: '{a}' names ['a'], given ['b']"]
    assert problems(ast.parse("exhibits.prose('{a}', b='x')")) == ["line 1: '{a}' does not use ['b']"]
    assert problems(ast.parse("t('{a}', a=1)")) == []


def test_markdown_is_translated_block_by_block():
    source = "## Limits\n\nA long\nparagraph.\n\n- **One**\n  item.\n- Two.\n  - Nested.\n\n1. First."
    assert blocks(source) == [
        ("## ", "Limits"), ("", "A long paragraph."), ("- ", "**One** item."), ("- ", "Two."), ("  - ", "Nested."),
        ("1. ", "First."),
    ]  # fmt: skip


def test_updating_keeps_translations_and_drops_what_is_no_longer_said(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LOCALE", tmp_path)
    monkeypatch.setattr(module, "languages", lambda: ["en", "ky"])
    monkeypatch.setattr(module, "messages", lambda: {"power": ["Yield", "Rank of {n}"], "common": ["Oblast"]})
    assert module.update() == "3 messages in 2 domains, 1 languages; 3 translations missing."
    path = tmp_path / "ky" / "power.po"
    path.write_text(
        path.read_text(encoding="utf-8").replace('msgid "Yield"\nmsgstr ""', 'msgid "Yield"\nmsgstr "Түшүмдүүлүк"'),
        encoding="utf-8",
    )
    monkeypatch.setattr(module, "messages", lambda: {"power": ["New", "Yield"]})
    assert module.update() == "2 messages in 1 domains, 1 languages; 1 translations missing."
    first = path.read_bytes()
    assert "Түшүмдүүлүк" in first.decode() and "Rank" not in first.decode()
    assert not (tmp_path / "ky" / "common.po").exists()
    module.update()
    assert path.read_bytes() == first
