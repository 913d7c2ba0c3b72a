"""Sweeps: which runs are asked for, that nothing but their parameters decides what they give, and what is kept."""

import json
import os
import random
import signal
import threading
from contextlib import nullcontext

import pandas as pd
import pytest

from pipeline.errors import AnalysisError, ParameterError, PipelineError
from pipeline.paths import ROOT
from pipeline.run import sweep as sweeps
from pipeline.run.cli import main
from pipeline.run.results_only import ChangedError, made_of, results_of
from pipeline.run.sweep import DONE, FAILED, REFUSED, compute, grid, local_client, read_rows, runs_of, sweep
from pipeline.site.sweep import axes_of
from pipeline.text.declarations import declarations
from pipeline.text.parameters import read_parameters
from tests.cells import run_cells

pytest.importorskip("distributed")


# --- which runs ---------------------------------------------------------------------------------------------------


def test_a_grid_holds_every_combination_the_last_name_changing_fastest():
    assert grid(["oblast=Osh,Issyk-Kul", "year_before=2020..2021"]) == [
        {"oblast": "Osh", "year_before": 2020},
        {"oblast": "Osh", "year_before": 2021},
        {"oblast": "Issyk-Kul", "year_before": 2020},
        {"oblast": "Issyk-Kul", "year_before": 2021},
    ]


def test_values_of_a_grid_may_be_lists_all_oblasts_or_go_with_another():
    assert grid(["drought_years=[2021,2023],[2008]"]) == [{"drought_years": [2021, 2023]}, {"drought_years": [2008]}]
    assert len(grid(["oblast=all"])) == 7
    rows = grid(["year_after=year_before+2", "year_before=1999,2001"])
    assert [(row["year_before"], row["year_after"]) for row in rows] == [(1999, 2001), (2001, 2003)]


@pytest.mark.parametrize(
    ("assignments", "message"),
    [
        (["oblast"], "not of the form NAME=VALUE"),
        (["oblast="], "not of the form NAME=VALUE"),
        (["oblast=Osh", "oblast=Chui"], "names 'oblast' twice"),
        (["year_before=2022..2018"], "2018 is smaller than 2022"),
        (["year_after=year_before+1"], "hangs on 'year_before', which needs whole numbers"),
        (["oblast=[Osh"], "not readable as YAML"),
    ],
)
def test_a_grid_that_is_none_is_refused(assignments, message):
    with pytest.raises(ParameterError, match=message):
        grid(assignments)


def test_a_file_holds_a_run_a_row_and_an_empty_cell_leaves_a_parameter_alone(tmp_path):
    table = tmp_path / "runs.csv"
    table.write_text('\ufeffoblast,year_before,drought_years\nOsh,2020,\nIssyk-Kul,2021,"[2021, 2023]"\n', "utf-8")
    rows = [{"oblast": "Osh", "year_before": 2020}, {"oblast": "Issyk-Kul", "year_before": 2021}]
    rows[1]["drought_years"] = [2021, 2023]
    assert read_rows(table) == rows
    (tmp_path / "runs.yml").write_text(json.dumps(rows), "utf-8")
    assert read_rows(tmp_path / "runs.yml") == rows


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("runs.csv", "oblast,year_before\nOsh\n", "runs.csv, line 2: 1 cells under 2 names"),
        ("runs.csv", "oblast,oblast\nOsh,Chui\n", "runs.csv, line 1"),
        ("runs.csv", "oblast\n", "must hold a list of runs"),
        ("runs.yml", "oblast: Osh\n", "must hold a list of runs"),
        ("runs.txt", "oblast\nOsh\n", "must end in .csv"),
    ],
)
def test_a_file_that_holds_no_runs_is_refused_by_file_and_line(tmp_path, name, content, message):
    (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(ParameterError, match=message):
        read_rows(tmp_path / name)
    with pytest.raises(ParameterError, match="there is no such file"):
        read_rows(tmp_path / "nowhere.csv")


def test_a_run_that_the_data_cannot_serve_is_kept_with_the_reason_and_an_unknown_name_stops_all(real_panel):
    bad, good = runs_of("weather", [{"year_before": 1900}, {"year_before": 2020}], real_panel)
    assert "year_before is 1900" in bad.refused and not good.refused
    with pytest.raises(ParameterError, match="Unknown parameter 'obalst'"):
        runs_of("weather", [{"obalst": "Osh"}], real_panel)


def test_a_seed_is_drawn_from_the_parameters_alone(real_panel):
    rows = [{"oblast": "Osh"}, {"oblast": "Chui"}, {"oblast": "Osh", "seed": 5}]
    forward, backward = runs_of("weather", rows, real_panel), runs_of("weather", rows[::-1], real_panel)
    assert forward == backward[::-1]
    assert forward[2].parameters["seed"] == 5
    drawn = {run.parameters["seed"] for run in forward[:2]}
    assert len(drawn) == 2 and read_parameters("weather")["seed"] not in drawn


# --- one run ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["weather", "other_oblasts"])
def test_a_run_gives_what_the_article_gives_and_writes_nothing(name, tmp_path, monkeypatch, panel, exposures):
    parameters = read_parameters(name)
    run_cells(name, tmp_path, monkeypatch, panel, exposures)
    written = json.loads((tmp_path / "results.json").read_text("utf-8"))
    monkeypatch.undo()
    monkeypatch.setenv("PIPELINE_EXHIBITS", str(tmp_path / "nothing"))
    monkeypatch.setattr("pipeline.exhibits.report.drawn", None)
    assert results_of(name, parameters, made_of(name), seed=1) == written
    assert not (tmp_path / "nothing").exists()


def test_results_of_other_code_or_data_than_expected_are_refused():
    with pytest.raises(ChangedError, match="are others than where the runs were started"):
        results_of("weather", read_parameters("weather"), "another-state", seed=1)


def test_no_result_has_the_name_of_another_column():
    for declared in declarations().values():
        sweeps.table(declared, [], {})


# --- all runs -----------------------------------------------------------------------------------------------------


@pytest.fixture
def threads():
    """A client whose one worker is a thread of this process, where things can be replaced."""
    from distributed import Client, LocalCluster

    options = {"processes": False, "n_workers": 1, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(**options, protocol="inproc://") as cluster, Client(cluster) as client:
        yield client


def small(real_panel, *years: int) -> list[sweeps.Run]:
    rows = [{"year_before": year, "year_after": year + 1} for year in years or (2015, 2016, 2017)]
    return runs_of("weather", rows, real_panel)


def test_a_failed_run_loses_no_other_one_and_is_tried_again_the_next_time(threads, real_panel, tmp_path, monkeypatch):
    runs = small(real_panel, 2015, 2016, 2017, 1900)

    def fails_once(report, parameters, made, seed):
        if parameters["year_before"] == 2016:
            raise AnalysisError("a line through nothing")
        return {"change": {"value": 1.5, "unit": "c/ha", "scope": ""}}

    monkeypatch.setattr(sweeps, "results_of", fails_once)
    frame = sweep("weather", runs, threads, kept=tmp_path)
    assert list(frame["status"]) == [DONE, FAILED, DONE, REFUSED]
    assert frame["error"][1] == "AnalysisError: a line through nothing"
    assert "year_before is 1900" in frame["error"][3]
    assert frame["change"].isna().tolist() == [False, True, False, True]

    tried = []
    monkeypatch.setattr(sweeps, "results_of", lambda *asked: tried.append(asked[1]["year_before"]) or {})
    assert list(sweep("weather", runs, threads, kept=tmp_path)["status"]) == [DONE, DONE, DONE, REFUSED]
    assert tried == [2016]


def test_want_of_memory_is_tried_again(threads, real_panel, tmp_path, monkeypatch):
    tried = []

    def wants(*asked):
        tried.append(asked)
        if len(tried) < 3:
            raise MemoryError
        return {}

    monkeypatch.setattr(sweeps, "results_of", wants)
    assert list(sweep("weather", small(real_panel, 2015), threads, kept=tmp_path)["status"]) == [DONE]
    monkeypatch.setattr(sweeps, "results_of", lambda *asked: (_ for _ in ()).throw(MemoryError("none left")))
    frame = sweep("weather", small(real_panel, 2016), threads, retries=1, kept=tmp_path)
    assert frame["error"].tolist() == ["MemoryError: none left"]


def test_a_line_that_a_crash_cut_off_is_computed_again_and_the_others_are_not(
    threads, real_panel, tmp_path, monkeypatch
):
    runs = small(real_panel)
    whole = sweep("weather", runs, threads, kept=tmp_path)
    (book,) = tmp_path.glob("*.jsonl")
    book.write_bytes(book.read_bytes()[:-40])
    tried = []
    monkeypatch.setattr(sweeps, "results_of", lambda *asked: tried.append(asked) or results_of(*asked))
    again = sweep("weather", runs, threads, kept=tmp_path)
    assert len(tried) == 1
    pd.testing.assert_frame_equal(again.drop(columns="seconds"), whole.drop(columns="seconds"))
    sweep("weather", runs, threads, kept=tmp_path)
    assert len(tried) == 1


def test_other_code_or_data_are_asked_anew_and_stop_what_runs(threads, real_panel, tmp_path, monkeypatch):
    runs = small(real_panel, 2015)
    sweep("weather", runs, threads, kept=tmp_path)
    monkeypatch.setattr(sweeps, "made_of", lambda report: "another-state")
    with pytest.raises(ChangedError, match="another-state"):
        sweep("weather", runs, threads, kept=tmp_path, retries=0)


@pytest.mark.slow
def test_results_depend_neither_on_workers_nor_on_order_nor_on_a_worker_that_dies(real_panel, tmp_path):
    runs = runs_of("circular", grid(["plan_draws=100..103"]), real_panel)  # it draws, by its seed
    with local_client(1) as client:
        alone = sweep("circular", runs, client, kept=tmp_path / "one")
    assert set(alone["status"]) == {DONE}

    order = list(range(len(runs)))
    random.Random(3).shuffle(order)
    killed = []
    with local_client(2) as client:
        pids = list(client.run(os.getpid).values())

        def kill_one(done: int, number: int) -> None:
            if done == 1 and not killed:
                killed.append(pids[0])
                os.kill(pids[0], signal.SIGKILL)

        two = sweep("circular", [runs[i] for i in order], client, kept=tmp_path / "two", progress=kill_one)
    assert killed
    two.index = order
    pd.testing.assert_frame_equal(two.sort_index().drop(columns="seconds"), alone.drop(columns="seconds"))


# --- what is written ----------------------------------------------------------------------------------------------


def test_table_and_page_hold_every_run(threads, real_panel, tmp_path):
    rows = grid(["oblast=Osh,Chui", "year_before=1900,2016,2017"])
    frame = sweep("weather", runs_of("weather", rows, real_panel), threads, kept=tmp_path / "kept")
    said = sweeps.write_sweep("weather", frame, tmp_path, ["temperature_part"])
    assert said.startswith("6 runs of weather: 4 done, 2 refused.")
    written = pd.read_parquet(tmp_path / "runs.parquet")
    assert written["oblast"].tolist() == ["Osh"] * 3 + ["Chui"] * 3
    assert str(written["year_before"].dtype) == "Int64" and str(written["temperature_part"].dtype) == "Float64"
    as_text = pd.read_csv(tmp_path / "runs.csv")
    assert as_text["temperature_part"].dropna().tolist() == written["temperature_part"].dropna().tolist()
    for tree in ("", "ky/", "ru/"):
        page = (tmp_path / tree / "index.html").read_text("utf-8")
        assert 'src="figures/temperature_part.svg"' in page and "year_before is 1900" in page
        assert (tmp_path / tree / "figures" / "temperature_part.svg").is_file()


def test_of_parameters_that_go_together_one_makes_the_axis_and_names_make_the_panels():
    frame = pd.DataFrame(grid(["oblast=Osh,Chui", "year_before=2001..2005", "year_after=year_before+1"]))
    assert axes_of(frame, list(frame)) == ("year_after", "oblast")
    assert axes_of(frame[["oblast"]].drop_duplicates(), ["oblast"]) == ("oblast", None)
    assert axes_of(frame.head(1), list(frame)) == (None, None)


# --- who computes -------------------------------------------------------------------------------------------------


def test_without_its_packages_a_sweep_says_what_to_install(monkeypatch):
    monkeypatch.setattr(sweeps, "find_spec", lambda name: None)
    with pytest.raises(PipelineError, match="lacks distributed and pyarrow.*pip install -r requirements-test.lock"):
        sweeps.require_packages()


def test_a_scheduler_that_does_not_answer_is_named_with_the_command_that_starts_one():
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # not listening
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        with (
            pytest.raises(PipelineError, match=f"{address}: no scheduler answers.*dask scheduler"),
            sweeps.remote_client(address, "weather", wait=1),
        ):
            pass


def test_a_scheduler_of_ones_own_computes_if_its_workers_have_the_same_project(threads, monkeypatch):
    address = threads.scheduler_info()["address"]
    with sweeps.remote_client(address, "weather") as client:
        outcome = client.submit(compute, "weather", runs_of("weather", [{}])[0], made_of("weather")).result()
    assert outcome.status == DONE
    here = threading.main_thread().ident
    monkeypatch.setattr(sweeps, "made_of", lambda report: str(threading.get_ident() == here))
    with (
        pytest.raises(PipelineError, match="would compute with other code, data or packages \\(False\\)"),
        sweeps.remote_client(address, "weather"),
    ):
        pass


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["weather"], "A sweep needs --grid NAME=VALUES or --parameters FILE."),
        (["nope", "--grid", "oblast=Osh"], "There is no report 'nope'"),
        (["weather", "--grid", "obalst=Osh"], "Unknown parameter 'obalst'. The report weather takes: oblast"),
        (["weather", "--grid", "oblast=Osh", "--show", "chnage"], "--show chnage is no result of weather"),
        (["weather", "--grid", "oblast=Osh", "--to", "reports"], "reports/ is written by the stages only"),
    ],
)
def test_a_sweep_that_cannot_be_made_is_refused_before_anything_starts(capsys, monkeypatch, arguments, message):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("pipeline.run.reproduce.make_tables", lambda **k: pytest.fail("tables were made"))
    assert main(["sweep", *arguments]) == 1
    assert message in capsys.readouterr().err


def test_the_command_says_where_the_runs_are_and_ends_with_an_error_if_one_failed(
    capsys, monkeypatch, threads, tmp_path
):
    monkeypatch.setattr("pipeline.run.reproduce.make_tables", lambda **k: 0)
    monkeypatch.setattr(sweeps, "local_client", lambda workers, retries: nullcontext(threads))
    monkeypatch.setattr(sweeps, "KEPT", tmp_path / "kept")
    monkeypatch.setattr(sweeps, "results_of", lambda *asked: {"anomaly_after": {"value": 1.5}})
    asked = ["sweep", "weather", "--grid", "year_before=2015,2016", "--to", str(tmp_path / "out")]
    assert main(asked) == 0
    assert "2 runs of weather: 2 done. Read them:" in capsys.readouterr().out
    monkeypatch.setattr(sweeps, "results_of", lambda *asked: 1 / 0)
    assert main([*asked[:3], "year_before=2014,2015", *asked[4:]]) == 1
    assert "2 runs of weather: 1 done, 1 failed." in capsys.readouterr().out
