"""The paper's tables fit its statements and the ledger; what the ledger says of a few is what it says of all."""

import pandas as pd
import pytest

from pipeline.data.cards import read_card, read_table
from pipeline.errors import DataError
from pipeline.ledger.holdings import load_holdings
from pipeline.ledger.model import read_ledger
from pipeline.ledger.verdicts import Outcome
from pipeline.ledger.verdicts import judge as judge_all
from pipeline.studies import paper_tables


def raw(name):
    return read_table(read_card("paper_tables"), f"{name}.csv")


def claims():
    return read_table(read_card("paper_claims"), "claims.csv").set_index("claim_id")


def test_every_cell_of_table_1_is_a_statement_and_every_statement_a_cell():
    table, known = raw("table_1"), claims()
    place = known.loc[table["claim_id"], "place"].str.split(" / ")
    assert place.str[0].eq("Table 1").all() and place.str[2].tolist() == table["cluster"].tolist()
    assert set(table["claim_id"]) == set(known.index[known["place"].str.startswith("Table 1")])
    assert len(table) == table["criterion"].nunique() * table["cluster"].nunique()
    countries = raw("clusters")
    assert set(table["cluster"]) == set(countries.loc[countries["column_in_table_1"] == "yes", "cluster"])
    assert len(countries) == float(known.loc["A03", "value_low"])


def test_every_item_of_table_2_is_under_a_statement_of_its_direction_and_column():
    """A gap filed under a statement on measures would be held against the wrong evidence."""
    table, known = raw("table_2"), claims()
    word = {"potential": "potential", "base": "current base", "gap": "gaps", "measure": "measures"}
    for item in table[table["claim_id"].str.startswith("T2")].itertuples():
        assert known.loc[item.claim_id, "place"] == f"Table 2 / {item.direction} / {word[item.column]}", item.text
    named = {c for c in known.index if c.startswith("T2-") and c != "T2-18"}  # T2-18 is of the whole table
    own_words = {"T2-05"}  # its three gaps are statements of the text: E10, P09, E13
    assert named - set(table["claim_id"]) == own_words
    assert set(table.loc[table["column"].isin(["gap", "measure"]), "infrastructure_kind"]) == {
        *raw("infrastructure_kinds")["kind"],
        "none of the three",
    }


def test_the_parts_named_in_the_tables_are_those_of_the_ledger():
    entries = {entry.id: entry for entry in read_ledger().claims}
    gaps = raw("table_2").query("column == 'gap' and part != ''")
    for claim, parts in gaps.groupby("claim_id")["part"]:
        assert sorted(parts) == sorted(part.what for part in entries[claim].parts)


def test_the_gaps_of_energy_are_what_its_statement_of_gaps_rests_on():
    entries = {entry.id: entry for entry in read_ledger().claims}
    gaps = raw("table_2").query("column == 'gap' and direction == 'renewable energy'")["claim_id"]
    assert set(gaps) == set(entries["T2-05"].rests_on)


def test_levels_and_kinds_are_as_many_as_the_paper_says():
    known = claims()
    assert len(set(raw("cluster_levels")["level"]) - {"0"}) == float(known.loc["T01", "value_low"])
    assert raw("infrastructure_kinds")["kind"].nunique() == float(known.loc["F01", "value_low"])
    assert raw("model_by_direction")["direction"].nunique() == float(known.loc["A04", "value_low"])


def test_statements_judged_alone_have_the_verdict_that_they_have_among_all(held, built):
    """Leaving the others aside must change nothing, also for a statement that rests on another."""
    ledger = read_ledger()
    everything = judge_all(ledger, load_holdings(ledger.reports, built.interim, built.exposures, built.panel))
    asked = ["T1-2A", "T2-10", "E11", "T2-02", "G05"]
    alone, rows = paper_tables.judge(asked, ledger, held)
    assert alone == {claim: everything.judgements[claim].verdict for claim in asked}
    for claim in asked:
        own = rows[rows["claim_id"] == claim]
        expected = [(f.part, f.outcome, f.authority, f.decisive) for f in everything.judgements[claim].reached]
        assert list(own[["part", "outcome", "authority", "decisive"]].itertuples(index=False, name=None)) == expected


def test_what_a_statement_rests_on_speaks_to_it(held):
    _, rows = paper_tables.judge(["E11"], read_ledger(), held)
    assert set(rows["claim_id"]) == {"E11"}
    assert "exposures.csv#infrastructure/line134" in rows["addresses"].str.cat(sep=" ")  # the deficit, E08


def test_a_statement_that_the_ledger_does_not_have_is_refused(held):
    with pytest.raises(DataError, match="no entry for Z99, which a table of the paper names"):
        paper_tables.judge(["Z99"], read_ledger(), held)


@pytest.mark.parametrize(
    "outcomes, expected",
    [
        ([], None),
        ([Outcome.SAME, Outcome.HOLDS], Outcome.HOLDS),
        ([Outcome.DIFFERS, Outcome.DIFFERS], Outcome.DIFFERS),
        ([Outcome.DIFFERS, Outcome.HOLDS], Outcome.PARTLY),
        ([Outcome.PARTLY], Outcome.PARTLY),
    ],
)
def test_only_what_decides_gives_the_direction(outcomes, expected):
    rows = [{"outcome": o, "decisive": True} for o in outcomes] + [{"outcome": Outcome.DIFFERS, "decisive": False}]
    assert paper_tables.direction_of(pd.DataFrame(rows)) == expected


def test_rows_of_evidence_come_once_for_each_statement_with_their_words(held):
    _, rows = paper_tables.judge(["G05b", "E10"], read_ledger(), held)
    pages = paper_tables.evidence_rows(rows, held.evidence)
    assert pages[["evidence_id", "claim_id"]].to_numpy().tolist() == [
        ["ev068", "G05b"],
        ["ev203", "G05b"],
        ["ev078", "E10"],
    ]
    assert pages.loc[0, "authority"] == "self-description" and pages.loc[2, "agrees"] == "yes"


def test_a_row_of_evidence_that_is_gone_is_named(held):
    _, rows = paper_tables.judge(["E10"], read_ledger(), held)
    with pytest.raises(DataError, match="evidence.csv#ev078, which evidence.csv does not have"):
        paper_tables.evidence_rows(rows, held.evidence.drop("ev078"))


def test_words_are_those_of_the_raw_table_after_its_corrections():
    countries = list(paper_tables.words("paper_tables", "clusters.csv", "country"))
    assert countries == ["Finland", "Austria", "Great Britain"]
    assert "animal feed" in next(paper_tables.statements("M03"))  # a correction of data/corrections.yml
    of_one = list(paper_tables.evidence_notes("T1-3F"))
    assert of_one == list(paper_tables.evidence_notes("T1-3F", "T01"))  # T01 has none
