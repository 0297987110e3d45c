"""The copy of a SQLite database in steps: of one moment under constant writes, and ended by a signal at once."""

import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from passalong.flow.backup import sqlite_copy

ROWS = 5_000
STEPS = 60


class TerminatedError(Exception):
    """SIGTERM came."""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A database of 20 MB in WAL mode."""
    path = tmp_path / "source.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE facts (id, content)")
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO facts VALUES (?, randomblob(4000))", [(number,) for number in range(ROWS)])
        connection.execute("COMMIT")
    return path


def ids(path: Path) -> int:
    """How many facts a database has."""
    with closing(sqlite3.connect(path)) as connection:
        found: int = connection.execute("SELECT count(*) FROM facts").fetchone()[0]
    return found


def test_a_copy_ends_although_something_is_committed_between_every_two_steps(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control: without the transaction over all steps, the copy starts over at each of them."""
    monkeypatch.setattr(sqlite_copy, "STEP_PAGES", 2 * ROWS // STEPS)
    steps, most = [0], 4 * STEPS
    with closing(sqlite3.connect(source, isolation_level=None)) as other:

        def commit(*_: object) -> None:
            steps[0] += 1
            if steps[0] > most:
                raise TerminatedError
            other.execute("INSERT INTO facts VALUES (-1, 'late')")

        monkeypatch.setattr(sqlite_copy, "_between_steps", commit)
        sqlite_copy.copy(source, tmp_path / "copy.sqlite3")
        assert STEPS // 2 <= steps[0] < 2 * STEPS
        assert (ids(tmp_path / "copy.sqlite3"), ids(source)) == (ROWS, ROWS + steps[0])
        steps[0] = 0
        with (
            closing(sqlite3.connect(source)) as reading,
            closing(sqlite3.connect(tmp_path / "control.sqlite3")) as target,
            pytest.raises(TerminatedError),
        ):
            reading.backup(target, pages=sqlite_copy.STEP_PAGES, progress=commit)


def test_a_signal_ends_the_copy_between_two_steps(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def signalled(*_: object) -> None:
        signal.raise_signal(signal.SIGALRM)

    def end(*_: object) -> None:
        raise TerminatedError

    monkeypatch.setattr(sqlite_copy, "STEP_PAGES", 16)
    monkeypatch.setattr(sqlite_copy, "_between_steps", signalled)
    before = signal.signal(signal.SIGALRM, end)
    try:
        with pytest.raises(TerminatedError):
            sqlite_copy.copy(source, tmp_path / "copy.sqlite3")
    finally:
        signal.signal(signal.SIGALRM, before)
    assert (tmp_path / "copy.sqlite3").stat().st_size < source.stat().st_size
