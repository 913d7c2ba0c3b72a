"""Declarations: what each report takes and shows, as `notebooks/<report>.yml` says it beside the article.

A declaration is the one place for the name, unit, decimals, scope, heading, caption and alternative text of what a
report shows. The registry of reports, their parameters, their DVC stages and the translators' lists follow from it.
`reports/extend.html` leads through one.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator

from pipeline.data.yaml_files import read_yaml
from pipeline.errors import DeclarationError, ParameterError
from pipeline.paths import NOTEBOOKS, shown
from pipeline.text.markdown import paragraphs

NAME = re.compile(r"(?=.{1,60}$)[a-z][a-z0-9]*(_[a-z0-9]+)*")  # a file's name has an end

STUDY = ("oblast", "crop", "year_before", "year_after", "seed")
"""Study parameters that a report may take; `language` every report takes."""

GROUPS = {
    "yields": "The yields",
    "evidence": "The evidence",
    "paper": "The paper and its clusters",
}
"""Groups of the navigation in reading order, and their headings (messages)."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Parameter(_Part):
    """A parameter of one report.

    Attributes
    ----------
    type
        `integer`, `year`, `years` (a list of different years) or `choice`.
    default
        The value that a run takes unless it is told another.
    about
        What it is, for whoever changes it.
    at_least, at_most
        Bounds of an integer.
    choices
        The values of a choice.
    within
        Years allowed: `yields` (the years with a yield of the crop for the oblast) or the first and last one.
    years_before
        With `within: yields`: how many years of the series must lie before.
    """

    type: Literal["integer", "year", "years", "choice"]
    default: int | str | list[int]
    about: str
    at_least: int | None = None
    at_most: int | None = None
    choices: tuple[str, ...] = ()
    within: Literal["yields"] | tuple[int, int] | None = None
    years_before: int = 0

    @property
    def python_type(self) -> type:
        """The type that pydantic checks a value against."""
        return {"integer": int, "year": int, "years": list[int], "choice": Literal[*self.choices or ("",)]}[self.type]


class Result(_Part):
    """A result value: its unit, its decimals (None: a whole number, a text or a list of names) and its scope."""

    unit: str
    decimals: int | None
    scope: str


NUMBER = re.compile(r"(\+?)(\d+)")
DETAILED = ("area", "date", "text", "publisher", "word", "words", "say", "range")
BESIDES = ("capital", "marks")
KINDS = ("area", "crop", "date", "publisher", "short", "text", "unit", "word", "year")


class Column(_Part):
    """A column of a table: its heading and how its cells are set.

    Attributes
    ----------
    heading
        A message; it may name results and parameters.
    kind
        `number`, `short` (a number with two significant digits or all its whole ones; the decimals of its data stand
        in the table's `data`); `area`, `crop`, `unit` (a name of the vocabulary), `date` (ISO 8601), `year`,
        `publisher` (an outlet, with the institution that it quotes), `text` (as it is), `word` (a message); `words`
        (codes and their messages), `say` (a message), which may name columns of the row besides results and parameters;
        `range` (columns low and high, and decimals or the column that holds them).
        An `area` may be several, separated by ", ", and may have words for codes that are no area: `{area: {all: all of
        them}}`; a `date`, `text` or `publisher` has words for what is not shown as it is. A `word` may hold several
        messages: `{word: "; "}` says what stands between them.
    capital
        Whether cells begin with a capital letter: `{words: {...}, capital: true}`, `{word: , capital: true}`.
    marks
        A sign before the words of a cell, by its code: `{words: {...}, marks: {...}}`, `{word: , marks: {...}}`. The
        words say the same, so a sign needs no colour and no name of its own.
    decimals, signed
        Of a number.
    words, say, range
        What the kind of that name needs.
    separator
        Between the messages of a `word`; empty where a cell is one.
    """

    heading: str
    kind: str
    decimals: int | None = None
    signed: bool = False
    capital: bool = False
    marks: dict[str, str] = {}
    separator: str = ""
    words: dict[str, str] = {}
    say: str = ""
    range: tuple[str, ...] = ()


def _column(written: object) -> object:
    """A column as it is written, `[heading, kind]`, as the fields of `Column`."""
    if not isinstance(written, list) or len(written) != 2:
        raise ValueError("a column is written [heading, kind]")
    heading, kind = written
    if isinstance(kind, dict) and set(kind) & set(BESIDES):
        rest = {name: value for name, value in kind.items() if name not in BESIDES}
        plain = next(iter(rest)) if list(rest.values()) == [None] else rest
        return {**_column([heading, plain]), **{name: kind[name] for name in BESIDES if name in kind}}
    if isinstance(kind, dict) and len(kind) == 1 and next(iter(kind)) in DETAILED:
        ((name, value),) = kind.items()
        if name == "word":
            return {"heading": str(heading), "kind": name, "separator": value}
        if name in ("area", "date", "text", "publisher"):
            return {"heading": str(heading), "kind": name, "words": value}
        if name != "range":
            return {"heading": str(heading), "kind": name, name: value}
        if not (isinstance(value, list) and len(value) == 3):
            raise ValueError("a range is written {range: [low column, high column, decimals]}")
        return {"heading": str(heading), "kind": "range", "range": tuple(map(str, value))}
    if isinstance(kind, dict):
        raise ValueError(
            "a kind with details is one of {words: ...}, {area: ...}, {date: ...}, {publisher: ...}, {text: ...}, "
            "{word: ...}, {say: ...}, {range: [low, high, decimals]}, and may say capital: true and marks: {...} too"
        )
    number = NUMBER.fullmatch(str(kind))
    if number:
        return {"heading": str(heading), "kind": "number", "decimals": int(number[2]), "signed": bool(number[1])}
    if kind not in KINDS:
        raise ValueError(f'{kind!r} is no kind of a column: decimals such as 1 or "+1", or {", ".join(KINDS)}')
    return {"heading": str(heading), "kind": kind}


def _decimals(written: object) -> object:
    """Columns as they are written, a list or a mapping to decimals, as the mapping."""
    if not isinstance(written, list):
        return written
    if not all(isinstance(name, str) for name in written):
        raise ValueError("columns are written as a list of names, or as a mapping to their decimals")
    return dict.fromkeys(written)


Data = Annotated[dict[str, int | None], BeforeValidator(_decimals)]


class Table(_Part):
    """A table: title, columns, note; `data` are the columns of its CSV with their decimals where they differ.

    Attributes
    ----------
    referee
        Whether only a referee needs it: it stands folded on the page.
    grouped_by
        A column that is no column of what is shown: rows with one value of it stand below a row that says it.
    across
        A column whose values are the heads of the columns that are shown: the table is a matrix. A field holds the
        other cells of its rows of the CSV, below each other; the first column names the rows.
    origins
        Which column of the CSV says where the cells of a column come from: a report or figure of the sources, a row of
        the evidence, a statement of the paper, or an address; or the name of the source, where it is one for all.
        Pages link the cells there.
    """

    title: str
    referee: bool = False
    grouped_by: str = ""
    across: str = ""
    origins: dict[str, str] = {}
    columns: dict[str, Annotated[Column, BeforeValidator(_column)]]
    note: str = ""
    data: Data = {}

    @model_validator(mode="after")
    def _names_its_columns(self) -> "Table":
        for part in filter(None, (self.grouped_by, self.across, *self.origins)):
            if part not in self.columns:
                raise ValueError(f"grouped_by, across or origins name {part!r}, which is not among the columns")
        if self.grouped_by and self.across:
            raise ValueError("a table is grouped_by a column, or laid out across one, not both")
        return self

    def csv_columns(self) -> dict[str, int | None]:
        """The columns of the CSV and their decimals (None: no fractions)."""
        if self.data:
            return self.data
        found: dict[str, int | None] = {}
        for name, column in self.columns.items():
            if column.kind == "say":
                found |= {part: found.get(part) for part in named_in(column.say)}
            elif column.kind == "range":
                *ends, decimals = column.range
                found |= dict.fromkeys(ends, int(decimals)) if decimals.isdigit() else dict.fromkeys(column.range)
            else:
                found[name] = column.decimals
        return found


class Figure(_Part):
    """A figure: alternative text, caption, and the decimals of its data (one number, or one for each column).

    Paragraphs of the alternative text may have conditions, as those of a `%%say` cell.

    `columns` are the columns of its data; without them all that the notebook hands over.
    """

    alt: str
    caption: str
    decimals: int | dict[str, int] = 0
    columns: tuple[str, ...] = ()

    def csv_columns(self, available: Iterable[str]) -> dict[str, int | None]:
        """The columns of the CSV and their decimals (None: no fractions), of those that the data have."""
        columns = self.columns or tuple(map(str, available))
        return {c: self.decimals.get(c) if isinstance(self.decimals, dict) else self.decimals for c in columns}


def _result(written: object) -> object:
    if not isinstance(written, list) or len(written) != 3:
        raise ValueError("a result is written [unit, decimals or ~, scope]")
    return dict(zip(("unit", "decimals", "scope"), written, strict=True))


class Declaration(_Part):
    """What `notebooks/<name>.yml` says of a report.

    Attributes
    ----------
    name
        The report's name; that of its files.
    group, order
        Where it stands in the navigation: a group of `GROUPS`, and its place in the reading order.
    study
        Study parameters that it takes.
    parameters
        Its own parameters.
    inputs
        Files and folders it reads, from the project's root: `data/processed/panel.csv`, `reports/power/results.json`.
    scopes
        Fragments that scopes of results name.
    words
        Words for the codes that results of the unit `word` and choices take.
    results, tables, figures
        What it shows, by name.
    """

    name: str
    group: str
    order: float
    study: tuple[Literal[*STUDY], ...] = ()
    parameters: dict[str, Parameter] = {}
    inputs: tuple[str, ...] = ()
    scopes: dict[str, str] = {}
    words: dict[str, str] = {}
    results: dict[str, Annotated[Result, BeforeValidator(_result)]] = {}
    tables: dict[str, Table] = {}
    figures: dict[str, Figure] = {}

    @model_validator(mode="after")
    def _sound(self) -> "Declaration":
        if self.group not in GROUPS:
            raise ValueError(f"group is {self.group!r}; groups are {', '.join(GROUPS)}")
        for kind in ("parameters", "results", "tables", "figures"):
            for name in getattr(self, kind):
                if not NAME.fullmatch(name):
                    raise ValueError(f"{kind}: {name!r} must be small letters, digits and single underscores")
        taken = sorted(set(self.parameters) & {*STUDY, "language"})
        if taken:
            raise ValueError(f"parameters: {taken[0]!r} is a parameter of the whole study; list it under `study`")
        return self

    def scope(self, result: str, say: Callable[[str], str] = str) -> str:
        """The scope of a result as a sentence with its fragments put in; the names of values stay in braces.

        Parameters
        ----------
        say
            Says the scope and each fragment in a language: the look-up of a catalogue.
        """
        fragments = {name: say(text) for name, text in self.scopes.items()}
        scope = say(self.results[result].scope)
        for _ in range(len(fragments) + 1):  # a fragment may name a fragment
            scope = re.sub(r"\{(\w+)\}", lambda m: fragments.get(m[1], m[0]), scope)
        return scope

    def messages(self) -> Iterator[str]:
        """What a reader sees of it, for the translators."""
        yield from self.words.values()
        yield from self.scopes.values()
        yield from (result.scope for result in self.results.values())
        for table in self.tables.values():
            yield table.title
            for column in table.columns.values():
                if column.heading:  # what a table is grouped by has no head
                    yield column.heading
                yield from filter(None, column.words.values())
                if column.say:
                    yield column.say
            if table.note:
                yield table.note
        for figure in self.figures.values():
            yield from (text for paragraph in paragraphs(figure.alt) for _, text in paragraph.blocks)
            yield figure.caption


def named_in(message: str) -> list[str]:
    """The names that stand in braces in a message, each once, in their order.

    Examples
    --------
    >>> named_in("{rank} of {cells}, {change:+}")
    ['rank', 'cells', 'change']
    """
    return list(dict.fromkeys(re.findall(r"\{([\w.]+)", message)))


def read_declaration(path: Path) -> Declaration:
    """A declaration from its file.

    Raises
    ------
    DeclarationError
        If the file is missing, is no YAML, or says something else than a declaration says; file and place are named.
    """
    if not path.is_file():
        raise DeclarationError(
            f"{shown(path)} does not exist. Every article has its declaration beside it; "
            f"for a new report: python -m pipeline new report {path.stem}"
        )
    written = read_yaml(path, DeclarationError)
    if not isinstance(written, Mapping):
        raise DeclarationError(f"{shown(path)} must hold lines of the form name: value (group, order, results, ...).")
    if "name" in written:
        raise DeclarationError(f"{shown(path)}, name: a report has the name of its file; leave the line out.")
    try:
        return Declaration.model_validate({**written, "name": path.stem})
    except ValidationError as error:
        lines = [f"{shown(path)}, {'.'.join(map(str, e['loc'])) or 'the whole'}: {e['msg']}" for e in error.errors()]
        raise DeclarationError("\n".join(lines)) from error


@cache
def _declaration_in(path: Path) -> Declaration:
    return read_declaration(path)


@cache
def declarations(folder: Path = NOTEBOOKS) -> dict[str, Declaration]:
    """The declarations of all reports, by name, in reading order."""
    read = [_declaration_in(path) for path in sorted(folder.glob("*.yml"))]
    groups = list(GROUPS)
    return {d.name: d for d in sorted(read, key=lambda d: (groups.index(d.group), d.order, d.name))}


def declaration(name: str, folder: Path = NOTEBOOKS) -> Declaration:
    """The declaration of one report; a mistake in another one does not stop it.

    Raises
    ------
    ParameterError
        If there is no such report.
    """
    path = folder / f"{name}.yml"
    if not NAME.fullmatch(name) or not path.is_file():
        known = ", ".join(sorted(other.stem for other in folder.glob("*.yml")))
        raise ParameterError(f"There is no report {name!r}. Reports: {known}.")
    return _declaration_in(path)


def forget_declarations() -> None:
    """Let declarations be read anew, after one was written."""
    _declaration_in.cache_clear()
    declarations.cache_clear()
