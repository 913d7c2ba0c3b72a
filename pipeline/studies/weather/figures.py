"""Figures of the report `weather`: each from its published data, the parameters and the results."""

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
    WHITE,
    beside,
    finish,
    in_style,
    new_figure,
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
        left.annotate(
            str(year),
            (year, value),
            xytext=(0, 8 if above else -8),
            textcoords="offset points",
            ha="center",
            va="bottom" if above else "top",
            color=ACCENT,
            fontweight="bold",
            bbox=WHITE,
        )
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
            axes.plot(
                row["difference"],
                y + offset,
                marker,
                mfc=color if detrended else "white",
                mec=color,
                mew=1.5,
                ms=7,
                zorder=3,
            )
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
            panel.annotate(
                str(int(row["year"])),
                (row["season"], row["yield"]),
                xytext=(0, 8),
                ha="center",
                textcoords="offset points",
                fontsize=8.5,
                color=INK,
                bbox=WHITE,
            )
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
