"""The explorer: one interactive page on the regular yield series, working from disk without a network.

Altair makes the three charts (series, changes, placebo distribution) as specifications without data; the page holds
the yields, and `templates/assets/explorer.js` works out what is shown when a reader chooses an area, a comparison
group, years or a crop. The arithmetic is that of `analysis.difference_in_differences`, and a test in a browser holds
its results against the result files. Vega is bundled from the locked package vl-convert, so nothing is fetched.
"""

import json
from collections.abc import Mapping

import altair as alt
import pandas as pd
import vl_convert
import yaml
from markupsafe import Markup

from pipeline.data.vocabulary import AREA_LEVELS, areas, regions
from pipeline.exhibits.drawing import ACCENT, GREY, INK, LIGHT, SECOND
from pipeline.paths import RAW
from pipeline.site.frame import Page
from pipeline.text.language import Catalogue

# Where the tile of an area stands in the schematic map, row and column; neighbours stay neighbours.
TILES = {
    "Talas": (0, 1), "Chui": (0, 2), "Issyk-Kul": (0, 3), "Jalal-Abad": (1, 1), "Naryn": (1, 2), "Batken": (2, 0),
    "Osh": (2, 1), "Kazakhstan": (0, 1), "Uzbekistan": (1, 1), "Kyrgyzstan": (1, 2), "Turkmenistan": (2, 0),
    "Tajikistan": (2, 1),
}  # fmt: skip

DOMAIN = "explorer"
STUDY_NAMES = {"crop": "crop", "area": "oblast", "before": "year_before", "after": "year_after"}  # in explorer.js
ASSETS = ("explorer.js", "explorer.css")  # copied as they are; "vega.js" is made by `vega_bundle`
FONT = "system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"


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
    return Page(
        name="explorer",
        language=language,
        title=t("Explore the yields"),
        description=t(
            "Choose an area, two years and what it is compared with; the page works out the change, the difference "
            "and how usual such a difference is."
        ),
        template="explorer.html.j2",
        values={"data": embedded(page_data(panel, study, t)), "charts": captions(t)},
        depth=0,
    )


def captions(t: Catalogue) -> list[dict[str, str]]:
    """The charts in their order, each with the sentence below it."""
    said = {
        "series": t(
            "The chosen area in colour, its comparison group darker than the others. A click on a point tells its "
            "source."
        ),
        "changes": t(
            "Every change of the chosen area over as many years as between the chosen two. The large dot is the chosen "
            "change."
        ),
        "placebo": t(
            "Placebo distribution: each area of the group in turn against the mean of the others. The chosen area’s "
            "other years are blue. The dots are not independent of each other: within a year they sum to zero."
        ),
    }
    return [{"name": name, "caption": caption} for name, caption in said.items()]


def vega_bundle() -> str:
    """Vega, Vega-Lite and Vega-Embed in one script, from the locked package."""
    return vl_convert.javascript_bundle()


def series(panel: pd.DataFrame) -> pd.DataFrame:
    """The regular yield series that have three areas or more, which a comparison needs: year-end, of one source.

    Returns columns crop, area, year, value (c/ha), decimals, source, figure_id.
    """
    regular = panel[
        (panel["measure"] == "yield") & (panel["report_id"] == "") & (panel["period"] == "full-year")
        & (panel["kind"] == "stated") & panel["area_level"].isin(["oblast", "country"]) & (panel["unit"] == "c_per_ha")
    ]  # fmt: skip
    per_crop = regular.groupby("crop")["area"].nunique()
    rows = regular[regular["crop"].isin(per_crop[per_crop >= 3].index)].copy()
    rows["year"] = rows["year"].astype(int)
    return rows[["crop", "area", "year", "value", "decimals", "source", "figure_id"]]


def page_data(panel: pd.DataFrame, study: Mapping[str, object], t: Catalogue) -> dict:
    """What the page of one language holds: the yields with their sources, names, texts and the chart specifications."""
    rows = series(panel)
    order = [name for level in AREA_LEVELS for name in areas(level).entries]
    found = []
    for crop, of_crop in rows.groupby("crop", sort=False):
        wide = of_crop.pivot(index="year", columns="area", values="value").sort_index()
        ids = of_crop.pivot(index="year", columns="area", values="figure_id").reindex_like(wide)
        names = [name for name in order if name in wide]
        found.append(
            {
                "crop": crop,
                "label": t.capitalized(t.crop(crop)),
                "decimals": int(of_crop["decimals"].clip(lower=0).max()),
                "source": _source(of_crop["source"].iloc[0]),
                "years": [int(year) for year in wide.index],
                "areas": [{"name": n, "label": t.area(n), "tile": TILES[n]} for n in names],
                "values": {n: [None if pd.isna(v) else float(v) for v in wide[n]] for n in names},
                "figures": {n: [None if pd.isna(v) else v for v in ids[n]] for n in names},
                "groups": _groups(names, t),
            }
        )
    found.sort(key=lambda entry: (entry["crop"] != study["crop"], entry["label"]))
    return {
        "crops": found,
        "study": {name: study[key] for name, key in STUDY_NAMES.items()},
        "charts": {name: _without_schema(chart.to_dict()) for name, chart in charts().items()},
        "decimalMark": t.number(0.5, 1)[1],
        "texts": texts(t),
    }


def _without_schema(specification: dict) -> dict:
    """A specification without the address of its schema: the page asks nobody for anything."""
    return {key: value for key, value in specification.items() if key != "$schema"}


def _source(source: str) -> dict[str, str]:
    """A source as the page names it, from its card."""
    card = yaml.safe_load((RAW / source / "source.yml").read_text(encoding="utf-8"))
    return {"id": source, "title": str(card["title"]), "producer": str(card["producer"])}


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


def texts(t: Catalogue) -> dict[str, str]:
    """Sentences that the script fills in, with `{name}` where a value goes."""
    return {
        "seriesTitle": t("{crop}: yield by area, {unit}"),
        "seriesChange": t("{crop}: change of the yield over {gap} years, {unit}"),
        "seriesYearly": t("{crop}: yearly change of the yield, {unit}"),
        "changesTitle": t("Where the change from {before} to {after} lies among all changes of {area}"),
        "changesNote": t("{n} changes over the same number of years; rank {rank} from the top"),
        "placeboTitle": t("The same comparison for every area of the group and every pair of years"),
        "placeboNote": t("{larger} of {n} differences are at least as large ({percent} %)"),
        "change": t("Change, {unit}"),
        "difference": t("Difference to the comparison group, {unit}"),
        "yield": t("Yield, {unit}"),
        "unit": t.unit("c_per_ha"),
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
        "sourceOf": t("Source: {producer}, {title}; figure {figure}"),
        "sourceOfDerived": t("Worked out from figures {figure}. Source: {producer}, {title}"),
        "chosen": t("chosen"),
        "compared": t("in the comparison group"),
        "other": t("not in the comparison"),
    }


def charts() -> dict[str, alt.Chart | alt.LayerChart]:
    """The charts without data and titles: the script fills both in. Data sets: `shown`, `years`."""
    role = alt.Color(
        "role:N", legend=None,
        scale=alt.Scale(domain=["chosen", "compared", "other"], range=[ACCENT, "#8C8C8C", "#CFCFCF"]),
    )  # fmt: skip
    width = alt.StrokeWidth("role:O", legend=None, scale=alt.Scale(domain=["chosen", "compared", "other"],
                                                                   range=[3.4, 1.3, 0.9]))  # fmt: skip
    tooltip = [alt.Tooltip("text:N", title=" "), alt.Tooltip("source:N", title=" ")]
    whole_years = alt.Axis(format="d", tickMinStep=1)
    year = alt.X("year:Q", title=None, axis=whole_years, scale=alt.Scale(nice=False, zero=False))
    value = alt.Y("value:Q", title=None, scale=alt.Scale(zero=False))
    shown = alt.NamedData("shown")
    line = alt.Chart(shown).mark_line(clip=True).encode(x=year, y=value, detail="area:N", color=role, strokeWidth=width)
    points = (
        alt.Chart(shown).mark_point(filled=True, opacity=1).encode(
            x=year, y=value, color=role, tooltip=tooltip,
            size=alt.Size("role:O", legend=None, scale=alt.Scale(domain=["chosen", "compared", "other"],
                                                                 range=[60, 18, 10])),
        )
    )  # fmt: skip
    labels = (
        alt.Chart(shown).transform_filter("datum.label != ''").mark_text(align="left", dx=7, fontSize=12)
        .encode(x=year, y=alt.Y("place:Q", title=None, scale=alt.Scale(zero=False)), text="label:N", color=role)
    )  # fmt: skip
    rules = alt.Chart(alt.NamedData("years")).mark_rule(strokeDash=[4, 4], color=INK, opacity=0.5).encode(x="year:Q")
    dots = (
        alt.Chart(shown).mark_point(filled=True, opacity=1, stroke="white", strokeWidth=0.4)
        .encode(
            x=alt.X("value:Q", title=None), tooltip=tooltip,
            y=alt.Y("stack:Q", axis=None, scale=alt.Scale(domainMin=0)),
            color=alt.Color("role:N", legend=None, scale=alt.Scale(domain=["chosen", "own", "other"],
                                                                   range=[ACCENT, SECOND, LIGHT])),
            size=alt.Size("role:O", legend=None, scale=alt.Scale(domain=["chosen", "own", "other"],
                                                                 range=[170, 55, 55])),
            order="order:Q",
        )
    )  # fmt: skip
    zero = alt.Chart(alt.NamedData("years")).mark_rule(color=INK, opacity=0.4).encode(x="zero:Q")
    made = {
        "series": alt.layer(rules, line, points, labels).properties(height=330),
        "changes": alt.layer(zero, dots).properties(height=170),
        "placebo": alt.layer(zero, dots).properties(height=230),
    }
    return {name: _styled(chart) for name, chart in made.items()}


def _styled(chart: alt.LayerChart) -> alt.LayerChart:
    return (
        chart.properties(width="container", background="white",
                         autosize=alt.AutoSizeParams(type="fit", contains="padding"))
        .configure(font=FONT)
        .configure_view(stroke=None)
        .configure_axis(labelColor=INK, titleColor=INK, gridColor="#E4E4E4", domainColor=GREY, tickColor=GREY,
                        labelFontSize=12, titleFontSize=12, titleFontWeight="normal")
        .configure_title(anchor="start", color=INK, fontSize=14, subtitleColor="#4D4D4D", subtitleFontSize=12,
                         offset=10)
    )  # fmt: skip


def embedded(data: dict) -> Markup:
    """Data as JSON that can stand in a page: nothing in it can end the element it stands in or become markup."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    for character in "&<>\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)
