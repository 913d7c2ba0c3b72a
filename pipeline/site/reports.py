"""The page of a report: its article in the frame of the site."""

from pathlib import Path

from pipeline.site.article import MadeReport, article, description
from pipeline.site.drawings import drawing
from pipeline.site.frame import Frame, Page, groups, page_file, tree, write_assets, write_file
from pipeline.text.language import SOURCE_LANGUAGE, Catalogue, languages
from pipeline.text.messages import SITE


def report_page(report: MadeReport, language: str) -> Page:
    """The page of a report in a language. The drawings that it shows lie in `figures/` beside it."""
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
    page.values.update(
        {
            "question": report.question(t, of_site),
            "article": article(report, language, folder),
            "group": next((of_site(title) for _, title, names in groups() if report.name in names), None),
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
        page = report_page(report, language)
        write_file(page.file, Frame(language, {}, alone=True).render(page), folder)
        if language != SOURCE_LANGUAGE or report.parameters.language != SOURCE_LANGUAGE:  # the run drew its own only
            for figure in report.declared.figures:
                write_file(f"{tree(language)}{name}/figures/{figure}.svg", drawing(report, figure, language), folder)
