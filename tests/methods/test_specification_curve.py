"""The array of all specifications against a slow computation, one specification at a time, and by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from pipeline.errors import AnalysisError, DataError, ParameterError
from pipeline.methods.own_response import own_response
from pipeline.methods.specification_curve import (
    KEYS,
    RESPONSES,
    Choices,
    SpecificationCube,
    comparison_scores,
    curve_medians,
    declare_specifications,
    estimate_specifications,
    joint_inference,
    null_sign_shares,
    specification_curve,
    summarise_choices,
    time_contrast,
)
from tests.methods.dummies import real_wheat

CHOICES = Choices(
    bases={
        "year before": (0,),
        "year before that": (-1,),
        "five years, 7 to 3 earlier": (-7, -6, -5, -4, -3),
        "three years, 3 to 1 earlier": (-3, -2, -1),
    },
    ends={"year after": (0,), "two years": (0, 1)},
    window=10,
    groups={"south": ("Batken", "Jalal-Abad", "Osh"), "north": ("Chui", "Issyk-Kul", "Naryn", "Talas")},
)

BOTH = replace(CHOICES, responses=RESPONSES)


@pytest.fixture(scope="module")
def wheat() -> pd.DataFrame:
    return real_wheat()


@pytest.fixture(scope="module")
def cube(wheat) -> SpecificationCube:
    return estimate_specifications(wheat, 2023, 2024, CHOICES)


def slow_estimate(yields: pd.DataFrame, oblast: str, before: int, after: int, spec) -> float:
    """One specification with pandas and polyfit, from its description alone."""
    values = np.log(yields) if spec.outcome == "log" else yields
    base = [before + offset for offset in CHOICES.bases[spec.base_key]]
    end = [after + offset for offset in CHOICES.ends[spec.end_key]]
    window = values.loc[before - 9 : before]

    def change(name: str) -> float:
        result = values.loc[end, name].mean() - values.loc[base, name].mean()
        if spec.trend != "none":
            slope = np.polyfit(window.index - before, window[name], 1)[0]
            result -= slope * (np.mean(end) - np.mean(base))
        return result

    def weight(name: str) -> float:
        if spec.weighting == "inverse variance":
            return 1 / window[name].diff().dropna().var()
        if spec.weighting == "similar path":
            gap = window[name] - window[oblast]
            return 1 / ((gap - gap.mean()) ** 2).mean()
        return 1.0

    weights = {name: weight(name) for name in spec.members}
    others = sum(weights[name] * change(name) for name in spec.members) / sum(weights.values())
    if spec.response == "one for one":
        return change(oblast) - others
    yearly = values.loc[:before].diff().dropna()
    mean = sum(weights[name] * yearly[name] for name in spec.members) / sum(weights.values())
    slope, intercept = np.polyfit(mean, yearly[oblast], 1)
    drift = intercept * (np.mean(end) - np.mean(base)) if spec.trend == "none" else 0.0
    return change(oblast) - slope * others - drift


# --- declaration ---------------------------------------------------------------------------------------


def test_declared_table_of_the_paper(wheat):
    """2 outcomes x 4 bases x 2 ends x 2 trends = 32, times 9 groups x 3 weightings + 6 single oblasts."""
    table = declare_specifications(wheat, "Jalal-Abad", 2023, 2024, CHOICES)
    assert len(table) == 32 * (9 * 3 + 6) == 1056
    assert not table.duplicated(KEYS).any()
    assert set(table["base"]) == {"2023", "2022", "mean 2016-2020", "mean 2020-2022"}
    assert set(table["end"]) == {"2024", "mean 2024-2025"}
    members = table.drop_duplicates("comparison").set_index("comparison")["members"]
    assert members["south"] == ("Batken", "Osh")
    assert members["without Chui"] == ("Batken", "Issyk-Kul", "Naryn", "Osh", "Talas")


@pytest.mark.parametrize("oblast", ["Batken", "Chui", "Issyk-Kul", "Jalal-Abad", "Naryn", "Osh", "Talas"])
def test_exclusion_rules_hold_for_every_oblast(wheat, oblast):
    table = declare_specifications(wheat, oblast, 2019, 2021, CHOICES)
    assert len(table) >= 500
    assert not table["members"].map(lambda names: oblast in names or not names).any()
    groups = table.drop_duplicates("comparison")["members"].map(frozenset)
    assert groups.is_unique
    assert (table.loc[table["members"].map(len) == 1, "weighting"] == "equal").all()


def test_same_group_under_two_names_is_declared_once(wheat):
    """Of four oblasts, three of the north: for Osh 'north' is 'all others', so the second name goes."""
    table = declare_specifications(wheat[["Osh", "Chui", "Naryn", "Talas"]], "Osh", 2023, 2024, CHOICES)
    assert "north" not in set(table["comparison"])
    assert {"all others", "without Chui", "only Chui"} <= set(table["comparison"])


def test_end_period_beyond_the_panel_is_left_out(wheat):
    table = declare_specifications(wheat, "Jalal-Abad", 2024, 2025, CHOICES)
    assert set(table["end"]) == {"2025"}
    curve = specification_curve(estimate_specifications(wheat, 2024, 2025, CHOICES), "Jalal-Abad")
    assert len(curve) == len(table) == 528
    assert np.isfinite(curve["estimate"]).all()


# --- estimates -----------------------------------------------------------------------------------------


def test_specifications_of_the_paper_agree_with_the_slow_computation(wheat, cube):
    """Every third along the curve, so that all options of all choices are among them."""
    curve = specification_curve(cube, "Jalal-Abad").iloc[::3]
    assert all(curve[choice].nunique() > 1 for choice in KEYS if choice != "response")
    assert curve["comparison"].nunique() == 15
    slow = [slow_estimate(wheat, "Jalal-Abad", 2023, 2024, spec) for spec in curve.itertuples()]
    np.testing.assert_allclose(curve["estimate"], slow, atol=1e-10)


def test_placebo_cells_agree_with_the_slow_computation(wheat, cube):
    """Oblasts and shifts drawn at random: would catch swapped axes and windows that do not move with the
    pair."""
    rng = np.random.default_rng(0)
    for _ in range(80):
        s = rng.integers(len(cube.specifications))
        i = rng.choice(np.flatnonzero(cube.valid[s]))
        k = rng.integers(len(cube.shifts))
        oblast, shift = wheat.columns[i], cube.shifts[k]
        table = declare_specifications(wheat, oblast, 2023, 2024, CHOICES)
        spec = next(table.merge(cube.specifications.iloc[[s]], on=KEYS).itertuples())
        slow = slow_estimate(wheat, oblast, 2023 + shift, 2024 + shift, spec)
        assert cube.estimates[s, i, k] == pytest.approx(slow, abs=1e-10), (oblast, shift, spec)


def test_the_own_response_agrees_with_the_slow_computation(wheat):
    cube = estimate_specifications(wheat, 2023, 2024, BOTH)
    curve = specification_curve(cube, "Jalal-Abad")
    assert curve["response"].value_counts().to_dict() == {"one for one": 1056, "own response": 1056}
    for spec in curve[curve["response"] == "own response"].iloc[::29].itertuples():
        assert spec.estimate == pytest.approx(slow_estimate(wheat, "Jalal-Abad", 2023, 2024, spec), abs=1e-10)
    earlier = specification_curve(estimate_specifications(wheat, 2018, 2021, BOTH), "Osh")
    for spec in earlier[earlier["response"] == "own response"].iloc[::83].itertuples():
        assert spec.estimate == pytest.approx(slow_estimate(wheat, "Osh", 2018, 2021, spec), abs=1e-10)


def test_the_plain_specification_by_the_own_response_is_that_of_own_response(wheat):
    curve = specification_curve(estimate_specifications(wheat, 2023, 2024, BOTH), "Jalal-Abad").set_index(KEYS)
    plain = ("level", "all others", "equal", "own response", "year before", "year after", "none")
    assert curve.loc[plain, "estimate"] == pytest.approx(own_response(wheat, "Jalal-Abad", 2023, 2024).difference)


def test_without_placebos_the_pair_alone_is_estimated(wheat):
    alone = estimate_specifications(wheat, 2023, 2024, BOTH, placebos=False)
    whole = estimate_specifications(wheat, 2023, 2024, BOTH)
    assert alone.shifts.tolist() == [0]
    np.testing.assert_array_equal(alone.estimates[:, :, 0], whole.estimates[:, :, list(whole.shifts).index(0)])


def test_null_panels_share_a_sign_often_and_repeat(wheat):
    shares = null_sign_shares(wheat, "Jalal-Abad", 2023, 2024, BOTH, panels=12, seed=3)
    assert ((shares >= 0.5) & (shares <= 1)).all() and shares.max() > 0.75
    np.testing.assert_array_equal(shares, null_sign_shares(wheat, "Jalal-Abad", 2023, 2024, BOTH, panels=12, seed=3))


def test_a_null_panel_of_one_block_is_the_panel_itself(wheat):
    """A block as long as the panel can be drawn in one way only: line and departures make the figures again."""
    shares = null_sign_shares(wheat, "Jalal-Abad", 2023, 2024, CHOICES, panels=3, block=len(wheat))
    curve = specification_curve(estimate_specifications(wheat, 2023, 2024, CHOICES), "Jalal-Abad")
    positive = (curve["estimate"] > 0).mean()
    assert 0.5 < max(positive, 1 - positive) < 1
    assert shares == pytest.approx([max(positive, 1 - positive)] * 3)


def test_null_panels_that_have_no_logarithm_are_drawn_again(wheat):
    """A unit whose lowest yield is next to zero goes below it in many draws."""
    low = wheat.assign(Naryn=wheat["Naryn"] - wheat["Naryn"].min() + 0.1)
    shares = null_sign_shares(low, "Jalal-Abad", 2023, 2024, BOTH, panels=5, seed=3)
    assert len(shares) == 5 and ((shares >= 0.5) & (shares <= 1)).all()


def test_a_comparison_that_does_not_vary_has_no_response(wheat):
    steady = wheat.assign(Naryn=np.linspace(10, 20, len(wheat)))
    choices = Choices({"year before": (0,)}, {"year after": (0,)}, 10, responses=RESPONSES[1:])
    with pytest.raises(AnalysisError):
        estimate_specifications(steady, 2023, 2024, choices)


def test_pair_with_a_gap_between_its_years(wheat):
    """2018 to 2021: end and base move apart, trend distance three years and more."""
    curve = specification_curve(estimate_specifications(wheat, 2018, 2021, CHOICES), "Osh")
    for spec in curve.iloc[::37].itertuples():
        assert spec.estimate == pytest.approx(slow_estimate(wheat, "Osh", 2018, 2021, spec), abs=1e-10)


def test_plain_comparison_agrees_with_regression(cube, wheat):
    """Jalal-Abad +4.0, the six others +31.6 / 6: a difference in differences of -1.27 c/ha."""
    curve = specification_curve(cube, "Jalal-Abad")
    plain = curve.query(
        "outcome == 'level' and comparison == 'all others' and weighting == 'equal' and base == '2023' "
        "and end == '2024' and trend == 'none'"
    )
    data = wheat.loc[[2023, 2024]].stack().rename("y").reset_index()
    data["treated"] = (data["oblast"] == "Jalal-Abad").astype(int)
    data["after"] = (data["year"] == 2024).astype(int)
    fit = smf.ols("y ~ treated * after", data).fit()
    assert plain["estimate"].item() == pytest.approx(fit.params["treated:after"])
    assert plain["estimate"].item() == pytest.approx(4.0 - 31.6 / 6)


def test_weighted_comparison_agrees_with_weighted_regression(cube, wheat):
    curve = specification_curve(cube, "Jalal-Abad")
    weighted = curve.query(
        "outcome == 'log' and comparison == 'north' and weighting == 'inverse variance' and base == '2022' "
        "and end == '2024' and trend == 'none'"
    )
    names = ["Jalal-Abad", "Chui", "Issyk-Kul", "Naryn", "Talas"]
    logs = np.log(wheat[names])
    data = logs.loc[[2022, 2024]].stack().rename("y").reset_index()
    weights = 1 / logs.loc[2014:2023].diff().dropna().var()
    data["w"] = data["oblast"].map(weights)
    data["treated"] = (data["oblast"] == "Jalal-Abad").astype(int)
    data["after"] = (data["year"] == 2024).astype(int)
    fit = smf.wls("y ~ treated * after", data, weights=data["w"]).fit()
    assert weighted["estimate"].item() == pytest.approx(fit.params["treated:after"])


def test_time_contrast_by_hand():
    """y = 3, 5, 7, 9 then 14: slope 2 over the four years, so 14 - 9 - 2 = 3; against mean(5, 7): 14 - 6 - 2
    x 2.5."""
    years, y = np.arange(2001, 2006), np.array([3.0, 5, 7, 9, 14])
    trend = np.arange(2001, 2005)
    end = np.array([2005])
    assert time_contrast(years, np.array([2004]), end, trend) @ y == pytest.approx(3)
    assert time_contrast(years, np.array([2002, 2003]), end, trend) @ y == pytest.approx(3)
    assert time_contrast(years, np.array([2004]), end, np.array([])) @ y == pytest.approx(5)


def test_comparison_scores_by_hand():
    """Changes of A: +2, -2 (variance 8); of B: +1, -1 (variance 2). Paths about their means differ by (-1, 2,
    -1)/3."""
    window = np.array([[0.0, 10], [2, 11], [0, 10]])
    oblasts = pd.Index(["A", "B"])
    assert comparison_scores(window, oblasts, "inverse variance")[0].tolist() == pytest.approx([1 / 8, 1 / 2])
    assert comparison_scores(window, oblasts, "similar path")[0, 1] == pytest.approx(1 / (6 / 27))


def test_logs_are_taken_before_the_mean(cube, wheat):
    """A base of five years is the mean of logs: the log of the mean would give another number."""
    curve = specification_curve(cube, "Jalal-Abad")
    spec = curve.query(
        "outcome == 'log' and comparison == 'only Osh' and base == 'mean 2016-2020' and end == '2024' "
        "and trend == 'none'"
    )
    pair, years = wheat[["Jalal-Abad", "Osh"]], range(2016, 2021)
    of_logs = np.log(pair.loc[2024]) - np.log(pair.loc[years]).mean()
    of_mean = np.log(pair.loc[2024]) - np.log(pair.loc[years].mean())
    assert spec["estimate"].item() == pytest.approx(of_logs["Jalal-Abad"] - of_logs["Osh"], abs=1e-12)
    assert spec["estimate"].item() != pytest.approx(of_mean["Jalal-Abad"] - of_mean["Osh"], abs=1e-5)


def test_an_addition_in_the_end_year_comes_back_whole(wheat, cube):
    """+5 c/ha in 2024: +5 for end 2024, +2.5 for mean 2024-2025. Weights or trends that saw 2024 would break
    it."""
    raised = wheat.copy()
    raised.loc[2024, "Jalal-Abad"] += 5
    new = specification_curve(estimate_specifications(raised, 2023, 2024, CHOICES), "Jalal-Abad").set_index(KEYS)
    old = specification_curve(cube, "Jalal-Abad").set_index(KEYS)
    gained = (new["estimate"] - old["estimate"]).xs("level", level="outcome")
    np.testing.assert_allclose(gained.xs("year after", level="end_key"), 5)
    np.testing.assert_allclose(gained.xs("two years", level="end_key"), 2.5)


def test_common_shocks_and_own_trends_drop_out():
    """Oblast levels, own straight trends and a common shock only: every trend-adjusted comparison is zero."""
    rng = np.random.default_rng(2)
    years = np.arange(2000, 2026)
    slopes = np.array([0.1, -0.2, 0.3, 0.0, 0.4])
    values = 20 + np.arange(5) + slopes * (years[:, None] - 2000) + rng.normal(0, 3, len(years))[:, None]
    cube = estimate_specifications(pd.DataFrame(values, years, list("ABCDE")), 2020, 2022, replace(CHOICES, groups={}))
    level, adjusted = cube.specifications["outcome"] == "level", cube.specifications["trend"] != "none"
    zero = cube.estimates[level & adjusted]
    np.testing.assert_allclose(zero[np.isfinite(zero)], 0, atol=1e-9)
    assert np.nanmax(np.abs(cube.estimates[level & ~adjusted])) > 1


def test_order_of_the_columns_does_not_matter(wheat, cube):
    shuffled = wheat[["Talas", "Chui", "Jalal-Abad", "Osh", "Batken", "Naryn", "Issyk-Kul"]]
    other = estimate_specifications(shuffled, 2023, 2024, CHOICES)
    a = specification_curve(cube, "Jalal-Abad").set_index(KEYS).sort_index()
    b = specification_curve(other, "Jalal-Abad").set_index(KEYS).sort_index()
    columns = ["estimate", "standardised", "p_units", "p_years", "p_units_and_years"]
    pd.testing.assert_frame_equal(a[columns], b[columns])


# --- inference -----------------------------------------------------------------------------------------


def test_placebo_p_values_agree_with_counting(cube, wheat):
    curve = specification_curve(cube, "Jalal-Abad").set_index(KEYS)
    actual = int(np.flatnonzero(cube.shifts == 0)[0])
    i = wheat.columns.get_loc("Jalal-Abad")
    for s in range(0, len(cube.specifications), 61):
        if not cube.valid[s, i]:
            continue
        row = curve.loc[tuple(cube.specifications.loc[s])]
        observed = abs(row["estimate"])
        for column, cells in (
            ("p_units", cube.estimates[s, :, actual]),
            ("p_years", cube.estimates[s, i]),
            ("p_units_and_years", cube.estimates[s].ravel()),
        ):
            known = [abs(value) for value in cells if not np.isnan(value)]
            assert row[column] == pytest.approx(np.mean([value >= observed - 1e-9 for value in known]))


def test_cells_without_a_comparison_are_not_counted(cube, wheat):
    """'only Osh' is no comparison for Osh: six oblasts remain, and the smallest p-value is 1/6."""
    rows = cube.specifications["comparison"] == "only Osh"
    assert np.isnan(cube.estimates[rows][:, wheat.columns.get_loc("Osh")]).all()
    assert cube.valid[rows].sum(axis=1).tolist() == [6] * rows.sum()
    curve = specification_curve(cube, "Jalal-Abad")
    assert curve.query("comparison == 'only Osh'")["p_units"].min() >= 1 / 6 - 1e-12
    assert np.isfinite(curve.select_dtypes("number").to_numpy()).all()


def test_joint_inference_agrees_with_counting(cube, wheat):
    """All statistics of the reference set 'years', cell by cell."""
    i = wheat.columns.get_loc("Osh")
    rows = cube.valid[:, i]
    level = (cube.specifications.loc[rows, "outcome"] == "level").to_numpy()
    own = cube.estimates[rows, i]
    everywhere = cube.estimates[rows]
    scale = np.array([np.sqrt(np.nanmean(block**2)) for block in everywhere])
    scaled = own / scale[:, None]
    actual = int(np.flatnonzero(cube.shifts == 0)[0])
    significant = np.array([[np.mean(np.abs(r) >= abs(v) - 1e-9) <= 0.05 for v in r] for r in scaled])
    expected = {
        "median_level": (np.median(own[level], axis=0), np.abs),
        "median_log": (np.median(own[~level], axis=0), np.abs),
        "median_standardised": (np.median(scaled, axis=0), np.abs),
        "mean_standardised": (scaled.mean(axis=0), np.abs),
        "share_positive": ((own > 1e-9).mean(axis=0), lambda v: np.abs(v - 0.5)),
        "share_significant": (significant.mean(axis=0), lambda v: v),
        "share_significant_positive": ((significant & (own > 0)).mean(axis=0), lambda v: v),
    }
    table = joint_inference(cube, "Osh").query("reference == 'years'").set_index("statistic")
    assert set(table.index) == set(expected)
    for name, (values, extremity) in expected.items():
        size = extremity(values)
        assert table.loc[name, "observed"] == pytest.approx(values[actual]), name
        assert table.loc[name, "p_value"] == pytest.approx(np.mean(size >= size[actual] - 1e-9)), name
    assert (table["cells"] == 24).all()


def test_medians_of_the_cells_are_those_of_joint_inference(cube):
    """The rows are every oblast in every placebo pair; the share at least as extreme is the joint p-value."""
    medians = curve_medians(cube, "Jalal-Abad")
    assert len(medians) == 7 * len(cube.shifts) and medians["actual"].sum() == 1
    actual = medians[medians["actual"]].iloc[0]
    assert (actual["oblast"], actual["year_before"], actual["year_after"]) == ("Jalal-Abad", 2023, 2024)
    joint = joint_inference(cube, "Jalal-Abad").set_index(["reference", "statistic"])
    expected = joint.loc[("units and years", "median_standardised")]
    assert actual["median_standardised"] == pytest.approx(expected["observed"])
    size = medians["median_standardised"].abs()
    assert (size >= size[medians["actual"]].iloc[0] - 1e-9).mean() == pytest.approx(expected["p_value"])
    curve = specification_curve(cube, "Jalal-Abad")
    assert actual["median_standardised"] == pytest.approx(curve["standardised"].median())


def test_an_unmistakable_rise_is_found_jointly(wheat):
    """+40 c/ha in 2024 and 2025: every cell is beaten. Some placebo cells touch 2024 too, hence not quite
    all."""
    raised = wheat.copy()
    raised.loc[2024:, "Osh"] += 40
    cube = estimate_specifications(raised, 2023, 2024, CHOICES)
    table = joint_inference(cube, "Osh").set_index(["reference", "statistic"])
    assert table.loc[("units and years", "median_standardised"), "p_value"] == pytest.approx(1 / 168)
    assert table.loc[("units and years", "share_significant_positive"), "observed"] > 0.99
    assert table.loc[("units", "median_level"), "p_value"] == pytest.approx(1 / 7)
    # seven oblasts can never reach 5 %: no specification counts as significant, and the table says why
    assert table.loc[("units", "share_significant"), ["observed", "p_value"]].tolist() == [0, 1]
    assert not table.loc[("units", "share_significant"), "significance_attainable"]


def test_curve_of_the_paper(cube):
    """Most specifications are positive, next to none is unusual, and the curve as a whole is ordinary."""
    curve = specification_curve(cube, "Jalal-Abad")
    assert len(curve) == 1056
    assert curve["standardised"].is_monotonic_increasing
    assert (curve["estimate"] > 0).mean() == pytest.approx(0.8277, abs=5e-5)
    assert (curve["p_units_and_years"] <= 0.05).sum() == 4
    joint = joint_inference(cube, "Jalal-Abad")
    assert (joint["p_value"] > 0.25).all()
    assert joint.groupby("reference")["cells"].first().to_dict() == {
        "units": 7,
        "units and years": 168,
        "years": 24,
    }


def test_summary_of_choices_adds_up(cube):
    curve = specification_curve(cube, "Jalal-Abad")
    summary = summarise_choices(curve)
    assert (summary["specifications"].groupby(level="choice").sum() == 1056).all()
    only_chui = curve[curve["comparison"] == "only Chui"]
    row = summary.loc[("comparison", "only Chui")]
    assert row["share_positive"] == pytest.approx((only_chui["estimate"] > 0).mean())
    assert row["median_equivalent"] == pytest.approx(only_chui["equivalent"].median())
    assert row["median_standardised"] == pytest.approx(only_chui["standardised"].median())
    level = curve["p_units_and_years"].median()
    at_level = summarise_choices(curve, alpha=level).loc[("comparison", "only Chui")]
    assert at_level["share_significant"] == pytest.approx((only_chui["p_units_and_years"] <= level).mean())
    assert 0 < at_level["share_significant"] < 1


def test_log_estimates_in_the_unit_of_the_panel(cube, wheat):
    """exp(estimate) - 1 of the base yield: 23.7 for base 2023, the geometric mean for several years."""
    curve = specification_curve(cube, "Jalal-Abad")
    one = curve.query("outcome == 'log' and base == '2023'").iloc[0]
    assert one["equivalent"] == pytest.approx((np.exp(one["estimate"]) - 1) * 23.7)
    several = curve.query("outcome == 'log' and base == 'mean 2020-2022'").iloc[0]
    geometric = (24.1 * 22.1 * 25.7) ** (1 / 3)
    assert several["equivalent"] == pytest.approx((np.exp(several["estimate"]) - 1) * geometric)


# --- refusals ------------------------------------------------------------------------------------------


def test_refusals(wheat, cube):
    with pytest.raises(AnalysisError, match="needs at least 4"):
        estimate_specifications(wheat[["Osh", "Batken", "Chui"]], 2023, 2024, CHOICES)
    with pytest.raises(ParameterError, match="outside the panel"):
        estimate_specifications(wheat, 2024, 2026, CHOICES)
    with pytest.raises(ParameterError, match="must come after"):
        declare_specifications(wheat, "Osh", 2024, 2023, CHOICES)
    with pytest.raises(AnalysisError, match=r"need 10 years up to 1999; the panel starts in 1991.*is 2000"):
        estimate_specifications(wheat, 1999, 2000, CHOICES)
    with pytest.raises(ParameterError, match="the panel has no 'Bishkek'"):
        specification_curve(cube, "Bishkek")
    with pytest.raises(ParameterError, match="alpha must lie"):
        joint_inference(cube, "Osh", alpha=5)
    with pytest.raises(AnalysisError, match="logarithm"):
        estimate_specifications(wheat.replace(10.5, 0.0), 2023, 2024, CHOICES)
    with pytest.raises(DataError, match="consecutive"):
        estimate_specifications(wheat.drop(index=2010), 2023, 2024, CHOICES)


def test_constant_and_twin_units_are_refused_by_name(wheat):
    with pytest.raises(AnalysisError, match="Naryn changes by the same amount every year"):
        estimate_specifications(wheat.assign(Naryn=20.0), 2023, 2024, CHOICES)
    with pytest.raises(AnalysisError, match="Batken and Osh have the same path"):
        estimate_specifications(wheat.assign(Osh=wheat["Batken"]), 2023, 2024, CHOICES)


def test_forty_units_and_twelve_years():
    values = np.random.default_rng(7).normal(20, 2, (12, 40))
    panel = pd.DataFrame(values, index=range(2001, 2013), columns=[f"U{number:02}" for number in range(40)])
    choices = Choices({"year before": (0,), "two years": (-1, 0)}, {"year after": (0,)}, 8)
    cube = estimate_specifications(panel, 2010, 2011, choices)
    curve = specification_curve(cube, "U03")
    # all, without each of 39, in three weightings, and each alone: x 2 outcomes x 2 bases x 2 trends
    assert len(curve) == 8 * (40 * 3 + 39) and list(cube.shifts) == [-2, -1, 0, 1]
    assert curve_medians(cube, "U03").columns[0] == "unit" and len(curve_medians(cube, "U03")) == 160
    plain = curve.query(
        "outcome == 'level' and comparison == 'all others' and weighting == 'equal' and trend == 'none'"
    )
    change = panel.loc[2011] - panel.loc[2010]
    expected = change["U03"] - change.drop("U03").mean()
    assert plain.query("base == '2010' and trend == 'none'")["estimate"].item() == pytest.approx(expected)
    assert joint_inference(cube, "U03")["cells"].max() == 160
