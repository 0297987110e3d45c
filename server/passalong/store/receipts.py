"""Receipts, every version of them, and the inspector's line for each."""

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from passalong.core.receipts import Receipt, decode_receipt, encode_receipt
from passalong.store import engine
from passalong.store.read_models import inspected
from passalong.store.tables import receipts


def latest(session: Session, site_id: str, subject: str) -> Receipt | None:
    """The receipt of a subject as it stands."""
    row = _latest_row(session, site_id, subject)
    return None if row is None else decode_receipt(row[1])


def _latest_row(session: Session, site_id: str, subject: str) -> tuple[int, str] | None:
    row = session.execute(
        select(receipts.c.version, receipts.c.body)
        .where(receipts.c.site_id == site_id, receipts.c.subject == subject)
        .order_by(receipts.c.version.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else (row.version, row.body)


def put(session: Session, site_id: str, receipt: Receipt, seq: int, at_ms: int, detail: str) -> bool:
    """Append a new version if the receipt says anything new; True when it did. `detail` is for the inspector."""
    before = _latest_row(session, site_id, receipt.subject)
    body = encode_receipt(receipt)
    if before is not None and before[1] == body:
        return False
    version = 1 if before is None else before[0] + 1
    session.execute(
        insert(receipts).values(
            site_id=site_id, subject=receipt.subject, version=version, seq=seq, at_ms=at_ms, body=body
        )
    )
    _inspect(session, site_id, receipt, detail)
    return True


def _inspect(session: Session, site_id: str, receipt: Receipt, detail: str) -> None:
    paid = receipt.budget_micros - receipt.unattributed_micros
    row = {
        "at_ms": receipt.at_ms,
        "kind": receipt.kind,
        "status": receipt.status,
        "reason": receipt.reason,
        "detail": detail,
        "unit": receipt.unit if paid else None,
        "amount_micros": paid or None,
    }
    statement = engine.insert(session, inspected).values(site_id=site_id, subject=receipt.subject, **row)
    session.execute(statement.on_conflict_do_update(index_elements=["site_id", "subject"], set_=row))
