"""Publish: what people read, in every language, made from reports, results and cards.

Nothing is computed here: pages are said, set and drawn from what the runs have written. All of it is made before the
first file is written, so a site is never half new.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipeline.data.panel import load_panel
from pipeline.ledger.verdicts import Replication
from pipeline.ledger.verify import read_replication
from pipeline.paths import REPORTS, shown
from pipeline.site import brief, explorer, search
from pipeline.site.article import MadeReport
from pipeline.site.citation import Citation
from pipeline.site.data_card import SourceData, read_data
from pipeline.site.drawings import all_drawings
from pipeline.site.frame import ASSETS, BRIEF, FinishedPage, Frame, Page, page_file, tree, write_assets, write_file
from pipeline.site.front import front_page
from pipeline.site.glossary import glossary_page
from pipeline.site.kept import KeptPages
from pipeline.site.map import drawn_oblasts
from pipeline.site.replication import replication_page
from pipeline.site.reports import report_page
from pipeline.site.sources import sources_page
from pipeline.site.texts import TEXTS, page_values, text_page, written_page
from pipeline.site.workers import workers
from pipeline.text.declarations import declarations
from pipeline.text.fill import Value
from pipeline.text.language import SOURCE_LANGUAGE, Catalogue, languages
from pipeline.text.parameters import read_study


def search_file(language: str) -> str:
    """The search index of a language, below `reports/`."""
    return f"assets/search-{language}.js"


def publish(reports: Path = REPORTS) -> str:
    """Write the pages, drawings and briefs; a sentence saying so."""
    _content.cache_clear()
    content = _content(reports)
    others = [language for language in languages() if language != SOURCE_LANGUAGE]
    drawn_oblasts()  # kept from here on, so that the processes of all languages have it
    with workers() as pool:
        parts = (_report_pages, _other_pages)
        making = {language: [pool.submit(part, language, reports) for part in parts] for language in languages()}
        drawings = all_drawings(pool, content.made, reports, others)
        ready = {language: _in_order(*(future.result() for future in futures)) for language, futures in making.items()}
        newcomers = written_page("reports", content.values)
        written = {tree(language) + file: svg for language in others for file, svg in drawings[language].items()}
        for file, svg in written.items():
            write_file(file, svg, reports)
        setting = {language: pool.submit(_brief, language, reports) for language in languages()}  # shows a drawing
        briefs = {language: future.result() for language, future in setting.items()}
    kept = {*written, *write_assets(reports, ASSETS + explorer.ASSETS)}
    write_file("README.md", newcomers, reports)
    for language, own in ready.items():
        for file, page in own.items():
            write_file(file, page.html, reports)
        write_file(search_file(language), search.index({file: page.sections for file, page in own.items()}), reports)
        write_file(tree(language) + BRIEF, briefs[language], reports)
        kept |= {*own, search_file(language), tree(language) + BRIEF}
    _remove_others(kept, [reports / folder for folder in (*others, "assets")], reports)
    count = sum(map(len, ready.values()))
    return f"{shown(reports)}/index.html leads to {count} pages in {len(ready)} languages."


def _remove_others(kept: set[str], folders: Iterable[Path], reports: Path) -> None:
    """Remove files of folders that only this stage writes where it no longer writes them: last, so that a run which is
    stopped leaves every page that there was."""
    for path in [path for folder in folders for path in folder.rglob("*") if path.is_file()]:
        if path.relative_to(reports).as_posix() not in kept:
            path.unlink()


@dataclass(frozen=True)
class _Content:
    """What the pages of all languages are made from."""

    made: Mapping[str, MadeReport]
    values: Mapping[str, Value]
    study: Mapping[str, object]
    replication: Replication
    data: SourceData


@cache
def _content(reports: Path) -> _Content:
    """What is read once, before processes are forked for each language."""
    made = {name: MadeReport.read(name, reports) for name in declarations()}
    study = read_study()
    values = page_values(made, study, reports, _citations(Citation.read()))
    return _Content(made, values, study, read_replication(reports=reports, study=study), read_data())


Pages = dict[str, FinishedPage]  # file below `reports/` -> page


def _frame(language: str, content: _Content) -> tuple[Frame, dict[str, str]]:
    titles = {name: report.title(Catalogue(language, name)) for name, report in content.made.items()}
    return Frame(language, titles), titles


def _report_pages(language: str, reports: Path) -> Pages:
    """The pages of the reports in a language."""
    content = _content(reports)
    frame, titles = _frame(language, content)
    kept = KeptPages(language, reports, titles)
    return {
        page_file(name, language): kept.page(name, lambda r=report: frame.finish(report_page(r, language)))
        for name, report in content.made.items()
    }


def _other_pages(language: str, reports: Path) -> Pages:
    """The pages of a language that are none of a report, the front page first."""
    content = _content(reports)
    frame, _ = _frame(language, content)
    front = front_page(content.made, content.values, content.replication, language)
    return {page.file: frame.finish(page) for page in (front, *_pages_behind(content, language))}


def _in_order(of_reports: Pages, others: Pages) -> Pages:
    """Both in the order in which search lists them: the front page, the reports, what comes behind."""
    front, *behind = others.items()
    return dict([front, *of_reports.items(), *behind])


def _brief(language: str, reports: Path) -> bytes:
    return brief.make(language, _content(reports).values, reports)


def _pages_behind(content: _Content, language: str) -> Iterator[Page]:
    """The pages of a language that come after those of the reports, in the order in which search lists them."""
    values, study, replication = content.values, content.study, content.replication
    yield replication_page(replication, language)
    yield explorer.explorer_page(load_panel(), study, language)
    yield sources_page(language, content.data)
    yield glossary_page(language)
    for name in TEXTS:
        yield text_page(name, values, language)


def _citations(citation: Citation) -> dict[str, str]:
    """What the page on citing shows of `CITATION.cff`."""
    return {
        "citation.project": citation.project.reference(),
        "citation.paper": citation.paper.reference(),
        "citation.project_bibtex": citation.project.bibtex("green_clusters_replication"),
        "citation.paper_bibtex": citation.paper.bibtex("green_clusters_paper"),
        "citation.code_licence": citation.licence,
        "citation.version": citation.project.version,
        "citation.released": citation.project.released,
    }
