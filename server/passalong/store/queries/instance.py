"""Measures of the whole instance for monitoring: what waits at all sites. Counts have an end: a scrape is cheap."""

from msgspec import Struct
from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from passalong.store.schema.event_log import queue, set_aside, turns
from passalong.store.schema.people import mails
from passalong.store.schema.webhooks import webhook_deliveries, webhooks

MOST = 100_000
"""The highest number that is counted."""


class Measures(Struct, frozen=True):
    """The measures of one moment; `oldest_ms` is the time of the oldest fact that waits, `mail_ms` of the oldest mail
    that is due."""

    waiting: int
    oldest_ms: int | None
    set_aside: int
    mails: int
    mails_retried: int
    mail_ms: int | None
    leases: int
    deliveries: int
    webhooks_failing: int


def measure(session: Session, now_ms: int) -> Measures:
    """Measure the instance."""
    waiting = select(queue.c.at_ms).limit(MOST).subquery()
    aside = select(set_aside.c.site_id).limit(MOST).subquery()
    due = select(mails.c.at_ms, mails.c.attempts).where(mails.c.next_at_ms.is_not(None)).limit(MOST).subquery()
    retried = func.count().filter(due.c.attempts > 0)
    count, retries, mail_ms = session.execute(select(func.count(), retried, func.min(due.c.at_ms))).one()
    leases = select(func.count()).where(turns.c.until_ms > now_ms)
    failing = select(func.count()).where(webhooks.c.failing_since_ms.is_not(None))
    queued, oldest_ms = session.execute(select(func.count(), func.min(waiting.c.at_ms))).one()
    return Measures(
        waiting=queued,
        oldest_ms=oldest_ms,
        set_aside=session.scalar(select(func.count()).select_from(aside)) or 0,
        mails=count,
        mails_retried=retries,
        mail_ms=mail_ms,
        leases=session.scalar(leases) or 0,
        deliveries=_deliveries(session),
        webhooks_failing=session.scalar(failing) or 0,
    )


def _deliveries(session: Session) -> int:
    """Count the deliveries that are to be tried, webhook by webhook: there is an index for each."""
    same = (
        webhook_deliveries.c.site_id == webhooks.c.site_id,
        webhook_deliveries.c.webhook_id == webhooks.c.webhook_id,
    )
    to_try = select(webhook_deliveries.c.number).select_from(webhooks).join(webhook_deliveries, and_(*same))
    waiting = to_try.where(webhook_deliveries.c.next_at_ms.is_not(None)).limit(MOST).subquery()
    return session.scalar(select(func.count()).select_from(waiting)) or 0
