"""The clock: the one place where time is read, in milliseconds since 1970 UTC."""

import time
from typing import Protocol


class Clock(Protocol):
    """A source of time; tests bring their own."""

    def now_ms(self) -> int:
        """Milliseconds since 1970 UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        """Milliseconds since 1970 UTC."""
        return time.time_ns() // 1_000_000
