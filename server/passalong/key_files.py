"""Key files: the signing secrets of links and of the ledger, from the environment or beside the data."""

import json
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct

from passalong.lib.signing import SEED_BYTES, SigningKeys
from passalong.lib.tokens import Keyring
from passalong.settings import BadSettingsError, Settings


class KeySource(Struct, frozen=True):
    """The source of keys: an environment variable, or a file beside the data."""

    variable: str
    file: str

    def is_there(self, settings: Settings, env: Mapping[str, str] = os.environ) -> bool:
        """Return False before the first start, and if the file was lost."""
        return bool(env.get(self.variable, "").strip()) or (settings.data_dir / self.file).exists()

    def where(self, settings: Settings, env: Mapping[str, str] = os.environ) -> str:
        """Return the variable, or the path of the file."""
        return self.variable if env.get(self.variable, "").strip() else str(settings.data_dir / self.file)

    def read(self, settings: Settings, env: Mapping[str, str], first: Callable[[], str]) -> dict[int, object]:
        """Return the keys by number; without any, `first` makes one. Raises ValueError, AttributeError or TypeError."""
        path = settings.data_dir / self.file
        if not self.is_there(settings, env):
            _make_keys(path, first())
        text = env.get(self.variable, "").strip() or path.read_text()
        return {int(number): secret for number, secret in json.loads(text).items()}


LINK_KEYS = KeySource("PASSALONG_KEYS", "keys.json")
LEDGER_KEYS = KeySource("PASSALONG_LEDGER_KEYS", "ledger-keys.json")
UNREADABLE = (ValueError, AttributeError, TypeError)


def read_keys(settings: Settings, env: Mapping[str, str] = os.environ) -> Keyring:
    """Return the signing secrets: PASSALONG_KEYS (`{"1": "…"}`), or a file beside the data, made at the first start."""
    try:
        text = LINK_KEYS.read(settings, env, lambda: secrets.token_urlsafe(48))
        good = text and all(_is_good_key(key_id, secret) for key_id, secret in text.items())
    except UNREADABLE:
        good = False
    if not good:
        form = 'no signing secrets like {"1": "at least 32 characters"}, by numbers 1 to 255'
        raise BadSettingsError([f"{LINK_KEYS.where(settings, env)} has {form}: restore it from your backup."])
    return Keyring({key_id: str(secret) for key_id, secret in text.items()})


def read_signing_keys(settings: Settings, env: Mapping[str, str] = os.environ) -> SigningKeys:
    """Return the ledger's signing keys: PASSALONG_LEDGER_KEYS, or a file beside the data, made at the first start."""
    try:
        text = LEDGER_KEYS.read(settings, env, lambda: secrets.token_hex(SEED_BYTES))
        return SigningKeys({number: bytes.fromhex(seed) for number, seed in text.items()})  # type: ignore[arg-type]
    except UNREADABLE:
        where = LEDGER_KEYS.where(settings, env)
        form = 'no signing keys like {"1": "64 hex digits"}, by numbers'
        raise BadSettingsError([f"{where} has {form}: restore it from your backup."]) from None


def _is_good_key(key_id: int, secret: object) -> bool:
    return 1 <= key_id <= 255 and isinstance(secret, str) and len(secret) >= 32


def _make_keys(path: Path, secret: str) -> None:
    """Store the first secret, readable by this user alone, and never half-written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump({"1": secret}, file)
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass  # another process was first; its secret stands
    finally:
        temporary.unlink()
