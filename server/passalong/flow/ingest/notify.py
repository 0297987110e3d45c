"""Wake the folding worker of another process: PostgreSQL's LISTEN and NOTIFY, no polling.

On SQLite collecting and folding share a process, and the collector calls the worker itself.
"""

import threading
import time
from collections.abc import Callable

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from passalong.store.engine import Database

CHANNEL = "passalong_facts"
EVERY_S = 0.05
LISTEN_S = 1.0
"""How long one wait lasts before the thread checks whether it should stop."""

log = structlog.get_logger()


class Bell:
    """Notifies every listening worker that there is something to fold: at once, then at most every `EVERY_S`.

    Not in the transaction that writes the facts: PostgreSQL lets only one notifying transaction commit at a time. A
    lost notification (the process died, the database was gone) only delays the fold, which looks for itself.
    """

    def __init__(self, db: Database):
        self._db = db
        self._rang_s = 0.0
        self._struck = False

    def strike(self) -> None:
        """Schedule a notification."""
        self._struck = not self._db.is_sqlite
        if self.due_in_s == 0:
            self.ring()

    @property
    def due_in_s(self) -> float | None:
        """Return the seconds until the next notification, None if there is none."""
        return max(0.0, self._rang_s + EVERY_S - time.monotonic()) if self._struck else None

    def ring(self) -> None:
        """Notify now; if that fails the workers find the facts by themselves."""
        self._struck, self._rang_s = False, time.monotonic()
        try:
            with self._db.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql(f"NOTIFY {CHANNEL}")
        except SQLAlchemyError:
            log.warning("the folding worker could not be told of new facts; it looks for itself")


class Listener:
    """A thread that listens for facts recorded by other processes."""

    def __init__(self, engine: Engine, on_facts: Callable[[], None]):
        self._engine = engine
        self._on_facts = on_facts
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="listen", daemon=True)

    def start(self) -> None:
        """Start listening; without PostgreSQL nothing happens."""
        if self._engine.dialect.name == "postgresql":
            self._thread.start()

    def stop(self) -> None:
        """Stop within a second or so."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=3 * LISTEN_S)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._listen()
            except Exception:  # the database is away: the worker looks for itself meanwhile
                log.warning("listening for facts failed; it is tried again")
                self._stop.wait(1)

    def _listen(self) -> None:
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"LISTEN {CHANNEL}")
            self._on_facts()
            driver = connection.connection.driver_connection
            while not self._stop.is_set():
                for _ in driver.notifies(timeout=LISTEN_S, stop_after=1):  # type: ignore[union-attr]
                    self._on_facts()
