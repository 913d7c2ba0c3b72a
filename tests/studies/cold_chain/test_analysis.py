"""Cold chain: the cost law against statsmodels, closures, and pooling by hand, at its limits and on the real raions."""

from math import inf, log, sqrt

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from pipeline.errors import AnalysisError, DataError, ParameterError
from pipeline.methods.assumptions import central_values, tornado
from pipeline.methods.facility_location import locate
from pipeline.studies.cold_chain import analysis as cc
from pipeline.studies.distances import fit_circuity, road_distances


@pytest.fixture
def points(panel, exposures) -> pd.DataFrame:
    return cc.demand_points(panel, exposures, "Jalal-Abad")


@pytest.fixture
def projects(exposures) -> pd.DataFrame:
    return cc.storage_projects(exposures)


@pytest.fixture
def values(projects) -> dict[str, float]:
    return central_values(cc.ASSUMPTIONS) | {"circuity": 2.0, "scale_exponent": 0.7}


# --- demand and closures --------------------------------------------------------------------------------


def test_demand_points_of_the_oblast(points, panel, exposures):
    assert len(points) == 8
    assert points.loc["Suzak raion", "harvest_t"] == pytest.approx(78129.5 + 9572.4)
    assert points.loc["Suzak raion", ["latitude", "longitude"]].tolist() == [41.095, 73.255]
    assert cc.demand_points(panel, exposures, "Osh").shape == (7, 3)
    with pytest.raises(ParameterError, match="Unknown oblast 'Ferghana'"):
        cc.demand_points(panel, exposures, "Ferghana")
    with pytest.raises(DataError, match="lacks a harvest of saffron"):
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
    with pytest.raises(ParameterError, match="closed share from 0 to 1"):
        cc.road_matrix(points, 2.0, ["B"], 1.1)


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
    law = cc.known_law(projects)
    assert law.exponent == pytest.approx(1.2566, abs=1e-4)
    assert law.exponent_low < 0.6 < 1 < law.exponent_high
    assert cc.scale_cases(law) == {"six_tenths": 0.6, "constant": 1.0, "fitted": law.exponent}
    for case, exponent in cc.scale_cases(law).items():
        found = cc.scale_assumption(law, case)
        assert (found.low, found.central, found.high) == (0.6, exponent, law.exponent + law.exponent_se)
    with pytest.raises(ParameterError, match="expected one of six_tenths, constant, fitted"):
        cc.scale_assumption(law, "seven_tenths")


def test_no_single_project_makes_the_finding(projects):
    """Without any one of the four the exponent stays above 1, and its interval holds the six-tenths rule."""
    table = cc.leave_one_out(projects)
    assert table["som_per_t"].tolist() == [33_500, 22_500, 44_000, 46_500]
    assert table["exponent"].min() > 1
    assert (table["exponent_low"] < 0.6).all()
    three = projects[projects["project"].isin(["Ala-Buka raion", "Aksy raion", "Batken city"])]
    slope = np.polyfit(np.log(three["capacity_t"]), np.log(three["cost_mn_som"]), 1)[0]
    assert table.set_index("project").loc["Bazar-Korgon raion", "exponent"] == pytest.approx(slope)


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
    law = cc.known_law(projects, 0.7)
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
    chosen = values | {"staff_thousand_som": 0.0, "smallest_store_t": 0.0, "storable_share": 0.1}
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


@pytest.mark.parametrize("exponent", [0.6, 1.0, 1.2566])
def test_limits_on_the_real_raions(points, projects, values, exponent):
    """Free transport: one hub is as cheap as any plan. No cost of size, or none of transport's worth: a store each."""
    chosen = values | {"scale_exponent": exponent}
    free = cc.storage(points, projects, chosen | {"transport_som_per_t_km": 0.0})
    one = locate(free.stored, free.transport, free.costs.yearly, facilities=1)
    best = locate(free.stored, free.transport, free.costs.yearly)
    assert one.total_cost == pytest.approx(best.total_cost)
    dear = cc.pooling(points, projects, chosen | {"transport_som_per_t_km": 1e4})
    assert (dear.hubs, dear.moved_t, dear.saving) == (8, 0, pytest.approx(0, abs=1e-3))


def test_without_economies_of_scale_nothing_is_saved(points, projects, values):
    none = values | {"scale_exponent": 1.0, "staff_thousand_som": 0.0, "smallest_store_t": 0.0, "largest_store_t": inf}
    found = cc.pooling(points, projects, none | {"transport_som_per_t_km": 0.01})
    assert (found.hubs, found.moved_t) == (8, 0)
    assert found.saving_percent == pytest.approx(0, abs=1e-9)


def test_closed_raions_keep_their_store(points, projects, values, exposures):
    closed = cc.closed_in_winter(exposures, points.index)
    cheap = values | {"transport_som_per_t_km": 0.5, "storable_share": 0.02}
    savings = []
    for share in (0.0, 0.3, 1.0):
        found = cc.pooling(points, projects, cheap, closed, share)
        assert found.storage.stored.sum() == pytest.approx(0.02 * points["harvest_t"].sum())
        assert found.shared.facilities["quantity"].sum() == pytest.approx(found.storage.stored.sum())
        site = found.shared.assignment
        assert all(site.get(f"{name}, winter", name) == name for name in closed)
        savings.append(found.saving)
    assert site[closed].tolist() == closed
    assert not set(found.flows["origin"]) & set(closed)
    assert savings == sorted(savings, reverse=True)  # a closed road never helps
    assert savings[-1] > 0


def test_the_smaller_of_two_neighbours_brings_its_harvest_to_the_larger(projects, values):
    points = pd.DataFrame(
        {"latitude": [0.0, 0.1], "longitude": [0.0, 0.0], "harvest_t": [4000.0, 8000.0]}, index=["A", "B"]
    )
    found = cc.pooling(points, projects, values | {"scale_exponent": 0.6, "circuity": 1.0})
    assert found.hubs == 1
    assert found.flows.to_dict("records") == [{"origin": "A", "hub": "B", "t": 400}]
    assert found.shared.transport_cost == pytest.approx(400 * 11.1195 * values["transport_som_per_t_km"], rel=1e-4)


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
    table = cc.pooling_table(points, projects, values, varied)
    assert len(table) == 6
    at = table.set_index(["storable_share", "transport_som_per_t_km"])
    for share in (0.02, 0.3):
        assert at.loc[share, "hubs"].is_monotonic_increasing
        assert at.loc[share, "saving_percent"].is_monotonic_decreasing
    # Where little is stored, one store would be larger than the need: sharing is worth more.
    assert at.loc[(0.02, 8.0), "saving_percent"] > at.loc[(0.3, 8.0), "saving_percent"]
    bound = cc.pooling_table(points, projects, values, varied, closed)  # a closed road never helps
    assert (bound["saving_percent"] <= table["saving_percent"] + 1e-9).all() and not bound.equals(table)
    np.testing.assert_allclose(table["shared_mn_som"], table["alone_mn_som"] * (1 - table["saving_percent"] / 100))
    with pytest.raises(ParameterError, match="diesel cannot be varied"):
        cc.pooling_table(points, projects, values, {"diesel": [1.0]})


def test_what_moves_the_saving(points, projects, exposures):
    """At the fit there is nothing to save; the case most favourable to sharing turns on how much is stored."""
    law = cc.known_law(projects)
    circuity = fit_circuity(road_distances(exposures)["ratio"]).assumption()
    closed = cc.closed_in_winter(exposures, points.index)
    model = cc.pooling_model(points, projects, closed)
    at_fit = (*cc.ASSUMPTIONS, cc.scale_assumption(law, "fitted"), circuity)
    assert model(central_values(at_fit))["saving_percent"] < 0.01
    favourable = (*cc.ASSUMPTIONS, cc.scale_assumption(law, "six_tenths"), circuity)
    table = tornado(model, favourable, "saving_percent")
    assert table["name"].iloc[0] == "storable_share"
    assert table["output_central"].iloc[0] == pytest.approx(1.884, abs=1e-3)


def test_draws_by_case(points, projects, exposures):
    circuity = fit_circuity(road_distances(exposures)["ratio"]).assumption()
    drawn = {"points": points, "projects": projects, "assumptions": (*cc.ASSUMPTIONS, circuity), "draws": 6, "seed": 1}
    table = cc.draws_by_case(**drawn, cases={"six_tenths": 0.6, "fitted": 1.2566}).set_index("case")
    one = cc.draws_by_case(**drawn, cases={"fitted": 1.2566}).set_index("case")
    pd.testing.assert_frame_equal(table.loc[["fitted"]], one)  # a case does not depend on the others
    assert (table["low"] <= table["median"]).all() and (table["median"] <= table["high"]).all()
    assert table.loc["six_tenths", "high"] > table.loc["fitted", "high"]


def test_the_plans_by_raion_hold_all_that_is_stored(points, projects, values, exposures):
    """A raion that winter cuts off has two rows in the shared plan; what travels is what the plan moves."""
    closed = cc.closed_in_winter(exposures, points.index)
    found = cc.pooling(points, projects, values | {"scale_exponent": 0.6}, closed)
    table = cc.plans_by_raion(found, points, closed)
    for plan, rows in table.groupby("plan"):
        assert rows["stored_t"].sum() == pytest.approx(found.storage.whole.sum())
        assert len(rows) == len(points) + (len(closed) if plan == "shared" else 0)
    assert (table.loc[table["plan"] == "alone", "site"] == table.loc[table["plan"] == "alone", "raion"]).all()
    shared = table[table["plan"] == "shared"]
    assert shared.loc[shared["site"] != shared["raion"], "stored_t"].sum() == pytest.approx(found.moved_t)
    assert shared["site"].nunique() == found.hubs
    assert set(table.loc[table["closed"], "raion"]) == set(closed)


def test_a_case_below_the_other_is_the_case_alone(points, projects, values):
    cases = {"six_tenths": 0.6, "constant": 1.0}
    varied = {"transport_som_per_t_km": [0.0, 16.0]}
    both = cc.pooling_table_by_case(points, projects, values, cases, varied).set_index("case")
    one = cc.pooling_table(points, projects, values | {"scale_exponent": 1.0}, varied)
    pd.testing.assert_frame_equal(both.loc["constant"].reset_index(drop=True), one)
    groups = cc.break_even_by_case(points, projects, values, cases, most=2)
    assert groups["case"].tolist() == ["six_tenths", "six_tenths", "constant", "constant"]
    assert set(groups["raions"].iloc[0].split(", ")) == set(groups["points"].iloc[0])


def test_every_reason_of_an_assumption_is_among_the_messages(projects):
    scale = cc.scale_assumption(cc.known_law(projects), "fitted")
    there = set(cc.messages())
    assert all({a.label, a.unit, a.reason} <= there for a in (*cc.ASSUMPTIONS, scale))


def test_small_harvests_far_apart_are_where_sharing_pays(panel, exposures, projects, values, points):
    """Naryn stores little in every raion; the chosen oblast's row is the calculation made for it alone."""
    table = cc.every_oblast(panel, exposures, projects, values, {"six_tenths": 0.6}).set_index("oblast")
    assert len(table) == 7
    assert table["saving_percent_six_tenths"].idxmax() == "Naryn"
    assert table.loc["Naryn", "hubs_six_tenths"] < table.loc["Naryn", "raions"] == 5
    closed = cc.closed_in_winter(exposures, points.index)
    alone = cc.pooling(points, projects, values | {"scale_exponent": 0.6}, closed)
    assert table.loc["Jalal-Abad", "saving_percent_six_tenths"] == pytest.approx(alone.saving_percent)
    assert table.loc["Jalal-Abad", "stored_t"] == pytest.approx(33_627.97)
