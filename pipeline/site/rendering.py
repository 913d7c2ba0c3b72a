"""Rendering: what becomes HTML and how. Names of pages and figures, Markdown, and the article of an executed notebook.

nbconvert converts a notebook with the template `templates/report`: code folded away, figures as pictures with their
descriptions, tables as journals print them. The frame around an article is that of every page, see `site.frame`.
Headings get the same address in every language, made from the English text, so that a link to one holds after the
language is switched.
"""

import re
import unicodedata
from functools import cache, partial
from html import escape, unescape
from pathlib import Path

from markupsafe import Markup
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode

from pipeline.errors import PipelineError
from pipeline.text.language import SOURCE_LANGUAGE, Catalogue
from pipeline.text.messages import SITE, blocks

TEMPLATES = Path(__file__).parent / "templates"


def page_name(name: str, language: str) -> str:
    """The file of a page in a language: English pages have the plain name, so that links to them stay short.

    Examples
    --------
    >>> page_name("index", "en"), page_name("notebooks/power", "ky")
    ('index.html', 'notebooks/power.ky.html')
    """
    return f"{name}.html" if language == SOURCE_LANGUAGE else f"{name}.{language}.html"


def figure_file(full_name: str, language: str) -> str:
    """Where a figure lies in a language, seen from `figures/`.

    Examples
    --------
    >>> figure_file("yield_change-slope", "en"), figure_file("yield_change-slope", "ky")
    ('yield_change-slope.svg', 'yield_change/slope.ky.svg')
    """
    notebook, _, name = full_name.partition("-")
    return f"{full_name}.svg" if language == SOURCE_LANGUAGE else f"{notebook}/{name}.{language}.svg"


def slide_file(full_name: str, language: str) -> str:
    """Where the picture for slides lies in a language, seen from `figures/`."""
    notebook, _, name = full_name.partition("-")
    return f"{notebook}/{name}.{language}.png"


def title_of(notebook: NotebookNode) -> str:
    """The first heading of a notebook."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("# "):
            return cell.source.splitlines()[0].removeprefix("# ").strip()
    return "Untitled"


def tagged(notebook: NotebookNode, tag: str) -> NotebookNode:
    """The one cell of a notebook with a tag.

    Raises
    ------
    PipelineError
        If there is none or more than one.
    """
    cells = [cell for cell in notebook.cells if tag in cell.metadata.get("tags", [])]
    if len(cells) != 1:
        raise PipelineError(
            f"A notebook needs exactly one cell tagged {tag!r}; {title_of(notebook)!r} has {len(cells)}."
        )
    return cells[0]


def in_language(details: dict, language: str) -> object:
    """What an exhibit's metadata hold for a language; the study's own where only that was made."""
    made = details["in"]
    return made[language] if language in made else next(iter(made.values()))


# Markdown -----------------------------------------------------------------------------------------------------------


def to_html(markdown: str, *, raw: bool = False) -> str:
    """Markdown as HTML, headings without addresses. With `raw`, HTML in it counts as HTML; otherwise it is text."""
    renderer = IPythonRenderer(escape=not raw, allow_harmful_protocols=False, exclude_anchor_links=True)
    return MarkdownWithMath(renderer=renderer).render(markdown)


_OF_A_NUMBER = re.compile(
    r"(?P<as_written><(?:pre|script|style)\b.*?</(?:pre|script|style)>|<[^>]*>)"  # code, scripts, tags
    r"|(?:(?<=\d)|(?<=\d</em>)|(?<=\d</strong>)) (?=%)"  # before its percent sign
    r"|(?:(?<=\b\d)|(?<=\b\d\d)|(?<=\b\d{3})) (?=\d{3}\b)",  # between its thousands
    re.S,
)


def numbers_kept(page: str) -> str:
    """A page in which no line ends within a number or before its percent sign; code and scripts stay as they are.

    Examples
    --------
    >>> numbers_kept('<p title="1 000"><em>10</em> % of 1 289 108 in 2024 150 times</p><pre>10 % 3</pre>')
    '<p title="1 000"><em>10</em>\\xa0% of 1\\xa0289\\xa0108 in 2024 150 times</p><pre>10 % 3</pre>'
    """
    return _OF_A_NUMBER.sub(lambda match: match["as_written"] or "\u00a0", page)


def plain(html: str) -> str:
    """The text of a piece of HTML on one line."""
    return " ".join(unescape(re.sub(r"<[^>]*>", "", html)).split())


def slug(text: str) -> str:
    """The address of a heading.

    Examples
    --------
    >>> slug("January–August: 2 counts")
    'january-august-2-counts'
    """
    ascii_text = unicodedata.normalize("NFKD", text.replace("\u2013", "-")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-") or "section"


class Addresses:
    """Addresses of one page, each given once."""

    def __init__(self, taken: tuple[str, ...] = ("content",)):
        self._taken = set(taken)

    def of(self, text: str) -> str:
        """A free address for a heading: its slug, with a number where that is taken."""
        wanted, number = slug(text), 1
        free = wanted
        while free in self._taken:
            number += 1
            free = f"{wanted}-{number}"
        self._taken.add(free)
        return free


_HEADING = re.compile(r"<h([1-6])>(.*?)</h\1>", re.S)


def headings(html: str) -> list[str]:
    """The texts of the headings that have no address yet."""
    return [plain(text) for _, text in _HEADING.findall(html)]


def addressed(html: str, english: str, addresses: Addresses) -> Markup:
    """HTML whose headings have the addresses of the English HTML, in the order in which they stand.

    Raises
    ------
    PipelineError
        If the two do not have as many headings.
    """
    names, own = headings(english), headings(html)
    if len(names) != len(own):
        raise PipelineError(f"A translation has {len(own)} headings, the English text {len(names)}: {own} and {names}.")
    found = iter([addresses.of(name) for name in names])

    def with_address(match: re.Match) -> str:
        level, text, address = match[1], match[2], next(found)
        if level == "1":
            return f'<h1 id="{address}">{text}</h1>'
        sign = f'<a class="anchor" href="#{address}" aria-hidden="true" tabindex="-1">#</a>'
        return f'<h{level} id="{address}">{text} {sign}</h{level}>'

    return Markup(_HEADING.sub(with_address, html))


def english(html: str, t: Catalogue) -> str:
    """HTML that stays English, marked as such for readers and for their screen readers."""
    if t.language == SOURCE_LANGUAGE:
        return html
    label = f'<p class="english-label" lang="{t.language}">{escape(t("in English"))}</p>'
    return f'<div class="english" lang="{SOURCE_LANGUAGE}">{label}{html}</div>'


def markdown_in(source: str, t: Catalogue, of_site: Catalogue, addresses: Addresses | None = None) -> Markup:
    """Markdown prose of a notebook as HTML in a language; what has no translation stays English and is marked so."""
    parts: list[tuple[bool, str]] = []  # whether it is in the language, Markdown
    for paragraph in re.split(r"\n\s*\n", source.strip()):
        found = blocks(paragraph)
        translated = all(t.has(text) for _, text in found)
        if translated and t.language != SOURCE_LANGUAGE:
            paragraph = "\n".join(mark + t.look_up(text) for mark, text in found)
        if parts and parts[-1][0] == translated:
            parts[-1] = (translated, f"{parts[-1][1]}\n\n{paragraph}")
        else:
            parts.append((translated, paragraph))
    made = (to_html(text, raw=True) if own else english(to_html(text, raw=True), of_site) for own, text in parts)
    return addressed("\n".join(made), to_html(source, raw=True), addresses or Addresses())


# Notebooks ----------------------------------------------------------------------------------------------------------


def question_of(notebook: NotebookNode, t: Catalogue, of_site: Catalogue) -> Markup:
    """The question of a notebook as HTML: its cell tagged `question`."""
    return markdown_in(tagged(notebook, "question").source, t, of_site)


def answer_of(notebook: NotebookNode, language: str) -> Markup:
    """The answer of an executed notebook as HTML: what its cell tagged `answer` shows."""
    said = [
        in_language(output.metadata["text/markdown"], language)
        for output in tagged(notebook, "answer").outputs
        if "text/markdown" in output.get("data", {})
    ]
    return Markup("".join(to_html(text, raw=True) for text in said))


def figures_of(notebook: NotebookNode, language: str) -> dict[str, dict[str, str]]:
    """The figures that an executed notebook shows, by name: file and slide below `figures/`, alternative text,
    caption."""
    found = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            details = output.get("metadata", {}).get("image/svg+xml", {})
            if "name" in details:
                name = details["name"]
                files = {"file": figure_file(name, language), "slide": slide_file(name, language)}
                found[name] = {**files, **in_language(details, language)}
    return found


@cache
def _template() -> HTMLExporter:
    exporter = HTMLExporter(template_name="report", extra_template_basedirs=[str(TEMPLATES)])
    exporter.exclude_input_prompt = exporter.exclude_output_prompt = True
    exporter.environment.autoescape = True  # text of data is untrusted; what is HTML is marked as such in the template
    return exporter


def article(name: str, executed: NotebookNode, language: str) -> Markup:
    """The article of an executed notebook in a language, without title and question. It shows `../figures/`."""
    exporter, of_site = _template(), Catalogue(language, SITE)
    in_this = {
        "markdown_in": partial(markdown_in, t=Catalogue(language, name), of_site=of_site, addresses=Addresses()),
        "markdown": lambda text: Markup(to_html(text, raw=True)),
        "in_language": partial(in_language, language=language),
        "figure_file": partial(figure_file, language=language),
        "slide": partial(slide_file, language=language),
    }
    exporter.environment.filters.update(in_this)
    exporter.environment.globals["t"] = of_site
    body, _ = exporter.from_notebook_node(executed)
    return Markup(body.strip("\n"))
