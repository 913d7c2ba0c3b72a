"""What tests of several analyses share."""

import pytest

from pipeline.analysis import paper_tables
from pipeline.ledger.holdings import Holdings
from pipeline.panel import load_exposures, load_panel


@pytest.fixture(scope="session")
def held(built) -> Holdings:
    """What the statements of the paper are held against, without results of notebooks. Read only."""
    return paper_tables.holdings(load_exposures(built.exposures), load_panel(built.panel), built.interim)
