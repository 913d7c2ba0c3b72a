"""What a run is compared with: a commit, also from a folder of another repository, checksums, or what was there."""

import hashlib
import shutil
import subprocess

import pytest

from pipeline.errors import PipelineError
from pipeline.run import committed as module
from pipeline.run.committed import CHECKSUMS, reference

COMMIT = ("-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-qm", "x")


def git(folder, *arguments):
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def filled(folder):
    """A project with two outputs in a folder, one with a name in Cyrillic, and a file that is no output."""
    for name in ("reports/a.json", "reports/түшүм.svg", "data/README.md", "other.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(f"{name}\n".encode())
    return folder


@pytest.mark.parametrize("place", [".", "thesis/replication"])
@pytest.mark.parametrize("kind", ["sha1", "sha256"])
def test_a_commit_is_found_from_the_project_s_own_folder(tmp_path, place, kind):
    """In a folder of another repository, a thesis for example, paths count from the project."""
    git(tmp_path, "init", "-q", f"--object-format={kind}")
    project = filled(tmp_path / place)
    git(tmp_path, "add", "-A")
    git(tmp_path, *COMMIT)
    found = reference(["reports", "data/README.md"], project)
    assert set(found.digests) == {"reports/a.json", "reports/түшүм.svg", "data/README.md"} and found.remark == ""
    assert all(found.is_same(path, project) for path in found.digests)
    (project / "reports" / "a.json").write_bytes(b"reports/a.json \n")
    assert not found.is_same("reports/a.json", project) and not found.is_same("reports/gone", project)
    assert found.holds("reports/a.json") and not found.holds("other.txt")


def test_checksums_come_before_the_commit_of_whoever_keeps_the_archive(tmp_path):
    project = filled(tmp_path)
    git(project, "init", "-q")
    git(project, "add", "-A")
    git(project, *COMMIT)
    lines = "".join(f"{hashlib.sha256(n.encode()).hexdigest()}  {n}\n" for n in ("reports/a.json", "reports2/b", "x"))
    (project / CHECKSUMS).write_text(lines, encoding="utf-8")
    found = reference(["reports"], project)
    assert found.name == "those of checksums.sha256" and set(found.digests) == {"reports/a.json"}
    assert not found.is_same("reports/a.json", project)
    (project / "reports" / "a.json").write_bytes(b"reports/a.json")
    assert found.is_same("reports/a.json", project)


def test_a_line_that_is_no_checksum_is_named(tmp_path):
    (tmp_path / CHECKSUMS).write_text("abc  reports/a.json\n", encoding="utf-8")
    with pytest.raises(PipelineError, match=r"checksums\.sha256, line 1: expected a sha256, two spaces and a path"):
        reference(["reports"], tmp_path)


@pytest.mark.parametrize(
    ("situation", "why"),
    [
        ("nothing", "This is not a git repository"),
        ("no commit", "The git repository has no commit"),
        ("another's repository", "does not hold these files"),
        ("no git", "git is not installed"),
    ],
)
def test_without_either_the_files_that_lie_there_are_what_is_compared_with(tmp_path, monkeypatch, situation, why):
    project = filled(tmp_path / "project")
    if situation in ("no commit", "another's repository"):
        git(tmp_path, "init", "-q")
    if situation == "another's repository":
        (tmp_path / "own.txt").write_text("x")
        git(tmp_path, "add", "own.txt")
        git(tmp_path, *COMMIT)
    if situation == "no git":
        monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    found = reference(["reports", "data/README.md", "not made yet"], project)
    assert why in found.remark and found.name == "those that were there before"
    assert set(found.digests) == {"reports/a.json", "reports/түшүм.svg", "data/README.md"}
    assert found.is_same("reports/a.json", project)


@pytest.mark.skipif(
    not hasattr(module.os, "geteuid") or module.os.geteuid() != 0, reason="only root can give files away"
)
def test_another_s_repository_is_refused_in_git_s_own_words(tmp_path, monkeypatch):
    """What git says holds the command that helps; «is not a git clone» sent readers the wrong way."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")
    monkeypatch.delenv("SUDO_UID", raising=False)
    project = filled(tmp_path)
    git(project, "init", "-q")
    for path in (project, *project.rglob("*")):
        shutil.chown(path, 12345)
    with pytest.raises(PipelineError, match=r"(?s)dubious ownership.*safe\.directory"):
        reference(["reports"], project)
