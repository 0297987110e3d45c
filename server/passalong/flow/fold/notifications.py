"""Notifications of a slice to advocates, written into the outbox in the slice's own transaction."""

from collections.abc import Iterable, Sequence

from sqlalchemy.orm import Session

from passalong.core.ledger.redemptions import State
from passalong.store.books.credits import Credit
from passalong.store.books.identities import IdentityBook
from passalong.store.books.redemptions import Redemption
from passalong.store.outbox import Draft, enqueue
from passalong.store.people import addresses
from passalong.store.people.addresses import Address

Change = tuple[Credit | None, Credit]
"""A credit before and after the slice."""


class Notifier:
    """Queues the mails of one slice, for advocates with a confirmed address."""

    def __init__(self, session: Session, site_id: str, identities: IdentityBook):
        self._session = session
        self._site_id = site_id
        self._identities = identities

    def tell(self, changes: Sequence[Change], at_ms: int, seq: int) -> None:
        """Queue mails about a first credit, once, and about everything taken back."""
        reductions = [
            (before, after) for before, after in changes if _is_first(before, after) or _is_less(before, after)
        ]
        if not reductions:
            return
        known_addresses = self._addresses({after.recipient for _, after in reductions})
        for before, after in reductions:
            for address in known_addresses.get(after.recipient, ()):
                enqueue(self._session, self._site_id, address, _draft(address, before, after, seq), at_ms)

    def tell_of_redemptions(self, settled: Sequence[Redemption], at_ms: int) -> None:
        """Queue mails about redemptions that are done, with code or reference, or declined, with the reason."""
        if not settled:
            return
        known_addresses = self._addresses({redemption.advocate_id for redemption in settled})
        for redemption in settled:
            kind, words = (
                ("use_done", redemption.reference)
                if redemption.state == State.DONE
                else ("use_declined", redemption.note)
            )
            amounts = [(redemption.unit, redemption.amount_micros)]
            values = {"amounts": amounts, "use_id": redemption.redemption_id, "words": words, "more": bool(words)}
            for address in known_addresses.get(redemption.advocate_id, ()):
                draft = Draft(kind, f"{kind}:{redemption.redemption_id[:22]}:{address.address_hash}", values)
                enqueue(self._session, self._site_id, address, draft, at_ms)

    def _addresses(self, recipients: Iterable[str]) -> dict[str, list[Address]]:
        people = set(recipients)
        self._identities.prime_accounts(people)
        account_of = {recipient: self._identities.account(recipient) for recipient in people}
        confirmed = addresses.confirmed_of(self._session, self._site_id, set().union(*account_of.values()))
        return {
            recipient: [address for address in confirmed if address.advocate_id in ids]
            for recipient, ids in account_of.items()
        }


def _is_first(before: Credit | None, after: Credit) -> bool:
    return after.amount_micros > 0 and (before is None or before.earned_micros == 0)


def _is_less(before: Credit | None, after: Credit) -> bool:
    return before is not None and after.taken_micros > before.taken_micros


def _draft(address: Address, before: Credit | None, after: Credit, seq: int) -> Draft:
    """Return one mail; its id makes it idempotent: the first credit of an address, or what this fact took back."""
    taken_micros = after.taken_micros - (before.taken_micros if before else 0)
    if taken_micros > 0:
        kind, mail_id, amount = (
            "taken_back",
            f"taken_back:{after.line_id}:{seq}:{address.address_hash[:20]}",
            taken_micros,
        )
    else:
        kind, mail_id, amount = "first_credit", f"first_credit:{address.address_hash}", after.amount_micros
    return Draft(kind, mail_id, {"amounts": [(after.unit, amount)], "line_id": after.line_id})
