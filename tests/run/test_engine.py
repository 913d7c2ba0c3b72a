"""The engine, on a small DVC project: what runs, in which order, what a failure stops, and what DVC makes of it."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from dvc.repo import Repo
from dvc.scm import SCMError

from pipeline.errors import PipelineError
from pipeline.paths import ROOT
from pipeline.run import engine as module
from pipeline.run.engine import Engine, Outcome, _run_command
from pipeline.run.steps import run_alone

STAGES = """
stages:
  one: {cmd: make one, deps: [in.txt], outs: [one.txt]}
  two: {cmd: make two, deps: [one.txt], outs: [{two.txt: {cache: false, persist: true}}]}
  apart: {cmd: make apart, deps: [other.txt], outs: [apart.txt]}
"""


class Desk:
    """A project whose commands are done in threads of this process: `make X` writes X.txt from what X reads."""

    def __init__(self, folder):
        self.folder, self.ran, self.failing, self.meanwhile = folder, [], set(), lambda name: None

    def run_command(self, command, environment):
        name = command.split()[-1]
        self.ran.append(name)
        self.meanwhile(name)
        if name in self.failing:
            return Outcome(1, "", f"{name} is wrong\n")
        read = {"one": "in.txt", "two": "one.txt", "apart": "other.txt"}[name]
        self.write(f"{name}.txt", f"{name} of {(self.folder / read).read_text()}")
        return Outcome(0, f"{name} was made.\n", "")

    def write(self, name, text):
        (self.folder / name).write_text(text)

    def engine(self, targets=None, **options):
        self.ran.clear()
        return Engine(**options).run(targets)

    def stale(self):
        with Repo(str(self.folder)) as repo:
            return repo.status()


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.setenv("DVC_NO_ANALYTICS", "1")
    Repo.init(str(tmp_path), no_scm=True).close()
    made = Desk(tmp_path)
    made.write("dvc.yaml", STAGES)
    made.write("in.txt", "1")
    made.write("other.txt", "2")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "are_kept", lambda: True)
    monkeypatch.setattr(module, "files_of", lambda paths, files_of=module.files_of: files_of(paths, tmp_path))
    monkeypatch.setattr(module, "contents", lambda paths, contents=module.contents: contents(paths, tmp_path))
    monkeypatch.setattr(module, "_run_command", made.run_command)
    pools = {}
    monkeypatch.setattr(Engine, "_workers", lambda self: pools.setdefault(self.jobs, ThreadPoolExecutor(self.jobs)))
    monkeypatch.setattr(Engine, "_stop", lambda self: None)
    yield made
    for pool in pools.values():
        pool.shutdown()


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: whole[: whole.index(b"md5:") + 2],
        lambda whole: b"<<<<<<< ours\n" + whole,
        lambda whole: b"\0" * len(whole),
        lambda whole: b"\xff" + whole,
        lambda whole: b"- a\n",
    ],
    ids=["cut off", "merged", "zeros", "no text", "a list"],
)
def test_a_broken_lock_is_said_with_the_way_out_which_works(desk, damage):
    assert desk.engine() == 0
    lock = desk.folder / "dvc.lock"
    lock.write_bytes(damage(lock.read_bytes()))
    with pytest.raises(PipelineError, match=r"(?s)DVC: .*git checkout -- dvc.lock.*delete it"):
        desk.engine()
    lock.unlink()
    assert desk.engine() == 0 and sorted(desk.ran) == ["apart", "one", "two"]


def test_stages_run_after_what_they_read_and_once(desk, capsys):
    assert desk.engine() == 0
    assert sorted(desk.ran) == ["apart", "one", "two"] and desk.ran.index("one") < desk.ran.index("two")
    assert (desk.folder / "two.txt").read_text() == "two of one of 1"
    assert re.search(r"^\d+:\d\d  two \(\d+ s\)  two was made.$", capsys.readouterr().out, re.M)
    assert desk.stale() == {}  # DVC has recorded all of it: `dvc repro` would run nothing
    assert desk.engine() == 0 and desk.ran == []
    assert capsys.readouterr().out == ""


def test_a_run_needs_no_git(desk, monkeypatch):
    """A download without the repository: DVC's own commands refuse it, as the project's settings do not say no_scm."""
    (desk.folder / ".dvc" / "config").write_text("[core]\n    analytics = false\n", encoding="utf-8")
    monkeypatch.setenv("PATH", str(desk.folder / "nothing"))
    assert desk.engine() == 0 and sorted(desk.ran) == ["apart", "one", "two"]
    with pytest.raises(SCMError), Repo(str(desk.folder)) as repo:
        repo.status()


def test_an_edit_runs_what_reads_it_and_nothing_else(desk):
    desk.engine()
    desk.write("in.txt", "3")
    assert desk.engine() == 0 and desk.ran == ["one", "two"]
    assert (desk.folder / "two.txt").read_text() == "two of one of 3"
    desk.write("other.txt", "4")
    assert desk.engine() == 0 and desk.ran == ["apart"]


def test_a_stage_whose_input_came_out_the_same_does_not_run(desk, monkeypatch):
    desk.engine()
    desk.write("in.txt", "3")
    monkeypatch.setattr(
        module,
        "_run_command",
        lambda command, environment: (
            desk.ran.append(command.split()[-1]),
            desk.write("one.txt", "one of 1"),
            Outcome(0, "", ""),
        )[-1],
    )
    assert desk.engine() == 0 and desk.ran == ["one"]


def test_an_output_that_somebody_changed_is_made_again(desk):
    desk.engine()
    desk.write("apart.txt", "edited")
    assert desk.engine() == 0 and desk.ran == ["apart"]
    assert (desk.folder / "apart.txt").read_text() == "apart of 2"


def test_force_runs_every_stage(desk):
    desk.engine()
    assert desk.engine(force=True) == 0 and sorted(desk.ran) == ["apart", "one", "two"]


def test_a_failure_stops_only_what_depends_on_it(desk, capsys):
    desk.failing = {"one"}
    assert desk.engine() == 1
    assert sorted(desk.ran) == ["apart", "one"] and (desk.folder / "apart.txt").exists()
    error = capsys.readouterr().err
    assert "one is wrong\n" in error and "one failed; see above. Not run, since they read from it: two." in error
    desk.failing = set()
    assert desk.engine() == 0 and desk.ran == ["one", "two"]  # what had succeeded is recorded


def test_a_failed_stage_leaves_the_last_good_report(desk):
    desk.engine()
    desk.write("in.txt", "3")
    desk.failing = {"two"}
    assert desk.engine() == 1
    assert (desk.folder / "two.txt").read_text() == "two of one of 1"
    assert "two" in desk.stale()


def test_a_run_that_is_told_to_end_has_recorded_what_succeeded(desk):
    desk.meanwhile = lambda name: os.kill(os.getpid(), signal.SIGTERM) if name == "two" else None
    with pytest.raises(KeyboardInterrupt):
        desk.engine(["two"])
    assert "one" not in desk.stale()
    desk.meanwhile = lambda name: None
    assert desk.engine() == 0 and sorted(desk.ran) == ["apart", "two"]


def test_what_was_recorded_is_written_now_and_then(desk, monkeypatch):
    """A run that is killed loses no more than the last seconds; writing at every stage would take longer than they."""
    written = []
    monkeypatch.setattr(Engine, "_write_lock", lambda self, write=Engine._write_lock: (written.append(1), write(self)))
    assert desk.engine() == 0 and len(written) == 1  # at the end
    assert desk.stale() == {}
    monkeypatch.setattr(module, "WRITE_EVERY", 0)
    assert desk.engine(force=True) == 0 and len(written) == 1 + 3 + 1
    assert desk.stale() == {}


def test_nothing_is_made_ready_where_nothing_was_edited(desk, monkeypatch):
    made, kept = [], []
    monkeypatch.setattr(Engine, "make_ready", lambda self: made.append(1))
    monkeypatch.setattr(module, "keep_stages", lambda: kept.append(1))
    assert desk.engine() == 0 and (made, kept) == ([], [])
    monkeypatch.setattr(module, "are_kept", lambda: False)
    assert desk.engine() == 0 and (made, kept) == ([1], [1])


def test_an_input_that_is_edited_meanwhile_makes_the_stage_fail(desk, capsys):
    def edit(name):
        if name == "apart":
            desk.write("other.txt", "edited while it ran")

    desk.meanwhile = edit
    assert desk.engine(["apart"]) == 1
    error = capsys.readouterr().err
    assert "other.txt, which it reads: edited while the run went on" in error
    assert "\nother.txt: edited while the run went on." in error and "Run it again." in error
    desk.meanwhile = lambda name: None
    assert desk.engine(["apart"]) == 0 and desk.ran == ["apart"]


@pytest.mark.parametrize("how", ["edited", "removed"])
def test_an_edit_after_the_stage_that_reads_it_makes_the_run_void(desk, capsys, how):
    """Its report is from before the edit, the others are from after it: the run may not be called a success."""

    def edit(name):
        if name == "two":
            desk.write("in.txt", "edited") if how == "edited" else (desk.folder / "in.txt").unlink()

    desk.meanwhile = edit
    assert desk.engine(["two"]) == 1 and desk.ran == ["one", "two"]
    assert "\nin.txt: edited while the run went on." in capsys.readouterr().err
    desk.meanwhile = lambda name: None
    desk.write("in.txt", "edited")
    assert desk.engine(["two"]) == 0 and desk.ran == ["one", "two"]
    assert (desk.folder / "two.txt").read_text() == "two of one of edited"


def test_an_edit_before_the_stage_that_reads_it_makes_it_fail(desk, capsys):
    """The processes have imported the code at the beginning: what they make is not made from what lies there."""
    desk.meanwhile = lambda name: desk.write("other.txt", "edited") if name == "one" else None
    assert desk.engine(jobs=1) == 1 and desk.ran == ["one", "two", "apart"]
    assert "other.txt, which it reads: edited while the run went on" in capsys.readouterr().err
    desk.meanwhile = lambda name: None
    assert desk.engine() == 0 and desk.ran == ["apart"]


def test_a_process_that_ends_is_a_failure(desk, monkeypatch, capsys):
    def dies(command, environment):
        raise RuntimeError("killed")

    monkeypatch.setattr(module, "_run_command", dies)
    assert desk.engine(["apart"]) == 1
    assert "its process ended: RuntimeError: killed" in capsys.readouterr().err


def test_targets_are_brought_up_to_date_with_what_they_need(desk):
    assert desk.engine(["two"]) == 0 and desk.ran == ["one", "two"]
    assert not (desk.folder / "apart.txt").exists()


def test_an_unknown_target_is_named_with_those_that_there_are(desk):
    with pytest.raises(PipelineError, match="dvc.yaml has no stage 'three'. Stages: apart, one, two."):
        desk.engine(["three"])


def test_independent_stages_run_side_by_side(desk):
    together = threading.Barrier(2)
    desk.meanwhile = lambda name: together.wait(timeout=60) if name in ("one", "apart") else None
    assert desk.engine(jobs=2) == 0  # each waits until the other runs too


def test_no_more_stages_run_at_once_than_there_are_jobs(desk):
    running, most = set(), []

    def note(name):
        running.add(name)
        most.append(len(running))
        threading.Event().wait(0.1)
        running.discard(name)

    desk.meanwhile = note
    assert desk.engine(jobs=1) == 0 and max(most) == 1
    assert desk.engine(jobs=2, force=True) == 0 and max(most) == 2


def test_what_has_the_longest_way_ahead_is_started_first(desk):
    """The order of dvc.yaml decides only where nothing is known."""
    assert desk.engine(jobs=1) == 0 and desk.ran == ["one", "two", "apart"]  # two stages in a chain count as longer
    took = json.loads((desk.folder / "build" / "durations.json").read_text())
    assert set(took) == {"one", "two", "apart"} and all(seconds >= 0 for seconds in took.values())
    (desk.folder / "build" / "durations.json").write_text('{"one": 1, "two": 5, "apart": 9}')
    assert desk.engine(jobs=1, force=True) == 0 and desk.ran == ["apart", "one", "two"]
    (desk.folder / "build" / "durations.json").write_text('{"one": 2, "two": 9, "apart": 10}')
    assert desk.engine(jobs=1, force=True) == 0 and desk.ran == ["one", "apart", "two"]


@pytest.mark.parametrize("text", ["", "[1]", '{"one": "long"}', '{"one": null}'])
def test_durations_that_cannot_be_read_are_forgotten(desk, text):
    (desk.folder / "build").mkdir()
    (desk.folder / "build" / "durations.json").write_text(text)
    assert desk.engine() == 0 and sorted(desk.ran) == ["apart", "one", "two"]


def test_a_stage_behind_one_that_is_up_to_date_does_not_wait_for_another(desk):
    desk.engine()
    desk.write("two.txt", "edited")
    desk.write("other.txt", "edited")
    together = threading.Barrier(2)
    desk.meanwhile = lambda name: together.wait(timeout=60)
    assert desk.engine(jobs=2) == 0 and sorted(desk.ran) == ["apart", "two"]


def test_quiet_says_nothing_of_what_succeeds(desk, capsys):
    assert desk.engine(quiet=True) == 0 and capsys.readouterr().out == ""


@pytest.mark.slow
def test_another_run_is_waited_for_only_so_long(desk):
    message = rf"Another run \(process {os.getpid()}\) works in this folder. Wait until"
    with Repo(str(desk.folder)) as other, other.lock, pytest.raises(PipelineError, match=message):
        desk.engine()
    assert desk.ran == []


@pytest.mark.parametrize("left", ["", '{"write": {"a', "[]", "\x00\x00"])
def test_a_list_of_files_in_use_that_a_power_loss_broke_is_removed_and_said(desk, capsys, left):
    """DVC would say that its structure is corrupted, and no way out."""
    path = desk.folder / ".dvc" / "tmp" / "rwlock"
    path.parent.mkdir(exist_ok=True)
    path.write_text(left)
    assert desk.engine() == 0 and len(desk.ran) == 3
    assert "rwlock was left broken by a run that was cut off; it was removed." in capsys.readouterr().out


def test_a_process_that_is_gone_holds_nothing(desk):
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    path = desk.folder / ".dvc" / "tmp" / "rwlock"
    path.parent.mkdir(exist_ok=True)
    holder = {"pid": int(ended.stdout), "cmd": "dvc repro"}
    path.write_text(json.dumps({"write": {str(desk.folder / "one.txt"): holder}, "read": {}}))
    assert desk.engine() == 0 and len(desk.ran) == 3


def test_stages_that_cannot_be_read_are_an_error_of_the_pipeline(desk):
    desk.write("dvc.yaml", STAGES + "  circle: {cmd: make circle, deps: [two.txt], outs: [in.txt]}\n")
    with pytest.raises(PipelineError, match="DVC: "):
        desk.engine()


def test_a_command_runs_in_a_process_of_its_own():
    """Its working folder, environment and group of processes are its own; a mistake is an exit code."""
    engine = Engine(jobs=1)
    try:
        outcome = engine._workers().submit(_run_command, "python -m pipeline nope", dict(os.environ)).result(120)
        assert outcome.code == 1 and "There is no step 'nope'" in outcome.complained
        outcome = engine._workers().submit(_run_command, "rm -rf x", dict(os.environ)).result(120)
        assert outcome == Outcome(1, "", "'rm -rf x' is no command of the pipeline.")
        # Also before it has a stage: Ctrl-C, which is sent to a group, would end it with a traceback.
        assert engine._workers().submit(os.getpgrp).result(120) != os.getpgrp()
    finally:
        engine._stop()
    assert engine._pool is None


@pytest.mark.parametrize(
    ("action", "arguments", "code", "said", "complained"),
    [
        (str, (7,), 0, "7\n", ""),
        (run_alone, ("nope", {}, ROOT / "build"), 1, "", "\nParameterError: There is no report 'nope'."),
        (os._exit, (3,), 1, "", "its process ended: BrokenProcessPool"),
    ],
)
def test_an_action_is_carried_out_apart(capsys, action, arguments, code, said, complained):
    engine = Engine()
    assert engine.apart(action, *arguments) == code and engine._pool is None
    captured = capsys.readouterr()
    assert captured.out == said and captured.err.startswith(complained) and bool(captured.err) is bool(complained)


def test_a_mistake_in_code_that_runs_apart_is_shown_with_its_place(capsys):
    """Of a figure of one's own, say, which is drawn there."""
    assert Engine().apart(json.loads, "{") == 1
    said = capsys.readouterr().err
    assert (
        "Traceback" in said
        and "decoder.py" in said
        and said.rstrip().splitlines()[-1].startswith("its process ended: JSONDecodeError: ")
    )
