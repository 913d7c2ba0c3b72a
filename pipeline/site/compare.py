"""Two studies side by side: every result value of both, on a page in every language and as a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pipeline.errors import ParameterError
from pipeline.paths import shown
from pipeline.site.article import MadeReport
from pipeline.site.frame import Frame, Page, page_file, write_assets, write_file
from pipeline.text.declarations import declarations
from pipeline.text.documents import without_formulas
from pipeline.text.fill import MISSING, NOT_DEFINED, Value, retold
from pipeline.text.language import Catalogue, languages
from pipeline.text.messages import SITE
from pipeline.text.results import read_results

TOLERANCE = 1e-9  # values are published rounded: nearer ones are equal


@dataclass(frozen=True)
class Study:
    """The reports of a study, as they lie in a folder.

    Attributes
    ----------
    name
        What the user calls it.
    reports
        Those that were made, by name, in reading order.
    """

    name: str
    reports: Mapping[str, MadeReport]

    @classmethod
    def read(cls, name: str, folder: Path) -> "Study":
        """The study whose reports lie in a folder.

        Raises
        ------
        ParameterError
            If no report lies there.
        """
        there = [report for report in declarations() if (folder / report / "notebook.ipynb").is_file()]
        if not there:
            raise ParameterError(f"{name}: no report lies in {shown(folder)}/.")
        return cls(name, {report: MadeReport.read(report, folder) for report in there})

    @property
    def parameters(self) -> dict[str, object]:
        """The parameters of its reports, each once; `language` changes no value."""
        found = {name: v for made in self.reports.values() for name, v in made.made_by["parameters"].items()}
        return {name: value for name, value in found.items() if name != "language"}


def differences(first: Study, second: Study) -> pd.DataFrame:
    """Every result value of both studies.

    Returns
    -------
    DataFrame
        report, result, unit, first, second (empty where a study lacks it), difference (second less first, of numbers in
        one unit), equal, first_scope, second_scope.

    Raises
    ------
    ParameterError
        If the two have no report in common.
    """
    common = [name for name in first.reports if name in second.reports]
    if not common:
        raise ParameterError(f"{first.name} and {second.name} have no report in common.")
    rows = []
    for report in common:
        ones, others = _results(first.reports[report]), _results(second.reports[report])
        for name in dict.fromkeys([*ones, *others]):
            one, other = ones.get(name, {}), others.get(name, {})
            a, b = one.get("value"), other.get("value")
            numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in (a, b))
            comparable = numbers and one["unit"] == other["unit"] and one["unit"] not in NAMES
            rows.append(
                {
                    "report": report,
                    "result": name,
                    "unit": ", ".join(dict.fromkeys(of["unit"] for of in (one, other) if of)),
                    "first": a,
                    "second": b,
                    "difference": round(b - a, 9) + 0.0 if comparable else None,
                    "equal": abs(b - a) <= TOLERANCE if numbers else a == b,
                    "first_scope": one.get("scope"),
                    "second_scope": other.get("scope"),
                }
            )
    return pd.DataFrame(rows).astype({"first": object, "second": object})


NAMES = ("year", "rank")
"""Units of numbers that name something: to take one from another says nothing."""


def _results(made: MadeReport) -> Mapping[str, Mapping]:
    return read_results(made.name, made.folder.parent) if made.declared.results else {}


def write_comparison(first: Study, second: Study, folder: Path) -> str:
    """Write `values.csv` and the page of a comparison, in every language; a sentence saying what differs."""
    frame = differences(first, second)
    folder.mkdir(parents=True, exist_ok=True)
    named = {"first": first.name, "second": second.name} if first.name != second.name else {}
    table = without_formulas(frame.rename(columns=named))
    table.to_csv(folder / "values.csv", index=False, lineterminator="\n", encoding="utf-8")
    write_assets(folder)
    for language in languages():
        t = Catalogue(language, SITE)
        page = Page(
            name="index",
            language=language,
            title=t("{first} and {second}", first=first.name, second=second.name),
            description=t("Two studies side by side: every result value that differs."),
            template="compare.html.j2",
        )
        page.values.update(
            {
                "first": first.name,
                "second": second.name,
                "parameters": _parameters(first, second),
                "reports": [_section(name, rows, first, second, language) for name, rows in _by_report(frame)],
                "csv": page.way_to("values.csv"),
            }
        )
        write_file(page_file("index", language), Frame(language, {}, alone=True).render(page), folder)
    differing = int((~frame["equal"].astype(bool)).sum())
    return f"{differing} of {len(frame)} result values differ. Read them: {shown(folder)}/index.html"


def _by_report(frame: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    return [(str(name), rows) for name, rows in frame.groupby("report", sort=False)]


def _parameters(first: Study, second: Study) -> list[tuple[str, str, str, bool]]:
    """Each parameter with its value in both, and whether the two are one; those that differ come first."""
    ones, others = first.parameters, second.parameters
    rows = [
        (name, str(ones.get(name, MISSING)), str(others.get(name, MISSING)), ones.get(name) == others.get(name))
        for name in dict.fromkeys([*ones, *others])
    ]
    return sorted(rows, key=lambda row: row[3])


def _section(name: str, rows: pd.DataFrame, first: Study, second: Study, language: str) -> dict[str, object]:
    """What the page shows of a report: its title, the values that differ, and how many do not."""
    t = Catalogue(language, name)
    values = [{} if name not in study.reports else study.reports[name].values for study in (first, second)]
    differing = rows[~rows["equal"].astype(bool)]
    return {
        "name": name,
        "title": first.reports[name].title(t),
        "equal": len(rows) - len(differing),
        "rows": [
            {
                "result": row.result,
                "unit": row.unit,
                "values": [_shown(of.get(row.result), t) for of in values],
                "difference": _difference(row, first.reports[name], t),
                "scope": _scope(row, first.reports[name], t),
            }
            for row in differing.itertuples()
        ],
    }


def _scope(row, made: MadeReport, t: Catalogue) -> str:
    """What a result is of, with the values of the first study that has it; in English where it is not declared."""
    said = row.first_scope if row.first_scope is not None else row.second_scope
    of, *_ = said.partition(NOT_DEFINED)
    told = retold(of, row.result, made.declared, t) if row.result in made.declared.results else None
    return said if told is None else told


def _shown(value: Value | None, t: Catalogue) -> str:
    return MISSING if value is None or value.value is None else value.shown(t)


def _difference(row, made: MadeReport, t: Catalogue) -> str:
    if pd.isna(row.difference):
        return ""
    declared = made.declared.results.get(row.result)
    return t.signed(row.difference, (declared and declared.decimals) or 0)
