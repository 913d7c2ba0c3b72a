"""Files that stages depend on: which they are, and a digest of their contents; nothing but the standard library."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from pipeline.errors import PipelineError
from pipeline.paths import ROOT


def files_of(paths: Iterable[str], root: Path = ROOT) -> list[str]:
    """The files that dependencies are: each file, and all files in each folder."""
    found = []
    for name in paths:
        path = root / name
        inside = sorted(p for p in path.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
        found += [p.relative_to(root).as_posix() for p in inside] if path.is_dir() else [name]
    return found


def digest(paths: Iterable[str], root: Path = ROOT) -> str:
    """First 12 hex digits of a sha256 over names and contents of files, in the order of their names.

    Raises
    ------
    PipelineError
        If a file is missing.
    """
    total = hashlib.sha256()
    for name in sorted(paths):
        file = root / name
        if not file.is_file():
            raise PipelineError(f"{name} does not exist, but a stage depends on it. Run: python -m pipeline report")
        total.update(f"{name}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()[:12]
