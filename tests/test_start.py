"""Starts: on an IPv6 address, and those that fail with one line that says what to do."""

import http.client
import os
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from commands import Run
from passalong.serving import network_address, why_not_listen
from passalong.settings import read_settings
from plumbing.ports import free_port


@pytest.mark.parametrize("bind", ["::1", "[::1]"])
def test_an_ipv6_address_may_be_listened_on(bind: str) -> None:
    found = read_settings({"PASSALONG_BIND": bind})
    assert (found.bind, found.url) == ("::1", "http://[::1]:8080")
    assert network_address(found.bind, found.port) == "[::1]:8080"


def test_a_server_listens_on_an_ipv6_address(tmp_path: Path) -> None:
    """Where the machine has none, the start says that instead of blaming the port."""
    port = free_port()
    env = {
        "PATH": os.environ["PATH"],
        "PASSALONG_DATA": str(tmp_path),
        "PASSALONG_BIND": "::1",
        "PASSALONG_PORT": str(port),
    }
    why = why_not_listen("::1", port, otherwise="")
    serve = [sys.executable, "-m", "passalong", "serve"]
    with subprocess.Popen(serve, env=env, stderr=subprocess.PIPE, text=True) as server:
        if why is not None:
            assert server.communicate(timeout=30)[1] == f"passalong: {why}\n"
            assert "no address ::1" in why
            return
        try:
            until = time.monotonic() + 30
            while not (up := is_healthy("::1", port)) and server.poll() is None and time.monotonic() < until:
                time.sleep(0.05)
            assert up
        finally:
            server.terminate()


def is_healthy(host: str, port: int) -> bool:
    """True when a server there says so."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


# --- starts that fail ---------------------------------------------------------------------------------------------


def refused(run: Run, *words: str) -> str:
    """The one line that a command ends with."""
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    (line,) = err.splitlines()
    return line


@pytest.mark.parametrize("words", [("serve",), ("db", "upgrade"), ("db", "check"), ("site", "list"), ("demo", "seed")])
def test_a_database_of_a_newer_version_is_named(run: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    run("db", "upgrade")
    with sqlite3.connect(tmp_path / "data" / "passalong.sqlite3") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    line = refused(run, *words)
    assert "newer Passalong (tables 9999" in line
    assert "restore the backup" in line


@pytest.mark.parametrize("words", [("serve",), ("db", "upgrade"), ("demo", "run"), ("demo", "seed"), ("site", "list")])
def test_a_folder_that_cannot_be_made_is_named(
    run: Run, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """Below /proc nobody can make a folder, root included."""
    monkeypatch.setenv("PASSALONG_DATA", "/proc/passalong/data")
    line = refused(run, *words)
    assert "/proc/passalong" in line
    assert "PASSALONG_DATA" in line


@pytest.mark.parametrize("name", ["keys.json", "ledger-keys.json"])
def test_a_key_file_that_cannot_be_read_is_named(run: Run, tmp_path: Path, name: str) -> None:
    (tmp_path / "data" / name).mkdir(parents=True)
    assert f"{name} cannot be used (is a directory)" in refused(run, "serve")


def test_a_file_that_is_no_database_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "passalong.sqlite3").write_text("these are words " * 100)
    assert "file is not a database" in refused(run, "serve")


@pytest.mark.postgresql
def test_a_database_whose_tables_may_not_be_made_is_named(
    run: Run, monkeypatch: pytest.MonkeyPatch, empty_postgresql_url: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_postgresql_url)
    with psycopg.connect(empty_postgresql_url.replace("+psycopg", "")) as connection:
        connection.execute(
            "ALTER DATABASE " + empty_postgresql_url.split("?")[0].rpartition("/")[2] + " SET role pg_monitor"
        )
    assert "permission denied for schema public" in refused(run, "db", "upgrade")


@pytest.mark.parametrize(
    ("bind", "said"),
    [
        ("nowhere.invalid", "'nowhere.invalid' is no address of this machine"),
        ("192.0.2.1", "This machine has no address 192.0.2.1"),
        ("2001:db8::1", "This machine has no address 2001:db8::1"),
    ],
)
@pytest.mark.parametrize("words", [("serve",), ("demo", "run")])
def test_an_address_of_another_machine_is_named(
    run: Run, monkeypatch: pytest.MonkeyPatch, bind: str, said: str, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("PASSALONG_BIND", bind)
    line = refused(run, *words)
    assert said in line
    assert "set PASSALONG_BIND" in line


def test_a_port_that_another_program_has_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("PASSALONG_PORT", str(port))
        assert refused(run, "serve") == (
            f"passalong: Port {port} is in use: end what listens there, or set PASSALONG_PORT to another."
        )


def test_gunicorn_on_an_unmigrated_database_stops_with_one_sentence(tmp_path: Path) -> None:
    env = {"PATH": os.environ["PATH"], "PASSALONG_DATA": str(tmp_path), "HOME": str(tmp_path)}
    address = f"127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "gunicorn", "-b", address, "passalong.app:wsgi()"]
    ended = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 4
    assert "The database is not at this version's tables: run `passalong db upgrade` first." in ended.stderr
    assert "Traceback" not in ended.stderr
