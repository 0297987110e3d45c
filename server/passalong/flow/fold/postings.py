"""Postings of one conversion: the difference between what it pays and what was posted, and its lines of credit."""

from collections.abc import Collection, Mapping
from fractions import Fraction

from msgspec import Struct

from passalong.core.attribution.allocate import POOL, Allocation
from passalong.core.attribution.journey import NOBODYS
from passalong.core.facts import Event
from passalong.core.identity import line_id
from passalong.core.ledger import receipts as core_receipts
from passalong.core.ledger.entries import adjustment
from passalong.core.money import POINTS
from passalong.core.reasons import Reason
from passalong.flow.fold import announcements, rollups
from passalong.flow.fold.decisions import Holds
from passalong.flow.fold.pool import pool_period
from passalong.flow.fold.release_times import Key, is_ready, keep_waiting
from passalong.flow.fold.slice import Slice
from passalong.store.books.conversions import Conversion
from passalong.store.books.credits import Credit


class Settled(Struct, frozen=True):
    """The payments of a conversion now, and without refunds; when lines end their hold, when they were lowered, and
    what waits for a person."""

    now: Allocation
    at_gross: Allocation
    times: Mapping[tuple[str, str], int]
    lowered_at_ms: int | None
    holds: Holds


def post_conversion(work: Slice, event: Event, conversion: Conversion, settled: Settled) -> Conversion:
    """Post what a conversion pays, minus what was posted, and store its credits; returns what they say of it."""
    now, at_gross = settled.now, settled.at_gross
    before = work.credits.of(conversion.conversion_id)
    desired, gross = _amounts(now), _amounts(at_gross)
    posted = {key: credit.amount_micros for key, credit in before.items()}
    levels = _levels(at_gross)
    keys = sorted({*desired, *posted, *levels})
    on_hold, releases = _waiting(conversion, before, keys, settled, event.at_ms)
    ready = {key for key in keys if is_ready(conversion, before.get(key), releases[key], event.at_ms)} - on_hold
    period = pool_period(work, event, conversion.at_ms)
    work.post(conversion.subject, event.at_ms, adjustment(desired, posted, ready, period))
    for recipient, unit in keys:
        amount = desired.get((recipient, unit), 0)
        earned = core_receipts.earned(amount, gross.get((recipient, unit), 0))
        old = before.get((recipient, unit))
        level, share_id = levels.get((recipient, unit), (old.level, old.share_id) if old else (-1, None))
        credit = Credit(
            site_id=work.site_id,
            conversion_id=conversion.conversion_id,
            recipient=recipient,
            unit=unit,
            line_id=line_id(conversion.conversion_id, recipient, _further(conversion, unit)),
            subject=conversion.subject,
            share_id=share_id,
            goal=conversion.goal,
            level=level,
            at_ms=conversion.at_ms,
            amount_micros=amount,
            earned_micros=earned,
            taken_at_ms=settled.lowered_at_ms if earned > amount else None,
            release_at_ms=releases[recipient, unit],
            ready=(recipient, unit) in ready,
            direct_micros=_direct(now, recipient, unit, amount),
            on_hold=(recipient, unit) in on_hold,
        )
        keep_credit(work, old, credit)
    after = work.credits.of(conversion.conversion_id).values()
    rollups.count_outcomes(work, before.values(), after)
    return keep_waiting(work, conversion, is_whole=settled.holds.whole)


def _waiting(
    conversion: Conversion, before: Mapping[Key, Credit], keys: Collection[Key], settled: Settled, at_ms: int
) -> tuple[set[Key], dict[Key, int]]:
    """Return the lines on hold, and when the hold of each line ends.

    A line of a final split that was held until now ends its hold now, if its own time is over: credit expires by that.
    """
    on_hold = {key for key in keys if settled.holds.of(key[0]) and not (key in before and before[key].ready)}
    releases = {key: _release_of(conversion, before.get(key), settled.times.get(key)) for key in keys}
    for key, credit in before.items() if conversion.frozen_seq is not None else ():
        if credit.on_hold and key not in on_hold:
            releases[key] = max(releases[key], at_ms)
    return on_hold, releases


def _release_of(conversion: Conversion, old: Credit | None, release_at_ms: int | None) -> int:
    """Return when a line's hold ends; once the split is frozen it stays the same."""
    if conversion.frozen_seq is not None and old is not None and old.release_at_ms is not None:
        return old.release_at_ms
    return release_at_ms or conversion.release_at_ms or conversion.at_ms


def keep_credit(work: Slice, old: Credit | None, credit: Credit) -> None:
    """Store a credit, count the change, and announce it."""
    if old == credit:
        return
    work.credits.put(credit)
    announcements.credit(work, old, credit)
    if credit.recipient not in NOBODYS:
        rollups.count_credit(work, old, credit)
    elif credit.recipient == POOL:
        change = credit.amount_micros - (old.amount_micros if old else 0)
        rollups.count_pool(work, credit.at_ms, credit.unit, change)


def _amounts(pays: Allocation) -> dict[tuple[str, str], int]:
    """Micros by (recipient, unit)."""
    return {(who, pot.unit): micros for pot in pays.pots for who, micros in pot.amounts.items()}


def _further(conversion: Conversion, unit: str) -> str:
    """Return the unit if it is not the conversion's own: a person may have a line in each."""
    return "" if unit == (conversion.currency or POINTS) else unit


def _direct(now: Allocation, recipient: str, unit: str, amount_micros: int) -> int:
    """Return the part for people whom the recipient brought directly, cut to whole micros.

    What is set aside counts too: an order that names an advocate changes nobody's part of the pool.
    """
    parts = [part for part in now.parts if (part.recipient, part.unit, part.level) == (recipient, unit, 0)]
    exact = sum((part.exact for part in parts), Fraction(0))
    kept_back = now.pot(unit).limited
    aside = sum(
        limit.amount_micros for limit in kept_back if (limit.recipient, limit.reason) == (recipient, Reason.OWN_LINK)
    )
    return min(amount_micros + aside, exact.numerator // exact.denominator)


def _levels(at_gross: Allocation) -> dict[tuple[str, str], tuple[int, str]]:
    """Return each advocate's nearest level per unit, and their link there."""
    levels: dict[tuple[str, str], tuple[int, str]] = {}
    for part in at_gross.parts:
        key = (part.recipient, part.unit)
        levels[key] = min(levels.get(key, (9, "")), (part.level, part.share_id))
    return levels
