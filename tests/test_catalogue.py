"""Texts of figures, tables and answers are literals of the catalogue, so that they can be found and translated."""

import ast
import string

import nbformat
import pytest

from pipeline.parameters import NOTEBOOKS
from pipeline.paths import NOTEBOOKS as FOLDER
from pipeline.paths import ROOT

# exhibits.py hands on the message it was called with.
MODULES = sorted(p for p in (ROOT / "pipeline").rglob("*.py") if p.name != "exhibits.py")


def calls(tree: ast.AST):
    """Calls of the catalogue (`t(...)`, `exhibits.t(...)`) and of `prose`, with the name they are called by."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in ("t", "prose"):
                yield name, node


def problems(tree: ast.AST) -> list[str]:
    found = []
    for name, node in calls(tree):
        message = node.args[0]
        if isinstance(message, ast.Name) and message.id.isupper():
            continue  # a constant of the module; its own assignment is a literal
        if not (isinstance(message, ast.Constant) and isinstance(message.value, str)):
            found.append(f"line {node.lineno}: the message is not a literal")
            continue
        named = {field for _, field, _, _ in string.Formatter().parse(message.value) if field}
        given = {k.arg for k in node.keywords if k.arg}
        unpacked = any(k.arg is None for k in node.keywords)  # `**texts` is not looked into
        if name == "t" and given and (given - named or (named != given and not unpacked)):
            found.append(f"line {node.lineno}: {message.value!r} names {sorted(named)}, given {sorted(given)}")
        if name == "prose" and given - named:
            found.append(f"line {node.lineno}: {message.value!r} does not use {sorted(given - named)}")
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_messages_of_modules(path):
    assert problems(ast.parse(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_messages_of_notebooks(name):
    cells = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4).cells
    assert [p for c in cells if c.cell_type == "code" for p in problems(ast.parse(c.source))] == []


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_shown_strings_of_notebooks_pass_the_catalogue(name):
    """Titles, notes, captions, alternative texts and column headings are not bare literals."""
    cells = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4).cells
    bare = []
    for cell in cells:
        if cell.cell_type != "code":
            continue
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Call):
                shown = [k.value for k in node.keywords if k.arg in ("title", "note", "caption", "alt")]
                if isinstance(node.func, ast.Name) and node.func.id == "Column":
                    shown.append(node.args[1])
                bare += [ast.unparse(v) for v in shown if isinstance(v, ast.Constant) and v.value]
    assert bare == []


def test_the_finder_finds():
    assert problems(ast.parse("t(f'{a}')")) == ["line 1: the message is not a literal"]
    assert problems(ast.parse("t('{a}', b=1)")) == ["line 1: '{a}' names ['a'], given ['b']"]
    assert problems(ast.parse("exhibits.prose('{a}', b='x')")) == ["line 1: '{a}' does not use ['b']"]
    assert problems(ast.parse("t('{a}', a=1)")) == []
