"""Upgrades: after a backup, one process at a time, the same by `serve` as by `db upgrade`, and back again."""

import os
import sqlite3
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from commands import Run, a_site
from passalong import migrate
from passalong.cli.common import CommandError
from passalong.cli.upgrading import bring_up_to_date
from passalong.flow.backup.archive import read_manifest
from passalong.flow.backup.make import journals_of
from passalong.settings import Settings, read_settings
from passalong.store.engine import Database
from tables import BOTH

PACKED = Path(__file__).parents[1] / "upgrade" / "data" / "0.2.0.tar.xz"


def journals(settings: Settings) -> dict[str, str]:
    """The digest of each site's journal, whatever the version of the tables."""
    db = Database(settings.database_url)
    with db.reading() as session:
        found = journals_of(session)
    db.close()
    return found


def revision(settings: Settings) -> str | None:
    """The version of the tables."""
    db = Database(settings.database_url)
    found = migrate.revision_of(db)
    db.close()
    return found


def of_0_2_0(folder: Path) -> Settings:
    """The data folder of 0.2.0, unpacked."""
    folder.mkdir()
    with tarfile.open(PACKED) as packed:
        packed.extractall(folder)  # noqa: S202 - our own
    return read_settings({"PASSALONG_DATA": str(folder), "PASSALONG_URL": "https://along.example"})


def test_serve_upgrades_as_the_command_does_and_the_way_back_is_whole(run: Run, tmp_path: Path) -> None:
    """From 0.2.0: the same journal by both, a backup that is restored by one command, and forward again."""
    settings = of_0_2_0(tmp_path / "data")
    old = journals(settings)
    done = bring_up_to_date(settings, may_begin=False)
    assert done.outcomes
    assert done.backup is not None
    new = journals(settings)
    assert new.keys() == old.keys()
    assert new != old
    assert bring_up_to_date(settings, may_begin=False) == type(done)()
    code, _, err = run("restore", "--replace", str(done.backup))
    assert (code, err) == (0, "")
    assert journals(settings) == old
    assert revision(settings) == migrate.LAST_OF_0_2
    code, out, err = run("db", "upgrade")
    assert (code, err) == (0, "")
    assert "A backup from before is in" in out
    assert journals(settings) == new


def test_an_upgrade_that_fails_at_each_start_keeps_one_backup(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another table has the name of a new one. The name of a site, which is no fact, is as it was at the last try."""
    settings = of_0_2_0(tmp_path / "data")
    old = journals(settings)
    change(settings, "CREATE TABLE shop_refunds (note TEXT)")

    def kept() -> list[Path]:
        with pytest.raises(OperationalError, match="shop_refunds already exists"):
            bring_up_to_date(settings, may_begin=False)
        return list(settings.data_dir.glob("before-upgrade-*.backup"))

    assert len(kept()) == 1
    change(settings, "UPDATE sites SET name = 'Renamed in between'")
    (backup,) = kept()
    assert (read_manifest(backup).journals, revision(settings)) == (old, migrate.LAST_OF_0_2)
    monkeypatch.setenv("PASSALONG_DATA", str(tmp_path / "back"))
    monkeypatch.setenv("PASSALONG_URL", "https://along.example")
    assert run("restore", str(backup))[0] == 0
    with sqlite3.connect(tmp_path / "back" / "passalong.sqlite3") as database:
        assert database.execute("SELECT DISTINCT name FROM sites").fetchall() == [("Renamed in between",)]
    database.close()
    monkeypatch.setattr("passalong.cli.upgrading.RECENT_MS", 0)
    assert len(kept()) == 2


def change(settings: Settings, statement: str) -> None:
    """Change the database by hand."""
    db = Database(settings.database_url)
    with db.writer.begin() as connection:
        connection.execute(text(statement))
    db.close()


def test_processes_that_start_together_upgrade_once(tmp_path: Path) -> None:
    settings = of_0_2_0(tmp_path / "data")
    environment = {"PATH": os.environ["PATH"], "PASSALONG_DATA": str(settings.data_dir)}
    command = [sys.executable, "-m", "passalong", "db", "upgrade"]
    started = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=120) for process in started]
    assert [process.returncode for process in started] == [0, 0], said
    assert sum("A backup from before" in out for out, _ in said) == 1
    assert len(list(settings.data_dir.glob("before-upgrade-*.backup"))) == 1


@pytest.mark.postgresql
def test_processes_that_start_together_on_postgresql_make_the_tables_once(
    empty_postgresql_url: str, tmp_path: Path
) -> None:
    environment = {"PATH": os.environ["PATH"], "PASSALONG_DATA": str(tmp_path), "DATABASE_URL": empty_postgresql_url}
    command = [sys.executable, "-m", "passalong", "db", "upgrade"]
    started = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=120) for process in started]
    assert [process.returncode for process in started] == [0, 0], said
    assert sum("A new instance begins" in out for out, _ in said) == 1


@pytest.mark.postgresql
def test_postgresql_is_backed_up_before_an_upgrade_too(
    empty_postgresql_url: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without room for the backup nothing changes; with it, the way back and forward again has the same journal."""
    monkeypatch.setenv("DATABASE_URL", empty_postgresql_url)
    settings, folder = seeded(run), tmp_path / "data"
    new, old = revision(settings), journals(settings)
    step(settings, "-1")
    before = revision(settings)
    folder.rename(tmp_path / "elsewhere")
    folder.write_text("no folder")
    code, out, err = run("db", "upgrade")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "db upgrade --without-backup" in err
    assert revision(settings) == before
    folder.unlink()
    (tmp_path / "elsewhere").rename(folder)
    code, out, _ = run("db", "upgrade")
    (backup,) = folder.glob(f"before-upgrade-from-{before}-*.backup")
    assert (code, f"A backup from before is in {backup}." in out) == (0, True)
    assert (revision(settings), journals(settings)) == (new, old)
    assert run("restore", "--replace", str(backup))[0] == 0
    assert (revision(settings), journals(settings)) == (before, old)
    code, out, _ = run("db", "upgrade", "--without-backup")
    assert (code, "backup" in out, revision(settings), journals(settings)) == (0, False, new, old)


@pytest.mark.slow
@pytest.mark.parametrize("kind", BOTH)
def test_every_revision_leads_back_and_forward_with_the_same_journal(
    kind: str, request: pytest.FixtureRequest, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each revision since 0.2.0, down to its tables and up again, on a database with a history."""
    if kind == "postgresql":
        monkeypatch.setenv("DATABASE_URL", request.getfixturevalue("empty_postgresql_url"))
    settings = seeded(run)
    old, way = journals(settings), [str(revision(settings))]
    while way[-1] != migrate.LAST_OF_0_2:
        step(settings, "-1")
        way.append(str(revision(settings)))
        assert journals(settings) == old, way
    for expected in reversed(way[:-1]):
        db = Database(settings.database_url)
        migrate.upgrade(db, "+1")
        db.close()
        assert (revision(settings), journals(settings)) == (expected, old)
    assert len(way) > 20


def seeded(run: Run) -> Settings:
    """An instance of this version with a made-up history."""
    assert run("db", "upgrade")[0] == 0
    assert run("demo", "seed", "--people", "10")[0] == 0
    settings = read_settings()
    assert all(journals(settings).values())
    return settings


def step(settings: Settings, to: str) -> None:
    """Bring the tables back."""
    db = Database(settings.database_url)
    migrate.downgrade(db, to)
    db.close()


def test_a_lost_database_is_named_and_none_is_begun(run: Run, tmp_path: Path) -> None:
    """The disk is not mounted, or DATABASE_URL is another: an empty instance would look like lost credit."""
    a_site(run)
    run("demo", "seed", "--people", "10")
    folder = tmp_path / "data"
    assert (folder / "heads.jsonl").stat().st_size
    for path in folder.glob("passalong.sqlite3*"):
        path.unlink()
    with pytest.raises(CommandError, match="passalong restore FILE"):
        bring_up_to_date(read_settings({"PASSALONG_DATA": str(folder)}), may_begin=False)
    code, out, err = run("serve")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert not (folder / "passalong.sqlite3").exists()
