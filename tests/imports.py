"""Which modules of the project a module or a notebook uses, directly or through others."""

import ast
from functools import cache
from pathlib import Path

import nbformat

from pipeline.paths import NOTEBOOKS, ROOT

# How a command is started and Python is set up is no part of what a stage computes: requirements.lock stands for it.
OUTSIDE = {"pipeline/__init__.py", "pipeline/__main__.py", "pipeline/cli.py", "pipeline/environment.py"}


def _file(module: str) -> str | None:
    path = ROOT.joinpath(*module.split("."))
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if candidate.is_file():
            return candidate.relative_to(ROOT).as_posix()
    return None


def imported(source: str) -> set[str]:
    """Project files that a piece of source imports; of `from package import name` both, where name is a module."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            parts = name.split(".")
            if parts[0] == "pipeline":
                found |= {_file(".".join(parts[: i + 1])) for i in range(len(parts))}
    return {path for path in found if path}


@cache
def _closure_of_file(path: str) -> frozenset[str]:
    seen, waiting = set(), [path]
    while waiting:
        current = waiting.pop()
        if current not in seen | OUTSIDE:
            seen.add(current)
            waiting += imported((ROOT / current).read_text(encoding="utf-8"))
    return frozenset(seen)


def closure(paths: set[str]) -> set[str]:
    """The files and all project files they use, without those of `OUTSIDE` and empty packages."""
    used = set().union(*(_closure_of_file(path) for path in paths))
    return {p for p in used if not (p.endswith("/__init__.py") and _is_bare(ROOT / p))}


def _is_bare(path: Path) -> bool:
    """Whether a module holds nothing but a docstring."""
    return len(ast.parse(path.read_text(encoding="utf-8")).body) <= 1


def used_by_notebook(name: str) -> set[str]:
    """Project files that a notebook and the runner use."""
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    source = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    return closure(imported(source) | {"pipeline/runner.py"})
