"""Database engines: SQLite (one writer, WAL, synchronous FULL) or PostgreSQL, and their differences.

SQLite gets two engines on one file: a pool of read-only readers, and a single writing connection, so that threads of
one process queue for it in order instead of contending for SQLite's lock.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Engine, Table, collate, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.url import URL
from sqlalchemy.orm import Session
from sqlalchemy.util import LRUCache

BUSY_MS = 10_000
"""How long a second process (the command line beside a running server) waits for SQLite's writer."""
POOL_S = 60.0
"""How long a thread of such a process waits for the others to release its one writing connection."""
QUEUE = 3
"""Threads of the own process end by themselves: a server waits so many times longer for them than for a lock."""
WRITER_CACHE_KB = 8_000
"""SQLite's usual 2 MB do not hold the pages of a tick that ends 200 holds: some were written and read again."""
MOST_COMPILED = 1_500
"""Compiled statements that are kept; SQLAlchemy keeps 500 for each engine."""

Key = tuple[Any, ...]


class DatabaseEncodingError(Exception):
    """The PostgreSQL database does not store text as UTF-8, as a cluster of a system without a locale."""

    def __init__(self, encoding: str):
        super().__init__(
            f"The database stores text as {encoding} and not as UTF8, so names and titles would be refused or damaged: "
            "create one with `createdb --template=template0 --encoding=UTF8 NAME`, and name it in DATABASE_URL."
        )


class CompiledStatements(LRUCache[Key, Any]):
    """Compiled statements of every engine of this process, by kind and version of the database.

    SQLAlchemy keeps them per engine and dialect object, so that SQLite's two engines compiled each statement twice.
    Every engine here is made with the same options: two dialects of one kind and version compile alike.
    """

    __slots__ = ()

    def get(self, key: Key, default: Any = None) -> Any:
        """Return the compiled statement, or `default`."""
        return super().get(_by_kind(key), default)

    def __setitem__(self, key: Key, value: Any) -> None:
        super().__setitem__(_by_kind(key), value)


def _by_kind(key: Key) -> Key:
    """Put the kind of a database in the place of SQLAlchemy's dialect, which is the first part of its keys."""
    dialect: Dialect = key[0]
    return (dialect.name, dialect.driver, dialect.server_version_info, *key[1:])


COMPILED = CompiledStatements(MOST_COMPILED)
OPTIONS = {"compiled_cache": COMPILED}


class Database:
    """An open database: `writer` for flow's transactions, `reader` for the pages.

    `waits_s` is the longest that a statement waits for another program's lock, in seconds. Without it, PostgreSQL waits
    without end, as a migration has to, and SQLite for its defaults above.
    """

    def __init__(self, url: str, *, waits_s: float | None = None):
        self.url = make_url(url)
        if self.is_sqlite:
            self.writer, self.reader = _sqlite(self.url, waits_s)
        else:
            self.writer = create_engine(self.url, pool_pre_ping=True, hide_parameters=True, execution_options=OPTIONS)
            self.reader = self.writer.execution_options(postgresql_readonly=True)
            _demand_utf8(self.writer)
            if waits_s is not None:
                _limit_locks(self.writer, waits_s)

    @property
    def is_sqlite(self) -> bool:
        """True for the embedded database."""
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a read-only session with one snapshot per statement or more."""
        with Session(self.reader, autoflush=False) as session:
            yield session

    @contextmanager
    def reading_one_moment(self) -> Iterator[Session]:
        """Open a read-only session with one snapshot for many statements (REPEATABLE READ on PostgreSQL)."""
        with Session(self.reader, autoflush=False) as session:
            if not self.is_sqlite:
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session

    def tidy(self) -> None:
        """Checkpoint and truncate SQLite's WAL, so that no erased data is left in it."""
        if self.writer.dialect.name == "sqlite":
            connection = self.writer.raw_connection()
            try:
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            finally:
                connection.close()

    def close(self) -> None:
        """Close every connection."""
        self.reader.dispose()
        self.writer.dispose()


def _demand_utf8(engine: Engine) -> None:
    """Let no connection be made to a database of another encoding; it then raises DatabaseEncodingError."""

    @event.listens_for(engine, "connect", insert=True)  # before SQLAlchemy asks for the version, as text
    def _connect(connection: Any, _record: Any) -> None:
        encoding = connection.info.parameter_status("server_encoding")
        if encoding not in (None, "UTF8"):  # a pooler may not tell
            raise DatabaseEncodingError(encoding)


def _limit_locks(engine: Engine, waits_s: float) -> None:
    """Let no statement of PostgreSQL wait longer for a lock; it then fails with SQLSTATE 55P03."""

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.autocommit = True
        connection.execute(f"SET lock_timeout = {round(waits_s * 1000)}")
        connection.autocommit = False


def _sqlite(url: URL, waits_s: float | None) -> tuple[Engine, Engine]:
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    busy_s = BUSY_MS / 1000 if waits_s is None else waits_s
    options: dict[str, Any] = {"connect_args": {"timeout": busy_s}, "execution_options": OPTIONS}
    options["hide_parameters"] = True  # they may hold an address, and errors are written down
    writer = create_engine(
        url, pool_size=1, max_overflow=0, pool_timeout=POOL_S if waits_s is None else QUEUE * waits_s, **options
    )
    reader = create_engine(url, pool_size=8, max_overflow=8, **options)
    _prepare(writer, "BEGIN IMMEDIATE", f"cache_size = -{WRITER_CACHE_KB}")
    _prepare(reader, "BEGIN", "query_only = ON")
    return writer, reader


def _prepare(engine: Engine, begin: str, *pragmas: str) -> None:
    """Set the pragmas, and control transactions ourselves: the driver's implicit BEGIN breaks savepoints."""

    @event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = FAST")  # erased data is overwritten on disk
        connection.execute("PRAGMA recursive_triggers = ON")  # or REPLACE deletes rows behind the append-only triggers
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    def do_begin(connection: Any) -> None:
        connection.cursor().execute(begin)

    # An event "begin" would do the same, and let SQLAlchemy look for listeners before and after every statement.
    engine.dialect.do_begin = do_begin  # type: ignore[method-assign,assignment]


def insert(session: Session, table: Table) -> Any:
    """Return an INSERT of this session's dialect, with ON CONFLICT on both databases."""
    return insert_on(session.get_bind().dialect.name, table)


def insert_on(dialect: str, table: Table) -> Any:
    """Return the same for statements that are built once for each kind of database."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def insert_new(session: Session, table: Table, **values: Any) -> bool:
    """Insert one row unless its key is taken; True if it was new."""
    return session.execute(_new_row(table, session.get_bind().dialect.name), values).first() is not None


@cache
def _new_row(table: Table, dialect: str) -> Any:
    return insert_on(dialect, table).on_conflict_do_nothing().returning(next(iter(table.primary_key.columns)))


def bytewise(session: Session, column: ColumnElement[str]) -> ColumnElement[str]:
    """Return a text column that is compared and sorted bytewise on both databases, as Python does.

    PostgreSQL sorts by the language that the database was created for. Rows that are folded in order, or merged with
    others here, need one order everywhere.
    """
    return bytewise_on(session.get_bind().dialect.name, column)


def bytewise_on(dialect: str, column: ColumnElement[str]) -> ColumnElement[str]:
    """Return the same for statements that are built once for each kind of database."""
    return collate(column, "C") if dialect == "postgresql" else column
