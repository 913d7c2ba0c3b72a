"""Texts of figures, tables and answers are literals of the catalogue, so that they can be found and translated."""

import ast
import os
import string

import nbformat
import pytest
from babel.messages.pofile import read_po

from pipeline.errors import PipelineError
from pipeline.paths import NOTEBOOKS, ROOT
from pipeline.run.cli import main
from pipeline.text import messages as module
from pipeline.text.declarations import declarations
from pipeline.text.language import CASES, LOCALE, SOURCE_LANGUAGE, catalogue_file, languages
from pipeline.text.markdown import blocks, is_formula
from pipeline.text.messages import called, in_code, in_notebook, in_template, messages, untranslated

TRANSLATED_INTO = [language for language in languages() if language != SOURCE_LANGUAGE]
CATALOGUES = sorted(LOCALE.glob("*/*.po"))
MODULES = sorted((ROOT / "pipeline").rglob("*.py"))
TEMPLATES = sorted((ROOT / "pipeline").rglob("*.j2"))

shipped = pytest.mark.skipif(
    not (os.environ.get("CI") or os.environ.get("PIPELINE_REQUIRE_TRANSLATIONS")),
    reason="untranslated texts are shown in English and counted by `python -m pipeline messages --check`; only what is "
    "shipped (.ci/run) has to be translated",
)


def placeholders(message: str) -> set[tuple[str, str]]:
    """The values that a message names, with their forms; capitals, cases and plurals are the language's business."""
    named = {(field, form) for _, field, form, _ in string.Formatter().parse(message) if field is not None}
    return {(field, "" if of_language(form) else form) for field, form in named}


def of_language(form: str) -> bool:
    """Whether a form is one that a translation chooses by itself."""
    return form == "capital" or "|" in form or form.removesuffix(" capital") in CASES


def problems(tree: ast.AST) -> list[str]:
    """Calls of the catalogue whose message and values do not fit each other."""
    found = []
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and node.args and called(node) == "t"):
            continue
        message = node.args[0]
        if not (isinstance(message, ast.Constant) and isinstance(message.value, str)):
            continue  # `in_code` refuses what cannot be found
        named, given = {field for field, _ in placeholders(message.value)}, {k.arg for k in node.keywords if k.arg}
        unpacked = any(k.arg is None for k in node.keywords)  # `**texts` is not looked into
        if given and (given - named or (named != given and not unpacked)):
            found.append(f"line {node.lineno}: {message.value!r} names {sorted(named)}, given {sorted(given)}")
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_messages_of_modules(path):
    source = path.read_text(encoding="utf-8")
    list(in_code(source, path.name))
    assert problems(ast.parse(source)) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_messages_of_templates(path):
    list(in_template(path))


@pytest.mark.parametrize("name", declarations())
def test_an_article_and_its_declaration_have_messages(name):
    assert list(in_notebook(NOTEBOOKS / f"{name}.ipynb")) and list(declarations()[name].messages())


@shipped
@pytest.mark.parametrize("language", TRANSLATED_INTO)
def test_every_text_that_is_shipped_is_translated(language):
    assert untranslated(language) == {}


@shipped
def test_shipped_catalogues_are_up_to_date_with_the_texts():
    """`python -m pipeline messages` would add or remove nothing."""
    wanted = messages()
    for language in TRANSLATED_INTO:
        there = {}
        for path in (LOCALE / language).glob("*.po"):
            with path.open("rb") as file:
                there[path.stem] = [m.id for m in read_po(file) if m.id]
        assert there == wanted, language


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_translations_keep_placeholders_markup_and_formulas(path):
    with path.open("rb") as file:
        for m in read_po(file):
            if m.id and m.string:
                assert placeholders(m.id) == placeholders(m.string), m.id
                for mark in ("**", "](", "$"):
                    assert m.id.count(mark) == m.string.count(mark), (mark, m.id)
                assert not m.fuzzy, m.id


@pytest.mark.parametrize("language", TRANSLATED_INTO)
def test_one_message_has_one_translation_everywhere(language):
    seen: dict[str, tuple[str, str]] = {}
    for path in sorted((LOCALE / language).glob("*.po")):
        for message, said in catalogue_file(language, path.stem).items():
            domain, before = seen.setdefault(message, (path.stem, said))
            assert before == said, f"{message!r}: {before!r} in {domain}, {said!r} in {path.stem}"


def test_messages_are_found_in_every_way_that_they_are_written():
    source = """
NSC = "Source"
def draw(data, study, values, t):
    axes.set_title(t("{n} of {m}", n=t.number(1, 0), m=2))
    t(NSC); self.t('of an attribute'); fill("A {b}", values, t); t("in" " two")
    t(SOURCES); t(message); t(declared.alt); fill(column.words[code], values, t)
"""
    assert list(in_code(source, "x")) == ["{n} of {m}", "Source", "of an attribute", "A {b}", "in two"]


@pytest.mark.parametrize(
    "call", ["f'{a}'", "'a' + b", "text", "lower", "words[code]", "data.crop", "'a'.lower()", "'a' if b else 'c'", "5"]
)
def test_a_message_that_cannot_be_found_is_refused_and_named(call):
    with pytest.raises(PipelineError, match=r"figures.py, line 2: the message .* is not a literal.*Write the sentence"):
        list(in_code(f"a = 1\nt({call})", "figures.py"))


def test_messages_of_an_article_are_blocks_sentences_and_the_words_of_formulas(tmp_path):
    cells = [
        nbformat.v4.new_markdown_cell("# Title\n\nOf\ntwo lines.\n\n$$\n\\text{all } y = x\n$$\n\nWhere $x$."),
        nbformat.v4.new_code_cell("x = 1\nt('of code')\nreport.results(x, why=too_few or 'it has no years')"),
        nbformat.v4.new_code_cell("%matplotlib inline\nx"),
        nbformat.v4.new_code_cell("%%say\n[if a > 0] **A** rose.\n\n[else] It fell.\n\n- An item"),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "made.ipynb")
    assert list(in_notebook(tmp_path / "made.ipynb")) == [
        "Title",
        "Of two lines.",
        "all",
        "Where $x$.",
        "it has no years",
        "**A** rose.",
        "It fell.",
        "An item",
    ]


def test_messages_of_a_template_are_literals(tmp_path):
    (tmp_path / "x.j2").write_text("{{ t('Yield') }}{% if a %}{{ t(\"{n} of\", n=1) }}{% endif %}{{ shown(x) }}")
    assert list(in_template(tmp_path / "x.j2")) == ["Yield", "{n} of"]
    (tmp_path / "x.j2").write_text("\n{{ t(title) }}")
    with pytest.raises(PipelineError, match=r"x.j2, line 2: the message of t\(...\) is not a literal"):
        list(in_template(tmp_path / "x.j2"))


@pytest.mark.parametrize("name", declarations())
def test_a_displayed_formula_stands_by_itself(name):
    """Or it would go to translators with the words around it."""
    for text in in_notebook(NOTEBOOKS / f"{name}.ipynb"):
        assert "$$" not in text, text


def test_formulas_are_no_messages():
    assert [text for _, text in blocks("$$a$$\n\nb") if not is_formula(text)] == ["b"]


def test_values_that_do_not_fit_a_message_are_found():
    assert problems(ast.parse("t('{a}', b=1)")) == ["line 1: '{a}' names ['a'], given ['b']"]
    assert problems(ast.parse("t('{a} {b}', b=1)")) == ["line 1: '{a} {b}' names ['a', 'b'], given ['b']"]
    assert problems(ast.parse("t('{a}', a=1); t('{a}'); t('{a} {b}', a=1, **others)")) == []


def test_what_is_missing_is_counted_and_nothing_is_written(monkeypatch, capsys):
    monkeypatch.setattr(module, "languages", lambda: ["en", "ky"])
    monkeypatch.setattr(module, "translations", lambda language: {"Yield": "Түшүмдүүлүк"})
    monkeypatch.setattr(module, "messages", lambda: {"power": ["Yield", "Rank"], "common": ["Yield"]})
    monkeypatch.setattr(module, "update", lambda: pytest.fail("catalogues were written"))
    assert untranslated("ky") == {"power": ["Rank"]}
    monkeypatch.setattr("pipeline.text.language.languages", lambda: ["en", "ky"])
    assert main(["messages", "--check"]) == 1
    assert capsys.readouterr().out == "ky/power.po: Rank\n"
    monkeypatch.setattr(module, "messages", lambda: {"power": ["Yield"]})
    assert main(["messages", "--check"]) == 0
    assert "Every text is translated." in capsys.readouterr().out


def test_what_two_domains_say_is_translated_once(monkeypatch):
    found = messages_of(monkeypatch, site=["Yield", "Site"], common=["Yield"])
    assert found == {"common": ["Yield"], "site": ["Site"]}


def messages_of(monkeypatch, **domains):
    """Messages where nothing else says any than these functions."""
    monkeypatch.setattr(module, "declarations", dict)
    monkeypatch.setattr(module, "GROUPS", {})
    monkeypatch.setattr(module, "in_code", lambda source, where: iter(()))
    monkeypatch.setattr(module, "in_template", lambda path: iter(()))
    monkeypatch.setattr(module, "refusals", lambda source: iter(()))
    monkeypatch.setattr(module, "DATA", {domain: f"made:{domain}" for domain in domains})
    made = type("made", (), {domain: staticmethod(lambda texts=texts: texts) for domain, texts in domains.items()})
    monkeypatch.setattr(module, "import_module", lambda name: made)
    return messages()


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


def test_a_message_that_came_into_another_domain_takes_its_translation_along(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LOCALE", tmp_path)
    monkeypatch.setattr(module, "languages", lambda: ["en", "ky"])
    monkeypatch.setattr(module, "messages", lambda: {"power": ["Yield"]})
    module.update()
    path = tmp_path / "ky" / "power.po"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('msgid "Yield"\nmsgstr ""', 'msgid "Yield"\nmsgstr "Түшүм"'), encoding="utf-8")
    monkeypatch.setattr(module, "messages", lambda: {"common": ["Yield"]})
    assert module.update().endswith("0 translations missing.")
    assert "Түшүм" in (tmp_path / "ky" / "common.po").read_text(encoding="utf-8") and not path.exists()
