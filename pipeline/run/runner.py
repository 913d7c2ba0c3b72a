"""Running a notebook: one way for every stage and every reader.

The parameters are checked before anything starts. The notebook that runs is a frozen copy, so saving it in
JupyterLab meanwhile changes nothing. All output is written elsewhere and moved into place only when the whole run
has succeeded; on failure the last good report stays, and the failed notebook is kept with its outputs.
"""

import copy
import errno
import importlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode

from pipeline.errors import NotebookError
from pipeline.exhibits.report import OUTPUT_VARIABLE
from pipeline.paths import BUILD, FROZEN, NOTEBOOKS, REPORTS, ROOT, shown
from pipeline.run.environment import process_environment
from pipeline.run.stages import digest, stage
from pipeline.text.notebooks import KERNEL, cleaned, read_notebook, write_notebook
from pipeline.text.parameters import check_parameters, read_parameters


def run(
    name: str, *, frozen: bool = False, overrides: dict[str, object] | None = None, destination: Path = REPORTS
) -> str:
    """Run a notebook and put its report in place; a sentence saying what was written.

    Parameters
    ----------
    name
        A notebook of `parameters.NOTEBOOKS`.
    frozen
        Run the copy that the stage `freeze` made, as DVC does; otherwise `notebooks/<name>.ipynb` as it is now.
    overrides
        Parameters that replace those of params.yaml.
    destination
        Folder for `notebooks/`, `figures/`, `tables/` and `results/`.

    Raises
    ------
    ParameterError
        If a parameter is unknown, missing, mistyped or impossible. Nothing has started then.
    NotebookError
        If a cell fails, or the notebook writes other files than its stage declares. The last good report stays.
    """
    parameters = check_parameters(name, read_parameters(name) | (overrides or {})).model_dump()
    source = (FROZEN if frozen else NOTEBOOKS) / f"{name}.ipynb"
    notebook = cleaned(read_notebook(source))
    if not any("parameters" in cell.metadata.get("tags", []) for cell in notebook.cells):
        raise NotebookError(f"{shown(source)} has no cell tagged `parameters`; without one no parameter can be set.")
    made_by = provenance(name, parameters, source)  # of the files as they are before the run
    BUILD.mkdir(exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=BUILD))
    try:
        executed = _execute(name, notebook, parameters, staging)
        executed.metadata["provenance"] = made_by
        write_notebook(executed, staging / "notebooks" / f"{name}.ipynb")
        written = {p.relative_to(staging).as_posix() for p in staging.rglob("*") if p.is_file()}
        folders = _require_declared(name, written)
        for file in sorted(written):
            target = destination / file
            target.parent.mkdir(parents=True, exist_ok=True)
            _move(staging / file, target)
        _remove_others(destination, folders, written)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return f"{name}: {len(written)} files in {shown(destination)}/."


def _move(file: Path, target: Path) -> None:
    """Put a file in its place, over what is there; between file systems by copying, which a rename cannot do."""
    try:
        file.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        shutil.copyfile(file, target)


def provenance(name: str, parameters: dict[str, object], source: Path) -> dict[str, str]:
    """What makes a report: its parameters, and digests of the data, the code and the locked packages of its stage.

    `source` is the notebook that runs; it counts as code.
    """
    frozen = shown(FROZEN / f"{name}.ipynb")
    deps = [dep for dep in stage(name).deps if dep != frozen]
    of_data = [p for p in deps if p.startswith("data/")]
    of_packages = [p for p in deps if p == "requirements.lock"]
    of_code = [p for p in deps if p not in of_data and p not in of_packages]
    return {
        "parameters": ", ".join(f"{key} = {value}" for key, value in parameters.items()),
        "data": digest(of_data),
        "code": digest([*of_code, shown(source)]),
        "packages": digest(of_packages),
    }


def _require_declared(name: str, written: set[str]) -> list[str]:
    """Refuse a report that is not what its stage declares; the folders that are declared whole."""
    declared = {out.removeprefix("reports/") for out in stage(name).outs}
    folders = sorted(out for out in declared if not Path(out).suffix)
    within = {file: next((f for f in folders if file.startswith(f"{f}/")), file) for file in written}
    surplus = sorted(file for file, out in within.items() if out not in declared)
    missing = sorted(declared - set(within.values()))
    if surplus or missing:
        parts = [
            f"it wrote {', '.join(surplus)}, which its stage does not list" if surplus else "",
            f"it did not write {', '.join(missing)}" if missing else "",
        ]
        raise NotebookError(
            f"{name}: {' and '.join(p for p in parts if p)}. Make the notebook and `outs` in dvc.yaml agree."
        )
    return folders


def _remove_others(destination: Path, folders: list[str], written: set[str]) -> None:
    """Delete what earlier runs left in the folders that a report owns whole, a picture of another name for example."""
    for folder in folders:
        for path in (destination / folder).rglob("*"):
            if path.is_file() and path.relative_to(destination).as_posix() not in written:
                path.unlink()


def _execute(name: str, notebook: NotebookNode, parameters: dict[str, object], staging: Path) -> NotebookNode:
    """Run a cleaned notebook under papermill; the executed notebook without anything that differs between runs."""
    import papermill  # a second of imports that a refused parameter does not have to wait for

    importlib.import_module("matplotlib.font_manager")  # builds the font cache here, not with a message in the notebook
    outcome = staging / "running.ipynb"
    environment = process_environment() | {
        OUTPUT_VARIABLE: str(staging),
        # The project's own package, from JupyterLab, from papermill and from a copy of the folder alike.
        "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
        "PYTHONWARNINGS": "default",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
    noise = staging / "kernel.txt"
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(environment)
    try:
        with _stderr_of_processes_in(noise):
            papermill.execute_notebook(
                copy.deepcopy(notebook), str(outcome), parameters=parameters, kernel_name=KERNEL["name"],
                cwd=str(ROOT), progress_bar=False, log_output=False, start_timeout=300,
            )  # fmt: skip
    except papermill.PapermillExecutionError as error:
        raise _failure(name, error, outcome) from None
    except DeadKernelError as error:
        raise NotebookError(
            f"{name}: the Python of the notebook ended in the middle of a cell.\n{_said(noise) or error}"
        ) from None
    finally:
        os.environ.clear()
        os.environ.update(before)
    if said := _said(noise):
        print(said, file=sys.stderr)
    noise.unlink()
    executed = stable(read_notebook(outcome))
    outcome.unlink()
    for number, cell in enumerate(executed.cells):
        for output in cell.get("outputs", []):
            if output.output_type == "stream" and output.name == "stderr":
                print(f"{name}, cell {number}, printed on stderr:\n{output.text}", file=sys.stderr)
    return executed


# What ipykernel says of its transport at every start, and ipykernel and ZeroMQ on being told to end.
_NOISE = re.compile(r"\[IPKernelApp\]|^Assertion failed: .*signaler\.cpp|^\s*$")


def _said(noise: Path) -> str:
    lines = noise.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(line for line in lines if not _NOISE.search(line))


@contextmanager
def _stderr_of_processes_in(path: Path) -> Iterator[None]:
    """Let what the kernel's process writes on its own stderr go to a file; what cells write is in their outputs."""
    sys.stderr.flush()
    kept = os.dup(2)
    with path.open("wb") as file:
        os.dup2(file.fileno(), 2)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)


def _failure(name: str, error, outcome: Path) -> NotebookError:
    """Say which cell failed and why, and keep the notebook with what it had shown until then."""
    kept = BUILD / "failed" / f"{name}.ipynb"
    kept.parent.mkdir(parents=True, exist_ok=True)
    if outcome.is_file():
        outcome.replace(kept)
    lines = error.source.strip().splitlines()
    shown_source = "\n".join(f"    {line}" for line in lines[:8]) + ("\n    …" if len(lines) > 8 else "")
    return NotebookError(
        f"{name} failed in the cell numbered [{error.exec_count}]:\n{shown_source}\n"
        f"  {error.ename}: {error.evalue}\n"
        f"The notebook with its outputs: {shown(kept)}\n"
        f"The last good report was not touched."
    )


def stable(executed: NotebookNode) -> NotebookNode:
    """Remove what differs from run to run: timings, random ids, paths, versions; streams become one output each."""
    clean = cleaned(executed)
    for kept, cell in zip(clean.cells, executed.cells, strict=True):
        tags = cell.metadata.get("tags", [])
        if "injected-parameters" in tags:
            kept["id"] = "injected-parameters"
            # papermill's comment is its own; a reader of the report is told what the cell is.
            kept["source"] = cell.source.replace("# Parameters\n", "# The parameters of this run (params.yaml)\n", 1)
        if cell.cell_type == "code":
            kept["execution_count"] = cell.execution_count
            kept["outputs"] = _joined_streams(cell.outputs)
    return clean


def _joined_streams(outputs: list[NotebookNode]) -> list[NotebookNode]:
    joined: list[NotebookNode] = []
    for output in outputs:
        output = copy.deepcopy(output)
        if joined and output.output_type == "stream" == joined[-1].output_type and output.name == joined[-1].name:
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined
