"""Does pooling demand lower the cost of infrastructure? Stores for fruit and vegetables, alone or shared.

The paper's hypothesis is that a cluster pools demand for infrastructure and so makes it cheaper. Here it is a
calculation: the raions of an oblast need storage in proportion to their harvest; each builds its own stores, or
several share a hub and pay for transport. Distances are great circles times a circuity factor fitted to known road
distances; the cost of a store is a power law fitted to known projects; `facility_location.locate` finds the
cheapest plan. Both fits rest on a handful of figures and say so; what no source gives is an `Assumption`.

A raion is one point, at its area centroid. Collection inside a raion costs the same in every plan and is left
out, as are electricity and losses (the same tonnes are stored). Prices are those of the projects' years.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, inf, sqrt

import numpy as np
import pandas as pd
from scipy import stats

from pipeline.analysis.assumptions import Assumption
from pipeline.analysis.facility_location import FacilityCosts, FacilityPlan, annuity, break_even, locate, stand_alone
from pipeline.errors import AnalysisError, DataError, ParameterError
from pipeline.vocabulary import areas, oblasts

EARTH_RADIUS_KM = 6371.0088  # mean radius, IUGG
PRODUCE = ("fruit", "vegetables")
PRODUCTION_YEAR = 2021
WINTER = ", winter"  # marks the part of a raion's storage that closed roads bind to it

# Positions of the towns between which road distances are printed, degrees north and east. Source: Countries States
# Cities Database (github.com/dr5hn/countries-states-cities-database, contributions/cities/KG.json, from GeoNames).
TOWNS = {
    "Jalal-Abad city": (40.93333, 73.00000),
    "Bishkek": (42.87000, 74.59000),
    "Toktogul (raion)": (41.87442, 72.94192),
    "Kerben (Aksy raion)": (41.49399, 71.75826),
    "Ala-Buka village (Ala-Buka raion)": (41.40806, 71.46306),
}

ASSUMPTIONS = (
    Assumption(
        "storable_share", 0.02, 0.10, 0.30, "share of the yearly harvest",
        "no source says how much needs a store at once; early vegetables and processing go without",
    ),
    Assumption(
        "transport_som_per_t_km", 4.0, 8.0, 16.0, "som per t and road km",
        "no tariff in the sources; 0.05 to 0.18 USD, the range of lorry freight on mountain roads",
    ),
    Assumption(
        "interest_rate", 0.04, 0.08, 0.14, "per year",
        "from concessional loans of the state programmes to commercial ones",
    ),
    Assumption("lifetime_years", 15.0, 25.0, 30.0, "years", "usual for buildings; refrigeration is renewed sooner"),
    Assumption(
        "staff_som_per_store", 3e5, 9e5, 1.8e6, "som per year and store",
        "one to six people at about 25 000 som a month; no source prints the staff of a store",
    ),
    Assumption(
        "smallest_store_t", 50.0, 50.0, 200.0, "t",
        "the smallest known store has 200 t in four sections of 50 t",
    ),
    Assumption(
        "largest_store_t", 1200.0, 4200.0, 10000.0, "t",
        "largest in the south 1 200 t, largest in the country 4 200 t; beyond that several stores stand side by side",
    ),
    Assumption(
        "months_closed", 2.0, 4.0, 6.0, "months",
        "the avalanche-prone sections are printed, the length of closures is not",
    ),
)  # fmt: skip


# --- distances --------------------------------------------------------------------------------------------


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


def road_distances(exposures: pd.DataFrame) -> pd.DataFrame:
    """Known road distances between towns whose positions are known: `origin, destination, road_km, great_circle_km,
    ratio, figure_id`. Raises DataError when fewer than two are left.
    """
    rows = exposures[exposures["indicator"].str.startswith("road distance to ") & (exposures["unit"] == "km")]
    found = []
    for row in rows.itertuples():
        origin, destination = row.area, row.indicator.removeprefix("road distance to ")
        if origin in TOWNS and destination in TOWNS:
            ends = np.array([TOWNS[origin], TOWNS[destination]])
            straight = float(great_circle_km(ends[:, 0], ends[:, 1])[0, 1])
            found.append((origin, destination, row.value, straight, row.value / straight, row.figure_id))
    if len(found) < 2:
        raise DataError(f"{len(found)} road distances between towns of known position: a factor needs two or more.")
    return pd.DataFrame(found, columns=["origin", "destination", "road_km", "great_circle_km", "ratio", "figure_id"])


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
        reason = f"road over great-circle distance of {self.pairs} printed pairs, 95 % interval of their mean"
        return Assumption("circuity", max(1.0, self.low), self.factor, self.high, "road km per km", reason)


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


# --- demand and closures ----------------------------------------------------------------------------------


def demand_points(
    panel: pd.DataFrame, exposures: pd.DataFrame, oblast: str, crops: tuple[str, ...] = PRODUCE
) -> pd.DataFrame:
    """The raions of an oblast: `latitude, longitude` (area centroids, degrees) and `harvest_t` of the crops in 2021.

    Oblast towns are not included, as in the source. Raises ParameterError for an unknown oblast, DataError for a
    raion without a position or a harvest of one of the crops.
    """
    if oblast not in oblasts():
        raise ParameterError(f"Unknown oblast {oblast!r}; expected one of {', '.join(oblasts())}.")
    names = sorted(name for name, entry in areas("raion").entries.items() if entry.properties["oblast"] == oblast)
    harvest = panel[
        (panel["area_level"] == "raion") & panel["area"].isin(names) & panel["crop"].isin(crops)
        & (panel["measure"] == "production") & (panel["unit"] == "t") & (panel["year"] == PRODUCTION_YEAR)
        & (panel["period"] == "full-year") & (panel["kind"] == "stated")
    ].pivot(index="area", columns="crop", values="value")  # fmt: skip
    centroids = exposures[exposures["area"].isin(names) & exposures["indicator"].str.startswith("centroid_")]
    table = centroids.pivot(index="area", columns="indicator", values="value").reindex(names)
    table = table.rename(columns=lambda name: name.removeprefix("centroid_"))[["latitude", "longitude"]]
    table = table.join(harvest.reindex(columns=list(crops)))
    if table.isna().any(axis=None):
        raise DataError(f"{table.index[table.isna().any(axis=1)][0]} lacks a position or a harvest of a crop.")
    table["harvest_t"] = table[list(crops)].sum(axis=1)
    return table[["latitude", "longitude", "harvest_t"]].rename_axis(index="raion", columns=None)


def closed_in_winter(exposures: pd.DataFrame, raions: Sequence[str]) -> list[str]:
    """Those of the raions to which a road with a printed avalanche-prone section leads."""
    rows = exposures[exposures["indicator"].str.startswith("avalanche-prone section")]
    named = rows["area"].str.extract(r"\((.+ raion)\)")[0]
    return [name for name in raions if name in set(named)]


def road_matrix(
    points: pd.DataFrame, circuity: float, closed: Sequence[str] = (), closed_share: float = 0.0
) -> tuple[pd.Series, pd.DataFrame]:
    """Shares of each point's storage that may travel together, and road km between points and sites.

    Parameters: `points` with `latitude, longitude`; `circuity` of 1 or more; `closed` raions that winter cuts off;
    `closed_share` of their storage that has to stay in place: 0 (open), 1 (every arc from and to them is closed),
    or between: the raion becomes two points, the second, named "<raion>, winter", bound to its own raion.

    Returns the share of the raion's storage by point, and points x raions, infinite where closed. One factor for
    all pairs flatters roads across mountains: the printed pair Toktogul - Jalal-Abad has 3.1.
    Raises ParameterError for values out of range or a closed raion that is no point.
    """
    unknown = [name for name in closed if name not in points.index]
    if unknown or circuity < 1 or not 0 <= closed_share <= 1:
        raise ParameterError(
            f"Expected a circuity of 1 or more, a closed share from 0 to 1 and closed raions among the points; "
            f"given {circuity}, {closed_share}, {list(closed)}."
        )
    straight = great_circle_km(points["latitude"].to_numpy(), points["longitude"].to_numpy())
    km = pd.DataFrame(circuity * straight, points.index, points.index)
    shares = pd.Series(1.0, index=points.index)
    for name in closed:
        in_place = km.loc[name].where(km.columns == name, inf)
        if closed_share == 1:
            km.loc[name] = in_place
            km[name] = km[name].where(km.index == name, inf)
        elif closed_share > 0:
            km.loc[name + WINTER] = in_place
            shares[name] = 1 - closed_share
            shares[name + WINTER] = closed_share
    return shares.rename_axis("point"), km.rename_axis(index="point", columns="site")


# --- the cost of a store ------------------------------------------------------------------------------------

_COST = re.compile(r"(more than )?([\d.]+) mn som")


def storage_projects(exposures: pd.DataFrame) -> pd.DataFrame:
    """Stores with a printed capacity in t and cost: `project, capacity_t, cost_mn_som, comparable, remark, figure_id`.

    A project whose cost is a lower bound is not comparable: it pays for more than its store. Throughputs (t per
    day) are no capacities and are left out. Raises DataError when there is none.
    """
    rows = exposures[exposures["indicator"].str.contains("capacity") & (exposures["unit"] == "t")]
    found = []
    for row in rows.itertuples():
        cost = _COST.search(row.note)
        if cost:
            bound = cost[1] is not None
            remark = "cost is a lower bound and covers packing and sorting" if bound else ""
            found.append((row.area, row.value, float(cost[2]), not bound, remark, row.figure_id))
    if not found:
        raise DataError("No store with a capacity in t and a cost in mn som in the exposures.")
    columns = ["project", "capacity_t", "cost_mn_som", "comparable", "remark", "figure_id"]
    return pd.DataFrame(found, columns=columns).sort_values("capacity_t", kind="stable", ignore_index=True)


@dataclass(frozen=True)
class CostLaw:
    """cost = `cost_at_reference` x (capacity / `reference`)^`exponent`: least squares in logarithms.

    `exponent_se`, `exponent_low/high` (95 %), `residual_sd` (log units), `projects`, `capacity_low/high` (range of
    the projects, t). With a given exponent only the level is fitted and `exponent_se` is 0.
    """

    reference: float
    cost_at_reference: float
    exponent: float
    exponent_se: float
    exponent_low: float
    exponent_high: float
    residual_sd: float
    degrees_of_freedom: int
    squares: float  # sum of squares of ln(capacity / reference)
    projects: int
    capacity_low: float
    capacity_high: float

    def cost(self, capacity: np.ndarray) -> np.ndarray:
        """Fitted cost, in the unit of the projects' costs; a median, since the errors are in logarithms."""
        return self.cost_at_reference * (np.asarray(capacity, dtype=float) / self.reference) ** self.exponent

    def interval(self, capacity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """95 % prediction interval of one new project of each capacity."""
        x = np.log(np.asarray(capacity, dtype=float) / self.reference)
        spread = 1 + 1 / self.projects
        if self.exponent_se > 0:
            spread = spread + x**2 / self.squares
        half = stats.t.ppf(0.975, self.degrees_of_freedom) * self.residual_sd * np.sqrt(spread)
        return self.cost(capacity) * np.exp(-half), self.cost(capacity) * np.exp(half)


def fit_cost_law(capacity: pd.Series, cost: pd.Series, exponent: float | None = None) -> CostLaw:
    """Power law of cost on capacity; the reference capacity is the geometric mean of the projects.

    ln cost = a + b ln capacity + e. b below 1 means economies of scale; the six-tenths rule of engineering is b = 0.6
    (Chilton 1950, Chemical Engineering 57: 112-114). `exponent` holds b at a value.

    Raises AnalysisError for fewer than 3 projects (2 with a given exponent), equal capacities, or numbers not above 0.
    """
    x, y = capacity.to_numpy(dtype=float), cost.to_numpy(dtype=float)
    n, parameters = len(x), 2 if exponent is None else 1
    if n <= parameters or len(y) != n or not (np.isfinite(x) & np.isfinite(y) & (x > 0) & (y > 0)).all():
        raise AnalysisError(
            f"A cost law needs {parameters + 1} or more projects with capacity and cost above 0; {n} given."
        )
    reference = exp(np.log(x).mean())
    lx, ly = np.log(x / reference), np.log(y)
    squares = float((lx**2).sum())
    if np.ptp(x) == 0:
        raise AnalysisError("All projects have the same capacity: nothing says how cost follows it.")
    b = float((lx * ly).sum() / squares) if exponent is None else float(exponent)
    level = float(ly.mean())
    freedom = n - parameters
    sd = sqrt(float(((ly - level - b * lx) ** 2).sum()) / freedom)
    se = sd / sqrt(squares) if exponent is None else 0.0
    half = float(stats.t.ppf(0.975, freedom)) * se
    return CostLaw(
        reference, exp(level), b, se, b - half, b + half, sd, freedom, squares, n, float(x.min()), float(x.max())
    )


def scale_assumption(law: CostLaw) -> Assumption:
    """The scale exponent as an input to vary, from the six-tenths rule to one standard error above the fit."""
    reason = (
        f"fit to {law.projects} projects, standard error {law.exponent_se:.2f}; the low end is the six-tenths rule of "
        "engineering, the case most favourable to sharing"
    )
    high = law.exponent + law.exponent_se
    return Assumption("scale_exponent", min(0.6, law.exponent), law.exponent, high, "power of capacity", reason)


def store_costs(projects: pd.DataFrame, values: Mapping[str, float]) -> FacilityCosts:
    """Yearly cost of stores in som, from comparable projects and the values of the assumptions.

    The level is fitted anew for the `scale_exponent` given. Raises as `fit_cost_law`, and ParameterError for a
    missing value.
    """
    needed = {"scale_exponent", "interest_rate", "lifetime_years", "staff_som_per_store", "smallest_store_t",
              "largest_store_t"}  # fmt: skip
    if needed - set(values):
        raise ParameterError(f"The cost of stores needs {', '.join(sorted(needed - set(values)))}.")
    known = projects[projects["comparable"]]
    law = fit_cost_law(known["capacity_t"], known["cost_mn_som"], values["scale_exponent"])
    return FacilityCosts(
        cost_at_reference=1e6 * law.cost_at_reference,
        reference=law.reference,
        exponent=values["scale_exponent"],
        yearly_share=annuity(values["interest_rate"], values["lifetime_years"]),
        fixed_per_unit=values["staff_som_per_store"],
        smallest=values["smallest_store_t"],
        largest=values["largest_store_t"],
    )


# --- alone or shared ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pooling:
    """The plan of stand-alone stores beside the cheapest shared plan; costs in som per year.

    stored
        t that each point stores; "<raion>, winter" is the part bound to its raion by closed roads.
    """

    stored: pd.Series
    alone: FacilityPlan
    shared: FacilityPlan

    @property
    def saving(self) -> float:
        """What sharing saves, som per year; never below 0, since standing alone is one of the plans."""
        return max(0.0, self.alone.total_cost - self.shared.total_cost)

    @property
    def saving_percent(self) -> float:
        return 100 * self.saving / self.alone.total_cost if self.alone.total_cost > 0 else 0.0

    @property
    def hubs(self) -> int:
        """Places with stores in the shared plan."""
        return int(self.shared.facilities["site"].nunique())

    @property
    def moved_t(self) -> float:
        """t per year stored outside their own raion in the shared plan."""
        site = self.shared.assignment.reindex(self.stored.index)
        return float(self.stored[site != _raion(self.stored.index)].sum())


def _raion(points: pd.Index) -> pd.Index:
    return points.str.removesuffix(WINTER)


def pooling(
    points: pd.DataFrame,
    projects: pd.DataFrame,
    values: Mapping[str, float],
    closed: Sequence[str] = (),
    closed_share: float | None = None,
    capacity_t: float = inf,
) -> Pooling:
    """Stand-alone against shared stores for one set of values.

    Parameters: `points` from `demand_points`; `projects` from `storage_projects`; `values` by the names of
    ASSUMPTIONS, with `circuity` and `scale_exponent`; `closed` raions; `closed_share` of their storage that stays
    in place (default `months_closed` / 12); `capacity_t` of one site.

    Raises AnalysisError with the reason when no plan exists, and what `road_matrix` and `store_costs` raise.
    """
    stored, km = _stored(points, values, closed, closed_share)
    whole = points["harvest_t"] * values["storable_share"]
    transport = (km * values["transport_som_per_t_km"]).where(np.isfinite(km), inf)  # closed though transport is free
    cost = store_costs(projects, values).yearly
    alone = stand_alone(whole, transport.loc[whole.index], cost, capacity=capacity_t)
    return Pooling(stored, alone, locate(stored, transport, cost, capacity=capacity_t))


def _stored(
    points: pd.DataFrame, values: Mapping[str, float], closed: Sequence[str], closed_share: float | None
) -> tuple[pd.Series, pd.DataFrame]:
    """t stored by point, and road km from points to sites."""
    missing = {"storable_share", "transport_som_per_t_km", "circuity", "months_closed"} - set(values)
    if missing:
        raise ParameterError(f"Sharing needs {', '.join(sorted(missing))}.")
    if not 0 < values["storable_share"] <= 1 or values["transport_som_per_t_km"] < 0:
        raise ParameterError(
            "Expected a storable share above 0 and up to 1 and a cost of transport of 0 or more; given "
            f"{values['storable_share']} and {values['transport_som_per_t_km']}."
        )
    share = values["months_closed"] / 12 if closed_share is None else closed_share
    shares, km = road_matrix(points, values["circuity"], closed, share)
    harvest = points["harvest_t"].reindex(_raion(shares.index)).to_numpy()
    return (shares * harvest * values["storable_share"]).rename("stored_t"), km


def pooling_break_even(
    points: pd.DataFrame, projects: pd.DataFrame, values: Mapping[str, float], closed: Sequence[str] = ()
) -> pd.DataFrame:
    """For every group of raions the som per t and km up to which it pays them to share; see
    `facility_location.break_even`. Closed raions share with nobody.
    """
    stored, km = _stored(points, values, closed, 1.0)
    return break_even(stored, km, store_costs(projects, values).yearly)


def pooling_model(
    points: pd.DataFrame, projects: pd.DataFrame, closed: Sequence[str] = ()
) -> Callable[[Mapping[str, float]], dict[str, float]]:
    """The calculation as a model for `assumptions.tornado` and `monte_carlo`: values of the assumptions in, out come
    `saving_percent, hubs, alone_mn_som, shared_mn_som` (per year) and `sharing_pays` (1 or 0).
    """

    def model(values: Mapping[str, float]) -> dict[str, float]:
        found = pooling(points, projects, values, closed)
        return {
            "saving_percent": found.saving_percent,
            "hubs": float(found.hubs),
            "alone_mn_som": found.alone.total_cost / 1e6,
            "shared_mn_som": found.shared.total_cost / 1e6,
            "sharing_pays": float(found.saving_percent > 1e-6),
        }

    return model


def pooling_table(
    points: pd.DataFrame,
    projects: pd.DataFrame,
    values: Mapping[str, float],
    varied: Mapping[str, Sequence[float]],
    closed: Sequence[str] = (),
    closed_shares: Sequence[float] = (0.0,),
) -> pd.DataFrame:
    """Every combination of varied values and winter closures: where sharing pays and where it does not.

    `varied` maps names of values to what they take. Returns a row per combination: the varied values,
    `closed_share, hubs, stores` (units of stores), `alone_mn_som, shared_mn_som, transport_mn_som` (per year),
    `saving_percent`. Raises ParameterError for a name that is no value, and what `pooling` raises.
    """
    unknown = set(varied) - set(values)
    if unknown:
        raise ParameterError(f"{', '.join(sorted(unknown))} cannot be varied; expected names of {', '.join(values)}.")
    rows = []
    grid = pd.MultiIndex.from_product(varied.values(), names=list(varied)) if varied else [()]
    for combination in grid:
        chosen = dict(zip(varied, combination, strict=True))
        for share in closed_shares:
            current = {**values, **chosen}
            found = pooling(points, projects, current, closed, share)
            stores = store_costs(projects, current).units(found.shared.facilities["quantity"].to_numpy())
            rows.append(
                chosen
                | {
                    "closed_share": share,
                    "hubs": found.hubs,
                    "stores": int(stores.sum()),
                    "alone_mn_som": found.alone.total_cost / 1e6,
                    "shared_mn_som": found.shared.total_cost / 1e6,
                    "transport_mn_som": found.shared.transport_cost / 1e6,
                    "saving_percent": found.saving_percent,
                }
            )
    return pd.DataFrame(rows)
