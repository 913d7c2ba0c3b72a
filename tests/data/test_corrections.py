"""A correction changes what it says where it expects it, and fails when that is gone."""

import pandas as pd
import pytest
import yaml

from pipeline.data.corrections import Correction, apply_corrections, read_corrections, require_targets
from pipeline.errors import DataError

FRAME = pd.DataFrame({"id": ["a", "b", "b"], "level": ["raion", "raion", "raion"], "value": ["1", "2", "3"]})


def correction(**changed) -> dict:
    return {
        "id": "village",
        "source": "made",
        "table": "table.csv",
        "where": {"id": "a"},
        "column": "level",
        "expect": "raion",
        "becomes": "locality",
        "why": "it is a village",
        "who_says_so": "the note",
    } | changed


def apply(*given: dict) -> pd.DataFrame:
    return apply_corrections(FRAME, "made", "table.csv", [Correction.model_validate(c) for c in given])


def test_a_correction_changes_its_cell_and_nothing_else():
    before = FRAME.copy()
    after = apply(correction())
    assert after["level"].tolist() == ["locality", "raion", "raion"]
    pd.testing.assert_frame_equal(after.drop(columns="level"), before.drop(columns="level"))
    pd.testing.assert_frame_equal(FRAME, before)


def test_a_correction_of_several_rows_says_how_many():
    assert apply(correction(where={"id": "b"}, rows=2))["level"].tolist() == ["raion", "locality", "locality"]


def test_corrections_are_made_in_their_order():
    again = correction(id="plant", expect="locality", becomes="plant")
    assert apply(correction(), again)["level"].tolist() == ["plant", "raion", "raion"]
    with pytest.raises(DataError, match=r"correction plant: .* was expected to be 'locality' but is 'raion'"):
        apply(again, correction())


def test_a_correction_of_another_table_is_left_out():
    pd.testing.assert_frame_equal(apply(correction(table="other.csv"), correction(id="2", source="other")), FRAME)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        pytest.param(
            {"expect": "oblast"},
            r"correction village: made/table.csv, \{'id': 'a'\}: level was expected to be 'oblast' but is 'raion'"
            r"\. If the source was repaired, delete the correction",
            id="another value than expected",
        ),
        pytest.param(
            {"where": {"id": "z"}}, r"\{'id': 'z'\} matches 0 rows of made/table.csv, expected 1", id="row gone"
        ),
        pytest.param({"where": {"id": "b"}}, "matches 2 rows of made/table.csv, expected 1", id="more rows"),
        pytest.param(
            {"where": {"id": "b"}, "rows": 3}, "matches 2 rows of made/table.csv, expected 3", id="fewer rows"
        ),
        pytest.param(
            {"column": "lvl"}, "made/table.csv has no column 'lvl'. It has id, level, value", id="unknown column"
        ),
        pytest.param(
            {"where": {"name": "a"}}, "has no column 'name'. It has id, level, value", id="unknown column in where"
        ),
    ],
)
def test_a_correction_that_does_not_fit_is_refused(changed, message):
    with pytest.raises(DataError, match=message) as refusal:
        apply(correction(**changed))
    assert "data/corrections.yml" in str(refusal.value)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        pytest.param(
            {"source": "mode"}, r"correction village: there is no source 'mode'. Sources: made, other\.", id="source"
        ),
        pytest.param(
            {"table": "tabel.csv"},
            r"correction village: made has no table 'tabel.csv'. It has table.csv, b.csv\.",
            id="table",
        ),
    ],
)
def test_a_correction_of_nothing_is_refused(changed, message):
    tables = {"made": ["table.csv", "b.csv"], "other": ["c.csv"]}
    require_targets([Correction.model_validate(correction())], tables)
    with pytest.raises(DataError, match=message):
        require_targets([Correction.model_validate(correction(**changed))], tables)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            yaml.safe_dump([correction(), {"id": "b"}]),
            r"correction number 2 is not complete \(source: Field required",
            id="fields missing",
        ),
        pytest.param(
            yaml.safe_dump([correction(colour="green")]),
            "number 1 .*colour: Extra inputs are not permitted",
            id="unknown field",
        ),
        pytest.param(
            yaml.safe_dump([correction(rows=0)]), "number 1 .*rows: Input should be greater than 0", id="no rows"
        ),
        pytest.param(
            yaml.safe_dump([correction(where={"year": 2024})]),
            "where.year: Input should be a valid string",
            id="a number where cells are text",
        ),
        pytest.param(yaml.safe_dump([correction(), correction()]), "two corrections have the same id", id="id twice"),
        pytest.param("- id: [", "corrections.yml is not readable as YAML", id="no YAML"),
    ],
)
def test_a_list_of_another_form_is_refused(tmp_path, text, message):
    path = tmp_path / "corrections.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=message) as refusal:
        read_corrections(path)
    assert "corrections.yml" in str(refusal.value)


def test_no_corrections_are_no_error(tmp_path):
    path = tmp_path / "corrections.yml"
    path.write_text("# none yet\n", encoding="utf-8")
    assert read_corrections(path) == []
