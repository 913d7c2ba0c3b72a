"""Loaded first by the process that stages are forked from: it leaves the group of the process that started it.

Ctrl-C in a terminal is sent to a whole group. The engine alone has to hear it, and ends what it has started; a process
that waits for its first stage would otherwise end with a traceback of its own.
"""

import os

if hasattr(os, "setpgrp"):
    os.setpgrp()
