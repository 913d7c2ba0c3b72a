"""Local weather in the analysis: known slopes come back, and what cannot be done is refused."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from pipeline.errors import AnalysisError, DataError, ParameterError
from pipeline.studies.weather.local import local_weather

OBLASTS = ["Batken", "Chui", "Naryn", "Osh"]
YEARS = range(2000, 2025)
RAIN, WARMTH = 0.05, -1.5  # c/ha per mm and per degree, put into the made yields


@pytest.fixture(scope="module")
def made():
    """Made weather and the yields that follow from it: slopes RAIN and WARMTH, a shock shared by all, small noise."""
    generator = np.random.default_rng(7)
    index = pd.MultiIndex.from_product([OBLASTS, YEARS, range(1, 13)], names=["oblast", "year", "month"])
    base = index.to_frame(index=False)
    warm = base.assign(variable="temperature", value=generator.normal(12, 3, len(base)), unit="degrees_c")
    wet = base.assign(variable="precipitation", value=generator.gamma(2, 20, len(base)), unit="mm")
    season = base["month"].between(4, 7)
    warmth = warm[season].groupby(["year", "oblast"])["value"].mean().unstack()
    rain = wet[season].groupby(["year", "oblast"])["value"].sum().unstack()
    shared = pd.Series(generator.normal(0, 3, len(YEARS)), index=list(YEARS))
    noise = generator.normal(0, 0.05, rain.shape)
    yields = (25 + RAIN * rain + WARMTH * warmth + noise).add(shared, axis=0)
    return yields, pd.concat([warm, wet], ignore_index=True), warmth, rain


def test_slopes_that_were_put_in_come_back(made):
    yields, monthly, _, _ = made
    found = local_weather(yields, monthly, "Chui", 2023, 2024)
    slopes = found.table().query("model == 'panel'").set_index("variable")["estimate"]
    assert slopes["precipitation"] == pytest.approx(RAIN, abs=0.003)
    assert slopes["temperature"] == pytest.approx(WARMTH, abs=0.03)
    assert found.years == (2000, 2024) and found.oblasts == tuple(OBLASTS)


def test_the_prediction_is_the_regression_of_changes_on_changes(made):
    yields, monthly, warmth, rain = made
    found = local_weather(yields, monthly, "Osh", 2023, 2024).prediction
    frame = pd.DataFrame({"y": yields["Osh"], "w": warmth["Osh"], "r": rain["Osh"]}).diff().dropna()
    fit = smf.ols("y ~ w + r", frame.loc[:2023]).fit()
    expected = fit.get_prediction(frame.loc[[2024]]).summary_frame(alpha=0.05).iloc[0]
    assert found.predicted == pytest.approx(expected["mean"])
    assert found.predicted_lower == pytest.approx(expected["mean_ci_lower"])
    assert found.prediction_upper == pytest.approx(expected["obs_ci_upper"])
    assert found.observed == pytest.approx(frame.loc[2024, "y"])


def test_later_weather_and_yields_change_nothing_in_the_prediction(made):
    yields, monthly, _, _ = made
    whole = local_weather(yields, monthly, "Osh", 2020, 2021).prediction
    cut = local_weather(yields.loc[:2021], monthly[monthly["year"] <= 2021], "Osh", 2020, 2021).prediction
    assert whole.predicted == pytest.approx(cut.predicted)


def test_only_years_with_weather_are_used(made):
    yields, monthly, _, _ = made
    found = local_weather(yields, monthly[monthly["year"] >= 2008], "Osh", 2023, 2024)
    assert found.years == (2008, 2024) and found.prediction.number_of_years == 15


def test_one_oblast_is_enough_for_its_own_prediction(made):
    yields, monthly, _, _ = made
    found = local_weather(yields, monthly[monthly["oblast"] == "Osh"], "Osh", 2023, 2024)
    assert found.panel is None and found.oblasts == ("Osh",)
    assert set(found.table()["model"]) == {"oblast"}


@pytest.mark.parametrize(
    "options, error, message",
    [
        ({"oblast": "Talas"}, ParameterError, "the panel has no 'Talas'"),
        ({"year_before": 2001, "year_after": 2002}, AnalysisError, r"year\(s\) before 2002"),
        ({"year_after": 2030}, ParameterError, "year_after 2030 is outside"),
    ],
)
def test_what_cannot_be_done_is_refused(made, options, error, message):
    yields, monthly, _, _ = made
    with pytest.raises(error, match=message):
        local_weather(yields, monthly, **({"oblast": "Osh", "year_before": 2023, "year_after": 2024} | options))


def test_incomplete_weather_is_refused(made):
    yields, monthly, _, _ = made
    with pytest.raises(ParameterError, match="no seasons for Osh;"):
        local_weather(yields, monthly[monthly["oblast"] == "Chui"], "Osh", 2023, 2024)
    with pytest.raises(DataError, match="without all twelve months"):
        local_weather(yields, monthly.iloc[1:], "Osh", 2023, 2024)
    with pytest.raises(AnalysisError, match=r"1 year\(s\) with both a yield and weather of Osh"):
        local_weather(yields, monthly[monthly["year"] == 2010], "Osh", 2023, 2024)
    unequal = monthly[(monthly["oblast"] != "Chui") | (monthly["year"] > 2005)]
    with pytest.raises(DataError, match="seasons of precipitation: Chui lacks"):
        local_weather(yields, unequal, "Osh", 2023, 2024)
    gap = monthly[monthly["year"] != 2015]
    with pytest.raises(DataError, match=r"missing: \[2015\]"):
        local_weather(yields, gap, "Osh", 2023, 2024)
