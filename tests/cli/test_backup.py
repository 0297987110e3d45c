"""`passalong backup` and `restore` as an owner uses them."""

import json
import time
from pathlib import Path

import pytest

from commands import Run, a_site
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
    assert "Restored 1 sites" in out
    assert "Missing" not in out
    assert run("ledger", "verify")[0] == 0
    assert site in run("site", "list")[1]


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
