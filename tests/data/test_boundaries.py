"""Boundaries: every oblast, closed rings, neighbours that share a border."""

import pytest

from pipeline.data.boundaries import SOURCE, TABLE, oblast_boundaries
from pipeline.data.cards import record
from pipeline.data.vocabulary import oblasts
from pipeline.errors import DataError


def damaged(project, change) -> None:
    """The table with its lines changed, and a card that knows of it."""
    path = project.raw / SOURCE / TABLE
    path.write_text("\n".join(change(path.read_text(encoding="utf-8").splitlines())) + "\n", encoding="utf-8")
    record(SOURCE, project.raw)


def test_every_oblast_has_closed_rings_and_its_neighbours_share_its_border():
    found = oblast_boundaries()
    assert list(found) == oblasts()
    assert all(ring[0] == ring[-1] for rings in found.values() for ring in rings)
    own = set(found["Jalal-Abad"][0])
    share = {name for name in found if name != "Jalal-Abad" and len(own & set(found[name][0])) > 1}
    assert share == {"Talas", "Chui", "Naryn", "Osh"}


def test_a_ring_that_does_not_close_is_refused(project):
    damaged(project, lambda lines: lines[:1] + lines[2:])
    with pytest.raises(DataError, match="Batken, ring 1 is not closed"):
        oblast_boundaries(project.raw)


def test_a_missing_oblast_is_named(project):
    damaged(project, lambda lines: [line for line in lines if not line.startswith("Talas,")])
    with pytest.raises(DataError, match="no boundary of Talas"):
        oblast_boundaries(project.raw)


def test_an_unknown_name_is_refused(project):
    damaged(project, lambda lines: [line.replace("Talas,", "Tallas,") for line in lines])
    with pytest.raises(DataError, match=r"line 827.*oblast is 'Tallas'; its card allows Batken, .*Talas"):
        oblast_boundaries(project.raw)


def test_the_table_is_the_one_of_its_card(project):
    path = project.raw / SOURCE / TABLE
    path.write_text(path.read_text(encoding="utf-8").replace("71.4995", "71.4996", 1), encoding="utf-8")
    with pytest.raises(DataError, match="not the file its card describes"):
        oblast_boundaries(project.raw)
