"""Fold visits: store and count them, and find the conversions whose window they fall into."""

from passalong.core.facts import Event, LinkVisited
from passalong.core.identity import advocate_key, visitor_key
from passalong.core.reasons import Reason
from passalong.flow.fold import rollups, thanks
from passalong.flow.fold.conversions import name_visitor, of_same_customers
from passalong.flow.fold.first_visits import is_own, meet_new_visitor, refuse
from passalong.flow.fold.persons import rejoined
from passalong.flow.fold.slice import Slice
from passalong.store.books.visits import Visit


def visited(work: Slice, event: Event, fact: LinkVisited) -> None:
    """Fold a visit: store and count it, and settle every conversion whose window it falls into."""
    link = work.links.find(fact.share_id)
    refused = fact.refused or work.links.refusal(fact.share_id)
    visit = Visit(work.site_id, event.event_id, fact.visitor_id, fact.share_id, event.at_ms, fact.page_url, refused)
    work.visits.add(visit)
    for named in work.conversions.of_visit(visit.visit_id):
        name_visitor(work, event, named)
    if refused is not None or link is None:
        refuse(work, event, visit, refused or Reason.UNKNOWN_SHARE)
        return
    if rollups.use_link(work, link, event.at_ms):
        rejoined(work, event, [advocate_key(link.advocate_id)])
    origin = (event.source, event.event_id)
    joined = fact.advocate_id is not None and work.identities.see(fact.advocate_id, fact.visitor_id, origin, work.seq)
    own = is_own(work, visit)
    if not own:
        rollups.count_visit(work, visit, link)
    if early := work.thanks.share_of(visit.visit_id):
        thanks.count_thanks(work, visit, early, event.at_ms)
    if joined:
        rejoined(work, event, [visitor_key(visit.visitor_id)])
    else:
        _touch_conversions(work, visit)
        meet_new_visitor(work, event, visit, own)


def _touch_conversions(work: Slice, visit: Visit) -> None:
    """Mark conversions for settlement that a late visit may have led to."""
    keys = work.identities.reach([visitor_key(visit.visitor_id)])
    for conversion in of_same_customers(work, work.conversions.of_person(keys)):
        if conversion.at_ms >= visit.at_ms and conversion.frozen_seq is None:
            work.touched.add(conversion.conversion_id)
