"""Figures of the report `green_technology`: each from its published data, the parameters and the results."""

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from pipeline.exhibits.drawing import (
    ACCENT,
    FAINT,
    GREY,
    INK,
    LIGHT,
    SECOND,
    finish,
    in_style,
    mark_label,
    new_figure,
    nothing_to_show,
    place_labels,
    spread,
    wrapped,
)
from pipeline.studies.green_technology.exposures import FALSIFICATION
from pipeline.text.declarations import declaration
from pipeline.text.fill import Value
from pipeline.text.language import Catalogue
from pipeline.text.parameters import Parameters

ADOPTION = "Sources: Ministry of Agriculture and Statistical Committee, in part as quoted by news agencies"
WATER = "Source: National Statistical Committee of the Kyrgyz Republic, SDG indicators 6.4"
AREAS = "Sources: Ministry of Agriculture, as quoted by news agencies; raions: WFP PRISM; yields: Statistical Committee"


def indicator_name(indicator: str, t: Catalogue) -> str:
    """What readers see for an indicator: the word that the declaration has for it."""
    message = declaration("green_technology").words[indicator]
    return t(message)


def documented_name(row, t: Catalogue) -> str:
    """What readers see for a documented area, a row of the table `ceiling`: the words of that table."""
    words = declaration("green_technology").tables["ceiling"].columns["documented"].words
    message = words[row.documented]
    return t(message, area=t.area(row.area))


def _p(value: float, t: Catalogue) -> str:
    return t("p < 0.001") if value < 0.0005 else t("p = {p}", p=t.number(value, 3))


@in_style
def exposure(data: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """Every indicator against the change of yield, one small panel each, one mark per oblast.

    `data`: `oblast`, one column per indicator, `change_c_per_ha`. Named in each panel: the oblast of the study and the
    one that stands most apart.
    """
    rows = data.set_index("oblast")
    change, indicators, oblast = rows["change_c_per_ha"], rows.drop(columns="change_c_per_ha"), study.oblast
    figure = Figure(figsize=(8.6, 5.6), layout="constrained")
    panels = figure.subplots(2, -(-indicators.shape[1] // 2), sharey=True).ravel()
    labels, notes = [], []
    for axes, (indicator, x) in zip(panels, indicators.items(), strict=True):
        y = change
        chosen = x.index == oblast
        centred = x - x.mean()
        slope = (centred * y).sum() / (centred**2).sum()
        ends = np.array([0.0, x.max() * 1.06])
        axes.plot(ends, y.mean() + slope * (ends - x.mean()), color=LIGHT, lw=1.4, zorder=1)
        axes.plot(x[~chosen], y[~chosen], "o", color=GREY, ms=6, zorder=3)
        axes.plot(x[chosen], y[chosen], "o", color=ACCENT, ms=8, zorder=4)
        apart = np.hypot(*(np.subtract.outer(v, v) / np.ptp(v) for v in (x.to_numpy(), y.to_numpy())))
        np.fill_diagonal(apart, np.inf)
        far = pd.Series(apart.min(axis=1), x.index).drop(oblast).idxmax()
        for name in (oblast, far):
            label = mark_label(
                axes, t.area(name), (x[name], y[name]), fontsize=8.5, color=ACCENT if name == oblast else INK,
                fontweight="bold" if name == oblast else "normal",
            )  # fmt: skip
            labels.append(label)
        axes.set_title(indicator_name(indicator, t), fontsize=9, color=INK)
        figures = {"r": values[f"r_{indicator}"].shown(t, "+"), "p": _p(values[f"p_{indicator}"].value, t)}
        note = axes.text(
            0.03, 0.97,
            t("falsification: r = {r}, {p}", **figures) if indicator in FALSIFICATION else t("r = {r}, {p}", **figures),
            transform=axes.transAxes, va="top", ha="left", fontsize=8.5, color="#4D4D4D", in_layout=False,
        )  # fmt: skip
        notes.append(note)
        axes.set_xlim(0, x.max() * 1.08)
        axes.grid(axis="y", zorder=0)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: t.number(v, 0)))
    span = np.ptp(change.to_numpy())
    figure.supylabel(t("Change of yield, {unit}", unit=t.unit("c_per_ha")), fontsize=9.5)
    title = t(
        "Indicators by oblast against the change of yield, {before} to {after}",
        before=study.year_before,
        after=study.year_after,
    )
    subtitle = t(
        "One mark for each oblast; p: share of all orderings of the oblasts that correlate at least as closely"
    )
    finish(figure, title, subtitle, t(ADOPTION))
    for note in notes:
        share = 0.95 * note.axes.get_window_extent().width / figure.bbox.width
        together = re.sub(" ([=<]) ", "\u00a0\\1\u00a0", note.get_text())
        note.set_text(wrapped(figure, together, 8.5, share=share))
    lines = 1 + max(note.get_text().count("\n") for note in notes)
    panels[0].set_ylim(change.min() - 0.12 * span, change.max() + (0.17 + 0.14 * lines) * span)
    place_labels(figure, labels)
    return figure


@in_style
def choices(data: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """How the correlation of each indicator depends on choices, and what it was in every other year.

    `data`: what `analysis.correlations` gives; without rows of the choice `year` there is one panel.
    """
    names = list(dict.fromkeys(data["indicator"]))
    order = names[::-1]
    at = {name: i for i, name in enumerate(order)}
    of_choice = data.pivot_table(index="indicator", columns="choice", values="correlation", sort=False).loc[names]
    left_out, by_year = (
        data[data["choice"] == choice].pivot(index=key, columns="indicator", values="correlation")
        for choice, key in (("without", "oblast"), ("year", "year"))
    )
    figure, axes = new_figure(8.6, 6.2, 1 if by_year.empty else 2, sharey=True, squeeze=False)
    first, left_out_names = axes[0][0], []
    for name in order:
        values = left_out[name]
        first.plot([values.min(), values.max()], [at[name] + 0.12] * 2, color=LIGHT, lw=1.2, zorder=1)
        first.plot(values, [at[name] + 0.12] * len(values), "|", color=GREY, ms=9, zorder=2)
        farthest = (values - of_choice.loc[name, "printed"]).abs().idxmax()
        label = mark_label(
            first, t("without {area}", area=t.area(farthest)), (values[farthest], at[name] + 0.36), fontsize=8,
            color="#4D4D4D",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
        )  # fmt: skip
        left_out_names.append(label)
    rows = np.array([at[name] for name in names])
    marks = {
        "printed": dict(marker="o", color=ACCENT, ms=8),
        "log": dict(marker="s", mfc="white", mec=INK, color=INK, ms=6),
        "rank": dict(marker="D", mfc="white", mec=GREY, color=GREY, ms=6),
        "per_area": dict(marker="^", color=SECOND, ms=8),
    }
    labels = {
        "printed": t("as printed"),
        "log": t("log change"),
        "rank": t("ranks"),
        "per_area": t("per 1,000 ha of wheat"),
    }
    for offset, (choice, style) in zip((-0.06, -0.17, -0.28, -0.38), marks.items(), strict=True):
        first.plot(of_choice[choice], rows + offset, ls="none", zorder=4, **style)
    first.set_yticks(range(len(order)), [wrapped(figure, indicator_name(name, t), 9, share=0.24) for name in order])
    first.set_ylim(-0.55, len(order) - 0.45)
    first.set_title(t("The same oblasts, other choices"), fontsize=10)
    legend = [Line2D([], [], ls="none", label=labels[choice], **style) for choice, style in marks.items()]
    legend.append(Line2D([], [], ls="none", marker="|", color=GREY, ms=9, label=t("one oblast left out")))
    if not by_year.empty:
        second = axes[0][1]
        for name in order:
            others = by_year[name].drop(study.year_after)
            second.plot(others, [at[name]] * len(others), "o", mfc="none", mec=GREY, ms=5, mew=0.9, zorder=2)
            second.plot(by_year.loc[study.year_after, name], at[name], "o", color=ACCENT, ms=8, zorder=4)
        second.set_title(t("As printed, the change of every year"), fontsize=10)
        legend.append(Line2D([], [], ls="none", marker="o", mfc="none", mec=GREY, ms=5, label=t("another year")))
    for panel in axes[0]:
        panel.axvline(0, color=INK, lw=0.8, zorder=1)
        panel.set_xlim(-1.05, 1.05)
        panel.set_xlabel(t("Correlation with the change of yield"))
        panel.tick_params(axis="y", length=0)
        panel.spines["left"].set_visible(False)
        for y in rows:
            panel.axhline(y - 0.5, color=FAINT, lw=0.8, zorder=0)
    title = t("Does the association survive other choices, and is it unusual for these oblasts?")
    subtitle = t(
        "What is counted today cannot have moved the yields of earlier decades: those years show what chance does."
    )
    finish(figure, title, subtitle, t(ADOPTION), legend)
    place_labels(figure, left_out_names, [(0, 0, "center", "center")])
    return figure


@in_style
def conveyance_loss(data: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """Conveyance loss of every oblast by year, lines named at their right end; `data`: `year`, a column per oblast."""
    loss = data.set_index("year").rename_axis(columns="oblast")
    figure, axes = new_figure(7.6, 4.4)
    span = np.ptp(loss.to_numpy())
    last = loss.iloc[-1].sort_values()
    place = dict(zip(last.index, spread(last.tolist(), 0.052 * span), strict=True))
    for name in loss:
        chosen = name == study.oblast
        axes.plot(
            loss.index,
            loss[name],
            color=ACCENT if chosen else LIGHT,
            lw=3 if chosen else 1.5,
            marker="o",
            ms=5.5 if chosen else 3.5,
            zorder=3 if chosen else 2,
        )
        axes.annotate(
            t.area(name), (loss.index[-1], place[name]), xytext=(9, 0), textcoords="offset points", va="center",
            fontsize=9, color=ACCENT if chosen else INK, fontweight="bold" if chosen else "normal",
        )  # fmt: skip
    cells = loss.stack()
    labels = [
        mark_label(
            axes,
            t("{area}, {year}: {value} %", area=t.area(name), year=year, value=t.number(loss.loc[year, name], 1)),
            (year, loss.loc[year, name]),
            fontsize=8.5,
            color=INK,
        )
        for year, name in (cells.idxmax(), cells.idxmin())
    ]
    axes.set_xlim(loss.index[0] - 0.3, loss.index[-1] + 0.2)
    axes.set_ylim(0, loss.to_numpy().max() * 1.12)
    axes.set_xticks(range(loss.index[0], loss.index[-1] + 1, 3))
    axes.set_ylabel(t("Loss in conveyance, percent of water withdrawn"))
    axes.grid(axis="y", zorder=0)
    title = t("Irrigation and other water lost on the way, by oblast")
    subtitle = t("Share of the fresh water withdrawn that is lost in conveyance, as printed")
    finish(figure, title, subtitle, t(WATER))
    place_labels(figure, labels, [(8, 4, "left", "bottom"), (-8, 4, "right", "bottom"), (0, 8, "center", "bottom")])
    return figure


@in_style
def first_years(data: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """Coefficient of conveyance loss for every first year of the panel, with 95 % intervals and permutation p.

    `data`: `first_year`, `years`, `coefficient`, `ci_low`, `ci_high`, `p_permutation`.
    """
    scan = data.set_index("first_year")
    figure, axes = new_figure(7.6, 3.9)
    axes.axhline(0, color=INK, lw=0.8, zorder=1)
    axes.vlines(scan.index, scan["ci_low"], scan["ci_high"], color=LIGHT, lw=3, zorder=2)
    color = [ACCENT if i == 0 else SECOND for i in range(len(scan))]
    for year, value, c in zip(scan.index, scan["coefficient"], color, strict=True):
        axes.plot(year, value, "o", color=c, ms=8, zorder=3)
    top = max(scan["ci_high"].max(), 0)
    low = min(scan["ci_low"].min(), 0)
    for year, row in scan.iterrows():
        axes.text(
            year, top + 0.10 * (top - low), t.number(row["p_permutation"], 3), ha="center", fontsize=8.5, color=INK
        )
    axes.text(
        scan.index[0] - 0.65,
        top + 0.20 * (top - low),
        t("permutation p of this window alone"),
        fontsize=8.5,
        color="#4D4D4D",
    )
    axes.set_ylim(low - 0.06 * (top - low), top + 0.30 * (top - low))
    axes.set_xlim(scan.index[0] - 0.7, scan.index[-1] + 0.7)
    axes.set_xticks(scan.index, [str(year) for year in scan.index])
    axes.set_xlabel(
        t("First year of the panel (the last is {year})", year=int(scan.index[0] + scan["years"].iloc[0] - 1))
    )
    axes.set_ylabel(t("{unit} per percentage point", unit=t.unit("c_per_ha")))
    axes.grid(axis="y", zorder=0)
    title = t("Yield and conveyance loss: the slope for every first year")
    subtitle = t(
        "Oblast and year effects removed; bars: 95 %, clustered by oblast.\n"
        "Permutation test that takes the search over first years into account: {p}",
        p=_p(values["loss_p_any"].value, t),
    )
    return finish(figure, title, subtitle, t(WATER))


@in_style
def ceiling(data: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """What share of the area a technology must cover to account for the change, and what areas are documented.

    `data`: what `ceiling.Attribution.picture` gives, shares in percent; without rows when there is no rise.
    """
    curve, written_out, documented = (data[data["part"] == part] for part in ("curve", "written out", "documented"))
    crop = study.crop
    title = t(
        "{area}, {before} to {after}: area needed and area documented",
        area=t.area(study.oblast),
        before=study.year_before,
        after=study.year_after,
    )
    if curve.empty:
        return nothing_to_show(title, t("The yield did not rise: there is no rise to account for."), t(AREAS))
    figure, axes = new_figure(8.8, 5.4)
    right = curve["gain_percent"].max()
    within = curve["share"] <= 100
    axes.fill_between(
        curve["gain_percent"],
        curve["share_low"],
        curve["share_high"],
        where=within,
        color=ACCENT,
        alpha=0.25,
        lw=0,
    )
    axes.plot(curve["gain_percent"][within], curve["share"][within], color=ACCENT, lw=3, zorder=4)
    labels = []
    for row in written_out[written_out["share"] <= 100].itertuples():
        axes.plot(row.gain_percent, row.share, "o", color=ACCENT, ms=8, zorder=5, clip_on=False)
        label = mark_label(
            axes, t("a gain of {gain} % needs {share} %", gain=t.number(row.gain_percent, 0),
                    share=t.number(row.share, 0)),
            (row.gain_percent, row.share), fontsize=8.5, color=ACCENT, fontweight="bold", zorder=4,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.9},
        )  # fmt: skip
        labels.append(label)
    rows = documented.sort_values("share_high")
    middle = np.log10(np.sqrt(rows["share_low"] * rows["share_high"]))
    low = min(0.1, 10.0 ** np.floor(middle.min()))
    decades = 2.1 - np.log10(low)
    names = [wrapped(figure, documented_name(row, t), 8, share=0.31) for row in rows.itertuples()]
    lines = 2 + max(name.count("\n") for name in names)
    for row, at, name, label_at in zip(
        rows.itertuples(), middle, names, spread(middle.tolist(), decades * 0.044 * lines), strict=True
    ):
        here = row.counted == "reported here"
        axes.fill_between([0, right], row.share_low, row.share_high, color=SECOND if here else GREY, alpha=0.22, lw=0)
        axes.plot(
            [0, right],
            [10**at] * 2,
            color=SECOND if here else GREY,
            lw=1.6 if here else 1.1,
            ls="-" if here else (0, (4, 2)),
            zorder=3,
        )
        decimals = 2 if row.share_high < 1 else 1 if row.share_high < 10 else 0
        low_text, high_text = (t.number(s, decimals) for s in (row.share_low, row.share_high))
        share = high_text if low_text == high_text else t("{low}–{high}", low=low_text, high=high_text)
        area = t.number(row.area_ha, 0 if row.area_ha % 1 == 0 else 1)
        axes.annotate(
            t("{name}\n{area} ha, more than all {crop}", name=name, area=area, crop=t.crop(crop))
            if row.share_high >= 100
            else t("{name}\n{area} ha, {share} %", name=name, area=area, share=share),
            (right, 10**at),
            xytext=(right * 1.035, 10**label_at),
            textcoords="data",
            fontsize=8,
            va="center",
            linespacing=1.1,
            color=INK,
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": LIGHT, "lw": 0.7, "shrinkA": 0, "shrinkB": 0},
        )
    axes.set_yscale("log")
    axes.set_ylim(low, 10**2.1)
    axes.set_xlim(0, right)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: t.number(v, 0 if v >= 1 else 1 if v >= 0.1 else 2)))
    axes.set_xlabel(
        t("Gain per hectare where the technology is used, percent of the yield of {year}", year=study.year_before)
    )
    axes.set_ylabel(t("Share of the area under {crop}, percent (log scale)", crop=t.crop(crop)))
    axes.grid(axis="y", zorder=0)
    subtitle = t(
        "Bold: the share needed for a gain per hectare to add up to the whole change. Lines: areas that a "
        "source prints, counted as if all of it were {crop} and new. Dashed: figures of the country.",
        crop=t.crop(crop),
    )
    finish(figure, title, subtitle, t(AREAS))
    place_labels(figure, labels, [(7, 5, "left", "bottom"), (-2, -9, "right", "top")])
    return figure
