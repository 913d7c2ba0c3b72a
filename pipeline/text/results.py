"""Result files: `reports/<report>/results.json`, the values that a run computed, or `verify` of the ledger.

`Report.results` and `verify` write them; whatever quotes a number reads it here.
"""

import json
from pathlib import Path

from pipeline.errors import DataError
from pipeline.paths import REPORTS, shown

_FORM = {"value", "unit", "scope"}


def results_file(report: str, reports: Path = REPORTS) -> Path:
    """Where the results of a report lie."""
    return reports / report / "results.json"


def read_results(report: str, reports: Path = REPORTS) -> dict[str, dict[str, object]]:
    """The results of one report by their name, each with `value` (None: not defined), `unit` and `scope`.

    Raises
    ------
    DataError
        If the file is missing, is no JSON, or is not of its form.
    """
    path = results_file(report, reports)
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


def write_results(results: dict[str, dict[str, object]], path: Path) -> None:
    """Write results with stable bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
