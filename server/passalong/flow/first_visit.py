"""The goal `new_visitor`: which visit of a person is their first, and what becomes of the others.

It may turn out late that another visit was the first, or that one's first was through one's own link: then the credit
moves, and journal and receipts say the same of it.
"""

from msgspec.structs import replace

from passalong.core import receipts as core_receipts
from passalong.core.facts import NEW_VISITOR, Event
from passalong.core.identity import advocate_key, visitor_key
from passalong.core.pages import path_of
from passalong.core.reasons import Reason
from passalong.flow.arrivals import visitors_with
from passalong.flow.posting import withdraw
from passalong.flow.slice import Slice
from passalong.store.conversions import Conversion
from passalong.store.visits import Visit


def meet_new_visitor(work: Slice, event: Event, visit: Visit, own: bool) -> None:
    """The first counted visit of a person meets the goal; a later one is a step on the way, and says so."""
    visitors = visitors_with(work, visitor_key(visit.visitor_id))
    standing = [met for met in _met(work, visitors) if met.refused is None]
    earlier = any((met.at_ms, met.visit_id or "") <= (visit.at_ms, visit.visit_id) for met in standing)
    if earlier or own or any(met.frozen_seq is not None for met in standing):
        refuse(work, event, visit, Reason.OWN_LINK if own else Reason.RETURNING_VISITOR)
    else:
        find_first_visit(work, event, visitors)


def _met(work: Slice, visitors: list[str]) -> list[Conversion]:
    found = work.conversions.of_visitors(visitors)
    return [conversion for conversion in found if conversion.goal == NEW_VISITOR]


def find_first_visit(work: Slice, event: Event, visitors: list[str]) -> None:
    """Look at all visits of a person again: the first that is not through an own link is the one that counts as new."""
    met = {conversion.conversion_id: conversion for conversion in _met(work, visitors)}
    decided = any(conversion.frozen_seq is not None for conversion in met.values())
    found = work.visits.of(visitors)
    own = {visit.visit_id: is_own(work, visit) for visit in found}
    first = next((visit for visit in found if not own[visit.visit_id]), None)
    for visit in found:
        # Once a hold has ended, what has a receipt keeps it; a visit that came in since has none yet.
        if work.receipts.latest(f"visit:{visit.visit_id}") is None if decided else visit is not first:
            refuse(work, event, visit, Reason.OWN_LINK if own[visit.visit_id] else Reason.RETURNING_VISITOR)
    if decided:
        return
    first_id = f"{NEW_VISITOR}:{first.visitor_id}" if first else ""
    for conversion_id, conversion in met.items():
        if conversion_id != first_id and conversion.refused is None:
            work.conversions.put(replace(conversion, refused=Reason.RETURNING_VISITOR))
            work.touched.add(conversion_id)
    if first is not None:
        _meet(work, event, first, met.get(first_id))


def _meet(work: Slice, event: Event, visit: Visit, known: Conversion | None) -> None:
    subject = f"visit:{visit.visit_id}"
    conversion_id = f"{NEW_VISITOR}:{visit.visitor_id}"
    if known is not None:
        if known.subject != subject:
            withdraw(work, event, known)
        met = replace(known, subject=subject, visit_id=visit.visit_id, at_ms=visit.at_ms, refused=None)
        met = replace(met, page_url=visit.page_url)
    else:
        met = Conversion(
            site_id=work.site_id,
            conversion_id=conversion_id,
            subject=subject,
            goal=NEW_VISITOR,
            at_ms=visit.at_ms,
            gross_micros=0,
            currency=None,
            share_id=visit.share_id,
            visit_id=visit.visit_id,
            visitor_id=visit.visitor_id,
            refused=None,
            page_url=visit.page_url,
        )
    work.conversions.put(met)
    work.touched.add(conversion_id)


def refuse(work: Slice, event: Event, visit: Visit, reason: Reason) -> None:
    """Write the receipt of a visit that pays nothing by itself."""
    made = core_receipts.refused(f"visit:{visit.visit_id}", "visit", reason, visit.at_ms)
    work.receipts.put(made, work.seq, event.at_ms, path_of(visit.page_url))


def is_own(work: Slice, visit: Visit) -> bool:
    """True when the visitor and the owner of the link are one person."""
    link = work.links.find(visit.share_id)
    owner = advocate_key(link.advocate_id if link else "")
    return work.persons.person(visitor_key(visit.visitor_id)) == work.persons.person(owner)
