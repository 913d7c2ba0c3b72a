"""When dvc.yaml has to be worked out anew, and what it follows from."""

import subprocess
import sys

import pytest
from dvc.dvcfile import Lockfile
from dvc.repo import Repo
from dvc.utils.serialize import load_yaml

from pipeline.paths import ROOT
from pipeline.run import stage_file

OPENED = """
import sys
from pathlib import Path
from pipeline.run import stages
import pipeline.site.frame
root, seen = Path(sys.argv[1]), set()
def hook(event, arguments):
    if event == "open" and isinstance(arguments[0], str) and Path(arguments[0]).is_relative_to(root):
        seen.add(Path(arguments[0]).relative_to(root).as_posix())
sys.addaudithook(hook)
stages.as_yaml()
print("\\n".join(name for name in sorted(seen) if not name.startswith(".") and "__pycache__" not in name))
"""


def test_all_that_is_read_to_write_the_stages_is_in_the_digest():
    done = subprocess.run([sys.executable, "-c", OPENED, str(ROOT)], cwd=ROOT, capture_output=True, text=True)
    read = set(done.stdout.split())
    assert done.returncode == 0, done.stderr
    assert len(read) > 50 and read <= set(stage_file.followed()), sorted(read - set(stage_file.followed()))


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project of few files, whose stages were found to be right."""
    for name in ("notebooks/a.yml", "notebooks/a.ipynb", "pipeline/x/y.py", "data/raw/s/source.yml", "dvc.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    written = []
    monkeypatch.setattr(stage_file, "CHECKED", tmp_path / "build" / "stages.digest")
    monkeypatch.setattr(stage_file, "followed", lambda found=stage_file.followed: found(tmp_path))
    monkeypatch.setattr(stage_file, "digest", lambda paths, made=stage_file.digest: made(paths, tmp_path))
    monkeypatch.setattr("pipeline.run.stages.write_stages", lambda: written.append(True) or False)
    assert stage_file.keep_stages() is False and len(written) == 1
    return tmp_path, written


def test_stages_are_worked_out_once_while_nothing_changes(project):
    _, written = project
    assert stage_file.keep_stages() is False and len(written) == 1


@pytest.mark.parametrize("name", ["notebooks/a.yml", "notebooks/a.ipynb", "pipeline/x/y.py", "data/raw/s/source.yml"])
def test_an_edit_of_what_they_follow_from_counts(project, name):
    root, written = project
    (root / name).write_text("edited")
    stage_file.keep_stages()
    assert len(written) == 2


@pytest.mark.parametrize("name", ["pipeline/new.py", "notebooks/b.yml", "pipeline/locale/kk/site.po"])
def test_a_new_file_counts(project, name):
    root, written = project
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text("")
    stage_file.keep_stages()
    assert len(written) == 2


def test_an_edit_of_dvc_yaml_by_hand_and_its_loss_count(project):
    root, written = project
    (root / "dvc.yaml").write_text("by hand")
    stage_file.keep_stages()
    (root / "dvc.yaml").unlink()
    stage_file.keep_stages()
    assert len(written) == 3


def test_dvc_does_not_look_for_stages_in_the_environment():
    """Without git it knows of no .gitignore, and would walk through its thousands of folders at every run."""
    with Repo(str(ROOT), config={"core": {"no_scm": True}}) as repo:
        assert repo.dvcignore.is_ignored_dir(str(ROOT / ".venv"))
        assert not repo.dvcignore.is_ignored_dir(str(ROOT / "build"))


def test_dvc_lock_is_written_as_dvc_writes_it(tmp_path):
    """The entries of some stages replaced, those of others left, in DVC's own form."""
    with Repo(str(ROOT), config={"core": {"no_scm": True}}) as repo:
        every = [stage for stage in repo.index.stages if stage.name in ("freeze", "yield_change", "publish")]
        by_dvc, by_us = tmp_path / "by_dvc" / "dvc.lock", tmp_path / "by_us" / "dvc.lock"
        for path in (by_dvc, by_us):
            path.parent.mkdir()
            text = (ROOT / "dvc.lock").read_text(encoding="utf-8")
            path.write_text(text.replace("cmd: python -m pipeline freeze", "cmd: another"), encoding="utf-8")
        lockfile = Lockfile(repo, str(by_dvc))
        lockfile.dump_stages(every)
        stage_file.write_lock(every, by_us)
        assert "cmd: python -m pipeline freeze" in by_us.read_text() and by_us.read_bytes() == by_dvc.read_bytes()
        by_dvc.unlink(), by_us.unlink()
        lockfile.dump_stages(every[:1])
        stage_file.write_lock(every[:1], by_us)
        assert by_us.read_bytes() == by_dvc.read_bytes()


@pytest.mark.parametrize("digest", ["12e34", "1234567890", "0x12", "abc", "1e5.dir", "true", "null"])
def test_a_digest_that_looks_like_a_number_stays_a_text(tmp_path, monkeypatch, digest):
    monkeypatch.setattr("dvc.stage.serialize.to_lockfile", lambda stage: {stage: {"md5": digest, "size": 7}})
    stage_file.write_lock(["a"], tmp_path / "dvc.lock")
    stage_file.write_lock(["b"], tmp_path / "dvc.lock")
    read = load_yaml(str(tmp_path / "dvc.lock"))  # as DVC reads it
    assert read == {"schema": "2.0", "stages": {name: {"md5": digest, "size": 7} for name in "ab"}}
