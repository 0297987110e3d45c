"""Settle conversions: post what one should pay, minus what was posted, with the receipt that explains it."""

from msgspec.structs import replace

from passalong.core.attribution.allocate import (
    DAY_MS,
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
from passalong.flow.fold.manual_credit import given_by_hand
from passalong.flow.fold.pool import pool_period
from passalong.flow.fold.postings import Settled, keep_credit, post_conversion
from passalong.flow.fold.release_times import release_times
from passalong.flow.fold.slice import Slice
from passalong.store.books.conversions import Conversion
from passalong.store.books.links import IssuedLink

BUYER = "buyer"
"""The person whose own links do not count: shorter than any advocate id."""


def settle(work: Slice, event: Event, conversion_id: str) -> None:
    """Bring one conversion's postings, credits, rollups and receipt to what the facts now say."""
    conversion = work.conversions.find(conversion_id)
    if conversion is None:
        return
    refunded_micros, refunded_at_ms = work.conversions.refunded(conversion_id)
    frozen = frozen_receipt(work, conversion)
    journey = journey_of(work, conversion, refunded_micros, frozen)
    if work.has_limits and conversion.refused != Reason.RETURNING_VISITOR:
        if caps.awaits_decision(work, event, conversion, journey):
            return
        journey = replace(journey, limits=caps.limits_of(work, conversion, journey))
    given = decisions.about(work, conversion)
    conversion, now, at_gross, receipt = work_out(work, conversion, journey, frozen)
    if receipt is not None:
        _keep_receipt(work, event, conversion, receipt)
    times = release_times(work, conversion, now, at_gross)
    if conversion.frozen_seq is None:
        release_at_ms = min(times.values(), default=conversion.at_ms + now.hold_days * DAY_MS)
        conversion = _keep_release(work, conversion, release_at_ms)
    taken_at_ms = given[-1].at_ms if now.refusal is Reason.VOID_BY_REVIEW and given else refunded_at_ms
    post_conversion(work, event, conversion, Settled(now, at_gross, times, taken_at_ms))
    _count(work, conversion, journey, now, at_gross)


def _keep_receipt(work: Slice, event: Event, conversion: Conversion, made: Receipt) -> None:
    """Append the receipt if it says something new, and announce that."""
    is_first = not work.receipts.exists(made.subject)
    if work.receipts.put(made, work.seq, event.at_ms):
        event_lines.of_conversion(work, conversion, made)
        announcements.conversion(work, event, conversion, made, is_first=is_first)


def work_out(
    work: Slice, conversion: Conversion, journey: Journey, frozen: Receipt | None
) -> tuple[Conversion, Allocation, Allocation, Receipt | None]:
    """Return the conversion, held or not, what it pays, the same without refunds, and the receipt that says so.

    `frozen` is the receipt of a split whose hold has ended. A visit that turned out not to be the first has none here.
    """
    if conversion.refused == Reason.RETURNING_VISITOR:
        nothing = _nothing(journey)
        return conversion, nothing, nothing, None
    given = decisions.about(work, conversion)
    pays = given_by_hand(work, conversion, frozen) if conversion.given_to else allocate(journey)
    at_gross = allocate(replace(journey, refunded_micros=0)) if journey.refunded_micros else pays
    now = decisions.voided(given, pays)
    looked_at = decisions.looked_at(work, given, now) or (
        bool(now.parts) and decisions.is_inferred(work, conversion, given)
    )
    conversion = _keep_held(work, conversion, looked_at)
    receipt = core_receipts.receipt(conversion.subject, _kind(conversion), journey, now, at_gross)
    receipt = decisions.signed(receipt, given, conversion.held)
    if frozen:
        receipt = replace(receipt, ignored=frozen.ignored, reason=receipt.reason if frozen.lines else frozen.reason)
    if any(pot.referee_micros for pot in at_gross.pots):
        who = referee_reward.recipient_of(work, conversion, frozen)
        receipt = core_receipts.with_referee(receipt, who)
        now, at_gross = referee_reward.posted_to(now, who), referee_reward.posted_to(at_gross, who)
    return conversion, now, at_gross, receipt


def withdraw(work: Slice, event: Event, conversion: Conversion) -> None:
    """Take back everything that a conversion pays, under the subject and in the period under which it was posted.

    For a goal that turns out to have been met by another visit: it is settled anew under that one.
    """
    before = work.credits.of(conversion.conversion_id)
    posted = {key: credit.amount_micros for key, credit in before.items()}
    period = pool_period(work, event, conversion.at_ms)
    work.post(conversion.subject, event.at_ms, adjustment({}, posted, (), period))
    for credit in before.values():
        keep_credit(work, credit, replace(credit, amount_micros=0, earned_micros=0, direct_micros=0, taken_at_ms=None))
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


def _keep_held(work: Slice, conversion: Conversion, looked_at: bool) -> Conversion:
    held = looked_at and conversion.frozen_seq is None
    return conversion if conversion.held == held else work.conversions.put(replace(conversion, held=held))


def frozen_receipt(work: Slice, conversion: Conversion) -> Receipt | None:
    """Return the receipt whose split is final, once the hold has ended."""
    if conversion.frozen_seq is None:
        return None
    return work.receipts.latest(conversion.subject)


def journey_of(work: Slice, conversion: Conversion, refunded_micros: int, frozen: Receipt | None) -> Journey:
    """Return all that the conversion's credit depends on, from the store; once its hold has ended, from its receipt."""
    touches, aside = ((), _frozen_aside(frozen)) if frozen else _touches(work, conversion)
    return Journey(
        conversion_id=conversion.conversion_id,
        converter=BUYER,
        goal=conversion.goal,
        at_ms=conversion.at_ms,
        gross_micros=conversion.gross_micros,
        refunded_micros=refunded_micros,
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
            told=told,
        )
        for event_id, at_ms, share_id, told in arrivals
        if paths[share_id]
    )
    return touches, aside


def persons_of(work: Slice, conversion: Conversion, advocates: set[str]) -> tuple[dict[str, str], frozenset[str]]:
    """Return the person of each of these advocates, and whose part is set aside.

    The buyer's own are BUYER. Others count as one if they share a group, or a browser.
    """
    buyer = buyer_of(conversion)
    owned = {one: work.identities.own(buyer, one) for one in advocates}
    named = {one: BUYER for one, own in owned.items() if own is Ownership.OWN}
    others = sorted(advocates - named.keys())
    for one in others:
        theirs = work.identities.group(one) & set(others) if len(others) > 1 else {one}
        known = sorted({named[other] for other in theirs if other in named} | {one})
        named |= {other: known[0] for other in others if other in theirs or named.get(other) in known}
    return named, frozenset(one for one, own in owned.items() if own is Ownership.SAID)


def _count(work: Slice, conversion: Conversion, journey: Journey, now: Allocation, at_gross: Allocation) -> None:
    counted = bool(at_gross.parts) and not conversion.given_to and now.refusal is not Reason.VOID_BY_REVIEW
    brought = journey.value_micros if counted else 0
    if (counted, brought) != (conversion.counted, conversion.brought_micros):
        rollups.count_conversion(work, conversion, counted, brought)
        work.conversions.put(replace(conversion, counted=counted, brought_micros=brought))
