"""Publish: the pages that people read, in every language, made from the executed notebooks alone."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from nbconvert.filters import markdown2html
from nbformat import NotebookNode

from pipeline.errors import PipelineError
from pipeline.language import Catalogue, languages
from pipeline.messages import SITE
from pipeline.notebooks import read_notebook
from pipeline.parameters import NOTEBOOKS, check_parameters, read_parameters
from pipeline.paths import REPORTS, shown
from pipeline.rendering import (
    TEMPLATES,
    figure_file,
    in_language,
    markdown_in,
    page_name,
    stylesheet,
    title_of,
    write_pages,
)

FRONT = "yield_change"  # the notebook whose question and answer open the page
FRONT_FIGURE = "yield_change-slope"


def tagged(notebook: NotebookNode, tag: str) -> NotebookNode:
    """The one cell of a notebook with a tag.

    Raises
    ------
    PipelineError
        If there is none or more than one.
    """
    cells = [cell for cell in notebook.cells if tag in cell.metadata.get("tags", [])]
    if len(cells) != 1:
        raise PipelineError(
            f"A notebook needs exactly one cell tagged {tag!r}; {title_of(notebook)!r} has {len(cells)}."
        )
    return cells[0]


def question_of(notebook: NotebookNode, t: Catalogue) -> Markup:
    """The question of a notebook as HTML: its cell tagged `question`."""
    return markdown_in(tagged(notebook, "question").source, t)


def answer_of(notebook: NotebookNode, t: Catalogue) -> Markup:
    """The answer of an executed notebook as HTML: what its cell tagged `answer` shows."""
    said = [
        in_language(o.metadata["text/markdown"], t.language)
        for o in tagged(notebook, "answer").outputs
        if "text/markdown" in o.get("data", {})
    ]
    return Markup("".join(markdown2html(text) for text in said))


def figure_of(notebook: NotebookNode, name: str, t: Catalogue) -> dict[str, str]:
    """A figure that an executed notebook shows: its file below `reports/`, alternative text and caption."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            details = output.get("metadata", {}).get("image/svg+xml", {})
            if details.get("name") == name:
                return {"file": f"figures/{figure_file(name, t.language)}", **in_language(details, t.language)}
    raise PipelineError(f"No figure {name!r} in {title_of(notebook)!r}.")


def publish(reports: Path = REPORTS) -> str:
    """Write the front page and a page for every notebook, in every language; a sentence saying so."""
    executed = {name: read_notebook(reports / "notebooks" / f"{name}.ipynb") for name in NOTEBOOKS}
    for name, notebook in executed.items():
        write_pages(name, notebook, read_parameters(name), reports)
    study = check_parameters(FRONT, read_parameters(FRONT))
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True
    )
    for language in languages():
        of_site, of_front = Catalogue(language, SITE), Catalogue(language, FRONT)
        page = environment.get_template("index.html.j2").render(
            t=of_site,
            language=language,
            languages={other: page_name("index", other) for other in languages()},
            style=stylesheet(),
            oblast=of_site.area(study.oblast),
            answer=answer_of(executed[FRONT], of_front),
            figure=figure_of(executed[FRONT], FRONT_FIGURE, of_front),
            reports=[_card(name, notebook, language) for name, notebook in executed.items()],
        )
        (reports / page_name("index", language)).write_text(page, encoding="utf-8", newline="\n")
    return f"{shown(reports)}/index.html leads to {len(executed)} reports in {len(languages())} languages."


def _card(name: str, notebook: NotebookNode, language: str) -> dict[str, object]:
    """A report on the front page: its page, title, question and answer."""
    t = Catalogue(language, name)
    return {
        "page": f"notebooks/{page_name(name, language)}",
        "title": t.look_up(title_of(notebook)),
        "question": question_of(notebook, t),
        "answer": answer_of(notebook, t),
    }
