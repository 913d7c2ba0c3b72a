"""Pages of reports are kept, and made again when anything that they may be made from has changed."""

import shutil
import subprocess
import sys

import pytest

from pipeline.paths import REPORTS, ROOT
from pipeline.site import kept as module
from pipeline.site.article import MadeReport
from pipeline.site.frame import FinishedPage
from pipeline.site.kept import KeptPages, own_sources, shared_sources, sources_of_others
from pipeline.site.search import Section
from pipeline.text.declarations import declarations
from pipeline.text.notebooks import read_notebook, write_notebook

NAME = "yield_change"

OPENED = """
import sys
from pathlib import Path
from pipeline.paths import REPORTS, ROOT
from pipeline.site import publish
name, seen = sys.argv[1], set()
def hook(event, arguments):
    if event == "open" and isinstance(arguments[0], str) and Path(arguments[0]).is_relative_to(ROOT):
        seen.add(Path(arguments[0]).as_posix())
sys.addaudithook(hook)
made = publish._content(REPORTS).makers("ky")
for each in [name] if name else [other for other in made if other not in publish.declarations()]:
    publish._frame("ky", REPORTS).finish(made[each]())
print("\\n".join(name for name in sorted(seen) if "__pycache__" not in name and "/.venv/" not in name))
"""


@pytest.mark.parametrize("name", [NAME, ""])
def test_all_that_is_read_to_make_a_page_counts(name):
    """What a page reads and its key leaves out would one day leave an old page standing. Notebooks of other reports are
    read as a whole; what pages name of them is a part of the key."""
    done = subprocess.run([sys.executable, "-c", OPENED, name], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    read = set(done.stdout.splitlines()) - {(REPORTS / other / "notebook.ipynb").as_posix() for other in declarations()}
    own = own_sources(NAME, REPORTS) if name else sources_of_others(REPORTS)
    counted = {path.as_posix() for path in (*shared_sources("ky", REPORTS), *own)}
    assert len(read) > 10 and read <= counted, sorted(read - counted)


def test_catalogues_of_other_languages_and_reports_do_not_count():
    shared = {path.relative_to(ROOT).as_posix() for path in shared_sources("ky", REPORTS)}
    assert {f"pipeline/locale/ky/{NAME}.po", "data/vocabulary/areas.yml", "reports/history/results.json"} <= shared
    assert f"pipeline/locale/ru/{NAME}.po" not in shared and "reports/history/notebook.ipynb" not in shared
    assert REPORTS / NAME / "index.html" not in own_sources(NAME, REPORTS)


@pytest.fixture
def site(tmp_path, monkeypatch):
    """Asks for a page, and says how many times pages were made so far."""
    monkeypatch.delenv(module.FORCE, raising=False)
    for name in (NAME, "history"):
        (tmp_path / name / "tables").mkdir(parents=True)
        shutil.copy(REPORTS / name / "notebook.ipynb", tmp_path / name)
        for file in ("results.json", "tables/a.csv"):
            (tmp_path / name / file).write_text(file)
    made = []

    def ask(page=NAME, titles=None):
        reports = {name: MadeReport.read(name, tmp_path) for name in (NAME, "history")}
        pages = KeptPages("ky", tmp_path, reports, titles or {NAME: "title"}, tmp_path / "kept")
        if pages.find(page) is None:
            made.append(1)
            pages.keep(page, FinishedPage(f"{len(made)}", [Section(1, "", "Made")]))
        assert pages.find(page) is None or pages.find(page).sections == [Section(1, "", "Made")]
        return len(made)

    assert ask() == 1 and ask("index") == 2
    return tmp_path, ask


def edit(path, old, new):
    """Edit the source of the cell that begins so, in a notebook."""
    notebook = read_notebook(path)
    cell = next(cell for cell in notebook.cells if cell.source.startswith(old))
    cell.source = cell.source.replace(old, new, 1)
    write_notebook(notebook, path)


def test_a_page_is_made_once(site):
    assert site[1]() == 2 and site[1]("index") == 2


@pytest.mark.parametrize(
    ("file", "of_report", "of_index"),
    [
        (f"{NAME}/tables/a.csv", True, True),
        (f"{NAME}/tables/b.csv", True, True),
        (f"{NAME}/figures/a.svg", True, False),
        (f"{NAME}/index.html", False, False),
        ("history/tables/a.csv", False, True),
        ("history/results.json", True, True),
    ],
)
def test_an_edit_of_what_it_is_made_from_makes_it_again(site, file, of_report, of_index):
    folder, ask = site
    (folder / file).parent.mkdir(exist_ok=True)
    (folder / file).write_text("edited")
    assert ask() == 2 + of_report and ask("index") == 2 + of_report + of_index


def test_of_another_article_only_what_is_named_counts(site):
    folder, ask = site
    edit(folder / "history" / "notebook.ipynb", "%%say", "%%say\nA sentence more.\n")
    assert ask() == 2 and ask("index") == 2
    edit(folder / "history" / "notebook.ipynb", "# ", "# Another title: ")
    assert ask() == 2 and ask("index") == 3


def test_an_edit_of_its_own_article_makes_it_again(site):
    folder, ask = site
    edit(folder / NAME / "notebook.ipynb", "%%say", "%%say\nA sentence more.\n")
    assert ask("index") == 2 and ask() == 3


def test_another_title_in_the_menu_makes_it_again(site):
    assert site[1](titles={NAME: "another"}) == 3


def test_a_file_of_the_project_makes_it_again(site, tmp_path, monkeypatch):
    (tmp_path / "params.yaml").write_text("another study")
    monkeypatch.setattr(module, "PARAMETERS", tmp_path / "params.yaml")
    assert site[1]() == 3 and site[1]("index") == 4


def test_reproduce_takes_nothing_that_was_kept(site, monkeypatch):
    monkeypatch.setenv(module.FORCE, "1")
    assert site[1]() == 3 and site[1]("index") == 4


@pytest.mark.parametrize("left", ["", "[]", '{"key": 1}', "\x00"])
def test_what_a_killed_run_left_is_made_again(site, left):
    folder, ask = site
    (folder / "kept" / "ky" / f"{NAME}.json").write_text(left)
    assert ask() == 3 and ask() == 3
