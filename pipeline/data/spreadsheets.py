"""Files of tables as plain cells: XLS, XLSX, CSV and the open-data service's JSON, each cell with its place.

What a file is, is told by its content and not by its name. Nothing is interpreted here but numbers that a workbook
stores as numbers; a file that is cut off, locked with a password, far larger unpacked than a table can be, or no table
at all is refused.

The reader of XLS trusts what such a file says of its own size, and a few damaged bytes let it take all memory and end
the process. So it works in a process of its own, with limits.
"""

import csv
import faulthandler
import io
import json
import multiprocessing
import os
import re
import struct
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from xml.etree import ElementTree

from pipeline.errors import DataError

MOST_BYTES = 64 * 1024**2
"""A file, and what a workbook unpacks to, may be this large; the committee's tables have a hundredth of it."""
MOST_CELLS = 400_000
"""Cells from A1 to the last one that a sheet may have."""
MOST_MEMORY, MOST_SECONDS = 1024**3, 30
"""What reading an XLS file may take beyond what a process has already, in bytes; and of a processor."""

Cell = str | float | int | bool | date | datetime | time | timedelta
"""An empty cell is ""."""

_OLE, _ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04"
_LOCKED = ("EncryptedPackage".encode("utf-16-le"), "EncryptionInfo".encode("utf-16-le"))
_SAVE_AGAIN = "Fetch the file again, or open it in a spreadsheet program and save it as XLSX."


@dataclass(frozen=True)
class Grid:
    """One sheet, or a file that is one table.

    Attributes
    ----------
    name
        Of the sheet as the workbook has it; empty for CSV and JSON.
    rows
        Cells from A1 on, all rows of one length.
    place
        How a cell is called, from its row and column (both from 0): ``Sheet!C7``.
    merged
        Merged ranges: first row, first column, last row, last column, from 0.
    decimal_sign
        Of figures that are stored as text, where the kind of file says it: a comma in a file with semicolons.
    said
        What a reader of the figures should know of the sheet: hidden rows and columns.
    """

    name: str
    rows: list[list[Cell]]
    place: Callable[[int, int], str]
    merged: tuple[tuple[int, int, int, int], ...] = ()
    decimal_sign: str | None = None
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class Grids:
    """The tables of a file, the unit that it states for all of them (JSON), and what was not taken from it."""

    grids: list[Grid]
    title: str = ""
    unit: str = ""
    left_out: list[str] = field(default_factory=list)


def read_grids(path: Path) -> Grids:
    """The cells of a file.

    Raises
    ------
    DataError
        If the file is missing, too large, cut off, locked, a page of the web, no table, or in an encoding other than
        UTF-8 or UTF-16.
    """
    if not path.is_file():
        raise DataError(f"{path} is not there. Name a file: XLS, XLSX, CSV, or JSON of the open-data service.")
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise DataError(f"{path} has {size / 1024**2:.0f} MB; a table has at most {MOST_BYTES // 1024**2}. Look at it.")
    content = path.read_bytes()
    if content.startswith(_ZIP):
        return _workbook(path, content, _facts_of_xlsx(path, content))
    if content.startswith(_OLE):
        if all(name in content for name in _LOCKED) or _has_file_pass(content):
            raise _locked(path)
        return _workbook_apart(path, content)
    text = _text(path, content)
    if not text.strip():
        raise DataError(f"{path} is empty. Fetch it again.")
    start = text.lstrip()[:200].lower()
    if start.startswith(("{", "[")):
        return _open_data(path, text)
    if start.startswith("<") or "<html" in start:
        raise DataError(
            f"{path} is a page of the web (it begins with {text.lstrip()[:30]!r}), not a table: often what a server "
            "sends in place of the file. Fetch it again, or open it in a spreadsheet program and save it as XLSX."
        )
    return Grids([_delimited(path, text)])


def letters(column: int) -> str:
    """The letters of a column, from 0.

    Examples
    --------
    >>> letters(0), letters(25), letters(26), letters(701), letters(702)
    ('A', 'Z', 'AA', 'ZZ', 'AAA')
    """
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def _locked(path: Path) -> DataError:
    return DataError(
        f"{path} is locked with a password and cannot be read. Open it with the password and save it without one."
    )


def _has_file_pass(content: bytes) -> bool:
    """Whether the workbook of an XLS file has the record FILEPASS among its first, as one with a password does."""
    at = content.find(struct.pack("<HHHH", 0x0809, 16, 0x0600, 0x0005))  # BOF of a workbook of Excel 97 or later
    for _ in range(10):
        if at < 0 or at + 4 > len(content):
            return False
        record, length = struct.unpack_from("<HH", content, at)
        if record == 0x002F:
            return True
        at += 4 + length
    return False


def _workbook(path: Path, content: bytes, facts: dict[str, "_Facts"]) -> Grids:
    return _grids(path, _sheets_of(path, content), facts)


def _grids(path: Path, sheets: list[dict], facts: dict[str, "_Facts"]) -> Grids:
    grids, left_out = [], []
    for number, sheet in enumerate(sheets, start=1):
        name = sheet["name"] if sheet["name"].strip() else f"sheet {number}"
        if not sheet["cells"]:
            left_out.append(f"{name}: no sheet of cells but a chart or a macro")
        elif not sheet["visible"]:
            left_out.append(f"{name}: the sheet is hidden; show it in a spreadsheet program if it is to be read")
        else:
            rows = _even(sheet["rows"])
            said = facts[sheet["name"]].said(name) if sheet["name"] in facts else ()
            grids.append(Grid(name, rows, _in_sheet(name), tuple(map(tuple, sheet["merged"])), said=said))
    return Grids(grids, left_out=left_out)


def _sheets_of(path: Path, content: bytes) -> list[dict]:
    """Name, kind, visibility, rows and merged ranges of every sheet of a workbook."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

    sheets = []
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        for sheet in book.sheets_metadata:
            cells, visible = sheet.typ == SheetTypeEnum.WorkSheet, sheet.visible == SheetVisibleEnum.Visible
            read = book.get_sheet_by_name(sheet.name) if cells and visible else None
            if read and (reach := (read.total_height + 1) * (read.total_width + 1)) > MOST_CELLS:
                raise DataError(f"{path}, {sheet.name}: {reach:,} cells; a table has at most {MOST_CELLS:,}.")
            rows = read.to_python(skip_empty_area=False) if read else []
            merged = [(*first, *last) for first, last in (read and read.merged_cell_ranges) or ()]
            sheets.append({"name": sheet.name, "cells": cells, "visible": visible, "rows": rows, "merged": merged})
    except DataError:
        raise
    except PasswordError:
        raise _locked(path) from None
    except CalamineError as error:
        if "password" in str(error).lower():
            raise _locked(path) from None
        raise DataError(f"{path} begins like a workbook but cannot be read ({error}): cut off? {_SAVE_AGAIN}") from None
    except BaseException as error:  # the reader is Rust: what it does not expect arrives as a panic
        if isinstance(error, (KeyboardInterrupt, SystemExit, MemoryError)):
            raise
        raise DataError(f"{path} is damaged and cannot be read ({error}). {_SAVE_AGAIN}") from None
    return sheets


def _workbook_apart(path: Path, content: bytes) -> Grids:
    """What `_workbook` reads, in a process that may take so much memory and time and that nobody has to hear."""
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    reader, writer = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(writer, path, content), daemon=True)
    process.start()
    writer.close()
    try:
        answer = json.loads(reader.recv_bytes()) if reader.poll(4 * MOST_SECONDS) else None
    except EOFError:  # the system ended it, or Rust did, which has no other way where memory is lacking
        answer = None
    finally:
        process.kill()
        process.join()
        reader.close()
    if answer is None:
        raise DataError(
            f"{path} is damaged: to read it takes more than {MOST_MEMORY // 1024**2} MB of memory or {MOST_SECONDS} s. "
            f"{_SAVE_AGAIN}"
        )
    if "refused" in answer:
        raise DataError(answer["refused"])
    for sheet in answer["sheets"]:
        sheet["rows"] = [[_from_plain(cell) for cell in row] for row in sheet["rows"]]
    return _grids(path, answer["sheets"], {})


def _answer(writer, path: Path, content: bytes) -> None:
    """Send what a workbook holds, or why it is refused; done in a process of its own."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # where a panic of the reader would write its backtrace
    faulthandler.disable()
    _limit_this_process()
    try:
        answer = {"sheets": _sheets_of(path, content)}
    except DataError as error:
        answer = {"refused": str(error)}
    except MemoryError:
        os._exit(1)
    writer.send_bytes(json.dumps(answer, default=_plain).encode())


def _limit_this_process() -> None:
    if sys.platform == "linux":
        import resource

        has = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (has + MOST_MEMORY, has + MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))


_MOMENTS = {kind.__name__: kind for kind in (datetime, date, time)}


def _plain(cell: object) -> dict[str, object]:
    """A date or a time as JSON has it."""
    if isinstance(cell, timedelta):
        return {"timedelta": cell.total_seconds()}
    return {type(cell).__name__: cell.isoformat()}


def _from_plain(cell: object) -> Cell:
    if not isinstance(cell, dict):
        return cell
    ((kind, value),) = cell.items()
    return timedelta(seconds=value) if kind == "timedelta" else _MOMENTS[kind].fromisoformat(value)


def _in_sheet(name: str) -> Callable[[int, int], str]:
    return lambda row, column: f"{name}!{letters(column)}{row + 1}"


def _even(rows: list[list[Cell]]) -> list[list[Cell]]:
    """All rows of one length, without the empty columns at the end."""
    width = max((last + 1 for row in rows for last, cell in enumerate(row) if cell != ""), default=0)
    return [(row + [""] * width)[:width] for row in rows]


@dataclass
class _Facts:
    """What an XLSX file says of a sheet that its values do not."""

    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[str] = field(default_factory=list)

    def said(self, name: str) -> tuple[str, ...]:
        said = []
        if self.hidden_rows:
            said.append(f"{name}: hidden rows, read like the others: {', '.join(map(str, self.hidden_rows))}")
        if self.hidden_columns:
            said.append(f"{name}: hidden columns, read like the others: {', '.join(self.hidden_columns)}")
        return tuple(said)


def _facts_of_xlsx(path: Path, content: bytes) -> dict[str, _Facts]:
    """Hidden rows and columns of each sheet, after the archive was found to be a workbook of a sensible size.

    Every member is unpacked with a limit, since the sizes that an archive states need not be true.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
            if any(entry.flag_bits & 1 for entry in archive.infolist()):
                raise _locked(path)
            if any(
                entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in archive.infolist()
            ):
                raise DataError(f"{path} is packed in a way that no workbook is. {_SAVE_AGAIN}")
            if "xl/workbook.xml" not in names:
                kind = "an OpenDocument file" if "content.xml" in names else "a ZIP archive, no XLSX workbook"
                raise DataError(f"{path} is {kind}. Unpack it, or save the table as XLSX.")
            left, members = MOST_BYTES, {}
            for name in sorted(names):
                with archive.open(name) as member:
                    members[name] = member.read(left + 1)
                left -= len(members[name])
                if left < 0:
                    raise DataError(
                        f"{path} has {len(content) / 1024:.0f} kB but unpacks to more than {MOST_BYTES // 1024**2} MB; "
                        "no table is like that. It was not read."
                    )
        return {name: _facts_of_sheet(path, name, members[file]) for name, file in _sheet_files(members)}
    except DataError:
        raise
    except Exception as error:  # zipfile has no one error for damage: a header may claim any place, method or encoding
        raise DataError(f"{path} begins like a workbook but is cut off or damaged ({error}). {_SAVE_AGAIN}") from None


def _sheet_files(members: dict[str, bytes]) -> list[tuple[str, str]]:
    """Name and file of every worksheet of an XLSX archive."""
    targets = {
        entry.get("Id"): entry.get("Target", "")
        for entry in ElementTree.fromstring(members["xl/_rels/workbook.xml.rels"])
    }
    found = []
    for element in ElementTree.fromstring(members["xl/workbook.xml"]).iter():
        if element.tag.rpartition("}")[2] == "sheet":
            key = next((value for name, value in element.attrib.items() if name.endswith("}id")), "")
            target = targets.get(key, "")
            file = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if file in members:
                found.append((element.get("name", ""), file))
    return found


def _facts_of_sheet(path: Path, name: str, content: bytes) -> _Facts:
    facts, seen = _Facts(), 0
    for _, element in ElementTree.iterparse(io.BytesIO(content)):
        tag = element.tag.rpartition("}")[2]
        seen += tag in ("c", "row")
        if seen > MOST_CELLS:
            raise DataError(f"{path}, {name}: more than {MOST_CELLS:,} rows and cells, as no table has. Look at it.")
        if tag == "col" and element.get("hidden") in ("1", "true"):
            first, last = int(element.get("min", 1)), int(element.get("max", 1))
            facts.hidden_columns.append(letters(first - 1) + (f":{letters(last - 1)}" if last > first else ""))
        elif tag == "row":
            _require_near(path, name, f"A{element.get('r', 1)}")
            if element.get("hidden") in ("1", "true"):
                facts.hidden_rows.append(int(element.get("r", 0)))
        elif tag == "c":
            _require_near(path, name, element.get("r", "A1"))
            if element.get("t") == "e":
                shown = next((child.text for child in element if child.tag.rpartition("}")[2] == "v"), "")
                raise DataError(
                    f"{path}, {name}!{element.get('r')}: the error {shown} of a spreadsheet program. Expected "
                    "a figure, a mark in its place, or an empty cell."
                )
            inner = {child.tag.rpartition("}")[2]: child for child in element}
            if "f" in inner and (inner.get("v") is None or not inner["v"].text) and element.get("t") != "str":
                raise DataError(
                    f"{path}, {name}!{element.get('r')}: a formula without its result. Expected figures; open the file "
                    "in a spreadsheet program and save it, which works the formulas out."
                )
        if tag in ("c", "row"):
            element.clear()
    return facts


def _require_near(path: Path, name: str, cell: str) -> None:
    """Refuse a place that no cell of a table has: the reader would make room for all that lies before it."""
    match = re.fullmatch(r"([A-Z]{1,3})([0-9]{1,7})", cell)
    if not match:
        raise DataError(
            f"{path}, {name}: {cell[:20]!r} is given as the place of a cell or row. Expected one such as B7. "
            f"{_SAVE_AGAIN}"
        )
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    if column * int(match[2]) > MOST_CELLS:
        raise DataError(
            f"{path}, {name}!{cell}: the sheet reaches to this cell, {column * int(match[2]):,} cells from A1; a table "
            f"has at most {MOST_CELLS:,}. Delete what stands far out, and save it."
        )


def _text(path: Path, content: bytes) -> str:
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        try:
            guess = content[max(error.start - 20, 0) : error.start + 20].decode("cp1251")
        except UnicodeDecodeError:
            guess = ""
        looks = f" In the old Windows encoding cp1251 it would read {guess!r} there." if guess else ""
        raise DataError(
            f"{path} is not in UTF-8 (byte {error.start}).{looks} That encoding has no Kyrgyz ө, ү, ң, so it is not "
            "guessed. Save the table as «CSV UTF-8», or as XLSX."
        ) from None
    if "\x00" in text:
        raise DataError(f"{path} is no text and no workbook. Expected XLS, XLSX, CSV or JSON of the open-data service.")
    return text


YEAR = re.compile(r"\s*(19|20)\d\d(?!\d)")


def _delimited(path: Path, text: str) -> Grid:
    """A CSV file, by the delimiter under which most years stand in one row."""
    best: tuple[int, str, list[list[str]], list[int]] | None = None
    for delimiter in (",", ";", "\t"):
        try:
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
            rows, lines, line, cells = [], [], 1, 0
            for row in reader:
                rows.append(row)
                lines.append(line)
                cells += len(row)
                if cells > MOST_CELLS:
                    raise DataError(f"{path} has more than {MOST_CELLS:,} cells, as no table has. Look at it.")
                line = reader.line_num + 1
        except csv.Error:
            continue
        years = max((sum(bool(YEAR.match(cell)) for cell in row) for row in rows if len(row) > 1), default=0)
        if best is None or years > best[0]:
            best = (years, delimiter, rows, lines)
    if best is None:
        raise DataError(
            f"{path} cannot be read as CSV: a quotation mark is never closed, or a cell is longer than a page. Mend it."
        )
    _, delimiter, rows, lines = best
    width = max(map(len, rows))
    if width * len(rows) > MOST_CELLS:
        raise DataError(f"{path} has {width * len(rows):,} cells; a table has at most {MOST_CELLS:,}.")

    def place(row: int, column: int) -> str:
        return f"line {lines[row]}, column {letters(column)}"

    cells: list[list[Cell]] = [[*row, *([""] * (width - len(row)))] for row in rows]
    return Grid("", _even(cells), place, decimal_sign={";": ",", ",": "."}.get(delimiter))


def _open_data(path: Path, text: str) -> Grids:
    """A table of the open-data service: names in three languages, and for each a list of years and values."""
    expected = (
        "Expected what the open-data service gives: {“data”: [{“title_en”, “title_ru”, “title_kg”, “values”: "
        "[{“key”: year, “value”: number or null}]}], “title”, “units”}."
    )
    try:
        whole = json.loads(text, object_pairs_hook=_once, parse_float=_Printed, parse_int=_Printed)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is not readable as JSON ({error}): cut off? Fetch it again.") from None
    if not isinstance(whole, dict) or not isinstance(whole.get("data"), list) or not whole["data"]:
        raise DataError(f"{path} is JSON, but not a table. {expected}")
    columns: dict[str, int] = {}
    places: dict[tuple[int, int], str] = {}
    rows: list[list[Cell]] = [["Көрсөткүчтөрдүн аталышы", "Наименование показателей", "Items"]]
    for number, item in enumerate(whole["data"]):
        at = f"data[{number}]"
        if not isinstance(item, dict) or not isinstance(item.get("values"), list):
            raise DataError(f"{path}, {at}: no list of values. {expected}")
        names = [item.get(f"title_{language}") or "" for language in ("kg", "ru", "en")]
        if not all(isinstance(name, str) for name in names) or not any(names):
            raise DataError(f"{path}, {at}: no name. {expected}")
        row: list[Cell] = [*names]
        for index, pair in enumerate(item["values"]):
            here = f"{at}.values[{index}]"
            if not isinstance(pair, dict) or set(pair) != {"key", "value"}:
                raise DataError(f"{path}, {here}: is {pair!r}. {expected}")
            year, value = str(pair["key"]), pair["value"]
            if not isinstance(value, str | None):
                raise DataError(f"{path}, {here}: the value is {value!r}, expected a number or null.")
            column = columns.setdefault(year, 3 + len(columns))
            if (3 + len(columns)) * (number + 2) > MOST_CELLS:
                raise DataError(f"{path}, {here}: a table of more than {MOST_CELLS:,} cells, as none is. Look at it.")
            row += [""] * (column + 1 - len(row))
            if (number + 1, column) in places:
                raise DataError(f"{path}, {here}: the year {year} stands twice for {names[-1] or names[0]!r}.")
            row[column] = "" if value is None else value
            places[number + 1, column] = here
        rows.append(row)
        places |= {(number + 1, i): f"{at}.title_{language}" for i, language in enumerate(("kg", "ru", "en"))}
    rows[0] += list(columns)
    title, unit = (whole.get(key) if isinstance(whole.get(key), str) else "" for key in ("title", "units"))
    grid = Grid("", _even(rows), lambda r, c: places.get((r, c), f"data[{r - 1}]" if r else "data"), decimal_sign=".")
    return Grids([grid], title=title, unit=unit)


class _Printed(str):
    """A number of a JSON file, with the digits that it is written with."""


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object of JSON; a name that it has twice is refused, of which JSON readers silently take the last."""
    found: dict[str, object] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"the name {name!r} stands twice in one object")
        found[name] = value
    return found
