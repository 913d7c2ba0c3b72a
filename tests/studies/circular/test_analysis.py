"""Circular economy: waste per head and its conflicts by hand, plans against the sums, refusals, real figures."""

import numpy as np
import pandas as pd
import pytest

from pipeline.errors import AnalysisError, DataError, ParameterError
from pipeline.methods.assumptions import central_values, monte_carlo, tornado
from pipeline.methods.facility_location import annuity, break_even
from pipeline.studies.circular import analysis as ci
from pipeline.studies.distances import road_km

VALUES = central_values(ci.ASSUMPTIONS) | {"circuity": 2.0}


@pytest.fixture
def points(exposures) -> pd.DataFrame:
    return ci.waste_points(exposures)


@pytest.fixture
def waste(exposures) -> pd.Series:
    return ci.waste_by_area(exposures, 2023)["waste_t"]


# --- waste and its conflicts ----------------------------------------------------------------------------


def test_population_is_complete_and_in_persons(exposures):
    people = ci.population(exposures, 2023)
    assert len(people) == 9
    assert people["Jalal-Abad"] == 1_311_000
    assert people.sum() == pytest.approx(7_037_600, abs=500)
    with pytest.raises(AnalysisError, match="No full set of populations for 1991; there are 2012"):
        ci.population(exposures, 1991)
    doubled = exposures.copy()
    wrong = (doubled["indicator"] == "population") & (doubled["area"] == "Osh") & (doubled["year"] == 2023)
    doubled.loc[wrong & (doubled["area_level"] == "oblast"), "value"] *= 2
    with pytest.raises(DataError, match="the parts add up to"):
        ci.population(doubled, 2023)


def test_waste_is_kg_per_head_times_people(exposures):
    """279.019455 kg x 1 311 000 people = 365 794.5 t."""
    table = ci.waste_by_area(exposures, 2023)
    assert table.loc["Jalal-Abad", "waste_t"] == pytest.approx(365_794.5, abs=0.1)
    assert ci.waste_by_area(exposures, 2024, 251.5)["waste_t"].sum() == pytest.approx(
        251.5 * 7_162_000 / 1000, rel=1e-3
    )
    with pytest.raises(AnalysisError, match="No official waste per head for 2024; there are 2010 to 2023"):
        ci.waste_by_area(exposures, 2024)
    with pytest.raises(ParameterError, match="above 0 kg"):
        ci.waste_by_area(exposures, 2023, 0)
    with pytest.raises(DataError, match="No figure of municipal"):
        ci.waste_per_head(exposures.head(0))


def test_estimates_on_one_scale(exposures):
    table = ci.waste_estimates(exposures).set_index(["area", "year", "what"])
    official = table.xs(ci.PER_HEAD, level="what")
    assert (official["ratio"] == 1).all()
    assert official.index.get_level_values("year").min() == 2012
    factbook = table.loc[("Kyrgyzstan", 2024, "municipal solid waste generated")]
    assert factbook["kg_per_head"] == pytest.approx(1.113e9 / 7_161_900)
    assert factbook["ratio"] == pytest.approx(155.4 / 279.02, abs=1e-3)
    inhabitant = table.loc[("Kyrgyzstan", 2024, "municipal solid waste per inhabitant")]
    assert inhabitant["kg_per_head"] == pytest.approx(251.5)
    assert inhabitant["waste_t"] == pytest.approx(251.5 * 7161.9)
    osh = table.loc[("Osh city", 2019, "share of waste removed")]
    assert osh["waste_t"] == pytest.approx(305_000)
    assert osh["is_bound"]
    assert osh["ratio"] > 5  # a thousand kg a head: the figure cannot be tonnes of the city's residents
    day = table.loc[("Bishkek city", 2025, "waste collected per day")]
    assert day["kg_per_head"] == pytest.approx(365e6 / 1_165_500)  # residents of 2024, the latest known


def test_a_figure_in_another_unit_is_refused(exposures):
    wrong = exposures.assign(unit=exposures["unit"].replace("million_t", "mw"))
    with pytest.raises(DataError, match="in mw is not a known amount"):
        ci.waste_estimates(wrong)


def test_the_range_of_waste_per_head_is_that_of_the_sources(exposures):
    estimates = ci.waste_estimates(exposures)
    found = ci.per_head_assumption(estimates, 2023)
    assert (found.low, found.central, found.high) == pytest.approx((155.4, 279.02, 279.02), abs=0.01)
    with pytest.raises(ParameterError, match="waste_year is 2024. Allowed: 2012 to 2023"):
        ci.per_head_assumption(estimates, 2024)


# --- capacity -------------------------------------------------------------------------------------------


def test_sorting_capacity_by_hand():
    """300 000 t, of which half sorted on 300 days: 500 t a day."""
    assert ci.sorting_capacity(pd.Series({"A": 300_000.0}), 0.5, 300)["A"] == 500
    with pytest.raises(ParameterError, match="1 to 366 days"):
        ci.sorting_capacity(pd.Series({"A": 1.0}), 0.5, 3000)


def test_planned_plants_burn_more_than_their_cities_make(exposures, waste):
    table = ci.burning_capacity(exposures, waste).set_index("area")
    assert table.loc["Bishkek city", "capacity_t"] == 1200 * 365
    assert table.loc["Osh city", "capacity_t"] == 310_000
    assert table.loc["Osh city", "ratio"] == pytest.approx(310_000 / 100_809.7, rel=1e-5)
    assert table.loc["Osh city", "with_oblast_t"] == pytest.approx(waste["Osh city"] + waste["Osh"])
    assert table.loc["Osh city", "ratio_with_oblast"] == pytest.approx(310_000 / 508_289.7, rel=1e-5)
    assert table["status"].to_dict() == {"Bishkek city": "reported", "Osh city": "planned"}
    assert ci.plants_too_large(table) == {"burning_plants": 2, "burning_above_city": 2, "burning_above_oblast": 0}
    with pytest.raises(DataError, match="expected a capacity of a city with known waste"):
        ci.burning_capacity(exposures, waste.drop("Osh city"))


# --- plans ----------------------------------------------------------------------------------------------


def test_points_lie_in_their_oblasts(points, exposures):
    assert len(points) == 9
    assert points["latitude"].between(39, 43.3).all()
    assert points["longitude"].between(69, 80.3).all()
    rows = exposures[exposures["area"].isin(["Bakay-Ata raion", "Kara-Buura raion", "Manas raion", "Talas raion"])]
    table = rows.pivot_table(index="area", columns="indicator", values="value")
    expected = np.average(table["centroid_latitude"], weights=table["population"])
    assert len(table) == 4
    assert points.loc["Talas", "latitude"] == pytest.approx(expected)
    assert points.loc["Osh city"].tolist() == [40.52828, 72.7985]
    with pytest.raises(DataError, match="Osh city lacks a position"):
        ci.waste_points(exposures[exposures["area"] != "Osh city"])


def test_plant_costs_in_som():
    """900 mn som for 100 000 t: annuity of 8 % over 20 years plus a tenth, paid every year."""
    costs = ci.plant_costs(VALUES)
    expected = 900e6 * (annuity(0.08, 20) + 0.1)
    assert costs.yearly(np.array([100_000.0, 1_600_000.0])).tolist() == pytest.approx([expected, expected * 16**0.75])
    with pytest.raises(ParameterError, match="needs operating_share"):
        ci.plant_costs({name: value for name, value in VALUES.items() if name != "operating_share"})


def test_plans_by_hand():
    """Two places a degree apart; 1 t-km costs 12 som, circuity 2."""
    points = pd.DataFrame({"latitude": [0.0, 1.0], "longitude": [0.0, 0.0]}, index=["A", "B"])
    waste = pd.Series({"A": 100_000.0, "B": 50_000.0})
    plans = ci.waste_plans(waste, points, VALUES | {"sorted_share": 1.0})
    cost = ci.plant_costs(VALUES).yearly
    assert plans.national.transport_cost == pytest.approx(50_000 * 222.39 * 12, rel=1e-4)
    assert plans.national.facility_cost == pytest.approx(cost(np.array([150_000.0]))[0])
    assert plans.municipal.total_cost == pytest.approx(cost(np.array([100_000.0, 50_000.0])).sum())
    table = plans.table().set_index("plan")
    assert table.loc["municipal network", "som_per_t"] == pytest.approx(plans.municipal.total_cost / 150_000)
    assert table.loc["cheapest", "total_mn_som"] == table["total_mn_som"].min()


def test_the_network_beats_one_plant_above_the_break_even(waste, points):
    load = waste * VALUES["sorted_share"]
    table = break_even(load, road_km(points, VALUES["circuity"]), ci.plant_costs(VALUES).yearly)
    limit = table.loc[table["size"] == 9, "break_even"].item()
    for factor in (0.99, 1.01):
        plans = ci.waste_plans(waste, points, VALUES | {"waste_transport_som_per_t_km": factor * limit})
        assert (plans.national.total_cost < plans.municipal.total_cost) == (factor < 1)
        assert plans.cheapest.total_cost <= min(plans.national.total_cost, plans.municipal.total_cost) * (1 + 1e-9)


def test_limits_on_the_real_areas(waste, points):
    free = ci.waste_plans(waste, points, VALUES | {"waste_transport_som_per_t_km": 0.0})
    assert len(free.cheapest.facilities) == 1
    constant = ci.waste_plans(waste, points, VALUES | {"plant_scale_exponent": 1.0})
    assert len(constant.cheapest.facilities) == 9
    assert constant.cheapest.transport_cost == 0


def test_a_step_that_takes_less_of_the_waste_wants_fewer_plants(waste, points):
    """What is left for recycling after sorting is a fraction of the waste: there one plant can be the better plan."""
    table = ci.waste_plan_table(waste, points, VALUES, [1.0, 12.0], [0.05, 0.6])
    at = table.set_index(["tariff", "share"])
    assert at.loc[(1.0, 0.05), "plants"] == 1
    assert at.loc[(1.0, 0.05), "national_over_municipal"] < 1 < at.loc[(12.0, 0.6), "national_over_municipal"]
    assert at.loc[(12.0, 0.6), "plants"] >= at.loc[(12.0, 0.05), "plants"]
    plans = ci.waste_plans(waste, points, VALUES)
    ratio = plans.national.total_cost / plans.municipal.total_cost
    assert at.loc[(12.0, 0.6), "national_over_municipal"] == pytest.approx(ratio)
    above = 100 * (plans.municipal.total_cost / plans.cheapest.total_cost - 1)
    assert at.loc[(12.0, 0.6), "municipal_above_cheapest_percent"] == pytest.approx(above)


def test_impossible_values_are_refused(waste, points):
    with pytest.raises(ParameterError, match="sorted_share"):
        ci.waste_plans(waste, points, VALUES | {"sorted_share": 60})
    with pytest.raises(ParameterError, match="Circuity is 1 or more"):
        ci.waste_plans(waste, points, {name: value for name, value in VALUES.items() if name != "circuity"})
    with pytest.raises(ParameterError, match="same order"):
        ci.waste_plans(waste.iloc[::-1], points, VALUES)


def test_model_for_tornado_and_draws(exposures, points):
    assumptions = (*ci.ASSUMPTIONS, ci.per_head_assumption(ci.waste_estimates(exposures), 2023))
    model = ci.waste_model(ci.population(exposures, 2023), points)

    def with_circuity(values):
        return model({**values, "circuity": 2.0})

    table = tornado(with_circuity, assumptions, "sorting_t_per_day").set_index("name")
    central = 0.6 * 1_963_627 / 300
    assert table["output_central"].iloc[0] == pytest.approx(central, rel=1e-6)
    assert table.loc["sorted_share", ["output_low", "output_high"]].tolist() == pytest.approx(
        [central / 2, central * 1.5]
    )
    assert table.loc["plant_scale_exponent", "swing"] == 0
    draws = monte_carlo(with_circuity, assumptions, 4, seed=3)
    assert (draws["national_above_cheapest_percent"] > 0).all()
    assert (draws["municipal_above_cheapest_percent"] >= -1e-6).all()
