"""From a number to its source: ids lead to the page that printed a figure, to statements, cards and reports."""

import re

import pytest

from pipeline.errors import PipelineError
from pipeline.paths import NOTEBOOKS
from pipeline.site.markdown import plain
from pipeline.site.origins import Origins, printed
from pipeline.site.references import linked, references
from pipeline.text.declarations import declarations
from pipeline.text.language import Catalogue
from pipeline.text.markdown import is_say
from pipeline.text.notebooks import read_notebook

FIND = Origins(Catalogue("en", "site"), lambda name: f"../{name}.html")


@pytest.mark.parametrize(
    "key, address, name",
    [
        ("eltr-99718", "https://eltr.kg/?p=99718", "El-TR (eltr.kg)"),
        ("hr206", "https://www.akchabar.kg/ru/news/", "Akchabar, 14 Aug 2024"),  # a figure: the page of its report
        ("ru-wheat-2024-nourl", "", "a stored page whose address is not known"),
        ("kabar-20241029", "", "Kabar News Agency, 29 Oct 2024 (address not known)"),
        ("nsc_wheat_yield/Osh/wheat/yield/2023", "../data.html#source-nsc_wheat_yield", "Wheat yield"),
        ("nsc_wheat_yield", "../data.html#source-nsc_wheat_yield", "Wheat yield"),
        ("T2-10", "../replication.html#claim-T2-10", "T2-10"),
        ("replication#verdict_T2_10", "../replication.html#claim-T2-10", ""),
        ("energy_hub#hub_p5", "../energy_hub.html", ""),
        ("https://example.org/a?b=1", "https://example.org/a?b=1", ""),
    ],
)
def test_an_id_leads_to_its_page(key, address, name):
    found = FIND(key)
    assert found.address.startswith(address) and bool(found.address) == bool(address)
    assert found.name.startswith(name)


def test_a_line_of_a_table_of_reports_is_the_row_of_that_line():
    """The first row stands on line 2; the same lines are the figures' ids in the harmonised tables."""
    from pipeline.data.cards import read_card, read_table

    rows = read_table(read_card("infrastructure"), "reported_infrastructure.csv")
    assert printed()["infrastructure/line2"][0] == (rows.iloc[0]["url"] or "")
    assert printed()[f"infrastructure/line{len(rows) + 1}"][1] == rows.iloc[-1]["publisher"]


def test_what_is_no_id_has_no_origin_and_a_run_alone_leads_to_no_page():
    assert FIND("no such thing") is None
    assert Origins(Catalogue("en", "site"), None)("T2-10").address == ""


def test_every_origin_that_a_declaration_names_is_a_column_or_a_source():
    wrong = [
        f"{name}, {table}: {key}"
        for name, declared in declarations().items()
        for table, of in declared.tables.items()
        for key in of.origins.values()
        if key not in of.csv_columns() and FIND(key) is None
    ]
    assert wrong == []


def test_every_work_that_an_article_cites_is_in_the_list():
    cited = re.compile(r"\b(?!January|August|October|Horizon|FP7)([A-Z][a-z]+(?:[A-Z][a-z]+)?) (\(?(?:19|20)\d\d)[,;)]")
    known = {(work.authors[-1], str(work.year)) for work in references()}
    for name in declarations():
        cells = read_notebook(NOTEBOOKS / f"{name}.ipynb").cells
        text = " ".join(" ".join(c.source.split()) for c in cells if c.cell_type == "markdown" or is_say(c.source))
        missing = {(author, year.strip("(")) for author, year in cited.findall(text)} - known
        assert not missing, name


def test_a_work_is_found_over_a_line_end_and_in_every_language():
    for text in ("Durbin and\nKoopman 2012", "Durbin жана Koopman 2012", "Durbin и Koopman (2012)"):
        html, works = linked(f"<p>{text}</p>")
        assert [work.id for work in works] == ["ref-durbin-2012"] and plain(html) == " ".join(text.split())


def test_the_list_of_works_is_sorted_and_its_dois_have_the_form_of_one(tmp_path):
    works = references()
    assert [w.authors[0] for w in works] == sorted(w.authors[0] for w in works)
    assert all(re.fullmatch(r"10\.\d{4,9}/\S+", w.doi) for w in works if w.doi)
    assert all(str(w.year) in w.reference and w.authors[-1] in w.reference for w in works)
    path = tmp_path / "references.yml"
    path.write_text("- {authors: [A], yeer: 2000}\n", encoding="utf-8")
    with pytest.raises(PipelineError, match="must list works with authors, year, reference"):
        references(path)
