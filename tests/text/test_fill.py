"""Numbers are filled into sentences in one way, and a sentence is said only where it holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import DeclarationError
from pipeline.text import fill as module
from pipeline.text.fill import (
    MISSING,
    NOT_DEFINED,
    Value,
    described,
    fill,
    holds,
    is_defined,
    retold,
    say,
    substituted,
    values_of,
)
from pipeline.text.language import MINUS, Catalogue
from tests.text.made import declared

en, ru, ky = Catalogue("en"), Catalogue("ru"), Catalogue("ky")
VALUES = {
    "change": Value(4.04, decimals=1),
    "loss": Value(-1234.5, decimals=1),
    "nothing": Value(-0.04, decimals=1),
    "count": Value(1056),
    "year": Value(2024, "year"),
    "place": Value("Osh", "area"),
    "crop": Value("wheat", "crop"),
    "gap": Value(None, decimals=1, why="No year lies before."),
    "power.mde": Value(2.5, decimals=1),
}


@pytest.mark.parametrize(
    "message, said",
    [
        ("{change}", "4.0"),
        ("{change:+} and {loss:+}", f"+4.0 and {MINUS}1,234.5"),
        ("{change:.2}, {change:+.2}, {change:.0}, {change:+.0}", "4.04, +4.04, 4, +4"),
        ("{nothing:+}, {nothing}", "0.0, 0.0"),
        ("{count} in {year}", "1,056 in 2024"),
        ("{year:+}", "2024"),
        ("{place}, {crop}, {crop:capital}", "Osh, wheat, Wheat"),
        ("{gap}, {gap:+.2}", f"{MISSING}, {MISSING}"),
        ("{gap:why}|{change:why}", "No year lies before.|"),
        ("{power.mde:+}", "+2.5"),
        ("twice {count}, {count}", "twice 1,056, 1,056"),
        ("nothing to fill: {} { } {a b} {{", "nothing to fill: {} { } {a b} {{"),
    ],
)
def test_forms(message, said):
    assert fill(message, VALUES, en) == said


def test_values_are_written_as_readers_of_the_language_write_them():
    assert fill("{loss:+}; {place}", VALUES, ru) == f"{MINUS}1\xa0234,5; Ошская область"
    assert fill("{crop:capital}; {place}", VALUES, ky) == "Буудай; Ош облусу"


@pytest.mark.parametrize(
    "value, said",
    [
        (Value("Osh, Naryn", "area"), "Ошская область, Нарынская область"),
        (Value("wheat, potatoes", "crop"), "пшеница, картофель"),
        (Value("c_per_ha", "unit"), "ц/га"),
        (Value([2016, 2017, 2018], "years"), "2016–2018"),
        (Value("2016 to 2018", "years"), "2016 to 2018"),
        (Value(7.2, "years", decimals=1), "7,2"),
        (Value("Criterion", "word"), "Критерий"),
        (Value("criterion", "word", word="Criterion"), "Критерий"),
        (Value(["Criterion", "Criterion"], "words"), "Критерий; Критерий"),
        (Value("as it is", "text"), "as it is"),
        (Value("as it is"), "as it is"),  # a text whose unit is that of a number
        (Value(True), "1"),
    ],
)
def test_kinds(value, said):
    assert value.shown(ru) == said


@pytest.mark.parametrize("form", ["++", "1", ".", "+2", ".x", "Why", "capital ", ",", ".1f"])
def test_a_form_that_there_is_not_is_refused_with_those_that_there_are(form):
    with pytest.raises(DeclarationError, match="stand \\+, .2, \\+.2, why or capital; of a name also gen"):
        fill(f"{{change:{form}}}", VALUES, en)


def test_a_name_that_is_no_value_is_refused_with_the_nearest():
    with pytest.raises(DeclarationError, match=r"\{chnge:\+\} in 'It rose by .*Perhaps: change"):
        fill("It rose by {chnge:+}", VALUES, en)
    with pytest.raises(DeclarationError, match="Perhaps: change, count, crop, gap"):
        fill("{zzzzzz}", VALUES, en)


def test_a_translation_that_names_another_value_is_refused():
    with pytest.raises(DeclarationError, match="{chnage} in 'Өзгөрүү {chnage}'.*Perhaps: change"):
        substituted("Өзгөрүү {chnage}", VALUES, ky)


def test_text_of_data_is_no_markup():
    values = {"name": Value('<b>&"x"</b> {change}', "text"), "change": Value(4)}
    assert fill("{name}", values, en, escape=True) == "&lt;b&gt;&amp;&quot;x&quot;&lt;/b&gt; {change}"
    assert fill("{name}", values, en) == '<b>&"x"</b> {change}'
    assert fill("**{change}** <br>", values, en, escape=True) == "**4** <br>"  # what the project writes is markup


@given(st.text(max_size=40))
def test_a_message_without_names_stays(message):
    assert substituted(message.replace("{", "("), {}, en) == message.replace("{", "(")


def test_a_page_fills_in_only_names_with_a_point():
    text = "{power.mde:+} of `{change}`"
    assert substituted(text, VALUES, en, qualified=True) == "+2.5 of `{change}`"
    with pytest.raises(DeclarationError, match="power.mdd.*Perhaps: power.mde"):
        substituted("{power.mdd}", VALUES, en, qualified=True)


def test_whether_all_that_a_message_names_is_defined():
    assert is_defined("{change:+} in {year}", VALUES) and is_defined("nothing named", VALUES)
    assert not is_defined("{change}, {gap:why}", VALUES) and not is_defined("{unknown}", VALUES)


def said(cell: str, **values: object) -> list[str]:
    return [text for text, _ in say(cell, {name: Value(value) for name, value in values.items()}, en)]


def test_a_paragraph_is_said_where_its_condition_holds():
    cell = "%%say\nAlways.\n\n[if change > 0] It rose by {change}.\n\n[else] It fell.\n\n- an item\n- another"
    assert said(cell, change=3) == ["Always.", "It rose by 3.", "- an item\n- another"]
    assert said(cell, change=-1)[1] == "It fell."


def test_else_speaks_of_the_condition_before_it_and_of_nothing_else():
    chain = "[if a] A.\n\n[if b] B.\n\n[else] Not b.\n\n[else] Still not b."
    assert said(chain, a=True, b=False) == ["A.", "Not b.", "Still not b."]
    for cell in ("[else] Alone.", "[if a] A.\n\nBetween.\n\n[else] Of what?"):
        with pytest.raises(DeclarationError, match=r"begins with \[else\], but none with \[if …\] stands before it"):
            said(cell, a=True)


def test_a_sentence_that_does_not_hold_may_name_what_is_not_defined():
    values = {"gap": Value(None, why="No year lies before.")}
    cell = "[if gap is not none] A gap of {gap:+}.\n\n[else] No gap can be told. {gap:why}"
    assert [text for text, _ in say(cell, values, en)] == ["No gap can be told. No year lies before."]


def test_what_is_said_is_escaped_and_knows_whether_it_is_translated():
    values = {"name": Value("<i>", "text")}
    assert list(say("Nobody translated {name}.\n\nCriterion", values, ru)) == [
        ("Nobody translated &lt;i&gt;.", False),
        ("Критерий", True),
    ]


def test_an_alternative_text_is_one_line_with_what_holds_and_no_markup():
    text = "Lines of {name}.\n\n[if rose == all] Every line rises.\n\n[else] {rose} of {all} lines rise.\n"
    values = {"name": Value("A & B", "text"), "rose": Value(7), "all": Value(7)}
    assert described(text, values, en) == "Lines of A & B. Every line rises."
    assert described(text, values | {"rose": Value(3)}, en) == "Lines of A & B. 3 of 7 lines rise."


@pytest.mark.parametrize(
    "condition, truth",
    [
        ("change > 4 and loss < 0", True),
        ("not count", False),
        ("gap is none", True),
        ("gap is not none and gap > 1", False),
        ("place == 'Osh' or year in [2023]", True),
        ("1 < change < 2", False),
        ("count % 2 == 0", True),
    ],
)
def test_conditions(condition, truth):
    assert holds(condition, VALUES) is truth


@pytest.mark.parametrize(
    "condition",
    ["gap > 0", "chnge > 0", "change >", "change > place", "open('x')", "[].__class__.__mro__", "change = 4"],
)
def test_a_condition_that_cannot_be_told_is_refused(condition):
    with pytest.raises(
        DeclarationError, match=r"The condition \[if .*\] cannot be told: .*asks `name is not none` first"
    ):
        holds(condition, VALUES)


def test_parameters_and_results_are_values_of_their_kinds(tmp_path):
    given = declared(
        tmp_path,
        "study: [oblast, crop, year_before]\nwords: {half: a half, fell: it fell}\n"
        "parameters: {case: {type: choice, default: half, choices: [half, all], about: a}, "
        "base: {type: years, default: [2016], about: a}, first: {type: year, default: 2016, about: a}, "
        "draws: {type: integer, default: 1, about: a}}\n"
        "results: {change: [c/ha, 1, ''], verdict: [word, ~, ''], who: [areas, ~, ''], none: [c/ha, 1, '']}\n",
    )
    parameters = {"oblast": "Osh", "crop": "wheat", "year_before": 2023, "case": "half", "base": [2016, 2017, 2018]}
    parameters |= {"first": 2016, "draws": 1000, "language": "en"}
    results = {
        "change": {"value": 4.0, "unit": "c/ha", "scope": "s"},
        "verdict": {"value": "fell", "unit": "word", "scope": "s"},
        "who": {"value": "Osh, Naryn", "unit": "areas", "scope": "s"},
        "none": {"value": None, "unit": "c/ha", "scope": f"s{NOT_DEFINED}Too few years."},
    }
    values = values_of(given, parameters, results)
    assert {name: value.shown(en) for name, value in values.items()} == {
        "oblast": "Osh",
        "crop": "wheat",
        "year_before": "2023",
        "case": "a half",
        "base": "2016–2018",
        "first": "2016",
        "draws": "1,000",
        "language": "en",
        "change": "4.0",
        "verdict": "it fell",
        "who": "Osh, Naryn",
        "none": MISSING,
    }
    assert values["none"].why == "Too few years." and values["case"].value == "half"
    assert module.holds("case == 'half' and verdict == 'fell'", values)  # conditions ask for codes, not for words


def test_a_scope_is_said_again_in_another_language_with_the_values_it_was_written_with(tmp_path, monkeypatch):
    """Names in their language, numbers as it writes them, years as they are; a name that stands twice is read once."""
    told = {
        "{place}: {draws} draws, {share} of {who}": "{who}: {place}, {draws}, {share}",
        "{oblast}, {crop}, {first}": "{oblast:loc}, {crop:gen}, {first}",
        "{crop} and {crop}": "{crop} и {crop:gen}",
    }
    monkeypatch.setattr("pipeline.text.language.catalogue_file", lambda language, domain: told)
    monkeypatch.setattr("pipeline.text.language.translations", lambda language: told)
    scope = "{place}: {draws} draws, {share} of {who}"
    given = declared(
        tmp_path,
        'scopes: {place: "{oblast}, {crop}, {first}", other: "of {oblast}"}\n'
        "results: {who: [areas, ~, ''], x: [share, 2, \"" + scope + '"], twice: [t, 1, "{crop} and {crop}"], '
        'half: [t, 1, "{crop} and {crop} {other}"]}\n',
    )
    said = f"Osh, wheat, 1996: 10,000 draws, {MINUS}2.50 of Naryn"
    again = retold(said, "x", given, ru)
    assert again == f"Нарынская область: Ошской области, пшеницы, 1996, 10\xa0000, {MINUS}2,50"
    assert retold("wheat and wheat", "twice", given, ru) == "пшеница и пшеницы"
    assert retold("wheat and barley", "twice", given, ru) is None
    assert retold("another sentence", "x", given, ru) is None
    assert retold("wheat and wheat of Osh", "half", given, ru) is None  # nobody translated it
