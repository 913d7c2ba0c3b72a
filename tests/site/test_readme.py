"""README.md: it is what its source and the results say, and what it names exists."""

import re

import pytest
import yaml

from pipeline.data.cards import read_cards
from pipeline.errors import PipelineError
from pipeline.paths import CITATION, REPORTS, ROOT
from pipeline.site import readme, texts
from pipeline.site.article import MadeReport
from pipeline.site.readme import PAGE, README, current, exhibits, update
from pipeline.text.declarations import declarations

SOURCE = texts.source(PAGE, "en")


@pytest.fixture(scope="module")
def text() -> str:
    return current()


def test_it_is_current(text):
    assert README.read_text(encoding="utf-8") == text, "run: python -m pipeline readme"


def test_a_changed_result_changes_the_page(tmp_path, monkeypatch, text):
    path = tmp_path / "README.md"
    path.write_text(text, encoding="utf-8")
    assert update(path).endswith("is current.")
    values = readme.page_values

    def other(*given):
        found = values(*given)
        return found | {"yield_change.yield_after": texts.Value(99.9, "number", 1)}

    monkeypatch.setattr(readme, "page_values", other)
    assert update(path).endswith("written.")
    named = len(re.findall(r"\{yield_change\.yield_after\b", SOURCE))
    assert named and path.read_text(encoding="utf-8").count("99.9") == named


def test_an_unknown_result_is_named(monkeypatch):
    monkeypatch.setattr(texts, "source", lambda page, language: "It is {yield_change.nope}.")
    with pytest.raises(PipelineError, match=r"yield_change\.nope"):
        current()


def test_every_number_of_the_finding_is_read_from_a_result():
    """In "What was found" no number is typed, save years."""
    finding = SOURCE[SOURCE.index("**What was found.**") : SOURCE.index("![")]
    typed = re.sub(r"\{\w+\.\w+(:[+.0-9]+)?\}", "", finding)
    assert not re.findall(r"(?<!\d)(?!20\d\d\b)\d+", typed)


def test_files_and_links_that_it_names_exist(text):
    named = re.findall(r"\]\(([^)#]+)\)|`((?:data|reports|notebooks|pipeline|tests)/[\w./-]+)`", text)
    paths = [link or path for link, path in named if not link.startswith("http")]
    assert paths and [path for path in paths if not (ROOT / path).exists()] == []
    top = (
        "LICENSE",
        "LICENSES/CC-BY-4.0.txt",
        ".github/workflows/check.yml",
        "CITATION.cff",
        "params.yaml",
        "dvc.yaml",
        "environment.yml",
        "requirements.lock",
        "Makefile",
    )
    assert [name for name in top if not (ROOT / name).is_file()] == []


def test_the_page_for_newcomers_to_the_reports_names_files_that_exist():
    text = (REPORTS / "README.md").read_text(encoding="utf-8")
    linked = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if not link.startswith("http")]
    named = re.findall(r"`((?:[\w-]+/)*[\w-]+(?:\.\w+|/))`", text)
    folders = (REPORTS, ROOT, REPORTS / "yield_change")  # of one report it says what every one holds
    assert linked or named
    assert [name for name in (*linked, *named) if not any((folder / name).exists() for folder in folders)] == []


ORDER = (
    "Overview",
    "Data availability and provenance statements",
    "Dataset list",
    "Computational requirements",
    "Description of programs",
    "Instructions to replicators",
    "List of tables and programs",
    "References",
    "Acknowledgements",
)
"""The sections of the social science data editors' template, in its order."""


def test_its_sections_stand_in_the_order_of_the_template(text):
    found = re.findall(r"^## (.+)$", text, re.M)
    assert [heading for heading in found if heading in ORDER] == list(ORDER)


def test_a_newcomer_finds_answer_and_commands_before_any_statement(text):
    beginning = text[: text.index("## Data availability")]
    assert "**What was found.**" in beginning and len(beginning.split()) < 350
    assert "make reproduce" in beginning and "make test" in beginning and "<details>" not in beginning
    unfolded = re.sub(r"<details>.*?</details>", "", text, flags=re.S)
    assert len(unfolded.split()) < 2000, "it is to stay short; fold or cut"


def test_every_source_table_and_exhibit_is_listed_with_what_makes_it(text):
    cards = read_cards()
    assert [card.id for card in cards if f"| `{card.id}` |" not in text] == []
    assert [name for c in cards for name in c.tables if f"| `data/raw/{c.id}/{name}` |" not in text] == []
    listed = list(exhibits({name: MadeReport.read(name, REPORTS) for name in declarations()}))
    declared = {
        f"reports/{d.name}/{kind}/{name}"
        for d in declarations().values()
        for kind, names in (("figures", d.figures), ("tables", d.tables))
        for name in names
    }
    found = {each.file.rpartition(".")[0] for each in listed}
    assert found <= declared
    not_made = declared - found  # a table that a report shows only where there is something to show
    assert [name for name in not_made if len((ROOT / f"{name}.csv").read_text(encoding="utf-8").splitlines()) > 1] == []
    for each in listed:
        program = (ROOT / each.program).read_text(encoding="utf-8")
        assert each.function in program and f"| {each.report} | {each.label} |" in text
        assert all((ROOT / file).is_file() for file in (each.file, each.data) if file)
        assert "{" not in each.says and each.says.endswith(".")


def test_the_standard_is_answered_rule_by_rule(text):
    """The sixteen rules of the Data and Code Availability Standard 1.0, each with an answer and a place."""
    part = text[text.index("## Data and Code Availability Standard") : text.index("## References")]
    rules = re.findall(r"^\| (\d+) [^|]+ \| (yes|no|in part|does not apply) \| [^|]{10,} \|$", part, re.M)
    assert [int(number) for number, _ in rules] == list(range(1, 17))
    deposited = yaml.safe_load(CITATION.read_text(encoding="utf-8")).get("doi")
    assert dict(rules)["14"] == ("yes" if deposited else "no")
