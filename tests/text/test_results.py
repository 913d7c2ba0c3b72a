"""Result files: written with stable bytes, read in one place, and refused when they are not what reports write."""

import pytest

from pipeline.errors import DataError
from pipeline.text.results import read_results, results_file, write_results


def write(reports, text):
    path = results_file("made", reports)
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")


def test_results_lie_in_the_folder_of_their_report(tmp_path):
    assert results_file("made", tmp_path) == tmp_path / "made" / "results.json"


def test_a_result_has_value_unit_and_scope_and_a_value_may_be_undefined(tmp_path):
    write(
        tmp_path,
        '{"a": {"value": 1.5, "unit": "t", "scope": "s"}, "b": {"value": null, "unit": "t", "scope": "not defined"}}',
    )
    results = read_results("made", tmp_path)
    assert results["a"] == {"value": 1.5, "unit": "t", "scope": "s"} and results["b"]["value"] is None


def test_results_come_back_as_they_were_written_and_read_as_text(tmp_path):
    results = {
        "change": {"value": 4.0, "unit": "c/ha", "scope": "Жалал-Абад"},
        "none": {"value": None, "unit": "", "scope": "s"},
    }
    path = results_file("made", tmp_path)
    write_results(results, path)
    assert read_results("made", tmp_path) == results
    written = path.read_bytes()
    assert written.endswith(b"}\n") and b"\r" not in written and "Жалал-Абад".encode() in written
    write_results(results, path)
    assert path.read_bytes() == written


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "made/results.json does not exist. Make it: python -m pipeline report"),
        ("", "made/results.json is not readable as JSON"),
        ("[1]", "made/results.json is not of the form name -> value, unit, scope"),
        ('{"x": 1}', "made/results.json is not of the form name -> value, unit, scope"),
        ('{"x": {"value": 1}}', "made/results.json is not of the form name -> value, unit, scope"),
    ],
)
def test_a_file_that_is_missing_empty_or_of_another_form_is_refused(tmp_path, content, message):
    if content is not None:
        write(tmp_path, content)
    with pytest.raises(DataError, match=message):
        read_results("made", tmp_path)
