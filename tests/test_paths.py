"""Putting finished files in place: at any moment the old or the new one is there."""

import errno
from pathlib import Path

import pytest

from pipeline import paths


@pytest.fixture
def build(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "BUILD", tmp_path / "build")
    return tmp_path / "build"


def test_a_file_is_written_as_it_is_said_in_utf_8_and_nothing_else_stays(tmp_path, build):
    paths.write_whole(tmp_path / "a" / "page.html", "Чүй\n")
    paths.write_whole(tmp_path / "a" / "page.pdf", b"\r\n\xff")
    assert (tmp_path / "a" / "page.html").read_bytes() == "Чүй\n".encode()
    assert (tmp_path / "a" / "page.pdf").read_bytes() == b"\r\n\xff"
    assert list(build.iterdir()) == [] and len(list((tmp_path / "a").iterdir())) == 2


def test_a_writing_that_is_cut_off_leaves_the_old_file(tmp_path, build, monkeypatch):
    page = tmp_path / "page.html"
    page.write_text("old")

    def half(path, content):
        with path.open("wb") as file:
            file.write(content[:2])
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(KeyboardInterrupt):
        paths.write_whole(page, "new content")
    assert page.read_text() == "old" and [p.name for p in tmp_path.iterdir() if p != build] == ["page.html"]


def test_a_file_goes_to_another_file_system_as_well(tmp_path, build, monkeypatch):
    rename = Path.replace

    def across(self, target):
        if self.parent == build:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", across)
    paths.write_whole(tmp_path / "page.html", "new")
    assert (tmp_path / "page.html").read_text() == "new" and list(build.iterdir()) == []
    assert not (tmp_path / ".page.html.new").exists()
