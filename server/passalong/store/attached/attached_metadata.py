"""Metadata that the owner attached to conversions and links, by what it is about."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec import Struct
from sqlalchemy import BindParameter, ColumnElement, bindparam, delete, select, update
from sqlalchemy.orm import Session

from passalong.store import bulk, event_log
from passalong.store.engine import insert_new
from passalong.store.schema.attached import attached_metadata

CONVERSION, LINK = "conversion", "link"
REPORTED = "api"
"""The source of the facts of conversions that have metadata."""
READ_AT_ONCE = 500


class Attached(Struct, frozen=True):
    """Metadata to be kept: `about` is `conversion:<id>` or `link:<share id>`; `advocate_id` owns the link.

    `unrecorded_since_ms` is when metadata was stored before its fact.
    """

    about: str
    metadata_hash: str
    entries: Mapping[str, str]
    advocate_id: str | None = None
    unrecorded_since_ms: int | None = None


def attach(session: Session, site_id: str, attached: Attached) -> bool:
    """Keep metadata; False if the same is there already, which then waits for its fact from now on."""
    if insert_new(session, attached_metadata, **_row(site_id, attached)):
        return True
    waits = (
        *_this(site_id, attached.about, attached.metadata_hash),
        attached_metadata.c.unrecorded_since_ms.is_not(None),
    )
    since = {"unrecorded_since_ms": attached.unrecorded_since_ms}
    session.execute(update(attached_metadata).where(*waits).values(since))
    return False


def attach_all(session: Session, site_id: str, attached: Sequence[Attached]) -> None:
    """Keep the metadata of many new links."""
    bulk.insert_all(session, attached_metadata, [_row(site_id, metadata) for metadata in attached])


def detach(session: Session, site_id: str, attached: Attached) -> None:
    """Delete metadata that belongs to no fact."""
    session.execute(delete(attached_metadata).where(*_this(site_id, attached.about, attached.metadata_hash)))


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
    statement = select(attached_metadata).where(
        attached_metadata.c.site_id == site_id, attached_metadata.c.about.in_(named)
    )
    by_about: dict[str, dict[str, dict[str, str]]] = {}
    for row in session.execute(statement):
        by_about.setdefault(row.about, {})[row.metadata_hash] = msgspec.json.decode(row.entries, type=dict[str, str])
    return {about: _recorded(session, site_id, about, versions) for about, versions in by_about.items()}


def _recorded(session: Session, site_id: str, about: str, versions: dict[str, dict[str, str]]) -> dict[str, str]:
    """Return the version whose hash the fact has: a call that broke off before its fact leaves another."""
    if len(versions) > 1:
        return versions.get(_recorded_hash(session, site_id, about) or "", {})
    return next(iter(versions.values()))


def _recorded_hash(session: Session, site_id: str, about: str) -> str | None:
    """Return the hash of metadata that the fact of a conversion has."""
    event = event_log.find_event(session, site_id, REPORTED, _order(about))
    return getattr(event.fact, "metadata_hash", None) if event else None


class Waiting(Struct, frozen=True):
    """Metadata that was stored before its fact: what the fact has, and what no fact has. Each is (about, hash)."""

    recorded: Sequence[tuple[str, str]]
    lost: Sequence[tuple[str, str]]

    def __len__(self) -> int:
        """Return the number of both."""
        return len(self.recorded) + len(self.lost)


def waiting(session: Session, site_id: str, before_ms: int, limit: int) -> Waiting:
    """Return the oldest metadata that was stored before that time and whose fact was not seen yet."""
    table = attached_metadata.c
    statement = select(table.about, table.metadata_hash).where(
        table.site_id == site_id, table.unrecorded_since_ms < before_ms
    )
    rows = session.execute(statement.order_by(table.unrecorded_since_ms, table.about).limit(limit)).all()
    hashes = event_log.metadata_hashes(session, site_id, REPORTED, [_order(row.about) for row in rows])
    by_fate: dict[bool, list[tuple[str, str]]] = {True: [], False: []}
    for about, metadata_hash in rows:
        by_fate[hashes.get(_order(about)) == metadata_hash].append((about, metadata_hash))
    return Waiting(by_fate[True], by_fate[False])


def settle(session: Session, site_id: str, part: Waiting, before_ms: int) -> None:
    """Delete metadata that no fact has, unless its order was sent again meanwhile; note which is recorded."""
    each = (
        *_this(site_id, bindparam("each_about"), bindparam("each_hash")),
        attached_metadata.c.unrecorded_since_ms < before_ms,
    )
    if part.recorded:
        mark = update(attached_metadata).where(*each).values(unrecorded_since_ms=None)
        session.connection().execute(mark, _bound(part.recorded))
    if part.lost:
        session.connection().execute(delete(attached_metadata).where(*each), _bound(part.lost))


def _bound(pairs: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"each_about": about, "each_hash": metadata_hash} for about, metadata_hash in pairs]


def _order(about: str) -> str:
    return about.partition(":")[2]


def _this(
    site_id: str, about: str | BindParameter[str], metadata_hash: str | BindParameter[str]
) -> tuple[ColumnElement[bool], ...]:
    table = attached_metadata.c
    return table.site_id == site_id, table.about == about, table.metadata_hash == metadata_hash


def _row(site_id: str, attached: Attached) -> dict[str, str | int | None]:
    return {
        "site_id": site_id,
        "about": attached.about,
        "metadata_hash": attached.metadata_hash,
        "advocate_id": attached.advocate_id,
        "unrecorded_since_ms": attached.unrecorded_since_ms,
        "entries": msgspec.json.encode(attached.entries).decode(),
    }
