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
    """Return True once a line is available: the split is frozen, and the line's own hold has ended."""
    if conversion.frozen_seq is None:
        return False
    return old.ready if old is not None else at_ms >= release_at_ms


def keep_later_release(work: Slice, conversion: Conversion) -> None:
    """Store when the next of a frozen conversion's lines ends its hold; None if all have ended."""
    found = work.credits.of(conversion.conversion_id)
    waiting = [credit.release_at_ms for (who, _), credit in found.items() if who not in NOBODYS and not credit.ready]
    later_at_ms = min((at_ms for at_ms in waiting if at_ms is not None), default=None)
    if conversion.later_release_at_ms != later_at_ms:
        work.conversions.put(replace(conversion, later_release_at_ms=later_at_ms))
