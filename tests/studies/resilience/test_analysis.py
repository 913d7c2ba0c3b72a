"""The report `resilience`: real yields by plain numpy, what it says, and its figures."""

import json

import numpy as np
import pytest

from pipeline.methods.steadiness import steadiness
from pipeline.studies.resilience import analysis, figures
from pipeline.text.language import Catalogue, languages
from tests.cells import run_cells
from tests.exhibits.shown import marking, published, study, texts, unreadable, untranslated


def test_jalal_abad_by_plain_least_squares(wheat):
    changes = wheat.diff().iloc[1:]
    own, others = changes["Jalal-Abad"].to_numpy(), changes.drop(columns="Jalal-Abad").mean(axis=1).to_numpy()
    design = np.column_stack([np.ones(34), np.minimum(others, 0), np.maximum(others, 0)])
    plain = np.linalg.lstsq(design, own, rcond=None)[0]
    table = analysis.slopes(wheat).set_index("oblast")
    assert table.loc["Jalal-Abad", ["slope_fell", "slope_rose"]].tolist() == pytest.approx(plain[1:].tolist())
    assert table["slope_fell"].idxmin() == "Osh" and table["slope_fell"].is_monotonic_increasing
    before = np.polyfit(others[:16], own[:16], 1)[0]  # changes to 1992 ... 2007
    late = np.polyfit(others[16:], own[16:], 1)[0]
    split = analysis.slope_breaks(wheat, 2008).set_index("oblast").loc["Jalal-Abad"]
    assert (split["slope_before"], split["slope_from"]) == pytest.approx((before, late))
    assert before == pytest.approx(0.69, abs=0.005)


def test_the_bad_years_as_printed(wheat):
    """2021: Jalal-Abad -2.0, the others -6.8 -17.1 -10.6 -1.0 -1.4 -8.0, mean -7.48; two of them fell less."""
    falls = analysis.changes_in_falls(wheat, "Jalal-Abad").set_index("year")
    assert falls.index[0] == 2021
    assert falls.loc[2021, "own"] == pytest.approx(-2.0) and falls.loc[2021, "others"] == pytest.approx(-44.9 / 6)
    assert (falls.loc[2021, "rank"], falls.loc[2021, "deepest"]) == (3, "Chui")
    found = analysis.bad_years(falls.reset_index(), 2025, 2024)
    assert found["bad_own"] == pytest.approx(-1.4) and found["bad_rank"] == 4
    assert found["second_own"] is None and found["second_rank"] is None


def test_the_picture_s_line_is_the_regression(wheat):
    data = analysis.picture(wheat, "Jalal-Abad")
    residual = data["own"] - data["fitted"]
    assert residual.mean() == pytest.approx(0)
    assert (residual * data["others"].clip(upper=0)).sum() == pytest.approx(0, abs=1e-9)
    assert (residual * data["others"].clip(lower=0)).sum() == pytest.approx(0, abs=1e-9)


def test_the_most_volatile_is_left_out(wheat):
    assert (
        analysis.most_volatile(wheat, "Jalal-Abad") == "Chui" and analysis.most_volatile(wheat, "Chui") == "Issyk-Kul"
    )
    assert steadiness(wheat.drop(columns="Chui"), "Jalal-Abad").slope_fell == pytest.approx(0.633, abs=5e-4)


def results(folder):
    return {name: entry["value"] for name, entry in json.loads((folder / "results.json").read_text("utf-8")).items()}


def test_what_is_said_of_jalal_abad(tmp_path, monkeypatch, real_panel, real_exposures):
    said = run_cells("resilience", tmp_path, monkeypatch, real_panel, real_exposures)
    found = results(tmp_path)
    assert [found[n] for n in ("slope_fell", "fell_low", "fell_high", "rank_fell")] == [0.46, 0.16, 0.77, 2]
    assert "**Jalal-Abad falls less than the mean of the others" in said and "It is not the only one" in said
    assert "**That this has changed since 2008 is not shown:**" in said


def test_what_is_said_of_chui_and_of_a_year_without_a_fall(tmp_path, monkeypatch, real_panel, real_exposures):
    said = run_cells("resilience", tmp_path, monkeypatch, real_panel, real_exposures, oblast="Chui", bad_year=2024)
    assert "**That Chui falls less than the others cannot be said" in said
    assert "**The slope has changed since 2008**" in said
    assert results(tmp_path)["bad_own"] is None and "In 2024 it changed" not in said


@pytest.mark.slow
@pytest.mark.parametrize("oblast", ["Jalal-Abad", "Chui", "Naryn"])
def test_the_figures_are_whole_and_translated(wheat, oblast):
    frames = {
        "response": analysis.picture(wheat, oblast),
        "slopes": analysis.slopes(wheat),
        "breaks": analysis.slope_breaks(wheat, 2008),
    }
    chosen = study("resilience", oblast=oblast)
    for name, frame in frames.items():
        data, draw = published("resilience", name, frame), getattr(figures, name)
        for language in languages():
            t = Catalogue(language, "resilience")
            figure = draw(data, chosen, {}, t)
            assert not unreadable(figure) and t.missing == set(), (name, language)
        assert not untranslated(draw(data, chosen, {}, marking())), name
    named = texts(
        figures.response(published("resilience", "response", frames["response"]), chosen, {}, Catalogue("en"))
    )
    assert "2021" in named
