"""Can the tests fail? Mutants of the code against the tests that run the changed line; branches that no test takes.

Run from the project's root:  python -m trials mutation [--sample 40] [--seed 15] [--only methods.panels ...]
It writes trials/mutation.csv, trials/branches.csv and its section of trials/results.md; two hours of a processor.

The modules are those of pipeline/methods and pipeline/ledger, and harmonise.py and checks.py of pipeline/data, the
tests those of the three rooms. They run once under coverage.py, which says what branches they take and which test runs
which line. Of each module a sample of its mutants (`trials/mutants.py`) is drawn with the seed. A mutant is never
written to disk: a process that has the libraries loaded is forked, imports the module with the change in it, and runs
the module's own tests, then the others in files that run the line, those that run it first. The first that fails has
killed it, and so has a test that does not come to an end. What survives stands in trials/mutation.csv, and the reason
that a person gave in trials/survivors.yml.

Why not mutmut or cosmic-ray: mutmut 3 changes nothing outside functions nor in decorated ones, and many rules of the
ledger are fields of models and properties; cosmic-ray starts Python and its libraries anew for each mutant, several
seconds before the first test. Neither draws a sample with a seed.

Linux: it forks.
"""

import argparse
import ast
import contextlib
import gc
import importlib
import importlib.abc
import importlib.machinery
import json
import multiprocessing
import os
import random
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import coverage
import pandas as pd
import pytest
import yaml

from benchmarks.results import markdown_table, write_section
from pipeline.paths import ROOT
from trials.mutants import mutant, number_of_mutants

HEADING = "Can the tests fail: mutants and branches"
TABLE = Path(__file__).with_suffix(".csv")
BRANCHES = Path(__file__).with_name("branches.csv")
REASONS = Path(__file__).with_name("survivors.yml")
RESULTS = Path(__file__).with_name("results.md")
SEED = 15
SAMPLE = 40
"""Mutants of a module."""
OF_DATA = ("harmonise", "checks")
LEAST, TIMES = 20, 2
"""Seconds of a processor that a mutant has, and how many times what its tests usually need is added."""
MEMORY = 8 * 2**30
"""Bytes of addresses that a mutant has: one digit more can ask for a table that no machine holds."""
LIBRARIES = (
    *("pandera.pandas", "pydantic", "scipy.stats", "scipy.optimize", "statsmodels.api", "jinja2", "openpyxl"),
    *("hypothesis", "pyfixest.estimation", "pysyncon"),
)
"""Loaded before the fork, once for all mutants: what is slow to import."""
BELOW = {"data": (), "methods": ("data", "text"), "ledger": ("methods",)}
"""Rooms in the order in which they are tried, with those below, which no mutant changes: they are loaded before too."""
TIMED_OUT = "no end"
OUTCOMES = {0: "survived", 1: "killed", 2: "killed", 3: "killed", 5: "survived"}
"""By pytest's code: all passed, one failed, a file could not be imported, pytest itself stumbled, no test at all."""
FORK = multiprocessing.get_context("fork")


def modules() -> list[str]:
    """The modules that are tried, by their dotted names."""
    own = [f"pipeline.{r}.{p.stem}" for r in BELOW for p in sorted((ROOT / "pipeline" / r).glob("*.py"))]
    return [m for m in own if not m.endswith("__init__") and (".data." not in m or m.split(".")[-1] in OF_DATA)]


def file_of(module: str, root: Path = ROOT) -> Path:
    """Where a module stands."""
    return (root / module.replace(".", "/")).with_suffix(".py")


# --- a process of its own for every run of tests -----------------------------------------------------------


class Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from a syntax tree instead of from its file."""

    def __init__(self, module: str, path: Path, tree: ast.Module) -> None:
        self.module, self.path, self.tree = module, path, tree

    def find_spec(self, name: str, path: object = None, target: object = None) -> importlib.machinery.ModuleSpec | None:
        """The module's place, if it is the one."""
        if name != self.module:
            return None
        spec = importlib.machinery.ModuleSpec(name, self, origin=str(self.path))
        spec.has_location = True
        return spec

    def exec_module(self, module: Any) -> None:
        """Run the changed code."""
        exec(compile(self.tree, str(self.path), "exec"), module.__dict__)


class Notes:
    """A plugin of pytest: puts tests in order, notes which fails first and what each takes.

    Coverage is told whose turn it is.
    """

    def __init__(self, order: Callable[[str], tuple] | None = None, measured: coverage.Coverage | None = None) -> None:
        self.order, self.measured = order, measured
        self.failed, self.seconds = "", {}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """The tests that are likeliest to fail come first."""
        if self.order:
            items.sort(key=lambda item: self.order(item.nodeid))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Note how long a test takes, with what it needs."""
        if self.measured:
            self.measured.switch_context(item.nodeid)
        start = time.process_time()
        done = yield
        self.seconds[item.nodeid] = round(time.process_time() - start, 4)
        return done

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the first failure."""
        if report.failed:
            self.failed = self.failed or report.nodeid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a file of tests that cannot be imported."""
        if report.failed:
            self.failed = self.failed or f"{report.nodeid}, on import"


def pytest_here(root: Path, tests: Iterable[str], notes: Notes, *options: str) -> int:
    """Run tests of the project at `root` in this process; pytest's code."""
    sys.path.insert(0, str(root))
    os.chdir(root)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # what no test of these rooms uses takes longer than the tests
    with tempfile.TemporaryDirectory(prefix="mutation-") as own:
        given = ["-q", "--rootdir", str(root), "--basetemp", f"{own}/tests", "-p", "no:cacheprovider", "-o", "addopts="]
        return int(pytest.main([*given, *options, *tests], plugins=[notes]))


def in_a_fork(work: Callable[[], Any], cpu_seconds: int | None = None) -> Any:
    """What a piece of work returns that is done in a fork of this process.

    Raises
    ------
    TimeoutError
        If the fork took more of a processor than that, or ten times as long by the clock.
    ChildProcessError
        If it ended without an answer.
    """
    receiving, sending = FORK.Pipe(duplex=False)

    def answer() -> None:
        os.setpgid(0, 0)  # what a test starts ends with it
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        if cpu_seconds:
            resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        sending.send(work())

    fork = FORK.Process(target=answer)
    fork.start()
    sending.close()
    try:
        if not receiving.poll(10 * cpu_seconds if cpu_seconds else None):
            raise TimeoutError
        return receiving.recv()
    except EOFError:
        fork.join()
        if fork.exitcode in (-signal.SIGXCPU, -signal.SIGKILL):
            raise TimeoutError from None
        raise ChildProcessError(f"the fork ended with {fork.exitcode}") from None
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(fork.pid, signal.SIGKILL)
        fork.join()
        receiving.close()


# --- what the tests run ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Measured:
    """What a run of the unchanged tests says.

    Attributes
    ----------
    lines
        For each module and each of its lines the tests that run it.
    seconds
        Of a processor, for each test.
    branches
        For each module how many branches it has, how many were taken, and from which line to which the others lead.
    """

    lines: dict[str, dict[int, list[str]]]
    seconds: dict[str, float]
    branches: dict[str, dict[str, Any]]


def measure(root: Path, names: Sequence[str], tests: Sequence[str]) -> Measured:
    """Run tests once, in a fork, under coverage.

    Raises
    ------
    RuntimeError
        If a test fails: nothing can be said of mutants then.
    """

    def work() -> Measured | str:
        with tempfile.TemporaryDirectory(prefix="mutation-") as kept:
            config = Path(kept) / "coveragerc"
            config.touch()  # the project's own settings, if it has any, are for somebody else
            measured = coverage.Coverage(
                data_file=None, branch=True, config_file=str(config), include=[str(file_of(n, root)) for n in names]
            )
            notes = Notes(measured=measured)
            with measured.collect():
                code = pytest_here(root, tests, notes, "-x")
            if code:
                return notes.failed or f"pytest ended with {code}"
            report = Path(kept) / "report.json"
            measured.json_report(outfile=str(report))
            said_of = json.loads(report.read_text(encoding="utf-8"))["files"]
            files = {Path(file).resolve(): said for file, said in said_of.items()}
            data = measured.get_data()
            lines, branches = {}, {}
            for name in names:
                path = file_of(name, root)
                found = data.contexts_by_lineno(str(path))
                lines[name] = {line: sorted(filter(None, contexts)) for line, contexts in found.items()}
                said = files[path.resolve()]
                branches[name] = {
                    "branches": said["summary"]["num_branches"],
                    "taken": said["summary"]["covered_branches"],
                    "not_taken": said["missing_branches"],
                }
            return Measured(lines, notes.seconds, branches)

    found = in_a_fork(work)
    if isinstance(found, str):
        raise RuntimeError(f"the tests do not pass as they are: {found}")
    return found


def load_below(module: str) -> None:
    """Import what a mutant of the module cannot change: once, and not in every fork."""
    rooms = [
        f"pipeline.{room}.{p.stem}"
        for room in BELOW[module.split(".")[1]]
        for p in (ROOT / "pipeline" / room).glob("*.py")
    ]
    for name in (*LIBRARIES, *sorted(rooms)):
        importlib.import_module(name.removesuffix(".__init__"))
    gc.freeze()  # a fork's collector need not look at it


# --- one mutant --------------------------------------------------------------------------------------------


def tried(root: Path, module: str, number: int, measured: Measured) -> dict[str, Any]:
    """What became of one mutant: the row of the table."""
    path = file_of(module, root)
    found, tree = mutant(path.read_text(encoding="utf-8"), number)
    lines = measured.lines[module]
    covering = set(lines.get(found.line, ()))
    files = {test.split("::")[0] for test in covering or set().union(*lines.values())}
    own = f"tests/{'/'.join(module.split('.')[1:-1])}/test_{module.split('.')[-1]}.py"
    quickest = {f: min(s for t, s in measured.seconds.items() if t.startswith(f"{f}::")) for f in files}

    def order(test: str) -> tuple:
        """Tests that run the line before the others, file by file: what a file's tests share is made once."""
        file = test.split("::")[0]
        return (test not in covering, quickest.get(file, 0.0), file, measured.seconds.get(test, 0.0))

    outcome, by = OUTCOMES[0], ""
    for chosen in ([own] if (root / own).is_file() else [], sorted(files - {own})):  # most die in the module's own file
        if chosen and outcome == OUTCOMES[0]:
            usual = sum(seconds for test, seconds in measured.seconds.items() if test.split("::")[0] in chosen)
            work = partial(_run_with, Changed(module, path, tree), root, chosen, order)
            try:
                code, by = in_a_fork(work, cpu_seconds=round(LEAST + TIMES * usual))
                outcome = OUTCOMES[code]
            except TimeoutError:
                outcome, by = TIMED_OUT, ""
            except ChildProcessError:
                outcome, by = OUTCOMES[1], "the process ended"
    return {"module": module.removeprefix("pipeline."), **asdict(found), "outcome": outcome, "by": by}


def _run_with(changed: Changed, root: Path, files: Sequence[str], order: Callable[[str], tuple]) -> tuple[int, str]:
    """Pytest's code of files of tests on a changed module, and the test that failed."""
    if changed.module in sys.modules:  # whoever imported it holds the code as it is
        for name in [n for n in sys.modules if n.split(".")[0] in (changed.module.split(".")[0], "tests")]:
            del sys.modules[name]
    sys.meta_path.insert(0, changed)
    notes = Notes(order)
    return pytest_here(root, files, notes, "-x"), notes.failed


def sample(source: str, size: int, seed: str) -> list[int]:
    """Numbers of mutants, drawn without repetition: the first ones of a larger sample are those of a smaller one."""
    numbers = list(range(number_of_mutants(source)))
    random.Random(seed).shuffle(numbers)
    return numbers[:size]


# --- the section -------------------------------------------------------------------------------------------


def reasons(path: Path = REASONS) -> dict[tuple[str, str, str, str], str]:
    """Why a mutant survives, by module, function, and the code before and after the change."""
    given = yaml.safe_load(path.read_text(encoding="utf-8"))
    given.pop("note", None)
    return {(m, e["in"], e["was"], e["now"]): e["reason"] for m, those in given.items() for e in those}


def note(path: Path = REASONS) -> str:
    """What a person says of the last run as a whole; empty if nothing."""
    return yaml.safe_load(path.read_text(encoding="utf-8")).get("note", "")


def why(row: pd.Series, known: dict[tuple[str, str, str, str], str]) -> str:
    """The reason of a row that survived; empty if nobody gave one."""
    return known.get((row["module"], row["function"], row["was"], row["now"]), "")


def by_module(table: pd.DataFrame, branches: pd.DataFrame) -> pd.DataFrame:
    """Mutants and branches of each module, and of all together in the last row."""
    frame = branches[["module", "mutants"]].copy()
    outcomes = table.groupby("module")["outcome"]
    frame["tried"] = frame["module"].map(outcomes.size()).fillna(0).astype(int)
    frame["killed"] = frame["module"].map(outcomes.agg(lambda o: (o != OUTCOMES[0]).sum())).fillna(0).astype(int)
    frame[["branches", "taken"]] = branches[["branches", "taken"]]
    frame.loc[len(frame)] = {"module": "all", **frame.drop(columns="module").sum()}
    frame.insert(4, "killed, %", (100 * frame["killed"] / frame["tried"]).round(1))
    frame["taken, %"] = (100 * frame["taken"] / frame["branches"]).round(1)
    return frame


def section(table: pd.DataFrame, branches: pd.DataFrame, seed: int) -> str:
    """What came out, as it stands in results.md."""
    known = reasons()
    left = table[table["outcome"] == OUTCOMES[0]]
    said = [why(row, known) for _, row in left.iterrows()]
    share = 100 * (1 - len(left) / len(table))
    survivors = pd.DataFrame(
        {
            "module": left["module"],
            "in": [f"`{f}`" if f else "" for f in left["function"]],
            "was": [_code(code) for code in left["was"]],
            "now": [_code(code) for code in left["now"]],
            "why it survives": [text or "no reason given" for text in said],
        }
    )
    untaken = branches[branches["not_taken"] != ""]
    rest = branches.loc[~branches["module"].isin(table["module"]), "module"]
    return (
        f"Seed {seed}. Of {branches['mutants'].sum():,} mutants {len(table):,} were tried; {share:.1f} % of these were "
        f"killed, {(table['outcome'] == TIMED_OUT).sum()} of them because the tests came to no end. {len(left)} "
        f"survived, {said.count('')} of them without a reason. Branches taken by the tests of the three rooms: "
        f"{100 * branches['taken'].sum() / branches['branches'].sum():.1f} %.\n\n"
        + (f"{note()}\n\n" if note() else "")
        + (f"Not tried yet: {', '.join(rest)}.\n\n" if len(rest) else "")
        + f"{markdown_table(by_module(table, branches))}\n\n"
        f"Branches that no test takes, from line to line (a minus leads out of the function that begins there):\n\n"
        f"{markdown_table(untaken[['module', 'not_taken']])}\n\n"
        f"Mutants that survived:\n\n{markdown_table(survivors)}"
    )


def _code(text: str) -> str:
    return f"`{text.replace('|', chr(92) + '|').replace('`', chr(39))}`"


def main(arguments: list[str] | None = None) -> None:
    """Measure the tests, try the mutants, and write the tables and the section of results."""
    parser = argparse.ArgumentParser(prog="python -m trials mutation", description=__doc__.splitlines()[0])
    parser.add_argument("--sample", type=int, default=SAMPLE, help="mutants of each module")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument(
        "--only", nargs="+", metavar="MODULE", help="such as methods.panels; the others stay as they are"
    )
    parser.add_argument("--survivors", action="store_true", help="try those again that survived in trials/mutation.csv")
    parser.add_argument(
        "--section", action="store_true", help="try none: write the section anew, after a reason was given"
    )
    asked = parser.parse_args(arguments)
    before = _read(TABLE)
    names = [n for n in modules() if not asked.only or n.removeprefix("pipeline.") in asked.only]
    if not asked.section:
        measured = measure(ROOT, names, sorted({f"tests/{n.split('.')[1]}" for n in names}))
        _keep(BRANCHES, pd.DataFrame([_branches(n, measured) for n in names]), ["module"])
        for name in names:
            load_below(name)
            again = before[(before["module"] == name.removeprefix("pipeline.")) & (before["outcome"] == "survived")]
            source = file_of(name).read_text(encoding="utf-8")
            drawn = sample(source, asked.sample, f"{asked.seed}:{name}")
            rows = []
            for number in again["number"].tolist() if asked.survivors else drawn:
                rows.append(tried(ROOT, name, number, measured))
                print(*rows[-1].values(), sep=" | ", flush=True)
            _keep(TABLE, pd.DataFrame(rows), ["module", "number"] if asked.survivors else ["module"])
    write_section("mutation", HEADING, section(_read(TABLE), _read(BRANCHES), asked.seed), RESULTS)


def _branches(name: str, measured: Measured) -> dict[str, Any]:
    of = measured.branches[name]
    return {
        "module": name.removeprefix("pipeline."),
        "mutants": number_of_mutants(file_of(name).read_text(encoding="utf-8")),
        "branches": of["branches"],
        "taken": of["taken"],
        "not_taken": ", ".join(f"{start} to {end}" for start, end in of["not_taken"]),
    }


def _read(path: Path) -> pd.DataFrame:
    return (
        pd.read_csv(path, keep_default_na=False)
        if path.is_file()
        else pd.DataFrame(columns=["module", "number", "outcome"])
    )


def _keep(path: Path, rows: pd.DataFrame, key: list[str]) -> None:
    """Write rows into a table, in place of those with the same key."""
    if rows.empty:
        return
    old = _read(path)
    others = old[~pd.MultiIndex.from_frame(old[key]).isin(pd.MultiIndex.from_frame(rows[key]))]
    both = pd.concat([others, rows] if len(others) else [rows]).sort_values(
        [c for c in ("module", "number") if c in rows], kind="stable"
    )
    both.to_csv(path, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
