"""Figures of the report `weather`: each from its published data, the parameters and the results."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pipeline.exhibits.drawing import (
    ACCENT,
    FAINT,
    GREY,
    INK,
    LIGHT,
    SECOND,
    THIRD,
    WHITE,
    beside,
    finish,
    in_style,
    new_figure,
    nothing_to_show,
    wrapped,
)
from pipeline.studies.weather.analysis import MEAN_OF_OBLASTS
from pipeline.text.fill import Value
from pipeline.text.language import Catalogue
from pipeline.text.parameters import Parameters


def _source(t: Catalogue) -> str:
    return t("Source: National Statistical Committee of the Kyrgyz Republic")


def _bare(axes, grid: str) -> None:
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis=grid, zorder=0)


def _embolden(axes, names: Sequence[str], oblast: str) -> None:
    for label, name in zip(axes.get_yticklabels(), names, strict=True):
        label.set_fontweight("bold" if name == oblast else "normal")


@in_style
def common_shock(movements: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """The oblast's changes against the mean change of all others: by year, and as a scatter with its line.

    `movements`: `year`, `oblast`, `others` and `fitted` (the line) in c/ha, up to the year that is predicted, its last
    row, where the ends of the intervals stand: `lower`, `upper` of the mean, `year_lower`, `year_upper` of one year.
    """
    title = t("{area} and the mean of all other oblasts", area=t.area(study.oblast))
    if movements["fitted"].isna().all():
        return nothing_to_show(title, t("There are too few earlier years; see the text."), _source(t))
    figure, (left, right) = new_figure(8.8, 4.3, 2, gridspec_kw={"width_ratios": [1.25, 1]})
    left.axhline(0, color=GREY, lw=0.8, zorder=1)
    left.plot(movements["year"], movements["others"], color=GREY, lw=1.5, ls=(0, (4, 2)), zorder=2)
    left.plot(movements["year"], movements["oblast"], color=ACCENT, lw=2, zorder=3)
    last = movements.iloc[-1]
    left.plot(last["year"], last["oblast"], "o", color=ACCENT, ms=8, zorder=4)
    left.plot(last["year"], last["others"], "o", mfc="white", mec=GREY, mew=1.6, ms=7, zorder=4)
    left.margins(y=0.1)
    left.xaxis.get_major_locator().set_params(integer=True)
    left.set_ylabel(t("Change, {unit}", unit=t.unit("c_per_ha")))
    training = movements.iloc[:-1]
    line = movements.sort_values("others").iloc[[0, -1]]
    right.axhline(0, color=FAINT, lw=0.8, zorder=0)
    right.plot(training["others"], training["oblast"], "o", mfc="white", mec=GREY, mew=1.2, ms=5.5, zorder=3)
    right.plot(line["others"], line["fitted"], color=SECOND, lw=2, zorder=2)
    at = last["others"]
    right.vlines(at, last["year_lower"], last["year_upper"], color=THIRD, lw=2, zorder=1)
    right.vlines(at, last["lower"], last["upper"], color=SECOND, lw=5, zorder=2)
    right.plot(at, last["fitted"], "D", color=SECOND, mec="white", mew=0.8, ms=8, zorder=4)
    right.plot(at, last["oblast"], "o", color=ACCENT, mec="white", mew=0.8, ms=9, zorder=5)
    right.margins(0.08)
    right.set_xlabel(t("Mean change of the others, {unit}", unit=t.unit("c_per_ha")))
    of_oblast = t("Change of {area}, {unit}", area=t.area(study.oblast), unit=t.unit("c_per_ha"))
    right.set_ylabel(wrapped(figure, of_oblast, 9.5, share=0.5 * figure.get_figheight() / figure.get_figwidth()))
    for axes in (left, right):
        _bare(axes, "y")
    handles = [
        Line2D([], [], color=ACCENT, lw=2, label=t.area(study.oblast)),
        Line2D([], [], color=GREY, lw=1.5, ls=(0, (4, 2)), label=t("others")),
        Line2D([], [], ls="", marker="o", mfc="white", mec=GREY, mew=1.2, ms=5.5, label=t("earlier years")),
        Line2D([], [], ls="", marker="D", color=SECOND, ms=7, label=t("predicted")),
        Line2D([], [], color=SECOND, lw=5, solid_capstyle="butt", label=t("mean, 95 %")),
        Line2D([], [], color=THIRD, lw=2, label=t("one year, 95 %")),
    ]
    subtitle = t(
        "Left: changes by year. Right: the same changes; the last, {before} to {after}, is predicted from the others.",
        before=study.year_before, after=study.year_after,
    )  # fmt: skip
    return finish(figure, title, subtitle, _source(t), legend=handles)


@in_style
def shares(table: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """The predicted part of the change by every way of measuring the common movement, beside the observed change.

    `table`: `measure`, `areas` (those left out, or those that alone are in), `predicted`, `lower`, `upper` in c/ha and
    `share`; the first row is the main one.
    """
    title = t("{area}: the part of the change that the others' movement predicts", area=t.area(study.oblast))
    if table.empty:
        return nothing_to_show(title, t("There are too few earlier years; see the text."), _source(t))
    rows, observed = table.iloc[::-1], values["change"].value
    width = 8.6
    figure, axes = new_figure(width, 4.4)
    labels = [wrapped(figure, _measure(row, t), 9, share=0.36) for row in rows.itertuples()]
    heights = np.array([1 + 0.55 * label.count("\n") for label in labels])  # in rows of one line
    at = np.cumsum(heights) - heights / 2 - 0.5
    figure.set_size_inches(width, 2.2 + 0.34 * heights.sum())
    axes.axvline(0, color=GREY, lw=0.8, zorder=1)
    axes.axvline(observed, color=ACCENT, lw=2, zorder=1.8)
    main = len(rows) - 1
    for number, (y, row) in enumerate(zip(at, rows.itertuples(), strict=True)):
        first = number == main
        axes.hlines(y, row.lower, row.upper, color=SECOND if first else LIGHT, lw=3 if first else 2.2, zorder=2)
        axes.plot(row.predicted, y, "D" if first else "o", color=SECOND if first else GREY, ms=7, zorder=3)
    parts = [t.signed(part, 2) for part in rows["predicted"]]
    of_it = [t("not defined") if pd.isna(share) else t.number(share, 2) for share in rows["share"]]
    beside(axes, at, [parts, of_it], [t("part"), t("share")], strong={at[main]: INK})
    left, right = axes.get_xlim()
    axes.annotate(t("observed: {value}", value=t.signed(observed, 1)), (observed, 1),
                  xycoords=("data", "axes fraction"), xytext=(0, 3), textcoords="offset points",
                  ha="right" if observed > (left + right) / 2 else "left",  # over the axes, not over what stands beside
                  va="bottom", color=ACCENT, fontweight="bold")  # fmt: skip
    axes.set_yticks(at, labels)
    axes.get_yticklabels()[main].set_fontweight("bold")
    axes.set_ylim(-0.7, heights.sum() - 0.3)
    years = {"before": study.year_before, "after": study.year_after}
    axes.set_xlabel(t("Predicted change from {before} to {after}, {unit}", **years, unit=t.unit("c_per_ha")))
    _bare(axes, "x")
    subtitle = t("Bar: 95 % interval of the predicted mean. Right: predicted part and its share of the observed change")
    return finish(figure, title, subtitle, _source(t))


def _measure(row, t: Catalogue) -> str:
    """How readers know a measure of the common movement."""
    areas = t.joined([t.area(name) for name in str(row.areas).split(", ")], ", ")
    return {
        "mean": t("mean of all others"),
        "median": t("median of all others"),
        "component": t("first principal component"),
        "without": t("mean without: {areas}", areas=areas),
        "near": t("mean of these only: {areas}", areas=areas),
    }[row.measure]


@in_style
def temperature(table: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """Left: the national temperature anomaly by year. Right: each oblast's slope on it, with and without its own trend.

    `table`: `part`; of an "anomaly" `year` and `estimate`; of a "slope" `oblast` ("all" for the common one), `trend`
    ("none", "oblast"), `estimate`, `lower`, `upper`.
    """
    anomaly = table[table["part"] == "anomaly"].astype({"year": int}).set_index("year")["estimate"]
    slopes = table[table["part"] == "slope"]
    figure, (left, right) = new_figure(8.8, 4.6, 2, gridspec_kw={"width_ratios": [1, 1.15]})
    left.axhline(0, color=GREY, lw=0.8, zorder=1)
    left.plot(anomaly.index, anomaly, color=GREY, lw=1.5, marker="o", ms=3, zorder=2)
    pair = anomaly.loc[anomaly.index.intersection([study.year_before, study.year_after])]
    left.plot(pair.index, pair, "o", color=ACCENT, ms=7.5, zorder=3)
    for year, value in pair.items():
        above = value == pair.max()
        left.annotate(str(year), (year, value), xytext=(0, 8 if above else -8), textcoords="offset points", ha="center",
                      va="bottom" if above else "top", color=ACCENT, fontweight="bold", bbox=WHITE)  # fmt: skip
    left.margins(y=0.14)
    left.xaxis.get_major_locator().set_params(integer=True)
    left.set_ylabel(t("National annual anomaly, {unit}", unit=t.unit("degrees_c")))
    _bare(left, "y")
    names = list(dict.fromkeys(slopes["oblast"]))[::-1]
    at = np.arange(len(names))
    right.axvline(0, color=GREY, lw=0.8, zorder=1)
    styles = {"none": (0.16, "o", "white", LIGHT), "oblast": (-0.16, "D", None, None)}
    for trend, (offset, marker, face, bar) in styles.items():
        own = slopes[slopes["trend"] == trend].set_index("oblast").loc[names]
        for y, (name, row) in zip(at + offset, own.iterrows(), strict=True):
            color = ACCENT if name == study.oblast else GREY
            right.hlines(y, row["lower"], row["upper"], color=bar or color, lw=2, zorder=2)
            right.plot(row["estimate"], y, marker, mfc=face or color, mec=color, mew=1.4, ms=6.5, zorder=3)
    right.set_yticks(at, [t("all, one slope") if name == "all" else t.area(name) for name in names])
    _embolden(right, names, study.oblast)
    right.set_xlabel(t("Slope, {unit} per {degree}", unit=t.unit("c_per_ha"), degree=t.unit("degrees_c")))
    _bare(right, "x")
    handles = [
        Line2D([], [], ls="", marker="o", mfc="white", mec=GREY, mew=1.4, ms=6.5, label=t("no trend")),
        Line2D([], [], ls="", marker="D", color=GREY, ms=6, label=t("beside each oblast's own trend")),
    ]
    title = t("Temperature of the country, and how each oblast's yield goes with it")
    subtitle = t("Bars: 95 % intervals, clustered by year. One national value a year: not the weather of any oblast.")
    source = t("Sources: National Statistical Committee; Our World in Data from Copernicus ERA5")
    return finish(figure, title, subtitle, source, legend=handles)


@in_style
def drought(contrast: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """Mean yield of the named drought years less that of all others, by oblast, with and without trends.

    `contrast`: `oblast` ("mean of oblasts" last), `detrended` (0, 1), `difference`, `p_two_sided`.
    """
    names = list(dict.fromkeys(contrast["oblast"]))[::-1]
    at = np.arange(len(names))
    figure, axes = new_figure(8.2, 4.7)
    axes.axvline(0, color=GREY, lw=0.8, zorder=1)
    p_values = []
    for detrended, offset, marker in ((0, 0.15, "o"), (1, -0.15, "D")):
        own = contrast[contrast["detrended"] == detrended].set_index("oblast").loc[names]
        for y, (name, row) in zip(at, own.iterrows(), strict=True):
            color = ACCENT if name == study.oblast else GREY
            axes.hlines(y + offset, min(row["difference"], 0), max(row["difference"], 0), color=LIGHT, lw=2, zorder=2)
            axes.plot(row["difference"], y + offset, marker, mfc=color if detrended else "white", mec=color, mew=1.5,
                      ms=7, zorder=3)  # fmt: skip
        p_values.append([t.number(p, 3) for p in own["p_two_sided"]])
    heads = [t("p {mark}", mark=mark) for mark in ("\u25cb", "\u25c6")]  # the marks of the legend
    beside(axes, at, p_values, heads, strong={y: ACCENT for y, name in enumerate(names) if name == study.oblast})
    axes.set_yticks(at, [t("mean of oblasts") if name == MEAN_OF_OBLASTS else t.area(name) for name in names])
    _embolden(axes, names, study.oblast)
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.set_xlabel(t("Named drought years less all other years, {unit}", unit=t.unit("c_per_ha")))
    _bare(axes, "x")
    handles = [
        Line2D([], [], ls="", marker="o", mfc="white", mec=GREY, mew=1.5, ms=7, label=t("yields")),
        Line2D([], [], ls="", marker="D", color=GREY, ms=6.5, label=t("each oblast's trend taken off")),
    ]
    title = t(
        "Yields in the years named as drought years: {years}", years=", ".join(map(str, sorted(study.drought_years)))
    )
    subtitle = t("p: share of all choices of as many years with a difference at least as large either way")
    return finish(figure, title, subtitle, _source(t), legend=handles)


@in_style
def station(table: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """The oblast's yield against rain and warmth at the station Chatkal, each less its own straight line in the year.

    `table`: `year`, `variable` ("precipitation", "temperature"), `season` (mm, degrees C) and `yield` (c/ha).
    """
    figure, axes = new_figure(8.8, 4.3, 2, sharey=True)
    labels = {
        "precipitation": t("Rain of April to July less its trend, {unit}", unit=t.unit("mm")),
        "temperature": t("Temperature of April to July less its trend, {unit}", unit=t.unit("degrees_c")),
    }
    for panel, (variable, label) in zip(axes, labels.items(), strict=True):
        rows = table[table["variable"] == variable]
        panel.axhline(0, color=LIGHT, lw=0.8, zorder=1)
        panel.axvline(0, color=LIGHT, lw=0.8, zorder=1)
        slope = (rows["season"] * rows["yield"]).sum() / (rows["season"] ** 2).sum()
        ends = np.array([rows["season"].min(), rows["season"].max()])
        panel.plot(ends, slope * ends, color=GREY, lw=1.5, zorder=2)
        panel.plot(rows["season"], rows["yield"], "o", color=ACCENT, ms=6, zorder=3)
        for row in (rows.loc[rows["season"].idxmin()], rows.loc[rows["season"].idxmax()]):
            panel.annotate(str(int(row["year"])), (row["season"], row["yield"]), xytext=(0, 8), ha="center",
                           textcoords="offset points", fontsize=8.5, color=INK, bbox=WHITE)  # fmt: skip
        panel.margins(x=0.12, y=0.16)
        panel.set_xlabel(label)
        _bare(panel, "y")
    axes[0].set_ylabel(t("Yield less its trend, {unit}", unit=t.unit("c_per_ha")))
    title = t("Yield of {area} and the season at the station Chatkal", area=t.area(study.oblast))
    subtitle = t(
        "One mark for each year with a whole season. One mountain valley: not the weather of the oblast's fields."
    )
    source = t("Sources: National Statistical Committee; station Chatkal (riversCentralAsia)")
    return finish(figure, title, subtitle, source)
