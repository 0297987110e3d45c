"""Decide about many subjects at once, and undo decisions: each is a fact of its own, and an undo is a new one.

The ids of the facts follow from the id of the form, so a form that is sent twice decides once.
"""

import hashlib
from collections.abc import Iterable, Mapping

from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.core.facts import About, Action, CreditGiven, DecisionMade
from passalong.flow.owners import decisions, desk
from passalong.flow.owners.desk import Desk, Signed
from passalong.store.books.conversions import ConversionBook
from passalong.store.queries import review

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
"""The decision that undoes another after the hold has ended, when nothing can be held any more."""


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
        said = DecisionMade(ruling.action, ruling.about, subject_id, signed.author, signed.note)
        event_id = f"{review.BATCH}{signed.once}.{_digest(ruling.action + subject_id)}"
        events.append(decisions.decision_event(at.db, at.site, event_id, said))
    at.collector.submit_all(events)
    subject = ruling.subject_ids[0] if len(ruling.subject_ids) == 1 else f"{len(ruling.subject_ids)} results"
    desk.log(at, signed, f"{ruling.about}.{ruling.action}", subject, {"subjects": ruling.subject_ids[:20]})
    return len(events)


def _digest(subject_id: str) -> str:
    return hashlib.sha256(subject_id.encode()).hexdigest()[:16]


def rule_on_pattern(at: Desk, signed: Signed, decision: Action, pattern: str) -> int:
    """Record the decision about every held result of a pattern; returns their number. Raises DecisionError."""
    with at.db.reading() as session:
        found = _of_pattern(session, at.site.site_id, pattern)
    if not found:
        raise decisions.UnknownSubjectError(
            "Nothing of this kind is held any more. Somebody may have decided it already."
        )
    return rule_on(at, signed, Ruling(decision, "conversion", tuple(found)))


def _of_pattern(session: Session, site_id: str, pattern: str) -> list[str]:
    found: list[str] = []
    place = None
    while True:
        held = review.held_results(session, site_id, place)
        found += [one.conversion_id for group in held.patterns if group.name == pattern for one in group.results]
        place = held.later
        if place is None or len(found) >= MOST:
            return found[:MOST]


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
        rulings = _opposites(session, at.site.site_id, decided_batches[0])
    return sum(rule_on(at, signed, ruling) for ruling in rulings)


def _opposites(session: Session, site_id: str, made: review.Decided) -> list[Ruling]:
    found: dict[tuple[About, Action], list[str]] = {}
    final = _final(session, site_id, (one.subject_id for one in made.decisions if one.about == "conversion"))
    for one in made.decisions:
        usual = OPPOSITE[one.about, one.action]
        decision = AFTER_HOLD.get(one.action, usual) if one.subject_id in final else usual
        found.setdefault((one.about, decision), []).append(one.subject_id)
    return [Ruling(decision, about, tuple(ids)) for (about, decision), ids in found.items()]


def _final(session: Session, site_id: str, conversion_ids: Iterable[str]) -> set[str]:
    """Return the conversions whose hold has ended."""
    asked = list(conversion_ids)
    book = ConversionBook(session, site_id)
    book.prime(asked, [], [])
    return {
        conversion.conversion_id
        for conversion in book.loaded()
        if conversion.conversion_id in asked and conversion.frozen_seq is not None
    }


def give_credit(at: Desk, signed: Signed, advocate_id: str, unit: str, amount_micros: int) -> None:
    """Give a person credit, once for a form. Raises DecisionError."""
    gift = CreditGiven(advocate_id, unit, amount_micros, signed.author, signed.note)
    decisions.give_credit(at.db, at.collector, at.site, signed.once, gift)
    desk.log(at, signed, "credit.give", advocate_id, {"unit": unit, "amount_micros": amount_micros})
