"""A small paper: one statement of each kind, and a few figures to hold them against."""

import math
import re
from dataclasses import replace

import pandas as pd

from pipeline.ledger.holdings import Holdings
from pipeline.ledger.model import Ledger
from pipeline.ledger.verdicts import Judgement, Replication, judge

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

NUMBER = {"kind": "number", "unit": "percent"}
THERE = {"kind": "existence"}
ABSENT = {"kind": "existence", "says": "absent"}


def holdings(**other: object) -> Holdings:
    """What the small paper is held against; `other` replaces a table."""
    claims = pd.DataFrame(
        [(c, f"part {c[0]} / x", k, f"says {c}", low, high, "percent") for c, (k, low, high) in CLAIMS.items()],
        columns=["claim_id", "place", "kind", "statement", "value_low", "value_high", "unit"],
    ).set_index("claim_id", drop=False)
    evidence = pd.DataFrame(
        [
            (e, "N1", value, "%", "2024", "page", f"https://x/{e}", "2025-01-30", agrees, f"note of {e}")
            for e, (value, agrees) in EVIDENCE.items()
        ],
        columns=[
            "evidence_id",
            "claim_id",
            "value",
            "unit",
            "year",
            "publisher",
            "url",
            "published",
            "agrees",
            "note",
        ],
    ).set_index("evidence_id", drop=False)
    figures = pd.DataFrame(
        [
            ("nsc/a/2022", "nsc", 8.0, 8.0, "percent", 2022),
            ("nsc/a/2023", "nsc", 20.0, 20.0, "percent", 2023),
            ("nsc/ha", "nsc", 30000.0, math.nan, "ha", 2023),
        ],
        columns=["figure_id", "source", "value", "value_high", "unit", "year"],
    ).assign(area="Kyrgyzstan", indicator="share_of_all")
    exposures = figures.set_index("figure_id", drop=False)
    panel = exposures.drop(columns="indicator").assign(decimals=0, crop="wheat", measure="yield")
    panel = panel.rename(index=lambda i: f"p/{i}")
    results = {
        "other": {
            "change": {"value": 4.0, "unit": "c/ha", "scope": "wheat"},
            "name": {"value": "Chui", "unit": "oblast", "scope": "wheat"},
        }
    }
    made = Holdings(claims, evidence, exposures, panel.assign(figure_id=panel.index), results)
    return replace(made, **other)


def entry(claim_id: str, rule: dict, expects: str = "supported", **more: object) -> dict:
    return {"id": claim_id, "rule": rule, "needs": "all", "have": "some", "expects": expects, **more}


def written(*entries: dict, **more: object) -> dict:
    """A ledger as YAML would give it: `entries` and, for the statements they leave out, entries without evidence."""
    rules = {"number": NUMBER, "category": THERE, "causal": {"kind": "causal"}, "normative": {"kind": "normative"}}
    named = {e["id"] for e in entries}
    untested = {"normative": "normative, not testable"}
    others = [
        entry(c, rules[kind], untested.get(kind, "not testable with these data"))
        for c, (kind, *_) in CLAIMS.items()
        if c not in named
    ]
    used = re.findall(r"\be[1-4]\b", str(entries))
    rest = [{"coded": e, "context": "not needed here"} for e in EVIDENCE if e not in used]
    for e in others:
        if e["id"] == "W1":
            e["against"] = rest
    return {
        "study": {"oblast": "Osh", "crop": "wheat", "year_before": 2023, "year_after": 2024, "results": ["other"]},
        "designs": {
            "all": {"kind": "identification", "what": "all"},
            "some": {"kind": "documents", "what": "pages"},
            "two": {"kind": "comparison", "what": "two years"},
            "none": {"kind": "none", "what": "nothing"},
        },
        "origins": [
            {"id": "nsc", "name": "Office", "authority": "official series", "sources": ["nsc"], "results": ["other"]},
            {"id": "minister", "name": "Minister", "authority": "press", "evidence": ["e2", "e3"]},
            {"id": "journal", "name": "Journal", "authority": "press", "evidence": ["e1"]},
            {"id": "itself", "name": "Itself", "authority": "self-description", "evidence": ["e4"]},
        ],
        "paper": [
            {"id": "columns", "count": 2, "what": "columns", "place": "Table 1"},
            {"id": "unit", "quote": "kW/h", "what": "unit", "place": "text"},
            {"id": "other_unit", "quote": "kWh", "what": "unit", "place": "text"},
        ],
        "assumptions": [
            {
                "id": "factor",
                "what": "a factor",
                "value": 0.2,
                "low": 0.1,
                "high": 0.3,
                "unit": "share",
                "reason": "a test",
            }
        ],
        "references": [
            {"number": n, "authors": "A", "year": 2022, "title": "T", "container": "J", "doi": "10.1/a"} for n in (1, 3)
        ]
        + [{"number": 2, "authors": "B", "year": 2023, "title": "T", "container": "J"}],
        "citations": [1, 3, 2],
        "claims": [*entries, *others],
        "inconsistencies": [],
        **more,
    }


def ledger_of(*entries: dict, **more: object) -> Ledger:
    return Ledger.model_validate(written(*entries, **more))


def replication_of(*entries: dict, there: Holdings | None = None, **more: object) -> Replication:
    return judge(ledger_of(*entries, **more), there or holdings())


def judged(*entries: dict, there: Holdings | None = None, **more: object) -> dict[str, Judgement]:
    return dict(replication_of(*entries, there=there, **more).judgements)


def verdict(claim_id: str, rule: dict, against: list | tuple = (), **more: object) -> str:
    """The verdict on one statement of the small paper."""
    return judged(entry(claim_id, rule, against=list(against), **more))[claim_id].verdict.value
