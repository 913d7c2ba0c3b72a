"""Boundaries of the oblasts, for maps: read from the raw table as its card describes it, closed, of every oblast."""

from pathlib import Path

import pandas as pd

from pipeline.data.cards import read_card, read_table
from pipeline.data.vocabulary import areas, oblasts
from pipeline.errors import DataError
from pipeline.paths import RAW

SOURCE, TABLE = "oblast_boundaries", "rings.csv"

Ring = list[tuple[float, float]]
"""Points of a closed line, longitude and latitude in degrees; the last is the first again."""


def oblast_boundaries(raw: Path = RAW) -> dict[str, list[Ring]]:
    """The rings of every oblast, in the order of the vocabulary; outlines and holes, to be filled by even and odd.

    Raises
    ------
    UnknownNameError
        If a name is no oblast.
    DataError
        If the table is not what its card describes, a ring is not closed, or an oblast has no ring.
    """
    card = read_card(SOURCE, raw)
    frame = card.tables[TABLE].in_order(read_table(card, TABLE, raw))
    place = f"{SOURCE}/{TABLE}"
    found: dict[str, list[Ring]] = {name: [] for name in oblasts()}
    for (name, number), points in frame.groupby(["oblast", "ring"], sort=False):
        found[areas("oblast").resolve(name)].append(_ring(points, f"{place}, {name}, ring {number}"))
    without = [name for name, rings in found.items() if not rings]
    if without:
        raise DataError(
            f"{place} has no boundary of {', '.join(without)}. A map needs every oblast; restore the table."
        )
    return found


def _ring(points: pd.DataFrame, place: str) -> Ring:
    ring = list(zip(points["longitude"].astype(float), points["latitude"].astype(float), strict=True))
    if len(ring) < 4 or ring[0] != ring[-1]:
        raise DataError(f"{place} is not closed: expected four points or more, the last equal to the first. Mend it.")
    return ring
