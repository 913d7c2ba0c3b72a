"""Vintages: releases of a source's file as they were fetched, dated, one beside the other and never over it.

A release lies in `data/vintages/<source>/<date>/` with a note of where it came from. Fetching adopts nothing: the
source's tables stay as they are until a person has looked at what changed and says so.
"""

import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd
import yaml

from pipeline.data.adoption import COLUMNS, TABLES, Given, as_crop_table, typical_decimals
from pipeline.data.cards import check_facts, checksum, decimals_of, read_card, read_cards, read_table, record
from pipeline.data.corrections import read_corrections
from pipeline.data.revisions import unmet_corrections
from pipeline.data.spreadsheets import MOST_BYTES
from pipeline.data.workbook import Figure, Label, Reading, kind_of, read_workbook
from pipeline.data.yaml_files import read_yaml
from pipeline.errors import DataError
from pipeline.paths import CORRECTIONS, DATA, RAW, shown

VINTAGES = DATA / "vintages"
NOTE = "vintage.yml"
TIMEOUT = (10.0, 30.0)
"""Seconds to wait for a connection, and for the next bytes."""
WITHIN = 300.0
"""Seconds in which a file must have come, however slowly."""
RETRIES = 2
WHEAT = ["oblast", "year", "crop", "yield_c_per_ha"]
"""The columns of the wheat table, which was typed in before there was a reader; it is brought up to date as well."""


@dataclass(frozen=True)
class Vintage:
    """One release as it was fetched."""

    source: str
    date: str
    file: Path
    url: str
    sha256: str


def vintages(source: str, folder: Path = VINTAGES) -> list[Vintage]:
    """The releases of a source that are here, the oldest first.

    Raises
    ------
    DataError
        If a note is not what `fetch` wrote, or names a file outside its folder.
    """
    found = []
    for note in sorted((folder / source).glob(f"*/{NOTE}"), key=lambda path: _order(path.parent.name)):
        said = read_yaml(note)
        parts = [said.get(part) for part in ("file", "url", "sha256")] if isinstance(said, dict) else [None]
        if not all(isinstance(part, str) for part in parts) or Path(parts[0]).name != parts[0]:
            raise DataError(
                f"{shown(note)} is not the note of a release: expected are `file`, a name in this folder, `url` and "
                "`sha256`. Delete the folder and fetch the release again."
            )
        name, url, sha256 = parts
        found.append(Vintage(source, note.parent.name, note.parent / name, url, sha256))
    return found


def _order(date: str) -> tuple[str, int]:
    day, _, number = date[:10], date[10:11], date[11:]
    return day, int(number or 1)


def addresses(name: str, raw: Path = RAW) -> dict[str, str]:
    """The sources that a name of `refresh` means and the address of each: one source, or `nsc` for all of them.

    Raises
    ------
    DataError
        If there is no such source, or its card has no address.
    """
    cards = read_cards("statistics_committee", raw)
    chosen = [card for card in cards if name in (card.id, "nsc")]
    if not chosen:
        known = ", ".join(card.id for card in cards if card.url_download)
        raise DataError(
            f"{name!r} is no source of the statistics committee. With an address: {known}; all of them: nsc."
        )
    found = {card.id: card.url_download for card in chosen if card.url_download}
    if not found:
        raise DataError(f"The card of {name} has no url_download. Add it, or say the address: --url.")
    return found


def fetch(
    source: str,
    url: str,
    *,
    folder: Path = VINTAGES,
    timeout: tuple[float, float] = TIMEOUT,
    within: float = WITHIN,
    retries: int = RETRIES,
    most: int = MOST_BYTES,
    progress: bool = True,
) -> tuple[Vintage, Reading, bool]:
    """Fetch a release and keep it as a vintage of today; whether it is another than the last one.

    The connection is encrypted and the server's certificate verified where the address is one of https. A transfer that
    breaks off is tried again; a file that is too large, too slow, or no table that can be read is not kept.

    Raises
    ------
    DataError
        Saying what was wrong with the answer. Nothing is kept then.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", source):
        raise DataError(f"{source!r} is no name for a source: small Latin letters, digits and _, as in nsc_crops.")
    if urlsplit(url).scheme not in ("https", "http"):
        raise DataError(f"{url!r} is no address of a file in the web. Expected https://…")
    with tempfile.TemporaryDirectory(prefix="pipeline-fetch-") as scratch:
        fetched = _fetched(url, Path(scratch), timeout, within, retries, most, progress)
        try:
            reading = read_workbook(fetched)
        except DataError as error:
            raise DataError(f"{url} gave no table that can be read; it was not kept.\n{error}") from None
        sha256, known = checksum(fetched), vintages(source, folder)
        if known and known[-1].sha256 == sha256:
            return known[-1], reading, False
        return _kept(source, url, fetched, sha256, folder), reading, True


def _kept(source: str, url: str, fetched: Path, sha256: str, folder: Path) -> Vintage:
    """Put a fetched file into a new folder of today, by one rename."""
    now = datetime.now(UTC)
    date, number = f"{now:%Y-%m-%d}", 1
    while (folder / source / date).exists():
        number += 1
        date = f"{now:%Y-%m-%d}-{number}"
    name = f"table.{_kind(fetched)}"
    (folder / source).mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".new-", dir=folder / source))
    try:
        shutil.copyfile(fetched, staging / name)
        note = {"file": name, "url": url, "fetched": f"{now:%Y-%m-%dT%H:%M:%SZ}", "sha256": sha256}
        note["bytes"] = fetched.stat().st_size
        (staging / NOTE).write_text(yaml.dump(note, sort_keys=False), encoding="utf-8", newline="\n")
        staging.chmod(0o755)
        staging.rename(folder / source / date)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return Vintage(source, date, folder / source / date / name, url, sha256)


def _kind(file: Path) -> str:
    start = file.read_bytes()[:8]
    if start.startswith(b"PK"):
        return "xlsx"
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        return "xls"
    return "json" if start.lstrip(b"\xef\xbb\xbf \r\n\t").startswith((b"{", b"[")) else "csv"


class _Refused(Exception):
    """An answer that another try would not change; no ValueError, on which pooch tries again."""


def _fetched(
    url: str, scratch: Path, timeout: tuple[float, float], within: float, retries: int, most: int, progress: bool
) -> Path:
    import pooch
    import requests

    pooch.get_logger().setLevel("ERROR")
    latest = time.monotonic() + within

    def download(address: str, output: str, _pooch: object, check_only: bool = False) -> None:
        _download(address, Path(output), timeout, latest, most, progress)

    basket = pooch.create(scratch, base_url="", registry={"table": None}, urls={"table": url}, retry_if_failed=retries)
    try:
        return Path(basket.fetch("table", downloader=download))
    except _Refused as error:
        raise DataError(f"{url}: {error} Nothing was kept.") from None
    except requests.exceptions.SSLError as error:
        raise DataError(
            f"{url}: the server's certificate could not be verified, so nothing was fetched ({error}). Fetch the file "
            "in a browser and read it with add-table."
        ) from None
    except (requests.exceptions.RequestException, OSError) as error:
        raise DataError(
            f"{url} could not be fetched, tried {retries + 1} times: {error}. Nothing was kept. Try later, or fetch "
            "the file in a browser and read it with add-table."
        ) from None


def _download(url: str, output: Path, timeout: tuple[float, float], latest: float, most: int, progress: bool) -> None:
    """One try: stream an answer into a file, within the limits of size and time."""
    import requests
    import urllib3
    from tqdm import tqdm

    def require_time() -> None:
        if time.monotonic() > latest:
            raise _Refused("it did not come in time; the server is too slow.")

    require_time()
    headers = {"Accept-Encoding": "identity", "User-Agent": "green-clusters-replication (refresh of published tables)"}
    with requests.get(url, stream=True, timeout=timeout, headers=headers) as answer:
        if 400 <= answer.status_code < 500:
            raise _Refused(f"the server answered {answer.status_code} {answer.reason}.")
        answer.raise_for_status()
        stated = answer.headers.get("Content-Length", "")
        expected = int(stated) if stated.isdigit() else None
        if expected is not None and expected > most:
            raise _Refused(f"the file has {expected:,} bytes; a table has at most {most:,}.")
        got = 0
        bar = tqdm(
            total=expected, unit="B", unit_scale=True, desc=url.rsplit("/", 1)[-1] or "table", disable=not progress
        )
        with output.open("wb") as file, bar:
            try:
                while chunk := answer.raw.read1(1 << 16, decode_content=True):
                    got += len(chunk)
                    if got > most:
                        raise _Refused(f"the file has more than {most:,} bytes, as much as a table may have.")
                    require_time()
                    file.write(chunk)
                    bar.update(len(chunk))
            except urllib3.exceptions.HTTPError as error:
                raise requests.exceptions.ConnectionError(
                    f"the transfer broke off after {got:,} bytes ({error})"
                ) from None
        if expected is not None and got < expected:
            raise requests.exceptions.ConnectionError(f"the transfer broke off after {got:,} of {expected:,} bytes")


# --- from a vintage to the tables of its source -----------------------------------------------------------------------


@dataclass(frozen=True)
class Candidate:
    """A table of a source as a vintage would have it, what is new in the file and not taken, corrections unmet."""

    table: str
    frame: pd.DataFrame
    not_taken: list[str]
    unmet: list[str]


def candidates(
    source: str,
    reading: Reading,
    decimals: int | None = None,
    *,
    raw: Path = RAW,
    corrections: Path = CORRECTIONS,
) -> Iterator[Candidate]:
    """The tables of a source as a new release has them, within what they hold now: the same crops, areas, measure.

    Raises
    ------
    DataError
        If the release does not hold what a table needs.
    """
    card, known = read_card(source, raw), read_corrections(corrections)
    for name in card.tables:
        old = read_table(card, name, raw)
        if not (list(old.columns) == WHEAT or re.fullmatch(TABLES.replace("*", ".*"), name)):
            continue
        frame, not_taken = _like(old, reading, decimals)
        if len(frame):
            yield Candidate(name, frame, not_taken, unmet_corrections(frame, source, name, known))


def _like(old: pd.DataFrame, reading: Reading, decimals: int | None) -> tuple[pd.DataFrame, list[str]]:
    """The figures of a release in the form of a table, those of its crops and areas."""
    wheat = list(old.columns) == WHEAT
    figures = old["yield_c_per_ha"] if wheat else old.loc[old["value"] != "", "value"]
    given = Given(
        measure=None if not wheat else "yield",
        weight_basis="after-processing" if wheat else _of_weight(old),
        decimals=typical_decimals(figures.map(decimals_of)) if decimals is None else decimals,
        leave_out=tuple(_unknown(reading)),
    )
    new = as_crop_table(reading, given).frame
    crops = set(old["crop"])
    places = (
        {(oblast, "oblast") for oblast in old["oblast"]}
        if wheat
        else set(zip(old["area"], old["area_level"], strict=True))
    )
    measures = {"yield"} if wheat else set(old["measure"])
    inside = new["crop"].isin(crops) & new["measure"].isin(measures)
    inside &= pd.Series(
        [pair in places for pair in zip(new["area"], new["area_level"], strict=True)], index=new.index, dtype=bool
    )
    others = sorted(set(new.loc[~inside & new["measure"].isin(measures), "crop"]) - crops)
    frame = new[inside]
    if not wheat:
        return frame[COLUMNS].reset_index(drop=True), others
    frame = frame[frame["value"] != ""].rename(columns={"area": "oblast", "value": "yield_c_per_ha"})
    return frame[WHEAT].sort_values(["oblast", "year"], ignore_index=True), others


def _of_weight(old: pd.DataFrame) -> str:
    weights = set(old.loc[~old["measure"].str.startswith("area"), "weight_basis"]) or {"unknown"}
    return sorted(weights)[0]


def _unknown(reading: Reading) -> list[str]:
    """Names of a release that no table of ours can hold: they are left out, and add-table says so where it matters."""
    labels = {label for figure in reading.figures for label in (figure.row, figure.section) if label}
    return [
        str(label)
        for label in labels
        if not any(map(kind_of, label.texts)) and not any(f.group == label for f in reading.figures)
    ]


def adopt_vintage(source: str, found: list[Candidate], vintage: Vintage, raw: Path = RAW) -> list[str]:
    """Put new tables in the place of a source's own, the old ones beside the vintage; sentences on what was done.

    Raises
    ------
    DataError
        If a correction no longer fits, or a table does not keep to its card. Nothing is changed then.
    """
    unmet = [sentence for candidate in found for sentence in candidate.unmet]
    if unmet:
        raise DataError(
            "Corrections of the project no longer find what they expect; look at each, delete or change it, then adopt:"
            "\n  " + "\n  ".join(unmet)
        )
    folder, staging = raw / source, raw.parent / ".adopting"
    shutil.rmtree(staging, ignore_errors=True)
    try:
        shutil.copytree(folder, staging / source)
        for candidate in found:
            path = staging / source / candidate.table
            candidate.frame.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
        changed = record(source, staging)
        card = read_card(source, staging)
        check_facts(card, {name: read_table(card, name, staging) for name in card.tables})
        kept = vintage.file.parent / "replaced"
        for name in changed:
            kept.mkdir(exist_ok=True)
            shutil.copyfile(folder / name, kept / name)
        folder.rename(staging / f"{source}.old")
        (staging / source).rename(folder)
    except BaseException:
        if (staging / f"{source}.old").exists() and not folder.exists():
            (staging / f"{source}.old").rename(folder)
        raise
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    if not changed:
        return [f"{source}: its tables are those of the vintage {vintage.date} already."]
    return [
        f"{source}: {', '.join(changed)} from the vintage {vintage.date}; what was before lies in {shown(kept)}/.",
        f"Update in {shown(folder / 'source.yml')} what it says of dates and coverage, and in data/expectations.yml "
        "the last year of the series.",
    ]


def as_reading(frame: pd.DataFrame) -> Reading:
    """A table of a source as a reading, to compare it: columns area, crop, measure, year, value, mark."""
    figures = [
        Figure(Label(en=r.area), Label(en=f"{r.crop}, {r.measure}"), int(r.year), r.value or r.mark, "", "")
        for r in frame.itertuples()
    ]
    return Reading(figures=figures)
