"""When sessions, API keys and scripts were last used: noted at most hourly, and written off the request by a thread.

A GET writes nothing while it is answered, so a page never waits for the writer on account of a time of day.
"""

import threading
from collections.abc import Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from passalong.flow.signin.sessions import IDLE_MS, OWNER, SESSION_MS, lives_until_ms
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.store.books import tries
from passalong.store.engine import Database
from passalong.store.people import api_keys, owners
from passalong.store.people import open_sessions as sessions
from passalong.store.people.api_keys import ApiKey
from passalong.store.people.open_sessions import OpenSession
from passalong.store.people.owners import OwnerSession

EVERY_MS = 60 * 60_000
DELAY_S = 2.0
"""How long what was noted is gathered before it is written."""
MOST_SCRIPTS = 10_000
"""The most pairs of a site and an origin that are remembered as noted; beyond it they are noted anew."""
log = structlog.get_logger()


class LastUsed:
    """Gathers what was used and writes it in one transaction. May be called from any thread."""

    def __init__(self, db: Database, clock: Clock):
        self._db = db
        self._clock = clock
        self._lock = threading.Lock()
        self._noted: dict[str, Callable[[Session], None]] = {}
        self._timer: threading.Timer | None = None
        self._scripts: dict[tuple[str, str], int] = {}
        self._closed = False

    def session(self, open_session: OpenSession) -> None:
        """Note that a session was used."""
        now_ms = self._clock.now_ms()
        if now_ms - open_session.seen_at_ms >= EVERY_MS:
            ends_at_ms = lives_until_ms(open_session, now_ms)
            self._note(
                open_session.session_hash,
                lambda session: sessions.see(
                    session, open_session.site_id, open_session.session_hash, now_ms, ends_at_ms
                ),
            )

    def owner(self, open_session: OwnerSession) -> None:
        """Note that the session of a person who runs sites was used."""
        now_ms = self._clock.now_ms()
        if now_ms - open_session.seen_at_ms >= EVERY_MS:
            ends_at_ms = min(open_session.began_at_ms + SESSION_MS, now_ms + IDLE_MS[OWNER])
            self._note(
                open_session.session_hash,
                lambda session: owners.see_session(session, open_session.session_hash, now_ms, ends_at_ms),
            )

    def key(self, key: ApiKey) -> None:
        """Note that an API key was used."""
        now_ms = self._clock.now_ms()
        if now_ms - (key.last_used_at_ms or 0) >= EVERY_MS:
            self._note(key.key_hash, lambda session: api_keys.see(session, key.site_id, key.key_hash, now_ms))

    def script(self, site_id: str, origin: str) -> None:
        """Note that a page of this origin loaded the script of a site."""
        now_ms, name = self._clock.now_ms(), (site_id, origin)
        if now_ms - self._scripts.get(name, -EVERY_MS) < EVERY_MS:
            return
        if len(self._scripts) >= MOST_SCRIPTS:
            self._scripts.clear()
        self._scripts[name] = now_ms
        self._note(f"{site_id} {origin}", lambda session: tries.see_script(session, site_id, origin, now_ms))

    def _note(self, name: str, write: Callable[[Session], None]) -> None:
        with self._lock:
            if self._closed or name in self._noted:
                return
            self._noted[name] = write
            if self._timer is None:
                self._timer = threading.Timer(DELAY_S, self.flush)
                self._timer.daemon = True
                self._timer.start()

    def flush(self) -> None:
        """Write what was noted; what cannot be written is noted again at the next use."""
        with self._lock:
            writes, self._noted, self._timer = list(self._noted.values()), {}, None
        if not writes:
            return
        try:
            with writing(self._db) as session:
                for write in writes:
                    write(session)
        except SQLAlchemyError as error:
            log.warning("the time of last use could not be written", error=type(error).__name__)

    def close(self) -> None:
        """Write what is left; nothing is noted any more."""
        with self._lock:
            self._closed = True
            if self._timer is not None:
                self._timer.cancel()
        self.flush()
