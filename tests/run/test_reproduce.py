"""Reproducing: what is compared, what is said, and the exit code, with the stages themselves left out."""

import json
import subprocess

import pytest

from pipeline.errors import PipelineError
from pipeline.run import reproduce as module
from pipeline.run.stages import Stage, read_stages


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A small repository with two committed outputs; `stages` writes them anew as a run would."""

    def git(*arguments):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True, capture_output=True)

    for name in ("reports/a.json", "reports/b.svg", "dvc.lock", "params.yaml"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{name}\n", encoding="utf-8")
    git("init", "-q")
    git("add", "-A")
    git("-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-qm", "x")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "PARAMETERS", tmp_path / "params.yaml")
    monkeypatch.setattr(module, "committed_outputs", lambda: ["reports/a.json", "reports/b.svg"])
    monkeypatch.setattr(module, "finding", lambda: "Jalal-Abad: found.")
    return tmp_path


def runs(monkeypatch, clone, contents, code=0):
    def write(options):
        assert options == ["--force", "--no-run-cache"]  # everything, and nothing from a cache
        for name, text in contents.items():
            (clone / name).write_text(text, encoding="utf-8")
        return code

    monkeypatch.setattr(module, "repro", write)


SAME = {"reports/a.json": "reports/a.json\n", "reports/b.svg": "reports/b.svg\n"}


def test_identical_outputs_are_counted(clone, monkeypatch, capsys):
    runs(monkeypatch, clone, SAME)
    assert module.reproduce() == 0
    said = capsys.readouterr().out
    assert "Jalal-Abad: found." in said and "2 of 2 outputs rebuilt" in said
    assert "2 are byte-identical to the committed ones, 0 are not." in said


def test_one_different_byte_is_named_and_fails(clone, monkeypatch, capsys):
    runs(monkeypatch, clone, SAME | {"reports/b.svg": "reports/b.svg \n"})
    assert module.reproduce() == 1
    said = capsys.readouterr().out
    assert "1 are byte-identical" in said and "differs: reports/b.svg\n" in said and "a.json" not in said


def test_an_output_that_no_stage_wrote_fails(clone, monkeypatch, capsys):
    """The committed file lying there is not a reproduction of it."""
    import os

    old = 1_000_000_000
    os.utime(clone / "reports" / "a.json", (old, old))
    runs(monkeypatch, clone, {"reports/b.svg": SAME["reports/b.svg"]})
    assert module.reproduce() == 1
    said = capsys.readouterr().out
    assert "1 of 2 outputs rebuilt" in said and "not rebuilt: reports/a.json" in said


def test_an_uncommitted_output_and_other_parameters_are_said(clone, monkeypatch, capsys):
    monkeypatch.setattr(module, "committed_outputs", lambda: ["reports/new.json"])
    runs(monkeypatch, clone, {"reports/new.json": "x", "params.yaml": "oblast: Osh\n"})
    assert module.reproduce() == 1
    said = capsys.readouterr().out
    assert "differs: reports/new.json  (not committed)" in said and "params.yaml is not the committed one" in said


def test_a_stopped_run_is_no_comparison(clone, monkeypatch, capsys):
    runs(monkeypatch, clone, {}, code=3)
    assert module.reproduce() == 3
    assert "byte-identical" not in capsys.readouterr().out


def test_without_a_commit_it_refuses_before_it_works(tmp_path, monkeypatch):
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "repro", lambda options: pytest.fail("ran"))
    with pytest.raises(PipelineError, match="not a git clone with a commit"):
        module.reproduce()


def test_all_reports_and_the_data_card_are_compared():
    outputs = module.committed_outputs()
    assert {"data/README.md", "reports/index.html", "reports/results/yield_change.json"} <= set(outputs)
    declared = {o for s in read_stages().values() for o in s.outs if o.startswith("reports/")}
    assert {o for o in declared if "." in o} <= set(outputs)
    assert "reports/figures/yield_change/slope.ky.svg" in outputs
    assert not [o for o in outputs if o.startswith(("data/interim", "data/processed", "build"))]


def test_a_folder_is_compared_file_by_file(clone, monkeypatch):
    """A picture that a run no longer makes, and one that was never committed, both count as different."""
    made = Stage("a", (), ("reports/figures/a", "reports/results/a.json", "data/interim/x"))
    folder = clone / "reports" / "figures" / "a"
    folder.mkdir(parents=True)
    (folder / "old.ky.svg").write_text("x")
    for command in (["add", "-A"], ["-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-qm", "x"]):
        subprocess.run(["git", *command], cwd=clone, check=True, capture_output=True)
    (folder / "old.ky.svg").unlink()
    (folder / "new.ky.svg").write_text("x")
    monkeypatch.undo()
    monkeypatch.setattr(module, "ROOT", clone)
    monkeypatch.setattr(module, "read_stages", lambda: {"a": made})
    assert module.committed_outputs() == [
        "reports/figures/a/new.ky.svg", "reports/figures/a/old.ky.svg", "reports/results/a.json",
    ]  # fmt: skip


def test_the_finding_is_read_from_the_results(tmp_path, panel, monkeypatch):
    from pipeline.paths import REPORTS

    monkeypatch.setattr("pipeline.text.parameters.load_panel", lambda: panel)
    assert module.finding().startswith("Jalal-Abad, wheat: 23.7 c/ha in 2023, 27.7 in 2024: +4.0 c/ha, +16.9 %")
    results = json.loads((REPORTS / "results" / "yield_change.json").read_text(encoding="utf-8"))
    results["rank_among_oblasts"]["value"] = 6
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "yield_change.json").write_text(json.dumps(results), encoding="utf-8")
    assert "Rank 6 of 7" in module.finding(tmp_path)
