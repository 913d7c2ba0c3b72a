"""The catalogue: numbers and names as a reader of the language knows them, and no text that bypasses it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import language
from pipeline.errors import ParameterError
from pipeline.language import Catalogue
from pipeline.vocabulary import areas, crops, units

t = Catalogue("en")


def test_messages_are_filled_in():
    assert t("{a} of {b}", a=1, b=7) == "1 of 7"
    assert t("braces {stay} when nothing is filled in") == "braces {stay} when nothing is filled in"


def test_numbers_have_a_true_minus_and_stated_decimals():
    assert t.number(-1234.56, 1) == "\u22121,234.6"
    assert t.number(27.7, 1) == "27.7"
    assert t.number(610000, 0) == "610,000"


@pytest.mark.parametrize(
    "value, text", [(4.0, "+4.0"), (-4.0, "\u22124.0"), (0.0, "0.0"), (-0.04, "0.0"), (0.04, "0.0")]
)
def test_changes_are_signed_and_nothing_has_no_sign(value, text):
    assert t.signed(value, 1) == text


@given(st.floats(-1e6, 1e6), st.integers(0, 4))
def test_a_signed_number_reads_back(value, decimals):
    text = t.signed(value, decimals).replace("\u2212", "-").replace(",", "").replace("+", "")
    assert float(text) == pytest.approx(value, abs=0.5000001 * 10.0**-decimals)


@pytest.mark.parametrize(
    "low, high, decimals, text",
    [
        (23.7, 23.7, 1, "23.7"),
        (30.0, 33.0, 0, "30\u201333"),
        (600.0, float("nan"), 0, "> 600"),
        (712200.0, 712200.0, -2, "712,200"),
    ],
)
def test_figures_stand_as_printed(low, high, decimals, text):
    assert t.printed(low, high, decimals) == text


def test_a_language_without_catalogue_is_refused():
    with pytest.raises(ParameterError, match=r"No catalogue for language 'fr'. Available: en"):
        Catalogue("fr")


def test_a_text_without_translation_is_refused_not_shown_in_english(tmp_path, monkeypatch):
    folder = tmp_path / "ky"
    folder.mkdir()
    header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    (folder / "messages.po").write_text(header + 'msgid "Yield"\nmsgstr "Түшүмдүүлүк"\n', encoding="utf-8")
    monkeypatch.setattr(language, "LOCALE", tmp_path)
    language._translations.cache_clear()
    kyrgyz = Catalogue("ky")
    assert kyrgyz("Yield") == "Түшүмдүүлүк"
    assert kyrgyz.area("Jalal-Abad") == "Жалал-Абад облусу"
    assert kyrgyz.number(23.7, 1) == "23,7"
    with pytest.raises(ParameterError, match="No ky translation of 'Rank'"):
        kyrgyz("Rank")
    language._translations.cache_clear()


def test_every_name_of_the_vocabulary_is_shown_in_three_languages():
    for names in [crops(), units(), *(areas(level) for level in ("country", "oblast", "city", "raion", "joint"))]:
        for entry in names.entries.values():
            assert set(entry.shown_as) == {"en", "ky", "ru"} and all(entry.shown_as.values()), entry.name
