"""Time-driven work: when a site next has a hold, a claim's deadline, an expiry or a pool to close.

The fold stores this moment in `turns.next_due_ms`, which has an index: finding due sites costs nothing for the others,
and nothing for what ended long ago.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import String, bindparam, select, update
from sqlalchemy.orm import Session

from passalong.core.dates import Zones
from passalong.store.books import claims, conversions, expiry, pool_plans, pools
from passalong.store.schema.event_log import turns

_SITE: Any = bindparam("of_site", type_=String)
_FIRST = select(
    conversions.first_release(_SITE).label("hold"),
    conversions.first_later_release(_SITE).label("later"),
    claims.first_promise(_SITE).label("promise"),
    expiry.first_due(_SITE).label("expiry"),
    pools.first_open(_SITE).label("pool"),
    pool_plans.first_number(_SITE).label("plan"),
)


def next_due_ms(session: Session, site_id: str, zones: Zones, at_ms: int) -> int | None:
    """Return the next moment at which the site has something to do; None for never.

    `at_ms` is now: planned shares that are not on record yet are due at once, and a pool whose period is over waits for
    its last hold, whose end is a moment of its own.
    """
    row = session.execute(_FIRST, {"of_site": site_id}).one()
    dues = [row.hold, row.later, row.promise, row.expiry]
    if row.plan == pool_plans.COMPLETE:
        dues.append(at_ms)
    if row.pool is not None:
        end_ms = pools.end_ms(pools.period_in(row.pool), zones)
        if end_ms > at_ms or not conversions.waits_before(session, site_id, end_ms):
            dues.append(end_ms)
    return min((due_ms for due_ms in dues if due_ms is not None), default=None)


_DUE_SITES = (
    select(turns.c.site_id, turns.c.last_seq)
    .where(turns.c.next_due_ms <= bindparam("now_ms"))
    .order_by(turns.c.next_due_ms, turns.c.site_id)
)


def due_sites(session: Session, now_ms: int) -> Sequence[tuple[str, int]]:
    """Return the due sites, the longest overdue first, each with the number of its last folded event."""
    return [(row.site_id, row.last_seq) for row in session.execute(_DUE_SITES, {"now_ms": now_ms})]


def correct(session: Session, site_id: str, last_seq: int, due_ms: int | None) -> None:
    """Store another moment, unless the site was folded meanwhile and has a newer one."""
    unchanged = (turns.c.site_id == site_id, turns.c.last_seq == last_seq)
    session.execute(update(turns).where(*unchanged).values(next_due_ms=due_ms))
