"""Sealing records: numbered facts and versions of the terms become leaves, and a signed head covers them.

What was recorded before there were such heads is sealed by the first of them, some at a time.
"""

from msgspec.structs import replace
from sqlalchemy.orm import Session

from passalong.core.transparency.merkle import Frontier
from passalong.core.transparency.records import RecordHead, record_leaf, record_text, root_of
from passalong.flow.transaction import writing
from passalong.flow.transparency.sealing import JournalChangedError, secret_of_site
from passalong.lib.signing import SigningKeys
from passalong.store.engine import Database
from passalong.store.transparency import records
from passalong.store.transparency.records import SealedRecords

MOST_FACTS = 20_000
"""Facts sealed at once: what is more gets a head of its own."""


def seal_records(db: Database, site_id: str, keys: SigningKeys, now_ms: int) -> list[RecordHead]:
    """Seal until nothing is new; returns the heads that were made. Raises JournalChangedError."""
    record_heads = []
    while head := _seal_some(db, site_id, keys, now_ms):
        record_heads.append(head)
    return record_heads


def _seal_some(db: Database, site_id: str, keys: SigningKeys, now_ms: int) -> RecordHead | None:
    secret = secret_of_site(db, site_id)
    with db.reading_one_moment() as session:
        last = records.newest(session, site_id)
        grown = _grown(last)
        for fact in records.facts_after(session, site_id, grown.size, MOST_FACTS):
            if fact.seq != grown.size + 1:
                raise JournalChangedError(f"The fact with number {grown.size + 1} is missing.")
            grown.append(record_leaf(site_id, fact, secret))
        head = _head(session, site_id, grown, secret, (keys, now_ms))
    if head.size <= (last.head.size if last else 0):
        return None
    with writing(db) as session:
        is_new = records.add(session, head, grown.peaks())
    return head if is_new else None


def _grown(last: SealedRecords | None) -> Frontier:
    """The tree over the facts of the last head. Raises JournalChangedError where it has another root."""
    if last is None:
        return Frontier()
    try:
        grown = last.frontier()
    except StopIteration:
        grown = Frontier()
    if grown.root().hex() != last.head.facts_root:
        raise JournalChangedError("The kept tree over facts is not the one that was sealed.")
    return grown


def _head(
    session: Session, site_id: str, grown: Frontier, secret: bytes, signed: tuple[SigningKeys, int]
) -> RecordHead:
    keys, now_ms = signed
    terms, terms_root = root_of(site_id, records.all_terms(session, site_id), secret)
    withdrawals, withdrawals_root = root_of(site_id, records.all_withdrawals(session, site_id), secret)
    unsigned = RecordHead(
        site=site_id,
        facts=grown.size,
        facts_root=grown.root().hex(),
        terms=terms,
        terms_root=terms_root,
        withdrawals=withdrawals,
        withdrawals_root=withdrawals_root,
        at_ms=now_ms,
        key=keys.newest,
        signature="",
    )
    return replace(unsigned, signature=keys.sign(record_text(unsigned)))
