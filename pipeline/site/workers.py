"""Processes that make parts of the site side by side, with what this one has read already where the system can fork."""

import os
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context


def workers() -> ProcessPoolExecutor:
    """As many processes as this one may use processors; to be made when what they share has been read."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return ProcessPoolExecutor(processors, mp_context=get_context("fork" if sys.platform == "linux" else "spawn"))
