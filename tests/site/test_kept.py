"""Pages of reports are kept, and made again when anything that they may be made from has changed."""

import subprocess
import sys

import pytest

from pipeline.paths import REPORTS, ROOT
from pipeline.site import kept as module
from pipeline.site.frame import FinishedPage
from pipeline.site.kept import KeptPages, own_sources, shared_sources
from pipeline.site.search import Section

NAME = "yield_change"

OPENED = f"""
import sys
from pathlib import Path
from pipeline.paths import REPORTS, ROOT
from pipeline.site import publish
from pipeline.site.frame import Frame
seen = set()
def hook(event, arguments):
    if event == "open" and isinstance(arguments[0], str) and Path(arguments[0]).is_relative_to(ROOT):
        seen.add(Path(arguments[0]).as_posix())
sys.addaudithook(hook)
report = publish.MadeReport.read("{NAME}", REPORTS)
Frame("ky", {{name: name for name in publish.declarations()}}).render(publish.report_page(report, "ky"))
print("\\n".join(name for name in sorted(seen) if "__pycache__" not in name and "/.venv/" not in name))
"""


def test_all_that_is_read_to_make_a_page_counts():
    """What a page reads and its key leaves out would one day leave an old page standing."""
    done = subprocess.run([sys.executable, "-c", OPENED], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    read = set(done.stdout.splitlines())
    counted = {path.as_posix() for path in (*shared_sources("ky", REPORTS), *own_sources(NAME, REPORTS))}
    assert len(read) > 10 and read <= counted, sorted(read - counted)


def test_catalogues_of_other_languages_and_reports_do_not_count():
    shared = {path.relative_to(ROOT).as_posix() for path in shared_sources("ky", REPORTS)}
    assert {f"pipeline/locale/ky/{NAME}.po", "data/vocabulary/areas.yml", "reports/history/results.json"} <= shared
    assert f"pipeline/locale/ru/{NAME}.po" not in shared and "reports/history/notebook.ipynb" not in shared
    assert REPORTS / NAME / "index.html" not in own_sources(NAME, REPORTS)


@pytest.fixture
def site(tmp_path, monkeypatch):
    """Asks for the page of a report, and says how many times pages were made so far."""
    monkeypatch.delenv(module.FORCE, raising=False)
    for name in (NAME, "history"):
        (tmp_path / name / "tables").mkdir(parents=True)
        for file in ("notebook.ipynb", "results.json", "tables/a.csv"):
            (tmp_path / name / file).write_text(file)
    made = []

    def ask(language="ky", titles=None):
        pages = KeptPages(language, tmp_path, titles or {NAME: "title"}, tmp_path / "kept")
        page = pages.page(NAME, lambda: made.append(1) or FinishedPage(f"{len(made)}", [Section(1, "", "Made")]))
        assert page == FinishedPage(f"{len(made)}", [Section(1, "", "Made")])
        return len(made)

    assert ask() == 1
    return tmp_path, ask


def test_a_page_is_made_once(site):
    assert site[1]() == 1


@pytest.mark.parametrize(
    ("file", "times"),
    [
        (f"{NAME}/notebook.ipynb", 2),
        (f"{NAME}/tables/a.csv", 2),
        (f"{NAME}/tables/b.csv", 2),
        (f"{NAME}/index.html", 1),
        ("history/results.json", 2),
        ("history/notebook.ipynb", 1),
    ],
)
def test_an_edit_of_what_it_is_made_from_makes_it_again(site, file, times):
    folder, ask = site
    (folder / file).write_text("edited")
    assert ask() == times


def test_another_title_in_the_menu_makes_it_again(site):
    assert site[1](titles={NAME: "another"}) == 2


def test_a_file_of_the_project_makes_it_again(site, tmp_path, monkeypatch):
    (tmp_path / "params.yaml").write_text("another study")
    monkeypatch.setattr(module, "PARAMETERS", tmp_path / "params.yaml")
    assert site[1]() == 2


def test_reproduce_takes_nothing_that_was_kept(site, monkeypatch):
    monkeypatch.setenv(module.FORCE, "1")
    assert site[1]() == 2


@pytest.mark.parametrize("left", ["", "[]", '{"key": 1}', "\x00"])
def test_what_a_killed_run_left_is_made_again(site, left):
    folder, ask = site
    (folder / "kept" / "ky" / f"{NAME}.json").write_text(left)
    assert ask() == 2 and ask() == 2
