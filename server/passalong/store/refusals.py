"""What was refused at the door: counters by day, and samples that the inspector shows."""

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from passalong.store import bulk
from passalong.store.tables import refusal_counts, refusals


def count(session: Session, site_id: str, day: str, kind: str, reason: str, events: int) -> None:
    """Count so many refusals of that day."""
    bulk.add_up(session, refusal_counts, {(site_id, day, kind, reason): {"events": events}})


def samples_since(session: Session, site_id: str, kind: str, reason: str, since_ms: int) -> int:
    """How many samples of that kind and reason were kept since then."""
    found = (
        select(func.count())
        .select_from(refusals)
        .where(
            refusals.c.site_id == site_id,
            refusals.c.at_ms > since_ms,
            refusals.c.kind == kind,
            refusals.c.reason == reason,
        )
    )
    return session.scalar(found) or 0


def add_sample(
    session: Session, site_id: str, at_ms: int, refusal_id: str, kind: str, reason: str, detail: str
) -> None:
    """Keep one refusal for the inspector."""
    session.execute(
        insert(refusals).values(
            site_id=site_id, at_ms=at_ms, refusal_id=refusal_id, kind=kind, reason=reason, detail=detail
        )
    )


def forget_before(session: Session, site_id: str, before_ms: int) -> None:
    """Delete old samples: a detail may hold a user agent."""
    session.execute(delete(refusals).where(refusals.c.site_id == site_id, refusals.c.at_ms < before_ms))
