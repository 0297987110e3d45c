"""Pools by period: open and closed pools, what everybody earned in a period, and who re-shared after whom."""

from collections.abc import Iterable, Sequence

from msgspec import Struct
from sqlalchemy import ColumnElement, ScalarSelect, bindparam, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from passalong.core.attribution.allocate import POOL, UNATTRIBUTED
from passalong.core.dates import Zones, period_after, site_period_start_ms
from passalong.core.facts import GIVEN
from passalong.store.books.book import Book
from passalong.store.schema.credits import credits
from passalong.store.schema.journal import balances, journal
from passalong.store.schema.links import issued_links
from passalong.store.schema.pools import pools

PREFIX = f"{POOL}:"
ACCOUNTS = (f"{PREFIX}0000-00", f"{PREFIX}9999-99")
"""The first and the last possible account of a pool, like `pool:2026-11`."""

_EARNINGS = (
    select(credits.c.recipient, func.sum(credits.c.direct_micros))
    .where(
        credits.c.site_id == bindparam("of_site"),
        credits.c.unit == bindparam("of_unit"),
        credits.c.at_ms >= bindparam("start_ms"),
        credits.c.at_ms < bindparam("end_ms"),
        credits.c.recipient.notin_([POOL, UNATTRIBUTED]),
        credits.c.goal != GIVEN,
    )
    .group_by(credits.c.recipient)
)
_WHAT = case(
    (journal.c.subject == bindparam("own"), "added"),
    (journal.c.subject.startswith(PREFIX, autoescape=True), "carried"),
    (journal.c.subject.startswith("expiry:", autoescape=True), "expired"),
    else_="levels",
).label("what")
_LINES = (
    select(_WHAT, journal.c.amount_micros)
    .where(journal.c.site_id == bindparam("of_site"), journal.c.account == bindparam("pool"))
    .where(
        journal.c.unit == bindparam("of_unit"),
        or_(journal.c.subject != bindparam("own"), journal.c.amount_micros > 0),
    )
    .subquery()
)
_PARTS = select(_LINES.c.what, func.sum(_LINES.c.amount_micros)).group_by(_LINES.c.what)


class Pool(Struct, frozen=True):
    """One pool: what is in it, or once closed, what was in it and what of it was shared out to how many.

    A closed one records its parts: carried over from earlier months, missing levels of rewards, expired credit, and
    what the owner added.
    """

    site_id: str
    period: str
    unit: str
    amount_micros: int
    closed_at_ms: int | None = None
    shared_micros: int = 0
    people: int = 0
    carried_micros: int = 0
    levels_micros: int = 0
    expired_micros: int = 0
    added_micros: int = 0


class PoolBook(Book[Pool]):
    """The closed pools of one site, as one slice has read and added to them."""

    table = pools
    struct = Pool
    appends = True

    def __init__(self, session: Session, site_id: str):
        super().__init__(session, site_id)
        self._closed: set[str] | None = None

    def is_closed(self, period: str) -> bool:
        """Return True once the period's pools were shared out."""
        if self._closed is None:
            self._closed = closed_periods(self._session, self._site_id)
        return period in self._closed

    def close(self, closed: Pool) -> None:
        """Record that a pool was closed."""
        if not self.is_closed(closed.period) and self._closed is not None:
            self._closed.add(closed.period)
        self.put(closed)

    def earned(self, unit: str, start_ms: int, end_ms: int) -> dict[str, int]:
        """Return each person's direct net credit from conversions between two moments; credits must be flushed.

        Credit given by hand, such as an opening balance, brought nobody.
        """
        values = {"of_site": self._site_id, "of_unit": unit, "start_ms": start_ms, "end_ms": end_ms}
        rows = self._session.execute(_EARNINGS, values)
        return {recipient: int(amount) for recipient, amount in rows}

    def parents(self, people: Iterable[str]) -> dict[str, str | None]:
        """Return the parent of each of these people, and of those above, when they first shared.

        A parent must have shared earlier, so there is no cycle.
        """
        parent_of: dict[str, str | None] = {}
        missing = sorted(set(people))
        while missing:
            parent_of |= dict.fromkeys(missing) | self._above(missing)
            missing = sorted({above for above in parent_of.values() if above is not None} - parent_of.keys())
        return parent_of

    def _above(self, people: Sequence[str]) -> dict[str, str | None]:
        link, parent = issued_links.alias(), aliased(issued_links)
        first = (
            select(func.min(issued_links.c.issued_at_ms))
            .where(issued_links.c.site_id == self._site_id, issued_links.c.advocate_id == link.c.advocate_id)
            .correlate(link)
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

    def parts_of(self, period: str, unit: str) -> dict[str, int]:
        """Return what went into a period's pool: carried, levels, expired, added; the journal must be flushed.

        The transaction that shares it out is left out: it alone takes from the pool under the pool's own subject.
        """
        account = f"{PREFIX}{period}"
        values = {"of_site": self._site_id, "pool": account, "of_unit": unit, "own": f"{account}:{unit}"}
        rows = self._session.execute(_PARTS, values)
        return {name: int(micros) for name, micros in rows}


def closed_periods(session: Session, site_id: str) -> set[str]:
    """Return the periods whose pools were shared out."""
    return set(session.scalars(select(pools.c.period).where(pools.c.site_id == site_id).distinct()))


def period_in(account: str) -> str:
    """Return the period of a pool's account."""
    return account.removeprefix(PREFIX)


def end_ms(period: str, zones: Zones) -> int:
    """Return the first moment after a period."""
    return site_period_start_ms(period_after(period), zones)


def of_pools() -> ColumnElement[bool]:
    """Select the balances of pools: a range of the primary key, whatever collation the database sorts by."""
    return balances.c.account.between(*ACCOUNTS)


def first_open(site_id: str) -> ScalarSelect[str | None]:
    """Select the account of the oldest pool that is not closed."""
    closed = select(pools.c.period).where(
        pools.c.site_id == site_id, pools.c.period == func.substr(balances.c.account, len(PREFIX) + 1)
    )
    still_open = (balances.c.site_id == site_id, of_pools(), ~closed.correlate(balances).exists())
    return select(func.min(balances.c.account)).where(*still_open).scalar_subquery()


_CLOSED = select(pools).where(pools.c.site_id == bindparam("of_site"))
_BALANCES = select(balances).where(balances.c.site_id == bindparam("of_site"), of_pools())


def all_pools(session: Session, site_id: str) -> list[Pool]:
    """Return every pool, by period and unit: open ones with their balance, closed ones with their result."""
    own = {"of_site": site_id}
    closed = [Pool(**row._mapping) for row in session.execute(_CLOSED, own)]
    closed_periods = {pool.period for pool in closed}
    rows = session.execute(_BALANCES, own)
    still_open = [
        Pool(site_id, period_in(row.account), row.unit, row.amount_micros)
        for row in rows
        if period_in(row.account) not in closed_periods
    ]
    return sorted([*closed, *still_open], key=lambda pool: (pool.period, pool.unit))


def find_pool(session: Session, site_id: str, period: str, unit: str) -> Pool | None:
    """Return one closed pool."""
    key = (pools.c.site_id == site_id, pools.c.period == period, pools.c.unit == unit)
    row = session.execute(select(pools).where(*key)).one_or_none()
    return None if row is None else Pool(**row._mapping)
