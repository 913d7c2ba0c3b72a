"""The page of a report: its article in the frame of the site."""

from pathlib import Path

from pipeline.site.article import MadeReport, article, description
from pipeline.site.citation import Citation
from pipeline.site.drawings import drawing
from pipeline.site.frame import Frame, Page, groups, page_file, tree, write_assets, write_file
from pipeline.text.fill import fill
from pipeline.text.language import SOURCE_LANGUAGE, Catalogue, languages
from pipeline.text.messages import SITE


def report_page(report: MadeReport, language: str, *, alone: bool = False) -> Page:
    """The page of a report in a language. The drawings that it shows lie in `figures/` beside it.

    Parameters
    ----------
    alone
        Whether there are no other pages that it could lead to.
    """
    t, of_site = Catalogue(language, report.name), Catalogue(language, SITE)
    page = Page(
        name=report.name,
        language=language,
        title=report.title(t),
        description=description(report, t, of_site),
        template="report.html.j2",
        depth=3,
    )
    english = page_file(report.name, SOURCE_LANGUAGE)
    folder = page.way_to(english).removesuffix("index.html")

    def way(name: str) -> str:
        return page.way_to(page_file(name, language))

    made = article(report, language, folder, None if alone else way, Citation.read().project.reference())
    page.values.update(
        {
            "question": report.question(t, of_site),
            "article": made.text,
            "references": made.references,
            "tables": [
                (f"{folder}tables/{name}.csv", fill(table.title, report.values, t))
                for name, table in report.declared.tables.items()
            ],
            "command": f"python -m pipeline run {report.name}",
            "group": next((of_site(message) for _, message, names in groups() if report.name in names), None),
            "made_by": report.made_by,
            "parameters": ", ".join(f"{name} = {value}" for name, value in report.made_by["parameters"].items()),
            "folder": folder,
        }
    )
    return page


def write_alone(name: str, folder: Path) -> None:
    """Write the pages of one run that lies in a folder of its own, one per language, with what they need to open."""
    report = MadeReport.read(name, folder)
    write_assets(folder)
    for language in languages():
        page = report_page(report, language, alone=True)
        write_file(page.file, Frame(language, {}, alone=True).render(page), folder)
        if language != SOURCE_LANGUAGE or report.parameters.language != SOURCE_LANGUAGE:  # the run drew its own only
            for figure in report.declared.figures:
                write_file(f"{tree(language)}{name}/figures/{figure}.svg", drawing(report, figure, language), folder)
