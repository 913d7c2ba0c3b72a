"""Figures of the report `other_oblasts`: each from its published data, the parameters and the results."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from pipeline.data.vocabulary import regions
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
    wrapped,
)
from pipeline.studies.other_oblasts.analysis import YIELD
from pipeline.text.fill import Value
from pipeline.text.language import Catalogue
from pipeline.text.parameters import Parameters

# Above the grid, which matplotlib draws with the axis, below all data.
ZERO = {"color": INK, "lw": 1, "zorder": 1.8}
EDGE = {"markeredgecolor": "white", "markeredgewidth": 0.8}


def _source(t: Catalogue) -> str:
    return t("Source: National Statistical Committee of the Kyrgyz Republic; own calculation")


def _mark(filled: bool, color: str, **size: float) -> dict:
    """A filled or a hollow round mark, told apart without colour."""
    return {"marker": "o", "mfc": color if filled else "white", "mec": color, "mew": 1.8, "ls": "", "ms": 8, **size}


@in_style
def own_response(data: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """The oblast's changes against the mean change of all others: by year, and as a scatter with two lines.

    The line of the earlier years, and that of a difference in differences: one for one. `data` is `analysis.movements`.
    """
    title = t("Does {oblast} move one for one with the others?", oblast=t.area(study.oblast))
    if data.empty:
        return nothing_to_show(title, values["adjusted_difference"].shown(t, "why"), _source(t))
    figure, (left, right) = new_figure(8.8, 4.3, 2, gridspec_kw={"width_ratios": [1.25, 1]})
    last, earlier = data.iloc[-1], data.iloc[:-1]
    left.axhline(0, color=GREY, lw=0.8, zorder=1)
    left.plot(data["year"], data["others"], color=GREY, lw=1.5, ls=(0, (4, 2)), zorder=2)
    left.plot(data["year"], data["oblast"], color=ACCENT, lw=2, zorder=3)
    left.plot(last["year"], last["oblast"], "o", color=ACCENT, ms=8, zorder=4)
    left.plot(last["year"], last["others"], "o", mfc="white", mec=GREY, mew=1.6, ms=7, zorder=4)
    left.margins(y=0.1)
    left.xaxis.set_major_locator(MaxNLocator("auto", integer=True, steps=[1, 2, 5, 10]))
    left.set_ylabel(t("Change, {unit}", unit=t.unit("c_per_ha")))
    line = data.sort_values("others", kind="stable").iloc[[0, -1]]
    right.axhline(0, color=FAINT, lw=0.8, zorder=0)
    right.plot(earlier["others"], earlier["oblast"], "o", mfc="white", mec=GREY, mew=1.2, ms=5.5, zorder=3)
    right.plot(line["others"], line["fitted"], color=SECOND, lw=2.2, zorder=2)
    right.plot(line["others"], line["others"], color=INK, lw=1.2, ls=":", zorder=2)
    right.vlines(last["others"], last["low"], last["high"], color=THIRD, lw=3, zorder=1)
    right.plot(last["others"], last["oblast"], "o", color=ACCENT, mec="white", mew=0.8, ms=9, zorder=5)
    right.margins(0.08)
    right.set_xlabel(t("Mean change of the others, {unit}", unit=t.unit("c_per_ha")))
    named = t("Change of {area}, {unit}", area=t.area(study.oblast), unit=t.unit("c_per_ha"))
    right.set_ylabel(wrapped(figure, named, 9.5, share=0.5 * figure.get_figheight() / figure.get_figwidth()))
    for axes in (left, right):
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="y", zorder=0)
    handles = [
        Line2D([], [], color=ACCENT, lw=2, label=t.area(study.oblast)),
        Line2D([], [], color=GREY, lw=1.5, ls=(0, (4, 2)), label=t("others")),
        Line2D([], [], ls="", marker="o", mfc="white", mec=GREY, mew=1.2, ms=5.5, label=t("earlier years")),
        Line2D([], [], color=SECOND, lw=2.2, label=t("line of the earlier years")),
        Line2D([], [], color=INK, lw=1.2, ls=":", label=t("one for one")),
        Line2D([], [], color=THIRD, lw=3, label=t("expected, 95 %")),
    ]
    subtitle = t(
        "Left: changes by year. Right: the same; filled: {before} to {after}. Slope {slope} ({low} to {high}).",
        before=study.year_before,
        after=study.year_after,
        slope=values["slope_on_others"].shown(t),
        low=values["slope_on_others_low"].shown(t),
        high=values["slope_on_others_high"].shown(t),
    )
    return finish(figure, title, subtitle, _source(t), handles)


@in_style
def comparisons(data: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """Every choice of neighbours twice: one for one within its placebo band, and by the own response.

    Left: one row per comparison. Filled: the difference by the own response with its prediction interval. Hollow: the
    difference one for one, over the band that holds 95 % of it in other years. Right: the yields around the two years.

    `data` is `analysis.comparisons_and_yields`.
    """
    table = data[data["kind"] != YIELD].fillna({"area": ""})
    long = data[data["kind"] == YIELD].astype({"year": int})
    yields = long.pivot(index="year", columns="area", values="yield")
    years, neighbour = (study.year_before, study.year_after), str(values["most_influential_neighbour"].value)
    figure, (left, right) = new_figure(8.8, 7.2, 2, gridspec_kw={"width_ratios": [1.75, 1]})
    _rows(left, table, t)
    _around(right, yields, study.oblast, neighbour, years, t)
    title = t(
        "{oblast} against its neighbours, {before} to {after}",
        oblast=t.area(study.oblast),
        before=years[0],
        after=years[1],
    )
    subtitle = t(
        "Change of {oblast} less what the change of those it is compared with leads to expect, {unit}.\n"
        "Columns: by its own response (own); one for one (1 : 1).",
        oblast=t.area(study.oblast),
        unit=t.unit("c_per_ha"),
    )
    legend = [
        Line2D(
            [], [], label=t("by its own response, with its 95 % interval"), color=ACCENT, lw=1.6, **_mark_only(True)
        ),
        Line2D([], [], label=t("one for one"), ls="", **_mark_only(False, SECOND)),
        Patch(facecolor=FAINT, edgecolor=LIGHT, lw=0.8, label=t("one for one in other years, 95 %")),
    ]
    return finish(figure, title, subtitle, _source(t), legend)


def _mark_only(filled: bool, color: str = ACCENT) -> dict:
    return {name: value for name, value in _mark(filled, color, ms=7).items() if name != "ls"}


def labels(table: pd.DataFrame, t: Catalogue) -> list[str]:
    """What each row of `analysis.comparisons` compares with, in words."""
    words = {
        "all others": lambda area: t("all others"),
        "by area": lambda area: t("all others, by area"),
        "without two": lambda area: t("without {area}", area=", ".join(map(t.area, area.split(", ")))),
        "south": lambda area: t("the south"),
        "north": lambda area: t("the north"),
        "leaving one out": lambda area: t("without {area}", area=t.area(area)),
    }
    return [words[row.kind](row.area) for row in table.itertuples()]


def _rows(axes: Axes, table: pd.DataFrame, t: Catalogue) -> None:
    """Draw the rows of the left side, with both differences in columns beside them."""
    blocks = {"all others": "first", "by area": "first", "without two": "without", "leaving one out": "without"}
    table = table.assign(
        label=labels(table, t), block=table["kind"].replace(dict.fromkeys(regions(), "region")).replace(blocks)
    )
    axes.axvline(0, **ZERO)
    ticks, at = {}, 0.0
    for block in ("first", "region", "without"):
        rows = table[table["block"] == block]
        for row in rows.itertuples():
            axes.barh(
                at, row.placebo_high - row.placebo_low, 0.62, row.placebo_low, color=FAINT, ec=LIGHT, lw=0.8, zorder=1
            )
            if np.isfinite(row.adjusted):
                axes.hlines(at, row.adjusted_low, row.adjusted_high, color=ACCENT, lw=1.6, zorder=2.5)
                axes.plot(row.adjusted, at, zorder=4, **_mark(True, ACCENT, ms=7))
            axes.plot(row.estimate, at, zorder=3, **_mark(False, SECOND, ms=7))
            ticks[at] = row
            at -= 1
        at -= 0.5
    places = list(ticks)
    axes.set_yticks(places, [wrapped(axes.get_figure(), row.label, 9, share=0.19) for row in ticks.values()])
    axes.get_yticklabels()[0].set_fontweight("bold")
    columns = [
        [t.signed(row.adjusted, 2) if np.isfinite(row.adjusted) else "–" for row in ticks.values()],
        [t.signed(row.estimate, 2) for row in ticks.values()],
    ]
    beside(axes, places, columns, [t("own"), t("1 : 1")], {0.0: ACCENT})
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_ylim(at + 1.0, 0.8)
    axes.use_sticky_edges = False
    axes.margins(x=0.04)
    axes.grid(axis="x", zorder=0)
    axes.set_xlabel(t("{unit}; right of zero: did better", unit=t.unit("c_per_ha")))


def _around(
    axes: Axes, yields: pd.DataFrame, oblast: str, neighbour: str, years: tuple[int, int], t: Catalogue
) -> None:
    shown = yields.to_numpy()
    names = {name: wrapped(axes.get_figure(), t.area(name), 8.5, "bold", share=0.13) for name in yields}
    lines = 1 + max(name.count("\n") for name in names.values())
    places = spread(yields.iloc[-1].tolist(), (0.002 + 0.042 * lines) * (shown.max() - shown.min()))
    axes.axvspan(*years, color=FAINT, alpha=0.6, lw=0, zorder=0)
    for (name, values), place in zip(yields.items(), places, strict=True):
        strong = name in (oblast, neighbour)
        color = ACCENT if name == oblast else INK if name == neighbour else LIGHT
        axes.plot(
            values.index,
            values,
            color=color,
            lw=2.6 if strong else 1.2,
            zorder=3 if strong else 2,
            ls="--" if name == neighbour else "-",
            marker="o",
            ms=4.5 if strong else 2.5,
        )
        axes.annotate(
            names[name],
            (values.index[-1], place),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            ha="left",
            color=color if strong else GREY,
            fontweight="bold" if strong else "normal",
            fontsize=8.5,
            linespacing=0.95,
            annotation_clip=False,
        )
    for year in years:
        value = yields.loc[year, neighbour]
        above = value > yields.loc[year, oblast]
        axes.annotate(
            t.number(value, 1),
            (year, value),
            xytext=(0, 6 if above else -7),
            textcoords="offset points",
            ha="right" if year == yields.index[-1] else "center",  # the names stand to the right of the last year
            va="bottom" if above else "top",
            fontsize=8.5,
            fontweight="bold",
            zorder=5,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.75},
        )
    axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:.0f}"))
    axes.margins(y=0.08)
    axes.set_title(t("Yields, {unit}", unit=t.unit("c_per_ha")), fontsize=9.5, fontweight="normal")
    axes.grid(axis="y", zorder=0)


@in_style
def placebo(data: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """Every placebo cell: one row per oblast, one tick per pair of years, the studied pair as a mark.

    Ticks outside the shaded band are at least as far from zero as the observed comparison; each row says how many.

    `data` is `analysis.cells_by_oblast`.
    """
    oblast, years = study.oblast, (study.year_before, study.year_after)
    cells = data.pivot(index="year_after", columns="oblast", values="estimate")
    figure, axes = new_figure(8.2, 4.6)
    observed = cells.loc[years[1], oblast]
    size = abs(observed)
    order = [oblast, *(name for name in cells if name != oblast)]
    # A tie in the printed tenths counts as extreme, as in `randomisation.exact_p_value`.
    extreme = cells.abs() >= size - 1e-9
    axes.axvspan(-size, size, color=FAINT, zorder=0, lw=0)
    axes.axvline(0, **ZERO)
    for place, name in enumerate(order):
        at, chosen = -place, name == oblast
        for out, color in ((False, LIGHT), (True, GREY)):
            axes.plot(
                cells.loc[extreme[name] == out, name],
                np.full((extreme[name] == out).sum(), at),
                "|",
                color=color,
                ms=13,
                mew=1.1,
                zorder=2,
            )
        axes.plot(
            cells.loc[years[1], name],
            at,
            "o" if chosen else "D",
            color=ACCENT if chosen else SECOND,
            ms=10 if chosen else 6.5,
            zorder=4,
            **EDGE,
        )
    counts = [t("{extreme} of {cells}", extreme=int(extreme[name].sum()), cells=len(cells)) for name in order]
    beside(axes, -np.arange(len(order)), [counts], [t("at least\nas large")], {0: INK})
    axes.set_yticks(-np.arange(len(order)), [t.area(name) for name in order])
    axes.get_yticklabels()[0].set_fontweight("bold")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_ylim(-len(order) + 0.4, 0.6)
    axes.set_xlabel(t("Change less the mean change of the others, {unit}", unit=t.unit("c_per_ha")))
    subtitle = t(
        "Each tick: one oblast against all others in one pair of years. Shaded: closer to zero than the {value} of\n"
        "{oblast}; {extreme} of all {cells} are at least as large.",
        value=t.signed(observed, 2),
        oblast=t.area(oblast),
        extreme=int(extreme.to_numpy().sum()),
        cells=cells.size,
    )
    legend = [
        Line2D(
            [],
            [],
            marker="o",
            ls="",
            ms=9,
            color=ACCENT,
            label=t("{oblast}, {before} to {after}", oblast=t.area(oblast), before=years[0], after=years[1]),
            **EDGE,
        ),
        Line2D([], [], marker="D", ls="", ms=6.5, color=SECOND, label=t("the other oblasts in the same years"), **EDGE),
        Line2D([], [], marker="|", ls="", ms=11, color=GREY, label=t("other pairs of years")),
    ]
    return finish(figure, t("How unusual is the comparison?"), subtitle, _source(t), legend)


@in_style
def event_study(data: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """Gap to the mean of the others in every year relative to the base year, within the range of the other oblasts.

    `data` has the columns year, coefficient, others_lowest, others_highest (c/ha). The trend of the gap up to the base
    year, where there is one, is drawn through the mean of these years.
    """
    oblast, years = study.oblast, (study.year_before, study.year_after)
    coefficients, slope = data.set_index("year"), values["pre_trend_slope"].value
    figure, axes = new_figure(8.2, 4.3)
    own, index = coefficients["coefficient"], coefficients.index.to_numpy()
    low, high = coefficients["others_lowest"], coefficients["others_highest"]
    axes.fill_between(index, low, high, color=FAINT, lw=0, zorder=0)
    axes.plot(index, low, color=LIGHT, lw=0.8, zorder=1)
    axes.plot(index, high, color=LIGHT, lw=0.8, zorder=1)
    axes.axhline(0, **ZERO)
    axes.axvline(years[0], color=GREY, lw=0.8, ls=":", zorder=1)
    before = own.loc[: years[0]]
    if slope is not None:
        line = before.mean() + slope * (before.index.to_numpy() - before.index.to_numpy().mean())
        axes.plot(before.index, line, color=INK, lw=1.6, ls="--", zorder=3)
    axes.plot(index, own, color=ACCENT, lw=1.8, zorder=4)
    after = index > years[0]
    axes.plot(index[~after], own[~after], **_mark(True, ACCENT, ms=4.5), zorder=5)
    axes.plot(index[after], own[after], **_mark(False, ACCENT, ms=7), zorder=5)
    late = years[0] - index[0] > len(index) / 3
    axes.annotate(
        t("base year {year}", year=years[0]),
        (years[0], 1),
        xycoords=("data", "axes fraction"),
        xytext=(-4 if late else 4, -2),
        textcoords="offset points",
        ha="right" if late else "left",
        va="top",
        fontsize=8.5,
        color=GREY,
    )
    axes.margins(x=0.035, y=0.1)
    axes.grid(axis="y", zorder=0)
    axes.set_ylabel(t("Gap relative to {year}, {unit}", year=years[0], unit=t.unit("c_per_ha")))
    legend = [
        Line2D([], [], color=ACCENT, lw=1.8, marker="o", ms=4.5, label=t.area(oblast)),
        Patch(facecolor=FAINT, edgecolor=LIGHT, lw=0.8, label=t("range of the other oblasts")),
    ]
    if slope is not None:
        label = t("trend before: {slope} {unit} per year", slope=t.signed(slope, 3), unit=t.unit("c_per_ha"))
        legend.append(Line2D([], [], color=INK, lw=1.6, ls="--", label=label))
    return finish(
        figure,
        t("Did the oblasts move alike before?"),
        t(
            "{oblast} less the mean of the other oblasts, relative to {before}. {after}: {value} {unit}.",
            oblast=t.area(oblast),
            before=years[0],
            after=years[1],
            unit=t.unit("c_per_ha"),
            value=t.signed(own.loc[years[1]], 2),
        ),
        _source(t),
        legend,
    )


@in_style
def bounds(frame: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """What the comparison may still be when the trends may depart by Mbar times the largest departure before.

    `frame` is `analysis.bounds_table`.
    """
    title, breakdown = t("How far may the trends depart?"), values["breakdown_mbar"]
    if frame.empty:
        return nothing_to_show(title, breakdown.shown(t, "why"), _source(t))
    figure, axes = new_figure(7.2, 3.7)
    mbar = frame["mbar"].to_numpy()
    axes.fill_between(mbar, frame["low"], frame["high"], color=FAINT, lw=0, zorder=0)
    for column in ("low", "high"):
        axes.plot(mbar, frame[column], color=SECOND, lw=1.8, marker="o", ms=5, zorder=3)
    estimate = frame["low"].iloc[0]
    axes.axhline(0, **ZERO)
    axes.annotate(
        t.signed(estimate, 2),
        (0, estimate),
        xytext=(-8, 0),
        textcoords="offset points",
        ha="right",
        va="center",
        color=ACCENT,
        fontweight="bold",
    )
    axes.plot(0, estimate, **_mark(True, ACCENT), zorder=4)
    if breakdown.value <= mbar.max():
        axes.plot([breakdown.value] * 2, [0, frame["high"].max()], color=GREY, lw=1, ls=":", zorder=1)
        axes.annotate(
            t("from {mbar} on zero is inside", mbar=breakdown.shown(t)),
            (breakdown.value, frame["high"].max()),
            xytext=(5, 0),
            textcoords="offset points",
            ha="left",
            va="top",
            fontsize=9,
        )
    axes.set_xticks(mbar, [t.number(value, 2) for value in mbar])
    axes.set_xlim(-0.13 * mbar.max(), mbar.max() * 1.03)
    axes.grid(axis="y", zorder=0)
    axes.set_xlabel(t("Largest departure allowed, in multiples of the largest one seen before"))
    axes.set_ylabel(t("Difference in differences, {unit}", unit=t.unit("c_per_ha")))
    subtitle = t(
        "{oblast} against all others, {before} to {after}: everything between the lines is possible",
        oblast=t.area(study.oblast),
        before=study.year_before,
        after=study.year_after,
    )
    return finish(figure, title, subtitle, _source(t))


@in_style
def synthetic_control(paths: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """Left: observed and synthetic yield. Right: the gap between them, and the gaps of the other oblasts in grey.

    `paths` is `analysis.paths` for all oblasts.
    """
    oblast, years = study.oblast, (study.year_before, study.year_after)
    title = t("A weighted mean of neighbours that follows {oblast}", oblast=t.area(oblast))
    if paths.empty:
        return nothing_to_show(title, values["synthetic_control_gap"].shown(t, "why"), _source(t))
    figure, (left, right) = new_figure(8.8, 4.2, 2)
    own = paths[paths["oblast"] == oblast].set_index("year")
    left.plot(own.index, own["observed"], color=ACCENT, lw=2.2, zorder=3)
    left.plot(own.index, own["synthetic"], color=INK, lw=1.8, ls="--", zorder=2)
    left.set_ylabel(t("Yield, {unit}", unit=t.unit("c_per_ha")))
    left.set_title(t("Observed and synthetic"), fontsize=10)
    for name, rows in paths.groupby("oblast"):
        if name != oblast:
            right.plot(rows["year"], rows["gap"], color=LIGHT, lw=1, zorder=2)
    right.plot(own.index, own["gap"], color=ACCENT, lw=2.2, zorder=4)
    right.plot(years[1], own.loc[years[1], "gap"], **_mark(True, ACCENT, ms=6), zorder=5)
    right.axhline(0, **ZERO)
    right.set_ylabel(t("Observed less synthetic, {unit}", unit=t.unit("c_per_ha")))
    right.set_title(t("Gap, every oblast in turn"), fontsize=10)
    for axes in (left, right):
        axes.axvline(years[0] + 0.5, color=GREY, lw=0.9, ls=":", zorder=1)
        axes.grid(axis="y", zorder=0)
        axes.margins(x=0.03)
    subtitle = t(
        "Weights from the years up to {before} (dotted line). Gap of {oblast} in {after}: {gap} {unit}.",
        before=years[0],
        after=years[1],
        oblast=t.area(oblast),
        unit=t.unit("c_per_ha"),
        gap=t.signed(own.loc[years[1], "gap"], 2),
    )
    legend = [
        Line2D([], [], color=ACCENT, lw=2.2, label=t.area(oblast)),
        Line2D([], [], color=INK, lw=1.8, ls="--", label=t("synthetic {oblast}", oblast=t.area(oblast))),
        Line2D([], [], color=LIGHT, lw=1.4, label=t("the other oblasts, each with its own synthetic control")),
    ]
    return finish(figure, title, subtitle, _source(t), legend)


@in_style
def placebo_years(frame: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """The gap in each year when the weights come from earlier years only; the studied year is the last mark.

    `frame` is `analysis.placebo_years`.
    """
    title = t("Gaps of the same kind in earlier years")
    if frame.empty:
        return nothing_to_show(title, values["earlier_years"].shown(t, "why"), _source(t))
    figure, axes = new_figure(7.6, 3.5)
    axes.axhline(0, **ZERO)
    real = frame[~frame["placebo"]].iloc[0]
    axes.axhline(real["gap"], color=ACCENT, lw=0.9, ls=":", zorder=1)
    for row in frame.itertuples():
        color = GREY if row.placebo else ACCENT
        axes.vlines(row.year, 0, row.gap, color=color, lw=2 if row.placebo else 3, zorder=2)
        axes.plot(row.year, row.gap, **_mark(not row.placebo, color, ms=6.5 if row.placebo else 8.5), zorder=3)
        axes.annotate(
            t.signed(row.gap, 1),
            (row.year, row.gap),
            xytext=(0, 7 if row.gap >= 0 else -7),
            ha="center",
            textcoords="offset points",
            va="bottom" if row.gap >= 0 else "top",
            fontsize=8,
            color=INK if row.placebo else ACCENT,
            fontweight="normal" if row.placebo else "bold",
            bbox={**WHITE, "pad": 0.6},
            zorder=1.6,
        )
    axes.set_xticks(frame["year"].iloc[:: max(1, -(-len(frame) // 12))])
    axes.margins(x=0.03, y=0.15)
    axes.grid(axis="y", zorder=0)
    axes.set_ylabel(t("Gap, {unit}", unit=t.unit("c_per_ha")))
    subtitle = t(
        "{oblast}: gap to the synthetic control in each year, weights from earlier years only; {year} filled",
        oblast=t.area(study.oblast),
        year=int(real["year"]),
    )
    return finish(figure, title, subtitle, _source(t))
