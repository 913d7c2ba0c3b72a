"""The steps of stages end with a sentence, also where the place that they write to is at fault."""

import errno
from pathlib import Path

import pytest

from pipeline.errors import storage_problem
from pipeline.run import steps


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_a_full_disk_is_said_with_what_to_do(monkeypatch, capsys):
    monkeypatch.setitem(steps.STEPS, "freeze", lambda: str(Path("/dev/full").write_text("x", encoding="utf-8")))
    assert steps.perform("freeze") == 1
    said = capsys.readouterr().err
    assert "No space left on device; a run needs about 200 MB" in said and "last good reports are as they were" in said


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS])
def test_a_folder_that_cannot_be_written_to_is_named(monkeypatch, capsys, number):
    def refused():
        raise OSError(number, "no", "reports/x")

    monkeypatch.setitem(steps.STEPS, "freeze", refused)
    assert steps.perform("freeze") == 1
    assert capsys.readouterr().err.startswith("\nerror: reports/x: no; ")


def test_an_error_that_a_user_cannot_mend_is_not_swallowed(monkeypatch):
    def broken():
        raise OSError(errno.EBADF, "bad file descriptor")

    monkeypatch.setitem(steps.STEPS, "freeze", broken)
    assert storage_problem(OSError(errno.EBADF, "x")) is None
    with pytest.raises(OSError, match="bad file descriptor"):
        steps.perform("freeze")


def test_a_step_that_does_not_exist_lists_those_that_do(capsys):
    assert steps.perform("cook") == 1
    assert "There is no step 'cook'. Steps: ingest, harmonise," in capsys.readouterr().err
    assert "cook" not in steps.STEPS
