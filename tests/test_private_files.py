"""What the product writes is for its own user alone, and `db check` finds what is not."""

import os
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from client import Client
from commands import Run, a_site
from plumbing.ports import HOST, free_port

WAIT_S = 30
LAX = 0o022
"""The umask of most systems: files come out as 0644, folders as 0755."""


def exposed(folder: Path) -> list[str]:
    """Whatever in a folder, itself among it, gives other users any right."""
    return [str(path) for path in (folder, *folder.rglob("*")) if stat.S_IMODE(path.stat().st_mode) & 0o077]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Settings of an instance in the test's folder."""
    here = {"PASSALONG_BIND": HOST, "PASSALONG_PORT": str(free_port()), "PASSALONG_DATA": str(tmp_path / "data")}
    return {"PATH": os.environ["PATH"], **here}


@pytest.fixture
def server(environment: dict[str, str], tmp_path: Path) -> Iterator[Path]:
    """A server as the command starts it, under a lax umask, on a site whose owner is written to; its data folder."""
    command = [sys.executable, "-m", "passalong"]
    site = ("site", "add", "https://bees.example", "--email", "otto@bees.example")
    for words in (("db", "upgrade"), site):
        done = subprocess.run([*command, *words], env=environment, umask=LAX, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
    with (
        (tmp_path / "log").open("wb") as log,
        subprocess.Popen([*command, "serve"], env=environment, umask=LAX, stdout=log, stderr=log) as process,
    ):
        yield tmp_path / "data"
        process.terminate()


def test_everything_that_a_server_writes_is_private(server: Path, environment: dict[str, str]) -> None:
    """The database with its log, the secrets, the folders of mails with a link in them."""
    until = time.monotonic() + WAIT_S
    while not list(server.glob("outbox/*/*.eml")) and time.monotonic() < until:
        time.sleep(0.05)
    with Client(int(environment["PASSALONG_PORT"])) as browser:
        assert browser.send("GET", "/healthz").status == 200
    made = {path.name for path in server.rglob("*")}
    assert {"passalong.sqlite3", "passalong.sqlite3-wal", "keys.json", "ledger-keys.json", "outbox"} <= made
    assert list(server.glob("outbox/*/*.eml")) != []
    assert exposed(server) == []


def test_db_check_names_each_file_that_others_can_open(run: Run, tmp_path: Path) -> None:
    a_site(run)
    assert run("db", "check")[0] == 0
    for path in (tmp_path / "data", tmp_path / "data" / "passalong.sqlite3"):
        before = stat.S_IMODE(path.stat().st_mode)
        for others in (0o040, 0o004, 0o002, 0o001):
            path.chmod(before | others)
            code, out, _ = run("db", "check")
            assert (code, f"chmod go-rwx {path}\n" in out) == (1, True), (path, oct(others))
        path.chmod(before)
    assert run("db", "check")[0] == 0


def test_db_check_looks_where_files_are_kept_elsewhere(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, heads = tmp_path / "elsewhere.sqlite3", tmp_path / "heads"
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{database}")
    monkeypatch.setenv("PASSALONG_HEADS_FILE", str(heads))
    a_site(run)
    heads.touch(0o600)
    assert run("db", "check")[0] == 0
    database.chmod(0o640)
    heads.chmod(0o604)
    code, out, _ = run("db", "check")
    assert (code, str(database) in out, str(heads) in out) == (1, True, True)


def test_many_exposed_files_end_in_one_command(run: Run, tmp_path: Path) -> None:
    a_site(run)
    folder = tmp_path / "data" / "outbox"
    folder.mkdir()
    for number in range(30):
        (folder / f"{number}.eml").touch()
        (folder / f"{number}.eml").chmod(0o644)
    out = run("db", "check")[1]
    assert out.count("Other users can open") == 20
    assert f"And 10 more: run chmod -R go-rwx {tmp_path / 'data'}" in out
