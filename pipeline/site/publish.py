"""Publish: the site in `reports/`, every page in every language, made from executed notebooks, results and cards."""

from collections.abc import Iterator
from pathlib import Path

from nbformat import NotebookNode

from pipeline.data.panel import load_panel
from pipeline.ledger.verdicts import Replication
from pipeline.ledger.verify import read_replication
from pipeline.paths import REPORTS, shown
from pipeline.site import explorer, search
from pipeline.site.citation import Citation
from pipeline.site.frame import ASSETS, Frame, Page, write_assets, write_file
from pipeline.site.front import front_page
from pipeline.site.glossary import glossary_page
from pipeline.site.rendering import page_name
from pipeline.site.replication import replication_page
from pipeline.site.reports import report_page, title_in
from pipeline.site.sources import sources_page
from pipeline.site.texts import TEXTS, Values, read_text
from pipeline.text.language import Catalogue, languages
from pipeline.text.messages import SITE
from pipeline.text.notebooks import read_notebook
from pipeline.text.parameters import NOTEBOOKS, Study, check_parameters, read_parameters

FRONT = "yield_change"  # the notebook whose parameters are the study's
VEGA = "vega.js"  # of the explorer, from the locked package
SINGLE = ("index", "replication", "explorer", "data", *TEXTS, "glossary")


def files() -> list[str]:
    """Every file that `publish` writes, below `reports/`; the stage must list them all."""
    names = [*SINGLE, *(f"notebooks/{name}" for name in NOTEBOOKS)]
    written = [page_name(name, language) for name in names for language in languages()]
    assets = (*ASSETS, *explorer.ASSETS, VEGA)
    return [*written, *(f"assets/{name}" for name in assets), *map(search_file, languages())]


def search_file(language: str) -> str:
    """The search index of a language, below `reports/`."""
    return f"assets/search-{language}.js"


def publish(reports: Path = REPORTS) -> str:
    """Write the site; a sentence saying so."""
    executed = {name: read_notebook(reports / "notebooks" / f"{name}.ipynb") for name in NOTEBOOKS}
    study = check_parameters(FRONT, read_parameters(FRONT))
    values = Values(study, reports, _citations(Citation.read()) | _parameters())
    replication, made = read_replication(reports=reports, study=study.model_dump()), {}
    for language in languages():
        titles = {name: title_in(name, notebook, language) for name, notebook in executed.items()}
        frame, pages = Frame(language, titles), _pages(executed, titles, values, study, replication, language)
        made[language] = {page.file: frame.render(page) for page in pages}
    bundle, indexes = explorer.vega_bundle(), {language: search.index(of) for language, of in made.items()}
    # Only when every page has been made is one written: a site is never half new.
    write_assets(reports, ASSETS + explorer.ASSETS)
    write_file(f"assets/{VEGA}", bundle, reports)
    for language, pages in made.items():
        for file, html in pages.items():
            write_file(file, html, reports)
        write_file(search_file(language), indexes[language], reports)
    return f"{shown(reports)}/index.html leads to {sum(map(len, made.values()))} pages in {len(made)} languages."


def _pages(
    executed: dict[str, NotebookNode],
    titles: dict[str, str],
    values: Values,
    study: Study,
    replication: Replication,
    language: str,
) -> Iterator[Page]:
    """The pages of a language, in the order in which search lists them."""
    yield front_page(executed, titles, values, study, replication, language)
    for name, notebook in executed.items():
        yield report_page(name, notebook, language)
    yield replication_page(replication, language)
    yield explorer.explorer_page(load_panel(), study, language)
    yield sources_page(language)
    yield glossary_page(language)
    for name in TEXTS:
        yield text_page(name, values, language)


def text_page(name: str, values: Values, language: str) -> Page:
    """A page that is one text of `pipeline/pages`."""
    text = read_text(name, Catalogue(language, SITE), values)
    return Page(name, language, text.title, text.summary, "text.html.j2", {"text": text}, depth=3)


def _parameters() -> dict[str, str]:
    """Parameters of single notebooks that the page on methods names."""
    return {"power.power_percent": str(read_parameters("power")["power_percent"])}


def _citations(citation: Citation) -> dict[str, str]:
    """What the page on citing shows of `CITATION.cff`."""
    return {
        "citation.project": citation.project.reference(),
        "citation.paper": citation.paper.reference(),
        "citation.project_bibtex": citation.project.bibtex("green_clusters_replication"),
        "citation.paper_bibtex": citation.paper.bibtex("green_clusters_paper"),
        "citation.code_licence": citation.licence,
    }
