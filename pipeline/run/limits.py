"""A notebook that hangs or prints without end is stopped, and said so.

nbclient waits for a cell for ever and keeps whatever it prints. Papermill takes other engines: this one gives a cell
`CELL_MINUTES`, and interrupts a notebook that has printed more than `PRINTED_MIB`.
"""

import asyncio
import os

from jupyter_client.utils import ensure_async
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines

ENGINE = "limited"
START_SECONDS = 300
"""A hundred times what a kernel takes to start and answer."""
CELL_MINUTES = 30
"""A hundred times what the longest cell of the collection takes."""
PRINTED_MIB = 20
"""Everything that a notebook prints, pictures and tables apart; the longest report holds a hundredth of it."""
ENDED = "-- the cells have been run --\n"
"""Stands on stderr between what a kernel says of its notebook and what it says of its own ending."""


class LimitedClient(PapermillNotebookClient):
    """Papermill's client that counts what is printed.

    Attributes
    ----------
    printed
        Characters so far.
    """

    printed = 0

    def process_message(self, message, cell, index):
        """As papermill does; what is printed beyond the limit is dropped, and the kernel interrupted once."""
        if message["msg_type"] == "stream":
            was = self.printed
            self.printed += len(message["content"]["text"])
            limit = PRINTED_MIB * 2**20
            if self.printed > limit:
                if was <= limit:
                    self._interrupting = asyncio.ensure_future(ensure_async(self.km.interrupt_kernel()))
                    cell.metadata["printed_too_much"] = True
                return None
        return super().process_message(message, cell, index)

    def papermill_execute_cells(self):
        """As papermill does; then say on stderr, which the kernel shares, that what follows is of its ending."""
        super().papermill_execute_cells()
        os.write(2, ENDED.encode())


class LimitedEngine(NBClientEngine):
    """Papermill's engine with `LimitedClient`."""

    @classmethod
    def execute_managed_notebook(cls, nb_man, kernel_name, start_timeout=60, kernel_manager_class=None, **options):
        """Run the notebook of `nb_man`; see `papermill.engines.NBClientEngine`."""
        own = {"kernel_manager_class": kernel_manager_class} if kernel_manager_class else {}
        client = LimitedClient(
            nb_man, kernel_name=kernel_name, startup_timeout=start_timeout, timeout=round(60 * CELL_MINUTES), **own
        )
        return client.execute()


papermill_engines.register(ENGINE, LimitedEngine)
