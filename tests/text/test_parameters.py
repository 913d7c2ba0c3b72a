"""Parameters: what is refused before anything starts, and that params.yaml and the notebooks say the same."""

import ast

import pytest
import yaml

from pipeline.errors import ParameterError
from pipeline.paths import NOTEBOOKS as FOLDER
from pipeline.studies.circular.analysis import PER_HEAD, waste_estimates
from pipeline.studies.history.analysis import MINIMUM_YEARS
from pipeline.text.notebooks import read_notebook
from pipeline.text.parameters import (
    FEWEST_YEARS_BEFORE_FORECAST,
    NOTEBOOKS,
    WASTE_YEARS,
    Study,
    check_parameters,
    read_parameters,
)


@pytest.fixture
def study(panel):
    return read_parameters("yield_change")


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_the_committed_parameters_are_possible(notebook, panel):
    assert check_parameters(notebook, read_parameters(notebook), panel).model_dump() == read_parameters(notebook)


def test_the_defaults_are_the_papers():
    given = read_parameters("yield_change")
    assert [given[k] for k in ("oblast", "crop", "year_before", "year_after")] == ["Jalal-Abad", "wheat", 2023, 2024]


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_the_parameters_cell_of_a_notebook_says_what_params_yaml_says(notebook):
    """A student who opens the notebook sees the study that the report shows."""
    cells = [c for c in read_notebook(FOLDER / f"{notebook}.ipynb").cells if "parameters" in c.metadata.get("tags", [])]
    assert len(cells) == 1
    assigned = {n.targets[0].id: ast.literal_eval(n.value) for n in ast.parse(cells[0].source).body}
    assert assigned == read_parameters(notebook)
    assert set(assigned) == set(NOTEBOOKS[notebook].model_fields)


@pytest.mark.parametrize(
    "changed, message",
    [
        (
            {"oblast": "Jalalabad"},
            "oblast is 'Jalalabad'. Allowed: Batken, Chui, Issyk-Kul, Jalal-Abad, Naryn, Osh, Talas",
        ),
        ({"crop": "rice"}, "crop is 'rice'.*Crops that have one: wheat"),
        ({"crop": "no such thing"}, "Crops that have one: wheat"),
        ({"year_after": 2030}, "year_after is 2030. Allowed: 1991 to 2025"),
        ({"year_before": 1990}, "year_before is 1990. Allowed: 1991 to 2025"),
        ({"year_before": 2024, "year_after": 2023}, r"year_before \(2024\) must lie before year_after \(2023\)"),
        ({"year_before": 2024}, "must lie before"),
        ({"year_before": "2023"}, "'year_before' is '2023'; it must be a whole number"),
        ({"year_before": 2023.0}, "must be a whole number"),
        ({"year_before": True}, "must be a whole number"),
        ({"oblast": 5}, "'oblast' is 5; it must be a text"),
        ({"language": "fr"}, "language is 'fr'. Allowed: en"),
        ({"lead_years": -1}, "lead_years is -1; it must be 0 or more"),
        ({"oblats": "Osh"}, "Unknown parameter 'oblats'. This notebook takes: oblast, crop"),
    ],
)
def test_impossible_parameters_are_refused_with_what_is_allowed(study, panel, changed, message):
    with pytest.raises(ParameterError, match=message):
        check_parameters("yield_change", study | changed, panel)


def test_a_missing_parameter_is_named(study, panel):
    del study["crop"]
    with pytest.raises(ParameterError, match="Parameter 'crop' is missing"):
        check_parameters("yield_change", study, panel)


def test_an_oblast_without_data_is_refused(study, panel):
    without = panel[~((panel["area"] == "Osh") & (panel["source"] == "nsc_wheat_yield"))]
    with pytest.raises(ParameterError, match="There is no series of wheat for Osh. Oblasts that have one: Batken"):
        check_parameters("yield_change", study | {"oblast": "Osh"}, without)


def test_all_wrong_parameters_are_named_at_once(study, panel):
    with pytest.raises(ParameterError) as refusal:
        check_parameters("yield_change", study | {"oblats": "Osh", "seed": "x"}, panel)
    assert "oblats" in str(refusal.value) and "seed" in str(refusal.value)


def test_unknown_notebook_and_broken_files(tmp_path):
    with pytest.raises(ParameterError, match="There is no notebook 'nope'. Notebooks: data_audit"):
        read_parameters("nope")
    path = tmp_path / "params.yaml"
    for text, message in [
        ("study: [", "not readable as YAML"),
        ("x: 1", "needs a section `study`"),
        ("study: {}\nyeld_change: {}", "unknown section 'yeld_change'"),
        ("study: {}\nhistory: 5", "section 'history' must be lines of the form name: value"),
        ("study: {2: a}", "section 'study' must be lines of the form name: value"),
        ("study: {}\nhistory: {oblast: Osh}", "'oblast' stands in the section 'history', .* --set oblast="),
    ]:
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ParameterError, match=message):
            read_parameters("yield_change", path)
    path.unlink()
    with pytest.raises(ParameterError, match="params.yaml does not exist. To get it back: git checkout"):
        read_parameters("yield_change", path)


def test_a_section_replaces_nothing_of_another_notebook(tmp_path):
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump({"study": {"oblast": "Osh"}, "data_audit": {"lead_years": 9}}), encoding="utf-8")
    assert read_parameters("yield_change", path) == {"oblast": "Osh"}
    assert read_parameters("data_audit", path) == {"oblast": "Osh", "lead_years": 9}
    assert issubclass(NOTEBOOKS["data_audit"], Study)


def test_a_synthetic_control_needs_two_years_to_learn_from(panel):
    given = read_parameters("other_oblasts") | {"minimum_pre_years": 1}
    with pytest.raises(ParameterError, match="minimum_pre_years is 1; it must be 2 or more"):
        check_parameters("other_oblasts", given, panel)


@pytest.mark.parametrize(
    "changed, message",
    [
        ({"drought_years": []}, "drought_years is .*it must name at least one year, and each once"),
        ({"drought_years": [2021, 2021]}, "each once"),
        ({"drought_years": [2021, 2031]}, "drought_years names 2031. Allowed: 1991 to 2025"),
        ({"drought_years": [2021, "2023"]}, "'drought_years' holds '2023'; it must be a list of whole numbers"),
        ({"drought_years": 2021}, "'drought_years' is 2021; it must be a list of whole numbers"),
        ({"base_years": [1980]}, "base_years names 1980"),
        ({"first_forecast_year": 1980}, "first_forecast_year is 1980. Allowed: 1996 to 2025"),
        ({"first_forecast_year": 1995}, "first_forecast_year is 1995. Allowed: 1996 to 2025, with 5 years before it"),
        ({"forecast_method": "oracle"}, "forecast_method is 'oracle'. Allowed: naive, linear_trend, theil_sen, local"),
    ],
)
def test_lists_of_years_and_methods_are_checked(panel, changed, message):
    with pytest.raises(ParameterError, match=message):
        check_parameters("history", read_parameters("history") | changed, panel)


@pytest.mark.parametrize(
    "changed, message",
    [
        ({"deficit_years": []}, "it must name at least one year"),
        ({"deficit_years": [2023, 2023]}, "each once"),
        ({"deficit_years": [2010]}, "deficit_years names 2010. Allowed: 2018 to 2026"),
        ({"draws": 10}, "draws is 10. Allowed: 1000 to 100000"),
    ],
)
def test_years_of_the_balance_and_draws_are_checked(panel, changed, message):
    with pytest.raises(ParameterError, match=message):
        check_parameters("energy_hub", read_parameters("energy_hub") | changed, panel)


@pytest.mark.parametrize(
    "notebook, name, value, message",
    [
        ("green_technology", "gain_percent", 0, "gain_percent is 0. Allowed: 1 to 1000"),
        ("specification_curve", "significance_percent", 4, "significance_percent is 4. Allowed: 5 to 20"),
        ("power", "power_percent", 100, "power_percent is 100. Allowed: 50 to 99"),
    ],
)
def test_a_percentage_that_no_test_can_serve_is_refused(panel, notebook, name, value, message):
    with pytest.raises(ParameterError, match=message):
        check_parameters(notebook, read_parameters(notebook) | {name: value}, panel)


@pytest.mark.parametrize(
    "notebook, name, value, message",
    [
        (
            "cold_chain",
            "scale_case",
            "seven_tenths",
            "scale_case is 'seven_tenths'. Allowed: six_tenths, constant, fit",
        ),
        ("cold_chain", "plan_draws", 99, "plan_draws is 99. Allowed: 100 to 5000"),
        ("circular", "plan_draws", 5001, "plan_draws is 5001. Allowed: 100 to 5000"),
        ("circular", "waste_year", "2023", "'waste_year' is '2023'; it must be a whole number"),
        ("circular", "waste_year", 1999, "waste_year names 1999. Allowed: 2012 to 2023"),
    ],
)
def test_cases_and_draws_of_plans_are_checked(panel, notebook, name, value, message):
    with pytest.raises(ParameterError, match=message):
        check_parameters(notebook, read_parameters(notebook) | {name: value}, panel)


def test_bounds_that_stand_in_the_code_are_those_of_the_data_and_the_methods(exposures):
    estimates = waste_estimates(exposures)
    assert list(WASTE_YEARS) == sorted(estimates.loc[estimates["what"] == PER_HEAD, "year"])
    assert max(MINIMUM_YEARS.values()) == FEWEST_YEARS_BEFORE_FORECAST
