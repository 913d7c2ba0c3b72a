"""Tables as journals print them: three rules, figures to the right, a title above and a note below.

A table is written as CSV with the rounded values, and set from that CSV, in any language, by what the report's
declaration says of its columns.
"""

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pipeline.errors import DeclarationError
from pipeline.text.declarations import Column, Table
from pipeline.text.documents import without_formulas
from pipeline.text.fill import MISSING, Value, fill
from pipeline.text.language import SOURCE_LANGUAGE, Catalogue
from pipeline.text.publishers import publisher_text


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
    without_formulas(written(frame, columns, name)).to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def read_csv(path: Path) -> pd.DataFrame:
    """A table as it was written, every cell a text; an empty one is a missing value."""
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")


AREA_COLUMNS = ("area", "areas", "oblast", "oblasts")
"""Columns whose cells are names of areas wherever a message names them; several stand separated by ", "."""

UNIT_COLUMN = "unit"
"""The column whose cells are names of units wherever a message names it."""

PUBLISHER_COLUMN = "publisher"
"""The column whose cells are publishers wherever a message names it."""


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
        case "publisher":
            return t(column.words[text]) if text in column.words else publisher_text(text, t)
        case "crop":
            return t.crop(text)
        case "unit":
            return t.unit(text)
        case "date":
            return t(column.words[text]) if text in column.words else t.date(text)
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
    if name == PUBLISHER_COLUMN:
        return Value(text, "publisher")
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


@dataclass(frozen=True)
class Origin:
    """Where something was printed: the address to go to ("" where none is known), and what readers call it."""

    address: str
    name: str = ""


Origins = Callable[[str], Origin | None]
"""Finds the origin of a report, figure, statement or source by its id; None for what is none of these."""


def no_origins(key: str) -> None:
    """Finds none: a notebook that runs alone has no pages beside it."""


def table_html(
    name: str,
    frame: pd.DataFrame,
    table: Table,
    values: Mapping[str, Value],
    t: Catalogue,
    *,
    number: str = "",
    origin: Origins = no_origins,
) -> str:
    """A table in the language of the catalogue as HTML; all text is escaped, so no name of the data becomes markup.

    Parameters
    ----------
    number
        What stands before the title, as HTML: the number of the table on its page.
    origin
        Where cells come from, so that they lead there.
    """
    title = html.escape(fill(table.title, values, t))
    lay_out = _matrix if table.across else _rows
    head, body = lay_out(frame, table, values, t, origin)
    note = f'<p class="note">{html.escape(fill(table.note, values, t))}</p>' if table.note else ""
    kind = ' class="stacks"' if _stacks(table) else ""
    return (
        f'<div class="exhibit" id="table-{name}"><table{kind}><caption><span>{number}{title}</span></caption>'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n" + "\n".join(body) + "\n</tbody></table>"
        f"{note}</div>"
    )


def _stacks(table: Table) -> bool:
    """Whether the cells of a row stand below each other on a narrow screen, each with the head of its column."""
    return bool(table.across or table.grouped_by)


def _rows(
    frame: pd.DataFrame, table: Table, values: Mapping[str, Value], t: Catalogue, origin: Origins
) -> tuple[str, list[str]]:
    """Head and body of a table with a row for each row of its CSV."""
    shown = {name: column for name, column in table.columns.items() if name != table.grouped_by}
    rows = frame.to_dict("records")
    texts = {name: [cell(row, name, column, values, t) for row in rows] for name, column in shown.items()}
    classes = {name: f' class="{_class(column, texts[name])}"' for name, column in shown.items()}
    headings = {name: html.escape(fill(column.heading, values, t)) for name, column in shown.items()}
    head = "".join(f'<th scope="col"{classes[n]}>{_with_units_whole(headings[n])}</th>' for n in shown)
    body, group = [], None
    for number, row in enumerate(rows):
        if table.grouped_by and row[table.grouped_by] != group:
            group = row[table.grouped_by]
            said = cell(row, table.grouped_by, table.columns[table.grouped_by], values, t)
            head_of_group = f'<th scope="rowgroup" colspan="{len(shown)}">{html.escape(said)}</th>'
            body.append(f'<tr class="group">{head_of_group}</tr>')
        first, *rest = (
            f"{classes[n]}{_marked(_content(texts[n][number], row, n, table, origin), c, row.get(n, ''), t)}"
            for n, c in shown.items()
        )
        heads = [f' data-head="{headings[n]}"' if _stacks(table) else "" for n in list(shown)[1:]]
        others = "".join(f"<td{above}{text}</td>" for above, text in zip(heads, rest, strict=True))
        body.append(f'<tr><th scope="row"{first}</th>{others}</tr>')
    return head, body


def _matrix(
    frame: pd.DataFrame, table: Table, values: Mapping[str, Value], t: Catalogue, origin: Origins
) -> tuple[str, list[str]]:
    """Head and body of a matrix. On a narrow screen its fields stand below each other, each with its head."""
    side, *pieces = (name for name in table.columns if name != table.across)
    rows = frame.to_dict("records")
    named = {
        key: {row[key]: html.escape(cell(row, key, table.columns[key], values, t)) for row in rows}
        for key in (side, table.across)
    }
    corner = html.escape(fill(table.columns[side].heading, values, t))
    head = f'<th scope="col">{corner}</th>'
    head += "".join(f'<th scope="col">{text}</th>' for text in named[table.across].values())
    body = []
    for of_row, title in named[side].items():
        fields = ""
        for of_column, above in named[table.across].items():
            here = [row for row in rows if row[side] == of_row and row[table.across] == of_column]
            items = "".join(_item(row, pieces, table, values, t, origin) for row in here)
            fields += f'<td data-head="{above}">{items}</td>'
        body.append(f'<tr><th scope="row">{title}</th>{fields}</tr>')
    return head, body


def _item(
    row: Mapping[str, str],
    pieces: list[str],
    table: Table,
    values: Mapping[str, Value],
    t: Catalogue,
    origin: Origins,
) -> str:
    """What a field of a matrix says of one row of the CSV; pieces that are empty are left out."""
    said = ""
    for name in pieces:
        column = table.columns[name]
        text = cell(row, name, column, values, t) if column.kind == "say" or row[name] else ""
        if text not in ("", MISSING):
            content = _marked(_content(text, row, name, table, origin), column, row.get(name, ""), t)
            said += f'<span class="{column.kind}"{content}</span> '
    return f'<p class="item">{said.strip()}</p>'


def _content(text: str, row: Mapping[str, str], name: str, table: Table, origin: Origins) -> str:
    """The text of a cell with its mark, leading to where it comes from."""
    sign = table.columns[name].marks.get(row.get(name, ""), "")
    mark = f'<span class="mark" aria-hidden="true">{html.escape(sign)}</span>\u00a0' if sign else ""
    if name not in table.origins or text == MISSING:
        return mark + html.escape(text)
    keys = row.get(table.origins[name], table.origins[name])
    if text != keys:
        return mark + _led(text, origin(keys.split(", ")[0]))
    found = [(key, origin(key)) for key in keys.split(", ")]
    return mark + ", ".join(_led((place and place.name) or key, place) for key, place in found)


def _led(text: str, place: Origin | None) -> str:
    """A text that leads to a place, where there is one."""
    shown = html.escape(text)
    return f'<a href="{html.escape(place.address)}">{shown}</a>' if place and place.address else shown


def _marked(content: str, column: Column, text: str, t: Catalogue) -> str:
    """The end of a tag and what stands in it, marked as English where a table of another language shows a text as the
    data have it, or a name in Latin letters alone."""
    as_it_is = column.kind in ("text", "date", "publisher") and text not in column.words
    shown = re.sub(r"<[^>]*>", "", content)
    english = re.search(r"[A-Za-z]{3}", shown) and not re.search(r"[\u0400-\u04ff]", shown)
    mark = f' lang="{SOURCE_LANGUAGE}"' if t.language != SOURCE_LANGUAGE and as_it_is and english else ""
    return f"{mark}>{content}"


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
