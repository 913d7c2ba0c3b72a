"""The rooms of the package: imports go downwards, in no circle, and every room says what belongs there."""

import ast
from functools import cache
from pathlib import Path

import pytest

from pipeline.paths import ROOT

PACKAGE = ROOT / "pipeline"
ORDER = ("run", "site", "studies", "exhibits", "ledger", "methods", "text", "data")  # from the top to the bottom
MODULES = sorted(PACKAGE.rglob("*.py"))


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {module_name(path) for path in MODULES}


@cache
def imports_of(path: Path) -> frozenset[str]:
    """Modules of the project that a file imports, wherever in the file: one inside a function is an arrow too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            single = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (single & NAMES) or {node.module}
    return frozenset(name for name in found if name in NAMES)


def room(name: str) -> str | None:
    parts = name.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in ORDER else None


def test_the_order_names_every_room():
    assert {p.name for p in PACKAGE.iterdir() if (p / "__init__.py").is_file()} == set(ORDER)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_a_module_imports_from_its_own_room_and_those_below(path):
    own = room(module_name(path))
    if own is None:  # the command line's entry may start anything
        return
    above = [name for name in imports_of(path) if (other := room(name)) and ORDER.index(other) < ORDER.index(own)]
    assert above == []


def test_no_module_imports_itself_through_others():
    arrows = {module_name(p): imports_of(p) - {module_name(p)} for p in MODULES}
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, " -> ".join((*way[way.index(name) :], name))
        if name not in done:
            for other in sorted(arrows.get(name, ())):
                visit(other, (*way, name))
            done.add(name)

    for name in arrows:
        visit(name, ())


def test_methods_know_no_oblast_crop_or_source():
    """A student with another country's panel uses the same functions."""
    words = ("jalal", "oblast", "kyrgyz", "wheat", "chui")
    found = {
        f"{path.name}: {word}"
        for path in (PACKAGE / "methods").rglob("*.py")
        for word in words
        if word in path.read_text(encoding="utf-8").lower()
    }
    assert found == set()


@pytest.mark.parametrize("name", ORDER)
def test_a_room_says_what_belongs_there(name):
    said = ast.get_docstring(ast.parse((PACKAGE / name / "__init__.py").read_text(encoding="utf-8")))
    assert said and len(said.split()) >= 10
