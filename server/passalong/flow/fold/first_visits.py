"""The goal `new_visitor`: which visit of a person is their first.

A late fact may show that another visit was the first, or that the first was through the visitor's own link: then the
credit moves, and journal and receipts say the same of it.
"""

from msgspec.structs import replace

from passalong.core.facts import NEW_VISITOR, Event
from passalong.core.identity import Ownership
from passalong.core.ledger import receipts as core_receipts
from passalong.core.reasons import Reason
from passalong.flow.fold import announcements, event_lines
from passalong.flow.fold.settle import withdraw
from passalong.flow.fold.slice import Slice
from passalong.store.books.conversions import Conversion
from passalong.store.books.identities import Buyer
from passalong.store.books.visits import Visit


def meet_new_visitor(work: Slice, event: Event, visit: Visit, own: bool) -> None:
    """Meet the goal with a person's first counted visit; a later visit is a touch, and its receipt says so."""
    visitors = sorted(work.identities.same_visitor(visit.visitor_id))
    standing = [met for met in _met(work, visitors) if met.refused is None]
    earlier = any((met.at_ms, met.visit_id or "") <= (visit.at_ms, visit.visit_id) for met in standing)
    if earlier or own or any(met.frozen_seq is not None for met in standing):
        refuse(work, event, visit, Reason.OWN_LINK if own else Reason.RETURNING_VISITOR)
    else:
        for visitor_id in visitors:
            _find_first_visit(work, event, visitor_id)


def _met(work: Slice, visitors: list[str]) -> list[Conversion]:
    conversions = work.conversions.of_visitors(visitors)
    return [conversion for conversion in conversions if conversion.goal == NEW_VISITOR]


def find_first_visits(work: Slice, event: Event, visitors: list[str]) -> None:
    """Determine the first visit of each of these visitors again."""
    for visitor_id in visitors:
        _find_first_visit(work, event, visitor_id)


def _find_first_visit(work: Slice, event: Event, visitor_id: str) -> None:
    """Determine the first of all visits by one person that is not through an own link."""
    visitors = sorted(work.identities.same_visitor(visitor_id))
    visits = work.visits.of(visitors)
    if not visits:
        return
    standing = _met(work, visitors)
    decided = any(conversion.frozen_seq is not None for conversion in standing)
    met = {conversion.conversion_id: conversion for conversion in standing if conversion.visitor_id == visitor_id}
    own = {visit.visit_id: is_own(work, visit) for visit in visits}
    first = next((visit for visit in visits if not own[visit.visit_id]), None)
    for visit in (each_visit for each_visit in visits if each_visit.visitor_id == visitor_id):
        # Once a hold has ended, a visit with a receipt keeps it; a visit that came in since has none yet.
        if work.receipts.latest(f"visit:{visit.visit_id}") is None if decided else visit is not first:
            refuse(work, event, visit, Reason.OWN_LINK if own[visit.visit_id] else Reason.RETURNING_VISITOR)
    if decided:
        return
    first_id = f"{NEW_VISITOR}:{first.visitor_id}" if first and first.visitor_id == visitor_id else ""
    for conversion_id, conversion in met.items():
        if conversion_id != first_id and conversion.refused is None:
            work.conversions.put(replace(conversion, refused=Reason.RETURNING_VISITOR))
            work.touched.add(conversion_id)
    if first is not None and first_id:
        _meet(work, event, first, met.get(first_id))


def _meet(work: Slice, event: Event, visit: Visit, first_conversion: Conversion | None) -> None:
    subject = f"visit:{visit.visit_id}"
    conversion_id = f"{NEW_VISITOR}:{visit.visitor_id}"
    if first_conversion is not None:
        if first_conversion.subject != subject:
            withdraw(work, event, first_conversion)
        met = replace(first_conversion, subject=subject, visit_id=visit.visit_id, at_ms=visit.at_ms, refused=None)
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
    receipt = core_receipts.refused(f"visit:{visit.visit_id}", "visit", reason, visit.at_ms)
    if work.receipts.put(receipt, work.seq, event.at_ms):
        event_lines.of_refused_visit(work, visit, receipt)
        announcements.visit(work, event, visit, receipt)


def is_own(work: Slice, visit: Visit) -> bool:
    """Return True if the link is the visitor's own."""
    link = work.links.find(visit.share_id)
    own = link is not None and work.identities.own(Buyer(visit.visitor_id), link.advocate_id)
    return own is Ownership.OWN
