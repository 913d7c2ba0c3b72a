"""Panel exposure: hand-worked cases, pyfixest, statsmodels, every draw in a loop, the real table of water losses."""

from itertools import permutations, product

import numpy as np
import pandas as pd
import pyfixest as pf
import pytest
import statsmodels.formula.api as smf

from pipeline.errors import AnalysisError
from pipeline.methods.panel_exposure import cluster_bootstrap, panel_exposure, permute_paths, scan_first_years
from pipeline.methods.panels import double_demean
from pipeline.methods.wild_bootstrap import wild_cluster_bootstrap
from tests.methods.dummies import dummy_regression, four_units, long, real_loss, real_wheat


@pytest.fixture(scope="module")
def wheat() -> pd.DataFrame:
    return real_wheat()


@pytest.fixture(scope="module")
def loss() -> pd.DataFrame:
    return real_loss()


@pytest.fixture
def four() -> tuple[pd.DataFrame, pd.DataFrame]:
    return four_units()


def test_one_switched_on_cell_gives_a_difference_in_differences():
    """x = 1 only for A in 2003: b = (30 - 20) - [(22 + 24 + 26)/3 - (20 + 21 + 22 + 21 + 24 + 24)/6] = 8."""
    yields = pd.DataFrame(
        {"A": [19.0, 21, 30], "B": [20.0, 21, 22], "C": [22.0, 21, 24], "D": [24.0, 24, 26]}, index=[2001, 2002, 2003]
    )
    exposure = pd.DataFrame(0.0, index=yields.index, columns=yields.columns)
    exposure.loc[2003, "A"] = 1
    assert double_demean(exposure.to_numpy()).sum() == pytest.approx(0)
    with pytest.raises(AnalysisError, match="Without A the exposure has no variation left"):
        panel_exposure(yields, exposure)
    assert permute_paths(yields, exposure).coefficient == pytest.approx(8.0)
    # dealt to B, C, D the same path gives (22 - 20.5) - others' mean change and so on: A's 8 is the largest
    assert permute_paths(yields, exposure).p_value == pytest.approx(6 / 24)


def test_regression_agrees_with_pyfixest(wheat, loss):
    result = panel_exposure(wheat, loss)
    data = long(wheat, loss)
    fit = pf.feols("y ~ x | oblast + year", data, vcov={"CRV1": "oblast"})
    assert result.coefficient == pytest.approx(fit.coef()["x"])
    assert result.se_cluster == pytest.approx(fit.se()["x"])
    assert result.p_cluster == pytest.approx(fit.pvalue()["x"])
    np.testing.assert_allclose(result.ci_cluster, fit.confint().loc["x"].to_numpy(), rtol=1e-6)
    plain = pf.ssc(k_adj=False, G_adj=False)
    jackknife = pf.feols("y ~ x + C(oblast) + C(year)", data, vcov={"CRV3": "oblast"}, ssc=plain)
    # unadjusted, pyfixest's CRV3 is the plain sum of squares; CV3 of MacKinnon, Nielsen and Webb has (G - 1)/G
    assert result.se_jackknife == pytest.approx(jackknife.se()["x"] * np.sqrt(6 / 7))


def test_counting_oblast_effects_agrees_with_statsmodels(wheat, loss):
    data = long(wheat, loss)
    fit = smf.ols("y ~ x + C(oblast) + C(year)", data).fit(
        cov_type="cluster", cov_kwds={"groups": pd.factorize(data["oblast"])[0]}, use_t=True
    )
    result = panel_exposure(wheat, loss, count_unit_effects=True)
    assert result.parameters_counted == int(fit.df_model) + 1 == 21
    assert result.small_sample_factor == pytest.approx(7 / 6 * 97 / 77)
    assert result.se_cluster == pytest.approx(fit.bse["x"])


def test_leaving_one_oblast_out_agrees_with_the_smaller_regression(wheat, loss):
    result = panel_exposure(wheat, loss)
    smaller = panel_exposure(wheat.drop(columns="Jalal-Abad"), loss.drop(columns="Jalal-Abad"))
    assert result.leave_one_out.loc["Jalal-Abad", "coefficient"] == pytest.approx(smaller.coefficient)
    assert result.leave_one_out["leverage"].sum() == pytest.approx(1)
    # the losses of 63 % printed for 2012 and 2013 make Jalal-Abad two thirds of the evidence
    assert result.leave_one_out["leverage"].idxmax() == "Jalal-Abad"
    assert result.leave_one_out["leverage"].max() == pytest.approx(0.687, abs=5e-4)


def test_path_permutation_agrees_with_a_loop(four):
    yields, exposure = four
    y, x = yields.to_numpy(), exposure.to_numpy()
    slopes = [abs(dummy_regression(y, x[:, list(order)])[0]) for order in permutations(range(4))]
    result = permute_paths(yields, exposure)
    assert result.draws == 24
    assert result.p_value == pytest.approx(np.mean(np.array(slopes) >= slopes[0] - 1e-9))


def test_cluster_bootstrap_agrees_with_every_resample_in_a_loop(four):
    yields, exposure = four
    y, x = yields.to_numpy(), exposure.to_numpy()
    slopes = [
        dummy_regression(y[:, list(drawn)], x[:, list(drawn)])[0]
        for drawn in product(range(4), repeat=4)
        if len(set(drawn)) > 1
    ]
    result = cluster_bootstrap(yields, exposure)
    assert result.probability_left_out == pytest.approx(4 / 256)
    assert result.se == pytest.approx(np.std(slopes))
    assert result.distribution["probability"].sum() == pytest.approx(1)
    expected = np.quantile(slopes, [0.025, 0.975], method="inverted_cdf")
    np.testing.assert_allclose(result.interval, expected)


def test_panel_on_real_data_shows_no_association(wheat, loss):
    result = panel_exposure(wheat, loss)
    assert (result.observations, result.clusters) == (98, 7)
    assert result.coefficient == pytest.approx(-0.0117, abs=5e-5)
    assert permute_paths(wheat, loss).p_value > 0.5
    assert wild_cluster_bootstrap(wheat, loss, weights="webb").draws == 6**7
    assert len(cluster_bootstrap(wheat, loss).distribution) == 1716 - 7


def test_panel_refusals(wheat, loss):
    with pytest.raises(AnalysisError, match="not in the panel: \\['Osh city'\\]"):
        panel_exposure(wheat, loss.assign(**{"Osh city": 12.0}))
    gap = loss.copy()
    gap.loc[2012, "Talas"] = np.nan
    with pytest.raises(AnalysisError, match="no value for Talas in 2012"):
        permute_paths(wheat, gap)
    with pytest.raises(AnalysisError, match="years that the panel has not: \\[2023\\]"):
        panel_exposure(wheat.loc[:2022], loss)
    with pytest.raises(AnalysisError, match="no variation left once"):
        panel_exposure(wheat, loss * 0 + 20)
    with pytest.raises(AnalysisError, match="without any residual"):
        panel_exposure(wheat * 0 + 20, loss)
    with pytest.raises(AnalysisError, match="at least 4 units and 3 years"):
        panel_exposure(wheat, loss.loc[2020:2021])


def test_scan_of_first_years_agrees_with_each_window_and_a_loop(four):
    """Two windows of four oblasts: each row is that window's own result; p_any counted over all 24 assignments."""
    y, x = four
    scan = scan_first_years(y, x, minimum_years=5)
    assert scan.table.index.tolist() == [2001, 2002] and scan.table["years"].tolist() == [6, 5]
    for first, row in scan.table.iterrows():
        window = x.loc[first:]
        alone = panel_exposure(y, window)
        assert row["coefficient"] == pytest.approx(alone.coefficient)
        assert (row["ci_low"], row["ci_high"]) == pytest.approx(alone.ci_cluster)
        assert (row["p_cluster"], row["p_jackknife"]) == pytest.approx((alone.p_cluster, alone.p_jackknife))
        assert row["p_permutation"] == permute_paths(y, window).p_value
        assert row["p_wild"] == wild_cluster_bootstrap(y, window).p_value
    slopes = np.array(
        [
            [
                dummy_regression(y.loc[first:].to_numpy(), x.loc[first:, list(order)].to_numpy())[0]
                for first in scan.table.index
            ]
            for order in permutations("ABCD")
        ]
    )
    largest = np.abs(slopes / np.sqrt((slopes**2).mean(axis=0))).max(axis=1)
    assert scan.p_any == pytest.approx((largest >= largest[0] - 1e-9).mean())


def test_scan_on_real_data_shows_that_one_first_year_is_striking_and_the_search_is_not(wheat, loss):
    """From 2016 alone the permutation p is 0.012; with the search over ten first years it is above 0.05."""
    scan = scan_first_years(wheat, loss)
    assert scan.table.index.tolist() == list(range(2010, 2020))
    assert scan.table["p_permutation"].idxmin() == 2016
    assert scan.table.loc[2016, "p_permutation"] == pytest.approx(0.0123, abs=5e-4)
    assert 0.05 < scan.p_any < 0.10
    with pytest.raises(AnalysisError, match="has 4 years; a window needs at least 5"):
        scan_first_years(wheat, loss.loc[2020:])


def test_forty_units_and_twelve_years_are_sampled_with_a_seed():
    rng = np.random.default_rng(11)
    exposure = pd.DataFrame(rng.normal(size=(12, 40)), index=range(2001, 2013))
    panel = 20 + 0.5 * exposure + rng.normal(size=(12, 40))
    fit = panel_exposure(panel, exposure)
    paths, again = (permute_paths(panel, exposure, draws=1999, seed=2) for _ in range(2))
    assert paths == again and not paths.enumerated
    assert paths.coefficient == pytest.approx(fit.coefficient)
    assert paths.p_value == paths.smallest_p == 1 / 2000
    resampled = cluster_bootstrap(panel, exposure, draws=1999, seed=2)
    assert not resampled.enumerated and resampled.se == pytest.approx(fit.se_cluster, rel=0.2)
    scan = scan_first_years(panel, exposure, minimum_years=11, draws=999)
    assert len(scan.table) == 2 and scan.p_any == 1 / 1000
