"""Warm kernels: a notebook's kernel forked from a process that has its imports already.

A kernel that starts from nothing spends two to three seconds on imports. Where the system can fork, a copy of this
process waits until papermill's kernel manager has written the connection file, and then becomes the kernel; messages,
outputs and limits are those of any kernel. Each notebook has a process of its own, forked before anything of another
one has run. Where there is no fork (Windows), or nothing to gain, kernels start as usual.
"""

import asyncio
import contextlib
import os
import signal
import sys
import traceback
import uuid
import warnings
from collections.abc import Iterator
from typing import Any

from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from pipeline.site.workers import end_with_parent


class _Forked:
    """A forked process with the methods of `subprocess.Popen` that a provisioner calls."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int):
        self.pid = pid
        self._code: int | None = None

    def poll(self) -> int | None:
        if self._code is None:
            with contextlib.suppress(ChildProcessError):
                pid, status = os.waitpid(self.pid, os.WNOHANG)
                self._code = os.waitstatus_to_exitcode(status) if pid else None
        return self._code

    def wait(self) -> int | None:
        if self._code is None:
            with contextlib.suppress(ChildProcessError):
                self._code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self._code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def can_fork() -> bool:
    """Whether a kernel can be forked here: on a system with a safe fork, from a process that has the imports."""
    return sys.platform == "linux" and "ipykernel.kernelapp" in sys.modules


@contextlib.contextmanager
def warm_kernel_manager() -> Iterator[type[AsyncKernelManager]]:
    """A kernel manager for one notebook, whose kernel is a copy of this process as it is now.

    To be entered before anything opens a socket or starts a thread.
    """
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        _become_kernel(reader, writer)
    os.close(reader)
    process = _Forked(pid)

    class Provisioner(LocalProvisioner):
        async def launch_kernel(self, cmd: list[str], **kwargs: Any):
            os.write(writer, os.fsencode(self.parent.connection_file))
            os.close(writer)
            self.process, self.pid = process, pid
            return self.connection_info

    class Manager(AsyncKernelManager):
        async def _async_pre_start_kernel(self, **kw: Any):
            self.kernel_id = self.kernel_id or str(uuid.uuid4())
            self.provisioner = Provisioner(kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self)
            return await super()._async_pre_start_kernel(**kw)

    try:
        yield Manager
    finally:
        process.kill()
        process.wait()


def _as_if_started_anew() -> None:
    """Undo what a kernel from nothing would not have: this process's filters of warnings, pandas' idea that frames are
    shown in a terminal, which it took from where it was imported, and the event loop of a notebook that ran before,
    whose calls to wake up would go to this process and leave the kernel waiting when it is told to end."""
    asyncio.set_event_loop(asyncio.new_event_loop())
    warnings.resetwarnings()
    for category in (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning):
        warnings.simplefilter("ignore", category)  # as the interpreter does: they are the business of packages
    warnings.filterwarnings("default", category=DeprecationWarning, module="__main__")
    if "pandas" in sys.modules:
        sys.modules["pandas"].set_option("display.max_columns", 20)


def _become_kernel(reader: int, writer: int) -> None:
    """Wait for the connection file and run the kernel; never returns."""
    code = 1
    try:
        end_with_parent()
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__  # not where this process's own are redirected to
        os.close(writer)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        with os.fdopen(reader, "rb") as pipe:
            connection_file = os.fsdecode(pipe.read())
        if connection_file:
            from ipykernel.kernelapp import IPKernelApp

            # Nobody debugs a run, and the debugger takes a sixth of a second to load.
            sys.modules.setdefault("debugpy.server", None)
            _as_if_started_anew()
            IPKernelApp.launch_instance(argv=["-f", connection_file, f"--IPKernelApp.parent_handle={os.getppid()}"])
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)
