"""The comparisons of `other_oblasts` side by side: which neighbour decides, and what becomes of rounding and noise."""

import pandas as pd
import pytest

from pipeline.data.panel import load_exposures
from pipeline.errors import AnalysisError, ParameterError
from pipeline.methods.difference_in_differences import two_way_fixed_effects
from pipeline.methods.own_response import own_response
from pipeline.methods.synthetic_control import synthetic_control
from pipeline.studies.other_oblasts import analysis


def made(**changes):
    """Yields of two years, all 20 c/ha before; the named changes after."""
    return pd.DataFrame({name: [20.0, 20.0 + change] for name, change in changes.items()}, index=[2001, 2002])


def test_comparisons_of_a_hand_worked_case():
    """Osh +2; Batken +1, Chui +6, Talas +2: all 2 - 3 = -1, without Chui 2 - 1.5 = 0.5. By area 1, 1, 2: 2 - 11/4."""
    areas = pd.Series({"Batken": 10.0, "Chui": 10.0, "Osh": 99.0, "Talas": 20.0})
    table = analysis.comparisons(made(Batken=1, Chui=6, Osh=2, Talas=2), "Osh", 2001, 2002, areas)
    estimates = {(row.kind, row.area): row.estimate for row in table.itertuples()}
    assert estimates == {
        ("all others", ""): -1.0,
        ("by area", ""): -0.75,
        ("south", ""): 1.0,
        ("north", ""): -2.0,
        ("leaving one out", "Batken"): -2.0,
        ("leaving one out", "Chui"): 0.5,
        ("leaving one out", "Talas"): -1.5,
    }
    assert table["adjusted"].isna().all()  # one change draws no line
    assert analysis.turning_neighbours(table) == ["Chui"]
    assert analysis.most_influential_neighbour(table) == "Chui"


def test_a_region_without_another_oblast_has_no_row():
    table = analysis.comparisons(made(Chui=1, Naryn=2, Osh=3, Talas=4), "Osh", 2001, 2002)
    assert set(table["kind"]) == {"all others", "north", "leaving one out"}
    assert analysis.comparison_summary(table)["did_south"] is None


def test_a_neighbour_that_turns_the_sign_goes_before_one_that_moves_more():
    """+1 against all (4 - 3); without Talas 4 - 4.5 = -0.5, moved by 1.5; without Chui 4 - 1 = 3, moved by 2."""
    table = analysis.comparisons(made(Batken=2, Chui=9, Naryn=2.5, Osh=4, Talas=-1.5), "Osh", 2001, 2002)
    assert analysis.turning_neighbours(table) == ["Talas"]
    assert analysis.most_influential_neighbour(table) == "Talas"
    certain = analysis.comparisons(made(Batken=2, Chui=9, Naryn=2.5, Osh=9, Talas=-1.5), "Osh", 2001, 2002)
    assert analysis.turning_neighbours(certain) == []
    assert analysis.most_influential_neighbour(certain) == "Chui"


def test_binary_noise_turns_no_sign():
    """Equal changes of 0.1 from unequal levels: the estimates are 0, not -1e-15."""
    levels = {"Batken": 20.3, "Chui": 17.7, "Osh": 25.1, "Talas": 9.9}
    yields = pd.DataFrame({k: [v, v + 0.1] for k, v in levels.items()}, index=[2001, 2002])
    table = analysis.comparisons(yields, "Osh", 2001, 2002)
    assert (table["estimate"] == 0).all() and analysis.turning_neighbours(table) == []


def test_the_real_answer_depends_on_chui(wheat):
    table = analysis.comparisons(wheat, "Jalal-Abad", 2023, 2024)
    by_kind, without = table.set_index("kind")["estimate"], analysis.leaving_one_out(table)["estimate"]
    assert by_kind[["all others", "south", "north"]].round(3).tolist() == [-1.267, 1.65, -2.725]
    assert round(without["Chui"], 3) == 0.74
    assert analysis.turning_neighbours(table) == ["Chui"]
    assert analysis.collapsed_and_rebounded(wheat["Chui"], 2023, 2024)
    assert not analysis.collapsed_and_rebounded(wheat["Jalal-Abad"], 2023, 2024)


def test_the_summary_names_what_decides(wheat):
    found = analysis.comparison_summary(analysis.comparisons(wheat, "Jalal-Abad", 2023, 2024).round(analysis.PUBLISHED))
    assert (found["did_all"], found["did_without_chui"], found["did_south"], found["did_north"]) == (
        -1.27,
        0.74,
        1.65,
        -2.72,
    )
    assert (found["did_leaving_out_others_low"], found["did_leaving_out_others_high"]) == (-1.98, -1.14)
    assert found["most_influential_neighbour"] == found["neighbours_that_turn_the_sign"] == "Chui"
    own = analysis.comparison_summary(analysis.comparisons(wheat, "Chui", 2023, 2024))
    assert own["did_without_chui"] is None and own["neighbours_that_turn_the_sign"] is None
    assert own["number_that_turn_the_sign"] == 0


def test_the_rebound_is_that_of_the_first_candidate(wheat):
    found = analysis.rebound_summary(wheat, ["Jalal-Abad", "Chui"], 2023, 2024)
    assert [found[name] for name in ("collapsed_oblast", "collapsed_from", "collapsed_to", "rebounded_to")] == [
        "Chui",
        27.6,
        16.6,
        31.9,
    ]
    assert set(analysis.rebound_summary(wheat, ["Osh"], 2023, 2024).values()) == {None}
    assert set(analysis.rebound_summary(wheat, ["Chui"], 1991, 1992).values()) == {None}
    assert set(analysis.previous_year_summary(wheat, "Osh", 1991, 1992).values()) == {None}


def test_yields_stand_below_the_comparisons(wheat):
    table = analysis.comparisons(wheat, "Osh", 2023, 2024)
    both = analysis.comparisons_and_yields(table, wheat.loc[2023:2024])
    assert len(both) == len(table) + 14
    chui = both[(both["kind"] == analysis.YIELD) & (both["area"] == "Chui")]
    assert list(zip(chui["year"], chui["yield"], strict=True)) == [(2023, 16.6), (2024, 31.9)]


def test_collapse_and_rebound_have_thresholds():
    def judged(*values):
        return analysis.collapsed_and_rebounded(pd.Series(values, index=[2000, 2001, 2002]), 2001, 2002)

    assert judged(20.0, 15.0, 22.5) and not judged(20.0, 15.1, 30.0) and not judged(20.0, 15.0, 22.4)
    with pytest.raises(ParameterError, match="the series has no 1999; it runs 2000-2002"):
        analysis.collapsed_and_rebounded(pd.Series([1.0, 2.0, 3.0], index=[2000, 2001, 2002]), 2000, 2002)


def test_each_comparison_stands_twice_one_for_one_and_by_the_own_response(wheat, real_panel):
    areas, _ = analysis.areas_of_crop(real_panel, load_exposures(), wheat, "wheat")
    table = analysis.comparisons(wheat, "Jalal-Abad", 2023, 2024, areas).round(analysis.PUBLISHED)
    by_kind = table.set_index("kind")
    two = by_kind.loc["without two"]
    assert two["area"] == "Chui, Issyk-Kul" and two["members"] == "Batken, Naryn, Osh, Talas"
    for kind, comparison, weights in (("without two", two["members"].split(", "), None), ("by area", None, areas)):
        one = own_response(wheat, "Jalal-Abad", 2023, 2024, comparison, weights)
        assert by_kind.loc[kind, "adjusted"] == round(one.difference, 2)
        assert by_kind.loc[kind, "estimate"] == round(one.difference_in_differences, 2)
        assert by_kind.loc[kind, "slope_high"] == round(one.slope_high, 2)
    others = [name for name in wheat if name != "Jalal-Abad"]
    cells = (wheat["Jalal-Abad"] - wheat[others].mean(axis=1)).diff().dropna().drop(2024)
    band = by_kind.loc["all others", ["placebo_low", "placebo_high"]].astype(float)
    assert band.tolist() == pytest.approx(cells.quantile([0.025, 0.975]).round(2).tolist())


def test_what_leads_is_the_difference_by_the_own_response(wheat, real_panel):
    areas, why = analysis.areas_of_crop(real_panel, load_exposures(), wheat, "wheat")
    table = analysis.comparisons(wheat, "Jalal-Abad", 2023, 2024, areas)
    found = analysis.own_summary(analysis.response(wheat, "Jalal-Abad", 2023, 2024)[0], table)
    assert why == "" and analysis.comparison_summary(table)["did_area_weighted"] == pytest.approx(-4.56, abs=0.005)
    expected = {
        "slope_on_others": 0.53,
        "slope_error": 0.09,
        "predicted_part": 2.93,
        "common_rise_alone": -2.33,
        "adjusted_difference": 1.07,
        "adjusted_difference_low": -2.55,
        "adjusted_difference_high": 4.68,
        "adjusted_without_chui": 1.66,
        "adjusted_without_two": 1.41,
        "adjusted_south": 2.17,
        "adjusted_area_weighted": 1.0,
        "adjusted_lowest": 0.66,
        "adjusted_highest": 2.17,
    }
    assert {name: round(found[name], 2) for name in expected} == expected
    assert found["slope_is_one_p"] < 0.0001 and found["earlier_changes"] == 32


def test_too_few_years_leave_the_own_response_undefined(wheat):
    found, why = analysis.response(wheat, "Osh", 1992, 1993)
    table = analysis.comparisons(wheat, "Osh", 1992, 1993)
    assert found is None and "needs at least 5" in why
    assert set(analysis.own_summary(found, table).values()) == {None}
    assert analysis.movements(wheat, found).empty and analysis.checks(wheat, "Osh", 1992, 1993).empty
    summary = analysis.check_summary(wheat, "Osh", 1992, 1993, 2008, analysis.checks(wheat, "Osh", 1992, 1993))
    assert set(summary.values()) == {None}
    assert set(analysis.adjusted_placebos(wheat, "Osh", 1992, 1993).values()) == {None}
    assert analysis.every_oblast(wheat, 1992, 1993, None).empty


def test_what_the_own_response_supposes_is_tried_otherwise(wheat):
    table = analysis.checks(wheat, "Jalal-Abad", 2023, 2024)
    assert table["check"].tolist() == ["level", "log", "two years", "three years"]
    summary = analysis.check_summary(wheat, "Jalal-Abad", 2023, 2024, 2008, table)
    assert [round(summary[name], 2) for name in summary] == [0.04, 1.01, -1.67, 0.69, 0.47, 0.3]
    assert "two years" not in set(analysis.checks(wheat, "Jalal-Abad", 2022, 2024)["check"])
    placebos = analysis.adjusted_placebos(wheat, "Jalal-Abad", 2023, 2024)
    assert placebos["adjusted_cells"] == 7 * 33
    assert placebos["adjusted_placebo_p"] == placebos["adjusted_cells_at_least_as_large"] / 231


def test_the_movements_end_with_the_interval_of_the_year_in_question(wheat):
    found, _ = analysis.response(wheat, "Jalal-Abad", 2023, 2024)
    last = analysis.movements(wheat, found).iloc[-1]
    assert (last["year"], last["oblast"]) == (2024, pytest.approx(4.0))
    assert last["oblast"] - last["fitted"] == pytest.approx(found.difference)
    assert [last["oblast"] - last["high"], last["oblast"] - last["low"]] == pytest.approx([found.low, found.high])


def test_areas_of_2021_give_the_printed_national_yields(wheat, real_panel):
    areas, _ = analysis.areas_of_crop(real_panel, load_exposures(), wheat, "wheat")
    assert areas["Chui"] == pytest.approx(98000, rel=0.001)
    found = analysis.area_check(real_panel, wheat, areas, "wheat", 2023, 2024)
    assert [round(value, 1) for value in found.values()] == [19.2, 27.5, 19.1, 27.7]
    assert analysis.area_check(real_panel, wheat, None, "wheat", 1999, 2000)["national_printed_before"] is None


def test_placebo_tests_are_nine_and_exact(wheat):
    tests = analysis.placebo_tests(wheat, "Jalal-Abad", 2023, 2024, "Chui").set_index(["panel", "over"])
    assert len(tests) == 9
    assert tests.loc["level", "cells"].to_dict() == {"oblasts": 7, "years": 34, "oblasts and years": 238}
    assert tests.loc["without neighbour", "cells"].to_dict() == {"oblasts": 6, "years": 34, "oblasts and years": 204}
    assert tests.loc["level", "p_two_sided"].tolist() == pytest.approx([6 / 7, 24 / 34, 132 / 238])
    assert tests["p_two_sided"].tolist() == pytest.approx((tests["rank"] / tests["cells"]).tolist())


def test_three_oblasts_leave_nothing_to_test_without_one(wheat):
    three = wheat[["Chui", "Osh", "Talas"]]
    assert set(analysis.placebo_tests(three, "Osh", 2023, 2024, "Chui")["panel"]) == {"level", "log"}


def test_the_level_gap_is_that_of_two_way_fixed_effects(wheat):
    found = analysis.level_gap(wheat, "Jalal-Abad", 2024)
    assert found == {"twfe_estimate": two_way_fixed_effects(wheat, "Jalal-Abad", [2024]).estimate}
    assert round(found["twfe_estimate"], 2) == 1.57


def test_paths_are_observed_less_synthetic(wheat):
    fits = {name: synthetic_control(wheat, name, 2023) for name in ("Jalal-Abad", "Osh")}
    paths = analysis.paths(wheat, fits)
    assert len(paths) == 2 * len(wheat)
    assert (paths["observed"] - paths["synthetic"]).to_numpy() == pytest.approx(paths["gap"].to_numpy())
    own = paths[paths["oblast"] == "Jalal-Abad"].set_index("year")["gap"]
    assert own.loc[[2024, 2025]].round(2).tolist() == [2.28, 5.12]


def test_controls_are_those_of_every_oblast(wheat):
    controls = analysis.synthetic_controls(wheat, "Jalal-Abad", 2023, 2024)
    found = controls.summary() | controls.next_year()
    assert found["synthetic_control_donors"] == "Osh, Talas"
    assert found["synthetic_control_largest_weight"] == 0.528
    assert [round(found[f"synthetic_control_{name}"], 2) for name in ("gap", "gap_next_year")] == [2.28, 5.12]
    assert round(found["synthetic_control_r_squared"], 2) == 0.33
    assert round(found["synthetic_control_mean_gap_before"], 2) == 2.84
    assert controls.oblasts["oblast"].tolist() == list(wheat) and len(controls.paths) == wheat.size
    last = analysis.synthetic_controls(wheat, "Jalal-Abad", 2024, 2025)
    assert last.next_year() == {"synthetic_control_gap_next_year": None}
    assert last.donors["gap_next_year"].isna().all()


def test_what_too_few_years_forbid_comes_with_a_reason(wheat):
    controls = analysis.synthetic_controls(wheat, "Osh", 1992, 1993)
    assert "2 pre-years cannot tell 6 donors apart" in controls.why and set(controls.summary().values()) == {None}
    trends, why = analysis.trends_before(wheat, 1992)
    assert "a trend needs at least three" in why and set(analysis.trend_summary(trends, "Osh").values()) == {None}
    found, why = analysis.bounds(wheat, "Osh", 1991, 1992)
    assert found is None and "too few" in why and set(analysis.bounds_summary(found).values()) == {None}
    years, why = analysis.placebo_years(wheat, "Osh", 1999, 15)
    assert "minimum_pre_years must lie between" in why
    assert set(analysis.placebo_years_summary(years).values()) == {None}


def test_too_few_oblasts_are_refused(wheat):
    with pytest.raises(AnalysisError, match="needs at least 3"):
        analysis.comparisons(wheat[["Osh", "Chui"]], "Osh", 2023, 2024)
    with pytest.raises(ParameterError, match="the panel has no 'Bishkek'"):
        analysis.comparisons(wheat, "Bishkek", 2023, 2024)
    with pytest.raises(ParameterError, match="2030"):
        analysis.level_gap(wheat, "Osh", 2030)
