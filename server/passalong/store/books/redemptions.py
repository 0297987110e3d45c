"""Redemptions: their requests and states, the methods that a site offers, and payout destinations."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct, convert, field, structs, to_builtins
from sqlalchemy import Row, Select, bindparam, delete, func, insert, select, tuple_
from sqlalchemy.orm import Session

from passalong.core.ledger.redemptions import Method, OfferedMethod, State, default_methods
from passalong.core.money import MICROS
from passalong.core.redemptions.minimums import least_payout_micros
from passalong.store import bulk
from passalong.store.advocate_rows import of_each
from passalong.store.books.accounts import AT_ONCE
from passalong.store.books.book import Book
from passalong.store.engine import bytewise
from passalong.store.prebuilt import count_up_to, find_where
from passalong.store.schema.credits import unit_totals
from passalong.store.schema.redemptions import payout_destinations, uses, ways
from passalong.store.sites import Site

PAYOUTS_AVERAGED = 1_000
DAY_MS = 86_400_000
NOTHING_MOVED = (State.REJECTED, State.WITHDRAWN, State.REFUSED)
_WAITING = select(uses.c.use_id).where(
    uses.c.site_id == bindparam("of_site"), uses.c.state.in_([State.REQUESTED.value, State.APPROVED.value])
)
"""States of redemptions that are not in the ledger: the credit was never moved."""


class Redemption(Struct, frozen=True):
    """One redemption; `reference` is what the advocate gets or can look it up by, `note` why it was rejected."""

    site_id: str
    redemption_id: str = field(name="use_id")
    advocate_id: str
    method: Method = field(name="way")
    unit: str
    amount_micros: int
    fee_micros: int
    state: State
    at_ms: int
    changed_at_ms: int
    batch_id: str | None = None
    reference: str = ""
    note: str = ""

    @property
    def net_micros(self) -> int:
        """The amount that the advocate gets."""
        return self.amount_micros - self.fee_micros


class RedemptionBook(Book[Redemption]):
    """The redemptions of one site, as one slice has read and changed them."""

    table = uses
    struct = Redemption

    def _read_all(self, statement: Select[Any], values: Mapping[str, Any] | None = None) -> list[Redemption]:
        return [self._remember(_redemption(row)) for row in self._session.execute(statement, values)]

    def find(self, redemption_id: str) -> Redemption | None:
        """Return the redemption of that id, if it was folded."""
        return self._find(redemption_id)


def find_redemption(session: Session, site_id: str, redemption_id: str) -> Redemption | None:
    """Return one redemption."""
    row = session.execute(select(uses).where(uses.c.site_id == site_id, uses.c.use_id == redemption_id)).one_or_none()
    return None if row is None else _redemption(row)


def list_redemptions(
    session: Session, site_id: str, states: Iterable[State], batch_id: str | None = None, method: Method | None = None
) -> list[Redemption]:
    """Return the site's redemptions in any of these states, oldest first; of one batch or one method."""
    statement = select(uses).where(uses.c.site_id == site_id, uses.c.state.in_([state.value for state in states]))
    if batch_id is not None:
        statement = statement.where(uses.c.batch_id == batch_id)
    if method is not None:
        statement = statement.where(uses.c.way == method.value)
    return [_redemption(row) for row in session.execute(statement.order_by(uses.c.at_ms, uses.c.use_id))]


def is_any(session: Session, site_id: str, mine: Sequence[str], method: Method, state: State) -> bool:
    """Return True if a person with these ids has a redemption of that method in that state."""
    found = select(uses.c.use_id).where(uses.c.site_id == site_id, uses.c.advocate_id.in_(mine))
    return (
        session.execute(found.where(uses.c.way == method.value, uses.c.state == state.value).limit(1)).first()
        is not None
    )


def count_waiting(session: Session, site_id: str, most: int = 100) -> int:
    """Count the redemptions that wait for the owner, up to a number: every page of the console asks."""
    return count_up_to(session, site_id, most, _WAITING)


def open_after(session: Session, site_id: str, after: tuple[int, str], limit: int) -> list[Redemption]:
    """Return the redemptions that wait for the owner, the oldest first, after that time and id."""
    use_id = bytewise(session, uses.c.use_id)

    def oldest(state: str) -> Select[Any]:
        in_state = select(uses).where(uses.c.site_id == site_id, uses.c.state == state)
        return in_state.where(tuple_(uses.c.at_ms, use_id) > after).order_by(uses.c.at_ms, use_id).limit(limit)

    redemptions = [_redemption(row) for row in of_each(session, (State.REQUESTED.value, State.APPROVED.value), oldest)]
    return sorted(redemptions, key=lambda redemption: (redemption.at_ms, redemption.redemption_id))[:limit]


def in_batch_of(session: Session, site_id: str, batch_id: str) -> bool:
    """Return True if a batch has members."""
    mine = (uses.c.site_id == site_id, uses.c.batch_id == batch_id)
    return session.execute(select(uses.c.use_id).where(*mine).limit(1)).first() is not None


def average_days_to_pay(session: Session, site_id: str) -> int | None:
    """Return the whole days, rounded up, from request to payment, over the latest payouts; None if there is none."""
    took = (uses.c.changed_at_ms - uses.c.at_ms).label("took_ms")
    paid = (uses.c.site_id == site_id, uses.c.state == State.DONE.value, uses.c.way == Method.PAYOUT.value)
    ordered = select(took).where(*paid).order_by(uses.c.at_ms.desc(), uses.c.use_id.desc())
    latest = ordered.limit(PAYOUTS_AVERAGED).subquery()
    average_ms = session.scalar(select(func.avg(latest.c.took_ms)))
    return None if average_ms is None else -(-int(average_ms) // DAY_MS)


def lately_settled(session: Session, site_id: str, limit: int) -> list[Redemption]:
    """Return what the owner did or declined, newest request first."""
    use_id = bytewise(session, uses.c.use_id)

    def newest(state: str) -> Select[Any]:
        in_state = select(uses).where(uses.c.site_id == site_id, uses.c.state == state)
        return in_state.order_by(uses.c.at_ms.desc(), use_id.desc()).limit(limit)

    redemptions = [_redemption(row) for row in of_each(session, (State.DONE.value, State.REJECTED.value), newest)]
    return sorted(redemptions, key=lambda redemption: (redemption.at_ms, redemption.redemption_id), reverse=True)[
        :limit
    ]


class RedemptionPage(Struct, frozen=True):
    """A part of a list of redemptions: at most `limit` that are older than `before`, a time and an id.

    With `every` also those that moved nothing.
    """

    before: tuple[int, str] | None
    limit: int
    every: bool = False


def redemptions_before(session: Session, site_id: str, mine: Sequence[str], wanted: RedemptionPage) -> list[Redemption]:
    """Return a person's redemptions, newest first."""
    before, limit = wanted.before, wanted.limit
    use_id = bytewise(session, uses.c.use_id)

    def newest(advocate_id: str) -> Select[Any]:
        statement = select(uses).where(uses.c.site_id == site_id, uses.c.advocate_id == advocate_id)
        if not wanted.every:
            statement = statement.where(uses.c.state.notin_([state.value for state in NOTHING_MOVED]))
        if before is not None:
            statement = statement.where(tuple_(uses.c.at_ms, use_id) < before)
        return statement.order_by(uses.c.at_ms.desc(), use_id.desc()).limit(limit)

    redemptions = [_redemption(row) for row in of_each(session, mine, newest)]
    return sorted(redemptions, key=lambda redemption: (redemption.at_ms, redemption.redemption_id), reverse=True)[
        :limit
    ]


def _redemption(row: Row[tuple[Any, ...]]) -> Redemption:
    return convert({str(name): value for name, value in row._mapping.items()}, Redemption)


def ready_micros(session: Session, site_id: str, mine: Sequence[str], unit: str) -> int:
    """Return a person's available credit; below zero if something was taken back after it was used."""
    found = select(func.sum(unit_totals.c.ready_micros)).where(
        unit_totals.c.site_id == site_id, unit_totals.c.recipient.in_(mine), unit_totals.c.unit == unit
    )
    return int(session.scalar(found) or 0)


# --- the methods that a site offers -----------------------------------------------------------------------------------


def methods_of(session: Session, site: Site) -> Sequence[OfferedMethod]:
    """Return the site's redemption methods, by unit.

    A site from before methods were kept at its creation has payouts of 10 units of any currency until it sets its own.
    """
    offered = [_offered(row) for row in find_where(session, site.site_id, ways)]
    methods = sorted(offered, key=lambda method: (method.unit, list(Method).index(method.method)))
    return methods or default_methods(dict.fromkeys(site.currencies, 10 * MICROS))


def _offered(row: Row[tuple[Any, ...]]) -> OfferedMethod:
    return OfferedMethod(Method(row.way), row.unit, row.minimum_micros, row.fee_micros, row.days, row.about)


def offer_first(session: Session, site: Site) -> None:
    """Offer the first methods of a new site."""
    replace_methods(session, site.site_id, default_methods(_minimums(site.currencies)))


def keep_methods(session: Session, before: Site, site: Site) -> None:
    """Offer the first methods in the currencies that a site takes from now on, beside those that it offers.

    Those of a currency that it takes no more stay for the credit in it; before anybody shared there is none.
    """
    if set(before.currencies) == set(site.currencies):
        return
    replaced = before.currency if site.currency != before.currency else None
    methods = [method for method in methods_of(session, before) if method.unit in site.units or method.unit != replaced]
    earlier = {*before.units, *(method.unit for method in methods)}
    first = default_methods(_minimums(site.currencies))
    replace_methods(session, site.site_id, [*methods, *(method for method in first if method.unit not in earlier)])


def _minimums(currencies: Iterable[str]) -> dict[str, int]:
    return {currency: least_payout_micros(currency) for currency in currencies}


def replace_methods(session: Session, site_id: str, offered: Iterable[OfferedMethod]) -> None:
    """Replace the site's redemption methods."""
    session.execute(delete(ways).where(ways.c.site_id == site_id))
    rows = [{"site_id": site_id} | to_builtins(method) for method in offered]
    if rows:
        session.execute(insert(ways), rows)


# --- payout destinations: personal, so they can be erased -------------------------------------------------------------


class Destination(Struct, frozen=True):
    """A payout destination: `kind` is iban, paypal or other."""

    kind: str
    name: str
    account: str


def destination_of(session: Session, site_id: str, mine: Sequence[str]) -> Destination | None:
    """Return a person's latest payout destination."""
    return latest(destinations_of(session, site_id, mine), mine)


def destinations_of(session: Session, site_id: str, advocate_ids: Sequence[str]) -> dict[str, tuple[int, Destination]]:
    """Return the destinations that were entered under these ids, each with the time of its last change."""
    column = payout_destinations.c
    columns = (column.advocate_id, column.changed_at_ms, column.kind, column.name, column.account)
    places: dict[str, tuple[int, Destination]] = {}
    for start in range(0, len(advocate_ids), AT_ONCE):
        some = column.advocate_id.in_(advocate_ids[start : start + AT_ONCE])
        for advocate_id, at_ms, *place in session.execute(select(*columns).where(column.site_id == site_id, some)):
            places[advocate_id] = (at_ms, Destination(*place))
    return places


def latest(places: Mapping[str, tuple[int, Destination]], advocate_ids: Iterable[str]) -> Destination | None:
    """Return the destination of these ids that was changed last; of two of one moment, that of the least id."""
    theirs = [(-places[advocate_id][0], advocate_id) for advocate_id in advocate_ids if advocate_id in places]
    return places[min(theirs)[1]][1] if theirs else None


def keep_destination(session: Session, site_id: str, mine: Sequence[str], kept: Destination, now_ms: int) -> None:
    """Store a person's payout destination, replacing the previous one."""
    forget_destination(session, site_id, mine)
    row = {"site_id": site_id, "advocate_id": mine[0], "changed_at_ms": now_ms} | structs.asdict(kept)
    bulk.upsert(session, payout_destinations, [row])


def forget_destination(session: Session, site_id: str, mine: Sequence[str]) -> None:
    """Erase a person's payout destination."""
    found = payout_destinations.c
    session.execute(delete(payout_destinations).where(found.site_id == site_id, found.advocate_id.in_(mine)))
