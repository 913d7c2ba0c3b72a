"""What is known: how many figures there are, of which kind, and what the checks of the tables found."""

from collections.abc import Mapping

import pandas as pd

from pipeline.text.declarations import declaration
from pipeline.text.language import Catalogue


def inventory(
    panel: pd.DataFrame, exposures: pd.DataFrame, sources: pd.DataFrame, checks: Mapping[str, list]
) -> dict[str, int]:
    """The results on the whole collection: its sources, figures, checks, and conflicts between sources.

    Parameters
    ----------
    panel, exposures
        The harmonised tables, one row for each figure.
    sources
        One row for each source.
    checks
        `checks` and `conflicts`, as the stage that checks the tables writes them.
    """
    return {
        "sources": len(sources),
        "figures": len(panel) + len(exposures),
        "conflicts": len(checks["conflicts"]),
        "checks": len(checks["checks"]),
    }


def summary(found: pd.DataFrame, pairs: list[str], year_before: int, year_after: int) -> dict[str, int]:
    """The results on the oblast: its figures of the two years, and those counted during the harvest.

    Parameters
    ----------
    found
        As `published_figures.figures_of` gives them.
    pairs
        Crops with a January-August figure of one kind in both years.
    """
    own = found["area_level"] == "oblast"
    harvest = (found["period"] != "full-year") & (found["measure"] == "yield")

    def counted(chosen: pd.Series, year: int) -> int:
        return int((chosen & harvest & (found["year"] == year)).sum())

    joint = found["area_level"] == "joint"
    return {
        "figures_of_oblast": int(own.sum()),
        "jan_aug_crops_both_years": len(pairs),
        "campaign_yields_before": counted(own, year_before),
        "campaign_yields_after": counted(own, year_after),
        "joint_yields_before": counted(joint, year_before),
        "joint_yields_after": counted(joint, year_after),
    }


def with_report(found: pd.DataFrame) -> pd.DataFrame:
    """Figures with `report`: the report that prints a figure, or its source where that is a series."""
    report = found["report_id"].where(found["report_id"] != "", found["source"])
    return found.assign(report=report, year=found["year"].astype(int))


def passed_checks(checks: Mapping[str, list]) -> pd.DataFrame:
    """The checks of the harmonised tables.

    Returns
    -------
    `check`, `examined` (figures or cells looked at), and for a mismatch that is known and stays `yield_id`, `c_per_ha`,
    `ha`, `low`, `high` (t, what the printed digits allow), `production_id`, `production` (t), `why`; one row for each
    mismatch, and one for a check without any.
    """
    columns = ["yield_id", "c_per_ha", "ha", "low", "high", "production_id", "production", "why"]
    rows = [
        {"check": check["check"], "examined": check["examined"], **mismatch}
        for check in checks["checks"]
        for mismatch in check["known"] or [{}]
    ]
    return pd.DataFrame(rows, columns=["check", "examined", *columns])


def conflicts(checks: Mapping[str, list]) -> pd.DataFrame:
    """Conflicts between sources: `subject`, `what`, `treatment`, and `figures`, the names of the figures."""
    table = pd.DataFrame(checks["conflicts"], columns=["subject", "what", "treatment", "figures"])
    return table.assign(figures=table["figures"].map(", ".join))


def check_questions(t: Catalogue) -> dict[str, str]:
    """What each check of the harmonised tables asks, by the name that `pipeline.data.checks` gives it."""
    questions = declaration("data_audit").tables["checks"].columns["check"].words
    return {check: t(message) for check, message in questions.items()}
