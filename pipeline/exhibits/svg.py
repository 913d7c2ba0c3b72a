"""Figures as SVG with the same bytes in every run, on every processor, and as pictures for slides."""

import html
import io
import re
from pathlib import Path

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from pipeline.exhibits.drawing import SLIDES_DOTS_PER_INCH, lay_out, style

# Decimals of coordinates, in points: finer than any screen, coarse enough that the last bit of a floating-point sum on
# another processor does not change the file.
_DECIMALS = 2


def svg_of(figure: Figure, name: str, alt: str) -> str:
    """A figure as SVG.

    Parameters
    ----------
    name
        Starts the ids within the picture, so that two on one page do not share them.
    alt
        What it shows, for readers who do not see it.
    """
    buffer = io.StringIO()
    with style():
        figure.stale = True  # whatever was done to it since it was finished
        lay_out(figure)
        figure.set_layout_engine("none")  # matplotlib would draw all of it once more only to lay it out
        mpl.rcParams["svg.hashsalt"], mpl.rcParams["svg.fonttype"] = name, "path"
        # `Figure.savefig` would draw all of it twice, the first time for a layout that it has.
        FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None, "Creator": None})
    return _accessible(_compact(_named(_rounded(buffer.getvalue()), name)), alt)


def write_slide(figure: Figure, path: Path) -> None:
    """Write a figure as a PNG that is sharp on a slide and on paper."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with style():
        figure.savefig(path, format="png", dpi=SLIDES_DOTS_PER_INCH, metadata={"Software": None})


def _rounded(svg: str) -> str:
    """Round all that the layout places; scales of glyphs keep all digits, they are constants of the font.

    The layout's solver orders its variables by their place in memory, so the last bits of its sums change from run to
    run; where a sum ends at half of the last digit that matplotlib writes, that digit changes too, in clip rectangles
    as in paths.
    """

    def shorter(match: re.Match) -> str:
        return re.sub(r"-?\d+\.\d+", lambda n: f"{round(float(n.group()), _DECIMALS) + 0.0:g}", match.group())

    return re.sub(r'\b(?:d|x|y|width|height|viewBox|points)="[^"]*"|translate\([^)]*\)', shorter, svg)


def _named(svg: str, figure: str) -> str:
    """Number what is referred to inside the picture: matplotlib's own names are hashes of unrounded coordinates, so
    that the last bit of a layout would change them."""
    made = re.findall(r'\bid="([A-Za-z][0-9a-f]{10})"', svg)
    numbers = {old: f"{figure}-{number}" for number, old in enumerate(dict.fromkeys(made), start=1)}
    return re.sub(r'(\bid="|#)([A-Za-z][0-9a-f]{10})\b', lambda m: m[1] + numbers.get(m[2], m[2]), svg)


def _compact(svg: str) -> str:
    """The same picture in an eighth fewer bytes: no comments, no indents, no blanks that path data do not need."""

    def shorter(match: re.Match) -> str:
        return re.sub(r"\s*\n\s*", " ", re.sub(r"\s+(?=[A-Z])|(?<=[A-Z])\s+", "", match.group())).replace(' "', '"')

    svg = re.sub(r"\s*<!--.*?-->", "", svg, flags=re.S)
    return re.sub(r"\n\s+", "\n", re.sub(r'\bd="[^"]*"', shorter, svg))


def _accessible(svg: str, alt: str) -> str:
    """Give the picture a role and its description, and drop the preamble that has no place inside a page."""
    svg = svg[svg.index("<svg") :]
    return svg.replace("<svg ", f'<svg role="img" aria-label="{html.escape(alt, quote=True)}" ', 1)
