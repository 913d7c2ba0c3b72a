"""Wild cluster bootstrap: by hand, refitted by statsmodels in a loop, its two failures with one treated unit."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from scipy import stats

from pipeline.errors import AnalysisError, ParameterError
from pipeline.methods.difference_in_differences import treatment, two_way_fixed_effects
from pipeline.methods.panels import double_demean
from pipeline.methods.wild_bootstrap import WEIGHT_POINTS, wild_cluster_bootstrap
from tests.methods.dummies import dummy_regression, four_units, long, real_loss, real_wheat


@pytest.fixture(scope="module")
def wheat() -> pd.DataFrame:
    return real_wheat()


@pytest.fixture(scope="module")
def loss() -> pd.DataFrame:
    return real_loss()


@pytest.fixture
def small() -> pd.DataFrame:
    """Changes of A, B, C between the two years: 4, 1, 3."""
    return pd.DataFrame({"A": [10.0, 14.0], "B": [20.0, 21.0], "C": [30.0, 33.0]}, index=[2023, 2024])


def long_panel(yields: pd.DataFrame, oblast: str, end_years: list[int]) -> pd.DataFrame:
    long = yields.rename_axis(index="year", columns="oblast").stack().rename("y").reset_index()
    return long.assign(d=((long["oblast"] == oblast) & long["year"].isin(end_years)).astype(float))


def test_hand_worked(small):
    """Changes 4, 1, 3; |t*| is proportional to |b*| / |difference of the two others' residual changes|.

    Restricted residual changes 4/3, -5/3, 1/3; with v_A = 1 the ratios are 1 (observed), 7/4, 1/4, 1/3: 2
    of 4. Unrestricted 0, -1, 1: v_B = v_C gives b* = 0, v_B = -v_C gives no variance and counts as
    extreme: 2 of 4.
    """
    restricted = wild_cluster_bootstrap(small, treatment(small, "A", [2024]))
    assert (restricted.draws, restricted.enumerated) == (8, True)
    assert restricted.p_value == 0.5 and restricted.smallest_p == 0.25
    assert wild_cluster_bootstrap(small, treatment(small, "A", [2024]), null_imposed=False).p_value == 0.5


@pytest.mark.parametrize("null_imposed", [True, False])
def test_enumeration_agrees_with_refitting_by_statsmodels(wheat, null_imposed):
    oblast, end_years = "Jalal-Abad", [2024]
    yields = wheat[["Batken", "Chui", "Jalal-Abad", "Naryn", "Osh"]].loc[2018:]
    data = long_panel(yields, oblast, end_years)
    groups = data["oblast"].astype("category").cat.codes.to_numpy()

    def fit(outcome):
        model = smf.ols("y ~ d + C(oblast) + C(year)", data.assign(y=outcome))
        return model.fit(cov_type="cluster", cov_kwds={"groups": groups})

    full = fit(data["y"])
    null = smf.ols("y ~ C(oblast) + C(year)", data).fit() if null_imposed else full
    centre = 0.0 if null_imposed else full.params["d"]
    extreme = []
    for draw in product([-1.0, 1.0], repeat=5):
        again = fit(null.fittedvalues + null.resid * np.array(draw)[groups])
        t_star = (again.params["d"] - centre) / again.bse["d"]
        extreme.append(abs(t_star) >= abs(full.tvalues["d"]) - 1e-7)
    ours = wild_cluster_bootstrap(yields, treatment(yields, oblast, end_years), null_imposed=null_imposed)
    assert ours.p_value == np.mean(extreme)
    assert 0 < ours.p_value < 1


def test_seven_units_are_enumerated(wheat):
    rademacher = wild_cluster_bootstrap(wheat, treatment(wheat, "Jalal-Abad", [2024]))
    assert (rademacher.draws, rademacher.smallest_p) == (128, 2 / 128)
    webb = wild_cluster_bootstrap(wheat, treatment(wheat, "Jalal-Abad", [2024]), weights="webb")
    assert webb.draws == 6**7 and webb.enumerated
    assert abs(webb.p_value - rademacher.p_value) < 0.1


def test_one_treated_cluster_makes_both_versions_fail_in_opposite_ways():
    """Size at a nominal 5 %, no effect: clustered t and unrestricted reject too often, restricted hardly
    ever."""
    rng = np.random.default_rng(0)
    rejections = np.zeros(3)
    for _ in range(200):
        yields = pd.DataFrame(20 + rng.normal(size=(34, 7)), index=range(1991, 2025), columns=list("ABCDEFG"))
        regressor = treatment(yields, "A", [2024])
        unrestricted = wild_cluster_bootstrap(yields, regressor, null_imposed=False)
        p_values = [
            2 * stats.t.sf(abs(unrestricted.t_statistic), 6),
            unrestricted.p_value,
            wild_cluster_bootstrap(yields, regressor).p_value,
        ]
        rejections += np.array(p_values) <= 0.05
    clustered, unrestricted, restricted = rejections / 200
    assert clustered > 0.2 and unrestricted > 0.2 and restricted < 0.03


def test_more_clusters_are_sampled_with_a_seed():
    rng = np.random.default_rng(1)
    yields = pd.DataFrame(rng.normal(20, 2, (6, 20)), index=range(2000, 2006), columns=list("ABCDEFGHIJKLMNOPQRST"))
    regressor = treatment(yields, "A", [2005])
    first, again, other = (wild_cluster_bootstrap(yields, regressor, draws=499, seed=seed) for seed in (5, 5, 6))
    assert first == again and not first.enumerated and first.draws == 499
    assert first.p_value != other.p_value and first.p_value >= first.smallest_p == 1 / 500


def test_webb_weights_have_mean_zero_and_variance_one():
    points = WEIGHT_POINTS["webb"]
    assert points.mean() == pytest.approx(0) and (points**2).mean() == pytest.approx(1)


def test_rademacher_bootstrap_agrees_with_statsmodels_in_a_loop(wheat, loss):
    data = long(wheat, loss)
    groups = pd.factorize(data["oblast"])[0]
    restricted = smf.ols("y ~ C(oblast) + C(year)", data).fit()
    fit = smf.ols("y ~ x + C(oblast) + C(year)", data).fit(cov_type="cluster", cov_kwds={"groups": groups})
    design, column = fit.model.exog, fit.model.exog_names.index("x")
    extreme = 0
    for signs in product((-1, 1), repeat=7):
        star = restricted.fittedvalues + restricted.resid * np.array(signs)[groups]
        draw = sm.OLS(star.to_numpy(), design).fit(cov_type="cluster", cov_kwds={"groups": groups})
        extreme += abs(draw.tvalues[column]) >= abs(fit.tvalues["x"]) - 1e-9
    result = wild_cluster_bootstrap(wheat, loss)
    assert result.draws == 128
    assert result.p_value == pytest.approx(extreme / 128)


def test_webb_bootstrap_agrees_with_a_loop():
    yields, exposure = four_units()
    y, x = yields.to_numpy(), exposure.to_numpy()
    residual = double_demean(y)
    observed, scores = dummy_regression(y, x)
    threshold = abs(observed) / np.linalg.norm(scores)
    points = (-np.sqrt(1.5), -1, -np.sqrt(0.5), np.sqrt(0.5), 1, np.sqrt(1.5))
    extreme = 0
    for weights in product(points, repeat=4):
        slope, scores = dummy_regression(y - residual + residual * np.array(weights), x)
        extreme += abs(slope) / np.linalg.norm(scores) >= threshold - 1e-9
    result = wild_cluster_bootstrap(yields, exposure, weights="webb")
    assert (result.draws, result.p_value) == (1296, pytest.approx(extreme / 1296))


def test_the_t_is_that_of_the_clustered_regression(wheat):
    fit = two_way_fixed_effects(wheat, "Jalal-Abad", [2024], outcome="log")
    test = wild_cluster_bootstrap(wheat, treatment(wheat, "Jalal-Abad", [2024]), "log")
    assert (test.coefficient, test.t_statistic) == pytest.approx((fit.estimate, fit.t_statistic), rel=1e-6)


def test_forty_units_and_twelve_years_are_sampled():
    rng = np.random.default_rng(3)
    panel = pd.DataFrame(rng.normal(20, 2, (12, 40)), index=range(2001, 2013))
    exposure = pd.DataFrame(rng.normal(size=(12, 40)), index=panel.index)
    for weights in WEIGHT_POINTS:
        test = wild_cluster_bootstrap(panel + 2 * exposure, exposure, weights=weights, draws=999)
        assert not test.enumerated and test.p_value == test.smallest_p == 1 / 1000


def test_refusals(wheat, small, loss):
    regressor = treatment(wheat, "Osh", [2024])
    with pytest.raises(ParameterError, match="rademacher, webb, not 'mammen'"):
        wild_cluster_bootstrap(wheat, regressor, weights="mammen")
    with pytest.raises(ParameterError, match="at least 1"):
        wild_cluster_bootstrap(wheat, regressor, draws=0)
    with pytest.raises(AnalysisError, match="without any residual"):
        wild_cluster_bootstrap(wheat * 0 + 20, loss)
    with pytest.raises(AnalysisError, match="no standard error exists"):
        spread = wheat * 0 + wheat["Osh"].to_numpy()[:, None]
        spread.loc[2023, "Osh"] += 1
        wild_cluster_bootstrap(spread, regressor)
