"""Upkeep: begin announced settings on their day, and delete evidence that is older than a site keeps it."""

import time

from passalong.core.attribution.allocate import DAY_MS
from passalong.flow.owners.idempotency import KEPT_MS
from passalong.flow.owners.settings import begin_due
from passalong.flow.shops.log import delete_old_deliveries
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.lib.rounds import Rounds
from passalong.lib.slices import next_size
from passalong.store import refusals, sites
from passalong.store.attached import attached_metadata
from passalong.store.engine import Database
from passalong.store.people import api_requests, proposals

EVERY_S = 30.0
FIRST_PART = 100
RETENTION_EVERY_MS = 3_600_000


class Upkeep:
    """A thread that looks twice a minute for settings that begin, and every hour for evidence that is too old."""

    def __init__(self, db: Database, clock: Clock):
        self._db = db
        self._clock = clock
        self._rounds = Rounds("upkeep", self.look, EVERY_S)
        self._deleted_at_ms = 0

    def start(self) -> None:
        """Start the thread."""
        self._rounds.start()

    def stop(self) -> None:
        """Finish the current round, then end."""
        self._rounds.stop()

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

    So are proposals; the texts of those that are over go now. The answers that are kept for repeated calls of the
    API go after a week. A removed site keeps none of them longer.
    """
    with db.reading() as session:
        retentions = sites.retentions(session)
    for site_id, days in retentions:
        with writing(db) as session:
            refusals.forget_before(session, site_id, now_ms - days * DAY_MS)
            proposals.expire(session, site_id, now_ms)
            proposals.forget_before(session, site_id, now_ms - days * DAY_MS)
            api_requests.forget_before(session, site_id, now_ms - KEPT_MS)
        sweep_metadata(db, site_id, now_ms)


def sweep_metadata(db: Database, site_id: str, now_ms: int) -> None:
    """Delete metadata of conversions that a crash kept from being recorded, after a day.

    A part is as large as the writer can settle in a slice, judged by the part before.
    """
    size, more, before_ms = FIRST_PART, True, now_ms - DAY_MS
    while more:
        with db.reading() as session:  # facts never change: looking for them needs no writer
            part = attached_metadata.waiting(session, site_id, before_ms, size)
        more = len(part) == size
        if part:
            with writing(db) as session:
                session.connection()  # waits for the writer, which the next size is not to be judged by
                began_s = time.monotonic()
                attached_metadata.settle(session, site_id, part, before_ms)
            size = next_size(size, attached_metadata.READ_AT_ONCE, time.monotonic() - began_s)
