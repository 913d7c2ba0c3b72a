"""Association: four units by hand, adjustments against other implementations, sampling above nine units."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from pipeline.methods.association import exposure_association, holm, step_down_max_t


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
