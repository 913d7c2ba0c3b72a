"""Figures of the report `international_clusters`: each from its published data and the results."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from pipeline.exhibits.drawing import ACCENT, LIGHT, SECOND, finish, in_style, new_figure
from pipeline.exhibits.text_grid import Box, Line, plain, text_grid
from pipeline.studies.international_clusters.analysis import State
from pipeline.text.fill import Value
from pipeline.text.language import Catalogue
from pipeline.text.parameters import Parameters

SOURCE = "Source: Table 1 of the paper; evidence of paper_claims, under each statement of the ledger"

# A mark and a ground for each state: they differ in grey, and every cell says its state in words besides.
LOOK = {
    State.DOCUMENTED: ("\u25cf", "#DCEAF5"),
    State.IN_PART: ("\u25d0", "#EEF5FA"),
    State.SELF_DESCRIPTION: ("\u25cc", "#F4F4F4"),
    State.AGAINST: ("\u00d7", "#F6E3DA"),
    State.NONE: ("\u25cb", "white"),
}
HATCH = "////"
RATES_SOURCE = "Source: the paper; European Commission and Green Net Finland, as in paper_claims/evidence.csv"


@in_style
def matrix(cells: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """Table 1 as a matrix: what the paper says in each cell, how far it is documented, and the missing column.

    `cells`: criterion, cluster, country, cell, state, pages, other_pages, a row per cell; a country without a column
    has one row, whose state says so.
    """
    criteria = list(dict.fromkeys(cells["criterion"].dropna()))
    rows: list[list[Box | None]] = [[plain(t("Criterion"), weight="bold")]]
    rows += [[plain(t(message), weight="bold")] for message in criteria]
    for message, column in cells.groupby("country", sort=False):
        head, *boxes = rows
        if (column["state"] == State.MISSING).all():
            head.append(_head(t(message), t("no cluster named")))
            below = [_missing(len(criteria), t), *[None] * (len(criteria) - 1)]
        else:
            head.append(_head(column["cluster"].iloc[0], t(message)))
            by_criterion = column.set_index("criterion")
            below = [_cell(by_criterion.loc[criterion], t) for criterion in criteria]
        for row, box in zip(boxes, below, strict=True):
            row.append(box)
    title = t("Table 1 of the paper: what is said of two clusters, and how far it is documented")
    subtitle = t(
        "In each cell the paper's words in ours, and below them what was found. Of a third country there is no column."
    )
    return text_grid(rows, [1.25, 2.75, 2.75, 1.75], title=title, subtitle=subtitle, source=t(SOURCE))


def _head(name: str, below: str) -> Box:
    return Box((Line(name, weight="bold"), Line(below, size=8.5, color="#5C5C5C")))


def _cell(cell: pd.Series, t: Catalogue) -> Box:
    mark, face = LOOK[cell["state"]]
    message = cell["cell"]
    says = Line(t(message), size=9.5)
    message = cell["state"]
    state = Line(t(message), size=8.5, weight="bold", mark=mark)
    pages = t("pages: {pages}, of which not by the cluster: {others}", pages=cell["pages"], others=cell["other_pages"])
    return Box((says, state, Line(pages, size=8, color="#5C5C5C")), face=face)


def _missing(rows: int, t: Catalogue) -> Box:
    why = t("The abstract and the text call upon its experience. No place, project or source is named.")
    state = Line(t("column missing"), size=8.5, weight="bold", mark="\u2013")
    return Box((state, Line(why, size=8.5)), hatch=HATCH, rows=rows)


@in_style
def success_rates(rates: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """Shares of applications funded: what the paper prints of one cluster and on average, and what was found.

    `rates`: programme, percent, derived.
    """
    figure, axes = new_figure(8.4, 2.9)
    own, low, high = (values[name].value for name in ("success_printed", "average_low", "average_high"))
    axes.axvspan(low, high, facecolor="#E8EEF3", zorder=0)
    for edge in (low, high):
        axes.axvline(edge, color=LIGHT, lw=0.8, zorder=1)
    labels = [t("Green Net Finland, as the paper prints it")]
    axes.plot(own, 0, "D", mfc="white", mec=ACCENT, mew=1.8, ms=9, zorder=3)
    axes.annotate(
        t("{percent} %: no source found", percent=t.number(own, 0)),
        (own, 0),
        xytext=(-11, 0),
        textcoords="offset points",
        ha="right",
        va="center",
        color=ACCENT,
        fontweight="bold",
    )
    for y, row in enumerate(rates.itertuples(), start=1):
        axes.plot(row.percent, y, "o", color=SECOND, ms=8, zorder=3)
        percent = t.number(row.percent, 1)
        shown = t("{percent} % (derived)", percent=percent) if row.derived else t("{percent} %", percent=percent)
        axes.text(max(row.percent, high) + 3, y, shown, ha="left", va="center")  # right of the shaded average
        message = row.programme
        labels.append(t(message))
    axes.set_yticks(np.arange(len(labels)), labels)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.set_xlim(0, 100)
    axes.set_xlabel(t("Applications that were funded, percent"))
    title = t("Success in applying for grants: the paper's two figures, and the rates found")
    subtitle = t(
        "Shaded: the average as the paper prints it, {low} to {high} %", low=t.number(low, 0), high=t.number(high, 0)
    )
    return finish(figure, title, subtitle, t(RATES_SOURCE))
