"""The rules of verdicts stand on the methods page, in every language, as the code has them."""

import re

import pytest

from pipeline.ledger.model import AGREES, Authority, Verdict, read_ledger
from pipeline.ledger.verdicts import GRADES
from pipeline.ledger.wording import DOMAIN
from pipeline.site.texts import source
from pipeline.text.language import Catalogue, languages

HEADING = {"en": "How verdicts are made", "ky": "Корутундулар кантип чыгат", "ru": "Как выносятся вердикты"}


@pytest.fixture(params=languages())
def page(request):
    """The section of one language, and the catalogue of the ledger's words."""
    (section,) = re.findall(rf"(?ms)^### {HEADING[request.param]}$(.*?)^### ", source("methods", request.param))
    return section, Catalogue(request.param, DOMAIN)


def test_there_is_a_rule_for_every_verdict_and_for_no_other(page):
    section, t = page
    _, _, *verdicts = re.findall(r"(?m)^\| .* \| (.*?) \|$", section)  # after the head and its rule
    assert sorted(verdicts) == sorted(t(v.value) for v in Verdict)


def test_authorities_are_listed_by_their_rank(page):
    section, t = page
    ranked = sorted({a.rank for a in Authority if a != Authority.PAPER})
    groups = [", ".join(t(a.value) for a in Authority if a.rank == rank) for rank in ranked]
    assert "; ".join(groups) in section


def test_grades_are_listed_from_the_worst_and_the_three_that_agree_are_one(page):
    section, _ = page
    (listed,) = re.findall(r"(?m)^- \*\*[^*]+\*\* [^:]+: (.*)$", section)
    assert len(listed.split(";")) == len(GRADES)
    assert GRADES[-1] == set(AGREES) and len(AGREES) == 3
    if "contradicted" in listed:
        heads = ["contradicted", "not supported", "not testable", "not identified", "consistent", "compatible", "part"]
        assert all(head in group for head, group in zip(heads, listed.split(";"), strict=False))
        assert all(any(head in v for v in grade) for head, grade in zip(heads, GRADES, strict=False))


def test_a_wider_tolerance_has_its_reason():
    wider = [e.rule for e in read_ledger().claims if e.rule.kind == "number" and e.rule.tolerance is not None]
    assert wider and all(rule.because for rule in wider)
