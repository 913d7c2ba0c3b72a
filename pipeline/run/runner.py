"""Running a notebook: one way for every stage and every reader.

The parameters are checked before anything starts. The notebook that runs is a frozen copy, so saving it in
JupyterLab meanwhile changes nothing. All output is written elsewhere and moved into place only when the whole run
has succeeded; on failure the last good report stays, and the failed notebook is kept with its outputs.
"""

import copy
import importlib
import os
import re
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from pipeline.errors import NotebookError
from pipeline.exhibits.report import OUTPUT_VARIABLE
from pipeline.paths import BUILD, FROZEN, NOTEBOOKS, REPORTS, ROOT, put_in_place, shown
from pipeline.run.environment import ONE_THREAD, process_environment
from pipeline.run.files import digest, files_of
from pipeline.run.stages import report_stage
from pipeline.text.declarations import Declaration, declaration
from pipeline.text.language import SOURCE_LANGUAGE
from pipeline.text.notebooks import KERNEL, cleaned, read_notebook, write_notebook
from pipeline.text.parameters import run_parameters
from pipeline.text.results import read_results

PARTS = ("notebook.ipynb", "results.json", "figures", "tables")
"""What a run writes into the folder of its report; all else there belongs to others."""


def run(
    name: str, *, frozen: bool = False, overrides: dict[str, object] | None = None, destination: Path = REPORTS
) -> str:
    """Run a notebook and put its report in place; a sentence saying what was written.

    Parameters
    ----------
    name
        A report.
    frozen
        Run the copy that the stage `freeze` made, in English, as DVC does; otherwise `notebooks/<name>.ipynb` as it
        is now, in the language of params.yaml.
    overrides
        Parameters that replace those of params.yaml and of the declaration.
    destination
        Folder in which the report's folder lies.

    Raises
    ------
    ParameterError
        If a parameter is unknown, missing, mistyped or impossible. Nothing has started then.
    NotebookError
        If a cell fails, or the notebook writes other files than its declaration lists. The last good report stays.
    """
    declared = declaration(name)
    given = ({"language": SOURCE_LANGUAGE} if frozen else {}) | (overrides or {})
    parameters = run_parameters(name, given).model_dump()
    source = (FROZEN if frozen else NOTEBOOKS) / f"{name}.ipynb"
    notebook = cleaned(read_notebook(source))
    if not any("parameters" in cell.metadata.get("tags", []) for cell in notebook.cells):
        raise NotebookError(f"{shown(source)} has no cell tagged `parameters`; without one no parameter can be set.")
    made_by = {"name": name, "parameters": parameters} | made_from(name, source)  # the files as they are before the run
    BUILD.mkdir(exist_ok=True)
    _remove_leftovers()
    staging = Path(tempfile.mkdtemp(prefix=f"{name}-{os.getpid()}-", dir=BUILD))
    try:
        executed = _execute(name, notebook, parameters, staging)
        executed.metadata["report"] = made_by
        _require_declared(declared, staging)
        write_notebook(executed, staging / "notebook.ipynb")
        written = sum(path.is_file() for path in staging.rglob("*"))
        _put_in_place(staging, destination / name)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return f"{name}: {written} files in {shown(destination / name)}/."


def _remove_leftovers() -> None:
    """Remove what runs left behind that were killed: their folders, which name the process that made them."""
    for folder in BUILD.iterdir():
        of = re.fullmatch(r"\w+-(\d+)-\w{8}", folder.name)
        if of and (int(of[1]) == os.getpid() or not psutil.pid_exists(int(of[1]))):  # its own number was another's once
            shutil.rmtree(folder, ignore_errors=True)


def made_from(name: str, source: Path) -> dict[str, str]:
    """What makes a report: digests of the data, the code and the locked packages that its stage depends on.

    `source` is the notebook that runs; it counts as code.
    """
    kinds: dict[str, list[str]] = {"data": [], "code": [shown(source)], "packages": []}
    for path in files_of(report_stage(declaration(name)).deps):
        kind = "data" if path.startswith(("data/", "reports/")) else "code"
        kinds["packages" if path == "requirements.lock" else kind].append(path)
    frozen = shown(FROZEN / f"{name}.ipynb")
    return {kind: digest([p for p in paths if p != frozen or p == shown(source)]) for kind, paths in kinds.items()}


def _require_declared(declared: Declaration, staging: Path) -> None:
    """Refuse a report that is not what its declaration says."""
    made = {
        "results": set(read_results(staging.name, staging.parent)) if (staging / "results.json").is_file() else set(),
        "tables": {path.stem for path in (staging / "tables").glob("*.csv")},
        "figures": {path.stem for path in (staging / "figures").glob("*.svg")},
    }
    missing = [f"{kind[:-1]} {name!r}" for kind in made for name in getattr(declared, kind) if name not in made[kind]]
    if missing:
        raise NotebookError(
            f"{declared.name}: notebooks/{declared.name}.yml declares the {', the '.join(missing)}, which the notebook "
            "did not hand over. Make the two agree."
        )


def _put_in_place(staging: Path, report: Path) -> None:
    """Replace what a run writes in the folder of its report, file by file, and remove what it no longer writes."""
    for part in PARTS:
        finished = [file for file in [staging / part, *(staging / part).rglob("*")] if file.is_file()]
        there = [report / file.relative_to(staging) for file in finished]
        for file, target in zip(finished, there, strict=True):
            put_in_place(file, target)
        for old in [report / part, *(report / part).rglob("*")]:
            if old.is_file() and old not in there:
                old.unlink()


def _execute(name: str, notebook: NotebookNode, parameters: dict[str, object], staging: Path) -> NotebookNode:
    """Run a cleaned notebook under papermill; the executed notebook without anything that differs between runs."""
    import papermill  # a second of imports that a refused parameter does not have to wait for

    from pipeline.run.limits import CELL_MINUTES, ENGINE, PRINTED_MIB, START_SECONDS

    _require_loopback(name)
    importlib.import_module("matplotlib.font_manager")  # builds the font cache here, not with a message in the notebook
    outcome, noise = staging / "running.ipynb", staging / "kernel.txt"
    environment = (
        process_environment()
        | ONE_THREAD
        | {
            OUTPUT_VARIABLE: str(staging),
            # The project's own package, from JupyterLab, from papermill and from a copy of the folder alike.
            "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
            "PYTHONWARNINGS": "",  # as in JupyterLab: a deprecation within a package is not the reader's business
        }
    )
    try:
        with _environment(environment), _stderr_of_processes_in(noise), _kernel_options() as options:
            papermill.execute_notebook(
                copy.deepcopy(notebook),
                str(outcome),
                parameters=parameters,
                kernel_name=KERNEL["name"],
                cwd=str(ROOT),
                engine_name=ENGINE,
                progress_bar=False,
                log_output=False,
                request_save_on_cell_execute=False,  # twice a cell, all of it; a failed one is written at the end
                start_timeout=START_SECONDS,
                **options,
            )
    except papermill.PapermillExecutionError as error:
        if _printed_too_much(outcome):
            raise NotebookError(
                f"{name}: the cell numbered [{error.exec_count}] was stopped after {PRINTED_MIB} MiB of printed text; "
                f"does it print in a loop without end?\n    {error.source.strip().splitlines()[0]}\n"
                "The last good report was not touched."
            ) from None
        raise _failure(name, error, outcome) from None
    except CellTimeoutError as error:
        raise NotebookError(
            f"{name}: a cell ran for more than {CELL_MINUTES} minutes and was stopped. {error}\n"
            "The last good report was not touched."
        ) from None
    except DeadKernelError as error:
        raise NotebookError(
            f"{name}: the Python of the notebook ended in the middle of a cell.\n{_said(noise) or error}"
        ) from None
    except RuntimeError as error:  # as the kernel manager calls a kernel that does not start
        raise NotebookError(
            f"{name}: the Python of the notebook did not start within {START_SECONDS} s, or ended before. {error}\n"
            f"{_said(noise)}\nThe last good report was not touched. Try it by hand: python -m ipykernel_launcher"
        ) from error
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


def _require_loopback(name: str) -> None:
    """Refuse to start a kernel that nothing could be said to: a notebook and its Python talk over this machine's own
    address, and where that leads nowhere they wait for each other.

    Raises
    ------
    NotebookError
        If no connection can be made.
    """
    try:
        with (
            socket.create_server(("127.0.0.1", 0)) as server,
            socket.create_connection(server.getsockname(), timeout=10),
        ):
            pass
    except OSError as error:
        raise NotebookError(
            f"{name}: no connection to this machine itself, 127.0.0.1, over which a notebook and its Python talk "
            f"({error}). Let the firewall, sandbox or container allow it (in a container without network: "
            "ip link set lo up), and run it again. The last good report was not touched."
        ) from error


def _printed_too_much(outcome: Path) -> bool:
    """Whether the notebook that papermill left was stopped for what it printed."""
    return outcome.is_file() and any(c.metadata.get("printed_too_much") for c in read_notebook(outcome).cells)


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    """The variables of this process, and so of the kernel it starts, for a while."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _kernel_options() -> Iterator[dict[str, object]]:
    """What papermill is told of the kernel: a warm one where this process has the imports already."""
    from pipeline.run.warm import can_fork, warm_kernel_manager

    if not can_fork():
        yield {}
        return
    with warm_kernel_manager() as manager:
        yield {"kernel_manager_class": manager}


# What ipykernel says of its transport at every start.
_NOISE = re.compile(r"\[IPKernelApp\]|^\s*$")


def _said(noise: Path) -> str:
    """What a kernel's process wrote on stderr, without the noise of its start and of its ending (which may be a
    traceback of ZeroMQ, when a socket is closed before the last word on it was sent)."""
    from pipeline.run.limits import ENDED

    lines = noise.read_text(encoding="utf-8", errors="replace").partition(ENDED)[0].splitlines()
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
