"""Drawings in other languages: every figure of a report drawn again from the data that are published with it."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from importlib import import_module
from pathlib import Path

from matplotlib.figure import Figure

from pipeline.exhibits.report import Draw, drawn
from pipeline.exhibits.svg import svg_of, write_slide
from pipeline.paths import BUILD, NOTEBOOKS, ROOT
from pipeline.site.article import MadeReport
from pipeline.text.language import Catalogue, languages

FORCE = "PIPELINE_FORCE"  # set where every stage runs anew: nothing is taken from what was kept
Asked = dict[str, list[object]]  # message -> [whether the language has it, what it says for it]


def draw_function(report: str, figure: str) -> Draw:
    """The function that draws a figure: the one of its name in the study's `figures` module."""
    return getattr(import_module(f"pipeline.studies.{report}.figures"), figure)


def drawing(report: MadeReport, figure: str, language: str) -> str:
    """A figure as SVG in a language."""
    picture, alt = _drawn(report, figure, Catalogue(language, report.name))
    return svg_of(picture, f"{report.name}-{figure}", alt)


def write_slides(name: str, reports: Path, folder: Path) -> Iterator[Path]:
    """Write the figures of a report as pictures for slides in every language; the paths, as they are written."""
    report = MadeReport.read(name, reports)
    for language in languages():
        for figure in report.declared.figures:
            path = folder / language / name / f"{figure}.png"
            write_slide(_drawn(report, figure, Catalogue(language, name))[0], path)
            yield path


def _drawn(report: MadeReport, figure: str, t: Catalogue) -> tuple[Figure, str]:
    data = report.folder / "figures" / f"{figure}.csv"
    return drawn(report.declared, draw_function(report.name, figure), data, report.parameters, report.values, t)


def all_drawings(
    pool: ProcessPoolExecutor,
    made_reports: Mapping[str, MadeReport],
    reports: Path,
    languages: list[str],
    folder: Path = BUILD / "drawings",
) -> dict[str, dict[str, str]]:
    """The drawings of reports in languages, side by side: language -> file below the language's tree -> SVG.

    A drawing is taken from `folder`, where it was kept when it was made, if all that it was made from is the same: its
    data, the results and parameters of the run, the declaration, the code that draws, names of the vocabulary, locked
    packages, and what the language says for each message that was asked for. Under `reproduce` all are made anew.
    """
    made: dict[str, dict[str, str]] = {language: {} for language in languages}
    drawing_code, waiting = _code(), []
    for name, report in made_reports.items():
        for figure in report.declared.figures:
            key = _key(report, figure, drawing_code)
            for language in languages:
                path = folder / language / name / f"{figure}.json"
                found = None if os.environ.get(FORCE) else _kept(path, key, Catalogue(language, name))
                file = f"{name}/figures/{figure}.svg"
                made[language][file] = found or ""  # in the order of the declarations, whichever is ready first
                if found is None:
                    waiting.append((language, file, path, key, pool.submit(_drawing, name, reports, figure, language)))
    for language, file, path, key, future in waiting:
        svg, asked = future.result()
        made[language][file] = svg
        _keep(path, {"key": key, "asked": asked, "svg": svg})
    return made


def _drawing(name: str, reports: Path, figure: str, language: str) -> tuple[str, Asked]:
    """A figure as SVG, and what its making asked the language for."""
    t = _Noting(language, name)
    picture, alt = _drawn(_read(name, reports), figure, t)
    return svg_of(picture, f"{name}-{figure}", alt), t.asked


_read = cache(MadeReport.read)
"""A report as a process of a pool reads it, once for all its drawings; such a process lives for one publishing."""


class _Noting(Catalogue):
    """A catalogue that notes what it is asked for: each message, whether it has it, and what it says for it."""

    def __init__(self, language: str, domain: str):
        super().__init__(language, domain)
        self.asked: Asked = {}

    def has(self, message: str) -> bool:
        self.look_up(message)
        return super().has(message)

    def look_up(self, message: str) -> str:
        text = super().look_up(message)
        self.asked[message] = [super().has(message), text]
        return text


def _code() -> str:
    """A digest of the code that draws, of the vocabulary and of the locked packages."""
    rooms = [f"pipeline/{room}" for room in ("studies", "exhibits", "methods", "text", "data")]
    paths = [path for room in rooms for path in (ROOT / room).rglob("*.py")]
    paths += [*(ROOT / "data" / "vocabulary").rglob("*"), ROOT / "requirements.lock", Path(__file__)]
    total = hashlib.sha256()
    for path in sorted(path for path in paths if path.is_file()):
        total.update(f"{path.relative_to(ROOT).as_posix()}\0".encode() + path.read_bytes())
    return total.hexdigest()


def _key(report: MadeReport, figure: str, drawing_code: str) -> str:
    """A digest of what a drawing is made from besides the texts of its language."""
    total = hashlib.sha256(json.dumps([drawing_code, report.name, figure, dict(report.made_by["parameters"])]).encode())
    data = report.folder / "figures" / f"{figure}.csv"
    for path in (data, report.folder / "results.json", NOTEBOOKS / f"{report.name}.yml"):
        total.update(path.read_bytes() if path.is_file() else b"\0")
    return total.hexdigest()


def _kept(path: Path, key: str, t: Catalogue) -> str | None:
    """The drawing that was kept, if it is the one that would be made now."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        same = kept["key"] == key and all([t.has(m), t.look_up(m)] == said for m, said in kept["asked"].items())
        return kept["svg"] if same else None
    except (OSError, ValueError, KeyError, TypeError):  # none, or one that a killed run left behind
        return None


def _keep(path: Path, drawing: dict[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(drawing, ensure_ascii=False), encoding="utf-8")
