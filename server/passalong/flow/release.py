"""The end of holds: time passes only through facts of the clock, so a replay releases what was released then."""

from msgspec.structs import replace

from passalong.core.attribution import POOL, UNATTRIBUTED
from passalong.core.facts import ClockTicked, Event
from passalong.core.ledger import release
from passalong.flow import tally
from passalong.flow.slice import Slice
from passalong.store.journeys import Conversion


def ticked(work: Slice, event: Event, fact: ClockTicked) -> None:
    """Every hold that has ended by now: what is waiting becomes the advocates' own, and the split is frozen."""
    for conversion in work.conversions.due(event.at_ms):
        for (recipient, unit), credit in work.credits.of(conversion.conversion_id).items():
            _release(work, event, conversion, recipient, unit, credit.amount_micros)
            work.credits.put(replace(credit, ready=True))
        work.conversions.put(replace(conversion, frozen_seq=work.seq))


def _release(work: Slice, event: Event, conversion: Conversion, recipient: str, unit: str, amount_micros: int) -> None:
    if amount_micros and recipient not in (POOL, UNATTRIBUTED):
        work.post(conversion.subject, event.at_ms, release(recipient, unit, amount_micros))
        tally.count_release(work, recipient, unit, amount_micros)
