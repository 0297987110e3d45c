"""Classify database errors by SQLSTATE: the exception's class does not say what caused an error.

psycopg raises InternalError for a lost Citus node, and SQLite raises OperationalError for a full disk as for a mistake
in a statement.
"""

import sqlite3
from enum import Enum

from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

RETRY = ("08", "28", "40", "53", "55", "57", "58", "XX")
"""Classes of SQLSTATE: connection, authorization while it is restored, rollback, resources, a lock that could not be
had, an operator's intervention, the system, and internal errors, which is how Citus reports a lost node."""
RETRY_CODES = ("25006", "25P03", "3D000", "42501")
"""A standby that is read-only, an idle time-out, a database that is being restored, a permission that is missing."""
REJECT = ("22", "23")
"""Classes of SQLSTATE: data exception, integrity constraint violation."""
SQLITE_REJECT = (sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_RANGE)
SQLITE_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
LOCKED = "55P03"
"""PostgreSQL's SQLSTATE for a lock that could not be had in time."""
FORBIDDEN = "42501"
"""PostgreSQL's SQLSTATE for a right that the user does not have."""
SQLITE_BUG = (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISUSE)


LONGEST_STATEMENT = 200
"""Characters of a statement in a line of the log: enough to see which one it is."""


class Blame(Enum):
    """The cause of a failed database call."""

    DATABASE = "retry"
    """Unreachable, full, read-only, overloaded: the same call may succeed later."""
    ROW = "reject"
    """Invalid values: no retry can succeed."""
    STATEMENT = "bug"
    """The statement itself, or tables of another version."""


def blame(error: BaseException) -> Blame | None:
    """Return the cause of an error; None if it is not a database error."""
    if isinstance(error, PoolTimeout):
        return Blame.DATABASE
    if not isinstance(error, DBAPIError):
        return Blame.ROW if isinstance(error, StatementError) else None
    if error.connection_invalidated:
        return Blame.DATABASE
    return _of_sqlite(error.orig) if isinstance(error.orig, sqlite3.Error) else _of_postgresql(error.orig)


def is_retryable(error: BaseException) -> bool:
    """True if the same call may succeed later."""
    return blame(error) is Blame.DATABASE


def first_line(error: DBAPIError) -> str:
    """Return what the database says, without statement or parameters."""
    return next(iter(str(error.orig).splitlines()), type(error.orig).__name__)


def line_about(error: BaseException) -> str:
    """Return one line about an error of the database: what it says, its SQLSTATE and the statement, without values."""
    if not isinstance(error, DBAPIError):
        return next(iter(str(error).splitlines()), type(error).__name__)
    state, statement = getattr(error.orig, "sqlstate", None), " ".join((error.statement or "").split())
    parts = [
        first_line(error),
        f"({state})" if state else "",
        f"[{statement[:LONGEST_STATEMENT]}]" if statement else "",
    ]
    return " ".join(filter(None, parts))


def is_sqlite(error: BaseException | None) -> bool:
    """True for an error of SQLite's driver."""
    return isinstance(error, sqlite3.Error)


def is_damaged(error: BaseException | None) -> bool:
    """True if SQLite's file is damaged, or is no database."""
    return (getattr(error, "sqlite_errorcode", 0) & 0xFF) in SQLITE_DAMAGED


def is_locked(error: BaseException | None) -> bool:
    """True if another program holds SQLite's only writer or the whole file, or on PostgreSQL a lock."""
    return (getattr(error, "sqlite_errorcode", 0) & 0xFF) == sqlite3.SQLITE_BUSY or (
        getattr(error, "sqlstate", None) == LOCKED
    )


def is_forbidden(error: BaseException | None) -> bool:
    """True if the user of the connection does not have the right, on PostgreSQL."""
    return getattr(error, "sqlstate", None) == FORBIDDEN


def _of_sqlite(error: sqlite3.Error) -> Blame:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_MISUSE) & 0xFF  # the rest of it says which variety
    if code in SQLITE_REJECT:
        return Blame.ROW
    return Blame.STATEMENT if code in SQLITE_BUG else Blame.DATABASE


def _of_postgresql(error: BaseException | None) -> Blame:
    import psycopg  # here: an instance on SQLite never needs it

    if not isinstance(error, psycopg.Error):
        return Blame.STATEMENT
    state = error.sqlstate
    if state is None:  # the driver's own: the connection is gone, or the values cannot be sent
        connection = isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
        return Blame.DATABASE if connection else Blame.ROW
    if state[:2] in REJECT or error.diag.constraint_name:  # Citus reports some violations as internal errors
        return Blame.ROW
    return Blame.DATABASE if state[:2] in RETRY or state in RETRY_CODES else Blame.STATEMENT
