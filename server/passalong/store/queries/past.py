"""Conversions and visits of a time span, for drafts of terms and reports."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from passalong.store.books.conversions import Conversion
from passalong.store.books.visits import Visit
from passalong.store.schema.conversions import conversions
from passalong.store.schema.visits import visits


def conversions_since(session: Session, site_id: str, since_ms: int, until_ms: int) -> list[Conversion]:
    """Return the conversions of a time span (both ends included), oldest first."""
    rows = session.execute(
        select(conversions)
        .where(conversions.c.site_id == site_id, conversions.c.at_ms >= since_ms, conversions.c.at_ms <= until_ms)
        .order_by(conversions.c.at_ms, conversions.c.conversion_id)
    )
    return [Conversion(**row._mapping) for row in rows]


def visits_since(session: Session, site_id: str, since_ms: int, until_ms: int) -> list[Visit]:
    """Return the visits of a time span (both ends included) that no gate refused, oldest first."""
    rows = session.execute(
        select(visits)
        .where(
            visits.c.site_id == site_id,
            visits.c.at_ms >= since_ms,
            visits.c.at_ms <= until_ms,
            visits.c.refused.is_(None),
        )
        .order_by(visits.c.at_ms, visits.c.visit_id)
    )
    return [Visit(**row._mapping) for row in rows]
