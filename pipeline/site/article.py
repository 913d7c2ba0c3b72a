"""The article of an executed notebook in any language: made from its cells, its result values and its published data.

A `%%say` cell is said anew in the language, a table set from its CSV, a figure shown from the drawing of that language.
Code is folded away, and with it the frames that a cell shows. Figures and tables are numbered in the order in which the
article shows them; a link of the article to `#figure-NAME` or `#table-NAME` leads to one and says its number.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from pathlib import Path

from markupsafe import Markup
from nbformat import NotebookNode
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from pipeline.errors import PipelineError
from pipeline.exhibits.tables import read_csv, table_html
from pipeline.site.markdown import Addresses, marked_english, plain, prose, to_html
from pipeline.site.origins import Origins
from pipeline.site.references import linked, listed
from pipeline.text.declarations import Declaration, declaration
from pipeline.text.fill import Value, described, fill, say, values_of
from pipeline.text.language import SOURCE_LANGUAGE, Catalogue
from pipeline.text.markdown import is_say
from pipeline.text.notebooks import read_notebook
from pipeline.text.parameters import Parameters, parameters_model
from pipeline.text.results import read_results


@dataclass(frozen=True)
class MadeReport:
    """A report as a run has made it: `reports/<name>/`.

    Attributes
    ----------
    folder
        Where it lies.
    notebook
        The executed notebook.
    """

    declared: Declaration
    folder: Path
    notebook: NotebookNode = field(repr=False)

    @classmethod
    def read(cls, name: str, reports: Path) -> "MadeReport":
        """The report of a name below a folder of reports.

        Raises
        ------
        NotebookError
            If the run has not been made, or its notebook cannot be read.
        """
        folder = reports / name
        return cls(declaration(name), folder, read_notebook(folder / "notebook.ipynb"))

    @property
    def name(self) -> str:
        return self.declared.name

    @property
    def made_by(self) -> Mapping[str, object]:
        """What made it: its parameters, and digests of data, code and packages."""
        return self.notebook.metadata["report"]

    @cached_property
    def parameters(self) -> Parameters:
        """The parameters of the run."""
        return parameters_model(self.declared).model_validate(dict(self.made_by["parameters"]))

    @cached_property
    def values(self) -> dict[str, Value]:
        """What its texts may name."""
        results = read_results(self.name, self.folder.parent) if self.declared.results else {}
        return values_of(self.declared, self.parameters.model_dump(), results)

    def title(self, t: Catalogue) -> str:
        """Its title in a language."""
        return t.look_up(self._tagged("title").source.splitlines()[0].removeprefix("# ").strip())

    def question(self, t: Catalogue, of_site: Catalogue) -> Markup:
        """Its question as HTML: the cell tagged `question`."""
        return prose(self._tagged("question").source, t, of_site)

    def answer(self, t: Catalogue) -> Markup:
        """Its answer as HTML: what the cell tagged `answer` says."""
        return to_html("\n\n".join(text for text, _ in say(self._tagged("answer").source, self.values, t)))

    def _tagged(self, tag: str) -> NotebookNode:
        cells = [cell for cell in self.notebook.cells if tag in cell.metadata.get("tags", [])]
        if len(cells) != 1:
            raise PipelineError(
                f"notebooks/{self.name}.ipynb needs exactly one cell tagged {tag!r}; it has {len(cells)}."
            )
        return cells[0]


@dataclass(frozen=True)
class Article:
    """An article as HTML: its text, and the list of the works that it cites ("" where it cites none)."""

    text: Markup
    references: Markup


def article(
    report: MadeReport, language: str, to_english: str, way: Callable[[str], str] | None = None, work: str = ""
) -> Article:
    """The article in a language, without title and question.

    Parameters
    ----------
    to_english
        The way from the page to the folder of the report, where its data lie: "" for the English page.
    way
        The way from the page to another page of its language, by name; None where there are no other pages.
    work
        The reference of this project, for citing an exhibit.
    """
    setting = _Setting(report, language, to_english, way, work)
    sections = []
    for cell in report.notebook.cells:
        tags = cell.metadata.get("tags", [])
        kind = " ".join(map(escape, tags))
        if cell.cell_type == "markdown" and not {"title", "question"} & set(tags):
            html = setting.led(prose(cell.source, setting.t, setting.of_site, setting.addresses))
            sections.append(f'<section class="prose {kind}">\n{html}</section>')
        elif cell.cell_type == "code" and is_say(cell.source):
            html = setting.led(_said(report, cell.source, setting.t, setting.of_site))
            sections.append(f'<section class="prose said {kind}">\n{html}</section>')
        elif cell.cell_type == "code" and "parameters" not in tags:
            sections.append(_code_cell(setting, cell, kind))
    text, works = linked("\n".join(sections))
    references = listed(works, setting.of_site("no DOI known")) if works else ""
    return Article(Markup(text), Markup(references))


class _Setting:
    """What the parts of one article share: languages, ways, and the numbers of its figures and tables."""

    def __init__(self, report: MadeReport, language: str, to_english: str, way: Callable[[str], str] | None, work: str):
        self.report, self.to_english, self.work = report, to_english, work
        self.t, self.of_site = Catalogue(language, report.name), Catalogue(language, "site")
        self.addresses, self.origins = Addresses(), Origins(self.of_site, way)
        self.numbers = numbers(report)

    def label(self, kind: str, name: str) -> str:
        """What an exhibit is called: "Figure 2"."""
        number, of_site = self.numbers[kind, name], self.of_site
        return of_site("Figure {number}", number=number) if kind == FIGURE else of_site("Table {number}", number=number)

    def led(self, html: str) -> str:
        """HTML whose links to exhibits (`#table-outcomes`) lead to them and say their number, and whose statements
        of the paper lead to what was found on them."""

        def lead(match: re.Match) -> str:
            kind, name, text = match.groups()
            if (kind, name) not in self.numbers:
                known = ", ".join(f"#{k}-{n}" for k, n in self.numbers)
                raise PipelineError(
                    f"notebooks/{self.report.name}.ipynb links to #{kind}-{name}, which it does not show. "
                    f"It shows {known}."
                )
            return f'<a href="#{kind}-{self.report.name}-{name}">{text} ({escape(self.label(kind, name))})</a>'

        return self.origins.in_text(_TO_EXHIBIT.sub(lead, html))

    def files(self, kind: str, name: str, links: list[tuple[str, str]]) -> str:
        """The files of an exhibit, and how to cite it."""
        report, place = self.report.name, f"{kind}-{self.report.name}-{name}"
        shown = "".join(f'<a href="{file}">{escape(text)}</a> ' for file, text in links)
        what = escape(f"{self.label(kind, name)}. {self.report.title(self.t)}.")
        return (
            f'<div class="files">{shown}<details class="cite"><summary>{escape(self.of_site("Cite this"))}</summary>'
            f'<p>{what} <span lang="{SOURCE_LANGUAGE}">{escape(self.work)}</span> '
            f"<code>reports/{report}/index.html#{place}</code></p></details></div>"
        )


FIGURE, TABLE = "figure", "table"
_TO_EXHIBIT = re.compile(rf'<a href="#({FIGURE}|{TABLE})-(\w+)">(.*?)</a>', re.S)


def numbers(report: MadeReport) -> dict[tuple[str, str], int]:
    """The number of every figure and table of a report, by kind and name: figures and tables are counted apart."""
    found: dict[tuple[str, str], int] = {}
    for cell in report.notebook.cells:
        for output in cell.get("outputs", []):
            kind, name = _exhibit(output)
            if name and (kind, name) not in found:
                found[kind, name] = 1 + sum(other == kind for other, _ in found)
    return found


def named(report: MadeReport) -> dict[str, object]:
    """What pages besides its own may name of a report's article: the cells of its title and question, the numbers of
    its figures and tables, the parameters of its run. Its results and tables lie in files of their own."""
    cells = [
        cell.source for cell in report.notebook.cells if {"title", "question"} & set(cell.metadata.get("tags", []))
    ]
    exhibits = [[kind, name, number] for (kind, name), number in numbers(report).items()]
    return {"cells": cells, "exhibits": exhibits, "parameters": dict(report.made_by["parameters"])}


def _exhibit(output: NotebookNode) -> tuple[str, str]:
    """The kind and name of the exhibit that an output shows; its name is "" where it shows none."""
    details = output.get("metadata", {})
    figure = details.get("image/svg+xml", {}).get("figure", "")
    return (FIGURE, figure) if figure else (TABLE, details.get("text/html", {}).get("table", ""))


def _said(report: MadeReport, source: str, t: Catalogue, of_site: Catalogue) -> str:
    """The sentences of a cell; one without a translation is marked as English."""
    paragraphs = [(to_html(text), own) for text, own in say(source, report.values, t)]
    return "".join(html if own else marked_english(html, of_site) for html, own in paragraphs)


def _code_cell(setting: _Setting, cell: NotebookNode, kind: str) -> str:
    exhibits, frames = [], []
    for output in cell.outputs:
        shown_as, name = _exhibit(output)
        if name:
            exhibits.append((_figure if shown_as == FIGURE else _table)(setting, name))
        else:
            frames.append(_frame(output))
    shown = f'<div class="output">{"".join(exhibits)}</div>' if exhibits else ""
    summary = escape(setting.of_site("Code"))
    code = highlight(cell.source, PythonLexer(), HtmlFormatter(nowrap=False, cssclass="highlight"))
    folded = f'<details class="code"><summary>{summary}</summary>\n{code}{"".join(frames)}</details>'
    return f'<section class="cell{"" if exhibits else " silent"} {kind}">{shown}{folded}</section>'


def _frame(output: NotebookNode) -> str:
    """What a cell shows besides: a frame as a table, anything else as it was printed."""
    data = output.get("data", {})
    if "text/html" in data:
        unstyled = re.sub(r"<style\b.*?</style>\s*", "", data["text/html"], flags=re.S)  # the page's policy forbids any
        unstyled = re.sub(r"(<\w+[^<>]*) style=\"[^\"]*\"", r"\1", unstyled)
        return f'<div class="frame" lang="{SOURCE_LANGUAGE}">{unstyled}</div>'
    return f'<pre lang="{SOURCE_LANGUAGE}">{escape(data.get("text/plain", "") or output.get("text", ""))}</pre>'


def _figure(setting: _Setting, name: str) -> str:
    report, t, of_site = setting.report, setting.t, setting.of_site
    declared = report.declared.figures[name]
    file, place = f"figures/{name}.svg", f"figure-{report.name}-{name}"
    alt = escape(described(declared.alt, report.values, t))
    caption = escape(fill(declared.caption, report.values, t))
    links = [
        (file, of_site("Picture (SVG)")),
        (f"{setting.to_english}figures/{name}.csv", of_site("Data behind it (CSV)")),
    ]
    return (
        f'<figure id="{place}">\n<div class="card"><a href="{file}"><img src="{file}" alt="{alt}"></a></div>\n'
        f"<figcaption>{_number(setting, FIGURE, name, place)}{caption}\n{setting.files(FIGURE, name, links)}"
        "</figcaption>\n</figure>"
    )


def _number(setting: _Setting, kind: str, name: str, place: str) -> str:
    """The number of an exhibit, which is the link to it."""
    return f'<a class="label" href="#{place}">{escape(setting.label(kind, name))}.</a> '


def _table(setting: _Setting, name: str) -> str:
    report, t, of_site = setting.report, setting.t, setting.of_site
    declared, place = report.declared.tables[name], f"table-{report.name}-{name}"
    table = table_html(
        f"{report.name}-{name}",
        read_csv(report.folder / "tables" / f"{name}.csv"),
        declared,
        report.values,
        t,
        number=_number(setting, TABLE, name, place),
        origin=setting.origins,
    )
    links = [(f"{setting.to_english}tables/{name}.csv", of_site("This table (CSV)"))]
    shown = f"{table}\n{setting.files(TABLE, name, links)}"
    if not declared.referee:
        return shown
    title = escape(f"{setting.label(TABLE, name)}. {fill(declared.title, report.values, t)}")
    return f'<details class="referee"><summary>{title}</summary>\n{shown}</details>'


def description(report: MadeReport, t: Catalogue, of_site: Catalogue) -> str:
    """What a link preview shows of it: its question."""
    return plain(report.question(t, of_site))
