"""Statements: an advocate's lines with their proofs, under a signed head, in a signed header.

Anyone can check it with the public key alone: without the database, the network, and other people's lines. Numbers that
are hashed are strings, so that every JSON reader keeps them exact.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Literal, Protocol

import msgspec
from msgspec import Struct

from passalong.core.transparency.leaves import COLUMNS, LEAF, Head, canonical, sealed_when, text_of
from passalong.core.transparency.merkle import leaf_hash, proves_inclusion

FORMAT: Literal["passalong-statement-2"] = "passalong-statement-2"
UNSIGNED: Literal["passalong-statement-1"] = "passalong-statement-1"
"""The format of 0.2.0: its header is not signed, so it can hold lines of one advocate id only."""
SITE, ACCOUNT, UNIT, AMOUNT, WHEN = 1, 4, 5, 6, 7
"""Their positions among a leaf's fields."""
LARGEST = 64 * 1024 * 1024
"""Larger files are not read."""


class OpenedTime(Struct, frozen=True):
    """A line's time, with the salt that opens the leaf's `when`."""

    at_ms: str
    salt: str


class StatementLine(Struct, frozen=True):
    """One line: the leaf's fields (seals.COLUMNS), its place in the tree, and the way from it to the head's root.

    `when` is there where the portal shows the day, too; `line_id` names the page that explains it.
    """

    index: int
    fields: tuple[str, ...]
    proof: tuple[str, ...]
    when: OpenedTime | None = None
    line_id: str | None = None


class AccountSum(Struct, frozen=True):
    """The sum of the lines on one account."""

    account: str
    unit: str
    amount_micros: str


class Statement(Struct, frozen=True):
    """A statement; `unsealed` lines were newer than the head when it was made, and are not in it yet.

    `advocates` are all ids of the person, `advocate` among them; `signature` is over header_text, by the head's key.
    """

    format: Literal["passalong-statement-1", "passalong-statement-2"]
    site_name: str
    advocate: str
    made_at_ms: int
    public_key: str
    head: Head
    columns: tuple[str, ...]
    lines: tuple[StatementLine, ...]
    sums: tuple[AccountSum, ...]
    unsealed: int
    advocates: tuple[str, ...] = ()
    signature: str = ""


class Header(Struct, frozen=True):
    """The header of a statement: everything besides its lines."""

    site_name: str
    advocate: str
    advocates: tuple[str, ...]
    made_at_ms: int
    head: Head
    unsealed: int


class Signer(Protocol):
    """The keys that sign heads (passalong.signing): public ones by fingerprint."""

    public: Mapping[str, bytes]

    def sign_as(self, key: str, text: bytes) -> str:
        """Sign these bytes with the key of that fingerprint."""


class BadStatementError(Exception):
    """The statement is invalid; says why in a sentence."""


IsSigned = Callable[[bytes, str, bytes], bool]
"""(public key, signature in hex, text) → whether it holds (passalong.lib.signing)."""
Fingerprint = Callable[[bytes], str]


def header_of(statement: Statement) -> Header:
    """The header of a statement."""
    return Header(**{name: getattr(statement, name) for name in Header.__struct_fields__})


def header_text(header: Header, lines: Iterable[tuple[int, str | None]]) -> bytes:
    """The bytes that a statement's signature is over: the header, and which lines it has.

    `lines` are (index, line_id): with the head's root, the index stands for all of a line.
    """
    named = [text for index, line_id in lines for text in (str(index), line_id or "")]
    return canonical(
        [
            FORMAT,
            header.head.site,
            header.site_name,
            header.advocate,
            " ".join(header.advocates),
            str(header.made_at_ms),
            str(header.head.size),
            header.head.root,
            str(len(named) // 2),
            hashlib.sha256(canonical(named)).hexdigest(),
            str(header.unsealed),
        ]
    )


def decode_statement(body: bytes) -> Statement:
    """A statement from JSON; raises BadStatementError."""
    if len(body) > LARGEST:
        raise BadStatementError("This is too long for a statement.")
    try:
        return msgspec.json.decode(body, type=Statement)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadStatementError(f"This is not a statement: {str(error)[:200]}.") from None


def check_statement(statement: Statement, is_signed: IsSigned, fingerprint: Fingerprint) -> None:
    """Check all claims of a statement against the public key in it.

    Raises BadStatementError with the first that fails.
    """
    key, root = _from_hex(statement.public_key, "public key"), _from_hex(statement.head.root, "root")
    if fingerprint(key) != statement.head.key:
        raise BadStatementError("The head was signed with another key than the one in this statement.")
    if not is_signed(key, statement.head.signature, text_of(statement.head)):
        raise BadStatementError("The head's signature does not hold.")
    if statement.columns != COLUMNS:
        raise BadStatementError("The columns have other names than they should.")
    _check_header(statement, key, is_signed)
    after = -1
    for line in statement.lines:
        if line.index <= after:
            raise BadStatementError(f"Line {line.index} does not stand in its place.")
        after = line.index
        _check_line(statement, line, root)
    _check_sums(statement)


def check_continues(earlier: Statement, later: Statement) -> None:
    """Check that a later statement has all lines of an earlier one; both must be valid. Raises BadStatementError."""
    if (earlier.head.site, earlier.advocate) != (later.head.site, later.advocate):
        raise BadStatementError("The earlier statement is somebody else's, or of another site.")
    if earlier.head.size > later.head.size:
        raise BadStatementError("The earlier statement has a newer head than the later one.")
    fields_at = {line.index: line.fields for line in later.lines}
    for line in earlier.lines:
        if fields_at.get(line.index) != line.fields:
            raise BadStatementError(f"Line {line.index} of the earlier statement is not in the later one.")


def _check_header(statement: Statement, key: bytes, is_signed: IsSigned) -> None:
    """Check that the header is signed, and that every line is on an account of an advocate that it names."""
    if statement.format == UNSIGNED:
        if statement.signature or statement.advocates:
            raise BadStatementError("Its format is one without a signed header, and it has one.")
        ids: tuple[str, ...] = (statement.advocate,)
    else:
        text = header_text(header_of(statement), ((line.index, line.line_id) for line in statement.lines))
        if not is_signed(key, statement.signature, text):
            raise BadStatementError("The header was changed: the statement's own signature does not hold.")
        ids = statement.advocates
    if statement.advocate not in ids:
        raise BadStatementError("The statement names an advocate who is not among its ids.")
    for line in statement.lines:
        if len(line.fields) != len(COLUMNS) or _owner(line.fields[ACCOUNT]) not in ids:
            raise BadStatementError(f"Line {line.index} is not on an account of {statement.advocate[:40]}.")


def _owner(account: str) -> str | None:
    """Return the advocate id of an account: `advocate:ID:bucket` or `clawback:ID`."""
    kind, _, rest = account.partition(":")
    return {"advocate": rest.rpartition(":")[0], "clawback": rest}.get(kind)


def _check_line(statement: Statement, line: StatementLine, root: bytes) -> None:
    fields, head = line.fields, statement.head
    if len(fields) != len(COLUMNS) or fields[0] != LEAF or fields[SITE] != head.site:
        raise BadStatementError(f"Line {line.index} is not a line of this site's ledger.")
    proof = [_from_hex(piece, "proof") for piece in line.proof]
    if not proves_inclusion(leaf_hash(canonical(fields)), line.index, head.size, proof, root):
        raise BadStatementError(
            f"Line {line.index} is not in the ledger under this head: it was changed, or is not theirs."
        )
    if line.when is not None and sealed_when(line.when.at_ms, line.when.salt) != fields[WHEN]:
        raise BadStatementError(f"Line {line.index} was not written at the time that stands beside it.")


def _check_sums(statement: Statement) -> None:
    added: dict[tuple[str, str], int] = {}
    for line in statement.lines:
        key = (line.fields[ACCOUNT], line.fields[UNIT])
        added[key] = added.get(key, 0) + _number(line.fields[AMOUNT])
    stated_sums = {(sum_row.account, sum_row.unit): _number(sum_row.amount_micros) for sum_row in statement.sums}
    if len(stated_sums) != len(statement.sums) or stated_sums != added:
        raise BadStatementError("The sums are not what the lines add up to.")


def _from_hex(text: str, what: str) -> bytes:
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raw = b""
    if len(raw) != 32 or raw.hex() != text:
        raise BadStatementError(f"A {what} is not 64 hex digits.")
    return raw


def _number(text: str) -> int:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 30):
        raise BadStatementError(f"{text[:40]!r} is not an amount.")
    return int(text)
