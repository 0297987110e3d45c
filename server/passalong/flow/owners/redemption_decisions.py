"""An owner's decision about one redemption: approve, mark as done, answer with a discount code, or decline.

A decision is about what the person saw: where the state or the account of a request has changed since then, nothing is
recorded and both are shown.
"""

from contextlib import suppress

from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.core.ledger.redemptions import Method, State
from passalong.core.redemptions.facts import RedemptionApproved, RedemptionRejected, RedemptionSettled
from passalong.flow import redemptions as flow_redemptions
from passalong.flow.owners.changes import AlreadyDoneError, record_change, state
from passalong.flow.owners.payouts import Cashier
from passalong.flow.redemptions import RedemptionError
from passalong.flow.transaction import writing
from passalong.lib.tokens import hashed
from passalong.store.books import payouts, redemptions
from passalong.store.books.redemptions import Destination, Redemption
from passalong.store.people.changes import Change

ACTIONS = {"agree": "approve", "done": "done", "code": "done", "decline": "reject"}
"""The action in the audit log, by what the owner does."""
STATES = {"agree": State.APPROVED, "done": State.DONE, "code": State.DONE, "decline": State.REJECTED}
"""The state that a redemption has after it."""


class RedemptionChangedError(Exception):
    """Another person decided meanwhile, or the account of a payout is another one; `redemption` is how it stands."""

    def __init__(self, redemption: Redemption):
        super().__init__(f"The request {redemption.redemption_id} was changed meanwhile.")
        self.redemption = redemption


class Decision(Struct, frozen=True):
    """The decision of an owner about a request: `words` are the reason or reference, `seen` what the page showed."""

    redemption_id: str
    act: str
    words: str = ""
    seen: str = ""


def seen_as(redemption: Redemption, place: Destination | None) -> str:
    """Return the mark of a request as a page shows it: its state, its amount, and where a payout goes."""
    account = "" if place is None else f"{place.kind}|{place.name}|{place.account}"
    return hashed(f"{redemption.state.value}|{redemption.unit}|{redemption.net_micros}|{account}")[:16]


def decide(cashier: Cashier, decision: Decision) -> None:
    """Record a decision. One that stands already, with the same words, is left as it is.

    Raises RedemptionError or RedemptionChangedError.
    """
    site_id = cashier.site.site_id
    with cashier.db.reading() as session:
        redemption = redemptions.find_redemption(session, site_id, decision.redemption_id)
        if redemption is not None and _is_done(redemption, decision):
            return
        if redemption is not None and decision.seen not in ("", _mark(session, redemption)):
            raise RedemptionChangedError(redemption)
    doors = (cashier.db, cashier.collector, site_id)
    words = decision.words
    if decision.act == "code":
        words = _give_code(cashier, decision.redemption_id)
    elif decision.act == "agree":
        flow_redemptions.approve(*doors, RedemptionApproved(decision.redemption_id, cashier.by))
    elif decision.act == "done":
        flow_redemptions.settle_redemption(*doors, RedemptionSettled(decision.redemption_id, cashier.by, words))
    else:
        flow_redemptions.reject(*doors, RedemptionRejected(decision.redemption_id, cashier.by, words))
    _note(cashier, f"redemption.{ACTIONS[decision.act]}", decision.redemption_id, words)


def check_outcome(cashier: Cashier, decision: Decision) -> None:
    """Raise RedemptionChangedError where, after the fold, another decision came first."""
    with cashier.db.reading() as session:
        redemption = redemptions.find_redemption(session, cashier.site.site_id, decision.redemption_id)
    if (
        redemption is not None
        and redemption.state in (State.DONE, State.REJECTED)
        and redemption.state != STATES[decision.act]
    ):
        raise RedemptionChangedError(redemption)


def withdraw_request(cashier: Cashier, advocate_id: str, redemption_id: str) -> None:
    """Withdraw a request for the person who made it, with an entry in the audit log. Raises RedemptionError."""
    site_id = cashier.site.site_id
    flow_redemptions.withdraw(cashier.db, cashier.collector, site_id, advocate_id, redemption_id)
    withdrawal = Change(
        site_id=site_id,
        actor=cashier.by,
        action="redemption.withdraw",
        subject=redemption_id,
        before=state({"state": State.REQUESTED.value}),
        after=state({"state": State.WITHDRAWN.value}),
        change_id=f"withdraw:{redemption_id}",
    )
    with suppress(AlreadyDoneError), writing(cashier.db) as session:
        record_change(session, withdrawal, cashier.clock.now_ms())


def _is_done(redemption: Redemption, decision: Decision) -> bool:
    stored_text = {"done": redemption.reference, "decline": redemption.note}.get(decision.act)
    return redemption.state == STATES[decision.act] and stored_text in (None, decision.words.strip())


def _mark(session: Session, redemption: Redemption) -> str:
    places = (
        flow_redemptions.destinations(session, redemption.site_id, [redemption])
        if redemption.method == Method.PAYOUT
        else {}
    )
    return seen_as(redemption, places.get(redemption.redemption_id))


def _note(cashier: Cashier, action: str, redemption_id: str, words: str) -> None:
    with writing(cashier.db) as session:
        after = state({"words": words.strip()[:200]})
        change = Change(cashier.site.site_id, cashier.by, action, redemption_id, "", after)
        record_change(session, change, cashier.clock.now_ms())


def _give_code(cashier: Cashier, redemption_id: str) -> str:
    """Answer a request for a discount code with one of the list; returns it. Raises RedemptionError."""
    site_id = cashier.site.site_id
    with cashier.db.reading() as session:
        redemption = redemptions.find_redemption(session, site_id, redemption_id)
    if (
        redemption is None
        or redemption.method != Method.DISCOUNT_CODE
        or redemption.state not in (State.REQUESTED, State.APPROVED)
    ):
        raise RedemptionError("This request is not for a discount code, or it is answered already.")
    with writing(cashier.db) as session:
        code = payouts.take_code(session, site_id, redemption_id, (redemption.unit, redemption.net_micros))
    if code is None:
        raise RedemptionError("No code of that worth is left on your list: add some, or type one.")
    flow_redemptions.settle_redemption(
        cashier.db, cashier.collector, site_id, RedemptionSettled(redemption_id, cashier.by, code)
    )
    return code
