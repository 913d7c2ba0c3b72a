"""The study around `pipeline.methods.power`: its words, and what the report shows."""

import pandas as pd
import pytest

from pipeline.studies.power import analysis as pw
from tests.methods.dummies import real_wheat


@pytest.fixture(scope="module")
def wheat() -> pd.DataFrame:
    return real_wheat()


def test_table_of_the_panel(wheat):
    table = pw.mde_table(wheat).set_index(["oblast", "reference"])
    assert len(table) == 7 * 3 + 1
    assert set(table.index.get_level_values("reference")) == {"oblasts", "years", "oblasts and years"}
    assert table.loc[("all oblasts", "oblasts and years"), "mde"] == pytest.approx(8.483, abs=5e-4)
    # what was observed is far below what could have been seen
    assert abs(4.0 - 31.6 / 6) < table.loc[("Jalal-Abad", "years"), "mde"]


def test_averaging_years_lowers_the_mde_of_jalal_abad(wheat):
    table = pw.mde_by_years(wheat, (1, 5), (1, 3)).query("oblast == 'Jalal-Abad' and reference == 'years'")
    by_length = table.set_index(["base_years", "end_years"])["mde"]
    assert by_length[(5, 3)] < by_length[(5, 1)] < by_length[(1, 1)]
    assert len(by_length) == 4


def test_projections_speak_of_oblasts_and_raions():
    """sigma^2 = 6, two treated of eight: 6 x 2 x (1/2 + 1/6) = 8. Raions: 56/9 x 2 x (1/4 + 1/4) = 56/9."""
    two = pw.projected_mde_oblasts(6.0, oblasts=(8,), treated_oblasts=(2,))
    assert two[["oblasts", "treated_oblasts", "standard_error"]].iloc[0].tolist() == pytest.approx([8, 2, 8**0.5])
    raions = pw.projected_mde_raions(7.0, raions=(8,), intraclass_correlations=(0.5,), raions_per_oblast=8)
    sizes = raions[["raions", "treated_raions", "standard_error"]].iloc[0]
    assert sizes.tolist() == pytest.approx([8, 4, (56 / 9) ** 0.5])
