"""SIGTERM ends a long command by an exception, so that what it wrote so far is deleted."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from passalong.cli.common import CommandError


@contextmanager
def stopped_by_sigterm(says: str) -> Iterator[None]:
    """Raise CommandError with this sentence inside the block when SIGTERM comes.

    Inside a callback of SQLite that error is lost and the statement fails as interrupted, which says the same here.
    """
    stopped = CommandError(says)

    def end(*_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one would stop the deletion
        raise stopped

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    except Exception:
        if signal.getsignal(signal.SIGTERM) is not end:
            raise stopped from None
        raise
    finally:
        signal.signal(signal.SIGTERM, before)
