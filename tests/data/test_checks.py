"""Each check passes on the real data, and fails on made data with a sentence that names the rows."""

import json

import numpy as np
import pandas as pd
import pytest

from pipeline.data.checks import (
    Conflict,
    Coverage,
    Discrepancy,
    Outcome,
    Total,
    coverage,
    cross_section,
    no_negative_levels,
    outcomes,
    plausible_yields,
    printed_decimals,
    printed_totals,
    read_expectations,
    run_checks,
    stated_conflicts,
    unique_keys,
    yield_area_production,
)
from pipeline.data.panel import EXPOSURE_COLUMNS, PANEL_COLUMNS, half_width
from pipeline.data.vocabulary import oblasts
from pipeline.errors import DataError

FIGURE = {
    "area": "Kyrgyzstan",
    "area_level": "country",
    "crop": "wheat",
    "measure": "yield",
    "year": 2024,
    "period": "full-year",
    "as_of": "",
    "weight_basis": "unknown",
    "value": 20.0,
    "value_high": 20.0,
    "unit": "c_per_ha",
    "kind": "stated",
    "source": "made",
    "figure_id": "a",
    "report_id": "r1",
    "decimals": 1,
    "note": "",
}
EXPOSURE = {
    "area": "Osh",
    "area_level": "oblast",
    "indicator": "greenhouses_number",
    "year": 2023,
    "as_of": "2023-12-01",
    "value": 1.0,
    "value_high": 1.0,
    "unit": "units",
    "source": "made",
    "figure_id": "e",
    "publisher": "",
    "note": "",
}


def figures(*rows: dict) -> pd.DataFrame:
    frame = pd.DataFrame([FIGURE | row for row in rows], columns=PANEL_COLUMNS)
    return frame.astype({"year": "Int64", "value": float, "value_high": float})


def amounts(*rows: dict) -> pd.DataFrame:
    frame = pd.DataFrame([EXPOSURE | row for row in rows], columns=EXPOSURE_COLUMNS)
    return frame.astype({"year": "Int64", "value": float, "value_high": float})


def the_finding(outcome: Outcome) -> str:
    assert len(outcome.findings) == 1, outcome.findings
    return outcome.findings[0]


@pytest.fixture(scope="module")
def real(real_panel, real_exposures, built) -> dict[str, Outcome]:
    return {o.check: o for o in outcomes(real_panel, real_exposures, read_expectations(), built.interim)}


@pytest.mark.parametrize(
    ("check", "examined"),
    [
        ("unique_keys", 4369 + 1153),
        ("coverage", 7 * (35 + 3 * 14 + 13)),
        ("no_negative_levels", 5000),
        ("plausible_yields", 1500),
        ("printed_decimals", 3800),
        ("printed_totals", 3),
        ("cross_section", 7 * 8),
        ("yield_area_production", 1100),
        ("stated_conflicts", 15),
    ],
)
def test_the_real_data_passes_and_was_really_examined(real, check, examined):
    assert real[check].findings == []
    assert real[check].examined >= examined


def test_the_one_known_discrepancy_of_the_real_data_is_kept_with_its_reason(real):
    (kept,) = real["yield_area_production"].known
    assert str(kept).startswith(
        "hr494: 20.5 c/ha x 2870 ha gives 5868.1 to 5898.9 t, but hr493 prints 5990.1 t. The printed"
    )
    assert not [o.check for o in real.values() if o.known and o.check != "yield_area_production"]


# Duplicate keys -----------------------------------------------------------------------------------------------------


def test_a_figure_that_stands_twice_is_named_with_its_key():
    twice = figures({}, {"figure_id": "b", "value": 21.0, "value_high": 21.0}, {"figure_id": "c", "year": 2023})
    assert the_finding(unique_keys(twice, amounts({}))) == (
        "panel: a, b have the same key (area Kyrgyzstan, area_level country, crop wheat, measure yield, year 2024, "
        "period full-year, weight_basis unknown, unit c_per_ha, kind stated, source made, report_id r1)."
    )


def test_an_exposure_that_stands_twice_is_named_even_without_a_year():
    twice = amounts(
        {"year": pd.NA}, {"figure_id": "f", "year": pd.NA}, {"figure_id": "g", "year": pd.NA, "area": "Talas"}
    )
    assert the_finding(unique_keys(figures({}), twice)).startswith("exposures: e, f have the same key (area Osh,")


@pytest.mark.parametrize(
    "column", ["area", "crop", "measure", "period", "as_of", "weight_basis", "kind", "report_id", "source", "unit"]
)
def test_figures_that_differ_in_what_they_are_are_no_duplicates(column):
    assert unique_keys(figures({}, {"figure_id": "b", column: "other"}), amounts({})).findings == []


# Bounds -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "value"),
    [
        ({"value": 277.0, "value_high": 277.0}, "277"),
        ({"value": 4.9, "value_high": 4.9}, "4.9"),
        ({"value_high": 80.1}, "20"),
    ],
)
def test_a_yield_outside_the_bounds_of_its_crop_is_named(row, value):
    assert the_finding(plausible_yields(figures({"figure_id": "x", **row}))) == (
        f"x: wheat in Kyrgyzstan, 2024: {value} c/ha lies outside 5 to 80."
    )


def test_a_yield_more_than_some_value_is_judged_by_that_value():
    assert plausible_yields(figures({"value": 79.0, "value_high": np.nan})).findings == []
    assert plausible_yields(figures({"value": 81.0, "value_high": np.nan})).findings


def test_bounds_are_for_levels_of_yields_only():
    others = figures({"kind": "difference", "value": -4.0}, {"figure_id": "b", "measure": "production", "value": 1e6})
    assert plausible_yields(others).examined == 0


def test_a_yield_of_what_has_no_bounds_is_named():
    assert the_finding(plausible_yields(figures({"crop": "milk"}))) == (
        "milk has yields (a) but no bounds in data/vocabulary/crops.yml."
    )


def test_negative_levels_and_ranges_that_run_downwards_are_named():
    outcome = no_negative_levels(
        figures(
            {"value": -1.0}, {"figure_id": "b", "value": 30.0}, {"figure_id": "c", "kind": "difference", "value": -1.0}
        ),
        amounts({"value": -2.0}, {"figure_id": "t", "value": -0.5, "unit": "degrees_c"}),
    )
    assert outcome.findings == [
        "a: -1 c_per_ha is negative.",
        "b: the range 30 to 20 runs downwards.",
        "e: -2 units is negative.",
    ]


# Totals -------------------------------------------------------------------------------------------------------------

TOTAL = Total(indicator="greenhouses_number", as_of="2023-12-01", total="28")


def by_oblast(**changed: float) -> pd.DataFrame:
    """1 to 7 greenhouses in the seven oblasts, 28 in all, and the country's printed total."""
    rows = [
        {"area": name, "figure_id": name, "value": changed.get(name, float(n))}
        for n, name in enumerate(oblasts(), start=1)
    ]
    country = {"area": "Kyrgyzstan", "area_level": "country", "figure_id": "all", "value": changed.get("all", 28.0)}
    return amounts(*rows, country)


def test_oblasts_that_add_up_to_the_printed_total_pass():
    assert printed_totals(by_oblast(), [TOTAL]).findings == []


def test_decimal_parts_add_up_exactly():
    parts = by_oblast()
    parts["value"] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 2.8]
    assert (
        printed_totals(parts, [Total(indicator="greenhouses_number", as_of="2023-12-01", total="2.8")]).findings == []
    )


def test_oblasts_that_do_not_add_up_are_named_with_their_figures():
    assert the_finding(printed_totals(by_oblast(Chui=65.0), [TOTAL])) == (
        "greenhouses_number, 2023-12-01: Batken 1, Chui 65, Issyk-Kul 3, Jalal-Abad 4, Naryn 5, Osh 6, "
        "Talas 7 add up to "
        "91.0, expected 28."
    )


def test_another_total_in_the_source_and_a_missing_oblast_are_named():
    assert the_finding(printed_totals(by_oblast(all=29.0), [TOTAL])) == (
        "greenhouses_number, 2023-12-01: the source prints 29 for Kyrgyzstan, expected 28."
    )
    fewer = by_oblast().query("area not in ('Osh', 'Talas')")
    assert the_finding(printed_totals(fewer, [TOTAL])) == "greenhouses_number, 2023-12-01: no figure for Osh, Talas."


@pytest.mark.parametrize("total", read_expectations().totals, ids=lambda t: t.indicator)
def test_a_changed_part_of_a_real_total_is_found(exposures, total):
    part = (
        (exposures["indicator"] == total.indicator)
        & (exposures["as_of"] == total.as_of)
        & (exposures["area"] == "Naryn")
    )
    assert part.sum() == 1
    exposures.loc[part, "value"] += 1
    assert "add up to" in the_finding(printed_totals(exposures, [total]))


def test_a_cross_section_that_differs_from_the_reports_is_named(exposures, ingested):
    ingested.cell("jalal_abad/green_technology/oblast_cross_section.csv", 3, "greenhouses_number", "65")
    assert the_finding(cross_section(exposures, ingested.interim)) == (
        "greenhouses_number, Chui: oblast_cross_section.csv has 65, reported_adoption.csv 265."
    )
    without = exposures[exposures["indicator"] != "machine_tractor_stations"]
    assert "machine_tractor_stations, Batken: oblast_cross_section.csv has 10, reported_adoption.csv nothing." in (
        cross_section(without, ingested.interim).findings
    )


# Yield, area and production -----------------------------------------------------------------------------------------


def three(yield_: float = 20.0, area: float = 1000.0, production: float = 2000.0, **common) -> pd.DataFrame:
    """20.0 c/ha x 1000 ha is 2000 t; the yield is printed to 0.1, the area to 1 ha, the production to 1 t."""
    return figures(
        {"figure_id": "y", "value": yield_, "value_high": yield_, **common},
        {
            "figure_id": "ha",
            "measure": "area_harvested",
            "unit": "ha",
            "decimals": 0,
            "value": area,
            "value_high": area,
            **common,
        },
        {
            "figure_id": "t",
            "measure": "production",
            "unit": "t",
            "decimals": 0,
            "value": production,
            "value_high": production,
            **common,
        },
    )


@pytest.mark.parametrize("production", [2000, 1994, 2006])
def test_production_within_what_the_printed_digits_allow_passes(production):
    # 19.95 x 999.5 / 10 = 1994.0 and 20.05 x 1000.5 / 10 = 2006.0, and half a tonne of the production on top
    outcome = yield_area_production(three(production=production), [])
    assert (outcome.examined, outcome.findings) == (1, [])


@pytest.mark.parametrize("production", [1993, 2007])
def test_production_that_the_printed_digits_do_not_allow_is_named(production):
    assert the_finding(yield_area_production(three(production=production), [])) == (
        f"y: 20 c/ha x 1000 ha gives 1994.0 to 2006.0 t, but t prints {production} t."
    )


def test_figures_of_different_kinds_are_not_multiplied():
    mixed = three(production=9999)
    mixed.loc[2, "weight_basis"] = "bunker"
    assert yield_area_production(mixed, []).examined == 0
    ranges = three(production=9999)
    ranges.loc[0, "value_high"] = 25.0
    assert yield_area_production(ranges, []).examined == 0


def yearly(measure: str, value: float, source: str, **rest) -> dict:
    unit = {"yield": "c_per_ha", "production": "t"}.get(measure, "ha")
    weight = "unknown" if measure.startswith("area") else "after-processing"
    row = {"figure_id": measure, "measure": measure, "value": value, "value_high": value, "unit": unit, "report_id": ""}
    row |= {"weight_basis": weight, "source": source, "decimals": 1 if measure == "yield" else 0, "period": "full-year"}
    return row | {"as_of": ""} | rest


def test_tables_of_the_committee_are_held_against_each_other_whichever_source_they_are_in():
    """20 c/ha on 1000 ha are 2000 t; the area has no weight, and two sources of the committee are one producer."""
    rows = [yearly("yield", 20, "nsc_wheat_yield"), yearly("area_harvested", 1000, "nsc_crops")]
    right = yield_area_production(figures(*rows, yearly("production", 2000, "nsc_crops")), [])
    assert (right.examined, right.findings) == (1, [])
    wrong = yield_area_production(figures(*rows, yearly("production", 2200, "nsc_crops")), [])
    assert the_finding(wrong).startswith(
        "yield: 20 c/ha x 1000 ha gives 1994.0 to 2006.0 t, but production prints 2200"
    )
    assert yield_area_production(figures(*rows, yearly("production", 2200, "faostat")), []).examined == 0


@pytest.mark.parametrize(("production", "findings"), [(2000, 0), (1300, 0), (2200, 1), (2, 1)])
def test_of_a_sown_area_part_may_not_be_harvested(production, findings):
    """More than yield x sown area is an error, as is less than half of it: a unit of thousand t, say."""
    rows = [yearly("yield", 20, "nsc_crops"), yearly("area_sown", 1000, "nsc_crops")]
    outcome = yield_area_production(figures(*rows, yearly("production", production, "nsc_crops")), [])
    assert (outcome.examined, len(outcome.findings)) == (1, findings)


def test_a_figure_that_is_not_rounded_is_named_with_the_decimals_of_its_series():
    rows = [
        yearly("yield", value, "nsc_crops", year=2020 + i, figure_id=f"y{i}")
        for i, value in enumerate((20.1, 21, 22.5))
    ]
    assert printed_decimals(figures(*rows)).findings == []
    rows[1] |= {"value": 23.684210526315788, "decimals": 15}
    assert the_finding(printed_decimals(figures(*rows))) == (
        "y1: 23.684210526315788 has 15 decimals; nsc_crops, wheat, yield, has 1. Round it to what is printed."
    )


KNOWN = Discrepancy(check="yield_area_production", figure_id="y", why="The area is of all vineyards.")


def test_a_known_discrepancy_is_kept_with_its_reason():
    outcome = yield_area_production(three(production=2100), [KNOWN])
    assert outcome.findings == []
    assert [str(kept) for kept in outcome.known] == [
        "y: 20 c/ha x 1000 ha gives 1994.0 to 2006.0 t, but t prints 2100 t. The area is of all vineyards."
    ]


def test_a_known_discrepancy_that_no_longer_exists_is_reported():
    assert the_finding(yield_area_production(three(), [KNOWN])) == (
        "data/expectations.yml lists y as a known discrepancy, but the check finds none."
    )


# Coverage -----------------------------------------------------------------------------------------------------------

WHEAT = Coverage(
    table="panel", source="nsc_wheat_yield", item="wheat", measure="yield", first_year=1991, last_year=2025
)


def test_a_year_that_went_missing_is_named(panel, exposures):
    gone = panel[~((panel["source"] == "nsc_wheat_yield") & (panel["area"] == "Osh") & (panel["year"] == 2003))]
    assert the_finding(coverage(gone, exposures, [WHEAT])) == (
        "nsc_wheat_yield, wheat: missing Osh 2003; expected 1991-2025 for 7 oblasts."
    )


def test_many_that_went_missing_are_counted(panel, exposures):
    gone = panel[panel["area"] != "Talas"]
    assert "missing Talas 1991, Talas 1992, " in the_finding(coverage(gone, exposures, [WHEAT]))
    assert "Talas 1996 and 29 more;" in the_finding(coverage(gone, exposures, [WHEAT]))


def test_another_source_does_not_fill_a_gap(panel, exposures):
    gap = (panel["source"] == "nsc_wheat_yield") & (panel["area"] == "Osh") & (panel["year"] == 2003)
    panel.loc[gap, "source"] = "another"
    assert coverage(panel, exposures, [WHEAT]).findings


# Stated conflicts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ({"a": "20.0", "e": "1"}, []),
        ({"a": "20.1"}, ["conflict «wheat» in data/expectations.yml: a should print 20.1, it prints 20."]),
        ({"z": "20"}, ["conflict «wheat» in data/expectations.yml: z should print 20, it is not there."]),
    ],
)
def test_a_conflict_that_is_no_longer_as_stated_is_reported(stated, said):
    conflict = Conflict(subject="wheat", figures=stated, what="differ", treatment="none")
    outcome = stated_conflicts(figures({}), amounts({}), [conflict])
    assert (outcome.examined, outcome.findings) == (len(stated), said)


# The stage ----------------------------------------------------------------------------------------------------------


def run(project, **changed):
    paths = {
        "panel": project.panel,
        "exposures": project.exposures,
        "interim": project.interim,
        "written": project.checks,
    }
    return run_checks(**paths | changed)


def test_the_stage_writes_what_was_examined(built, tmp_path):
    written = tmp_path / "checks.json"
    said = run(built, written=written)
    kept = json.loads(written.read_text(encoding="utf-8"))
    assert said.startswith(
        f"{len(kept['checks'])} checks of {sum(c['examined'] for c in kept['checks'])} items passed; 1 "
    )
    assert {c["subject"] for c in kept["conflicts"]} >= {"Greenhouses in Chui, December 2023"}
    first = written.read_bytes()
    run(built, written=written)
    assert written.read_bytes() == first


def test_the_stage_shows_every_finding_at_once_and_keeps_what_was_written(built, tmp_path, panel, exposures):
    panel.loc[panel["figure_id"] == "nsc_wheat_yield/Jalal-Abad/wheat/yield/2024", ["value", "value_high"]] = 277.0
    again = panel[panel["figure_id"] == "nsc_wheat_yield/Osh/wheat/yield/2003"].assign(figure_id="again")
    exposures.loc[exposures["figure_id"] == "adoption/line2", "value"] = 65
    damaged = tmp_path / "panel.csv", tmp_path / "exposures.csv"
    pd.concat([panel, again]).to_csv(damaged[0], index=False)
    exposures.to_csv(damaged[1], index=False)
    written = tmp_path / "checks.json"
    written.write_text("good", encoding="utf-8")
    with pytest.raises(DataError) as refusal:
        run(built, panel=damaged[0], exposures=damaged[1], written=written)
    said = str(refusal.value)
    for sentence in (
        "The data did not pass",
        "  unique_keys: panel: nsc_wheat_yield/Osh/wheat/yield/2003, again have the same key (area Osh, ",
        "  plausible_yields: nsc_wheat_yield/Jalal-Abad/wheat/yield/2024: wheat in Jalal-Abad, 2024: "
        "277 c/ha lies outside 5 to 80.",
        "  printed_totals: greenhouses_number, 2023-12-01: Chui 65, Issyk-Kul 74, ",
        "  cross_section: greenhouses_number, Chui: oblast_cross_section.csv has 265, reported_adoption.csv 65.",
        "  stated_conflicts: conflict «Greenhouses in Chui, December 2023»",
        "write a correction in data/corrections.yml",
    ):
        assert sentence in said
    assert written.read_text(encoding="utf-8") == "good"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("last_year: 2025}", "last_year: 2026}", "coverage: nsc_wheat_yield, wheat: missing Batken 2026, Chui 2026"),
        ("total: '1765'", "total: '1565'", "printed_totals: greenhouses_number, .* add up to 1765.0, expected 1565"),
        ("total: '203.1'", "total: '203.2'", "printed_totals: greenhouses_area_ha, .*expected 203.2"),
        ("total: '169'", "total: '170'", "printed_totals: machine_tractor_stations, .* add up to 169.0, expected 170"),
        ("figure_id: hr494", "figure_id: hr495", "hr494: 20.5 c/ha x .*\n.*lists hr495 as a known discrepancy, but"),
        ("hr216: 27.7", "hr216: 27.8", "stated_conflicts: conflict «Wheat yield, Kyrgyzstan, 2024».* prints 27.7"),
    ],
)
def test_an_expectation_that_the_real_data_does_not_meet_stops_the_stage(built, project, old, new, message):
    project.edit(project.expectations, old, new)
    with pytest.raises(DataError, match=message):
        run(built, expectations=project.expectations, written=project.data / "checks.json")
    assert not (project.data / "checks.json").exists()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "check: yield_area_production",
            "check: yield_area",
            "known_discrepancies.0.check: Input should be 'yield_area_prod",
        ),
        ("{table: panel,", "{table: panle,", "coverage.0.table: Input should be 'panel' or 'exposures'"),
        ("total: '1765'", "total: many", "totals.0.total"),
        ("known_discrepancies:", "discrepancies:", "known_discrepancies: Field required; discrepancies: Extra inputs"),
        ("coverage:", "coverage: [", "is not readable as YAML"),
    ],
)
def test_expectations_of_another_form_are_refused_by_field(project, old, new, message):
    project.edit(project.expectations, old, new)
    with pytest.raises(DataError, match=message) as refusal:
        read_expectations(project.expectations)
    assert "expectations.yml" in str(refusal.value)


def test_half_of_the_last_printed_digit():
    assert half_width(pd.Series([1, 0, -2])).tolist() == [0.05, 0.5, 50.0]
