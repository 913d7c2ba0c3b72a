"""Figures of the notebook `cluster_model`."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from pipeline.exhibits.drawing import GREY, in_style, new_figure
from pipeline.exhibits.text_grid import PADDING, Box, Line, canvas, draw_box, plain, set_lines, text_grid, write_lines
from pipeline.studies.cluster_model.analysis import EVERY_DIRECTION, KINDS, OUTSIDE, GapEvidence
from pipeline.text.language import Catalogue, Deferred, Text

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
def model(levels: pd.DataFrame, kinds: pd.DataFrame, t: Catalogue) -> Figure:
    """The layered model: the core within three levels of support, on three kinds of infrastructure.

    `levels` and `kinds` are the tables of elements; an element that a kind of infrastructure lists too carries the
    mark of that kind.
    """
    width, inset, gap = 8.2, 0.30, 0.16
    measure, _ = new_figure(width, 1.0)
    bands = [
        _band(rows, t) for _, rows in sorted(levels.groupby("level"), key=lambda group: int(group[0]), reverse=True)
    ]
    placed, y = [], 0.0
    for depth, lines in enumerate(bands):
        inner = width - 2 * inset * depth
        wrapped_lines, height = set_lines(measure, lines, inner - 2 * PADDING)
        placed.append((inset * depth, y, inner, wrapped_lines))
        y += height + 2 * PADDING
    bottoms = [y + inset * 0.5 * (len(bands) - 1 - depth) for depth in range(len(bands))]
    pillars_top = bottoms[0] + 0.62
    pillar = (width - 2 * gap) / len(KINDS)
    columns = [set_lines(measure, _kind(kinds[kinds["kind"] == k], k, t), pillar - 2 * PADDING) for k in KINDS]
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
        mark = MARK_OF_KIND.get(row.infrastructure_kind, "")
        names.append(_said(row.element, t) + (f"\u00a0{mark}" if mark else ""))
    return [Line(_said(rows["level_name"].iloc[0], t), weight="bold"), Line("  \u00b7  ".join(names))]


def _kind(rows: pd.DataFrame, kind: str, t: Catalogue) -> list[Line]:
    head = Line(_said(rows["kind_name"].iloc[0], t), weight="bold", mark=MARK_OF_KIND[kind])
    return [head, *(Line(_said(element, t), size=8.5) for element in rows["element"])]


def _said(message: str, t: Catalogue) -> str:
    """A text of the data in the reader's language."""
    return t(message)


def _arrow(axes: Axes, x: float, start: float, end: float) -> None:
    ends = (x, start - 0.06), (x, end + 0.06)
    axes.add_patch(FancyArrowPatch(*ends, arrowstyle="-|>", mutation_scale=14, lw=1.6, color=GREY))


@in_style
def gaps(
    listed: pd.DataFrame, in_text: pd.DataFrame, table_2: pd.DataFrame, kinds: pd.DataFrame, t: Catalogue
) -> Figure:
    """Table 2 as a matrix of direction by kind of infrastructure: gaps with what was found on each, and measures.

    `listed` and `in_text` are `analysis.cluster_model.listed_gaps` and `gaps_of_text`, `kinds` the table of elements. A
    field without a gap is hatched; gaps that only the text names say so.
    """
    names = dict(zip(kinds["kind"], kinds["kind_name"], strict=True))
    columns = (*KINDS, OUTSIDE)
    heads = [t("Direction"), *(_said(names.get(kind, kind), t) for kind in columns)]
    measures = table_2[table_2["column"] == "measure"]
    rows = [[plain(_capital(head), weight="bold") for head in heads]]
    for direction in dict.fromkeys(table_2["direction"]):
        field = [[_at(frame, direction, kind) for frame in (listed, in_text, measures)] for kind in columns]
        rows.append([plain(_capital(_said(direction, t)), weight="bold"), *(_field(*frames, t) for frames in field)])
    general = [_named_in_text(_at(in_text, EVERY_DIRECTION, kind), t) for kind in columns]
    rows.append(
        [
            plain(_capital(_said(EVERY_DIRECTION, t)), weight="bold"),
            *(Box(tuple(g), face=GROUND_OF_TEXT) for g in general),
        ]
    )
    title = t("Table 2 of the paper: gaps and measures by direction and kind of infrastructure")
    subtitle = t("Each gap with what was found on it; arrows are measures of the table. Hatched: it lists no gap.")
    return text_grid(rows, [1.15, 2.45, 2.1, 2.1, 1.45], title=title, subtitle=subtitle, source=t(GAPS_SOURCE))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _at(frame: pd.DataFrame, direction: str, kind: str) -> pd.DataFrame:
    return frame[(frame["direction"] == direction) & (frame["infrastructure_kind"] == kind)]


def _field(listed: pd.DataFrame, in_text: pd.DataFrame, measures: pd.DataFrame, t: Catalogue) -> Box:
    lines = _with_evidence(listed, t)
    if listed.empty and (len(in_text) or len(measures)):
        lines.append(Line(t("no gap listed"), size=8.5, color=SOFT))
    lines += [Line(_said(text, t), size=8.5, mark=ARROW) for text in measures["text"]]
    lines += _named_in_text(in_text, t)
    return Box(tuple(lines or [Line(t("nothing listed"), size=8.5, color=SOFT)]), hatch="" if len(listed) else HATCH)


def _named_in_text(in_text: pd.DataFrame, t: Catalogue) -> list[Line]:
    if in_text.empty:
        return []
    return [Line(t("only in the text:"), size=8.5, color=SOFT), *_with_evidence(in_text, t)]


def _with_evidence(gaps_here: pd.DataFrame, t: Catalogue) -> list[Line]:
    """Each gap, and below it what was found, with its mark."""
    lines = []
    for row in gaps_here.itertuples():
        lines.append(Line(_said(row.gap, t), weight="bold", size=9))
        lines.append(Line(_said(row.evidence.value, t), size=8.5, mark=LOOK[row.evidence]))
    return lines


def fields_listed(rows: pd.DataFrame, t: Catalogue | Deferred) -> str | Text:
    """Fields of the gap matrix as «direction (kind)», for a sentence; `rows` with direction, infrastructure_kind."""
    named = rows[["direction", "infrastructure_kind"]].map(lambda message: t(message))
    fields = [t("{direction} ({kind})", direction=r.direction, kind=r.infrastructure_kind) for r in named.itertuples()]
    return t.joined(fields, "; ")
