"""Passkeys: made by a signed-in person on their own device, and with them a way in without any address.

Every challenge is a one-time code of five minutes: it works once, for what it was made for.
"""

from msgspec import Struct

from passalong.flow.signin import ceremonies, rate_limits
from passalong.flow.signin.ceremonies import CHALLENGE_MS, Account, BadPasskeyError, Ceremony, challenge_in
from passalong.flow.signin.rate_limits import Caller
from passalong.flow.signin.sessions import NewSession, begin
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.lib.tokens import hashed, new_secret
from passalong.store.books import identities
from passalong.store.engine import Database
from passalong.store.people import open_sessions as sessions
from passalong.store.people import sessions as store_sessions
from passalong.store.people import sign_in_methods
from passalong.store.people.sessions import NewCode
from passalong.store.people.sign_in_methods import Passkey
from passalong.store.sites import Site

VIA = "passkey"
MAKING = "passkey_new"
MOST = 10
"""So many passkeys may one person keep."""


class SignedIn(Struct, frozen=True):
    """The person who adds a passkey, and the secret of the session that they do it in."""

    advocate_id: str
    secret: str


def making_options(db: Database, clock: Clock, site: Site, advocate_id: str, rp_id: str) -> str:
    """Return the options for creating a passkey, as JSON: it can be found without a name."""
    challenge = new_secret()
    with writing(db) as session:
        advocate_ids = identities.account(session, site.site_id, advocate_id)
        passkeys = sign_in_methods.passkeys_of(session, site.site_id, advocate_ids)
        expires_at_ms = clock.now_ms() + CHALLENGE_MS
        code = NewCode(hashed(challenge), MAKING, advocate_id, expires_at_ms)
        store_sessions.add_code(session, site.site_id, code)
    account = Account(site.name, site.name, f"{site.site_id}.{advocate_id}")
    return ceremonies.creation_options(account, rp_id, challenge, [passkey.credential_id for passkey in passkeys])


def make(db: Database, clock: Clock, site_id: str, person: SignedIn, ceremony: Ceremony) -> None:
    """Keep the passkey that the browser made; this session counts as one by it. Raises BadPasskeyError."""
    advocate_id, challenge = person.advocate_id, challenge_in(ceremony.answer)
    now_ms = clock.now_ms()
    with writing(db) as session:
        if store_sessions.use_code(session, site_id, hashed(challenge), MAKING, now_ms) != advocate_id:
            raise BadPasskeyError
        advocate_ids = identities.account(session, site_id, advocate_id)
        if len(sign_in_methods.passkeys_of(session, site_id, advocate_ids)) >= MOST:
            raise BadPasskeyError
        registration = ceremonies.verified_new(ceremony, challenge)
        about = (registration.sign_count, advocate_id, ceremony.label, now_ms)
        passkey = Passkey(
            hashed(registration.credential_id), registration.credential_id, registration.public_key, *about
        )
        if not sign_in_methods.add_passkey(session, site_id, passkey):
            raise BadPasskeyError
        sessions.prove(session, site_id, hashed(person.secret), VIA, now_ms)
        store_sessions.end_codes(session, site_id, advocate_ids)


def entry_options(db: Database, clock: Clock, site_id: str, rp_id: str, caller: Caller) -> str:
    """Return the challenge for a passkey, as JSON; it names nobody. Raises RateLimitError."""
    challenge = new_secret()
    now_ms = clock.now_ms()
    with writing(db) as session:
        rate_limits.demand(session, site_id, rate_limits.PASSKEY_OF_CALLER, caller.bucket, now_ms)
        store_sessions.add_code(session, site_id, NewCode(hashed(challenge), VIA, "-", now_ms + CHALLENGE_MS))
    return ceremonies.entry_options(rp_id, challenge)


def come_in(db: Database, clock: Clock, site_id: str, ceremony: Ceremony) -> str:
    """A session for the person whose passkey signed; returns its secret. Raises BadPasskeyError."""
    challenge, secret, now_ms = challenge_in(ceremony.answer), new_secret(), clock.now_ms()
    with writing(db) as session:
        if store_sessions.use_code(session, site_id, hashed(challenge), VIA, now_ms) is None:
            raise BadPasskeyError
        passkey = sign_in_methods.find_passkey(session, site_id, hashed(str(ceremony.answer.get("id", ""))))
        if passkey is None:
            raise BadPasskeyError
        count = ceremonies.verified_entry(ceremony, challenge, passkey)
        sign_in_methods.count_use(session, site_id, passkey.credential_hash, count)
        begin(session, site_id, secret, NewSession(passkey.advocate_id, VIA, ceremony.label), now_ms)
    return secret


def forget(db: Database, site_id: str, advocate_id: str, credential_hash: str) -> None:
    """Take one of this person's passkeys away."""
    with writing(db) as session:
        advocate_ids = identities.account(session, site_id, advocate_id)
        sign_in_methods.forget_passkey(session, site_id, advocate_ids, credential_hash)
