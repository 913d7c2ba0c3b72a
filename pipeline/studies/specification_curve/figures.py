"""Figures of the report `specification_curve`: each from its published data, the parameters and the results."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from pipeline.exhibits.drawing import (
    ACCENT,
    FAINT,
    GREY,
    INK,
    LIGHT,
    SECOND,
    beside,
    finish,
    in_style,
    new_figure,
    nothing_to_show,
)
from pipeline.studies.specification_curve.curve import CHOICES, summary
from pipeline.text.declarations import declaration
from pipeline.text.fill import Value
from pipeline.text.language import Catalogue
from pipeline.text.parameters import Parameters


def _source(t: Catalogue) -> str:
    return t("Source: National Statistical Committee of the Kyrgyz Republic; own calculation")


def _impossible(title: str, t: Catalogue) -> Figure:
    return nothing_to_show(title, t("The specifications cannot be computed for these years; see the text."), _source(t))


def choice_name(choice: str, t: Catalogue) -> str:
    """What readers see for a choice of the analyst: the word of the table `choices`."""
    message = declaration("specification_curve").tables["choices"].columns["choice"].words[choice]
    return t(message)


def option_name(row, t: Catalogue) -> str:
    """What readers see for an option, a row of `curve.summary`: the words of the table `choices`."""
    message = declaration("specification_curve").tables["choices"].columns["option"].words[row.option]
    return t(message, area=t.area(row.area) if row.area else "", years=row.years)


def _ticks(positions: np.ndarray, row: float) -> tuple[np.ndarray, np.ndarray]:
    """Short vertical strokes as one broken line: a thousand of them stay one path of the picture."""
    x = np.repeat(positions.astype(float), 3)
    y = np.tile([row - 0.36, row + 0.36, np.nan], len(positions))
    x[2::3] = np.nan
    return x, y


@in_style
def curve(data: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """All estimates from the smallest to the largest, and below each the choices that made it.

    `data`: every specification, in the order of `equivalent_c_per_ha`, with `plain`, true for the plain comparison.
    Without rows the figure says that there is nothing to show.
    """
    alpha, before, after = study.significance_percent / 100, study.year_before, study.year_after
    title = t(
        "{crop} in {area}, {before} to {after}: every comparison",
        crop=t.capitalized(t.crop(study.crop)),
        area=t.area(study.oblast),
        before=before,
        after=after,
    )
    if data.empty:
        return _impossible(title, t)
    data = data.astype(dict.fromkeys(CHOICES, str))  # a single year is read back as a number
    choices = summary(data, alpha)
    figure = Figure(figsize=(8.8, 10.8), layout="constrained")
    top, below = figure.subplots(2, 1, sharex=True, height_ratios=[3.4, 7.2])
    at, estimates = np.arange(len(data)), data["equivalent_c_per_ha"].to_numpy()
    top.fill_between(at, 0, estimates, where=estimates > 0, color=SECOND, alpha=0.35, lw=0, step="mid")
    top.fill_between(at, 0, estimates, where=estimates <= 0, color=GREY, alpha=0.45, lw=0, step="mid")
    top.plot(at, estimates, color=INK, lw=1.2)
    top.axhline(0, color=INK, lw=0.8)
    rare = data["p_oblasts_and_years"].to_numpy() <= alpha
    top.plot(
        at[rare],
        estimates[rare],
        "o",
        color=ACCENT,
        ms=5,
        zorder=4,
        label=t("{n} with p ≤ {alpha}", n=t.number(int(rare.sum()), 0), alpha=t.number(alpha, 2)),
    )
    median = values["median"]
    top.axhline(median.value, color=INK, lw=0.9, ls=(0, (4, 3)), label=t("median {value}", value=median.shown(t, "+")))
    plain = data["plain"].to_numpy()
    label = t(
        "plain comparison with all others, {before} to {after}: {value}",
        before=before,
        after=after,
        value=values["plain"].shown(t, "+"),
    )
    top.plot(
        at[plain], estimates[plain], "D", color=ACCENT, mfc="white", mew=1.8, ms=7, zorder=5, ls="none", label=label
    )
    top.legend(loc="lower left", bbox_to_anchor=(0, 1), fontsize=8.5, handlelength=1.8, borderaxespad=0.2)
    top.set_ylabel(t("Difference to the comparison, {unit}", unit=t.unit("c_per_ha")))
    top.grid(axis="y", zorder=0)
    top.tick_params(axis="x", length=0)

    labels, places, rows, y = [], [], {}, 0.0
    for choice in CHOICES:
        places.append(y)
        labels.append(choice_name(choice, t))
        y -= 1
        for row in choices[choices["choice"] == choice].itertuples():
            strokes = _ticks(at[(data[choice] == row.label).to_numpy()], y)
            below.plot(*strokes, color=SECOND, lw=0.45, solid_capstyle="butt")
            places.append(y)
            labels.append(option_name(row, t))
            share = t("{share} %", share=t.number(row.share_positive, 0))
            rows[y] = (share, t.signed(row.median_equivalent_c_per_ha, 1))
            y -= 1
        below.axhline(y + 0.5, color=FAINT, lw=0.8)
    heads = (t("positive"), t("median,\n{unit}", unit=t.unit("c_per_ha")))
    beside(below, list(rows), list(zip(*rows.values(), strict=True)), heads, size=8.5)
    below.set_yticks(places, labels, fontsize=8.5)
    headlines = {choice_name(choice, t) for choice in CHOICES}
    for label, text in zip(below.get_yticklabels(), labels, strict=True):
        label.set_fontweight("bold" if text in headlines else "normal")
    below.tick_params(axis="y", length=0)
    below.spines["left"].set_visible(False)
    below.set_ylim(y + 0.4, 0.6)
    below.set_xlim(-0.01 * len(at), 1.01 * len(at))
    below.xaxis.set_major_formatter(FuncFormatter(lambda value, _: t.number(value, 0)))
    below.set_xlabel(t("{n} specifications, ordered by their estimate", n=t.number(len(data), 0)))
    subtitle = t(
        "Each stroke below is one specification that uses the option. Estimates in logarithms are shown at the\n"
        "oblast's base yield. Filled marks: p among all oblasts and placebo years."
    )
    return finish(figure, title, subtitle, _source(t))


@in_style
def placebo_medians(data: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """The median of the whole curve for every oblast and every placebo pair of years; the actual one filled.

    `data`: what `analysis.curve_medians` gives. The result `joint_p` is the p-value over oblasts and years.
    """
    title = t("Is the curve as a whole unusual among oblasts and years?")
    if data.empty:
        return _impossible(title, t)
    figure, axes = new_figure(8.2, 4.2)
    names = list(dict.fromkeys(data["oblast"]))[::-1]
    for row, name in enumerate(names):
        cells = data[(data["oblast"] == name) & ~data["actual"]]
        axes.plot(cells["median_standardised"], [row] * len(cells), "o", mfc="none", mec=GREY, ms=5.5, mew=0.9)
    actual = data[data["actual"]].iloc[0]
    value, row = actual["median_standardised"], names.index(study.oblast)
    for edge in (-abs(value), abs(value)):
        axes.axvline(edge, color=ACCENT, lw=0.9, ls=(0, (4, 3)), zorder=1)
    axes.plot(value, row, "o", color=ACCENT, ms=10, zorder=4)
    axes.annotate(
        f"{study.year_before}\u2013{study.year_after}",
        (value, row),
        xytext=(0, 8),
        textcoords="offset points",
        ha="center",
        fontsize=9,
        color=ACCENT,
        fontweight="bold",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
    )
    axes.axvline(0, color=INK, lw=0.8, zorder=1)
    axes.set_yticks(range(len(names)), [t.area(name) for name in names])
    for label, name in zip(axes.get_yticklabels(), names, strict=True):
        label.set_fontweight("bold" if name == study.oblast else "normal")
    axes.set_ylim(-0.6, len(names) - 0.3)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    for y in range(len(names)):
        axes.axhline(y, color=LIGHT, lw=0.5, zorder=0)
    axes.set_xlabel(t("Median of the curve, each estimate divided by what is usual for its specification"))
    p_value = values["joint_p"].value
    subtitle = t(
        "{share} % of the {n} marks lie at least as far from zero as the filled one (p = {p})",
        share=t.number(100 * p_value, 0),
        n=len(data),
        p=t.number(p_value, 3),
    )
    return finish(figure, title, subtitle, _source(t))
