"""Adoption: a table that was read becomes a table of a source, with its card, or nothing is written at all.

A table of crops, wherever its crops and territories stood, becomes `crops_<measure>.csv` in the folder of its source:
one row a figure, names as the vocabulary has them. `harmonise` takes every such table of the statistics committee into
the panel. What a file cannot tell (its licence, how it was obtained, the weight that its figures are of) is asked for.
"""

import re
import shutil
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pandas as pd
import yaml

from pipeline.data import lettering as words
from pipeline.data.cards import check_facts, checksum, decimals_of, read_card, read_table
from pipeline.data.panel import WEIGHT_BASES, load_panel
from pipeline.data.vocabulary import areas, crops, units
from pipeline.data.workbook import AREA, CROP, Figure, Label, Reading, kind_of
from pipeline.data.yaml_files import parse_yaml
from pipeline.errors import DataError, UnknownNameError
from pipeline.paths import PANEL, RAW, VOCABULARY, shown

TABLES = "crops_*.csv"
"""The tables of a source that are in the form of this module."""
COLUMNS = ["area", "area_level", "crop", "measure", "year", "value", "unit", "weight_basis", "mark", "note"]
KEY = ["area", "area_level", "crop", "measure", "year"]
UNROUNDED = 6
"""More decimals than that are those of a floating-point number, not printed ones."""

_UNITS = {
    "yield": ("c_per_ha", "kg_per_ha", "t_per_ha"),
    "area_sown": ("ha", "kha"),
    "area_harvested": ("ha", "kha"),
    "production": ("t", "kt", "million_t", "thousand_c"),
}
_MEASURES: dict[str, str] = {
    "yield": r"урожайност|түшүмдүүлүг|түшүмдүүлүк|\byields?\b",
    "area_sown": r"посевн\w+ площад|айдоо аянт|себилген аянт|эгилген аянт|sown area|area sown|area under crops",
    "area_harvested": r"убранн\w+ площад|площад\w+ уборки|жыйналган аянт|harvested area|area harvested",
    "production": r"валов(ой|ый|ого) сбор|дүң түшүм|дүң жыйым|gross harvest|production of",
}
_AFTER_PROCESSING = re.compile(
    r"(?i)после (до|пере)работки|after processing|иштетүүдөн кийин|иштеткенден кийин|тазалоодон кийин"
)
_BUNKER = re.compile(r"(?i)бункерн|bunker|первоначально оприходован")
_COLUMNS = {
    "area": ("text", "country, oblast, city or raion, under its one English name"),
    "area_level": ("text", "country, oblast, city or raion"),
    "crop": ("text", "crop or group of crops, under its one English name"),
    "measure": ("text", "yield, area_sown, area_harvested or production"),
    "year": ("integer", "harvest year"),
    "value": ("number", "the figure; empty where a mark stands in its place"),
    "unit": ("text", "unit of the figure"),
    "weight_basis": ("text", "weight after processing, bunker weight, or unknown; unknown for areas"),
    "mark": ("text", "what the table prints in place of a figure: - for nil, … for not available"),
    "note": ("text", "footnotes of the figure, and what it was rounded from"),
}
_OPTIONAL = ("value", "mark", "note")


@dataclass(frozen=True)
class Given:
    """What the user says of a table, as far as the table does not.

    Attributes
    ----------
    crop, area
        Of all figures, where the table names none.
    decimals
        To which unrounded figures are rounded; each rounded figure says so in its note.
    leave_out
        Names (of rows, headings, crops) whose figures are left out.
    table
        File name; `crops_<measure>.csv` where not given.
    """

    measure: str | None = None
    crop: str | None = None
    area: str | None = None
    unit: str | None = None
    weight_basis: str | None = None
    decimals: int | None = None
    leave_out: tuple[str, ...] = ()
    table: str | None = None
    title: str | None = None
    licence: str | None = None
    obtained: str | None = None
    published: str | None = None
    url: str | None = None
    producer: str = "National Statistical Committee of the Kyrgyz Republic"


@dataclass
class Adopted:
    """A table in the project's form, and what should be known of it."""

    frame: pd.DataFrame
    said: list[str] = field(default_factory=list)

    @property
    def measures(self) -> list[str]:
        return list(dict.fromkeys(self.frame["measure"]))


def as_crop_table(reading: Reading, given: Given) -> Adopted:
    """The figures of a table of crops in the project's form, `COLUMNS`, all as text.

    Raises
    ------
    DataError
        If a name is of no area or crop that the vocabulary knows, or the measure, the unit or the weight is not said;
        the message names the cell and the option that says it.
    """
    for option, said, allowed in (
        ("measure", given.measure, tuple(_MEASURES)),
        ("weight-basis", given.weight_basis, WEIGHT_BASES),
    ):
        if said is not None and said not in allowed:
            raise DataError(f"--{option} {said}: expected one of {', '.join(allowed)}.")
    skipped = {words.one_line(name).casefold() for name in given.leave_out}
    rows, unknown, left = [], {}, Counter()
    for figure in reading.figures:
        names = [*figure.row.texts, *figure.section.texts]
        hit = next((name for name in names if name.casefold() in skipped), None)
        if hit is None:
            try:
                crop, area, level = _what_and_where(figure, given)
            except DataError as error:
                unknown.setdefault(str(error), figure.cell)
                continue
            hit = next((name for name in (crop, area) if name.casefold() in skipped), None)
        if hit is not None:
            left[hit] += 1
            continue
        rows.append((figure, crop, area, level))
    if unknown:
        listed = "\n".join(f"  {cell}: {sentence}" for sentence, cell in list(unknown.items())[:12])
        more = f"\n  … and {len(unknown) - 12} more" if len(unknown) > 12 else ""
        raise DataError(
            f"Names of the table that are not understood:\n{listed}{more}\nAdd a spelling in {shown(VOCABULARY)}/, say "
            "it for the whole table (--crop, --area), or leave the figures out: --leave-out 'NAME'."
        )
    if not rows:
        raise DataError("No figure of the table is left. See what --leave-out names.")
    measure_of = _measures(reading, [figure for figure, *_ in rows], given)
    out = Adopted(pd.DataFrame(columns=COLUMNS), [f"left out {n} figures of {name}" for name, n in left.items()])
    made = [
        {
            "area": area,
            "area_level": level,
            "crop": crop,
            "measure": measure_of[figure],
            "year": str(figure.year),
            "value": figure.value if figure.is_number else "",
            "unit": _unit(figure, measure_of[figure], given),
            "weight_basis": _weight(reading, figure, measure_of[figure], given),
            "mark": "" if figure.is_number else figure.value,
            "note": "; ".join(f"footnote {m}: {reading.footnotes.get(m, 'not explained')}" for m in figure.marks),
            "cell": figure.cell,
        }
        for figure, crop, area, level in rows
    ]
    frame = pd.DataFrame(made)
    twice = frame[frame.duplicated(KEY, keep=False)]
    if len(twice):
        first = twice.iloc[0]
        same = twice[(twice[KEY] == first[KEY]).all(axis=1)]
        raise DataError(
            f"{' and '.join(same['cell'].head(2))} are both {first['crop']} in {first['area']}, {first['year']}. "
            "Leave one of the two names out (--leave-out), or give them names of their own in the vocabulary."
        )
    out.frame = _with_decimals(frame, given, out.said)[COLUMNS].reset_index(drop=True)
    return out


def _what_and_where(figure: Figure, given: Given) -> tuple[str, str, str]:
    """Crop, area and level of a figure, from its name, its heading, or what was said for the whole table."""
    crop = crops().resolve(given.crop) if given.crop else None
    place = area_of(Label(en=given.area)) if given.area else None
    for label in (figure.row, figure.section):
        kinds = {kind_of(text) for text in label.texts} - {""}
        if kinds == {AREA}:
            place = area_of(label)
        elif kinds == {CROP}:
            crop = _crop_of(label)
        elif label and label != figure.group:
            raise DataError(f"{str(label)!r} is no area and no crop that data/vocabulary knows.")
    if crop is None or place is None:
        missing = "crop" if crop is None else "area"
        raise DataError(f"{str(figure.row)!r} names no {missing}; say it for the whole table: --{missing} NAME.")
    return crop, *place


def area_of(label: Label) -> tuple[str, str]:
    """Name and level of an area; the languages must agree.

    Raises
    ------
    DataError
        If a name is not known, carries a break in what it covers, or two languages name two areas.
    """
    found = set()
    for text in map(words.unnumbered, label.texts):
        for level in ("country", "oblast", "city", "raion"):
            try:
                found.add((areas(level).resolve(text), level))
                break
            except UnknownNameError:
                if areas(level).is_broken(text):
                    raise
        else:
            raise UnknownNameError(f"{text!r} is no area that data/vocabulary knows.")
    if len(found) != 1:
        raise DataError(f"{' / '.join(label.texts)} name {' and '.join(name for name, _ in sorted(found))}.")
    return found.pop()


def _crop_of(label: Label) -> str:
    found = set()
    for text in map(words.unnumbered, label.texts):
        for name in (text, re.sub(r"\s*\([^()]*\)", "", text), text.partition(",")[0]):
            try:
                found.add(crops().resolve(name.strip(" :-–—")))
                break
            except UnknownNameError:
                continue
        else:
            raise UnknownNameError(f"{text!r} is no crop that data/vocabulary knows.")
    if len(found) != 1:
        raise DataError(f"{' / '.join(label.texts)} name {' and '.join(sorted(found))}.")
    return found.pop()


def _measure_in(texts: Iterable[str]) -> set[str]:
    whole = " ".join(texts)
    return {measure for measure, pattern in _MEASURES.items() if re.search(f"(?i){pattern}", whole)}


def _measures(reading: Reading, figures: list[Figure], given: Given) -> dict[Figure, str]:
    """What each figure measures: as said, as its heading says, or as the title does."""
    if given.measure:
        return dict.fromkeys(figures, given.measure)
    of_title = _measure_in(reading.titles)
    out = {}
    for figure in figures:
        found = _measure_in(figure.group.texts) or _measure_in(figure.section.texts) or of_title
        if len(found) != 1:
            said = f"it may be {' or '.join(sorted(found))}" if found else "its title does not say it"
            raise DataError(
                f"{figure.cell}: what is measured is not clear ({said}). Say it: --measure {'|'.join(_MEASURES)}."
            )
        out[figure] = next(iter(found))
    return out


def _unit(figure: Figure, measure: str, given: Given) -> str:
    text = given.unit or figure.unit
    allowed = _UNITS[measure]
    if not text:
        raise DataError(f"{figure.cell}: the table states no unit. Say it: --unit {'|'.join(allowed)}.")
    try:
        unit = units().resolve(text)
    except UnknownNameError as error:
        raise DataError(f"{figure.cell}: {error} Or say it: --unit {'|'.join(allowed)}.") from None
    if unit not in allowed:
        raise DataError(f"{figure.cell}: {text!r} is no unit of {measure}. Expected one of {', '.join(allowed)}.")
    return unit


def _weight(reading: Reading, figure: Figure, measure: str, given: Given) -> str:
    if measure.startswith("area"):
        return "unknown"
    if given.weight_basis:
        return given.weight_basis
    texts = " ".join((*figure.row.texts, *figure.section.texts, *reading.titles))
    texts += " ".join(reading.footnotes.get(mark, "") for mark in figure.marks)
    if _AFTER_PROCESSING.search(texts):
        return "after-processing"
    if _BUNKER.search(texts):
        return "bunker"
    raise DataError(
        f"{figure.cell}: the table does not say of which weight its figures are, and figures of unlike weight are "
        f"never compared. Say it: --weight-basis {'|'.join(WEIGHT_BASES)}; the committee's year-end figures are "
        "after-processing."
    )


def _with_decimals(frame: pd.DataFrame, given: Given, said: list[str]) -> pd.DataFrame:
    """The table with the decimals of each series: figures cut or filled to them, the cut ones with a note.

    A workbook stores 24.0 as 24 and 23.7 perhaps as the 15 digits of a quotient. A series (a crop and a measure) has
    the decimals that most of its figures with any have; whole numbers get zeros, longer figures are rounded only
    where `decimals` asks for it.

    Raises
    ------
    DataError
        If figures are not rounded and no decimals are given.
    """
    out = []
    for (crop, measure), rows in frame.groupby(["crop", "measure"], sort=False):
        rows = rows.copy()
        there = rows["value"] != ""
        counts = rows.loc[there, "value"].map(decimals_of)
        usual = typical_decimals(counts)
        kept = usual if given.decimals is None else given.decimals
        long = counts[counts.map(lambda d, u=kept: too_long(d, u))]
        if given.decimals is None and len(long):
            first = rows.loc[long.index[0]]
            raise DataError(
                f"{first['cell']}: {first['value']} is not rounded; {crop}, {measure}, has {usual} decimals elsewhere, "
                f"and {len(long)} of its {len(counts)} figures have more. What the committee prints is rounded. Say to "
                "how many decimals: --decimals 1; each rounded figure gets a note."
            )
        if given.decimals is not None:
            step = Decimal(1).scaleb(-given.decimals)
            for i in counts.index[counts > given.decimals]:
                exact = rows.at[i, "value"]
                rows.at[i, "value"] = format(Decimal(exact).quantize(step, rounding=ROUND_HALF_UP), "f")
                rows.at[i, "note"] = "; ".join(filter(None, (rows.at[i, "note"], f"rounded from {exact}")))
            if n := int((counts > given.decimals).sum()):
                said.append(f"{n} figures of {crop}, {measure}, rounded to {given.decimals} decimals")
        most = int(rows.loc[there, "value"].map(decimals_of).max()) if there.any() else 0
        rows.loc[there, "value"] = rows.loc[there, "value"].map(lambda v, m=most: _filled(v, m))
        out.append(rows)
    return pd.concat(out).sort_index(kind="stable")


def typical_decimals(counts: pd.Series) -> int:
    """The decimals that most figures of a series with any decimals have; 0 for a series of whole numbers.

    Examples
    --------
    >>> typical_decimals(pd.Series([1, 0, 1, 15])), typical_decimals(pd.Series([0, 0]))
    (1, 0)
    """
    some = counts[(counts > 0) & (counts <= UNROUNDED)]
    return int(some.mode().iloc[0]) if len(some) else 0


def too_long(decimals: int, typical: int) -> bool:
    """Whether a figure has more decimals than a rounded figure of its series can have."""
    return decimals > UNROUNDED or decimals > typical + 2


def _filled(value: str, decimals: int) -> str:
    return format(Decimal(value).quantize(Decimal(1).scaleb(-decimals)), "f") if decimals else value


def adopt(
    file: Path,
    reading: Reading,
    source: str,
    given: Given,
    *,
    raw: Path = RAW,
    panel: Path = PANEL,
    replace: bool = False,
) -> list[str]:
    """Make a table that was read one of a source: its CSV and its card; sentences on what was done.

    Parameters
    ----------
    replace
        Put the table in the place of one that is there (`refresh --adopt`, which keeps the old one as a vintage).

    Raises
    ------
    DataError
        If something is missing or does not fit. Nothing is written then.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", source):
        raise DataError(f"{source!r} is no name for a source: small Latin letters, digits and _, as in nsc_crops.")
    table = as_crop_table(reading, given)
    name = given.table or f"crops_{table.measures[0] if len(table.measures) == 1 else 'all'}.csv"
    if not re.fullmatch(r"crops_[a-z0-9_]+\.csv", name):
        raise DataError(f"--table {name}: a table of crops has a name such as crops_yield.csv.")
    folder = raw / source
    there = (folder / "source.yml").is_file()
    if (folder / name).exists() and not replace:
        raise DataError(
            f"{shown(folder / name)} is there already and is not written over. A new release of it: python -m pipeline "
            f"refresh {source} --adopt. Another table: --table crops_NAME.csv."
        )
    if folder.exists() and not there:
        raise DataError(f"{shown(folder)} is there, but has no card source.yml. Name another source, or add the card.")
    if there and read_card(source, raw).group != "statistics_committee":
        raise DataError(f"{source} is no source of the statistics committee. Name a source of its own for this table.")
    _require_no_other_series(table.frame, source, panel)
    staging = raw.parent / ".adopting"
    shutil.rmtree(staging, ignore_errors=True)
    try:
        if there:
            shutil.copytree(folder, staging / source)
        else:
            (staging / source).mkdir(parents=True)
        table.frame.to_csv(staging / source / name, index=False, lineterminator="\n", encoding="utf-8")
        _write_card(staging / source, name, table, file, reading, given)
        card = read_card(source, staging)
        tables = {each: read_table(card, each, staging) for each in card.tables}
        check_facts(card, tables)
        raw.mkdir(parents=True, exist_ok=True)
        if there:
            folder.rename(staging / f"{source}.old")
        (staging / source).rename(folder)
    except BaseException:
        if (staging / f"{source}.old").exists() and not folder.exists():
            (staging / f"{source}.old").rename(folder)
        raise
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    marks = int((table.frame["mark"] != "").sum())
    return [
        *table.said,
        f"{shown(folder / name)}: {len(table.frame)} rows ({', '.join(table.measures)}), {marks} of them marks in "
        f"place of a figure. The card: {shown(folder / 'source.yml')}; read it and complete it.",
    ]


def _require_no_other_series(frame: pd.DataFrame, source: str, panel: Path) -> None:
    """Refuse a yearly series by oblast that another source gives already: a report takes one."""
    if not panel.is_file():
        return
    regular = load_panel(panel)
    regular = regular[
        (regular["report_id"] == "") & (regular["source"] != source) & (regular["area_level"] == "oblast")
    ]
    own = frame[(frame["area_level"] == "oblast") & (frame["measure"] == "yield")]
    both = sorted(set(own["crop"]) & set(regular.loc[regular["measure"] == "yield", "crop"]))
    if both:
        other = regular[(regular["measure"] == "yield") & (regular["crop"] == both[0])]["source"].iloc[0]
        raise DataError(
            f"Yields of {', '.join(both)} by oblast are in {other} already, and a report takes one series. Leave them "
            f"out here (--leave-out {both[0]!r}), or bring that source up to date: python -m pipeline refresh {other}."
        )


def _write_card(folder: Path, name: str, table: Adopted, file: Path, reading: Reading, given: Given) -> None:
    """Write the card of a new source, or enter the table into the card that is there, whose text stays as it is."""
    frame, path = table.frame, folder / "source.yml"
    years = frame["year"].astype(int)
    coverage = (
        f"{frame['area'].nunique()} areas, {frame['crop'].nunique()} crops, {years.min()}-{years.max()}: "
        f"{', '.join(dict.fromkeys(frame['crop']))}"
    )
    title = next((t for t in reading.titles if words.language_of(t) == "en"), next(iter(reading.titles), ""))
    described = f"{given.title or title or 'Table'}; {coverage}. Read from {file.name} (sha256 {checksum(file)})."
    entry = {
        name: {
            "describes": described,
            "sha256": checksum(folder / name),
            "rows": len(frame),
            "key": KEY,
            "columns": {
                column: {"type": kind, "description": text} | ({"optional": True} if column in _OPTIONAL else {})
                for column, (kind, text) in _COLUMNS.items()
            },
        }
    }
    if path.is_file():
        text = path.read_text(encoding="utf-8")
        block = "".join(f"  {line}\n" for line in _yaml(entry).splitlines())
        old = re.compile(rf"(?m)^  {re.escape(name)}:\n(?:    .*\n|\s*\n|  - .*\n)*")
        text = old.sub("", text) if name in _tables_of(text, shown(path)) else text
        text, found = re.subn(r"(?m)^tables:[ ]*\n", lambda m: m[0] + block, text, count=1)
        if not found:
            raise DataError(f"{shown(path)} has no line `tables:`, below which the new table would be entered.")
        path.write_text(text, encoding="utf-8", newline="\n")
        return
    missing = [
        f"--{option} ({what})"
        for option, what in (
            ("licence", "what the producer allows, or `unclear`"),
            ("obtained", "from where and when the file was fetched"),
        )
        if not getattr(given, option)
    ]
    if missing:
        raise DataError(f"A new source needs what its file cannot tell: {', '.join(missing)}.")
    card: dict[str, object] = {
        "id": folder.name,
        "title": given.title or title or folder.name,
        "group": "statistics_committee",
        "producer": given.producer,
    }
    if given.url:
        card["url_download"] = given.url
    if given.published:
        card["date_published"] = given.published
    problems = [
        "The file stores numbers, not what is printed; a series was given the decimals that most of its figures have.",
        *[f"Footnote {mark} of the table: {text}" for mark, text in reading.footnotes.items()],
    ]
    card |= {
        "how_obtained": given.obtained,
        "licence": {"name": given.licence},
        "coverage": coverage,
        "tables": entry,
        "known_problems": problems,
    }
    path.write_text(_yaml(card), encoding="utf-8", newline="\n")


def _tables_of(text: str, place: str) -> list[str]:
    """The names of the tables in the text of a card."""
    card = parse_yaml(text, place)
    tables = card.get("tables") if isinstance(card, dict) else None
    return list(tables) if isinstance(tables, dict) else []


def _yaml(content: dict) -> str:
    return yaml.dump(content, sort_keys=False, allow_unicode=True, width=116)
