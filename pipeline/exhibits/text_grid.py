"""Figures made of words: rows and columns of wrapped text, as high as the longest language needs.

Measures are inches. A text is measured before anything is placed, so no language runs over the edge of its box.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from pipeline.exhibits.drawing import GREY, INK, finish, new_figure, width_of, wrapped

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


@dataclass(frozen=True)
class Box:
    """A cell of the grid: its texts from the top; `rows` and `columns` are how many it covers."""

    lines: tuple[Line, ...] = ()
    face: str = "white"
    hatch: str = ""
    rows: int = 1
    columns: int = 1
    edge: str = GREY
    centred: bool = field(default=False)


def plain(text: str, **how: object) -> Box:
    """A box of one text."""
    return Box((Line(text, **how),))


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


def draw_box(axes: Axes, x: float, y: float, width: float, height: float, box: Box) -> None:
    """The frame and ground of a box; a hatch is drawn light, so that text on it can be read."""
    frame = Rectangle((x, y), width, height, facecolor="none", edgecolor=box.edge, lw=0.7, zorder=2)
    ground = Rectangle((x, y), width, height, facecolor=box.face, edgecolor="#E0E0E0", hatch=box.hatch, lw=0, zorder=1)
    axes.add_patch(ground)
    axes.add_patch(frame)


def canvas(
    width: float, height: float, title: str, subtitle: str, source: str, legend: list[Artist] | None = None
) -> tuple[Figure, Axes]:
    """A finished figure whose axes hold `width` x `height` inches, x to the right and y downwards from the top left."""
    whole = (width + 2 * _EDGE + _SIDES) / _SHARE
    scratch, _ = new_figure(whole, 10.0)
    finish(scratch, title, subtitle, source, legend)
    around = 10.0 * (1 - scratch.get_layout_engine().get()["rect"][3])
    figure, axes = new_figure(whole, height + 2 * _EDGE + _ENDS + around)
    axes.set_axis_off()
    axes.set_xlim(-_EDGE, width + _EDGE)  # half the stroke of the outer frames is inside too
    axes.set_ylim(height + _EDGE, -_EDGE)
    return finish(figure, title, subtitle, source, legend), axes


def text_grid(
    rows: Sequence[Sequence[Box | None]],
    widths: Sequence[float],
    *,
    title: str,
    subtitle: str,
    source: str,
    legend: list[Artist] | None = None,
) -> Figure:
    """A grid of boxes.

    Parameters
    ----------
    rows
        The boxes of each row; None where a box of an earlier row or column reaches.
    widths
        Width of each column in inches; a column with a longer word is widened, since words are not broken.
    """
    measure, _ = new_figure((sum(widths) + 2 * _EDGE + _SIDES) / _SHARE, 1.0)
    needed = _longest_words(measure, rows, len(widths))
    widths = [max(width, *of_words) for width, of_words in zip(widths, needed, strict=True)]
    measure.set_figwidth((sum(widths) + 2 * _EDGE + _SIDES) / _SHARE)
    left = [sum(widths[:i]) for i in range(len(widths))]
    set_, needed = {}, [0.0] * len(rows)
    for r, row in enumerate(rows):
        for c, box in enumerate(row):
            if box is None:
                continue
            width = sum(widths[c : c + box.columns])
            set_[r, c] = lines, height = set_lines(measure, box.lines, width - 2 * PADDING)
            if box.rows == 1:
                needed[r] = max(needed[r], height + 2 * PADDING)
    for (r, c), (_, height) in set_.items():  # a box over several rows stretches the last of them, if it must
        covered = rows[r][c].rows
        if covered > 1:
            needed[r + covered - 1] += max(0.0, height + 2 * PADDING - sum(needed[r : r + covered]))
    top = [sum(needed[:i]) for i in range(len(needed) + 1)]
    figure, axes = canvas(sum(widths), top[-1], title, subtitle, source, legend)
    for (r, c), (lines, height) in set_.items():
        box = rows[r][c]
        width, tall = sum(widths[c : c + box.columns]), top[r + box.rows] - top[r]
        draw_box(axes, left[c], top[r], width, tall, box)
        down = max(PADDING, (tall - height) / 2) if box.centred else PADDING
        write_lines(axes, lines, left[c] + PADDING, top[r] + down)
    return figure


def _longest_words(figure: Figure, rows: Sequence[Sequence[Box | None]], columns: int) -> list[list[float]]:
    """For each column the widths that its words need, padding and marks included."""
    needed: list[list[float]] = [[0.0] for _ in range(columns)]
    for row in rows:
        for column, box in enumerate(row):
            if box and box.columns == 1:
                needed[column] += [
                    width_of(figure, word, line.size, line.weight) / _POINTS + 2 * PADDING + (_MARK if line.mark else 0)
                    for line in box.lines
                    for word in line.text.split()
                ]
    return needed
