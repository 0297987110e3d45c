"""Bring an instance to this version: one process at a time, after a backup, the same for `serve` and `db upgrade`."""

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct
from sqlalchemy import text

from passalong import migrate
from passalong.cli.common import CommandError, has_data, opened
from passalong.flow.backup.files import SUFFIX, Place
from passalong.flow.backup.make import Source, make_backup
from passalong.flow.replay import upgrade as upgrades
from passalong.key_files import read_keys, read_signing_keys
from passalong.lib.clock import SystemClock
from passalong.settings import Settings
from passalong.store.engine import Database

LOCK = migrate.LOCK + 1
"""PostgreSQL's advisory lock on the whole upgrade; the migrations inside take one of their own."""


class Upgraded(Struct, frozen=True):
    """The result: whether the instance is new, the backup from before, and what an upgrade from 0.2.0 changed."""

    is_new: bool = False
    backup: Path | None = None
    outcomes: Sequence[upgrades.Outcome] | None = None


def bring_up_to_date(settings: Settings, *, may_begin: bool = True) -> Upgraded:
    """Make, migrate or leave the tables, as needed. Raises CommandError, NewerDatabaseError or BadSettingsError.

    A SQLite database is backed up before anything changes; a migration is one transaction on both databases.
    `may_begin` False refuses to begin a new instance where the rest of an old one lies.
    """
    is_new = not has_data(settings)
    if is_new and not may_begin:
        _demand_nothing(settings)
    with opened(settings) as db, _alone(db, settings):
        before = migrate.revision_of(db)
        if before is None and not is_new and not may_begin:
            _demand_nothing(settings)
        refolds = before is not None and (migrate.is_of_0_2(db) or files_of(settings).begun.exists())
        if not refolds and before is not None and migrate.is_current(db):
            return Upgraded()
        # Keys that cannot be read end it here, while the version of before can still be started.
        secrets = upgrades.Secrets(read_keys(settings), read_signing_keys(settings)) if refolds else None
        backup = _back_up(db, settings, before) if before is not None and migrate.is_known(before) else None
        migrate.upgrade(db)
        if secrets is None:
            return Upgraded(is_new or before is None, backup)
        return Upgraded(
            False, backup, upgrades.upgrade(db, SystemClock(), secrets, files_of(settings), migrate.upgrade)
        )


def files_of(settings: Settings) -> upgrades.Files:
    """Return where the upgrade from 0.2.0 keeps its files."""
    return upgrades.Files(settings.data_dir, settings.heads_file)


def _demand_nothing(settings: Settings) -> None:
    """Raise CommandError where the signed heads of an instance lie, and its database does not."""
    heads = settings.heads_file
    if heads.exists() and heads.stat().st_size:
        raise CommandError(
            f"The database is not there, but the heads of one are ({heads}): is the disk mounted, and DATABASE_URL "
            "right? `passalong restore FILE` restores a backup, `passalong db upgrade` begins a new instance."
        )


def _back_up(db: Database, settings: Settings, revision: str) -> Path | None:
    """Back up a SQLite database beside it; the keys lie there, too. PostgreSQL's is for whoever runs it."""
    if not db.is_sqlite:
        return None
    now = datetime.fromtimestamp(SystemClock().now_ms() / 1000, UTC)
    path = settings.data_dir / f"before-upgrade-from-{revision}-{now:%Y%m%dT%H%M%SZ}{SUFFIX}"
    place = Place(settings.data_dir, settings.heads_file, settings.database_url)
    return make_backup(Source(db, place, migrate), SystemClock(), path).path


@contextmanager
def _alone(db: Database, settings: Settings) -> Iterator[None]:
    """Wait until no other process upgrades this instance."""
    if db.is_sqlite:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        with (settings.data_dir / ".upgrade.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        return
    with db.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK})
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK})
