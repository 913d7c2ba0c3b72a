"""Association: four units by hand, adjustments against other implementations, sampling above nine units."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from pipeline.errors import AnalysisError
from pipeline.methods.association import (
    association_by_year,
    exposure_association,
    holm,
    leave_one_out_association,
    step_down_max_t,
)

UNITS = list("ABCDE")
EXPOSURE = pd.DataFrame({"fields": [1.0, 2, 3, 4, 10], "presses": [2.0, 1, 4, 3, 5]}, index=UNITS)
CHANGE = pd.Series([4.0, 3, 2, 1, 10], index=UNITS)
"""Four units that fall with the fields, and one that turns the whole association round."""


def test_four_units_by_hand():
    """r = 1 is matched by two of 24 orderings; rho = 0.8 or more, either sign, by 2 x (1 + 3)."""
    change = pd.Series([1.0, 2, 3, 4], index=list("ABCD"))
    exposure = pd.DataFrame({"same": [10, 20, 30, 40], "swapped": [1, 3, 2, 4]}, index=list("ABCD"))
    result = exposure_association(exposure, change)
    table = result.table
    assert result.orderings == 24
    assert table.loc["same", "slope"] == pytest.approx(0.1)
    assert table["pearson"].tolist() == pytest.approx([1.0, 0.8])
    assert table["p_pearson"].tolist() == pytest.approx([2 / 24, 8 / 24])
    assert table["p_spearman"].tolist() == pytest.approx([2 / 24, 8 / 24])
    assert table["p_holm_pearson"].tolist() == pytest.approx([4 / 24, 8 / 24])
    # some indicator reaches |r| = 1 in four orderings: the two of "same" and the two of "swapped"
    assert table["p_max_t_pearson"].tolist() == pytest.approx([4 / 24, 8 / 24])


def test_holm_keeps_the_order_given():
    p_values = np.array([0.03, 0.01, 0.01, 0.8, 0.04])
    np.testing.assert_allclose(holm(p_values), multipletests(p_values, method="holm")[1])


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
    np.testing.assert_allclose(step_down_max_t(permuted), [expected[i] for i in range(4)])


def test_forty_units_are_sampled_and_agree_with_the_t_test():
    rng = np.random.default_rng(4)
    exposure = pd.DataFrame({"a": rng.normal(size=40), "b": rng.normal(size=40)})
    change = 0.3 * exposure["a"] + pd.Series(rng.normal(size=40))
    found = exposure_association(exposure, change, draws=9999, seed=1)
    assert (found.orderings, found.enumerated, found.smallest_p) == (10_000, False, 1e-4)
    for name in exposure:
        assert found.table.loc[name, "p_pearson"] == pytest.approx(
            stats.pearsonr(exposure[name], change).pvalue, abs=0.02
        )
    pd.testing.assert_frame_equal(found.table, exposure_association(exposure, change, draws=9999, seed=1).table)


@pytest.mark.slow
def test_one_unit_can_be_the_whole_association():
    assert exposure_association(EXPOSURE, CHANGE).table.loc["fields", "slope"] == pytest.approx(40 / 50)
    table = leave_one_out_association(EXPOSURE, CHANGE)
    assert table.index.tolist() == [(unit, indicator) for unit in UNITS for indicator in EXPOSURE]
    assert table.index.names == ["omitted", "indicator"]
    without = table.loc[("E", "fields")]
    assert without[["slope", "pearson", "spearman", "p_pearson"]].tolist() == pytest.approx([-1, -1, -1, 2 / 24])
    assert table.loc[("A", "fields"), "pearson"] > 0
    with pytest.raises(AnalysisError, match="at least 5 units; 4 were given"):
        leave_one_out_association(EXPOSURE.iloc[1:], CHANGE.iloc[1:])
    with pytest.raises(AnalysisError, match="missing from exposure: \\['A'\\]"):
        leave_one_out_association(EXPOSURE.drop(index="A"), CHANGE)


def test_every_year_has_its_correlation_with_the_exposure_of_today():
    """Units stand in another order in the exposure: they are put together by name."""
    steps = [[0.0, 0, 0, 0], [0, 1, 2, 3], [3, 2, 1, 0], [1, -1, -1, 1]]
    panel = pd.DataFrame(steps, index=[2000, 2001, 2002, 2003], columns=list("ABCD")).cumsum()
    exposure = pd.DataFrame({"fields": [5.0, 4, 3, 2], "presses": [1.0, 2, 2, 1]}, index=list("DCBA"))
    table = association_by_year(exposure, panel)
    assert (table.index.tolist(), table.columns.tolist()) == ([2001, 2002, 2003], ["fields", "presses"])
    assert table["fields"].tolist() == pytest.approx([1, -1, 0])
    assert table["presses"].tolist() == pytest.approx([0, 0, -1])
    panel.loc[2003] = panel.loc[2002] + 2
    with pytest.raises(AnalysisError, match="the same in every unit in \\[2003\\]"):
        association_by_year(exposure, panel)
    with pytest.raises(AnalysisError, match="missing from exposure: \\['D'\\]"):
        association_by_year(exposure.drop(index="D"), panel.drop(index=2003))


@pytest.mark.parametrize(
    ("exposure", "change", "said"),
    [
        (EXPOSURE[[]], CHANGE, "no indicator"),
        (EXPOSURE.iloc[[0, 1, 2, 3, 4, 4]], CHANGE, "repeats a unit"),
        (EXPOSURE[["fields", "fields"]], CHANGE, "repeats a unit or an indicator"),
        (EXPOSURE.drop(index="B"), CHANGE, "missing from exposure: \\['B'\\], without a change: none"),
        (EXPOSURE, CHANGE.drop("D"), "missing from exposure: none, without a change: \\['D'\\]"),
        (EXPOSURE.iloc[:3], CHANGE.iloc[:3], r"3 units give 6 orderings.*0\.167: at least 4 units"),
        (EXPOSURE.replace(3.0, np.nan), CHANGE, "'fields' has no value for C: drop"),
        (EXPOSURE.assign(presses=1.0), CHANGE, "'presses' is the same in every unit"),
        (EXPOSURE, CHANGE.replace(2.0, np.inf), "No change is given for C"),
        (EXPOSURE, CHANGE * 0, "The change is the same in every unit"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_associated_is_refused(exposure, change, said):
    with pytest.raises(AnalysisError, match=said):
        exposure_association(exposure, change)
