"""The paper's model of a green cluster as data: a core, three levels of support, three kinds of infrastructure.

And Table 2 as a matrix: which gap it lists for which direction and kind of infrastructure, what was found on each
gap, and which fields it leaves empty. To which kind a gap or a measure belongs is our reading, and so are the levels
of what the paper names for each direction; the data say so.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum

import pandas as pd

from pipeline.ledger.model import Verdict
from pipeline.ledger.verdicts import Outcome
from pipeline.studies.paper_tables import AGREES_IN_WORDS, SOURCE, direction_of, evidence_notes, words

KINDS = ("physical", "institutional", "innovation and education")
OUTSIDE = "none of the three"
EVERY_DIRECTION = "every direction"


class GapEvidence(StrEnum):
    """What was found on a gap that the paper lists."""

    FOR = "evidence for it"
    IN_PART = "evidence for a part of it"
    AGAINST = "evidence against it"
    UNDECIDED = "evidence that decides nothing"
    NONE = "none found"


def evidence_on(findings: pd.DataFrame, verdict: Verdict | None) -> GapEvidence:
    """What the findings on one gap say together.

    The deciding ones (those of the highest authority) count: for, if all agree; against, if all differ; otherwise in
    part. Where the gap is a whole statement, its `verdict` may reach less far than its findings: in part, too.
    """
    says = direction_of(findings)
    if says is None:
        return GapEvidence.NONE if findings.empty else GapEvidence.UNDECIDED
    if says == Outcome.DIFFERS:
        return GapEvidence.AGAINST
    whole = says == Outcome.HOLDS and verdict != Verdict.PARTLY_SUPPORTED
    return GapEvidence.FOR if whole else GapEvidence.IN_PART


def listed_gaps(table_2: pd.DataFrame, verdicts: Mapping[str, Verdict], findings: pd.DataFrame) -> pd.DataFrame:
    """The gaps of Table 2 with what was found on each.

    Returns
    -------
    DataFrame
        direction, infrastructure_kind, gap, claim_id, part, evidence, sources (origins of the findings).
    """
    return _judged(table_2[table_2["column"] == "gap"], verdicts, findings)


def gaps_of_text(in_text: pd.DataFrame, verdicts: Mapping[str, Verdict], findings: pd.DataFrame) -> pd.DataFrame:
    """The gaps that the text names and Table 2 does not, as `listed_gaps` gives those of the table."""
    return _judged(in_text.assign(part=""), verdicts, findings)


def _judged(gaps: pd.DataFrame, verdicts: Mapping[str, Verdict], findings: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for gap in gaps.itertuples():
        own = findings[(findings["claim_id"] == gap.claim_id) & (findings["part"] == gap.part)]
        rows.append(
            {
                "direction": gap.direction,
                "infrastructure_kind": gap.infrastructure_kind,
                "gap": gap.text,
                "claim_id": gap.claim_id,
                "part": gap.part,
                "evidence": evidence_on(own, None if gap.part else verdicts[gap.claim_id]),
                "sources": ", ".join(dict.fromkeys(own["origin"])),
            }
        )
    return pd.DataFrame(rows)


def fields(table_2: pd.DataFrame) -> pd.DataFrame:
    """How many gaps and measures Table 2 lists in every field of direction by kind of infrastructure.

    Returns
    -------
    DataFrame
        direction, infrastructure_kind, gaps, measures: one row for each of the nine fields, in the paper's order.
    """
    counts = table_2[table_2["column"].isin(["gap", "measure"])]
    counts = counts.groupby(["direction", "infrastructure_kind", "column"]).size()
    rows = [
        {
            "direction": direction, "infrastructure_kind": kind,
            "gaps": int(counts.get((direction, kind, "gap"), 0)),
            "measures": int(counts.get((direction, kind, "measure"), 0)),
        }
        for direction in dict.fromkeys(table_2["direction"]) for kind in KINDS
    ]  # fmt: skip
    return pd.DataFrame(rows)


def levels_filled(by_direction: pd.DataFrame, levels: pd.DataFrame) -> pd.DataFrame:
    """What the paper names for each direction at each level of its model.

    Returns
    -------
    DataFrame
        Rows are the levels (0 the core), columns the directions; a cell is the list of what is named, possibly empty.
    """
    directions = list(dict.fromkeys(by_direction["direction"]))
    numbers = list(dict.fromkeys(levels["level"]))
    named = by_direction.groupby(["level", "direction"])["element"].agg(list)
    return pd.DataFrame(
        {d: [named.get((level, d), []) for level in numbers] for d in directions}, index=pd.Index(numbers, name="level")
    )


def named_twice(levels: pd.DataFrame) -> pd.DataFrame:
    """Elements of the levels of support that a kind of infrastructure lists as well."""
    return levels[levels["infrastructure_kind"] != ""]


def messages() -> Iterator[str]:
    """Words of the data that the notebook shows, for the translators."""
    yield from words(SOURCE, "cluster_levels.csv", "level_name", "element")
    yield from words(SOURCE, "infrastructure_kinds.csv", "kind", "kind_name", "element")
    yield from words(SOURCE, "table_2.csv", "direction", "text", "infrastructure_kind")
    yield from words(SOURCE, "gaps_in_text.csv", "direction", "text")
    yield from words(SOURCE, "model_by_direction.csv", "element")
    yield from (state.value for state in GapEvidence)
    yield from AGREES_IN_WORDS.values()
    yield from evidence_notes("E08", "E10", "E13", "P04", "P05", "P06", "P09", "P12", "T2-10", "T2-16")
