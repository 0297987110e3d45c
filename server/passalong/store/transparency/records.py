"""Reading facts and terms as leaves of their trees, and keeping the signed heads over them."""

from collections.abc import Generator, Sequence

from msgspec import Struct
from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from passalong.core.transparency.merkle import Frontier
from passalong.core.transparency.records import FactRecord, RecordHead, TermsRecord, WithdrawalRecord
from passalong.store.engine import insert_new
from passalong.store.schema.event_log import events, numbered
from passalong.store.schema.terms import terms, terms_withdrawals
from passalong.store.schema.transparency import record_heads

_HEAD = ("facts", "facts_root", "terms", "terms_root", "withdrawals", "withdrawals_root", "at_ms", "key", "signature")
HASH_DIGITS = 64


class SealedRecords(Struct, frozen=True):
    """A head over records, the complete subtrees of its facts, from left to right, to go on from, and its key."""

    head: RecordHead
    peaks: tuple[bytes, ...]
    size: int

    def frontier(self) -> Frontier:
        """The tree over the facts of this head."""
        grown, waiting = Frontier(self.head.facts), iter(self.peaks)
        return Frontier(grown.size, lambda _level, _number: next(waiting))


def facts_after(session: Session, site_id: str, after: int, limit: int | None = None) -> Generator[FactRecord]:
    """Numbered facts behind a number, in their order."""
    same = (
        (numbered.c.site_id == events.c.site_id)
        & (numbered.c.source == events.c.source)
        & (numbered.c.event_id == events.c.event_id)
    )
    columns = (numbered.c.seq, *(events.c[name] for name in FactRecord.__struct_fields__[1:]))
    statement = select(*columns).join(events, same).where(numbered.c.site_id == site_id, numbered.c.seq > after)
    ordered = statement.order_by(numbered.c.seq).limit(limit)
    with session.execute(ordered, execution_options={"yield_per": 2_000}) as rows:
        yield from (FactRecord(*row) for row in rows)


def all_terms(session: Session, site_id: str) -> list[TermsRecord]:
    """Every version of the terms, in the order of their numbers."""
    columns = [terms.c[name] for name in TermsRecord.__struct_fields__]
    return [TermsRecord(*row) for row in session.execute(_of(site_id, terms, columns).order_by(terms.c.version))]


def all_withdrawals(session: Session, site_id: str) -> list[WithdrawalRecord]:
    """Every withdrawal of terms, in the order in which they were withdrawn."""
    table = terms_withdrawals
    ordered = _of(site_id, table, [table.c.version, table.c.at_ms]).order_by(table.c.at_ms, table.c.version)
    return [WithdrawalRecord(*row) for row in session.execute(ordered)]


def _of(site_id: str, table, columns):  # type: ignore[no-untyped-def]
    return select(*columns).where(table.c.site_id == site_id)


def newest(session: Session, site_id: str) -> SealedRecords | None:
    """The head over most records, if there is one."""
    statement = select(record_heads).where(record_heads.c.site_id == site_id)
    row = session.execute(statement.order_by(record_heads.c.size.desc()).limit(1)).one_or_none()
    return None if row is None else _sealed(row)


def after(session: Session, site_id: str, size: int, limit: int | None = None) -> Sequence[SealedRecords]:
    """Heads over more records than `size`, the oldest first."""
    statement = select(record_heads).where(record_heads.c.site_id == site_id, record_heads.c.size > size)
    return [_sealed(row) for row in session.execute(statement.order_by(record_heads.c.size).limit(limit))]


def count_up_to(session: Session, site_id: str, size: int) -> int:
    """The number of heads over at most `size` records."""
    conditions = (record_heads.c.site_id == site_id, record_heads.c.size <= size)
    return session.scalar(select(func.count()).select_from(record_heads).where(*conditions)) or 0


def add(session: Session, head: RecordHead, peaks: Sequence[bytes]) -> bool:
    """Keep a head; False when another process has sealed the same records first."""
    values = {name: getattr(head, name) for name in (*_HEAD, "size")}
    joined = "".join(peak.hex() for peak in peaks)
    return insert_new(session, record_heads, site_id=head.site, peaks=joined, **values)


def _sealed(row: Row[tuple[object, ...]]) -> SealedRecords:
    values = row._mapping
    head = RecordHead(values["site_id"], *(values[name] for name in _HEAD))
    return SealedRecords(head, _peaks(values["peaks"]), values["size"])


def _peaks(text: str) -> tuple[bytes, ...]:
    """The hashes in this text; none where it was changed to something else, which every check finds."""
    try:
        return tuple(bytes.fromhex(text[at : at + HASH_DIGITS]) for at in range(0, len(text), HASH_DIGITS))
    except ValueError:
        return ()
