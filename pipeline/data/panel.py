"""The panel and the exposures as analyses read them, and the rule that only like is compared with like.

A figure *is* its period (full-year, jan-aug, as-of-date) and its weight basis (bunker, after-processing,
unknown) as much as its crop and year. Campaign figures of the ministry and year-end figures of the Statistics
Committee are different series; the functions here refuse to put them into one.
"""

import json
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from pipeline.data.vocabulary import AREA_LEVELS, crops, oblasts, units
from pipeline.errors import DataError, IncomparableFiguresError
from pipeline.paths import CHECKS, CLAIMS, EVIDENCE, EXPOSURES, PANEL, SOURCES, shown

PANEL_COLUMNS = [
    "area",
    "area_level",
    "crop",
    "measure",
    "year",
    "period",
    "as_of",
    "weight_basis",
    "value",
    "value_high",
    "unit",
    "kind",
    "source",
    "figure_id",
    "report_id",
    "decimals",
    "note",
]
EXPOSURE_COLUMNS = [
    "area",
    "area_level",
    "indicator",
    "year",
    "as_of",
    "value",
    "value_high",
    "unit",
    "source",
    "figure_id",
    "publisher",
    "note",
]

PERIODS = ("full-year", "jan-aug", "as-of-date")
WEIGHT_BASES = ("bunker", "after-processing", "unknown")
KINDS = ("stated", "difference", "difference-percent", "derived")
MEASURES = (
    "yield",
    "production",
    "area_harvested",
    "area_sown",
    "area",
    "share_harvested",
    "production_share",
    "area_harvested_share",
    "area_sown_share",
)

# Places that are no administrative area keep the name the source gives them.
UNLISTED_LEVELS = ("locality", "raion centre", "plant")

# What two figures must share before one is taken from the other.
IDENTITY = ("measure", "unit", "period", "weight_basis")

_LEVELS = (*AREA_LEVELS, *UNLISTED_LEVELS)
_TEXT = pa.Column(str, coerce=True)

PANEL_SCHEMA = pa.DataFrameSchema(
    {
        "area": _TEXT,
        "area_level": pa.Column(str, pa.Check.isin(_LEVELS)),
        "crop": pa.Column(str, pa.Check.isin(list(crops().entries))),
        "measure": pa.Column(str, pa.Check.isin(MEASURES)),
        "year": pa.Column("Int64", pa.Check.in_range(1900, 2100), nullable=True),
        "period": pa.Column(str, pa.Check.isin(PERIODS)),
        "as_of": pa.Column(str, pa.Check.str_matches(r"^(\d{4}-\d{2}-\d{2})?$")),
        "weight_basis": pa.Column(str, pa.Check.isin(WEIGHT_BASES)),
        "value": pa.Column(float),
        "value_high": pa.Column(float, nullable=True),
        "unit": pa.Column(str, pa.Check.isin(list(units().entries))),
        "kind": pa.Column(str, pa.Check.isin(KINDS)),
        "source": _TEXT,
        "figure_id": pa.Column(str, unique=True),
        "report_id": pa.Column(str),
        "decimals": pa.Column(int),
        "note": pa.Column(str),
    },
    strict=True,
    ordered=True,
)

EXPOSURE_SCHEMA = pa.DataFrameSchema(
    {
        "area": _TEXT,
        "area_level": pa.Column(str, pa.Check.isin(_LEVELS)),
        "indicator": _TEXT,
        "year": pa.Column("Int64", pa.Check.in_range(1900, 2100), nullable=True),
        "as_of": pa.Column(str),
        "value": pa.Column(float),
        "value_high": pa.Column(float, nullable=True),
        "unit": pa.Column(str, pa.Check.isin(list(units().entries))),
        "source": _TEXT,
        "figure_id": pa.Column(str, unique=True),
        "publisher": pa.Column(str),
        "note": pa.Column(str),
    },
    strict=True,
    ordered=True,
)


def _require(path: Path) -> None:
    if not path.is_file():
        raise DataError(f"{shown(path)} does not exist yet. Run: python -m pipeline report")


def _load(path: Path, columns: list[str], schema: pa.DataFrameSchema) -> pd.DataFrame:
    _require(path)
    text = {name: str for name in columns if name not in ("year", "value", "value_high", "decimals")}
    frame = pd.read_csv(
        path,
        dtype={**text, "year": "Int64"},
        keep_default_na=False,
        na_values={c: [""] for c in ("year", "value", "value_high")},
    )
    frame = frame.astype({"value": float, "value_high": float})
    try:
        return schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases.head(5)
        lines = "\n".join(
            f"  {c.column}: {c.failure_case!r} fails {c.check}"
            + ("" if pd.isna(c.index) else f" (line {int(c.index) + 2})")
            for c in cases.itertuples(index=False)
        )
        raise DataError(f"{shown(path)} does not have the form of the panel (pipeline/panel.py):\n{lines}") from errors


def load_panel(path: Path = PANEL) -> pd.DataFrame:
    """The harmonised panel: one row per figure, `PANEL_COLUMNS`, `year` as Int64, values as floats.

    Raises
    ------
    DataError
        If the panel is not there yet, or does not have the form of `PANEL_SCHEMA`.
    """
    return _load(path, PANEL_COLUMNS, PANEL_SCHEMA)


def load_exposures(path: Path = EXPOSURES) -> pd.DataFrame:
    """The table of exposures: one row per figure, `EXPOSURE_COLUMNS`."""
    return _load(path, EXPOSURE_COLUMNS, EXPOSURE_SCHEMA)


def load_sources(path: Path = SOURCES) -> pd.DataFrame:
    """The list of sources with producer, licence and doubts about it; see `harmonise.list_sources`."""
    _require(path)
    return pd.read_csv(path, keep_default_na=False)


def load_claims(path: Path = CLAIMS) -> pd.DataFrame:
    """The paper's statements: text, but `value_low` and `value_high` as floats, missing where none is printed."""
    _require(path)
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    return frame.assign(**{end: pd.to_numeric(frame[end]) for end in ("value_low", "value_high")})


def load_evidence(path: Path = EVIDENCE) -> pd.DataFrame:
    """Independent figures for the paper's statements, all as text: a value may be a range or two figures."""
    _require(path)
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def load_checks(path: Path = CHECKS) -> dict[str, list[dict]]:
    """What the stage `check` found: `checks`, with what each examined and knows, and the stated `conflicts`."""
    _require(path)
    return json.loads(path.read_text(encoding="utf-8"))


def require_comparable(figures: pd.DataFrame, what: str = "figures") -> None:
    """Refuse figures that differ in what they are: measure, unit, period or weight basis.

    Campaign counts must besides be of the same calendar day; where no day is printed, of the same report.

    Raises
    ------
    IncomparableFiguresError
        Naming the column and two figures that differ in it.
    """
    for column in IDENTITY:
        if figures[column].nunique() > 1:
            a, b = figures.drop_duplicates(column).head(2).itertuples()
            raise IncomparableFiguresError(
                f"The {what} differ in {column}: {a.figure_id} is {getattr(a, column)!r}, {b.figure_id} is "
                f"{getattr(b, column)!r}. They are different series; choose one of them."
            )
    counts = figures[figures["period"] == "as-of-date"]
    day, report = counts["as_of"].str[5:], counts["report_id"]
    days = day[day != ""].nunique()
    if days > 1 or ((day == "").any() and report.nunique() > 1):
        other = counts[day != day.iloc[0]] if day.nunique() > 1 else counts[report != report.iloc[0]]
        a, b = pd.concat([counts.head(1), other.head(1)]).itertuples()
        raise IncomparableFiguresError(
            f"The {what} are campaign counts of different days: {a.figure_id} ({a.as_of or 'no date printed'}) and "
            f"{b.figure_id} ({b.as_of or 'no date printed'}). Choose counts of the same day, or of one report."
        )


def difference(before: pd.Series, after: pd.Series) -> float:
    """`after` minus `before` for two rows of the panel, refused unless they are the same kind of figure.

    Rounded to the printed decimals, which removes nothing but the noise of binary floating point.

    Raises
    ------
    IncomparableFiguresError
        If the figures differ in area, crop, or what `require_comparable` asks for, are printed as ranges, or are
        themselves changes.
    """
    pair = pd.DataFrame([before, after])
    for column in ("area", "crop"):
        if pair[column].nunique() > 1:
            raise IncomparableFiguresError(
                f"{before['figure_id']} is {before[column]}, {after['figure_id']} is {after[column]}: not one series."
            )
    require_comparable(pair, "two figures")
    for row in (before, after):
        if row["kind"] not in ("stated", "derived"):
            raise IncomparableFiguresError(f"{row['figure_id']} is itself a change ({row['kind']}), not a level.")
        if row["value"] != row["value_high"]:
            raise IncomparableFiguresError(
                f"{row['figure_id']} is printed as a range; a range has no single difference."
            )
    return round(float(after["value"] - before["value"]), int(max(before["decimals"], after["decimals"])))


def regular_yields(panel: pd.DataFrame, crop: str) -> pd.DataFrame:
    """The rows of the panel with the year-end yields of a crop by oblast, one for each oblast and year.

    Only the regular series (full year, one source); figures quoted from single reports are not mixed in.

    Raises
    ------
    DataError
        If there is no such series for the crop, or two sources give it; the message names the crops that have one, or
        the sources.
    """
    regular = panel[(panel["measure"] == "yield") & (panel["area_level"] == "oblast") & (panel["report_id"] == "")]
    rows = regular[regular["crop"] == crop]
    if rows.empty:
        raise DataError(
            f"No yearly series of {crop!r} by oblast. "
            f"Crops that have one: {', '.join(sorted(regular['crop'].unique()))}."
        )
    require_comparable(rows, f"yields of {crop}")
    twice = rows[rows.duplicated(["area", "year"], keep=False)]
    if len(twice):
        sources = " and by ".join(sorted(twice["source"].unique()))
        raise DataError(
            f"Yields of {crop} by oblast are given by {sources}, and a report takes one "
            "series. Take the crop out of one of the two tables."
        )
    return rows


def yields_by_oblast(panel: pd.DataFrame, crop: str) -> pd.DataFrame:
    """Year-end yields in c/ha: index year, one column per oblast that has any; missing years are NaN.

    Raises
    ------
    DataError
        As `regular_yields`, whose rows they are.
    """
    rows = regular_yields(panel, crop)
    wide = rows.pivot(index="year", columns="area", values="value").sort_index(kind="stable")
    wide.index = wide.index.astype(int)
    return wide[[name for name in oblasts() if name in wide]].rename_axis(columns="oblast")


def half_width(decimals: int) -> float:
    """Half the unit of the last printed digit: a figure printed to 0.1 is known to within 0.05.

    Examples
    --------
    >>> half_width(1), half_width(-2)
    (0.05, 50.0)
    """
    return 0.5 * 10.0 ** (-decimals)
