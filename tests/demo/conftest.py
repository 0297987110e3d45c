"""A place of each test's own, with programs that are ended after it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.places import Place, Programs, place_in
from passalong.demo.children import end_all


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A place where nothing runs and nothing is kept."""
    return place_in(tmp_path / "data")


@pytest.fixture
def programs(place: Place) -> Iterator[Programs]:
    """Programs to be started at that place."""
    found = Programs(place)
    yield found
    end_all(found.started)
