"""The map of a change: the seven oblasts as an SVG that stands in a page or alone, in any language.

A degree of longitude is drawn shorter than one of latitude by the cosine of the country's mean latitude
(equirectangular projection): at this size and between 39 and 43.5 degrees north nobody sees the difference to another.
A class has a fill of its own that is also told apart in grey: rises grow darker, falls are hatched and grow denser.
Every oblast carries its name and its value, so no value is told by colour alone.
"""

import math
from collections.abc import Mapping
from functools import cache
from html import escape
from itertools import pairwise

import numpy as np

from pipeline.data.boundaries import Ring, oblast_boundaries
from pipeline.text.language import MINUS, Catalogue

WIDTH, EDGE = 360, 5
EDGES = (-25, -10, 0, 10, 25, 50)
"""A class begins at each of these percents; the first lies below all of them."""
FILLS = ("url(#fall-3)", "url(#fall-2)", "url(#fall-1)", "#e6f1ea", "#b4dbc4", "#7cbf98", "#4aa072")
NO_VALUE = "#f1f1ee"
INK, FONT = "#1e2420", "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif"
_HATCHES = {"fall-1": ("#fcefe4", 7, 0.8), "fall-2": ("#f8dcc5", 5, 1.0), "fall-3": ("#f1bd95", 3.4, 1.2)}
_OBLAST = {"ky": " облусу", "ru": " область"}  # on a map of oblasts the word goes without saying


def whole_percent(before: float, after: float) -> int:
    """The change in whole percent of the first value, halves upwards, as the script of the explorer rounds.

    Yields are printed to 0.1 c/ha, so that a decimal of the percent would say more than is known.

    Examples
    --------
    >>> whole_percent(23.7, 27.7), whole_percent(27.7, 23.7), whole_percent(20.0, 20.1)
    (17, -14, 1)
    """
    return math.floor(100 * (after - before) / before + 0.5 + 1e-9)


def fill_of(percent: int | None) -> str:
    """The fill of a class.

    Examples
    --------
    >>> fill_of(-30), fill_of(9), fill_of(10), fill_of(None)
    ('url(#fall-3)', '#e6f1ea', '#b4dbc4', '#f1f1ee')
    """
    return NO_VALUE if percent is None else FILLS[sum(percent >= edge for edge in EDGES)]


def short_name(name: str, t: Catalogue) -> str:
    """An oblast's name without the word for oblast."""
    return t.area(name).removesuffix(_OBLAST.get(t.language, ""))


def signed_percent(percent: int | None, t: Catalogue) -> str:
    """What is written on the map: "+17 %", or a dash where there is no value."""
    return "\u2013" if percent is None else f"{t.signed(percent, 0)}\u00a0%"


def map_of_change(percents: Mapping[str, int | None], alt: str, t: Catalogue, chosen: str | None = None) -> str:
    """The map as SVG: names and whole percents on the oblasts, the classes below.

    Parameters
    ----------
    percents
        By oblast, the change in whole percent (`whole_percent`); None or left out where there is no value.
    alt
        What the map shows, for those who do not see it; its values belong in a table beside it.
    chosen
        The oblast that has a thick outline.
    """
    shapes, height = drawn_oblasts()
    areas, words = [], []
    for name, shape in shapes.items():
        percent = percents.get(name)
        areas.append(
            f'<path class="area" data-area="{escape(name)}" d="{shape["d"]}" fill="{fill_of(percent)}" '
            f'fill-rule="evenodd" stroke-linejoin="round" stroke="#8f978f" stroke-width="0.6"/>'
        )
        x, y = shape["at"]
        words.append(
            f'<text data-area="{escape(name)}" text-anchor="middle" x="{x}" y="{y - 2:.1f}">'
            f'<tspan class="name">{escape(short_name(name, t))}</tspan>'
            f'<tspan class="value" x="{x}" dy="1em" font-size="11.5" font-weight="700">'
            f"{signed_percent(percent, t)}</tspan></text>"
        )
    outline = shapes[chosen]["d"] if chosen else ""
    hatches = "".join(
        f'<pattern id="{name}" width="{step}" height="{step}" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect width="{step}" height="{step}" fill="{ground}"/>'
        f'<rect width="{line}" height="{step}" fill="#b06a3a"/></pattern>'
        for name, (ground, step, line) in _HATCHES.items()
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="change-map" viewBox="0 0 {WIDTH} {height + 30}" role="img" '
        f'aria-label="{escape(alt)}" font-family="{escape(FONT)}" font-size="10" fill="{INK}">'
        f'<defs>{hatches}</defs><rect width="{WIDTH}" height="{height + 30}" fill="#ffffff"/>'
        f'<g class="areas">{"".join(areas)}</g>'
        f'<path class="outline" d="{outline}" fill="none" stroke="{INK}" stroke-width="1.7" stroke-linejoin="round" '
        f'pointer-events="none"/>'
        f'<g class="names" stroke="#ffffff" stroke-width="2.2" stroke-opacity="0.75" stroke-linejoin="round" '
        f'paint-order="stroke" pointer-events="none">{"".join(words)}</g>'
        f'<g class="classes" font-size="8.5" text-anchor="middle">{_classes(height)}</g></svg>\n'
    )


def _classes(top: float) -> str:
    """The classes, from the deepest fall to the highest rise, with their percents."""
    step = (WIDTH - 2 * EDGE) / len(FILLS)
    parts = []
    for i, fill in enumerate(FILLS):
        x = EDGE + i * step
        parts.append(
            f'<rect x="{x:.1f}" y="{top + 6:.1f}" width="{step - 2:.1f}" height="8" fill="{fill}"/>'
            f'<text x="{x + step / 2 - 1:.1f}" y="{top + 24:.1f}">{escape(_class_label(i))}</text>'
        )
    return "".join(parts)


def _class_label(i: int) -> str:
    if i == 0:
        return f"<\u00a0{_signed(EDGES[0])}\u00a0%"
    if i == len(EDGES):
        return f"≥\u00a0{_signed(EDGES[-1])}\u00a0%"
    return f"{_signed(EDGES[i - 1])}\u2026{_signed(EDGES[i] - 1)}"


def _signed(number: int) -> str:
    return f"{MINUS}{-number}" if number < 0 else f"+{number}" if number else "0"


@cache
def drawn_oblasts() -> tuple[dict[str, dict], float]:
    """By oblast its path `d` and the point `at` where its name stands, in the map's units; and the map's height."""
    boundaries = oblast_boundaries()
    points = [point for rings in boundaries.values() for ring in rings for point in ring]
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    narrow = math.cos(math.radians((south + north) / 2))
    scale = (WIDTH - 2 * EDGE) / ((east - west) * narrow)

    def placed(ring: Ring) -> Ring:
        return [(EDGE + (x - west) * narrow * scale, EDGE + (north - y) * scale) for x, y in ring]

    shapes = {}
    for name, rings in boundaries.items():
        drawn = [placed(ring) for ring in rings]
        largest = max(drawn, key=_area)
        shapes[name] = {
            "d": "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in ring[:-1]) + "Z" for ring in drawn),
            "at": _roomiest(largest),
        }
    return shapes, round((north - south) * scale + 2 * EDGE, 1)


def _area(ring: Ring) -> float:
    """The area within a ring (shoelace formula)."""
    return abs(sum(x * b - a * y for (x, y), (a, b) in pairwise(ring))) / 2


def _roomiest(ring: Ring, step: float = 4, wide: float = 3) -> tuple[float, float]:
    """The point of a grid within a ring that lies farthest from the ring, for words `wide` times as wide as high."""
    corners = np.array(ring)
    (west, north), (east, south) = corners.min(axis=0), corners.max(axis=0)
    grid = np.array([(x, y) for x in np.arange(west, east, step) for y in np.arange(north, south, step)])
    squeezed = np.array([1 / wide, 1])
    inside = grid[_within(grid, corners)]
    x, y = inside[np.argmax(_distance(inside * squeezed, corners * squeezed))]
    return round(float(x), 1), round(float(y), 1)


def _within(points: np.ndarray, ring: np.ndarray) -> np.ndarray:
    """Whether a ray from each point crosses the ring an odd number of times."""
    x, y = points[:, :1], points[:, 1:]
    (x0, y0), (x1, y1) = ring[:-1].T, ring[1:].T
    with np.errstate(divide="ignore", invalid="ignore"):  # level sides, which no ray crosses
        crossed = ((y0 > y) != (y1 > y)) & (x < x0 + (y - y0) / (y1 - y0) * (x1 - x0))
    return crossed.sum(axis=1) % 2 == 1


def _distance(points: np.ndarray, ring: np.ndarray) -> np.ndarray:
    """From each point to the nearest side of the ring."""
    start, along = ring[:-1], np.diff(ring, axis=0)
    away = points[:, None] - start
    length = (along**2).sum(axis=1)
    share = np.clip((away * along).sum(axis=2) / np.where(length, length, 1), 0, 1)
    return np.sqrt(((away - share[..., None] * along) ** 2).sum(axis=2)).min(axis=1)
