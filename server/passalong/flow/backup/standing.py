"""The instance that a restore would replace: what it holds, and whether it is the backup's own."""

from collections.abc import Mapping

from msgspec import Struct
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from passalong.flow.backup.erasures import Erasure, erasures_of
from passalong.flow.backup.manifest import BadBackupError, Manifest
from passalong.store import key_fingerprints
from passalong.store.engine import Database
from passalong.store.key_fingerprints import Purpose
from passalong.store.schema.key_fingerprints import key_fingerprints as fingerprint_table
from passalong.store.schema.sites import sites

Fingerprints = Mapping[str, Mapping[int, str]]


class Standing(Struct, frozen=True):
    """The instance that is where the backup is to go."""

    sites: tuple[str, ...] = ()
    keys: Fingerprints = {}
    erasures: tuple[Erasure, ...] = ()


UNREADABLE = Standing(sites=("unreadable",))
"""A database that cannot be read any more."""


def look(db: Database) -> Standing:
    """Return what a database holds; nothing, if it has no tables."""
    with db.reading() as session:
        tables = inspect(session.connection())
        if not tables.has_table(sites.name):
            return Standing()
        site_ids = tuple(session.scalars(select(sites.c.site_id)))
        return Standing(site_ids, fingerprints(session), tuple(erasures_of(session)))


def fingerprints(session: Session) -> dict[str, dict[int, str]]:
    """Return the fingerprints of the keys that a database was used with, by purpose and number."""
    if not inspect(session.connection()).has_table(fingerprint_table.name):
        return {}
    by_purpose = {purpose.value: key_fingerprints.known(session, purpose) for purpose in Purpose}
    return {purpose: numbers for purpose, numbers in by_purpose.items() if numbers}


def demand_room(standing: Standing, wanted: Manifest, *, replace: bool) -> None:
    """Raise BadBackupError unless the backup may go here."""
    if not standing.sites:
        return
    if _is_another(standing, wanted):
        raise BadBackupError(
            "The backup is of another instance: its keys or its sites are not those of the data that is here. "
            "Restore it into an empty folder or database."
        )
    if not replace:
        raise BadBackupError(
            f"There is an instance here already (sites: {len(standing.sites)}). "
            "`--replace` puts the backup in its place and keeps what is replaced aside."
        )


def _is_another(standing: Standing, wanted: Manifest) -> bool:
    """Return True if the backup is of another instance, by its keys; by its sites where either was never served."""
    if standing.keys and wanted.keys:
        return differ(standing.keys, wanted.keys)
    return standing is not UNREADABLE and wanted.journals.keys().isdisjoint(standing.sites)


def differ(first: Fingerprints, other: Fingerprints) -> bool:
    """True if a number stands for different keys in both."""
    return any(
        number in other.get(purpose, {}) and other[purpose][number] != fingerprint
        for purpose, numbers in first.items()
        for number, fingerprint in numbers.items()
    )
