"""dvc.yaml is what the declarations say, and that is true: what each stage uses, reads and writes."""

import ast
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
import yaml

from pipeline.data.cards import read_card, read_cards, read_table
from pipeline.errors import DeclarationError, PipelineError
from pipeline.ledger.model import read_ledger
from pipeline.paths import NOTEBOOKS, PARAMETERS, ROOT, STAGES
from pipeline.run import stages as module
from pipeline.run.stages import as_yaml, digest, files_of, report_stage, stages, write_stages
from pipeline.run.steps import STEPS
from pipeline.studies.recommendations.analysis import report_of
from pipeline.text.declarations import declaration, declarations
from pipeline.text.language import SOURCE_LANGUAGE, languages
from pipeline.text.markdown import is_say
from pipeline.text.notebooks import read_notebook
from tests.test_rooms import MODULES, imports_of, module_name

REPORTS = list(declarations())
ALL = stages()
FIRST = {
    "ingest": {"pipeline.data.ingest"},
    "harmonise": {"pipeline.data.harmonise"},
    "check-data": {"pipeline.data.checks"},
    "freeze": {"pipeline.text.notebooks"},
    "verify": {"pipeline.ledger.verify"},
    "publish": {"pipeline.site.publish", "pipeline.site.data_card"},
}
"""What each step imports first; the rest follows."""

FILES = {module_name(path): path.relative_to(ROOT).as_posix() for path in MODULES}
ARROWS = {module_name(path): imports_of(path) for path in MODULES}


def used(modules: set[str]) -> set[str]:
    """Files of these modules and of all that they import, packages that only hold their docstring left out."""
    seen, waiting = set(), set(modules)
    while waiting:
        name = waiting.pop()
        seen.add(name)
        waiting |= ARROWS[name] - seen
    return {FILES[name] for name in seen if not FILES[name].endswith("__init__.py")}


def used_by_article(name: str) -> set[str]:
    cells = read_notebook(NOTEBOOKS / f"{name}.ipynb").cells
    source = "\n".join(c.source for c in cells if c.cell_type == "code" and not is_say(c.source))
    named: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            named |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            named |= {alias.name for alias in node.names}
    return used(named & set(FILES))


def covered(path: str, deps: tuple[str, ...]) -> bool:
    return any(path == dep or path.startswith(f"{dep}/") for dep in deps)


def test_dvc_yaml_is_what_the_declarations_say():
    assert STAGES.read_text(encoding="utf-8") == as_yaml(), "run: python -m pipeline stages"


def test_dvc_yaml_is_written_only_when_it_changes(tmp_path):
    path = tmp_path / "dvc.yaml"
    assert write_stages(path) and not write_stages(path)
    path.write_text("stages: {}", encoding="utf-8")
    assert write_stages(path) and path.read_text(encoding="utf-8") == as_yaml()


def test_every_report_has_a_stage_and_every_stage_a_step():
    assert set(REPORTS) <= set(ALL)
    for stage in ALL.values():
        python, m, pipeline, step, *_ = stage.command.split()
        assert (python, m, pipeline) == ("python", "-m", "pipeline") and step in STEPS, stage.command


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_depends_on_every_module_it_uses(name):
    """A forgotten module would leave a report stale."""
    deps = ALL[name].deps
    assert sorted(path for path in used_by_article(name) if not covered(path, deps)) == []


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_depends_on_no_other_article_study_or_translation(name):
    """A needless dependency would run it for nothing: a comma in a sentence, another report's study."""
    deps = ALL[name].deps
    assert [d for d in deps if d.startswith("notebooks/")] == [f"notebooks/{name}.yml"]  # saving the article leaves it
    assert [d for d in deps if d.startswith("build/")] == [f"build/notebooks/{name}.ipynb"]
    assert not [d for d in deps if d.startswith(("pipeline/locale", "pipeline/site", "params.yaml"))]
    needless = [
        d
        for d in deps
        if d.startswith("pipeline/studies/") and not any(covered(path, (d,)) for path in used_by_article(name))
    ]
    assert needless == []


@pytest.mark.parametrize("name", [s for s, stage in ALL.items() if s not in REPORTS])
def test_another_stage_depends_on_every_module_it_uses(name):
    stage = ALL[name]
    step = stage.command.split()[3]
    assert sorted(path for path in used(FIRST[step]) if not covered(path, stage.deps)) == []


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_runs_on_checked_data_and_on_the_packages_that_are_locked(name):
    """The paper's words are read as they were ingested: their cards have checked them, nothing is to be harmonised."""
    deps = ALL[name].deps
    assert {"data/processed/checks.json", "data/vocabulary", "requirements.lock"} <= set(deps)
    words = ("data/interim/context/paper_claims/", "data/interim/context/paper_tables/")
    assert not [d for d in deps if d.startswith(("data/raw", "data/interim")) and not d.startswith(words)]


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_stale_when_a_parameter_that_it_takes_changes_and_by_no_other(name):
    assert set(ALL[name].params) == {f"study.{p}" for p in declaration(name).study}
    known = yaml.safe_load(PARAMETERS.read_text(encoding="utf-8"))["study"]
    assert set(declaration(name).study) <= set(known)


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_writes_its_folder_and_what_it_declares(name):
    declared, folder = declaration(name), f"reports/{name}"
    parts = {"results.json": declared.results, "figures": declared.figures, "tables": declared.tables}
    wanted = {f"{folder}/notebook.ipynb", *(f"{folder}/{part}" for part, there in parts.items() if there)}
    assert set(ALL[name].kept) == wanted and ALL[name].outs == ()


def test_every_dependency_is_there_or_what_another_stage_writes():
    written = {out for stage in ALL.values() for out in (*stage.outs, *stage.kept)}
    for stage in ALL.values():
        for dep in stage.deps:
            made = dep in written or any(dep.startswith(f"{out}/") or out.startswith(f"{dep}/") for out in written)
            assert made or (ROOT / dep).exists(), f"{stage.name}: {dep}"


def test_a_dependency_is_named_once():
    doubled = {s.name: [d for d, n in Counter(s.deps).items() if n > 1] for s in ALL.values()}
    assert {name: deps for name, deps in doubled.items() if deps} == {}


def test_no_two_stages_write_into_one_place():
    """DVC refuses outputs that overlap."""
    outs = [out for stage in ALL.values() for out in (*stage.outs, *stage.kept)]
    assert len(outs) == len(set(outs))
    assert [(a, b) for a in outs for b in outs if b.startswith(f"{a}/")] == []


def test_stages_have_no_circle():
    makers = {out: s.name for s in ALL.values() for out in (*s.outs, *s.kept)}
    needs = {
        s.name: {maker for out, maker in makers.items() for d in s.deps if covered(out, (d,)) or covered(d, (out,))}
        for s in ALL.values()
    }
    order: list[str] = []
    while len(order) < len(needs):
        ready = [name for name in needs if name not in order and needs[name] <= set(order)]
        assert ready, {name: needs[name] - set(order) for name in needs if name not in order}
        order += ready


def test_every_file_of_reports_is_written_by_a_stage():
    kept = tuple(out for stage in ALL.values() for out in stage.kept)
    there = [path for path in files_of(("reports",)) if ".ipynb_checkpoints" not in path]
    assert [path for path in there if not covered(path, kept)] == []


def test_reports_survive_a_failed_run():
    """DVC deletes outputs before it runs a stage, unless they are marked `persist`."""
    for name, entry in yaml.safe_load(as_yaml())["stages"].items():
        for out in entry["outs"]:
            path, options = next(iter(out.items())) if isinstance(out, dict) else (out, {})
            if path.startswith("reports/") or path == "data/README.md":
                assert options == {"cache": False, "persist": True}, f"{name}: {path}"


def test_every_source_is_read_by_the_stage_of_its_group():
    for card in read_cards():
        assert f"data/raw/{card.id}" in ALL[f"ingest_{card.group}"].deps


def test_nothing_depends_on_reports_but_what_looks_back_on_them():
    """Pages are made of notebooks; verdicts of result values; a report of those that its declaration names."""
    for stage in ALL.values():
        if stage.name != "publish":
            assert not [d for d in stage.deps if d.endswith("/notebook.ipynb")], stage.name
        if stage.name not in ("publish", "verify"):
            back = [d for d in stage.deps if d.startswith("reports/")]
            assert back == [d for d in declarations()[stage.name].inputs if d.startswith("reports/")] if back else True


def test_the_recommendations_depend_on_the_results_that_they_are_linked_to():
    links = read_table(read_card("paper_tables"), "recommendation_links.csv")
    named = {f"reports/{report_of(address)}/results.json" for address in links["address"]}
    assert {d for d in ALL["recommendations"].deps if d.startswith("reports/")} == named


def test_pages_depend_on_every_language_and_article():
    publish = ALL["publish"]
    assert "pipeline/locale" in publish.deps
    assert {f"reports/{name}/notebook.ipynb" for name in REPORTS} <= set(publish.deps)
    trees = {f"reports/{language}" for language in languages() if language != SOURCE_LANGUAGE}
    assert trees <= set(publish.kept) and {f"reports/{name}/index.html" for name in REPORTS} <= set(publish.kept)


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A copy of the articles and declarations, of which the stages are made."""
    folder = tmp_path / "notebooks"
    shutil.copytree(NOTEBOOKS, folder, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    monkeypatch.setattr(module, "NOTEBOOKS", folder)
    monkeypatch.setattr(module, "declarations", lambda: declarations(folder))
    return folder


def test_an_article_with_its_declaration_has_a_stage_and_nothing_else_is_edited(copy):
    before = yaml.safe_load(as_yaml())["stages"]
    shutil.copyfile(copy / "power.ipynb", copy / "made.ipynb")
    (copy / "made.yml").write_text(
        "group: evidence\norder: 9\nstudy: [crop]\ninputs: [data/processed/panel.csv]\n"
        "results: {change: [c/ha, 1, made]}\n",
        encoding="utf-8",
    )
    declarations.cache_clear()
    after = yaml.safe_load(as_yaml())["stages"]
    made = after.pop("made")
    assert made["cmd"] == "python -m pipeline run made --stage" and made["params"] == ["study.crop"]
    assert made["desc"] == before["power"]["desc"]  # the title of its article
    assert {"build/notebooks/made.ipynb", "notebooks/made.yml", "data/processed/panel.csv"} <= set(made["deps"])
    assert [next(iter(out)) for out in made["outs"]] == ["reports/made/notebook.ipynb", "reports/made/results.json"]
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"freeze", "publish"}  # no other report runs for it, and the ledger does not name it


def test_a_declaration_without_its_article_is_refused(copy):
    (copy / "made.yml").write_text("group: evidence\norder: 9\n", encoding="utf-8")
    declarations.cache_clear()
    with pytest.raises(PipelineError, match=r"made\.ipynb does not exist"):
        as_yaml()


def test_a_broken_declaration_is_refused_with_its_place(copy):
    (copy / "power.yml").write_text("group: nowhere\norder: 9\n", encoding="utf-8")
    with pytest.raises(DeclarationError, match=r"power\.yml.*group is 'nowhere'"):
        as_yaml()


def test_a_report_that_reads_verdicts_is_no_evidence_for_them():
    """It would be a circle."""
    verify = set(ALL["verify"].deps)
    for name, declared in declarations().items():
        if "reports/replication/results.json" in declared.inputs:
            assert f"reports/{name}/results.json" not in verify, name
    named = {f"reports/{name}/results.json" for name in read_ledger().reports}
    assert {dep for dep in verify if dep.startswith("reports/")} == named


def test_dvc_phones_nobody():
    config = (ROOT / ".dvc" / "config").read_text(encoding="utf-8")
    assert re.search(r"analytics = false", config) and re.search(r"check_update = false", config)


def test_files_of_folders_are_listed_without_what_python_leaves_there(tmp_path):
    for name in ("a/b.py", "a/__pycache__/b.pyc", "c.csv", "a/d/e.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    assert files_of(("c.csv", "a"), tmp_path) == ["c.csv", "a/b.py", "a/d/e.txt"]


def test_a_missing_file_is_named():
    with pytest.raises(PipelineError, match="no/such/file does not exist, but a stage depends on it"):
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
    assert "/data/interim/" in ignored and "/data/processed/" in ignored


def test_a_stage_of_a_report_follows_from_its_declaration_alone():
    assert report_stage(declaration("power")) == ALL["power"]
