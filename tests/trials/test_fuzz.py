"""A sample of the fuzzing of readers, what it has found, and files that are made to take all memory or all time."""

import io
import random
import re
import struct
import zipfile

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.data.lettering import marks_taken
from pipeline.errors import DataError
from trials import fuzz, readers

EACH = 60
"""Inputs of a kind in the sample: seeds, changed a little."""


def changed(seeds, number):
    """An input made of one of the seeds, or of two, with some bytes replaced, left out or doubled."""
    draw = random.Random(number)
    data = bytearray(draw.choice(seeds))
    if draw.random() < 0.3:
        other = draw.choice(seeds)
        data = data[: draw.randrange(len(data) + 1)] + other[draw.randrange(len(other) + 1) :]
    for _ in range(draw.randrange(1, 6)):
        at = draw.randrange(len(data) + 1)
        piece = draw.choice(
            [bytes([draw.randrange(256)]), b"", data[at : at + 9] * 2, b"\xff\xfe", b'"', b"\n", b"2023"]
        )
        data[at : at + draw.randrange(4)] = piece
    return bytes(data)


@pytest.mark.parametrize("kind", [kind for kind in readers.KINDS if kind != "xls"])
def test_changed_inputs_are_read_or_refused(kind):
    seeds = list(readers.KINDS[kind].seeds())
    for number in range(EACH):
        data = changed(seeds, number)
        assert readers.fault_of(kind, data) is None, data.hex()


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.binary(max_size=48))
def test_tables_of_official_words_in_any_order_are_read_or_refused(data):
    """As cells: the other media are in the sample above."""
    assert readers.fault_of("tables", b"\x00" + data) is None


def test_what_is_read_makes_sense_or_is_a_fault():
    """The trial would see a figure without digits, or a table that is a revision of itself."""
    path = readers.place()
    path.write_bytes(next(readers.text_seeds()))
    reading = readers.workbook.read_workbook(path)
    readers.require_sense(reading, often=True)
    figure = reading.figures[0]
    for wrong in ({"value": "nan"}, {"value": "1e5"}, {"year": 1800}, {"cell": ""}):
        reading.figures[0] = readers.workbook.Figure(**{**figure.__dict__, **wrong})
        with pytest.raises(AssertionError):
            readers.require_sense(reading)
    reading.figures[0] = reading.figures[1]
    with pytest.raises(AssertionError, match="twice"):
        readers.require_sense(reading)


# --- what was found -----------------------------------------------------------------------------------------------


def refusal(tmp_path, content):
    """What the reader of workbooks says of a file that it refuses."""
    path = tmp_path / "t"
    path.write_bytes(content)
    with pytest.raises(DataError) as refused:
        readers.workbook.read_workbook(path)
    return str(refused.value)


def test_an_infinite_number_at_the_head_is_no_year():
    rows = [["Items", float("inf"), 2023.0, float("nan")], ["Wheat", 1.0, 2.0, 3.0]]
    with pytest.raises(DataError, match="1272!D2: a figure in a column without a heading"):
        readers._as_grid(rows, [])


@pytest.mark.parametrize("content", [b"", b" \n", b"\xef\xbb\xbf", b"\xff\xfe", "\ufeff\n".encode("utf-16-le")])
def test_a_file_of_nothing_but_its_encoding_is_empty(tmp_path, content):
    assert "is empty. Fetch it again." in refusal(tmp_path, content)


@pytest.mark.parametrize("content", [b"", b"\t", b" \n", b"\xef\xbb\xbf \n1\n"])
def test_a_raw_table_whose_first_line_is_blank_is_refused(content):
    with pytest.raises(DataError, match="No columns in its first line"):
        readers.raw_table(b"\x01" + content)


def test_a_unit_among_the_headings_below_years_is_refused(tmp_path):
    said = refusal(tmp_path, b"Items,2022,,2023,\n,heads,area,heads,area\nWheat,1,2,3,4\n")
    assert "line 2, column B: 'heads' stands below years that reach over several columns" in said


@pytest.mark.parametrize("label", ["*" * 60, "1)" * 30, "\u00b9\u00b2*" * 20, "1), 2)" * 20])
def test_a_label_of_many_marks_is_read_at_once(label):
    """It took the age of the earth: every way to share the marks out was tried."""
    name, marks, _ = marks_taken(f"Wheat {label}", frozenset())
    assert name == "Wheat" and marks
    assert marks_taken(f"Wheat {label}a", frozenset())[0] == f"Wheat {label}a"


def longer_directory(content):
    return content[:-10] + struct.pack("<I", 2**31) + content[-6:]


def name_in_no_encoding(content):
    """A name of the list of contents that is said to be UTF-8 and is not."""
    at = content.index(b"PK\x01\x02")
    return content[: at + 8] + b"\x00\x08" + content[at + 10 : at + 46] + b"\xbc" + content[at + 47 :]


def strange_method(content):
    at = content.index(b"PK\x01\x02")
    return content[: at + 10] + b"\x0e\x00" + content[at + 12 :]


def text_for_a_number(content):
    sheet = readers.base_parts()[readers.SHEET].replace(b'min="3"', b'min="C"')
    return readers.zipped(readers.base_parts() | {readers.SHEET: sheet})


@pytest.mark.parametrize("change", [longer_directory, name_in_no_encoding, strange_method, text_for_a_number])
def test_a_damaged_archive_is_refused(tmp_path, change):
    """Python's reader of archives has no one error for damage."""
    assert re.search("damaged|packed in a way", refusal(tmp_path, change(readers.zipped(readers.base_parts()))))


@pytest.mark.parametrize("name", [name for name in readers.BOMBS if name.startswith("XLS,")])
def test_an_xls_file_that_would_take_all_memory_is_refused(tmp_path, name, capfd):
    """Its reader ended the process, with a backtrace of Rust."""
    assert re.search(
        "is damaged|16,777,216 cells; a table has at most 400,000", refusal(tmp_path, readers.BOMBS[name]())
    )
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    "name",
    [
        "CSV, a row of 3000 cells over 3000 of one",
        "JSON, 20,000 items with years of their own",
        "JSON, an object of 200,000 names",
        "XLSX, entities within entities",
        "XLSX, a cell far out",
        "XLSX, a cell beyond the last",
        "XLSX, a merged range of a sheet",
    ],
)
def test_files_made_to_take_all_memory_or_all_time_are_refused(tmp_path, name):
    assert refusal(tmp_path, readers.BOMBS[name]())


def test_a_workbook_with_too_many_cells_is_refused_before_it_is_built(tmp_path, monkeypatch):
    monkeypatch.setattr(readers.spreadsheets, "MOST_CELLS", 5)
    assert "more than 5 rows and cells" in refusal(tmp_path, readers.zipped(readers.base_parts()))
    assert "more than 5 cells" in refusal(tmp_path, next(readers.text_seeds()))
    assert "more than 5 cells" in refusal(tmp_path, next(readers.json_seeds()))
    assert "a table has at most 5" in refusal(tmp_path, next(readers.xls_seeds()))


# --- the trial's own words ----------------------------------------------------------------------------------------


def test_what_libfuzzer_says_is_read():
    said = "#1024\tNEW    cov: 77 ft: 90 corp: 12\n#4000\tDONE   cov: 81 ft: 99\n"
    said += "stat::number_of_executed_units: 4000\n"
    assert fuzz._figures(said + "stat::peak_rss_mb:              177\n") == {
        "inputs": 4000,
        "branches": 81,
        "peak_mib": 177,
    }
    assert fuzz._figures(said.partition("#4000")[0])["inputs"] == 1024, "where an input ended the process"


def test_faults_of_one_line_are_one():
    def place(kind, data):
        return fuzz.place_of(readers.fault_of(kind, data))

    broken = {"kind": readers.Kind("x", lambda data: readers.spreadsheets.letters(data), lambda: iter(()), 9, 1.0)}
    readers.KINDS.update(broken)
    try:
        assert place("kind", b"x") == place("kind", b"y") and place("kind", b"x").startswith(
            "TypeError, spreadsheets.py:"
        )
    finally:
        readers.KINDS.pop("kind")


def test_a_kind_that_is_fed_again_replaces_its_row(tmp_path):
    row = {
        "kind": "text",
        "inputs": 1000,
        "seconds": 2,
        "kept": 3,
        "branches": 4,
        "peak_mib": 5,
        "faults": 0,
        "seed": 15,
    }
    fuzz.keep(row, tmp_path / "t.csv")
    fuzz.keep(row | {"kind": "json", "faults": 2}, tmp_path / "t.csv")
    table = fuzz.keep(row | {"inputs": 3000}, tmp_path / "t.csv")
    assert table["inputs"].tolist() == [1000, 3000] and table["kind"].tolist() == ["json", "text"]
    said = fuzz.results(pd.read_csv(tmp_path / "t.csv"))
    assert said.startswith("Seed 15. 4,000 inputs, 2 faults") and "| text | CSV as bytes | 3000 | 1500 |" in said
    assert sum(kind.share for kind in readers.KINDS.values()) == pytest.approx(1)


def test_the_made_workbooks_are_workbooks():
    for content in (readers.zipped(readers.base_parts()), next(readers.archive_seeds())):
        assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
        readers.file(content)
