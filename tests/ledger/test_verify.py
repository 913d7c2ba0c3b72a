"""The stage `verify`: what it writes, and that it writes nothing when a verdict is not the expected one."""

import io
import json
import re
import shutil
from pathlib import PurePosixPath

import pandas as pd
import pytest
import yaml

from pipeline.data.cards import GROUPS, record
from pipeline.errors import DataError
from pipeline.ledger import tables
from pipeline.ledger.model import LEDGER, read_ledger
from pipeline.ledger.verify import TABLES, files, verify
from pipeline.run.stages import stages
from pipeline.text.fill import NOT_DEFINED
from pipeline.text.parameters import read_study
from pipeline.text.results import results_file
from tests.ledger.small_paper import NUMBER, entry, replication_of

OUTPUTS = {
    "README.md",
    "results.json",
    "tables/statements.csv",
    "tables/findings.csv",
    "tables/inconsistencies.csv",
    "tables/referee_map.csv",
    "tables/summary.csv",
}


def run(project, folder, **other):
    places = {"interim": project.interim, "exposures": project.exposures, "panel": project.panel}
    return verify(folder, **(places | other))


def there(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def copied_results(folder):
    """The results of the reports that the ledger names, to damage."""
    for name in read_ledger().reports:
        (folder / name).mkdir(parents=True)
        shutil.copyfile(results_file(name), results_file(name, folder))
    return folder


def within(path, declared):
    """Whether a stage declares a file, by its name or by a folder that it lies in."""
    return any(PurePosixPath(path).is_relative_to(output) for output in declared)


def test_a_file_holds_the_columns_of_its_table_and_of_each_result_a_line_of_its_own():
    """A column of row numbers would be a change in every row after one; a result that changed shows as its lines."""
    twice = {"id": "twice", "what": "w", "places": ["a"], "same_references": [1, 3]}
    made = replication_of(entry("N1", NUMBER, against=[{"value": "evidence.csv#e2"}]), inconsistencies=[twice])
    written = files(made)
    assert set(written) == OUTPUTS
    for name, make in TABLES.items():
        assert list(pd.read_csv(io.StringIO(written[f"tables/{name}.csv"])).columns) == list(make(made).columns)
    assert json.loads(written["results.json"]) == tables.results(made)
    assert ' "verdict_N1": {\n  "value": "reproduced",\n' in written["results.json"]


@pytest.fixture(scope="module")
def verified(built, tmp_path_factory):
    folder = tmp_path_factory.mktemp("replication")
    run(built, folder)
    return folder


def test_it_writes_what_its_stage_declares_the_same_twice(built, verified, tmp_path):
    sentence = run(built, tmp_path)
    assert re.match(r"\d+ verdicts computed, each as the ledger expects. Read them: .*/README.md", sentence)
    assert there(tmp_path) == there(verified)
    assert set(there(verified)) == OUTPUTS
    declared = set(stages()["verify"].kept)
    assert all(within(f"reports/replication/{path}", declared) for path in OUTPUTS)
    assert all(output.startswith("reports/replication") for output in declared)


def test_the_files_agree_with_each_other(verified):
    results = json.loads((verified / "results.json").read_text(encoding="utf-8"))
    statements = pd.read_csv(verified / "tables/statements.csv", keep_default_na=False)
    report = (verified / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^### (\S+) · (.*)$", report, re.MULTILINE) == list(
        statements[["claim_id", "verdict"]].itertuples(index=False, name=None)
    )
    for row in statements.itertuples():
        assert results[f"verdict_{row.claim_id.replace('-', '_')}"]["value"] == row.verdict
    assert results["statements"]["value"] == len(statements)
    assert results["statements_not_supported"]["value"] == (statements["verdict"] == "not supported").sum()


def test_the_stage_depends_on_the_results_that_the_ledger_names_and_on_no_others():
    stage = stages()["verify"]
    read = {PurePosixPath(dep).parts[1] for dep in stage.deps if dep.startswith("reports/")}
    assert read == set(read_ledger().reports)
    assert {"data/ledger.yml", "data/interim/context", "data/processed/exposures.csv"} <= set(stage.deps)


def test_it_runs_before_the_pages_are_made():
    assert within("reports/replication/results.json", stages()["publish"].deps)


def test_every_report_is_either_the_studys_or_says_the_same_for_every_study():
    """Results of the chosen oblast are no evidence on the paper's when another one is chosen."""
    assert set(read_ledger().study.results) == {"data_audit", "yield_change", "history", "other_oblasts", "cold_chain"}
    paper, default = read_ledger().study, read_study()
    assert {name: default[name] for name in ("oblast", "crop", "year_before", "year_after")} == paper.model_dump(
        exclude={"results"}
    )


def test_another_study_changes_no_verdict(built, verified, tmp_path):
    run(built, tmp_path, study={"oblast": "Osh", "crop": "barley", "year_before": 2001, "year_after": 2002})
    assert there(tmp_path)["results.json"] != b""
    mine, paper = (pd.read_csv(folder / "tables/statements.csv") for folder in (tmp_path, verified))
    assert mine["verdict"].equals(paper["verdict"])
    assert "> The notebooks ran for Osh, barley, 2001 and 2002" in there(tmp_path)["README.md"].decode()


def test_results_that_another_study_does_not_have_are_shown_as_not_defined(built, verified, tmp_path):
    """Chui cannot be compared without Chui, and two years far apart have no rank among changes."""
    made = copied_results(tmp_path / "made")
    for report, name in (("other_oblasts", "did_without_chui"), ("history", "change_rank")):
        path = results_file(report, made)
        values = json.loads(path.read_text(encoding="utf-8"))
        values[name] |= {"value": None, "scope": f"{values[name]['scope']}{NOT_DEFINED}no such case"}
        path.write_text(json.dumps(values), encoding="utf-8")
    study = {"oblast": "Chui", "crop": "wheat", "year_before": 2023, "year_after": 2024}
    run(built, tmp_path / "chui", reports=made, study=study)
    mine, paper = (pd.read_csv(folder / "tables/statements.csv") for folder in (tmp_path / "chui", verified))
    assert mine["verdict"].equals(paper["verdict"])
    rows = [line for line in there(tmp_path / "chui")["README.md"].decode().split("\n") if "not defined" in line]
    assert rows and all("not defined: no such case" in row for row in rows)
    assert not any("not defined (" in row for row in rows)  # said once, by the scope
    with pytest.raises(DataError, match="change_rank is None, not a number"):  # for the paper's own study it must exist
        run(built, tmp_path / "paper", reports=made)


# What stops it ------------------------------------------------------------------------------------------------------


def judged_again(project, source, reports):
    """The whole way from damaged raw tables of a source, accepted as a new release, to verdicts."""
    record(source, project.raw)
    project.ingest(*GROUPS)
    project.harmonise()
    return run(project, reports)


def nothing_written(tmp_path):
    return not (tmp_path / "replication").exists()


def test_one_changed_raw_figure(project, tmp_path):
    """Small hydropower of 2023: 196.7 million kWh become 19.67, which is less than 1 % of 5 to 8 billion."""
    project.edit(
        project.raw / "nsc_sdg_national" / "indicators.csv",
        "2023,small_hydropower_generation,196.7",
        "2023,small_hydropower_generation,19.67",
    )
    with pytest.raises(DataError, match="E05: expected «contradicted», computed «") as refusal:
        judged_again(project, "nsc_sdg_national", tmp_path / "replication")
    assert "small_hydropower_generation/2023" in str(refusal.value)
    assert "See what changed in the data; if the new verdict is right" in str(refusal.value)
    assert nothing_written(tmp_path)


def test_one_changed_row_of_evidence(project, tmp_path):
    """The programme of 2029 is there (ev073); a page that said the contrary would change I01, and P01 with it."""
    project.edit(
        project.raw / "paper_claims" / "evidence.csv",
        "n.d. (after 2025-09-01),yes,It also sets",
        "n.d. (after 2025-09-01),no,It also sets",
    )
    with pytest.raises(DataError, match="I01: expected «supported», computed «contradicted»"):
        judged_again(project, "paper_claims", tmp_path / "replication")
    assert nothing_written(tmp_path)


def test_a_row_of_evidence_that_the_ledger_does_not_know(project, tmp_path):
    path = project.raw / "paper_claims" / "evidence.csv"
    with path.open("a", encoding="utf-8", newline="") as file:
        file.write("ev999,E02,150,bn kWh per year,2026,somebody,https://example.org,2026-01-01,no,new\n")
    with pytest.raises(DataError, match="data/ledger.yml holds nothing against ev999. Name each under its statement"):
        judged_again(project, "paper_claims", tmp_path / "replication")


DEFICIT = "value: consumption - hydro - thermal"
CONSUMPTION = "consumption: exposures.csv#infrastructure/line134"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (DEFICIT, "value: consumption - hydro - 2 * thermal", "E08: expected «supported», computed «part of it shown»"),
        (DEFICIT, "value: consumption - hydro", r"uses \['consumption', 'hydro'\], `with` names"),
        (
            CONSUMPTION,
            "consumption: exposures.csv#infrastructure/L134",
            "E08: exposures.csv#infrastructure/L134 does not exist. Nearest: infrastructure/line",
        ),
        (CONSUMPTION, "consumption: exposure.csv#infrastructure/line134", "E08: exposure.csv#.*names a file the"),
        ("{id: A02, rule: {kind: causal}", "{id: A02, rule: {kind: existence}", "A02: a statement of the kind causal"),
    ],
    ids=["another factor", "an input left out", "an address", "a file", "a cause as a fact"],
)
def test_one_changed_line_of_the_ledger(built, tmp_path, old, new, message):
    path = tmp_path / "ledger.yml"
    text = LEDGER.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(DataError, match=message):
        run(built, tmp_path / "replication", ledger=path)
    assert nothing_written(tmp_path)


def test_an_expectation_that_nobody_may_type(built, tmp_path):
    """A causal statement cannot be made true by expecting it."""
    raw = yaml.safe_load(LEDGER.read_text(encoding="utf-8"))
    next(entry for entry in raw["claims"] if entry["id"] == "M03")["expects"] = "supported"
    path = tmp_path / "ledger.yml"
    path.write_text(yaml.safe_dump(raw), encoding="utf-8")
    with pytest.raises(DataError, match="M03: expected «supported», computed «not identified by this design»"):
        run(built, tmp_path / "replication", ledger=path)


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "history/results.json does not exist"), ("", "history/results.json is not readable as JSON")],
)
def test_a_result_file_that_is_missing_or_empty(built, tmp_path, content, message):
    made = copied_results(tmp_path / "made")
    results_file("history", made).unlink()
    if content is not None:
        results_file("history", made).write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        run(built, tmp_path / "replication", reports=made)


def test_a_statement_with_markup_shows_as_text(project, tmp_path):
    project.edit(
        project.raw / "paper_claims" / "claims.csv",
        "Waste management is especially acute",
        "<script>alert(1)</script> Waste management is especially acute",
    )
    judged_again(project, "paper_claims", tmp_path / "replication")
    report = (tmp_path / "replication" / "README.md").read_text(encoding="utf-8")
    assert "<script" not in report and "&lt;script&gt;alert(1)&lt;/script&gt; Waste management" in report
