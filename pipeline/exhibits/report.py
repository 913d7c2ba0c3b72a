"""Exhibits: the figures, tables and result values of one notebook, written as files and shown in place.

A notebook makes one `Exhibits` and hands it everything a reader is to see. Under the runner the files go to the
report that is being made; in JupyterLab they go to `build/interactive/`, so exploring never touches `reports/`.
Numbers are rounded to a stated number of decimals when they are written, and text takes its numbers from the
results by name.

One run serves all languages: figures are drawn, tables set and sentences said once in each. The notebook shows those
in the study's language; the others travel as metadata of the output, for the pages to take theirs. In JupyterLab only
the study's language is made.
"""

import html
import io
import json
import math
import os
import re
import string
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure
from PIL import Image

from pipeline.errors import PipelineError
from pipeline.exhibits.drawing import SLIDES_DOTS_PER_INCH, localized, style
from pipeline.paths import BUILD
from pipeline.text.language import SOURCE_LANGUAGE, Catalogue, Deferred, Shown, Text, languages
from pipeline.text.parameters import Study, check_parameters

OUTPUT_VARIABLE = "PIPELINE_EXHIBITS"

# Decimals of coordinates in SVG, in points: finer than any screen, coarse enough that the last bit of a
# floating-point sum on another processor does not change the file.
_SVG_DECIMALS = 2

# Pictures for slides: sharp on paper too, and few enough colours that a picture is some tens of kilobytes.
_PNG_COLOURS = 128


@dataclass(frozen=True)
class Column:
    """One column of a table: the column of the frame, its heading, and the decimals of its numbers.

    `decimals` None means text (or a year, which takes no separators); `signed` shows + and a true minus; `date` shows
    ISO dates as the language writes them, while the CSV keeps them.
    """

    name: str
    heading: str | Text
    decimals: int | None = None
    signed: bool = False
    date: bool = False


@dataclass(frozen=True)
class Exhibit:
    """What a cell shows.

    Attributes
    ----------
    mimetype, content
        The exhibit in the study's language.
    text
        The same as plain text.
    details
        Metadata of the output: `name` of an exhibit with files; `in`, for every language that was made the content
        (of tables and sentences) or the alternative text and caption (of figures).
    """

    mimetype: str
    content: str
    text: str
    details: dict

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {self.mimetype: self.content, "text/plain": self.text}, {self.mimetype: self.details}


def undefined(why: str) -> str:
    """What the scope of a value adds where the value cannot be computed; nothing where it can.

    Examples
    --------
    >>> "change of the oblast" + undefined("the series ends in 2020")
    'change of the oblast; not defined: the series ends in 2020'
    """
    return f"; not defined: {why}" if why else ""


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
    t : Deferred
        The catalogue; what it gives is read in each language when an exhibit is made.

    Raises
    ------
    ParameterError
        If a parameter is unknown, missing, mistyped or impossible.
    """

    def __init__(self, notebook: str, **parameters: object):
        self.notebook = notebook
        self.parameters: Study = check_parameters(notebook, parameters)
        self.t = Deferred()
        under_runner = os.environ.get(OUTPUT_VARIABLE)
        self.folder = Path(under_runner or BUILD / "interactive" / notebook)
        made = languages() if under_runner else [self.parameters.language]
        self._catalogues = {language: Catalogue(language, notebook) for language in made}
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

    def sentence(self, message: str, **texts: str | Text) -> Text:
        """A sentence of the catalogue.

        `{name}` is filled with the result of that name (`{name:+}` with its sign), with the study's `oblast`, `crop`,
        `year_before` or `year_after`, or with a text given here. Numbers are never typed into a sentence.

        Raises
        ------
        PipelineError
            If the sentence names anything else.
        """
        return self.t(message, **self._named_in(message, texts))

    def prose(self, message: str, **texts: str | Text) -> Exhibit:
        """A sentence as `sentence` makes it, shown as Markdown; what it is filled with is text, never markup."""
        values = self._named_in(message, texts)
        said = {
            language: t(message, **{name: _escaped(t.read(value)) for name, value in values.items()})
            for language, t in self._catalogues.items()
        }
        shown = said[self.parameters.language]
        return Exhibit("text/markdown", shown, shown, {"in": said})

    def _named_in(self, message: str, texts: dict[str, str | Text]) -> dict[str, object]:
        """What the message names, from the results, the study and the texts given."""
        study = self.parameters
        known = {name: self.t.result(r["value"], self._decimals[name]) for name, r in self._results.items()}
        known |= {"oblast": self.t.area(study.oblast), "crop": self.t.crop(study.crop)}
        known |= {"year_before": study.year_before, "year_after": study.year_after, **texts}
        wanted = {field for _, field, _, _ in string.Formatter().parse(message) if field}
        if unknown := sorted(wanted - set(known)):
            raise PipelineError(f"The sentence {message!r} names {unknown[0]!r}, which is no result of this notebook.")
        return {name: known[name] for name in sorted(wanted)}

    def figure(
        self,
        name: str,
        draw: Callable[[Catalogue], Figure],
        data: pd.DataFrame,
        *,
        decimals: int,
        alt: str | Text,
        caption: str | Text,
    ) -> Exhibit:
        """Write a figure as SVG and, for slides, as PNG, with the data behind it as CSV, and show it.

        Parameters
        ----------
        draw
            Draws the figure in the language of the catalogue it is given.
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
        full_name = f"{self.notebook}-{name}"
        pictures, texts = {}, {}
        for language, t in self._catalogues.items():
            alt_here = t.read(alt)
            pictures[language], png = _pictures(localized(draw(t), t), full_name, alt_here)
            path = self._path("figures", name, "svg")
            translated = path.parent / self.notebook
            translated.mkdir(exist_ok=True)
            if language != SOURCE_LANGUAGE:
                path = translated / f"{name}.{language}.svg"
            path.write_text(pictures[language], encoding="utf-8", newline="\n")
            (translated / f"{name}.{language}.png").write_bytes(png)
            texts[language] = {"alt": alt_here, "caption": t.read(caption)}
        shown = self.parameters.language
        return Exhibit("image/svg+xml", pictures[shown], texts[shown]["alt"], {"name": full_name, "in": texts})

    def table(
        self,
        name: str,
        frame: pd.DataFrame,
        columns: list[Column],
        *,
        title: str | Text,
        note: str | Text = "",
        data: pd.DataFrame | None = None,
    ) -> Exhibit:
        """Write a table as CSV and show it as a journal would print it.

        Parameters
        ----------
        frame, columns
            What is shown, and also what is written unless `data` is given. A cell may be a `Text`; the CSV has it in
            English.
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
        full_name = f"{self.notebook}-{name}"
        made = {language: _table(full_name, shown, columns, title, note, t) for language, t in self._catalogues.items()}
        content, text = made[self.parameters.language]
        return Exhibit(
            "text/html", content, text,
            {"name": full_name, "in": {language: in_html for language, (in_html, _) in made.items()}},
        )  # fmt: skip

    def _write_csv(self, kind: str, name: str, frame: pd.DataFrame, decimals: dict[str, int | None]) -> None:
        text = frame.map(lambda value: str(value) if isinstance(value, Text) else value)
        for column in frame.columns[[pd.api.types.is_float_dtype(d) for d in frame.dtypes]]:
            places = decimals[column]
            if places is None and frame[column].notna().any():  # a column without a value is of that type too
                raise PipelineError(
                    f"Column {column!r} of {name!r} holds fractions; say with how many decimals they are written."
                )
            text[column] = [
                ("" if pd.isna(v) else f"{round(v, places) + 0.0:.{max(places, 0)}f}") for v in frame[column]
            ]
        text.to_csv(self._path(kind, name, "csv"), index=False, lineterminator="\n", encoding="utf-8")


def _rounded(svg: str) -> str:
    """Round all that the layout places; scales of glyphs keep all digits, they are constants of the font.

    The layout's solver orders its variables by their place in memory, so the last bits of its sums change from run to
    run; where a sum ends at half of the last digit that matplotlib writes, that digit changes too, in clip rectangles
    as in paths.
    """

    def shorter(match: re.Match) -> str:
        return re.sub(r"-?\d+\.\d+", lambda n: f"{round(float(n.group()), _SVG_DECIMALS) + 0.0:g}", match.group())

    return re.sub(r'\b(?:d|x|y|width|height|viewBox|points)="[^"]*"|translate\([^)]*\)', shorter, svg)


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


def _escaped(value: object) -> object:
    """Text of data as text: nothing in it can become markup."""
    if isinstance(value, Shown) and isinstance(value.value, str):
        return html.escape(value.value)
    return html.escape(value) if isinstance(value, str) else value


def _pictures(figure: Figure, name: str, alt: str) -> tuple[str, bytes]:
    """A figure as SVG and as PNG, the same bytes in every run."""
    buffer, raster, png = io.StringIO(), io.BytesIO(), io.BytesIO()
    with style(), mpl.rc_context({"svg.hashsalt": name, "svg.fonttype": "path"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
        figure.savefig(raster, format="png", dpi=SLIDES_DOTS_PER_INCH, metadata={"Software": None})
    few = (
        Image.open(raster)
        .convert("RGB")
        .quantize(_PNG_COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    )
    few.save(png, format="png", optimize=True, dpi=(SLIDES_DOTS_PER_INCH, SLIDES_DOTS_PER_INCH))
    return _accessible(_named(_rounded(buffer.getvalue()), name), alt), png.getvalue()


def _table(
    name: str, shown: pd.DataFrame, columns: list[Column], title: str | Text, note: str | Text, t: Catalogue
) -> tuple[str, str]:
    """A table in one language, as HTML and as plain text."""
    title, headings = t.read(title), [t.read(c.heading) for c in columns]
    cells = {c.name: [_cell(v, c, t) for v in shown[c.name]] for c in columns}
    lines = [title, " | ".join(headings), *(" | ".join(row) for row in zip(*cells.values(), strict=True))]
    return _html_table(name, cells, columns, headings, title, t.read(note)), "\n".join(lines)


def _cell(value: object, column: Column, t: Catalogue) -> str:
    if isinstance(value, Text):
        value = t.read(value)
    if value is None or value == "" or pd.isna(value):
        return "\u2013"
    if column.decimals is None:
        return t.date(str(value)) if column.date else str(value)
    return t.signed(value, column.decimals) if column.signed else t.number(value, column.decimals)


def _kind(column: Column, cells: list[str]) -> str:
    """How a column is set: figures to the right, a word on one line, phrases and sentences as text that may break."""
    if column.decimals is not None:
        return "number"
    longest = max((len(text) for text in cells), default=0)
    return "word" if longest <= 16 else "phrase" if longest <= 32 else "text"


def _with_units_whole(heading: str) -> str:
    """A heading in which no line ends within c/ha or max-T; a browser may break after a slash or a hyphen."""
    return re.sub(r"\S+(?:/\S+|-\w\b)", r'<span class="word">\g<0></span>', heading)


def _html_table(
    name: str, cells: dict[str, list[str]], columns: list[Column], headings: list[str], title: str, note: str
) -> str:
    """A table with three rules, as journals print it; text is escaped, so no figure's name can become markup."""
    kind = {c.name: f' class="{_kind(c, cells[c.name])}"' for c in columns}
    head = "".join(
        f'<th scope="col"{kind[c.name]}>{_with_units_whole(html.escape(heading))}</th>'
        for c, heading in zip(columns, headings, strict=True)
    )
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
