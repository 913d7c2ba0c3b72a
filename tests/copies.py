"""Copies of the project in other folders, for tests that would otherwise write where the project stands."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from pipeline.paths import ROOT


def clone(folder: Path) -> Path:
    """A clone of the project as it stands now: what is committed, and what is not committed yet on top of it."""
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org"]
    subprocess.run(["git", "clone", "-q", "--no-hardlinks", str(ROOT), str(folder)], check=True)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--modified", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        target = folder / name
        if (ROOT / name).is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target)
        else:
            target.unlink(missing_ok=True)
    subprocess.run([*git, "add", "-A"], cwd=folder, check=True)
    subprocess.run([*git, "commit", "-qm", "as it stands", "--allow-empty"], cwd=folder, check=True)
    return folder


def pipeline(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a copy, with this interpreter and the copy's own code."""
    return subprocess.run(**call(folder, *arguments), capture_output=True)


def call(folder: Path, *arguments: str) -> dict:
    """A command in a copy, as the arguments of `subprocess.run` or `Popen`."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")} | {
        "PIPELINE_ENVIRONMENT": "current",
        "PYTHONHASHSEED": str(len(str(folder))),  # another order of sets in every copy
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, "-m", "pipeline", *arguments]
    return {"args": command, "cwd": folder, "env": environment, "text": True, "encoding": "utf-8"}
