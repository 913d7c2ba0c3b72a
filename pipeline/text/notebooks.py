"""Notebook files: reading, cleaning and writing them with stable bytes.

`notebooks/*.ipynb` are what people write; what runs is a cleaned copy of them, so that saving in JupyterLab neither
makes a report stale nor changes a run that has begun.
"""

import json
import re
import warnings
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from pipeline.errors import NotebookError
from pipeline.paths import FROZEN, NOTEBOOKS, shown

CONFLICT = re.compile(r"^(<{7}|={7}|>{7})( |$)", re.MULTILINE)
CONFLICT_IN_CELL = re.compile(r"^(<{7}|>{7})( |$)", re.MULTILINE)  # a row of = underlines a title in Markdown
ID = re.compile(r"[A-Za-z0-9_-]{1,64}")  # as the notebook format wants them
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

    A cell without an id (Google Colab, a Jupyter before 2021), with one that the format does not allow or with that of
    an earlier cell (copied by hand, merged) gets one from its place: nbformat would draw another at random every time.

    Raises
    ------
    NotebookError
        If the file is missing, holds a merge conflict or is not a notebook.
    """
    if not path.is_file():
        raise NotebookError(f"{shown(path)} does not exist.")
    try:
        text = path.read_text(encoding="utf-8-sig")
        if conflict := CONFLICT.search(text):
            line = text.count("\n", 0, conflict.start()) + 1
            raise NotebookError(
                f"{shown(path)}, line {line}: a merge conflict ({conflict[0].strip()}). Choose one side: "
                f"git checkout --ours {shown(path)} (or --theirs), or open it in a merge tool."
            )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            written = json.loads(text)
            if not isinstance(written, dict) or "nbformat" not in written:
                raise ValueError("expected is an object with nbformat and cells")
            if written["nbformat"] == 4:
                written["nbformat_minor"] = max(written.get("nbformat_minor", 0), 5)
                _check_cells(written.get("cells"), path)
                _give_ids(written["cells"])
                return nbformat.reads(json.dumps(written), as_version=4)
            notebook = nbformat.reads(text, as_version=4)
            for cell in notebook.cells:
                del cell["id"]
            _give_ids(notebook.cells)
            return notebook
    except NotebookError:
        raise
    except Exception as error:
        raise NotebookError(
            f"{shown(path)} is not a readable notebook: {error}. Restore it with git checkout."
        ) from error


def _check_cells(cells: object, path: Path) -> None:
    """Refuse cells without a source, and a cell in which a merge tool left both versions (nbdime does so)."""
    if not isinstance(cells, list):
        raise ValueError("it has no list of cells")
    for number, cell in enumerate(cells, start=1):
        source = cell.get("source") if isinstance(cell, dict) else None
        lines = [source] if isinstance(source, str) else source
        if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
            raise ValueError(f"its cell {number} has no source that is text")
        if conflict := CONFLICT_IN_CELL.search("".join(lines)):
            raise NotebookError(
                f"{shown(path)}, cell {number}: a merge conflict ({conflict[0].strip()}). "
                "Open the notebook, keep one of the two versions and delete the marks."
            )


def _give_ids(cells: list[dict]) -> None:
    """Give an id to each cell that has none, none that is allowed, or one that stood before."""
    taken, seen = {str(cell.get("id")) for cell in cells}, set()
    for number, cell in enumerate(cells):
        own = cell.get("id")
        if not (isinstance(own, str) and ID.fullmatch(own)) or own in seen:
            names = (f"cell-{number}", *(f"cell-{number}-{n}" for n in range(len(cells))))
            cell["id"] = next(name for name in names if name not in taken | seen)
        seen.add(cell["id"])


def write_notebook(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook with stable bytes: one-space indent, no ASCII escapes, LF, one newline at the end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(nbformat.writes(notebook, indent=1).rstrip("\n") + "\n", encoding="utf-8", newline="\n")


def freeze(name: str, notebooks: Path = NOTEBOOKS, frozen: Path = FROZEN) -> str:
    """Write the cleaned copy of a notebook that its stage runs from."""
    write_notebook(cleaned(read_notebook(notebooks / f"{name}.ipynb")), frozen / f"{name}.ipynb")
    return f"{shown(frozen / f'{name}.ipynb')} is the copy that runs."


def strip_notebooks(notebooks: Path = NOTEBOOKS) -> list[str]:
    """Remove outputs and editor's traces from the notebooks that people write; those that had any.

    The others are not written: an editor in which one is open would ask whether to load it anew.
    """
    changed = []
    for path in sorted(notebooks.glob("*.ipynb")):
        notebook = read_notebook(path)
        clean = cleaned(notebook)
        if clean != notebook:  # by what it says: how an editor sets its lines is the editor's business
            write_notebook(clean, path)
            changed.append(shown(path))
    return changed
