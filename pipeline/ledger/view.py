"""The view of the ledger: everything that a reader of the replication sees, in the reader's language.

It is worded once. `replication.md.j2` sets it as Markdown, `site/templates/replication.html.j2` as a page; neither
adds a finding, a figure or a verdict. A text that has no translation is `English`, which a page marks.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from pipeline.ledger import tables
from pipeline.ledger.holdings import Value, is_another_study
from pipeline.ledger.model import AGREES, DISAGREES, Assumption, Verdict
from pipeline.ledger.reasons import reason_text
from pipeline.ledger.verdicts import Finding, Judgement, Mismatch, Replication
from pipeline.ledger.wording import (
    KINDS,
    claimed_text,
    finding_text,
    note_text,
    place_text,
    unit_text,
    value_text,
    worded,
)
from pipeline.text.documents import English, markdown, or_english
from pipeline.text.language import SOURCE_LANGUAGE, Catalogue

TEMPLATE = Path(__file__).with_name("replication.md.j2")


@dataclass(frozen=True)
class VerdictCount:
    """A verdict, and how many statements have it.

    `key` is its code, `word` what a reader sees, `tone` how it is marked (good, partly, bad or open), `width` its
    number in percent of the largest.
    """

    key: str
    word: str
    tone: str
    number: int
    width: int


@dataclass(frozen=True)
class ShownVerdict:
    """The verdict on one statement: its code, its word, and how it is marked."""

    key: str
    word: str
    tone: str


@dataclass(frozen=True)
class ShownFinding:
    """One thing that a statement is held against.

    `about` says what it shows, where it is shown beside the others and decides nothing; `text` is the value or the
    arithmetic, `note` a remark on its source; `links` are pages of the web, `reports` names of reports that it takes
    results from; `deviations` are pairs of kind and reason.
    """

    about: str
    text: str
    note: str
    links: tuple[str, ...]
    reports: tuple[str, ...]
    outcome: str
    origins: tuple[str, ...]
    authority: str
    decides: bool
    deviations: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Note:
    """A remark under a statement: its name, its texts, and the statements that it names."""

    name: str
    texts: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()


@dataclass(frozen=True)
class ShownStatement:
    """One statement: what it says and where, its figure and tolerance, the verdict, why, and what that rests on.

    `kind` is the code of what it says (a figure, a cause ...). `printed` and `tolerance` are empty where there is none;
    `tolerance` says its reason too.
    """

    id: str
    verdict: ShownVerdict
    kind: str
    says: str
    place: str
    reason: str
    printed: str
    tolerance: str
    findings: tuple[ShownFinding, ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class ShownKey:
    """A statement that the paper stands on, in short: what it says, what was found, its verdict, and why."""

    id: str
    says: str
    found: str
    verdict: ShownVerdict
    why: str


@dataclass(frozen=True)
class ShownSection:
    """A section of the paper: its English name, its title, the statements."""

    name: str
    title: str
    statements: tuple[ShownStatement, ...]


@dataclass(frozen=True)
class ShownMismatch:
    """Places of the paper that do not fit, with what either side says."""

    id: str
    description: str
    places: tuple[str, ...]
    claims: tuple[str, ...]
    sides: tuple[str, str]


@dataclass(frozen=True)
class MapRow:
    """A row of the referee's map; `needs` is the design that a test would take, empty where a program tests it."""

    place: str
    claim: str
    printed: str
    programs: tuple[str, ...]
    outputs: tuple[str, ...]
    verdict: str
    needs: str


@dataclass(frozen=True)
class ShownAssumption:
    """A number that no source gives, with its range, its unit and the reason for it."""

    description: str
    value: str
    low: str
    high: str
    unit: str
    reason: str


@dataclass(frozen=True)
class ReplicationView:
    """The whole replication in one language, in the order in which it is shown.

    `notice` is empty unless the reports ran for another study than the paper's, of which the findings of `key` would
    not speak, so that it is empty then; `verdicts` are all that the ledger knows, also those that no statement has;
    `kinds` are codes and words of what statements say. `slips` are mismatches of print and wording, on which nothing
    depends.
    """

    language: str
    number: int
    explained: tuple[str, ...]
    notice: str
    key: tuple[ShownKey, ...]
    verdicts: tuple[VerdictCount, ...]
    kinds: tuple[tuple[str, str], ...]
    sections: tuple[ShownSection, ...]
    mismatches: tuple[ShownMismatch, ...]
    slips: tuple[ShownMismatch, ...]
    referee_map: tuple[MapRow, ...]
    assumptions: tuple[ShownAssumption, ...]


def replication_view(replication: Replication, t: Catalogue) -> ReplicationView:
    """What a reader of a language sees of the replication.

    Parameters
    ----------
    replication
        The judged ledger.
    t
        The catalogue of the ledger (domain `claims`) in that language.
    """
    judgements = list(replication.judgements.values())
    return ReplicationView(
        language=t.language,
        number=len(judgements),
        explained=_explained(judgements, t),
        notice=_notice(replication, t),
        key=_key(replication, t),
        verdicts=verdict_counts(replication, t),
        kinds=tuple((kind, worded(word, t)) for kind, word in KINDS.items() if kind in {_kind(j) for j in judgements}),
        sections=tuple(
            _section(name, [j for j in judgements if j.section == name], replication, t)
            for name in dict.fromkeys(j.section for j in judgements)
        ),
        mismatches=tuple(_mismatch(m, replication, t) for m in replication.mismatches if not m.item.of_print),
        slips=tuple(_mismatch(m, replication, t) for m in replication.mismatches if m.item.of_print),
        referee_map=tuple(_map_row(row, replication, t) for row in tables.referee_map(replication).itertuples()),
        assumptions=tuple(_assumption(a, t) for a in replication.ledger.assumptions),
    )


def replication_markdown(replication: Replication, t: Catalogue) -> str:
    """The whole replication as one Markdown document."""
    return markdown(TEMPLATE, t=t, view=replication_view(replication, t))


def verdict_counts(replication: Replication, t: Catalogue) -> tuple[VerdictCount, ...]:
    """All verdicts in the order of the ledger, with how many statements have each."""
    found = [j.verdict for j in replication.judgements.values()]
    most = max(map(found.count, Verdict))
    return tuple(
        VerdictCount(v.code, worded(v.value, t), tone(v), found.count(v), round(100 * found.count(v) / most))
        for v in Verdict
    )


def tone(verdict: Verdict) -> str:
    """How a verdict is marked, by shape and colour: the paper is borne out, in part, not, or it stays open."""
    if verdict in AGREES:
        return "good"
    if verdict in DISAGREES:
        return "bad"
    return "partly" if verdict == Verdict.PART_SHOWN else "open"


def _explained(judgements: list[Judgement], t: Catalogue) -> tuple[str, ...]:
    """The paper, and how its verdicts are reached: three paragraphs."""
    found = [j.verdict for j in judgements]
    return (
        t(
            "Karbekova M. Zh., Saipidinov I. M., Karbekova A. B., “Green clusters: infrastructure support and new "
            "industry opportunities on the example of the Kyrgyz Republic”. Each statement is given by its place and "
            "in our own words."
        ),
        t(
            "A verdict is computed from the addressed values by a fixed rule. Values are compared with the rounding "
            "they are printed with. Where a page has no figure to compare, whether it agrees is a reader's judgement; "
            "for {by_reading} statements there is nothing else. Pages that repeat one statement have one origin and "
            "count once; an official series comes before official statements and documents, these before compilations "
            "and the press, and what an organisation says of itself shows nothing. The rules stand on the methods "
            "page.",
            by_reading=sum(j.by_reading_only for j in judgements),
        ),
        t(
            "“Not testable with these data” and “not supported” say what was found, not that a statement is false. A "
            "causal statement is never confirmed: two harvests, or a comparison of oblasts, do not identify a cause; "
            "what stands below it are its premises. Of {shown} statements a source outside the paper shows a part. "
            "Nothing found speaks against {compatible} others, and no independent source shows them. {consistent} were "
            "held against the paper alone: it is consistent, and no more. A misprint is called a misprint.",
            shown=found.count(Verdict.PART_SHOWN),
            compatible=found.count(Verdict.COMPATIBLE),
            consistent=found.count(Verdict.CONSISTENT),
        ),
    )


def _notice(replication: Replication, t: Catalogue) -> str:
    """A notice where the reports ran for another study than the paper's; empty where they did not."""
    if not is_another_study(replication.ledger, replication.holdings):
        return ""
    study = replication.holdings.study
    return t(
        "The notebooks ran for {oblast}, {crop}, {before} and {after}, not for the paper’s oblast, crop and years. "
        "Their results are shown and say nothing here.",
        oblast=t.area(study["oblast"]),
        crop=t.crop(study["crop"]),
        before=study["year_before"],
        after=study["year_after"],
    )


def _key(replication: Replication, t: Catalogue) -> tuple[ShownKey, ...]:
    """The key statements; none where the reports ran for another study, of which their findings do not speak."""
    if is_another_study(replication.ledger, replication.holdings):
        return ()
    judged = replication.judgements
    return tuple(
        ShownKey(
            id=item.id,
            says=or_english(judged[item.id].claim["statement"], t),
            found=or_english(item.found, t),
            verdict=_verdict(judged[item.id], t),
            why=or_english(item.why, t),
        )
        for item in replication.ledger.key
    )


def _kind(j: Judgement) -> str:
    return j.entry.rule.kind


def _verdict(j: Judgement, t: Catalogue) -> ShownVerdict:
    return ShownVerdict(j.verdict.code, worded(j.verdict.value, t), tone(j.verdict))


def _section(name: str, own: list[Judgement], replication: Replication, t: Catalogue) -> ShownSection:
    return ShownSection(
        name=name,
        title=worded(name, t),
        statements=tuple(_statement(j, replication, t) for j in own),
    )


def _statement(j: Judgement, replication: Replication, t: Catalogue) -> ShownStatement:
    rule = j.entry.rule
    tolerance = getattr(rule, "tolerance", None)
    because = worded(rule.because, t) if tolerance else ""
    return ShownStatement(
        id=j.entry.id,
        verdict=_verdict(j, t),
        kind=_kind(j),
        says=or_english(j.claim["statement"], t),
        place=place_text(j.claim["place"], t),
        reason=reason_text(j, replication, t),
        printed=claimed_text(j, t),
        tolerance=t("tolerance: {tolerance} ({because})", tolerance=f"{tolerance:g}", because=because)
        if tolerance
        else "",
        findings=tuple(_finding(f, replication, t) for f in j.findings),
        notes=_notes(j, replication, t),
    )


def agreeing_text(sources: int, agreeing: int, t: Catalogue) -> str:
    """How many origins there are, and how many of them agree."""
    if sources == 1:
        return t("one, which agrees") if agreeing else t("one, which does not agree")
    if agreeing == sources:
        return t("{number}, all of which agree", number=sources)
    if not agreeing:
        return t("{number}, none of which agrees", number=sources)
    return t("{number}, of them agreeing: {agreeing}", number=sources, agreeing=agreeing)


def _notes(j: Judgement, replication: Replication, t: Catalogue) -> tuple[Note, ...]:
    designs = replication.ledger.designs
    if j.entry.rule.kind == "causal":
        speaking = t("Independent origins that speak of its premises")
    else:
        speaking = t("Independent origins that speak of it")
    counted = agreeing_text(j.sources, j.sources_agreeing, t)
    notes = (
        Note(t("Rests on"), claims=tuple(j.entry.rests_on)),
        Note(speaking, (counted,) if j.sources else ()),
        Note(t("Distance from the printed bound"), _distance(j, t)),
        Note(t("The paper does not say"), tuple(or_english(text, t) for text in j.entry.omits)),
        Note(t("The evidence reaches only"), (or_english(j.entry.covers_only or "", t),)),
        Note(t("A test would need"), (or_english(designs[j.entry.needs].what, t),)),
        Note(t("There is"), (or_english(designs[j.entry.have].what, t),)),
        Note(t("Remark"), (or_english(j.entry.remark or "", t),)),
    )
    return tuple(note for note in notes if note.claims or any(note.texts))


def _distance(j: Judgement, t: Catalogue) -> tuple[str, ...]:
    """How far the deciding figures lie from a printed bound; empty where there is none."""
    if j.times_the_bound is None:
        return ()
    low, high = (t.number(times, 1) for times in j.times_the_bound)
    if low == high:
        return (t("{times} times the bound", times=low),)
    return (t("{low} to {high} times the bound", low=low, high=high),)


def _finding(f: Finding, replication: Replication, t: Catalogue) -> ShownFinding:
    names = {origin.id: origin.name for origin in replication.ledger.origins}
    return ShownFinding(
        about=or_english(f.context or "", t),
        text=_in_its_language(finding_text(f, t), t),
        note=note_text(f, t),
        links=f.links,
        reports=tuple(sorted({value.address.report for value in f.values.values() if value.address.report})),
        outcome=worded(f.outcome.value, t),
        origins=tuple(or_english(names.get(o, "the paper itself"), t) for o in sorted(f.origins)),
        authority=worded(f.authority.value, t),
        decides=f.decisive,
        deviations=tuple((worded(k, t), or_english(reason, t)) for k, reason in f.witness.deviations.items()),
    )


def _in_its_language(text: str, t: Catalogue) -> str:
    """What a page prints, quoted as it stands there: English where it holds words, and no letter of the reader's
    language."""
    foreign = re.search("[a-z]{3}", text, re.IGNORECASE) and not re.search("[а-яөүңё]", text, re.IGNORECASE)
    return English(text) if foreign and t.language != SOURCE_LANGUAGE else text


def _mismatch(m: Mismatch, replication: Replication, t: Catalogue) -> ShownMismatch:
    references = {r.number: f"[{r.number}] {r.authors} ({r.year})" for r in replication.ledger.references}
    one, other = (value_text(side, t) if isinstance(side, Value) else references[side] for side in m.sides)
    return ShownMismatch(
        id=m.item.id,
        description=or_english(m.item.what, t),
        places=tuple(place_text(place, t) for place in m.item.places),
        claims=tuple(m.item.claims),
        sides=(one, other),
    )


def _map_row(row: tuple, replication: Replication, t: Catalogue) -> MapRow:
    judgement = replication.judgements[row.claim_id]
    return MapRow(
        place=place_text(row.place, t),
        claim=row.claim_id,
        printed=claimed_text(judgement, t) or unit_text(row.unit, t),
        programs=tuple(row.programs.split()),
        outputs=tuple(row.outputs.split()),
        verdict=worded(row.verdict, t),
        needs="" if row.programs else or_english(replication.ledger.designs[row.needs].what, t),
    )


def _assumption(a: Assumption, t: Catalogue) -> ShownAssumption:
    return ShownAssumption(
        description=or_english(a.what, t),
        value=f"{a.value:g}",
        low=f"{a.low:g}",
        high=f"{a.high:g}",
        unit=unit_text(a.unit, t),
        reason=or_english(a.reason, t),
    )
