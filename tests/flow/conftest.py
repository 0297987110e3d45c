"""A world of one's own, on each database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from flow.world import World
from passalong.store.engine import Database
from tables import BOTH, make_tables


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with the tables of today and nothing in them."""
    path = tmp_path_factory.mktemp("migrated") / "empty.db"
    db = Database(f"sqlite:///{path}")
    make_tables(db)
    db.close()
    return path


@pytest.fixture(params=BOTH)
def world_url(request: pytest.FixtureRequest, tmp_path: Path, migrated_file: Path) -> str:
    """The URL of a database with the tables of today and nothing in them."""
    if request.param == "sqlite":
        path = tmp_path / "passalong.db"
        path.write_bytes(migrated_file.read_bytes())
        return f"sqlite:///{path}"
    url: str = request.getfixturevalue("postgresql_url")
    return url


@pytest.fixture
def world(world_url: str) -> Iterator[World]:
    """A site on an empty database; whatever the test does, its books must be in order afterwards."""
    made = World(world_url)
    yield made
    try:
        made.check()
    finally:
        made.close()
