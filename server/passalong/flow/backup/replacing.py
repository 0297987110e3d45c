"""Put what was restored and verified in place; what was there is kept aside, and at every moment one of both stands.

SQLite: the file is linked into a folder aside, then replaced by a rename. PostgreSQL: the backup is loaded into a
schema of its own, and one transaction swaps its tables for the present ones.
"""

import json
import os
import shutil
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct
from sqlalchemy import Connection, inspect, make_url, text

from passalong.flow.backup import archive, tables
from passalong.flow.backup.files import ASIDE, Place
from passalong.flow.backup.key_box import Keys
from passalong.flow.backup.manifest import DATABASE, FILES, HEADS, TABLES, BadBackupError, Manifest
from passalong.flow.backup.tables import Migrations
from passalong.store.engine import Database

SCHEMA = "passalong_restore"
OTHERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
ENDING_S = 2.0
RUNNING = "The server still runs on this data: stop it first."


class Swap(Struct, frozen=True):
    """A restore that is about to replace: where, from which folder, with which keys, and when."""

    place: Place
    folder: Path
    manifest: Manifest
    keys: Keys
    now_ms: int

    @property
    def stamp(self) -> str:
        """The moment, for names."""
        return datetime.fromtimestamp(self.now_ms / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")


def demand_stopped(place: Place) -> None:
    """Raise BadBackupError while anything else has the database open."""
    if place.database is None:
        _demand_alone(place)
    elif place.database.exists():
        _leave_wal(place.database)


def _leave_wal(path: Path) -> None:
    """Make the database one file. SQLite grants that only when nobody else has it open."""
    with closing(sqlite3.connect(path, timeout=0)) as connection:
        try:
            (mode,) = connection.execute("PRAGMA journal_mode = DELETE").fetchone()
        except sqlite3.OperationalError:
            mode = "locked"
        except sqlite3.DatabaseError:
            return  # no database any more: that is what the backup is for
    if mode != "delete":
        raise BadBackupError(RUNNING)


def _demand_alone(place: Place) -> None:
    """Wait a moment: PostgreSQL's side of a connection ends a little later than ours."""
    db = Database(place.database_url)
    until = time.monotonic() + ENDING_S
    try:
        with db.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            while connection.scalar(text(OTHERS)):
                if time.monotonic() > until:
                    raise BadBackupError(RUNNING)
                time.sleep(0.05)
    finally:
        db.close()


@contextmanager
def staged(place: Place, migrations: Migrations, manifest: Manifest, folder: Path) -> Iterator[Database]:
    """The restored database, open beside the present one."""
    if place.database is not None:
        db = Database(f"sqlite:///{folder / DATABASE}")
        try:
            yield db
        finally:
            db.close()
        _leave_wal(folder / DATABASE)
        return
    db = Database(_in_schema(place.database_url, SCHEMA))
    try:
        with db.writer.begin() as connection:
            connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
            connection.exec_driver_sql(f"CREATE SCHEMA {SCHEMA}")
        migrations.upgrade(db, manifest.revision)
        columns = {name: manifest.members[name].columns for name in manifest.members if name.startswith(TABLES)}
        with db.writer.begin() as connection:
            tables.copy_in(connection, folder, columns)
        yield db
    except BaseException:
        with db.writer.begin() as connection:
            connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        raise
    finally:
        db.close()


def _in_schema(url: str, schema: str) -> str:
    parsed_url = make_url(url)
    options = " ".join(filter(None, (str(parsed_url.query.get("options", "")), f"-csearch_path={schema}")))
    return parsed_url.update_query_dict({"options": options}).render_as_string(hide_password=False)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Ignore SIGTERM and Ctrl-C while the block lasts, which is short: an instance must not be half replaced."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def put_in_place(swap: Swap) -> str:
    """Replace what is there; returns where that is kept, or nothing if there was none."""
    place = swap.place
    aside = place.folder / f"{ASIDE}{swap.stamp}"
    backup_name = ""
    if place.database is not None:
        for end in ("-wal", "-shm"):  # left only by a database that could not be opened any more
            _set_aside(place.database.with_name(place.database.name + end), aside)
        _replace(place.database, swap.folder / DATABASE, aside / place.database.name)
    else:
        backup_name = _swap_tables(place, f"before_restore_{swap.stamp.lower()}")
    if HEADS in swap.manifest.members:
        _replace(place.heads, swap.folder / HEADS, aside / place.heads.name)
    else:
        _set_aside(place.heads, aside)  # every head in it was signed after the backup
    for member in swap.manifest.members:
        if member.startswith(FILES) and (swap.folder / member).exists():  # mails of erased people are gone
            name = member.removeprefix(FILES)
            _replace(place.folder / name, swap.folder / member, aside / name)
    for name, secrets in swap.keys.items():
        new_file = swap.folder / name
        with open(os.open(new_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(secrets, file)
        _replace(place.folder / name, new_file, aside / name)
    return " and ".join(filter(None, (backup_name, str(aside) if aside.exists() else "")))


def _set_aside(path: Path, aside: Path) -> None:
    if path.exists():
        aside.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.move(path, aside / path.name)


def _replace(path: Path, new_file: Path, old_file: Path) -> None:
    """Replace `path` by `new_file` in one step and keep the old content as `old_file`; equal files stay as they are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        if archive.digest_of(path) == archive.digest_of(new_file):
            return
        old_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _keep(path, old_file)
    try:
        new_file.replace(path)
    except OSError:  # another disk
        beside = path.with_name(f".{path.name}.restored")
        shutil.copyfile(new_file, beside)
        beside.replace(path)
    archive.sync_folder(path.parent)


def _keep(path: Path, old_file: Path) -> None:
    try:
        os.link(path, old_file)
    except OSError:  # another disk, or one without links
        shutil.copy2(path, old_file)


def _swap_tables(place: Place, aside: str) -> str:
    """Move the present tables into a schema aside and the restored ones here, in one transaction."""
    db = Database(place.database_url)
    try:
        with db.writer.begin() as connection:
            here = str(connection.scalar(text("SELECT current_schema()")))
            there_are = bool(inspect(connection).get_table_names(schema=here))
            if there_are:
                connection.exec_driver_sql(f"CREATE SCHEMA {aside}")
                _move(connection, here, aside)
            _move(connection, SCHEMA, here)
            connection.exec_driver_sql(f"DROP SCHEMA {SCHEMA}")
    finally:
        db.close()
    return f"the schema {aside}" if there_are else ""


def _move(connection: Connection, source: str, target: str) -> None:
    for name in inspect(connection).get_table_names(schema=source):
        connection.exec_driver_sql(f'ALTER TABLE "{source}"."{name}" SET SCHEMA "{target}"')
    for name in connection.scalars(
        text(
            "SELECT proname FROM pg_proc WHERE pronamespace = CAST(:schema AS regnamespace) AND proname LIKE 'along_%'"
        ),
        {"schema": source},
    ).all():
        connection.exec_driver_sql(f'ALTER FUNCTION "{source}"."{name}"() SET SCHEMA "{target}"')
