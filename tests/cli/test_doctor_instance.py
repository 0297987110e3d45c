"""`passalong doctor` without an address: each fault of the instance is named with what to do."""

import json
import shutil
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from commands import Run, a_site
from passalong.flow.backup.schedule import Last
from plumbing.ports import HOST, free_port


def states(run: Run) -> dict[str, str]:
    """The state of each check."""
    code, out, _ = run("doctor", "--json")
    found = json.loads(out)
    assert code == (0 if found["well"] else 1)
    return {one["check"]: one["state"] for one in found["findings"]}


@pytest.fixture
def folder(run: Run, tmp_path: Path) -> Path:
    """The data folder of an instance with a history that is sealed."""
    a_site(run)
    run("demo", "seed", "--people", "10")
    return tmp_path / "data"


def test_an_instance_without_faults_has_only_hints(run: Run, folder: Path) -> None:
    assert folder.is_dir()
    found = states(run)
    assert {name for name, state in found.items() if state == "bad"} == set()
    assert {name for name, state in found.items() if state == "hint"} == {"mail", "backup", "address", "server"}
    run("backup", str(folder.parent / "one.backup"))
    assert states(run)["backup"] == "ok"
    assert "None" not in run("doctor")[1]


def _open_a_file(folder: Path) -> None:
    (folder / "keys.json").chmod(0o644)


def _lose_keys(folder: Path) -> None:
    (folder / "keys.json").unlink()


def _change_keys(folder: Path) -> None:
    (folder / "ledger-keys.json").write_text(json.dumps({"1": "ab" * 32}))


def _lose_heads(folder: Path) -> None:
    (folder / "heads.jsonl").unlink()


def _garble_heads(folder: Path) -> None:
    (folder / "heads.jsonl").write_text("hello\n")


def _fail_a_backup(folder: Path) -> None:
    (folder / "last-backup.json").write_bytes(msgspec.json.encode(Last(failed_ms=1, because="the disk is full")))


FAULTS: list[tuple[Callable[[Path], None], str]] = [
    (_open_a_file, "modes"),
    (_lose_keys, "keys"),
    (_change_keys, "keys"),
    (_lose_heads, "heads"),
    (_garble_heads, "heads"),
    (_fail_a_backup, "backup"),
]


def test_each_fault_is_found_and_nothing_is_made_instead(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PASSALONG_BACKUP_DIR", str(tmp_path / "backups"))
    whole = shutil.copytree(folder, tmp_path / "whole")
    for plant, name in FAULTS:
        shutil.rmtree(folder)
        shutil.copytree(whole, folder)
        plant(folder)
        before = {path.name for path in folder.iterdir() if "sqlite" not in path.name}
        bad = {check for check, state in states(run).items() if state == "bad"}
        assert bad == {name}, plant
        assert {path.name for path in folder.iterdir() if "sqlite" not in path.name} == before


def test_a_full_disk_and_a_mail_server_that_is_away_are_found(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert folder.is_dir()
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(10**12, 10**12, 10**8))
    monkeypatch.setenv("PASSALONG_SMTP_HOST", HOST)
    monkeypatch.setenv("PASSALONG_SMTP_PORT", str(free_port()))
    monkeypatch.setenv("PASSALONG_MAIL_FROM", "credit@example.org")
    found = states(run)
    assert (found["disk"], found["mail"]) == ("bad", "bad")
    code, out, _ = run("doctor")
    assert code == 1
    assert "to fix  0.1 GB of disk are free." in out
    assert "The mail server 127.0.0.1 cannot be used" in out


def test_a_mail_server_that_lets_us_in_is_well(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from aiosmtpd.controller import Controller
    from aiosmtpd.handlers import Sink

    assert folder.is_dir()
    server = Controller(Sink(), hostname=HOST, port=free_port())
    server.start()
    try:
        for name, value in (("HOST", HOST), ("PORT", str(server.port)), ("TLS", "none")):
            monkeypatch.setenv(f"PASSALONG_SMTP_{name}", value)
        monkeypatch.setenv("PASSALONG_MAIL_FROM", "credit@example.org")
        assert states(run)["mail"] == "ok"
    finally:
        server.stop()
