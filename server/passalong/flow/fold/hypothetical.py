"""Hypothetical splits: what an order would pay, had its split not become final before a step was added to it."""

from collections.abc import Iterator

from msgspec.structs import replace

from passalong.core.attribution.allocate import allocate
from passalong.core.facts import GIVEN
from passalong.core.ledger.line_kinds import CLAIM
from passalong.flow.fold import decisions
from passalong.flow.fold.settle import journey_of
from passalong.flow.fold.slice import Slice
from passalong.store.books.conversions import Conversion


def owed(work: Slice, conversion: Conversion, advocate_id: str) -> tuple[str, int] | None:
    """Return what all steps on record would pay an advocate on top of what they have, (unit, micros); None if nothing.

    All that is given so for one order is at most what the order pays, however many people ask about it. Only this and
    the cap for one outcome lower it: the room in caps of days and months was decided without it.
    """
    for unit, missing, room in _missing(work, conversion, advocate_id):
        if min(missing, room) > 0:
            return unit, min(missing, room)
    return None


def is_used_up(work: Slice, conversion: Conversion, advocate_id: str) -> bool:
    """Return True if an advocate would have more, had others not been given all that the order pays."""
    return any(missing > 0 >= room for _, missing, room in _missing(work, conversion, advocate_id))


def _missing(work: Slice, conversion: Conversion, advocate_id: str) -> Iterator[tuple[str, int, int]]:
    """Iterate over units: what all steps would pay an advocate on top of what they have, and what is left to give."""
    journey = journey_of(work, replace(conversion, frozen_seq=None), None)
    pays = decisions.voided(decisions.about(work, conversion), allocate(journey))
    own = work.identities.account(advocate_id)
    had = [
        (who, unit, credit.amount_micros) for (who, unit), credit in work.credits.of(conversion.conversion_id).items()
    ]
    gifts = list(_given_for(work, conversion.conversion_id))
    for pot in pays.pots:
        missing = sum(amount for who, amount in pot.amounts.items() if who in own)
        missing -= sum(amount for who, unit, amount in (*had, *gifts) if who in own and unit == pot.unit)
        gift_micros = sum(amount for _, unit, amount in gifts if unit == pot.unit)
        yield pot.unit, missing, sum(pot.amounts.values()) - gift_micros


def _given_for(work: Slice, conversion_id: str) -> Iterator[tuple[str, str, int]]:
    """Iterate over what granted claims gave for an order after its split was final: to whom, unit, micros."""
    for decision in work.decisions.of("conversion", [conversion_id]):
        gift = work.conversions.find(f"{GIVEN}:{decision.event_id}") if decision.event_id.startswith(CLAIM) else None
        if gift is not None:
            yield gift.given_to or "", gift.currency or "", gift.gross_micros
