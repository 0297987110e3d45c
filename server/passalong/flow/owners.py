"""The owner's address: asked for, confirmed by a link that is sent to it, and only then written to.

asked for → written into the outbox with its code's hash → looked at, as often as anything likes → confirmed by a POST
"""

import msgspec
from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.clock import Clock
from passalong.flow import limits
from passalong.flow.door import clean_address
from passalong.flow.enrol import BadCode
from passalong.flow.letters import OWNER_CONFIRM, OWNERS_KINDS
from passalong.flow.transaction import writing
from passalong.store import access, addresses, mails
from passalong.store.addresses import OWNER, Address
from passalong.store.engine import Database
from passalong.store.mails import Mail
from passalong.tokens import Keyring, customer_hash, hashed, mail_code, new_secret

CODE = "owner_mail"
CODE_MS = 24 * 60 * 60_000
MINUTE_MS = 60_000


class Asked(Struct, frozen=True):
    """What was made of an address: `confirmed` when it was the owner's before, else a link is on its way to it."""

    address: str
    confirmed: bool


def ask(db: Database, clock: Clock, keys: Keyring, site_id: str, typed: str, language: str) -> Asked:
    """Send a link to an address that somebody gave as the owner's. Raises door.BadAddress, limits.TooMany."""
    address = clean_address(typed)
    address_hash = hash_of(keys, site_id, address)
    now_ms = clock.now_ms()
    with writing(db) as session:
        known = addresses.find(session, site_id, address_hash)
        if known is not None and known.confirmed_at_ms is not None:
            return Asked(address, confirmed=True)
        limits.demand(session, site_id, limits.MAIL_OF_ADDRESS, address_hash, now_ms)
        limits.demand(session, site_id, limits.MAIL_OF_OWNER, "site", now_ms)
        addresses.ask(session, site_id, address_hash, address, language, now_ms, OWNER)
        _write_link(session, keys, site_id, address_hash, language, now_ms)
    return Asked(address, confirmed=False)


def hash_of(keys: Keyring, site_id: str, address: str) -> str:
    """Under what the owner's address stands: another row than the same person's as an advocate, if they are one."""
    return customer_hash(keys, site_id, f"owner of the site: {address}")


def _write_link(session: Session, keys: Keyring, site_id: str, address_hash: str, language: str, now_ms: int) -> None:
    mail_id = f"{OWNER_CONFIRM}:{new_secret()[:22]}"
    code_hash = hashed(mail_code(keys, keys.newest, site_id, mail_id))
    access.add_code(session, site_id, code_hash, CODE, address_hash, now_ms + CODE_MS)
    document = msgspec.json.encode({"key_id": keys.newest, "until_ms": now_ms + CODE_MS}).decode()
    mails.put(session, Mail(site_id, mail_id, OWNER_CONFIRM, address_hash, language, document, now_ms))


def look(db: Database, clock: Clock, site_id: str, code: str) -> Address:
    """The address behind a link's code; uses nothing up. Raises BadCode."""
    with db.reading() as session:
        found = access.look_at_code(session, site_id, hashed(code), CODE, clock.now_ms())
        address = found and addresses.find(session, site_id, found.subject)
    if not address:
        raise BadCode
    return address


def confirm(db: Database, clock: Clock, site_id: str, code: str) -> Address:
    """Use up the code: from now on this address is the owner's, and no other. Raises BadCode."""
    address = look(db, clock, site_id, code)
    with writing(db) as session:
        if access.use_code(session, site_id, hashed(code), CODE, clock.now_ms()) is None:
            raise BadCode
        addresses.forget_owners(session, site_id, but=address.address_hash)
        addresses.confirm_owner(session, site_id, address.address_hash, clock.now_ms())
    return address


def forget(db: Database, site_id: str) -> list[str]:
    """Write to the owner no more: their addresses are erased, with what was still to be sent; returns them."""
    with writing(db) as session:
        gone = [one.address for one in addresses.owners(session, site_id, confirmed=False)]
        addresses.forget_owners(session, site_id)
    return gone


def choose(db: Database, site_id: str, wanted: set[str]) -> None:
    """Keep which kinds of e-mail the owner wants."""
    with writing(db) as session:
        for address in addresses.owners(session, site_id):
            for kind in OWNERS_KINDS:
                addresses.choose(session, site_id, address.address_hash, kind, kind in wanted)
