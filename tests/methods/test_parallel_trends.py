"""Departures from parallel trends: bounds by hand and by linear programming, coverage, the wheat panel."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

from pipeline.errors import AnalysisError, ParameterError
from pipeline.methods.difference_in_differences import did, placebo_did
from pipeline.methods.parallel_trends import (
    pre_trends,
    relative_magnitudes,
    sensitivity,
    spread_standard_error,
)

WHEAT = Path(__file__).parents[2] / "data/raw/nsc_wheat_yield/wheat_yield_by_oblast.csv"


@pytest.fixture(scope="module")
def wheat() -> pd.DataFrame:
    return pd.read_csv(WHEAT).pivot(index="year", columns="oblast", values="yield_c_per_ha")


class TestRelativeMagnitudes:
    def test_hand_worked(self):
        """Changes before 1 and -2, estimate 3: at Mbar 1 the departure is at most 2, so the effect is in [1,
        5]."""
        result = relative_magnitudes(3.0, np.array([1.0, -2.0]), mbar=[0, 1, 2])
        assert result.largest_change_before == 2.0
        assert [(b.low, b.high) for b in result.bounds] == [(3, 3), (1, 5), (-1, 7)]
        assert result.breakdown_mbar == 1.5
        assert result.breakdown_mbar_ci is None and list(result.to_frame().columns) == ["low", "high"]

    def test_two_years_after_the_departure_accumulates(self):
        result = relative_magnitudes(-3.0, np.array([1.0, -2.0]), years_after=2, mbar=[0.5])
        assert (result.bounds[0].low, result.bounds[0].high) == (-5, -1)
        assert result.breakdown_mbar == 0.75

    def test_interval_by_hand(self):
        """Three statements at 95 %: c = z(1 - 0.05/6); half = c * 1 + Mbar (2 + c * 0.5). Mbar = 0 is one statement."""
        c, alone = stats.norm.ppf(1 - 0.05 / 6), stats.norm.ppf(0.975)
        result = relative_magnitudes(
            6.0, np.array([1.0, -2.0]), mbar=[0, 1], standard_error=1.0, standard_errors_before=np.full(2, 0.5)
        )
        assert result.critical_value == pytest.approx(c)
        frame = result.to_frame()
        assert (frame["ci_high"] - 6).tolist() == pytest.approx([alone, c + 2 + c / 2])
        assert (6 - frame["ci_low"]).tolist() == pytest.approx([alone, c + 2 + c / 2])
        assert result.breakdown_mbar_ci == pytest.approx((6 - c) / (2 + c / 2))

    def test_no_standard_error_means_the_plug_in_set(self):
        zero = relative_magnitudes(3.0, np.array([2.0]), standard_error=0.0, standard_errors_before=np.zeros(1))
        for bound in zero.bounds:
            assert (bound.ci_low, bound.ci_high) == pytest.approx((bound.low, bound.high))

    @pytest.mark.parametrize("years_after", [1, 2, 4])
    @pytest.mark.parametrize("mbar", [0.5, 1.3])
    def test_identified_set_agrees_with_linear_programming(self, years_after, mbar):
        """Largest and smallest effect over all paths of the departure that the restriction allows, as in the
        paper a union over the pre-period that attains the maximum."""
        estimate, before = -1.3, np.array([0.4, -1.7, 0.9, 1.1])
        lows, highs = [], []
        for reference in np.abs(before):
            steps = np.eye(years_after) - np.eye(years_after, k=-1)  # d_1 - 0, d_2 - d_1, ...
            limits = np.full(2 * years_after, mbar * reference)
            for sign, found in ((1, lows), (-1, highs)):
                objective = np.zeros(years_after)
                objective[-1] = -sign  # effect = estimate - d at the end year
                answer = optimize.linprog(objective, A_ub=np.vstack([steps, -steps]), b_ub=limits, bounds=(None, None))
                found.append(estimate - answer.x[-1])
        ours = relative_magnitudes(estimate, before, years_after, [mbar]).bounds[0]
        assert (ours.low, ours.high) == pytest.approx((min(lows), max(highs)))

    def test_interval_covers_where_the_restriction_holds_just_so(self):
        """Effect 5, departure 1 exactly as large as the largest before; noise 1 on every change."""
        rng = np.random.default_rng(0)
        before = np.array([1.0, -0.5, 0.2])
        covered = 0
        for _ in range(400):
            bound = relative_magnitudes(
                5.0 + 1.0 + rng.normal(),
                before + rng.normal(size=3),
                mbar=[1.0],
                standard_error=1.0,
                standard_errors_before=np.ones(3),
            ).bounds[0]
            covered += bound.ci_low <= 5.0 <= bound.ci_high
        assert covered / 400 >= 0.95

    def test_under_parallel_trends_the_interval_is_that_of_the_estimate_alone(self, wheat):
        """DiD -1.267, spread of the others 3.02, 160 degrees of freedom: 1.975 errors on each side."""
        found = sensitivity(wheat, "Jalal-Abad", 2023, 2024)
        parallel = found.result.bounds[0]
        half = 1.9749 * found.standard_error
        estimate = found.result.estimate
        assert [parallel.ci_low, parallel.ci_high] == pytest.approx([estimate - half, estimate + half], abs=1e-3)
        assert [round(parallel.ci_low, 1), round(parallel.ci_high, 1)] == [-7.2, 4.7]

    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            ({"changes_before": []}, AnalysisError, "no yearly change before"),
            ({"changes_before": [0.0, 0.0]}, AnalysisError, "never changed before"),
            ({"changes_before": [1.0, np.nan]}, AnalysisError, "finite"),
            ({"mbar": [-1.0]}, ParameterError, "mbar"),
            ({"mbar": []}, ParameterError, "mbar"),
            ({"years_after": 0}, ParameterError, "at least 1"),
            ({"level": 95}, ParameterError, "between 0 and 1"),
            ({"level": 1}, ParameterError, "between 0 and 1"),
            ({"level": 0}, ParameterError, "between 0 and 1"),
            ({"standard_error": 1.0}, ParameterError, "or neither"),
            ({"standard_error": 1.0, "standard_errors_before": np.ones(3)}, ParameterError, "each of the 2"),
        ],
    )
    def test_refusals(self, arguments, error, message):
        with pytest.raises(error, match=message):
            relative_magnitudes(1.0, **{"changes_before": np.array([1.0, 2.0]), **arguments})


class TestSensitivity:
    def test_spread_standard_error_by_hand(self):
        # within-year spreads about the means 2 and 0: 1 + 1 + 4 + 4 = 10 over 2 degrees of freedom; 5 * (1 + 1/2)
        error, df = spread_standard_error(np.array([[1.0, 3.0], [-2.0, 2.0]]))
        assert (error, df) == (pytest.approx(np.sqrt(7.5)), 2)

    def test_spread_standard_error_is_the_pooled_two_sample_error(self, wheat):
        """For one year it is what SciPy's t test gives one oblast against the others with equal variances."""
        change = wheat.diff().loc[2024]
        others = change.drop("Jalal-Abad").to_numpy()
        error, df = spread_standard_error(others[None, :])
        test = stats.ttest_ind([change["Jalal-Abad"]], others)
        estimate = did(wheat, "Jalal-Abad", 2023, 2024).estimate
        assert estimate / error == pytest.approx(test.statistic) and df == test.df

    def test_wheat_anchor(self, wheat):
        """Largest departure before: 2021, when Jalal-Abad lost 2.0 and the others 45.3 / 6 on average."""
        changes_2021 = wheat.diff().loc[2021]
        assert changes_2021["Jalal-Abad"] == pytest.approx(-2.0)
        largest = -2.0 - changes_2021.drop("Jalal-Abad").mean()
        found = sensitivity(wheat, "Jalal-Abad", 2023, 2024)
        assert found.year_of_largest_change == 2021
        assert found.result.largest_change_before == pytest.approx(largest) == pytest.approx(5.48333, abs=1e-5)
        assert found.result.estimate == pytest.approx(-1.26667, abs=1e-5)
        assert found.result.breakdown_mbar == pytest.approx(1.26667 / 5.48333, abs=1e-5)
        assert found.result.breakdown_mbar_ci == 0.0

    @pytest.mark.parametrize(("before", "after"), [(2023, 2024), (2020, 2023), (2001, 2010)])
    @pytest.mark.parametrize("outcome", ["level", "log"])
    def test_every_oblast_and_pair(self, wheat, before, after, outcome):
        for oblast in wheat.columns:
            found = sensitivity(wheat, oblast, before, after, outcome=outcome).result
            cells = placebo_did(wheat, 1, outcome).loc[:before, oblast]
            assert found.largest_change_before == pytest.approx(cells.abs().max())
            assert found.estimate == pytest.approx(did(wheat, oblast, before, after, outcome=outcome).estimate)
            assert found.years_after == after - before

    def test_error_of_a_longer_pair_comes_from_changes_over_as_many_years(self, wheat):
        """2020 to 2023: the changes 1993-1996, 1996-1999, ..., 2017-2020, each year used once."""
        others = wheat.drop(columns="Osh")
        changes = np.array([others.loc[year + 3] - others.loc[year] for year in range(1993, 2018, 3)])
        error, df = spread_standard_error(changes)
        found = sensitivity(wheat, "Osh", 2020, 2023)
        assert (found.standard_error, found.degrees_of_freedom) == (pytest.approx(error), df) and df == 45
        statements = 29 + 1  # 29 yearly changes up to 2020, and the estimate
        assert found.result.critical_value == pytest.approx(stats.t.ppf(1 - 0.05 / (2 * statements), 45))

    def test_years_after_the_base_do_not_count_as_before(self, wheat):
        moved = wheat.copy()
        moved.loc[2024:, "Jalal-Abad"] += 50
        plain, shifted = (sensitivity(y, "Jalal-Abad", 2023, 2024) for y in (wheat, moved))
        assert plain.result.largest_change_before == shifted.result.largest_change_before
        assert plain.standard_error == shifted.standard_error

    @pytest.mark.parametrize(
        ("call", "error", "message"),
        [
            (lambda y: sensitivity(y, "Osh", 1991, 1992), AnalysisError, "too few for a pair"),
            (lambda y: sensitivity(y, "Osh", 1993, 1999), AnalysisError, "2 year"),
            (lambda y: sensitivity(y * 0 + 20, "Osh", 2023, 2024), AnalysisError, "never changed"),
            (lambda y: sensitivity(y[["Osh", "Chui"]], "Osh", 2023, 2024), AnalysisError, "at least 3"),
            (lambda y: sensitivity(y, "Osh", 2023, 2040), ParameterError, "outside the panel"),
        ],
    )
    def test_refusals(self, wheat, call, error, message):
        with pytest.raises(error, match=message):
            call(wheat)


class TestPreTrends:
    def test_hand_worked(self):
        # gaps of A to the mean of B and C: 0, 1, 5; least-squares slope (5 - 0) / 2; changes 1, 4
        yields = pd.DataFrame({"A": [10.0, 11, 15, 99], "B": [9.0, 10, 10, 0], "C": [11.0, 10, 10, 0]}, index=range(4))
        row = pre_trends(yields, 2).loc["A"]
        assert row["slope"] == 2.5
        assert row["rms_change"] == pytest.approx(np.sqrt((1 + 16) / 2))
        assert row["largest_change"] == 4
        assert row["rms_coefficient"] == pytest.approx(np.sqrt((25 + 16) / 2))
        assert row["p_slope"] == pytest.approx(1 / 3)

    def test_slopes_agree_with_scipy_and_ranks_with_pandas(self, wheat):
        table = pre_trends(wheat, 2023)
        for oblast in wheat.columns:
            gap = (wheat[oblast] - wheat.drop(columns=oblast).mean(axis=1)).loc[:2023]
            assert table.loc[oblast, "slope"] == pytest.approx(stats.linregress(gap.index, gap).slope)
        for name in ("slope", "rms_change", "largest_change", "rms_coefficient"):
            ranks = table[name].abs().rank(ascending=False)
            np.testing.assert_allclose(table[f"p_{name}"], ranks / 7)

    def test_jalal_abad_gained_on_the_others_all_along(self, wheat):
        table = pre_trends(wheat, 2023)
        assert table["slope"].abs().idxmax() == "Jalal-Abad" and table.loc["Jalal-Abad", "slope"] > 0.2

    def test_refusals(self, wheat):
        with pytest.raises(AnalysisError, match="at least three"):
            pre_trends(wheat, 1992)
        with pytest.raises(ParameterError, match="outside the panel"):
            pre_trends(wheat, 2050)


def test_forty_units_and_twelve_years():
    values = np.random.default_rng(7).normal(20, 2, (12, 40))
    panel = pd.DataFrame(values, index=range(2001, 2013), columns=[f"U{number:02}" for number in range(40)])
    plain = sensitivity(panel, "U03", 2011, 2012).result.bounds[0]
    assert (plain.ci_low + plain.ci_high) / 2 == pytest.approx(did(panel, "U03", 2011, 2012).estimate)
    assert pre_trends(panel, 2011)["p_slope"].min() == pytest.approx(1 / 40)
