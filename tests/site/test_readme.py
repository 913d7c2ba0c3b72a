"""README.md: its numbers are the results', and what it names exists."""

import json
import re

import pytest

from pipeline.errors import PipelineError
from pipeline.paths import REPORTS, ROOT
from pipeline.site.readme import README, current, update

TEXT = README.read_text(encoding="utf-8")


def test_the_numbers_are_current():
    assert current(TEXT) == TEXT, "run: python -m pipeline readme"


def test_a_changed_result_changes_the_page(tmp_path):
    (tmp_path / "results").mkdir()
    for path in (REPORTS / "results").glob("*.json"):
        results = json.loads(path.read_text(encoding="utf-8"))
        if "yield_after" in results:
            results["yield_after"]["value"] = 99.9
        (tmp_path / "results" / path.name).write_text(json.dumps(results), encoding="utf-8")
    readme = tmp_path / "README.md"
    readme.write_text(TEXT, encoding="utf-8")
    assert "numbers written" in update(readme, tmp_path)
    assert readme.read_text(encoding="utf-8").count(">99.9<") == TEXT.count("yield_change.yield_after")
    assert "were current" in update(readme, tmp_path)


def test_an_unknown_result_is_named():
    with pytest.raises(PipelineError, match=r"README.md names yield_change.nope, which is not in .*yield_change.json"):
        current("<!-- yield_change.nope -->1<!-- / -->")


def test_every_number_of_the_finding_is_marked():
    """In "What was found" no number stands that is not read from a result, save years."""
    finding = TEXT[TEXT.index("**What was found.**") : TEXT.index("![")]
    typed = re.sub(r"<!-- \w+\.\w+(:\+)? -->.*?<!-- / -->", "", finding)
    assert not re.findall(r"(?<!\d)(?!20\d\d\b)\d+", typed)


def test_files_and_links_that_it_names_exist():
    for name in re.findall(r"\]\(([^)#]+)\)|`((?:data|reports|notebooks|pipeline|tests)/[\w./-]+)`", TEXT):
        path = name[0] or name[1]
        assert (ROOT / path).exists(), path
    for name in (
        "LICENSE",
        "CITATION.cff",
        "params.yaml",
        "dvc.yaml",
        "environment.yml",
        "requirements.lock",
        "Makefile",
    ):
        assert (ROOT / name).is_file()
