"""The two files of DVC: dvc.yaml kept what the declarations say, and dvc.lock written with what was made from what."""

import json
import re
from collections.abc import Iterable
from pathlib import Path

from pipeline.paths import BUILD, ROOT, STAGES, write_whole
from pipeline.run.files import digest

LOCK = "dvc.lock"

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


def write_lock(stages: Iterable, path: Path) -> None:
    """Put the entries that DVC makes of stages which have run into dvc.lock, in the very form in which it writes them.

    To let it write them takes a second, most of it for keeping comments, of which there are none; and where it is
    stopped in the middle, half a file stays. Here the old file or the new one is there at any moment.
    """
    import yaml
    from dvc.stage.serialize import to_lockfile

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        """YAML as a plain value, read in C where that can be done."""

    class Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):
        """The same for writing. A digest such as 12e34 is a number to DVC's reader unless it is quoted."""

    Dumper.add_implicit_resolver(
        "tag:yaml.org,2002:float", re.compile(r"[-+]?[0-9]+[eE][-+]?[0-9]+$"), [*"-+0123456789"]
    )
    lock = yaml.load(path.read_text(encoding="utf-8"), Loader) if path.is_file() else None
    lock = lock or {"schema": "2.0"}
    for stage in stages:
        lock.setdefault("stages", {}).update(json.loads(json.dumps(to_lockfile(stage))))
    write_whole(path, yaml.dump(lock, Dumper=Dumper, sort_keys=False, allow_unicode=True))
