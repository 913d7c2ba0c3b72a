"""Parameters of the study and of each notebook: typed, and checked against the data before anything starts.

`params.yaml` holds them: `study` is common to all notebooks, a section named after a notebook is its own. In a
notebook they are the cell tagged `parameters`.
"""

from pathlib import Path
from typing import Literal, get_args

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.data.panel import load_panel, yields_by_oblast
from pipeline.data.vocabulary import oblasts
from pipeline.errors import DataError, ParameterError
from pipeline.paths import PARAMETERS, shown
from pipeline.text.language import languages


class Study(BaseModel):
    """What every notebook takes: whose yields, of which crop, from which year to which."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    oblast: str
    crop: str
    year_before: int
    year_after: int
    language: str
    seed: int


class DataAudit(Study):
    """`data_audit`: how many years before `year_before` the coverage picture shows."""

    lead_years: int


class YieldChange(Study):
    """`yield_change`: how many years before `year_before` the national crop groups begin."""

    lead_years: int


class History(Study):
    """`history`: the years that recovery is measured against, those that the study names as drought years, the first
    year that the forecasts are tested on, and the method whose forecasts are shown."""

    base_years: list[int]
    drought_years: list[int]
    first_forecast_year: int
    forecast_method: Literal["naive", "linear_trend", "theil_sen", "local_level"]


class OtherOblasts(Study):
    """`other_oblasts`: how many years before `year_before` are tried as base years, and how many years the synthetic
    control has to learn from before a year counts as a placebo."""

    lead_years: int
    minimum_pre_years: int


class Weather(Study):
    """`weather`: the years that the study names as drought years."""

    drought_years: list[int]


class GreenTechnology(Study):
    """`green_technology`: the gain per hectare, in percent, at which documented areas are added up."""

    gain_percent: int


class SpecificationCurve(Study):
    """`specification_curve`: the level, in percent, at which an estimate counts as significant."""

    significance_percent: int


class Power(Study):
    """`power`: the level of the placebo test and the power asked of it, both in percent."""

    significance_percent: int
    power_percent: int


class EnergyHub(Study):
    """`energy_hub`: the years whose deficit is to be covered, and how often all assumptions are drawn at once."""

    deficit_years: list[int]
    draws: int


class ColdChain(Study):
    """`cold_chain`: the case of the scale exponent that the maps show and the assumptions are varied around, and how
    often all assumptions are drawn at once."""

    scale_case: Literal["six_tenths", "constant", "fitted"]
    plan_draws: int


class Circular(Study):
    """`circular`: the year whose waste is taken, one with an official amount per head, and how often all
    assumptions are drawn at once."""

    waste_year: int
    plan_draws: int


# Parameters in percent and what is allowed. A placebo test over the years of one oblast has p-values of a few percent
# at the least, so no finer level can be asked of it.
PERCENT_BOUNDS = {"gain_percent": (1, 1000), "significance_percent": (5, 20), "power_percent": (50, 99)}

# Draws of a Monte Carlo calculation: enough for its percentiles, and no more than a few minutes take. A draw of
# `plan_draws` solves for the cheapest plans.
DRAWS_BOUNDS = {"draws": (1000, 100_000), "plan_draws": (100, 5000)}

# Forecasts are made from so many years at least (analysis.history.MINIMUM_YEARS).
FEWEST_YEARS_BEFORE_FORECAST = 5

# Years with an official amount of waste per head and the residents of every oblast and city.
WASTE_YEARS = pd.RangeIndex(2012, 2024)

# Years of the electricity balance. Not every one has a figure of the deficit: the calculation refuses those.
BALANCE_YEARS = pd.RangeIndex(2018, 2027)

# The notebooks of the collection in reading order, each with its parameters.
NOTEBOOKS: dict[str, type[Study]] = {
    "data_audit": DataAudit,
    "yield_change": YieldChange,
    "history": History,
    "other_oblasts": OtherOblasts,
    "weather": Weather,
    "green_technology": GreenTechnology,
    "specification_curve": SpecificationCurve,
    "power": Power,
    "international_clusters": Study,
    "cluster_model": Study,
    "energy_hub": EnergyHub,
    "cold_chain": ColdChain,
    "circular": Circular,
    "recommendations": Study,
}


def read_parameters(notebook: str, path: Path = PARAMETERS) -> dict[str, object]:
    """The parameters of a notebook as `params.yaml` gives them, not yet checked.

    Raises
    ------
    ParameterError
        If there is no such notebook; or the file is missing, is not readable, has no section `study`, a section that
        is none, or a parameter of the study in the section of a notebook.
    """
    _model(notebook)
    try:
        sections = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ParameterError(f"{shown(path)} does not exist. To get it back: git checkout -- {shown(path)}") from None
    except yaml.YAMLError as error:
        raise ParameterError(f"{shown(path)} is not readable as YAML: {error}") from error
    if not isinstance(sections, dict) or not isinstance(sections.get("study"), dict):
        raise ParameterError(f"{shown(path)} needs a section `study` with {', '.join(Study.model_fields)}.")
    unknown = sorted(set(sections) - {"study", *NOTEBOOKS})
    if unknown:
        raise ParameterError(f"{shown(path)}: unknown section {unknown[0]!r}. Known: study, {', '.join(NOTEBOOKS)}.")
    for name, section in sections.items():
        if section is not None and not (isinstance(section, dict) and all(isinstance(key, str) for key in section)):
            raise ParameterError(f"{shown(path)}: the section {name!r} must be lines of the form name: value.")
        common = sorted(set(Study.model_fields) & set(section or {})) if name != "study" else []
        if common:
            raise ParameterError(
                f"{shown(path)}: {common[0]!r} stands in the section {name!r}, but it is one for the whole study. "
                "Change it in the section study, or for one run: python -m pipeline run "
                f"{name} --set {common[0]}=…"
            )
    return {**sections["study"], **(sections.get(notebook) or {})}


def check_parameters(notebook: str, values: dict[str, object], panel: pd.DataFrame | None = None) -> Study:
    """The typed parameters of a notebook, or a refusal that says what is allowed.

    Raises
    ------
    ParameterError
        If a parameter is unknown, missing, of the wrong type, or impossible with the data: an oblast or a crop
        without a series, a year outside it, `year_before` not before `year_after`, a language without catalogue.
    """
    model = _model(notebook)
    try:
        checked = model.model_validate(values)
    except ValidationError as error:
        raise ParameterError("\n".join(_sentence(e, model) for e in error.errors())) from error
    _require_possible(checked, load_panel() if panel is None else panel)
    return checked


def _model(notebook: str) -> type[Study]:
    if notebook not in NOTEBOOKS:
        raise ParameterError(f"There is no notebook {notebook!r}. Notebooks: {', '.join(NOTEBOOKS)}.")
    return NOTEBOOKS[notebook]


def _sentence(error: dict, model: type[Study]) -> str:
    name, *within = map(str, error["loc"])
    known = ", ".join(model.model_fields)
    if error["type"] == "extra_forbidden":
        return f"Unknown parameter {name!r}. This notebook takes: {known}."
    if error["type"] == "missing":
        return f"Parameter {name!r} is missing. This notebook takes: {known}."
    annotation = model.model_fields[name].annotation
    if error["type"] == "literal_error":
        return f"{name} is {error['input']!r}. Allowed: {', '.join(get_args(annotation))}."
    kind = {int: "a whole number", str: "a text", list[int]: "a list of whole numbers"}[annotation]
    return f"Parameter {name!r} {'holds' if within else 'is'} {error['input']!r}; it must be {kind}."


def _require_possible(study: Study, panel: pd.DataFrame) -> None:
    if study.language not in languages():
        raise ParameterError(f"language is {study.language!r}. Allowed: {', '.join(languages())}.")
    if study.oblast not in oblasts():
        raise ParameterError(f"oblast is {study.oblast!r}. Allowed: {', '.join(oblasts())}.")
    try:
        yields = yields_by_oblast(panel, study.crop)
    except DataError as error:
        raise ParameterError(f"crop is {study.crop!r}. {error}") from error
    if study.oblast not in yields:
        raise ParameterError(
            f"There is no series of {study.crop} for {study.oblast}. Oblasts that have one: {', '.join(yields)}."
        )
    years = yields[study.oblast].dropna().index
    for name in ("year_before", "year_after"):
        if getattr(study, name) not in years:
            raise ParameterError(
                f"{name} is {getattr(study, name)}. Allowed: {years.min()} to {years.max()}, "
                f"the years with a yield of {study.crop} for {study.oblast}."
            )
    if study.year_before >= study.year_after:
        raise ParameterError(f"year_before ({study.year_before}) must lie before year_after ({study.year_after}).")
    for name in ("base_years", "drought_years"):
        _require_years(name, getattr(study, name, None), years)
    first, earliest = getattr(study, "first_forecast_year", years.max()), years.min() + FEWEST_YEARS_BEFORE_FORECAST
    if first not in years or first < earliest:
        raise ParameterError(
            f"first_forecast_year is {first}. Allowed: {earliest} to {years.max()}, with "
            f"{FEWEST_YEARS_BEFORE_FORECAST} years before it to forecast from."
        )
    _require_years("waste_year", [study.waste_year] if isinstance(study, Circular) else None, WASTE_YEARS)
    if getattr(study, "lead_years", 0) < 0:
        raise ParameterError(f"lead_years is {study.lead_years}; it must be 0 or more.")
    if getattr(study, "minimum_pre_years", 2) < 2:
        raise ParameterError(f"minimum_pre_years is {study.minimum_pre_years}; it must be 2 or more.")
    _require_years("deficit_years", getattr(study, "deficit_years", None), BALANCE_YEARS)
    for name, (low, high) in (PERCENT_BOUNDS | DRAWS_BOUNDS).items():
        if not low <= getattr(study, name, low) <= high:
            raise ParameterError(f"{name} is {getattr(study, name)}. Allowed: {low} to {high}.")


def _require_years(name: str, chosen: list[int] | None, years: pd.Index) -> None:
    """Refuse a list of years that is empty, repeats a year or leaves the series; None is no such parameter."""
    if chosen is None:
        return
    if not chosen or len(set(chosen)) < len(chosen):
        raise ParameterError(f"{name} is {chosen}; it must name at least one year, and each once.")
    outside = sorted(set(chosen) - set(years))
    if outside:
        raise ParameterError(f"{name} names {outside[0]}. Allowed: {years.min()} to {years.max()}.")
