"""The schedule of retries: twelve attempts over three days, and a pause for a receiver that never answered well."""

from enum import StrEnum, unique

from msgspec import Struct

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
RETRY_MS = (
    *(5 * SECOND_MS, 30 * SECOND_MS, 2 * MINUTE_MS, 10 * MINUTE_MS, 30 * MINUTE_MS),
    *(HOUR_MS, 3 * HOUR_MS, 8 * HOUR_MS, 12 * HOUR_MS, 24 * HOUR_MS, 24 * HOUR_MS),
)
"""The wait after each failed attempt; together a little more than three days."""
JITTER = 5
"""A wait is longer by up to a fifth, at random, so that the retries of an outage do not all come at once."""
LONGEST_ASKED_MS = DAY_MS
"""The longest wait that a receiver's `Retry-After` may ask for."""
FIRST_BREAK_MS, LONGEST_BREAK_MS = 5 * SECOND_MS, 10 * MINUTE_MS
PAUSE_AFTER_MS = 3 * DAY_MS
"""How long a webhook may fail, without any success in between, before it is paused."""
WARN_AFTER_MS = HOUR_MS
"""How long a webhook may fail before its owner is told."""
KEEP_DAYS = 30
"""How long events, deliveries and attempts are kept."""
GONE = 410
"""The status with which a receiver asks for no more."""


@unique
class State(StrEnum):
    """The state of a delivery; `held` waits for a paused webhook, `dead` was given up and can be replayed."""

    PENDING = "pending"
    DELIVERED = "delivered"
    HELD = "held"
    DEAD = "dead"


class Answer(Struct, frozen=True):
    """The result of one attempt: the receiver's status, or None and the reason that there is none."""

    status: int | None
    took_ms: int
    excerpt: str = ""
    error: str = ""
    retry_after_ms: int = 0

    @property
    def good(self) -> bool:
        """True if the receiver took the event."""
        return self.status is not None and 200 <= self.status < 300 and not self.error


def retry_wait_ms(failures: int, asked_ms: int, chance: float) -> int | None:
    """Return the wait after so many failed attempts in a row, None if that was the last.

    `asked_ms` is what the receiver asks for, `chance` is from 0 up to 1.
    """
    if failures > len(RETRY_MS):
        return None
    wait_ms = max(RETRY_MS[failures - 1], min(asked_ms, LONGEST_ASKED_MS))
    return wait_ms + int(chance * wait_ms / JITTER)


def break_ms(failures: int, asked_ms: int) -> int:
    """Return how long a webhook gets nothing at all after so many failed attempts in a row."""
    doubled = FIRST_BREAK_MS << min(failures - 1, 20)
    return max(min(doubled, LONGEST_BREAK_MS), min(asked_ms, LONGEST_ASKED_MS))


def is_to_pause(answer: Answer, failing_since_ms: int, now_ms: int) -> str:
    """Return why a webhook is to be paused, empty if it is not."""
    if answer.status == GONE:
        return "gone"
    return "failing" if now_ms - failing_since_ms >= PAUSE_AFTER_MS else ""
