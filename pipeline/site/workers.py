"""Processes that make parts of the site side by side, with what this one has read already where the system can fork."""

import ctypes
import multiprocessing
import os
import signal
import sys
from concurrent.futures import ProcessPoolExecutor

_PR_SET_PDEATHSIG = 1  # Linux: the signal that a process gets when the one that started it ends


def end_with_parent() -> None:
    """Let this process be killed when the one that started it ends, however that ended (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        asked_by = multiprocessing.parent_process()
        if asked_by is not None and not asked_by.is_alive():
            os._exit(1)


def end_with_owner() -> None:
    """Let this process, one of a pool, be killed when the process that owns the pool ends (Linux).

    That is not the one that started it where there is a server of forks in between, which lives as long as any process
    that it has forked. The owner holds the other end of a pipe: the system is asked for a signal when it closes.
    """
    if sys.platform == "linux":
        import fcntl

        pipe = multiprocessing.parent_process().sentinel
        fcntl.fcntl(pipe, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(pipe, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) | os.O_ASYNC)
    end_with_parent()


def workers() -> ProcessPoolExecutor:
    """As many processes as this one may use processors; to be made when what they share has been read."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    return ProcessPoolExecutor(processors, mp_context=context, initializer=end_with_parent)
