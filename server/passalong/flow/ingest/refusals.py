"""Count refused notes: anyone can send them for ever, so they become a counter and a few samples.

Refusals at the same time are counted in one transaction, and such transactions keep a distance from each other: however
many come, the facts of everybody else find the writer free.
"""

import secrets
import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from queue import SimpleQueue

from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.core.dates import day_of
from passalong.core.reasons import Reason
from passalong.flow.ingest.batching import gather
from passalong.flow.ingest.collector import ACK_S, QueueFullError
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.store import refusals
from passalong.store.engine import Database
from passalong.store.sites import Site

SAMPLES_AN_HOUR = 20
"""The number of samples of one kind and reason that the console shows in detail."""
MOST_WAITING = 1_000
GATHER_S = 0.1
"""How long more refusals are gathered: at most ten transactions a second."""


class Refused(Struct, frozen=True):
    """A refused note that is no fact; `detail` holds no token."""

    site: Site
    kind: str
    reason: Reason
    detail: str


class Refusals:
    """Counts refusals in a thread of its own, many at once. `offer` may be called from any thread."""

    def __init__(self, db: Database, clock: Clock):
        self._db = db
        self._clock = clock
        self._waiting: SimpleQueue[tuple[Refused, Future[None]] | None] = SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def record(self, refused: Refused) -> None:
        """Count a refusal and return after the commit. Raises QueueFullError and TimeoutError."""
        self.offer(refused).result(timeout=ACK_S)

    def offer(self, refused: Refused) -> Future[None]:
        """Queue a refusal; the future ends after the commit. Raises QueueFullError."""
        if self._waiting.qsize() >= MOST_WAITING:
            raise QueueFullError
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="refusals", daemon=True)
                self._thread.start()
        counted: Future[None] = Future()
        self._waiting.put((refused, counted))
        return counted

    def close(self) -> None:
        """Count what is queued, then stop."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join(timeout=10)

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            if self._waiting.qsize():
                time.sleep(GATHER_S)
            batch, ended = gather(self._waiting, first, MOST_WAITING)
            self._count(batch)
            if ended:
                return

    def _count(self, batch: Sequence[tuple[Refused, Future[None]]]) -> None:
        try:
            count_refusals(self._db, self._clock, [refused for refused, _ in batch])
        except Exception as error:
            for _, counted in batch:
                counted.set_exception(error)
        else:
            for _, counted in batch:
                counted.set_result(None)


def count_refusals(db: Database, clock: Clock, refusals: Iterable[Refused]) -> None:
    """Count refusals that are no facts; the first of each hour are stored as samples until `upkeep` deletes them."""
    now_ms = clock.now_ms()
    by_kind: dict[tuple[str, str, Reason], list[Refused]] = {}
    for refused in refusals:
        by_kind.setdefault((refused.site.site_id, refused.kind, refused.reason), []).append(refused)
    with writing(db) as session:
        for same in by_kind.values():
            _count_same(session, same, now_ms)


def _count_same(session: Session, same: Sequence[Refused], now_ms: int) -> None:
    refused = same[0]
    site_id, day = refused.site.site_id, day_of(now_ms, refused.site.time_zone)
    refusals.count(session, site_id, day, (refused.kind, refused.reason), len(same))
    if refused.reason is Reason.OPTED_OUT:
        return  # only a counter
    room = SAMPLES_AN_HOUR - refusals.samples_since(session, site_id, refused.kind, refused.reason, now_ms - 3_600_000)
    for sample in same[: max(0, room)]:
        detail = sample.detail.replace("\0", "")[:200]
        stored = refusals.Sample(now_ms, secrets.token_hex(8), refused.kind, refused.reason, detail)
        refusals.add_sample(session, site_id, stored)
