"""Sign-in of people who run sites at the operator's OpenID provider.

An account at the provider signs in whoever connected it, or who has a confirmed address that the provider vouches for.
It gives no role: roles come by invitation.
"""

from passalong.flow.owners.owner_accounts import address_hash_of, begin_session
from passalong.flow.signin.magic_links import BadAddressError, clean_address
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.lib.openid import Identity
from passalong.lib.tokens import Keyring
from passalong.store.engine import Database
from passalong.store.people import owner_methods, owners
from passalong.store.people.owner_methods import OwnerIdentity
from passalong.store.people.owners import Owner

VIA = "openid"


class UnknownIdentityError(Exception):
    """An account at the provider that belongs to nobody here."""


class IdentityTakenError(Exception):
    """The account at the provider signs in somebody else here."""


def come_in(db: Database, clock: Clock, keys: Keyring, identity: Identity, label: str) -> str:
    """Open a session of the person; returns its secret. Raises UnknownIdentityError."""
    now_ms = clock.now_ms()
    address_hash = _address_hash(keys, identity)
    with writing(db) as session:
        owner_id = owner_methods.owner_of_identity(session, identity.key)
        if owner_id is None:
            owner = owners.find_by_address(session, address_hash) if address_hash else None
            if owner is None or owner.confirmed_at_ms is None:
                raise UnknownIdentityError
            owner_id = owner.owner_id
            owner_methods.add_identity(session, _stored(identity, owner_id, now_ms))
        return begin_session(session, owner_id, VIA, label, now_ms)


def _address_hash(keys: Keyring, identity: Identity) -> str:
    """Return the hash of the address that the provider vouches for; empty without one."""
    try:
        return address_hash_of(keys, clean_address(identity.address)) if identity.is_verified else ""
    except BadAddressError:
        return ""


def _stored(identity: Identity, owner_id: str, now_ms: int) -> OwnerIdentity:
    return OwnerIdentity(identity.key, identity.issuer, identity.address, owner_id, now_ms)


def connect(db: Database, clock: Clock, owner: Owner, identity: Identity) -> None:
    """Let an account at the provider sign in this person from now on. Raises IdentityTakenError."""
    with writing(db) as session:
        owner_methods.add_identity(session, _stored(identity, owner.owner_id, clock.now_ms()))
        if owner_methods.owner_of_identity(session, identity.key) != owner.owner_id:
            raise IdentityTakenError


def disconnect(db: Database, owner_id: str, identity_hash: str) -> None:
    """Let an account at the provider sign in this person no more."""
    with writing(db) as session:
        owner_methods.forget_identity(session, owner_id, identity_hash)
