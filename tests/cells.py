"""The cells of a notebook run in this process, with other parameters or data than the project's own."""

from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from pipeline.exhibits import report as exhibits
from pipeline.paths import NOTEBOOKS
from pipeline.text.markdown import is_say
from pipeline.text.notebooks import read_notebook
from pipeline.text.parameters import read_parameters


def run_cells(name: str, folder: Path, monkeypatch, panel, exposures, *, until: str = "", **parameters: object) -> str:
    """All sentences that the notebook says, as far as the cell tagged `until`; its files go to `folder`.

    `panel` and `exposures` stand in for the processed tables, `parameters` replace those of params.yaml.
    """
    monkeypatch.setenv(exhibits.OUTPUT_VARIABLE, str(folder))
    for module in ("pipeline.data.panel", "pipeline.text.parameters"):
        monkeypatch.setattr(f"{module}.load_panel", lambda: panel)
    monkeypatch.setattr("pipeline.data.panel.load_exposures", lambda: exposures)
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
