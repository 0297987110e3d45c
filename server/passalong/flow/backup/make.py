"""`passalong backup`: one file with everything, made while the server runs."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from passalong import __version__
from passalong.flow.backup import archive, files, key_box, sqlite_copy, tables
from passalong.flow.backup.files import Place
from passalong.flow.backup.key_box import Keys
from passalong.flow.backup.manifest import DATABASE, FORMAT, KEYS, BadBackupError, Manifest, Member
from passalong.flow.backup.standing import fingerprints
from passalong.flow.backup.tables import Migrations
from passalong.flow.backup.temporary import temporary_folder
from passalong.lib.clock import Clock
from passalong.store.engine import Database
from passalong.store.queries import digest
from passalong.store.schema.sites import sites


class Source(Struct, frozen=True):
    """The instance to back up. The keys (by the file's name) go in only with a passphrase."""

    db: Database
    place: Place
    migrations: Migrations
    keys: Keys = {}
    passphrase: str = ""


class Made(Struct, frozen=True):
    """A backup that was made: its file, size and manifest."""

    path: Path
    size: int
    manifest: Manifest


def make_backup(source: Source, clock: Clock, path: Path) -> Made:
    """Write a backup to `path`, which must not exist. Raises BadBackupError.

    Nothing waits for it: SQLite copies one snapshot by its backup API, PostgreSQL by one REPEATABLE READ transaction.
    """
    if path.exists():
        raise BadBackupError(f"{path} exists already: a backup replaces no file.")
    if not path.parent.is_dir():
        raise BadBackupError(f"The folder {path.parent} does not exist: make it first.")
    revision = _known_revision(source)
    try:
        return _make(source, clock, path, revision)
    except (OSError, sqlite3.OperationalError) as error:
        why = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
        raise BadBackupError(f"No backup could be made in {path.parent}: {why}. Nothing of it is left there.") from None


def _make(source: Source, clock: Clock, path: Path, revision: str) -> Made:
    with temporary_folder(path.parent, "backup", clock) as folder:
        files.copy_files(source.place, folder)
        moment_ms = clock.now_ms()  # before the snapshot begins: what was acknowledged until now is in it
        manifest = _copy_database(source, folder, moment_ms)
        if manifest.revision != revision:
            raise BadBackupError("The database was upgraded while it was copied: try again.")
        if source.passphrase:
            (folder / KEYS).write_bytes(key_box.seal(source.keys, source.passphrase, binding(manifest)))
        manifest = msgspec.structs.replace(manifest, members=_members(folder, manifest.members))
        size = archive.write(path, manifest, {member: folder / member for member in manifest.members})
    return Made(path, size, manifest)


def binding(manifest: Manifest) -> bytes:
    """Return the bytes that tie the encrypted keys to their backup: the fingerprints of the keys that belong to it."""
    return msgspec.json.encode({purpose: sorted(numbers.items()) for purpose, numbers in sorted(manifest.keys.items())})


def _copy_database(source: Source, folder: Path, moment_ms: int) -> Manifest:
    """Copy the database at one moment; returns the manifest, whose members lack their digests."""
    if source.db.is_sqlite:
        if source.place.database is not None:
            sqlite_copy.copy(source.place.database, folder / DATABASE)
        with _database(folder / DATABASE) as copied, copied.reading_one_moment() as session:
            return _describe(session, source, copied, moment_ms)
    with source.db.reading_one_moment() as session:
        columns = tables.copy_out(session.connection(), folder)
        manifest = _describe(session, source, source.db, moment_ms)
    members = {name: Member(0, "", named) for name, named in columns.items()}
    return msgspec.structs.replace(manifest, members=members)


@contextmanager
def _database(path: Path) -> Iterator[Database]:
    """Open the copy; afterwards it is one file again."""
    db = Database(f"sqlite:///{path}")
    try:
        yield db
    finally:
        db.close()
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE").fetchall()


def _known_revision(source: Source) -> str:
    """Return the revision of the database. Raises BadBackupError for one that this version does not know.

    Such a backup would name this version as the one to restore it with, and that version refuses it.
    """
    revision = source.migrations.revision_of(source.db)
    if revision is None:
        raise BadBackupError("The database is empty: there is nothing to back up.")
    if not source.migrations.is_known(revision):
        raise BadBackupError(
            f"The database is of a newer Passalong (tables {revision}): back it up with that version, which is the "
            "one that can restore it."
        )
    return revision


def _describe(session: Session, source: Source, db: Database, moment_ms: int) -> Manifest:
    return Manifest(
        format=FORMAT,
        version=__version__,
        revision=_known_revision(msgspec.structs.replace(source, db=db)),
        database="sqlite" if db.is_sqlite else "postgresql",
        moment_ms=moment_ms,
        keys=fingerprints(session),
        journals=journals_of(session),
        members={},
    )


def journals_of(session: Session) -> dict[str, str]:
    """Return each site's journal digest; works on the tables of every version."""
    site_ids = sorted(session.scalars(select(sites.c.site_id)))
    return {site_id: digest.journal_digest(session, site_id) for site_id in site_ids}


def _members(folder: Path, members: dict[str, Member]) -> dict[str, Member]:
    """Return every file of the folder with its digest; tables in the order in which they can be read back."""
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    ordered = [*members, *sorted(there - members.keys())]
    return {name: Member(*archive.digest_of(folder / name), columns=_columns(members, name)) for name in ordered}


def _columns(members: dict[str, Member], name: str) -> tuple[str, ...]:
    return members[name].columns if name in members else ()
