"""Database engines: SQLite (one writer, WAL, synchronous FULL) or PostgreSQL, and their differences.

SQLite gets two engines on one file: a pool of read-only readers, and a single writing connection, so that threads of
one process queue for it in order instead of contending for SQLite's lock.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.url import URL
from sqlalchemy.orm import Session
from sqlalchemy.util import LRUCache

BUSY_MS = 10_000
"""How long a second process (the command line beside a running server) waits for SQLite's writer."""
MOST_COMPILED = 1_500
"""Compiled statements that are kept; SQLAlchemy keeps 500 for each engine."""

Key = tuple[Any, ...]


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
    """An open database: `writer` for flow's transactions, `reader` for the pages."""

    def __init__(self, url: str):
        self.url = make_url(url)
        if self.is_sqlite:
            self.writer, self.reader = _sqlite(self.url)
        else:
            self.writer = create_engine(self.url, pool_pre_ping=True, execution_options=OPTIONS)
            self.reader = self.writer.execution_options(postgresql_readonly=True)

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


def _sqlite(url: URL) -> tuple[Engine, Engine]:
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    options: dict[str, Any] = {"connect_args": {"timeout": BUSY_MS / 1000}, "execution_options": OPTIONS}
    writer = create_engine(url, pool_size=1, max_overflow=0, pool_timeout=60, **options)
    reader = create_engine(url, pool_size=8, max_overflow=8, **options)
    _prepare(writer, "BEGIN IMMEDIATE", read_only=False)
    _prepare(reader, "BEGIN", read_only=True)
    return writer, reader


def _prepare(engine: Engine, begin: str, *, read_only: bool) -> None:
    """Set the pragmas, and control transactions ourselves: the driver's implicit BEGIN breaks savepoints."""

    @event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = FAST")  # erased data is overwritten on disk
        connection.execute("PRAGMA recursive_triggers = ON")  # or REPLACE deletes rows behind the append-only triggers
        if read_only:
            connection.execute("PRAGMA query_only = ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)


def insert(session: Session, table: Table) -> Any:
    """Return an INSERT of this session's dialect, with ON CONFLICT on both databases."""
    dialect = session.get_bind().dialect.name
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def insert_new(session: Session, table: Table, **values: Any) -> bool:
    """Insert one row unless its key is taken; True if it was new."""
    first = next(iter(table.primary_key.columns))
    statement = insert(session, table).values(**values).on_conflict_do_nothing().returning(first)
    return session.execute(statement).first() is not None


def bytewise(session: Session) -> str:
    """Compare text bytewise on both databases, whatever collation the server has."""
    return "C" if session.get_bind().dialect.name == "postgresql" else "BINARY"
