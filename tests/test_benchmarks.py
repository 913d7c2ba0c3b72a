"""The study of size and power makes the panels that it says; no rate and no time is tested here."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from benchmarks import size_and_power as study
from benchmarks.results import write_section
from tests.methods.dummies import real_wheat


@pytest.fixture(scope="module")
def wheat() -> pd.DataFrame:
    return real_wheat()


@pytest.fixture(scope="module")
def moments(wheat) -> dict[str, study.Moments]:
    return study.calibrate(wheat)


@pytest.mark.parametrize("reading", ["alike", "one for one", "own responses"])
def test_made_changes_have_the_moments_that_they_are_made_from(reading, wheat, moments):
    design, given = study.Design(reading), moments[reading]
    rng = np.random.default_rng(5)
    covariance = np.mean(
        [study.made_panel(rng, wheat, design, given).diff().dropna().cov() for _ in range(400)], axis=0
    )
    expected = given.common * np.outer(given.response, given.response) + np.diag(given.own)
    # printing to 0.1 adds a little; 400 panels of 34 changes know a variance to about 3 %
    np.testing.assert_allclose(np.diag(covariance), np.diag(expected), rtol=0.12)


def test_the_real_variances_are_kept(wheat, moments):
    """Read as one factor, the panel's own variances come back, as long as no own part is at its floor."""
    given = moments["own responses"]
    fitted = given.common * given.response**2 + given.own
    np.testing.assert_allclose(fitted, wheat.diff().var(), rtol=1e-6)


def test_what_happens_in_a_design_is_all_that_happens(wheat, moments):
    def made(design):
        return study.made_panel(np.random.default_rng(7), wheat, design, moments[design.moments])

    plain = study.Design("one for one")
    moved = (made(replace(plain, effect=5.0)) - made(plain)).round(6)
    assert (moved.loc[2024:, "Jalal-Abad"] == 5).all() and moved.loc[:2023].eq(0).all(axis=None)
    assert moved.drop(columns="Jalal-Abad").eq(0).all(axis=None)
    fallen = (made(replace(plain, collapse=True)) - made(plain)).diff().round(6)
    assert fallen.loc[2024, "Chui"] == -16.3 and fallen.loc[2024].drop("Chui").eq(0).all()
    risen = made(study.Design("own responses", common_rise=5.27))
    assert risen.diff().loc[2024].drop("Jalal-Abad").mean() == pytest.approx(5.27, abs=4)  # own parts of six remain


def test_one_panel_says_something_of_every_method_and_the_same_again():
    name, found = study.one_panel(("no effect", study.CURVE_PANELS))
    assert name == "no effect" and all(np.isfinite(value) for value in found.values())
    assert study.one_panel(("no effect", study.CURVE_PANELS)) == (name, found)


def test_a_section_is_put_in_place_of_the_one_of_its_name(tmp_path):
    path = tmp_path / "results.md"
    for name, text in (("one", "first"), ("two", "second"), ("one", "third")):
        write_section(name, name.title(), text, path)
    page = path.read_text()
    assert page.index("third") < page.index("second") and "first" not in page
