"""The figures of `international_clusters` show what they were given, in words that can be translated."""

import pandas as pd
import pytest

from pipeline.studies.international_clusters import analysis, figures
from pipeline.studies.international_clusters.analysis import State
from pipeline.text.fill import Value
from pipeline.text.language import Catalogue, languages
from tests.exhibits.shown import cut, marking, overlapping, published, study, texts, untranslated
from tests.exhibits.test_text_grid import outside

NAME = "international_clusters"
CLUSTERS = pd.DataFrame(
    [("Green Net Finland", "Finland", "yes"), ("Green Tech Valley", "Austria", "yes"), ("", "Great Britain", "no")],
    columns=["cluster", "country", "column_in_table_1"],
)
STATES = [State.DOCUMENTED, State.IN_PART, State.SELF_DESCRIPTION, State.AGAINST, State.NONE, State.DOCUMENTED]
CELLS = pd.DataFrame(
    [
        ("T1", criterion, cluster, f"Soft: project management, international relations {criterion}", state, "", 3, 1)
        for (criterion, cluster), state in zip(
            ((c, k) for c in ("Scale", "Driving force", "Role of the state") for k in CLUSTERS["cluster"] if k),
            STATES,
            strict=True,
        )
    ],
    columns=["claim_id", "criterion", "cluster", "cell", "state", "verdict", "pages", "other_pages"],
)
RATES = pd.DataFrame({"programme": ["FP7", "A call"], "percent": [18.5, 23.73], "derived": [False, True]})
VALUES = {"success_printed": Value(80), "average_low": Value(10), "average_high": Value(25)}


def drawn(t):
    matrix = published(NAME, "matrix", analysis.matrix(CELLS, CLUSTERS))
    return {
        "matrix": figures.matrix(matrix, study(NAME), VALUES, t),
        "success_rates": figures.success_rates(published(NAME, "success_rates", RATES), study(NAME), VALUES, t),
    }


def test_every_cell_says_its_state_in_words_with_a_mark_of_its_own():
    shown = texts(drawn(Catalogue("en"))["matrix"])
    said = sorted(text for text in shown if text in set(State))
    assert said == sorted([*(state.value for state in STATES), "column missing"])
    marks = [figures.LOOK[state][0] for state in set(STATES)]
    assert len(set(marks)) == len(marks) and set(marks) <= set(shown)


def test_the_country_without_a_column_is_shown_and_hatched():
    figure = drawn(Catalogue("en"))["matrix"]
    assert {"Great Britain", "no cluster named", "column missing"} <= set(texts(figure))
    assert [p.get_hatch() for p in figure.axes[0].patches if p.get_hatch()] == [figures.HATCH]


def test_the_dots_are_the_rates_and_the_open_mark_the_papers_own():
    axes = drawn(Catalogue("en"))["success_rates"].axes[0]
    marks = {line.get_marker(): line.get_xdata() for line in axes.get_lines() if line.get_marker() in "oD"}
    assert marks["D"].tolist() == [80.0]
    dots = [line.get_xdata()[0] for line in axes.get_lines() if line.get_marker() == "o"]
    assert dots == [18.5, 23.7]
    assert "23.7 % (derived)" in texts(axes.figure) and "80 %: no source found" in texts(axes.figure)


def test_every_text_can_be_translated():
    names = {"Green Net Finland", "Green Tech Valley"}  # proper names
    for name, figure in drawn(marking()).items():
        assert set(untranslated(figure)) <= names, name


@pytest.mark.parametrize("language", languages())
def test_no_label_covers_another_or_leaves_its_box(language):
    for name, figure in drawn(Catalogue(language, NAME)).items():
        assert overlapping(figure) == [] and cut(figure) == [], name
    assert outside(drawn(Catalogue(language, NAME))["matrix"]) == []
