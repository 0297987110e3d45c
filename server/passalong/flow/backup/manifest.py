"""The manifest of a backup: its moment, its version, the keys that belong to it, and a digest of every member."""

from collections.abc import Mapping

import msgspec
from msgspec import Struct

FORMAT = 1
NAME = "manifest.json"
CHECK = "manifest.sha256"
DATABASE = "database.sqlite3"
HEADS = "heads.jsonl"
KEYS = "keys.encrypted.json"
TABLES = "tables/"
FILES = "files/"
"""Folders of members: PostgreSQL's tables, and other files of the data folder."""
MOST_BYTES = 16 << 20
"""The longest manifest that is read."""


class BadBackupError(Exception):
    """A backup file that cannot be made or used; the text says why in one line."""


class Member(Struct, frozen=True):
    """A file in the backup, with the columns of a table that was copied by PostgreSQL."""

    size: int
    sha256: str
    columns: tuple[str, ...] = ()


class Manifest(Struct, frozen=True):
    """Everything that was acknowledged before `moment_ms` is in the backup.

    `keys` has the fingerprints of the keys that belong to it, by purpose and number; `journals` the digest of each
    site's journal; `revision` names the tables.
    """

    format: int
    version: str
    revision: str
    database: str
    moment_ms: int
    keys: dict[str, dict[int, str]]
    journals: dict[str, str]
    members: dict[str, Member]

    @property
    def has_keys(self) -> bool:
        """True if the keys themselves are in it, encrypted."""
        return KEYS in self.members


def encode(manifest: Manifest) -> bytes:
    """Return the manifest as readable JSON."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"


def decode(text: bytes) -> Manifest:
    """Return the manifest. Raises BadBackupError for one of a newer version, and for one that is malformed."""
    try:
        decoded = msgspec.json.decode(text)
        if isinstance(decoded, Mapping) and isinstance(decoded.get("format"), int) and decoded["format"] > FORMAT:
            raise BadBackupError(
                f"This backup was made by a newer Passalong ({str(decoded.get('version'))[:40]}): restore it with that."
            )
        manifest = msgspec.convert(decoded, Manifest, strict=False)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise BadBackupError("This is not a backup of Passalong, or its manifest is damaged.") from None
    for name in manifest.members:
        if not is_member_name(name):
            raise BadBackupError(f"The backup names a file that no backup has: {name[:80]!r}.")
    return manifest


def is_member_name(name: str) -> bool:
    """True for a relative path inside the backup, without hidden parts."""
    parts = name.split("/")
    return len(name) <= 1_000 and name.isprintable() and all(part and part[0] != "." for part in parts)
