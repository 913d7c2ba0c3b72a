"""Assumptions: numbers that no source prints, each with a range, a unit and a reason, from `data/assumptions.yml`.

What a report works out of data as an input to vary (the range of a printed deficit, say) is an `Assumption` too; it is
made where it is worked out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import isfinite
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.data.yaml_files import read_yaml
from pipeline.errors import DataError, ParameterError
from pipeline.paths import ASSUMPTIONS, RAW, shown


@dataclass(frozen=True)
class Assumption:
    """A number that no source of the project gives: name, low <= central <= high, unit, and why these.

    Attributes
    ----------
    name
        What a calculation calls it.
    low, central, high
        Lowest, central and highest value that it may well have, in `unit`.
    unit, reason
        Texts for readers; deferred texts of the catalogue where they hold a number that was worked out.
    label
        What a reader calls it.
    source
        The source of `data/raw/` that one of the values rests on, "" where none does.

    Raises
    ------
    ParameterError
        If the numbers are out of order, or the name, the unit or the reason is missing.
    """

    name: str
    low: float
    central: float
    high: float
    unit: str
    reason: str
    label: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        if not all(map(isfinite, (self.low, self.central, self.high))) or not self.low <= self.central <= self.high:
            raise ParameterError(
                f"Assumption {self.name!r} needs finite low <= central <= high; given {self.low}, {self.central}, "
                f"{self.high}."
            )
        if not (self.name and self.unit and self.reason):
            raise ParameterError(f"Assumption {self.name!r} needs a name, a unit and a reason.")


class _Entry(BaseModel):
    """One entry of the file. Numbers may be written as whole ones, texts may not be empty."""

    model_config = ConfigDict(extra="forbid", strict=True)

    label: str = Field(min_length=1)
    low: float
    central: float
    high: float
    unit: str = Field(min_length=1)
    reason: str = Field(min_length=1)
    source: str = ""


@cache
def read_assumptions(path: Path = ASSUMPTIONS) -> dict[str, dict[str, Assumption]]:
    """All assumptions of the file, by report and name, in its order.

    Raises
    ------
    DataError
        If the file is not readable, an entry lacks a field or has an unknown one, its numbers are out of order, it
        names a source that there is not, or two reports give one name different values.
    """
    reports = read_yaml(path) or {}
    if not isinstance(reports, dict) or not all(isinstance(entries, dict) for entries in reports.values()):
        raise DataError(f"{shown(path)}: expected assumptions by report and name, `report: {{name: {{low: …}}}}`.")
    seen: dict[str, str] = {}
    for report, entries in reports.items():
        for name in entries:
            if name in seen:
                raise DataError(f"{shown(path)}: {name} stands under {seen[name]} and {report}. Give one another name.")
            seen[name] = report
    return {
        report: {name: _assumption(name, entry, f"{shown(path)}, {report}, {name}") for name, entry in entries.items()}
        for report, entries in reports.items()
    }


def _assumption(name: str, entry: object, place: str) -> Assumption:
    try:
        fields = _Entry.model_validate(entry).model_dump()
        assumption = Assumption(name, **fields)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'entry'}: {e['msg']}" for e in error.errors())
        raise DataError(f"{place} needs label, low, central, high, unit, reason ({wrong}).") from error
    except ParameterError as error:
        raise DataError(f"{place}: {error}") from error
    if assumption.source and not (RAW / assumption.source).is_dir():
        known = ", ".join(sorted(folder.name for folder in RAW.iterdir() if folder.is_dir()))
        raise DataError(f"{place}: there is no source {assumption.source!r}. Sources: {known}.")
    return assumption


def assumptions(report: str) -> dict[str, Assumption]:
    """The assumptions that a report takes, by name, in the order of the file.

    Raises
    ------
    DataError
        If the file has none for the report, or as `read_assumptions`.
    """
    reports = read_assumptions()
    if report not in reports:
        raise DataError(f"{shown(ASSUMPTIONS)} has no assumptions for {report!r}. It has: {', '.join(reports)}.")
    return dict(reports[report])


def messages(report: str) -> Iterator[str]:
    """What readers of a report see of its assumptions: label, unit and reason of each, for the translators."""
    for assumption in assumptions(report).values():
        yield from (assumption.label, assumption.unit, assumption.reason)
