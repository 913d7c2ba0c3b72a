"""Figures of the report `cluster_model`: each from its published data."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from pipeline.exhibits.drawing import GREY, in_style, new_figure
from pipeline.exhibits.text_grid import PADDING, Box, Line, canvas, draw_box, plain, set_lines, text_grid, write_lines
from pipeline.studies.cluster_model.analysis import EVERY_DIRECTION, KINDS, OUTSIDE, GapEvidence, Item
from pipeline.text.fill import Value
from pipeline.text.language import Catalogue
from pipeline.text.parameters import Parameters

MODEL_SOURCE = "Source: the paper, theory and infrastructure, in our words; which elements are the same is our reading"
GAPS_SOURCE = "Source: Table 2 and the text of the paper, in our words; kinds by our reading; evidence from the ledger"

SOFT = "#5C5C5C"
MARK_OF_KIND = {"physical": "\u25a0", "institutional": "\u25b2", "innovation and education": "\u25cf"}
GROUNDS = ("#C9DDEC", "#DCE9F3", "#ECF3F8", "#F7FAFC")  # the core and the levels around it, outwards
LOOK = {
    GapEvidence.FOR: "\u25cf",
    GapEvidence.IN_PART: "\u25d0",
    GapEvidence.AGAINST: "\u00d7",
    GapEvidence.UNDECIDED: "\u25cc",
    GapEvidence.NONE: "\u25cb",
}
ARROW = "\u2192"
HATCH = "////"
GROUND_OF_TEXT = "#F7F7F7"


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
        draw_box(axes, x, top, inner, bottoms[depth] - top, Box(face=GROUNDS[len(placed) - 1 - depth]))
        write_lines(axes, lines, x + PADDING, top + PADDING)
    for place, (lines, _) in enumerate(columns):
        x = place * (pillar + gap)
        draw_box(axes, x, pillars_top, pillar, tall, Box())
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


@in_style
def gaps(items: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """Table 2 as a matrix of direction by kind of infrastructure: gaps with what was found on each, and measures.

    `items`: direction, infrastructure_kind, kind_name, item, text, evidence. A field without a gap is hatched;
    gaps that only the text names say so.
    """
    names = dict(zip(items["infrastructure_kind"], items["kind_name"], strict=True))
    columns = (*KINDS, OUTSIDE)
    heads = [t("Direction"), *(_said(names.get(kind, kind), t) for kind in columns)]
    rows = [[plain(t.capitalized(head), weight="bold") for head in heads]]
    directions = [direction for direction in dict.fromkeys(items["direction"]) if direction != EVERY_DIRECTION]
    for direction in directions:
        fields = [_field(_at(items, direction, kind), t) for kind in columns]
        rows.append([plain(t.capitalized(_said(direction, t)), weight="bold"), *fields])
    general = [
        Box(tuple(_named_in_text(_at(items, EVERY_DIRECTION, kind), t)), face=GROUND_OF_TEXT) for kind in columns
    ]
    rows.append([plain(t.capitalized(_said(EVERY_DIRECTION, t)), weight="bold"), *general])
    title = t("Table 2 of the paper: gaps and measures by direction and kind of infrastructure")
    subtitle = t("Each gap with what was found on it; arrows are measures of the table. Hatched: it lists no gap.")
    return text_grid(rows, [1.15, 2.45, 2.1, 2.1, 1.45], title=title, subtitle=subtitle, source=t(GAPS_SOURCE))


def _at(frame: pd.DataFrame, direction: str, kind: str) -> pd.DataFrame:
    return frame[(frame["direction"] == direction) & (frame["infrastructure_kind"] == kind)]


def _field(items: pd.DataFrame, t: Catalogue) -> Box:
    listed, measures = items[items["item"] == Item.GAP], items[items["item"] == Item.MEASURE]
    lines = _with_evidence(listed, t)
    if listed.empty and len(items):
        lines.append(Line(t("no gap listed"), size=8.5, color=SOFT))
    lines += [Line(_said(text, t), size=8.5, mark=ARROW) for text in measures["text"]]
    lines += _named_in_text(items, t)
    return Box(tuple(lines or [Line(t("nothing listed"), size=8.5, color=SOFT)]), hatch="" if len(listed) else HATCH)


def _named_in_text(items: pd.DataFrame, t: Catalogue) -> list[Line]:
    in_text = items[items["item"] == Item.GAP_OF_TEXT]
    if in_text.empty:
        return []
    return [Line(t("only in the text:"), size=8.5, color=SOFT), *_with_evidence(in_text, t)]


def _with_evidence(gaps_here: pd.DataFrame, t: Catalogue) -> list[Line]:
    """Each gap, and below it what was found, with its mark."""
    lines = []
    for row in gaps_here.itertuples():
        lines.append(Line(_said(row.text, t), weight="bold", size=9))
        lines.append(Line(_said(row.evidence, t), size=8.5, mark=LOOK[row.evidence]))
    return lines
