"""Opening a database: SQLite (one writer, WAL, synchronous FULL) or PostgreSQL, and what differs between them.

SQLite gets two engines on one file: a pool of readers that cannot write, and a single writing connection, so that
threads of one process queue for it in order instead of meeting at SQLite's lock.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.url import URL
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

BUSY_MS = 10_000
"""How long a second process (the command line beside a running server) waits for SQLite's writer."""


class Database:
    """An open database: `writer` for flow's transactions, `reader` for the pages."""

    def __init__(self, url: str):
        self.url = make_url(url)
        if self.is_sqlite:
            self.writer, self.reader = _sqlite(self.url)
        else:
            self.writer = create_engine(self.url, pool_pre_ping=True)
            self.reader = self.writer.execution_options(postgresql_readonly=True)

    @property
    def is_sqlite(self) -> bool:
        """True for the embedded database."""
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that cannot write; everything in it sees one moment."""
        with Session(self.reader, autoflush=False) as session:
            yield session

    @contextmanager
    def reading_one_moment(self) -> Iterator[Session]:
        """The same for many statements in a row: PostgreSQL's readers see one moment each, unless they ask for more."""
        with Session(self.reader, autoflush=False) as session:
            if not self.is_sqlite:
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session

    def tidy(self) -> None:
        """On SQLite, write the log into the file and empty it, so that nothing erased is left in it."""
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
    writer = create_engine(url, pool_size=1, max_overflow=0, pool_timeout=60, connect_args={"timeout": BUSY_MS / 1000})
    reader = create_engine(url, pool_size=8, max_overflow=8, connect_args={"timeout": BUSY_MS / 1000})
    _prepare(writer, "BEGIN IMMEDIATE", read_only=False)
    _prepare(reader, "BEGIN", read_only=True)
    return writer, reader


def _prepare(engine: Engine, begin: str, *, read_only: bool) -> None:
    """Set the pragmas, and take transactions into our own hands: the driver's implicit BEGIN breaks savepoints."""

    @event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = FAST")  # what is erased is overwritten where it stood
        connection.execute("PRAGMA recursive_triggers = ON")  # or REPLACE deletes rows behind the append-only triggers
        if read_only:
            connection.execute("PRAGMA query_only = ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)


def is_away(error: OperationalError) -> bool:
    """True when the database cannot work just now; SQLite also calls a mistake in a statement by this name."""
    return getattr(error.orig, "sqlite_errorcode", None) != sqlite3.SQLITE_ERROR


def insert(session: Session, table: Table) -> Any:
    """An INSERT of this session's dialect, which knows ON CONFLICT on both databases."""
    dialect = session.get_bind().dialect.name
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def insert_new(session: Session, table: Table, **values: Any) -> bool:
    """Insert one row unless its key is taken; True when it was new."""
    first = next(iter(table.primary_key.columns))
    statement = insert(session, table).values(**values).on_conflict_do_nothing().returning(first)
    return session.execute(statement).first() is not None


def bytewise(session: Session) -> str:
    """The collation by which both databases sort text alike, whatever language the server speaks."""
    return "C" if session.get_bind().dialect.name == "postgresql" else "BINARY"
