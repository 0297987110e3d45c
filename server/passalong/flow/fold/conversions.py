"""Fold conversions, and find those that a visit or another order of the same customer changes."""

from msgspec.structs import replace

from passalong.core.conversions.attribution import encode_touches
from passalong.core.facts import ConversionReported, Event
from passalong.flow.fold.slice import Slice
from passalong.store.books.conversions import Conversion


def reported(work: Slice, event: Event, fact: ConversionReported) -> None:
    """Fold a conversion: its buyer is looked up by its code."""
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
        email=fact.email,
        signed_in=fact.signed_in,
        page_url=fact.page_url,
        products="\n".join(fact.products) or None,
        country=fact.country,
        coupon_share_id=fact.coupon_share_id,
        currency_taken=fact.currency_taken,
        touches=encode_touches(fact.touches),
    )
    work.conversions.put(conversion)
    name_visitor(work, event, conversion)


def name_visitor(work: Slice, event: Event, conversion: Conversion) -> None:
    """Find the visitor by the visit that a code names; a code whose visit belongs to another link finds none."""
    visit = work.visits.find(conversion.visit_id)
    if visit is not None and visit.share_id == conversion.share_id and conversion.visitor_id is None:
        conversion = work.conversions.put(replace(conversion, visitor_id=visit.visitor_id))
    for other in of_same_customers(work, [conversion]):
        if other.conversion_id == conversion.conversion_id or other.frozen_seq is None:
            work.touched.add(other.conversion_id)


def of_same_customers(work: Slice, conversions: list[Conversion]) -> list[Conversion]:
    """Return these conversions, and the others of their customers who are signed in at the site.

    An order without a code is credited by the browsers of the same customer's other orders (arrivals.py).
    """
    customers = {conversion.customer for conversion in conversions if conversion.signed_in and conversion.customer}
    return conversions + work.conversions.of_person(customers) if customers else conversions
