"""Figures of the report `yield_change`: each from its published data, the parameters and the results."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from pipeline.exhibits.drawing import (
    ACCENT,
    GREY,
    INK,
    LIGHT,
    SECOND,
    THIRD,
    finish,
    in_style,
    make_room,
    mark_label,
    new_figure,
    nothing_to_show,
    spread,
)
from pipeline.text.fill import Value
from pipeline.text.language import Catalogue
from pipeline.text.parameters import Parameters

NSC = "Source: National Statistical Committee of the Kyrgyz Republic"


@in_style
def slope(changes: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """Slope chart: every oblast's yield in two years, one line each, named at its right end."""
    figure, axes = new_figure(7.2, 5.4)
    gap = 0.052 * (changes[["before", "after"]].to_numpy().max() - changes[["before", "after"]].to_numpy().min())
    left, right = spread(changes["before"].tolist(), gap), spread(changes["after"].tolist(), gap)
    labels = []
    for row, left_end, right_end in zip(changes.to_dict("records"), left, right, strict=True):
        chosen = row["oblast"] == study.oblast
        color = ACCENT if chosen else GREY
        weight = "bold" if chosen else "normal"
        axes.plot(
            [0, 1],
            [row["before"], row["after"]],
            color=color if chosen else LIGHT,
            lw=3.2 if chosen else 1.6,
            marker="o",
            ms=7 if chosen else 5,
            zorder=3 if chosen else 2,
            solid_capstyle="round",
        )
        label = {"va": "center", "color": color if chosen else INK, "fontweight": weight}
        labels.append(mark_label(axes, t.number(row["before"], 1), (0, left_end), xytext=(-12, 0), ha="right", **label))
        axes.annotate(
            t(
                "{area}  {value}  ({percent} %)",
                area=t.area(row["oblast"]),
                value=t.number(row["after"], 1),
                percent=t.signed(row["percent"], 1),
            ),
            (1, right_end),
            xytext=(12, 0),
            textcoords="offset points",
            ha="left",
            **label,
        )
    axes.set_xlim(-0.05, 1.02)
    axes.set_xticks([0, 1], [str(study.year_before), str(study.year_after)], fontsize=11, fontweight="bold")
    axes.tick_params(axis="x", length=0, pad=6)
    axes.set_ylabel(t("Yield, {unit}", unit=t.unit("c_per_ha")))
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_visible(False)
    axes.grid(axis="y", zorder=0)
    axes.tick_params(axis="y", length=0)
    rose = int((changes["change"] > 0).sum())
    title = t(
        "{crop} yield by oblast, {before} and {after}",
        crop=t.capitalized(t.crop(study.crop)),
        before=study.year_before,
        after=study.year_after,
    )
    if rose == len(changes):
        subtitle = t("Every oblast rose; change in percent in brackets")
    elif not rose:
        subtitle = t("No oblast rose; change in percent in brackets")
    else:
        subtitle = t("{rose} of {n} oblasts rose; change in percent in brackets", rose=rose, n=len(changes))
    finish(figure, title, subtitle, t(NSC))
    make_room(axes, labels, pad=8)
    return figure


@in_style
def percent(changes: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """Percent change of every oblast, largest first, labelled with the interval that printed rounding allows."""
    figure, axes = new_figure(7.2, 3.7)
    rows, oblast = changes.iloc[::-1].set_index("oblast"), study.oblast
    at = np.arange(len(rows))
    axes.axvline(0, color=GREY, lw=0.8)
    for y, (name, value) in zip(at, rows["percent"].items(), strict=True):
        chosen = name == oblast
        axes.plot([0, value], [y, y], color=ACCENT if chosen else LIGHT, lw=3.2 if chosen else 2.2, zorder=2)
        axes.plot(value, y, "o", color=ACCENT if chosen else GREY, ms=8 if chosen else 6.5, zorder=3)
    labels = [
        mark_label(
            axes,
            t(
                "{percent} %  ({low} to {high})",
                percent=t.signed(row["percent"], 1),
                low=t.number(row["percent_low"], 1),
                high=t.number(row["percent_high"], 1),
            ),
            (max(row["percent"], 0), y),  # right of the zero line, where no oblast's name stands
            xytext=(10, 0),
            va="center",
            ha="left",
            color=ACCENT if name == oblast else INK,
            fontweight="bold" if name == oblast else "normal",
        )
        for y, (name, row) in zip(at, rows.iterrows(), strict=True)
    ]
    axes.set_yticks(at, [t.area(name) for name in rows.index])
    for label, name in zip(axes.get_yticklabels(), rows.index, strict=True):
        label.set_fontweight("bold" if name == oblast else "normal")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlim(min(rows["percent"].min() * 1.05, 0), max(rows["percent"].max(), 1))
    axes.set_xlabel(t("Change from {before} to {after}, percent", before=study.year_before, after=study.year_after))
    axes.grid(axis="x", zorder=0)
    title = t("{crop} yield: change in percent, by oblast", crop=t.capitalized(t.crop(study.crop)))
    subtitle = t("In brackets: what is possible when both yields are printed to 0.1 {unit}", unit=t.unit("c_per_ha"))
    finish(figure, title, subtitle, t(NSC))
    make_room(axes, labels)
    return figure


@in_style
def crop_groups(effects: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """Change of national production by crop group, split into area and yield, one panel per pair of years.

    `effects`: `crop`, `year_before`, `year_after`, `area_percent`, `yield_percent`, `change_percent`, all in percent of
    the production of `year_before`.
    """
    title = t("National production by crop group: what came from area, what from yield")
    source = t("Source: FAOSTAT, Crops and livestock products (QCL), Kyrgyzstan")
    if effects.empty:
        return nothing_to_show(title, t("FAOSTAT has figures for fewer than two of these years."), source)
    pairs = list(effects.groupby(["year_before", "year_after"]))
    figure, axes = new_figure(8.6, 4.4, len(pairs), sharey=True, sharex=True, squeeze=False)
    order = pairs[-1][1].sort_values("yield_percent", kind="stable")["crop"].tolist()
    for panel, ((before, after), rows) in zip(axes[0], pairs, strict=True):
        rows = rows.set_index("crop").loc[order]
        at = np.arange(len(rows))
        panel.axvline(0, color=GREY, lw=0.8, zorder=1)
        panel.barh(at + 0.19, rows["yield_percent"], 0.36, color=SECOND, label=t("yield"), zorder=2)
        panel.barh(
            at - 0.19,
            rows["area_percent"],
            0.36,
            color=THIRD,
            edgecolor=SECOND,
            lw=0.6,
            hatch="////",
            label=t("area"),
            zorder=2,
        )
        panel.plot(rows["change_percent"], at, "D", color=INK, ms=5, ls="none", label=t("production"), zorder=4)
        panel.set_yticks(at, [t.crop(name) for name in rows.index])
        panel.tick_params(axis="y", length=0)
        panel.spines["left"].set_visible(False)
        panel.grid(axis="x", zorder=0)
        panel.set_title(f"{before}\u2013{after}", fontsize=10)
        panel.set_xlabel(t("percent of the production of {year}", year=before))
    marks, _ = axes[0][-1].get_legend_handles_labels()
    subtitle = t("Exact split, logarithmic mean Divisia index; area and yield add up to production")
    return finish(figure, title, subtitle, source, legend=marks)


@in_style
def campaign(changes: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """National campaign yields at the same date of two years: one row per report, two marks joined by a line."""
    title = t(
        "{crop} in Kyrgyzstan at the same date of {before} and {after}",
        crop=t.capitalized(t.crop(study.crop)),
        before=study.year_before,
        after=study.year_after,
    )
    source = t("Source: Ministry of Water Resources, Agriculture and Processing Industry, as quoted by news agencies")
    if changes.empty:
        return nothing_to_show(
            title, t("No report prints a yield and its change to the same date of the year before."), source
        )
    figure, axes = new_figure(7.2, 1.9 + 0.42 * len(changes))
    at = np.arange(len(changes))[::-1]
    axes.hlines(at, changes["before"], changes["after"], color=LIGHT, lw=3, zorder=2)
    axes.plot(changes["before"], at, "o", mfc="white", mec=GREY, mew=1.6, ms=8, zorder=3)
    axes.plot(changes["after"], at, "o", color=SECOND, ms=8, zorder=3)
    for y, row in zip(at, changes.itertuples(), strict=True):
        outward = 1 if row.after >= row.before else -1
        after = t("{value}  ({change})", value=t.number(row.after, 1), change=t.signed(row.change, 1))
        for x, text, side in ((row.before, t.number(row.before, 1), -outward), (row.after, after, outward)):
            axes.annotate(
                text,
                (x, y),
                xytext=(side * 9, 0),
                textcoords="offset points",
                va="center",
                ha="left" if side > 0 else "right",
                color=INK,
            )
    years = (("before", study.year_before), ("after", study.year_after))
    for x, year in ((changes[column].iloc[0], year) for column, year in years):
        axes.text(x, at[0] + 0.36, str(year), ha="center", va="bottom", fontweight="bold", color=INK)
    axes.set_yticks(at, [_when(row, t) for row in changes.itertuples()])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_ylim(-0.6, len(changes) - 0.1)
    axes.margins(x=0.16)
    axes.set_xlabel(t("Yield so far in the campaign, {unit}", unit=t.unit("c_per_ha")))
    axes.grid(axis="x", zorder=0)
    subtitle = t(
        "Campaign counts of the ministry, not year-end yields.\n"
        "The earlier figure is the later one less its stated change."
    )
    return finish(figure, title, subtitle, source)


def _when(row, t: Catalogue) -> str:
    day = t.date(row.as_of) if isinstance(row.as_of, str) else t("date not printed")
    basis = {"bunker": t("bunker weight"), "after-processing": t("after processing"), "unknown": t("weight not stated")}
    return f"{day}\n{basis[row.weight_basis]}"
