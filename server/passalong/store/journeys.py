"""Visits, conversions and refunds as the fold looks them up: by visitor, by visit, by what is due."""

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct, structs
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from passalong.store.engine import insert_new
from passalong.store.read_models import conversions, refunds, visits


class Visit(Struct, frozen=True):
    """One visit; `refused` is the reason that its fact carries."""

    site_id: str
    visit_id: str
    visitor_id: str
    share_id: str
    at_ms: int
    page_url: str
    refused: str | None


class Conversion(Struct, frozen=True):
    """One conversion, reported or met; `subject` names its receipt, `frozen_seq` the event that ended its hold."""

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
    release_at_ms: int | None = None
    frozen_seq: int | None = None
    counted: bool = False
    brought_micros: int = 0


def add_visit(session: Session, visit: Visit) -> None:
    """Record a visit."""
    session.execute(insert(visits).values(**structs.asdict(visit)))


def find_visit(session: Session, site_id: str, visit_id: str) -> Visit | None:
    """The visit of that id, if it was folded."""
    found = select(visits).where(visits.c.site_id == site_id, visits.c.visit_id == visit_id)
    row = session.execute(found).one_or_none()
    return None if row is None else Visit(**row._mapping)


def visits_of(
    session: Session, site_id: str, visitor_ids: Iterable[str], since_ms: int = 0, until_ms: int | None = None
) -> list[Visit]:
    """The visits of these visitors that no gate refused, both ends in, oldest first."""
    statement = select(visits).where(
        visits.c.site_id == site_id,
        visits.c.visitor_id.in_(sorted(visitor_ids)),
        visits.c.at_ms >= since_ms,
        visits.c.refused.is_(None),
    )
    if until_ms is not None:
        statement = statement.where(visits.c.at_ms <= until_ms)
    rows = session.execute(statement.order_by(visits.c.at_ms, visits.c.visit_id))
    return [Visit(**row._mapping) for row in rows]


def add_conversion(session: Session, conversion: Conversion) -> bool:
    """Record a conversion; True when its id was new."""
    return insert_new(session, conversions, **structs.asdict(conversion))


def change_conversion(session: Session, conversion: Conversion, **changes: Any) -> Conversion:
    """Change what is derived of a conversion; returns it as it is now."""
    session.execute(
        update(conversions)
        .where(conversions.c.site_id == conversion.site_id, conversions.c.conversion_id == conversion.conversion_id)
        .values(**changes)
    )
    return structs.replace(conversion, **changes)


def find_conversion(session: Session, site_id: str, conversion_id: str) -> Conversion | None:
    """The conversion of that id, if it was folded."""
    found = _conversions(session, site_id, conversions.c.conversion_id == conversion_id)
    return found[0] if found else None


def conversions_of_visitors(session: Session, site_id: str, visitor_ids: Iterable[str]) -> list[Conversion]:
    """The conversions of these visitors."""
    return _conversions(session, site_id, conversions.c.visitor_id.in_(sorted(visitor_ids)))


def conversions_of_visit(session: Session, site_id: str, visit_id: str) -> list[Conversion]:
    """The conversions whose code named this visit."""
    return _conversions(session, site_id, conversions.c.visit_id == visit_id)


def due(session: Session, site_id: str, at_ms: int) -> list[Conversion]:
    """The conversions whose hold has ended by that time and was not ended yet."""
    return _conversions(session, site_id, conversions.c.release_at_ms <= at_ms, conversions.c.frozen_seq.is_(None))


def next_due_ms(session: Session, site_id: str) -> int | None:
    """When the next hold ends."""
    first: int | None = session.scalar(
        select(func.min(conversions.c.release_at_ms)).where(
            conversions.c.site_id == site_id, conversions.c.frozen_seq.is_(None)
        )
    )
    return first


def _conversions(session: Session, site_id: str, *conditions: Any) -> list[Conversion]:
    rows = session.execute(
        select(conversions)
        .where(conversions.c.site_id == site_id, *conditions)
        .order_by(conversions.c.at_ms, conversions.c.conversion_id)
    )
    return [Conversion(**row._mapping) for row in rows]


def add_refund(
    session: Session, site_id: str, conversion_id: str, refund_id: str, at_ms: int, amount_micros: int
) -> None:
    """Record a refund; its conversion may still be to come."""
    session.execute(
        insert(refunds).values(
            site_id=site_id,
            conversion_id=conversion_id,
            refund_id=refund_id,
            at_ms=at_ms,
            amount_micros=amount_micros,
        )
    )


def refunded(session: Session, site_id: str, conversion_id: str) -> tuple[int, int | None]:
    """The sum of a conversion's refunds in micros, and the time of the last one."""
    row: Sequence[Any] = session.execute(
        select(func.coalesce(func.sum(refunds.c.amount_micros), 0), func.max(refunds.c.at_ms)).where(
            refunds.c.site_id == site_id, refunds.c.conversion_id == conversion_id
        )
    ).one()
    return int(row[0]), row[1]
