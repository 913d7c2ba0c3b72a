"""The trial of runs that are stopped: what it takes for damage, and one run that is killed in a copy."""

import subprocess
import sys
import time

import pandas as pd
import pytest

from benchmarks.reproduce import MAKE_TABLES, environment
from tests.copies import clone
from trials import kills
from trials.kills import Ground, Outcome, Plan, contents, damage, processes_in, results, stop


def test_half_files_and_missing_ones_are_damage():
    before = {"same": "1", "page": "old", "gone": "2", "lost": "3"}
    after = {"same": "1", "page": "new", "added": "4", "lost": "3"}
    assert damage({"same": "1", "page": "old", "gone": "2", "lost": "3"}, before, after) == ([], [])
    assert damage({"same": "1", "page": "new", "lost": "3"}, before, after) == ([], []), (
        "may be gone, may not be there yet"
    )
    assert damage({"same": "1", "page": "ne"}, before, after) == (["lost"], ["page"])
    assert damage({**after, "page.new": "5"}, before, after) == ([], ["page.new"]), "a file that no run makes"


def test_a_process_that_works_in_the_folder_is_found_and_ended(tmp_path, monkeypatch):
    (tmp_path / "below").mkdir()
    with subprocess.Popen([sys.executable, "-c", "input()"], cwd=tmp_path / "below", stdin=subprocess.PIPE) as left:
        try:
            assert [process.pid for process in processes_in(tmp_path)] == [left.pid]
            assert processes_in(tmp_path / "elsewhere") == []
            monkeypatch.setattr(kills, "PATIENCE", 0.2)
            seconds, names = Ground(tmp_path).left()
            assert seconds >= 0.2 and len(names) == 1 and "input()" in names[0]
            assert processes_in(tmp_path) == []
        finally:
            left.kill()
    assert Ground(tmp_path).left()[1] == []


def test_a_plan_follows_from_seed_and_number():
    plans = [Plan.drawn(15, number) for number in range(200)]
    assert plans[7] == Plan.drawn(15, 7) != Plan.drawn(16, 7)
    assert {plan.way for plan in plans} == set(kills.WAYS) and {plan.begins for plan in plans} == set(kills.BEGINNINGS)
    assert all(0 < plan.moment < 1 for plan in plans)
    assert [plan.number for plan in plans if plan.whole][:2] == [9, 19]


def test_faults_are_told_and_runs_that_were_over_do_not_count():
    rows = [
        Outcome(0, "made", "SIGTERM", stopped_s=10.0, next_s=5.0),
        Outcome(1, "downloaded", "SIGTERM", stopped_s=30.0, next_s=7.0, missing="reports/a.html", refused=False),
        Outcome(2, "made", "SIGTERM", stopped_s=99.0, ended=True),
    ]
    assert rows[0].faults == [] and rows[1].faults == ["missing files: reports/a.html", "second run: not refused"]
    table = pd.DataFrame({"seed": 15, "of": "abc"} | vars(row) | {"faults": "; ".join(row.faults)} for row in rows)
    said = results(table)
    assert "2 runs were stopped or disturbed; 1 more were over before" in said
    assert "| SIGTERM | 2 | 1 | 10 to 30 | 0.0 | 6.0 |" in said
    assert "A second run was started in 1, and refused with the number of the first process in 0." in said
    assert "- 1, SIGTERM, downloaded, 30.0 s: missing files: reports/a.html" in said


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="what works where is read from /proc")
def test_a_run_that_is_killed_leaves_whole_reports_and_no_process(tmp_path):
    """While notebooks run: only the process of the command is killed, so everything else has to notice."""
    ground = Ground(clone(tmp_path / "project"))
    before = contents(ground.reports)
    run = ground.start("reproduce", "stopped.txt")
    try:
        until = time.monotonic() + 300
        while "  harmonise (" not in ground.words("stopped.txt") and run.poll() is None and time.monotonic() < until:
            time.sleep(0.1)
        assert run.poll() is None, ground.words("stopped.txt")
        while len(processes_in(ground.folder)) < 5 and time.monotonic() < until:  # with a stage and its kernel
            time.sleep(0.1)
    finally:
        stop(run, "SIGKILL, the process")
        run.wait(10)
    assert ground.left()[1] == []
    assert damage(contents(ground.reports), before, before)[0] == []
    again = subprocess.run(
        MAKE_TABLES, cwd=ground.folder, env=environment(ground.folder), capture_output=True, text=True, timeout=300
    )
    assert again.returncode == 0, again.stderr
