"""Reading the committee's tables: made workbooks in its look and in those of its sister offices."""

import json
import re
import struct
import zipfile

import openpyxl
import pytest

from pipeline.data.workbook import COLUMNS, read_workbook
from pipeline.errors import DataError
from tests.data import committee as made


def table(reading, *columns):
    """The figures of a reading as tuples of some columns."""
    return list(reading.frame()[list(columns)].itertuples(index=False, name=None))


def listed(reading, pattern):
    return [sentence for sentence in (*reading.left_out, *reading.said) if re.search(pattern, sentence)]


CROPS_OVER_AREAS = [
    *made.title_rows("yield", [2022.0, 2023.0]),
    list(made.WHEAT),
    [*made.COUNTRY, 20.5, 23.68421052631579],
    [*made.JALAL_ABAD, 21.0, 23.7],
    [],
    list(made.BARLEY),
    [*made.COUNTRY, 17.1, "…"],
    [*made.JALAL_ABAD, "-", 18.0],
]


@pytest.mark.parametrize("write", [made.xlsx, made.xls])
def test_crops_as_headings_with_territories_below(tmp_path, write):
    reading = read_workbook(write(tmp_path / "t", CROPS_OVER_AREAS))
    assert list(reading.frame().columns) == COLUMNS
    assert table(reading, "section_en", "section_ky", "row_ru", "year", "value", "unit", "cell") == [
        ("Wheat", "Буудай", "Кыргызская Республика", 2022, "20.5", "centners per hectare", "1272!D7"),
        ("Wheat", "Буудай", "Кыргызская Республика", 2023, "23.68421052631579", "centners per hectare", "1272!E7"),
        ("Wheat", "Буудай", "Джалал-Абадская область", 2022, "21", "centners per hectare", "1272!D8"),
        ("Wheat", "Буудай", "Джалал-Абадская область", 2023, "23.7", "centners per hectare", "1272!E8"),
        ("Barley", "Арпа", "Кыргызская Республика", 2022, "17.1", "centners per hectare", "1272!D11"),
        ("Barley", "Арпа", "Кыргызская Республика", 2023, "…", "centners per hectare", "1272!E11"),
        ("Barley", "Арпа", "Джалал-Абадская область", 2022, "-", "centners per hectare", "1272!D12"),
        ("Barley", "Арпа", "Джалал-Абадская область", 2023, "18", "centners per hectare", "1272!E12"),
    ]
    assert listed(reading, "title") and listed(reading, "rows without anything, 2, 5, 9")


def test_territories_as_headings_with_crops_below(tmp_path):
    rows = [
        *made.title_rows("yield", [2022, 2023]),
        list(made.BATKEN),
        [*made.WHEAT, 20.5, 21],
        [*made.COTTON, 30.1, 30.2],
        list(made.JALAL_ABAD),
        [*made.WHEAT, 23.7, 27.7],
        [*made.COTTON, "", ""],
        [*made.BARLEY, 19.1, ""],
    ]
    reading = read_workbook(made.xlsx(tmp_path / "t.xlsx", rows))
    assert table(reading, "section_en", "row_en", "year", "value") == [
        ("Batken oblast", "Wheat", 2022, "20.5"),
        ("Batken oblast", "Wheat", 2023, "21"),
        ("Batken oblast", "Raw cotton", 2022, "30.1"),
        ("Batken oblast", "Raw cotton", 2023, "30.2"),
        ("Jalal-Abat oblast", "Wheat", 2022, "23.7"),
        ("Jalal-Abat oblast", "Wheat", 2023, "27.7"),
        ("Jalal-Abat oblast", "Barley", 2022, "19.1"),
    ]
    assert listed(reading, "'Raw cotton' has no figures") and listed(reading, "empty, Barley, 2023")


def test_a_territory_without_figures_is_no_heading(tmp_path):
    """Cotton does not grow in Naryn: the empty line must not become the heading of the oblasts below it."""
    rows = [
        *made.title_rows("yield", [2022, 2023]),
        list(made.COTTON),
        [*made.BATKEN, 30, 31],
        [*made.NARYN, "", ""],
        [*made.OSH, 32, 33],
    ]
    reading = read_workbook(made.xlsx(tmp_path / "t.xlsx", rows))
    assert {figure.section.en for figure in reading.figures} == {"Raw cotton"}
    assert listed(reading, "'Naryn oblast' has no figures")


def test_an_unknown_territory_without_figures_is_refused(tmp_path):
    rows = [
        *made.title_rows("yield", [2022, 2023]),
        list(made.COTTON),
        [*made.BATKEN, 30, 31],
        ["Жаңы облус", "Новая область", "New oblast", "", ""],
        [*made.OSH, 32, 33],
    ]
    with pytest.raises(DataError, match=r"1272!A8: 'New oblast' has no figures, and is no known area"):
        read_workbook(made.xlsx(tmp_path / "t.xlsx", rows))


def test_a_crop_with_a_total_of_its_own_is_the_heading_of_what_follows(tmp_path):
    rows = [
        *made.title_rows("area_sown", [2022, 2023]),
        [*made.WHEAT, 250, 260],
        [*made.BATKEN, 10, 11],
        [*made.OSH, 20, 21],
        [*made.BARLEY, 150, 160],
        [*made.BATKEN, 30, 31],
        [*made.OSH, 40, 41],
    ]
    reading = read_workbook(made.xlsx(tmp_path / "t.xlsx", rows))
    assert table(reading, "section_en", "row_en", "value")[::2] == [
        ("", "Wheat", "250"),
        ("Wheat", "Batken oblast", "10"),
        ("Wheat", "Osh oblast", "20"),
        ("", "Barley", "150"),
        ("Barley", "Batken oblast", "30"),
        ("Barley", "Osh oblast", "40"),
    ]


@pytest.mark.parametrize(
    "order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)], ids=["Kyrgyz first", "English first", "Russian first"]
)
def test_languages_are_told_by_their_words(tmp_path, order):
    rows = [[made.HEAD[i] for i in order] + [2023]]
    rows += [[area[i] for i in order] + [n] for n, area in enumerate(made.OBLASTS)]
    reading = read_workbook(made.xlsx(tmp_path / "t.xlsx", rows))
    assert table(reading, "row_en", "row_ru", "row_ky") == [(a[2], a[1], a[0].strip()) for a in made.OBLASTS]


def test_english_names_right_of_the_figures(tmp_path):
    rows = [["Көрсөткүчтөр", "Показатели", 2022, 2023, "Items"]]
    rows += [[area[0], area[1], 1, 2, area[2]] for area in made.OBLASTS]
    reading = read_workbook(made.xls(tmp_path / "t.xls", rows))
    assert table(reading, "row_en", "row_ky", "year", "cell")[3] == (
        "Jalal-Abat oblast",
        "Жалал-Абад облусу",
        2023,
        "1272!D3",
    )


def test_semicolons_and_decimal_commas(tmp_path):
    text = "\ufeffНаименование;2022;2023\r\nПшеница;;\r\nОшская область;23,70;1 234,5\r\nг.Ош;…;24\r\n"
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode("utf-8"))
    reading = read_workbook(path)
    assert table(reading, "section_ru", "row_ru", "year", "value", "cell") == [
        ("Пшеница", "Ошская область", 2022, "23.70", "line 3, column B"),
        ("Пшеница", "Ошская область", 2023, "1234.5", "line 3, column C"),
        ("Пшеница", "г.Ош", 2022, "…", "line 4, column B"),
        ("Пшеница", "г.Ош", 2023, "24", "line 4, column C"),
    ]


def test_commas_and_decimal_points(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('Items,2022,2023\n"Osh oblast",23.701,-\nTalas oblast,1.234,2\n', encoding="utf-8")
    assert table(read_workbook(path), "row_en", "value") == [
        ("Osh oblast", "23.701"),
        ("Osh oblast", "-"),
        ("Talas oblast", "1.234"),
        ("Talas oblast", "2"),
    ]


def test_the_old_windows_encoding_is_refused_by_name(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("Наименование;2022;2023\nОшская область;1;2\n".encode("cp1251"))
    with pytest.raises(DataError, match="not in UTF-8.*cp1251.*Наименование.*CSV UTF-8"):
        read_workbook(path)


OPEN_DATA = {
    "title": "Уровень бедности",
    "units": "в процентах",
    "data": [
        {
            "pk": 1,
            "title_en": "Osh oblast  (until 2013 y. including Osh city)",
            "title_kg": "Ош облусу (2013 ж. чейин Ош шаары кошулуп)",
            "title_ru": "Ошская область  (до 2013 г.включая г. Ош)",
            "values": [{"key": 2023, "value": None}, {"key": 2022, "value": 19.90}, {"key": 2021, "value": 23}],
        }
    ],
}


def test_open_data(tmp_path):
    path = tmp_path / "t.json"
    path.write_text(json.dumps(OPEN_DATA, ensure_ascii=False).replace("19.9}", "19.90}"), encoding="utf-8")
    reading = read_workbook(path)
    assert table(reading, "row_en", "year", "value", "unit", "cell") == [
        ("Osh oblast (until 2013 y. including Osh city)", 2022, "19.90", "в процентах", "data[0].values[1]"),
        ("Osh oblast (until 2013 y. including Osh city)", 2021, "23", "в процентах", "data[0].values[2]"),
    ]
    assert listed(reading, r"data\[0\].values\[0\]: empty, Osh oblast .*2023")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"data": [{"title_en": "Osh", "values": [{"key": 2022, "val', "cut off"),
        ('{"data": [{"title_en": "Osh", "values": [{"key": 2022, "value": [1]}]}]}', r"data\[0\].values\[0\]"),
        ('{"data": [{"title_en": "Osh", "values": [{"key": 2022, "value": 1}, {"key": 2022, "value": 2}]}]}', "twice"),
        ('{"data": [{"title_en": "Osh", "title_en": "Talas", "values": []}]}', "'title_en' stands twice"),
        ("[1, 2]", "JSON, but not a table"),
    ],
)
def test_json_that_is_not_understood(tmp_path, text, said):
    path = tmp_path / "t.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=said):
        read_workbook(path)


def test_footnotes_are_taken_off_and_kept(tmp_path):
    rows = [
        ["Түшүм1", "Урожайность1", "Yield1"],
        ["Көрсөткүчтөр", "Показатели", "Items", "20061)", "2007", "2008 (предв.)"],
        ["Буудай2", "Пшеница 2", "Wheat*", 20, "21*", 22],
        ["Форма 3", "Форма 3", "Form 3", 1, 2, 3],
        [],
        ["1 Иштетүүдөн кийин", "1 В весе после доработки", "1 Weight after processing"],
        ["2 Күздүк", "2 Озимая и яровая", "* Winter and spring"],
    ]
    reading = read_workbook(made.xlsx(tmp_path / "t.xlsx", rows))
    assert table(reading, "row_ky", "row_ru", "row_en", "year", "value") == [
        ("Буудай", "Пшеница", "Wheat", 2006, "20"),
        ("Буудай", "Пшеница", "Wheat", 2007, "21"),
        ("Буудай", "Пшеница", "Wheat", 2008, "22"),
        ("Форма 3", "Форма 3", "Form 3", 2006, "1"),
        ("Форма 3", "Форма 3", "Form 3", 2007, "2"),
        ("Форма 3", "Форма 3", "Form 3", 2008, "3"),
    ]
    assert [set(figure.marks) for figure in reading.figures[:3]] == [{"*", "2", "1"}, {"*", "2"}, {"*", "2", "предв."}]
    assert reading.footnotes["1"].startswith("Weight after processing") and "*" in reading.footnotes
    assert listed(reading, "D2: footnote 1 on the year 2006")
    assert listed(reading, "footnote 2 on 'Пшеница'") and listed(reading, r"E3: footnote \* on the figure 21")


def test_quarters_beside_years(tmp_path):
    rows = [
        ["Items", 2022, "I кв. 2023", "янв.-июнь 2023", 2023.0, "2023 в % к 2022"],
        ["Osh oblast", 20, 1, 2, 21, 105],
    ]
    reading = read_workbook(made.xlsx(tmp_path / "t.xlsx", rows))
    assert table(reading, "year", "value") == [(2022, "20"), (2023, "21")]
    assert listed(reading, "C1: I кв. 2023: part of a year") and listed(reading, "F1: .*more than one year")


@pytest.mark.parametrize("merged", [("B1:D1", "E1:G1", "A1:A2"), ()])
def test_quarters_below_years(tmp_path, merged):
    rows = [
        ["Показатели", 2022, "", "", 2023, "", ""],
        ["", "I", "I-II", "год", "I", "I-II", "год"],
        ["Ошская область", 1, 2, 20, 3, 4, 21],
    ]
    reading = read_workbook(made.xlsx(tmp_path / "t.xlsx", rows, merged=merged))
    assert table(reading, "year", "value", "cell") == [(2022, "20", "1272!D3"), (2023, "21", "1272!G3")]
    assert len(listed(reading, "part of a year")) == 4


def test_half_years_below_years_with_the_names_head_in_the_second_line(tmp_path):
    rows = [
        ["", "2022", "", "2023", ""],
        ["Показатели", "I полугодие", "год", "I полугодие", "год"],
        ["Ошская область", 1, 20, 2, 21],
    ]
    reading = read_workbook(made.xlsx(tmp_path / "t.xlsx", rows, merged=("B1:C1", "D1:E1")))
    assert table(reading, "year", "value") == [(2022, "20"), (2023, "21")]


def test_crops_above_years(tmp_path):
    rows = [["", "Wheat", "", "Barley", ""], ["Items", 2022, 2023, 2022, 2023], ["Osh oblast", 1, 2, 3, 4]]
    reading = read_workbook(made.xlsx(tmp_path / "t.xlsx", rows))
    assert table(reading, "section_en", "year", "value") == [
        ("Wheat", 2022, "1"),
        ("Wheat", 2023, "2"),
        ("Barley", 2022, "3"),
        ("Barley", 2023, "4"),
    ]


def test_columns_of_numbers_and_remarks_and_a_line_of_units(tmp_path):
    rows = [["№", "Items", 2022, 2023, "Note"], ["", "", "c/ha", "c/ha", ""], [1, "Osh oblast", 1, 2, "revised"]]
    reading = read_workbook(made.xlsx(tmp_path / "t.xlsx", rows))
    assert table(reading, "row_en", "value", "unit") == [("Osh oblast", "1", "c/ha"), ("Osh oblast", "2", "c/ha")]
    assert (
        listed(reading, "column 'Note'") and listed(reading, "column '№'") and listed(reading, "units of the columns")
    )


def test_measures_above_years(tmp_path):
    rows = [
        ["Показатели", "Посевная площадь, тыс. га", "", "Урожайность, ц/га", ""],
        ["", 2022, 2023, 2022, 2023],
        ["Ошская область", 1, 2, 20, 21],
    ]
    reading = read_workbook(made.xlsx(tmp_path / "t.xlsx", rows, merged=("B1:C1", "D1:E1", "A1:A2")))
    assert table(reading, "section_ru", "year", "value", "unit") == [
        ("Посевная площадь, тыс. га", 2022, "1", "тыс. га"),
        ("Посевная площадь, тыс. га", 2023, "2", "тыс. га"),
        ("Урожайность, ц/га", 2022, "20", "ц/га"),
        ("Урожайность, ц/га", 2023, "21", "ц/га"),
    ]


def test_measures_below_years(tmp_path):
    rows = [
        ["Показатели", 2022, "", 2023, ""],
        ["", "площадь", "урожайность", "площадь", "урожайность"],
        ["Ошская область", 1, 20, 2, 21],
    ]
    reading = read_workbook(made.xlsx(tmp_path / "t.xlsx", rows, merged=("B1:C1", "D1:E1")))
    assert table(reading, "section_ru", "year", "value") == [
        ("площадь", 2022, "1"),
        ("урожайность", 2022, "20"),
        ("площадь", 2023, "2"),
        ("урожайность", 2023, "21"),
    ]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([["Items", 2022, "", 2023], ["Osh oblast", 1, 2, 3]], r"C2: a figure in a column without a heading"),
        ([["Items", 2022, "Growth", 2023], ["Osh oblast", 1, 2, 3]], r"C2: a figure in a column headed 'Growth'"),
        ([["Items", 2022, 2023, 2023], ["Osh oblast", 1, 2, 3]], r"D1: the year 2023 stands here and in 1272!C1"),
        ([["Items", 2021, 2023, 2022], ["Osh oblast", 1, 2, 3]], r"D1: the year 2022 follows 2023"),
        ([["Items", 2022, 2023], ["Osh oblast", 1, "about 5"]], r"C2: 'about 5' is no figure. Expected a number"),
        ([["Items", 2022, 2023], ["Osh oblast", 1, "1,234"]], r"C2: '1,234' may be 1.234 or 1234"),
        ([["Items", 2022, 2023], ["Osh oblast", 1, 2], ["", 3, 4]], r"B3: a figure \(3.0\) in a row without a name"),
        ([["Items", 2022, 2023], ["Osh oblast", 1, 2], ["Osh oblast", 3, 4]], r"B3: .*stands in 1272!B2 as well"),
        ([["Items", 2022, 2023], ["Osh oblast", True, 2]], r"B2: True is no figure"),
        ([["Items", 2022, 2023], ["Osh oblast", "#DIV/0!", 2]], r"B2: the error #DIV/0! of a spreadsheet program"),
        (
            [["Items", "", 2022, "", ""], ["", "I", "II", "I", "II"], ["Osh oblast", 1, 2, 3, 4]],
            r"without a heading|II",
        ),
        ([["Items", "I кв. 2022", "II кв. 2022"], ["Osh oblast", 1, 2]], "no table with figures of full years"),
        ([["Items", "yield"], ["Osh oblast", 1]], "Expected a row of years"),
        ([["Items", 2022, 2023], ["Ђош обласћ", 1, 2]], "U\\+0402.*font from before Unicode that is not known"),
        ([["Items", 2022, 2023], ["РћС€СЃРєР°СЏ РѕР±Р»Р°СЃС‚СЊ", 1, 2]], "wrong encoding"),
        (
            [["Items", 2022, 2023], ["Agriculture", "", ""], ["Crops", "", ""], ["Osh oblast", 1, 2]],
            "'Crops' stands below 'Agriculture'",
        ),
    ],
)
def test_what_is_not_understood_is_refused_with_its_cell(tmp_path, rows, said):
    with pytest.raises(DataError, match=said):
        read_workbook(made.xlsx(tmp_path / "t.xlsx", rows))


def test_a_comma_is_read_where_other_figures_show_what_it_means(tmp_path):
    rows = [["Items", 2022, 2023], ["Osh oblast", "23,7", "1,234"]]
    assert table(read_workbook(made.xlsx(tmp_path / "t.xlsx", rows)), "value") == [("23.7",), ("1.234",)]


def test_figures_that_look_like_years(tmp_path):
    """1 900 to 2 100 thousand tonnes are no row of years, in a first row below the head or in a later one."""
    rows = [["Items", 2021, 2022, 2023], ["Osh oblast", 1990, 2001, 2012], ["Talas oblast", 2001, 2000, 1999]]
    assert len(read_workbook(made.xlsx(tmp_path / "t.xlsx", rows)).figures) == 6


def test_one_year_alone(tmp_path):
    rows = [["", "в 2023 году"], ["Наименование", 2023], ["Ошская область", 2012], ["Таласская область", 2010]]
    assert table(read_workbook(made.xlsx(tmp_path / "t.xlsx", rows)), "year", "value") == [
        (2023, "2012"),
        (2023, "2010"),
    ]


def test_heads_that_are_repeated_and_rows_that_number_columns(tmp_path):
    head = [*made.HEAD, 2022, 2023]
    rows = [
        list(made.TITLES["yield"]),
        head,
        ["А", "Б", "В", 1, 2],
        list(made.WHEAT),
        [*made.BATKEN, 20, 21],
        head,
        [*made.OSH, 22, 23],
        list(made.BARLEY),
        head,
        [*made.BATKEN, 10, 11],
    ]
    reading = read_workbook(made.xlsx(tmp_path / "t.xlsx", rows))
    assert table(reading, "section_en", "row_en", "value")[::2] == [
        ("Wheat", "Batken oblast", "20"),
        ("Wheat", "Osh oblast", "22"),
        ("Barley", "Batken oblast", "10"),
    ]
    assert len(listed(reading, "the head again")) == 2 and listed(reading, "numbers of the columns")


def test_a_second_table_below_with_other_years(tmp_path):
    rows = [
        ["Items", 2020, 2021],
        ["Osh oblast", 1, 2],
        [],
        ["Items", 2022, 2023],
        ["Osh oblast", 3, 4],
    ]
    assert table(read_workbook(made.xlsx(tmp_path / "t.xlsx", rows)), "year", "value") == [
        (2020, "1"),
        (2021, "2"),
        (2022, "3"),
        (2023, "4"),
    ]


def test_hidden_rows_columns_and_sheets_are_said(tmp_path):
    path = made.xlsx(tmp_path / "t.xlsx", CROPS_OVER_AREAS, hidden_rows=(8,), hidden_columns=("D",))
    book = openpyxl.load_workbook(path)
    hidden = book.create_sheet("draft")
    hidden.append(["Items", 2022, 2023])
    hidden.append(["Osh oblast", 1, 2])
    hidden.sheet_state = "hidden"
    book.save(path)
    reading = read_workbook(path)
    assert len(reading.figures) == 8
    assert listed(reading, "hidden rows, read like the others: 8") and listed(reading, "hidden columns.*: D")
    assert listed(reading, "draft: the sheet is hidden")


def test_headings_merged_over_the_table_and_names_in_one_cell(tmp_path):
    rows = [
        [*made.HEAD, 2022, 2023],
        ["Буудай / Пшеница / Wheat"],
        [*made.BATKEN, 20, 21],
        ["Ячмень"],
        [*made.BATKEN, 22, 23],
    ]
    reading = read_workbook(made.xlsx(tmp_path / "t.xlsx", rows, merged=("A2:E2", "A4:E4")))
    assert table(reading, "section_en", "section_ru", "section_ky", "value")[::2] == [
        ("Wheat", "Пшеница", "Буудай", "20"),
        ("", "Ячмень", "", "22"),
    ]


def test_a_figure_merged_over_two_years_is_refused(tmp_path):
    rows = [["Items", 2022, 2023], ["Osh oblast", 20, ""]]
    with pytest.raises(DataError, match="B2: one figure in a merged cell over several"):
        read_workbook(made.xlsx(tmp_path / "t.xlsx", rows, merged=("B2:C2",)))


def test_territory_and_crop_in_two_columns(tmp_path):
    rows = [
        ["Область", "Культура", 2022, 2023],
        ["Ошская область", "Пшеница", 1, 2],
        ["", "Ячмень", 3, 4],
        ["Таласская область", "Пшеница", 5, 6],
    ]
    reading = read_workbook(made.xlsx(tmp_path / "t.xlsx", rows))
    assert table(reading, "section_ru", "row_ru", "value")[::2] == [
        ("Ошская область", "Пшеница", "1"),
        ("Ошская область", "Ячмень", "3"),
        ("Таласская область", "Пшеница", "5"),
    ]


def test_empty_rows_between_territories_in_two_columns_are_no_headings(tmp_path):
    """The name of the territory is that of the row above, but a row without anything has no name: found by fuzzing."""
    rows = [["Область", "Культура", 2022, 2023], ["Ошская область", "Пшеница", 1, 2], [""] * 4, [""] * 4]
    rows += [["Таласская область", "Пшеница", 5, 6]]
    reading = read_workbook(made.xlsx(tmp_path / "t.xlsx", rows))
    found = table(reading, "section_ru", "row_ru", "value")[::2]
    assert found == [("Ошская область", "Пшеница", "1"), ("Таласская область", "Пшеница", "5")]
    assert listed(reading, "rows without anything")


def test_units_in_a_column_a_label_and_a_title(tmp_path):
    rows = [
        ["Показатели", "Единица измерения", 2022, 2023],
        ["Посевная площадь", "тыс. га", 1, 2],
        ["Урожайность (ц/га)", "", 3, 4],
    ]
    assert table(read_workbook(made.xlsx(tmp_path / "t.xlsx", rows)), "unit")[::2] == [("тыс. га",), ("ц/га",)]


def test_a_font_from_before_unicode_and_a_look_alike_letter(tmp_path):
    rows = [["Кјрсјткічтјр", "Показатели", "Items", 2022, 2023]]
    rows += [
        ["Ош шаарынын тереѕдиги", "г.Ош", "Osh сity", 1, 2],
        ["Чій облусу", "Чуйская область", "Chui oblast", 3, 4],
    ]
    reading = read_workbook(made.xlsx(tmp_path / "t.xlsx", rows))
    assert table(reading, "row_ky", "row_en")[::2] == [
        ("Ош шаарынын тереңдиги", "Osh city"),
        ("Чүй облусу", "Chui oblast"),
    ]
    assert listed(reading, "'тереѕдиги' is in a Kyrgyz font from before Unicode") and listed(reading, r"с \(U\+0441\)")


# --- files that are no table ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("write", [made.xlsx, made.xls])
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
def test_a_file_that_is_cut_off(tmp_path, write, kept):
    path = write(tmp_path / "t", CROPS_OVER_AREAS)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(DataError, match=r"cut off|damaged"):
        read_workbook(path)


def test_a_workbook_locked_with_a_password(tmp_path):
    """Before 2007: a record FILEPASS among the first of the workbook. Later: a compound file with the whole in it."""
    path = made.xls(tmp_path / "t.xls", CROPS_OVER_AREAS)
    content = path.read_bytes()
    start = content.index(struct.pack("<HH", 0x0809, 16))  # the first record, BOF
    after = start + 4 + 16
    _, length = struct.unpack_from("<HH", content, after)
    path.write_bytes(content[:after] + struct.pack("<HH", 0x002F, length) + content[after + 4 :])
    with pytest.raises(DataError, match="locked with a password"):
        read_workbook(path)
    whole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
    whole += "EncryptionInfo".encode("utf-16-le") + "EncryptedPackage".encode("utf-16-le")
    path.write_bytes(whole + b"\0" * 512)
    with pytest.raises(DataError, match="locked with a password"):
        read_workbook(path)


def test_a_sheet_that_is_only_protected_from_edits_is_read(tmp_path):
    path = made.xlsx(tmp_path / "t.xlsx", CROPS_OVER_AREAS)
    book = openpyxl.load_workbook(path)
    book.active.protection.set_password("secret")
    book.save(path)
    assert len(read_workbook(path).figures) == 8


def test_an_archive_that_unpacks_to_more_than_a_table_can_be(tmp_path):
    path = made.xlsx(tmp_path / "t.xlsx", CROPS_OVER_AREAS)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/media/x.bin", "w") as member:
        for _ in range(70):
            member.write(b"\0" * 1024**2)
    assert path.stat().st_size < 300_000
    with pytest.raises(DataError, match="unpacks to more than 64 MB"):
        read_workbook(path)


def test_a_cell_far_out(tmp_path):
    path = made.xlsx(tmp_path / "t.xlsx", CROPS_OVER_AREAS)
    book = openpyxl.load_workbook(path)
    book.active["XFD1048576"] = 1
    book.save(path)
    with pytest.raises(DataError, match=r"XFD1048576: the sheet reaches to this cell"):
        read_workbook(path)


@pytest.mark.parametrize("place", ["Bjjjjjjj3", "colB3", "b3", "AAAA3", "B99999999", "B0x3", ""])
def test_a_cell_at_a_place_that_is_none(tmp_path, place):
    """The reader made room for all cells up to it, and took all memory or minutes."""
    path = made.xlsx(tmp_path / "t.xlsx", CROPS_OVER_AREAS)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    sheet = members["xl/worksheets/sheet1.xml"]
    assert sheet.count(b'"B3"') == 1
    members["xl/worksheets/sheet1.xml"] = sheet.replace(b'"B3"', f'"{place}"'.encode())
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(DataError, match=rf"{re.escape(repr(place))} is given as the place of a cell or row. Expected"):
        read_workbook(path)


def test_formulas_that_were_never_worked_out(tmp_path):
    rows = [["Items", 2022, 2023], ["Osh oblast", 1, "=B2+1"]]
    with pytest.raises(DataError, match="C2: a formula without its result"):
        read_workbook(made.xlsx(tmp_path / "t.xlsx", rows))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "a page of the web"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\0", "not in UTF-8|no text"),
        (b"just a line of words\n", "no table with figures"),
    ],
)
def test_files_that_are_something_else(tmp_path, content, said):
    path = tmp_path / "table1272.xls"
    path.write_bytes(content)
    with pytest.raises(DataError, match=said):
        read_workbook(path)


def test_another_archive_and_a_missing_file(tmp_path):
    with zipfile.ZipFile(tmp_path / "t.xlsx", "w") as archive:
        archive.writestr("notes.txt", "nothing")
    with pytest.raises(DataError, match="no XLSX workbook"):
        read_workbook(tmp_path / "t.xlsx")
    with pytest.raises(DataError, match="is not there"):
        read_workbook(tmp_path / "none.xlsx")


def test_three_languages_in_one_cell(tmp_path):
    rows = [["Items", 2022, 2023], ["Ош облусу / Ошская область / Osh oblast", 1, 2], ["г. Ош", 3, 4]]
    assert table(read_workbook(made.xlsx(tmp_path / "t.xlsx", rows)), "row_en", "row_ru", "row_ky")[::2] == [
        ("Osh oblast", "Ошская область", "Ош облусу"),
        ("", "г. Ош", ""),
    ]
