"""Figures drawn as a report draws them; what of one a reader sees as text, and whether the catalogue gave it."""

from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from pipeline.data.vocabulary import AREA_LEVELS, areas, crops, units
from pipeline.exhibits.drawing import lay_out, style
from pipeline.exhibits.tables import write_csv
from pipeline.text.declarations import declaration
from pipeline.text.language import Catalogue, languages
from pipeline.text.parameters import Parameters, parameters_model, read_parameters

OPEN, CLOSE = "\u27e6", "\u27e7"
LONGEST = "ky"
"""The language whose texts are the longest on the whole, and fit least."""


def marking() -> Catalogue:
    """A catalogue that puts every text it is asked for into brackets; names of the vocabulary stay as they are."""
    return Catalogue("en", translate=lambda message: f"{OPEN}{message}{CLOSE}")


def in_languages(cases: list[tuple]) -> list[tuple]:
    """The first case in every language, for its texts; the others in the one that fits least; each ends with it."""
    first, *others = cases
    return [(*first, language) for language in languages()] + [(*case, LONGEST) for case in others]


def study(report: str, **parameters: object) -> Parameters:
    """The parameters of a report, checked for their types only: made data need not be in the panel."""
    return parameters_model(declaration(report)).model_validate(read_parameters(report) | parameters)


def published(report: str, figure: str, data: pd.DataFrame) -> pd.DataFrame:
    """The data of a figure as they come back from the CSV that is published with it."""
    declared = declaration(report).figures[figure]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "data.csv"
        write_csv(data, declared.csv_columns(data.columns), path, figure)
        return pd.read_csv(path, keep_default_na=False, na_values=[""])


def _drawn(figure: Figure) -> tuple[list[Text], RendererAgg]:
    """The texts that are drawn, with the renderer; labels of ticks outside the axes are made but not drawn."""
    canvas = FigureCanvasAgg(figure)
    with style():
        lay_out(figure)
        figure.set_layout_engine("none")  # or it would find the same places once more
        figure.draw_without_rendering()  # where everything goes; no picture is made
    outside = set()
    for axes in figure.axes:
        for axis, limits in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            low, high = sorted(limits)
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                if not low - 1e-9 <= tick.get_loc() <= high + 1e-9:
                    outside |= {tick.label1, tick.label2}
    drawn = [a for a in figure.findobj(Text) if a.get_visible() and a.get_text().strip() and a not in outside]
    return drawn, canvas.get_renderer()


def texts(figure: Figure) -> list[str]:
    """All visible texts of a figure, tick labels included."""
    return [a.get_text() for a in _drawn(figure)[0]]


def untranslated(figure: Figure) -> list[str]:
    """Texts with letters in them that are neither from the catalogue nor a name of the vocabulary."""
    names = [crops(), units(), *(areas(level) for level in AREA_LEVELS)]
    known = {
        shown
        for n in names
        for e in n.entries.values()
        for shown in (*e.shown_as.values(), e.shown_as["en"].capitalize())
    }
    lettered = [text for text in texts(figure) if any(c.isalpha() for c in text) and OPEN not in text]
    return [text for text in lettered if text.replace("\n", " ") not in known]


def unreadable(figure: Figure) -> list[str]:
    """Texts that reach beyond the edge of the figure, and pairs whose boxes overlap by more than a hair."""
    drawn, renderer = _drawn(figure)
    with style():
        boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in drawn]
    width, height = figure.bbox.width, figure.bbox.height
    beyond = [(t, b) for t, b in boxes if b.x0 < -1 or b.y0 < -1 or b.x1 > width + 1 or b.y1 > height + 1]
    found = [f"{text!r} is cut" for text, _ in beyond]
    for (one, a), (other, b) in combinations(boxes, 2):
        both = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        if both[0] > 1 and both[1] > 0.25 * min(a.height, b.height):
            found.append(f"{one!r} covers {other!r}")
    return found
