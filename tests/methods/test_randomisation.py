"""Randomisation inference: ties, one side and two, the cells of the wheat panel counted one by one."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.errors import AnalysisError, ParameterError
from pipeline.methods.randomisation import MAXIMUM_ORDERINGS, exact_p_value, orderings, randomisation_test

WHEAT = Path(__file__).parents[2] / "data/raw/nsc_wheat_yield/wheat_yield_by_oblast.csv"


@pytest.fixture(scope="module")
def wheat() -> pd.DataFrame:
    return pd.read_csv(WHEAT).pivot(index="year", columns="oblast", values="yield_c_per_ha")


class TestExactPValue:
    def test_hand_worked(self):
        cells = np.array([2.0, -3.0, 1.0, 0.0])
        assert exact_p_value(2.0, cells) == 2 / 4
        assert exact_p_value(2.0, cells, "greater") == 1 / 4
        assert exact_p_value(2.0, cells, "less") == 1.0
        assert exact_p_value(-3.0, cells, "less") == 1 / 4

    def test_equal_printed_differences_are_ties(self):
        """25.7 - 21.8, 20.8 - 16.9 and 13.1 - 17.0 differ in the last bits; without a tolerance one would not
        count."""
        cells = np.array([25.7 - 21.8, 20.8 - 16.9, 13.1 - 17.0, 0.1])
        assert len(set(np.abs(cells[:3]))) == 3
        for cell in cells[:3]:
            assert exact_p_value(cell, cells) == 3 / 4

    def test_vectorised_over_rows(self):
        cells = np.array([[1.0, 2.0, 3.0], [3.0, 2.0, -4.0]])
        np.testing.assert_allclose(exact_p_value(cells[:, 0], cells), [1.0, 2 / 3])

    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            ((1.0, np.array([2.0, 3.0])), AnalysisError, "one of the placebo cells"),
            ((1.0, np.array([])), AnalysisError, "no placebo cells"),
            ((1.0, np.array([1.0, np.nan])), AnalysisError, "finite"),
            ((1.0, np.array([1.0]), "both"), ParameterError, "two-sided, greater or less"),
        ],
    )
    def test_refusals(self, arguments, error, message):
        with pytest.raises(error, match=message):
            exact_p_value(*arguments)


class TestRandomisationTest:
    def test_hand_worked(self):
        # yearly changes A 1, 4; B 0, 1; C 2, 1 -> cells 2000/01: 0, -1.5, 1.5; 2001/02: 3, -1.5, -1.5
        yields = pd.DataFrame({"A": [10.0, 11, 15], "B": [10.0, 10, 11], "C": [10.0, 12, 13]}, index=[2000, 2001, 2002])
        space = randomisation_test(yields, "A", 2001, 2002, "units")
        assert (space.observed, space.cells, space.rank) == (3.0, 3, 1)
        assert (space.p_two_sided, space.p_greater, space.p_less) == pytest.approx((1 / 3, 1 / 3, 1.0))
        assert randomisation_test(yields, "A", 2001, 2002, "years").p_two_sided == 1 / 2
        both = randomisation_test(yields, "B", 2000, 2001, "units and years")
        assert (both.cells, both.rank, both.p_two_sided) == (6, 5, 5 / 6)
        assert both.p_less == 3 / 6

    def test_rounding_can_move_the_p_value_only_where_cells_are_near(self):
        # cells of 2000/01: A 0.3, B 0, C -0.3: each known to 0.2, so all could tie or A could be alone
        yields = pd.DataFrame({"A": [10.0, 10.2], "B": [10.0, 10.0], "C": [10.0, 9.8]}, index=[2000, 2001])
        near = randomisation_test(yields, "A", 2000, 2001, "units")
        assert (near.p_two_sided, near.p_lowest, near.p_highest) == pytest.approx((2 / 3, 1 / 3, 1.0))
        far = randomisation_test(yields * 10, "A", 2000, 2001, "units")
        assert (far.p_lowest, far.p_highest) == pytest.approx((1 / 3, 2 / 3))

    @pytest.mark.parametrize("oblast", ["Jalal-Abad", "Chui"])
    @pytest.mark.parametrize(("before", "after"), [(2023, 2024), (2020, 2025)])
    def test_wheat_agrees_with_counting_cell_by_cell(self, wheat, oblast, before, after):
        with WHEAT.open(encoding="utf-8") as file:
            rows = {(r["oblast"], int(r["year"])): float(r["yield_c_per_ha"]) for r in csv.DictReader(file)}
        oblasts = sorted({name for name, _ in rows})
        gap = after - before

        def cell(name, year):
            change = {o: rows[o, year] - rows[o, year - gap] for o in oblasts}
            return change[name] - sum(change[o] for o in oblasts if o != name) / 6

        years = range(1991 + gap, 2026)
        cells = {
            "units": [cell(o, after) for o in oblasts],
            "years": [cell(oblast, year) for year in years],
            "units and years": [cell(o, year) for o in oblasts for year in years],
        }
        for over, values in cells.items():
            result = randomisation_test(wheat, oblast, before, after, over)
            assert result.observed == pytest.approx(cell(oblast, after))
            assert result.cells == len(values)
            extreme = sum(round(abs(v), 6) >= round(abs(result.observed), 6) for v in values)
            assert result.p_two_sided == pytest.approx(extreme / len(values)) and result.rank == extreme
            greater = sum(round(v, 6) >= round(result.observed, 6) for v in values)
            assert result.p_greater == pytest.approx(greater / len(values))
            assert result.p_lowest <= result.p_two_sided <= result.p_highest

    def test_wheat_anchor(self, wheat):
        """Six of seven oblasts moved at least as far from the others as Jalal-Abad; Chui farthest."""
        space = randomisation_test(wheat, "Jalal-Abad", 2023, 2024, "units")
        assert space.p_two_sided == pytest.approx(6 / 7) and space.smallest_p == 1 / 7
        assert randomisation_test(wheat, "Chui", 2023, 2024, "units").p_two_sided == pytest.approx(1 / 7)
        assert randomisation_test(wheat, "Jalal-Abad", 2023, 2024, "years").cells == 34
        assert randomisation_test(wheat, "Jalal-Abad", 2023, 2024, "units and years").cells == 238

    def test_constant_and_equal_series_give_p_one(self):
        yields = pd.DataFrame(20.0, index=range(2000, 2005), columns=["A", "B", "C"])
        result = randomisation_test(yields, "A", 2003, 2004, "units and years")
        assert (result.observed, result.p_two_sided, result.rank) == (0.0, 1.0, 12)

    @pytest.mark.parametrize(
        ("call", "error", "message"),
        [
            (lambda y: randomisation_test(y, "Osh", 2023, 2024, "regions"), ParameterError, "over must be"),
            (lambda y: randomisation_test(y, "Oş", 2023, 2024, "years"), ParameterError, "the panel has no"),
            (lambda y: randomisation_test(y, "Osh", 2023, 2030, "years"), ParameterError, "outside the panel"),
            (lambda y: randomisation_test(y[["Osh", "Chui"]], "Osh", 2023, 2024, "years"), AnalysisError, "at least 3"),
        ],
    )
    def test_refusals(self, wheat, call, error, message):
        with pytest.raises(error, match=message):
            call(wheat)

    def test_forty_units_and_twelve_years(self):
        values = np.random.default_rng(7).normal(20, 2, (12, 40))
        panel = pd.DataFrame(values, index=range(2001, 2013), columns=[f"U{number}" for number in range(40)])
        assert randomisation_test(panel, "U3", 2011, 2012, "units and years").cells == 11 * 40


class TestOrderings:
    def test_few_units_are_enumerated_with_the_identity_first(self):
        dealt = orderings(4)
        assert dealt.enumerated and len(set(map(tuple, dealt.positions))) == 24
        assert dealt.positions[0].tolist() == [0, 1, 2, 3]

    def test_many_units_are_sampled_with_a_seed(self):
        dealt, again, other = (orderings(12, 500, seed).positions for seed in (1, 1, 2))
        assert not orderings(12, 500).enumerated and dealt.shape == (501, 12) and MAXIMUM_ORDERINGS == 362_880
        assert (dealt == again).all() and (dealt != other).any()
        assert dealt[0].tolist() == list(range(12)) and (np.sort(dealt, axis=1) == np.arange(12)).all()

    def test_no_draw_is_refused(self):
        with pytest.raises(ParameterError, match="at least 1"):
            orderings(12, 0)
