"""The ledger of the paper itself: every verdict is the expected one, and hand-worked figures are found again."""

from dataclasses import replace

import pandas as pd
import pytest

from pipeline.errors import DataError
from pipeline.ledger import tables
from pipeline.ledger.holdings import load_holdings
from pipeline.ledger.model import AGREES, Verdict, read_ledger
from pipeline.ledger.verdicts import AGREEING, Outcome, Replication, judge, place_levels, require_expected


@pytest.fixture(scope="module")
def real(built) -> Replication:
    ledger = read_ledger()
    return judge(ledger, load_holdings(ledger.reports, built.interim, built.exposures, built.panel))


@pytest.fixture(scope="module")
def verdicts(real) -> dict[str, Verdict]:
    return {claim_id: j.verdict for claim_id, j in real.judgements.items()}


def test_every_verdict_is_the_one_the_ledger_expects(real):
    assert require_expected(real) == f"{len(real.holdings.claims)} verdicts computed, each as the ledger expects."


def test_no_causal_statement_is_confirmed_and_two_harvests_identify_nothing(real, verdicts):
    causal = [j for j in real.judgements.values() if "causal" in (j.claim["kind"], j.entry.rule.kind)]
    assert len(causal) >= 15 and not {j.verdict for j in causal} & {*AGREES, Verdict.PART_SHOWN}
    true_premises = ("M03", "A01", "P06", "P12", "E12", "E15", "G09")
    assert {verdicts[claim] for claim in true_premises} == {Verdict.NOT_IDENTIFIED}
    assert verdicts["M04"] == Verdict.NOT_TESTABLE  # two harvests are no premise of it


def test_calculations_speak_of_nothing_and_competing_causes_stand_beside_the_premise(real):
    of_calculations = [
        f
        for j in real.judgements.values()
        for f in j.findings
        for v in f.values.values()
        if v.address.report in real.ledger.calculations
    ]
    assert of_calculations and not any(f.speaks for f in of_calculations)
    fertiliser = [
        f for f in real.judgements["M03"].findings if any("fertiliser" in v.address.key for v in f.values.values())
    ]
    assert [round(f.quantity.low, 1) for f in fertiliser] == [4.7, 1.4] and not any(f.speaks for f in fertiliser)


def test_what_was_read_in_the_evidence_and_what_is_computed_do_not_oppose_each_other(real):
    for j in real.judgements.values():
        for f in j.findings:
            assert not (f.agrees_in_evidence == "yes" and f.outcome == Outcome.DIFFERS), j.entry.id
            assert not (f.agrees_in_evidence == "no" and f.outcome in AGREEING), j.entry.id


def first_decisive(real: Replication, claim_id: str) -> tuple[float, float]:
    quantity = next(f.quantity for f in real.judgements[claim_id].findings if f.decisive)
    return quantity.low, quantity.high


def test_anchors_worked_out_by_hand(real, verdicts):
    """Small hydropower: 196.7 million kWh of 5 to 8 billion is 2.5 to 3.9 %. Waste: 279.02 kg x 7 037 600 = 1.96 Mt.
    Hydropower: 12 030.6 million kWh of 142 to 143 billion is 8.4 to 8.5 %. Deficit: 18.3 - 12.77 - 1.76 = 3.77."""
    assert first_decisive(real, "E05") == pytest.approx((2.459, 3.934), abs=5e-4)
    assert first_decisive(real, "T2-12") == pytest.approx((1.964, 1.964), abs=5e-4)
    assert first_decisive(real, "E03") == pytest.approx((8.413, 8.472), abs=5e-4)
    assert first_decisive(real, "E08") == pytest.approx((3.77, 3.77), abs=5e-4)
    assert verdicts["E01"] == Verdict.CONTRADICTED
    assert verdicts["E05"] == Verdict.CONTRADICTED  # of the potential that its own sentence prints
    assert real.judgements["T2-07"].times_the_bound == pytest.approx((61500 / 22000, 63000 / 22000))


@pytest.mark.parametrize("claim_id", ["E03", "E05", "T2-12"])
def test_the_official_series_decides_where_there_is_one(real, claim_id):
    assert real.judgements[claim_id].decided_by == ["official series"]


def test_one_statement_on_many_pages_is_one_source(real):
    e02 = real.judgements["E02"]
    assert len({link for f in e02.findings if f.speaks for link in f.links}) > 1 and e02.sources == 1


# Robustness: what moves, moves a verdict or stops the run -----------------------------------------------------------


def rejudged(real: Replication, **other: object) -> Replication:
    return judge(real.ledger, replace(real.holdings, **other))


def test_a_changed_official_figure_changes_the_verdict_and_stops_the_run(real):
    changed = real.holdings.exposures.copy()
    changed.loc[changed["indicator"] == "small_hydropower_generation", ["value", "value_high"]] = 30.0
    with pytest.raises(DataError, match="E05: expected «contradicted», computed «supported»") as refusal:
        require_expected(rejudged(real, exposures=changed))
    assert "exposures.csv#nsc_sdg_national/Kyrgyzstan/small_hydropower_generation/2023: agrees" in str(refusal.value)


def test_a_figure_that_is_gone_stops_the_run(real):
    gone = real.holdings.exposures.drop("nsc_sdg_national/Kyrgyzstan/small_hydropower_generation/2023")
    with pytest.raises(DataError, match="E05: exposures.csv#nsc_sdg_national/.*/2023 does not exist. Nearest: nsc_sdg"):
        rejudged(real, exposures=gone)


def test_a_renamed_result_stops_the_run(real):
    results = {**real.holdings.results, "history": {}}
    with pytest.raises(DataError, match=r"M03: history#change_rank does not exist"):
        rejudged(real, results=results)


def decisive_evidence(real: Replication) -> list[str]:
    return sorted(
        {
            v.address.key
            for j in real.judgements.values()
            for f in j.findings
            if f.decisive and f.witness.coded
            for v in f.values.values()
        }
    )


@pytest.mark.slow
def test_every_coded_row_of_evidence_that_decides_can_change_a_verdict(real):
    """Each row that decides is turned round, one at a time; only one beside others of its own weight may not show."""
    turned = {"yes": "no", "no": "yes", "partly": "no", "unclear": "yes"}
    unmoved = []
    for row in decisive_evidence(real):
        evidence = real.holdings.evidence.copy()
        evidence.loc[row, "agrees"] = turned[evidence.loc[row, "agrees"]]
        if not any(j.changed for j in rejudged(real, evidence=evidence).judgements.values()):
            unmoved.append(row)
    for row in unmoved:
        beside = [
            f
            for j in real.judgements.values()
            for f in j.findings
            if f.decisive and any(v.address.key == row for v in f.values.values())
        ]
        together = [sum(f.speaks for f in real.judgements[f.claim_id].findings) for f in beside]
        assert max(together) > 1, row


def test_an_assumption_is_judged_over_its_whole_range(real):
    for end in ("low", "high"):
        moved = [
            a.model_copy(update={"value": getattr(a, end), "low": getattr(a, end), "high": getattr(a, end)})
            for a in real.ledger.assumptions
        ]
        assert require_expected(judge(real.ledger.model_copy(update={"assumptions": moved}), real.holdings))


# Nothing left over, nothing left out --------------------------------------------------------------------------------


def test_every_origin_assumption_and_fact_of_the_paper_is_used(real):
    """What nobody points to is either forgotten or left over."""
    ledger, named = real.ledger, real.ledger.addresses
    assert {f.id for f in ledger.paper} == {a.key for a in named if a.file == "paper"}
    assert {a.id for a in ledger.assumptions} == {a.key for a in named if a.file == "assumptions"}
    assert {f for o in ledger.origins for f in o.figures} <= {a.key for a in named}
    assert {r for o in ledger.origins for r in o.results} == set(ledger.reports)
    assert set(ledger.study.results) <= set(ledger.reports)
    used = {d for entry in ledger.claims for d in (entry.needs, entry.have)}
    assert used == set(ledger.designs)


def test_every_reference_is_cited_and_has_its_number(real):
    numbers = [r.number for r in real.ledger.references]
    assert numbers == list(range(1, len(numbers) + 1)) and set(real.ledger.citations) == set(numbers)


def test_every_row_of_evidence_has_an_origin(real):
    known = {e for origin in real.ledger.origins for e in origin.evidence}
    twins = real.holdings.evidence
    seen = set(twins[twins.index.isin(known)][["value", "url"]].itertuples(index=False, name=None))
    assert all(i in known or (r["value"], r["url"]) in seen for i, r in twins.iterrows())
    assert known <= set(twins.index)


def test_every_cell_of_the_papers_tables_has_a_statement(real):
    places = [place_levels(place) for place in real.holdings.claims["place"]]
    for table, rows, columns in (("Table 1", 5, 2), ("Table 2", 3, 4)):
        cells = {tuple(p[1:]) for p in places if p[0] == table and len(p) == 3}
        assert len({row for row, _ in cells}) == rows and len({column for _, column in cells}) == columns
        assert len(cells) == rows * columns


def test_the_referees_map_has_every_table_cell_and_every_number(real):
    frame = tables.referee_map(real).set_index("claim_id")
    claims = real.holdings.claims
    asked = claims[claims["place"].str.startswith("Table") | (claims["kind"] == "number") | (claims["value_low"] != "")]
    assert set(asked["claim_id"]) <= set(frame.index)
    assert frame.loc["M02", "programs"].startswith("notebooks/data_audit.ipynb")


def test_a_statement_without_anything_held_against_it_says_so(real):
    for j in real.judgements.values():
        nothing = not j.findings and not j.entry.rests_on and not j.entry.all_parts
        if j.verdict != Verdict.NORMATIVE:
            assert nothing == (real.ledger.designs[j.entry.have].kind == "none"), j.entry.id


def test_the_tables_of_the_report_are_plain(real):
    """No cell of a table holds a list, a fraction of floating-point dust, or a line break."""
    for make in (tables.statements, tables.findings, tables.inconsistencies, tables.referee_map, tables.summary):
        frame = make(real)
        assert len(frame) and not frame.map(lambda cell: isinstance(cell, list | float)).to_numpy().any()
        assert not frame.astype(str).apply(lambda column: column.str.contains("\n")).to_numpy().any()
    assert isinstance(tables.results(real)["statements"]["value"], int) and pd.__version__


def test_statements_that_rest_on_reading_alone_are_counted(real):
    """E05 is compared figure by figure; T2-14 has one page, which a reader judged, though it prints a number."""
    assert not real.judgements["E05"].by_reading_only
    assert real.judgements["T2-14"].by_reading_only and real.judgements["T2-19"].by_reading_only
    assert not real.judgements["E09"].by_reading_only  # nothing speaks of it
