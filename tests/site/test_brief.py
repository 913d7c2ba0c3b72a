"""The brief: two pages in every language, the same bytes again, numbers from the results, text that is never code."""

import re
import shutil
from dataclasses import replace

import pandas as pd
import pytest
import typst
from pypdf import PdfReader

from pipeline.errors import PipelineError
from pipeline.paths import REPORTS
from pipeline.site.article import MadeReport
from pipeline.site.brief import FIGURE, content, make
from pipeline.site.frame import BRIEF, tree
from pipeline.site.texts import page_values
from pipeline.text.declarations import declarations
from pipeline.text.fill import Value
from pipeline.text.language import Catalogue, languages
from pipeline.text.parameters import read_study

EVIL = '<script>alert(1)</script> #panic("code") $x$ *b* `c` \\ @ref'


@pytest.fixture(scope="module")
def values() -> dict[str, Value]:
    """What a brief may name, from the reports as they are."""
    made = {name: MadeReport.read(name, REPORTS) for name in declarations()}
    return page_values(made, read_study(), REPORTS, {})


def changed(values, report, **others):
    """The values, some results of a report replaced."""
    return values | {f"{report}.{name}": replace(values[f"{report}.{name}"], value=v) for name, v in others.items()}


def text_of(pdf: bytes, folder) -> list[str]:
    path = folder / "made.pdf"
    path.write_bytes(pdf)
    return [re.sub(r"\s+", " ", page.extract_text()) for page in PdfReader(path).pages]


@pytest.mark.parametrize("language", languages())
def test_it_has_two_pages_and_every_sentence_stands_there(language, values, tmp_path):
    pages = text_of(make(language, values), tmp_path)
    assert len(pages) == 2
    unbroken = re.compile("[ \u00a0\u2060]")  # between a number and its unit stands what keeps them together
    whole = unbroken.sub("", "".join(pages))
    told = content(Catalogue(language, "brief"), values)
    wanted = [told["title"], told["question"], *told["answer"], *told["data"], *told["limits"], told["cite"]]
    wanted += [cell for row in (*told["sure"], *told["table"]["rows"]) for cell in row]
    for sentence in wanted:
        assert unbroken.sub("", sentence) in whole, sentence


@pytest.mark.parametrize("language", languages())
def test_it_is_the_committed_brief_byte_for_byte(language, values):
    assert make(language, values) == (REPORTS / tree(language) / BRIEF).read_bytes()


def test_numbers_follow_the_results(values):
    other = changed(values, "synthesis", lead=-9.87)
    found = " ".join(cell for row in content(Catalogue("ru", "brief"), other)["sure"] for cell in row)
    assert "\u22129,87" in found


@pytest.mark.parametrize(
    "change, rose, words",
    [(4.0, 7, "Yields rose in every oblast"), (4.0, 6, "Yields rose in 6 of 7 oblasts"), (-1.0, 3, "yielded less")],
)
def test_what_it_says_of_the_direction_follows_from_the_results(values, change, rose, words):
    other = changed(values, "yield_change", change=change, oblasts_that_rose=rose)
    assert words in content(Catalogue("en", "brief"), other)["answer"][0]


def test_what_is_left_over_is_told_by_its_interval(values):
    t = Catalogue("en", "brief")
    assert "nothing unusual" in content(t, values)["answer"][1]
    other = changed(values, "synthesis", lead=2.0, lead_low=0.5, lead_high=3.5)
    assert "more than single years usually differ by" in content(t, other)["answer"][1]


def test_a_result_that_does_not_exist_leaves_its_sentence_out(values, tmp_path):
    """Where no comparison could be made, none is told."""
    other = changed(values, "synthesis", lead=None, lead_low=None, lead_high=None)
    found = " ".join(cell for row in content(Catalogue("en", "brief"), other)["sure"] for cell in row)
    assert "By its own response" not in found and "the interval holds zero" in found
    assert len(text_of(make("en", other), tmp_path)) == 2


def test_a_name_that_looks_like_code_is_shown_as_text(values, tmp_path, monkeypatch):
    monkeypatch.setattr(Catalogue, "area", lambda self, name: EVIL)
    text = "".join(text_of(make("en", values), tmp_path)).replace(" ", "")
    assert text.count(EVIL.replace(" ", "")) >= 7


def test_the_table_is_in_order_and_the_study_is_bold(values):
    table = content(Catalogue("en", "brief"), values)["table"]
    percent = pd.read_csv(REPORTS / "yield_change" / "tables" / "oblasts.csv")["percent"]
    assert [row[0] for row, bold in zip(table["rows"], table["bold"], strict=True) if bold] == ["Jalal-Abad"]
    assert table["rows"][0][4] == f"+{percent.max():.1f}" and len(table["rows"]) == len(percent)


def test_a_document_that_cannot_be_set_is_a_message(values, tmp_path):
    shutil.copytree(REPORTS / "yield_change" / "tables", tmp_path / "yield_change" / "tables")
    with pytest.raises(PipelineError, match=rf"(?s)Typst could not set the brief \(en\).*{FIGURE}"):
        make("en", values, tmp_path)


def test_the_fonts_are_those_of_the_packages_not_of_the_machine():
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)
    assert "Libertinus Serif" in fonts.families()
