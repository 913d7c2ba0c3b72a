"""The ledger: verdicts follow from values by fixed rules, and nothing in the ledger points to nothing."""

import math
import re
from collections.abc import Callable

import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipeline import ledger as module
from pipeline.errors import DataError
from pipeline.ledger import (
    AGREES,
    LEDGER,
    Address,
    Holdings,
    Interval,
    Ledger,
    Outcome,
    Verdict,
    combine,
    compare_number,
    compare_rank,
    evaluate,
    findings,
    inconsistencies,
    independent,
    load_holdings,
    read_ledger,
    referee_map,
    replication_markdown,
    require_expected,
    summary,
    verdicts,
)

FIXED_WORDS = {
    "reproduced", "within printed precision", "supported", "partly supported", "not supported", "contradicted",
    "misprint or inconsistency in the paper", "not testable with these data", "normative, not testable",
    "not identified by this design",
}  # fmt: skip

# A small paper: one statement of each kind, and a few figures to hold them against --------------------------------

CLAIMS = {
    "N1": ("number", "10", "10"),
    "N2": ("number", "22000", ""),
    "N3": ("number", "", ""),
    "C1": ("category", "", ""),
    "C2": ("category", "1", "1"),
    "X1": ("causal", "", ""),
    "W1": ("normative", "", ""),
}
EVIDENCE = {
    "e1": ("9.8 and 12.2", "yes"),
    "e2": ("10", "yes"),
    "e3": ("10", "yes"),
    "e4": ("in words", "no"),
}


def holdings() -> Holdings:
    claims = pd.DataFrame(
        [(c, f"part {c[0]} / x", k, f"says {c}", low, high, "percent") for c, (k, low, high) in CLAIMS.items()],
        columns=["claim_id", "place", "kind", "statement", "value_low", "value_high", "unit"],
    ).set_index("claim_id", drop=False)
    evidence = pd.DataFrame(
        [
            (e, value, "%", "2024", "page", f"https://x/{e}", "2025-01-30", agrees)
            for e, (value, agrees) in EVIDENCE.items()
        ],
        columns=["evidence_id", "value", "unit", "year", "publisher", "url", "published", "agrees"],
    ).set_index("evidence_id", drop=False)
    figures = pd.DataFrame(
        [
            ("nsc/a/2022", "nsc", 8.0, 8.0, "percent", 2022),
            ("nsc/a/2023", "nsc", 20.0, 20.0, "percent", 2023),
            ("nsc/ha", "nsc", 30000.0, math.nan, "ha", 2023),
        ],
        columns=["figure_id", "source", "value", "value_high", "unit", "year"],
    ).assign(area="Kyrgyzstan", indicator="share")
    exposures = figures.set_index("figure_id", drop=False)
    panel = exposures.drop(columns="indicator").assign(decimals=0, crop="wheat", measure="yield")
    panel = panel.rename(index=lambda i: f"p/{i}")
    results = {"other": {"change": {"value": 4.0, "unit": "c/ha", "scope": "wheat"},
                         "name": {"value": "Chui", "unit": "oblast", "scope": "wheat"}}}  # fmt: skip
    return Holdings(claims, evidence, exposures, panel.assign(figure_id=panel.index), results)


def entry(claim_id: str, rule: dict, expects: str = "supported", **more: object) -> dict:
    return {"id": claim_id, "rule": rule, "needs": "all", "have": "some", "expects": expects, **more}


NUMBER = {"kind": "number", "unit": "percent"}
THERE = {"kind": "existence"}


def written(*entries: dict, **more: object) -> dict:
    """A ledger as YAML would give it: `entries` and, for the statements they leave out, entries without evidence."""
    rules = {"number": NUMBER, "category": THERE, "causal": {"kind": "causal"}, "normative": {"kind": "normative"}}
    named = {e["id"] for e in entries}
    others = [entry(c, rules[kind]) for c, (kind, *_) in CLAIMS.items() if c not in named]
    used = re.findall(r"\be[1-4]\b", str(entries))
    rest = [{"coded": e, "context": "not needed here"} for e in EVIDENCE if e not in used]
    for e in others:
        if e["id"] == "W1":
            e["against"] = rest
    return {
        "designs": {"all": {"kind": "identification", "what": "all"}, "some": {"kind": "documents", "what": "pages"},
                    "two": {"kind": "comparison", "what": "two years"}, "none": {"kind": "none", "what": "nothing"}},
        "origins": [
            {"id": "nsc", "name": "Office", "authority": "official series", "sources": ["nsc"], "results": ["other"]},
            {"id": "minister", "name": "Minister", "authority": "press", "evidence": ["e2", "e3"]},
            {"id": "journal", "name": "Journal", "authority": "press", "evidence": ["e1"]},
            {"id": "itself", "name": "Itself", "authority": "self-description", "evidence": ["e4"]},
        ],
        "paper": [{"id": "columns", "value": 2, "what": "columns", "place": "Table 1"},
                  {"id": "unit", "value": "kW/h", "what": "unit", "place": "text"},
                  {"id": "other_unit", "value": "kWh", "what": "unit", "place": "text"}],
        "assumptions": [{"id": "factor", "value": 0.2, "low": 0.1, "high": 0.3, "unit": "share", "reason": "a test"}],
        "references": [{"number": n, "authors": "A", "year": 2022, "title": "T", "container": "J", "doi": "10.1/a"}
                       for n in (1, 3)] + [{"number": 2, "authors": "B", "year": 2023, "title": "T", "container": "J"}],
        "claims": [*entries, *others],
        "inconsistencies": [],
        **more,
    }  # fmt: skip


def ledger_of(*entries: dict, **more: object) -> Ledger:
    return Ledger.model_validate(written(*entries, **more))


def judged(*entries: dict, **more: object) -> pd.DataFrame:
    return verdicts(ledger_of(*entries, **more), holdings()).set_index("claim_id")


def verdict(claim_id: str, rule: dict, against: list | tuple = (), **more: object) -> str:
    return judged(entry(claim_id, rule, against=list(against), **more)).loc[claim_id, "verdict"]


@pytest.fixture(scope="module")
def real(built) -> tuple[Ledger, Holdings]:
    return read_ledger(), load_holdings(built.interim, built.exposures, built.panel)


@pytest.fixture(scope="module")
def frame(real) -> pd.DataFrame:
    return verdicts(*real).set_index("claim_id", drop=False)


# Comparing one value ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claimed", "tolerance", "printed", "half", "bound", "expected"),
    [
        pytest.param((10, 10, 0.5), None, (10.4, 10.4), 0.05, "exact", Outcome.SAME, id="rounds to the printed figure"),
        pytest.param((10, 10, 0.5), None, (10.8, 10.8), 0.05, "exact", Outcome.DIFFERS, id="rounds to another"),
        pytest.param((10, 10, 0.5), None, (10.8, 10.8), 0.5, "exact", Outcome.WITHIN, id="its own rounding reaches"),
        pytest.param((10, 10, 0.5), 5, (8.5, 8.5), 0.05, "exact", Outcome.WITHIN, id="about"),
        pytest.param((142, 143, 0.5), None, (142, 142), 0.5, "exact", Outcome.WITHIN, id="a point of a range"),
        pytest.param((5, 8, 0.5), None, (5, 8), 0.5, "exact", Outcome.SAME, id="the same range"),
        pytest.param((5, 8, 0.5), None, (32, 32), 0.5, "exact", Outcome.DIFFERS, id="outside a range"),
        pytest.param((3, math.inf, 0.5), None, (3.6, 3.6), 0.05, "exact", Outcome.HOLDS, id="more than holds"),
        pytest.param((3, math.inf, 0.5), None, (3, 3), 0.5, "exact", Outcome.WITHIN, id="more than, at the edge"),
        pytest.param((3, math.inf, 0.5), None, (2.4, 2.4), 0.05, "exact", Outcome.DIFFERS, id="more than fails"),
        pytest.param((3, math.inf, 0.5), None, (9, 9), 0.5, "exact", Outcome.PARTLY, id="more than, but far more"),
        pytest.param((-math.inf, 1, 0.5), None, (0.8, 0.8), 0.05, "exact", Outcome.HOLDS, id="less than holds"),
        pytest.param((-math.inf, 1, 0.5), None, (2.4, 3.9), 0.05, "exact", Outcome.DIFFERS, id="less than fails"),
        pytest.param((-math.inf, 1, 0.5), None, (0.8, 3.9), 0.05, "exact", Outcome.WITHIN, id="a range across a bound"),
        pytest.param((-math.inf, 1, 0.5), None, (0.1, 0.1), 0.05, "exact", Outcome.PARTLY, id="far less than"),
        pytest.param((490, 490, 0.5), None, (600, 600), 0.5, "at least", Outcome.DIFFERS, id="a larger lower bound"),
        pytest.param((490, 490, 0.5), None, (400, 400), 0.5, "at least", Outcome.PARTLY, id="a lower bound"),
        pytest.param((2001, 2001, 0.5), None, (2003, 2003), 0.5, "at most", Outcome.PARTLY, id="an upper bound, too"),
        pytest.param((2001, 2001, 0.5), None, (1999, 1999), 0.5, "at most", Outcome.DIFFERS, id="a low upper bound"),
        pytest.param((3, math.inf, 0.5), None, (5, 5), 0.5, "at least", Outcome.HOLDS, id="a bound implied by a bound"),
        pytest.param((3, math.inf, 0.5), None, (5, 5), 0.5, "at most", Outcome.PARTLY, id="from the other side"),
    ],
)  # fmt: skip
def test_a_value_against_a_printed_figure(claimed, tolerance, printed, half, bound, expected):
    interval = Interval(*printed)
    assert compare_number(claimed, tolerance, interval, interval.widened(half), bound) == expected


def test_a_rank_is_open_where_rounding_leaves_it_open():
    def at(value: float) -> Interval:
        return Interval(value, value).widened(0.05)

    assert compare_rank(1, at(9.0), [at(8.0), at(7.0)]) == Outcome.HOLDS
    assert compare_rank(1, at(7.5), [at(8.0), at(7.0)]) == Outcome.DIFFERS
    assert compare_rank(1, at(8.0), [at(8.05), at(7.0)]) == Outcome.PARTLY


@given(*[st.floats(-1e3, 1e3) for _ in range(4)], st.sampled_from("+-*"))
def test_arithmetic_of_intervals_holds_every_result_of_their_points(a, b, share, other_share, sign):
    one, other = Interval(min(a, b), max(a, b)), Interval(min(b, 7.0), max(b, 7.0))
    inside = [i.low + (i.high - i.low) * abs(s) / 1e3 for i, s in ((one, share), (other, other_share))]
    got = evaluate(f"x {sign} y", {"x": one, "y": other})
    expected = {"+": inside[0] + inside[1], "-": inside[0] - inside[1], "*": inside[0] * inside[1]}[sign]
    assert got.low - 1e-6 <= expected <= got.high + 1e-6


def test_a_range_that_holds_zero_divides_nothing():
    with pytest.raises(DataError, match="may be zero"):
        evaluate("1 / x", {"x": Interval(-1, 1)})


V = Verdict


@pytest.mark.parametrize(
    ("verdicts_of_parts", "expected"),
    [
        ([V.REPRODUCED, V.REPRODUCED], V.REPRODUCED),
        ([V.REPRODUCED, V.WITHIN_PRECISION], V.WITHIN_PRECISION),
        ([V.WITHIN_PRECISION, V.SUPPORTED], V.SUPPORTED),
        ([V.SUPPORTED, V.CONTRADICTED], V.PARTLY_SUPPORTED),
        ([V.SUPPORTED, V.NOT_TESTABLE], V.PARTLY_SUPPORTED),
        ([V.CONTRADICTED, V.CONTRADICTED], V.CONTRADICTED),
        ([V.CONTRADICTED, V.NOT_SUPPORTED], V.NOT_SUPPORTED),
        ([V.CONTRADICTED, V.NOT_TESTABLE], V.NOT_SUPPORTED),
        ([V.NOT_TESTABLE, V.NOT_IDENTIFIED], V.NOT_TESTABLE),
        ([V.PARTLY_SUPPORTED, V.CONTRADICTED], V.PARTLY_SUPPORTED),
    ],
)
def test_parts_together(verdicts_of_parts, expected):
    assert combine(verdicts_of_parts) == combine(verdicts_of_parts[::-1]) == expected


# Verdicts of statements ---------------------------------------------------------------------------------------------


def test_the_words_are_fixed():
    assert {v.value for v in Verdict} == FIXED_WORDS


def test_the_official_series_decides_against_the_press():
    against = [{"value": "evidence.csv#e2"}, {"value": "exposures.csv#nsc/a/2023"}]
    row = judged(entry("N1", NUMBER, against=against)).loc["N1"]
    assert row["verdict"] == "contradicted"
    assert row["decided_by"] == "official series"
    assert (row["sources"], row["sources_agreeing"]) == (2, 1)


def test_pages_of_one_origin_are_one_source():
    rows = judged(entry("N1", NUMBER, against=[{"value": "evidence.csv#e2"}, {"value": "evidence.csv#e3"}]))
    assert rows.loc["N1", "verdict"] == "reproduced"
    assert (rows.loc["N1", "sources"], rows.loc["N1", "sources_agreeing"]) == (1, 1)


def test_sources_that_share_an_origin_through_another_are_one():
    a, b, c, d = (frozenset(x) for x in ("a", "ab", "bc", "d"))
    assert independent([a, frozenset("c"), d]) == 3
    assert independent([a, frozenset("c"), d, b, c]) == 2
    assert independent([]) == 0


def test_origins_of_one_authority_that_disagree_leave_it_partly_supported():
    assert verdict("N1", NUMBER, [{"value": "evidence.csv#e2"}, {"value": "evidence.csv#e1@2"}]) == "partly supported"


@pytest.mark.parametrize(
    ("value", "like", "unlike"),
    [("evidence.csv#e2", "reproduced", "partly supported"),
     ("exposures.csv#nsc/a/2023", "contradicted", "not supported")],
)  # fmt: skip
def test_another_definition_neither_reproduces_nor_contradicts(value, like, unlike):
    assert verdict("N1", NUMBER, [{"value": value, "deviations": {"year": "2023"}}]) == like
    assert verdict("N1", NUMBER, [{"value": value, "deviations": {"definition": "gross"}}]) == unlike


def test_what_is_context_decides_nothing():
    shown_only = {"value": "exposures.csv#nsc/a/2023", "context": "another year"}
    assert verdict("N1", NUMBER, [{"value": "evidence.csv#e2"}, shown_only]) == "reproduced"
    assert verdict("N1", NUMBER, [shown_only]) == "not testable with these data"


def test_a_statement_that_prints_no_figure_cannot_be_tested_as_a_number():
    assert verdict("N3", NUMBER, [{"value": "evidence.csv#e2"}]) == "not testable with these data"


def test_a_figure_of_the_panel_has_the_rounding_of_its_printed_decimals():
    """20 printed without decimals may be 19.5: it reaches 19.6, which is printed with one."""
    there = holdings()
    claims = there.claims.copy()
    claims.loc["N1", ["value_low", "value_high"]] = "19.6"
    there = Holdings(claims, there.evidence, there.exposures, there.panel, there.results)
    ledger = ledger_of(entry("N1", NUMBER, against=[{"value": "panel.csv#p/nsc/a/2023"}]))
    assert verdicts(ledger, there).set_index("claim_id").loc["N1", "verdict"] == "within printed precision"
    assert findings(ledger, there)["found"].iloc[0] == "20 % (wheat, yield, Kyrgyzstan, 2023)"


def test_a_bound_is_read_from_the_paper_and_the_figure_keeps_its_open_end():
    assert verdict("N2", {**NUMBER, "unit": "ha"}, [{"value": "exposures.csv#nsc/ha"}]) == "supported"


def test_the_paper_against_itself_is_an_inconsistency_not_a_contradiction():
    assert verdict("N1", NUMBER, [{"value": "paper#columns"}]) == "misprint or inconsistency in the paper"
    assert verdict("C1", THERE, [{"value": "paper#columns"}]) == "supported"


@pytest.mark.parametrize("have", ["some", "two", "none"])
@pytest.mark.parametrize("premise", ["exposures.csv#nsc/a/2023", "other.json#change", "e2", "e4", None])
def test_a_causal_statement_is_never_confirmed(have, premise):
    against = [] if premise is None else [{"value": premise} if "#" in premise else {"coded": premise}]
    got = verdict("X1", {"kind": "causal"}, against, have=have)
    assert got not in [v.value for v in AGREES]
    if have == "two":
        assert got == "not identified by this design"
    elif premise is None:
        assert got == "not testable with these data"
    else:
        assert got == ("not supported" if premise == "e4" else "partly supported")


def test_a_normative_statement_is_not_tested_whatever_is_shown_with_it():
    assert verdict("W1", {"kind": "normative"}, [{"coded": e} for e in EVIDENCE]) == "normative, not testable"


@pytest.mark.parametrize(("says", "expected"), [("rise", "supported"), ("fall", "contradicted")])
def test_a_direction(says, expected):
    assert verdict("C1", {"kind": "direction", "says": says}, [{"value": "other.json#change"}]) == expected


def test_a_direction_that_rounding_hides_is_partly_supported():
    small = {"value": "a - b", "with": {"a": "evidence.csv#e2", "b": "evidence.csv#e1@1"}}
    assert verdict("C1", {"kind": "direction", "says": "rise"}, [small]) == "partly supported"


def test_absence_is_contradicted_by_one_that_is_there():
    absent = {"kind": "existence", "says": "absent"}
    assert verdict("C1", absent, [{"value": "exposures.csv#nsc/a/2023"}]) == "contradicted"


def test_a_rank():
    rank = {"kind": "rank"}
    first = {"own": "exposures.csv#nsc/a/2023", "others": ["exposures.csv#nsc/a/2022"]}
    second = {"own": "exposures.csv#nsc/a/2022", "others": ["exposures.csv#nsc/a/2023"]}
    assert verdict("C2", rank, [first]) == "supported"
    assert verdict("C2", rank, [second]) == "contradicted"


def test_references():
    def same(one: int, other: int) -> str:
        return verdict("C1", {"kind": "bibliographic", "reference": one, "same_as": other})

    assert same(1, 3) == "misprint or inconsistency in the paper"
    assert same(1, 2) == "not supported"
    field = {"kind": "bibliographic", "reference": 1, "field": "year"}
    assert verdict("C1", field, [{"value": "evidence.csv#e2"}]) == "misprint or inconsistency in the paper"
    assert verdict("C1", field) == "not testable with these data"


def test_evidence_that_reaches_a_part_supports_a_part():
    against = [{"value": "exposures.csv#nsc/a/2023"}]
    assert verdict("C1", THERE, against) == "supported"
    assert verdict("C1", THERE, against, covers_only="one city") == "partly supported"


def test_parts_and_what_a_statement_rests_on():
    absent = {"kind": "existence", "says": "absent"}
    parts = [{"what": "stores", "rule": absent, "against": [{"value": "exposures.csv#nsc/a/2023"}]},
             {"what": "plants", "rule": absent}]  # fmt: skip
    assert verdict("C1", absent, parts=parts) == "not supported"
    rows = judged(
        entry("N1", NUMBER, against=[{"value": "evidence.csv#e2"}]), entry("C1", THERE, rests_on=["N1"]),
        entry("C2", THERE, rests_on=["N1", "N3"]),
    )  # fmt: skip
    assert rows.loc["C1", "verdict"] == "reproduced"
    assert rows.loc["C1", "sources"] == 1
    assert rows.loc["C2", "verdict"] == "partly supported"


def test_statements_in_a_circle_are_refused():
    with pytest.raises(DataError, match="in a circle: C1 -> C2 -> C1"):
        judged(entry("C1", THERE, rests_on=["C2"]), entry("C2", THERE, rests_on=["C1"]))


def test_a_formula_shows_its_arithmetic_and_carries_an_assumption_over_its_range():
    against = [{"value": "x * f", "with": {"x": "exposures.csv#nsc/a/2023", "f": "assumptions#factor"}}]
    rows = findings(ledger_of(entry("N1", NUMBER, against=against)), holdings())
    found = rows[rows["claim_id"] == "N1"].iloc[0]
    assert found["found"].startswith("4 % = x * f [derived; x: 20 % (share, Kyrgyzstan, 2023); f: 0.2 share (assumed)]")
    assert found["outcome"] == Outcome.DIFFERS  # 20 x 0.1 to 0.3 is 2 to 6
    at_most_seven = [{**against[0], "value": "2 * x * f"}]
    assert verdict("N1", NUMBER, at_most_seven) == "within printed precision"


# Refusals -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("witness", "message"),
    [
        ({"value": "other.json#chnage"}, r"N1: other.json#chnage does not exist. Nearest: change, name"),
        ({"value": "gone.json#x"}, r"no reports/results/gone.json. Run: python -m pipeline report"),
        ({"value": "other.json#name"}, r"other.json#name is 'Chui', not a number"),
        ({"value": "exposures.csv#nsc/a/2024"}, r"nsc/a/2024 does not exist. Nearest: nsc/a/2022, nsc/a/2023"),
        ({"value": "exposures.csv#nsc/a/*"}, "asks for @None; expected @minimum or @maximum"),
        ({"value": "exposures.csv#nsc/z/*@minimum"}, "does not exist"),
        ({"value": "exposures.csv#nsc/ha"}, "is in ha, the rule in percent. Convert it with a formula"),
        ({"value": "evidence.csv#e1"}, "does not name one number. Choose one with @1, @2"),
        ({"value": "evidence.csv#e1@3"}, "does not name one number"),
        ({"value": "evidence.csv#e1@first"}, "asks for @first; expected @published, or @1, @2"),
        ({"coded": "e9"}, r"evidence.csv#e9 does not exist. Nearest: e1, e2"),
        ({"value": "claims.csv#N3"}, "that statement has no figure"),
        ({"value": "claims.csv#N1@middle"}, "expected @low or @high"),
        ({"value": "paper#rows"}, r"paper#rows does not exist. Nearest: columns"),
        ({"value": "assumptions#factor"}, "an assumption alone is no evidence"),
        ({"value": "weather.csv#x"}, "names a file the ledger cannot read"),
        ({"own": "paper#columns", "others": ["paper#columns"]}, "`own` and `others` belong to a rank"),
    ],
)  # fmt: skip
def test_an_address_that_leads_nowhere_is_refused(witness, message):
    with pytest.raises(DataError, match=message):
        verdict("N1", NUMBER, [witness])


def test_a_value_without_an_origin_is_refused():
    more = {"origins": [{"id": "nsc", "name": "Office", "authority": "official series", "evidence": list(EVIDENCE)}]}
    with pytest.raises(DataError, match="exposures.csv#nsc/a/2023 has no origin"):
        judged(entry("N1", NUMBER, against=[{"value": "exposures.csv#nsc/a/2023"}]), **more)


def drop(claim_id: str) -> Callable[[dict], None]:
    return lambda raw: raw["claims"].remove(next(e for e in raw["claims"] if e["id"] == claim_id))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (drop("N2"), "no entry for N2 of claims.csv"),
        (lambda raw: raw["claims"].append(entry("N9", NUMBER)), "names N9, which claims.csv does not have"),
        (lambda raw: raw["claims"][-1].update(against=[]), "holds nothing against e1, e2, e3, e4"),
        (lambda raw: next(e for e in raw["claims"] if e["id"] == "X1").update(rule=THERE),
         "X1: a causal statement cannot have the rule existence; allowed: causal"),
    ],
)  # fmt: skip
def test_a_ledger_that_does_not_fit_the_statements_is_refused(change, message):
    raw = written()
    change(raw)
    with pytest.raises(DataError, match=message):
        verdicts(Ledger.model_validate(raw), holdings())


def test_evidence_filed_under_two_statements_is_looked_at_once():
    there = holdings()
    twin = there.evidence.loc[["e2"]].assign(evidence_id="e5").set_index("evidence_id", drop=False)
    more = Holdings(there.claims, pd.concat([there.evidence, twin]), there.exposures, there.panel, there.results)
    assert len(verdicts(ledger_of(), more)) == len(CLAIMS)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"expects": "confirmed"}, r"claims.N1.expects: Input should be 'reproduced', "),
        ({"colour": "green"}, r"claims.N1.colour: Extra inputs are not permitted"),
        ({"needs": "magic"}, r"N1 names the design 'magic'; designs: all, none, some, two"),
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
        ({"against": [{"coded": "e1", "deviations": {"colour": "green"}}]}, r"Input should be 'year', 'period'"),
    ],
)  # fmt: skip
def test_a_ledger_of_another_form_is_refused(tmp_path, change, message):
    raw = written(entry("N1", NUMBER))
    raw["claims"][0].update(change)
    path = tmp_path / "ledger.yml"
    path.write_text(yaml.safe_dump(raw), encoding="utf-8")
    with pytest.raises(DataError, match=message) as refusal:
        read_ledger(path)
    assert "ledger.yml is not a ledger" in str(refusal.value)


def test_twice_the_same_id_or_two_origins_of_one_page_are_refused(tmp_path):
    path = tmp_path / "ledger.yml"
    twice = written(entry("N1", NUMBER), entry("N1", NUMBER))
    two_origins = written()
    two_origins["origins"][2]["evidence"].append("e2")
    for raw, message in ((twice, "Entry N1 stands there more than once"), (two_origins, "e2 has more than one origin")):
        path.write_text(yaml.safe_dump(raw), encoding="utf-8")
        with pytest.raises(DataError, match=message):
            read_ledger(path)


def test_a_ledger_that_is_not_there_or_no_yaml_is_refused(tmp_path):
    path = tmp_path / "ledger.yml"
    with pytest.raises(DataError, match="does not exist"):
        read_ledger(path)
    path.write_text("- id: [", encoding="utf-8")
    with pytest.raises(DataError, match="not readable as YAML"):
        read_ledger(path)


def test_a_verdict_that_changed_stops_the_run_until_the_ledger_says_so():
    against = [{"value": "evidence.csv#e2"}]
    rows = judged(entry("N1", NUMBER, "contradicted", against=against)).reset_index()
    with pytest.raises(DataError, match="N1: expected «contradicted», computed «reproduced»"):
        require_expected(rows)
    assert require_expected(rows[~rows["changed"]]).endswith("each as the ledger expects.")


@pytest.mark.parametrize(
    ("check", "holds"),
    [
        ({"differ": ["claims.csv#N1", "paper#columns"]}, True),
        ({"differ": ["paper#columns", "paper#columns"]}, False),
        ({"differ": ["paper#unit", "paper#other_unit"]}, True),
        ({"differ": ["paper#unit", "paper#unit"]}, False),
        ({"same_references": [1, 3]}, True),
        ({"same_references": [1, 2]}, False),
    ],
)
def test_an_inconsistency_is_only_listed_while_the_paper_shows_it(check, holds):
    item = {"id": "i1", "what": "w", "places": ["a", "b"], "claims": ["N1"], **check}
    ledger = ledger_of(inconsistencies=[item])
    if holds:
        assert inconsistencies(ledger, holdings())["inconsistency"].tolist() == ["i1"]
    else:
        with pytest.raises(DataError, match="i1: .* do not show what it says"):
            inconsistencies(ledger, holdings())


# The real ledger ----------------------------------------------------------------------------------------------------


def test_every_verdict_is_the_one_the_ledger_expects(frame):
    assert require_expected(frame) == "100 verdicts computed, each as the ledger expects."


def test_no_causal_statement_is_confirmed_and_two_harvests_identify_nothing(frame):
    causal = frame[(frame["kind"] == "causal") | (frame["rule"] == "causal")]
    assert not set(causal["verdict"]) & {v.value for v in AGREES}
    assert set(frame.loc[["M03", "M04"], "verdict"]) == {"not identified by this design"}


def test_what_was_read_in_the_evidence_and_what_is_computed_do_not_oppose_each_other(real):
    rows = findings(*real)
    coded, outcome = rows["agrees_in_evidence"], rows["outcome"]
    agreeing = {Outcome.SAME, Outcome.WITHIN, Outcome.HOLDS}
    assert not ((coded == "yes") & (outcome == Outcome.DIFFERS)).any()
    assert not ((coded == "no") & outcome.isin(agreeing)).any()


def test_anchors_worked_out_by_hand(frame, real):
    """Small hydropower: 196.7 million kWh of 5 to 8 billion is 2.5 to 3.9 %. Waste: 279.02 kg x 7 037 600 = 1.96 Mt."""
    rows = findings(*real)
    first = rows[rows["decisive"]].drop_duplicates("claim_id").set_index("claim_id")
    assert first.loc["E05", "found"].startswith("2.459 to 3.934 % =")
    assert first.loc["E05", "authority"] == first.loc["T2-12", "authority"] == "official series"
    assert first.loc["T2-12", "found"].startswith("1.964 million t =")
    assert first.loc["E03", "found"].startswith("8.413 to 8.472 % =")
    assert first.loc["E08", "found"].startswith("3.77 billion kWh =")
    assert frame.loc[["E01", "E05"], "verdict"].tolist() == ["contradicted", "contradicted"]
    assert frame.loc["E02", "sources"] == 1


def test_a_changed_figure_changes_the_verdict_and_stops_the_run(real):
    ledger, there = real
    changed = there.exposures.copy()
    series = changed["indicator"] == "small_hydropower_generation"
    changed.loc[series, ["value", "value_high"]] = 30.0
    rows = verdicts(ledger, Holdings(there.claims, there.evidence, changed, there.panel, there.results))
    with pytest.raises(DataError, match="E05: expected «contradicted», computed «supported»"):
        require_expected(rows)


def test_a_figure_that_is_gone_stops_the_run(real):
    ledger, there = real
    gone = there.exposures.drop("nsc_sdg_national/Kyrgyzstan/small_hydropower_generation/2023")
    with pytest.raises(DataError, match="E05: exposures.csv#nsc_sdg_national/.*/2023 does not exist"):
        verdicts(ledger, Holdings(there.claims, there.evidence, gone, there.panel, there.results))


def test_every_origin_assumption_and_fact_of_the_paper_is_used(real):
    """What nobody points to is either forgotten or left over."""
    ledger, _ = real
    named = [a for e in ledger.claims for w in e.witnesses for a in w.addresses]
    named += [a for i in ledger.inconsistencies for a in i.differ or ()]
    assert {f.id for f in ledger.paper} == {a.key for a in named if a.file == "paper"}
    assert {a.id for a in ledger.assumptions} == {a.key for a in named if a.file == "assumptions"}
    figures = {f for o in ledger.origins for f in o.figures}
    assert figures <= {a.key for a in named}
    assert {r for o in ledger.origins for r in o.results} == {a.file[:-5] for a in named if a.file.endswith(".json")}


def test_wind_and_solar_verdicts_do_not_hang_on_the_assumed_factor(real):
    ledger, there = real
    for end in ("low", "high"):
        moved = [a.model_copy(update={"value": getattr(a, end), "low": getattr(a, end), "high": getattr(a, end)})
                 for a in ledger.assumptions]  # fmt: skip
        rows = verdicts(ledger.model_copy(update={"assumptions": moved}), there)
        assert require_expected(rows)


def test_the_summary_counts_every_statement_once(frame):
    counts = summary(frame)
    assert counts.loc["All", "all"] == 100
    assert (counts.drop("All")["all"].sum(), counts.index[0]) == (100, "abstract")


def test_the_referees_map_has_every_table_cell_and_every_number(real, frame):
    places = referee_map(*real)
    asked = frame[frame["place"].str.startswith("Table") | (frame["kind"] == "number")]
    assert set(asked["claim_id"]) <= set(places["claim_id"])
    assert places.set_index("claim_id").loc["M02", "program"].startswith("notebooks/data_audit.ipynb")


def test_the_report_names_every_statement_and_its_tables_have_straight_columns(real, frame):
    report = replication_markdown(*real)
    assert re.findall(r"^### (\S+) · (.*)$", report, re.MULTILINE) == [
        (r.claim_id, r.verdict) for r in frame.itertuples()
    ]
    for block in re.findall(r"(?:^\|.*\n)+", report, re.MULTILINE):
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
        assert len(widths) == 1, block
    assert report == replication_markdown(*real)


def test_addresses_are_written_back_as_they_were_read():
    for text in ("panel.csv#hr103", "evidence.csv#ev015@2"):
        assert str(Address.model_validate(text)) == text
    assert LEDGER.name == "ledger.yml"
    assert module.section_of("Table 1 / Scale / Green Net Finland") == "Table 1"
