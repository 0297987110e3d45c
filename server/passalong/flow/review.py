"""Verdicts of people: what they are about is settled anew, and what is looked at is not released by the clock."""

from collections.abc import Iterable

from msgspec.structs import replace

from passalong.core.attribution import Allocation
from passalong.core.facts import Event, VerdictGiven
from passalong.core.identity import advocate_key, visitor_key
from passalong.core.reasons import Reason
from passalong.core.receipts import Receipt
from passalong.core.verdicts import NAMES, Verdict, is_banned, is_held, standing
from passalong.flow.slice import Slice
from passalong.store.conversions import Conversion


def judged(work: Slice, event: Event, fact: VerdictGiven) -> None:
    """Somebody decided: whatever the verdict changes is settled anew."""
    work.verdicts.add(
        Verdict(event.at_ms, event.event_id, fact.decision, fact.about, fact.subject_id, fact.author, fact.note)
    )
    if fact.about == "conversion":
        work.touched.add(fact.subject_id)
    elif fact.about == "visit":
        _touch_by_visit(work, fact.subject_id)
    elif fact.decision not in NAMES:
        _touch_by_advocate(work, event, fact.subject_id)


def _touch_by_visit(work: Slice, visit_id: str) -> None:
    visit = work.visits.find(visit_id)
    if visit is not None:
        keys = work.persons.members(visitor_key(visit.visitor_id))
        work.touched |= {conversion.conversion_id for conversion in work.conversions.of_person(keys)}


def _touch_by_advocate(work: Slice, event: Event, advocate_id: str) -> None:
    """Touches from the verdict's time on may count or not; what credits the person is held, or is not any more."""
    work.touched |= {conversion.conversion_id for conversion in work.conversions.since(event.at_ms)}
    work.touched |= work.credits.conversions_crediting(_advocates(work, advocate_id))


def _advocates(work: Slice, advocate_id: str) -> set[str]:
    members = work.persons.members(advocate_key(advocate_id))
    return {member[2:] for member in members if member.startswith("a:")}


def banned(work: Slice, advocate_id: str, at_ms: int) -> bool:
    """True when the person behind an advocate's id was excluded at that time."""
    if not work.verdicts.any_about("advocate"):
        return False
    return is_banned(work.verdicts.of("advocate", _advocates(work, advocate_id)), at_ms)


def void(work: Slice, visit_id: str) -> bool:
    """True when somebody decided that this visit is no step on the way."""
    found = standing(work.verdicts.of("visit", [visit_id]))
    return found is not None and found.decision == "void"


def about(work: Slice, conversion: Conversion) -> list[Verdict]:
    """All verdicts about a conversion, oldest first."""
    return sorted(work.verdicts.of("conversion", [conversion.conversion_id]))


def voided(given: Iterable[Verdict], pays: Allocation) -> Allocation:
    """The same, or nothing when the verdict that stands says so."""
    found = standing(given)
    if found is None or found.decision != "void":
        return pays
    parts = tuple(replace(part, reward_micros=0) for part in pays.parts)
    return replace(pays, budget_micros=0, amounts={}, parts=parts, limited=(), refusal=Reason.VOID_BY_REVIEW)


def looked_at(work: Slice, given: Iterable[Verdict], pays: Allocation) -> bool:
    """True while what a conversion pays is held for a review: by a verdict, or because it credits who is banned."""
    bans = []
    recipients = {part.recipient for part in pays.parts} if work.verdicts.any_about("advocate") else set()
    for recipient in sorted(recipients):
        found = standing(work.verdicts.of("advocate", _advocates(work, recipient)))
        bans += [found] if found is not None and found.decision == "ban" else []
    return is_held(given, bans)


def signed(made: Receipt, given: Iterable[Verdict], held: bool) -> Receipt:
    """The receipt with what people decided about it, and by whom."""
    reason = Reason.HELD_FOR_REVIEW if held and made.status == "credited" else made.reason
    return replace(made, verdicts=tuple(given), reason=reason)
