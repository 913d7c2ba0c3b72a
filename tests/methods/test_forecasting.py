"""Forecasts and their errors: by hand, against statsmodels, on the wheat panel."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.tsa.statespace.structural import UnobservedComponents

from pipeline.errors import AnalysisError, DataError, ParameterError
from pipeline.methods.forecasting import (
    METHODS,
    MINIMUM_YEARS,
    Forecast,
    _local_level_filter,
    backtest_summary,
    fit_local_level,
    forecast_table,
    linear_trend_forecast,
    local_level_forecast,
    naive_forecast,
    one_step_forecast,
    persistence_errors,
    rolling_origin_backtest,
    theil_sen_forecast,
    trend_slope,
)
from tests.methods.dummies import real_wheat


@pytest.fixture(scope="module")
def wheat() -> pd.DataFrame:
    return real_wheat()


def frame(first_year: int = 2001, **columns: list[float]) -> pd.DataFrame:
    length = len(next(iter(columns.values())))
    return pd.DataFrame(columns, index=range(first_year, first_year + length), dtype=float)


def series(*values: float, first_year: int = 2001) -> pd.Series:
    return frame(first_year, A=list(values))["A"]


# --- forecasts ----------------------------------------------------------------------------------------------


def assert_interval(forecast: Forecast, mean: float, error: float, df: int) -> None:
    assert forecast.mean == pytest.approx(mean)
    assert forecast.standard_error == pytest.approx(error)
    assert forecast.degrees_of_freedom == df
    margin = stats.t.ppf((1 + forecast.level) / 2, df) * error
    assert (forecast.lower, forecast.upper) == pytest.approx((mean - margin, mean + margin))


def test_naive_by_hand():
    # changes 2, -1, 2: mean square (4 + 1 + 4) / 3 = 3
    forecast = naive_forecast(series(10, 12, 11, 13), level=0.9)
    assert_interval(forecast, 13, np.sqrt(3), 3)
    assert (forecast.year, forecast.number_of_years, forecast.method) == (2005, 4, "naive")


def test_linear_trend_by_hand():
    # slope 8/10, mean 3, residual sum of squares 10 - 6.4 = 3.6, s^2 = 1.2; at t = 6: 1.2 (1 + 1/5 + 9/10)
    assert_interval(linear_trend_forecast(series(1, 3, 2, 5, 4)), 5.4, np.sqrt(2.52), 3)


@pytest.mark.parametrize("oblast", ["Jalal-Abad", "Chui"])
def test_linear_trend_against_statsmodels(wheat, oblast):
    earlier = wheat[oblast].loc[:2023]
    fit = sm.OLS(earlier.to_numpy(), sm.add_constant(earlier.index.to_numpy(dtype=float))).fit()
    expected = fit.get_prediction([[1.0, 2024.0]]).summary_frame(alpha=0.1)
    forecast = one_step_forecast(wheat[oblast], 2024, "linear_trend", level=0.9)
    assert forecast.mean == pytest.approx(expected["mean"].iloc[0])
    assert forecast.lower == pytest.approx(expected["obs_ci_lower"].iloc[0])
    assert forecast.upper == pytest.approx(expected["obs_ci_upper"].iloc[0])
    slope = trend_slope(earlier, "linear_trend", level=0.9)
    assert slope.slope == pytest.approx(fit.params[1])
    assert (slope.lower, slope.upper) == pytest.approx(tuple(fit.conf_int(0.1)[1]))


def test_theil_sen_by_hand():
    # pairwise slopes -2 -1 1/3 1/2 1 1 3/2 5/3 3 4: median 1; y - t = 0 2 -1 2 0 (t from 0): median 0;
    # absolute deviations 0 2 1 2 0: median 1; at t = 5: 5
    forecast = theil_sen_forecast(series(0, 3, 1, 5, 4))
    assert_interval(forecast, 5, 1.482602218505602 * np.sqrt(5 / 3) * np.sqrt(1 + 1 / 5 + 9 / 10), 3)
    assert trend_slope(series(0, 3, 1, 5, 4)).slope == pytest.approx(1)


def test_one_collapse_moves_theil_sen_less_than_least_squares():
    calm = [20.0, 21, 20.5, 21.5, 21, 22, 21.5, 22.5, 22, 23]
    collapsed = [*calm[:8], 8.0, calm[9]]

    def shift(method):
        return abs(METHODS[method](series(*collapsed), 0.95).mean - METHODS[method](series(*calm), 0.95).mean)

    assert shift("theil_sen") < shift("linear_trend") / 3


def test_local_level_is_the_naive_forecast_for_a_wandering_series_and_the_mean_for_scatter():
    wandering = series(10, 11, 12, 13.5, 15, 16, 17)
    fit = fit_local_level(wandering)
    assert fit.level_share == 1
    assert fit.irregular_variance == 0
    naive, local = naive_forecast(wandering), local_level_forecast(wandering)
    assert_interval(local, naive.mean, naive.standard_error, naive.degrees_of_freedom)

    scatter = series(21, 19, 21, 19, 21, 19)
    assert fit_local_level(scatter).level_share == 0
    # mean 20, s^2 = 6/5, one new year: s^2 (1 + 1/6)
    assert_interval(local_level_forecast(scatter), 20, np.sqrt(6 / 5 * 7 / 6), 5)


def test_local_level_filter_by_hand():
    # share 1/2 of each, y = 0, 1, 3. After y1: level 0, variance 1. y2: F = 1.5, gain 2/3, level 2/3,
    # variance 1/3 + 1/2 = 5/6. y3: F = 4/3, v = 7/3, gain 5/8, level 2/3 + 35/24, variance 5/16 + 1/2.
    squares, logs, level, total = _local_level_filter(np.array([0.0, 1, 3]), np.array([0.5]))
    assert squares[0] == pytest.approx(1 / 1.5 + (49 / 9) / (4 / 3))
    assert logs[0] == pytest.approx(np.log(1.5) + np.log(4 / 3))
    assert level[0] == pytest.approx(2 / 3 + 35 / 24)
    assert total[0] == pytest.approx(5 / 16 + 1 / 2 + 1 / 2)


def test_local_level_against_statsmodels(wheat):
    for oblast in wheat.columns:
        values = wheat[oblast]
        fit = fit_local_level(values)
        model = UnobservedComponents(values.to_numpy(), "llevel", use_exact_diffuse=True)
        ours = np.array([fit.irregular_variance, fit.level_variance])
        # statsmodels counts -log(2 pi)/2 for the diffuse first observation
        diffuse = -0.5 * np.log(2 * np.pi)
        smoothed = model.smooth(ours)
        assert fit.log_likelihood + diffuse == pytest.approx(smoothed.llf, abs=1e-8)
        ahead = smoothed.get_forecast(1)
        assert fit.next_level == pytest.approx(ahead.predicted_mean[0])
        assert fit.next_variance == pytest.approx(ahead.var_pred_mean[0])
        theirs = model.fit(disp=False, method="powell")
        assert smoothed.llf >= theirs.llf - 1e-6


@pytest.mark.parametrize("method", list(METHODS))
def test_a_forecast_sees_only_earlier_years(wheat, method):
    changed = wheat["Talas"].copy()
    changed.loc[2015:] = 1000.0 + np.arange(11)
    for year in (2010, 2015):
        seen = one_step_forecast(changed, year, method)
        cut = one_step_forecast(wheat["Talas"].loc[: year - 1], year, method)
        assert (seen.year, seen.number_of_years) == (cut.year, cut.number_of_years) == (year, year - 1991)
        assert (seen.lower, seen.mean, seen.upper) == pytest.approx((cut.lower, cut.mean, cut.upper), rel=1e-12)


@pytest.mark.parametrize("method", list(METHODS))
def test_forecasts_follow_shift_and_scale_of_the_series(wheat, method):
    values = wheat["Osh"]
    plain = METHODS[method](values, 0.95)
    assert plain.method == method
    scaled = METHODS[method](3 * values + 7, 0.95)
    assert scaled.mean == pytest.approx(3 * plain.mean + 7, rel=1e-6)
    assert scaled.upper - scaled.lower == pytest.approx(3 * (plain.upper - plain.lower), rel=1e-5)
    assert METHODS[method](values, 0.5).upper < plain.upper


def test_forecast_table_for_the_years_in_question(wheat):
    table = forecast_table(wheat["Jalal-Abad"], [2024, 2025]).set_index(["year", "method"])
    assert table["inside"].all()
    naive = table.loc[(2024, "naive")]
    assert (naive["observed"], naive["mean"], naive["number_of_years"]) == (27.7, 23.7, 33)
    assert naive["error"] == pytest.approx(4.0)
    # the mean square of the 32 changes until 2023
    scale = np.sqrt((np.diff(wheat["Jalal-Abad"].loc[:2023]) ** 2).mean())
    assert naive["p_value"] == pytest.approx(2 * stats.t.sf(4 / scale, 32))
    narrow = forecast_table(wheat["Jalal-Abad"], [2024], ["naive"], level=0.5)
    assert not narrow["inside"].item()


@pytest.mark.parametrize("method", list(METHODS))
def test_forecast_refusals(method):
    minimum = MINIMUM_YEARS[method]
    forecast = METHODS[method]
    varied = [10.0, 12, 11, 14, 13, 11]
    assert forecast(series(*varied[:minimum]), 0.95).number_of_years == minimum
    with pytest.raises(AnalysisError, match=f"needs at least {minimum}"):
        forecast(series(*varied[: minimum - 1]), 0.95)
    with pytest.raises(AnalysisError, match="constant"):
        forecast(series(*[9.0] * 8), 0.95)
    with pytest.raises(ParameterError, match="level"):
        forecast(series(*varied), 95)
    with pytest.raises(DataError, match="missing value"):
        forecast(series(*varied[:5], np.nan), 0.95)
    with pytest.raises(DataError, match="Series"):
        forecast(varied, 0.95)


def test_a_perfect_line_gives_no_interval():
    with pytest.raises(AnalysisError, match="no residual"):
        linear_trend_forecast(series(1, 2, 3, 4, 5))
    with pytest.raises(AnalysisError, match="half or more of the years"):
        theil_sen_forecast(series(0, 1, 2, 3, 10))


def test_one_step_refusals():
    values = series(10, 12, 11, 14, 13, 11)
    with pytest.raises(AnalysisError, match="at least"):  # a year before it is there, only too few of them
        one_step_forecast(values, values.index[1], "naive")
    assert one_step_forecast(values, 2007, "naive").mean == 11
    for year in (2001, 2008):
        with pytest.raises(ParameterError, match=f"year {year} cannot be forecast"):
            one_step_forecast(values, year, "naive")
    with pytest.raises(ParameterError, match="methods must be some of naive, linear_trend"):
        one_step_forecast(values, 2007, "arima")
    with pytest.raises(ParameterError, match="2007 is outside"):
        forecast_table(values, [2007])
    with pytest.raises(ParameterError, match="years is empty"):
        forecast_table(values, [])
    with pytest.raises(ParameterError, match="'linear_trend' or 'theil_sen'"):
        trend_slope(values, "naive")


# --- how good are the forecasts? ----------------------------------------------------------------------------


def test_backtest_summary_by_hand():
    backtest = pd.DataFrame(
        {
            "unit": "A",
            "year": [2010, 2011] * 2,
            "method": ["naive", "naive", "linear_trend", "linear_trend"],
            "error": [3.0, -1.0, 1.0, 1.0],
            "standard_error": 1.0,
            "degrees_of_freedom": 1,  # t(1) quantile for 50 %: 1
        }
    )
    table = backtest_summary(backtest, levels=(0.5, 0.95))
    assert table.loc["naive", ["number", "mae", "bias", "coverage_50", "coverage_95"]].tolist() == [
        2,
        2,
        1,
        0.5,
        1,
    ]
    assert table.loc["naive", "rmse"] == pytest.approx(np.sqrt(5))
    assert table.loc["linear_trend", ["mae", "rmse", "bias", "coverage_50"]].tolist() == [1, 1, 1, 1]
    assert table["mae_relative_to_naive"].tolist() == [1, 0.5]
    by_unit = backtest_summary(backtest, by_unit=True)
    assert by_unit.loc[("A", "linear_trend"), "mae_relative_to_naive"] == 0.5


def test_backtest_repeats_the_single_forecasts(wheat):
    yields = wheat[["Naryn", "Chui"]]
    backtest = rolling_origin_backtest(yields, 2022, 2024)
    assert len(backtest) == 2 * 3 * 4
    singles = pd.concat(
        [forecast_table(yields[o], [2022, 2023, 2024]).assign(oblast=o) for o in yields.columns],
        ignore_index=True,
    )
    for column in ("oblast", "year", "method", "number_of_years"):
        assert backtest[column].tolist() == singles[column].tolist()
    np.testing.assert_allclose(backtest["error"], singles["error"])
    inside = singles.groupby("method")["inside"].mean()
    covered = backtest_summary(backtest, levels=(0.95,))["coverage_95"]
    assert covered.to_dict() == pytest.approx(inside.to_dict())


def test_backtest_is_well_calibrated_where_its_model_holds():
    # 40 independent random walks: the naive interval is exact, so 95 % must cover 95 % (520 x 2 trials)
    steps = np.random.default_rng(3).normal(size=(33, 40))
    walks = pd.DataFrame(100 + steps.cumsum(axis=0), index=range(1993, 2026)).add_prefix("unit ")
    backtest = rolling_origin_backtest(walks, 2000, methods=["naive"])
    summary = backtest_summary(backtest, levels=(0.5, 0.95)).loc["naive"]
    assert summary["number"] == 1040
    assert summary["coverage_95"] == pytest.approx(0.95, abs=0.02)
    assert summary["coverage_50"] == pytest.approx(0.50, abs=0.05)


def test_forty_units_and_twelve_years():
    values = np.random.default_rng(7).normal(20, 2, (12, 40))
    panel = pd.DataFrame(values, index=range(2001, 2013)).add_prefix("unit ")
    assert len(rolling_origin_backtest(panel, 2012)) == 40 * 4


def test_persistence_errors(wheat):
    errors = persistence_errors(wheat, 2019, 2025)
    assert errors.number == 49
    assert errors.mae == pytest.approx(204 / 49)  # the 49 printed changes sum to 204.0 in absolute value
    backtest = rolling_origin_backtest(wheat, 2019, methods=["naive"])
    summary = backtest_summary(backtest).loc["naive"]
    assert (errors.mae, errors.rmse, errors.bias) == pytest.approx(tuple(summary[["mae", "rmse", "bias"]]))
    by_hand = persistence_errors(frame(A=[10, 12, 9], B=[5, 5, 6]), 2002, 2003)
    assert (by_hand.mae, by_hand.bias, by_hand.rmse) == pytest.approx((1.5, 0, np.sqrt(14 / 4)))


def test_backtest_on_the_wheat_panel(wheat):
    summary = backtest_summary(rolling_origin_backtest(wheat, 2001))
    assert (summary["number"] == 175).all()
    assert summary.loc["naive", "mae"] == pytest.approx(persistence_errors(wheat, 2001).mae)
    assert summary["coverage_95"].round(4).to_dict() == {
        "naive": 0.9029,
        "linear_trend": 0.9771,
        "theil_sen": 0.8914,
        "local_level": 0.9429,
    }
    assert summary["coverage_95"].gt(summary["coverage_80"]).all()


def test_backtest_refusals(wheat):
    with pytest.raises(AnalysisError, match=r"only 4 year\(s\) before 1995.*in 1996 or later"):
        rolling_origin_backtest(wheat, 1995)
    with pytest.raises(ParameterError, match="first_year 2030 is outside"):
        rolling_origin_backtest(wheat, 2030)
    with pytest.raises(ParameterError, match="must not come before"):
        rolling_origin_backtest(wheat, 2020, 2019)
    flat = wheat.assign(Flat=20.0)
    with pytest.raises(AnalysisError, match=r"Flat, forecast for 2020: the series is constant"):
        rolling_origin_backtest(flat, 2020)
    backtest = rolling_origin_backtest(wheat, 2024, methods=["linear_trend"])
    with pytest.raises(ParameterError, match="no 'naive' forecasts"):
        backtest_summary(backtest)
    with pytest.raises(ParameterError, match="levels is empty"):
        backtest_summary(backtest, levels=())
    with pytest.raises(DataError, match=r"lacks \['error'\]"):
        backtest_summary(backtest.drop(columns="error"))
    still = frame(A=[10, 12, 11, 11])
    with pytest.raises(AnalysisError, match="naive forecast has no error"):
        backtest_summary(rolling_origin_backtest(still, 2004, methods=["naive"]))
    with pytest.raises(AnalysisError, match="no year before 1991"):
        persistence_errors(wheat, 1991)
