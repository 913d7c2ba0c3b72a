"""Rates of the study of size and power, `benchmarks/size_and_power.csv`, for the page on methods.

A page names a row of the study's table, `{rates.rejects_own_response}`: the cells of a Markdown table, in per cent, in
the order of the designs. It names a number as any other, `{rates.slope_mean}`.
"""

import re
from pathlib import Path

import pandas as pd

from pipeline.errors import PipelineError
from pipeline.paths import ROOT, shown
from pipeline.text.fill import MISSING, Value

RATES = ROOT / "benchmarks" / "size_and_power.csv"
IN_PER_CENT = ("rejects", "covers", "happens")
WHOLE = "no effect"
"""The design of numbers that a page names without a design."""


def rate_values(path: Path = RATES) -> dict[str, Value]:
    """What the page may name: `rates.<measure>_<method>` for a row, `rates.<method>_<measure>_<design>` for a number.

    A row of what rejects begins with the level that the test can have. Numbers of the design without any effect have
    no design in their name.

    Raises
    ------
    PipelineError
        If there is no such table.
    """
    if not path.is_file():
        raise PipelineError(f"{shown(path)} does not exist. Run: python -m benchmarks.size_and_power")
    table = pd.read_csv(path)
    designs = list(dict.fromkeys(table["design"]))
    found = {"rates.panels": Value(int(table["panels"].max())), "rates.curve_panels": Value(int(table["panels"].min()))}
    for (measure, method), rows in table.groupby(["measure", "method"], sort=False):
        values = rows.set_index("design")["value"]
        if measure in IN_PER_CENT:
            cells = [_per_cent(values.get(design)) for design in designs]
            if measure == "rejects":
                cells = [_per_cent(rows["nominal"].iloc[0]), *cells]
            found[f"rates.{_name(measure, method)}"] = Value(" | ".join(cells), "text")
            continue
        for design, value in values.items():
            parts = (method, measure) if design == WHOLE else (method, measure, design)
            found[f"rates.{_name(*parts)}"] = Value(float(value), decimals=2)
    return found


def _per_cent(share: float | None) -> str:
    return MISSING if share is None or share != share else f"{100 * share:.0f}"


def _name(*parts: str) -> str:
    """As placeholders are written: small letters, digits and underscores."""
    return re.sub(r"\W+", "_", "_".join(parts).replace("%", " per cent")).lower()
