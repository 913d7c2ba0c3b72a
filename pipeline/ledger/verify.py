"""Verify: every statement of the paper against evidence and results, and the report of what was found.

Nothing is written unless every verdict is the one that `data/ledger.yml` expects.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from pipeline.ledger import report
from pipeline.ledger.holdings import load_holdings
from pipeline.ledger.markdown import replication_markdown
from pipeline.ledger.model import LEDGER, read_ledger
from pipeline.ledger.verdicts import Replication, judge, require_expected
from pipeline.ledger.wording import DOMAIN
from pipeline.paths import EXPOSURES, INTERIM, PANEL, REPORTS, RESULTS, shown
from pipeline.text.language import SOURCE_LANGUAGE, Catalogue
from pipeline.text.parameters import read_parameters

TABLES = {
    "statements": report.statements,
    "findings": report.findings,
    "inconsistencies": report.inconsistencies,
    "referee_map": report.referee_map,
    "summary": report.summary,
}


def verify(
    ledger: Path = LEDGER, interim: Path = INTERIM, exposures: Path = EXPOSURES, panel: Path = PANEL,
    results: Path = RESULTS, reports: Path = REPORTS, study: Mapping[str, object] | None = None,
) -> str:  # fmt: skip
    """Compute every verdict and write the report; a sentence saying what was found.

    Parameters
    ----------
    study
        The parameters that the results were computed with; those of params.yaml unless given.

    Raises
    ------
    DataError
        If the ledger points to a value that does not exist, leaves a statement or a row of evidence out, or expects
        another verdict than the computed one. The message names the entry, the address and what to do.
    """
    written = read_ledger(ledger)
    study = read_parameters("yield_change") if study is None else study
    replication = judge(written, load_holdings(written.notebooks, interim, exposures, panel, results, study))
    sentence = require_expected(replication)
    for path, text in files(replication).items():
        target = reports / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="\n")
    return f"{sentence} Read them: {shown(reports)}/replication.md"


def files(replication: Replication) -> dict[str, str]:
    """What the stage writes, by path within reports/."""
    t = Catalogue(SOURCE_LANGUAGE, DOMAIN)
    results = json.dumps(report.results(replication), ensure_ascii=False, indent=1) + "\n"
    tables = {
        f"tables/claims-{name}.csv": make(replication).to_csv(index=False, lineterminator="\n")
        for name, make in TABLES.items()
    }
    return {"results/claims.json": results, "replication.md": replication_markdown(replication, t), **tables}
