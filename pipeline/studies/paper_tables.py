"""The paper's tables, model and proposals as data (`data/raw/paper_tables`), and the evidence that bears on them.

They are words, not figures, so they are read as they were ingested. The evidence stands in the ledger, under the
statement that a cell or an item is; here it is only asked for.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

from pipeline.data.cards import read_card, read_table
from pipeline.data.corrections import apply_corrections, read_corrections
from pipeline.data.ingest import read_interim
from pipeline.errors import DataError
from pipeline.ledger.holdings import Holdings
from pipeline.ledger.model import Entry, Ledger, Verdict
from pipeline.ledger.verdicts import AGREEING, Finding, Outcome
from pipeline.ledger.verdicts import judge as judge_all
from pipeline.paths import INTERIM

SOURCE = "paper_tables"
CLAIMS = "paper_claims"


def read_paper_table(name: str, interim: Path = INTERIM) -> pd.DataFrame:
    """One of the tables as text; empty cells are ""."""
    return read_interim("context", SOURCE, name, interim)


def read_evidence(interim: Path = INTERIM) -> pd.DataFrame:
    """The independent evidence, corrected, as text, by evidence_id."""
    return read_interim("context", CLAIMS, "evidence.csv", interim).set_index("evidence_id", drop=False)


def read_claims(interim: Path = INTERIM) -> pd.DataFrame:
    """The paper's statements, corrected, as text, by claim_id."""
    return read_interim("context", CLAIMS, "claims.csv", interim).set_index("claim_id", drop=False)


def holdings(exposures: pd.DataFrame, panel: pd.DataFrame, interim: Path = INTERIM) -> Holdings:
    """What statements are held against, without results of notebooks."""
    return Holdings(
        claims=read_claims(interim),
        evidence=read_evidence(interim),
        exposures=exposures.set_index("figure_id", drop=False),
        panel=panel.set_index("figure_id", drop=False),
        results={},
    )


def corrected(source: str, table: str) -> pd.DataFrame:
    """A hand-written table after its corrections, from the raw file: messages are collected before anything has run."""
    return apply_corrections(read_table(read_card(source), table), source, table, read_corrections())


def words(source: str, table: str, *columns: str) -> Iterator[str]:
    """What stands in columns of a hand-written table: the messages that readers see of it, each once."""
    frame = corrected(source, table)
    yield from dict.fromkeys(text for column in columns for text in frame[column] if text)


def statements(*claims: str) -> Iterator[str]:
    """The wording of some statements of the paper."""
    frame = corrected(CLAIMS, "claims.csv").set_index("claim_id")
    yield from frame.loc[list(claims), "statement"]


def evidence_notes(*claims: str) -> Iterator[str]:
    """Notes of evidence.csv on some statements, as far as there are any."""
    frame = corrected(CLAIMS, "evidence.csv")
    yield from frame.loc[frame["claim_id"].isin(claims) & (frame["note"] != ""), "note"]


FINDING_COLUMNS = ("claim_id", "part", "addresses", "outcome", "authority", "decisive", "context", "origin")


def judge(claims: Iterable[str], ledger: Ledger, holdings: Holdings) -> tuple[dict[str, Verdict], pd.DataFrame]:
    """Verdicts on some statements, and what speaks to each, one row per value or page.

    The others are left aside, so statements that are held against results of notebooks need not be judged: a notebook
    reads no reports. What a statement rests on speaks to it too and is listed under the one that was asked for.

    Returns
    -------
    dict, DataFrame
        The verdicts by statement; `FINDING_COLUMNS`, where `outcome` and `authority` are words of the ledger.

    Raises
    ------
    DataError
        If the ledger does not have a statement, or one of them needs a result.
    """
    entries = {entry.id: entry for entry in ledger.claims}
    reached = {claim: _reached(claim, entries) for claim in claims}
    needed = set().union(*reached.values())
    uncounted = [fact.model_copy(update={"counted": None}) for fact in ledger.paper]  # a part has fewer places
    part = ledger.model_copy(
        update={"claims": [e for e in ledger.claims if e.id in needed], "inconsistencies": [], "paper": uncounted}
    )
    evidence = [*dict.fromkeys(a.key for a in part.addresses if a.file == "evidence.csv")]
    held = replace(
        holdings,
        claims=holdings.claims[holdings.claims.index.isin(needed)],
        evidence=holdings.evidence.loc[evidence],
    )
    judgements = judge_all(part, held).judgements
    names = {origin.id: origin.name for origin in ledger.origins}
    rows = [_row(claim, finding, names) for claim in reached for finding in judgements[claim].reached]
    return {claim: judgements[claim].verdict for claim in reached}, pd.DataFrame(rows, columns=list(FINDING_COLUMNS))


def _row(claim: str, finding: Finding, names: Mapping[str, str]) -> dict[str, object]:
    addresses = " ".join(dict.fromkeys(str(value.address) for value in finding.values.values()))
    origin = ", ".join(sorted(names.get(o, o) for o in finding.origins))
    return {
        "claim_id": claim,
        "part": finding.part,
        "addresses": addresses,
        "outcome": finding.outcome,
        "authority": finding.authority,
        "decisive": finding.decisive,
        "context": finding.context or "",
        "origin": origin,
    }


def _reached(claim: str, entries: Mapping[str, Entry]) -> set[str]:
    """A statement and those that it rests on."""
    if claim not in entries:
        raise DataError(f"data/ledger.yml has no entry for {claim}, which a table of the paper names.")
    return {claim}.union(*(_reached(other, entries) for other in entries[claim].rests_on))


def direction_of(findings: pd.DataFrame) -> Outcome | None:
    """What the deciding findings say together: agrees, differs, or in part; None where none decides."""
    outcomes = set(findings.loc[findings["decisive"].astype(bool), "outcome"])
    if not outcomes:
        return None
    if outcomes <= AGREEING:
        return Outcome.HOLDS
    return Outcome.DIFFERS if outcomes == {Outcome.DIFFERS} else Outcome.PARTLY


def evidence_rows(findings: pd.DataFrame, evidence: pd.DataFrame) -> pd.DataFrame:
    """The rows of evidence.csv that the findings name, in their order, with the authority of their origin.

    Raises
    ------
    DataError
        If a finding names a row that evidence.csv does not have.
    """
    rows = []
    for found in findings.itertuples():
        for address in found.addresses.split(" "):
            file, _, key = address.partition("#")
            if file != "evidence.csv":
                continue
            key = key.partition("@")[0]
            if key not in evidence.index:
                raise DataError(f"The ledger names {address}, which evidence.csv does not have.")
            row = {"evidence_id": key, "claim_id": found.claim_id, "part": found.part, "authority": found.authority}
            rows.append(row | evidence.loc[key, ["publisher", "year", "url", "agrees", "note"]].to_dict())
    columns = ["evidence_id", "claim_id", "part", "authority", "publisher", "year", "url", "agrees", "note"]
    return pd.DataFrame(rows, columns=columns).drop_duplicates(["evidence_id", "claim_id", "part"], ignore_index=True)
