"""The plan of a month's closing: its facts in the order of recording, written and taken a few at a time.

A plan that was written to its end has a marker, which goes with its last facts: one without it was interrupted while
it was written, and none of it is on record.
"""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct, structs
from sqlalchemy import ScalarSelect, String, bindparam, delete, func, select
from sqlalchemy.orm import Session

from passalong.store import bulk
from passalong.store.schema.pool_plans import pool_plans

COMPLETE = -1
"""The number of the marker."""


class PlannedFact(Struct, frozen=True):
    """One fact of a plan: its place in it, the id of its event, and the fact as it will be stored."""

    number: int
    event_id: str
    fact: str


def add(session: Session, site_id: str, facts: Sequence[PlannedFact]) -> None:
    """Add facts to the plan; their numbers must be new."""
    bulk.insert_all(session, pool_plans, [{"site_id": site_id, **structs.asdict(fact)} for fact in facts])


def complete(session: Session, site_id: str) -> None:
    """Mark the plan as written to its end."""
    add(session, site_id, [PlannedFact(COMPLETE, "", "")])


def first_number(site_id: Any) -> ScalarSelect[int | None]:
    """Select the lowest number of the plan: `COMPLETE` while facts wait to be recorded, None without a plan."""
    return select(func.min(pool_plans.c.number)).where(pool_plans.c.site_id == site_id).scalar_subquery()


_FIRST = select(first_number(bindparam("of_site", type_=String)))


def is_complete(session: Session, site_id: str) -> bool:
    """Return True while facts of a complete plan wait to be recorded."""
    return session.scalar(_FIRST, {"of_site": site_id}) == COMPLETE


def take(session: Session, site_id: str, most: int) -> list[PlannedFact]:
    """Take the first facts out of the plan, at most so many; the marker goes with the last ones."""
    columns = [pool_plans.c[name] for name in PlannedFact.__struct_fields__]
    waiting = select(*columns).where(pool_plans.c.site_id == site_id, pool_plans.c.number > COMPLETE)
    rows = session.execute(waiting.order_by(pool_plans.c.number).limit(most + 1)).all()
    facts = [PlannedFact(**row._mapping) for row in rows[:most]]
    first = COMPLETE if len(rows) <= most else COMPLETE + 1
    last = facts[-1].number if facts else COMPLETE
    gone = (pool_plans.c.site_id == site_id, pool_plans.c.number.between(first, last))
    session.execute(delete(pool_plans).where(*gone))
    return facts
