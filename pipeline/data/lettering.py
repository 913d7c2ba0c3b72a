"""The words of official tables: alphabets, footnote marks, years, units, marks in place of figures.

Everything here works on one text and says what it did with it, so that a reader of the table can be told.
"""

import re
import unicodedata
from dataclasses import dataclass

from pipeline.errors import DataError

# Fonts of the 1990s drew the Kyrgyz letters at the places of Serbian and Macedonian ones.
OLD_FONT = dict(zip("јЈіІѕЅѓЃ", "өӨүҮңҢңҢ", strict=True))
_OF_NO_TEXT_HERE = "ЂђЉљЊњЋћЌќЏџЄєЇїЎўҐґ"

# Letters that look the same in the Latin and the Cyrillic alphabet; Y stands for Ү where the word is Kyrgyz.
_LATIN, _CYRILLIC = "aceopxyABCEHKMOPTXYijsɵ", "асеорхуАВСЕНКМОРТХУіјѕө"
_TO_CYRILLIC = dict(zip(_LATIN, _CYRILLIC, strict=True))
_TO_LATIN = dict(zip(_CYRILLIC, _LATIN, strict=True)) | {"Ү": "Y"}

_KYRGYZ_LETTERS = re.compile(r"[өүңӨҮҢ]")
_KYRGYZ_WORDS = re.compile(
    r"(?i)(облусу|облустар|шаары|шаарлар|району\b|\bш\.$|\bж\.|\bжана\b|үчүн|боюнча|республикасы\b|буудай|\bарпа\b|"
    r"картошка|жашылча|кебез|тамеки|\bшалы\b|бардыгы|\bжалпы\b|\bмиң\b|эгин|аталыш|кедей|жакырчыл|чарба|\bдан\b|"
    r"\bжыл|\w+(дын|дин|нын|нин|тын|тин|нун|дун|тун|дары|лары|тары|лери|тери|сынын|гы|дагы|деги)\b)"
)
_RUSSIAN_WORDS = re.compile(
    r"(?i)(область|районы?\b|\bг\.|город|республика\b|пшениц|ячмен|кукуруз|картофел|овощ|хлоп|табак|\bрис\b|зернов|"
    r"\bи\b|\bпо\b|\bна\b|\bдля\b|\bв\b|всего|включая|наименование|показател|\w+(ый|ая|ое|ые|ого|ой|ых|ов|ость|ия|ие)\b)"
)

NIL, NOT_AVAILABLE, NOT_MEANT = "nil", "not available", "not applicable"
_MARKS = {
    **dict.fromkeys(("-", "–", "—", "‒", "−"), NIL),
    **dict.fromkeys(("…", "...", "....", "..", "…."), NOT_AVAILABLE),
    **dict.fromkeys(("x", "X", "х", "Х"), NOT_MEANT),
}

_SUPERSCRIPTS = str.maketrans("¹²³⁴⁵⁶⁷⁸⁹⁰", "1234567890")
# Nothing taken is given back (`++`): forty stars before a letter could be shared out among the signs in 2^40 ways.
_ALWAYS_MARKS = re.compile(r"\s*(?P<marks>(?:\*++|[¹²³⁴-⁹⁰]++|\(?\d{1,2}\)(?:\s*,?\s*\d{1,2}\))*+)++)$")
_DIGITS_AT_END = re.compile(
    r"^(?P<rest>.*?[^\W\d_][.)»\"]?|.*?[)»\"])(?P<gap>\s*)(?P<digits>\d{1,2}(?:\s*[,;]\s*\d{1,2})*)$"
)
_DIGITS_WITHIN = re.compile(r"(?<=[^\W\d_])(\d|[¹²³⁴-⁹]|\*+|\d\))(?=\s*\()")
_POWERS = re.compile(r"(?i)(^|[\s./(])(м|m|км|km|см|cm|co|со|pm|no|so|ch)\s?\d$")


def one_line(text: str) -> str:
    """A text in Unicode's composed form without blanks at its ends; breaks and runs of blanks become one blank."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text.replace("\xad", ""))).strip()


def mended(text: str, place: str) -> tuple[str, list[str]]:
    """A text in one alphabet, and sentences on what was mended: a font from before Unicode, look-alike letters.

    Raises
    ------
    DataError
        If the text is in another encoding, or has letters of neither Kyrgyz nor Russian among its Cyrillic ones.

    Examples
    --------
    >>> mended("Кјрсјткічтјрдін аталышы", "A3")[0]
    'Көрсөткүчтөрдүн аталышы'
    >>> mended("Bishkek сity", "C15")
    ('Bishkek city', ["C15: 'Bishkek сity' has the Cyrillic letter с (U+0441) in a Latin word; read as 'Bishkek city'"])
    """
    text, said = one_line(text), []
    if re.search(r"(?:[РС][\u0402-\u040f\u0452-\u045f\u00a0-\u00bf\u2018-\u203a€™†‡‰]){2,}", text) or re.search(
        r"[À-ÿ]{4,}", text
    ):
        raise DataError(
            f"{place}: {text[:60]!r} is Cyrillic read in a wrong encoding. Expected a name in Kyrgyz, Russian or "
            "English; save the file anew as UTF-8."
        )
    out = []
    for word in re.split(r"([^\w]+)", text):
        letters = [c for c in word if c.isalpha()]
        cyrillic = [c for c in letters if "CYRILLIC" in unicodedata.name(c, "")]
        if cyrillic and set(word) & set(_OF_NO_TEXT_HERE):
            wrong = next(c for c in word if c in _OF_NO_TEXT_HERE)
            raise DataError(
                f"{place}: {word!r} in {text[:60]!r} has the letter {wrong} (U+{ord(wrong):04X}) of neither Kyrgyz nor "
                "Russian: probably a Kyrgyz font from before Unicode that is not known here. Expected Unicode; known "
                "are ј=ө, і=ү, ѕ=ң and ѓ=ң. Write the name in Unicode."
            )
        if len(cyrillic) == len(letters) > 1 and set(word) & set(OLD_FONT):
            new = "".join(OLD_FONT.get(c, c) for c in word)
            said.append(f"{place}: {word!r} is in a Kyrgyz font from before Unicode; read as {new!r}")
            word = new
        elif cyrillic and len(cyrillic) < len(letters):
            word = _one_alphabet(word, cyrillic, text)
        out.append(word)
    whole = "".join(out)
    for old, new in _changed_words(text, whole):
        if not any(repr(old) in sentence for sentence in said):
            said.append(_look_alike(place, text, old, new, whole))
    return whole, said


def _changed_words(before: str, after: str) -> list[tuple[str, str]]:
    pairs = zip(re.split(r"([^\w]+)", before), re.split(r"([^\w]+)", after), strict=True)
    return [(old, new) for old, new in pairs if old != new]


def _one_alphabet(word: str, cyrillic: list[str], text: str) -> str:
    """The word in the alphabet that its other letters leave; as it is where both or neither is possible."""
    latin = [c for c in word if c.isalpha() and c not in cyrillic]
    can_be_cyrillic = all(c in _TO_CYRILLIC for c in latin)
    can_be_latin = all(c in _TO_LATIN for c in cyrillic)
    if can_be_cyrillic and can_be_latin:
        of_text = sum("CYRILLIC" in unicodedata.name(c, "") for c in text if c.isalpha())
        can_be_latin = 2 * of_text < sum(c.isalpha() for c in text)
        can_be_cyrillic = not can_be_latin
    if can_be_cyrillic:
        kyrgyz = bool(_KYRGYZ_LETTERS.search(text))
        return "".join("Ү" if c == "Y" and kyrgyz else _TO_CYRILLIC.get(c, c) for c in word)
    return "".join(_TO_LATIN.get(c, c) for c in word) if can_be_latin else word


def _look_alike(place: str, text: str, old: str, new: str, whole: str) -> str:
    letter = next(a for a, b in zip(old, new, strict=True) if a != b)
    own, other = ("Cyrillic", "Latin") if "CYRILLIC" in unicodedata.name(letter) else ("Latin", "Cyrillic")
    article = f"{place}: {text!r} has the {own} letter {letter} (U+{ord(letter):04X}) in a {other} word"
    return f"{article}; read as {whole!r}"


def kyrgyz_score(text: str) -> int:
    """Above 0 for a text that is rather Kyrgyz, below 0 for one that is rather Russian, 0 where nothing tells."""
    return 2 * bool(_KYRGYZ_LETTERS.search(text)) + bool(_KYRGYZ_WORDS.search(text)) - bool(_RUSSIAN_WORDS.search(text))


def is_latin(text: str) -> bool | None:
    """Whether a text is in Latin letters rather than Cyrillic; None for a text without letters."""
    letters = [c for c in text if c.isalpha()]
    if not letters:
        return None
    return 2 * sum("CYRILLIC" in unicodedata.name(c, "") for c in letters) < len(letters)


def language_of(text: str) -> str:
    """The language of a single text, ``en``, ``ky`` or ``ru``; Russian where nothing tells the two apart."""
    if is_latin(text) is not False:
        return "en"
    return "ky" if kyrgyz_score(text) > 0 else "ru"


def marks_taken(text: str, defined: frozenset[str]) -> tuple[str, tuple[str, ...], bool]:
    """A label without its footnote marks, the marks, and whether digits at its end were left on in doubt.

    Stars, superscripts and `1)` are marks always; bare digits at the end are where a footnote of the table begins with
    them. What a name ends with itself (`м2`, `CO2`) is none.

    Examples
    --------
    >>> marks_taken("Коэффициент бедности1", frozenset("1"))
    ('Коэффициент бедности', ('1',), False)
    >>> marks_taken("Minimal salary*", frozenset())
    ('Minimal salary', ('*',), False)
    >>> marks_taken("Жилая площадь, м2", frozenset("2"))
    ('Жилая площадь, м2', (), False)
    >>> marks_taken("Форма 2", frozenset())
    ('Форма 2', (), True)
    """
    marks: list[str] = []

    def within(match: re.Match) -> str:
        mark = match[1].translate(_SUPERSCRIPTS).strip("()")
        if not mark.isdigit() or not match[1].isdigit() or mark in defined:
            marks.append(mark)
            return ""
        return match[1]

    text = _DIGITS_WITHIN.sub(within, text)
    if (match := _ALWAYS_MARKS.search(text)) and match.start() and _balanced(text[: match.start()]):
        marks += re.findall(r"\*+|\d+", match["marks"].translate(_SUPERSCRIPTS))
        text = text[: match.start()].rstrip()
    if _POWERS.search(text) or not (match := _DIGITS_AT_END.match(text)):
        return text, tuple(marks), False
    digits = re.findall(r"\d+", match["digits"])
    if len(digits) == 1 and digits[0] not in defined and not match["gap"]:
        digits = list(digits[0])
    if all(digit in defined for digit in digits):
        return match["rest"].rstrip(), (*marks, *digits), False
    return text, tuple(marks), True


def _balanced(text: str) -> bool:
    """Whether a bracket that closes after this text closes none that was opened in it: `(до 2013)` ends in no mark."""
    return text.count("(") <= text.count(")")


def unnumbered(text: str) -> str:
    """A name without the number that a list gives it.

    Examples
    --------
    >>> unnumbered("1.2. Пшеница"), unnumbered("2) Wheat"), unnumbered("г.Ош")
    ('Пшеница', 'Wheat', 'г.Ош')
    """
    return re.sub(r"^\d{1,2}(\.\d{1,2})*[.)]\s*(?=\D)", "", text)


def footnote_mark(text: str) -> str | None:
    """The mark that a footnote begins with; None for a text that does not begin with one.

    Examples
    --------
    >>> footnote_mark("11996-1999гг. - по расходам"), footnote_mark("2на начало года"), footnote_mark("* at year-end")
    ('1', '2', '*')
    >>> footnote_mark("2019 жылдан баштап"), footnote_mark("Note: …"), footnote_mark("1 2019-жылдан баштап")
    (None, None, '1')
    """
    text = one_line(text).translate(_SUPERSCRIPTS)
    match = (
        re.match(r"(\*+)", text)
        or re.match(r"([1-9])\)? ?(?=(?:19|20)\d\d(?!\d))", text)
        or re.match(r"\(?([1-9]\d?)(?:\)|[ .]|(?=[^\W\d_]))(?!\d)", text)
    )
    return match[1] if match and len(text) > match.end() else None


_NOTES = re.compile(
    r"(?i)\s*(\*|\(?\d{1,2}\)|[¹²³⁴-⁹]|эскерт|примеч|п р и м е ч|notes?\b|булаг|маалымат булагы|источник|source)"
)


def is_note(text: str) -> bool:
    """Whether a line of text is a footnote, a source or a remark by its first word or mark."""
    return bool(_NOTES.match(text)) or footnote_mark(text) is not None


_INTRODUCES = re.compile(
    r"(?i)^(в том числе|из (них|него|нее|неё)|в т\.? ?ч\.?|including|of which|incl\.|анын ичинде|ошондой эле|"
    r"алардын ичинен|мунун ичинде)\b.{0,20}$"
)


def introduces(text: str) -> bool:
    """Whether a line only leads to those below it: `в том числе:`."""
    return bool(_INTRODUCES.match(text.rstrip(": ")))


# --- years ------------------------------------------------------------------------------------------------------------

_YEAR = re.compile(
    r"(?i)(?P<year>(?:19|20)\d\d)\s*[-–]?\s*(?:г(?:од|\.)?|ж(?:ыл(?:ы)?|\.)?|y(?:ear|\.)?)?\.?\s*"
    r"(?P<mark>(?:\*+|[¹²³⁴-⁹]+|\(?\d{1,2}\))(?:\s*,?\s*\d{1,2}\))*)?\s*"
    r"(?P<note>\(?\s*(?:предв|алдын ала|prelim|уточн|такталган|revised|оцен|estim)[\w. ]*\)?)?"
)
_GLUED = re.compile(r"(?P<year>(?:19|20)\d\d)(?P<mark>[1-9])")
_PART = re.compile(
    r"(?i)(квартал|\bкв\b|чейрек|quarter|\bq ?[1-4]\b|[1-4] ?q\b|полугод|жарым ?жыл|half|\bh ?[12]\b|мес\b|месяц|"
    r"\bай(лар)?\b|\bайы|month|янв|фев|мар|апр|\bма[йя]\b|июн|июл|авг|сен|окт|ноя|дек|\bjan|\bfeb|\bmar|\bapr|\bmay\b|\bjun|"
    r"\bjul|\baug|\bsep|\boct|\bnov|\bdec|үчтүн|бештин|\b(I{1,3}|IV)\b|"
    r"на начало|на конец|башына|аягына|as of|\d{1,2}\.\d{1,2}\.)"
)
_PART_ALONE = re.compile(
    r"(?i)^\s*([1-4]|[ivхx]{1,3}|i{1,3}v?|[1-4][- ]?(ый|ой|ий|чи|st|nd|rd|th)?)\s*[-–]?\s*([ivx]{0,4})\s*$"
)
_WHOLE = re.compile(
    r"(?i)^\W*(за |в )?(год(овая|овые)?|жыл(ы|дык|дын ичинде|дык жыйынтык)?|year(ly)?|annual|full year|"
    r"весь год|год в целом|всего|итого|бардыгы|баары|жыйынтыгы|total|all year)( за год)?\W*$"
)


@dataclass(frozen=True)
class Heading:
    """What stands over a column: a year with its footnote marks, or why the column holds no full year."""

    year: int | None = None
    marks: tuple[str, ...] = ()
    other: str = ""
    text: str = ""


def heading(cell: object, defined: frozenset[str]) -> Heading | None:
    """What a cell says as the head of a column; None where it names no year.

    Examples
    --------
    >>> heading(2006.0, frozenset()).year, heading("20061)", frozenset()).marks, heading("2006-жыл", frozenset()).year
    (2006, ('1',), 2006)
    >>> heading("I кв. 2023", frozenset()).other, heading("2006-2010", frozenset()).other
    ('part of a year', 'more than one year')
    """
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        return None
    if not isinstance(cell, str):
        if isinstance(cell, float) and not cell.is_integer():
            return None
        cell = str(int(cell))
        if not re.fullmatch(r"(19|20)\d\d", cell) and not (_GLUED.fullmatch(cell) and cell[4] in defined):
            return None
    text = one_line(cell)
    if match := _YEAR.fullmatch(text):
        marks = re.findall(r"\*+|\d+", (match["mark"] or "").translate(_SUPERSCRIPTS))
        note = [match["note"].strip("() ")] if match["note"] else []
        return Heading(int(match["year"]), (*marks, *note), text=text)
    if (match := _GLUED.fullmatch(text)) and match["mark"] in defined:
        return Heading(int(match["year"]), (match["mark"],), text=text)
    years = re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d{2})", text)
    if not years:
        return None
    if len(text) > 60:
        return None
    if len(years) > 1 or re.search(r"(?:19|20)\d\d\s*[/–-]\s*\d\d\b", text):
        return Heading(other="more than one year", text=text)
    if _PART.search(text) or re.fullmatch(r"(?i)\W*([ivx]+|[1-4])\W+\d{4}\W*\w?\W*|\d{4}\W+([ivx]+|[1-4])\W*", text):
        return Heading(other="part of a year", text=text)
    return None


def below_a_year(text: str) -> str:
    """What a heading below a year says: ``year`` (all of it), ``part`` (a quarter, a half), or ``other``."""
    text = one_line(text)
    if _WHOLE.match(text):
        return "year"
    if _PART_ALONE.match(text) or _PART.search(text):
        return "part"
    return "other"


# --- units ------------------------------------------------------------------------------------------------------------

_UNIT_WORDS = re.compile(
    r"(?ix)^(?:тыс\.?|тысяч\w*|миң|млн\.?|миллион\w*|млрд\.?|миллиард\w*|thous\w*\.?|th\.?|mln\.?|mn\.?|bln\.?|bn\.?|"
    r"million\w*|billion\w*|сом\w*|som\w*|га|гектар\w*|ha|hectares?|т|тонн\w*|t|tons?|tonn?es?|ц|центнер\w*|c|centners?|"
    r"quintals?|кг|килограмм\w*|kg|процент\w*|пайыз\w*|per\s?cent\w*|%|человек\w*|чел\.?|адам\w*|киши\w*|persons?|people|"
    r"голов\w*|баш|heads?|доллар\w*|dollars?|usd|км|km|м2|m2|м3|m3|м²|m²|м³|m³|квт\w*|kwh|единиц\w*|ед\.?|даана|units?|"
    r"штук\w*|шт\.?|pieces?|литр\w*|мм|mm)$"
)
_BETWEEN = re.compile(
    r"(?:в|с|на|за|из|и|a|per|in|of|the|one|1|одного|одном|одной|бир|менен|эсептегенде|год|года|году|жыл|жылына|месяц|"
    r"месяце|месяца|айына|month|year|гектардан|гектарынан|кв|куб)\.?"
)
_SHARE = re.compile(r"(?i)^(в |in |as )?(процент|%|per ?cent|пайыз)")


def unit_in(text: str) -> str:
    """The unit that a label or a title states, in brackets or after its last comma, as printed; "" where there is none.

    Examples
    --------
    >>> unit_in("Gross regional product (GRP) (mln. soms)"), unit_in("Минимальная заработная плата, сомов")
    ('mln. soms', 'сомов')
    >>> unit_in("Коэффициент Джини (по доходам)"), unit_in("(центнеров с гектара)"), unit_in("Урожайность, ц/га")
    ('', 'центнеров с гектара', 'ц/га')
    >>> unit_in("Средний размер пенсии (на конец года, сомов)")
    'сомов'
    """
    text = one_line(text)
    for inner in reversed(re.findall(r"\(([^()]*)\)?", text)):
        for part in (inner, *reversed(inner.split(","))):
            if is_unit(part):
                return part.strip()
    _, comma, end = re.sub(r"\s*\([^()]*\)", "", text).rpartition(",")
    return end.strip() if comma and is_unit(end) else ""


def is_unit(text: str) -> bool:
    """Whether a text is nothing but a unit of measurement, in Kyrgyz, Russian or English."""
    text = one_line(text).strip(" .:;")
    if not text or len(text) > 60:
        return False
    if _SHARE.match(text):
        return True
    words = [word for word in re.split(r"[\s/·]+", text) if word]
    found = [bool(_UNIT_WORDS.match(word)) for word in words]
    return any(found) and all(
        known or _BETWEEN.fullmatch(word.lower()) for known, word in zip(found, words, strict=True)
    )


# --- figures ----------------------------------------------------------------------------------------------------------

_GROUPED = re.compile(r"[-−]?\d{1,3}(?:[ \u00a0\u202f\u2009]\d{3})+(?:[.,]\d+)?|[-−]?\d+(?:[.,]\d+)?")
_MARKED = re.compile(r"^(?P<figure>.*?\d)(?P<marks>\s*\*+|\s*[¹²³⁴-⁹]+|\s+\d{1,2}\))$")


def mark_of(text: str) -> str | None:
    """What a mark in place of a figure means: `NIL`, `NOT_AVAILABLE` or `NOT_MEANT`; None for what is no such mark."""
    return _MARKS.get(text.strip())


def figure_text(text: str, comma: str | None) -> tuple[str, tuple[str, ...]] | None:
    """A figure that is stored as text, with a decimal point, and its footnote marks; None where it is none.

    Parameters
    ----------
    comma
        The decimal sign of the sheet, where other figures show it. A number such as `1,234` is read only with it.

    Examples
    --------
    >>> figure_text("23,70", None), figure_text("1 234,5 1)", ","), figure_text("1,234", None)
    (('23.70', ()), ('1234.5', ('1',)), None)
    """
    text = text.strip()
    marks: tuple[str, ...] = ()
    if match := _MARKED.match(text):
        text = match["figure"].strip()
        marks = tuple(re.findall(r"\*+|\d+", match["marks"].translate(_SUPERSCRIPTS)))
    if not _GROUPED.fullmatch(text):
        return None
    sign = next((c for c in text if c in ".,"), None)
    if sign and in_doubt(text) and sign != comma:
        return None
    digits = re.sub(r"[ \u00a0\u202f\u2009]", "", text).replace("−", "-").replace(",", ".")
    return digits, marks


def in_doubt(text: str) -> bool:
    """Whether the comma or point of a figure may part thousands: one to three digits, the sign, three digits."""
    return bool(re.fullmatch(r"[-−]?[1-9]\d{0,2}[.,]\d{3}", text.strip()))


def decimal_sign(text: str) -> str | None:
    """The decimal sign of a figure in text where it is beyond doubt."""
    text = text.strip()
    return next((c for c in text if c in ".,"), None) if _GROUPED.fullmatch(text) and not in_doubt(text) else None
