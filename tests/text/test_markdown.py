"""Markdown is taken apart into the pieces that are translated, and nothing of it is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.markdown import blocks, is_formula, is_say, paragraphs


def test_headings_paragraphs_and_items_are_blocks():
    source = "## Limits\n\nA long\nparagraph.\n\n- **One**\n  item.\n- Two.\n  - Nested.\n\n1. First.\n12. Twelfth."
    assert blocks(source) == [
        ("## ", "Limits"),
        ("", "A long paragraph."),
        ("- ", "**One** item."),
        ("- ", "Two."),
        ("  - ", "Nested."),
        ("1. ", "First."),
        ("12. ", "Twelfth."),
    ]


@pytest.mark.parametrize("text", ["", "\n \n", "2024 was dry.", "#no heading", "-1.5 c/ha", "*bold* words"])
def test_what_only_looks_like_a_mark_is_text(text):
    assert blocks(text) == ([("", text)] if text.strip() else [])


def test_a_displayed_formula_is_one_block_and_keeps_its_lines():
    formula = "$$\n\\hat\\beta = (X'X)^{-1}X'y,\n- 1 < 2\n$$"
    assert blocks(f"Then\n\n{formula}\n\nholds.") == [("", "Then"), ("", formula), ("", "holds.")]
    assert is_formula(formula) and not is_formula("the $x$ of it") and not is_formula("$$x$$ is it")


words = st.text(st.characters(categories=("L", "N"), include_characters=" .,{}:+*$"), min_size=1, max_size=30)


@given(st.lists(st.tuples(st.sampled_from(["", "# ", "- ", "3. "]), words.filter(lambda w: w.strip()[:1].isalpha()))))
def test_blocks_give_back_what_was_written(pieces):
    source = "\n\n".join(mark + text for mark, text in pieces)
    assert blocks(source) == [(mark, text.strip()) for mark, text in pieces]


def test_a_paragraph_of_a_say_cell_may_have_a_condition():
    cell = "%%say\n**{change:+}**\nalways\n\n[if change > 0 and a[0] ] It rose.\n- by much\n\n[else]\nIt fell."
    assert [(p.condition, p.blocks) for p in paragraphs(cell.replace("a[0] ", "a"))] == [
        (None, (("", "**{change:+}** always"),)),
        ("change > 0 and a", (("", "It rose."), ("- ", "by much"))),
        ("else", (("", "It fell."),)),
    ]
    assert paragraphs(cell) == paragraphs(cell.removeprefix("%%say\n"))


def test_brackets_that_are_no_condition_are_text():
    assert [(p.condition, p.blocks[0][1]) for p in paragraphs("[iffy](a.html) it\n\n[else where] it\n\n[A](b) c")] == [
        (None, "[iffy](a.html) it"),
        (None, "[else where] it"),
        (None, "[A](b) c"),
    ]


def test_a_condition_without_a_sentence_says_nothing():
    assert paragraphs("%%say\n[if rose]\n\n[else] It fell.")[0].condition == "else"


def test_cells_of_sentences_are_known_by_their_first_line():
    assert is_say("%%say\nA.") and is_say("\n%%say\nA.") and not is_say("x = 1\n%%say") and not is_say("")
