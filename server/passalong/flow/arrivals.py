"""Who did it, and by which links they had come: where a conversion's touches are found."""

from passalong.core.attribution import DAY_MS
from passalong.core.identity import visitor_key
from passalong.flow.slice import Slice
from passalong.store.conversions import Conversion

LONGEST_WINDOW_MS = 90 * DAY_MS

Arrival = tuple[str, int, str, bool]
"""(event id, time, share id, told by a person)"""


def key_of(conversion: Conversion) -> str:
    """The identity key of whoever did it: their visitor, the customer whom the owner names, or nobody we know."""
    if conversion.visitor_id:
        return visitor_key(conversion.visitor_id)
    return conversion.customer or f"c:{conversion.conversion_id}"


def arrivals_of(work: Slice, conversion: Conversion) -> list[Arrival]:
    """Every arrival of the converter.

    A code without a known visit is one, at T; so is one whose visit's note came late, after the conversion itself.
    """
    visitors = visitors_with(work, key_of(conversion))
    found = work.visits.of(visitors, conversion.at_ms - LONGEST_WINDOW_MS, conversion.at_ms) if visitors else []
    arrivals = [(visit.visit_id, visit.at_ms, visit.share_id, False) for visit in found]
    arrivals += _told(work, conversion)
    if conversion.visitor_id is None:
        if conversion.share_id is not None and conversion.refused is None:
            arrivals.append((conversion.subject, conversion.at_ms, conversion.share_id, False))
        return arrivals
    named = work.visits.find(conversion.visit_id)
    if named is not None and named.at_ms > conversion.at_ms and named.refused is None:
        arrivals.append((named.visit_id, conversion.at_ms, named.share_id, False))
    return arrivals


def _told(work: Slice, conversion: Conversion) -> list[Arrival]:
    """A code that was typed in, and whom the owner names, are steps on the way, taken at the conversion's moment."""
    told = conversion.coupon_share_id
    coupon = [(f"coupon:{conversion.conversion_id}", conversion.at_ms, told, True)] if told else []
    given = work.verdicts.of("conversion", [conversion.conversion_id])
    return coupon + [
        (f"named:{verdict.event_id}", conversion.at_ms, verdict.share_id, True) for verdict in given if verdict.share_id
    ]


def visitors_with(work: Slice, key: str) -> list[str]:
    """All visitor ids of the person behind an identity key, sorted."""
    return sorted(member[2:] for member in work.persons.members(key) if member.startswith("v:"))
