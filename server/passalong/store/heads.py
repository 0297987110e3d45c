"""Signed heads of the ledger's tree, and how far they were told outside."""

from msgspec import Struct
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from passalong.core.seals import Head
from passalong.store import bulk
from passalong.store.engine import insert_new
from passalong.store.sealed import heads, heads_told


class Sealed(Struct, frozen=True):
    """A head, and the last line (transaction, line) that it covers."""

    head: Head
    tx: int
    line: int


def newest(session: Session, site_id: str) -> Sealed | None:
    """The head over most lines, if there is one."""
    found = before(session, site_id, None, 1)
    return found[0] if found else None


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
        tx=sealed.tx,
        line=sealed.line,
    )


def _sealed(row: Row[tuple[object, ...]]) -> Sealed:
    values = row._mapping
    head = Head(values["site_id"], values["size"], values["root"], values["at_ms"], values["key"], values["signature"])
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


def keep_told(session: Session, site_id: str, told: Told) -> None:
    """Keep how far they were told."""
    row = {"site_id": site_id, "size": told.size, "failures": told.failures, "next_at_ms": told.next_at_ms}
    bulk.upsert(session, heads_told, [row])
