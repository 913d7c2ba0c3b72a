"""The command line: what it refuses, with a message and no traceback, and what it hands on."""

import pytest

from pipeline.errors import DataError, PipelineError
from pipeline.paths import DATA, NOTEBOOKS, REPORTS, ROOT
from pipeline.run import runner, steps
from pipeline.run.cli import app, main
from pipeline.run.engine import Engine
from pipeline.run.steps import STEPS, carry_out, perform


@pytest.fixture
def no_run(monkeypatch):
    """A command that gets as far as making tables or running an article has gone too far."""
    monkeypatch.setattr(Engine, "make_ready", lambda self: pytest.fail("a process was made ready"))
    monkeypatch.setattr("pipeline.run.reproduce.make_tables", lambda **k: pytest.fail("tables were made"))
    monkeypatch.setattr("pipeline.text.parameters.load_panel", lambda: pytest.fail("the data were read"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nope"], "There is no report 'nope'. Reports: circular, cluster_model"),
        (["yield_change", "--set", "oblast"], "--set 'oblast' is not of the form NAME=VALUE"),
        (["yield_change", "--set", "=Osh"], "is not of the form NAME=VALUE, for example --set oblast=Osh"),
        (["yield_change", "--set", "oblast=Osh: x: y"], "signs of YAML): the value is not readable as YAML"),
        (["yield_change", "--to", str(REPORTS)], "reports/ is written by the stages only"),
        (["yield_change", "--to", str(REPORTS / "runs")], "reports/ is written by the stages only"),
        (["yield_change", "--to", str(ROOT)], "holds the project's own files. Name another folder."),
        (["yield_change", "--to", str(ROOT.parent)], "holds the project's own files"),
        (["yield_change", "--to", str(ROOT / "pipeline" / "site")], "holds the project's own files"),
        (["yield_change", "--to", str(ROOT / "params.yaml")], "params.yaml is a file; name a folder for the report"),
    ],
)
def test_what_cannot_be_run_is_refused_before_anything_starts(no_run, capsys, arguments, message):
    assert main(["run", *arguments]) == 1
    error = capsys.readouterr().err
    assert "ParameterError: " in error and message in error and "Traceback" not in error


@pytest.mark.parametrize("folder", [NOTEBOOKS, DATA / "raw", ROOT / "tests"])
def test_a_run_never_writes_where_people_write(no_run, capsys, folder):
    assert main(["run", "yield_change", "--to", str(folder)]) == 1
    assert "holds the project's own files" in capsys.readouterr().err


@pytest.fixture
def handed(monkeypatch, panel):
    """What a run was handed, with everything that takes time left out."""
    seen = {}

    def run(report, **options):
        seen.update(options, report=report)
        return "made"

    monkeypatch.setattr(runner, "run", run)
    monkeypatch.setattr(Engine, "make_ready", lambda self: None)
    monkeypatch.setattr(Engine, "apart", lambda self, action, *arguments: carry_out(action, *arguments))
    monkeypatch.setattr("pipeline.run.reproduce.make_tables", lambda **k: 0)
    monkeypatch.setattr("pipeline.text.parameters.load_panel", lambda: panel)
    monkeypatch.setattr("pipeline.site.reports.write_alone", lambda report, destination: None)
    return seen


def test_values_are_read_as_in_params_yaml(handed, tmp_path, capsys):
    changed = ["--set", "oblast=Osh", "--set", "year_after=2023", "--set", "year_before=2020"]
    assert main(["run", "history", *changed, "--set", "drought_years=[2021, 2023]", "--to", str(tmp_path)]) == 0
    assert handed["report"] == "history" and handed["destination"] == tmp_path.resolve()
    assert handed["overrides"] == {
        "oblast": "Osh",
        "year_after": 2023,
        "year_before": 2020,
        "drought_years": [2021, 2023],
    }
    assert f"Read it: {tmp_path}/history/index.html" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ("oblats=Osh", "Unknown parameter 'oblats'. The report yield_change takes: language, oblast"),
        ("oblast=Atlantis", "oblast is 'Atlantis'. Allowed: Batken"),
        ("year_after=2023", "year_before (2023) must lie before year_after (2023)"),
    ],
)
def test_impossible_parameters_are_refused_before_the_run(handed, capsys, changed, message):
    assert main(["run", "yield_change", "--set", changed]) == 1
    error = capsys.readouterr().err
    assert message in error and "Traceback" not in error and handed == {}


def test_where_tables_cannot_be_made_nothing_runs(handed, monkeypatch):
    monkeypatch.setattr("pipeline.run.reproduce.make_tables", lambda **k: 3)
    assert main(["run", "yield_change"]) == 3 and handed == {}


def test_an_unknown_command_is_no_success(capsys):
    assert main(["no-such-command"]) == 2


def test_every_step_of_the_stages_is_a_command():
    commands = {c.name or c.callback.__name__ for c in app.registered_commands}
    assert set(STEPS) <= commands


def test_a_step_prints_what_it_did_or_what_is_wrong(monkeypatch, capsys):
    def fails():
        raise DataError("panel.csv is not what it should be.")

    monkeypatch.setitem(steps.STEPS, "harmonise", lambda: "1 panel.")
    monkeypatch.setitem(steps.STEPS, "verify", fails)
    assert main(["harmonise"]) == 0 and capsys.readouterr().out == "1 panel.\n"
    assert main(["verify"]) == 1
    assert capsys.readouterr().err == "\nDataError: panel.csv is not what it should be.\n"


def test_an_unknown_step_is_named_with_those_that_there_are(capsys):
    assert perform("nope") == 1
    assert "There is no step 'nope'. Steps: ingest, harmonise" in capsys.readouterr().err


def test_a_stage_runs_the_frozen_copy_and_nothing_else(monkeypatch, capsys):
    seen = []
    monkeypatch.setattr(runner, "run", lambda report, **options: seen.append((report, options)) or "made")
    assert main(["run", "power", "--stage"]) == 0
    assert seen == [("power", {"frozen": True})]
    assert perform("run", "power", "--other") == 1
    assert "A stage runs the frozen copy of a notebook" in capsys.readouterr().err


def test_freezing_copies_every_article(monkeypatch):
    frozen = []
    monkeypatch.setattr("pipeline.text.notebooks.freeze", lambda name: frozen.append(name))
    assert perform("freeze") == 0
    assert "power" in frozen and "index" not in frozen


def test_an_error_that_is_none_of_the_projects_is_not_hidden(monkeypatch):
    def fails():
        raise ZeroDivisionError("a mistake of the code")

    monkeypatch.setitem(steps.STEPS, "verify", fails)
    with pytest.raises(ZeroDivisionError):
        main(["verify"])
    assert not issubclass(ZeroDivisionError, PipelineError)
