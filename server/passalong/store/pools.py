"""Pools by period: which are open, which were closed, what everybody earned in one, and who stood above whom."""

from collections.abc import Iterable, Sequence

from msgspec import Struct, structs
from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from passalong.core.attribution import POOL, UNATTRIBUTED
from passalong.core.days import period_after, period_start_ms
from passalong.store import bulk
from passalong.store.conversions import waits_before
from passalong.store.read_models import balances, credits, pools
from passalong.store.tables import issued_links

PREFIX = f"{POOL}:"


class Pool(Struct, frozen=True):
    """One pool: what is in it, or, once it is closed, what was in it and what of it was shared out to how many."""

    site_id: str
    period: str
    unit: str
    amount_micros: int
    closed_at_ms: int | None = None
    shared_micros: int = 0
    people: int = 0


class PoolBook:
    """The closed pools of one site, as one slice of work has read and added to them."""

    def __init__(self, session: Session, site_id: str):
        self._session = session
        self._site_id = site_id
        self._closed: set[str] | None = None
        self._new: list[Pool] = []

    def is_closed(self, period: str) -> bool:
        """True once the period's pools were shared out."""
        if self._closed is None:
            self._closed = closed_periods(self._session, self._site_id)
        return period in self._closed

    def close(self, closed: Pool) -> None:
        """Keep that a pool was closed."""
        if not self.is_closed(closed.period) and self._closed is not None:
            self._closed.add(closed.period)
        self._new.append(closed)

    def earned(self, unit: str, start_ms: int, end_ms: int) -> dict[str, int]:
        """Each person's direct net credit from what happened between two moments; credits must be flushed."""
        rows = self._session.execute(
            select(credits.c.recipient, func.sum(credits.c.direct_micros))
            .where(
                credits.c.site_id == self._site_id,
                credits.c.unit == unit,
                credits.c.at_ms >= start_ms,
                credits.c.at_ms < end_ms,
                credits.c.recipient.notin_([POOL, UNATTRIBUTED]),
            )
            .group_by(credits.c.recipient)
        )
        return {recipient: int(amount) for recipient, amount in rows}

    def parents(self, people: Iterable[str]) -> dict[str, str | None]:
        """Whoever had passed the page on to each of these people, and to those above, when they first shared.

        Only somebody who had shared earlier stands above: so nobody stands above themselves.
        """
        found: dict[str, str | None] = {}
        asked = sorted(set(people))
        while asked:
            found |= dict.fromkeys(asked) | self._above(asked)
            asked = sorted({above for above in found.values() if above is not None} - found.keys())
        return found

    def _above(self, people: Sequence[str]) -> dict[str, str | None]:
        link, parent = issued_links.alias(), aliased(issued_links)
        first = select(func.min(issued_links.c.issued_at_ms)).where(
            issued_links.c.site_id == self._site_id, issued_links.c.advocate_id == link.c.advocate_id
        )
        rows = self._session.execute(
            select(link.c.advocate_id, parent.c.advocate_id)
            .join(parent, (parent.c.site_id == link.c.site_id) & (parent.c.share_id == link.c.parent_share_id))
            .where(
                link.c.site_id == self._site_id,
                link.c.advocate_id.in_(people),
                link.c.issued_at_ms == first.scalar_subquery(),
                parent.c.issued_at_ms < link.c.issued_at_ms,
                parent.c.advocate_id != link.c.advocate_id,
            )
            .order_by(link.c.share_id.desc())
        )
        return {advocate_id: above for advocate_id, above in rows}

    def flush(self) -> None:
        """Write what was closed."""
        bulk.insert_all(self._session, pools, [structs.asdict(one) for one in self._new])
        self._new.clear()


def closed_periods(session: Session, site_id: str) -> set[str]:
    """The periods whose pools were shared out."""
    return set(session.scalars(select(pools.c.period).where(pools.c.site_id == site_id).distinct()))


def period_in(account: str) -> str:
    """The period of a pool's account."""
    return account.removeprefix(PREFIX)


def end_ms(period: str, time_zone: str) -> int:
    """The first moment after a period."""
    return period_start_ms(period_after(period), time_zone)


def closable(session: Session, site_id: str, time_zone: str, now_ms: int) -> bool:
    """True when a period is over, none of its holds is left, and its pool is still open."""
    known = select(balances.c.account).where(
        balances.c.site_id == site_id, balances.c.account.startswith(PREFIX, autoescape=True)
    )
    open_periods = {period_in(name) for name in session.scalars(known)} - closed_periods(session, site_id)
    over = sorted(period for period in open_periods if end_ms(period, time_zone) <= now_ms)
    return bool(over) and not waits_before(session, site_id, end_ms(over[0], time_zone))


def all_pools(session: Session, site_id: str) -> list[Pool]:
    """Every pool, by period and unit: what is in the open ones, and what the closed ones came to."""
    closed = [Pool(**row._mapping) for row in session.execute(select(pools).where(pools.c.site_id == site_id))]
    done = {one.period for one in closed}
    rows = session.execute(
        select(balances).where(balances.c.site_id == site_id, balances.c.account.startswith(PREFIX, autoescape=True))
    )
    still_open = [
        Pool(site_id, period_in(row.account), row.unit, row.amount_micros)
        for row in rows
        if period_in(row.account) not in done
    ]
    return sorted([*closed, *still_open], key=lambda one: (one.period, one.unit))
