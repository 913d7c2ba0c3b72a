"""Figures of the report `every_oblast_and_year`: each from its published data, the parameters and the results."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pipeline.exhibits.drawing import ACCENT, GREY, INK, LIGHT, WHITE, finish, in_style, new_figure, nothing_to_show
from pipeline.studies.every_oblast_and_year.analysis import MEASURES, outside
from pipeline.text.fill import Value
from pipeline.text.language import Catalogue
from pipeline.text.parameters import Parameters

SOURCE = "Source: National Statistical Committee of the Kyrgyz Republic"


def _pair(study: Parameters, t: Catalogue) -> str:
    area, before, after = t.area(study.oblast), study.year_before, study.year_after
    return t("{oblast}, {before} to {after}", oblast=area, before=before, after=after)


@in_style
def cells(data: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """A panel an oblast: what is left of its change in every pair of years by its own response, with its interval.

    `data`: see `analysis.cells`.
    """
    title = t("Change less what the oblast's own response leads to expect")
    if data.empty:
        return nothing_to_show(title, t("There are too few earlier years."), t(SOURCE))
    oblasts = list(dict.fromkeys(data["oblast"]))
    columns = 4
    rows = -(-len(oblasts) // columns)
    figure = Figure(figsize=(9.4, 1.5 + 1.95 * rows), layout="constrained")
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    out = outside(data, "adjusted")
    for place, axes in enumerate(grid.flat):
        if place >= len(oblasts):
            axes.set_axis_off()
            continue
        own = data["oblast"] == oblasts[place]
        axes.axhline(0, color=GREY, lw=0.8, zorder=1)
        for part, color, face, size in ((own & ~out, GREY, "white", 3.2), (own & out, INK, INK, 4.2)):
            shown = data[part]
            axes.vlines(shown["year"], shown["adjusted_low"], shown["adjusted_high"], color=LIGHT, lw=1.6, zorder=2)
            axes.plot(shown["year"], shown["adjusted"], "o", mfc=face, mec=color, mew=1, ms=size, zorder=3)
        asked = data[own & (data["year"] == study.year_after)]
        if oblasts[place] == study.oblast and len(asked):
            axes.vlines(asked["year"], asked["adjusted_low"], asked["adjusted_high"], color=ACCENT, lw=2.4, zorder=4)
            axes.plot(asked["year"], asked["adjusted"], "D", color=ACCENT, ms=6.5, zorder=5)
        strong = oblasts[place] == study.oblast
        axes.set_title(t.area(oblasts[place]), fontsize=9.5, fontweight="bold" if strong else "normal")
        axes.grid(axis="y", zorder=0)
        axes.xaxis.get_major_locator().set_params(integer=True, nbins=4)
        if place + columns >= len(oblasts):
            axes.tick_params(labelbottom=True)
    for axes in grid[:, 0]:
        axes.set_ylabel(t.unit("c_per_ha"))
    pair = _pair(study, t)
    handles = [
        Line2D([], [], color=ACCENT, marker="D", ms=6.5, lw=2.4, label=pair),
        Line2D([], [], color=LIGHT, marker="o", mfc=INK, mec=INK, ms=4.5, lw=1.6, label=t("zero lies outside")),
        Line2D([], [], color=LIGHT, marker="o", mfc="white", mec=GREY, ms=4, lw=1.6, label=t("zero lies within")),
    ]
    subtitle = t("By the later year. Bars: 95 % for one year, from the earlier years alone.")
    return finish(figure, title, subtitle, t(SOURCE), legend=handles)


@in_style
def standing(data: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """A row a measure: every cell by its value over its error, and the studied one among them.

    `data`: measure, oblast, year, ratio.
    """
    title = t("Every oblast and every pair of years, by three measures")
    if data.empty:
        return nothing_to_show(title, t("There are too few earlier years."), t(SOURCE))
    names = {
        "change": t("its change alone"),
        "did": t("less that of the others, one for one"),
        "adjusted": t("less what its own response leads to expect"),
    }
    figure, axes = new_figure(8.4, 4.2)
    for at, measure in enumerate(reversed(MEASURES)):
        rows = data[data["measure"] == measure]
        axes.vlines(rows["ratio"], at - 0.24, at + 0.24, color=INK, lw=0.9, alpha=0.45, zorder=2)
        asked = rows[(rows["oblast"] == study.oblast) & (rows["year"] == study.year_after)]
        axes.plot(asked["ratio"], [at] * len(asked), "D", color=ACCENT, mec="white", mew=0.8, ms=10, zorder=4)
        share = values[f"{measure}_as_far"].value
        if share is not None:
            said = t("{count} of {cells} at least as far", count=share, cells=len(rows))
            style = {"transform": axes.get_yaxis_transform(), "ha": "right", "va": "bottom", "fontsize": 8.5}
            axes.text(1.0, at + 0.3, said, bbox=WHITE, zorder=5, **style)
    axes.axvline(0, color=GREY, lw=0.8, zorder=1)
    for edge in (-2, 2):
        axes.axvline(edge, color=GREY, lw=1, ls=(0, (4, 2)), zorder=1)
    axes.set_yticks(range(len(MEASURES)), [names[measure] for measure in reversed(MEASURES)])
    axes.set_ylim(-0.5, len(MEASURES) - 0.3)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(t("Value over its error for one year"))
    pair = _pair(study, t)
    handles = [
        Line2D([], [], ls="", marker="D", color=ACCENT, ms=8, label=pair),
        Line2D([], [], ls="", marker="|", color=INK, ms=10, label=t("another oblast or pair of years")),
        Line2D([], [], color=GREY, lw=1, ls=(0, (4, 2)), label=t("two errors from zero")),
    ]
    return finish(figure, title, t("One line for each"), t(SOURCE), legend=handles)
