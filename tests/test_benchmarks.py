"""The study of size and power makes the panels that it says, and the benchmark of waiting counts as it says; no rate
and no time is tested here."""

import io
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pandas as pd
import psutil
import pytest
import yaml
from babel.messages.pofile import read_po

from benchmarks import reproduce as waiting
from benchmarks import size_and_power as study
from benchmarks.results import write_section
from pipeline.paths import NOTEBOOKS, ROOT
from pipeline.text.declarations import declarations
from pipeline.text.notebooks import read_notebook
from tests.methods.dummies import real_wheat


@pytest.fixture(scope="module")
def wheat() -> pd.DataFrame:
    return real_wheat()


@pytest.fixture(scope="module")
def moments(wheat) -> dict[str, study.Moments]:
    return study.calibrate(wheat)


@pytest.mark.parametrize("reading", ["alike", "one for one", "own responses"])
def test_made_changes_have_the_moments_that_they_are_made_from(reading, wheat, moments):
    design, given = study.Design(reading), moments[reading]
    rng = np.random.default_rng(5)
    covariance = np.mean(
        [study.made_panel(rng, wheat, design, given).diff().dropna().cov() for _ in range(400)], axis=0
    )
    expected = given.common * np.outer(given.response, given.response) + np.diag(given.own)
    # printing to 0.1 adds a little; 400 panels of 34 changes know a variance to about 3 %
    np.testing.assert_allclose(np.diag(covariance), np.diag(expected), rtol=0.12)


def test_the_real_variances_are_kept(wheat, moments):
    """Read as one factor, the panel's own variances come back, as long as no own part is at its floor."""
    given = moments["own responses"]
    fitted = given.common * given.response**2 + given.own
    np.testing.assert_allclose(fitted, wheat.diff().var(), rtol=1e-6)


def test_what_happens_in_a_design_is_all_that_happens(wheat, moments):
    def made(design):
        return study.made_panel(np.random.default_rng(7), wheat, design, moments[design.moments])

    plain = study.Design("one for one")
    moved = (made(replace(plain, effect=5.0)) - made(plain)).round(6)
    assert (moved.loc[2024:, "Jalal-Abad"] == 5).all() and moved.loc[:2023].eq(0).all(axis=None)
    assert moved.drop(columns="Jalal-Abad").eq(0).all(axis=None)
    fallen = (made(replace(plain, collapse=True)) - made(plain)).diff().round(6)
    assert fallen.loc[2024, "Chui"] == -16.3 and fallen.loc[2024].drop("Chui").eq(0).all()
    risen = made(study.Design("own responses", common_rise=5.27))
    assert risen.diff().loc[2024].drop("Jalal-Abad").mean() == pytest.approx(5.27, abs=4)  # own parts of six remain


def test_one_panel_says_something_of_every_method_and_the_same_again():
    name, found = study.one_panel(("no effect", study.CURVE_PANELS))
    assert name == "no effect" and all(np.isfinite(value) for value in found.values())
    assert study.one_panel(("no effect", study.CURVE_PANELS)) == (name, found)


def test_a_section_is_put_in_place_of_the_one_of_its_name(tmp_path):
    path = tmp_path / "results.md"
    for name, text in (("one", "first"), ("two", "second"), ("one", "third")):
        write_section(name, name.title(), text, path)
    page = path.read_text()
    assert page.index("third") < page.index("second") and "first" not in page


def times(
    row: str, side: str, seconds: list[float], processor: list[float] | None = None, stages: str = ""
) -> list[dict]:
    """Rows of the benchmark of waiting: one a round."""
    pairs = zip(seconds, processor or seconds, strict=True)
    given = {"row": row, "side": side, "stages": stages, "of": "abc1234"}
    return [given | {"round": number, "seconds": s, "processor": p} for number, (s, p) in enumerate(pairs)]


def test_what_is_told_is_the_median_of_the_ratios_of_rounds():
    """Not the ratio of medians: a machine that slows down in the middle slows down both sides of a round."""
    rows = times("cold", waiting.OURS, [10, 20, 40]) + times("cold", waiting.USUAL, [30, 80, 100])
    rows += times("cold", waiting.SCRIPTS, [10, 10, 40], [5, 5, 20])
    for name in waiting.NOTEBOOKS:
        own, by_hand = waiting.sides_alone(name)
        rows += times("alone", own, [7, 8]) + times("alone", by_hand, [8, 8])
    usual, scripts, *alone = waiting.comparisons(pd.DataFrame(rows)).itertuples(index=False)
    assert [row.measured for row in alone] == ["0.94 times"] * 3
    assert usual.measured == "3.00 times faster"  # 3, 4, 2.5; the medians are 20 and 80
    assert (usual.seconds, usual[3]) == (20, 80)
    assert (scripts.measured, scripts[5]) == ("1.00 times", "2.00 times")


def test_an_edit_is_told_beyond_the_round_where_nothing_changed():
    rows = times("unchanged", waiting.REPORT, [2, 4]) + times("unchanged", waiting.STATUS, [1, 4])
    for name in waiting.NOTEBOOKS:
        rows += times("edit", f"make report, {name} edited", [10, 12]) + times("edit", f"{name} as a script", [4, 2])
    rows += times("translation", "make report, history in ky edited", [5, 7], stages="publish")
    rows += times("lab", waiting.LAB, [9, 12]) + times("lab", waiting.JUPYTERLAB, [4, 5])
    unchanged, *edits, translation, lab = waiting.comparisons(pd.DataFrame(rows)).itertuples(index=False)
    assert unchanged.measured == "1.50 times"
    assert {row.measured for row in edits} == {"3.00 times, beyond nothing changed"}  # 8/4 and 8/2
    assert (translation.measured, translation.seconds) == ("ran: publish", 6)
    assert lab.measured == "6.00 s more"


def test_the_results_name_rounds_commit_and_the_slowest_tests():
    log = (
        "= slowest 12 durations =\n"
        "201.50s call     tests/run/test_end_to_end.py::test_a_copy\n"
        "30.25s setup    tests/browser/test_lab.py::test_b\n"
        "=== 2000 passed, 3 skipped, 12 warnings in 903.20s (0:15:03) ===\n"
    )
    first = "==== 1900 passed in 2709.60s (0:45:09) ====\n"
    suite = waiting.suite(log, first)
    rows = pd.DataFrame(times("check", "make check", [80]))
    said = waiting.results(pd.concat([rows, suite], ignore_index=True))
    assert "`make test` took 903 s, that of the first build (4bd6946) 2710 s on the same machine: 0.33 of its" in said
    assert "- 202 s: `tests/run/test_end_to_end.py::test_a_copy`" in said
    assert "| make check | 80" in said and "check 1" in said and "abc1234" in said
    assert said.count("\n- ") == 2
    with pytest.raises(ValueError, match="not what pytest says with --durations"):
        waiting.suite("=== 2000 passed in 903.20s ===", first)
    with pytest.raises(ValueError, match="its summary is missing"):
        waiting.suite(log, "2000 passed in 903.20s")
    with pytest.raises(ValueError, match="or names others"):
        waiting.suite(log, "==== 3 failed, 1900 passed in 2709.60s (0:45:09) ====\n")


def test_a_row_takes_the_place_of_the_one_of_its_name_and_all_reads_as_it_was_written(tmp_path):
    path = tmp_path / "table.csv"
    for row, seconds in (("unchanged", [2]), ("check", [80]), ("unchanged", [3])):
        rows = times(row, waiting.REPORT, seconds) + times(row, waiting.STATUS, seconds)
        table = waiting.keep(pd.DataFrame(rows).assign(of="12e4567"), path)
    assert table.groupby("row")["seconds"].max().to_dict() == {"check": 80, "unchanged": 3}
    ours = "=== 3 passed in 9.00s ===\n8.00s call  x.py::a\n"
    again = waiting.keep(waiting.suite(ours, "=== 2 passed in 30.00s ==="), path)
    assert "Of commit 12e4567." in waiting.results(again) and "0.30 of its time" in waiting.results(again)


def test_the_usual_way_is_a_stage_a_notebook():
    stages = yaml.safe_load(waiting.usual_stages())["stages"]
    assert list(stages) == list(declarations())
    assert "notebooks/weather.ipynb" in stages["weather"]["deps"] and len(stages["weather"]["outs"]) == 2


def test_an_edit_is_an_edit(tmp_path):
    """The comment goes into code, not into a sentence; the translation stays one that can be read."""
    notebook, catalogue = tmp_path / "a.ipynb", tmp_path / "a.po"
    notebook.write_text((NOTEBOOKS / "circular.ipynb").read_text(encoding="utf-8"), encoding="utf-8")
    waiting._comment(notebook, "# seen")
    edited = [c for c in read_notebook(notebook).cells if "# seen" in c.source]
    assert len(edited) == 1 and edited[0].cell_type == "code" and not edited[0].source.startswith("%%say")
    source = (ROOT / "pipeline" / "locale" / "ky" / "history.po").read_text(encoding="utf-8")
    catalogue.write_text(source, encoding="utf-8")
    waiting._reword(catalogue)
    with catalogue.open("rb") as file:
        after = {m.id: m.string for m in read_po(file)}
    before = {m.id: m.string for m in read_po(io.BytesIO(source.encode()))}
    assert after.keys() == before.keys() and sum(after[m] != before[m] for m in before) == 1


def test_processor_time_is_that_of_grandchildren_too_and_nobody_is_left():
    """A command that is gone may have left what it started behind."""
    burn = "import time; t = time.process_time()\nwhile time.process_time() < t + 0.3: pass"
    start = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {burn!r}])"
    took = waiting.timed(lambda: subprocess.run([sys.executable, "-c", start], check=True) and "")
    assert took.processor >= 0.3
    sleep = "import time; time.sleep(60)"
    # Its own streams: whoever reads what the command says would wait until this, too, has ended by itself.
    quiet = "stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL"
    left = f"import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', {sleep!r}], {quiet}).pid)"
    said = waiting.timed(
        lambda: subprocess.run([sys.executable, "-c", left], check=True, capture_output=True, text=True).stdout,
        grace=0.1,
    ).said
    assert not psutil.pid_exists(int(said))


def test_processes_that_were_there_before_are_let_be():
    """A browser that other tests use is a grandchild of the process that times."""
    sleep = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"
    grandchildren = []
    with subprocess.Popen([sys.executable, "-c", sleep]) as child:
        try:
            until = time.monotonic() + 20
            while not (grandchildren := psutil.Process(child.pid).children()) and time.monotonic() < until:
                time.sleep(0.05)
            waiting.timed(lambda: "", grace=0.1)
            assert child.poll() is None and all(g.is_running() for g in grandchildren) and grandchildren
        finally:
            for process in [*grandchildren, psutil.Process(child.pid)]:
                process.kill()


def test_a_download_without_git_is_told_that_the_benchmark_measures_commits(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(SystemExit, match="measures clones of the last commit.*git says: fatal: not a git repository"):
        waiting.last_commit(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match="measures clones of the last commit.*git is not installed"):
        waiting.last_commit(tmp_path)
