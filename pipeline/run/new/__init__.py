"""Beginnings: a working, tested piece in the place of an empty file, to be changed step by step.

`python -m pipeline new report|source|method NAME` writes an article with its declaration, study and test; a card with
its table and test; a method with its test. The files in this folder are what they are made from; `my_report`,
`my_source`, `my_method` stand for the name.
"""

import keyword
import re
import shutil
import tempfile
from pathlib import Path

import nbformat
import pandas as pd

from pipeline.data.cards import checksum, read_card, read_table
from pipeline.data.harmonise import TIDY, tidy_exposures
from pipeline.errors import DataError, PipelineError
from pipeline.paths import ROOT, shown
from pipeline.text.declarations import NAME, forget_declarations
from pipeline.text.notebooks import cleaned, write_notebook

_HERE = Path(__file__).parent
EXAMPLES = {"report": "rain_and_yield", "source": "osh_weather", "method": "median_comparison"}

COLUMNS = {
    "area": "the area, in any spelling of data/vocabulary/areas.yml",
    "area_level": "country, oblast, city or raion",
    "indicator": "what is measured, one name for one thing",
    "year": "calendar year",
    "as_of": "day or month where the figure is not of the whole year, as 2024-04-15 or 2024-04",
    "value": "the figure as published",
    "unit": "a unit of data/vocabulary/units.yml",
    "note": "what a reader must know of this figure",
}
"""Columns of the table of a new source, in this order, with what its card says of each."""
OPTIONAL = ("as_of", "note")
"""Columns that a table may lack; their cells may be empty."""
_KEY = ("area", "area_level", "indicator", "year", "as_of")


def new_report(name: str, root: Path = ROOT) -> list[Path]:
    """Write the beginning of a report; the files written.

    Raises
    ------
    PipelineError
        If the name is no name of a report, or something of that name exists. Nothing is written then.
    """
    study, tests = root / "pipeline" / "studies" / name, root / "tests" / "studies" / name
    notebook, declaration = (root / "notebooks" / f"{name}.{ending}" for ending in ("ipynb", "yml"))
    _require_free("report", name, notebook, declaration, study, tests)
    texts = {
        declaration: _text("report/declaration.yml.txt", name),
        study / "__init__.py": f'"""The report `{name}`."""\n',
        study / "analysis.py": _text("report/analysis.py.txt", name),
        study / "figures.py": _text("report/figures.py.txt", name),
        tests / "__init__.py": "",
        tests / "test_analysis.py": _text("report/test_analysis.py.txt", name),
    }
    _write(texts)
    write_notebook(cleaned(_notebook(_text("report/article.txt", name))), notebook)
    forget_declarations()
    return [notebook, *texts]


def new_method(name: str, root: Path = ROOT) -> list[Path]:
    """Write the beginning of a method and its test by hand; the files written.

    Raises
    ------
    PipelineError
        If the name is no name of a method, or something of that name exists. Nothing is written then.
    """
    module, test = root / "pipeline" / "methods" / f"{name}.py", root / "tests" / "methods" / f"test_{name}.py"
    _require_free("method", name, module, module.with_suffix(""), test)
    texts = {module: _text("method/method.py.txt", name), test: _text("method/test_method.py.txt", name)}
    _write(texts)
    return list(texts)


def new_source(name: str, table: Path | None = None, root: Path = ROOT) -> list[Path]:
    """Write a source: the user's table, its card to be filled in, and its test; the files written.

    Without a table the source holds the header alone, for no figure is made up; rows are put in later and accepted with
    `python -m pipeline record NAME`.

    Parameters
    ----------
    table
        CSV in UTF-8 with `COLUMNS`, those of `OPTIONAL` or not. It is taken as it is.

    Raises
    ------
    PipelineError
        If the name is no name of a source, or something of that name exists. Nothing is written then.
    DataError
        If the table is missing, has other columns, names no area or unit of the vocabulary, or repeats a figure;
        likewise.
    """
    folder, test = root / "data" / "raw" / name, root / "tests" / "data" / f"test_{name}.py"
    _require_free("source", name, folder, test)
    if table is not None and not table.is_file():
        raise DataError(
            f"--table {shown(table)} is no file. Name a table in CSV, or leave --table out for an empty one."
        )
    with tempfile.TemporaryDirectory() as staging:
        made = Path(staging) / name
        made.mkdir()
        content = ",".join(COLUMNS).encode() + b"\n" if table is None else table.read_bytes()
        (made / TIDY).write_bytes(content)
        _write_card(name, made, shown(table) if table else "")
        try:
            tidy_exposures(read_table(read_card(name, made.parent), TIDY, made.parent), name)
        except DataError as error:
            said = str(error).replace(shown(made / TIDY), shown(table) if table else TIDY)
            raise DataError(f"Nothing was written. {said}") from error
        shutil.copytree(made, folder)
    _write({test: _text("source/test_source.py.txt", name)})
    return [folder / TIDY, folder / "source.yml", test]


def _write_card(name: str, folder: Path, table: str) -> None:
    """The card of the table that lies in the folder.

    Raises
    ------
    DataError
        If the table cannot be read or has not the columns of an exposure.
    """
    path = folder / TIDY
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, skip_blank_lines=False, encoding="utf-8")
    except (pd.errors.EmptyDataError, pd.errors.ParserError, UnicodeDecodeError) as error:
        raise DataError(
            f"Nothing was written. {table} is not readable as a table in UTF-8: {error}. Mend it."
        ) from error
    wanted = [column for column in COLUMNS if column in frame or column not in OPTIONAL]
    if list(frame.columns) != wanted:
        raise DataError(
            f"Nothing was written. {table} has the columns {', '.join(frame.columns)}; a source of its own has "
            f"{', '.join(COLUMNS)} in this order ({' and '.join(OPTIONAL)} may be left out). Name the columns so; a "
            "table of the statistics committee comes in by `python -m pipeline add-table`."
        )
    types = {"year": "integer", "value": "figure"}
    columns = "".join(
        f"      {column}:\n        type: {types.get(column, 'text')}\n        description: {COLUMNS[column]}\n"
        + ("        optional: true\n" if column in OPTIONAL else "")
        for column in wanted
    )
    filled = {
        "«checksum»": checksum(path),
        "«rows»": str(len(frame)),
        "«key»": "".join(f"    - {column}\n" for column in _KEY if column in wanted).rstrip("\n"),
        "«columns»": columns.rstrip("\n"),
    }
    text = _text("source/source.yml.txt", name)
    for mark, value in filled.items():
        text = text.replace(mark, value)
    (folder / "source.yml").write_text(text, encoding="utf-8", newline="\n")


def _require_free(kind: str, name: str, *places: Path) -> None:
    """Refuse what is no name of a module, or is taken."""
    if not NAME.fullmatch(name):
        raise PipelineError(
            f"{name!r} is no name of a {kind}: small letters, digits and single underscores, such as {EXAMPLES[kind]}."
        )
    if keyword.iskeyword(name):
        raise PipelineError(f"{name!r} is a word of Python's own. Choose another name, such as {EXAMPLES[kind]}.")
    taken = [path for path in places if path.exists()]
    if taken:
        raise PipelineError(f"{shown(taken[0])} is there already. Choose another name, or delete it first.")


def _write(texts: dict[Path, str]) -> None:
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


def _text(file: str, name: str) -> str:
    """A file of this folder; `my_report`, `my_source` or `my_method` in it is the name."""
    return (_HERE / file).read_text(encoding="utf-8").replace(f"my_{file.partition('/')[0]}", name)


def _notebook(text: str) -> nbformat.NotebookNode:
    """A notebook from text: every cell begins with a line `#%% md|code id [tag]`."""
    notebook = nbformat.v4.new_notebook()
    for block in re.split(r"^#%% ", text, flags=re.M)[1:]:
        head, _, source = block.partition("\n")
        kind, address, *tags = head.split()
        make = nbformat.v4.new_markdown_cell if kind == "md" else nbformat.v4.new_code_cell
        notebook.cells.append(make(source.strip("\n"), id=address, metadata={"tags": tags} if tags else {}))
    return notebook
