"""Checks of facts and terms against the signed heads over them, and of those against the file outside."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing

from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.core.transparency.leaves import Head
from passalong.core.transparency.merkle import Frontier
from passalong.core.transparency.records import (
    FactRecord,
    RecordHead,
    record_digest,
    record_leaf,
    record_text,
    root_of,
)
from passalong.flow.transparency.evidence import Age
from passalong.flow.transparency.heads_check import DifferenceError, Keys
from passalong.lib.signing import is_signed
from passalong.store.transparency import heads, nodes, records
from passalong.store.transparency.records import SealedRecords

BEFORE_ALL = -(2**63)
"""Below every number that a row can have, also one that somebody made up."""


class RecordEvidence(Struct, frozen=True):
    """The heads over records in the file outside, and how old a fact may be that no head covers.

    `outside` is None where there is no file on purpose. `again` reads the file once more, for heads that a running
    server signed meanwhile.
    """

    outside: Sequence[RecordHead] | None = None
    again: Callable[[], Sequence[RecordHead]] | None = None
    age: Age | None = None


def check_records(session: Session, site_id: str, keys: Keys, evidence: RecordEvidence) -> int:
    """Check facts and terms against every head over them; returns how many facts are sealed. Raises DifferenceError."""
    sealed = records.after(session, site_id, BEFORE_ALL)
    for record in sealed:
        _check_signature(record.head, keys, "the database")
        if record.size != record.head.size:
            raise DifferenceError(f"In the database, {_named(record.head)} stands under another size than its own.")
    _check_outside([record.head for record in sealed], evidence, keys)
    _check_named([head.head for head in heads.all_of(session, site_id)], sealed)
    secret = nodes.secret_of(session, site_id)
    if secret is None:
        if sealed:
            raise DifferenceError("The secret of the site's salts is gone.")
        secret = b""
    with closing(records.facts_after(session, site_id, BEFORE_ALL)) as facts:
        _check_facts(facts, sealed, secret, evidence.age)
    _check_terms(session, site_id, sealed, secret)
    return sealed[-1].head.facts if sealed else 0


def _named(head: RecordHead) -> str:
    return f"the head over {head.facts} facts and {head.terms} versions of the terms"


def _check_signature(head: RecordHead, keys: Keys, where: str) -> None:
    if head.key not in keys or not is_signed(keys[head.key], head.signature, record_text(head)):
        raise DifferenceError(f"In {where}, the signature of {_named(head)} does not hold.")


def _check_outside(sealed: Sequence[RecordHead], evidence: RecordEvidence, keys: Keys) -> None:
    """The file has every head of the database, unchanged, and no other."""
    if evidence.outside is None:
        return
    here, size = {head.size: head for head in sealed}, 0
    for head in evidence.outside:
        _check_signature(head, keys, "the outside file")
        if head.size <= size:
            raise DifferenceError(f"In the outside file, {_named(head)} does not stand in its place.")
        size = head.size
        if here.get(head.size) != head:
            raise DifferenceError(f"The outside file has {_named(head)}, and the database does not.")
    missing = _missing(sealed, evidence.outside)
    if missing and evidence.again is not None:
        missing = _missing(sealed, evidence.again())
    if missing:
        raise DifferenceError(f"The outside file lacks {_named(missing[0])}, which the database has.")


def _missing(sealed: Sequence[RecordHead], outside: Sequence[RecordHead]) -> list[RecordHead]:
    sizes = {head.size for head in outside}
    return [head for head in sealed if head.size not in sizes]


def _check_named(lines: Sequence[Head], sealed: Sequence[SealedRecords]) -> None:
    """Heads over lines name a head over records that is there; once one does, all later ones do."""
    digests, began = {record_digest(record.head) for record in sealed}, False
    for head in lines:
        if head.records is None and began:
            raise DifferenceError(f"The head over {head.size} lines names no head over facts, and an earlier one does.")
        if head.records is not None and head.records not in digests:
            raise DifferenceError(f"The head over facts that the head over {head.size} lines names is gone.")
        began = began or head.records is not None


def _check_facts(facts: Iterator[FactRecord], sealed: Sequence[SealedRecords], secret: bytes, age: Age | None) -> None:
    grown, waiting = Frontier(), deque(sealed)
    _check_heads_of(grown, waiting)  # the first head may be older than the first fact
    for fact in facts:
        if not waiting:
            if age is not None and fact.at_ms < age.oldest_ms:
                raise DifferenceError(f"Facts from number {fact.seq} on are under no head, and are old enough to be.")
            continue
        grown.append(record_leaf(waiting[0].head.site, fact, secret))
        _check_heads_of(grown, waiting)
    if waiting:
        raise DifferenceError(f"{waiting[0].head.facts} facts were sealed, and {grown.size} are there.")


def _check_heads_of(grown: Frontier, waiting: deque[SealedRecords]) -> None:
    """Check the waiting heads over just the facts that have been read, and remove them."""
    while waiting and waiting[0].head.facts == grown.size:
        head = waiting[0].head
        if grown.root().hex() != head.facts_root:
            raise DifferenceError(f"The facts 1 to {grown.size} are not those under {_named(head)}.")
        if tuple(grown.peaks()) != waiting[0].peaks:
            raise DifferenceError(f"The kept subtrees of {_named(head)} are not those of its facts.")
        waiting.popleft()


def _check_terms(session: Session, site_id: str, sealed: Sequence[SealedRecords], secret: bytes) -> None:
    """The versions and withdrawals under each head; a version whose head is a moment away is none of these."""
    terms, withdrawals = records.all_terms(session, site_id), records.all_withdrawals(session, site_id)
    for record in sealed:
        head = record.head
        if (head.terms, head.terms_root) != root_of(site_id, terms[: head.terms], secret):
            raise DifferenceError(f"The versions of the terms are not those under {_named(head)}.")
        if (head.withdrawals, head.withdrawals_root) != root_of(site_id, withdrawals[: head.withdrawals], secret):
            raise DifferenceError(f"The withdrawals of terms are not those under {_named(head)}.")
