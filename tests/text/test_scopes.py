"""Scopes of results: written in English into `results.json`, said in every language where a page shows them."""

import re

import pytest

from pipeline.paths import REPORTS
from pipeline.text.declarations import declarations
from pipeline.text.fill import NOT_DEFINED, retold
from pipeline.text.language import SOURCE_LANGUAGE, Catalogue, languages
from pipeline.text.results import read_results

MADE = [name for name, declared in declarations().items() if declared.results and (REPORTS / name).is_dir()]
NAMES = re.compile(r"FAOSTAT|Green Net Finland|RMSPE|max-T|data/raw")  # what stands in Latin letters in every language


@pytest.mark.parametrize("name", MADE)
@pytest.mark.parametrize("language", languages())
def test_every_scope_of_a_report_is_said_with_its_values(name, language):
    """A value that is read back into the wrong place, or a fragment that nobody translated, would stay English."""
    declared, t = declarations()[name], Catalogue(language, name)
    for result, written in read_results(name, REPORTS).items():
        of, *_ = written["scope"].partition(NOT_DEFINED)
        said = retold(of, result, declared, t)
        assert said is not None, (result, of)
        if language == SOURCE_LANGUAGE:
            assert said == of
        else:
            assert not re.search(r"[A-Za-z]{4,}|[{}]", NAMES.sub("", said)), (result, said)
