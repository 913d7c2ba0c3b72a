"""Verdicts follow from values by fixed rules."""

import math
from collections.abc import Callable

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import DataError
from pipeline.ledger.formula import Interval
from pipeline.ledger.model import AGREES, Authority, Ledger, Verdict
from pipeline.ledger.verdicts import (
    AGREEING,
    GRADES,
    Outcome,
    combine,
    compare_number,
    compare_rank,
    independent,
    judge,
    place_levels,
    require_expected,
)
from tests.ledger.small_paper import (
    ABSENT,
    CLAIMS,
    EVIDENCE,
    NUMBER,
    THERE,
    entry,
    holdings,
    judged,
    replication_of,
    verdict,
    written,
)

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
        pytest.param(
            (3, math.inf, 0.5), None, (2.5, 2.5), 0.5, "exact", Outcome.DIFFERS, id="up to a bound is no more"
        ),
        pytest.param(
            (-math.inf, 1, 0.5), None, (1.5, 1.5), 0.5, "exact", Outcome.DIFFERS, id="from a bound is no less"
        ),
        pytest.param((3, math.inf, 0.5), None, (2.4, 2.4), 0.05, "exact", Outcome.DIFFERS, id="more than fails"),
        pytest.param((3, math.inf, 0.5), None, (9, 9), 0.5, "exact", Outcome.HOLDS, id="more than, and far more"),
        pytest.param((-math.inf, 1, 0.5), None, (0.8, 0.8), 0.05, "exact", Outcome.HOLDS, id="less than holds"),
        pytest.param((-math.inf, 1, 0.5), None, (2.4, 3.9), 0.05, "exact", Outcome.DIFFERS, id="less than fails"),
        pytest.param((-math.inf, 1, 0.5), None, (0.8, 3.9), 0.05, "exact", Outcome.WITHIN, id="a range across a bound"),
        pytest.param((-math.inf, 1, 0.5), None, (0.1, 0.1), 0.05, "exact", Outcome.HOLDS, id="far less than"),
        pytest.param((490, 490, 0.5), None, (600, 600), 0.5, "at least", Outcome.DIFFERS, id="a larger lower bound"),
        pytest.param((490, 490, 0.5), None, (400, 400), 0.5, "at least", Outcome.SILENT, id="a lower bound"),
        pytest.param((2001, 2001, 0.5), None, (2003, 2003), 0.5, "at most", Outcome.SILENT, id="an upper bound, too"),
        pytest.param((2001, 2001, 0.5), None, (1999, 1999), 0.5, "at most", Outcome.DIFFERS, id="a low upper bound"),
        pytest.param((3, math.inf, 0.5), None, (5, 5), 0.5, "at least", Outcome.HOLDS, id="a bound implied by a bound"),
        pytest.param((3, math.inf, 0.5), None, (5, 5), 0.5, "at most", Outcome.SILENT, id="from the other side"),
    ],
)
def test_a_value_against_a_printed_figure(claimed, tolerance, printed, half, bound, expected):
    interval = Interval(*printed)
    assert compare_number(claimed, tolerance, interval, interval.widened(half), bound) == expected


NUMBERS = st.floats(-1e6, 1e6)
HALVES = st.floats(1e-3, 50)


@given(NUMBERS, HALVES, HALVES)
def test_the_printed_figure_itself_is_always_the_same_figure(number, half, rounding):
    printed = Interval.single(number)
    assert compare_number((number, number, half), None, printed, printed.widened(rounding), "exact") == Outcome.SAME


@given(NUMBERS, NUMBERS, HALVES, HALVES, st.floats(0, 50), st.sampled_from(["exact", "at least", "at most"]))
def test_coarser_rounding_and_a_larger_tolerance_never_turn_agreement_into_a_difference(
    number, value, half, rounding, more, bound
):
    printed = Interval.single(value)

    def outcome(widening: float, tolerance: float) -> Outcome:
        return compare_number((number, number, half), tolerance, printed, printed.widened(widening), bound)

    if outcome(rounding, half) != Outcome.DIFFERS:
        assert outcome(rounding + more, half) != Outcome.DIFFERS
        assert outcome(rounding, half + more) != Outcome.DIFFERS


@given(st.floats(0.1, 1e6), st.floats(0.1, 1e6), HALVES)
def test_more_than_and_less_than_are_mirror_images(bound, value, half):
    """What agrees with "more than" differs from "less than", unless rounding leaves it open or it is the bound."""
    printed = Interval.single(value)
    more = compare_number((bound, math.inf, half), None, printed, printed.widened(0.0), "exact")
    less = compare_number((-math.inf, bound, half), None, printed, printed.widened(0.0), "exact")
    if value != bound:
        assert (more == Outcome.DIFFERS) != (less == Outcome.DIFFERS)


def test_a_rank_is_open_where_rounding_leaves_it_open():
    def at(value: float) -> Interval:
        return Interval(value, value).widened(0.05)

    assert compare_rank(1, at(9.0), [at(8.0), at(7.0)]) == Outcome.HOLDS
    assert compare_rank(1, at(7.5), [at(8.0), at(7.0)]) == Outcome.DIFFERS
    assert compare_rank(1, at(8.0), [at(8.05), at(7.0)]) == Outcome.PARTLY


V = Verdict


@pytest.mark.parametrize(
    ("verdicts_of_parts", "expected"),
    [
        ([V.REPRODUCED, V.REPRODUCED], V.REPRODUCED),
        ([V.REPRODUCED, V.WITHIN_PRECISION], V.WITHIN_PRECISION),
        ([V.WITHIN_PRECISION, V.SUPPORTED], V.SUPPORTED),
        ([V.SUPPORTED, V.CONTRADICTED], V.PART_SHOWN),
        ([V.SUPPORTED, V.NOT_TESTABLE], V.PART_SHOWN),
        ([V.SUPPORTED, V.COMPATIBLE], V.PART_SHOWN),
        ([V.COMPATIBLE, V.NOT_TESTABLE], V.COMPATIBLE),
        ([V.COMPATIBLE, V.CONTRADICTED], V.NOT_SUPPORTED),
        ([V.CONSISTENT, V.NOT_TESTABLE], V.CONSISTENT),
        ([V.CONSISTENT, V.COMPATIBLE], V.COMPATIBLE),
        ([V.CONTRADICTED, V.CONTRADICTED], V.CONTRADICTED),
        ([V.CONTRADICTED, V.NOT_SUPPORTED], V.NOT_SUPPORTED),
        ([V.CONTRADICTED, V.NOT_TESTABLE], V.NOT_SUPPORTED),
        ([V.NOT_TESTABLE, V.NOT_IDENTIFIED], V.NOT_TESTABLE),
        ([V.PART_SHOWN, V.CONTRADICTED], V.PART_SHOWN),
    ],
)
def test_parts_together(verdicts_of_parts, expected):
    assert combine(verdicts_of_parts) == combine(verdicts_of_parts[::-1]) == expected


@given(st.lists(st.sampled_from(list(V)), min_size=1, max_size=4))
def test_parts_agree_only_if_all_do_and_their_order_is_no_matter(parts):
    got = combine(parts)
    assert (got in AGREES) == all(part in AGREES for part in parts)
    assert got == combine(sorted(parts))


def test_sources_that_share_an_origin_through_another_are_one():
    a, b, c, d = (frozenset(x) for x in ("a", "ab", "bc", "d"))
    assert independent([a, frozenset("c"), d]) == 3
    assert independent([a, frozenset("c"), d, b, c]) == 2
    assert independent([]) == 0


@given(st.lists(st.frozensets(st.sampled_from("abcde"), min_size=1), max_size=6))
def test_there_are_no_more_sources_than_findings_or_origins(origins):
    number = independent(origins)
    assert number <= len(origins) and number <= len(frozenset().union(*origins))
    assert independent(origins[::-1]) == independent(origins * 2) == number


def test_places_are_read_from_the_section_downwards():
    assert place_levels("Table 1 / Scale / Green Net Finland") == ["Table 1", "Scale", "Green Net Finland"]


# Verdicts of statements ---------------------------------------------------------------------------------------------


def test_the_official_series_decides_against_the_press():
    against = [{"value": "evidence.csv#e2"}, {"value": "exposures.csv#nsc/a/2023"}]
    found = judged(entry("N1", NUMBER, against=against))["N1"]
    assert found.verdict == Verdict.CONTRADICTED
    assert found.decided_by == ["official series"]
    assert (found.sources, found.sources_agreeing) == (2, 1)


def test_pages_of_one_origin_are_one_source():
    found = judged(entry("N1", NUMBER, against=[{"value": "evidence.csv#e2"}, {"value": "evidence.csv#e3"}]))["N1"]
    assert found.verdict == Verdict.REPRODUCED
    assert (found.sources, found.sources_agreeing) == (1, 1)


def test_the_paper_is_no_independent_source_of_itself():
    assert judged(entry("C1", THERE, against=[{"value": "paper#columns"}]))["C1"].sources == 0


def test_what_an_organisation_says_of_itself_is_compatible_at_most():
    origins = written()["origins"]
    origins[1]["evidence"], origins[3]["evidence"] = ["e3"], ["e2", "e4"]
    alone = judged(entry("C1", THERE, against=[{"coded": "e2"}]), origins=origins)["C1"]
    assert alone.verdict == Verdict.COMPATIBLE and alone.sources_agreeing == 1
    with_press = judged(entry("C1", THERE, against=[{"coded": "e2"}, {"coded": "e3"}]), origins=origins)["C1"]
    assert with_press.verdict == Verdict.SUPPORTED and with_press.decided_by == ["press"]


def test_origins_of_one_authority_that_disagree_show_a_part():
    assert verdict("N1", NUMBER, [{"value": "evidence.csv#e2"}, {"value": "evidence.csv#e1@2"}]) == "part of it shown"


def test_a_page_that_agrees_in_part_takes_nothing_from_one_that_agrees_in_full():
    """Not beside it, and not from above: the press says yes, the official series only a part."""
    evidence, origins = holdings().evidence.copy(), written()["origins"]
    evidence.loc["e1", "agrees"] = "partly"
    there = holdings(evidence=evidence)
    against = [{"coded": "e2"}, {"coded": "e1"}]
    assert judged(entry("C1", THERE, against=against[1:]), there=there)["C1"].verdict == Verdict.PART_SHOWN
    beside = judged(entry("C1", THERE, against=against), there=there)["C1"]
    assert beside.verdict == Verdict.SUPPORTED and [f.decisive for f in beside.findings] == [True, False]
    origins[0]["evidence"], origins[2]["evidence"] = ["e1"], []
    assert judged(entry("C1", THERE, against=against), there=there, origins=origins)["C1"].verdict == Verdict.SUPPORTED
    evidence.loc["e1", "agrees"] = "no"
    assert (
        judged(entry("C1", THERE, against=against), there=there, origins=origins)["C1"].verdict == Verdict.CONTRADICTED
    )


@pytest.mark.parametrize(
    ("value", "like", "unlike"),
    [
        ("evidence.csv#e2", "reproduced", "compatible, not shown"),
        ("exposures.csv#nsc/a/2023", "contradicted", "not supported"),
    ],
)
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
    claims = holdings().claims.copy()
    claims.loc["N1", ["value_low", "value_high"]] = "19.6"
    found = judged(entry("N1", NUMBER, against=[{"value": "panel.csv#p/nsc/a/2023"}]), there=holdings(claims=claims))
    assert found["N1"].verdict == Verdict.WITHIN_PRECISION


def test_a_bound_is_read_from_the_paper_and_the_figure_keeps_its_open_end():
    assert verdict("N2", {**NUMBER, "unit": "ha"}, [{"value": "exposures.csv#nsc/ha"}]) == "supported"


def test_a_true_bound_is_supported_however_far_and_the_distance_is_told():
    """30,000 ha and more of "more than 22,000", and 100,000: 1.4 and 4.5 times; a figure that is no bound has none."""
    exposures = holdings().exposures.copy()
    exposures.loc["nsc/a/2023", ["value", "value_high"]] = 100000.0
    two = [{"value": "x", "with": {"x": f"exposures.csv#{key}"}} for key in ("nsc/ha", "nsc/a/2023")]
    found = judged(
        entry("N2", {**NUMBER, "unit": "ha"}, against=two),
        entry("N1", NUMBER, against=[{"value": "evidence.csv#e2"}]),
        there=holdings(exposures=exposures),
    )
    assert found["N2"].verdict == Verdict.SUPPORTED
    assert found["N2"].times_the_bound == pytest.approx((30000 / 22000, 100000 / 22000))
    assert found["N1"].verdict == Verdict.REPRODUCED and found["N1"].times_the_bound is None


@pytest.mark.parametrize(("bound", "expected"), [("0.5", 60000.0), ("1", 30000.0), ("0", None)])
def test_a_bound_of_zero_has_no_multiples_a_small_one_has(bound, expected):
    claims = holdings().claims.copy()
    claims.loc["N2", "value_low"] = bound
    witness = {"value": "exposures.csv#nsc/ha"}
    found = judged(entry("N2", {**NUMBER, "unit": "ha"}, against=[witness]), there=holdings(claims=claims))["N2"]
    assert found.verdict == Verdict.SUPPORTED
    assert found.times_the_bound == (None if expected is None else (expected, expected))


def test_the_section_of_a_statement_is_the_first_level_of_its_place():
    assert judged()["N1"].section == "part N"


def test_a_bound_that_rules_nothing_out_is_no_test():
    at_most = {"value": "exposures.csv#nsc/a/2023", "bound": "at most"}
    assert verdict("N1", NUMBER, [at_most]) == "not testable with these data"
    assert verdict("N1", NUMBER, [{**at_most, "value": "exposures.csv#nsc/a/2022"}]) == "contradicted"


def test_a_calculation_under_assumptions_is_shown_and_tests_nothing():
    origins = written()["origins"]
    origins[0]["under_assumptions"] = True
    against = [{"value": "other#change"}]
    assert verdict("C1", THERE, against) == "supported"
    found = judged(entry("C1", THERE, against=against), origins=origins)["C1"]
    assert found.verdict == Verdict.NOT_TESTABLE and found.findings[0].outcome == Outcome.SILENT
    mixed = [{"value": "x + y", "with": {"x": "other#change", "y": "evidence.csv#e2"}}]
    assert verdict("C1", THERE, mixed) == "supported"  # a sum of a calculation and a figure is a calculation
    assert judged(entry("C1", THERE, against=mixed), origins=origins)["C1"].verdict == Verdict.NOT_TESTABLE


def test_the_paper_against_itself_is_an_inconsistency_or_consistent_and_no_source_of_support():
    assert verdict("N1", NUMBER, [{"value": "paper#columns"}]) == "misprint or inconsistency in the paper"
    itself = {"value": "paper#columns"}
    assert verdict("C1", THERE, [itself]) == "consistent within the paper"
    assert verdict("C1", THERE, [itself], covers_only="a count") == "consistent within the paper"
    assert verdict("C1", THERE, [itself, {"coded": "e2"}]) == "supported"
    assert verdict("C1", THERE, [itself, {"coded": "e4"}]) == "contradicted"


@pytest.mark.parametrize("have", ["some", "two", "none"])
@pytest.mark.parametrize("premise", ["exposures.csv#nsc/a/2023", "other#change", "e2", "e4", None])
def test_a_causal_statement_is_never_confirmed(have, premise):
    against = [] if premise is None else [{"value": premise} if "#" in premise else {"coded": premise}]
    got = verdict("X1", {"kind": "causal"}, against, have=have)
    assert got not in [v.value for v in AGREES]
    expected = {None: "not testable with these data", "e4": "not supported"}
    assert got == expected.get(premise, "not identified by this design")


def test_premises_that_nothing_independent_shows_leave_a_causal_statement_untested():
    causal = {"kind": "causal"}
    assert verdict("X1", causal, [{"value": "paper#columns"}]) == "not testable with these data"
    unlike = {"value": "other#change", "deviations": {"definition": "another"}}
    assert verdict("X1", causal, [unlike]) == "not testable with these data"
    assert verdict("X1", causal, [unlike, {"coded": "e2"}]) == "not identified by this design"


# Better evidence, no worse verdict ----------------------------------------------------------------------------------

VOICES = [a for a in Authority if a != Authority.PAPER]
WITNESSES = st.tuples(st.sampled_from(VOICES), st.sampled_from(["yes", "partly", "no", "unclear"]), st.booleans())
SUPPORTING = st.tuples(st.sampled_from(VOICES), st.sampled_from(["yes", "partly"]), st.booleans())
OF_ITSELF = (Authority.PAPER, "yes", False)


def verdicts_with(witnesses: list[tuple[Authority, str, bool]], covers_only: str | None) -> dict[str, Verdict]:
    """Verdicts on a fact, a cause with it as its premise, and what rests on the fact and on one that nothing tests.

    A witness is the authority of its origin, what it says, and whether it is of another definition.
    """
    keys = [f"e{n}" for n in range(len(witnesses))]
    frame = (
        holdings()
        .evidence.iloc[[0] * len(witnesses)]
        .assign(evidence_id=keys, agrees=[says for _, says, _ in witnesses], url=[f"https://x/{key}" for key in keys])
    )
    against = []
    for key, (authority, _, unlike) in zip(keys, witnesses, strict=True):
        deviations = {"deviations": {"definition": "another"}} if unlike else {}
        against.append({"value": "paper#columns"} if authority == Authority.PAPER else {"coded": key, **deviations})
    shown = [{"coded": key, "context": "looked at"} for key in keys]
    entries = [
        entry("C1", THERE, against=against, covers_only=covers_only),
        entry("X1", {"kind": "causal"}, rests_on=["C1"]),
        entry("C2", THERE, rests_on=["C1", "N3"]),
        entry("W1", {"kind": "normative"}, against=shown),
    ]
    origins = [o for o in written()["origins"] if not o.get("evidence")] + [
        {"id": f"o-{key}", "name": key, "authority": authority, "evidence": [key]}
        for key, (authority, *_) in zip(keys, witnesses, strict=True)
        if authority != Authority.PAPER
    ]
    names = {o["id"] for o in origins if o["id"].startswith("o-")}
    origins += [
        {"id": f"o-{k}", "name": k, "authority": "press", "evidence": [k]} for k in keys if f"o-{k}" not in names
    ]
    there = holdings(evidence=frame.set_index("evidence_id", drop=False))
    found = judged(*entries, there=there, origins=origins)
    return {claim: found[claim].verdict for claim in ("C1", "X1", "C2")}


def grade(found: Verdict) -> int:
    return next(n for n, verdicts in enumerate(GRADES) if found in verdicts)


@pytest.mark.slow
@settings(deadline=None)
@given(st.lists(WITNESSES, max_size=4), st.one_of(SUPPORTING, st.just(OF_ITSELF)), st.sampled_from([None, "a part"]))
def test_a_supporting_piece_of_evidence_never_makes_a_verdict_worse(witnesses, supporting, covers_only):
    before = verdicts_with(witnesses, covers_only)
    after = verdicts_with([*witnesses, supporting], covers_only)
    assert all(grade(after[claim]) >= grade(before[claim]) for claim in before), (before, after)


@given(st.lists(st.sampled_from([v for v in V if v != V.NORMATIVE]), min_size=1, max_size=4), st.data())
def test_a_better_part_never_makes_the_whole_worse(parts, data):
    n = data.draw(st.integers(0, len(parts) - 1))
    better = data.draw(st.sampled_from([v for v in V if v != V.NORMATIVE and grade(v) >= grade(parts[n])]))
    risen = [better if i == n else part for i, part in enumerate(parts)]
    assert grade(combine(risen)) >= grade(combine(parts))


def test_every_verdict_but_the_normative_has_one_grade():
    assert sorted(v for verdicts in GRADES for v in verdicts) == sorted(v for v in Verdict if v != Verdict.NORMATIVE)


def test_a_normative_statement_is_not_tested_whatever_is_shown_with_it():
    assert verdict("W1", {"kind": "normative"}, [{"coded": e} for e in EVIDENCE]) == "normative, not testable"


@pytest.mark.parametrize(("says", "expected"), [("rise", "supported"), ("fall", "contradicted")])
def test_a_direction(says, expected):
    assert verdict("C1", {"kind": "direction", "says": says}, [{"value": "other#change"}]) == expected


def test_a_direction_that_rounding_hides_is_shown_in_part():
    small = {"value": "a - b", "with": {"a": "evidence.csv#e2", "b": "evidence.csv#e1@1"}}
    assert verdict("C1", {"kind": "direction", "says": "rise"}, [small]) == "part of it shown"


def test_absence_is_contradicted_by_one_that_is_there():
    assert verdict("C1", ABSENT, [{"value": "exposures.csv#nsc/a/2023"}]) == "contradicted"


def test_a_rank():
    rank = {"kind": "rank"}
    first = {"own": "exposures.csv#nsc/a/2023", "others": ["exposures.csv#nsc/a/2022"]}
    second = {"own": "exposures.csv#nsc/a/2022", "others": ["exposures.csv#nsc/a/2023"]}
    assert verdict("C2", rank, [first]) == "supported"
    assert verdict("C2", rank, [second]) == "contradicted"
    with pytest.raises(DataError, match="a rank is held against `own` and `others`, or against `coded` evidence"):
        verdict("C2", rank, [{"value": "exposures.csv#nsc/a/2022"}])


def test_references():
    def same(one: int, other: int) -> str:
        return verdict("C1", {"kind": "bibliographic", "reference": one, "same_as": other})

    assert same(1, 3) == "misprint or inconsistency in the paper"
    assert same(1, 2) == "not supported"
    field = {"kind": "bibliographic", "reference": 1, "field": "year"}
    assert verdict("C1", field, [{"value": "evidence.csv#e2"}]) == "misprint or inconsistency in the paper"
    assert verdict("C1", field) == "not testable with these data"
    with pytest.raises(DataError, match="C1: reference 2 prints no doi, so none can be compared"):
        verdict("C1", {**field, "reference": 2, "field": "doi"}, [{"value": "evidence.csv#e2"}])


@pytest.mark.parametrize(("cell", "expected"), [("10.1/A", "reproduced"), ("10.1/a bis", "misprint or inconsis")])
def test_a_field_of_a_reference_is_compared_as_a_whole(cell, expected):
    evidence = holdings().evidence.copy()
    evidence.loc["e2", "value"] = cell
    rule = {"kind": "bibliographic", "reference": 1, "field": "doi"}
    found = judged(entry("C1", rule, against=[{"value": "evidence.csv#e2"}]), there=holdings(evidence=evidence))
    assert found["C1"].verdict.value.startswith(expected)


def test_evidence_that_reaches_a_part_supports_a_part():
    against = [{"value": "exposures.csv#nsc/a/2023"}]
    assert verdict("C1", THERE, against) == "supported"
    assert verdict("C1", THERE, against, covers_only="one city") == "part of it shown"


def test_parts_and_what_a_statement_rests_on():
    parts = [
        {"what": "stores", "rule": ABSENT, "against": [{"value": "exposures.csv#nsc/a/2023"}]},
        {"what": "plants", "rule": ABSENT},
    ]
    assert verdict("C1", ABSENT, parts=parts) == "not supported"
    found = judged(
        entry("N1", NUMBER, against=[{"value": "evidence.csv#e2"}]),
        entry("C1", THERE, rests_on=["N1"]),
        entry("C2", THERE, rests_on=["N1", "N3"]),
    )
    assert found["C1"].verdict == Verdict.REPRODUCED
    assert found["C1"].sources == 1 and found["C1"].findings == () and len(found["C1"].reached) == 1
    assert found["C2"].verdict == Verdict.PART_SHOWN


def test_statements_in_a_circle_are_refused():
    with pytest.raises(DataError, match="in a circle: C1 -> C2 -> C1"):
        judged(entry("C1", THERE, rests_on=["C2"]), entry("C2", THERE, rests_on=["C1"]))


def test_a_formula_carries_an_assumption_over_its_range():
    """20 x 0.1 to 0.3 is 2 to 6 and differs from 10; twice that is 4 to 12 and does not."""
    against = [{"value": "x * f", "with": {"x": "exposures.csv#nsc/a/2023", "f": "assumptions#factor"}}]
    found = judged(entry("N1", NUMBER, against=against))["N1"].findings[0]
    assert found.outcome == Outcome.DIFFERS and found.quantity == Interval.single(4)
    assert verdict("N1", NUMBER, [{**against[0], "value": "2 * x * f"}]) == "within printed precision"


def test_results_of_another_study_are_shown_and_say_nothing():
    against = [{"value": "other#change"}]
    rule = {"kind": "direction", "says": "rise"}
    paper = {"oblast": "Osh", "crop": "wheat", "year_before": 2023, "year_after": 2024, "seed": 1}
    for study, expected in [
        (paper, Verdict.SUPPORTED),
        ({**paper, "seed": 2}, Verdict.SUPPORTED),
        ({**paper, "crop": "barley"}, Verdict.NOT_TESTABLE),
    ]:
        found = judged(entry("C1", rule, against=against), there=holdings(study=study))["C1"]
        assert found.verdict == expected
    assert found.findings[0].outcome == Outcome.SILENT


# Refusals -----------------------------------------------------------------------------------------------------------


def drop(claim_id: str) -> Callable[[dict], None]:
    return lambda raw: raw["claims"].remove(next(e for e in raw["claims"] if e["id"] == claim_id))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (drop("N2"), "no entry for N2 of claims.csv"),
        (lambda raw: raw["claims"].append(entry("N9", NUMBER)), "names N9, which claims.csv does not have"),
        (lambda raw: raw["claims"][-1].update(against=[]), "holds nothing against e1, e2, e3, e4"),
        (
            lambda raw: next(e for e in raw["claims"] if e["id"] == "X1").update(rule=THERE),
            "X1: a statement of the kind causal cannot have the rule existence; allowed: causal",
        ),
    ],
)
def test_a_ledger_that_does_not_fit_the_statements_is_refused(change, message):
    raw = written()
    change(raw)
    with pytest.raises(DataError, match=message):
        judge(Ledger.model_validate(raw), holdings())


def test_a_kind_or_a_code_that_nobody_knows_is_refused():
    claims, evidence = holdings().claims.copy(), holdings().evidence.copy()
    claims.loc["N1", "kind"] = "opinion"
    with pytest.raises(
        DataError, match="N1: a statement of the kind opinion cannot have the rule number; allowed: none"
    ):
        judged(there=holdings(claims=claims))
    evidence.loc["e2", "agrees"] = "maybe"
    with pytest.raises(DataError, match="C1: e2 has 'maybe' in agrees; expected yes, partly, no, unclear"):
        judged(entry("C1", THERE, against=[{"coded": "e2"}]), there=holdings(evidence=evidence))


def test_evidence_filed_under_two_statements_is_looked_at_once():
    evidence = holdings().evidence
    twin = evidence.loc[["e2"]].assign(evidence_id="e5").set_index("evidence_id", drop=False)
    assert len(judged(there=holdings(evidence=pd.concat([evidence, twin])))) == len(CLAIMS)


def test_a_verdict_that_changed_stops_the_run_until_the_ledger_says_so():
    against = [{"value": "evidence.csv#e2"}]
    changed = replication_of(entry("N1", NUMBER, "contradicted", against=against))
    with pytest.raises(DataError) as refusal:
        require_expected(changed)
    message = str(refusal.value)
    assert "  N1: expected «contradicted», computed «reproduced»\n      evidence.csv#e2: the same figure" in message
    assert "write it as `expects` and say why in `remark`" in message
    same = replication_of(entry("N1", NUMBER, "reproduced", against=against))
    assert require_expected(same) == "7 verdicts computed, each as the ledger expects."


# Inconsistencies and counts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("check", "holds"),
    [
        ({"differ": ["claims.csv#N1", "paper#columns"]}, True),
        ({"differ": ["paper#columns", "paper#columns"]}, False),
        ({"differ": ["paper#unit", "paper#other_unit"]}, True),
        ({"differ": ["paper#unit", "paper#unit"]}, False),
        ({"same_references": [1, 3]}, True),
        ({"same_references": [1, 2]}, False),
        ({"first_cited_too_early": 3}, True),
        ({"first_cited_too_early": 2}, False),
    ],
)
def test_an_inconsistency_is_only_listed_while_the_paper_shows_it(check, holds):
    item = {"id": "i1", "what": "w", "places": ["a", "b"], "claims": ["N1"], **check}
    if holds:
        assert [m.item.id for m in replication_of(inconsistencies=[item]).mismatches] == ["i1"]
    else:
        with pytest.raises(DataError, match="i1: .* do not show what it says. Delete it or mend it"):
            replication_of(inconsistencies=[item])


def test_what_is_counted_in_a_table_is_counted_again():
    claims = holdings().claims.copy()
    claims["place"] = ["Table 1 / a / x", "Table 1 / b / x", "Table 1 / header", *claims["place"].iloc[3:]]
    fact = {"id": "rows", "count": 2, "what": "rows", "place": "Table 1", "counted": {"table": "Table 1", "level": 2}}
    paper = [*written()["paper"], fact]
    assert len(judged(there=holdings(claims=claims), paper=paper)) == len(CLAIMS)
    claims.loc["N2", "place"] = "Table 1 / a / y"
    with pytest.raises(DataError, match=r"paper rows: says 2, but the statements of Table 1 have 1 \(a\)"):
        judged(there=holdings(claims=claims), paper=paper)


def test_agreement_is_what_the_words_say():
    assert {o.value for o in AGREEING} == {"the same figure", "within rounding", "agrees"}
