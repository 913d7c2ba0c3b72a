"""Checks of the harmonised tables that stop the run.

Each check returns what it examined and what it found; `run_checks` gathers all findings, so that one run shows
every problem, and raises when there is any. What the tables must show is stated in `data/expectations.yml`,
together with the discrepancies of the sources that are known and stay.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.data.adoption import too_long, typical_decimals
from pipeline.data.ingest import read_interim
from pipeline.data.panel import half_width, load_exposures, load_panel
from pipeline.data.vocabulary import oblasts, yield_bounds
from pipeline.data.yaml_files import read_yaml
from pipeline.errors import DataError
from pipeline.paths import CHECKS, EXPECTATIONS, EXPOSURES, INTERIM, PANEL, shown

PANEL_KEY = [
    "area",
    "area_level",
    "crop",
    "measure",
    "year",
    "period",
    "as_of",
    "weight_basis",
    "unit",
    "kind",
    "source",
    "report_id",
]
LEAST_HARVESTED = 0.5
"""Of the area sown at least this much is harvested, or a figure or its unit is wrong."""
EXPOSURE_KEY = ["area", "area_level", "indicator", "year", "as_of", "unit", "source", "publisher"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Coverage(_Strict):
    """A series that must show every oblast in every year."""

    table: Literal["panel", "exposures"]
    source: str
    item: str
    measure: str | None = None
    first_year: int
    last_year: int


class Total(_Strict):
    """A total that a source prints and its seven oblasts must add up to."""

    indicator: str
    as_of: str
    total: Decimal


class Discrepancy(_Strict):
    """A figure that a check would refuse, kept with its reason."""

    check: Literal["yield_area_production"]
    figure_id: str
    why: str


class Conflict(_Strict):
    """Figures that cannot all be right, or look like one quantity and are not: which, what is wrong, what we do."""

    subject: str
    figures: dict[str, Decimal]
    what: str
    treatment: str


class Expectations(_Strict):
    """`data/expectations.yml`."""

    coverage: list[Coverage]
    totals: list[Total]
    known_discrepancies: list[Discrepancy]
    conflicts: list[Conflict]


@dataclass(frozen=True)
class Mismatch:
    """A yield times an area that is not the printed production; `why` where that is known and stays.

    Yield in c/ha, area in ha; between `low` and `high` (t) lies the production that their printed digits allow.
    """

    yield_id: str
    c_per_ha: float
    ha: float
    low: float
    high: float
    production_id: str
    production: float
    why: str = ""

    def __str__(self) -> str:
        return (
            f"{self.yield_id}: {self.c_per_ha:g} c/ha x {self.ha:g} ha gives {self.low:.1f} to {self.high:.1f} t, but "
            f"{self.production_id} prints {self.production:g} t. {self.why}"
        ).strip()


@dataclass
class Outcome:
    """What one check did: how much it examined, what is wrong, and what is known to be wrong and stays."""

    check: str
    examined: int = 0
    findings: list[str] = field(default_factory=list)
    known: list[Mismatch] = field(default_factory=list)


def read_expectations(path: Path = EXPECTATIONS) -> Expectations:
    """The stated expectations, typed.

    Raises
    ------
    DataError
        If the file does not have the form of `Expectations`.
    """
    try:
        return Expectations.model_validate(read_yaml(path))
    except ValidationError as error:
        fields = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise DataError(f"{shown(path)} is not as pipeline/checks.py describes it ({fields}).") from error


def unique_keys(panel: pd.DataFrame, exposures: pd.DataFrame) -> Outcome:
    """No figure stands twice: one source says one thing of one area, crop, measure, year, period and basis."""
    out = Outcome("unique_keys", len(panel) + len(exposures))
    for name, frame, key in (("panel", panel, PANEL_KEY), ("exposures", exposures, EXPOSURE_KEY)):
        for values, rows in frame[frame.duplicated(key, keep=False)].groupby(key, dropna=False):
            described = ", ".join(f"{k} {v}" for k, v in zip(key, values, strict=True) if not pd.isna(v) and v != "")
            out.findings.append(f"{name}: {', '.join(rows['figure_id'])} have the same key ({described}).")
    return out


def plausible_yields(panel: pd.DataFrame) -> Outcome:
    """Every printed yield lies within the bounds the vocabulary gives for its crop."""
    levels = panel[(panel["measure"] == "yield") & panel["kind"].isin(["stated", "derived"])]
    out = Outcome("plausible_yields", len(levels))
    for crop, rows in levels.groupby("crop"):
        bounds = yield_bounds(crop)
        if bounds is None:
            out.findings.append(
                f"{crop} has yields ({rows.iloc[0]['figure_id']}) but no bounds in data/vocabulary/crops.yml."
            )
            continue
        low, high = map(float, bounds)
        wrong = rows[(rows["value"] < low) | (rows["value_high"].fillna(rows["value"]) > high)]
        out.findings += [
            f"{r.figure_id}: {r.crop} in {r.area}, {r.year}: {r.value:g} c/ha lies outside {low:g} to {high:g}."
            for r in wrong.itertuples()
        ]
    return out


def no_negative_levels(panel: pd.DataFrame, exposures: pd.DataFrame) -> Outcome:
    """Levels are positive and ranges run upwards; only changes and temperatures may be negative."""
    levels = panel[panel["kind"].isin(["stated", "derived"])]
    amounts = exposures[~exposures["unit"].isin(["degrees_c", "degrees"])]
    out = Outcome("no_negative_levels", len(levels) + len(amounts))
    for frame in (levels, amounts):
        negative = frame[frame["value"] < 0]
        upside_down = frame[frame["value_high"] < frame["value"]]
        out.findings += [f"{r.figure_id}: {r.value:g} {r.unit} is negative." for r in negative.itertuples()]
        out.findings += [
            f"{r.figure_id}: the range {r.value:g} to {r.value_high:g} runs downwards."
            for r in upside_down.itertuples()
        ]
    return out


def printed_totals(exposures: pd.DataFrame, totals: list[Total]) -> Outcome:
    """Oblasts add up to the total that was printed, both as stated here and as the source's country row says."""
    out = Outcome("printed_totals", len(totals))
    for t in totals:
        rows = exposures[(exposures["indicator"] == t.indicator) & (exposures["as_of"] == t.as_of)]
        parts = rows[rows["area_level"] == "oblast"]
        missing = [o for o in oblasts() if o not in set(parts["area"])]
        if missing:
            out.findings.append(f"{t.indicator}, {t.as_of}: no figure for {', '.join(missing)}.")
            continue
        total = sum((Decimal(repr(v)) for v in parts["value"]), Decimal(0))
        if total != t.total:
            listed = ", ".join(f"{r.area} {r.value:g}" for r in parts.itertuples())
            out.findings.append(f"{t.indicator}, {t.as_of}: {listed} add up to {total}, expected {t.total}.")
        for r in rows[rows["area_level"] == "country"].itertuples():
            if Decimal(repr(r.value)) != t.total:
                out.findings.append(
                    f"{t.indicator}, {t.as_of}: the source prints {r.value:g} for {r.area}, expected {t.total}."
                )
    return out


def cross_section(exposures: pd.DataFrame, interim: Path = INTERIM) -> Outcome:
    """The tidy cross-section by oblast shows the same figures as the list of reports it was made from."""
    table = read_interim("jalal_abad", "green_technology", "oblast_cross_section.csv", interim).set_index("oblast")
    out = Outcome("cross_section", table.size)
    reported = exposures[(exposures["source"] == "green_technology") & (exposures["area_level"] == "oblast")]
    for indicator in table:
        rows = reported[(reported["indicator"] == indicator) & ~reported["as_of"].str.startswith("n.d.")]
        found = rows.groupby("area")["value"].agg(list)
        for oblast, text in table[indicator].items():
            values = found.get(oblast, [])
            if values != [float(text)]:
                out.findings.append(
                    f"{indicator}, {oblast}: oblast_cross_section.csv has {text}, reported_adoption.csv "
                    f"{' and '.join(f'{v:g}' for v in values) or 'nothing'}."
                )
    return out


def yield_area_production(panel: pd.DataFrame, known: list[Discrepancy]) -> Outcome:
    """Yield x area is production, where one producer prints all three, within what the printed digits allow.

    Figures are of one report, or of the yearly tables of one producer (those of the statistics committee are of one).
    Where only the sown area is printed, production may fall short of yield x area by what was sown and not harvested,
    to a half; it may not exceed it.
    """
    levels = panel[panel["kind"].isin(["stated", "derived"]) & (panel["value"] == panel["value_high"])]
    measures = ["yield", "area_harvested", "production"]
    levels = levels.assign(
        half=half_width(levels["decimals"]), producer=levels["source"].str.replace(r"^nsc_.*", "nsc", regex=True)
    )
    keys = ["producer", "report_id", "area", "crop", "year", "period", "as_of"]
    # An area has no weight: it belongs to yield and production of whichever weight its table prints.
    areas = levels[levels["measure"].isin(["area_harvested", "area_sown"])]
    areas = areas.sort_values("measure", kind="stable").drop_duplicates(keys)
    weighed = levels[levels["measure"].isin(["yield", "production"])]
    # A figure that stands twice is the finding of `unique_keys`; here the first one speaks.
    weighed = weighed.drop_duplicates([*keys, "weight_basis", "measure"])
    printed = ["value", "half", "figure_id"]
    wide = weighed.pivot(index=[*keys, "weight_basis"], columns="measure", values=printed)
    wide = wide.reindex(columns=pd.MultiIndex.from_product([printed, measures])).astype(object)
    sown = areas.set_index(keys)
    found = sown.reindex(wide.index.droplevel("weight_basis"))
    for column in printed:
        wide[column, "area_harvested"] = found[column].to_numpy()
    is_sown = (found["measure"] == "area_sown").to_numpy()
    complete = wide.notna().all(axis=1).to_numpy()
    wide, is_sown = wide[complete], is_sown[complete]
    out = Outcome("yield_area_production", len(wide))
    value, half = wide["value"].astype(float), wide["half"].astype(float)
    low = (value["yield"] - half["yield"]) * (value["area_harvested"] - half["area_harvested"]) / 10
    high = (value["yield"] + half["yield"]) * (value["area_harvested"] + half["area_harvested"]) / 10
    low = low.where(~is_sown, low * LEAST_HARVESTED)
    apart = (high < value["production"] - half["production"]) | (low > value["production"] + half["production"])
    reasons = {d.figure_id: d.why for d in known if d.check == "yield_area_production"}
    for row in np.flatnonzero(apart):
        ids = wide["figure_id"].iloc[row]
        v = value.iloc[row]
        found = Mismatch(
            ids["yield"],
            float(v["yield"]),
            float(v["area_harvested"]),
            float(low.iloc[row]),
            float(high.iloc[row]),
            ids["production"],
            float(v["production"]),
            reasons.pop(ids["yield"], ""),
        )
        if found.why:
            out.known.append(found)
        else:
            out.findings.append(str(found))
    out.findings += [
        f"data/expectations.yml lists {i} as a known discrepancy, but the check finds none." for i in reasons
    ]
    return out


def printed_decimals(panel: pd.DataFrame) -> Outcome:
    """Every figure of a yearly series has the decimals of a printed figure, about as many as the rest of its series.

    A workbook may store 23.684210526315788 where 23.7 is printed; from its decimals the checks and the analyses take
    how well a figure is known.
    """
    series = panel[panel["kind"].isin(["stated", "derived"]) & (panel["report_id"] == "")]
    out = Outcome("printed_decimals", len(series))
    for (source, crop, measure), rows in series.groupby(["source", "crop", "measure"]):
        usual = typical_decimals(rows["decimals"])
        wrong = rows[rows["decimals"].map(lambda d, u=usual: too_long(d, u))]
        out.findings += [
            f"{r.figure_id}: {r.value!r} has {r.decimals} decimals; {source}, {crop}, {measure}, has {usual}. "
            "Round it to what is printed."
            for r in wrong.itertuples()
        ]
    return out


def coverage(panel: pd.DataFrame, exposures: pd.DataFrame, expected: list[Coverage]) -> Outcome:
    """Series that must be complete show every oblast in every year."""
    out = Outcome("coverage")
    tables = {"panel": (panel, "crop"), "exposures": (exposures, "indicator")}
    for e in expected:
        frame, item = tables[e.table]
        rows = frame[(frame["source"] == e.source) & (frame[item] == e.item)]
        if e.measure:
            rows = rows[rows["measure"] == e.measure]
        there = set(zip(rows["area"], rows["year"], strict=True))
        wanted = [(o, y) for o in oblasts() for y in range(e.first_year, e.last_year + 1)]
        out.examined += len(wanted)
        gone = [f"{o} {y}" for o, y in wanted if (o, y) not in there]
        if gone:
            more = f" and {len(gone) - 6} more" if len(gone) > 6 else ""
            out.findings.append(
                f"{e.source}, {e.item}: missing {', '.join(gone[:6])}{more}; "
                f"expected {e.first_year}-{e.last_year} for 7 oblasts."
            )
    return out


def stated_conflicts(panel: pd.DataFrame, exposures: pd.DataFrame, conflicts: list[Conflict]) -> Outcome:
    """Every figure that a stated conflict names is there and prints what the conflict says it prints."""
    values = pd.concat([panel, exposures]).set_index("figure_id")["value"]
    out = Outcome("stated_conflicts")
    for conflict in conflicts:
        out.examined += len(conflict.figures)
        for figure_id, value in conflict.figures.items():
            found = values.get(figure_id)
            if found is None or Decimal(repr(float(found))) != value:
                out.findings.append(
                    f"conflict «{conflict.subject}» in data/expectations.yml: {figure_id} should print {value}, "
                    f"{'it is not there' if found is None else f'it prints {found:g}'}."
                )
    return out


def outcomes(
    panel: pd.DataFrame, exposures: pd.DataFrame, expectations: Expectations, interim: Path = INTERIM
) -> Iterator[Outcome]:
    """All checks, in the order a reader would ask."""
    yield unique_keys(panel, exposures)
    yield coverage(panel, exposures, expectations.coverage)
    yield no_negative_levels(panel, exposures)
    yield plausible_yields(panel)
    yield printed_decimals(panel)
    yield printed_totals(exposures, expectations.totals)
    yield cross_section(exposures, interim)
    yield yield_area_production(panel, expectations.known_discrepancies)
    yield stated_conflicts(panel, exposures, expectations.conflicts)


def run_checks(
    panel: Path = PANEL,
    exposures: Path = EXPOSURES,
    expectations: Path = EXPECTATIONS,
    interim: Path = INTERIM,
    written: Path = CHECKS,
) -> str:
    """Run every check and write what they examined; a sentence saying so.

    Raises
    ------
    DataError
        If any check found something: one sentence each, naming the figures. `written` is then not touched.
    """
    stated = read_expectations(expectations)
    done = list(outcomes(load_panel(panel), load_exposures(exposures), stated, interim))
    findings = [f"  {o.check}: {sentence}" for o in done for sentence in o.findings]
    if findings:
        more = f"\n  … and {len(findings) - 20} more" if len(findings) > 20 else ""
        raise DataError(
            f"The data did not pass {len(findings)} checks:\n"
            + "\n".join(findings[:20])
            + more
            + "\nMend the source, write a correction in data/corrections.yml, or change data/expectations.yml."
        )
    kept = {
        "checks": [asdict(o) for o in done],
        "conflicts": [
            {"subject": c.subject, "figures": list(c.figures), "what": c.what, "treatment": c.treatment}
            for c in stated.conflicts
        ],
    }
    written.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
    known = sum(len(o.known) for o in done)
    return f"{len(done)} checks of {sum(o.examined for o in done)} items passed; {known} known discrepancy kept."
