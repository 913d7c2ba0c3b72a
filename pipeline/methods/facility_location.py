"""Where shared facilities pay: points with a quantity each, sites, a cost of moving and a cost of size.

The facility-location problem with single sourcing (each point uses one facility): choose groups of points and a
site for each group so that the yearly cost of facilities and transport is smallest. It is written as a set
partitioning problem,

    min  sum_G c_G z_G   subject to   sum_{G contains i} z_G = 1 for every point i,   z_G in {0, 1},
    c_G = g(Q_G) + min_j sum_{i in G} q_i t_ij,   Q_G = sum_{i in G} q_i,

over all groups G, and solved exactly by dynamic programming over sets of points (Yeh 1986). The textbook problem
with a fixed cost per open site is the case g(Q) = f + vQ. All groups are listed, so g may be any function of size
(economies of scale, several units, a smallest size), at the price of at most MAX_POINTS points.

Literature: Balinski (1965), Management Science 12(3): 253-313; Balas and Padberg (1976), SIAM Review 18(4):
710-760 (set partitioning); Krarup and Pruzan (1983), European Journal of Operational Research 12(1): 36-81
(location); Yeh (1986), BIT 26(4): 467-474 (dynamic programming for complete set partitioning).
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from math import inf, isfinite

import numpy as np
import pandas as pd

from pipeline.errors import AnalysisError, ParameterError

# All 2^n - 1 groups are listed; with 14 points that is 16 383.
MAX_POINTS = 14
# Room for the rounding of sums of floats when a group is held against a capacity.
TOLERANCE = 1e-9
TIE = 1e-12  # plans whose costs differ by no more than this share are equally cheap

CostOfSize = Callable[[np.ndarray], np.ndarray]


# --- the cost of a facility --------------------------------------------------------------------------------


def annuity(interest_rate: float, years: float) -> float:
    """Yearly payment that repays 1 over `years` at `interest_rate` per year: r / (1 - (1 + r)^-n), 1/n at r = 0.

    Raises ParameterError for a negative rate or a life that is not positive.

    Examples
    --------
    >>> annuity(0.0, 20), round(annuity(0.08, 25), 4)
    (0.05, 0.0937)
    """
    if not (isfinite(interest_rate) and isfinite(years)) or interest_rate < 0 or years <= 0:
        raise ParameterError(
            f"An annuity needs a rate of 0 or more and a life above 0; given: {interest_rate}, {years}."
        )
    return 1 / years if interest_rate == 0 else interest_rate / (1 - (1 + interest_rate) ** -years)


@dataclass(frozen=True)
class FacilityCosts:
    """Yearly cost of holding a quantity in one or several units, whose number and sizes are the cheapest.

    One unit of size s costs `yearly_share` x `cost_at_reference` x (s / `reference`)^`exponent` + `fixed_per_unit`
    a year; it is at least `smallest` (a smaller quantity pays for that size) and at most `largest`. With an exponent
    up to 1 the fewest units are cheapest, filled one after the other: a full one and a small one cost no more than
    two halves. Above 1 equal units are, as many as cost least. Either way two quantities together never cost more
    than apart, so that only transport speaks against sharing.

    cost_at_reference
        Investment of a unit of size `reference`, money.
    reference, smallest, largest
        Sizes, in the unit of the quantities; `largest` may be infinite.
    exponent
        Scale exponent: below 1 a larger unit is cheaper per tonne, above 1 dearer.
    yearly_share
        Share of the investment paid per year: `annuity` plus operating costs that follow the investment.
    fixed_per_unit
        Yearly cost of a unit whatever its size, money.

    Raises ParameterError for negative or missing numbers and sizes that contradict each other.
    """

    cost_at_reference: float
    reference: float
    exponent: float
    yearly_share: float
    fixed_per_unit: float = 0.0
    smallest: float = 0.0
    largest: float = inf

    def __post_init__(self) -> None:
        numbers = (self.cost_at_reference, self.exponent, self.yearly_share, self.fixed_per_unit, self.smallest)
        if not all(isfinite(number) and number >= 0 for number in numbers):
            raise ParameterError(f"Costs, exponent and sizes of a facility must be finite and not negative: {self}.")
        if not (isfinite(self.reference) and self.reference > 0 and self.largest >= self.smallest and self.largest > 0):
            raise ParameterError(f"A facility needs a reference size above 0 and smallest <= largest: {self}.")

    def units(self, quantity: np.ndarray) -> np.ndarray:
        """Number of units that is cheapest for each quantity.

        The cost of k units is increasing in k for an exponent up to 1 and convex in k above it, so the best whole
        number lies beside the best real one, Q / s*, s* = [F / (A (b - 1))]^(1/b) in units of the reference, but at
        least the smallest size.
        """
        q = _quantities(quantity)
        fewest = np.ceil(q / self.largest - TOLERANCE).clip(min=1)
        if self.exponent <= 1:
            return fewest
        scale = self.yearly_share * self.cost_at_reference * (self.exponent - 1)
        best_size = self.reference * (self.fixed_per_unit / scale) ** (1 / self.exponent) if scale > 0 else inf
        best_size = max(best_size, self.smallest)
        if best_size == 0:
            raise ParameterError(
                "With a scale exponent above 1, no fixed cost and no smallest size the cheapest unit is infinitely "
                "small: give `smallest` or `fixed_per_unit`."
            )
        lower = np.maximum(np.floor(q / best_size), fewest)
        upper = np.maximum(np.ceil(q / best_size), fewest)
        return np.where(self._equal(q, upper) < self._equal(q, lower), upper, lower)

    def yearly(self, quantity: np.ndarray) -> np.ndarray:
        """Yearly cost of each quantity, money per year."""
        q = _quantities(quantity)
        return self._filled(q, self.units(q)) if self.exponent <= 1 else self._equal(q, self.units(q))

    def _unit(self, size: np.ndarray) -> np.ndarray:
        """Yearly cost of one unit of each size."""
        capital = self.yearly_share * self.cost_at_reference
        return capital * (np.maximum(size, self.smallest) / self.reference) ** self.exponent + self.fixed_per_unit

    def _equal(self, quantity: np.ndarray, units: np.ndarray) -> np.ndarray:
        return units * self._unit(quantity / units)

    def _filled(self, quantity: np.ndarray, units: np.ndarray) -> np.ndarray:
        """Every unit has the smallest size; what exceeds that fills one unit after the other up to the largest."""
        largest = min(self.largest, self.smallest + quantity.max())  # finite; no unit is larger than all there is
        excess = np.maximum(quantity - units * self.smallest, 0.0)
        room = largest - self.smallest
        full = np.minimum(np.floor(excess / room + TOLERANCE), units) if room > 0 else np.zeros_like(quantity)
        begun = self.smallest + np.maximum(excess - full * room, 0.0)
        return (
            full * self._unit(np.array(largest))
            + np.where(full < units, self._unit(begun), 0.0)
            + np.maximum(units - full - 1, 0) * self._unit(np.array(self.smallest))
        )


def _quantities(quantity: np.ndarray) -> np.ndarray:
    q = np.asarray(quantity, dtype=float)
    if not np.isfinite(q).all() or (q <= 0).any():
        raise ParameterError("Quantities must be finite and above 0; leave out points that have none.")
    return q


# --- plans ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FacilityPlan:
    """Which point uses which facility, and what that costs.

    facilities
        One row per facility: `site`, `points` (tuple of names), `quantity`, `facility_cost`, `transport_cost`
        (money per year). A site has several rows when a capacity forces several facilities there.
    """

    facilities: pd.DataFrame

    @property
    def assignment(self) -> pd.Series:
        """The site of every point."""
        pairs = {point: row.site for row in self.facilities.itertuples() for point in row.points}
        return pd.Series(pairs, name="site").rename_axis("point")

    @property
    def facility_cost(self) -> float:
        return float(self.facilities["facility_cost"].sum())

    @property
    def transport_cost(self) -> float:
        return float(self.facilities["transport_cost"].sum())

    @property
    def total_cost(self) -> float:
        return self.facility_cost + self.transport_cost


@dataclass(frozen=True)
class _Groups:
    """Every group of points that some site can serve, with its cheapest site."""

    members: np.ndarray  # (groups, points) bool
    quantity: np.ndarray
    site: np.ndarray  # position of the cheapest site
    facility_cost: np.ndarray
    transport_cost: np.ndarray

    def worth_forming(self) -> "_Groups":
        """Single points and the groups that cost less than their points alone; a plan with another group would not be
        dearer with that group dissolved. Most groups fall away, and nothing is moved for nothing.
        """
        cost, size = self.facility_cost + self.transport_cost, self.members.sum(axis=1)
        alone = np.zeros(self.members.shape[1])
        alone[self.members[size == 1].argmax(axis=1)] = cost[size == 1]
        kept = (size == 1) | (cost < (self.members @ alone) * (1 - TOLERANCE))
        return _Groups(*(getattr(self, field.name)[kept] for field in fields(self)))

    def plan(self, chosen: np.ndarray, points: pd.Index, sites: pd.Index) -> FacilityPlan:
        rows = [
            {
                "site": sites[self.site[g]],
                "points": tuple(points[self.members[g]]),
                "quantity": float(self.quantity[g]),
                "facility_cost": float(self.facility_cost[g]),
                "transport_cost": float(self.transport_cost[g]),
            }
            for g in chosen
        ]
        order = {name: i for i, name in enumerate(points)}
        rows.sort(key=lambda row: min(order[name] for name in row["points"]))
        return FacilityPlan(pd.DataFrame(rows))


def _check(quantity: pd.Series, transport: pd.DataFrame, capacity: float) -> tuple[np.ndarray, np.ndarray]:
    if len(quantity) == 0 or len(quantity) > MAX_POINTS:
        raise ParameterError(
            f"{len(quantity)} points given; the exact solution lists every group and takes 1 to {MAX_POINTS} points."
        )
    if not (quantity.index.is_unique and transport.columns.is_unique and quantity.index.equals(transport.index)):
        raise ParameterError(
            "Rows of the transport costs must be the points of the quantities, each once and in the same order; "
            f"given {list(transport.index)} and {list(quantity.index)}."
        )
    q, t = _quantities(quantity.to_numpy()), transport.to_numpy(dtype=float)
    if np.isnan(t).any() or (t < 0).any() or t.shape[1] == 0:
        raise ParameterError("Transport costs must be 0 or more, infinite where an arc is closed, never missing.")
    if np.isnan(capacity) or capacity <= 0:
        raise ParameterError(f"The capacity of a facility must be above 0; given: {capacity}.")
    unreached = quantity.index[~np.isfinite(t).any(axis=1)]
    if len(unreached):
        raise AnalysisError(
            f"No plan exists: every arc from {', '.join(map(str, unreached))} is closed and there is no site in "
            "place. Open an arc, or allow a site there."
        )
    too_large = quantity.index[q > capacity * (1 + TOLERANCE)]
    if len(too_large):
        raise AnalysisError(
            f"No plan exists: the quantity of {', '.join(map(str, too_large))} exceeds the capacity of a facility, "
            f"{capacity:g}. Raise the capacity, or split the point."
        )
    return q, t


def _groups(q: np.ndarray, t: np.ndarray, cost_of_size: CostOfSize, capacity: float) -> _Groups:
    members = (np.arange(1, 2 ** len(q))[:, None] >> np.arange(len(q))) & 1 == 1
    closed = ~np.isfinite(t)
    moved = members @ (np.where(closed, 0.0, t) * q[:, None])
    moved[(members.astype(float) @ closed) > 0] = inf
    site = moved.argmin(axis=1)
    transport_cost = moved[np.arange(len(moved)), site]
    quantity = members @ q
    possible = np.isfinite(transport_cost) & (quantity <= capacity * (1 + TOLERANCE))
    cost = np.asarray(cost_of_size(quantity[possible]), dtype=float)
    if cost.shape != quantity[possible].shape or not np.isfinite(cost).all() or (cost < 0).any():
        raise ParameterError("The cost of size must give one finite cost, 0 or more, for every quantity.")
    return _Groups(members[possible], quantity[possible], site[possible], cost, transport_cost[possible])


def _partition(groups: _Groups, cost: np.ndarray, facilities: int | None) -> np.ndarray | None:
    """Positions of the groups of the cheapest partition, into so many groups; None when there is none.

    Sets of points are numbers whose bits are points. The first point of what is left belongs to one of the groups that
    begin with it, so what is left after that group is a smaller case of the same problem, met again and solved once.
    """
    bits = groups.members @ (1 << np.arange(groups.members.shape[1]))
    first = groups.members.argmax(axis=1)
    beginning = [np.flatnonzero(first == point) for point in range(groups.members.shape[1])]
    solved: dict[tuple[int, int | None], tuple[float, int]] = {(0, None): (0.0, -1), (0, 0): (0.0, -1)}

    def solve(left: int, number: int | None) -> float:
        """The least cost of covering what is left, noting the group that its first point is in."""
        if (left, number) not in solved:
            point = (left & -left).bit_length() - 1 if left else 0
            fit = [g for g in beginning[point] if left and number != 0 and bits[g] & ~left == 0]
            rest = None if number is None else number - 1
            costs = [float(cost[g]) + solve(int(left ^ bits[g]), rest) for g in fit]
            least = min(costs, default=inf)
            # The first of equals, so that the last bit of a sum on another processor does not choose.
            at = next((i for i, c in enumerate(costs) if c <= least * (1 + TIE)), -1) if least < inf else -1
            solved[left, number] = (least, fit[at] if at >= 0 else -1)
        return solved[left, number][0]

    left, number = (1 << groups.members.shape[1]) - 1, facilities
    if solve(left, number) == inf:
        return None
    chosen = []
    while left:
        group = solved[left, number][1]
        chosen.append(group)
        left, number = int(left ^ bits[group]), None if number is None else number - 1
    return np.array(sorted(chosen))


def locate(
    quantity: pd.Series,
    transport: pd.DataFrame,
    cost_of_size: CostOfSize,
    *,
    capacity: float = inf,
    facilities: int | None = None,
) -> FacilityPlan:
    """The cheapest plan of shared facilities, proven optimal.

    Parameters
    ----------
    quantity
        Quantity of each point, e.g. t per year, all above 0; at most MAX_POINTS points.
    transport
        Points x sites: cost of moving one unit of quantity, infinite where the arc is closed. A point may be
        served in place if its own name is among the columns, at the cost that stands there.
    cost_of_size
        Yearly cost of a facility for an array of quantities, e.g. `FacilityCosts.yearly`.
    capacity
        Largest quantity of one facility. A point is never split between facilities.
    facilities
        Exact number of facilities; None leaves the number to the optimum.

    Raises
    ------
    ParameterError
        For bad input. AnalysisError, with the reason, when no plan exists.
    """
    q, t = _check(quantity, transport, capacity)
    if facilities is not None and not 1 <= facilities <= len(q):
        raise ParameterError(f"{facilities} facilities for {len(q)} points: expected 1 to {len(q)}.")
    groups = _groups(q, t, cost_of_size, capacity)
    if facilities is None:
        groups = groups.worth_forming()
    chosen = _partition(groups, groups.facility_cost + groups.transport_cost, facilities)
    if chosen is None:
        fewest = len(_partition(groups, np.ones(len(groups.quantity)), None))
        raise AnalysisError(
            f"No plan with {facilities} facilities exists: closed arcs and the capacity ask for {fewest} at least."
        )
    return groups.plan(chosen, quantity.index, transport.columns)


def stand_alone(
    quantity: pd.Series, transport: pd.DataFrame, cost_of_size: CostOfSize, *, capacity: float = inf
) -> FacilityPlan:
    """The plan without sharing: every point its own facility, in place. Raises as `locate`, and AnalysisError for a
    point that has no site of its own.
    """
    q, _ = _check(quantity, transport, capacity)
    own = np.array([transport.at[name, name] if name in transport.columns else inf for name in quantity.index], float)
    if not np.isfinite(own).all():
        missing = ", ".join(map(str, quantity.index[~np.isfinite(own)]))
        raise AnalysisError(f"No stand-alone plan exists: there is no site in place for {missing}.")
    return FacilityPlan(
        pd.DataFrame(
            {
                "site": quantity.index,
                "points": [(name,) for name in quantity.index],
                "quantity": q,
                "facility_cost": cost_of_size(q),
                "transport_cost": q * own,
            }
        )
    )


# --- break-even -------------------------------------------------------------------------------------------


def break_even(
    quantity: pd.Series, distance: pd.DataFrame, cost_of_size: CostOfSize, *, capacity: float = inf
) -> pd.DataFrame:
    """For every group of two or more points: the cost of transport per unit and km up to which sharing pays.

    Sharing saves S_G = sum_{i in G} g(q_i) - g(Q_G) in facilities and costs W_G = min_j sum_{i in G} q_i d_ij
    of work; it pays below S_G / W_G. Since a plan's saving is the sum over its groups, stand-alone facilities are
    optimal exactly when the cost of transport is above the highest break-even of all groups.

    Parameters: `quantity` and `capacity` as in `locate`; `distance`, points x sites in km, infinite where closed,
    0 in place.

    Returns a frame, highest first: `points` (tuple), `size`, `site`, `quantity`, `saving` (money per year), `work`
    (quantity x km), `break_even` (money per unit and km; negative: not even with free transport; infinite: no
    work). Empty when no group can share. Raises as `locate`, and ParameterError for a distance in place above 0.
    """
    q, d = _check(quantity, distance, capacity)
    away = [name for name in quantity.index if name in distance.columns and distance.at[name, name] != 0]
    if away:
        raise ParameterError(f"The distance of a point to its own site must be 0; it is not for {', '.join(away)}.")
    groups = _groups(q, d, cost_of_size, capacity)
    alone = groups.members @ np.asarray(cost_of_size(q), dtype=float)
    table = pd.DataFrame(
        {
            "points": [tuple(quantity.index[row]) for row in groups.members],
            "size": groups.members.sum(axis=1),
            "site": distance.columns.to_numpy()[groups.site],
            "quantity": groups.quantity,
            "saving": alone - groups.facility_cost,
            "work": groups.transport_cost,
        }
    )
    table = table[table["size"] > 1].copy()
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = table["saving"].to_numpy() / table["work"].to_numpy()
    table["break_even"] = np.where(table["work"] > 0, ratio, np.where(table["saving"] > 0, inf, 0.0))
    return table.sort_values("break_even", ascending=False, kind="stable", ignore_index=True)
