"""How to cite: CITATION.cff is valid and agrees with the project; pages say version, date and what is not known."""

import json
import re
import tomllib
from pathlib import Path

import jsonschema
import pytest
import yaml
from lxml import html

from pipeline.errors import PipelineError
from pipeline.paths import CITATION, ROOT
from pipeline.site.citation import Citation, Work
from pipeline.site.frame import Frame
from pipeline.site.publish import _citations
from pipeline.site.texts import source, text_page
from pipeline.text.fill import Value
from pipeline.text.language import Catalogue, languages

SCHEMA = Path(__file__).parent / "schemas" / "citation-file-format-1.2.0.json"
GIVEN = yaml.safe_load(CITATION.read_text(encoding="utf-8"))


def test_the_file_is_valid_by_the_schema_of_its_format():
    plain = yaml.load(CITATION.read_text(encoding="utf-8"), yaml.BaseLoader)  # the schema reads a date as a text
    jsonschema.validate(plain, json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert plain["cff-version"] == "1.2.0"


def test_version_and_licence_are_the_project_s():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (str(GIVEN["version"]), GIVEN["license"]) == (project["version"], project["license"])
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert licence.startswith(f"{GIVEN['license']} License") and GIVEN["authors"][0]["name"] in licence
    texts = re.search(r"LICENSES/\S+\.txt", licence).group()
    assert "Attribution 4.0 International" in (ROOT / texts).read_text(encoding="utf-8")


def test_the_reference_and_its_bibtex():
    work = Work(("A, B", "The team"), "50 % more", version="2", year="2026", doi="10.1/x", url="https://doi.org/10.1/x")
    assert work.reference() == "A, B; The team (2026). 50 % more. Version 2. https://doi.org/10.1/x."
    assert "author = {A, B and {The team}}" in work.bibtex("k") and r"title = {{50 \% more}}" in work.bibtex("k")
    assert "doi = {10.1/x}" in work.bibtex("k") and work.bibtex("k").startswith("@misc{k,")


def test_what_is_known_is_read_and_what_is_not_is_left_out(tmp_path):
    path = tmp_path / "CITATION.cff"
    path.write_text(yaml.safe_dump(GIVEN | {"doi": "10.5/y"}, allow_unicode=True), encoding="utf-8")
    with_doi, now = Citation.read(path).project, Citation.read()
    assert with_doi.url == "https://doi.org/10.5/y" and "10.5/y" in with_doi.reference()
    assert (now.project.doi, now.project.url) == ("", "") and now.project.bibtex("k").startswith("@software{k,")
    assert now.project.year == str(GIVEN["date-released"])[:4] and now.paper.year == ""
    path.write_text("title: x\n", encoding="utf-8")
    with pytest.raises(PipelineError, match="must give title, authors and license"):
        Citation.read(path)


@pytest.mark.parametrize("language", languages())
def test_a_page_says_version_date_and_that_there_is_no_doi(language):
    values = {name: Value(text, "text") for name, text in _citations(Citation.read()).items()}
    page = html.fromstring(Frame(language, {}, alone=True).render(text_page("cite", values, language)))
    footer = " ".join(page.find(".//footer").text_content().split())
    project, t = Citation.read().project, Catalogue(language, "site")
    assert project.reference() in footer and project.version in footer
    assert (
        t.date(project.released) in footer.replace("\u00a0", " ")
        and t("It has no DOI yet; name the version.") in footer
    )
    body = page.find(".//main").text_content()
    assert project.released in body and "@software{" in body


def test_the_pages_say_that_there_is_no_doi_only_while_there_is_none():
    """They are written by hand, in three languages."""
    assert not {"doi", "url", "repository-code", "identifiers"} & GIVEN.keys(), "mend «DOI and address» in cite.*.md"
    assert all("DOI" in source("cite", language) for language in languages())
