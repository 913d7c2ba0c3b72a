"""Uncertain inputs: what a calculation makes of the ranges of its assumptions.

A model is a function from values by name to results by name. `tornado` moves one assumption at a time, `monte_carlo`
all at once.
"""

from collections.abc import Callable, Mapping, Sequence
from math import isfinite

import numpy as np
import pandas as pd

from pipeline.data.assumptions import Assumption
from pipeline.errors import AnalysisError, ParameterError

Model = Callable[[Mapping[str, float]], Mapping[str, float]]


def central_values(assumptions: Sequence[Assumption]) -> dict[str, float]:
    """The central value of each assumption by name. Raises ParameterError when two share a name."""
    names = [assumption.name for assumption in assumptions]
    if not names or len(set(names)) < len(names):
        raise ParameterError(f"Assumptions need different names, at least one; given: {', '.join(names) or 'none'}.")
    return {assumption.name: float(assumption.central) for assumption in assumptions}


def assumption_table(assumptions: Sequence[Assumption]) -> pd.DataFrame:
    """The list a report shows: `name, low, central, high, unit, reason, label, source`."""
    central_values(assumptions)
    return pd.DataFrame([vars(assumption) for assumption in assumptions])


def tornado(model: Model, assumptions: Sequence[Assumption], output: str) -> pd.DataFrame:
    """One assumption at a time at its low and high value, the others central: what moves the output most.

    Returns a frame, largest swing first: `name, label, unit, low, high` (values of the assumption), `output_low`,
    `output_high` (the output there), `output_central`, `swing` = |output_high - output_low|. It shows no
    interactions (Eschenbach 1992, Interfaces 22(6): 40-46).

    Raises ParameterError for an output the model does not give, AnalysisError for one that is not finite.
    """
    base = central_values(assumptions)
    central = _output(model, base, output)
    rows = []
    for a in assumptions:
        low, high = (_output(model, base | {a.name: value}, output) for value in (a.low, a.high))
        rows.append((a.name, a.label, a.unit, a.low, a.high, low, high, central, abs(high - low)))
    columns = ["name", "label", "unit", "low", "high", "output_low", "output_high", "output_central", "swing"]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values("swing", ascending=False, kind="stable", ignore_index=True)


def strongest(table: pd.DataFrame) -> dict[str, str | float]:
    """Of a table that `tornado` gives: the assumption that moves the output most, and the output at its two ends."""
    first = table.iloc[0]
    low, high = sorted((first["output_low"], first["output_high"]))
    return {"strongest": first["label"], "strongest_low": low, "strongest_high": high}


def _output(model: Model, values: Mapping[str, float], output: str) -> float:
    results = model(values)
    if output not in results:
        raise ParameterError(f"The model gives no {output!r}; it gives {', '.join(results)}.")
    if not isfinite(results[output]):
        raise AnalysisError(f"{output} is {results[output]} at {dict(values)}.")
    return float(results[output])


def monte_carlo(model: Model, assumptions: Sequence[Assumption], draws: int, seed: int) -> pd.DataFrame:
    """All assumptions at once: independent triangular draws with mode at the central value.

    The shape and the independence are themselves assumptions, so the spread is a picture of the stated ranges,
    not a confidence interval. Returns one row per draw with a column per assumption and per output.

    Raises ParameterError for fewer than 1 draw or a name that is both assumption and output.
    """
    base = central_values(assumptions)
    if draws < 1:
        raise ParameterError(f"{draws} draws: expected 1 or more.")
    rng = np.random.default_rng(seed)
    inputs = {
        a.name: np.full(draws, a.central) if a.low == a.high else rng.triangular(a.low, a.central, a.high, draws)
        for a in assumptions
    }
    outputs = [dict(model({name: float(inputs[name][i]) for name in base})) for i in range(draws)]
    both = set(base) & set(outputs[0])
    if both:
        raise ParameterError(f"Names of assumptions and outputs must differ; both: {', '.join(sorted(both))}.")
    return pd.concat([pd.DataFrame(inputs), pd.DataFrame(outputs)], axis=1)
