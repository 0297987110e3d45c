"""What a slice of folding has to tell its advocates, written into the outbox in the slice's own transaction."""

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy.orm import Session

from passalong.core.identity import advocate_key
from passalong.core.settlement import State
from passalong.store import addresses, mails
from passalong.store.addresses import Address
from passalong.store.credits import Credit
from passalong.store.identities import PersonBook
from passalong.store.mails import Mail
from passalong.store.uses import Use

Change = tuple[Credit | None, Credit]
"""A credit as it stood before, and after."""


def tell(session: Session, site_id: str, persons: PersonBook, changes: Sequence[Change], at_ms: int, seq: int) -> None:
    """Write of a first credit, once, and of whatever was taken back; to those who have given an address."""
    told = [(before, after) for before, after in changes if _is_first(before, after) or _is_less(before, after)]
    if not told:
        return
    known = _addresses(session, site_id, persons, {after.recipient for _, after in told})
    for before, after in told:
        for address in known.get(after.recipient, ()):
            mails.put(session, _mail(site_id, address, before, after, at_ms, seq))


def tell_of_uses(session: Session, site_id: str, persons: PersonBook, settled: Sequence[Use], at_ms: int) -> None:
    """Write that what somebody asked for is done, with its code or reference; or that it is not, and why."""
    if not settled:
        return
    known = _addresses(session, site_id, persons, {use.advocate_id for use in settled})
    for use in settled:
        kind, words = ("use_done", use.reference) if use.state == State.DONE else ("use_declined", use.note)
        said = {"amounts": [(use.unit, use.amount_micros)], "use_id": use.use_id, "words": words, "more": bool(words)}
        document = msgspec.json.encode(said).decode()
        for address in known.get(use.advocate_id, ()):
            mail_id = f"{kind}:{use.use_id[:22]}:{address.address_hash}"
            mails.put(session, Mail(site_id, mail_id, kind, address.address_hash, address.language, document, at_ms))


def _is_first(before: Credit | None, after: Credit) -> bool:
    return after.amount_micros > 0 and (before is None or before.earned_micros == 0)


def _is_less(before: Credit | None, after: Credit) -> bool:
    return before is not None and after.taken_micros > before.taken_micros


def _addresses(
    session: Session, site_id: str, persons: PersonBook, recipients: Iterable[str]
) -> dict[str, list[Address]]:
    mine = {recipient: _ids(persons, recipient) for recipient in recipients}
    found = addresses.confirmed_of(session, site_id, set().union(*mine.values()))
    return {recipient: [one for one in found if one.advocate_id in ids] for recipient, ids in mine.items()}


def _ids(persons: PersonBook, recipient: str) -> set[str]:
    return {key[2:] for key in persons.members(advocate_key(recipient)) if key.startswith("a:")} | {recipient}


def _mail(site_id: str, address: Address, before: Credit | None, after: Credit, at_ms: int, seq: int) -> Mail:
    """`mail_id` makes it one: the first credit of an address, or what this fact took back of this line."""
    taken = after.taken_micros - (before.taken_micros if before else 0)
    if taken > 0:
        kind, mail_id, amount = "taken_back", f"taken_back:{after.line_id}:{seq}:{address.address_hash[:20]}", taken
    else:
        kind, mail_id, amount = "first_credit", f"first_credit:{address.address_hash}", after.amount_micros
    said = msgspec.json.encode({"amounts": [(after.unit, amount)], "line_id": after.line_id}).decode()
    return Mail(site_id, mail_id, kind, address.address_hash, address.language, said, at_ms)
