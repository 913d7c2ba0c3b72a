"""A whole study with other parameters, beside the project's own: `python -m pipeline run --set … --name NAME`.

The study is made in a copy of the project, `build/studies/NAME/`, by the same stages: its `params.yaml` is another one,
and nothing of it touches `reports/`. The copy can be run again, looked into and deleted like any folder.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import yaml

from pipeline.errors import ParameterError, PipelineError
from pipeline.paths import BUILD, PARAMETERS, REPORTS, ROOT, shown
from pipeline.run.environment import SWITCH, process_environment
from pipeline.text.declarations import NAME, STUDY, declarations
from pipeline.text.parameters import read_study, run_parameters

STUDIES = BUILD / "studies"
MARK = "STUDY.txt"
"""Says in the copy what it is; a folder without it is somebody's, and left alone."""

WRITTEN_BY_PEOPLE = ("pipeline", "notebooks", "benchmarks", "trials", "tests", "data")
"""Folders that are copied anew every time."""
FILES = (
    "CITATION.cff",
    "LICENSE",
    "Makefile",
    "README.md",
    "pyproject.toml",
    "requirements.lock",
    "requirements-test.lock",
    "environment.yml",
    "dvc.yaml",
    ".dvcignore",
)
BEGUN_WITH = ("reports", "dvc.lock", "build/notebooks", "build/drawings", "build/durations.json")
"""What the stages have made: copied once, so that only what hangs on another parameter runs."""


def write_study(name: str, overrides: Mapping[str, object], studies: Path = STUDIES) -> int:
    """Make all reports and pages with other parameters of the study; the exit code of the run.

    Raises
    ------
    ParameterError
        If the name is no name, or a parameter is none of the study or cannot be served by the data; nothing is written.
    PipelineError
        If the folder of that name was not made by this command.
    """
    require_known(name, overrides)
    study = checked_study(overrides)
    folder = studies / name
    if folder.exists() and not (folder / MARK).is_file():
        raise PipelineError(f"{shown(folder)} was not made by this command (it holds no {MARK}). Take another name.")
    _copy(folder, study)
    print(f"All reports are made in {shown(folder)}/; what hangs on no other parameter is there already.", flush=True)
    variables = process_environment() | {SWITCH: "current", "PYTHONPATH": str(folder)}
    command = [sys.executable, "-m", "pipeline", "report"]
    code = subprocess.run(command, cwd=folder, env=variables, check=False).returncode
    if code == 0:
        print(f"Read it: {shown(folder)}/reports/index.html")
        print(f"Beside the project's own: python -m pipeline compare reports {name}")
    return code


def require_known(name: str, overrides: Mapping[str, object]) -> None:
    """Refuse a name that is none for a folder, and a parameter that is none of the whole study.

    Raises
    ------
    ParameterError
        If there is one.
    """
    if not NAME.fullmatch(name):
        raise ParameterError(f"--name {name!r} must be small letters, digits and single underscores, as osh_2020.")
    known = (*STUDY, "language")
    unknown = sorted(set(overrides) - set(known))
    if unknown:
        raise ParameterError(
            f"{unknown[0]!r} is no parameter of the whole study. Those are {', '.join(known)}; what single reports "
            "take besides is set when one is run: python -m pipeline run REPORT --set …"
        )


def checked_study(overrides: Mapping[str, object]) -> dict[str, object]:
    """The study's parameters with others in their place, if every report can be made with them.

    Raises
    ------
    ParameterError
        If a report cannot take one.
    """
    study = {**read_study(), **overrides}
    for report, declared in declarations().items():
        given = {name: overrides[name] for name in (*declared.study, "language") if name in overrides}
        checked = run_parameters(report, given).model_dump()
        study |= {name: checked[name] for name in study if name in checked}  # names as the project writes them
    return study


def _copy(folder: Path, study: Mapping[str, object]) -> None:
    """The project's files in a folder of its own, with these parameters."""
    folder.mkdir(parents=True, exist_ok=True)
    told = "python -m pipeline run --name"
    (folder / MARK).write_text(f"A copy of the project with other parameters, made by {told}.\n", encoding="utf-8")
    skipped = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in WRITTEN_BY_PEOPLE:
        shutil.rmtree(folder / name, ignore_errors=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=skipped)
    for name in FILES:
        if (ROOT / name).is_file():
            shutil.copyfile(ROOT / name, folder / name)
    for name in BEGUN_WITH:
        here, there = ROOT / name, folder / name
        if there.exists() or not here.exists():
            continue
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(here, there) if here.is_dir() else shutil.copyfile(here, there)
    _own_dvc(folder)
    head = f"# Parameters of this study, written by {told}; {shown(PARAMETERS)} says what they are.\n"
    text = head + yaml.safe_dump({"study": dict(study)}, sort_keys=False, allow_unicode=True)
    (folder / PARAMETERS.name).write_text(text, encoding="utf-8")


def _own_dvc(folder: Path) -> None:
    """DVC's settings as the project has them, in a copy that is no git clone of its own."""
    (folder / ".dvc").mkdir(exist_ok=True)
    shutil.copyfile(ROOT / ".dvc" / "config", folder / ".dvc" / "config")
    (folder / ".dvc" / "config.local").write_text("[core]\n    no_scm = true\n", encoding="utf-8")


def study_folder(name: str, studies: Path = STUDIES) -> Path:
    """The folder of the reports of a study: a name that `run --name` gave, `reports` for the project's own, or a path.

    Raises
    ------
    ParameterError
        If there is none.
    """
    named = (
        [REPORTS] if name == REPORTS.name else [studies / name / REPORTS.name, Path(name) / REPORTS.name, Path(name)]
    )
    for folder in named:
        if os.path.isdir(folder):  # noqa: PTH112  no name is too long for it
            return folder
    known = sorted(path.parent.name for path in studies.glob(f"*/{MARK}"))
    raise ParameterError(
        f"There is no study {name!r}. There are: {', '.join([REPORTS.name, *known])}; or name a folder."
    )
