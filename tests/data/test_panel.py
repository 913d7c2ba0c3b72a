"""Only like is compared with like; the panel is read only in its own form."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.data.panel import (
    EXPOSURE_COLUMNS,
    PANEL_COLUMNS,
    difference,
    half_width,
    load_checks,
    load_claims,
    load_evidence,
    load_exposures,
    load_panel,
    load_sources,
    require_comparable,
    yields_by_oblast,
)
from pipeline.data.vocabulary import oblasts
from pipeline.errors import DataError, IncomparableFiguresError

BEFORE = {
    "area": "Jalal-Abad",
    "area_level": "oblast",
    "crop": "wheat",
    "measure": "yield",
    "year": 2023,
    "period": "full-year",
    "as_of": "",
    "weight_basis": "after-processing",
    "value": 23.7,
    "value_high": 23.7,
    "unit": "c_per_ha",
    "kind": "stated",
    "source": "made",
    "figure_id": "before",
    "report_id": "",
    "decimals": 1,
    "note": "",
}
AFTER = BEFORE | {"year": 2024, "value": 27.7, "value_high": 27.7, "figure_id": "after"}
COUNT = {"period": "as-of-date", "as_of": "2023-08-20", "weight_basis": "bunker", "report_id": "r1"}


def pair(before: dict, after: dict) -> tuple[pd.Series, pd.Series]:
    return pd.Series(BEFORE | before), pd.Series(AFTER | after)


# Differences --------------------------------------------------------------------------------------------------------


def test_the_difference_of_two_printed_figures_has_their_decimals():
    assert difference(*pair({}, {})) == 4.0
    assert difference(*pair({"value": 0.3, "value_high": 0.3}, {"value": 0.1, "value_high": 0.1})) == -0.2
    assert difference(*pair({"value": 0.25, "value_high": 0.25, "decimals": 2}, {})) == 27.45


@given(st.integers(50, 800), st.integers(50, 800))
def test_tenths_are_differenced_without_binary_noise(before, after):
    found = difference(
        *pair({"value": before / 10, "value_high": before / 10}, {"value": after / 10, "value_high": after / 10})
    )
    assert found == (after - before) / 10


def test_the_papers_change_in_the_real_panel(panel):
    figures = panel.set_index("figure_id", drop=False)
    name = "nsc_wheat_yield/Jalal-Abad/wheat/yield/{}".format
    assert difference(figures.loc[name(2023)], figures.loc[name(2024)]) == 4.0


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"area": "Osh"}, "before is Jalal-Abad, after is Osh: not one series"),
        ({"crop": "barley"}, "before is wheat, after is barley: not one series"),
        ({"measure": "production"}, "differ in measure: before is 'yield', after is 'production'"),
        ({"unit": "t"}, "differ in unit: before is 'c_per_ha', after is 't'"),
        ({"period": "jan-aug"}, "differ in period: before is 'full-year', after is 'jan-aug'"),
        ({"weight_basis": "bunker"}, "differ in weight_basis: before is 'after-processing', after is 'bunker'"),
        ({"weight_basis": "unknown"}, "differ in weight_basis: before is 'after-processing', after is 'unknown'"),
        ({"value_high": 30.0}, "after is printed as a range; a range has no single difference"),
        ({"value_high": np.nan}, "after is printed as a range; a range has no single difference"),
        (
            {"kind": "difference", "value": 4.0, "value_high": 4.0},
            r"after is itself a change \(difference\), not a level",
        ),
    ],
)
def test_figures_that_differ_in_what_they_are_have_no_difference(changed, said):
    with pytest.raises(IncomparableFiguresError, match=said):
        difference(*pair({}, changed))
    with pytest.raises(IncomparableFiguresError):
        difference(*reversed(pair({}, changed)))


# Campaign counts ----------------------------------------------------------------------------------------------------


def counts(*changed: dict) -> pd.DataFrame:
    return pd.DataFrame([BEFORE | COUNT | {"figure_id": f"f{n}"} | c for n, c in enumerate(changed)])


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"as_of": "2024-08-20", "report_id": "r2"}, id="the same day of another year"),
        pytest.param({}, id="the same report and day"),
        pytest.param({"as_of": ""}, id="the same report, one without a day"),
    ],
)
def test_campaign_counts_of_one_day_or_one_report_are_comparable(changed):
    require_comparable(counts({}, changed))


@pytest.mark.parametrize(
    ("first", "second", "named"),
    [
        pytest.param(
            {}, {"as_of": "2024-08-23", "report_id": "r2"}, r"f0 \(2023-08-20\) and f1 \(2024-08-23\)", id="other day"
        ),
        pytest.param(
            {}, {"as_of": "2023-08-23"}, r"f0 \(2023-08-20\) and f1 \(2023-08-23\)", id="other day of one report"
        ),
        pytest.param(
            {}, {"as_of": "", "report_id": "r2"}, r"f0 \(2023-08-20\) and f1 \(no date printed\)", id="no day"
        ),
        pytest.param(
            {"as_of": ""},
            {"as_of": "", "report_id": "r2"},
            r"f0 \(no date printed\) and f1 \(no date printed\)",
            id="no day in two reports",
        ),
    ],
)
def test_campaign_counts_of_different_days_are_refused(first, second, named):
    with pytest.raises(IncomparableFiguresError, match=f"campaign counts of different days: {named}"):
        require_comparable(counts(first, second))
    with pytest.raises(IncomparableFiguresError, match="different days"):
        difference(*pair(COUNT | first, COUNT | second))


def test_figures_of_tables_with_their_own_row_numbers_are_told_apart():
    two = pd.concat([counts({"figure_id": "a"}), counts({"figure_id": "b", "as_of": "2023-08-23"})])
    with pytest.raises(IncomparableFiguresError, match=r"a \(2023-08-20\) and b \(2023-08-23\)"):
        require_comparable(two)


def test_one_figure_and_none_are_comparable():
    require_comparable(counts({}))
    require_comparable(counts({}).head(0))


def test_every_pair_of_real_wheat_yields_of_different_kinds_is_refused(panel):
    rows = panel[(panel["crop"] == "wheat") & (panel["measure"] == "yield") & panel["kind"].isin(["stated", "derived"])]
    kinds = rows.groupby(["period", "weight_basis"]).head(1)
    assert len(kinds) >= 3
    for (_, a), (_, b) in itertools.combinations(kinds.assign(area="any").iterrows(), 2):
        with pytest.raises(IncomparableFiguresError, match=r"differ in (period|weight_basis)"):
            difference(a, b)


# Yields by oblast ---------------------------------------------------------------------------------------------------


def test_wheat_yields_by_oblast(panel):
    yields = yields_by_oblast(panel, "wheat")
    assert yields.shape == (35, 7)
    assert list(yields) == oblasts()
    assert yields.index.tolist() == list(range(1991, 2026))
    assert not yields.isna().any(axis=None)
    assert pd.api.types.is_integer_dtype(yields.index)
    assert all(map(pd.api.types.is_float_dtype, yields.dtypes))


@pytest.mark.parametrize(
    ("oblast", "year", "value"),
    [
        ("Jalal-Abad", 2023, 23.7),
        ("Jalal-Abad", 2024, 27.7),
        ("Jalal-Abad", 2025, 26.3),
        ("Chui", 2021, 10.5),
        ("Chui", 2024, 31.9),
        ("Batken", 1991, 15.8),
    ],
)
def test_anchors_of_the_wheat_yields(panel, oblast, year, value):
    assert yields_by_oblast(panel, "wheat").loc[year, oblast] == value


def test_figures_of_single_reports_are_not_mixed_into_the_series(panel):
    quoted = panel["report_id"] != ""
    assert (
        quoted & (panel["crop"] == "wheat") & (panel["measure"] == "yield") & (panel["area_level"] == "oblast")
    ).any()
    panel.loc[quoted, ["value", "value_high"]] = 999.0
    assert yields_by_oblast(panel, "wheat").to_numpy().max() < 80


def test_a_missing_year_stays_missing(panel):
    gap = (panel["area"] == "Osh") & (panel["year"] == 2003) & (panel["source"] == "nsc_wheat_yield")
    yields = yields_by_oblast(panel[~gap], "wheat")
    assert np.isnan(yields.loc[2003, "Osh"])
    assert yields.isna().to_numpy().sum() == 1


def test_a_series_of_two_weight_bases_is_refused(panel):
    panel.loc[panel["figure_id"] == "nsc_wheat_yield/Osh/wheat/yield/2003", "weight_basis"] = "bunker"
    with pytest.raises(IncomparableFiguresError, match="The yields of wheat differ in weight_basis"):
        yields_by_oblast(panel, "wheat")


@pytest.mark.parametrize("crop", ["barley", "milk", "no such crop"])
def test_a_crop_without_a_series_is_refused_with_those_that_have_one(panel, crop):
    with pytest.raises(DataError, match=f"No yearly series of '{crop}' by oblast. Crops that have one: wheat"):
        yields_by_oblast(panel, crop)


# Reading ------------------------------------------------------------------------------------------------------------


def test_the_panel_is_read_with_its_types(panel, exposures):
    assert list(panel) == PANEL_COLUMNS
    assert list(exposures) == EXPOSURE_COLUMNS
    for frame in (panel, exposures):
        assert frame["year"].dtype == "Int64"
        assert all(map(pd.api.types.is_float_dtype, frame[["value", "value_high"]].dtypes))
        assert not frame.drop(columns=["year", "value_high"]).isna().any(axis=None)
    assert pd.api.types.is_integer_dtype(panel["decimals"])


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("crop", "wheet", r"crop: 'wheet' fails .* \(line 4\)"),
        ("period", "year", "period: 'year' fails"),
        ("weight_basis", "dry", "weight_basis: 'dry' fails"),
        ("unit", "stone", "unit: 'stone' fails"),
        ("kind", "guessed", "kind: 'guessed' fails"),
        ("as_of", "1.9.2024", "as_of: '1.9.2024' fails"),
        ("measure", "profit", "measure: 'profit' fails"),
        ("year", 24, r"year: .*24.* fails in_range"),
        ("value", np.nan, "value: nan fails"),
        (
            "figure_id",
            "nsc_wheat_yield/Batken/wheat/yield/1991",
            "figure_id: 'nsc_wheat_yield/Batken/wheat/yield/1991' fails",
        ),
    ],
)
def test_a_panel_of_another_form_is_refused_with_its_line(panel, tmp_path, column, value, said):
    panel.loc[2, column] = value
    path = tmp_path / "panel.csv"
    panel.to_csv(path, index=False)
    with pytest.raises(DataError, match=said) as refusal:
        load_panel(path)
    assert "panel.csv does not have the form of the panel" in str(refusal.value)


@pytest.mark.parametrize("load", [load_panel, load_exposures, load_sources, load_claims, load_evidence, load_checks])
def test_what_is_not_built_yet_is_refused_with_what_to_do(tmp_path, load):
    with pytest.raises(DataError, match=r"nothing.csv does not exist yet. Run: python -m pipeline report"):
        load(tmp_path / "nothing.csv")


@given(st.integers(-6, 6))
def test_half_of_the_last_printed_digit(decimals):
    assert half_width(decimals) * 2 == pytest.approx(10.0**-decimals)
