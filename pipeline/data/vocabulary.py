"""Names: areas, crops and units, one name each, resolved strictly.

The tables are `data/vocabulary/*.yml`, written by people. A spelling that is not in them raises
`UnknownNameError` with the nearest known names; nothing is ever guessed.
"""

import difflib
import re
import unicodedata
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline.data.lettering import mended
from pipeline.data.yaml_files import read_yaml
from pipeline.errors import DataError, UnknownNameError
from pipeline.paths import VOCABULARY, shown

AREA_LEVELS = ("country", "oblast", "city", "raion", "joint")


@dataclass(frozen=True)
class Entry:
    """One name of the vocabulary: how a reader of each language sees it, and what else is known about it."""

    name: str
    shown_as: dict[str, str]
    properties: dict = field(default_factory=dict)

    def shown_in(self, language: str) -> str:
        """The name in a language; its own, English, where it has none in that language yet."""
        return self.shown_as.get(language, self.name)

    def cases_in(self, language: str) -> dict[str, str]:
        """The name in other cases than the nominative, where the vocabulary gives them: `gen`, `dat`, `loc`, …"""
        return self.properties.get("cases", {}).get(language, {})


@dataclass(frozen=True)
class Names:
    """A closed list of names and the spellings that lead to them."""

    kind: str
    entries: dict[str, Entry]
    spellings: dict[str, str]

    def __contains__(self, name: str) -> bool:
        return name in self.entries

    def is_broken(self, text: str) -> bool:
        """Whether a spelling is a known name with a break in what it covers: `Osh oblast (until 2017 incl. Osh city)`.

        Such a name does not resolve: its series counts one thing before the year and another after it.
        """
        return self._with_break(text) is not None

    def _with_break(self, text: str) -> tuple[str, str] | None:
        match = _BREAK.fullmatch(_folded(text))
        plain = self.spellings.get(match["plain"].strip()) if match else None
        return (plain, match["words"].strip()) if match and plain else None

    def find(self, text: str) -> str | None:
        """The one name for a spelling; None where it is not in the vocabulary."""
        return self.spellings.get(_folded(text))

    def resolve(self, text: str) -> str:
        """The one name for a spelling.

        Raises
        ------
        UnknownNameError
            If the spelling is not in the vocabulary; the message gives the nearest known spellings, the letter of
            another alphabet, or the break in coverage that the name carries.
        """
        found = self.find(text)
        if found is not None:
            return found
        if broken := self._with_break(text):
            plain, words = broken
            raise UnknownNameError(
                f"{text!r} is {plain} with a break in what it covers ({words}). Its figures before and after are not "
                f"one series, and none with those of {plain}; it is kept apart. Leave it out, or add it as an area of "
                f"its own in {shown(VOCABULARY)}/."
            )
        whole, said = mended(text, "")
        if said and _folded(whole) in self.spellings:
            raise UnknownNameError(f"Unknown {self.kind} {text!r}: {said[0].removeprefix(': ')}. Mend the name.")
        near = difflib.get_close_matches(_folded(text), self.spellings, n=3, cutoff=0.6)
        hint = (
            f"Nearest known: {', '.join(dict.fromkeys(self.spellings[n] for n in near))}."
            if near
            else f"Known: {', '.join(list(self.entries)[:12])}{' …' if len(self.entries) > 12 else ''}."
        )
        raise UnknownNameError(f"Unknown {self.kind} {text!r}. {hint} Add a spelling in {shown(VOCABULARY)}/.")


_BREAK = re.compile(r"(?P<plain>[^()]+)\((?P<words>[^()]*(?:19|20)\d\d[^()]*)\)")


def _folded(text: str) -> str:
    """Fold what is never meaningful in a name: case, Unicode form, spaces, kinds of hyphen and apostrophe, ё for е."""
    text = unicodedata.normalize("NFKC", text).casefold().replace("ё", "е")
    text = re.sub(r"[\u2010-\u2015\u2212]", "-", text)
    text = re.sub(r"[\u2018\u2019\u02bc`]", "'", text)
    text = re.sub(r"\s*-\s*", "-", text)
    return re.sub(r"\s+", " ", text).strip()


class _Properties(BaseModel):
    """What the vocabulary says of a name; besides, under the code of a language, how that language calls it."""

    model_config = ConfigDict(extra="allow", strict=True)
    __pydantic_extra__: dict[str, str]

    aliases: list[str]
    cases: dict[str, dict[str, str]] = {}

    @model_validator(mode="after")
    def _has_no_other(self) -> "_Properties":
        for name in self.__pydantic_extra__:
            if not re.fullmatch("[a-z]{2}", name):
                known = ", ".join(type(self).model_fields)
                raise ValueError(f"{name!r} is neither the code of a language nor one of {known}")
        return self


class _City(_Properties):
    oblast: str = ""


class _Raion(_Properties):
    oblast: str


class _Crop(_Properties):
    kind: Literal["crop", "crop group", "land", "livestock product"]
    note: str = ""
    yield_bounds_c_per_ha: (
        Annotated[list[Annotated[float, Field(ge=0, allow_inf_nan=False)]], Field(min_length=2, max_length=2)] | None
    ) = None

    @model_validator(mode="after")
    def _bounds_in_order(self) -> "_Crop":
        if self.yield_bounds_c_per_ha is not None and sorted(self.yield_bounds_c_per_ha) != self.yield_bounds_c_per_ha:
            raise ValueError("yield_bounds_c_per_ha are the lowest and the highest yield, in this order")
        return self


class _Unit(_Properties):
    panel_unit: str = ""
    power_of_ten: int = Field(default=0, ge=-9, le=9)


_FORMS = {"crop": _Crop, "unit": _Unit, "city": _City, "raion": _Raion}


def _names(kind: str, table: object, where: Path) -> Names:
    if not isinstance(table, dict) or not all(isinstance(name, str) and name.strip() for name in table):
        raise DataError(f"{shown(where)}: expected each {kind} as `name: {{aliases: [...]}}`, the name being a text.")
    entries, spellings = {}, {}
    for name, properties in table.items():
        if not isinstance(properties, dict) or not isinstance(properties.get("aliases"), list):
            raise DataError(f"{shown(where)}: the {kind} {name!r} needs a list `aliases` (it may be empty: []).")
        try:
            _FORMS.get(kind, _Properties).model_validate(properties)
        except ValidationError as error:
            wrong = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'it'}: {e['msg']}" for e in error.errors())
            raise DataError(f"{shown(where)}: the {kind} {name!r} is not of its form ({wrong}).") from error
        shown_as = {"en": name} | {key: text for key, text in properties.items() if len(key) == 2}  # by language code
        rest = {k: v for k, v in properties.items() if k not in shown_as and k != "aliases"}
        entries[name] = Entry(name, shown_as, rest)
        for spelling in (name, *shown_as.values(), *properties["aliases"]):
            other = spellings.setdefault(_folded(spelling), name)
            if other != name:
                raise DataError(f"{shown(where)}: {kind} spelling {spelling!r} leads to both {other!r} and {name!r}.")
    return Names(kind, entries, spellings)


def _read_areas() -> dict:
    """The areas by level, and the regions."""
    path = VOCABULARY / "areas.yml"
    levels, wanted = read_yaml(path), (*AREA_LEVELS, "region")
    if not isinstance(levels, dict) or set(levels) != set(wanted):
        raise DataError(f"{shown(path)}: expected the sections {', '.join(wanted)}, and no other.")
    return levels


@cache
def areas(level: str) -> Names:
    """Areas of one level. A name is looked up within its level: raions, cities and oblasts share names."""
    path = VOCABULARY / "areas.yml"
    if level not in AREA_LEVELS:
        raise UnknownNameError(f"Unknown area level {level!r}. Known: {', '.join(AREA_LEVELS)}.")
    return _names(level, _read_areas()[level], path)


@cache
def crops() -> Names:
    """Crops, crop groups and livestock products."""
    path = VOCABULARY / "crops.yml"
    return _names("crop", read_yaml(path), path)


@cache
def units() -> Names:
    """Units of measurement; an entry may convert to the unit that the panel keeps."""
    path = VOCABULARY / "units.yml"
    return _names("unit", read_yaml(path), path)


def oblasts() -> list[str]:
    """The seven oblasts in the order of the vocabulary (alphabetical in English)."""
    return list(areas("oblast").entries)


@cache
def regions() -> dict[str, tuple[str, ...]]:
    """Groups of oblasts by name, as the country is usually divided.

    Raises
    ------
    UnknownNameError
        If a member is no oblast.
    DataError
        If an oblast is in two regions.
    """
    path = VOCABULARY / "areas.yml"
    written = _read_areas()["region"]
    if not isinstance(written, dict) or not all(isinstance(members, list) for members in written.values()):
        raise DataError(f"{shown(path)}: expected each region as `name: [oblast, ...]`.")
    resolve = areas("oblast").resolve
    groups = {str(name): tuple(resolve(str(member)) for member in members) for name, members in written.items()}
    members = [oblast for group in groups.values() for oblast in group]
    twice = sorted({oblast for oblast in members if members.count(oblast) > 1})
    if twice:
        raise DataError(f"{shown(path)}: {', '.join(twice)} stands in more than one region, or twice in one.")
    return groups


def panel_unit(unit: str) -> tuple[str, int]:
    """The unit the panel keeps for a published one, and the power of ten that leads to it.

    Examples
    --------
    >>> panel_unit("kt")
    ('t', 3)
    >>> panel_unit("kg_per_ha")
    ('c_per_ha', -2)
    >>> panel_unit("c_per_ha")
    ('c_per_ha', 0)
    """
    entry = units().entries[units().resolve(unit)]
    return entry.properties.get("panel_unit", entry.name), entry.properties.get("power_of_ten", 0)


def yield_bounds(crop: str) -> tuple[Decimal, Decimal] | None:
    """Plausible yields of a crop in c/ha; None where the vocabulary gives none."""
    bounds = crops().entries[crop].properties.get("yield_bounds_c_per_ha")
    return (Decimal(bounds[0]), Decimal(bounds[1])) if bounds else None
