"""Ids that become one person, and what changes with that: what is one's own, and who was new."""

from passalong.core.attribution import KEPT
from passalong.core.facts import Event, PersonIdentified
from passalong.flow.first_visit import find_first_visit
from passalong.flow.slice import Slice


def identified(work: Slice, event: Event, fact: PersonIdentified) -> None:
    """The owner said that these are one person: whatever is not frozen is settled as if it had always been known."""
    if work.persons.join_all(fact.keys):
        rejoined(work, event, fact.keys[0])


def _keeps(work: Slice, conversion_id: str) -> bool:
    """True when something is kept for whoever this was: now they may be known."""
    return any(recipient == KEPT for recipient, _ in work.credits.of(conversion_id))


def rejoined(work: Slice, event: Event, key: str) -> None:
    """Ids became one person: what is one's own changes, and so may every conversion that this person is in."""
    keys = work.persons.members(key)
    for conversion in work.conversions.of_person(keys):
        if conversion.frozen_seq is None or _keeps(work, conversion.conversion_id):
            work.touched.add(conversion.conversion_id)
    advocates = {member[2:] for member in keys if member.startswith("a:")}
    if len(advocates) > 1:
        work.touched |= work.credits.conversions_crediting(advocates)
    find_first_visit(work, event, sorted(member[2:] for member in keys if member.startswith("v:")))
