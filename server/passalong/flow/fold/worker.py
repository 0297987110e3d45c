"""The folding worker: sleeps until facts arrive or a hold ends, then folds in short slices."""

import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import structlog
from sqlalchemy.orm import Session

from passalong.core.facts import ClockTicked, input_hash
from passalong.flow.fold import pool_closing
from passalong.flow.fold.failures import Failures
from passalong.flow.fold.fold import SLICE, fold_site
from passalong.flow.fold.pace import Pace
from passalong.flow.ingest.collector import Collector, QueueFullError
from passalong.flow.ingest.notify import Listener
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.store import durability, event_log, sites
from passalong.store.engine import Database
from passalong.store.queries import due
from passalong.store.sites import Site

LOOK_AGAIN_S = 30.0
"""The interval of looking at holds, and at facts that another process recorded."""

AFTER_FAILURE_S = 1.0
WARN_S = 3_600.0
LARGE_SLICE = 5 * SLICE
"""If collecting needs no lock of the fold's: a slice of any size takes the same forty round trips."""
LARGE_SLICE_S = 0.1
"""How long such a slice may take while notes arrive: those round trips alone take 10 to 25 ms."""
RELEASES = 50
"""The number of holds that one tick ends: months end at once, and on SQLite notes wait while a tick is folded."""
QUIET_RELEASES = 200
"""The number if no note came since the last tick: a tick of any size takes the same forty statements, and a note that
comes meanwhile waits a third of `LONGEST_WAIT_S`."""
LONGEST_WAIT_S = 0.2
"""How long a note may wait to be written before further notes get 503."""

log = structlog.get_logger()


class Worker:
    """One folding thread. `wake` may be called from any thread, as often as needed."""

    def __init__(self, db: Database, clock: Clock):
        self._db = db
        self._clock = clock
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._warn_at_s = 0.0
        self._pace = Pace(SLICE) if db.is_sqlite else Pace(LARGE_SLICE, LARGE_SLICE_S)
        self._taken = 0
        self._failures = Failures()
        self.name = f"{socket.gethostname()[:24]}:{os.getpid()}:{secrets.token_hex(4)}"
        self.collector = Collector(db, clock, self.wake, LONGEST_WAIT_S)
        self._listener = Listener(db.writer, self.wake)

    def start(self) -> None:
        """Start the folding thread."""
        self._thread = threading.Thread(target=self._run, name="fold", daemon=True)
        self._thread.start()
        self._listener.start()

    def wake(self) -> None:
        """Wake the thread: there is something to fold."""
        self._wake.set()

    def stop(self) -> None:
        """Finish the current slice, then stop."""
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
            self._wake.wait(min(LOOK_AGAIN_S, self._failures.next_s()))

    def _warn(self) -> None:
        """Warn at the start, and every hour, about database settings under which facts could be lost."""
        if time.monotonic() >= self._warn_at_s:
            self._warn_at_s = time.monotonic() + WARN_S
            for weakness in durability.weaknesses(self._db):
                log.warning("acknowledged facts can be lost", because=weakness)

    def fold_all(self) -> int:
        """Fold until nothing is left, ending due holds; returns the number of events folded.

        Holds end between the slices: where notes never cease, something is always left.
        """
        folded, ticked = 0, dict[str, Ticked]()
        while not self._stop.is_set():
            round_size = sum(self._fold_slice(site_id) for site_id in self._waiting_sites())
            new = tick(self._db, self._clock, self.collector, ticked, self._releases())
            if not round_size and not new:
                break
            ticked |= new
            folded += round_size
        return folded

    def _releases(self) -> int:
        """Return how many holds the next tick may end."""
        taken_before, self._taken = self._taken, self.collector.taken
        return QUIET_RELEASES if self._taken == taken_before else RELEASES

    def _waiting_sites(self) -> Iterator[str]:
        """Yield once each site that has something to fold, without those that failed a moment ago."""
        site_id: str | None = ""
        while site_id is not None and not self._stop.is_set():
            with self._db.reading() as session:
                site_id = event_log.next_waiting_site(session, site_id)
            if site_id and self._failures.may_try(site_id):
                yield site_id

    def _fold_slice(self, site_id: str) -> int:
        """Fold one slice, then pause for at least as long while notes arrive."""
        began_s = time.monotonic()
        round_size = self._fold_site(site_id)
        ended_s = time.monotonic()
        notes, backlog = self.collector.taken, self.collector.waiting
        self._stop.wait(self._pace.pause_s(round_size, ended_s - began_s, ended_s, notes=notes, backlog=backlog))
        return round_size

    def _fold_site(self, site_id: str) -> int:
        """Fold one slice. A failure is logged and retried later; it never stops another site."""
        try:
            round_size = fold_site(self._db, site_id, self._pace.size, self.name)
        except Exception:
            self._failures.add(site_id)
            log.exception("folding a site failed; it is tried again", site=site_id)
            return 0
        self._failures.forget(site_id)
        return round_size


class Ticked(NamedTuple):
    """The state of a site when its tick was recorded: its last folded event, and the time."""

    seq: int
    at_ms: int


def tick(
    db: Database, clock: Clock, collector: Collector, after: Mapping[str, Ticked], most: int = RELEASES
) -> dict[str, Ticked]:
    """Record the passing of time for every site with a due hold, claim, expiry or pool; a tick ends `most` holds.

    Returns those sites. Sites whose tick in `after`, the result of earlier calls, is still to be folded, or could not
    be, are skipped.
    """
    now_ms = clock.now_ms()
    with db.reading() as session:
        due_sites = due.due_sites(session, now_ms)
        site_ids = [(site_id, seq) for site_id, seq in due_sites if not _is_pending(session, site_id, seq, after)]
    moved: dict[str, Ticked] = {}
    for site_id, seq in site_ids:
        if (site := _due_site(db, site_id, seq, now_ms)) is None:
            continue
        if not pool_closing.record(db, site, now_ms):
            fact = ClockTicked(most=most, closes_pools=False)
            try:
                collector.record(site_id, "clock", f"{now_ms}.{seq}", fact, input_hash(at=now_ms, most=most))
            except QueueFullError:
                return moved
        moved[site_id] = Ticked(seq, clock.now_ms())
    return moved


def _is_pending(session: Session, site_id: str, seq: int, after: Mapping[str, Ticked]) -> bool:
    """Return True while the site's last tick was not folded: nothing was, or what waits is older."""
    last = after.get(site_id)
    if last is None:
        return False
    waiting = event_log.next_key(session, site_id)
    return seq == last.seq or (waiting is not None and waiting.at_ms <= last.at_ms)


def _due_site(db: Database, site_id: str, last_seq: int, now_ms: int) -> Site | None:
    """Return the site if time really brings something: a kept moment is too early when a time zone changed."""
    with db.reading() as session:
        site = sites.find_site(session, site_id)
        due_ms = due.next_due_ms(session, site_id, site.zones, now_ms) if site else None
    if due_ms is not None and due_ms <= now_ms:
        return site
    with writing(db) as session:
        due.correct(session, site_id, last_seq, due_ms)
    return None
