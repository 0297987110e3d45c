"""Settle conversions: post what one should pay, minus what was posted, with the receipt that explains it."""

from msgspec.structs import replace

from passalong.core.attribution.allocate import (
    DAY_MS,
    KEPT,
    Allocation,
    Hop,
    Journey,
    Touch,
    allocate,
)
from passalong.core.facts import NEW_VISITOR, Event
from passalong.core.identity import Ownership
from passalong.core.ledger import receipts as core_receipts
from passalong.core.ledger.entries import adjustment
from passalong.core.ledger.receipts import Receipt
from passalong.core.pages import path_of
from passalong.core.reasons import Reason
from passalong.flow.fold import announcements, caps, decisions, event_lines, referee_reward, rollups
from passalong.flow.fold.arrivals import arrivals_of, buyer_of, refused_touches
from passalong.flow.fold.decisions import Holds
from passalong.flow.fold.manual_credit import given_by_hand
from passalong.flow.fold.pool import let_go, pool_period
from passalong.flow.fold.postings import Settled, keep_credit, post_conversion
from passalong.flow.fold.release_times import release_times
from passalong.flow.fold.slice import Slice
from passalong.store.books.conversions import Conversion
from passalong.store.books.links import IssuedLink
from passalong.store.books.refunds import GivenBack

BUYER = "buyer"
"""The person whose own links do not count: shorter than any advocate id."""


def settle(work: Slice, event: Event, conversion_id: str) -> None:
    """Bring one conversion's postings, credits, rollups and receipt to what the facts now say, or a pool's share."""
    conversion = work.conversions.find(conversion_id)
    if conversion is None:
        let_go(work, event, conversion_id)
        return
    frozen = frozen_receipt(work, conversion)
    journey = journey_of(work, conversion, frozen)
    if work.has_limits and conversion.refused != Reason.RETURNING_VISITOR:
        if caps.awaits_decision(work, event, conversion, journey):
            return
        journey = replace(journey, limits=caps.limits_of(work, conversion, journey))
    rulings = decisions.about(work, conversion)
    now, at_gross, receipt, holds = work_out(work, conversion, journey, frozen)
    if receipt is not None:
        _keep_receipt(work, event, conversion, receipt)
    times = release_times(work, conversion, now, at_gross)
    if conversion.frozen_seq is None:
        release_at_ms = min(times.values(), default=conversion.at_ms + now.hold_days * DAY_MS)
        conversion = _keep_release(work, conversion, release_at_ms)
    refunded_at_ms = work.conversions.refunded(conversion_id).last_at_ms
    taken_at_ms = rulings[-1].at_ms if now.refusal is Reason.VOID_BY_REVIEW and rulings else refunded_at_ms
    conversion = post_conversion(work, event, conversion, Settled(now, at_gross, times, taken_at_ms, holds))
    _count(work, conversion, journey, now, at_gross)


def _keep_receipt(work: Slice, event: Event, conversion: Conversion, receipt: Receipt) -> None:
    """Append the receipt if it says something new, and announce that."""
    is_first = not work.receipts.exists(receipt.subject)
    if work.receipts.put(receipt, work.seq, event.at_ms):
        event_lines.of_conversion(work, conversion, receipt)
        announcements.conversion(work, event, conversion, receipt, is_first=is_first)


def work_out(
    work: Slice, conversion: Conversion, journey: Journey, frozen: Receipt | None
) -> tuple[Allocation, Allocation, Receipt | None, Holds]:
    """Return what a conversion pays, the same without refunds, the receipt that says so, and what of it is held.

    `frozen` is the receipt of a split whose hold has ended. A visit that turned out not to be the first has none here.
    """
    if conversion.refused == Reason.RETURNING_VISITOR:
        nothing = _nothing(journey)
        return nothing, nothing, None, Holds()
    rulings = decisions.about(work, conversion)
    pays = given_by_hand(work, conversion, frozen) if conversion.given_to else allocate(journey)
    at_gross = allocate(journey.at_gross) if journey != journey.at_gross else pays
    now = decisions.voided(rulings, pays)
    rewards_buyer = any(pot.referee_micros for pot in at_gross.pots)
    who = referee_reward.recipient_of(work, conversion, frozen) if rewards_buyer else KEPT
    credited = {part.recipient for part in now.parts} | {who} - {KEPT}
    holds = decisions.holds_on(work, conversion, rulings, credited)
    receipt = core_receipts.receipt(conversion.subject, _kind(conversion), journey, now, at_gross)
    receipt = decisions.signed(receipt, rulings, decisions.holds_all(work, conversion, holds, credited))
    if frozen:
        receipt = replace(receipt, ignored=frozen.ignored)
    if frozen and not frozen.lines:  # its split is in its lines, so nothing can be worked out from it
        receipt = replace(receipt, reason=frozen.reason, unit=frozen.unit, hold_days=frozen.hold_days)
    if rewards_buyer:
        receipt = core_receipts.with_referee(receipt, who)
        now, at_gross = referee_reward.posted_to(now, who), referee_reward.posted_to(at_gross, who)
    return now, at_gross, receipt, holds


def withdraw(work: Slice, event: Event, conversion: Conversion) -> None:
    """Take back everything that a conversion pays, under the subject and in the period under which it was posted.

    For a goal that turns out to have been met by another visit: it is settled anew under that one.
    """
    before = work.credits.of(conversion.conversion_id)
    posted = {key: credit.amount_micros for key, credit in before.items()}
    period = pool_period(work, event, conversion.at_ms)
    work.post(conversion.subject, event.at_ms, adjustment({}, posted, (), period))
    for credit in before.values():
        gone = replace(credit, amount_micros=0, earned_micros=0, direct_micros=0, taken_at_ms=None, on_hold=False)
        keep_credit(work, credit, gone)
    rollups.count_outcomes(work, before.values(), ())


def _kind(conversion: Conversion) -> core_receipts.Kind:
    if conversion.given_to:
        return "given"
    return "visit" if conversion.goal == NEW_VISITOR else "conversion"


def _nothing(journey: Journey) -> Allocation:
    return Allocation((), (), (), Reason.RETURNING_VISITOR, journey.terms.hold_days, journey.terms.version)


def _keep_release(work: Slice, conversion: Conversion, release_at_ms: int) -> Conversion:
    if conversion.release_at_ms == release_at_ms:
        return conversion
    return work.conversions.put(replace(conversion, release_at_ms=release_at_ms))


def frozen_receipt(work: Slice, conversion: Conversion) -> Receipt | None:
    """Return the receipt whose split is final, once the hold has ended."""
    if conversion.frozen_seq is None:
        return None
    return work.receipts.latest(conversion.subject)


def journey_of(work: Slice, conversion: Conversion, frozen: Receipt | None, back: GivenBack | None = None) -> Journey:
    """Return all that the conversion's credit depends on, from the store; once its hold has ended, from its receipt.

    Its refunds are read unless they are given (`back`).
    """
    touches, aside = ((), _frozen_aside(frozen)) if frozen else _touches(work, conversion)
    back = back or work.conversions.refunded(conversion.conversion_id)
    return Journey(
        conversion_id=conversion.conversion_id,
        converter=BUYER,
        goal=conversion.goal,
        at_ms=conversion.at_ms,
        gross_micros=conversion.gross_micros,
        refunded_micros=back.micros,
        refunded_whole=back.whole,
        currency=conversion.currency,
        touches=touches,
        terms=work.terms(frozen.terms_version) if frozen and frozen.terms_version else work.terms_at(conversion.at_ms),
        refused=_refused(work, conversion),
        page=path_of(conversion.page_url) if conversion.page_url else None,
        products=tuple(conversion.products.split("\n")) if conversion.products else (),
        country=conversion.country,
        frozen=core_receipts.split_of(frozen, work.terms) if frozen and frozen.terms_version else None,
        set_aside=aside,
        currency_taken=conversion.currency_taken,
        refused_touches=() if frozen else refused_touches(work, conversion),
    )


def _refused(work: Slice, conversion: Conversion) -> Reason | None:
    """Return what was wrong with the conversion's code, or that it is the code of a link of the site itself."""
    if conversion.refused:
        return Reason(conversion.refused)
    return Reason.SITE_LINK if work.links.is_of_site(conversion.share_id) else None


def _frozen_aside(frozen: Receipt) -> frozenset[str]:
    return frozenset(limit.recipient for limit in frozen.limited if limit.reason is Reason.OWN_LINK)


def _touches(work: Slice, conversion: Conversion) -> tuple[tuple[Touch, ...], frozenset[str]]:
    arrivals = arrivals_of(work, conversion)
    paths = {share_id: work.links.path(share_id) for _, _, share_id, _ in arrivals}
    persons, aside = persons_of(work, conversion, {link.advocate_id for path in paths.values() for link in path})

    def hop(link: IssuedLink, at_ms: int) -> Hop:
        owner = link.advocate_id
        return Hop(link.share_id, persons[owner], decisions.banned(work, owner, at_ms), owner)

    touches = tuple(
        Touch(
            event_id=event_id,
            at_ms=at_ms,
            path=tuple(hop(link, at_ms) for link in paths[share_id]),
            terms=work.terms(paths[share_id][0].terms_version),
            void=decisions.void(work, event_id),
            told=is_stated,
        )
        for event_id, at_ms, share_id, is_stated in arrivals
        if paths[share_id]
    )
    return touches, aside


def persons_of(work: Slice, conversion: Conversion, advocates: set[str]) -> tuple[dict[str, str], frozenset[str]]:
    """Return the person of each of these advocates, and whose part is set aside.

    The buyer's own are BUYER. Others count as one if they share a group, or a browser.
    """
    buyer = buyer_of(conversion)
    owned = {advocate: work.identities.own(buyer, advocate) for advocate in advocates}
    named = {advocate: BUYER for advocate, own in owned.items() if own is Ownership.OWN}
    others = sorted(advocates - named.keys())
    for advocate in others:
        theirs = work.identities.group(advocate) & set(others) if len(others) > 1 else {advocate}
        names = sorted({named[other] for other in theirs if other in named} | {advocate})
        named |= {other: names[0] for other in others if other in theirs or named.get(other) in names}
    return named, frozenset(advocate for advocate, own in owned.items() if own is Ownership.SAID)


def _count(work: Slice, conversion: Conversion, journey: Journey, now: Allocation, at_gross: Allocation) -> None:
    counted = bool(at_gross.parts) and not conversion.given_to and now.refusal is not Reason.VOID_BY_REVIEW
    brought = journey.value_micros if counted else 0
    if (counted, brought) != (conversion.counted, conversion.brought_micros):
        rollups.count_conversion(work, conversion, counted, brought)
        work.conversions.put(replace(conversion, counted=counted, brought_micros=brought))
