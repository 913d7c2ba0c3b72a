"""What follows for a proposal is computed from verdicts and values, and never typed."""

import json

import pandas as pd
import pytest

from pipeline.data.cards import read_card, read_table
from pipeline.errors import DataError
from pipeline.ledger.model import Study, Verdict, read_ledger
from pipeline.studies.recommendations import analysis
from pipeline.studies.recommendations.analysis import (
    EFFECT,
    NEED,
    Outcome,
    Says,
    aspect_outcome,
    proposal_outcome,
    says,
)
from pipeline.text.declarations import declaration


def raw(name):
    return read_table(read_card("paper_tables"), f"{name}.csv")


@pytest.mark.parametrize(
    "verdict, expected",
    [
        (Verdict.REPRODUCED, Says.FOR),
        (Verdict.WITHIN_PRECISION, Says.FOR),
        (Verdict.SUPPORTED, Says.FOR),
        (Verdict.PART_SHOWN, Says.IN_PART),
        (Verdict.COMPATIBLE, Says.NOTHING),
        (Verdict.CONSISTENT, Says.NOTHING),
        (Verdict.NOT_SUPPORTED, Says.AGAINST),
        (Verdict.CONTRADICTED, Says.AGAINST),
        (Verdict.INCONSISTENT, Says.AGAINST),
        (Verdict.NOT_IDENTIFIED, Says.NOTHING),
        (Verdict.NOT_TESTABLE, Says.NOTHING),
        (Verdict.NORMATIVE, Says.NOTHING),
    ],
)
def test_what_a_verdict_says(verdict, expected):
    assert says(verdict.value, "here") == expected


def test_no_verdict_was_forgotten():
    assert {says(verdict.value, "here") for verdict in Verdict} == set(Says)


def test_a_calculation_under_assumptions_says_nothing():
    assert says(199, "circular#draws_network_cheaper") == Says.NOTHING


def test_a_text_that_is_no_verdict_is_refused():
    with pytest.raises(DataError, match="here is 'probably'; a text must be a verdict of the ledger"):
        says("probably", "here")


@pytest.mark.parametrize(
    "said, expected",
    [
        ([], Outcome.OPEN),
        ([Says.NOTHING, Says.NOTHING], Outcome.OPEN),
        ([Says.FOR, Says.NOTHING], Outcome.SUPPORTED),
        ([Says.FOR, Says.IN_PART], Outcome.SUPPORTED),
        ([Says.IN_PART], Outcome.IN_PART),
        ([Says.AGAINST, Says.NOTHING], Outcome.AGAINST),
        ([Says.AGAINST, Says.FOR], Outcome.OPEN),
        ([Says.AGAINST, Says.IN_PART], Outcome.OPEN),
    ],
)
def test_what_links_say_together(said, expected):
    assert aspect_outcome(EFFECT, said) == expected
    overstated = Outcome.OVERSTATED if expected == Outcome.AGAINST else expected
    assert aspect_outcome(NEED, said) == overstated  # an absence that is none is no evidence against a proposal


@pytest.mark.parametrize(
    "need, effect, expected",
    [
        (Outcome.SUPPORTED, Outcome.SUPPORTED, Outcome.SUPPORTED),
        (Outcome.IN_PART, Outcome.SUPPORTED, Outcome.OPEN),
        (Outcome.OPEN, Outcome.SUPPORTED, Outcome.OPEN),
        (Outcome.SUPPORTED, Outcome.OPEN, Outcome.OPEN),
        (Outcome.OVERSTATED, Outcome.SUPPORTED, Outcome.OVERSTATED),
        (Outcome.OVERSTATED, Outcome.AGAINST, Outcome.AGAINST),
        (Outcome.OPEN, Outcome.AGAINST, Outcome.AGAINST),
    ],
)
def test_what_follows_for_a_proposal(need, effect, expected):
    assert proposal_outcome(need, effect) == expected


# A small set of proposals ------------------------------------------------------------------------------------------

PROPOSALS = pd.DataFrame(
    {"proposal": ["stores", "centre"], "group": "g", "text": ["Stores", "Centre"], "claims": ["K1", "K2"]}
)
LINKS = pd.DataFrame(
    [
        ("stores", NEED, "replication#verdict_A1", "why"),
        ("stores", EFFECT, "replication#verdict_A2", "why"),
        ("stores", EFFECT, "model#saving", "why"),
    ],
    columns=["proposal", "aspect", "address", "bears"],
)
RESULTS = {
    "replication": {
        "verdict_A1": {"value": "part of it shown", "unit": "verdict", "scope": "A1"},
        "verdict_A2": {"value": "supported", "unit": "verdict", "scope": "A2"},
    },
    "model": {"saving": {"value": 3.5, "unit": "percent", "scope": "made"}},
}


def test_a_changed_verdict_changes_what_follows_and_a_changed_calculation_does_not():
    def outcome(need, effect, saving=3.5):
        results = {
            "replication": {
                "verdict_A1": {"value": need, "unit": "", "scope": ""},
                "verdict_A2": {"value": effect, "unit": "", "scope": ""},
            },
            "model": {"saving": {"value": saving, "unit": "", "scope": ""}},
        }
        return analysis.outcomes(PROPOSALS, analysis.linked(LINKS, results)).set_index("proposal").loc["stores"]

    assert outcome("supported", "supported")["outcome"] == Outcome.SUPPORTED
    assert outcome("part of it shown", "supported")[["need", "effect", "outcome"]].tolist() == [
        Outcome.IN_PART,
        Outcome.SUPPORTED,
        Outcome.OPEN,
    ]
    assert outcome("supported", "contradicted")["outcome"] == Outcome.AGAINST
    assert outcome("supported", "not testable with these data")["outcome"] == Outcome.OPEN
    assert outcome("supported", "supported", saving=-3.5)["outcome"] == Outcome.SUPPORTED


def test_results_of_another_study_say_nothing():
    said = analysis.linked(LINKS, RESULTS, silent=["model"])["says"]
    assert said.tolist() == [Says.IN_PART, Says.FOR, Says.NOTHING]
    paper = Study(oblast="Osh", crop="wheat", year_before=2023, year_after=2024, results=["model"])
    chosen = {"oblast": "Osh", "crop": "wheat", "year_before": 2023, "year_after": 2024}
    assert analysis.silent_reports(paper, chosen) == ()
    assert analysis.silent_reports(paper, chosen | {"oblast": "Naryn"}) == ("model",)


def test_the_summary_counts_outcomes_and_links():
    links = analysis.linked(LINKS, RESULTS, silent=["model"])
    found = analysis.summary(analysis.outcomes(PROPOSALS, links), links)
    assert {name: found[name] for name in found if found[name]} == {
        "proposals": 2,
        "proposals_open": 2,
        "needs_in_part": 1,
        "needs_open": 1,
        "effects_supported": 1,
        "proposals_without_link": 1,
        "effects_without_link": 1,
        "links": 3,
        "links_speaking": 2,
        "links_silent": 1,
    }


def test_a_proposal_without_a_link_is_open_and_counted_so():
    row = analysis.outcomes(PROPOSALS, analysis.linked(LINKS, RESULTS)).set_index("proposal").loc["centre"]
    assert row[["outcome", "need_links", "effect_links"]].tolist() == [Outcome.OPEN, 0, 0]


def test_links_carry_the_value_its_scope_and_the_statement():
    rows = analysis.linked(LINKS, RESULTS)
    assert rows["finding"].tolist() == ["part of it shown", "supported", analysis.NUMBER]
    assert analysis.shown_links(rows, PROPOSALS)[["source", "text"]].to_numpy().tolist() == [
        ["A1", "Stores"],
        ["A2", "Stores"],
        ["calculation", "Stores"],
    ]
    assert rows.loc[2, ["value", "unit", "scope"]].tolist() == [3.5, "percent", "made"]


@pytest.mark.parametrize(
    "column, new, message",
    [
        ("aspect", "hope", "'hope' is no aspect; expected need or effect"),
        ("address", "replication#verdict_Z9", "stores: replication#verdict_Z9 does not exist"),
        ("address", "verdict_A1", "'verdict_A1' is no address; expected report#name"),
    ],
)
def test_a_link_that_leads_nowhere_is_refused(column, new, message):
    with pytest.raises(DataError, match=message):
        analysis.linked(LINKS.assign(**{column: new}).iloc[:1], RESULTS)


def test_a_link_of_an_unknown_proposal_is_refused():
    with pytest.raises(DataError, match="names 'roads', which recommendations.csv does not have"):
        analysis.outcomes(PROPOSALS, analysis.linked(LINKS.assign(proposal="roads"), RESULTS))


def test_the_results_that_links_name_are_read_once_each(tmp_path):
    for name, results in RESULTS.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "results.json").write_text(json.dumps(results), encoding="utf-8")
    assert analysis.load_results([*LINKS["address"], *LINKS["address"]], tmp_path) == RESULTS
    with pytest.raises(DataError, match="'model' is no address; expected report#name"):
        analysis.load_results(["model"], tmp_path)


# The real tables ---------------------------------------------------------------------------------------------------


def test_proposals_and_links_name_statements_that_there_are():
    claims = read_table(read_card("paper_claims"), "claims.csv").set_index("claim_id")
    proposals, links = raw("recommendations"), raw("recommendation_links")
    made = {claim for cell in proposals["claims"] for claim in cell.split(" ")}
    assert made <= set(claims.index)
    asked = {analysis.claim_of(address) for address in links["address"]} - {""}
    assert asked <= set(claims.index)
    assert not asked & made  # a proposal cannot be its own evidence
    assert "normative" not in set(claims.loc[sorted(asked), "kind"])


def test_every_normative_statement_belongs_to_a_proposal():
    claims = read_table(read_card("paper_claims"), "claims.csv").set_index("claim_id")
    made = {claim for cell in raw("recommendations")["claims"] for claim in cell.split(" ")}
    assert set(claims.index[claims["kind"] == "normative"]) <= made


def test_the_measures_of_table_2_are_proposals():
    """One proposal joins two places of the paper: the sorting complexes are those of the municipal network."""
    measures = raw("table_2").query("column == 'measure'").groupby("claim_id").size()
    proposals = raw("recommendations")["claims"].str.split(" ").explode().value_counts()
    assert proposals[list(measures.index)].tolist() == measures.tolist()


def test_a_result_that_is_no_verdict_is_a_calculation_that_the_ledger_hears_nothing_of_either():
    links = raw("recommendation_links")
    reports = {analysis.report_of(address) for address in links["address"] if not analysis.claim_of(address)}
    assert reports <= set(read_ledger().calculations)


def test_every_word_that_is_shown_is_among_the_messages():
    there = set(analysis.messages())
    links, proposals = raw("recommendation_links"), raw("recommendations")
    assert {*links["bears"], *links["aspect"], *proposals["text"], *proposals["group"]} <= there


def test_the_declaration_has_a_word_for_every_verdict_and_names_what_is_read():
    declared = declaration("recommendations")
    assert set(declared.tables["links"].columns["finding"].words) == {*map(str, Verdict), analysis.NUMBER}
    read = {f"reports/{analysis.report_of(address)}/results.json" for address in raw("recommendation_links")["address"]}
    assert {path for path in declared.inputs if path.startswith("reports/")} == read


def test_what_is_said_of_an_aspect_tells_no_link_from_open():
    rows = analysis.shown_outcomes(analysis.outcomes(PROPOSALS, analysis.linked(LINKS, RESULTS)))
    assert rows.set_index("proposal").loc["centre", ["need", "need_said"]].tolist() == [Outcome.OPEN, analysis.NO_LINK]
    silent = rows[(rows["need_links"] > 0) & (rows["need_speaking"] == 0)]
    assert (silent["need_said"] == analysis.SILENT).all() and (silent["need"] == Outcome.OPEN).all()
    kept = rows[rows["need_speaking"] > 0]
    assert kept["need_said"].tolist() == kept["need"].tolist() and len(kept)


def test_the_table_has_words_and_marks_for_every_outcome():
    columns = declaration("recommendations").tables["outcomes"].columns
    for name, never in (("need_said", Outcome.AGAINST), ("effect_said", Outcome.OVERSTATED)):
        possible = set(Outcome) - {never}
        assert set(columns[name].words) == set(columns[name].marks) == possible | {analysis.NO_LINK, analysis.SILENT}
        assert len({columns[name].marks[outcome] for outcome in possible}) == len(possible)
    assert set(columns["outcome"].marks) == set(Outcome) - {Outcome.IN_PART}
