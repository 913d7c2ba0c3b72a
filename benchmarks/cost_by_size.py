"""How time and memory grow with the data: made panels of 1, 10 and 100 times the size of the wheat, barley and maize.

Run from the project's root:  python -m benchmarks.cost_by_size
It writes benchmarks/cost_by_size.csv and its section of benchmarks/results.md; a few minutes.

Size 1 is 7 units x 3 crops x 35 years. What reads tables takes all crops; an estimator takes one crop at a time, so its
cost is that of one crop times their number, and what can grow are units and years. Each step is timed alone (best of
three where it is quick), then run once more under tracemalloc for its peak. The slope is that of log seconds on log
size between the two largest sizes: 1 is linear; where a step is dearer than that, `WHY` says why.
"""

from __future__ import annotations

import sys
import tempfile
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
import yaml

from benchmarks.results import markdown_table, write_section
from pipeline.data import checks
from pipeline.data.cards import checksum
from pipeline.data.ingest import ingest
from pipeline.methods.difference_in_differences import treatment
from pipeline.methods.own_response import adjusted_cells, own_response
from pipeline.methods.panel_exposure import permute_paths
from pipeline.methods.randomisation import randomisation_test
from pipeline.methods.specification_curve import Choices, estimate_specifications, joint_inference
from pipeline.methods.synthetic_control import placebo_in_space
from pipeline.methods.wild_bootstrap import wild_cluster_bootstrap

TABLE = Path(__file__).with_suffix(".csv")
SEED = 20240731
UNITS, CROPS, YEARS = 7, ("wheat", "barley", "grain maize"), 35
FACTORS = (1, 10, 100)
QUICK = 0.5
"""Seconds: what takes less is timed three times."""
CHOICES = Choices({"year before": (0,), "three years": (-3, -2, -1)}, {"year after": (0,)}, 10)

WHY = {
    "placebo test over units and years": "every unit is compared with all others",
    "wild cluster bootstrap, 9,999 draws": "a draw multiplies every unit with every other",
    "panel exposure, 9,999 orderings": "the exposure of every unit is crossed with the outcome of every other",
    "synthetic control in space": "every unit is fitted to all others",
    "specification curve, more years": "every placebo pair of years has a weight for every year",
    "specification curve, more units": "each unit adds comparison groups, and each of these is estimated for all units",
}
"""Why a step costs more than its size."""


def panel(units: int, years: int) -> pd.DataFrame:
    """Years x units of one crop, c/ha: a common movement and own noise."""
    rng = np.random.default_rng([SEED, units, years])
    values = 25 + 3 * rng.standard_normal((years, 1)) + 2 * rng.standard_normal((years, units))
    names = [f"U{number:04}" for number in range(units)]
    return pd.DataFrame(values.clip(5).round(1), index=range(2025 - years, 2025), columns=names)


def long_table(units: int) -> pd.DataFrame:
    """A harmonised panel of yield, area and production: one row a unit, crop, year and measure."""
    rng = np.random.default_rng([SEED, units])
    keys = pd.MultiIndex.from_product(
        [[f"U{number:04}" for number in range(units)], CROPS, range(2025 - YEARS, 2025)], names=["area", "crop", "year"]
    )
    given = {
        "yield": rng.uniform(15, 35, len(keys)).round(1),
        "area_harvested": rng.uniform(1e3, 9e4, len(keys)).round(),
    }
    given["production"] = (given["yield"] * given["area_harvested"] / 10).round(1)
    frames = [keys.to_frame(index=False).assign(measure=measure, value=value) for measure, value in given.items()]
    frame = pd.concat(frames, ignore_index=True)
    texts = {"area_level": "oblast", "period": "full-year", "as_of": "", "weight_basis": "after-processing"}
    texts |= {"unit": "made", "kind": "stated", "source": "made", "report_id": "", "note": ""}
    ids = "made/" + frame["area"] + "/" + frame["crop"] + "/" + frame["measure"] + "/" + frame["year"].astype(str)
    return frame.assign(**texts, value_high=frame["value"], figure_id=ids, decimals=1)


def raw_source(units: int, folder: Path) -> Path:
    """A folder of raw sources with one of that many units; its parent also has an empty list of corrections."""
    source = folder / "raw" / "made"
    source.mkdir(parents=True)
    table = long_table(units)[["area", "crop", "year", "measure", "value"]]
    table.to_csv(source / "table.csv", index=False, lineterminator="\n")
    column = {"type": "text", "description": "made"}
    kinds = {"area": "text", "crop": "text", "year": "integer", "measure": "text", "value": "number"}
    card = {
        "id": "made",
        "title": "Made",
        "group": "statistics_committee",
        "producer": "nobody",
        "date_accessed": "2026-01-01",
        "how_obtained": "made",
        "licence": {"name": "none"},
        "known_problems": ["made"],
        "tables": {
            "table.csv": {
                "sha256": checksum(source / "table.csv"),
                "rows": len(table),
                "key": ["area", "crop", "year", "measure"],
                "columns": {name: column | {"type": kind} for name, kind in kinds.items()},
            }
        },
    }
    (source / "source.yml").write_text(yaml.safe_dump(card, sort_keys=False), encoding="utf-8")
    (folder / "corrections.yml").write_text("[]\n", encoding="utf-8")
    return folder


@dataclass(frozen=True)
class Step:
    """One step: what grows, by which factors, and a function that makes the work of a factor (not timed)."""

    name: str
    grows: str
    work: Callable[[int], Callable[[], object]]
    factors: tuple[int, ...] = FACTORS


def _ingest(factor: int) -> Callable[[], object]:
    folder = Path(tempfile.mkdtemp(prefix="cost_by_size_"))
    raw_source(UNITS * factor, folder)
    return lambda: ingest("statistics_committee", folder / "raw", folder / "interim", folder / "corrections.yml")


def _checks(factor: int) -> Callable[[], object]:
    frame, none = long_table(UNITS * factor), pd.DataFrame(columns=[*checks.EXPOSURE_KEY, "figure_id"])

    def work() -> None:
        found = (checks.unique_keys(frame, none), checks.plausible_yields(frame))
        found += (checks.yield_area_production(frame, []),)
        assert all(outcome.examined for outcome in found)

    return work


def _by_units(call: Callable[[pd.DataFrame], object]) -> Callable[[int], Callable[[], object]]:
    return lambda factor: partial(call, panel(UNITS * factor, YEARS))


def _by_years(call: Callable[[pd.DataFrame], object]) -> Callable[[int], Callable[[], object]]:
    return lambda factor: partial(call, panel(UNITS, YEARS * factor))


def _curve(frame: pd.DataFrame) -> object:
    return joint_inference(estimate_specifications(frame, 2020, 2021, CHOICES), "U0000")


def _exposure(frame: pd.DataFrame) -> pd.DataFrame:
    values = np.random.default_rng(SEED).standard_normal(frame.shape)
    return pd.DataFrame(values, index=frame.index, columns=frame.columns)


DRAWS = 9_999
STEPS = (
    Step("ingest", "units", _ingest),
    Step("checks", "units", _checks),
    Step(
        "placebo test over units and years",
        "units",
        _by_units(lambda y: randomisation_test(y, "U0000", 2020, 2021, "units and years")),
    ),
    Step(
        "wild cluster bootstrap, 9,999 draws",
        "units",
        _by_units(lambda y: wild_cluster_bootstrap(y, treatment(y, "U0000", [2021]), draws=DRAWS)),
    ),
    Step("panel exposure, 9,999 orderings", "units", _by_units(lambda y: permute_paths(y, _exposure(y), DRAWS))),
    Step("own response", "units", _by_units(lambda y: own_response(y, "U0000", 2020, 2021))),
    Step("own response, every cell", "units", _by_units(lambda y: adjusted_cells(y, 2020, 2021)), (1, 10)),
    Step("synthetic control in space", "units", _by_units(lambda y: placebo_in_space(y, 2020, [2021]))),
    Step("specification curve, more years", "years", _by_years(_curve)),
    Step("specification curve, more units", "units", _by_units(_curve), (1, 2, 4)),
)


def measured(step: Step) -> list[dict]:
    """Rows of the table for one step: size, seconds, peak memory and, at the largest, the slope of either."""
    rows: list[dict] = []
    for factor in step.factors:
        work = step.work(factor)
        if not rows:
            work()  # loads what it needs
        seconds = _seconds(work)
        if seconds < QUICK:
            seconds = min(seconds, _seconds(work), _seconds(work))
        tracemalloc.start()
        work()
        peak = tracemalloc.get_traced_memory()[1] / 2**20
        tracemalloc.stop()
        row = {"step": step.name, "grows": step.grows, "factor": factor, "seconds": seconds, "peak_mib": peak}
        print(f"{step.name}, {factor}: {seconds:.3f} s, {peak:.1f} MiB", file=sys.stderr, flush=True)
        rows.append(row)
    for name in ("seconds", "peak_mib"):
        last, before = rows[-1], rows[-2]
        growth = np.log(last[name] / before[name]) / np.log(last["factor"] / before["factor"])
        last[f"slope_{name}"] = float(growth)
    return rows


def _seconds(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def study() -> pd.DataFrame:
    """The table: a row for each step and size."""
    table = pd.DataFrame([row for step in STEPS for row in measured(step)])
    return table.round({"seconds": 4, "peak_mib": 1, "slope_seconds": 2, "slope_peak_mib": 2})


def main() -> None:
    """Measure every step and write the table."""
    table = study()
    table.to_csv(TABLE, index=False, lineterminator="\n")
    write_results(table)
    print(table.to_string(index=False, na_rep=""))


def write_results(table: pd.DataFrame) -> None:
    """The section of `results.md`: a line a step, its seconds and peak at every size."""
    rows = []
    for step, own in table.groupby("step", sort=False):
        last = own.iloc[-1]
        rows.append(
            {
                "step": step,
                "grows by": f"{last['grows']} x " + ", ".join(map(str, own["factor"])),
                "seconds": ", ".join(f"{value:.3g}" for value in own["seconds"]),
                "slope": last["slope_seconds"],
                "peak, MiB": ", ".join(f"{value:.3g}" for value in own["peak_mib"]),
                "slope of peak": last["slope_peak_mib"],
                "why more than linear": WHY.get(step, ""),
            }
        )
    text = (
        "Size 1 is 7 units x 3 crops x 35 years. Slope: of log seconds and log peak memory on log size between the two "
        "largest sizes; 1 is linear.\n\n" + markdown_table(pd.DataFrame(rows))
    )
    write_section("cost_by_size", "Cost against size", text)


if __name__ == "__main__":
    main()
