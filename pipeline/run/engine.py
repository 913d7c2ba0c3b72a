"""The engine: brings stages up to date as `dvc repro` does, but independent ones side by side and in warm processes.

The stages, what they depend on and whether they are up to date are DVC's; the engine starts those that are not as soon
as what they read is there, and records each as DVC does in dvc.lock when it has succeeded. A stage runs its own command
(`python -m pipeline …`) in a process forked from one that has imported pandas, matplotlib and statsmodels already;
where there is no such process to fork from (Windows), in one of its own. A failure stops only what depends on it.

What a run reads has to stay as it was when the run began. Where a file is edited meanwhile, stages that read it fail,
and so does the run: nobody could say what its reports were made from.
"""

import contextlib
import io
import json
import logging
import multiprocessing
import os
import re
import shlex
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import PipelineError
from pipeline.paths import ROOT, shown
from pipeline.run.environment import ONE_THREAD, process_environment
from pipeline.run.files import contents, files_of
from pipeline.run.stage_file import LOCK, are_kept, keep_stages, write_lock
from pipeline.run.steps import carry_out, perform
from pipeline.site.workers import end_with_owner

PRELOADED = (
    "pipeline.run.apart",
    "pipeline",
    "pandas",
    "matplotlib.figure",
    "matplotlib.backends.backend_agg",
    "matplotlib.font_manager",
    "scipy.stats",
    "statsmodels.regression.linear_model",
    "papermill",
    "ipykernel.kernelapp",
    "pipeline.run.runner",
    "pipeline.site.publish",
    "pipeline.run.forked",
)
"""What every stage would otherwise import for itself."""

AT_ONCE = ("python -m pipeline freeze",)
"""Commands that are performed by the engine itself: they end sooner than a process is ready to be handed anything."""

DURATIONS = "build/durations.json"

WRITE_EVERY = 10.0
"""Seconds after which dvc.lock is written in the middle of a run. A run that is killed loses what it recorded since, so
these stages run again."""


@dataclass(frozen=True)
class Outcome:
    """How a stage's command ended: its exit code, what it said on each stream, and how long it took."""

    code: int
    said: str
    complained: str
    seconds: float = 0.0


def _run_command(command: str, environment: dict[str, str]) -> Outcome:
    """Run one command of the pipeline in this process, which was made for it."""
    _begin(environment)
    return _performed(command)


def _run_action(action: Callable[..., str], arguments: tuple[object, ...], environment: dict[str, str]) -> Outcome:
    """Carry one action out in this process, which was made for it."""
    _begin(environment)
    return _outcome(carry_out, action, *arguments)


def _begin(environment: dict[str, str]) -> None:
    """Make this process one that a command begins in."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    if hasattr(os, "setpgrp"):
        os.setpgrp()  # one group with the kernel of a notebook, so that both can be ended at once


def _at_once(command: str) -> Future:
    """A command that this process performs itself, when it has ended."""
    ended: Future = Future()
    try:
        ended.set_result(_performed(command))
    except Exception as error:
        ended.set_exception(error)
    return ended


def _performed(command: str) -> Outcome:
    """Perform one command of the pipeline in this process."""
    python, module, package, *arguments = shlex.split(command)
    if (python, module, package) != ("python", "-m", "pipeline"):
        return Outcome(1, "", f"{command!r} is no command of the pipeline.")
    return _outcome(perform, *arguments)


def _outcome(action: Callable[..., int], *arguments: object) -> Outcome:
    """How an action ends, and what it prints, which is kept for whoever waits for it."""
    said, complained, begun = io.StringIO(), io.StringIO(), time.monotonic()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(complained):
        code = action(*arguments)
    return Outcome(code, said.getvalue(), complained.getvalue(), time.monotonic() - begun)


class Engine:
    """Brings stages up to date.

    Parameters
    ----------
    force
        Run every stage, whether it is up to date or not.
    jobs
        How many run side by side; the number of processors without it.
    quiet
        Say nothing of stages that succeed.
    """

    def __init__(self, *, force: bool = False, jobs: int | None = None, quiet: bool = False):
        self.force, self.quiet = force, quiet
        self.jobs = jobs or processors()
        self._started = time.monotonic()
        self._pool: ProcessPoolExecutor | None = None
        self._unwritten: list = []
        self._written = self._started
        self._begun: dict[str, str] = {}  # what the run reads and no stage writes, as it was when the run began

    def run(self, targets: list[str] | None = None) -> int:
        """Bring the stages of these names and all they need up to date, or all; 0 if none failed.

        Raises
        ------
        PipelineError
            If DVC cannot read the stages, or another run holds its lock.
        """
        if not are_kept():  # so something was edited: the processes are made ready while DVC finds out what is to run
            self.make_ready()
            if keep_stages():
                self._say("dvc.yaml was written anew from the declarations of the reports.")
        from dvc.exceptions import DvcException
        from dvc.lock import LockError
        from dvc.repo import Repo

        logging.getLogger("dvc").setLevel(logging.ERROR)  # its remarks on files it writes and does not push

        try:
            # Nothing of a run needs git, so it works in a download without it and wherever git refuses the folder.
            with self._ended_in_order(), Repo(str(ROOT), config={"core": {"no_scm": True}}) as repo, repo.lock:
                self._forget_broken_locks(repo)
                if not self.force and targets is None and not any(stage.changed() for stage in repo.index.stages):
                    return 0  # found without the graph, which takes longer to make
                try:
                    return self._schedule(repo.index.graph, targets)
                finally:
                    self._write_lock()
        except LockError:
            raise PipelineError(_other_run()) from None
        except (DvcException, UnicodeDecodeError) as error:
            raise PipelineError(f"DVC: {error}{_about_the_lock(error)}") from error

    def apart(self, action: Callable[..., str], *arguments: object) -> int:
        """Carry an action out in a process that has its imports already, as a stage has, and print what it said.

        Returns
        -------
        int
            The exit code.
        """
        with self._ended_in_order():
            outcome = _ended(self._workers().submit(_run_action, action, arguments, self._environment()))
        print(outcome.complained, end="", file=sys.stderr, flush=True)
        print(outcome.said, end="", flush=True)  # last, where the reader looks: what was made and where it lies
        return outcome.code

    @contextlib.contextmanager
    def _ended_in_order(self) -> Iterator[None]:
        """Leave no process behind, whatever happens: a request to end ends this one as Ctrl-C does."""
        before = signal.signal(signal.SIGTERM, _as_interrupt) if _is_main_thread() else None
        try:
            yield
        finally:
            self._stop()
            if before is not None:
                signal.signal(signal.SIGTERM, before)

    def _forget_broken_locks(self, repo) -> None:
        """Remove DVC's list of files in use where a power loss left it empty or cut: DVC says that, and no way out.

        A list that can be read stays: `dvc repro` by hand may be at work, and DVC forgets processes that are gone.
        """
        path = Path(repo.tmp_dir) / "rwlock"
        try:
            whole = isinstance(json.loads(path.read_text(encoding="utf-8")), dict)
        except FileNotFoundError:
            return
        except ValueError:
            whole = False
        if not whole:
            path.unlink()
            self._say(f"{shown(path)} was left broken by a run that was cut off; it was removed.")

    def _schedule(self, graph, targets: list[str] | None) -> int:
        """Start what is ready until nothing is left; `graph` has an edge from each stage to those it reads from."""
        waiting = {stage: set(graph.successors(stage)) for stage in self._wanted(graph, targets)}
        sources = _sources(graph, waiting)
        self._begun = {n: self._begun.get(n, now) for n, now in contents(files_of(sources)).items()}
        order = {stage: number for number, stage in enumerate(waiting)}
        took = self._durations()
        ahead = _longest_ways(graph, took)
        running: dict[Future, tuple] = {}
        failed: list[str] = []
        while waiting or running:
            ready = sorted((s for s, needs in waiting.items() if not needs), key=lambda s: (-ahead[s], order[s]))
            found_up_to_date = False
            # One more than there are processes: it begins while what another has made is recorded here.
            handed_over = self.jobs + 1 if self.jobs > 1 else 1
            for stage in ready[: max(0, handed_over - len(running))]:
                del waiting[stage]
                if not self.force and not stage.changed():
                    _done(stage, waiting)
                    found_up_to_date = True
                    continue
                stage.remove_outs(ignore_remove=False, force=False)
                files = files_of(_read_by(stage))
                read = contents(files) | {name: self._begun[name] for name in files if name in self._begun}
                future = _at_once(stage.cmd) if stage.cmd in AT_ONCE else self._handed_over(stage.cmd)
                running[future] = (stage, read)
            if found_up_to_date:  # what reads it may be ready now, so that no processor has to wait
                continue
            if not running:
                break  # what is left depends on what failed
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                stage, read = running.pop(future)
                outcome = self._record(stage, future, read)
                if outcome.code == 0:
                    _done(stage, waiting)
                    took[stage.addressing] = round(outcome.seconds, 1)
                    self._keep_durations(took)
                else:
                    failed.append(stage.addressing)
        if failed:
            behind = (
                f" Not run, since they read from it: {', '.join(s.addressing for s in waiting)}." if waiting else ""
            )
            print(f"\n{', '.join(failed)} failed; see above.{behind}", file=sys.stderr)
        edited = _differing(self._begun, contents(files_of(sources)))
        if edited:
            print(
                f"\n{_few(edited)}: edited while the run went on. Reports may be from before the edit or after it, "
                "so this run counts for nothing. Run it again.",
                file=sys.stderr,
            )
        return 1 if failed or edited else 0

    def _durations(self) -> dict[str, float]:
        """Seconds that each stage took when it last ran here; they decide the order of starts and nothing else."""
        try:
            kept = json.loads((ROOT / DURATIONS).read_text(encoding="utf-8"))
            return {str(name): float(seconds) for name, seconds in kept.items()}
        except (OSError, ValueError, TypeError, AttributeError):  # none, or one that a killed run left behind
            return {}

    def _keep_durations(self, took: dict[str, float]) -> None:
        (ROOT / DURATIONS).parent.mkdir(exist_ok=True)
        (ROOT / DURATIONS).write_text(json.dumps(took, indent=1), encoding="utf-8")

    def _wanted(self, graph, targets: list[str] | None) -> list:
        """The stages wanted and all they need, in the order of dvc.yaml."""
        every = sorted(graph.nodes, key=lambda stage: list(graph.nodes).index(stage))
        if targets is None:
            return every
        known = {stage.addressing: stage for stage in every}
        unknown = sorted(set(targets) - set(known))
        if unknown:
            raise PipelineError(f"dvc.yaml has no stage {unknown[0]!r}. Stages: {', '.join(sorted(known))}.")
        wanted, open_ = set(), [known[name] for name in targets]
        while open_:
            stage = open_.pop()
            if stage not in wanted:
                wanted.add(stage)
                open_ += graph.successors(stage)
        return [stage for stage in every if stage in wanted]

    def _record(self, stage, future: Future, read: dict[str, str]) -> Outcome:
        """Say how a stage ended and, if it succeeded, record it as DVC does; how it ended."""
        outcome = _ended(future)
        if future.exception() is not None:
            self._pool = None
        edited = _differing(read, contents(files_of(_read_by(stage)))) if outcome.code == 0 else []
        if edited:
            outcome = Outcome(
                1,
                outcome.said,
                f"{_few(edited)}, which it reads: edited while the run went on, so nobody knows what it was made from. "
                "Run it again.\n",
            )
        elapsed = int(time.monotonic() - self._started)
        if outcome.code == 0:
            stage.save(allow_missing=False, run_cache=False)
            stage.commit(allow_missing=False)
            self._unwritten.append(stage)
            if time.monotonic() - self._written > WRITE_EVERY:
                self._write_lock()
        said = outcome.said.strip().replace("\n", "\n      ")
        if not self.quiet or outcome.code:
            print(
                f"{elapsed // 60}:{elapsed % 60:02d}  {stage.addressing} ({outcome.seconds:.0f} s)  {said}", flush=True
            )
        if outcome.complained.strip():
            print(outcome.complained.rstrip(), file=sys.stderr, flush=True)
        return outcome

    def _write_lock(self) -> None:
        """Write into dvc.lock what was recorded since that was last done."""
        if self._unwritten:
            write_lock(self._unwritten, ROOT / LOCK)
        self._unwritten, self._written = [], time.monotonic()

    def make_ready(self) -> None:
        """Let the process that stages are forked from begin with its imports, where there is one."""
        if not self._begun:  # the code that the process imports now is what every stage runs with
            self._begun = contents(files_of(["pipeline"]))
        os.environ.update(process_environment() | ONE_THREAD)  # before anything is imported there
        if "forkserver" in multiprocessing.get_all_start_methods():
            from multiprocessing import forkserver

            forkserver.set_forkserver_preload(list(PRELOADED))
            forkserver.ensure_running()

    def _handed_over(self, command: str) -> Future:
        """A command that a process of its own performs."""
        return self._workers().submit(_run_command, command, self._environment())

    def _environment(self) -> dict[str, str]:
        """Variables of the processes."""
        return process_environment() | ONE_THREAD | ({"PIPELINE_FORCE": "1"} if self.force else {})

    def _workers(self) -> ProcessPoolExecutor:
        """The processes, made when the first is needed: one for each stage, so that none inherits another's state."""
        if self._pool is None:
            self.make_ready()
            methods = multiprocessing.get_all_start_methods()
            context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
            self._pool = ProcessPoolExecutor(
                self.jobs, mp_context=context, initializer=end_with_owner, max_tasks_per_child=1
            )
        return self._pool

    def _stop(self) -> None:
        """Leave no process behind, whatever happened."""
        if self._pool is None:
            return
        processes = list((self._pool._processes or {}).values())
        self._pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            if process.is_alive():
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL) if hasattr(os, "killpg") else process.kill()
        self._pool = None

    def _say(self, text: str) -> None:
        if not self.quiet:
            print(f"      {text}", flush=True)


def _about_the_lock(error: Exception) -> str:
    """The way out where dvc.lock is what DVC cannot read: cut off by a power loss, merged with both sides in it."""
    if LOCK not in str(error) and not isinstance(error, UnicodeDecodeError):
        return ""
    return (
        f"\n{LOCK} is where DVC keeps what every report was made from; expected is YAML as DVC wrote it. To get the "
        f"committed one back: git checkout -- {LOCK}. Without git delete it: then every stage runs once."
    )


def _other_run() -> str:
    """That another run, or a command of DVC, works in this folder, with the number of its process."""
    try:
        told = (ROOT / ".dvc" / "tmp" / "lock").read_text(encoding="utf-8", errors="replace")
    except OSError:  # Windows lets nobody read it meanwhile
        told = ""
    holder = re.search(r"\d+", told)
    which = f" (process {holder[0]})" if holder else ""
    return f"Another run{which} works in this folder. Wait until it has ended, or end it, and run this again."


def _longest_ways(graph, took: dict[str, float]) -> dict:
    """For each stage the seconds from its start to the end of the longest chain of stages that wait for it.

    What has the longest way ahead is started first. A stage that has not run here yet counts as a second.
    """
    ahead: dict = {}
    left = {stage: len(list(graph.predecessors(stage))) for stage in graph.nodes}
    last = [stage for stage, readers in left.items() if not readers]
    while last:
        stage = last.pop()
        ahead[stage] = took.get(stage.addressing, 1.0) + max((ahead[s] for s in graph.predecessors(stage)), default=0)
        for needed in graph.successors(stage):
            left[needed] -= 1
            if not left[needed]:
                last.append(needed)
    return ahead


def _done(stage, waiting: dict) -> None:
    for needs in waiting.values():
        needs.discard(stage)


def _sources(graph, wanted: Iterable) -> list[str]:
    """The files and folders that stages read and none writes."""
    written = [out.def_path for stage in graph.nodes for out in stage.outs]
    read = dict.fromkeys(path for stage in wanted for path in _read_by(stage))
    return [
        path
        for path in read
        if not any(f"{out}/".startswith(f"{path}/") or path.startswith(f"{out}/") for out in written)
    ]


def _differing(before: dict[str, str], now: dict[str, str]) -> list[str]:
    """Names of files that are there at one time only, or are not the same."""
    return sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))


def _few(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _read_by(stage) -> tuple[str, ...]:
    """The files and folders a stage depends on, from the project's root."""
    return tuple(dep.def_path for dep in stage.deps if (ROOT / dep.def_path).exists())


def _ended(future: Future) -> Outcome:
    """How what was handed over ended, which is not well where its process is gone or its code has a mistake."""
    try:
        return future.result()
    except Exception as error:
        where = str(error.__cause__ or "")  # the traceback there: a mistake may be in the reader's own figure
        return Outcome(1, "", f"{where}\nits process ended: {type(error).__name__}: {error}\n".lstrip("\n"))


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _is_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def _as_interrupt(*_: object) -> None:
    raise KeyboardInterrupt
