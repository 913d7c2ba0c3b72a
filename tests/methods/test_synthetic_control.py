"""Synthetic control: exact weights by hand and by brute force, pysyncon, placebos on the wheat panel."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pysyncon import Synth
from scipy import optimize

from pipeline.errors import AnalysisError, ParameterError
from pipeline.methods.synthetic_control import (
    _rivals,
    leave_one_donor_out,
    placebo_in_space,
    placebo_in_time,
    simplex_weights,
    synthetic_control,
)

WHEAT = Path(__file__).parents[2] / "data/raw/nsc_wheat_yield/wheat_yield_by_oblast.csv"


@pytest.fixture(scope="module")
def wheat() -> pd.DataFrame:
    return pd.read_csv(WHEAT).pivot(index="year", columns="oblast", values="yield_c_per_ha")


@pytest.fixture
def small() -> pd.DataFrame:
    """Up to 2002 A = B/4 + 3C/4 exactly but for 2001, where it is 1 higher; then A is 2 and 5 above."""
    b, c = np.array([10.0, 14, 10, 14, 18]), np.array([20.0, 16, 20, 24, 22])
    a = b / 4 + 3 * c / 4 + [0, 0, 0, 2, 5]
    return pd.DataFrame({"A": a, "B": b, "C": c}, index=range(2000, 2005))


def by_supports(donors: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The same weights by trying every set of donors with positive weight (least squares with sum one)."""
    best, answer = np.inf, None
    count = donors.shape[1]
    for size in range(1, count + 1):
        for support in combinations(range(count), size):
            x = donors[:, support]
            system = np.block([[x.T @ x, np.ones((size, 1))], [np.ones((1, size)), np.zeros((1, 1))]])
            w = np.linalg.solve(system, np.append(x.T @ target, 1.0))[:size]
            loss = ((target - x @ w) ** 2).sum()
            if (w >= 0).all() and loss < best:
                best, answer = loss, np.zeros(count)
                answer[list(support)] = w
    return answer


def test_the_share_of_the_variation_before_that_is_fitted(wheat):
    fit = synthetic_control(wheat, "Osh", 2015)
    assert fit.pre_r_squared == pytest.approx(1 - fit.pre_rmspe**2 / wheat.loc[:2015, "Osh"].var(ddof=0))
    assert 0 < fit.pre_r_squared < 1


class TestWeights:
    @pytest.mark.parametrize(
        ("target", "expected"),
        [([1.0, 1.0], [0.5, 0.5]), ([3.0, 2.0], [0.25, 0.75]), ([5.0, 1.0], [0.0, 1.0])],
    )
    def test_hand_worked(self, target, expected):
        """Donors (0, 2) and (2, 0): the point of the segment between them nearest to the target."""
        donors = np.array([[0.0, 2.0], [2.0, 0.0]])
        np.testing.assert_allclose(simplex_weights(donors, np.array(target)), expected, atol=1e-12)

    @pytest.mark.parametrize("seed", range(8))
    def test_agrees_with_trying_every_support(self, seed):
        rng = np.random.default_rng(seed)
        donors = rng.normal(20, 4, (12, 5))
        target = donors @ rng.dirichlet(np.ones(5)) + rng.normal(0, 4, 12)
        weights = simplex_weights(donors, target)
        np.testing.assert_allclose(weights, by_supports(donors, target), atol=1e-9)
        assert weights.sum() == pytest.approx(1) and (weights >= 0).all()

    def test_weights_do_not_depend_on_level_or_scale(self):
        rng = np.random.default_rng(3)
        donors, target = rng.normal(20, 4, (12, 4)), rng.normal(20, 4, 12)
        plain = simplex_weights(donors, target)
        np.testing.assert_allclose(simplex_weights(1e4 * donors + 7, 1e4 * target + 7), plain, atol=1e-8)

    def test_weights_that_are_not_unique_are_refused(self):
        """A square of donors: its centre is the mean of either diagonal, and of anything between."""
        square = np.array([[0.0, 2.0, 2.0, 0.0], [0.0, 0.0, 2.0, 2.0]])
        with pytest.raises(AnalysisError, match="2 pre-years cannot tell 4 donors apart: .* on 4 of them"):
            simplex_weights(square, np.array([1.0, 1.0]))
        # outside, opposite a corner or a side: the nearest point has one address
        np.testing.assert_allclose(simplex_weights(square, np.array([3.0, 4.0])), [0, 0, 1, 0], atol=1e-12)
        np.testing.assert_allclose(simplex_weights(square, np.array([1.5, -1.0])), [0.25, 0.75, 0, 0], atol=1e-12)
        # on a corner: a perfect fit, and still only one
        np.testing.assert_allclose(simplex_weights(square, np.array([2.0, 2.0])), [0, 0, 1, 0], atol=1e-12)
        # two donors with one path can share their weight in any way
        twins = square[:, [0, 1, 2, 3, 2]]
        with pytest.raises(AnalysisError, match="on 2 of them"):
            simplex_weights(twins, np.array([3.0, 4.0]))

    def test_donors_that_all_have_a_share_can_pass_it_to_each_other(self):
        """Three on a line about the target: what the middle one gives up, the outer ones can take."""
        assert _rivals(np.array([[-1.0, 0.0, 1.0]]), np.array([0.25, 0.5, 0.25])) == 3
        assert _rivals(np.array([[-1.0, 0.0, 1.0]]), np.array([0.0, 1.0, 0.0])) == 3
        assert _rivals(np.array([[-1.0, 1.0]]), np.array([0.5, 0.5])) == 0

    @pytest.mark.parametrize("seed", range(5))
    def test_more_donors_than_years(self, seed):
        """Thirty-eight donors and nineteen years, as in the study of Proposition 99: no other weights fit better."""
        rng = np.random.default_rng(seed)
        donors = rng.normal(20, 4, (19, 38))
        target = rng.normal(40, 4, 19)
        weights = simplex_weights(donors, target)
        assert weights.sum() == pytest.approx(1) and (weights >= 0).all() and (weights > 0).sum() <= 20
        slope = (
            -2 * donors.T @ (target - donors @ weights)
        )  # Karush, Kuhn and Tucker: equal where w > 0, no less elsewhere
        lowest = slope[weights > 0].min()
        np.testing.assert_allclose(slope[weights > 0], lowest, atol=1e-7)
        assert (slope >= lowest - 1e-7).all()


class TestSyntheticControl:
    def test_hand_worked(self, small):
        result = synthetic_control(small, "A", 2002)
        assert result.weights.to_dict() == pytest.approx({"B": 0.25, "C": 0.75})
        assert result.pre_rmspe == pytest.approx(0, abs=1e-9)
        assert result.post_gaps.to_dict() == pytest.approx({2003: 2.0, 2004: 5.0})
        with pytest.raises(AnalysisError, match="fitted without error"):
            result.rmspe_ratio()

    def test_ratio_by_hand(self, small):
        small.loc[:, "A"] = small["C"] + [1, 1, 1, 3, 4]  # always above both: all weight on C, pre-RMSPE 1
        result = synthetic_control(small, "A", 2002)
        assert result.printed_weights.to_dict() == {"B": 0.0, "C": 1.0}
        assert result.pre_rmspe == pytest.approx(1)
        assert result.rmspe_ratio() == pytest.approx(np.sqrt((9 + 16) / 2))
        assert result.rmspe_ratio([2003]) == pytest.approx(3)

    @pytest.mark.parametrize("oblast", ["Jalal-Abad", "Chui", "Naryn"])
    def test_agrees_with_pysyncon(self, wheat, oblast):
        pre = wheat.loc[:2023]
        donors, target = pre.drop(columns=oblast), pre[oblast]
        # pysyncon divides each row by its standard deviation; this V undoes it, so that all years count alike
        undo = pre.std(axis=1).to_numpy() ** 2
        synth = Synth()
        synth.fit(X0=donors, X1=target, Z0=donors, Z1=target, custom_V=undo)
        ours = synthetic_control(wheat, oblast, 2023)
        np.testing.assert_allclose(ours.weights, synth.W, atol=1e-3)
        assert ours.pre_rmspe == pytest.approx(np.sqrt(((target - donors @ synth.W) ** 2).mean()), abs=1e-5)

    def test_no_other_weights_fit_better(self, wheat):
        for oblast in wheat.columns:
            ours = synthetic_control(wheat, oblast, 2023)
            donors, target = wheat.loc[:2023].drop(columns=oblast).to_numpy(), wheat.loc[:2023, oblast].to_numpy()
            np.testing.assert_allclose(ours.weights, by_supports(donors, target), atol=1e-9)
            slsqp = optimize.minimize(
                lambda w, x=donors, y=target: np.sqrt(((y - x @ w) ** 2).mean()),
                np.full(6, 1 / 6),
                bounds=[(0, 1)] * 6,
                constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
                method="SLSQP",
            )
            assert ours.pre_rmspe <= slsqp.fun + 1e-9 and ours.pre_rmspe == pytest.approx(slsqp.fun, abs=1e-4)

    def test_wheat_anchor(self, wheat):
        """Two donors carry the weight, Chui none: the gap can be worked out from four printed yields."""
        result = synthetic_control(wheat, "Jalal-Abad", 2023)
        osh, talas = result.weights[["Osh", "Talas"]]
        assert osh + talas == pytest.approx(1) and result.weights["Chui"] == 0
        assert osh == pytest.approx(0.528, abs=1e-3)
        assert result.gaps[2024] == pytest.approx(27.7 - osh * 23.3 - talas * 27.8)
        assert result.gaps[2025] == pytest.approx(26.3 - osh * 23.3 - talas * 18.8)
        assert result.gap_half_width == 0.1

    def test_later_years_do_not_enter_the_weights(self, wheat):
        moved = wheat.copy()
        moved.loc[2024:] = 99.0
        pd.testing.assert_series_equal(
            synthetic_control(moved, "Osh", 2023).weights, synthetic_control(wheat, "Osh", 2023).weights
        )


class TestManyUnits:
    def test_forty_units_and_twelve_years(self):
        rng = np.random.default_rng(9)
        values = rng.normal(20, 2, (12, 40)) + 8 * (np.arange(40) % 20 == 0) * rng.normal(size=(12, 1))
        panel = pd.DataFrame(values, index=range(2001, 2013), columns=[f"U{number}" for number in range(40)])
        panel["U3"] += 9  # above all others, so outside their hull
        result = synthetic_control(panel, "U3", 2010)
        assert result.weights.sum() == pytest.approx(1) and len(result.weights) == 39
        assert list(leave_one_donor_out(panel, "U3", 2010).columns[-2:]) == ["gap_2011", "gap_2012"]


class TestPlacebos:
    def test_in_space(self, wheat):
        table = placebo_in_space(wheat, 2023)
        assert list(table.index) == list(wheat.columns)
        for oblast in wheat.columns:
            fit = synthetic_control(wheat, oblast, 2023)
            assert table.loc[oblast, "gap_2024"] == pytest.approx(fit.gaps[2024])
            assert table.loc[oblast, "rmspe_ratio"] == pytest.approx(fit.rmspe_ratio())
        ranks = table["rmspe_ratio"].rank(ascending=False)
        np.testing.assert_allclose(table["p_value"], ranks / 7)
        only_2024 = placebo_in_space(wheat, 2023, [2024])
        assert only_2024["rmspe_ratio"].idxmax() == "Chui"

    def test_in_time(self, wheat):
        table = placebo_in_time(wheat, "Jalal-Abad", 2023, minimum_pre_years=20)
        assert list(table.index) == list(range(2011, 2025))
        assert table.index[~table["placebo"]].tolist() == [2024]
        fit = synthetic_control(wheat, "Jalal-Abad", 2014)
        assert table.loc[2015, "gap"] == pytest.approx(fit.gaps[2015])
        assert table.loc[2015, "ratio"] == pytest.approx(abs(fit.gaps[2015]) / fit.pre_rmspe)
        np.testing.assert_allclose(table["p_value"], table["ratio"].rank(ascending=False) / 14)

    def test_in_time_uses_no_later_year(self, wheat):
        moved = wheat.copy()
        moved.loc[2016:] += np.arange(7.0)
        full, changed = (placebo_in_time(y, "Osh", 2023, 20)["gap"] for y in (wheat, moved))
        pd.testing.assert_series_equal(full.loc[:2015], changed.loc[:2015])
        assert not np.allclose(full.loc[2016:], changed.loc[2016:])

    def test_leave_one_donor_out(self, wheat):
        table = leave_one_donor_out(wheat, "Jalal-Abad", 2023)
        full = synthetic_control(wheat, "Jalal-Abad", 2023)
        assert list(table.columns) == ["weight_lost", "pre_rmspe", "gap_2024", "gap_2025"]
        unused = table[table["weight_lost"] == 0]
        np.testing.assert_allclose(unused["gap_2024"], full.gaps[2024])  # dropping an unused donor changes nothing
        assert (table["pre_rmspe"] >= full.pre_rmspe - 1e-12).all()
        assert table.loc["Osh", "gap_2024"] == pytest.approx(
            synthetic_control(wheat.drop(columns="Osh"), "Jalal-Abad", 2023).gaps[2024]
        )


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda y: synthetic_control(y[["Osh", "Chui"]], "Osh", 2023), AnalysisError, "at least 3"),
        (lambda y: synthetic_control(y, "Oş", 2023), ParameterError, "the panel has no"),
        (lambda y: synthetic_control(y, "Osh", 2025), ParameterError, "last of the panel"),
        (lambda y: synthetic_control(y, "Osh", 1990), ParameterError, "outside the panel"),
        (lambda y: synthetic_control(y.assign(Twin=y["Talas"]), "Jalal-Abad", 2023), AnalysisError, "7 donors apart"),
        (lambda y: synthetic_control(y.assign(Talas=20.0), "Osh", 2023), AnalysisError, "Talas do not vary"),
        (lambda y: synthetic_control(y, "Osh", 2023).rmspe_ratio([2023]), ParameterError, "not all after 2023"),
        (lambda y: placebo_in_space(y, 2023, [2030]), ParameterError, "not all after 2023"),
        (lambda y: placebo_in_time(y, "Osh", 2023, 33), ParameterError, "between 2 and 32"),
        (lambda y: leave_one_donor_out(y[["Osh", "Chui", "Talas"]], "Osh", 2023), AnalysisError, "at least 4"),
    ],
)
def test_refusals(wheat, call, error, message):
    with pytest.raises(error, match=message):
        call(wheat)
