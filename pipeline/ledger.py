"""The ledger: every statement of the paper, what it is held against, and the verdict that follows from it.

People write `data/ledger.yml`: for each statement of `claims.csv` a rule, the values it is held against (each an
address, `file#key`), the design it would need and the one there is, and the verdict they expect. Nothing but that
expectation is a verdict somebody typed: verdicts are computed from the addressed values, and one that differs from
its expectation stops the run (`require_expected`).

How a verdict is reached
    1. Every value is compared with the paper's figure, both with the rounding they are printed with; evidence that
       is no figure counts as its row says (`agrees`). A value of another definition can neither reproduce nor
       contradict.
    2. Pages that repeat one statement have one origin and count once.
    3. The origins of the highest authority decide: official series, then official statements and documents, then
       compilations and the press, then what an organisation says of itself. The others are shown.
    4. A causal statement is never confirmed. Where figures exist, they are no design that identifies a cause.
"""

import ast
import json
import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline.cards import decimals_of
from pipeline.errors import DataError
from pipeline.ingest import read_interim
from pipeline.panel import half_width, load_exposures, load_panel
from pipeline.paths import DATA, EXPOSURES, INTERIM, PANEL, REPORTS, shown
from pipeline.vocabulary import units

LEDGER = DATA / "ledger.yml"

# A bound ("more than 22,000") that the figure exceeds by more than this factor is true but says little.
LOOSE_FACTOR = 2.0


class Verdict(StrEnum):
    """The words of the ledger, in the order in which summaries list them."""

    REPRODUCED = "reproduced"
    WITHIN_PRECISION = "within printed precision"
    SUPPORTED = "supported"
    PARTLY_SUPPORTED = "partly supported"
    NOT_SUPPORTED = "not supported"
    CONTRADICTED = "contradicted"
    INCONSISTENT = "misprint or inconsistency in the paper"
    NOT_IDENTIFIED = "not identified by this design"
    NOT_TESTABLE = "not testable with these data"
    NORMATIVE = "normative, not testable"


AGREES = (Verdict.REPRODUCED, Verdict.WITHIN_PRECISION, Verdict.SUPPORTED)  # the strongest first
DISAGREES = (Verdict.NOT_SUPPORTED, Verdict.CONTRADICTED, Verdict.INCONSISTENT)

PAPER = "the paper itself"
AUTHORITIES = {
    PAPER: 0,
    "official series": 1,
    "official statement": 2,
    "document": 2,
    "compilation": 3,
    "press": 3,
    "self-description": 4,
}


class Outcome(StrEnum):
    """What one value or one page says about a statement."""

    SAME = "the same figure"
    WITHIN = "within rounding"
    HOLDS = "agrees"
    PARTLY = "agrees in part"
    DIFFERS = "differs"
    SILENT = "says nothing either way"


_AGREEING = {Outcome.SAME, Outcome.WITHIN, Outcome.HOLDS}
_CODED = {"yes": Outcome.HOLDS, "partly": Outcome.PARTLY, "no": Outcome.DIFFERS, "unclear": Outcome.SILENT}


# What people write --------------------------------------------------------------------------------------------------


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Address(_Strict):
    """Where a value stands: `file#key`, with `@take` for a choice among several values of that key.

    Examples
    --------
    >>> address = Address.model_validate("evidence.csv#ev015@2")
    >>> address.file, address.key, address.take
    ('evidence.csv', 'ev015', '2')
    """

    file: str
    key: str
    take: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, text: object) -> object:
        if not isinstance(text, str):
            return text
        match = re.fullmatch(r"([^#@\s]+)#([^#@]+?)(?:@([a-z0-9]+))?", text)
        if not match:
            raise ValueError(f"{text!r} is no address; expected file#key or file#key@take")
        return dict(zip(("file", "key", "take"), match.groups(), strict=True))

    def __str__(self) -> str:
        return f"{self.file}#{self.key}" + (f"@{self.take}" if self.take else "")


Deviations = dict[Literal["year", "period", "definition", "area", "crop", "unit", "method"], str]


class Witness(_Strict):
    """One thing a statement is held against.

    Either `coded`, a row of evidence.csv that counts as its column `agrees` says; or `value`, an address or a
    formula over the addresses named in `with`; or, for ranks, `own` and `others`. `bound` says that the value only
    limits the quantity from one side. With `context` it is shown, for the reason given, and decides nothing.
    """

    coded: str | None = None
    value: str | None = None
    inputs: dict[str, Address] = Field(default={}, alias="with")
    own: Address | None = None
    others: list[Address] = []
    bound: Literal["exact", "at least", "at most"] = "exact"
    decimals: int | None = None
    deviations: Deviations = {}
    context: str | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> "Witness":
        if sum(x is not None for x in (self.coded, self.value, self.own)) != 1:
            raise ValueError("give exactly one of coded, value and own")
        if bool(self.own) != bool(self.others):
            raise ValueError("own and others belong together")
        if self.value is not None and "#" not in self.value:
            names = {n.id for n in ast.walk(_parse(self.value)) if isinstance(n, ast.Name)}
            if names != set(self.inputs):
                raise ValueError(f"the formula {self.value!r} uses {sorted(names)}, `with` names {sorted(self.inputs)}")
        elif self.inputs:
            raise ValueError("`with` belongs to a formula")
        elif self.value is not None:
            Address.model_validate(self.value)
        return self

    @property
    def addresses(self) -> list[Address]:
        """Every address the witness names."""
        if self.coded:
            return [Address(file="evidence.csv", key=self.coded)]
        if self.own:
            return [self.own, *self.others]
        return list(self.inputs.values()) or [Address.model_validate(self.value)]


class NumberRule(_Strict):
    """A printed number, with the tolerance of its last printed digit unless `tolerance` says another and why."""

    kind: Literal["number"]
    unit: str
    tolerance: float | None = Field(default=None, gt=0)
    because: str | None = None

    @model_validator(mode="after")
    def _reason(self) -> "NumberRule":
        if (self.tolerance is None) != (self.because is None):
            raise ValueError("a tolerance needs `because`, and `because` a tolerance")
        return self


class DirectionRule(_Strict):
    """A rise or a fall: every value is a change."""

    kind: Literal["direction"]
    says: Literal["rise", "fall"]


class RankRule(_Strict):
    """A place in an order, 1 being the largest; the rank is the claim's figure."""

    kind: Literal["rank"]


class ExistenceRule(_Strict):
    """Something is there or is not; a value above zero means that it is there."""

    kind: Literal["existence"]
    says: Literal["present", "absent"] = "present"


class BibliographicRule(_Strict):
    """A field of a reference as the paper prints it, or two references that are one item."""

    kind: Literal["bibliographic"]
    reference: int
    field: Literal["year", "container", "volume", "issue", "pages", "doi", "content"] | None = None
    same_as: int | None = None

    @model_validator(mode="after")
    def _one_question(self) -> "BibliographicRule":
        if (self.field is None) == (self.same_as is None):
            raise ValueError("give exactly one of field and same_as")
        return self


class CausalRule(_Strict):
    """One thing brings about another; what it is held against are its premises, not the cause."""

    kind: Literal["causal"]


class NormativeRule(_Strict):
    """Something ought to be done."""

    kind: Literal["normative"]


Rule = Annotated[
    NumberRule | DirectionRule | RankRule | ExistenceRule | BibliographicRule | CausalRule | NormativeRule,
    Field(discriminator="kind"),
]

# Which rules a kind of statement may have: a causal statement cannot be tested as if it were a fact.
RULES_OF_KIND = {
    "number": {"number", "bibliographic"},
    "category": {"number", "direction", "rank", "existence", "bibliographic", "causal"},
    "causal": {"causal"},
    "normative": {"normative"},
}


class Part(_Strict):
    """One of several things a statement says at once."""

    what: str
    rule: Rule
    against: list[Witness] = []


class Entry(_Strict):
    """One statement: how it is tested, and the verdict expected.

    `rests_on` are statements it repeats or sums up; `covers_only` says what part of it the evidence reaches, and
    then it is at most partly supported; `omits` is what the paper does not say and a test would need.
    """

    id: str
    rule: Rule
    against: list[Witness] = []
    parts: list[Part] = []
    rests_on: list[str] = []
    covers_only: str | None = None
    omits: list[str] = []
    needs: str
    have: str
    expects: Verdict
    remark: str | None = None

    @property
    def witnesses(self) -> list[Witness]:
        """Its own and those of its parts."""
        return [*self.against, *(w for part in self.parts for w in part.against)]


class Design(_Strict):
    """A way to find something out; description and comparison hold figures, and identify no cause."""

    kind: Literal["none", "documents", "description", "comparison", "identification", "judgement"]
    what: str


class Origin(_Strict):
    """Who says it first: everything listed here is one source, however many pages print it."""

    id: str
    name: str
    authority: Literal["official series", "official statement", "document", "compilation", "press", "self-description"]
    evidence: list[str] = []
    sources: list[str] = []
    figures: list[str] = []
    results: list[str] = []


class PaperFact(_Strict):
    """Something counted or copied in the paper, with the place where a reader finds it."""

    id: str
    value: int | str
    what: str
    place: str


class Assumption(_Strict):
    """A number that no source gives."""

    id: str
    value: float
    low: float
    high: float
    unit: str
    reason: str


class Reference(_Strict):
    """An item of the paper's list, as printed there."""

    number: int
    authors: str
    year: int
    title: str
    container: str
    volume: str | None = None
    issue: str | None = None
    pages: str | None = None
    doi: str | None = None


class Inconsistency(_Strict):
    """Two places of the paper that do not fit; `differ` must differ, `same_references` must be one item."""

    id: str
    what: str
    places: list[str]
    claims: list[str]
    differ: tuple[Address, Address] | None = None
    same_references: tuple[int, int] | None = None

    @model_validator(mode="after")
    def _one_check(self) -> "Inconsistency":
        if (self.differ is None) == (self.same_references is None):
            raise ValueError("give exactly one of differ and same_references")
        return self


def _unique(items: list, key: str) -> None:
    keys = [getattr(item, key) for item in items]
    twice = sorted({str(k) for k in keys if keys.count(k) > 1})
    if twice:
        raise ValueError(f"{type(items[0]).__name__} {', '.join(twice)} stands there more than once")


class Ledger(_Strict):
    """`data/ledger.yml`."""

    designs: dict[str, Design]
    origins: list[Origin]
    paper: list[PaperFact]
    assumptions: list[Assumption] = []
    references: list[Reference]
    claims: list[Entry]
    inconsistencies: list[Inconsistency]

    @model_validator(mode="after")
    def _fits_together(self) -> "Ledger":
        for items, key in (
            (self.origins, "id"), (self.paper, "id"), (self.assumptions, "id"), (self.references, "number"),
            (self.claims, "id"), (self.inconsistencies, "id"),
        ):  # fmt: skip
            _unique(items, key)
        for kind in ("evidence", "sources", "figures", "results"):
            named = [name for origin in self.origins for name in getattr(origin, kind)]
            twice = sorted({name for name in named if named.count(name) > 1})
            if twice:
                raise ValueError(f"{', '.join(twice)} has more than one origin")
        ids, numbers = {entry.id for entry in self.claims}, {r.number for r in self.references}
        for entry in self.claims:
            unknown = [d for d in (entry.needs, entry.have) if d not in self.designs]
            if unknown:
                raise ValueError(f"{entry.id} names the design {unknown[0]!r}; designs: {', '.join(self.designs)}")
            rules = [r for r in (entry.rule, *(part.rule for part in entry.parts)) if r.kind == "bibliographic"]
            _known(entry.id, "claim", entry.rests_on, ids)
            _known(entry.id, "reference", [n for r in rules for n in (r.reference, r.same_as) if n], numbers)
        for item in self.inconsistencies:
            _known(item.id, "claim", item.claims, ids)
            _known(item.id, "reference", item.same_references or (), numbers)
        return self


def _known(who: str, what: str, named: list | tuple, there: set) -> None:
    unknown = [name for name in named if name not in there]
    if unknown:
        raise ValueError(f"{who} names the {what} {unknown[0]!r}, which the ledger does not have")


def read_ledger(path: Path = LEDGER) -> Ledger:
    """The ledger, typed.

    Raises
    ------
    DataError
        If the file is missing or does not have the form of `Ledger`; the message names each field.
    """
    if not path.is_file():
        raise DataError(f"{shown(path)} does not exist. It is written by hand; restore it: git checkout -- data/")
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Ledger.model_validate(raw)
    except yaml.YAMLError as error:
        raise DataError(f"{shown(path)} is not readable as YAML: {error}") from error
    except ValidationError as error:
        lines = "\n".join(f"  {_field(raw, e['loc'])}: {e['msg']}" for e in error.errors())
        raise DataError(f"{shown(path)} is not a ledger as pipeline/ledger.py describes it:\n{lines}") from error


def _field(raw: object, location: tuple) -> str:
    """A location of the file as its writer knows it: by the id of an entry, not by its position."""
    if isinstance(raw, dict) and len(location) > 1 and isinstance(location[1], int):
        entry = raw[location[0]][location[1]]
        if isinstance(entry, dict) and "id" in entry:
            location = (location[0], str(entry["id"]), *location[2:])
    return ".".join(map(str, location)) or "the whole"


# What it is held against --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Holdings:
    """Everything an address can point to: tables as text or panel frames, and results by notebook name."""

    claims: pd.DataFrame
    evidence: pd.DataFrame
    exposures: pd.DataFrame
    panel: pd.DataFrame
    results: Mapping[str, Mapping[str, Mapping]]


def load_holdings(
    interim: Path = INTERIM, exposures: Path = EXPOSURES, panel: Path = PANEL, results: Path = REPORTS / "results"
) -> Holdings:
    """The corrected claims and evidence, the exposures, the panel and every file of result values."""
    files = sorted(results.glob("*.json"))
    return Holdings(
        claims=read_interim("context", "paper_claims", "claims.csv", interim).set_index("claim_id", drop=False),
        evidence=read_interim("context", "paper_claims", "evidence.csv", interim).set_index("evidence_id", drop=False),
        exposures=load_exposures(exposures).set_index("figure_id", drop=False),
        panel=load_panel(panel).set_index("figure_id", drop=False),
        results={path.stem: json.loads(path.read_text(encoding="utf-8")) for path in files},
    )


@dataclass(frozen=True)
class Interval:
    """Lower and upper end of a value; arithmetic gives every value that the ends allow (Moore 1966)."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            raise DataError(f"An interval runs upwards; got {self.low} to {self.high}.")

    def _with(self, other: "Interval", do: Callable[[float, float], float]) -> "Interval":
        ends = [do(a, b) for a in (self.low, self.high) for b in (other.low, other.high)]
        return Interval(min(ends), max(ends))

    def __add__(self, other: "Interval") -> "Interval":
        return self._with(other, operator.add)

    def __sub__(self, other: "Interval") -> "Interval":
        return self._with(other, operator.sub)

    def __mul__(self, other: "Interval") -> "Interval":
        return self._with(other, operator.mul)

    def __truediv__(self, other: "Interval") -> "Interval":
        if other.low <= 0 <= other.high:
            raise DataError(f"Cannot divide by a value between {other.low:g} and {other.high:g}: it may be zero.")
        return self._with(other, operator.truediv)

    def widened(self, by: float) -> "Interval":
        return Interval(self.low - by, self.high + by)


_OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


def _parse(formula: str) -> ast.expr:
    """A formula of numbers, names, + - * / and brackets; anything else is refused."""
    try:
        tree = ast.parse(formula, mode="eval").body
    except SyntaxError as error:
        raise ValueError(f"the formula {formula!r} cannot be read: {error.msg}") from None
    allowed = (ast.BinOp, ast.Name, ast.Load, *_OPERATORS)
    for node in ast.walk(tree):
        number = isinstance(node, ast.Constant) and type(node.value) in (int, float)
        if not (number or isinstance(node, allowed)):
            raise ValueError(f"the formula {formula!r} may only use numbers, names, + - * / and brackets")
    return tree


def evaluate(formula: str, inputs: Mapping[str, Interval]) -> Interval:
    """The interval of a formula.

    Examples
    --------
    >>> evaluate("100 * used / potential", {"used": Interval(2, 2), "potential": Interval(5, 8)})
    Interval(low=25.0, high=40.0)
    """

    def walk(node: ast.expr) -> Interval:
        if isinstance(node, ast.BinOp):
            return _OPERATORS[type(node.op)](walk(node.left), walk(node.right))
        if isinstance(node, ast.Name):
            return inputs[node.id]
        return Interval(node.value, node.value)

    return walk(_parse(formula))


@dataclass(frozen=True)
class Value:
    """What an address points to: as printed, with rounding, as text, its unit and the ids of its origins."""

    printed: Interval | None
    rounded: Interval | None
    text: str
    unit: str
    origins: frozenset[str]
    links: tuple[str, ...] = ()


def _decimals(number: float) -> int:
    """Decimals of a stored figure: 279.019455 has six, 1765.0 has none (a float keeps no trailing zeros)."""
    return decimals_of(repr(float(number)).removesuffix(".0"))


def _symbol(unit: str) -> str:
    """How a reader sees a unit; a unit of the paper that the vocabulary does not have stays as it is."""
    return units().entries[unit].shown_as["en"] if unit in units() else unit


def _nearest(key: str, known: list[str]) -> str:
    """Up to five known keys that share the longest beginning with the one that is not there."""

    def shared(other: str) -> int:
        return next((i for i, (a, b) in enumerate(zip(key, other, strict=False)) if a != b), min(len(key), len(other)))

    return ", ".join(sorted(known, key=lambda k: (-shared(k), k))[:5])


class _Reader:
    """Resolves addresses of one ledger in one set of holdings."""

    def __init__(self, ledger: Ledger, holdings: Holdings):
        self.ledger, self.holdings = ledger, holdings
        self.paper = {fact.id: fact for fact in ledger.paper}
        self.assumptions = {a.id: a for a in ledger.assumptions}
        self.references = {r.number: r for r in ledger.references}
        self.origins = {origin.id: origin for origin in ledger.origins}
        self.origin_of = {
            (kind, name): origin.id
            for origin in ledger.origins
            for kind in ("evidence", "sources", "figures", "results")
            for name in getattr(origin, kind)
        }

    def resolve(self, address: Address, who: str) -> Value:
        if address.file.endswith(".json"):
            return self._result(address, who)
        readers = {
            "exposures.csv": self._figure, "panel.csv": self._figure, "evidence.csv": self._evidence,
            "claims.csv": self._claim, "paper": self._fact, "assumptions": self._assumption,
        }  # fmt: skip
        if address.file not in readers:
            raise DataError(
                f"{who}: {address} names a file the ledger cannot read. "
                f"It reads {', '.join(readers)} and <notebook>.json."
            )
        return readers[address.file](address, who)

    def _missing(self, address: Address, who: str, known: list[str]) -> DataError:
        return DataError(
            f"{who}: {address} does not exist. Nearest: {_nearest(address.key, known)}. "
            "Mend the address in data/ledger.yml, or make the value."
        )

    def _refuse_take(self, address: Address, who: str, known: str) -> None:
        raise DataError(f"{who}: {address} asks for @{address.take}; expected {known}.")

    def _origin(self, who: str, address: Address, *names: tuple[str, str]) -> frozenset[str]:
        for name in names:
            if name in self.origin_of:
                return frozenset({self.origin_of[name]})
        raise DataError(f"{who}: {address} has no origin. Name it under one in data/ledger.yml, so that it is counted.")

    def _result(self, address: Address, who: str) -> Value:
        name = address.file.removesuffix(".json")
        if name not in self.holdings.results:
            raise DataError(f"{who}: there is no reports/results/{address.file}. Run: python -m pipeline report")
        values = self.holdings.results[name]
        if address.key not in values:
            raise self._missing(address, who, list(values))
        if address.take:
            self._refuse_take(address, who, "no choice, a result is one value")
        found = values[address.key]
        if isinstance(found["value"], bool) or not isinstance(found["value"], int | float):
            raise DataError(f"{who}: {address} is {found['value']!r}, not a number ({found['scope']}).")
        number = float(found["value"])
        half = 0.0 if isinstance(found["value"], int) else half_width(decimals_of(repr(found["value"])))
        printed = Interval(number, number)
        origins = self._origin(who, address, ("results", name))
        text = f"{found['value']} {found['unit']} ({found['scope']})"
        return Value(printed, printed.widened(half), text, found["unit"], origins)

    def _figure(self, address: Address, who: str) -> Value:
        frame = self.holdings.exposures if address.file == "exposures.csv" else self.holdings.panel
        if address.key.endswith("/*"):
            rows = frame[frame["figure_id"].str.startswith(address.key[:-1])]
            if address.take not in ("minimum", "maximum"):
                self._refuse_take(address, who, "@minimum or @maximum of a series")
            if rows.empty:
                raise self._missing(address, who, list(frame.index))
            row = rows.loc[rows["value"].idxmin() if address.take == "minimum" else rows["value"].idxmax()]
        else:
            if address.key not in frame.index:
                raise self._missing(address, who, list(frame.index))
            if address.take:
                self._refuse_take(address, who, "no choice, a figure is one value")
            row = frame.loc[address.key]
        high = math.inf if pd.isna(row["value_high"]) else float(row["value_high"])
        printed = Interval(float(row["value"]), high)
        decimals = int(row["decimals"]) if "decimals" in row else _decimals(row["value"])
        origins = self._origin(who, address, ("figures", row["figure_id"]), ("sources", row["source"]))
        year = "" if pd.isna(row["year"]) else f", {row['year']}"
        of = row["indicator"].replace("_", " ") if "indicator" in row else f"{row['crop']}, {row['measure']}"
        text = f"{figure_text(printed)} {_symbol(row['unit'])} ({of}, {row['area']}{year})"
        return Value(printed, printed.widened(half_width(decimals)), text, row["unit"], origins)

    def _evidence(self, address: Address, who: str) -> Value:
        row = self.evidence_row(address.key, who)
        published = address.take == "published"
        cell = row["published" if published else "value"]
        numbers = re.findall(r"(?<![\w.])[-+]?\d+(?:\.\d+)?(?![\d.]*/)", cell)
        if published:
            chosen = numbers[:1]
        elif address.take is None:
            chosen = numbers if len(numbers) == 1 else []
        elif address.take.isdigit():
            chosen = numbers[int(address.take) - 1 : int(address.take)]
        else:
            self._refuse_take(address, who, "@published, or @1, @2 ... for one of several numbers")
        origins = self._origin(who, address, ("evidence", address.key))
        said = f"{cell} {row['unit']}".strip() or "in words"
        text = f"{said} ({row['publisher']}, {row['year'] or 'no year'})"
        if not chosen:
            return Value(None, None, text, row["unit"], origins, (row["url"],))
        number = float(chosen[0])
        printed = Interval(number, math.inf if cell.startswith(">") else number)
        return Value(
            printed, printed.widened(half_width(decimals_of(chosen[0]))), text, row["unit"], origins, (row["url"],)
        )

    def evidence_row(self, key: str, who: str) -> pd.Series:
        evidence = self.holdings.evidence
        if key not in evidence.index:
            raise self._missing(Address(file="evidence.csv", key=key), who, list(evidence.index))
        return evidence.loc[key]

    def same_item(self, one: int, other: int) -> bool:
        """Whether two references are printed alike in everything but their number."""
        a, b = (self.references[n].model_dump(exclude={"number"}) for n in (one, other))
        return a == b

    def claimed(self, key: str, who: str) -> tuple[float, float, float]:
        """A statement's figure: its ends (infinite where open, NaN where it has none) and half its last digit."""
        claims = self.holdings.claims
        if key not in claims.index:
            raise self._missing(Address(file="claims.csv", key=key), who, list(claims.index))
        low, high = claims.loc[key, ["value_low", "value_high"]]
        if not low and not high:
            return math.nan, math.nan, math.nan
        half = half_width(max(decimals_of(text) for text in (low, high) if text))
        return (float(low) if low else -math.inf), (float(high) if high else math.inf), half

    def _claim(self, address: Address, who: str) -> Value:
        low, high, half = self.claimed(address.key, who)
        if math.isnan(low):
            raise DataError(f"{who}: {address}: that statement has no figure.")
        if address.take not in (None, "low", "high"):
            self._refuse_take(address, who, "@low or @high")
        low, high = (high if address.take == "high" else low), (low if address.take == "low" else high)
        printed = Interval(low, high)
        row = self.holdings.claims.loc[address.key]
        text = f"{figure_text(printed)} {row['unit']} (statement {address.key})"
        return Value(printed, printed.widened(half), text, row["unit"], frozenset({PAPER}))

    def _fact(self, address: Address, who: str) -> Value:
        if address.key not in self.paper:
            raise self._missing(address, who, list(self.paper))
        fact = self.paper[address.key]
        number = None if isinstance(fact.value, str) else Interval(fact.value, fact.value)
        return Value(number, number, f"{fact.value} ({fact.what}; {fact.place})", "", frozenset({PAPER}))

    def _assumption(self, address: Address, who: str) -> Value:
        if address.key not in self.assumptions:
            raise self._missing(address, who, list(self.assumptions))
        a = self.assumptions[address.key]
        return Value(
            Interval(a.value, a.value), Interval(a.low, a.high), f"{a.value:g} {a.unit} (assumed)", a.unit, frozenset()
        )


def figure_text(interval: Interval) -> str:
    """An interval as a reader sees a figure, to four significant digits.

    Examples
    --------
    >>> figure_text(Interval(5, 8)), figure_text(Interval(22000, math.inf)), figure_text(Interval(-math.inf, 1))
    ('5 to 8', 'more than 22000', 'less than 1')
    """
    low, high = (f"{end:.0f}" if abs(end) >= 1e4 else f"{end:.4g}" for end in (interval.low, interval.high))
    if interval.high == math.inf:
        return f"more than {low}"
    if interval.low == -math.inf:
        return f"less than {high}"
    return low if low == high else f"{low} to {high}"


# Weighing -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Finding:
    """What one witness says of one statement."""

    claim_id: str
    part: str
    addresses: tuple[str, ...]
    text: str
    outcome: Outcome
    origins: frozenset[str]
    authority: str
    unlike: bool
    deviations: Mapping[str, str]
    context: str | None
    agrees_in_evidence: str
    links: tuple[str, ...]
    decisive: bool = False


@dataclass
class _Judged:
    verdict: Verdict
    findings: list[Finding] = field(default_factory=list)


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
        "exact", or "at least" / "at most" where the value limits the quantity from one side only.
    """
    low, high, half = claimed
    around = half if tolerance is None else tolerance
    if bound != "exact":
        least = rounded.low if bound == "at least" else -math.inf
        most = rounded.high if bound == "at most" else math.inf
        if least > high + around or most < low - around:
            return Outcome.DIFFERS
        return Outcome.HOLDS if least >= low and most <= high else Outcome.PARTLY
    if high == math.inf:
        if rounded.low >= low:
            return Outcome.PARTLY if printed.low > LOOSE_FACTOR * low > 0 else Outcome.HOLDS
        return Outcome.DIFFERS if rounded.high <= low else Outcome.WITHIN
    if low == -math.inf:
        if rounded.high <= high:
            return Outcome.PARTLY if LOOSE_FACTOR * printed.high < high else Outcome.HOLDS
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


def _sign(interval: Interval) -> int:
    return 1 if interval.low > 0 else -1 if interval.high < 0 else 0


def combine(verdicts: list[Verdict]) -> Verdict:
    """The verdict on a statement from those on its parts.

    All agree: the weakest of them. Some agree and others do not, or could not be tested: partly supported. None
    agrees: contradicted if all are, otherwise not supported. None could be tested: not testable.

    Examples
    --------
    >>> combine([Verdict.REPRODUCED, Verdict.NOT_TESTABLE])
    <Verdict.PARTLY_SUPPORTED: 'partly supported'>
    """
    if len(set(verdicts)) == 1:
        return verdicts[0]
    agree = [v for v in verdicts if v in AGREES]
    disagree = [v for v in verdicts if v in DISAGREES]
    if len(agree) == len(verdicts) and agree:
        return max(agree, key=AGREES.index)
    if agree or Verdict.PARTLY_SUPPORTED in verdicts:
        return Verdict.PARTLY_SUPPORTED
    return Verdict.NOT_SUPPORTED if disagree else Verdict.NOT_TESTABLE


class _Judge:
    """Weighs every statement of one ledger; a statement that rests on others is judged after them."""

    def __init__(self, ledger: Ledger, holdings: Holdings):
        self.ledger, self.reader = ledger, _Reader(ledger, holdings)
        self.claims = holdings.claims
        self.entries = {entry.id: entry for entry in ledger.claims}
        self._judged: dict[str, _Judged] = {}
        self._waiting: list[str] = []

    def judge(self, claim_id: str) -> _Judged:
        if claim_id in self._judged:
            return self._judged[claim_id]
        if claim_id in self._waiting:
            circle = " -> ".join([*self._waiting[self._waiting.index(claim_id) :], claim_id])
            raise DataError(f"data/ledger.yml: statements rest on each other in a circle: {circle}.")
        self._waiting.append(claim_id)
        self._judged[claim_id] = self._verdict(self.entries[claim_id])
        self._waiting.pop()
        return self._judged[claim_id]

    def _verdict(self, entry: Entry) -> _Judged:
        said, findings = [], []
        duplicate = entry.rule.kind == "bibliographic" and entry.rule.same_as is not None
        itself = [Part(what="", rule=entry.rule, against=entry.against)] if entry.against or duplicate else []
        for part in [*itself, *entry.parts]:
            judged = self._weigh(entry, part)
            said.append(judged.verdict)
            findings += judged.findings
        said += [self.judge(other).verdict for other in entry.rests_on]
        verdict = combine(said) if said else Verdict.NOT_TESTABLE
        if entry.rule.kind == "normative":
            verdict = Verdict.NORMATIVE
        elif entry.rule.kind == "causal":
            verdict = self._causal(entry, verdict)
        elif entry.covers_only and verdict in AGREES:
            verdict = Verdict.PARTLY_SUPPORTED
        return _Judged(verdict, findings)

    def _causal(self, entry: Entry, premises: Verdict) -> Verdict:
        """The premises may hold or fail; that the one brings about the other is never confirmed."""
        if self.ledger.designs[entry.have].kind in ("description", "comparison"):
            return Verdict.NOT_IDENTIFIED
        if premises in DISAGREES:
            return Verdict.NOT_SUPPORTED
        return Verdict.PARTLY_SUPPORTED if premises in (*AGREES, Verdict.PARTLY_SUPPORTED) else Verdict.NOT_TESTABLE

    def _weigh(self, entry: Entry, part: Part) -> _Judged:
        rule = part.rule
        if rule.kind == "bibliographic" and rule.same_as is not None:
            duplicate = self.reader.same_item(rule.reference, rule.same_as)
            return _Judged(Verdict.INCONSISTENT if duplicate else Verdict.NOT_SUPPORTED)
        findings = [self._finding(entry, part.what, rule, witness) for witness in part.against]
        tested = [f for f in findings if f.context is None and f.outcome != Outcome.SILENT]
        if not tested:
            return _Judged(Verdict.NOT_TESTABLE, findings)
        rank = min(AUTHORITIES[f.authority] for f in tested)
        findings = [replace(f, decisive=f in tested and AUTHORITIES[f.authority] == rank) for f in findings]
        return _Judged(self._of_origins(rule, [f for f in findings if f.decisive]), findings)

    @staticmethod
    def _of_origins(rule: Rule, decisive: list[Finding]) -> Verdict:
        outcomes = {f.outcome for f in decisive}
        own_words = all(f.authority == PAPER for f in decisive)
        if outcomes == {Outcome.DIFFERS}:
            if own_words or rule.kind == "bibliographic":
                return Verdict.INCONSISTENT
            return Verdict.NOT_SUPPORTED if any(f.unlike for f in decisive) else Verdict.CONTRADICTED
        if not outcomes <= _AGREEING:
            return Verdict.PARTLY_SUPPORTED
        if Outcome.HOLDS in outcomes or own_words:
            return Verdict.SUPPORTED
        return Verdict.REPRODUCED if outcomes == {Outcome.SAME} else Verdict.WITHIN_PRECISION

    def _finding(self, entry: Entry, part: str, rule: Rule, witness: Witness) -> Finding:
        who = f"data/ledger.yml, {entry.id}"
        values = {str(a): self.reader.resolve(a, who) for a in witness.addresses}
        origins = frozenset().union(*(v.origins for v in values.values()))
        origins = (origins - {PAPER}) or origins
        if not origins:
            raise DataError(f"{who}: {', '.join(values)}: an assumption alone is no evidence.")
        authority = max((self._authority(o) for o in origins), key=AUTHORITIES.__getitem__)
        unlike = "definition" in witness.deviations
        if witness.coded:
            row = self.reader.evidence_row(witness.coded, who)
            outcome, text = _CODED[row["agrees"]], next(iter(values.values())).text
        else:
            outcome, text = self._compare(entry, rule, witness, values, who)
        if unlike and outcome in _AGREEING:
            outcome = Outcome.PARTLY
        if witness.context and rule.kind in ("causal", "normative"):
            outcome = Outcome.SILENT  # a rank or a count shown beside a cause is no premise of it
        coded = [self.reader.evidence_row(a.key, who)["agrees"] for a in witness.addresses if a.file == "evidence.csv"]
        return Finding(
            claim_id=entry.id, part=part, addresses=tuple(values), text=text.strip(), outcome=outcome, origins=origins,
            authority=authority, unlike=unlike, deviations=witness.deviations, context=witness.context,
            agrees_in_evidence=coded[0] if len(set(coded)) == 1 else "",
            links=tuple(dict.fromkeys(link for v in values.values() for link in v.links)),
        )  # fmt: skip

    def _authority(self, origin: str) -> str:
        return PAPER if origin == PAPER else self.reader.origins[origin].authority

    def _compare(
        self, entry: Entry, rule: Rule, witness: Witness, values: dict[str, Value], who: str
    ) -> tuple[Outcome, str]:
        if rule.kind == "bibliographic":
            value = next(iter(values.values()))
            printed = str(getattr(self.reader.references[rule.reference], rule.field))
            found = value.text.split(" ", 1)[0]
            return Outcome.SAME if found.casefold() == printed.casefold() else Outcome.DIFFERS, value.text
        lacking = [name for name, value in values.items() if value.printed is None]
        if lacking:
            raise DataError(
                f"{who}: {lacking[0]} is {values[lacking[0]].text!r}, which does not name one number. Choose one with "
                "@1, @2 ..., or hold the statement against the row as `coded`."
            )
        if rule.kind == "rank":
            return self._compare_rank(entry, witness, values, who)
        printed, rounded, text = self._quantity(rule, witness, values, who)
        if rule.kind == "number":
            claimed = self.reader.claimed(entry.id, who)
            if math.isnan(claimed[0]):
                return Outcome.SILENT, text
            return compare_number(claimed, rule.tolerance, printed, rounded, witness.bound), text
        if rule.kind == "direction":
            sign = _sign(rounded)
            expected = 1 if rule.says == "rise" else -1
            return (Outcome.PARTLY if sign == 0 else Outcome.HOLDS if sign == expected else Outcome.DIFFERS), text
        there = printed.low > 0
        says_present = rule.kind in ("causal", "normative") or rule.says == "present"
        return (Outcome.HOLDS if there == says_present else Outcome.DIFFERS), text

    def _compare_rank(self, entry: Entry, witness: Witness, values: dict[str, Value], who: str) -> tuple[Outcome, str]:
        if witness.own is None:
            raise DataError(f"{who}: a rank is held against `own` and `others`, or against `coded` evidence.")
        own, others = values[str(witness.own)], [values[str(a)] for a in witness.others]
        rank = self.reader.claimed(entry.id, who)[0]
        compared = f"{figure_text(own.printed)} against {', '.join(figure_text(o.printed) for o in others)}"
        text = f"{compared} [{'; '.join(dict.fromkeys(v.text for v in (own, *others)))}]"
        return compare_rank(rank, own.rounded, [o.rounded for o in others]), text

    def _quantity(
        self, rule: Rule, witness: Witness, values: dict[str, Value], who: str
    ) -> tuple[Interval, Interval, str]:
        """The witness's value as printed and with rounding; a derived one shows its arithmetic."""
        if witness.own is not None:
            raise DataError(f"{who}: `own` and `others` belong to a rank.")
        unit = rule.unit if rule.kind == "number" else ""
        if not witness.inputs:
            value = next(iter(values.values()))
            if unit and witness.addresses[0].file in ("exposures.csv", "panel.csv") and value.unit != unit:
                raise DataError(
                    f"{who}: {witness.value} is in {value.unit}, the rule in {unit}. Convert it with a formula."
                )
            rounded = value.rounded if witness.decimals is None else value.printed.widened(half_width(witness.decimals))
            return value.printed, rounded, value.text
        named = {name: values[str(address)] for name, address in witness.inputs.items()}
        printed = evaluate(witness.value, {name: v.printed for name, v in named.items()})
        rounded = evaluate(witness.value, {name: v.rounded for name, v in named.items()})
        of = "; ".join(f"{name}: {v.text}" for name, v in named.items())
        return printed, rounded, f"{figure_text(printed)} {_symbol(unit)} = {witness.value} [derived; {of}]"


# Tables -------------------------------------------------------------------------------------------------------------


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


def section_of(place: str) -> str:
    """The section of the paper that a place lies in: the part before the first stroke."""
    return place.split("/")[0].strip()


def _require_complete(ledger: Ledger, holdings: Holdings) -> None:
    """Every statement has an entry of a rule that its kind allows, and every row of evidence is looked at."""
    there, written = list(holdings.claims.index), [entry.id for entry in ledger.claims]
    if missing := [c for c in there if c not in written]:
        raise DataError(f"data/ledger.yml has no entry for {', '.join(missing)} of claims.csv. Write one for each.")
    if unknown := [c for c in written if c not in there]:
        raise DataError(f"data/ledger.yml names {', '.join(unknown)}, which claims.csv does not have.")
    for entry in ledger.claims:
        kind = holdings.claims.loc[entry.id, "kind"]
        if entry.rule.kind not in RULES_OF_KIND[kind]:
            allowed = ", ".join(sorted(RULES_OF_KIND[kind]))
            raise DataError(f"data/ledger.yml, {entry.id}: a {kind} statement cannot have the rule {entry.rule.kind}; "
                            f"allowed: {allowed}.")  # fmt: skip
    evidence = holdings.evidence
    used = {a.key for e in ledger.claims for w in e.witnesses for a in w.addresses if a.file == "evidence.csv"}
    seen = set(evidence[evidence.index.isin(used)][["value", "url"]].itertuples(index=False, name=None))
    unseen = [i for i, r in evidence.iterrows() if i not in used and (r["value"], r["url"]) not in seen]
    if unseen:
        raise DataError(f"data/ledger.yml holds nothing against {', '.join(unseen)}. Name each under its statement "
                        "(`coded`, or with `context` where it decides nothing).")  # fmt: skip


def _judgements(ledger: Ledger, holdings: Holdings) -> dict[str, _Judged]:
    _require_complete(ledger, holdings)
    judge = _Judge(ledger, holdings)
    return {claim_id: judge.judge(claim_id) for claim_id in holdings.claims.index}


def verdicts(ledger: Ledger, holdings: Holdings) -> pd.DataFrame:
    """The verdict on every statement, in the order of claims.csv.

    Returns
    -------
    DataFrame
        One row per statement: claim_id, place, section, kind, rule, statement, printed (its figure), unit, verdict,
        expected, changed, `sources` (independent origins that say anything), `sources_agreeing`, `decided_by`
        (their authority), held_against, deviations, omits, covers_only, rests_on, needs, have, remark.

    Raises
    ------
    DataError
        If a statement has no entry, an address does not exist or has no origin, or a row of evidence is left out.
    """
    judged, rows = _judgements(ledger, holdings), []
    reader = _Reader(ledger, holdings)
    entries = {entry.id: entry for entry in ledger.claims}
    for claim_id, claim in holdings.claims.iterrows():
        entry, found = entries[claim_id], judged[claim_id]
        reached = _reached(claim_id, entries, judged)
        speaking = [f for f in reached if f.outcome != Outcome.SILENT and f.context is None]
        low, high, _ = reader.claimed(claim_id, claim_id)
        rows.append(
            {
                "claim_id": claim_id,
                "place": claim["place"],
                "section": section_of(claim["place"]),
                "kind": claim["kind"],
                "rule": entry.rule.kind,
                "statement": claim["statement"],
                "printed": "" if math.isnan(low) else figure_text(Interval(low, high)),
                "unit": claim["unit"],
                "verdict": found.verdict.value,
                "expected": entry.expects.value,
                "changed": found.verdict != entry.expects,
                "sources": independent(f.origins for f in speaking),
                "sources_agreeing": independent(f.origins for f in speaking if f.outcome in _AGREEING),
                "decided_by": ", ".join(sorted({f.authority for f in reached if f.decisive})),
                "held_against": " | ".join(f.text for f in found.findings),
                "deviations": "; ".join(dict.fromkeys(t for f in found.findings for t in f.deviations.values())),
                "omits": ", ".join(entry.omits),
                "covers_only": entry.covers_only or "",
                "rests_on": ", ".join(entry.rests_on),
                "needs": ledger.designs[entry.needs].what,
                "have": ledger.designs[entry.have].what,
                "remark": entry.remark or "",
            }
        )
    return pd.DataFrame(rows)


def _reached(claim_id: str, entries: dict[str, Entry], judged: dict[str, _Judged]) -> list[Finding]:
    """Its findings and those of the statements it rests on; circles were refused before."""
    below = [f for other in entries[claim_id].rests_on for f in _reached(other, entries, judged)]
    return [*judged[claim_id].findings, *below]


def findings(ledger: Ledger, holdings: Holdings) -> pd.DataFrame:
    """Everything the statements are held against, one row per value or page.

    Returns
    -------
    DataFrame
        claim_id, part, addresses, found, outcome, origin, authority, decisive, deviations, context,
        agrees_in_evidence (as the row of evidence.csv says, where one is used), links.
    """
    names = {origin.id: origin.name for origin in ledger.origins} | {PAPER: PAPER}
    return pd.DataFrame(
        [
            {
                "claim_id": f.claim_id,
                "part": f.part,
                "addresses": " ".join(f.addresses),
                "found": f.text,
                "outcome": f.outcome.value,
                "origin": " and ".join(sorted(names[o] for o in f.origins)),
                "authority": f.authority,
                "decisive": f.decisive,
                "deviations": "; ".join(f"{kind}: {text}" for kind, text in f.deviations.items()),
                "context": f.context or "",
                "agrees_in_evidence": f.agrees_in_evidence,
                "links": " ".join(f.links),
            }
            for judged in _judgements(ledger, holdings).values()
            for f in judged.findings
        ]
    )


def require_expected(frame: pd.DataFrame) -> str:
    """Refuse verdicts that are not the ones the ledger expects; a sentence saying how many were computed.

    Raises
    ------
    DataError
        Naming every statement whose verdict changed, from what to what.
    """
    changed = frame[frame["changed"]]
    if len(changed):
        rows = changed[["claim_id", "expected", "verdict"]].itertuples(index=False)
        lines = "\n".join(f"  {claim}: expected «{old}», computed «{new}»" for claim, old, new in rows)
        raise DataError(
            f"{len(changed)} verdicts are not the ones data/ledger.yml expects:\n{lines}\n"
            "See what changed in the data; if the new verdict is right, write it as `expects` and say why in `remark`."
        )
    return f"{len(frame)} verdicts computed, each as the ledger expects."


def inconsistencies(ledger: Ledger, holdings: Holdings) -> pd.DataFrame:
    """The places of the paper that do not fit each other: inconsistency, what, places, claims, one, other.

    Raises
    ------
    DataError
        If two places that are said to differ are the same, or two references that are said to be one item are not.
    """
    reader, rows = _Reader(ledger, holdings), []
    for item in ledger.inconsistencies:
        who = f"data/ledger.yml, {item.id}"
        if item.same_references:
            listed = [reader.references[n] for n in item.same_references]
            texts = [f"[{r.number}] {r.authors} ({r.year})" for r in listed]
            holds = reader.same_item(*item.same_references)
        else:
            values = [reader.resolve(address, who) for address in item.differ]
            texts = [value.text for value in values]
            one, other = (v.printed or reader.paper[a.key].value for a, v in zip(item.differ, values, strict=True))
            holds = one != other
        if not holds:
            raise DataError(f"{who}: {texts[0]!r} and {texts[1]!r} do not show what it says. Delete it or mend it.")
        rows.append(
            {
                "inconsistency": item.id, "what": item.what, "places": "; ".join(item.places),
                "claims": ", ".join(item.claims), "one": texts[0], "other": texts[1],
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def referee_map(ledger: Ledger, holdings: Holdings) -> pd.DataFrame:
    """Every table cell and every number in the paper's text, the program that tests it, and where its output lies.

    Returns
    -------
    DataFrame
        place, claim_id, printed, program, output: one row per statement of a table or with a figure, in the
        paper's order. Without a program, `output` is the verdict. The verdicts come from pipeline/ledger.py.
    """
    frame, entries = verdicts(ledger, holdings), {entry.id: entry for entry in ledger.claims}
    rows = []
    asked = frame["section"].str.startswith("Table") | (frame["printed"] != "") | (frame["rule"] == "number")
    for row in frame[asked].itertuples():
        makers = {_maker(a.file) for w in entries[row.claim_id].witnesses for a in w.addresses}
        makers |= {("pipeline/ledger.py", f"verdict of {other}") for other in entries[row.claim_id].rests_on}
        programs, outputs = zip(*sorted(makers), strict=True) if makers else ((), ())
        rows.append(
            {
                "place": row.place, "claim_id": row.claim_id, "printed": f"{row.printed} {row.unit}".strip(),
                "program": ", ".join(dict.fromkeys(programs)) or "none",
                "output": ", ".join(dict.fromkeys(outputs)) or row.verdict,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _maker(file: str) -> tuple[str, str]:
    """The program that makes what an address of that file points to, and the output."""
    if file.endswith(".json"):
        return f"notebooks/{file.removesuffix('.json')}.ipynb", f"reports/results/{file}"
    if file in ("exposures.csv", "panel.csv"):
        return "pipeline/harmonise.py", f"data/processed/{file}"
    if file in ("claims.csv", "evidence.csv"):
        return "pipeline/ledger.py", f"data/raw/paper_claims/{file}"
    return "pipeline/ledger.py", "data/ledger.yml"


# The report ---------------------------------------------------------------------------------------------------------


def summary(frame: pd.DataFrame) -> pd.DataFrame:
    """Number of statements by section (rows, in the paper's order) and verdict (columns), with totals."""
    words = [v.value for v in Verdict]
    table = pd.crosstab(frame["section"], frame["verdict"])
    table = table.reindex(index=list(dict.fromkeys(frame["section"])), columns=words, fill_value=0)
    table.loc["All"] = table.sum()
    table["all"] = table.sum(axis=1)
    return table


def _cell(text: object) -> str:
    return " ".join(str(text).split()).replace("|", "\\|").replace("<", "&lt;").replace(">", "&gt;")


def _markdown_table(frame: pd.DataFrame, headings: list[str]) -> str:
    lines = [headings, ["---"] * len(headings), *frame.map(_cell).to_numpy().tolist()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


HOW_TO_READ = """\
Each statement is given by its place and in our own words. A verdict follows from the addressed values by a fixed
rule; none is typed. "Not testable with these data" and "not supported" say what was found, not that the statement is
false. A causal statement is never confirmed: two harvests, or a comparison of oblasts, do not identify a cause. Pages
that repeat one statement have one origin and count once; an official series comes before the press."""


def replication_markdown(ledger: Ledger, holdings: Holdings) -> str:
    """The report on all statements as Markdown: summaries, one table per section, inconsistencies, referee's map."""
    frame, held = verdicts(ledger, holdings), findings(ledger, holdings)
    counts = summary(frame)
    used = [v.value for v in Verdict if counts.loc["All", v.value]]
    totals = counts.loc["All", [v.value for v in Verdict]].rename_axis("verdict").reset_index(name="statements")
    by_section = counts[[*used, "all"]].reset_index()
    parts = [
        "# The paper's statements, one by one", HOW_TO_READ,
        f"## {len(frame)} statements by verdict", _markdown_table(totals, ["Verdict", "Statements"]),
        "## By section of the paper", _markdown_table(by_section, ["Section", *used, "All"]),
    ]  # fmt: skip
    for section, rows in frame.groupby("section", sort=False):
        parts += [f"## Statements: {section}", *(_statement(row, held) for row in rows.itertuples())]
    parts += [
        "## Where the paper does not agree with itself",
        _markdown_table(inconsistencies(ledger, holdings), ["", "What", "Places", "Statements", "One", "Other"]),
        "## Referee's map",
        _markdown_table(referee_map(ledger, holdings), ["Place", "Statement", "Printed", "Program", "Output"]),
    ]
    return "\n\n".join(parts) + "\n"


def _statement(row: tuple, held: pd.DataFrame) -> str:
    """One statement: what it says, the verdict, and what it was held against."""
    lines = [
        f"### {row.claim_id} · {row.verdict}",
        f"{_cell(row.statement)}. *{_cell(row.place)}; rule: {row.rule}"
        + (f"; printed: {_cell(row.printed)} {_cell(row.unit)}" if row.printed else "") + ".*",
    ]  # fmt: skip
    own = held[held["claim_id"] == row.claim_id]
    if len(own):
        shown_as = own.assign(
            found=[" ".join([_cell(f"{part}: {f}" if part else f), *(f"[page]({u})" for u in links.split())])
                   for part, f, links in zip(own["part"], own["found"], own["links"], strict=True)],
            weight=[c or ("decides" if d else "shown") for c, d in zip(own["context"], own["decisive"], strict=True)],
        )[["found", "outcome", "origin", "authority", "weight", "deviations"]]  # fmt: skip
        body = [[found, *map(_cell, rest)] for found, *rest in shown_as.to_numpy().tolist()]
        headings = ["Held against", "It", "Origin", "Authority", "Weight", "Declared deviations"]
        lines.append("\n".join(f"| {' | '.join(line)} |" for line in [headings, ["---"] * 6, *body]))
    notes = {
        "Rests on": row.rests_on, "The paper does not say": row.omits, "The evidence reaches only": row.covers_only,
        "A test would need": row.needs, "There is": row.have, "Remark": row.remark,
    }  # fmt: skip
    lines.append("\n".join(f"- {name}: {_cell(text)}" for name, text in notes.items() if text))
    return "\n\n".join(lines)
