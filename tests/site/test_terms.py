"""Translations keep to the glossary: one term in the catalogue, the same word in every text."""

import re
from functools import cache

import pytest

from pipeline.site.glossary import Term, read_glossary
from pipeline.text.language import LOCALE, SOURCE_LANGUAGE, catalogue_file, languages

TRANSLATED_INTO = [language for language in languages() if language != SOURCE_LANGUAGE]
HELD = [term for term in read_glossary().terms if term.in_texts]

# What is neither of our words nor read as such: code, names of values, addresses, names of repositories.
_NO_WORDS = re.compile(r"`[^`]*`|\{[^{}]*\}|\]\([^)]*\)|\w*_\w*|[\w-]+/[\w-]+")

# Texts that say it without the term, by their beginning, with the reason.
FREE = {
    "ky": {
        "[**Can be said:** where and how yields": "one line of a phone; the line above it names the yield",
    },
    "ru": {
        "[**Can be said:** where and how yields": "one line of a phone; the line above it names the yield",
        "Find the three years in which the yield": "a test of evidence, said as a verb",
        "A gap that is stated as an absence has evidence": "what speaks against it",
        "Bars of what each resource alone could cover of the deficit": "the deficit stands in the title above",
        "Two raions of the same harvest lie": "the exercise is in the notebook",
    },
}


@cache
def in_words(text: str) -> str:
    """A text without what is no word of it, in small letters."""
    return _NO_WORDS.sub(" ", text).casefold()


def says(text: str, words: list[str]) -> bool:
    """Whether an English text says one of the words, in the singular or the plural."""
    said = in_words(text)
    return any(word.casefold() in said and re.search(rf"\b{re.escape(word.casefold())}s?\b", said) for word in words)


@pytest.mark.parametrize("term", HELD, ids=lambda term: term.id)
@pytest.mark.parametrize("language", TRANSLATED_INTO)
def test_a_term_of_the_glossary_has_its_word_in_every_translation(language: str, term: Term):
    """A word of a source that is kept in English, a code or a quotation, counts as said."""
    words, accepted = term.in_texts[SOURCE_LANGUAGE], term.in_texts[language]
    other = []
    for path in sorted((LOCALE / language).glob("*.po")):
        for message, said in catalogue_file(language, path.stem).items():
            if any(message.startswith(free) for free in FREE.get(language, {})):
                continue
            folded = said.casefold()
            if says(message, words) and not any(word.casefold() in folded for word in [*accepted, *words]):
                other.append(f"{path.stem}: {message!r} -> {said!r}")
    assert other == [], f"says none of {accepted}"


@pytest.mark.parametrize("term", HELD, ids=lambda term: term.id)
def test_a_term_is_held_to_its_own_word(term: Term):
    """The words accepted in texts include the one that the glossary gives."""
    for language in TRANSLATED_INTO:
        accepted = [word.casefold() for word in term.in_texts[language]]
        assert any(word in term.of(language).casefold() for word in accepted), (term.id, language)


def test_words_are_told_from_code():
    assert says("Yields of the oblast", ["yield"]) and says("an OBLAST", ["oblast"])
    assert not says("`yield`, {yield_before}, area_yield, a/wheat-yield-audit", ["yield"])
