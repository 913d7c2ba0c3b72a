"""The replication report as Markdown: every statement, what it was held against, and the referee's map.

Every text is escaped: what a source or the paper prints can become neither markup nor a link.
"""

import re
from collections.abc import Iterable

from pipeline.ledger import report
from pipeline.ledger.holdings import Value, is_another_study
from pipeline.ledger.model import Verdict
from pipeline.ledger.verdicts import Finding, Judgement, Mismatch, Replication
from pipeline.ledger.wording import claimed_text, finding_text, place_text, text_of, unit_text, value_text
from pipeline.text.language import Catalogue


def replication_markdown(replication: Replication, t: Catalogue) -> str:
    """The whole report: summaries, the statements section by section, inconsistencies, referee's map, assumptions."""
    judgements = list(replication.judgements.values())
    parts = [
        f"# {t('The paper’s statements, one by one')}",
        *how_to_read(replication, t),
        f"> {_escaped(notice)}" if (notice := study_notice(replication, t)) else "",
        f"## {t('{number} statements by verdict', number=len(judgements))}",
        _by_verdict(judgements, t),
        f"## {t('By section of the paper')}",
        _by_section(replication, t),
    ]
    for section in dict.fromkeys(j.section for j in judgements):
        parts.append(f"## {t('Statements: {section}', section=_escaped(text_of(section, t)))}")
        parts += [_statement(j, replication, t) for j in judgements if j.section == section]
    parts += [
        f"## {t('Where the paper does not agree with itself')}",
        _mismatches(replication, t),
        f"## {t('Referee’s map')}",
        t(
            "Every cell of the paper’s tables and every number in its text, the program that tests it and the file in "
            "which the outcome stands. “Nothing” says that no program can: the last column says what a test would need."
        ),
        _referee_map(replication, t),
        f"## {t('Assumptions')}",
        t("Numbers that no source gives. A value is judged over its whole range."),
        _assumptions(replication, t),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def how_to_read(replication: Replication, t: Catalogue) -> list[str]:
    """The paper, and how its verdicts are reached: three paragraphs."""
    judgements = list(replication.judgements.values())
    partly = [j for j in judgements if j.verdict == Verdict.PARTLY_SUPPORTED]
    return [
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
            "and the press, and what an organisation says of itself supports in part at most.",
            by_reading=sum(j.by_reading_only for j in judgements),
        ),
        t(
            "“Not testable with these data” and “not supported” say what was found, not that a statement is false. A "
            "causal statement is never confirmed: two harvests, or a comparison of oblasts, do not identify a cause; "
            "what stands below it are its premises. “Partly supported” is said of {partly} statements; of {without} of "
            "these no independent source agrees in full. A misprint is called a misprint.",
            partly=len(partly),
            without=sum(not j.sources_agreeing for j in partly),
        ),
    ]


def study_notice(replication: Replication, t: Catalogue) -> str:
    """A notice where the notebooks ran for another study than the paper's; empty where they did not."""
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


def _by_verdict(judgements: list[Judgement], t: Catalogue) -> str:
    rows = [[text_of(v.value, t), str(sum(j.verdict == v for j in judgements))] for v in Verdict]
    return _table([t("Verdict"), t("Statements")], rows)


def _by_section(replication: Replication, t: Catalogue) -> str:
    counts = report.summary(replication).set_index("section")
    used = [v.value for v in Verdict if counts.loc["All", v.value]]
    head = [t("Section"), *(text_of(word, t) for word in used), t("All")]
    rows = [
        [t("All") if section == "All" else text_of(section, t), *map(str, row)]
        for section, row in zip(counts.index, counts[[*used, "all"]].to_numpy().tolist(), strict=True)
    ]
    return _table(head, rows)


def _statement(j: Judgement, replication: Replication, t: Catalogue) -> str:
    """One statement: what it says, the verdict, and what it was held against."""
    about = [place_text(j.claim["place"], t), t("rule: {rule}", rule=text_of(j.entry.rule.kind, t))]
    if printed := claimed_text(j, t):
        about.append(t("printed: {figure}", figure=printed))
    if tolerance := getattr(j.entry.rule, "tolerance", None):
        because = text_of(j.entry.rule.because, t)
        about.append(t("tolerance: {tolerance} ({because})", tolerance=f"{tolerance:g}", because=because))
    blocks = [
        f"### {j.entry.id} · {_escaped(text_of(j.verdict.value, t))}",
        f"{_escaped(text_of(j.claim['statement'], t))}. *{_escaped('; '.join(about))}.*",
    ]
    if j.findings:
        head = [t("Held against"), t("It"), t("Origin"), t("Authority"), t("Weight"), t("Declared deviations")]
        blocks.append(_table(head, [_finding(f, replication, t) for f in j.findings], escaped=True))
    designs = replication.ledger.designs
    notes = [
        (t("Rests on"), ", ".join(j.entry.rests_on)),
        (_counted(j, t), _count(j, t)),
        (t("The paper does not say"), ", ".join(text_of(what, t) for what in j.entry.omits)),
        (t("The evidence reaches only"), text_of(j.entry.covers_only or "", t)),
        (t("A test would need"), text_of(designs[j.entry.needs].what, t)),
        (t("There is"), text_of(designs[j.entry.have].what, t)),
        (t("Remark"), text_of(j.entry.remark or "", t)),
    ]
    blocks.append("\n".join(f"- {name}: {_escaped(text)}" for name, text in notes if text))
    return "\n\n".join(blocks)


def _counted(j: Judgement, t: Catalogue) -> str:
    causal = j.entry.rule.kind == "causal"
    return t("Independent origins that speak of its premises") if causal else t("Independent origins that speak of it")


def _count(j: Judgement, t: Catalogue) -> str:
    if not j.sources:
        return ""
    return t("{number}, of them agreeing: {agreeing}", number=j.sources, agreeing=j.sources_agreeing)


def _finding(f: Finding, replication: Replication, t: Catalogue) -> list[str]:
    names = {origin.id: origin.name for origin in replication.ledger.origins}
    origins = [text_of(names.get(o, "the paper itself"), t) for o in sorted(f.origins)]
    weight = text_of(f.context or "", t) or (t("decides") if f.decisive else t("shown"))
    deviations = [f"{text_of(kind, t)}: {text_of(text, t)}" for kind, text in f.witness.deviations.items()]
    cells = [
        text_of(f.outcome.value, t),
        "; ".join(origins),
        text_of(f.authority.value, t),
        weight,
        "; ".join(deviations),
    ]
    links = [_link(t("page"), link) for link in f.links]
    return [" ".join([_escaped(finding_text(f, t)), *links]), *map(_escaped, cells)]


def _mismatches(replication: Replication, t: Catalogue) -> str:
    head = ["", t("What"), t("Places"), t("Statements"), t("One"), t("Other")]
    return _table(head, [_mismatch(m, replication, t) for m in replication.mismatches])


def _mismatch(m: Mismatch, replication: Replication, t: Catalogue) -> list[str]:
    references = {r.number: f"[{r.number}] {r.authors} ({r.year})" for r in replication.ledger.references}
    sides = [value_text(side, t) if isinstance(side, Value) else references[side] for side in m.sides]
    places = "; ".join(place_text(place, t) for place in m.item.places)
    return [m.item.id, text_of(m.item.what, t), places, ", ".join(m.item.claims), *sides]


def _referee_map(replication: Replication, t: Catalogue) -> str:
    frame = report.referee_map(replication)
    rows = []
    for row in frame.itertuples():
        j = replication.judgements[row.claim_id]
        tested = bool(row.programs)
        rows.append(
            [
                place_text(row.place, t), row.claim_id, claimed_text(j, t) or unit_text(row.unit, t),
                row.programs.replace(" ", ", ") if tested else t("nothing"), row.outputs.replace(" ", ", "),
                text_of(row.verdict, t),
                "" if tested else text_of(replication.ledger.designs[row.needs].what, t),
            ]
        )  # fmt: skip
    head = [t("Place"), t("Statement"), t("Printed"), t("Program"), t("Output"), t("Verdict"), t("A test would need")]
    return _table(head, rows)


def _assumptions(replication: Replication, t: Catalogue) -> str:
    head = [t("Assumption"), t("Value"), t("Low"), t("High"), t("Unit"), t("Reason")]
    rows = [
        [text_of(a.what, t), f"{a.value:g}", f"{a.low:g}", f"{a.high:g}", unit_text(a.unit, t), text_of(a.reason, t)]
        for a in replication.ledger.assumptions
    ]
    return _table(head, rows)


# Markdown -----------------------------------------------------------------------------------------------------------

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def _escaped(text: object) -> str:
    """Text that shows as it is wherever it stands in Markdown."""
    line = " ".join(str(text).split())
    line = re.sub(r"[&<>]", lambda m: _ENTITIES[m[0]], line)
    line = re.sub(r"([\\`*\[\]|~])", r"\\\1", line)
    return re.sub(r"(?<!\w)_|_(?!\w)", r"\\_", line)


def _link(text: str, address: str) -> str:
    """A link to a page of the web; any other address is shown as text."""
    if re.fullmatch(r"https?://[^\s<>|\\]+", address):
        return f"[{_escaped(text)}](<{address}>)"
    return _escaped(address)


def _table(head: list[str], rows: Iterable[list[str]], escaped: bool = False) -> str:
    """A table; `escaped` says that the cells of the rows are Markdown already."""
    shown = [[cell if escaped else _escaped(cell) for cell in row] for row in rows]
    lines = [[_escaped(cell) for cell in head], ["---"] * len(head), *shown]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
