"""What could lose an acknowledged fact is found at the start, and nothing starts on it unless it is told to."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from passalong.cli import main
from passalong.store import durability
from passalong.store.engine import Database


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """Each database."""
    made = Database(database_url)
    yield made
    made.close()


def test_a_database_as_we_open_it_loses_nothing(db: Database) -> None:
    assert durability.weaknesses(db) == []


@pytest.mark.parametrize(
    ("pragma", "found"), [("synchronous = NORMAL", "synchronous is 1"), ("journal_mode = DELETE", "not wal")]
)
def test_a_weaker_sqlite_is_found(tmp_path: Path, pragma: str, found: str) -> None:
    db = Database(f"sqlite:///{tmp_path / 'weak.db'}")

    @event.listens_for(db.writer, "connect")
    def _weaken(connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA {pragma}")

    try:
        assert any(found in weakness for weakness in durability.weaknesses(db))
    finally:
        db.close()


@pytest.mark.postgresql
def test_a_weaker_postgresql_is_found(postgresql_url: str) -> None:
    db = Database(f"{postgresql_url}{'&' if '?' in postgresql_url else '?'}options=-csynchronous_commit%3Doff")
    try:
        assert durability.weaknesses(db) == ["PostgreSQL's synchronous_commit is off: set it to on."]
    finally:
        db.close()


@pytest.mark.postgresql
def test_serving_is_refused_on_a_weak_database_in_one_line(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weak = f"{postgresql_url}{'&' if '?' in postgresql_url else '?'}options=-csynchronous_commit%3Doff"
    monkeypatch.setenv("DATABASE_URL", weak)
    monkeypatch.setenv("PASSALONG_DATA", str(tmp_path))
    monkeypatch.setenv("PASSALONG_PORT", "18499")
    assert main.main(["serve"]) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert "synchronous_commit is off" in said[0]
    assert "PASSALONG_UNSAFE_DURABILITY=yes" in said[0]
