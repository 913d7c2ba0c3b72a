"""Parameters of the study and of each notebook: typed, and checked against the data before anything starts.

`params.yaml` holds them: `study` is common to all notebooks, a section named after a notebook is its own. In a
notebook they are the cell tagged `parameters`.
"""

from pathlib import Path

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.errors import DataError, ParameterError
from pipeline.language import languages
from pipeline.panel import load_panel, yields_by_oblast
from pipeline.paths import PARAMETERS, shown
from pipeline.vocabulary import oblasts


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


# The notebooks of the collection in reading order, each with its parameters.
NOTEBOOKS: dict[str, type[Study]] = {"data_audit": DataAudit, "yield_change": YieldChange}


def read_parameters(notebook: str, path: Path = PARAMETERS) -> dict[str, object]:
    """The parameters of a notebook as `params.yaml` gives them, not yet checked.

    Raises
    ------
    ParameterError
        If there is no such notebook, or the file has no section `study`.
    """
    _model(notebook)
    try:
        sections = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ParameterError(f"{shown(path)} is not readable as YAML: {error}") from error
    if not isinstance(sections, dict) or not isinstance(sections.get("study"), dict):
        raise ParameterError(f"{shown(path)} needs a section `study` with {', '.join(Study.model_fields)}.")
    unknown = sorted(set(sections) - {"study", *NOTEBOOKS})
    if unknown:
        raise ParameterError(f"{shown(path)}: unknown section {unknown[0]!r}. Known: study, {', '.join(NOTEBOOKS)}.")
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
    name = ".".join(map(str, error["loc"]))
    known = ", ".join(model.model_fields)
    if error["type"] == "extra_forbidden":
        return f"Unknown parameter {name!r}. This notebook takes: {known}."
    if error["type"] == "missing":
        return f"Parameter {name!r} is missing. This notebook takes: {known}."
    kind = {int: "a whole number", str: "a text"}[model.model_fields[name].annotation]
    return f"Parameter {name!r} is {error['input']!r}; it must be {kind}."


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
    if getattr(study, "lead_years", 0) < 0:
        raise ParameterError(f"lead_years is {study.lead_years}; it must be 0 or more.")
