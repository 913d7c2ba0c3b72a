"""Verify: every statement of the paper against evidence and results, and the report of what was found.

Nothing is written unless every verdict is the one that `data/ledger.yml` expects.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from pipeline.ledger import tables
from pipeline.ledger.holdings import load_holdings
from pipeline.ledger.model import LEDGER, read_ledger
from pipeline.ledger.verdicts import Replication, judge, require_expected
from pipeline.ledger.view import replication_markdown
from pipeline.ledger.wording import DOMAIN
from pipeline.paths import EXPOSURES, INTERIM, PANEL, REPORTS, shown, write_whole
from pipeline.text.documents import without_formulas
from pipeline.text.language import SOURCE_LANGUAGE, Catalogue
from pipeline.text.parameters import read_study

REPORT = "replication"  # the ledger's own report, a folder of reports/

TABLES = {
    "statements": tables.statements,
    "findings": tables.findings,
    "inconsistencies": tables.inconsistencies,
    "referee_map": tables.referee_map,
    "summary": tables.summary,
}


def read_replication(
    ledger: Path = LEDGER,
    interim: Path = INTERIM,
    exposures: Path = EXPOSURES,
    panel: Path = PANEL,
    reports: Path = REPORTS,
    study: Mapping[str, object] | None = None,
) -> Replication:
    """The project's ledger, judged from the data and the results of reports.

    Parameters
    ----------
    ledger, interim, exposures, panel, reports
        What people wrote, and where the tables and the folders of reports lie.
    study
        The parameters that the results were computed with; those of params.yaml unless given.

    Returns
    -------
    Replication
        A verdict on every statement, expected or not; `verify` refuses those that are not.

    Raises
    ------
    DataError
        If the ledger points to a value that does not exist, or leaves a statement or a row of evidence out. The
        message names the entry, the address and what to do.
    """
    written = read_ledger(ledger)
    study = read_study() if study is None else study
    return judge(written, load_holdings(written.reports, interim, exposures, panel, reports, study))


def verify(folder: Path = REPORTS / REPORT, **places: object) -> str:
    """Compute every verdict and write the report; a sentence saying what was found.

    Parameters
    ----------
    folder
        Where the report is written: README.md, results.json, tables/.
    **places
        What the ledger is judged from, as `read_replication` takes it.

    Raises
    ------
    DataError
        As `read_replication`, and if the ledger expects another verdict than the computed one.
    """
    replication = read_replication(**places)
    sentence = require_expected(replication)
    for path, text in files(replication).items():
        write_whole(folder / path, text)
    return f"{sentence} Read them: {shown(folder)}/README.md"


def files(replication: Replication) -> dict[str, str]:
    """What the stage writes: text by path within the folder of the report."""
    results = json.dumps(tables.results(replication), ensure_ascii=False, indent=1) + "\n"
    written = {
        f"tables/{name}.csv": without_formulas(make(replication)).to_csv(index=False, lineterminator="\n")
        for name, make in TABLES.items()
    }
    document = replication_markdown(replication, Catalogue(SOURCE_LANGUAGE, DOMAIN))
    return {"README.md": document, "results.json": results, **written}
