"""The figures of `cluster_model` show the paper's tables, in words that can be translated."""

from functools import cache
from itertools import pairwise

import pytest

from pipeline.data.cards import read_card, read_table
from pipeline.studies.cluster_model import analysis, figures
from pipeline.studies.cluster_model.analysis import GapEvidence
from pipeline.text.language import Catalogue, languages
from tests.exhibits.shown import cut, marking, overlapping, published, study, texts, untranslated
from tests.exhibits.test_text_grid import outside

NAME = "cluster_model"


@cache
def raw(name):
    return read_table(read_card("paper_tables"), f"{name}.csv")


def gaps(frame):
    """The gaps of a table, each with another state in turn."""
    states = [state for _, state in zip(range(len(frame)), [*GapEvidence] * len(frame), strict=False)]
    return frame.rename(columns={"text": "gap"}).assign(evidence=states)


def items(more_gaps):
    """What stands in the matrix, as it is published."""
    table = raw("table_2")
    listed = gaps(table[table["column"] == "gap"])
    judged = [frame.assign(part="", sources="") for frame in (listed, more_gaps)]
    columns = ["direction", "infrastructure_kind", "gap", "claim_id", "part", "evidence", "sources"]
    matrix = analysis.gap_matrix(*(frame[columns] for frame in judged), table, raw("infrastructure_kinds"))
    return published(NAME, "gaps", matrix)


def drawn(t):
    elements = published(NAME, "model", analysis.model_elements(raw("cluster_levels"), raw("infrastructure_kinds")))
    return {
        "model": figures.model(elements, study(NAME), {}, t),
        "gaps": figures.gaps(items(gaps(raw("gaps_in_text"))), study(NAME), {}, t),
    }


@pytest.fixture(scope="module")
def in_english():
    return drawn(Catalogue("en"))


def unwrapped(figure):
    return [" ".join(text.split()) for text in texts(figure)]


def test_every_gap_and_measure_of_table_2_is_shown_once(in_english):
    shown = unwrapped(in_english["gaps"])
    table = raw("table_2")
    wanted = table.loc[table["column"].isin(["gap", "measure"]), "text"]
    assert [shown.count(text) for text in wanted] == [1] * len(wanted)
    assert shown.count("only in the text:") == 3  # energy twice, every direction once


def test_a_field_without_a_gap_is_hatched_and_one_with_a_gap_is_not(in_english):
    figure = in_english["gaps"]
    hatched = [p for p in figure.axes[0].patches if p.get_hatch()]
    # Four of nine fields list no gap, and two directions have none outside the three kinds.
    assert len(hatched) == 4 + 2
    assert unwrapped(figure).count("no gap listed") == 2 and unwrapped(figure).count("nothing listed") == 4


def test_states_have_marks_of_their_own():
    assert len(set(figures.LOOK.values())) == len(GapEvidence) == len(figures.LOOK)


def test_the_model_has_a_box_within_a_box_for_every_level_and_one_for_every_kind(in_english):
    patches = in_english["model"].axes[0].patches
    frames = [p for p in patches if p.__class__.__name__ == "Rectangle"][::2]
    levels, kinds = frames[:4], frames[4:]
    assert len(kinds) == 3 and len({round(k.get_height(), 6) for k in kinds}) == 1
    for outer, inner in pairwise(levels):
        assert outer.get_x() < inner.get_x() and outer.get_y() < inner.get_y()
        assert outer.get_x() + outer.get_width() > inner.get_x() + inner.get_width()
        assert outer.get_y() + outer.get_height() > inner.get_y() + inner.get_height()


def test_an_element_that_infrastructure_lists_too_carries_the_mark_of_its_kind(in_english):
    shown = " ".join(texts(in_english["model"]))
    levels = raw("cluster_levels")
    for element in levels[levels["infrastructure_kind"] != ""].itertuples():
        assert f"{element.element}\u00a0{figures.MARK_OF_KIND[element.infrastructure_kind]}" in shown


def test_every_text_can_be_translated():
    for name, figure in drawn(marking()).items():
        assert untranslated(figure) == [], name


@pytest.mark.parametrize("language", languages())
def test_no_text_covers_another_or_leaves_its_box(language):
    for name, figure in drawn(Catalogue(language, NAME)).items():
        assert overlapping(figure) == [] and cut(figure) == [], name
        assert outside(figure) == [], name


def test_a_table_without_gaps_in_the_text_is_drawn():
    none = gaps(raw("gaps_in_text")).iloc[:0]
    figure = figures.gaps(items(none), study(NAME), {}, Catalogue("en"))
    assert "only in the text:" not in texts(figure)
