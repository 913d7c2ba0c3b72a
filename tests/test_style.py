"""The code is as the linter and the formatter of the project want it."""

import subprocess
import sys

import pytest

from pipeline.paths import ROOT


@pytest.mark.parametrize("arguments", [("check",), ("format", "--check", "pipeline", "tests")], ids=lambda a: a[0])
def test_ruff(arguments):
    run = subprocess.run(
        [sys.executable, "-m", "ruff", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
