"""Names have the cases, and numbers the words, that translations ask for."""

import re

import pytest
from babel.messages.pofile import read_po

from pipeline.data.vocabulary import areas, crops
from pipeline.errors import DeclarationError
from pipeline.paths import REPORTS
from pipeline.text.declarations import declarations, named_in
from pipeline.text.fill import Value, fill, values_of
from pipeline.text.language import CASES, LOCALE, SOURCE_LANGUAGE, Catalogue, Name, catalogue_file, languages
from pipeline.text.results import read_results

TRANSLATED_INTO = [language for language in languages() if language != SOURCE_LANGUAGE]
_ASKED = re.compile(rf"\{{[\w.]+:({'|'.join(CASES)})(?: capital)?\}}")
_WORDS = re.compile(r"\{[\w.]+:([^{}]*\|[^{}]*)\}")

ru, ky = Catalogue("ru"), Catalogue("ky")


def said_in(language: str) -> list[str]:
    """All translations of a language."""
    found = []
    for path in sorted((LOCALE / language).glob("*.po")):
        with path.open("rb") as file:
            found += [m.string for m in read_po(file) if m.id and m.string]
    return found


def named() -> dict[str, dict]:
    """What a study may be about: oblasts, cities, countries, and crops that have a yield."""
    entries = [entry for level in ("country", "oblast", "city") for entry in areas(level).entries.values()]
    entries += [entry for entry in crops().entries.values() if "yield_bounds_c_per_ha" in entry.properties]
    return {entry.name: entry for entry in entries}


@pytest.mark.parametrize("language", TRANSLATED_INTO)
def test_every_name_has_the_cases_that_translations_ask_for(language):
    """Or a reader who chooses another crop or oblast would get the nominative in the middle of a sentence."""
    asked = {case for text in said_in(language) for case in _ASKED.findall(text)}
    lacking = {name: sorted(asked - set(entry.cases_in(language))) for name, entry in named().items()}
    assert {name: cases for name, cases in lacking.items() if cases} == {}


@pytest.mark.parametrize("language", TRANSLATED_INTO)
@pytest.mark.parametrize("report", declarations())
def test_sentences_take_forms_that_their_values_have(report, language):
    """A case of a year, or a plural of a name: the page would be refused, in that language only."""
    if not (REPORTS / report / "results.json").is_file():
        pytest.skip(f"{report} has no results yet")  # somebody has begun it; reports that are shipped have some
    t, results = Catalogue(language, report), read_results(report)
    study = {"oblast": "Osh", "crop": "wheat", "year_before": 2023, "year_after": 2024}
    values = values_of(declarations()[report], study, results)
    for message in catalogue_file(language, report):
        if set(named_in(message)) <= set(values):
            fill(message, values, t)


@pytest.mark.parametrize("language", TRANSLATED_INTO)
def test_a_number_has_a_word_for_each_plural_of_the_language(language):
    """One, few and many in Russian; Kyrgyz keeps the singular after a number and needs no choice."""
    wanted = {"ru": 3}.get(language, 2)
    assert [
        text for text in said_in(language) for words in _WORDS.findall(text) if words.count("|") != wanted - 1
    ] == []


@pytest.mark.parametrize("entry", named().values(), ids=lambda entry: entry.name)
def test_cases_are_the_known_ones_and_begin_as_the_name_does(entry):
    """A line that was copied from another name and not changed."""
    for language in TRANSLATED_INTO:
        cases = entry.cases_in(language)
        assert set(cases) <= set(CASES), entry.name
        for said in cases.values():
            assert said[:2] == entry.shown_in(language)[:2], (entry.name, said)


def test_a_name_in_a_sentence():
    values = {"oblast": Value("Jalal-Abad", "area"), "crop": Value("wheat", "crop"), "gap": Value(None, "area")}
    assert fill("В {oblast:loc}: {crop:gen}", values, ru) == "В Джалал-Абадской области: пшеницы"
    assert fill("{crop:gen capital} {oblast:abl}", values, ky) == "Буудайдын Жалал-Абад облусунан"
    assert fill("{gap:gen}", values, ru) == "–"
    several = {"oblast": Value("Batken, Osh", "area")}
    assert fill("по {oblast:dat}", several, ru) == "по Баткенской области, Ошской области"
    # The catalogue of figures fills in by `str.format`.
    assert "{area:loc}".format(area=ru.area("Osh")) == "Ошской области"
    assert "{area:acc capital}".format(area=ru.crop("wheat")) == "Пшеницу"


def test_a_case_that_is_not_in_the_vocabulary_is_the_nominative():
    assert f"{Name('Хэйлунцзян'):gen}" == "Хэйлунцзян" and f"{Name('x'):>3}" == "  x"


@pytest.mark.parametrize(
    "number, said", [(1, "1 область"), (3, "3 области"), (7, "7 областей"), (11, "11 областей"), (21, "21 область")]
)
def test_a_number_takes_the_word_that_goes_with_it(number, said):
    assert fill("{n} {n:область|области|областей}", {"n": Value(number)}, ru) == said


def test_words_go_with_numbers_and_cases_with_names_only():
    for message, value in (("{n:gen}", Value(3)), ("{n:one|few}", Value("Osh", "area"))):
        with pytest.raises(DeclarationError, match="after the colon stand"):
            fill(message, {"n": value}, ru)
