"""`passalong` on the command line, in this process and on data of the test's own."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from passalong import private_files
from passalong.cli import main
from passalong.settings import read_settings
from passalong.store.engine import Database
from tables import make_tables

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """A function that runs a command on the data in `data/` of the test's folder: (exit code, output, errors).

    Files are made as the real command makes them (passalong/entry.py): for this user alone.
    """
    for name in ("DATABASE_URL", "PASSALONG_URL", "PASSALONG_PORT", "PASSALONG_KEYS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PASSALONG_DATA", str(tmp_path / "data"))

    def run_command(*words: str) -> tuple[int, str, str]:
        code = main.main(words)
        said = capsys.readouterr()
        return code, said.out, said.err

    before = os.umask(private_files.UMASK)
    yield run_command
    os.umask(before)


def tables_made() -> None:
    """Give the data of this test today's tables, as `passalong db upgrade` does in half a second."""
    db = Database(read_settings().database_url)
    make_tables(db)
    db.close()


def a_site(run: Run) -> str:
    """Otto adds his site; its key."""
    tables_made()
    code, out, _ = run("site", "add", "https://bees.example", "--name", "Bee Almanac")
    assert code == 0
    return out.split()[1]
