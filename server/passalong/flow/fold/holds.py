"""End holds: waiting credit becomes available, and the split is frozen, a bounded number at a time."""

from msgspec.structs import replace

from passalong.core.attribution.journey import NOBODYS
from passalong.core.facts import ClockTicked, Event
from passalong.core.ledger.entries import release
from passalong.flow.fold import announcements, claims, expiry, rollups
from passalong.flow.fold.pool import close_due
from passalong.flow.fold.priming import prime_holds
from passalong.flow.fold.release_times import keep_waiting
from passalong.flow.fold.slice import Slice
from passalong.store.books.conversions import Conversion
from passalong.store.books.credits import Credit


def ticked(work: Slice, event: Event, fact: ClockTicked) -> None:
    """Fold a clock tick: end due holds, at most `fact.most`, then claims, expiring credit, pools."""
    due = work.conversions.due(event.at_ms, fact.most)
    later = work.conversions.due_later(event.at_ms, None if fact.most is None else fact.most - len(due))
    prime_holds(work, [*due, *later])
    for conversion in due:
        _end_holds(work, event, work.conversions.put(replace(conversion, frozen_seq=work.seq)))
    for conversion in later:
        _end_holds(work, event, conversion)
    claims.lapse(work, event)
    expiry.take_due(work, event)
    if fact.closes_pools and (fact.most is None or len(due) + len(later) < fact.most):
        close_due(work, event)


def _end_holds(work: Slice, event: Event, conversion: Conversion) -> None:
    """Release the lines of a frozen conversion whose own hold has ended; the others, and held ones, go on waiting.

    In order of names, not as they were read: a replay, which may have other slices, must post the same.
    """
    for (recipient, _), credit in sorted(work.credits.of(conversion.conversion_id).items()):
        if credit.ready or (recipient not in NOBODYS and (credit.on_hold or (credit.release_at_ms or 0) > event.at_ms)):
            continue
        _release(work, event, conversion, work.credits.put(replace(credit, ready=True)))
    keep_waiting(work, conversion, is_whole=conversion.held_whole)


def _release(work: Slice, event: Event, conversion: Conversion, credit: Credit) -> None:
    recipient, unit, amount_micros = credit.recipient, credit.unit, credit.amount_micros
    if amount_micros and recipient not in NOBODYS:
        work.post(conversion.subject, event.at_ms, release(recipient, unit, amount_micros))
        rollups.count_release(work, recipient, unit, amount_micros)
        announcements.released(work, credit)
