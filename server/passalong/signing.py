"""Ed25519, for the heads of a ledger: keys by number, the newest signs, all that are listed verify.

A public key is known by its fingerprint, SHA-256 over its 32 bytes, in hex.
"""

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SEED_BYTES = 32


def fingerprint(public_key: bytes) -> str:
    """What a public key is called: 64 hex characters."""
    return hashlib.sha256(public_key).hexdigest()


def is_signed(public_key: bytes, signature: str, text: bytes) -> bool:
    """True when the signature (hex) over these bytes was made with the key; nothing that is malformed is."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(bytes.fromhex(signature), text)
    except (InvalidSignature, ValueError):
        return False
    return len(signature) == 128 and signature == signature.lower()


class SigningKeys:
    """The instance's signing keys, made from their seeds (32 bytes each) by number."""

    def __init__(self, seeds: dict[int, bytes]):
        self._key = Ed25519PrivateKey.from_private_bytes(seeds[max(seeds)])
        made = {number: Ed25519PrivateKey.from_private_bytes(seed) for number, seed in seeds.items()}
        self.public = {
            fingerprint(key.public_key().public_bytes_raw()): key.public_key().public_bytes_raw()
            for _, key in sorted(made.items(), reverse=True)
        }
        """Public keys by fingerprint, the one that signs first."""
        self.newest = next(iter(self.public))

    def sign(self, text: bytes) -> str:
        """The newest key's signature over these bytes, in hex."""
        return self._key.sign(text).hex()
