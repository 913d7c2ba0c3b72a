"""Tables: written rounded and with stable bytes, set in the words of a language."""

import numpy as np
import pandas as pd
import pytest
from lxml import html

from pipeline.errors import DeclarationError
from pipeline.exhibits.tables import Origin, read_csv, rows_of, table_html, write_csv, written
from pipeline.text.declarations import Table
from pipeline.text.fill import Value
from pipeline.text.language import Catalogue


def rows(frame: dict, values: dict | None = None, language: str = "en", **columns: list) -> list[list[str]]:
    table = Table.model_validate({"title": "T", "columns": columns})
    return rows_of(pd.DataFrame(frame), table, values or {}, Catalogue(language))


def test_words_may_name_cells_of_the_row_and_values_of_the_report():
    words = {"all": "all {n}", "some": "only: {areas}"}
    frame = {"measure": ["all", "some"], "areas": ["", "Osh, Naryn"]}
    column = ["Measure", {"words": words}]
    assert rows(frame, {"n": Value(1234)}, measure=column) == [["all 1,234"], ["only: Osh, Naryn"]]
    assert rows(frame, {"n": Value(7)}, "ru", measure=column)[1] == ["only: Ошская область, Нарынская область"]


def test_a_unit_of_the_row_is_named_in_the_language():
    column = ["Finding", {"words": {"number": "{value:.1} {unit}"}}]
    frame = {"finding": ["number"], "value": ["2.25"], "unit": ["c_per_ha"]}
    assert rows(frame, finding=column) == [["2.2 c/ha"]]
    assert rows(frame, language="ru", finding=column) == [["2,2 ц/га"]]


def test_a_code_without_a_word_is_refused():
    with pytest.raises(DeclarationError, match="holds 'other', for which its declaration has no word. It has: all"):
        rows({"measure": ["other"]}, measure=["Measure", {"words": {"all": "all"}}])


def test_an_area_may_have_words_for_what_is_no_area():
    column = ["Oblast", {"area": {"mean": "mean of oblasts"}}]
    assert rows({"oblast": ["Osh", "mean"]}, oblast=column) == [["Osh"], ["mean of oblasts"]]
    assert rows({"oblast": ["Osh", "mean"]}, language="ru", oblast=column) == [
        ["Ошская область"],
        ["среднее по областям"],
    ]


def test_a_cell_may_name_several_areas():
    assert rows({"raions": ["Osh, Naryn"]}, language="ru", raions=["Areas", "area"]) == [
        ["Ошская область, Нарынская область"]
    ]


def test_a_text_may_have_words_and_cells_may_begin_with_a_capital_letter():
    frame = {"plant": ["kul", "Osh HPP"], "item": ["some", "all"]}
    columns = {
        "plant": ["Plant", {"text": {"kul": "small plant"}, "capital": True}],
        "item": ["Item", {"word": None, "capital": True}],
    }
    assert rows(frame, **columns) == [["Small plant", "Some"], ["Osh HPP", "All"]]


def test_a_cell_and_a_value_may_be_several_messages():
    column = ["What", {"word": " / "}]
    assert rows({"what": ["Criterion / Criterion", "", "Criterion"]}, language="ru", what=column) == [
        ["Критерий / Критерий"],
        ["\u2013"],
        ["Критерий"],
    ]
    assert Value(["Criterion", "Criterion"], "words").shown(Catalogue("ru")) == "Критерий; Критерий"


def test_short_numbers_show_two_significant_digits_or_all_whole_ones():
    assert rows({"value": ["0.1700", "1090.0000", "2.9460", "1.0000"]}, value=["Value", "short"]) == [
        ["0.17"],
        ["1,090"],
        ["2.9"],
        ["1"],
    ]


@pytest.mark.parametrize(
    ("kind", "text", "english", "russian"),
    [
        (1, "1234.50", "1,234.5", "1\xa0234,5"),
        (0, "-1234", "\u22121,234", "\u22121\xa0234"),
        ("+1", "4.0", "+4.0", "+4,0"),
        ("+1", "-0.04", "0.0", "0,0"),
        ("area", "Osh", "Osh", "Ошская область"),
        ("crop", "wheat", "wheat", "пшеница"),
        ("unit", "c_per_ha", "c/ha", "ц/га"),
        ("date", "2024-08-01", "1 Aug 2024", "01.08.2024"),
        ("date", "2024-2025", "2024-2025", "2024-2025"),
        ({"date": {"n.d.": "Criterion"}}, "n.d.", "Criterion", "Критерий"),
        ("publisher", "Kabar (NSC)", "Kabar (NSC)", "Kabar (НСК)"),
        ("year", "2024", "2024", "2024"),
        ("text", "as it is", "as it is", "as it is"),
        ("word", "Criterion", "Criterion", "Критерий"),
        ({"words": {"1": "Criterion"}}, "1", "Criterion", "Критерий"),
        ({"say": "Criterion"}, "x", "Criterion", "Критерий"),
    ],
)
def test_kinds_of_columns(kind, text, english, russian):
    assert rows({"a": [text]}, a=["A", kind]) == [[english]]
    assert rows({"a": [text]}, language="ru", a=["A", kind]) == [[russian]]


@pytest.mark.parametrize(
    "kind",
    [
        1,
        "+1",
        "short",
        "area",
        "crop",
        "unit",
        "date",
        "year",
        "text",
        "word",
        {"words": {"a": "b"}},
        {"say": "{a} of it"},
        {"range": ["a", "a", 1]},
    ],
)
def test_a_cell_without_a_value_is_a_dash(kind):
    assert rows({"a": [""]}, a=["A", kind]) == [["\u2013"]]


def test_a_sentence_of_a_row_is_said_where_one_of_its_cells_has_a_value():
    frame = {"low": ["1.0", "1.0", ""], "high": ["2.5", "", ""]}
    column = ["Between", {"say": "{low} to {high} {unit}"}]
    said = rows(frame, {"unit": Value("c_per_ha", "unit")}, between=column)
    assert said == [["1.0 to 2.5 c/ha"], ["1.0 to \u2013 c/ha"], ["\u2013"]]


def test_ranges_stand_as_a_source_prints_them():
    frame = {"low": ["23.7", "30", "600", ""], "high": ["23.7", "33", "", ""], "digits": ["1", "0", "0", "0"]}
    assert rows(frame, a=["A", {"range": ["low", "high", "digits"]}]) == [
        ["23.7"],
        ["30\u201333"],
        ["> 600"],
        ["\u2013"],
    ]
    assert rows(frame, a=["A", {"range": ["low", "high", 2]}])[1] == ["30.00\u201333.00"]


def test_headings_name_years_and_results_and_rows_keep_their_order():
    columns = {"b": ["{year_before}", 1], "a": ["A", "area"]}
    table = Table.model_validate({"title": "{change:+} in {year_before}", "columns": columns, "note": "N {change}"})
    values = {"year_before": Value(2023, "year"), "change": Value(4.04, decimals=1)}
    frame = pd.DataFrame({"a": ["Osh", "Batken", "Osh"], "b": ["3.0", "1.0", "2.0"]})
    page = html.fromstring(table_html("made", frame, table, values, Catalogue("en")))
    assert page.get("id") == "table-made"
    assert [e.text_content() for e in page.iter("caption")] == ["+4.0 in 2023"]
    assert [e.text_content() for e in page.iter("thead")] == ["2023A"]
    assert [[c.text_content() for c in r] for r in page.find(".//tbody")] == [
        ["3.0", "Osh"],
        ["1.0", "Batken"],
        ["2.0", "Osh"],
    ]
    assert [e.text_content() for e in page.iter("p")] == ["N 4.0"]
    assert [(c.tag, c.get("scope"), c.get("class")) for c in page.find(".//tbody/tr")] == [
        ("th", "row", "number"),
        ("td", None, "word"),
    ]


def test_text_of_data_is_no_markup_and_no_line_of_a_heading_ends_within_a_unit():
    table = Table.model_validate({"title": "<T>", "columns": {"a": ["Yield, c/ha <b>", "text"]}, "note": "<i>"})
    frame = pd.DataFrame({"a": ["<script>x</script>"]})
    shown = table_html("made", frame, table, {}, Catalogue("en"))
    assert 'Yield, <span class="word">c/ha</span> &lt;b&gt;' in shown
    assert not {"<script", "<b>", "<i>", "<T>"} & {shown[i : i + n] for i in range(len(shown)) for n in (3, 7)}


def test_a_csv_holds_rounded_values_in_the_order_they_were_given(tmp_path):
    frame = pd.DataFrame({"b": [1.26, -0.01, np.nan], "a": ["x", "NA", None], "n": [3, 2, 1], "surplus": [0, 0, 0]})
    write_csv(frame, {"n": None, "a": None, "b": 1}, tmp_path / "tables" / "made.csv", "made")
    assert (tmp_path / "tables" / "made.csv").read_bytes() == b"n,a,b\n3,x,1.3\n2,NA,0.0\n1,,\n"
    assert read_csv(tmp_path / "tables" / "made.csv").to_dict("list") == {
        "n": ["3", "2", "1"],
        "a": ["x", "NA", ""],
        "b": ["1.3", "0.0", ""],
    }


@pytest.mark.parametrize(
    ("values", "decimals", "expected"),
    [
        ([1.0, np.nan], None, ["1", ""]),  # whole numbers with a gap
        ([np.nan, np.nan], None, ["", ""]),
        ([0.125, 2.675], 2, ["0.12", "2.67"]),  # as Python rounds, in the page as in the data
        ([1e6 / 3, 1e-9], 1, ["333333.3", "0.0"]),
        ([1, 2], 1, [1, 2]),  # whole numbers stay as they are counted
        ([True, False], None, [True, False]),
    ],
)
def test_numbers_as_they_are_written(values, decimals, expected):
    assert written(pd.DataFrame({"a": values}), {"a": decimals}, "made")["a"].tolist() == expected


def test_fractions_beside_texts_or_nothing_are_rounded_too(tmp_path):
    frame = pd.DataFrame({"a": pd.Series([1 / 3, None, "none"], dtype=object), "b": "x"})
    write_csv(frame, {"a": 2, "b": None}, tmp_path / "made.csv", "made")
    assert (tmp_path / "made.csv").read_text() == "a,b\n0.33,x\n,x\nnone,x\n"


@pytest.mark.parametrize("frame", [{"a": [0.5, 1.0]}, {"a": [np.nan, 1e-12]}])
def test_fractions_without_declared_decimals_are_refused(frame):
    with pytest.raises(DeclarationError, match="Table 'made': column 'a' holds fractions; declare its decimals"):
        written(pd.DataFrame(frame), {"a": None}, "Table 'made'")


def test_a_column_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(DeclarationError, match="Table 'made': the frame has no column 'b', which the declarat"):
        written(pd.DataFrame({"a": [1]}), {"a": None, "b": 1}, "Table 'made'")


MARKED = Table.model_validate(
    {
        "title": "T",
        "columns": {
            "group": ["", {"word": None, "capital": True}],
            "name": ["Name", "text"],
            "state": ["State", {"words": {"yes": "there", "no": "not there"}, "marks": {"yes": "●", "no": "○"}}],
        },
        "grouped_by": "group",
        "origins": {"name": "key"},
        "data": ["group", "name", "state", "key"],
    }
)
ROWS = pd.DataFrame(
    [("one", "a", "yes", "k1"), ("one", "b", "no", ""), ("two", "k1, k3", "yes", "k1, k3")],
    columns=["group", "name", "state", "key"],
)


def placed(key: str) -> Origin | None:
    return {"k1": Origin("https://x.example/?a=1&b=2", "First"), "k3": Origin("", "Third, no address")}.get(key)


def test_a_mark_stands_before_its_words_and_is_not_read_out():
    cells = html.fromstring(table_html("m", ROWS, MARKED, {}, Catalogue("en"))).xpath("//td")
    assert [cell.text_content() for cell in cells] == ["●\u00a0there", "○\u00a0not there", "●\u00a0there"]
    assert [cell.find("span").get("aria-hidden") for cell in cells] == ["true"] * 3


def test_rows_stand_below_what_they_are_grouped_by():
    page = html.fromstring(table_html("m", ROWS, MARKED, {}, Catalogue("en")))
    firsts = [row[0] for row in page.xpath("//tbody/tr")]
    assert [th.text_content() for th in firsts] == ["One", "a", "b", "Two", "k1, k3"]
    assert [th.get("scope") for th in firsts] == ["rowgroup", "row", "row", "rowgroup", "row"]
    assert [th.text for th in page.xpath("//thead//th")] == ["Name", "State"]
    assert page.xpath("//td/@data-head") == ["State"] * 3  # shown where cells stand below each other


def test_cells_lead_to_where_they_come_from():
    """A cell that is an id is called by what it stands for; one without an address is no link."""
    page = html.fromstring(table_html("m", ROWS, MARKED, {}, Catalogue("en"), origin=placed))
    assert [(a.text, a.get("href")) for a in page.xpath("//a")] == [
        ("a", "https://x.example/?a=1&b=2"),
        ("First", "https://x.example/?a=1&b=2"),
    ]
    assert page.xpath("//tbody/tr/th")[-1].text_content() == "First, Third, no address"
    assert not html.fromstring(table_html("m", ROWS, MARKED, {}, Catalogue("en"))).xpath("//a")


def test_a_matrix_has_a_field_for_each_row_and_column_even_where_nothing_stands():
    table = Table.model_validate(
        {
            "title": "T",
            "across": "column",
            "columns": {
                "row": ["Row", "text"],
                "column": ["", "text"],
                "item": ["", {"words": {"gap": "", "measure": "measure:"}, "marks": {"measure": "→"}}],
                "text": ["", "text"],
                "count": ["", {"say": "pages: {n}"}],
            },
            "data": ["row", "column", "item", "text", "n"],
        }
    )
    frame = pd.DataFrame(
        [("r1", "c1", "gap", "<i>", "2"), ("r1", "c1", "measure", "do", ""), ("r2", "c2", "gap", "y", "1")],
        columns=["row", "column", "item", "text", "n"],
    )
    page = html.fromstring(table_html("x", frame, table, {}, Catalogue("en")))
    assert [th.text for th in page.xpath("//thead//th")] == ["Row", "c1", "c2"]
    fields = [[item.text_content() for item in td] for td in page.xpath("//td")]
    assert fields == [["<i> pages: 2", "→\u00a0measure: do"], [], [], ["y pages: 1"]]
    assert [td.get("data-head") for td in page.xpath("//td")] == ["c1", "c2"] * 2


@pytest.mark.parametrize("wrong", [{"grouped_by": "x"}, {"across": "x"}, {"origins": {"x": "a"}}])
def test_a_declaration_that_names_no_column_is_refused(wrong):
    with pytest.raises(ValueError, match="name 'x', which is not among the columns"):
        Table.model_validate({"title": "T", "columns": {"a": ["A", "text"]}, **wrong})
