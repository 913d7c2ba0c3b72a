"""Figures: one style for all, readable in grey and by readers who do not see all colours.

Colours are from Okabe and Ito's set; the study's own oblast or crop is drawn strong and in colour, the others thin
and grey, and every line carries its name, so that colour never carries meaning alone.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import ParamSpec

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK = "#222222"
GREY = "#767676"
LIGHT = "#B8B8B8"
FAINT = "#E4E4E4"
ACCENT = "#B54708"  # vermillion, darkened until it has contrast 4.5 on white
SECOND = "#0072B2"  # blue
THIRD = "#56B4E9"  # sky blue, light in grey

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


def style():
    """Context in which figures are drawn and written; nothing of the reader's settings enters."""
    return mpl.rc_context({**{k: v for k, v in mpl.rcParamsDefault.items() if k != "backend"}, **STYLE})


def new_figure(width: float, height: float, columns: int = 1, **options: object) -> tuple[Figure, Axes]:
    """A figure, sizes in inches, with `columns` axes beside each other; made without pyplot, so nothing pops up."""
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(1, columns, **options)


def nothing_to_show(title: str, why: str, source: str) -> Figure:
    """A figure in the place of one that cannot be drawn, saying why."""
    figure, axes = new_figure(7.2, 1.9)
    axes.set_axis_off()
    axes.text(0, 0.5, why, va="center", ha="left", fontsize=10.5, transform=axes.transAxes)
    return finish(figure, title, "", source)


def finish(figure: Figure, title: str, subtitle: str, source: str, legend: list[Artist] | None = None) -> Figure:
    """Title and subtitle at the top left, the source at the bottom: a figure that is copied stays honest.

    `legend` holds the marks of a legend that belongs to the whole figure; it stands in one row above the source.
    """
    inches = figure.get_figheight()
    lines = subtitle.count("\n")
    top, bottom = 0.72 + 0.17 * lines, 0.62 if legend else 0.30
    figure.get_layout_engine().set(
        rect=(0.01, bottom / inches, 0.98, 1 - (top + bottom) / inches), w_pad=0.06, h_pad=0.04
    )
    figure.text(0.012, 1 - 0.12 / inches, title, fontsize=12, fontweight="bold", va="top", ha="left")
    figure.text(0.012, 1 - 0.40 / inches, subtitle, fontsize=9.5, color="#4D4D4D", va="top", ha="left", linespacing=1.3)
    figure.text(0.012, 0.09 / inches, source, fontsize=8, color="#5C5C5C", va="bottom", ha="left")
    if legend:
        figure.legend(handles=legend, loc="lower left", bbox_to_anchor=(0.006, 0.26 / inches), ncols=len(legend),
                      fontsize=8.5, handletextpad=0.5, columnspacing=1.4)  # fmt: skip
    return figure


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
