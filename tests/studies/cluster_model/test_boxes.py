"""Text stays inside its box, whatever its length."""

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from pipeline.exhibits.drawing import in_style, new_figure
from pipeline.studies.cluster_model.boxes import PADDING, Line, canvas, draw_box, set_lines, write_lines
from tests.exhibits.shown import unreadable

LONG = "Мамлекеттик-жеке өнөктөштүк жана долбоордук консорциумдар, " * 3


@in_style
def boxed(*lines: Line, width: float = 1.5) -> Figure:
    """A figure of one box that holds the lines."""
    measure, _ = new_figure(width, 1.0)
    wrapped, height = set_lines(measure, lines, width - 2 * PADDING)
    figure, axes = canvas(width, height + 2 * PADDING, "A title", "What it is", "Source: made")
    draw_box(axes, 0, 0, width, height + 2 * PADDING)
    write_lines(axes, wrapped, PADDING, PADDING)
    return figure


def outside(figure: Figure) -> list[str]:
    """Texts of the figure that leave the box in which they begin, by more than a hair."""
    figure.set_dpi(300)  # as for slides; at the resolution of a screen glyphs are fitted to whole pixels
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer, axes = canvas.get_renderer(), figure.axes[0]
    boxes = [p.get_window_extent(renderer) for p in axes.patches if isinstance(p, Rectangle)]
    wrong = []
    for text in axes.findobj(Text):
        if not text.get_text().strip() or not text.get_visible():
            continue
        there = text.get_window_extent(renderer)
        around = [b for b in boxes if b.x0 - 1 <= there.x0 and b.y1 + 1 >= there.y1 and b.x0 <= there.x0 <= b.x1]
        if not any(there.x1 <= b.x1 + 1 and there.y0 >= b.y0 - 1 for b in around):
            wrong.append(text.get_text())
    return wrong


@pytest.mark.parametrize("text", ["short", LONG, "Эл аралык\nэки сап"])
def test_a_text_stays_in_its_box_and_covers_no_other(text):
    figure = boxed(Line(text), Line("a state", weight="bold", mark="\u25cf"), Line(text, size=8))
    assert outside(figure) == []
    assert unreadable(figure) == []


def test_the_finder_finds():
    figure = boxed(Line("x"))
    figure.axes[0].text(1.4, 0.1, "over the edge", in_layout=False)
    assert outside(figure) == ["over the edge"]


def test_the_figure_is_as_wide_as_its_box_to_scale():
    """An inch of a box is an inch of paper, or text would be measured for another width."""
    figure = boxed(Line("a"), width=5.0)
    FigureCanvasAgg(figure).draw()
    left, right = figure.axes[0].transData.transform([(0, 0), (5, 0)])
    assert (right[0] - left[0]) / figure.dpi == pytest.approx(5.0, rel=0.004)
