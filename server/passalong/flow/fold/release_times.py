"""Release times: every line of a conversion waits for the hold of the terms that pay it."""

from msgspec.structs import replace

from passalong.core.attribution.allocate import DAY_MS, POOL, UNATTRIBUTED, Allocation
from passalong.core.attribution.journey import NOBODYS
from passalong.flow.fold.slice import Slice
from passalong.store.books.conversions import Conversion
from passalong.store.books.credits import Credit

Key = tuple[str, str]
"""(recipient, unit)"""


def release_times(work: Slice, conversion: Conversion, now: Allocation, at_gross: Allocation) -> dict[Key, int]:
    """Return when each line's hold ends; a line that several versions pay waits for the longest of them."""
    days: dict[Key, int] = {}
    for pot in at_gross.pots if not conversion.given_to else ():
        for (recipient, version), micros in pot.cells.items():
            if micros and recipient not in (POOL, UNATTRIBUTED):
                hold_days = work.terms(version).hold_days
                days[recipient, pot.unit] = max(days.get((recipient, pot.unit), 0), hold_days)
    return {key: conversion.at_ms + hold_days * DAY_MS for key, hold_days in days.items()}


def is_ready(conversion: Conversion, old: Credit | None, release_at_ms: int, at_ms: int) -> bool:
    """Return True once a line that nobody holds is available: the split is frozen, and its own hold has ended."""
    if conversion.frozen_seq is None:
        return False
    return old.ready if old is not None else at_ms >= release_at_ms


def still_waits(work: Slice, conversion: Conversion) -> bool:
    """Return True while a line of a conversion is not available yet."""
    lines = work.credits.of(conversion.conversion_id).values()
    return conversion.frozen_seq is None or any(not credit.ready for credit in lines)


def keep_waiting(work: Slice, conversion: Conversion, *, is_whole: bool) -> Conversion:
    """Store what its lines say of a conversion: whether any is held, and when the clock ends the next hold of a line.

    The latter only once the split is frozen; None if no line waits for the clock. Returns the conversion.
    """
    lines = work.credits.of(conversion.conversion_id).values()
    waiting = [credit for credit in lines if credit.recipient not in NOBODYS and not credit.ready]
    times = [credit.release_at_ms for credit in waiting if not credit.on_hold and credit.release_at_ms is not None]
    later_at_ms = min(times, default=None) if conversion.frozen_seq is not None else None
    has_held = is_whole or any(credit.on_hold and credit.amount_micros for credit in waiting)
    if (conversion.held, conversion.held_whole, conversion.later_release_at_ms) == (has_held, is_whole, later_at_ms):
        return conversion
    now = replace(conversion, held=has_held, held_whole=is_whole, later_release_at_ms=later_at_ms)
    return work.conversions.put(now)
