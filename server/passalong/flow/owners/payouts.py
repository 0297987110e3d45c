"""Payouts: export approved money redemptions as one batch, whose files are the same at every download.

An export puts the approved payouts that are in no batch into one (a fact), and freezes their destinations and the
account that the owner pays from. A payout is in one batch at most, whichever export comes first, so two exports at
the same time never pay anybody twice. One that is declined after its export is left out of the files from then on.
"""

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.core.facts import Event, input_hash, new_event, stored_values
from passalong.core.ledger import sepa
from passalong.core.ledger.redemptions import Method, State
from passalong.core.names.lines import is_one_line
from passalong.core.redemptions.facts import PayoutPrepared, RedemptionApproved
from passalong.flow import redemptions as flow_redemptions
from passalong.flow.ingest.collector import Collector
from passalong.flow.ingest.recorder import Kept
from passalong.flow.owners.changes import record_change, state
from passalong.flow.redemptions import IBAN_KIND, MOST_IN_BATCH, OWNER, RedemptionError
from passalong.flow.transaction import writing
from passalong.i18n.formatting import local
from passalong.lib.clock import Clock
from passalong.store.books import payouts, redemptions
from passalong.store.books.payouts import Batch, Sender
from passalong.store.books.redemptions import Destination, Redemption
from passalong.store.engine import Database
from passalong.store.people.changes import Change
from passalong.store.sites import Site

NAME_OF_BATCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}", re.ASCII)
IN_FILES = (State.APPROVED, State.DONE)
LONGEST_NAME = 120


class Cashier(Struct, frozen=True):
    """The context of an owner's action: `by` is the actor, such as `owner:<id>` or `cli`."""

    db: Database
    collector: Collector
    clock: Clock
    site: Site
    by: str

    def event(self, event_id: str, fact: PayoutPrepared | RedemptionApproved) -> Event:
        """Return the event of a fact of the owner's, to be recorded."""
        return new_event(self.site.site_id, OWNER, event_id, input_hash(**stored_values(fact)), fact)


class Payout(Struct, frozen=True):
    """An exported batch with its payments: each redemption, and where it goes (None once that was erased)."""

    batch: Batch
    payments: Sequence[tuple[Redemption, Destination | None]]


def export_approved(cashier: Cashier, batch_id: str) -> None:
    """Export the approved payouts that are in no batch; a batch of that name is left as it is.

    Raises RedemptionError.
    """
    check_name(batch_id)
    site_id = cashier.site.site_id
    with cashier.db.reading() as session:
        if payouts.find_batch(session, site_id, batch_id) is not None:
            return
        approved = redemptions.list_redemptions(session, site_id, (State.APPROVED,), method=Method.PAYOUT)
    loose = [redemption for redemption in approved if redemption.batch_id is None][:MOST_IN_BATCH]
    if not loose:
        raise RedemptionError("No approved payout is waiting for an export: approve requests first.")
    _freeze(cashier, batch_id, loose)
    fact = PayoutPrepared(tuple(redemption.redemption_id for redemption in loose), cashier.by)
    cashier.collector.submit(cashier.event(batch_id, fact))


def export_batch(cashier: Cashier, batch_id: str) -> None:
    """Export a batch that was prepared before; one that is exported stays as it is. Raises RedemptionError."""
    site_id = cashier.site.site_id
    with cashier.db.reading() as session:
        if payouts.find_batch(session, site_id, batch_id) is not None:
            return
    members = flow_redemptions.in_batch(cashier.db, site_id, batch_id)
    if any(redemption.state == State.REQUESTED for redemption in members):
        raise RedemptionError(f"Some payouts of {batch_id!r} are not approved yet: approve or decline them first.")
    approved = [redemption for redemption in members if redemption.state in IN_FILES]
    if not approved:
        raise RedemptionError(f"The batch {batch_id!r} has no approved payout: nothing is to be paid.")
    _freeze(cashier, batch_id, approved)


def _freeze(cashier: Cashier, batch_id: str, members: Sequence[Redemption]) -> None:
    site_id = cashier.site.site_id
    with cashier.db.reading() as session:
        places = flow_redemptions.destinations(session, site_id, members)
    frozen = {
        (redemption.redemption_id, redemption.advocate_id): place
        for redemption in members
        if (place := places[redemption.redemption_id]) is not None
    }
    with writing(cashier.db) as session:
        sender = payouts.sender_of(session, site_id)
        _note_in(session, cashier, "payout.export", batch_id, {"payments": len(members)})
        payouts.freeze(session, site_id, frozen)
        payouts.add_batch(session, site_id, Batch(batch_id, cashier.clock.now_ms(), cashier.by, sender))


def check_name(batch_id: str) -> None:
    """Raise RedemptionError unless a batch may be called that."""
    if not NAME_OF_BATCH.fullmatch(batch_id):
        raise RedemptionError("A batch's name is letters, digits, dots and dashes, at most 80.")


def payout_of(db: Database, site_id: str, batch_id: str) -> Payout:
    """Return an exported payout as it was exported. Raises RedemptionError."""
    with db.reading_one_moment() as session:
        batch = payouts.find_batch(session, site_id, batch_id)
        if batch is None:
            raise RedemptionError(f"No exported payout is called {batch_id[:80]!r}.")
        members = redemptions.list_redemptions(session, site_id, IN_FILES, batch_id)
        places = payouts.frozen_places(session, site_id, [redemption.redemption_id for redemption in members])
    return Payout(batch, [(redemption, places.get(redemption.redemption_id)) for redemption in members])


def sepa_payments(payout: Payout) -> list[tuple[Redemption, Destination]]:
    """Return the payments that a SEPA file can hold: euros to an IBAN."""
    return [
        (redemption, place)
        for redemption, place in payout.payments
        if place is not None and place.kind == IBAN_KIND and redemption.unit == sepa.CURRENCY
    ]


def sepa_file(site: Site, payout: Payout) -> bytes:
    """Return a payout as a SEPA file (pain.001.001.09). Raises RedemptionError if it can have none."""
    sender, payments = payout.batch.sender, sepa_payments(payout)
    if not sender.iban:
        raise RedemptionError("A SEPA file names the account that you pay from: enter it first.")
    if not payments:
        raise RedemptionError(
            "SEPA files hold payments in euros to an IBAN, and this payout has none: use the CSV file."
        )
    exported_at = local(payout.batch.exported_at_ms, "UTC")
    order = sepa.TransferOrder(
        order_id=sepa.order_id(site.site_id, payout.batch.batch_id),
        made_at=exported_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        day=local(payout.batch.exported_at_ms, site.time_zone).strftime("%Y-%m-%d"),
        name=sender.name,
        iban=sender.iban,
        transfers=[_transfer(site, redemption, place) for redemption, place in payments],
    )
    return sepa.document(order)


def _transfer(site: Site, redemption: Redemption, place: Destination) -> sepa.Transfer:
    transfer = sepa.transfer_id(site.site_id, redemption.redemption_id)
    return sepa.Transfer(transfer, place.name, place.account, redemption.net_micros, f"{site.name} {transfer}")


def set_sender(cashier: Cashier, name: str, iban: str) -> None:
    """Set the account that the owner pays from. Raises RedemptionError."""
    import schwifty  # here, because it takes 30 ms and few processes need it
    from schwifty.exceptions import SchwiftyException

    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME or not is_one_line(name):
        raise RedemptionError(f"The name on your account has 1 to {LONGEST_NAME} characters, in one line.")
    try:
        account = str(schwifty.IBAN(iban.strip()).compact)
    except SchwiftyException:
        raise RedemptionError("This is not a valid IBAN. Check its digits and try again.") from None
    with writing(cashier.db) as session:
        _note_in(session, cashier, "payout.account", cashier.site.site_id, {"last_four": account[-4:]})
        payouts.put_sender(session, cashier.site.site_id, Sender(name, account))


def approve_under(cashier: Cashier, unit: str, most_micros: int | None) -> int:
    """Approve the payouts that are requested in one currency, of at most that amount each; returns how many."""
    site_id = cashier.site.site_id
    with cashier.db.reading() as session:
        waiting = redemptions.list_redemptions(session, site_id, (State.REQUESTED,), method=Method.PAYOUT)
    chosen = [
        redemption
        for redemption in waiting
        if redemption.unit == unit and (most_micros is None or redemption.amount_micros <= most_micros)
    ]
    events = [
        cashier.event(f"approve:{redemption.redemption_id}", RedemptionApproved(redemption.redemption_id, cashier.by))
        for redemption in chosen
    ]
    count = cashier.collector.submit_all(events).count(Kept.NEW)
    limit = "all" if most_micros is None else most_micros
    _note(cashier, "payout.approve_all", unit, {"most_micros": limit, "approved": count})
    return count


def mark_paid(cashier: Cashier, batch_id: str, reference: str) -> int:
    """Mark every approved payment of a batch as paid; returns how many. Raises RedemptionError."""
    outcome = flow_redemptions.Paid(batch_id, cashier.by, reference)
    paid = flow_redemptions.mark_paid(cashier.db, cashier.collector, cashier.site.site_id, outcome)
    _note(cashier, "payout.paid", batch_id, {"payments": len(paid), "reference": reference.strip()[:200]})
    return len(paid)


def _note(cashier: Cashier, action: str, subject: str, after: Mapping[str, object]) -> None:
    """Record what was done in the audit log."""
    with writing(cashier.db) as session:
        _note_in(session, cashier, action, subject, after)


def _note_in(session: Session, cashier: Cashier, action: str, subject: str, after: Mapping[str, object]) -> None:
    change = Change(cashier.site.site_id, cashier.by, action, subject, "", state(after))
    record_change(session, change, cashier.clock.now_ms())


# --- discount codes ---------------------------------------------------------------------------------------------------

CODE = re.compile(r"[!-~]{1,80}", re.ASCII)
MOST_CODES = 5_000


def add_codes(cashier: Cashier, text: str, unit: str, amount_micros: int) -> int:
    """Add discount codes, one a line, worth that amount each; returns how many. Raises RedemptionError."""
    codes = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    bad = next((code for code in codes if not CODE.fullmatch(code)), None)
    if bad is not None:
        raise RedemptionError(f"{bad[:80]!r} is no code: write one code on each line, without spaces.")
    if not 0 < len(codes) <= MOST_CODES:
        raise RedemptionError(f"Paste between 1 and {MOST_CODES} codes, one on each line.")
    if unit not in cashier.site.units or amount_micros <= 0:
        raise RedemptionError("Say what each code is worth, like 5.00.")
    with writing(cashier.db) as session:
        _note_in(session, cashier, "codes.add", unit, {"codes": len(codes), "amount_micros": amount_micros})
        payouts.add_codes(session, cashier.site.site_id, codes, (unit, amount_micros), cashier.clock.now_ms())
    return len(codes)
