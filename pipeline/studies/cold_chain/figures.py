"""Figures of the report `cold_chain`; words for the cases of the scale exponent stand in its declaration."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, NullLocator

from pipeline.exhibits.drawing import (
    ACCENT,
    INK,
    SECOND,
    THIRD,
    finish,
    in_style,
    new_figure,
    nothing_to_show,
)
from pipeline.exhibits.plan_maps import draw_grid, draw_map, draw_scale, map_height, map_legend, name_places
from pipeline.exhibits.tornado import draw_tornado
from pipeline.studies.cold_chain.analysis import SIX_TENTHS, known_law
from pipeline.text.declarations import declaration
from pipeline.text.fill import Value
from pipeline.text.language import Catalogue
from pipeline.text.parameters import Parameters

SOURCES = "Sources: WFP PRISM and national statistics (harvest 2021), pages listed in the tables. Own calculation."

# How the cases of the scale exponent are drawn wherever they stand beside each other.
LOOKS = {
    "six_tenths": {"color": SECOND, "ls": "-", "lw": 2.4},
    "constant": {"color": INK, "ls": (0, (5, 2)), "lw": 1.8},
    "fitted": {"color": ACCENT, "ls": (0, (1.5, 1.5)), "lw": 2.6},
}


def _named(case: str, t: Catalogue) -> str:
    """A case of the scale exponent by the word that the declaration gives."""
    message = declaration("cold_chain").words[case]
    return t(message)


def _log_ticks(axes: Axes, which: str, ticks: Sequence[float], t: Catalogue) -> None:
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_minor_locator(NullLocator())
    axis.set_ticklabels([t.number(tick, 0) for tick in ticks])


@in_style
def cost_law(projects: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """Known projects, the power law fitted to the comparable ones with the interval of a new project, and the level
    that the six-tenths rule would give. Both scales logarithmic.

    `projects`: project, capacity_t, cost_mn_som, comparable. The law is fitted to them here as in the analysis.
    """
    law, held = known_law(projects), known_law(projects, SIX_TENTHS)
    figure, axes = new_figure(7.6, 4.9)
    within = np.geomspace(law.capacity_low, law.capacity_high, 60)
    beyond = np.geomspace(40, 4200, 80)
    low, high = law.interval(within)
    axes.fill_between(within, low, high, color="#F3E3D8", zorder=1, lw=0)
    axes.plot(within, law.cost(within), zorder=3, **LOOKS["fitted"])
    axes.plot(beyond, held.cost(beyond), zorder=2, **LOOKS["six_tenths"])
    known = projects[projects["comparable"]]
    bound = projects[~projects["comparable"]]
    axes.plot(known["capacity_t"], known["cost_mn_som"], "o", color=INK, ms=7, zorder=4)
    axes.plot(bound["capacity_t"], bound["cost_mn_som"], "^", mfc="white", mec=INK, ms=8, zorder=4)
    for row in projects.itertuples():
        # The name stands where no line runs: over a point above both, below one between them, else to the right.
        over_fit, over_held = (row.cost_mn_som > line.cost(row.capacity_t) for line in (law, held))
        x, y, ha, va = (8, -4, "left", "top")
        if over_fit:
            x, y, ha, va = (-7, 4, "right", "bottom") if over_held else (0, -9, "center", "top")
        axes.annotate(
            t("{area}, {capacity} t", area=t.area(row.project), capacity=t.number(row.capacity_t, 0)),
            (row.capacity_t, row.cost_mn_som),
            (x, y),
            textcoords="offset points",
            fontsize=8.5,
            ha=ha,
            va=va,
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(40, 4300)
    axes.set_ylim(2.4, 300)
    _log_ticks(axes, "x", [50, 100, 200, 500, 1000, 2000, 4000], t)
    _log_ticks(axes, "y", [3, 10, 30, 100, 300], t)
    axes.set_xlabel(t("Capacity, t"))
    axes.set_ylabel(t("Cost, million som"))
    axes.grid(zorder=0)
    legend = [
        Line2D([], [], marker="o", color=INK, ms=7, ls="", label=t("project")),
        Line2D([], [], marker="^", mfc="white", mec=INK, ms=8, ls="", label=t("cost is a lower bound, not fitted")),
        Line2D([], [], label=t("fit, exponent {b}", b=t.number(law.exponent, 2)), **LOOKS["fitted"]),
        Patch(facecolor="#F3E3D8", label=t("95 % interval of a new project")),
        Line2D([], [], label=t("six-tenths rule"), **LOOKS["six_tenths"]),
    ]
    return finish(
        figure,
        t("Cost of a store against its capacity"),
        t(
            "95 % interval of the exponent: {low} to {high}. {n} projects do not decide whether size makes cheaper",
            low=t.number(law.exponent_low, 2),
            high=t.number(law.exponent_high, 2),
            n=law.projects,
        ),
        t("Sources: pages of 2020–2026 listed in the table below. Own calculation."),
        legend,
    )


@in_style
def plans(table: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """Two maps without outlines: a store in every raion, and the cheapest plan with what it moves.

    `table` is `analysis.plans_by_raion`.
    """
    raions = table.drop_duplicates("raion").set_index("raion")
    points, closed = raions[["latitude", "longitude"]], list(raions.index[raions["closed"]])
    figure, both = new_figure(10.2, min(7.0, 1.9 + map_height(points, 4.9)), 2)
    names = {name: t.area(name) for name in points.index}
    whole = table[table["plan"] == "alone"].set_index("raion")["stored_t"]
    for axes, plan, text in ((both[0], "alone", t("Every raion its own")), (both[1], "shared", t("Cheapest plan"))):
        rows = table[table["plan"] == plan]
        flows = rows[rows["site"] != rows["raion"]].rename(columns={"raion": "origin", "site": "hub", "stored_t": "t"})
        draw_map(axes, points, whole, set(rows["site"]), flows, closed)
        cost = t.number(rows["total_mn_som"].iloc[0], 1)
        places = rows["site"].nunique()
        axes.set_title(t("{plan}: places {n}, {cost} million som a year", plan=text, n=places, cost=cost), fontsize=10)
    draw_scale(both[0], points, 50, t("50 km"))
    texts = {"place": t("raion, area: t to store"), "facility": t("stores"), "flow": t("moved to a hub, width: t")}
    if len(closed):
        texts["closed"] = t("road closed in winter")
    finish(
        figure,
        t("Where the stores stand and what travels"),
        t(
            "The cheapest plan saves {percent} %; {moved} of {all} t are stored outside their raion",
            percent=values[f"saving_{study.scale_case}"].shown(t),
            moved=values["moved_t"].shown(t),
            all=values["stored_t"].shown(t),
        ),
        t(SOURCES),
        map_legend(texts),
    )
    for axes in both:
        name_places(figure, axes, points, names)
    return figure


@in_style
def phases(table: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """Hubs and saving of the cheapest plan by cost of transport and share of the harvest, a panel for each case.

    `table`: `case, storable_share, transport_som_per_t_km, hubs, saving_percent`.
    """
    cases = list(table["case"].unique())
    figure, panels = new_figure(9.8, 5.0, len(cases), sharey=True, squeeze=False)
    full = table["saving_percent"].max()
    for axes, case in zip(panels[0], cases, strict=True):
        at = table[table["case"] == case].set_index(["storable_share", "transport_som_per_t_km"])
        hubs, saving = at["hubs"].unstack(), at["saving_percent"].unstack()
        draw_grid(
            axes,
            saving,
            hubs.map(lambda n: str(int(n))),
            saving.map(lambda s: t("{n} %", n=t.number(s, 0))),
            full,
            [t.number(tariff, 0) for tariff in saving.columns],
            [t.number(100 * share, 0) for share in saving.index],
        )
        axes.set_title(t.capitalized(_named(case, t)), fontsize=10)
        axes.set_xlabel(t("Transport, som per t and km"))
    panels[0][0].set_ylabel(t("Share of the harvest to store, %"))
    return finish(
        figure,
        t("Where sharing pays: number of hubs and saving"),
        t("Bold: places with stores in the cheapest plan. Below and by shade: saving against a store everywhere"),
        t(SOURCES),
    )


@in_style
def tornado(table: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """How far each assumption moves the saving; `table` is `methods.assumptions.tornado`."""
    title = t("What the saving depends on")
    subtitle = t(
        "Saving of the cheapest plan, %; one assumption at a time, the others central; scale exponent: {case}",
        case=_named(study.scale_case, t),
    )
    if not (table["swing"] > 0).any():
        why = t("No assumption moves the saving within its range: nothing is saved.")
        return nothing_to_show(title, why, t(SOURCES))
    figure, axes = new_figure(8.2, 4.6)
    draw_tornado(axes, table, t)
    axes.set_xlabel(t("Saving, %"))
    legend = [
        Patch(facecolor=THIRD, edgecolor=SECOND, hatch="////", label=t("at the low value")),
        Patch(facecolor=SECOND, edgecolor=SECOND, label=t("at the high value")),
    ]
    return finish(figure, title, subtitle, t(SOURCES), legend)
