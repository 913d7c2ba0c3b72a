"""Every article, run: it hands over what its declaration lists, and reads what it names as its inputs."""

import json
import re
from pathlib import Path

import pytest

from pipeline.paths import NOTEBOOKS
from pipeline.text.declarations import declaration, declarations
from tests.cells import files_read, run_cells

FEWER_DRAWS = {"plan_draws": 100, "draws": 1000}
ALWAYS = ("data/vocabulary/", "data/processed/checks.json")
"""What every report depends on, whatever it names."""

ONCE = "data/assumptions.yml"
"""Read when a study is imported."""


def results(folder: Path) -> dict:
    return json.loads((folder / "results.json").read_text(encoding="utf-8"))


def files(folder: Path, kind: str) -> set[str]:
    return {path.stem for path in (folder / kind).glob("*.csv")}


@pytest.mark.slow
@pytest.mark.parametrize("name", declarations())
def test_an_article_hands_over_and_reads_what_is_declared(name, tmp_path, monkeypatch, panel, exposures):
    declared = declaration(name)
    fewer = {key: value for key, value in FEWER_DRAWS.items() if key in declared.parameters}
    assert run_cells(name, tmp_path, monkeypatch, panel, exposures, **fewer)
    assert set(results(tmp_path)) == set(declared.results)
    assert (files(tmp_path, "figures"), files(tmp_path, "tables")) == (set(declared.figures), set(declared.tables))
    read = {path for path in files_read() if not path.startswith(ALWAYS)}
    named = {path for path in declared.inputs if not path.startswith(ALWAYS) and path != ONCE}
    assert (sorted(read - named - {ONCE}), sorted(named - read)) == ([], [])


@pytest.mark.parametrize("name", declarations())
def test_assumptions_are_named_where_a_study_takes_them(name):
    folder = Path(__file__).parents[2] / "pipeline" / "studies"
    sources = [*(folder / name).glob("*.py"), NOTEBOOKS / f"{name}.ipynb"]
    taken = any(re.search(r"\bassumptions\(\W*[a-z_]+\W", path.read_text(encoding="utf-8")) for path in sources)
    assert (ONCE in declaration(name).inputs) is taken


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "years"),
    [
        ("specification_curve", (1995, 1996)),
        ("green_technology", (2024, 2025)),
        ("history", (1992, 1993)),
        ("yield_change", (1992, 1993)),
    ],
)
def test_years_that_an_analysis_refuses_leave_results_that_are_not_defined(
    name, years, tmp_path, monkeypatch, panel, exposures
):
    """Pages and the brief name results; one that is not there at all would stop them."""
    run_cells(name, tmp_path, monkeypatch, panel, exposures, year_before=years[0], year_after=years[1])
    assert set(results(tmp_path)) == set(declaration(name).results)
    undefined = [entry for entry in results(tmp_path).values() if entry["value"] is None]
    assert undefined and all("; not defined: " in entry["scope"] for entry in undefined)
