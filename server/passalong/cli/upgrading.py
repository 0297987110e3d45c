"""Bring an instance to this version: one process at a time, after a backup, the same for `serve` and `db upgrade`."""

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct
from sqlalchemy import text

from passalong import migrate
from passalong.cli.common import CommandError, has_data, opened
from passalong.cli.stopping import stopped_by_sigterm
from passalong.data_files import UPGRADE_LOCK
from passalong.flow.backup.archive import read_manifest
from passalong.flow.backup.files import SUFFIX, Place
from passalong.flow.backup.make import Source, make_backup
from passalong.flow.backup.manifest import BadBackupError
from passalong.flow.replay import upgrade as upgrades
from passalong.key_files import read_keys, read_signing_keys
from passalong.lib.clock import SystemClock
from passalong.settings import Settings
from passalong.store.engine import Database

LOCK = migrate.LOCK + 1
"""PostgreSQL's advisory lock on the whole upgrade; the migrations inside take one of their own."""

PREFIX = "before-upgrade-from-"
"""How the names of backups before an upgrade begin."""
RECENT_MS = 86_400_000
"""How long a backup before an upgrade that failed may be replaced by that of the next try."""


class Upgraded(Struct, frozen=True):
    """The result: whether the instance is new, the backup from before, and what an upgrade from 0.2.0 changed."""

    is_new: bool = False
    backup: Path | None = None
    outcomes: Sequence[upgrades.Outcome] | None = None


def bring_up_to_date(settings: Settings, *, may_begin: bool = True, backs_up: bool = True) -> Upgraded:
    """Make, migrate or leave the tables, as needed. Raises CommandError, NewerDatabaseError or BadSettingsError.

    The database is backed up before anything changes, unless `backs_up` is False; a migration is one transaction.
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
        changes = backs_up and before is not None and migrate.is_known(before)
        backup = _back_up(db, settings, str(before)) if changes else None
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


def _back_up(db: Database, settings: Settings, revision: str) -> Path:
    """Back up the database into the data folder, where the keys lie, too. Raises CommandError if that fails.

    A failed upgrade is tried at each start: the backup replaces those of tries of the last day, so that they do not
    fill the disk. It is not used again, because whatever was changed since, with or without a fact, belongs into it.
    """
    earlier = list(_of_failed_tries(settings, revision))
    now = datetime.fromtimestamp(SystemClock().now_ms() / 1000, UTC)
    path = settings.data_dir / f"{PREFIX}{revision}-{now:%Y%m%dT%H%M%S%fZ}{SUFFIX}"
    place = Place(settings.data_dir, settings.heads_file, settings.database_url)
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        with stopped_by_sigterm("The upgrade was stopped before it changed anything."):
            make_backup(Source(db, place, migrate), SystemClock(), path)
    except (OSError, BadBackupError) as error:
        raise CommandError(
            f"The upgrade did not begin, because a backup comes first: {error} Make room in {settings.data_dir}, or "
            "back up yourself and run `passalong db upgrade --without-backup`."
        ) from None
    for old in earlier:
        old.unlink()
    return path


def _of_failed_tries(settings: Settings, revision: str) -> Iterator[Path]:
    """Yield the backups that upgrades from this revision made within a day: the database is still at it."""
    for path in settings.data_dir.glob(f"{PREFIX}{revision}-*{SUFFIX}"):
        with suppress(OSError, BadBackupError):
            manifest = read_manifest(path)
            if manifest.revision == revision and 0 <= SystemClock().now_ms() - manifest.moment_ms < RECENT_MS:
                yield path


@contextmanager
def _alone(db: Database, settings: Settings) -> Iterator[None]:
    """Wait until no other process upgrades this instance."""
    if db.is_sqlite:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        with (settings.data_dir / UPGRADE_LOCK).open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        return
    with db.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK})
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK})
