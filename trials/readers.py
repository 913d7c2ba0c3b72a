"""What is fed to the readers of tables: kinds of input, how they are made from bytes, what must hold of the answer.

An input is a string of bytes, so that a fuzzer can change it; the same bytes always make the same input. A reader may
refuse it with an error of the pipeline, and nothing else; what it reads has to make sense (`require_sense`).
"""

import csv
import io
import itertools
import json
import math
import struct
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape
from zlib import crc32

import openpyxl
import xlwt

from pipeline.data import cards, lettering, spreadsheets, workbook
from pipeline.data.adoption import Given, as_crop_table
from pipeline.data.corrections import apply_corrections, read_corrections
from pipeline.data.revisions import revisions
from pipeline.errors import PipelineError
from pipeline.paths import RAW


def _parted(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))


# Cells as they stand in official tables, and as they should not.
NAMES = _parted(
    "Кыргыз Республикасы|Кыргызская Республика|Kyrgyz Republic|Жалал-Абад облусу|Джалал-Абадская область|"
    "Jalal-Abat oblast|Ош ш.|г.Ош|Osh сity|Чүй облусу |Ысык-Көл облусу|Иссык-Кульская область|Yssyk-Kul oblast|Naryn|"
    "Буудай|Пшеница|Wheat|Wheat1)|1.2. Арпа|Ячмень|Barley*|Raw cotton|Кебез|Items|Наименование показателей|"
    "Көрсөткүчтөрдүн аталышы|Кјрсјткічтјрдін аталышы|Ед. изм.|центнеров с гектара|(thousand tons)|миң гектар|%|"
    "Урожайность|Crops' yield by territory|в том числе:|of which|1на начало года|* prelim|Примечание: …|Source: NSC|№|"
    "Wheat / Буудай / Пшеница|Wheat\nБуудай|область|Барткен|Жалал‑Абад|Ђ|Ðÿåíèöà|РџС€РµРЅРёС†Р°|𝟏|ﬁ|İ|ß|\xad|\u200b"
)
HEADS = _parted(
    "1999|2006|2022|2023|2024|2024*|20231)|2023-жыл|2022 г.|2023 (предв.)|I кв. 2023|2006-2010|2022/23|"
    "1 полугодие 2023|год|year|II|3|as of 01.01.2023|2023¹|19999|2023.0|２０２３|٢٠٢٣|2023 мес|январь 2023"
)
FIGURES = _parted(
    "23.7|23,7|1 234,5|1,234|12.345|-|–|…|...|x|0|00|-5|−5|1e5|1E400|NaN|inf|23.7*|23.7 1)|23.7¹|12 5|1 2345|²|½|"
    "99999999999999999999999999999999|0.000000000000000000001|23.684210526315788|TRUE|#DIV/0!|=A1|'12|12-15|>80|1_000|٣|²³"
)
NUMBERS = (0.0, 1.0, 2022.0, 2023.0, 23.7, 23.684210526315788, -4.0, 1e300, 1e-300, 1e16, 2.0, 3.0, True, 2024)
CELLS: tuple[object, ...] = (*NAMES, *HEADS, *FIGURES, *NUMBERS, float("nan"), float("inf"), " ", "", "")

ROWS = (
    ("Урожайность сельскохозяйственных культур", "Crops' yield by territory"),
    ("(центнеров с гектара)", "(centners per hectare)"),
    ("Наименование показателей", "Items", 2022.0, 2023.0, 2024.0),
    ("Көрсөткүчтөрдүн аталышы", "Наименование показателей", "Items", "2022", "2023*"),
    ("Пшеница", "Wheat"),
    ("Буудай", "Пшеница", "Wheat"),
    ("Кыргызская Республика", "Kyrgyz Republic", 20.5, 23.684210526315788, 1.0),
    ("Джалал-Абадская область", "Jalal-Abat oblast", 21.0, "…", "-"),
    ("Жалал-Абад облусу", "Джалал-Абадская область", "Jalal-Abat oblast", "21,0", "22,5"),
    ("Ош облусу", "Ошская область", "Osh oblast", "1 234,5", "x"),
    ("* предварительные данные", "* preliminary"),
    (),
)


@dataclass(frozen=True)
class Kind:
    """A kind of input.

    Attributes
    ----------
    feed
        Gives an input to its reader, and holds what it answers against what must be.
    seeds
        Inputs to begin with.
    longest
        Bytes that an input may have.
    share
        Of all inputs of a trial.
    """

    what: str
    feed: Callable[[bytes], None]
    seeds: Callable[[], Iterator[bytes]]
    longest: int
    share: float


@cache
def place() -> Path:
    """A file of this process, in a folder that goes with it."""
    _place.append(tempfile.TemporaryDirectory(prefix="fuzz-"))
    return Path(_place[0].name) / "table"


_place: list[tempfile.TemporaryDirectory] = []


# --- raw tables and their cards ---------------------------------------------------------------------------------------


@cache
def described() -> list[tuple[str, str, cards.Table, bytes]]:
    """Every raw table: its source, name, card, and its first rows."""
    found = []
    for card in cards.read_cards(raw=RAW):
        for name, table in card.tables.items():
            if name.endswith(".csv"):
                lines = (RAW / card.id / name).read_bytes().splitlines(keepends=True)
                found.append((card.id, name, table, b"".join(lines[:6])))
    return found


@cache
def _corrections():
    return read_corrections()


def raw_table(data: bytes) -> None:
    """A raw table (the first byte says which) as bytes, read, held against its card, corrected."""
    source, name, table, _ = described()[data[0] % len(described())] if data else described()[0]
    frame = cards._as_text(data[1:], RAW / source / name)
    table = table.model_copy(update={"rows": len(frame)})
    frame = cards.as_described(frame, table, name)
    for column, of in table.columns.items():
        for text in frame[column]:
            if of.type == "figure" and text:
                cards.parse_figure(text)
            if of.type in ("number", "figure") and text:
                cards.decimals_of(text)
            if of.type in ("number", "integer") and text:
                assert Decimal(text).is_finite(), text
    assert not frame.isna().any(axis=None)
    apply_corrections(frame, source, name, _corrections())


def raw_table_seeds() -> Iterator[bytes]:
    for number, (*_, content) in enumerate(described()):
        yield bytes([number]) + content


def raw_cells(data: bytes) -> None:
    """A raw table with some cells replaced: table, then (row, column, cell) by three bytes each."""
    number, changes = (data[0] if data else 0), data[1:]
    *_, content = described()[number % len(described())]
    rows = list(csv.reader(io.StringIO(content.decode(), newline="")))
    for at in range(0, len(changes) - 2, 3):
        row = rows[changes[at] % len(rows)]
        row[changes[at + 1] % len(row)] = str(CELLS[changes[at + 2] % len(CELLS)])
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    raw_table(bytes([number]) + out.getvalue().encode())


# --- tables of the committee ------------------------------------------------------------------------------------------


def require_sense(reading: workbook.Reading, often: bool = False) -> None:
    """What must hold of all that was read, whatever it was read from.

    What is made of a reading with frames takes ten times as long: it is made of every eighth, or `often`.
    """
    assert reading.figures
    for figure in reading.figures:
        assert 1900 <= figure.year <= 2099, figure
        assert figure.row and figure.cell, figure
        if figure.is_number:
            assert Decimal(figure.value).is_finite() and "e" not in figure.value.lower(), figure
        else:
            assert lettering.mark_of(figure.value), figure
    keys = [(figure.headings, figure.row, figure.year) for figure in reading.figures]
    assert len(set(keys)) == len(keys), "a figure stands twice"
    reading.report()
    if not often and crc32("".join(figure.value for figure in reading.figures).encode()) % 8:
        return
    assert len(reading.frame()) == len(reading.figures)
    assert revisions(reading, reading).table.empty, "a table is no revision of itself"
    as_crop_table(reading, Given(measure="yield", weight_basis="unknown", unit="c_per_ha", decimals=1))


def file(content: bytes) -> None:
    """A file with this content."""
    path = place()
    path.write_bytes(content)
    require_sense(workbook.read_workbook(path))


def decoded(data: bytes) -> tuple[int, list[list[object]], list[tuple[int, int, int, int]]]:
    """A medium, a table and its merged ranges from bytes: rows of `ROWS` (byte 0–63) or cells of `CELLS`."""
    medium, rest, rows, merged = (data[0] if data else 0), iter(data[1:]), [], []
    for byte in rest:
        if byte < 64:
            rows.append(list(ROWS[byte % len(ROWS)]))
        elif byte < 96 and rows:
            rows[-1].append(CELLS[next(rest, 0) % len(CELLS)])
        elif byte < 128 and rows and rows[-1]:
            rows[-1][next(rest, 0) % len(rows[-1])] = CELLS[next(rest, 0) % len(CELLS)]
        elif byte < 160 and rows:
            top, left = next(rest, 0) % len(rows), next(rest, 0) % 6
            merged.append((top, left, top + byte % 4, left + next(rest, 0) % 4))
        elif byte < 192 and rows and rows[-1]:
            rows[-1].insert(next(rest, 0) % len(rows[-1]), CELLS[next(rest, 0) % len(CELLS)])
        elif byte < 208 and rows and rows[-1]:
            del rows[-1][next(rest, 0) % len(rows[-1])]
        elif byte < 224 and rows and rows[-1]:
            rows[-1][next(rest, 0) % len(rows[-1])] = bytes(itertools.islice(rest, byte % 16)).decode(
                "utf-8", "replace"
            )
        else:
            rows.append([])
    return medium, rows, merged


def table(data: bytes) -> None:
    """A table made of the words of official tables, as one of the kinds of file that are read."""
    medium, rows, merged = decoded(data)
    if not rows:
        return
    media: list[Callable] = [_as_grid, _as_csv, _as_semicolons, _as_json, _as_grid, _as_csv, _as_xlsx, _as_grid]
    if medium == 255:
        _as_xls(rows)
    else:
        media[medium % len(media)](rows, merged)


def _as_grid(rows, merged) -> None:
    """What the reader of workbooks makes of a sheet, without the file."""
    grid = spreadsheets.Grid("1272", spreadsheets._even(rows), spreadsheets._in_sheet("1272"), tuple(merged))
    sheet = workbook._Sheet(Path("made.xlsx"), grid, "")
    if sheet.heads:
        sheet.read()
        if sheet.out.figures:
            require_sense(sheet.out)


def _as_csv(rows, merged, delimiter: str = ",") -> None:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows([_plain(cell) for cell in row] for row in rows)
    file(out.getvalue().encode("utf-8", "surrogatepass"))


def _plain(cell: object) -> object:
    """A number as a table of text has it: 2023, not 2023.0."""
    return int(cell) if isinstance(cell, float) and cell.is_integer() else cell


def _as_semicolons(rows, merged) -> None:
    _as_csv(rows, merged, ";")


def _as_json(rows, merged) -> None:
    items = [
        {
            "title_en": str(row[0]),
            "title_ru": str(row[1]) if len(row) > 1 else "",
            "title_kg": str(row[2]) if len(row) > 2 else None,
            "values": [{"key": HEADS[i % 7], "value": _plain(v) if v != "" else None} for i, v in enumerate(row[3:])],
        }
        for row in rows
        if row
    ]
    file(json.dumps({"data": items, "title": "t", "units": "%"}, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def _as_xlsx(rows, merged) -> None:
    file(zipped(base_parts() | {SHEET: sheet_xml(rows, merged)}))


def _as_xls(rows) -> None:
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("1272")
    for r, row in enumerate(rows):
        for c, cell in enumerate(row[:40]):
            page.write(r, c, cell)
    out = io.BytesIO()
    book.save(out)
    file(out.getvalue())


def table_seeds() -> Iterator[bytes]:
    for medium in (0, 1, 2, 3, 6, 255):
        yield bytes([medium, 0, 1, 2, 4, 6, 7, 10])
        yield bytes([medium, 0, 11, 3, 5, 8, 9, 11, 10])
        yield bytes([medium, 2, 6, 6, 7, 64, 10, 96, 1, 90, 130, 1, 1, 2])


# --- workbooks of Excel -----------------------------------------------------------------------------------------------

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET, TEXTS, RELATIONS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/_rels/workbook.xml.rels"
TYPES = "[Content_Types].xml"
PARTS = (SHEET, SHEET, SHEET, TEXTS, "xl/workbook.xml", RELATIONS, "xl/styles.xml", TYPES)


def sheet_xml(rows, merged=(), texts: list[str] | None = None) -> bytes:
    """A sheet, its texts in it, or in the list `texts` and their numbers in it."""
    out = [f'<?xml version="1.0"?><worksheet xmlns="{MAIN}"><sheetData>']
    for r, row in enumerate(rows, start=1):
        cells = "".join(_cell_xml(f"{spreadsheets.letters(c)}{r}", cell, texts) for c, cell in enumerate(row))
        out.append(f'<row r="{r}">{cells}</row>')
    out.append("</sheetData>")
    if merged:
        ranges = (
            f"{spreadsheets.letters(left)}{top + 1}:{spreadsheets.letters(right)}{bottom + 1}"
            for top, left, bottom, right in merged
        )
        out.append("<mergeCells>" + "".join(f'<mergeCell ref="{ref}"/>' for ref in ranges) + "</mergeCells>")
    return "".join([*out, "</worksheet>"]).encode()


def _cell_xml(at: str, cell: object, texts: list[str] | None) -> str:
    if cell == "":
        return ""
    if isinstance(cell, bool):
        return f'<c r="{at}" t="b"><v>{int(cell)}</v></c>'
    if isinstance(cell, int | float) and math.isfinite(cell):
        return f'<c r="{at}"><v>{cell!r}</v></c>'
    text = "".join(ch for ch in str(cell) if ch >= " " and not 0xD800 <= ord(ch) < 0xE000)
    if texts is None:
        return f'<c r="{at}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'
    texts.append(text)
    return f'<c r="{at}" t="s"><v>{len(texts) - 1}</v></c>'


def zipped(parts: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    """An archive of some parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), content, compression)
    return out.getvalue()


@cache
def base_parts() -> dict[str, bytes]:
    """The parts of a small workbook, as openpyxl writes it but with its texts in a part of their own, as Excel does."""
    book = openpyxl.Workbook()
    page = book.active
    page.title = "1272"
    page.row_dimensions[7].hidden = True
    page.column_dimensions["C"].hidden = True
    out = io.BytesIO()
    book.save(out)
    with zipfile.ZipFile(out) as archive:
        parts = {name: archive.read(name) for name in archive.namelist() if not name.startswith("docProps")}
    texts: list[str] = []
    sheet = sheet_xml([ROWS[i] for i in (0, 1, 2, 4, 6, 7, 10)], [(0, 0, 0, 1)], texts)
    columns = b'<cols><col min="3" max="3" hidden="1"/></cols><sheetData>'
    parts[SHEET] = sheet.replace(b"<sheetData>", columns).replace(b'<row r="7">', b'<row r="7" hidden="1">')
    items = "".join(f"<si><t>{escape(text)}</t></si>" for text in texts)
    parts[TEXTS] = f'<sst xmlns="{MAIN}" count="{len(texts)}" uniqueCount="{len(texts)}">{items}</sst>'.encode()
    relation = (
        '<Relationship Id="rId9" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"'
        ' Target="sharedStrings.xml"/></Relationships>'
    )
    parts[RELATIONS] = parts[RELATIONS].replace(b"</Relationships>", relation.encode())
    kind = (
        '<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        'spreadsheetml.sharedStrings+xml"/></Types>'
    )
    parts[TYPES] = parts[TYPES].replace(b"</Types>", kind.encode())
    return parts


def part(data: bytes) -> None:
    """A workbook with one part replaced (the first byte says which), in an archive that is whole."""
    if data:
        file(zipped(base_parts() | {PARTS[data[0] % len(PARTS)]: data[1:]}))


def part_seeds() -> Iterator[bytes]:
    for number, name in enumerate(PARTS):
        yield bytes([number]) + base_parts()[name]
    yield bytes([0]) + sheet_xml([ROWS[i] for i in (2, 6, 7)], [(0, 0, 1, 0)])


def archive_seeds() -> Iterator[bytes]:
    yield zipped({name: base_parts()[name] for name in base_parts()}, zipfile.ZIP_DEFLATED)
    yield zipped({SHEET: sheet_xml([ROWS[2], ROWS[6]])})


def xls_seeds() -> Iterator[bytes]:
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("1272")
    for r, row in enumerate([ROWS[i] for i in (0, 1, 2, 4, 6, 7)]):
        for c, cell in enumerate(row):
            page.write(r, c, cell)
    page.write_merge(8, 9, 0, 1, "Wheat")
    out = io.BytesIO()
    book.save(out)
    yield out.getvalue()


def text_seeds() -> Iterator[bytes]:
    for delimiter in ",;\t":
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=delimiter).writerows([ROWS[i] for i in (0, 1, 3, 5, 8, 9, 10)])
        yield out.getvalue().encode()
    yield out.getvalue().encode("utf-16")
    yield b"\xef\xbb\xbf" + out.getvalue().encode()
    yield out.getvalue().encode("cp1251", "replace")


def json_seeds() -> Iterator[bytes]:
    values = [{"key": "2022", "value": 20.5}, {"key": "2023", "value": None}]
    item = {"title_en": "Wheat", "title_ru": "Пшеница", "title_kg": "Буудай", "values": values}
    whole = {"data": [item, item | {"title_en": "Jalal-Abat oblast"}], "title": "Crops' yield", "units": "%"}
    yield json.dumps(whole, ensure_ascii=False).encode()
    yield json.dumps(whole | {"data": [item | {"values": [{"key": 2023, "value": "1e5"}]}]}).encode()


KINDS: dict[str, Kind] = {
    "raw-table": Kind("raw tables as bytes, against their cards", raw_table, raw_table_seeds, 4096, 0.2),
    "raw-cells": Kind("raw tables with cells replaced", raw_cells, lambda: iter([b"", b"\x05\x01\x02\x50"]), 64, 0.02),
    "tables": Kind("tables of official words, as CSV, JSON, XLSX, XLS or cells", table, table_seeds, 256, 0.1),
    "text": Kind("CSV as bytes", file, text_seeds, 4096, 0.3),
    "json": Kind("JSON of the open-data service as bytes", file, json_seeds, 2048, 0.259),
    "xlsx-part": Kind("XLSX with a part of XML replaced", part, part_seeds, 8192, 0.1),
    "xlsx": Kind("XLSX as bytes", file, archive_seeds, 16384, 0.02),
    "xls": Kind("XLS as bytes", file, xls_seeds, 16384, 0.001),
}


# --- files made to take all memory or all time ------------------------------------------------------------------------


def _book_of(sheet: bytes, **parts: bytes) -> bytes:
    texts = {TEXTS: parts["texts"]} if "texts" in parts else {}
    return zipped(base_parts() | {SHEET: sheet} | texts, zipfile.ZIP_DEFLATED)


def _sheet_of(inner: bytes) -> bytes:
    return b'<worksheet xmlns="' + MAIN.encode() + b'"><sheetData>' + inner + b"</sheetData></worksheet>"


def _laughs() -> bytes:
    entities = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
    return (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">' + entities + b"]>" + _sheet_of(b"<row><c>&l9;</c></row>")
    )


def _wide_table(columns: int, rows: int) -> bytes:
    head = ",".join(["Items", *(str(1900 + c % 200) for c in range(columns))])
    return "\n".join([head, *(f"Wheat {r}" + ",1.5" * columns for r in range(rows))]).encode()


MIB = 1024**2
BOMBS: dict[str, Callable[[], bytes]] = {
    "CSV, 60 MiB of commas": lambda: b"," * (60 * MIB),
    "CSV, 60 MiB of line ends": lambda: b"\n" * (60 * MIB),
    "CSV, one cell of 60 MiB": lambda: b"a" * (60 * MIB),
    "CSV, a quotation mark that is never closed": lambda: b'"' + b"a,\n" * (10 * MIB),
    "CSV, a row of 3000 cells over 3000 of one": lambda: b"2023,2024" + b"," * 3000 + b"\na" * 3000,
    "CSV, 100 years and 3000 rows": lambda: _wide_table(100, 3000),
    "CSV, 390,000 cells of years": lambda: b"\n".join([b",".join([b"2023"] * 300)] * 1300),
    "CSV, 390,000 names": lambda: b"Items,2023\n" + b"\n".join(b"Wheat %d,1" % n for n in range(195_000)),
    "CSV, years and 1300 columns without": lambda: b"Items,2022,2023" + b",x" * 300 + b"\nWheat,1,2" * 1200,
    "JSON, 30 MiB of brackets": lambda: b"[" * (30 * MIB),
    "JSON, an object of 200,000 names": lambda: b"{" + b",".join(b'"%d":0' % n for n in range(200_000)) + b"}",
    "JSON, a number of a million digits": lambda: (
        b'{"data":[{"title_en":"a","values":[{"key":"2023","value":%s}]}]}' % (b"9" * 1_000_000)
    ),
    "JSON, 200,000 years": lambda: (
        b'{"data":[{"title_en":"a","values":[%s]}]}' % b",".join(b'{"key":"%d","value":1}' % n for n in range(200_000))
    ),
    "JSON, 20,000 items with years of their own": lambda: (
        b'{"data":[%s]}' % b",".join(b'{"title_en":"a","values":[{"key":"%d","value":1}]}' % n for n in range(20_000))
    ),
    "XLSX, a part of 1 GiB": lambda: _book_of(_sheet_of(b" " * (1024 * MIB))),
    "XLSX, 60 MiB of empty rows": lambda: _book_of(_sheet_of(b"<row/>" * (10 * MIB))),
    "XLSX, 50 MiB of empty cells": lambda: _book_of(_sheet_of(b"<row>" + b"<c/>" * (12 * MIB) + b"</row>")),
    "XLSX, entities within entities": lambda: _book_of(_laughs()),
    "XLSX, a cell far out": lambda: _book_of(_sheet_of(b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')),
    "XLSX, a cell beyond the last": lambda: _book_of(
        _sheet_of(b'<row r="9"><c r="ZZZZZZ999999999"><v>1</v></c></row>')
    ),
    "XLSX, 40 MiB of texts": lambda: _book_of(
        _sheet_of(b'<row r="1"><c r="A1" t="s"><v>0</v></c></row>'),
        texts=b'<sst xmlns="' + MAIN.encode() + b'">' + b"<si><t>a</t></si>" * (2 * MIB) + b"</sst>",
    ),
    "XLSX, a merged range of a sheet": lambda: zipped(
        base_parts() | {SHEET: sheet_xml([ROWS[2], ROWS[6]], [(0, 0, 1048575, 16383)])}
    ),
    "XLSX, 30,000 merged ranges": lambda: zipped(
        base_parts() | {SHEET: sheet_xml([ROWS[2], ROWS[6]], [(n, 0, n + 1, 9) for n in range(30_000)])}
    ),
    "XLS, a cell in the last row and column": lambda: _xls_far(65535, 255),
    "XLS, a cell beyond the last column": lambda: _xls_far(65535, 65535),
}
"""Files of at most `spreadsheets.MOST_BYTES`, each by what is in it."""


def _xls_far(row: int, column: int) -> bytes:
    """An XLS file with a number moved far out: xlwt would not write it."""
    content = next(xls_seeds())
    at = content.index(struct.pack("<HHHH", 0x0203, 14, 4, 3))  # the record NUMBER of a figure
    return content[: at + 4] + struct.pack("<HH", row, column) + content[at + 8 :]


def fault_of(kind: str, data: bytes) -> BaseException | None:
    """What an input brings to light: an exception that is none of the pipeline's; None where all is well."""
    try:
        KINDS[kind].feed(data)
    except PipelineError:
        pass
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of the reader in Rust is no Exception
        return error
    return None
