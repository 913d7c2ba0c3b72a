"""The runner, with small made notebooks in a real kernel: success, failure, what it refuses, and its bytes."""

import errno
import json
from pathlib import Path

import nbformat
import pytest

from pipeline.errors import NotebookError, ParameterError
from pipeline.paths import REPORTS, ROOT
from pipeline.run import runner, stages
from pipeline.run.cli import main
from pipeline.text import notebooks
from pipeline.text.notebooks import cleaned, read_notebook, write_notebook
from pipeline.text.parameters import read_parameters

PARAMETERS = "\n".join(f"{k} = {v!r}" for k, v in read_parameters("yield_change").items())
SETUP = """
from pipeline.exhibits.report import Exhibits
exhibits = Exhibits("yield_change", oblast=oblast, crop=crop, year_before=year_before, year_after=year_after,
                    language=language, seed=seed, lead_years=lead_years)
"""
RESULT = """
exhibits.result("place", exhibits.parameters.oblast, unit="", scope="made")
print("shown", end="")
print(" once")
""".strip()


@pytest.fixture
def desk(tmp_path, built, monkeypatch):
    """A project in a temporary folder with one made notebook, its stage, and the real data."""
    monkeypatch.setattr(runner, "NOTEBOOKS", tmp_path / "notebooks")
    monkeypatch.setattr(runner, "BUILD", tmp_path / "build")
    monkeypatch.setattr("pipeline.text.parameters.load_panel", lambda: _panel(built))
    outs = tuple(f"reports/{o}" for o in ("notebooks/yield_change.ipynb", "results/yield_change.json"))
    made = stages.Stage("yield_change", deps=("requirements.lock", "pipeline/runner.py"), outs=outs)
    monkeypatch.setattr(runner, "stage", lambda name: made)
    return tmp_path


def _panel(built):
    from pipeline.data.panel import load_panel

    return load_panel(built.panel)


def write(desk, *code, parameters=PARAMETERS):
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_markdown_cell("# Made"), nbformat.v4.new_code_cell(parameters)]
    notebook.cells[1].metadata["tags"] = ["parameters"]
    notebook.cells += [nbformat.v4.new_code_cell(source.strip()) for source in code]
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
    write_notebook(cleaned(notebook), desk / "notebooks" / "yield_change.ipynb")


def files(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_a_run_writes_its_report_twice_with_the_same_bytes(desk):
    write(desk, SETUP, RESULT)
    runner.run("yield_change", overrides={"oblast": "Osh"}, destination=desk / "one")
    runner.run("yield_change", overrides={"oblast": "Osh"}, destination=desk / "two")
    one, two = files(desk / "one"), files(desk / "two")
    assert one == two and len(one) == 2
    assert json.loads(one["results/yield_change.json"])["place"]["value"] == "Osh"  # the override arrived
    executed = nbformat.reads(one["notebooks/yield_change.ipynb"].decode(), as_version=4)
    assert [o.text for o in executed.cells[-1].outputs] == ["shown once\n"]  # one stream, however it was cut
    assert "injected-parameters" in [c.id for c in executed.cells]
    text = one["notebooks/yield_change.ipynb"].decode()
    assert "papermill" not in text and "iopub" not in text and str(desk) not in text
    assert not list((desk / "build").glob("yield_change-*"))  # no staging left behind


def test_a_folder_that_a_report_owns_holds_only_what_the_last_run_made(desk, monkeypatch):
    outs = (*runner.stage("yield_change").outs, "reports/figures/yield_change")
    made = stages.Stage("yield_change", deps=(), outs=outs)
    monkeypatch.setattr(runner, "stage", lambda name: made)
    picture = """
from pathlib import Path
folder = exhibits.folder / "figures" / "yield_change"
folder.mkdir(parents=True)
(folder / "new.ky.svg").write_text("<svg/>")
"""
    old = desk / "reports" / "figures" / "yield_change" / "old.ky.svg"
    beside = desk / "reports" / "figures" / "history" / "other.ky.svg"
    for path in (old, beside):
        path.parent.mkdir(parents=True)
        path.write_text("x")
    write(desk, SETUP, RESULT)
    with pytest.raises(NotebookError, match="it did not write figures/yield_change"):
        runner.run("yield_change", destination=desk / "reports")
    assert old.exists()
    write(desk, SETUP, RESULT, picture)
    runner.run("yield_change", destination=desk / "reports")
    assert [p.name for p in old.parent.iterdir()] == ["new.ky.svg"] and beside.exists()


def test_a_failure_keeps_the_last_good_report_and_says_where_and_why(desk, capsys):
    write(desk, SETUP, RESULT)
    runner.run("yield_change", destination=desk / "reports")
    good = files(desk / "reports")
    write(desk, SETUP, RESULT, "ratio = 1 / 0")
    with pytest.raises(NotebookError) as failure:
        runner.run("yield_change", destination=desk / "reports")
    said = str(failure.value)
    assert (
        "ratio = 1 / 0" in said
        and "ZeroDivisionError: division by zero" in said
        and "failed/yield_change.ipynb" in said
    )
    assert files(desk / "reports") == good
    kept = read_notebook(desk / "build" / "failed" / "yield_change.ipynb")
    assert any(o.output_type == "error" for c in kept.cells for o in c.get("outputs", []))


def test_a_kernel_that_dies_is_said_and_keeps_the_last_good_report(desk):
    write(desk, SETUP, "import os\nos.write(2, b'out of memory, say')\nos._exit(3)")
    with pytest.raises(NotebookError, match=r"ended in the middle of a cell.\nout of memory, say"):
        runner.run("yield_change", destination=desk / "reports")
    assert not (desk / "reports").exists()


def test_what_a_kernel_says_of_itself_is_left_out_and_anything_else_is_shown(desk, capfd):
    native = "import os\nos.write(2, b'[IPKernelApp] noise\\nAssertion failed: x (src/signaler.cpp:238)\\nread me\\n')"
    write(desk, SETUP, RESULT, native)
    runner.run("yield_change", destination=desk / "reports")
    assert capfd.readouterr().err == "read me\n"


def test_files_that_the_stage_does_not_declare_are_refused(desk):
    surplus = 'exhibits.table("extra", __import__("pandas").DataFrame({"a": ["x"]}), [], title="T")'
    write(desk, SETUP, RESULT, surplus)
    with pytest.raises(NotebookError, match=r"it wrote tables/yield_change-extra\.csv, which its stage does not list"):
        runner.run("yield_change", destination=desk / "reports")
    write(desk, SETUP)
    with pytest.raises(NotebookError, match=r"it did not write results/yield_change\.json"):
        runner.run("yield_change", destination=desk / "reports")
    assert not (desk / "reports").exists()


@pytest.mark.parametrize(
    "overrides, message",
    [
        ({"oblast": "Atlantis"}, "Allowed: Batken"),
        ({"year_after": 2023}, "must lie before"),
        ({"crop": "rice"}, "Crops that have one"),
        ({"x": 1}, "Unknown parameter 'x'"),
    ],
)
def test_refused_parameters_start_no_kernel(desk, monkeypatch, overrides, message):
    write(desk, SETUP, RESULT)
    monkeypatch.setattr(runner, "_execute", lambda *a: pytest.fail("a kernel was started"))
    with pytest.raises(ParameterError, match=message):
        runner.run("yield_change", overrides=overrides, destination=desk / "reports")


def test_a_notebook_without_parameters_cell_is_refused(desk):
    write(desk, "1", parameters="x = 1")
    notebook = read_notebook(desk / "notebooks" / "yield_change.ipynb")
    notebook.cells[1].metadata["tags"] = []
    write_notebook(notebook, desk / "notebooks" / "yield_change.ipynb")
    with pytest.raises(NotebookError, match="no cell tagged `parameters`"):
        runner.run("yield_change", destination=desk / "reports")


def test_the_run_works_on_a_copy(desk, monkeypatch):
    """Saving the notebook after the run has begun changes nothing: the text was read before anything started."""
    write(desk, SETUP, RESULT)
    seen = {}

    def execute(name, notebook, parameters, staging):
        write(desk, "raise SystemExit")
        seen["source"] = [c.source for c in notebook.cells]
        raise NotebookError("enough")

    monkeypatch.setattr(runner, "_execute", execute)
    with pytest.raises(NotebookError, match="enough"):
        runner.run("yield_change", destination=desk / "reports")
    assert RESULT in seen["source"]


def test_reports_are_not_written_by_hand(capsys, monkeypatch):
    monkeypatch.setattr(runner, "run", lambda *a, **k: pytest.fail("it ran"))
    assert main(["run", "yield_change", "--to", str(REPORTS)]) == 1
    assert "reports/ is written by the stages only" in capsys.readouterr().err


def test_a_run_never_overwrites_the_notebooks_people_write(desk, capsys, monkeypatch):
    monkeypatch.setattr("pipeline.run.runner.run", lambda *a, **k: pytest.fail("it ran"))
    (desk / "file").write_text("x", encoding="utf-8")
    for to, message in (
        (ROOT, "would be overwritten"),
        (REPORTS / "runs", "by the stages only"),
        (desk / "file", "is a file"),
    ):
        assert main(["run", "yield_change", "--to", str(to)]) == 1
        assert message in capsys.readouterr().err


def test_a_value_that_is_no_yaml_is_said(capsys):
    assert main(["run", "yield_change", "--set", "oblast=Osh: x: y"]) == 1
    assert "the value is not readable as YAML" in capsys.readouterr().err


def test_a_report_reaches_another_file_system(desk, monkeypatch):
    """A rename between file systems is refused by every operating system; the report is copied then."""
    write(desk, SETUP, RESULT)
    rename = Path.replace

    def refused(self, target):
        if "elsewhere" in str(target):
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", refused)
    runner.run("yield_change", destination=desk / "elsewhere")
    assert set(files(desk / "elsewhere")) == {"notebooks/yield_change.ipynb", "results/yield_change.json"}


def test_the_command_line_shows_a_message_and_no_traceback(capsys, monkeypatch):
    monkeypatch.setattr("pipeline.text.parameters.load_panel", lambda: pytest.fail("refused before the data are read"))
    assert main(["run", "yield_change", "--set", "oblats=Osh"]) == 1
    error = capsys.readouterr().err
    assert "ParameterError: Unknown parameter 'oblats'" in error and "Traceback" not in error
    assert main(["run", "yield_change", "--set", "oblast"]) == 1
    assert "is not of the form NAME=VALUE" in capsys.readouterr().err
    assert main(["run", "nope"]) == 1
    assert "There is no notebook 'nope'" in capsys.readouterr().err
    assert main(["no-such-command"]) == 2


def test_frozen_copies_lie_apart_from_the_notebooks_people_write():
    assert notebooks.FROZEN != notebooks.NOTEBOOKS and "build" in notebooks.FROZEN.parts
