"""Fold claims: an advocate's claim has a deadline, and silence grants it.

Opened, answered and resolved are facts; so is the clock that ends a deadline. A claim that is granted, by the owner or
by silence, ends a review, adds the claimed link as a touch, gives back what was taken back, or gives the owner's
amount. It is credit like any other: a payout still needs the owner.
"""

from msgspec.structs import replace

from passalong.core.claim_facts import ClaimPromised
from passalong.core.decisions import BY_CLOCK, Decision, standing
from passalong.core.facts import AdvocateNamed, ClaimAnswered, ClaimOpened, ClaimResolved, CreditGiven, Event
from passalong.core.ledger.line_kinds import CLAIM
from passalong.core.webhooks.events import EventType
from passalong.flow.fold import announcements, decisions, event_lines, hypothetical, manual_credit
from passalong.flow.fold.slice import Slice
from passalong.store.books.claims import OPEN, SILENCE, Claim


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
    outcome = "granted" if fact.granted else "declined"
    kind = EventType.CLAIM_GRANTED if fact.granted else EventType.CLAIM_DECLINED
    _put(work, event, replace(claim, resolved_at_ms=event.at_ms, outcome=outcome), kind)
    if fact.granted and fact.amount_micros > 0 and fact.unit:
        _give(work, event, claim, _gift(claim, fact.unit, fact.amount_micros, fact.author))
    elif fact.granted:
        _grant(work, event, claim, fact.author)


def lapse(work: Slice, event: Event) -> None:
    """Grant every claim whose deadline has passed."""
    for claim in work.claims.due(event.at_ms):
        resolved_now = replace(claim, resolved_at_ms=event.at_ms, outcome=SILENCE)
        _put(work, event, resolved_now, EventType.CLAIM_GRANTED)
        _grant(work, event, claim, BY_CLOCK)


def _put(work: Slice, event: Event, claim: Claim, kind: EventType) -> None:
    work.claims.put(claim)
    event_lines.of_claim(work, claim)
    announcements.claim(work, kind, event.at_ms, claim)


def _grant(work: Slice, event: Event, claim: Claim, author: str) -> None:
    """Grant what the facts alone determine, without an amount."""
    if claim.line_id is None and claim.conversion_id and claim.share_id:
        named = AdvocateNamed(claim.conversion_id, claim.share_id, author, _note(claim))
        manual_credit.named(work, replace(event, event_id=_id(claim), fact=named), named)
        _pay_promise(work, event, claim, author)
    elif author == BY_CLOCK and decisions.ban_holds(work, claim.advocate_id, claim.conversion_id or ""):
        return  # only a person lets go of what a ban holds
    elif claim.conversion_id and _is_held(work, claim, claim.conversion_id):
        _release(work, event, claim, claim.conversion_id, author)
    elif claim.line_id and claim.conversion_id:
        for unit, amount_micros in _taken_back(work, claim, claim.conversion_id):
            _give(work, event, claim, _gift(claim, unit, amount_micros, author))


def _pay_promise(work: Slice, event: Event, claim: Claim, author: str) -> None:
    """Give what the order would have paid by the claimed link, where its split became final after it was promised."""
    conversion = work.conversions.find(claim.conversion_id or "")
    if conversion is None or conversion.frozen_seq is None or claim.needs_owner:
        return
    owed = hypothetical.owed(work, conversion, claim.advocate_id)
    if owed is not None:
        _give(work, event, claim, _gift(claim, *owed, author))


def _is_held(work: Slice, claim: Claim, conversion_id: str) -> bool:
    """Return True if granting ends a review, a void, or the hold of the disputed line."""
    decision = standing(work.decisions.of("conversion", [conversion_id]))
    if decision is not None and decision.action in ("hold", "void"):
        return True
    lines = work.credits.of(conversion_id).values()
    return any(credit.on_hold for credit in lines if credit.line_id == claim.line_id)


def _release(work: Slice, event: Event, claim: Claim, conversion_id: str, author: str) -> None:
    signature = (author, _note(claim))
    work.decisions.add(Decision(event.at_ms, _id(claim), "release", "conversion", conversion_id, *signature))
    work.touched.add(conversion_id)


def _gift(claim: Claim, unit: str, amount_micros: int, author: str) -> CreditGiven:
    return CreditGiven(claim.advocate_id, unit, amount_micros, author, _note(claim))


def _give(work: Slice, event: Event, claim: Claim, fact: CreditGiven) -> None:
    manual_credit.given(work, replace(event, event_id=_id(claim), fact=fact), fact)


def _taken_back(work: Slice, claim: Claim, conversion_id: str) -> list[tuple[str, int]]:
    """Return what was taken back of the disputed line, in each unit."""
    reduced = [credit for credit in work.credits.of(conversion_id).values() if credit.taken_micros > 0]
    return [(credit.unit, credit.taken_micros) for credit in reduced if credit.line_id == claim.line_id]


def _id(claim: Claim) -> str:
    return f"{CLAIM}{claim.claim_id}"


def _note(claim: Claim) -> str:
    return f"claim {claim.claim_id}"
