"""Figures of the notebook `specification_curve`, and the names of choices that readers see."""

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
from pipeline.studies.specification_curve.analysis import WINDOW
from pipeline.text.language import Catalogue

CHOICES = ("outcome", "comparison", "weighting", "base", "end", "trend")


def _source(t: Catalogue) -> str:
    return t("Source: National Statistical Committee of the Kyrgyz Republic; own calculation")


def _impossible(title: str, t: Catalogue) -> Figure:
    return nothing_to_show(title, t("The specifications cannot be computed for these years; see the text."), _source(t))


def choice_name(choice: str, t: Catalogue) -> str:
    """What readers see for a choice of the analyst."""
    return {
        "outcome": t("Outcome"),
        "comparison": t("Comparison oblasts"),
        "weighting": t("Their weights"),
        "base": t("Base period"),
        "end": t("End period"),
        "trend": t("Trend taken out"),
    }[choice]


def option_name(option: str, t: Catalogue) -> str:
    """What readers see for an option, as `analysis.specification_curve.declare_specifications` writes it."""
    fixed = {
        "level": t("yield, {unit}", unit=t.unit("c_per_ha")),
        "log": t("logarithm of yield"),
        "all others": t("all others"),
        "south": t("south"),
        "north": t("north"),
        "equal": t("equal"),
        "inverse variance": t("steady oblasts count more"),
        "similar path": t("similar paths count more"),
        "none": t("none"),
        f"linear, {WINDOW} years": t("linear, {n} years before", n=WINDOW),
    }
    if option in fixed:
        return fixed[option]
    first, _, rest = option.partition(" ")
    if first == "without":
        return t("without {area}", area=t.area(rest))
    if first == "only":
        return t("only {area}", area=t.area(rest))
    if first == "mean":
        return t("mean {years}", years=rest.replace("-", "\u2013"))
    return option  # a single year


def in_declared_order(summary: pd.DataFrame) -> pd.DataFrame:
    """`summarise_choices` with the options in the order in which they are declared, not in that of the curve."""

    def place(label: tuple[str, str]) -> tuple:
        choice, option = label
        first, _, rest = option.partition(" ")
        kinds = ("level", "all", "equal", "none", "without", "south", "north", "only", "inverse", "similar", "log")
        return (
            CHOICES.index(choice),
            kinds.index(first) if first in kinds else len(kinds),
            first == "mean",
            rest,
            option,
        )

    return summary.loc[sorted(summary.index, key=place)]


def _ticks(positions: np.ndarray, row: float) -> tuple[np.ndarray, np.ndarray]:
    """Short vertical strokes as one broken line: a thousand of them stay one path of the picture."""
    x = np.repeat(positions.astype(float), 3)
    y = np.tile([row - 0.36, row + 0.36, np.nan], len(positions))
    x[2::3] = np.nan
    return x, y


@in_style
def curve_with_choices(
    curve: pd.DataFrame,
    summary: pd.DataFrame,
    oblast: str,
    crop: str,
    years: tuple[int, int],
    t: Catalogue,
    *,
    alpha: float = 0.05,
) -> Figure:
    """All estimates from the smallest to the largest, and below each the choices that made it.

    `curve` is `analysis.specification_curve.specification_curve`, ordered by `equivalent_c_per_ha`, with a column
    `plain` that is true for the plain comparison; `summary` is `in_declared_order(summarise_choices(curve))`. An empty
    curve gives a figure that says so.
    """
    title = t(
        "{crop} in {area}, {before} to {after}: every comparison",
        crop=t.capitalized(t.crop(crop)),
        area=t.area(oblast),
        before=years[0],
        after=years[1],
    )
    if curve.empty:
        return _impossible(title, t)
    figure = Figure(figsize=(8.8, 10.2), layout="constrained")
    top, below = figure.subplots(2, 1, sharex=True, height_ratios=[3.4, 7.2])
    at, values = np.arange(len(curve)), curve["equivalent_c_per_ha"].to_numpy()
    top.fill_between(at, 0, values, where=values > 0, color=SECOND, alpha=0.35, lw=0, step="mid")
    top.fill_between(at, 0, values, where=values <= 0, color=GREY, alpha=0.45, lw=0, step="mid")
    top.plot(at, values, color=INK, lw=1.2)
    top.axhline(0, color=INK, lw=0.8)
    rare = curve["p_oblasts_and_years"].to_numpy() <= alpha
    top.plot(
        at[rare],
        values[rare],
        "o",
        color=ACCENT,
        ms=5,
        zorder=4,
        label=t("{n} with p ≤ {alpha}", n=t.number(int(rare.sum()), 0), alpha=t.number(alpha, 2)),
    )
    median = float(np.median(values))
    top.axhline(median, color=INK, lw=0.9, ls=(0, (4, 3)), label=t("median {value}", value=t.signed(median, 2)))
    plain = curve["plain"].to_numpy()
    label = t(
        "plain comparison with all others, {before} to {after}: {value}",
        before=years[0],
        after=years[1],
        value=t.signed(values[plain][0], 2),
    )
    top.plot(at[plain], values[plain], "D", color=ACCENT, mfc="white", mew=1.8, ms=7, zorder=5, ls="none", label=label)
    top.legend(loc="lower left", bbox_to_anchor=(0, 1), fontsize=8.5, handlelength=1.8, borderaxespad=0.2)
    top.set_ylabel(t("Difference to the comparison, {unit}", unit=t.unit("c_per_ha")))
    top.grid(axis="y", zorder=0)
    top.tick_params(axis="x", length=0)

    labels, places, rows, y = [], [], {}, 0.0
    for choice in CHOICES:
        places.append(y)
        labels.append(choice_name(choice, t))
        y -= 1
        for option, row in summary.loc[choice].iterrows():
            below.plot(
                *_ticks(at[(curve[choice] == option).to_numpy()], y), color=SECOND, lw=0.45, solid_capstyle="butt"
            )
            places.append(y)
            labels.append(option_name(option, t))
            share = t("{share} %", share=t.number(100 * row["share_positive"], 0))
            rows[y] = (share, t.signed(row["median_equivalent_c_per_ha"], 1))
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
    below.set_xlabel(t("{n} specifications, ordered by their estimate", n=t.number(len(curve), 0)))
    subtitle = t(
        "Each stroke below is one specification that uses the option. Estimates in logarithms are shown at the\n"
        "oblast's base yield. Filled marks: p among all oblasts and placebo years."
    )
    return finish(figure, title, subtitle, _source(t))


@in_style
def placebo_medians(medians: pd.DataFrame, p_value: float, oblast: str, years: tuple[int, int], t: Catalogue) -> Figure:
    """The median of the whole curve for every oblast and every placebo pair of years; the actual one filled.

    `medians` is `analysis.specification_curve.curve_medians`; `p_value` the joint one over oblasts and years.
    """
    title = t("Is the curve as a whole unusual among oblasts and years?")
    if medians.empty:
        return _impossible(title, t)
    figure, axes = new_figure(8.2, 4.2)
    names = list(dict.fromkeys(medians["oblast"]))[::-1]
    for row, name in enumerate(names):
        values = medians[(medians["oblast"] == name) & ~medians["actual"]]
        axes.plot(values["median_standardised"], [row] * len(values), "o", mfc="none", mec=GREY, ms=5.5, mew=0.9)
    actual = medians[medians["actual"]].iloc[0]
    value, row = actual["median_standardised"], names.index(oblast)
    for edge in (-abs(value), abs(value)):
        axes.axvline(edge, color=ACCENT, lw=0.9, ls=(0, (4, 3)), zorder=1)
    axes.plot(value, row, "o", color=ACCENT, ms=10, zorder=4)
    axes.annotate(
        f"{years[0]}\u2013{years[1]}",
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
        label.set_fontweight("bold" if name == oblast else "normal")
    axes.set_ylim(-0.6, len(names) - 0.3)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    for y in range(len(names)):
        axes.axhline(y, color=LIGHT, lw=0.5, zorder=0)
    axes.set_xlabel(t("Median of the curve, each estimate divided by what is usual for its specification"))
    subtitle = t(
        "{share} % of the {n} marks lie at least as far from zero as the filled one (p = {p})",
        share=t.number(100 * p_value, 0),
        n=len(medians),
        p=t.number(p_value, 3),
    )
    return finish(figure, title, subtitle, _source(t))
