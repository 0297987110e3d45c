"""`passalong backup` and `restore` as an owner uses them."""

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from commands import Run, a_site
from passalong.flow.backup import sqlite_copy
from passalong.flow.backup.schedule import backups_in, last_of
from serving import Start

PASSPHRASE = "twelve bees in a lavender field"


def test_a_backup_is_made_verified_and_restored_on_another_machine(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = a_site(run)
    monkeypatch.setenv("PASSALONG_BACKUP_PASSPHRASE", PASSPHRASE)
    run("key", "new", site)
    run("ledger", "seal")
    code, out, err = run("backup", str(tmp_path / "one.backup"))
    assert (code, err) == (0, "")
    assert "Everything that was acknowledged before 20" in out
    assert "encrypted by your passphrase" in out
    assert last_of(tmp_path / "data").file == str(tmp_path / "one.backup")
    code, out, _ = run("restore", "--verify", "--json", str(tmp_path / "one.backup"))
    assert (code, json.loads(out)["has_keys"]) == (0, True)
    code, _, err = run("restore", str(tmp_path / "one.backup"))
    assert (code, err.count("\n")) == (2, 1)
    assert "--replace" in err
    monkeypatch.setenv("PASSALONG_DATA", str(tmp_path / "other"))
    code, out, err = run("restore", str(tmp_path / "one.backup"))
    assert (code, err) == (0, "")
    assert "Restored 1 site " in out
    assert "Missing" not in out
    assert run("ledger", "verify")[0] == 0
    assert site in run("site", "list")[1]


def test_heads_of_after_a_backup_that_has_none_are_set_aside_with_the_database(run: Run, tmp_path: Path) -> None:
    a_site(run)
    assert run("backup", str(tmp_path / "one.backup"))[0] == 0
    run("ledger", "seal")
    heads = tmp_path / "data" / "heads.jsonl"
    signed = heads.read_text()
    assert run("restore", "--replace", str(tmp_path / "one.backup"))[0] == 0
    [aside] = (tmp_path / "data").glob("before-restore-*/heads.jsonl")
    assert (aside.read_text(), heads.exists()) == (signed, False)
    assert run("ledger", "verify")[0] == 0


def test_a_backup_of_another_instance_is_refused_also_where_one_was_never_served(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_site(run)
    run("ledger", "seal")
    assert run("backup", str(tmp_path / "served.backup"))[0] == 0
    monkeypatch.setenv("PASSALONG_DATA", str(tmp_path / "other"))
    wasps = a_site(run)
    assert run("backup", str(tmp_path / "never.backup"))[0] == 0
    for folder, file in (("other", "served"), ("data", "never")):
        monkeypatch.setenv("PASSALONG_DATA", str(tmp_path / folder))
        code, _, err = run("restore", "--replace", str(tmp_path / f"{file}.backup"))
        assert (code, err.count("\n")) == (2, 1)
        assert "of another instance" in err
    monkeypatch.setenv("PASSALONG_DATA", str(tmp_path / "other"))
    assert wasps in run("site", "list")[1]


def test_without_a_passphrase_the_keys_that_belong_to_it_are_named(run: Run, tmp_path: Path) -> None:
    site = a_site(run)
    run("key", "new", site)
    run("ledger", "seal")
    code, out, _ = run("backup", str(tmp_path / "one.backup"))
    assert code == 0
    assert "belongs to it: key 1 of ledger, fingerprint" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("backup", "{}/nowhere/one.backup"), "does not exist"),
        (("restore", "{}/text.backup"), "is not a backup"),
        (("restore", "--verify", "{}/text.backup"), "is not a backup"),
    ],
)
def test_a_mistake_is_one_line(run: Run, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    a_site(run)
    (tmp_path / "text.backup").write_text("hello")
    code, out, err = run(*(word.format(tmp_path) for word in words))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert said in err


def test_a_disk_that_is_full_is_one_line_and_leaves_nothing_half_made(run: Run, tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk."""
    a_site(run)
    (tmp_path / "there").mkdir()
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    here = f"No backup could be made in {tmp_path / 'there'}"
    for room, said in ((1_000, "Check the data folder, its permissions and the disk."), (100_000, here)):
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
        try:
            code, out, err = run("backup", str(tmp_path / "there" / "a.backup"))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        assert (code, out, err.count("\n")) == (2, "", 1), err
        assert said in err
        assert list((tmp_path / "there").iterdir()) == []
    assert run("backup", str(tmp_path / "there" / "a.backup"))[0] == 0


@pytest.fixture
def large(run: Run, tmp_path: Path) -> Path:
    """An empty folder beside an instance whose mails have a large file, so that what reads them lasts."""
    a_site(run)
    (tmp_path / "data" / "outbox").mkdir(exist_ok=True)
    (tmp_path / "data" / "outbox" / "large.eml").touch()
    os.truncate(tmp_path / "data" / "outbox" / "large.eml", 100_000_000)
    (tmp_path / "there").mkdir()
    return tmp_path / "there"


def stop_at_work(folder: Path, *words: str, **environment: str) -> tuple[int, str, str]:
    """Run a command and send it SIGTERM as soon as its temporary files are in the folder."""
    command = [sys.executable, "-m", "passalong", *words]
    before = set(folder.iterdir())
    whole = os.environ | environment
    with subprocess.Popen(command, env=whole, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        until = time.monotonic() + 60
        while set(folder.iterdir()) == before:
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.002)
        process.terminate()
        out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def test_a_backup_that_is_stopped_says_one_line_and_leaves_nothing(large: Path) -> None:
    code, out, err = stop_at_work(large, "backup", str(large / "a.backup"))
    assert (code, out) == (2, "")
    assert err == f"passalong: The backup was stopped: nothing of it is left in {large}.\n"
    assert list(large.iterdir()) == []


def test_a_restore_that_is_stopped_says_one_line_and_leaves_nothing(run: Run, large: Path, tmp_path: Path) -> None:
    assert run("backup", str(tmp_path / "a.backup"))[0] == 0
    code, out, err = stop_at_work(large, "restore", str(tmp_path / "a.backup"), PASSALONG_DATA=str(large))
    assert (code, out) == (2, "")
    assert err == "passalong: The restore was stopped before it changed anything.\n"
    assert list(large.iterdir()) == []


def test_a_signal_during_the_check_of_the_copy_is_not_a_full_disk(
    run: Run, large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite calls the handler's code, and loses what it raises."""

    def end(*progress: int) -> None:
        if not progress:  # the check, and not the copy
            signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(sqlite_copy, "CHECK_OPCODES", 1)
    monkeypatch.setattr(sqlite_copy, "_between_steps", end)
    before = signal.getsignal(signal.SIGTERM)
    code, out, err = run("backup", str(large / "a.backup"))
    assert (code, out) == (2, "")
    assert err == f"passalong: The backup was stopped: nothing of it is left in {large}.\n"
    assert list(large.iterdir()) == []
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_restore_that_has_replaced_the_instance_is_not_stopped_any_more(
    run: Run, large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The signal comes while the temporary files are deleted."""

    class Stopped(tempfile.TemporaryDirectory[str]):
        def cleanup(self) -> None:
            signal.raise_signal(signal.SIGTERM)
            super().cleanup()

    assert run("backup", str(tmp_path / "a.backup"))[0] == 0
    monkeypatch.setenv("PASSALONG_DATA", str(large))
    monkeypatch.setattr(tempfile, "TemporaryDirectory", Stopped)
    code, out, err = run("restore", str(tmp_path / "a.backup"))
    assert (code, err) == (0, "")
    assert "Restored 1 site " in out
    assert not list(large.glob(".passalong-restore-*"))


def test_nothing_is_backed_up_where_there_is_nothing(run: Run, tmp_path: Path) -> None:
    code, _, err = run("backup", str(tmp_path / "one.backup"))
    assert code == 2
    assert "There is no Passalong data in" in err


def test_a_running_server_makes_backups_by_itself(start_passalong: Start, database_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    start_passalong(database_url, PASSALONG_BACKUP_DIR=str(folder), PASSALONG_BACKUP_PASSPHRASE=PASSPHRASE)
    until = time.monotonic() + 60
    while not (folder.exists() and backups_in(folder)):
        assert time.monotonic() < until, last_of(tmp_path).because
        time.sleep(0.05)
    while last_of(tmp_path).moment_ms is None:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert last_of(tmp_path).because == ""
