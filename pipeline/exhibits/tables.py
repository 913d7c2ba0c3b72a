"""Tables as journals print them: three rules, figures to the right, a title above and a note below.

A table is written as CSV with the rounded values, and set from that CSV, in any language, by what the report's
declaration says of its columns.
"""

import html
import re
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from pipeline.errors import DeclarationError
from pipeline.text.declarations import Column, Table
from pipeline.text.fill import MISSING, Value, fill
from pipeline.text.language import SOURCE_LANGUAGE, Catalogue


def written(frame: pd.DataFrame, columns: Mapping[str, int | None], name: str) -> pd.DataFrame:
    """The columns of a frame as they are written to a CSV: as texts, fractions with their decimals.

    Raises
    ------
    DeclarationError
        If the frame lacks a column, or one holds fractions and no decimals are declared for it.
    """
    missing = [column for column in columns if column not in frame]
    if missing:
        raise DeclarationError(
            f"{name}: the frame has no column {missing[0]!r}, which the declaration lists. "
            f"It has {', '.join(map(str, frame.columns))}."
        )
    shown = frame[list(columns)].copy()
    for column, decimals in columns.items():
        if not pd.api.types.is_float_dtype(shown[column].dtype):
            if decimals is not None and shown[column].dtype == object:  # fractions beside texts or None
                shown[column] = [_rounded(v, decimals) if isinstance(v, float) else v for v in shown[column]]
            continue
        if decimals is None and shown[column].notna().any():  # a column without a value is of that type too
            if (shown[column].dropna() % 1 != 0).any():
                raise DeclarationError(f"{name}: column {column!r} holds fractions; declare its decimals.")
            decimals = 0
        shown[column] = [_rounded(v, decimals) for v in shown[column]]
    return shown


def _rounded(value: float, decimals: int | None) -> str:
    return "" if pd.isna(value) else f"{round(value, decimals) + 0.0:.{decimals}f}"


def write_csv(frame: pd.DataFrame, columns: Mapping[str, int | None], path: Path, name: str) -> None:
    """Write the columns of a frame with stable bytes; see `written` for what is refused."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written(frame, columns, name).to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def read_csv(path: Path) -> pd.DataFrame:
    """A table as it was written, every cell a text; an empty one is a missing value."""
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")


AREA_COLUMNS = ("area", "areas", "oblast", "oblasts")
"""Columns whose cells are names of areas wherever a message names them; several stand separated by ", "."""

UNIT_COLUMN = "unit"
"""The column whose cells are names of units wherever a message names it."""


def cell(row: Mapping[str, str], name: str, column: Column, values: Mapping[str, Value], t: Catalogue) -> str:
    """One cell of a table in the language of the catalogue, with a capital letter where its column asks for it.

    A message of the column (`words`, `say`) may name cells of the row, and what the texts of the report may name.

    Raises
    ------
    DeclarationError
        If the cell holds a code that `words` does not list.
    """
    shown = _cell(row, name, column, values, t)
    return t.capitalized(shown) if column.capital else shown


def _cell(row: Mapping[str, str], name: str, column: Column, values: Mapping[str, Value], t: Catalogue) -> str:
    if column.kind == "say":
        parts = _parts(row)
        named = [parts[key] for key in parts if re.search(rf"\{{{re.escape(key)}\b", column.say)]
        return MISSING if named and all(p.value is None for p in named) else fill(column.say, {**values, **parts}, t)
    if column.kind == "range":
        low, high, decimals = (row.get(part, part) for part in column.range)
        if low == "":
            return MISSING
        return t.printed(float(low), float(high) if high else float("nan"), int(decimals))
    text = row[name]
    if text == "":
        return MISSING
    match column.kind:
        case "number":
            return (t.signed if column.signed else t.number)(float(text), column.decimals)
        case "short":
            return t.short(float(text))
        case "area":
            return t(column.words[text]) if text in column.words else ", ".join(map(t.area, text.split(", ")))
        case "text":
            return t(column.words[text]) if text in column.words else text
        case "crop":
            return t.crop(text)
        case "unit":
            return t.unit(text)
        case "date":
            return t.date(text)
        case "word":
            messages = text.split(column.separator) if column.separator else [text]
            return t.joined([t(message) for message in messages], column.separator)
        case "words":
            if text not in column.words:
                raise DeclarationError(
                    f"Column {name!r} holds {text!r}, for which its declaration has no word. "
                    f"It has: {', '.join(column.words)}."
                )
            return fill(column.words[text], {**values, **_parts(row)}, t)
    return text


def _parts(row: Mapping[str, str]) -> dict[str, Value]:
    """The cells of a row as values that a message can name."""
    return {name: _part(name, text) for name, text in row.items()}


def _part(name: str, text: str) -> Value:
    if text == "":
        return Value(None)
    if name in AREA_COLUMNS:
        return Value(text, "area")
    if name == UNIT_COLUMN:
        return Value(text, "unit")
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        decimals = len(text.partition(".")[2])
        return Value(float(text) if decimals else int(text), "number" if decimals else "text", decimals)
    return Value(text, "text")


def rows_of(frame: pd.DataFrame, table: Table, values: Mapping[str, Value], t: Catalogue) -> list[list[str]]:
    """The cells of a table as it is shown, row by row.

    Parameters
    ----------
    frame
        The table as `read_csv` reads it.
    """
    rows = frame.to_dict("records")
    return [[cell(row, name, column, values, t) for name, column in table.columns.items()] for row in rows]


def table_html(name: str, frame: pd.DataFrame, table: Table, values: Mapping[str, Value], t: Catalogue) -> str:
    """A table in the language of the catalogue as HTML; all text is escaped, so no name of the data becomes markup."""
    columns = list(table.columns.values())
    headings, rows = [fill(c.heading, values, t) for c in columns], rows_of(frame, table, values, t)
    classes = [f' class="{_class(c, [row[n] for row in rows])}"' for n, c in enumerate(columns)]
    head = "".join(
        f'<th scope="col"{kind}>{_with_units_whole(html.escape(heading))}</th>'
        for kind, heading in zip(classes, headings, strict=True)
    )
    body = []
    for row, as_written in zip(rows, frame.to_dict("records"), strict=True):
        marks = [_language_mark(column, as_written.get(key, ""), t) for key, column in table.columns.items()]
        first, *rest = (f"{k}{m}>{html.escape(text)}" for k, m, text in zip(classes, marks, row, strict=True))
        others = "".join(f"<td{text}</td>" for text in rest)
        body.append(f'<tr><th scope="row"{first}</th>{others}</tr>')
    note = f'<p class="note">{html.escape(fill(table.note, values, t))}</p>' if table.note else ""
    return (
        f'<div class="exhibit" id="table-{name}"><table><caption>{html.escape(fill(table.title, values, t))}</caption>'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n" + "\n".join(body) + f"\n</tbody></table>{note}</div>"
    )


def _language_mark(column: Column, text: str, t: Catalogue) -> str:
    """Marks a cell as English where its text stands as the data have it, in a table of another language."""
    as_it_is = column.kind in ("text", "date") and text not in column.words and t.language != SOURCE_LANGUAGE
    english = re.search(r"[A-Za-z]{3}", text) and not re.search(r"[\u0400-\u04ff]", text)
    return f' lang="{SOURCE_LANGUAGE}"' if as_it_is and english else ""


def table_text(frame: pd.DataFrame, table: Table, values: Mapping[str, Value], t: Catalogue) -> str:
    """The same as plain text."""
    lines = [[fill(c.heading, values, t) for c in table.columns.values()], *rows_of(frame, table, values, t)]
    return "\n".join([fill(table.title, values, t), *(" | ".join(line) for line in lines)])


def _class(column: Column, cells: list[str]) -> str:
    """How a column is set: figures to the right, a word on one line, phrases and sentences as text that may break."""
    if column.kind in ("number", "short"):
        return "number"
    longest = max((len(text) for text in cells), default=0)
    return "word" if longest <= 16 else "phrase" if longest <= 32 else "text"


def _with_units_whole(heading: str) -> str:
    """A heading in which no line ends within c/ha or max-T; a browser may break after a slash or a hyphen."""
    return re.sub(r"\S+(?:/\S+|-\w\b)", r'<span class="word">\g<0></span>', heading)
