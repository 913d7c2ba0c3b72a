"""The forest plot shows the numbers it was given, in words that can be translated."""

import pytest

from pipeline.studies.synthesis import figures
from pipeline.studies.synthesis.analysis import estimates
from pipeline.text.language import Catalogue, languages
from tests.exhibits.shown import marking, published, study, texts, unreadable, untranslated
from tests.studies.synthesis.test_analysis import COMPARISONS, VALUES


def drawn(t):
    data = published("synthesis", "forest", estimates(VALUES, COMPARISONS))
    return figures.forest(data, study("synthesis"), {}, t), data


def test_every_estimate_is_a_mark_between_the_ends_of_its_interval():
    figure, data = drawn(Catalogue("en"))
    lines = figure.axes[0].get_lines()
    marks = sorted(line.get_xdata()[0] for line in lines if line.get_marker() in ("s", "o", "D"))
    assert marks == pytest.approx(sorted(data["estimate"]))
    ends = sorted(tuple(line.get_xdata()) for line in lines if len(line.get_xdata()) == 2 and line.get_lw() > 1)
    assert ends == sorted(zip(data["low"], data["high"], strict=True))
    hollow = [line for line in lines if line.get_marker() == "o" and line.get_mfc() == "white"]
    assert len(hollow) == (data["check"] == "rejected").sum()
    assert "By its own response: all others" in texts(figure)


def test_every_text_can_be_translated():
    assert untranslated(drawn(marking())[0]) == []


@pytest.mark.parametrize("language", languages())
def test_no_label_covers_another_or_leaves_the_picture(language):
    figure, _ = drawn(Catalogue(language, "synthesis"))
    assert unreadable(figure) == []
