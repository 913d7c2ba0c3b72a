"""``python -m pipeline <command>``: the way in, with nothing installed but Python.

Only this file has to be readable by a Python that is too old, so that it can say so.
"""

import os
import re
import sys

NEEDED = (3, 11)


def python_problem(version):
    """What is wrong with this Python's version, or None. Takes the first numbers of `sys.version_info`."""
    if tuple(version[:2]) >= NEEDED:
        return None
    return (
        "This project needs Python "
        + ".".join(map(str, NEEDED))
        + " or newer; this is Python "
        + ".".join(map(str, version[:3]))
        + " ("
        + sys.executable
        + ").\nCall a newer one by its name: python3.12 -m pipeline ... or make PYTHON=python3.12 ...\n"
    )


def help_text():
    """The usual commands, read from the comments of the Makefile, so that there is one list of them."""
    from pipeline.paths import ROOT

    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z]+):.*?## (.+)$", makefile, flags=re.MULTILINE)
    return "\n".join(
        ["usage: python -m pipeline <command>     or, with make:  make <command>", ""]
        + ["  " + name.ljust(max(len(other) for other, _ in targets)) + "  " + text for name, text in targets]
        + ["", "All commands and options (makes the environment in .venv first): python -m pipeline --help"]
    )


def start(arguments):
    """Run one command in the project's environment; return the exit code. Help needs no environment."""
    problem = python_problem(sys.version_info)
    if problem:
        sys.stderr.write(problem)
        return 1
    if arguments in ([], ["help"]):
        print(help_text())
        return 0
    from pipeline.run import environment

    code = environment.enter(arguments)
    if code is not None:
        return code
    try:
        from pipeline.run.cli import main

        return main(arguments)
    except ModuleNotFoundError as error:
        if os.environ.get(environment.SWITCH) != "current" or str(error.name).startswith("pipeline"):
            raise
        sys.stderr.write(
            "error: PIPELINE_ENVIRONMENT=current uses this Python ("
            + sys.executable
            + "), which lacks "
            + str(error.name)
            + ".\nInstall what the project needs (pip install -r requirements.lock), or unset PIPELINE_ENVIRONMENT"
            + " to let the project make its own .venv.\n"
        )
        return 1


if __name__ == "__main__":
    sys.exit(start(sys.argv[1:]))
