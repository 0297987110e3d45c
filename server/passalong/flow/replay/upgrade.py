"""The upgrade from 0.2.0: its facts stay, and everything that is made from them is made anew by today's rules.

The old journal is kept as a database of its own beside the data, with the heads that were signed over it.
"""

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from passalong.flow.replay import copy, credentials, refold
from passalong.flow.replay.refold import Change, ChangedRedemption
from passalong.flow.replay.replay import MakeTables
from passalong.flow.transaction import writing
from passalong.flow.transparency import sealing
from passalong.flow.transparency.heads_file import HeadsFile
from passalong.flow.transparency.recording import seal_records
from passalong.lib.clock import Clock
from passalong.lib.signing import SigningKeys
from passalong.lib.tokens import Keyring
from passalong.store.engine import Database
from passalong.store.schema.sites import sites

ARCHIVE = "passalong-0.2.0.sqlite3"
HEADS = "heads-0.2.0.jsonl"


class Outcome(Struct, frozen=True):
    """The result of an upgrade for one site: changed credit and redemptions, and dropped credentials."""

    site_id: str
    changes: tuple[Change, ...]
    redemptions: tuple[ChangedRedemption, ...]
    dropped: tuple[str, ...]


class Files(Struct, frozen=True):
    """Where the data is: its folder, and the file of signed heads outside the database."""

    folder: Path
    heads: Path

    @property
    def begun(self) -> Path:
        """The archive while the upgrade is under way: where it stands, an upgrade has to be finished."""
        return self.folder / f"{ARCHIVE}.part"


class Secrets(Struct, frozen=True):
    """The keys of the instance: for hashes of addresses, and for the heads of ledgers."""

    keys: Keyring
    signing: SigningKeys


def look(db: Database, make_tables: MakeTables) -> Iterator[Outcome]:
    """Return what an upgrade would change, without changing anything; the database may have 0.2.0's tables."""
    for site_id in _sites(db):
        with refold.refolded(db, site_id, make_tables) as fresh, db.reading() as old:
            yield _outcome(db, old, fresh, site_id)


def upgrade(db: Database, clock: Clock, secrets: Secrets, files: Files, make_tables: MakeTables) -> list[Outcome]:
    """Upgrade every site of a database at today's tables. One that was interrupted goes on where it was."""
    if not files.begun.exists():
        _archive(db, files, make_tables)
    outcomes = [_upgrade_site(db, clock, secrets.keys, site_id, make_tables) for site_id in _sites(db)]
    if files.heads.exists() and not (files.folder / HEADS).exists():
        files.heads.rename(files.folder / HEADS)
    outside = HeadsFile(files.heads)
    for site_id in _sites(db):
        seal_records(db, site_id, secrets.signing, clock.now_ms())
        sealing.seal_all(db, site_id, secrets.signing, clock.now_ms())
        outside.keep_all(db, site_id)
    files.begun.rename(files.folder / ARCHIVE)
    return outcomes


def _archive(db: Database, files: Files, make_tables: MakeTables) -> None:
    """Copy everything as it stands, and prove the copy, before anything is changed."""
    archive = files.folder / f"{ARCHIVE}.copy"
    archive.unlink(missing_ok=True)
    target = Database(f"sqlite:///{archive}")
    try:
        make_tables(target)
        copy.copy_instance(db, target)
    finally:
        target.close()
    archive.rename(files.begun)


def _upgrade_site(db: Database, clock: Clock, keys: Keyring, site_id: str, make_tables: MakeTables) -> Outcome:
    with refold.refolded(db, site_id, make_tables) as fresh:
        with db.reading() as old:
            outcome = _outcome(db, old, fresh, site_id)
            ids = _doubtful(old, fresh, site_id)
        with writing(db) as session:
            refold.put_in_place(session, fresh, site_id)
            credentials.drop(session, site_id, ids, clock.now_ms())
            credentials.end_all(session, site_id)
            credentials.rehash_addresses(session, keys, site_id)
    return outcome


def _outcome(db: Database, old: Session, fresh: Database, site_id: str) -> Outcome:
    ids = _doubtful(old, fresh, site_id)
    dropped = credentials.listed(old, site_id, ids)
    redemptions = refold.changed_redemptions(db, fresh, site_id)
    return Outcome(site_id, tuple(refold.changes(db, fresh, site_id)), tuple(redemptions), tuple(dropped))


def _doubtful(old: Session, fresh: Database, site_id: str) -> list[str]:
    with fresh.reading() as copy:
        return credentials.doubtful(old, copy, site_id)


def _sites(db: Database) -> list[str]:
    with db.reading() as session:
        return sorted(session.scalars(select(sites.c.site_id)))
