"""Publish: the page that leads to all reports, made from the executed notebooks alone."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from nbconvert.filters import markdown2html
from nbformat import NotebookNode

from pipeline.errors import PipelineError
from pipeline.exhibits import data_uri
from pipeline.language import Catalogue
from pipeline.notebooks import read_notebook
from pipeline.parameters import NOTEBOOKS, check_parameters, read_parameters
from pipeline.paths import REPORTS, shown
from pipeline.rendering import TEMPLATES, stylesheet, title_of

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


def question_of(notebook: NotebookNode) -> Markup:
    """The question of a notebook as HTML: its cell tagged `question`."""
    return Markup(markdown2html(tagged(notebook, "question").source))


def answer_of(notebook: NotebookNode) -> Markup:
    """The answer of an executed notebook as HTML: what its cell tagged `answer` shows."""
    shown_texts = [
        o.data["text/markdown"] for o in tagged(notebook, "answer").outputs if "text/markdown" in o.get("data", {})
    ]
    return Markup("".join(markdown2html(text) for text in shown_texts))


def figure_of(notebook: NotebookNode, name: str) -> dict[str, str]:
    """A figure that an executed notebook shows: its address, alternative text and caption."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            details = output.get("metadata", {}).get("image/svg+xml", {})
            if details.get("name") == name:
                return {
                    "address": data_uri(output.data["image/svg+xml"]),
                    "alt": details.alt,
                    "caption": details.caption,
                }
    raise PipelineError(f"No figure {name!r} in {title_of(notebook)!r}.")


def publish(reports: Path = REPORTS) -> str:
    """Write `reports/index.html`; a sentence saying so."""
    executed = {name: read_notebook(reports / "notebooks" / f"{name}.ipynb") for name in NOTEBOOKS}
    parameters = check_parameters(FRONT, read_parameters(FRONT))
    t = Catalogue(parameters.language)
    front = executed[FRONT]
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True
    )
    page = environment.get_template("index.html.j2").render(
        language=parameters.language,
        style=stylesheet(),
        title=t(
            "Did yields rise in {oblast}, and can green technologies be the reason?", oblast=t.area(parameters.oblast)
        ),
        question=t(
            "A replication of Karbekova, Saipidinov and Karbekova, “Green clusters: infrastructure support and new "
            "industry opportunities on the example of the Kyrgyz Republic”, on official figures."
        ),
        answer=answer_of(front),
        figure=figure_of(front, FRONT_FIGURE),
        reports_heading=t("The reports"),
        reports=[
            {"name": name, "title": title_of(nb), "question": question_of(nb), "answer": answer_of(nb)}
            for name, nb in executed.items()
        ],
    )
    path = reports / "index.html"
    path.write_text(page, encoding="utf-8", newline="\n")
    return f"{shown(path)} leads to {len(executed)} reports."
