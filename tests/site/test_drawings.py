"""Drawings in other languages are kept, and made again when anything that they are made from has changed."""

import json
import shutil
from concurrent.futures import Future
from types import SimpleNamespace

import pytest

from pipeline.paths import REPORTS
from pipeline.site import drawings as module
from pipeline.site.article import MadeReport
from pipeline.site.drawings import all_drawings
from pipeline.text.language import Catalogue

NAME = "international_clusters"
FILE = f"{NAME}/figures/success_rates.svg"


class Pool:
    """Does at once what is handed to it, and counts."""

    def __init__(self):
        self.done = []

    def submit(self, function, *arguments):
        self.done.append(arguments)
        future = Future()
        future.set_result((f"<svg>{len(self.done)}</svg>", {"Source": [True, "Источник"], "gone": [False, "gone"]}))
        return future


@pytest.fixture
def site(tmp_path, monkeypatch):
    """Makes the drawings of a copy of one report; how many were drawn."""
    monkeypatch.delenv(module.FORCE, raising=False)
    shutil.copytree(REPORTS / NAME, tmp_path / NAME)
    says = {"Source": "Источник"}
    monkeypatch.setattr(Catalogue, "has", lambda self, message: message in says)
    monkeypatch.setattr(Catalogue, "look_up", lambda self, message: says.get(message, message))

    def drawn() -> int:
        pool, report = Pool(), {NAME: MadeReport.read(NAME, tmp_path)}
        made.drawings = all_drawings(pool, report, tmp_path, ["ru"], tmp_path / "kept")
        return len(pool.done)

    made = SimpleNamespace(code="code", says=says, folder=tmp_path, drawn=drawn, drawings={})
    monkeypatch.setattr(module, "_code", lambda: made.code)
    made.all = drawn()
    assert made.all > 0 and drawn() == 0
    return made


def test_what_was_kept_is_what_was_drawn(site):
    assert site.drawings["ru"][FILE].startswith("<svg>")


def test_an_edit_of_the_data_of_a_figure_draws_that_figure(site):
    path = site.folder / NAME / "figures" / "success_rates.csv"
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert site.drawn() == 1 and site.drawn() == 0


def test_other_results_draw_all(site):
    path = site.folder / NAME / "results.json"
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert site.drawn() == site.all


def test_other_parameters_draw_all(site):
    path = site.folder / NAME / "notebook.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["metadata"]["report"]["parameters"]["language"] = "ky"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    assert site.drawn() == site.all


def test_other_code_draws_all(site):
    site.code = "edited"
    assert site.drawn() == site.all


@pytest.mark.parametrize("said", [{"Source": "другой"}, {}, {"Source": "Источник", "gone": "gone"}])
def test_another_translation_of_what_it_says_draws_all(site, said):
    site.says.clear()
    site.says.update(said)
    assert site.drawn() == site.all


def test_a_translation_that_it_does_not_say_draws_nothing(site):
    site.says["another sentence"] = "другое"
    assert site.drawn() == 0


def test_under_reproduce_nothing_is_taken_from_what_was_kept(site, monkeypatch):
    monkeypatch.setenv(module.FORCE, "1")
    assert site.drawn() == site.all


def test_what_a_killed_run_left_behind_is_drawn_again(site):
    path = site.folder / "kept" / "ru" / NAME / "success_rates.json"
    path.write_text(path.read_text(encoding="utf-8")[:50], encoding="utf-8")
    assert site.drawn() == 1


def test_what_a_drawing_asks_its_language_for_is_noted():
    t = module._Noting("ru", NAME)
    assert t("no such message") == "no such message" and not t.has("nor this one")
    assert t.asked == {"no such message": [False, "no such message"], "nor this one": [False, "nor this one"]}


def test_code_vocabulary_and_packages_are_in_the_digest(tmp_path, monkeypatch):
    files = (
        "pipeline/studies/a/figures.py",
        "pipeline/exhibits/drawing.py",
        "pipeline/text/fill.py",
        "pipeline/methods/m.py",
        "pipeline/data/vocabulary.py",
        "data/vocabulary/crops.yml",
        "requirements.lock",
        "pipeline/site/drawings.py",
    )
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "__file__", str(tmp_path / "pipeline/site/drawings.py"))
    found = {module._code()}
    for name in files:
        (tmp_path / name).write_text("edited")
        found.add(module._code())
    assert len(found) == len(files) + 1
