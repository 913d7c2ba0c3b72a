"""Parameters of a run: typed, and checked against the data before anything starts.

`params.yaml` holds those of the study, which a report takes as far as its declaration lists them; a report's own
parameters and their bounds stand in its declaration, `notebooks/<report>.yml`. In a notebook they are the cell tagged
`parameters`.
"""

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from pipeline.data.panel import load_panel, yields_by_oblast
from pipeline.data.vocabulary import areas, crops, oblasts
from pipeline.data.yaml_files import read_yaml
from pipeline.errors import DataError, ParameterError, UnknownNameError
from pipeline.paths import PARAMETERS, shown
from pipeline.text.declarations import STUDY, Declaration, Parameter, declaration
from pipeline.text.language import SOURCE_LANGUAGE, languages

_STUDY_TYPES = {"oblast": str, "crop": str, "year_before": int, "year_after": int, "seed": int, "language": str}
_KINDS = {int: "a whole number", str: "a text", list[int]: "a list of whole numbers"}


class Parameters(BaseModel):
    """The checked parameters of a run, by attribute: `language`, and what the report's declaration lists."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    language: str


def parameters_model(declared: Declaration) -> type[Parameters]:
    """The typed parameters of a report as a class made from its declaration."""
    fields = {name: (_STUDY_TYPES[name], ...) for name in declared.study}
    fields |= {name: (parameter.python_type, ...) for name, parameter in declared.parameters.items()}
    return create_model(declared.name, __base__=Parameters, **fields)


def read_study(path: Path = PARAMETERS) -> dict[str, object]:
    """The study's parameters as `params.yaml` gives them, oblast and crop under their one name.

    Whether the data can serve them is checked with a report, which says what it takes.

    Raises
    ------
    ParameterError
        If the file is missing or is not readable, has no section `study`, or has another one, or if a parameter is
        unknown or of the wrong type.
    """
    sections = read_yaml(path, ParameterError)
    if not isinstance(sections, dict) or not isinstance(sections.get("study"), dict):
        raise ParameterError(f"{shown(path)} needs a section `study` with {', '.join(_STUDY_TYPES)}.")
    others = sorted(map(str, set(sections) - {"study"}))
    if others:
        raise ParameterError(
            f"{shown(path)}: unknown section {others[0]!r}. It holds `study` alone; a report's own parameters stand in "
            "its declaration, notebooks/<report>.yml."
        )
    unknown = sorted(map(str, set(sections["study"]) - set(_STUDY_TYPES)))
    if unknown:
        raise ParameterError(f"{shown(path)}: unknown parameter {unknown[0]!r}. Known: {', '.join(_STUDY_TYPES)}.")
    for name, value in sections["study"].items():
        if type(value) is not _STUDY_TYPES[name]:
            raise ParameterError(
                f"{shown(path)}: {name} is {value!r}; it must be {_KINDS[_STUDY_TYPES[name]]}. Mend it there."
            )
    return _named(sections["study"])


def read_parameters(report: str, path: Path = PARAMETERS) -> dict[str, object]:
    """The parameters of a report, not yet checked: those of the study that it takes, its own defaults, the language.

    Raises
    ------
    ParameterError
        If there is no such report, or params.yaml is not what it should be.
    """
    declared, study = declaration(report), read_study(path)
    own = {name: parameter.default for name, parameter in declared.parameters.items()}
    return {name: study[name] for name in (*declared.study, "language") if name in study} | own


def run_parameters(report: str, overrides: Mapping[str, object], path: Path = PARAMETERS) -> Parameters:
    """The checked parameters of a run: those of `params.yaml` and of the declaration, with others in their place.

    Raises
    ------
    ParameterError
        As `check_parameters`; of a parameter that was not given for this run the message says where it stands.
    """
    try:
        return check_parameters(report, read_parameters(report, path) | overrides)
    except ParameterError as error:
        named = {word.strip("'.") for word in str(error).split()[:3]}  # as in: Unknown parameter 'oblst'.
        if named & overrides.keys():
            raise
        raise ParameterError(f"{error}\nParameters that are not given for a run stand in {shown(path)}.") from error


def check_parameters(report: str, values: Mapping[str, object], panel: pd.DataFrame | None = None) -> Parameters:
    """The typed parameters of a report, or a refusal that says what is allowed.

    The oblast and the crop may be given in any language and spelling that the vocabulary knows; they become the one
    name that the data have (`Жалал-Абад` and `Jalal-Abat oblast` are `Jalal-Abad`).

    Raises
    ------
    ParameterError
        If a parameter is unknown, missing, of the wrong type, or impossible with the data: an oblast or a crop
        without a series, a year outside it, `year_before` not before `year_after`, a language without catalogue.
    """
    declared = declaration(report)
    model = parameters_model(declared)
    try:
        checked = model.model_validate({"language": SOURCE_LANGUAGE, **_named(values)})
    except ValidationError as error:
        raise ParameterError("\n".join(_sentence(e, model) for e in error.errors())) from error
    _require_possible(checked, declared, panel)
    return checked


def _named(values: Mapping[str, object]) -> dict[str, object]:
    """The values with oblast and crop under their one name; what the vocabulary does not know is refused later."""
    named = dict(values)
    for parameter, names in (("oblast", areas("oblast")), ("crop", crops())):
        if isinstance(text := named.get(parameter), str):
            with contextlib.suppress(UnknownNameError):
                named[parameter] = names.resolve(text)
    return named


def _sentence(error: dict, model: type[Parameters]) -> str:
    name, *within = map(str, error["loc"])
    known = ", ".join(model.model_fields)
    if error["type"] == "extra_forbidden":
        return f"Unknown parameter {name!r}. The report {model.__name__} takes: {known}."
    if error["type"] == "missing":
        return f"Parameter {name!r} is missing. The report {model.__name__} takes: {known}."
    annotation = model.model_fields[name].annotation
    if error["type"] == "literal_error":
        return f"{name} is {error['input']!r}. Allowed: {', '.join(get_args(annotation))}."
    return f"{name} {'holds' if within else 'is'} {error['input']!r}; it must be {_KINDS[annotation]}."


def _require_possible(checked: Parameters, declared: Declaration, panel: pd.DataFrame | None) -> None:
    if checked.language not in languages():
        raise ParameterError(f"language is {checked.language!r}. Allowed: {', '.join(languages())}.")
    oblast = getattr(checked, "oblast", None)
    if oblast is not None and oblast not in oblasts():
        raise ParameterError(f"oblast is {oblast!r}. Allowed: {', '.join(oblasts())}.")
    years = _years_with_yields(checked, load_panel() if panel is None else panel) if "crop" in declared.study else None
    for name in ("year_before", "year_after"):
        if years is not None and getattr(checked, name, years[0]) not in years:
            raise ParameterError(
                f"{name} is {getattr(checked, name)}. Allowed: {years.min()} to {years.max()}, "
                f"the years with a yield of {checked.crop}{f' for {oblast}' if oblast else ''}."
            )
    if {"year_before", "year_after"} <= set(declared.study) and checked.year_before >= checked.year_after:
        raise ParameterError(f"year_before ({checked.year_before}) must lie before year_after ({checked.year_after}).")
    for name, parameter in declared.parameters.items():
        _require_allowed(name, getattr(checked, name), parameter, years)


def _years_with_yields(checked: Parameters, panel: pd.DataFrame) -> pd.Index:
    """The years with a yield of the crop, for the oblast where the report takes one."""
    try:
        yields = yields_by_oblast(panel, checked.crop)
    except DataError as error:
        raise ParameterError(f"crop is {checked.crop!r}. {error}") from error
    oblast = getattr(checked, "oblast", None)
    if oblast is None:
        return yields.dropna(how="all").index
    if oblast not in yields:
        raise ParameterError(
            f"There is no series of {checked.crop} for {oblast}. Oblasts that have one: {', '.join(yields)}."
        )
    return yields[oblast].dropna().index


def _require_allowed(name: str, value: object, parameter: Parameter, years: pd.Index | None) -> None:
    """Refuse a value of a report's own parameter that lies outside its bounds."""
    if parameter.type == "integer":
        low, high = parameter.at_least, parameter.at_most
        if (low is not None and value < low) or (high is not None and value > high):
            allowed = f"Allowed: {low} to {high}" if high is not None else f"it must be {low} or more"
            raise ParameterError(f"{name} is {value}{'.' if high is not None else ';'} {allowed}.")
    if parameter.type not in ("year", "years"):
        return
    chosen = value if parameter.type == "years" else [value]
    if not chosen or len(set(chosen)) < len(chosen):
        raise ParameterError(f"{name} is {chosen}; it must name at least one year, and each once.")
    if parameter.within is None or (parameter.within == "yields" and years is None):
        return
    first, last = (years.min(), years.max()) if parameter.within == "yields" else parameter.within
    first += parameter.years_before
    allowed = [y for y in years if y >= first] if parameter.within == "yields" else range(first, last + 1)
    outside = sorted(set(chosen) - set(allowed))
    if outside:
        behind = f", with {parameter.years_before} years before it to learn from" if parameter.years_before else ""
        raise ParameterError(f"{name} is {outside[0]}. Allowed: {first} to {last}{behind}.")


def study_parameters() -> tuple[str, ...]:
    """The names of the study's parameters, `language` among them."""
    return (*STUDY, "language")
