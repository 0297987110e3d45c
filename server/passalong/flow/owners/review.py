"""Decide about many subjects at once, and undo decisions: each is a fact of its own, and an undo is a new one.

The ids of the facts follow from the id of the form, so a form that is sent twice decides once.
"""

import hashlib
from collections.abc import Mapping

from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.core.facts import About, Action, CreditGiven, DecisionMade
from passalong.flow.fold.release_times import still_waits
from passalong.flow.fold.slice import Slice
from passalong.flow.owners import decisions, desk
from passalong.flow.owners.desk import Desk, Signed
from passalong.store.queries import review
from passalong.store.sites import Site

MOST = 500
OPPOSITE: Mapping[tuple[About, Action], Action] = {
    ("advocate", "ban"): "lift",
    ("advocate", "lift"): "ban",
    ("advocate", "hide"): "show",
    ("advocate", "show"): "hide",
    ("conversion", "hold"): "release",
    ("conversion", "release"): "hold",
    ("conversion", "void"): "hold",
    ("visit", "void"): "release",
    ("visit", "release"): "void",
}
"""The decision that undoes another; results go back to the review queue."""
AFTER_HOLD: Mapping[Action, Action] = {"void": "release"}
"""The decision that undoes another when no line waits any more, so that nothing can be held."""


class Ruling(Struct, frozen=True):
    """One decision about one or more subjects of a kind."""

    action: Action
    about: About
    subject_ids: tuple[str, ...]


def rule_on(at: Desk, signed: Signed, ruling: Ruling) -> int:
    """Record the decision about each subject; returns their number. Raises DecisionError."""
    if not 0 < len(ruling.subject_ids) <= MOST:
        raise decisions.DecisionError(f"Choose from 1 to {MOST} results.")
    events = []
    for subject_id in ruling.subject_ids:
        decision = DecisionMade(ruling.action, ruling.about, subject_id, signed.author, signed.note)
        event_id = f"{review.BATCH}{signed.once}.{_digest(ruling.action + subject_id)}"
        events.append(decisions.decision_event(at.db, at.site, event_id, decision))
    at.collector.submit_all(events)
    subject = ruling.subject_ids[0] if len(ruling.subject_ids) == 1 else f"{len(ruling.subject_ids)} results"
    desk.log(at, signed, f"{ruling.about}.{ruling.action}", subject, {"subjects": ruling.subject_ids[:20]})
    return len(events)


def _digest(subject_id: str) -> str:
    return hashlib.sha256(subject_id.encode()).hexdigest()[:16]


def rule_on_pattern(at: Desk, signed: Signed, decision: Action, pattern: str) -> int:
    """Record the decision about every held result of a pattern; returns their number. Raises DecisionError."""
    with at.db.reading() as session:
        matches = _of_pattern(session, at.site.site_id, pattern)
    if not matches:
        raise decisions.UnknownSubjectError(
            "Nothing of this kind is held any more. Somebody may have decided it already."
        )
    return rule_on(at, signed, Ruling(decision, "conversion", tuple(matches)))


def _of_pattern(session: Session, site_id: str, pattern: str) -> list[str]:
    conversion_ids: list[str] = []
    place = None
    while True:
        queue = review.held_results(session, site_id, place)
        conversion_ids += [
            result.conversion_id for group in queue.patterns if group.name == pattern for result in group.results
        ]
        place = queue.later
        if place is None or len(conversion_ids) >= MOST:
            return conversion_ids[:MOST]


def undo(at: Desk, signed: Signed, batch_id: str) -> int:
    """Undo decisions that were made together, by the opposite of each; returns their number. Raises DecisionError."""
    with at.db.reading() as session:
        decided_batches = [
            decided_batch
            for decided_batch in review.latest_decisions(session, at.site.site_id)
            if decided_batch.batch_id == batch_id
        ]
        if not decided_batches:
            raise decisions.UnknownSubjectError("This decision is not among the latest ones any more.")
        rulings = _opposites(session, at.site, decided_batches[0])
    return sum(rule_on(at, signed, ruling) for ruling in rulings)


def _opposites(session: Session, site: Site, together: review.Decided) -> list[Ruling]:
    subjects_of: dict[tuple[About, Action], list[str]] = {}
    final = _final(session, site, {each.subject_id for each in together.decisions if each.about == "conversion"})
    for each in together.decisions:
        usual = OPPOSITE[each.about, each.action]
        decision = AFTER_HOLD.get(each.action, usual) if each.subject_id in final else usual
        subjects_of.setdefault((each.about, decision), []).append(each.subject_id)
    return [Ruling(decision, about, tuple(ids)) for (about, decision), ids in subjects_of.items()]


def _final(session: Session, site: Site, conversion_ids: set[str]) -> set[str]:
    """Return the conversions of which no line waits any more."""
    work = Slice(session, site, 0, 0)
    work.conversions.prime(conversion_ids, [], [])
    work.credits.prime(conversion_ids)
    conversions = {each_id: work.conversions.find(each_id) for each_id in conversion_ids}
    return {each_id for each_id, conversion in conversions.items() if conversion and not still_waits(work, conversion)}


def give_credit(at: Desk, signed: Signed, advocate_id: str, unit: str, amount_micros: int) -> None:
    """Give a person credit, once for a form. Raises DecisionError."""
    gift = CreditGiven(advocate_id, unit, amount_micros, signed.author, signed.note)
    decisions.give_credit(at.db, at.collector, at.site, signed.once, gift)
    desk.log(at, signed, "credit.give", advocate_id, {"unit": unit, "amount_micros": amount_micros})
