"""Drawings in other languages: every figure of a report drawn again from the data that are published with it."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from multiprocessing import get_context
from os import cpu_count
from pathlib import Path

from matplotlib.figure import Figure

from pipeline.exhibits.report import Draw, drawn
from pipeline.exhibits.svg import svg_of, write_slide
from pipeline.site.article import MadeReport
from pipeline.text.language import Catalogue, languages


def draw_function(report: str, figure: str) -> Draw:
    """The function that draws a figure: the one of its name in the study's `figures` module."""
    return getattr(import_module(f"pipeline.studies.{report}.figures"), figure)


def drawing(report: MadeReport, figure: str, language: str) -> str:
    """A figure as SVG in a language."""
    drawn, alt = _drawn(report, figure, language)
    return svg_of(drawn, f"{report.name}-{figure}", alt)


def write_slides(name: str, reports: Path, folder: Path) -> Iterator[Path]:
    """Write the figures of a report as pictures for slides in every language; the paths, as they are written."""
    report = MadeReport.read(name, reports)
    for language in languages():
        for figure in report.declared.figures:
            path = folder / language / name / f"{figure}.png"
            write_slide(_drawn(report, figure, language)[0], path)
            yield path


def _drawn(report: MadeReport, figure: str, language: str) -> tuple[Figure, str]:
    data, t = report.folder / "figures" / f"{figure}.csv", Catalogue(language, report.name)
    return drawn(report.declared, draw_function(report.name, figure), data, report.parameters, report.values, t)


def _drawings(name: str, reports: Path, language: str) -> dict[str, str]:
    report = MadeReport.read(name, reports)
    return {f"{name}/figures/{figure}.svg": drawing(report, figure, language) for figure in report.declared.figures}


def all_drawings(names: list[str], reports: Path, languages: list[str]) -> dict[str, dict[str, str]]:
    """The drawings of reports in languages, side by side: language -> file below the language's tree -> SVG."""
    made: dict[str, dict[str, str]] = {language: {} for language in languages}
    tasks = [(name, language) for name in names for language in languages]
    with ProcessPoolExecutor(cpu_count() or 1, mp_context=get_context("spawn")) as pool:
        found = {task: pool.submit(_drawings, task[0], reports, task[1]) for task in tasks}
        for (_, language), future in found.items():
            made[language] |= future.result()
    return made
