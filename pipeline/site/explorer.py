"""The explorer: one interactive page on the regular yield series, working from disk without a network or a library.

The page holds the yields as their sources print them, and `templates/assets/explorer.js` draws what a reader chooses.
The arithmetic is that of `methods.difference_in_differences`, and a test in a browser holds the one against the other.
Without scripts the page still shows the study: its chart, its map and its table are made here.
"""

import json
from collections.abc import Mapping

import pandas as pd
from markupsafe import Markup, escape

from pipeline.data.boundaries import SOURCE as BOUNDARIES
from pipeline.data.cards import read_card
from pipeline.data.vocabulary import AREA_LEVELS, areas, regions
from pipeline.site.frame import Page
from pipeline.site.map import EDGES, FILLS, FONT, INK, NO_VALUE, map_of_change, short_name, whole_percent
from pipeline.text.language import Catalogue

# Where the tile of an area stands in the schematic map, row and column; neighbours stay neighbours.
TILES = {
    "Talas": (0, 1),
    "Chui": (0, 2),
    "Issyk-Kul": (0, 3),
    "Jalal-Abad": (1, 1),
    "Naryn": (1, 2),
    "Batken": (2, 0),
    "Osh": (2, 1),
    "Kazakhstan": (0, 1),
    "Uzbekistan": (1, 1),
    "Kyrgyzstan": (1, 2),
    "Turkmenistan": (2, 0),
    "Tajikistan": (2, 1),
}

# A colour of its own for every area of a chart, each with a contrast of 4.5 or more on white; the last for all beyond.
COLOURS = {
    "Batken": "#7A4FA0",
    "Chui": "#0067A3",
    "Issyk-Kul": "#0B7A75",
    "Jalal-Abad": "#B54708",
    "Naryn": "#7A5C1E",
    "Osh": "#A8246B",
    "Talas": "#2F7D32",
    "Kazakhstan": "#0067A3",
    "Kyrgyzstan": "#B54708",
    "Tajikistan": "#7A4FA0",
    "Turkmenistan": "#2F7D32",
    "Uzbekistan": "#A8246B",
}

DOMAIN = "explorer"
STUDY_NAMES = {"crop": "crop", "area": "oblast", "before": "year_before", "after": "year_after"}  # in explorer.js
ASSETS = ("explorer.js", "explorer.css")  # copied as they are
TABS = ("chart", "map", "table", "usual")


def explorer_page(panel: pd.DataFrame, study: Mapping[str, object], language: str) -> Page:
    """The page in a language.

    Parameters
    ----------
    panel
        The harmonised panel.
    study
        The study that the page opens on.
    """
    t = Catalogue(language, DOMAIN)
    data = page_data(panel, study, t)
    return Page(
        name="explorer",
        language=language,
        title=t("Explore the yields"),
        description=t(
            "Choose an area, two years and what it is compared with; the page works out the change, the difference "
            "and how usual such a difference is."
        ),
        template="explorer.html.j2",
        values={"data": embedded(data), "words": words(t), "tabs": tabs(t), **without_scripts(data, t)},
        depth=0,
    )


def series(panel: pd.DataFrame) -> pd.DataFrame:
    """The regular yield series that have three areas or more, which a comparison needs: year-end, of one source.

    Returns columns crop, area, area_level, year, value (c/ha), decimals, source, figure_id.
    """
    regular = panel[
        (panel["measure"] == "yield")
        & (panel["report_id"] == "")
        & (panel["period"] == "full-year")
        & (panel["kind"] == "stated")
        & panel["area_level"].isin(["oblast", "country"])
        & (panel["unit"] == "c_per_ha")
    ]
    per_crop = regular.groupby("crop")["area"].nunique()
    rows = regular[regular["crop"].isin(per_crop[per_crop >= 3].index)].copy()
    rows["year"] = rows["year"].astype(int)
    return rows[["crop", "area", "area_level", "year", "value", "decimals", "source", "figure_id"]]


def page_data(panel: pd.DataFrame, study: Mapping[str, object], t: Catalogue) -> dict:
    """What the page of one language holds: the yields as printed with their sources, names, texts, classes of the map.

    A yield is a text with the decimals of its source ("23.7"); a year without one is None.
    """
    rows = series(panel)
    rows["printed"] = [f"{v:.{max(d, 0)}f}" for v, d in zip(rows["value"], rows["decimals"].astype(int), strict=True)]
    order = [name for level in AREA_LEVELS for name in areas(level).entries]
    found = []
    for crop, of_crop in rows.groupby("crop", sort=False):
        years = sorted(set(of_crop["year"]))
        cells = of_crop.set_index(["area", "year"])
        names = [name for name in order if name in set(of_crop["area"])]

        def column(name: str, what: str, cells: pd.DataFrame = cells, years: list[int] = years) -> list[str | None]:
            of_area = cells.loc[name, what].to_dict()
            return [of_area.get(year) for year in years]

        found.append(
            {
                "crop": crop,
                "level": of_crop["area_level"].iloc[0],
                "label": t.capitalized(t.crop(crop)),
                "name": t.crop(crop),
                "decimals": int(of_crop["decimals"].clip(lower=0).min()),
                "source": _source(of_crop["source"].iloc[0], t),
                "years": years,
                "areas": [
                    {"name": n, "label": t.area(n), "short": short_name(n, t), "tile": TILES[n], "colour": COLOURS[n]}
                    for n in names
                ],
                "values": {n: column(n, "printed") for n in names},
                "figures": {n: column(n, "figure_id") for n in names},
                "groups": _groups(names, t),
            }
        )
    found.sort(key=lambda entry: (entry["crop"] != study["crop"], entry["level"] != "oblast", entry["label"]))
    return {
        "crops": found,
        "study": {name: study[key] for name, key in STUDY_NAMES.items()},
        "map": {"edges": EDGES, "fills": FILLS, "none": NO_VALUE},
        "decimalMark": t.number(0.5, 1)[1],
        "texts": texts(t),
    }


def _source(source: str, t: Catalogue) -> dict[str, str]:
    """A source as the page names it, from its card."""
    card = read_card(source)
    named = {"title": card.title, "producer": card.producer}
    return {"id": source} | {name: t(message) for name, message in named.items()}


def _groups(names: list[str], t: Catalogue) -> list[dict]:
    """Ready-made comparison groups; a group is what the chosen area is compared with."""
    groups = [{"label": t("all others"), "areas": names}]
    labels = {"south": t("the south"), "north": t("the north")}
    for region, members in regions().items():
        if set(members) <= set(names):
            groups.append({"label": labels[region], "areas": list(members)})
    if "Chui" in names:
        groups.append({"label": t("all but Chui"), "areas": [n for n in names if n != "Chui"]})
    return groups


def tabs(t: Catalogue) -> list[dict[str, str]]:
    """The tabs of the view, in their order."""
    labels = (t("Chart"), t("Map"), t("Table"), t("How usual is it?"))
    return [{"name": name, "label": label} for name, label in zip(TABS, labels, strict=True)]


def words(t: Catalogue) -> dict[str, str]:
    """Words of the template."""
    return {
        "before": t("First year"),
        "after": t("Second year"),
        "chart": t(
            "A line comes to the front when you point at it, tap it or reach it with the Tab key; the arrow keys walk "
            "along its points and tell their source, Enter chooses the area."
        ),
        "map": t(
            "Change in whole percent of the first year’s yield: the darker, the larger the rise; hatched, a fall. "
            "Boundaries are simplified and settle no border; the cities Bishkek and Osh are not drawn. Boundaries "
            "from: {producer}.",
            producer=_source(BOUNDARIES, t)["producer"],
        ),
        "tiles": t(
            "Every area is a tile near its neighbours, with the yield of the second year and the change, both in "
            "c/ha; the bar is the size of the change."
        ),
        "changes": t(
            "Every change of the chosen area over as many years as between the chosen two. The large dot is the chosen "
            "change."
        ),
        "placebo": t(
            "Placebo distribution: each area of the group in turn against the mean of the others. The chosen area’s "
            "other years are blue. The dots are not independent of each other: within a year they sum to zero."
        ),
        "usual": t("How usual is such a difference?"),
        "mapKind": t("Map drawn with"),
        "boundaries": t("boundaries"),
        "tileKind": t("tiles"),
        "link": t("Copy the link to this view"),
        "copied": t("The link is copied."),
        "copyThis": t("Copy this link:"),
        "noScripts": t("Without JavaScript this page shows the study only; choosing areas, crops and years needs it."),
        "year": t("Year"),
    }


def texts(t: Catalogue) -> dict[str, str]:
    """Sentences that the script fills in, with `{name}` where a value goes."""
    return {
        "above": t(
            "{area}, {crop}: {change} {unit} from {before} to {after}, above the average of the comparison group "
            "({group})"
        ),
        "below": t(
            "{area}, {crop}: {change} {unit} from {before} to {after}, below the average of the comparison group "
            "({group})"
        ),
        "same": t(
            "{area}, {crop}: {change} {unit} from {before} to {after}, the same as the average of the comparison group"
        ),
        "byOblast": t("Kyrgyzstan by oblast"),
        "byCountry": t("Countries of Central Asia, crop groups of FAO"),
        "unknownCrop": t("There is no series of «{asked}» for a comparison; shown is: {crop}."),
        "seriesLevel": t("{crop}: yield by area, {unit}"),
        "seriesChange": t("{crop}: change of the yield over {gap} years, {unit}"),
        "seriesYearly": t("{crop}: yearly change of the yield, {unit}"),
        "changesTitle": t("Where the change from {before} to {after} lies among all changes of {area}"),
        "changesNote": t("{n} changes over the same number of years; rank {rank} from the top"),
        "placeboTitle": t("The same comparison for every area of the group and every pair of years"),
        "placeboNote": t("{larger} of {n} differences are at least as large ({percent} %)"),
        "area": t("Area"),
        "change": t("Change, {unit}"),
        "percent": t("Change, %"),
        "difference": t("Difference to the comparison group, {unit}"),
        "unit": t.unit("c_per_ha").replace("/", "\u2060/\u2060"),  # no line ends within it
        "summary": t(
            "{area}, {crop}: {before} in {year_before}, {after} in {year_after}, a change of {change} {unit}. The "
            "comparison group ({n} areas) changed by {group} on average; the difference is {difference}. Of {cells} "
            "such differences, of every area of the group and every pair of years as far apart, {larger} are at least "
            "as large. This is a comparison, not the effect of a technology."
        ),
        "missing": t("{area} has no yield for {crop} in {year}. Choose another year."),
        "noGroup": t("Choose at least one area to compare with."),
        "order": t("The first year must lie before the second."),
        "point": t("{area}, {year}: {value} {unit}"),
        "pair": t("{area}, {before} to {after}: {value} {unit}"),
        "choose": t("Choose: {area}"),
        "sourceOf": t("Source: {producer}, {title}; figure {figure}"),
        "sourceOfDerived": t("Worked out from figures {figure}. Source: {producer}, {title}"),
    }


def without_scripts(data: Mapping[str, object], t: Catalogue) -> dict[str, object]:
    """What the page shows before its script runs, or instead: the study's finding, chart, map and table.

    A study of a crop without a series gives the first that there is.
    """
    crop, study = data["crops"][0], data["study"]
    before, after, own = study["before"], study["after"], study["area"]
    at = {name: dict(zip(crop["years"], map(_value, crop["values"][name]), strict=True)) for name in crop["values"]}
    pairs = {name: (of_area.get(before), of_area.get(after)) for name, of_area in at.items()}
    whole = {name: pair for name, pair in pairs.items() if None not in pair}
    percents = {name: whole_percent(*pair) for name, pair in whole.items()}
    finding = data["texts"]["seriesLevel"].format(crop=crop["label"], unit=data["texts"]["unit"])
    if own in whole and len(whole) > 1:
        changes = {name: pair[1] - pair[0] for name, pair in whole.items()}
        others = (sum(changes.values()) - changes[own]) / (len(changes) - 1)
        relation = "same" if abs(changes[own] - others) < 1e-9 else "above" if changes[own] > others else "below"
        finding = (
            data["texts"][relation]
            .format(
                area=t.area(own),
                crop=crop["name"],
                before=before,
                after=after,
                unit=data["texts"]["unit"],
                change=t.signed(changes[own], crop["decimals"]),
                group=t.signed(others, crop["decimals"] + 1),
            )
            .replace(f" {data['texts']['unit']}", f"\u00a0{data['texts']['unit']}")
        )
    labels = {area["name"]: area["label"] for area in crop["areas"]}
    shown = {"areas": list(labels.values()), "own": labels.get(own)}
    shown["rows"] = [
        {
            "year": year,
            "chosen": year in (before, after),
            "cells": [printed.replace(".", data["decimalMark"]) if printed else "\u2013" for printed in cells],
        }
        for year, *cells in zip(crop["years"], *crop["values"].values(), strict=True)
    ]
    return {
        "finding": finding,
        "source": f"{crop['source']['producer']}, {crop['source']['title']}",
        "chart": Markup(series_chart(crop, finding, own, t)),
        "map": Markup(map_of_change(percents, finding, t, own if own in labels else None)) if percents else "",
        "table": shown,
        "caption": data["texts"]["seriesLevel"].format(crop=crop["label"], unit=data["texts"]["unit"]),
    }


def _value(printed: str | None) -> float | None:
    return None if printed is None else float(printed)


def series_chart(crop: Mapping[str, object], alt: str, own: str, t: Catalogue) -> str:
    """The series of a crop as SVG, with names at the lines' ends; what the script replaces by a chart that answers.

    Parameters
    ----------
    crop
        One of the crops of `page_data`.
    own
        The area whose line is thick.
    """
    width, height, left, right, top, bottom = 480, 300, 26, 112, 10, 22
    years = crop["years"]
    values = {area["name"]: list(map(_value, crop["values"][area["name"]])) for area in crop["areas"]}
    highest = max(v for of_area in values.values() for v in of_area if v is not None)
    step = next(s for s in (1, 2, 5, 10, 20, 50, 100, 200) if highest / s <= 7)

    def x(year: float) -> float:
        return round(left + (year - years[0]) / (years[-1] - years[0]) * (width - left - right), 1)

    def y(value: float) -> float:
        return round(height - bottom - value / highest * (height - top - bottom), 1)

    parts = [
        f'<path d="M{left} {y(v)}H{width - right}" stroke="#e4e4e4"/><text x="{left - 5}" y="{y(v) + 4}" '
        f'text-anchor="end" fill="{INK}">{v}</text>'
        for v in range(0, int(highest) + 1, step)
    ]
    parts += [
        f'<text x="{x(year)}" y="{height - 5}" text-anchor="middle" fill="{INK}">{year}</text>'
        for year in years
        if year % 10 == 0
    ]
    ends = {n: next(y(v) for v in reversed(of_area) if v is not None) for n, of_area in values.items()}
    places = _apart(ends, 13)
    for area in sorted(crop["areas"], key=lambda one: one["name"] == own):
        name, colour = area["name"], area["colour"]
        drawn = [(x(year), y(v)) for year, v in zip(years, values[name], strict=True) if v is not None]
        weight = "700" if name == own else "400"
        parts.append(
            f'<polyline points="{" ".join(f"{a},{b}" for a, b in drawn)}" fill="none" stroke="{colour}" '
            f'stroke-width="{3 if name == own else 1.3}" stroke-linejoin="round"/>'
            f'<text x="{width - right + 8}" y="{places[name] + 4:.1f}" fill="{colour}" font-weight="{weight}">'
            f"{escape(area['short'])}</text>"
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(alt)}" '
        f'font-family="{escape(FONT)}" font-size="11.5">{"".join(parts)}</svg>'
    )


def _apart(ends: Mapping[str, float], gap: float) -> dict[str, float]:
    """Places of the names, each `gap` or more below the one above it, as near to the lines' ends as a pass allows."""
    places: dict[str, float] = {}
    for name, place in sorted(ends.items(), key=lambda entry: entry[1]):
        places[name] = max([place, *(other + gap for other in places.values())])
    return places


def embedded(data: dict) -> Markup:
    """Data as JSON that can stand in a page: nothing in it can end the element it stands in or become markup."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    for character in "&<>\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)
