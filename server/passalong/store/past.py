"""What happened in a span of time, for questions about the past: a draft of the terms, a report."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from passalong.store.conversions import Conversion
from passalong.store.read_models import conversions, refunds, visits
from passalong.store.visits import Visit


def conversions_since(session: Session, site_id: str, since_ms: int, until_ms: int) -> list[Conversion]:
    """The conversions of a time, both ends in, oldest first."""
    rows = session.execute(
        select(conversions)
        .where(conversions.c.site_id == site_id, conversions.c.at_ms >= since_ms, conversions.c.at_ms <= until_ms)
        .order_by(conversions.c.at_ms, conversions.c.conversion_id)
    )
    return [Conversion(**row._mapping) for row in rows]


def visits_since(session: Session, site_id: str, since_ms: int, until_ms: int) -> list[Visit]:
    """The visits of a time that no gate refused, both ends in, oldest first."""
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


def refunded_micros(session: Session, site_id: str, conversion_id: str) -> int:
    """How much of a conversion was given back, as far as it is folded."""
    found = select(func.sum(refunds.c.amount_micros)).where(
        refunds.c.site_id == site_id, refunds.c.conversion_id == conversion_id
    )
    return int(session.scalar(found) or 0)
