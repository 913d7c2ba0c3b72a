"""What people write in the ledger is read strictly: every slip is named by the entry it is in."""

import pytest
import yaml

from pipeline.errors import DataError
from pipeline.ledger.model import LEDGER, Address, Authority, Ledger, Verdict, Witness, read_ledger
from tests.ledger.small_paper import NUMBER, entry, ledger_of, written

FIXED_WORDS = {
    "reproduced",
    "within printed precision",
    "supported",
    "part of it shown",
    "compatible, not shown",
    "consistent within the paper",
    "not supported",
    "contradicted",
    "misprint or inconsistency in the paper",
    "not testable with these data",
    "normative, not testable",
    "not identified by this design",
}


def test_the_words_are_fixed():
    assert {v.value for v in Verdict} == FIXED_WORDS
    assert Verdict.NOT_SUPPORTED.code == "not_supported"


def test_official_series_come_before_statements_these_before_the_press_and_self_description_is_last():
    order = ["official series", "official statement", "compilation", "self-description"]
    ranks = [Authority(word).rank for word in order]
    assert ranks == sorted(set(ranks))
    assert Authority.DOCUMENT.rank == Authority.OFFICIAL_STATEMENT.rank and Authority.PRESS.rank == ranks[2]


def test_addresses_are_written_back_as_they_were_read():
    for text in ("panel.csv#hr103", "evidence.csv#ev015@2", "energy_hub#share"):
        assert str(Address.model_validate(text)) == text
    assert LEDGER.name == "ledger.yml"


def test_the_values_of_a_rank_are_named_own_and_by_number():
    witness = Witness.model_validate({"own": "other#a", "others": ["other#b", "other#c"]})
    assert {name: str(a) for name, a in witness.addresses.items()} == {
        "own": "other#a",
        "other_1": "other#b",
        "other_2": "other#c",
    }


def test_the_reports_of_a_ledger_are_those_whose_results_it_names():
    """The stage's dependencies follow from them: wherever an address stands, it counts."""
    formula = {"value": "a / b", "with": {"a": "energy_hub#x", "b": "paper#columns"}}
    rank = {"own": "other#change", "others": ["circular#y"]}
    part = {"what": "one", "rule": {"kind": "rank"}, "against": [rank]}
    item = {"id": "i", "what": "w", "places": ["a"], "differ": ["paper#columns", "cold_chain#hubs"]}
    ledger = ledger_of(
        entry("N1", NUMBER, against=[formula]), entry("C1", {"kind": "existence"}, parts=[part]), inconsistencies=[item]
    )
    assert ledger.reports == ["circular", "cold_chain", "energy_hub", "other"]
    assert ledger_of().reports == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"expects": "confirmed"}, r"claims.N1.expects: Input should be 'reproduced', "),
        ({"colour": "green"}, r"claims.N1.colour: Extra inputs are not permitted"),
        ({"have": "all"}, r"N1: all identifies a cause, and no rule says what verdict follows"),
        ({"needs": "magic"}, r"N1 names the design 'magic', which the ledger does not have \(it has all, none"),
        ({"rests_on": ["Z9"]}, r"N1 names the claim 'Z9', which the ledger does not have"),
        ({"rule": {**NUMBER, "tolerance": 5}}, r"a tolerance needs `because`"),
        ({"rule": {"kind": "guess"}}, r"claims.N1.rule: Input tag 'guess'"),
        ({"rule": {"kind": "bibliographic", "reference": 9, "field": "doi"}}, r"names the reference 9"),
        ({"rule": {"kind": "bibliographic", "reference": 1}}, r"exactly one of field and same_as"),
        ({"against": [{"value": "exposures"}]}, r"uses \['exposures'\], `with` names \[\]"),
        ({"against": [{"value": "x.csv#"}]}, r"'x.csv#' is no address; expected file#key"),
        ({"against": [{"value": "paper#columns", "with": {"x": "paper#columns"}}]}, r"`with` belongs to a formula"),
        ({"against": [{"coded": "e1", "value": "paper#columns"}]}, r"exactly one of coded, value and own"),
        ({"against": [{"own": "paper#columns"}]}, r"own and others belong together"),
        ({"against": [{"value": "max(x)", "with": {"x": "paper#columns"}}]}, r"may only use numbers, names"),
        ({"against": [{"value": "x +", "with": {"x": "paper#columns"}}]}, r"the formula 'x \+' cannot be read"),
        ({"against": [{"value": "x + y", "with": {"x": "paper#columns"}}]}, r"uses \['x', 'y'\], `with` names \['x'\]"),
        ({"against": [{"coded": "e1", "deviations": {"colour": "green"}}]}, r"Input should be 'year', 'period'"),
    ],
)
def test_an_entry_of_another_form_is_refused(tmp_path, change, message):
    raw = written(entry("N1", NUMBER))
    raw["claims"][0].update(change)
    refused(tmp_path, raw, message)


@pytest.mark.parametrize(
    ("where", "change", "message"),
    [
        ("paper", {"id": "new", "what": "w", "place": "p"}, "paper.new: .*exactly one of count, quote and sense"),
        ("paper", {"id": "new", "count": 1, "quote": "1", "what": "w", "place": "p"}, "exactly one of count, quote"),
        (
            "paper",
            {"id": "new", "quote": "x", "what": "w", "place": "p", "counted": {"table": "Table 1", "level": 2}},
            "`counted` belongs to a count",
        ),
        (
            "paper",
            {"id": "new", "count": 1, "what": "w", "place": "p", "counted": {"table": "Table 1", "level": 1}},
            "paper.new.counted.level: Input should be 2 or 3",
        ),
        (
            "assumptions",
            {"id": "new", "what": "w", "value": 5, "low": 0, "high": 1, "unit": "share", "reason": "r"},
            "5 is outside its range, 0 to 1",
        ),
        ("origins", {"id": "new", "name": "n", "authority": "hearsay"}, "origins.new.authority: Input should be 'the"),
        ("inconsistencies", {"id": "new", "what": "w", "places": ["a"]}, "exactly one of differ, same_references and"),
        (
            "inconsistencies",
            {"id": "new", "what": "w", "places": ["a"], "claims": ["Z9"], "same_references": [1, 3]},
            "new names the claim 'Z9'",
        ),
        (
            "inconsistencies",
            {"id": "new", "what": "w", "places": ["a"], "first_cited_too_early": 7},
            "new names the citation of reference 7",
        ),
        ("citations", 9, "citations names the reference 9"),
    ],
)
def test_what_stands_beside_the_entries_is_read_strictly_too(tmp_path, where, change, message):
    raw = written()
    raw[where] = [*raw[where], change]
    refused(tmp_path, raw, message)


def refused(tmp_path, raw: dict, message: str) -> None:
    path = tmp_path / "ledger.yml"
    path.write_text(yaml.safe_dump(raw), encoding="utf-8")
    with pytest.raises(DataError, match=message) as refusal:
        read_ledger(path)
    assert "ledger.yml is not a ledger as pipeline/ledger/model.py describes it" in str(refusal.value)


def test_an_entry_without_an_id_is_named_by_its_place(tmp_path):
    raw = written(entry("N1", NUMBER))
    del raw["claims"][2]["id"]
    refused(tmp_path, raw, r"\n  claims\.2\.id: Field required")


def test_twice_the_same_id_or_two_origins_of_one_page_are_refused(tmp_path):
    two_origins = written()
    two_origins["origins"][2]["evidence"].append("e2")
    refused(tmp_path, written(entry("N1", NUMBER), entry("N1", NUMBER)), "N1 stands there more than once")
    refused(tmp_path, two_origins, "e2 has more than one origin")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"the whole: Input should be a valid dictionary"),
        (b"- id: [", "not readable as YAML"),
        (b"\xff\xfe\x00", "not readable as YAML"),
        (b"claims: []", "study: Field required"),
    ],
)
def test_a_file_that_is_empty_or_no_ledger_is_refused(tmp_path, content, message):
    path = tmp_path / "ledger.yml"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_ledger(path)


def test_a_ledger_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(DataError, match="does not exist. It is written by hand; restore it"):
        read_ledger(tmp_path / "ledger.yml")


def test_a_ledger_is_frozen():
    """Nothing can change a verdict's inputs after they were read."""
    with pytest.raises(ValueError, match="frozen"):
        Ledger.model_validate(written()).claims[0].expects = Verdict.SUPPORTED
