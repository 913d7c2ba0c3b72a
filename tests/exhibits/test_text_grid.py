"""Text stays inside its box, whatever its length; rows are as high as their highest box."""

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from pipeline.exhibits.drawing import in_style
from pipeline.exhibits.text_grid import Box, Line, plain, text_grid
from tests.exhibits.shown import overlapping

LONG = "Мамлекеттик-жеке өнөктөштүк жана долбоордук консорциумдар, " * 3


@in_style
def grid(rows, widths):
    return text_grid(rows, widths, title="A title", subtitle="What it is", source="Source: made")


def outside(figure: Figure) -> list[str]:
    """Texts of the grid that leave the box in which they begin, by more than a hair."""
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
    box = Box((Line(text), Line("a state", weight="bold", mark="\u25cf"), Line(text, size=8)))
    figure = grid([[plain("Head", weight="bold"), plain("Other")], [box, plain("next to it")]], [1.5, 1.2])
    assert outside(figure) == []
    assert overlapping(figure) == []


def test_the_finder_finds():
    figure = grid([[plain("x")]], [1.0])
    figure.axes[0].text(0.9, 0.1, "over the edge", in_layout=False)
    assert outside(figure) == ["over the edge"]


def test_boxes_of_a_row_share_their_height_and_the_first_line_its_baseline():
    figure = grid([[plain(LONG), plain("gyp")]], [1.5, 1.5])
    heights = {round(p.get_height(), 6) for p in figure.axes[0].patches}
    assert len(heights) == 1
    FigureCanvasAgg(figure).draw()
    first, second = (t for t in figure.axes[0].texts)
    lines = first.get_text().count("\n")
    step = first.get_fontsize() * 1.22 / 72
    assert first.get_position()[1] - lines * step == pytest.approx(second.get_position()[1], abs=1e-9)


def test_a_box_over_several_rows_is_as_high_as_they_and_stretches_the_last_if_it_must():
    rows = [[plain("a"), Box((Line(LONG),), rows=2)], [plain("b"), None]]
    patches = grid(rows, [1.0, 1.0]).axes[0].patches
    heights = [round(p.get_height(), 4) for p in patches[::2]]  # a ground and a frame for each box
    assert heights[1] == pytest.approx(heights[0] + heights[2], abs=1e-3)
    assert heights[2] > heights[0]


def test_a_box_over_several_columns_is_as_wide_as_they():
    figure = grid([[Box((Line("a head"),), columns=2), None], [plain("a"), plain("b")]], [1.0, 2.0])
    assert [p.get_width() for p in figure.axes[0].patches[::2]] == [3.0, 1.0, 2.0]


def test_a_column_is_widened_for_a_word_that_is_longer():
    figure = grid([[plain("Инфраструктурага", weight="bold"), plain("б")]], [0.4, 1.0])
    assert outside(figure) == [] and overlapping(figure) == []
    assert figure.axes[0].patches[0].get_width() > 1.0 == figure.axes[0].patches[2].get_width()


def test_the_figure_is_as_wide_as_its_columns_to_scale():
    """An inch of a column is an inch of paper, or text would be measured for another width."""
    figure = grid([[plain("a"), plain("b")]], [2.0, 3.0])
    FigureCanvasAgg(figure).draw()
    axes = figure.axes[0]
    left, right = axes.transData.transform([(0, 0), (5, 0)])
    assert (right[0] - left[0]) / figure.dpi == pytest.approx(5.0, rel=0.004)
