"""Figures of the report `data_audit`: each from its published data, the parameters and the results."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pipeline.exhibits.drawing import ACCENT, FAINT, GREY, INK, SECOND, finish, in_style, new_figure
from pipeline.text.fill import Value
from pipeline.text.language import Catalogue
from pipeline.text.parameters import Parameters

# What a mark is: its period gives the shape, whether it is a regular series gives the filling.
_SHAPES = {"full-year": "s", "jan-aug": "^", "as-of-date": "o"}
_OFFSETS = {"full-year": -0.27, "jan-aug": 0.0, "as-of-date": 0.27}
_NATIONAL, _REPORTS = "faostat_central_asia", "harvest_reports"  # the other series are by oblast, of the committee


@in_style
def coverage(counts: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """Which crop has a yield or production figure, by place, year, period and kind of source.

    `counts`: `place` (oblast, other oblasts, country), `crop`, `year`, `period`, `source`, `figures` (how many). The
    two years of the comparison are shaded.
    """
    places = {"oblast": t.area(study.oblast), "other oblasts": t("other oblasts"), "country": t("Kyrgyzstan, national")}
    order = counts.groupby("crop")["figures"].sum().sort_values(kind="stable").index.tolist()
    row = {crop: i for i, crop in enumerate(order)}
    shown = range(int(counts["year"].min()), int(counts["year"].max()) + 1)
    figure, axes = new_figure(9.6, 1.9 + 0.235 * len(order), len(places), sharey=True, sharex=True)
    for panel, (place, title) in zip(axes, places.items(), strict=True):
        panel.axvspan(study.year_before - 0.5, study.year_after + 0.5, color="#F3EFE7", zorder=0)
        panel.hlines(range(len(order)), shown[0] - 0.5, shown[-1] + 0.5, color=FAINT, lw=0.8, zorder=1)
        for cell in counts[counts["place"] == place].itertuples():
            regular = cell.source != _REPORTS
            color = {_NATIONAL: SECOND, _REPORTS: GREY}.get(cell.source, ACCENT)
            panel.plot(
                cell.year + _OFFSETS[cell.period],
                row[cell.crop],
                _SHAPES[cell.period],
                ms=4.8,
                mfc=color if regular else "white",
                mec=color,
                mew=1.1,
                zorder=3,
            )
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
