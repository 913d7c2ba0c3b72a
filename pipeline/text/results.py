"""Result files: `reports/results/<name>.json`, the values that a notebook computed, or `verify` as `claims`.

`Exhibits.result` and `verify` write them; whatever quotes a number reads it here.
"""

import json
from pathlib import Path

from pipeline.errors import DataError
from pipeline.paths import RESULTS, shown

_FORM = {"value", "unit", "scope"}


def read_results(name: str, folder: Path = RESULTS) -> dict[str, dict[str, object]]:
    """The results of one file by their name, each with `value` (None: not defined), `unit` and `scope`.

    Raises
    ------
    DataError
        If the file is missing, is no JSON, or is not of its form.
    """
    path = folder / f"{name}.json"
    remedy = "Make it: python -m pipeline report"
    if not path.is_file():
        raise DataError(f"{shown(path)} does not exist. {remedy}")
    try:
        results = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{shown(path)} is not readable as JSON: {error}. {remedy}") from error
    if not isinstance(results, dict) or not all(isinstance(r, dict) and set(r) >= _FORM for r in results.values()):
        raise DataError(f"{shown(path)} is not of the form name -> value, unit, scope. {remedy}")
    return results
