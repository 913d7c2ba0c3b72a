"""The choices of the study and its words; the curve itself is tested in tests/methods."""

import pandas as pd
import pytest

from pipeline.methods.specification_curve import KEYS, SpecificationCube
from pipeline.studies.specification_curve import analysis as sc
from tests.methods.dummies import real_wheat


@pytest.fixture(scope="module")
def wheat() -> pd.DataFrame:
    return real_wheat()


@pytest.fixture(scope="module")
def cube(wheat) -> SpecificationCube:
    return sc.estimate_specifications(wheat, 2023, 2024)


def test_declared_table_of_the_paper(wheat):
    """2 outcomes x 4 bases x 2 ends x 2 trends x 2 responses = 64, times 9 groups x 3 weightings + 6 single oblasts."""
    table = sc.declare_specifications(wheat, "Jalal-Abad", 2023, 2024)
    assert len(table) == 64 * (9 * 3 + 6) == 2112
    assert not table.duplicated(KEYS).any()
    assert set(table["base"]) == {"2023", "2022", "mean 2016-2020", "mean 2020-2022"}
    assert set(table["end"]) == {"2024", "mean 2024-2025"}
    members = table.drop_duplicates("comparison").set_index("comparison")["members"]
    assert members["south"] == ("Batken", "Osh")
    assert members["without Chui"] == ("Batken", "Issyk-Kul", "Naryn", "Osh", "Talas")


def test_curve_of_the_paper(cube):
    """Most specifications are positive, next to none is unusual, and the curve as a whole is ordinary."""
    curve = sc.specification_curve(cube, "Jalal-Abad")
    assert len(curve) == 2112
    assert curve["standardised"].is_monotonic_increasing
    positive = (curve["estimate"] > 0).groupby(curve["response"]).mean()
    assert positive.to_dict() == pytest.approx({"one for one": 0.8277, "own response": 0.8930}, abs=5e-5)
    assert (curve["p_oblasts_and_years"] <= 0.05).sum() == 5
    joint = sc.joint_inference(cube, "Jalal-Abad")
    assert (joint["p_value"] > 0.25).all()
    assert joint.groupby("reference")["cells"].first().to_dict() == {
        "oblasts": 7,
        "oblasts and years": 168,
        "years": 24,
    }


def test_summary_of_choices_adds_up(cube):
    curve = sc.specification_curve(cube, "Jalal-Abad")
    summary = sc.summarise_choices(curve)
    assert (summary["specifications"].groupby(level="choice").sum() == 2112).all()
    only_chui = curve[curve["comparison"] == "only Chui"]
    row = summary.loc[("comparison", "only Chui")]
    assert row["share_positive"] == pytest.approx((only_chui["estimate"] > 0).mean())
    assert row["median_equivalent_c_per_ha"] == pytest.approx(only_chui["equivalent_c_per_ha"].median())
