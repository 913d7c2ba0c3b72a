"""Publishers: outlets keep their names, what is said beside them in English words is translated."""

import re

import pytest

from pipeline.data.cards import read_cards, read_table
from pipeline.text.language import SOURCE_LANGUAGE, Catalogue, languages
from pipeline.text.publishers import publisher_text

# Words that no outlet's own name here contains: a part that says one of them is ours to translate.
WORDS = r"ministry|committee|nsc|cabinet|government|president|embassy|bank|commission|university|member|project|archive"
SAID = re.compile(rf"\b({WORDS}|via|citing|quoting|report of|also|text|with|for (?=\w)|on)\b", re.IGNORECASE)


def publishers() -> set[str]:
    """Every publisher that the tables of the sources name."""
    found = set()
    for card in read_cards():
        for name in card.tables:
            table = read_table(card, name)
            found |= set(table["publisher"].dropna()) if "publisher" in table else set()
    return {name for name in found if name and not name.startswith("unknown")}


@pytest.mark.parametrize("language", [language for language in languages() if language != SOURCE_LANGUAGE])
def test_no_english_word_is_left_beside_an_outlet(language):
    """A new row that quotes "Ministry of Health" would stand in English in every table and under every statement."""
    t, names = Catalogue(language, "sources"), publishers()
    said = {name: publisher_text(name, t) for name in names}
    assert len(names) > 100 and t.missing == set()
    assert {name: shown for name, shown in said.items() if SAID.search(shown)} == {}


def test_an_outlet_keeps_its_name_and_english_is_as_it_was():
    assert publisher_text("Kleine Zeitung", Catalogue("ky")) == "Kleine Zeitung"
    assert publisher_text("Trend (Ministry of Energy)", Catalogue("en")) == "Trend (Ministry of Energy)"
