"""Beginnings: a working, tested piece in the place of an empty file, to be changed step by step.

`python -m pipeline new report NAME` writes an article, its declaration, a study and its test. The files in this folder
are what they are made from; `my_report` stands for the name.
"""

import re
from pathlib import Path

import nbformat

from pipeline.errors import PipelineError
from pipeline.paths import ROOT, shown
from pipeline.text.declarations import NAME, forget_declarations
from pipeline.text.notebooks import cleaned, write_notebook

_HERE = Path(__file__).parent
PLACEHOLDER = "my_report"


def new_report(name: str, root: Path = ROOT) -> list[Path]:
    """Write the beginning of a report; the files written.

    Raises
    ------
    PipelineError
        If the name is no name of a report, or something of that name exists. Nothing is written then.
    """
    if not NAME.fullmatch(name):
        raise PipelineError(
            f"{name!r} is no name of a report: small letters, digits and single underscores, such as rain_and_yield."
        )
    study, tests = root / "pipeline" / "studies" / name, root / "tests" / "studies" / name
    notebook, declaration = (root / "notebooks" / f"{name}.{ending}" for ending in ("ipynb", "yml"))
    taken = [path for path in (notebook, declaration, study, tests) if path.exists()]
    if taken:
        raise PipelineError(f"{shown(taken[0])} is there already. Choose another name, or delete it first.")
    texts = {
        declaration: _text("report/declaration.yml.txt", name),
        study / "__init__.py": f'"""The report `{name}`."""\n',
        study / "analysis.py": _text("report/analysis.py.txt", name),
        study / "figures.py": _text("report/figures.py.txt", name),
        tests / "__init__.py": "",
        tests / "test_analysis.py": _text("report/test_analysis.py.txt", name),
    }
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    write_notebook(cleaned(_notebook(_text("report/article.txt", name))), notebook)
    forget_declarations()
    return [notebook, *texts]


def _text(file: str, name: str) -> str:
    return (_HERE / file).read_text(encoding="utf-8").replace(PLACEHOLDER, name)


def _notebook(text: str) -> nbformat.NotebookNode:
    """A notebook from text: every cell begins with a line `#%% md|code id [tag]`."""
    notebook = nbformat.v4.new_notebook()
    for block in re.split(r"^#%% ", text, flags=re.M)[1:]:
        head, _, source = block.partition("\n")
        kind, address, *tags = head.split()
        make = nbformat.v4.new_markdown_cell if kind == "md" else nbformat.v4.new_code_cell
        notebook.cells.append(make(source.strip("\n"), id=address, metadata={"tags": tags} if tags else {}))
    return notebook
