"""Shared facilities: by hand, against brute force over all subsets and all partitions, limits and refusals."""

from functools import cache
from itertools import combinations
from math import inf

import numpy as np
import pandas as pd
import pytest

from pipeline.errors import AnalysisError, ParameterError
from pipeline.methods import facility_location as fl


def instance(seed: int, points: int = 6) -> tuple[pd.Series, pd.DataFrame]:
    """Points in a square, quantities of very different size, transport cost = distance."""
    rng = np.random.default_rng(seed)
    names = [f"p{i}" for i in range(points)]
    xy = rng.uniform(0, 100, (points, 2))
    distance = np.linalg.norm(xy[:, None] - xy[None, :], axis=2)
    return pd.Series(rng.uniform(1, 50, points), index=names), pd.DataFrame(distance, names, names)


def open_sites_brute_force(q: pd.Series, t: pd.DataFrame, fixed: float, variable: float) -> float:
    """Every subset of sites, every point to the nearest open one: the textbook problem with a fixed cost."""
    subsets = (s for size in range(1, len(t.columns) + 1) for s in combinations(t.columns, size))
    return min(fixed * len(s) + variable * q.sum() + float((q * t[list(s)].min(axis=1)).sum()) for s in subsets)


def partitions(items: list) -> list[list[list]]:
    if not items:
        return [[]]
    first, rest = items[0], items[1:]
    found = []
    for smaller in partitions(rest):
        found.append([[first], *smaller])
        found += [[*smaller[:i], [first, *smaller[i]], *smaller[i + 1 :]] for i in range(len(smaller))]
    return found


def best_partition(q: pd.Series, t: pd.DataFrame, cost, capacity: float = inf, facilities: int | None = None) -> float:
    """The cheapest of all partitions; the cost of a group is worked out once, site by site."""

    @cache
    def group_cost(group: tuple[int, ...]) -> float:
        size = q.to_numpy()[list(group)]
        if size.sum() > capacity:
            return inf
        return float(cost(np.array([size.sum()]))[0]) + min(size @ t.to_numpy()[list(group)])

    every = [g for g in partitions(list(range(len(q)))) if facilities in (None, len(g))]
    return min(sum(group_cost(tuple(sorted(group))) for group in groups) for groups in every)


# --- cost of size ---------------------------------------------------------------------------------------


def test_annuity_repays_the_loan():
    payment, debt = fl.annuity(0.1, 12), 1.0
    for _ in range(12):
        debt = debt * 1.1 - payment
    assert debt == pytest.approx(0, abs=1e-12)
    with pytest.raises(ParameterError, match="life above 0"):
        fl.annuity(0.1, 0)


def test_cost_of_size_by_hand():
    """100 x 0.1 x (400/100)^0.5 + 5 = 25; the square root of 4 doubles the cost of the reference."""
    costs = fl.FacilityCosts(100, 100, 0.5, 0.1, fixed_per_unit=5)
    assert costs.yearly(np.array([100.0, 400.0])).tolist() == [15.0, 25.0]


def test_smallest_and_largest_unit():
    """Below 50 the price of 50; 250 with units of at most 100 takes three of 83.3."""
    costs = fl.FacilityCosts(100, 100, 1.0, 0.1, fixed_per_unit=1, smallest=50, largest=100)
    q = np.array([10.0, 50.0, 100.0, 250.0])
    assert costs.units(q).tolist() == [1, 1, 1, 3]
    assert costs.yearly(q).tolist() == pytest.approx([6, 6, 11, 28])


@pytest.mark.parametrize("exponent", [0.6, 1.0, 1.2, 1.9])
@pytest.mark.parametrize("fixed", [0.0, 3.0])
def test_units_are_the_cheapest_of_all_sizes_and_numbers(exponent, fixed):
    """Against every split of whole tonnes: best(Q) = min over the size s of the last unit of unit(s) + best(Q - s)."""
    costs = fl.FacilityCosts(80, 100, exponent, 0.1, fixed_per_unit=fixed, smallest=20, largest=300)
    size = np.arange(1, 301)
    unit = 0.1 * 80 * (np.maximum(size, 20) / 100) ** exponent + fixed
    best = np.zeros(1301)
    for q in range(1, len(best)):
        held = size[: min(q, 300)]
        best[q] = (unit[held - 1] + best[q - held]).min()
    quantities = np.array([5, 20, 39, 100, 310, 590, 777, 1300])
    found = costs.yearly(quantities.astype(float))
    assert (found <= best[quantities] * (1 + 1e-12)).all()  # whole tonnes can only cost more
    np.testing.assert_allclose(found, best[quantities], rtol=1e-3)


def test_a_full_unit_and_a_small_one_cost_less_than_two_halves():
    """Units of at most 100: 10 (100/100)^0.5 + 10 (44/100)^0.5 = 16.633, not 2 x 10 (72/100)^0.5 = 16.971."""
    costs = fl.FacilityCosts(100, 100, 0.5, 0.1, largest=100)
    assert costs.yearly(np.array([144.0]))[0] == pytest.approx(10 + 10 * 0.44**0.5)


@pytest.mark.parametrize("exponent", [0.6, 1.0, 1.3])
def test_two_quantities_together_never_cost_more_than_apart(exponent):
    """So that with free transport one hub is always among the cheapest plans."""
    costs = fl.FacilityCosts(80, 100, exponent, 0.1, fixed_per_unit=2, smallest=20, largest=300)
    a, b = (grid.ravel() for grid in np.meshgrid(np.linspace(1, 900, 60), np.linspace(3, 800, 60)))
    assert (costs.yearly(a + b) <= costs.yearly(a) + costs.yearly(b) + 1e-9).all()


def test_costs_that_make_no_sense_are_refused():
    with pytest.raises(ParameterError, match="not negative"):
        fl.FacilityCosts(-1, 100, 0.7, 0.1)
    with pytest.raises(ParameterError, match="smallest <= largest"):
        fl.FacilityCosts(1, 100, 0.7, 0.1, smallest=5, largest=4)
    with pytest.raises(ParameterError, match="infinitely small"):
        fl.FacilityCosts(1, 100, 1.5, 0.1).yearly(np.array([5.0]))
    with pytest.raises(ParameterError, match="above 0"):
        fl.FacilityCosts(1, 100, 0.5, 0.1).yearly(np.array([0.0]))


# --- who gains --------------------------------------------------------------------------------------------


# --- plans ----------------------------------------------------------------------------------------------


def test_two_towns_by_hand():
    """10 t and 2 t, 3 km apart, a facility costs 7: moving 2 t costs 6, less than a second facility."""
    q = pd.Series({"A": 10.0, "B": 2.0})
    t = pd.DataFrame([[0.0, 3.0], [3.0, 0.0]], ["A", "B"], ["A", "B"])
    plan = fl.locate(q, t, lambda size: np.full_like(size, 7.0))
    assert plan.assignment.to_dict() == {"A": "A", "B": "A"}
    assert (plan.facility_cost, plan.transport_cost, plan.total_cost) == (7, 6, 13)
    assert fl.stand_alone(q, t, lambda size: np.full_like(size, 7.0)).total_cost == 14
    table = fl.break_even(q, t, lambda size: np.full_like(size, 7.0))
    assert table.loc[0, ["saving", "work", "break_even"]].tolist() == pytest.approx([7, 6, 7 / 6])


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("fixed", [0.0, 100.0, 800.0, 1e5])
def test_fixed_cost_against_every_subset_of_sites(seed, fixed):
    q, t = instance(seed, points=7)
    plan = fl.locate(q, t, lambda size: fixed + 2.5 * size)
    assert plan.total_cost == pytest.approx(open_sites_brute_force(q, t, fixed, 2.5), rel=1e-10)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("exponent", [0.5, 0.8, 1.3])
@pytest.mark.parametrize("capacity", [inf, 90.0])
def test_any_cost_of_size_against_every_partition(seed, exponent, capacity):
    q, t = instance(seed, points=6)
    t.iloc[0, 1:] = t.iloc[1:, 0] = inf  # a town behind a closed pass
    cost = fl.FacilityCosts(4000, 40, exponent, 0.1, fixed_per_unit=30, smallest=10).yearly
    plan = fl.locate(q, t, cost, capacity=capacity)
    assert plan.total_cost == pytest.approx(best_partition(q, t, cost, capacity), rel=1e-10)
    assert plan.assignment["p0"] == "p0"
    assert sorted(plan.assignment.index) == sorted(q.index)
    assert plan.facilities["quantity"].sum() == pytest.approx(q.sum())
    assert plan.facilities["quantity"].max() <= capacity


@pytest.mark.parametrize("number", [1, 2, 4, 6])
def test_given_number_of_facilities_against_every_partition(number):
    q, t = instance(5)
    cost = fl.FacilityCosts(4000, 40, 0.7, 0.1).yearly
    plan = fl.locate(q, t, cost, facilities=number)
    assert len(plan.facilities) == number
    assert plan.total_cost == pytest.approx(best_partition(q, t, cost, facilities=number))


def test_limits():
    """Free transport: one hub. Free facilities: one everywhere, nothing moves."""
    q, t = instance(1, points=8)
    economies = fl.FacilityCosts(1000, 20, 0.6, 0.1).yearly
    assert len(fl.locate(q, t * 0, economies).facilities) == 1
    everywhere = fl.locate(q, t, lambda size: size * 0)
    assert everywhere.assignment.eq(everywhere.assignment.index).all()
    assert everywhere.total_cost == 0


def test_sites_other_than_the_points():
    q = pd.Series({"A": 1.0, "B": 1.0})
    t = pd.DataFrame({"port": [2.0, 5.0]}, index=["A", "B"])
    assert fl.locate(q, t, lambda size: size * 0 + 1).total_cost == 8
    with pytest.raises(AnalysisError, match=r"no site in place for A, B"):
        fl.stand_alone(q, t, lambda size: size * 0 + 1)


@pytest.mark.parametrize("seed", range(3))
def test_sharing_stops_exactly_at_the_highest_break_even(seed):
    q, d = instance(seed)
    cost = fl.FacilityCosts(4000, 40, 0.7, 0.1).yearly
    threshold = fl.break_even(q, d, cost)["break_even"].iloc[0]
    assert len(fl.locate(q, d * threshold * 0.999, cost).facilities) < len(q)
    assert len(fl.locate(q, d * threshold * 1.001, cost).facilities) == len(q)


def test_break_even_of_points_in_one_place_and_of_closed_arcs():
    q = pd.Series({"A": 1.0, "twin": 1.0, "C": 1.0})
    d = pd.DataFrame([[0, inf], [0, inf], [inf, 0]], q.index, ["A", "C"], dtype=float)
    table = fl.break_even(q, d, lambda size: np.full_like(size, 5.0))
    assert table["points"].tolist() == [("A", "twin")]
    assert table["break_even"].tolist() == [inf]


def test_what_cannot_be_planned_is_refused_with_the_reason():
    q, t = instance(0, points=3)
    cost = fl.FacilityCosts(4000, 40, 0.7, 0.1).yearly
    shut = t.copy()
    shut.loc["p1"] = inf
    with pytest.raises(AnalysisError, match="every arc from p1 is closed"):
        fl.locate(q, shut, cost)
    with pytest.raises(AnalysisError, match="exceeds the capacity of a facility, 0.5"):
        fl.locate(q, t, cost, capacity=0.5)
    with pytest.raises(AnalysisError, match=f"the quantity of {q.idxmax()} exceeds the capacity"):
        fl.locate(q, t, cost, capacity=q.max() * 0.999)
    apart = t.where(np.eye(3, dtype=bool), inf)
    with pytest.raises(AnalysisError, match="No plan with 2 facilities exists: .* ask for 3 at least"):
        fl.locate(q, apart, cost, facilities=2)


def test_bad_input_is_refused():
    q, t = instance(0, points=3)
    cost = fl.FacilityCosts(4000, 40, 0.7, 0.1).yearly
    with pytest.raises(ParameterError, match="same order"):
        fl.locate(q, t.iloc[::-1], cost)
    with pytest.raises(ParameterError, match="never missing"):
        fl.locate(q, t.replace(0.0, np.nan), cost)
    with pytest.raises(ParameterError, match="above 0; leave out points"):
        fl.locate(q * 0, t, cost)
    for gap in (np.nan, inf):
        with pytest.raises(ParameterError, match="finite and above 0"):
            fl.locate(q.replace(q["p1"], gap), t, cost)
    with pytest.raises(ParameterError, match="expected 1 to 3"):
        fl.locate(q, t, cost, facilities=4)
    with pytest.raises(ParameterError, match="capacity of a facility must be above 0; given: 0"):
        fl.locate(q, t, cost, capacity=0)
    with pytest.raises(ParameterError, match="one finite cost"):
        fl.locate(q, t, lambda size: size * np.nan)
    with pytest.raises(ParameterError, match="1 to 14 points"):
        fl.locate(*instance(0, points=15), cost)
    with pytest.raises(ParameterError, match="own site must be 0"):
        fl.break_even(q, t + 1, cost)
