"""Competing causes in the data: what else moved between the two years. Mostly national, so nothing is identified."""

import pandas as pd

from pipeline.errors import DataError

MINERAL, ORGANIC = "crop_area_with_mineral_fertiliser", "crop_area_with_organic_fertiliser"
NATIONAL = (MINERAL, ORGANIC, "temperature_anomaly", "tractors, number")
OF_THE_OBLAST = ("water_loss_in_conveyance_share", "freshwater_withdrawal")
COUNTRY = "Kyrgyzstan"


def _series(exposures: pd.DataFrame, indicator: str, area: str) -> pd.Series:
    rows = exposures[(exposures["indicator"] == indicator) & (exposures["area"] == area) & exposures["year"].notna()]
    return rows.set_index(rows["year"].astype(int))["value"].sort_index(kind="stable")


def fertiliser(exposures: pd.DataFrame) -> pd.DataFrame:
    """Percent of the country's crop area with mineral and with organic fertiliser: `year`, `mineral`, `organic`.

    Raises
    ------
    DataError
        If the exposures hold no figure of them.
    """
    table = pd.DataFrame(
        {"mineral": _series(exposures, MINERAL, COUNTRY), "organic": _series(exposures, ORGANIC, COUNTRY)}
    )
    if table.empty:
        raise DataError(f"The exposures hold neither {MINERAL} nor {ORGANIC}.")
    return table.rename_axis("year").reset_index()


def fertiliser_results(
    exposures: pd.DataFrame, year_before: int, year_after: int, baseline: float, gain: float
) -> dict[str, float | int | None]:
    """Results on mineral fertiliser: percent before and after, the change and its rank among all yearly ones.

    `fertiliser_same_gain` (c/ha) is the arithmetic of the ceiling: as many points of the oblast's area newly fertilised
    and each gaining `gain` percent of `baseline` (c/ha). None where a year has no figure or is no neighbour.
    """
    mineral = fertiliser(exposures).set_index("year")["mineral"].round(1)  # as the committee prints it since 2022
    moves = mineral.diff().dropna()
    known = {"fertiliser_before": mineral.get(year_before), "fertiliser_after": mineral.get(year_after)}
    names = ("fertiliser_change", "fertiliser_rank", "fertiliser_next", "fertiliser_same_gain")
    if None in known.values() or year_after != year_before + 1:
        return known | {"fertiliser_moves": len(moves)} | dict.fromkeys(names)
    change = moves[year_after]
    values = (
        change,
        int((moves.abs() >= abs(change)).sum()),
        moves.drop(year_after).abs().max(),
        max(change, 0) / 100 * gain / 100 * baseline,
    )
    return known | {"fertiliser_moves": len(moves)} | dict(zip(names, values, strict=True))


def competing(exposures: pd.DataFrame, oblast: str, year_before: int, year_after: int) -> pd.DataFrame:
    """What else the data hold of the two years, one row each.

    Returns
    -------
    DataFrame
        `cause` (the indicator), `area`, `before`, `after`, `change` (missing where a year is), `other_moves` (how many
        other changes of neighbouring years there are), `largest_other` (the largest of them, absolute), `unit`.
    """
    rows = []
    for indicator, area in [(n, COUNTRY) for n in NATIONAL] + [(n, oblast) for n in OF_THE_OBLAST]:
        series = _series(exposures, indicator, area)
        if series.empty:
            continue
        moves = series.diff().dropna().abs()
        others = moves[moves.index != year_after]
        unit = exposures.loc[(exposures["indicator"] == indicator) & (exposures["area"] == area), "unit"].iloc[0]
        before, after = series.get(year_before), series.get(year_after)
        change = None if before is None or after is None else after - before
        rows.append((indicator, area, before, after, change, len(others), others.max() if len(others) else None, unit))
    columns = ["cause", "area", "before", "after", "change", "other_moves", "largest_other", "unit"]
    return pd.DataFrame(rows, columns=columns).astype({name: float for name in ("before", "after", "change")})
