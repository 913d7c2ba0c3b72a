"""Warm kernels: only where they can be, and none is left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from pipeline.paths import ROOT
from pipeline.run import warm
from pipeline.run.warm import can_fork, warm_kernel_manager

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")


def test_a_kernel_is_forked_only_on_linux_from_a_process_that_has_its_imports(monkeypatch):
    monkeypatch.setitem(sys.modules, "ipykernel.kernelapp", object())
    monkeypatch.setattr(warm.sys, "platform", "linux")
    assert can_fork()
    monkeypatch.setattr(warm.sys, "platform", "darwin")  # it has fork, but not one that is safe
    assert not can_fork()
    monkeypatch.setattr(warm.sys, "platform", "linux")
    monkeypatch.delitem(sys.modules, "ipykernel.kernelapp")
    assert not can_fork()


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not asked for yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@on_linux
@pytest.mark.parametrize("failing", [False, True])
def test_a_kernel_that_was_not_needed_is_ended(monkeypatch, failing):
    forked = []
    fork = os.fork
    monkeypatch.setattr(os, "fork", lambda: forked.append(fork()) or forked[-1])
    try:
        with warm_kernel_manager():
            assert alive(forked[0])
            if failing:
                raise KeyboardInterrupt
    except KeyboardInterrupt:
        pass
    assert not alive(forked[0])


CHILD = """
import os, sys, time
from pipeline.run.warm import end_with_parent
pid = os.fork()
if pid == 0:
    end_with_parent()
    time.sleep(100)
    os._exit(0)
print(pid, flush=True)
time.sleep(100)
"""


@on_linux
def test_a_kernel_ends_with_the_process_that_started_it_however_that_ended():
    with subprocess.Popen([sys.executable, "-c", CHILD], stdout=subprocess.PIPE, text=True) as parent:
        kernel = int(parent.stdout.readline())
        time.sleep(0.5)  # until the kernel has asked for it
        assert alive(kernel)
        parent.send_signal(signal.SIGKILL)
    until = time.monotonic() + 20
    while alive(kernel) and time.monotonic() < until:
        time.sleep(0.05)
    assert not alive(kernel)


OWNER = """
import multiprocessing, os, time
from concurrent.futures import ProcessPoolExecutor
from pipeline.site.workers import end_with_owner

if __name__ == "__main__":
    context = multiprocessing.get_context("forkserver")
    pool = ProcessPoolExecutor(2, mp_context=context, initializer=end_with_owner, max_tasks_per_child=1)
    busy = pool.submit(time.sleep, 100)
    print(pool.submit(os.getpid).result(), *pool._processes, flush=True)
    time.sleep(100)
"""


@on_linux
def test_processes_of_a_pool_end_with_the_one_that_owns_it(tmp_path):
    """The server that forks them is started by the owner and lives as long as any of them."""
    (tmp_path / "owner.py").write_text(OWNER)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(tmp_path / "owner.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as owner:
        owner.stdout.readline()
        started = psutil.Process(owner.pid).children(recursive=True)
        assert len(started) >= 3  # the server, the tracker of resources, a process that is busy
        owner.send_signal(signal.SIGKILL)
    assert _left(started) == []


ALONE = """
import sys, time
from pipeline.run.engine import Engine

def busy():
    print("begun", file=sys.__stdout__, flush=True)
    time.sleep(100)

if __name__ == "__main__":
    Engine().apart(busy)
"""


@on_linux
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_asked_to_end_leaves_no_process_behind(tmp_path, number):
    (tmp_path / "alone.py").write_text(ALONE)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(tmp_path / "alone.py")]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, **streams, text=True, env=environment) as alone:
        assert alone.stdout.readline() == "begun\n"
        started = psutil.Process(alone.pid).children(recursive=True)
        alone.send_signal(number)
        assert alone.wait(60) != 0
        assert "KeyboardInterrupt" in alone.stderr.read()
    assert len(started) >= 3 and _left(started) == []


def _left(started: list[psutil.Process]) -> list[psutil.Process]:
    """Which of them have not ended after twenty seconds; these are ended then."""
    end = time.monotonic() + 20
    while (left := [process for process in started if _runs(process)]) and time.monotonic() < end:
        time.sleep(0.05)
    for process in left:
        process.kill()
    return left


def _runs(process: psutil.Process) -> bool:
    """Whether it has not ended; one that has and that its new parent has not yet asked for is ended too."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
