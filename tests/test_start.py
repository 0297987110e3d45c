"""Starts: on an IPv6 address, and those that fail with one line that says what to do."""

import http.client
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
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
    said = refused(run, "serve")
    assert "file is not a database" in said
    assert "passalong restore" in said
    assert "file is not a database" in refused(run, "backup", str(tmp_path / "backup"))


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


def test_a_second_server_on_one_sqlite_file_ends_with_one_line_and_commands_go_on(tmp_path: Path) -> None:
    """A folder of backups that is a file is said in one line by the first one, and by the doctor; it stops nothing."""
    (tmp_path / "taken").write_text("")
    port = free_port()
    env = {"PATH": os.environ["PATH"], "PASSALONG_DATA": str(tmp_path / "data")}
    env |= {"PASSALONG_BACKUP_DIR": str(tmp_path / "taken"), "PASSALONG_PORT": str(port)}
    command = [sys.executable, "-m", "passalong"]
    with subprocess.Popen([*command, "serve"], env=env, stderr=subprocess.PIPE, text=True) as server:
        try:
            until = time.monotonic() + 60
            while not is_healthy("127.0.0.1", port):
                assert server.poll() is None
                assert time.monotonic() < until
                time.sleep(0.05)
            second = _ended([*command, "serve"], env | {"PASSALONG_PORT": str(free_port())})
            assert (second.returncode, second.stdout, second.stderr.count("\n")) == (2, "", 1)
            assert f"Another server runs on {tmp_path / 'data' / 'passalong.sqlite3'}: end it first" in second.stderr
            assert _ended([*command, "site", "add", "https://bees.example"], env).returncode == 0
            assert _ended([*command, "backup", str(tmp_path / "one.backup")], env).returncode == 0
            assert "(not a directory): PASSALONG_BACKUP_DIR" in _ended([*command, "doctor"], env).stdout
        finally:
            server.terminate()
        _, said = server.communicate(timeout=30)
    assert said.count("No backup can be written") == 1
    assert said.startswith(f"passalong: No backup can be written into {tmp_path / 'taken'} (not a directory)")


def _ended(command: list[str], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)


def test_a_port_that_another_program_has_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("PASSALONG_PORT", str(port))
        assert refused(run, "serve") == (
            f"passalong: Port {port} is in use: end what listens there, or set PASSALONG_PORT to another."
        )


GUNICORN = [sys.executable, "-m", "gunicorn", "passalong.app:wsgi()"]


@pytest.fixture
def gunicorn_env(run: Run, tmp_path: Path) -> dict[str, str]:
    """The environment of gunicorn on tables of this version."""
    run("db", "upgrade")
    return {"PATH": os.environ["PATH"], "PASSALONG_DATA": str(tmp_path / "data"), "HOME": str(tmp_path)}


@pytest.mark.slow
def test_gunicorn_and_serve_keep_each_other_off_a_sqlite_file(gunicorn_env: dict[str, str]) -> None:
    """A worker that is replaced, by SIGHUP, hands the database over."""
    port = free_port()
    command = [*GUNICORN, "-b", f"127.0.0.1:{port}"]
    with subprocess.Popen(command, env=gunicorn_env, stderr=subprocess.PIPE, text=True) as server:
        try:
            _wait_until(lambda: is_healthy("127.0.0.1", port), server)
            second = [*GUNICORN, "-b", f"127.0.0.1:{free_port()}"]
            for other in (second, [sys.executable, "-m", "passalong", "serve"]):
                ended = _ended(other, gunicorn_env | {"PASSALONG_PORT": str(free_port())})
                assert ended.returncode in (2, 4)
                assert "Another server runs on" in ended.stderr
                assert "Traceback" not in ended.stderr
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/llms.txt", timeout=30) as page:
                assert "This address does not answer MCP itself" in page.read().decode()
            (worker,) = _children(server.pid)
            server.send_signal(signal.SIGHUP)
            _wait_until(lambda: worker not in _children(server.pid) and is_healthy("127.0.0.1", port), server)
        finally:
            server.terminate()
            _, said = server.communicate(timeout=30)
    assert "Another server" not in said


@pytest.mark.slow
def test_gunicorn_with_two_workers_on_sqlite_ends_with_one_sentence(gunicorn_env: dict[str, str]) -> None:
    ended = _ended([*GUNICORN, "--workers", "2", "-b", f"127.0.0.1:{free_port()}"], gunicorn_env)
    assert ended.returncode == 4
    assert "Several servers or processes on one database need PostgreSQL." in ended.stderr
    assert "Traceback" not in ended.stderr


WORKER = """
import sys
from passalong.server_lock import lock_database
from passalong.settings import read_settings
lock = lock_database(read_settings())
print("has it", flush=True)
sys.stdin.read()
"""


def test_a_worker_waits_for_one_that_it_replaces_as_long_as_that_takes(gunicorn_env: dict[str, str]) -> None:
    """One that gave up would end gunicorn's master, and with it the server."""
    file = Path(gunicorn_env["PASSALONG_DATA"]) / ".passalong.sqlite3.server.lock"
    with _worker(gunicorn_env) as before:
        assert before.stdout and before.stdout.readline() == "has it\n"
        os.utime(file, (0, 0))
        with _worker(gunicorn_env) as after:
            _wait_until(lambda: file in {link.resolve() for link in Path(f"/proc/{after.pid}/fd").iterdir()}, after)
            before.communicate(timeout=60)
            assert after.communicate(timeout=60)[0] == "has it\n"


def _worker(env: dict[str, str]) -> "subprocess.Popen[str]":
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", WORKER], env=env, stdin=pipe, stdout=pipe, text=True)


def _wait_until(holds: Callable[[], bool], server: "subprocess.Popen[str]") -> None:
    until = time.monotonic() + 60
    while not holds():
        assert server.poll() is None
        assert time.monotonic() < until
        time.sleep(0.05)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_gunicorn_on_an_unmigrated_database_stops_with_one_sentence(tmp_path: Path) -> None:
    env = {"PATH": os.environ["PATH"], "PASSALONG_DATA": str(tmp_path), "HOME": str(tmp_path)}
    address = f"127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "gunicorn", "-b", address, "passalong.app:wsgi()"]
    ended = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 4
    assert "The database is not at this version's tables: run `passalong db upgrade` first." in ended.stderr
    assert "Traceback" not in ended.stderr
