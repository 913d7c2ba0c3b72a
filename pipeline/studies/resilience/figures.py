"""Figures of the report `resilience`: each from its published data, the parameters and the results."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pipeline.exhibits.drawing import (
    ACCENT,
    GREY,
    INK,
    LIGHT,
    SECOND,
    finish,
    in_style,
    mark_label,
    new_figure,
    place_labels,
)
from pipeline.text.fill import Value
from pipeline.text.language import Catalogue
from pipeline.text.parameters import Parameters

SOURCE = "Source: National Statistical Committee of the Kyrgyz Republic"
NAMED = 4
"""How many of the deepest falls are named besides the two bad years."""


@in_style
def response(data: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """The oblast's yearly changes against the others', with the line that bends at zero.

    `data`: `year`, `others`, `own`, `fitted`, c/ha.
    """
    figure, axes = new_figure(7.4, 4.8)
    axes.axhline(0, color=LIGHT, lw=0.8, zorder=1)
    axes.axvline(0, color=LIGHT, lw=0.8, zorder=1)
    ends = np.array([data["others"].min(), data["others"].max()])
    axes.plot(ends, ends, color=GREY, lw=1.2, ls=(0, (4, 2)), zorder=2)
    line = data.sort_values("others", kind="stable")
    axes.plot(line["others"], line["fitted"], color=ACCENT, lw=2.5, zorder=3)
    axes.plot(data["others"], data["own"], "o", color=INK, ms=4.5, zorder=4)
    bad = [study.bad_year, study.second_bad_year]
    deepest = data.nsmallest(NAMED, "others")["year"]
    labels = []
    for row in data[data["year"].isin([*bad, *deepest])].itertuples():
        color = ACCENT if row.year in bad else INK
        axes.plot(row.others, row.own, "o", color=color, ms=7 if row.year in bad else 4.5, zorder=5)
        labels.append(mark_label(axes, str(row.year), (row.others, row.own), fontsize=8.5, color=color))
    axes.set_xlabel(t("Mean change of the others, {unit}", unit=t.unit("c_per_ha")))
    axes.set_ylabel(t("Change of {area}, {unit}", area=t.area(study.oblast), unit=t.unit("c_per_ha")))
    axes.margins(0.07)
    handles = [
        Line2D([], [], color=ACCENT, lw=2.5, label=t("fitted, one slope for falls and one for rises")),
        Line2D([], [], color=GREY, lw=1.2, ls=(0, (4, 2)), label=t("one for one with the others")),
    ]
    title = t("{area}: how its yield moves with the others", area=t.area(study.oblast))
    finish(figure, title, t("One mark for each yearly change"), t(SOURCE), legend=handles)
    place_labels(figure, labels)
    return figure


def _pairs(
    data: pd.DataFrame, columns: Sequence[tuple[str, str, str]], labels: Sequence[str], study: Parameters, t: Catalogue
) -> tuple[Figure, list[Line2D]]:
    """Two slopes with their intervals for each oblast, and the legend; the oblast of the study in its colour."""
    rows = data.iloc[::-1].reset_index(drop=True)
    figure, axes = new_figure(8.0, 4.6)
    axes.axvline(1, color=GREY, lw=1.2, ls=(0, (4, 2)), zorder=1)
    axes.axvline(0, color=LIGHT, lw=0.8, zorder=1)
    styles = (("o", "white", 0.15), ("D", None, -0.15))
    for (slope, low, high), (marker, face, offset) in zip(columns, styles, strict=True):
        for at, row in rows.iterrows():
            color = ACCENT if row["oblast"] == study.oblast else SECOND
            axes.hlines(at + offset, row[low], row[high], color=color, lw=2, alpha=0.45, zorder=2)
            axes.plot(row[slope], at + offset, marker, mfc=face or color, mec=color, mew=1.5, ms=7, zorder=3)
    axes.set_yticks(range(len(rows)), [t.area(name) for name in rows["oblast"]])
    for label, name in zip(axes.get_yticklabels(), rows["oblast"], strict=True):
        label.set_fontweight("bold" if name == study.oblast else "normal")
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", zorder=0)
    axes.set_xlabel(t("Slope on the mean change of the others"))
    handles = [
        Line2D([], [], ls="", marker=marker, mfc=face or GREY, mec=GREY, mew=1.5, ms=7, label=label)
        for (marker, face, _), label in zip(styles, labels, strict=True)
    ]
    return figure, handles


@in_style
def slopes(data: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """Every oblast's slope in years in which the others fell and in which they rose; `data`: see `analysis.slopes`."""
    columns = (("slope_fell", "fell_low", "fell_high"), ("slope_rose", "rose_low", "rose_high"))
    figure, handles = _pairs(data, columns, (t("the others fell"), t("the others rose")), study, t)
    title = t("Who moves with the others, and who moves less?")
    return finish(figure, title, t("Bars: 95 %. Dashed: one for one with the others."), t(SOURCE), legend=handles)


@in_style
def breaks(data: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """Every oblast's slope before the year and from it on; `data`: see `analysis.slope_breaks`."""
    columns = (("slope_before", "before_low", "before_high"), ("slope_from", "from_low", "from_high"))
    year = study.split_year
    labels = (t("before {year}", year=year), t("from {year} on", year=year))
    figure, handles = _pairs(data, columns, labels, study, t)
    title = t("Has the slope changed?")
    return finish(figure, title, t("Bars: 95 %. Dashed: one for one with the others."), t(SOURCE), legend=handles)
