"""The one way to fill a number into a text, and to say a sentence only where it holds.

A message names values in braces: `{change}`; `{change:+}` with its sign; `{change:.2}` or `{change:+.2}` with so many
decimals; `{why_not:why}` the reason for which a value is not defined; `{crop:capital}` with a capital letter. A page
that quotes several reports writes `{yield_change.change:+}`. Numbers are never typed into a sentence.

A translation may ask more than the English message does, by the same names: a name of the vocabulary in a case,
`{oblast:loc}` or `{crop:gen capital}` (`language.CASES`), and the word that goes with a number, one for each plural
form of the language, `{years} {years:год|года|лет}`.

A `%%say` cell of a notebook, or an alternative text, holds paragraphs of Markdown, each a message. One that begins
with `[if condition]` is said only where the condition holds, one that begins with `[else]` where the `[if]` before it
did not. A condition is a Jinja expression over the names of values: `[if change > 0 and not drifts]`; `none` is a
value that is not defined.
"""

import difflib
import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from pipeline.data.vocabulary import AREA_LEVELS, areas, crops
from pipeline.errors import DeclarationError
from pipeline.text.declarations import Declaration
from pipeline.text.language import CASES, MINUS, Catalogue, catalogue_file, years_text
from pipeline.text.markdown import paragraphs
from pipeline.text.publishers import publisher_text

MISSING = "\u2013"
NOT_DEFINED = "; not defined: "
"""What stands in the scope of a value that cannot be computed, before the reason."""

_FORM = re.compile(r"(\+?)(?:\.(\d+))?")
_CASE = re.compile(rf"(?:{'|'.join(CASES)})(?: capital)?")


@dataclass(frozen=True)
class Value:
    """A value that a text may name.

    Attributes
    ----------
    value
        A number, a text, or a list of years or messages; None where it is not defined.
    kind
        `number`; `area`, `crop` (one or more names of the vocabulary, separated by ", "), `unit` (a name of the
        vocabulary), `publisher`, `year`, `years`, `text`, `word` (a message), `words` (a list of messages).
    decimals
        Of a number; None for a whole one.
    why
        Why it is not defined.
    word
        Of a `word`: the message, where the value is a code that stands for it.
    """

    value: object
    kind: str = "number"
    decimals: int | None = None
    why: str = ""
    word: str = ""

    def shown(self, t: Catalogue, form: str = "") -> str:
        """The value in the language of the catalogue.

        Raises
        ------
        DeclarationError
            If the form after the colon is none of those that there are.

        Examples
        --------
        >>> t = Catalogue("ru")
        >>> Value(1.54, decimals=1).shown(t, "+"), Value(1056).shown(t), Value("Osh", "area").shown(t)
        ('+1,5', '1\\xa0056', 'Ошская область')
        """
        if form == "why":
            return said_again(self.why, t) or t(self.why) if self.why else ""
        if form == "capital":
            return t.capitalized(self.shown(t))
        if "|" in form and not isinstance(self.value, str | list):
            return t.counted(self.value, form.split("|")) if self.value is not None else form.split("|")[-1]
        match, case = _FORM.fullmatch(form), _CASE.fullmatch(form)
        if not match and not (case and self.kind in ("area", "crop")):
            raise DeclarationError(
                f"{{…:{form}}}: after the colon stand +, .2, +.2, why or capital; of a name also {', '.join(CASES)} or "
                "gen capital; of a number also the words that go with it, one|few|many."
            )
        if self.value is None:
            return MISSING
        if self.kind in ("area", "crop"):
            name = t.area if self.kind == "area" else t.crop
            names = [name(part) for part in str(self.value).split(", ")]
            return names[0] if len(names) == 1 and not form else ", ".join(format(each, form) for each in names)
        if self.kind == "unit":
            return t.unit(str(self.value))
        if self.kind == "publisher":
            return publisher_text(str(self.value), t)
        if self.kind == "years":
            if isinstance(self.value, float):  # a span of years, not the name of one
                return t.number(self.value, self.decimals or 0)
            return years_text(self.value) if isinstance(self.value, list) else str(self.value)
        if self.kind == "word":
            message = self.word or str(self.value)
            return t(message)
        if self.kind == "words":
            return t.joined([t(message) for message in self.value], "; ")
        if self.kind != "number" or isinstance(self.value, str):
            return str(self.value)
        decimals = int(match[2]) if match[2] else self.decimals or 0
        return t.signed(self.value, decimals) if match[1] else t.number(self.value, decimals)


KIND_OF_UNIT = {
    "year": "year",
    "years": "years",
    "area": "area",
    "areas": "area",
    "crop": "crop",
    "crops": "crop",
    "word": "word",
    "words": "words",
    "text": "text",
}
"""Units of results whose value is no number; every other unit is one of a number, or of a text left as it is."""


def values_of(
    declared: Declaration, parameters: Mapping[str, object], results: Mapping[str, Mapping]
) -> dict[str, Value]:
    """What the texts of a report may name: its parameters and its results.

    Parameters
    ----------
    declared
        The report's declaration, which knows kinds and decimals.
    parameters
        The parameters of the run, by name.
    results
        The results as `results.json` has them: name -> `value`, `unit`, `scope`.
    """
    kinds = {"oblast": "area", "crop": "crop", "year_before": "year", "year_after": "year", "language": "text"}
    kinds |= {
        n: {"year": "year", "years": "years", "choice": "word"}.get(p.type, "number")
        for n, p in declared.parameters.items()
    }
    words = {name: declared.words.get(value, "") for name, value in parameters.items() if kinds.get(name) == "word"}
    found = {n: Value(value, kinds.get(n, "number"), word=words.get(n, "")) for n, value in parameters.items()}
    for name, result in results.items():
        declaration = declared.results.get(name)
        unit, (_, _, why) = result["unit"], result["scope"].partition(NOT_DEFINED)
        kind = KIND_OF_UNIT.get(unit, "number")
        if kind in ("area", "crop") and isinstance(result["value"], int | float):
            kind = "number"  # so many crops
        word = declared.words.get(result["value"], "") if kind == "word" else ""
        found[name] = Value(result["value"], kind, declaration.decimals if declaration else None, why, word)
    return found


_PLACEHOLDER = re.compile(r"\{(\w+(?:\.\w+)?)(?::([^{}]*))?\}")


def fill(message: str, values: Mapping[str, Value], t: Catalogue, *, escape: bool = False) -> str:
    """A message in the language of the catalogue, with its values filled in.

    Parameters
    ----------
    escape
        Escape what is filled in, where the text becomes Markdown or HTML: text of data is never markup.

    Raises
    ------
    DeclarationError
        If the message names what is no value.
    """
    return substituted(t.look_up(message), values, t, escape=escape)


def substituted(
    text: str, values: Mapping[str, Value], t: Catalogue, *, escape: bool = False, qualified: bool = False
) -> str:
    """A text that is in the language already, with its values filled in; see `fill`.

    Parameters
    ----------
    qualified
        Only names with a point are names of values, `{power.mde}`; other braces stay as they are.
    """

    def value(match: re.Match) -> str:
        name, form = match[1], match[2] or ""
        if qualified and "." not in name:
            return match[0]
        if name not in values:
            near = difflib.get_close_matches(name, values, 3) or sorted(values)
            raise DeclarationError(
                f"{match[0]} in {text[:60]!r}… is no parameter and no result. Perhaps: {', '.join(near[:12])}."
            )
        shown = values[name].shown(t, form)
        return html.escape(shown) if escape else shown

    return _PLACEHOLDER.sub(value, text)


# With a thousands separator or decimals; a year and a count below a thousand are the same in every language.
_ENGLISH_NUMBER = re.compile(
    rf"[{MINUS}+]?(?:\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+\.\d+)"
)  # not a year, nor a count to 999


def retold(said: str, result: str, declared: Declaration, t: Catalogue) -> str | None:
    """The scope of a result in the language of the catalogue.

    A scope is written into `results.json` in English. Its values are read back from there, so that a page needs
    nothing but the results to say it in another language.

    Parameters
    ----------
    said
        The English scope with its values.
    result
        The result's name in its declaration.

    Returns
    -------
    str or None
        None where it was said with another scope than the declared one, or that one is not translated.
    """
    message = declared.scope(result)
    texts = _matched(said, message) if _is_said(declared, result, t) else None
    if texts is None:
        return None
    kinds = {name: KIND_OF_UNIT.get(result.unit, "") for name, result in declared.results.items()}
    kinds |= {"oblast": "area", "crop": "crop"}
    values = {}
    for name, text in texts.items():
        if _ENGLISH_NUMBER.fullmatch(text):
            number = text.replace(",", "").replace(MINUS, "-")
            values[name] = Value(float(number), decimals=len(number.partition(".")[2]))
        elif kinds.get(name) in ("area", "crop"):
            values[name] = Value(text, kinds[name])
        else:
            values[name] = Value(t.look_up(text) if t.has(text) else text, "text")
    return substituted(declared.scope(result, t.look_up), values, t)


def _is_said(declared: Declaration, result: str, t: Catalogue) -> bool:
    """Whether the scope of a result and every fragment in it can be said in the language."""
    needed, at = [declared.results[result].scope], 0
    while at < len(needed):
        needed += [declared.scopes[name] for name, _ in _PLACEHOLDER.findall(needed[at]) if name in declared.scopes]
        at += 1
    return all(map(t.has, needed))


def _matched(said: str, message: str) -> dict[str, str] | None:
    """What stands in an English sentence for the values of the message; None where it was not said with it."""
    parts = _PLACEHOLDER.split(message)  # text, name, form, text, ...
    pattern, named = re.escape(parts[0]), set()
    for name, after in zip(parts[1::3], parts[3::3], strict=True):
        pattern += (f"(?P={name})" if name in named else f"(?P<{name}>.+?)") + re.escape(after)
        named.add(name)
    match = re.fullmatch(pattern, said)
    return match and match.groupdict()


REASONS = "reasons"
"""The domain of reasons that carry values: those of `reason(...)`, and of refusals that give their values by name."""


def reason(message: str, /, **values: object) -> str:
    """Why a value is not defined, in English, with its values filled in."""
    return message.format(**values)


def said_again(why: str, t: Catalogue) -> str | None:
    """A reason for which a value is not defined, in the language of the catalogue.

    It is written into `results.json` in English, as a method refused or as `reason` says it; its values are read back.

    Returns
    -------
    str or None
        None where it was said with no message that is translated.

    Examples
    --------
    >>> said_again("the series ends with 2024", Catalogue("ru"))
    'ряд заканчивается 2024 годом'
    """
    if t.has(why):
        return t.look_up(why)
    for message in catalogue_file(t.language, REASONS):
        texts = _matched(why, message)
        # Only what is called a reason may be a sentence of its own; a year, a count or a name is none.
        if texts is not None and not any(re.search("[:;]", text) for name, text in texts.items() if name != "reason"):
            return fill(message, {name: _of_reason(text, t) for name, text in texts.items()}, t)
    return None


def _of_reason(text: str, t: Catalogue) -> Value:
    """What a reason names: a year or a count, areas, a crop, another reason, or a text that stays as it is."""
    if re.fullmatch(r"\d+", text):
        return Value(int(text), "year")  # without a separator, and the words of its plural go with it
    if all(any(name in areas(level) for level in AREA_LEVELS) for name in text.split(", ")):
        return Value(text, "area")
    if text in crops():
        return Value(text, "crop")
    return Value(said_again(text, t) or text, "text")


def is_defined(message: str, values: Mapping[str, Value]) -> bool:
    """Whether every value that a message names is known and defined."""
    return all(name in values and values[name].value is not None for name, _ in _PLACEHOLDER.findall(message))


def described(text: str, values: Mapping[str, Value], t: Catalogue) -> str:
    """An alternative text on one line: its paragraphs that hold, as of a `%%say` cell.

    Raises
    ------
    DeclarationError
        As `say`.
    """
    return " ".join(paragraph for paragraph, _ in say(text, values, t, escape=False))


def say(cell: str, values: Mapping[str, Value], t: Catalogue, *, escape: bool = True) -> Iterator[tuple[str, bool]]:
    """The paragraphs of a `%%say` cell that hold, as Markdown, each with whether it is in the catalogue's language.

    Parameters
    ----------
    escape
        As for `fill`.

    Raises
    ------
    DeclarationError
        If a condition or a sentence names what is no value, or a condition cannot be read.
    """
    held = None
    for paragraph in paragraphs(cell):
        if paragraph.condition == "else":
            if held is None:
                raise DeclarationError("A paragraph begins with [else], but none with [if …] stands before it.")
            wanted = not held
        elif paragraph.condition:
            wanted = held = holds(paragraph.condition, values)
        else:
            wanted, held = True, None
        if wanted:
            lines = [mark + fill(message, values, t, escape=escape) for mark, message in paragraph.blocks]
            yield "\n".join(lines), all(t.has(message) for _, message in paragraph.blocks)


_CONDITIONS = SandboxedEnvironment(undefined=StrictUndefined)
_CONDITIONS.globals.clear()


def holds(condition: str, values: Mapping[str, Value]) -> bool:
    """Whether a condition holds.

    Raises
    ------
    DeclarationError
        If it cannot be read, names what is no value, or compares with one that is not defined.

    Examples
    --------
    >>> holds("change > 0 and place is not none", {"change": Value(1.5), "place": Value(None)})
    False
    """
    known: dict[str, object] = {}
    for name, value in values.items():
        report, point, own = name.partition(".")
        if point:
            known.setdefault(report, {})[own] = value.value
        else:
            known[name] = value.value
    try:
        expression = _CONDITIONS.compile_expression(condition, undefined_to_none=False)
        return bool(expression(**known))
    except (TemplateError, TypeError) as error:
        raise DeclarationError(
            f"The condition [if {condition}] cannot be told: {error}. It may name parameters and results, and asks "
            "`name is not none` first where a value may be not defined."
        ) from error
