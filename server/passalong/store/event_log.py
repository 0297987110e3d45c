"""The event log and the queue of facts to be folded: written in one transaction, read in order."""

from collections.abc import Sequence
from functools import lru_cache

import msgspec
from msgspec import Struct, structs
from sqlalchemy import Connection, Integer, Row, and_, bindparam, delete, func, insert, select, tuple_, update
from sqlalchemy.orm import Session

from passalong.core.facts import Event, decode_fact, encode_fact
from passalong.store import bulk, prebuilt
from passalong.store.engine import insert_new
from passalong.store.schema.event_log import events, numbered, queue, set_aside, turns
from passalong.store.schema.personal_codes import codes

_EVENT = "site_id, source, event_id, kind, at_ms, input_hash, fact"
_PLACE = "site_id, at_ms, source, event_id"
_ALL_AT_ONCE = f"""
    WITH new AS (
        INSERT INTO events ({_EVENT}) SELECT {_EVENT} FROM json_populate_recordset(NULL::events, %s)
        ON CONFLICT DO NOTHING RETURNING {_PLACE}
    )
    INSERT INTO queue ({_PLACE}) SELECT {_PLACE} FROM new RETURNING site_id, source, event_id
"""  # noqa: S608 - names of our own
"""PostgreSQL takes a batch as one parameter: events and queue in one round trip, a third of the client's work."""

_NEXT = (
    select(queue.c.at_ms.label("place"), events)
    .join(events, and_(*(queue.c[name] == events.c[name] for name in ("site_id", "source", "event_id"))))
    .where(queue.c.site_id == bindparam("of_site"))
    .order_by(queue.c.at_ms, queue.c.source, queue.c.event_id)
    .limit(bindparam("most", type_=Integer))
)
_OF_SOURCE = (events.c.site_id == bindparam("of_site"), events.c.source == bindparam("of_source"))
_THESE = events.c.event_id.in_(bindparam("ids", expanding=True))
_HASHES = select(events.c.event_id, events.c.input_hash).where(*_OF_SOURCE, _THESE)
_TAKE_OFF = delete(queue).where(
    queue.c.site_id == bindparam("of_site"),
    queue.c.at_ms.between(bindparam("first_ms"), bindparam("last_ms")),  # SQLite reads all else that waits
    tuple_(queue.c.at_ms, queue.c.source, queue.c.event_id).in_(bindparam("places", expanding=True)),
)
_LEASE = (
    update(turns)
    .where(
        turns.c.site_id == bindparam("of_site"),
        turns.c.worker.is_(None) | (turns.c.worker == bindparam("taker")) | (turns.c.until_ms <= bindparam("now_ms")),
    )
    .values(worker=bindparam("taker"), until_ms=bindparam("taken_until_ms"))
    .returning(turns.c.last_seq, turns.c.last_tx)
)
_WAITING = select(queue.c.site_id).where(queue.c.site_id > bindparam("after")).order_by(queue.c.site_id).limit(1)
"""Statements of every slice, built once."""


def hashes_of(session: Session, keys: Sequence[tuple[str, str, str]]) -> dict[tuple[str, str, str], str]:
    """Return the input hashes of those of the (site_id, source, event_id) keys that are already recorded.

    One statement for each source of a site: for a list of whole keys SQLite reads every event there is.
    """
    hashes: dict[tuple[str, str, str], str] = {}
    for site_id, source in {key[:2] for key in keys}:
        own = [event_id for *of, event_id in keys if of == [site_id, source]]
        rows = session.execute(_HASHES, {"of_site": site_id, "of_source": source, "ids": own})
        hashes |= {(site_id, source, row.event_id): row.input_hash for row in rows}
    return hashes


def append_at_once(connection: Connection, batch: Sequence[Event]) -> set[tuple[str, str, str]]:
    """Record and queue the events that are new, in one statement of PostgreSQL; returns their keys.

    Every note passes here or through `append_new`, so both databases get plain SQL: SQLAlchemy's work per row was most
    of the cost.
    """
    rows = msgspec.json.encode([_row(event) for event in batch]).decode()
    return {tuple(key) for key in connection.exec_driver_sql(_ALL_AT_ONCE, (rows,))}


def append_new(session: Session, batch: Sequence[Event]) -> bool:
    """Record and queue events in SQLite if all their keys are new; otherwise roll back and return False.

    All rows go in one call of SQLite: between two calls the thread would wait for the GIL.
    """
    connection = session.connection()
    values = tuple(value for event in batch for value in _row(event).values())
    added = connection.exec_driver_sql(_many("events", _EVENT, len(batch)) + " ON CONFLICT DO NOTHING", values).rowcount
    if added < len(batch):
        session.rollback()
        return False
    places = tuple(value for event in batch for value in (event.site_id, event.at_ms, event.source, event.event_id))
    connection.exec_driver_sql(_many("queue", _PLACE, len(batch)), places)
    return True


@lru_cache(maxsize=1024)
def _many(table: str, columns: str, rows: int) -> str:
    row = f"({', '.join('?' for _ in columns.split())})"
    return f"INSERT INTO {table} ({columns}) VALUES {', '.join([row] * rows)}"  # noqa: S608 - names of our own


def append(session: Session, batch: Sequence[Event]) -> None:
    """Record events and queue them to be folded. Their keys must be new."""
    if batch:
        session.execute(insert(events), [_row(event) for event in batch])
        _queue(session, batch)


def append_in_order(session: Session, batch: Sequence[tuple[int, Event]]) -> None:
    """Record numbered events, queued to be folded in the order of their numbers, whatever their times."""
    session.execute(insert(events), [_row(event) for _, event in batch])
    rows = [
        {"site_id": event.site_id, "at_ms": seq, "source": event.source, "event_id": event.event_id}
        for seq, event in batch
    ]
    session.execute(insert(queue), rows)


def _row(event: Event) -> dict[str, object]:
    return {
        "site_id": event.site_id,
        "source": event.source,
        "event_id": event.event_id,
        "kind": event.fact.__struct_config__.tag,
        "at_ms": event.at_ms,
        "input_hash": event.input_hash,
        "fact": encode_fact(event.fact),
    }


def _queue(session: Session, batch: Sequence[Event]) -> None:
    keys = ("site_id", "at_ms", "source", "event_id")
    session.execute(insert(queue), [{key: getattr(event, key) for key in keys} for event in batch])


def find_event(session: Session, site_id: str, source: str, event_id: str) -> Event | None:
    """Return one recorded event."""
    row = session.execute(
        select(events).where(events.c.site_id == site_id, events.c.source == source, events.c.event_id == event_id)
    ).one_or_none()
    return None if row is None else _event(row)


def metadata_hashes(session: Session, site_id: str, source: str, event_ids: Sequence[str]) -> dict[str, str | None]:
    """Return the hash of the metadata of those events that are recorded; None for a fact without one."""
    these = (events.c.site_id == site_id, events.c.source == source, events.c.event_id.in_(event_ids))
    rows = session.execute(select(events.c.event_id, events.c.fact).where(*these))
    return {row.event_id: getattr(decode_fact(row.fact), "metadata_hash", None) for row in rows}


def has_shared(session: Session, site_id: str) -> bool:
    """Return True once a link of the site was used or visited, or a code for one was made: somebody relies on it."""
    used = select(events.c.site_id).where(events.c.site_id == site_id, events.c.kind.in_(("share", "visit")))
    code_rows = select(codes.c.site_id).where(codes.c.site_id == site_id)
    return any(session.execute(statement.limit(1)).first() is not None for statement in (code_rows, used))


def last_at_ms(session: Session, site_id: str) -> int:
    """Return the time of the site's latest event, 0 without any: a site's time never goes back."""
    return session.scalar(select(func.max(events.c.at_ms)).where(events.c.site_id == site_id)) or 0


def _event(row: Row[tuple[object, ...]]) -> Event:
    return Event(row.site_id, row.source, row.event_id, row.at_ms, row.input_hash, decode_fact(row.fact))


def next_waiting_site(session: Session, after: str) -> str | None:
    """Return the first site after that one that has something to fold: one index probe, however much waits."""
    return session.scalar(_WAITING, {"after": after})


def sites_with_trouble(session: Session) -> Sequence[str]:
    """Return the sites with quarantined or waiting facts: usually none."""
    site_ids = set(session.scalars(select(set_aside.c.site_id).distinct()))
    after = ""
    while (site_id := next_waiting_site(session, after)) is not None:
        site_ids.add(site_id)
        after = site_id
    return sorted(site_ids)


def is_waiting(session: Session, site_id: str) -> bool:
    """Return True while something of the site is not folded yet."""
    return session.execute(select(queue.c.site_id).where(queue.c.site_id == site_id).limit(1)).first() is not None


def take_turn(session: Session, site_id: str, worker: str, now_ms: int, until_ms: int) -> tuple[int, int] | None:
    """Take or extend the lease on a site until `until_ms`; returns its last (seq, journal transaction).

    None while another worker's lease has not lapsed. The row stays locked until the transaction ends.
    """
    insert_new(session, turns, site_id=site_id)
    lease = {"of_site": site_id, "taker": worker, "now_ms": now_ms, "taken_until_ms": until_ms}
    row = session.execute(_LEASE, lease).one_or_none()
    return None if row is None else (row.last_seq, row.last_tx)


def end_turn(session: Session, site_id: str, last_seq: int, last_tx: int, **changed: int | None) -> None:
    """Store the site's last numbers and other changed columns, and release the lease."""
    prebuilt.update_of_site(session, site_id, turns, last_seq=last_seq, last_tx=last_tx, worker=None, **changed)


def last_seq(session: Session, site_id: str) -> int:
    """Return the number of the site's last folded event, 0 without any."""
    return session.scalar(select(turns.c.last_seq).where(turns.c.site_id == site_id)) or 0


def last_transaction(session: Session, site_id: str) -> int:
    """Return the number of the last journal transaction that the fold has written, 0 before the first."""
    return session.scalar(select(turns.c.last_tx).where(turns.c.site_id == site_id)) or 0


class Queued(Struct, frozen=True):
    """An event that waits to be folded, with its place in the queue (the time when it came in)."""

    place: int
    event: Event


def next_events(session: Session, site_id: str, limit: int) -> list[Queued]:
    """Return the oldest events of the site that are not folded yet, in order of arrival."""
    rows = session.execute(_NEXT, {"of_site": site_id, "most": limit})
    return [Queued(row.place, _event(row)) for row in rows]


def finish(session: Session, site_id: str, batch: Sequence[Queued], folded: Sequence[Event], first_seq: int) -> None:
    """Number the folded events without gaps, from `first_seq` on, and take the batch off the queue.

    Events that were folded and not queued are the fold's own: they are recorded with it.
    """
    queued_ids = {(queued.event.source, queued.event.event_id) for queued in batch}
    own = [event for event in folded if (event.source, event.event_id) not in queued_ids]
    if own:
        session.execute(insert(events), [_row(event) for event in own])
    rows = [
        {"site_id": site_id, "seq": seq, "source": event.source, "event_id": event.event_id}
        for seq, event in enumerate(folded, start=first_seq)
    ]
    bulk.insert_all(session, numbered, rows)
    if batch:
        _take_off(session, site_id, [(queued.place, queued.event.source, queued.event.event_id) for queued in batch])


def _take_off(session: Session, site_id: str, places: Sequence[tuple[int, str, str]]) -> None:
    """Delete events from the queue."""
    first_ms, last_ms = min(places)[0], max(places)[0]
    session.execute(_TAKE_OFF, {"of_site": site_id, "first_ms": first_ms, "last_ms": last_ms, "places": list(places)})


def numbered_events(session: Session, site_id: str, after: int, limit: int) -> list[tuple[int, Event]]:
    """Return the folded events of the site with their numbers, from the one after `after` on."""
    same = (numbered.c.source == events.c.source) & (numbered.c.event_id == events.c.event_id)
    rows = session.execute(
        select(numbered.c.seq, events)
        .join(events, (numbered.c.site_id == events.c.site_id) & same)
        .where(numbered.c.site_id == site_id, numbered.c.seq > after)
        .order_by(numbered.c.seq)
        .limit(limit)
    )
    return [(row.seq, _event(row)) for row in rows]


class Key(Struct, frozen=True):
    """The key of a queued event, known without decoding it."""

    site_id: str
    at_ms: int
    source: str
    event_id: str


def next_key(session: Session, site_id: str) -> Key | None:
    """Return the oldest queued event of the site by key alone: its content may be unreadable."""
    oldest = select(queue).where(queue.c.site_id == site_id).order_by(*queue.primary_key.columns).limit(1)
    row = session.execute(oldest).one_or_none()
    return None if row is None else Key(**row._mapping)


def put_aside(session: Session, key: Key, error: str, now_ms: int) -> None:
    """Quarantine an event that cannot be folded: take it off the queue and store its error."""
    named = structs.asdict(key)
    session.execute(insert(set_aside).values(**named, set_aside_at_ms=now_ms, error=error))
    session.execute(delete(queue).where(*(queue.c[name] == value for name, value in named.items())))


def aside(session: Session, site_id: str, limit: int | None = None) -> Sequence[tuple[str, str, int, str]]:
    """Return the quarantined events: (source, event_id, at_ms, error), oldest first."""
    columns = (set_aside.c.source, set_aside.c.event_id, set_aside.c.at_ms, set_aside.c.error)
    statement = select(*columns).where(set_aside.c.site_id == site_id)
    ordered = statement.order_by(set_aside.c.at_ms, set_aside.c.source, set_aside.c.event_id).limit(limit)
    return [(row.source, row.event_id, row.at_ms, row.error) for row in session.execute(ordered)]


def put_back(session: Session, site_id: str) -> int:
    """Queue all quarantined events again; returns the number of events."""
    events = aside(session, site_id)
    if events:
        rows = [{"site_id": site_id, "at_ms": at, "source": source, "event_id": key} for source, key, at, _ in events]
        session.execute(insert(queue), rows)
        session.execute(delete(set_aside).where(set_aside.c.site_id == site_id))
    return len(events)
