"""Pictures of what uncertain inputs do to a result, shared by the notebooks that calculate with assumptions."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pipeline.exhibits.drawing import ACCENT, INK, SECOND, THIRD
from pipeline.text.language import Catalogue

LINES = ({"color": ACCENT, "ls": "-"}, {"color": SECOND, "ls": (0, (5, 2))}, {"color": INK, "ls": (0, (2, 2))})


def draw_tornado(axes: Axes, table: pd.DataFrame, t: Catalogue, most: int = 8) -> None:
    """Bars of how far each assumption moves the output, the largest at the top, its low and high value at the ends.

    Parameters
    ----------
    table
        `methods.assumptions.tornado`, largest swing first. What moves nothing is left out. The part of a bar that the
        low value reaches is hatched.
    most
        How many bars are drawn at most.
    """
    rows = table[table["swing"] > 0].head(most).iloc[::-1]
    central = float(table["output_central"].iloc[0])
    span = rows[["output_low", "output_high"]].to_numpy()
    width = max(span.max(), central) - min(span.min(), central) if len(rows) else 1.0
    for at, row in enumerate(rows.itertuples()):
        for end, output, value in (("low", row.output_low, row.low), ("high", row.output_high, row.high)):
            look = {"hatch": "////", "facecolor": THIRD} if end == "low" else {"facecolor": SECOND}
            axes.barh(at, output - central, 0.62, left=central, edgecolor=SECOND, lw=0.6, zorder=2, **look)
            # The text of an end that does not move stands on the side that the other end leaves free.
            other = row.output_high if end == "low" else row.output_low
            right = output > central or (output == central and other < central)
            axes.text(
                output + (0.012 if right else -0.012) * width,
                at,
                t.short(value),
                ha="left" if right else "right",
                va="center",
                fontsize=8.5,
                color=INK,
            )
    axes.axvline(central, color=INK, lw=1, zorder=3)
    axes.set_yticks(range(len(rows)), [t(message) for message in rows["label"]])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlim(
        min(span.min(), central) - 0.11 * width if len(rows) else 0,
        max(span.max(), central) + 0.11 * width if len(rows) else 1,
    )
    axes.grid(axis="x", zorder=0)


def draw_exceedance(axes: Axes, curves: pd.DataFrame, names: Mapping[str, str], central: Mapping[str, float]) -> None:
    """For each output the share of draws that reach at least a value, one line each, for a legend.

    Parameters
    ----------
    curves
        `quantile`, rising from 0 to 1, and the quantiles of each output.
    names
        What readers call the outputs, in the order of their lines.
    central
        The outputs at the central values of the assumptions, dots on the lines.
    """
    share = 100 * (1 - curves["quantile"])
    for (output, name), look in zip(names.items(), LINES, strict=False):
        axes.plot(curves[output], share, lw=2.4, zorder=3, label=name, **look)
        reached = float(np.interp(central[output], curves[output], share))
        axes.plot(central[output], reached, "o", ms=9, mec="white", mew=1.2, color=look["color"], zorder=5)
    axes.set_ylim(0, 104)
    axes.set_xlim(left=0)
    axes.grid(axis="y", zorder=0)
