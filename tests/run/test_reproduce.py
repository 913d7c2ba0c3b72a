"""Reproducing: what is compared, what is said, and the exit code, with the stages themselves left out."""

import hashlib
import re
import signal
import subprocess
import sys
import time

import pytest

from pipeline.errors import PipelineError
from pipeline.paths import ROOT
from pipeline.run import committed
from pipeline.run import reproduce as module
from pipeline.run.stages import stages
from pipeline.text.declarations import declaration, declarations
from pipeline.text.parameters import run_parameters
from pipeline.text.results import results_file, write_results


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A small repository with two committed outputs; `stages` writes them anew as a run would."""

    def git(*arguments):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True, capture_output=True)

    for name in ("reports/a.json", "reports/b.svg", "dvc.lock", "params.yaml"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{name}\n", encoding="utf-8")
    git("init", "-q")
    git("add", "-A")
    git("-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-qm", "x")
    monkeypatch.setattr(module, "finding", lambda: "Jalal-Abad: found.")
    return stand_in(monkeypatch, tmp_path, "reports/a.json", "reports/b.svg")


def stand_in(monkeypatch, folder, *kept):
    """Have the folder taken for the project, with these outputs."""
    monkeypatch.setattr(module, "ROOT", folder)
    monkeypatch.setattr(module, "outputs", lambda: kept)
    return folder


def runs(monkeypatch, clone, contents, code=0):
    class Engine:
        def __init__(self, **options):
            assert options == {"force": True}  # everything, and nothing from a cache

        def make_ready(self):
            pass

        def run(self):
            for name, text in contents.items():
                (clone / name).write_text(text, encoding="utf-8")
            return code

    monkeypatch.setattr(module, "Engine", Engine)


SAME = {"reports/a.json": "reports/a.json\n", "reports/b.svg": "reports/b.svg\n"}


def test_identical_outputs_are_counted(clone, monkeypatch, capsys):
    runs(monkeypatch, clone, SAME)
    assert module.reproduce() == 0
    said = capsys.readouterr().out
    assert "Jalal-Abad: found." in said and "2 of 2 outputs rebuilt" in said
    assert "2 are byte-identical to the committed ones, 0 are not." in said


def test_one_different_byte_is_named_and_fails(clone, monkeypatch, capsys):
    runs(monkeypatch, clone, SAME | {"reports/b.svg": "reports/b.svg \n"})
    assert module.reproduce() == 1
    said = capsys.readouterr().out
    assert "1 are byte-identical" in said and "differs: reports/b.svg\n" in said and "a.json" not in said


def test_an_output_that_no_stage_wrote_fails(clone, monkeypatch, capsys):
    """The committed file lying there is not a reproduction of it."""
    import os

    old = 1_000_000_000
    os.utime(clone / "reports" / "a.json", (old, old))
    runs(monkeypatch, clone, {"reports/b.svg": SAME["reports/b.svg"]})
    assert module.reproduce() == 1
    said = capsys.readouterr().out
    assert "1 of 2 outputs rebuilt" in said and "not rebuilt: reports/a.json" in said


def test_an_uncommitted_output_and_other_parameters_are_said(clone, monkeypatch, capsys):
    stand_in(monkeypatch, clone, "reports/new.json")
    runs(monkeypatch, clone, {"reports/new.json": "x", "params.yaml": "oblast: Osh\n"})
    assert module.reproduce() == 1
    said = capsys.readouterr().out
    assert "differs: reports/new.json  (not among the committed ones)" in said
    assert "params.yaml differs from the committed ones" in said and "git checkout -- params.yaml" in said


def test_a_stopped_run_is_no_comparison(clone, monkeypatch, capsys):
    runs(monkeypatch, clone, {}, code=3)
    assert module.reproduce() == 3
    assert "byte-identical" not in capsys.readouterr().out


def test_without_git_it_is_held_against_what_travels_along(tmp_path, monkeypatch, capsys):
    """The archive for other readers: one byte that differs from its checksums is seen."""
    folder = stand_in(monkeypatch, tmp_path, "reports/a.json", "reports/b.svg")
    monkeypatch.setattr(module, "finding", lambda: "found")
    (folder / "reports").mkdir()
    (folder / "params.yaml").write_text("x", encoding="utf-8")
    listed = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in (SAME | {"params.yaml": "x"}).items()}
    text = "".join(f"{digest}  {name}\n" for name, digest in listed.items())
    (folder / "checksums.sha256").write_text(text, encoding="utf-8")
    runs(monkeypatch, folder, SAME)
    assert module.reproduce() == 0
    assert "2 are byte-identical to those of checksums.sha256, 0 are not." in capsys.readouterr().out
    runs(monkeypatch, folder, SAME | {"reports/b.svg": "other"})
    assert module.reproduce() == 1 and "differs: reports/b.svg\n" in capsys.readouterr().out


def test_without_git_and_checksums_it_is_held_against_what_was_there(tmp_path, monkeypatch, capsys):
    """A download of the repository's files alone; what it is compared with is said before the run."""
    folder = stand_in(monkeypatch, tmp_path, "reports/a.json", "reports/b.svg")
    monkeypatch.setattr(module, "finding", lambda: "found")
    (folder / "reports").mkdir()
    (folder / "params.yaml").write_text("x", encoding="utf-8")
    for name, text in SAME.items():
        (folder / name).write_text(text, encoding="utf-8")
    runs(monkeypatch, folder, SAME | {"reports/b.svg": "other"})
    assert module.reproduce() == 1
    said = capsys.readouterr().out
    assert "This is not a git repository" in said and "as they were before the run" in said
    assert "1 are byte-identical to those that were there before" in said and "differs: reports/b.svg\n" in said


def test_a_repository_that_git_does_not_read_is_refused_before_the_work(monkeypatch, clone):
    monkeypatch.setattr(module.Engine, "make_ready", lambda self: None)
    monkeypatch.setattr(module.Engine, "run", lambda self: pytest.fail("ran"))
    answer = subprocess.CompletedProcess([], 128, b"", b"fatal: detected dubious ownership in repository at '/x'")
    monkeypatch.setattr(committed, "git", lambda *arguments, root: answer)
    with pytest.raises(PipelineError, match="detected dubious ownership in repository at '/x'"):
        module.reproduce()


def test_all_reports_and_the_data_card_are_compared():
    kept = module.outputs()
    assert "data/README.md" in kept and {f"reports/{name}/results.json" for name in declarations()} <= set(kept)
    assert not [o for o in kept if o.startswith(("data/interim", "data/processed", "build"))]


def test_a_folder_is_compared_file_by_file(clone, monkeypatch, capsys):
    """A picture that a run no longer makes, and one that was never committed, both count as different."""
    folder = clone / "reports" / "figures"
    folder.mkdir()
    (folder / "old.svg").write_text("x")
    for command in (["add", "-A"], ["-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-qm", "x"]):
        subprocess.run(["git", *command], cwd=clone, check=True, capture_output=True)
    (folder / "old.svg").unlink()
    stand_in(monkeypatch, clone, "reports/figures")
    runs(monkeypatch, clone, {"reports/figures/new.svg": "x"})
    assert module.reproduce() == 1
    said = capsys.readouterr().out
    assert re.findall(r"differs: (\S+)", said) == ["reports/figures/new.svg", "reports/figures/old.svg"]


@pytest.fixture
def found(tmp_path, panel, monkeypatch):
    """A result file of yield_change with made values, and the study that is in params.yaml."""
    monkeypatch.setattr("pipeline.text.parameters.load_panel", lambda: panel)
    declared = declaration("yield_change").results
    values = dict.fromkeys(declared, 1) | {
        "yield_before": 23.7,
        "yield_after": 27.7,
        "change": 4.0,
        "percent_change": 16.9,
        "percent_change_low": 16.4,
        "percent_change_high": 17.3,
        "rank_among_oblasts": 6,
        "number_of_oblasts": 7,
        "oblasts_that_rose": 5,
    }
    results = {n: {"value": values[n], "unit": r.unit, "scope": "made"} for n, r in declared.items()}
    write_results(results, results_file("yield_change", tmp_path))
    return tmp_path


def test_the_finding_is_read_from_the_results(found):
    assert module.finding(found) == (
        "Jalal-Abad, wheat: 23.7 c/ha in 2023, 27.7 in 2024: +4.0 c/ha, +16.9 % "
        "(16.4 to 17.3 with printed rounding).\n"
        "Rank 6 of 7 oblasts by percent change; 5 of 7 rose. A description of two years, not an effect."
    )


def test_the_finding_is_in_the_language_of_the_study(found, monkeypatch):
    monkeypatch.setattr(module, "run_parameters", lambda report, given: run_parameters(report, {"language": "ru"}))
    assert "Джалал-Абадская область" in module.finding(found) and "+4,0" in module.finding(found)


def test_tables_are_made_by_the_stages_that_write_them(monkeypatch):
    wanted = []

    class Engine:
        def __init__(self, **options):
            assert options == {"quiet": True}

        def run(self, targets):
            wanted.extend(targets)
            return 5

    monkeypatch.setattr(module, "Engine", Engine)
    assert module.make_tables(quiet=True) == 5
    assert set(wanted) == {"harmonise", "check", *(s for s in stages() if s.startswith("ingest_"))}


def test_tests_do_not_run_where_tables_cannot_be_made(monkeypatch):
    monkeypatch.setattr(module, "make_tables", lambda **options: 4)
    monkeypatch.setattr(module, "_call", lambda *a, **k: pytest.fail("tests ran"))
    assert module.run_tests([]) == 4


@pytest.mark.parametrize(
    "options, processes",
    [
        ([], True),
        (["-q", "tests/run"], True),
        (["tests/run/test_cli.py", "tests/run/test_reproduce.py"], True),
        (["-q", "-k", "finding", "tests/run/test_reproduce.py"], False),
        (["tests/run/test_reproduce.py::test_tables", "-x"], False),
        (["tests/run", "--pdb"], False),
    ],
)
def test_one_file_and_a_debugger_stay_in_one_process(monkeypatch, options, processes):
    monkeypatch.chdir(ROOT)
    said = []
    monkeypatch.setattr(module, "make_tables", lambda **given: 0)
    monkeypatch.setattr(module, "_call", lambda command: said.extend(command))
    module.run_tests(options)
    assert ("--dist" in said) == processes and said[-len(options) :] == (options or said)


def test_a_command_that_is_not_wanted_any_more_is_ended(tmp_path):
    """JupyterLab starts while the tables are made; where they cannot be made it is told to end."""
    started = tmp_path / "started"
    code = f"import pathlib, time; pathlib.Path({str(started)!r}).touch(); time.sleep(60)"

    def meanwhile():
        while not started.exists():
            time.sleep(0.05)
        return 7

    begun = time.monotonic()
    assert module._call([sys.executable, "-c", code], meanwhile) == 7
    assert time.monotonic() - begun < 50


def test_a_command_has_the_variables_it_was_given():
    code = "import os, sys; sys.exit(int(os.environ['MADE']))"
    assert module._call([sys.executable, "-c", code], MADE="9") == 9


TOLD_ASIDE = """
import signal, sys, threading, time
from pipeline.run.reproduce import _call

def aside():
    time.sleep(1)  # until the other thread waits
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
    time.sleep(100)

threading.Thread(target=aside, daemon=True).start()
print(_call([sys.executable, "-c", "import time; time.sleep(100)"]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no signal to a thread")
def test_a_command_is_told_to_end_whichever_thread_is_told():
    """JupyterLab was left running, rarely, when the signal came to the thread that DVC's progress had left behind."""
    done = subprocess.run([sys.executable, "-c", TOLD_ASIDE], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout == f"{-signal.SIGTERM}\n", done.stderr
