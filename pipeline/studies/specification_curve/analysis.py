"""Does the answer survive the analyst's choices? The curve of `pipeline.methods.specification_curve` for yields.

A unit is an oblast and the tables of this study say so; the choices are written here. Input: `yields`, years x oblasts,
c/ha; estimates are in c/ha (outcome "level") or log points (outcome "log").
"""

import numpy as np
import pandas as pd

from pipeline.data import vocabulary
from pipeline.methods import specification_curve as methods
from pipeline.methods.specification_curve import Choices, SpecificationCube

# Ten years, ending with the year before, for trend lines and comparison weights alike: a longer window would
# leave fewer placebo years than a p-value of 5 % needs.
WINDOW = 10

# Base periods as offsets from the year before, end periods as offsets from the year after. With the paper's
# pair (2023, 2024) the bases are 2023, 2022, 2016-2020 and 2020-2022, the ends 2024 and 2024-2025.
BASES: dict[str, tuple[int, ...]] = {
    "year before": (0,),
    "year before that": (-1,),
    "five years, 7 to 3 earlier": (-7, -6, -5, -4, -3),
    "three years, 3 to 1 earlier": (-3, -2, -1),
}
ENDS: dict[str, tuple[int, ...]] = {"year after": (0,), "two years": (0, 1)}

OBLAST_WORDS = {
    "equivalent": "equivalent_c_per_ha",
    "median_equivalent": "median_equivalent_c_per_ha",
    "p_units": "p_oblasts",
    "p_units_and_years": "p_oblasts_and_years",
}
"""Columns of `pipeline.methods.specification_curve` as this study calls them."""
REFERENCES = {"units": "oblasts", "units and years": "oblasts and years"}
"""Reference sets of the placebo tests as this study calls them."""


def _choices(regions: dict[str, tuple[str, ...]] | None) -> Choices:
    return Choices(BASES, ENDS, WINDOW, vocabulary.regions() if regions is None else regions, methods.RESPONSES)


def declare_specifications(
    yields: pd.DataFrame,
    oblast: str,
    year_before: int,
    year_after: int,
    *,
    regions: dict[str, tuple[str, ...]] | None = None,
) -> pd.DataFrame:
    """`methods.declare_specifications` with the choices of this study; `regions`: None for those of the vocabulary."""
    return methods.declare_specifications(yields, oblast, year_before, year_after, _choices(regions))


def estimate_specifications(
    yields: pd.DataFrame, year_before: int, year_after: int, *, regions: dict[str, tuple[str, ...]] | None = None
) -> SpecificationCube:
    """`methods.estimate_specifications` with the choices of this study."""
    return methods.estimate_specifications(yields, year_before, year_after, _choices(regions))


def specification_curve(cube: SpecificationCube, oblast: str) -> pd.DataFrame:
    """`methods.specification_curve` in the words of this study."""
    return methods.specification_curve(cube, oblast).rename(columns=OBLAST_WORDS)


def summarise_choices(curve: pd.DataFrame, *, alpha: float = 0.05) -> pd.DataFrame:
    """`methods.summarise_choices` in the words of this study."""
    plain = curve.rename(columns={name: method for method, name in OBLAST_WORDS.items()})
    return methods.summarise_choices(plain, alpha=alpha).rename(columns=OBLAST_WORDS)


def curve_medians(cube: SpecificationCube, oblast: str) -> pd.DataFrame:
    """`methods.curve_medians`; its units are the oblasts."""
    return methods.curve_medians(cube, oblast)


def joint_inference(cube: SpecificationCube, oblast: str, *, alpha: float = 0.05) -> pd.DataFrame:
    """`methods.joint_inference` in the words of this study."""
    return methods.joint_inference(cube, oblast, alpha=alpha).replace({"reference": REFERENCES})


def null_sign_shares(
    yields: pd.DataFrame, oblast: str, year_before: int, year_after: int, *, panels: int, seed: int
) -> np.ndarray:
    """`methods.null_sign_shares` with the choices of this study."""
    return methods.null_sign_shares(yields, oblast, year_before, year_after, _choices(None), panels=panels, seed=seed)
