"""Language: one catalogue for every string that a reader sees in a figure, a table or an answer.

The English sentence is the message id (gettext), so code reads as the report does. A translation is a
`pipeline/locale/<language>/messages.po`; names of areas, crops and units come from the vocabulary instead, which
holds them in all languages. A text that lacks its translation is refused, never shown in the wrong language.
"""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from babel import Locale
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from pipeline.errors import ParameterError
from pipeline.vocabulary import areas, crops, units

LOCALE = Path(__file__).parent / "locale"
SOURCE_LANGUAGE = "en"

MINUS = "\u2212"


def languages() -> list[str]:
    """English, and every language that has a catalogue."""
    return [SOURCE_LANGUAGE, *sorted(p.parent.name for p in LOCALE.glob("*/messages.po"))]


@cache
def _translations(language: str) -> dict[str, str]:
    with (LOCALE / language / "messages.po").open("rb") as file:
        return {m.id: m.string for m in read_po(file, locale=language) if m.id and m.string and not m.fuzzy}


class Catalogue:
    """The texts of one language; called with the English message and the values it names.

    Parameters
    ----------
    language
        One of `languages()`.
    translate
        Replaces the look-up; tests use it to see that every shown string passes through the catalogue.

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

    def __init__(self, language: str, translate: Callable[[str], str] | None = None):
        if language not in languages():
            raise ParameterError(f"No catalogue for language {language!r}. Available: {', '.join(languages())}.")
        self.language = language
        self.locale = Locale.parse(language)
        self._translate = translate or (
            lambda message: message if language == SOURCE_LANGUAGE else self._look_up(message)
        )

    def __call__(self, message: str, /, **values: object) -> str:
        text = self._translate(message)
        return text.format(**values) if values else text

    def _look_up(self, message: str) -> str:
        try:
            return _translations(self.language)[message]
        except KeyError:
            raise ParameterError(
                f"No {self.language} translation of {message!r} in {LOCALE.name}/{self.language}/messages.po."
            ) from None

    def number(self, value: float, decimals: int) -> str:
        """A number with a fixed number of decimals, in the manner of the language, with a true minus sign."""
        pattern = "#,##0" + ("." + "0" * decimals if decimals > 0 else "")
        # Rounded as the files are (Python's round), so that a tie reads the same on the page and in its data.
        return format_decimal(round(value, decimals), format=pattern, locale=self.locale).replace("-", MINUS)

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

    def area(self, name: str) -> str:
        """An area as readers of the language know it."""
        for level in ("country", "oblast", "city", "raion", "joint"):
            if name in areas(level):
                return areas(level).entries[name].shown_as[self.language]
        return name

    def crop(self, name: str) -> str:
        """A crop as readers of the language know it."""
        return crops().entries[name].shown_as[self.language]

    def unit(self, name: str) -> str:
        """The symbol of a unit."""
        return units().entries[name].shown_as[self.language]
