"""Transactions of SQLite begin when they should: a writer's with its lock, a reader's with one moment."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from passalong.flow.transaction import writing
from passalong.store.database_errors import Blame, blame
from passalong.store.engine import Database


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file of the database."""
    return tmp_path / "here.sqlite3"


@pytest.fixture
def db(path: Path) -> Iterator[Database]:
    """A database with one table."""
    db = Database(f"sqlite:///{path}", waits_s=0.05)
    with writing(db) as session:
        session.execute(text("CREATE TABLE jars (honey INTEGER)"))
    yield db
    db.close()


def test_a_writer_has_the_lock_before_its_first_statement(db: Database, path: Path) -> None:
    other = sqlite3.connect(path, timeout=0, isolation_level=None)
    with db.writer.begin(), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError) as refused, db.writer.begin():
        pass
    assert blame(refused.value) is Blame.DATABASE
    other.close()


def test_a_reader_sees_one_moment(db: Database) -> None:
    with db.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM jars")) == 0
        with writing(db) as writer:
            writer.execute(text("INSERT INTO jars VALUES (1)"))
        assert session.scalar(text("SELECT count(*) FROM jars")) == 0
    with db.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM jars")) == 1


def test_nothing_listens_to_every_statement(db: Database) -> None:
    """One listener makes SQLAlchemy look for all of them before and after each statement."""
    assert not db.writer._has_events
    assert not db.reader._has_events
