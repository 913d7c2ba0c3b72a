"""Stopped in the middle: `make reproduce` is killed, told to end or interrupted at random moments, in a clone.

Run from the project's root:  python -m trials kills [--trials 60] [--edits 6] [--seed 15] [--to FILE]
It writes trials/kills.csv and its section of trials/results.md; an hour and more on two processors. With `--to FILE`
the figures go there and neither of the two is touched.

A trial begins in a clone of the last commit as it was downloaded, where all was made, or where the study's parameters
were edited, so that every report comes out otherwise. It starts what `make reproduce` calls, stops it at a moment drawn
from the length of a whole run, and looks:

- every file below reports/ is, byte for byte, the one from before or the one that the run makes, and none is missing;
- no process is left that works in the clone;
- `make report` (every tenth time `make reproduce`) afterwards ends with the bytes that an undisturbed run makes.

At some of the moments a second run is started first: it has to be refused and to name the process of the first. In the
trials of edits a file is edited instead: the run has to say so and to end with an error.

Linux: which process works where is read from what the kernel tells of processes.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pandas as pd
import psutil

from benchmarks.reproduce import environment, pipeline
from benchmarks.results import markdown_table, write_section
from pipeline.paths import ROOT
from pipeline.run.committed import sha256

TABLE = Path(__file__).with_suffix(".csv")
RESULTS = Path(__file__).with_name("results.md")
SEED = 15
MOST = 1800.0
"""Seconds that no run may take longer than."""
PATIENCE = 15.0
"""Seconds that the processes of a stopped run have to end."""
BEGINNINGS = ("downloaded", "made", "downloaded", "made", "edited")
WAYS = ("SIGKILL, the process", "SIGKILL, its group", "SIGKILL, the process", "SIGKILL, its group", "SIGTERM", "Ctrl-C")
OBLASTS = ("oblast: Jalal-Abad", "oblast: Osh")
"""The line of params.yaml, as it is committed and as it is edited."""
EDITED = (
    "pipeline/site/front.py",
    "pipeline/methods/regression.py",
    "pipeline/studies/power/analysis.py",
    "pipeline/locale/ky/power.po",
    "data/vocabulary/crops.yml",
    "notebooks/history.yml",
)
"""Files of every kind that stages read; a comment is added at the end."""


@dataclass(frozen=True)
class Plan:
    """What happens in a trial: how it begins, how and when the run is stopped (as a share of a whole run)."""

    number: int
    begins: str
    way: str
    moment: float
    second: bool
    whole: bool

    @classmethod
    def drawn(cls, seed: int, number: int) -> Plan:
        """The plan of a number: the same for the same seed, whichever trials were made before."""
        draw = random.Random(f"{seed}:{number}")
        begins, way, moment = draw.choice(BEGINNINGS), draw.choice(WAYS), draw.uniform(0.01, 0.99)
        return cls(number, begins, way, moment, second=number % 6 == 5, whole=number % 10 == 9)


@dataclass
class Outcome:
    """What was found after a trial.

    Attributes
    ----------
    stopped_s
        When the run was stopped; `ended` says that it was over before.
    left_s
        Seconds until none of its processes was left; `left` are those that had to be ended by the trial.
    missing, foreign
        Files below reports/ that were gone, and those that are neither the old nor the new ones.
    refused
        Whether a second run was refused and named the first; None without one.
    other_after
        Files below reports/ that differ from those of an undisturbed run after the next run.
    complaint
        What the stopped run said that it should not have, or the next one where it failed.
    """

    number: int
    begins: str
    way: str
    stopped_s: float = 0.0
    ended: bool = False
    left_s: float = 0.0
    left: str = ""
    missing: str = ""
    foreign: str = ""
    refused: bool | None = None
    next_run: str = ""
    next_code: int = 0
    next_s: float = 0.0
    other_after: str = ""
    complaint: str = ""

    @property
    def faults(self) -> list[str]:
        """What is wrong with it, in words."""
        told = {
            "processes left": self.left,
            "missing files": self.missing,
            "files neither old nor new": self.foreign,
            "other bytes after the next run": self.other_after,
            "complaint": self.complaint,
            "second run": "" if self.refused in (None, True) else "not refused",
        }
        return [f"{what}: {which}" for what, which in told.items() if which]


def contents(folder: Path) -> dict[str, str]:
    """sha256 of every file below a folder, by its path from there."""
    return {p.relative_to(folder).as_posix(): sha256(p.read_bytes()) for p in folder.rglob("*") if p.is_file()}


def damage(found: dict[str, str], before: dict[str, str], after: dict[str, str]) -> tuple[list[str], list[str]]:
    """Files that should be there and are not, and those that are neither what was before nor what comes after."""
    missing = sorted((before.keys() & after.keys()) - found.keys())
    return missing, sorted(path for path, sha in found.items() if sha not in (before.get(path), after.get(path)))


def processes_in(folder: Path) -> list[psutil.Process]:
    """Processes that work in a folder, or below it."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if Path(process.cwd()).is_relative_to(folder) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def few(names: list[str]) -> str:
    """The first of some names, and how many more."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


@dataclass
class Ground:
    """A clone in which runs are stopped.

    Attributes
    ----------
    made
        What an undisturbed run makes below reports/, for each line of `OBLASTS`.
    length
        Seconds that the last whole run took.
    """

    folder: Path
    made: dict[str, dict[str, str]] = field(default_factory=dict)
    length: float = 60.0

    @property
    def reports(self) -> Path:
        return self.folder / "reports"

    @property
    def oblast(self) -> str:
        """The line of params.yaml that says which oblast is studied."""
        text = (self.folder / "params.yaml").read_text(encoding="utf-8")
        return next(line for line in OBLASTS if line in text)

    def edit_parameters(self) -> None:
        """Let the study be of the other oblast."""
        path, now = self.folder / "params.yaml", self.oblast
        other = next(line for line in OBLASTS if line != now)
        path.write_text(path.read_text(encoding="utf-8").replace(now, other), encoding="utf-8")

    def git(self, *arguments: str) -> str:
        """What git says in the clone."""
        done = subprocess.run(["git", "-C", str(self.folder), *arguments], check=True, capture_output=True, text=True)
        return done.stdout

    def download_again(self) -> None:
        """Let the clone be as it was when it was made."""
        self.git("checkout", "-q", "--force", ".")
        self.git("clean", "-qfdx")

    def start(self, command: str, said: str) -> subprocess.Popen:
        """Start a command of the project as a shell does, in a group of its own; `said` is where its words go."""
        with (self.folder.parent / said).open("wb") as file:
            return subprocess.Popen(
                pipeline(command),
                cwd=self.folder,
                env=environment(self.folder),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def words(self, said: str) -> str:
        return (self.folder.parent / said).read_text(encoding="utf-8", errors="replace")

    def finish(self, command: str) -> tuple[int, float]:
        """Run a command to its end; its exit code and seconds."""
        started = time.monotonic()
        code = self.start(command, "next.txt").wait(MOST)
        seconds = time.monotonic() - started
        if command == "reproduce":
            self.length = seconds
        return code, seconds

    def prepare(self) -> None:
        """Make what an undisturbed run makes, and let it be what is committed in the clone.

        Raises
        ------
        RuntimeError
            If a run fails: then no trial would say anything.
        """
        self.finish("reproduce")
        if self.git("status", "--porcelain"):  # the code has gone on since the reports were committed
            self.git("-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-qam", "as made")
        self.keep()

    def keep(self) -> None:
        """Take what lies below reports/ for what an undisturbed run makes.

        Raises
        ------
        RuntimeError
            If the last run was none.
        """
        if "outputs rebuilt in" not in (said := self.words("next.txt")):
            raise RuntimeError(f"An undisturbed run fails:\n{said[-2000:]}")
        self.made[self.oblast] = contents(self.reports)

    def left(self) -> tuple[float, list[str]]:
        """Seconds until no process works in the clone, and those that have to be ended after `PATIENCE`."""
        started = time.monotonic()
        while (there := processes_in(self.folder)) and time.monotonic() - started < PATIENCE:
            time.sleep(0.1)
        seconds, names = time.monotonic() - started, []
        for process in there:
            with contextlib.suppress(psutil.NoSuchProcess):
                names.append(f"{process.name()} ({' '.join(process.cmdline())[:80]})")
                process.kill()
        psutil.wait_procs(there, timeout=5)
        return seconds, names

    def same(self) -> list[str]:
        """Files below reports/ that are not what an undisturbed run makes."""
        found, wanted = contents(self.reports), self.made[self.oblast]
        return sorted(path for path in found.keys() | wanted.keys() if found.get(path) != wanted.get(path))


def stop(process: subprocess.Popen, way: str) -> None:
    """Stop a run in one of `WAYS`."""
    number = {"SIGTERM": signal.SIGTERM, "Ctrl-C": signal.SIGINT}.get(way, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number) if way in (WAYS[1], "Ctrl-C") else os.kill(process.pid, number)


def trial(ground: Ground, plan: Plan) -> Outcome:
    """Stop a run, look at what is left, run again."""
    found = Outcome(plan.number, plan.begins, plan.way)
    if plan.begins == "downloaded":
        ground.download_again()
    before = ground.made[ground.oblast]
    if plan.begins == "edited":
        ground.edit_parameters()
        if ground.oblast not in ground.made:  # made once, undisturbed, and gone back from
            ground.finish("reproduce")
            ground.keep()
            ground.edit_parameters()
            ground.finish("report")
            ground.edit_parameters()
    after = ground.made[ground.oblast]
    run = ground.start("reproduce", "stopped.txt")
    with contextlib.suppress(subprocess.TimeoutExpired):
        run.wait(plan.moment * ground.length)
    if plan.second and plan.moment * ground.length > 10 and run.poll() is None:  # it has its lock by then
        refused = second_is_refused(ground, run)
        found.refused = refused if run.poll() is None else None
    found.ended, found.stopped_s = run.poll() is not None, round(plan.moment * ground.length, 1)
    stop(run, plan.way)
    with contextlib.suppress(subprocess.TimeoutExpired):
        run.wait(PATIENCE)
    seconds, left = ground.left()
    run.wait(5)
    found.left_s, found.left = round(seconds, 1), few(left)
    missing, foreign = damage(contents(ground.reports), before, after)
    found.missing, found.foreign = few(missing), few(foreign)
    if "Traceback" in (said := ground.words("stopped.txt")):
        found.complaint = f"traceback: {said[said.index('Traceback') :][:3000]!r}"
    found.next_run = "reproduce" if plan.whole else "report"
    found.next_code, seconds = ground.finish(found.next_run)
    found.next_s, found.other_after = round(seconds, 1), few(ground.same())
    if found.next_code and not (plan.whole and ground.oblast == OBLASTS[1]):  # which is not what is committed
        found.complaint += ground.words("next.txt")[-2000:]
    if ground.oblast == OBLASTS[0] and (changed := ground.git("status", "--porcelain")):
        found.complaint += f"git status: {changed[:300]!r}"
    if names := ground.left()[1]:
        found.left += f" after the next run {few(names)}"
    return found


def second_is_refused(ground: Ground, first: subprocess.Popen) -> bool:
    """Whether a second run ends with an error that names the first, which goes on."""
    second = ground.start("report", "second.txt")
    code, said = second.wait(120), ground.words("second.txt")
    return code != 0 and re.search(rf"\b{first.pid}\b", said) is not None and "Traceback" not in said


def edit(ground: Ground, seed: int, number: int) -> Outcome:
    """Edit a file while a run goes on: the run ends with an error that names it; the next run is as without it."""
    draw = random.Random(f"{seed}:edit:{number}")
    name, moment = EDITED[number % len(EDITED)], draw.uniform(0.05, 0.95)
    found = Outcome(number, "made", f"edit of {name}")
    if ground.oblast != OBLASTS[0]:
        ground.edit_parameters()
        ground.finish("report")
    run = ground.start("reproduce", "stopped.txt")
    with contextlib.suppress(subprocess.TimeoutExpired):
        run.wait(moment * ground.length)
    found.ended, found.stopped_s = run.poll() is not None, round(moment * ground.length, 1)
    with (ground.folder / name).open("a", encoding="utf-8") as file:
        file.write("\n# edited while a run went on\n")
    code, said = run.wait(MOST), ground.words("stopped.txt")
    if not found.ended and (code == 0 or name not in said or "edited while" not in said):
        found.complaint = f"exit code {code}, the edit is not told: {said[-600:]!r}"
    ground.git("checkout", "-q", "--", name)
    found.next_run, (found.next_code, seconds) = "report", ground.finish("report")
    found.next_s, found.other_after = round(seconds, 1), few(ground.same())
    found.complaint += f"git status: {changed[:300]!r}" if (changed := ground.git("status", "--porcelain")) else ""
    found.left = few(ground.left()[1])
    return found


@contextlib.contextmanager
def cloned(commit: str = "HEAD") -> Iterator[Path]:
    """A clone of the project in a temporary folder, removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="kills-")).resolve()
    copy = folder / "project"
    try:
        subprocess.run(["git", "clone", "-q", "--no-local", str(ROOT), str(copy)], check=True)
        subprocess.run(["git", "-C", str(copy), "checkout", "-q", commit], check=True)
        yield copy
    finally:
        for process in processes_in(copy):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        shutil.rmtree(folder, ignore_errors=True)


def trials(seed: int, kills: range, edits: range, commit: str, note: Callable[[Outcome], None]) -> None:
    """Make trials one after the other, and hand over what each found as soon as it is over."""
    with cloned(commit) as copy:
        ground = Ground(copy)
        ground.prepare()
        plans = [Plan.drawn(seed, number) for number in kills]
        for plan in sorted(plans, key=lambda plan: plan.begins == "edited"):  # which take longest
            note(trial(ground, plan))
        for number in edits:
            note(edit(ground, seed, number))


def results(table: pd.DataFrame) -> str:
    """The section of `results.md`."""
    stopped = table[~table["ended"].astype(bool)]
    kind = stopped["way"].where(~stopped["way"].str.startswith("edit of"), "a file edited")
    faulty = stopped[stopped["faults"].fillna("") != ""]
    shown = pd.DataFrame(
        {
            "stopped by": name,
            "trials": len(own),
            "with a fault": own.index.isin(faulty.index).sum(),
            "from … to, s": f"{own['stopped_s'].min():.0f} to {own['stopped_s'].max():.0f}",
            "longest until no process was left, s": own["left_s"].max(),
            "next run, median s": own["next_s"].median(),
        }
        for name, own in stopped.groupby(kind)
    )
    second = stopped["refused"].dropna()
    began = Counter(stopped["begins"])
    text = [
        f"Seed {', '.join(map(str, table['seed'].unique()))}, of commit {', '.join(table['of'].unique())}. "
        f"{len(stopped)} runs were stopped or disturbed; {len(table) - len(stopped)} more were over before their "
        f"moment came and do not count. They began in a clone as downloaded ({began['downloaded']}), with all made "
        f"({began['made']}), or with another oblast in params.yaml ({began['edited']}). What counts as a fault "
        "says the head of trials/kills.py.",
        markdown_table(shown),
        f"After {(stopped['next_run'] == 'reproduce').sum()} of them the next run was a whole `make reproduce`. "
        f"A second run was started in {len(second)}, and refused with the number of the first process in "
        f"{int(second.astype(bool).sum())}.",
    ]
    text += [f"- {row.number}, {row.way}, {row.begins}, {row.stopped_s} s: {row.faults}" for row in faulty.itertuples()]
    return "\n\n".join(text[:3]) + ("\n\n" + "\n".join(text[3:]) if text[3:] else "")


def main(arguments: list[str] | None = None) -> None:
    """Make the trials, and write the table and the section of results as they go on."""
    parser = argparse.ArgumentParser(prog="python -m trials kills", description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=60, help="runs that are stopped")
    parser.add_argument("--first", type=int, default=0, help="number of the first one, to go on with a table")
    parser.add_argument("--edits", type=int, default=len(EDITED), help="runs during which a file is edited")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--take", type=Path, metavar="FILE", help="only take over what was written with --to")
    parser.add_argument("--to", type=Path, help="write the figures there, and leave the committed ones as they are")
    asked = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the clone and what runs in it go with the trial
    # A shell starts what it puts into the background deaf to Ctrl-C, and the runs would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    head = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(head, check=True, capture_output=True, text=True).stdout.strip()
    path = asked.to or TABLE
    before = asked.take or (path if asked.first and path.is_file() else None)
    rows = pd.read_csv(before, dtype={"of": str}).to_dict("records") if before else []

    def note(found: Outcome) -> None:
        rows.append({"seed": asked.seed, "of": commit} | asdict(found) | {"faults": "; ".join(found.faults)})
        pd.DataFrame(rows).to_csv(path, index=False, lineterminator="\n")
        print(
            f"{found.number}, {found.begins}, {found.way}: {found.stopped_s} s. {found.faults or 'whole'}", flush=True
        )

    if asked.take:
        pd.DataFrame(rows).to_csv(path, index=False, lineterminator="\n")
    else:
        numbers = range(asked.first, asked.first + asked.trials)
        trials(asked.seed, numbers, range(asked.edits), commit, note)
    text = results(pd.read_csv(path, dtype={"of": str}))
    if not asked.to:
        write_section("kills", "Stopped in the middle", text, RESULTS)
    print(text)


if __name__ == "__main__":
    main()
