"""README.md: it is what its source and the results say, and what it names exists."""

import re

import pytest

from pipeline.errors import PipelineError
from pipeline.paths import REPORTS, ROOT
from pipeline.site import readme, texts
from pipeline.site.readme import PAGE, README, current, update

SOURCE = texts.source(PAGE, "en")


@pytest.fixture(scope="module")
def text() -> str:
    return current()


def test_it_is_current(text):
    assert README.read_text(encoding="utf-8") == text, "run: python -m pipeline readme"


def test_a_changed_result_changes_the_page(tmp_path, monkeypatch, text):
    path = tmp_path / "README.md"
    path.write_text(text, encoding="utf-8")
    assert update(path).endswith("is current.")
    values = readme.page_values

    def other(*given):
        found = values(*given)
        return found | {"yield_change.yield_after": texts.Value(99.9, "number", 1)}

    monkeypatch.setattr(readme, "page_values", other)
    assert update(path).endswith("written.")
    named = len(re.findall(r"\{yield_change\.yield_after\b", SOURCE))
    assert named and path.read_text(encoding="utf-8").count("99.9") == named


def test_an_unknown_result_is_named(monkeypatch):
    monkeypatch.setattr(texts, "source", lambda page, language: "It is {yield_change.nope}.")
    with pytest.raises(PipelineError, match=r"yield_change\.nope"):
        current()


def test_every_number_of_the_finding_is_read_from_a_result():
    """In "What was found" no number is typed, save years."""
    finding = SOURCE[SOURCE.index("**What was found.**") : SOURCE.index("![")]
    typed = re.sub(r"\{\w+\.\w+(:[+.0-9]+)?\}", "", finding)
    assert not re.findall(r"(?<!\d)(?!20\d\d\b)\d+", typed)


def test_files_and_links_that_it_names_exist(text):
    named = re.findall(r"\]\(([^)#]+)\)|`((?:data|reports|notebooks|pipeline|tests)/[\w./-]+)`", text)
    paths = [link or path for link, path in named if not link.startswith("http")]
    assert paths and [path for path in paths if not (ROOT / path).exists()] == []
    top = ("LICENSE", "CITATION.cff", "params.yaml", "dvc.yaml", "environment.yml", "requirements.lock", "Makefile")
    assert [name for name in top if not (ROOT / name).is_file()] == []


def test_the_page_for_newcomers_to_the_reports_names_files_that_exist():
    text = (REPORTS / "README.md").read_text(encoding="utf-8")
    linked = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if not link.startswith("http")]
    named = re.findall(r"`((?:[\w-]+/)*[\w-]+(?:\.\w+|/))`", text)
    folders = (REPORTS, ROOT, REPORTS / "yield_change")  # of one report it says what every one holds
    assert linked or named
    assert [name for name in (*linked, *named) if not any((folder / name).exists() for folder in folders)] == []
