"""Pages: an executed notebook as one HTML file that opens from disk, with no server and no network.

nbconvert does the conversion; the template `templates/report` lays it out as an article: code folded away, figures
as pictures with their descriptions, tables as journals print them, and a header that says what made the page.
"""

from pathlib import Path

from markupsafe import Markup
from nbconvert import HTMLExporter
from nbformat import NotebookNode

from pipeline.exhibits import data_uri
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


def _exporter() -> HTMLExporter:
    exporter = HTMLExporter(template_name="report", extra_template_basedirs=[str(TEMPLATES)])
    exporter.embed_images = True
    exporter.exclude_input_prompt = exporter.exclude_output_prompt = True
    exporter.environment.filters["data_uri"] = data_uri
    return exporter


def stylesheet() -> Markup:
    """The style of all pages."""
    return Markup((TEMPLATES / "style.css").read_text(encoding="utf-8"))


def page(name: str, executed: NotebookNode, parameters: dict[str, object]) -> str:
    """The HTML page of an executed notebook."""
    resources = {
        "title": title_of(executed),
        "style": stylesheet(),
        "language": parameters["language"],
        "provenance": provenance(name, parameters),
        "name": name,
    }
    body, _ = _exporter().from_notebook_node(executed, resources={"report": resources})
    return body.rstrip("\n") + "\n"


def write_page(name: str, executed: NotebookNode, parameters: dict[str, object], folder: Path) -> None:
    """Write `notebooks/<name>.html` below a folder."""
    path = folder / "notebooks" / f"{name}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(name, executed, parameters), encoding="utf-8", newline="\n")
