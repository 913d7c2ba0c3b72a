"""Exposures: the right rows of the real tables, worked by hand, and refusals."""

import numpy as np
import pandas as pd
import pytest

from pipeline.data.panel import yields_by_oblast
from pipeline.errors import AnalysisError, DataError
from pipeline.studies.green_technology import exposures as ex


@pytest.fixture
def yields(panel) -> pd.DataFrame:
    return yields_by_oblast(panel, "wheat")


def test_indicators_by_oblast_are_the_printed_ones(exposures, yields):
    """Greenhouses sum to the printed total; the historic point for Osh (270, undated) is not taken."""
    table = ex.by_oblast(exposures, (*ex.NOT_IN_FIELDS, "machine_tractor_stations"), list(yields))
    assert table.index.tolist() == list(yields) and table.shape == (7, 5)
    assert table["greenhouses_number"].sum() == 1765 and table.loc["Osh", "greenhouses_number"] == 370
    assert table["machine_tractor_stations"].sum() == 169
    assert table.loc["Chui", "food_processing_enterprises_2024"] == 136


def test_indicators_refuse_gaps_and_double_figures(exposures, yields):
    with pytest.raises(AnalysisError, match="Naryn has no figure of winter wheat sown"):
        ex.by_oblast(exposures, ("winter wheat sown",), list(yields))
    osh = (exposures["indicator"] == "greenhouses_number") & (exposures["area"] == "Osh")
    exposures.loc[osh, "year"] = 2023
    with pytest.raises(DataError, match="Osh has several figures of greenhouses_number: adoption/line10, adoption"):
        ex.by_oblast(exposures, ex.NOT_IN_FIELDS, list(yields))


def test_conveyance_loss_by_year(exposures, yields):
    loss = ex.by_year(exposures, ex.CONVEYANCE_LOSS, list(yields))
    assert loss.shape == (14, 7) and loss.notna().all(axis=None) and loss.index.dtype == int
    assert loss.loc[2012, "Jalal-Abad"] == 63.0
    with pytest.raises(AnalysisError, match="no yearly figure of 'rain'"):
        ex.by_year(exposures, "rain", list(yields))


def test_areas_under_the_crop_are_two_named_choices(panel, exposures, yields):
    """Jalal-Abad: 16.1 kha sown; eight raions with 38 763.3 t over 22.1 c/ha. Naryn's sown area is not printed."""
    table = ex.crop_areas(panel, exposures, yields, "wheat")
    assert table.loc["Jalal-Abad", ex.SOWN] == pytest.approx(16_100)
    assert table.loc["Jalal-Abad", ex.DERIVED] == pytest.approx(10 * 38_763.3 / 22.1)
    assert np.isnan(table.loc["Naryn", ex.SOWN]) and table.loc["Naryn", ex.DERIVED] == pytest.approx(5_667, abs=1)
    assert table[ex.SOWN].sum() == pytest.approx(144_700)
    assert ex.harvested_area(panel, "wheat") == 240_500


def test_a_crop_without_area_is_refused(panel, exposures, yields):
    with pytest.raises(AnalysisError, match="stands for the area under rice"):
        ex.crop_areas(panel, exposures, yields, "rice")
    with pytest.raises(AnalysisError, match="No report prints an area of barleyy harvested"):
        ex.harvested_area(panel, "barleyy")


def test_the_area_of_another_crop_comes_from_the_yearly_tables(panel, exposures):
    """Rice in Osh: 3 300 t over 33 c/ha are 1 000 ha, whatever is printed as sown; Batken prints its area alone."""
    template = panel[(panel["source"] == "nsc_wheat_yield")].iloc[0]
    rows = [
        {"area": "Osh", "measure": "production", "value": 3_300.0, "unit": "t"},
        {"area": "Osh", "measure": "area_sown", "value": 1_050.0, "unit": "ha"},
        {"area": "Batken", "measure": "area_sown", "value": 500.0, "unit": "ha"},
    ]
    made = pd.DataFrame([{**template, "crop": "rice", "year": 2021, "source": "nsc_crops", **row} for row in rows])
    yields = pd.DataFrame({"Batken": [30.0], "Osh": [33.0]}, index=[2021])
    table = ex.crop_areas(pd.concat([panel, made]), exposures, yields, "rice")
    assert table[ex.DERIVED].to_dict() == {"Batken": 500.0, "Osh": 1_000.0}
    assert ex.harvested_area(made, "rice") == 1_550.0


def test_documented_areas_of_jalal_abad(exposures):
    table = ex.documented_areas(exposures, "Jalal-Abad")
    here = table[table["counted"] == "reported here"]
    assert here[["area", "area_ha"]].to_numpy().tolist() == [["Jalal-Abad", 70.0], ["Nooken raion", 105.0]]
    country = table[table["counted"] != "reported here"].set_index(["technology", "counted"])["area_ha"]
    assert (
        country[("drip irrigation, area", "all here")] == country[("drip irrigation, area", "spread evenly")] == 17_700
    )
    assert country[("drip irrigation installed 2024-2025", "all here")] == 641.5
    assert not table["technology"].str.contains("planned|installation|target").any()


def test_an_oblast_without_local_project_has_its_greenhouses_only(exposures):
    table = ex.documented_areas(exposures, "Naryn")
    assert table.loc[table["counted"] == "reported here", "area_ha"].tolist() == [5.0]
    with pytest.raises(AnalysisError, match="No source prints an area under a technology for Osh"):
        ex.documented_areas(exposures.iloc[:0], "Osh")


def test_ceiling_by_hand():
    """100 ha of 1 000 or 2 000 ha at 50 % of 20 c/ha: 5 to 10 % x 10 c/ha; all of 4 c/ha needs 200 to 400 %."""
    documented = pd.DataFrame(
        {
            "technology": ["a", "b", "c"],
            "counted": ["reported here", "spread evenly", "all here"],
            "area_ha": [100.0, 100.0, 1500.0],
        }
    )
    own = pd.Series({"x": 1000.0, "y": 2000.0, "z": np.nan})
    table = ex.documented_ceiling(documented, own, 10_000.0, 4.0, 20.0, 50.0).set_index("technology")
    a, b, c = (table.loc[name] for name in "abc")
    assert (a["share_low"], a["share_high"]) == pytest.approx((0.05, 0.10))
    assert (a["explained_low"], a["explained_high"]) == pytest.approx((0.5, 1.0))
    assert (a["share_of_change_low"], a["share_of_change_high"]) == pytest.approx((0.125, 0.25))
    assert (a["required_gain_low"], a["required_gain_high"]) == pytest.approx((200, 400))
    assert b["share_low"] == b["share_high"] == pytest.approx(0.01) and not b["covers_all"]
    assert c["share_high"] == 1 and c["share_low"] == pytest.approx(0.75) and c["covers_all"]


def test_ceiling_refusals():
    documented = pd.DataFrame({"technology": ["a"], "counted": ["all here"], "area_ha": [100.0]})
    with pytest.raises(AnalysisError, match="No estimate of the area under the crop"):
        ex.documented_ceiling(documented, pd.Series({"x": np.nan}), 1.0, 4.0, 20.0, 50.0)
    with pytest.raises(AnalysisError, match="is not a rise"):
        ex.documented_ceiling(documented, pd.Series({"x": 10.0}), 1.0, -4.0, 20.0, 50.0)
