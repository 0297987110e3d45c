"""A world of one's own, on each database."""

from collections.abc import Iterator

import pytest

from flow.world import World


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """A site on an empty database; whatever the test does, its books must be in order afterwards."""
    made = World(database_url)
    yield made
    try:
        made.check()
    finally:
        made.close()
