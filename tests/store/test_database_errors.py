"""Whose fault a database error is: judged by its SQLSTATE, on errors that both databases really raise."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from passalong.store.database_errors import Blame, blame, is_locked, is_retryable, line_about
from passalong.store.engine import Database

STATES = {
    "08006": Blame.DATABASE,  # connection failure
    "40001": Blame.DATABASE,  # serialization failure
    "40P01": Blame.DATABASE,  # deadlock
    "53100": Blame.DATABASE,  # disk full
    "53300": Blame.DATABASE,  # too many connections
    "55P03": Blame.DATABASE,  # lock not available
    "57P01": Blame.DATABASE,  # the server is shutting down
    "57014": Blame.DATABASE,  # query cancelled
    "58030": Blame.DATABASE,  # input/output error
    "25006": Blame.DATABASE,  # read-only transaction
    "XX000": Blame.DATABASE,  # internal error: a lost Citus node
    "22001": Blame.ROW,  # too long
    "22P05": Blame.ROW,  # a character that cannot be stored
    "23503": Blame.ROW,  # foreign key violation
    "23505": Blame.ROW,  # unique violation
    "23514": Blame.ROW,  # check violation
    "0A000": Blame.STATEMENT,  # not supported
    "42601": Blame.STATEMENT,  # syntax error
    "42P01": Blame.STATEMENT,  # no such table
    "P0001": Blame.STATEMENT,  # raised by a trigger
}


def error_of(database: Database, statement: str) -> DBAPIError:
    """The error that a statement ends in."""
    with pytest.raises(DBAPIError) as caught, database.writer.begin() as connection:
        connection.execute(text(statement))
    return caught.value


@pytest.fixture
def postgresql(postgresql_url: str) -> Iterator[Database]:
    """An empty PostgreSQL database."""
    made = Database(postgresql_url)
    yield made
    made.close()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    """A SQLite database with one table."""
    made = Database(f"sqlite:///{tmp_path / 'here.db'}")
    with made.writer.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE one (id INTEGER PRIMARY KEY CHECK (id > 0), words TEXT NOT NULL)")
    yield made
    made.close()


@pytest.mark.postgresql
@pytest.mark.parametrize("state", STATES)
def test_postgresql_is_judged_by_sqlstate(postgresql: Database, state: str) -> None:
    error = error_of(postgresql, f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{state}'; END $$")
    assert blame(error) is STATES[state]
    assert is_retryable(error) is (STATES[state] is Blame.DATABASE)
    assert is_locked(error.orig) is (state == "55P03")
    assert line_about(error).startswith(f"x ({state}) [DO $$ BEGIN RAISE")


@pytest.mark.postgresql
def test_an_internal_error_that_names_a_constraint_is_the_rows_fault(postgresql: Database) -> None:
    """Citus reports a violation on another node so; retrying it would block the site for ever."""
    raised = "RAISE EXCEPTION 'x' USING ERRCODE = 'XX000', CONSTRAINT = 'amount_is_positive'"
    assert blame(error_of(postgresql, f"DO $$ BEGIN {raised}; END $$")) is Blame.ROW


@pytest.mark.postgresql
def test_a_connection_that_is_gone_is_the_databases_fault(postgresql: Database) -> None:
    assert blame(error_of(postgresql, "SELECT pg_terminate_backend(pg_backend_pid())")) is Blame.DATABASE


@pytest.mark.postgresql
def test_a_server_that_is_not_there_is_the_databases_fault() -> None:
    away = Database("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    assert blame(error_of(away, "SELECT 1")) is Blame.DATABASE


@pytest.mark.postgresql
def test_a_text_that_postgresql_cannot_store_is_the_rows_fault(postgresql: Database) -> None:
    with pytest.raises(SQLAlchemyError) as caught, postgresql.writer.begin() as connection:
        connection.execute(text("SELECT :words"), {"words": "a\0b"})
    assert blame(caught.value) is Blame.ROW


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("INSERT INTO one VALUES (0, 'x')", Blame.ROW),
        ("INSERT INTO one VALUES (1, NULL)", Blame.ROW),
        ("INSERT INTO one VALUES ('a', 'x')", Blame.ROW),
        ("SELEC 1", Blame.STATEMENT),
        ("SELECT * FROM none", Blame.STATEMENT),
    ],
)
def test_sqlite_is_judged_by_its_error_code(sqlite: Database, statement: str, expected: Blame) -> None:
    assert blame(error_of(sqlite, statement)) is expected


def test_a_full_disk_is_the_databases_fault(sqlite: Database) -> None:
    with pytest.raises(SQLAlchemyError) as caught, sqlite.writer.begin() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 2")
        connection.exec_driver_sql("INSERT INTO one VALUES (1, hex(zeroblob(100000)))")
    assert blame(caught.value) is Blame.DATABASE


def test_a_database_that_another_process_writes_is_the_databases_fault(sqlite: Database) -> None:
    impatient = create_engine(sqlite.url, connect_args={"timeout": 0})
    with sqlite.writer.begin(), pytest.raises(SQLAlchemyError) as caught, impatient.begin() as connection:
        connection.exec_driver_sql("INSERT INTO one VALUES (1, 'x')")
    assert blame(caught.value) is Blame.DATABASE
    impatient.dispose()


def test_a_file_that_is_no_database_is_the_databases_fault(tmp_path: Path) -> None:
    (tmp_path / "words.db").write_text("no database " * 100)
    assert blame(error_of(Database(f"sqlite:///{tmp_path / 'words.db'}"), "SELECT 1")) is Blame.DATABASE


def test_other_errors_are_not_judged() -> None:
    assert [blame(error) for error in (ValueError(), sqlite3.OperationalError(), TimeoutError())] == [None] * 3
