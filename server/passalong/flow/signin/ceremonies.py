"""The WebAuthn ceremonies: a browser's answer to a challenge, checked for advocates and for owners alike.

`webauthn` is imported where it is used: it takes 50 ms, and most processes never need it.
"""

import json
from collections.abc import Iterable
from typing import Any, Protocol

from msgspec import Struct

CHALLENGE_MS = 5 * 60_000


class Ceremony(Struct, frozen=True):
    """A browser's answer to a challenge (WebAuthn), at which origin, for which party, in which browser (`label`)."""

    answer: dict[str, Any]
    origin: str
    rp_id: str
    label: str


class BadPasskeyError(Exception):
    """A passkey that is not one of ours, or an answer to a challenge that is not one of ours."""


class Account(Struct, frozen=True):
    """The account that a passkey is made for: the name of the party, the account's name, and its id."""

    party: str
    name: str
    user_id: str


class Made(Struct, frozen=True):
    """The public part of a passkey that a browser made, in base64url, and its signature counter."""

    credential_id: str
    public_key: str
    sign_count: int


class Credential(Protocol):
    """The stored public part of a passkey."""

    @property
    def public_key(self) -> str: ...
    @property
    def sign_count(self) -> int: ...


def creation_options(account: Account, rp_id: str, challenge: str, credentials: Iterable[str]) -> str:
    """Return the options for creating a discoverable passkey, as JSON; `credentials` are the ids of those there are."""
    import webauthn
    from webauthn.helpers import base64url_to_bytes, options_to_json
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        PublicKeyCredentialDescriptor,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    options = webauthn.generate_registration_options(
        rp_id=rp_id,
        rp_name=account.party,
        user_name=account.name,
        user_id=account.user_id.encode(),
        challenge=base64url_to_bytes(challenge),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.PREFERRED
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(base64url_to_bytes(credential)) for credential in credentials
        ],
    )
    return options_to_json(options)


def entry_options(rp_id: str, challenge: str) -> str:
    """Return the options for signing in with a passkey, as JSON; they name nobody."""
    import webauthn
    from webauthn.helpers import base64url_to_bytes, options_to_json

    options = webauthn.generate_authentication_options(rp_id=rp_id, challenge=base64url_to_bytes(challenge))
    return options_to_json(options)


def challenge_in(answer: dict[str, Any]) -> str:
    """Return the challenge that the browser answers, by its own words: it must be one of ours.

    Raises BadPasskeyError.
    """
    from webauthn.helpers import base64url_to_bytes

    try:
        data = json.loads(base64url_to_bytes(answer["response"]["clientDataJSON"]))
        challenge = data["challenge"]
        return challenge if isinstance(challenge, str) and len(challenge) <= 100 else ""
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise BadPasskeyError from error


def verified_new(ceremony: Ceremony, challenge: str) -> Made:
    """Check the answer of a browser that made a passkey. Raises BadPasskeyError."""
    import webauthn
    from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        registration = webauthn.verify_registration_response(
            credential=ceremony.answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=ceremony.rp_id,
            expected_origin=ceremony.origin,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise BadPasskeyError from error
    public_key = bytes_to_base64url(registration.credential_public_key)
    return Made(bytes_to_base64url(registration.credential_id), public_key, registration.sign_count)


def verified_entry(ceremony: Ceremony, challenge: str, credential: Credential) -> int:
    """Check the answer of a browser that signed with a passkey; returns its new counter. Raises BadPasskeyError."""
    import webauthn
    from webauthn.helpers import base64url_to_bytes
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        verified = webauthn.verify_authentication_response(
            credential=ceremony.answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=ceremony.rp_id,
            expected_origin=ceremony.origin,
            credential_public_key=base64url_to_bytes(credential.public_key),
            credential_current_sign_count=credential.sign_count,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise BadPasskeyError from error
    return verified.new_sign_count
