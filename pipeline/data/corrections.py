"""Corrections of sources: written down in `data/corrections.yml`, never in code.

A correction says what it changes, why, who says so, and what it expects to find. When the source no longer
holds what is expected (a new release, say), it fails instead of silently doing nothing.
"""

from pathlib import Path

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.data.yaml_files import read_yaml
from pipeline.errors import DataError
from pipeline.paths import CORRECTIONS, shown


class Correction(BaseModel):
    """One correction: where `where` matches, in `rows` rows, `column` is `expect` and becomes `becomes`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    source: str
    table: str
    where: dict[str, str]
    rows: int = Field(default=1, gt=0)
    column: str
    expect: str
    becomes: str
    why: str
    who_says_so: str


def read_corrections(path: Path = CORRECTIONS) -> list[Correction]:
    """All corrections, in the order they are applied.

    Raises
    ------
    DataError
        If an entry lacks a field or has an unknown one, or two have the same id.
    """
    entries = read_yaml(path) or []
    if not isinstance(entries, list):
        raise DataError(f"{shown(path)}: expected a list of corrections, each begun with `- id: ...`.")
    corrections = []
    for number, entry in enumerate(entries, start=1):
        try:
            corrections.append(Correction.model_validate(entry))
        except ValidationError as error:
            fields = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            raise DataError(f"{shown(path)}: correction number {number} is not complete ({fields}).") from error
    ids = [c.id for c in corrections]
    if len(ids) != len(set(ids)):
        raise DataError(f"{shown(path)}: two corrections have the same id.")
    return corrections


def require_targets(corrections: list[Correction], tables: dict[str, list[str]], path: Path = CORRECTIONS) -> None:
    """Refuse corrections of a source or a table that does not exist: they would silently do nothing.

    Parameters
    ----------
    tables
        The names of the tables of every source.

    Raises
    ------
    DataError
        Naming the correction and the sources or tables that there are.
    """
    for c in corrections:
        place = f"{shown(path)}, correction {c.id}"
        if c.source not in tables:
            raise DataError(f"{place}: there is no source {c.source!r}. Sources: {', '.join(tables)}.")
        if c.table not in tables[c.source]:
            raise DataError(f"{place}: {c.source} has no table {c.table!r}. It has {', '.join(tables[c.source])}.")


def apply_corrections(
    frame: pd.DataFrame, source: str, table: str, corrections: list[Correction], path: Path = CORRECTIONS
) -> pd.DataFrame:
    """The table with its corrections made; the frame that came in is not changed.

    Raises
    ------
    DataError
        If a correction's row or column does not exist, or does not hold what the correction expects.
    """
    frame = frame.copy()
    for c in corrections:
        if (c.source, c.table) != (source, table):
            continue
        place = f"{shown(path)}, correction {c.id}"
        unknown = [name for name in (*c.where, c.column) if name not in frame]
        if unknown:
            raise DataError(
                f"{place}: {source}/{table} has no column {unknown[0]!r}. It has {', '.join(frame.columns)}."
            )
        matches = pd.Series(True, index=frame.index)
        for name, value in c.where.items():
            matches &= frame[name] == value
        if matches.sum() != c.rows:
            raise DataError(
                f"{place}: {c.where} matches {int(matches.sum())} rows of {source}/{table}, expected {c.rows}."
            )
        others = frame.loc[matches & (frame[c.column] != c.expect), c.column]
        if len(others):
            raise DataError(
                f"{place}: {source}/{table}, {c.where}: {c.column} was expected to be {c.expect!r} but is "
                f"{others.iloc[0]!r}. If the source was repaired, delete the correction; otherwise see what changed."
            )
        frame.loc[matches, c.column] = c.becomes
    return frame
