"""Waking the folding worker when another process took something in: PostgreSQL's LISTEN and NOTIFY, no polling.

On SQLite collecting and folding share a process, and the collector calls the worker itself.
"""

import threading
from collections.abc import Callable

import structlog
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

CHANNEL = "passalong_facts"
LISTEN_S = 1.0
"""How long one wait lasts before the thread looks whether it should end."""

log = structlog.get_logger()


def notify(session: Session) -> None:
    """Tell every listening worker, when this transaction commits, that there is something to fold."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"NOTIFY {CHANNEL}"))


class Listener:
    """A thread that hears of facts which other processes took in."""

    def __init__(self, engine: Engine, on_facts: Callable[[], None]):
        self._engine = engine
        self._on_facts = on_facts
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="listen", daemon=True)

    def start(self) -> None:
        """Begin to listen; where there is nothing to listen to, nothing happens."""
        if self._engine.dialect.name == "postgresql":
            self._thread.start()

    def stop(self) -> None:
        """End within a second or so."""
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
