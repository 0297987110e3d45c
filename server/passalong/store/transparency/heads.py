"""Signed heads of the ledger's tree, and how far they were told outside."""

from msgspec import Struct
from sqlalchemy import Row, Select, Table, func, select
from sqlalchemy.orm import Session

from passalong.core.transparency.leaves import Head
from passalong.store import bulk
from passalong.store.engine import insert_new
from passalong.store.schema.event_log import turns
from passalong.store.schema.terms import terms, terms_withdrawals
from passalong.store.schema.transparency import heads, heads_told


class Sealed(Struct, frozen=True):
    """A head, and the last line (transaction, line) that it covers."""

    head: Head
    tx: int
    line: int


def newest(session: Session, site_id: str) -> Sealed | None:
    """The head over most lines, if there is one."""
    latest = before(session, site_id, None, 1)
    return latest[0] if latest else None


def all_of(session: Session, site_id: str) -> list[Sealed]:
    """Every head of the site, the oldest first."""
    rows = session.execute(select(heads).where(heads.c.site_id == site_id).order_by(heads.c.size))
    return [_sealed(row) for row in rows]


def before(session: Session, site_id: str, size: int | None, limit: int) -> list[Sealed]:
    """Heads over fewer lines than `size`, or any, the newest first."""
    statement = select(heads).where(heads.c.site_id == site_id)
    if size is not None:
        statement = statement.where(heads.c.size < size)
    return [_sealed(row) for row in session.execute(statement.order_by(heads.c.size.desc()).limit(limit))]


def after(session: Session, site_id: str, size: int, limit: int) -> list[Sealed]:
    """Heads over more lines than `size`, the oldest first."""
    statement = select(heads).where(heads.c.site_id == site_id, heads.c.size > size).order_by(heads.c.size)
    return [_sealed(row) for row in session.execute(statement.limit(limit))]


def count_up_to(session: Session, site_id: str, size: int) -> int:
    """The number of heads over at most `size` lines."""
    statement = select(func.count()).select_from(heads).where(heads.c.site_id == site_id, heads.c.size <= size)
    return session.scalar(statement) or 0


def written(session: Session) -> dict[str, tuple[int, int, int]]:
    """How far each site has come: (last fact, last transaction, terms). What has not moved has nothing to seal."""
    versions = {row.site_id: row.versions for row in session.execute(_counted(terms))}
    for row in session.execute(_counted(terms_withdrawals)):
        versions[row.site_id] = versions.get(row.site_id, 0) + row.versions
    rows = session.execute(select(turns.c.site_id, turns.c.last_seq, turns.c.last_tx))
    folded = {row.site_id: (row.last_seq, row.last_tx) for row in rows}
    return {site_id: (*folded.get(site_id, (0, 0)), versions.get(site_id, 0)) for site_id in {*folded, *versions}}


def _counted(table: Table) -> Select[tuple[str, int]]:
    return select(table.c.site_id, func.count().label("versions")).group_by(table.c.site_id)


def add(session: Session, sealed: Sealed) -> bool:
    """Keep a head; False when another process has sealed the same lines first."""
    head = sealed.head
    return insert_new(
        session,
        heads,
        site_id=head.site,
        size=head.size,
        root=head.root,
        at_ms=head.at_ms,
        key=head.key,
        signature=head.signature,
        records=head.records,
        tx=sealed.tx,
        line=sealed.line,
    )


def _sealed(row: Row[tuple[object, ...]]) -> Sealed:
    values = row._mapping
    head = Head(values["site_id"], *(values[name] for name in Head.__struct_fields__[1:]))
    return Sealed(head, values["tx"], values["line"])


class Told(Struct, frozen=True):
    """How far a site's heads were told outside: the last size, failures since, and when to try again."""

    size: int = 0
    failures: int = 0
    next_at_ms: int = 0


def told(session: Session, site_id: str) -> Told:
    """How far the site's heads were told."""
    row = session.execute(select(heads_told).where(heads_told.c.site_id == site_id)).one_or_none()
    return Told() if row is None else Told(row.size, row.failures, row.next_at_ms)


def keep_told(session: Session, site_id: str, state: Told) -> None:
    """Keep how far they were told."""
    row = {"site_id": site_id, "size": state.size, "failures": state.failures, "next_at_ms": state.next_at_ms}
    bulk.upsert(session, heads_told, [row])
