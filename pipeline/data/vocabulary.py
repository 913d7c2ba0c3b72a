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

import yaml

from pipeline.data.lettering import mended
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


def _names(kind: str, table: dict[str, dict], where: Path) -> Names:
    entries, spellings = {}, {}
    for name, properties in table.items():
        if not isinstance(properties, dict) or not isinstance(properties.get("aliases"), list):
            raise DataError(f"{shown(where)}: the {kind} {name!r} needs a list `aliases` (it may be empty: []).")
        shown_as = {"en": name} | {key: text for key, text in properties.items() if len(key) == 2}  # by language code
        rest = {k: v for k, v in properties.items() if k not in shown_as and k != "aliases"}
        entries[name] = Entry(name, shown_as, rest)
        for spelling in (name, *shown_as.values(), *properties["aliases"]):
            other = spellings.setdefault(_folded(spelling), name)
            if other != name:
                raise DataError(f"{shown(where)}: {kind} spelling {spelling!r} leads to both {other!r} and {name!r}.")
    return Names(kind, entries, spellings)


_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # in C where there is one: ten times as fast


def _read(path: Path) -> dict:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except yaml.YAMLError as error:
        raise DataError(f"{shown(path)} is not readable as YAML: {error}") from error


@cache
def areas(level: str) -> Names:
    """Areas of one level. A name is looked up within its level: raions, cities and oblasts share names."""
    path = VOCABULARY / "areas.yml"
    if level not in AREA_LEVELS:
        raise UnknownNameError(f"Unknown area level {level!r}. Known: {', '.join(AREA_LEVELS)}.")
    return _names(level, _read(path)[level], path)


@cache
def crops() -> Names:
    """Crops, crop groups and livestock products."""
    path = VOCABULARY / "crops.yml"
    return _names("crop", _read(path), path)


@cache
def units() -> Names:
    """Units of measurement; an entry may convert to the unit that the panel keeps."""
    path = VOCABULARY / "units.yml"
    return _names("unit", _read(path), path)


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
    groups = {name: tuple(map(areas("oblast").resolve, members)) for name, members in _read(path)["region"].items()}
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
