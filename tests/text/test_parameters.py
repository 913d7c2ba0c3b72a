"""Parameters: what is refused before anything starts, and that what is committed is possible."""

import pytest

from pipeline.errors import ParameterError
from pipeline.studies.circular.analysis import PER_HEAD, waste_estimates
from pipeline.studies.history.analysis import MINIMUM_YEARS
from pipeline.text import parameters as module
from pipeline.text.declarations import declaration, declarations
from pipeline.text.parameters import check_parameters, parameters_model, read_parameters, read_study, run_parameters
from tests.text.made import declared

STUDY = "study: {oblast: Osh, crop: wheat, year_before: 2023, year_after: 2024, language: ky, seed: 7}"


@pytest.fixture
def study():
    return read_parameters("yield_change")


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Makes the declaration of a report of the given lines, which `read_parameters` and `check_parameters` know."""

    def make(text: str) -> None:
        given = declared(tmp_path, text)
        monkeypatch.setattr(module, "declaration", lambda name: given)

    return make


@pytest.mark.parametrize("report", declarations())
def test_the_committed_parameters_are_possible(report, panel):
    assert check_parameters(report, read_parameters(report), panel).model_dump() == read_parameters(report)


def test_the_defaults_are_the_papers():
    given = read_parameters("yield_change")
    assert [given[k] for k in ("oblast", "crop", "year_before", "year_after")] == ["Jalal-Abad", "wheat", 2023, 2024]


@pytest.mark.parametrize(
    "changed, message",
    [
        (
            {"oblast": "Jalalabadd"},
            "oblast is 'Jalalabadd'. Allowed: Batken, Chui, Issyk-Kul, Jalal-Abad, Naryn, Osh, Talas",
        ),
        ({"crop": "rice"}, "crop is 'rice'.*Crops that have one: wheat"),
        ({"crop": "no such thing"}, "Crops that have one: wheat"),
        (
            {"year_after": 2030},
            "year_after is 2030. Allowed: 1991 to 2025, the years with a yield of wheat for Jalal",
        ),
        ({"year_before": 1990}, "year_before is 1990. Allowed: 1991 to 2025"),
        ({"year_before": 2024, "year_after": 2023}, r"year_before \(2024\) must lie before year_after \(2023\)"),
        ({"year_before": 2024}, "must lie before"),
        ({"year_before": "2023"}, "year_before is '2023'; it must be a whole number"),
        ({"year_before": 2023.0}, "must be a whole number"),
        ({"year_before": True}, "must be a whole number"),
        ({"oblast": 5}, "oblast is 5; it must be a text"),
        ({"language": "fr"}, "language is 'fr'. Allowed: en"),
        ({"lead_years": -1}, "lead_years is -1; it must be 0 or more"),
        ({"oblats": "Osh"}, "Unknown parameter 'oblats'. The report yield_change takes: language, oblast, crop"),
        ({"seed": 1}, "Unknown parameter 'seed'"),  # of the study, but not of this report
    ],
)
def test_impossible_parameters_are_refused_with_what_is_allowed(study, panel, changed, message):
    with pytest.raises(ParameterError, match=message):
        check_parameters("yield_change", study | changed, panel)


@pytest.mark.parametrize("oblast", ["Жалал-Абад", "Джалал-Абадская область", "Jalal-Abat oblast", "jalal-abad"])
@pytest.mark.parametrize("crop", ["буудай", "Пшеница", "wheat"])
def test_names_are_taken_in_any_language_and_become_the_english_one(study, panel, oblast, crop):
    checked = check_parameters("yield_change", study | {"oblast": oblast, "crop": crop}, panel)
    assert (checked.oblast, checked.crop) == ("Jalal-Abad", "wheat")


def test_a_missing_parameter_is_named(study, panel):
    del study["crop"]
    with pytest.raises(ParameterError, match="Parameter 'crop' is missing. The report yield_change takes: language"):
        check_parameters("yield_change", study, panel)


def test_without_a_language_it_is_english(study, panel):
    del study["language"]
    assert check_parameters("yield_change", study, panel).language == "en"


def test_an_oblast_without_data_is_refused(study, panel):
    without = panel[~((panel["area"] == "Osh") & (panel["source"] == "nsc_wheat_yield"))]
    with pytest.raises(ParameterError, match="There is no series of wheat for Osh. Oblasts that have one: Batken"):
        check_parameters("yield_change", study | {"oblast": "Osh"}, without)


def test_all_wrong_parameters_are_named_at_once(study, panel):
    with pytest.raises(ParameterError) as refusal:
        check_parameters("yield_change", study | {"oblats": "Osh", "lead_years": "x"}, panel)
    assert "oblats" in str(refusal.value) and "lead_years" in str(refusal.value)


def test_a_report_takes_of_the_study_what_its_declaration_lists(tmp_path, made):
    made("study: [crop, seed]\nparameters: {n: {type: integer, default: 3, about: a}}")
    path = tmp_path / "params.yaml"
    path.write_text(STUDY, encoding="utf-8")
    assert read_parameters("made", path) == {"crop": "wheat", "seed": 7, "language": "ky", "n": 3}


def test_a_report_without_a_crop_needs_no_panel(made, monkeypatch):
    made("study: [oblast, year_before, year_after]")
    monkeypatch.setattr(module, "load_panel", lambda: pytest.fail("the panel was read"))
    checked = check_parameters("made", {"oblast": "Osh", "year_before": 1900, "year_after": 1901})
    assert (checked.oblast, checked.year_before) == ("Osh", 1900)
    with pytest.raises(ParameterError, match=r"year_before \(1901\) must lie before year_after \(1901\)"):
        check_parameters("made", {"oblast": "Osh", "year_before": 1901, "year_after": 1901})


def test_a_report_without_an_oblast_takes_the_years_of_all(made, panel):
    made("study: [crop, year_before, year_after]")
    given = {"crop": "wheat", "year_before": 1991, "year_after": 2025}
    assert check_parameters("made", given, panel).crop == "wheat"
    with pytest.raises(ParameterError, match="the years with a yield of wheat.$"):
        check_parameters("made", given | {"year_before": 1980}, panel)


def test_checked_parameters_do_not_change(study, panel):
    with pytest.raises(ValueError, match="frozen"):
        check_parameters("yield_change", study, panel).oblast = "Osh"


def test_an_unknown_report_is_named_with_those_that_there_are():
    with pytest.raises(ParameterError, match="There is no report 'nope'. Reports: circular, cluster_model"):
        read_parameters("nope")


@pytest.mark.parametrize(
    "text, message",
    [
        ("study: [", "params.yaml is not readable as YAML"),
        ("x: 1", "needs a section `study` with oblast, crop"),
        ("- study", "needs a section `study`"),
        ("study: Osh", "needs a section `study`"),
        (
            "study: {}\nhistory: {base_years: [2016]}",
            "unknown section 'history'.*own parameters stand in",
        ),
        ("study: {oblats: Osh}", "unknown parameter 'oblats'. Known: oblast, crop"),
        ("study: {lead_years: 2}", "unknown parameter 'lead_years'"),
        ("study: {2: a}", "unknown parameter '2'"),
        (
            "study: {year_before: '2023'}",
            "params.yaml: year_before is '2023'; it must be a whole number. Mend it there.",
        ),
        ("study: {seed: true}", "params.yaml: seed is True; it must be a whole number"),
        ("study: {oblast: }", "params.yaml: oblast is None; it must be a text"),
        (None, "params.yaml does not exist. To get it back: git checkout -- "),
    ],
)
def test_broken_files_of_parameters_are_refused(tmp_path, text, message):
    path = tmp_path / "params.yaml"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(ParameterError, match=message):
        read_study(path)


@pytest.mark.parametrize(
    "was, becomes, message",
    [
        ("oblast: Osh", "oblast: Oschh", "oblast is 'Oschh'. Allowed: Batken"),
        ("crop: wheat, ", "", "Parameter 'crop' is missing. The report yield_change takes"),
        ("2024", "2050", "year_after is 2050. Allowed: 1991 to 2025"),
        ("language: ky", "language: kg", "language is 'kg'. Allowed: en, ky, ru"),
    ],
)
def test_what_the_data_cannot_serve_is_refused_with_the_file_in_which_it_stands(tmp_path, was, becomes, message):
    path = tmp_path / "params.yaml"
    path.write_text(STUDY.replace(was, becomes), encoding="utf-8")
    with pytest.raises(ParameterError, match=f"{message}(.|\n)*stand in .*params.yaml"):
        run_parameters("yield_change", {}, path)
    assert run_parameters(
        "yield_change", {"oblast": "Osh", "crop": "wheat", "year_after": 2024, "language": "en"}, path
    )


@pytest.mark.parametrize("given", [{"oblst": "Osh"}, {"oblast": "Oschh"}, {"year_after": 2050}, {"crop": 3}])
def test_what_was_given_for_a_run_is_not_looked_for_in_the_file(tmp_path, given):
    path = tmp_path / "params.yaml"
    path.write_text(STUDY, encoding="utf-8")
    (name,) = given
    with pytest.raises(ParameterError, match=name) as refused:
        run_parameters("yield_change", given, path)
    assert "params.yaml" not in str(refused.value)


def test_parameters_are_typed_by_their_declaration():
    fields = parameters_model(declaration("history")).model_fields
    assert fields["base_years"].annotation == list[int] and fields["first_forecast_year"].annotation is int
    assert fields["oblast"].annotation is str and "seed" not in fields


@pytest.mark.parametrize(
    "report, changed, message",
    [
        ("other_oblasts", {"minimum_pre_years": 1}, "minimum_pre_years is 1; it must be 2 or more"),
        ("history", {"drought_years": []}, "drought_years is .*it must name at least one year, and each once"),
        ("history", {"drought_years": [2021, 2021]}, "each once"),
        ("history", {"drought_years": [2021, 2031]}, "drought_years is 2031. Allowed: 1991 to 2025"),
        (
            "history",
            {"drought_years": [2021, "2023"]},
            "drought_years holds '2023'; it must be a list",
        ),
        ("history", {"drought_years": 2021}, "drought_years is 2021; it must be a list of whole numbers"),
        ("history", {"base_years": [1980]}, "base_years is 1980. Allowed: 1991 to 2025"),
        ("history", {"first_forecast_year": 1980}, "first_forecast_year is 1980. Allowed: 1996 to 2025"),
        ("history", {"first_forecast_year": 1995}, "Allowed: 1996 to 2025, with 5 years before it to learn from"),
        (
            "history",
            {"forecast_method": "oracle"},
            "forecast_method is 'oracle'. Allowed: naive, linear_trend",
        ),
        ("energy_hub", {"deficit_years": []}, "it must name at least one year"),
        ("energy_hub", {"deficit_years": [2023, 2023]}, "each once"),
        ("energy_hub", {"deficit_years": [2010]}, "deficit_years is 2010. Allowed: 2018 to 2026"),
        ("energy_hub", {"draws": 10}, "draws is 10. Allowed: 1000 to 100000"),
        ("green_technology", {"gain_percent": 0}, "gain_percent is 0. Allowed: 1 to 1000"),
        ("specification_curve", {"significance_percent": 4}, "significance_percent is 4. Allowed: 5 to 20"),
        ("power", {"power_percent": 100}, "power_percent is 100. Allowed: 50 to 99"),
        ("cold_chain", {"scale_case": "seven_tenths"}, "scale_case is 'seven_tenths'. Allowed: six_tenths, constant"),
        ("cold_chain", {"plan_draws": 99}, "plan_draws is 99. Allowed: 100 to 5000"),
        ("circular", {"plan_draws": 5001}, "plan_draws is 5001. Allowed: 100 to 5000"),
        ("circular", {"waste_year": "2023"}, "waste_year is '2023'; it must be a whole number"),
        ("circular", {"waste_year": 1999}, "waste_year is 1999. Allowed: 2012 to 2023"),
    ],
)
def test_a_reports_own_parameters_keep_within_their_bounds(panel, report, changed, message):
    with pytest.raises(ParameterError, match=message):
        check_parameters(report, read_parameters(report) | changed, panel)


def test_a_year_between_two_with_a_yield_must_have_one_itself(panel):
    without = panel[panel["year"] != 2010]
    with pytest.raises(ParameterError, match="drought_years is 2010"):
        check_parameters("history", read_parameters("history") | {"drought_years": [2010]}, without)


def test_bounds_that_are_declared_are_those_of_the_data_and_the_methods(exposures):
    estimates = waste_estimates(exposures)
    first, last = declaration("circular").parameters["waste_year"].within
    assert list(range(first, last + 1)) == sorted(estimates.loc[estimates["what"] == PER_HEAD, "year"])
    assert declaration("history").parameters["first_forecast_year"].years_before == max(MINIMUM_YEARS.values())
