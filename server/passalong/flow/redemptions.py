"""Redemptions, and what the owner does about them: every step is a fact, handed to the collector.

A guest secret never authorises a payout: only an account that is signed in does, and the caller says so (`signed_in`).
A request is checked against the current sums, so that the answer is clear at once; it is decided again when the fact is
folded.
"""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.orm import Session

from passalong.core.facts import Fact, input_hash, stored_values
from passalong.core.ledger.redemptions import (
    STEPS,
    WHY_NOT_WORDS,
    Method,
    OfferedMethod,
    State,
    WhyNot,
    usable,
    why_not,
)
from passalong.core.names.lines import is_one_line
from passalong.core.redemptions.facts import (
    PayoutPrepared,
    RedemptionApproved,
    RedemptionRejected,
    RedemptionRequested,
    RedemptionSettled,
    RedemptionWithdrawn,
)
from passalong.flow.ingest.collector import Collector
from passalong.flow.ingest.recorder import Kept
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.lib.emails import BadEmailError, split_email
from passalong.store import event_log
from passalong.store.books import identities, redemptions
from passalong.store.books.redemptions import Destination, Redemption
from passalong.store.engine import Database
from passalong.store.sites import Site

USE = "use"
OWNER = "owner"
MOST_IN_BATCH = 1_000
IBAN_KIND, PAYPAL_KIND = "iban", "paypal"
DESTINATIONS = (IBAN_KIND, PAYPAL_KIND, "other")
LONGEST_TEXT = 120
LONGEST_NOTE = 200


class RedeemError(ValueError):
    """The credit cannot be used that way; `why` is a reason, the text its words."""

    def __init__(self, why: WhyNot):
        super().__init__(WHY_NOT_WORDS[why])
        self.why = why


class RedemptionError(ValueError):
    """The owner cannot do that with this redemption; the text says what to do."""


class BadPaypalError(RedemptionError):
    """A PayPal account that is no e-mail address."""


class BadIbanError(RedemptionError):
    """The account is said to be an IBAN and is not a valid one."""


class OnItsWayError(RedemptionError):
    """A payout was approved: its destination cannot be changed any more."""


class Person(Struct, frozen=True):
    """A person who redeems: a guest secret alone never authorises a payout, a signed-in account does (`signed_in`)."""

    advocate_id: str
    signed_in: bool


class Asked(Struct, frozen=True):
    """A request for a redemption; `request_id` is made by the form, so that pressing twice is one request."""

    request_id: str
    method: Method
    unit: str
    amount_micros: int


def methods(db: Database, site: Site) -> Sequence[OfferedMethod]:
    """Return the redemption methods, with minimum, fee and time of each."""
    with db.reading() as session:
        return redemptions.methods_of(session, site)


def most(db: Database, site: Site, advocate_id: str, unit: str) -> int:
    """Return the most that an advocate can use now: their available credit, floored to the minor unit."""
    with db.reading() as session:
        advocate_ids = identities.account(session, site.site_id, advocate_id)
        return usable(redemptions.ready_micros(session, site.site_id, advocate_ids, unit), unit)


def request_redemption(db: Database, collector: Collector, site: Site, person: Person, request: Asked) -> Kept:
    """Request a redemption. Raises RedeemError, QueueFullError."""
    with db.reading() as session:
        advocate_ids = identities.account(session, site.site_id, person.advocate_id)
        again = _asked_before(session, site.site_id, advocate_ids, request.request_id)
        offers = {(offer.method, offer.unit): offer for offer in redemptions.methods_of(session, site)}
        ready = redemptions.ready_micros(session, site.site_id, advocate_ids, request.unit)
        destination = redemptions.destination_of(session, site.site_id, advocate_ids)
    offered = offers.get((request.method, request.unit))
    why = None if again else why_not(offered, request.amount_micros, ready)
    if request.method == Method.PAYOUT and not person.signed_in:
        why = WhyNot.CLAIM_FIRST
    elif request.method == Method.PAYOUT and why is None and not destination:
        why = WhyNot.NO_DESTINATION
    if why is not None:
        raise RedeemError(why)
    fee_micros = offered.fee_micros if offered else 0
    fact = again or RedemptionRequested(
        advocate_ids[0], request.method, request.unit, request.amount_micros, fee_micros, advocate_ids[1:]
    )
    request_hash = replace(fact, method=request.method, unit=request.unit, amount_micros=request.amount_micros)
    return _tell(collector, site.site_id, USE, request.request_id, request_hash)


def _asked_before(
    session: Session, site_id: str, advocate_ids: Sequence[str], request_id: str
) -> RedemptionRequested | None:
    """Return this person's earlier request by the same form: pressing twice gives the same answer."""
    event = event_log.find_event(session, site_id, USE, request_id)
    return (
        event.fact
        if event and isinstance(event.fact, RedemptionRequested) and event.fact.advocate_id in advocate_ids
        else None
    )


def keep_destination(db: Database, clock: Clock, site_id: str, person: Person, destination: Destination) -> None:
    """Store a payout destination. Raises RedeemError, or RedemptionError for an invalid one."""
    if not person.signed_in:
        raise RedeemError(WhyNot.CLAIM_FIRST)
    texts = (destination.name.strip(), destination.account.strip())
    if destination.kind not in DESTINATIONS or not all(0 < len(text) <= LONGEST_TEXT for text in texts):
        raise RedemptionError(f"A destination is one of {', '.join(DESTINATIONS)}, with a name and an account.")
    if not all(is_one_line(text) for text in texts):
        raise RedemptionError("A name and an account are written in one line, without control characters.")
    account = _ACCOUNTS.get(destination.kind, str)(texts[1])
    with writing(db) as session:
        advocate_ids = identities.account(session, site_id, person.advocate_id)
        if redemptions.is_any(session, site_id, advocate_ids, Method.PAYOUT, State.APPROVED):
            raise OnItsWayError("An approved payout is on its way: change the account once it is done.")
        redemptions.keep_destination(
            session, site_id, advocate_ids, Destination(destination.kind, texts[0], account), clock.now_ms()
        )


def _iban(text: str) -> str:
    """Return the checked IBAN without spaces. Raises BadIbanError."""
    import schwifty  # here, because it takes 30 ms and few processes need it
    from schwifty.exceptions import SchwiftyException

    try:
        return str(schwifty.IBAN(text).compact)
    except SchwiftyException:
        raise BadIbanError(f"{text!r} is not an IBAN: check its digits.") from None


def _paypal(text: str) -> str:
    """Return the e-mail address of a PayPal account. Raises BadPaypalError."""
    try:
        return "@".join(split_email(text))
    except BadEmailError:
        raise BadPaypalError(f"{text!r} is no e-mail address: PayPal accounts are named by one.") from None


_ACCOUNTS: Mapping[str, Callable[[str], str]] = {IBAN_KIND: _iban, PAYPAL_KIND: _paypal}
"""The check of each kind of account; the owner reads every other kind as it was typed."""


def withdraw(db: Database, collector: Collector, site_id: str, advocate_id: str, redemption_id: str) -> Kept:
    """Withdraw a request that the owner has not approved yet. Raises RedemptionError."""
    redemption = _check_step(db, site_id, redemption_id, State.WITHDRAWN)
    with db.reading() as session:
        if redemption.advocate_id not in identities.account(session, site_id, advocate_id):
            raise RedemptionError(f"There is no redemption with the id {redemption_id!r}.")
    return _tell(collector, site_id, USE, f"withdraw:{redemption_id}", RedemptionWithdrawn(redemption_id))


def destinations(session: Session, site_id: str, requests: Sequence[Redemption]) -> dict[str, Destination | None]:
    """Return the destination of each of these payouts, by its id: what its person entered last."""
    everyone = identities.accounts_of(session, site_id, (redemption.advocate_id for redemption in requests))
    places = redemptions.destinations_of(session, site_id, sorted(set().union(*everyone.values())))
    return {
        redemption.redemption_id: redemptions.latest(places, everyone[redemption.advocate_id])
        for redemption in requests
    }


# --- what the owner does


def approve(db: Database, collector: Collector, site_id: str, approval: RedemptionApproved) -> Kept:
    """Approve a redemption. Raises RedemptionError."""
    _check_step(db, site_id, approval.redemption_id, State.APPROVED)
    return _tell(collector, site_id, OWNER, f"approve:{approval.redemption_id}", approval)


def reject(db: Database, collector: Collector, site_id: str, rejection: RedemptionRejected) -> Kept:
    """Reject a redemption with a reason: the credit is available again. Raises RedemptionError."""
    _check_step(db, site_id, rejection.redemption_id, State.REJECTED)
    if not rejection.note.strip():
        raise RedemptionError("Give the reason: the person who asked will read it.")
    fact = replace(rejection, note=rejection.note.strip()[:LONGEST_NOTE])
    return _tell(collector, site_id, OWNER, f"reject:{rejection.redemption_id}", fact)


def settle_redemption(db: Database, collector: Collector, site_id: str, settlement: RedemptionSettled) -> Kept:
    """Mark a redemption as done; `reference` is the discount code, or the transfer's. Raises RedemptionError."""
    redemption = _check_step(db, site_id, settlement.redemption_id, State.DONE)
    if redemption.method == Method.PAYOUT and redemption.state != State.APPROVED:
        raise RedemptionError(f"The payout {settlement.redemption_id} is not approved yet: approve it first.")
    return _tell(collector, site_id, OWNER, f"done:{settlement.redemption_id}", _shortened(settlement))


def _shortened(settlement: RedemptionSettled) -> RedemptionSettled:
    return replace(settlement, reference=settlement.reference.strip()[:LONGEST_NOTE])


def prepare(db: Database, collector: Collector, site_id: str, batch_id: str, by: str) -> list[Redemption]:
    """Put the requested payouts that are in no batch yet into one; returns them. Raises RedemptionError."""
    with db.reading() as session:
        payouts = redemptions.list_redemptions(
            session, site_id, (State.REQUESTED, State.APPROVED), method=Method.PAYOUT
        )
    loose = [payout for payout in payouts if payout.batch_id is None][:MOST_IN_BATCH]
    if not loose:
        raise RedemptionError("There is no payout to approve that is not in a batch already.")
    fact = PayoutPrepared(tuple(payout.redemption_id for payout in loose), by)
    if _tell(collector, site_id, OWNER, batch_id, fact) is not Kept.NEW:
        raise RedemptionError(f"There is already a batch called {batch_id!r}: choose another name.")
    return loose


def in_batch(db: Database, site_id: str, batch_id: str, *states: State) -> list[Redemption]:
    """Return the payouts of a batch, in these states or in all; raises RedemptionError for an unknown batch."""
    with db.reading() as session:
        payouts = redemptions.list_redemptions(session, site_id, tuple(State), batch_id)
    if not payouts:
        raise RedemptionError(f"No batch is called {batch_id!r}: `passalong payout list` shows them.")
    return [payout for payout in payouts if not states or payout.state in states]


def approve_batch(db: Database, collector: Collector, site_id: str, batch_id: str, by: str) -> list[Redemption]:
    """Approve every waiting payout of a batch; returns them."""
    batch = in_batch(db, site_id, batch_id, State.REQUESTED)
    for payout in batch:
        _tell(
            collector, site_id, OWNER, f"approve:{payout.redemption_id}", RedemptionApproved(payout.redemption_id, by)
        )
    return batch


class Paid(Struct, frozen=True):
    """The owner's word that a batch is paid; `reference` is what people can look it up by."""

    batch_id: str
    by: str
    reference: str = ""


def mark_paid(db: Database, collector: Collector, site_id: str, paid: Paid) -> list[Redemption]:
    """Mark every approved payout of a batch as paid; returns them. Raises RedemptionError if there is none."""
    batch_id = paid.batch_id
    batch = in_batch(db, site_id, batch_id, State.APPROVED)
    if not batch:
        raise RedemptionError(f"The batch {batch_id!r} has no approved payout: approve it first.")
    for payout in batch:
        fact = _shortened(RedemptionSettled(payout.redemption_id, paid.by, paid.reference))
        _tell(collector, site_id, OWNER, f"done:{payout.redemption_id}", fact)
    return batch


def _check_step(db: Database, site_id: str, redemption_id: str, state: State) -> Redemption:
    with db.reading() as session:
        redemption = redemptions.find_redemption(session, site_id, redemption_id)
    if redemption is None:
        raise RedemptionError(f"There is no redemption with the id {redemption_id!r}.")
    if state != redemption.state and state not in STEPS[redemption.state]:
        raise RedemptionError(f"This use is {redemption.state.value}: it cannot become {state.value}.")
    return redemption


def _tell(collector: Collector, site_id: str, source: str, event_id: str, fact: Fact) -> Kept:
    sender_hash = input_hash(**{name: value for name, value in stored_values(fact).items() if name != "also"})
    return collector.record(site_id, source, event_id, fact, sender_hash)
