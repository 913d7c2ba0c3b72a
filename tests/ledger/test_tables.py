"""The tables of the ledger: codes, ids and figures, each statement and each witness once."""

import pytest

from pipeline.ledger import tables
from pipeline.ledger.model import Verdict
from tests.ledger.small_paper import CLAIMS, NUMBER, THERE, entry, holdings, replication_of

RANGE = {"value": "x * f", "with": {"x": "exposures.csv#nsc/a/2023", "f": "assumptions#factor"}}


def small(**more):
    return replication_of(
        entry("N1", NUMBER, against=[{"value": "evidence.csv#e2"}, {**RANGE, "deviations": {"year": "2023"}}]),
        entry("C1", THERE, rests_on=["N1"], omits=["year", "source"], remark="A remark."),
        **more,
    )


def test_one_row_per_statement_in_the_papers_order_with_ids_instead_of_sentences():
    frame = tables.statements(small()).set_index("claim_id")
    assert list(frame.index) == list(CLAIMS)
    row = frame.loc["N1"]
    assert row[["section", "low", "high", "unit", "needs", "have", "findings"]].tolist() == [
        "part N",
        "10",
        "10",
        "percent",
        "all",
        "some",
        2,
    ]
    assert (row["verdict"], row["decided_by"], row["sources"]) == ("contradicted", "official series", 2)
    assert frame.loc["N2", ["low", "high"]].tolist() == ["22000", ""]
    assert frame.loc["C1", ["rests_on", "omits", "remark"]].tolist() == ["N1", "year; source", "A remark."]


def test_one_row_per_witness_with_what_it_comes_to():
    frame = tables.findings(small())
    first, second = frame[frame["claim_id"] == "N1"].to_dict("records")
    assert (first["number"], first["addresses"], first["formula"]) == (1, "evidence.csv#e2", "")
    assert (first["low"], first["unit"], first["quoted"], first["outcome"]) == ("10", "%", "10", "the same figure")
    assert (first["weight"], first["origins"], first["links"]) == ("shown", "minister", "https://x/e2")
    assert second["addresses"] == "x=exposures.csv#nsc/a/2023 f=assumptions#factor" and second["formula"] == "x * f"
    assert (second["low"], second["high"], second["unit"]) == ("4", "4", "percent")
    assert (second["weight"], second["deviations"], second["deviations_in_words"]) == ("decides", "year", "2023")


def test_inconsistencies_name_both_sides():
    items = [
        {
            "id": "units",
            "what": "w",
            "places": ["a", "b"],
            "claims": ["N1"],
            "differ": ["paper#unit", "paper#other_unit"],
        },
        {"id": "figures", "what": "w", "places": ["a"], "differ": ["claims.csv#N1", "paper#columns"]},
        {"id": "twice", "what": "w", "places": ["a"], "same_references": [1, 3]},
        {"id": "order", "what": "w", "places": ["a"], "first_cited_too_early": 3},
    ]
    frame = tables.inconsistencies(small(inconsistencies=items)).set_index("inconsistency")
    assert frame.loc["units", ["check", "one_printed", "other_printed"]].tolist() == ["differ", "kW/h", "kWh"]
    assert frame.loc["figures", ["one", "one_printed", "other_printed"]].tolist() == ["claims.csv#N1", "10", "2"]
    assert frame.loc["twice", ["check", "one", "other"]].tolist() == ["same_references", "[1]", "[3]"]
    assert frame.loc["order", ["one", "other", "other_printed"]].tolist() == ["[3]", "[2]", "B (2023)"]


def test_the_referees_map_also_has_the_numbers_that_nothing_tests():
    claims = holdings().claims.copy()
    claims.loc["C1", "place"] = "Table 1 / a / x"
    frame = tables.referee_map(small(there=holdings(claims=claims))).set_index("claim_id")
    assert set(frame.index) == {"N1", "N2", "N3", "C1", "C2"}  # every number, and the cell without one
    assert frame.loc["N1", "programs"] == "pipeline/data/harmonise.py pipeline/ledger/verdicts.py"
    assert frame.loc["N1", "outputs"] == "data/processed/exposures.csv reports/replication/tables/findings.csv"
    assert frame.loc["C1", "programs"] == frame.loc["N1", "programs"]  # by the statement it rests on
    assert frame.loc["N2", ["programs", "outputs", "verdict", "needs"]].tolist() == [
        "",
        "",
        "not testable with these data",
        "all",
    ]
    assert set(frame["item"]) == {"table cell", "number in the text"}


def test_a_result_is_made_by_the_notebook_of_its_report():
    made = replication_of(entry("C2", {"kind": "direction", "says": "rise"}, against=[{"value": "other#change"}]))
    row = tables.referee_map(made).set_index("claim_id").loc["C2"]
    assert (row["programs"], row["outputs"]) == ("notebooks/other.ipynb", "reports/other/results.json")


def test_the_summary_counts_every_statement_once():
    table = tables.summary(small()).set_index("section")
    assert list(table.columns) == [*(v.value for v in Verdict), "all"]
    assert list(table.index) == ["part N", "part C", "part X", "part W", "All"]
    assert table.loc["All", "all"] == len(CLAIMS) == table["all"].iloc[:-1].sum()
    assert table.loc["part N", "contradicted"] == 1
    assert table["reproduced"].tolist() == [0] * 5 and (table.dtypes == "int64").all()  # none, not empty


def test_statements_that_only_a_reader_judged_and_what_is_only_shown_are_told():
    shown = {"value": "exposures.csv#nsc/a/2023", "context": "another year"}
    made = replication_of(
        entry("C1", THERE, against=[{"coded": "e2"}]),
        entry("N1", NUMBER, against=[{"value": "evidence.csv#e3"}, shown]),
    )
    assert tables.results(made)["statements_by_reading_only"]["value"] == 1
    assert tables.findings(made).set_index("addresses").loc["exposures.csv#nsc/a/2023", "context"] == "another year"


def test_results_are_flat_and_every_count_adds_up():
    results = tables.results(small())
    assert all(set(entry) == {"value", "unit", "scope"} for entry in results.values())
    counts = {name: r["value"] for name, r in results.items()}
    assert counts["statements"] == len(CLAIMS) == sum(counts[f"statements_{v.code}"] for v in Verdict)
    assert counts["statements"] == sum(v for name, v in counts.items() if name.startswith("statements_of_kind_"))
    assert counts["verdict_N1"] == "contradicted" and counts["verdict_X1"] == "not testable with these data"
    assert (counts["statements_with_evidence"], counts["statements_decided_by_official_series"]) == (2, 2)
    assert (counts["independent_origins"], counts["pages"], counts["inconsistencies"]) == (2, 1, 0)


@pytest.mark.parametrize("make", [tables.statements, tables.findings, tables.referee_map, tables.summary])
def test_tables_are_the_same_twice(make):
    assert make(small()).to_csv() == make(small()).to_csv()
