"""Slopes on the others in years of their falls and of their rises: by hand, against formulas, and refusals."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats

from pipeline.errors import AnalysisError, ParameterError
from pipeline.methods.steadiness import movements, slope_break, steadiness


@pytest.fixture(scope="module")
def panel() -> pd.DataFrame:
    """Unit "a" answers a fall of the others by 0.4 of it and a rise by 0.9, from 2010 on; noise hardly any."""
    generator = np.random.default_rng(5)
    common = generator.normal(0, 4, 30)
    others = pd.DataFrame({f"o{k}": common + generator.normal(0, 1, 30) for k in range(4)})
    mean = others.mean(axis=1)
    own = 0.4 * mean.clip(upper=0) + 0.9 * mean.clip(lower=0) + generator.normal(0, 0.05, 30)
    changes = others.assign(a=own)
    levels = 30 + pd.concat([pd.DataFrame(0.0, index=[-1], columns=changes.columns), changes]).cumsum()
    return levels.set_axis(range(1990, 2021))


def test_slopes_that_were_put_in_come_back(panel):
    found = steadiness(panel, "a")
    assert found.slope_fell == pytest.approx(0.4, abs=0.02) and found.slope_rose == pytest.approx(0.9, abs=0.02)
    assert found.fell_low < 0.4 < found.fell_high and found.p_same < 1e-6
    assert found.fell + found.rose == 30
    assert 0.4 < found.slope < 0.9


def test_slopes_agree_with_a_formula(panel):
    moves = movements(panel, "o1")
    frame = moves.assign(down=moves["others"].clip(upper=0), up=moves["others"].clip(lower=0))
    fit = smf.ols("own ~ down + up", frame).fit()
    found = steadiness(panel, "o1", level=0.9)
    assert (found.slope_fell, found.slope_rose) == pytest.approx((fit.params["down"], fit.params["up"]))
    assert (found.fell_low, found.fell_high) == pytest.approx(tuple(fit.conf_int(0.1).loc["down"]))
    assert found.p_same == pytest.approx(float(fit.t_test("down = up").pvalue))


def test_the_one_line_and_the_rising_part_agree_with_formulas_too(panel):
    moves = movements(panel, "o1")
    frame = moves.assign(down=moves["others"].clip(upper=0), up=moves["others"].clip(lower=0))
    one, kinked = smf.ols("own ~ others", frame).fit(), smf.ols("own ~ down + up", frame).fit()
    found = steadiness(panel, "o1", level=0.8)
    assert (found.slope, found.slope_low, found.slope_high) == pytest.approx(
        (one.params["others"], *one.conf_int(0.2).loc["others"])
    )
    assert (found.rose_low, found.rose_high) == pytest.approx(tuple(kinked.conf_int(0.2).loc["up"]))
    assert found.level == 0.8 and found.slope_low < found.slope < found.slope_high


def test_years_of_falls_and_of_rises_are_counted_by_hand():
    """The others fall in four years, stand still in one, which counts with them, and rise in six."""
    changes = [-1.0, -2, 0, -1, 3, 2, 1, -3, 1, 2, 1]
    levels = 50 + np.concatenate([[0], np.cumsum(changes)])
    own = 20 + np.concatenate([[0], np.cumsum([0.5, -1, 0.1, -0.7, 2, 1, 0.4, -1, 0.2, 1, 0.9])])
    panel = pd.DataFrame({"a": own, "b": levels, "c": levels + 1}, index=range(2000, 2012))
    found = steadiness(panel, "a")
    assert (found.fell, found.rose) == (5, 6)


def test_the_slopes_of_a_break_have_the_intervals_of_its_formula(panel):
    moves = movements(panel, "o2")
    fit = smf.ols("own ~ others * late", moves.assign(late=(moves.index >= 2005) * 1.0)).fit()
    found = slope_break(panel, "o2", 2005, level=0.9)
    assert (found.before_low, found.before_high) == pytest.approx(tuple(fit.conf_int(0.1).loc["others"]))
    later = fit.t_test("others + others:late = 0").conf_int(0.1)[0]
    assert (found.from_low, found.from_high) == pytest.approx(tuple(later))
    assert found.year == 2005


def test_a_break_is_that_of_two_lines_of_their_own(panel):
    moves = movements(panel, "o2")
    early, late = moves.loc[:2004], moves.loc[2005:]
    found = slope_break(panel, "o2", 2005)
    assert found.slope_before == pytest.approx(stats.linregress(early["others"], early["own"]).slope)
    assert found.slope_from == pytest.approx(stats.linregress(late["others"], late["own"]).slope)
    assert found.difference == pytest.approx(found.slope_from - found.slope_before)
    fit = smf.ols("own ~ others * late", moves.assign(late=(moves.index >= 2005) * 1.0)).fit()
    assert found.p_value == pytest.approx(fit.pvalues["others:late"])
    multiple = stats.t.ppf(0.975, 26) + stats.t.ppf(0.8, 26)
    assert found.detectable == pytest.approx(multiple * fit.bse["others:late"])


def test_movements_by_hand():
    panel = pd.DataFrame({"a": [1.0, 3, 2], "b": [5.0, 4, 6], "c": [2.0, 2, 5]}, index=[2000, 2001, 2002])
    moves = movements(panel, "a")
    assert moves["own"].tolist() == [2, -1] and moves["others"].tolist() == [-0.5, 2.5]


def test_what_cannot_be_done_is_refused(panel):
    with pytest.raises(AnalysisError, match="needs at least 4 of both"):
        steadiness(panel.loc[:1995], "a")
    with pytest.raises(AnalysisError, match="2 changes before 1993"):
        slope_break(panel, "a", 1993)
    with pytest.raises(ParameterError):
        steadiness(panel, "nobody")
