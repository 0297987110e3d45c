"""Fold claims: an advocate's claim has a deadline, and silence grants it.

Opened, answered and resolved are facts; so is the clock that ends a deadline. A claim that is granted, by the owner or
by silence, ends a review, adds the claimed link as a touch, gives back what was taken back, or gives the owner's
amount. It is credit like any other: a payout still needs the owner. One that gives nothing has an outcome that says
why.
"""

from msgspec.structs import replace

from passalong.core.claim_facts import ClaimPromised, Nothing
from passalong.core.decisions import BY_CLOCK, Decision
from passalong.core.facts import AdvocateNamed, ClaimAnswered, ClaimOpened, ClaimResolved, CreditGiven, Event
from passalong.core.ledger.line_kinds import CLAIM
from passalong.core.webhooks.events import EventType
from passalong.flow.fold import announcements, claim_outcomes, event_lines, hypothetical, manual_credit
from passalong.flow.fold.slice import Slice
from passalong.store.books.claims import DECLINED, GRANTED, OPEN, SILENCE, Claim

KINDS = {
    GRANTED: EventType.CLAIM_GRANTED,
    SILENCE: EventType.CLAIM_GRANTED,
    DECLINED: EventType.CLAIM_DECLINED,
}
"""The announcement of each outcome; those that give nothing have one of their own."""


def opened(work: Slice, event: Event, fact: ClaimOpened) -> None:
    """Fold an opened claim: its deadline starts."""
    if work.claims.find(event.event_id) is None:
        about = (fact.line_id, fact.conversion_id, fact.share_id)
        times = (event.at_ms, fact.promised_at_ms)
        opened_now = Claim(work.site_id, event.event_id, fact.advocate_id, *about, *times)
        _put(work, event, opened_now, EventType.CLAIM_OPENED)


def answered(work: Slice, event: Event, fact: ClaimAnswered) -> None:
    """Fold an answer: the deadline starts again."""
    claim = work.claims.find(fact.claim_id)
    if claim is not None and claim.outcome == OPEN:
        restarted = replace(claim, answered_at_ms=event.at_ms, promised_at_ms=fact.promised_at_ms)
        _put(work, event, restarted, EventType.CLAIM_ANSWERED)


def promised(work: Slice, event: Event, fact: ClaimPromised) -> None:
    """Fold that the owner became reachable or unreachable: deadlines start again, or stand still."""
    claim = work.claims.find(fact.claim_id)
    if claim is not None and claim.outcome == OPEN and not claim.needs_owner:
        _put(work, event, replace(claim, promised_at_ms=fact.promised_at_ms), EventType.CLAIM_ANSWERED)


def resolved(work: Slice, event: Event, fact: ClaimResolved) -> None:
    """Fold the owner's decision, unless silence decided before."""
    claim = work.claims.find(fact.claim_id)
    if claim is None or claim.outcome != OPEN:
        return
    if not fact.granted:
        _decided(work, event, claim, DECLINED)
    elif fact.amount_micros > 0 and fact.unit:
        _decided(work, event, claim, GRANTED)
        _give(work, event, claim, _gift(claim, fact.unit, fact.amount_micros, fact.author))
    else:
        _decided(work, event, claim, _grant(work, event, claim, fact.author) or GRANTED)


def lapse(work: Slice, event: Event) -> None:
    """Grant every claim whose deadline has passed."""
    for claim in work.claims.due(event.at_ms):
        _decided(work, event, claim, _grant(work, event, claim, BY_CLOCK) or SILENCE)


def _decided(work: Slice, event: Event, claim: Claim, outcome: str) -> None:
    kind = KINDS.get(outcome, EventType.CLAIM_CLOSED)
    _put(work, event, replace(claim, resolved_at_ms=event.at_ms, outcome=outcome), kind)


def _put(work: Slice, event: Event, claim: Claim, kind: EventType) -> None:
    work.claims.put(claim)
    event_lines.of_claim(work, claim)
    announcements.claim(work, kind, event.at_ms, claim)


def _grant(work: Slice, event: Event, claim: Claim, author: str) -> Nothing | None:
    """Grant what the facts alone determine, without an amount; returns why that is nothing, or None."""
    if claim.line_id is None:
        return _grant_order(work, event, claim, author)
    nothing = claim_outcomes.of_line(work, claim, author)
    if nothing is Nothing.BANNED:
        return nothing
    if claim.conversion_id and claim_outcomes.is_held(work, claim):
        _release(work, event, claim, claim.conversion_id, author)
    elif claim.conversion_id:
        for line in claim_outcomes.lines_of(work, claim):
            if line.taken_micros > 0:
                _give(work, event, claim, _gift(claim, line.unit, line.taken_micros, author))
    return nothing


def _grant_order(work: Slice, event: Event, claim: Claim, author: str) -> Nothing | None:
    """Count the claimed link as a step, and give what the order would have paid by it if its split is final."""
    if not claim.conversion_id or not claim.share_id:
        return Nothing.UNPAID
    named = AdvocateNamed(claim.conversion_id, claim.share_id, author, _note(claim))
    manual_credit.named(work, replace(event, event_id=_id(claim), fact=named), named)
    nothing = claim_outcomes.of_order(work, claim)
    conversion = work.conversions.find(claim.conversion_id)
    if nothing is None and conversion is not None and conversion.frozen_seq is not None:
        owed = hypothetical.owed(work, conversion, claim.advocate_id)
        if owed is not None:
            _give(work, event, claim, _gift(claim, *owed, author))
    return nothing


def _release(work: Slice, event: Event, claim: Claim, conversion_id: str, author: str) -> None:
    signature = (author, _note(claim))
    work.decisions.add(Decision(event.at_ms, _id(claim), "release", "conversion", conversion_id, *signature))
    work.touched.add(conversion_id)


def _gift(claim: Claim, unit: str, amount_micros: int, author: str) -> CreditGiven:
    return CreditGiven(claim.advocate_id, unit, amount_micros, author, _note(claim))


def _give(work: Slice, event: Event, claim: Claim, fact: CreditGiven) -> None:
    manual_credit.given(work, replace(event, event_id=_id(claim), fact=fact), fact)


def _id(claim: Claim) -> str:
    return f"{CLAIM}{claim.claim_id}"


def _note(claim: Claim) -> str:
    return f"claim {claim.claim_id}"
