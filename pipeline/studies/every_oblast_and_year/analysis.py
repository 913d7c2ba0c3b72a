"""The question of one oblast and two years, asked of every oblast and every pair of years as far apart.

Three measures, each a prediction of the oblast's change and what is left of it:

    change     nothing is predicted                                        d
    did        it moves one for one with the mean m of all others          d - m
    adjusted   it moves with them as it did in the earlier years           d - (a + b m)

Each has an interval for one year, made from what the same measure left over in the earlier years of the oblast. The
first two are taken to lie around zero, so their scatter is the root of their mean square; the third is `own_response`.
Input: `yields`, years x oblasts, c/ha. A pair is named by its later year.
"""

import numpy as np
import pandas as pd
from scipy import stats

from pipeline.methods.own_response import MINIMUM_EARLIER_CHANGES, own_response
from pipeline.methods.panels import TOLERANCE, check_level, check_panel, yearly_changes

MEASURES = ("change", "did", "adjusted")
COLUMNS = (
    *("oblast", "year", "earlier", "others", "slope"),
    *(f"{measure}{part}" for measure in MEASURES for part in ("", "_low", "_high", "_ratio")),
)


def cells(yields: pd.DataFrame, distance: int = 1, level: float = 0.95) -> pd.DataFrame:
    """Every oblast and every pair of years `distance` apart that has enough earlier years for a line of its own.

    Returns
    -------
    DataFrame
        By oblast and year: oblast, year (the later one), earlier (changes before the pair), others (their mean change),
        slope, and for each of `MEASURES` its value, `_low` and `_high` (c/ha) and `_ratio` (value over its error for
        one year). For pairs further apart than a year the changes overlap, and intervals are approximate. No rows
        where no pair has enough earlier years.

    Raises
    ------
    ParameterError
        If the distance or the level is impossible.
    """
    check_level(level)
    check_panel(yields, minimum_units=3)
    moved = yearly_changes(yields, lag=distance)
    rows = []
    for oblast in yields:
        own, others = moved[oblast], moved.drop(columns=oblast).mean(axis=1)
        for year in moved.index:
            earlier = moved.index <= year - distance
            if earlier.sum() // distance < MINIMUM_EARLIER_CHANGES:
                continue
            fit = own_response(yields, oblast, year - distance, year, level=level)
            adjusted_error = (fit.high - fit.difference) / stats.t.ppf((1 + level) / 2, _freedom(fit.years, distance))
            row = {
                "oblast": oblast,
                "year": int(year),
                "earlier": fit.years,
                "others": others[year],
                "slope": fit.slope,
            }
            row |= _around_zero("change", own[year], own[earlier], distance, level)
            row |= _around_zero("did", own[year] - others[year], (own - others)[earlier], distance, level)
            row |= {"adjusted": fit.difference, "adjusted_low": fit.low, "adjusted_high": fit.high}
            row |= {"adjusted_ratio": fit.difference / adjusted_error}
            rows.append(row)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _freedom(changes: int, distance: int) -> int:
    """Degrees of freedom of `own_response`: two coefficients, every `distance`-th change counted as its own."""
    return changes - 2 if distance == 1 else max(changes // distance - 2, 1)


def _around_zero(name: str, value: float, earlier: pd.Series, distance: int, level: float) -> dict[str, float]:
    """A value with the interval that earlier ones around zero give it."""
    error = float(np.sqrt((earlier**2).mean()))
    half = float(stats.t.ppf((1 + level) / 2, len(earlier) // distance)) * error
    value = value + 0.0
    return {name: value, f"{name}_low": value - half, f"{name}_high": value + half, f"{name}_ratio": value / error}


def outside(table: pd.DataFrame, measure: str) -> pd.Series:
    """Whether zero lies outside the interval of each cell."""
    return (table[f"{measure}_low"] > 0) | (table[f"{measure}_high"] < 0)


def at_least_as_far(table: pd.DataFrame, measure: str, cell: pd.Series) -> pd.Series:
    """Whether each cell lies at least as far from zero as one of them, for its own scatter; the cell itself does."""
    return table[f"{measure}_ratio"].abs() >= abs(cell[f"{measure}_ratio"]) - TOLERANCE


def the_cell(table: pd.DataFrame, oblast: str, year: int) -> pd.Series | None:
    """The cell of an oblast and a later year; None where the earlier years are too few."""
    found = table[(table["oblast"] == oblast) & (table["year"] == year)]
    return found.iloc[0] if len(found) else None


def counts(table: pd.DataFrame) -> dict[str, object]:
    """The results on all cells: how many, of which years, and how many lie outside their interval by each measure.

    None where there are no cells.
    """
    if table.empty:
        parts = [f"{measure}_{part}" for measure in MEASURES for part in ("outside", "outside_share", "rises_outside")]
        names = ["first_year", "last_year", "oblasts", "fewest_earlier", "outside_by_chance", *parts]
        return {"cells": 0} | dict.fromkeys([*names, "farthest_oblast", "farthest_year", "farthest"])
    found: dict[str, object] = {
        "cells": len(table),
        "first_year": int(table["year"].min()),
        "last_year": int(table["year"].max()),
        "oblasts": table["oblast"].nunique(),
        "fewest_earlier": int(table["earlier"].min()),
        "outside_by_chance": 0.05 * len(table),
    }
    for measure in MEASURES:
        out = outside(table, measure)
        found[f"{measure}_outside"] = int(out.sum())
        found[f"{measure}_outside_share"] = 100 * out.mean()
        found[f"{measure}_rises_outside"] = int((out & (table[measure] > 0)).sum())
    first = table.loc[table["adjusted_ratio"].abs().idxmax()]
    return found | {
        "farthest_oblast": first["oblast"],
        "farthest_year": int(first["year"]),
        "farthest": first["adjusted"],
    }


def standing(table: pd.DataFrame, oblast: str, year: int) -> dict[str, object]:
    """The results on one cell among all: its value and interval, and how many lie as far or rose as much.

    None where the cell has too few earlier years.
    """
    cell, found = the_cell(table, oblast, year), {}
    for measure in MEASURES:
        parts = (measure, f"{measure}_low", f"{measure}_high")
        found |= {name: None if cell is None else cell[name] for name in parts}
        far = None if cell is None else at_least_as_far(table, measure, cell)
        more = None if cell is None else table[measure] >= cell[measure] - TOLERANCE
        found[f"{measure}_as_far"] = None if far is None else int(far.sum())
        found[f"{measure}_as_far_share"] = None if far is None else 100 * far.mean()
        found[f"{measure}_rose_as_much"] = None if more is None else int(more.sum())
    own, same_year = table[table["oblast"] == oblast], table[table["year"] == year]
    for name, part in (("own_years", own), ("same_year", same_year)):
        found[name] = None if cell is None else len(part)
        found[f"{name}_as_far"] = None if cell is None else int(at_least_as_far(part, "adjusted", cell).sum())
    return found


def by_oblast(table: pd.DataFrame) -> pd.DataFrame:
    """One row an oblast: pairs of years, cells outside by each measure, the typical size, and the farthest year."""
    rows = []
    for oblast, own in table.groupby("oblast", sort=False):
        far = own.loc[own["adjusted_ratio"].abs().idxmax()]
        row = {"oblast": oblast, "pairs": len(own), "typical": own["adjusted"].abs().median()}
        row |= {f"{measure}_outside": int(outside(own, measure).sum()) for measure in MEASURES}
        rows.append(row | {"farthest_year": int(far["year"]), "farthest": far["adjusted"]})
    outs = [f"{measure}_outside" for measure in MEASURES]
    return pd.DataFrame(rows, columns=["oblast", "pairs", "typical", *outs, "farthest_year", "farthest"])


def cells_outside(table: pd.DataFrame) -> pd.DataFrame:
    """The cells whose interval by the own response leaves zero out, by year."""
    return table[outside(table, "adjusted")].sort_values(["year", "oblast"], ignore_index=True)


def rows_by_measure(table: pd.DataFrame) -> pd.DataFrame:
    """Every cell by every measure: measure, oblast, year, ratio."""
    parts = [table[["oblast", "year"]].assign(measure=measure, ratio=table[f"{measure}_ratio"]) for measure in MEASURES]
    return pd.concat(parts, ignore_index=True)[["measure", "oblast", "year", "ratio"]]
