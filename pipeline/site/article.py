"""The article of an executed notebook in any language: made from its cells, its result values and its published data.

A `%%say` cell is said anew in the language, a table set from its CSV, a figure shown from the drawing of that language.
Code is folded away, and with it the frames that a cell shows.
"""

import re
from collections.abc import Mapping
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
from pipeline.text.declarations import Declaration, declaration
from pipeline.text.fill import Value, fill, say, values_of
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


def article(report: MadeReport, language: str, to_english: str) -> Markup:
    """The article in a language, without title and question.

    Parameters
    ----------
    to_english
        The way from the page to the folder of the report, where its data lie: "" for the English page.
    """
    t, of_site, addresses = Catalogue(language, report.name), Catalogue(language, "site"), Addresses()
    sections = []
    for cell in report.notebook.cells:
        tags = cell.metadata.get("tags", [])
        kind = " ".join(map(escape, tags))
        if cell.cell_type == "markdown" and not {"title", "question"} & set(tags):
            html = prose(cell.source, t, of_site, addresses)
            sections.append(f'<section class="prose {kind}">\n{html}</section>')
        elif cell.cell_type == "code" and is_say(cell.source):
            sections.append(f'<section class="prose said {kind}">\n{_said(report, cell.source, t, of_site)}</section>')
        elif cell.cell_type == "code" and "parameters" not in tags:
            sections.append(_code_cell(report, cell, kind, t, of_site, to_english))
    return Markup("\n".join(sections))


def _said(report: MadeReport, source: str, t: Catalogue, of_site: Catalogue) -> str:
    """The sentences of a cell; one without a translation is marked as English."""
    paragraphs = [(to_html(text), own) for text, own in say(source, report.values, t)]
    return "".join(html if own else marked_english(html, of_site) for html, own in paragraphs)


def _code_cell(
    report: MadeReport, cell: NotebookNode, kind: str, t: Catalogue, of_site: Catalogue, to_english: str
) -> str:
    exhibits, frames = [], []
    for output in cell.outputs:
        details = output.get("metadata", {})
        figure = details.get("image/svg+xml", {}).get("figure")
        table = details.get("text/html", {}).get("table")
        if figure:
            exhibits.append(_figure(report, figure, t, of_site, to_english))
        elif table:
            exhibits.append(_table(report, table, t, of_site, to_english))
        else:
            frames.append(_frame(output))
    shown = f'<div class="output">{"".join(exhibits)}</div>' if exhibits else ""
    summary = escape(of_site("Code"))
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


def _figure(report: MadeReport, name: str, t: Catalogue, of_site: Catalogue, to_english: str) -> str:
    declared = report.declared.figures[name]
    file, data = f"figures/{name}.svg", f"{to_english}figures/{name}.csv"
    alt, caption = (escape(fill(message, report.values, t)) for message in (declared.alt, declared.caption))
    picture, behind = escape(of_site("Picture (SVG)")), escape(of_site("Data behind it (CSV)"))
    return (
        f'<figure id="figure-{report.name}-{name}">\n'
        f'<div class="card"><a href="{file}"><img src="{file}" alt="{alt}"></a></div>\n'
        f'<figcaption>{caption}\n<span class="files"><a href="{file}">{picture}</a> <a href="{data}">{behind}</a>'
        "</span></figcaption>\n</figure>"
    )


def _table(report: MadeReport, name: str, t: Catalogue, of_site: Catalogue, to_english: str) -> str:
    frame = read_csv(report.folder / "tables" / f"{name}.csv")
    table = table_html(f"{report.name}-{name}", frame, report.declared.tables[name], report.values, t)
    file, label = f"{to_english}tables/{name}.csv", escape(of_site("This table (CSV)"))
    shown = f'{table}\n<p class="files"><a href="{file}">{label}</a></p>'
    if not report.declared.tables[name].referee:
        return shown
    title = escape(fill(report.declared.tables[name].title, report.values, t))
    return f'<details class="referee"><summary>{title}</summary>\n{shown}</details>'


def description(report: MadeReport, t: Catalogue, of_site: Catalogue) -> str:
    """What a link preview shows of it: its question."""
    return plain(report.question(t, of_site))
