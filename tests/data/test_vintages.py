"""Fetching releases from a server of this machine that misbehaves in each way that servers do."""

import shutil
import threading
import time
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from pipeline.data.adoption import Given, adopt
from pipeline.data.cards import read_card, read_table
from pipeline.data.vintages import Vintage, adopt_vintage, candidates, fetch, vintages
from pipeline.data.workbook import read_workbook
from pipeline.errors import DataError
from pipeline.paths import RAW
from tests.data import committee as made

HTML = b"<!DOCTYPE html><html><body>Please wait</body></html>"


@contextmanager
def server(answer):
    """The address of a server that answers every request with `answer(handler, number of the request)`."""
    requests = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):  # the name that the standard library gives it
            requests.append(self.path)
            with suppress(BrokenPipeError, ConnectionResetError):  # the client has had enough
                answer(self, len(requests))

        def log_message(self, *_):
            pass

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.daemon_threads = True
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_port}/ru/statistics/download/dynamic/1272/", requests
    finally:
        running.shutdown()
        running.server_close()
        thread.join(5)


def sent(handler, content, stated=None, status=200):
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(content) if stated is None else stated))
    handler.end_headers()
    handler.wfile.write(content)


@pytest.fixture
def workbook(tmp_path):
    rows = [*made.title_rows("yield", [2022, 2023]), list(made.BARLEY), [*made.OSH, 20, 21.5]]
    return made.xlsx(tmp_path / "published.xlsx", rows).read_bytes()


def fetched(url, tmp_path, **limits):
    return fetch("nsc_crops", url, folder=tmp_path / "vintages", progress=False, **limits)


def nothing_kept(tmp_path):
    return not list((tmp_path / "vintages").rglob("*"))


def test_a_release_is_kept_beside_the_last_one_and_never_over_it(tmp_path, workbook):
    other = made.xls(tmp_path / "next.xls", [["Items", 2023, 2024], ["Osh oblast", 1, 2]]).read_bytes()
    with server(lambda handler, n: sent(handler, workbook if n < 3 else other)) as (url, _):
        first, reading, is_new = fetched(url, tmp_path)
        assert is_new and len(reading.figures) == 2 and first.file.read_bytes() == workbook
        again, _, is_new = fetched(url, tmp_path)
        assert again == first and not is_new
        second, _, is_new = fetched(url, tmp_path)
    assert is_new and second.file.name == "table.xls" and first.file.read_bytes() == workbook
    assert [v.date for v in vintages("nsc_crops", tmp_path / "vintages")] == [first.date, f"{first.date}-2"]
    note = yaml.safe_load((first.file.parent / "vintage.yml").read_text(encoding="utf-8"))
    assert note["url"] == url and note["bytes"] == len(workbook) and note["fetched"].endswith("Z")


@pytest.mark.parametrize(
    "note",
    [
        "",
        "- file",
        "file: table.xls",
        "{file: ../../x.xls, url: u, sha256: s}",
        "{file: 1, url: u, sha256: s}",
        "a: !!python/object/apply:os.getcwd []",
        "a: 1\na: 2",
    ],
)
def test_a_note_that_is_none_is_refused_by_name(tmp_path, note):
    (tmp_path / "nsc_crops/2026-03-01").mkdir(parents=True)
    (tmp_path / "nsc_crops/2026-03-01/vintage.yml").write_text(note, encoding="utf-8")
    with pytest.raises(DataError, match=r"2026-03-01/vintage.yml is not (the note of a release|readable as YAML)"):
        vintages("nsc_crops", tmp_path)


def test_a_transfer_that_breaks_off_is_tried_again(tmp_path, workbook):
    def answer(handler, number):
        sent(handler, workbook if number > 1 else workbook[: len(workbook) // 2], len(workbook))

    with server(answer) as (url, requests):
        vintage, *_ = fetched(url, tmp_path)
    assert len(requests) == 2 and vintage.file.read_bytes() == workbook


def test_a_transfer_that_always_breaks_off_leaves_nothing(tmp_path, workbook):
    with (
        server(lambda handler, _: sent(handler, workbook[:3000], len(workbook))) as (url, requests),
        pytest.raises(DataError, match=r"tried 2 times.*broke off after 3,000"),
    ):
        fetched(url, tmp_path, retries=1)
    assert len(requests) == 2 and nothing_kept(tmp_path)


def test_a_server_that_is_busy_is_asked_again_one_that_has_nothing_is_not(tmp_path, workbook):
    def busy(handler, number):
        sent(handler, workbook if number > 1 else b"busy", status=200 if number > 1 else 503)

    with server(busy) as (url, requests):
        assert fetched(url, tmp_path)[2] and len(requests) == 2
    with (
        server(lambda handler, _: sent(handler, b"gone", status=404)) as (url, requests),
        pytest.raises(DataError, match="answered 404"),
    ):
        fetched(url, tmp_path)
    assert len(requests) == 1


@pytest.mark.parametrize("states_its_size", [True, False])
def test_a_file_that_is_too_large_is_not_read_to_its_end(tmp_path, states_its_size):
    written = []

    def answer(handler, _):
        handler.send_response(200)
        if states_its_size:
            handler.send_header("Content-Length", str(10_000_000))
        handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b"x" * 100_000)
            written.append(100_000)

    with server(answer) as (url, requests), pytest.raises(DataError, match=r"at most 200,000|more than 200,000"):
        fetched(url, tmp_path, most=200_000)
    assert len(requests) == 1 and nothing_kept(tmp_path) and sum(written) < 10_000_000


def test_a_server_that_sends_drop_by_drop_is_given_up(tmp_path, workbook):
    def answer(handler, _):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(workbook)))
        handler.end_headers()
        for byte in workbook[:200]:
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            time.sleep(0.02)

    with server(answer) as (url, requests), pytest.raises(DataError, match="did not come in time"):
        fetched(url, tmp_path, within=0.3)
    assert len(requests) == 1 and nothing_kept(tmp_path)


def test_a_server_that_says_nothing(tmp_path):
    done = threading.Event()
    with server(lambda *_: done.wait(5)) as (url, requests):
        with pytest.raises(DataError, match=r"(?i)could not be fetched.*timed out"):
            fetched(url, tmp_path, timeout=(1, 0.2), retries=0)
        done.set()
    assert len(requests) == 1 and nothing_kept(tmp_path)


@pytest.mark.parametrize("content", [HTML, b"", b"Sheet1\nnothing of use\n"])
def test_a_page_in_place_of_a_workbook_is_not_kept(tmp_path, content):
    with (
        server(lambda handler, _: sent(handler, content)) as (url, _),
        pytest.raises(DataError, match="gave no table that can be read; it was not kept"),
    ):
        fetched(url, tmp_path)
    assert nothing_kept(tmp_path)


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://127.0.0.1/x", "stat.gov.kg"])
def test_only_addresses_of_the_web(tmp_path, url):
    with pytest.raises(DataError, match="is no address of a file in the web"):
        fetched(url, tmp_path)


# --- adopting ---------------------------------------------------------------------------------------------------------


def released(path, years, osh, talas=()):
    rows = [*made.title_rows("yield", years), list(made.BARLEY), [*made.OSH, *osh]]
    rows += [[*made.TALAS, *talas]] if talas else []
    return made.xlsx(path, rows)


@pytest.fixture
def raw(tmp_path):
    """A source with the first release adopted."""
    file = released(tmp_path / "first.xlsx", [2022, 2023], (20, 21.5), (30, 31))
    given = Given(weight_basis="after-processing", licence="unclear", obtained="Made for a test.")
    adopt(file, read_workbook(file), "nsc_crops", given, raw=tmp_path / "raw", panel=Path("/nowhere"))
    return tmp_path / "raw"


def next_release(tmp_path, raw, corrections="[]\n", **values):
    (tmp_path / "corrections.yml").write_text(corrections, encoding="utf-8")
    content = released(tmp_path / "next.xlsx", [2022, 2023, 2024], **values).read_bytes()
    with server(lambda handler, _: sent(handler, content)) as (url, _):
        vintage, reading, _ = fetched(url, tmp_path)
    return vintage, list(candidates("nsc_crops", reading, raw=raw, corrections=tmp_path / "corrections.yml"))


def test_a_vintage_takes_the_place_of_the_table_which_is_kept_beside_it(tmp_path, raw):
    old = (raw / "nsc_crops/crops_yield.csv").read_bytes()
    vintage, found = next_release(tmp_path, raw, osh=(20, 21.75, 22), talas=(30, 31, "…"))
    assert (raw / "nsc_crops/crops_yield.csv").read_bytes() == old  # fetched, nothing adopted
    adopt_vintage("nsc_crops", found, vintage, raw)
    table = read_table(read_card("nsc_crops", raw), "crops_yield.csv", raw)
    assert list(table["value"]) == ["20.0", "21.8", "22.0", "30.0", "31.0", ""]
    assert table["note"][1] == "rounded from 21.75"
    assert (vintage.file.parent / "replaced/crops_yield.csv").read_bytes() == old


CORRECTION = """
- id: osh-2023
  source: nsc_crops
  table: crops_yield.csv
  where: {area: Osh, year: '2023'}
  column: value
  expect: '21.5'
  becomes: '12.5'
  why: a misprint
  who_says_so: the test
"""


def test_a_correction_that_no_longer_fits_stops_the_adoption_and_is_named(tmp_path, raw):
    before = (raw / "nsc_crops/crops_yield.csv").read_bytes()
    vintage, found = next_release(tmp_path, raw, CORRECTION, osh=(20, 21.6, 22), talas=(30, 31, 32))
    with pytest.raises(DataError, match=r"(?s)osh-2023.*'21.5'.*'21.6'"):
        adopt_vintage("nsc_crops", found, vintage, raw)
    assert (raw / "nsc_crops/crops_yield.csv").read_bytes() == before


def test_the_wheat_table_is_brought_up_to_date_from_the_committees_workbook(tmp_path):
    """The whole workbook holds other crops, cities and the country; the table stays wheat by oblast, a year longer."""
    shutil.copytree(RAW / "nsc_wheat_yield", tmp_path / "raw/nsc_wheat_yield")
    old = read_table(read_card("nsc_wheat_yield"), "wheat_yield_by_oblast.csv")
    known = {(r.oblast, int(r.year)): float(r.yield_c_per_ha) for r in old.itertuples()}
    names = dict(zip(("Batken", "Jalal-Abad", "Issyk-Kul", "Naryn", "Osh", "Talas", "Chui"), made.OBLASTS, strict=True))
    years = list(range(1991, 2027))
    rows = [*made.title_rows("yield", years), list(made.WHEAT), [*made.COUNTRY, *[25.0] * len(years)]]
    rows += [[*names[o], *[known.get((o, y), 30.04) for y in years]] for o in names]
    rows += [list(made.BARLEY), *[[*area, *[18.0] * len(years)] for area in made.OBLASTS]]
    reading = read_workbook(made.xls(tmp_path / "t.xls", rows))
    (candidate,) = candidates("nsc_wheat_yield", reading, raw=tmp_path / "raw")
    assert candidate.not_taken == ["barley"] and candidate.unmet == []
    (tmp_path / "v").mkdir()
    vintage = Vintage("nsc_wheat_yield", "2027-03-01", tmp_path / "v/table.xls", "https://example.org", "0" * 64)
    adopt_vintage("nsc_wheat_yield", [candidate], vintage, tmp_path / "raw")
    new = read_table(read_card("nsc_wheat_yield", tmp_path / "raw"), "wheat_yield_by_oblast.csv", tmp_path / "raw")
    assert len(new) == len(old) + 7
    assert new[new["year"] != "2026"].reset_index(drop=True).equals(old)
    assert set(new.loc[new["year"] == "2026", "yield_c_per_ha"]) == {"30.0"}
