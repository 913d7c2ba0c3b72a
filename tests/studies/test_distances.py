"""Distances: the great circle by hand and by another formula, positions, circuity against statsmodels."""

from math import exp, sqrt

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from pipeline.errors import AnalysisError, DataError, ParameterError
from pipeline.studies import distances as di


def test_great_circle():
    """A degree of meridian is 2 pi R / 360 = 111.195 km; a quarter of the equator 90 of them."""
    km = di.great_circle_km(np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 90.0]))
    assert km[0, 1] == pytest.approx(111.195, abs=0.001)
    assert km[0, 2] == pytest.approx(90 * 111.195, abs=0.1)
    np.testing.assert_allclose(km, km.T)
    assert (np.diag(km) == 0).all()
    with pytest.raises(ParameterError, match="within 90"):
        di.great_circle_km(np.array([73.0, 100.0]), np.array([41.0, 42.0]))


def test_road_km_by_hand():
    points = pd.DataFrame({"latitude": [0.0, 1.0], "longitude": [0.0, 0.0]}, index=["A", "B"])
    km = di.road_km(points, 2.0)
    assert km.loc["A", "B"] == km.loc["B", "A"] == pytest.approx(222.39, abs=0.01)
    assert km.loc["A", "A"] == 0
    with pytest.raises(ParameterError, match="Circuity is 1 or more"):
        di.road_km(points, 0.9)
    with pytest.raises(ParameterError, match="Circuity is 1 or more"):
        di.road_km(points, np.nan)


def test_known_roads(exposures):
    roads = di.road_distances(exposures).set_index("origin")
    assert roads["destination"].tolist() == ["Jalal-Abad city"] * 3 + ["Bishkek city"]
    assert (roads["ratio"] > 1).all()
    # Law of cosines on the sphere, another formula than the haversine.
    towns = di.town_positions(exposures)
    (a, b), (c, d) = (np.radians(towns.loc[name]) for name in ("Toktogul (Toktogul raion)", "Jalal-Abad city"))
    angle = np.arccos(np.sin(a) * np.sin(c) + np.cos(a) * np.cos(c) * np.cos(b - d))
    assert roads.loc["Toktogul (Toktogul raion)", "ratio"] == pytest.approx(327 / (di.EARTH_RADIUS_KM * angle))
    with pytest.raises(DataError, match="two or more"):
        di.road_distances(exposures[exposures["source"] != "town_positions"])


def test_a_raion_stands_at_its_centroid_or_its_centre(exposures):
    raions = di.raions_of("Jalal-Abad")
    assert len(raions) == 8
    centroid = di.raion_positions(exposures, raions)
    centre = di.raion_positions(exposures, raions, at="centre")
    assert centroid.loc["Suzak raion"].tolist() == [41.095, 73.255]
    assert centre.loc["Suzak raion"].tolist() == [40.8982, 72.90481]
    unknown = ["Chatkal raion", "Nooken raion"]  # the database has no entry for their centres
    assert (centre == centroid).all(axis=1).loc[lambda same: same].index.tolist() == unknown
    pd.testing.assert_frame_equal(
        di.raion_positions(exposures, di.raions_of("Talas"), at="centre"),
        di.raion_positions(exposures, di.raions_of("Talas")),
    )
    with pytest.raises(ParameterError, match="Unknown oblast 'Ferghana'"):
        di.raions_of("Ferghana")
    with pytest.raises(ParameterError, match="not at 'market'"):
        di.raion_positions(exposures, raions, at="market")
    with pytest.raises(DataError, match="Atlantis lacks a position"):
        di.raion_positions(exposures, ["Suzak raion", "Atlantis"])


def test_circuity_is_the_t_interval_of_the_logarithms():
    ratios = pd.Series([1.5, 2.0, 3.0])
    found = di.fit_circuity(ratios)
    logs = np.log(ratios)
    low, high = stats.t.interval(0.95, 2, logs.mean(), logs.std() / sqrt(3))
    assert found.factor == pytest.approx(9 ** (1 / 3))  # geometric mean of 1.5, 2, 3
    assert (found.low, found.high) == pytest.approx((exp(low), exp(high)))
    constant = sm.OLS(logs, np.ones(3)).fit().get_prediction([1]).summary_frame(alpha=0.05).iloc[0]
    assert found.pair_high == pytest.approx(exp(constant["obs_ci_upper"]))
    assert found.pair_low == 1  # a new road cannot be shorter than the great circle
    with pytest.raises(AnalysisError, match="ratios of 1 or more"):
        di.fit_circuity(pd.Series([0.9, 1.2]))
    with pytest.raises(AnalysisError, match="two or more"):
        di.fit_circuity(pd.Series([1.2]))
