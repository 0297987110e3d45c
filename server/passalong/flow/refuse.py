"""Counting what is refused at the door: anyone can send that for ever, so it becomes a counter and a few samples."""

import secrets

from passalong.clock import Clock
from passalong.core.days import day_of
from passalong.core.reasons import Reason
from passalong.flow.transaction import writing
from passalong.store import refusals
from passalong.store.engine import Database
from passalong.store.sites import Site

SAMPLES_AN_HOUR = 20
"""How many refusals of one kind and reason the inspector shows in detail."""
KEEP_MS = 30 * 86_400_000


def count_refusal(db: Database, clock: Clock, site: Site, kind: str, reason: Reason, detail: str) -> None:
    """Count a refusal that is no fact; an hour's first are kept as samples, for 30 days. `detail` holds no token."""
    now_ms = clock.now_ms()
    with writing(db) as session:
        day = day_of(now_ms, site.time_zone)
        refusals.count(session, site.site_id, day, kind, reason)
        if reason is Reason.OPTED_OUT:
            return  # a counter and nothing else
        if refusals.samples_since(session, site.site_id, kind, reason, now_ms - 3_600_000) < SAMPLES_AN_HOUR:
            refusals.add_sample(
                session, site.site_id, now_ms, secrets.token_hex(8), kind, reason, detail.replace("\0", "")[:200]
            )
        refusals.forget_before(session, site.site_id, now_ms - KEEP_MS)
