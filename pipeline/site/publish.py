"""Publish: what people read, in every language, made from reports, results and cards.

Nothing is computed here: pages are said, set and drawn from what the runs have written. All of it is made before the
first file is written, so a site is never half new.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path

from pipeline.data.panel import load_panel
from pipeline.ledger.verdicts import Replication
from pipeline.ledger.verify import read_replication
from pipeline.paths import DATA_CARD, REPORTS, shown, write_whole
from pipeline.site import brief, explorer, search
from pipeline.site.article import MadeReport
from pipeline.site.citation import Citation
from pipeline.site.data_card import SourceData, data_card, read_data
from pipeline.site.drawings import all_drawings
from pipeline.site.frame import ASSETS, BRIEF, FinishedPage, Frame, Page, page_file, tree, write_assets, write_file
from pipeline.site.front import front_page
from pipeline.site.glossary import glossary_page
from pipeline.site.kept import KeptPages
from pipeline.site.replication import replication_page
from pipeline.site.reports import report_page
from pipeline.site.sources import sources_page
from pipeline.site.texts import TEXTS, page_values, text_page, written_page
from pipeline.site.workers import workers
from pipeline.text.declarations import declarations
from pipeline.text.fill import Value
from pipeline.text.language import SOURCE_LANGUAGE, Catalogue, languages
from pipeline.text.parameters import read_study

CARD = "data_card"
"""The name by which the data card is kept, as pages are."""


def search_file(language: str) -> str:
    """The search index of a language, below `reports/`."""
    return f"assets/search-{language}.js"


def publish(reports: Path = REPORTS, card: Path = DATA_CARD) -> str:
    """Write the pages, drawings and briefs, and the data card; a sentence for each saying so."""
    _content.cache_clear()
    _frame.cache_clear()
    content = _content(reports)
    others = [language for language in languages() if language != SOURCE_LANGUAGE]
    names = [*content.makers(SOURCE_LANGUAGE)]
    kept = {language: KeptPages(language, reports, content.made, content.titles(language)) for language in languages()}
    found = {(language, name): kept[language].find(name) for language in languages() for name in names}
    lacking = {name: [language for language in languages() if found[language, name] is None] for name in names}
    card_found = kept[SOURCE_LANGUAGE].find(CARD)
    with workers() as pool:
        card_made = None if card_found else pool.submit(_card, reports)
        # A page is made in all languages by one process, so that what it is made from is read there alone.
        making = {name: pool.submit(_pages, name, where, reports) for name, where in lacking.items() if where}
        drawings = all_drawings(pool, content.made, reports, others)
        made = {
            (language, name): page
            for name, future in making.items()
            for language, page in zip(lacking[name], future.result(), strict=True)
        }
        for (language, name), page in made.items():
            kept[language].keep(name, page)
        found |= made
        ready: dict[str, Pages] = {language: {} for language in languages()}
        for (language, name), page in found.items():
            ready[language][page_file(name, language)] = page
        card_page = card_made.result() if card_made else card_found
        newcomers = written_page("reports", content.values)
        written = {tree(language) + file: svg for language in others for file, svg in drawings[language].items()}
        for file, svg in written.items():
            write_file(file, svg, reports)
        setting = {language: pool.submit(_brief, language, reports) for language in languages()}  # shows a drawing
        briefs = {language: future.result() for language, future in setting.items()}
    kept[SOURCE_LANGUAGE].keep(CARD, card_page)
    write_whole(card, card_page.html)
    own_files = {*written, *write_assets(reports, ASSETS + explorer.ASSETS)}
    write_file("README.md", newcomers, reports)
    for language, own in ready.items():
        for file, page in own.items():
            write_file(file, page.html, reports)
        write_file(search_file(language), search.index({file: page.sections for file, page in own.items()}), reports)
        write_file(tree(language) + BRIEF, briefs[language], reports)
        own_files |= {*own, search_file(language), tree(language) + BRIEF}
    _remove_others(own_files, [reports / folder for folder in (*others, "assets")], reports)
    count = sum(map(len, ready.values()))
    told = f"{shown(reports)}/index.html leads to {count} pages in {len(ready)} languages."
    return f"The data card is in {shown(card)}.\n{told}"


def _remove_others(kept: set[str], folders: Iterable[Path], reports: Path) -> None:
    """Remove files of folders that only this stage writes where it no longer writes them: last, so that a run which is
    stopped leaves every page that there was."""
    for path in [path for folder in folders for path in folder.rglob("*") if path.is_file()]:
        if path.relative_to(reports).as_posix() not in kept:
            path.unlink()


@dataclass(frozen=True)
class _Content:
    """What the pages of all languages are made from. What takes a while to read is read when a page needs it."""

    reports: Path
    made: Mapping[str, MadeReport]
    study: Mapping[str, object]
    values: Mapping[str, Value]

    @cached_property
    def replication(self) -> Replication:
        return read_replication(reports=self.reports, study=self.study)

    @cached_property
    def data(self) -> SourceData:
        return read_data()

    def titles(self, language: str) -> dict[str, str]:
        """The titles of the reports in a language."""
        return {name: report.title(Catalogue(language, name)) for name, report in self.made.items()}

    def makers(self, language: str) -> dict[str, Callable[[], Page]]:
        """How each page of a language is made, in the order in which search lists them: the front page, the reports,
        what comes behind."""
        return {
            "index": lambda: front_page(self.made, self.values, self.replication, language),
            **{name: partial(report_page, report, language) for name, report in self.made.items()},
            "replication": lambda: replication_page(self.replication, language),
            "explorer": lambda: explorer.explorer_page(load_panel(), self.study, language),
            "data": lambda: sources_page(language, self.data),
            "glossary": lambda: glossary_page(language),
            **{name: partial(text_page, name, self.values, language) for name in TEXTS},
        }


@cache
def _content(reports: Path) -> _Content:
    """What is read once, before processes are forked."""
    made = {name: MadeReport.read(name, reports) for name in declarations()}
    study = read_study()
    return _Content(reports, made, study, page_values(made, study, reports, _citations(Citation.read())))


Pages = dict[str, FinishedPage]  # file below `reports/` -> page


@cache
def _frame(language: str, reports: Path) -> Frame:
    return Frame(language, _content(reports).titles(language))


def _pages(name: str, languages: list[str], reports: Path) -> list[FinishedPage]:
    """A page in some languages."""
    return [_frame(language, reports).finish(_content(reports).makers(language)[name]()) for language in languages]


def _card(reports: Path) -> FinishedPage:
    """The data card, which has no sections that search would list."""
    return FinishedPage(data_card(_content(reports).data), [])


def _brief(language: str, reports: Path) -> bytes:
    return brief.make(language, _content(reports).values, reports)


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
