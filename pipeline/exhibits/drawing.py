"""Figures: one style for all, readable in grey and by readers who do not see all colours.

Colours are from Okabe and Ito's set; the study's own oblast or crop is drawn strong and in colour, the others thin
and grey, and every line carries its name, so that colour never carries meaning alone.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache, wraps
from typing import ParamSpec

import matplotlib as mpl
import numpy as np
from babel.numbers import get_decimal_symbol
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Annotation, Text
from matplotlib.ticker import ScalarFormatter
from matplotlib.transforms import Bbox

from pipeline.text.language import Catalogue

INK = "#222222"
GREY = "#767676"
LIGHT = "#B8B8B8"
FAINT = "#E4E4E4"
ACCENT = "#B54708"  # vermillion, darkened until it has contrast 4.5 on white
SECOND = "#0072B2"  # blue
THIRD = "#56B4E9"  # sky blue, light in grey

WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 1.2, "alpha": 0.9}  # behind a label that may cross a line

STYLE = {
    "font.family": "DejaVu Sans",  # shipped with matplotlib: the same bytes everywhere; has ң, ө, ү
    "font.size": 9.5,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 9.5,
    "axes.labelcolor": INK,
    "axes.edgecolor": GREY,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "text.color": INK,
    "text.hinting": "none",  # a text is then equally wide at every resolution and in SVG: what was measured holds
    "grid.color": FAINT,
    "grid.linewidth": 0.8,
    "hatch.linewidth": 0.6,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}

P = ParamSpec("P")


def in_style(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Draw in the project's style, whatever the reader's own matplotlib settings are."""

    @wraps(draw)
    def styled(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with style():
            return draw(*args, **kwargs)

    return styled


@contextmanager
def style() -> Iterator[None]:
    """Context in which figures are drawn and written; nothing of the reader's settings enters."""
    before = dict.copy(mpl.rcParams)
    try:
        dict.update(mpl.rcParams, _settings())  # as matplotlib restores settings: what was checked is not checked again
        yield
    finally:
        dict.update(mpl.rcParams, before)


@cache
def _settings() -> dict[str, object]:
    """All settings of matplotlib as figures of the project have them."""
    own = {**{k: v for k, v in mpl.rcParamsDefault.items() if k != "backend"}, **STYLE}
    with mpl.rc_context(own):
        return {name: dict.__getitem__(mpl.rcParams, name) for name in own}


def new_figure(width: float, height: float, columns: int = 1, **options: object) -> tuple[Figure, Axes]:
    """A figure, sizes in inches, with `columns` axes beside each other; made without pyplot, so nothing pops up."""
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(1, columns, **options)


def nothing_to_show(title: str, why: str, source: str) -> Figure:
    """A figure in the place of one that cannot be drawn, saying why."""
    figure, axes = new_figure(7.2, 1.9)
    axes.set_axis_off()
    axes.text(0, 0.5, wrapped(figure, why, 10.5), va="center", ha="left", fontsize=10.5, transform=axes.transAxes)
    return finish(figure, title, "", source)


def finish(figure: Figure, title: str, subtitle: str, source: str, legend: list[Artist] | None = None) -> Figure:
    """Title and subtitle at the top left, the source at the bottom: a figure that is copied stays honest.

    Lines that a language makes longer than the figure is wide are broken, and the axes give way. `legend` holds the
    marks of a legend that belongs to the whole figure; it stands above the source, in as few rows as its width allows.
    """
    title, subtitle = wrapped(figure, title, 12, "bold"), wrapped(figure, subtitle, 9.5)
    source = wrapped(figure, source, 8)
    inches = figure.get_figheight()
    below_title, above_source = 0.20 * title.count("\n"), 0.14 * source.count("\n")
    top, bottom = 0.72 + below_title + 0.17 * subtitle.count("\n"), 0.30 + above_source
    if legend:
        height = _legend(figure, legend, (0.26 + above_source) / inches)
        bottom += 0.12 + height
    figure.get_layout_engine().set(
        rect=(0.01, bottom / inches, 0.98, 1 - (top + bottom) / inches), w_pad=0.06, h_pad=0.04
    )
    figure.text(0.012, 1 - 0.12 / inches, title, fontsize=12, fontweight="bold", va="top", ha="left")
    figure.text(
        0.012,
        1 - (0.40 + below_title) / inches,
        subtitle,
        fontsize=9.5,
        color="#4D4D4D",
        va="top",
        ha="left",
        linespacing=1.3,
    )
    figure.text(0.012, 0.09 / inches, source, fontsize=8, color="#5C5C5C", va="bottom", ha="left")
    _break_axis_labels(figure)
    return figure


def _break_axis_labels(figure: Figure) -> None:
    """Break labels and titles of axes that are longer than the side of the axes they stand at; the axes give way."""
    labels = []
    for axes in figure.axes:
        titles = [child for child in axes.get_children() if isinstance(child, Text) and child not in axes.texts]
        for label in (axes.xaxis.label, axes.yaxis.label, *titles):
            if label.get_text().strip():
                labels.append((label, label.get_text(), axes))
    for _ in range(2 if labels else 0):  # what is broken below the axes makes them lower
        lay_out(figure)
        for label, text, axes in labels:
            sides = axes.get_window_extent()
            share = (sides.height if label is axes.yaxis.label else sides.width) / figure.bbox.width
            broken = wrapped(figure, text, label.get_fontsize(), label.get_fontweight(), share)
            if broken != label.get_text():
                label.set_text(broken)
                figure.stale = True  # labels of axes, unlike other artists, do not say so themselves


def lay_out(figure: Figure) -> None:
    """Give the axes of a figure their places, if an artist of it has changed since they got them.

    The half of `Figure.draw_without_rendering` that places: drawing everything once more would change nothing.
    """
    if not figure.stale:
        return
    figure.get_layout_engine().execute(figure)
    for axes in figure.axes:
        axes.apply_aspect()
    figure.stale = False  # every change of an artist in it sets this again


_ROW_OF_LEGEND = 0.20  # inches


def _legend(figure: Figure, handles: list[Artist], bottom: float) -> float:
    """A legend for the whole figure, its lower edge at `bottom` (share of the height); its height in inches."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    for rows in range(1, len(handles) + 1):
        legend = figure.legend(
            handles=handles,
            loc="lower left",
            bbox_to_anchor=(0.006, bottom),
            ncols=-(-len(handles) // rows),
            fontsize=8.5,
            handletextpad=0.5,
            columnspacing=1.4,
        )
        if legend.get_window_extent(renderer).x1 <= figure.bbox.width or rows == len(handles):
            return _ROW_OF_LEGEND * rows
        legend.remove()
    return 0.0


def wrapped(figure: Figure, text: str, size: float, weight: str = "normal", share: float = 0.976) -> str:
    """The text broken between words so that no line is wider than a share of the figure; its own breaks stay."""
    room = share * figure.get_figwidth() * 72
    lines = []
    for paragraph in text.split("\n"):
        if width_of(figure, paragraph, size, weight) <= room:  # as most do: one measure instead of one a word
            lines.append(paragraph)
            continue
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if line and width_of(figure, longer, size, weight) > room:
                lines.append(line)
                line = word
            else:
                line = longer
        lines.append(line)
    return "\n".join(lines)


SLIDES_DOTS_PER_INCH = 300


def width_of(figure: Figure, text: str, size: float, weight: str = "normal") -> float:
    """How wide a text may get when the figure is drawn, its longest line, in points.

    Glyphs are fitted to pixels, so the same line is some percent wider at one resolution than at another; the wider of
    the figure's own and that of slides counts.
    """
    dots = {figure.dpi, SLIDES_DOTS_PER_INCH}
    return max(_width(line, size, weight, d) for line in text.split("\n") for d in dots)


@lru_cache(maxsize=4096)
def _width(line: str, size: float, weight: str | int, dots_per_inch: float) -> float:
    """How wide a line is at a resolution, in points."""
    font = _font(size, weight)
    return _ruler(dots_per_inch).get_text_width_height_descent(line, font, False)[0] * 72 / dots_per_inch


@cache
def _font(size: float, weight: str | int) -> FontProperties:
    return FontProperties(family=STYLE["font.family"], size=size, weight=weight)


@cache
def _ruler(dots_per_inch: float) -> RendererAgg:
    """A renderer that texts are measured with; nothing is drawn on it."""
    return RendererAgg(1, 1, dots_per_inch)


def beside(
    axes: Axes,
    at: Sequence[float],
    columns: Sequence[Sequence[str]],
    heads: Sequence[str] = (),
    strong: Mapping[float, str] | None = None,
    size: float = 9.0,
) -> None:
    """Columns of text to the right of the axes, as a table would have them: each as wide as what stands in it.

    Parameters
    ----------
    at
        Positions of the rows on the y axis, in data units; every column has a text for each.
    columns, heads
        The texts, and what stands above each column, if anything.
    strong
        Colour of the rows that are set bold, by position.
    """
    figure, left = axes.get_figure(), _BESIDE
    for number, column in enumerate(columns):
        head = heads[number] if heads else ""
        for y, text in zip(at, column, strict=True):
            color = (strong or {}).get(y)
            axes.annotate(
                text,
                (1, y),
                xycoords=axes.get_yaxis_transform(),
                xytext=(left, 0),
                textcoords="offset points",
                va="center_baseline",
                ha="left",
                fontsize=size,
                color=color or INK,
                fontweight="bold" if color else "normal",
            )
        axes.annotate(
            head,
            (1, 1),
            xycoords="axes fraction",
            xytext=(left, 5),
            textcoords="offset points",
            va="baseline",
            ha="left",
            fontsize=size - 0.5,
        )
        left += max(width_of(figure, text, size, "bold") for text in (*column, head)) + _BESIDE


_BESIDE = 9.0  # points between the axes and a column beside it, and between two columns


class _LocalFormatter(ScalarFormatter):
    """Numbers at ticks with the decimal mark of a language."""

    def __init__(self, mark: str):
        super().__init__(useOffset=False)
        self._mark = mark

    def __call__(self, x: float, pos: int | None = None) -> str:
        return super().__call__(x, pos).replace(".", self._mark)


def localized(figure: Figure, t: Catalogue) -> Figure:
    """The figure with the numbers at its ticks as the language writes them; ticks with labels of their own stay."""
    mark = get_decimal_symbol(t.locale)
    for axes in figure.axes if mark != "." else ():
        for axis in (axes.xaxis, axes.yaxis):
            if type(axis.get_major_formatter()) is ScalarFormatter:
                axis.set_major_formatter(_LocalFormatter(mark))
    return figure


def make_room(axes: Axes, labels: Sequence[Text], pad: float = 4.0) -> None:
    """Widen the x axis until labels that begin or end at a mark lie within it, `pad` points from its ends.

    To be called on a finished figure: how much of the axis a label takes is known only when the axes have their size.
    """
    figure = axes.get_figure()
    lay_out(figure)
    width, gap = axes.get_window_extent().width, pad * figure.dpi / 72
    low, high = axes.get_xlim()
    marks, boxes = [label.xy[0] for label in labels], [label.get_window_extent() for label in labels]
    to_dots = axes.transData.transform
    reach = [(x, to_dots((x, 0))[0] - box.x0, box.x1 - to_dots((x, 0))[0]) for x, box in zip(marks, boxes, strict=True)]
    for _ in range(20):  # to widen the axis shrinks its scale, so the labels take more of it: converges geometrically
        scale = (high - low) / width
        low = min([low, *(x - (left + gap) * scale for x, left, _ in reach)])
        high = max([high, *(x + (right + gap) * scale for x, _, right in reach)])
    axes.set_xlim(low, high)


def spread(positions: Sequence[float], gap: float) -> np.ndarray:
    """Positions for labels: as near as possible to the wanted ones (least squares), at least `gap` apart.

    Pool-adjacent-violators on the sorted positions (isotonic regression of position minus rank times gap), so
    labels keep their order.

    Examples
    --------
    >>> spread([1.0, 1.0, 5.0], 1.0).tolist()
    [0.5, 1.5, 5.0]
    """
    order = np.argsort(positions, kind="stable")
    blocks: list[list[float]] = []  # [sum, count] of wanted positions, each less rank x gap
    for rank, index in enumerate(order):
        blocks.append([positions[index] - rank * gap, 1])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
            total, count = blocks.pop()
            blocks[-1][0] += total
            blocks[-1][1] += count
    levels = np.concatenate([np.full(int(count), total / count) for total, count in blocks])
    placed = np.empty(len(positions))
    placed[order] = levels + gap * np.arange(len(positions))
    return placed


def mark_label(axes: Axes, text: str, at: tuple[float, float], **style: object) -> Annotation:
    """A label at a mark, to be put in its place by `place_labels` or `make_room` when the figure is finished.

    It takes no part in the layout: a name that is long in some language would otherwise squeeze the axes it stands in.
    """
    return axes.annotate(text, at, **{"xytext": (0, 0), "textcoords": "offset points", "in_layout": False} | style)


# Where a label may stand at its mark: the shift in points, and which of its sides is turned to the mark.
AROUND = (
    (8, 0, "left", "center"),
    (-8, 0, "right", "center"),
    (0, 7, "center", "bottom"),
    (0, -7, "center", "top"),
    (5, 5, "left", "bottom"),
    (-5, 5, "right", "bottom"),
    (5, -5, "left", "top"),
    (-5, -5, "right", "top"),
    (0, 16, "center", "bottom"),
    (0, -16, "center", "top"),
    (0, 26, "center", "bottom"),
    (0, -26, "center", "top"),
)


def place_labels(
    figure: Figure, labels: Sequence[Annotation], places: Sequence[tuple[float, float, str, str]] = AROUND
) -> None:
    """Put every label at that one of its places where it covers the fewest marks and other texts, inside its axes.

    To be called on a finished figure, when the axes have their size, with labels made by `mark_label`.
    """
    lay_out(figure)
    others = [text for axes in figure.axes for text in axes.texts if text not in labels]
    placed: list[Bbox] = [text.get_window_extent() for text in others]
    for label in labels:
        axes, best = label.axes, None
        sides = axes.get_window_extent()
        lines = [line for line in axes.get_lines() if line.get_marker() not in ("", "None", None)]
        marks = np.vstack([line.get_transform().transform(line.get_xydata()) for line in lines] or [np.empty((0, 2))])
        for x, y, ha, va in places:
            label.xyann = (x, y)
            label.set(ha=ha, va=va)
            box = label.get_window_extent()
            sideways = max(sides.x0 + _EDGE - box.x0, 0) + min(sides.x1 - _EDGE - box.x1, 0)
            box = box.translated(sideways, 0)
            own = box.contains(*axes.transData.transform(label.xy))  # its own mark counts twice: it must be seen
            covered = box.padded(_MARK).count_contains(marks) + box.count_overlaps(placed) + own
            if best is None or covered < best[0]:
                best = (covered, box, (x + sideways * 72 / figure.dpi, y), ha, va)
        _, box, label.xyann, ha, va = best
        label.set(ha=ha, va=va)
        placed.append(box)
    figure.stale = False  # these labels take no part in the layout


_MARK = 7  # dots from the middle of a mark to its edge
_EDGE = 2  # dots that a label keeps from the edge of its axes; text is set on whole dots
