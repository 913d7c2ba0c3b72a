"""Minimum detectable effects: by hand, against the placebo test run on altered panels, and analytic identities."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from statsmodels.stats.power import NormalIndPower

from pipeline.errors import AnalysisError, DataError, ParameterError
from pipeline.methods import power
from pipeline.methods.own_response import adjusted_cells
from tests.methods.dummies import real_wheat


@pytest.fixture(scope="module")
def wheat() -> pd.DataFrame:
    return real_wheat()


def slow_comparison(yields: pd.DataFrame) -> pd.DataFrame:
    """One base and one end year: change of each oblast less the mean change of the others, by pandas."""
    changes = yields.diff().dropna()
    return pd.DataFrame({name: changes[name] - changes.drop(columns=name).mean(axis=1) for name in changes})


# --- placebo statistics --------------------------------------------------------------------------------


def test_statistics_are_the_comparisons_of_all_years(wheat):
    placebo = power.placebo_statistics(wheat)
    table = placebo.cells.assign(value=placebo.statistics).pivot_table(index="year", columns="oblast", values="value")
    pd.testing.assert_frame_equal(table, slow_comparison(wheat), check_names=False)
    assert table.loc[2024, "Jalal-Abad"] == pytest.approx(4.0 - 31.6 / 6)
    assert table.shape == (34, 7)


def test_means_of_several_years_by_hand():
    """A: mean(14, 16) - mean(10, 11, 12) = 4; B: mean(21, 21) - 20 = 1; C: 0. A - (B + C)/2 = 3.5, A - C =
    4."""
    yields = pd.DataFrame(
        {"A": [10.0, 11, 12, 14, 16], "B": [20.0, 20, 20, 21, 21], "C": [5.0] * 5}, index=range(2001, 2006)
    )
    full = power.placebo_statistics(yields, base_years=3, end_years=2)
    assert full.cells["year"].tolist() == [2004, 2004, 2004]
    assert full.statistics.tolist() == pytest.approx([3.5, -1.0, -2.5])
    only = power.placebo_statistics(yields, base_years=3, end_years=2, comparison={"A": ("C",)})
    assert only.statistics.tolist() == pytest.approx([4.0])


def test_an_effect_lowers_the_others_of_the_same_year_by_its_share(wheat):
    """The spill must equal what happens when the yields themselves are altered from 2010 on."""
    placebo = power.placebo_statistics(wheat)
    altered = wheat.copy()
    altered.loc[2010:, "Osh"] += 3
    row = placebo.cells.query("oblast == 'Osh' and year == 2010").index.item()
    moved = power.placebo_statistics(altered).statistics - placebo.statistics
    np.testing.assert_allclose(moved, 3 * placebo.spill[row], atol=1e-9)


# --- exact MDE -----------------------------------------------------------------------------------------


def test_thresholds_by_hand():
    """Twenty cells, 5 %: only the single most extreme is rejected. The others stand at 0 but for one at 3.

    A cell at 0 must beat 3; the cell at 3 beats 0 with anything above -3. Sixteen of 20 is 80 %: MDE 3.
    """
    thresholds = power.detection_thresholds(np.array([0.0] * 19 + [3.0]))
    assert thresholds.tolist() == [3.0] * 19 + [-3.0]
    assert power.minimum_detectable_effect(thresholds, power=0.8) == 3.0
    assert power.minimum_detectable_effect(thresholds, power=0.05) == 0.0
    curve = power.power_curve(thresholds, [-1, 3, 3.001])
    assert curve["power"].tolist() == pytest.approx([0.05, 0.05, 1.0])


def test_forty_cells_allow_one_more_extreme():
    """floor(0.05 x 40) = 2: one other cell may be as extreme, so the second largest of the others counts."""
    d = np.array([0.0] * 37 + [5.0, -4.0, 1.0])
    thresholds = power.detection_thresholds(d)
    assert thresholds[0] == 4.0
    assert thresholds[37] == 1.0 - 5.0  # of the others, -4 may stay ahead, 1 may not
    assert thresholds[38] == pytest.approx(1.0 + 4.0)  # from -4 up, past 1 in absolute value on the right side


def test_threshold_is_where_the_placebo_test_on_the_altered_panel_turns(wheat):
    """Independent: alter the yields, recompute all 238 comparisons with pandas, count, compare with 5 %."""
    placebo = power.placebo_statistics(wheat)
    thresholds = power.detection_thresholds(placebo.statistics, spill=placebo.spill)
    rng = np.random.default_rng(4)
    for c in rng.choice(len(thresholds), 25, replace=False):
        oblast, year = placebo.cells.loc[c, ["oblast", "year"]]
        p_values = []
        for extra in (thresholds[c] - 1e-6, thresholds[c] + 1e-6):
            altered = wheat.copy()
            altered.loc[year:, oblast] += extra
            cells = slow_comparison(altered)
            p_values.append((cells.abs() >= abs(cells.loc[year, oblast]) - 1e-9).to_numpy().mean())
        assert p_values[0] > 0.05 >= p_values[1], (oblast, year)


def test_a_fall_mirrors_a_rise(wheat):
    d = power.placebo_statistics(wheat).statistics
    np.testing.assert_allclose(power.detection_thresholds(d, increase=False), power.detection_thresholds(-d))


def test_mde_needs_the_stated_power(wheat):
    """Just above the MDE at least 80 % of the cells are detected, just below fewer."""
    placebo = power.placebo_statistics(wheat, base_years=5, end_years=2)
    thresholds = power.detection_thresholds(placebo.statistics, spill=placebo.spill)
    mde = power.minimum_detectable_effect(thresholds)
    below, above = power.power_curve(thresholds, [mde - 1e-9, mde + 1e-9])["power"]
    assert below < 0.8 <= above


def test_single_comparison_can_hide_any_effect():
    """With one comparison oblast each, an effect of A shows in B with the other sign and the same size: |a| =
    1."""
    d = np.array([1.0, -1.0] + [0.0] * 18)
    spill = np.eye(20)
    spill[0, 1] = spill[1, 0] = -1.0
    thresholds = power.detection_thresholds(d, spill=spill)
    assert thresholds[0] == np.inf  # -(d_B - tau) = 1 + tau: always as extreme
    assert np.isfinite(thresholds[2:]).all()


def test_table_of_the_panel(wheat):
    table = power.mde_table(wheat).set_index(["oblast", "reference"])
    assert len(table) == 7 * 3 + 1
    seven = table.xs("units", level="reference")
    assert (seven["mde"] == np.inf).all() and (seven["smallest_p"] == 1 / 7).all()
    row = table.loc[("Jalal-Abad", "years")]
    own = slow_comparison(wheat)["Jalal-Abad"].abs()
    # 34 own cells: only the most extreme is rejected
    assert row["cells"] == 34 and row["mde"] == pytest.approx(7.15)
    assert row["standard_error"] == pytest.approx(np.sqrt((own**2).mean()))
    assert table.loc[("all units", "units and years"), "mde"] == pytest.approx(8.483, abs=5e-4)
    # what was observed is far below what could have been seen
    assert abs(4.0 - 31.6 / 6) < row["mde"]


def test_averaging_years_lowers_the_mde(wheat):
    table = power.mde_by_years(wheat, (1, 5), (1, 3)).query("oblast == 'Jalal-Abad' and reference == 'years'")
    by_length = table.set_index(["base_years", "end_years"])["mde"]
    assert by_length[(5, 3)] < by_length[(5, 1)] < by_length[(1, 1)]
    assert len(by_length) == 4


def test_subsets_of_comparisons(wheat):
    table = power.mde_by_comparisons(wheat[["Jalal-Abad", "Osh", "Batken", "Chui"]])
    assert table.query("oblast == 'Osh'")["subsets"].tolist() == [3, 3, 1]
    assert (table["mde_lowest"] <= table["mde_median"]).all() and (table["mde_median"] <= table["mde_highest"]).all()
    whole = power.mde_by_comparisons(wheat).query("oblast == 'Jalal-Abad' and comparisons == 6")
    assert whole["mde_median"].item() == pytest.approx(7.15)


def test_subsets_of_comparisons_over_several_years_in_logs(wheat):
    """Of all others there is one subset: its row is that of the placebo cells themselves."""
    three = wheat[["Jalal-Abad", "Osh", "Batken"]]
    design = {"base_years": 2, "end_years": 3, "outcome": "log"}
    table = power.mde_by_comparisons(three, **design, alpha=0.1).set_index(["oblast", "comparisons"])
    placebo = power.placebo_statistics(three, **design, comparison={"Osh": ("Jalal-Abad", "Batken")})
    assert table.loc[("Osh", 2), "standard_error"] == pytest.approx(power.root_mean_square(placebo.statistics))


def test_forty_units_and_twelve_years(monkeypatch):
    values = np.random.default_rng(7).normal(20, 2, (12, 40))
    panel = pd.DataFrame(values, index=range(2001, 2013), columns=[f"U{number:02}" for number in range(40)])
    table = power.mde_table(panel)
    assert list(table.columns[:2]) == ["unit", "reference"]
    assert table.query("unit == 'U03' and reference == 'units'")["cells"].item() == 40
    assert np.isfinite(table.query("reference == 'units and years'")["mde"]).all()
    few = panel.iloc[:, :9]
    monkeypatch.setattr(power, "MAXIMUM_SUBSETS", 30)
    subsets = [power.mde_by_comparisons(few, alpha=0.1, draws=20, seed=seed) for seed in (1, 1, 2)]
    pd.testing.assert_frame_equal(subsets[0], subsets[1])
    assert not subsets[0].equals(subsets[2])
    own = subsets[0].query("unit == 'U03'").set_index("comparisons")
    assert own["subsets"].tolist() == [8, 28, 20, 20, 20, 28, 8, 1]
    assert own["enumerated"].tolist() == [True, True, False, False, False, True, True, True]


# --- analytic ------------------------------------------------------------------------------------------


def test_multiplier():
    assert power.analytic_mde(1.0) == pytest.approx(2.8016, abs=5e-5)
    assert power.analytic_mde(1.0, degrees_of_freedom=5) == pytest.approx(2.5706 + 0.9195, abs=5e-4)
    # two groups of 25 with standard deviation 1: standard error sqrt(2/25)
    effect = NormalIndPower().solve_power(nobs1=25, alpha=0.05, power=0.8)
    assert power.analytic_mde(np.sqrt(2 / 25)) == pytest.approx(effect, rel=1e-5)


@pytest.mark.parametrize(
    ("base", "end", "phi", "expected"),
    [
        (1, 1, 0.0, 2.0),
        (5, 2, 0.0, 0.7),
        (1, 1, 0.5, 1.0),  # 2 (1 - phi)
        (1, 2, 0.5, 1.0),  # 1 + 1/4 + 1/4 - 2(1/2)(1/2) - 2(1/2)(1/4) + 2(1/4)(1/2)
    ],
)
def test_contrast_variance_by_hand(base, end, phi, expected):
    assert power.contrast_variance(base, end, phi) == pytest.approx(expected)


def test_contrast_variance_by_simulation():
    rng = np.random.default_rng(0)
    shocks = rng.normal(size=(40_000, 8))
    series = shocks.copy()
    for t in range(1, 8):
        series[:, t] = 0.4 * series[:, t - 1] + np.sqrt(1 - 0.16) * shocks[:, t]
    simulated = (series[:, 5:].mean(axis=1) - series[:, :5].mean(axis=1)).var()
    assert power.contrast_variance(5, 3, 0.4) == pytest.approx(simulated, rel=0.03)


def test_variance_components_agree_with_regression(wheat):
    data = wheat.stack().rename("y").reset_index()
    fit = smf.ols("y ~ C(oblast) + C(year)", data).fit()
    components = power.variance_components(wheat)
    assert components.unit_year_variance == pytest.approx(fit.mse_resid)
    changes = wheat.diff().dropna()
    assert components.change_variance == pytest.approx(
        changes.sub(changes.mean(axis=1), axis=0).pow(2).sum().sum() / 204
    )


def test_components_give_back_the_observed_placebo_spread(wheat):
    """For one base and one end year the formula must return the root mean square of the 238 placebo
    comparisons."""
    components = power.variance_components(wheat)
    table = power.projected_mde_units(
        components.unit_year_variance, units=(7,), autocorrelations=(components.autocorrelation,)
    )
    observed = np.sqrt((slow_comparison(wheat) ** 2).to_numpy().mean())
    assert table["standard_error"].item() == pytest.approx(observed)


def test_projection_over_units_by_hand():
    """sigma^2 = 6, N = 7, one treated: 6 x 2 x 7/6 = 14. Two treated of eight: 6 x 2 x (1/2 + 1/6) = 8."""
    table = power.projected_mde_units(6.0, units=(7,))
    assert table["standard_error"].item() == pytest.approx(np.sqrt(14))
    assert table["mde_normal"].item() == pytest.approx(2.8016 * np.sqrt(14), rel=1e-4)
    assert table["mde_t"].item() > table["mde_normal"].item()
    two = power.projected_mde_units(6.0, units=(8,), treated_units=(2,))
    assert two["standard_error"].item() == pytest.approx(np.sqrt(8))


def test_more_comparisons_never_beat_the_treated_unit_own_shock():
    table = power.projected_mde_units(6.0, units=(7, 20, 1000))
    assert table["mde_normal"].is_monotonic_decreasing
    assert table["standard_error"].min() > np.sqrt(12)


def test_subunit_variance_by_hand():
    """v = 7 from 8 subunits, rho = 0.5: sigma_e^2 = sigma_u^2 = 7 / (1 + 1/8) = 56/9."""
    assert power.subunit_year_variance(7.0, 0.5, 8) == pytest.approx(56 / 9)
    assert power.subunit_year_variance(7.0, 1.0, 8) == 0
    assert power.subunit_year_variance(7.0, 0.0, 8) == pytest.approx(56)


def test_projection_over_subunits_by_hand():
    """sigma_u^2 = 56/9, four treated against four: 56/9 x 2 x (1/4 + 1/4) = 56/9."""
    table = power.projected_mde_subunits(7.0, subunits=(8,), intraclass_correlations=(0.5,), subunits_per_unit=8)
    assert table["treated_subunits"].item() == 4
    assert table["standard_error"].item() == pytest.approx(np.sqrt(56 / 9))
    grid = power.projected_mde_subunits(
        7.0, subunits=(8, 16, 40), intraclass_correlations=(0.2, 0.8), subunits_per_unit=8, end_years=(1, 3)
    )
    assert len(grid) == 12
    # more subunits, more years and more shared shocks all lower the MDE
    for name, keys in (
        ("subunits", ["intraclass_correlation", "end_years"]),
        ("end_years", ["subunits", "intraclass_correlation"]),
        ("intraclass_correlation", ["subunits", "end_years"]),
    ):
        falls = grid.sort_values(name).groupby(keys)["mde_normal"].apply(lambda v: v.is_monotonic_decreasing)
        assert falls.all(), name


# --- refusals ------------------------------------------------------------------------------------------


def test_exact_refusals(wheat):
    with pytest.raises(AnalysisError, match=r"19 placebo cells.*1/19.*At least 20"):
        power.detection_thresholds(np.zeros(19))
    with pytest.raises(ParameterError, match="finite"):
        power.detection_thresholds(np.array([np.nan] * 30))
    with pytest.raises(ParameterError, match="must be 30 x 30"):
        power.detection_thresholds(np.zeros(30), spill=np.eye(3))
    with pytest.raises(ParameterError, match="must not exceed 1"):
        power.detection_thresholds(np.zeros(30), spill=np.full((30, 30), 2.0))
    with pytest.raises(ParameterError, match="alpha and power"):
        power.mde_table(wheat, power=80)
    with pytest.raises(ParameterError, match="No placebo cell"):
        power.minimum_detectable_effect(np.array([]))
    with pytest.raises(AnalysisError, match="needs at least 2"):
        power.placebo_statistics(wheat[["Osh"]])
    with pytest.raises(AnalysisError, match="5 years cannot hold 5 base and 2 end"):
        power.placebo_statistics(wheat.loc[2021:], base_years=5, end_years=2)
    with pytest.raises(ParameterError, match="at least one year each"):
        power.placebo_statistics(wheat, base_years=0)
    with pytest.raises(ParameterError, match="Comparison of 'Osh'"):
        power.placebo_statistics(wheat, comparison={"Osh": ("Osh", "Chui")})
    with pytest.raises(ParameterError, match="'Bishkek'"):
        power.placebo_statistics(wheat, comparison={"Osh": ("Bishkek",)})
    with pytest.raises(DataError, match="missing value"):
        power.mde_table(wheat.replace(23.7, np.nan))
    with pytest.raises(ParameterError, match="at least one base length"):
        power.mde_by_years(wheat, (), (1,))


def test_analytic_refusals(wheat):
    with pytest.raises(ParameterError, match="autocorrelation must lie"):
        power.contrast_variance(1, 1, 1.0)
    with pytest.raises(ParameterError, match="7 treated out of 7"):
        power.projected_mde_units(6.0, units=(7,), treated_units=(7,))
    with pytest.raises(ParameterError, match="grid of designs is empty"):
        power.projected_mde_units(6.0, units=())
    with pytest.raises(ParameterError, match="must be a positive number"):
        power.projected_mde_subunits(0.0, subunits=(8,), intraclass_correlations=(0.5,), subunits_per_unit=8)
    with pytest.raises(ParameterError, match=r"lie in \[0, 1\]"):
        power.subunit_year_variance(7.0, 1.2, 8)
    with pytest.raises(ParameterError, match="treated share"):
        power.projected_mde_subunits(
            7.0, subunits=(8,), intraclass_correlations=(0.5,), subunits_per_unit=8, treated_share=1
        )
    with pytest.raises(AnalysisError, match="no unit-year variance"):
        power.variance_components(wheat * 0 + 20)
    with pytest.raises(AnalysisError, match="2 years are too few"):
        power.variance_components(wheat.loc[2024:])
    with pytest.raises(ParameterError, match="degrees of freedom"):
        power.analytic_mde(1.0, degrees_of_freedom=0)
    for standard_error in (-0.1, float("nan"), float("inf")):
        with pytest.raises(ParameterError, match="must be a number, not negative"):
            power.analytic_mde(standard_error)
    for base, end in ((0, 1), (1, 0)):
        with pytest.raises(ParameterError, match=f"at least one year each; given: {base} and {end}"):
            power.contrast_variance(base, end, 0.5)
    for subunits, treated_share, treated in ((2, 0.5, 1), (5, 0.05, 0), (5, 0.95, 5)):
        with pytest.raises(ParameterError, match=f"{treated} treated out of {subunits} subunits"):
            power.projected_mde_subunits(
                7.0,
                subunits=(subunits,),
                intraclass_correlations=(0.5,),
                subunits_per_unit=8,
                treated_share=treated_share,
            )
    with pytest.raises(ParameterError, match="grid of designs is empty"):
        power.projected_mde_subunits(7.0, subunits=(), intraclass_correlations=(0.5,), subunits_per_unit=8)


def test_differences_by_the_own_response_and_how_an_effect_spreads():
    """The statistics are the residuals left out one at a time; adding to one year moves the others as said."""
    wheat = real_wheat()
    found = power.own_response_statistics(wheat, "Osh")
    cells = adjusted_cells(wheat, 2024, 2025)
    assert found.statistics == pytest.approx(cells.loc[cells["oblast"] == "Osh", "difference"].to_numpy())
    place = found.cells["year"].tolist().index(2010)
    raised = wheat.copy()
    raised.loc[2010:, "Osh"] += 3.0  # a change of 2010 higher by 3, and no other
    moved = power.own_response_statistics(raised, "Osh").statistics - found.statistics
    assert moved == pytest.approx(3.0 * found.spill[place]) and moved[place] == pytest.approx(3.0)
    assert (np.abs(found.spill) <= 1 + 1e-9).all()


@pytest.mark.parametrize(("cells", "level"), [(34, 1 / 34), (20, 0.05), (238, 11 / 238), (7, 0.0)])
def test_the_level_that_a_count_of_cells_allows(cells, level):
    assert power.attained_level(cells) == pytest.approx(level)


def test_power_curve_by_hand():
    curve = power.power_curve(np.array([1.0, 2.0, 3.0, 4.0]), [0, 2, 5])
    assert curve.to_dict("list") == {"effect": [0.0, 2.0, 5.0], "power": [0.0, 0.25, 1.0]}
    assert curve["effect"].dtype == float


def test_projections_keep_level_power_and_design():
    """SE^2 = 4 (1 + 1/2) (1/1 + 1/4); 2.8 standard errors become z(0.995) + z(0.9) of them."""
    design = {"units": (5,), "treated_units": (1,), "base_years": (2,), "end_years": (1,), "autocorrelations": (0.0,)}
    row = power.projected_mde_units(4.0, **design, alpha=0.01, power=0.9).iloc[0]
    assert row[["units", "treated_units", "base_years", "end_years", "autocorrelation"]].tolist() == [5, 1, 2, 1, 0]
    error = np.sqrt(4 * 1.5 * 1.25)
    assert row["standard_error"] == pytest.approx(error)
    assert row["mde_normal"] == pytest.approx((2.575829304 + 1.281551566) * error)
    assert row["mde_t"] == pytest.approx((5.840909310 + 1.637744354) * error)  # Student, 3 degrees of freedom


def test_effects_in_logs_are_those_of_the_panel_of_logs():
    wheat = real_wheat()
    of_logs = power.mde_table(np.log(wheat))
    pd.testing.assert_frame_equal(power.mde_table(wheat, outcome="log"), of_logs)
