"""Pages: an executed notebook as one HTML file that opens from disk, with no server and no network.

nbconvert does the conversion; the template `templates/report` lays it out as an article: code folded away, figures
as pictures with their descriptions, tables as journals print them, and a header that says what made the page.
"""

import re
from functools import partial
from pathlib import Path

from markupsafe import Markup
from nbconvert import HTMLExporter
from nbconvert.filters import markdown2html
from nbformat import NotebookNode

from pipeline.language import SOURCE_LANGUAGE, Catalogue, languages
from pipeline.messages import SITE, blocks
from pipeline.stages import digest, stage

TEMPLATES = Path(__file__).parent / "templates"


def provenance(name: str, parameters: dict[str, object]) -> dict[str, str]:
    """What made a report: digests of the data, the code and the locked packages of its stage, and its parameters."""
    deps = stage(name).deps
    of_data = [p for p in deps if p.startswith("data/")]
    of_packages = [p for p in deps if p == "requirements.lock"]
    of_code = [p for p in deps if p not in of_data and p not in of_packages]
    return {
        "parameters": ", ".join(f"{key} = {value}" for key, value in parameters.items()),
        "data": digest(of_data),
        "code": digest(of_code),
        "packages": digest(of_packages),
    }


def title_of(notebook: NotebookNode) -> str:
    """The first heading of a notebook."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("# "):
            return cell.source.splitlines()[0].removeprefix("# ").strip()
    return "Untitled"


def page_name(name: str, language: str) -> str:
    """The file of a page in a language: English pages have the plain name, so that links to them stay short.

    Examples
    --------
    >>> page_name("index", "en"), page_name("index", "ky")
    ('index.html', 'index.ky.html')
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


def in_language(details: dict, language: str) -> object:
    """What an exhibit's metadata hold for a language; the study's own where only that was made."""
    made = details["in"]
    return made[language] if language in made else next(iter(made.values()))


def markdown_in(source: str, t: Catalogue) -> Markup:
    """Markdown prose as HTML in a language; paragraphs without a translation stay English and are marked as such."""
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
    made = (
        markdown2html(text) if own else f'<div class="english" lang="{SOURCE_LANGUAGE}">{markdown2html(text)}</div>'
        for own, text in parts
    )
    return Markup("\n".join(made))


def _exporter(name: str, language: str) -> HTMLExporter:
    exporter = HTMLExporter(template_name="report", extra_template_basedirs=[str(TEMPLATES)])
    exporter.exclude_input_prompt = exporter.exclude_output_prompt = True
    of_notebook = Catalogue(language, name)
    exporter.environment.filters["markdown_in"] = partial(markdown_in, t=of_notebook)
    exporter.environment.filters["in_language"] = partial(in_language, language=language)
    exporter.environment.filters["figure_file"] = partial(figure_file, language=language)
    exporter.environment.filters["slide"] = partial(slide_file, language=language)
    exporter.environment.globals["t"] = Catalogue(language, SITE)
    return exporter


def stylesheet() -> Markup:
    """The style of all pages."""
    return Markup((TEMPLATES / "style.css").read_text(encoding="utf-8"))


def page(name: str, executed: NotebookNode, parameters: dict[str, object], language: str) -> str:
    """The HTML page of an executed notebook in a language. It shows figures that lie in `../figures/`."""
    resources = {
        "title": Catalogue(language, name).look_up(title_of(executed)),
        "style": stylesheet(),
        "language": language,
        "languages": {other: page_name(name, other) for other in languages()},
        "index": page_name("index", language),
        "provenance": provenance(name, parameters),
        "name": name,
    }
    body, _ = _exporter(name, language).from_notebook_node(executed, resources={"report": resources})
    return body.rstrip("\n") + "\n"


def write_pages(name: str, executed: NotebookNode, parameters: dict[str, object], folder: Path) -> None:
    """Write the pages of a notebook, one per language, into `notebooks/` below a folder."""
    for language in languages():
        path = folder / "notebooks" / page_name(name, language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page(name, executed, parameters, language), encoding="utf-8", newline="\n")
