"""Ingest: read the raw tables of a source group, check them against their cards, write them as they are used.

What comes out (`data/interim/<group>/<source>/<table>.csv`) holds the same cells as the raw table, as text with
every printed digit, after the corrections of `data/corrections.yml`. Names and units are harmonised later.
"""

import shutil
from pathlib import Path

import pandas as pd

from pipeline.data.cards import GROUPS, as_described, check_facts, read_cards, read_table
from pipeline.data.corrections import apply_corrections, read_corrections, require_targets
from pipeline.errors import DataError
from pipeline.paths import CORRECTIONS, INTERIM, RAW, shown


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
    every_card = read_cards(raw=raw)
    require_targets(known_corrections, {card.id: list(card.tables) for card in every_card}, corrections)
    cards = [card for card in every_card if card.group == group]
    if not cards:
        raise DataError(f"No source in {shown(raw)} belongs to the group {group}.")
    tables, facts, rows = {}, 0, 0
    for card in cards:
        published = {name: read_table(card, name, raw) for name in card.tables}
        facts += check_facts(card, published)
        for name, frame in published.items():
            corrected = apply_corrections(frame, card.id, name, known_corrections, corrections)
            place = f"{shown(raw / card.id / name)} after its corrections"
            tables[card.id, name] = card.tables[name].in_order(as_described(corrected, card.tables[name], place))
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
        raise DataError(f"{shown(path)} does not exist yet. Run: python -m pipeline report")
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
