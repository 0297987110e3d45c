"""Ed25519 signatures for the heads of a ledger: keys by number; the newest signs, all listed keys verify.

A public key is identified by its fingerprint, SHA-256 over its 32 bytes, in hex.
"""

import hashlib
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SEED_BYTES = 32


def fingerprint(public_key: bytes) -> str:
    """Return the fingerprint of a public key: 64 hex characters."""
    return hashlib.sha256(public_key).hexdigest()


def is_signed(public_key: bytes, signature: str, text: bytes) -> bool:
    """True when the signature (hex) over these bytes was made with the key; nothing that is malformed is."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(bytes.fromhex(signature), text)
    except (InvalidSignature, ValueError):
        return False
    return len(signature) == 128 and signature == signature.lower()


class SigningKeys:
    """The instance's signing keys, made from their seeds (32 bytes each) by number. Raises ValueError without any."""

    def __init__(self, seeds: dict[int, bytes]):
        if not seeds:
            raise ValueError("There is no signing key.")
        keys_by_number = {
            number: Ed25519PrivateKey.from_private_bytes(seeds[number]) for number in sorted(seeds, reverse=True)
        }
        raw = {number: key.public_key().public_bytes_raw() for number, key in keys_by_number.items()}
        self.by_number = {number: fingerprint(public) for number, public in raw.items()}
        """Fingerprints by the key's number."""
        self._keys = {self.by_number[number]: key for number, key in keys_by_number.items()}
        self.public: Mapping[str, bytes] = {self.by_number[number]: public for number, public in raw.items()}
        """Public keys by fingerprint, the one that signs first."""
        self.newest = next(iter(self.public))

    def sign(self, text: bytes) -> str:
        """The newest key's signature over these bytes, in hex."""
        return self.sign_as(self.newest, text)

    def sign_as(self, key: str, text: bytes) -> str:
        """The signature of the key with that fingerprint over these bytes, in hex."""
        return self._keys[key].sign(text).hex()
