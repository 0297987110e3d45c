"""Links and events of try mode, and the origins that loaded the script."""

from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from passalong.store import bulk
from passalong.store.engine import insert_new
from passalong.store.schema.tries import script_sightings, try_events, try_links

MOST_ORIGINS = 20
"""The most origins that are noted for one site."""


class TryLink(Struct, frozen=True):
    """A link that was made in try mode."""

    site_id: str
    share_id: str
    request_id: str
    page_url: str
    issued_at_ms: int


class TryEvent(Struct, frozen=True):
    """An event of try mode."""

    seq: int
    tried: str
    at_ms: int
    share_id: str
    page_url: str
    target: str
    goal: str
    refused: str | None


class Sighting(Struct, frozen=True):
    """An origin whose pages loaded the script, and when last."""

    origin: str
    first_ms: int
    last_ms: int


def add_link(session: Session, link: TryLink) -> None:
    """Insert a link of try mode."""
    values = {name: getattr(link, name) for name in TryLink.__struct_fields__}
    session.execute(insert(try_links).values(**values))


def link_of_request(session: Session, site_id: str, request_id: str) -> TryLink | None:
    """Return the link that an earlier attempt of the same request made."""
    conditions = (try_links.c.site_id == site_id, try_links.c.request_id == request_id)
    row = session.execute(select(try_links).where(*conditions)).one_or_none()
    return None if row is None else TryLink(**row._mapping)


def links_anywhere(session: Session, share_id: str) -> list[TryLink]:
    """Return links of any site with a share id: for short links, which name no site. The signature decides."""
    rows = session.execute(select(try_links).where(try_links.c.share_id == share_id))
    return [TryLink(**row._mapping) for row in rows]


def delete_links(session: Session, site_id: str) -> None:
    """Delete all links of try mode of a site."""
    session.execute(delete(try_links).where(try_links.c.site_id == site_id))


def latest(session: Session, site_id: str, limit: int = 20) -> Sequence[TryEvent]:
    """Return the latest events of try mode, newest first."""
    columns = [try_events.c[name] for name in TryEvent.__struct_fields__]
    statement = select(*columns).where(try_events.c.site_id == site_id).order_by(try_events.c.seq.desc()).limit(limit)
    return [TryEvent(**row._mapping) for row in session.execute(statement)]


def latest_of(session: Session, site_id: str, tried: str) -> TryEvent | None:
    """Return the latest event of one kind that was not refused."""
    columns = [try_events.c[name] for name in TryEvent.__struct_fields__]
    conditions = (try_events.c.site_id == site_id, try_events.c.tried == tried, try_events.c.refused.is_(None))
    newest = select(*columns).where(*conditions).order_by(try_events.c.at_ms.desc(), try_events.c.seq.desc())
    row = session.execute(newest.limit(1)).one_or_none()
    return None if row is None else TryEvent(**row._mapping)


def see_script(session: Session, site_id: str, origin: str, now_ms: int) -> None:
    """Note that a page of this origin loaded the script."""
    here = (script_sightings.c.site_id == site_id, script_sightings.c.origin == origin)
    if session.execute(select(script_sightings.c.origin).where(*here)).first() is not None:
        session.execute(update(script_sightings).where(*here).values(last_ms=now_ms))
        return
    statement = select(func.count()).select_from(script_sightings).where(script_sightings.c.site_id == site_id)
    if (session.scalar(statement) or 0) < MOST_ORIGINS:
        values = {"site_id": site_id, "origin": origin, "first_ms": now_ms, "last_ms": now_ms}
        insert_new(session, script_sightings, **values)


def sightings(session: Session, site_id: str) -> list[Sighting]:
    """Return the origins that loaded the script, the latest first."""
    columns = [script_sightings.c[name] for name in Sighting.__struct_fields__]
    here = select(*columns).where(script_sightings.c.site_id == site_id)
    ordered = here.order_by(script_sightings.c.last_ms.desc(), script_sightings.c.origin)
    return [Sighting(**row._mapping) for row in session.execute(ordered)]


class TryBook:
    """The new events of try mode of one site.

    Not a `Book`: nothing in the fold reads them back.
    """

    def __init__(self, session: Session, site_id: str):
        self._session = session
        self._site_id = site_id
        self._new: list[dict[str, object]] = []

    def add(self, row: dict[str, object]) -> None:
        """Add an event."""
        self._new.append({"site_id": self._site_id, **row})

    def clear(self) -> None:
        """Delete all events until now."""
        self._new.clear()
        self._session.execute(delete(try_events).where(try_events.c.site_id == self._site_id))

    def flush(self) -> None:
        """Write all additions."""
        bulk.insert_all(self._session, try_events, self._new)
        self._new.clear()
