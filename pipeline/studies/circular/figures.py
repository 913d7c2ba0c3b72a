"""Figures of the report `circular`; words for its estimates and plans stand in its declaration."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from pipeline.exhibits.drawing import ACCENT, GREY, INK, LIGHT, SECOND, THIRD, finish, in_style, new_figure
from pipeline.exhibits.plan_maps import draw_grid, draw_map, draw_scale, map_height, map_legend, name_places
from pipeline.exhibits.tornado import draw_tornado
from pipeline.studies.circular.analysis import PER_HEAD
from pipeline.text.declarations import declaration
from pipeline.text.fill import Value
from pipeline.text.language import Catalogue
from pipeline.text.parameters import Parameters

SOURCES = "Sources: National Statistical Committee, pages listed in the tables. Own calculation."


def _named(code: str, t: Catalogue) -> str:
    """A kind of figure or a plan by the word that the declaration gives."""
    message = declaration("circular").words[code]
    return t(message)


@in_style
def estimates(table: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """The official series of waste per head, and every other figure of waste on the same scale.

    `table` is `analysis.with_earlier_years`.
    """
    official = table[table["what"] == PER_HEAD].set_index("year")["kg_per_head"]
    others = table[table["what"] != PER_HEAD].iloc[::-1]
    figure, (left, right) = new_figure(10.4, 4.6, 2, width_ratios=[1, 1.25])
    left.plot(official.index, official, color=SECOND, lw=2.4, marker="o", ms=4)
    for year in (official.index[0], official.index[-1]):
        left.annotate(
            t.number(official[year], 0),
            (year, official[year]),
            (0, 8),
            textcoords="offset points",
            ha="center",
            fontsize=9,
            color=SECOND,
        )
    left.set_ylim(0, 1.18 * official.max())
    left.set_xlim(official.index[0] - 0.9, official.index[-1] + 0.9)
    left.set_xticks([year for year in official.index if (official.index[-1] - year) % 4 == 0])
    left.set_title(t("Official series, country"), fontsize=10)
    left.set_ylabel(t("kg per head and year"))
    left.grid(axis="y")
    at = np.arange(len(others))
    right.hlines(at, others["official_kg_per_head"], others["kg_per_head"], color=LIGHT, lw=2, zorder=1)
    bound = others["is_bound"].to_numpy()
    tick = {"marker": "|", "color": SECOND, "ms": 13, "mew": 2.4, "ls": ""}
    dot, arrow = {"marker": "o", "color": ACCENT}, {"marker": ">", "mfc": "white", "mec": ACCENT, "mew": 1.6}
    right.plot(others["official_kg_per_head"], at, zorder=3, **tick)
    for chosen, look in ((~bound, dot), (bound, arrow)):
        right.plot(others["kg_per_head"][chosen], at[chosen], ms=8, ls="", zorder=4, **look)
    for y, row in zip(at, others.itertuples(), strict=True):
        furthest = max(row.kg_per_head, row.official_kg_per_head)
        right.annotate(
            t("× {ratio}", ratio=t.number(row.ratio, 1)),
            (furthest, y),
            (9, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
        )
    right.set_yticks(
        at,
        [
            t("{area}, {year}\n{what}", area=t.area(row.area), year=row.year, what=_named(row.what, t))
            for row in others.itertuples()
        ],
    )
    right.tick_params(axis="y", length=0, labelsize=8.5)
    right.set_ylim(-0.6, len(others) - 0.4)
    right.set_xlim(0, 1.14 * max(others["kg_per_head"].max(), official.max()))
    right.spines["left"].set_visible(False)
    right.set_title(t("Other figures on the same scale"), fontsize=10)
    right.set_xlabel(t("kg per head and year"))
    right.grid(axis="x", zorder=0)
    legend = [
        Line2D([], [], label=t("official, of the year or the last before"), **tick),
        Line2D([], [], ms=8, ls="", label=t("what the figure amounts to"), **dot),
        Line2D([], [], ms=8, ls="", label=t("printed as “more than”"), **arrow),
    ]
    return finish(
        figure,
        t("How much waste? The sources against each other"),
        t("Each figure divided by the residents of its area; the factor is its ratio to the official amount"),
        t(SOURCES),
        legend,
    )


@in_style
def by_area(table: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """Waste of every oblast and city, with the range that the national figures leave, and the sorting it needs.

    `table` is `analysis.waste_and_sorting`.
    """
    rows = table.sort_values("waste_t", kind="stable")
    figure, axes = new_figure(8.6, 4.8)
    at = np.arange(len(rows))
    waste, low, high = (rows[c].to_numpy() / 1000 for c in ("waste_t", "waste_low_t", "waste_high_t"))
    axes.barh(at, waste, 0.62, color=THIRD, edgecolor=SECOND, lw=0.8, zorder=2)
    axes.hlines(at, low, high, color=INK, lw=1.6, zorder=3)
    for ends in (low, high):
        axes.plot(ends, at, "|", color=INK, ms=9, mew=1.6, ls="", zorder=3)
    for y, x, row in zip(at, np.maximum(waste, high), rows.itertuples(), strict=True):
        axes.annotate(
            t(
                "{n} ({low}–{high}) t a day",
                n=t.number(row.sorting, 0),
                low=t.number(row.sorting_low, 0),
                high=t.number(row.sorting_high, 0),
            ),
            (x, y),
            (8, 0),
            textcoords="offset points",
            va="center",
            fontsize=8.5,
        )
    axes.set_yticks(at, [t.area(name) for name in rows["area"]])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlim(0, 1.38 * max(high.max(), waste.max()))
    axes.set_xlabel(t("Municipal waste, thousand t a year"))
    axes.grid(axis="x", zorder=0)
    legend = [
        Patch(facecolor=THIRD, edgecolor=SECOND, label=t("at the official amount per head")),
        Line2D([], [], color=INK, lw=1.6, marker="|", ms=9, mew=1.6, label=t("with the other national figures")),
    ]
    return finish(
        figure,
        t("Waste by oblast and city, {year}, and the sorting capacity it needs", year=study.waste_year),
        t("The same amount per head everywhere. Beside the bars: sorting capacity, in brackets its range"),
        t(SOURCES),
        legend,
    )


@in_style
def plans(table: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """Three maps without outlines: a plant in every area, the cheapest plan, one plant for the country.

    `table` is `analysis.plans_by_area`.
    """
    parts = list(table.groupby("plan", sort=False))
    points = parts[0][1].set_index("area")[["latitude", "longitude"]]
    names = {name: t.area(name) for name in points.index}
    figure, panels = new_figure(11.2, 2.1 + map_height(points, 3.6), len(parts))
    for axes, (plan, rows) in zip(panels, parts, strict=True):
        sorted_t = rows.set_index("area")["sorted_t"]
        flows = pd.DataFrame({"origin": rows["area"], "hub": rows["site"], "t": rows["sorted_t"]})
        draw_map(axes, points, sorted_t, set(rows["site"]), flows[flows["origin"] != flows["hub"]])
        cost = t.number(rows["total_mn_som"].iloc[0] / 1000, 2)
        name = t.capitalized(_named(plan, t))
        axes.set_title(t("{plan}\n{cost} billion som a year", plan=name, cost=cost), fontsize=10)
    draw_scale(panels[0], points, 200, t("200 km"))
    finish(
        figure,
        t("Where the waste is sorted"),
        t(
            "One national plant costs {ratio} times the network; the network {above} % more than the cheapest plan",
            ratio=values["national_over_municipal"].shown(t, ".1"),
            above=values["network_above_cheapest"].shown(t),
        ),
        t(SOURCES),
        map_legend({"place": t("area: t to sort"), "facility": t("plant"), "flow": t("moved to a plant, width: t")}),
    )
    for axes in panels:
        name_places(figure, axes, points, names, size=7.5)
    return figure


@in_style
def phases(table: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """Plants of the cheapest plan, and the cost of one national plant over that of the network, by cost of transport
    and share of the waste that is treated.

    `table` is `analysis.waste_plan_table`.
    """
    figure, axes = new_figure(8.0, 5.0)
    at = table.set_index(["share", "tariff"])
    plants, ratio = at["plants"].unstack(), at["national_over_municipal"].unstack()
    draw_grid(
        axes,
        np.log(ratio.clip(lower=1)),
        plants.map(lambda n: str(int(n))),
        ratio.map(lambda r: t("× {ratio}", ratio=t.number(r, 2))),
        float(np.log(ratio.to_numpy().max())),
        [t.number(tariff, 0) for tariff in plants.columns],
        [t.number(100 * share, 0) for share in plants.index],
    )
    axes.set_xlabel(t("Transport, som per t and km"))
    axes.set_ylabel(t("Share of the waste that the step treats, %"))
    return finish(
        figure,
        t("One plant or many: by what is carried and what carrying costs"),
        t("Bold: plants in the cheapest plan. Below and by shade: cost of one national plant over that of the network"),
        t(SOURCES),
    )


@in_style
def burning(table: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """Waste-to-energy plants beside the waste of their city, alone and with the oblast around it.

    `table` is `analysis.burning_capacity`.
    """
    figure, axes = new_figure(8.2, 1.15 * len(table) + 2.0)
    at = np.arange(len(table))[::-1].astype(float)
    hatched = {"facecolor": "white", "edgecolor": SECOND, "hatch": "////"}
    for shift, column, look, label in (
        (0.27, "capacity_t", {"color": ACCENT}, t("capacity of the plant")),
        (0.0, "waste_t", {"facecolor": THIRD, "edgecolor": SECOND}, t("waste of the city")),
        (-0.27, "with_oblast_t", hatched, t("city and oblast around it")),
    ):
        lengths = table[column].to_numpy() / 1000
        axes.barh(at + shift, lengths, 0.25, label=label, zorder=2, **look)
        for y, value in zip(at + shift, lengths, strict=True):
            axes.annotate(t.number(value, 0), (value, y), (5, 0), textcoords="offset points", va="center", fontsize=9)
    named = [t("{area}\n({status})", area=t.area(r.area), status=_named(r.status, t)) for r in table.itertuples()]
    axes.set_yticks(at, named)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlim(0, 1.12 * table[["capacity_t", "waste_t", "with_oblast_t"]].to_numpy().max() / 1000)
    axes.set_xlabel(t("Thousand t a year"))
    axes.grid(axis="x", zorder=0)
    handles, _ = axes.get_legend_handles_labels()
    return finish(
        figure,
        t("Waste-to-energy plants against the waste of their cities"),
        t("Capacity on every day of the year; waste at the official amount per head"),
        t(SOURCES),
        handles,
    )


@in_style
def tornado(table: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """How far each assumption moves the cost of one national plant over that of the network.

    `table` is `methods.assumptions.tornado`.
    """
    figure, axes = new_figure(8.4, 4.8)
    draw_tornado(axes, table, t)
    if axes.get_xlim()[0] < 1:
        axes.axvline(1, color=GREY, lw=1, ls=(0, (4, 3)), zorder=1)
    axes.set_xlabel(t("Cost of one national plant over cost of the network"))
    legend = [
        Patch(facecolor=THIRD, edgecolor=SECOND, hatch="////", label=t("at the low value")),
        Patch(facecolor=SECOND, edgecolor=SECOND, label=t("at the high value")),
    ]
    return finish(
        figure,
        t("What the comparison depends on"),
        t("One assumption at a time, the others central; above 1 the network is cheaper"),
        t(SOURCES),
        legend,
    )
