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


_read: dict[Path, tuple[tuple[int, ...], str]] = {}


def contents(paths: Iterable[str], root: Path = ROOT) -> dict[str, str]:
    """sha256 of each file by its name, without those that are missing.

    A file is read again only where its size, its times or the file itself is another than when it was last read.
    """
    found = {}
    for name in paths:
        path = root / name
        try:
            state = path.stat()
            sign = (state.st_mtime_ns, state.st_ctime_ns, state.st_size, state.st_ino)
            if _read.get(path, ((), ""))[0] != sign:
                _read[path] = (sign, hashlib.sha256(path.read_bytes()).hexdigest())
        except FileNotFoundError:
            continue
        found[name] = _read[path][1]
    return found
