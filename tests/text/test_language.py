"""The catalogue: numbers and names as a reader of the language knows them, and no text that bypasses it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.data.vocabulary import areas, crops, units
from pipeline.errors import ParameterError
from pipeline.text import language
from pipeline.text.language import Catalogue

t = Catalogue("en")


def test_messages_are_filled_in():
    assert t("{a} of {b}", a=1, b=7) == "1 of 7"
    assert t("braces {stay} when nothing is filled in") == "braces {stay} when nothing is filled in"


def test_numbers_have_a_true_minus_and_stated_decimals():
    assert t.number(-1234.56, 1) == "\u22121,234.6"
    assert t.number(27.7, 1) == "27.7"
    assert t.number(610000, 0) == "610,000"
    assert t.number(-0.04, 1) == "0.0" and t.number(-0.4, 0) == "0"


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


def test_a_day_is_written_as_the_language_does_and_a_period_as_printed():
    assert t.date("2024-08-01") == "1 Aug 2024"
    assert [Catalogue(language).date("2024-08-01") for language in ("ky", "ru")] == ["01.08.2024"] * 2
    assert t.date("2024-2025") == "2024-2025" and t.date("") == ""


def test_a_language_without_catalogue_is_refused():
    with pytest.raises(ParameterError, match=r"No catalogue for language 'fr'. Available: en"):
        Catalogue("fr")


@pytest.fixture
def kyrgyz(tmp_path, monkeypatch):
    """A Kyrgyz catalogue with one message of a notebook and one that all share."""
    folder = tmp_path / "ky"
    folder.mkdir()
    header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    for domain, message, said in (
        ("power", "Yield", "Түшүмдүүлүк"),
        ("common", "{a}, {b}", "{b}; {a}"),
        ("common", "Rank", ""),
    ):
        path = folder / f"{domain}.po"
        before = path.read_text(encoding="utf-8") if path.exists() else header
        path.write_text(f'{before}msgid "{message}"\nmsgstr "{said}"\n\n', encoding="utf-8")
    monkeypatch.setattr(language, "LOCALE", tmp_path)
    for kept in (language.translations, language.catalogue_file):
        kept.cache_clear()
    yield Catalogue("ky", "power")
    for kept in (language.translations, language.catalogue_file):
        kept.cache_clear()


def test_a_catalogue_knows_its_domain_and_what_is_common(kyrgyz):
    assert kyrgyz("Yield") == "Түшүмдүүлүк"
    assert kyrgyz("{a}, {b}", a=1, b=2) == "2; 1"
    assert kyrgyz.area("Jalal-Abad") == "Жалал-Абад облусу"
    assert kyrgyz.number(23.7, 1) == "23,7"
    assert kyrgyz.missing == set()


def test_a_reports_own_catalogue_is_looked_into_before_all_others(kyrgyz, tmp_path):
    text = (tmp_path / "ky" / "power.po").read_text(encoding="utf-8")
    (tmp_path / "ky" / "history.po").write_text(text.replace("Түшүмдүүлүк", "Түшүм"), encoding="utf-8")
    said = {domain: Catalogue("ky", domain)("Yield") for domain in ("power", "history")}
    assert said == {"power": "Түшүмдүүлүк", "history": "Түшүм"}
    assert Catalogue("ky", "weather")("Yield") == "Түшүм"  # no catalogue of its own: the first of all


def test_a_text_without_translation_is_english_and_remembered(kyrgyz):
    assert not kyrgyz.has("Rank") and kyrgyz.has("Yield")
    assert kyrgyz("Rank") == "Rank"
    assert kyrgyz.missing == {"Rank"}


def test_texts_are_joined_and_begun_with_a_capital_letter():
    assert t.joined(t.area(name) for name in ("Osh", "Naryn")) == "Osh, Naryn" and t.joined([1, "x"], "/") == "1/x"
    assert Catalogue("ky").capitalized(Catalogue("ky").crop("wheat")) == "Буудай" and t.capitalized("") == ""


def test_every_name_of_the_vocabulary_is_shown_in_three_languages():
    for names in [crops(), units(), *(areas(level) for level in ("country", "oblast", "city", "raion", "joint"))]:
        for entry in names.entries.values():
            assert set(entry.shown_as) == {"en", "ky", "ru"} and all(entry.shown_as.values()), entry.name
