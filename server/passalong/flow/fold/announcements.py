"""Announce what a fact has changed: events for the owner's webhooks and the list of events, in the slice's transaction.

Payloads name links, advocates, visits and the owner's own orders, and nothing of a visitor: no visitor id, no customer,
no address, no query of a page.
"""

from passalong.core.attribution.journey import NOBODYS
from passalong.core.facts import Event
from passalong.core.ledger.receipts import Receipt
from passalong.core.ledger.redemptions import State
from passalong.core.pages import path_of
from passalong.core.reasons import Reason
from passalong.core.webhooks import payloads
from passalong.core.webhooks.events import EventType
from passalong.flow.fold import event_lines
from passalong.flow.fold.slice import Slice
from passalong.store.books.claims import Claim
from passalong.store.books.conversions import Conversion
from passalong.store.books.credits import Credit
from passalong.store.books.links import IssuedLink
from passalong.store.books.redemptions import Redemption
from passalong.store.books.refunds import Refund
from passalong.store.books.visits import Visit

OF_STATE = {
    State.REQUESTED: EventType.REDEMPTION_REQUESTED,
    State.APPROVED: EventType.REDEMPTION_APPROVED,
    State.DONE: EventType.REDEMPTION_DONE,
    State.REJECTED: EventType.REDEMPTION_REJECTED,
    State.WITHDRAWN: EventType.REDEMPTION_WITHDRAWN,
    State.REFUSED: EventType.REDEMPTION_REFUSED,
}


def share(work: Slice, event: Event, link: IssuedLink, target: str) -> None:
    """Announce that a link was shared."""
    page = path_of(link.page_url)
    data = payloads.Share(share_id=link.share_id, advocate_id=link.advocate_id, page=page, target=target)
    work.outgoing.put(EventType.SHARE_CREATED, event.at_ms, data)


def visit(work: Slice, event: Event, visit: Visit, receipt: Receipt) -> None:
    """Announce a visit, counted or refused, by its receipt."""
    link, paid = work.links.find(visit.share_id), event_lines.paid(receipt)
    status = event_lines.status(receipt)
    data = payloads.Visit(
        visit_id=visit.visit_id,
        share_id=visit.share_id,
        advocate_id=link.advocate_id if link else None,
        page=path_of(visit.page_url),
        status=status,
        reason=receipt.reason,
        unit=paid[0].unit if paid else None,
        paid_micros=paid[0].paid_micros if paid else 0,
        also=paid[1:],
    )
    counted = status in ("credited", event_lines.HELD)
    work.outgoing.put(EventType.VISIT_COUNTED if counted else EventType.VISIT_REFUSED, event.at_ms, data)


def thanks(work: Slice, at_ms: int, visit: Visit) -> None:
    """Announce that the person of a visit said thank you: for which link, and not who."""
    link = work.links.find(visit.share_id)
    if link is not None:
        data = payloads.Thanks(share_id=link.share_id, advocate_id=link.advocate_id, page=path_of(link.page_url))
        work.outgoing.put(EventType.LINK_THANKED, at_ms, data)


def conversion(work: Slice, event: Event, conversion: Conversion, receipt: Receipt, *, is_first: bool) -> None:
    """Announce a conversion, or the visit that met the goal of a new visitor, by a new version of its receipt."""
    if receipt.kind == "visit":
        by = work.visits.find(conversion.visit_id)
        if by is not None:
            visit(work, event, by, receipt)
        return
    if receipt.kind != "conversion":
        return
    paid = event_lines.paid(receipt)
    data = payloads.Conversion(
        conversion_id=conversion.conversion_id,
        goal=conversion.goal,
        share_id=conversion.share_id,
        status=event_lines.status(receipt),
        reason=None if receipt.reason is Reason.NO_TOKEN else receipt.reason,
        currency=conversion.currency,
        value_micros=conversion.gross_micros,
        refunded_micros=work.conversions.refunded(conversion.conversion_id).micros,
        unit=paid[0].unit if paid else None,
        paid_micros=paid[0].paid_micros if paid else 0,
        also=paid[1:],
        terms_version=receipt.terms_version or None,
    )
    work.outgoing.put(EventType.CONVERSION_CREATED if is_first else EventType.CONVERSION_UPDATED, event.at_ms, data)


def refund(work: Slice, event: Event, refund: Refund) -> None:
    """Announce a refund and what it gave back; its conversion may still be to come."""
    order = work.conversions.find(refund.conversion_id)
    data = payloads.Refund(
        refund_id=refund.refund_id,
        conversion_id=refund.conversion_id,
        currency=order.currency if order else None,
        amount_micros=work.conversions.back_micros(refund) if order else None,
        full=refund.everything,
    )
    work.outgoing.put(EventType.CONVERSION_REFUNDED, event.at_ms, data)


def credit(work: Slice, old: Credit | None, now: Credit) -> None:
    """Announce what has changed of a line of credit."""
    if now.recipient in NOBODYS:
        return
    change = now.amount_micros - (old.amount_micros if old else 0)
    taken_micros = now.taken_micros - (old.taken_micros if old else 0)
    if taken_micros > 0:
        _credit(work, EventType.CREDIT_REVERSED, now, change)
    elif change:
        is_new = change > 0 and (old is None or old.is_gone)
        _credit(work, EventType.CREDIT_CREATED if is_new else EventType.CREDIT_UPDATED, now, change)
    if old is not None and now.ready and not old.ready and now.amount_micros > 0:
        _credit(work, EventType.CREDIT_RELEASED, now, 0)


def released(work: Slice, now: Credit) -> None:
    """Announce that a line's hold has ended."""
    _credit(work, EventType.CREDIT_RELEASED, now, 0)


def expired(work: Slice, now: Credit) -> None:
    """Announce that credit expired."""
    _credit(work, EventType.CREDIT_EXPIRED, now, now.amount_micros)


def _credit(work: Slice, kind: EventType, now: Credit, change_micros: int) -> None:
    data = payloads.Credit(
        line_id=now.line_id,
        advocate_id=now.recipient,
        subject=now.subject,
        goal=now.goal,
        unit=now.unit,
        amount_micros=now.amount_micros,
        change_micros=change_micros,
        status="available" if now.ready else "pending",
    )
    work.outgoing.put(kind, work.times[work.seq], data)


def redemption(work: Slice, event: Event, redeemed: Redemption) -> None:
    """Announce a redemption in its new state."""
    data = payloads.Redemption(
        redemption_id=redeemed.redemption_id,
        advocate_id=redeemed.advocate_id,
        method=redeemed.method,
        unit=redeemed.unit,
        amount_micros=redeemed.amount_micros,
        fee_micros=redeemed.fee_micros,
        state=redeemed.state,
        reason=Reason.NOT_ENOUGH_CREDIT if redeemed.state == State.REFUSED else None,
    )
    work.outgoing.put(OF_STATE[State(redeemed.state)], event.at_ms, data)


def claim(work: Slice, kind: EventType, at_ms: int, claim: Claim) -> None:
    """Announce what has happened to a claim."""
    data = payloads.Claim(
        claim_id=claim.claim_id,
        advocate_id=claim.advocate_id,
        line_id=claim.line_id,
        conversion_id=claim.conversion_id,
        share_id=claim.share_id,
        outcome=claim.outcome,
        due_at_ms=claim.promised_at_ms if claim.has_clock else None,
    )
    work.outgoing.put(kind, at_ms, data)
