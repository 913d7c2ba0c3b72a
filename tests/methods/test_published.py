"""The methods against results that others published; data and their sources in `published/`."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from pipeline.methods.difference_in_differences import did
from pipeline.methods.forecasting import fit_local_level
from pipeline.methods.synthetic_control import placebo_in_space, synthetic_control

DATA = Path(__file__).parent / "published"


def published(name: str) -> pd.DataFrame:
    return pd.read_csv(DATA / f"{name}.csv", index_col="year")


class TestProposition99:
    """California's tobacco programme; packs per head, mean of 1989-2000."""

    sales = published("proposition_99")

    def test_difference_in_differences(self):
        """-27.34911 in the R package `synthdid` (-27.3 in Arkhangelsky, Athey, Hirshberg, Imbens and Wager 2021,
        American Economic Review 111(12), table 1)."""
        periods = pd.DataFrame([self.sales.loc[:1988].mean(), self.sales.loc[1989:].mean()], index=[1988, 1989])
        assert did(periods, "California", 1988, 1989).estimate == pytest.approx(-27.34911, abs=1e-4)

    def test_synthetic_control(self):
        """-19.61966 there (-19.6 in print), with a small ridge penalty on the weights that the method here has not."""
        result = synthetic_control(self.sales, "California", 1988)
        assert result.post_gaps.mean() == pytest.approx(-19.61966, abs=0.15)

    def test_weights_are_the_only_ones(self):
        """Thirty-eight donors and nineteen years, and yet unique, shown without the check of the method itself.

        Karush, Kuhn and Tucker: the gradient is equal where a weight is positive and larger elsewhere by a wide margin,
        so every optimum has its weight on the same donors; these are affinely independent, so it has the same weights.
        """
        result = synthetic_control(self.sales, "California", 1988)
        before = self.sales.loc[:1988]
        donors = before.drop(columns="California").to_numpy()
        weights = result.weights.to_numpy()
        gradient = -2 * donors.T @ (before["California"].to_numpy() - donors @ weights)
        used = weights > 0
        lowest = gradient[used].mean()
        np.testing.assert_allclose(gradient[used], lowest, atol=1e-6)
        assert (gradient[~used] - lowest).min() > 10
        affine = np.vstack([donors[:, used], np.ones(used.sum())])
        assert np.linalg.matrix_rank(affine) == used.sum() == 6


class TestWestGermany:
    """The reunification of 1990; gross domestic product per head."""

    product = published("west_germany")

    def test_weights(self):
        """As scpi_pkg gives them on the outcome alone, 1960-1990 (Cattaneo, Feng and Titiunik 2021, Journal of the
        American Statistical Association 116(536)); printed at carlos-mendez.org/post/python_scpi."""
        weights = synthetic_control(self.product, "West Germany", 1990).weights
        expected = {
            "Austria": 0.291,
            "USA": 0.273,
            "Italy": 0.191,
            "Netherlands": 0.133,
            "Switzerland": 0.081,
            "France": 0.030,
        }
        assert weights[weights > 0].to_dict() == pytest.approx(expected, abs=5e-4)

    def test_placebo(self):
        """Abadie, Diamond and Hainmueller (2015): of 17 countries West Germany has the largest ratio, p = 1/17."""
        table = placebo_in_space(self.product, 1990)
        assert table["rmspe_ratio"].idxmax() == "West Germany"
        assert table.loc["West Germany", "p_value"] == pytest.approx(1 / 17)


class TestMinimumWage:
    """Card and Krueger (1994), table 3: full-time equivalent employment, all restaurants with data."""

    restaurants = pd.read_csv(DATA / "minimum_wage.csv").groupby("state")

    @pytest.mark.parametrize(
        ("state", "wave", "mean", "error"),
        [
            ("NJ", "fte_before", 20.44, 0.51),
            ("NJ", "fte_after", 21.03, 0.52),
            ("PA", "fte_before", 23.33, 1.35),
            ("PA", "fte_after", 21.17, 0.94),
        ],
    )
    def test_the_data_are_theirs(self, state, wave, mean, error):
        assert round(self.restaurants[wave].mean()[state], 2) == mean
        assert round(self.restaurants[wave].sem()[state], 2) == error

    def test_difference_in_differences(self):
        periods = self.restaurants.mean().T.set_axis([1991, 1992])
        assert did(periods, "NJ", 1991, 1992).estimate == pytest.approx(2.76, abs=0.01)


def test_nile_local_level():
    """Durbin and Koopman (2012), Time Series Analysis by State Space Methods, section 2.10: 15099, 1469.1, -632.5."""
    nile = sm.datasets.nile.load_pandas().data
    fit = fit_local_level(pd.Series(nile["volume"].to_numpy(), index=nile["year"].astype(int)))
    assert fit.irregular_variance == pytest.approx(15099, abs=1)
    assert fit.level_variance == pytest.approx(1469.1, abs=0.1)
    assert fit.log_likelihood == pytest.approx(-632.5, abs=0.05)
