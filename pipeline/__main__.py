"""``python -m pipeline <command>``: the way in, with nothing installed but Python and git.

Only this file has to be readable by a Python that is too old, so that it can say so.
"""

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


def start(arguments):
    """Run one command in the project's environment; return the exit code."""
    problem = python_problem(sys.version_info)
    if problem:
        sys.stderr.write(problem)
        return 1
    from pipeline.run import environment

    return environment.start(arguments)


if __name__ == "__main__":
    sys.exit(start(sys.argv[1:]))
