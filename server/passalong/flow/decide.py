"""What an owner decides, checked and put on record: verdicts, whom they name, what they give.

Each is a fact like any other: the console, the API and the command line come by here.
"""

from concurrent.futures import Future

from msgspec import structs
from sqlalchemy.orm import Session

from passalong.core.facts import GIVEN, NEW_VISITOR, AdvocateNamed, CreditGiven, Event, Fact, VerdictGiven, input_hash
from passalong.core.money import MAX_MICROS, POINTS
from passalong.core.verdicts import DECISIONS
from passalong.flow.collect import Collector
from passalong.flow.record import Kept
from passalong.store import access, event_log
from passalong.store.engine import Database
from passalong.store.sites import Site

VERDICT = "verdict"
BY_HAND = "by_hand"
LONGEST_NOTE = 2_000
LONGEST_AUTHOR = 120


class CannotDecide(ValueError):
    """A decision that cannot stand; says what to do."""


class UnknownSubject(CannotDecide):
    """There is nothing under the id that was named."""


def verdict(db: Database, collector: Collector, site: Site, event_id: str, said: VerdictGiven) -> Future[Kept]:
    """Put a verdict on record. Raises CannotDecide."""
    _signed(said.author, said.note)
    if said.decision not in DECISIONS.get(said.about, ()):
        possible = "; ".join(f"{about}: {', '.join(found)}" for about, found in DECISIONS.items())
        raise CannotDecide(f"That cannot be decided about this. {possible}.")
    with db.reading() as session:
        _must_be_there(session, site.site_id, said)
    return _record(db, collector, site, VERDICT, event_id, said)


def _must_be_there(session: Session, site_id: str, said: VerdictGiven) -> None:
    source, _, given_id = said.subject_id.partition(":")
    if said.about == "advocate":
        found = access.is_advocate(session, site_id, said.subject_id)
    elif said.about == "visit":
        found = event_log.find_event(session, site_id, "browser", said.subject_id) is not None
    elif source == NEW_VISITOR:
        found = bool(given_id)
    elif source == GIVEN:
        found = event_log.find_event(session, site_id, BY_HAND, given_id) is not None
    else:
        found = event_log.find_event(session, site_id, "api", said.subject_id) is not None
    if not found:
        raise UnknownSubject(f"No {said.about} with this id is known here: copy it from its receipt.")


def name_advocate(db: Database, collector: Collector, site: Site, event_id: str, said: AdvocateNamed) -> Future[Kept]:
    """Name who led to a conversion: one more step on the way, at its moment. Raises CannotDecide."""
    _signed(said.author, said.note)
    with db.reading() as session:
        if event_log.find_event(session, site.site_id, "api", said.conversion_id) is None:
            raise UnknownSubject("No conversion with this id was reported.")
    return _record(db, collector, site, BY_HAND, event_id, said)


def give_credit(db: Database, collector: Collector, site: Site, event_id: str, said: CreditGiven) -> Future[Kept]:
    """Give credit for a reason of one's own, in points or in the site's currency. Raises CannotDecide."""
    _signed(said.author, said.note)
    if said.unit not in (POINTS, site.currency):
        raise CannotDecide(f"Credit is given in {POINTS} or in {site.currency}.")
    if not 0 < said.amount_micros <= MAX_MICROS:
        raise CannotDecide("Credit that is given is more than nothing, and not more than a conversion may be worth.")
    with db.reading() as session:
        if not access.is_advocate(session, site.site_id, said.advocate_id):
            raise UnknownSubject("No advocate with this id is known here.")
    return _record(db, collector, site, BY_HAND, event_id, said)


def _signed(author: str, note: str) -> None:
    if not 1 <= len(author.strip()) <= LONGEST_AUTHOR or not 1 <= len(note.strip()) <= LONGEST_NOTE:
        raise CannotDecide(
            f"Say who decides (at most {LONGEST_AUTHOR} characters) and why (at most {LONGEST_NOTE}): "
            "both stand in the receipt, and whoever it is about reads them."
        )


def _record(db: Database, collector: Collector, site: Site, source: str, event_id: str, fact: Fact) -> Future[Kept]:
    """Put it on record, unless the other kind of decision has this id: in the books the two stand side by side."""
    with db.reading() as session:
        other = BY_HAND if source == VERDICT else VERDICT
        if event_log.find_event(session, site.site_id, other, event_id) is not None:
            raise CannotDecide("Another decision has this id. Use a new one.")
    said = input_hash(kind=fact.__struct_config__.tag, **structs.asdict(fact))
    return collector.offer(Event(site.site_id, source, event_id, 0, said, fact))
