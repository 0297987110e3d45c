"""Deadlines of decisions: once a hold has ended, the split of its conversion is final."""

from sqlalchemy.orm import Session

from passalong.core.attribution.allocate import DAY_MS
from passalong.core.facts import DecisionMade
from passalong.flow.fold.release_times import still_waits
from passalong.flow.fold.slice import Slice
from passalong.store.books.conversions import Conversion
from passalong.store.sites import Site

HELD_TOO_LATE = "The hold of {name} has ended. Void it, if it must not count."
NAMED_TOO_LATE = "The hold of {name} has ended: its split is final. Give the credit by hand instead."
VISIT_TOO_LATE = "The hold of what this visit led to has ended: its split is final. Void the outcome itself: {names}."


def too_late_for_decision(session: Session, site: Site, decision: DecisionMade) -> str | None:
    """Return why a decision would have no effect any more, or None if it still has.

    A void or release of a conversion, and a decision about an advocate, are never too late.
    """
    work = Slice(session, site, 0, 0)
    if decision.about == "visit":
        return _too_late_for_visit(work, decision.subject_id)
    if decision.about == "conversion" and decision.action == "hold":
        conversion = work.conversions.find(decision.subject_id)
        return None if conversion and still_waits(work, conversion) else _too_late(conversion, HELD_TOO_LATE)
    return None


def too_late_to_name(session: Session, site: Site, conversion_id: str) -> str | None:
    """Return why naming an advocate would have no effect any more, or None if it still has."""
    return _too_late(Slice(session, site, 0, 0).conversions.find(conversion_id), NAMED_TOO_LATE)


def _too_late(conversion: Conversion | None, sentence: str) -> str | None:
    final = conversion is not None and conversion.frozen_seq is not None
    return sentence.format(name=conversion.conversion_id) if conversion and final else None


def _too_late_for_visit(work: Slice, visit_id: str) -> str | None:
    """Return whether every conversion that a visit may have led to is final."""
    visit = work.visits.find(visit_id)
    if visit is None:
        return None
    link = work.links.find(visit.share_id)
    window_ms = work.terms(link.terms_version).window_days * DAY_MS if link else 0
    visitors = work.identities.same_visitor(visit.visitor_id)
    conversions = [
        conversion
        for conversion in work.conversions.of_visitors(visitors)
        if 0 <= conversion.at_ms - visit.at_ms <= window_ms
    ]
    final = [conversion.conversion_id for conversion in conversions if conversion.frozen_seq is not None]
    if not final or len(final) < len(conversions):
        return None
    return VISIT_TOO_LATE.format(names=", ".join(sorted(final)))
