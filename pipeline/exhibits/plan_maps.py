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
from matplotlib.patheffects import withStroke
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

from pipeline.exhibits.drawing import ACCENT, GREY, INK, LIGHT, SECOND, lay_out

SHADES = LinearSegmentedColormap.from_list("shades", ["#FFFFFF", SECOND])
_CIRCLE = 900.0  # area of the largest circle, square points
_SMALLEST = 150.0  # area of the smallest: its rim is seen around the square of a facility
_LINE = 6.0  # width of the thickest line, points
_SHORT = 3  # characters that a first line of a name must have more than
_ROUNDS = 8  # in which the names of a map are placed again
# Where a name may stand beside its place: offsets in radii, alignment; the first are preferred.
_SIDES = (
    (1.0, 0.0, "left", "center"),
    (-1.0, 0.0, "right", "center"),
    (0.0, -1.0, "center", "top"),
    (0.0, 1.0, "center", "bottom"),
    (0.7, 0.7, "left", "bottom"),
    (-0.7, 0.7, "right", "bottom"),
    (0.7, -0.7, "left", "top"),
    (-0.7, -0.7, "right", "top"),
)


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
        axes.plot(
            *zip(start, end, strict=True),
            color=INK,
            lw=max(1.0, _LINE * row.t / largest),
            zorder=2,
            solid_capstyle="round",
            gid="flow",
        )
    for name, place in points.iterrows():
        axes.scatter(
            place["longitude"],
            place["latitude"],
            s=max(_SMALLEST, _CIRCLE * quantity[name] / largest),
            fc="#DDDDDD",
            edgecolor=INK if name in closed else GREY,
            linewidth=1.8 if name in closed else 0.7,
            zorder=1,
            gid="place",
        )
        if name in sites:
            axes.plot(
                place["longitude"],
                place["latitude"],
                "s",
                color=ACCENT,
                ms=7,
                mec="white",
                mew=0.8,
                zorder=4,
                gid="facility",
            )
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
    """Names beside the places of a map, on one line or two, each on the side where it covers least.

    Every name is placed in turn, then again in view of all others until none moves; of all first names the one that
    covers least in the end. Call it when all else is drawn.
    """
    lay_out(figure)
    renderer = figure.canvas.get_renderer()
    per_point = figure.dpi / 72
    radii = [np.sqrt(marker.get_sizes()[0]) / 2 for marker in axes.collections]
    places = axes.transData.transform(points[["longitude", "latitude"]].to_numpy(float))
    fixed = [_box(x, y, radius * per_point) for (x, y), radius in zip(places, radii, strict=True)]
    fixed += [text.get_window_extent(renderer) for text in axes.texts]
    for line in axes.lines:
        if line.get_gid() == "flow":  # as a chain of small boxes
            start, end = axes.transData.transform(line.get_xydata())
            fixed += [_box(*(start + share * (end - start)), 3) for share in np.linspace(0, 1, 25)]
    fixed_corners, frame = _corners(fixed), _corners([axes.get_window_extent(renderer)])
    labels: list[Annotation] = []
    boxes: list[Bbox] = []
    preference: list[int] = []
    rows: dict[str, list[int]] = {}  # of each place: which of the labels are tries of its name
    for name, radius in zip(points.index, np.maximum(radii, 4) + 2, strict=True):
        at = points.loc[name, ["longitude", "latitude"]].to_numpy(float)
        rows[name] = []
        first, _, last = names[name].rpartition(" ")
        on_two_lines = f"{first}\n{last}" if len(first) > _SHORT else names[name]  # "г. Ош" is one word
        for text in dict.fromkeys((names[name], on_two_lines)):
            for x, y, ha, va in _SIDES:
                label = axes.annotate(
                    text,
                    at,
                    (x * radius, y * radius),
                    textcoords="offset points",
                    ha=ha,
                    va=va,
                    fontsize=size,
                    zorder=5,
                    annotation_clip=False,
                    linespacing=1.0,
                    multialignment=ha,
                    path_effects=[withStroke(linewidth=2.2, foreground="white")],  # a line may run below it
                )
                label.set_in_layout(False)
                rows[name].append(len(labels))
                labels.append(label)
                boxes.append(label.get_window_extent(renderer).padded(2))
                preference.append(2 * text.count("\n"))
    corners = _corners(boxes)
    outside = np.prod(corners[:, 2:] - corners[:, :2], axis=1) - _common(corners, frame)[:, 0]
    covered = _common(corners, fixed_corners).sum(axis=1) + 3 * outside + preference
    between = _common(corners, corners)
    order = list(rows)
    found = [_placed(covered, between, rows, order[start:] + order[:start]) for start in range(len(order))]
    chosen = set(min(found, key=lambda one: one[0])[1].values())
    for row, label in enumerate(labels):
        if row not in chosen:
            label.remove()
    figure.stale = False  # names take no part in the layout


def _placed(
    covered: np.ndarray, between: np.ndarray, rows: Mapping[str, Sequence[int]], order: Sequence[str]
) -> tuple[float, dict[str, int]]:
    """What the names cover in all, and the label of each, when they are placed in this order until none moves.

    `covered` is what each label covers of marks, `between` what each two labels share.
    """
    chosen: dict[str, int] = {}
    for _ in range(_ROUNDS):
        before, covers_in_all = dict(chosen), 0.0
        for name in order:
            others = [row for other, row in chosen.items() if other != name]
            own = rows[name]
            covers = covered[own] + between[np.ix_(own, others)].sum(axis=1)
            chosen[name] = own[int(covers.argmin())]
            covers_in_all += float(covers.min())
        if chosen == before:
            break
    return covers_in_all, chosen


def _box(x: float, y: float, half: float) -> Bbox:
    return Bbox.from_extents(x - half, y - half, x + half, y + half)


def _corners(boxes: Sequence[Bbox]) -> np.ndarray:
    """Left, lower, right and upper edge of each box, one row a box."""
    return np.array([box.extents for box in boxes]).reshape(-1, 4)


def _common(ones: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Area that each of some boxes (rows) shares with each of others (columns), square pixels."""
    lower = np.maximum(ones[:, None, :2], others[None, :, :2])
    upper = np.minimum(ones[:, None, 2:], others[None, :, 2:])
    return np.prod(np.clip(upper - lower, 0, None), axis=2)


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
