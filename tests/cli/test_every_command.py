"""Every command on data that cannot be used: one line on standard error, exit code 2, and never a traceback."""

import resource
import shutil
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import click
import psycopg
import pytest
from sqlalchemy import make_url

from commands import Run, a_site
from passalong import migrate
from passalong.cli.main import passalong
from passalong.settings import read_settings
from passalong.store.engine import Database
from plumbing.ports import free_port
from plumbing.postgres import Postgres, database_name
from tables import BOTH

Words = tuple[str, ...]
Fault = Callable[[Path], AbstractContextManager[None]]
WITHOUT_DATA = {
    ("demo", "run"),
    ("demo", "site"),
    ("listen",),
    ("mcp",),
    ("terms", "check"),
    ("terms", "lint"),
    ("terms", "show"),
    ("verify",),
    ("version",),
}
"""Commands that need no data folder, or ask a server over HTTP."""
BEGINS: set[Words] = {("serve",), ("db", "upgrade"), ("demo", "seed"), ("restore",)}
"""Commands that begin an instance where there is none."""
COPIES: set[Words] = {("backup",)}
"""Commands that work on tables of an older version, too."""


def leaves(group: click.Group = passalong, path: Words = ()) -> Iterator[tuple[Words, click.Command]]:
    """Every command with its words."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from leaves(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = {path: command for path, command in leaves() if path not in WITHOUT_DATA}


def words_of(path: tuple[str, ...], folder: Path) -> list[str]:
    """A command with something for each of its arguments that must be given."""
    words = list(path)
    for parameter in COMMANDS[path].params:
        if parameter.required:
            words += [parameter.opts[0]] if isinstance(parameter, click.Option) else []
            words.append(_value(parameter, folder))
    return words


def _value(parameter: click.Parameter, folder: Path) -> str:
    name = (parameter.metavar or parameter.name or "").upper()
    if isinstance(parameter.type, click.Choice):
        return str(next(iter(parameter.type.choices)))
    if isinstance(parameter.type, click.Path):
        return str(folder / ("there.json" if parameter.type.exists else "new"))
    if isinstance(parameter.type, click.types.IntParamType):
        return "1"
    if name in ("SOURCE", "TARGET"):
        return f"sqlite:///{folder / ('data/passalong.sqlite3' if name == 'SOURCE' else 'target.sqlite3')}"
    return "https://wasps.example" if "URL" in name else "something"


@contextmanager
def _no_folder(folder: Path) -> Iterator[None]:
    shutil.rmtree(folder / "data")
    yield


@contextmanager
def _a_file_in_the_way(folder: Path) -> Iterator[None]:
    shutil.rmtree(folder / "data")
    (folder / "data").write_text("")
    yield


def _name_revision(folder: Path, revision: str) -> None:
    with sqlite3.connect(folder / "data" / "passalong.sqlite3") as database:
        database.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    database.close()


@contextmanager
def _newer(folder: Path) -> Iterator[None]:
    _name_revision(folder, "9999")
    yield


@contextmanager
def _older(folder: Path) -> Iterator[None]:
    _name_revision(folder, "0048")
    yield


@contextmanager
def _damaged(folder: Path) -> Iterator[None]:
    (folder / "data" / "passalong.sqlite3").write_text("these are words " * 1_000)
    yield


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Lock out readers, too: a transaction alone locks out no reader in WAL mode."""
    other = sqlite3.connect(folder / "data" / "passalong.sqlite3", isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    yield
    other.close()


@contextmanager
def _full_disk(folder: Path) -> Iterator[None]:
    """A limit on the size of files stands for the disk."""
    assert folder.is_dir()
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        signal.signal(signal.SIGXFSZ, before)


FAULTS: dict[Fault, set[Words]] = {
    _no_folder: BEGINS,
    _a_file_in_the_way: set(),
    _newer: set(),
    _older: BEGINS | COPIES,
    _damaged: set(),
    _locked: set(),
    _full_disk: set(),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__.strip("_"))
def test_a_fault_of_the_data_is_one_line(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    monkeypatch.setattr("passalong.store.engine.BUSY_MS", 20)
    a_site(run)
    (tmp_path / "there.json").write_text("{}")
    whole = shutil.copytree(tmp_path / "data", tmp_path / "whole")
    tried = [path for path in COMMANDS if path not in FAULTS[fault]]
    assert len(tried) > 80
    wrong = {}
    for path in tried:
        shutil.rmtree(tmp_path / "data", ignore_errors=True)
        (tmp_path / "data").unlink(missing_ok=True)
        shutil.copytree(whole, tmp_path / "data")
        with fault(tmp_path):
            code, out, err = run(*words_of(path, tmp_path))
        if (code, out, err.count("\n")) != (2, "", 1) or not err.startswith("passalong: "):
            wrong[path] = (code, out, err)
    assert wrong == {}


NEWER = [
    ("serve",),
    ("backup", "{}/a.backup"),
    ("restore", "--verify", "{}/before.backup"),
    ("restore", "--replace", "{}/before.backup"),
    ("doctor",),
    ("db", "check"),
    ("db", "upgrade"),
    ("ledger", "verify"),
    ("report", "shapley", "something"),
]
"""What people try with a program that is older than its database or backup."""


@pytest.mark.parametrize("kind", BOTH)
def test_an_older_program_refuses_a_newer_database_and_its_backup(
    kind: str, request: pytest.FixtureRequest, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "postgresql":
        monkeypatch.setenv("DATABASE_URL", request.getfixturevalue("empty_postgresql_url"))
    monkeypatch.setenv("PASSALONG_PORT", str(free_port()))
    a_site(run)
    assert run("backup", str(tmp_path / "before.backup"))[0] == 0
    newest = _newest()
    monkeypatch.setattr(migrate, "is_known", lambda revision: revision != newest)
    for words in NEWER:
        code, out, err = run(*(word.format(tmp_path) for word in words))
        assert (code, out, err.count("\n")) == (2, "", 1), (words, err)
        assert "newer" in err, (words, err)
    assert not (tmp_path / "a.backup").exists()


def _newest() -> str:
    """Return the revision of this version's tables."""
    db = Database(read_settings().database_url)
    revision = migrate.revision_of(db)
    db.close()
    assert revision is not None
    return revision


def test_commands_that_read_do_not_wait_for_one_that_writes(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("passalong.store.engine.BUSY_MS", 20)
    a_site(run)
    other = sqlite3.connect(tmp_path / "data" / "passalong.sqlite3", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    for words in (("site", "list"), ("db", "stats"), ("backup", str(tmp_path / "a.backup"))):
        assert run(*words)[0] == 0, words
    other.close()


def test_a_locked_database_is_said_to_be_locked(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("passalong.store.engine.BUSY_MS", 20)
    a_site(run)
    with _locked(tmp_path):
        assert "Another program keeps the database locked" in run("site", "list")[2]


@pytest.mark.postgresql
def test_a_database_that_is_not_in_utf8_is_refused(
    postgres: Postgres, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Debian's `initdb` without a locale makes such a cluster."""
    with postgres.fresh_database() as url, psycopg.connect(postgres.server.get_uri(), autocommit=True) as connection:
        name = "narrow"
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'")
        try:
            monkeypatch.setenv("DATABASE_URL", url.replace(database_name(url), name))
            monkeypatch.setenv("PASSALONG_PORT", str(free_port()))
            for words in (("serve",), ("db", "upgrade"), ("site", "list")):
                code, out, err = run(*words)
                assert (code, out, err.count("\n")) == (2, "", 1), err
                assert "stores text as SQL_ASCII" in err
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.postgresql
@pytest.mark.parametrize("tables", ["no tables", "tables of another user"])
def test_a_user_without_rights_is_named_with_the_statement_that_gives_them(
    request: pytest.FixtureRequest, tables: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Since PostgreSQL 15 only the owner of a database may make tables in it."""
    url = make_url(request.getfixturevalue("empty_postgresql_url"))
    with psycopg.connect(url.set(drivername="postgresql").render_as_string(False), autocommit=True) as connection:
        if tables == "tables of another user":
            connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)")
        connection.execute("CREATE ROLE mallory LOGIN")
        try:
            monkeypatch.setenv("DATABASE_URL", url.set(username="mallory").render_as_string(False))
            monkeypatch.setenv("PASSALONG_PORT", str(free_port()))
            for words in (("serve",), ("db", "upgrade")):
                code, out, err = run(*words)
                assert (code, out.count("Traceback"), err.count("\n")) == (2, 0, 1), err
                assert "permission denied for" in err
                assert "OWNER TO" in err
        finally:
            connection.execute("DROP ROLE mallory")
