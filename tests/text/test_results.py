"""Result files: read in one place, and refused when they are not what notebooks write."""

import pytest

from pipeline.errors import DataError
from pipeline.text.results import read_results


def test_a_result_has_value_unit_and_scope_and_a_value_may_be_undefined(tmp_path):
    text = '{"a": {"value": 1.5, "unit": "t", "scope": "s"}, "b": {"value": null, "unit": "t", "scope": "not defined"}}'
    (tmp_path / "n.json").write_text(text, encoding="utf-8")
    results = read_results("n", tmp_path)
    assert results["a"] == {"value": 1.5, "unit": "t", "scope": "s"} and results["b"]["value"] is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "n.json does not exist. Make it: python -m pipeline report"),
        ("", "n.json is not readable as JSON"),
        ("[1]", "n.json is not of the form name -> value, unit, scope"),
        ('{"x": 1}', "n.json is not of the form name -> value, unit, scope"),
        ('{"x": {"value": 1}}', "n.json is not of the form name -> value, unit, scope"),
    ],
)
def test_a_file_that_is_missing_empty_or_of_another_form_is_refused(tmp_path, content, message):
    if content is not None:
        (tmp_path / "n.json").write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        read_results("n", tmp_path)
