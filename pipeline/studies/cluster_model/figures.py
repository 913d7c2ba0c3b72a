"""Figure of the report `cluster_model`: from its published data."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from pipeline.exhibits.drawing import GREY, in_style, new_figure
from pipeline.studies.cluster_model.analysis import KINDS
from pipeline.studies.cluster_model.boxes import PADDING, Line, canvas, draw_box, set_lines, write_lines
from pipeline.text.fill import Value
from pipeline.text.language import Catalogue
from pipeline.text.parameters import Parameters

MODEL_SOURCE = "Source: the paper, theory and infrastructure, in our words; which elements are the same is our reading"

MARK_OF_KIND = {"physical": "\u25a0", "institutional": "\u25b2", "innovation and education": "\u25cf"}
GROUNDS = ("#C9DDEC", "#DCE9F3", "#ECF3F8", "#F7FAFC")  # the core and the levels around it, outwards


@in_style
def model(elements: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """The layered model: the core within three levels of support, on three kinds of infrastructure.

    `elements`: level, kind, part, element, also_in; an element that a kind of infrastructure lists too carries the mark
    of that kind.
    """
    width, inset, gap = 8.2, 0.30, 0.16
    measure, _ = new_figure(width, 1.0)
    levels = elements[elements["level"].notna()].sort_values("level", ascending=False, kind="stable")
    bands = [_band(rows, t) for _, rows in levels.groupby("level", sort=False)]
    placed, y = [], 0.0
    for depth, lines in enumerate(bands):
        inner = width - 2 * inset * depth
        wrapped_lines, height = set_lines(measure, lines, inner - 2 * PADDING)
        placed.append((inset * depth, y, inner, wrapped_lines))
        y += height + 2 * PADDING
    bottoms = [y + inset * 0.5 * (len(bands) - 1 - depth) for depth in range(len(bands))]
    pillars_top = bottoms[0] + 0.62
    pillar = (width - 2 * gap) / len(KINDS)
    kinds = [_kind(elements[elements["kind"] == kind], kind, t) for kind in KINDS]
    columns = [set_lines(measure, lines, pillar - 2 * PADDING) for lines in kinds]
    tall = max(height for _, height in columns) + 2 * PADDING
    title = t("The paper's model of a green cluster, and the infrastructure that it rests on")
    subtitle = t("A core within three levels of support. A mark shows what a kind of infrastructure lists as well.")
    figure, axes = canvas(width, pillars_top + tall, title, subtitle, t(MODEL_SOURCE))
    for depth, (x, top, inner, lines) in enumerate(placed):
        draw_box(axes, x, top, inner, bottoms[depth] - top, GROUNDS[len(placed) - 1 - depth])
        write_lines(axes, lines, x + PADDING, top + PADDING)
    for place, (lines, _) in enumerate(columns):
        x = place * (pillar + gap)
        draw_box(axes, x, pillars_top, pillar, tall)
        write_lines(axes, lines, x + PADDING, pillars_top + PADDING)
        _arrow(axes, x + pillar / 2, pillars_top, bottoms[0])
    return figure


def _band(rows: pd.DataFrame, t: Catalogue) -> list[Line]:
    names = []
    for row in rows.itertuples():
        mark = MARK_OF_KIND.get(row.also_in, "")
        names.append(_said(row.element, t) + (f"\u00a0{mark}" if mark else ""))
    return [Line(_said(rows["part"].iloc[0], t), weight="bold"), Line("  \u00b7  ".join(names))]


def _kind(rows: pd.DataFrame, kind: str, t: Catalogue) -> list[Line]:
    head = Line(_said(rows["part"].iloc[0], t), weight="bold", mark=MARK_OF_KIND[kind])
    return [head, *(Line(_said(element, t), size=8.5) for element in rows["element"])]


def _said(message: str, t: Catalogue) -> str:
    """A text of the data in the reader's language."""
    return t(message)


def _arrow(axes: Axes, x: float, start: float, end: float) -> None:
    ends = (x, start - 0.06), (x, end + 0.06)
    axes.add_patch(FancyArrowPatch(*ends, arrowstyle="-|>", mutation_scale=14, lw=1.6, color=GREY))
