"""Road distances between places of which only the position is known.

A road distance is the great circle times a circuity factor, and the factor is the mean over the few pairs of towns
between which sources print a road distance. One factor for all pairs flatters roads across mountains and is hard on
those in a valley; its interval says how little the pairs pin it down.
"""

from dataclasses import dataclass
from math import exp, sqrt

import numpy as np
import pandas as pd
from scipy import stats

from pipeline.data.assumptions import Assumption
from pipeline.data.vocabulary import areas, oblasts
from pipeline.errors import AnalysisError, DataError, ParameterError, UnknownNameError

EARTH_RADIUS_KM = 6371.0088  # mean radius, IUGG

CIRCUITY_WORDS = (
    "circuity of roads",
    "road km per km of great circle",
    "mean of the printed pairs of towns and its 95 % interval",
)
"""Label, unit and reason of the circuity as an input to vary: texts for readers."""


def great_circle_km(latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    """Distances between points on a sphere of the earth's mean radius (haversine), km; (n,) degrees to (n, n).

    Raises ParameterError for a position that is missing or off the globe.
    """
    lat, lon = np.asarray(latitude, dtype=float), np.asarray(longitude, dtype=float)
    if lat.shape != lon.shape or lat.ndim != 1 or not (np.abs(lat) <= 90).all() or not (np.abs(lon) <= 180).all():
        raise ParameterError("Positions are latitudes within 90 and longitudes within 180 degrees, none missing.")
    phi, theta = np.radians(lat), np.radians(lon)
    square = (
        np.sin((phi[:, None] - phi[None, :]) / 2) ** 2
        + np.cos(phi[:, None]) * np.cos(phi[None, :]) * np.sin((theta[:, None] - theta[None, :]) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(square.clip(0, 1)))


def road_km(points: pd.DataFrame, circuity: float) -> pd.DataFrame:
    """Road km between all points, points x points: great circle times circuity.

    `points` has `latitude, longitude` in degrees. Raises ParameterError for a circuity below 1 or a missing position.
    """
    if not circuity >= 1:
        raise ParameterError(f"Circuity is 1 or more: no road is shorter than the great circle; given: {circuity}.")
    straight = great_circle_km(points["latitude"].to_numpy(), points["longitude"].to_numpy())
    return pd.DataFrame(circuity * straight, points.index, points.index)


# --- positions --------------------------------------------------------------------------------------------


def town_positions(exposures: pd.DataFrame) -> pd.DataFrame:
    """Towns of known position: `latitude, longitude` in degrees, by the town's name."""
    return _positions(exposures, "town_")


def raion_positions(exposures: pd.DataFrame, raions: list[str], at: str = "centroid") -> pd.DataFrame:
    """One point for each raion: `latitude, longitude` in degrees, in the order of `raions`.

    `at` is "centroid", the area centroid, or "centre", the town that is the raion's centre; where the position of
    that town is not known the centroid stays.

    Raises DataError for a raion without a centroid, ParameterError for another `at`.
    """
    if at not in ("centroid", "centre"):
        raise ParameterError(f"A raion stands at its centroid or its centre, not at {at!r}.")
    points = _positions(exposures, "centroid_").reindex(raions)
    if points.isna().any(axis=None):
        raise DataError(f"{points.index[points.isna().any(axis=1)][0]} lacks a position.")
    if at == "centre":
        towns = town_positions(exposures)
        raion = pd.Series(towns.index, towns.index).str.extract(r"\((.+ raion)\)$")[0]
        points.update(towns.set_index(raion).loc[lambda table: table.index.isin(raions)])
    return points.rename_axis("raion")


def raions_of(oblast: str) -> list[str]:
    """The raions of an oblast, by name. Raises ParameterError for an unknown oblast."""
    if oblast not in oblasts():
        raise ParameterError(f"Unknown oblast {oblast!r}; expected one of {', '.join(oblasts())}.")
    return sorted(name for name, entry in areas("raion").entries.items() if entry.properties["oblast"] == oblast)


def _positions(exposures: pd.DataFrame, prefix: str) -> pd.DataFrame:
    wanted = [f"{prefix}latitude", f"{prefix}longitude"]
    rows = exposures[exposures["indicator"].isin(wanted) & (exposures["unit"] == "degrees")]
    table = rows.pivot(index="area", columns="indicator", values="value").reindex(columns=wanted)
    return table.set_axis(["latitude", "longitude"], axis="columns").rename_axis(index="area")


# --- circuity ---------------------------------------------------------------------------------------------


def road_distances(exposures: pd.DataFrame) -> pd.DataFrame:
    """Printed road distances between towns of known position: `origin, destination, road_km, great_circle_km, ratio,
    figure_id`. Raises DataError when fewer than two are left.
    """
    towns = town_positions(exposures)
    rows = exposures[exposures["indicator"].str.startswith("road distance to ") & (exposures["unit"] == "km")]
    found = []
    for row in rows.itertuples():
        destination = _town(row.indicator.removeprefix("road distance to "))
        if {row.area, destination} <= set(towns.index):
            ends = towns.loc[[row.area, destination]]
            straight = float(great_circle_km(ends["latitude"].to_numpy(), ends["longitude"].to_numpy())[0, 1])
            found.append((row.area, destination, row.value, straight, row.value / straight, row.figure_id))
    if len(found) < 2:
        raise DataError(f"{len(found)} road distances between towns of known position: a factor needs two or more.")
    return pd.DataFrame(found, columns=["origin", "destination", "road_km", "great_circle_km", "ratio", "figure_id"])


def _town(name: str) -> str:
    """A city under its one name; another town as it is printed."""
    try:
        return areas("city").resolve(name)
    except UnknownNameError:
        return name


@dataclass(frozen=True)
class Circuity:
    """Road length over great circle: geometric mean of n pairs, with 95 % intervals of Student's t in logarithms.

    `low`, `high` bound the mean; `pair_low`, `pair_high` a new pair (at least 1: no road is shorter than the great
    circle). With a handful of pairs both are wide, and pairs across mountains stand for pairs in the valley.
    """

    factor: float
    low: float
    high: float
    pair_low: float
    pair_high: float
    pairs: int

    def assumption(self) -> Assumption:
        """The factor as an input to vary, over the interval of its mean (at least 1)."""
        label, unit, reason = CIRCUITY_WORDS
        return Assumption("circuity", max(1.0, self.low), self.factor, self.high, unit, reason, label)


def fit_circuity(ratios: pd.Series) -> Circuity:
    """Circuity from ratios of road to great-circle distance (Ballou, Rahardja and Sakai 2002, Transportation
    Research Part A 36(9): 843-848, for country factors). Raises AnalysisError for fewer than 2 ratios or one below 1.
    """
    values = ratios.to_numpy(dtype=float)
    if len(values) < 2 or not np.isfinite(values).all() or (values < 1).any():
        raise AnalysisError(f"Circuity needs two or more ratios of 1 or more; given: {np.round(values, 2).tolist()}.")
    logs, n = np.log(values), len(values)
    half = float(stats.t.ppf(0.975, n - 1) * logs.std(ddof=1))
    mean, new = half / sqrt(n), half * sqrt(1 + 1 / n)
    centre = logs.mean()
    return Circuity(
        exp(centre), exp(centre - mean), exp(centre + mean), max(1.0, exp(centre - new)), exp(centre + new), n
    )
