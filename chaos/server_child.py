"""The process under test: what `passalong serve` runs, or the same with one planted fault.

python -m chaos.server_child [FAULT]
"""

import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from passalong import serving
from passalong.app import Instance, make_instance
from passalong.core.facts import Event
from passalong.flow.fold import pace, worker
from passalong.flow.ingest import recorder
from passalong.flow.ingest.collector import Answer, Collector, QueueFullError
from passalong.flow.ingest.recorder import Kept
from passalong.settings import Settings, read_settings
from passalong.web.browser import notes

SHIFT = "CHAOS_CLOCK"
"""The variable that names the file of a shifted clock."""
SLOW_FACTS, SLOW_S = 50, 0.1


class Hasty(Collector):
    """A collector that acknowledges before the write."""

    def hand_in(self, event: Event, answer: Answer) -> None:
        """Acknowledge now and write later."""
        super().hand_in(event, lambda _result: None)
        answer(Kept.NEW)


class Slow(Collector):
    """A collector on a slow disk: 50 facts in a tenth of a second, so that load can be many times its capacity."""

    def _record(self, offered: Sequence[Event]) -> list[Kept]:
        time.sleep(SLOW_S * len(offered) / SLOW_FACTS)
        return super()._record(offered)


class Unsparing(Slow):
    """A collector that fails where it should answer busy."""

    @property
    def is_full(self) -> bool:
        """An honest 503 becomes a 500."""
        if super().is_full:
            raise RuntimeError("planted")
        return False


class Endless(Slow):
    """A collector with an unbounded queue."""

    @property
    def is_full(self) -> bool:
        """There is always room."""
        return False


class Hoarding(Collector):
    """A collector that keeps what it wrote in memory."""

    kept: ClassVar[list[bytes]] = []

    def _record(self, offered: Sequence[Event]) -> list[Kept]:
        self.kept.extend(b"x" * 20_000 for _ in offered)
        return super()._record(offered)


def write_slowly() -> None:
    """Simulate a weak machine; this is no fault."""
    worker.Collector = Slow  # type: ignore[attr-defined]


def wait_for_ever() -> None:
    """Never answer busy."""
    worker.Collector = Endless  # type: ignore[attr-defined]


def keep_everything() -> None:
    """Forget nothing."""
    worker.Collector = Hoarding  # type: ignore[attr-defined]


def answer_early() -> None:
    """Acknowledge before the commit."""
    worker.Collector = Hasty  # type: ignore[attr-defined]


def break_when_busy() -> None:
    """Answer 500 instead of 503."""
    write_slowly()
    worker.Collector = Unsparing  # type: ignore[attr-defined]


def say_500_when_unwritten() -> None:
    """Answer 500 instead of 503 when a write fails."""
    notes.passes = lambda error: isinstance(error, QueueFullError)  # type: ignore[attr-defined]


def serve_with_threads() -> None:
    """Serve with gunicorn's gthread worker, whose few threads wait for the headers of each connection."""

    class Threaded(serving.Server):
        def load_config(self) -> None:
            self._options |= {"worker_class": "gthread", "threads": 8}
            super().load_config()

        def load(self) -> object:  # type: ignore[override]
            instance = make_instance(self._settings)
            instance.start()
            return instance.flask

    serving.Server = Threaded  # type: ignore[misc]


def be_patient() -> None:
    """Fold a sixteenth of the time, and may be stopped for minutes: gunicorn kills no worker. This is no fault."""
    pace.PATIENCE, pace.MANY_A_SECOND = 15, 0

    class Patient(serving.Server):
        def load_config(self) -> None:
            self._options |= {"timeout": 86_400}
            super().load_config()

    serving.Server = Patient  # type: ignore[misc]


def believe_the_clock() -> None:
    """Stamp events with the machine's time even where it goes back."""

    def no_last(self: recorder.Recorder, site_id: str) -> int:
        return 0

    recorder.Recorder._last = no_last  # type: ignore[method-assign]


class ShiftedClock:
    """The machine's clock plus the milliseconds in a file."""

    def __init__(self, path: Path):
        self._path = path

    def now_ms(self) -> int:
        """Milliseconds since 1970 UTC."""
        return time.time_ns() // 1_000_000 + int(self._path.read_text() or 0)


def shift_the_clock(path: Path) -> None:
    """Let the server read its time from a shifted clock; this is no fault."""

    def make_shifted(settings: Settings) -> Instance:
        return make_instance(settings, ShiftedClock(path))

    serving.make_instance = make_shifted  # type: ignore[attr-defined,assignment]


FAULTS: dict[str, Callable[[], None]] = {
    "answers-early": answer_early,
    "breaks-when-busy": break_when_busy,
    "500-when-unwritten": say_500_when_unwritten,
    "slow": write_slowly,
    "patient": be_patient,
    "believes-the-clock": believe_the_clock,
    "keeps-everything": keep_everything,
    "never-busy": wait_for_ever,
    "gthread": serve_with_threads,
}


def main(arguments: list[str]) -> None:
    """Plant the named fault, if any, and serve."""
    if shift := os.environ.get(SHIFT):
        shift_the_clock(Path(shift))
    for name in arguments:
        FAULTS[name]()
    serving.Server(read_settings()).run()


if __name__ == "__main__":
    main(sys.argv[1:])
