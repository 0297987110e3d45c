"""`passalong restore`: verify a backup completely, then put it in the place of what is there."""

from contextlib import ExitStack
from pathlib import Path

from msgspec import Struct
from sqlalchemy.exc import DatabaseError

from passalong.flow.backup import archive, erasures, key_box, replacing, standing
from passalong.flow.backup.files import Place
from passalong.flow.backup.key_box import Keys
from passalong.flow.backup.make import binding, journals_of
from passalong.flow.backup.manifest import FILES, KEYS, BadBackupError, Manifest
from passalong.flow.backup.replacing import Swap
from passalong.flow.backup.standing import UNREADABLE, Fingerprints, Standing
from passalong.flow.backup.tables import Migrations
from passalong.flow.backup.temporary import temporary_folder
from passalong.flow.mail.transports import Folder
from passalong.lib.clock import Clock, SystemClock
from passalong.store.engine import Database

Gone = tuple[str, list[str]]
"""The site and the addresses of a person who was erased."""


class Target(Struct, frozen=True):
    """Where a backup goes. `keys` are the fingerprints of the keys that are there, in files or variables."""

    place: Place
    migrations: Migrations
    keys: Fingerprints = {}
    passphrase: str = ""
    replace: bool = False


class Restored(Struct, frozen=True):
    """The result: what was restored, where the replaced data is, who was erased again, and keys that are missing."""

    manifest: Manifest
    aside: str
    erased_again: int
    left_to_erase: int
    missing_keys: Fingerprints


def verify(path: Path, migrations: Migrations) -> Manifest:
    """Verify the version and every digest of a backup without keeping anything. Raises BadBackupError."""
    _demand_known(archive.read_manifest(path), migrations)
    with temporary_folder(path.parent, "verify", SystemClock()) as folder:
        return archive.unpack(path, folder)


def restore(path: Path, target: Target, clock: Clock) -> Restored:
    """Restore a backup. Raises BadBackupError, and then nothing was changed."""
    manifest = archive.read_manifest(path)
    _demand_same_kind(manifest, target)
    _demand_known(manifest, target.migrations)
    stands = _look(target.place)
    standing.demand_room(stands, manifest, replace=target.replace)
    replacing.demand_stopped(target.place)
    area = target.place.database.parent if target.place.database else target.place.folder
    area.mkdir(parents=True, exist_ok=True)
    with ExitStack() as to_the_end, temporary_folder(area, "restore", clock) as folder:
        archive.unpack(path, folder)
        keys = _keys(manifest, folder, target)
        with replacing.staged(target.place, target.migrations, manifest, folder) as db:
            _prove(db, manifest)
            again, left = _erase_again(db, clock, stands, target.migrations)
        _erase_mails(folder, again)
        to_the_end.enter_context(replacing.undisturbed())
        aside = replacing.put_in_place(Swap(target.place, folder, manifest, keys, clock.now_ms()))
    return Restored(
        manifest, aside, len(again), left, {} if keys or _has(target.keys, manifest.keys) else manifest.keys
    )


def _look(place: Place) -> Standing:
    if place.database is not None and not place.database.exists():
        return Standing()
    db = Database(place.database_url)
    try:
        return standing.look(db)
    except DatabaseError:
        if not db.is_sqlite:
            raise
        return UNREADABLE  # a damaged file: that is what backups are for
    finally:
        db.close()


def _demand_same_kind(manifest: Manifest, target: Target) -> None:
    kind = "postgresql" if target.place.database is None else "sqlite"
    if manifest.database != kind:
        raise BadBackupError(
            f"The backup is of {manifest.database}, and DATABASE_URL leads to {kind}: "
            "restore it into a database of its own kind, then move it with `passalong db copy`."
        )


def _demand_known(manifest: Manifest, migrations: Migrations) -> None:
    if not migrations.is_known(manifest.revision):
        raise BadBackupError(
            f"The backup was made by Passalong {manifest.version}, whose tables ({manifest.revision}) are newer "
            "than this version's: restore it with that version."
        )


def _keys(manifest: Manifest, folder: Path, target: Target) -> Keys:
    """Return the keys to put beside the data; none if the right ones are there. Raises BadBackupError."""
    if standing.differ(target.keys, manifest.keys):
        raise BadBackupError(
            "The keys that are here do not belong to the backup: take PASSALONG_KEYS and PASSALONG_LEDGER_KEYS, or "
            "keys.json and ledger-keys.json, away first."
        )
    if _has(target.keys, manifest.keys) or not manifest.has_keys:
        return {}
    if not target.passphrase:
        raise BadBackupError("The keys in the backup are encrypted: set PASSALONG_BACKUP_PASSPHRASE.")
    return key_box.open_box((folder / KEYS).read_bytes(), target.passphrase, binding(manifest))


def _has(there: Fingerprints, wanted: Fingerprints) -> bool:
    """True if the newest key of each purpose is there."""
    return all(max(numbers) in there.get(purpose, {}) for purpose, numbers in wanted.items())


def _prove(db: Database, manifest: Manifest) -> None:
    """Compare every journal with the digest in the manifest. Raises BadBackupError."""
    with db.reading_one_moment() as session:
        journals = journals_of(session)
    for site_id in sorted(manifest.journals.keys() | journals.keys()):
        if manifest.journals.get(site_id) != journals.get(site_id):
            raise BadBackupError(f"The journal of {site_id} in the backup is not the one that was backed up.")


def _erase_again(db: Database, clock: Clock, stands: Standing, migrations: Migrations) -> tuple[list[Gone], int]:
    """Erase again whoever was erased since; on tables of an older version it can only be said that it is to be done."""
    if stands.erasures and not migrations.is_current(db):
        return [], len(stands.erasures)
    return erasures.erase_again(db, clock, stands.erasures), 0


def _erase_mails(folder: Path, gone: list[Gone]) -> None:
    """Delete the mails to these people among the files that are about to be put in place."""
    outbox = Folder(folder / FILES / "outbox")
    for site_id, written_to in gone:
        outbox.forget(site_id, written_to)
