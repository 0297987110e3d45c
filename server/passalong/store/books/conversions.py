"""Conversions and their refunds, looked up by id, visitor, visit and due time."""

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import Any

from msgspec import Struct, structs
from sqlalchemy import Integer, ScalarSelect, Select, bindparam, func, select
from sqlalchemy.orm import Session

from passalong.core.conversions.attribution import OrderTouch, decode_touches
from passalong.store import bulk
from passalong.store.books.book import Book
from passalong.store.books.refunds import GivenBack, Refund
from passalong.store.engine import bytewise_on
from passalong.store.prebuilt import find_among
from passalong.store.schema.conversions import conversions
from passalong.store.schema.refunds import refunds

_OF_SITE = conversions.c.site_id == bindparam("of_site")
_OPEN = conversions.c.frozen_seq.is_(None)
_WHILE_WAITING = {"release_at_ms": (_OPEN,), "later_release_at_ms": ()}
_BEFORE = select(conversions.c.conversion_id).where(_OF_SITE, conversions.c.at_ms < bindparam("end_ms")).limit(1)
_WAITING_BEFORE = [_BEFORE.where(waits) for waits in (_OPEN, conversions.c.later_release_at_ms.is_not(None))]


class Conversion(Struct, frozen=True):
    """One conversion, reported, met or given; `subject` names its receipt, `frozen_seq` the event that ended its hold.

    The split is frozen when its first line ends its hold; `later_release_at_ms` is when the next of the others does.
    `held` is true while a line of it waits for a person's decision, `held_whole` while all that waits of it does.
    `products` has one to a line. `given_to` is the advocate to whom the owner gave credit by hand: `gross_micros` of
    `currency`, which is its unit. `currency_taken` says whether the site took that currency when the order came.
    `touches` are those of an order that an agent placed (`order_touches`).
    """

    site_id: str
    conversion_id: str
    subject: str
    goal: str
    at_ms: int
    gross_micros: int
    currency: str | None
    share_id: str | None
    visit_id: str | None
    visitor_id: str | None
    refused: str | None
    customer: str | None = None
    email: str | None = None
    signed_in: bool = False
    page_url: str | None = None
    products: str | None = None
    country: str | None = None
    given_to: str | None = None
    coupon_share_id: str | None = None
    release_at_ms: int | None = None
    frozen_seq: int | None = None
    held: bool = False
    counted: bool = False
    brought_micros: int = 0
    later_release_at_ms: int | None = None
    currency_taken: bool | None = None
    touches: str | None = None
    held_whole: bool = False

    @property
    def order_touches(self) -> tuple[OrderTouch, ...]:
        """The first and last touch that an agent's order named."""
        return decode_touches(self.touches)

    @property
    def named_shares(self) -> set[str]:
        """The links that the order names: of its code, its coupon and its touches."""
        named = (self.share_id, self.coupon_share_id, *(touch.share_id for touch in self.order_touches))
        return {share_id for share_id in named if share_id}


class ConversionBook(Book[Conversion]):
    """The conversions of one site, as one slice has read and changed them."""

    table = conversions
    struct = Conversion

    def __init__(self, session: Session, site_id: str):
        super().__init__(session, site_id)
        self._asked: set[tuple[str, str]] = set()
        self._visitors: defaultdict[str, set[str]] = defaultdict(set)
        self._customers: defaultdict[str, set[str]] = defaultdict(set)
        self._emails: defaultdict[str, set[str]] = defaultdict(set)
        self._visits: defaultdict[str, set[str]] = defaultdict(set)
        self._refunds: dict[str, list[Refund]] = {}
        self._new_refunds: list[dict[str, Any]] = []

    def prime(
        self,
        ids: Iterable[str],
        visitor_ids: Iterable[str],
        visit_ids: Iterable[str],
        order_keys: Iterable[str] = (),
    ) -> None:
        """Read conversions by id, visitor, visit and the keys of orders (`u:`, `e:`), with their refunds."""
        keys = list(order_keys)
        named = {
            "conversion_id": ids,
            "visitor_id": visitor_ids,
            "visit_id": visit_ids,
            "customer": [key for key in keys if key.startswith("u:")],
            "email": [key for key in keys if key.startswith("e:")],
        }
        missing = {(column, value) for column, values in named.items() for value in values} - self._asked
        if not missing:
            return
        self._asked |= missing
        wanted = {column: sorted(value for of, value in missing if of == column) for column in named}
        rows = [
            conversion
            for column, values in wanted.items()
            for conversion in (self._read_among(conversions.c[column], values) if values else ())
        ]
        self._read_refunds({*wanted["conversion_id"], *(conversion.conversion_id for conversion in rows)})

    def _index(self, row: Conversion) -> None:
        if row.visitor_id is not None:
            self._visitors[row.visitor_id].add(row.conversion_id)
        if row.customer is not None:
            self._customers[row.customer].add(row.conversion_id)
        if row.email is not None:
            self._emails[row.email].add(row.conversion_id)
        if row.visit_id is not None:
            self._visits[row.visit_id].add(row.conversion_id)

    def _read_refunds(self, ids: set[str]) -> None:
        missing = sorted(conversion_id for conversion_id in ids if conversion_id not in self._refunds)
        self._refunds |= {conversion_id: [] for conversion_id in missing}
        if missing:
            for row in find_among(self._session, self._site_id, refunds.c.conversion_id, missing):
                self._refunds[row.conversion_id].append(Refund(**row._mapping))

    def loaded(self) -> list[Conversion]:
        """The conversions that were read or changed so far."""
        return list(self._loaded())

    def find(self, conversion_id: str) -> Conversion | None:
        """Return the conversion of that id, if it was folded."""
        if (conversion_id,) not in self._rows:
            self.prime([conversion_id], [], [])
        return self._rows.get((conversion_id,))

    def of_visitors(self, visitor_ids: Iterable[str]) -> list[Conversion]:
        """Return the conversions of these visitors, oldest first."""
        ids = list(visitor_ids)
        self.prime([], ids, [])
        return self._sorted(set().union(*(self._visitors[visitor_id] for visitor_id in ids)))

    def of_person(self, keys: Iterable[str]) -> list[Conversion]:
        """Return the conversions of the visitors among these identity keys, and those whose order has such a key,
        oldest first."""
        ordered_keys = sorted(keys)
        visitors = [key[2:] for key in ordered_keys if key.startswith("v:")]
        self.prime([], visitors, [], ordered_keys)
        by_visitor = [self._visitors[visitor_id] for visitor_id in visitors]
        by_key = [named[key] for key in ordered_keys for named in (self._customers, self._emails) if key in named]
        return self._sorted(set().union(*by_visitor, *by_key))

    def since(self, at_ms: int) -> list[Conversion]:
        """Return the conversions from that time on whose hold has not ended, oldest first."""
        self.flush()
        read = self._read(conversions.c.at_ms >= at_ms, conversions.c.frozen_seq.is_(None))
        return self._sorted({conversion.conversion_id for conversion in read})

    def of_visit(self, visit_id: str) -> list[Conversion]:
        """Return the conversions whose code named this visit, oldest first."""
        self.prime([], [], [visit_id])
        return self._sorted(self._visits[visit_id])

    def _sorted(self, ids: set[str]) -> list[Conversion]:
        return sorted(
            (conversion for conversion_id in ids if (conversion := self._rows[(conversion_id,)])),
            key=lambda conversion: (conversion.at_ms, conversion.conversion_id),
        )

    def due(self, at_ms: int, most: int | None = None) -> list[Conversion]:
        """Return the first `most` conversions whose hold is over by that time and has not been ended yet."""
        self.flush()
        return self._due("release_at_ms", at_ms, most)

    def due_later(self, at_ms: int, most: int | None = None) -> list[Conversion]:
        """The frozen conversions of which another line's hold has ended by that time, the first `most`."""
        return self._due("later_release_at_ms", at_ms, most)

    def _due(self, column: str, at_ms: int, most: int | None) -> list[Conversion]:
        statement = _due_by(column, self._session.get_bind().dialect.name, limited=most is not None)
        return self._read_all(statement, {"of_site": self._site_id, "at_ms": at_ms, "most": most})

    def waits_before(self, end_ms: int) -> bool:
        """True while the hold of any conversion from before that time has not ended."""
        self.flush()
        return waits_before(self._session, self._site_id, end_ms)

    def refund(self, refund: Refund) -> None:
        """Store a refund; its conversion may still be to come."""
        self._read_refunds({refund.conversion_id})
        self._refunds[refund.conversion_id].append(refund)
        self._new_refunds.append(structs.asdict(refund))

    def refunds_of(self, conversion_id: str) -> list[Refund]:
        """Return the refunds of a conversion, in the order of their times."""
        self._read_refunds({conversion_id})
        return sorted(self._refunds[conversion_id], key=lambda refund: (refund.at_ms, refund.refund_id))

    def back_micros(self, refund: Refund) -> int:
        """Return what a refund gave back of its order: no more than earlier ones had left."""
        conversion = self.find(refund.conversion_id)
        if conversion is None:
            return 0
        left_micros = back = conversion.gross_micros
        for each in self.refunds_of(refund.conversion_id):
            back = left_micros if each.everything else min(left_micros, each.micros_of(conversion.currency))
            if each.refund_id == refund.refund_id:
                break
            left_micros -= back
        return back

    def refunded(self, conversion_id: str) -> GivenBack:
        """Return what was given back of a conversion, never more than its value."""
        self._read_refunds({conversion_id})
        these_refunds, conversion = self._refunds[conversion_id], self.find(conversion_id)
        last_at_ms = max((refund.at_ms for refund in these_refunds), default=None)
        if conversion is None:
            return GivenBack(0, False, last_at_ms)
        if any(refund.everything for refund in these_refunds):
            return GivenBack(conversion.gross_micros, True, last_at_ms)
        amounts = [refund.micros_of(conversion.currency) for refund in these_refunds]
        early = any(refund.amount_minor for refund in these_refunds)
        back_micros = min(sum(amounts), conversion.gross_micros)
        return GivenBack(back_micros, early and back_micros == conversion.gross_micros, last_at_ms)

    def flush(self) -> None:
        """Write all additions and changes."""
        super().flush()
        bulk.insert_all(self._session, refunds, self._new_refunds)
        self._new_refunds.clear()


@cache
def _due_by(column: str, dialect: str, *, limited: bool) -> Select[Any]:
    """Select what is due by a column that has a release time."""
    release, name = conversions.c[column], bytewise_on(dialect, conversions.c.conversion_id)
    own = (_OF_SITE, release <= bindparam("at_ms"), conversions.c.held_whole.is_(False))
    statement = select(conversions).where(*own, *_WHILE_WAITING[column]).order_by(release, name)
    return statement.limit(bindparam("most", type_=Integer)) if limited else statement


def first_release(site_id: str) -> ScalarSelect[int | None]:
    """Select the end of the next hold."""
    clocked = conversions.c.held_whole.is_(False)
    waiting = (conversions.c.site_id == site_id, conversions.c.frozen_seq.is_(None), clocked)
    return select(func.min(conversions.c.release_at_ms)).where(*waiting).scalar_subquery()


def first_later_release(site_id: str) -> ScalarSelect[int | None]:
    """Select when the next hold of a line ends whose conversion is frozen already."""
    later = conversions.c.later_release_at_ms
    own = (conversions.c.site_id == site_id, later.is_not(None), conversions.c.held_whole.is_(False))
    return select(func.min(later)).where(*own).scalar_subquery()


def next_due_ms(session: Session, site_id: str) -> int | None:
    """Return when the next hold ends."""
    times = session.execute(select(first_release(site_id), first_later_release(site_id))).one()
    return min((due_ms for due_ms in times if due_ms is not None), default=None)


def waits_before(session: Session, site_id: str, end_ms: int) -> bool:
    """True while the hold of any conversion from before that time has not ended."""
    values = {"of_site": site_id, "end_ms": end_ms}
    return any(session.execute(statement, values).first() is not None for statement in _WAITING_BEFORE)
