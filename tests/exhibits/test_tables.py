"""Cells of tables in the words of a language."""

import pandas as pd
import pytest

from pipeline.errors import DeclarationError
from pipeline.exhibits.tables import rows_of
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
        ["Критерий / Критерий"], ["\u2013"], ["Критерий"],
    ]  # fmt: skip
    assert Value(["Criterion", "Criterion"], "words").shown(Catalogue("ru")) == "Критерий; Критерий"


def test_short_numbers_show_two_significant_digits_or_all_whole_ones():
    assert rows({"value": ["0.1700", "1090.0000", "2.9460", "1.0000"]}, value=["Value", "short"]) == [
        ["0.17"], ["1,090"], ["2.9"], ["1"],
    ]  # fmt: skip
