"""Claims: what an advocate asks is promised an answer, and silence decides in their favour.

Opened, answered and resolved are facts; so is the clock that ends a promise. A claim that is granted, by the owner or
by silence, ends a review, names the claimed link as a step on the way, gives back what was taken back, or gives the
amount that the owner said. What it gives is credit like any other: a payout still needs the owner.
"""

from msgspec.structs import replace

from passalong.core.facts import AdvocateNamed, ClaimAnswered, ClaimOpened, ClaimResolved, CreditGiven, Event
from passalong.core.identity import advocate_key, person_id
from passalong.core.verdicts import Verdict, standing
from passalong.flow import by_hand
from passalong.flow.slice import Slice
from passalong.store.claims import OPEN, Claim

CLOCK = "the clock"
"""The author of what silence decides."""


def opened(work: Slice, event: Event, fact: ClaimOpened) -> None:
    """Somebody asks: the clock of the promise runs."""
    if work.claims.find(event.event_id) is None:
        work.claims.put(
            Claim(
                work.site_id,
                event.event_id,
                fact.advocate_id,
                fact.line_id,
                fact.conversion_id,
                fact.share_id,
                event.at_ms,
                fact.promised_at_ms,
            )
        )


def answered(work: Slice, event: Event, fact: ClaimAnswered) -> None:
    """The owner said something: the promise is made anew."""
    claim = work.claims.find(fact.claim_id)
    if claim is not None and claim.outcome == OPEN:
        work.claims.put(replace(claim, answered_at_ms=event.at_ms, promised_at_ms=fact.promised_at_ms))


def resolved(work: Slice, event: Event, fact: ClaimResolved) -> None:
    """The owner decided, unless silence did so before."""
    claim = work.claims.find(fact.claim_id)
    if claim is None or claim.outcome != OPEN:
        return
    outcome = "granted" if fact.granted else "declined"
    work.claims.put(replace(claim, resolved_at_ms=event.at_ms, outcome=outcome))
    if fact.granted and fact.amount_micros > 0 and fact.unit:
        _give(work, event, claim, fact.unit, fact.amount_micros, fact.author)
    elif fact.granted:
        _grant(work, event, claim, fact.author)


def lapse(work: Slice, event: Event) -> None:
    """The clock: what nobody answered in time is decided in the advocate's favour."""
    for claim in work.claims.due(event.at_ms):
        work.claims.put(replace(claim, resolved_at_ms=event.at_ms, outcome="silence"))
        _grant(work, event, claim, CLOCK)


def _grant(work: Slice, event: Event, claim: Claim, author: str) -> None:
    """What can be done without asking how much: the facts that are there say it."""
    if claim.line_id is None and claim.conversion_id and claim.share_id:
        _name(work, event, claim, claim.conversion_id, claim.share_id, author)
    elif claim.conversion_id and _is_held(work, claim.conversion_id):
        _release(work, event, claim, claim.conversion_id, author)
    elif claim.line_id and claim.conversion_id:
        for unit, amount_micros in _taken_back(work, claim, claim.conversion_id):
            _give(work, event, claim, unit, amount_micros, author)


def _is_held(work: Slice, conversion_id: str) -> bool:
    found = standing(work.verdicts.of("conversion", [conversion_id]))
    return found is not None and found.decision in ("hold", "void")


def _release(work: Slice, event: Event, claim: Claim, conversion_id: str, author: str) -> None:
    said = (author, _note(claim))
    work.verdicts.add(Verdict(event.at_ms, _id(claim), "release", "conversion", conversion_id, *said))
    work.touched.add(conversion_id)


def _name(work: Slice, event: Event, claim: Claim, conversion_id: str, share_id: str, author: str) -> None:
    fact = AdvocateNamed(conversion_id, share_id, author, _note(claim))
    by_hand.named(work, replace(event, event_id=_id(claim), fact=fact), fact)


def _give(work: Slice, event: Event, claim: Claim, unit: str, amount_micros: int, author: str) -> None:
    fact = CreditGiven(claim.advocate_id, unit, amount_micros, author, _note(claim))
    by_hand.given(work, replace(event, event_id=_id(claim), fact=fact), fact)


def _taken_back(work: Slice, claim: Claim, conversion_id: str) -> list[tuple[str, int]]:
    """What was taken back of the line that looks wrong, in each unit; or of the one that it has become by a merge."""
    person = person_id(work.persons.person(advocate_key(claim.advocate_id)))
    taken = [credit for credit in work.credits.of(conversion_id).values() if credit.taken_micros > 0]
    asked = [credit for credit in taken if credit.line_id == claim.line_id]
    found = asked or [credit for credit in taken if credit.recipient == person]
    return [(credit.unit, credit.taken_micros) for credit in found]


def _id(claim: Claim) -> str:
    return f"claim.{claim.claim_id}"


def _note(claim: Claim) -> str:
    return f"claim {claim.claim_id}"
