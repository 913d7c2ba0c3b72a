"""Pictures of plans of facilities: maps without outlines, and grids of what pays under which conditions.

Positions are degrees; a map is drawn with one scale for both directions at its middle latitude. The texts are handed
in by the notebooks' own figures.
"""

from collections.abc import Collection, Mapping, Sequence
from math import cos, radians

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.transforms import Bbox

from pipeline.figures import ACCENT, GREY, INK, LIGHT, SECOND

SHADES = LinearSegmentedColormap.from_list("shades", ["#FFFFFF", SECOND])
_CIRCLE = 900.0  # area of the largest circle, square points
_SMALLEST = 150.0  # area of the smallest: its rim is seen around the square of a facility
_LINE = 6.0  # width of the thickest line, points


def draw_map(
    axes: Axes,
    points: pd.DataFrame,
    quantity: pd.Series,
    sites: Collection[str],
    flows: pd.DataFrame,
    closed: Collection[str] = (),
) -> None:
    """Places as circles whose area is their quantity (but never too small to be seen), facilities as squares, what is
    moved as lines to them.

    `points`: `latitude, longitude` in degrees, by name; `flows`: `origin, hub, t`; `closed` have a thick rim.
    """
    largest = quantity.max()
    for row in flows.itertuples():
        start, end = (points.loc[name, ["longitude", "latitude"]].to_numpy(float) for name in (row.origin, row.hub))
        axes.plot(*zip(start, end, strict=True), color=INK, lw=max(1.0, _LINE * row.t / largest), zorder=2,
                  solid_capstyle="round", gid="flow")  # fmt: skip
    for name, place in points.iterrows():
        axes.scatter(
            place["longitude"], place["latitude"], s=max(_SMALLEST, _CIRCLE * quantity[name] / largest), fc="#DDDDDD",
            edgecolor=INK if name in closed else GREY, linewidth=1.8 if name in closed else 0.7, zorder=1, gid="place",
        )  # fmt: skip
        if name in sites:
            axes.plot(place["longitude"], place["latitude"], "s", color=ACCENT, ms=7, mec="white", mew=0.8, zorder=4,
                      gid="facility")  # fmt: skip
    axes.set_aspect(1 / cos(radians(points["latitude"].mean())))
    axes.set_xlim(_limits(points["longitude"]))
    axes.set_ylim(_limits(points["latitude"]))
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(True)
        spine.set_color(LIGHT)


def map_height(points: pd.DataFrame, width: float) -> float:
    """Height of a map of this width, in the same unit."""
    (west, east), (south, north) = (_limits(points[axis]) for axis in ("longitude", "latitude"))
    return width * (north - south) / ((east - west) * cos(radians(points["latitude"].mean())))


def _limits(degrees: pd.Series) -> tuple[float, float]:
    """Limits of an axis that leave room for circles and names."""
    edge = 0.14 * (degrees.max() - degrees.min()) + 0.12
    return degrees.min() - edge, degrees.max() + edge


def draw_scale(axes: Axes, points: pd.DataFrame, km: float, text: str) -> None:
    """A line of `km` on the great circle, with its text above, in that lower corner of a map where more room is."""
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    length = km / (111.195 * cos(radians((south + north) / 2)))
    margin, y = 0.03 * (east - west), south + 0.05 * (north - south)
    starts = (west + margin, east - margin - length)
    place = points[["longitude", "latitude"]].to_numpy(float)
    room = [np.hypot(*(place - (start + length / 2, y)).T).min() for start in starts]
    x = starts[int(np.argmax(room))]
    axes.plot([x, x + length], [y, y], color=INK, lw=1.4, solid_capstyle="butt", gid="scale")
    axes.text(x, y + 0.015 * (north - south), text, fontsize=8, ha="left", va="bottom", gid="scale")


def name_places(figure: Figure, axes: Axes, points: pd.DataFrame, names: Mapping[str, str], size: float = 8.5) -> None:
    """Names beside the places of a map, each on the side where it covers least. Call it when all else is drawn."""
    figure.draw_without_rendering()  # the layout is known only then
    renderer = figure.canvas.get_renderer()
    per_point = figure.dpi / 72
    radii = [np.sqrt(marker.get_sizes()[0]) / 2 for marker in axes.collections]
    places = axes.transData.transform(points[["longitude", "latitude"]].to_numpy(float))
    taken = [_box(x, y, radius * per_point) for (x, y), radius in zip(places, radii, strict=True)]
    taken += [text.get_window_extent(renderer) for text in axes.texts]
    for line in axes.lines:
        if line.get_gid() == "flow":  # as a chain of small boxes
            start, end = axes.transData.transform(line.get_xydata())
            taken += [_box(*(start + share * (end - start)), 3) for share in np.linspace(0, 1, 25)]
    frame = axes.get_window_extent(renderer)
    for name, radius in zip(points.index, np.maximum(radii, 4) + 2, strict=True):
        at = points.loc[name, ["longitude", "latitude"]].to_numpy(float)
        sides = [
            (radius, 0, "left", "center"), (-radius, 0, "right", "center"), (0, -radius, "center", "top"),
            (0, radius, "center", "bottom"), (0.7 * radius, 0.7 * radius, "left", "bottom"),
            (-0.7 * radius, 0.7 * radius, "right", "bottom"), (0.7 * radius, -0.7 * radius, "left", "top"),
            (-0.7 * radius, -0.7 * radius, "right", "top"),
        ]  # fmt: skip
        tried = []
        for x, y, ha, va in sides:
            label = axes.annotate(names[name], at, (x, y), textcoords="offset points", ha=ha, va=va, fontsize=size,
                                  zorder=5, annotation_clip=False)  # fmt: skip
            label.set_in_layout(False)
            box = label.get_window_extent(renderer).padded(1)
            outside = box.width * box.height - _common(box, frame)
            tried.append((sum(_common(box, other) for other in taken) + 3 * outside, len(tried), label, box))
        best = min(tried, key=lambda candidate: candidate[:2])
        for *_, label, _ in tried:
            if label is not best[2]:
                label.remove()
        taken.append(best[3])


def _box(x: float, y: float, half: float) -> Bbox:
    return Bbox.from_extents(x - half, y - half, x + half, y + half)


def _common(one: Bbox, other: Bbox) -> float:
    """Area that two boxes share, square pixels."""
    both = Bbox.intersection(one, other)
    return 0.0 if both is None else both.width * both.height


def map_legend(texts: Mapping[str, str]) -> list[Line2D]:
    """Marks of a map's legend; `texts` names those wanted among `place, closed, facility, flow`."""
    marks = {
        "place": {"marker": "o", "mfc": "#DDDDDD", "mec": GREY, "ms": 9, "ls": ""},
        "closed": {"marker": "o", "mfc": "#DDDDDD", "mec": INK, "ms": 9, "ls": "", "mew": 1.8},
        "facility": {"marker": "s", "color": ACCENT, "ms": 7, "ls": ""},
        "flow": {"color": INK, "lw": 2.5},
    }
    return [Line2D([], [], label=text, **marks[name]) for name, text in texts.items()]


def draw_grid(
    axes: Axes,
    shade: pd.DataFrame,
    upper: pd.DataFrame,
    lower: pd.DataFrame,
    full: float,
    x_labels: Sequence[str],
    y_labels: Sequence[str],
) -> None:
    """A cell for each pair of conditions, darker the larger `shade` (up to `full`), with two texts in it.

    The frames share rows (drawn from below) and columns; `upper` and `lower` hold the texts.
    """
    for row, col in np.ndindex(shade.shape):
        value = min(max(float(shade.iat[row, col]) / full, 0.0), 1.0) if full > 0 else 0.0
        axes.add_patch(Rectangle((col - 0.5, row - 0.5), 1, 1, facecolor=SHADES(value), edgecolor="white", lw=1.2))
        ink = "white" if value > 0.55 else INK
        middle = {"ha": "center", "va": "center", "color": ink}
        axes.text(col, row + 0.17, upper.iat[row, col], fontsize=10, fontweight="bold", **middle)
        axes.text(col, row - 0.22, lower.iat[row, col], fontsize=8.5, **middle)
    rows, cols = shade.shape
    axes.set_xlim(-0.5, cols - 0.5)
    axes.set_ylim(-0.5, rows - 0.5)
    axes.set_xticks(range(cols), x_labels)
    axes.set_yticks(range(rows), y_labels)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
