"""The figure of `international_clusters` shows what it was given, in words that can be translated."""

import pandas as pd
import pytest

from pipeline.studies.international_clusters import figures
from pipeline.text.fill import Value
from pipeline.text.language import Catalogue, languages
from tests.exhibits.shown import marking, published, study, texts, unreadable, untranslated

NAME = "international_clusters"
RATES = pd.DataFrame({"programme": ["FP7", "A call"], "percent": [18.5, 23.73], "derived": [False, True]})
VALUES = {"success_printed": Value(80), "average_low": Value(10), "average_high": Value(25)}


def drawn(t):
    return figures.success_rates(published(NAME, "success_rates", RATES), study(NAME), VALUES, t)


def test_the_dots_are_the_rates_and_the_open_mark_the_papers_own():
    axes = drawn(Catalogue("en")).axes[0]
    marks = {line.get_marker(): line.get_xdata() for line in axes.get_lines() if line.get_marker() in "oD"}
    assert marks["D"].tolist() == [80.0]
    dots = [line.get_xdata()[0] for line in axes.get_lines() if line.get_marker() == "o"]
    assert dots == [18.5, 23.7]
    assert "23.7 % (derived)" in texts(axes.figure) and "80 %: no source found" in texts(axes.figure)


def test_every_text_can_be_translated():
    assert untranslated(drawn(marking())) == []


@pytest.mark.parametrize("language", languages())
def test_no_label_covers_another_or_leaves_the_figure(language):
    figure = drawn(Catalogue(language, NAME))
    assert unreadable(figure) == []
