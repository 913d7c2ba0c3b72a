"""The notebooks as they are committed, and the cleaned copies that run."""

import json

import nbformat
import pytest
from nbformat import NotebookNode

from pipeline.errors import NotebookError
from pipeline.paths import NOTEBOOKS as FOLDER
from pipeline.paths import REPORTS
from pipeline.run import runner
from pipeline.text import notebooks as module
from pipeline.text.notebooks import cleaned, freeze, read_notebook, strip_notebooks, write_notebook
from pipeline.text.parameters import NOTEBOOKS


def made(**metadata):
    notebook = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "other", "display_name": "x"}, "papermill": {"duration": 1.5}}
    )
    notebook.cells = [nbformat.v4.new_markdown_cell("# Title"), nbformat.v4.new_code_cell("1 + 1", execution_count=7)]
    notebook.cells[0].id, notebook.cells[1].id = "title", "sum"
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="noise")]
    notebook.cells[1].metadata = NotebookNode({"tags": ["parameters"], "execution": {"iopub": "now"}, **metadata})
    return notebook


def test_cleaning_leaves_type_source_id_and_tags():
    notebook = made(collapsed=True)
    clean = cleaned(notebook)
    assert [(c.cell_type, c.source, c.id) for c in clean.cells] == [
        (c.cell_type, c.source, c.id) for c in notebook.cells
    ]
    assert clean.cells[1].metadata == {"tags": ["parameters"]} and clean.cells[0].metadata == {}
    assert clean.cells[1].outputs == [] and clean.cells[1].execution_count is None
    assert clean.metadata == {"kernelspec": module.KERNEL, "language_info": {"name": "python"}}


def test_saving_in_jupyterlab_does_not_change_the_copy_that_runs(tmp_path):
    """Outputs, counters, timings and view settings come and go; the frozen copy stays byte for byte."""
    write_notebook(cleaned(made()), tmp_path / "n.ipynb")
    freeze("n", tmp_path, tmp_path / "frozen")
    before = (tmp_path / "frozen" / "n.ipynb").read_bytes()
    (tmp_path / "n.ipynb").write_text(nbformat.writes(made(scrolled=True), indent=4), encoding="utf-8")
    freeze("n", tmp_path, tmp_path / "frozen")
    assert (tmp_path / "frozen" / "n.ipynb").read_bytes() == before


def test_another_source_or_tag_does_change_it():
    other = made()
    other.cells[1].source = "1 + 2"
    retagged = made()
    retagged.cells[1].metadata["tags"] = []
    sources = {nbformat.writes(cleaned(n)) for n in (made(), other, retagged)}
    assert len(sources) == 3


def test_strip_reports_what_it_changed(tmp_path):
    write_notebook(cleaned(made()), tmp_path / "clean.ipynb")
    (tmp_path / "saved.ipynb").write_text(nbformat.writes(made()), encoding="utf-8")
    assert [name.rsplit("/", 1)[-1] for name in strip_notebooks(tmp_path)] == ["saved.ipynb"]
    assert strip_notebooks(tmp_path) == []


@pytest.mark.parametrize(
    "content, message",
    [(None, "does not exist"), ("{", "is not a readable notebook"), ("[]", "is not a readable notebook")],
)
def test_what_is_no_notebook_is_named(tmp_path, content, message):
    path = tmp_path / "n.ipynb"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(NotebookError, match=rf"n\.ipynb {message}"):
        read_notebook(path)


def test_every_notebook_of_the_folder_is_known_and_the_other_way_round():
    """`index` is where JupyterLab opens; it has no report."""
    assert {p.stem for p in FOLDER.glob("*.ipynb")} == {*NOTEBOOKS, "index"}


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebooks_are_committed_clean(name):
    path = FOLDER / f"{name}.ipynb"
    text = nbformat.writes(cleaned(read_notebook(path)), indent=1).rstrip("\n") + "\n"
    assert path.read_text(encoding="utf-8") == text, "run: python -m pipeline strip"


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebooks_open_with_title_question_and_answer(name):
    cells = read_notebook(FOLDER / f"{name}.ipynb").cells
    first = [
        next((i for i, c in enumerate(cells) if tag in c.metadata.get("tags", [])), None)
        for tag in ("title", "question", "parameters", "answer")
    ]
    assert first[:3] == [0, 1, 2] and 3 <= first[3] <= 6
    assert cells[0].source.startswith("# ")
    assert any(c.source.startswith("## Limits") or "\n## Limits" in c.source for c in cells)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebooks_are_thin(name):
    """A cell that does not fit on a screen, or defines a function, belongs into the package."""
    for cell in read_notebook(FOLDER / f"{name}.ipynb").cells:
        if cell.cell_type == "code":
            assert cell.source.count("\n") < 45, cell.source[:60]
            assert not any(line.startswith("def ") for line in cell.source.splitlines()), cell.source[:60]


@pytest.mark.parametrize(
    "name, years",
    [("specification_curve", (1995, 1996)), ("green_technology", (2024, 2025)), ("history", (1992, 1993))],
)
def test_a_study_that_an_analysis_refuses_has_the_same_results_not_defined(name, years, tmp_path):
    """Pages and the brief name results; one that is not there at all stops them. Livestock comes by report."""
    runner.run(name, overrides={"year_before": years[0], "year_after": years[1]}, destination=tmp_path)
    there, here = (
        json.loads((folder / "results" / f"{name}.json").read_text(encoding="utf-8")) for folder in (REPORTS, tmp_path)
    )
    of_rows = {key for key in there if key.startswith(("livestock_", "explained_"))} - {"explained_here"}
    assert set(there) - of_rows <= set(here)
    assert any(entry["value"] is None and "not defined" in entry["scope"] for entry in here.values())
