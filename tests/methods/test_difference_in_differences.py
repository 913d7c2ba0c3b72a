"""Difference in differences: hand-worked cases, statsmodels and pyfixest, the wheat panel."""

from itertools import product
from math import log, sqrt
from pathlib import Path

import numpy as np
import pandas as pd
import pyfixest as pf
import pytest
import statsmodels.formula.api as smf
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipeline.errors import AnalysisError, ParameterError
from pipeline.methods.difference_in_differences import (
    comparison_mean,
    comparison_table,
    did,
    did_against_others,
    event_study,
    placebo_did,
    placebo_did_bounds,
    treatment,
    two_way_fixed_effects,
)

SOUTH = ("Batken", "Jalal-Abad", "Osh")
WHEAT = Path(__file__).parents[2] / "data/raw/nsc_wheat_yield/wheat_yield_by_oblast.csv"


@pytest.fixture(scope="module")
def large() -> pd.DataFrame:
    """Forty units and twelve years."""
    names = [f"U{number:02}" for number in range(40)]
    return pd.DataFrame(np.random.default_rng(7).normal(20, 2, (12, 40)), index=range(2001, 2013), columns=names)


@pytest.fixture(scope="module")
def wheat() -> pd.DataFrame:
    return pd.read_csv(WHEAT).pivot(index="year", columns="oblast", values="yield_c_per_ha")


@pytest.fixture
def small() -> pd.DataFrame:
    """Changes of A, B, C between the two years: 4, 1, 3."""
    return pd.DataFrame({"A": [10.0, 14.0], "B": [20.0, 21.0], "C": [30.0, 33.0]}, index=[2023, 2024])


def long_panel(yields: pd.DataFrame, oblast: str, end_years: list[int]) -> pd.DataFrame:
    long = yields.rename_axis(index="year", columns="oblast").stack().rename("y").reset_index()
    return long.assign(
        d=((long["oblast"] == oblast) & long["year"].isin(end_years)).astype(float),
        treated=(long["oblast"] == oblast).astype(int),
    )


class TestTwoPeriods:
    def test_hand_worked(self, small):
        result = did(small, "A", 2023, 2024)
        assert result.comparison == ("B", "C")
        assert (result.change_unit, result.change_comparison, result.estimate) == (4.0, 2.0, 2.0)
        assert (result.low, result.high) == pytest.approx((1.8, 2.2))
        assert result.half_width == pytest.approx(0.2)
        assert result.sign_certain and result.outcome == "level"

    def test_array_form_treats_every_oblast_at_once(self, small):
        changes = small.diff().loc[2024].to_numpy()
        np.testing.assert_allclose(did_against_others(changes), [2.0, -2.5, 0.5])
        np.testing.assert_allclose(comparison_mean(changes), [2.0, 3.5, 2.5])
        stacked = np.stack([changes, 2 * changes])[:, None, :]
        np.testing.assert_allclose(did_against_others(stacked)[1, 0], [4.0, -5.0, 1.0])

    def test_weight_zero_leaves_an_oblast_out_as_a_comparison_only(self):
        changes = np.array([4.0, 1.0, 3.0, 8.0])
        # 1 is left out: A against (3 + 8)/2, B against (4 + 3 + 8)/3, C against (4 + 8)/2, D against (4 + 3)/2
        np.testing.assert_allclose(did_against_others(changes, np.array([1, 0, 1, 1])), [-1.5, -4.0, -3.0, 4.5])
        # area weights 1, 3 for the two others of A
        assert did_against_others(changes[:3], np.array([1, 1, 3]))[0] == pytest.approx(4 - 2.5)

    def test_logs_by_hand(self):
        yields = pd.DataFrame({"A": [10.0, 20.0], "B": [10.0, 10.0], "C": [5.0, 10.0]}, index=[1, 2])
        result = did(yields, "A", 1, 2, outcome="log")
        assert result.estimate == pytest.approx(log(2) / 2) and result.outcome == "log"

    @pytest.mark.parametrize("outcome", ["level", "log"])
    def test_rounding_bounds_are_the_extremes_over_all_corners(self, small, outcome):
        transform = np.log if outcome == "log" else np.asarray
        corners = []
        for shifts in product([-0.05, 0.05], repeat=6):
            values = transform(small.to_numpy() + np.reshape(shifts, (2, 3)))
            corners.append(did_against_others(values[1] - values[0])[0])
        result = did(small, "A", 2023, 2024, outcome=outcome)
        assert (result.low, result.high) == pytest.approx((min(corners), max(corners)), abs=1e-12)
        low, high = placebo_did_bounds(small, outcome=outcome)
        assert (low.loc[2024, "A"], high.loc[2024, "A"]) == pytest.approx((result.low, result.high))

    def test_one_other_oblast_is_a_pairwise_comparison(self, small):
        assert did(small[["A", "B"]], "A", 2023, 2024).estimate == 3.0
        assert did(small, "A", 2023, 2024, ["C"]).estimate == 1.0

    @given(arrays(float, (3, 7), elements=st.floats(-50, 50)), st.floats(-50, 50))
    def test_a_common_shock_cancels_and_cells_of_a_year_sum_to_zero(self, changes, shock):
        cells = did_against_others(changes)
        np.testing.assert_allclose(did_against_others(changes + shock), cells, atol=1e-9)
        np.testing.assert_allclose(cells.sum(axis=-1), 0, atol=1e-9)


class TestWheat:
    """Anchors worked out by hand from the printed yields of 2023 and 2024."""

    def test_the_sign_depends_on_chui(self, wheat):
        others = [1.7, 31.9 - 16.6, 3.9, 1.8, 3.0, 5.9]  # Batken, Chui, Issyk-Kul, Naryn, Osh, Talas
        every = did(wheat, "Jalal-Abad", 2023, 2024)
        assert every.estimate == pytest.approx(4.0 - sum(others) / 6)
        assert every.estimate == pytest.approx(-1.26667, abs=1e-5)
        without = did(wheat.drop(columns="Chui"), "Jalal-Abad", 2023, 2024)
        assert without.estimate == pytest.approx(4.0 - (sum(others) - 15.3) / 5) == pytest.approx(0.74)
        assert every.sign_certain and without.sign_certain

    def test_table_of_comparisons(self, wheat):
        table = comparison_table(wheat, "Jalal-Abad", 2023, 2024, {"south": SOUTH}).set_index("comparison")
        assert table["kind"].value_counts().to_dict() == {
            "leaving one out": 6,
            "one unit": 6,
            "all others": 1,
            "group": 1,
        }
        assert table.loc["south", "estimate"] == pytest.approx(4.0 - (1.7 + 3.0) / 2)
        assert table.loc["Chui", "estimate"] == pytest.approx(-11.3)
        assert table.loc["without Chui", "estimate"] == pytest.approx(0.74)
        flips = table[(table["kind"] == "leaving one out") & (table["estimate"] > 0)]
        assert list(flips.index) == ["without Chui"]
        assert not table.loc["Issyk-Kul", "sign_certain"]  # 4.0 - 3.9 = 0.1, within rounding

    def test_a_group_leaves_out_the_oblast_itself(self, wheat):
        table = comparison_table(wheat, "Osh", 2023, 2024, {"south": SOUTH}).set_index("comparison")
        assert table.loc["south", "members"] == "Batken, Jalal-Abad"

    @pytest.mark.parametrize("outcome", ["level", "log"])
    def test_placebo_matrix_agrees_with_one_pair_at_a_time(self, wheat, outcome):
        assert placebo_did(wheat).shape == (34, 7)
        for gap in (1, 3):
            cells = placebo_did(wheat, gap, outcome)
            assert list(cells.index[[0, -1]]) == [1991 + gap, 2025]
            for oblast in wheat.columns:
                for year in (1991 + gap, 2010, 2025):
                    one = did(wheat, oblast, year - gap, year, outcome=outcome)
                    assert cells.loc[year, oblast] == pytest.approx(one.estimate, abs=1e-12)


class TestTwoWayFixedEffects:
    def test_hand_worked(self, small):
        result = two_way_fixed_effects(small, "A", [2024])
        # the others change by 1 and 3 about 2: se^2 = 3/2 * 5/(6-3) * (1 + 1) / 2^2 = 5/4
        assert result.estimate == pytest.approx(2.0)
        assert result.standard_error == pytest.approx(sqrt(5) / 2)
        assert (result.degrees_of_freedom, result.observations, result.clusters) == (2, 6, 3)
        assert result.base_years == (2023, 2023)

    def test_long_panel_compares_with_the_mean_of_the_base_years(self, wheat):
        result = two_way_fixed_effects(wheat, "Jalal-Abad", [2024, 2025], start_year=2010)
        change = wheat.loc[2024:2025].mean() - wheat.loc[2010:2023].mean()
        assert result.estimate == pytest.approx(change["Jalal-Abad"] - change.drop("Jalal-Abad").mean())
        assert result.base_years == (2010, 2023)

    @pytest.mark.parametrize("oblast", ["Jalal-Abad", "Chui"])
    @pytest.mark.parametrize(("end_years", "start"), [([2024], 1991), ([2024, 2025], 2001), ([2024], 2023)])
    def test_agrees_with_pyfixest(self, wheat, oblast, end_years, start):
        ours = two_way_fixed_effects(wheat, oblast, end_years, start)
        data = long_panel(wheat.loc[start : end_years[-1]], oblast, end_years)
        theirs = pf.feols("y ~ d | oblast + year", data, vcov={"CRV1": "oblast"})
        assert ours.estimate == pytest.approx(theirs.coef()["d"], abs=1e-8)
        assert ours.standard_error == pytest.approx(theirs.se()["d"], rel=1e-6)
        assert ours.p_value == pytest.approx(theirs.pvalue()["d"], rel=1e-5)
        assert (ours.low, ours.high) == pytest.approx(tuple(theirs.confint().loc["d"]), rel=1e-5)

    def test_log_agrees_with_statsmodels(self, wheat):
        ours = two_way_fixed_effects(wheat, "Jalal-Abad", [2024], 2011, outcome="log")
        data = long_panel(np.log(wheat.loc[2011:2024]), "Jalal-Abad", [2024])
        theirs = smf.ols("y ~ d + C(oblast) + C(year)", data).fit()
        assert ours.estimate == pytest.approx(theirs.params["d"]) and ours.outcome == "log"

    @pytest.mark.parametrize("end_years", [[2024], [2024, 2025]])
    def test_treated_oblast_leaves_no_trace_in_the_variance(self, wheat, end_years):
        """Moving the treated cells moves the coefficient and not the standard error: why CR1 fails here."""
        plain = two_way_fixed_effects(wheat, "Jalal-Abad", end_years)
        moved = wheat.copy()
        moved.loc[end_years, "Jalal-Abad"] += 100
        shifted = two_way_fixed_effects(moved, "Jalal-Abad", end_years)
        assert plain.score_of_treated_cluster == pytest.approx(0, abs=1e-9)
        assert shifted.estimate == pytest.approx(plain.estimate + 100)
        assert shifted.standard_error == pytest.approx(plain.standard_error)


class TestEventStudy:
    def test_hand_worked(self, small):
        result = event_study(small, "A", 2023)
        assert result["coefficient"].tolist() == pytest.approx([0.0, 2.0])
        assert result["standard_error"].tolist() == pytest.approx([0.0, sqrt(5) / 2])
        assert tuple(result.loc[2024, ["others_lowest", "others_highest"]]) == pytest.approx((-2.5, 0.5))

    @pytest.mark.parametrize("base", [2023, 2015])
    def test_agrees_with_pyfixest(self, wheat, base):
        yields = wheat.loc[2008:]
        ours = event_study(yields, "Jalal-Abad", base).drop(index=base)
        data = long_panel(yields, "Jalal-Abad", [2024])
        theirs = pf.feols(f"y ~ i(year, treated, ref={base}) | oblast + year", data, vcov={"CRV1": "oblast"}).tidy()
        np.testing.assert_allclose(ours["coefficient"], theirs["Estimate"], atol=1e-8)
        np.testing.assert_allclose(ours["standard_error"], theirs["Std. Error"], rtol=1e-6)
        np.testing.assert_allclose(ours[["low", "high"]], theirs[["2.5%", "97.5%"]], rtol=1e-5)

    def test_the_pair_of_the_study_is_one_of_its_coefficients(self, wheat):
        coefficient = event_study(wheat, "Jalal-Abad", 2023).loc[2024, "coefficient"]
        assert coefficient == pytest.approx(did(wheat, "Jalal-Abad", 2023, 2024).estimate)


class TestManyUnits:
    def test_forty_units_and_twelve_years(self, large):
        change = large.loc[2012] - large.loc[:2011].mean()
        fit = two_way_fixed_effects(large, "U03", [2012])
        assert fit.estimate == pytest.approx(change["U03"] - change.drop("U03").mean())
        assert (fit.clusters, fit.degrees_of_freedom) == (40, 39)
        pair = did(large, "U03", 2011, 2012).estimate
        assert event_study(large, "U03", 2011).loc[2012, "coefficient"] == pytest.approx(pair)
        assert placebo_did(large).shape == (11, 40)
        assert len(comparison_table(large, "U03", 2011, 2012)) == 1 + 39 + 39

    def test_treatment_is_one_in_the_end_years_of_one_unit(self, small):
        assert treatment(small, "A", [2024]).to_numpy().tolist() == [[0, 0, 0], [1, 0, 0]]


class TestRefusals:
    @pytest.mark.parametrize(
        ("call", "error", "message"),
        [
            (lambda y: did(y, "Ferghana", 2023, 2024), ParameterError, "the panel has no 'Ferghana'; it has Batken"),
            (lambda y: did(y, "Osh", 1990, 2024), ParameterError, "1990 is outside the panel, 1991-2025"),
            (lambda y: did(y, "Osh", 2023, 2026), ParameterError, "2026 is outside the panel"),
            (lambda y: did(y, "Osh", 2024, 2023), ParameterError, "must come after"),
            (lambda y: did(y, "Osh", 2024, 2024), ParameterError, "must come after"),
            (lambda y: did(y, "Osh", 2023, 2024, ["Osh", "Chui"]), ParameterError, "other units than Osh"),
            (lambda y: did(y, "Osh", 2023, 2024, ["Chui", "Chui"]), ParameterError, "each once"),
            (lambda y: did(y, "Osh", 2023, 2024, []), AnalysisError, "no unit to compare Osh with"),
            (lambda y: did(y, "Osh", 2023, 2024, outcome="ratio"), ParameterError, "level, log"),
            (lambda y: did(y - 20, "Osh", 2023, 2024, outcome="log"), AnalysisError, "no logarithm"),
            (lambda y: did(y[["Osh"]], "Osh", 2023, 2024), AnalysisError, "at least 2"),
            (lambda y: comparison_table(y[["Osh", "Chui"]], "Osh", 2023, 2024), AnalysisError, "at least 3"),
            (lambda y: comparison_table(y, "Osh", 2023, 2024, {"x": ["Osh"]}), AnalysisError, "'x' holds no"),
            (lambda y: placebo_did(y, 35), ParameterError, "from 1 to 34"),
            (lambda y: placebo_did(y, 0), ParameterError, "from 1 to 34"),
            (lambda y: placebo_did(y, weights=np.eye(7)[0]), AnalysisError, r"position \[0\] have nothing"),
            (lambda y: placebo_did(y, weights=np.ones(6)), ParameterError, "7 numbers"),
            (lambda y: did_against_others(y.shift().to_numpy()), AnalysisError, "finite"),
            (lambda y: two_way_fixed_effects(y, "Osh", [2022, 2024]), ParameterError, "consecutive"),
            (lambda y: two_way_fixed_effects(y, "Osh", []), ParameterError, "consecutive"),
            (lambda y: two_way_fixed_effects(y, "Osh", [1991]), ParameterError, "must come before"),
            (lambda y: two_way_fixed_effects(y * 0 + 5, "Osh", [2024]), AnalysisError, "do not differ at all"),
            (
                lambda y: two_way_fixed_effects(y * 0 + np.arange(7), "Osh", [2024]),
                AnalysisError,
                "do not differ at all",
            ),
            (lambda y: two_way_fixed_effects(y[["Osh", "Chui"]], "Osh", [2024]), AnalysisError, "at least 3"),
            (lambda y: two_way_fixed_effects(y, "Osh", [2024], level=95), ParameterError, "between 0 and 1"),
            (lambda y: event_study(y, "Osh", 1980), ParameterError, "base_year 1980 is outside"),
        ],
    )
    def test_what_cannot_be_done_is_refused(self, wheat, call, error, message):
        with pytest.raises(error, match=message):
            call(wheat)
