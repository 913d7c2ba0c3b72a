"""Runs of a sweep on one and on two worker processes of this machine, and what follows for many more.

Run from the project's root:  python -m benchmarks.sweep
It writes a section of benchmarks/results.md; some minutes, on a machine that does nothing else.

The runs ask the report `other_oblasts` about every oblast and every pair of neighbouring years. Each count of workers
begins with workers that have run the report once, so that imports are not counted: they are what a worker costs once,
whatever it computes afterwards, and are given apart. What the scheduler and this process need for a run is measured
with runs that do nothing.
"""

import tempfile
from pathlib import Path
from time import perf_counter

import pandas as pd
from distributed import Client, wait

from benchmarks.results import markdown_table, write_section
from pipeline.run.results_only import made_of
from pipeline.run.sweep import DONE, Run, compute, grid, local_client, runs_of, sweep

REPORT = "other_oblasts"
GRID = ("oblast=all", "year_before=1995..2023", "year_after=year_before+1")
EMPTY = 5_000
MANY = 100_000
WORKERS = (10, 100)


def warmed(client: Client, run: Run) -> float:
    """Let every worker compute a run; the seconds of the slowest first one."""
    start = perf_counter()
    addresses = list(client.scheduler_info()["workers"])
    wait([client.submit(compute, REPORT, run, made_of(REPORT), workers=[a], pure=False) for a in addresses])
    return perf_counter() - start


def timed(runs: list[Run], workers: int) -> tuple[float, float, pd.DataFrame]:
    """Seconds of the runs on so many workers, seconds until these were warm, and the table."""
    with local_client(workers) as client, tempfile.TemporaryDirectory() as kept:
        client.wait_for_workers(workers)
        start_up = warmed(client, runs[0])
        start = perf_counter()
        frame = sweep(REPORT, runs, client, kept=Path(kept))
        return perf_counter() - start, start_up, frame


def nothing(number: int) -> int:
    """A run without work."""
    return number


def overhead() -> float:
    """Seconds that scheduler and client need for a run, from runs that do nothing on two workers."""
    with local_client(2) as client:
        client.wait_for_workers(2)
        client.gather(client.map(nothing, range(100), pure=False))
        start = perf_counter()
        client.gather(client.map(nothing, range(EMPTY), pure=False))
        return (perf_counter() - start) / EMPTY


def told(seconds: float) -> str:
    """A duration as people say it."""
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:,.1f} {unit}"
    return f"{seconds:,.0f} seconds"


def main() -> None:
    """Time one and two workers, hold their results against each other, write the section."""
    runs = runs_of(REPORT, grid(list(GRID)))
    one, start_one, alone = timed(runs, 1)
    two, start_two, both = timed(runs, 2)
    pd.testing.assert_frame_equal(alone.drop(columns="seconds"), both.drop(columns="seconds"))
    assert (alone["status"] == DONE).all()
    each, beside = float(alone["seconds"].mean()), overhead()

    measured = pd.DataFrame(
        {
            "workers": ["1", "2"],
            "runs": [f"{len(runs)}", f"{len(runs)}"],
            "seconds": [f"{one:.1f}", f"{two:.1f}"],
            "runs a second": [f"{len(runs) / one:.2f}", f"{len(runs) / two:.2f}"],
            "until the workers are warm, seconds": [f"{start_one:.1f}", f"{start_two:.1f}"],
        }
    )
    limit = each / beside
    paper = pd.DataFrame(
        {
            "workers": [f"{count}" for count in WORKERS],
            f"{MANY:,} runs take": [told(max(MANY * each / count, MANY * beside)) for count in WORKERS],
            "of which the scheduler is busy": [f"{min(100.0, 100 * beside * count / each):.0f} %" for count in WORKERS],
        }
    )
    text = (
        f"Report `{REPORT}`, {' '.join(GRID)}. A run takes {each:.2f} seconds of a worker (mean). Two workers are "
        f"**{one / two:.2f} times** one, and their results are the same.\n\n"
        + markdown_table(measured)
        + "\n\nOn paper, from the seconds of a run and from what scheduler and client need for one "
        f"({1e3 * beside:.1f} ms, measured with {EMPTY:,} runs that do nothing):\n\n"
        + markdown_table(paper)
        + f"\n\nUp to about {limit:,.0f} workers the runs themselves are the limit, and twice the workers take half "
        "the time. Beyond that the one scheduler is: it hands out a run in the time above, whoever computes, and tasks "
        "of several runs each would be the remedy. Nothing else grows with the number of workers: each reads its own "
        "copy of the data, and sends back some kilobytes a run."
    )
    write_section("sweep", "Sweep on one and two workers", text)
    print(text)


if __name__ == "__main__":
    main()
