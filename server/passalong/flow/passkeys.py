"""Passkeys: made by a signed-in person on their own device, and with them a way in without any address.

Every challenge is a one-time code of five minutes: it works once, for what it was made for.
"""

import json
from typing import Any

import webauthn
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, options_to_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from passalong.clock import Clock
from passalong.flow import limits
from passalong.flow.door import begin
from passalong.flow.transaction import writing
from passalong.store import access, keepsakes
from passalong.store.engine import Database
from passalong.store.keepsakes import Passkey
from passalong.store.sites import Site
from passalong.tokens import Keyring, caller_hash, hashed, new_secret

VIA = "passkey"
MAKING = "passkey_new"
CHALLENGE_MS = 5 * 60_000
MOST = 10
"""So many passkeys may one person keep."""


class BadPasskey(Exception):
    """A passkey that is not one of ours, or an answer to a challenge that is not one of ours."""


def making_options(db: Database, clock: Clock, site: Site, advocate_id: str, rp_id: str) -> str:
    """What the browser is asked to make, as JSON: a passkey for this person that needs no name to be found by."""
    challenge = new_secret()
    with writing(db) as session:
        mine = access.advocates_of(session, site.site_id, advocate_id)
        kept = keepsakes.passkeys_of(session, site.site_id, mine)
        expires_at_ms = clock.now_ms() + CHALLENGE_MS
        access.add_code(session, site.site_id, hashed(challenge), MAKING, advocate_id, expires_at_ms)
    options = webauthn.generate_registration_options(
        rp_id=rp_id,
        rp_name=site.name,
        user_name=site.name,
        user_id=f"{site.site_id}.{advocate_id}".encode(),
        challenge=base64url_to_bytes(challenge),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.PREFERRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(base64url_to_bytes(one.credential_id)) for one in kept],
    )
    return options_to_json(options)


def make(
    db: Database,
    clock: Clock,
    site_id: str,
    advocate_id: str,
    said: dict[str, Any],
    origin: str,
    rp_id: str,
    label: str,
    secret: str,
) -> None:
    """Keep the passkey that the browser made; its session (`secret`) counts as one by it. Raises BadPasskey."""
    challenge = _challenge(said)
    now_ms = clock.now_ms()
    with writing(db) as session:
        if access.use_code(session, site_id, hashed(challenge), MAKING, now_ms) != advocate_id:
            raise BadPasskey
        mine = access.advocates_of(session, site_id, advocate_id)
        if len(keepsakes.passkeys_of(session, site_id, mine)) >= MOST:
            raise BadPasskey
        made = _verified_new(said, challenge, origin, rp_id)
        credential_id = bytes_to_base64url(made.credential_id)
        public_key = bytes_to_base64url(made.credential_public_key)
        passkey = Passkey(hashed(credential_id), credential_id, public_key, made.sign_count, advocate_id, label, now_ms)
        if not keepsakes.add_passkey(session, site_id, passkey):
            raise BadPasskey
        access.strengthen(session, site_id, hashed(secret), VIA)
        access.end_codes(session, site_id, mine)


def _verified_new(said: dict[str, Any], challenge: str, origin: str, rp_id: str) -> Any:
    try:
        return webauthn.verify_registration_response(
            credential=said,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=rp_id,
            expected_origin=origin,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise BadPasskey from error


def entry_options(db: Database, clock: Clock, keys: Keyring, site_id: str, rp_id: str, caller: str) -> str:
    """What the browser is asked to sign, as JSON; it names nobody. Raises limits.TooMany."""
    challenge = new_secret()
    now_ms = clock.now_ms()
    with writing(db) as session:
        limits.demand(session, site_id, limits.PASSKEY_OF_CALLER, caller_hash(keys, caller), now_ms)
        access.add_code(session, site_id, hashed(challenge), VIA, "-", now_ms + CHALLENGE_MS)
    options = webauthn.generate_authentication_options(rp_id=rp_id, challenge=base64url_to_bytes(challenge))
    return options_to_json(options)


def come_in(db: Database, clock: Clock, site_id: str, said: dict[str, Any], origin: str, rp_id: str, label: str) -> str:
    """A session for the person whose passkey signed; returns its secret. Raises BadPasskey."""
    challenge, secret, now_ms = _challenge(said), new_secret(), clock.now_ms()
    with writing(db) as session:
        if access.use_code(session, site_id, hashed(challenge), VIA, now_ms) is None:
            raise BadPasskey
        known = keepsakes.find_passkey(session, site_id, hashed(str(said.get("id", ""))))
        if known is None:
            raise BadPasskey
        count = _verified_entry(said, challenge, origin, rp_id, known)
        keepsakes.count_use(session, site_id, known.credential_hash, count)
        begin(session, site_id, secret, known.advocate_id, VIA, label, now_ms)
    return secret


def _verified_entry(said: dict[str, Any], challenge: str, origin: str, rp_id: str, known: Passkey) -> int:
    try:
        verified = webauthn.verify_authentication_response(
            credential=said,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=rp_id,
            expected_origin=origin,
            credential_public_key=base64url_to_bytes(known.public_key),
            credential_current_sign_count=known.sign_count,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise BadPasskey from error
    return verified.new_sign_count


def _challenge(said: dict[str, Any]) -> str:
    """The challenge that the browser answers, as its answer has it; it must be one of ours."""
    try:
        data = json.loads(base64url_to_bytes(said["response"]["clientDataJSON"]))
        challenge = data["challenge"]
        return challenge if isinstance(challenge, str) and len(challenge) <= 100 else ""
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise BadPasskey from error


def forget(db: Database, site_id: str, advocate_id: str, credential_hash: str) -> None:
    """Take one of this person's passkeys away."""
    with writing(db) as session:
        mine = access.advocates_of(session, site_id, advocate_id)
        keepsakes.forget_passkey(session, site_id, mine, credential_hash)
