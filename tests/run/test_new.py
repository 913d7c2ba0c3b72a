"""A new report begins as one that works: tried in a copy of the project, where nothing else is edited."""

import os
import shutil
import subprocess
import sys

import pytest

from pipeline.errors import PipelineError
from pipeline.paths import ROOT
from pipeline.run.new import new_report
from pipeline.text.declarations import declaration
from pipeline.text.notebooks import cleaned, read_notebook

NAME = "rain_and_yield"


@pytest.mark.parametrize("name", ["Rain", "rain-and-yield", "rain and yield", "", "1rain", "rain__yield", "../rain"])
def test_what_is_no_name_of_a_report_is_refused(tmp_path, name):
    with pytest.raises(PipelineError, match="is no name of a report: small letters, digits and single underscores"):
        new_report(name, tmp_path)
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize(
    "there", [f"notebooks/{NAME}.yml", f"notebooks/{NAME}.ipynb", f"pipeline/studies/{NAME}", f"tests/studies/{NAME}"]
)
def test_what_is_there_is_not_overwritten(tmp_path, there):
    (tmp_path / there).mkdir(parents=True)
    before = set(tmp_path.rglob("*"))
    with pytest.raises(PipelineError, match=f"{there} is there already. Choose another name, or delete it first"):
        new_report(NAME, tmp_path)
    assert set(tmp_path.rglob("*")) == before


def test_a_beginning_is_an_article_a_declaration_a_study_and_its_test(tmp_path):
    written = {path.relative_to(tmp_path).as_posix() for path in new_report(NAME, tmp_path)}
    study, tests = f"pipeline/studies/{NAME}", f"tests/studies/{NAME}"
    assert written == {
        f"notebooks/{NAME}.ipynb",
        f"notebooks/{NAME}.yml",
        f"{study}/__init__.py",
        f"{study}/analysis.py",
        f"{study}/figures.py",
        f"{tests}/__init__.py",
        f"{tests}/test_analysis.py",
    }
    notebook = read_notebook(tmp_path / "notebooks" / f"{NAME}.ipynb")
    assert cleaned(notebook) == notebook
    assert declaration(NAME, tmp_path / "notebooks").results
    assert not [path for path in written if "NAME" in (tmp_path / path).read_text(encoding="utf-8").split()]


@pytest.mark.slow
def test_the_beginning_is_green_and_nothing_else_is_edited(tmp_path):
    """Also the tests of stages, texts and articles, without a translation and without a line of another file."""
    for folder in ("pipeline", "notebooks", "tests", "data"):
        shutil.copytree(
            ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkp*")
        )
    for name in ("params.yaml", "requirements.lock", "pyproject.toml", "CITATION.cff", "benchmarks"):
        (tmp_path / name).symlink_to(ROOT / name)
    without = ("PYTHONPATH", "CI", "PIPELINE_REQUIRE_TRANSLATIONS", "PYTEST_XDIST_WORKER")
    environment = {k: v for k, v in os.environ.items() if k not in without}
    environment |= {"PYTHONPATH": str(tmp_path), "PIPELINE_ENVIRONMENT": "current", "PYTHONDONTWRITEBYTECODE": "1"}

    def python(*arguments: str) -> str:
        run = subprocess.run(
            [sys.executable, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout

    assert f"python -m pipeline run {NAME}" in python("-m", "pipeline", "new", "report", NAME)
    assert python("-m", "pipeline", "stages") == "dvc.yaml was written.\n"
    assert f"run {NAME} --stage" in (tmp_path / "dvc.yaml").read_text(encoding="utf-8")
    tests = [f"tests/studies/{NAME}", "tests/studies/test_articles.py", "tests/run/test_stages.py"]
    tests += ["tests/text/test_articles.py", "tests/text/test_messages.py"]
    python("-m", "pytest", "-q", "-p", "no:cacheprovider", f"--basetemp={tmp_path / 'tests of it'}", "-k", NAME, *tests)
    for check in (("check",), ("format", "--check")):
        python("-m", "ruff", *check, "--no-cache", f"pipeline/studies/{NAME}", f"tests/studies/{NAME}")
