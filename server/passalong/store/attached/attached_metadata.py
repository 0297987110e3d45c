"""Metadata that the owner attached to conversions and links, by what it is about."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec import Struct
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from passalong.store import bulk, event_log
from passalong.store.engine import insert_new
from passalong.store.schema.attached import attached_metadata

CONVERSION, LINK = "conversion", "link"
REPORTED = "api"
"""The source of the facts of conversions that have metadata."""
READ_AT_ONCE = 500


class Attached(Struct, frozen=True):
    """Metadata to be kept: `about` is `conversion:<id>` or `link:<share id>`; `advocate_id` owns the link."""

    about: str
    metadata_hash: str
    entries: Mapping[str, str]
    advocate_id: str | None = None


def attach(session: Session, site_id: str, attached: Attached) -> bool:
    """Keep metadata; False if the same is there already."""
    return insert_new(session, attached_metadata, **_row(site_id, attached))


def attach_all(session: Session, site_id: str, attached: Sequence[Attached]) -> None:
    """Keep the metadata of many new links."""
    bulk.insert_all(session, attached_metadata, [_row(site_id, one) for one in attached])


def detach(session: Session, site_id: str, attached: Attached) -> None:
    """Delete metadata that belongs to no fact."""
    key = {"site_id": site_id, "about": attached.about, "metadata_hash": attached.metadata_hash}
    session.execute(delete(attached_metadata).where(*(attached_metadata.c[name] == key[name] for name in key)))


def forget(session: Session, site_id: str, abouts: Iterable[str]) -> None:
    """Delete the metadata of these conversions or links."""
    named = sorted(abouts)
    for start in range(0, len(named), READ_AT_ONCE):
        part = attached_metadata.c.about.in_(named[start : start + READ_AT_ONCE])
        session.execute(delete(attached_metadata).where(attached_metadata.c.site_id == site_id, part))


def of(session: Session, site_id: str, abouts: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return the metadata of those that have some."""
    named = sorted(set(abouts))
    if not named:
        return {}
    found = select(attached_metadata).where(
        attached_metadata.c.site_id == site_id, attached_metadata.c.about.in_(named)
    )
    by_about: dict[str, dict[str, dict[str, str]]] = {}
    for row in session.execute(found):
        by_about.setdefault(row.about, {})[row.metadata_hash] = msgspec.json.decode(row.entries, type=dict[str, str])
    return {about: _recorded(session, site_id, about, versions) for about, versions in by_about.items()}


def _recorded(session: Session, site_id: str, about: str, versions: dict[str, dict[str, str]]) -> dict[str, str]:
    """Return the version whose hash the fact has: a call that broke off before its fact leaves another."""
    if len(versions) > 1:
        event = event_log.find_event(session, site_id, REPORTED, about.partition(":")[2])
        recorded = getattr(event.fact, "metadata_hash", None) if event else None
        return versions.get(recorded or "", {})
    return next(iter(versions.values()))


def _row(site_id: str, attached: Attached) -> dict[str, str | None]:
    return {
        "site_id": site_id,
        "about": attached.about,
        "metadata_hash": attached.metadata_hash,
        "advocate_id": attached.advocate_id,
        "entries": msgspec.json.encode(attached.entries).decode(),
    }
