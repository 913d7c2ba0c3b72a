"""README.md, made from `pipeline/site/pages/project.en.md`: numbers are read from the result files, the lists of data
from the cards, the list of figures and tables from the reports.

Its order is that of the template README of the social science data editors
(https://social-science-data-editors.github.io/template_README/).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.data.cards import Card, read_cards
from pipeline.paths import REPORTS, ROOT, shown
from pipeline.site.article import FIGURE, MadeReport, numbers
from pipeline.site.texts import page_values, written_page
from pipeline.text.declarations import declarations
from pipeline.text.documents import address, code, escaped
from pipeline.text.fill import fill
from pipeline.text.language import SOURCE_LANGUAGE, Catalogue
from pipeline.text.parameters import read_study

README = ROOT / "README.md"
PAGE = "project"


@dataclass(frozen=True)
class Exhibit:
    """A figure or a table of a report.

    Attributes
    ----------
    label
        "Figure 2".
    says
        The first sentence of a figure's caption, or the title of a table, with its numbers.
    program, function
        The file that makes it, and in it the function that draws a figure (empty where the notebook makes it).
    file, data
        What is made, and the data behind a figure (empty for a table), from the project's root.
    """

    report: str
    label: str
    says: str
    program: str
    function: str
    file: str
    data: str


def exhibits(made: Mapping[str, MadeReport]) -> Iterator[Exhibit]:
    """Every figure and table of the reports, in the order in which the articles show them."""
    for name, report in made.items():
        t, folder = Catalogue(SOURCE_LANGUAGE, name), f"reports/{name}"
        notebook = f"notebooks/{name}.ipynb"
        for (kind, exhibit), number in numbers(report).items():
            if kind == FIGURE:
                says = fill(report.declared.figures[exhibit].caption, report.values, t)
                yield Exhibit(
                    name,
                    f"Figure {number}",
                    says.split(". ")[0].rstrip(".") + ".",
                    *_drawing(name, exhibit, notebook),
                    f"{folder}/figures/{exhibit}.svg",
                    f"{folder}/figures/{exhibit}.csv",
                )
            else:
                says = fill(report.declared.tables[exhibit].title, report.values, t).rstrip(".") + "."
                yield Exhibit(name, f"Table {number}", says, notebook, "", f"{folder}/tables/{exhibit}.csv", "")


def _drawing(report: str, figure: str, notebook: str) -> tuple[str, str]:
    """The file and the function that draw a figure; the notebook where its study has no such function."""
    file = f"pipeline/studies/{report}/figures.py"
    path = ROOT / file
    there = path.is_file() and f"\ndef {figure}(" in path.read_text(encoding="utf-8")
    return (file, figure) if there else (notebook, "")


def sources_list(cards: Iterable[Card]) -> str:
    """Where each source comes from, its licence and our doubts about it, as a Markdown table."""
    rows = ["| Source | Producer | What, and where | Licence, and doubts |", "| --- | --- | --- | --- |"]
    for card in cards:
        link = f" {address(card.url_main)}" if card.url_main else ""
        doubts = f" {escaped(card.licence.note)}" if card.licence.note else ""
        rows.append(
            f"| {code(card.id)} | {escaped(card.producer)} | {escaped(card.title)}.{link} | "
            f"{escaped(card.licence.name)}.{doubts} |"
        )
    return "\n".join(rows)


def dataset_list(cards: Iterable[Card]) -> str:
    """Every raw table, its source and its size, as a Markdown table."""
    rows = ["| Data file | What it holds | Rows | Provided |", "| --- | --- | ---: | --- |"]
    for card in cards:
        for name, table in card.tables.items():
            what = escaped(table.describes or card.title)
            rows.append(f"| {code(f'data/raw/{card.id}/{name}')} | {what} | {table.rows:,} | yes |")
    return "\n".join(rows)


def exhibit_list(found: Iterable[Exhibit]) -> str:
    """Every figure and table with the program that makes it, as a Markdown table."""
    rows = ["| Report | Exhibit | What it shows | Program | Output |", "| --- | --- | --- | --- | --- |"]
    for each in found:
        program = code(each.program) + (f": {code(each.function)}" if each.function else "")
        rows.append(f"| {each.report} | {each.label} | {escaped(each.says)} | {program} | {code(each.file)} |")
    return "\n".join(rows)


def current(reports: Path = REPORTS) -> str:
    """What README.md holds with the results as they are.

    Raises
    ------
    PipelineError
        If the text names a value that does not exist.
    """
    made = {name: MadeReport.read(name, reports) for name in declarations()}
    cards, shown_there = read_cards(), list(exhibits(made))
    given = {
        "lists.sources": sources_list(cards),
        "lists.datasets": dataset_list(cards),
        "lists.exhibits": exhibit_list(shown_there),
        "lists.figures": str(sum(each.label.startswith("Figure") for each in shown_there)),
        "lists.tables": str(sum(each.label.startswith("Table") for each in shown_there)),
        "lists.reports": str(len(made)),
        "lists.unclear": str(sum("unclear" in card.licence.name for card in cards)),
        "lists.number_of_sources": str(len(cards)),
    }
    note = "<!-- Made by `python -m pipeline readme` from pipeline/site/pages/project.en.md; edit that. -->\n"
    return note + written_page(PAGE, page_values(made, read_study(), reports, given))


def update(readme: Path = README, reports: Path = REPORTS) -> str:
    """Write README.md; a sentence saying whether anything changed."""
    before, after = readme.read_text(encoding="utf-8") if readme.is_file() else "", current(reports)
    if after != before:
        readme.write_text(after, encoding="utf-8", newline="\n")
    return f"{shown(readme)}: {'written' if after != before else 'is current'}."
