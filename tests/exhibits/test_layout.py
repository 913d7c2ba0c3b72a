"""What the figures share: widths that hold wherever a figure is drawn, and columns beside the axes."""

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from pipeline.exhibits.drawing import beside, finish, new_figure, style, width_of, wrapped
from tests.exhibits.shown import unreadable

SENTENCE = (
    "Сверху — самые изменчивые. Ст. откл. — стандартное отклонение изменений. 1-е место — наибольший рост в области."
)


@pytest.mark.parametrize("dots_per_inch", [72, 100, 300])
@pytest.mark.parametrize("weight", ["normal", "bold"])
def test_a_text_is_as_wide_as_it_was_measured_at_every_resolution(dots_per_inch, weight):
    """Hinted glyphs are up to a tenth wider or narrower at one resolution than at another: lines were cut."""
    with style():
        figure, _ = new_figure(8.6, 3)
        text = figure.text(0, 0.5, SENTENCE, fontsize=9.5, fontweight=weight)
        measured = width_of(figure, SENTENCE, 9.5, weight)
        figure.dpi = dots_per_inch
        drawn = text.get_window_extent(FigureCanvasAgg(figure).get_renderer()).width * 72 / dots_per_inch
    assert drawn == pytest.approx(measured, rel=0.005)


def test_lines_break_between_words_and_own_breaks_stay():
    with style():
        figure, _ = new_figure(2, 2)
        lines = wrapped(figure, "one two three four five six seven\neight", 9.5).split("\n")
        assert all(width_of(figure, line, 9.5) <= 0.976 * 2 * 72 for line in lines)
    assert " ".join(lines) == "one two three four five six seven eight" and lines[-1] == "eight"


def test_columns_beside_the_axes_make_room_for_the_longest_text():
    with style():
        figure, axes = new_figure(7, 3)
        axes.set_ylim(-0.5, 1.5)
        heads = ["a long head", "b"]
        beside(axes, [0, 1], [["1", "2"], ["a text that is long", "short"]], heads, strong={1: "red"})
        finish(figure, "Title", "Subtitle", "Source")
    assert unreadable(figure) == []
    weights = {text.get_text(): text.get_fontweight() for text in axes.texts}
    assert weights["short"] == weights["2"] == "bold" and weights["1"] == "normal"


def test_what_cannot_be_read_is_named():
    with style():
        figure, axes = new_figure(4, 2)
        axes.set_axis_off()
        axes.text(0.5, 0.5, "one")
        axes.text(0.52, 0.5, "another")
        figure.text(0.95, 0.1, "too far")
    assert unreadable(figure) == ["'too far' is cut", "'one' covers 'another'"]
