"""Figures of the notebook `data_audit`."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pipeline.exhibits.drawing import ACCENT, FAINT, GREY, INK, SECOND, finish, in_style, new_figure
from pipeline.text.language import Catalogue, Deferred, Text

# What a mark is: its period gives the shape, whether it is a regular series gives the filling.
_SHAPES = {"full-year": "s", "jan-aug": "^", "as-of-date": "o"}
_OFFSETS = {"full-year": -0.27, "jan-aug": 0.0, "as-of-date": 0.27}
_REGULAR = ("nsc_wheat_yield", "faostat_central_asia")


@in_style
def coverage(counts: pd.DataFrame, oblast: str, years: tuple[int, int], t: Catalogue) -> Figure:
    """Which crop has a yield or production figure, by place, year, period and kind of source.

    `counts` is `analysis.evidence.coverage`; `years` are the two of the comparison, shaded.
    """
    places = {"oblast": t.area(oblast), "other oblasts": t("other oblasts"), "country": t("Kyrgyzstan, national")}
    order = counts.groupby("crop")["figures"].sum().sort_values().index.tolist()
    row = {crop: i for i, crop in enumerate(order)}
    shown = range(int(counts["year"].min()), int(counts["year"].max()) + 1)
    figure, axes = new_figure(9.6, 1.9 + 0.235 * len(order), len(places), sharey=True, sharex=True)
    for panel, (place, title) in zip(axes, places.items(), strict=True):
        panel.axvspan(years[0] - 0.5, years[1] + 0.5, color="#F3EFE7", zorder=0)
        panel.hlines(range(len(order)), shown[0] - 0.5, shown[-1] + 0.5, color=FAINT, lw=0.8, zorder=1)
        for cell in counts[counts["place"] == place].itertuples():
            regular = cell.source in _REGULAR
            color = ACCENT if cell.source == "nsc_wheat_yield" else SECOND if regular else GREY
            panel.plot(cell.year + _OFFSETS[cell.period], row[cell.crop], _SHAPES[cell.period], ms=4.8,
                       mfc=color if regular else "white", mec=color, mew=1.1, zorder=3)  # fmt: skip
        panel.set_title(title, fontsize=10, color=ACCENT if place == "oblast" else INK)
        panel.set_xlim(shown[0] - 0.6, shown[-1] + 0.6)
        panel.set_xticks(list(shown), [f"\u2019{y % 100:02d}" for y in shown])
        panel.set_ylim(-0.7, len(order) - 0.3)
        panel.set_yticks(range(len(order)), [t.crop(c) for c in order], fontsize=8.5)
        panel.tick_params(length=0)
        panel.spines[["left", "bottom"]].set_visible(False)
    marks = [
        ("s", ACCENT, ACCENT, t("full year, NSC series")),
        ("s", SECOND, SECOND, t("full year, FAOSTAT")),
        ("s", GREY, "white", t("full year, single report")),
        ("^", GREY, "white", t("January\u2013August, single report")),
        ("o", GREY, "white", t("campaign count, single report")),
    ]
    handles = [
        Line2D([], [], ls="", marker=m, mec=edge, mfc=face, ms=5.5, label=label) for m, edge, face, label in marks
    ]
    title = t("What figures there are on yield and production")
    subtitle = t("One mark: at least one figure. Shaded: the two years compared.")
    return finish(
        figure,
        title,
        subtitle,
        t("Sources: NSC, FAOSTAT, and reports of NSC and ministry quoted by news agencies"),
        legend=handles,
    )


def check_questions(t: Catalogue | Deferred) -> dict[str, str | Text]:
    """What each check of the harmonised tables asks, by the name that `pipeline.data.checks` gives it."""
    return {
        "unique_keys": t("Does every figure stand once?"),
        "coverage": t("Are the series complete that must be?"),
        "no_negative_levels": t("Are levels positive and ranges the right way round?"),
        "plausible_yields": t("Is every yield within plausible bounds for its crop?"),
        "printed_totals": t("Do the oblasts add up to the printed totals?"),
        "cross_section": t("Does the cross-section by oblast agree with the reports?"),
        "yield_area_production": t("Is yield × area the printed production?"),
        "stated_conflicts": t("Do the stated conflicts still name what the sources print?"),
    }


def kept(mismatch: Mapping[str, object], t: Catalogue | Deferred) -> str | Text:
    """A production that its yield and area do not give, and why it stays; an entry `known` of the check's results."""
    message = mismatch["why"]
    return t(
        "{yield_id}: {c_per_ha} c/ha × {ha} ha gives {low} to {high} t, but {production_id} prints {production} t. "
        "{why}",
        yield_id=mismatch["yield_id"], production_id=mismatch["production_id"], why=t(message),
        c_per_ha=t.number(mismatch["c_per_ha"], 1), ha=t.number(mismatch["ha"], 0),
        **{name: t.number(mismatch[name], 1) for name in ("low", "high", "production")},
    )  # fmt: skip
