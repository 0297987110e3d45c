"""Passkeys of people who run sites: made in the page of the account, and with them a way in without a mail.

Every challenge works once, for five minutes, and only for what it was made for.
"""

from passalong.flow.owners.owner_accounts import begin_session
from passalong.flow.signin import ceremonies
from passalong.flow.signin.ceremonies import CHALLENGE_MS, Account, BadPasskeyError, Ceremony, challenge_in
from passalong.flow.signin.rate_limits import QUARTER_MS, Caller, RateLimitError
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.lib.tokens import hashed, new_secret
from passalong.store.engine import Database
from passalong.store.people import owner_methods, owners
from passalong.store.people.owner_methods import OwnerPasskey
from passalong.store.people.owners import Owner

VIA = "passkey"
MOST = 10
"""So many passkeys may one person keep."""
MOST_CHALLENGES = 60
"""So many challenges of one caller may wait for an answer."""
PARTY = "Passalong"


def making_options(db: Database, clock: Clock, owner: Owner, rp_id: str) -> str:
    """Return the options for creating a passkey, as JSON."""
    challenge, now_ms = new_secret(), clock.now_ms()
    with writing(db) as session:
        passkeys = owner_methods.passkeys_of(session, owner.owner_id)
        owner_methods.forget_old_challenges(session, now_ms)
        owner_methods.add_challenge(session, hashed(challenge), _maker(owner.owner_id), now_ms + CHALLENGE_MS)
    account = Account(PARTY, owner.address, f"console.{owner.owner_id}")
    return ceremonies.creation_options(account, rp_id, challenge, [passkey.credential_id for passkey in passkeys])


def _maker(owner_id: str) -> str:
    return f"make:{owner_id}"


def make(db: Database, clock: Clock, owner: Owner, ceremony: Ceremony) -> None:
    """Keep the passkey that the browser made. Raises BadPasskeyError."""
    challenge, now_ms = challenge_in(ceremony.answer), clock.now_ms()
    with writing(db) as session:
        if owner_methods.use_challenge(session, hashed(challenge), now_ms) != _maker(owner.owner_id):
            raise BadPasskeyError
        if len(owner_methods.passkeys_of(session, owner.owner_id)) >= MOST:
            raise BadPasskeyError
        registration = ceremonies.verified_new(ceremony, challenge)
        about = (registration.sign_count, owner.owner_id, ceremony.label, now_ms)
        passkey = OwnerPasskey(
            hashed(registration.credential_id), registration.credential_id, registration.public_key, *about
        )
        if not owner_methods.add_passkey(session, passkey):
            raise BadPasskeyError


def entry_options(db: Database, clock: Clock, rp_id: str, caller: Caller) -> str:
    """Return the challenge for a passkey, as JSON; it names nobody. Raises RateLimitError."""
    challenge, now_ms, subject = new_secret(), clock.now_ms(), f"in:{caller.bucket}"
    with writing(db) as session:
        owner_methods.forget_old_challenges(session, now_ms)
        if owner_methods.count_challenges(session, subject, now_ms) >= MOST_CHALLENGES:
            raise RateLimitError(QUARTER_MS // 1_000)
        owner_methods.add_challenge(session, hashed(challenge), subject, now_ms + CHALLENGE_MS)
    return ceremonies.entry_options(rp_id, challenge)


def come_in(db: Database, clock: Clock, ceremony: Ceremony) -> str:
    """A session for the person whose passkey signed; returns its secret. Raises BadPasskeyError."""
    challenge, now_ms = challenge_in(ceremony.answer), clock.now_ms()
    with writing(db) as session:
        challenge_owner = owner_methods.use_challenge(session, hashed(challenge), now_ms) or ""
        passkey = owner_methods.find_passkey(session, hashed(str(ceremony.answer.get("id", ""))))
        if not challenge_owner.startswith("in:") or passkey is None or owners.find(session, passkey.owner_id) is None:
            raise BadPasskeyError
        count = ceremonies.verified_entry(ceremony, challenge, passkey)
        owner_methods.count_use(session, passkey.credential_hash, count)
        return begin_session(session, passkey.owner_id, VIA, ceremony.label, now_ms)


def forget(db: Database, owner_id: str, credential_hash: str) -> None:
    """Take one of this person's passkeys away."""
    with writing(db) as session:
        owner_methods.forget_passkey(session, owner_id, credential_hash)
