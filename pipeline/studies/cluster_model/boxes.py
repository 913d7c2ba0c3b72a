"""Boxes of wrapped text in a figure, as high as the longest language needs.

Measures are inches. A text is measured before anything is placed, so no language runs over the edge of its box.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from pipeline.exhibits.drawing import GREY, INK, finish, new_figure, wrapped

PADDING = 0.08
_LEADING = 1.22  # distance of baselines by font size
_ASCENT, _DESCENT = 0.76, 0.24  # of the font, by size
_MARK = 0.20  # room of a mark before its text
_GAP = 0.05  # between two texts of a box
_POINTS = 72.0
_EDGE = 0.01
# What the constrained layout keeps free around the axes: a share of the figure's width, and inches (see `finish`).
_SHARE, _SIDES, _ENDS = 0.98, 0.12, 0.08


@dataclass(frozen=True)
class Line:
    """A text of a box, wrapped to its width; `mark` stands before it and the text is indented."""

    text: str
    size: float = 9.0
    weight: str = "normal"
    color: str = INK
    mark: str = ""


def set_lines(figure: Figure, lines: Sequence[Line], width: float) -> tuple[list[Line], float]:
    """The lines wrapped to a width in inches, and the height that they take, padding not counted."""
    wide = figure.get_figwidth()
    set_ = []
    for line in lines:
        room = width - (_MARK if line.mark else 0)
        set_.append(replace(line, text=wrapped(figure, line.text, line.size, line.weight, room / wide)))
    heights = [line_height(line) for line in set_]
    return set_, sum(heights) + _GAP * max(len(heights) - 1, 0)


def line_height(line: Line) -> float:
    """Height of a wrapped line in inches."""
    return (line.text.count("\n") + 1) * line.size * _LEADING / _POINTS


def write_lines(axes: Axes, lines: Sequence[Line], x: float, y: float) -> float:
    """Write wrapped lines from (x, y) downwards, y growing downwards; the y below the last."""
    for line in lines:
        # Set on the baseline, not by the height of the glyphs that happen to be there: boxes side by side stay level.
        how = {"fontsize": line.size, "color": line.color, "va": "baseline", "ha": "left", "in_layout": False}
        first = y + (_LEADING - _DESCENT) * line.size / _POINTS
        last = y + line_height(line) - _DESCENT * line.size / _POINTS  # what matplotlib calls the baseline of a text
        if line.mark:
            axes.text(x, first, line.mark, fontweight="bold", **how)
        axes.text(
            x + (_MARK if line.mark else 0),
            last,
            line.text,
            fontweight=line.weight,
            linespacing=(_LEADING - _DESCENT) / _ASCENT,
            **how,
        )
        y += line_height(line) + _GAP
    return y


def draw_box(axes: Axes, x: float, y: float, width: float, height: float, face: str = "white") -> None:
    """A box with its frame and ground."""
    axes.add_patch(Rectangle((x, y), width, height, facecolor=face, edgecolor=GREY, lw=0.7))


def canvas(width: float, height: float, title: str, subtitle: str, source: str) -> tuple[Figure, Axes]:
    """A finished figure whose axes hold `width` x `height` inches, x to the right and y downwards from the top left."""
    whole = (width + 2 * _EDGE + _SIDES) / _SHARE
    scratch, _ = new_figure(whole, 10.0)
    finish(scratch, title, subtitle, source)
    around = 10.0 * (1 - scratch.get_layout_engine().get()["rect"][3])
    figure, axes = new_figure(whole, height + 2 * _EDGE + _ENDS + around)
    axes.set_axis_off()
    axes.set_xlim(-_EDGE, width + _EDGE)  # half the stroke of the outer frames is inside too
    axes.set_ylim(height + _EDGE, -_EDGE)
    return finish(figure, title, subtitle, source), axes
