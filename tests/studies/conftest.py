"""What tests of several analyses share."""

import pytest

from pipeline.data.panel import load_exposures, load_panel
from pipeline.ledger.holdings import Holdings
from pipeline.studies import paper_tables


@pytest.fixture(scope="session")
def held(built) -> Holdings:
    """What the statements of the paper are held against, without results of notebooks. Read only."""
    return paper_tables.holdings(load_exposures(built.exposures), load_panel(built.panel), built.interim)
