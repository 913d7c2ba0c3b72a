"""New reports, sources and methods begin as ones that work: in a copy of the project, where nothing else is edited."""

import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable

import pandas as pd
import pytest

from pipeline.data.cards import read_card, read_table
from pipeline.data.harmonise import TIDY, tidy_exposures
from pipeline.errors import DataError, PipelineError
from pipeline.paths import ROOT
from pipeline.run.new import new_method, new_report, new_source
from pipeline.text.declarations import declaration
from pipeline.text.notebooks import cleaned, read_notebook

NAME = "rain_and_yield"
NEW = {"report": new_report, "source": new_source, "method": new_method}


@pytest.mark.parametrize("kind", NEW)
@pytest.mark.parametrize("name", ["Rain", "rain-and-yield", "rain and yield", "", "1rain", "rain__yield", "../rain"])
def test_what_is_no_name_is_refused(tmp_path, kind, name):
    with pytest.raises(PipelineError, match=f"is no name of a {kind}: small letters, digits and single underscores"):
        NEW[kind](name, root=tmp_path)
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize("kind", NEW)
def test_a_word_of_python_is_refused(tmp_path, kind):
    """`from pipeline.studies.lambda import …` could never be written."""
    with pytest.raises(PipelineError, match="'lambda' is a word of Python's own"):
        NEW[kind]("lambda", root=tmp_path)
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize(
    ("kind", "there"),
    [
        ("report", f"notebooks/{NAME}.yml"),
        ("report", f"notebooks/{NAME}.ipynb"),
        ("report", f"pipeline/studies/{NAME}"),
        ("report", f"tests/studies/{NAME}"),
        ("source", f"data/raw/{NAME}"),
        ("source", f"tests/data/test_{NAME}.py"),
        ("method", f"pipeline/methods/{NAME}.py"),
        ("method", f"tests/methods/test_{NAME}.py"),
    ],
)
def test_what_is_there_is_not_overwritten(tmp_path, kind, there):
    (tmp_path / there).mkdir(parents=True)
    before = set(tmp_path.rglob("*"))
    with pytest.raises(PipelineError, match=f"{there} is there already. Choose another name, or delete it first"):
        NEW[kind](NAME, root=tmp_path)
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


# --- sources --------------------------------------------------------------------------------------------------

HEAD = "area,area_level,indicator,year,as_of,value,unit,note\n"
ROWS = "Жалал-Абад,oblast,made up,2024,2024-04,61.5,mm,\nOsh,oblast,made up,2024,,>80,mm,a remark\n"


def table_of(folder, text: str, encoding: str = "utf-8"):
    path = folder / "mine.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_a_source_is_the_users_table_byte_for_byte_with_a_card_that_describes_it(tmp_path):
    text = (HEAD + ROWS).replace("\n", "\r\n")
    new_source("mine", table_of(tmp_path, text), tmp_path)
    raw = tmp_path / "data" / "raw"
    assert (raw / "mine" / TIDY).read_bytes() == text.encode()
    frame = read_table(read_card("mine", raw), TIDY, raw)
    found = tidy_exposures(frame, "mine")
    assert found["figure_id"].tolist() == ["mine/Jalal-Abad/made_up/2024-04", "mine/Osh/made_up/2024"]
    assert found[["value", "value_high"]].to_numpy().tolist() == [["61.5", "61.5"], ["80", ""]]


def test_without_a_table_no_figure_is_made_up(tmp_path):
    new_source("mine", root=tmp_path)
    raw = tmp_path / "data" / "raw"
    assert (raw / "mine" / TIDY).read_text(encoding="utf-8") == HEAD
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_table(read_card("mine", raw), TIDY, raw).empty


def test_columns_that_may_be_missing_are_missing_in_the_card_too(tmp_path):
    text = "area,area_level,indicator,year,value,unit\nOsh,oblast,made up,2024,1,mm\n"
    new_source("mine", table_of(tmp_path, text), tmp_path)
    raw = tmp_path / "data" / "raw"
    found = tidy_exposures(read_table(read_card("mine", raw), TIDY, raw), "mine")
    assert found["figure_id"].tolist() == ["mine/Osh/made_up/2024"] and found["note"].tolist() == [""]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("oblast,year,rain\nOsh,2024,1\n", r"mine\.csv has the columns oblast, year, rain; a source .* has area, "),
        (HEAD + ROWS.replace("Жалал-Абад", "Dzhalal"), r"line 2, column area: Unknown oblast 'Dzhalal'"),
        (HEAD + ROWS.replace("61.5,mm", "61.5,inch"), r"column unit: Unknown unit 'inch'"),
        (HEAD + ROWS.replace("61.5", "sixty"), r"mine\.csv, line 2: value is 'sixty', which is no figure"),
        (HEAD + ROWS + ROWS, r"mine\.csv, line 2, 3, 4, 5: the key .* stands there more than once"),
        ("", r"mine\.csv is not readable as a table in UTF-8"),
    ],
    ids=["columns", "area", "unit", "value", "twice", "empty"],
)
def test_a_table_that_does_not_fit_leaves_nothing_behind(tmp_path, text, said):
    with pytest.raises(DataError, match=f"(?s)^Nothing was written.*{said}"):
        new_source("mine", table_of(tmp_path, text), tmp_path)
    assert [path.name for path in tmp_path.rglob("*")] == ["mine.csv"]


def test_a_table_in_another_encoding_and_one_that_is_not_there_are_refused(tmp_path):
    with pytest.raises(DataError, match="not readable as a table in UTF-8"):
        new_source("mine", table_of(tmp_path, HEAD + ROWS, "cp1251"), tmp_path)
    with pytest.raises(DataError, match="nowhere.csv is no file"):
        new_source("mine", tmp_path / "nowhere.csv", tmp_path)
    assert [path.name for path in tmp_path.rglob("*")] == ["mine.csv"]


# --- in a copy of the project ---------------------------------------------------------------------------------


@pytest.fixture
def python(tmp_path) -> Callable[..., str]:
    """Python in a copy of the project; what it prints, if it ends well."""
    for folder in ("pipeline", "notebooks", "tests", "data"):
        shutil.copytree(
            ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkp*")
        )
    for name in ("params.yaml", "requirements.lock", "pyproject.toml", "CITATION.cff", "benchmarks"):
        (tmp_path / name).symlink_to(ROOT / name)
    without = ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "CI", "PIPELINE_REQUIRE_TRANSLATIONS", "PYTEST_XDIST_WORKER")
    environment = {k: v for k, v in os.environ.items() if k not in without}
    environment |= {"PYTHONPATH": str(tmp_path), "PIPELINE_ENVIRONMENT": "current"}

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def green(python, tmp_path, *tests: str, chosen: str = "") -> str:
    """What pytest says of these tests in the copy, all of which pass."""
    options = ("-q", "-rs", "-p", "pipeline", "-p", "no:cacheprovider", f"--basetemp={tmp_path / 'tests of it'}")
    return python("-m", "pytest", *options, *(("-k", chosen) if chosen else ()), *tests)


def well_written(python, *files: str) -> None:
    """Ruff has nothing to say of the files."""
    for check in (("check",), ("format", "--check")):
        python("-m", "ruff", *check, "--no-cache", *files)


@pytest.mark.slow
def test_a_new_report_is_green_and_nothing_else_is_edited(python, tmp_path):
    """Also the tests of stages, texts and articles, without a translation and without a line of another file."""
    assert f"python -m pipeline run {NAME}" in python("-m", "pipeline", "new", "report", NAME)
    assert python("-m", "pipeline", "stages") == "dvc.yaml was written.\n"
    assert f"run {NAME} --stage" in (tmp_path / "dvc.yaml").read_text(encoding="utf-8")
    tests = [f"tests/studies/{NAME}", "tests/studies/test_articles.py", "tests/run/test_stages.py"]
    tests += ["tests/text/test_articles.py", "tests/text/test_messages.py"]
    green(python, tmp_path, *tests, chosen=NAME)
    well_written(python, f"pipeline/studies/{NAME}", f"tests/studies/{NAME}")


@pytest.mark.slow
def test_new_sources_are_green_and_the_figures_of_a_table_are_among_the_exposures(python, tmp_path):
    """The tests of all cards; their own tests say what is still to be written."""
    tables = {"osh_weather": (), "talas_weather": ("--table", str(table_of(tmp_path, HEAD + ROWS)))}
    for name, table in tables.items():
        assert f"data/raw/{name}/source.yml" in python("-m", "pipeline", "new", "source", name, *table)
    python("-m", "pipeline", "stages")
    assert all(f"data/raw/{name}" in (tmp_path / "dvc.yaml").read_text(encoding="utf-8") for name in tables)
    for group in ("statistics_committee", "jalal_abad", "context"):
        python("-m", "pipeline", "ingest", group)
    for step in ("harmonise", "check-data"):
        python("-m", "pipeline", step)
    exposures = pd.read_csv(tmp_path / "data" / "processed" / "exposures.csv", dtype=str)
    assert [(exposures["source"] == name).sum() for name in tables] == [0, 2]
    own = [f"tests/data/test_{name}.py" for name in tables]
    said = green(python, tmp_path, *own, "tests/data/test_data.py")
    assert all(f"8 texts in data/raw/{name}/source.yml are still to be written" in said for name in tables)
    well_written(python, *own)


@pytest.mark.slow
def test_a_new_method_is_green(python, tmp_path):
    """With the tests of rooms: a method knows no country."""
    said = python("-m", "pipeline", "new", "method", "median_comparison")
    assert "python -m pipeline check tests/methods/test_median_comparison.py" in said
    green(python, tmp_path, "tests/methods/test_median_comparison.py", "tests/test_rooms.py")
    well_written(python, "pipeline/methods/median_comparison.py", "tests/methods/test_median_comparison.py")
