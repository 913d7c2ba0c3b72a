"""Figures of the report `power`: each from its published data, the parameters and the results."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from pipeline.exhibits.drawing import ACCENT, GREY, INK, LIGHT, SECOND, WHITE, finish, in_style, new_figure, spread
from pipeline.text.fill import Value
from pipeline.text.language import Catalogue
from pipeline.text.parameters import Parameters

SHADES = (INK, SECOND, ACCENT, GREY)
STYLES = ("-", (0, (5, 2)), (0, (2, 2)), (0, (6, 2, 1, 2)))


def _source(t: Catalogue) -> str:
    return t("Source: National Statistical Committee of the Kyrgyz Republic; own calculation")


LOOKS = {
    "all others": {"color": SECOND, "ls": (0, (5, 2))},
    "own response": {"color": ACCENT, "ls": "-"},
}


def compared(comparison: str, areas: str, t: Catalogue) -> str:
    """What a row of `analysis.by_comparison` compares with, in words."""
    named = t.joined([t.area(name) for name in areas.split(", ")], ", ") if areas else ""
    return {
        "all others": t("all others, one for one"),
        "without one": t("without {areas}, one for one", areas=named),
        "without two": t("without {areas}, one for one", areas=named),
        "region": t("{areas}, one for one", areas=named),
        "own response": t("all others, by its own response"),
    }[comparison]


@in_style
def power_curve(curves: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """How often a rise of each size would have been seen, and where the observed change stands.

    `curves` is `analysis.power_curves`. The observed change of yield is drawn when it is a rise.
    """
    figure, axes = new_figure(8.0, 4.4)
    power, change = study.power_percent, values["change"].value
    right, legend = curves["effect"].max(), []
    axes.axhline(power, color=INK, lw=0.9, ls=(0, (4, 3)), zorder=2)
    axes.text(right, power + 1.5, t("{power} %", power=t.number(power, 0)), ha="right", va="bottom", fontsize=9)
    groups = curves.astype({"areas": object}).fillna({"areas": ""}).groupby(["comparison", "areas", "mde"], sort=False)
    for (comparison, areas, mde), rows in groups:
        look = LOOKS.get(comparison, {"color": INK, "ls": (0, (2, 2))})
        label = t(
            "{comparison}: {mde} {unit}",
            comparison=compared(comparison, areas, t),
            mde=t.number(mde, 2),
            unit=t.unit("c_per_ha"),
        )
        axes.plot(rows["effect"], 100 * rows["power"], lw=2.6, zorder=3, **look)
        legend.append(Line2D([], [], lw=2, label=label, **look))
        axes.plot([mde, mde], [0, power], color=look["color"], lw=1.2, ls=(0, (2, 2)), zorder=2)
        axes.plot(mde, power, "o", color=look["color"], ms=8, zorder=5)
    if 0 < change <= right:
        axes.plot([change, change], [0, 108], color=GREY, lw=1, zorder=1)
        axes.text(
            change + 0.006 * right,
            108,
            t("observed change: {value}", value=t.signed(change, 1)),
            fontsize=8.5,
            color=INK,
            va="center",
        )
    axes.set_xlim(0, right)
    axes.set_ylim(0, 114)
    axes.set_yticks(range(0, 101, 20))
    axes.set_xlabel(t("Rise added to a year in which nothing happened, {unit}", unit=t.unit("c_per_ha")))
    axes.set_ylabel(t("Seen by the placebo test, percent of cases"))
    axes.grid(axis="y", zorder=0)
    title = t("{area}: how large a rise could this design have seen?", area=t.area(study.oblast))
    subtitle = t(
        "One year against the year before, two-sided placebo test over the oblast's own years.\n"
        "Below: what it is compared with, and the rise that is seen in {power} of 100 cases.",
        power=t.number(power, 0),
    )
    return finish(figure, title, subtitle, _source(t), legend)


@in_style
def by_oblast(table: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """Minimum detectable rise of every oblast, and the comparison observed in the years of the study.

    `table`: `oblast`, `reference`, `mde`, `observed_difference` (c/ha); "all oblasts" together are not drawn.
    """
    figure, axes = new_figure(8.0, 4.3)
    table, oblast = table[table["oblast"] != "all oblasts"], study.oblast
    own = table[table["reference"] == "years"].set_index("oblast")["mde"].sort_values(kind="stable")
    pooled = table[table["reference"] == "oblasts and years"].set_index("oblast")["mde"]
    observed = table.drop_duplicates("oblast").set_index("oblast")["observed_difference"]
    names = list(own.index)[::-1]
    for row, name in enumerate(names):
        axes.plot([own[name], pooled[name]], [row, row], color=LIGHT, lw=2, zorder=1)
        axes.plot(own[name], row, "o", color=ACCENT if name == oblast else INK, ms=8.5, zorder=3)
        axes.plot(pooled[name], row, "D", mfc="white", mec=ACCENT if name == oblast else INK, mew=1.5, ms=7, zorder=3)
        axes.plot(abs(observed[name]), row, "x", color=SECOND, ms=8, mew=2.2, zorder=4)
    axes.set_yticks(range(len(names)), [t.area(name) for name in names])
    for label, name in zip(axes.get_yticklabels(), names, strict=True):
        label.set_fontweight("bold" if name == oblast else "normal")
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.set_xlim(0, None)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", zorder=0)
    axes.set_xlabel(t("Size of a difference to the other oblasts, {unit}", unit=t.unit("c_per_ha")))
    legend = [
        Line2D([], [], ls="none", marker="o", color=INK, ms=8, label=t("detectable, own years")),
        Line2D(
            [],
            [],
            ls="none",
            marker="D",
            mfc="white",
            mec=INK,
            mew=1.5,
            ms=7,
            label=t("detectable, all oblasts and years"),
        ),
        Line2D(
            [],
            [],
            ls="none",
            marker="x",
            color=SECOND,
            ms=8,
            mew=2.2,
            label=t("observed, {before} to {after}, sign left out", before=study.year_before, after=study.year_after),
        ),
    ]
    title = t("Smallest rise that is seen in {power} of 100 cases, by oblast", power=t.number(study.power_percent, 0))
    subtitle = t("Where yields swing from year to year, a rise must be larger before anyone can tell it from a swing")
    return finish(figure, title, subtitle, _source(t), legend)


@in_style
def more_data(table: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """Minimum detectable rise with more comparison oblasts, more years, and raions: three panels, one scale.

    `table`: `panel` and `mde` (c/ha); "oblasts" by `comparisons` with `mde_lowest`, `mde_highest`; "oblasts, projected"
    by `oblasts`; "years" by `base_years` and `end_years`; "raions, projected" by `raions` and `intraclass_correlation`.
    The observed change of yield is drawn when it is a rise.
    """
    parts = {name: rows.dropna(axis="columns", how="all") for name, rows in table.groupby("panel")}
    comparisons, projected = parts["oblasts"], parts["oblasts, projected"].astype({"oblasts": int})
    lengths = parts["years"].astype({"base_years": int, "end_years": int})
    raions, change = parts["raions, projected"].astype({"raions": int}), values["change"].value
    figure, axes = new_figure(8.8, 5.0, 3, sharey=True)
    first, second, third = axes
    first.vlines(comparisons["comparisons"], comparisons["mde_lowest"], comparisons["mde_highest"], color=LIGHT, lw=5)
    first.plot(comparisons["comparisons"], comparisons["mde"], "o-", color=ACCENT, lw=1.6, ms=6.5, zorder=3)
    first.plot(projected["oblasts"] - 1, projected["mde"], color=GREY, lw=1.6, ls=(0, (5, 2)), zorder=2)
    first.text(
        projected["oblasts"].max() - 1,
        projected["mde"].iloc[-1] * 0.96,
        t("projected,\naverage oblast"),
        fontsize=8.5,
        color="#4D4D4D",
        ha="right",
        va="top",
    )
    first.set_xlabel(t("Comparison oblasts"))
    first.set_xticks([1, len(comparisons), *range(10, projected["oblasts"].max(), 5)])
    first.set_title(t("More oblasts"), fontsize=10)
    _lines(second, lengths, "end_years", "base_years", "mde", lambda n: t("{n} after", n=n))
    second.set_xlabel(t("Years before"))
    second.set_xticks(sorted(lengths["base_years"].unique()))
    second.set_title(t("More years"), fontsize=10)
    _lines(third, raions, "intraclass_correlation", "raions", "mde", lambda rho: t("ρ = {rho}", rho=t.number(rho, 1)))
    third.set_xlabel(t("Raions, half with the technology"))
    third.set_xticks(sorted(raions["raions"].unique()))
    third.set_title(t("Raions instead of oblasts"), fontsize=10)
    for panel in axes:
        panel.grid(axis="y", zorder=0)
        if change > 0:
            panel.axhline(change, color=INK, lw=0.9, ls=(0, (4, 3)), zorder=1)
    first.set_yscale("log")
    first.yaxis.set_major_locator(FixedLocator([0.5, 1, 2, 3, 5, 10, 20, 50]))
    first.yaxis.set_major_formatter(FuncFormatter(lambda value, _: t.number(value, 1 if value < 1 else 0)))
    first.yaxis.set_minor_locator(NullLocator())
    first.set_ylabel(t("Smallest rise that is seen, {unit} (log scale)", unit=t.unit("c_per_ha")))
    title = t("{area}: what more data would buy", area=t.area(study.oblast))
    subtitle = t(
        "Left and middle: from the panel, against the oblast's own years; bars: every choice of comparison.\n"
        "Right: projected; ρ is how alike the raions of an oblast move, which no source tells."
    )
    if change > 0:
        value = t.signed(change, 1)
        subtitle += "\n" + t("Dashed line: the observed change, {value} {unit}.", value=value, unit=t.unit("c_per_ha"))
    return finish(figure, title, subtitle, _source(t))


def _lines(axes, frame: pd.DataFrame, by: str, x: str, y: str, name) -> None:
    """One line for each value of `by`, named at its right end."""
    groups = list(frame.groupby(by))
    ends = [float(np.log(rows.sort_values(x, kind="stable")[y].iloc[-1])) for _, rows in groups]
    for (value, rows), at, color, style in zip(groups, np.exp(spread(ends, 0.17)), SHADES, STYLES, strict=False):
        rows = rows.sort_values(x, kind="stable")
        axes.plot(rows[x], rows[y], marker="o", ms=4.5, color=color, ls=style, lw=1.8)
        axes.text(
            rows[x].max() + 0.04 * np.ptp(frame[x]),
            at,
            name(value),
            color=color,
            fontsize=8.5,
            va="center",
            bbox=WHITE,
            zorder=4,
        )
    axes.set_xlim(frame[x].min() - 0.06 * np.ptp(frame[x]), frame[x].max() + 0.34 * np.ptp(frame[x]))
