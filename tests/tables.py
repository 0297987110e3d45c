"""Tables for databases that tests use: made by the migrations once for each test process, then copied or lent.

All migrations take half a second, and hundreds of tests want a database of their own. Tests of the migrations call
`migrate.upgrade` itself, and ask for `empty_database_url`.
"""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path

import psycopg
import pytest

from passalong import migrate
from passalong.store.engine import Database
from passalong.store.schema.columns import metadata
from plumbing.kept_connections import KEPT
from plumbing.lending import Lending
from plumbing.postgres import Postgres, database_name


def make_tables(db: Database) -> None:
    """Bring a database to the newest tables, as `migrate.upgrade` does: an empty SQLite database by a copy."""
    if db.is_sqlite and _is_empty(db):
        raw = db.writer.raw_connection()
        _sqlite_template().backup(raw.driver_connection)  # type: ignore[arg-type]
        raw.close()
    elif not migrate.is_current(db):
        migrate.upgrade(db)


def _is_empty(db: Database) -> bool:
    with db.writer.connect() as connection:
        return connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar() == 0


@cache
def _sqlite_template() -> sqlite3.Connection:
    """Return a connection to a database in memory that has the tables and no row."""
    template = sqlite3.connect(":memory:", check_same_thread=False)
    with tempfile.TemporaryDirectory(prefix="passalong-tables-") as folder:
        path = Path(folder) / "empty.db"
        db = Database(f"sqlite:///{path}")
        migrate.upgrade(db)
        db.close()
        made = sqlite3.connect(path)
        made.backup(template)
        made.close()
    return template


@pytest.fixture(scope="session")
def postgresql_template(postgres: Postgres) -> str:
    """The name of a PostgreSQL database that has the tables and no row; nothing stays connected to it."""
    url = postgres.create_database()
    db = Database(url)
    migrate.upgrade(db)
    db.close()
    return database_name(url)


@pytest.fixture(scope="session")
def postgresql_databases(postgres: Postgres, postgresql_template: str) -> Iterator[Lending]:
    """PostgreSQL databases with tables and no row."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg, "connect", KEPT.connect)
        with closing(Lending(postgres, postgresql_template, [table.name for table in metadata.sorted_tables])) as here:
            yield here


@pytest.fixture
def postgresql_url(postgresql_databases: Lending) -> Iterator[str]:
    """The URL of a PostgreSQL database with tables, that is this test's alone."""
    with postgresql_databases.lent() as url:
        yield url


BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database that is this test's alone: a file that is not there yet, or a PostgreSQL with tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'passalong.db'}"
    url: str = request.getfixturevalue("postgresql_url")
    return url


@pytest.fixture
def empty_postgresql_url(postgres: Postgres) -> Iterator[str]:
    """The URL of a PostgreSQL database without any table."""
    with postgres.fresh_database() as url:
        yield url


@pytest.fixture(params=BOTH)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without any table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'passalong.db'}"
    url: str = request.getfixturevalue("empty_postgresql_url")
    return url
