"""Leaves of the ledger's tree, and signed heads.

A leaf is a JSON array of strings with every field of a journal line. Four of its fields could identify a visitor: the
subject (order or visit), the fact's number and the times. They are stored in the leaf as two salted hashes, so that an
advocate's statement can show the line without them, or open the time alone (docs/decisions/0007-the-ledgers-tree.md).
The salts come from one secret of the site, so a replay makes the same journal.
"""

import hashlib
import hmac

import msgspec
from msgspec import Struct

from passalong.core.transparency.merkle import leaf_hash

LEAF = "passalong-line-1"
HEAD = "passalong-head-1"
HEAD_WITH_RECORDS = "passalong-head-2"
LAST_HEAD = "passalong-last-head-1"
COLUMNS = ("format", "site", "tx", "line", "account", "unit", "amount_micros", "when", "what")
"""The fields of a leaf, in their order; `when` and `what` are salted hashes in hex."""
SALT_BYTES = 16


class JournalLine(Struct, frozen=True):
    """One whole line of the journal."""

    site_id: str
    tx: int
    line: int
    seq: int
    subject: str
    account: str
    unit: str
    amount_micros: int
    at_ms: int


class Head(Struct, frozen=True, omit_defaults=True):
    """A signed head: the tree over the first `size` lines had this root (hex) at that time.

    `key` is the fingerprint of the public key, `signature` Ed25519 over head_text in hex. `records` is the digest of
    the newest head over facts and terms (records.py); heads of 0.2.0 have none.
    """

    site: str
    size: int
    root: str
    at_ms: int
    key: str
    signature: str
    records: str | None = None


class LastHead(Struct, frozen=True, tag="last", tag_field="kind"):
    """The signed last head of a site that was removed: its ledger ended with `size` lines under this root (hex)."""

    site: str
    size: int
    root: str
    at_ms: int
    key: str
    signature: str


def salts(secret: bytes, tx: int, line: int) -> tuple[str, str]:
    """Return the salts of one line, for `when` and for `what`: 128 bits each, in hex."""
    salt = hmac.digest(secret, b"%d.%d" % (tx, line), "sha256").hex()
    return salt[: 2 * SALT_BYTES], salt[2 * SALT_BYTES :]


def canonical(fields: list[str] | tuple[str, ...]) -> bytes:
    """Return a JSON array of strings without spaces, in UTF-8: the hashed bytes, the same from every JSON writer."""
    return msgspec.json.encode(fields)


def sealed_when(at_ms: int | str, salt: str) -> str:
    """Return the salted hash of a line's time."""
    return hashlib.sha256(canonical(["when", str(at_ms), salt])).hexdigest()


def sealed_what(seq: int, subject: str, salt: str) -> str:
    """Return the salted hash of a line's subject: the fact's number and the subject."""
    return hashlib.sha256(canonical(["what", str(seq), subject, salt])).hexdigest()


def leaf_fields(line: JournalLine, secret: bytes) -> tuple[str, ...]:
    """Return the leaf's fields, in the order of COLUMNS."""
    when_salt, what_salt = salts(secret, line.tx, line.line)
    return (
        LEAF,
        line.site_id,
        str(line.tx),
        str(line.line),
        line.account,
        line.unit,
        str(line.amount_micros),
        sealed_when(line.at_ms, when_salt),
        sealed_what(line.seq, line.subject, what_salt),
    )


def leaf_of(line: JournalLine, secret: bytes) -> bytes:
    """Return the leaf hash of a journal line."""
    return leaf_hash(canonical(leaf_fields(line, secret)))


def head_text(site_id: str, size: int, root: str, at_ms: int, records: str | None = None) -> bytes:
    """The bytes that are signed: five lines, each with its end, or six where the head names records."""
    lines = f"{site_id}\n{size}\n{root}\n{at_ms}\n"
    return (f"{HEAD}\n{lines}" if records is None else f"{HEAD_WITH_RECORDS}\n{lines}{records}\n").encode()


def last_head_text(site_id: str, size: int, root: str, at_ms: int) -> bytes:
    """Return the bytes that are signed when a site is removed: five lines, each with a newline."""
    return f"{LAST_HEAD}\n{site_id}\n{size}\n{root}\n{at_ms}\n".encode()


def text_of(head: Head | LastHead) -> bytes:
    """Return the bytes that this head's signature covers."""
    if isinstance(head, LastHead):
        return last_head_text(head.site, head.size, head.root, head.at_ms)
    return head_text(head.site, head.size, head.root, head.at_ms, head.records)
