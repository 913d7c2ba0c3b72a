"""Figure of the report `international_clusters`: from its published data and the results."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from pipeline.exhibits.drawing import ACCENT, LIGHT, SECOND, finish, in_style, new_figure
from pipeline.text.fill import Value
from pipeline.text.language import Catalogue
from pipeline.text.parameters import Parameters

RATES_SOURCE = "Source: the paper; European Commission and Green Net Finland, as in paper_claims/evidence.csv"


@in_style
def success_rates(rates: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """Shares of applications funded: what the paper prints of one cluster and on average, and what was found.

    `rates`: programme, percent, derived.
    """
    figure, axes = new_figure(8.4, 2.9)
    own, low, high = (values[name].value for name in ("success_printed", "average_low", "average_high"))
    axes.axvspan(low, high, facecolor="#E8EEF3", zorder=0)
    for edge in (low, high):
        axes.axvline(edge, color=LIGHT, lw=0.8, zorder=1)
    labels = [t("Green Net Finland, as the paper prints it")]
    axes.plot(own, 0, "D", mfc="white", mec=ACCENT, mew=1.8, ms=9, zorder=3)
    axes.annotate(
        t("{percent} %: no source found", percent=t.number(own, 0)),
        (own, 0),
        xytext=(-11, 0),
        textcoords="offset points",
        ha="right",
        va="center",
        color=ACCENT,
        fontweight="bold",
    )
    for y, row in enumerate(rates.itertuples(), start=1):
        axes.plot(row.percent, y, "o", color=SECOND, ms=8, zorder=3)
        percent = t.number(row.percent, 1)
        shown = t("{percent} % (derived)", percent=percent) if row.derived else t("{percent} %", percent=percent)
        axes.text(max(row.percent, high) + 3, y, shown, ha="left", va="center")  # right of the shaded average
        message = row.programme
        labels.append(t(message))
    axes.set_yticks(np.arange(len(labels)), labels)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.set_xlim(0, 100)
    axes.set_xlabel(t("Applications that were funded, percent"))
    title = t("Success in applying for grants: the paper's two figures, and the rates found")
    subtitle = t(
        "Shaded: the average as the paper prints it, {low} to {high} %", low=t.number(low, 0), high=t.number(high, 0)
    )
    return finish(figure, title, subtitle, t(RATES_SOURCE))
