"""The brief: two pages in every language, the same bytes again, numbers from the results, text that is never code."""

import json
import re
import shutil

import pandas as pd
import pytest
import typst
from pypdf import PdfReader

from pipeline.errors import PipelineError
from pipeline.paths import REPORTS
from pipeline.site import brief as module
from pipeline.site.brief import brief_file, content, make, write
from pipeline.text.language import Catalogue, languages

EVIL = '<script>alert(1)</script> #panic("code") $x$ *b* `c` \\ @ref'


@pytest.fixture
def reports(tmp_path, panel, monkeypatch):
    """What the brief is made from, to be changed by a test."""
    monkeypatch.setattr("pipeline.text.parameters.load_panel", lambda: panel)
    for folder in ("results", "tables", "figures"):
        shutil.copytree(REPORTS / folder, tmp_path / folder)
    return tmp_path


def edit(reports, notebook, **values):
    path = reports / "results" / f"{notebook}.json"
    results = json.loads(path.read_text(encoding="utf-8"))
    for name, value in values.items():
        results[name]["value"] = value
    path.write_text(json.dumps(results), encoding="utf-8")


def text_of(pdf: bytes, folder) -> list[str]:
    path = folder / "made.pdf"
    path.write_bytes(pdf)
    return [re.sub(r"\s+", " ", page.extract_text()) for page in PdfReader(path).pages]


@pytest.mark.parametrize("language", languages())
def test_it_has_two_pages_and_every_sentence_stands_there(language, reports, tmp_path):
    pages = text_of(make(language, reports), tmp_path)
    assert len(pages) == 2
    whole = "".join(pages).replace(" ", "")
    told = content(Catalogue(language, "brief"), reports)
    wanted = [told["title"], told["question"], *told["answer"], *told["data"], *told["limits"], told["cite"]]
    wanted += [cell for row in (*told["sure"], *told["table"]["rows"]) for cell in row]
    for sentence in wanted:
        assert sentence.replace(" ", "") in whole, sentence


@pytest.mark.parametrize("language", languages())
def test_it_is_the_committed_brief_byte_for_byte(language, reports):
    assert make(language, reports) == make(language, reports) == (REPORTS / brief_file(language)).read_bytes()


def test_numbers_follow_the_results(reports):
    edit(reports, "other_oblasts", did_all=-9.87)
    found = " ".join(cell for row in content(Catalogue("ru", "brief"), reports)["sure"] for cell in row)
    assert "\u22129,87" in found


@pytest.mark.parametrize(
    "change, rose, headline",
    [(4.0, 7, module.ROSE_EVERYWHERE), (4.0, 6, module.ROSE_HERE), (0.0, 3, module.DID_NOT_RISE)],
)
def test_what_it_says_of_the_direction_follows_from_the_results(reports, change, rose, headline):
    edit(reports, "yield_change", change=change, oblasts_that_rose=rose)
    assert content(Catalogue("en", "brief"), reports)["answer"][0].startswith(headline)


def test_it_says_that_the_sign_turns_only_when_it_does(reports):
    t = Catalogue("en", "brief")
    assert module.SIGN_TURNS in content(t, reports)["answer"][1]
    edit(reports, "other_oblasts", did_without_chui=-0.2)
    assert module.SIGN_TURNS not in content(t, reports)["answer"][1]


def test_a_result_that_does_not_exist_leaves_its_sentence_out(reports, tmp_path):
    """Chui itself has no comparison without Chui."""
    edit(reports, "other_oblasts", did_without_chui=None)
    told = content(Catalogue("en", "brief"), reports)
    found = " ".join(cell for row in told["sure"] for cell in row)
    assert "Without Chui" not in found and "Difference to the simple mean of all others" in found
    assert len(text_of(make("en", reports), tmp_path)) == 2


def test_a_name_that_looks_like_code_is_shown_as_text(reports, tmp_path, monkeypatch):
    monkeypatch.setattr(Catalogue, "area", lambda self, name: EVIL)
    text = "".join(text_of(make("en", reports), tmp_path)).replace(" ", "")
    assert text.count(EVIL.replace(" ", "")) >= 7


def test_the_table_is_in_order_and_the_study_is_bold(reports):
    table = content(Catalogue("en", "brief"), reports)["table"]
    percent = pd.read_csv(REPORTS / "tables" / "yield_change-oblasts.csv")["percent"]
    assert [row[0] for row, bold in zip(table["rows"], table["bold"], strict=True) if bold] == ["Jalal-Abad"]
    assert table["rows"][0][4] == f"+{percent.max():.1f}" and len(table["rows"]) == len(percent)


def test_a_missing_result_is_named(reports):
    (reports / "results" / "power.json").unlink()
    with pytest.raises(PipelineError, match=r"results/power\.json does not exist.*pipeline report"):
        content(Catalogue("en", "brief"), reports)


def test_a_document_that_cannot_be_set_is_a_message(reports, monkeypatch):
    (reports / "figures" / "yield_change-slope.svg").unlink()
    with pytest.raises(PipelineError, match=r"Typst could not set the brief \(en\).*slope"):
        make("en", reports)


def test_all_languages_are_written(reports):
    assert write(reports).startswith("brief.en.pdf, brief.ky.pdf, brief.ru.pdf in ")
    for language in languages():
        assert (reports / brief_file(language)).read_bytes().startswith(b"%PDF-")


def test_the_fonts_are_those_of_the_packages_not_of_the_machine():
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)
    assert "Libertinus Serif" in fonts.families()
