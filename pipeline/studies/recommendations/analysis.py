"""The paper's proposals, and what its statements and the results of this project say of each.

A proposal is an "ought", which no data decide. What can be asked is whether the problem is there that it answers (the
need), and whether it would do what it is for (the effect). Statements of the ledger and result values bear on one or
the other; which ones is written in `recommendation_links.csv`, what follows is computed from the verdicts by the rules
of `says`, `aspect_outcome` and `proposal_outcome`. Nobody types an outcome. Result values are calculated under
assumptions; they say here what they say in the ledger, nothing either way, and are shown.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path

import pandas as pd

from pipeline.errors import DataError
from pipeline.ledger.model import AGREES, DISAGREES, Study, Verdict
from pipeline.paths import REPORTS
from pipeline.studies.paper_tables import SOURCE, words
from pipeline.text.results import read_results

NEED, EFFECT = "need", "effect"
ASPECTS = (NEED, EFFECT)
LEDGER = "replication"
"""The report whose results are the verdicts of the ledger."""
VERDICT = "verdict_"
"""How the names of verdicts begin among them."""
NUMBER = "number"
"""What a link that is no verdict holds, in the column `finding`."""
CALCULATION = "calculation"
CALCULATIONS = {
    "energy_hub": "calculation: energy hub",
    "cold_chain": "calculation: cold chain",
    "circular": "calculation: waste",
}
"""What a link to a result value is called, by report; `CALCULATION` for any other."""
NO_LINK = "no link"
"""What is said of an aspect on which nothing bears."""
SILENT = "silent"
"""What is said of an aspect on which something bears, and nothing of that says anything either way."""


class Says(StrEnum):
    """What one statement or result says of a proposal."""

    FOR = "for"
    IN_PART = "for in part"
    AGAINST = "against"
    NOTHING = "nothing either way"


class Outcome(StrEnum):
    """What the links say together of an aspect, and the aspects of a proposal; a proposal is never "in part"."""

    SUPPORTED = "supported"
    IN_PART = "supported in part"
    OPEN = "open"
    OVERSTATED = "reason overstated"
    AGAINST = "against the evidence"


def says(value: object, where: str) -> Says:
    """What a linked value says.

    A verdict: for, if the statement was found to hold; for in part, if a part of it is shown; against, if it was not
    supported, contradicted or is inconsistent; nothing otherwise: it could not be tested, is normative, its cause is
    not identified, or nothing outside the paper shows it. A number is a calculation under assumptions and tests
    nothing.

    Raises
    ------
    DataError
        If a text is no verdict.
    """
    if not isinstance(value, str):
        return Says.NOTHING
    if value not in set(Verdict):
        raise DataError(f"{where} is {value!r}; a text must be a verdict of the ledger.")
    verdict = Verdict(value)
    if verdict in AGREES:
        return Says.FOR
    if verdict == Verdict.PART_SHOWN:
        return Says.IN_PART
    return Says.AGAINST if verdict in DISAGREES else Says.NOTHING


def aspect_outcome(aspect: str, said: Iterable[Says]) -> Outcome:
    """What all links to one aspect say together.

    Those that say nothing are left aside. Where some speak against and none for, not even in part, an effect is against
    the evidence; of a need it is said that the reason is overstated: something is there that is said to be absent, and
    there may still be too little of it. Supported: some speak for and none against. Supported in part: none against,
    and all others only in part. Otherwise open.
    """
    said = set(said) - {Says.NOTHING}
    if said == {Says.AGAINST}:
        return Outcome.OVERSTATED if aspect == NEED else Outcome.AGAINST
    if Says.AGAINST in said or not said:
        return Outcome.OPEN
    return Outcome.SUPPORTED if Says.FOR in said else Outcome.IN_PART


def proposal_outcome(need: Outcome, effect: Outcome) -> Outcome:
    """Against the evidence, if its effect is; reason overstated, if that is said of its need; supported, if both are
    supported; otherwise open."""
    if effect == Outcome.AGAINST:
        return Outcome.AGAINST
    if need == Outcome.OVERSTATED:
        return Outcome.OVERSTATED
    return Outcome.SUPPORTED if need == effect == Outcome.SUPPORTED else Outcome.OPEN


def load_results(addresses: Iterable[str], reports: Path = REPORTS) -> dict[str, dict[str, dict[str, object]]]:
    """The results that addresses point into, by report.

    Raises
    ------
    DataError
        If an address is none, or the results of a report are missing or not of their form.
    """
    return {name: read_results(name, reports) for name in sorted({report_of(address) for address in addresses})}


def report_of(address: str) -> str:
    """The report that an address points to.

    Raises
    ------
    DataError
        If the address is not of the form report#name.

    Examples
    --------
    >>> report_of("replication#verdict_E08")
    'replication'
    """
    name, _, key = address.partition("#")
    if not (name and key):
        raise DataError(f"recommendation_links.csv: {address!r} is no address; expected report#name.")
    return name


def claim_of(address: str) -> str:
    """The statement whose verdict an address points to; empty for a result value.

    Examples
    --------
    >>> claim_of("replication#verdict_T2_10"), claim_of("energy_hub#hub_p5")
    ('T2-10', '')
    """
    report, _, key = address.partition("#")
    if report != LEDGER or not key.startswith(VERDICT):
        return ""
    return key.removeprefix(VERDICT).replace("_", "-")


def silent_reports(study: Study, parameters: Mapping[str, object]) -> tuple[str, ...]:
    """Reports whose results say nothing here: they speak of another oblast, crop or pair of years than the paper's."""
    return tuple(study.results) if study.differs_from(parameters) else ()


def linked(
    links: pd.DataFrame, results: Mapping[str, Mapping[str, Mapping[str, object]]], silent: Iterable[str] = ()
) -> pd.DataFrame:
    """Every link with its value and what it says.

    Parameters
    ----------
    silent
        Reports whose results say nothing here, as `silent_reports` names them.

    Returns
    -------
    DataFrame
        proposal, aspect, address, bears, `finding` (the verdict, or `NUMBER`), value, unit, scope, says, silent.

    Raises
    ------
    DataError
        If an address leads nowhere, or an aspect is neither need nor effect.
    """
    rows = []
    for link in links.itertuples():
        if link.aspect not in ASPECTS:
            raise DataError(f"recommendation_links.csv: {link.aspect!r} is no aspect; expected {' or '.join(ASPECTS)}.")
        report, key = report_of(link.address), link.address.partition("#")[2]
        if key not in results[report]:
            raise DataError(
                f"recommendation_links.csv, {link.proposal}: {link.address} does not exist. "
                "Mend the address, or make the value."
            )
        found, silent_here = results[report][key], report in silent
        rows.append(
            {
                "proposal": link.proposal,
                "aspect": link.aspect,
                "address": link.address,
                "bears": link.bears,
                "finding": found["value"] if claim_of(link.address) else NUMBER,
                "value": found["value"],
                "unit": found["unit"],
                "scope": found["scope"],
                "says": Says.NOTHING if silent_here else says(found["value"], link.address),
                "silent": silent_here,
            }
        )
    return pd.DataFrame(rows)


def outcomes(proposals: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """What follows for every proposal; `links` is `linked`.

    Returns
    -------
    DataFrame
        proposal, group, text, claims, need, effect, outcome, and for each aspect how many links it has and how many
        of them say anything: need_links, need_speaking, effect_links, effect_speaking.

    Raises
    ------
    DataError
        If a link names a proposal that is not there.
    """
    unknown = sorted(set(links["proposal"]) - set(proposals["proposal"]))
    if unknown:
        raise DataError(f"recommendation_links.csv names {unknown[0]!r}, which recommendations.csv does not have.")
    rows = []
    for proposal in proposals.itertuples():
        own = links[links["proposal"] == proposal.proposal]
        row = {name: getattr(proposal, name) for name in ("proposal", "group", "text", "claims")}
        for aspect in ASPECTS:
            said = own.loc[own["aspect"] == aspect, "says"]
            row[aspect] = aspect_outcome(aspect, said)
            row[f"{aspect}_links"], row[f"{aspect}_speaking"] = len(said), int((said != Says.NOTHING).sum())
        rows.append(row | {"outcome": proposal_outcome(row[NEED], row[EFFECT])})
    return pd.DataFrame(rows)


def shown_outcomes(found: pd.DataFrame) -> pd.DataFrame:
    """`outcomes` with what a table says of each aspect: `need_said`, `effect_said`, which tell an aspect that is open
    because no link bears on it (`NO_LINK`), or none says anything (`SILENT`), from one whose links leave it open."""
    said = {}
    for a in ASPECTS:
        links, speaking = found[f"{a}_links"], found[f"{a}_speaking"]
        said[f"{a}_said"] = found[a].where(speaking > 0, SILENT).where(links > 0, NO_LINK)
    return found.assign(**said)


def shown_links(links: pd.DataFrame, proposals: pd.DataFrame) -> pd.DataFrame:
    """`linked` with the wording of each proposal (`text`), and the statement's number or the calculation (`source`)."""
    named = links.merge(proposals[["proposal", "text"]], on="proposal")
    source = [claim_of(address) or CALCULATIONS.get(report_of(address), CALCULATION) for address in named["address"]]
    return named.assign(source=source)


def summary(found: pd.DataFrame, links: pd.DataFrame) -> dict[str, int]:
    """The results: how many proposals, needs and effects have which outcome; `outcomes` and `linked`."""

    def count(column: str, outcome: Outcome) -> int:
        return int((found[column] == outcome).sum())

    return {
        "proposals": len(found),
        "proposals_supported": count("outcome", Outcome.SUPPORTED),
        "proposals_open": count("outcome", Outcome.OPEN),
        "proposals_overstated": count("outcome", Outcome.OVERSTATED),
        "proposals_against": count("outcome", Outcome.AGAINST),
        **{f"needs_{o.name.lower()}": count(NEED, o) for o in Outcome if o != Outcome.AGAINST},
        "effects_supported": count(EFFECT, Outcome.SUPPORTED),
        "effects_against": count(EFFECT, Outcome.AGAINST),
        "proposals_without_link": int((found["need_links"] + found["effect_links"] == 0).sum()),
        "effects_without_link": int((found["effect_links"] == 0).sum()),
        "links": len(links),
        "links_speaking": int((links["says"] != Says.NOTHING).sum()),
        "links_silent": int(links["silent"].sum()),
    }


def messages() -> Iterator[str]:
    """Words of the data that the notebook shows, for the translators."""
    yield from words(SOURCE, "recommendations.csv", "group", "text")
    yield from words(SOURCE, "recommendation_links.csv", "aspect", "bears")
    yield from (CALCULATION, *CALCULATIONS.values())
    yield from (word.value for words_of in (Outcome, Says, Verdict) for word in words_of)
