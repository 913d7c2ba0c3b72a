"""Figures of the report `green_technology`: each from its published data, the parameters and the results."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from pipeline.exhibits.drawing import (
    ACCENT,
    GREY,
    INK,
    LIGHT,
    SECOND,
    WHITE,
    finish,
    in_style,
    mark_label,
    new_figure,
    nothing_to_show,
    place_labels,
    spread,
    wrapped,
)
from pipeline.text.declarations import declaration
from pipeline.text.fill import Value
from pipeline.text.language import Catalogue
from pipeline.text.parameters import Parameters

WATER = "Source: National Statistical Committee of the Kyrgyz Republic, SDG indicators 6.4"
AREAS = "Sources: Ministry of Agriculture, as quoted by news agencies; raions: WFP PRISM; yields: Statistical Committee"


def documented_name(row, t: Catalogue) -> str:
    """What readers see for a documented area, a row of the table `ceiling`: the words of that table."""
    words = declaration("green_technology").tables["ceiling"].columns["documented"].words
    message = words[row.documented]
    return t(message, area=t.area(row.area))


def _p(value: float, t: Catalogue) -> str:
    return t("p < 0.001") if value < 0.0005 else t("p = {p}", p=t.number(value, 3))


@in_style
def conveyance_loss(data: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """Conveyance loss of every oblast by year, lines named at their right end; `data`: `year`, a column per oblast."""
    loss = data.set_index("year").rename_axis(columns="oblast")
    figure, axes = new_figure(7.6, 4.4)
    span = np.ptp(loss.to_numpy())
    last = loss.iloc[-1].sort_values(kind="stable")
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
        end, beyond = loss.index[-1], loss.index[-1] + 0.7
        ends = [loss.loc[end, name], place[name]]
        axes.plot([end + 0.15, beyond], ends, color=GREY, lw=0.6, clip_on=False, gid="leader")
        axes.annotate(
            t.area(name),
            (beyond, place[name]),
            xytext=(3, 0),
            textcoords="offset points",
            annotation_clip=False,
            va="center",
            fontsize=9,
            color=ACCENT if chosen else INK,
            fontweight="bold" if chosen else "normal",
        )
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
        bbox=WHITE,
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
            axes,
            t("a gain of {gain} % needs {share} %", gain=t.number(row.gain_percent, 0), share=t.number(row.share, 0)),
            (row.gain_percent, row.share),
            fontsize=8.5,
            color=ACCENT,
            fontweight="bold",
            zorder=4,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.9},
        )
        labels.append(label)
    rows = documented.sort_values("share_high", kind="stable")
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


@in_style
def visible(data: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """What documented technology could add to the oblast's mean, beside the smallest rise that comparisons can see.

    `data`: `part` ("documented", "design", "field"), `what`, `low`, `high`, c/ha.
    """
    area = t.area(study.oblast)
    names = {
        "here": t("all that is documented in the oblast"),
        "installed": t("all irrigation installed in the country in 2024–2025, as if here"),
        "one_year": t("oblast against its sharpest comparison group, one year before, one after"),
        "longer": t("the same, five years before, two after"),
        "own_raions": t("its raions, half with the technology"),
        "all_raions": t("all raions of the country, half with the technology"),
        "all_raions_longer": t("all raions, five years before, two after"),
        "field": t("a field with the technology beside one without"),
    }
    styles = {"documented": ACCENT, "design": GREY, "field": SECOND}
    shown = [what for what in names if what in set(data["what"])][::-1]
    rows = data.set_index("what").loc[shown]
    figure, axes = new_figure(8.8, 5.4)
    for at, row in enumerate(rows.itertuples()):
        color = styles[row.part]
        axes.plot([row.low, row.high], [at, at], color=color, lw=6, solid_capstyle="round", alpha=0.45, zorder=2)
        axes.plot([row.low, row.high], [at, at], "o", color=color, ms=6, zorder=3)
        low, high = (t.number(value, 2 if value < 1 else 1) for value in (row.low, row.high))
        text = high if low == high else t("{low}–{high}", low=low, high=high)
        axes.annotate(
            text,
            (row.high, at),
            xytext=(9, 0),
            textcoords="offset points",
            va="center",
            fontsize=8.5,
            color=color,
            fontweight="bold",
        )
    axes.set_xscale("log")
    axes.set_xlim(rows["low"].min() / 1.6, rows["high"].max() * 2.4)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: t.number(v, 0 if v >= 1 else 1 if v >= 0.1 else 2)))
    axes.xaxis.set_minor_formatter(FuncFormatter(lambda v, _: ""))
    axes.set_yticks(range(len(rows)), [wrapped(figure, names[what], 9, share=0.36) for what in shown])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.grid(axis="x", zorder=0)
    axes.set_xlabel(t("Change of yield, {unit}, log scale", unit=t.unit("c_per_ha")))
    title = t("{area}: what technology could have added, and what could have been seen", area=area)
    subtitle = t(
        "Orange: the most that documented areas add to the mean. Grey: the smallest rise seen in 80 of 100 cases. "
        "Blue: the gain itself, field beside field."
    )
    return finish(figure, title, subtitle, t(AREAS))


@in_style
def fertiliser(data: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """Share of the country's crop area with mineral and with organic fertiliser by year.

    `data`: `year`, `mineral`, `organic`, percent; the two years of the study are marked where they are in it.
    """
    table = data.set_index("year")
    figure, axes = new_figure(7.6, 3.9)
    for name, label, color in (
        ("mineral", t("mineral fertiliser"), ACCENT),
        ("organic", t("organic fertiliser"), GREY),
    ):
        series = table[name]
        axes.plot(series.index, series, color=color, lw=2.5, marker="o", ms=4.5, zorder=3)
        axes.annotate(
            label,
            (series.index[0], series.iloc[0]),
            xytext=(0, 9),
            textcoords="offset points",
            ha="left",
            color=color,
            fontsize=9,
            fontweight="bold",
        )
        pair = series.loc[series.index.intersection([study.year_before, study.year_after])]
        axes.plot(pair.index, pair, "o", color=color, ms=8.5, zorder=4)
        side = -1 if name == "mineral" else 1  # the organic line lies on the axis
        for year, value in pair.items():
            axes.annotate(
                t.number(value, 1),
                (year, value),
                xytext=(0, 9 * side),
                textcoords="offset points",
                ha="center",
                va="top" if side < 0 else "bottom",
                color=color,
                fontsize=9,
            )
    axes.set_ylim(0, table["mineral"].max() * 1.15)
    axes.set_xticks(table.index)
    axes.set_xlim(table.index[0] - 0.3, table.index[-1] + 0.4)
    axes.set_ylabel(t("Percent of the country's crop area"))
    axes.grid(axis="y", zorder=0)
    title = t("Crop area with fertiliser, Kyrgyzstan")
    subtitle = t("One figure a year for the whole country: it cannot tell one oblast from another")
    return finish(figure, title, subtitle, t("Source: National Statistical Committee, SDG indicator 2.4.1.1"))
