"""Credit that is going to expire: what is ready since when, what its owner was told of it, and what became of that."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from msgspec import Struct, structs
from sqlalchemy import Column, ColumnElement, Row, Select, Table, and_, func, literal, or_, select
from sqlalchemy.orm import Session

from passalong.core.expiry import Lot
from passalong.store import bulk
from passalong.store.claims import OPEN
from passalong.store.read_models import claims, conversions, credits, expiries, identities, unit_totals
from passalong.store.sites import TermsVersion, in_force
from passalong.store.tables import events, issued_links, numbered

MOST_EXPIRING = 100


class Expiry(Struct, frozen=True):
    """What an advocate was told of one period and unit; settled once its time came, by what was taken then."""

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


class ExpiryBook:
    """What was told of credit that expires, as one slice of work has read and changed it."""

    def __init__(self, session: Session, site_id: str):
        self._session = session
        self._site_id = site_id
        self._changed: dict[tuple[str, str, str], Expiry] = {}

    def find(self, advocate_id: str, period: str, unit: str) -> Expiry | None:
        """What was told of this period and unit."""
        known = self._changed.get((advocate_id, period, unit))
        if known is not None:
            return known
        mine = (expiries.c.site_id == self._site_id, expiries.c.advocate_id == advocate_id)
        asked = (expiries.c.period == period, expiries.c.unit == unit)
        row = self._session.execute(select(expiries).where(*mine, *asked)).one_or_none()
        return None if row is None else Expiry(**row._mapping)

    def put(self, expiry: Expiry) -> None:
        """Keep it as it stands now."""
        self._changed[expiry.advocate_id, expiry.period, expiry.unit] = expiry

    def due(self, at_ms: int) -> list[Expiry]:
        """What expires by that time, the first first; claims must be flushed."""
        self.flush()
        return due(self._session, self._site_id, at_ms)

    def lots(self, versions: Sequence[TermsVersion], mine: Sequence[str], times: Mapping[int, int]) -> list[Lot]:
        """What of this person's is ready, since when; credits and conversions must be flushed."""
        return lots(self._session, self._site_id, versions, mine, times)

    def flush(self) -> None:
        """Write what was changed."""
        bulk.upsert(self._session, expiries, [structs.asdict(self._changed[key]) for key in sorted(self._changed)])
        self._changed.clear()


def due(session: Session, site_id: str, at_ms: int, limit: int = MOST_EXPIRING) -> list[Expiry]:
    """What expires by that time and was told of twice; not while its owner has a question open."""
    asked = select(claims.c.claim_id).where(
        claims.c.site_id == site_id,
        claims.c.outcome == OPEN,
        or_(claims.c.advocate_id == expiries.c.advocate_id, _one_person(site_id).exists()),
    )
    statement = (
        select(expiries)
        .where(expiries.c.site_id == site_id, expiries.c.settled_at_ms.is_(None), expiries.c.expires_at_ms <= at_ms)
        .where(expiries.c.second_at_ms.is_not(None), ~asked.exists())
        .order_by(expiries.c.expires_at_ms, expiries.c.advocate_id, expiries.c.period, expiries.c.unit)
    )
    return [Expiry(**row._mapping) for row in session.execute(statement.limit(limit))]


def _one_person(site_id: str) -> Select[tuple[str]]:
    """Whoever asks and whoever it expires for, where they are one person under two ids."""
    asking, having = identities.alias(), identities.alias()
    return select(asking.c.identity).where(
        asking.c.site_id == site_id,
        having.c.site_id == site_id,
        asking.c.identity == literal("a:") + claims.c.advocate_id,
        having.c.identity == literal("a:") + expiries.c.advocate_id,
        asking.c.person == having.c.person,
    )


def find(session: Session, site_id: str, subject: str) -> Expiry | None:
    """What was told of what became a line with this subject: `expiry:<period>:<unit>:<advocate>`."""
    _, period, unit, advocate_id = subject.split(":", 3)
    return ExpiryBook(session, site_id).find(advocate_id, period, unit)


def told(session: Session, site_id: str, mine: Sequence[str]) -> list[Expiry]:
    """What this person was told of and is not settled, the first first."""
    statement = select(expiries).where(
        expiries.c.site_id == site_id, expiries.c.advocate_id.in_(mine), expiries.c.settled_at_ms.is_(None)
    )
    return [Expiry(**row._mapping) for row in session.execute(statement.order_by(*expiries.primary_key.columns))]


def lots(
    session: Session,
    site_id: str,
    versions: Sequence[TermsVersion],
    mine: Sequence[str],
    times: Mapping[int, int] = MappingProxyType({}),
) -> list[Lot]:
    """What of this person's is ready, since the fact that ended its hold, under the terms of the link it came by.

    `times` has the times of facts whose numbers are not written yet.
    """
    same = and_(numbered.c.source == events.c.source, numbered.c.event_id == events.c.event_id)
    statement = (
        select(
            credits.c.unit,
            credits.c.amount_micros,
            credits.c.at_ms,
            issued_links.c.terms_version,
            conversions.c.frozen_seq,
            events.c.at_ms.label("frozen_at_ms"),
        )
        .outerjoin(conversions, _joins(conversions, "conversion_id", credits.c.conversion_id, site_id))
        .outerjoin(numbered, _joins(numbered, "seq", conversions.c.frozen_seq, site_id))
        .outerjoin(events, and_(events.c.site_id == site_id, same))
        .outerjoin(issued_links, _joins(issued_links, "share_id", credits.c.share_id, site_id))
        .where(credits.c.site_id == site_id, credits.c.recipient.in_(mine))
        .where(credits.c.ready.is_(True), credits.c.amount_micros > 0)
    )
    return [_lot(row, versions, times) for row in session.execute(statement)]


def _joins(table: Table, name: str, wanted: Column[Any], site_id: str) -> ColumnElement[bool]:
    return and_(table.c.site_id == site_id, table.c[name] == wanted)


def _lot(row: Row[*tuple[Any, ...]], versions: Sequence[TermsVersion], times: Mapping[int, int]) -> Lot:
    kept = versions[row.terms_version - 1] if row.terms_version else in_force(versions, row.at_ms)
    ready_at_ms = row.frozen_at_ms or times.get(row.frozen_seq, row.at_ms)
    return Lot(row.unit, row.amount_micros, ready_at_ms, kept.terms.expiry_months)


def ready_micros(session: Session, site_id: str, mine: Sequence[str]) -> dict[str, int]:
    """What this person could use now, by unit."""
    rows = session.execute(
        select(unit_totals.c.unit, func.sum(unit_totals.c.ready_micros).label("micros"))
        .where(unit_totals.c.site_id == site_id, unit_totals.c.recipient.in_(mine))
        .group_by(unit_totals.c.unit)
    )
    return {row.unit: int(row.micros) for row in rows}
