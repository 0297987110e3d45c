"""How many people an advocate has reached: a rollup, so its cost does not grow with history."""

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from passalong.store.schema.advocates import advocate_totals


def people(session: Session, site_id: str, advocate_ids: Iterable[str]) -> int:
    """Return how many people came because of these advocates, who are one person."""
    conditions = advocate_totals.c.advocate_id.in_(sorted(advocate_ids))
    statement = select(func.sum(advocate_totals.c.people)).where(advocate_totals.c.site_id == site_id, conditions)
    return int(session.scalar(statement) or 0)
