"""The whole way in a package of the project, unpacked where there is no git: from raw tables to reports, byte for byte,
and what an edit runs."""

import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from pipeline.run.committed import read_checksums, sha256
from pipeline.run.stages import files_of, stages
from tests.copies import call, clone, pipeline

pytestmark = [pytest.mark.end_to_end, pytest.mark.slow]

EDITED = "cluster_model"


def reports(folder: Path) -> dict[str, bytes]:
    """The files in reports/ by name."""
    found = sorted((folder / "reports").rglob("*"))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found if path.is_file()}


def ran(done: subprocess.CompletedProcess[str]) -> list[str]:
    """The stages that a run says it has run."""
    return re.findall(r"^\d+:\d\d  (\w+) \(", done.stdout, re.M)


def out_of_date(folder: Path, **variables: str) -> set[str]:
    """The stages whose inputs changed since they ran."""
    command = call(folder, **variables) | {"args": [sys.executable, "-m", "dvc", "status", "--json"]}
    return set(json.loads(subprocess.run(**command, check=True, capture_output=True).stdout))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path}"
    path.write_text(text.replace(old, new), encoding="utf-8", newline="\n")


def unpacked(tmp_path: Path) -> Path:
    """A package of the project as it stands, unpacked into an empty folder; made twice it was the same bytes."""
    source = clone(tmp_path / "source")
    made = [pipeline(source, "package", "--to", str(tmp_path / name)) for name in ("one.zip", "two.zip")]
    assert [each.returncode for each in made] == [0, 0], made[0].stdout + made[0].stderr
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    folder = tmp_path / "another folder with spaces"
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        archive.extractall(folder)
    for described in ("ro-crate-metadata.json", "datapackage.json", "codecheck.yml"):
        assert str(tmp_path) not in (folder / described).read_text(encoding="utf-8")  # nothing of this machine
    shutil.rmtree(source)
    return folder


def test_a_package_reproduces_the_committed_reports_and_an_edit_runs_what_reads_it(tmp_path):
    """The committed reports were made in another folder, by another process with another order of sets; the package
    holds no repository, and there is no git to be found."""
    copy, nowhere = unpacked(tmp_path), {"PATH": str(tmp_path / "nothing")}
    committed = reports(copy)
    first = pipeline(copy, "reproduce", **nowhere)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "are byte-identical to those of checksums.sha256, 0 are not." in first.stdout
    assert first.stderr == ""  # quiet: no warnings, no remarks of papermill, ipykernel or DVC
    assert sorted(ran(first)) == sorted(stages())
    assert reports(copy) == committed
    declared = files_of(tuple(out for stage in stages().values() for out in stage.kept), copy)
    assert set(committed) == {name for name in declared if name.startswith("reports/")}
    # Nothing that came along was touched; dvc.lock too, which holds digests of the tables that are not committed.
    listed = read_checksums(copy)
    assert [name for name, digest in listed.items() if sha256((copy / name).read_bytes()) != digest] == []
    assert {"ro-crate-metadata.json", "datapackage.json", "codecheck.yml", "CITATION.cff", "LICENSE"} <= set(listed)

    nothing = pipeline(copy, "report")
    assert nothing.returncode == 0 and ran(nothing) == []

    translation = copy / "pipeline" / "locale" / "ky" / f"{EDITED}.po"
    translation.write_text(translation.read_text(encoding="utf-8") + "\n# a remark\n", encoding="utf-8", newline="\n")
    assert out_of_date(copy, **nowhere) == {"publish"}  # no notebook runs for a word in Kyrgyz

    notebook = copy / "notebooks" / f"{EDITED}.ipynb"
    article = json.loads(notebook.read_text(encoding="utf-8"))
    code = [cell for cell in article["cells"] if cell["cell_type"] == "code"]
    code[-1]["source"].append("\n# the same result")
    notebook.write_text(json.dumps(article, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
    partly = pipeline(copy, "report")
    assert partly.returncode == 0, partly.stdout + partly.stderr
    assert ran(partly) == ["freeze", EDITED, "publish"]  # its results are the same, so nothing that reads them runs

    raw = copy / "data" / "raw" / "nsc_wheat_yield" / "wheat_yield_by_oblast.csv"
    edit(raw, "Jalal-Abad,2024,wheat,27.7", "Jalal-Abad,2024,wheat,28.7")
    before = reports(copy)
    stopped = pipeline(copy, "report")
    assert stopped.returncode != 0 and "is not the file its card describes" in stopped.stderr
    assert reports(copy) == before
    assert pipeline(copy, "record", "nsc_wheat_yield").returncode == 0
    stopped = pipeline(copy, "report")
    assert stopped.returncode != 0 and "expected 27.7" in stopped.stderr  # the card's fact still knows better
    assert reports(copy) == before
