"""Copies of the project in other folders, for tests that would otherwise write where the project stands."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from pipeline.paths import ROOT

GIT = ("git", "-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "gc.auto=0", "-c", "core.compression=0")

CHECKED = "pyproject.toml"
MADE = (".git", ".venv", "build", "data/interim", "data/processed", ".dvc/cache", ".dvc/tmp")
CACHES = {"__pycache__", ".pytest_cache", ".ruff_cache", ".hypothesis", ".ipynb_checkpoints"}


def clone(folder: Path, without: tuple[str, ...] = ()) -> Path:
    """A repository of its own that holds the project as it stands now, committed or not.

    Parameters
    ----------
    without
        Folders that are left out, "reports" for example.
    """
    for name in project_files():
        if name.split("/")[0] not in without and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "as it stands"]):
        subprocess.run([*GIT, *command], cwd=folder, check=True)
    return folder


def project_files() -> list[str]:
    """The project's own files; in an unpacked package or a download, where git does not know them, all that are there
    and are not made on the way."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(listing, cwd=ROOT, check=False, capture_output=True).stdout.decode().split("\0")
    if CHECKED in listed:
        return list(filter(None, listed))
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return [
        path.as_posix()
        for path in found
        if not any(path.is_relative_to(p) for p in MADE) and not CACHES & {*path.parts}
    ]


def pipeline(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a copy, with this interpreter and the copy's own code."""
    return subprocess.run(**call(folder, *arguments, **variables), capture_output=True)


def call(folder: Path, *arguments: str, **variables: str) -> dict:
    """A command in a copy, as the arguments of `subprocess.run` or `Popen`; variables come to those that are set."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")} | {
        "PIPELINE_ENVIRONMENT": "current",
        "PYTHONHASHSEED": str(len(str(folder))),  # another order of sets in every copy
        **variables,
    }
    command = [sys.executable, "-m", "pipeline", *arguments]
    return {"args": command, "cwd": folder, "env": environment, "text": True, "encoding": "utf-8"}
