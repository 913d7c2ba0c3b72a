"""Exposure against change: hand-worked cases, other implementations, refusals, and the real tables."""

from itertools import permutations, product
from pathlib import Path

import numpy as np
import pandas as pd
import pyfixest as pf
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from scipy import stats
from statsmodels.stats.multitest import multipletests

from pipeline.errors import AnalysisError, DataError, ParameterError
from pipeline.studies.green_technology import analysis as gt

RAW = Path(__file__).parents[3] / "data" / "raw"


@pytest.fixture(scope="module")
def wheat() -> pd.DataFrame:
    table = pd.read_csv(RAW / "nsc_wheat_yield" / "wheat_yield_by_oblast.csv")
    return table.pivot_table(index="year", columns="oblast", values="yield_c_per_ha")


@pytest.fixture(scope="module")
def indicators() -> pd.DataFrame:
    return pd.read_csv(RAW / "green_technology" / "oblast_cross_section.csv").set_index("oblast")


@pytest.fixture(scope="module")
def loss(wheat) -> pd.DataFrame:
    table = pd.read_csv(RAW / "nsc_sdg_water" / "water_by_oblast.csv")
    table = table[(table["indicator"] == "water_loss_in_conveyance_share") & table["area"].isin(wheat.columns)]
    return table.pivot_table(index="year", columns="area", values="value")


@pytest.fixture
def four_oblasts() -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(5)
    years, names = range(2001, 2007), list("ABCD")
    x = pd.DataFrame(rng.normal(25, 5, (6, 4)), years, names)
    return pd.DataFrame(20 - 0.2 * x.to_numpy() + rng.normal(0, 2, (6, 4)), years, names), x


def long(yields: pd.DataFrame, exposure: pd.DataFrame) -> pd.DataFrame:
    y, x = yields.loc[exposure.index], exposure[yields.columns]
    return pd.DataFrame(
        {
            "y": y.to_numpy().ravel(),
            "x": x.to_numpy().ravel(),
            "oblast": np.tile(yields.columns, len(y)),
            "year": np.repeat(y.index, yields.shape[1]),
        }
    )


def dummy_regression(y: np.ndarray, x: np.ndarray) -> tuple[float, np.ndarray]:
    """Slope and cluster scores of a (years x units) panel by least squares on a full set of dummies."""
    years, units = y.shape
    design = np.hstack([x.reshape(-1, 1), np.tile(np.eye(units), (years, 1)), np.repeat(np.eye(years), units, axis=0)])
    beta, *_ = np.linalg.lstsq(design, y.ravel(), rcond=None)
    residual = (y.ravel() - design @ beta).reshape(y.shape)
    partial = x.ravel() - design[:, 1:] @ np.linalg.lstsq(design[:, 1:], x.ravel(), rcond=None)[0]
    return float(beta[0]), (partial.reshape(x.shape) * residual).sum(axis=0)


# --- association ---------------------------------------------------------------------------------------


def test_four_oblasts_by_hand():
    """r = 1 is matched by two of 24 orderings; rho = 0.8 or more, either sign, by 2 x (1 + 3)."""
    change = pd.Series([1.0, 2, 3, 4], index=list("ABCD"))
    exposure = pd.DataFrame({"same": [10, 20, 30, 40], "swapped": [1, 3, 2, 4]}, index=list("ABCD"))
    result = gt.exposure_association(exposure, change)
    table = result.table
    assert result.orderings == 24
    assert table.loc["same", "slope"] == pytest.approx(0.1)
    assert table["pearson"].tolist() == pytest.approx([1.0, 0.8])
    assert table["p_pearson"].tolist() == pytest.approx([2 / 24, 8 / 24])
    assert table["p_spearman"].tolist() == pytest.approx([2 / 24, 8 / 24])
    assert table["p_holm_pearson"].tolist() == pytest.approx([4 / 24, 8 / 24])
    # some indicator reaches |r| = 1 in four orderings: the two of "same" and the two of "swapped"
    assert table["p_max_t_pearson"].tolist() == pytest.approx([4 / 24, 8 / 24])


def test_rows_of_exposure_may_come_in_any_order(wheat, indicators):
    """Would catch alignment by position instead of by name."""
    change = gt.yield_change(wheat, 2023, 2024)
    shuffled = indicators.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(
        gt.exposure_association(shuffled, change).table, gt.exposure_association(indicators, change).table
    )


def test_p_values_agree_with_scipy(wheat, indicators):
    change = gt.yield_change(wheat, 2023, 2024)
    columns = ["greenhouses_area_ha", "machine_tractor_stations", "greenhouses_number"]
    table = gt.exposure_association(indicators[columns], change).table
    for name in columns:
        x = indicators.loc[change.index, name].to_numpy(dtype=float)
        assert table.loc[name, "slope"] == pytest.approx(stats.linregress(x, change).slope)
        assert table.loc[name, "pearson"] == pytest.approx(stats.pearsonr(x, change).statistic)
        assert table.loc[name, "spearman"] == pytest.approx(stats.spearmanr(x, change).statistic)
        for p, a, b in (
            ("p_pearson", x, change.to_numpy()),
            ("p_spearman", stats.rankdata(x), stats.rankdata(change)),
        ):
            exact = stats.permutation_test(
                (a,),
                lambda values, other=b: round(abs(np.corrcoef(values, other)[0, 1]), 10),
                permutation_type="pairings",
                n_resamples=np.inf,
                alternative="greater",
            )
            assert table.loc[name, p] == pytest.approx(exact.pvalue), (name, p)


def test_holm_agrees_with_statsmodels():
    p_values = np.array([0.03, 0.01, 0.01, 0.8, 0.04])
    np.testing.assert_allclose(gt.holm(p_values), multipletests(p_values, method="holm")[1])


def test_max_t_agrees_with_the_definition_in_a_loop():
    # the largest statistic has the widest distribution: its p-value must carry over to the next (monotonicity)
    permuted = np.random.default_rng(1).normal(size=(60, 4)) * [3, 1, 1, 1]
    permuted[0] = [2.5, -1.0, 1.8, 0.1]
    order = sorted(range(4), key=lambda i: -abs(permuted[0, i]))
    running, expected = 0.0, {}
    for step, i in enumerate(order):
        still_in = order[step:]
        extreme = sum(max(abs(row[j]) for j in still_in) >= abs(permuted[0, i]) for row in permuted)
        running = max(running, extreme / 60)
        expected[i] = running
    np.testing.assert_allclose(gt.step_down_max_t(permuted), [expected[i] for i in range(4)])


def test_repeating_an_indicator_costs_nothing_in_max_t(wheat, indicators):
    """The same permutations are used for all indicators: two copies are one hypothesis. Holm doubles the
    p-value."""
    change = gt.yield_change(wheat, 2023, 2024)
    twice = pd.DataFrame({"a": indicators["machine_tractor_stations"], "b": indicators["machine_tractor_stations"]})
    table = gt.exposure_association(twice, change).table
    np.testing.assert_allclose(table["p_max_t_pearson"], table["p_pearson"])
    np.testing.assert_allclose(table["p_holm_pearson"], 2 * table["p_pearson"])


def test_real_cross_section(wheat, indicators):
    """Processing enterprises follow the change of yield closely - because of Chui, and of Chui alone."""
    change = gt.yield_change(wheat, 2023, 2024)
    result = gt.exposure_association(indicators, change)
    assert result.orderings == 5040
    assert result.table.loc["food_processing_enterprises_2024", "pearson"] == pytest.approx(0.923, abs=5e-4)
    assert (result.table["p_max_t_pearson"] > 0.05).all()
    assert (result.table["p_max_t_pearson"] >= result.table["p_pearson"]).all()
    omitted = gt.leave_one_out_association(indicators, change)
    assert abs(omitted.loc[("Chui", "food_processing_enterprises_2024"), "pearson"]) < 0.1
    assert len(omitted) == 7 * indicators.shape[1]


def test_association_by_year_is_the_correlation_with_every_change(wheat, indicators):
    table = gt.association_by_year(indicators, wheat)
    assert table.index.tolist() == list(range(1992, 2026))
    now = gt.exposure_association(indicators, gt.yield_change(wheat, 2023, 2024)).table["pearson"]
    np.testing.assert_allclose(table.loc[2024], now)
    expected = wheat.diff().loc[1999].corr(indicators["greenhouses_area_ha"])
    assert table.loc[1999, "greenhouses_area_ha"] == pytest.approx(expected)


def test_change_in_logs(wheat):
    expected = np.log(27.7 / 23.7)
    assert gt.yield_change(wheat, 2023, 2024, outcome="log")["Jalal-Abad"] == pytest.approx(expected)


def test_scaling_by_size():
    exposure = pd.DataFrame({"stations": [10.0, 30]}, index=["A", "B"])
    scaled = gt.per_unit(exposure, pd.Series({"B": 3.0, "A": 5.0}))
    assert scaled["stations"].tolist() == [2.0, 10.0]
    with pytest.raises(AnalysisError, match="No size given for B"):
        gt.per_unit(exposure, pd.Series({"A": 5.0}))
    with pytest.raises(AnalysisError, match="size of A is not positive"):
        gt.per_unit(exposure, pd.Series({"A": 0.0, "B": 1.0}))


def test_association_refusals(wheat, indicators):
    change = gt.yield_change(wheat, 2023, 2024)
    with pytest.raises(AnalysisError, match="missing from exposure: \\['Talas'\\]"):
        gt.exposure_association(indicators.drop(index="Talas"), change)
    three = ["Batken", "Osh", "Jalal-Abad"]
    with pytest.raises(AnalysisError, match=r"6 orderings.*0\.167"):
        gt.exposure_association(indicators.loc[three], change[three])
    with pytest.raises(AnalysisError, match="'flat' is the same in every oblast"):
        gt.exposure_association(indicators.assign(flat=1.0)[["flat"]], change)
    gap = indicators.astype(float)
    gap.loc["Naryn", "greenhouses_number"] = np.nan
    with pytest.raises(AnalysisError, match="'greenhouses_number' has no value for Naryn"):
        gt.exposure_association(gap, change)
    with pytest.raises(AnalysisError, match="the same in every oblast: nothing"):
        gt.exposure_association(indicators, change * 0)
    with pytest.raises(ParameterError, match="outside the panel"):
        gt.yield_change(wheat, 2023, 2030)
    with pytest.raises(DataError, match="missing"):
        gt.yield_change(wheat.replace(23.7, np.nan), 2023, 2024)
    with pytest.raises(AnalysisError, match="at least 5 oblasts"):
        gt.leave_one_out_association(indicators, change.iloc[:4])


# --- panel ---------------------------------------------------------------------------------------------


def test_one_switched_on_cell_gives_a_difference_in_differences():
    """x = 1 only for A in 2003: b = (30 - 20) - [(22 + 24 + 26)/3 - (20 + 21 + 22 + 21 + 24 + 24)/6] = 8."""
    yields = pd.DataFrame(
        {"A": [19.0, 21, 30], "B": [20.0, 21, 22], "C": [22.0, 21, 24], "D": [24.0, 24, 26]}, index=[2001, 2002, 2003]
    )
    exposure = pd.DataFrame(0.0, index=yields.index, columns=yields.columns)
    exposure.loc[2003, "A"] = 1
    assert gt.double_demean(exposure.to_numpy()).sum() == pytest.approx(0)
    with pytest.raises(AnalysisError, match="Without A the exposure has no variation left"):
        gt.panel_exposure(yields, exposure)
    assert gt.permute_oblast_paths(yields, exposure).coefficient == pytest.approx(8.0)
    # dealt to B, C, D the same path gives (22 - 20.5) - others' mean change and so on: A's 8 is the largest
    assert gt.permute_oblast_paths(yields, exposure).p_value == pytest.approx(6 / 24)


def test_regression_agrees_with_pyfixest(wheat, loss):
    result = gt.panel_exposure(wheat, loss)
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
    result = gt.panel_exposure(wheat, loss, count_oblast_effects=True)
    assert result.parameters_counted == int(fit.df_model) + 1 == 21
    assert result.small_sample_factor == pytest.approx(7 / 6 * 97 / 77)
    assert result.se_cluster == pytest.approx(fit.bse["x"])


def test_leaving_one_oblast_out_agrees_with_the_smaller_regression(wheat, loss):
    result = gt.panel_exposure(wheat, loss)
    smaller = gt.panel_exposure(wheat.drop(columns="Jalal-Abad"), loss.drop(columns="Jalal-Abad"))
    assert result.leave_one_out.loc["Jalal-Abad", "coefficient"] == pytest.approx(smaller.coefficient)
    assert result.leave_one_out["leverage"].sum() == pytest.approx(1)
    # the losses of 63 % printed for 2012 and 2013 make Jalal-Abad two thirds of the evidence
    assert result.leave_one_out["leverage"].idxmax() == "Jalal-Abad"
    assert result.leave_one_out["leverage"].max() == pytest.approx(0.687, abs=5e-4)


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
    result = gt.wild_cluster_bootstrap(wheat, loss)
    assert result.draws == 128
    assert result.p_value == pytest.approx(extreme / 128)


def test_webb_bootstrap_agrees_with_a_loop(four_oblasts):
    yields, exposure = four_oblasts
    y, x = yields.to_numpy(), exposure.to_numpy()
    residual = gt.double_demean(y)
    observed, scores = dummy_regression(y, x)
    threshold = abs(observed) / np.linalg.norm(scores)
    points = (-np.sqrt(1.5), -1, -np.sqrt(0.5), np.sqrt(0.5), 1, np.sqrt(1.5))
    extreme = 0
    for weights in product(points, repeat=4):
        slope, scores = dummy_regression(y - residual + residual * np.array(weights), x)
        extreme += abs(slope) / np.linalg.norm(scores) >= threshold - 1e-9
    result = gt.wild_cluster_bootstrap(yields, exposure, weights="webb")
    assert (result.draws, result.p_value) == (1296, pytest.approx(extreme / 1296))


def test_path_permutation_agrees_with_a_loop(four_oblasts):
    yields, exposure = four_oblasts
    y, x = yields.to_numpy(), exposure.to_numpy()
    slopes = [abs(dummy_regression(y, x[:, list(order)])[0]) for order in permutations(range(4))]
    result = gt.permute_oblast_paths(yields, exposure)
    assert result.draws == 24
    assert result.p_value == pytest.approx(np.mean(np.array(slopes) >= slopes[0] - 1e-9))


def test_cluster_bootstrap_agrees_with_every_resample_in_a_loop(four_oblasts):
    yields, exposure = four_oblasts
    y, x = yields.to_numpy(), exposure.to_numpy()
    slopes = [
        dummy_regression(y[:, list(drawn)], x[:, list(drawn)])[0]
        for drawn in product(range(4), repeat=4)
        if len(set(drawn)) > 1
    ]
    result = gt.cluster_bootstrap(yields, exposure)
    assert result.probability_left_out == pytest.approx(4 / 256)
    assert result.se == pytest.approx(np.std(slopes))
    assert result.distribution["probability"].sum() == pytest.approx(1)
    expected = np.quantile(slopes, [0.025, 0.975], method="inverted_cdf")
    np.testing.assert_allclose(result.interval, expected)


def test_panel_on_real_data_shows_no_association(wheat, loss):
    result = gt.panel_exposure(wheat, loss)
    assert (result.observations, result.clusters) == (98, 7)
    assert result.coefficient == pytest.approx(-0.0117, abs=5e-5)
    assert gt.permute_oblast_paths(wheat, loss).p_value > 0.5
    assert gt.wild_cluster_bootstrap(wheat, loss, weights="webb").draws == 6**7
    assert len(gt.cluster_bootstrap(wheat, loss).distribution) == 1716 - 7


def test_panel_refusals(wheat, loss):
    with pytest.raises(AnalysisError, match="not in the yields: \\['Osh city'\\]"):
        gt.panel_exposure(wheat, loss.assign(**{"Osh city": 12.0}))
    gap = loss.copy()
    gap.loc[2012, "Talas"] = np.nan
    with pytest.raises(AnalysisError, match="no value for Talas in 2012"):
        gt.permute_oblast_paths(wheat, gap)
    with pytest.raises(AnalysisError, match="years without yields: \\[2023\\]"):
        gt.panel_exposure(wheat.loc[:2022], loss)
    with pytest.raises(AnalysisError, match="no variation left once"):
        gt.panel_exposure(wheat, loss * 0 + 20)
    with pytest.raises(AnalysisError, match="without any residual"):
        gt.wild_cluster_bootstrap(wheat * 0 + 20, loss)
    with pytest.raises(AnalysisError, match="at least 4 oblasts and 3 years"):
        gt.panel_exposure(wheat, loss.loc[2020:2021])
    with pytest.raises(ParameterError, match="Unknown weights 'mammen'"):
        gt.wild_cluster_bootstrap(wheat, loss, weights="mammen")


def test_scan_of_first_years_agrees_with_each_window_and_a_loop(four_oblasts):
    """Two windows of four oblasts: each row is that window's own result; p_any counted over all 24 assignments."""
    y, x = four_oblasts
    scan = gt.scan_first_years(y, x, minimum_years=5)
    assert scan.table.index.tolist() == [2001, 2002] and scan.table["years"].tolist() == [6, 5]
    for first, row in scan.table.iterrows():
        window = x.loc[first:]
        assert row["coefficient"] == pytest.approx(gt.panel_exposure(y, window).coefficient)
        assert row["p_permutation"] == gt.permute_oblast_paths(y, window).p_value
        assert row["p_wild"] == gt.wild_cluster_bootstrap(y, window).p_value
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
    scan = gt.scan_first_years(wheat, loss)
    assert scan.table.index.tolist() == list(range(2010, 2020))
    assert scan.table["p_permutation"].idxmin() == 2016
    assert scan.table.loc[2016, "p_permutation"] == pytest.approx(0.0123, abs=5e-4)
    assert 0.05 < scan.p_any < 0.10
    with pytest.raises(AnalysisError, match="has 4 years; a window needs at least 5"):
        gt.scan_first_years(wheat, loss.loc[2020:])


# --- ceiling -------------------------------------------------------------------------------------------


def test_required_share_by_hand():
    """4 c/ha with 50 % on 20 c/ha (10 c/ha) needs 40 % of 16 100 ha; with 10 % (2 c/ha) twice the whole
    area."""
    table = gt.required_share(4.0, 20.0, [10, 50], 16_100)
    assert table["required_share"].tolist() == pytest.approx([2.0, 0.4])
    assert table["attainable"].tolist() == [False, True]
    assert table["required_area_ha"].tolist() == pytest.approx([32_200, 6_440])
    assert table["required_share_low"].tolist() == pytest.approx([1.95, 0.39])
    assert table["required_share_high"].tolist() == pytest.approx([2.05, 0.41])

    same = gt.required_share(4.0, 20.0, [2, 10], 16_100, unit="c/ha")
    pd.testing.assert_frame_equal(same, table)


def test_explained_change_by_hand_and_back():
    """Nooken's 105 ha of 16 100 ha with 10 c/ha: 0.065 c/ha, 1.6 % of 4 c/ha. The required area explains all
    of it."""
    areas = pd.Series({"Nooken": 105.0, "required": 6_440.0, "country": 40_000.0})
    table = gt.explained_change(areas, pd.Series({"sown": 16_100.0}), 4.0, 20.0, [50]).set_index("technology")
    assert table.loc["Nooken", "explained_c_per_ha"] == pytest.approx(0.0652, abs=5e-5)
    assert table.loc["Nooken", "share_of_change"] == pytest.approx(0.0163, abs=5e-5)
    assert table.loc["required", "share_of_change"] == pytest.approx(1)
    assert table.loc["country", ["share_of_wheat_area", "explained_c_per_ha"]].tolist() == [1.0, 10.0]
    assert table["covers_all"].tolist() == [False, False, True]


def test_every_combination_of_area_estimate_and_gain_has_a_row():
    table = gt.explained_change(
        pd.Series({"a": 1.0, "b": 2.0}), pd.Series({"s": 10.0, "t": 20.0, "u": 30.0}), 1.0, 20.0, [10, 20]
    )
    assert len(table) == len(table[["technology", "wheat_area_source", "gain_percent"]].drop_duplicates()) == 12


def test_area_from_production():
    """38 763.3 t at 22.1 c/ha (2.21 t/ha): 17 540 ha."""
    assert gt.wheat_area_ha(38_763.3, 22.1) == pytest.approx(17_540, abs=1)
    with pytest.raises(ParameterError, match="both be positive"):
        gt.wheat_area_ha(0, 22.1)


def test_ceiling_refusals():
    with pytest.raises(AnalysisError, match="not a rise"):
        gt.required_share(-1.4, 20.0, [10], 16_100)
    with pytest.raises(ParameterError, match="positive numbers"):
        gt.required_share(4.0, 20.0, [0, 10], 16_100)
    with pytest.raises(ParameterError, match="not in 't/ha'"):
        gt.required_share(4.0, 20.0, [1], 16_100, unit="t/ha")
    with pytest.raises(ParameterError, match="wheat area must be positive"):
        gt.required_share(4.0, 20.0, [10], float("nan"))
    with pytest.raises(ParameterError, match="wheat area must be given and positive"):
        gt.explained_change(pd.Series({"a": 1.0}), pd.Series({"s": 0.0}), 4.0, 20.0, [10])
    with pytest.raises(ParameterError, match="documented area must be given and not negative"):
        gt.explained_change(pd.Series({"a": np.nan}), pd.Series({"s": 1.0}), 4.0, 20.0, [10])
    with pytest.raises(AnalysisError, match="not a rise"):
        gt.explained_change(pd.Series({"a": 1.0}), pd.Series({"s": 1.0}), 0.0, 20.0, [10])
