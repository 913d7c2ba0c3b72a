"""Figures of the report `history`: each from its published data, the parameters and the results."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

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
    spread,
)
from pipeline.text.fill import Value
from pipeline.text.language import Catalogue, years_text
from pipeline.text.parameters import Parameters

NSC = "Source: National Statistical Committee of the Kyrgyz Republic"


def method_names(t: Catalogue) -> dict[str, str]:
    """The forecast methods as readers know them, in the order in which they are shown."""
    return {
        "naive": t("last year's yield"),
        "linear_trend": t("least squares line"),
        "theil_sen": t("Theil–Sen line"),
        "local_level": t("local level"),
    }


@in_style
def series(data: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """One oblast's yields by year, the two years of the comparison marked, with drought years and the base mean.

    `data`: `year`, `yield_c_per_ha`, and 0 or 1 in `drought_year` and `base_year`.
    """
    figure, axes = new_figure(8.6, 4.4)
    yields = data.set_index("year")["yield_c_per_ha"]
    base_years, drought_years = (data.loc[data[kind] == 1, "year"].tolist() for kind in ("base_year", "drought_year"))
    mean = yields.loc[base_years].mean()
    for year in drought_years:
        axes.axvspan(year - 0.5, year + 0.5, color=FAINT, lw=0, zorder=0)
    axes.hlines(mean, yields.index[0] - 0.5, yields.index[-1] + 0.5, color=SECOND, lw=1.1, ls=(0, (2, 3)), zorder=1)
    axes.plot(base_years, [mean] * len(base_years), color=SECOND, lw=3, solid_capstyle="butt", zorder=2)
    axes.plot(yields.index, yields, color=GREY, lw=1.6, marker="o", ms=3.6, zorder=3)
    pair = yields.loc[[study.year_before, study.year_after]]
    axes.plot(pair.index, pair, "o", color=ACCENT, ms=8, zorder=4)
    for year, value in pair.items():
        above = value == pair.max()
        axes.annotate(
            f"{year}\n{t.number(value, 1)}",
            (year, value),
            xytext=(0, 10 if above else -10),
            textcoords="offset points",
            ha="center",
            va="bottom" if above else "top",
            color=ACCENT,
            fontweight="bold",
            linespacing=1.15,
            bbox=WHITE,
            zorder=5,
        )
    axes.margins(y=0.2)
    axes.set_xlim(yields.index[0] - 0.7, yields.index[-1] + 0.7)
    axes.set_ylabel(t("Yield, {unit}", unit=t.unit("c_per_ha")))
    axes.grid(axis="y", zorder=0)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    base = t(
        "mean of {years}: {mean} {unit}", years=years_text(base_years), mean=t.number(mean, 2), unit=t.unit("c_per_ha")
    )
    handles = [
        Line2D([], [], color=SECOND, lw=3, label=base),
        Patch(color=FAINT, label=t("named as drought years: {years}", years=years_text(drought_years))),
    ]
    title = t("{crop} yield in {area}", crop=t.capitalized(t.crop(study.crop)), area=t.area(study.oblast))
    subtitle = t("Every year of the series; marked: the two years compared")
    return finish(figure, title, subtitle, t(NSC), legend=handles)


@in_style
def changes(data: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """Every oblast's changes as ticks, the change between the two years as a diamond; most volatile first.

    `data`: `oblast`, `year`, `change`, `rank` among the oblast's own (or missing), `chosen` (0 or 1).
    """
    figure, axes = new_figure(8.6, 4.6)
    oblast, by_oblast = study.oblast, data.groupby("oblast")["change"]
    deviation = by_oblast.std().sort_values(ascending=False, kind="stable", na_position="last")
    rows = list(deviation.index[::-1])
    axes.axvline(0, color=GREY, lw=0.8, zorder=1)
    for y, name in enumerate(rows):
        own = data[data["oblast"] == name]
        color = ACCENT if name == oblast else INK
        axes.hlines(y, own["change"].min(), own["change"].max(), color=FAINT, lw=7, zorder=0)
        axes.vlines(own["change"], y - 0.26, y + 0.26, color=color if name == oblast else GREY, lw=1, zorder=2)
        axes.plot(
            own.loc[own["chosen"] == 1, "change"],
            [y],
            "D",
            color=ACCENT if name == oblast else GREY,
            mec="white",
            mew=0.8,
            ms=9,
            zorder=4,
        )
    deviations = [t("SD {sd}", sd=t.number(deviation[name], 2)) for name in rows]
    ranks, numbers = data[data["chosen"] == 1].set_index("oblast")["rank"], by_oblast.size()
    places = [
        "" if pd.isna(ranks[name]) else t("rank {rank} of {n}", rank=int(ranks[name]), n=int(numbers[name]))
        for name in rows
    ]
    beside(axes, range(len(rows)), [deviations, places], strong={rows.index(oblast): ACCENT})
    axes.set_yticks(range(len(rows)), [t.area(name) for name in rows])
    for label, name in zip(axes.get_yticklabels(), rows, strict=True):
        label.set_fontweight("bold" if name == oblast else "normal")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", zorder=0)
    lag = study.year_after - study.year_before
    axes.set_xlabel(
        t("Yearly change, {unit}", unit=t.unit("c_per_ha"))
        if lag == 1
        else t("Change over {n} years, {unit}", n=lag, unit=t.unit("c_per_ha"))
    )
    handles = [
        Line2D([], [], ls="", marker="|", mec=GREY, ms=11, label=t("one change")),
        Line2D(
            [],
            [],
            ls="",
            marker="D",
            mfc=GREY,
            mec=GREY,
            ms=7,
            label=t("{before} to {after}", before=study.year_before, after=study.year_after),
        ),
    ]
    title = t("How much yields move: all changes of every oblast")
    subtitle = t("Most volatile first. SD: standard deviation of the changes. Rank 1 is the oblast's largest rise.")
    return finish(figure, title, subtitle, t(NSC), legend=handles)


@in_style
def track(table: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """What earlier years led to expect, year by year, and what came.

    `table`: `year`, `method` (one), `observed`, `mean`, `lower`, `upper`, `inside` (0, 1).
    """
    figure, axes = new_figure(8.6, 4.2)
    at = table["year"]
    axes.fill_between(at, table["lower"], table["upper"], color=THIRD, alpha=0.35, lw=0, zorder=1)
    axes.plot(at, table["mean"], color=SECOND, lw=1.6, ls=(0, (4, 2)), zorder=2)
    inside = table["inside"].astype(bool)
    axes.plot(at[inside], table.loc[inside, "observed"], "o", color=INK, ms=4.5, zorder=3)
    axes.plot(at[~inside], table.loc[~inside, "observed"], "X", color=ACCENT, ms=9, zorder=4)
    own = table[table["year"].isin([study.year_before, study.year_after])]
    axes.plot(own["year"], own["observed"], "o", mfc="none", mec=ACCENT, mew=1.8, ms=12, zorder=5)
    axes.set_xlim(at.min() - 0.7, at.max() + 0.7)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_ylabel(t("Yield, {unit}", unit=t.unit("c_per_ha")))
    axes.grid(axis="y", zorder=0)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    handles = [
        Line2D([], [], color=SECOND, lw=1.6, ls=(0, (4, 2)), label=t("forecast")),
        Patch(color=THIRD, alpha=0.35, label=t("95 % interval")),
        Line2D([], [], ls="", marker="o", color=INK, ms=4.5, label=t("observed")),
        Line2D([], [], ls="", marker="X", color=ACCENT, ms=8, label=t("observed, outside")),
        Line2D([], [], ls="", marker="o", mfc="none", mec=ACCENT, mew=1.8, ms=10, label=t("years compared")),
    ]
    method = method_names(t)[table["method"].iloc[0]]
    crop_here, here = t.capitalized(t.crop(study.crop)), t.area(study.oblast)
    title = t("{crop} in {area}: what earlier years led to expect", crop=crop_here, area=here)
    subtitle = t("Each year is forecast from the years before it only; method: {method}", method=method)
    return finish(figure, title, subtitle, t(NSC), legend=handles)


@in_style
def expected(table: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """The forecasts of all methods for one or two years as intervals, with the yield that came as a line.

    `table`: `year`, `method`, `observed`, `mean`, `lower`, `upper`; without rows the figure says so.
    """
    title = t("{area}: forecast by four methods, and what came", area=t.area(study.oblast))
    if table.empty:
        return nothing_to_show(title, t("There are too few earlier years for a forecast; see the text."), t(NSC))
    years = list(dict.fromkeys(table["year"]))
    names = method_names(t)
    figure, row = new_figure(8.6 if len(years) > 1 else 5.6, 3.2, len(years), sharex=True, sharey=True, squeeze=False)
    for axes, year in zip(row[0], years, strict=True):
        own = table[table["year"] == year].set_index("method")
        rows = [name for name in names if name in own.index][::-1]
        own = own.loc[rows]
        axes.hlines(range(len(rows)), own["lower"], own["upper"], color=SECOND, lw=2.2, zorder=2)
        axes.plot(own["mean"], range(len(rows)), "o", color=SECOND, ms=7, zorder=3)
        observed = own["observed"].iloc[0]
        axes.axvline(observed, color=ACCENT, lw=2, zorder=1.8)
        axes.annotate(
            t("{year}: {value}", year=year, value=t.number(observed, 1)),
            (observed, 1),
            xycoords=("data", "axes fraction"),
            xytext=(0, 3),
            textcoords="offset points",
            ha="center",
            va="bottom",
            color=ACCENT,
            fontweight="bold",
        )
        axes.set_yticks(range(len(rows)), [names[name] for name in rows])
        axes.set_ylim(-0.6, len(rows) - 0.4)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x", zorder=0)
        axes.set_xlabel(t("Yield, {unit}", unit=t.unit("c_per_ha")))
    subtitle = t("Point: forecast from the years before; bar: 95 % interval; vertical line: the yield that came")
    return finish(figure, title, subtitle, t(NSC))


@in_style
def backtest(data: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """Left: mean absolute error by method. Right: how often each nominal interval held what it promised.

    `data`: `method`, `mae` and the shares `coverage_50`, `coverage_80`, `coverage_95`.
    """
    summary = data.set_index("method")
    names = method_names(t)
    rows = [name for name in names if name in summary.index][::-1]
    at = np.arange(len(rows))
    figure, (left, right) = new_figure(8.6, 3.6, 2, sharey=True, gridspec_kw={"width_ratios": [1, 1.5]})
    errors = summary.loc[rows, "mae"]
    left.axvline(summary.loc["naive", "mae"], color=GREY, lw=1, ls=(0, (3, 3)), zorder=1)
    left.hlines(at, 0, errors, color=LIGHT, lw=3, zorder=2)
    left.plot(errors, at, "o", color=SECOND, ms=8, zorder=3)
    for y, value in zip(at, errors, strict=True):
        left.annotate(
            t.number(value, 2), (value, y), xytext=(8, 0), textcoords="offset points", va="center", bbox=WHITE
        )
    left.set_xlim(0, errors.max() * 1.25)
    left.set_xlabel(t("Mean absolute error, {unit}", unit=t.unit("c_per_ha")))
    left.set_yticks(at, [names[name] for name in rows])
    for level, marker, color in ((50, "^", GREY), (80, "s", SECOND), (95, "o", ACCENT)):
        right.axvline(level, color=color, lw=1.2, ls=(0, (3, 3)), zorder=1)
        right.plot(100 * summary.loc[rows, f"coverage_{level}"], at, marker, color=color, ms=8, zorder=3)
        right.annotate(
            t("{level} %", level=level),
            (level, 1),
            xycoords=("data", "axes fraction"),
            xytext=(0, 3),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontweight="bold",
            color=color,
        )
    for y, name in zip(at, rows, strict=True):
        held = [100 * summary.loc[name, f"coverage_{level}"] for level in (50, 80, 95)]
        for x, share in zip(spread(held, 5.0), held, strict=True):
            right.annotate(
                t.number(share, 0),
                (x, y),
                xytext=(0, -8),
                textcoords="offset points",
                ha="center",
                va="top",
                fontsize=8.5,
                bbox=WHITE,
            )
    right.set_xlim(min(30, 100 * summary["coverage_50"].min() - 5), 102)
    right.set_ylim(-0.7, len(rows) - 0.4)
    right.set_xlabel(t("Years inside the interval, percent"))
    for axes in (left, right):
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x", zorder=0)
    title = t("How good are the forecasts? Every oblast, every year tested")
    subtitle = t(
        "Dashed: on the left the naive forecast, on the right what is promised. A mark left of its line: too narrow."
    )
    return finish(figure, title, subtitle, t(NSC))


@in_style
def recovery(table: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """Both years of every oblast against the mean and range of the base years; without rows the figure says why.

    `table`: `oblast`, `yield_before`, `yield_after`, `base_mean`, `base_min`, `base_max`, `difference_from_base`.
    """
    title = t("Up from where? Both years against the mean of {years}", years=years_text(study.base_years))
    if table.empty:
        return nothing_to_show(title, t("The base years do not lie before the change; see the text."), t(NSC))
    rows, oblast = table.set_index("oblast").sort_values("yield_after", kind="stable"), study.oblast
    at = np.arange(len(rows))
    figure, axes = new_figure(8.2, 4.6)
    axes.hlines(at, rows["base_min"], rows["base_max"], color=FAINT, lw=13, zorder=1)
    axes.vlines(rows["base_mean"], at - 0.3, at + 0.3, color=SECOND, lw=2.6, zorder=3)
    for y, (name, row) in zip(at, rows.iterrows(), strict=True):
        color = ACCENT if name == oblast else GREY
        axes.plot([row["yield_before"], row["yield_after"]], [y, y], color=color, lw=1.8, zorder=2)
        axes.plot(row["yield_before"], y, "o", mfc="white", mec=color, mew=1.8, ms=8, zorder=4)
        axes.plot(row["yield_after"], y, "o", color=color, ms=8, zorder=4)
    against = [
        t("{value} {unit} against the mean", value=t.signed(value, 1), unit=t.unit("c_per_ha"))
        for value in rows["difference_from_base"]
    ]
    beside(axes, at, [against], strong={list(rows.index).index(oblast): ACCENT})
    axes.set_yticks(at, [t.area(name) for name in rows.index])
    for label, name in zip(axes.get_yticklabels(), rows.index, strict=True):
        label.set_fontweight("bold" if name == oblast else "normal")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.grid(axis="x", zorder=0)
    axes.set_xlabel(t("Yield, {unit}", unit=t.unit("c_per_ha")))
    handles = [
        Line2D([], [], ls="", marker="o", mfc="white", mec=GREY, mew=1.8, ms=8, label=str(study.year_before)),
        Line2D([], [], ls="", marker="o", color=GREY, ms=8, label=str(study.year_after)),
        Line2D([], [], ls="", marker="|", mec=SECOND, mew=2.6, ms=12, label=t("mean of the base years")),
        Patch(color=FAINT, label=t("their range")),
    ]
    subtitle = t("What of a rise only leads back to the mean, and what goes beyond it")
    return finish(figure, title, subtitle, t(NSC), legend=handles)
