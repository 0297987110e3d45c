"""Collecting: facts that arrive together share one transaction and one fsync; each is acknowledged after the commit.

Threads offer events and wait for their outcome. One thread writes: it takes all that has gathered, drops what is
already recorded, inserts the rest with its queue rows, commits, and answers. The queue is bounded; beyond it, `Busy`.
"""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue

import structlog
from msgspec import Struct
from sqlalchemy.exc import DataError, IntegrityError, OperationalError

from passalong.clock import Clock
from passalong.core.facts import Event
from passalong.flow.gather import gather
from passalong.flow.record import Kept, Recorder
from passalong.flow.wake import Bell
from passalong.store.engine import Database, is_away

MOST_WAITING = 5_000
LEAST_WAITING = 100
"""So many may always wait: 64 people at once must not be turned away because one commit was slow."""
TELLING_BATCH = 50
"""A batch that is smaller says little about how fast we are."""
MOST_IN_BATCH = 500
GATHER_S = 0.0003
"""How long a batch waits for more while notes come in faster than it can write: a commit costs as much as thirty."""
BAD_ROW = (IntegrityError, DataError, UnicodeError)
"""What a single row is to blame for; anything else (a full disk, a lost connection) strikes the whole batch."""
log = structlog.get_logger()


class Busy(Exception):
    """More is waiting than can be written soon: come again, with the same id."""


class Unwritten(Exception):
    """The database could not write just now (a full disk, a lost server): come again, with the same id."""


Answer = Callable[[Kept | Exception], None]
"""Called once, in the writing thread, with what became of an event or with what went wrong."""


class _Waiting(Struct):
    event: Event
    answer: Answer


class Collector:
    """The one door through which facts come in. `on_commit` is called after each batch, to wake the folding worker.

    With `longest_wait_s` the door closes earlier, where facts would wait longer than that to be written.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        on_commit: Callable[[], None] = lambda: None,
        longest_wait_s: float | None = None,
    ):
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
        self.taken = 0
        """How many events were answered: the folding worker makes room while this grows."""

    def offer(self, event: Event) -> Future[Kept]:
        """Hand in an event (its `at_ms` is set here); the future ends after the commit. Raises Busy."""
        outcome: Future[Kept] = Future()

        def answer(result: Kept | Exception) -> None:
            if isinstance(result, Exception):
                outcome.set_exception(result)
            else:
                outcome.set_result(result)

        self.hand_in(event, answer)
        return outcome

    def hand_in(self, event: Event, answer: Answer) -> None:
        """The same with a function that is called instead of a future that ends. Raises Busy."""
        if self.is_full:
            raise Busy
        self._start()
        self._waiting.put(_Waiting(event, answer))

    @property
    def is_full(self) -> bool:
        """True when an event would be turned away now: whoever asks first need not read what it says."""
        return self._closed or self._waiting.qsize() + self._in_hand >= self._room

    def close(self) -> None:
        """Write what is waiting, then stop."""
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
            self._make_room(len(batch), time.monotonic() - began)
            self.taken += len(batch)
            if ended:
                break
        self._recorder.close()

    def _next(self) -> _Waiting | None:
        """What comes next; meanwhile other processes hear, in time, of what was written."""
        while (quiet_s := self._bell.due_in_s) is not None:
            try:
                return self._waiting.get(timeout=quiet_s)
            except Empty:
                self._bell.ring()
        return self._waiting.get()

    def _make_room(self, written: int, took_s: float) -> None:
        """Let no more wait, those in hand included, than are written in `longest_wait_s`: more only step by step."""
        if self._longest_wait_s is not None and written >= TELLING_BATCH:
            room = int(written * self._longest_wait_s / max(took_s, 0.001))
            self._room = max(LEAST_WAITING, min(MOST_WAITING, 2 * self._room, room))

    def _write(self, batch: list[_Waiting]) -> None:
        """Record a batch in one transaction; where one row is bad, halve until it stands alone."""
        try:
            outcomes = self._record([waiting.event for waiting in batch])
        except BAD_ROW as error:
            if len(batch) == 1:
                batch[0].answer(error)
                return
            self._write(batch[: len(batch) // 2])
            self._write(batch[len(batch) // 2 :])
        except OperationalError as error:
            for waiting in batch:
                waiting.answer(Unwritten() if is_away(error) else error)
            self._tell(error)
        except Exception as error:
            for waiting in batch:
                waiting.answer(error)
        else:
            self._tell(None)
            if Kept.NEW in outcomes:
                self._bell.strike()
                self._on_commit()
            for waiting, outcome in zip(batch, outcomes, strict=True):
                waiting.answer(outcome)

    def _tell(self, error: OperationalError | None) -> None:
        """Log that nothing can be written, and that it can again: once each, not for every batch."""
        if self._writes == (error is None):
            return
        self._writes = error is None
        if error is None:
            log.warning("facts are written again")
        else:
            log.error("facts cannot be written; whoever sends them comes again", error=str(error.orig))

    def _record(self, offered: Sequence[Event]) -> list[Kept]:
        return self._recorder.record(offered)
