"""dvc.yaml says the truth: what each stage uses and writes, and that reports/ holds nothing else."""

import re
from pathlib import Path

import pytest
import yaml

from pipeline.data.cards import read_card, read_table
from pipeline.errors import PipelineError
from pipeline.paths import DATA, REPORTS, ROOT
from pipeline.run.stages import digest, read_stages, stage
from pipeline.studies.recommendations.analysis import report_of
from pipeline.text.language import languages
from pipeline.text.parameters import NOTEBOOKS
from tests.imports import closure, used_by_notebook

STAGES = read_stages()
MODULES = {
    "ingest_statistics_committee": "ingest", "ingest_jalal_abad": "ingest", "ingest_context": "ingest",
    "data_card": "data_card", "harmonise": "harmonise", "check": "checks", "verify": "verify",
    "publish": "publish",
}  # fmt: skip


# The paper's statements, evidence on them, and its tables: words, not figures.
WORDS = ("data/interim/context/paper_claims/", "data/interim/context/paper_tables/")


def code(name):
    return {d for d in STAGES[name].deps if d.endswith(".py")}


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_stage_depends_on_every_module_it_uses(name):
    """A forgotten module would leave a report stale; a needless one would rerun it for nothing."""
    assert code(name) == used_by_notebook(name)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_stage_depends_on_its_translations(name):
    wanted = {f"pipeline/locale/{lang}/{d}.po" for lang in languages() if lang != "en" for d in ("common", name)}
    assert {d for d in STAGES[name].deps if d.endswith(".po")} == wanted


@pytest.mark.parametrize("name, module", MODULES.items())
def test_a_data_stage_depends_on_every_module_it_uses(name, module):
    assert code(name) == closure({f"pipeline/{module}.py"})


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_is_frozen_by_its_own_stage(name):
    frozen = STAGES[f"freeze@{name}"]
    assert frozen.outs[0] in STAGES[name].deps and frozen.deps[0] == f"notebooks/{name}.ipynb"
    assert f"notebooks/{name}.ipynb" not in STAGES[name].deps  # or saving in JupyterLab would make the report stale
    assert code(f"freeze@{name}") == closure({"pipeline/notebooks.py"})


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_nothing_runs_on_data_that_were_not_checked(name):
    """The paper's words are read as they were ingested: their cards have checked them, nothing is to be harmonised."""
    assert "data/processed/checks.json" in STAGES[name].deps
    others = [d for d in STAGES[name].deps if not d.startswith(WORDS)]
    assert not [d for d in others if d.startswith(("data/raw", "data/interim", "reports/notebooks"))]


def test_every_dependency_is_a_file_or_what_another_stage_writes():
    written = {out for s in STAGES.values() for out in s.outs}
    for s in STAGES.values():
        for dep in s.deps:
            assert dep in written or (ROOT / dep).exists(), f"{s.name}: {dep}"


def test_every_file_of_reports_is_written_by_one_stage():
    outs = [out for s in STAGES.values() for out in s.outs]
    assert len(outs) == len(set(outs))
    there = {
        p.relative_to(ROOT).as_posix()
        for p in REPORTS.rglob("*")
        if p.is_file() and ".ipynb_checkpoints" not in p.parts
    }
    declared = {out for out in outs if out.startswith("reports/")}
    folders = {out for out in declared if "." not in out}
    within = {next((f for f in folders if path.startswith(f"{f}/")), path) for path in there}
    assert within == declared


def test_reports_survive_a_failed_run():
    """DVC deletes outputs before it runs a stage, unless they are marked `persist`."""
    for name, entry in yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"].items():
        for out in entry.get("do", entry)["outs"]:
            path, options = next(iter(out.items())) if isinstance(out, dict) else (out, {})
            if path.startswith("reports/") or path == "data/README.md":
                assert options == {"cache": False, "persist": True}, f"{name}: {path}"


def test_every_source_is_read_by_the_stage_of_its_group():
    from pipeline.data.cards import read_cards

    for card in read_cards():
        assert f"data/raw/{card.id}" in STAGES[f"ingest_{card.group}"].deps


def test_nothing_depends_on_reports_but_what_looks_back_on_them():
    """Pages are made of notebooks; verdicts, what follows for the proposals, and the brief, of result values."""
    for s in STAGES.values():
        if s.name != "publish":
            assert not [d for d in s.deps if d.startswith("reports/notebooks")], s.name
        if s.name not in ("publish", "verify", "recommendations", "brief"):
            assert not [d for d in s.deps if d.startswith("reports/")], s.name


def test_the_recommendations_depend_on_the_results_that_they_are_linked_to():
    links = read_table(read_card("paper_tables"), "recommendation_links.csv")
    named = {f"reports/{report_of(address)}/results.json" for address in links["address"]}
    assert {d for d in STAGES["recommendations"].deps if d.startswith("reports/")} == named


def test_dvc_phones_nobody():
    config = (ROOT / ".dvc" / "config").read_text(encoding="utf-8")
    assert re.search(r"analytics = false", config) and re.search(r"check_update = false", config)


def test_unknown_stage_and_missing_file_are_named():
    with pytest.raises(PipelineError, match="no stage 'nope'. Stages: ingest_statistics_committee"):
        stage("nope")
    with pytest.raises(PipelineError, match="no/such/file does not exist"):
        digest(["no/such/file"])


def test_a_digest_depends_on_names_and_contents(tmp_path: Path):
    (tmp_path / "a").write_text("1")
    (tmp_path / "b").write_text("2")
    first = digest(["a", "b"], tmp_path)
    assert first == digest(["b", "a"], tmp_path) != digest(["a"], tmp_path)
    (tmp_path / "a").write_text("2")
    (tmp_path / "b").write_text("1")
    assert digest(["a", "b"], tmp_path) != first


def test_processed_data_are_not_committed():
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8")
    assert "/data/interim/" in ignored and "/data/processed/" in ignored and DATA.is_dir()


@pytest.mark.parametrize("name", ["brief", "publish"])
def test_a_stage_depends_on_every_parameter_it_reads(name):
    """Those that its modules name; a notebook's own are in `params` of its stage by its name."""
    entry = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"][name]
    sources = "".join((ROOT / module).read_text(encoding="utf-8") for module in code(name))
    assert {*re.findall(r'read_parameters\("(\w+)"\)', sources), "study"} - set(entry["params"]) == set()
    assert "read_parameters(" in sources
