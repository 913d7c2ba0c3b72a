"""Report: what a notebook hands its results, figures and tables to, and the sentences of its `%%say` cells.

    report = Report("yield_change", globals())      # checks the parameters of the cell above
    report.results({"change": 4.0, ...})            # names, units and scopes: notebooks/yield_change.yml
    report.figure(figures.slope, changes)           # drawn from the rounded numbers that are written beside it
    report.table("oblasts", changes)

Under the runner the files go to the report that is being made; in JupyterLab they go to `build/interactive/<report>/`,
so exploring never touches `reports/`. A run computes and draws in one language. Pages in other languages are made
later from the same files: `results.json`, the CSV behind each figure and table, and the sentences of the notebook.
"""

import math
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from pipeline.errors import DeclarationError
from pipeline.exhibits.drawing import localized
from pipeline.exhibits.svg import svg_of
from pipeline.exhibits.tables import read_csv, table_html, table_text, write_csv
from pipeline.paths import BUILD
from pipeline.text import declarations
from pipeline.text.declarations import Declaration
from pipeline.text.fill import NOT_DEFINED, Value, described, say, substituted, values_of
from pipeline.text.language import SOURCE_LANGUAGE, Catalogue
from pipeline.text.parameters import Parameters, check_parameters
from pipeline.text.results import write_results

OUTPUT_VARIABLE = "PIPELINE_EXHIBITS"
"""Environment variable in which the runner names the folder of the report that is being made."""

Draw = Callable[[pd.DataFrame, Parameters, Mapping[str, Value], Catalogue], Figure]
"""Draws a figure from its published data, the parameters, what texts may name, and the catalogue of a language."""


Results = dict[str, dict[str, object]]
"""Results by name, as `results.json` holds them: value, unit, scope."""

_KEPT: ContextVar[Results | None] = ContextVar("kept results", default=None)


@contextmanager
def results_only() -> Iterator[Results]:
    """Reports that are made within write, draw and set nothing; their results are in the mapping that this gives.

    For runs of which nobody reads a page, many hundreds of them.
    """
    kept: Results = {}
    token = _KEPT.set(kept)
    try:
        yield kept
    finally:
        _KEPT.reset(token)


@dataclass(frozen=True)
class Exhibit:
    """What a cell shows: its content and the same as plain text; `details` say which figure or table it is."""

    mimetype: str
    content: str
    text: str
    details: dict[str, str] = field(default_factory=dict)

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {self.mimetype: self.content, "text/plain": self.text}, {self.mimetype: self.details}


class Report:
    """The report that a notebook makes.

    Parameters
    ----------
    name
        The report's name; its declaration is `notebooks/<name>.yml`.
    namespace
        Where the parameters stand: `globals()` of the notebook. Other names in it do not matter.

    Attributes
    ----------
    parameters
        The checked parameters.
    values : dict[str, Value]
        What a sentence may name by now: the parameters, and the results that were handed over.

    Raises
    ------
    ParameterError
        If a parameter is missing, mistyped or impossible.
    DeclarationError
        If there is no declaration, or it cannot be read.
    """

    def __init__(self, name: str, namespace: Mapping[str, object]):
        self.declared: Declaration = declarations.declaration(name)
        taken = ["language", *self.declared.study, *self.declared.parameters]
        self.parameters = check_parameters(name, {key: namespace[key] for key in taken if key in namespace})
        self.folder = Path(os.environ.get(OUTPUT_VARIABLE) or BUILD / "interactive" / name)
        self.t = Catalogue(self.parameters.language, name)
        self._kept = _KEPT.get()
        self._results: Results = {} if self._kept is None else self._kept
        self.values: dict[str, Value] = values_of(self.declared, self.parameters.model_dump(), {})
        _offer_say(self)

    def results(self, values: Mapping[str, object], why: str = "") -> None:
        """Add results to `results.json`, rounded to their declared decimals.

        Parameters
        ----------
        values
            Names and values; None where a value is not defined.
        why
            Why values that are None are not defined.

        Raises
        ------
        DeclarationError
            If a name is not declared or was given before; if a value is not finite, or is a fraction without
            declared decimals; if it is None and `why` says nothing.
        """
        for name, value in values.items():
            declared = self.declared.results.get(name)
            if declared is None:
                raise self._error(f"declares no result {name!r}. It declares: {', '.join(self.declared.results)}.")
            if name in self._results:
                raise self._error(f"result {name!r} was handed over before; every name is given once.")
            value = value.item() if hasattr(value, "item") else value
            value = None if value is pd.NA or value is pd.NaT else value
            if isinstance(value, float):
                if not math.isfinite(value):
                    raise self._error(f"result {name!r} is {value}. Hand over None and say why it cannot be computed.")
                if declared.decimals is None:
                    raise self._error(f"result {name!r} is {value}; declare with how many decimals it is written.")
                value = round(value, declared.decimals) + 0.0
            if value is None and not why:
                raise self._error(f"result {name!r} is not defined; say why: report.results({{...}}, why=...).")
            scope = substituted(self.declared.scope(name), self.values, Catalogue(SOURCE_LANGUAGE))
            scope += f"{NOT_DEFINED}{why}" if value is None else ""
            self._results[name] = {"value": value, "unit": declared.unit, "scope": scope}
            self.values |= values_of(self.declared, {}, {name: self._results[name]})
        if self._kept is None:
            write_results(self._results, self.folder / "results.json")

    def figure(self, draw: Draw, data: pd.DataFrame) -> Exhibit:
        """Write a figure as SVG with the data behind it as CSV, and show it.

        Parameters
        ----------
        draw
            A function of the study's `figures` module; its name is the figure's. It gets the data as they are
            written, rounded, so that the same picture can be made in another language from the CSV alone.
        data
            What the figure shows, one row per mark.

        Raises
        ------
        DeclarationError
            If the figure is not declared, or the data lack a declared column or decimals.
        """
        name = draw.__name__
        declared = self.declared.figures.get(name)
        if declared is None:
            raise self._error(f"declares no figure {name!r}. It declares: {', '.join(self.declared.figures)}.")
        if self._kept is not None:
            return Exhibit("text/plain", "", "")
        path = self.folder / "figures" / f"{name}.csv"
        write_csv(data, declared.csv_columns(data.columns), path, f"Figure {name!r} of {self.declared.name}")
        picture, alt = drawn(self.declared, draw, path, self.parameters, self.values, self.t)
        svg = svg_of(picture, f"{self.declared.name}-{name}", alt)
        path.with_suffix(".svg").write_text(svg, encoding="utf-8", newline="\n")
        return Exhibit("image/svg+xml", svg, alt, {"figure": name})

    def table(self, name: str, data: pd.DataFrame) -> Exhibit:
        """Write a table as CSV and show it as a journal would print it.

        Raises
        ------
        DeclarationError
            If the table is not declared, or the data lack a declared column or decimals.
        """
        declared = self.declared.tables.get(name)
        if declared is None:
            raise self._error(f"declares no table {name!r}. It declares: {', '.join(self.declared.tables)}.")
        if self._kept is not None:
            return Exhibit("text/plain", "", "")
        path = self.folder / "tables" / f"{name}.csv"
        write_csv(data, declared.csv_columns(), path, f"Table {name!r} of {self.declared.name}")
        frame = read_csv(path)
        shown = table_html(name, frame, declared, self.values, self.t)
        return Exhibit("text/html", shown, table_text(frame, declared, self.values, self.t), {"table": name})

    def say(self, cell: str) -> Exhibit:
        """The paragraphs of a `%%say` cell that hold, as Markdown.

        Raises
        ------
        DeclarationError
            If a condition or a sentence names what is no parameter and no result yet.
        """
        text = "\n\n".join(paragraph for paragraph, _ in say(cell, self.values, self.t))
        return Exhibit("text/markdown", text, text)

    def _error(self, problem: str) -> DeclarationError:
        return DeclarationError(f"notebooks/{self.declared.name}.yml {problem}")


def drawn(
    declared: Declaration, draw: Draw, data: Path, parameters: Parameters, values: Mapping[str, Value], t: Catalogue
) -> tuple[Figure, str]:
    """A figure from the data that are published with it, and its alternative text.

    Parameters
    ----------
    data
        The CSV behind the figure.
    values
        What the texts of the report may name.
    """
    frame = pd.read_csv(data, keep_default_na=False, na_values=[""], encoding="utf-8")
    alt = described(declared.figures[draw.__name__].alt, values, t)
    return localized(draw(frame, parameters, values, t), t), alt


def _offer_say(report: Report) -> None:
    """Let `%%say` cells of the running notebook speak through this report; outside IPython there are no cells."""
    try:
        from IPython import get_ipython
        from IPython.display import display
    except ImportError:
        return
    shell = get_ipython()
    if shell is None:
        return

    def say_cell(line: str, cell: str) -> None:
        if line.strip():
            raise DeclarationError("%%say stands alone on its line; a condition stands before its paragraph: [if …].")
        display(report.say(cell))

    shell.register_magic_function(say_cell, "cell", "say")
