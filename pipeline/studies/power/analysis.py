"""What could this design have seen? Minimum detectable effects of a comparison of one oblast with others.

The effects are those of `pipeline.methods.power`, on wheat's oblasts: a unit is an oblast, a subunit a raion, and the
tables of this study say so. Input: `yields`, years x oblasts, c/ha.
"""

import pandas as pd

from pipeline.methods import power as methods
from pipeline.methods.power import (
    detection_thresholds as detection_thresholds,
)
from pipeline.methods.power import (
    mde_by_comparisons as mde_by_comparisons,
)
from pipeline.methods.power import (
    placebo_statistics as placebo_statistics,
)
from pipeline.methods.power import (
    power_curve as power_curve,
)
from pipeline.methods.power import (
    variance_components as variance_components,
)

OBLAST_WORDS = {
    "units": "oblasts",
    "treated_units": "treated_oblasts",
    "subunits": "raions",
    "treated_subunits": "treated_raions",
    "units and years": "oblasts and years",
    "all units": "all oblasts",
}
"""Columns and codes of `pipeline.methods.power` as this study calls them."""


def _in_words(table: pd.DataFrame) -> pd.DataFrame:
    codes = [name for name in ("oblast", "reference") if name in table]
    return table.rename(columns=OBLAST_WORDS).replace({name: OBLAST_WORDS for name in codes})


def mde_table(yields: pd.DataFrame, **options) -> pd.DataFrame:
    """`methods.mde_table` in the words of this study."""
    return _in_words(methods.mde_table(yields, **options))


def mde_by_years(
    yields: pd.DataFrame, base_lengths: tuple[int, ...], end_lengths: tuple[int, ...], **options
) -> pd.DataFrame:
    """`methods.mde_by_years` in the words of this study."""
    return _in_words(methods.mde_by_years(yields, base_lengths, end_lengths, **options))


def projected_mde_oblasts(
    unit_year_variance: float, *, oblasts: tuple[int, ...], treated_oblasts: tuple[int, ...] = (1,), **options
) -> pd.DataFrame:
    """`methods.projected_mde_units` for whole oblasts."""
    return _in_words(
        methods.projected_mde_units(unit_year_variance, units=oblasts, treated_units=treated_oblasts, **options)
    )


def projected_mde_raions(
    unit_year_variance: float, *, raions: tuple[int, ...], raions_per_oblast: float, **options
) -> pd.DataFrame:
    """`methods.projected_mde_subunits` for raions of the same oblast."""
    return _in_words(
        methods.projected_mde_subunits(
            unit_year_variance, subunits=raions, subunits_per_unit=raions_per_oblast, **options
        )
    )
