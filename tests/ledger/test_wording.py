"""Words for readers: nothing of ours is shown that a translator has not seen, and what is quoted stays."""

import inspect
import math
import re
import string
from dataclasses import replace
from functools import cache
from typing import get_args

import pytest

from pipeline.data.vocabulary import units
from pipeline.ledger import reasons, view, wording
from pipeline.ledger.formula import Interval
from pipeline.ledger.holdings import load_holdings
from pipeline.ledger.model import Rule, read_ledger
from pipeline.ledger.verdicts import judge
from pipeline.ledger.view import TEMPLATE, replication_markdown
from pipeline.ledger.wording import figure_text, messages, period_text, place_text, unit_text
from pipeline.text import messages as extraction
from pipeline.text.language import Catalogue, languages
from pipeline.text.publishers import INSTITUTIONS
from tests.ledger.small_paper import NUMBER, THERE, entry, holdings, ledger_of, replication_of

ENGLISH = Catalogue("en", "claims")


def test_every_kind_of_rule_has_words_and_no_other():
    kinds = [get_args(rule.model_fields["kind"].annotation)[0] for rule in get_args(get_args(Rule)[0])]
    assert sorted(wording.KINDS) == sorted(kinds)


@cache
def literals() -> set[str]:
    """Messages that stand in the code of the ledger and in its template."""
    code = {
        m for module in (wording, reasons, view) for m in extraction.in_code(inspect.getsource(module), module.__name__)
    }
    return code | set(extraction.in_template(TEMPLATE))


@pytest.mark.parametrize(
    ("ends", "unit", "expected"),
    [
        ((142, 143), "", "142 to 143"),
        ((44.6, 44.6), "", "44.6"),
        ((2.45875, 3.934), "", "2.459 to 3.934"),
        ((22000, math.inf), "", "more than 22,000"),
        ((-math.inf, 1), "", "less than 1"),
        ((-14.6, -14.6), "", "−14.6"),
        ((0, 0), "", "0"),
        ((0.17, 0.17), "", "0.17"),
        ((2001, 2001), "year", "2001"),
        ((1963640.5, 1963640.5), "", "1,963,640"),
    ],
)
def test_a_figure_has_four_significant_digits_and_a_year_no_separator(ends, unit, expected):
    assert figure_text(Interval(*ends), ENGLISH, unit) == expected


def test_a_place_and_a_unit_are_translated_in_their_parts():
    marked = Catalogue("en", "claims", translate=lambda message: f"«{message}»")
    assert place_text("Table 2 / renewable energy", marked) == "«Table 2» / «renewable energy»"
    assert unit_text("percent", marked) == "%"  # of the vocabulary, which has its own translations
    assert unit_text("% of grant applications", marked) == "«% of grant applications»"
    assert unit_text("", marked) == ""
    assert unit_text("c/ha", marked) == "c/ha"  # a spelling of the vocabulary


@pytest.mark.parametrize(
    ("language", "months"), [("en", "Jan-Aug 2023"), ("ky", "январь–август 2023"), ("ru", "январь–август 2023")]
)
def test_months_of_a_year_are_in_the_language_of_the_reader(language: str, months: str):
    t = Catalogue(language, "claims")
    assert [period_text(period, t) for period in ("Jan-Aug 2023", "2023", "")] == [months, "2023", ""]


def test_a_quotation_of_the_paper_is_not_translated_and_our_rendering_of_it_is():
    paper = [
        {"id": "q", "quote": "as printed", "what": "one", "place": "text"},
        {"id": "s", "sense": "in our words", "what": "other", "place": "text"},
    ]
    item = {"id": "i", "what": "they differ", "places": ["text"], "differ": ["paper#q", "paper#s"]}
    made = replication_of(paper=paper, inconsistencies=[item])
    marked = Catalogue("en", "claims", translate=lambda message: f"«{message}»")
    row = next(line for line in replication_markdown(made, marked).splitlines() if line.startswith("| i |"))
    assert row == "| i | «they differ» | «text» |  | as printed («one», «text») | «in our words» («other», «text») |"
    assert "as printed" not in set(messages(ledger_of(paper=paper), holdings()))


def asked_for(replication) -> tuple[set[str], str]:
    """Every message that the report asks the catalogue for, and the report with all of them blotted out."""
    asked: set[str] = set()

    def blot(message: str) -> str:
        asked.add(message)
        return "§" + "".join(f"{{{name}}}" for name in _names(message))

    return asked, replication_markdown(replication, Catalogue("en", "claims", translate=blot))


def _names(message: str) -> list[str]:
    return [name for _, name, _, _ in string.Formatter().parse(message) if name] if message in literals() else []


@pytest.fixture(scope="module")
def real(built):
    ledger = read_ledger()
    return judge(ledger, load_holdings(ledger.reports, built.interim, built.exposures, built.panel))


def test_every_text_of_the_report_is_known_to_the_translators(real):
    asked, _ = asked_for(real)
    known = literals() | set(messages(real.ledger, real.holdings)) | set(INSTITUTIONS)
    assert sorted(asked - known) == []


def test_no_text_of_the_ledger_reaches_a_reader_untranslated(real):
    """With every message blotted out, no sentence that we wrote is left in the report."""
    _, report = asked_for(real)
    evidence = real.holdings.evidence[["publisher", "value", "unit", "note"]]
    quoted = "\n".join(evidence.to_numpy().ravel())  # some of it is worded like ours
    ours = {m for m in messages(real.ledger, real.holdings) if len(m.split()) > 3 and m not in quoted}
    left = [message for message in ours if message in report]
    assert len(ours) > 200 and left == []


def test_a_result_says_in_words_what_it_shows_and_never_where_it_stands(real):
    """Names of results and of inputs are code: a reader gets the words of the ledger and the figures."""
    shown = real.judgements["G12"].findings[0]
    assert str(shown.values[""].address) == "circular#national_over_municipal"
    for language in languages():
        t = Catalogue(language, "claims")
        said = [
            f"{wording.finding_text(f, t)} {wording.note_text(f, t)}"
            for j in real.judgements.values()
            for f in j.findings
        ]
        assert [text for text in said if re.search(r"[a-z]#|[a-z]_[a-z]|\.json#|\bev\d", text)] == []
    assert wording.finding_text(shown, ENGLISH) == f"{shown.quantity.low:g}"


def test_a_formula_shows_its_figures_in_place_of_names(real):
    found = real.judgements["E03"].findings[0]
    assert found.witness.formula == "100 * hydro / (1000 * potential)"
    assert wording.finding_text(found, ENGLISH).startswith("8.413 to 8.472 % = 100 × 12,031 / (1,000 × (142 to 143)) [")
    rise = real.judgements["M03"].findings[0]
    assert wording.finding_text(rise, ENGLISH).startswith("4 c/ha = 27.7 − 23.7 [")


def test_the_scope_of_a_result_is_said_in_the_language_of_its_reader(real):
    """It is written in English into `results.json`."""
    value = real.judgements["G12"].findings[0].values[""]
    assert wording.scope_text(value, ENGLISH) == value.subject
    for language in ("ky", "ru"):
        said = wording.scope_text(value, Catalogue(language, "claims"))
        assert "Кыргызстан" in said and "#" not in said and value.subject not in said


def test_a_scope_that_nobody_translated_is_marked_as_english(real, monkeypatch):
    value = real.judgements["G12"].findings[0].values[""]
    monkeypatch.setattr(Catalogue, "has", lambda t, message: False)
    said = wording.scope_text(value, Catalogue("ru", "claims"))
    assert said == value.subject and 'lang="en"' in said.__html__()


def test_a_result_that_no_declaration_knows_keeps_its_scope_in_english(real):
    """One that was withdrawn since."""
    value = real.judgements["G12"].findings[0].values[""]
    gone = replace(value, address=value.address.model_copy(update={"key": "withdrawn"}))
    said = wording.scope_text(gone, Catalogue("ru", "claims"))
    assert said == value.subject and 'lang="en"' in said.__html__()


def test_only_a_difference_has_the_unit_of_what_it_is_made_from(real):
    """Growth in per cent of figures in tonnes is not in tonnes."""
    growth = next(f for f in real.judgements["T2-08"].findings if f.witness.formula == "100 * (after / before - 1)")
    assert {value.unit for value in growth.values.values()} == {"t"} and not growth.unit
    assert wording.quantity_text(growth, ENGLISH) == figure_text(growth.quantity, ENGLISH)
    rise = real.judgements["M03"].findings[0]
    assert not rise.unit and wording.quantity_text(rise, ENGLISH) == "4 c/ha"


def test_units_of_the_vocabulary_and_empty_ones_are_no_messages(real):
    found = list(messages(real.ledger, real.holdings))
    assert "" not in found and [m for m in found if units().find(m) is not None] == []


def test_messages_cover_all_that_people_write_in_an_entry():
    rule = {**NUMBER, "tolerance": 5, "because": "a round number"}
    part = {"what": "a part", "rule": THERE, "against": [{"value": "other#change", "context": "a context"}]}
    witness = {"value": "exposures.csv#nsc/a/2023", "deviations": {"area": "another area"}}
    full = entry(
        "N1", rule, against=[witness], parts=[part], covers_only="a part of it", omits=["the year"], remark="Hm"
    )
    found = set(messages(ledger_of(full), holdings()))
    assert {"a round number", "a part", "a context", "another area", "a part of it", "the year", "Hm"} <= found
    assert {"share of all", "Office", "two years", "a factor", "a test", "says N1", "part N"} <= found
    assert {"not supported", "agrees in part", "self-description", "cause and effect", "definition"} <= found
    assert "in words" in found and "page" not in found  # our words in a cell; the name of a publisher


def test_no_message_is_empty_or_no_text():
    assert all(isinstance(m, str) and m.strip() for m in messages(ledger_of(), holdings()))


def test_the_extractor_takes_them_up(real):
    """`python -m pipeline messages` finds what stands in the ledger's code and in its data, in the domain `claims`."""
    found = extraction.messages()
    of_the_ledger = set(found[wording.DOMAIN]) | set(found["common"])
    assert literals() | set(messages(real.ledger, real.holdings)) <= of_the_ledger
    assert not set(messages(real.ledger, real.holdings)) <= set(found["common"])


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_the_report_can_be_made_in_every_language(real, language):
    t = Catalogue(language, "claims")
    report = replication_markdown(real, t)
    assert "196,7" in report and "млн кВт" in report  # numbers and units in the manner of the language
    assert t.missing <= literals() | set(messages(real.ledger, real.holdings))
