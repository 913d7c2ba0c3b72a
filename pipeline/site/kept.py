"""Pages that are kept, so that an edit of one report sets its own pages anew and not all of them.

A page is taken from `build/pages/` if all that it may be made from is the same: what the run of its report wrote, the
results of all others, and every file of the project that could have a say in it. A page that is none of a report may be
made from the tables of all, and from what it names of their articles. Under `reproduce` all pages are made anew.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path

from pipeline.paths import BUILD, CITATION, DATA, DATA_CARD, NOTEBOOKS, PARAMETERS, ROOT
from pipeline.site.article import MadeReport, named
from pipeline.site.drawings import FORCE
from pipeline.site.frame import FinishedPage
from pipeline.site.rates import RATES
from pipeline.site.search import Section
from pipeline.text.language import LOCALE, languages

PARTS = ("notebook.ipynb", "results.json", "figures", "tables")
"""What a run writes into the folder of its report; the page, which lies there too, is not made from itself."""


def shared_sources(language: str, reports: Path) -> list[Path]:
    """The files that any page in a language may be made from.

    They are more than it reads: one too many costs a page that is made again, one too few a page that is wrong.
    """
    others = [folder for folder in LOCALE.iterdir() if folder.name != language]
    package = _files([ROOT / "pipeline"])
    said = [path for path in package if not any(path.is_relative_to(other) for other in others)]
    project = [CITATION, PARAMETERS, RATES, ROOT / "requirements.lock", *NOTEBOOKS.glob("*.yml")]
    data = [path for path in _files([DATA]) if path != DATA_CARD]  # which is written with the pages
    return [*said, *data, *_files([*project, *reports.glob("*/results.json")])]


def own_sources(name: str, reports: Path) -> list[Path]:
    """The files that only the pages of this report are made from."""
    return _files(reports / name / part for part in PARTS)


def sources_of_others(reports: Path) -> list[Path]:
    """The files of reports that only the pages which are none of a report are made from."""
    return _files(reports.glob("*/tables"))


def _files(paths: Iterable[Path]) -> list[Path]:
    """Files, and all files in folders, in the order of their paths; without compiled code."""
    found = {file for path in paths for file in (path.rglob("*") if path.is_dir() else [path]) if file.is_file()}
    return sorted(file for file in found if "__pycache__" not in file.parts)


class KeptPages:
    """The pages in a language, kept in a folder.

    Parameters
    ----------
    made
        The reports.
    titles
        Their titles in the language, which stand in the menu of every page.
    """

    def __init__(
        self,
        language: str,
        reports: Path,
        made: Mapping[str, MadeReport],
        titles: Mapping[str, str],
        folder: Path = BUILD / "pages",
    ):
        self._made, self._reports, self._folder = made, reports, folder / language
        self._shared = f"{json.dumps([language, languages(), titles])}{_digest(shared_sources(language, reports))}"
        self._of_others = json.dumps({name: named(report) for name, report in made.items()}, ensure_ascii=False)
        self._of_others += _digest(sources_of_others(reports))

    def _key(self, name: str) -> str:
        """A digest of all that a page may be made from."""
        own = _digest(own_sources(name, self._reports)) if name in self._made else self._of_others
        return hashlib.sha256(f"{name}{self._shared}{own}".encode()).hexdigest()

    def find(self, name: str) -> FinishedPage | None:
        """The page of a name as it was kept; None where it was not, or where anything has changed."""
        if os.environ.get(FORCE):
            return None
        try:
            kept = json.loads(self._path(name).read_text(encoding="utf-8"))
            if kept["key"] == self._key(name):
                return FinishedPage(kept["html"], [Section(**section) for section in kept["sections"]])
        except (OSError, ValueError, KeyError, TypeError):  # none, or one that a killed run left behind
            pass
        return None

    def keep(self, name: str, page: FinishedPage) -> None:
        """Keep the page of a name as it was made now."""
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"key": self._key(name)} | asdict(page), ensure_ascii=False), encoding="utf-8")

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"


def _digest(files: list[Path]) -> str:
    """A digest of names and contents."""
    total = hashlib.sha256()
    for path in files:
        total.update(f"{path.as_posix()}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()
