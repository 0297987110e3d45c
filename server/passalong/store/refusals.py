"""Refused notes: counters by day, and samples for the console."""

from collections.abc import Sequence

from msgspec import Struct, structs
from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from passalong.store import bulk
from passalong.store.schema.refusals import refusal_counts, refusals


class Sample(Struct, frozen=True):
    """One refused note, stored for the console."""

    at_ms: int
    refusal_id: str
    kind: str
    reason: str
    detail: str


def count(session: Session, site_id: str, day: str, same: tuple[str, str], events: int) -> None:
    """Add to a day's count of refusals of the same (kind, reason)."""
    bulk.add_up(session, refusal_counts, {(site_id, day, *same): {"events": events}})


def samples_since(session: Session, site_id: str, kind: str, reason: str, since_ms: int) -> int:
    """Count the samples of that kind and reason stored since then."""
    statement = (
        select(func.count())
        .select_from(refusals)
        .where(
            refusals.c.site_id == site_id,
            refusals.c.at_ms > since_ms,
            refusals.c.kind == kind,
            refusals.c.reason == reason,
        )
    )
    return session.scalar(statement) or 0


def add_sample(session: Session, site_id: str, sample: Sample) -> None:
    """Store one refusal as a sample."""
    session.execute(insert(refusals).values(site_id=site_id, **structs.asdict(sample)))


def latest_details(session: Session, site_id: str, kind: str, reason: str, limit: int) -> Sequence[str]:
    """Return the details of the newest samples of that kind and reason, each once, the newest first."""
    conditions = (refusals.c.site_id == site_id, refusals.c.kind == kind, refusals.c.reason == reason)
    newest = (
        select(refusals.c.detail).where(*conditions).order_by(refusals.c.at_ms.desc(), refusals.c.refusal_id.desc())
    )
    return list(dict.fromkeys(session.scalars(newest.limit(limit))))


def forget_before(session: Session, site_id: str, before_ms: int) -> None:
    """Delete old samples: a detail may hold a user agent."""
    session.execute(delete(refusals).where(refusals.c.site_id == site_id, refusals.c.at_ms < before_ms))
