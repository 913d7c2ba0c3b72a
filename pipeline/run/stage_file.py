"""Keeping dvc.yaml what the declarations say, at no cost while nothing has changed that it follows from."""

from pathlib import Path

from pipeline.paths import BUILD, ROOT, STAGES
from pipeline.run.files import digest

FOLLOWED = (
    "notebooks/*.yml",
    "notebooks/*.ipynb",
    "pipeline/**/*.py",
    "pipeline/locale/*/*.po",
    "data/raw/*/source.yml",
    "data/ledger.yml",
    "requirements.lock",
)
"""The files that dvc.yaml follows from: declarations, articles, code, languages, cards, the ledger, packages."""

CHECKED = BUILD / "stages.digest"


def followed(root: Path = ROOT) -> list[str]:
    """The files that dvc.yaml follows from, with dvc.yaml itself where it is there."""
    found = [path.relative_to(root).as_posix() for pattern in FOLLOWED for path in root.glob(pattern)]
    return [*found, STAGES.name] if (root / STAGES.name).is_file() else found


def are_kept() -> bool:
    """Whether neither dvc.yaml nor any file that it follows from has changed since `keep_stages` looked."""
    return CHECKED.is_file() and CHECKED.read_text(encoding="utf-8") == digest(followed())


def keep_stages() -> bool:
    """Write dvc.yaml where it is not what the declarations say; whether it changed.

    To work that out takes seconds, so a digest of all that it follows from, and of itself, is kept in `build/`: while
    none of these files has changed (`are_kept`) there is nothing to do.
    """
    if are_kept():
        return False
    from pipeline.run.stages import write_stages

    changed = write_stages()
    CHECKED.parent.mkdir(exist_ok=True)
    CHECKED.write_text(digest(followed()), encoding="utf-8")
    return changed
