"""The figure of `cluster_model` shows the paper's model, in words that can be translated."""

from functools import cache
from itertools import pairwise

import pytest

from pipeline.data.cards import read_card, read_table
from pipeline.studies.cluster_model import analysis, figures
from pipeline.text.language import Catalogue, languages
from tests.exhibits.shown import marking, published, study, texts, unreadable, untranslated
from tests.studies.cluster_model.test_boxes import outside

NAME = "cluster_model"


@cache
def raw(name):
    return read_table(read_card("paper_tables"), f"{name}.csv")


def drawn(t):
    elements = published(NAME, "model", analysis.model_elements(raw("cluster_levels"), raw("infrastructure_kinds")))
    return figures.model(elements, study(NAME), {}, t)


@pytest.fixture(scope="module")
def in_english():
    return drawn(Catalogue("en"))


def test_the_model_has_a_box_within_a_box_for_every_level_and_one_for_every_kind(in_english):
    patches = in_english.axes[0].patches
    frames = [p for p in patches if p.__class__.__name__ == "Rectangle"]
    levels, kinds = frames[:4], frames[4:]
    assert len(kinds) == 3 and len({round(k.get_height(), 6) for k in kinds}) == 1
    for outer, inner in pairwise(levels):
        assert outer.get_x() < inner.get_x() and outer.get_y() < inner.get_y()
        assert outer.get_x() + outer.get_width() > inner.get_x() + inner.get_width()
        assert outer.get_y() + outer.get_height() > inner.get_y() + inner.get_height()


def test_an_element_that_infrastructure_lists_too_carries_the_mark_of_its_kind(in_english):
    shown = " ".join(texts(in_english))
    levels = raw("cluster_levels")
    for element in levels[levels["infrastructure_kind"] != ""].itertuples():
        assert f"{element.element}\u00a0{figures.MARK_OF_KIND[element.infrastructure_kind]}" in shown


def test_every_text_can_be_translated():
    assert untranslated(drawn(marking())) == []


@pytest.mark.parametrize("language", languages())
def test_no_text_covers_another_or_leaves_its_box(language):
    figure = drawn(Catalogue(language, NAME))
    assert unreadable(figure) == []
    assert outside(figure) == []
