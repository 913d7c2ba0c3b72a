"""The model as data, and what Table 2 lists, leaves out, and what was found on it."""

import pandas as pd
import pytest

from pipeline.ledger.model import Verdict, read_ledger
from pipeline.ledger.verdicts import Outcome
from pipeline.studies import paper_tables
from pipeline.studies.cluster_model import analysis
from pipeline.studies.cluster_model.analysis import GapEvidence, Item, evidence_on
from pipeline.text.declarations import declaration


def rows(*outcomes, decisive=True):
    return pd.DataFrame({"outcome": [o.value for o in outcomes], "decisive": decisive})


@pytest.mark.parametrize(
    "found, verdict, expected",
    [
        (rows(), None, GapEvidence.NONE),
        (rows(Outcome.DIFFERS, decisive=False), None, GapEvidence.UNDECIDED),
        (rows(Outcome.HOLDS), None, GapEvidence.FOR),
        (rows(Outcome.HOLDS), Verdict.SUPPORTED, GapEvidence.FOR),
        (rows(Outcome.HOLDS), Verdict.PART_SHOWN, GapEvidence.IN_PART),
        (rows(Outcome.HOLDS), Verdict.NOT_IDENTIFIED, GapEvidence.IN_PART),
        (rows(Outcome.HOLDS, Outcome.DIFFERS), None, GapEvidence.IN_PART),
        (rows(Outcome.DIFFERS, Outcome.DIFFERS), None, GapEvidence.AGAINST),
    ],
)
def test_what_findings_say_of_a_gap(found, verdict, expected):
    assert evidence_on(found, verdict) == expected


MADE = pd.DataFrame(
    [
        ("energy", "gap", "physical"),
        ("energy", "gap", "physical"),
        ("energy", "measure", "institutional"),
        ("waste", "gap", "none of the three"),
        ("waste", "base", ""),
    ],
    columns=["direction", "column", "infrastructure_kind"],
)


def test_fields_count_gaps_and_measures_of_every_direction_and_kind():
    """Two directions by three kinds; what fits no kind is in no field."""
    fields = analysis.fields(MADE).set_index(["direction", "infrastructure_kind"])
    assert len(fields) == 6
    assert fields.loc[("energy", "physical")].tolist() == [2, 0]
    assert fields.loc[("energy", "institutional")].tolist() == [0, 1]
    assert fields.loc["waste"].to_numpy().sum() == 0


def test_a_field_of_table_2_without_a_gap_says_so():
    """A gap in one field, a measure alone in another, nothing in the rest; gaps of the text fill no field."""
    table = pd.DataFrame(
        [("a", "gap", "physical", "g"), ("a", "measure", "institutional", "m"), ("a", "base", "", "b")],
        columns=["direction", "column", "infrastructure_kind", "text"],
    )
    found = {"claim_id": "X1", "part": "", "evidence": GapEvidence.NONE, "sources": ""}
    gaps = pd.DataFrame([{"direction": "a", "infrastructure_kind": "physical", "gap": "g", **found}])
    kinds = pd.DataFrame({"kind": list(analysis.KINDS), "kind_name": [kind.upper() for kind in analysis.KINDS]})
    general = {"direction": analysis.EVERY_DIRECTION, "infrastructure_kind": "institutional"}
    more = gaps.assign(gap="t", **general)
    rows = analysis.gap_matrix(gaps, more, table, kinds)
    assert rows[["infrastructure_kind", "item"]].to_numpy().tolist() == [
        ["physical", Item.GAP],
        ["institutional", Item.NO_GAP],
        ["institutional", Item.MEASURE],
        ["innovation and education", Item.NOTHING],
        ["none of the three", Item.NOTHING],
        ["institutional", Item.GAP_OF_TEXT],
    ]
    assert rows["kind_name"].tolist()[0] == "PHYSICAL"


def test_the_table_has_words_for_every_item_and_a_mark_of_its_own_for_every_kind_of_evidence():
    columns = declaration("cluster_model").tables["gaps"].columns
    assert set(columns["item"].words) == set(Item)
    marks = columns["evidence"].marks
    assert set(marks) == set(GapEvidence) and len(set(marks.values())) == len(GapEvidence)


def test_levels_without_an_element_are_there_and_empty():
    levels = pd.DataFrame({"level": ["0", "0", "1", "2"]})
    named = pd.DataFrame({"direction": ["a", "b", "a"], "level": ["0", "0", "1"], "element": ["x", "y", "z"]})
    filled = analysis.levels_filled(named, levels)
    assert filled.to_dict() == {"a": {"0": ["x"], "1": ["z"], "2": []}, "b": {"0": ["y"], "1": [], "2": []}}


def test_a_table_of_the_levels_names_directions_as_columns_and_leaves_cells_empty():
    levels = pd.DataFrame({"level": ["0", "0", "1"], "level_name": ["core", "core", "suppliers"]})
    filled = pd.DataFrame({"agro-industry now": [["x", "y"], []]}, index=pd.Index(["0", "1"], name="level"))
    table = analysis.levels_table(filled, levels)
    assert table.to_dict("list") == {"agro_industry_now": ["x; y", ""], "part": ["core", "suppliers"]}


def test_the_declaration_has_a_column_for_every_direction(tables):
    table = analysis.levels_table(
        analysis.levels_filled(tables["model_by_direction"], tables["cluster_levels"]), tables["cluster_levels"]
    )
    assert set(declaration("cluster_model").tables["levels"].columns) == set(table.columns)


def test_the_results_on_made_gaps_and_fields():
    gaps = pd.DataFrame(
        {
            "evidence": [GapEvidence.FOR, GapEvidence.NONE, GapEvidence.NONE],
            "infrastructure_kind": ["physical", "physical", analysis.OUTSIDE],
        }
    )
    found = analysis.summary_of_gaps(gaps, gaps.iloc[:1], analysis.fields(MADE))
    states = {name: found[f"gaps_{name}"] for name in ("for", "in_part", "against", "undecided", "none")}
    assert states == {"for": 1, "in_part": 0, "against": 0, "undecided": 0, "none": 2}
    assert (found["gaps"], found["gaps_in_text"], found["gaps_outside"]) == (3, 1, 1)
    assert (found["fields"], found["fields_without_gap"], found["fields_with_measure_only"]) == (6, 5, 1)
    assert found["measured_fields"] == ["energy (institutional)"]
    assert set(found["measured_fields"]) < set(found["empty_fields"]) and len(found["empty_fields"]) == 5


def test_a_page_stands_once_under_its_gap(held, tables):
    """One statement with two parts has a row for each part that a page speaks to; the direction is the gap's."""
    table = tables["table_2"][tables["table_2"]["column"] == "gap"]
    verdicts, findings = paper_tables.judge(dict.fromkeys(table["claim_id"]), read_ledger(), held)
    pages = analysis.gap_pages(analysis.listed_gaps(table, verdicts, findings), findings, held.evidence)
    assert not pages.duplicated(["evidence_id", "claim_id", "part"]).any()
    assert set(pages.loc[pages["claim_id"] == "T2-10", "direction"]) == {"organic agro-industry"}


@pytest.fixture(scope="module")
def tables(built):
    names = ("table_2", "gaps_in_text", "cluster_levels", "infrastructure_kinds", "model_by_direction")
    return {name: paper_tables.read_paper_table(f"{name}.csv", built.interim) for name in names}


def test_anchors_read_by_hand(tables, held):
    """264 stores are no absence of a cold chain; nothing was found on markets; the law of 2022 has preferences."""
    table, in_text = tables["table_2"], tables["gaps_in_text"]
    asked = dict.fromkeys([*table.loc[table["column"] == "gap", "claim_id"], *in_text["claim_id"]])
    judged = paper_tables.judge(asked, read_ledger(), held)
    gaps = analysis.listed_gaps(table, *judged).set_index("gap")["evidence"]
    assert len(gaps) == 9
    assert gaps["no cold chain"] == gaps["no international certificate"] == GapEvidence.AGAINST
    assert gaps["too little deep processing"] == GapEvidence.UNDECIDED  # 483 enterprises, all kinds of processing
    assert gaps["unstable markets"] == GapEvidence.NONE
    assert gaps["worn-out grids"] == GapEvidence.IN_PART  # losses have a figure, wear has none
    assert gaps["no separate collection and sorting"] == GapEvidence.FOR
    more = analysis.gaps_of_text(in_text, *judged).set_index("gap")["evidence"]
    assert more["no clear, long-term tariffs"] == GapEvidence.UNDECIDED  # preferences there are; how clear, not
    assert more["too little generating capacity"] == GapEvidence.IN_PART


def test_what_table_2_leaves_empty(tables):
    fields = analysis.fields(tables["table_2"])
    empty = fields[fields["gaps"] == 0][["direction", "infrastructure_kind"]].to_numpy().tolist()
    assert empty == [
        ["renewable energy", "institutional"],
        ["renewable energy", "innovation and education"],
        ["organic agro-industry", "innovation and education"],
        ["circular economy", "institutional"],
    ]


def test_no_direction_names_its_third_level(tables):
    filled = analysis.levels_filled(tables["model_by_direction"], tables["cluster_levels"])
    assert filled.loc["3"].map(len).sum() == 0
    assert filled.map(bool).sum().to_dict() == {
        "renewable energy": 3,
        "organic agro-industry": 1,
        "circular economy": 3,
    }


def test_elements_named_twice_name_a_kind_that_there_is(tables):
    twice = analysis.named_twice(tables["cluster_levels"])
    assert set(twice["infrastructure_kind"]) <= set(tables["infrastructure_kinds"]["kind"]) == set(analysis.KINDS)
    assert len(twice) == 6


def test_every_word_that_is_shown_is_among_the_messages(tables, held):
    there = set(analysis.messages())
    shown = {
        "table_2": ["direction", "text"],
        "gaps_in_text": ["text"],
        "cluster_levels": ["level_name", "element"],
        "infrastructure_kinds": ["kind", "kind_name", "element"],
        "model_by_direction": ["element"],
    }
    assert {text for name, columns in shown.items() for text in tables[name][columns].to_numpy().ravel()} <= there
    assert {analysis.OUTSIDE, analysis.EVERY_DIRECTION} <= there
    fields = analysis.fields(tables["table_2"])
    assert {*map(analysis.field_in_words, fields["direction"], fields["infrastructure_kind"])} <= there
    table = tables["table_2"]
    asked = dict.fromkeys([*table.loc[table["column"] == "gap", "claim_id"], *tables["gaps_in_text"]["claim_id"]])
    _, findings = paper_tables.judge(asked, read_ledger(), held)
    assert set(paper_tables.evidence_rows(findings, held.evidence)["note"]) - {""} <= there
