"""Weighing: the verdict on every statement, computed from the values it is held against.

How a verdict is reached
    1. Every value is compared with the paper's figure, both with the rounding they are printed with; evidence that
       is no figure counts as its row says (`agrees`). A value of another definition can neither reproduce nor
       contradict. A bound on one side that leaves the figure open, and a calculation under assumptions, say nothing.
    2. Pages that repeat one statement have one origin and count once.
    3. Authorities are heard in their order (`Authority.rank`), down to the first that agrees in full or differs. What
       an organisation says of itself agrees with nothing in full, and shows nothing. Where the paper contradicts
       itself that decides; where it agrees with itself that is heard last, and makes it consistent, not supported.
    4. A causal statement is never confirmed. With premises that hold, at least in part, it is not identified.

More evidence for a statement never makes its verdict worse (`GRADES`).
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from pipeline.data.panel import half_width
from pipeline.errors import DataError
from pipeline.ledger.formula import Interval, evaluate
from pipeline.ledger.holdings import LEDGER_FILE, PAPER, Holdings, Reader, Value
from pipeline.ledger.model import (
    AGREES,
    ALLOWED_RULES,
    DISAGREES,
    Authority,
    Entry,
    Inconsistency,
    Ledger,
    Part,
    Rule,
    Verdict,
    Witness,
    Word,
)

# From the worst to the best. Verdicts of one grade differ in kind: how close a figure comes, or what speaks against. A
# normative statement has none.
GRADES: tuple[frozenset[Verdict], ...] = (
    frozenset({Verdict.CONTRADICTED, Verdict.INCONSISTENT}),
    frozenset({Verdict.NOT_SUPPORTED}),
    frozenset({Verdict.NOT_TESTABLE}),
    frozenset({Verdict.NOT_IDENTIFIED}),
    frozenset({Verdict.CONSISTENT}),
    frozenset({Verdict.COMPATIBLE}),
    frozenset({Verdict.PART_SHOWN}),
    frozenset(AGREES),
)


class Outcome(Word):
    """What one value or one page says about a statement."""

    SAME = "the same figure"
    WITHIN = "within rounding"
    HOLDS = "agrees"
    PARTLY = "agrees in part"
    DIFFERS = "differs"
    SILENT = "says nothing either way"


AGREEING = frozenset({Outcome.SAME, Outcome.WITHIN, Outcome.HOLDS})
CODED = {"yes": Outcome.HOLDS, "partly": Outcome.PARTLY, "no": Outcome.DIFFERS, "unclear": Outcome.SILENT}


@dataclass(frozen=True)
class Finding:
    """What one witness says of one statement.

    `values` are what it holds against the statement, by the names of its formula; `quantity` is what they come to,
    None for evidence in words. `context` says why it is only shown.
    """

    claim_id: str
    part: str
    witness: Witness
    values: Mapping[str, Value]
    quantity: Interval | None
    unit: str
    outcome: Outcome
    origins: frozenset[str]
    authority: Authority
    context: str | None
    agrees_in_evidence: str
    decisive: bool = False

    @property
    def unlike(self) -> bool:
        """Whether the value is of another definition than the statement's figure."""
        return "definition" in self.witness.deviations

    @property
    def speaks(self) -> bool:
        """Whether it bears on the verdict at all, or is only shown."""
        return self.context is None and self.outcome != Outcome.SILENT

    @property
    def shows(self) -> bool:
        """Whether a source outside the paper, no organisation of itself, bears out the statement or a part of it."""
        outside = self.authority not in (Authority.PAPER, Authority.SELF_DESCRIPTION)
        return outside and not self.unlike and self.outcome in (*AGREEING, Outcome.PARTLY)

    @property
    def agrees_in_full(self) -> bool:
        """Whether it bears out the whole statement."""
        return self.shows and self.outcome in AGREEING

    @property
    def concludes(self) -> bool:
        """Whether lower authorities need not be heard after it."""
        return self.agrees_in_full or self.outcome == Outcome.DIFFERS

    @property
    def links(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(link for value in self.values.values() for link in value.links))


@dataclass(frozen=True)
class Judgement:
    """The verdict on one statement, what it was held against, and how many independent origins speak of it.

    `reached` are its own findings and those of the statements it rests on.
    """

    entry: Entry
    claim: pd.Series
    figure: tuple[float, float, float]
    verdict: Verdict
    findings: tuple[Finding, ...]
    reached: tuple[Finding, ...]

    @property
    def changed(self) -> bool:
        return self.verdict != self.entry.expects

    @property
    def section(self) -> str:
        return place_levels(self.claim["place"])[0]

    @property
    def sources(self) -> int:
        """Independent origins, other than the paper, that say anything."""
        return independent(f.origins for f in self.reached if f.speaks and f.authority != Authority.PAPER)

    @property
    def sources_agreeing(self) -> int:
        """Independent origins, other than the paper, that agree."""
        agreeing = (f for f in self.reached if f.speaks and f.outcome in AGREEING)
        return independent(f.origins for f in agreeing if f.authority != Authority.PAPER)

    @property
    def by_reading_only(self) -> bool:
        """Whether all that speaks are pages of which a reader judged whether they agree (`coded` evidence)."""
        speaking = [f for f in self.reached if f.speaks]
        return bool(speaking) and all(f.witness.coded for f in speaking)

    @property
    def times_the_bound(self) -> tuple[float, float] | None:
        """Least and most that the deciding figures come to, as multiples of a printed bound such as "more than 22,000".

        None where the statement prints no bound above zero, or its verdict does not agree.
        """
        ends = [end for end in self.figure[:2] if math.isfinite(end)]
        if len(ends) != 1 or ends[0] <= 0 or self.verdict not in AGREES:
            return None
        found = [f.quantity for f in self.findings if f.decisive and f.quantity and f.witness.bound == "exact"]
        known = [end / ends[0] for quantity in found for end in (quantity.low, quantity.high) if math.isfinite(end)]
        return (min(known), max(known)) if known else None

    @property
    def decided_by(self) -> list[Authority]:
        """The authorities that decided, the weightiest first."""
        return sorted({f.authority for f in self.reached if f.decisive}, key=list(Authority).index)


@dataclass(frozen=True)
class Mismatch:
    """Two places of the paper that were found not to fit: the two sides, or the number of the references meant."""

    item: Inconsistency
    sides: tuple[Value, Value] | tuple[int, int]


@dataclass(frozen=True)
class Replication:
    """Everything the ledger says of the paper: one judgement per statement, and the paper's inconsistencies."""

    ledger: Ledger
    holdings: Holdings
    judgements: Mapping[str, Judgement]
    mismatches: tuple[Mismatch, ...]


def judge(ledger: Ledger, holdings: Holdings) -> Replication:
    """Weigh every statement, in the order of claims.csv, and check every inconsistency.

    Raises
    ------
    DataError
        If a statement has no entry, an address does not exist or has no origin, a row of evidence is left out, a
        count of the paper is not what the statements show, or places that are said to differ do not.
    """
    _require_complete(ledger, holdings)
    _require_counts(ledger, holdings)
    judge = _Judge(ledger, holdings)
    judgements = {claim_id: judge.judge(claim_id) for claim_id in holdings.claims.index}
    mismatches = tuple(_checked(item, ledger, judge.reader) for item in ledger.inconsistencies)
    return Replication(ledger, holdings, judgements, mismatches)


def require_expected(replication: Replication) -> str:
    """Refuse verdicts that are not the ones the ledger expects; a sentence saying how many were computed.

    Raises
    ------
    DataError
        Naming every statement whose verdict changed, from what to what, and the values that decided.
    """
    changed = [j for j in replication.judgements.values() if j.changed]
    if not changed:
        return f"{len(replication.judgements)} verdicts computed, each as the ledger expects."
    lines = []
    for j in changed:
        lines.append(f"  {j.entry.id}: expected «{j.entry.expects}», computed «{j.verdict}»")
        lines += [f"      {v.address}: {f.outcome}" for f in j.reached if f.decisive for v in f.values.values()]
    one = len(changed) == 1
    raise DataError(
        f"{len(changed)} {'verdict is' if one else 'verdicts are'} not {'the one' if one else 'the ones'} that "
        f"{LEDGER_FILE} expects:\n" + "\n".join(lines) + "\n"
        "See what changed in the data; if the new verdict is right, write it as `expects` and say why in `remark`."
    )


def place_levels(place: str) -> list[str]:
    """A place in the paper, from its section downwards.

    Examples
    --------
    >>> place_levels("Table 2 / renewable energy / potential"), place_levels("international/GNF")
    (['Table 2', 'renewable energy', 'potential'], ['international', 'GNF'])
    """
    return [part.strip() for part in place.split("/")]


def independent(origins: Iterable[frozenset[str]]) -> int:
    """How many sources are independent: findings that share an origin, directly or through others, are one.

    Examples
    --------
    >>> independent([frozenset({"a"}), frozenset({"a", "b"}), frozenset({"c"})])
    2
    """
    groups: list[frozenset[str]] = []
    for some in origins:
        joined = [g for g in groups if g & some]
        groups = [g for g in groups if g not in joined] + [some.union(*joined)]
    return len(groups)


# Comparing one value ------------------------------------------------------------------------------------------------


def compare_number(
    claimed: tuple[float, float, float], tolerance: float | None, printed: Interval, rounded: Interval, bound: str
) -> Outcome:
    """What a value says of a printed figure.

    Parameters
    ----------
    claimed
        Lower and upper end of the paper's figure (infinite where open) and half its last printed digit.
    tolerance
        How far a value may lie from it and still agree; None for half the last printed digit.
    printed, rounded
        The value as printed, and with its own rounding.
    bound
        "exact", or "at least" / "at most" where the value limits the quantity from one side only. Such a value says
        nothing where it leaves the figure open: "active in 2003" fits any year of founding up to 2003.
    """
    low, high, half = claimed
    around = half if tolerance is None else tolerance
    if bound != "exact":
        least = rounded.low if bound == "at least" else -math.inf
        most = rounded.high if bound == "at most" else math.inf
        if least > high + around or most < low - around:
            return Outcome.DIFFERS
        return Outcome.HOLDS if least >= low and most <= high else Outcome.SILENT
    if high == math.inf:
        if rounded.low >= low:
            return Outcome.HOLDS
        return Outcome.DIFFERS if rounded.high <= low else Outcome.WITHIN
    if low == -math.inf:
        if rounded.high <= high:
            return Outcome.HOLDS
        return Outcome.DIFFERS if rounded.low >= high else Outcome.WITHIN
    if abs(printed.low - low) <= half and abs(printed.high - high) <= half:
        return Outcome.SAME
    return Outcome.WITHIN if rounded.low <= high + around and rounded.high >= low - around else Outcome.DIFFERS


def compare_rank(rank: float, own: Interval, others: list[Interval]) -> Outcome:
    """Whether the one has the rank among all, 1 the largest; where rounding leaves it open, in part."""
    best = 1 + sum(o.low > own.high for o in others)
    worst = 1 + sum(o.high > own.low for o in others)
    if best == worst == rank:
        return Outcome.HOLDS
    return Outcome.PARTLY if best <= rank <= worst else Outcome.DIFFERS


def combine(verdicts: list[Verdict]) -> Verdict:
    """The verdict on a statement from those on its parts.

    All agree: the weakest of them. A part of it is shown where one of them agrees or is shown in part. Otherwise it is
    not supported if one speaks against it, contradicted if all do; and with nothing against it, compatible or
    consistent where one of them is. None could be tested: not testable.

    Examples
    --------
    >>> combine([Verdict.REPRODUCED, Verdict.NOT_TESTABLE])
    <Verdict.PART_SHOWN: 'part of it shown'>
    >>> combine([Verdict.COMPATIBLE, Verdict.CONTRADICTED])
    <Verdict.NOT_SUPPORTED: 'not supported'>
    """
    there = set(verdicts)
    if len(there) == 1:
        return verdicts[0]
    if there <= set(AGREES):
        return max(there, key=AGREES.index)
    if there & {*AGREES, Verdict.PART_SHOWN}:
        return Verdict.PART_SHOWN
    if there & set(DISAGREES):
        return Verdict.NOT_SUPPORTED
    return next((v for v in (Verdict.COMPATIBLE, Verdict.CONSISTENT) if v in there), Verdict.NOT_TESTABLE)


def heard(findings: Iterable[Finding]) -> list[Finding]:
    """The findings that decide: by authority, down to the first that agrees in full or differs.

    Where one agrees in full and none differs, those that do so decide alone.
    """

    def turn(finding: Finding) -> int:
        """The paper is heard first where it contradicts itself, and last where it agrees with itself."""
        agrees_with_itself = finding.authority == Authority.PAPER and finding.outcome != Outcome.DIFFERS
        return len(Authority) if agrees_with_itself else finding.authority.rank

    speaking = [f for f in findings if f.speaks]
    last = min((turn(f) for f in speaking if f.concludes), default=len(Authority))
    chosen = [f for f in speaking if turn(f) <= last]
    full = [f for f in chosen if f.agrees_in_full]
    return full if full and not any(f.outcome == Outcome.DIFFERS for f in chosen) else chosen


def weigh(rule: Rule, decisive: list[Finding]) -> Verdict:
    """The verdict that findings lead to which were `heard`."""
    against = [f for f in decisive if f.outcome == Outcome.DIFFERS]
    if against:
        if any(f.shows for f in decisive):
            return Verdict.PART_SHOWN
        if rule.kind == "bibliographic" or all(f.authority == Authority.PAPER for f in against):
            return Verdict.INCONSISTENT
        alike = len(against) == len(decisive) and not any(f.unlike for f in against)
        return Verdict.CONTRADICTED if alike else Verdict.NOT_SUPPORTED
    if all(f.agrees_in_full for f in decisive):
        outcomes = {f.outcome for f in decisive}
        if Outcome.HOLDS in outcomes:
            return Verdict.SUPPORTED
        return Verdict.REPRODUCED if outcomes == {Outcome.SAME} else Verdict.WITHIN_PRECISION
    if any(f.shows for f in decisive):
        return Verdict.PART_SHOWN
    outside = any(f.authority != Authority.PAPER for f in decisive)
    return Verdict.COMPATIBLE if outside else Verdict.CONSISTENT


def identified(premises: Verdict) -> Verdict:
    """The verdict on a causal statement from that on its premises.

    That the one brings about the other is never confirmed: no design here identifies a cause. Premises that hold, at
    least in part, leave it not identified; premises that fail, not supported; others, not testable.
    """
    if premises in DISAGREES:
        return Verdict.NOT_SUPPORTED
    return Verdict.NOT_IDENTIFIED if premises in (*AGREES, Verdict.PART_SHOWN) else Verdict.NOT_TESTABLE


# Weighing one statement ---------------------------------------------------------------------------------------------


@dataclass
class _Weighed:
    verdict: Verdict
    findings: list[Finding] = field(default_factory=list)


class _Judge:
    """Weighs every statement of one ledger; a statement that rests on others is judged after them."""

    def __init__(self, ledger: Ledger, holdings: Holdings):
        self.ledger, self.reader = ledger, Reader(ledger, holdings)
        self.claims = holdings.claims
        self.entries = {entry.id: entry for entry in ledger.claims}
        self._judged: dict[str, Judgement] = {}
        self._waiting: list[str] = []

    def judge(self, claim_id: str) -> Judgement:
        if claim_id in self._judged:
            return self._judged[claim_id]
        if claim_id in self._waiting:
            circle = " -> ".join([*self._waiting[self._waiting.index(claim_id) :], claim_id])
            raise DataError(f"{LEDGER_FILE}: statements rest on each other in a circle: {circle}.")
        self._waiting.append(claim_id)
        self._judged[claim_id] = self._judgement(self.entries[claim_id])
        self._waiting.pop()
        return self._judged[claim_id]

    def _judgement(self, entry: Entry) -> Judgement:
        parts = [self._part(entry, part) for part in entry.all_parts]
        below = [self.judge(other) for other in entry.rests_on]
        said = [part.verdict for part in parts] + [j.verdict for j in below]
        verdict = combine(said) if said else Verdict.NOT_TESTABLE
        if entry.rule.kind == "normative":
            verdict = Verdict.NORMATIVE
        elif entry.rule.kind == "causal":
            verdict = identified(verdict)
        elif entry.covers_only and verdict in AGREES:
            verdict = Verdict.PART_SHOWN
        findings = tuple(f for part in parts for f in part.findings)
        reached = (*findings, *(f for j in below for f in j.reached))
        figure = self.reader.claimed(entry.id, _place(entry.id))
        return Judgement(entry, self.claims.loc[entry.id], figure, verdict, findings, reached)

    def _part(self, entry: Entry, part: Part) -> _Weighed:
        rule = part.rule
        if rule.kind == "bibliographic" and rule.same_as is not None:
            duplicate = self.reader.same_item(rule.reference, rule.same_as)
            return _Weighed(Verdict.INCONSISTENT if duplicate else Verdict.NOT_SUPPORTED)
        findings = [self._finding(entry, part, witness) for witness in part.against]
        decisive = heard(findings)
        if not decisive:
            return _Weighed(Verdict.NOT_TESTABLE, findings)
        findings = [replace(f, decisive=any(f is d for d in decisive)) for f in findings]
        return _Weighed(weigh(rule, decisive), findings)

    def _finding(self, entry: Entry, part: Part, witness: Witness) -> Finding:
        place = _place(entry.id)
        values = {name: self.reader.resolve(address, place) for name, address in witness.addresses.items()}
        origins = frozenset().union(*(v.origins for v in values.values()))
        origins = (origins - {PAPER}) or origins
        if not origins:
            named = ", ".join(str(v.address) for v in values.values())
            raise DataError(f"{place}: {named}: an assumption alone is no evidence.")
        another_study = any(
            v.address.report and self.reader.has_another_study(v.address.report) for v in values.values()
        )
        if another_study and any(v.printed is None for v in values.values()):
            quantity, unit, outcome = None, "", Outcome.SILENT
        else:
            quantity, unit, outcome = self._compare(entry, part.rule, witness, values, place)
        if "definition" in witness.deviations and outcome in AGREEING:
            outcome = Outcome.PARTLY
        context = witness.context
        if context and part.rule.kind in ("causal", "normative"):
            outcome = Outcome.SILENT  # a rank or a count shown beside a cause is no premise of it
        if another_study or any(self.reader.under_assumptions(o) for o in origins):
            outcome = Outcome.SILENT
        rows = [
            self.reader.evidence_row(v.address.key, place) for v in values.values() if v.address.file == "evidence.csv"
        ]
        codes = {row["agrees"] for row in rows}
        return Finding(
            claim_id=entry.id,
            part=part.what,
            witness=witness,
            values=values,
            quantity=quantity,
            unit=unit,
            outcome=outcome,
            origins=origins,
            authority=max((self.reader.authority(o) for o in origins), key=lambda a: a.rank),
            context=context,
            agrees_in_evidence=codes.pop() if len(codes) == 1 else "",
        )

    def _compare(
        self, entry: Entry, rule: Rule, witness: Witness, values: dict[str, Value], place: str
    ) -> tuple[Interval | None, str, Outcome]:
        """What the witness's values come to, in which unit, and what that says of the statement."""
        if witness.coded:
            row = self.reader.evidence_row(witness.coded, place)
            if row["agrees"] not in CODED:
                raise DataError(
                    f"{place}: {witness.coded} has {row['agrees']!r} in agrees; expected {', '.join(CODED)}."
                )
            return values[""].printed, values[""].unit, CODED[row["agrees"]]
        if rule.kind == "bibliographic":
            printed = getattr(self.reader.references[rule.reference], rule.field, None)
            if printed is None:
                raise DataError(f"{place}: reference {rule.reference} prints no {rule.field}, so none can be compared.")
            same = values[""].quoted.casefold() == str(printed).casefold()
            return values[""].printed, "", Outcome.SAME if same else Outcome.DIFFERS
        lacking = [v for v in values.values() if v.printed is None]
        if lacking:
            raise DataError(
                f"{place}: {lacking[0].address} is {lacking[0].quoted!r}, which does not name one number. Choose one "
                "with @1, @2 ..., or hold the statement against the row as `coded`."
            )
        if rule.kind != "rank" and witness.own:
            raise DataError(f"{place}: `own` and `others` belong to a rank.")
        if rule.kind == "rank":
            if not witness.own:
                raise DataError(f"{place}: a rank is held against `own` and `others`, or against `coded` evidence.")
            others = [v.rounded for name, v in values.items() if name != "own"]
            outcome = compare_rank(self.reader.claimed(entry.id, place)[0], values["own"].rounded, others)
            return values["own"].printed, values["own"].unit, outcome
        printed, rounded, unit = self._quantity(rule, witness, values, place)
        return printed, unit, self._outcome(entry, rule, witness, printed, rounded, place)

    def _outcome(
        self, entry: Entry, rule: Rule, witness: Witness, printed: Interval, rounded: Interval, place: str
    ) -> Outcome:
        if rule.kind == "number":
            claimed = self.reader.claimed(entry.id, place)
            if math.isnan(claimed[0]):
                return Outcome.SILENT
            return compare_number(claimed, rule.tolerance, printed, rounded, witness.bound)
        if rule.kind == "direction":
            rises = rule.says == "rise"
            if rounded.low > 0 or rounded.high < 0:
                return Outcome.HOLDS if (rounded.low > 0) == rises else Outcome.DIFFERS
            return Outcome.PARTLY
        says_present = rule.kind in ("causal", "normative") or rule.says == "present"
        return Outcome.HOLDS if (printed.low > 0) == says_present else Outcome.DIFFERS

    def _quantity(
        self, rule: Rule, witness: Witness, values: dict[str, Value], place: str
    ) -> tuple[Interval, Interval, str]:
        """The witness's value as printed, with rounding, and its unit."""
        unit = rule.unit if rule.kind == "number" else ""
        if witness.formula:
            printed = evaluate(witness.formula, {name: v.printed for name, v in values.items()})
            rounded = evaluate(witness.formula, {name: v.rounded for name, v in values.items()})
            return printed, rounded, unit
        value = values[""]
        if unit and value.address.file in ("exposures.csv", "panel.csv") and value.unit != unit:
            raise DataError(
                f"{place}: {value.address} is in {value.unit}, the rule in {unit}. Convert it with a formula."
            )
        rounded = value.rounded if witness.decimals is None else value.printed.widened(half_width(witness.decimals))
        return value.printed, rounded, value.unit


def _place(entry_id: str) -> str:
    return f"{LEDGER_FILE}, {entry_id}"


# What must be true before anything is weighed -----------------------------------------------------------------------


def _require_complete(ledger: Ledger, holdings: Holdings) -> None:
    """Every statement has an entry of a rule that its kind allows, and every row of evidence is looked at."""
    there, written = list(holdings.claims.index), [entry.id for entry in ledger.claims]
    if missing := [c for c in there if c not in written]:
        raise DataError(f"{LEDGER_FILE} has no entry for {', '.join(missing)} of claims.csv. Write one for each.")
    if unknown := [c for c in written if c not in there]:
        raise DataError(f"{LEDGER_FILE} names {', '.join(unknown)}, which claims.csv does not have.")
    for entry in ledger.claims:
        kind = holdings.claims.loc[entry.id, "kind"]
        allowed = ALLOWED_RULES.get(kind, set())
        if entry.rule.kind not in allowed:
            raise DataError(
                f"{_place(entry.id)}: a statement of the kind {kind} cannot have the rule {entry.rule.kind}; "
                f"allowed: {', '.join(sorted(allowed)) or 'none, the kind is unknown'}."
            )
    evidence = holdings.evidence
    used = {a.key for a in ledger.addresses if a.file == "evidence.csv"}
    seen = set(evidence[evidence.index.isin(used)][["value", "url"]].itertuples(index=False, name=None))
    unseen = [i for i, r in evidence.iterrows() if i not in used and (r["value"], r["url"]) not in seen]
    if unseen:
        raise DataError(
            f"{LEDGER_FILE} holds nothing against {', '.join(unseen)}. Name each under its statement "
            "(`coded`, or with `context` where it decides nothing)."
        )


def _require_counts(ledger: Ledger, holdings: Holdings) -> None:
    """What is counted in the paper's tables is what the places of the statements show."""
    places = [place_levels(place) for place in holdings.claims["place"]]
    for fact in ledger.paper:
        if fact.counted:
            table, level = fact.counted.table, fact.counted.level
            entries = {p[level - 1] for p in places if p[0] == table and len(p) == 3}
            if len(entries) != fact.count:
                raise DataError(
                    f"{LEDGER_FILE}, paper {fact.id}: says {fact.count}, but the statements of {table} have "
                    f"{len(entries)} ({', '.join(sorted(entries))}). Mend the count or the places in claims.csv."
                )


def _checked(item: Inconsistency, ledger: Ledger, reader: Reader) -> Mismatch:
    """An inconsistency, after it was found that the paper shows it."""
    place = _place(item.id)
    if item.same_references:
        sides, holds = item.same_references, reader.same_item(*item.same_references)
    elif item.first_cited_too_early:
        number = item.first_cited_too_early
        before = ledger.citations[: ledger.citations.index(number)]
        skipped = [n for n in sorted(reader.references) if n < number and n not in before]
        sides, holds = (number, skipped[0] if skipped else number), bool(skipped)
    else:
        one, other = sides = tuple(reader.resolve(address, place) for address in item.differ)
        holds = (one.printed or one.quoted) != (other.printed or other.quoted)
    if not holds:
        named = " and ".join(str(s.address) if isinstance(s, Value) else f"reference {s}" for s in sides)
        raise DataError(f"{place}: {named} do not show what it says. Delete it or mend it.")
    return Mismatch(item, sides)
