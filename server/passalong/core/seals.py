"""What the ledger's tree is made of: the leaf of a journal line, and the head that is signed.

A leaf is a JSON array of strings, every field of the line in it. Four of its fields could say who a visitor was: what
the line is about (order or visit, the fact's number) and when. They stand in the leaf as two salted hashes, so that an
advocate's statement can show the line without them, or open the time alone (docs/decisions/0007-the-ledgers-tree.md).
The salts come from one secret of the site, so no line is longer for them, and a replay makes the same journal.
"""

import hashlib
import hmac

import msgspec
from msgspec import Struct

from passalong.core.merkle import leaf_hash

LEAF = "passalong-line-1"
HEAD = "passalong-head-1"
COLUMNS = ("format", "site", "tx", "line", "account", "unit", "amount_micros", "when", "what")
"""The fields of a leaf, in their order; `when` and `what` are salted hashes in hex."""
SALT_BYTES = 16


class JournalLine(Struct, frozen=True):
    """One line of the journal, whole."""

    site_id: str
    tx: int
    line: int
    seq: int
    subject: str
    account: str
    unit: str
    amount_micros: int
    at_ms: int


class Head(Struct, frozen=True):
    """A signed head: the tree over the first `size` lines had this root (hex) at that time.

    `key` is the fingerprint of the public key, `signature` Ed25519 over head_text in hex.
    """

    site: str
    size: int
    root: str
    at_ms: int
    key: str
    signature: str


def salts(secret: bytes, tx: int, line: int) -> tuple[str, str]:
    """The salts of one line, for `when` and for `what`: 128 bits each, in hex."""
    made = hmac.digest(secret, b"%d.%d" % (tx, line), "sha256").hex()
    return made[: 2 * SALT_BYTES], made[2 * SALT_BYTES :]


def canonical(fields: list[str] | tuple[str, ...]) -> bytes:
    """A JSON array of strings without spaces, in UTF-8: what is hashed, the same bytes from every JSON writer."""
    return msgspec.json.encode(fields)


def sealed_when(at_ms: int | str, salt: str) -> str:
    """The salted hash that stands for a line's time."""
    return hashlib.sha256(canonical(["when", str(at_ms), salt])).hexdigest()


def sealed_what(seq: int, subject: str, salt: str) -> str:
    """The salted hash that stands for what a line is about: the fact's number and the subject."""
    return hashlib.sha256(canonical(["what", str(seq), subject, salt])).hexdigest()


def leaf_fields(line: JournalLine, secret: bytes) -> tuple[str, ...]:
    """The leaf's fields, as COLUMNS names them."""
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
    """The leaf hash of a journal line."""
    return leaf_hash(canonical(leaf_fields(line, secret)))


def head_text(site_id: str, size: int, root: str, at_ms: int) -> bytes:
    """The bytes that are signed: five lines, each with its end."""
    return f"{HEAD}\n{site_id}\n{size}\n{root}\n{at_ms}\n".encode()


def text_of(head: Head) -> bytes:
    """The bytes that this head's signature is over."""
    return head_text(head.site, head.size, head.root, head.at_ms)
