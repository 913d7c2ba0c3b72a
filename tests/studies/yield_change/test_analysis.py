"""Change between two years, its rounding, the ranks, and the split of production into area and yield."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import AnalysisError
from pipeline.studies.yield_change import analysis as yc


def test_change_by_hand():
    c = yc.change(20.0, 25.0, 0.05, 0.05)
    assert (c.change, c.half_width, c.percent) == (5.0, 0.1, 25.0)
    assert c.percent_low == pytest.approx(100 * (24.95 / 20.05 - 1))
    assert c.percent_high == pytest.approx(100 * (25.05 / 19.95 - 1))
    assert c.log_change == pytest.approx(math.log(1.25))


def test_the_papers_comparison_by_hand():
    """23.7 to 27.7 c/ha: worked out with a pocket calculator."""
    c = yc.change(23.7, 27.7, 0.05, 0.05)
    assert round(c.percent, 2) == 16.88
    assert round(c.percent_low, 2) == 16.42
    assert round(c.percent_high, 2) == 17.34


@given(st.integers(20, 600), st.integers(20, 600), st.floats(-0.049, 0.049), st.floats(-0.049, 0.049))
def test_every_pair_that_prints_the_same_lies_within_the_interval(before, after, off_before, off_after):
    before, after = before / 10, after / 10
    c = yc.change(before, after, 0.05, 0.05)
    true = 100 * ((after + off_after) / (before + off_before) - 1)
    assert c.percent_low <= true <= c.percent_high


@pytest.mark.parametrize(
    "before, after", [(0.0, 5.0), (5.0, 0.0), (-1.0, 5.0), (math.nan, 5.0), (5.0, math.inf), (0.04, 5)]
)
def test_a_change_of_no_positive_figure_is_refused(before, after):
    with pytest.raises(AnalysisError, match="positive figures"):
        yc.change(before, after, 0.05, 0.05)


def test_stated_difference_by_hand():
    c = yc.change_from_stated_difference(29.4, 6.4, 0.05, 0.05)
    assert c.before == pytest.approx(23.0)
    assert c.half_width == 0.05  # the difference is printed, so it is known to its own rounding only
    assert c.percent == pytest.approx(100 * 6.4 / 23.0)
    assert c.percent_low == pytest.approx(100 * 6.35 / (29.45 - 6.35))
    assert c.percent_high == pytest.approx(100 * 6.45 / (29.35 - 6.45))


@given(st.integers(100, 400), st.integers(-90, 90), st.floats(-0.049, 0.049), st.floats(-0.049, 0.049))
def test_stated_difference_interval_holds_for_rises_and_falls(after, difference, off_after, off_difference):
    after, difference = after / 10, difference / 10
    c = yc.change_from_stated_difference(after, difference, 0.05, 0.05)
    a, d = after + off_after, difference + off_difference
    assert c.percent_low - 1e-9 <= 100 * d / (a - d) <= c.percent_high + 1e-9


def test_stated_difference_that_leaves_nothing_is_refused():
    with pytest.raises(AnalysisError, match="no positive earlier figure"):
        yc.change_from_stated_difference(5.0, 5.0, 0.05, 0.05)


def frame(**columns):
    return pd.DataFrame(columns, index=[2000, 2001])


def test_ranks_and_ties_by_hand():
    table = yc.changes_by_oblast(frame(A=[10.0, 12.0], B=[20.0, 24.0], C=[10.0, 15.0], D=[10.0, 9.0]), 2000, 2001, 0.05)
    assert list(table.index) == ["C", "A", "B", "D"]
    assert table["rank"].to_dict() == {"C": 1, "A": 2, "B": 2, "D": 4}  # +20 % twice: both share the better rank
    assert table.loc["D", "change_t_per_ha"] == pytest.approx(-0.1)
    assert table.loc["A", ["best_rank", "worst_rank"]].tolist() == [2, 3]


def test_ranks_that_rounding_leaves_possible():
    """10.0 -> 11.0 and 10.0 -> 11.1 overlap when each is known to 0.05, so either may be first; 20.0 may not."""
    table = yc.changes_by_oblast(frame(A=[10.0, 11.0], B=[10.0, 11.1], C=[10.0, 20.0]), 2000, 2001, 0.05)
    assert table.loc["C", ["best_rank", "worst_rank"]].tolist() == [1, 1]
    assert table.loc["A", ["rank", "best_rank", "worst_rank"]].tolist() == [3, 2, 3]
    assert table.loc["B", ["rank", "best_rank", "worst_rank"]].tolist() == [2, 2, 3]


def test_oblasts_without_both_years_are_left_out_and_outside_years_refused():
    table = yc.changes_by_oblast(frame(A=[10.0, 12.0], B=[np.nan, 24.0]), 2000, 2001, 0.05)
    assert list(table.index) == ["A"]
    with pytest.raises(AnalysisError, match=r"Year 1999 is outside the panel \(2000 to 2001\)"):
        yc.changes_by_oblast(frame(A=[10.0, 12.0]), 1999, 2001, 0.05)
    with pytest.raises(AnalysisError, match="No oblast has a yield in both"):
        yc.changes_by_oblast(frame(A=[np.nan, 12.0]), 2000, 2001, 0.05)


def test_real_wheat(panel):
    from pipeline.data.panel import yields_by_oblast

    table = yc.changes_by_oblast(yields_by_oblast(panel, "wheat"), 2023, 2024, 0.05)
    assert (table["change"] > 0).all() and len(table) == 7
    assert table.loc["Jalal-Abad", ["before", "after", "rank"]].tolist() == [23.7, 27.7, 4]
    assert round(table.loc["Jalal-Abad", "change"], 1) == 4.0
    assert list(table.index[:2]) == ["Chui", "Talas"]
    assert table.loc[["Batken", "Naryn"], "best_rank"].tolist() == [6, 6]  # rounding cannot tell these two apart


def test_logarithmic_mean_by_hand():
    assert yc.logarithmic_mean(2.0, 1.0) == pytest.approx(1 / math.log(2))
    assert yc.logarithmic_mean(4.0, 4.0) == 4.0


@given(st.floats(1e-3, 1e6), st.floats(1e-3, 1e6))
def test_logarithmic_mean_is_symmetric_and_between_geometric_and_arithmetic_mean(a, b):
    mean = yc.logarithmic_mean(a, b)
    assert mean == pytest.approx(yc.logarithmic_mean(b, a), rel=1e-9)
    assert math.sqrt(a * b) * (1 - 1e-9) <= mean <= (a + b) / 2 * (1 + 1e-9)


def test_logarithmic_mean_does_not_jump_where_the_series_takes_over():
    near = [yc.logarithmic_mean(math.exp(r), 1.0) for r in (0.99e-4, 1.01e-4)]
    exact = [math.expm1(r) / r for r in (0.99e-4, 1.01e-4)]
    assert near == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize("a, b", [(0.0, 1.0), (1.0, -1.0)])
def test_logarithmic_mean_refuses_what_is_not_positive(a, b):
    with pytest.raises(AnalysisError, match="positive numbers"):
        yc.logarithmic_mean(a, b)


def test_decomposition_by_hand():
    """Area 10 -> 20 at constant yield 3: all from area. Yield 3 -> 6 at constant area: all from yield."""
    table = yc.decompose_production([10, 10], [20, 10], [30, 30], [60, 60])
    assert table["area_effect"].tolist() == pytest.approx([30, 0])
    assert table["yield_effect"].tolist() == pytest.approx([0, 30])


def test_decomposition_of_both_doubling_is_even():
    table = yc.decompose_production(10, 20, 30, 120)
    assert table.loc[0, ["change", "area_effect", "yield_effect"]].tolist() == pytest.approx([90, 45, 45])


@given(*[st.floats(1.0, 1e6) for _ in range(4)])
def test_decomposition_has_no_residual_and_reverses_with_time(a0, a1, q0, q1):
    forward, back = yc.decompose_production(a0, a1, q0, q1), yc.decompose_production(a1, a0, q1, q0)
    scale = max(q0, q1)
    total = forward["area_effect"] + forward["yield_effect"] - forward["change"]
    assert abs(total[0]) <= 1e-9 * scale
    assert forward["area_effect"][0] == pytest.approx(-back["area_effect"][0], abs=1e-9 * scale)


def test_decomposition_refuses_what_is_not_positive():
    for bad in itertools.permutations([0.0, 1.0, 1.0, 1.0]):
        if 0.0 in bad:
            with pytest.raises(AnalysisError, match="positive areas and productions"):
                yc.decompose_production(*bad)


def groups(years=(2000, 2001)):
    rows = [
        ("x", years[0], 10.0, 30.0),
        ("x", years[1], 20.0, 60.0),
        ("y", years[0], 10.0, 50.0),
        ("y", years[1], 10.0, 100.0),
    ]
    return pd.DataFrame(rows, columns=["crop", "year", "area_harvested", "production"])


def test_groups_by_hand():
    table = yc.decompose_groups(groups()).set_index("crop")
    assert table.loc["x", ["yield_before", "yield_after", "area_effect", "area_percent"]].tolist() == pytest.approx(
        [30, 30, 30, 100]
    )
    assert table.loc["y", ["yield_before", "yield_after", "yield_effect", "yield_percent"]].tolist() == pytest.approx(
        [50, 100, 50, 100]
    )


def test_groups_are_counted_by_what_moved_them():
    """Area alone moved x, yield alone y; only the last pair of years counts."""
    assert yc.groups_moved_by_yield(yc.decompose_groups(groups())) == {"crop_groups": 2, "crop_groups_by_yield": 1}
    assert yc.groups_moved_by_yield(yc.decompose_groups(groups().query("year == 2000")))["crop_groups"] == 0


def test_changes_that_reports_print_lie_between_the_smallest_and_the_largest():
    assert yc.campaign_changes(pd.DataFrame({"change": [6.4, 5.5, 12.5]})) == {
        "campaign_reports": 3,
        "campaign_smallest": 5.5,
        "campaign_largest": 12.5,
    }
    assert yc.campaign_changes(pd.DataFrame({"change": []}))["campaign_largest"] is None


def test_groups_refuse_a_gap_and_need_two_years():
    with pytest.raises(AnalysisError, match="every crop in every year"):
        yc.decompose_groups(groups().iloc[:-1])
    assert yc.decompose_groups(groups().query("year == 2000")).empty


def test_wheat_is_about_a_tenth_of_the_sown_land_of_jalal_abad(real_panel):
    """13 % (hr331) of 1 200 kha (hr327) are 156 kha; 16.1 and 17.54 kha of wheat are 10.3 and 11.2 % of them."""
    areas = pd.Series({"sown": 16_100.0, "derived": 10 * 38_763.3 / 22.1})
    found = yc.share_of_sown_land(real_panel, areas, "Jalal-Abad")
    assert found["cropland"] == pytest.approx(156_000)
    assert found["wheat_share_low"] == pytest.approx(100 * 16.1 / 156)
    assert found["wheat_share"] == pytest.approx((found["wheat_share_low"] + found["wheat_share_high"]) / 2)
    assert set(yc.share_of_sown_land(real_panel, areas, "Talas").values()) == {None}
    assert set(yc.share_of_sown_land(real_panel, areas * float("nan"), "Jalal-Abad").values()) == {None}


def test_land_under_wheat_takes_the_last_count_of_a_year(real_panel):
    table = yc.land_under_wheat(real_panel, "Jalal-Abad").set_index(["area", "crop", "measure", "year"])
    assert table.loc[("Kyrgyzstan", "wheat", "area_harvested", 2024), "value"] == 240_500
    assert table.loc[("Jalal-Abad", "winter wheat", "area_sown", 2025), "figure_id"] == "hr398"
    assert not table.index.duplicated().any()


def test_a_yield_is_of_the_series_that_prints_it(panel):
    """Also of another crop, whose series another source may give for one of the years."""
    of_barley = panel.loc[panel["source"] == "nsc_wheat_yield"].assign(crop="barley", source="nsc_crops")
    of_barley.loc[of_barley["year"] == 2024, "source"] = "yearbook"
    both = pd.concat([panel, of_barley], ignore_index=True)
    changes = yc.changes_by_oblast(frame(Osh=[10.0, 12.0], Talas=[20.0, 24.0]), 2000, 2001, 0.05)
    for crop, sources in {"wheat": ["nsc_wheat_yield"] * 2, "barley": ["nsc_crops", "yearbook"]}.items():
        found = yc.with_sources(changes, both, crop, 2023, 2024)
        assert found[["before_source", "after_source"]].to_numpy().tolist() == [sources, sources]
