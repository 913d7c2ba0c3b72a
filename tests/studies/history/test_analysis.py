"""Ranks, forecasts, backtest, recovery and volatility: by hand, against other implementations, on the wheat
panel."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.tsa.statespace.structural import UnobservedComponents

from pipeline.errors import AnalysisError, DataError, ParameterError
from pipeline.studies.history import analysis as history


def frame(first_year: int = 2001, **columns: list[float]) -> pd.DataFrame:
    length = len(next(iter(columns.values())))
    return pd.DataFrame(columns, index=range(first_year, first_year + length), dtype=float)


def series(*values: float, first_year: int = 2001) -> pd.Series:
    return frame(first_year, A=list(values))["A"]


# --- changes and their rank ---------------------------------------------------------------------------------


def test_changes_over_one_and_two_years_in_both_scales():
    yields = frame(A=[10, 20, 5])
    assert history.yearly_changes(yields)["A"].to_dict() == {2002: 10, 2003: -15}
    assert history.yearly_changes(yields, lag=2)["A"].to_dict() == {2003: -5}
    np.testing.assert_allclose(history.yearly_changes(yields, "log")["A"], [np.log(2), -np.log(4)])


def test_rank_with_a_tie_by_hand():
    # changes +2, -1, +2, 0, -3: two share first place; in absolute terms -3 is ahead of them
    rank = history.change_rank(frame(A=[10, 12, 11, 13, 13, 10]), "A", 2003, 2004)
    assert (rank.change, rank.rank, rank.ties, rank.number_of_changes) == (2, 1, 1, 5)
    assert rank.rank_absolute == 2
    assert rank.share_at_least == pytest.approx(2 / 5)
    assert rank.share_at_least_absolute == pytest.approx(3 / 5)
    assert (rank.rank_best, rank.rank_worst) == (1, 2)
    fall = history.change_rank(frame(A=[10, 12, 11, 13, 13, 10]), "A", 2005, 2006)
    assert (fall.rank, fall.rank_absolute, fall.share_at_least) == (5, 1, 1)


def test_equal_decimal_changes_are_ties_although_their_binary_digits_differ():
    assert 20.3 - 20.2 != 20.2 - 20.1
    rank = history.change_rank(frame(A=[20.1, 20.2, 20.3, 20.0]), "A", 2001, 2002)
    assert (rank.rank, rank.ties) == (1, 1)
    doubled = history.change_rank(frame(A=[1.1, 2.2, 4.4, 3.0]), "A", 2002, 2003, "log")
    assert (doubled.rank, doubled.ties, doubled.unit) == (1, 1, "log points")


@pytest.mark.parametrize(
    ("rival", "worst"),
    [(1.8, 2), (1.7, 1)],  # 2.0 may stand for 1.9 and 1.8 for 1.9; 1.7 for no more than 1.8
)
def test_rounding_can_lift_only_a_near_rival(rival, worst):
    rank = history.change_rank(frame(A=[10, 12, 12 + rival, 10]), "A", 2001, 2002)
    assert (rank.rank, rank.rank_best, rank.rank_worst) == (1, 1, worst)


def test_rounding_bounds_of_logs_by_hand():
    # 10 -> 20 is log 2; 20 -> 38 may stand for log(38.05/19.95), 10 -> 20 for log(19.95/10.05), which is larger;
    # 20 -> 39.8 may stand for log(39.85/19.95) > log(19.95/10.05)
    assert np.log(38.05 / 19.95) < np.log(19.95 / 10.05) < np.log(39.85 / 19.95)
    assert history.change_rank(frame(A=[10, 20, 38, 30]), "A", 2001, 2002, "log").rank_worst == 1
    assert history.change_rank(frame(A=[10, 20, 39.8, 30]), "A", 2001, 2002, "log").rank_worst == 2


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(100, 130), min_size=6, max_size=6).filter(lambda v: len(set(np.diff(v))) > 1),
    st.integers(0, 4),
    st.integers(0, 2**32 - 1),
)
def test_unrounded_values_never_rank_outside_the_bounds(tenths, place, seed):
    printed = np.array(tenths) / 10
    noise = np.random.default_rng(seed).uniform(-0.05, 0.05, (50, 6))
    for outcome, scale in (("level", lambda v: v), ("log", np.log)):
        rank = history.change_rank(frame(A=list(printed)), "A", 2001 + place, 2002 + place, outcome)
        changes = np.diff(scale(printed + noise), axis=1)
        ranks = 1 + (changes > changes[:, [place]]).sum(axis=1)
        assert rank.rank_best <= ranks.min() and ranks.max() <= rank.rank_worst
        assert rank.rank_best <= rank.rank <= rank.rank_worst


@pytest.mark.parametrize("outcome", ["level", "log"])
@pytest.mark.parametrize("lag", [1, 2])
def test_ranks_agree_with_scipy_for_every_oblast_and_year(wheat, outcome, lag):
    changes = history.yearly_changes(wheat, outcome, lag).round(9)
    for oblast in wheat.columns:
        expected = stats.rankdata(-changes[oblast], method="min")
        found = [history.change_rank(wheat, oblast, year - lag, year, outcome).rank for year in changes.index]
        np.testing.assert_array_equal(found, expected)
    pooled = stats.rankdata(-changes.to_numpy(), method="min", axis=None).reshape(changes.shape)
    row = changes.index.get_loc(2024)
    for column, oblast in enumerate(wheat.columns):
        rank = history.change_rank(wheat, oblast, 2024 - lag, 2024, outcome, among="panel")
        assert rank.rank == pooled[row, column]
        assert rank.number_of_changes == changes.size


def test_the_rise_of_2024_is_jalal_abads_largest_and_no_rarity_in_the_panel(wheat):
    rank = history.change_rank(wheat, "Jalal-Abad", 2023, 2024)
    assert rank.change == pytest.approx(4.0)
    assert (rank.rank, rank.number_of_changes, rank.ties) == (1, 34, 0)
    assert (rank.rank_best, rank.rank_worst) == (1, 2)  # +3.8 in 2009 is within rounding
    assert rank.share_at_least == pytest.approx(1 / 34)
    assert history.change_rank(wheat, "Jalal-Abad", 2023, 2024, "log").rank == 3
    assert history.change_rank(wheat, "Jalal-Abad", 2023, 2024, among="panel").rank == 22


def test_rank_refusals():
    yields = frame(A=[10, 12, 11, 13], B=[5, 6, 7, 8])
    with pytest.raises(ParameterError, match=r"the panel has no 'C'; it has A, B"):
        history.change_rank(yields, "C", 2001, 2002)
    with pytest.raises(ParameterError, match=r"2005 is outside the panel, 2001-2004"):
        history.change_rank(yields, "A", 2004, 2005)
    with pytest.raises(ParameterError, match=r"year_after 2001 must come after"):
        history.change_rank(yields, "A", 2002, 2001)
    with pytest.raises(AnalysisError, match=r"2 change\(s\) over 2 year\(s\)"):
        history.change_rank(yields, "A", 2001, 2003)
    with pytest.raises(AnalysisError, match="all 3 changes are equal"):
        history.change_rank(yields, "B", 2001, 2002)
    with pytest.raises(ParameterError, match="among must be"):
        history.change_rank(yields, "A", 2001, 2002, among="all")
    with pytest.raises(ParameterError, match="printed_step"):
        history.change_rank(yields, "A", 2001, 2002, printed_step=0)
    with pytest.raises(DataError, match=r"missing: \[2003\]"):
        history.change_rank(yields.drop(2003), "A", 2001, 2002)
    with pytest.raises(ParameterError, match="lag must be a whole number from 1 to 3"):
        history.yearly_changes(yields, lag=4)


# --- forecasts ----------------------------------------------------------------------------------------------


def assert_interval(forecast: history.Forecast, mean: float, error: float, df: int) -> None:
    assert forecast.mean == pytest.approx(mean)
    assert forecast.standard_error == pytest.approx(error)
    assert forecast.degrees_of_freedom == df
    margin = stats.t.ppf((1 + forecast.level) / 2, df) * error
    assert (forecast.lower, forecast.upper) == pytest.approx((mean - margin, mean + margin))


def test_naive_by_hand():
    # changes 2, -1, 2: mean square (4 + 1 + 4) / 3 = 3
    forecast = history.naive_forecast(series(10, 12, 11, 13), level=0.9)
    assert_interval(forecast, 13, np.sqrt(3), 3)
    assert (forecast.year, forecast.number_of_years, forecast.method) == (2005, 4, "naive")


def test_linear_trend_by_hand():
    # slope 8/10, mean 3, residual sum of squares 10 - 6.4 = 3.6, s^2 = 1.2; at t = 6: 1.2 (1 + 1/5 + 9/10)
    assert_interval(history.linear_trend_forecast(series(1, 3, 2, 5, 4)), 5.4, np.sqrt(2.52), 3)


@pytest.mark.parametrize("oblast", ["Jalal-Abad", "Chui"])
def test_linear_trend_against_statsmodels(wheat, oblast):
    earlier = wheat[oblast].loc[:2023]
    fit = sm.OLS(earlier.to_numpy(), sm.add_constant(earlier.index.to_numpy(dtype=float))).fit()
    expected = fit.get_prediction([[1.0, 2024.0]]).summary_frame(alpha=0.1)
    forecast = history.one_step_forecast(wheat[oblast], 2024, "linear_trend", level=0.9)
    assert forecast.mean == pytest.approx(expected["mean"].iloc[0])
    assert forecast.lower == pytest.approx(expected["obs_ci_lower"].iloc[0])
    assert forecast.upper == pytest.approx(expected["obs_ci_upper"].iloc[0])
    slope = history.trend_slope(earlier, "linear_trend", level=0.9)
    assert slope.slope == pytest.approx(fit.params[1])
    assert (slope.lower, slope.upper) == pytest.approx(tuple(fit.conf_int(0.1)[1]))


def test_theil_sen_by_hand():
    # pairwise slopes -2 -1 1/3 1/2 1 1 3/2 5/3 3 4: median 1; y - t = 0 2 -1 2 0 (t from 0): median 0;
    # absolute deviations 0 2 1 2 0: median 1; at t = 5: 5
    forecast = history.theil_sen_forecast(series(0, 3, 1, 5, 4))
    assert_interval(forecast, 5, 1.482602218505602 * np.sqrt(5 / 3) * np.sqrt(1 + 1 / 5 + 9 / 10), 3)
    assert history.trend_slope(series(0, 3, 1, 5, 4)).slope == pytest.approx(1)


def test_one_collapse_moves_theil_sen_less_than_least_squares():
    calm = [20.0, 21, 20.5, 21.5, 21, 22, 21.5, 22.5, 22, 23]
    collapsed = [*calm[:8], 8.0, calm[9]]

    def shift(method):
        return abs(
            history.METHODS[method](series(*collapsed), 0.95).mean - history.METHODS[method](series(*calm), 0.95).mean
        )

    assert shift("theil_sen") < shift("linear_trend") / 3


def test_local_level_is_the_naive_forecast_for_a_wandering_series_and_the_mean_for_scatter():
    wandering = series(10, 11, 12, 13.5, 15, 16, 17)
    fit = history.fit_local_level(wandering)
    assert fit.level_share == 1
    assert fit.irregular_variance == 0
    naive, local = history.naive_forecast(wandering), history.local_level_forecast(wandering)
    assert_interval(local, naive.mean, naive.standard_error, naive.degrees_of_freedom)

    scatter = series(21, 19, 21, 19, 21, 19)
    assert history.fit_local_level(scatter).level_share == 0
    # mean 20, s^2 = 6/5, one new year: s^2 (1 + 1/6)
    assert_interval(history.local_level_forecast(scatter), 20, np.sqrt(6 / 5 * 7 / 6), 5)


def test_local_level_filter_by_hand():
    # share 1/2 of each, y = 0, 1, 3. After y1: level 0, variance 1. y2: F = 1.5, gain 2/3, level 2/3,
    # variance 1/3 + 1/2 = 5/6. y3: F = 4/3, v = 7/3, gain 5/8, level 2/3 + 35/24, variance 5/16 + 1/2.
    squares, logs, level, total = history._local_level_filter(np.array([0.0, 1, 3]), np.array([0.5]))
    assert squares[0] == pytest.approx(1 / 1.5 + (49 / 9) / (4 / 3))
    assert logs[0] == pytest.approx(np.log(1.5) + np.log(4 / 3))
    assert level[0] == pytest.approx(2 / 3 + 35 / 24)
    assert total[0] == pytest.approx(5 / 16 + 1 / 2 + 1 / 2)


def test_local_level_against_statsmodels(wheat):
    for oblast in wheat.columns:
        values = wheat[oblast]
        fit = history.fit_local_level(values)
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


@pytest.mark.parametrize("method", list(history.METHODS))
def test_a_forecast_sees_only_earlier_years(wheat, method):
    changed = wheat["Talas"].copy()
    changed.loc[2015:] = 1000.0 + np.arange(11)
    for year in (2010, 2015):
        seen = history.one_step_forecast(changed, year, method)
        cut = history.one_step_forecast(wheat["Talas"].loc[: year - 1], year, method)
        assert (seen.year, seen.number_of_years) == (cut.year, cut.number_of_years) == (year, year - 1991)
        assert (seen.lower, seen.mean, seen.upper) == pytest.approx((cut.lower, cut.mean, cut.upper), rel=1e-12)


@pytest.mark.parametrize("method", list(history.METHODS))
def test_forecasts_follow_shift_and_scale_of_the_series(wheat, method):
    values = wheat["Osh"]
    plain = history.METHODS[method](values, 0.95)
    scaled = history.METHODS[method](3 * values + 7, 0.95)
    assert scaled.mean == pytest.approx(3 * plain.mean + 7, rel=1e-6)
    assert scaled.upper - scaled.lower == pytest.approx(3 * (plain.upper - plain.lower), rel=1e-5)
    assert history.METHODS[method](values, 0.5).upper < plain.upper


def test_forecast_table_for_the_years_in_question(wheat):
    table = history.forecast_table(wheat["Jalal-Abad"], [2024, 2025]).set_index(["year", "method"])
    assert table["inside"].all()
    naive = table.loc[(2024, "naive")]
    assert (naive["observed"], naive["mean"], naive["number_of_years"]) == (27.7, 23.7, 33)
    assert naive["error"] == pytest.approx(4.0)
    # the mean square of the 32 changes until 2023
    scale = np.sqrt((np.diff(wheat["Jalal-Abad"].loc[:2023]) ** 2).mean())
    assert naive["p_value"] == pytest.approx(2 * stats.t.sf(4 / scale, 32))
    narrow = history.forecast_table(wheat["Jalal-Abad"], [2024], ["naive"], level=0.5)
    assert not narrow["inside"].item()


@pytest.mark.parametrize("method", list(history.METHODS))
def test_forecast_refusals(method):
    minimum = history.MINIMUM_YEARS[method]
    forecast = history.METHODS[method]
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
        history.linear_trend_forecast(series(1, 2, 3, 4, 5))
    with pytest.raises(AnalysisError, match="half or more of the years"):
        history.theil_sen_forecast(series(0, 1, 2, 3, 10))


def test_one_step_refusals():
    values = series(10, 12, 11, 14, 13, 11)
    assert history.one_step_forecast(values, 2007, "naive").mean == 11
    for year in (2001, 2008):
        with pytest.raises(ParameterError, match=f"year {year} cannot be forecast"):
            history.one_step_forecast(values, year, "naive")
    with pytest.raises(ParameterError, match="methods must be some of naive, linear_trend"):
        history.one_step_forecast(values, 2007, "arima")
    with pytest.raises(ParameterError, match="2007 is outside"):
        history.forecast_table(values, [2007])
    with pytest.raises(ParameterError, match="years is empty"):
        history.forecast_table(values, [])
    with pytest.raises(ParameterError, match="'linear_trend' or 'theil_sen'"):
        history.trend_slope(values, "naive")


def test_least_squares_refusals():
    line = np.column_stack([np.ones(4), np.arange(4.0)])
    with pytest.raises(AnalysisError, match="2 observations cannot carry 2"):
        history.least_squares(line[:2], np.array([1.0, 2]))
    with pytest.raises(AnalysisError, match="combinations of each other"):
        history.least_squares(np.column_stack([line, 2 * line[:, 1] + 1e-13]), np.array([1.0, 5, 2, 3]))


# --- how good are the forecasts? ----------------------------------------------------------------------------


def test_backtest_summary_by_hand():
    backtest = pd.DataFrame(
        {
            "oblast": "A",
            "year": [2010, 2011] * 2,
            "method": ["naive", "naive", "linear_trend", "linear_trend"],
            "error": [3.0, -1.0, 1.0, 1.0],
            "standard_error": 1.0,
            "degrees_of_freedom": 1,  # t(1) quantile for 50 %: 1
        }
    )
    table = history.backtest_summary(backtest, levels=(0.5, 0.95))
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
    by_oblast = history.backtest_summary(backtest, by_oblast=True)
    assert by_oblast.loc[("A", "linear_trend"), "mae_relative_to_naive"] == 0.5


def test_backtest_repeats_the_single_forecasts(wheat):
    yields = wheat[["Naryn", "Chui"]]
    backtest = history.rolling_origin_backtest(yields, 2022, 2024)
    assert len(backtest) == 2 * 3 * 4
    singles = pd.concat(
        [history.forecast_table(yields[o], [2022, 2023, 2024]).assign(oblast=o) for o in yields.columns],
        ignore_index=True,
    )
    for column in ("oblast", "year", "method", "number_of_years"):
        assert backtest[column].tolist() == singles[column].tolist()
    np.testing.assert_allclose(backtest["error"], singles["error"])
    inside = singles.groupby("method")["inside"].mean()
    covered = history.backtest_summary(backtest, levels=(0.95,))["coverage_95"]
    assert covered.to_dict() == pytest.approx(inside.to_dict())


def test_backtest_is_well_calibrated_where_its_model_holds():
    # 40 independent random walks: the naive interval is exact, so 95 % must cover 95 % (520 x 2 trials)
    steps = np.random.default_rng(3).normal(size=(33, 40))
    walks = pd.DataFrame(100 + steps.cumsum(axis=0), index=range(1993, 2026)).add_prefix("oblast ")
    backtest = history.rolling_origin_backtest(walks, 2000, methods=["naive"])
    summary = history.backtest_summary(backtest, levels=(0.5, 0.95)).loc["naive"]
    assert summary["number"] == 1040
    assert summary["coverage_95"] == pytest.approx(0.95, abs=0.02)
    assert summary["coverage_50"] == pytest.approx(0.50, abs=0.05)


def test_persistence_errors(wheat):
    errors = history.persistence_errors(wheat, 2019, 2025)
    assert errors.number == 49
    assert errors.mae == pytest.approx(204 / 49)  # the 49 printed changes sum to 204.0 in absolute value
    backtest = history.rolling_origin_backtest(wheat, 2019, methods=["naive"])
    summary = history.backtest_summary(backtest).loc["naive"]
    assert (errors.mae, errors.rmse, errors.bias) == pytest.approx(tuple(summary[["mae", "rmse", "bias"]]))
    by_hand = history.persistence_errors(frame(A=[10, 12, 9], B=[5, 5, 6]), 2002, 2003)
    assert (by_hand.mae, by_hand.bias, by_hand.rmse) == pytest.approx((1.5, 0, np.sqrt(14 / 4)))


def test_backtest_on_the_wheat_panel(wheat):
    summary = history.backtest_summary(history.rolling_origin_backtest(wheat, 2001))
    assert (summary["number"] == 175).all()
    assert summary.loc["naive", "mae"] == pytest.approx(history.persistence_errors(wheat, 2001).mae)
    assert summary["coverage_95"].round(4).to_dict() == {
        "naive": 0.9029,
        "linear_trend": 0.9771,
        "theil_sen": 0.8914,
        "local_level": 0.9429,
    }
    assert summary["coverage_95"].gt(summary["coverage_80"]).all()


def test_backtest_refusals(wheat):
    with pytest.raises(AnalysisError, match=r"only 4 year\(s\) before 1995.*in 1996 or later"):
        history.rolling_origin_backtest(wheat, 1995)
    with pytest.raises(ParameterError, match="first_year 2030 is outside"):
        history.rolling_origin_backtest(wheat, 2030)
    with pytest.raises(ParameterError, match="must not come before"):
        history.rolling_origin_backtest(wheat, 2020, 2019)
    flat = wheat.assign(Flat=20.0)
    with pytest.raises(AnalysisError, match=r"Flat, forecast for 2020: the series is constant"):
        history.rolling_origin_backtest(flat, 2020)
    backtest = history.rolling_origin_backtest(wheat, 2024, methods=["linear_trend"])
    with pytest.raises(ParameterError, match="no 'naive' forecasts"):
        history.backtest_summary(backtest)
    with pytest.raises(ParameterError, match="levels is empty"):
        history.backtest_summary(backtest, levels=())
    with pytest.raises(DataError, match=r"lacks \['error'\]"):
        history.backtest_summary(backtest.drop(columns="error"))
    still = frame(A=[10, 12, 11, 11])
    with pytest.raises(AnalysisError, match="naive forecast has no error"):
        history.backtest_summary(history.rolling_origin_backtest(still, 2004, methods=["naive"]))
    with pytest.raises(AnalysisError, match="no year before 1991"):
        history.persistence_errors(wheat, 1991)


# --- recovery and volatility --------------------------------------------------------------------------------


def test_recovery_by_hand():
    yields = frame(
        rebound=[10, 20, 12, 17],  # base 15, 3 below it, up 5: 3 lead back, 2 go beyond
        partial=[10, 20, 12, 14],  # up 2, all of it leads back
        above=[10, 20, 16, 18],  # starts above the base
        fall=[10, 20, 12, 9],
    )
    table = history.recovery_table(yields, 2003, 2004, base_years=[2001, 2002])
    assert table["base_mean"].tolist() == [15] * 4
    assert table["shortfall_before"].tolist() == [3, 3, -1, 3]
    assert table["recovered_part"].tolist() == [3, 2, 0, 0]
    assert table["rest_of_change"].tolist() == [2, 0, 2, -3]
    assert table["difference_from_base"].tolist() == [2, -1, 3, -6]
    assert table.loc["rebound", ["base_min", "base_max", "ratio_to_base"]].tolist() == [10, 20, 17 / 15]


def test_what_leads_back_depends_on_the_base():
    """Up from 12 to 17. Two years before: 10 and 20, mean 15, 3 lead back; 20 and 8, mean 14, 2; 8 and 9, nothing."""
    found = history.recovered_by_window(frame(A=[10, 20, 8, 9, 12, 17])["A"], 2005, 2006, 2)
    assert found.index.tolist() == [2001, 2002, 2003]
    assert found["base_mean"].tolist() == [15, 14, 8.5]
    assert found["recovered_part"].tolist() == [3, 2, 0]
    assert history.recovered_by_window(frame(A=[12, 17])["A"], 2001, 2002, 2).empty


def test_most_of_jalal_abads_rise_leads_back_to_2016_2020(wheat):
    row = history.recovery_table(wheat, 2023, 2024).loc["Jalal-Abad"]
    assert row["base_mean"] == pytest.approx(26.46)
    assert row["recovered_part"] == pytest.approx(2.76)
    assert row["rest_of_change"] == pytest.approx(1.24)
    assert row["change"] == pytest.approx(4.0)


def test_recovery_refusals(wheat):
    with pytest.raises(ParameterError, match="not 2024 itself"):
        history.recovery_table(wheat, 2023, 2024, base_years=[2023, 2024])
    with pytest.raises(ParameterError, match="must name years"):
        history.recovery_table(wheat, 2023, 2024, base_years=[])
    with pytest.raises(ParameterError, match="base year 1980 is outside"):
        history.recovery_table(wheat, 2023, 2024, base_years=[1980])
    with pytest.raises(AnalysisError, match="is zero for A"):
        history.recovery_table(frame(A=[0, 1, 2]), 2002, 2003, base_years=[2001])


def test_volatility_by_hand_and_against_statsmodels(wheat):
    # changes 2, -1, 3, -1: mean 3/4, sum of squares 15 - 9/4
    table = history.volatility(frame(A=[1, 3, 2, 5, 4]))
    assert table.loc["A", "sd_change"] == pytest.approx(np.sqrt((15 - 9 / 4) / 3))
    assert table.loc["A", "cv_around_trend"] == pytest.approx(100 * np.sqrt(1.2) / 3)
    assert table.loc["A", ["min_year", "min_yield", "max_year", "max_yield"]].tolist() == [2001, 1, 2004, 5]

    table = history.volatility(wheat)
    for oblast in wheat.columns:
        values = wheat[oblast]
        fit = sm.OLS(values.to_numpy(), sm.add_constant(values.index.to_numpy(dtype=float))).fit()
        # Cuddy and Della Valle: coefficient of variation x sqrt(1 - adjusted R^2)
        index = 100 * values.std() / values.mean() * np.sqrt(1 - fit.rsquared_adj)
        assert table.loc[oblast, "cv_around_trend"] == pytest.approx(index)
        assert table.loc[oblast, "sd_log_change"] == pytest.approx(np.log(values).diff().std())
        assert table.loc[oblast, "sd_change"] == pytest.approx(values.diff().std())
    assert table["sd_change"].idxmax() == "Chui"
    assert table.loc["Chui", ["min_year", "max_year"]].tolist() == [2021, 2024]


def test_volatility_refusals():
    with pytest.raises(AnalysisError, match="B: the series is constant"):
        history.volatility(frame(A=[1, 3, 2, 5, 4], B=[2] * 5))
    with pytest.raises(AnalysisError, match="needs at least 5"):
        history.volatility(frame(A=[1, 3, 2, 5]))
    with pytest.raises(AnalysisError, match="no logarithm"):
        history.volatility(frame(A=[1, 3, 0, 5, 4]))


# --- what the report shows ----------------------------------------------------------------------------------


def test_ranked_changes_by_hand():
    table = history.ranked_changes(frame(A=[10, 12, 11, 13.0], B=[5, 6, 4, 9]), 2002, 2003)
    own = table[table["oblast"] == "A"]
    assert own["change"].tolist() == [2, -1, 2] and own["rank"].tolist() == [1, 3, 1]  # the tie shares the better rank
    assert table.loc[table["chosen"] == 1, "year"].tolist() == [2003, 2003]
    assert history.ranked_changes(frame(A=[10, 12, 11, 13]), 2001, 2003)["rank"].isna().all()  # two changes only


def test_the_following_year_by_hand():
    yields = frame(A=[20, 22, 18, 25, 24])
    recovered, no_base = history.recovery(yields, 2003, 2004, [2001, 2002])
    found, why = history.following_year(yields["A"], 2003, 2004, recovered, "A")
    assert (found, no_base, why) == (
        {"year_next": 2005, "yield_next": 24, "change_next": -1, "next_less_before": 6, "next_from_base": 3},
        "",
        "",
    )
    found, why = history.following_year(yields["A"], 2004, 2005, recovered, "A")
    assert found["yield_next"] is None and why == "the series ends with 2005"


def test_other_bases_by_hand():
    found, why = history.other_bases(series(20, 22, 24, 18, 25), 2004, 2005, 2)
    assert (found, why) == ({"number_of_base_years": 2, "recovered_least": 3, "recovered_most": 5}, "")
    found, why = history.other_bases(series(20, 22, 24, 18, 25), 2002, 2003, 2)
    assert found["recovered_most"] is None and why == "fewer than 2 years before 2002"
