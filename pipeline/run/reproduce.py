"""Reproducing: running the stages, comparing what came out with what is committed, running the tests."""

import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from pipeline.paths import BUILD, NOTEBOOKS, PARAMETERS, REPORTS, ROOT, shown
from pipeline.run.committed import reference
from pipeline.run.engine import Engine
from pipeline.run.environment import process_environment
from pipeline.run.stages import data_stages, files_of, stages
from pipeline.site.frame import page_file
from pipeline.text.declarations import declaration
from pipeline.text.fill import fill, values_of
from pipeline.text.language import Catalogue
from pipeline.text.parameters import read_study, run_parameters
from pipeline.text.results import read_results


def _call(command: list[str], meanwhile: Callable[[], int] | None = None, **variables: str) -> int:
    """Run a command to its end. Told to end meanwhile, tell it so and wait for it: no server is left behind.

    Parameters
    ----------
    meanwhile
        Done while the command starts; where its exit code is not 0 the command is ended.
    **variables
        Environment variables of the command.
    """
    with subprocess.Popen(command, cwd=ROOT, env=process_environment() | variables) as process:
        before = signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        try:
            code = meanwhile() if meanwhile else 0
            if code:
                process.terminate()
            return code or _waited_for(process)
        except BaseException:
            process.kill()
            raise
        finally:
            signal.signal(signal.SIGTERM, before)


def _waited_for(process: subprocess.Popen) -> int:
    """The exit code of a process, once it has ended.

    It is looked after again and again: a signal that the system hands to another thread of this process, and DVC's
    progress has one, does not end a wait without limit, and what is to be done on it would not be done.
    """
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(timeout=1)


def outputs() -> tuple[str, ...]:
    """The files and folders that the stages write and the repository keeps: data card, reports, pages."""
    return tuple(out for stage in stages().values() for out in stage.kept)


def reproduce() -> int:
    """Run every stage by force, compare all outputs with the committed ones, say what was found; 0 if none differs.

    A file counts as rebuilt when this run wrote it. Without git the comparison is with what travels along; see
    `committed.reference`.
    """
    started, engine = time.time(), Engine(force=True)
    engine.make_ready()  # while it is worked out what to compare
    kept, parameters = outputs(), shown(PARAMETERS)
    before = reference([*kept, parameters], ROOT)  # before minutes of work, not after
    if before.remark:
        print(before.remark)
    code = engine.run()
    if code:
        print(
            "\nThe run stopped; see the message above. What did not come to its end left its last good report.",
            file=sys.stderr,
        )
        return code
    found = sorted({path for path in before.digests if path != parameters} | set(files_of(kept, ROOT)))
    rebuilt = [path for path in found if (ROOT / path).is_file() and (ROOT / path).stat().st_mtime >= started - 1]
    not_rebuilt = sorted(set(found) - set(rebuilt))
    differing = [path for path in found if not before.is_same(path, ROOT)]
    print(f"\n{finding()}\n")
    print(f"{len(rebuilt)} of {len(found)} outputs rebuilt in {time.time() - started:.0f} s.")
    print(f"{len(found) - len(differing)} are byte-identical to {before.name}, {len(differing)} are not.")
    for path in differing:
        print(f"  differs: {path}" + ("" if before.holds(path) else f"  (not among {before.name})"))
    for path in not_rebuilt:
        print(f"  not rebuilt: {path}")
    if differing and not before.is_same(parameters, ROOT):
        back = before.restore.format(path=parameters)
        print(f"{parameters} differs from {before.name}, so other results are expected. To go back: {back}")
    print(f"Read them: {shown(REPORTS / page_file('index', read_study()['language']))}")
    return 1 if differing or not_rebuilt else 0


def finding(reports: Path = REPORTS) -> str:
    """What the study found for the chosen oblast, in two lines, from the result file."""
    parameters = run_parameters("yield_change", {})
    results = read_results("yield_change", reports)
    values = values_of(declaration("yield_change"), parameters.model_dump(), results)
    return fill(
        "{oblast}, {crop}: {yield_before} c/ha in {year_before}, {yield_after} in {year_after}: {change:+} c/ha, "
        "{percent_change:+} % ({percent_change_low} to {percent_change_high} with printed rounding).\n"
        "Rank {rank_among_oblasts} of {number_of_oblasts} oblasts by percent change; {oblasts_that_rose} of "
        "{number_of_oblasts} rose. A description of two years, not an effect.",
        values,
        Catalogue(parameters.language),
    )


def make_tables(*, quiet: bool = False) -> int:
    """Bring the harmonised tables up to date, which notebooks read and a fresh clone does not have; the exit code."""
    return Engine(quiet=quiet).run([stage.name for stage in data_stages()])


SPREAD = ("-n", "auto", "--maxprocesses", "4", "--no-loadscope-reorder")
"""Tests run in as many processes as there are processors. Files start in the order of collection, in which
`tests/conftest.py` puts the long ones first."""


def _pytest(options: list[str], share: str = "loadfile") -> list[str]:
    """The command for pytest.

    Parameters
    ----------
    share
        How processes share the tests. By default a file stays in one: the cells of a notebook build on each other.
    """
    places = [option for option in options if Path(option.partition("::")[0]).exists()]
    alone = len(places) == 1 and places[0].partition("::")[0].endswith((".py", ".ipynb"))
    # A debugger needs the terminal; and one file stays in one process, which need not wait for others to start.
    here = "--pdb" in options or (alone and share == "loadfile")
    spread = () if here else (*SPREAD, "--dist", share)
    # The package first, which spares nbval a second of imports; see pipeline/__init__.py.
    return [sys.executable, "-m", "pytest", "-p", "pipeline", *spread, *options]


def run_tests(options: list[str]) -> int:
    """All tests: pytest on tests/ and, by nbval, on the executed notebooks; on data that are up to date."""
    return make_tables(quiet=True) or _call(_pytest(options))


QUICK = ("tests/data", "tests/text", "tests/methods", "tests/exhibits", "tests/ledger", "tests/studies", "tests/run")


def quick_check(options: list[str]) -> int:
    """The linter, and the tests of data and code that take no long run and no browser; in a minute and a half."""
    linted = _call([sys.executable, "-m", "ruff", "check", str(ROOT)])
    chosen = ["-q", "-m", "not slow and not end_to_end", *(options or QUICK)]
    return linted or make_tables(quiet=True) or _call(_pytest(chosen, "worksteal"))  # no notebook is among them


def run_benchmark(options: list[str]) -> int:
    """How long a reader waits, into `benchmarks/results.md`; in clones of the last commit, an hour and more."""
    return _call([sys.executable, "-m", "benchmarks.reproduce", *options])


def run_trials(options: list[str]) -> int:
    """The long trials (stopped runs, fuzzed readers, mutants of the code), into `trials/results.md`; hours."""
    return _call([sys.executable, "-m", "trials", *options])


QUIET_LAB = {"@jupyterlab/apputils-extension:notification": {"checkForUpdates": False, "fetchNews": "false"}}
"""Settings of JupyterLab: it asks nobody for news or updates, nor the reader whether it may."""


def start_lab(options: list[str]) -> int:
    """JupyterLab on the landing notebook, until it is stopped; the tables that notebooks read are made as it starts.

    Its layout and settings are kept in `build/`, for by default it would bring the open files of another folder's
    session.
    """
    settings = BUILD / "jupyter" / "labconfig" / "default_setting_overrides.json"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(json.dumps(QUIET_LAB), encoding="utf-8")
    return _call(
        [
            sys.executable,
            "-m",
            "jupyterlab",
            f"--notebook-dir={ROOT}",
            f"--LabApp.default_url=/lab/tree/{NOTEBOOKS.name}/index.ipynb",
            f"--LabApp.workspaces_dir={BUILD / 'jupyterlab'}",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            *options,
        ],
        lambda: make_tables(quiet=True),
        JUPYTER_CONFIG_PATH=str(settings.parents[1]),
    )
