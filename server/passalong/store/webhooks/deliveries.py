"""Deliveries of a webhook: leased by a conditional UPDATE, settled with the result, kept with every attempt."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.orm import Session

from passalong.core.webhooks.schedule import Answer, State
from passalong.store.schema.webhooks import webhook_attempts, webhook_deliveries, webhook_events
from passalong.store.webhooks.endpoints import Webhook

TABLE = webhook_deliveries.c


class Delivery(Struct, frozen=True):
    """An event for one webhook; `next_at_ms` is the next attempt's time, or the end of a lease."""

    site_id: str
    webhook_id: str
    number: int
    event_id: str
    type: str
    at_ms: int
    state: str
    attempts: int
    failures: int
    next_at_ms: int | None
    done_at_ms: int | None
    status: int | None
    error: str


class Attempt(Struct, frozen=True):
    """One attempt of a delivery, with the beginning of the answer."""

    attempt: int
    at_ms: int
    took_ms: int
    status: int | None
    excerpt: str
    error: str


class Lease(Struct, frozen=True):
    """A lease on the next deliveries of a webhook: taken at `now_ms`, it lapses at `until_ms`."""

    now_ms: int
    until_ms: int
    limit: int


def claim(session: Session, webhook: Webhook, lease: Lease) -> list[Delivery]:
    """Lease the next due deliveries of a webhook, in the order in which they are due."""
    is_due = (*_of(webhook.site_id, webhook.webhook_id), TABLE.next_at_ms <= lease.now_ms)
    next_ones = select(TABLE.number).where(*is_due).order_by(TABLE.next_at_ms, TABLE.number).limit(lease.limit)
    numbers = session.scalars(next_ones).all()
    if not numbers:
        return []
    statement = update(webhook_deliveries).where(*is_due, TABLE.number.in_(numbers)).values(next_at_ms=lease.until_ms)
    rows = {row.number: Delivery(**row._mapping) for row in session.execute(statement.returning(webhook_deliveries))}
    return [rows[number] for number in numbers if number in rows]


def settle(session: Session, delivery: Delivery, **values: Any) -> None:
    """Store the result of an attempt, or another state."""
    where = (*_of(delivery.site_id, delivery.webhook_id), TABLE.number == delivery.number)
    session.execute(update(webhook_deliveries).where(*where).values(**values))


def give_back(session: Session, delivery: Delivery, now_ms: int) -> None:
    """End the lease on a delivery that was not sent, unless its state has changed meanwhile."""
    leased = (*_of(delivery.site_id, delivery.webhook_id), TABLE.number == delivery.number)
    unchanged = (TABLE.state == State.PENDING, TABLE.attempts == delivery.attempts)
    session.execute(update(webhook_deliveries).where(*leased, *unchanged).values(next_at_ms=now_ms))


def log(session: Session, delivery: Delivery, answer: Answer, at_ms: int) -> None:
    """Append an attempt to a delivery's log."""
    session.execute(
        insert(webhook_attempts).values(
            site_id=delivery.site_id,
            webhook_id=delivery.webhook_id,
            number=delivery.number,
            attempt=delivery.attempts + 1,
            at_ms=at_ms,
            took_ms=answer.took_ms,
            status=answer.status,
            excerpt=answer.excerpt,
            error=answer.error,
        )
    )


def hold(session: Session, site_id: str, webhook_id: str) -> None:
    """Hold what waits to be sent: its webhook is paused."""
    waiting = (*_of(site_id, webhook_id), TABLE.state == State.PENDING)
    session.execute(update(webhook_deliveries).where(*waiting).values(state=State.HELD, next_at_ms=None))


def resume(session: Session, site_id: str, webhook_id: str, now_ms: int) -> None:
    """Send what was held, from the beginning of the schedule."""
    conditions = (*_of(site_id, webhook_id), TABLE.state == State.HELD)
    session.execute(
        update(webhook_deliveries).where(*conditions).values(state=State.PENDING, next_at_ms=now_ms, failures=0)
    )


def again(session: Session, webhook: Webhook, now_ms: int, number: int | None = None) -> int:
    """Send one delivery again, or all that were given up (None), under their old ids; returns how many."""
    own = _of(webhook.site_id, webhook.webhook_id)
    chosen = TABLE.number == number if number is not None else TABLE.state == State.DEAD
    is_finished = TABLE.state.in_((State.DELIVERED, State.DEAD))
    state, next_at_ms = (State.PENDING, now_ms) if webhook.is_active else (State.HELD, None)
    values = {"state": state, "next_at_ms": next_at_ms, "failures": 0, "done_at_ms": None}
    changed = session.execute(update(webhook_deliveries).where(*own, chosen, is_finished).values(**values))
    return int(changed.rowcount)  # type: ignore[attr-defined]


def find(session: Session, site_id: str, webhook_id: str, number: int) -> Delivery | None:
    """Return one delivery."""
    statement = select(webhook_deliveries).where(*_of(site_id, webhook_id), TABLE.number == number)
    row = session.execute(statement).one_or_none()
    return None if row is None else Delivery(**row._mapping)


def body(session: Session, site_id: str, number: int) -> str:
    """Return the JSON of an event, empty if it is no longer kept."""
    sent = webhook_events.c
    body = session.scalar(select(sent.body).where(sent.site_id == site_id, sent.number == number))
    return body or ""


class Wanted(Struct, frozen=True):
    """A page of a delivery log: of one state or all, before a number, so many."""

    state: str = ""
    before: int | None = None
    limit: int = 50


def page(session: Session, site_id: str, webhook_id: str, wanted: Wanted) -> list[Delivery]:
    """Return deliveries, the newest event first."""
    conditions = [*_of(site_id, webhook_id)]
    if wanted.state:
        conditions.append(TABLE.state == wanted.state)
    if wanted.before is not None:
        conditions.append(TABLE.number < wanted.before)
    statement = select(webhook_deliveries).where(*conditions).order_by(TABLE.number.desc()).limit(wanted.limit)
    return [Delivery(**row._mapping) for row in session.execute(statement)]


def attempts_of(session: Session, site_id: str, webhook_id: str, number: int) -> Sequence[Attempt]:
    """Return every attempt of a delivery, the oldest first."""
    attempts = webhook_attempts.c
    columns = (attempts.attempt, attempts.at_ms, attempts.took_ms, attempts.status, attempts.excerpt, attempts.error)
    own = (attempts.site_id == site_id, attempts.webhook_id == webhook_id, attempts.number == number)
    return [Attempt(*row) for row in session.execute(select(*columns).where(*own).order_by(attempts.attempt))]


def counts(session: Session, site_id: str, webhook_ids: Sequence[str], most: int) -> dict[str, dict[str, int]]:
    """Count the deliveries of each webhook by state, except delivered ones, each up to `most`, in one statement."""
    if not webhook_ids:
        return {}
    wanted = [(webhook_id, state) for webhook_id in webhook_ids for state in (State.PENDING, State.HELD, State.DEAD)]
    numbers = []
    for webhook_id, state in wanted:
        some = select(TABLE.number).where(*_of(site_id, webhook_id), TABLE.state == state).limit(most).subquery()
        numbers.append(select(func.count()).select_from(some).scalar_subquery())
    by_webhook: dict[str, dict[str, int]] = {webhook_id: {} for webhook_id in webhook_ids}
    for (webhook_id, state), number in zip(wanted, session.execute(select(*numbers)).one(), strict=True):
        by_webhook[webhook_id][str(state)] = number
    return by_webhook


def _of(site_id: str, webhook_id: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return TABLE.site_id == site_id, TABLE.webhook_id == webhook_id
