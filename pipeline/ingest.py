"""Ingest: read the raw tables of a source group, check them against their cards, write them as they are used.

What comes out (`data/interim/<group>/<source>/<table>.csv`) holds the same cells as the raw table, as text with
every printed digit, after the corrections of `data/corrections.yml`. Names and units are harmonised later.
"""

import shutil
from pathlib import Path

import pandas as pd

from pipeline.cards import GROUPS, check_facts, read_cards, read_table
from pipeline.corrections import apply_corrections, read_corrections
from pipeline.errors import DataError
from pipeline.paths import CORRECTIONS, INTERIM, RAW


def ingest(group: str, raw: Path = RAW, interim: Path = INTERIM, corrections: Path = CORRECTIONS) -> str:
    """Read, check and write all tables of one source group; a sentence saying what was done.

    Raises
    ------
    DataError
        If a table is not what its card describes, a fact does not hold, or a correction does not fit. Nothing
        is written then.
    """
    if group not in GROUPS:
        raise DataError(f"Unknown source group {group!r}. Known: {', '.join(GROUPS)}.")
    known_corrections = read_corrections(corrections)
    cards = read_cards(group, raw)
    tables, facts, rows = {}, 0, 0
    for card in cards:
        published = {name: read_table(card, name, raw) for name in card.tables}
        facts += check_facts(card, published)
        for name, frame in published.items():
            tables[card.id, name] = apply_corrections(frame, card.id, name, known_corrections, corrections)
            rows += len(frame)
    _write(tables, interim / group)
    made = sum((c.source, c.table) in tables for c in known_corrections)
    return (
        f"{group}: {len(cards)} sources, {len(tables)} tables, {rows} rows as their cards describe them; "
        f"{facts} facts hold; {made} corrections made."
    )


def _write(tables: dict[tuple[str, str], pd.DataFrame], folder: Path) -> None:
    """Write all tables beside the target and put them in place at the end, so that nothing is half-written."""
    staging = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(staging, ignore_errors=True)
    for (source, name), frame in tables.items():
        (staging / source).mkdir(parents=True, exist_ok=True)
        frame.to_csv(staging / source / name, index=False, lineterminator="\n", encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    staging.rename(folder)


def read_interim(group: str, source: str, table: str, interim: Path = INTERIM) -> pd.DataFrame:
    """An ingested table as text; empty cells are ""."""
    path = interim / group / source / table
    if not path.is_file():
        raise DataError(f"{path} does not exist. Run: python -m pipeline report")
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
