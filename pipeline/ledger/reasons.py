"""Why a statement has its verdict, in one sentence: made by rule from the verdict and the evidence that decided it."""

from collections.abc import Iterable

from pipeline.ledger.model import Authority, Verdict
from pipeline.ledger.verdicts import Finding, Judgement, Outcome, Replication
from pipeline.ledger.wording import claimed_text, figure_text, value_text, with_unit, worded
from pipeline.text.language import Catalogue

_NAMED = 3  # sources that a sentence names; the others are counted


def reason_text(j: Judgement, replication: Replication, t: Catalogue) -> str:
    """Why the statement has its verdict.

    The sentence names the sources that decided, the figure that was found where there is one, and, where nothing
    decided, what a test would need.
    """
    return _Reason(j, replication, t).said()


class _Reason:
    """The parts that the sentences of one statement are made from."""

    def __init__(self, j: Judgement, replication: Replication, t: Catalogue):
        self.j, self.t = j, t
        self._names = {origin.id: origin.name for origin in replication.ledger.origins}
        needs = worded(replication.ledger.designs[j.entry.needs].what, t)
        self.needs = needs[:1].lower() + needs[1:]
        self.decisive = [f for f in j.reached if f.decisive]
        self.for_it = [f for f in self.decisive if f.outcome != Outcome.DIFFERS]
        self.against_it = [f for f in self.decisive if f.outcome == Outcome.DIFFERS]

    def said(self) -> str:
        made = {
            Verdict.REPRODUCED: self._agrees,
            Verdict.WITHIN_PRECISION: self._agrees,
            Verdict.SUPPORTED: self._agrees,
            Verdict.PART_SHOWN: self._part_shown,
            Verdict.COMPATIBLE: self._compatible,
            Verdict.CONSISTENT: lambda: self.t("The paper agrees with itself here; no other source settles it."),
            Verdict.NOT_SUPPORTED: self._differs,
            Verdict.CONTRADICTED: self._differs,
            Verdict.INCONSISTENT: self._inconsistent,
            Verdict.NOT_IDENTIFIED: self._not_identified,
            Verdict.NOT_TESTABLE: self._not_testable,
            Verdict.NORMATIVE: lambda: self.t(
                "It says what ought to be done: findings can bear on that, and no figure can test it."
            ),
        }
        return made[self.j.verdict]()

    def _agrees(self) -> str:
        t, who, figure = self.t, self._who(self.for_it), self._figure(self.for_it)
        if not self.j.findings:
            return t("The statements that it rests on hold: {claims}.", claims=", ".join(self.j.entry.rests_on))
        if not figure:
            return t("It is borne out by: {who}.", who=who)
        if self.j.verdict == Verdict.SUPPORTED:
            return t("The figure that was found agrees: {figure} ({who}).", figure=figure, who=who)
        if self.j.verdict == Verdict.REPRODUCED:
            return t("The same figure was found: {figure} ({who}).", figure=figure, who=who)
        return t("The figure that was found is within rounding or tolerance: {figure} ({who}).", figure=figure, who=who)

    def _part_shown(self) -> str:
        t, who = self.t, self._who(self.for_it)
        if self.j.entry.covers_only:
            return t("Shown is only this: {part} ({who}).", part=worded(self.j.entry.covers_only, t), who=who)
        if self.against_it:
            against = self._who(self.against_it)
            return t("It is borne out in part by: {who}; against it speaks: {against}.", who=who, against=against)
        return t("It is borne out, but not in full, by: {who}.", who=who)

    def _compatible(self) -> str:
        t, who = self.t, self._who(self.decisive)
        if all(f.authority == Authority.SELF_DESCRIPTION for f in self.decisive):
            return t("Only those whom it is about say so: {who}.", who=who)
        return t("Nothing found speaks against it, and nothing shows it: {who}.", who=who)

    def _differs(self) -> str:
        t, who, figure = self.t, self._who(self.against_it), self._figure(self.against_it)
        rule, printed = self.j.entry.rule, claimed_text(self.j, t)
        if rule.kind == "bibliographic" and rule.same_as:
            return t("References {one} and {other} are not printed alike.", one=rule.reference, other=rule.same_as)
        if not figure or not printed or rule.kind != "number":
            return t("Against it speaks: {who}.", who=who)
        said = {"figure": figure, "who": who, "printed": printed}
        if any(f.unlike for f in self.against_it):
            return t("What was found is {figure} ({who}), of another definition; printed is {printed}.", **said)
        return t("What was found is {figure} ({who}); printed is {printed}.", **said)

    def _inconsistent(self) -> str:
        t, rule, of_paper = self.t, self.j.entry.rule, [f for f in self.decisive if f.authority == Authority.PAPER]
        if rule.kind == "bibliographic" and rule.same_as:
            return t("References {one} and {other} are printed alike.", one=rule.reference, other=rule.same_as)
        if not of_paper:
            return t("The reference is printed otherwise by: {who}.", who=self._who(self.against_it))
        found = "; ".join(value_text(value, t) for value in of_paper[0].values.values())
        printed = claimed_text(self.j, t)
        if printed:
            return t("The paper announces {printed}; it has {found}.", printed=printed, found=found)
        return t("What the paper itself has: {found}.", found=found)

    def _not_identified(self) -> str:
        return self.t(
            "What it starts from holds, at least in part ({who}). Whether the one brings about the other would need: "
            "{needs}.",
            who=self._who(self.for_it),
            needs=self.needs,
        )

    def _not_testable(self) -> str:
        t, speaks = self.t, self.j.findings
        if not speaks:
            return t("Nothing was found that bears on it. A test would need: {needs}.", needs=self.needs)
        if self.j.entry.rule.kind == "number" and not claimed_text(self.j, t):
            return t("The paper prints no figure that could be compared. A test would need: {needs}.", needs=self.needs)
        return t("What was found says nothing either way. A test would need: {needs}.", needs=self.needs)

    def _figure(self, findings: list[Finding]) -> str:
        """What the first of them comes to, in the unit of the rule; empty where the statement is no figure."""
        rule = self.j.entry.rule
        found = next((f.quantity for f in findings if f.quantity is not None), None)
        if rule.kind != "number" or found is None:
            return ""
        return with_unit(figure_text(found, self.t, rule.unit), rule.unit, self.t)

    def _who(self, findings: Iterable[Finding]) -> str:
        """The sources of findings, each once; of many the first and the number of the others."""
        ids = dict.fromkeys(o for f in findings for o in sorted(f.origins))
        names = [worded(self._names.get(o, Authority.PAPER.value), self.t) for o in ids]
        if len(names) <= _NAMED + 1:
            return "; ".join(names)
        more = self.t("{number} more", number=len(names) - _NAMED)
        return "; ".join([*names[:_NAMED], more])
