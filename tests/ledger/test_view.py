"""The view of the ledger: what it says in each language, and that nothing in it can be more than text."""

import dataclasses
import inspect
import re

import pytest
from markdown_it import MarkdownIt

from pipeline.ledger import formula, verdicts, view
from pipeline.ledger import holdings as tables
from pipeline.ledger.model import Verdict
from pipeline.ledger.view import replication_markdown, replication_view
from pipeline.text.documents import English
from pipeline.text.language import Catalogue
from tests.ledger.small_paper import NUMBER, THERE, entry, holdings, replication_of

ENGLISH = Catalogue("en", "claims")


def report(*entries: dict, **more) -> str:
    return replication_markdown(replication_of(*entries, **more), ENGLISH)


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (Verdict.REPRODUCED, "good"),
        (Verdict.SUPPORTED, "good"),
        (Verdict.PART_SHOWN, "partly"),
        (Verdict.CONTRADICTED, "bad"),
        (Verdict.NOT_SUPPORTED, "bad"),
        (Verdict.NOT_TESTABLE, "open"),
        (Verdict.COMPATIBLE, "open"),
    ],
)
def test_a_verdict_is_marked_by_what_it_says_of_the_paper(verdict, expected):
    assert view.tone(verdict) == expected


def test_a_statement_shows_its_figure_the_arithmetic_and_who_decided():
    formula = {"value": "x * f", "with": {"x": "exposures.csv#nsc/a/2023", "f": "assumptions#factor"}}
    text = report(entry("N1", NUMBER, against=[{"value": "evidence.csv#e2"}, formula], omits=["year"]))
    assert (
        "### N1 · contradicted\n\nsays N1. *part N / x; printed: 10 %.*\n\n"
        "What was found is 4 % (Office); printed is 10 %.\n\n"
    ) in text
    assert (
        "| 4 % = 20 × 0.2 [derived; 20 % (share of all, Kyrgyzstan, 2023); 0.2 share (a factor, assumed)] "
        "| differs (decides the verdict) | Office | official series |  |"
    ).replace("[", r"\[").replace("]", r"\]") in text
    assert "| 10 % (page, 2024) [page](<https://x/e2>) | the same figure | Minister | press |  |" in text
    assert "- Independent origins that speak of it: 2, of them agreeing: 1\n- The paper does not say: year\n" in text


def test_every_statement_has_a_heading_and_every_table_straight_columns():
    text = report(inconsistencies=[{"id": "i", "what": "a | b", "places": ["x"], "same_references": [1, 3]}])
    assert re.findall(r"^### (\w+) ·", text, re.MULTILINE) == ["N1", "N2", "N3", "C1", "C2", "X1", "W1"]
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1, block


def test_a_number_that_nothing_tests_is_in_the_referees_map_with_what_a_test_would_need():
    assert "| part N / x | N2 | more than 22,000 % | nothing |  | not testable with these data | all |" in report()


def test_another_study_is_announced_at_the_top():
    study = {"oblast": "Talas", "crop": "barley", "year_before": 2010, "year_after": 2011}
    text = report(there=holdings(study=study))
    assert "> The notebooks ran for Talas, barley, 2010 and 2011, not for the paper’s oblast" in text
    of_the_paper = {"oblast": "Osh", "crop": "wheat", "year_before": 2023, "year_after": 2024}
    assert "The notebooks ran" not in report(there=holdings(study=of_the_paper))


HOSTILE = '<script>alert("x")</script> [click](javascript:alert(1)) ![i](x) `code` *a* _b_ | # h\n\n<!-- c --> &lt;'


def test_hostile_text_shows_as_text():
    """In a statement, a place, a cell of evidence, a publisher, an address of a page, a remark."""
    claims, evidence = holdings().claims.copy(), holdings().evidence.copy()
    claims.loc["N1", ["statement", "unit"]] = HOSTILE
    claims["place"] = HOSTILE.replace("/", "-")
    evidence.loc["e4", ["value", "publisher", "unit"]] = HOSTILE
    evidence.loc["e4", "url"] = "javascript:alert(1)"
    text = report(
        entry("C1", THERE, against=[{"coded": "e4", "context": HOSTILE}], remark=HOSTILE, omits=[HOSTILE]),
        there=holdings(claims=claims, evidence=evidence),
        inconsistencies=[{"id": "i", "what": HOSTILE, "places": [HOSTILE], "same_references": [1, 3]}],
    )
    page = MarkdownIt("gfm-like", {"linkify": False}).render(text)
    assert "&lt;script&gt;" in page
    for markup in ("<script", "<!--", "<img", "<code>", 'javascript:alert(1)"', "<em>a", "<em>b"):
        assert markup not in page, markup
    assert not re.findall(r'href="(?!https://x/)', page)


def test_the_report_is_the_same_twice():
    assert report() == report()


# The view, of which the document and the page are two settings -------------------------------------------------------


def test_every_verdict_is_counted():
    view = replication_view(replication_of(entry("N1", NUMBER, against=[{"value": "evidence.csv#e2"}])), ENGLISH)
    assert [count.key for count in view.verdicts] == [v.code for v in Verdict]
    for count in view.verdicts:
        statements = [s for section in view.sections for s in section.statements]
        assert count.number == sum(s.verdict.key == count.key for s in statements)
    assert view.number == len(statements) == 7
    assert max(count.width for count in view.verdicts) == 100


def test_a_tolerance_stands_with_its_reason():
    rule = {**NUMBER, "tolerance": 5, "because": "a round number"}
    (first, *_), *_ = (s.statements for s in replication_view(replication_of(entry("N1", rule)), ENGLISH).sections)
    assert first.tolerance == "tolerance: 5 (a round number)"
    assert "; tolerance: 5 (a round number).*" in report(entry("N1", rule))


def test_a_text_without_a_translation_stays_english_and_is_marked():
    """What people wrote in a ledger that no translator has seen; what the fixed words say is translated."""
    made = replication_of(entry("C1", THERE, against=[{"coded": "e2"}], remark="Not seen by any translator."))
    sections = replication_view(made, Catalogue("ky", "claims")).sections
    statement = next(s for section in sections for s in section.statements if s.id == "C1")
    assert isinstance(statement.says, English) and statement.says == "says C1"
    assert isinstance(statement.notes[-1].texts[0], English)
    assert not isinstance(statement.verdict.word, English) and re.search("[а-я]", statement.verdict.word)
    english = replication_view(made, ENGLISH).sections
    assert not any(isinstance(s.says, English) for section in english for s in section.statements)


def test_what_the_paper_stands_on_comes_first_and_only_for_its_own_study():
    key = [{"id": "N1", "found": "Ten were found.", "why": "They were counted."}]
    against = entry("N1", NUMBER, against=[{"value": "evidence.csv#e2"}])
    text = report(against, key=key)
    assert "| N1: says N1 | Ten were found. | reproduced | They were counted. |" in text
    assert text.index("What the paper stands on") < text.index("statements by verdict")
    study = {"oblast": "Talas", "crop": "barley", "year_before": 2010, "year_after": 2011}
    assert "What the paper stands on" not in report(against, key=key, there=holdings(study=study))


def test_a_remark_on_a_source_stays_english_beside_words_of_the_language():
    """A note of evidence.csv is no quotation of the page; it is marked by itself, not the line around it."""
    made = replication_of(entry("C1", THERE, against=[{"coded": "e4"}]))
    sections = replication_view(made, Catalogue("ru", "claims")).sections
    (finding,) = next(s for section in sections for s in section.statements if s.id == "C1").findings
    assert isinstance(finding.note, English) or not finding.note
    assert finding.decides


def test_slips_of_print_stand_apart_from_errors_of_substance():
    items = [
        {"id": "units", "what": "Two units.", "places": ["x"], "differ": ["paper#unit", "paper#other_unit"]},
        {"id": "twice", "what": "One item.", "places": ["x"], "same_references": [1, 3], "of_print": True},
    ]
    view = replication_view(replication_of(inconsistencies=items), ENGLISH)
    assert [m.id for m in view.mismatches] == ["units"] and [m.id for m in view.slips] == ["twice"]
    text = report(inconsistencies=items)
    assert text.index("| units |") < text.index("### Slips of print and wording") < text.index("| twice |")
    assert "Slips of print" not in report(inconsistencies=items[:1])


def test_how_far_a_true_bound_is_stands_beneath_the_statement():
    """30,000 ha against "more than 22,000"."""
    text = report(entry("N2", {**NUMBER, "unit": "ha"}, against=[{"value": "exposures.csv#nsc/ha"}]))
    assert "### N2 · supported" in text
    assert "- Distance from the printed bound: 1.4 times the bound\n" in text


@pytest.mark.parametrize("module", [formula, tables, verdicts, view], ids=lambda m: m.__name__.rpartition(".")[2])
def test_what_was_judged_and_what_is_shown_cannot_be_written_into(module):
    """But for the tally that a verdict is made with, which nobody else sees."""
    made = [c for _, c in inspect.getmembers(module, dataclasses.is_dataclass) if c.__module__ == module.__name__]
    assert [c.__name__ for c in made if not c.__dataclass_params__.frozen and not c.__name__.startswith("_")] == []


@pytest.mark.parametrize(
    "sources, agreeing, said",
    [
        (1, 1, "one, which agrees"),
        (1, 0, "one, which does not agree"),
        (3, 0, "3, none of which agrees"),
        (3, 3, "3, all of which agree"),
        (3, 2, "3, of them agreeing: 2"),
    ],
)
def test_how_many_origins_agree_is_said_for_all_none_and_one(sources, agreeing, said):
    assert view.agreeing_text(sources, agreeing, Catalogue("en")) == said
