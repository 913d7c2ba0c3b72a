"""Exhibits: the figures, tables and result values of one notebook, written as files and shown in place.

A notebook makes one `Exhibits` and hands it everything a reader is to see. Under the runner the files go to the
report that is being made; in JupyterLab they go to `build/interactive/`, so exploring never touches `reports/`.
Numbers are rounded to a stated number of decimals when they are written, and text takes its numbers from the
results by name.
"""

import base64
import html
import io
import json
import math
import os
import re
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import pandas as pd
from IPython.display import Markdown
from matplotlib.figure import Figure

from pipeline.errors import PipelineError
from pipeline.figures import style
from pipeline.language import Catalogue
from pipeline.parameters import Study, check_parameters
from pipeline.paths import BUILD

OUTPUT_VARIABLE = "PIPELINE_EXHIBITS"

# Decimals of coordinates in SVG, in points: finer than any screen, coarse enough that the last bit of a
# floating-point sum on another processor does not change the file.
_SVG_DECIMALS = 2


@dataclass(frozen=True)
class Column:
    """One column of a table: the column of the frame, its heading, and the decimals of its numbers.

    `decimals` None means text (or a year, which takes no separators); `signed` shows + and a true minus.
    """

    name: str
    heading: str
    decimals: int | None = None
    signed: bool = False


@dataclass(frozen=True)
class _Shown:
    """A result value in a sentence: `{change:+}` is signed, `{year}` and text stay as they are."""

    value: object
    decimals: int | None
    catalogue: Catalogue

    def __format__(self, form: str) -> str:
        if self.decimals is None:
            return html.escape(str(self.value))
        return (
            self.catalogue.signed(self.value, self.decimals)
            if form == "+"
            else self.catalogue.number(self.value, self.decimals)
        )


@dataclass(frozen=True)
class _Exhibit:
    """What a cell shows; the alternative text and caption travel with it as output metadata."""

    mimetype: str
    content: str
    text: str
    details: dict

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {self.mimetype: self.content, "text/plain": self.text}, {self.mimetype: self.details}


class Exhibits:
    """The exhibits of one notebook run.

    Parameters
    ----------
    notebook
        Its name, the first part of every file name.
    **parameters
        All parameters of the notebook; checked as the runner checks them.

    Attributes
    ----------
    parameters : Study
        The checked parameters.
    t : Catalogue
        The catalogue of their language.

    Raises
    ------
    ParameterError
        If a parameter is unknown, missing, mistyped or impossible.
    """

    def __init__(self, notebook: str, **parameters: object):
        self.notebook = notebook
        self.parameters: Study = check_parameters(notebook, parameters)
        self.t = Catalogue(self.parameters.language)
        self.folder = Path(os.environ.get(OUTPUT_VARIABLE) or BUILD / "interactive" / notebook)
        self._results: dict[str, dict] = {}
        self._decimals: dict[str, int | None] = {}

    def _path(self, kind: str, name: str, ending: str) -> Path:
        if not re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", name):
            raise PipelineError(f"Exhibit name {name!r}: use small letters, digits and single underscores.")
        folder = self.folder / kind
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{self.notebook}-{name}.{ending}"

    def result(self, name: str, value: object, *, unit: str, scope: str, decimals: int | None = None) -> None:
        """Add a value to `results/<notebook>.json`, rounded to `decimals` (None: a whole number or a text).

        Raises
        ------
        PipelineError
            If the value is not finite, is a float without `decimals`, or the name is taken.
        """
        if name in self._results:
            raise PipelineError(f"Result {name!r} is there already; every name is given once.")
        if hasattr(value, "item"):
            value = value.item()
        if isinstance(value, float):
            if not math.isfinite(value):
                raise PipelineError(f"Result {name!r} is {value}. Report why it cannot be computed instead.")
            if decimals is None:
                raise PipelineError(f"Result {name!r} is {value}; say with how many decimals it is written.")
            value = round(value, decimals) + 0.0
        self._results[name] = {"value": value, "unit": unit, "scope": scope}
        self._decimals[name] = decimals
        path = self.folder / "results" / f"{self.notebook}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self._results, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")

    def prose(self, message: str, **texts: str) -> Markdown:
        """A sentence of the catalogue, shown as text.

        `{name}` is filled with the result of that name (`{name:+}` with its sign), with the study's `oblast`, `crop`,
        `year_before` or `year_after`, or with a text given here. Numbers are never typed into a sentence.

        Raises
        ------
        PipelineError
            If the sentence names anything else.
        """
        study = self.parameters
        named = {"oblast": self.t.area(study.oblast), "crop": self.t.crop(study.crop), **texts}
        values: dict[str, object] = {n: _Shown(r["value"], self._decimals[n], self.t) for n, r in self._results.items()}
        values |= {"year_before": study.year_before, "year_after": study.year_after}
        values |= {name: html.escape(text) for name, text in named.items()}
        try:
            return Markdown(self.t(message, **values))
        except KeyError as error:
            raise PipelineError(
                f"The sentence {message!r} names {error}, which is no result of this notebook."
            ) from None

    def figure(
        self, name: str, figure: Figure, data: pd.DataFrame, *, decimals: int, alt: str, caption: str
    ) -> _Exhibit:
        """Write a figure as SVG with the data behind it as CSV, and show it.

        Parameters
        ----------
        data
            What the figure shows, one row per mark.
        decimals
            Decimals of the numbers in the CSV.
        alt
            What the figure shows, for readers who do not see it.
        caption
            The sentence below it: what, where, when, source, how to read it.
        """
        self._write_csv("figures", name, data, dict.fromkeys(data.columns, decimals))
        buffer = io.StringIO()
        with style(), mpl.rc_context({"svg.hashsalt": f"{self.notebook}-{name}", "svg.fonttype": "path"}):
            figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
        svg = _accessible(_named(_rounded(buffer.getvalue()), f"{self.notebook}-{name}"), alt)
        self._path("figures", name, "svg").write_text(svg, encoding="utf-8", newline="\n")
        return _Exhibit("image/svg+xml", svg, alt, {"name": f"{self.notebook}-{name}", "alt": alt, "caption": caption})

    def table(
        self,
        name: str,
        frame: pd.DataFrame,
        columns: list[Column],
        *,
        title: str,
        note: str = "",
        data: pd.DataFrame | None = None,
    ) -> _Exhibit:
        """Write a table as CSV and show it as a journal would print it.

        Parameters
        ----------
        frame, columns
            What is shown, and also what is written unless `data` is given.
        data
            What is written where the shown cells are made for reading (ranges, translated words); its fractions
            are written with the decimals they have.

        Raises
        ------
        PipelineError
            If the frame lacks a column.
        """
        missing = [c.name for c in columns if c.name not in frame]
        if missing:
            raise PipelineError(
                f"Table {name!r}: the frame has no column {missing[0]!r}. It has {', '.join(map(str, frame.columns))}."
            )
        shown = frame[[c.name for c in columns]]
        if data is None:
            self._write_csv("tables", name, shown, {c.name: c.decimals for c in columns})
        else:
            self._write_csv("tables", name, data.astype({c: str for c in data.select_dtypes(float)}), {})
        cells = {c.name: [self._cell(v, c) for v in shown[c.name]] for c in columns}
        content = _html_table(f"{self.notebook}-{name}", cells, columns, title, note)
        lines = [
            " | ".join(c.heading for c in columns),
            *(" | ".join(row) for row in zip(*cells.values(), strict=True)),
        ]
        return _Exhibit("text/html", content, "\n".join([title, *lines]), {"name": f"{self.notebook}-{name}"})

    def _cell(self, value: object, column: Column) -> str:
        if value is None or value == "" or pd.isna(value):
            return "\u2013"
        if column.decimals is None:
            return str(value)
        return self.t.signed(value, column.decimals) if column.signed else self.t.number(value, column.decimals)

    def _write_csv(self, kind: str, name: str, frame: pd.DataFrame, decimals: dict[str, int | None]) -> None:
        text = frame.copy()
        for column in frame.columns[[pd.api.types.is_float_dtype(d) for d in frame.dtypes]]:
            places = decimals[column]
            if places is None:
                raise PipelineError(
                    f"Column {column!r} of {name!r} holds fractions; say with how many decimals they are written."
                )
            text[column] = [
                ("" if pd.isna(v) else f"{round(v, places) + 0.0:.{max(places, 0)}f}") for v in frame[column]
            ]
        text.to_csv(self._path(kind, name, "csv"), index=False, lineterminator="\n", encoding="utf-8")


def _rounded(svg: str) -> str:
    """Round path data and translations; scales of glyphs keep all digits, they are constants of the font."""

    def shorter(match: re.Match) -> str:
        return re.sub(r"-?\d+\.\d+", lambda n: f"{round(float(n.group()), _SVG_DECIMALS) + 0.0:g}", match.group())

    return re.sub(r'\b(?:d|x|y|points)="[^"]*"|translate\([^)]*\)', shorter, svg)


def _named(svg: str, figure: str) -> str:
    """Number what is referred to inside the picture: matplotlib's own names are hashes of unrounded coordinates, so
    that the last bit of a layout would change them."""
    made = re.findall(r'\bid="([A-Za-z][0-9a-f]{10})"', svg)
    numbers = {old: f"{figure}-{number}" for number, old in enumerate(dict.fromkeys(made), start=1)}
    return re.sub(r'(\bid="|#)([A-Za-z][0-9a-f]{10})\b', lambda m: m[1] + numbers.get(m[2], m[2]), svg)


def _accessible(svg: str, alt: str) -> str:
    """Give the picture a role and its description, and drop the preamble that has no place inside a page."""
    svg = svg[svg.index("<svg") :]
    return svg.replace("<svg ", f'<svg role="img" aria-label="{html.escape(alt, quote=True)}" ', 1)


def _kind(column: Column, cells: list[str]) -> str:
    """How a column is set: figures to the right, short words on one line, sentences as text that may break."""
    if column.decimals is not None:
        return "number"
    return "text" if max((len(text) for text in cells), default=0) > 26 else "word"


def _html_table(name: str, cells: dict[str, list[str]], columns: list[Column], title: str, note: str) -> str:
    """A table with three rules, as journals print it; text is escaped, so no figure's name can become markup."""
    kind = {c.name: f' class="{_kind(c, cells[c.name])}"' for c in columns}
    head = "".join(f'<th scope="col"{kind[c.name]}>{html.escape(c.heading)}</th>' for c in columns)
    rows = []
    for row in zip(*cells.values(), strict=True):
        first, *rest = (html.escape(text) for text in row)
        tds = "".join(f"<td{kind[c.name]}>{text}</td>" for c, text in zip(columns[1:], rest, strict=True))
        rows.append(f'<tr><th scope="row"{kind[columns[0].name]}>{first}</th>{tds}</tr>')
    foot = f'<p class="note">{html.escape(note)}</p>' if note else ""
    return (
        f'<div class="exhibit" id="table-{name}"><table><caption>{html.escape(title)}</caption>'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n" + "\n".join(rows) + f"\n</tbody></table>{foot}</div>"
    )


def data_uri(svg: str) -> str:
    """A picture as an address, so that a page holds it whole and nothing in it can run."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode("utf-8")).decode("ascii")
