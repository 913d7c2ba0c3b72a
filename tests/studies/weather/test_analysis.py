"""Temperature, drought years and seasons: by hand, against other implementations, on the wheat
panel."""

from itertools import combinations

import numpy as np
import pandas as pd
import pyfixest as pf
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from scipy import stats

from pipeline.errors import AnalysisError, DataError, ParameterError
from pipeline.studies.weather import analysis as weather


@pytest.fixture
def temperature(exposures) -> pd.Series:
    return weather.national_anomaly(exposures)


def frame(first_year: int = 2001, **columns: list[float]) -> pd.DataFrame:
    length = len(next(iter(columns.values())))
    return pd.DataFrame(columns, index=range(first_year, first_year + length), dtype=float)


def long(wheat: pd.DataFrame, temperature: pd.Series) -> pd.DataFrame:
    table = wheat.reset_index().melt(id_vars="year", var_name="oblast", value_name="y")
    return table.assign(w=table["year"].map(temperature), t=table["year"] - 2008.0)


# --- what a regression on earlier years predicts ------------------------------------------------------------


def test_a_prediction_by_hand():
    # the weather's changes -2 -1 0 1 2 in training, then 3; own changes 0 -1 1 1 2.2: slope
    # (0+1+0+1+4.4)/10 = 0.64, mean 0.64; predicted 0.64 + 0.64 * 3 = 2.56
    own = np.cumsum([20, 0, -1, 1, 1, 2.2, 4])
    other = np.cumsum([20, -2, -1, 0, 1, 2, 3])
    prediction = weather.weather_prediction(frame(own=own), frame(other=other), "own", 2006, 2007)
    assert prediction.predicted == pytest.approx(2.56)
    assert prediction.observed == pytest.approx(4)
    assert prediction.remainder == pytest.approx(1.44)
    assert prediction.share == pytest.approx(0.64)
    residuals = np.array([0, -1, 1, 1, 2.2]) - 0.64 - 0.64 * np.arange(-2, 3)
    variance = residuals @ residuals / 3
    t = stats.t.ppf(0.975, 3)
    margin_of_mean = t * np.sqrt(variance * (1 / 5 + 9 / 10))
    margin_of_year = t * np.sqrt(variance * (1 + 1 / 5 + 9 / 10))
    assert prediction.predicted_upper == pytest.approx(2.56 + margin_of_mean)
    assert prediction.prediction_lower == pytest.approx(2.56 - margin_of_year)
    assert prediction.remainder_upper == pytest.approx(1.44 + margin_of_year)
    assert prediction.share_lower == pytest.approx(0.64 - margin_of_mean / 4)
    assert prediction.coefficients["estimate"].tolist() == pytest.approx([0.64, 0.64])
    assert (prediction.number_of_years, prediction.degrees_of_freedom) == (5, 3)
    assert (prediction.first_year, prediction.last_year) == (2002, 2006)


def test_p_value_and_interval_of_the_remainder_agree(wheat, temperature):
    for oblast in wheat.columns:
        for year in range(2005, 2025):
            found = weather.weather_prediction(wheat, temperature.to_frame(), oblast, year - 1, year)
            outside = found.remainder_lower > 0 or found.remainder_upper < 0
            assert outside == (found.p_value < 0.05)
            assert outside != (found.prediction_lower <= found.observed <= found.prediction_upper)


def test_what_the_others_led_to_expect_is_that_of_the_own_response(wheat):
    found, why = weather.common_part(wheat, "Jalal-Abad", 2023, 2024)
    assert why == "" and [round(value, 2) for value in found.values()] == [4.0, 2.93, 1.77, 4.1]
    early, why = weather.common_part(wheat, "Osh", 1992, 1993)
    assert early["predicted_part"] is None and "needs at least 5" in why


def test_a_fall_turns_the_share_interval_the_right_way_and_no_change_has_no_share():
    own = np.cumsum([20, 0, -1, 1, 1, 2.2, -4])
    other = np.cumsum([20, -2, -1, 0, 1, 2, -3])
    fall = weather.weather_prediction(frame(own=own), frame(other=other), "own", 2006, 2007)
    assert fall.share_lower < fall.share < fall.share_upper
    own[-1] = own[-2]
    still = weather.weather_prediction(frame(own=own), frame(other=other), "own", 2006, 2007)
    assert (still.share, still.share_lower, still.share_upper) == (None, None, None)


def test_temperature_prediction_against_statsmodels(wheat, temperature):
    table = temperature.to_frame()
    changes, warming = wheat["Osh"].diff().dropna(), temperature.diff().dropna()
    fit = sm.OLS(changes.loc[:2023], sm.add_constant(warming.loc[:2023])).fit()
    expected = fit.get_prediction([[1.0, warming.loc[2024]]]).summary_frame().iloc[0]
    found = weather.weather_prediction(wheat, table, "Osh", 2023, 2024)
    assert found.regressors == ("anomaly",)
    assert found.predicted == pytest.approx(expected["mean"])
    assert found.prediction_upper == pytest.approx(expected["obs_ci_upper"])
    level = weather.weather_prediction(wheat, table, "Osh", 2023, 2024, target="deviation")
    design = sm.add_constant(pd.DataFrame({"year": wheat.index - 2000.0, "w": temperature.loc[wheat.index]}))
    slope = sm.OLS(wheat["Osh"].loc[:2023], design.loc[:2023]).fit()
    assert level.coefficients.loc["anomaly", "estimate"] == pytest.approx(slope.params["w"])
    assert level.coefficients.loc["anomaly", "standard_error"] == pytest.approx(slope.bse["w"])


def test_prediction_refusals(wheat, temperature):
    table = temperature.to_frame()
    with pytest.raises(AnalysisError, match=r"4 year\(s\) before 1996 for 2 coefficients; at least 5"):
        weather.weather_prediction(wheat, table, "Osh", 1995, 1996)
    with pytest.raises(ParameterError, match="year_after 2026 is outside the panel"):
        weather.weather_prediction(wheat, table, "Osh", 2025, 2026)
    with pytest.raises(ParameterError, match="must come after"):
        weather.weather_prediction(wheat, table, "Osh", 2024, 2024)
    with pytest.raises(ParameterError, match="level"):
        weather.weather_prediction(wheat, table, "Osh", 2023, 2024, level=95)
    with pytest.raises(AnalysisError, match="Flat by weather before 2024: the fit leaves no residual"):
        weather.weather_prediction(wheat.assign(Flat=20.0), table, "Flat", 2023, 2024)
    with pytest.raises(DataError, match="missing"):
        weather.weather_prediction(wheat.drop(2000), table, "Osh", 2023, 2024)
    with pytest.raises(DataError, match=r"weather has no rows for \[2024\]"):
        weather.weather_prediction(wheat, temperature.drop(2024).to_frame(), "Osh", 2023, 2024)
    with pytest.raises(DataError, match="missing or not numbers"):
        weather.weather_prediction(wheat, temperature.replace(temperature[2000], np.nan).to_frame(), "Osh", 2023, 2024)
    with pytest.raises(DataError, match="frame indexed by whole years"):
        weather.weather_prediction(wheat, temperature, "Osh", 2023, 2024)
    with pytest.raises(AnalysisError, match="combinations of each other"):
        weather.weather_prediction(wheat, (0 * temperature).to_frame(), "Osh", 2023, 2024)


# --- weather panel ------------------------------------------------------------------------------------------


def test_weather_panel_by_hand():
    # weather -1, 0, 1 each; slopes within oblasts 1, 2, 3: common slope 2; residuals (1, 0, -1), 0, (-1, 0, 1)
    yields = frame(a=[9, 10, 11], b=[18, 20, 22], c=[27, 30, 33])
    heat = pd.Series([-1.0, 0, 1], index=yields.index)
    found = weather.weather_panel(yields, {"heat": heat})
    row = found.coefficients.iloc[0]
    assert (row["variable"], row["oblast"], row["estimate"]) == ("heat", "all", pytest.approx(2))
    # sum w^2 = 6, scores -2, 0, 2; c = 3/2 * 8 / (9 - 2), the three nested oblast effects counted as one
    assert row["standard_error"] == pytest.approx(np.sqrt(3 / 2 * 8 / 7 * 8) / 6)
    assert row["p_value"] == pytest.approx(2 * stats.t.sf(row["t_statistic"], 2))
    # within sum of squares 2 + 8 + 18 = 28, residual 4
    assert found.r_squared_within == pytest.approx(1 - 4 / 28)
    assert (found.observations, found.clusters, found.degrees_of_freedom, found.parameters) == (9, 3, 2, 4)
    crooked = frame(a=[9, 10.5, 11], b=[18, 21, 22], c=[27, 29, 33], d=[1, 5, 2])
    own = weather.weather_panel(crooked, {"heat": heat}, slopes="oblast", cluster="year")
    assert own.coefficients["estimate"].tolist() == pytest.approx([1, 2, 3, 0.5])
    assert own.coefficients["oblast"].tolist() == ["a", "b", "c", "d"]


@pytest.mark.parametrize("trend", ["none", "common", "oblast"])
@pytest.mark.parametrize("cluster", ["oblast", "year"])
def test_weather_panel_against_pyfixest(wheat, temperature, trend, cluster):
    formula = {"none": "y ~ w", "common": "y ~ w + t", "oblast": "y ~ w + i(oblast, t)"}[trend] + " | oblast"
    expected = pf.feols(formula, long(wheat, temperature), vcov={"CRV1": cluster}).tidy().loc["w"]
    found = weather.weather_panel(wheat, {"w": temperature}, trend=trend, cluster=cluster).coefficients.iloc[0]
    assert found["estimate"] == pytest.approx(expected["Estimate"])
    assert found["standard_error"] == pytest.approx(expected["Std. Error"])
    assert found["p_value"] == pytest.approx(expected["Pr(>|t|)"])
    assert (found["lower"], found["upper"]) == pytest.approx((expected["2.5%"], expected["97.5%"]))


def test_slopes_by_oblast_against_statsmodels(wheat, temperature):
    table = long(wheat, temperature)
    model = smf.ols("y ~ C(oblast):w + C(oblast):t + C(oblast) - 1", table)
    # statsmodels counts every parameter, and so do we when the oblast effects are not nested in the clusters
    fit = model.fit(cov_type="cluster", cov_kwds={"groups": table["year"]}, use_t=True)
    found = weather.weather_panel(wheat, {"w": temperature}, "oblast", "oblast", cluster="year")
    for _, row in found.coefficients.iterrows():
        name = f"C(oblast)[{row['oblast']}]:w"
        assert row["estimate"] == pytest.approx(fit.params[name])
        assert row["standard_error"] == pytest.approx(fit.bse[name])
        assert (row["lower"], row["upper"]) == pytest.approx(tuple(fit.conf_int().loc[name]))
    assert found.parameters == len(fit.params)
    # one regression for each oblast gives the same slopes
    alone = weather.weather_prediction(wheat, temperature.to_frame(), "Naryn", 2024, 2025, target="deviation")
    until = weather.weather_panel(wheat.loc[:2024], {"w": temperature}, "oblast", "oblast", cluster="year")
    slope = until.coefficients.set_index("oblast").loc["Naryn", "estimate"]
    assert alone.coefficients["estimate"].iloc[-1] == pytest.approx(slope)


# Beside year effects one oblast's trend is what is left of the others', so pyfixest drops it and says so.
@pytest.mark.filterwarnings(r"ignore:\s*1 variables dropped due to multicollinearity")
@pytest.mark.parametrize("trend", ["none", "oblast"])
def test_local_weather_with_year_effects_against_pyfixest(wheat, trend):
    rain = pd.DataFrame(np.random.default_rng(5).gamma(4, 50, wheat.shape), index=wheat.index, columns=wheat.columns)
    yields = 10 + 0.01 * rain + wheat
    table = long(yields, pd.Series(0.0, index=wheat.index))
    table["rain"] = rain.stack().reindex(pd.MultiIndex.from_frame(table[["year", "oblast"]])).to_numpy()
    lines = {"none": "", "oblast": " + i(oblast, t)"}[trend]
    expected = pf.feols(f"y ~ rain{lines} | oblast + year", table, vcov={"CRV1": "oblast"}).tidy().loc["rain"]
    # columns in another order, years beyond the panel: both are sorted out by name
    given = {"rain": pd.concat([rain, rain.iloc[[-1]].set_axis([2026])])[rain.columns[::-1]]}
    found = weather.weather_panel(yields, given, trend=trend, year_effects=True).coefficients.iloc[0]
    assert found["estimate"] == pytest.approx(expected["Estimate"])
    assert found["standard_error"] == pytest.approx(expected["Std. Error"], rel=1e-6)
    two = weather.weather_panel(yields, {"rain": rain, "squared": rain**2 / 1000}, year_effects=True)
    assert two.coefficients["variable"].tolist() == ["rain", "squared"]


def test_clusters_by_year_are_the_wider_ones_for_a_national_series(wheat, temperature):
    by_oblast = weather.weather_panel(wheat, {"w": temperature}, trend="common").coefficients
    by_year = weather.weather_panel(wheat, {"w": temperature}, trend="common", cluster="year").coefficients
    assert by_year["standard_error"].item() > 2 * by_oblast["standard_error"].item()


def test_weather_panel_refusals(wheat, temperature):
    heat = {"heat": temperature}
    with pytest.raises(ParameterError, match="slopes by oblast cannot be clustered by oblast"):
        weather.weather_panel(wheat, heat, slopes="oblast")
    with pytest.raises(AnalysisError, match="Year effects absorb a national series"):
        weather.weather_panel(wheat, heat, year_effects=True)
    with pytest.raises(AnalysisError, match="combinations of each other"):
        weather.weather_panel(wheat, {"line": pd.Series(wheat.index * 0.1, index=wheat.index)}, trend="common")
    with pytest.raises(ParameterError, match="names no variable"):
        weather.weather_panel(wheat, {})
    with pytest.raises(ParameterError, match="trend must be one of"):
        weather.weather_panel(wheat, heat, trend="quadratic")
    with pytest.raises(AnalysisError, match="2 clusters by oblast"):
        weather.weather_panel(wheat[["Osh", "Chui"]], heat)
    with pytest.raises(DataError, match=r"heat has no rows for \[1991\]"):
        weather.weather_panel(wheat, {"heat": temperature.drop(1991)})
    local = pd.DataFrame({oblast: temperature for oblast in wheat.columns.drop("Talas")})
    with pytest.raises(DataError, match=r"rain has no column for \['Talas'\]"):
        weather.weather_panel(wheat, {"rain": local})


# --- drought years ------------------------------------------------------------------------------------------


def test_drought_contrast_by_hand():
    # the two lowest of five: one labelling of ten is as low, none is as far the other way
    yields = frame(A=[10, 1, 12, 2, 11], B=[5, 6, 5, 6, 5])
    found = weather.drought_contrast(yields, [2002, 2004])
    assert found.exact
    assert found.labellings == 10
    assert found.smallest_p_value == 0.1
    assert found.table.loc["A"].tolist() == pytest.approx([1.5, 11, -9.5, 0.1, 0.1])
    # B: the two highest: one of ten in absolute value, none lower
    assert found.table.loc["B"].tolist() == pytest.approx([6, 5, 1, 0.1, 1.0])
    assert found.table.loc["mean of oblasts", "difference"] == pytest.approx(-4.25)


@pytest.mark.parametrize("detrend", [False, True])
@pytest.mark.parametrize("outcome", ["level", "log"])
def test_drought_contrast_against_scipy(wheat, detrend, outcome):
    recent = wheat.loc[2014:]
    found = weather.drought_contrast(recent, detrend=detrend, outcome=outcome)
    assert found.labellings == 220
    values = np.log(recent) if outcome == "log" else recent
    if detrend:
        t = recent.index.to_numpy(dtype=float)
        values = values.apply(lambda y: y - np.polyval(np.polyfit(t, y, 1), t))
    values = values.assign(**{"mean of oblasts": values.mean(axis=1)})
    dry = values.index.isin([2021, 2023, 2025])
    for name in values.columns:
        for alternative, column in (("two-sided", "p_two_sided"), ("less", "p_less")):
            if alternative == "two-sided":
                # SciPy doubles the smaller tail; ours is the share at least as far from zero
                cells = [
                    values[name].iloc[list(c)].mean() - values[name].drop(values.index[list(c)]).mean()
                    for c in combinations(range(12), 3)
                ]
                observed = values[name][dry].mean() - values[name][~dry].mean()
                expected = np.mean(np.abs(cells) >= abs(observed) - 1e-9)
            else:
                expected = stats.permutation_test(
                    (values[name][dry], values[name][~dry]),
                    lambda a, b, axis: a.mean(axis=axis) - b.mean(axis=axis),
                    alternative=alternative,
                    vectorized=True,
                    n_resamples=np.inf,
                ).pvalue
            assert found.table.loc[name, column] == pytest.approx(expected)


def test_random_labellings_come_near_the_exact_p_value_and_repeat(wheat):
    exact = weather.drought_contrast(wheat)
    assert exact.exact
    assert exact.labellings == 6545
    drawn = weather.drought_contrast(wheat, maximum_labellings=1000, draws=20_000, seed=4)
    assert not drawn.exact
    assert drawn.labellings == 20_000
    assert drawn.smallest_p_value == 1 / 20_001
    np.testing.assert_allclose(drawn.table["p_two_sided"], exact.table["p_two_sided"], atol=0.015)
    np.testing.assert_allclose(drawn.table["difference"], exact.table["difference"])
    again = weather.drought_contrast(wheat, maximum_labellings=1000, draws=20_000, seed=4)
    pd.testing.assert_frame_equal(drawn.table, again.table)
    never_zero = weather.drought_contrast(frame(A=[0, 9, 8, 9, 8, 9.5]), [2001], maximum_labellings=0, draws=9)
    assert never_zero.table.loc["A", "p_less"] >= 0.1


def test_drought_years_on_the_wheat_panel(wheat):
    table = weather.drought_contrast(wheat).table
    assert table.loc["Chui", "difference"] == pytest.approx(14.7 - 0.5 + 0.0333333 - 23.803125, abs=1e-6)
    assert table.loc["Chui", "p_two_sided"] == pytest.approx(7 / 6545)
    assert table.loc["Jalal-Abad", "p_two_sided"] > 0.5
    # seen against its own trend Jalal-Abad's drought years are lower, though not beyond chance
    detrended = weather.drought_contrast(wheat, detrend=True).table.loc["Jalal-Abad"]
    assert detrended["difference"] < 0 < 0.05 < detrended["p_two_sided"]


def test_drought_refusals(wheat):
    with pytest.raises(ParameterError, match="must name at least one year"):
        weather.drought_contrast(wheat, [])
    with pytest.raises(ParameterError, match="each once"):
        weather.drought_contrast(wheat, [2021, 2021])
    with pytest.raises(ParameterError, match="drought year 2026 is outside"):
        weather.drought_contrast(wheat, [2026])
    with pytest.raises(AnalysisError, match=r"1 year\(s\) are no drought years"):
        weather.drought_contrast(frame(A=[1, 2, 3]), [2001, 2002])
    with pytest.raises(AnalysisError, match=r"Flat does not vary; leave it out"):
        weather.drought_contrast(wheat.assign(Flat=20.0))
    with pytest.raises(AnalysisError, match=r"Line does not vary around its trend"):
        weather.drought_contrast(wheat.assign(Line=np.arange(35.0)), detrend=True)
    with pytest.raises(ParameterError, match="seed must be a whole number"):
        weather.drought_contrast(wheat, seed=1.5)
    with pytest.raises(ParameterError, match="draws must be a whole number of at least 1"):
        weather.drought_contrast(wheat, draws=0)


# --- a place for local weather ------------------------------------------------------------------------------


def monthly(oblasts=("A", "B"), years=(2001, 2002)) -> pd.DataFrame:
    """A made series: temperature = month + 100 if B, + 0.5 a year; precipitation = 10 x month."""
    rows = [
        (oblast, year, month, variable, value, unit)
        for oblast in oblasts
        for year in years
        for month in range(1, 13)
        for variable, value, unit in (
            ("temperature", month + 100.0 * (oblast == "B") + 0.5 * (year - 2001), "degrees_c"),
            ("precipitation", 10.0 * month, "mm"),
        )
    ]
    return pd.DataFrame(rows, columns=list(weather.MONTHLY_COLUMNS))


def test_growing_season_by_hand():
    shuffled = monthly().sample(frac=1, random_state=1)
    season = weather.growing_season(shuffled).set_index(["oblast", "year", "variable"])
    assert len(season) == 2 * 2 * 2
    # April to July: mean of 4, 5, 6, 7 is 5.5, sum of 40, 50, 60, 70 is 220
    assert season.loc[("A", 2001, "temperature"), ["value", "unit", "statistic"]].tolist() == [
        5.5,
        "degrees_c",
        "mean",
    ]
    assert season.loc[("B", 2002, "temperature"), "value"] == 106
    assert season.loc[("A", 2002, "precipitation"), ["value", "unit", "statistic"]].tolist() == [
        220,
        "mm",
        "sum",
    ]
    may = weather.growing_season(shuffled, months=[5])
    assert set(may.loc[may["variable"] == "precipitation", "value"]) == {50.0}


def test_seasons_become_tables_for_the_regressions():
    season = weather.growing_season(monthly())
    one = weather.season_of_oblast(season, "B")
    assert one.loc[2002].to_dict() == {"precipitation": 220, "temperature": 106}
    panel = weather.season_panel(season)
    assert panel["temperature"].to_numpy().tolist() == [[5.5, 105.5], [6, 106]]
    partial = monthly().query("not (oblast == 'B' and year == 2002 and variable == 'temperature')")
    season = weather.growing_season(partial)
    with pytest.raises(DataError, match=r"seasons of B: temperature lacks \[2002\]"):
        weather.season_of_oblast(season, "B")
    with pytest.raises(DataError, match=r"seasons of temperature: B lacks \[2002\]"):
        weather.season_panel(season)
    with pytest.raises(ParameterError, match="no seasons for C;"):
        weather.season_of_oblast(season, "C")
    with pytest.raises(DataError, match="growing_season returns"):
        weather.season_panel(monthly().drop(columns="value"))
    with pytest.raises(DataError, match="more than once"):
        weather.season_panel(monthly())


def test_local_seasons_go_through_both_regressions(wheat):
    # yields made from April-July rain of a made series: the coefficient must come back
    rng = np.random.default_rng(8)
    years, oblasts = range(2000, 2026), ["A", "B", "C"]
    table = monthly(oblasts, years)
    rain = table["variable"] == "precipitation"
    table.loc[rain, "value"] = rng.gamma(2, 20, rain.sum())
    table.loc[~rain, "value"] += rng.normal(0, 2, (~rain).sum())
    season = weather.growing_season(table)
    panel = weather.season_panel(season)
    yields = 15 + 0.05 * panel["precipitation"] + rng.normal(0, 0.2, (len(years), 3))
    found = weather.weather_panel(yields, panel, year_effects=True).coefficients.set_index("variable")
    assert found.loc["precipitation", "estimate"] == pytest.approx(0.05, abs=0.003)
    assert abs(found.loc["temperature", "estimate"]) < 0.15
    prediction = weather.weather_prediction(yields, weather.season_of_oblast(season, "B"), "B", 2023, 2024)
    assert prediction.regressors == ("precipitation", "temperature")
    assert prediction.predicted == pytest.approx(prediction.observed, abs=1.0)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda t: t.drop(columns="unit"), r"lacks the columns \['unit'\]"),
        (lambda t: t.iloc[:0], "no rows"),
        (lambda t: t.drop(t.index[5]), r"1 year\(s\) without all twelve months.*with 11"),
        (
            lambda t: pd.concat([t, t.iloc[[3]]]),
            r"1 repeated month\(s\), the first oblast A, year 2001, month 2",
        ),
        (lambda t: t.replace({"unit": {"mm": "inches"}}), r"precipitation must be in mm; found \['inches'\]"),
        (lambda t: t.assign(unit="mm"), r"temperature must be in degrees_c; found \['mm'\]"),
        (lambda t: t.replace({"variable": {"temperature": "wind"}}), r"unknown variable\(s\) \['wind'\]"),
        (lambda t: t.assign(month=t["month"] + 1), r"months must be 1 to 12; found \[13\]"),
        (lambda t: t.assign(year=t["year"] + 0.5), "year must be whole numbers"),
        (lambda t: t.assign(value=t["value"].mask(t.index == 7)), "missing or not numbers"),
        (lambda t: t.assign(value=t["value"].astype(str)), "missing or not numbers"),
        (lambda t: t.assign(value=-t["value"]), "precipitation must not be negative"),
        (lambda t: t.assign(oblast=t["oblast"].mask(t.index == 7)), r"1 row\(s\) without oblast"),
        (lambda t: t.to_numpy(), "tidy frame"),
    ],
)
def test_monthly_refusals(damage, message):
    with pytest.raises(DataError, match=message):
        weather.growing_season(damage(monthly()))


@pytest.mark.parametrize("months", [(), (4, 4), (0, 1), (10, 13)])
def test_season_months_refusals(months):
    with pytest.raises(ParameterError, match="some of 1 to 12"):
        weather.growing_season(monthly(), months)


# --- what the report shows ----------------------------------------------------------------------------------


def test_a_year_without_a_temperature_is_named(wheat, temperature):
    found, why = weather.temperature_part(wheat, temperature.loc[:2023], "Osh", 2023, 2024)
    assert set(found.values()) == {None} and why == "no temperature of 2024"
