"""Upkeep: begin announced settings on their day, and delete evidence that is older than a site keeps it."""

import threading

import structlog

from passalong.core.attribution.allocate import DAY_MS
from passalong.flow.owners.idempotency import KEPT_MS
from passalong.flow.owners.settings import begin_due
from passalong.flow.shops.log import delete_old_deliveries
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.store import refusals, sites
from passalong.store.engine import Database
from passalong.store.people import api_requests, proposals

EVERY_S = 30.0
RETENTION_EVERY_MS = 3_600_000
log = structlog.get_logger()


class Upkeep:
    """A thread that looks twice a minute for settings that begin, and every hour for evidence that is too old."""

    def __init__(self, db: Database, clock: Clock):
        self._db = db
        self._clock = clock
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)
        self._deleted_at_ms = 0

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the current round, then end."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.look()
            except Exception:  # the database is away: it is all done next time
                log.exception("upkeep failed; it is tried again")
            self._stop.wait(EVERY_S)

    def look(self) -> None:
        """Begin settings that are due; once an hour, delete what is too old."""
        begin_due(self._db, self._clock)
        now_ms = self._clock.now_ms()
        if now_ms - self._deleted_at_ms >= RETENTION_EVERY_MS:
            delete_old_evidence(self._db, now_ms)
            delete_old_deliveries(self._db, now_ms)
            self._deleted_at_ms = now_ms


def delete_old_evidence(db: Database, now_ms: int) -> None:
    """Delete the samples of refused requests, which may hold a user agent, after each site's `retention_days`.

    So are proposals; the texts of those that have expired go now. The answers that are kept for repeated calls of the
    API go after a week. A removed site keeps none of them longer.
    """
    with db.reading() as session:
        found = sites.retentions(session)
    for site_id, days in found:
        with writing(db) as session:
            refusals.forget_before(session, site_id, now_ms - days * DAY_MS)
            proposals.expire(session, site_id, now_ms)
            proposals.forget_before(session, site_id, now_ms - days * DAY_MS)
            api_requests.forget_before(session, site_id, now_ms - KEPT_MS)
