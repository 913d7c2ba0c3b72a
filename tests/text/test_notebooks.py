"""Notebook files: what cleaning leaves, and the frozen copies that run."""

import json

import nbformat
import pytest
from nbformat import NotebookNode

from pipeline.errors import NotebookError
from pipeline.paths import FROZEN, NOTEBOOKS
from pipeline.text import notebooks as module
from pipeline.text.notebooks import cleaned, freeze, read_notebook, strip_notebooks, write_notebook


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
    kept = tmp_path / "indented.ipynb"
    kept.write_text(nbformat.writes(cleaned(made()), indent=4), encoding="utf-8")
    before = {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in tmp_path.iterdir()}
    assert strip_notebooks(tmp_path) == []
    assert {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    "content, message",
    [
        (None, "does not exist"),
        ("{", "is not a readable notebook"),
        ("[]", "is not a readable notebook: expected is an object with nbformat and cells"),
        ('{"nbformat": 4}', "is not a readable notebook: it has no list of cells"),
        ('{"nbformat": 4, "cells": [7]}', "is not a readable notebook: its cell 1 has no source that is text"),
        ('{"nbformat": 4, "cells": [{"source": null}]}', "is not a readable notebook: its cell 1 has no source"),
        ('{"nbformat": 5, "cells": []}', "is not a readable notebook: Unsupported nbformat version 5"),
    ],
)
def test_what_is_no_notebook_is_named(tmp_path, content, message):
    path = tmp_path / "n.ipynb"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(NotebookError, match=rf"n\.ipynb {message}"):
        read_notebook(path)


def test_frozen_copies_lie_apart_from_the_notebooks_people_write():
    assert FROZEN != NOTEBOOKS and "build" in FROZEN.parts


def test_cells_without_ids_or_with_doubled_ones_get_the_same_ids_every_time(tmp_path):
    """As Google Colab and older Jupyters save (no ids), and as merging or copying by hand leaves them (doubled)."""
    plain = [
        {"cell_type": "markdown", "metadata": {"id": "x"}, "source": "# Title"},
        {"cell_type": "code", "metadata": {}, "source": "1 + 1", "execution_count": None, "outputs": []},
    ]
    doubled = [cell | {"id": "sum"} for cell in plain] + [plain[1] | {"id": "cell-1"}]
    not_allowed = [plain[0] | {"id": "a title"}, plain[1] | {"id": "a" * 65}, plain[1] | {"id": 3}]
    for number, (cells, expected) in enumerate(
        [
            (plain, ["cell-0", "cell-1"]),
            (doubled, ["sum", "cell-1-0", "cell-1"]),
            (not_allowed, ["cell-0", "cell-1", "cell-2"]),
        ]
    ):
        for minor in (0, 4) if number == 0 else (5,):
            name = f"n{number}{minor}"
            text = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": minor})
            (tmp_path / f"{name}.ipynb").write_text(text, encoding="utf-8")
            freeze(name, tmp_path, tmp_path / "frozen")
            first = (tmp_path / "frozen" / f"{name}.ipynb").read_bytes()
            freeze(name, tmp_path, tmp_path / "frozen")
            assert (tmp_path / "frozen" / f"{name}.ipynb").read_bytes() == first
            assert [cell.id for cell in read_notebook(tmp_path / "frozen" / f"{name}.ipynb").cells] == expected


def test_a_merge_conflict_is_named_with_its_line(tmp_path):
    text = nbformat.writes(made()).replace("{", "<<<<<<< HEAD\n{", 1)
    (tmp_path / "n.ipynb").write_text(text, encoding="utf-8")
    with pytest.raises(NotebookError, match=r"n\.ipynb, line \d+: a merge conflict \(<<<<<<<"):
        read_notebook(tmp_path / "n.ipynb")


def test_two_versions_in_a_cell_are_named_and_an_underlined_title_is_none(tmp_path):
    """Merge tools for notebooks keep the file readable and leave the conflict within the cell."""
    notebook = made()
    notebook.cells[0].source = "Title\n=======\n"
    write_notebook(notebook, tmp_path / "n.ipynb")
    read_notebook(tmp_path / "n.ipynb")
    notebook.cells[1].source = "<<<<<<< local\nx = 1\n=======\nx = 2\n>>>>>>> remote\n"
    write_notebook(notebook, tmp_path / "n.ipynb")
    with pytest.raises(NotebookError, match=r"n\.ipynb, cell 2: a merge conflict \(<<<<<<<\).*delete the marks"):
        read_notebook(tmp_path / "n.ipynb")


def test_a_notebook_of_the_oldest_form_still_in_use_is_read_the_same_every_time(tmp_path):
    cell = {"cell_type": "code", "language": "python", "input": "1 + 1", "outputs": [], "metadata": {}}
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": [cell, cell]}]}
    (tmp_path / "n.ipynb").write_text(json.dumps(old), encoding="utf-8")
    found = cleaned(read_notebook(tmp_path / "n.ipynb"))
    assert [(c.id, c.source) for c in found.cells] == [("cell-0", "1 + 1"), ("cell-1", "1 + 1")]
