"""Table 1 rebuilt: how far a cell is documented follows from who speaks to it."""

import pandas as pd
import pytest

from pipeline.errors import DataError
from pipeline.ledger.model import Verdict, read_ledger
from pipeline.ledger.verdicts import Outcome
from pipeline.studies import paper_tables
from pipeline.studies.international_clusters import analysis
from pipeline.studies.international_clusters.analysis import State, state_of
from pipeline.text.declarations import declaration


def rows(*said):
    """Findings as the ledger gives them: (outcome, authority, whether it decides, context)."""
    columns = ["outcome", "authority", "decisive", "context"]
    return pd.DataFrame([dict(zip(columns, one, strict=True)) for one in said], columns=columns)


SELF, PRESS, DOCUMENT = "self-description", "press", "document"


@pytest.mark.parametrize(
    "said, verdict, expected",
    [
        ([], Verdict.NOT_TESTABLE, State.NONE),
        ([(Outcome.SILENT, PRESS, False, "")], Verdict.NOT_TESTABLE, State.NONE),
        ([(Outcome.HOLDS, PRESS, False, "shown only")], Verdict.NOT_TESTABLE, State.NONE),
        ([(Outcome.HOLDS, SELF, True, "")], Verdict.SUPPORTED, State.SELF_DESCRIPTION),
        ([(Outcome.HOLDS, PRESS, True, ""), (Outcome.HOLDS, SELF, False, "")], Verdict.SUPPORTED, State.DOCUMENTED),
        ([(Outcome.HOLDS, DOCUMENT, True, "")], Verdict.PART_SHOWN, State.IN_PART),
        ([(Outcome.PARTLY, PRESS, True, "")], Verdict.PART_SHOWN, State.IN_PART),
        ([(Outcome.DIFFERS, PRESS, True, ""), (Outcome.HOLDS, SELF, False, "")], Verdict.CONTRADICTED, State.AGAINST),
    ],
)
def test_the_state_of_a_cell(said, verdict, expected):
    assert state_of(rows(*said), verdict) == expected


@pytest.fixture(scope="module")
def cells(held, built):
    table = paper_tables.read_paper_table("table_1.csv", built.interim)
    judged = paper_tables.judge(table["claim_id"], read_ledger(), held)
    return analysis.table_cells(table, *judged).set_index("claim_id")


def test_anchors_read_by_hand(cells):
    """The academy and the press on the Austrian side; the ministry's money known from the Finnish cluster alone."""
    assert cells.loc["T1-4A", "state"] == State.DOCUMENTED
    assert cells.loc["T1-3F", ["state", "pages", "other_pages"]].tolist() == [State.SELF_DESCRIPTION, 1, 0]
    assert cells.loc["T1-2A", "state"] == State.IN_PART  # companies among the shareholders, and public bodies
    assert cells.loc["T1-1A", ["pages", "other_pages"]].tolist() == [2, 1]


def test_a_cell_without_its_evidence_is_none_found(held, built):
    table = paper_tables.read_paper_table("table_1.csv", built.interim)
    ledger = read_ledger()
    bare = [e.model_copy(update={"against": []}) if e.id == "T1-1F" else e for e in ledger.claims]
    judged = paper_tables.judge(table["claim_id"], ledger.model_copy(update={"claims": bare}), held)
    found = analysis.table_cells(table, *judged).set_index("claim_id")
    assert found.loc["T1-1F", ["state", "pages"]].tolist() == [State.NONE, 0]


CLUSTERS = pd.DataFrame({"cluster": ["a", ""], "country": ["A", "B"], "column_in_table_1": ["yes", "no"]})
MADE = pd.DataFrame(
    {
        "criterion": ["x", "y", "z"],
        "cluster": "a",
        "state": [State.NONE, State.DOCUMENTED, State.NONE],
        "pages": [0, 2, 0],
        "other_pages": [0, 1, 0],
    }
)


def test_the_missing_country_has_a_cell_for_each_criterion_that_says_so():
    assert analysis.missing_countries(CLUSTERS) == ["B"]
    matrix = analysis.matrix(MADE, CLUSTERS)
    assert matrix["country"].tolist() == ["A"] * 3 + ["B"] * 3
    assert matrix["criterion"].tolist() == ["x", "y", "z"] * 2
    assert matrix["state"].tolist() == [*MADE["state"], *[State.MISSING] * 3]
    assert matrix["pages"].isna().tolist() == [False] * 3 + [True] * 3


def test_the_table_has_a_mark_of_its_own_for_every_state():
    marks = declaration("international_clusters").tables["matrix"].columns["state"].marks
    assert set(marks) == set(State) and len(set(marks.values())) == len(State)


def test_the_results_count_columns_and_states():
    found = analysis.summary(MADE, CLUSTERS)
    assert (found["countries_announced"], found["countries_in_table_1"], found["missing_countries"]) == (2, 1, ["B"])
    states = {name: found[f"cells_{name}"] for name in ("documented", "in_part", "self_description", "against", "none")}
    assert states == {"documented": 1, "in_part": 0, "self_description": 0, "against": 0, "none": 2}
    assert (found["cells"], found["pages_on_cells"]) == (3, 2)


def test_success_rates_are_printed_or_derived(held):
    """42 of 177 is 23.7 percent; the others stand as printed."""
    rates = analysis.success_rates(held.evidence)
    assert rates["percent"].round(1).tolist() == [11.6, 18.5, 23.7]
    assert rates["derived"].tolist() == [False, False, True]


@pytest.mark.parametrize("key, cell", [("ev068", "about a quarter"), ("ev203", "11.6")])
def test_a_cell_that_is_no_rate_is_refused(held, key, cell):
    changed = held.evidence.copy()
    changed.loc[key, "value"] = cell
    with pytest.raises(DataError, match=f"{key}: '{cell}' is no success rate"):
        analysis.success_rates(changed)


def test_the_papers_numbers_and_the_first_year(held):
    assert analysis.printed_numbers(held.claims) == {"G01": (2001, 2001), "G05": (80, 80), "G05b": (10, 25)}
    assert analysis.earliest_year(held.evidence) == 2003
    changed = held.evidence.copy()
    changed.loc["ev066", "value"] = "early"
    with pytest.raises(DataError, match="'early' does not begin with a year"):
        analysis.earliest_year(changed)


def test_a_statement_of_the_text_comes_with_the_notes_of_its_pages(held):
    judged = paper_tables.judge(analysis.IN_TEXT, read_ledger(), held)
    rows = analysis.statements_in_text(held.claims, *judged, held.evidence).set_index("claim_id")
    assert tuple(rows.index) == analysis.IN_TEXT
    column = declaration("international_clusters").tables["statements"].columns["found"]
    assert column.separator == analysis.BETWEEN_NOTES
    notes = {note for found in rows["found"] for note in found.split(analysis.BETWEEN_NOTES)}
    assert notes <= set(analysis.messages())


def test_every_word_that_is_shown_is_among_the_messages(cells, held):
    there = set(analysis.messages())
    assert {*cells["cell"], *cells["criterion"], *(s.value for s in State), "Great Britain"} <= there
    _, findings = paper_tables.judge([*cells.index, *analysis.IN_TEXT], read_ledger(), held)
    assert set(paper_tables.evidence_rows(findings, held.evidence)["note"]) - {""} <= there
    assert set(held.claims.loc[list(analysis.IN_TEXT), "statement"]) <= there
