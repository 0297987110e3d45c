"""The event log and the queue of what is still to be folded: written in one transaction, read in order."""

from collections.abc import Sequence

from sqlalchemy import Row, delete, func, insert, select, tuple_, update
from sqlalchemy.orm import Session

from passalong.core.facts import Event, decode_fact, encode_fact
from passalong.store.engine import insert_new
from passalong.store.tables import events, numbered, queue, turns


def hashes_of(session: Session, keys: Sequence[tuple[str, str, str]]) -> dict[tuple[str, str, str], str]:
    """The input hashes of those of the (site_id, source, event_id) keys that are already recorded."""
    columns = (events.c.site_id, events.c.source, events.c.event_id)
    rows = session.execute(select(*columns, events.c.input_hash).where(tuple_(*columns).in_(keys)))
    return {(row.site_id, row.source, row.event_id): row.input_hash for row in rows}


def append(session: Session, batch: Sequence[Event]) -> None:
    """Record events and queue them to be folded. Their keys must be new."""
    session.execute(
        insert(events),
        [
            {
                "site_id": event.site_id,
                "source": event.source,
                "event_id": event.event_id,
                "kind": event.fact.__struct_config__.tag,
                "at_ms": event.at_ms,
                "input_hash": event.input_hash,
                "fact": encode_fact(event.fact),
            }
            for event in batch
        ],
    )
    keys = ("site_id", "source", "event_id", "at_ms")
    session.execute(insert(queue), [{key: getattr(event, key) for key in keys} for event in batch])


def find_event(session: Session, site_id: str, source: str, event_id: str) -> Event | None:
    """One recorded event."""
    row = session.execute(
        select(events).where(events.c.site_id == site_id, events.c.source == source, events.c.event_id == event_id)
    ).one_or_none()
    return None if row is None else _event(row)


def last_at_ms(session: Session, site_id: str) -> int:
    """The time of the site's latest event, 0 without any: a site's time never goes back."""
    return session.scalar(select(func.max(events.c.at_ms)).where(events.c.site_id == site_id)) or 0


def _event(row: Row[tuple[object, ...]]) -> Event:
    return Event(row.site_id, row.source, row.event_id, row.at_ms, row.input_hash, decode_fact(row.fact))


def waiting_sites(session: Session) -> Sequence[str]:
    """Sites that have something to fold."""
    return session.scalars(select(queue.c.site_id).distinct()).all()


def is_waiting(session: Session, site_id: str) -> bool:
    """True while something of the site is not folded yet."""
    return session.execute(select(queue.c.site_id).where(queue.c.site_id == site_id).limit(1)).first() is not None


def take_turn(session: Session, site_id: str) -> tuple[int, int]:
    """Hold the site until the end of the transaction; returns its last (seq, journal transaction)."""
    insert_new(session, turns, site_id=site_id)
    row = session.execute(
        update(turns)
        .where(turns.c.site_id == site_id)
        .values(last_seq=turns.c.last_seq)
        .returning(turns.c.last_seq, turns.c.last_tx)
    ).one()
    return row.last_seq, row.last_tx


def end_turn(session: Session, site_id: str, last_seq: int, last_tx: int) -> None:
    """Keep how far the numbers of the site have come."""
    session.execute(update(turns).where(turns.c.site_id == site_id).values(last_seq=last_seq, last_tx=last_tx))


def next_events(session: Session, site_id: str, limit: int) -> list[Event]:
    """The oldest events of the site that are not folded yet, in the order in which they came."""
    rows = session.execute(
        select(events)
        .join(
            queue,
            (queue.c.site_id == events.c.site_id)
            & (queue.c.source == events.c.source)
            & (queue.c.event_id == events.c.event_id),
        )
        .where(queue.c.site_id == site_id)
        .order_by(queue.c.at_ms, queue.c.source, queue.c.event_id)
        .limit(limit)
    )
    return [_event(row) for row in rows]


def finish(session: Session, folded: Sequence[tuple[int, Event]]) -> None:
    """Number the events without gaps and take them off the queue."""
    rows = [
        {"site_id": event.site_id, "seq": seq, "source": event.source, "event_id": event.event_id}
        for seq, event in folded
    ]
    session.execute(insert(numbered), rows)
    site_id = folded[0][1].site_id
    done = [(event.at_ms, event.source, event.event_id) for _, event in folded]
    session.execute(
        delete(queue).where(
            queue.c.site_id == site_id, tuple_(queue.c.at_ms, queue.c.source, queue.c.event_id).in_(done)
        )
    )
