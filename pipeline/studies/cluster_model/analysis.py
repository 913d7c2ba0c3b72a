"""The paper's model of a green cluster as data: a core, three levels of support, three kinds of infrastructure.

And Table 2 as a matrix: which gap it lists for which direction and kind of infrastructure, what was found on each
gap, and which fields it leaves empty. To which kind a gap or a measure belongs is our reading, and so are the levels
of what the paper names for each direction; the data say so.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum

import pandas as pd

from pipeline.ledger.model import AGREES, Verdict
from pipeline.ledger.verdicts import Outcome
from pipeline.studies.paper_tables import SOURCE, direction_of, evidence_notes, evidence_rows, words

KINDS = ("physical", "institutional", "innovation and education")
OUTSIDE = "none of the three"
CORE, THIRD = "0", "3"  # levels of the model
EVERY_DIRECTION = "every direction"


class GapEvidence(StrEnum):
    """What was found on a gap that the paper lists."""

    FOR = "evidence for it"
    IN_PART = "evidence for a part of it"
    AGAINST = "evidence against it"
    UNDECIDED = "evidence that decides nothing"
    NONE = "none found"


class Item(StrEnum):
    """What stands in a field of the matrix of gaps."""

    GAP = "gap"
    GAP_OF_TEXT = "gap of the text"
    MEASURE = "measure"
    NO_GAP = "no gap listed"
    NOTHING = "nothing listed"


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
    whole = says == Outcome.HOLDS and (verdict is None or verdict in AGREES)
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
            "direction": direction,
            "infrastructure_kind": kind,
            "gaps": int(counts.get((direction, kind, "gap"), 0)),
            "measures": int(counts.get((direction, kind, "measure"), 0)),
        }
        for direction in dict.fromkeys(table_2["direction"])
        for kind in KINDS
    ]
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


def levels_table(filled: pd.DataFrame, levels: pd.DataFrame) -> pd.DataFrame:
    """What is named at each level, as a table: "; " between elements, and a column for each direction.

    Parameters
    ----------
    filled
        As `levels_filled` gives it.
    levels
        level, level_name: the elements of the model.

    Returns
    -------
    DataFrame
        part (name of the level) and the directions, named as columns of a table: "renewable_energy".
    """
    names = dict(zip(levels["level"], levels["level_name"], strict=True))
    shown = filled.map("; ".join).rename(columns=lambda direction: direction.replace(" ", "_").replace("-", "_"))
    return shown.assign(part=[names[level] for level in filled.index])


def model_elements(levels: pd.DataFrame, kinds: pd.DataFrame) -> pd.DataFrame:
    """The elements of the core and the levels of support, then those of the kinds of infrastructure.

    Returns
    -------
    DataFrame
        level ("" for infrastructure), kind ("" for a level), part (the name of either), element, also_in (the kind of
        infrastructure that lists the element as well).
    """
    of_levels = levels.assign(kind="", part=levels["level_name"], also_in=levels["infrastructure_kind"])
    of_kinds = kinds.assign(level="", part=kinds["kind_name"], also_in="")
    columns = ["level", "kind", "part", "element", "also_in"]
    return pd.concat([of_levels[columns], of_kinds[columns]], ignore_index=True)


def gap_matrix(gaps: pd.DataFrame, more_gaps: pd.DataFrame, table_2: pd.DataFrame, kinds: pd.DataFrame) -> pd.DataFrame:
    """What stands in the matrix of direction by kind of infrastructure: gaps of Table 2 and of the text, and measures.

    Parameters
    ----------
    gaps, more_gaps
        As `listed_gaps` and `gaps_of_text` give them.
    kinds
        kind, kind_name: the elements of the kinds of infrastructure.

    Returns
    -------
    DataFrame
        direction, infrastructure_kind, kind_name, item (an `Item`), text; of a gap: claim_id, part, evidence, sources.
        Field by field, in the order of the paper; a field of Table 2 without a gap says so.
    """
    names = dict(zip(kinds["kind"], kinds["kind_name"], strict=True))
    measures = table_2.loc[table_2["column"] == "measure", ["direction", "infrastructure_kind", "text"]]
    blank = {"claim_id": "", "part": "", "evidence": "", "sources": ""}
    of_table = {(row.direction, row.infrastructure_kind) for row in gaps.itertuples()}
    with_measure = set(measures[["direction", "infrastructure_kind"]].itertuples(index=False, name=None))
    directions = list(dict.fromkeys(table_2["direction"]))
    empty = [
        {"direction": d, "infrastructure_kind": k, "text": "", "item": Item.NO_GAP if known else Item.NOTHING, **blank}
        for d in directions
        for k in (*KINDS, OUTSIDE)
        if (d, k) not in of_table
        for known in [(d, k) in with_measure]
    ]
    parts = [
        gaps.rename(columns={"gap": "text"}).assign(item=Item.GAP),
        pd.DataFrame(empty),
        measures.assign(item=Item.MEASURE, **blank),
        more_gaps.rename(columns={"gap": "text"}).assign(item=Item.GAP_OF_TEXT),
    ]
    rows, order = pd.concat(parts, ignore_index=True), [*directions, EVERY_DIRECTION]
    places = {"direction": order.index, "infrastructure_kind": (*KINDS, OUTSIDE).index}
    rows = rows.sort_values(list(places), key=lambda column: column.map(places[column.name]), kind="stable")
    return rows.assign(kind_name=[names.get(kind, kind) for kind in rows["infrastructure_kind"]])


def gap_pages(gaps: pd.DataFrame, findings: pd.DataFrame, evidence: pd.DataFrame) -> pd.DataFrame:
    """The pages that speak to each gap: the rows of evidence.csv with direction and gap.

    Parameters
    ----------
    gaps
        As `listed_gaps` gives them, those of the text too.
    """
    named = gaps.drop_duplicates(["claim_id", "part"])[["claim_id", "part", "direction", "gap"]]
    return named.merge(evidence_rows(findings, evidence), on=["claim_id", "part"])


def field_in_words(direction: str, kind: str) -> str:
    """A field of Table 2 as a text."""
    return f"{direction} ({kind})"


def summary_of_model(levels: pd.DataFrame, kinds: pd.DataFrame, filled: pd.DataFrame, announced: int) -> dict[str, int]:
    """The results on the model: what it consists of, and how much of it is filled in.

    Parameters
    ----------
    levels, kinds
        The elements of the levels of the model and of the kinds of infrastructure.
    filled
        As `levels_filled` gives it.
    announced
        How many models the abstract announces.
    """
    named = filled.map(bool)
    return {
        "support_levels": int((filled.index != CORE).sum()),
        "elements": len(levels),
        "elements_named_twice": len(named_twice(levels)),
        "infrastructure_kinds": kinds["kind"].nunique(),
        "directions": filled.shape[1],
        "models_announced": announced,
        "parts_of_models": named.size,
        "parts_named": int(named.to_numpy().sum()),
        "directions_with_third_level": int(named.loc[THIRD].sum()),
    }


def summary_of_gaps(gaps: pd.DataFrame, more_gaps: pd.DataFrame, fields: pd.DataFrame) -> dict[str, int | list[str]]:
    """The results on Table 2: its gaps by what was found on them, and its fields without a gap.

    Parameters
    ----------
    gaps, more_gaps, fields
        As `listed_gaps`, `gaps_of_text` and `fields` give them.
    """
    number = gaps["evidence"].value_counts()
    without = fields[fields["gaps"] == 0]
    measured = without[without["measures"] > 0]
    return {
        "gaps": len(gaps),
        "gaps_for": number.get(GapEvidence.FOR, 0),
        "gaps_in_part": number.get(GapEvidence.IN_PART, 0),
        "gaps_against": number.get(GapEvidence.AGAINST, 0),
        "gaps_undecided": number.get(GapEvidence.UNDECIDED, 0),
        "gaps_none": number.get(GapEvidence.NONE, 0),
        "gaps_in_text": len(more_gaps),
        "fields": len(fields),
        "fields_without_gap": len(without),
        "empty_fields": [*map(field_in_words, without["direction"], without["infrastructure_kind"])],
        "fields_with_measure_only": len(measured),
        "measured_fields": [*map(field_in_words, measured["direction"], measured["infrastructure_kind"])],
        "gaps_outside": int((gaps["infrastructure_kind"] == OUTSIDE).sum()),
    }


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
    yield from (
        field_in_words(direction, kind) for direction in words(SOURCE, "table_2.csv", "direction") for kind in KINDS
    )
    yield from evidence_notes("E08", "E10", "E13", "P04", "P05", "P06", "P09", "P12", "T2-10", "T2-16")
