"""Check the HMAC of a delivery, in constant time."""

import base64
import binascii
import hmac
from collections.abc import Iterable, Mapping

from msgspec import Struct

TOLERANCE_S = 300
"""How far a signed time may be from ours, as Stripe and Paddle recommend: an old delivery cannot be replayed."""


class Delivery(Struct, frozen=True):
    """A request of a shop system: headers with names in small letters, the body byte by byte, and our time."""

    headers: Mapping[str, str]
    body: bytes
    now_ms: int

    def header(self, name: str) -> str:
        """Return a header's value; empty where there is none."""
        return self.headers.get(name, "")


class BadSignatureError(ValueError):
    """A delivery that is not signed with the connection's secret; says what to check."""


class UnsignedTestError(ValueError):
    """A test of the address that the system sends without a signature; it has no order."""


def hex_matches(secrets: Iterable[str], signed: bytes, signatures: Iterable[str]) -> bool:
    """Return whether one of the hexadecimal HMAC-SHA256 signatures is by one of the secrets."""
    candidates = list(signatures)
    return any(
        hmac.compare_digest(hmac.digest(secret.encode(), signed, "sha256").hex().encode(), signature.encode())
        for secret in secrets
        for signature in candidates
    )


def base64_matches(secrets: Iterable[str], signed: bytes, signature: str) -> bool:
    """Return whether the base64 HMAC-SHA256 signature is by one of the secrets."""
    try:
        raw = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return False
    return any(hmac.compare_digest(hmac.digest(secret.encode(), signed, "sha256"), raw) for secret in secrets)


def parts(header: str, separator: str) -> list[tuple[str, str]]:
    """Return the pairs `name=value` of a signature header."""
    pairs = (part.strip().partition("=") for part in header.split(separator))
    return [(name, value) for name, _, value in pairs if value]


def must_be_recent(timestamp: str, now_ms: int) -> None:
    """Refuse a signed time that is more than five minutes from ours. Raises BadSignatureError."""
    if not timestamp.isdecimal() or len(timestamp) > 12 or abs(int(timestamp) - now_ms // 1000) > TOLERANCE_S:
        raise BadSignatureError("The signed time is more than five minutes from ours: check this server's clock.")
