"""The sentence that says why a statement has its verdict: each branch, by hand, and all of the project's own."""

import re

import pytest

from pipeline.ledger.holdings import load_holdings
from pipeline.ledger.model import read_ledger
from pipeline.ledger.reasons import reason_text
from pipeline.ledger.verdicts import judge
from pipeline.text.language import Catalogue, languages
from tests.ledger.small_paper import ABSENT, NUMBER, THERE, entry, replication_of

ENGLISH = Catalogue("en", "claims")


def reason(*entries: dict) -> str:
    """Of the first of the entries."""
    made = replication_of(*entries)
    return reason_text(made.judgements[entries[0]["id"]], made, ENGLISH)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (entry("N1", NUMBER, against=[{"value": "evidence.csv#e2"}]), "The same figure was found: 10 % (Minister)."),
        (entry("C1", THERE, against=[{"coded": "e2"}]), "It is borne out by: Minister."),
        (
            entry("C1", THERE, against=[{"coded": "e2"}], covers_only="one half of it"),
            "Shown is only this: one half of it (Minister).",
        ),
        (entry("C1", ABSENT, against=[{"value": "exposures.csv#nsc/a/2023"}]), "Against it speaks: Office."),
        (  # the paper against itself is heard before the office that differs too
            entry("N1", NUMBER, against=[{"value": "exposures.csv#nsc/a/2023"}, {"value": "paper#columns"}]),
            "The paper announces 10 %; it has 2 (columns, Table 1).",
        ),
        (entry("C1", ABSENT, against=[{"value": "paper#columns"}]), "What the paper itself has: 2 (columns, Table 1)."),
        (
            entry(
                "C2", {"kind": "bibliographic", "reference": 1, "field": "year"}, against=[{"value": "evidence.csv#e2"}]
            ),
            "The reference is printed otherwise by: Minister.",
        ),
        (
            entry("C2", {"kind": "bibliographic", "reference": 1, "same_as": 3}),
            "References 1 and 3 are printed alike.",
        ),
        (
            entry("C1", {"kind": "bibliographic", "reference": 1, "same_as": 2}),
            "References 1 and 2 are not printed alike.",
        ),
        (
            entry("N1", NUMBER, against=[{"value": "exposures.csv#nsc/a/2023"}]),
            "What was found is 20 % (Office); printed is 10 %.",
        ),
        (
            entry("N1", NUMBER, against=[{"value": "exposures.csv#nsc/a/2023", "deviations": {"definition": "gross"}}]),
            "What was found is 20 % (Office), of another definition; printed is 10 %.",
        ),
        (  # what is only shown is not named as what bears it out
            entry("N1", NUMBER, against=[{"value": "evidence.csv#e2"}, {"coded": "e1", "context": "shown"}]),
            "The same figure was found: 10 % (Minister).",
        ),
        (  # a figure was found, but the paper prints none
            entry("N3", NUMBER, against=[{"value": "evidence.csv#e2"}]),
            "The paper prints no figure that could be compared. A test would need: all.",
        ),
        (  # 20 % at most leaves 10 % open
            entry("N1", NUMBER, against=[{"value": "exposures.csv#nsc/a/2023", "bound": "at most"}]),
            "What was found says nothing either way. A test would need: all.",
        ),
        (
            entry("C1", THERE, against=[{"coded": "e2", "context": "shown"}]),
            "What was found says nothing either way. A test would need: all.",
        ),
        (entry("N1", NUMBER), "Nothing was found that bears on it. A test would need: "),
        (
            entry("X1", {"kind": "causal"}, against=[{"coded": "e2"}]),
            "What it starts from holds, at least in part (Minister). Whether the one brings about the other would ",
        ),
    ],
)
def test_each_verdict_has_its_sentence(written: dict, expected: str):
    assert reason(written).startswith(expected)


def test_of_many_sources_three_are_named_and_the_others_counted():
    """Each its own origin; of four all are named, for a count of one other says less than its name."""
    there = [{"coded": e} for e in ("e1", "e2", "e3")]
    figures = [{"value": "exposures.csv#nsc/a/2023"}, {"value": "other#change"}]
    origins = [{"id": e, "name": f"Paper {e}", "authority": "press", "evidence": [e]} for e in ("e1", "e2", "e3", "e4")]
    origins += [
        {"id": "nsc", "name": "Office", "authority": "press", "sources": ["nsc"]},
        {"id": "own", "name": "Own", "authority": "press", "results": ["other"]},
    ]
    four, five = (
        reason_text(made.judgements["C1"], made, ENGLISH)
        for made in (
            replication_of(entry("C1", THERE, against=[*there, *figures[:n]]), origins=origins) for n in (1, 2)
        )
    )
    assert four == "It is borne out by: Paper e1; Paper e2; Paper e3; Office."
    assert five == "It is borne out by: Paper e1; Paper e2; Paper e3; 2 more."


@pytest.mark.parametrize("language", languages())
def test_every_statement_has_one_without_a_gap_or_a_code_name(language: str, built):
    """No template shows: no empty bracket, no name left unfilled, no full stop twice, no id of a source."""
    ledger = read_ledger()
    made = judge(ledger, load_holdings(ledger.reports, built.interim, built.exposures, built.panel))
    t = Catalogue(language, "claims")
    said = {name: reason_text(j, made, t) for name, j in made.judgements.items()}
    faults = {
        name: text for name, text in said.items() if re.search(r"\(\)|[{}#_]|: \.|\.\.|  ", text) or len(text) < 20
    }
    assert len(said) > 100 and faults == {}
    assert not t.missing


def test_what_the_key_statements_say_was_found_is_what_the_results_show(built):
    """The words of M03, A01 and P08 hold for the figures: every oblast rose, a tenth is developed, power is short."""
    ledger = read_ledger()
    made = judge(ledger, load_holdings(ledger.reports, built.interim, built.exposures, built.panel))
    results = made.holdings.results["yield_change"]
    assert results["oblasts_that_rose"]["value"] == results["number_of_oblasts"]["value"]
    assert results["change"]["value"] > 0
    developed = next(f.quantity for f in made.judgements["E03"].findings if f.decisive)
    assert 8 < developed.low <= developed.high < 12
    assert len(ledger.key) == 5 and ledger.key[0].id == "M03"
