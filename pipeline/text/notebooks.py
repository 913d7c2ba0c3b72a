"""Notebook files: reading, cleaning and writing them with stable bytes.

`notebooks/*.ipynb` are what people write; what runs is a cleaned copy of them, so that saving in JupyterLab neither
makes a report stale nor changes a run that has begun.
"""

import warnings
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from pipeline.errors import NotebookError
from pipeline.paths import FROZEN, NOTEBOOKS, shown

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def cleaned(notebook: NotebookNode) -> NotebookNode:
    """The notebook without anything that a run or an editor leaves in it: type, source, id and tags of cells stay."""
    clean = nbformat.v4.new_notebook(metadata={"kernelspec": KERNEL, "language_info": {"name": "python"}})
    for cell in notebook.cells:
        tags = {"tags": list(cell.metadata["tags"])} if cell.metadata.get("tags") else {}
        kept = NotebookNode(cell_type=cell.cell_type, id=cell.id, metadata=NotebookNode(tags), source=cell.source)
        if cell.cell_type == "code":
            kept |= {"execution_count": None, "outputs": []}
        clean.cells.append(NotebookNode(kept))
    return clean


def read_notebook(path: Path) -> NotebookNode:
    """A notebook file, upgraded to the current format.

    Raises
    ------
    NotebookError
        If the file is missing or is not a notebook.
    """
    if not path.is_file():
        raise NotebookError(f"{shown(path)} does not exist.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return nbformat.read(path, as_version=4)
    except Exception as error:
        raise NotebookError(
            f"{shown(path)} is not a readable notebook: {error}. Restore it with git checkout."
        ) from error


def write_notebook(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook with stable bytes: one-space indent, no ASCII escapes, LF, one newline at the end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(nbformat.writes(notebook, indent=1).rstrip("\n") + "\n", encoding="utf-8", newline="\n")


def freeze(name: str, notebooks: Path = NOTEBOOKS, frozen: Path = FROZEN) -> str:
    """Write the cleaned copy of a notebook that its stage runs from."""
    write_notebook(cleaned(read_notebook(notebooks / f"{name}.ipynb")), frozen / f"{name}.ipynb")
    return f"{shown(frozen / f'{name}.ipynb')} is the copy that runs."


def strip_notebooks(notebooks: Path = NOTEBOOKS) -> list[str]:
    """Remove outputs and editor's traces from the notebooks that people write; those that changed."""
    changed = []
    for path in sorted(notebooks.glob("*.ipynb")):
        before = path.read_text(encoding="utf-8")
        write_notebook(cleaned(read_notebook(path)), path)
        if path.read_text(encoding="utf-8") != before:
            changed.append(shown(path))
    return changed
