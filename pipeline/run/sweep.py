"""Many runs of one report, on as many processes or machines as there are: `python -m pipeline sweep`.

A run is a set of parameters; its outcome is the values of the report's `results.json`. Runs are spread with
dask.distributed over processes of this machine, or over the workers of a scheduler that the user has. What a run gives
depends on its parameters, the code and the data, never on who computed it or when: its seed is drawn from its
parameters. Outcomes are kept as they come, in `build/sweeps/kept/`, by parameters and by a digest of code and data, so
that the same command goes on where it was stopped.
"""

import csv
import hashlib
import itertools
import json
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from pipeline.data.panel import load_panel
from pipeline.data.vocabulary import oblasts
from pipeline.data.yaml_files import parse_yaml, read_yaml
from pipeline.errors import ParameterError, PipelineError
from pipeline.paths import BUILD, NOTEBOOKS, shown
from pipeline.run.environment import ONE_THREAD, TEST_LOCK
from pipeline.run.results_only import ChangedError, made_of, results_of
from pipeline.site.sweep import write_sweep_page
from pipeline.text.declarations import Declaration, declaration
from pipeline.text.documents import without_formulas
from pipeline.text.language import SOURCE_LANGUAGE
from pipeline.text.parameters import check_parameters, read_parameters

if TYPE_CHECKING:
    from distributed import Client

SWEEPS = BUILD / "sweeps"
KEPT = SWEEPS / "kept"
NEEDED = ("distributed", "pyarrow")
AHEAD = 1000
"""Runs that wait at the scheduler: enough for any number of workers, few enough for its memory."""

DONE, REFUSED, FAILED = "done", "refused", "failed"

Parameters = dict[str, object]


@dataclass(frozen=True)
class Run:
    """One row of a sweep.

    Attributes
    ----------
    parameters
        All of the report's, checked; as they were asked for where they are refused.
    seed
        Of everything random in the run, drawn from the parameters.
    refused
        Why the parameters cannot be run; empty for those that can.
    """

    parameters: Parameters
    seed: int
    refused: str = ""

    @property
    def key(self) -> str:
        """The name under which its outcome is kept."""
        return _digest(self.parameters)


@dataclass(frozen=True)
class Outcome:
    """What became of a run: its results by name, or what went wrong; and the seconds it took where it ran."""

    status: str
    results: dict[str, object] = field(default_factory=dict)
    error: str = ""
    seconds: float | None = None


# --- which runs ---------------------------------------------------------------------------------------------------


def grid(assignments: Sequence[str]) -> list[Parameters]:
    """All combinations of values, the last name changing fastest.

    Parameters
    ----------
    assignments
        `NAME=VALUE,VALUE`, `NAME=FIRST..LAST` for whole numbers, `oblast=all`, or `NAME=OTHER+1` for a value that goes
        with another one (`year_after=year_before+1`).

    Raises
    ------
    ParameterError
        If one is not of these forms, or a name stands twice or hangs on one that is not there.

    Examples
    --------
    >>> grid(["oblast=Osh,Chui", "year_before=2020..2021", "year_after=year_before+1"])[1]
    {'oblast': 'Osh', 'year_before': 2021, 'year_after': 2022}
    """
    values: dict[str, list[object]] = {}
    following: dict[str, tuple[str, int]] = {}
    for text in assignments:
        name, equals, given = text.partition("=")
        name, given = name.strip(), given.strip()
        if not (equals and name.isidentifier() and given):
            raise ParameterError(f"--grid {text!r} is not of the form NAME=VALUE,VALUE or NAME=FIRST..LAST.")
        if name in values or name in following:
            raise ParameterError(f"--grid names {name!r} twice; put its values together: {name}=VALUE,VALUE.")
        hangs = re.fullmatch(r"([a-z_]\w*)\s*([+-]\s*\d+)", given)
        if hangs:
            following[name] = (hangs[1], int(hangs[2].replace(" ", "")))
        else:
            values[name] = _values(name, given, text)
    for name, (other, _) in following.items():
        if other not in values or not all(isinstance(v, int) for v in values[other]):
            raise ParameterError(
                f"--grid {name} hangs on {other!r}, which needs whole numbers: --grid {other}=2000..2010."
            )
    rows = [dict(zip(values, chosen, strict=True)) for chosen in itertools.product(*values.values())]
    return [row | {name: row[other] + step for name, (other, step) in following.items()} for row in rows]


def _values(name: str, given: str, text: str) -> list[object]:
    span = re.fullmatch(r"(-?\d+)\s*\.\.\s*(-?\d+)", given)
    if span:
        first, last = int(span[1]), int(span[2])
        if last < first:
            raise ParameterError(f"--grid {text!r}: {last} is smaller than {first}.")
        return list(range(first, last + 1))
    if (name, given) == ("oblast", "all"):
        return list(oblasts())
    return parse_yaml(
        f"[{given}]", f"--grid {text!r} (quote values with signs of YAML): the list of values", ParameterError
    )


def read_rows(path: Path) -> list[Parameters]:
    """Parameters from a file, a run a row: CSV with names in its first line, or YAML with a list of `name: value`.

    An empty cell of a CSV leaves its parameter as it is elsewhere.

    Raises
    ------
    ParameterError
        If the file is missing, cannot be read, or holds no runs.
    """
    if not path.is_file():
        raise ParameterError(f"--parameters {shown(path)}: there is no such file.")
    if path.suffix not in (".csv", ".yml", ".yaml"):
        raise ParameterError(f"--parameters {shown(path)}: the file must end in .csv, .yml or .yaml.")
    try:
        rows = (
            _rows_of_csv(path.read_text(encoding="utf-8-sig"), path)
            if path.suffix == ".csv"
            else read_yaml(path, ParameterError)
        )
    except (UnicodeDecodeError, csv.Error) as error:
        raise ParameterError(f"--parameters {shown(path)} is not readable: {error}") from error
    if not (isinstance(rows, list) and rows and all(isinstance(row, dict) for row in rows)):
        raise ParameterError(f"--parameters {shown(path)} must hold a list of runs, each of the form `name: value`.")
    return [{str(name): value for name, value in row.items()} for row in rows]


def _rows_of_csv(text: str, path: Path) -> list[Parameters]:
    lines = csv.reader(text.splitlines(), strict=True)
    names = [name.strip() for name in next(lines, [])]
    if not all(name.isidentifier() for name in names) or len(set(names)) < len(names):
        raise ParameterError(f"--parameters {shown(path)}, line 1: {names} are not names of parameters, each once.")
    rows = []
    for cells in lines:
        if len(cells) != len(names):
            raise ParameterError(
                f"--parameters {shown(path)}, line {lines.line_num}: {len(cells)} cells under {len(names)} names."
            )
        place = f"--parameters {shown(path)}, line {lines.line_num}"
        given = {n: cell for n, cell in zip(names, cells, strict=True) if cell.strip()}
        rows.append({n: parse_yaml(cell, f"{place}, {n}: {cell!r}", ParameterError) for n, cell in given.items()})
    return rows


def rows_of(assignments: Sequence[str], path: Path | None) -> list[Parameters]:
    """The rows of a grid, of a file, or of both: each row of the file with each of the grid."""
    if not assignments and path is None:
        raise ParameterError("A sweep needs --grid NAME=VALUES or --parameters FILE.")
    rows = [{}] if path is None else read_rows(path)
    across = grid(assignments)
    doubled = sorted({name for row in rows for name in row} & {name for row in across for name in row})
    if doubled:
        raise ParameterError(f"{doubled[0]!r} stands in {shown(path)} and in --grid; name it in one of them.")
    return [row | more for row in rows for more in across]


def require_known(report: str, rows: Iterable[Parameters], results: Iterable[str] = ()) -> None:
    """Refuse a name that is no parameter, or no result, of the report: it would be wrong in every run.

    Raises
    ------
    ParameterError
        If there is one.
    """
    declared = declaration(report)
    known = [*declared.study, *declared.parameters]
    unknown = sorted({name for row in rows for name in row} - set(known))
    if unknown:
        raise ParameterError(f"Unknown parameter {unknown[0]!r}. The report {report} takes: {', '.join(known)}.")
    for name in results:
        if name not in declared.results:
            raise ParameterError(f"--show {name} is no result of {report}. Results: {', '.join(declared.results)}.")


def runs_of(report: str, rows: Iterable[Parameters], panel: pd.DataFrame | None = None) -> list[Run]:
    """The runs that rows of parameters ask for, in their order; each with a seed of its own.

    A report that takes `seed` gets one drawn from the other parameters and the study's seed, so that draws of different
    runs are independent; a seed that a row names is taken as it is.

    Raises
    ------
    ParameterError
        As `require_known`. What a single run cannot be made with is kept in it instead.
    """
    rows = list(rows)
    require_known(report, rows)
    base = read_parameters(report) | {"language": SOURCE_LANGUAGE}
    panel = load_panel() if panel is None else panel
    runs = []
    for row in rows:
        asked = base | row
        try:
            parameters = check_parameters(report, asked, panel).model_dump()
        except ParameterError as error:
            runs.append(Run(asked, 0, str(error)))
            continue
        if "seed" in parameters and "seed" not in row:
            parameters["seed"] = _seed(parameters)
        runs.append(Run(parameters, _seed(parameters)))
    return runs


def _digest(parameters: Mapping[str, object]) -> str:
    text = json.dumps(parameters, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _seed(parameters: Mapping[str, object]) -> int:
    return int(_digest(parameters)[:8], 16) % 2**31


# --- one run, where the worker is ---------------------------------------------------------------------------------


def compute(report: str, run: Run, made: str) -> Outcome:
    """What becomes of a run, computed in this process.

    An error of the analysis is an outcome. What may be otherwise at the next try, want of memory or of a file, is
    raised, and the scheduler tries again.
    """
    begun = time.perf_counter()
    try:
        found = results_of(report, run.parameters, made, run.seed)
    except (MemoryError, OSError, ChangedError):
        raise
    except Exception as error:
        return Outcome(FAILED, error=_told(error), seconds=round(time.perf_counter() - begun, 3))
    values = {name: entry["value"] for name, entry in found.items()}
    return Outcome(DONE, values, seconds=round(time.perf_counter() - begun, 3))


def _told(error: BaseException) -> str:
    return " ".join([f"{type(error).__name__}: {error}", *getattr(error, "__notes__", [])])


# --- all runs -----------------------------------------------------------------------------------------------------


def sweep(
    report: str,
    runs: Sequence[Run],
    client: "Client",
    *,
    retries: int = 2,
    kept: Path | None = None,
    progress: Callable[[int, int], None] = lambda done, all_: None,
) -> pd.DataFrame:
    """Compute the runs that are not kept yet, and the table of all of them.

    Parameters
    ----------
    client
        Of the scheduler whose workers compute.
    retries
        How often a run is tried again after its worker was lost or wanted for memory or files.
    kept
        Folder of the outcomes; `KEPT` without it.
    progress
        Told how many of all runs have an outcome.

    Returns
    -------
    DataFrame
        A row a run, in their order: the parameters, every result value, status, error, seconds.
    """
    from distributed import as_completed

    made, outcomes = made_of(report), {run.key: Outcome(REFUSED, error=run.refused) for run in runs if run.refused}
    book = _Book((kept or KEPT) / f"{report}-{made}.jsonl")
    outcomes |= {key: found for key, found in book.read().items() if key not in outcomes}
    waiting = {run.key: run for run in runs if run.key not in outcomes}
    number = len({run.key for run in runs})
    progress(number - len(waiting), number)
    open_: Iterator[Run] = iter(list(waiting.values()))

    prefix = f"{report}-{made}-"  # with the state: a scheduler may still hold what was made from another

    def submitted(run: Run):
        return client.submit(compute, report, run, made, key=f"{prefix}{run.key}", retries=retries, pure=False)

    with book:
        futures = [submitted(run) for run in itertools.islice(open_, AHEAD)]
        coming = as_completed(futures)
        futures.clear()  # as_completed holds them; a future that nobody holds is forgotten by the scheduler
        for future in coming:
            key = future.key.removeprefix(prefix)
            outcomes[key] = future.result() if future.status == "finished" else Outcome(FAILED, error=_lost(future))
            del waiting[key]
            book.keep(key, outcomes[key])
            progress(number - len(waiting), number)
            for run in itertools.islice(open_, 1):
                coming.add(submitted(run))
    return table(declaration(report), runs, outcomes)


def _lost(future) -> str:
    """Why a run has no outcome.

    Raises
    ------
    ChangedError
        If code or data were others where it was made: so they will be for every further one.
    """
    error = future.exception()
    if isinstance(error, ChangedError):
        raise error
    if type(error).__name__ == "KilledWorker":
        return "KilledWorker: the processes that computed this run ended each time; perhaps for want of memory."
    return _told(error)


class _Book:
    """Outcomes on disk, a line each, written as they come; a line that a crash cut off is no line."""

    def __init__(self, path: Path):
        self.path = path

    def read(self) -> dict[str, Outcome]:
        """What was done before, by the key of the run."""
        found = {}
        for line in self.path.read_text(encoding="utf-8").splitlines() if self.path.is_file() else []:
            try:
                entry = json.loads(line)
                found[entry["key"]] = Outcome(DONE, entry["results"], seconds=entry["seconds"])
            except (ValueError, KeyError, TypeError):
                continue
        return found

    def __enter__(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        cut_off = self.path.is_file() and not self.path.read_bytes().endswith(b"\n")
        self._file = self.path.open("a", encoding="utf-8", newline="\n")
        if cut_off:
            self._file.write("\n")

    def keep(self, key: str, outcome: Outcome) -> None:
        """Keep what is done; what failed is tried again the next time."""
        if outcome.status == DONE:
            entry = {"key": key, "results": outcome.results, "seconds": outcome.seconds}
            self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")
            self._file.flush()

    def __exit__(self, *_: object) -> None:
        self._file.close()


def table(declared: Declaration, runs: Sequence[Run], outcomes: Mapping[str, Outcome]) -> pd.DataFrame:
    """A row a run: parameters, results, status, error, seconds; columns of the types that their values have."""
    names = [*declared.study, *declared.parameters]
    columns: dict[str, list] = {name: [_flat(run.parameters.get(name)) for run in runs] for name in names}
    found = [outcomes[run.key] for run in runs]
    doubled = sorted({*columns, "status", "error", "seconds"} & set(declared.results))
    if doubled:
        raise PipelineError(f"notebooks/{declared.name}.yml: the result {doubled[0]!r} has the name of another column.")
    for name in declared.results:
        columns[name] = [_flat(outcome.results.get(name)) for outcome in found]
    columns |= {name: [getattr(outcome, name) for outcome in found] for name in ("status", "error", "seconds")}
    return pd.DataFrame({name: _typed(values) for name, values in columns.items()})


def _flat(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value


def _typed(values: list) -> pd.Series:
    there = [value for value in values if value is not None]
    if there and all(isinstance(value, bool) for value in there):
        return pd.Series(values, dtype="boolean")
    if there and all(isinstance(value, int) and not isinstance(value, bool) for value in there):
        return pd.Series(values, dtype="Int64")
    if there and all(isinstance(value, int | float) and not isinstance(value, bool) for value in there):
        return pd.Series(values, dtype="Float64")
    return pd.Series([None if value is None else str(value) for value in values], dtype="string")


def write_sweep(report: str, frame: pd.DataFrame, folder: Path, shown_results: Sequence[str] = ()) -> str:
    """Write the table of a sweep as `runs.csv` and `runs.parquet`, and its page; a sentence saying what came out."""
    folder.mkdir(parents=True, exist_ok=True)
    without_formulas(frame).to_csv(folder / "runs.csv", index=False, lineterminator="\n", encoding="utf-8")
    frame.to_parquet(folder / "runs.parquet", engine="pyarrow", index=False)
    article = NOTEBOOKS / f"{report}.ipynb"
    write_sweep_page(declaration(report), article, frame, made_of(report), folder, shown_results)
    counts = frame["status"].value_counts()
    parts = [f"{counts.get(status, 0)} {status}" for status in (DONE, REFUSED, FAILED) if counts.get(status, 0)]
    return f"{len(frame)} runs of {report}: {', '.join(parts)}. Read them: {shown(folder)}/index.html"


@contextmanager
def shown_progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal; nothing anywhere else."""
    if not sys.stderr.isatty():
        yield lambda done, number: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, number: bar.update(task, completed=done, total=number)


# --- who computes -------------------------------------------------------------------------------------------------


@contextmanager
def local_client(workers: int, retries: int = 2) -> Iterator["Client"]:
    """Workers on this machine, a process each, that end with the context."""
    require_packages()
    import os

    import dask
    from distributed import Client, LocalCluster

    os.environ.update(ONE_THREAD)  # the workers' libraries read it when they are imported
    quiet = {
        "distributed.scheduler.allowed-failures": retries,
        "distributed.worker.multiprocessing-method": "spawn",
        "distributed.admin.tick.limit": "1h",  # a run holds the interpreter for seconds, and that is no news
        "logging.distributed": "critical",
    }
    with (
        dask.config.set(quiet),
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            host="127.0.0.1",
            silence_logs=50,
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


@contextmanager
def remote_client(address: str, report: str, wait: float = 30) -> Iterator["Client"]:
    """The workers of a scheduler that the user has started; they have the same project and data as this process.

    Raises
    ------
    PipelineError
        If no scheduler answers, no worker comes, or a worker has other code or data.
    """
    require_packages()
    from distributed import Client

    try:
        client = Client(address, timeout=wait)
    except (OSError, TimeoutError, ValueError) as error:
        raise PipelineError(
            f"--scheduler {address}: no scheduler answers there ({error}). Start one: dask scheduler; and on each "
            "machine, in a copy of the project with the same data: dask worker ADDRESS --nthreads 1 --nworkers auto"
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=wait)
            found = client.run(made_of, report, on_error="return")
        except TimeoutError:
            raise PipelineError(f"--scheduler {address} has no workers: dask worker {address} --nthreads 1") from None
        expected = made_of(report)
        for worker, made in found.items():
            if made != expected:
                raise PipelineError(
                    f"The worker {worker} would compute with other code, data or packages ({made}) than are here "
                    f"({expected}). Bring its copy of the project to the same state: python -m pipeline report"
                )
        yield client


def require_packages() -> None:
    """Refuse with the remedy where a sweep's own packages are not installed."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise PipelineError(
            f"This Python ({sys.executable}) lacks {' and '.join(missing)}, which a sweep needs: "
            f"pip install -r {TEST_LOCK}"
        )
