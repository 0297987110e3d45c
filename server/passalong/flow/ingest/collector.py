"""Collect facts: those that arrive together share one transaction and one fsync (group commit).

Threads offer events and wait for their outcome. One thread writes: it drains the queue, drops what is already recorded,
inserts the rest with its queue rows, commits, and answers. The queue is bounded; beyond it, `QueueFullError`.
"""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue

import structlog
from msgspec import Struct

from passalong.core.facts import Event, Fact, new_event
from passalong.flow.ingest.batching import gather
from passalong.flow.ingest.notify import Bell
from passalong.flow.ingest.recorder import Kept, Recorder
from passalong.lib.clock import Clock
from passalong.store.database_errors import Blame, blame, line_about
from passalong.store.engine import Database

CLOCK = "clock"
"""The source of ticks."""
MOST_WAITING = 5_000
LEAST_WAITING = 100
"""The least capacity of the queue: 64 clients at once must not be turned away because one commit was slow."""
TELLING_BATCH = 50
"""Smaller batches say little about the write rate."""
MOST_IN_BATCH = 500
GATHER_S = 0.0003
"""How long a batch waits for more while notes arrive faster than they are written: a commit costs as much as thirty."""
ACK_S = 30.0
"""How long a caller waits for the commit of its fact."""
log = structlog.get_logger()


class QueueFullError(Exception):
    """The queue is full: the client should retry with the same id (503)."""


class NotWrittenError(Exception):
    """The database cannot write now (a full disk, a lost server): the client should retry with the same id (503)."""


Answer = Callable[[Kept | Exception], None]
"""Called once, in the writing thread, with the result for an event or with the error."""


class _Waiting(Struct):
    event: Event
    answer: Answer


class Collector:
    """The only way to record facts. `on_commit` is called after each batch, to wake the folding worker.

    With `longest_wait_s` the queue is shorter, so that facts never wait longer than that to be written.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        on_commit: Callable[[], None] = lambda: None,
        longest_wait_s: float | None = None,
    ):
        self.clock = clock
        self._recorder = Recorder(db, clock)
        self._bell = Bell(db)
        self._on_commit = on_commit
        self._longest_wait_s = longest_wait_s
        self._room = MOST_WAITING if longest_wait_s is None else MOST_IN_BATCH
        self._waiting: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._in_hand = 0
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._closed = False
        self._writes = True
        self.observe: Callable[[int, float], None] = lambda _events, _seconds: None
        """Called after each batch with its size and its seconds, for monitoring."""
        self.taken = 0
        """The number of answered events: the folding worker makes room while this grows. Its own ticks do not count."""

    def record(self, site_id: str, source: str, event_id: str, fact: Fact, sender_hash: str) -> Kept:
        """Record a fact and return after its commit; `sender_hash` is the `input_hash` of what its sender said.

        Raises QueueFullError, NotWrittenError and TimeoutError: the sender should retry with the same id.
        """
        return self.submit(new_event(site_id, source, event_id, sender_hash, fact))

    def submit(self, event: Event) -> Kept:
        """Record an event and return after its commit, like `record`."""
        return self.offer(event).result(timeout=ACK_S)

    def submit_all(self, events: Iterable[Event]) -> list[Kept]:
        """Record several events, most of them in one batch, and return after the commit of all."""
        return [outcome.result(timeout=ACK_S) for outcome in [self.offer(event) for event in events]]

    def offer(self, event: Event) -> Future[Kept]:
        """Queue an event (its `at_ms` is set here); the future ends after the commit. Raises QueueFullError."""
        outcome: Future[Kept] = Future()

        def answer(result: Kept | Exception) -> None:
            if isinstance(result, Exception):
                outcome.set_exception(result)
            else:
                outcome.set_result(result)

        self.hand_in(event, answer)
        return outcome

    def hand_in(self, event: Event, answer: Answer) -> None:
        """Queue an event with a callback instead of a future. Raises QueueFullError."""
        if self.is_full:
            raise QueueFullError
        self._start()
        self._waiting.put(_Waiting(event, answer))

    @property
    def is_full(self) -> bool:
        """True if an event would be refused now, so the caller need not read the request."""
        return self._closed or self.waiting >= self._room

    @property
    def waiting(self) -> int:
        """Return the number of events that wait to be written."""
        return self._waiting.qsize() + self._in_hand

    def close(self) -> None:
        """Write the queued events, then stop."""
        self._closed = True
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join(timeout=10)

    def _start(self) -> None:
        if self._thread is not None:
            return
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="collect", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while (first := self._next()) is not None:
            if self._waiting.qsize():
                time.sleep(GATHER_S)
            batch, ended = gather(self._waiting, first, MOST_IN_BATCH)
            began, self._in_hand = time.monotonic(), len(batch)
            self._write(batch)
            self._in_hand = 0
            took_s = time.monotonic() - began
            self._make_room(len(batch), took_s)
            self.observe(len(batch), took_s)
            self.taken += sum(waiting.event.source != CLOCK for waiting in batch)
            if ended:
                break
        self._recorder.close()

    def _next(self) -> _Waiting | None:
        """Return the next item; meanwhile notify other processes in time."""
        while (quiet_s := self._bell.due_in_s) is not None:
            try:
                return self._waiting.get(timeout=quiet_s)
            except Empty:
                self._bell.ring()
        return self._waiting.get()

    def _make_room(self, written: int, took_s: float) -> None:
        """Limit the queue to what is written in `longest_wait_s`; it grows only step by step."""
        if self._longest_wait_s is not None and written >= TELLING_BATCH:
            room = int(written * self._longest_wait_s / max(took_s, 0.001))
            self._room = max(LEAST_WAITING, min(MOST_WAITING, 2 * self._room, room))

    def _write(self, batch: list[_Waiting]) -> None:
        """Record a batch in one transaction; if one row is bad, halve until it stands alone."""
        try:
            outcomes = self._record([waiting.event for waiting in batch])
        except Exception as error:
            self._fail(batch, error)
        else:
            self._tell(None)
            if Kept.NEW in outcomes:
                self._bell.strike()
                self._on_commit()
            for waiting, outcome in zip(batch, outcomes, strict=True):
                waiting.answer(outcome)

    def _fail(self, batch: list[_Waiting], error: Exception) -> None:
        """Answer with the error, or with NotWrittenError if a retry may succeed; other rows are not affected."""
        whose = Blame.ROW if isinstance(error, UnicodeError) else blame(error)
        if whose is Blame.ROW and len(batch) > 1:
            self._write(batch[: len(batch) // 2])
            self._write(batch[len(batch) // 2 :])
            return
        if whose is Blame.DATABASE:
            self._tell(error)
        for waiting in batch:
            waiting.answer(_not_written(error) if whose is Blame.DATABASE else error)

    def _tell(self, error: Exception | None) -> None:
        """Log that nothing can be written, and that it can again: once each, not for every batch."""
        if self._writes == (error is None):
            return
        self._writes = error is None
        if error is None:
            log.warning("facts are written again")
        else:
            log.error("facts cannot be written; whoever sends them comes again", error=line_about(error))

    def _record(self, offered: Sequence[Event]) -> list[Kept]:
        return self._recorder.record(offered)


def _not_written(error: Exception) -> NotWrittenError:
    """Return the error for one sender, raised from that of the database."""
    not_written = NotWrittenError()
    not_written.__cause__ = error
    return not_written
