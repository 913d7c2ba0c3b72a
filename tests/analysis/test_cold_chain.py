"""Cold chain: distances, the two fits against statsmodels, closures, and pooling by hand, at its limits and on the
real raions."""

from math import exp, inf, log, sqrt

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from pipeline.analysis import cold_chain as cc
from pipeline.analysis.assumptions import central_values, monte_carlo, tornado
from pipeline.errors import AnalysisError, DataError, ParameterError


@pytest.fixture
def points(panel, exposures) -> pd.DataFrame:
    return cc.demand_points(panel, exposures, "Jalal-Abad")


@pytest.fixture
def projects(exposures) -> pd.DataFrame:
    return cc.storage_projects(exposures)


@pytest.fixture
def values(projects) -> dict[str, float]:
    return central_values(cc.ASSUMPTIONS) | {"circuity": 2.0, "scale_exponent": 0.7}


# --- distances ------------------------------------------------------------------------------------------


def test_great_circle():
    """A degree of meridian is 2 pi R / 360 = 111.195 km; a quarter of the equator 90 of them."""
    km = cc.great_circle_km(np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 90.0]))
    assert km[0, 1] == pytest.approx(111.195, abs=0.001)
    assert km[0, 2] == pytest.approx(90 * 111.195, abs=0.1)
    np.testing.assert_allclose(km, km.T)
    assert (np.diag(km) == 0).all()
    with pytest.raises(ParameterError, match="within 90"):
        cc.great_circle_km(np.array([73.0, 100.0]), np.array([41.0, 42.0]))


def test_known_roads(exposures):
    roads = cc.road_distances(exposures).set_index("origin")
    assert len(roads) == 4
    assert (roads["ratio"] > 1).all()
    # Law of cosines on the sphere, another formula than the haversine.
    (a, b), (c, d) = (np.radians(cc.TOWNS[name]) for name in ("Toktogul (raion)", "Jalal-Abad city"))
    angle = np.arccos(np.sin(a) * np.sin(c) + np.cos(a) * np.cos(c) * np.cos(b - d))
    assert roads.loc["Toktogul (raion)", "ratio"] == pytest.approx(327 / (cc.EARTH_RADIUS_KM * angle))
    with pytest.raises(DataError, match="two or more"):
        cc.road_distances(exposures.head(0))


def test_circuity_is_the_t_interval_of_the_logarithms():
    ratios = pd.Series([1.5, 2.0, 3.0])
    found = cc.fit_circuity(ratios)
    logs = np.log(ratios)
    low, high = stats.t.interval(0.95, 2, logs.mean(), logs.std() / sqrt(3))
    assert found.factor == pytest.approx(9 ** (1 / 3))  # geometric mean of 1.5, 2, 3
    assert (found.low, found.high) == pytest.approx((exp(low), exp(high)))
    constant = sm.OLS(logs, np.ones(3)).fit().get_prediction([1]).summary_frame(alpha=0.05).iloc[0]
    assert found.pair_high == pytest.approx(exp(constant["obs_ci_upper"]))
    assert found.pair_low == 1  # a new road cannot be shorter than the great circle
    with pytest.raises(AnalysisError, match="ratios of 1 or more"):
        cc.fit_circuity(pd.Series([0.9, 1.2]))
    with pytest.raises(AnalysisError, match="two or more"):
        cc.fit_circuity(pd.Series([1.2]))


# --- demand and closures --------------------------------------------------------------------------------


def test_demand_points_of_the_oblast(points, panel, exposures):
    assert len(points) == 8
    assert points.loc["Suzak raion", "harvest_t"] == pytest.approx(78129.5 + 9572.4)
    assert points.loc["Suzak raion", ["latitude", "longitude"]].tolist() == [41.095, 73.255]
    assert cc.demand_points(panel, exposures, "Osh").shape == (7, 3)
    with pytest.raises(ParameterError, match="Unknown oblast 'Ferghana'"):
        cc.demand_points(panel, exposures, "Ferghana")
    with pytest.raises(DataError, match="lacks a position or a harvest"):
        cc.demand_points(panel, exposures, "Osh", crops=("saffron",))


def test_winter_closures_come_from_the_printed_sections(points, exposures):
    assert cc.closed_in_winter(exposures, points.index) == ["Chatkal raion", "Toguz-Toro raion"]
    assert cc.closed_in_winter(exposures, ["Suzak raion"]) == []


def test_closed_roads_by_hand():
    points = pd.DataFrame({"latitude": [0.0, 1.0], "longitude": [0.0, 0.0]}, index=["A", "B"])
    shares, km = cc.road_matrix(points, 2.0)
    assert km.loc["A", "B"] == pytest.approx(222.39, abs=0.01)
    shares, km = cc.road_matrix(points, 2.0, ["B"], 1.0)
    assert km.to_numpy().tolist() == [[0, inf], [inf, 0]]
    shares, km = cc.road_matrix(points, 2.0, ["B"], 0.25)
    assert shares.to_dict() == {"A": 1, "B": 0.75, "B, winter": 0.25}
    assert km.loc["B, winter"].tolist() == [inf, 0]
    assert np.isfinite(km.loc[["A", "B"]]).all(axis=None)
    with pytest.raises(ParameterError, match="closed raions among the points"):
        cc.road_matrix(points, 2.0, ["C"], 1.0)
    with pytest.raises(ParameterError, match="circuity of 1 or more"):
        cc.road_matrix(points, 0.9)


# --- cost of a store ------------------------------------------------------------------------------------


def test_projects_are_capacities_with_costs(projects):
    assert projects["capacity_t"].tolist() == [200, 400, 500, 1000, 1200]
    assert projects["cost_mn_som"].tolist() == [6.7, 9, 22, 46.5, 141]
    assert projects["comparable"].tolist() == [True, True, True, True, False]  # "more than 141"


def test_cost_law_is_least_squares(projects):
    known = projects[projects["comparable"]]
    law = cc.fit_cost_law(known["capacity_t"], known["cost_mn_som"])
    ols = sm.OLS(np.log(known["cost_mn_som"]), sm.add_constant(np.log(known["capacity_t"] / law.reference))).fit()
    assert [log(law.cost_at_reference), law.exponent] == pytest.approx(ols.params.tolist())
    assert law.exponent_se == pytest.approx(ols.bse.iloc[1])
    assert [law.exponent_low, law.exponent_high] == pytest.approx(ols.conf_int().iloc[1].tolist())
    new = np.array([300.0, 4200.0])
    frame = ols.get_prediction(sm.add_constant(np.log(new / law.reference))).summary_frame(alpha=0.05)
    low, high = law.interval(new)
    np.testing.assert_allclose(np.log(low), frame["obs_ci_lower"])
    np.testing.assert_allclose(np.log(high), frame["obs_ci_upper"])
    np.testing.assert_allclose(np.log(law.cost(new)), frame["mean"])


def test_the_known_projects_show_no_economies_of_scale(projects):
    """The finding the notebook rests on: b is above 1, and its interval holds everything from 0 to 2.5."""
    known = projects[projects["comparable"]]
    law = cc.fit_cost_law(known["capacity_t"], known["cost_mn_som"])
    assert law.exponent == pytest.approx(1.2566, abs=1e-4)
    assert law.exponent_low < 0.6 < 1 < law.exponent_high
    assert cc.scale_assumption(law).low == 0.6


def test_cost_law_by_hand_and_with_a_given_exponent():
    """Cost = 3 x capacity^0.5 exactly; with b = 1 the level is the geometric mean of cost over capacity."""
    capacity = pd.Series([100.0, 400.0, 900.0])
    law = cc.fit_cost_law(capacity, 3 * np.sqrt(capacity))
    assert law.exponent == pytest.approx(0.5)
    assert law.residual_sd == pytest.approx(0, abs=1e-12)
    assert law.cost([1600.0]) == pytest.approx(120)
    held = cc.fit_cost_law(pd.Series([100.0, 400.0]), pd.Series([10.0, 10.0]), exponent=1.0)
    assert held.cost([200.0]) == pytest.approx(200 * sqrt(10 / 100 * 10 / 400))
    assert (held.exponent, held.exponent_se) == (1, 0)


def test_cost_law_refuses():
    with pytest.raises(AnalysisError, match="3 or more projects"):
        cc.fit_cost_law(pd.Series([1.0, 2.0]), pd.Series([1.0, 2.0]))
    with pytest.raises(AnalysisError, match="same capacity"):
        cc.fit_cost_law(pd.Series([2.0, 2.0, 2.0]), pd.Series([1.0, 2.0, 3.0]))
    with pytest.raises(AnalysisError, match="above 0"):
        cc.fit_cost_law(pd.Series([1.0, 2.0, 0.0]), pd.Series([1.0, 2.0, 3.0]))


def test_cost_of_stores_in_som_per_year(projects, values):
    """At the reference capacity: annuity x fitted cost in som + staff."""
    costs = cc.store_costs(projects, values)
    law = cc.fit_cost_law(*(projects[projects["comparable"]][c] for c in ("capacity_t", "cost_mn_som")), exponent=0.7)
    rate = 0.08 / (1 - 1.08**-25)
    expected = rate * law.cost_at_reference * 1e6 + 9e5
    assert costs.yearly(np.array([law.reference]))[0] == pytest.approx(expected)
    assert 1e6 < expected < 1e7  # som, not million som or tyiyn
    with pytest.raises(ParameterError, match="needs interest_rate"):
        cc.store_costs(projects, {k: v for k, v in values.items() if k != "interest_rate"})


# --- alone or shared ------------------------------------------------------------------------------------


def test_two_raions_by_hand(projects, values):
    """Equal raions 1 degree apart: sharing pays when (2 - 2^b) x one store exceeds the transport."""
    points = pd.DataFrame(
        {"latitude": [0.0, 1.0], "longitude": [0.0, 0.0], "harvest_t": [4000.0, 4000.0]}, index=["A", "B"]
    )
    chosen = values | {"staff_som_per_store": 0.0, "smallest_store_t": 0.0, "storable_share": 0.1}
    one = cc.store_costs(projects, chosen).yearly(np.array([400.0]))[0]
    limit = (2 - 2**0.7) * one / (400 * 222.39)
    table = cc.pooling_break_even(points, projects, chosen)
    assert table["break_even"].tolist() == pytest.approx([limit], rel=1e-4)
    for factor, hubs in ((0.99, 1), (1.01, 2)):
        found = cc.pooling(points, projects, chosen | {"transport_som_per_t_km": factor * limit})
        assert found.hubs == hubs
        assert found.moved_t == (400 if hubs == 1 else 0)
    assert found.saving == 0
    free = cc.pooling(points, projects, chosen | {"transport_som_per_t_km": 0.0})
    assert free.saving_percent == pytest.approx(100 * (2 - 2**0.7) / 2)


def test_limits_on_the_real_raions(points, projects, values):
    """Free transport with stores of any size: one hub. No economies of scale and no staff: a store everywhere."""
    free = values | {"transport_som_per_t_km": 0.0, "largest_store_t": 1e9}
    assert cc.pooling(points, projects, free).hubs == 1
    none = values | {"scale_exponent": 1.0, "staff_som_per_store": 0.0, "smallest_store_t": 0.0, "largest_store_t": inf}
    found = cc.pooling(points, projects, none)
    assert (found.hubs, found.moved_t) == (8, 0)
    assert found.saving_percent == pytest.approx(0, abs=1e-9)


def test_closed_raions_keep_their_store(points, projects, values, exposures):
    closed = cc.closed_in_winter(exposures, points.index)
    cheap = values | {"transport_som_per_t_km": 0.5, "storable_share": 0.02}
    savings = []
    for share in (0.0, 0.3, 1.0):
        found = cc.pooling(points, projects, cheap, closed, share)
        assert found.stored.sum() == pytest.approx(0.02 * points["harvest_t"].sum())
        assert found.shared.facilities["quantity"].sum() == pytest.approx(found.stored.sum())
        site = found.shared.assignment
        assert all(site.get(f"{name}, winter", name) == name for name in closed)
        savings.append(found.saving)
    assert site[closed].tolist() == closed
    assert savings == sorted(savings, reverse=True)  # a closed road never helps
    assert savings[-1] > 0


def test_what_cannot_be_built_is_refused(points, projects, values):
    with pytest.raises(AnalysisError, match="exceeds the capacity of a facility, 1000"):
        cc.pooling(points, projects, values, capacity_t=1000)
    with pytest.raises(ParameterError, match="storable share above 0"):
        cc.pooling(points, projects, values | {"storable_share": 0})
    with pytest.raises(ParameterError, match="Sharing needs circuity"):
        cc.pooling(points, projects, {k: v for k, v in values.items() if k != "circuity"})


def test_capacity_of_a_hub_limits_sharing(points, projects, values):
    cheap = values | {"transport_som_per_t_km": 0.0}
    largest = 0.1 * points["harvest_t"].max()
    found = cc.pooling(points, projects, cheap, capacity_t=largest * 1.0001)
    assert found.shared.facilities["quantity"].max() <= largest * 1.0001
    assert len(found.shared.facilities) >= np.ceil(0.1 * points["harvest_t"].sum() / largest)


def test_table_of_cases(points, projects, values, exposures):
    closed = cc.closed_in_winter(exposures, points.index)
    varied = {"storable_share": [0.02, 0.3], "transport_som_per_t_km": [0.0, 8.0, 80.0]}
    table = cc.pooling_table(points, projects, values, varied, closed, [0.0, 1.0])
    assert len(table) == 12
    at = table.set_index(["storable_share", "transport_som_per_t_km", "closed_share"])
    for share in (0.02, 0.3):
        open_ = at.loc[share].xs(0.0, level="closed_share")
        assert open_["hubs"].is_monotonic_increasing
        assert open_["saving_percent"].is_monotonic_decreasing
    # Where little is stored, one store would be larger than the need: sharing is worth more.
    assert at.loc[(0.02, 8.0, 0.0), "saving_percent"] > at.loc[(0.3, 8.0, 0.0), "saving_percent"]
    np.testing.assert_allclose(table["shared_mn_som"], table["alone_mn_som"] * (1 - table["saving_percent"] / 100))
    with pytest.raises(ParameterError, match="diesel cannot be varied"):
        cc.pooling_table(points, projects, values, {"diesel": [1.0]})


def test_model_for_tornado_and_draws(points, projects, exposures):
    known = projects[projects["comparable"]]
    law = cc.fit_cost_law(known["capacity_t"], known["cost_mn_som"])
    circuity = cc.fit_circuity(cc.road_distances(exposures)["ratio"])
    assumptions = (*cc.ASSUMPTIONS, cc.scale_assumption(law), circuity.assumption())
    model = cc.pooling_model(points, projects)
    assert model(central_values(assumptions))["saving_percent"] < 1
    assert tornado(model, assumptions, "saving_percent")["name"].iloc[0] == "scale_exponent"
    draws = monte_carlo(model, assumptions, 5, seed=1)
    assert (draws["shared_mn_som"] <= draws["alone_mn_som"] * (1 + 1e-9)).all()
