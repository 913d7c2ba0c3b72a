"""Reasons for which a value is not defined: a method refuses in English, a page says it in the reader's language."""

import re

import pandas as pd
import pytest

from pipeline.errors import AnalysisError
from pipeline.methods.own_response import own_response
from pipeline.methods.parallel_trends import pre_trends
from pipeline.text.fill import REASONS, reason, said_again
from pipeline.text.language import SOURCE_LANGUAGE, Catalogue, languages
from pipeline.text.messages import messages, refusals

TRANSLATED_INTO = [language for language in languages() if language != SOURCE_LANGUAGE]
NAMES = {"unit": "Osh", "units": "Osh, Naryn", "oblast": "Osh", "oblasts": "Osh, Naryn", "one": "Osh", "other": "Naryn"}
NAMES |= {"crop": "barley", "reason": "there is no rise", "name": "year_before"}
CODES = re.compile(r"outcome='level'|RMSPE|minimum_pre_years|year_before|\bp\b")  # what an analyst writes so


def panel() -> pd.DataFrame:
    """Three years of three oblasts: too few for most methods."""
    years = pd.Index([1991, 1992, 1993], name="year")
    return pd.DataFrame({"Osh": [20.0, 21, 25], "Naryn": [18.0, 19, 17], "Talas": [22.0, 20, 21]}, index=years)


def test_what_a_method_refuses_is_said_with_its_years_oblasts_and_plurals():
    with pytest.raises(AnalysisError) as refused:
        own_response(panel(), "Osh", 1992, 1993)
    assert str(refused.value).startswith("1 earlier change(s) before 1992-1993; the own response of Osh needs at least")
    assert said_again(str(refused.value), Catalogue("ru")).startswith(
        "до 1992–1993 годов всего 1 более раннее изменение, а для собственного отклика Ошской области нужно не меньше"
    )
    assert "Ош облусунун өз жообу" in said_again(str(refused.value), Catalogue("ky"))
    with pytest.raises(AnalysisError) as refused:
        pre_trends(panel(), 1992)
    assert "1992 год включительно всего 2 года" in said_again(str(refused.value), Catalogue("ru"))


def test_a_reason_within_a_reason_is_said_again_too():
    said = reason("{unit} on its comparison before {year_after}: {reason}", unit="Osh", year_after=2024, reason="x y")
    assert said_again(said, Catalogue("ru")).endswith("до 2024 года: x y")
    within = said.replace("x y", "3 year(s), 1991-1993; this method needs at least 5: add years.")
    assert said_again(within, Catalogue("ru")).endswith(
        "1991–1993: 3 года, а этому методу нужно не меньше 5; добавьте годы."
    )


def test_what_nobody_translated_stays_as_it_was_said():
    assert said_again("A reason of somebody's own.", Catalogue("ru")) is None
    assert said_again("A reason of somebody's own.", Catalogue("en")) == "A reason of somebody's own."


@pytest.mark.slow
@pytest.mark.parametrize("language", TRANSLATED_INTO)
def test_every_reason_with_values_is_read_back_and_leaves_no_english(language):
    """A template that another one swallows would show wrong values; one that is not found would stay English."""
    t = Catalogue(language)
    for message in messages()[REASONS]:
        names = re.findall(r"\{(\w+)\}", message)
        given = {name: NAMES.get(name, str(1990 + number)) for number, name in enumerate(names)}
        again = said_again(message.format(**given), t)
        assert again is not None, message
        left = CODES.sub("", again.replace(given.get("name", "-"), ""))
        assert not re.search(r"[A-Za-z]{2}|[{}]", left), again
        years = set(given.values()) - set(NAMES.values())
        assert years == set(re.findall(r"\d{4}", again)), again  # each value stands where the translation asks for it


def test_refusals_are_found_where_code_says_them():
    source = """
raise AnalysisError("a literal")
raise AnalysisError("{n} years", n=2)
raise ParameterError("{n} is no year", n=2)
raise ParameterError("for whoever calls"); raise AnalysisError(f"{n} for whoever calls")
why = reason("it ends with {n}", n=2)
"""
    assert list(refusals(source)) == ["a literal", "{n} years", "{n} is no year", "it ends with {n}"]
