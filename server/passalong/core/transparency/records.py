"""Leaves and heads for what a ledger is made from: facts, versions of the terms, and their withdrawals.

Each is a leaf of a tree of its own, in the order in which it was numbered. A leaf is one salted hash over all fields,
so that a proof gives nothing away but the record that is opened. One signed head covers the three trees; heads over
journal lines name its digest, so that none can be taken away alone.
"""

import hashlib
import hmac
from collections.abc import Iterable

from msgspec import Struct

from passalong.core.transparency.leaves import canonical
from passalong.core.transparency.merkle import Frontier, leaf_hash

FACT, TERMS, WITHDRAWAL = "passalong-fact-1", "passalong-terms-1", "passalong-withdrawal-1"
RECORDS = "passalong-records-1"
SALT_DIGITS = 32


class FactRecord(Struct, frozen=True):
    """A numbered fact, whole; `fact` is its JSON as it is stored."""

    seq: int
    source: str
    event_id: str
    kind: str
    at_ms: int
    input_hash: str
    fact: str


class TermsRecord(Struct, frozen=True):
    """A version of the terms, whole; `document` is its JSON as it is stored."""

    version: int
    since_ms: int
    note: str
    document: str


class WithdrawalRecord(Struct, frozen=True):
    """That a version of the terms was withdrawn before it began."""

    version: int
    at_ms: int


Record = FactRecord | TermsRecord | WithdrawalRecord
FORMATS = {FactRecord: FACT, TermsRecord: TERMS, WithdrawalRecord: WITHDRAWAL}


class RecordHead(Struct, frozen=True, tag="records", tag_field="kind"):
    """A signed head over facts, terms and withdrawals: how many, and the root (hex) of each tree."""

    site: str
    facts: int
    facts_root: str
    terms: int
    terms_root: str
    withdrawals: int
    withdrawals_root: str
    at_ms: int
    key: str
    signature: str

    @property
    def size(self) -> int:
        """How many records it covers: every head of a site covers more than the one before it."""
        return self.facts + self.terms + self.withdrawals


def record_leaf(site_id: str, record: Record, secret: bytes) -> bytes:
    """The leaf hash of a record: of all its fields, with a salt from the site's secret."""
    fields = [str(getattr(record, name)) for name in record.__struct_fields__]
    salt = hmac.digest(secret, f"{FORMATS[type(record)]}.{fields[0]}".encode(), "sha256").hex()[:SALT_DIGITS]
    return leaf_hash(canonical([FORMATS[type(record)], site_id, *fields, salt]))


def root_of(site_id: str, records: Iterable[Record], secret: bytes) -> tuple[int, str]:
    """The size and the root (hex) of the tree over these records."""
    grown = Frontier()
    for record in records:
        grown.append(record_leaf(site_id, record, secret))
    return grown.size, grown.root().hex()


def record_text(head: RecordHead) -> bytes:
    """The bytes that are signed: nine lines, each with its end."""
    trees = f"{head.facts}\n{head.facts_root}\n{head.terms}\n{head.terms_root}\n"
    return f"{RECORDS}\n{head.site}\n{trees}{head.withdrawals}\n{head.withdrawals_root}\n{head.at_ms}\n".encode()


def record_digest(head: RecordHead) -> str:
    """Return the digest of a signed head, by which a head over journal lines names it: SHA-256 in hex."""
    return hashlib.sha256(record_text(head)).hexdigest()
