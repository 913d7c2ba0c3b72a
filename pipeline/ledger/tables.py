"""Tables of what the ledger found: frames of codes, ids and figures, and the flat results.

Nothing here is a sentence. Words of a reader's language are put to them by `wording`; a word in a column is one of
the fixed English ones (`model`), an id of the ledger, or a text of the ledger or of a source as it stands there.
"""

import math
from collections.abc import Callable

import pandas as pd

from pipeline.ledger.formula import Interval
from pipeline.ledger.holdings import PAPER, Value
from pipeline.ledger.model import Authority, Verdict
from pipeline.ledger.verdicts import Finding, Judgement, Mismatch, Replication

# Digits of figures in the tables: more than any source prints of a figure that is used here.
SIGNIFICANT_DIGITS = 10

VERDICTS_PROGRAM = "pipeline/ledger/verdicts.py"
FINDINGS_TABLE = "reports/replication/tables/findings.csv"


def statements(replication: Replication) -> pd.DataFrame:
    """The verdict on every statement, in the order of claims.csv.

    Returns
    -------
    DataFrame
        claim_id, section, place, kind, rule, statement, low, high (its figure; an open end is empty), unit, verdict,
        sources (independent origins that say anything), sources_agreeing, decided_by (their authority), findings
        (their number), rests_on, omits, covers_only, needs and have (ids of designs), remark.
    """
    return pd.DataFrame([_statement(j) for j in replication.judgements.values()])


def _statement(j: Judgement) -> dict[str, object]:
    low, high, _ = j.figure
    return {
        "claim_id": j.entry.id,
        "section": j.section,
        "place": j.claim["place"],
        "kind": j.claim["kind"],
        "rule": j.entry.rule.kind,
        "statement": j.claim["statement"],
        "low": _end(low),
        "high": _end(high),
        "unit": j.claim["unit"],
        "verdict": j.verdict.value,
        "sources": j.sources,
        "sources_agreeing": j.sources_agreeing,
        "decided_by": ", ".join(j.decided_by),
        "findings": len(j.findings),
        "rests_on": " ".join(j.entry.rests_on),
        "omits": "; ".join(j.entry.omits),
        "covers_only": j.entry.covers_only or "",
        "needs": j.entry.needs,
        "have": j.entry.have,
        "remark": j.entry.remark or "",
    }


def findings(replication: Replication) -> pd.DataFrame:
    """Everything the statements are held against, one row per value or page.

    Returns
    -------
    DataFrame
        claim_id, part, number (of the finding within its statement), addresses, formula, low, high (what they come
        to, as printed), unit, quoted (as the source prints it), outcome, weight (decides, shown), origins (ids),
        authority, deviations (kinds), deviations_in_words, context, agrees_in_evidence (as the row of evidence.csv
        says), note (of the row of evidence.csv), links.
    """
    return pd.DataFrame(
        [_finding(f, n) for j in replication.judgements.values() for n, f in enumerate(j.findings, start=1)]
    )


def _finding(f: Finding, number: int) -> dict[str, object]:
    return {
        "claim_id": f.claim_id,
        "part": f.part,
        "number": number,
        "addresses": " ".join(f"{name}={v.address}" if name else str(v.address) for name, v in f.values.items()),
        "formula": f.witness.formula or "",
        "low": _end(f.quantity.low) if f.quantity else "",
        "high": _end(f.quantity.high) if f.quantity else "",
        "unit": f.unit,
        "quoted": "; ".join(v.quoted for v in f.values.values() if v.quoted),
        "outcome": f.outcome.value,
        "weight": "decides" if f.decisive else "shown",
        "origins": " ".join(sorted(f.origins)),
        "authority": f.authority.value,
        "deviations": " ".join(f.witness.deviations),
        "deviations_in_words": "; ".join(f.witness.deviations.values()),
        "context": f.context or "",
        "agrees_in_evidence": f.agrees_in_evidence,
        "note": " ".join(dict.fromkeys(v.note for v in f.values.values() if v.note)),
        "links": " ".join(f.links),
    }


def inconsistencies(replication: Replication) -> pd.DataFrame:
    """The places of the paper that do not fit each other.

    Returns
    -------
    DataFrame
        inconsistency (id), of_print (a slip of print or wording), what, places, claims, check (differ, same_references
        or first_cited_too_early), one, other (addresses, or numbers of references), one_printed, other_printed.
    """
    return pd.DataFrame([_mismatch(m, replication) for m in replication.mismatches])


def _mismatch(mismatch: Mismatch, replication: Replication) -> dict[str, object]:
    item = mismatch.item
    references = {r.number: f"{r.authors} ({r.year})" for r in replication.ledger.references}
    sides = [
        (str(side.address), side.quoted or _figure(side.printed))
        if isinstance(side, Value)
        else (f"[{side}]", references[side])
        for side in mismatch.sides
    ]
    checks = ("differ", "same_references", "first_cited_too_early")
    return {
        "inconsistency": item.id,
        "of_print": item.of_print,
        "what": item.what,
        "places": "; ".join(item.places),
        "claims": " ".join(item.claims),
        "check": next(check for check in checks if getattr(item, check)),
        "one": sides[0][0],
        "other": sides[1][0],
        "one_printed": sides[0][1],
        "other_printed": sides[1][1],
    }


def referee_map(replication: Replication) -> pd.DataFrame:
    """Every table cell and every number in the paper's text, the program that tests it, and where its output lies.

    Returns
    -------
    DataFrame
        place, claim_id, item (table cell, number in the text), low, high, unit, programs, outputs (both empty where
        nothing tests it), verdict, needs (the design that a test would take): one row per statement of a table or
        with a figure, in the paper's order.
    """
    rows = []
    for j in replication.judgements.values():
        low, high, _ = j.figure
        in_table = j.section.startswith("Table")
        if in_table or not math.isnan(low) or j.entry.rule.kind == "number":
            makers = sorted({_maker(v) for f in j.reached for v in f.values.values()})
            rows.append(
                {
                    "place": j.claim["place"],
                    "claim_id": j.entry.id,
                    "item": "table cell" if in_table else "number in the text",
                    "low": _end(low),
                    "high": _end(high),
                    "unit": j.claim["unit"],
                    "programs": " ".join(dict.fromkeys(program for program, _ in makers)),
                    "outputs": " ".join(dict.fromkeys(output for _, output in makers)),
                    "verdict": j.verdict.value,
                    "needs": j.entry.needs,
                }
            )
    return pd.DataFrame(rows)


def _maker(value: Value) -> tuple[str, str]:
    """The program that makes what an address points to, and the file it stands in."""
    address = value.address
    if address.report:
        return f"notebooks/{address.report}.ipynb", f"reports/{address.report}/results.json"
    if address.file in ("exposures.csv", "panel.csv"):
        return "pipeline/data/harmonise.py", f"data/processed/{address.file}"
    return VERDICTS_PROGRAM, FINDINGS_TABLE


def summary(replication: Replication) -> pd.DataFrame:
    """Number of statements by section (rows, in the paper's order) and verdict (columns, all of them), with totals."""
    frame = statements(replication)
    words = [v.value for v in Verdict]
    table = pd.crosstab(frame["section"], frame["verdict"])
    table = table.reindex(index=list(dict.fromkeys(frame["section"])), columns=words, fill_value=0)
    table.loc["All"] = table.sum()
    table["all"] = table.sum(axis=1)
    return table.reset_index()


def results(replication: Replication) -> dict[str, dict[str, object]]:
    """The flat form of every result file, name -> value, unit, scope: counts, and the verdict on each statement."""
    judgements = list(replication.judgements.values())
    found = {}

    def add(name: str, value: object, unit: str, scope: str) -> None:
        found[name] = {"value": value, "unit": unit, "scope": scope}

    def count(name: str, holds: Callable[[Judgement], bool], scope: str) -> None:
        add(name, sum(map(holds, judgements)), "statements", scope)

    count("statements", lambda j: True, "all statements of the paper in claims.csv")
    for verdict in Verdict:
        count(
            f"statements_{verdict.code}", lambda j, v=verdict: j.verdict == v, f"statements that are: {verdict.value}"
        )
    for kind in dict.fromkeys(j.claim["kind"] for j in judgements):
        count(f"statements_of_kind_{kind}", lambda j, k=kind: j.claim["kind"] == k, f"statements of the kind: {kind}")
    count("statements_with_evidence", lambda j: j.sources > 0, "statements that some origin speaks of")
    count(
        "statements_by_reading_only",
        lambda j: j.by_reading_only,
        "statements of which all evidence is pages that a reader judged to agree or not",
    )
    count(
        "statements_decided_by_official_series",
        lambda j: j.entry.rule.kind != "causal" and Authority.OFFICIAL_SERIES in j.decided_by,
        "statements, causal ones apart, that figures of the Statistics Committee decide",
    )
    speaking = [f for j in judgements for f in j.findings if f.speaks]
    origins = frozenset().union(*(f.origins for f in speaking)) - {PAPER}
    pages = {link for f in speaking for link in f.links}
    add("independent_origins", len(origins), "origins", "who first said what bears on a verdict, the paper not counted")
    add("pages", len(pages), "pages", "pages that were read for what bears on a verdict")
    slips = sum(m.item.of_print for m in replication.mismatches)
    add(
        "inconsistencies", len(replication.mismatches) - slips, "inconsistencies", "places of the paper that do not fit"
    )
    add("slips_of_print", slips, "slips", "slips of print and wording in the paper, on which no statement depends")
    for j in judgements:
        scope = f"{j.claim['place']}: {j.claim['statement']}"
        add(f"verdict_{j.entry.id.replace('-', '_')}", j.verdict.value, "verdict", scope)
    return found


def _end(value: float) -> str:
    """An end of a figure, an open or absent one empty."""
    return f"{value:.{SIGNIFICANT_DIGITS}g}" if math.isfinite(value) else ""


def _figure(interval: Interval) -> str:
    """A figure in a table: one value, or both ends with two dots between them."""
    low, high = _end(interval.low), _end(interval.high)
    return low if low == high else f"{low}..{high}"
