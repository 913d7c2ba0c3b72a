"""Tables of the statistics committee and its sister offices, read by what stands in them.

The tables have the years in a row, names in up to three languages beside the figures (in any order), and figures by
territory below headings that are crops, or by crop below headings that are territories. Nothing is read by position:
the head is the row of years, languages are told by the words, headings by what they are and what follows. What is not
understood is refused with its cell, and everything that is left out is listed with the reason.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import pandas as pd

from pipeline.data import lettering as words
from pipeline.data.spreadsheets import Cell, Grid, read_grids
from pipeline.data.vocabulary import areas, crops
from pipeline.errors import DataError

LANGUAGES = ("en", "ru", "ky")
COLUMNS = [f"{what}_{language}" for what in ("row", "section") for language in LANGUAGES] + ["year", "value"]
COLUMNS += ["unit", "cell"]
"""What `frame` has, one row a figure."""

AREA, CROP = "area", "crop"

_NAMES = re.compile(
    r"(?i)(\bitems?\b|indicator|\bnames?\b|наименован|показател|көрсөткүч|аталыш|"
    r"^(territor\w*|regions?|oblasts?|crops?|территори\w*|регион\w*|област[ьи]|культур[аы]|аймак\w*|облус\w*|өсүмдүк\w*)$)"
)
_UNIT_COLUMN = re.compile(r"(?i)(ед(иниц\w*|\.)? ?изм|өлчө[мө]|\bunits?\b|measure)")
_ROMAN = re.compile(r"(?i)[ivxІХ]{1,3}([-–][ivxІХ]{1,3})?")
_CODE_COLUMN = re.compile(r"(?i)^\W*(№|no\.?|n|код|code|коду|п/п|№ п/п)\W*$")


@dataclass(frozen=True)
class Label:
    """A name in up to three languages, "" where the table has none."""

    en: str = ""
    ru: str = ""
    ky: str = ""

    def __bool__(self) -> bool:
        return bool(self.en or self.ru or self.ky)

    def __str__(self) -> str:
        return self.en or self.ru or self.ky

    @property
    def texts(self) -> list[str]:
        """What there is of it."""
        return [text for text in (self.en, self.ru, self.ky) if text]


@dataclass(frozen=True)
class Figure:
    """One figure of a table.

    Attributes
    ----------
    value
        With the digits that are stored, a decimal point, or the mark that stands in its place (`-`, `…`).
    unit
        As printed, in English where the table has it.
    marks
        Footnote marks of the figure, its name and its year.
    group
        The heading over its column, where the head has two levels (a measure); it is the section where the rows have
        none.
    """

    row: Label
    section: Label
    year: int
    value: str
    unit: str
    cell: str
    marks: tuple[str, ...] = ()
    group: Label = Label()

    @property
    def headings(self) -> Label:
        """Section and group in one, as `Reading.frame` shows them."""
        both = [label for label in dict.fromkeys((self.section, self.group)) if label]
        return Label(*("; ".join(filter(None, (getattr(label, key) for label in both))) for key in LANGUAGES))

    @property
    def is_number(self) -> bool:
        """Whether a figure stands there, and not a mark in its place."""
        return words.mark_of(self.value) is None


@dataclass
class Reading:
    """What was understood of a file, what was left out and why, and what was mended on the way."""

    figures: list[Figure] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    footnotes: dict[str, str] = field(default_factory=dict)

    def frame(self) -> pd.DataFrame:
        """The figures as text, `COLUMNS`."""
        rows = [
            [
                *(getattr(label, key) for label in (f.row, f.headings) for key in LANGUAGES),
                f.year,
                f.value,
                f.unit,
                f.cell,
            ]
            for f in self.figures
        ]
        return pd.DataFrame(rows, columns=COLUMNS)

    def report(self) -> str:
        """What a person should know of the reading: how much was read, left out and why, mended, and the footnotes."""
        lines = [f"{len(self.figures)} figures read."]
        if marks := Counter(figure.value for figure in self.figures if not figure.is_number):
            lines += [
                f"Marks in place of figures: {', '.join(f'{m} ({words.mark_of(m)}) {n}' for m, n in marks.items())}."
            ]
        lines += ["Left out:", *(f"  {sentence}" for sentence in self.left_out)] if self.left_out else []
        lines += ["Noted:", *(f"  {sentence}" for sentence in self.said)] if self.said else []
        lines += (
            ["Footnotes:", *(f"  {mark}: {text}" for mark, text in self.footnotes.items())] if self.footnotes else []
        )
        return "\n".join(lines)


def read_workbook(path: Path) -> Reading:
    """Read a table of the committee: XLS, XLSX, CSV, or JSON of the open-data service.

    Raises
    ------
    DataError
        If the file cannot be read (`spreadsheets.read_grids`), has no row of years, or holds something that is not
        understood; the message names the cell and what was expected there.
    """
    read = read_grids(path)
    whole = Reading(left_out=list(read.left_out), titles=[read.title] if read.title else [])
    without = []
    for grid in read.grids:
        sheet = _Sheet(path, grid, read.unit)
        if sheet.heads:
            sheet.read()
            for kept in ("figures", "left_out", "said", "titles"):
                getattr(whole, kept).extend(getattr(sheet.out, kept))
            whole.footnotes |= sheet.out.footnotes
        elif any(cell != "" for row in grid.rows for cell in row):
            without.append(f"{grid.name or path.name}: no row of years, nothing was read")
    if not whole.figures:
        told = f" Left out: {'; '.join((*without, *whole.left_out)[:5])}." if without or whole.left_out else ""
        raise DataError(
            f"{path}: no table with figures of full years was found. Expected a row of years (2006, 2007, …) with "
            f"names beside the figures.{told}"
        )
    whole.left_out += without
    return whole


@cache
def kind_of(text: str) -> str:
    """Whether a name is that of an area or of a crop (`AREA`, `CROP`); "" for neither."""
    text = words.unnumbered(text)
    for level in ("country", "oblast", "city", "raion"):
        if areas(level).find(text) or areas(level).is_broken(text):
            return AREA
    for name in (text, re.sub(r"\s*\([^()]*\)", "", text), text.partition(",")[0]):
        if crops().find(name.strip(" :-–—")):
            return CROP
    return ""


def _kind(label: Label) -> str:
    return next(filter(None, map(kind_of, label.texts)), "")


@dataclass(frozen=True)
class _Column:
    """A column of figures: its year, footnote marks of the year, and the heading above or below the years."""

    year: int
    marks: tuple[str, ...] = ()
    group: Label = Label()
    unit: str = ""


@dataclass
class _Head:
    """The head of a table: the rows it takes, its columns, and those that hold no full year."""

    first: int
    last: int
    columns: dict[int, _Column]
    other: dict[int, str]

    @property
    def years(self) -> dict[int, tuple[int, Label]]:
        return {c: (column.year, column.group) for c, column in self.columns.items()}


@dataclass
class _Row:
    """A row below a head: what it is, its names, their footnote marks."""

    at: int
    what: str
    label: Label = Label()
    marks: tuple[str, ...] = ()
    kind: str = ""
    section: Label = Label()


class _Sheet:
    """One sheet while it is read."""

    def __init__(self, path: Path, grid: Grid, unit: str):
        self.path, self.grid, self.rows, self.unit = path, grid, grid.rows, unit
        self.out = Reading(said=list(grid.said))
        self.width = len(self.rows[0]) if self.rows else 0
        self.anchor = {
            (r, c): (top, left)
            for top, left, bottom, right in grid.merged
            for r in range(top, min(bottom, len(self.rows) - 1) + 1)
            for c in range(left, min(right, self.width - 1) + 1)
        }
        self.defined = self._defined()
        self.heads = self._find_heads()

    # --- helpers ------------------------------------------------------------------------------------------------------

    def place(self, row: int, column: int) -> str:
        return self.grid.place(row, column)

    def refuse(self, row: int, column: int, found: str, expected: str) -> DataError:
        return DataError(f"{self.path}, {self.place(row, column)}: {found}. Expected {expected}.")

    def text(self, row: int, column: int) -> str:
        """The text of a cell; "" where it is empty or no text."""
        cell = self.rows[row][column]
        return cell.strip() if isinstance(cell, str) else ""

    def filled(self, row: int, column: int) -> Cell:
        """The content of a cell, of a merged range that of its first cell."""
        row, column = self.anchor.get((row, column), (row, column))
        return self.rows[row][column]

    def is_figure(self, cell: Cell) -> bool:
        """Whether a cell holds a number, be it as text."""
        if isinstance(cell, str):
            return bool(cell.strip()) and (words.figure_text(cell, ",") or words.figure_text(cell, ".")) is not None
        return isinstance(cell, int | float) and not isinstance(cell, bool)

    def _texts(self, row: int, columns: Iterator[int] | range | list[int]) -> dict[int, str]:
        """Cells of a row that hold words."""
        found = {}
        for c in columns:
            text = self.text(row, c)
            if text and any(ch.isalpha() for ch in text) and not self.is_figure(text) and not words.mark_of(text):
                found[c] = text
        return found

    def _defined(self) -> frozenset[str]:
        """Marks with which the footnotes of the sheet begin: those of its last lines without figures."""
        marks = set()
        for row in reversed(range(len(self.rows))):
            cells = [cell for cell in self.rows[row] if cell != "" and (not isinstance(cell, str) or cell.strip())]
            if sum(map(self.is_figure, cells)) and not all(isinstance(cell, str) for cell in cells):
                break
            texts = [cell for cell in cells if isinstance(cell, str) and any(ch.isalpha() for ch in cell)]
            if len(cells) > len(texts):
                break
            marks |= {mark for text in texts if (mark := words.footnote_mark(text))}
        return frozenset(marks)

    # --- heads --------------------------------------------------------------------------------------------------------

    def _headings(self, row: int) -> dict[int, words.Heading]:
        found = {}
        for c, cell in enumerate(self.rows[row]):
            if cell != "" and (head := words.heading(cell, self.defined)):
                found[c] = head
        return found

    def _is_head(self, row: int, known: bool) -> bool:
        """Whether a row is a row of years, and no row of figures that happen to look like years."""
        found = self._headings(row)
        years = [head for head in found.values() if head.year]
        if not found or (not years and len(found) < 2):
            return False
        first = min(found)
        beside = [c for c in range(self.width) if c not in found and self.rows[row][c] != ""]
        texts = [words.one_line(self.text(row, c)) for c in beside]
        named = any(_NAMES.search(text) and not kind_of(text) for text in texts)
        if not years or len(found) == 1:
            return named and any(c < first for c in beside)
        if any(self.is_figure(self.rows[row][c]) for c in beside if c > first):
            return False
        if known and beside and not named:
            return False  # a name that is no word for names, and figures between 1900 and 2100: a row of the table
        right = [c for c in beside if c > first]
        return 2 * len(found) > len(right)

    def _find_heads(self) -> list[_Head]:
        heads: list[_Head] = []
        row = 0
        while row < len(self.rows):
            if self._is_head(row, bool(heads)):
                head = self._head(row)
                heads.append(head)
                row = head.last
            row += 1
        return heads

    def _head(self, row: int) -> _Head:
        found = self._headings(row)
        first = min(found)
        sub = self._second_level(row, first)
        last = row + 1 if sub else row
        columns: dict[int, _Column] = {}
        other: dict[int, str] = {}
        before: words.Heading | None = None
        for c in range(first, self.width):
            head = found.get(c)
            if head is None and self.anchor.get((row, c)) in {(row, k) for k in found}:
                head = found[self.anchor[row, c][1]]
            if head is None and sub is not None and c in sub and not self.text(row, c):
                head = before
            if head is None:
                self._require_no_year(row, c, last)
                before = None if self.text(row, c) else before
                continue
            before = head
            below = sub.get(c, "") if sub else ""
            what = words.below_a_year(below) if below else "year"
            if head.other or what == "part":
                other[c] = f"{' '.join(filter(None, (head.text, below)))}: {head.other or 'part of a year'}"
            else:
                group = Label() if what == "year" else self._one_label(row + 1, c, below)
                columns[c] = _Column(head.year or 0, head.marks, group, words.unit_in(below) if group else "")
        columns = self._groups_above(row, columns)
        self._require_once(row, columns)
        return _Head(row, last, columns, other)

    def _second_level(self, row: int, first: int) -> dict[int, str] | None:
        """What stands below the years where the head has two levels; None where it has one."""
        if row + 1 >= len(self.rows):
            return None
        names_below = [
            c
            for c in range(first)
            if self.text(row + 1, c)
            and self.anchor.get((row + 1, c), (row + 1, c))[0] == row + 1
            and (self.text(row, c) or not _NAMES.search(self.text(row + 1, c)))
        ]
        below = {c: self.rows[row + 1][c] for c in range(first, self.width) if self.rows[row + 1][c] != ""}
        if names_below or not below:
            return None
        spread = any(self.rows[row][c] == "" for c in below)
        counted = {words.one_line(str(int(v) if isinstance(v, float) else v)) for v in below.values()}
        if spread and counted <= {"1", "2", "3", "4"}:
            return {c: f"{int(float(str(v)))}" for c, v in below.items()}
        texts = self._texts(row + 1, list(below))
        roman = {c: t for c in below if _ROMAN.fullmatch(t := self.text(row + 1, c))}
        if len(texts | roman) == len(below) and not any(map(words.is_unit, texts.values())):
            years = [words.heading(text, frozenset()) for text in texts.values()]
            if any(years):
                return None
            return texts | roman
        if spread:
            wrong = next((c for c in below if c not in texts | roman), min(below))  # else a unit among headings
            raise self.refuse(
                row + 1,
                wrong,
                f"{self.rows[row + 1][wrong]!r} stands below years that reach over several columns",
                "a second line of headings there: quarters, `год`, `year`, or what is counted",
            )
        return None

    def _require_no_year(self, row: int, column: int, last: int) -> None:
        """Refuse figures in a column over which no year stands."""
        for r in range(last + 1, len(self.rows)):
            if self._is_head(r, True):
                return
            if self.is_figure(self.rows[r][column]):
                title = self.text(row, column)
                raise self.refuse(
                    r,
                    column,
                    f"a figure in a column headed {title!r}" if title else "a figure in a column without a heading",
                    "a year at the head of its column",
                )

    def _groups_above(self, row: int, columns: dict[int, _Column]) -> dict[int, _Column]:
        """The columns with the heading that stands above their years, where the head has one (yield | area)."""
        order = sorted(columns)
        labels: dict[int, dict[str, str]] = {}
        for above in range(row - 1, max(row - 4, -1), -1):
            texts = self._texts(above, range(min(order, default=0), self.width))
            if len(texts) < 2 or (labels and set(texts) != set(labels)):
                break
            for c, text in texts.items():
                label = self._one_label(above, c, text)
                labels.setdefault(c, {}).update({k: v for k in LANGUAGES if (v := getattr(label, k))})
        repeated = max(Counter((columns[c].year, columns[c].group) for c in order).values(), default=0) > 1
        if not labels:
            return columns
        blocks: list[list[int]] = []
        for c in order:
            seen = {(columns[k].year, columns[k].group) for k in blocks[-1]} if blocks else set()
            starts = (columns[c].year, columns[c].group) in seen if repeated else c in labels
            if not blocks or starts:
                blocks.append([])
            blocks[-1].append(c)
        out = {}
        for number, block in enumerate(blocks):
            end = blocks[number + 1][0] if number + 1 < len(blocks) else self.width
            over = [c for c in labels if block[0] <= c < end]
            if len(over) != 1:
                raise self.refuse(
                    row,
                    block[0],
                    f"{len(over)} headings stand over the years from here on",
                    "one heading over each run of years",
                )
            label = Label(**labels[over[0]])
            unit = next((u for text in label.texts if (u := words.unit_in(text))), "")
            part = {words.below_a_year(text) for text in label.texts}
            for c in block:
                if columns[c].group and part != {"year"}:
                    raise self.refuse(row, c, "headings both above and below the year", "one of them")
                if "part" in part:
                    continue
                out[c] = columns[c] if part == {"year"} else replace(columns[c], group=label, unit=unit)
        return out

    def _require_once(self, row: int, columns: dict[int, _Column]) -> None:
        """Refuse a year that stands twice, and years that run neither up nor down."""
        seen: dict[tuple[int, Label], int] = {}
        runs: dict[Label, list[int]] = {}
        for c, column in columns.items():
            key = column.year, column.group
            if key in seen:
                raise self.refuse(
                    row,
                    c,
                    f"the year {column.year} stands here and in {self.place(row, seen[key])}",
                    "each year once, or headings that tell the two apart",
                )
            seen[key] = c
            runs.setdefault(column.group, []).append(column.year)
        for years in runs.values():
            if years not in (sorted(years), sorted(years, reverse=True)):
                wrong = next(i for i in range(1, len(years)) if (years[i] > years[i - 1]) != (years[1] > years[0]))
                c = next(k for k, column in columns.items() if column.year == years[wrong])
                raise self.refuse(
                    row,
                    c,
                    f"the year {years[wrong]} follows {years[wrong - 1]}",
                    "years that run up, or down, throughout",
                )

    # --- names --------------------------------------------------------------------------------------------------------

    def _one_label(self, row: int, column: int, text: str) -> Label:
        """A label from one cell: in the language of its words, or in three that a slash or a break parts."""
        parts = _parts(text)
        languages = [words.language_of(part) for part in parts]
        if len(parts) == 1 or len(set(languages)) < len(parts):
            parts, languages = [text], [words.language_of(text)]
        found = {}
        for part, language in zip(parts, languages, strict=True):
            found[language] = self._mended(row, column, part)[0]
        return Label(**found)

    def _mended(self, row: int, column: int, text: str) -> tuple[str, tuple[str, ...]]:
        """A label in one alphabet without its footnote marks, and those; what was done is said."""
        place = self.place(row, column)
        try:
            text, said = words.mended(text, place)
        except DataError as error:
            raise DataError(f"{self.path}, {error}") from None
        label, marks, doubt = words.marks_taken(text, self.defined)
        if doubt and kind_of(shorter := re.sub(r"\s*\d{1,2}$", "", label)):
            label, marks, doubt = shorter, (*marks, label[len(shorter) :].strip()), False
        if doubt and re.search(r"[^\W\d_]\d{1,2}$", label):
            said.append(f"{place}: {label!r} ends in a digit that no footnote explains; it was left on")
        if marks:
            said.append(f"{place}: footnote {', '.join(marks)} on {label!r}")
        self.out.said += [sentence for sentence in said if sentence not in self.out.said]
        return label, marks

    def _name_columns(self) -> tuple[dict[str, list[int]], list[int]]:
        """The columns of names by language, and those of units."""
        first = self.heads[0]
        taken = {c for head in self.heads for c in (*head.columns, *head.other)}
        below = range(first.last + 1, len(self.rows))
        names, units = [], []
        for c in range(self.width):
            if c in taken:
                continue
            title = " ".join(self.text(r, c) for r in range(first.first, first.last + 1))
            cells = [self.text(r, c) for r in below if self.rows[r][c] != ""]
            texts = [text for text in cells if any(ch.isalpha() for ch in text)]
            if not texts or _CODE_COLUMN.match(title) or words.is_note(title):
                if cells:
                    self.out.left_out.append(f"{self.place(first.first, c)}: column {title!r}, numbers or remarks")
                continue
            if _UNIT_COLUMN.search(title) or (3 * sum(map(words.is_unit, texts)) > 2 * len(texts)):
                units.append(c)
            elif 2 * len(texts) > len(cells):
                names.append(c)
        return self._languages(names, below), units

    def _languages(self, names: list[int], below: range) -> dict[str, list[int]]:
        first = self.heads[0]
        latin, cyrillic = [], []
        score = {}
        for c in names:
            texts = [self.text(r, c) for r in below if any(ch.isalpha() for ch in self.text(r, c))]
            title = self.text(first.first, c)
            mended = [self._quietly(text) for text in (title, *texts)]
            in_latin = [words.is_latin(text) for text in mended]
            (latin if 2 * sum(x is True for x in in_latin) > sum(x is not None for x in in_latin) else cyrillic).append(
                c
            )
            score[c] = sum(map(words.kyrgyz_score, dict.fromkeys(mended))) + sum(map(_official, dict.fromkeys(mended)))
            score[c] += 5 * bool(re.search(r"(?i)көрсөткүч|аталыш|аймак", mended[0]))
            score[c] -= 5 * bool(re.search(r"(?i)наименован|показател|территор", mended[0]))
        found: dict[str, list[int]] = {"en": latin, "ru": [], "ky": []}
        if len(cyrillic) == 2 and score[cyrillic[0]] != score[cyrillic[1]] and not self._two_keys(cyrillic, below):
            kyrgyz = max(cyrillic, key=score.__getitem__)
            found["ky"], found["ru"] = [kyrgyz], [c for c in cyrillic if c != kyrgyz]
        else:
            for c in cyrillic:
                found["ky" if score[c] > 0 else "ru"].append(c)
        for language, its in found.items():
            if len(its) > 2 or (len(its) == 2 and not self._two_keys(its, below)):
                raise self.refuse(
                    first.first,
                    its[1],
                    f"the names below {self.place(first.first, its[0])} and here are both in {_SAID[language]}",
                    "one column of names a language (Kyrgyz, Russian, English), or territories in one and crops in the "
                    "other",
                )
        if len({len(its) for its in found.values() if its}) > 1:
            raise self.refuse(
                first.first, names[0], "the languages have unlike numbers of columns of names", "one or two in each"
            )
        return found

    def _quietly(self, text: str) -> str:
        try:
            return words.mended(text, "")[0]
        except DataError:
            return text  # refused with its place when the row is read

    def _two_keys(self, columns: list[int], below: range) -> bool:
        """Whether of two columns one holds territories and the other crops."""
        kinds = []
        for c in columns:
            found = Counter(kind_of(words.one_line(self.text(r, c))) for r in below if self.text(r, c))
            found.pop("", None)
            kinds.append(found.most_common(1)[0][0] if found else "")
        return set(kinds) == {AREA, CROP}

    # --- rows ---------------------------------------------------------------------------------------------------------

    def read(self) -> None:
        """Read all rows below the heads into `out`."""
        self.names, self.unit_columns = self._name_columns()
        first = self.heads[0]
        if not any(self.names.values()):
            raise self.refuse(
                first.last, min(first.columns, default=0), "no names beside the figures", "a column of names"
            )
        self._say_titles(first)
        events = self._events()
        row_kind, section_kind = self._nesting(events)
        self._emit(events, row_kind, section_kind)
        self._require_distinct()
        for head in self.heads[:1]:
            self.out.said += [
                f"{self.place(head.first, c)}: footnote {', '.join(column.marks)} on the year {column.year}"
                for c, column in head.columns.items()
                if column.marks
            ]
            self.out.left_out += [
                f"{self.place(head.first, c)}: {reason}; not read" for c, reason in head.other.items()
            ]

    def _say_titles(self, first: _Head) -> None:
        """List what stands above the head, and keep the unit that it states in each language."""
        language = {c: key for key, its in self.names.items() for c in its}
        units: dict[str, set[str]] = {}
        for r in range(first.last + 1):
            for c in range(self.width):
                text = words.one_line(self.text(r, c))
                if not text or (c in first.columns and r >= first.first):
                    continue
                label = self._mended(r, c, text)[0] if c in language or r < first.first else text
                if r < first.first:
                    self.out.titles.append(label)
                    self.out.left_out.append(f"{self.place(r, c)}: title {_short(text)!r}")
                bare = label.strip("() .")
                if unit := words.unit_in(label) or (bare if words.is_unit(bare) else ""):
                    units.setdefault(language.get(c, words.language_of(label)), set()).add(unit)
        for its in units.values():
            if len(its) > 1:
                self.out.said.append(f"{self.grid.name or self.path.name}: units {', '.join(sorted(its))} in the title")
        self.title_units = {key: next(iter(its)) for key, its in units.items() if len(its) == 1}

    def _label(self, row: int) -> tuple[Label, tuple[str, ...], Label]:
        """The names of a row, their footnote marks, and the names of the left one of two columns of names."""
        found, marks, left = {}, [], {}
        columns = [c for its in self.names.values() for c in its]
        filled = [c for c in columns if self.text(row, c)]
        two = any(len(its) == 2 for its in self.names.values())
        has_figures = any(self.rows[row][c] != "" for head in self.heads[:1] for c in head.columns)
        in_one = len(columns) == 1 and len({*map(words.language_of, _parts(self.text(row, columns[0])))}) > 1
        if in_one or (len(filled) == 1 < len(columns) and not two and not has_figures):
            label = self._one_label(row, filled[0], self.text(row, filled[0]))
            return label, (), Label()
        for language, its in self.names.items():
            for number, c in enumerate(its):
                text = self.text(row, c)
                if not text and two and number == 0:
                    text = str(self.filled(row, c)) if (row, c) in self.anchor else self._above(row, c)
                if not text:
                    continue
                label, its_marks = self._mended(row, c, text)
                (left if number == 0 and two else found)[language] = label
                marks += its_marks
        return Label(**found), tuple(dict.fromkeys(marks)), Label(**left)

    def _above(self, row: int, column: int) -> str:
        first = self.heads[0].last + 1
        return next((t for r in range(row - 1, first - 1, -1) if (t := self.text(r, column))), "")

    def _events(self) -> list[_Row]:
        events, head = [], self.heads[0]
        empty = [r for r in range(head.first) if all(cell == "" for cell in self.rows[r])]
        at_head = {h.first: h for h in self.heads}
        row = head.last + 1
        while row < len(self.rows):
            if row in at_head:
                events.append(_Row(row, "head"))
                if at_head[row].years == head.years:
                    self.out.left_out.append(f"{self._row_shown(row)}: the head again")
                head = at_head[row]
                row = head.last + 1
                continue
            cells = {c: self.rows[row][c] for c in (*head.columns, *head.other)}
            filled = {c: v for c, v in cells.items() if v != "" and not (isinstance(v, str) and not v.strip())}
            label, marks, left = self._label(row)
            if self._numbers_columns(row, head):
                self.out.left_out.append(f"{self._row_shown(row)}: numbers of the columns")
            elif not label and filled and all(isinstance(v, str) and words.is_unit(v) for v in filled.values()):
                for c in filled.keys() & head.columns.keys():
                    head.columns[c] = replace(head.columns[c], unit=words.one_line(str(filled[c])).strip("() "))
                self.out.left_out.append(f"{self._row_shown(row)}: units of the columns")
            elif not label and filled and all(isinstance(v, str) and words.is_note(v) for v in filled.values()):
                self.out.left_out += [f"{self.place(row, c)}: note {_short(str(v))!r}" for c, v in filled.items()]
            elif filled and not label:
                c = min(filled)
                kind = "a text" if isinstance(filled[c], str) and not self.is_figure(filled[c]) else "a figure"
                raise self.refuse(
                    row, c, f"{kind} ({filled[c]!r}) in a row without a name", "a name beside the figures"
                )
            elif not label:
                if left and not filled and self._raw_texts(row):  # the left name may be that of a row above
                    events.append(_Row(row, "text", left, marks, _kind(left)))
                else:
                    empty.append(row)
            elif not filled:
                events.append(_Row(row, "text", label, marks, _kind(label)))
            else:
                events.append(_Row(row, "figures", label, marks, _kind(label), left))
            row += 1
        if empty:
            self.out.left_out.append(f"{self.grid.name or self.path.name}: rows without anything, {_runs(empty)}")
        return events

    def _row_shown(self, row: int) -> str:
        return self.place(row, 0)

    def _numbers_columns(self, row: int, head: _Head) -> bool:
        """Whether a row only numbers the columns (А, Б, 1, 2, 3): right below a head."""
        if any(self.rows[r][c] != "" for r in range(head.last + 1, row) for c in range(self.width)):
            return False
        order = sorted((*head.columns, *head.other))
        cells = [self.rows[row][c] for c in order]
        if len(cells) < 2 or not all(self.is_figure(cell) for cell in cells):
            return False
        if not all(re.fullmatch(r"\d{1,3}(\.0)?", str(cell).strip()) for cell in cells):
            return False
        numbers = [int(float(cell)) for cell in cells]
        if any(b - a != 1 for a, b in pairwise(numbers)) or numbers[0] not in (
            1,
            1 + sum(map(len, self.names.values())),
        ):
            return False
        return all(len(self.text(row, c)) <= 2 for its in self.names.values() for c in its)

    def _nesting(self, events: list[_Row]) -> tuple[str, str]:
        """What rows are and what headings are (`AREA`, `CROP`), each "" where it is neither."""
        of_rows = {event.kind for event in events if event.what == "figures" and event.kind}
        if any(event.section for event in events if event.what == "figures"):
            return "", ""
        if len(of_rows) == 1:
            kind = of_rows.pop()
            return kind, CROP if kind == AREA else AREA
        if not of_rows:
            return "", ""
        first = next(event.kind for event in events if event.what in ("figures", "text") and event.kind)
        return (AREA, CROP) if first == CROP else (CROP, AREA)

    def _emit(self, events: list[_Row], row_kind: str, section_kind: str) -> None:
        head = self.heads[0]
        at_head = {h.first: h for h in self.heads}
        section, waiting = self._section_in_title(row_kind, section_kind), []
        units = self.title_units
        seen: list[set[Label]] = [set()]
        for event in events:
            if event.what == "head":
                head = at_head[event.at]
                continue
            if event.what == "text":
                if unit := self._only_a_unit(event.label):
                    units = units | unit
                    self.out.left_out.append(f"{self._row_shown(event.at)}: unit {_short(str(event.label))!r}")
                elif event.kind and event.kind == row_kind:
                    self.out.left_out.append(f"{self._row_shown(event.at)}: {str(event.label)!r} has no figures")
                elif words.introduces(str(event.label)):
                    self.out.left_out.append(
                        f"{self._row_shown(event.at)}: {str(event.label)!r} leads to the rows below"
                    )
                elif any(map(self._noted, self._raw_texts(event.at))):
                    self._footnote(event)
                else:
                    waiting.append(event)
                continue
            if waiting:
                self._require_one_heading(waiting)
                section = _without_colon(waiting[0].label)
                self._require_begins_anew(waiting[0], event, row_kind, seen)
                seen.append(set())
                self.out.left_out.append(
                    f"{self._row_shown(waiting[0].at)}: heading {_short(str(section))!r} of the rows below it"
                )
                waiting = []
            of_heading = bool(event.kind) and event.kind == section_kind and row_kind != ""
            if of_heading:
                section = _without_colon(event.label)
                seen.append(set())
            else:
                seen[-1].add(event.label)
            above = event.section or (Label() if of_heading else section)
            self._figures_of(event, head, above, units)
        for event in waiting:
            self.out.left_out.append(f"{self._row_shown(event.at)}: text below the table {_short(str(event.label))!r}")

    def _section_in_title(self, row_kind: str, section_kind: str) -> Label:
        """A heading that stands above the first head: a line that is nothing but the name of a crop or an area."""
        first = self.heads[0]
        for r in range(first.first - 1, -1, -1):
            texts = {c: self.text(r, c) for c in range(self.width) if self.text(r, c)}
            kinds = {kind_of(words.one_line(text)) for text in texts.values()}
            if sum(c in first.columns for c in texts) > 1:
                continue  # headings of the columns
            if row_kind and kinds == {section_kind}:
                found = {}
                for c, text in texts.items():
                    label = self._one_label(r, c, text)
                    found |= {k: v for k in LANGUAGES if (v := getattr(label, k))}
                return Label(**found)
        return Label()

    def _first_name(self, row: int) -> int:
        return min(c for its in self.names.values() for c in its if self.text(row, c))

    def _raw_texts(self, row: int) -> list[str]:
        return [self.text(row, c) for its in self.names.values() for c in its if self.text(row, c)]

    def _noted(self, text: str) -> bool:
        """Whether a text is a footnote; a numbered heading (`1. Wheat`) is none unless it ends the sheet."""
        mark = words.footnote_mark(text)
        return words.is_note(text) and (mark is None or mark in self.defined or "*" in mark)

    def _footnote(self, event: _Row) -> None:
        for text in self._raw_texts(event.at):
            mark = words.footnote_mark(text)
            if mark:
                kept = words.one_line(text)[len(mark) :].strip(" .)")
                known = self.out.footnotes.get(mark)
                self.out.footnotes[mark] = f"{known} / {kept}" if known else kept
        self.out.left_out.append(f"{self._row_shown(event.at)}: footnote {_short(str(event.label))!r}")

    def _only_a_unit(self, label: Label) -> dict[str, str]:
        inner = {k: v.strip("() .") for k in LANGUAGES if (v := getattr(label, k))}
        return inner if inner and all(map(words.is_unit, inner.values())) else {}

    def _require_one_heading(self, waiting: list[_Row]) -> None:
        if len(waiting) > 1:
            first, second = waiting[:2]
            raise self.refuse(
                second.at,
                self._first_name(second.at),
                f"{_short(str(second.label))!r} stands below {_short(str(first.label))!r}, both without figures",
                "one heading over rows with figures; headings within headings are not told apart",
            )

    def _require_begins_anew(self, heading: _Row, event: _Row, row_kind: str, seen: list[set[Label]]) -> None:
        """Refuse a line without figures among names that go on below it: a name that is not known, perhaps."""
        if not row_kind or heading.kind or not any(seen):
            return
        if not any(event.label in before for before in seen):
            raise self.refuse(
                heading.at,
                self._first_name(heading.at),
                f"{str(heading.label)!r} has no figures, and is no known {row_kind} though the rows around it are",
                f"a heading below which the {row_kind}s begin anew, or a name that data/vocabulary knows",
            )

    def _figures_of(self, event: _Row, head: _Head, section: Label, units: dict[str, str]) -> None:
        row, empty = event.at, []
        own = {language: unit for language in LANGUAGES if (unit := words.unit_in(getattr(event.label, language)))}
        of_section = {language: unit for language in LANGUAGES if (unit := words.unit_in(getattr(section, language)))}
        column_units = [self.text(row, c) for c in self.unit_columns if self.text(row, c)]
        by_column = {words.language_of(unit): words.one_line(unit) for unit in column_units}
        for c, column in head.columns.items():
            cell = self.rows[row][c]
            anchor = self.anchor.get((row, c))
            if anchor and anchor != (row, c):
                if self.rows[anchor[0]][anchor[1]] != "" and anchor[1] in head.columns:
                    raise self.refuse(*anchor, "one figure in a merged cell over several", "a figure in each cell")
                continue
            if cell == "" or (isinstance(cell, str) and not cell.strip()):
                empty.append(c)
                continue
            value, marks = self._value(row, c, cell)
            if marks:
                self.out.said.append(f"{self.place(row, c)}: footnote {', '.join(marks)} on the figure {value}")
            unit = column.unit or _first(by_column) or _first(own) or _first(of_section) or _first(units) or self.unit
            self.out.figures.append(
                Figure(
                    event.label,
                    section or column.group,
                    column.year,
                    value,
                    unit,
                    self.place(row, c),
                    tuple(dict.fromkeys((*event.marks, *column.marks, *marks))),
                    column.group,
                )
            )
        if empty:
            years = ", ".join(str(head.columns[c].year) for c in empty)
            self.out.left_out.append(f"{self.place(row, empty[0])}: empty, {event.label}, {years}")

    def _value(self, row: int, column: int, cell: Cell) -> tuple[str, tuple[str, ...]]:
        if isinstance(cell, str):
            text = cell.strip()
            if words.mark_of(text):
                return text, ()
            found = words.figure_text(text, self._comma())
            if found:
                return found
            if words.in_doubt(re.sub(r"[\s*]+$", "", text)):
                raise self.refuse(
                    row,
                    column,
                    f"{text!r} may be {text.replace(',', '.')} or {re.sub('[.,]', '', text)}",
                    "figures in this table that show what its comma or point means",
                )
        elif isinstance(cell, int | float) and not isinstance(cell, bool) and math.isfinite(cell):
            return number_text(cell), ()
        raise self.refuse(
            row, column, f"{cell!r} is no figure", "a number, a mark in its place (- … ...), or an empty cell"
        )

    def _comma(self) -> str | None:
        """The decimal sign of the figures that are stored as text; None where they do not agree."""
        if not hasattr(self, "_sign"):
            signs = {
                sign
                for head in self.heads
                for r in range(head.last + 1, len(self.rows))
                for c in head.columns
                if (text := self.text(r, c)) and (sign := words.decimal_sign(text))
            }
            self._sign = next(iter(signs)) if len(signs) == 1 else None if signs else self.grid.decimal_sign
        return self._sign

    def _require_distinct(self) -> None:
        seen: dict[tuple[Label, Label, int], Figure] = {}
        for figure in self.out.figures:
            key = figure.headings, figure.row, figure.year
            if key in seen:
                under = f" under {figure.section}" if figure.section else ""
                raise DataError(
                    f"{self.path}, {figure.cell}: {figure.row}{under}, {figure.year}, stands in {seen[key].cell} as "
                    "well. Expected each name once under a heading; no heading tells the two apart."
                )
            seen[key] = figure


def _without_colon(label: Label) -> Label:
    return Label(*(getattr(label, language).rstrip(" :") for language in LANGUAGES))


def _parts(text: str) -> list[str]:
    """What a slash between blanks, a bar or a break parts in a cell."""
    return [part for part in re.split(r"\s+/\s+|\s*\n\s*|\s*\|\s*", text) if part.strip()]


_SAID = {"en": "Latin letters", "ru": "Russian", "ky": "Kyrgyz"}


def _official(text: str) -> int:
    """1 for the official Kyrgyz name of an area or a crop, -1 for the Russian one."""
    for names in (areas("oblast"), areas("city"), crops()):
        if (name := names.find(text)) is None:
            continue
        ky, ru = (names.entries[name].shown_as.get(language, "").casefold() for language in ("ky", "ru"))
        if ky != ru:
            return (text.casefold() == ky) - (text.casefold() == ru)
    return 0


def _first(by_language: dict[str, str]) -> str:
    return next((by_language[language] for language in LANGUAGES if by_language.get(language)), "")


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}…"


def _runs(rows: list[int]) -> str:
    """Rows from 0 as numbers from 1, runs shortened: 5, 7, 17–18."""
    out: list[list[int]] = []
    for row in rows:
        if out and row == out[-1][1] + 1:
            out[-1][1] = row
        else:
            out.append([row, row])
    return ", ".join(str(a + 1) if a == b else f"{a + 1}–{b + 1}" for a, b in out)


def number_text(number: float) -> str:
    """A stored number with its digits, without a power of ten and without a decimal part that is nothing.

    Examples
    --------
    >>> number_text(23.684210526315788), number_text(264.0), number_text(1e-05)
    ('23.684210526315788', '264', '0.00001')
    """
    from decimal import Decimal

    text = format(Decimal(repr(number)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
