"""What people write: the typed model of `data/ledger.yml`, and reading it.

The enumerations hold the fixed words of the report. They are English message ids; their `code` is for file names,
result names and style sheets.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline.data.yaml_files import read_yaml
from pipeline.errors import DataError
from pipeline.ledger.formula import names
from pipeline.paths import DATA, shown

LEDGER = DATA / "ledger.yml"

ITSELF = ("paper", "assumptions")  # what an address can name of the ledger's own lists


class Word(StrEnum):
    """A fixed word of the report."""

    @property
    def code(self) -> str:
        """The word as an identifier: `not_supported` of "not supported"."""
        return self.name.lower()


class Verdict(Word):
    """The words of the ledger, in the order in which summaries list them.

    Of a statement a part is shown where a source outside the paper bears out some of it; it is compatible where nothing
    speaks against it and no independent source shows it; it is consistent where the paper alone speaks, and agrees.
    """

    REPRODUCED = "reproduced"
    WITHIN_PRECISION = "within printed precision"
    SUPPORTED = "supported"
    PART_SHOWN = "part of it shown"
    COMPATIBLE = "compatible, not shown"
    CONSISTENT = "consistent within the paper"
    NOT_SUPPORTED = "not supported"
    CONTRADICTED = "contradicted"
    INCONSISTENT = "misprint or inconsistency in the paper"
    NOT_IDENTIFIED = "not identified by this design"
    NOT_TESTABLE = "not testable with these data"
    NORMATIVE = "normative, not testable"


AGREES = (Verdict.REPRODUCED, Verdict.WITHIN_PRECISION, Verdict.SUPPORTED)  # the strongest first
DISAGREES = (Verdict.NOT_SUPPORTED, Verdict.CONTRADICTED, Verdict.INCONSISTENT)


class Authority(Word):
    """Who says it, in rough order of weight; `rank` is what decides."""

    PAPER = "the paper itself"
    OFFICIAL_SERIES = "official series"
    OFFICIAL_STATEMENT = "official statement"
    DOCUMENT = "document"
    COMPILATION = "compilation"
    PRESS = "press"
    SELF_DESCRIPTION = "self-description"

    @property
    def rank(self) -> int:
        """0 for the paper, then from an official series down to what an organisation says of itself."""
        ranks = {"PAPER": 0, "OFFICIAL_SERIES": 1, "OFFICIAL_STATEMENT": 2, "DOCUMENT": 2, "COMPILATION": 3, "PRESS": 3}
        return ranks.get(self.name, 4)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Address(_Strict):
    """Where a value stands: `file#key`, with `@take` for a choice among several values of that key.

    A word without an ending names what the ledger itself lists (`ITSELF`), or a report and one of its results.

    Examples
    --------
    >>> address = Address.model_validate("evidence.csv#ev015@2")
    >>> address.file, address.key, address.take, address.report
    ('evidence.csv', 'ev015', '2', None)
    >>> Address.model_validate("yield_change#percent_change").report
    'yield_change'
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

    @property
    def report(self) -> str | None:
        """The report whose result it names, if it names one."""
        return None if "." in self.file or self.file in ITSELF else self.file

    def __str__(self) -> str:
        return f"{self.file}#{self.key}" + (f"@{self.take}" if self.take else "")


Deviation = Literal["year", "period", "definition", "area", "crop", "unit", "method"]


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
    deviations: dict[Deviation, str] = {}
    context: str | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> "Witness":
        if sum(x is not None for x in (self.coded, self.value, self.own)) != 1:
            raise ValueError("give exactly one of coded, value and own")
        if bool(self.own) != bool(self.others):
            raise ValueError("own and others belong together")
        if self.formula is not None:
            used = names(self.formula)
            if used != set(self.inputs):
                raise ValueError(f"the formula {self.value!r} uses {sorted(used)}, `with` names {sorted(self.inputs)}")
        elif self.inputs:
            raise ValueError("`with` belongs to a formula")
        elif self.value is not None:
            Address.model_validate(self.value)
        return self

    @property
    def formula(self) -> str | None:
        """The formula, where the value is one and not an address."""
        return self.value if self.value is not None and "#" not in self.value else None

    @property
    def addresses(self) -> dict[str, Address]:
        """Every address the witness names: by the names of a formula, `own` and `other_1` ... of a rank, else ""."""
        if self.coded:
            return {"": Address(file="evidence.csv", key=self.coded)}
        if self.own:
            return {"own": self.own, **{f"other_{n}": a for n, a in enumerate(self.others, start=1)}}
        return self.inputs or {"": Address.model_validate(self.value)}


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
ALLOWED_RULES = {
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
    then no more than a part of it is shown; `omits` is what the paper does not say and a test would need.
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
    def all_parts(self) -> list[Part]:
        """The statement itself, where it is held against anything, and its parts."""
        compared_with_itself = self.rule.kind == "bibliographic" and self.rule.same_as is not None
        itself = Part(what="", rule=self.rule, against=self.against)
        return [*([itself] if self.against or compared_with_itself else []), *self.parts]

    @property
    def witnesses(self) -> list[Witness]:
        """Its own and those of its parts."""
        return [witness for part in self.all_parts for witness in part.against]


class Design(_Strict):
    """A way to find something out; description and comparison hold figures, and identify no cause.

    A calculation says what would follow from stated assumptions; it tests nothing.
    """

    kind: Literal["none", "documents", "calculation", "description", "comparison", "identification", "judgement"]
    what: str


class Origin(_Strict):
    """Who says it first: everything listed under one origin is one source, however many pages print it.

    What is calculated `under_assumptions` is shown and tests nothing.
    """

    id: str
    name: str
    authority: Authority
    under_assumptions: bool = False
    sources: list[str] = []
    figures: list[str] = []
    results: list[str] = []
    evidence: list[str] = []

    @property
    def names(self) -> list[tuple[str, str]]:
        """Everything it is the origin of, as (kind, name)."""
        kinds = ("sources", "figures", "results", "evidence")
        return [(kind, name) for kind in kinds for name in getattr(self, kind)]


class Study(_Strict):
    """The study parameters that are the paper's, and the reports whose results depend on them.

    With other parameters those results speak of another oblast, crop or pair of years, and say nothing here.
    """

    oblast: str
    crop: str
    year_before: int
    year_after: int
    results: list[str]

    def differs_from(self, parameters: Mapping[str, object]) -> bool:
        """Whether parameters are of another oblast, crop or pair of years than the paper's."""
        return any(parameters[name] != value for name, value in self.model_dump(exclude={"results"}).items())


class Counted(_Strict):
    """How a number can be counted again: the different entries at one level of the places of a table.

    A cell has three: `Table 2 / renewable energy / potential` has the table, 2 and 3. A header, which has fewer, is
    not counted.
    """

    table: str
    level: Literal[2, 3]


class PaperFact(_Strict):
    """Something counted in the paper, quoted from it, or said in our words, with the place where it stands."""

    id: str
    count: int | None = None
    quote: str | None = None
    sense: str | None = None
    what: str
    place: str
    counted: Counted | None = None

    @model_validator(mode="after")
    def _one_form(self) -> "PaperFact":
        if sum(x is not None for x in (self.count, self.quote, self.sense)) != 1:
            raise ValueError("give exactly one of count, quote and sense")
        if self.counted is not None and self.count is None:
            raise ValueError("`counted` belongs to a count")
        return self


class Assumption(_Strict):
    """A number that no source gives."""

    id: str
    what: str
    value: float
    low: float
    high: float
    unit: str
    reason: str

    @model_validator(mode="after")
    def _in_range(self) -> "Assumption":
        if not self.low <= self.value <= self.high:
            raise ValueError(f"{self.value:g} is outside its range, {self.low:g} to {self.high:g}")
        return self


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
    annotation: str | None = None


class Inconsistency(_Strict):
    """Places of the paper that do not fit: `differ` must differ, `same_references` be one item, and a reference with
    `first_cited_too_early` be cited before one of a smaller number. `of_print` is a slip of print or wording, on which
    no statement depends."""

    id: str
    what: str
    places: list[str]
    claims: list[str] = []
    of_print: bool = False
    differ: tuple[Address, Address] | None = None
    same_references: tuple[int, int] | None = None
    first_cited_too_early: int | None = None

    @model_validator(mode="after")
    def _one_check(self) -> "Inconsistency":
        if sum(x is not None for x in (self.differ, self.same_references, self.first_cited_too_early)) != 1:
            raise ValueError("give exactly one of differ, same_references and first_cited_too_early")
        return self


class KeyStatement(_Strict):
    """A statement that the paper stands on, shown first: what was found on it, and why its verdict is what it is."""

    id: str
    found: str
    why: str


class Ledger(_Strict):
    """`data/ledger.yml`."""

    study: Study
    designs: dict[str, Design]
    origins: list[Origin]
    paper: list[PaperFact]
    assumptions: list[Assumption] = []
    references: list[Reference]
    citations: list[int]
    key: list[KeyStatement] = []
    claims: list[Entry]
    inconsistencies: list[Inconsistency]

    @property
    def addresses(self) -> list[Address]:
        """Every address the ledger names."""
        held = [a for entry in self.claims for witness in entry.witnesses for a in witness.addresses.values()]
        return held + [a for item in self.inconsistencies for a in item.differ or ()]

    @property
    def calculations(self) -> list[str]:
        """The reports whose results are calculated under assumptions, and test nothing."""
        return [name for origin in self.origins if origin.under_assumptions for name in origin.results]

    @property
    def reports(self) -> list[str]:
        """The reports whose results the ledger names, sorted. The stage depends on these results, and on no others."""
        return sorted({a.report for a in self.addresses if a.report})

    @model_validator(mode="after")
    def _fits_together(self) -> "Ledger":
        for items, key in (
            (self.origins, "id"),
            (self.paper, "id"),
            (self.assumptions, "id"),
            (self.references, "number"),
            (self.claims, "id"),
            (self.key, "id"),
            (self.inconsistencies, "id"),
        ):
            _refuse_repeats([getattr(item, key) for item in items], "{} stands there more than once")
        _refuse_repeats([name for origin in self.origins for _, name in origin.names], "{} has more than one origin")
        ids, numbers = {entry.id for entry in self.claims}, {r.number for r in self.references}
        _require_known("citations", "reference", self.citations, numbers)
        _require_known("key", "claim", [item.id for item in self.key], ids)
        for entry in self.claims:
            _require_known(entry.id, "design", (entry.needs, entry.have), self.designs)
            _require_known(entry.id, "claim", entry.rests_on, ids)
            if self.designs[entry.have].kind == "identification":
                raise ValueError(f"{entry.id}: {entry.have} identifies a cause, and no rule says what verdict follows")
            rules = [r for r in (entry.rule, *(part.rule for part in entry.parts)) if r.kind == "bibliographic"]
            _require_known(entry.id, "reference", [n for r in rules for n in (r.reference, r.same_as) if n], numbers)
        for item in self.inconsistencies:
            _require_known(item.id, "claim", item.claims, ids)
            _require_known(item.id, "reference", item.same_references or (), numbers)
            _require_known(item.id, "citation of reference", filter(None, [item.first_cited_too_early]), self.citations)
        return self


def _refuse_repeats(keys: list, sentence: str) -> None:
    twice = sorted({str(k) for k in keys if keys.count(k) > 1})
    if twice:
        raise ValueError(sentence.format(", ".join(twice)))


def _require_known(who: str, what: str, named, there) -> None:
    unknown = [name for name in named if name not in there]
    if unknown:
        known = ", ".join(map(str, there)) if len(there) < 40 else f"{len(there)} others"
        raise ValueError(f"{who} names the {what} {unknown[0]!r}, which the ledger does not have (it has {known})")


def read_ledger(path: Path = LEDGER) -> Ledger:
    """The ledger, typed.

    Raises
    ------
    DataError
        If the file is missing or does not have the form of `Ledger`; the message names each field.
    """
    if not path.is_file():
        raise DataError(f"{shown(path)} does not exist. It is written by hand; restore it: git checkout -- data/")
    raw = read_yaml(path)
    try:
        return Ledger.model_validate(raw)
    except ValidationError as error:
        lines = "\n".join(f"  {_field(raw, e['loc'])}: {e['msg']}" for e in error.errors())
        raise DataError(f"{shown(path)} is not a ledger as pipeline/ledger/model.py describes it:\n{lines}") from error


def _field(raw: object, location: tuple) -> str:
    """A location of the file as its writer knows it: by the id of an entry, not by its position."""
    if isinstance(raw, dict) and len(location) > 1 and isinstance(location[1], int):
        entry = raw[location[0]][location[1]]
        if isinstance(entry, dict) and "id" in entry:
            location = (location[0], str(entry["id"]), *location[2:])
    return ".".join(map(str, location)) or "the whole"
