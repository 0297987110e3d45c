"""Seal secrets that must be read again, such as a shop's signing secret: Fernet with keys of the instance's keyring."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from itsdangerous import Signer

from passalong.lib.tokens import Keyring


class UnreadableSealError(ValueError):
    """A sealed text that no key of this instance opens: a key file was lost."""


def seal(keys: Keyring, purpose: str, text: str) -> str:
    """Return the text, encrypted and authenticated for a purpose; the newest key seals."""
    return _fernet(keys, purpose).encrypt(text.encode()).decode()


def unseal(keys: Keyring, purpose: str, sealed: str) -> str:
    """Return a sealed text. Raises UnreadableSealError."""
    try:
        return _fernet(keys, purpose).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise UnreadableSealError("This secret was sealed with a key that is gone: enter it again.") from None


def _fernet(keys: Keyring, purpose: str) -> MultiFernet:
    """Return one key per secret of the keyring, the newest first."""
    newest_first = sorted(keys.secrets, reverse=True)
    return MultiFernet([Fernet(_key(keys.secrets[number], purpose)) for number in newest_first])


def _key(secret: str, purpose: str) -> bytes:
    signer = Signer(secret, salt=f"along.seal.{purpose}", key_derivation="hmac", digest_method=hashlib.sha256)
    return base64.urlsafe_b64encode(hashlib.sha256(signer.derive_key()).digest())
