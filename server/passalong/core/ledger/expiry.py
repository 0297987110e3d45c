"""Expiry of unused credit: when it expires, how much, and which notices must come first. Pure.

Terms may set a number of months, 12 at least; by default credit stays. A link keeps its terms, so its credit does too.
Credit that became ready in a month expires with the last moment of the month in which its months are over: one date for
all of it, so that nobody gets a mail every day. Credit that expires first is used first. Nothing expires before its
owner was given two notices: a mail that was sent, or their own page that was visible to them.
"""

from collections.abc import Iterable

from msgspec import Struct

from passalong.core.attribution.allocate import DAY_MS
from passalong.core.dates import period_after, period_of, period_start_ms

EXPIRED = "expired"
"""The prefix of subjects of expired credit in the ledger."""
FIRST_MS, SECOND_MS = 60 * DAY_MS, 14 * DAY_MS
"""How long before the expiry the two notices are due."""
LATE_MS = 4 * DAY_MS
"""How much later a notice may come: mail is retried for three days."""
EARLIEST_SECOND_MS = 30 * DAY_MS
"""How long before the expiry a visible page counts as the second notice; a mail is never sent as early."""


class Lot(Struct, frozen=True):
    """The credit of one line: since when it is ready, and after how many months it expires (None: never)."""

    unit: str
    amount_micros: int
    ready_at_ms: int
    months: int | None


def expires_in(lot: Lot, time_zone: str) -> str | None:
    """Return the period (like 2027-03) with whose last moment a lot expires; None if it never does."""
    if lot.months is None:
        return None
    year, month = map(int, period_of(lot.ready_at_ms, time_zone).split("-"))
    years, months = divmod(month - 1 + lot.months, 12)
    return f"{year + years:04d}-{months + 1:02d}"


def ends_ms(period: str, time_zone: str) -> int:
    """Return the first moment after a period."""
    return period_start_ms(period_after(period), time_zone)


def over_by(lots: Iterable[Lot], period: str, ready_micros: int, time_zone: str) -> int:
    """Return how much of the ready credit (lots of one unit) expires with this period or before.

    The ready credit belongs to the lots that last longest: what was used was taken from those that expire first.
    """
    ends = [(expires_in(lot, time_zone), lot.amount_micros) for lot in lots]
    return max(0, ready_micros - sum(amount for end, amount in ends if end is None or end > period))


def next_period(now_ms: int, time_zone: str) -> str:
    """Return the first period whose first notice can still come in time."""
    period = period_of(now_ms, time_zone)
    while ends_ms(period, time_zone) < now_ms + FIRST_MS - LATE_MS:
        period = period_after(period)
    return period


def counts_as_first(at_ms: int, expires_at_ms: int) -> bool:
    """Return True if a first notice of that time is early enough."""
    return at_ms <= expires_at_ms - FIRST_MS + LATE_MS


def counts_as_second(at_ms: int, expires_at_ms: int) -> bool:
    """Return True if a second notice of that time is early enough, and not also a first one."""
    return expires_at_ms - EARLIEST_SECOND_MS <= at_ms <= expires_at_ms - SECOND_MS + LATE_MS
