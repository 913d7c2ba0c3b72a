"""Language: one catalogue for every string that a reader sees in a figure, a table, a sentence or a page.

The English sentence is the message id (gettext), so code reads as the report does. Translations are
`pipeline/locale/<language>/<domain>.po`: a domain for each notebook, `common` for what all of them share, `site` for
the pages and `claims` for the ledger. Names of areas, crops and units come from the vocabulary, which holds them in
all languages. A text that lacks its translation is shown in English and remembered in `Catalogue.missing`, so that a
student can add a sentence and see it at once; `python -m pipeline messages --check` counts such texts.
How translations are worded, and how they ask for cases and plurals, says `pipeline/locale/<language>/STYLE.md`.

A notebook runs once, in one language; what it shows is said in the others when pages are made.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path

from babel import Locale
from babel.dates import format_date
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from pipeline.data.vocabulary import Entry, areas, crops, units
from pipeline.errors import ParameterError

LOCALE = Path(__file__).parents[1] / "locale"
SOURCE_LANGUAGE = "en"
COMMON = "common"

MINUS = "\u2212"

CASES = ("gen", "dat", "acc", "ins", "loc", "abl")
"""Cases that a translation may ask of a name: `{oblast:loc}`. In Russian `loc` is the prepositional case."""

# Days as tables of the Statistics Committee print them; English names the month, which no reader can take for the day.
_DAY, _ENGLISH_DAY = "dd.MM.y", "d MMM y"


def languages() -> list[str]:
    """English, and every language that has catalogues."""
    return [SOURCE_LANGUAGE, *sorted({p.parent.name for p in LOCALE.glob("*/*.po")})]


@cache
def catalogue_file(language: str, domain: str) -> dict[str, str]:
    """The translated messages of one catalogue file, by message; empty where there is no such file."""
    path = LOCALE / language / f"{domain}.po"
    if not path.is_file():
        return {}
    with path.open("rb") as file:
        return {m.id: m.string for m in read_po(file, locale=language) if m.id and m.string and not m.fuzzy}


@cache
def translations(language: str) -> dict[str, str]:
    """The translated messages of all catalogue files of a language."""
    found: dict[str, str] = {}
    for path in sorted((LOCALE / language).glob("*.po")):
        found = catalogue_file(language, path.stem) | found
    return found


class Name(str):
    """A name of the vocabulary in one language: a text in the nominative that knows its other cases.

    Where the vocabulary lacks a case, the nominative stands; `tests/text/test_cases.py` asks for those that are used.

    Examples
    --------
    >>> "{area} – {area:gen}".format(area=Catalogue("ru").area("Osh"))
    'Ошская область – Ошской области'
    """

    cases: Mapping[str, str]

    def __new__(cls, name: str, cases: Mapping[str, str] | None = None):
        """A name with its cases."""
        made = super().__new__(cls, name)
        made.cases = cases or {}
        return made

    def __format__(self, form: str) -> str:
        case, _, capital = form.partition(" ")
        if case not in CASES or capital not in ("", "capital"):
            return super().__format__(form)
        said = self.cases.get(case, str(self))
        return said[:1].upper() + said[1:] if capital else said


class Catalogue:
    """The texts of one language; called with the English message and the values it names.

    Parameters
    ----------
    language
        One of `languages()`.
    domain
        The catalogue file to look into before all others, a report's name as a rule.
    translate
        Replaces the look-up; tests use it to see that every shown string passes through the catalogue.

    Attributes
    ----------
    missing : set[str]
        Messages that were asked for and have no translation; they were given in English.

    Raises
    ------
    ParameterError
        If there is no catalogue for the language.

    Examples
    --------
    >>> t = Catalogue("en")
    >>> t("{area}: {value} c/ha", area=t.area("Jalal-Abad"), value=t.number(27.65, 1))
    'Jalal-Abad: 27.6 c/ha'
    """

    def __init__(self, language: str, domain: str = COMMON, translate: Callable[[str], str] | None = None):
        if language not in languages():
            raise ParameterError(f"No catalogue for language {language!r}. Available: {', '.join(languages())}.")
        self.language = language
        self.domain = domain
        self.locale = Locale.parse(language)
        self.missing: set[str] = set()
        self._translate = translate or self.look_up

    def __call__(self, message: str, /, **values: object) -> str:
        text = self._translate(message)
        return text.format(**values) if values else text

    def has(self, message: str) -> bool:
        """Whether the message can be said in this language."""
        return self.language == SOURCE_LANGUAGE or message in translations(self.language)

    def look_up(self, message: str) -> str:
        """The translation of a message, or the message itself, which is remembered as missing."""
        if self.language == SOURCE_LANGUAGE:
            return message
        for known in (catalogue_file(self.language, self.domain), translations(self.language)):
            if message in known:
                return known[message]
        self.missing.add(message)
        return message

    def number(self, value: float, decimals: int) -> str:
        """A number with a fixed number of decimals, in the manner of the language, with a true minus sign."""
        pattern = "#,##0" + ("." + "0" * decimals if decimals > 0 else "")
        # Rounded as the files are (Python's round), so that a tie reads the same on the page and in its data.
        # What rounds to nothing has no sign.
        return format_decimal(round(value, decimals) or 0, format=pattern, locale=self.locale).replace("-", MINUS)

    def short(self, value: float) -> str:
        """A number with two significant digits or all its whole ones: what numbers of many sizes are shown with."""
        size = abs(value)
        return self.number(value, 0 if size >= 10 or value == round(value) else 1 if size >= 1 else 2)

    def signed(self, value: float, decimals: int) -> str:
        """A change: with + or a true minus sign; what rounds to nothing has neither."""
        text = self.number(value, decimals)
        nothing = not re.search(r"[1-9]", text)
        return text.lstrip(MINUS) if nothing else text if text.startswith(MINUS) else f"+{text}"

    def printed(self, low: float, high: float, decimals: int) -> str:
        """A figure as a source prints it: "23.7", a range "30–33", or "> 600" where only the lower end is known."""
        first = self.number(low, max(decimals, 0))
        if high != high:
            return f"> {first}"
        return first if high == low else f"{first}\u2013{self.number(high, max(decimals, 0))}"

    def date(self, text: str) -> str:
        """A day written as in ISO 8601 ("2024-08-01") as readers of the language write it; anything else as it is."""
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return text
        form = _ENGLISH_DAY if self.language == SOURCE_LANGUAGE else _DAY
        return format_date(date.fromisoformat(text), form, locale=self.locale)

    def capitalized(self, text: str) -> str:
        """A text with a capital first letter; the others stay. A name keeps its cases."""
        said = text[:1].upper() + text[1:]
        return Name(said, text.cases) if isinstance(text, Name) else said

    def joined(self, texts: Iterable[object], separator: str = ", ") -> str:
        """Several texts as one."""
        return separator.join(map(str, texts))

    def area(self, name: str) -> Name:
        """An area as readers of the language know it."""
        for level in ("country", "oblast", "city", "raion", "joint"):
            if name in areas(level):
                return self._name(areas(level).entries[name])
        return Name(name)

    def crop(self, name: str) -> Name:
        """A crop as readers of the language know it."""
        return self._name(crops().entries[name])

    def _name(self, entry: Entry) -> Name:
        return Name(entry.shown_in(self.language), entry.cases_in(self.language))

    def counted(self, number: float, words: Sequence[str]) -> str:
        """The one of several words that goes with a number, in the order of the language: one, few, many.

        Examples
        --------
        >>> [Catalogue("ru").counted(n, ("год", "года", "лет")) for n in (1, 2, 5, 21, 1.5)]
        ['год', 'года', 'лет', 'год', 'года']
        >>> [Catalogue("en").counted(n, ("year", "years")) for n in (1, 2)]
        ['year', 'years']
        """
        form = self.locale.plural_form(number)
        # Of a broken number Russian says what it says of few: "1,5 года".
        return words[min({"one": 0, "few": 1, "many": 2, "other": 1}[form], len(words) - 1)]

    def unit(self, name: str) -> str:
        """The symbol of a unit."""
        return units().entries[name].shown_in(self.language)


def years_text(years: Sequence[int]) -> str:
    """Years as they are written: "2016–2020" without gaps, otherwise "2021, 2023, 2025".

    Examples
    --------
    >>> years_text([2016, 2017, 2018]), years_text([2021, 2023])
    ('2016–2018', '2021, 2023')
    """
    ordered = sorted(years)
    if len(ordered) > 2 and ordered[-1] - ordered[0] == len(ordered) - 1:
        return f"{ordered[0]}–{ordered[-1]}"
    return ", ".join(map(str, ordered))
