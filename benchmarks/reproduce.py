"""How long a reader waits: reproducing, looking again after an edit, opening JupyterLab, against the usual ways.

Run from the project's root:  python -m benchmarks.reproduce [--runs 5] [--only ROW ...] [--to FILE]
It writes benchmarks/reproduce.csv and its section of benchmarks/results.md; an hour and more, on a machine that does
nothing else. With `--to FILE` the figures go there and neither of the two is touched.

All of it happens in clones of the last commit in a temporary folder, with the running interpreter and its packages
(`PIPELINE_ENVIRONMENT=current`), whose code is compiled before a clock starts. A round times each side of a row once,
one after the other, so that a machine that slows down slows down all of them; what is told is the median over rounds
of the ratio within a round. Processor time is that of a command and of all that it started. Sides:

- usual way: one DVC stage a notebook, which calls the papermill command and then the nbconvert command (HTML), by
  `dvc repro --force`; one language, no pages, and the tables of data/ are there.
- plain scripts: the notebooks converted by `nbconvert --to python` and run by `ipython FILE`, two at a time; IPython,
  since the cells that say a sentence are its magics. One language, no HTML, no file kept but what a notebook writes.
- the project's own command makes the tables, runs the notebooks, draws in three languages and writes all pages; for a
  single report, `python -m pipeline run REPORT`, its pages in three languages.

Both suites of tests are run by hand, one after the other, by `make test` (ours by
`python -m pipeline test --durations=12`, which it calls); `--suite LOG FIRST` takes what they said. The first build is
run in a clone in which the pictures are committed that this processor draws otherwise (`make reproduce` names them):
its end-to-end test would stop half-way.

Linux: processor time is read, and what a command leaves behind is ended, through what its kernel tells of processes.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import psutil
import yaml

from benchmarks.results import markdown_table, write_section
from pipeline.paths import ROOT
from pipeline.run.committed import git
from pipeline.text.declarations import declarations

TABLE = Path(__file__).with_suffix(".csv")
NOTEBOOKS = ("yield_change", "weather", "circular")
"""The notebooks that are edited: a quick one, a middling one and a slow one."""
EDITED_TRANSLATION = ("ky", "history")
MOST = 1800.0
"""Seconds that no command may take longer than."""
PR_SET_CHILD_SUBREAPER = 36  # Linux: what a child leaves behind gets this process as its parent

OURS, USUAL, SCRIPTS = "make reproduce", "papermill and nbconvert commands under DVC", "plain scripts, two at a time"
REPORT, STATUS = "make report, nothing changed", "dvc status"
LAB, JUPYTERLAB = "make lab", "JupyterLab alone"
FIRST_BUILD = "4bd6946"
"""The commit whose suite ours is held against."""
SUITE_BEFORE = "make test of the first build"
SUITE_COLUMNS = ["row", "side", "round", "seconds", "of"]


@dataclass(frozen=True)
class Took:
    """Seconds by the clock and on processors, and what was said."""

    seconds: float
    processor: float
    said: str = ""


@dataclass
class Bench:
    """A folder for clones, the commit they are of, and the figures so far."""

    folder: Path
    commit: str
    rows: list[dict] = field(default_factory=list)

    def note(self, row: str, side: str, number: int, took: Took, runs: str = "") -> None:
        """Keep a figure; `runs` are the stages that ran, where that is the point."""
        figures = {"seconds": round(took.seconds, 2), "processor": round(took.processor, 2)}
        self.rows.append({"row": row, "side": side, "round": number} | figures | {"stages": runs, "of": self.commit})
        print(f"{row}, {number}, {side}: {took.seconds:.1f} s, processor {took.processor:.1f} s {runs}", flush=True)

    @contextlib.contextmanager
    def clone(self) -> Iterator[Path]:
        """A fresh clone with its code compiled, as it is in a finished environment; removed afterwards."""
        copy = Path(tempfile.mkdtemp(dir=self.folder)) / "project"
        subprocess.run(["git", "clone", "-q", "--no-local", str(ROOT), str(copy)], check=True)
        subprocess.run(["git", "-C", str(copy), "checkout", "-q", self.commit], check=True)
        subprocess.run([sys.executable, "-m", "compileall", "-q", "pipeline"], cwd=copy, check=True)
        try:
            yield copy
        finally:
            shutil.rmtree(copy.parent, ignore_errors=True)


def python(*arguments: str) -> list[str]:
    """A command of the running interpreter."""
    return [sys.executable, *arguments]


def pipeline(*arguments: str) -> list[str]:
    """A command of the project."""
    return python("-m", "pipeline", *arguments)


MAKE_TABLES = python("-c", "from pipeline.run.reproduce import make_tables; raise SystemExit(make_tables(quiet=True))")


def environment(copy: Path) -> dict[str, str]:
    """Variables of every command in a clone: this interpreter and the clone's code."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    programs = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", "")])
    quiet = {"DVC_NO_ANALYTICS": "1", "PYTHONUTF8": "1", "JUPYTER_PLATFORM_DIRS": "1"}
    own = {"PIPELINE_ENVIRONMENT": "current", "PYTHONPATH": str(copy), "PATH": programs}
    own |= {"IPYTHONDIR": str(copy / "build" / "ipython"), "MPLCONFIGDIR": str(copy.parent.parent / "matplotlib")}
    return kept | quiet | own


@contextlib.contextmanager
def processes_end(grace: float) -> Iterator[None]:
    """Become the parent of all that a command leaves behind, wait for it some seconds, and end by its id what stays."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    try:
        yield
    finally:
        left = [child for child in psutil.Process().children(recursive=True) if child.pid not in before]
        for process in psutil.wait_procs(left, timeout=grace)[1]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(left, timeout=5)
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 0)


def timed(work: Callable[..., str], *arguments: object, grace: float = 5.0) -> Took:
    """Let other processes do some work, and say how long it took by the clock and on processors.

    Parameters
    ----------
    grace
        Seconds after which what the work left behind is ended; what ends by itself until then counts in full.
    """
    started, used = time.perf_counter(), _used()
    with processes_end(grace):
        said = work(*arguments)
        seconds = time.perf_counter() - started
    return Took(seconds, _used() - used, said)


def _used() -> float:
    """Processor seconds of all ended processes that this one has waited for, and of those that they have."""
    times = os.times()
    return times.children_user + times.children_system


def call(copy: Path, command: list[str], variables: dict[str, str] | None = None) -> str:
    """Run a command in a clone to its end; what it said.

    Raises
    ------
    RuntimeError
        If it fails: a figure of a failed command says nothing. Reports that differ from the committed ones are none of
        this benchmark's business.
    """
    done = subprocess.run(
        command,
        cwd=copy,
        env=variables or environment(copy),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        timeout=MOST,
    )
    if done.returncode and "outputs rebuilt in" not in done.stdout:
        raise RuntimeError(f"{' '.join(command)} ended with exit code {done.returncode}:\n{done.stdout[-3000:]}")
    return done.stdout


def stages_run(said: str) -> str:
    """The stages that the engine says it has run."""
    return " ".join(re.findall(r"^\d+:\d\d  (\w+) \(", said, re.M))


# The usual ways


def usual_commands(name: str) -> list[list[str]]:
    """What somebody would call by hand for one notebook."""
    executed = f"executed/{name}.ipynb"
    return [
        ["papermill", "--log-level", "ERROR", "--no-progress-bar", f"notebooks/{name}.ipynb", executed],
        ["jupyter", "nbconvert", "--log-level", "ERROR", "--to", "html", executed],
    ]


def usual_stages() -> str:
    """A dvc.yaml as somebody would write it by hand: a stage a notebook, papermill and nbconvert."""
    written = {
        name: {
            "cmd": " && ".join(map(shlex.join, usual_commands(name))),
            "deps": [f"notebooks/{name}.ipynb", f"notebooks/{name}.yml", *declared.inputs, "pipeline"],
            "outs": [f"executed/{name}.ipynb", f"executed/{name}.html"],
        }
        for name, declared in declarations().items()
    }
    return yaml.safe_dump({"stages": written}, sort_keys=False)


def prepare_usual(copy: Path) -> None:
    """Make the tables, and put the usual stages in place of the project's."""
    call(copy, MAKE_TABLES)
    (copy / "dvc.lock").unlink()
    (copy / "dvc.yaml").write_text(usual_stages(), encoding="utf-8")
    (copy / "executed").mkdir()


def make_scripts(copy: Path, names: Iterable[str]) -> list[Path]:
    """The notebooks as scripts."""
    sources = [f"notebooks/{name}.ipynb" for name in names]
    call(copy, python("-m", "nbconvert", "--to", "python", "--output-dir", "scripts", "--log-level", "ERROR", *sources))
    return [copy / "scripts" / f"{name}.py" for name in names]


def run_scripts(copy: Path, scripts: list[Path]) -> str:
    """Run scripts to their end, two at a time."""
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda path: call(copy, python("-m", "IPython", "--no-banner", str(path))), scripts))
    return ""


# The rows


def cold(bench: Bench, runs: int) -> None:
    """Everything from nothing, in a fresh clone each time."""
    for number in range(runs):
        with bench.clone() as copy:
            bench.note("cold", OURS, number, timed(call, copy, pipeline("reproduce")))
        with bench.clone() as copy:
            prepare_usual(copy)
            bench.note("cold", USUAL, number, timed(call, copy, python("-m", "dvc", "repro", "--force")))
        with bench.clone() as copy:
            call(copy, MAKE_TABLES)
            scripts = make_scripts(copy, declarations())
            bench.note("cold", SCRIPTS, number, timed(run_scripts, copy, scripts))


def alone(bench: Bench, runs: int) -> None:
    """One report by itself, in a clone whose tables are made."""

    def by_hand(copy: Path, name: str) -> str:
        return "".join(call(copy, command) for command in usual_commands(name))

    with bench.clone() as copy:
        (copy / "executed").mkdir()
        call(copy, pipeline("run", NOTEBOOKS[0]))
        for number in range(runs):
            for name in NOTEBOOKS:
                own, usual = sides_alone(name)
                bench.note("alone", own, number, timed(call, copy, pipeline("run", name)))
                bench.note("alone", usual, number, timed(by_hand, copy, name))


def sides_alone(name: str) -> tuple[str, str]:
    """The names of the two sides of a report by itself."""
    return f"pipeline run {name}", f"papermill and nbconvert commands, {name}"


def edits(bench: Bench, runs: int) -> None:
    """Nothing changed, a comment in a notebook, a word of a translation."""
    with bench.clone() as copy:
        call(copy, pipeline("report"))
        _comment(copy / "notebooks" / f"{NOTEBOOKS[0]}.ipynb", "# looked at")
        call(copy, pipeline("report"))  # draws all that is drawn once in a clone, as after its first edit
        for number in range(runs):
            bench.note("unchanged", REPORT, number, timed(call, copy, pipeline("report")))
            bench.note("unchanged", STATUS, number, timed(call, copy, python("-m", "dvc", "status")))
            for name in NOTEBOOKS:
                _comment(copy / "notebooks" / f"{name}.ipynb", f"# looked at again, {number}")
                took = timed(call, copy, pipeline("report"))
                bench.note("edit", f"make report, {name} edited", number, took, stages_run(took.said))
                (script,) = make_scripts(copy, [name])
                bench.note("edit", f"{name} as a script", number, timed(run_scripts, copy, [script]))
            language, domain = EDITED_TRANSLATION
            _reword(copy / "pipeline" / "locale" / language / f"{domain}.po")
            took = timed(call, copy, pipeline("report"))
            bench.note(
                "translation", f"make report, {domain} in {language} edited", number, took, stages_run(took.said)
            )


def _comment(path: Path, remark: str) -> None:
    """Add a comment to the last code cell of a notebook."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cell = [cell for cell in notebook["cells"] if cell["cell_type"] == "code" and "%%say" not in cell["source"][0]][-1]
    cell["source"] = ["".join(cell["source"]) + f"\n{remark}"]
    path.write_text(json.dumps(notebook, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _reword(path: Path) -> None:
    """Add a full stop to the first translation of a catalogue that is one line."""
    text = path.read_text(encoding="utf-8")
    changed = re.sub(r'(\nmsgid "[^"].*\nmsgstr "[^"{]+)"\n', r'\1."\n', text, count=1)
    if changed == text:
        raise RuntimeError(f"{path} has no translation in one line")
    path.write_text(changed, encoding="utf-8")


def lab(bench: Bench, runs: int) -> None:
    """JupyterLab until it answers, in a fresh clone each time."""
    options = ["--no-browser", "--allow-root"]
    for number in range(runs):
        with bench.clone() as copy:
            bench.note("lab", LAB, number, timed(_until_it_answers, copy, pipeline("lab", *options)))
        with bench.clone() as copy:
            alone = [*python("-m", "jupyterlab"), *options]
            bench.note("lab", JUPYTERLAB, number, timed(_until_it_answers, copy, alone))


def _until_it_answers(copy: Path, command: list[str]) -> str:
    """Start a server on a free port, ask it until it answers, and end it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (copy.parent / "server.txt").open("wb") as said:
        server = subprocess.Popen(
            [*command, f"--port={port}", "--ServerApp.port_retries=0"],
            cwd=copy,
            env=environment(copy),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
    try:
        for _ in range(int(MOST / 0.05)):
            if server.poll() is not None:
                raise RuntimeError(f"JupyterLab did not start:\n{(copy.parent / 'server.txt').read_text()[-3000:]}")
            with contextlib.suppress(OSError):  # as long as nobody listens
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api", timeout=5).close()
                return ""
            time.sleep(0.05)
        raise RuntimeError("JupyterLab did not answer")
    finally:
        server.kill()
        server.wait()


def fresh(bench: Bench, runs: int) -> None:
    """A machine without the environment, by part; the installer's cache is warm after the first, untimed round."""
    base = getattr(sys, "_base_executable", sys.executable)
    make = "from pipeline.run.environment import ensure; ensure(tests={})"
    for number in range(-1, runs):
        with bench.clone() as copy:
            variables = {k: v for k, v in environment(copy).items() if k not in ("PIPELINE_ENVIRONMENT", "PYTHONPATH")}
            parts = {
                "environment of what runs": [base, "-c", make.format(False)],
                OURS: [base, "-m", "pipeline", "reproduce"],
                "what the tests need beyond it": [base, "-c", make.format(True)],
            }
            for part, command in parts.items():
                if number < 0 and part == OURS:
                    continue
                took = timed(call, copy, command, variables)
                if number >= 0:
                    bench.note("fresh machine", part, number, took)


def check(bench: Bench, runs: int) -> None:
    """Unit and data tests and the linter, in a clone whose tables are made."""
    with bench.clone() as copy:
        call(copy, MAKE_TABLES)
        for number in range(runs):
            bench.note("check", "make check", number, timed(call, copy, pipeline("check")))


ROWS: dict[str, Callable[[Bench, int], None]] = {
    "cold": cold,
    "alone": alone,
    "edits": edits,
    "lab": lab,
    "fresh": fresh,
    "check": check,
}


def suite(log: str, first: str) -> pd.DataFrame:
    """Rows of the table from what `make test` said: the whole suite, its ten slowest tests, the first build's suite.

    Parameters
    ----------
    log
        What `python -m pipeline test --durations=12` said.
    first
        What `make test` said in a clone of the first build (`FIRST_BUILD`), on the same machine.

    Raises
    ------
    ValueError
        If a text has no summary of pytest or one of tests that failed, or the first none of the slowest tests.
    """
    slowest = re.findall(r"^([\d.]+)s (?:call|setup|teardown) +(\S.*)$", log, re.M)
    if not slowest:
        raise ValueError("This is not what pytest says with --durations=12: the slowest tests are missing.")
    rows = [("make test", lasted(log), None), *((name, float(seconds), None) for seconds, name in slowest[:10])]
    rows.append((SUITE_BEFORE, lasted(first), FIRST_BUILD))
    return pd.DataFrame([("suite", side, 0, seconds, of) for side, seconds, of in rows], columns=SUITE_COLUMNS)


def lasted(log: str) -> float:
    """Seconds that pytest says it took.

    Raises
    ------
    ValueError
        If the text has no summary of pytest, or tests failed: one that fails stops before it has done its work.
    """
    found = re.search(r"^=+ (.*\bpassed\b.*) in ([\d.]+)s\b.*=+$", log, re.M)
    if found is None or "failed" in found[1]:
        raise ValueError(
            "This is not what pytest says of tests that all passed: its summary is missing, or names others."
        )
    return float(found[2])


# What the figures say


def by_round(table: pd.DataFrame, row: str, column: str = "seconds") -> pd.DataFrame:
    """Rounds x sides of a row."""
    return table[table["row"] == row].pivot(index="round", columns="side", values=column)


def comparisons(table: pd.DataFrame) -> pd.DataFrame:
    """What is told: a side and its seconds, against which, and the median of what each round says of the two.

    A comparison of processor time stands beside that of seconds: where others use the machine it moves less.
    """
    found: list[tuple] = []

    def tell(row: str, side: str, against: str, of_round: Callable[[str], pd.Series], unit: str, reach: str) -> None:
        seconds = by_round(table, row).median().round(1)
        said = [f"{of_round(column).median():.2f} {unit}" for column in ("seconds", "processor")]
        found.append((side, seconds[side], against, seconds[against], *said, reach))

    def ratio(row: str, side: str, to: str) -> Callable[[str], pd.Series]:
        return lambda column: by_round(table, row, column)[side] / by_round(table, row, column)[to]

    def beyond(edited: str, script: str) -> Callable[[str], pd.Series]:
        def of_round(column: str) -> pd.Series:
            edit = by_round(table, "edit", column)
            return (edit[edited] - by_round(table, "unchanged", column)[REPORT]) / edit[script]

        return of_round

    there = set(table["row"])
    if "cold" in there:
        tell("cold", OURS, USUAL, ratio("cold", USUAL, OURS), "times faster", "at least 3 times faster")
        tell("cold", OURS, SCRIPTS, ratio("cold", OURS, SCRIPTS), "times", "at most 1.5 times")
    for name in NOTEBOOKS if "alone" in there else ():
        own, usual = sides_alone(name)
        tell("alone", own, usual, ratio("alone", own, usual), "times", "")
    if "unchanged" in there:
        tell("unchanged", REPORT, STATUS, ratio("unchanged", REPORT, STATUS), "times", "at most 1.3 times")
    for name in NOTEBOOKS if "edit" in there else ():
        pair = f"make report, {name} edited", f"{name} as a script"
        tell("edit", *pair, beyond(*pair), "times, beyond nothing changed", "at most 2 times")
    if "translation" in there:
        own = table[table["row"] == "translation"]
        ran = ", ".join(sorted({name for names in own["stages"] for name in names.split()}))
        found.append((own["side"].iloc[0], own["seconds"].median(), "", "", f"ran: {ran}", "", "no notebook runs"))
    if "lab" in there:
        tell(
            "lab",
            LAB,
            JUPYTERLAB,
            lambda column: by_round(table, "lab", column)[LAB] - by_round(table, "lab", column)[JUPYTERLAB],
            "s more",
            "at most 10 s more",
        )
    for row, reach in (("fresh machine", "told by part"), ("check", "under 90 s")):
        if row in there:
            for side, seconds in by_round(table, row).median().items():
                found.append((f"{side}, {row}" if row != "check" else side, seconds, "", "", "", "", reach))
    columns = ["what", "seconds", "against", "its seconds", "measured", "by processor time", "reach"]
    return pd.DataFrame(found, columns=columns)


def results(table: pd.DataFrame) -> str:
    """The section of `results.md`."""
    rows = table[table["row"] != "suite"]
    rounds = ", ".join(f"{row} {len(own)}" for row, own in rows.groupby("row", sort=False)["round"].unique().items())
    text = (
        f"Rounds: {rounds}. A row comes from one run, whose rounds time each side once, one after the other; what is "
        "told are medians over rounds. Processor time is "
        "that of a command and all that it started. What each side does says the head of benchmarks/reproduce.py. Of "
        f"commit {', '.join(rows['of'].dropna().unique())}.\n\n{markdown_table(comparisons(table))}"
    )
    if "suite" in set(table["row"]):
        own = table[table["row"] == "suite"].set_index("side")["seconds"]
        ours, before = own.iloc[0], own.pop(SUITE_BEFORE)
        text += (
            f"\n\n`make test` took {ours:.0f} s, that of the first build ({FIRST_BUILD}) {before:.0f} s on the same "
            f"machine: {ours / before:.2f} of its time (reach: at most a third, and under 1200 s). "
            "The ten slowest tests:\n\n"
        )
        text += "\n".join(f"- {seconds:.0f} s: `{name}`" for name, seconds in own.iloc[1:].items())
    return text


def last_commit(root: Path) -> str:
    """The short name of the commit whose clones are measured.

    Raises
    ------
    SystemExit
        If there is none: in a download without git.
    """
    try:
        answer = git("rev-parse", "--short", "HEAD", root=root)
    except FileNotFoundError:
        raise SystemExit(
            "The benchmark measures clones of the last commit, which needs git; git is not installed."
        ) from None
    if answer.returncode:
        said = answer.stderr.decode(errors="replace").strip().partition("\n")[0]
        raise SystemExit(f"The benchmark measures clones of the last commit, which needs a clone; git says: {said}")
    return answer.stdout.decode().strip()


def measured(row: str, runs: int) -> pd.DataFrame:
    """The figures of a row, one a round and side."""
    commit = last_commit(ROOT)
    with tempfile.TemporaryDirectory(prefix="reproduce-", ignore_cleanup_errors=True) as folder:
        bench = Bench(Path(folder), commit)
        ROWS[row](bench, 1 if row == "check" else runs)
    return pd.DataFrame(bench.rows)


def keep(new: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Put figures into a table, in place of those of the same rows; the whole table."""
    if path.is_file():
        old = pd.read_csv(path, dtype={"of": str})
        new = pd.concat([old[~old["row"].isin(new["row"])], new], ignore_index=True)
    new.to_csv(path, index=False, lineterminator="\n")
    return new


def main(arguments: list[str] | None = None) -> None:
    """Measure row by row, and write each into the table and the section of results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reproduce", description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5, help="rounds of each row (make check: one)")
    parser.add_argument("--only", nargs="+", choices=ROWS, metavar="ROW", help=f"some of {', '.join(ROWS)}")
    suites = "what the tests said with --durations=12, and those of the first build in a clone of it; runs nothing"
    parser.add_argument("--suite", type=Path, nargs=2, metavar=("LOG", "FIRST"), help=suites)
    parser.add_argument("--to", type=Path, help="write the figures there, and leave the committed ones as they are")
    asked = parser.parse_args(arguments)
    logs = asked.suite and [path.read_text(encoding="utf-8") for path in asked.suite]
    for row in asked.only or (["suite"] if logs else ROWS):
        table = keep(suite(*logs) if logs else measured(row, asked.runs), asked.to or TABLE)
        if not asked.to:
            write_section("reproduce", "How long a reader waits", results(table))
    print(results(table))


if __name__ == "__main__":
    main()
