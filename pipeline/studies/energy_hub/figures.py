"""Figures of the report `energy_hub`; words for resources, plants and figures stand in its declaration."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from pipeline.exhibits.drawing import ACCENT, FAINT, GREY, INK, LIGHT, SECOND, beside, finish, in_style, new_figure
from pipeline.exhibits.tornado import draw_exceedance, draw_tornado
from pipeline.text.declarations import declaration
from pipeline.text.fill import Value
from pipeline.text.language import Catalogue
from pipeline.text.parameters import Parameters

# Behind a text that a line would cross.
_CLEAR = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}

SOURCES = "Sources: the paper; National Statistical Committee; pages named in the tables. Own calculation."


def _named(code: str, t: Catalogue) -> str:
    """A resource, plant, item or way by the word that the declaration gives; a plant without one keeps its own name."""
    words = declaration("energy_hub").words
    if code not in words:
        return code
    message = words[code]
    return t(message)


def _range(low: float, high: float, t: Catalogue) -> str:
    def number(value: float) -> str:
        return t.number(value, 0 if value >= 100 or value == round(value) else 2 if value < 1 else 1)

    return number(low) if number(low) == number(high) else f"{number(low)}\u2013{number(high)}"


@in_style
def potentials(potential: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """Stated potentials and what is used of them, on a linear and on a logarithmic scale side by side.

    `potential`: `analysis.potentials`. Bars stand on the linear scale only, which has a zero.
    """
    figure, (linear, log) = new_figure(9.2, 4.4, 2, width_ratios=[1, 2.1], sharey=True)
    rows = potential.iloc[::-1].reset_index(drop=True)
    for at, row in rows.iterrows():
        for offset, low, high, color, marker in (
            (0.2, row["low_gwh"], row["high_gwh"], ACCENT, "D"),
            (-0.2, row["used_low_gwh"], row["used_high_gwh"], SECOND, "o"),
        ):
            y = at + offset
            if np.isnan(low):
                log.text(0.12, y, t("no figure of use"), va="center", fontsize=8.5, color=INK)
                continue
            linear.barh(
                y,
                high / 1000,
                0.34,
                color=color,
                hatch="" if marker == "D" else "////",
                edgecolor="white" if marker == "o" else color,
                lw=0.6,
                zorder=2,
            )
            log.plot([low, high], [y, y], color=color, lw=3, zorder=2, solid_capstyle="round")
            log.plot([low, high], [y, y], marker, color=color, ms=6.5, zorder=3, ls="none")
            text = _range(low, high, t)
            if marker == "o":
                ends = [
                    t.number(row[f"share_{end}_percent"], 1 if row["share_low_percent"] >= 0.1 else 2)
                    for end in ("low", "high")
                ]
                text = t("{value}  ({share} % of it)", value=text, share="\u2013".join(dict.fromkeys(ends)))
            log.annotate(text, (high, y), xytext=(8, 0), textcoords="offset points", va="center", fontsize=8.5)
    linear.set_yticks(range(len(rows)), [t.capitalized(_named(name, t)) for name in rows["resource"]])
    linear.set_ylim(-0.5, len(rows) - 0.5)
    linear.set_xlim(0, None)
    linear.set_xlabel(t("{unit} per year", unit=t.unit("billion_kwh")))
    linear.set_title(t("Linear scale"), fontsize=10)
    log.set_xscale("log")
    log.set_xlim(0.1, 2e7)
    log.xaxis.set_major_locator(FixedLocator([0.1, 1, 10, 100, 1000, 1e4, 1e5]))
    log.xaxis.set_minor_locator(NullLocator())
    log.xaxis.set_major_formatter(FuncFormatter(lambda value, _: t.number(value, 1 if value < 1 else 0)))
    log.tick_params(axis="x", labelsize=8.5)
    log.set_xlabel(t("{unit} per year; each line is ten times the one before", unit=t.unit("million_kwh")))
    log.set_title(t("Logarithmic scale: only positions count, not lengths"), fontsize=10)
    for axes in (linear, log):
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x", zorder=0)
    legend = [
        Line2D([], [], color=ACCENT, marker="D", lw=3, ms=6.5, label=t("potential as stated")),
        Line2D([], [], color=SECOND, marker="o", lw=3, ms=6.5, label=t("used, lowest and highest figure")),
    ]
    title = t("Energy resources of Kyrgyzstan as stated, and what is used of them")
    subtitle = t("The period of the solar and wind figures is not stated; it is taken as a year")
    return finish(figure, title, subtitle, t(SOURCES), legend)


_PANELS = (("consumption", "generation"), ("hydropower",), ("thermal", "coal", "imports"), ("small hydropower",))
_COLORS = (SECOND, INK, ACCENT)
_KINDS = ("committee", "ministry", "page")
_MARKERS = {"committee": "o", "ministry": "s", "page": "D"}
# Where the name of an item stands: at its first or last year, so many points above or below.
_NAMED_AT = {"consumption": (-1, 9), "generation": (0, -19), "thermal": (-1, -19), "coal": (0, -19), "imports": (0, 9)}


def _kind(publisher: str) -> str:
    if publisher == "nsc_sdg_national" or "NSC" in publisher:
        return "committee"
    return "ministry" if "inistry" in publisher else "page"


@in_style
def balance(table: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """Every figure of the balance by year and item, marked by who printed it; conflicts as bars with their size.

    `table`: `analysis.balance_and_conflicts`.
    """
    figure = Figure(figsize=(9.2, 7.0), layout="constrained")
    panels = figure.subplots(2, 2, sharex=True).ravel()
    figures, conflicts = (table[table["part"] == part] for part in ("figure", "conflict"))
    figures = figures[figures["year"] <= figures.loc[figures["item"] == "generation", "year"].max()]
    for axes, items in zip(panels, _PANELS, strict=True):
        scale, unit = (1.0, "million_kwh") if items == ("small hydropower",) else (1000.0, "billion_kwh")
        for item, color in zip(items, _COLORS, strict=False):
            rows = figures[figures["item"] == item].sort_values("year", kind="stable")
            for kind in _KINDS:
                of = rows[rows["publisher"].map(_kind) == kind]
                axes.plot(
                    of["year"],
                    of["gwh"] / scale,
                    _MARKERS[kind],
                    color=color,
                    ms=7,
                    zorder=4,
                    mfc="none" if kind == "page" else color,
                    mew=1.5,
                )
            of_item = (conflicts["item"] == item) | conflicts["item"].str.startswith(f"{item} above")
            for conflict in conflicts[of_item].itertuples():
                ends = [conflict.gwh / scale, conflict.high_gwh / scale]
                axes.plot([conflict.year] * 2, ends, color=color, lw=6, alpha=0.25, zorder=2, solid_capstyle="butt")
                more = conflict.difference_percent
                axes.annotate(
                    t("{percent} %", percent=t.signed(more, 0 if more >= 10 else 1)),
                    (conflict.year, ends[1]),
                    xytext=(0, 8),
                    textcoords="offset points",
                    ha="center",
                    fontsize=8.5,
                    color=color,
                    fontweight="bold",
                )
            if len(items) > 1:
                which, above = _NAMED_AT[item]
                year, gwh = rows.iloc[which][["year", "gwh"]]
                axes.annotate(
                    _named(item, t),
                    (year, gwh / scale),
                    xytext=(0, above),
                    textcoords="offset points",
                    ha="center",
                    fontsize=9,
                    color=color,
                )
        axes.set_ylabel(t.unit(unit))
        axes.set_title(t.capitalized(t.joined([_named(item, t) for item in items], ", ")), fontsize=10)
        axes.margins(x=0.12, y=0.2)
        axes.grid(axis="y", zorder=0)
    first, last = int(figures["year"].min()), int(figures["year"].max())
    panels[0].set_xticks(range(first, last + 1))
    legend = [
        Line2D(
            [],
            [],
            ls="none",
            marker=_MARKERS[kind],
            color=INK,
            ms=7,
            mew=1.5,
            label=label,
            mfc="none" if kind == "page" else INK,
        )
        for kind, label in zip(
            _KINDS,
            (t("National Statistical Committee"), t("Ministry of Energy, as quoted"), t("other pages")),
            strict=True,
        )
    ]
    legend.append(Line2D([], [], color=INK, alpha=0.25, lw=6, label=t("conflict beyond rounding")))
    title = t("Electricity of Kyrgyzstan, {first} to {last}: every figure found", first=first, last=last)
    subtitle = t("Full years. The scales do not begin at zero. Percent: the higher figure over the lower")
    return finish(figure, title, subtitle, t(SOURCES), legend)


@in_style
def deficits(table: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """Every figure of the deficit by year and way of working it out; the range that is used is shaded.

    `table`: `analysis.deficits`.
    """
    rows = table.iloc[::-1].reset_index(drop=True)
    figure, axes = new_figure(8.6, 1.9 + 0.27 * len(rows))
    in_use = rows["year"].isin(study.deficit_years) & ~rows["doubt"] & (rows["gwh"] > 0)
    chosen = rows.loc[in_use, "gwh"] / 1000
    right = rows["gwh"].max() / 1000 + 0.7
    axes.axvspan(chosen.min(), chosen.max(), color=FAINT, zorder=0)
    axes.axvline(chosen.median(), color=GREY, lw=1, zorder=1)
    axes.axvline(values["deficit_stated"].value, color=ACCENT, lw=1.4, ls=(0, (4, 3)), zorder=1)
    for at, row in rows.iterrows():
        axes.plot(
            row["gwh"] / 1000,
            at,
            "X" if row["doubt"] else "o",
            ms=8,
            zorder=3,
            mew=1.5,
            color=SECOND if in_use[at] else GREY,
            mfc=SECOND if in_use[at] else "white",
        )
        axes.text(right, at, t.number(row["gwh"] / 1000, 2), va="center", ha="right", fontsize=9)
    axes.set_yticks(
        range(len(rows)),
        [t("{year}: {method}", year=row.year, method=_named(row.method, t)) for row in rows.itertuples()],
    )
    axes.tick_params(axis="y", length=0)
    for border in np.flatnonzero(rows["year"].diff().fillna(0)):
        axes.axhline(border - 0.5, color=LIGHT, lw=0.8, zorder=0)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.set_xlim(-0.15, right)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(t("Deficit, {unit} per year", unit=t.unit("billion_kwh")))
    legend = [
        Line2D([], [], ls="none", marker="o", color=SECOND, ms=8, label=t("used below")),
        Line2D([], [], ls="none", marker="o", color=GREY, mfc="white", mew=1.5, ms=8, label=t("other years, or none")),
        Line2D([], [], ls="none", marker="X", color=GREY, mfc="white", mew=1.5, ms=8, label=t("on a doubtful figure")),
        Line2D([], [], color=ACCENT, lw=1.4, ls=(0, (4, 3)), label=t("the paper: more than this")),
    ]
    title = t("The electricity deficit by every way that the figures allow")
    subtitle = t("Shaded: lowest to highest figure of the years chosen; line: their median")
    return finish(figure, title, subtitle, t(SOURCES), legend)


@in_style
def stated_against_plants(table: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """The stated solar and wind resource beside the yearly output of single plants and of all that is agreed.

    `table`: `analysis.stated_against_plants`.
    """
    figure, axes = new_figure(8.8, 1.9 + 0.36 * len(table))
    rows = table.iloc[::-1].reset_index(drop=True)
    labels, texts = [], []
    for at, row in rows.iterrows():
        stated = row["basis"] == "stated resource"
        if stated:
            group = rows.index[rows["technology"] == row["technology"]]
            axes.plot([row["gwh_central"]] * 2, [group.min() - 0.4, at], color=ACCENT, lw=1.2, ls=(0, (4, 3)), zorder=1)
        color = ACCENT if stated else INK if row["basis"] == "printed output" else SECOND
        axes.plot([row["gwh_low"], row["gwh_high"]], [at, at], color=color, lw=3, zorder=2, solid_capstyle="round")
        axes.plot(
            row["gwh_central"],
            at,
            {"stated resource": "D", "printed output": "s"}.get(row["basis"], "o"),
            color=color,
            ms=7.5,
            zorder=3,
        )
        value = _range(row["gwh_low"], row["gwh_high"], t)
        times = row["times_stated"]
        texts.append(value if stated else t("{value}  (× {times})", value=value, times=t.short(times)))
        name = _named(row["name"], t)
        if np.isfinite(row["capacity_mw"]):
            name = t("{name}, {mw} {unit}", name=name, mw=t.number(row["capacity_mw"], 0), unit=t.unit("mw"))
        labels.append(t.capitalized(name))
    axes.set_yticks(range(len(rows)), labels)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xscale("log")
    axes.set_xlim(10, 1e5)
    beside(axes, range(len(rows)), [texts], size=8.5)
    axes.xaxis.set_major_locator(FixedLocator([10, 100, 1000, 1e4, 1e5]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: t.number(value, 0)))
    axes.set_xlabel(t("{unit} per year; each line is ten times the one before", unit=t.unit("million_kwh")))
    axes.grid(axis="x", zorder=0)
    legend = [
        Line2D([], [], ls="none", marker="D", color=ACCENT, ms=7.5, label=t("stated in the paper")),
        Line2D([], [], ls="none", marker="s", color=INK, ms=7.5, label=t("output printed for the whole plant")),
        Line2D([], [], marker="o", color=SECOND, lw=3, ms=7.5, label=t("capacity times assumed capacity factors")),
    ]
    solar, wind = (
        _range(rows.loc[at, "gwh_central"], rows.loc[at, "gwh_central"], t)
        for at in (
            rows.index[(rows["technology"] == kind) & (rows["basis"] == "stated resource")][0]
            for kind in ("solar", "wind")
        )
    )
    title = t("Are {solar} and {wind} million kWh what sun and wind could give in a year?", solar=solar, wind=wind)
    subtitle = t(
        "Dashed: the stated resource. A plant to the right of it makes more than the whole resource;\n"
        "in brackets its output over the stated resource"
    )
    return finish(figure, title, subtitle, t(SOURCES), legend)


@in_style
def coverage(table: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """What each resource alone could cover of the deficit; the part that a hub must firm is hatched.

    `table`: `analysis.coverage`.
    """
    rows = table.iloc[::-1].reset_index(drop=True)
    figure, axes = new_figure(9.2, 2.0 + 0.31 * len(rows))
    texts = []
    for at, row in rows.iterrows():
        energy, firm = row["deficit_percent_central"], row["firm_percent_central"] / 100
        axes.barh(at, energy * (1 - firm), 0.6, color=SECOND, zorder=2)
        axes.barh(
            at,
            energy * firm,
            0.6,
            left=energy * (1 - firm),
            facecolor="white",
            edgecolor=SECOND,
            hatch="////",
            lw=0.6,
            zorder=2,
        )
        axes.plot(
            [row["deficit_percent_low"], row["deficit_percent_high"]],
            [at, at],
            color=INK,
            lw=1.4,
            zorder=3,
            marker="|",
            ms=7,
        )
        low, high = (t.number(row[f"deficit_percent_{end}"], 0) for end in ("low", "high"))
        texts.append(t("{central} %  ({low} to {high})", central=t.number(energy, 0), low=low, high=high))
    axes.axvline(100, color=ACCENT, lw=1.4, ls=(0, (4, 3)), zorder=1)
    axes.set_yticks(range(len(rows)), [t.capitalized(_named(name, t)) for name in rows["resource"]])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.set_xlim(0, 1.04 * rows["deficit_percent_high"].max())
    beside(axes, range(len(rows)), [texts], size=8.5)
    axes.set_xlabel(t("Percent of the deficit"))
    axes.grid(axis="x", zorder=0)
    legend = [
        Patch(color=SECOND, label=t("energy that comes evenly")),
        Patch(facecolor="white", edgecolor=SECOND, hatch="////", label=t("energy that a hub must shift")),
        Line2D([], [], color=INK, lw=1.4, marker="|", ms=7, label=t("lowest to highest")),
        Line2D([], [], color=ACCENT, lw=1.4, ls=(0, (4, 3)), label=t("the whole deficit")),
    ]
    title = t("What each resource alone could cover of the deficit, in a year")
    subtitle = t("Rows overlap: agreements may hold single plants, so the bars must not be added up")
    return finish(figure, title, subtitle, t(SOURCES), legend)


@in_style
def tornado(table: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """One tornado for each output; the value of the assumption stands at each end of its bar.

    `table`: `analysis.tornados`.
    """
    most = 6
    parts = list(table.groupby("output", sort=False))
    counts = [min(most, len(rows)) for _, rows in parts]
    figure = Figure(figsize=(8.8, 1.5 + 0.7 * len(parts) + 0.27 * sum(counts)), layout="constrained")
    panels = figure.subplots(len(parts), 1, squeeze=False, height_ratios=counts)[:, 0]
    for axes, (output, rows) in zip(panels, parts, strict=True):
        draw_tornado(axes, rows, t, most)
        axes.set_title(_named(output, t), fontsize=10)
    title = t("What the result depends on: one assumption at a time")
    subtitle = t(
        "From its lowest (hatched) to its highest value, which stand at the ends; line: all at their central values"
    )
    finish(figure, title, subtitle, t(SOURCES))
    figure.get_layout_engine().set(hspace=0.06)
    return figure


@in_style
def monte_carlo(curves: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """Share of draws in which spokes, hub and all together give at least a share of the deficit.

    `curves`: `analysis.quantile_curves`.
    """
    figure, axes = new_figure(8.4, 4.2)
    names = {
        "spokes_deficit_percent": t("spokes: solar, wind, small hydropower"),
        "hub_deficit_percent": t("the country's part of Kambarata-1"),
        "total_deficit_percent": t("spokes, hub and cascades"),
    }
    told = {"spokes_deficit_percent": "spokes", "hub_deficit_percent": "hub", "total_deficit_percent": "total"}
    central = {output: values[f"{name}_central"].value for output, name in told.items()}
    draw_exceedance(axes, curves, names, central)
    axes.axvline(100, color=GREY, lw=1, zorder=1)
    axes.set_xlim(0, float(np.interp(0.99, curves["quantile"], curves["total_deficit_percent"])))
    axes.set_xlabel(t("Percent of the deficit"))
    axes.set_ylabel(t("Draws that reach it, percent"))
    axes.text(103, 88, t("the whole deficit"), fontsize=8.5, color=INK, va="bottom", bbox=_CLEAR, zorder=4)
    axes.legend(loc="upper right", fontsize=9, handlelength=3)
    title = t("All assumptions at once: how much of the deficit would be covered")
    subtitle = t(
        "{n} independent draws from the stated ranges: a picture of the ranges, no probability of the future.\n"
        "Dots: all assumptions at their central values",
        n=t.number(study.draws, 0),
    )
    return finish(figure, title, subtitle, t(SOURCES))
