"""Write the console's event list: a line for each fact that an owner may look for, with its result.

Lines of visits and conversions follow their receipts, lines of thanks their visits; the other facts have a line of
their own here.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from passalong.core.attribution.journey import NOBODYS
from passalong.core.facts import ConversionRefunded, ConversionReported, DecisionMade, Event, Fact, LinkShared
from passalong.core.ledger.receipts import Receipt, ReceiptPot
from passalong.core.pages import path_of
from passalong.core.reasons import UNSHARED_REASONS, Reason
from passalong.core.thanks.facts import LinkThanked
from passalong.core.webhooks.payloads import PaidIn
from passalong.flow.fold.slice import Slice
from passalong.store.books.claims import Claim
from passalong.store.books.conversions import Conversion
from passalong.store.books.event_lines import UNSHARED, EventLine
from passalong.store.books.redemptions import Redemption
from passalong.store.books.refunds import Refund
from passalong.store.books.rollups import page_hash
from passalong.store.books.visits import Visit

HELD = "held"
TAKEN_BACK = "taken_back"


def of_conversion(work: Slice, conversion: Conversion, receipt: Receipt) -> None:
    """Write the line of a conversion, or of the visit that met the goal of a new visitor."""
    visit = work.visits.find(conversion.visit_id) if receipt.kind == "visit" else None
    page_url = visit.page_url if visit else conversion.page_url
    share_id = conversion.share_id or next((touch.share_id for touch in reversed(conversion.order_touches)), None)
    link = work.links.find(share_id) if share_id else None
    rewarded = {pot.referee_reward.recipient for pot in receipt.pots if pot.referee_reward}
    about = {line.recipient for line in receipt.lines} | rewarded | ({link.advocate_id} if link else set())
    value = (None, None) if visit else (conversion.currency, conversion.gross_micros)
    detail = path_of(visit.page_url) if visit else f"{conversion.goal} {conversion.conversion_id}"
    page = page_url or (link.page_url if link else None)
    work.event_lines.put(_line(receipt, detail, page, value), _people(about))


def of_refused_visit(work: Slice, visit: Visit, receipt: Receipt) -> None:
    """Write the line of a visit that pays nothing by itself."""
    link = work.links.find(visit.share_id)
    line = _line(receipt, path_of(visit.page_url), visit.page_url, (None, None))
    work.event_lines.put(line, [link.advocate_id] if link else [])


def _people(advocate_ids: Iterable[str]) -> list[str]:
    return [recipient for recipient in advocate_ids if recipient not in NOBODYS]


def paid(receipt: Receipt) -> tuple[PaidIn, ...]:
    """Return what a receipt pays to everybody in each unit, that of its newest terms first; nothing where it pays
    nothing."""
    amounts = (PaidIn(pot.unit, _paid_micros(pot)) for pot in receipt.pots)
    return tuple(amount for amount in amounts if amount.paid_micros)


def _paid_micros(pot: ReceiptPot) -> int:
    referee_micros = pot.referee_reward.reward_micros if pot.referee_reward else 0
    return pot.budget_micros - pot.unattributed_micros + referee_micros


def _line(receipt: Receipt, detail: str, page_url: str | None, value: tuple[str | None, int | None]) -> EventLine:
    amount, result = next(iter(paid(receipt)), None), status(receipt)
    return EventLine(
        subject=receipt.subject,
        at_ms=receipt.at_ms,
        kind=receipt.kind,
        status=result,
        detail=detail,
        reason=receipt.reason,
        unit=amount.unit if amount else None,
        amount_micros=amount.paid_micros if amount else None,
        value_unit=value[0],
        value_micros=value[1],
        page_hash=page_hash(page_url) if page_url else None,
        shown=receipt.reason is not Reason.NO_TOKEN,
    )


def status(receipt: Receipt) -> str:
    """Return the result of an event in a word: credited, refused, held or unshared."""
    if receipt.reason in UNSHARED_REASONS:
        return UNSHARED
    if receipt.reason is Reason.HELD_FOR_REVIEW:
        return HELD
    return receipt.status


def of_claim(work: Slice, claim: Claim) -> None:
    """Write the line of a claim, in the state that it is in."""
    about = claim.conversion_id or claim.line_id or claim.share_id or ""
    line = EventLine(f"claim:{claim.claim_id}", claim.at_ms, "claim", claim.outcome, about)
    work.event_lines.put(line, [claim.advocate_id])


def of_redemption(work: Slice, redemption: Redemption) -> None:
    """Write the line of a redemption, in the state that it is in."""
    value = (redemption.unit, redemption.amount_micros)
    line = EventLine(
        f"use:{redemption.redemption_id}",
        redemption.at_ms,
        "use",
        str(redemption.state),
        str(redemption.method),
        None,
        None,
        None,
        *value,
    )
    work.event_lines.put(line, [redemption.advocate_id])


def of_thanks(work: Slice, at_ms: int, fact: LinkThanked, reason: str | None) -> None:
    """Write the line of a thank-you, once its visit is known; it names the link's advocate and nobody who thanked."""
    link = work.links.find(fact.share_id)
    result = UNSHARED if reason in UNSHARED_REASONS else "refused" if reason else "counted"
    line = EventLine(
        subject=f"thanks:{fact.visit_id}",
        at_ms=at_ms,
        kind="thanks",
        status=result,
        detail=path_of(link.page_url) if link else "",
        reason=reason,
        page_hash=page_hash(link.page_url) if link else None,
        shown=result != UNSHARED,
    )
    work.event_lines.put(line, [link.advocate_id] if link else [])


def of_fact(work: Slice, event: Event) -> None:
    """Write the line of a fact that has no receipt."""
    write = LINES.get(type(event.fact))
    if write is not None:
        write(work, event, event.fact)


def _shared(work: Slice, event: Event, fact: LinkShared) -> None:
    link = work.links.find(fact.share_id)
    reason = fact.refused or work.links.refusal(fact.share_id)
    line = EventLine(
        subject=f"share:{event.event_id}",
        at_ms=event.at_ms,
        kind="share",
        status="refused" if reason else "counted",
        detail=path_of(link.page_url) if link else "",
        reason=reason,
        page_hash=page_hash(link.page_url) if link else None,
    )
    work.event_lines.put(line, [link.advocate_id] if link else [])


def _refunded(work: Slice, event: Event, fact: ConversionRefunded) -> None:
    for refund in work.conversions.refunds_of(fact.conversion_id):
        if refund.refund_id == event.event_id:
            _of_refund(work, refund)


def _reported(work: Slice, event: Event, fact: ConversionReported) -> None:
    """Complete the lines of refunds that came before their order."""
    for refund in work.conversions.refunds_of(event.event_id):
        _of_refund(work, refund)


def _of_refund(work: Slice, refund: Refund) -> None:
    order = work.conversions.find(refund.conversion_id)
    receipt = work.receipts.latest(order.subject) if order else None
    value = work.conversions.back_micros(refund)
    shared = receipt is None or receipt.reason not in UNSHARED_REASONS
    result = (TAKEN_BACK if shared else UNSHARED) if receipt else "pending"
    line = EventLine(
        subject=f"refund:{refund.refund_id}",
        at_ms=refund.at_ms,
        kind="refund",
        status=result,
        detail=refund.conversion_id,
        value_unit=order.currency if order and value else None,
        value_micros=value or None,
        shown=receipt is None or receipt.reason is not Reason.NO_TOKEN,
    )
    about = {line.recipient for line in receipt.lines} if receipt else set()
    work.event_lines.put(line, _people(about))


def _decided(work: Slice, event: Event, fact: DecisionMade) -> None:
    line = EventLine(
        subject=f"verdict:{event.event_id}",
        at_ms=event.at_ms,
        kind="decision",
        status=fact.action,
        detail=f"{fact.about} {fact.subject_id}",
    )
    work.event_lines.put(line, [fact.subject_id] if fact.about == "advocate" else [])


LINES: Mapping[type[Fact], Callable[[Slice, Event, Any], None]] = {
    LinkShared: _shared,
    ConversionReported: _reported,
    ConversionRefunded: _refunded,
    DecisionMade: _decided,
}
