"""Fold decisions of people: their subjects are settled anew, and subjects under review are not released by the
clock."""

from collections.abc import Iterable

from msgspec.structs import replace

from passalong.core.attribution.allocate import Allocation, Pot
from passalong.core.decisions import NAMES, Decision, is_banned, is_held, standing
from passalong.core.facts import DecisionMade, Event
from passalong.core.identity import visitor_key
from passalong.core.ledger.receipts import Receipt
from passalong.core.reasons import Reason
from passalong.flow.fold import arrivals
from passalong.flow.fold.slice import Slice
from passalong.store.books.conversions import Conversion


def judged(work: Slice, event: Event, fact: DecisionMade) -> None:
    """Fold a decision: settle everything that it changes."""
    work.decisions.add(
        Decision(event.at_ms, event.event_id, fact.action, fact.about, fact.subject_id, fact.author, fact.note)
    )
    if fact.about == "conversion":
        work.touched.add(fact.subject_id)
    elif fact.about == "visit":
        _touch_by_visit(work, fact.subject_id)
    elif fact.action not in NAMES:
        _touch_by_advocate(work, event, fact.subject_id)


def _touch_by_visit(work: Slice, visit_id: str) -> None:
    visit = work.visits.find(visit_id)
    if visit is not None:
        keys = work.identities.reach([visitor_key(visit.visitor_id)])
        work.touched |= {conversion.conversion_id for conversion in work.conversions.of_person(keys)}


def _touch_by_advocate(work: Slice, event: Event, advocate_id: str) -> None:
    """Mark conversions with touches since the decision; credit to the person is held, or no longer held."""
    work.touched |= {conversion.conversion_id for conversion in work.conversions.since(event.at_ms)}
    work.touched |= work.credits.conversions_crediting(work.identities.group(advocate_id))


def banned(work: Slice, advocate_id: str, at_ms: int) -> bool:
    """Return True if an advocate, or one stated or proved to be the same person, was banned at that time."""
    if not work.decisions.any_about("advocate"):
        return False
    return is_banned(work.decisions.of("advocate", work.identities.group(advocate_id, seen=False)), at_ms)


def void(work: Slice, visit_id: str) -> bool:
    """Return True if somebody voided this visit."""
    decision = standing(work.decisions.of("visit", [visit_id]))
    return decision is not None and decision.action == "void"


def about(work: Slice, conversion: Conversion) -> list[Decision]:
    """Return all decisions about a conversion, oldest first."""
    return sorted(work.decisions.of("conversion", [conversion.conversion_id]))


def voided(given: Iterable[Decision], pays: Allocation) -> Allocation:
    """Return the allocation, or nothing if the standing decision voids it."""
    decision = standing(given)
    if decision is None or decision.action != "void":
        return pays
    parts = tuple(replace(part, reward_micros=0) for part in pays.parts)
    pots = tuple(Pot(pot.unit, 0, {}) for pot in pays.pots)
    return replace(pays, pots=pots, parts=parts, refusal=Reason.VOID_BY_REVIEW)


def looked_at(work: Slice, given: Iterable[Decision], pays: Allocation) -> bool:
    """Return True while a conversion is held for review: by a decision, or because it credits a banned advocate or
    one who shares a browser with them."""
    bans = []
    recipients = {part.recipient for part in pays.parts} if work.decisions.any_about("advocate") else set()
    for recipient in sorted(recipients):
        decision = standing(work.decisions.of("advocate", work.identities.group(recipient)))
        bans += [decision] if decision is not None and decision.action == "ban" else []
    return is_held(given, bans)


def is_inferred(work: Slice, conversion: Conversion, given: Iterable[Decision]) -> bool:
    """Return True for a conversion that only earlier orders of the same customer led to, until a person releases it."""
    return arrivals.journey_of_buyer(work, conversion)[1] and standing(given) is None


def signed(made: Receipt, given: Iterable[Decision], held: bool) -> Receipt:
    """Return the receipt with the decisions of people about it."""
    reason = Reason.HELD_FOR_REVIEW if held and made.status == "credited" else made.reason
    return replace(made, decisions=tuple(given), reason=reason)
