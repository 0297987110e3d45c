"""Credit that nobody uses: when it expires, how much of it, and which notices have to come first. Pure.

Terms may say after how many months, 12 at least; without that, credit stays. A link keeps its terms, so what it earns
does too. What became ready in a month expires with the last moment of the month in which its months are over: one date
for all of it, so that nobody is written to every day. What expires first is used first. Nothing expires before its
owner was given two notices of it: an e-mail that was sent, or their own page that they opened.
"""

from collections.abc import Iterable

from msgspec import Struct

from passalong.core.attribution import DAY_MS
from passalong.core.days import period_after, period_of, period_start_ms

EXPIRED = "expired"
"""What a line of the ledger stands under when credit has expired."""
FIRST_MS, SECOND_MS = 60 * DAY_MS, 14 * DAY_MS
"""How long before it expires the two notices are due."""
LATE_MS = 4 * DAY_MS
"""How much later a notice may come: a mail server that is down is tried for three days."""
EARLIEST_SECOND_MS = 30 * DAY_MS
"""A page that is opened so long before counts as the second notice; an e-mail is never written as early."""


class Lot(Struct, frozen=True):
    """Credit of one line: since when it is ready, and after how many months it expires (None: never)."""

    unit: str
    amount_micros: int
    ready_at_ms: int
    months: int | None


def expires_in(lot: Lot, time_zone: str) -> str | None:
    """The period (like 2027-03) with whose last moment a lot expires; None when it never does."""
    if lot.months is None:
        return None
    year, month = map(int, period_of(lot.ready_at_ms, time_zone).split("-"))
    years, months = divmod(month - 1 + lot.months, 12)
    return f"{year + years:04d}-{months + 1:02d}"


def ends_ms(period: str, time_zone: str) -> int:
    """The first moment after a period."""
    return period_start_ms(period_after(period), time_zone)


def over_by(lots: Iterable[Lot], period: str, ready_micros: int, time_zone: str) -> int:
    """How much of what is ready (lots of one unit) expires with this period or before.

    What is ready belongs to the lots that last longest: whatever was used was taken from those that expire first.
    """
    ends = [(expires_in(lot, time_zone), lot.amount_micros) for lot in lots]
    return max(0, ready_micros - sum(amount for end, amount in ends if end is None or end > period))


def next_period(now_ms: int, time_zone: str) -> str:
    """The first period of which a first notice still comes in time."""
    period = period_of(now_ms, time_zone)
    while ends_ms(period, time_zone) < now_ms + FIRST_MS - LATE_MS:
        period = period_after(period)
    return period


def counts_as_first(at_ms: int, expires_at_ms: int) -> bool:
    """True when a first notice of that time is early enough."""
    return at_ms <= expires_at_ms - FIRST_MS + LATE_MS


def counts_as_second(at_ms: int, expires_at_ms: int) -> bool:
    """True when a second notice of that time is early enough, and not as good as the first."""
    return expires_at_ms - EARLIEST_SECOND_MS <= at_ms <= expires_at_ms - SECOND_MS + LATE_MS
