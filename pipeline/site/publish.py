"""Publish: what people read, in every language, made from reports, results and cards.

Nothing is computed here: pages are said, set and drawn from what the runs have written. All of it is made before the
first file is written, so a site is never half new.
"""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from pipeline.data.panel import load_panel
from pipeline.ledger.verdicts import Replication
from pipeline.ledger.verify import read_replication
from pipeline.paths import REPORTS, shown
from pipeline.site import brief, explorer, search
from pipeline.site.article import MadeReport
from pipeline.site.citation import Citation
from pipeline.site.drawings import all_drawings
from pipeline.site.frame import ASSETS, BRIEF, Frame, Page, tree, write_assets, write_file
from pipeline.site.front import front_page
from pipeline.site.glossary import glossary_page
from pipeline.site.replication import replication_page
from pipeline.site.reports import report_page
from pipeline.site.sources import sources_page
from pipeline.site.texts import TEXTS, page_values, text_page, written_page
from pipeline.text.declarations import declarations
from pipeline.text.fill import Value
from pipeline.text.language import SOURCE_LANGUAGE, Catalogue, languages
from pipeline.text.parameters import read_study


def search_file(language: str) -> str:
    """The search index of a language, below `reports/`."""
    return f"assets/search-{language}.js"


def publish(reports: Path = REPORTS) -> str:
    """Write the pages, drawings and briefs; a sentence saying so."""
    made = {name: MadeReport.read(name, reports) for name in declarations()}
    study = read_study()
    values = page_values(made, study, reports, _citations(Citation.read()))
    replication = read_replication(reports=reports, study=study)
    others = [language for language in languages() if language != SOURCE_LANGUAGE]
    drawings = all_drawings(list(made), reports, others)
    pages: dict[str, dict[str, str]] = {}
    for language in languages():
        titles = {name: report.title(Catalogue(language, name)) for name, report in made.items()}
        frame = Frame(language, titles)
        pages[language] = {page.file: frame.render(page) for page in _pages(made, values, study, replication, language)}
    indexes = {language: search.index(own) for language, own in pages.items()}
    newcomers = written_page("reports", values)
    for language in others:
        shutil.rmtree(reports / language, ignore_errors=True)
        for file, svg in drawings[language].items():
            write_file(tree(language) + file, svg, reports)
    briefs = {language: brief.make(language, values, reports) for language in languages()}  # shows a drawing
    shutil.rmtree(reports / "assets", ignore_errors=True)
    write_assets(reports, ASSETS + explorer.ASSETS)
    write_file("README.md", newcomers, reports)
    for language, own in pages.items():
        for file, html in own.items():
            write_file(file, html, reports)
        write_file(search_file(language), indexes[language], reports)
        (reports / tree(language) / BRIEF).write_bytes(briefs[language])
    return f"{shown(reports)}/index.html leads to {sum(map(len, pages.values()))} pages in {len(pages)} languages."


def _pages(
    made: Mapping[str, MadeReport],
    values: Mapping[str, Value],
    study: Mapping[str, object],
    replication: Replication,
    language: str,
) -> Iterator[Page]:
    """The pages of a language, in the order in which search lists them."""
    yield front_page(made, values, replication, language)
    for report in made.values():
        yield report_page(report, language)
    yield replication_page(replication, language)
    yield explorer.explorer_page(load_panel(), study, language)
    yield sources_page(language)
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
    }
