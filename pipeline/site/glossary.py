"""The glossary page: terms with what they mean here, and the names of areas, crops and units, in all languages."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline.data.vocabulary import AREA_LEVELS, Entry, areas, crops, units
from pipeline.data.yaml_files import read_yaml
from pipeline.errors import DataError
from pipeline.paths import VOCABULARY, shown
from pipeline.site.frame import Page, language_name
from pipeline.text.language import Catalogue, languages
from pipeline.text.messages import SITE

GLOSSARY = VOCABULARY / "glossary.yml"

# The letters of a language where the order of Unicode is not that of its alphabet.
ALPHABETS = {"ky": "абвгдеёжзийклмнңоөпрстуүфхцчшщъыьэюя", "ru": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(_Strict):
    """One text in every language of the project."""

    model_config = ConfigDict(extra="allow", frozen=True)

    @model_validator(mode="after")
    def _in_every_language(self) -> "Words":
        given = self.model_extra or {}
        for language in languages():
            if not isinstance(given.get(language), str) or not given[language].strip():
                raise ValueError(f"there is no text in {language!r}")
        return self

    def of(self, language: str) -> str:
        """The text in a language."""
        return self.model_extra[language]


class Group(Words):
    """A group of terms; `id` is its address on the page."""

    id: str = Field(pattern="^[a-z]+(-[a-z]+)*$")


class Term(Words):
    """A term and what it means.

    Attributes
    ----------
    in_texts
        By language, the words that translations are held to: where a text says one of the English words, its
        translation says one of those of its language. Empty for a term whose English word means many things.
    """

    id: str = Field(pattern="^[a-z]+(-[a-z]+)*$")
    group: str
    means: Words
    in_texts: dict[str, list[str]] = {}


class Glossary(_Strict):
    """`data/vocabulary/glossary.yml`."""

    groups: list[Group]
    terms: list[Term]

    @model_validator(mode="after")
    def _fits_together(self) -> "Glossary":
        """Ids are given once, and every term names a group that there is."""
        for entries in (self.groups, self.terms):
            ids = [entry.id for entry in entries]
            if twice := sorted({i for i in ids if ids.count(i) > 1}):
                raise ValueError(f"the id {twice[0]!r} is given twice")
        for term in self.terms:
            if term.group not in {group.id for group in self.groups}:
                raise ValueError(f"the term {term.id!r} names the group {term.group!r}, which there is not")
        return self


def read_glossary(path: Path = GLOSSARY) -> Glossary:
    """The glossary, typed.

    Raises
    ------
    DataError
        If the file cannot be read, a text is missing in a language, or an id or a group is wrong.
    """
    try:
        return Glossary.model_validate(read_yaml(path))
    except ValidationError as error:
        fields = "\n".join(f"  {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise DataError(f"{shown(path)} is not as pipeline/site/glossary.py describes it:\n{fields}") from error


def alphabetical(text: str, language: str) -> list[tuple[int, str]]:
    """A key that sorts texts as a dictionary of the language does.

    Examples
    --------
    >>> sorted(["өндүрүш", "орун", "оңдоо", "параметр"], key=lambda text: alphabetical(text, "ky"))
    ['оңдоо', 'орун', 'өндүрүш', 'параметр']
    """
    alphabet = ALPHABETS.get(language, "")
    letters = [letter for letter in text.casefold() if letter.isalnum() or letter == " "]
    return [(alphabet.find(letter), letter) for letter in letters]


def glossary_page(language: str, path: Path = GLOSSARY) -> Page:
    """The glossary in a language: its own words first, in its own order."""
    t, glossary = Catalogue(language, SITE), read_glossary(path)
    order = [language, *(other for other in languages() if other != language)]
    groups = [
        {
            "id": group.id,
            "title": group.of(language),
            "terms": [_term(term, order) for term in _sorted(glossary.terms, group.id, language)],
        }
        for group in glossary.groups
    ]
    number = sum(len(group["terms"]) for group in groups)
    return Page(
        name="glossary",
        language=language,
        title=t("Glossary"),
        description=t(
            "Terms with what they mean in these reports: {number}, in {languages}.",
            number=number,
            languages=t.joined(map(language_name, order)),
        ),
        template="glossary.html.j2",
        values={"groups": groups, "order": order, "names": _names(t, order)},
        depth=2,
    )


def _sorted(terms: list[Term], group: str, language: str) -> list[Term]:
    return sorted((t for t in terms if t.group == group), key=lambda term: alphabetical(term.of(language), language))


def _term(term: Term, order: list[str]) -> dict[str, object]:
    language, *others = order
    return {
        "id": term.id,
        "name": term.of(language),
        "others": [{"language": other, "name": term.of(other)} for other in others],
        "means": term.means.of(language),
    }


def _names(t: Catalogue, order: list[str]) -> list[dict[str, object]]:
    """Areas, crops and units of the vocabulary as tables: one row per name, one column per language."""
    levels = {
        "country": t("Countries"),
        "oblast": t("Oblasts"),
        "city": t("Cities"),
        "raion": t("Raions"),
        "joint": t("Areas that sources give jointly"),
    }
    tables = [("areas", levels[level], list(areas(level).entries.values())) for level in AREA_LEVELS]
    tables.append(("crops", t("Crops, crop groups and livestock products"), list(crops().entries.values())))
    tables.append(("units", t("Units"), list(units().entries.values())))
    return [
        {"kind": kind, "title": title, "rows": _rows(entries, order, kind), "heads": list(map(language_name, order))}
        for kind, title, entries in tables
        if entries
    ]


Kind = Literal["areas", "crops", "units"]


def _rows(entries: list[Entry], order: list[str], kind: Kind) -> list[list[str]]:
    """Names in each language; units stay in the order of the vocabulary, which puts like beside like."""
    rows = [[entry.shown_in(language) for language in order] for entry in entries]
    return rows if kind == "units" else sorted(rows, key=lambda row: alphabetical(row[0], order[0]))
