"""Processes that make parts of the site side by side, with what this one has read already where the system can fork."""

import ctypes
import multiprocessing
import os
import signal
import sys
from concurrent.futures import ProcessPoolExecutor

_PR_SET_PDEATHSIG = 1  # Linux: the signal that a process gets when the one that started it ends


def end_with_parent() -> None:
    """Let this process be killed when the one that started it ends, however that ended (Linux).

    Where the process that asked for it is gone already, it ends now.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    asked_by = multiprocessing.parent_process()
    if asked_by is not None and not asked_by.is_alive():
        os._exit(1)


def workers() -> ProcessPoolExecutor:
    """As many processes as this one may use processors; to be made when what they share has been read."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    return ProcessPoolExecutor(processors, mp_context=context, initializer=end_with_parent)
