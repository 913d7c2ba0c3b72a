"""The package: made from a clean commit only, the same bytes again, and described so that others' programs read it.

That it reproduces the reports, unpacked where there is no git, is tried in `test_end_to_end`.
"""

import json
import shutil
import subprocess
import zipfile

import pytest
import yaml
from rocrate.rocrate import ROCrate

from pipeline.data.cards import Column, read_card, read_cards
from pipeline.errors import PipelineError
from pipeline.paths import RAW, ROOT
from pipeline.run import package as module
from pipeline.run.metadata import CODECHECK, _field, codecheck, data_package, ro_crate, validate_data_package
from pipeline.run.package import committed_files, require_clean, require_outputs, write_package, write_zip
from pipeline.site.citation import Citation
from pipeline.site.readme import Exhibit
from tests.copies import project_files

COMMIT = ("-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-qm", "x")
CITATION = Citation.read()


def git(folder, *arguments):
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture(params=[".", "thesis/replication"])
def project(tmp_path, request):
    """A small committed project, also in a folder of another repository that has changes of its own."""
    folder = tmp_path / request.param
    (folder / "data").mkdir(parents=True)
    (folder / "a.txt").write_bytes(b"one\ntwo\n")
    (folder / "data" / "түшүм.csv").write_bytes(b"x\n1\n")
    (folder / "run").write_bytes(b"#!/bin/sh\n")
    (folder / "run").chmod(0o755)
    (folder / ".gitignore").write_bytes(b"build/\n")
    (folder / ".gitattributes").write_bytes(b"* text=auto eol=lf\n")
    (tmp_path / "outside.txt").touch()
    git(tmp_path, "init", "-q")
    git(tmp_path, "config", "core.autocrlf", "true")
    git(tmp_path, "add", "-A")
    git(tmp_path, *COMMIT)
    if request.param != ".":
        (tmp_path / "outside.txt").write_text("changed")
    return folder


def test_what_is_committed_goes_into_it_with_its_mode_and_its_line_ends(project):
    contents, modes, when = committed_files(project)
    assert contents == {
        name: (project / name).read_bytes()
        for name in ("a.txt", "data/түшүм.csv", "run", ".gitignore", ".gitattributes")
    } | ({"outside.txt": b""} if (project / "outside.txt").exists() else {})
    assert modes["run"] == 0o755 and modes["a.txt"] == 0o644 and when > 1_700_000_000


def test_a_clean_project_passes_and_any_difference_is_named(project):
    (project / "build").mkdir()
    (project / "build" / "x").touch()
    require_clean(project)
    (project / "a.txt").write_text("edited")
    (project / "data" / "new.csv").touch()
    (project / "run").unlink()
    with pytest.raises(PipelineError, match="these files differ from it or are not in it") as caught:
        require_clean(project)
    assert all(name in str(caught.value) for name in ("a.txt", "data/new.csv", "run"))
    assert "outside.txt" not in str(caught.value) and "build" not in str(caught.value)


def test_of_many_differences_some_are_named(project):
    for number in range(14):
        (project / f"new{number}").touch()
    with pytest.raises(PipelineError, match="and 4 more\n"):
        require_clean(project)


def test_without_a_commit_or_git_there_is_nothing_to_make_it_from(tmp_path, monkeypatch):
    with pytest.raises(PipelineError, match="not a git repository"):
        require_clean(tmp_path)
    git(tmp_path, "init", "-q")
    with pytest.raises(PipelineError, match="there is no commit yet"):
        require_clean(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PipelineError, match="git is not installed"):
        require_clean(tmp_path)


def test_a_name_that_is_no_zip_file_is_refused_before_the_work(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "require_clean", lambda root: pytest.fail("it worked on"))
    for name in (tmp_path, tmp_path / "package.tar"):
        with pytest.raises(PipelineError, match=r"is not the name of a \.zip file, for example build/green-clusters"):
            write_package(name)


def test_the_same_contents_are_the_same_bytes(tmp_path):
    contents = {"b/run": b"#!/bin/sh", "a.txt": b"x" * 10_000}
    first, second = tmp_path / "1.zip", tmp_path / "2.zip"
    write_zip(first, contents, {"b/run": 0o755}, 1_700_000_000)
    write_zip(second, dict(reversed(contents.items())), {"b/run": 0o755}, 1_700_000_000)
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        assert archive.namelist() == ["a.txt", "b/run"]
        assert [entry.external_attr >> 16 for entry in archive.infolist()] == [0o100644, 0o100755]
        assert {entry.date_time for entry in archive.infolist()} == {(2023, 11, 14, 22, 13, 20)}
        assert archive.read("b/run") == b"#!/bin/sh"


def test_a_commit_without_a_report_s_output_is_refused():
    require_outputs(["reports/a/results.json"], {"reports/a/results.json": b""})
    with pytest.raises(
        PipelineError, match=r"lacks 1 files(?s:.*)reports/b/results\.json\nRun python -m pipeline report"
    ):
        require_outputs(["reports/a/results.json", "reports/b/results.json"], {"reports/a/results.json": b""})


# What describes it ----------------------------------------------------------------------------------------------------


def test_the_published_tables_are_a_valid_data_package():
    cards = read_cards()
    made = data_package(cards, CITATION)
    validate_data_package(made)
    assert {r["path"] for r in made["resources"]} == {f"data/raw/{c.id}/{name}" for c in cards for name in c.tables}
    wheat = next(r for r in made["resources"] if r["name"] == "nsc_wheat_yield-wheat_yield_by_oblast")
    assert wheat["schema"]["primaryKey"] == ["oblast", "year", "crop"]
    assert wheat["bytes"] == (ROOT / wheat["path"]).stat().st_size
    field = next(field for field in wheat["schema"]["fields"] if field["name"] == "yield_c_per_ha")
    assert field["type"] == "number" and field["unit"] == "c_per_ha" and field["constraints"]["required"]
    assert all("unclear" in r["licenses"][0]["title"] for r in made["resources"] if "nsc_population" in r["path"])


def test_the_limits_of_a_card_are_constraints_of_its_field():
    number = Column(type="number", description="a", at_least=0, at_most="99.5", decimals=1)
    word = Column(type="text", description="a", one_of=("yes", "no"), optional=True)
    figure = Column(type="figure", description="a", at_least=0)
    assert _field("a", number)["constraints"] == {"required": True, "minimum": 0, "maximum": 99.5}
    assert _field("a", word)["constraints"] == {"enum": ["yes", "no"]}
    assert "minimum" not in _field("a", figure)["constraints"]  # of `>80` and `45-112` the format knows no order


def test_a_table_that_is_not_what_its_card_says_is_named(tmp_path):
    folder = tmp_path / "data" / "raw" / "era5_temperature"
    shutil.copytree(RAW / "era5_temperature", folder)
    table = next(folder.glob("*.csv"))
    lines = table.read_text(encoding="utf-8").splitlines()
    lines[3] = lines[3].replace(lines[3].split(",")[0], "many", 1)
    table.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    made = data_package([read_card("era5_temperature", tmp_path / "data" / "raw")], CITATION, tmp_path)
    with pytest.raises(PipelineError, match=r"(?s)not the data package that their cards describe.*annual_temperature"):
        validate_data_package(made, tmp_path)


TITLES = {"yield_change": "How much did yields change?", "power": "What can be seen?"}


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """The project's files, as a package would hold them."""
    found = {name: (ROOT / name).read_bytes() for name in project_files() if (ROOT / name).is_file()}
    return found | {"datapackage.json": b"{}", "codecheck.yml": b"---"}


@pytest.fixture(scope="module")
def crate(files) -> dict:
    return ro_crate(read_cards(), TITLES, CITATION, files)


def test_the_crate_names_files_that_are_there_and_says_the_same_again(crate, files):
    assert ro_crate(read_cards(), TITLES, CITATION, files) == crate
    described = {e["@id"] for e in crate["@graph"] if "File" in e["@type"]}
    assert described <= set(files) and "data/raw/nsc_wheat_yield/wheat_yield_by_oblast.csv" in described
    folders = [e["@id"] for e in crate["@graph"] if e["@type"] == "Dataset" and e["@id"] != "./"]
    assert folders and [folder for folder in folders if not (ROOT / folder).is_dir()] == []


def test_other_programs_read_the_crate(crate, tmp_path):
    """The library opens it as anybody's program would, and finds what a reader asks for first."""
    (tmp_path / "ro-crate-metadata.json").write_text(json.dumps(crate), encoding="utf-8")
    opened = ROCrate(str(tmp_path))
    assert opened.name == CITATION.project.title
    assert str(opened.root_dataset["datePublished"])[:10] == CITATION.project.released
    assert opened.mainEntity.id == "dvc.yaml" and opened.license.id == "https://spdx.org/licenses/MIT"
    source = opened.get("data/raw/nsc_population/")
    assert source["license"]["name"] == "unclear" and "National Statistical Committee" in source["publisher"]["name"]
    run = opened.get("#run-yield_change")
    assert run["instrument"].id == "notebooks/yield_change.ipynb" and run["result"].id == "reports/yield_change/"


def test_the_manifest_of_a_codecheck_lists_what_has_to_be_made_again():
    shown = [
        Exhibit("a", "Figure 1", "A: b #1.", "p", "f", "reports/a/figures/x.svg", "reports/a/figures/x.csv"),
        Exhibit("a", "Table 1", "C.", "p", "", "reports/a/tables/y.csv", ""),
    ]
    text = codecheck(shown, ["reports/a/results.json"], CITATION)
    assert text.startswith("%YAML 1.1\n") and "\n---\n" in text
    read = yaml.safe_load(text)
    assert read["version"] == CODECHECK and read["paper"]["authors"] == [{"name": CITATION.project.authors[0]}]
    assert {item["file"]: item["comment"] for item in read["manifest"]} == {
        "reports/a/results.json": "Values of the report a",
        "reports/a/figures/x.svg": "Figure 1 of the report a. A: b #1.",
        "reports/a/figures/x.csv": "The data of Figure 1 of the report a",
        "reports/a/tables/y.csv": "Table 1 of the report a. C.",
    }
    assert "codechecker" not in read and "certificate" not in read  # theirs to say
