"""Expiring credit: what is ready since when, which notices were given, and what expired."""

from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any

from msgspec import Struct
from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    Row,
    ScalarSelect,
    Select,
    String,
    Table,
    and_,
    bindparam,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session

from passalong.core.ledger.expiry import Lot
from passalong.store.books.book import Book
from passalong.store.books.claims import OPEN
from passalong.store.engine import bytewise_on
from passalong.store.schema.claims import claims
from passalong.store.schema.conversions import conversions
from passalong.store.schema.credits import credits, unit_totals
from passalong.store.schema.event_log import events, numbered
from passalong.store.schema.expiries import expiries
from passalong.store.schema.identities import accounts
from passalong.store.schema.links import issued_links
from passalong.store.sites import TermsVersion, in_force

MOST_EXPIRING = 100


class Expiry(Struct, frozen=True):
    """The notices to an advocate about one period and unit, with the amount that expired once it was settled."""

    site_id: str
    advocate_id: str
    period: str
    unit: str
    expires_at_ms: int
    amount_micros: int
    first_at_ms: int
    second_at_ms: int | None = None
    settled_at_ms: int | None = None
    taken_micros: int = 0


class ExpiryBook(Book[Expiry]):
    """Notices of expiring credit, as one slice has read and changed them."""

    table = expiries
    struct = Expiry

    def find(self, advocate_id: str, period: str, unit: str) -> Expiry | None:
        """Return the notices about this period and unit."""
        return self._find(advocate_id, period, unit)

    def due(self, at_ms: int) -> list[Expiry]:
        """Return what expires by that time, the earliest first; claims must be flushed."""
        self.flush()
        return due(self._session, self._site_id, at_ms)

    def lots(
        self, versions: Sequence[TermsVersion], advocate_ids: Sequence[str], times: Mapping[int, int]
    ) -> list[Lot]:
        """Return this person's ready credit with its times; credits and conversions must be flushed."""
        return lots(self._session, self._site_id, versions, advocate_ids, times)


def due(session: Session, site_id: str, at_ms: int, limit: int = MOST_EXPIRING) -> list[Expiry]:
    """Return what expires by that time and had two notices, unless its owner has an open claim."""
    statement = _due(session.get_bind().dialect.name)
    rows = session.execute(statement, {"of_site": site_id, "at_ms": at_ms, "most": limit})
    return [Expiry(**row._mapping) for row in rows]


@cache
def _due(dialect: str) -> Select[Any]:
    of_site: Any = bindparam("of_site", type_=String)
    names = [bytewise_on(dialect, expiries.c[name]) for name in ("advocate_id", "period", "unit")]
    statement = select(expiries).where(*_expiring(of_site), expiries.c.expires_at_ms <= bindparam("at_ms"))
    return statement.order_by(expiries.c.expires_at_ms, *names).limit(bindparam("most", type_=Integer))


def first_due(site_id: str) -> ScalarSelect[int]:
    """Select when the next credit expires."""
    waiting = select(expiries.c.expires_at_ms).where(*_expiring(site_id))
    return waiting.order_by(expiries.c.expires_at_ms).limit(1).scalar_subquery()


def _expiring(site_id: str) -> tuple[ColumnElement[bool], ...]:
    """Select what had two notices and is not settled, unless its owner has an open claim."""
    asking_claims = select(claims.c.claim_id).where(
        claims.c.site_id == site_id,
        claims.c.outcome == OPEN,
        or_(claims.c.advocate_id == expiries.c.advocate_id, _one_person(site_id).exists()),
    )
    return (
        expiries.c.site_id == site_id,
        expiries.c.settled_at_ms.is_(None),
        expiries.c.second_at_ms.is_not(None),
        ~asking_claims.correlate(expiries).exists(),
    )


def _one_person(site_id: str) -> Select[tuple[str]]:
    """Match a claim and an expiry of one account under two ids; correlates both tables of the statements around it.

    By itself SQLAlchemy correlates only the nearest statement, so `expiries` would be read as a table of its own.
    """
    asking, having = accounts.alias(), accounts.alias()
    statement = select(asking.c.advocate_id).where(
        asking.c.site_id == site_id,
        having.c.site_id == site_id,
        asking.c.advocate_id == claims.c.advocate_id,
        having.c.advocate_id == expiries.c.advocate_id,
        asking.c.account_id == having.c.account_id,
    )
    return statement.correlate(claims, expiries)


def find(session: Session, site_id: str, subject: str) -> Expiry | None:
    """Return the notices behind a line with this subject: `expiry:<period>:<unit>:<advocate>`."""
    _, period, unit, advocate_id = subject.split(":", 3)
    return ExpiryBook(session, site_id).find(advocate_id, period, unit)


def told(session: Session, site_id: str, advocate_ids: Sequence[str]) -> list[Expiry]:
    """Return this person's notices that are not settled, the earliest first."""
    statement = select(expiries).where(
        expiries.c.site_id == site_id, expiries.c.advocate_id.in_(advocate_ids), expiries.c.settled_at_ms.is_(None)
    )
    return [Expiry(**row._mapping) for row in session.execute(statement.order_by(*expiries.primary_key.columns))]


def lots(
    session: Session,
    site_id: str,
    versions: Sequence[TermsVersion],
    advocate_ids: Sequence[str],
    times: Mapping[int, int] = MappingProxyType({}),
) -> list[Lot]:
    """Return this person's ready credit, with the time of the fact that ended its hold and the terms of its link.

    `times` has the times of facts whose numbers are not written yet.
    """
    same = and_(numbered.c.source == events.c.source, numbered.c.event_id == events.c.event_id)
    statement = (
        select(
            credits.c.unit,
            credits.c.amount_micros,
            credits.c.at_ms,
            credits.c.release_at_ms,
            issued_links.c.terms_version,
            conversions.c.frozen_seq,
            events.c.at_ms.label("frozen_at_ms"),
        )
        .outerjoin(conversions, _joins(conversions, "conversion_id", credits.c.conversion_id, site_id))
        .outerjoin(numbered, _joins(numbered, "seq", conversions.c.frozen_seq, site_id))
        .outerjoin(events, and_(events.c.site_id == site_id, same))
        .outerjoin(issued_links, _joins(issued_links, "share_id", credits.c.share_id, site_id))
        .where(credits.c.site_id == site_id, credits.c.recipient.in_(advocate_ids))
        .where(credits.c.ready.is_(True), credits.c.amount_micros > 0)
    )
    return [_lot(row, versions, times) for row in session.execute(statement)]


def _joins(table: Table, name: str, wanted: Column[Any], site_id: str) -> ColumnElement[bool]:
    return and_(table.c.site_id == site_id, table.c[name] == wanted)


def _lot(row: Row[*tuple[Any, ...]], versions: Sequence[TermsVersion], times: Mapping[int, int]) -> Lot:
    terms = versions[row.terms_version - 1] if row.terms_version else in_force(versions, row.at_ms)
    frozen_at_ms = row.frozen_at_ms or times.get(row.frozen_seq, row.at_ms)
    ready_at_ms = max(frozen_at_ms, row.release_at_ms or 0)
    return Lot(row.unit, row.amount_micros, ready_at_ms, terms.terms.expiry_months)


def ready_micros(session: Session, site_id: str, advocate_ids: Sequence[str]) -> dict[str, int]:
    """Return this person's available credit, by unit."""
    rows = session.execute(
        select(unit_totals.c.unit, func.sum(unit_totals.c.ready_micros).label("micros"))
        .where(unit_totals.c.site_id == site_id, unit_totals.c.recipient.in_(advocate_ids))
        .group_by(unit_totals.c.unit)
    )
    return {row.unit: int(row.micros) for row in rows}
