"""Table 1 of the paper, rebuilt: two clusters by five criteria, and what was found on each cell.

A cell is a statement of the ledger. How far it is documented follows from the ledger by a fixed rule (`state_of`);
what a cluster says of itself is told apart from what others say of it. A third country is announced and has no
column.
"""

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum

import pandas as pd

from pipeline.errors import DataError
from pipeline.ledger.model import AGREES, Authority, Verdict
from pipeline.ledger.verdicts import Outcome
from pipeline.studies.paper_tables import SOURCE, direction_of, evidence_notes, evidence_rows, statements, words

# Statements of the text on the two clusters: those that print a figure, and all.
NUMBERS = ("G01", "G05", "G05b")
IN_TEXT = ("G01", "G02", "G03", "G04", "G05", "G05b", "G18", "G07", "G08", "G09", "G13")
BETWEEN_NOTES = " \u00b7 "  # as the declaration of the table says
FIRST_SEEN = "ev066"  # the row of evidence.csv with the first year in which the cluster is seen at work


class State(StrEnum):
    """How far a cell of Table 1 is documented."""

    DOCUMENTED = "documented"
    IN_PART = "documented in part"
    SELF_DESCRIPTION = "self-description only"
    AGAINST = "sources say otherwise"
    NONE = "none found"
    MISSING = "column missing"


# The programmes whose success rates stand in evidence.csv: the row, the place of the number in it, the name.
RATES = (
    ("ev203", 0, "EU research programme Horizon 2020"),
    ("ev203", 1, "EU research programme FP7"),
    ("ev068", 0, "Interreg Central Baltic, one call of 2015"),
)


def state_of(findings: pd.DataFrame, verdict: Verdict) -> State:
    """How far a cell is documented.

    None found, where nothing in the ledger speaks to it. Self-description only, where nobody but the cluster itself
    speaks. Otherwise by those of the highest authority: sources say otherwise if all of them differ; documented if
    the verdict agrees; documented in part if it agrees in part.
    """
    speaking = findings[(findings["context"] == "") & (findings["outcome"] != Outcome.SILENT)]
    if speaking.empty:
        return State.NONE
    if set(speaking["authority"]) == {Authority.SELF_DESCRIPTION}:
        return State.SELF_DESCRIPTION
    if direction_of(findings) == Outcome.DIFFERS:
        return State.AGAINST
    return State.DOCUMENTED if verdict in AGREES else State.IN_PART


def table_cells(table_1: pd.DataFrame, verdicts: Mapping[str, Verdict], findings: pd.DataFrame) -> pd.DataFrame:
    """The cells of Table 1 with their state and the number of pages that speak to each.

    Returns
    -------
    DataFrame
        claim_id, criterion, cluster, cell, state, verdict, pages, other_pages (those that are no self-description;
        statutes count as a document).
    """
    rows = []
    for cell in table_1.itertuples():
        own = findings[findings["claim_id"] == cell.claim_id]
        rows.append(
            {
                "claim_id": cell.claim_id,
                "criterion": cell.criterion,
                "cluster": cell.cluster,
                "cell": cell.cell,
                "state": state_of(own, verdicts[cell.claim_id]),
                "verdict": verdicts[cell.claim_id],
                "pages": len(own),
                "other_pages": int((own["authority"] != Authority.SELF_DESCRIPTION).sum()),
            }
        )
    return pd.DataFrame(rows)


def matrix(cells: pd.DataFrame, clusters: pd.DataFrame) -> pd.DataFrame:
    """The cells of Table 1 with the country of each, and those of each country that is announced and has no column.

    Parameters
    ----------
    cells
        As `table_cells` gives them.
    clusters
        cluster, country, column_in_table_1: a row for each country, in the order of the columns.
    """
    countries = clusters.set_index("cluster")["country"]
    absent = [
        {
            "claim_id": "",
            "criterion": criterion,
            "cluster": "",
            "country": country,
            "cell": "",
            "state": State.MISSING,
            "verdict": "",
            "pages": None,
            "other_pages": None,
        }
        for country in missing_countries(clusters)
        for criterion in dict.fromkeys(cells["criterion"])
    ]
    return pd.concat([cells.assign(country=cells["cluster"].map(countries)), pd.DataFrame(absent)], ignore_index=True)


def missing_countries(clusters: pd.DataFrame) -> list[str]:
    """Countries whose experience the paper says it analysed and that have no column in Table 1."""
    return clusters.loc[clusters["column_in_table_1"] == "no", "country"].tolist()


def success_rates(evidence: pd.DataFrame) -> pd.DataFrame:
    """Shares of applications that were funded, as evidence.csv has them, in percent.

    A cell is one share or several ("11.6; 18.5"), or two counts ("42 of 177 (23.7)"), from which the share is derived.

    Returns
    -------
    DataFrame
        programme, percent, derived (whether we divided), evidence_id.

    Raises
    ------
    DataError
        If a cell is neither.
    """
    rows = []
    for key, place, programme in RATES:
        cell = evidence.loc[key, "value"]
        counts = re.match(r"(\d+) of (\d+)\b", cell)
        shares = cell.split("; ")
        if counts:
            percent = 100 * int(counts[1]) / int(counts[2])
        elif place < len(shares) and re.fullmatch(r"\d+(\.\d+)?", shares[place]):
            percent = float(shares[place])
        else:
            raise DataError(
                f"evidence.csv, {key}: {cell!r} is no success rate; expected shares like 11.6; 18.5, or 42 of 177."
            )
        rows.append({"programme": programme, "percent": percent, "derived": bool(counts), "evidence_id": key})
    return pd.DataFrame(rows)


def printed_numbers(claims: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Lower and upper end of the figures in the paper's text on Green Net Finland, by statement."""
    rows = claims.loc[list(NUMBERS), ["value_low", "value_high"]].astype(float)
    return {row.Index: (row.value_low, row.value_high) for row in rows.itertuples()}


def earliest_year(evidence: pd.DataFrame) -> int:
    """The first year in which a source shows Green Net Finland at work.

    Raises
    ------
    DataError
        If the row of evidence.csv does not begin with a year.
    """
    cell = evidence.loc[FIRST_SEEN, "value"]
    year = re.match(r"\d{4}\b", cell)
    if not year:
        raise DataError(f"evidence.csv, {FIRST_SEEN}: {cell!r} does not begin with a year.")
    return int(year[0])


def summary(cells: pd.DataFrame, clusters: pd.DataFrame) -> dict[str, int | list[str]]:
    """The results on Table 1: its columns, and its cells by state.

    Parameters
    ----------
    cells
        As `table_cells` gives them.
    clusters
        cluster, country, column_in_table_1: a row for each country.
    """
    missing, number = missing_countries(clusters), cells["state"].value_counts()
    return {
        "countries_announced": len(clusters),
        "countries_in_table_1": len(clusters) - len(missing),
        "missing_countries": missing,
        "cells": len(cells),
        "cells_documented": number.get(State.DOCUMENTED, 0),
        "cells_in_part": number.get(State.IN_PART, 0),
        "cells_self_description": number.get(State.SELF_DESCRIPTION, 0),
        "cells_against": number.get(State.AGAINST, 0),
        "cells_none": number.get(State.NONE, 0),
        "pages_on_cells": int(cells["pages"].sum()),
    }


def summary_of_figures(
    rates: pd.DataFrame, printed: Mapping[str, tuple[float, float]], first_year: int
) -> dict[str, float | int]:
    """The results on the figures of the text: as the paper prints them, and as they were found.

    Parameters
    ----------
    rates, printed, first_year
        As `success_rates`, `printed_numbers` and `earliest_year` give them.
    """
    return {
        "founded_printed": int(printed["G01"][0]),
        "first_year_found": first_year,
        "success_printed": int(printed["G05"][0]),
        "average_low": int(printed["G05b"][0]),
        "average_high": int(printed["G05b"][1]),
        "lowest_rate_found": rates["percent"].min(),
        "highest_rate_found": rates["percent"].max(),
        "rates_found": len(rates),
    }


def statements_in_text(
    claims: pd.DataFrame, verdicts: Mapping[str, Verdict], findings: pd.DataFrame, evidence: pd.DataFrame
) -> pd.DataFrame:
    """What the text says of the clusters, the verdict on each statement, and the notes of the pages on it.

    Returns
    -------
    DataFrame
        claim_id, statement, verdict, found (notes, " · " between them; "none found" where there is none).
    """
    rows = []
    for claim in IN_TEXT:
        notes = [note for note in evidence_rows(findings[findings["claim_id"] == claim], evidence)["note"] if note]
        rows.append(
            {
                "claim_id": claim,
                "statement": claims.loc[claim, "statement"],
                "verdict": verdicts[claim].value,
                "found": BETWEEN_NOTES.join(notes or [State.NONE]),
            }
        )
    return pd.DataFrame(rows)


def messages() -> Iterator[str]:
    """Words of the data that the notebook shows, for the translators."""
    yield from words(SOURCE, "clusters.csv", "country")
    yield from words(SOURCE, "table_1.csv", "criterion", "cell")
    yield from (state.value for state in State)
    yield from (programme for _, _, programme in RATES)
    yield from (verdict.value for verdict in Verdict)
    yield from statements(*IN_TEXT)
    yield from evidence_notes(*(f"T1-{n}{side}" for n in range(1, 6) for side in "FA"), *IN_TEXT)
