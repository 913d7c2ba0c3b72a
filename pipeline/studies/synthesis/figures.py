"""Figures of the report `synthesis`: each from its published data, the parameters and the results."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pipeline.exhibits.drawing import ACCENT, GREY, SECOND, beside, finish, in_style, new_figure
from pipeline.text.fill import Value
from pipeline.text.language import Catalogue
from pipeline.text.parameters import Parameters

MARKS = {"none": "s", "holds": "o", "rejected": "o", "untested": "D"}


@in_style
def forest(data: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """Forest plot: a mark and an interval for each estimate; hollow where the data reject what it supposes."""
    rows = data.fillna({"neighbours": "", "area": ""}).iloc[::-1]
    figure, axes = new_figure(8.6, 1.9 + 0.34 * len(rows))
    at = np.arange(len(rows))
    strong = {}
    axes.axvline(0, color=GREY, lw=0.9, zorder=1)
    for y, row in zip(at, rows.itertuples(), strict=True):
        lead = row.method == "own_response" and row.neighbours == "all others"
        color = ACCENT if lead else SECOND if row.check == "holds" else GREY
        inside = "white" if row.check in ("rejected", "untested") else color
        axes.plot([row.low, row.high], [y, y], color=color, lw=2.6 if lead else 1.6, solid_capstyle="butt", zorder=2)
        axes.plot(row.estimate, y, MARKS[row.check], ms=8 if lead else 6.5, color=color, mfc=inside, mew=1.5, zorder=3)
        if lead:
            strong[float(y)] = ACCENT
    axes.set_yticks(at, [label(row, t) for row in rows.itertuples()])
    for tick, y in zip(axes.get_yticklabels(), at, strict=True):
        tick.set_fontweight("bold" if float(y) in strong else "normal")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", zorder=0)
    axes.set_ylim(-0.7, len(rows) - 0.3)
    axes.set_xlabel(
        t("Change in {area} beyond what is compared with, {unit}", area=t.area(study.oblast), unit=t.unit("c_per_ha"))
    )
    estimates = [t.signed(row.estimate, 2) for row in rows.itertuples()]
    intervals = [
        t("{low} to {high}", low=t.signed(row.low, 1), high=t.signed(row.high, 1)) for row in rows.itertuples()
    ]
    beside(axes, at.astype(float), (estimates, intervals), (t("estimate"), t("interval")), strong)
    legend = [
        Line2D([], [], marker="o", color=SECOND, ls="none", label=t("what it supposes is not rejected")),
        Line2D(
            [], [], marker="o", color=GREY, mfc="white", mew=1.5, ls="none", label=t("the data reject what it supposes")
        ),
        Line2D([], [], marker="s", color=GREY, ls="none", label=t("supposes nothing: a description")),
    ]
    title = t("What is left of the rise when it is compared")
    subtitle = t(
        "{crop}, {before}–{after}",
        crop=t.capitalized(t.crop(study.crop)),
        before=study.year_before,
        after=study.year_after,
    )
    source = t("Source: National Statistical Committee of the Kyrgyz Republic; own estimates")
    return finish(figure, title, subtitle, source, legend)


def label(row, t: Catalogue) -> str:
    """What an estimate is, in a few words."""
    methods = {
        "change": t("The change itself"),
        "own_past": t("Against its own past"),
        "own_response": t("By its own response"),
        "one_for_one": t("One for one"),
        "synthetic_control": t("Synthetic control (a gap of level)"),
    }
    neighbours = {
        "": "",
        "all others": t("all others"),
        "by area": t("all others, by area"),
        "without two": t("without the two that scatter most"),
        "south": t("the south"),
        "leaving one out": t("without {area}", area=t.area(row.area)) if row.area else "",
    }
    compared = neighbours[row.neighbours]
    if not compared:
        return methods[row.method]
    return t("{method}: {neighbours}", method=methods[row.method], neighbours=compared)
