"""The coverage picture has a mark exactly where there is a figure; the notebook says what there is for others too."""

import json

import pandas as pd
import pytest

from pipeline.studies import published_figures as evidence
from pipeline.studies.data_audit import figures
from pipeline.text.language import Catalogue, languages
from tests.cells import run_cells
from tests.exhibits.shown import marking, published, study, texts, unreadable, untranslated


def picture(panel, t):
    counts = published("data_audit", "coverage", evidence.coverage(panel, "Jalal-Abad", 2019, 2025))
    return counts, figures.coverage(counts, study("data_audit"), {}, t)


def test_one_mark_for_each_cell(panel):
    counts, figure = picture(panel, Catalogue("en"))
    marks = [line for axes in figure.axes for line in axes.get_lines() if line.get_marker() in "s^o"]
    cells = counts.drop_duplicates(["place", "crop", "year", "period", "source"])
    assert len(marks) == len(cells)
    own = next(
        axes for axes in figure.axes if axes.get_title() == "Jalal-Abad" or axes.get_title(loc="left") == "Jalal-Abad"
    )
    squares = [line for line in own.get_lines() if line.get_marker() == "s" and line.get_markerfacecolor() != "white"]
    assert len(squares) == 7  # wheat, the only regular series of an oblast, 2019 to 2025


def test_every_text_can_be_translated(panel):
    _, figure = picture(panel, marking())
    assert [text for text in untranslated(figure) if not text.startswith("\u2019")] == []


@pytest.mark.parametrize("language", languages())
def test_the_picture_is_whole_in_every_language(panel, language):
    t = Catalogue(language, "data_audit")
    _, figure = picture(panel, t)
    assert unreadable(figure) == []
    assert t("What figures there are on yield and production") in texts(figure)
    assert t.missing == set()


@pytest.mark.parametrize("oblast, before, after", [("Jalal-Abad", 2023, 2024), ("Chui", 1992, 1993)])
def test_the_notebook_counts_what_the_panel_holds(tmp_path, monkeypatch, panel, exposures, oblast, before, after):
    said = run_cells(
        "data_audit", tmp_path, monkeypatch, panel, exposures, oblast=oblast, year_before=before, year_after=after
    )
    found = {k: r["value"] for k, r in json.loads((tmp_path / "results.json").read_text("utf-8")).items()}
    assert found["figures"] == len(panel) + len(exposures)
    shown = pd.read_csv(tmp_path / "tables" / "figures_of_oblast.csv")
    assert found["figures_of_oblast"] == (shown["area_level"] == "oblast").sum() > 0
    assert set(shown["year"]) == {before, after}
    assert f"**No source gives {oblast} by crop for January–August of both {before} and {after}.**" in said


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_the_notebook_says_it_in_every_language(tmp_path, monkeypatch, panel, exposures, language):
    said = run_cells("data_audit", tmp_path, monkeypatch, panel, exposures, language=language)
    assert "Jalal" not in said and "source" not in said and "2024" in said
