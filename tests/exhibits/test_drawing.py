"""Figures keep their texts whole, whatever a language makes of their length, and ticks speak it too."""

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from pipeline.exhibits.drawing import STYLE, finish, in_style, localized, new_figure, width_of, wrapped
from pipeline.text.language import Catalogue


@in_style
def line():
    figure, axes = new_figure(3, 2)
    axes.plot([0, 1], [1 / 3, 2 / 3])
    return finish(figure, "Title", "Subtitle", "Source")


def test_ticks_have_the_decimal_mark_of_the_language():
    figures = {language: localized(line(), Catalogue(language)) for language in ("en", "ru")}
    marks = {language: [a.get_text() for a in f.axes[0].get_yticklabels()] for language, f in figures.items()}
    assert "0.4" in marks["en"] and "0,4" in marks["ru"]


def test_ticks_with_labels_of_their_own_keep_them():
    figure, axes = new_figure(3, 2)
    axes.set_xticks([0.5], ["1.5 t"])
    assert [a.get_text() for a in localized(figure, Catalogue("ru")).axes[0].get_xticklabels()] == ["1.5 t"]


def test_long_lines_are_broken_between_words_and_nothing_is_lost():
    figure, _ = new_figure(3, 2)
    text = "Дан эгиндеринин түшүмдүүлүгү, облустар боюнча, бир гектардан алынган центнер\nэкинчи сап"
    lines = wrapped(figure, text, 9.5).split("\n")
    assert len(lines) > 2 and " ".join(lines) == text.replace("\n", " ") and lines[-1] == "экинчи сап"
    assert wrapped(figure, "short", 9.5) == "short"


@pytest.mark.parametrize("dots_per_inch", [100, 300])
def test_a_line_has_the_room_that_was_measured_for_it(dots_per_inch):
    """Also where its glyphs are fitted to pixels, on a screen and for slides; and not much more than that."""
    text = "Жыйынтык корутундулар менен натыйжалардан эреже боюнча чыгат"
    figure = Figure(figsize=(6, 1), dpi=dots_per_inch)
    drawn = figure.text(0, 0, text, fontsize=9.5, family=STYLE["font.family"])
    found = drawn.get_window_extent(FigureCanvasAgg(figure).get_renderer()).width / dots_per_inch
    room = width_of(new_figure(6, 1)[0], text, 9.5) / 72
    assert 0.93 * room < found <= room


def test_a_long_title_takes_room_from_the_axes_not_from_the_subtitle():
    def boxes(title):
        figure, axes = new_figure(4, 3)
        axes.plot([0, 1])
        finish(figure, title, "Subtitle", "Source", legend=axes.get_lines() * 1)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        found = {a.get_text(): a.get_window_extent(canvas.get_renderer()) for a in figure.texts}
        return next(b for text, b in found.items() if text.startswith("Long")), found["Subtitle"], axes.bbox

    title, subtitle, axes = boxes("Long title " * 8)
    assert title.y0 >= subtitle.y1 - 1 and subtitle.y0 > axes.y1 and title.x1 <= 400
