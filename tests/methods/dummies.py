"""What tests of panel regressions share: panels, and the regression on a full set of dummies."""

from pathlib import Path

import numpy as np
import pandas as pd

RAW = Path(__file__).parents[2] / "data" / "raw"


def real_wheat() -> pd.DataFrame:
    """Wheat yields of the seven oblasts, c/ha."""
    table = pd.read_csv(RAW / "nsc_wheat_yield" / "wheat_yield_by_oblast.csv")
    return table.pivot_table(index="year", columns="oblast", values="yield_c_per_ha")


def real_loss() -> pd.DataFrame:
    """Water lost in conveyance by oblast, percent."""
    table = pd.read_csv(RAW / "nsc_sdg_water" / "water_by_oblast.csv")
    there = table["area"].isin(real_wheat().columns) & (table["indicator"] == "water_loss_in_conveyance_share")
    return table[there].pivot_table(index="year", columns="area", values="value")


def four_units() -> tuple[pd.DataFrame, pd.DataFrame]:
    """A panel of four units and six years that falls with its exposure, and the exposure."""
    rng = np.random.default_rng(5)
    years, names = range(2001, 2007), list("ABCD")
    x = pd.DataFrame(rng.normal(25, 5, (6, 4)), years, names)
    return pd.DataFrame(20 - 0.2 * x.to_numpy() + rng.normal(0, 2, (6, 4)), years, names), x


def long(yields: pd.DataFrame, exposure: pd.DataFrame) -> pd.DataFrame:
    y, x = yields.loc[exposure.index], exposure[yields.columns]
    return pd.DataFrame(
        {
            "y": y.to_numpy().ravel(),
            "x": x.to_numpy().ravel(),
            "oblast": np.tile(yields.columns, len(y)),
            "year": np.repeat(y.index, yields.shape[1]),
        }
    )


def dummy_regression(y: np.ndarray, x: np.ndarray) -> tuple[float, np.ndarray]:
    """Slope and cluster scores of a (years x units) panel by least squares on a full set of dummies."""
    years, units = y.shape
    design = np.hstack([x.reshape(-1, 1), np.tile(np.eye(units), (years, 1)), np.repeat(np.eye(years), units, axis=0)])
    beta, *_ = np.linalg.lstsq(design, y.ravel(), rcond=None)
    residual = (y.ravel() - design @ beta).reshape(y.shape)
    partial = x.ravel() - design[:, 1:] @ np.linalg.lstsq(design[:, 1:], x.ravel(), rcond=None)[0]
    return float(beta[0]), (partial.reshape(x.shape) * residual).sum(axis=0)
