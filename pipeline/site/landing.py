"""The table of contents that the landing notebook of JupyterLab shows, made from the notebooks themselves."""

from IPython.display import Markdown

from pipeline.paths import NOTEBOOKS
from pipeline.text.declarations import declarations
from pipeline.text.language import Catalogue
from pipeline.text.markdown import blocks
from pipeline.text.notebooks import read_notebook


def contents(language: str = "en") -> Markdown:
    """The notebooks in reading order, each with a link and its question.

    Raises
    ------
    ParameterError
        If there is no catalogue for the language.
    """
    lines = []
    for number, name in enumerate(declarations(), start=1):
        t = Catalogue(language, name)
        said = {tag: _blocks_of(name, tag) for tag in ("title", "question")}
        title, question = (" ".join(t.look_up(text) for text in said[tag]) for tag in ("title", "question"))
        lines.append(f"{number}. [{title}]({name}.ipynb): {question}")
    return Markdown("\n".join(lines))


def _blocks_of(name: str, tag: str) -> list[str]:
    cells = [c for c in read_notebook(NOTEBOOKS / f"{name}.ipynb").cells if tag in c.metadata.get("tags", [])]
    return [text for cell in cells for _, text in blocks(cell.source)]
