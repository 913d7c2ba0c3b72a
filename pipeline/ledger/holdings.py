"""What statements are held against: everything an address can point to, and reading one address.

An address is `file#key`:

- `exposures.csv#figure_id` and `panel.csv#figure_id`: a harmonised figure; `.../*@minimum` or `@maximum` of a series
- `evidence.csv#evidence_id`: the number of that row; `@2` the second number, `@published` the year of publication
- `claims.csv#claim_id`: the paper's own figure; `@low` or `@high` one end of a range
- `<report>#name`: a result value of a report, in `reports/<report>/results.json`
- `paper#id` and `assumptions#id`: what the ledger itself lists
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pipeline.data.cards import decimals_of
from pipeline.data.ingest import read_interim
from pipeline.data.panel import half_width, load_exposures, load_panel
from pipeline.errors import DataError
from pipeline.ledger.formula import Interval
from pipeline.ledger.model import ITSELF, Address, Authority, Ledger
from pipeline.paths import EXPOSURES, INTERIM, PANEL, REPORTS, shown
from pipeline.text.results import read_results

LEDGER_FILE = "data/ledger.yml"

# Columns of the tables of paper_claims that the ledger reads; the card describes them all.
CLAIM_COLUMNS = ("claim_id", "place", "kind", "statement", "value_low", "value_high", "unit")
EVIDENCE_COLUMNS = (
    "evidence_id",
    "claim_id",
    "value",
    "unit",
    "year",
    "publisher",
    "url",
    "published",
    "agrees",
    "note",
)

# The paper as the origin of what it says itself.
PAPER = "paper"


@dataclass(frozen=True)
class Holdings:
    """Everything an address can point to: tables as text or panel frames, and results by the name of the report.

    `study` holds the parameters that the results were computed with; None for those of the paper.
    """

    claims: pd.DataFrame
    evidence: pd.DataFrame
    exposures: pd.DataFrame
    panel: pd.DataFrame
    results: Mapping[str, Mapping[str, Mapping]]
    study: Mapping[str, object] | None = None


def load_holdings(
    names: Iterable[str],
    interim: Path = INTERIM,
    exposures: Path = EXPOSURES,
    panel: Path = PANEL,
    reports: Path = REPORTS,
    study: Mapping[str, object] | None = None,
) -> Holdings:
    """The corrected claims and evidence, the exposures, the panel and the result values of some reports.

    Parameters
    ----------
    names
        The reports whose results are held, as a rule `Ledger.reports`.
    interim, exposures, panel, reports
        Where the tables and the folders of reports lie.
    study
        The parameters that the results were computed with; None for those of the paper.

    Raises
    ------
    DataError
        If a file is missing, empty or not of its form.
    """
    return Holdings(
        claims=_table("claims.csv", CLAIM_COLUMNS, interim),
        evidence=_table("evidence.csv", EVIDENCE_COLUMNS, interim),
        exposures=load_exposures(exposures).set_index("figure_id", drop=False),
        panel=load_panel(panel).set_index("figure_id", drop=False),
        results={name: read_results(name, reports) for name in names},
        study=study,
    )


def _table(name: str, columns: tuple[str, ...], interim: Path) -> pd.DataFrame:
    """A table of paper_claims, with the first of the columns as its index."""
    path = interim / "context" / "paper_claims" / name
    remedy = "Make it anew: python -m pipeline ingest context"
    try:
        frame = read_interim("context", "paper_claims", name, interim)
    except (pd.errors.EmptyDataError, pd.errors.ParserError) as error:
        raise DataError(f"{shown(path)} is not readable as a table: {error}. {remedy}") from error
    lacking = [column for column in columns if column not in frame]
    if lacking:
        raise DataError(f"{shown(path)} lacks the column {lacking[0]}; it has {', '.join(frame.columns)}. {remedy}")
    if frame.empty:
        raise DataError(f"{shown(path)} has no rows. {remedy}")
    return frame.set_index(columns[0], drop=False)


def is_another_study(ledger: Ledger, holdings: Holdings) -> bool:
    """Whether the results were computed with other study parameters than the paper's."""
    return holdings.study is not None and ledger.study.differs_from(holdings.study)


@dataclass(frozen=True)
class Value:
    """What an address points to.

    `printed` is the value as it stands there and `rounded` with its rounding, both None where the cell names no
    single number, or where a result does not exist for another study than the paper's. `quoted` is the cell as its
    source prints it, or what the paper says `in_our_words`; `subject`, `location` and `year` say what it is a
    figure of, `note` what evidence.csv remarks on it.
    """

    address: Address
    printed: Interval | None
    rounded: Interval | None
    unit: str = ""
    origins: frozenset[str] = frozenset()
    quoted: str = ""
    subject: str = ""
    location: str = ""
    year: str = ""
    links: tuple[str, ...] = ()
    in_our_words: bool = False
    note: str = ""


def _decimals(number: float) -> int:
    """Decimals of a stored figure: 279.019455 has six, 1765.0 has none (a float keeps no trailing zeros)."""
    return decimals_of(repr(float(number)).removesuffix(".0"))


def nearest(key: str, known: Iterable[str]) -> str:
    """Up to five known keys that share the longest beginning with the one that is not there."""

    def shared(other: str) -> int:
        return next((i for i, (a, b) in enumerate(zip(key, other, strict=False)) if a != b), min(len(key), len(other)))

    return ", ".join(sorted(map(str, known), key=lambda k: (-shared(k), k))[:5])


class Reader:
    """Resolves addresses of one ledger in one set of holdings."""

    def __init__(self, ledger: Ledger, holdings: Holdings):
        self.ledger, self.holdings = ledger, holdings
        self.paper = {fact.id: fact for fact in ledger.paper}
        self.assumptions = {a.id: a for a in ledger.assumptions}
        self.references = {r.number: r for r in ledger.references}
        self.origins = {origin.id: origin for origin in ledger.origins}
        self._origin_of = {name: origin.id for origin in ledger.origins for name in origin.names}
        self._readers = {
            "exposures.csv": self._figure,
            "panel.csv": self._figure,
            "evidence.csv": self._evidence,
            "claims.csv": self._claim,
            **dict(zip(ITSELF, (self._fact, self._assumption), strict=True)),
        }

    def resolve(self, address: Address, place: str) -> Value:
        """The value at an address.

        Parameters
        ----------
        place
            The file and the entry that name it, for messages.

        Raises
        ------
        DataError
            If there is no such file, key or choice, the value has no origin, or a result is no number.
        """
        if address.report:
            return self._result(address, place)
        if address.file not in self._readers:
            raise DataError(
                f"{place}: {address} names a file the ledger cannot read. "
                f"It reads {', '.join(self._readers)} and results of reports, <report>#name."
            )
        return self._readers[address.file](address, place)

    def authority(self, origin: str) -> Authority:
        """The authority of an origin."""
        return Authority.PAPER if origin == PAPER else self.origins[origin].authority

    def under_assumptions(self, origin: str) -> bool:
        """Whether what an origin says is calculated under assumptions."""
        return origin != PAPER and self.origins[origin].under_assumptions

    def evidence_row(self, key: str, place: str) -> pd.Series:
        """A row of evidence.csv.

        Raises
        ------
        DataError
            If there is no such row.
        """
        evidence = self.holdings.evidence
        if key not in evidence.index:
            raise self._missing(Address(file="evidence.csv", key=key), place, evidence.index)
        return evidence.loc[key]

    def same_item(self, one: int, other: int) -> bool:
        """Whether two references are printed alike in everything but their number."""
        a, b = (self.references[n].model_dump(exclude={"number"}) for n in (one, other))
        return a == b

    def claimed(self, key: str, place: str) -> tuple[float, float, float]:
        """A statement's figure.

        Returns
        -------
        tuple of float
            Its lower and upper end (infinite where open, NaN where it has none), and half its last printed digit.

        Raises
        ------
        DataError
            If there is no such statement.
        """
        claims = self.holdings.claims
        if key not in claims.index:
            raise self._missing(Address(file="claims.csv", key=key), place, claims.index)
        low, high = claims.loc[key, ["value_low", "value_high"]]
        if not low and not high:
            return math.nan, math.nan, math.nan
        half = half_width(max(decimals_of(text) for text in (low, high) if text))
        return (float(low) if low else -math.inf), (float(high) if high else math.inf), half

    def has_another_study(self, report: str) -> bool:
        """Whether a report's results speak of another oblast, crop or pair of years than the paper."""
        return report in self.ledger.study.results and is_another_study(self.ledger, self.holdings)

    def _missing(self, address: Address, place: str, known: Iterable[str]) -> DataError:
        return DataError(
            f"{place}: {address} does not exist. Nearest: {nearest(address.key, known)}. "
            f"Mend the address in {LEDGER_FILE}, or make the value."
        )

    def _refuse_take(self, address: Address, place: str, known: str) -> None:
        raise DataError(f"{place}: {address} asks for @{address.take}; expected {known}.")

    def _origin(self, place: str, address: Address, *names: tuple[str, str]) -> frozenset[str]:
        for name in names:
            if name in self._origin_of:
                return frozenset({self._origin_of[name]})
        raise DataError(f"{place}: {address} has no origin. Name it under one in {LEDGER_FILE}, so that it is counted.")

    def _result(self, address: Address, place: str) -> Value:
        values = self.holdings.results.get(address.report)
        if values is None:
            raise DataError(
                f"{place}: {address} names the report {address.report}, and there is no "
                f"reports/{address.report}/results.json. Run: python -m pipeline report"
            )
        if address.key not in values:
            raise self._missing(address, place, values)
        if address.take:
            self._refuse_take(address, place, "no choice, a result is one value")
        found = values[address.key]
        value, origins = found["value"], self._origin(place, address, ("results", address.report))
        if value is None and self.has_another_study(address.report):
            return Value(address, None, None, found["unit"], origins, subject=found["scope"])
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise DataError(f"{place}: {address} is {value!r}, not a number ({found['scope']}).")
        half = 0.0 if isinstance(value, int) else half_width(decimals_of(repr(value)))
        printed = Interval.single(float(value))
        return Value(
            address, printed, printed.widened(half), found["unit"], origins, quoted=str(value), subject=found["scope"]
        )

    def _figure(self, address: Address, place: str) -> Value:
        frame = self.holdings.exposures if address.file == "exposures.csv" else self.holdings.panel
        if address.key.endswith("/*"):
            rows = frame[frame["figure_id"].str.startswith(address.key[:-1])]
            if address.take not in ("minimum", "maximum"):
                self._refuse_take(address, place, "@minimum or @maximum of a series")
            if rows.empty:
                raise self._missing(address, place, frame.index)
            row = rows.loc[rows["value"].idxmin() if address.take == "minimum" else rows["value"].idxmax()]
        else:
            if address.key not in frame.index:
                raise self._missing(address, place, frame.index)
            if address.take:
                self._refuse_take(address, place, "no choice, a figure is one value")
            row = frame.loc[address.key]
        high = math.inf if pd.isna(row["value_high"]) else float(row["value_high"])
        printed = Interval(float(row["value"]), high)
        decimals = int(row["decimals"]) if "decimals" in row else _decimals(row["value"])
        return Value(
            address,
            printed,
            printed.widened(half_width(decimals)),
            row["unit"],
            self._origin(place, address, ("figures", row["figure_id"]), ("sources", row["source"])),
            subject=row["indicator"] if "indicator" in row else f"{row['crop']}/{row['measure']}",
            location=row["area"],
            year="" if pd.isna(row["year"]) else str(row["year"]),
        )

    def _evidence(self, address: Address, place: str) -> Value:
        row = self.evidence_row(address.key, place)
        published = address.take == "published"
        cell = row["published" if published else "value"]
        # Not the digits of a name or of a date with slashes.
        numbers = re.findall(r"(?<![\w./])[-+]?\d+(?:\.\d+)?(?![\d.]*/)", cell)
        if published:
            chosen = re.findall(r"\b(?:19|20)\d\d\b", cell)[:1]
        elif address.take is None:
            chosen = numbers if len(numbers) == 1 else []
        elif address.take.isdigit():
            chosen = numbers[int(address.take) - 1 : int(address.take)]
        else:
            self._refuse_take(address, place, "@published, or @1, @2 ... for one of several numbers")
        printed = rounded = None
        if chosen:
            number = float(chosen[0])
            printed = Interval(number, math.inf if cell.startswith(">") else number)
            rounded = printed.widened(half_width(decimals_of(chosen[0])))
        origins, unit = self._origin(place, address, ("evidence", address.key)), "" if published else row["unit"]
        return Value(
            address,
            printed,
            rounded,
            unit,
            origins,
            quoted=cell,
            subject=row["publisher"],
            year=row["year"],
            links=(row["url"],) if row["url"] else (),
            note=row["note"],
        )

    def _claim(self, address: Address, place: str) -> Value:
        low, high, half = self.claimed(address.key, place)
        if math.isnan(low):
            raise DataError(f"{place}: {address}: that statement has no figure.")
        if address.take not in (None, "low", "high"):
            self._refuse_take(address, place, "@low or @high")
        low, high = (high if address.take == "high" else low), (low if address.take == "low" else high)
        printed = Interval(low, high)
        unit = self.holdings.claims.loc[address.key, "unit"]
        return Value(address, printed, printed.widened(half), unit, frozenset({PAPER}), subject=address.key)

    def _fact(self, address: Address, place: str) -> Value:
        if address.key not in self.paper:
            raise self._missing(address, place, self.paper)
        fact = self.paper[address.key]
        number = None if fact.count is None else Interval.single(fact.count)
        return Value(
            address,
            number,
            number,
            origins=frozenset({PAPER}),
            quoted=fact.quote or fact.sense or str(fact.count),
            subject=fact.what,
            location=fact.place,
            in_our_words=fact.sense is not None,
        )

    def _assumption(self, address: Address, place: str) -> Value:
        if address.key not in self.assumptions:
            raise self._missing(address, place, self.assumptions)
        a = self.assumptions[address.key]
        return Value(address, Interval.single(a.value), Interval(a.low, a.high), a.unit, subject=a.what)
