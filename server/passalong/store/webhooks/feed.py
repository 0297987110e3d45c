"""The stream of events of a site, in order, and its fan-out to webhooks: the outbox of everything that is announced.

Numbers are taken from a row that stays locked until the transaction ends: they have no gap and become visible in order,
so a reader who goes on after a number misses nothing.
"""

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from functools import cache
from typing import Any

from msgspec import Struct
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from passalong.core.webhooks.events import EventType, encode_body
from passalong.core.webhooks.payloads import Payload
from passalong.core.webhooks.schedule import State
from passalong.store import bulk
from passalong.store.engine import insert_on
from passalong.store.schema.webhooks import webhook_attempts, webhook_deliveries, webhook_events, webhook_numbers
from passalong.store.webhooks import endpoints
from passalong.store.webhooks.bodies import StreamEvent, with_metadata
from passalong.store.webhooks.endpoints import Webhook

LOOKED_THROUGH = 2_000
"""The most events that one page of a filtered list looks through: its cost has a bound."""
DELETED_AT_ONCE = 1_000
ID_BYTES = 16


class Draft(Struct, frozen=True):
    """An event to be appended; `only` names the one webhook that a test goes to."""

    kind: EventType
    at_ms: int
    data: Payload
    only: str = ""


class EventBook:
    """The events of one slice of one site; they are only written. A replay writes none (`silent`)."""

    def __init__(self, session: Session, site_id: str, *, silent: bool = False):
        self._session = session
        self._site_id = site_id
        self._silent = silent
        self._drafts: list[Draft] = []

    def put(self, kind: EventType, at_ms: int, data: Payload) -> None:
        """Append an event to the slice's."""
        if not self._silent:
            self._drafts.append(Draft(kind, at_ms, data))

    def flush(self, now_ms: int) -> None:
        """Write the events and what is to be sent of them."""
        append(self._session, self._site_id, self._drafts, now_ms)
        self._drafts.clear()


def append(session: Session, site_id: str, drafts: Sequence[Draft], now_ms: int) -> list[int]:
    """Append events, with a delivery for each webhook that wants one; returns their numbers.

    Call it before anything else locks a webhook's row, so that two transactions never wait for each other.
    """
    if not drafts:
        return []
    first = _take_numbers(session, site_id, len(drafts)) - len(drafts) + 1
    rows = [
        _row(site_id, first + place, event_id, draft)
        for place, (event_id, draft) in enumerate(zip(_new_ids(len(drafts)), drafts, strict=True))
    ]
    bulk.insert_all(session, webhook_events, rows)
    _fan_out(session, site_id, list(zip(drafts, rows, strict=True)), now_ms)
    return [row["number"] for row in rows]


def _take_numbers(session: Session, site_id: str, count: int) -> int:
    """Return the last of so many new numbers."""
    statement = _taking(session.get_bind().dialect.name)
    return int(session.execute(statement, {"site_id": site_id, "last_number": count}).scalar_one())


@cache
def _taking(dialect: str) -> Any:
    new = insert_on(dialect, webhook_numbers)
    later = webhook_numbers.c.last_number + new.excluded.last_number
    statement = new.on_conflict_do_update(index_elements=["site_id"], set_={"last_number": later})
    return statement.returning(webhook_numbers.c.last_number)


def _new_ids(count: int) -> list[str]:
    """Return so many random ids of 128 bits: one call of the system for all."""
    noise = secrets.token_bytes(ID_BYTES * count)
    parts = [noise[start : start + ID_BYTES] for start in range(0, len(noise), ID_BYTES)]
    return [f"evt_{urlsafe_b64encode(part).decode().rstrip('=')}" for part in parts]


def _row(site_id: str, number: int, event_id: str, draft: Draft) -> dict[str, Any]:
    body = encode_body(event_id, draft.kind, draft.at_ms, site_id, draft.data)
    named = {"site_id": site_id, "number": number, "event_id": event_id}
    return {**named, "type": str(draft.kind), "at_ms": draft.at_ms, "body": body}


def _fan_out(session: Session, site_id: str, appended: Sequence[tuple[Draft, dict[str, Any]]], now_ms: int) -> None:
    hooks = endpoints.all_of(session, site_id)
    rows = [
        _delivery(hook, event, now_ms, test=bool(draft.only))
        for hook in hooks
        for draft, event in appended
        if (draft.only == hook.webhook_id if draft.only else hook.wants(event["type"]))
    ]
    bulk.insert_all(session, webhook_deliveries, rows)
    endpoints.wake(session, site_id, {row["webhook_id"] for row in rows if row["next_at_ms"] is not None}, now_ms)


def _delivery(hook: Webhook, event: dict[str, Any], now_ms: int, *, test: bool) -> dict[str, Any]:
    """Return a row: due now, or held for a webhook that is paused. A test is sent to that one, too."""
    is_due = hook.is_active or test
    columns = {name: event[name] for name in ("site_id", "number", "event_id", "type", "at_ms")}
    state = State.PENDING if is_due else State.HELD
    counted = {"attempts": 0, "failures": 0, "error": ""}
    return {
        **columns,
        **counted,
        "webhook_id": hook.webhook_id,
        "state": state,
        "next_at_ms": now_ms if is_due else None,
    }


class Page(Struct, frozen=True):
    """A page of the stream, and the number up to which it was looked through: the next page goes on after it."""

    events: list[StreamEvent]
    reached: int


def after(session: Session, site_id: str, number: int, types: Sequence[str], limit: int) -> Page:
    """Return events after a number in order, only of these types if any are named."""
    statement = select(webhook_events).where(webhook_events.c.site_id == site_id, webhook_events.c.number > number)
    most = LOOKED_THROUGH if types else limit
    page = Page([], number)
    for row in session.execute(statement.order_by(webhook_events.c.number).limit(most)):
        event = StreamEvent(**row._mapping)
        page = Page([*page.events, event] if not types or event.type in types else page.events, event.number)
        if len(page.events) == limit:
            break
    return Page(with_metadata(session, site_id, page.events), page.reached)


def find(session: Session, site_id: str, event_id: str) -> StreamEvent | None:
    """Return the event with this id."""
    own = (webhook_events.c.site_id == site_id, webhook_events.c.event_id == event_id)
    row = session.execute(select(webhook_events).where(*own)).one_or_none()
    return None if row is None else with_metadata(session, site_id, [StreamEvent(**row._mapping)])[0]


def numbered(session: Session, site_id: str, numbers: Sequence[int]) -> dict[int, StreamEvent]:
    """Return events by their numbers."""
    own = (webhook_events.c.site_id == site_id, webhook_events.c.number.in_(sorted(numbers)))
    stream_events = [StreamEvent(**row._mapping) for row in session.execute(select(webhook_events).where(*own))]
    return {event.number: event for event in with_metadata(session, site_id, stream_events)}


def last_number(session: Session, site_id: str) -> int:
    """Return the number of the newest event, 0 without one."""
    return session.scalar(select(webhook_numbers.c.last_number).where(webhook_numbers.c.site_id == site_id)) or 0


def forget_old(session: Session, site_id: str, before_ms: int) -> int:
    """Delete the oldest events from before that time with their deliveries, a bounded number; returns how many."""
    own = webhook_events.c.site_id == site_id
    oldest = select(webhook_events.c.number, webhook_events.c.at_ms).where(own).order_by(webhook_events.c.number)
    first = oldest.limit(DELETED_AT_ONCE).subquery()
    last = session.scalar(select(func.max(first.c.number)).where(first.c.at_ms < before_ms))
    if last is None:
        return 0
    for hook in endpoints.all_of(session, site_id):
        for table in (webhook_attempts, webhook_deliveries):
            of_hook = (table.c.site_id == site_id, table.c.webhook_id == hook.webhook_id, table.c.number <= last)
            session.execute(delete(table).where(*of_hook))
    gone = session.execute(delete(webhook_events).where(own, webhook_events.c.number <= last))
    return int(gone.rowcount)  # type: ignore[attr-defined]
