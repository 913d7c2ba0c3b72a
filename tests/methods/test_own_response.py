"""The adjusted difference by hand, in plain numpy, against statsmodels, and where it must agree with the usual one."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from pipeline.errors import AnalysisError, ParameterError
from pipeline.methods.own_response import adjusted_cells, changes_before_pair, own_response, slope_stability

OTHERS = ["Batken", "Chui", "Issyk-Kul", "Naryn", "Osh", "Talas"]
T_975_30 = 2.042272456  # quantile of Student's t with 30 degrees of freedom


def frame(start=2000, **columns):
    return pd.DataFrame(columns, index=range(start, start + len(next(iter(columns.values()))))).astype(float)


def test_the_line_by_hand():
    """Changes of the others 1, -1, 2, -2, 0 and 3; own 1, 0, 1, -1, -1 and 5: slope 5/10, intercept 0, expected 1.5."""
    panel = frame(own=[10, 11, 11, 12, 11, 10, 15], other=[20, 21, 20, 22, 20, 20, 23])
    found = own_response(panel, "own", 2005, 2006)
    assert (found.years, found.change, found.change_comparison) == (5, 5, 3)
    assert [found.intercept, found.slope, found.expected] == pytest.approx([0, 0.5, 1.5])
    assert found.difference == pytest.approx(3.5)
    assert found.difference_in_differences == pytest.approx(2)
    assert found.expected_difference_in_differences == pytest.approx(-1.5)
    # residuals .5 .5 0 0 -1: variance 1.5 / 3 = 0.5; slope error sqrt(0.5 / 10); one year: 0.5 (1 + 1/5 + 9/10)
    assert found.slope_error == pytest.approx(np.sqrt(0.05))
    t = 3.182446305  # Student, 3 degrees of freedom
    assert found.high - found.low == pytest.approx(2 * t * np.sqrt(0.5 * 2.1))
    assert found.reliability is None and found.slope_corrected is None
    cell = adjusted_cells(panel, 2005, 2006).set_index(["unit", "year_after"]).loc[("own", 2006)]
    assert cell.tolist() == pytest.approx([3.5, 3.5 / np.sqrt(0.5 * 2.1)])


def test_jalal_abad_in_plain_numpy(wheat):
    d = np.diff(wheat["Jalal-Abad"].to_numpy()[:34])
    m = np.diff(wheat[OTHERS].to_numpy()[:34], axis=0).mean(axis=1)
    x, y, new, seen = m[:-1], d[:-1], m[-1], d[-1]
    b = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
    a = y.mean() - b * x.mean()
    s = np.sqrt(((y - a - b * x) ** 2).sum() / 30)
    spread = ((x - x.mean()) ** 2).sum()
    difference, half = seen - a - b * new, T_975_30 * s * np.sqrt(1 + 1 / 32 + (new - x.mean()) ** 2 / spread)
    found = own_response(wheat, "Jalal-Abad", 2023, 2024)
    assert [found.slope, found.slope_error] == pytest.approx([b, s / np.sqrt(spread)])
    assert [found.difference, found.low, found.high] == pytest.approx(
        [difference, difference - half, difference + half]
    )
    assert [round(v, 2) for v in (found.slope, found.slope_error)] == [0.53, 0.09]
    assert [round(v, 2) for v in (found.difference, found.low, found.high)] == [1.07, -2.55, 4.68]
    assert found.high == pytest.approx(4.6847, abs=5e-5)
    assert [round(found.expected_difference_in_differences, 2), found.years] == [-2.33, 32]


@pytest.mark.parametrize("unit, outcome", [("Chui", "level"), ("Osh", "log")])
def test_against_statsmodels(wheat, unit, outcome):
    weights = pd.Series(range(1, 8), index=wheat.columns)
    found = own_response(wheat, unit, 2020, 2021, weights=weights, outcome=outcome, level=0.9)
    d = (np.log(wheat) if outcome == "log" else wheat).loc[:2021].diff().dropna()
    share = weights.drop(unit) / weights.drop(unit).sum()
    x = sm.add_constant((d.drop(columns=unit) * share).sum(axis=1))
    fit = sm.OLS(d[unit].iloc[:-1], x.iloc[:-1]).fit()
    seen = fit.get_prediction(x.iloc[[-1]])
    low, high = d[unit].iloc[-1] - seen.conf_int(obs=True, alpha=0.1)[0][::-1]
    assert [found.low, found.high] == pytest.approx([low, high])
    assert [found.slope_low, found.slope_high] == pytest.approx(fit.conf_int(0.1).iloc[1].tolist())
    assert [found.expected_low, found.expected_high] == pytest.approx(seen.conf_int(alpha=0.1)[0].tolist())
    assert found.p_slope_is_one == pytest.approx(float(fit.t_test((np.array([[0, 1]]), 1)).pvalue))
    assert found.r_squared == pytest.approx(fit.rsquared)
    assert found.years == len(d) - 1


def test_longer_pairs_against_statsmodels(wheat):
    """Overlapping changes over three years that end by 2021; Newey-West errors with four lags."""
    d = wheat.diff(3).dropna().loc[:2021]
    x = sm.add_constant(d[OTHERS].mean(axis=1))
    fit = sm.OLS(d["Jalal-Abad"], x).fit(cov_type="HAC", cov_kwds={"maxlags": 4, "use_correction": True})
    found = own_response(wheat, "Jalal-Abad", 2021, 2024)
    assert found.years == len(d) == 28
    assert [found.slope, found.slope_error] == pytest.approx([fit.params.iloc[1], fit.bse.iloc[1]])
    t = 2.364624252  # Student, 28 // 3 - 2 = 7 degrees of freedom
    assert found.slope_high - found.slope_low == pytest.approx(2 * t * found.slope_error)


def test_a_unit_that_moves_one_for_one_has_slope_one_and_the_usual_difference():
    rng = np.random.default_rng(1)
    common = rng.normal(size=400).cumsum()
    noise = rng.normal(scale=0.05, size=(400, 4))
    panel = pd.DataFrame(common[:, None] + noise, index=range(1600, 2000), columns=list("abcd"))
    panel.loc[1999, "a"] += 3
    found = own_response(panel, "a", 1998, 1999)
    assert found.slope == pytest.approx(1, abs=0.02) and found.p_slope_is_one > 0.001
    assert found.difference == pytest.approx(found.difference_in_differences, abs=0.05)
    assert found.low > 2 and found.p_value < 0.001


def test_noise_of_the_comparison_draws_the_slope_to_zero_and_the_correction_undoes_it():
    """Common variance 1, noise variance 3 in each of three units: reliability 1 / (1 + 1) = 0.5."""
    rng = np.random.default_rng(2)
    changes = rng.normal(size=(4000, 1)) + rng.normal(scale=np.sqrt(3), size=(4000, 4))
    panel = pd.DataFrame(changes.cumsum(axis=0), index=range(4000), columns=list("abcd"))
    found = own_response(panel, "a", 3998, 3999)
    assert found.reliability == pytest.approx(0.5, abs=0.03)
    assert found.slope == pytest.approx(0.5, abs=0.08) and found.slope_corrected == pytest.approx(1, abs=0.15)


def test_no_change_reaches_into_the_pair_and_nothing_after_it_matters(wheat):
    changes = changes_before_pair(wheat, 2021, 2024)
    assert changes.index.tolist() == [*range(1994, 2022), 2024]
    assert changes.loc[2024, "Osh"] == pytest.approx(wheat.loc[2024, "Osh"] - wheat.loc[2021, "Osh"])
    later = wheat.copy()
    later.loc[2025] = 999.0
    one, two = (own_response(frame, "Osh", 2021, 2024) for frame in (wheat, later))
    assert one.difference == two.difference


def test_stability_of_the_slope(wheat):
    found = slope_stability(wheat, "Jalal-Abad", 2023, 2024, 2008)
    d = wheat.diff().loc[1992:2023]
    for years, slope in ((slice(1992, 2007), found.slope_before), (slice(2008, 2023), found.slope_from)):
        part = d.loc[years]
        assert slope == pytest.approx(np.polyfit(part[OTHERS].mean(axis=1), part["Jalal-Abad"], 1)[0])
    assert [round(found.slope_before, 2), round(found.slope_from, 2), round(found.p_value, 2)] == [0.69, 0.47, 0.30]
    with pytest.raises(AnalysisError, match="fewer than three before or from 1993"):
        slope_stability(wheat, "Osh", 2023, 2024, 1993)


def test_cells_are_the_adjusted_differences_left_out_one_at_a_time(wheat):
    cells = adjusted_cells(wheat, 2023, 2024)
    assert cells.shape == (7 * 33, 4)
    cell = cells.set_index(["oblast", "year_after"])
    for unit in ("Jalal-Abad", "Chui"):
        last = own_response(wheat, unit, 2023, 2024)
        assert cell.loc[(unit, 2024), "difference"] == pytest.approx(last.difference)
    d = wheat.diff().loc[1992:2024]
    rest = d.drop(2001)
    slope, intercept = np.polyfit(rest[OTHERS].mean(axis=1), rest["Jalal-Abad"], 1)
    left = d.loc[2001, "Jalal-Abad"] - intercept - slope * d.loc[2001, OTHERS].mean()
    assert cell.loc[("Jalal-Abad", 2001), "difference"] == pytest.approx(left)


def test_what_it_refuses(wheat):
    with pytest.raises(AnalysisError, match=r"1 earlier change\(s\) before 1992-1993"):
        own_response(wheat, "Osh", 1992, 1993)
    with pytest.raises(ParameterError, match="must name one or more other units than Osh"):
        own_response(wheat, "Osh", 2023, 2024, ["Osh", "Chui"])
    with pytest.raises(ParameterError, match="weights must be positive for each of"):
        own_response(wheat, "Osh", 2023, 2024, weights=pd.Series({"Chui": 1.0}))
    for weight in (0.0, -1.0, np.inf):
        with pytest.raises(ParameterError, match="weights must be positive for each of Chui, Naryn"):
            own_response(wheat, "Osh", 2023, 2024, ["Chui", "Naryn"], pd.Series({"Chui": 1.0, "Naryn": weight}))
    with pytest.raises(ParameterError, match="level"):
        own_response(wheat, "Osh", 2023, 2024, level=95)
    with pytest.raises(AnalysisError, match="Osh on its comparison before 2024"):
        own_response(wheat.assign(Flat=20.0), "Osh", 2023, 2024, ["Flat"])


def test_forty_units_and_twelve_years_are_enough():
    rng = np.random.default_rng(3)
    panel = pd.DataFrame(
        rng.normal(20, 2, size=(12, 40)), index=range(2010, 2022), columns=[f"u{i}" for i in range(40)]
    )
    assert own_response(panel, "u0", 2020, 2021).years == 10
    assert len(adjusted_cells(panel, 2020, 2021)) == 40 * 11
