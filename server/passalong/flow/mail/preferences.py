"""Mail preferences: per kind, by a page or by one click in a mail program (RFC 8058)."""

import hmac

from passalong.flow.mail.messages import KINDS, OWNERS_KINDS
from passalong.flow.transaction import writing
from passalong.lib.tokens import Keyring, stop_code
from passalong.store.books import identities
from passalong.store.engine import Database
from passalong.store.people import addresses


class BadUnsubscribeError(Exception):
    """An invalid unsubscribe address."""


def read_stop(keys: Keyring, text: str) -> tuple[str, str, str]:
    """Return (site, address hash, kind) of an unsubscribe address; it works for ever and repeatedly."""
    pieces = text[:300].split(".")
    if len(pieces) != 5 or not pieces[3].isascii() or not pieces[3].isdigit() or int(pieces[3]) not in keys.secrets:
        raise BadUnsubscribeError
    site_id, address_hash, kind, key_id, code = pieces
    right = stop_code(keys, int(key_id), site_id, address_hash, kind)
    if kind not in (*KINDS, *OWNERS_KINDS) or not hmac.compare_digest(right.encode(), code.encode()):
        raise BadUnsubscribeError
    return site_id, address_hash, kind


def stop(db: Database, keys: Keyring, text: str, wanted: bool = False) -> str:
    """Unsubscribe one address from one kind of mail, or undo that; returns the kind. Raises BadUnsubscribeError."""
    site_id, address_hash, kind = read_stop(keys, text)
    with writing(db) as session:
        if addresses.find(session, site_id, address_hash) is not None:
            addresses.choose(session, site_id, address_hash, kind, wanted)
    return kind


def choose(db: Database, site_id: str, advocate_id: str, wanted: set[str]) -> None:
    """Store which kinds of mail a person wants, for all their addresses."""
    with writing(db) as session:
        advocate_ids = identities.account(session, site_id, advocate_id)
        for address in addresses.confirmed_of(session, site_id, advocate_ids):
            for kind in KINDS:
                addresses.choose(session, site_id, address.address_hash, kind, kind in wanted)


def speak(db: Database, site_id: str, advocate_id: str, language: str) -> None:
    """Set the language of a person's mails."""
    with writing(db) as session:
        addresses.speak(session, site_id, identities.account(session, site_id, advocate_id), language)
