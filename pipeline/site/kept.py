"""Pages of reports that are kept, so that an edit of one report sets its own pages anew and not those of all.

A page is taken from `build/pages/` if all that it may be made from is the same: what the run of its report wrote, the
results of all others, and every file of the project that could have a say in it. Under `reproduce` all are made anew.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path

from pipeline.paths import BUILD, CITATION, DATA, NOTEBOOKS, PARAMETERS, ROOT
from pipeline.site.drawings import FORCE
from pipeline.site.frame import FinishedPage
from pipeline.site.search import Section
from pipeline.text.language import LOCALE, languages

PARTS = ("notebook.ipynb", "results.json", "figures", "tables")
"""What a run writes into the folder of its report; the page, which lies there too, is not made from itself."""


def shared_sources(language: str, reports: Path) -> list[Path]:
    """The files that any page of a report in a language may be made from.

    They are more than it reads: one too many costs a page that is made again, one too few a page that is wrong.
    """
    others = [folder for folder in LOCALE.iterdir() if folder.name != language]
    package = _files([ROOT / "pipeline"])
    said = [path for path in package if not any(path.is_relative_to(other) for other in others)]
    project = [CITATION, PARAMETERS, ROOT / "requirements.lock", *NOTEBOOKS.glob("*.yml")]
    return _files([*said, DATA, *project, *reports.glob("*/results.json")])


def own_sources(name: str, reports: Path) -> list[Path]:
    """The files that only the pages of this report are made from."""
    return _files(reports / name / part for part in PARTS)


def _files(paths: Iterable[Path]) -> list[Path]:
    """Files, and all files in folders, in the order of their paths; without compiled code."""
    found = {file for path in paths for file in (path.rglob("*") if path.is_dir() else [path]) if file.is_file()}
    return sorted(file for file in found if "__pycache__" not in file.parts)


class KeptPages:
    """The pages of reports in a language, kept in a folder.

    Parameters
    ----------
    titles
        The titles of all reports in the language, which stand in the menu of every page.
    """

    def __init__(self, language: str, reports: Path, titles: dict[str, str], folder: Path = BUILD / "pages"):
        self.reports, self.folder = reports, folder / language
        self._shared = f"{json.dumps([language, languages(), titles])}{_digest(shared_sources(language, reports))}"

    def page(self, name: str, make: Callable[[], FinishedPage]) -> FinishedPage:
        """The page of a report as it was kept or, where anything has changed, as `make` makes it."""
        path = self.folder / f"{name}.json"
        key = hashlib.sha256(f"{name}{self._shared}{_digest(own_sources(name, self.reports))}".encode()).hexdigest()
        if not os.environ.get(FORCE):
            try:
                kept = json.loads(path.read_text(encoding="utf-8"))
                if kept["key"] == key:
                    return FinishedPage(kept["html"], [Section(**section) for section in kept["sections"]])
            except (OSError, ValueError, KeyError, TypeError):  # none, or one that a killed run left behind
                pass
        page = make()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"key": key} | asdict(page), ensure_ascii=False), encoding="utf-8")
        return page


def _digest(files: list[Path]) -> str:
    """A digest of names and contents."""
    total = hashlib.sha256()
    for path in files:
        total.update(f"{path.as_posix()}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()
