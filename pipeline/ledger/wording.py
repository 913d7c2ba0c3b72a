"""The ledger in the language of its reader: figures, values and findings as text, and all messages to translate.

What people write in `data/ledger.yml` and the statements of `claims.csv` are English messages, looked up like any
other (domain `claims`). What a source prints is quoted and stays as it is: the cell and its unit, and the publisher.
"""

import math
from collections.abc import Iterator
from typing import get_args

from pipeline.data.cards import decimals_of
from pipeline.data.vocabulary import crops, units
from pipeline.errors import UnknownNameError
from pipeline.ledger.formula import Interval
from pipeline.ledger.holdings import Holdings, Reader, Value, load_holdings
from pipeline.ledger.model import ALLOWED_RULES, Authority, Deviation, Ledger, Verdict, read_ledger
from pipeline.ledger.verdicts import Finding, Judgement, Outcome, place_levels
from pipeline.text.language import SOURCE_LANGUAGE, Catalogue

DOMAIN = "claims"

YEAR = "year"  # the unit of a figure that takes no separators

_SIGNIFICANT_DIGITS = 4


def project_messages() -> Iterator[str]:
    """The messages of the project's own ledger, for `python -m pipeline messages`; the data must be there."""
    ledger = read_ledger()
    yield from messages(ledger, load_holdings(ledger.reports))


def messages(ledger: Ledger, holdings: Holdings) -> Iterator[str]:
    """Every English string of the ledger that a reader sees and that is ours, in the order of the ledger.

    Fixed words come first. Names of areas, crops and units of the vocabulary are not among them.
    """
    for words in (Verdict, Outcome, Authority):
        yield from (word.value for word in words)
    yield from dict.fromkeys([*ALLOWED_RULES, *sorted(rule for rules in ALLOWED_RULES.values() for rule in rules)])
    yield from get_args(Deviation)
    yield from (d.what for d in ledger.designs.values())
    yield from (origin.name for origin in ledger.origins)
    for fact in ledger.paper:
        yield from filter(None, (fact.sense, fact.what))
        yield from place_levels(fact.place)
    for assumption in ledger.assumptions:
        yield from (assumption.what, assumption.unit, assumption.reason)
    for claim in holdings.claims.to_dict("records"):
        yield from place_levels(claim["place"])
        yield claim["statement"]
        if claim["unit"] and _known_unit(claim["unit"]) is None:
            yield claim["unit"]
    reader = Reader(ledger, holdings)
    for entry in ledger.claims:
        if entry.rule.kind == "number" and entry.rule.because:
            yield entry.rule.because
        yield from (part.what for part in entry.parts)
        for witness in entry.witnesses:
            yield from witness.deviations.values()
            yield from filter(None, [witness.context])
            for address in witness.addresses.values():
                yield from _value_messages(reader.resolve(address, entry.id))
        yield from (*entry.omits, *filter(None, (entry.covers_only, entry.remark)))
    for item in ledger.inconsistencies:
        yield item.what
        yield from (part for place in item.places for part in place_levels(place))


def _value_messages(value: Value) -> Iterator[str]:
    """Messages that a value brings with it: what a figure is of, and the unit of a result."""
    if value.address.file in ("exposures.csv", "panel.csv"):
        yield from (name for name in _named(value) if name not in crops())
    if value.address.report and _known_unit(value.unit) is None:
        yield value.unit


def _named(value: Value) -> list[str]:
    """What a harmonised figure is of: an indicator, or a crop and a measure."""
    return [name if name in crops() else name.replace("_", " ") for name in value.subject.split("/")]


# In a language ------------------------------------------------------------------------------------------------------


def worded(message: str, t: Catalogue) -> str:
    """A text of the ledger in the reader's language; empty stays empty."""
    return t(message) if message else ""


def place_text(place: str, t: Catalogue) -> str:
    """A place in the paper, each level translated."""
    return " / ".join(worded(part, t) for part in place_levels(place))


def _known_unit(unit: str) -> str | None:
    """The vocabulary's name of a unit, None for one it does not have, such as a rank or a share."""
    try:
        return units().resolve(unit)
    except UnknownNameError:
        return None


def unit_text(unit: str, t: Catalogue) -> str:
    """A unit of the vocabulary by its symbol, one of the paper or of a result in its words."""
    name = _known_unit(unit)
    return worded(unit, t) if name is None else t.unit(name)


def figure_text(interval: Interval, t: Catalogue, unit: str = "") -> str:
    """An interval as a reader sees a figure, to four significant digits; a year without separators.

    Examples
    --------
    >>> t = Catalogue("en")
    >>> figure_text(Interval(5, 8), t), figure_text(Interval(22000, math.inf), t)
    ('5 to 8', 'more than 22,000')
    >>> figure_text(Interval(-math.inf, 1), t), figure_text(Interval.single(2022), t, "year")
    ('less than 1', '2022')
    """

    def end(number: float) -> str:
        if unit == YEAR:
            return f"{number:.0f}"
        decimals = _SIGNIFICANT_DIGITS - 1 - (math.floor(math.log10(abs(number))) if number else 0)
        decimals = max(0, decimals)
        while decimals and round(number, decimals) == round(number, decimals - 1):
            decimals -= 1
        return t.number(number, decimals)

    if interval.high == math.inf:
        return t("more than {figure}", figure=end(interval.low))
    if interval.low == -math.inf:
        return t("less than {figure}", figure=end(interval.high))
    low, high = end(interval.low), end(interval.high)
    return low if low == high else t("{low} to {high}", low=low, high=high)


def claimed_text(judgement: Judgement, t: Catalogue) -> str:
    """The statement's own figure with its unit; empty where it has none."""
    low, high, _ = judgement.figure
    unit = judgement.claim["unit"]
    return "" if math.isnan(low) else _with_unit(figure_text(Interval(low, high), t, unit), unit, t)


def _with_unit(figure: str, unit: str, t: Catalogue) -> str:
    return figure if unit == YEAR else f"{figure} {unit_text(unit, t)}".strip()


def value_text(value: Value, t: Catalogue) -> str:
    """A value with what it is of, in one line."""
    file = value.address.file
    if value.address.report:
        # A scope is written in English; readers of another language get the name under which the value stands.
        said, about = _result_text(value, t), [value.subject if t.language == SOURCE_LANGUAGE else str(value.address)]
        if value.printed is None and said in about[0]:
            return about[0]  # such a scope says itself that there is no value, and why
    elif file in ("exposures.csv", "panel.csv"):
        said = _with_unit(figure_text(value.printed, t), value.unit, t)
        named = [t.crop(name) if name in crops() else worded(name, t) for name in _named(value)]
        about = [*named, t.area(value.location), value.year]
    elif file == "evidence.csv":
        said = f"{value.quoted} {value.unit}".strip() or t("in words")
        about = [value.subject, value.year or t("no year")]
    elif file == "claims.csv":
        said = _with_unit(figure_text(value.printed, t, value.unit), value.unit, t)
        about = [t("statement {claim}", claim=value.subject)]
    elif file == "paper":
        said = worded(value.quoted, t) if value.in_our_words else value.quoted
        about = [worded(value.subject, t), place_text(value.location, t)]
    else:
        said = _with_unit(figure_text(value.printed, t), value.unit, t)
        about = [worded(value.subject, t), t("assumed")]
    return f"{said} ({', '.join(filter(None, about))})"


def _result_text(value: Value, t: Catalogue) -> str:
    """A result: its figure and the symbol of its unit, or, of a rank, a share or a count, what it is and the figure."""
    if value.printed is None:
        return t("not defined")
    number = t.number(value.printed.low, decimals_of(value.quoted))
    if value.unit == YEAR:
        return value.quoted
    return _with_unit(number, value.unit, t) if _known_unit(value.unit) else f"{worded(value.unit, t)}: {number}"


def finding_text(finding: Finding, t: Catalogue) -> str:
    """What was held against a statement: the value, the arithmetic with all its inputs, or what a page says.

    What a page says in words is the note of evidence.csv, quoted as it stands there.
    """
    texts = {name: value_text(value, t) for name, value in finding.values.items()}
    if finding.witness.own:
        own, *others = (figure_text(value.printed, t) for value in finding.values.values())
        compared = t("{own} against {others}", own=own, others=", ".join(others))
        text = f"{compared} [{'; '.join(dict.fromkeys(texts.values()))}]"
    elif finding.witness.formula:
        inputs = "; ".join(f"{name}: {input_text}" for name, input_text in texts.items())
        found = finding.quantity
        quantity = t("not defined") if found is None else _with_unit(figure_text(found, t), finding.unit, t)
        text = f"{quantity} = {finding.witness.formula} [{t('derived; {inputs}', inputs=inputs)}]"
    else:
        note = finding.values[""].note if finding.witness.coded else ""
        text = f"{texts['']}: {note}" if note else texts[""]
    return f"{worded(finding.part, t)}: {text}" if finding.part else text
