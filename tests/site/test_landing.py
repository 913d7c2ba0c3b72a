"""The notebook that JupyterLab opens on, and what a hosted service starts from."""

import re
import tomllib

import pytest

from pipeline.paths import NOTEBOOKS, ROOT
from pipeline.site.landing import contents
from pipeline.text.declarations import declarations
from pipeline.text.language import languages
from pipeline.text.notebooks import cleaned, read_notebook


@pytest.mark.parametrize("language", languages())
def test_the_contents_name_every_notebook_in_reading_order_with_its_question(language):
    lines = contents(language).data.splitlines()
    linked = [re.fullmatch(r"\d+\. \[(.+)\]\((\w+)\.ipynb\): (.+)", line).groups() for line in lines]
    assert [name for _, name, _ in linked] == list(declarations())
    assert all((NOTEBOOKS / f"{name}.ipynb").is_file() and "?" in question for _, name, question in linked)


def test_the_contents_are_in_the_language():
    assert re.search("[ңөү]", contents("ky").data) and contents("ky").data != contents("ru").data


def test_the_landing_notebook_runs_without_a_warning(panel, monkeypatch, recwarn):
    monkeypatch.setattr("pipeline.data.panel.load_panel", lambda: panel)
    namespace, last = {}, None
    for cell in read_notebook(NOTEBOOKS / "index.ipynb").cells:
        if cell.cell_type == "code":
            *statements, expression = cell.source.rsplit("\n", 1)
            exec("\n".join(statements), namespace)
            last = eval(expression, namespace)
    assert last.loc["Jalal-Abad", ["before", "after"]].tolist() == [23.7, 27.7]
    assert [str(w.message) for w in recwarn] == []


def test_the_landing_notebook_is_committed_clean():
    notebook = read_notebook(NOTEBOOKS / "index.ipynb")
    assert cleaned(notebook).cells == notebook.cells


def test_commands_on_the_landing_notebook_exist():
    from pipeline.run.cli import app

    text = (NOTEBOOKS / "index.ipynb").read_text(encoding="utf-8")
    commands = {c.name or c.callback.__name__ for c in app.registered_commands}
    named = set(re.findall(r"python3 -m pipeline (\w+)", text)) | set(re.findall(r"`make (\w+)`", text))
    assert named and named <= commands


def test_a_hosted_service_gets_the_locked_packages_and_python():
    assert (ROOT / "binder" / "requirements.txt").read_text().split() == ["-r", "../requirements.lock"]
    version = (ROOT / "binder" / "runtime.txt").read_text().strip().removeprefix("python-")
    assert f"python={version}" in (ROOT / "environment.yml").read_text()
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    assert needed == f">={version}"
    for script in ("postBuild", "start"):
        path = ROOT / "binder" / script
        assert path.stat().st_mode & 0o111 and path.read_text().startswith("#!/usr/bin/env bash")
