"""The process that the experiments break: what `passalong serve` runs, or the same with one fault planted in it.

python -m chaos.server_child [FAULT]
"""

import sys
import time
from collections.abc import Callable, Sequence

from passalong import serving
from passalong.app import make_instance
from passalong.core.facts import Event
from passalong.flow import worker
from passalong.flow.collect import Answer, Busy, Collector
from passalong.flow.record import Kept
from passalong.settings import read_settings
from passalong.web import notes

SLOW_FACTS, SLOW_S = 50, 0.1


class Hasty(Collector):
    """Answers before anything is written."""

    def hand_in(self, event: Event, answer: Answer) -> None:
        """Say that it is kept, and keep it later."""
        super().hand_in(event, lambda _result: None)
        answer(Kept.NEW)


class Slow(Collector):
    """On a disk so slow that load can be many times what it takes: 50 facts in a tenth of a second."""

    def _record(self, offered: Sequence[Event]) -> list[Kept]:
        time.sleep(SLOW_S * len(offered) / SLOW_FACTS)
        return super()._record(offered)


class Unsparing(Slow):
    """Breaks where it should say that it is busy."""

    @property
    def is_full(self) -> bool:
        """An honest 503 becomes a 500."""
        if super().is_full:
            raise RuntimeError("planted")
        return False


class Endless(Slow):
    """Takes in whatever comes."""

    @property
    def is_full(self) -> bool:
        """There is always room."""
        return False


def write_slowly() -> None:
    """Not a fault: a weak machine."""
    worker.Collector = Slow  # type: ignore[attr-defined]


def wait_for_ever() -> None:
    """Never say that it is busy."""
    worker.Collector = Endless  # type: ignore[attr-defined]


def answer_early() -> None:
    """Acknowledge before the commit."""
    worker.Collector = Hasty  # type: ignore[attr-defined]


def break_when_busy() -> None:
    """Answer 500 instead of 503."""
    write_slowly()
    worker.Collector = Unsparing  # type: ignore[attr-defined]


def say_500_when_unwritten() -> None:
    """What a full disk was answered with before anybody looked."""
    notes.passes = lambda error: isinstance(error, Busy)  # type: ignore[attr-defined]


def serve_with_threads() -> None:
    """gunicorn's gthread worker, which waits for each connection's headers in one of a few threads."""

    class Threaded(serving.Server):
        def load_config(self) -> None:
            self._options |= {"worker_class": "gthread", "threads": 8}
            super().load_config()

        def load(self) -> object:  # type: ignore[override]
            instance = make_instance(self._settings)
            instance.start()
            return instance.flask

    serving.Server = Threaded  # type: ignore[misc]


FAULTS: dict[str, Callable[[], None]] = {
    "answers-early": answer_early,
    "breaks-when-busy": break_when_busy,
    "500-when-unwritten": say_500_when_unwritten,
    "slow": write_slowly,
    "never-busy": wait_for_ever,
    "gthread": serve_with_threads,
}


def main(arguments: list[str]) -> None:
    """Plant the fault, if one is named, and serve."""
    for name in arguments:
        FAULTS[name]()
    serving.Server(read_settings()).run()


if __name__ == "__main__":
    main(sys.argv[1:])
