"""The specification curve with its permutations as arrays, against a loop of regressions by statsmodels.

Run from the project's root:  python -m benchmarks.specification_curve
It writes a section of benchmarks/results.md; about a minute.

The panel is made: 7 units and enough years for 5,000 cells of unit and year, each of which is a permutation of every
specification. The loop fits one weighted regression of the change on the treated unit for each estimate, and one of the
trend for each unit where the specification takes the trend off. It is timed on a random sample of estimates, which must
agree with the arrays, and scaled to all of them.
"""

import resource
from time import perf_counter

import numpy as np
import pandas as pd
import statsmodels.api as sm

from benchmarks.results import markdown_table, write_section
from pipeline.methods.specification_curve import (
    Choices,
    SpecificationCube,
    comparison_scores,
    declare_specifications,
    estimate_specifications,
    joint_inference,
)
from pipeline.studies.specification_curve.analysis import BASES, ENDS, WINDOW

SEED = 20240731
UNITS, CELLS, SAMPLE = 7, 5_000, 300
CHOICES = Choices(BASES, ENDS, WINDOW, {"near": ("U1", "U2", "U3"), "far": ("U4", "U5", "U6")})


def made_panel() -> tuple[pd.DataFrame, int]:
    """Years x units with enough years for the cells, and the year before of the pair under study."""
    spare = WINDOW - 1 + 3  # years before the first pair and after the last
    years = -(-CELLS // UNITS) + spare
    rng = np.random.default_rng(SEED)
    values = 25 + 3 * rng.standard_normal((years, 1)) + 2 * rng.standard_normal((years, UNITS))
    panel = pd.DataFrame(values.clip(5), index=range(years), columns=[f"U{number}" for number in range(UNITS)])
    return panel, years // 2


def regression(cube: SpecificationCube, place: int, unit: int, shift: int, members: tuple[str, ...]) -> float:
    """One estimate by statsmodels: the coefficient of the treated unit in a weighted regression of the change."""
    spec = cube.specifications.iloc[place]
    values = np.log(cube.panel) if spec["outcome"] == "log" else cube.panel
    before, after = cube.year_before + shift, cube.year_after + shift
    base, end = (
        [year + offset for offset in offsets]
        for year, offsets in (
            (before, cube.choices.bases[spec["base_key"]]),
            (after, cube.choices.ends[spec["end_key"]]),
        )
    )
    window = values.loc[before - cube.choices.window + 1 : before]
    used = [cube.panel.columns[unit], *members]
    change = values.loc[end, used].mean() - values.loc[base, used].mean()
    if cube.choices.trends[spec["trend"]]:
        time = sm.add_constant(window.index.to_numpy(dtype=float) - before)
        slopes = [sm.OLS(window[name].to_numpy(), time).fit().params[1] for name in used]
        change = change - np.array(slopes) * (np.mean(end) - np.mean(base))
    scores = comparison_scores(window.to_numpy(), window.columns, spec["weighting"])[unit]
    weights = np.array([1.0, *scores[[window.columns.get_loc(name) for name in members]]])
    treated = sm.add_constant(np.eye(len(used))[0])
    return float(sm.WLS(change.to_numpy(), treated, weights=weights).fit().params[1])


def main() -> None:
    """Time both ways, hold them against each other, write the section."""
    panel, before = made_panel()
    start = perf_counter()
    cube = estimate_specifications(panel, before, before + 1, CHOICES)
    joint_inference(cube, "U0")
    together = perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10

    rng = np.random.default_rng(SEED)
    known = np.argwhere(np.isfinite(cube.estimates))
    sample = known[rng.choice(len(known), SAMPLE, replace=False)]
    members = [_members(cube, unit) for unit in panel.columns]
    keys = cube.specifications["comparison"]
    start = perf_counter()
    found = [regression(cube, s, i, int(cube.shifts[k]), members[i][keys.iloc[s]]) for s, i, k in sample]
    one = (perf_counter() - start) / SAMPLE
    np.testing.assert_allclose(found, cube.estimates[tuple(sample.T)], rtol=1e-6, atol=1e-9)

    number = len(known)
    table = pd.DataFrame(
        {
            "": ["as arrays, with the joint inference", "statsmodels, one by one (scaled from the sample)"],
            "estimates": [f"{number:,}", f"{number:,}"],
            "seconds": [f"{together:.2f}", f"{one * number:,.0f}"],
            "microseconds each": [f"{1e6 * together / number:.2f}", f"{1e6 * one:,.0f}"],
            "peak memory of the process, MiB": [f"{peak:,.0f}", ""],
        }
    )
    text = (
        f"{len(cube.specifications):,} specifications x {UNITS * len(cube.shifts):,} cells. {SAMPLE} estimates of the "
        f"loop agree with the arrays. Ratio: **{one * number / together:,.0f} times**.\n\n" + markdown_table(table)
    )
    write_section("specification_curve", "Specification curve with permutations", text)
    print(text)


def _members(cube: SpecificationCube, unit: str) -> dict[str, tuple[str, ...]]:
    """Comparison units of one unit by the name of the group."""
    table = declare_specifications(cube.panel, unit, cube.year_before, cube.year_after, cube.choices)
    return dict(zip(table["comparison"], table["members"], strict=True))


if __name__ == "__main__":
    main()
