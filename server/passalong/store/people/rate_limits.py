"""Rate limits, counted in the database, so that every process counts together."""

from sqlalchemy import delete
from sqlalchemy.orm import Session

from passalong.store.engine import insert
from passalong.store.schema.people import attempts


def count_try(session: Session, site_id: str, bucket: str, window_ms: int, now_ms: int) -> int:
    """Count one try in the time window of `now_ms`; returns the new count."""
    begins_ms = now_ms - now_ms % window_ms
    statement = insert(session, attempts).values(site_id=site_id, bucket=bucket, window_ms=begins_ms, tries=1)
    keys = [attempts.c.site_id, attempts.c.bucket, attempts.c.window_ms]
    counted = statement.on_conflict_do_update(index_elements=keys, set_={"tries": attempts.c.tries + 1})
    return int(session.scalar(counted.returning(attempts.c.tries)) or 0)


def forget_old(session: Session, before_ms: int) -> None:
    """Delete counts of windows that began before that time."""
    session.execute(delete(attempts).where(attempts.c.window_ms < before_ms))
