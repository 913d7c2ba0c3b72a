"""Ranks, recovery and volatility: by hand, against other implementations, on the wheat
panel."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

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
    assert (found, why) == (
        {"number_of_base_years": 2, "first_base_year": 2001, "recovered_least": 3, "recovered_most": 5},
        "",
    )
    found, why = history.other_bases(series(20, 22, 24, 18, 25), 2002, 2003, 2)
    assert found["recovered_most"] is None and why == "fewer than 2 years before 2002"


def test_other_bases_are_recent_ones(wheat):
    """Bases of five years that begin in 2013 to 2018 and end before 2023; older ones lie where yields were lower."""
    found, _ = history.other_bases(wheat["Jalal-Abad"], 2023, 2024, 5)
    assert found["first_base_year"] == 2013
    assert [round(found[name], 2) for name in ("recovered_least", "recovered_most")] == [1.54, 3.28]
    means = [wheat["Jalal-Abad"].loc[first : first + 4].mean() - 23.7 for first in range(2013, 2019)]
    assert [found["recovered_least"], found["recovered_most"]] == pytest.approx([min(means), max(means)])
