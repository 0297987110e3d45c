"""A world of one's own, on each database.

A fresh database for each test would cost more than most of these tests: on PostgreSQL they share one that is emptied,
on SQLite each has a copy of one file.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from flow.world import World
from passalong import migrate
from passalong.store import read_models, tables
from passalong.store.engine import Database
from passalong.store.schema import metadata
from plumbing.postgres import Postgres

assert read_models and tables  # imported so that the metadata knows every table


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with the tables of today and nothing in them."""
    path = tmp_path_factory.mktemp("migrated") / "empty.db"
    db = Database(f"sqlite:///{path}")
    migrate.upgrade(db)
    db.close()
    return path


@pytest.fixture(scope="session")
def shared_postgresql(postgres: Postgres) -> Iterator[str]:
    """A PostgreSQL database with the tables of today, for one test after the other."""
    with postgres.fresh_database() as url:
        db = Database(url)
        migrate.upgrade(db)
        db.close()
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def world_url(request: pytest.FixtureRequest, tmp_path: Path, migrated_file: Path) -> str:
    """The URL of a database with the tables of today and nothing in them."""
    if request.param == "sqlite":
        path = tmp_path / "passalong.db"
        path.write_bytes(migrated_file.read_bytes())
        return f"sqlite:///{path}"
    url: str = request.getfixturevalue("shared_postgresql")
    _empty(url)
    return url


def _empty(url: str) -> None:
    """Delete everything; a database whose tables an earlier test has left in disorder is made anew."""
    db = Database(url)
    try:
        with db.writer.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))  # no triggers, this once
            for table in metadata.sorted_tables:
                connection.execute(table.delete())
    except ProgrammingError:
        with db.writer.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        migrate.upgrade(db)
    db.close()


@pytest.fixture
def world(world_url: str) -> Iterator[World]:
    """A site on an empty database; whatever the test does, its books must be in order afterwards."""
    made = World(world_url)
    yield made
    try:
        made.check()
    finally:
        made.close()
