"""The stages as `dvc.yaml` declares them: what each depends on and what it writes.

`dvc.yaml` is the one place that says so; the runner, the report headers and the reproduction read it here.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import yaml

from pipeline.errors import PipelineError
from pipeline.paths import ROOT, STAGES, shown


@dataclass(frozen=True)
class Stage:
    """One stage: the files it depends on and the files it writes, from the project's root with forward slashes."""

    name: str
    deps: tuple[str, ...]
    outs: tuple[str, ...]


def read_stages(path: Path = STAGES) -> dict[str, Stage]:
    """All stages of dvc.yaml, those of a `foreach` written out, in the order of the file."""
    stages = {}
    for name, entry in yaml.safe_load(path.read_text(encoding="utf-8"))["stages"].items():
        for item in entry.get("foreach", [None]):
            spelled = entry.get("do", entry)
            full = name if item is None else f"{name}@{item}"
            stages[full] = Stage(full, _paths(spelled.get("deps", []), item), _paths(spelled.get("outs", []), item))
    return stages


def _paths(entries: list, item: str | None) -> tuple[str, ...]:
    paths = (next(iter(e)) if isinstance(e, dict) else e for e in entries)
    return tuple(p if item is None else p.replace("${item}", item) for p in paths)


def stage(name: str, path: Path = STAGES) -> Stage:
    """One stage.

    Raises
    ------
    PipelineError
        If dvc.yaml has no stage of that name.
    """
    stages = read_stages(path)
    if name not in stages:
        raise PipelineError(f"{shown(path)} has no stage {name!r}. Stages: {', '.join(stages)}.")
    return stages[name]


def digest(paths: list[str], root: Path = ROOT) -> str:
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
