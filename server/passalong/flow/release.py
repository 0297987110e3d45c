"""When holds end: what is waiting becomes the advocates' own, and the split is frozen, a bounded number at a time."""

from msgspec.structs import replace

from passalong.core.attribution import KEPT, POOL, UNATTRIBUTED
from passalong.core.facts import ClockTicked, Event
from passalong.core.ledger import release
from passalong.flow import claims, expiring, tally
from passalong.flow.pooling import close_due
from passalong.flow.slice import Slice
from passalong.store.conversions import Conversion
from passalong.store.credits import Credit


def ticked(work: Slice, event: Event, fact: ClockTicked) -> None:
    """End what has ended by now: holds, at most `fact.most`, then promises, credit that expires, pools."""
    due = work.conversions.due(event.at_ms, fact.most)
    work.credits.prime(conversion.conversion_id for conversion in due)
    for conversion in due:
        # By name, not as they were read: a replay, which may have made them in other slices, must post the same.
        for _, credit in sorted(work.credits.of(conversion.conversion_id).items()):
            _release(work, event, conversion, credit)
            work.credits.put(replace(credit, ready=True))
        work.conversions.put(replace(conversion, frozen_seq=work.seq))
    claims.lapse(work, event)
    expiring.take_due(work, event)
    if fact.most is None or len(due) < fact.most:
        close_due(work, event)


def _release(work: Slice, event: Event, conversion: Conversion, credit: Credit) -> None:
    recipient, unit, amount_micros = credit.recipient, credit.unit, credit.amount_micros
    if amount_micros and recipient not in (POOL, UNATTRIBUTED, KEPT):
        work.post(conversion.subject, event.at_ms, release(recipient, unit, amount_micros))
        tally.count_release(work, recipient, unit, amount_micros)
