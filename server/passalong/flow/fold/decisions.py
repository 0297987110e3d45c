"""Fold decisions of people: their subjects are settled anew, and subjects under review are not released by the
clock."""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from passalong.core.attribution.allocate import Allocation, Pot
from passalong.core.attribution.journey import NOBODYS
from passalong.core.decisions import NAMES, Decision, holds_line, is_banned, is_held, standing
from passalong.core.facts import DecisionMade, Event
from passalong.core.identity import visitor_key
from passalong.core.ledger.receipts import Receipt
from passalong.core.reasons import Reason
from passalong.flow.fold import arrivals
from passalong.flow.fold.release_times import still_waits
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


def voided(decisions: Iterable[Decision], pays: Allocation) -> Allocation:
    """Return the allocation, or nothing if the standing decision voids it."""
    decision = standing(decisions)
    if decision is None or decision.action != "void":
        return pays
    parts = tuple(replace(part, reward_micros=0) for part in pays.parts)
    pots = tuple(Pot(pot.unit, 0, {}) for pot in pays.pots)
    return replace(pays, pots=pots, parts=parts, refusal=Reason.VOID_BY_REVIEW)


class Holds(Struct, frozen=True):
    """The part of a conversion that waits for a person: all that is not available yet, or the lines of `recipients`."""

    whole: bool = False
    recipients: frozenset[str] = frozenset()

    def of(self, recipient: str) -> bool:
        """Return True if a line of this recipient is held, unless it is available already."""
        return recipient not in NOBODYS and (self.whole or recipient in self.recipients)


def holds_on(work: Slice, conversion: Conversion, about_it: list[Decision], credited: set[str]) -> Holds:
    """Return what is held of a conversion that credits these recipients: by a decision, by bans, or as inferred."""
    whole = is_held(about_it) or (bool(credited) and is_inferred(work, conversion, about_it))
    people = {who for who in credited if (ban := ban_on(work, who)) and holds_line(ban, about_it)}
    return Holds(whole and still_waits(work, conversion), frozenset(people))


def ban_on(work: Slice, advocate_id: str) -> Decision | None:
    """Return the standing ban of an advocate, or of one who shares a browser with them."""
    if not work.decisions.any_about("advocate"):
        return None
    decision = standing(work.decisions.of("advocate", work.identities.group(advocate_id)))
    return decision if decision is not None and decision.action == "ban" else None


def ban_holds(work: Slice, advocate_id: str, conversion_id: str) -> bool:
    """Return True if a ban holds this person's line of a conversion, or their share of a pool."""
    ban = ban_on(work, advocate_id)
    return ban is not None and holds_line(ban, work.decisions.of("conversion", [conversion_id]))


def is_inferred(work: Slice, conversion: Conversion, decisions: Iterable[Decision]) -> bool:
    """Return True for a conversion that only earlier orders of the same customer led to, until a person releases it."""
    return arrivals.journey_of_buyer(work, conversion)[1] and standing(decisions) is None


def signed(receipt: Receipt, decisions: Iterable[Decision], is_held: bool) -> Receipt:
    """Return the receipt with the decisions of people about it; `is_held` if all lines of it are."""
    reason = Reason.HELD_FOR_REVIEW if is_held and receipt.status == "credited" else receipt.reason
    return replace(receipt, decisions=tuple(decisions), reason=reason)


def holds_all(work: Slice, conversion: Conversion, holds: Holds, credited: Iterable[str]) -> bool:
    """Return True if all of a conversion is held: whole, or every line of everybody whom it credits.

    The passing of time does not change this, because a held line does not become available by itself.
    """
    lines = work.credits.of(conversion.conversion_id).values()
    waiting = holds.recipients - {credit.recipient for credit in lines if credit.ready}
    return holds.whole or (bool(waiting) and waiting.issuperset(credited))
