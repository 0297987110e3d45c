"""Measures of what waits at a site, for its health page: facts to be counted, mails to be sent; counts have an end."""

from msgspec import Struct
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from passalong.store.schema.event_log import queue
from passalong.store.schema.people import mails

GIVEN_UP = "given up: %"


def queued(session: Session, site_id: str, most: int) -> tuple[int, int]:
    """Return how many facts wait, at most `most`, and the time of the oldest (0 without any)."""
    oldest = select(queue.c.at_ms).where(queue.c.site_id == site_id)
    waiting = oldest.order_by(queue.c.at_ms, queue.c.source, queue.c.event_id).limit(most).subquery()
    count, oldest_ms = session.execute(select(func.count(), func.min(waiting.c.at_ms))).one()
    return int(count), int(oldest_ms or 0)


class MailTrouble(Struct, frozen=True):
    """How many of the latest mails wait to be sent, how many of these failed twice, and how many were given up."""

    waiting: int
    retried: int
    given_up: int


def mail_trouble(session: Session, site_id: str, since_ms: int, most: int) -> MailTrouble:
    """Count the latest mails; one failure is none, because mail servers turn strangers away for a minute."""
    conditions = (mails.c.site_id == site_id, mails.c.at_ms >= since_ms)
    newest = select(mails.c.next_at_ms, mails.c.attempts, mails.c.error).where(*conditions)
    latest = newest.order_by(mails.c.at_ms.desc(), mails.c.mail_id.desc()).limit(most).subquery()
    waits = latest.c.next_at_ms.is_not(None)
    fails = waits & (latest.c.attempts > 1) & (latest.c.error != "")
    counts = [func.count().filter(condition) for condition in (waits, fails, latest.c.error.like(GIVEN_UP))]
    waiting, retried, given_up = session.execute(select(counts[0], counts[1], counts[2]).select_from(latest)).one()
    return MailTrouble(int(waiting), int(retried), int(given_up))


def database_time_ms(session: Session) -> int | None:
    """Return the time of a database server; None for SQLite, which has no clock of its own."""
    if session.get_bind().dialect.name == "sqlite":
        return None
    return int(session.execute(text("SELECT extract(epoch FROM clock_timestamp()) * 1000")).scalar_one())
