"""What people and shops did, folded: shares, visits, conversions and refunds, and which conversions each touches."""

from msgspec.structs import replace

from passalong.core.facts import ConversionRefunded, ConversionReported, Event, LinkShared, LinkVisited
from passalong.core.identity import advocate_key, visitor_key
from passalong.core.reasons import Reason
from passalong.flow import tally
from passalong.flow.first_visit import is_own, meet_new_visitor, refuse
from passalong.flow.persons import rejoined
from passalong.flow.slice import Slice
from passalong.store.conversions import Conversion
from passalong.store.visits import Visit


def shared(work: Slice, event: Event, fact: LinkShared) -> None:
    """A link was used: it counts once, and may tell who a visitor is."""
    link = work.links.find(fact.share_id)
    if link is None or fact.refused is not None:
        return
    tally.count_sent(work, link, fact.to)
    if tally.use_link(work, link, event.at_ms) and link.visitor_id:
        rejoined(work, event, visitor_key(link.visitor_id))


def visited(work: Slice, event: Event, fact: LinkVisited) -> None:
    """Somebody came: the visit is kept, counted, and whatever it falls into the window of is settled anew."""
    link = work.links.find(fact.share_id)
    refused = fact.refused or (Reason.UNKNOWN_SHARE if link is None else None)
    visit = Visit(work.site_id, event.event_id, fact.visitor_id, fact.share_id, event.at_ms, fact.page_url, refused)
    work.visits.add(visit)
    for named in work.conversions.of_visit(visit.visit_id):
        _name_visitor(work, event, named)
    if refused is not None or link is None:
        refuse(work, event, visit, refused or Reason.UNKNOWN_SHARE)
        return
    if tally.use_link(work, link, event.at_ms) and link.visitor_id:
        rejoined(work, event, visitor_key(link.visitor_id))
    joined = fact.advocate_id is not None and work.persons.join(
        advocate_key(fact.advocate_id), visitor_key(fact.visitor_id)
    )
    own = is_own(work, visit)
    if not own:
        tally.count_visit(work, visit, link)
    if joined:
        rejoined(work, event, visitor_key(visit.visitor_id))
    else:
        _touch_conversions(work, visit)
        meet_new_visitor(work, event, visit, own)


def _touch_conversions(work: Slice, visit: Visit) -> None:
    """A visit may come in after a conversion that it led to: whatever it falls into the window of is settled anew."""
    keys = work.persons.members(visitor_key(visit.visitor_id))
    for conversion in work.conversions.of_person(keys):
        if conversion.at_ms >= visit.at_ms and conversion.frozen_seq is None:
            work.touched.add(conversion.conversion_id)


def reported(work: Slice, event: Event, fact: ConversionReported) -> None:
    """A conversion came in: who it was is looked up by its code."""
    conversion = Conversion(
        site_id=work.site_id,
        conversion_id=event.event_id,
        subject=f"conversion:{event.event_id}",
        goal=fact.goal,
        at_ms=event.at_ms,
        gross_micros=fact.gross_micros,
        currency=fact.currency,
        share_id=fact.share_id,
        visit_id=fact.visit_id,
        visitor_id=None,
        refused=fact.refused,
        customer=fact.customer,
        page_url=fact.page_url,
        products="\n".join(fact.products) or None,
        country=fact.country,
        coupon_share_id=fact.coupon_share_id,
    )
    work.conversions.put(conversion)
    _name_visitor(work, event, conversion)


def _name_visitor(work: Slice, event: Event, conversion: Conversion) -> None:
    """A code names a visit, and through it the visitor; a code whose visit belongs to another link does not.

    Where the owner knows the customer, visitor and customer are one person.
    """
    visit = work.visits.find(conversion.visit_id)
    if visit is not None and visit.share_id == conversion.share_id and conversion.visitor_id is None:
        conversion = work.conversions.put(replace(conversion, visitor_id=visit.visitor_id))
    work.touched.add(conversion.conversion_id)
    if conversion.visitor_id is not None and conversion.customer is not None:
        key = visitor_key(conversion.visitor_id)
        if work.persons.join(key, conversion.customer):
            rejoined(work, event, key)


def refunded(work: Slice, event: Event, fact: ConversionRefunded) -> None:
    """Value was given back; the conversion may still be to come."""
    work.conversions.refund(fact.conversion_id, event.event_id, event.at_ms, fact.amount_micros)
    work.touched.add(fact.conversion_id)
