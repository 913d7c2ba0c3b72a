"""The commands refresh and revisions: fetch, compare, adopt."""

import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd

from pipeline.data.cards import read_card, read_table
from pipeline.data.revisions import Revisions, revisions
from pipeline.data.vintages import (
    VINTAGES,
    Candidate,
    Vintage,
    addresses,
    adopt_vintage,
    as_reading,
    candidates,
    fetch,
    vintages,
)
from pipeline.data.workbook import Reading, read_workbook
from pipeline.errors import DataError, PipelineError
from pipeline.paths import BUILD, CORRECTIONS, RAW, shown
from pipeline.site.revisions import write_revisions


def compare_files(old: Path, new: Path, to: Path | None = None) -> str:
    """Compare two files of one table; what was found, and the page that shows it."""
    found = revisions(read_workbook(old), read_workbook(new))
    page = write_revisions(found, old.name, new.name, (to or BUILD / "revisions" / f"{old.stem}..{new.stem}").resolve())
    return f"{found.summary()}\nRead it: {shown(page)}    Table: {shown(page.with_name('revisions.csv'))}"


def fetch_and_compare(
    name: str,
    url: str | None = None,
    decimals: int | None = None,
    *,
    raw: Path = RAW,
    folder: Path = VINTAGES,
    corrections: Path = CORRECTIONS,
    build: Path = BUILD,
    **limits: object,
) -> int:
    """Fetch new releases and say what each would change; 1 where one could not be fetched, the others are then kept."""
    wanted = {name: url} if url else addresses(name, raw)
    failed = 0
    for source, address in wanted.items():
        before = vintages(source, folder)
        try:
            vintage, reading, is_new = fetch(source, address, folder=folder, **limits)
        except DataError as error:
            print(f"\n{source}: {error}", file=sys.stderr)
            failed = 1
            continue
        print(f"{source}: {shown(vintage.file)}" + ("" if is_new else ", fetched before: nothing new"))
        earlier = before[-1] if is_new and before else before[-2] if len(before) > 1 else None
        for old, new, what, unmet in _comparisons(source, reading, vintage, earlier, decimals, raw, corrections):
            found = replace(revisions(old, new), corrections=unmet)
            page = write_revisions(
                found, what, f"{source}, {vintage.date}", build / "revisions" / source / vintage.date
            )
            print(f"Against {what}:\n{_indented(found)}\nRead it: {shown(page)}")
        print(f"Nothing was adopted. To adopt it: python -m pipeline refresh {source} --adopt")
    return failed


def _indented(found: Revisions) -> str:
    return "\n".join(f"  {line}" for line in found.summary().splitlines())


def _comparisons(
    source: str,
    reading: Reading,
    vintage: Vintage,
    earlier: Vintage | None,
    decimals: int | None,
    raw: Path,
    corrections: Path,
) -> list[tuple[Reading, Reading, str, list[str]]]:
    """What a release is compared with: the vintage before it, or else the tables that the source has now."""
    found, unmet = _candidates(source, reading, decimals, raw, corrections)
    if earlier is not None:
        return [(read_workbook(earlier.file), reading, f"{source}, {earlier.date}", unmet)]
    if not found:
        print("There is no earlier vintage and no table of this form to compare it with.")
        return []
    card = read_card(source, raw)
    old = pd.concat([as_reading_frame(read_table(card, candidate.table, raw)) for candidate in found])
    new = pd.concat([as_reading_frame(candidate.frame) for candidate in found])
    return [(as_reading(old), as_reading(new), f"data/raw/{source}", unmet)]


def as_reading_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """A table of a source with the columns area, crop, measure, year, value, mark."""
    if "oblast" in frame:
        frame = frame.rename(columns={"oblast": "area", "yield_c_per_ha": "value"}).assign(measure="yield", mark="")
    return frame[["area", "crop", "measure", "year", "value", "mark"]]


def _candidates(
    source: str, reading: Reading, decimals: int | None, raw: Path, corrections: Path
) -> tuple[list[Candidate], list[str]]:
    """The tables that a release would give, and sentences on what stands in the way."""
    if not (raw / source / "source.yml").is_file():
        return [], []
    try:
        found = list(candidates(source, reading, decimals, raw=raw, corrections=corrections))
    except PipelineError as error:
        print(f"Its figures do not fit the tables of {source} as they are: {error}", file=sys.stderr)
        return [], []
    for candidate in found:
        if candidate.not_taken:
            print(f"{candidate.table}: in the file, not in the table, not taken: {', '.join(candidate.not_taken)}")
    return found, [sentence for candidate in found for sentence in candidate.unmet]


def adopt_last(
    source: str,
    decimals: int | None = None,
    *,
    raw: Path = RAW,
    folder: Path = VINTAGES,
    corrections: Path = CORRECTIONS,
) -> list[str]:
    """Adopt the last vintage of a source; sentences on what was done.

    Raises
    ------
    DataError
        If there is no vintage, or it does not fit. Nothing is changed then.
    """
    known = vintages(source, folder)
    if not known:
        raise DataError(f"There is no vintage of {source} yet. Fetch one: python -m pipeline refresh {source}")
    reading = read_workbook(known[-1].file)
    found = list(candidates(source, reading, decimals, raw=raw, corrections=corrections))
    if not found:
        raise DataError(
            f"{shown(known[-1].file)} holds nothing of the tables of {source}. A new table: python -m pipeline "
            f"add-table {shown(known[-1].file)} --source {source}"
        )
    return [
        *adopt_vintage(source, found, known[-1], raw),
        "Bring the reports up to date: make report (python -m pipeline report)",
    ]
