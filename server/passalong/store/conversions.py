"""Conversions and their refunds as the fold looks them up: by id, by visitor, by visit, by what is due."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from msgspec import Struct, structs
from sqlalchemy import collate, func, select
from sqlalchemy.orm import Session

from passalong.store import bulk
from passalong.store.engine import bytewise
from passalong.store.read_models import conversions, refunds


class Conversion(Struct, frozen=True):
    """One conversion, reported, met or given; `subject` names its receipt, `frozen_seq` the event that ended its hold.

    `products` has one to a line. `given_to` is the advocate to whom the owner gave credit by hand: `gross_micros` of
    `currency`, which is its unit.
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


class ConversionBook:
    """The conversions of one site, as one slice of work has read and changed them."""

    def __init__(self, session: Session, site_id: str):
        self._session = session
        self._site_id = site_id
        self._by_id: dict[str, Conversion] = {}
        self._asked: set[tuple[str, str]] = set()
        self._visitors: defaultdict[str, set[str]] = defaultdict(set)
        self._customers: defaultdict[str, set[str]] = defaultdict(set)
        self._visits: defaultdict[str, set[str]] = defaultdict(set)
        self._refunds: dict[str, list[tuple[int, int]]] = {}
        self._new_refunds: list[dict[str, Any]] = []
        self._changed: set[str] = set()

    def prime(
        self,
        ids: Iterable[str],
        visitor_ids: Iterable[str],
        visit_ids: Iterable[str],
        customers: Iterable[str] = (),
    ) -> None:
        """Read conversions by id, visitor, visit and customer, with their refunds, in a few statements."""
        named = {"conversion_id": ids, "visitor_id": visitor_ids, "visit_id": visit_ids, "customer": customers}
        asked = {(column, value) for column, values in named.items() for value in values} - self._asked
        if not asked:
            return
        self._asked |= asked
        wanted = {column: sorted(value for of, value in asked if of == column) for column in named}
        found = [
            conversion
            for column, values in wanted.items()
            for conversion in (self._read(conversions.c[column].in_(values)) if values else ())
        ]
        self._keep(found)
        self._read_refunds({*wanted["conversion_id"], *(conversion.conversion_id for conversion in found)})

    def _read(self, *conditions: Any) -> list[Conversion]:
        rows = self._session.execute(select(conversions).where(conversions.c.site_id == self._site_id, *conditions))
        return [Conversion(**row._mapping) for row in rows]

    def _keep(self, found: Iterable[Conversion]) -> None:
        for read in found:
            conversion = self._by_id.setdefault(read.conversion_id, read)
            if conversion.visitor_id is not None:
                self._visitors[conversion.visitor_id].add(conversion.conversion_id)
            if conversion.customer is not None:
                self._customers[conversion.customer].add(conversion.conversion_id)
            if conversion.visit_id is not None:
                self._visits[conversion.visit_id].add(conversion.conversion_id)

    def _read_refunds(self, ids: set[str]) -> None:
        asked = sorted(one for one in ids if one not in self._refunds)
        self._refunds |= {conversion_id: [] for conversion_id in asked}
        if asked:
            statement = select(refunds.c.conversion_id, refunds.c.at_ms, refunds.c.amount_micros).where(
                refunds.c.site_id == self._site_id, refunds.c.conversion_id.in_(asked)
            )
            for conversion_id, at_ms, amount_micros in self._session.execute(statement):
                self._refunds[conversion_id].append((at_ms, amount_micros))

    def find(self, conversion_id: str) -> Conversion | None:
        """The conversion of that id, if it was folded."""
        if conversion_id not in self._by_id:
            self.prime([conversion_id], [], [])
        return self._by_id.get(conversion_id)

    def of_visitors(self, visitor_ids: Iterable[str]) -> list[Conversion]:
        """The conversions of these visitors, oldest first."""
        asked = list(visitor_ids)
        self.prime([], asked, [])
        return self._sorted(set().union(*(self._visitors[visitor_id] for visitor_id in asked)))

    def of_person(self, keys: Iterable[str]) -> list[Conversion]:
        """The conversions of the visitors and customers among these identity keys, oldest first."""
        asked = sorted(keys)
        visitors = [key[2:] for key in asked if key.startswith("v:")]
        customers = [key for key in asked if key.startswith("u:")]
        self.prime([], visitors, [], customers)
        found = [self._visitors[visitor_id] for visitor_id in visitors]
        return self._sorted(set().union(*found, *(self._customers[customer] for customer in customers)))

    def since(self, at_ms: int) -> list[Conversion]:
        """The conversions from that time on whose hold has not ended, oldest first."""
        self.flush()
        read = self._read(conversions.c.at_ms >= at_ms, conversions.c.frozen_seq.is_(None))
        self._keep(read)
        return self._sorted({conversion.conversion_id for conversion in read})

    def of_visit(self, visit_id: str) -> list[Conversion]:
        """The conversions whose code named this visit, oldest first."""
        self.prime([], [], [visit_id])
        return self._sorted(self._visits[visit_id])

    def _sorted(self, ids: set[str]) -> list[Conversion]:
        return sorted(
            (self._by_id[conversion_id] for conversion_id in ids),
            key=lambda conversion: (conversion.at_ms, conversion.conversion_id),
        )

    def due(self, at_ms: int, most: int | None = None) -> list[Conversion]:
        """The conversions whose hold has ended by that time and was not ended yet: the first `most`, as holds end."""
        self.flush()
        named = collate(conversions.c.conversion_id, bytewise(self._session))
        statement = (
            select(conversions)
            .where(
                conversions.c.site_id == self._site_id,
                conversions.c.release_at_ms <= at_ms,
                conversions.c.frozen_seq.is_(None),
                conversions.c.held.is_(False),
            )
            .order_by(conversions.c.release_at_ms, named)
            .limit(most)
        )
        read = [Conversion(**row._mapping) for row in self._session.execute(statement)]
        self._keep(read)
        return [self._by_id[conversion.conversion_id] for conversion in read]

    def waits_before(self, end_ms: int) -> bool:
        """True while the hold of any conversion from before that time has not ended."""
        self.flush()
        return waits_before(self._session, self._site_id, end_ms)

    def put(self, conversion: Conversion) -> Conversion:
        """Record a conversion, or what is derived of it, as it is now."""
        self._by_id[conversion.conversion_id] = conversion
        self._keep([conversion])
        self._changed.add(conversion.conversion_id)
        return conversion

    def refund(self, conversion_id: str, refund_id: str, at_ms: int, amount_micros: int) -> None:
        """Record a refund; its conversion may still be to come."""
        self._read_refunds({conversion_id})
        self._refunds[conversion_id].append((at_ms, amount_micros))
        self._new_refunds.append(
            {
                "site_id": self._site_id,
                "conversion_id": conversion_id,
                "refund_id": refund_id,
                "at_ms": at_ms,
                "amount_micros": amount_micros,
            }
        )

    def refunded(self, conversion_id: str) -> tuple[int, int | None]:
        """The sum of a conversion's refunds in micros, and the time of the last one."""
        self._read_refunds({conversion_id})
        found = self._refunds[conversion_id]
        return sum(amount for _, amount in found), max((at_ms for at_ms, _ in found), default=None)

    def flush(self) -> None:
        """Write what was added and changed."""
        rows = [structs.asdict(self._by_id[conversion_id]) for conversion_id in sorted(self._changed)]
        bulk.upsert(self._session, conversions, rows)
        bulk.insert_all(self._session, refunds, self._new_refunds)
        self._changed.clear()
        self._new_refunds.clear()


def next_due_ms(session: Session, site_id: str) -> int | None:
    """When the next hold ends."""
    first: int | None = session.scalar(
        select(func.min(conversions.c.release_at_ms)).where(
            conversions.c.site_id == site_id, conversions.c.frozen_seq.is_(None), conversions.c.held.is_(False)
        )
    )
    return first


def waits_before(session: Session, site_id: str, end_ms: int) -> bool:
    """True while the hold of any conversion from before that time has not ended."""
    waiting = select(conversions.c.conversion_id).where(
        conversions.c.site_id == site_id, conversions.c.frozen_seq.is_(None), conversions.c.at_ms < end_ms
    )
    return session.execute(waiting.limit(1)).first() is not None
