"""The figure of `recommendations` shows every proposal with what follows, in words that can be translated."""

import pandas as pd
import pytest

from pipeline.data.cards import read_card, read_table
from pipeline.studies.recommendations import figures
from pipeline.studies.recommendations.analysis import Outcome
from pipeline.text.language import Catalogue, languages
from tests.exhibits.shown import marking, overlapping, published, study, texts, untranslated
from tests.exhibits.test_text_grid import outside

PROPOSALS = read_table(read_card("paper_tables"), "recommendations.csv")


def table() -> pd.DataFrame:
    """The real proposals with outcomes in turn; the first has no link to its effect."""
    states = [state for _, state in zip(range(len(PROPOSALS)), [*Outcome] * len(PROPOSALS), strict=False)]
    made = PROPOSALS.assign(need=states, effect=states[::-1], outcome=states, need_links=3, need_speaking=2)
    return made.assign(effect_links=[0, *[2] * (len(made) - 1)], effect_speaking=0)


def drawn(t: Catalogue):
    data = published("recommendations", "outcomes", table())
    return figures.outcomes(data, study("recommendations"), {}, t)


def test_every_proposal_and_group_is_shown_once_with_its_outcomes():
    shown = [" ".join(text.split()) for text in texts(drawn(Catalogue("en")))]
    assert [shown.count(text) for text in PROPOSALS["text"]] == [1] * len(PROPOSALS)
    groups = [group[:1].upper() + group[1:] for group in PROPOSALS["group"].unique()]
    assert [shown.count(group) for group in groups] == [1] * len(groups)
    assert shown.count("no link") == 1
    first = table().iloc[0]
    assert f"{first['need']}: 2 of 3" in shown


def test_outcomes_have_marks_of_their_own():
    marks = [mark for mark, _ in figures.LOOK.values()]
    assert len(set(marks)) == len(Outcome) == len(figures.LOOK)


def test_every_text_can_be_translated():
    assert untranslated(drawn(marking())) == []


@pytest.mark.parametrize("language", languages())
def test_no_text_covers_another_or_leaves_its_box(language):
    figure = drawn(Catalogue(language, "recommendations"))
    assert overlapping(figure) == []
    assert outside(figure) == []
