"""The examples in docstrings are true."""

import doctest

import pytest

from pipeline import cards, harmonise, panel, vocabulary


@pytest.mark.parametrize("module", [cards, harmonise, panel, vocabulary], ids=lambda module: module.__name__)
def test_examples_of_docstrings(module):
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
