"""The runner, with a small made report in a real kernel: success, failure, what it refuses, and its bytes."""

import asyncio
import errno
import json
import os
import socket
import subprocess
import sys
import time

import nbformat
import pytest

from pipeline.errors import NotebookError, ParameterError
from pipeline.paths import NOTEBOOKS
from pipeline.run import limits, runner, stages, warm
from pipeline.text.notebooks import cleaned, read_notebook, write_notebook
from tests.text.made import declared

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")
either_kernel = pytest.mark.parametrize("warm_kernel", [False, pytest.param(True, marks=on_linux)])

DECLARATION = """
study: [oblast, year_before, year_after]
parameters: {times: {type: integer, default: 2, at_least: 1, about: a}}
results: {place: [area, ~, made], change: [c/ha, 1, made]}
tables: {made: {title: T, columns: {a: [A, 1]}}}
"""
PARAMETERS = 'language = "en"\noblast = "Jalal-Abad"\nyear_before = 2023\nyear_after = 2024\ntimes = 2'
SETUP = """
from pathlib import Path
import pandas as pd
from pipeline.exhibits import report as exhibits
from pipeline.text import declarations, parameters
made = declarations.read_declaration(Path({path!r}))
declarations.declaration = parameters.declaration = lambda name: made
report = exhibits.Report("made", globals())
"""
RESULTS = """
report.results({"place": oblast, "change": times / 3})
print("shown", end="")
print(" once")
""".strip()
TABLE = 'report.table("made", pd.DataFrame({"a": [1 / 3]}))'


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A project in a temporary folder with one made report and what its stage depends on; its kernels start warm where
    they can, as in `make reproduce`."""
    monkeypatch.setattr(warm, "can_fork", lambda: sys.platform == "linux")
    given = declared(tmp_path / "notebooks", DECLARATION)
    monkeypatch.setattr(runner, "NOTEBOOKS", tmp_path / "notebooks")
    monkeypatch.setattr(runner, "FROZEN", tmp_path / "frozen")
    monkeypatch.setattr(runner, "BUILD", tmp_path / "build")
    for module in ("pipeline.run.runner", "pipeline.text.parameters", "pipeline.text.declarations"):
        monkeypatch.setattr(f"{module}.declaration", lambda name: given)
    made = stages.Stage("made", "", "", deps=("requirements.lock", "pipeline/run/runner.py", "data/expectations.yml"))
    monkeypatch.setattr(runner, "report_stage", lambda declared: made)
    return tmp_path


def write(desk, *code, parameters=PARAMETERS, folder="notebooks"):
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_markdown_cell("# Made"), nbformat.v4.new_code_cell(parameters)]
    notebook.cells[1].metadata["tags"] = ["parameters"]
    setup = SETUP.format(path=str(desk / "notebooks" / "made.yml"))
    notebook.cells += [nbformat.v4.new_code_cell(source.strip()) for source in (setup, *code)]
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
    write_notebook(cleaned(notebook), desk / folder / "made.ipynb")


def files(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def run(desk, **options):
    return runner.run("made", destination=desk / "reports", **options)


def test_a_run_writes_its_report_twice_with_the_same_bytes(desk):
    write(desk, RESULTS, TABLE)
    said = runner.run("made", overrides={"oblast": "Osh"}, destination=desk / "one")
    assert said == f"made: 3 files in {desk / 'one' / 'made'}/."
    runner.run("made", overrides={"oblast": "Osh"}, destination=desk / "two")
    one, two = files(desk / "one" / "made"), files(desk / "two" / "made")
    assert one == two and set(one) == {"notebook.ipynb", "results.json", "tables/made.csv"}
    results = json.loads(one["results.json"])
    assert results["place"]["value"] == "Osh" and results["change"]["value"] == 0.7  # the override arrived
    executed = nbformat.reads(one["notebook.ipynb"].decode(), as_version=4)
    assert [o.text for o in executed.cells[-2].outputs] == ["shown once\n"]  # one stream, however it was cut
    injected = next(c for c in executed.cells if c.id == "injected-parameters")
    assert injected.source.startswith(
        "# The parameters of this run (params.yaml)\n"
    ) and "'Osh'" in injected.source.replace('"', "'")
    text = one["notebook.ipynb"].decode()
    assert "papermill" not in text and "iopub" not in text and str(desk / "build") not in text
    assert not list((desk / "build").glob("made-*"))  # no staging left behind


def test_a_report_says_what_it_was_made_from(desk):
    write(desk, RESULTS, TABLE)
    run(desk, overrides={"times": 3})
    made_by = read_notebook(desk / "reports" / "made" / "notebook.ipynb").metadata["report"]
    assert made_by["name"] == "made" and made_by["parameters"]["times"] == 3
    assert all(len(made_by[kind]) == 12 for kind in ("data", "code", "packages"))
    before = dict(made_by)
    write(desk, RESULTS, TABLE, "# one more cell")
    run(desk, overrides={"times": 3})
    after = read_notebook(desk / "reports" / "made" / "notebook.ipynb").metadata["report"]
    assert {kind for kind in before if before[kind] != after[kind]} == {"code"}


def test_data_code_and_packages_of_a_report_are_told_apart(monkeypatch):
    read = {}
    monkeypatch.setattr(runner, "digest", lambda paths: read.setdefault(len(read), sorted(paths)) and "x")
    source = NOTEBOOKS / "power.ipynb"
    runner.made_from("power", source)
    data, code, packages = (read[n] for n in range(3))
    assert "data/processed/panel.csv" in data and all(path.startswith(("data/", "reports/")) for path in data)
    assert {"notebooks/power.ipynb", "notebooks/power.yml", "pipeline/run/runner.py"} <= set(code)
    assert "build/notebooks/power.ipynb" not in code and packages == ["requirements.lock"]


def test_a_stage_runs_the_frozen_copy_in_english(desk):
    write(desk, RESULTS, TABLE, "language", folder="frozen")
    run(desk, frozen=True)
    executed = read_notebook(desk / "reports" / "made" / "notebook.ipynb")
    assert executed.cells[-1].outputs[0].data["text/plain"] == "'en'"
    assert not (desk / "notebooks" / "made.ipynb").exists()


def test_a_folder_holds_of_a_run_only_what_the_last_one_made_and_keeps_what_others_made(desk):
    report = desk / "reports" / "made"
    for name in ("tables/old.csv", "figures/old.svg", "index.html"):
        (report / name).parent.mkdir(parents=True, exist_ok=True)
        (report / name).write_text("x")
    write(desk, RESULTS, TABLE)
    run(desk)
    assert set(files(report)) == {"notebook.ipynb", "results.json", "tables/made.csv", "index.html"}


def test_a_failure_keeps_the_last_good_report_and_says_where_and_why(desk):
    write(desk, RESULTS, TABLE)
    run(desk)
    good = files(desk / "reports")
    write(desk, RESULTS, TABLE, "ratio = 1 / 0")
    with pytest.raises(NotebookError) as failure:
        run(desk)
    said = str(failure.value)
    assert "    ratio = 1 / 0" in said and "ZeroDivisionError: division by zero" in said
    assert "failed/made.ipynb" in said and "The last good report was not touched." in said
    assert files(desk / "reports") == good
    kept = read_notebook(desk / "build" / "failed" / "made.ipynb")
    assert any(o.output_type == "error" for c in kept.cells for o in c.get("outputs", []))
    assert not list((desk / "build").glob("made-*"))


@either_kernel
def test_a_kernel_that_dies_is_said_and_keeps_the_last_good_report(desk, monkeypatch, warm_kernel):
    monkeypatch.setattr(warm, "can_fork", lambda: warm_kernel)
    write(desk, "import os\nos.write(2, b'out of memory, say')\nos._exit(3)")
    with pytest.raises(NotebookError, match=r"ended in the middle of a cell.\nout of memory, say"):
        run(desk)
    assert not (desk / "reports").exists()


@either_kernel
def test_a_cell_that_prints_without_end_is_stopped(desk, monkeypatch, warm_kernel):
    """nbclient would keep all of it until the memory is full."""
    write(desk, RESULTS, TABLE)
    run(desk)
    before = files(desk / "reports")
    write(desk, RESULTS, TABLE, "while True:\n    print('x' * 10_000)")
    monkeypatch.setattr(limits, "PRINTED_MIB", 0.5)
    monkeypatch.setattr(warm, "can_fork", lambda: warm_kernel)
    with pytest.raises(NotebookError, match=r"made: the cell numbered \[6\] was stopped after .*\n    while True"):
        run(desk)
    assert files(desk / "reports") == before


def test_where_a_machine_cannot_reach_itself_no_kernel_is_started(desk, monkeypatch):
    """In a container without a loopback interface a notebook and its kernel waited for each other for five minutes."""

    def unreachable(address, timeout):
        raise OSError(errno.ENETUNREACH, "Network is unreachable")

    write(desk, RESULTS, TABLE)
    monkeypatch.setattr(socket, "create_connection", unreachable)
    monkeypatch.setattr(runner, "_kernel_options", lambda: pytest.fail("a kernel was started"))
    with pytest.raises(NotebookError, match=r"made: no connection to this machine itself, 127.0.0.1.*unreachable"):
        run(desk)
    assert not (desk / "reports").exists() and not list((desk / "build").glob("made-*"))


@on_linux
def test_a_kernel_that_starts_and_says_nothing_is_given_up(desk, monkeypatch):
    def silent(reader, writer):
        try:
            time.sleep(60)
        finally:  # interrupted, it must not go on as a second process of this test
            os._exit(1)

    write(desk, RESULTS, TABLE)
    monkeypatch.setattr(limits, "START_SECONDS", 2)
    monkeypatch.setattr(warm, "_become_kernel", silent)
    with pytest.raises(NotebookError, match=r"made: the Python of the notebook did not start within 2 s"):
        run(desk)
    assert not (desk / "reports").exists()


def test_what_a_killed_run_left_behind_is_removed_by_the_next(desk):
    """Of a process that is gone, or had the number of this one before; what belongs to a living one stays."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left = [f"made-{gone.pid}-abcd_123", f"other_report-{os.getpid()}-abcd1234"]
    kept = [f"made-{os.getppid()}-abcd1234", "failed", "notebooks", f"made-{gone.pid}"]
    for name in (*left, *kept):
        (desk / "build" / name / "figures").mkdir(parents=True)
    write(desk, RESULTS, TABLE)
    run(desk)
    assert sorted(path.name for path in (desk / "build").iterdir()) == sorted(kept)


def test_a_cell_that_hangs_is_stopped(desk, monkeypatch):
    write(desk, RESULTS, TABLE, "import time; time.sleep(600)")
    monkeypatch.setattr(limits, "CELL_MINUTES", 0.05)
    with pytest.raises(NotebookError, match=r"made: a cell ran for more than .* minutes and was stopped"):
        run(desk)
    assert not (desk / "reports").exists()


@either_kernel
def test_what_a_kernel_says_of_itself_is_left_out_and_anything_else_is_shown(desk, capfd, monkeypatch, warm_kernel):
    """Ending, a kernel may leave a traceback of ZeroMQ, or an assertion of its C library."""
    native = "import atexit, os\nos.write(2, b'[IPKernelApp] noise\\nread me\\n')\n"
    ending = "atexit.register(os.write, 2, b'Traceback: socket operation on non-socket\\n')"
    write(desk, RESULTS, TABLE, native + ending)
    monkeypatch.setattr(warm, "can_fork", lambda: warm_kernel)
    run(desk)
    assert capfd.readouterr().err == "read me\n"


def test_what_a_cell_writes_on_stderr_is_shown_with_its_cell(desk, capfd):
    write(desk, RESULTS, TABLE, "import sys\nprint('careful', file=sys.stderr)")
    run(desk)
    assert "made, cell 6, printed on stderr:\ncareful" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("code", "missing"),
    [
        ((), "the result 'place', the result 'change', the table 'made'"),
        ((RESULTS,), "the table 'made'"),
        (('report.results({"place": oblast})', TABLE), "the result 'change'"),
    ],
)
def test_a_report_that_is_not_what_it_declares_is_refused(desk, code, missing):
    write(desk, *code)
    with pytest.raises(NotebookError, match=f"made.yml declares {missing}, which the notebook did not hand over"):
        run(desk)
    assert not (desk / "reports").exists()


@pytest.mark.parametrize(
    "overrides, message",
    [
        ({"oblast": "Atlantis"}, "Allowed: Batken"),
        ({"year_after": 2023}, "must lie before"),
        ({"times": 0}, "times is 0; it must be 1 or more"),
        ({"times": "2"}, "must be a whole number"),
        ({"x": 1}, "Unknown parameter 'x'"),
    ],
)
def test_refused_parameters_start_no_kernel(desk, monkeypatch, overrides, message):
    write(desk, RESULTS, TABLE)
    monkeypatch.setattr(runner, "_execute", lambda *a: pytest.fail("a kernel was started"))
    with pytest.raises(ParameterError, match=message):
        run(desk, overrides=overrides)


def test_an_article_without_a_cell_of_parameters_is_refused(desk):
    write(desk, "1", parameters="x = 1")
    notebook = read_notebook(desk / "notebooks" / "made.ipynb")
    notebook.cells[1].metadata["tags"] = []
    write_notebook(notebook, desk / "notebooks" / "made.ipynb")
    with pytest.raises(NotebookError, match="no cell tagged `parameters`"):
        run(desk)


def test_the_run_works_on_a_copy(desk, monkeypatch):
    """Saving the notebook after the run has begun changes nothing: the text was read before anything started."""
    write(desk, RESULTS, TABLE)
    seen = {}

    def execute(name, notebook, parameters, staging):
        write(desk, "raise SystemExit")
        seen["source"] = [c.source for c in notebook.cells]
        raise NotebookError("enough")

    monkeypatch.setattr(runner, "_execute", execute)
    with pytest.raises(NotebookError, match="enough"):
        run(desk)
    assert RESULTS in seen["source"]


def test_a_report_reaches_another_file_system(desk, monkeypatch):
    """A rename between file systems is refused by every operating system; the report is copied then."""
    write(desk, RESULTS, TABLE)
    rename = os.rename

    def refused(source, target, **options):
        if "elsewhere" in str(target):
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return rename(source, target, **options)

    monkeypatch.setattr(os, "rename", refused)
    runner.run("made", destination=desk / "elsewhere")
    runner.run("made", destination=desk / "elsewhere")  # and over what is there
    assert set(files(desk / "elsewhere")) == {
        f"made/{f}" for f in ("notebook.ipynb", "results.json", "tables/made.csv")
    }


def test_a_run_leaves_the_environment_of_its_process_as_it_was(desk):
    before = dict(os.environ)
    write(desk, "ratio = 1 / 0")
    with pytest.raises(NotebookError):
        run(desk)
    assert dict(os.environ) == before


@on_linux
def test_a_warm_kernel_has_an_event_loop_of_its_own(desk):
    """With that of a notebook before it, it may not hear that it is to end, and is made to, seconds later."""
    loop = asyncio.new_event_loop()
    loop.of_this_process = True
    asyncio.set_event_loop(loop)
    write(desk, RESULTS, TABLE, "import asyncio\nhasattr(asyncio.get_event_loop(), 'of_this_process')")
    run(desk)
    executed = read_notebook(desk / "reports" / "made" / "notebook.ipynb")
    assert executed.cells[-1].outputs[0].data["text/plain"] == "False"


@on_linux  # elsewhere they start as usual
def test_a_warm_kernel_makes_the_same_report_as_one_that_starts_from_nothing(desk, monkeypatch):
    write(desk, RESULTS, TABLE, "import os\nos.environ['PIPELINE_EXHIBITS'] != ''")
    made = {}
    for warmed in (False, True):
        monkeypatch.setattr(warm, "can_fork", lambda warmed=warmed: warmed)
        runner.run("made", destination=desk / str(warmed))
        made[warmed] = files(desk / str(warmed))
    assert made[False] == made[True]
