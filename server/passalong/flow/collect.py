"""Collecting: facts that arrive together share one transaction and one fsync; each is acknowledged after the commit.

Threads offer events and wait for their outcome. One thread writes: it takes all that has gathered, drops what is
already recorded, inserts the rest with its queue rows, commits, and answers. The queue is bounded; beyond it, `Busy`.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from enum import Enum
from queue import Empty, SimpleQueue

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.exc import IntegrityError

from passalong.clock import Clock
from passalong.core.facts import Event
from passalong.flow.transaction import writing
from passalong.store import event_log
from passalong.store.engine import Database

MOST_WAITING = 5_000
MOST_IN_BATCH = 500


class Kept(Enum):
    """What became of an offered event."""

    NEW = "new"
    DUPLICATE = "duplicate"
    CONFLICT = "id_conflict"


class Busy(Exception):
    """More is waiting than can be written soon: come again, with the same id."""


class _Waiting(Struct):
    event: Event
    outcome: Future[Kept]


class Collector:
    """The one door through which facts come in. `on_commit` is called after each batch, to wake the folding worker."""

    def __init__(self, db: Database, clock: Clock, on_commit: Callable[[], None] = lambda: None):
        self._db = db
        self._clock = clock
        self._on_commit = on_commit
        self._waiting: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._last_at_ms: dict[str, int] = {}
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._closed = False

    def offer(self, event: Event) -> Future[Kept]:
        """Hand in an event (its `at_ms` is set here); the future ends after the commit. Raises Busy."""
        if self._closed or self._waiting.qsize() >= MOST_WAITING:
            raise Busy
        self._start()
        waiting = _Waiting(event, Future())
        self._waiting.put(waiting)
        return waiting.outcome

    def close(self) -> None:
        """Write what is waiting, then stop."""
        self._closed = True
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join(timeout=10)

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="collect", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            batch, ended = self._gather(first)
            self._answer(batch)
            if ended:
                return

    def _gather(self, first: _Waiting) -> tuple[list[_Waiting], bool]:
        batch = [first]
        while len(batch) < MOST_IN_BATCH:
            try:
                waiting = self._waiting.get_nowait()
            except Empty:
                return batch, False
            if waiting is None:
                return batch, True
            batch.append(waiting)
        return batch, False

    def _answer(self, batch: list[_Waiting]) -> None:
        try:
            outcomes = self._write([waiting.event for waiting in batch])
        except IntegrityError:
            self._answer_one_by_one(batch)
        except Exception as error:
            for waiting in batch:
                waiting.outcome.set_exception(error)
        else:
            for waiting, outcome in zip(batch, outcomes, strict=True):
                waiting.outcome.set_result(outcome)

    def _answer_one_by_one(self, batch: list[_Waiting]) -> None:
        """Another process recorded one of them meanwhile, or one is bad: halve until it stands alone."""
        if len(batch) > 1:
            middle = len(batch) // 2
            self._answer(batch[:middle])
            self._answer(batch[middle:])
            return
        try:
            batch[0].outcome.set_result(self._write([batch[0].event])[0])
        except Exception as error:
            batch[0].outcome.set_exception(error)

    def _write(self, offered: Sequence[Event]) -> list[Kept]:
        with writing(self._db) as session:
            known = event_log.hashes_of(session, [_key(event) for event in offered])
            new: list[Event] = []
            outcomes = []
            for event in offered:
                outcome = _judge(event, known)
                if outcome is Kept.NEW:
                    known[_key(event)] = event.input_hash
                    new.append(event)
                outcomes.append(outcome)
            if new:
                for event in new:
                    if event.site_id not in self._last_at_ms:
                        self._last_at_ms[event.site_id] = event_log.last_at_ms(session, event.site_id)
                event_log.append(session, sorted((self._stamped(event) for event in new), key=_key))
        if new:
            self._on_commit()
        return outcomes

    def _stamped(self, event: Event) -> Event:
        """The event with the server's time, which never goes back within a site."""
        at_ms = max(self._clock.now_ms(), self._last_at_ms[event.site_id])
        self._last_at_ms[event.site_id] = at_ms
        return replace(event, at_ms=at_ms)


def _key(event: Event) -> tuple[str, str, str]:
    return (event.site_id, event.source, event.event_id)


def _judge(event: Event, known: dict[tuple[str, str, str], str]) -> Kept:
    before = known.get(_key(event))
    if before is None:
        return Kept.NEW
    return Kept.DUPLICATE if before == event.input_hash else Kept.CONFLICT
