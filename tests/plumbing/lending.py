"""PostgreSQL databases with tables and no row, lent to one test after the other.

Creating one costs half a second and more, deleting the rows of one 0.002 s by a connection that is kept: a new one has
to read the definitions of all tables first, which takes 0.016 s. A database that a test has left in disorder (tables
changed, a transaction open) is dropped, and the next test gets a new one.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg
from psycopg import sql

from plumbing.kept_connections import KEPT
from plumbing.postgres import DRIVER, Postgres, database_name

DEFINED = ("pg_class", "pg_attribute", "pg_constraint", "pg_index", "pg_trigger", "pg_proc", "pg_namespace")
"""Catalogues that change whenever a table, a trigger, a function or a privilege does."""
NAME = "lending"
LEAVE = f"""SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = '{NAME}'"""
OTHERS = """SELECT pg_terminate_backend(pid), state FROM pg_stat_activity
WHERE datname = current_database() AND pid <> ALL(%s) AND backend_type = 'client backend'"""


class Lending:
    """Databases that are copies of `template` (a name) when they are lent."""

    def __init__(self, postgres: Postgres, template: str, tables: Sequence[str]) -> None:
        self._postgres, self._template = postgres, template
        self._free: list[str] = []
        self._delete = sql.SQL(";").join(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)) for name in tables)
        self._as_made: dict[str, list[object]] = {}
        self._kept: dict[str, psycopg.Connection] = {}

    @contextmanager
    def lent(self) -> Iterator[str]:
        """The URL of a database with tables and no row; when it comes back its rows are deleted."""
        url = self._free.pop() if self._free else self._new()
        try:
            yield url
        finally:
            if self._is_empty_again(url):
                self._free.append(url)
            else:
                self._kept.pop(url).close()
                KEPT.close(database_name(url))
                self._postgres.drop_database(database_name(url))

    def close(self) -> None:
        """Close the connections that are kept."""
        for url, connection in self._kept.items():
            connection.close()
            KEPT.close(database_name(url))

    def _new(self) -> str:
        url = self._postgres.create_database(self._template)
        here = self._postgres.server.get_uri(database=database_name(url))
        self._kept[url] = psycopg.connect(here, application_name=NAME)
        with self._kept[url].transaction():
            self._as_made[url] = _definitions(self._kept[url])
        KEPT.keep(database_name(url))
        return url

    def _is_empty_again(self, url: str) -> bool:
        """Delete every row, whatever triggers say; False where this database is not as it was lent."""
        connection = self._kept[url]
        try:
            with connection.transaction():
                ours = [connection.info.backend_pid, *KEPT.backends(database_name(url))]
                states = [state for _, state in connection.execute(OTHERS, [ours]).fetchall()]
                if any(state != "idle" for state in states) or _definitions(connection) != self._as_made[url]:
                    return False
                connection.execute("SET LOCAL lock_timeout = '2s'; SET LOCAL session_replication_role = replica")
                connection.execute(self._delete)
        except psycopg.Error:
            return False
        return True


def leave_alone(url: str) -> None:
    """End the connections that are kept, for a test that wants to be the only one; the database is dropped after it."""
    KEPT.close(database_name(url))
    with psycopg.connect(url.replace(f"+{DRIVER}", "")) as connection:
        connection.execute(LEAVE)


def _definitions(connection: psycopg.Connection) -> list[object]:
    """Return what tells whether a definition has changed: rows of the catalogues, and the newest change of each."""
    counted = [f"SELECT count(*), max(xmin::text::bigint) FROM {name}" for name in DEFINED]
    settings = "SELECT count(*), max(xmin::text::bigint) FROM pg_db_role_setting"
    rows = connection.execute(" UNION ALL ".join([*counted, settings])).fetchall()
    return [*rows, connection.execute("SELECT version_num FROM alembic_version").fetchall()]
