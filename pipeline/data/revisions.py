"""What changed between two releases of a table: years and figures added, values revised, labels reworded, rows gone."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

import pandas as pd

from pipeline.data.corrections import Correction, apply_corrections
from pipeline.data.workbook import LANGUAGES, Figure, Label, Reading
from pipeline.errors import DataError

CHANGES = (
    "year added",
    "figure added",
    "value revised",
    "figure withdrawn",
    "row added",
    "row withdrawn",
    "label reworded",
)
COLUMNS = [
    "change",
    "row_en",
    "row_ru",
    "row_ky",
    "section",
    "year",
    "old",
    "new",
    "difference",
    "old_cell",
    "new_cell",
]
LEAST_SHARED, LEAST_EQUAL = 3, 0.6
"""A row is the same under other words when of at least so many shared years at least this share of figures is equal."""

Row = tuple[Label, Label]


@dataclass(frozen=True)
class Revisions:
    """The changes from one release to the next.

    Attributes
    ----------
    table
        One row a change, `COLUMNS`, all text. `year added` is a figure of a year that the old release did not have.
    unchanged
        How many figures are the same in both.
    corrections
        Sentences on corrections of the project that no longer find what they expect.
    """

    table: pd.DataFrame
    unchanged: int
    years_added: tuple[int, ...] = ()
    corrections: list[str] = field(default_factory=list)

    def number(self, change: str) -> int:
        """How many changes there are of a kind."""
        return int((self.table["change"] == change).sum())

    def summary(self) -> str:
        """The changes in a few lines."""
        lines = [f"Figures unchanged: {self.unchanged}."]
        years = f" ({', '.join(map(str, self.years_added))})"
        lines += [
            f"{change}: {n}{years if change == 'year added' else ''}."
            for change in CHANGES
            if (n := self.number(change))
        ]
        lines += self.corrections
        return "\n".join(lines)


def revisions(old: Reading, new: Reading) -> Revisions:
    """Compare two releases of a table, row by row.

    A row is found again by its name in all languages, then by its name in one of them, then by its figures; two rows
    that could be the same are taken for different ones.
    """
    before, after = _by_row(old.figures), _by_row(new.figures)
    pairs = _paired(before, after)
    added = tuple(sorted({f.year for f in new.figures} - {f.year for f in old.figures}))
    changes: list[dict[str, str]] = []
    unchanged = 0
    for was, now in pairs.items():
        changes += _reworded(was, now)
        for year in sorted(before[was].keys() | after[now].keys()):
            a, b = before[was].get(year), after[now].get(year)
            if a and b and _same(a.value, b.value):
                unchanged += 1
                continue
            kind = "value revised" if a and b else "figure withdrawn" if a else "figure added"
            changes.append(_change("year added" if b and not a and year in added else kind, now, a, b))
    for was in before.keys() - pairs.keys():
        changes += [_change("row withdrawn", was, figure, None) for figure in before[was].values()]
    for now in after.keys() - set(pairs.values()):
        changes += [_change("row added", now, None, figure) for figure in after[now].values()]
    order = {change: number for number, change in enumerate(CHANGES)}
    changes.sort(key=lambda c: (order[c["change"]], c["section"], c["row_en"], c["row_ru"], c["year"]))
    return Revisions(pd.DataFrame(changes, columns=COLUMNS), unchanged, added)


def _by_row(figures: Iterable[Figure]) -> dict[Row, dict[int, Figure]]:
    rows: dict[Row, dict[int, Figure]] = {}
    for figure in figures:
        rows.setdefault((figure.headings, figure.row), {})[figure.year] = figure
    return rows


def _same(a: str, b: str) -> bool:
    try:
        return Decimal(a) == Decimal(b)
    except ArithmeticError:
        return a == b


def _paired(before: dict[Row, dict[int, Figure]], after: dict[Row, dict[int, Figure]]) -> dict[Row, Row]:
    """The rows of the new release that are rows of the old one."""
    pairs = {row: row for row in before if row in after}

    def left() -> tuple[list[Row], list[Row]]:
        taken = set(pairs.values())
        return [row for row in before if row not in pairs], [row for row in after if row not in taken]

    for language in LANGUAGES:
        old, new = left()
        names_old, names_new = _unique(old, language), _unique(new, language)
        pairs |= {names_old[key]: names_new[key] for key in names_old.keys() & names_new.keys()}
    old, new = left()
    alike = {was: [now for now in new if _alike(before[was], after[now])] for was in old}
    for was, found in alike.items():
        if len(found) == 1 and sum(found[0] in others for others in alike.values()) == 1:
            pairs[was] = found[0]
    return pairs


def _unique(rows: list[Row], language: str) -> dict[tuple[str, str], Row]:
    """Rows by heading and name in a language, without those that share both."""
    found: dict[tuple[str, str], list[Row]] = {}
    for section, row in rows:
        if name := _plain(getattr(row, language)):
            found.setdefault((_plain(getattr(section, language)), name), []).append((section, row))
    return {key: its[0] for key, its in found.items() if len(its) == 1}


def _plain(text: str) -> str:
    return re.sub(r"\W+", " ", text.casefold()).strip()


def _alike(before: dict[int, Figure], after: dict[int, Figure]) -> bool:
    shared = before.keys() & after.keys()
    equal = sum(_same(before[year].value, after[year].value) for year in shared)
    return len(shared) >= LEAST_SHARED and equal >= LEAST_EQUAL * len(shared)


def _change(kind: str, row: Row, old: Figure | None, new: Figure | None) -> dict[str, str]:
    section, label = row
    difference = ""
    if old and new and old.is_number and new.is_number:
        difference = format(Decimal(new.value) - Decimal(old.value), "f")
    figure = new or old
    return {
        "change": kind,
        **{f"row_{language}": getattr(label, language) for language in LANGUAGES},
        "section": str(section),
        "year": str(figure.year) if figure else "",
        "old": old.value if old else "",
        "new": new.value if new else "",
        "difference": difference,
        "old_cell": old.cell if old else "",
        "new_cell": new.cell if new else "",
    }


def _reworded(was: Row, now: Row) -> list[dict[str, str]]:
    """The names of a row, and of its heading, that are worded in another way."""
    out = []
    for before, after in zip(was, now, strict=True):
        for language in LANGUAGES:
            a, b = getattr(before, language), getattr(after, language)
            if a != b:
                out.append(_change("label reworded", now, None, None) | {"old": a, "new": b})
    return out


def unmet_corrections(frame: pd.DataFrame, source: str, table: str, corrections: list[Correction]) -> list[str]:
    """Corrections of a table that no longer find in its new release what they expect, one sentence each."""
    unmet = []
    for correction in corrections:
        if (correction.source, correction.table) == (source, table):
            try:
                apply_corrections(frame, source, table, [correction])
            except DataError as error:
                unmet.append(str(error))
    return unmet
