"""Owner decisions, checked and recorded: decisions, named advocates, given credit.

Each is a fact like any other: the console, the API and the command line use these functions.
"""

from sqlalchemy.orm import Session

from passalong.core.decisions import DECISIONS
from passalong.core.facts import (
    GIVEN,
    NEW_VISITOR,
    AdvocateNamed,
    CreditGiven,
    DecisionMade,
    Event,
    Fact,
    input_hash,
    new_event,
    stored_values,
)
from passalong.core.ledger.line_kinds import CLAIM
from passalong.core.money import MAX_MICROS, POINTS
from passalong.core.names.lines import is_one_line, is_plain_text
from passalong.flow import deadlines
from passalong.flow.ingest.collector import Collector
from passalong.flow.ingest.recorder import Kept
from passalong.store import event_log
from passalong.store.books.pools import PREFIX
from passalong.store.books.receipts import ReceiptBook
from passalong.store.engine import Database
from passalong.store.people import sessions
from passalong.store.sites import Site

VERDICT = "verdict"
BY_HAND = "by_hand"
LONGEST_NOTE = 2_000
LONGEST_AUTHOR = 120


class DecisionError(ValueError):
    """A decision that is not possible; says what to do."""


class TooLateError(DecisionError):
    """A decision without effect, since the hold has ended; says what can be done instead."""


class UnknownSubjectError(DecisionError):
    """There is nothing with this id."""


def decide(db: Database, collector: Collector, site: Site, event_id: str, decision: DecisionMade) -> Kept:
    """Record a decision; a repeated one is a duplicate at any time. Raises DecisionError."""
    return collector.submit(decision_event(db, site, event_id, decision))


def decision_event(db: Database, site: Site, event_id: str, decision: DecisionMade) -> Event:
    """Return the event of a decision that is possible, to be recorded with others. Raises DecisionError."""
    _signed(decision.author, decision.note)
    if decision.action not in DECISIONS.get(decision.about, ()):
        possible = "; ".join(f"{about}: {', '.join(actions)}" for about, actions in DECISIONS.items())
        raise DecisionError(f"This can't be decided here. {possible}.")
    if decision.about == "conversion" and decision.subject_id.startswith(PREFIX) and decision.action != "release":
        raise DecisionError("A share of a monthly pool is held by a ban alone: it can only be released.")
    with db.reading() as session:
        _must_be_there(session, site.site_id, decision)
        if event_log.find_event(session, site.site_id, VERDICT, event_id) is None:
            _must_be_in_time(deadlines.too_late_for_decision(session, site, decision))
    _must_be_free(db, site, BY_HAND, event_id)
    return _event(site, VERDICT, event_id, decision)


def _must_be_in_time(too_late: str | None) -> None:
    if too_late:
        raise TooLateError(too_late)


def _must_be_there(session: Session, site_id: str, decision: DecisionMade) -> None:
    source, _, given_id = decision.subject_id.partition(":")
    if decision.about == "advocate":
        exists = sessions.is_advocate(session, site_id, decision.subject_id)
    elif decision.about == "visit":
        exists = event_log.find_event(session, site_id, "browser", decision.subject_id) is not None
    elif source == NEW_VISITOR:
        exists = bool(given_id)
    elif decision.subject_id.startswith(PREFIX):
        exists = ReceiptBook(session, site_id).exists(decision.subject_id)
    elif source == GIVEN:
        exists = event_log.find_event(session, site_id, BY_HAND, given_id) is not None
    else:
        exists = event_log.find_event(session, site_id, "api", decision.subject_id) is not None
    if not exists:
        raise UnknownSubjectError(f"No {decision.about} with this id is known here: copy it from its receipt.")


def name_advocate(db: Database, collector: Collector, site: Site, event_id: str, naming: AdvocateNamed) -> Kept:
    """Record who led to a conversion: one more touch, at its time. Raises DecisionError."""
    _signed(naming.author, naming.note)
    with db.reading() as session:
        if event_log.find_event(session, site.site_id, "api", naming.conversion_id) is None:
            raise UnknownSubjectError("No conversion with this id was reported.")
        if event_log.find_event(session, site.site_id, BY_HAND, event_id) is None:
            _must_be_in_time(deadlines.too_late_to_name(session, site, naming.conversion_id))
    _must_be_free(db, site, VERDICT, event_id)
    return collector.submit(_event(site, BY_HAND, event_id, naming))


def give_credit(db: Database, collector: Collector, site: Site, event_id: str, gift: CreditGiven) -> Kept:
    """Record given credit with its reason, in points or in the site's currency. Raises DecisionError."""
    _signed(gift.author, gift.note)
    if event_id.startswith(CLAIM):
        raise DecisionError(f"Ids that begin with {CLAIM!r} belong to answered questions. Use another one.")
    if gift.unit not in site.units:
        raise DecisionError(f"Credit is given in {POINTS} or in {' or '.join(site.currencies)}.")
    if not 0 < gift.amount_micros <= MAX_MICROS:
        raise DecisionError("Give an amount above zero, and at most what a conversion may be worth.")
    with db.reading() as session:
        if not sessions.is_advocate(session, site.site_id, gift.advocate_id):
            raise UnknownSubjectError("No advocate with this id is known here.")
    _must_be_free(db, site, VERDICT, event_id)
    return collector.submit(_event(site, BY_HAND, event_id, gift))


def _signed(author: str, note: str) -> None:
    if not 1 <= len(author.strip()) <= LONGEST_AUTHOR or not 1 <= len(note.strip()) <= LONGEST_NOTE:
        raise DecisionError(
            f"Say who decides (at most {LONGEST_AUTHOR} characters) and why (at most {LONGEST_NOTE}): "
            "both stand in the receipt, and whoever it is about reads them."
        )
    if not is_one_line(author) or not is_plain_text(note):
        raise DecisionError("Write the name in one line, and both without control characters and bidi controls.")


def _must_be_free(db: Database, site: Site, other: str, event_id: str) -> None:
    """Raise DecisionError if the other kind of decision (its source) has this id."""
    with db.reading() as session:
        if event_log.find_event(session, site.site_id, other, event_id) is not None:
            raise DecisionError("Another decision has this id. Use a new one.")


def _event(site: Site, source: str, event_id: str, fact: Fact) -> Event:
    sender_hash = input_hash(kind=fact.__struct_config__.tag, **stored_values(fact))
    return new_event(site.site_id, source, event_id, sender_hash, fact)
