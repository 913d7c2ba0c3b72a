"""The page of an executed notebook: its article in the frame of the site."""

from pathlib import Path

from nbformat import NotebookNode

from pipeline.site.frame import Frame, Page, groups, write_assets, write_file
from pipeline.site.rendering import article, figures_of, plain, question_of, title_of
from pipeline.text.language import Catalogue, languages
from pipeline.text.messages import SITE


def report_page(name: str, executed: NotebookNode, language: str) -> Page:
    """The page of an executed notebook in a language. It shows figures that lie in `../figures/`."""
    t = Catalogue(language, SITE)
    question = question_of(executed, Catalogue(language, name), t)
    figures = list(figures_of(executed, language).values())
    return Page(
        name=f"notebooks/{name}",
        language=language,
        title=title_in(name, executed, language),
        description=plain(question),
        template="notebook.html.j2",
        values={
            "question": question,
            "article": article(name, executed, language),
            "group": next((t.read(title) for _, title, names in groups() if name in names), None),
            "provenance": executed.metadata["provenance"],
        },
        picture=figures[0]["slide"] if figures else None,
        depth=3,
        notebook=name,
    )


def title_in(name: str, notebook: NotebookNode, language: str) -> str:
    """The title of a notebook in a language."""
    return Catalogue(language, name).look_up(title_of(notebook))


def write_alone(name: str, executed: NotebookNode, folder: Path) -> None:
    """Write the pages of one run, one per language, with what they need to open, into a folder of their own."""
    write_assets(folder)
    for language in languages():
        page = report_page(name, executed, language)
        write_file(page.file, Frame(language, {}, alone=True).render(page), folder)
