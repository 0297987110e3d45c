"""Rounds: a thread that does the same work again and again, until it is stopped."""

import threading
from collections.abc import Callable

import structlog

LONGEST_STOP_S = 10.0
log = structlog.get_logger()


class Rounds:
    """A thread that calls `work` once per `every_s` seconds and at each wake. What `work` raises is logged.

    `name` says what is done, for the log and for whoever lists threads. `wake` may be called from any thread.
    """

    def __init__(self, name: str, work: Callable[[], object], every_s: float):
        self._name = name
        self._work = work
        self._every_s = every_s
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def stopping(self) -> bool:
        """True once `stop` was called: work that takes long looks here."""
        return self._stop.is_set()

    def start(self) -> None:
        """Start the thread; the first round begins at once."""
        self._thread.start()

    def wake(self) -> None:
        """Begin the next round now, or as soon as this one has ended."""
        self._wake.set()

    def stop(self) -> None:
        """Let the round under way end, for at most ten seconds; begin no other."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=LONGEST_STOP_S)

    def pause(self, seconds: float) -> None:
        """Wait in the middle of a round, but not longer than until the stop."""
        self._stop.wait(seconds)

    def _run(self) -> None:
        while True:
            self._wake.clear()  # before the look at the stop, whose wake would be lost
            if self.stopping:
                return
            try:
                self._work()
            except Exception:
                log.exception(f"{self._name} failed; it is tried again")
            self._wake.wait(self._every_s)
