"""Accounts of people who run sites: coming in by a magic link, and their sessions.

asked for → written into the outbox with its code's hash → opened, as often as anything likes → used up by a POST
"""

from sqlalchemy.orm import Session

from passalong.flow.mail.messages import TEAM_SIGN_IN
from passalong.flow.owners import addresses as flow_addresses
from passalong.flow.owners.addresses import Typed
from passalong.flow.signin import rate_limits
from passalong.flow.signin.guests import BadSignInCodeError
from passalong.flow.signin.magic_links import MAIL_CODE_MS, clean_address
from passalong.flow.signin.rate_limits import Caller
from passalong.flow.signin.sessions import IDLE_MS, OWNER, SESSION_MS
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.lib.tokens import Keyring, hashed, mail_code, new_secret, team_address_hash
from passalong.store import sites
from passalong.store.engine import Database
from passalong.store.outbox import Draft, enqueue
from passalong.store.people import addresses, owners
from passalong.store.people.addresses import NewAddress
from passalong.store.people.owners import Owner, OwnerSession

TEAM = "team"
"""The role of an address in a site's outbox: of a person who runs the site."""


class AddressTakenError(Exception):
    """Another account has this address, or this account has no site."""


def new_owner_id() -> str:
    """Return a new account's id."""
    return new_secret()[:16]


def address_hash_of(keys: Keyring, address: str) -> str:
    """Return the hash by which an address is found: one for the whole instance."""
    return team_address_hash(keys, address)


def ask_for_link(db: Database, clock: Clock, keys: Keyring, typed: str, caller: Caller) -> None:
    """Send a magic link to the confirmed address of an account with a site; to every other address nothing.

    Nothing tells whether the address is known, nor that it was asked for too often: tries are counted for strangers,
    too, so that both answers wait for a commit. Raises BadAddressError, and RateLimitError for one caller.
    """
    address, now_ms = clean_address(typed), clock.now_ms()
    digest = address_hash_of(keys, address)
    with db.reading() as session:
        owner = owners.find_by_address(session, digest)
        sites_of_owner = owners.sites_of(session, owner.owner_id) if owner and owner.confirmed_at_ms is not None else []
        counted_at = sites.first_site_id(session)
    if counted_at is None:
        return
    with writing(db) as session:
        is_within = rate_limits.within(session, counted_at, rate_limits.TEAM_MAIL_OF_CALLER, caller.bucket, now_ms)
        may_write = is_within and rate_limits.within(session, counted_at, rate_limits.MAIL_OF_ADDRESS, digest, now_ms)
        if may_write and owner and sites_of_owner:
            new = NewAddress(owner.address_hash, owner.address, caller.language, now_ms, TEAM)
            _write_link(session, keys, sites_of_owner[0][0], owner, new)
    if not is_within:
        raise rate_limits.RateLimitError(rate_limits.TEAM_MAIL_OF_CALLER.window_ms // 1_000)


def _write_link(session: Session, keys: Keyring, site_id: str, owner: Owner, new: NewAddress) -> None:
    mail_id = f"{TEAM_SIGN_IN}:{new_secret()[:22]}"
    until_ms = new.asked_at_ms + MAIL_CODE_MS
    owners.add_code(session, hashed(mail_code(keys, keys.newest, site_id, mail_id)), owner.owner_id, until_ms)
    addresses.ask(session, site_id, new)
    draft = Draft(TEAM_SIGN_IN, mail_id, {"key_id": keys.newest, "until_ms": until_ms})
    enqueue(session, site_id, new, draft, new.asked_at_ms)


def ask_to_confirm(db: Database, clock: Clock, keys: Keyring, owner: Owner, typed: Typed) -> None:
    """Send the confirmation link of an account that waits for it, to its address or a corrected one.

    Raises BadAddressError, AddressTakenError or RateLimitError.
    """
    address = clean_address(typed.address)
    with writing(db) as session:
        sites = owners.sites_of(session, owner.owner_id)
        if not sites or not owners.change_unconfirmed(session, owner.owner_id, address_hash_of(keys, address), address):
            session.rollback()
            raise AddressTakenError
    site_id = sites[0][0]
    if flow_addresses.ask(db, clock, keys, site_id, typed).confirmed:  # in this site's console, before
        with writing(db) as session:
            owners.confirm(session, site_id, address, clock.now_ms())


def look(db: Database, clock: Clock, code: str) -> Owner | None:
    """Return whose magic link this is, without using it up."""
    with db.reading() as session:
        owner_id = owners.look_at_code(session, hashed(code), clock.now_ms())
        return owners.find(session, owner_id) if owner_id else None


def come_in(db: Database, clock: Clock, code: str, label: str) -> str:
    """Use up a magic link and open a session; returns its secret. Raises BadSignInCodeError."""
    now_ms = clock.now_ms()
    with writing(db) as session:
        owner_id = owners.use_code(session, hashed(code), now_ms)
        secret = None if owner_id is None else begin_session(session, owner_id, "mail", label, now_ms)
    if secret is None:
        raise BadSignInCodeError
    return secret


def begin_session(session: Session, owner_id: str, via: str, label: str, now_ms: int) -> str:
    """Open a session of a person under a new secret, which is returned."""
    secret = new_secret()
    ends_at_ms = now_ms + min(SESSION_MS, IDLE_MS[OWNER])
    owners.add_session(session, OwnerSession(hashed(secret), owner_id, via, label, now_ms, ends_at_ms, now_ms))
    return secret


def end_sessions(db: Database, owner_id: str, *, handle: str = "", but: str = "") -> int:
    """End a person's sessions: the one of a handle, or all but the one of the secret `but`; returns how many."""
    with writing(db) as session:
        return owners.end_sessions(session, owner_id, handle=handle, but=hashed(but) if but else "")
