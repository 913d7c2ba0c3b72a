"""The study around `pipeline.methods.power`: its words, and what the report shows."""

import numpy as np
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
    assert raions[["raions", "treated_raions", "standard_error"]].iloc[0].tolist() == pytest.approx(
        [8, 4, (56 / 9) ** 0.5]
    )


# --- what the report shows -----------------------------------------------------------------------------


def test_designs_come_from_the_panel_or_from_projections(wheat):
    """One year: the oblast's own size; three oblasts and raions: the projections with the panel's own components."""
    rises = pw.detectable_rises(wheat, 0.05, 0.8)
    by_years = pw.rises_by_years(wheat, "Osh", 0.05, 0.8)
    table = pw.designs(wheat, "Osh", rises, by_years, 0.05, 0.8).set_index("design")
    assert table.loc["one_year", "low"] == table.loc["one_year", "high"] == pw.summary(rises, wheat, "Osh", 2023)["mde"]
    components, raions = pw.variance_components(wheat), pw.raions_by_oblast()
    shock = {"autocorrelations": (components.autocorrelation,)}
    three = pw.projected_mde_oblasts(components.unit_year_variance, oblasts=(7,), treated_oblasts=(3,), **shock)
    assert table.loc["three_oblasts", "low"] == three["mde_t"].item()
    within = pw.projected_mde_raions(
        components.unit_year_variance,
        raions=(int(raions["Osh"]),),
        intraclass_correlations=(0.8, 0.3),
        raions_per_oblast=raions.mean(),
        **shock,
    )
    assert table.loc["own_raions", ["low", "high"]].tolist() == within["mde_t"].tolist()
    assert table["basis"].tolist() == ["panel"] * 2 + ["projected"] * 4


def test_the_logarithmic_size_is_a_percentage(wheat):
    rises = pw.detectable_rises(wheat, 0.05, 0.8).set_index(["oblast", "reference"])
    logs = pw.mde_table(wheat, outcome="log").set_index(["oblast", "reference"])
    at = ("Chui", "years")
    assert rises.loc[at, "percent"] == pytest.approx(100 * (np.exp(logs.loc[at, "mde"]) - 1))
    assert np.isinf(rises.loc[("Chui", "oblasts"), "percent"])  # no rise can be seen among seven oblasts
    assert np.isnan(pw.own_rises(rises.reset_index(), "Chui").set_index("reference").loc["oblasts", "mde"])


def test_the_sharpest_comparison_is_one_that_the_earlier_years_do_not_reject(wheat):
    table = pw.by_comparison(wheat, "Jalal-Abad", 2023, 2024, 0.05, 0.8).set_index("comparison")
    assert table["mde"].round(2).to_dict() == {
        "all others": 7.15,
        "without one": 5.38,
        "without two": 4.65,
        "region": 4.6,
        "own response": 5.7,
    }
    assert table["held"].to_dict() == {
        "all others": False,
        "without one": False,
        "without two": True,
        "region": True,
        "own response": True,
    }
    assert table["areas"].tolist() == ["", "Chui", "Chui, Issyk-Kul", "Batken, Osh", ""]
    summary = pw.comparison_summary(table.reset_index(), 23.7)
    assert summary["mde_sharpest"] == table.loc["region", "mde"] and summary["sharpest_compared_with"] == "Batken, Osh"
    assert summary["level_attained"] == pytest.approx(100 / 34)
    early, why = pw.excluded(wheat, "Osh", 1992, 1993)
    assert set(early.values()) == {None} and "needs at least 5" in why
