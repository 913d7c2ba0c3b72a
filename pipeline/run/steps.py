"""The steps that stages of dvc.yaml perform, by the name of their command, for the command line and the engine."""

import sys
from collections.abc import Callable
from pathlib import Path

from pipeline.errors import PipelineError, storage_problem
from pipeline.paths import shown


def _ingest(group: str) -> str:
    from pipeline.data.ingest import ingest

    return ingest(group)


def _harmonise() -> str:
    from pipeline.data.harmonise import harmonise

    return harmonise()


def _check_data() -> str:
    from pipeline.data.checks import run_checks

    return run_checks()


def _freeze() -> str:
    from pipeline.text import notebooks
    from pipeline.text.declarations import declarations

    for name in declarations():
        notebooks.freeze(name)
    return f"{len(declarations())} notebooks are frozen in build/notebooks/."


def _run(report: str, option: str) -> str:
    from pipeline.run import runner

    if option != "--stage":
        raise PipelineError(f"A stage runs the frozen copy of a notebook: run {report} --stage, not {option}.")
    return runner.run(report, frozen=True)


def _verify() -> str:
    from pipeline.ledger.verify import verify

    return verify()


def _publish() -> str:
    from pipeline.site.publish import publish

    return publish()


STEPS: dict[str, Callable[..., str]] = {
    "ingest": _ingest,
    "harmonise": _harmonise,
    "check-data": _check_data,
    "freeze": _freeze,
    "run": _run,
    "verify": _verify,
    "publish": _publish,
}


def perform(step: str, *arguments: str) -> int:
    """Perform a step, print the sentence that says what it did, or what is wrong; the exit code."""
    if step not in STEPS:
        print(f"There is no step {step!r}. Steps: {', '.join(STEPS)}.", file=sys.stderr)
        return 1
    return carry_out(STEPS[step], *arguments)


def carry_out(action: Callable[..., str], *arguments: object) -> int:
    """Print the sentence that says what an action did, or what is wrong; the exit code."""
    try:
        print(action(*arguments))
    except PipelineError as error:
        print(f"\n{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        if (problem := storage_problem(error)) is None:
            raise
        print(f"\nerror: {problem}", file=sys.stderr)
        return 1
    return 0


def run_alone(report: str, overrides: dict[str, object], destination: Path) -> str:
    """Run one report with other parameters and write its pages, all of it below a folder of its own."""
    from pipeline.run import runner
    from pipeline.site.reports import write_alone

    made = runner.run(report, overrides=overrides, destination=destination)
    write_alone(report, destination)
    return f"{made}\nRead it: {shown(destination)}/{report}/index.html"
