"""Receipts, every version of them, and the inspector's line for each."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from passalong.core.receipts import Receipt, decode_receipt, encode_receipt
from passalong.store import bulk
from passalong.store.read_models import inspected
from passalong.store.tables import receipts


def latest(session: Session, site_id: str, subject: str) -> Receipt | None:
    """The receipt of a subject as it stands."""
    body = session.scalar(
        select(receipts.c.body)
        .where(receipts.c.site_id == site_id, receipts.c.subject == subject)
        .order_by(receipts.c.version.desc())
        .limit(1)
    )
    return None if body is None else decode_receipt(body)


class ReceiptBook:
    """The receipts of one site, as one slice of work has read and added to them."""

    def __init__(self, session: Session, site_id: str):
        self._session = session
        self._site_id = site_id
        self._latest: dict[str, tuple[int, str]] = {}
        self._new: list[dict[str, Any]] = []
        self._inspected: dict[str, dict[str, Any]] = {}

    def prime(self, subjects: Iterable[str]) -> None:
        """Read the latest versions of these receipts at once; version 0 stands for none."""
        asked = sorted({subject for subject in subjects if subject not in self._latest})
        self._latest |= {subject: (0, "") for subject in asked}
        if not asked:
            return
        newest = (
            select(receipts.c.subject, func.max(receipts.c.version).label("version"))
            .where(receipts.c.site_id == self._site_id, receipts.c.subject.in_(asked))
            .group_by(receipts.c.subject)
            .subquery()
        )
        same = (receipts.c.subject == newest.c.subject) & (receipts.c.version == newest.c.version)
        statement = select(receipts.c.subject, receipts.c.version, receipts.c.body).join(newest, same)
        for subject, version, body in self._session.execute(statement.where(receipts.c.site_id == self._site_id)):
            self._latest[subject] = (version, body)

    def latest(self, subject: str) -> Receipt | None:
        """The receipt of a subject as it stands."""
        self.prime([subject])
        version, body = self._latest[subject]
        return decode_receipt(body) if version else None

    def put(self, receipt: Receipt, seq: int, at_ms: int, detail: str | None) -> bool:
        """Append a new version if the receipt says anything new; True when it did.

        `detail` is for the inspector, which shows what came in; None for what it does not show: uses and pools.
        """
        self.prime([receipt.subject])
        version, before = self._latest[receipt.subject]
        body = encode_receipt(receipt)
        if body == before:
            return False
        self._latest[receipt.subject] = (version + 1, body)
        self._new.append(
            {
                "site_id": self._site_id,
                "subject": receipt.subject,
                "version": version + 1,
                "seq": seq,
                "at_ms": at_ms,
                "body": body,
            }
        )
        if detail is not None:
            self._inspected[receipt.subject] = self._line(receipt, detail)
        return True

    def _line(self, receipt: Receipt, detail: str) -> dict[str, Any]:
        welcome_micros = receipt.welcome.amount_micros if receipt.welcome else 0
        paid = receipt.budget_micros - receipt.unattributed_micros + welcome_micros
        return {
            "site_id": self._site_id,
            "subject": receipt.subject,
            "at_ms": receipt.at_ms,
            "kind": receipt.kind,
            "status": receipt.status,
            "reason": receipt.reason,
            "detail": detail,
            "unit": receipt.unit if paid else None,
            "amount_micros": paid or None,
        }

    def flush(self) -> None:
        """Write what was added."""
        bulk.insert_all(self._session, receipts, self._new)
        bulk.upsert(self._session, inspected, [self._inspected[subject] for subject in sorted(self._inspected)])
        self._new.clear()
        self._inspected.clear()
