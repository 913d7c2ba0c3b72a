"""The replication page: every statement of the paper with its verdict, what it was held against, and the referee's map.

Verdicts and wording are the ledger's; this module puts them into the order in which the page shows them.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from markupsafe import Markup

from pipeline.ledger import report
from pipeline.ledger.holdings import Value, load_holdings
from pipeline.ledger.markdown import how_to_read, study_notice
from pipeline.ledger.model import AGREES, DISAGREES, Verdict, read_ledger
from pipeline.ledger.verdicts import Finding, Judgement, Mismatch, Replication, judge
from pipeline.ledger.wording import DOMAIN, claimed_text, finding_text, place_text, text_of, unit_text, value_text
from pipeline.paths import REPORTS
from pipeline.site.frame import Page, or_english
from pipeline.site.rendering import page_name, slug
from pipeline.text.language import SOURCE_LANGUAGE, Catalogue
from pipeline.text.messages import SITE

Row = dict[str, object]


def read_replication(study: Mapping[str, object], reports: Path = REPORTS) -> Replication:
    """The ledger, judged anew from the data and the result files.

    Raises
    ------
    DataError
        If the ledger points to a value that does not exist, or leaves something out.
    """
    ledger = read_ledger()
    return judge(ledger, load_holdings(ledger.notebooks, results=reports / "results", study=study))


def tone(verdict: Verdict) -> str:
    """How a verdict is marked, by shape and colour: the paper is borne out, in part, not, or it stays open."""
    if verdict in AGREES:
        return "good"
    if verdict in DISAGREES:
        return "bad"
    return "partly" if verdict == Verdict.PARTLY_SUPPORTED else "open"


def counts(replication: Replication, language: str) -> list[Row]:
    """The verdicts that occur, in the ledger's order, with how many statements have each."""
    words = Catalogue(language, DOMAIN)
    found = [j.verdict for j in replication.judgements.values()]
    most = max(map(found.count, found))
    return [
        {
            "key": verdict.code,
            "word": text_of(verdict.value, words),
            "tone": tone(verdict),
            "number": found.count(verdict),
            "width": round(100 * found.count(verdict) / most),
        }
        for verdict in Verdict
        if verdict in found
    ]


def replication_page(replication: Replication, language: str) -> Page:
    """The page in a language."""
    words, t = Catalogue(language, DOMAIN), Catalogue(language, SITE)
    judgements = list(replication.judgements.values())
    sections = list(dict.fromkeys(j.section for j in judgements))
    return Page(
        name="replication",
        language=language,
        title=t("The paper’s statements, one by one"),
        description=t(
            "What the paper states, what it was held against, and what follows. Statements: {number}.",
            number=len(judgements),
        ),
        template="replication.html.j2",
        values={
            "explained": how_to_read(replication, words),
            "notice": study_notice(replication, words),
            "verdicts": counts(replication, language),
            "sections": [_section(section, judgements, replication, words) for section in sections],
            "mismatches": [_mismatch(m, replication, words) for m in replication.mismatches],
            "map": [_mapped(row, replication, words) for row in report.referee_map(replication).itertuples()],
            "assumptions": [_assumption(a, words) for a in replication.ledger.assumptions],
        },
        depth=3,
    )


def _section(section: str, judgements: list[Judgement], replication: Replication, words: Catalogue) -> Row:
    own = [j for j in judgements if j.section == section]
    return {
        "key": slug(section),
        "title": text_of(section, words),
        "number": len(own),
        "counts": {v.code: sum(j.verdict == v for j in own) for v in Verdict},
        "statements": [_statement(j, replication, words) for j in own],
    }


def _statement(j: Judgement, replication: Replication, words: Catalogue) -> Row:
    t, designs = Catalogue(words.language, SITE), replication.ledger.designs
    counted = (
        t("{number}, of them agreeing: {agreeing}", number=j.sources, agreeing=j.sources_agreeing) if j.sources else ""
    )
    notes = [
        (t("Rests on"), _references(j.entry.rests_on)),
        (t("Independent origins"), counted),
        (t("The paper does not say"), _joined((or_english(what, words) for what in j.entry.omits), ", ")),
        (t("The evidence reaches only"), or_english(j.entry.covers_only or "", words)),
        (t("A test would need"), or_english(designs[j.entry.needs].what, words)),
        (t("There is"), or_english(designs[j.entry.have].what, words)),
        (t("Remark"), or_english(j.entry.remark or "", words)),
    ]
    return {
        "id": j.entry.id,
        "verdict": {"key": j.verdict.code, "word": text_of(j.verdict.value, words), "tone": tone(j.verdict)},
        "says": or_english(j.claim["statement"], words),
        "place": place_text(j.claim["place"], words),
        "rule": text_of(j.entry.rule.kind, words),
        "printed": claimed_text(j, words),
        "findings": [_finding(f, replication, words) for f in j.findings],
        "notes": [{"name": name, "text": text} for name, text in notes if text],
    }


def _references(ids: Iterable[str]) -> Markup:
    """Statements as links to their places on the page."""
    return _joined((Markup('<a href="#claim-{0}">{0}</a>').format(i) for i in ids), ", ")


def _joined(texts: Iterable[str], separator: str) -> Markup:
    return Markup(separator).join(texts)


def _finding(f: Finding, replication: Replication, words: Catalogue) -> Row:
    names, t = {origin.id: origin.name for origin in replication.ledger.origins}, Catalogue(words.language, SITE)
    deviations = (
        Markup("{}: {}").format(text_of(kind, words), or_english(text, words))
        for kind, text in f.witness.deviations.items()
    )
    notebooks = sorted({value.address.notebook for value in f.values.values() if value.address.notebook})
    return {
        "text": in_its_language(finding_text(f, words), words),
        "links": [link for link in f.links if re.match(r"https?://", link)],
        "reports": [page_name(f"notebooks/{name}", words.language) for name in notebooks],
        "outcome": text_of(f.outcome.value, words),
        "origin": _joined((or_english(names.get(o, "the paper itself"), words) for o in sorted(f.origins)), "; "),
        "authority": text_of(f.authority.value, words),
        "decides": f.decisive,
        "weight": or_english(f.context, words) if f.context else t("decides") if f.decisive else t("shown"),
        "deviations": _joined(deviations, "; "),
    }


def in_its_language(text: str, words: Catalogue) -> Markup:
    """What a page prints, quoted as it stands there: marked as English where it holds no letter of the language."""
    if words.language == SOURCE_LANGUAGE or re.search("[а-яөүңё]", text, re.IGNORECASE):
        return Markup.escape(text)
    return Markup('<span lang="{}">{}</span>').format(SOURCE_LANGUAGE, text)


def _mismatch(m: Mismatch, replication: Replication, words: Catalogue) -> Row:
    references = {r.number: f"[{r.number}] {r.authors} ({r.year})" for r in replication.ledger.references}
    return {
        "what": or_english(m.item.what, words),
        "places": "; ".join(place_text(place, words) for place in m.item.places),
        "claims": _references(m.item.claims),
        "sides": [value_text(side, words) if isinstance(side, Value) else references[side] for side in m.sides],
    }


def _mapped(row: tuple, replication: Replication, words: Catalogue) -> Row:
    """A row of the referee's map; outputs in `reports/` are links."""
    judgement = replication.judgements[row.claim_id]
    return {
        "place": place_text(row.place, words),
        "claim": row.claim_id,
        "printed": claimed_text(judgement, words) or unit_text(row.unit, words),
        "programs": row.programs.split(),
        "outputs": [
            {"name": output, "file": output.removeprefix("reports/") if output.startswith("reports/") else None}
            for output in row.outputs.split()
        ],
        "verdict": text_of(judgement.verdict.value, words),
        "needs": "" if row.programs else or_english(replication.ledger.designs[row.needs].what, words),
    }


def _assumption(a, words: Catalogue) -> Row:
    return {
        "what": or_english(a.what, words),
        "value": f"{a.value:g}",
        "range": f"{a.low:g}\u2013{a.high:g}",
        "unit": unit_text(a.unit, words),
        "reason": or_english(a.reason, words),
    }
