"""A report's results and nothing else: its article's code run in this process, without kernel, drawing or page.

What a run in a kernel computes this computes too, to the byte of `results.json`, in a tenth of the time: the code cells
are compiled once in a process and run in a namespace of their own each time. For runs by the hundred (`sweep`).
"""

import contextlib
import io
import random
import threading
from collections.abc import Mapping
from functools import cache
from types import CodeType

import numpy as np

from pipeline.errors import NotebookError, PipelineError
from pipeline.exhibits.report import Results, results_only
from pipeline.paths import NOTEBOOKS, ROOT
from pipeline.run.files import files_of
from pipeline.run.runner import made_from
from pipeline.run.stages import report_stage
from pipeline.text.declarations import declaration
from pipeline.text.markdown import is_say
from pipeline.text.notebooks import read_notebook


class ChangedError(PipelineError, RuntimeError):
    """Code or data are others than where the runs were started."""


_one_at_a_time = threading.Lock()
"""The generators of numpy and Python that have no object of their own, and standard output, are one for a process."""


def made_of(report: str) -> str:
    """One digest of the code, the data and the packages that a report is made from, as they are now."""
    return "-".join(made_from(report, NOTEBOOKS / f"{report}.ipynb").values())


def results_of(report: str, parameters: Mapping[str, object], expected: str, seed: int) -> Results:
    """The results of a report for parameters that were checked.

    Parameters
    ----------
    expected
        What `made_of` must give, before and after: nobody could say otherwise what the results were made from.
    seed
        Of the generators that numpy and Python share within a process, for code that draws from them. A report's own
        generator is seeded by its parameter `seed`.

    Raises
    ------
    ChangedError
        If code or data are others than expected.
    NotebookError
        If the article hands over other results than its declaration lists. What a cell raises is raised, with a note
        that names the cell.
    """
    with _one_at_a_time:
        article = _article(report, expected)
        random.seed(seed)
        np.random.seed(seed % 2**32)
        namespace: dict[str, object] = {"__name__": "__main__", "display": lambda *shown: None}
        said = io.StringIO()
        with results_only() as found, contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            for cell, code, takes_parameters in article.cells:
                try:
                    exec(code, namespace)
                except Exception as error:
                    error.add_note(f"in the cell {cell!r} of notebooks/{report}.ipynb")
                    raise
                if takes_parameters:
                    namespace |= parameters
        article.require_unchanged()
    missing = [name for name in declaration(report).results if name not in found]
    if missing:
        raise NotebookError(
            f"notebooks/{report}.yml declares the result {missing[0]!r}, which the notebook did not hand over."
        )
    return found


class _Article:
    """The compiled cells of an article, and the state of all that its results are made from."""

    def __init__(self, report: str, expected: str):
        self.report, self.expected = report, expected
        self._files = files_of(report_stage(declaration(report)).deps)
        self._seen = self._state()
        self._require(made_of(report))
        self.cells: list[tuple[str, CodeType, bool]] = [
            (
                cell.id,
                compile(cell.source, f"notebooks/{report}.ipynb, cell {cell.id}", "exec"),
                "parameters" in cell.metadata.get("tags", []),
            )
            for cell in read_notebook(NOTEBOOKS / f"{report}.ipynb").cells
            if cell.cell_type == "code" and not is_say(cell.source)
        ]

    def require_unchanged(self) -> None:
        """Refuse what was made while something it is made from was edited; looks at dates first, which is quick."""
        state = self._state()
        if state != self._seen:
            self._require(made_of(self.report))
            self._seen = state

    def _state(self) -> list[tuple[int, int]]:
        paths = [ROOT / name for name in (*self._files, f"notebooks/{self.report}.ipynb")]
        return [(path.stat().st_mtime_ns, path.stat().st_size) for path in paths if path.is_file()]

    def _require(self, found: str) -> None:
        if found != self.expected:
            raise ChangedError(
                f"{self.report}: code, data or packages where a run was made ({found}) are others than where the runs "
                f"were started ({self.expected}). Was something edited? Bring all to one state, and start anew."
            )


@cache
def _article(report: str, expected: str) -> _Article:
    return _Article(report, expected)
