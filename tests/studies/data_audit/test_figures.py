"""The coverage picture has a mark exactly where there is a figure."""

import pytest

from pipeline.studies import published_figures as evidence
from pipeline.studies.data_audit import figures
from pipeline.text.language import Catalogue, languages
from tests.exhibits.shown import cut, marking, overlapping, texts, untranslated


def picture(panel, t):
    counts = evidence.coverage(panel, "Jalal-Abad", 2019, 2025)
    return counts, figures.coverage(counts, "Jalal-Abad", (2023, 2024), t)


def test_one_mark_for_each_cell(panel):
    counts, figure = picture(panel, Catalogue("en"))
    marks = [line for axes in figure.axes for line in axes.get_lines() if line.get_marker() in "s^o"]
    cells = counts.drop_duplicates(["place", "crop", "year", "period", "source"])
    assert len(marks) == len(cells)
    own = next(
        axes for axes in figure.axes if axes.get_title() == "Jalal-Abad" or axes.get_title(loc="left") == "Jalal-Abad"
    )
    squares = [line for line in own.get_lines() if line.get_marker() == "s" and line.get_markerfacecolor() != "white"]
    assert len(squares) == 7  # wheat, the only regular series of an oblast, 2019 to 2025


def test_every_text_can_be_translated(panel):
    _, figure = picture(panel, marking())
    assert [text for text in untranslated(figure) if not text.startswith("\u2019")] == []


@pytest.mark.parametrize("language", languages())
def test_the_picture_is_whole_in_every_language(panel, language):
    t = Catalogue(language, "data_audit")
    _, figure = picture(panel, t)
    assert overlapping(figure) == [] and cut(figure) == []
    assert t("What figures there are on yield and production") in texts(figure)
    assert t.missing == set()
