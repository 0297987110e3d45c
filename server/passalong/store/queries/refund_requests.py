"""Refunds as recorded: read and written under the lock of their order, before anything is folded."""

from collections.abc import Iterable, Sequence

from msgspec import Struct, structs
from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from passalong.core.facts import ConversionReported, decode_fact
from passalong.store.engine import insert_new
from passalong.store.schema.conversions import conversions
from passalong.store.schema.event_log import events
from passalong.store.schema.refunds import refund_requests

API = "api"
"""The source of orders that an owner's server reports."""
TRY = "try"
"""The source of what happens in try mode."""


class RefundRequest(Struct, frozen=True):
    """A recorded refund: minor units of its order's currency, or all that is left (`everything`)."""

    site_id: str
    refund_id: str
    conversion_id: str
    input_hash: str
    amount_minor: int
    everything: bool
    at_ms: int


def lock_order(session: Session, site_id: str, conversion_id: str) -> ConversionReported | None:
    """Return a reported order and lock it, so that nobody else judges a refund of it until the transaction ends.

    SQLite has one writing transaction at a time; PostgreSQL locks the row of the recorded fact.
    """
    own = (events.c.site_id == site_id, events.c.source == API, events.c.event_id == conversion_id)
    text = session.scalar(select(events.c.fact).where(*own).with_for_update())
    fact = decode_fact(text) if text is not None else None
    return fact if isinstance(fact, ConversionReported) else None


def find(session: Session, site_id: str, refund_id: str) -> RefundRequest | None:
    """Return a refund with this id."""
    own = (refund_requests.c.site_id == site_id, refund_requests.c.refund_id == refund_id)
    row = session.execute(select(refund_requests).where(*own)).one_or_none()
    return None if row is None else RefundRequest(**row._mapping)


def add(session: Session, request: RefundRequest) -> bool:
    """Record a refund; False if its id is taken."""
    return insert_new(session, refund_requests, **structs.asdict(request))


def currencies(session: Session, site_id: str, conversion_ids: Iterable[str]) -> dict[str, str | None]:
    """Return the currencies of these conversions; those that were not reported yet are not in it."""
    ids = sorted(set(conversion_ids))
    own = (conversions.c.site_id == site_id, conversions.c.conversion_id.in_(ids))
    rows = session.execute(select(conversions.c.conversion_id, conversions.c.currency).where(*own)) if ids else ()
    return {row.conversion_id: row.currency for row in rows}


def tried(session: Session, site_id: str, conversion_ids: Iterable[str]) -> set[str]:
    """Return those of these conversions that were reported in try mode."""
    own = (events.c.site_id == site_id, events.c.source == TRY, events.c.event_id.in_(sorted(set(conversion_ids))))
    return set(session.scalars(select(events.c.event_id).where(*own)))


def asked_minor(session: Session, site_id: str, conversion_id: str) -> tuple[int, bool]:
    """Return the refunds of an order: the sum in minor units, and whether all of it was refunded."""
    own = (refund_requests.c.site_id == site_id, refund_requests.c.conversion_id == conversion_id)
    amount = session.scalar(select(func.coalesce(func.sum(refund_requests.c.amount_minor), 0)).where(*own)) or 0
    full = select(refund_requests.c.refund_id).where(*own, refund_requests.c.everything).limit(1)
    return int(amount), session.execute(full).first() is not None


def without_order(session: Session, site_id: str, before_ms: int, limit: int = 20) -> Sequence[RefundRequest]:
    """Return refunds recorded before that time whose order was never reported, the oldest first.

    A refund of an order of try mode is part of the trial: its order is known, and nothing is missing.
    """
    reported = (
        exists()
        .where(events.c.site_id == site_id, events.c.source.in_((API, TRY)))
        .where(events.c.event_id == refund_requests.c.conversion_id)
        .correlate(refund_requests)
    )
    statement = (
        select(refund_requests)
        .where(refund_requests.c.site_id == site_id, refund_requests.c.at_ms < before_ms, ~reported)
        .order_by(refund_requests.c.at_ms, refund_requests.c.refund_id)
        .limit(limit)
    )
    return [RefundRequest(**row._mapping) for row in session.execute(statement)]
