"""The cells of a notebook run in this process, with other parameters or data than the project's own."""

import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from pipeline.exhibits import report as exhibits
from pipeline.paths import DATA, EXPOSURES, NOTEBOOKS, PANEL, REPORTS, shown
from pipeline.text.markdown import is_say
from pipeline.text.notebooks import read_notebook
from pipeline.text.parameters import read_parameters

_read: set[str] = set()
"""Files of the data and of reports that were opened; an audit hook cannot be taken away, so it always writes here."""


def _note(event: str, arguments: tuple) -> None:
    if event == "open" and isinstance(arguments[0], str | Path):
        path = Path(arguments[0])
        if path.is_relative_to(DATA) or path.is_relative_to(REPORTS):
            _read.add(shown(path))


sys.addaudithook(_note)


def run_cells(name: str, folder: Path, monkeypatch, panel, exposures, *, until: str = "", **parameters: object) -> str:
    """All sentences that the notebook says, as far as the cell tagged `until`; its files go to `folder`.

    `panel` and `exposures` stand in for the processed tables, `parameters` replace those of params.yaml. Figures are
    drawn and laid out, and not written as SVG, which takes as long again; `tests/exhibits/test_svg.py` does that.
    """
    monkeypatch.setattr(exhibits, "svg_of", lambda figure, name, alt: "")
    monkeypatch.setenv(exhibits.OUTPUT_VARIABLE, str(folder))
    _read.clear()

    def stands_in(table, path):
        def load():
            _read.add(shown(path))
            return table

        return load

    for module in ("pipeline.data.panel", "pipeline.text.parameters"):
        monkeypatch.setattr(f"{module}.load_panel", stands_in(panel, PANEL))
    monkeypatch.setattr("pipeline.data.panel.load_exposures", stands_in(exposures, EXPOSURES))
    said: list[str] = []
    namespace: dict[str, object] = {"display": lambda *shown: None}
    for cell in read_notebook(NOTEBOOKS / f"{name}.ipynb").cells:
        if cell.cell_type != "code":
            continue
        if is_say(cell.source):
            said.append(namespace["report"].say(cell.source).content)
        else:
            with redirect_stdout(StringIO()):
                exec(compile(cell.source, f"{name}/{cell.id}", "exec"), namespace)
        tags = cell.metadata.get("tags", [])
        if "parameters" in tags:
            namespace |= read_parameters(name) | parameters
        if until in tags:
            break
    return "\n".join(said)


def files_read() -> set[str]:
    """Files of the data and of reports that the last run opened, from the project's root."""
    return set(_read)
