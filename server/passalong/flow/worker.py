"""The folding worker: sleeps until facts come in or a hold ends, then folds in short slices."""

import os
import secrets
import socket
import threading
import time
from collections.abc import Mapping

import structlog
from sqlalchemy.orm import Session

from passalong.clock import Clock
from passalong.core.facts import ClockTicked, Event, input_hash
from passalong.flow.collect import Busy, Collector
from passalong.flow.fold import SLICE, fold_site
from passalong.flow.wake import Listener
from passalong.store import claims, conversions, durability, event_log, expiries, pools, sites
from passalong.store.engine import Database
from passalong.store.sites import Site

LOOK_AGAIN_S = 30.0
"""How often holds are looked at, and facts that another process took in."""

AFTER_FAILURE_S = 1.0
WARN_S = 3_600.0
PATIENCE = 5
"""In a process that also collects, folding takes at most one part in six of the time while notes come in."""
LONGEST_PAUSE_S = 1.0
LONGEST_SLICE_S = 0.1
"""On SQLite notes wait while a slice is folded: while they come in, slices that take longer are halved."""
FEWEST = 10
LARGE_SLICE = 5 * SLICE
"""Where collecting needs no lock of the fold's: a slice of any size takes the same forty round trips."""
RELEASES = 100
"""How many holds one tick ends: months end at once, and on SQLite notes wait while a tick is folded."""
LONGEST_WAIT_S = 0.2
"""How long a note may wait to be written before others are told to come again."""

log = structlog.get_logger()


class Worker:
    """One thread that folds. `wake` may be called from any thread, as often as one likes."""

    def __init__(self, db: Database, clock: Clock):
        self._db = db
        self._clock = clock
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._warn_at_s = 0.0
        self._largest = SLICE if db.is_sqlite else LARGE_SLICE
        self._slice = self._largest
        self.name = f"{socket.gethostname()[:24]}:{os.getpid()}:{secrets.token_hex(4)}"
        self.collector = Collector(db, clock, self.wake, LONGEST_WAIT_S)
        self._listener = Listener(db.writer, self.wake)

    def start(self) -> None:
        """Begin folding in a thread."""
        self._thread = threading.Thread(target=self._run, name="fold", daemon=True)
        self._thread.start()
        self._listener.start()

    def wake(self) -> None:
        """There is something to fold."""
        self._wake.set()

    def stop(self) -> None:
        """Finish the slice at hand, then end."""
        self._stop.set()
        self._wake.set()
        self._listener.stop()
        if self._thread is not None:
            self._thread.join(timeout=10)
        self.collector.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            try:
                self._warn()
                self.fold_all()
            except Exception:
                log.exception("folding failed; it is tried again")
                self._stop.wait(AFTER_FAILURE_S)
                self._wake.set()
            self._wake.wait(LOOK_AGAIN_S)

    def _warn(self) -> None:
        """Say at the start, and every hour, under which settings of the database facts could be lost."""
        if time.monotonic() >= self._warn_at_s:
            self._warn_at_s = time.monotonic() + WARN_S
            for weakness in durability.weaknesses(self._db):
                log.warning("acknowledged facts can be lost", because=weakness)

    def fold_all(self) -> int:
        """Fold until nothing is left, ending the holds that are due; returns how many facts it was."""
        folded = self._fold_waiting()
        ticked: dict[str, int] = {}
        while not self._stop.is_set() and (new := tick(self._db, self._clock, self.collector, ticked)):
            ticked |= new
            folded += self._fold_waiting()
        return folded

    def _fold_waiting(self) -> int:
        folded = 0
        while not self._stop.is_set():
            with self._db.reading() as session:
                waiting = event_log.waiting_sites(session)
            done = sum(self._fold_slice(site_id) for site_id in waiting)
            folded += done
            if not done:
                break
        return folded

    def _fold_slice(self, site_id: str) -> int:
        """Fold one slice, then make room for as long again, and more, while notes are coming in."""
        began, taken = time.monotonic(), self.collector.taken
        done = fold_site(self._db, site_id, self._slice, self.name)
        took_s = time.monotonic() - began
        if self.collector.taken == taken:
            self._slice = self._largest
        else:
            self._slice = (
                max(FEWEST, self._slice // 2) if took_s > LONGEST_SLICE_S else min(self._largest, self._slice * 2)
            )
            self._stop.wait(min(PATIENCE * took_s, LONGEST_PAUSE_S))
        return done


def tick(db: Database, clock: Clock, collector: Collector, after: Mapping[str, int]) -> dict[str, int]:
    """Put the passing of time on record for every site with a hold, a promise or credit that has ended, or a pool due.

    Returns those sites with the number of their last folded event. Sites that have folded nothing since `after`, what
    an earlier call returned, are left alone: their tick is still to be folded, or could not be.
    """
    now_ms = clock.now_ms()
    with db.reading() as session:
        due = {
            site.site_id: event_log.last_seq(session, site.site_id)
            for site in sites.all_sites(session)
            if _is_due(session, site, now_ms)
        }
    moved = {site_id: seq for site_id, seq in due.items() if seq != after.get(site_id)}
    for site_id, seq in moved.items():
        fact = ClockTicked(most=RELEASES)
        event = Event(site_id, "clock", f"{now_ms}.{seq}", now_ms, input_hash(at=now_ms, most=RELEASES), fact)
        try:
            collector.offer(event).result(timeout=30)
        except Busy:
            return {}
    return moved


def _is_due(session: Session, site: Site, now_ms: int) -> bool:
    dues = (conversions.next_due_ms(session, site.site_id), claims.next_due_ms(session, site.site_id))
    if any(due_ms is not None and due_ms <= now_ms for due_ms in dues):
        return True
    if expiries.due(session, site.site_id, now_ms, 1):
        return True
    return pools.closable(session, site.site_id, site.time_zone, now_ms)
