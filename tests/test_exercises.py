"""The exercises: their solutions pass, an empty one says what is missing, and a frequent mistake is named."""

import sys
from types import ModuleType

import nbformat
import numpy as np
import pandas as pd
import pytest
from nbclient import NotebookClient
from scipy import stats

from pipeline.paths import ROOT
from pipeline.text.language import languages
from pipeline.text.notebooks import cleaned, read_notebook

FOLDER = ROOT / "exercises"
NAMES = sorted(path.stem for path in (FOLDER / "solutions").glob("*.py"))


@pytest.fixture
def checks(monkeypatch, panel, exposures) -> ModuleType:
    """The checks, imported as a notebook in that folder imports them, on the tables of the real data."""
    monkeypatch.syspath_prepend(FOLDER)
    monkeypatch.delitem(sys.modules, "checks", raising=False)
    monkeypatch.setattr("pipeline.data.panel.load_panel", lambda: panel)
    monkeypatch.setattr("pipeline.data.panel.load_exposures", lambda: exposures)
    import checks

    yield checks
    del sys.modules["checks"]


def notebook(name: str, language: str = "en") -> nbformat.NotebookNode:
    return read_notebook(FOLDER / f"{name}{'' if language == 'en' else f'.{language}'}.ipynb")


def code(name: str, language: str = "en") -> dict[str, str]:
    """The code cells of an exercise by their id."""
    return {cell.id: cell.source for cell in notebook(name, language).cells if cell.cell_type == "code"}


def solution(name: str) -> str:
    return (FOLDER / "solutions" / f"{name}.py").read_text(encoding="utf-8")


def marks(name: str, answer: str, language: str = "en"):
    """What the check of an exercise says when its gap is filled with a text of code."""
    cells = code(name, language) | {"answer": answer}
    namespace: dict[str, object] = {}
    for identifier in ("setup", "load", "answer"):
        exec(compile(cells[identifier], f"{name}/{identifier}", "exec"), namespace)
    return eval(compile(cells["check"], f"{name}/check", "eval"), namespace)


def hint_for(name: str, answer: str, mistake: str) -> str:
    """The key of what is said of one answer, when all is solved and then one line is wrong."""
    found = marks(name, f"{solution(name)}\n{answer} = {mistake}\n")
    (mark,) = [mark for mark in found.marks if mark.name == answer]
    assert all(mark.state == "right" for mark in found.marks if mark.name != answer)
    return mark.hint


def test_there_are_five_exercises_in_every_language():
    assert [name[:2] for name in NAMES] == ["1_", "2_", "3_", "4_", "5_"]
    suffixes = ["" if language == "en" else f".{language}" for language in languages()]
    wanted = {f"{name}{suffix}.ipynb" for name in NAMES for suffix in suffixes}
    assert {path.name for path in FOLDER.glob("*.ipynb")} == wanted


@pytest.mark.parametrize("name", NAMES)
def test_languages_differ_in_words_only_and_nothing_is_left_of_a_run(name):
    english = notebook(name)
    for language in languages():
        other = notebook(name, language)
        assert cleaned(other) == other
        assert [(cell.id, cell.cell_type) for cell in other.cells] == [(c.id, c.cell_type) for c in english.cells]
        assert {k: v.replace(f'"{language}"', '"en"') for k, v in code(name, language).items()} == code(name)
        asked = {line.partition(" =")[0] for line in code(name)["answer"].splitlines()}
        task = next(cell.source for cell in other.cells if cell.id == "task")
        assert [answer for answer in asked if f"`{answer}`" not in task] == []


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("name", NAMES)
def test_a_solution_passes(checks, name, language):
    found = marks(name, solution(name), language)
    assert found.passed, str(found)
    assert str(len(found.marks)) in str(found).splitlines()[-1]


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("name", NAMES)
def test_an_empty_exercise_says_what_is_missing(checks, name, language):
    found = marks(name, code(name)["answer"], language)
    assert {mark.state for mark in found.marks} == {"missing"} and not found.passed
    assert [mark for mark in found.marks if f"`{mark.name}`" not in mark.said] == []


def test_right_answers_are_those_of_the_reports(checks, wheat):
    """Worked out here by other means than in the checks: by hand from the yields, and with scipy alone."""
    changes = wheat.diff().loc[1992:2024]
    own, others = changes["Jalal-Abad"], changes.drop(columns="Jalal-Abad").mean(axis=1)
    fit = stats.linregress(others.loc[:2023], own.loc[:2023])
    difference = own[2024] - fit.intercept - fit.slope * others[2024]
    assert marks("1_change", "change, low, high, percent = 4.0, 3.9, 4.1, 16.878").passed
    p = 2 * stats.t.sf(abs(fit.slope - 1) / fit.stderr, 30)
    values = f"others_change, did, slope = {others[2024]}, {own[2024] - others[2024]}, {fit.slope}"
    assert marks("2_parallel_trends", f"{values}\np_slope_is_one, reading = {p}, 'b'").passed
    x, residual = others.loc[:2023], own.loc[:2023] - fit.intercept - fit.slope * others.loc[:2023]
    spread = (residual @ residual) / 30 * (1 + 1 / 32 + (others[2024] - x.mean()) ** 2 / ((x - x.mean()) ** 2).sum())
    margin = stats.t.ppf(0.975, 30) * np.sqrt(spread)
    ends = f"low, high = {difference - margin}, {difference + margin}"
    assert marks("3_own_response", f"expected, difference = {own[2024] - difference}, {difference}\n{ends}").passed
    assert marks(
        "4_permutation", "own, largest, p_value, smallest, units_needed = -1.267, 'Chui', 6 / 7, 1 / 7, 20"
    ).passed


BY_HAND = [
    ("1_change", "change", "-4.0", "sign"),
    ("1_change", "change", "percent", "in_percent"),
    ("1_change", "change", "0.4", "tonnes"),
    ("1_change", "low", "change - 0.05", "one_rounding"),
    ("1_change", "low", "change", "no_rounding"),
    ("1_change", "high", "low", "ends_swapped"),
    ("1_change", "percent", "100 * change / after", "percent_of_after"),
    ("1_change", "percent", "change / before", "share"),
    ("1_change", "percent", "17", "rounded"),
    ("1_change", "percent", "100 * after / before", "ratio"),
    ("1_change", "change", "yields.diff()['Jalal-Abad']", "many"),
    ("1_change", "change", "float('nan')", "not_finite"),
    ("1_change", "change", "'4.0'", "no_number"),
    ("1_change", "change", "True", "no_number"),
    ("1_change", "change", "7.77", "how_change"),
    ("2_parallel_trends", "others_change", "changes.loc[2024].mean()", "own_among_others"),
    ("2_parallel_trends", "did", "-did", "sign"),
    ("2_parallel_trends", "slope", "stats.linregress(y, x).slope", "turned"),
    ("2_parallel_trends", "slope", "stats.linregress(others.iloc[1:-1], changes.iloc[1:-1, 3]).slope", "with_pair"),
    ("2_parallel_trends", "p_slope_is_one", "p_slope_is_one / 2", "one_sided"),
    ("2_parallel_trends", "p_slope_is_one", "fit.pvalue", "test_of_zero"),
    ("2_parallel_trends", "p_slope_is_one", "2 * stats.norm.sf(abs(slope - 1) / fit.stderr)", "normal"),
    ("2_parallel_trends", "reading", "'a'", "reading_a"),
    ("2_parallel_trends", "reading", "'d'", "no_option"),
    ("3_own_response", "difference", "own[2024] - others[2024]", "is_did"),
    ("3_own_response", "low", "difference - 1.959964 * forecast.se_obs[0]", "normal"),
    ("3_own_response", "low", "difference - stats.t.ppf(0.975, 30) * forecast.se_mean[0]", "of_the_mean"),
    ("3_own_response", "high", "difference + stats.t.ppf(0.95, 30) * forecast.se_obs[0]", "one_sided"),
    ("3_own_response", "high", "difference + stats.t.ppf(0.975, 30) * fit.resid.std(ddof=0)", "divided_by_n"),
    ("3_own_response", "high", "difference + stats.t.ppf(0.975, 30) * fit.resid.std()", "divided_by_n_minus_1"),
    ("3_own_response", "low", "forecast.conf_int(obs=True)[0][0]", "of_expected"),
    ("4_permutation", "own", "changes['Jalal-Abad']", "own_change"),
    ("4_permutation", "largest", "differences.idxmin()", "largest_below"),
    ("4_permutation", "p_value", "5 / 6", "own_not_counted"),
    ("4_permutation", "p_value", "5 / 7", "own_left_out"),
    ("4_permutation", "p_value", "(differences <= own + 1e-9).mean()", "own_left_out"),
    ("4_permutation", "smallest", "0.0", "p_of_zero"),
    ("4_permutation", "units_needed", "19", "one_too_few"),
    ("5_ceiling", "needed_share", "needed_share / 100", "share"),
    ("5_ceiling", "needed_share", "100 * (after - before) / (0.5 * after)", "gain_of_after"),
    ("5_ceiling", "ceiling", "100 * ceiling", "percent"),
    ("5_ceiling", "ceiling", "gain", "whole_land"),
    ("5_ceiling", "detectable", "stats.t.ppf(0.975, 30) * error", "no_power"),
    ("5_ceiling", "detectable", "(1.959964 + 0.841621) * error", "normal"),
    ("5_ceiling", "visible", "'yes'", "visible_yes"),
]


@pytest.mark.parametrize(("name", "answer", "mistake", "hint"), BY_HAND, ids=lambda value: str(value)[:25])
def test_a_frequent_mistake_is_named(checks, name, answer, mistake, hint):
    assert hint_for(name, answer, mistake) == hint


def test_campaign_figures_among_the_yields_are_named(checks):
    of_year = "panel.loc[rows & (panel.year == {}), 'value'].mean()"
    mistake = f"{of_year.format(2024)} - {of_year.format(2023)}"
    assert hint_for("1_change", "change", mistake) == "mixed_series"


def test_no_two_mistakes_of_an_answer_look_alike(checks, monkeypatch):
    """Else one would be taken for the other; and none is so near to the right answer that it would pass."""
    found: list[str] = []

    def judged(asked, answers, language):
        for name, wanted in asked.items():
            if isinstance(wanted, checks.Number):
                values = pd.Series(wanted.mistakes, dtype=float)
                near = values[(values - wanted.right).abs() <= wanted.tolerance]
                pairs = [(a, b) for a in values.index for b in values.index if a < b]
                found.extend(f"{name}: {hint} is right" for hint in near.index)
                found.extend(f"{name}: {a}, {b}" for a, b in pairs if abs(values[a] - values[b]) <= wanted.tolerance)

    monkeypatch.setattr(checks, "_judged", judged)
    for number in range(1, 6):
        check = getattr(checks, f"check_{number}")
        check(**{name: ... for name in check.__annotations__ if name not in ("language", "return")})
    assert found == []


def test_every_hint_stands_in_every_language_and_is_used(checks):
    text = (FOLDER / "checks.py").read_text(encoding="utf-8")
    for key, said in checks.hints().items():
        assert list(said) == languages(), key
        places = {
            language: sorted(part for part in ("{name}", "{kind}", "{count}") if part in said[language])
            for language in said
        }
        assert len(set(map(tuple, places.values()))) == 1, key
        assert f'"{key}"' in text or key.startswith("how_"), key


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_solved_notebook_runs_in_jupyter(name):
    """From its own folder, as JupyterLab runs it; on the project's tables."""
    solved = notebook(name)
    for cell in solved.cells:
        if cell.id == "answer":
            cell.source = solution(name)
    NotebookClient(solved, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}}).execute()
    (said,) = [cell.outputs[-1]["data"]["text/plain"] for cell in solved.cells if cell.id == "check"]
    assert "✗" not in said and "…" not in said and "✓" in said
