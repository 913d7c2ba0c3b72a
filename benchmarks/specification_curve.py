"""How long the specification curve takes: all specifications as arrays, against one specification at a time.

Run from the project's root:  python -m benchmarks.specification_curve
The slow way is the independent implementation that the tests compare with.
"""

from timeit import timeit

from pipeline.data.panel import load_panel, yields_by_oblast
from pipeline.studies.specification_curve import analysis as specification_curve
from tests.studies.specification_curve.test_analysis import slow_estimate

STUDY = ("Jalal-Abad", 2023, 2024)
ROUNDS = 5


def main() -> None:
    oblast, before, after = STUDY
    yields = yields_by_oblast(load_panel(), "wheat")
    cube = specification_curve.estimate_specifications(yields, before, after)
    own = specification_curve.declare_specifications(yields, oblast, before, after)
    together = (
        timeit(lambda: specification_curve.estimate_specifications(yields, before, after), number=ROUNDS) / ROUNDS
    )
    one_by_one = timeit(lambda: [slow_estimate(yields, *STUDY, spec) for spec in own.itertuples()], number=1)
    number = cube.estimates.size
    print(f"as arrays: {number:,} estimates in {together:.2f} s, {1e6 * together / number:.1f} µs each")
    print(f"one by one: {len(own):,} estimates in {one_by_one:.2f} s, {1e6 * one_by_one / len(own):.0f} µs each")


if __name__ == "__main__":
    main()
