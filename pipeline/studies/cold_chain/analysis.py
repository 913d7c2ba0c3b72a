"""Does pooling demand lower the cost of infrastructure? Stores for fruit and vegetables, alone or shared.

The paper's hypothesis is that a cluster pools demand for infrastructure and so makes it cheaper. Here it is a
calculation: the raions of an oblast need storage in proportion to their harvest; each builds its own stores, or
several share a hub and pay for transport. Distances are those of `distances`; the cost of a store is a power law
fitted to known projects; `facility_location.locate` finds the cheapest plan. Both fits rest on a handful of figures
and say so; what no source gives is an `Assumption`.

Everything hangs on the scale exponent of the cost law, and four projects do not pin it down. The calculation is
therefore made for the cases of `scale_cases`: the most favourable to sharing of three, the neutral one, the fitted one.

A raion is one point. What pooling saves among the farms and villages of a raion is in every plan and not counted;
so are collection inside a raion, electricity and losses (the same tonnes are stored). Prices are those of the
projects' years, 2020 to 2026, not deflated.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import exp, inf, sqrt

import numpy as np
import pandas as pd
from scipy import stats

from pipeline.data.assumptions import Assumption, assumptions
from pipeline.data.assumptions import messages as messages_of_assumptions
from pipeline.data.vocabulary import oblasts
from pipeline.errors import AnalysisError, DataError, ParameterError
from pipeline.methods.assumptions import monte_carlo
from pipeline.methods.facility_location import (
    FacilityCosts,
    FacilityPlan,
    annuity,
    break_even,
    locate,
    stand_alone,
)
from pipeline.studies.distances import CIRCUITY_WORDS, Circuity, raion_positions, raions_of, road_km

PRODUCE = ("fruit", "vegetables")
PRODUCTION_YEAR = 2021
WINTER = ", winter"  # marks the part of a raion's storage that closed roads bind to it
SIX_TENTHS = 0.6  # the six-tenths rule of engineering: Chilton (1950), Chemical Engineering 57: 112-114

NOTHING_PERCENT = 1e-6  # a saving below this is rounding

TARIFFS = (0.0, 2.0, 4.0, 8.0, 16.0)
SHARES = (0.01, 0.02, 0.05, 0.10, 0.30)
"""Costs of transport, som per t and km, and shares of the harvest to store, for which the plans are compared."""
ASSUMPTIONS = tuple(assumptions("cold_chain").values())


# --- demand and closures ----------------------------------------------------------------------------------


def demand_points(
    panel: pd.DataFrame,
    exposures: pd.DataFrame,
    oblast: str,
    crops: tuple[str, ...] = PRODUCE,
    at: str = "centroid",
) -> pd.DataFrame:
    """The raions of an oblast: `latitude, longitude` (degrees, see `raion_positions`) and `harvest_t` of the crops.

    The harvest is that of 2021, the only year with figures by raion. Oblast towns are not included, as in the source.
    Raises ParameterError for an unknown oblast, DataError for a raion without a position or a harvest of one of the
    crops.
    """
    names = raions_of(oblast)
    harvest = panel[
        (panel["area_level"] == "raion")
        & panel["area"].isin(names)
        & panel["crop"].isin(crops)
        & (panel["measure"] == "production")
        & (panel["unit"] == "t")
        & (panel["year"] == PRODUCTION_YEAR)
        & (panel["period"] == "full-year")
        & (panel["kind"] == "stated")
    ].pivot(index="area", columns="crop", values="value")
    harvest = harvest.reindex(index=names, columns=list(crops))
    if harvest.isna().any(axis=None):
        raise DataError(f"{harvest.index[harvest.isna().any(axis=1)][0]} lacks a harvest of {', '.join(crops)}.")
    return raion_positions(exposures, names, at).assign(harvest_t=harvest.sum(axis=1))


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

    Returns the share of the raion's storage by point, and points x raions, infinite where closed.
    Raises ParameterError for values out of range or a closed raion that is no point.
    """
    unknown = [name for name in closed if name not in points.index]
    if unknown or not 0 <= closed_share <= 1:
        raise ParameterError(
            f"Expected a closed share from 0 to 1 and closed raions among the points; given {closed_share}, "
            f"{list(closed)}."
        )
    km = road_km(points, circuity)
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

    ln cost = a + b ln capacity + e. b below 1 means economies of scale. `exponent` holds b at a value.

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


def known_law(projects: pd.DataFrame, exponent: float | None = None) -> CostLaw:
    """`fit_cost_law` of the comparable projects."""
    known = projects[projects["comparable"]]
    return fit_cost_law(known["capacity_t"], known["cost_mn_som"], exponent)


def leave_one_out(projects: pd.DataFrame) -> pd.DataFrame:
    """The cost law without each comparable project in turn: `project, capacity_t, cost_mn_som, som_per_t, exponent,
    exponent_low, exponent_high`. Raises as `fit_cost_law`.
    """
    known = projects[projects["comparable"]]
    laws = [fit_cost_law(rest["capacity_t"], rest["cost_mn_som"]) for rest in (known.drop(i) for i in known.index)]
    return known[["project", "capacity_t", "cost_mn_som"]].assign(
        som_per_t=1e6 * known["cost_mn_som"] / known["capacity_t"],
        exponent=[law.exponent for law in laws],
        exponent_low=[law.exponent_low for law in laws],
        exponent_high=[law.exponent_high for law in laws],
    )


def scale_cases(law: CostLaw) -> dict[str, float]:
    """Scale exponents to calculate with, by case: the six-tenths rule of engineering (most favourable to sharing),
    constant returns (a tonne costs the same in any store), and the fit to the known projects.
    """
    return {"six_tenths": SIX_TENTHS, "constant": 1.0, "fitted": law.exponent}


def scale_assumption(law: CostLaw, case: str) -> Assumption:
    """The scale exponent as an input to vary around a case, from the six-tenths rule to one standard error above the
    fit. Raises ParameterError for an unknown case.
    """
    cases = scale_cases(law)
    if case not in cases:
        raise ParameterError(f"Unknown case {case!r} of the scale exponent; expected one of {', '.join(cases)}.")
    low, high = min(SIX_TENTHS, law.exponent), max(1.0, law.exponent + law.exponent_se)
    label, unit, reason = SCALE_WORDS
    return Assumption("scale_exponent", low, cases[case], high, unit, reason, label)


SCALE_WORDS = (
    "scale exponent of the cost of a store",
    "power of capacity",
    "from the six-tenths rule of engineering to a standard error above the fit to the known projects",
)
"""Label, unit and reason of the scale exponent as an input to vary."""


def messages() -> Iterator[str]:
    """What readers see of the assumptions, for the translators."""
    yield from messages_of_assumptions("cold_chain")
    yield from SCALE_WORDS
    yield from CIRCUITY_WORDS


def store_costs(projects: pd.DataFrame, values: Mapping[str, float]) -> FacilityCosts:
    """Yearly cost of stores in som, from comparable projects and the values of the assumptions.

    The level is fitted anew for the `scale_exponent` given. Raises as `fit_cost_law`, and ParameterError for a
    missing value.
    """
    needed = {
        "scale_exponent",
        "interest_rate",
        "lifetime_years",
        "staff_thousand_som",
        "smallest_store_t",
        "largest_store_t",
    }
    if needed - set(values):
        raise ParameterError(f"The cost of stores needs {', '.join(sorted(needed - set(values)))}.")
    law = known_law(projects, values["scale_exponent"])
    return FacilityCosts(
        cost_at_reference=1e6 * law.cost_at_reference,
        reference=law.reference,
        exponent=values["scale_exponent"],
        yearly_share=annuity(values["interest_rate"], values["lifetime_years"]),
        fixed_per_unit=1000 * values["staff_thousand_som"],
        smallest=values["smallest_store_t"],
        largest=values["largest_store_t"],
    )


# --- alone or shared ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Storage:
    """What is to be stored and what that costs; money in som per year.

    whole
        t that each raion stores.
    stored
        t by point: the raions, and "<raion>, winter", the part that closed roads bind to its raion.
    km
        Road km from points to raions, infinite where closed.
    som_per_t_km
        Cost of transport.
    costs
        Yearly cost of stores.
    """

    whole: pd.Series
    stored: pd.Series
    km: pd.DataFrame
    som_per_t_km: float
    costs: FacilityCosts

    @property
    def transport(self) -> pd.DataFrame:
        """som per t from points to raions; a closed road stays closed though transport be free."""
        return (self.km * self.som_per_t_km).where(np.isfinite(self.km), inf)


@dataclass(frozen=True)
class Pooling:
    """The plan of stand-alone stores beside the cheapest shared plan; costs in som per year."""

    storage: Storage
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
    def stores(self) -> int:
        """Units of stores in the shared plan."""
        return int(self.storage.costs.units(self.shared.facilities["quantity"].to_numpy()).sum())

    @property
    def flows(self) -> pd.DataFrame:
        """What is stored outside its own raion in the shared plan: `origin, hub, t`, one row for each raion."""
        site = self.shared.assignment.reindex(self.storage.stored.index)
        table = pd.DataFrame({"origin": _raion(site.index), "hub": site.to_numpy(), "t": self.storage.stored.array})
        return table[table["origin"] != table["hub"]].reset_index(drop=True)

    @property
    def moved_t(self) -> float:
        """t per year stored outside their own raion in the shared plan."""
        return float(self.flows["t"].sum())


def _raion(points: pd.Index) -> pd.Index:
    return points.str.removesuffix(WINTER)


def storage(
    points: pd.DataFrame,
    projects: pd.DataFrame,
    values: Mapping[str, float],
    closed: Sequence[str] = (),
    closed_share: float | None = None,
) -> Storage:
    """The storage problem of an oblast for one set of values.

    Parameters: `points` from `demand_points`; `projects` from `storage_projects`; `values` by the names of
    ASSUMPTIONS, with `circuity` and `scale_exponent`; `closed` raions; `closed_share` of their storage that stays
    in place (default `months_closed` / 12).

    Raises ParameterError for values that are missing or impossible, and what `road_matrix` and `store_costs` raise.
    """
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
    whole = (points["harvest_t"] * values["storable_share"]).rename("stored_t")
    stored = (shares * whole.reindex(_raion(shares.index)).to_numpy()).rename("stored_t")
    return Storage(whole, stored, km, values["transport_som_per_t_km"], store_costs(projects, values))


def pooling(
    points: pd.DataFrame,
    projects: pd.DataFrame,
    values: Mapping[str, float],
    closed: Sequence[str] = (),
    closed_share: float | None = None,
    capacity_t: float = inf,
) -> Pooling:
    """Stand-alone against shared stores for one set of values, parameters as in `storage`; `capacity_t` of one site.

    Raises AnalysisError with the reason when no plan exists, and what `storage` raises.
    """
    problem = storage(points, projects, values, closed, closed_share)
    yearly = problem.costs.yearly
    alone = stand_alone(problem.whole, problem.transport.loc[problem.whole.index], yearly, capacity=capacity_t)
    return Pooling(problem, alone, locate(problem.stored, problem.transport, yearly, capacity=capacity_t))


def pooling_break_even(
    points: pd.DataFrame, projects: pd.DataFrame, values: Mapping[str, float], closed: Sequence[str] = ()
) -> pd.DataFrame:
    """For every group of raions the som per t and km up to which it pays them to share; see
    `facility_location.break_even`. Closed raions share with nobody.
    """
    problem = storage(points, projects, values, closed, 1.0)
    return break_even(problem.stored, problem.km, problem.costs.yearly)


def pooling_model(
    points: pd.DataFrame, projects: pd.DataFrame, closed: Sequence[str] = ()
) -> Callable[[Mapping[str, float]], dict[str, float]]:
    """The calculation as a model for `assumptions.tornado` and `monte_carlo`: values of the assumptions in, out come
    `saving_percent, hubs, alone_mn_som, shared_mn_som` (per year).
    """

    def model(values: Mapping[str, float]) -> dict[str, float]:
        found = pooling(points, projects, values, closed)
        return {
            "saving_percent": found.saving_percent,
            "hubs": float(found.hubs),
            "alone_mn_som": found.alone.total_cost / 1e6,
            "shared_mn_som": found.shared.total_cost / 1e6,
        }

    return model


def draws_by_case(
    points: pd.DataFrame,
    projects: pd.DataFrame,
    assumptions: Sequence[Assumption],
    cases: Mapping[str, float],
    draws: int,
    seed: int,
    closed: Sequence[str] = (),
) -> pd.DataFrame:
    """What sharing saves when all assumptions but the scale exponent are drawn at once, for each case of the exponent.

    Returns `case, exponent`, the saving in percent at the 5th, 50th and 95th percentile of the draws (`low, median,
    high`), the draws in percent in which sharing saves anything (`any_percent`) or more than 5 % (`five_percent`),
    and the median number of hubs. Raises what `assumptions.monte_carlo` raises.
    """
    others = [a for a in assumptions if a.name != "scale_exponent"]
    rows = []
    for case, exponent in cases.items():
        held = Assumption("scale_exponent", exponent, exponent, exponent, "power of capacity", "held at the case")
        table = monte_carlo(pooling_model(points, projects, closed), [*others, held], draws, seed)
        low, median, high = table["saving_percent"].quantile([0.05, 0.5, 0.95])
        rows.append(
            {
                "case": case,
                "exponent": exponent,
                "low": low,
                "median": median,
                "high": high,
                "any_percent": 100 * (table["saving_percent"] > NOTHING_PERCENT).mean(),
                "five_percent": 100 * (table["saving_percent"] > 5).mean(),
                "hubs": table["hubs"].median(),
            }
        )
    return pd.DataFrame(rows)


def pooling_table(
    points: pd.DataFrame,
    projects: pd.DataFrame,
    values: Mapping[str, float],
    varied: Mapping[str, Sequence[float]],
    closed: Sequence[str] = (),
) -> pd.DataFrame:
    """Every combination of varied values: where sharing pays and where it does not.

    `varied` maps names of values to what they take. Returns a row per combination: the varied values,
    `hubs, stores` (units of stores), `alone_mn_som, shared_mn_som, transport_mn_som` (per year), `saving_percent`.
    Raises ParameterError for a name that is no value, and what `pooling` raises.
    """
    unknown = set(varied) - set(values)
    if unknown:
        raise ParameterError(f"{', '.join(sorted(unknown))} cannot be varied; expected names of {', '.join(values)}.")
    rows = []
    for combination in product(*varied.values()):
        chosen = dict(zip(varied, combination, strict=True))
        found = pooling(points, projects, {**values, **chosen}, closed)
        rows.append(
            chosen
            | {
                "hubs": found.hubs,
                "stores": found.stores,
                "alone_mn_som": found.alone.total_cost / 1e6,
                "shared_mn_som": found.shared.total_cost / 1e6,
                "transport_mn_som": found.shared.transport_cost / 1e6,
                "saving_percent": found.saving_percent,
            }
        )
    return pd.DataFrame(rows)


def every_oblast(
    panel: pd.DataFrame,
    exposures: pd.DataFrame,
    projects: pd.DataFrame,
    values: Mapping[str, float],
    cases: Mapping[str, float],
) -> pd.DataFrame:
    """The same calculation for all oblasts: `oblast, raions, stored_t`, and for each case `hubs_<case>`,
    `saving_percent_<case>`. Roads closed in winter are those with a printed section, so an oblast without one counts
    as open.
    """
    rows = []
    for oblast in oblasts():
        points = demand_points(panel, exposures, oblast)
        closed = closed_in_winter(exposures, points.index)
        row: dict[str, object] = {"oblast": oblast, "raions": len(points)}
        row["stored_t"] = values["storable_share"] * points["harvest_t"].sum()
        for case, exponent in cases.items():
            found = pooling(points, projects, {**values, "scale_exponent": exponent}, closed)
            row |= {f"hubs_{case}": found.hubs, f"saving_percent_{case}": found.saving_percent}
        rows.append(row)
    return pd.DataFrame(rows)


# --- what the article shows -----------------------------------------------------------------------------------


def pooling_by_case(
    points: pd.DataFrame,
    projects: pd.DataFrame,
    values: Mapping[str, float],
    cases: Mapping[str, float],
    closed: Sequence[str] = (),
) -> dict[str, Pooling]:
    """`pooling` for each case of the scale exponent."""
    return {case: pooling(points, projects, {**values, "scale_exponent": b}, closed) for case, b in cases.items()}


def pooling_table_by_case(
    points: pd.DataFrame,
    projects: pd.DataFrame,
    values: Mapping[str, float],
    cases: Mapping[str, float],
    varied: Mapping[str, Sequence[float]],
    closed: Sequence[str] = (),
) -> pd.DataFrame:
    """`pooling_table` for each case of the scale exponent below each other, with `case`."""
    parts = [
        pooling_table(points, projects, {**values, "scale_exponent": b}, varied, closed).assign(case=case)
        for case, b in cases.items()
    ]
    return pd.concat(parts, ignore_index=True)


def break_even_by_case(
    points: pd.DataFrame,
    projects: pd.DataFrame,
    values: Mapping[str, float],
    cases: Mapping[str, float],
    closed: Sequence[str] = (),
    most: int = 5,
) -> pd.DataFrame:
    """The `most` first groups of `pooling_break_even` for each case, with `case` and `raions` (names, ", " between)."""
    parts = [
        pooling_break_even(points, projects, {**values, "scale_exponent": b}, closed).head(most).assign(case=case)
        for case, b in cases.items()
    ]
    groups = pd.concat(parts, ignore_index=True)
    return groups.assign(raions=groups["points"].map(", ".join))


def demand_table(points: pd.DataFrame, whole: pd.Series, closed: Sequence[str]) -> pd.DataFrame:
    """Harvest and storage (t) of each raion, with `winter`: "closed" where a closed road leads to it."""
    winter = ["closed" if name in closed else "" for name in points.index]
    return points.assign(stored_t=whole, winter=winter).reset_index()


def plans_by_raion(found: Pooling, points: pd.DataFrame, closed: Sequence[str]) -> pd.DataFrame:
    """Where each plan stores the harvest of each raion.

    Returns `plan` (alone, shared), `raion, latitude, longitude` (degrees), `stored_t` (t; a raion that winter cuts off
    has a second row, what closed roads bind to it), `site` (the raion that stores it), `closed`, and `total_mn_som`
    (yearly cost of the whole plan).
    """
    parts = []
    for name, plan, stored in (
        ("alone", found.alone, found.storage.whole),
        ("shared", found.shared, found.storage.stored),
    ):
        place = pd.DataFrame({"raion": _raion(stored.index), "stored_t": stored.to_numpy()})
        place["site"] = plan.assignment.reindex(stored.index).to_numpy()
        parts.append(place.assign(plan=name, total_mn_som=plan.total_cost / 1e6))
    table = pd.concat(parts, ignore_index=True).join(points[["latitude", "longitude"]], on="raion")
    return table.assign(closed=table["raion"].isin(closed))


def fit_results(law: CostLaw, circuity: Circuity) -> dict[str, float]:
    """Results: the two fits that everything rests on, with their intervals."""
    return {
        "projects": law.projects,
        "exponent": law.exponent,
        "exponent_low": law.exponent_low,
        "exponent_high": law.exponent_high,
        "circuity": circuity.factor,
        "circuity_low": circuity.low,
        "circuity_high": circuity.high,
        "road_pairs": circuity.pairs,
    }


def plan_results(plans: Mapping[str, Pooling], drawn: pd.DataFrame, shown: str) -> dict[str, float]:
    """Results: what sharing saves in each case, at central values and over the draws, and the plan of the case shown.

    Parameters
    ----------
    plans
        From `pooling_by_case`.
    drawn
        From `draws_by_case`.
    shown
        The case whose plan the maps show.
    """
    found, over = plans[shown], drawn.set_index("case")
    results = {"raions": len(found.storage.whole), "stored_t": found.storage.whole.sum()}
    for case, plan in plans.items():
        results |= {
            f"saving_{case}": plan.saving_percent,
            f"hubs_{case}": plan.hubs,
            f"saving_{case}_low": over.loc[case, "low"],
            f"saving_{case}_median": over.loc[case, "median"],
            f"saving_{case}_high": over.loc[case, "high"],
            f"draws_saving_five_{case}": over.loc[case, "five_percent"],
        }
    return results | {
        "saving_shown": found.saving_percent,
        "moved_t": found.moved_t,
        "alone_mn_som": found.alone.total_cost / 1e6,
        "shared_mn_som": found.shared.total_cost / 1e6,
    }
