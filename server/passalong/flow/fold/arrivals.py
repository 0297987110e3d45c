"""Find the touches of a conversion: who bought, and through which links they had come."""

from passalong.core.attribution.allocate import DAY_MS, Ignored
from passalong.core.conversions.attribution import OrderTouch
from passalong.flow.fold.slice import Slice
from passalong.store.books.conversions import Conversion
from passalong.store.books.identities import Buyer

LONGEST_WINDOW_MS = 90 * DAY_MS

Arrival = tuple[str, int, str, bool]
"""(event id, time, share id, told by a person)"""


def buyer_of(conversion: Conversion) -> Buyer:
    """Return what a conversion says about its buyer. An address is only said; a customer too, unless the site knows
    them."""
    customer = conversion.customer if conversion.signed_in else None
    stated_keys = (conversion.email, None if conversion.signed_in else conversion.customer)
    return Buyer(conversion.visitor_id, customer, tuple(key for key in stated_keys if key))


def journey_of_buyer(work: Slice, conversion: Conversion) -> tuple[list[str], bool]:
    """Return the visitors whose visits led to a conversion, and whether only earlier orders of the same customer say
    so.

    The latter is asked if a site's signed-in customer came without a code, and nothing else is known of their browsers.
    """
    buyer = buyer_of(conversion)
    journey = work.identities.journey(buyer)
    if journey or not buyer.customer or conversion.named_shares:
        return sorted(journey), False
    earlier = [
        earlier_order
        for earlier_order in work.conversions.of_person([buyer.customer])
        if earlier_order.signed_in and earlier_order.visitor_id
    ]
    return sorted({order.visitor_id for order in earlier if order.visitor_id}), True


def arrivals_of(work: Slice, conversion: Conversion) -> list[Arrival]:
    """Return every visit of the buyer.

    A code without a known visit is one visit, at T; so is one whose visit's note came late, after the conversion
    itself.
    """
    visitors, _ = journey_of_buyer(work, conversion)
    visits = work.visits.of(visitors, conversion.at_ms - LONGEST_WINDOW_MS, conversion.at_ms) if visitors else []
    arrivals = [(visit.visit_id, visit.at_ms, visit.share_id, False) for visit in visits]
    arrivals += _told(work, conversion)
    arrivals += _sent(work, conversion)
    if conversion.visitor_id is None:
        if conversion.share_id is not None and conversion.refused is None:
            arrivals.append((conversion.subject, conversion.at_ms, conversion.share_id, False))
        return arrivals
    named = work.visits.find(conversion.visit_id)
    if named is not None and named.at_ms > conversion.at_ms and named.refused is None:
        arrivals.append((named.visit_id, conversion.at_ms, named.share_id, False))
    return arrivals


def _told(work: Slice, conversion: Conversion) -> list[Arrival]:
    """Return typed-in codes and links named by the owner as touches at the conversion's time."""
    coupon_share_id = conversion.coupon_share_id
    coupon = (
        [(f"coupon:{conversion.conversion_id}", conversion.at_ms, coupon_share_id, True)] if coupon_share_id else []
    )
    decisions = work.decisions.of("conversion", [conversion.conversion_id])
    return coupon + [
        (f"named:{decision.event_id}", conversion.at_ms, decision.share_id, True)
        for decision in decisions
        if decision.share_id
    ]


def _sent(work: Slice, conversion: Conversion) -> list[Arrival]:
    """Return the first and last touch of an agent's order, both at the conversion's time (docs/agent_orders.md)."""
    refused = {ignored.event_id for ignored in refused_touches(work, conversion)}
    return [
        (_touch_id(touch, conversion), conversion.at_ms, touch.share_id, True)
        for touch in conversion.order_touches
        if touch.share_id and _touch_id(touch, conversion) not in refused
    ]


def refused_touches(work: Slice, conversion: Conversion) -> tuple[Ignored, ...]:
    """Return the touches of an agent's order that do not count: their token is bad or expired, or no link is known."""
    ignored: list[Ignored] = []
    for touch in conversion.order_touches:
        reason = touch.refusal(conversion.at_ms) or (work.links.refusal(touch.share_id) if touch.share_id else None)
        if reason is not None:
            ignored.append(Ignored(_touch_id(touch, conversion), reason))
    return tuple(ignored)


def _touch_id(touch: OrderTouch, conversion: Conversion) -> str:
    """Return the id of a touch: `first:` sorts before `last:`, so of two at one time the last one is the later."""
    return f"{touch.place}:{conversion.conversion_id}"
