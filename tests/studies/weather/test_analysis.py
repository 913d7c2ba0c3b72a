"""Common shocks, temperature, drought years and seasons: by hand, against other implementations, on the wheat
panel."""

from itertools import combinations

import numpy as np
import pandas as pd
import pyfixest as pf
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from scipy import stats
from statsmodels.multivariate.pca import PCA

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


# --- the others' common movement ----------------------------------------------------------------------------


def test_common_change_by_hand():
    yields = frame(own=[1, 100, 7], a=[10, 12, 11], b=[20, 21, 20], c=[5, 14, 10])
    mean = weather.common_factor(yields, "own")
    assert mean.values.to_dict() == {2002: 4, 2003: -2}
    assert mean.others == ("a", "b", "c")
    assert mean.loadings.tolist() == pytest.approx([1 / 3] * 3)
    assert weather.common_factor(yields, "own", "median").values.to_dict() == {2002: 2, 2003: -1}
    assert weather.common_factor(yields, "own", others=["a"]).values.to_dict() == {2002: 2, 2003: -1}
    assert weather.common_factor(yields, "own", lag=2).values.to_dict() == {2003: 2}
    logs = weather.common_factor(yields, "own", outcome="log", others=["a"])
    assert logs.values.tolist() == pytest.approx([np.log(1.2), np.log(11 / 12)])
    assert logs.unit == "log points"


def test_deviations_are_from_the_line_of_the_training_years():
    # 10, 11, 12 lie on a line that says 13 for the fourth year
    yields = frame(own=[1, 5, 2, 3], a=[10, 11, 12, 20], b=[3, 0, 3, 0])
    factor = weather.common_factor(yields, "own", "mean", "deviation", others=["a", "b"], last_training_year=2003)
    # b: 3, 0, 3 has mean 2 and slope 0
    assert factor.values.tolist() == pytest.approx([0.5, -1, 0.5, (7 - 2) / 2])


def test_first_principal_component_against_statsmodels(wheat):
    changes = wheat.diff().iloc[1:].drop(columns="Jalal-Abad")
    factor = weather.common_factor(wheat, "Jalal-Abad", "first_principal_component")
    pca = PCA(changes, ncomp=1, standardize=True, normalize=False)
    assert abs(np.corrcoef(pca.factors.iloc[:, 0], factor.values)[0, 1]) == pytest.approx(1)
    np.testing.assert_allclose(np.abs(pca.loadings.iloc[:, 0]), factor.loadings.abs())
    assert factor.explained_share == pytest.approx(float(pca.rsquare.iloc[1]))
    assert factor.loadings.sum() > 0
    # so that a good year of the others is a positive value
    assert np.corrcoef(factor.values, changes.mean(axis=1))[0, 1] > 0.9


def test_first_principal_component_of_two_by_hand():
    # two standardised movements always have loadings 1/sqrt(2); changes of a: 1, -1, 2; of b: 10, -10, 20
    yields = frame(own=[1, 2, 1, 3], a=[5, 6, 5, 7], b=[20, 30, 20, 40])
    factor = weather.common_factor(yields, "own", "first_principal_component")
    assert factor.loadings.tolist() == pytest.approx([np.sqrt(0.5)] * 2)
    assert factor.explained_share == pytest.approx(1)
    z = (np.array([1, -1, 2]) - 2 / 3) / np.std([1, -1, 2], ddof=1)
    assert factor.values.tolist() == pytest.approx((np.sqrt(2) * z).tolist())


@pytest.mark.parametrize("method", weather.FACTOR_METHODS)
@pytest.mark.parametrize("target", weather.TARGETS)
def test_the_oblast_itself_never_enters_its_factor(wheat, method, target):
    changed = wheat.assign(**{"Jalal-Abad": np.random.default_rng(1).uniform(10, 30, len(wheat))})
    one = weather.common_factor(wheat, "Jalal-Abad", method, target).values
    two = weather.common_factor(changed, "Jalal-Abad", method, target).values
    np.testing.assert_allclose(one, two)


def test_factor_refusals(wheat):
    with pytest.raises(AnalysisError, match="no oblast besides A"):
        weather.common_factor(frame(A=[1, 2, 4]), "A")
    with pytest.raises(ParameterError, match="the panel has no 'Bishkek'"):
        weather.common_factor(wheat, "Bishkek")
    with pytest.raises(ParameterError, match="must name other oblasts than Osh"):
        weather.common_factor(wheat, "Osh", others=["Osh", "Chui"])
    with pytest.raises(ParameterError, match="method must be one of mean, median"):
        weather.common_factor(wheat, "Osh", "max")
    with pytest.raises(ParameterError, match="target must be one of change"):
        weather.common_factor(wheat, "Osh", target="level")
    with pytest.raises(ParameterError, match="last_training_year 2030"):
        weather.common_factor(wheat, "Osh", last_training_year=2030)
    still = frame(A=[1, 2, 4, 3], B=[7, 7, 7, 7], C=[1, 3, 2, 4])
    with pytest.raises(AnalysisError, match="B does not move up to 2004"):
        weather.common_factor(still, "A", "first_principal_component")
    for target in weather.TARGETS:
        with pytest.raises(AnalysisError, match=r"the others \(B\) do not move"):
            weather.common_factor(still, "A", target=target, others=["B"])
    with pytest.raises(AnalysisError, match="a trend line needs at least 3"):
        weather.common_factor(still, "A", target="deviation", last_training_year=2002)


# --- what a regression on earlier years predicts ------------------------------------------------------------


def test_common_shock_prediction_by_hand():
    # others' changes -2 -1 0 1 2 in training, then 3; own changes 0 -1 1 1 2.2: slope (0+1+0+1+4.4)/10 = 0.64, mean
    # 0.64; predicted 0.64 + 0.64 * 3 = 2.56
    own = np.cumsum([20, 0, -1, 1, 1, 2.2, 4])
    other = np.cumsum([20, -2, -1, 0, 1, 2, 3])
    prediction = weather.common_shock_prediction(frame(own=own, other=other), "own", 2006, 2007)
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


@pytest.mark.parametrize("method", weather.FACTOR_METHODS)
@pytest.mark.parametrize("outcome", ["level", "log"])
@pytest.mark.parametrize(("before", "after"), [(2023, 2024), (2024, 2025), (2020, 2022)])
def test_change_prediction_against_statsmodels(wheat, method, outcome, before, after):
    values = (np.log(wheat) if outcome == "log" else wheat).loc[:after]
    changes = values.diff(after - before).dropna()
    factor = weather.common_factor(
        wheat.loc[:after], "Jalal-Abad", method, "change", outcome, after - before, None, after - 1
    ).values
    train = changes.index < after
    fit = sm.OLS(changes.loc[train, "Jalal-Abad"], sm.add_constant(factor[train])).fit()
    expected = fit.get_prediction([[1.0, factor.loc[after]]]).summary_frame(alpha=0.1).iloc[0]
    found = weather.common_shock_prediction(wheat, "Jalal-Abad", before, after, method, outcome=outcome, level=0.9)
    assert found.predicted == pytest.approx(expected["mean"])
    assert (found.predicted_lower, found.predicted_upper) == pytest.approx(
        (expected["mean_ci_lower"], expected["mean_ci_upper"])
    )
    assert (found.prediction_lower, found.prediction_upper) == pytest.approx(
        (expected["obs_ci_lower"], expected["obs_ci_upper"])
    )
    assert found.observed == pytest.approx(changes.loc[after, "Jalal-Abad"])
    assert found.r_squared == pytest.approx(fit.rsquared)
    assert found.coefficients["standard_error"].tolist() == pytest.approx(fit.bse.tolist())
    assert found.number_of_years == train.sum()
    assert found.remainder_lower == pytest.approx(found.observed - expected["obs_ci_upper"])


def test_deviation_prediction_equals_a_regression_with_trend_on_the_others_mean(wheat):
    # by Frisch, Waugh and Lovell it does not matter whether the others' mean is detrended first
    others = wheat.drop(columns="Chui").mean(axis=1)
    design = sm.add_constant(pd.DataFrame({"year": wheat.index - 2000.0, "others": others}, index=wheat.index))
    fit = sm.OLS(wheat["Chui"].loc[:2023], design.loc[:2023]).fit()
    expected = fit.get_prediction(design.loc[[2024]]).summary_frame(alpha=0.05).iloc[0]
    line = sm.OLS(wheat["Chui"].loc[:2023], design.loc[:2023, ["const", "year"]]).fit()
    offset = line.predict(design.loc[[2024], ["const", "year"]]).iloc[0]
    found = weather.common_shock_prediction(wheat, "Chui", 2023, 2024, target="deviation")
    assert found.observed == pytest.approx(31.9 - offset)
    assert found.predicted == pytest.approx(expected["mean"] - offset)
    assert found.prediction_lower == pytest.approx(expected["obs_ci_lower"] - offset)
    assert found.predicted_upper == pytest.approx(expected["mean_ci_upper"] - offset)
    assert found.remainder == pytest.approx(31.9 - expected["mean"])
    assert found.r_squared == pytest.approx(1 - fit.ssr / line.ssr)


@pytest.mark.parametrize("method", weather.FACTOR_METHODS)
@pytest.mark.parametrize("target", weather.TARGETS)
def test_the_relation_is_not_shaped_by_the_year_or_what_follows(wheat, method, target):
    plain = weather.common_shock_prediction(wheat, "Jalal-Abad", 2021, 2022, method, target)
    changed = wheat.copy()
    changed.loc[2023:] = np.random.default_rng(2).uniform(5, 50, (3, 7))
    changed.loc[2022, "Jalal-Abad"] += 10
    other = weather.common_shock_prediction(changed, "Jalal-Abad", 2021, 2022, method, target)
    assert other.predicted == pytest.approx(plain.predicted)
    assert other.prediction_lower == pytest.approx(plain.prediction_lower)
    assert other.observed == pytest.approx(plain.observed + 10)
    assert other.remainder == pytest.approx(plain.remainder + 10)


def test_p_value_and_interval_of_the_remainder_agree(wheat):
    for oblast in wheat.columns:
        for year in range(2005, 2026):
            found = weather.common_shock_prediction(wheat, oblast, year - 1, year)
            outside = found.remainder_lower > 0 or found.remainder_upper < 0
            assert outside == (found.p_value < 0.05)
            assert outside != (found.prediction_lower <= found.observed <= found.prediction_upper)


def test_most_of_jalal_abads_rise_is_what_the_others_year_predicts(wheat):
    found = weather.common_shock_prediction(wheat, "Jalal-Abad", 2023, 2024)
    assert found.observed == pytest.approx(4.0)
    assert (found.predicted, found.share) == pytest.approx((2.933, 0.733), abs=5e-4)
    assert (found.share_lower, found.share_upper) == pytest.approx((0.44, 1.03), abs=5e-3)
    assert found.remainder_lower < 0 < found.remainder_upper
    without = weather.common_shock_prediction(
        wheat, "Jalal-Abad", 2023, 2024, others=["Batken", "Issyk-Kul", "Naryn", "Osh", "Talas"]
    )
    assert without.share == pytest.approx(0.58, abs=5e-3)


def test_a_fall_turns_the_share_interval_the_right_way_and_no_change_has_no_share():
    own = np.cumsum([20, 0, -1, 1, 1, 2.2, -4])
    other = np.cumsum([20, -2, -1, 0, 1, 2, -3])
    fall = weather.common_shock_prediction(frame(own=own, other=other), "own", 2006, 2007)
    assert fall.share_lower < fall.share < fall.share_upper
    own[-1] = own[-2]
    still = weather.common_shock_prediction(frame(own=own, other=other), "own", 2006, 2007)
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
    with pytest.raises(AnalysisError, match=r"4 year\(s\) before 1996 for 2 coefficients; at least 5"):
        weather.common_shock_prediction(wheat, "Osh", 1995, 1996)
    with pytest.raises(ParameterError, match="year_after 2026 is outside the panel"):
        weather.common_shock_prediction(wheat, "Osh", 2025, 2026)
    with pytest.raises(ParameterError, match="must come after"):
        weather.common_shock_prediction(wheat, "Osh", 2024, 2024)
    with pytest.raises(ParameterError, match="level"):
        weather.common_shock_prediction(wheat, "Osh", 2023, 2024, level=95)
    with pytest.raises(AnalysisError, match="no oblast besides Osh"):
        weather.common_shock_prediction(wheat[["Osh"]], "Osh", 2023, 2024)
    with pytest.raises(AnalysisError, match="Flat on others before 2024: the fit leaves no residual"):
        weather.common_shock_prediction(wheat.assign(Flat=20.0), "Flat", 2023, 2024)
    with pytest.raises(DataError, match="missing"):
        weather.common_shock_prediction(wheat.drop(2000), "Osh", 2023, 2024)
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
    with pytest.raises(ParameterError, match="no seasons for oblast 'C'"):
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


def test_every_measure_predicts_what_its_own_options_predict(wheat):
    table, why = weather.predictions_by_measure(wheat, "Jalal-Abad", 2023, 2024)
    assert why == "" and table["measure"].tolist() == [
        "mean", "median", "component", *["without"] * 6, "near", "log", "deviation"
    ]  # fmt: skip
    rows = table.set_index(["measure", "areas"])
    alone = weather.common_shock_prediction(wheat, "Jalal-Abad", 2023, 2024, others=["Batken", "Osh"])
    assert rows.loc[("near", "Batken, Osh"), "predicted"] == pytest.approx(alone.predicted)
    others = [name for name in wheat.columns if name not in ("Jalal-Abad", "Chui")]
    without = weather.common_shock_prediction(wheat, "Jalal-Abad", 2023, 2024, others=others)
    assert rows.loc[("without", "Chui"), "share"] == pytest.approx(without.share)
    assert rows.loc[("log", ""), "unit"] == "log points"
    found = weather.summary(table)
    parts = weather.level_changes(table)["predicted"]
    assert (found["predicted_part_lowest"], found["predicted_part_highest"]) == (parts.min(), parts.max())
    assert weather.shares(table)["share_predicted_region"] == pytest.approx(alone.share)


def test_where_nothing_can_be_predicted_every_result_is_none_and_a_reason_is_given(wheat):
    table, why = weather.predictions_by_measure(wheat, "Osh", 1992, 1993)
    assert table.empty and why.startswith("1 year(s) before 1993 for 2 coefficients")
    assert set(weather.summary(table).values()) == set(weather.shares(table).values()) == {None}
    assert weather.movements(wheat, "Osh", 1992, 1993, table)["fitted"].isna().all()
    assert weather.every_oblast(wheat, 1992, 1993).empty


def test_a_year_without_a_temperature_is_named(wheat, temperature):
    found, why = weather.temperature_part(wheat, temperature.loc[:2023], "Osh", 2023, 2024)
    assert set(found.values()) == {None} and why == "no temperature of 2024"
