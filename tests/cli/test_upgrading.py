"""Upgrades: after a backup, one process at a time, the same by `serve` as by `db upgrade`, and back again."""

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from commands import Run, a_site
from passalong import migrate
from passalong.cli.common import CommandError
from passalong.cli.upgrading import bring_up_to_date
from passalong.flow.backup.make import journals_of
from passalong.settings import Settings, read_settings
from passalong.store.engine import Database

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
