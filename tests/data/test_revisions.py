"""What changed between two releases, on made tables whose changes are known."""

from decimal import Decimal

import pytest

from pipeline.data.corrections import Correction
from pipeline.data.revisions import revisions, unmet_corrections
from pipeline.data.workbook import read_workbook
from tests.data import committee as made

OLD = [
    [*made.HEAD, 2019, 2020, 2021],
    list(made.WHEAT),
    [*made.OSH, 20, 21, 22],
    [*made.TALAS, 30, 31, ""],
    [*made.NARYN, 11, 12, 13],
    [*made.CHUI, 40, 41, 42],
]
NEW = [
    [*made.HEAD, 2019, 2020, 2021, 2022],
    list(made.WHEAT),
    [*made.OSH, 20, 21.4, 22, 23],  # revised, and a year more
    [*made.TALAS, 30, "…", 32, 33],  # given up, and filled in
    ["Нарын", "Нарынская обл.", "Naryn oblast", 11, 12, 13, 14],  # reworded in two languages
    ["Баткен облусу", "Баткенская область", "Batken oblast", 1, 2, 3, 4],  # new; Chui is gone
]


@pytest.fixture
def found(tmp_path):
    return revisions(
        read_workbook(made.xlsx(tmp_path / "old.xlsx", OLD)), read_workbook(made.xls(tmp_path / "new.xls", NEW))
    )


def rows(found, change, *columns):
    table = found.table[found.table["change"] == change]
    return list(table[list(columns)].itertuples(index=False, name=None))


def test_every_change_is_named(found):
    assert rows(found, "value revised", "row_en", "section", "year", "old", "new", "difference") == [
        ("Osh oblast", "Wheat", "2020", "21", "21.4", "0.4"),
        ("Talas oblast", "Wheat", "2020", "31", "…", ""),
    ]
    assert rows(found, "figure added", "row_en", "year", "new", "new_cell") == [
        ("Talas oblast", "2021", "32", "1272!F4")
    ]
    assert {row for row, *_ in rows(found, "year added", "row_en")} == {"Osh oblast", "Talas oblast", "Naryn oblast"}
    assert found.years_added == (2022,)
    assert rows(found, "label reworded", "old", "new") == [
        ("Нарынская область", "Нарынская обл."),
        ("Нарын облусу", "Нарын"),
    ]
    assert {row for row, *_ in rows(found, "row withdrawn", "row_en")} == {"Chui oblast"}
    assert {row for row, *_ in rows(found, "row added", "row_en")} == {"Batken oblast"}
    assert found.unchanged == 2 + 1 + 3


def test_a_table_does_not_differ_from_itself(tmp_path):
    reading = read_workbook(made.xlsx(tmp_path / "old.xlsx", OLD))
    same = revisions(reading, reading)
    assert same.table.empty and same.unchanged == len(reading.figures)


def test_a_row_under_other_words_in_all_languages_is_found_by_its_figures(tmp_path):
    old = [["Items", 2019, 2020, 2021], ["Money incomes", 1.5, 2.5, 3.5], ["Prices", 7, 8, 9]]
    new = [["Items", 2019, 2020, 2021], ["Cash income of households", 1.5, 2.5, 3.75], ["Wages", 10, 11, 12]]
    found = revisions(
        read_workbook(made.xlsx(tmp_path / "o.xlsx", old)), read_workbook(made.xlsx(tmp_path / "n.xlsx", new))
    )
    assert rows(found, "label reworded", "old", "new") == [("Money incomes", "Cash income of households")]
    assert [Decimal(d) for (d,) in rows(found, "value revised", "difference")] == [Decimal("0.25")]
    assert {row for row, *_ in rows(found, "row withdrawn", "row_en")} == {"Prices"}


def test_a_correction_that_no_longer_finds_what_it_expects_is_named(found):
    about = {"id": "osh-2020", "source": "s", "table": "t.csv", "why": "a misprint", "who_says_so": "the test"}
    correction = Correction(
        **about, where={"row_en": "Osh oblast", "year": "2020"}, column="new", expect="21", becomes="2"
    )
    (sentence,) = unmet_corrections(found.table, "s", "t.csv", [correction])
    assert "osh-2020" in sentence and "'21'" in sentence and "'21.4'" in sentence
    assert unmet_corrections(found.table, "s", "other.csv", [correction]) == []
