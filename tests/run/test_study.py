"""A whole study elsewhere: what is refused, what its folder holds, and that it is made from its own parameters."""

import json
import subprocess
import sys

import pytest
import yaml

from pipeline.errors import ParameterError, PipelineError
from pipeline.paths import REPORTS
from pipeline.run import study
from pipeline.run.cli import main
from pipeline.run.study import MARK, study_folder, write_study


@pytest.fixture
def commands(monkeypatch, real_panel):
    """The commands that would have been run."""
    seen = []

    def run(command, **options):
        seen.append((command, options))
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(study.subprocess, "run", run)
    monkeypatch.setattr("pipeline.text.parameters.load_panel", lambda: real_panel)
    return seen


@pytest.mark.parametrize(
    ("name", "changed", "message"),
    [
        ("../osh", {}, "must be small letters, digits and single underscores"),
        ("osh", {"obalst": "Osh"}, "'obalst' is no parameter of the whole study. Those are oblast, crop"),
        ("osh", {"split_year": 2010}, "'split_year' is no parameter of the whole study"),
        ("osh", {"oblast": "Atlantis"}, "Atlantis"),
        ("osh", {"year_before": 1900}, "year_before is 1900"),
    ],
)
def test_what_cannot_be_made_is_refused_and_nothing_written(commands, tmp_path, name, changed, message):
    with pytest.raises(ParameterError, match=message):
        write_study(name, changed, tmp_path / "studies")
    assert not (tmp_path / "studies").exists() and not commands


def test_a_folder_that_is_somebody_s_is_left_alone(commands, tmp_path):
    (tmp_path / "osh").mkdir()
    with pytest.raises(PipelineError, match=f"was not made by this command \\(it holds no {MARK}\\)"):
        write_study("osh", {}, tmp_path)
    assert not list((tmp_path / "osh").iterdir()) and not commands


def test_a_study_is_run_by_its_own_code_in_its_own_folder(commands, tmp_path, capsys):
    assert write_study("osh", {"oblast": "Ош", "year_before": 2020, "year_after": 2021}, tmp_path) == 0
    ((command, options),) = commands
    assert command == [sys.executable, "-m", "pipeline", "report"]
    assert options["cwd"] == tmp_path / "osh" and options["env"]["PYTHONPATH"] == str(tmp_path / "osh")
    written = yaml.safe_load((tmp_path / "osh" / "params.yaml").read_text("utf-8"))["study"]
    assert (written["oblast"], written["year_before"], written["crop"]) == ("Osh", 2020, "wheat")
    assert "compare reports osh" in capsys.readouterr().out

    kept = tmp_path / "osh" / "reports" / "kept"
    kept.write_text("made before", "utf-8")
    (tmp_path / "osh" / "notebooks" / "gone.yml").write_text("", "utf-8")
    write_study("osh", {"oblast": "Chui"}, tmp_path)  # the same name again goes on from what was made
    assert kept.is_file() and not (tmp_path / "osh" / "notebooks" / "gone.yml").exists()
    assert yaml.safe_load((tmp_path / "osh" / "params.yaml").read_text("utf-8"))["study"]["oblast"] == "Chui"


ONE = "import sys; from pipeline.run.engine import Engine; sys.exit(Engine().run(['yield_change']))"


@pytest.mark.slow
def test_a_study_s_reports_are_made_from_its_parameters_and_the_project_s_are_not_touched(tmp_path, monkeypatch):
    before = (REPORTS / "yield_change" / "results.json").read_bytes()
    run = subprocess.run

    def only_one(command, **options):
        """One report of the study in the place of all: the others are made in the same way, and take minutes."""
        return run([sys.executable, "-c", ONE], **options)

    monkeypatch.setattr(study.subprocess, "run", only_one)
    assert write_study("osh", {"oblast": "Osh", "year_before": 2020, "year_after": 2021}, tmp_path) == 0
    made = tmp_path / "osh" / "reports" / "yield_change"
    assert json.loads((made / "results.json").read_text("utf-8"))["change"]["scope"].startswith("Osh, wheat, 2020")
    assert (
        json.loads((made / "notebook.ipynb").read_text("utf-8"))["metadata"]["report"]["parameters"]["oblast"] == "Osh"
    )
    assert (REPORTS / "yield_change" / "results.json").read_bytes() == before


def test_a_study_is_found_by_its_name_or_by_its_folder(tmp_path):
    (tmp_path / "osh" / "reports").mkdir(parents=True)
    (tmp_path / "osh" / MARK).touch()
    assert study_folder("reports", tmp_path) == REPORTS
    assert study_folder("osh", tmp_path) == tmp_path / "osh" / "reports"
    assert study_folder(str(tmp_path / "osh"), tmp_path) == tmp_path / "osh" / "reports"
    with pytest.raises(ParameterError, match="There is no study 'chui'. There are: reports, osh; or name a folder."):
        study_folder("chui", tmp_path)


@pytest.mark.parametrize("arguments", [[], ["weather", "--name", "osh"], ["--name", "osh", "--to", "build"]])
def test_a_run_is_of_one_report_or_of_a_whole_study(arguments, capsys):
    assert main(["run", *arguments]) == 1
    assert "Name one report to run, or with --name a whole study" in capsys.readouterr().err
