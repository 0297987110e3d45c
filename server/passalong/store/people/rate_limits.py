"""Rate limits, counted in the database, so that every process counts together."""

from functools import cache
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from passalong.store.engine import insert_on
from passalong.store.schema.people import attempts


def count_try(session: Session, site_id: str, bucket: str, window_ms: int, now_ms: int) -> int:
    """Count one try in the time window of `now_ms`; returns the new count."""
    begins_ms = now_ms - now_ms % window_ms
    row = {"site_id": site_id, "bucket": bucket, "window_ms": begins_ms, "tries": 1}
    return int(session.scalar(_count(session.get_bind().dialect.name), row) or 0)


@cache
def _count(dialect: str) -> Any:
    keys = [attempts.c.site_id, attempts.c.bucket, attempts.c.window_ms]
    statement = insert_on(dialect, attempts)
    upsert = statement.on_conflict_do_update(index_elements=keys, set_={"tries": attempts.c.tries + 1})
    return upsert.returning(attempts.c.tries)


def forget_old(session: Session, before_ms: int) -> None:
    """Delete counts of windows that began before that time."""
    session.execute(delete(attempts).where(attempts.c.window_ms < before_ms))
