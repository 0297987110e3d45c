"""Fold refunds."""

from passalong.core.facts import ConversionRefunded, Event
from passalong.flow.fold import announcements
from passalong.flow.fold.slice import Slice
from passalong.store.books.refunds import Refund


def refunded(work: Slice, event: Event, fact: ConversionRefunded) -> None:
    """Fold a refund; its conversion may still be to come."""
    amounts = (fact.amount_micros, fact.amount_minor, fact.full)
    refund = Refund(work.site_id, fact.conversion_id, event.event_id, event.at_ms, *amounts)
    work.conversions.refund(refund)
    announcements.refund(work, event, refund)
    work.touched.add(fact.conversion_id)
