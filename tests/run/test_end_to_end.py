"""The whole way, in two fresh copies of the project: from raw tables to reports, twice, byte for byte."""

import hashlib
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipeline.paths import ROOT
from pipeline.run.stages import read_stages
from tests.copies import clone, pipeline

pytestmark = pytest.mark.end_to_end


def outputs(folder: Path) -> dict[str, str]:
    """Checksums of everything the stages write, tables that are not committed included."""
    files = {}
    for out in sorted({out for s in read_stages().values() for out in s.outs}):
        path = folder / out
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                files[file.relative_to(folder).as_posix()] = hashlib.sha256(file.read_bytes()).hexdigest()
    return files


def test_two_copies_reproduce_the_committed_reports_byte_for_byte(tmp_path):
    one, two = clone(tmp_path / "one"), clone(tmp_path / "another folder with spaces")
    with ThreadPoolExecutor() as both:  # each takes minutes and one core
        first, other = both.map(lambda folder: pipeline(folder, "reproduce"), (one, two))
    assert first.returncode == 0, first.stdout + first.stderr
    assert "0 are not" in first.stdout and "Traceback" not in first.stderr
    assert first.stderr == ""  # quiet: no warnings, no remarks of papermill, ipykernel or DVC
    assert other.returncode == 0, other.stdout + other.stderr
    assert outputs(one) == outputs(two)
    again = pipeline(one, "reproduce")
    assert again.returncode == 0, again.stdout + again.stderr
    assert outputs(one) == outputs(two)
    there = {name for name in outputs(one) if name.startswith("reports/")}
    assert there == {p.relative_to(ROOT).as_posix() for p in (ROOT / "reports").rglob("*") if p.is_file()}
    clean = subprocess.run(["git", "status", "--porcelain"], cwd=one, check=True, capture_output=True, text=True)
    assert clean.stdout == ""  # dvc.lock and everything else is as it was committed

    nothing = pipeline(one, "report")
    assert nothing.returncode == 0 and ":" not in nothing.stdout  # up to date: no stage runs

    edited = one / "data" / "raw" / "nsc_wheat_yield" / "wheat_yield_by_oblast.csv"
    edited.write_text(
        edited.read_text(encoding="utf-8").replace("Jalal-Abad,2024,wheat,27.7", "Jalal-Abad,2024,wheat,28.7"),
        encoding="utf-8",
    )
    before = outputs(one)
    stopped = pipeline(one, "report")
    assert stopped.returncode != 0 and "is not the file its card describes" in stopped.stderr
    assert {k: v for k, v in outputs(one).items() if k.startswith("reports/")} == {
        k: v for k, v in before.items() if k.startswith("reports/")
    }
    assert pipeline(one, "record", "nsc_wheat_yield").returncode == 0
    stopped = pipeline(one, "report")
    assert stopped.returncode != 0 and "expected 27.7" in stopped.stderr  # the card's fact still knows better
