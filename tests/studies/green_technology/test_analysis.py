"""Exposure against change: hand-worked cases, other implementations, refusals, and the real tables."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from pipeline.data.assumptions import Assumption
from pipeline.data.panel import load_evidence
from pipeline.errors import AnalysisError, DataError, ParameterError
from pipeline.methods import association
from pipeline.studies.green_technology import analysis as gt
from pipeline.studies.green_technology import causes, ceiling, exposures, visible
from pipeline.studies.power import analysis as power

RAW = Path(__file__).parents[3] / "data" / "raw"


@pytest.fixture(scope="module")
def indicators() -> pd.DataFrame:
    return pd.read_csv(RAW / "green_technology" / "oblast_cross_section.csv").set_index("oblast")


# --- association ---------------------------------------------------------------------------------------


def test_rows_of_exposure_may_come_in_any_order(wheat, indicators):
    """Would catch alignment by position instead of by name."""
    change = gt.yield_change(wheat, 2023, 2024)
    shuffled = indicators.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(
        association.exposure_association(shuffled, change).table,
        association.exposure_association(indicators, change).table,
    )


def test_p_values_agree_with_scipy(wheat, indicators):
    change = gt.yield_change(wheat, 2023, 2024)
    columns = ["greenhouses_area_ha", "machine_tractor_stations", "greenhouses_number"]
    table = association.exposure_association(indicators[columns], change).table
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


def test_repeating_an_indicator_costs_nothing_in_max_t(wheat, indicators):
    """The same permutations are used for all indicators: two copies are one hypothesis. Holm doubles the
    p-value."""
    change = gt.yield_change(wheat, 2023, 2024)
    twice = pd.DataFrame({"a": indicators["machine_tractor_stations"], "b": indicators["machine_tractor_stations"]})
    table = association.exposure_association(twice, change).table
    np.testing.assert_allclose(table["p_max_t_pearson"], table["p_pearson"])
    np.testing.assert_allclose(table["p_holm_pearson"], 2 * table["p_pearson"])


@pytest.mark.slow
def test_real_cross_section(wheat, indicators):
    """Processing enterprises follow the change of yield closely - because of Chui, and of Chui alone."""
    change = gt.yield_change(wheat, 2023, 2024)
    result = association.exposure_association(indicators, change)
    assert result.orderings == 5040
    assert result.table.loc["food_processing_enterprises_2024", "pearson"] == pytest.approx(0.923, abs=5e-4)
    assert (result.table["p_max_t_pearson"] > 0.05).all()
    assert (result.table["p_max_t_pearson"] >= result.table["p_pearson"]).all()
    omitted = association.leave_one_out_association(indicators, change)
    assert abs(omitted.loc[("Chui", "food_processing_enterprises_2024"), "pearson"]) < 0.1
    assert len(omitted) == 7 * indicators.shape[1]


def test_association_by_year_is_the_correlation_with_every_change(wheat, indicators):
    table = association.association_by_year(indicators, wheat)
    assert table.index.tolist() == list(range(1992, 2026))
    now = association.exposure_association(indicators, gt.yield_change(wheat, 2023, 2024)).table["pearson"]
    np.testing.assert_allclose(table.loc[2024], now)
    expected = wheat.diff().loc[1999].corr(indicators["greenhouses_area_ha"])
    assert table.loc[1999, "greenhouses_area_ha"] == pytest.approx(expected)


def test_change_in_logs(wheat):
    expected = np.log(27.7 / 23.7)
    assert gt.yield_change(wheat, 2023, 2024, outcome="log")["Jalal-Abad"] == pytest.approx(expected)


def test_association_refusals(wheat, indicators):
    change = gt.yield_change(wheat, 2023, 2024)
    with pytest.raises(AnalysisError, match="missing from exposure: \\['Talas'\\]"):
        association.exposure_association(indicators.drop(index="Talas"), change)
    three = ["Batken", "Osh", "Jalal-Abad"]
    with pytest.raises(AnalysisError, match=r"6 orderings.*0\.167"):
        association.exposure_association(indicators.loc[three], change[three])
    with pytest.raises(AnalysisError, match="'flat' is the same in every unit"):
        association.exposure_association(indicators.assign(flat=1.0)[["flat"]], change)
    gap = indicators.astype(float)
    gap.loc["Naryn", "greenhouses_number"] = np.nan
    with pytest.raises(AnalysisError, match="'greenhouses_number' has no value for Naryn"):
        association.exposure_association(gap, change)
    with pytest.raises(AnalysisError, match="the same in every unit: nothing"):
        association.exposure_association(indicators, change * 0)
    with pytest.raises(ParameterError, match="outside the panel"):
        gt.yield_change(wheat, 2023, 2030)
    with pytest.raises(DataError, match="missing"):
        gt.yield_change(wheat.replace(23.7, np.nan), 2023, 2024)
    with pytest.raises(AnalysisError, match="at least 5 units"):
        association.leave_one_out_association(indicators, change.iloc[:4])


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


# --- competing causes, and what could have been seen ---------------------------------------------------


def test_fertiliser_moved_more_than_in_any_other_year(real_exposures):
    """Printed: 36.4, 35.4, 35.9, 35.6, 36.8, 35.5, 40.2; changes -1.0, 0.5, -0.3, 1.2, -1.3, 4.7."""
    found = causes.fertiliser_results(real_exposures, 2023, 2024, 23.7, 50)
    assert (found["fertiliser_before"], found["fertiliser_after"]) == (35.5, 40.2)
    assert found["fertiliser_change"] == pytest.approx(4.7) and found["fertiliser_next"] == pytest.approx(1.3)
    assert (found["fertiliser_rank"], found["fertiliser_moves"]) == (1, 6)
    assert found["fertiliser_same_gain"] == pytest.approx(0.047 * 0.5 * 23.7)
    assert causes.fertiliser_results(real_exposures, 2021, 2022, 23.7, 50)["fertiliser_rank"] == 3
    assert causes.fertiliser_results(real_exposures, 2010, 2011, 23.7, 50)["fertiliser_rank"] is None


def test_competing_causes_say_where_a_year_is_missing(real_exposures):
    table = causes.competing(real_exposures, "Jalal-Abad", 2023, 2024).set_index("cause")
    loss = table.loc["water_loss_in_conveyance_share"]
    assert loss["before"] == pytest.approx(22.2, abs=0.05) and np.isnan(loss["after"]) and np.isnan(loss["change"])
    assert table.loc["temperature_anomaly", "change"] == pytest.approx(0.952227 - 1.194569, abs=1e-5)
    assert table.loc["tractors, number", "other_moves"] == 0
    with pytest.raises(DataError, match="neither crop_area_with_mineral"):
        causes.fertiliser(real_exposures.iloc[:0])


def test_documented_technology_lies_below_what_any_listed_design_sees(real_panel, real_exposures, wheat):
    """By hand: (105 + 70) ha of 16 100 ha at 50 % of 23.7 c/ha is 0.129; of 17 540 ha at 20 % it is 0.047."""
    areas = exposures.crop_areas(real_panel, real_exposures, wheat, "wheat").loc["Jalal-Abad"]
    documented = exposures.documented_areas(real_exposures, "Jalal-Abad")
    found = ceiling.attribution(documented, areas, 240_500, 4.0, 23.7, 50)
    gain = Assumption("gain", 20, 35, 50, "percent", "made")
    over = found.over_gains(gain.low, gain.high)
    assert over["explained_most"] == pytest.approx(175 / 16_100 * 0.5 * 23.7)
    assert over["explained_least"] == pytest.approx(175 / (10 * 38_763.3 / 22.1) * 0.2 * 23.7)
    assert over["required_share_least"] == pytest.approx(100 * 4 / 11.85)
    assert over["required_share_most"] == pytest.approx(100 * 4 / 4.74)
    table = visible.designs_beside_ceilings(wheat, "Jalal-Abad", 2023, 2024, found, gain).set_index("what")
    assert table.loc["here", "high"] == pytest.approx(over["explained_most"])
    assert table.loc["installed", "high"] == pytest.approx((641.5 + 1728) / 16_100 * 11.85)
    assert table.loc["field", ["low", "high"]].tolist() == pytest.approx([4.74, 11.85])
    seen = visible.summary(table.reset_index(), gain, Assumption("spread", 15, 25, 40, "percent", "made"))
    assert seen["best_design_sees"] > over["explained_most"] and seen["best_design"] == "all_raions_longer"


def test_one_calculation_gives_what_the_report_on_power_gives(wheat):
    levels = visible.ALPHA, visible.POWER
    rises = power.detectable_rises(wheat, *levels)
    designs = power.designs(wheat, "Osh", rises, power.rises_by_years(wheat, "Osh", *levels), *levels)
    no_rise = ceiling.attribution(
        pd.DataFrame({"technology": ["x"], "counted": ["reported here"], "area_ha": [1.0]}),
        pd.Series({"a": 100.0}),
        1000,
        -1.0,
        20.0,
        50,
    )
    gain = Assumption("gain", 20, 35, 50, "percent", "made")
    table = visible.designs_beside_ceilings(wheat, "Osh", 2023, 2024, no_rise, gain)
    assert "documented" not in set(table["part"])
    both = table[table["part"] == "design"].set_index("what")["low"]
    longer = both.index.drop("one_year")
    assert both[longer].tolist() == designs.set_index("design").loc[longer, "low"].tolist()
    compared = power.by_comparison(wheat, "Osh", 2023, 2024, *levels)
    assert both["one_year"] == power.comparison_summary(compared, 20.0)["mde_sharpest"]


def test_fields_needed_by_hand():
    """n = 2 (1.960 + 0.842)^2 (s/g)^2 = 15.7 (s/g)^2: 3.9 for a half, 15.7 for one, 62.8 for two."""
    assert [visible.field_pairs(gain, spread) for gain, spread in ((50, 25), (30, 30), (20, 40))] == [4, 16, 63]


def test_technologies_of_jalal_abad(real_exposures, built):
    evidence = load_evidence(built.evidence)
    table = exposures.technologies(real_exposures, evidence, "Jalal-Abad").set_index("technology")
    named = table[table["named"] == "yes"]
    assert len(named) == 2 and named["value"].isna().all() and set(named["figure_id"]) == {"ev086"}
    assert table.loc[exposures.RAION_AREAS[0], ["area", "value", "as_of"]].tolist() == [
        "Nooken raion",
        105,
        "2024/2025",
    ]
    assert table.loc["drip irrigation, area", "value"] == 17_700
    assert "share of farmland using water-saving systems" not in table.index  # Talas
    with pytest.raises(DataError, match="no ev086"):
        exposures.technologies(real_exposures, evidence.iloc[:0], "Jalal-Abad")
