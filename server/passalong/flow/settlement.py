"""Using credit, and what the owner does about it: every step is a fact, handed in through the collector.

A guest secret never authorises a payout: somebody who has claimed their credit and signed in does, and whoever calls
says so (`signed_in`). What is asked for is checked against the sums as they stand, so that the answer is clear at once;
what counts is decided once more when the fact is folded.
"""

from collections.abc import Sequence
from concurrent.futures import Future

from msgspec import Struct
from msgspec.structs import asdict, replace
from sqlalchemy.orm import Session

from passalong.clock import Clock
from passalong.core.facts import (
    CreditUsed,
    Event,
    Fact,
    PayoutPrepared,
    UseApproved,
    UseRejected,
    UseSettled,
    input_hash,
)
from passalong.core.settlement import STEPS, WHY_NOT_WORDS, Offered, State, Way, WhyNot, usable, why_not
from passalong.flow.collect import Collector
from passalong.flow.record import Kept
from passalong.flow.transaction import writing
from passalong.store import access, event_log, uses
from passalong.store.engine import Database
from passalong.store.sites import Site
from passalong.store.uses import Destination, Use

USE = "use"
OWNER = "owner"
ACK_S = 30.0
MOST_IN_BATCH = 1_000
DESTINATIONS = ("iban", "paypal", "other")
LONGEST_TEXT = 120


class CannotUse(ValueError):
    """Credit cannot be used so; `why` is a name of the closed list, the text its words."""

    def __init__(self, why: WhyNot):
        super().__init__(WHY_NOT_WORDS[why])
        self.why = why


class CannotSettle(ValueError):
    """The owner cannot do that with this use; the text says what to do."""


class Asked(Struct, frozen=True):
    """What an advocate asks for; `request_id` is made by the form, so that pressing twice is asking once."""

    request_id: str
    way: Way
    unit: str
    amount_micros: int


def ways(db: Database, site: Site) -> Sequence[Offered]:
    """The ways in which credit can be used, with minimum, fee and time of each: shown before anybody chooses."""
    with db.reading() as session:
        return uses.ways_of(session, site)


def most(db: Database, site: Site, advocate_id: str, unit: str) -> int:
    """The most that an advocate can use now: their ready credit, floored to the minor unit."""
    with db.reading() as session:
        mine = access.advocates_of(session, site.site_id, advocate_id)
        return usable(uses.ready_micros(session, site.site_id, mine, unit), unit)


def use(db: Database, collector: Collector, site: Site, advocate_id: str, asked: Asked, *, signed_in: bool) -> Kept:
    """Use credit. `signed_in`: by somebody who has claimed it, not by a guest secret alone. Raises CannotUse, Busy."""
    with db.reading() as session:
        mine = access.advocates_of(session, site.site_id, advocate_id)
        again = _asked_before(session, site.site_id, mine, asked.request_id)
        offers = {(offer.way, offer.unit): offer for offer in uses.ways_of(session, site)}
        ready = uses.ready_micros(session, site.site_id, mine, asked.unit)
        destination = uses.destination_of(session, site.site_id, mine)
    offered = offers.get((asked.way, asked.unit))
    why = None if again else why_not(offered, asked.amount_micros, ready)
    if asked.way == Way.PAYOUT and not signed_in:
        why = WhyNot.CLAIM_FIRST
    elif asked.way == Way.PAYOUT and why is None and not destination:
        why = WhyNot.NO_DESTINATION
    if why is not None:
        raise CannotUse(why)
    fee_micros = offered.fee_micros if offered else 0
    fact = again or CreditUsed(mine[0], asked.way, asked.unit, asked.amount_micros, fee_micros, mine[1:])
    said = replace(fact, way=asked.way, unit=asked.unit, amount_micros=asked.amount_micros)
    return _tell(collector, site.site_id, USE, asked.request_id, said)


def _asked_before(session: Session, site_id: str, mine: Sequence[str], request_id: str) -> CreditUsed | None:
    """What this person asked for by that form before: pressing twice says the same, whatever was joined meanwhile."""
    event = event_log.find_event(session, site_id, USE, request_id)
    return event.fact if event and isinstance(event.fact, CreditUsed) and event.fact.advocate_id in mine else None


def keep_destination(
    db: Database, clock: Clock, site_id: str, advocate_id: str, kept: Destination, *, signed_in: bool
) -> None:
    """Say where one's money should go. Raises CannotUse, or CannotSettle for a destination that cannot be."""
    if not signed_in:
        raise CannotUse(WhyNot.CLAIM_FIRST)
    texts = (kept.name.strip(), kept.account.strip())
    if kept.kind not in DESTINATIONS or not all(0 < len(text) <= LONGEST_TEXT for text in texts):
        raise CannotSettle(f"A destination is one of {', '.join(DESTINATIONS)}, with a name and an account.")
    if any(not text.isprintable() for text in texts):
        raise CannotSettle("A name and an account are written in one line, without control characters.")
    with writing(db) as session:
        mine = access.advocates_of(session, site_id, advocate_id)
        uses.keep_destination(session, site_id, mine, Destination(kept.kind, *texts), clock.now_ms())


def destinations(session: Session, site_id: str, found: Sequence[Use]) -> dict[str, Destination | None]:
    """Where the money of each of these payouts goes, by its id: as its person said it last, under whichever id."""
    return {
        one.use_id: uses.destination_of(session, site_id, access.advocates_of(session, site_id, one.advocate_id))
        for one in found
    }


# --- what the owner does ----------------------------------------------------------------------------------------------


def approve(db: Database, collector: Collector, site_id: str, use_id: str, by: str) -> Kept:
    """Agree to a use. Raises CannotSettle."""
    _check_step(db, site_id, use_id, State.APPROVED)
    return _tell(collector, site_id, OWNER, f"approve:{use_id}", UseApproved(use_id, by))


def reject(db: Database, collector: Collector, site_id: str, use_id: str, by: str, note: str) -> Kept:
    """Refuse a use, and say why: the credit is ready again. Raises CannotSettle."""
    _check_step(db, site_id, use_id, State.REJECTED)
    if not note.strip():
        raise CannotSettle("Say why: whoever asked will read it.")
    return _tell(collector, site_id, OWNER, f"reject:{use_id}", UseRejected(use_id, by, note.strip()[:200]))


def settle_use(db: Database, collector: Collector, site_id: str, use_id: str, by: str, reference: str = "") -> Kept:
    """Say that what was asked for is done; `reference` is the discount code, or the transfer's. Raises CannotSettle."""
    found = _check_step(db, site_id, use_id, State.DONE)
    if found.way == Way.PAYOUT and found.state != State.APPROVED:
        raise CannotSettle(f"The payout {use_id} is not approved yet: approve it first.")
    return _tell(collector, site_id, OWNER, f"done:{use_id}", UseSettled(use_id, by, reference.strip()[:200]))


def prepare(db: Database, collector: Collector, site_id: str, batch_id: str, by: str) -> list[Use]:
    """Put the payouts that were asked for, and are in no batch yet, into one; returns them. Raises CannotSettle."""
    with db.reading() as session:
        found = uses.uses_in(session, site_id, (State.REQUESTED, State.APPROVED), way=Way.PAYOUT)
    loose = [payout for payout in found if payout.batch_id is None][:MOST_IN_BATCH]
    if not loose:
        raise CannotSettle("Nobody has asked for a payout that is not in a batch already.")
    fact = PayoutPrepared(tuple(payout.use_id for payout in loose), by)
    if _tell(collector, site_id, OWNER, batch_id, fact) is not Kept.NEW:
        raise CannotSettle(f"A batch is called {batch_id!r} already: choose another name.")
    return loose


def in_batch(db: Database, site_id: str, batch_id: str, *states: State) -> list[Use]:
    """The payouts of a batch, in these states or in all; raises CannotSettle for a batch that is not there."""
    with db.reading() as session:
        found = uses.uses_in(session, site_id, tuple(State), batch_id)
    if not found:
        raise CannotSettle(f"No batch is called {batch_id!r}: `passalong payout list` shows them.")
    return [payout for payout in found if not states or payout.state in states]


def approve_batch(db: Database, collector: Collector, site_id: str, batch_id: str, by: str) -> list[Use]:
    """Agree to every payout of a batch that waits for it; returns them."""
    found = in_batch(db, site_id, batch_id, State.REQUESTED)
    for payout in found:
        _tell(collector, site_id, OWNER, f"approve:{payout.use_id}", UseApproved(payout.use_id, by))
    return found


def mark_paid(db: Database, collector: Collector, site_id: str, batch_id: str, by: str, reference: str) -> list[Use]:
    """Say that every approved payout of a batch was paid; returns them. Raises CannotSettle when there is none."""
    found = in_batch(db, site_id, batch_id, State.APPROVED)
    if not found:
        raise CannotSettle(f"The batch {batch_id!r} has no approved payout: approve it first.")
    for payout in found:
        fact = UseSettled(payout.use_id, by, reference.strip()[:200])
        _tell(collector, site_id, OWNER, f"done:{payout.use_id}", fact)
    return found


def _check_step(db: Database, site_id: str, use_id: str, state: State) -> Use:
    with db.reading() as session:
        found = uses.find_use(session, site_id, use_id)
    if found is None:
        raise CannotSettle(f"No use has the id {use_id!r}.")
    if state != found.state and state not in STEPS[found.state]:
        raise CannotSettle(f"This use is {found.state.value}: it cannot become {state.value}.")
    return found


def _tell(collector: Collector, site_id: str, source: str, event_id: str, fact: Fact) -> Kept:
    said = input_hash(**{name: value for name, value in asdict(fact).items() if name != "also"})
    offered: Future[Kept] = collector.offer(Event(site_id, source, event_id, 0, said, fact))
    return offered.result(timeout=ACK_S)
