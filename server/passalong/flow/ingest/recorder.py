"""Record a batch: each fact once, with its queue row, in one transaction; known ids are compared (idempotency).

On SQLite that is a transaction of the one writer. On PostgreSQL it is a single statement on a connection of its own:
one round trip per batch instead of five.
"""

import time
from collections.abc import Sequence
from enum import Enum

from msgspec.structs import replace
from sqlalchemy import Connection

from passalong.core.facts import Event
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.store import event_log
from passalong.store.engine import Database

ASK_AFTER_S = 1.0
"""After this idle time the connection is checked before it is used."""

Key = tuple[str, str, str]


class Kept(Enum):
    """The result of recording an event."""

    NEW = "new"
    DUPLICATE = "duplicate"
    CONFLICT = "id_conflict"


class Recorder:
    """Writes batches, from one thread; `close` returns its connection."""

    def __init__(self, db: Database, clock: Clock):
        self._db = db
        self._clock = clock
        self._last_at_ms: dict[str, int] = {}
        self._connection: Connection | None = None
        self._used_s = 0.0

    def record(self, offered: Sequence[Event]) -> list[Kept]:
        """Commit the new events, and return the result of each. Raises database errors; then nothing is recorded."""
        stamped = self._stamped(offered)
        once = {_key(event): event for event in reversed(stamped)}
        rows = [once[key] for key in sorted(once)]
        new = self._append_sqlite(rows) if self._db.is_sqlite else self._append_postgresql(rows)
        if len(new) == len(stamped):
            return [Kept.NEW] * len(stamped)
        with self._db.reading() as session:
            hashes = event_log.hashes_of(session, list(once.keys() - new))
        return _judged(stamped, new, hashes)

    def close(self) -> None:
        """Return the connection to the pool."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _append_sqlite(self, rows: Sequence[Event]) -> set[Key]:
        """Insert all events in one statement, which nearly always succeeds because all are new."""
        with writing(self._db) as session:
            if event_log.append_new(session, rows):
                return {_key(event) for event in rows}
        with writing(self._db) as session:
            hashes = event_log.hashes_of(session, [_key(event) for event in rows])
            new = [event for event in rows if _key(event) not in hashes]
            event_log.append(session, new)
        return {_key(event) for event in new}

    def _append_postgresql(self, rows: Sequence[Event]) -> set[Key]:
        try:
            return event_log.append_at_once(self._ready(), rows)
        except Exception:
            self._let_go()
            raise

    def _ready(self) -> Connection:
        """Return the connection in autocommit: each statement is its own transaction, durable when it returns."""
        if time.monotonic() > self._used_s + ASK_AFTER_S:
            self.close()  # the pool checks the connection when it hands it out
        self._used_s = time.monotonic()
        if self._connection is None:
            self._connection = self._db.writer.connect().execution_options(isolation_level="AUTOCOMMIT")
        return self._connection

    def _let_go(self) -> None:
        try:
            self.close()
        except Exception:  # it is broken: the pool finds out by itself
            self._connection = None

    def _stamped(self, offered: Sequence[Event]) -> list[Event]:
        """Set the server's time on the events; it never goes back within a site."""
        now_ms = self._clock.now_ms()
        for site_id in {event.site_id for event in offered}:
            self._last_at_ms[site_id] = max(now_ms, self._last(site_id))
        return [replace(event, at_ms=self._last_at_ms[event.site_id]) for event in offered]

    def _last(self, site_id: str) -> int:
        if site_id in self._last_at_ms:
            return self._last_at_ms[site_id]
        with self._db.reading() as session:
            return event_log.last_at_ms(session, site_id)


def _key(event: Event) -> Key:
    return (event.site_id, event.source, event.event_id)


def _judged(stamped: Sequence[Event], new: set[Key], hashes: dict[Key, str]) -> list[Kept]:
    """Compare: the first event with a new key is new; all others are judged by the recorded input."""
    outcomes = []
    for event in stamped:
        before = hashes.setdefault(_key(event), event.input_hash)
        if _key(event) in new:
            new.discard(_key(event))
            outcomes.append(Kept.NEW)
        else:
            outcomes.append(Kept.DUPLICATE if before == event.input_hash else Kept.CONFLICT)
    return outcomes
