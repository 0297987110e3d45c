"""What people wish to be written: kind by kind, by a page or by the one click of a mail program (RFC 8058)."""

import hmac

from passalong.flow.letters import KINDS, OWNERS_KINDS
from passalong.flow.transaction import writing
from passalong.store import access, addresses
from passalong.store.engine import Database
from passalong.tokens import Keyring, stop_code


class BadStop(Exception):
    """An unsubscribe address that is not one of ours."""


def read_stop(keys: Keyring, text: str) -> tuple[str, str, str]:
    """(site, address hash, kind) of an unsubscribe address; it works for ever and as often as anybody likes."""
    pieces = text[:300].split(".")
    if len(pieces) != 5 or not pieces[3].isascii() or not pieces[3].isdigit() or int(pieces[3]) not in keys.secrets:
        raise BadStop
    site_id, address_hash, kind, key_id, code = pieces
    right = stop_code(keys, int(key_id), site_id, address_hash, kind)
    if kind not in (*KINDS, *OWNERS_KINDS) or not hmac.compare_digest(right.encode(), code.encode()):
        raise BadStop
    return site_id, address_hash, kind


def stop(db: Database, keys: Keyring, text: str, wanted: bool = False) -> str:
    """Stop one kind of mail for one address, or take that back; returns the kind. Raises BadStop."""
    site_id, address_hash, kind = read_stop(keys, text)
    with writing(db) as session:
        if addresses.find(session, site_id, address_hash) is not None:
            addresses.choose(session, site_id, address_hash, kind, wanted)
    return kind


def choose(db: Database, site_id: str, advocate_id: str, wanted: set[str]) -> None:
    """Keep what a person wants to be written, for all their addresses."""
    with writing(db) as session:
        mine = access.advocates_of(session, site_id, advocate_id)
        for address in addresses.confirmed_of(session, site_id, mine):
            for kind in KINDS:
                addresses.choose(session, site_id, address.address_hash, kind, kind in wanted)


def speak(db: Database, site_id: str, advocate_id: str, language: str) -> None:
    """Write to this person in that language from now on."""
    with writing(db) as session:
        addresses.speak(session, site_id, access.advocates_of(session, site_id, advocate_id), language)
