"""Where everything lies, and how a finished file gets there. All paths start at the project's root, never at the
working directory."""

import errno
import os
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

DATA = ROOT / "data"
RAW = DATA / "raw"
VOCABULARY = DATA / "vocabulary"
CORRECTIONS = DATA / "corrections.yml"
EXPECTATIONS = DATA / "expectations.yml"
ASSUMPTIONS = DATA / "assumptions.yml"
DATA_CARD = DATA / "README.md"
INTERIM = DATA / "interim"
PROCESSED = DATA / "processed"
PANEL = PROCESSED / "panel.csv"
EXPOSURES = PROCESSED / "exposures.csv"
SOURCES = PROCESSED / "sources.csv"
CLAIMS = PROCESSED / "claims.csv"
EVIDENCE = PROCESSED / "evidence.csv"
CHECKS = PROCESSED / "checks.json"

NOTEBOOKS = ROOT / "notebooks"
BUILD = ROOT / "build"
FROZEN = BUILD / "notebooks"
REPORTS = ROOT / "reports"
PARAMETERS = ROOT / "params.yaml"
STAGES = ROOT / "dvc.yaml"
CITATION = ROOT / "CITATION.cff"


def shown(path: Path) -> str:
    """The path as a reader knows it: from the project's root, with forward slashes."""
    try:
        return Path(path).resolve().relative_to(ROOT).as_posix()
    except ValueError:
        return Path(path).as_posix()


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file in UTF-8 so that at any moment, however the process ends, the old or the new one is there."""
    BUILD.mkdir(exist_ok=True)
    new = BUILD / f"{path.name}.{os.getpid()}.new"
    new.write_bytes(content.encode() if isinstance(content, str) else content)
    put_in_place(new, path)


def put_in_place(new: Path, path: Path) -> None:
    """Move a finished file to where it belongs, by one rename: at any moment the old or the new one is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        new.replace(path)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        beside = path.with_name(f".{path.name}.new")  # `path` lies on another file system
        shutil.copyfile(new, beside)
        beside.replace(path)
        new.unlink()
