"""From a conversion to the journal: what it should pay, minus what was posted, with the receipt that explains it."""

from fractions import Fraction

from msgspec.structs import replace

from passalong.core import receipts as core_receipts
from passalong.core.attribution import (
    DAY_MS,
    POOL,
    Allocation,
    Hop,
    Journey,
    Touch,
    allocate,
)
from passalong.core.facts import NEW_VISITOR, Event
from passalong.core.identity import advocate_key, line_id, person_id
from passalong.core.ledger import adjustment
from passalong.core.pages import path_of
from passalong.core.reasons import Reason
from passalong.core.receipts import Receipt
from passalong.flow import caps, review, tally, welcome
from passalong.flow.arrivals import arrivals_of, key_of
from passalong.flow.by_hand import given_by_hand
from passalong.flow.pooling import pool_period
from passalong.flow.slice import Slice
from passalong.store.conversions import Conversion
from passalong.store.credits import Credit
from passalong.store.links import IssuedLink


def settle(work: Slice, event: Event, conversion_id: str) -> None:
    """Bring one conversion's postings, credits, counters and receipt to what the facts now say."""
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
    given = review.about(work, conversion)
    conversion, now, at_gross, made = work_out(work, conversion, journey, frozen)
    if made is not None:
        work.receipts.put(made, work.seq, event.at_ms, _where(work, conversion))
    if conversion.frozen_seq is None:
        release_at_ms = conversion.at_ms + now.hold_days * DAY_MS
        conversion = _keep_release(work, conversion, release_at_ms)
    taken_at_ms = given[-1].at_ms if now.refusal is Reason.VOID_BY_REVIEW and given else refunded_at_ms
    _post(work, event, conversion, now, at_gross, taken_at_ms)
    _count(work, conversion, journey, now, at_gross)


def work_out(
    work: Slice, conversion: Conversion, journey: Journey, frozen: Receipt | None
) -> tuple[Conversion, Allocation, Allocation, Receipt | None]:
    """The conversion as it is held or not, what it pays, the same without refunds, and the receipt that says so.

    `frozen` is the receipt of a split whose hold has ended. A visit that turned out not to be the first has none here.
    """
    if conversion.refused == Reason.RETURNING_VISITOR:
        nothing = _nothing(journey)
        return conversion, nothing, nothing, None
    given = review.about(work, conversion)
    pays = given_by_hand(work, conversion, frozen) if conversion.given_to else allocate(journey)
    at_gross = allocate(replace(journey, refunded_micros=0)) if journey.refunded_micros else pays
    now = review.voided(given, pays)
    conversion = _keep_held(work, conversion, review.looked_at(work, given, now))
    made = core_receipts.receipt(conversion.subject, _kind(conversion), journey, now, at_gross)
    made = review.signed(made, given, conversion.held)
    if frozen:
        made = replace(made, ignored=frozen.ignored, reason=made.reason if frozen.lines else frozen.reason)
    if found := welcome.welcome_of(work, conversion, now, at_gross, frozen):
        made = replace(made, welcome=found)
        now = welcome.paid_with(now, found.recipient, found.amount_micros)
        at_gross = welcome.paid_with(at_gross, found.recipient, found.earned_micros)
    return conversion, now, at_gross, made


def withdraw(work: Slice, event: Event, conversion: Conversion) -> None:
    """Take back all that a conversion pays, under the subject and in the period under which it was posted.

    For a goal that turns out to have been met by another visit: it is settled anew under that one.
    """
    before = work.credits.of(conversion.conversion_id)
    posted = {key: credit.amount_micros for key, credit in before.items()}
    period = pool_period(work, event, conversion.at_ms)
    work.post(conversion.subject, event.at_ms, adjustment({}, posted, "waiting", period))
    for credit in before.values():
        _keep_credit(work, credit, replace(credit, amount_micros=0, earned_micros=0, direct_micros=0, taken_at_ms=None))


def _kind(conversion: Conversion) -> core_receipts.Kind:
    if conversion.given_to:
        return "given"
    return "visit" if conversion.goal == NEW_VISITOR else "conversion"


def _where(work: Slice, conversion: Conversion) -> str:
    if conversion.goal != NEW_VISITOR:
        return f"{conversion.goal} {conversion.conversion_id}"
    visit = work.visits.find(conversion.visit_id)
    return path_of(visit.page_url) if visit else conversion.goal


def _nothing(journey: Journey) -> Allocation:
    return Allocation(None, 0, {}, (), (), Reason.RETURNING_VISITOR, journey.terms.hold_days, journey.terms.version)


def _keep_release(work: Slice, conversion: Conversion, release_at_ms: int) -> Conversion:
    if conversion.release_at_ms == release_at_ms:
        return conversion
    return work.conversions.put(replace(conversion, release_at_ms=release_at_ms))


def _keep_held(work: Slice, conversion: Conversion, looked_at: bool) -> Conversion:
    held = looked_at and conversion.frozen_seq is None
    return conversion if conversion.held == held else work.conversions.put(replace(conversion, held=held))


def frozen_receipt(work: Slice, conversion: Conversion) -> Receipt | None:
    """The receipt whose split stands for good, once the hold has ended."""
    if conversion.frozen_seq is None:
        return None
    return work.receipts.latest(conversion.subject)


def journey_of(work: Slice, conversion: Conversion, refunded_micros: int, frozen: Receipt | None) -> Journey:
    """All that the conversion's credit depends on, read from the store; once its hold has ended, from its receipt."""
    converter, touches = ("", ()) if frozen else _touches(work, conversion)
    return Journey(
        conversion_id=conversion.conversion_id,
        converter=converter,
        goal=conversion.goal,
        at_ms=conversion.at_ms,
        gross_micros=conversion.gross_micros,
        refunded_micros=refunded_micros,
        currency=conversion.currency,
        touches=touches,
        terms=work.terms(frozen.terms_version) if frozen and frozen.terms_version else work.terms_at(conversion.at_ms),
        refused=Reason(conversion.refused) if conversion.refused else None,
        page=path_of(conversion.page_url) if conversion.page_url else None,
        products=tuple(conversion.products.split("\n")) if conversion.products else (),
        country=conversion.country,
        frozen=core_receipts.split_of(frozen, work.terms) if frozen and frozen.terms_version else None,
    )


def _touches(work: Slice, conversion: Conversion) -> tuple[str, tuple[Touch, ...]]:
    arrivals = arrivals_of(work, conversion)
    paths = {share_id: work.links.path(share_id) for _, _, share_id, _ in arrivals}
    own_key = key_of(conversion)
    work.persons.prime({own_key, *(advocate_key(link.advocate_id) for path in paths.values() for link in path)})

    def hop(link: IssuedLink, at_ms: int) -> Hop:
        person = person_id(work.persons.person(advocate_key(link.advocate_id)))
        return Hop(link.share_id, person, review.banned(work, link.advocate_id, at_ms))

    touches = tuple(
        Touch(
            event_id=event_id,
            at_ms=at_ms,
            path=tuple(hop(link, at_ms) for link in paths[share_id]),
            terms=work.terms(paths[share_id][0].terms_version),
            void=review.void(work, event_id),
            told=told,
        )
        for event_id, at_ms, share_id, told in arrivals
        if paths[share_id]
    )
    return person_id(work.persons.person(own_key)), touches


def _post(
    work: Slice,
    event: Event,
    conversion: Conversion,
    now: Allocation,
    at_gross: Allocation,
    lowered_at_ms: int | None,
) -> None:
    before = work.credits.of(conversion.conversion_id)
    desired = {(recipient, now.unit or ""): amount for recipient, amount in now.amounts.items()}
    posted = {key: credit.amount_micros for key, credit in before.items()}
    frozen = conversion.frozen_seq is not None
    bucket = "ready" if frozen else "waiting"
    period = pool_period(work, event, conversion.at_ms)
    work.post(conversion.subject, event.at_ms, adjustment(desired, posted, bucket, period))
    levels = _levels(at_gross)
    for recipient, unit in sorted({*desired, *posted, *((found, at_gross.unit or "") for found in levels)}):
        amount = desired.get((recipient, unit), 0)
        gross = at_gross.amounts.get(recipient, 0) if unit == at_gross.unit else 0
        earned = core_receipts.earned(amount, gross)
        old = before.get((recipient, unit))
        level, share_id = levels.get(recipient, (old.level, old.share_id) if old else (-1, None))
        credit = Credit(
            site_id=work.site_id,
            conversion_id=conversion.conversion_id,
            recipient=recipient,
            unit=unit,
            line_id=line_id(conversion.conversion_id, recipient),
            subject=conversion.subject,
            share_id=share_id,
            goal=conversion.goal,
            level=level,
            at_ms=conversion.at_ms,
            amount_micros=amount,
            earned_micros=earned,
            taken_at_ms=lowered_at_ms if earned > amount else None,
            release_at_ms=conversion.release_at_ms,
            ready=frozen,
            direct_micros=_direct(now, recipient, amount),
        )
        _keep_credit(work, old, credit)


def _keep_credit(work: Slice, old: Credit | None, credit: Credit) -> None:
    if old == credit:
        return
    work.credits.put(credit)
    if credit.recipient not in welcome.NOBODYS:
        tally.count_credit(work, old, credit)
    elif credit.recipient == POOL:
        change = credit.amount_micros - (old.amount_micros if old else 0)
        tally.count_pool(work, credit.at_ms, credit.unit, change)


def _direct(now: Allocation, recipient: str, amount_micros: int) -> int:
    """What of it is for people whom the recipient brought themselves, cut to whole micros."""
    exact = sum((part.exact for part in now.parts if part.recipient == recipient and part.level == 0), Fraction(0))
    return min(amount_micros, exact.numerator // exact.denominator)


def _levels(at_gross: Allocation) -> dict[str, tuple[int, str]]:
    """For each advocate the nearest level at which they stand, and their link there."""
    levels: dict[str, tuple[int, str]] = {}
    for part in at_gross.parts:
        levels[part.recipient] = min(levels.get(part.recipient, (9, "")), (part.level, part.share_id))
    return levels


def _count(work: Slice, conversion: Conversion, journey: Journey, now: Allocation, at_gross: Allocation) -> None:
    counted = bool(at_gross.parts) and not conversion.given_to and now.refusal is not Reason.VOID_BY_REVIEW
    brought = journey.value_micros if counted else 0
    if (counted, brought) != (conversion.counted, conversion.brought_micros):
        tally.count_conversion(work, conversion, counted, brought)
        work.conversions.put(replace(conversion, counted=counted, brought_micros=brought))
