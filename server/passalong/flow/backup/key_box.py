"""The instance's keys in a backup, encrypted by a passphrase: scrypt makes the key, AES-256-GCM seals."""

import base64
import secrets
from collections.abc import Mapping

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from msgspec import Struct

from passalong.flow.backup.manifest import BadBackupError

COST = 1 << 16
"""The cost of scrypt: 64 MB of memory and about 0.2 s for each guess."""
COSTLIEST = 1 << 20

Keys = Mapping[str, Mapping[str, str]]
"""The secrets by number, by the file's name."""


class _Box(Struct, frozen=True):
    kdf: str
    cost: int
    salt: str
    nonce: str
    sealed: str


def seal(keys: Keys, passphrase: str, belongs_to: bytes) -> bytes:
    """Return the keys, encrypted. `belongs_to` ties them to their backup: they open with nothing else."""
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    sealed = AESGCM(_stretch(passphrase, salt, COST)).encrypt(nonce, msgspec.json.encode(keys), belongs_to)
    return msgspec.json.encode(_Box("scrypt", COST, _text(salt), _text(nonce), _text(sealed)))


def open_box(box: bytes, passphrase: str, belongs_to: bytes) -> dict[str, dict[str, str]]:
    """Return the keys. Raises BadBackupError for another passphrase."""
    try:
        decoded = msgspec.json.decode(box, type=_Box)
        salt, nonce, sealed = (base64.b64decode(text) for text in (decoded.salt, decoded.nonce, decoded.sealed))
    except (msgspec.MsgspecError, ValueError):
        raise BadBackupError("The keys in the backup are damaged.") from None
    if decoded.kdf != "scrypt" or decoded.cost > COSTLIEST or decoded.cost & (decoded.cost - 1) or decoded.cost < 2:
        raise BadBackupError("The keys in the backup are encrypted in a way that this version does not know.")
    try:
        text = AESGCM(_stretch(passphrase, salt, decoded.cost)).decrypt(nonce, sealed, belongs_to)
    except InvalidTag:
        raise BadBackupError("PASSALONG_BACKUP_PASSPHRASE does not open the keys in the backup.") from None
    return msgspec.json.decode(text, type=dict[str, dict[str, str]])


def _stretch(passphrase: str, salt: bytes, cost: int) -> bytes:
    return Scrypt(salt=salt, length=32, n=cost, r=8, p=1).derive(passphrase.encode())


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
