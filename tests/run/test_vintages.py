"""The commands add-table, refresh and revisions, as a person gives them."""

import csv
import io
from pathlib import Path

import pytest

from pipeline.data.adoption import Given, adopt
from pipeline.data.cards import read_card, read_table
from pipeline.data.workbook import COLUMNS, read_workbook
from pipeline.errors import DataError
from pipeline.run.cli import main
from pipeline.run.vintages import adopt_last, compare_files, fetch_and_compare
from tests.data import committee as made
from tests.data.test_vintages import HTML, sent, server


def released(path: Path, years, osh) -> Path:
    return made.xlsx(path, [*made.title_rows("yield", years), list(made.BARLEY), [*made.OSH, *osh]])


def test_a_dry_run_prints_figures_on_stdout_and_the_rest_on_stderr(tmp_path, capsys):
    file = released(tmp_path / "t.xlsx", [2022, 2023], (20, 21.5))
    assert main(["add-table", str(file), "--source", "nsc_new", "--dry-run"]) == 0
    said = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(said.out)))
    assert list(rows[0]) == COLUMNS
    assert [(r["row_en"], r["section_ru"], r["year"], r["value"], r["cell"]) for r in rows] == [
        ("Osh oblast", "Ячмень", "2022", "20", "1272!D7"),
        ("Osh oblast", "Ячмень", "2023", "21.5", "1272!E7"),
    ]
    assert "2 figures read" in said.err and "title" in said.err and "rows without anything, 2, 5" in said.err


def test_a_file_that_cannot_be_read_is_one_message_and_an_exit_code(tmp_path, capsys):
    (tmp_path / "t.xls").write_bytes(HTML)
    assert main(["add-table", str(tmp_path / "t.xls"), "--source", "nsc_new", "--dry-run"]) == 1
    said = capsys.readouterr()
    assert said.out == "" and "a page of the web" in said.err and "Traceback" not in said.err


@pytest.fixture
def places(tmp_path):
    """A source with one release adopted, and places of this test for all that the commands write."""
    raw, corrections = tmp_path / "raw", tmp_path / "corrections.yml"
    corrections.write_text("[]\n", encoding="utf-8")
    file = released(tmp_path / "first.xlsx", [2022, 2023], (20, 21.5))
    given = Given(weight_basis="after-processing", licence="unclear", obtained="Made for a test.")
    adopt(file, read_workbook(file), "nsc_crops", given, raw=raw, panel=Path("/nowhere"))
    return {"raw": raw, "folder": tmp_path / "vintages", "corrections": corrections}


def test_refresh_says_what_a_release_changes_and_adopts_when_told(tmp_path, places, capsys):
    content = released(tmp_path / "next.xlsx", [2022, 2023, 2024], (20, 22, 23.5)).read_bytes()
    with pytest.raises(DataError, match="There is no vintage of nsc_crops yet"):
        adopt_last("nsc_crops", **places)
    with server(lambda handler, _: sent(handler, content)) as (url, _):
        assert fetch_and_compare("nsc_crops", url, build=tmp_path / "build", progress=False, **places) == 0
    said = capsys.readouterr().out
    assert "year added: 1 (2024)" in said and "value revised: 1" in said and "Nothing was adopted" in said
    (table,) = (tmp_path / "build").rglob("revisions.csv")
    assert 'value revised,Osh,,,"barley, yield",2023,21.5,22.0,0.5' in table.read_text(encoding="utf-8")
    adopt_last("nsc_crops", **places)
    frame = read_table(read_card("nsc_crops", places["raw"]), "crops_yield.csv", places["raw"])
    assert list(frame["value"]) == ["20.0", "22.0", "23.5"]


def test_refresh_of_a_server_that_sends_a_page_fails_and_keeps_nothing(tmp_path, places, capsys):
    with server(lambda handler, _: sent(handler, HTML)) as (url, _):
        assert fetch_and_compare("nsc_crops", url, build=tmp_path / "build", progress=False, **places) == 1
    assert "it was not kept" in capsys.readouterr().err and not list(places["folder"].rglob("*"))


def test_two_files_are_compared_on_a_page_in_every_language(tmp_path):
    old = released(tmp_path / "old.xlsx", [2022, 2023], (20, 21.5))
    new = released(tmp_path / "new.xlsx", [2022, 2023, 2024], (20, 22, 23.5))
    said = compare_files(old, new, tmp_path / "page")
    assert "value revised: 1." in said
    texts = {p: (tmp_path / "page" / p).read_text(encoding="utf-8") for p in ("revisions.html", "ky/revisions.html")}
    assert "Values revised" in texts["revisions.html"] and "Ош облусу" in texts["ky/revisions.html"]
    assert (
        "Такталган маанилер" in texts["ky/revisions.html"] and 'href="../revisions.csv"' in texts["ky/revisions.html"]
    )
