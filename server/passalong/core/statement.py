"""An advocate's statement: every line of theirs with its proof, under a signed head.

Anybody can check it with the public key alone: without the database, the network, and anybody else's lines. Numbers
that are hashed are strings, so that every JSON reader keeps them exact.
"""

from collections.abc import Callable
from typing import Literal

import msgspec
from msgspec import Struct

from passalong.core.merkle import leaf_hash, proves_inclusion
from passalong.core.seals import COLUMNS, LEAF, Head, canonical, sealed_when, text_of

FORMAT: Literal["passalong-statement-1"] = "passalong-statement-1"
SITE, ACCOUNT, UNIT, AMOUNT, WHEN = 1, 4, 5, 6, 7
"""Where these stand among a leaf's fields."""
LARGEST = 64 * 1024 * 1024
"""A statement with more bytes than this is none."""


class OpenedTime(Struct, frozen=True):
    """A line's time, and the salt that shows that the leaf's `when` stands for it."""

    at_ms: str
    salt: str


class StatementLine(Struct, frozen=True):
    """One line: the leaf's fields (seals.COLUMNS), its place in the tree, and the way from it to the head's root.

    `when` is there where the portal shows the day, too; `line_id` names the page that explains it, and is not proved.
    """

    index: int
    fields: tuple[str, ...]
    proof: tuple[str, ...]
    when: OpenedTime | None = None
    line_id: str | None = None


class AccountSum(Struct, frozen=True):
    """What the lines on one account sum to."""

    account: str
    unit: str
    amount_micros: str


class Statement(Struct, frozen=True):
    """A statement; `unsealed` lines were newer than the head when it was made, and are not in it yet."""

    format: Literal["passalong-statement-1"]
    site_name: str
    advocate: str
    made_at_ms: int
    public_key: str
    head: Head
    columns: tuple[str, ...]
    lines: tuple[StatementLine, ...]
    sums: tuple[AccountSum, ...]
    unsealed: int


class BadStatement(Exception):
    """What does not hold, in a sentence."""


IsSigned = Callable[[bytes, str, bytes], bool]
"""(public key, signature in hex, text) → whether it holds (passalong.signing)."""
Fingerprint = Callable[[bytes], str]


def decode_statement(body: bytes) -> Statement:
    """A statement from JSON; raises BadStatement."""
    if len(body) > LARGEST:
        raise BadStatement("This is too long for a statement.")
    try:
        return msgspec.json.decode(body, type=Statement)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadStatement(f"This is not a statement: {str(error)[:200]}.") from None


def check_statement(statement: Statement, is_signed: IsSigned, fingerprint: Fingerprint) -> None:
    """Check all that it claims, against the public key in it; raises BadStatement with the first that fails."""
    key, root = _from_hex(statement.public_key, "public key"), _from_hex(statement.head.root, "root")
    if fingerprint(key) != statement.head.key:
        raise BadStatement("The head was signed with another key than the one in this statement.")
    if not is_signed(key, statement.head.signature, text_of(statement.head)):
        raise BadStatement("The head's signature does not hold.")
    if statement.columns != COLUMNS:
        raise BadStatement("The columns have other names than they should.")
    after = -1
    for line in statement.lines:
        if line.index <= after:
            raise BadStatement(f"Line {line.index} does not stand in its place.")
        after = line.index
        _check_line(statement, line, root)
    _check_sums(statement)


def check_continues(earlier: Statement, later: Statement) -> None:
    """That nothing of an earlier statement is missing in a later one; both must hold. Raises BadStatement."""
    if (earlier.head.site, earlier.advocate) != (later.head.site, later.advocate):
        raise BadStatement("The earlier statement is somebody else's, or of another site.")
    if earlier.head.size > later.head.size:
        raise BadStatement("The earlier statement has a newer head than the later one.")
    kept = {line.index: line.fields for line in later.lines}
    for line in earlier.lines:
        if kept.get(line.index) != line.fields:
            raise BadStatement(f"Line {line.index} of the earlier statement is not in the later one.")


def _check_line(statement: Statement, line: StatementLine, root: bytes) -> None:
    fields, head = line.fields, statement.head
    if len(fields) != len(COLUMNS) or fields[0] != LEAF or fields[SITE] != head.site:
        raise BadStatement(f"Line {line.index} is not a line of this site's ledger.")
    proof = [_from_hex(piece, "proof") for piece in line.proof]
    if not proves_inclusion(leaf_hash(canonical(fields)), line.index, head.size, proof, root):
        raise BadStatement(f"Line {line.index} is not in the ledger under this head: it was changed, or is not theirs.")
    if line.when is not None and sealed_when(line.when.at_ms, line.when.salt) != fields[WHEN]:
        raise BadStatement(f"Line {line.index} was not written at the time that stands beside it.")


def _check_sums(statement: Statement) -> None:
    added: dict[tuple[str, str], int] = {}
    for line in statement.lines:
        key = (line.fields[ACCOUNT], line.fields[UNIT])
        added[key] = added.get(key, 0) + _number(line.fields[AMOUNT])
    told = {(one.account, one.unit): _number(one.amount_micros) for one in statement.sums}
    if len(told) != len(statement.sums) or told != added:
        raise BadStatement("The sums are not what the lines add up to.")


def _from_hex(text: str, what: str) -> bytes:
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raw = b""
    if len(raw) != 32 or raw.hex() != text:
        raise BadStatement(f"A {what} is not 64 hex digits.")
    return raw


def _number(text: str) -> int:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 30):
        raise BadStatement(f"{text[:40]!r} is not an amount.")
    return int(text)
