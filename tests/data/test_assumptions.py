"""Assumptions: the file that people write reads as it stands, and what is wrong in it is refused by its place."""

import pytest
import yaml

from pipeline.data.assumptions import Assumption, assumptions, messages, read_assumptions
from pipeline.errors import DataError, ParameterError
from pipeline.paths import ASSUMPTIONS

ENTRY = {"label": "share", "low": 0.1, "central": 0.2, "high": 1, "unit": "share", "reason": "no source"}


def written(tmp_path, content):
    path = tmp_path / "assumptions.yml"
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content), encoding="utf-8")
    return path


def test_an_entry_reads_as_it_is_written(tmp_path):
    read = read_assumptions(written(tmp_path, {"hub": {"kept": ENTRY | {"source": "infrastructure"}}}))
    assert read == {"hub": {"kept": Assumption("kept", 0.1, 0.2, 1, "share", "no source", "share", "infrastructure")}}


def test_every_entry_of_the_file_has_its_report_and_words_for_readers():
    file = yaml.safe_load(ASSUMPTIONS.read_text(encoding="utf-8"))
    for report, entries in file.items():
        assert list(assumptions(report)) == list(entries)
        shown = list(messages(report))
        assert len(shown) == 3 * len(entries) and all(text == text.strip() != "" for text in shown)


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        ({"hub": {"kept": ENTRY | {"low": 0.5}}}, "hub, kept: .* low <= central <= high; given 0.5, 0.2, 1"),
        ({"hub": {"kept": ENTRY | {"low": "a third"}}}, r"hub, kept needs .*\(low: Input should be a valid number"),
        ({"hub": {"kept": ENTRY | {"reason": ""}}}, r"hub, kept needs .*\(reason: String should have at least 1"),
        ({"hub": {"kept": ENTRY | {"why": "so"}}}, r"hub, kept needs .*\(why: Extra inputs are not permitted"),
        ({"hub": {"kept": {"low": 1}}}, r"hub, kept needs .*\(label: Field required"),
        ({"hub": {"kept": ENTRY | {"source": "hearsay"}}}, "no source 'hearsay'. Sources: .*infrastructure"),
        ({"hub": {"kept": ENTRY}, "store": {"kept": ENTRY}}, "kept stands under hub and store"),
        ({"kept": 3}, "expected assumptions by report and name"),
        ("hub: {kept", "not readable as YAML"),
    ],
)
def test_a_wrong_entry_is_refused(tmp_path, content, refusal):
    with pytest.raises(DataError, match=refusal):
        read_assumptions(written(tmp_path, content))


def test_a_report_without_assumptions_is_told_which_have_some():
    with pytest.raises(DataError, match="no assumptions for 'harvest'. It has: .*energy_hub"):
        assumptions("harvest")


def test_an_assumption_that_makes_no_sense_is_refused():
    with pytest.raises(ParameterError, match="low <= central <= high; given 2, 1, 3"):
        Assumption("x", 2, 1, 3, "-", "test")
    with pytest.raises(ParameterError, match="a unit and a reason"):
        Assumption("x", 1, 2, 3, "-", "")
