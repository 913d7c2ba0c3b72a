"""Loaded last by the process that stages are forked from.

It ends at once when it is no longer needed: it holds nothing that would have to be put away, and to take its modules
apart would keep a shell that waits for all output of a run for another half a second. Processes forked from it end as
they always do. What it has imported is nothing that their collections of garbage need to look through, and these come
seldom: a drawing makes many small objects, and a tenth of its time went into looking for circles among them.
"""

import atexit
import gc
import os

atexit.register(os._exit, 0)
gc.collect()
gc.freeze()
gc.set_threshold(100_000, 50, 100)
