"""The ledger in the language of its reader: figures, values and findings as text, and all messages to translate.

What people write in `data/ledger.yml`, in the statements of `claims.csv` and in the cells, units and notes of
`evidence.csv` are English messages, looked up like any other (domain `claims`); so are the scopes of results, with the
report that declares them.
"""

import math
import re
from collections.abc import Iterator, Mapping
from typing import get_args

from babel.dates import get_month_names

from pipeline.data.cards import decimals_of
from pipeline.data.vocabulary import crops, units
from pipeline.ledger.formula import Interval
from pipeline.ledger.holdings import Holdings, Reader, Value, load_holdings
from pipeline.ledger.model import Authority, Deviation, Ledger, Verdict, read_ledger
from pipeline.ledger.verdicts import Finding, Judgement, Outcome, place_levels
from pipeline.text.declarations import declarations
from pipeline.text.documents import English, or_english
from pipeline.text.fill import NOT_DEFINED, retold, said_again
from pipeline.text.language import SOURCE_LANGUAGE, Catalogue
from pipeline.text.publishers import publisher_text

DOMAIN = "claims"

YEAR = "year"  # the unit of a figure that takes no separators

KINDS = {
    "number": "a figure",
    "direction": "a rise or a fall",
    "rank": "a place in an order",
    "existence": "a fact in words",
    "bibliographic": "a reference",
    "causal": "cause and effect",
    "normative": "what ought to be done",
}
"""What a statement says, by the kind of its rule."""

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
    yield from KINDS.values()
    yield from get_args(Deviation)
    yield from (d.what for d in ledger.designs.values())
    yield from (origin.name for origin in ledger.origins)
    for fact in ledger.paper:
        yield from filter(None, (fact.sense, fact.what))
        yield from place_levels(fact.place)
    for assumption in ledger.assumptions:
        yield from (assumption.what, assumption.unit, assumption.reason)
    for item in ledger.key:
        yield from (item.found, item.why)
    for claim in holdings.claims.to_dict("records"):
        yield from place_levels(claim["place"])
        yield claim["statement"]
        if claim["unit"] and units().find(claim["unit"]) is None:
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
                value = reader.resolve(address, entry.id)
                yield from _value_messages(value)
                if witness.coded and value.note:
                    yield value.note
        yield from (*entry.omits, *filter(None, (entry.covers_only, entry.remark)))
    for item in ledger.inconsistencies:
        yield item.what
        yield from (part for place in item.places for part in place_levels(place))


def _value_messages(value: Value) -> Iterator[str]:
    """Messages that a value brings with it: what a figure is of, its unit, and words in a cell of evidence."""
    if value.address.file in ("exposures.csv", "panel.csv"):
        yield from (name for name in _named(value) if name not in crops())
    if value.address.report and units().find(value.unit) is None:
        yield value.unit
    if value.address.file == "evidence.csv":
        yield from (text for text in (value.quoted, value.unit) if _has_words(text))


def _has_words(text: str) -> bool:
    """Whether a cell of evidence says something in words, beside numbers, symbols and a DOI."""
    return re.search("[A-Za-z]{2}", text) is not None and not text.startswith("10.") and units().find(text) is None


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


def unit_text(unit: str, t: Catalogue) -> str:
    """A unit of the vocabulary by its symbol, one of the paper or of a result in its words."""
    name = units().find(unit)
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
    return "" if math.isnan(low) else with_unit(figure_text(Interval(low, high), t, unit), unit, t)


def with_unit(figure: str, unit: str, t: Catalogue) -> str:
    """A figure with the symbol or the words of its unit."""
    return figure if unit == YEAR else f"{figure} {unit_text(unit, t)}".strip()


def value_text(value: Value, t: Catalogue) -> str:
    """A value with what it is of, in one line; what a result is of, its finding says."""
    file = value.address.file
    if value.address.report:
        return _result_text(value, t)
    if file in ("exposures.csv", "panel.csv"):
        said = with_unit(figure_text(value.printed, t), value.unit, t)
        named = [t.crop(name) if name in crops() else worded(name, t) for name in _named(value)]
        about = [*named, t.area(value.location), value.year]
    elif file == "evidence.csv":
        said = f"{_cell_text(value.quoted, t)} {unit_text(value.unit, t)}".strip()
        about = [publisher_text(value.subject, t), period_text(value.year, t) or t("no year")]
        if not said:
            return ", ".join(about)  # a page that says it in words, which the note beside it gives
    elif file == "claims.csv":
        said = with_unit(figure_text(value.printed, t, value.unit), value.unit, t)
        about = [t("statement {claim}", claim=value.subject)]
    elif file == "paper":
        said = worded(value.quoted, t) if value.in_our_words else value.quoted
        about = [worded(value.subject, t), place_text(value.location, t)]
    else:
        said = with_unit(figure_text(value.printed, t), value.unit, t)
        about = [worded(value.subject, t), t("assumed")]
    return f"{said} ({', '.join(filter(None, about))})"


def period_text(period: str, t: Catalogue) -> str:
    """The year of a page; months of a year ("Jan-Aug 2023") as readers of the language write them."""
    months = re.fullmatch(r"([A-Z][a-z]{2})-([A-Z][a-z]{2}) (\d{4})", period)
    if not months or t.language == SOURCE_LANGUAGE:
        return period
    names = get_month_names("wide", "stand-alone", t.locale)
    short = list(get_month_names("abbreviated", "format", SOURCE_LANGUAGE).values())
    first, last = (names[short.index(month) + 1].lower() for month in months.group(1, 2))
    return f"{first}\u2013{last} {months[3]}"


def _cell_text(cell: str, t: Catalogue) -> str:
    """A cell of evidence: a number as the language writes it, words in the reader's words."""
    if re.fullmatch(r"-?\d+(?:\.\d+)?", cell):
        return t.number(float(cell), decimals_of(cell))
    if _has_words(cell):
        return worded(cell, t)
    # Not within a DOI, which is no number.
    return re.sub(r"(?<![\w./])\d+\.\d+(?![\w./])", lambda m: t.number(float(m[0]), decimals_of(m[0])), cell)


def _result_text(value: Value, t: Catalogue, *, said_what: bool = False) -> str:
    """A result: its figure and the symbol of its unit; of a rank, a share or a count also what it is, unless said."""
    if value.printed is None:
        return t("not defined")
    number = t.number(value.printed.low, decimals_of(value.quoted))
    if value.unit == YEAR:
        return value.quoted
    if units().find(value.unit):
        return with_unit(number, value.unit, t)
    return number if said_what else f"{worded(value.unit, t)}: {number}"


def finding_text(finding: Finding, t: Catalogue) -> str:
    """What was held against a statement: the value, or the arithmetic with all its inputs."""
    texts = {name: value_text(value, t) for name, value in finding.values.items()}
    if finding.witness.own:
        own, *others = (figure_text(value.printed, t) for value in finding.values.values())
        compared = t("{own} against {others}", own=own, others=", ".join(others))
        text = f"{compared} [{'; '.join(dict.fromkeys(texts.values()))}]"
    elif finding.witness.formula:
        inputs = "; ".join(dict.fromkeys(texts.values()))
        quantity = quantity_text(finding, t) or t("not defined")
        said = formula_text(finding.witness.formula, finding.values, t)
        text = f"{quantity} = {said} [{t('derived; {inputs}', inputs=inputs)}]"
    elif finding.context and finding.values[""].address.report:
        text = _result_text(finding.values[""], t, said_what=True)
    else:
        text = texts[""]
    return f"{worded(finding.part, t)}: {text}" if finding.part else text


def quantity_text(finding: Finding, t: Catalogue) -> str:
    """What the values of a finding come to, with the unit; empty where they are no figure."""
    if finding.quantity is None:
        return ""
    units_of = {value.unit for value in finding.values.values()}
    difference = finding.witness.formula and not re.search("[*/]", finding.witness.formula)
    unit = finding.unit or (units_of.pop() if difference and len(units_of) == 1 else "")
    return with_unit(figure_text(finding.quantity, t, unit), unit, t)


_TERM = re.compile(r"(?P<name>[A-Za-z_]\w*)|(?P<number>\d+(?:\.\d+)?)|(?P<sign>[-*])")
_SIGNS = {"-": "\u2212", "*": "\u00d7"}


def formula_text(formula: str, values: Mapping[str, Value], t: Catalogue) -> str:
    """A formula with its figures in place of the names that the ledger gives them."""

    def term(match: re.Match) -> str:
        if name := match["name"]:
            figure = figure_text(values[name].printed, t)
            return f"({figure})" if " " in figure else figure
        number = match["number"]
        return t.number(float(number), decimals_of(number)) if number else _SIGNS[match["sign"]]

    return _TERM.sub(term, formula)


def note_text(finding: Finding, t: Catalogue) -> str:
    """What is remarked on the source of a finding: the note of evidence.csv, or what a result is of.

    A result whose finding says in words what it shows needs no more, unless it is not defined: then its scope says why.
    """
    value = finding.values.get("")
    if value is None:
        return ""
    if finding.witness.coded:
        return or_english(value.note, t)
    unsaid = value.printed is None or not finding.context
    return scope_text(value, t) if value.address.report and unsaid else ""


def scope_text(value: Value, t: Catalogue) -> str:
    """What a result is of, and why it is not defined, in the reader's language; in English where one is not known."""
    if t.language == SOURCE_LANGUAGE:
        return value.subject
    of, not_defined, why = value.subject.partition(NOT_DEFINED)
    report = declarations().get(value.address.report)
    declared = report and value.address.key in report.results
    told = retold(of, value.address.key, report, t) if declared else None
    again = said_again(why, t) if why else ""
    if told is None or again is None:
        return English(value.subject)
    return f"{told}; {t('not defined')}: {again}" if not_defined else told
