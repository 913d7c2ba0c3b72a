"""Two studies side by side: what of two results can be subtracted, and what the page and the table show."""

import json
import shutil

import pandas as pd
import pytest

from pipeline.errors import ParameterError
from pipeline.paths import REPORTS
from pipeline.site.compare import Study, differences, write_comparison
from pipeline.text.language import languages

NAME = "yield_change"


@pytest.fixture
def two(tmp_path):
    """Two studies of one report: a number, a year, a text and a unit of the second differ, one result is missing."""
    for name in ("first", "second"):
        shutil.copytree(REPORTS / NAME, tmp_path / name / NAME)
    path = tmp_path / "second" / NAME / "results.json"
    results = json.loads(path.read_text("utf-8"))
    made = tmp_path / "second" / NAME / "notebook.ipynb"
    notebook = json.loads(made.read_text("utf-8"))
    notebook["metadata"]["report"]["parameters"]["oblast"] = "Osh"
    made.write_text(json.dumps(notebook), "utf-8")
    results["change"]["value"] += 1.3
    results["yield_before"] |= {"value": 2.4, "unit": "t/ha"}
    del results["log_change"]
    path.write_text(json.dumps(results), "utf-8")
    return tuple(Study.read(name, tmp_path / name) for name in ("first", "second"))


def test_numbers_of_one_unit_are_subtracted_and_nothing_else(two):
    frame = differences(*two).set_index("result")
    assert frame.loc["change", "difference"] == pytest.approx(1.3) and not frame.loc["change", "equal"]
    assert frame.loc["yield_before", "unit"] == "c/ha, t/ha"
    assert pd.isna(frame.loc["yield_before", "difference"]) and not frame.loc["yield_before", "equal"]
    assert pd.isna(frame.loc["log_change", "second"]) and not frame.loc["log_change", "equal"]
    assert pd.isna(frame.loc["log_change", "difference"])
    assert (~frame["equal"].astype(bool)).sum() == 3
    ranks = frame[frame["unit"] == "rank"]
    assert len(ranks) and ranks["difference"].isna().all()


def test_page_and_table_hold_every_value_and_lead_with_the_parameters_that_differ(two, tmp_path):
    said = write_comparison(*two, tmp_path / "out")
    assert said.startswith("3 of ")
    table = pd.read_csv(tmp_path / "out" / "values.csv")
    assert list(table.columns)[:6] == ["report", "result", "unit", "first", "second", "difference"]
    assert len(table) == len(differences(*two))
    for language in languages():
        tree = "" if language == "en" else f"{language}/"
        page = (tmp_path / "out" / tree / "index.html").read_text("utf-8")
        assert "<strong>Osh</strong>" in page and page.index("<strong>Osh</strong>") < page.index("wheat")
        assert ">change</code>" in page and ">change_t_per_ha</code>" not in page
        assert ("+1.3" if language == "en" else "+1,3") in page


def test_folders_without_reports_and_studies_without_a_common_one_are_refused(two, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ParameterError, match="empty: no report lies in"):
        Study.read("empty", tmp_path / "empty")
    with pytest.raises(ParameterError, match="have no report in common"):
        differences(two[0], Study("other", {}))
